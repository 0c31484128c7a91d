/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The highest point of a scan, and between its points; documented in posterior/scan.h. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "scan_internal.h"

enum { MAX_STARTS = 4 };

static const double *row_of(const mutau_scan *s, size_t i)
{
    return s->state.row + i * s->state.n_number;
}

static double height(const mutau_scan *s, size_t i)
{
    const double y = row_of(s, i)[MUTAU_SCAN_LN_LIKELIHOOD];
    return isnan(y) ? -(double)INFINITY : y;
}

static bool is_peak(const mutau_scan *s, size_t i)
{
    size_t near[MUTAU_SCAN_MAX_NEIGHBOURS];
    const size_t n = mutau_scan_neighbours(s, i, 1, near);
    for (size_t j = 0; j < n; j++)
        if (height(s, near[j]) > height(s, i))
            return false;
    return isfinite(height(s, i));
}

/* The highest peaks, the highest first; how many. */
static size_t find_peaks(const mutau_scan *s, size_t peak[MAX_STARTS])
{
    size_t n = 0;
    for (size_t i = 0; i < s->state.n_point; i++) {
        if (!is_peak(s, i))
            continue;
        size_t k = n < MAX_STARTS ? n++ : MAX_STARTS;
        for (; k > 0 && height(s, peak[k - 1]) < height(s, i); k--)
            if (k < MAX_STARTS)
                peak[k] = peak[k - 1];
        if (k < MAX_STARTS)
            peak[k] = i;
    }
    return n;
}

/* The conditional posterior with the axes free between their ends. */
static void free_axes(const mutau_scan *s, mutau_conditional *c)
{
    bool held[MUTAU_MAX_PARAMETERS];
    memcpy(held, s->held, sizeof held);
    for (size_t axis = 0; axis < s->settings.n_axis; axis++)
        held[s->settings.axis[axis].id] = false;
    mutau_conditional_init(c, s->posterior, held, s->base.natural);
    for (size_t axis = 0; axis < s->settings.n_axis; axis++) {
        const mutau_scan_axis *a = &s->settings.axis[axis];
        const mutau_parameter *p = &s->run->parameters[a->id];
        for (size_t k = 0; k < c->dim; k++) {
            if (c->free_id[k] != a->id)
                continue;
            c->min[k] = a->value[0];
            c->max[k] = a->value[a->n - 1];
            c->lo[k] = fmax(c->lo[k], mutau_parameter_stored(p, c->min[k]));
            c->hi[k] = fmin(c->hi[k], mutau_parameter_stored(p, c->max[k]));
        }
    }
}

/* Climbs from the point and keeps the end, if it is higher than what is known. */
static void climb_from(mutau_scan_worker *w, const double natural[], mutau_scan_best *best)
{
    const mutau_conditional *c = &w->at;
    double x[MUTAU_MAX_PARAMETERS], at[MUTAU_MAX_PARAMETERS];
    for (size_t k = 0; k < c->dim; k++)
        x[k] = fmin(fmax(mutau_parameter_stored(&c->settings->parameters[c->free_id[k]],
                                                natural[c->free_id[k]]),
                         c->lo[k]),
                    c->hi[k]);
    const mutau_climb_effort effort = {0.05, 2, {0.1, 0.02}};
    (void)mutau_scan_climb(w, &effort, x);
    const double y = mutau_scan_value(w, x, at);
    if (!(y > best->ln_likelihood))
        return;
    best->ln_likelihood = y;
    memcpy(best->natural, at, c->settings->set.n * sizeof *at);
}

mutau_status mutau_scan_find_best(const mutau_scan *scan, mutau_scan_best *best, mutau_error *err)
{
    size_t peak[MAX_STARTS];
    const size_t n = find_peaks(scan, peak), n_name = scan->run->set.n;
    const size_t first = MUTAU_SCAN_TERMS + scan->run->n_term;
    double scale[MUTAU_MAX_PARAMETERS];
    mutau_conditional c;
    mutau_scan_worker w;
    *best = (mutau_scan_best){.i_point = n > 0 ? peak[0] : scan->state.n_point,
                              .ln_likelihood = (double)NAN};
    memcpy(best->held, scan->settings.held, sizeof best->held);
    if (n == 0)
        return MUTAU_OK;
    best->ln_likelihood = height(scan, peak[0]);
    memcpy(best->natural, row_of(scan, peak[0]) + first, n_name * sizeof *best->natural);
    free_axes(scan, &c);
    mutau_scan_scales(&c, scale);
    mutau_status status = mutau_scan_worker_init(&w, scan, &c, scale, err);
    for (size_t i = 0; i < n && status == MUTAU_OK && !mutau_stop_requested(&w.stop); i++)
        climb_from(&w, row_of(scan, peak[i]) + first, best);
    if (status == MUTAU_OK && w.status != MUTAU_OK)
        status = mutau_error_set(err, w.status, "no memory for a scan");
    mutau_scan_worker_clear(&w);
    if (status == MUTAU_OK && mutau_stop_requested(&scan->settings.stop))
        return mutau_error_set(err, MUTAU_ESTOPPED, "the scan is not finished");
    return status;
}
