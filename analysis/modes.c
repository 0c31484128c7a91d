/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Modes of a coordinate and moves of the walkers; documented in analysis/modes.h. */
#include "analysis/modes.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/credible.h"
#include "analysis/diagnostics.h"
#include "base/mem.h"

/* --- moves --------------------------------------------------------------------------- */

static const double STUCK = 0.1; /* of the median walker's moves */

static int compare_counts(const void *a, const void *b)
{
    const size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

mutau_status mutau_walker_moves_count(size_t n_row, size_t n_ensemble, size_t n_walker,
                                      const double x[], mutau_walker_moves *out, mutau_error *err)
{
    const size_t n = n_ensemble * n_walker;
    if (n_row < 2 || n < 1)
        return mutau_error_set(err, MUTAU_EDOM, "%zu rows of %zu walkers: moves take 2 rows of 1",
                               n_row, n);
    size_t *count = mutau_calloc(2 * n, sizeof *count);
    if (count == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to count the moves of %zu walkers", n);
    size_t *const sorted = count + n;
    for (size_t row = 1; row < n_row; row++)
        for (size_t w = 0; w < n; w++) {
            const double now = x[row * n + w], before = x[(row - 1) * n + w];
            count[w] += now > before || now < before;
        }
    size_t stillest = 0;
    for (size_t w = 0; w < n; w++) {
        sorted[w] = count[w];
        stillest = count[w] < count[stillest] ? w : stillest;
    }
    qsort(sorted, n, sizeof *sorted, compare_counts);
    const size_t middle = n / 2;
    const double rows = (double)(n_row - 1), median = (double)sorted[middle];
    *out = (mutau_walker_moves){
        .min = (double)sorted[0] / rows,
        .median = median / rows,
        .max = (double)sorted[n - 1] / rows,
        .stuck_ensemble = stillest / n_walker,
        .stuck_walker = stillest % n_walker,
    };
    while (out->n_stuck < n &&
           (sorted[out->n_stuck] == 0 || (double)sorted[out->n_stuck] < STUCK * median))
        out->n_stuck++;
    free(count);
    return MUTAU_OK;
}

/* --- modes --------------------------------------------------------------------------- */

enum { N_MASS = 3, MIN_ROWS = 4 /* what the diagnostics take */ };
static const double masses[N_MASS] = {0.68, 0.90, 0.95};

/* Which of the modes, cut halfway between them, x belongs to. */
static size_t mode_of(const mutau_modes *modes, double x)
{
    size_t i = 0;
    while (i + 1 < modes->n && x > 0.5 * (modes->hi[i] + modes->lo[i + 1]))
        i++;
    return i;
}

static void take_intervals(const mutau_region regions[], mutau_modes *out)
{
    const mutau_region *most = &regions[0];
    for (size_t i = 1; i < N_MASS; i++)
        most = regions[i].n > most->n ? &regions[i] : most;
    out->n = most->n < MUTAU_MODES_MAX ? most->n : MUTAU_MODES_MAX;
    for (size_t i = 0; i < most->n; i++) { /* what is too many goes with the last */
        const size_t k = i < out->n ? i : out->n - 1;
        out->lo[k] = i < out->n ? most->lo[i] : out->lo[k];
        out->hi[k] = most->hi[i];
    }
}

/* Mean and standard error over the ensembles. */
static void weigh(size_t n_ensemble, mutau_modes *out)
{
    const double n = (double)n_ensemble;
    for (size_t k = 0; k < out->n; k++) {
        double mean = 0.0, sum_sq = 0.0;
        for (size_t e = 0; e < n_ensemble; e++)
            mean += out->occupancy[e * out->n + k];
        mean /= n;
        for (size_t e = 0; e < n_ensemble; e++) {
            const double d = out->occupancy[e * out->n + k] - mean;
            sum_sq += d * d;
        }
        out->weight[k] = mean;
        out->error[k] = n_ensemble > 1 ? sqrt(sum_sq / (n - 1.0) / n) : (double)NAN;
    }
}

/* The Monte Carlo errors of the weights, with every walker as a chain: large where walkers
 * seldom go from mode to mode, also where the ensembles' shares happen to agree.  The larger
 * error counts. */
static mutau_status weigh_walkers(size_t n_row, size_t n_column, const double x[], mutau_modes *out,
                                  mutau_error *err)
{
    double *in_mode = mutau_calloc(n_row, n_column * sizeof *in_mode);
    if (in_mode == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", n_row);
    mutau_status status = MUTAU_OK;
    for (size_t k = 0; k < out->n && status == MUTAU_OK; k++) {
        double mcse;
        for (size_t i = 0; i < n_row * n_column; i++)
            in_mode[i] = mode_of(out, x[i]) == k ? 1.0 : 0.0;
        status = mutau_mean_error(n_row, n_column, in_mode, &mcse, err);
        if (status == MUTAU_OK && !(mcse <= out->error[k]))
            out->error[k] = mcse;
    }
    free(in_mode);
    return status;
}

/* As mutau_modes_find, of all rows. */
static mutau_status find_modes(size_t n_row, size_t n_ensemble, size_t n_walker, const double x[],
                               double lo, double hi, double ess, mutau_modes *out, mutau_error *err)
{
    const size_t n_column = n_ensemble * n_walker;
    mutau_region regions[N_MASS];
    *out = (mutau_modes){0};
    MUTAU_CHECK(
        mutau_hpd_regions_walkers(n_row, n_column, x, lo, hi, ess, N_MASS, masses, regions, err));
    take_intervals(regions, out);
    out->occupancy = mutau_calloc(n_ensemble * out->n, sizeof *out->occupancy);
    if (out->occupancy == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu modes", out->n);
    for (size_t row = 0; row < n_row; row++)
        for (size_t c = 0; c < n_column; c++) {
            const size_t mode = out->n > 1 ? mode_of(out, x[row * n_column + c]) : 0;
            out->occupancy[c / n_walker * out->n + mode] += 1.0; /* exact, unlike shares */
        }
    for (size_t i = 0; i < n_ensemble * out->n; i++)
        out->occupancy[i] /= (double)(n_row * n_walker);
    weigh(n_ensemble, out);
    if (out->n < 2 || n_row < MIN_ROWS)
        return MUTAU_OK;
    const mutau_status status = weigh_walkers(n_row, n_column, x, out, err);
    if (status != MUTAU_OK) {
        free(out->occupancy);
        out->occupancy = NULL;
    }
    return status;
}

/* One row in so many leaves enough draws for each effective one. */
static size_t stride_of(size_t n_row, size_t n_column, double ess)
{
    static const double enough = 10.0;
    const double stride = floor((double)n_row * (double)n_column / (enough * ess));
    return stride >= 2.0 && stride <= (double)n_row ? (size_t)stride : 1;
}

mutau_status mutau_modes_find(size_t n_row, size_t n_ensemble, size_t n_walker, const double x[],
                              double lo, double hi, double ess, mutau_modes *out, mutau_error *err)
{
    const size_t n_column = n_ensemble * n_walker, stride = stride_of(n_row, n_column, ess);
    if (stride == 1)
        return find_modes(n_row, n_ensemble, n_walker, x, lo, hi, ess, out, err);
    const size_t n_some = (n_row + stride - 1) / stride;
    double *some = mutau_calloc(n_some, n_column * sizeof *some);
    *out = (mutau_modes){0};
    if (some == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", n_some);
    for (size_t row = 0; row < n_some; row++)
        memcpy(some + row * n_column, x + row * stride * n_column, n_column * sizeof *some);
    const mutau_status status =
        find_modes(n_some, n_ensemble, n_walker, some, lo, hi, ess, out, err);
    free(some);
    return status;
}
