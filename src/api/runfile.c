/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The posterior of a run file; documented in mutau/runfile.h. */
#include "mutau/runfile.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "api_internal.h"
#include "posterior/density.h"
#include "sampler/evaluator.h"
#include "base/mem.h"
#include "base/rng.h"
#include "posterior/run_settings.h"

struct mutau_runfile {
    mutau_run_settings *settings;
    mutau_density density;
    mutau_thread_team *team;
};

static mutau_status set_up(mutau_runfile *run, const char *path, size_t n_set,
                           const char *const set[], int n_thread, mutau_error *err)
{
    MUTAU_CHECK(mutau_api_threads(n_thread, &n_thread, err));
    MUTAU_CHECK(mutau_run_settings_read(path, n_set, set, &run->settings, err));
    MUTAU_CHECK(mutau_density_open(run->settings, &run->density, err));
    return mutau_thread_team_alloc(&run->density.target, n_thread, &run->team, err);
}

mutau_status mutau_runfile_open(const char *path, size_t n_set, const char *const set[],
                                int n_thread, mutau_runfile **out, mutau_error *err)
{
    *out = NULL;
    mutau_runfile *run = mutau_calloc(1, sizeof *run);
    if (run == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a run file");
    const mutau_status status = set_up(run, path, n_set, set, n_thread, err);
    if (status != MUTAU_OK) {
        mutau_runfile_close(run);
        return status;
    }
    *out = run;
    return MUTAU_OK;
}

void mutau_runfile_close(mutau_runfile *run)
{
    if (run == NULL)
        return;
    mutau_thread_team_free(run->team);
    mutau_density_close(&run->density);
    mutau_run_settings_free(run->settings);
    free(run);
}

size_t mutau_runfile_remark_count(const mutau_runfile *run)
{
    return run->settings->n_note + run->settings->n_warning;
}

const char *mutau_runfile_remark(const mutau_runfile *run, size_t i)
{
    const mutau_run_settings *s = run->settings;
    return i < s->n_note ? s->notes[i] : s->warnings[i - s->n_note];
}

size_t mutau_runfile_dim(const mutau_runfile *run)
{
    return run->density.target.dim;
}

const char *mutau_runfile_name(const mutau_runfile *run, size_t i)
{
    return run->density.names[i];
}

const char *mutau_runfile_unit(const mutau_runfile *run, size_t i)
{
    return run->density.units[i];
}

const char *mutau_runfile_latex(const mutau_runfile *run, size_t i)
{
    return run->density.labels[i];
}

void mutau_runfile_range(const mutau_runfile *run, size_t i, double *lo, double *hi)
{
    *lo = run->density.lo[i];
    *hi = run->density.hi[i];
}

size_t mutau_runfile_blob_count(const mutau_runfile *run)
{
    return run->density.target.n_blob;
}

const char *mutau_runfile_blob_name(const mutau_runfile *run, size_t i)
{
    return run->density.blob_names[i];
}

mutau_status mutau_runfile_draw(const mutau_runfile *run, uint32_t seed, size_t n, double theta[],
                                mutau_error *err)
{
    const mutau_target *target = &run->density.target;
    if (seed == 0)
        return mutau_error_set(err, MUTAU_EDOM, "seed = 0: must be 1 to 4294967295");
    mutau_rng *rng = mutau_rng_alloc(seed);
    if (rng == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the random number generator");
    for (size_t i = 0; i < n; i++)
        target->draw(target->self, rng, theta + i * target->dim);
    mutau_rng_free(rng);
    return MUTAU_OK;
}

/* --- batches --------------------------------------------------------------------------- */

/* Such a point is a slip of the caller's, and not only outside the prior. */
static bool has_nan(const double x[], size_t dim)
{
    for (size_t k = 0; k < dim; k++)
        if (isnan(x[k]))
            return true;
    return false;
}

/* Results of a row that failed are void. */
static void blank(const mutau_target *target, const mutau_points *p, size_t i)
{
    p->ln_prior[i] = p->ln_like[i] = (double)NAN;
    for (size_t k = 0; p->blob != NULL && k < target->n_blob; k++)
        p->blob[i * target->n_blob + k] = (double)NAN;
}

/* "row 3 of 100 (m_zprime = 6, ...): not a number; 2 rows failed" */
static mutau_status complain(const mutau_runfile *run, const mutau_points *p, size_t i,
                             size_t n_failed, mutau_error *err)
{
    char point[MUTAU_ERROR_SIZE / 2] = "";
    const size_t dim = run->density.target.dim;
    size_t used = 0;
    for (size_t k = 0; k < dim && used < sizeof point; k++)
        used += (size_t)snprintf(point + used, sizeof point - used, "%s%s = %.10g",
                                 k > 0 ? ", " : "", run->density.names[k], p->x[i * dim + k]);
    return mutau_error_set(err, p->status[i], "row %zu of %zu (%s): %s; %zu row%s failed", i, p->n,
                           point, mutau_status_text(p->status[i]), n_failed,
                           n_failed > 1 ? "s" : "");
}

/* Blanks the rows that failed; their number, and the first. */
static size_t find_failures(const mutau_runfile *run, const mutau_points *p, size_t *first)
{
    size_t n_failed = 0;
    for (size_t i = p->n; i-- > 0;) {
        if (has_nan(p->x + i * run->density.target.dim, run->density.target.dim))
            p->status[i] = MUTAU_ENAN;
        if (p->status[i] == MUTAU_OK)
            continue;
        blank(&run->density.target, p, i);
        n_failed++;
        *first = i;
    }
    return n_failed;
}

mutau_status mutau_runfile_eval(mutau_runfile *run, size_t n, const double theta[],
                                double ln_prior[], double ln_like[], double blob[],
                                mutau_status status[], mutau_error *err)
{
    size_t first = 0;
    mutau_status *own = NULL;
    if (status == NULL) {
        own = mutau_calloc_lines(n, sizeof *own);
        if (own == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu points", n);
    }
    mutau_points points = {.n = n, .x = theta};
    points.ln_prior = ln_prior;
    points.ln_like = ln_like;
    points.blob = blob;
    points.status = status != NULL ? status : own;
    mutau_thread_team_eval(run->team, &points, NULL);
    const size_t n_failed = find_failures(run, &points, &first);
    const mutau_status out =
        n_failed > 0 && status == NULL ? complain(run, &points, first, n_failed, err) : MUTAU_OK;
    free(own);
    return out;
}
