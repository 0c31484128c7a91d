/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood on a grid; documented in posterior/scan.h.
 *
 * Passes over the grid, each told by (stride, pass):
 *
 *   (coarsest, 0)      points of the coarsest lattice, from many starts
 *   (coarsest/2, 0)... (1, 0)   the points that halving the spacing adds, from their neighbours
 *                      on the lattice before
 *   (0, 1), (0, 2)...  points of which a neighbour moved in the pass before
 *   (LAST, 0)          all points: evaluated where they are now
 *
 * A pass reads `now` and writes `next`, which becomes `now` when the pass ends. */
#include "posterior/scan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "base/maximum.h"
#include "base/mem.h"
#include "posterior/amplitude.h"
#include "posterior/fit.h"
#include "scan_internal.h"

enum { COARSEST = 8, FEWEST = 4 /* points of an axis in the coarsest lattice */, BLOCK = 64 };
enum { MAX_DRAWS = 100 }; /* for a start with a likelihood */
#define LAST UINT64_MAX

/* A cell: ln L of the best place known, evaluations, whether the last pass moved it, the place. */
enum { CELL_LN_LIKELIHOOD, CELL_EVALUATIONS, CELL_MOVED, CELL_PLACE };

static const double SAME_PLACE = 0.05;             /* scales: nearer maxima are one */
static const double GAIN = 1e-8;                   /* in ln L, of a move that counts */
static const double STEP = 0.02, TOLERANCE = 1e-5; /* scales: of a search in one coordinate */

/* --- the grid ------------------------------------------------------------------------ */

static size_t axis_size(const mutau_scan *s, size_t axis)
{
    return axis < s->settings.n_axis ? s->settings.axis[axis].n : 1;
}

static void place_of(const mutau_scan *s, size_t i, size_t at[MUTAU_SCAN_MAX_AXES])
{
    at[0] = i / axis_size(s, 1);
    at[1] = i % axis_size(s, 1);
}

static bool is_on(const mutau_scan *s, size_t i, uint64_t stride)
{
    size_t at[MUTAU_SCAN_MAX_AXES];
    place_of(s, i, at);
    return at[0] % stride == 0 && at[1] % stride == 0;
}

static uint64_t coarsest(const mutau_scan *s)
{
    uint64_t stride = COARSEST;
    for (size_t axis = 0; axis < s->settings.n_axis; axis++)
        while (stride > 1 && axis_size(s, axis) / stride < FEWEST)
            stride /= 2;
    return stride;
}

size_t mutau_scan_neighbours(const mutau_scan *scan, size_t i, size_t spacing,
                             size_t neighbour[MUTAU_SCAN_MAX_NEIGHBOURS])
{
    const size_t n0 = axis_size(scan, 0), n1 = axis_size(scan, 1);
    size_t at[MUTAU_SCAN_MAX_AXES], n = 0;
    place_of(scan, i, at);
    for (int d0 = -1; d0 <= 1; d0++) {
        for (int d1 = -1; d1 <= 1; d1++) {
            const size_t a = at[0] + (size_t)d0 * spacing, b = at[1] + (size_t)d1 * spacing;
            if ((d0 != 0 || d1 != 0) && a < n0 && b < n1) /* below 0 is far above n */
                neighbour[n++] = a * n1 + b;
        }
    }
    return n;
}

static double *cell(const mutau_scan *s, double *cells, size_t i)
{
    return cells + i * s->state.n_cell;
}

/* --- one point ----------------------------------------------------------------------- */

double mutau_scan_value(mutau_scan_worker *w, const double x[], double natural[])
{
    double own[MUTAU_MAX_PARAMETERS], ln_likelihood = (double)NAN;
    double *at = natural != NULL ? natural : own;
    mutau_posterior_point point;
    mutau_status status;
    mutau_conditional_natural(&w->at, x, at);
    if (!mutau_run_settings_is_in_simplex(w->at.settings, at))
        return -(double)INFINITY;
    w->evaluations++;
    if (w->closed) {
        status = mutau_amplitude_fit(w->at.posterior, w->ws, at, &ln_likelihood, &w->err);
    } else {
        status = mutau_posterior_eval(w->at.posterior, w->ws, at, &point, &w->err);
        ln_likelihood = point.ln_likelihood;
    }
    if (status == MUTAU_ENOMEM)
        w->status = status;
    return status == MUTAU_OK ? ln_likelihood : (double)NAN;
}

static double goal(void *worker, const double x[])
{
    return mutau_scan_value(worker, x, NULL);
}

static double goal_of_one(void *worker, double x)
{
    return mutau_scan_value(worker, &x, NULL);
}

double mutau_scan_climb(mutau_scan_worker *w, const mutau_climb_effort *effort, double x[])
{
    const mutau_conditional *c = &w->at;
    double scale;
    if (c->dim > 1)
        return mutau_climb(w->climber, goal, w, effort, &w->stop, x);
    mutau_scan_scales(c, &scale);
    return mutau_maximum_near(goal_of_one, w, c->lo[0], c->hi[0], STEP * scale, TOLERANCE * scale,
                              x);
}

/* Moves the worker to the i-th point of the grid. */
static void go_to(const mutau_scan *s, mutau_scan_worker *w, size_t i)
{
    size_t at[MUTAU_SCAN_MAX_AXES];
    place_of(s, i, at);
    for (size_t axis = 0; axis < s->settings.n_axis; axis++)
        w->at.natural[s->settings.axis[axis].id] = s->settings.axis[axis].value[at[axis]];
}

/* Climbs from `from` and keeps the end if it is higher than what the cell has. */
static void try_start(mutau_scan_worker *w, const mutau_climb_effort *effort, const double from[],
                      double to[])
{
    double x[MUTAU_MAX_PARAMETERS];
    const size_t dim = w->at.dim;
    memcpy(x, from, dim * sizeof *x);
    const double y = mutau_scan_climb(w, effort, x);
    if (!(y > to[CELL_LN_LIKELIHOOD]))
        return;
    to[CELL_LN_LIKELIHOOD] = y;
    memcpy(to + CELL_PLACE, x, dim * sizeof *x);
}

static bool is_same_place(const mutau_scan *s, const double a[], const double b[])
{
    for (size_t k = 0; k < s->base.dim; k++)
        if (!(fabs(a[k] - b[k]) <= SAME_PLACE * s->scale[k]))
            return false;
    return true;
}

/* One coordinate: from each local maximum of so many quantiles of its prior. */
static void search_line(const mutau_scan *s, mutau_scan_worker *w, double to[])
{
    enum { MAX_QUANTILES = 1000 };
    const mutau_parameter *p = &s->run->parameters[w->at.free_id[0]];
    const size_t wanted = s->settings.n_start, n = wanted < MAX_QUANTILES ? wanted : MAX_QUANTILES;
    double x[MAX_QUANTILES], y[MAX_QUANTILES];
    for (size_t i = 0; i < n; i++) {
        x[i] = mutau_parameter_quantile(p, ((double)i + 0.5) / (double)n);
        y[i] = mutau_scan_value(w, &x[i], NULL);
    }
    for (size_t i = 0; i < n; i++)
        if (!(i > 0 && y[i - 1] > y[i]) && !(i + 1 < n && y[i + 1] > y[i]))
            try_start(w, &mutau_climb_from_afar, &x[i], to);
}

/* Several: from draws of the prior. */
static void search_space(const mutau_scan *s, mutau_scan_worker *w, size_t i, double to[])
{
    const mutau_target target = mutau_conditional_target(&w->at);
    double x[MUTAU_MAX_PARAMETERS];
    /* A generator for each point: of any two the seeds differ. */
    mutau_rng *rng = mutau_rng_alloc((uint32_t)(1 + (s->settings.seed + i - 1) % UINT32_MAX));
    if (rng == NULL) {
        w->status = MUTAU_ENOMEM;
        return;
    }
    for (size_t start = 0; start < s->settings.n_start && w->status == MUTAU_OK; start++) {
        double y = (double)NAN;
        for (int tries = 0; tries < MAX_DRAWS && !isfinite(y); tries++) {
            target.draw(target.self, rng, x);
            y = mutau_scan_value(w, x, NULL);
        }
        if (isfinite(y))
            try_start(w, &mutau_climb_from_afar, x, to);
    }
    mutau_rng_free(rng);
}

/* From the maxima of the neighbours on the lattice before, each once. */
static void search_between(const mutau_scan *s, mutau_scan_worker *w, size_t i, double to[])
{
    size_t near[MUTAU_SCAN_MAX_NEIGHBOURS], tried[MUTAU_SCAN_MAX_NEIGHBOURS], n_tried = 0;
    const size_t n = mutau_scan_neighbours(s, i, s->state.stride, near);
    for (size_t j = 0; j < n; j++) {
        const double *from = cell(s, s->state.now, near[j]);
        if (!is_on(s, near[j], 2 * s->state.stride) || !isfinite(from[CELL_LN_LIKELIHOOD]))
            continue;
        bool known = false;
        for (size_t k = 0; k < n_tried && !known; k++)
            known =
                is_same_place(s, cell(s, s->state.now, tried[k]) + CELL_PLACE, from + CELL_PLACE);
        if (known)
            continue;
        tried[n_tried++] = near[j];
        try_start(w, &mutau_climb_from_near, from + CELL_PLACE, to);
    }
    if (n_tried == 0) /* none of them has a likelihood */
        w->at.dim > 1 ? search_space(s, w, i, to) : search_line(s, w, to);
}

/* From a neighbour's maximum, if that is elsewhere and higher here than what is known. */
static void compare_with_neighbours(const mutau_scan *s, mutau_scan_worker *w, size_t i,
                                    double to[])
{
    size_t near[MUTAU_SCAN_MAX_NEIGHBOURS];
    const size_t n = mutau_scan_neighbours(s, i, 1, near);
    const double before = to[CELL_LN_LIKELIHOOD];
    to[CELL_MOVED] = 0.0;
    for (size_t j = 0; j < n; j++) {
        const double *from = cell(s, s->state.now, near[j]);
        if (!(from[CELL_MOVED] > 0.0) || !isfinite(from[CELL_LN_LIKELIHOOD]) ||
            is_same_place(s, from + CELL_PLACE, to + CELL_PLACE))
            continue;
        const double y = mutau_scan_value(w, from + CELL_PLACE, NULL);
        if (y > to[CELL_LN_LIKELIHOOD] + GAIN)
            try_start(w, &mutau_climb_from_near, from + CELL_PLACE, to);
    }
    to[CELL_MOVED] = to[CELL_LN_LIKELIHOOD] > before + GAIN ? 1.0 : 0.0;
}

/* The point where it is now, its row. */
static void evaluate(const mutau_scan *s, mutau_scan_worker *w, size_t i, const double now[])
{
    const mutau_run_settings *run = s->run;
    double *row = s->state.row + i * s->state.n_number;
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_fit fit;
    for (size_t k = 0; k < s->state.n_number; k++)
        row[k] = (double)NAN;
    const double y = mutau_scan_value(w, now + CELL_PLACE, natural);
    memcpy(row + MUTAU_SCAN_TERMS + run->n_term, natural, run->set.n * sizeof *natural);
    row[MUTAU_SCAN_EVALUATIONS] = now[CELL_EVALUATIONS] + (double)w->evaluations;
    if (!isfinite(y))
        return;
    const mutau_status status =
        mutau_fit_eval(s->posterior, w->ws, natural, s->settings.held, &fit, &w->err);
    if (status == MUTAU_ENOMEM)
        w->status = status;
    if (status != MUTAU_OK)
        return;
    row[MUTAU_SCAN_LN_LIKELIHOOD] = fit.point.ln_likelihood;
    row[MUTAU_SCAN_CHI2] = fit.point.chi2;
    row[MUTAU_SCAN_R_CHI2] = fit.goodness.r_chi2;
    const mutau_solver_type *solver =
        mutau_flux_solver_at(mutau_posterior_flux(s->posterior), natural);
    row[MUTAU_SCAN_SOLVER] = mutau_solver_index(solver->name);
    for (size_t k = 0; k < run->n_term; k++)
        row[MUTAU_SCAN_TERMS + k] = fit.point.ln_term[k];
}

/* What the pass under way does at a point. */
static void work_on(const mutau_scan *s, mutau_scan_worker *w, size_t i)
{
    const double *now = cell(s, s->state.now, i);
    double *to = cell(s, s->state.next, i);
    w->evaluations = 0;
    go_to(s, w, i);
    memcpy(to, now, s->state.n_cell * sizeof *to);
    if (s->state.stride == LAST) {
        evaluate(s, w, i, now);
        return;
    }
    if (s->state.stride == 0) {
        compare_with_neighbours(s, w, i, to);
    } else {
        to[CELL_MOVED] = 1.0;
        if (s->state.stride < coarsest(s))
            search_between(s, w, i, to);
        else
            w->at.dim > 1 ? search_space(s, w, i, to) : search_line(s, w, to);
    }
    to[CELL_EVALUATIONS] += (double)w->evaluations;
}

/* --- passes --------------------------------------------------------------------------- */

static bool has_neighbour_that_moved(const mutau_scan *s, size_t i)
{
    size_t near[MUTAU_SCAN_MAX_NEIGHBOURS];
    const size_t n = mutau_scan_neighbours(s, i, 1, near);
    for (size_t j = 0; j < n; j++)
        if (cell(s, s->state.now, near[j])[CELL_MOVED] > 0.0)
            return true;
    return false;
}

/* Whether the pass under way has to do with the point. */
static bool belongs(const mutau_scan *s, size_t i)
{
    const uint64_t stride = s->state.stride;
    if (stride == LAST)
        return true;
    if (stride == 0)
        return has_neighbour_that_moved(s, i);
    return is_on(s, i, stride) && (stride == coarsest(s) || !is_on(s, i, 2 * stride));
}

static uint64_t most_passes(const mutau_scan *s)
{
    return 4 * (axis_size(s, 0) + axis_size(s, 1));
}

/* What the pass found holds from now on, and the next one begins; false if it was the last. */
static bool end_pass(mutau_scan *s, bool idle)
{
    mutau_scan_state *state = &s->state;
    const size_t size = state->n_cell * sizeof *state->now;
    if (state->stride == LAST)
        return false;
    for (size_t i = 0; i < state->n_point; i++) {
        if (state->done[i])
            memcpy(cell(s, state->now, i), cell(s, state->next, i), size);
        else if (state->stride == 0)
            cell(s, state->now, i)[CELL_MOVED] = 0.0;
        state->done[i] = 0;
    }
    if (state->stride > 0)
        state->stride /= 2;
    if (state->stride == 0)
        state->pass++;
    if (idle || state->pass > most_passes(s))
        state->stride = LAST;
    if (state->stride == LAST)
        state->pass = 0;
    return true;
}

static size_t fill_block(mutau_scan *s)
{
    size_t n = 0;
    for (; s->cursor < s->state.n_point && n < BLOCK; s->cursor++)
        if (!s->state.done[s->cursor] && belongs(s, s->cursor))
            s->block[n++] = s->cursor;
    return n;
}

static void work_on_block(mutau_scan *s, size_t n)
{
#ifdef _OPENMP
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->settings.n_thread)
#endif
    for (int64_t j = 0; j < (int64_t)n; j++) {
#ifdef _OPENMP
        mutau_scan_worker *w = &s->workers[omp_get_thread_num()];
#else
        mutau_scan_worker *w = &s->workers[0];
#endif
        const size_t i = s->block[j];
        if (mutau_stop_requested(&w->stop) || w->status != MUTAU_OK)
            continue;
        work_on(s, w, i);
        /* A climb that was stopped has ended anywhere. */
        s->state.done[i] = !mutau_stop_requested(&w->stop) && w->status == MUTAU_OK;
    }
}

mutau_status mutau_scan_advance(mutau_scan *scan, bool *done, mutau_error *err)
{
    *done = false;
    const size_t n = fill_block(scan);
    if (n == 0) {
        bool idle = scan->state.stride == 0;
        for (size_t i = 0; i < scan->state.n_point && idle; i++)
            idle = !scan->state.done[i];
        *done = !end_pass(scan, idle);
        scan->cursor = 0;
        return MUTAU_OK;
    }
    work_on_block(scan, n);
    for (int t = 0; t < scan->settings.n_thread; t++)
        if (scan->workers[t].status != MUTAU_OK)
            return mutau_error_set(err, scan->workers[t].status, "no memory for a scan");
    if (!mutau_stop_requested(&scan->settings.stop))
        return MUTAU_OK;
    scan->cursor = 0; /* the next call begins with what this one has left */
    return mutau_error_set(err, MUTAU_ESTOPPED, "the scan is not finished");
}

/* --- set-up ---------------------------------------------------------------------------- */

void mutau_scan_scales(const mutau_conditional *c, double scale[])
{
    static const double below = 0.15865525393145705; /* of a normal, one standard deviation */
    for (size_t k = 0; k < c->dim; k++) {
        const mutau_parameter *p = &c->settings->parameters[c->free_id[k]];
        const double width =
            mutau_parameter_quantile(p, 1.0 - below) - mutau_parameter_quantile(p, below);
        scale[k] = width > 0.0 ? 0.5 * width : 1.0;
    }
}

mutau_status mutau_scan_worker_init(mutau_scan_worker *w, const mutau_scan *scan,
                                    const mutau_conditional *c, const double scale[],
                                    mutau_error *err)
{
    *w = (mutau_scan_worker){.at = *c, .closed = scan->closed, .stop = scan->settings.stop};
    if (mutau_posterior_workspace_alloc(scan->posterior, &w->ws) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a scan");
    if (c->dim > 1) {
        w->climber = mutau_climber_alloc(c->dim, c->lo, c->hi, scale);
        if (w->climber == NULL)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a climb");
    }
    return MUTAU_OK;
}

void mutau_scan_worker_clear(mutau_scan_worker *w)
{
    mutau_posterior_workspace_free(w->ws);
    mutau_climber_free(w->climber);
    *w = (mutau_scan_worker){.ws = NULL};
}

static mutau_status check_settings(const mutau_run_settings *run, const mutau_scan_settings *q,
                                   mutau_error *err)
{
    bool right = q->n_axis >= 1 && q->n_axis <= MUTAU_SCAN_MAX_AXES && q->n_start >= 1 &&
                 q->n_thread >= 1 && q->seed >= 1;
    size_t n = 1;
    for (size_t axis = 0; axis < q->n_axis && right; axis++) {
        const mutau_scan_axis *a = &q->axis[axis];
        right = a->n >= 2 && a->n <= MUTAU_SCAN_MAX_POINTS / n && a->id < run->set.n &&
                !q->held[a->id] && run->parameters[a->id].prior != MUTAU_PRIOR_FIXED &&
                (axis == 0 || a->id != q->axis[0].id);
        n *= a->n;
    }
    return right ? MUTAU_OK
                 : mutau_error_set(err, MUTAU_EDOM,
                                   "a scan takes one or two free parameters, two "
                                   "values of each, a start and a thread");
}

/* Which parameters are searched for: not those of the axes, nor an amplitude in closed form. */
static mutau_status choose(mutau_scan *s, mutau_error *err)
{
    const mutau_run_settings *run = s->run;
    const size_t amplitude = run->places.spectrum;
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_posterior_workspace *ws = NULL;
    mutau_run_settings_middle(run, natural);
    memcpy(s->held, s->settings.held, sizeof s->held);
    for (size_t i = 0; i < run->set.n; i++)
        if (s->held[i])
            natural[i] = s->settings.natural[i];
    for (size_t axis = 0; axis < s->settings.n_axis; axis++) {
        const mutau_scan_axis *a = &s->settings.axis[axis];
        s->held[a->id] = true;
        natural[a->id] = a->value[a->n - 1]; /* a coupling above 0 */
    }
    if (mutau_scan_is_profiled(s, amplitude)) {
        if (mutau_posterior_workspace_alloc(s->posterior, &ws) != MUTAU_OK)
            return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a scan");
        const mutau_status status =
            mutau_amplitude_check(s->posterior, ws, natural, &s->closed, err);
        mutau_posterior_workspace_free(ws);
        MUTAU_CHECK(status);
        s->held[amplitude] = s->closed;
    }
    mutau_conditional_hold_idle(run, s->held, natural);
    mutau_conditional_init(&s->base, s->posterior, s->held, natural);
    mutau_scan_scales(&s->base, s->scale);
    return MUTAU_OK;
}

static mutau_status alloc_state(mutau_scan *s)
{
    mutau_scan_state *state = &s->state;
    state->stride = s->base.dim > 0 ? coarsest(s) : LAST;
    state->n_point = axis_size(s, 0) * axis_size(s, 1);
    state->n_cell = CELL_PLACE + s->base.dim;
    state->n_number = MUTAU_SCAN_TERMS + s->run->n_term + s->run->set.n;
    state->now = mutau_calloc(state->n_point, state->n_cell * sizeof *state->now);
    state->next = mutau_calloc(state->n_point, state->n_cell * sizeof *state->next);
    state->done = mutau_calloc(state->n_point, sizeof *state->done);
    state->row = mutau_calloc(state->n_point, state->n_number * sizeof *state->row);
    s->block = mutau_calloc(BLOCK, sizeof *s->block);
    if (state->now == NULL || state->next == NULL || state->done == NULL || state->row == NULL ||
        s->block == NULL)
        return MUTAU_ENOMEM;
    for (size_t i = 0; i < state->n_point; i++)
        cell(s, state->now, i)[CELL_LN_LIKELIHOOD] = -(double)INFINITY;
    for (size_t i = 0; i < state->n_point * state->n_number; i++)
        state->row[i] = (double)NAN;
    return MUTAU_OK;
}

static mutau_status set_up(mutau_scan *s, mutau_error *err)
{
    MUTAU_CHECK(check_settings(s->run, &s->settings, err));
    MUTAU_CHECK(choose(s, err));
    s->workers = mutau_calloc((size_t)s->settings.n_thread, sizeof *s->workers);
    if (s->workers == NULL || alloc_state(s) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu points of a grid",
                               s->state.n_point);
    for (int t = 0; t < s->settings.n_thread; t++)
        MUTAU_CHECK(mutau_scan_worker_init(&s->workers[t], s, &s->base, s->scale, err));
    return MUTAU_OK;
}

mutau_status mutau_scan_alloc(const mutau_posterior *posterior, const mutau_scan_settings *settings,
                              mutau_scan **out, mutau_error *err)
{
    *out = NULL;
    mutau_scan *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a scan");
    s->posterior = posterior;
    s->run = mutau_posterior_settings(posterior);
    s->settings = *settings;
    const mutau_status status = set_up(s, err);
    if (status != MUTAU_OK) {
        mutau_scan_free(s);
        return status;
    }
    *out = s;
    return MUTAU_OK;
}

void mutau_scan_free(mutau_scan *scan)
{
    if (scan == NULL)
        return;
    for (int t = 0; scan->workers != NULL && t < scan->settings.n_thread; t++)
        mutau_scan_worker_clear(&scan->workers[t]);
    free(scan->workers);
    free(scan->block);
    free(scan->state.now);
    free(scan->state.next);
    free(scan->state.done);
    free(scan->state.row);
    free(scan);
}

/* --- what is known ----------------------------------------------------------------------- */

mutau_scan_state mutau_scan_look(mutau_scan *scan)
{
    return scan->state;
}

mutau_status mutau_scan_set_pass(mutau_scan *scan, uint64_t stride, uint64_t pass, mutau_error *err)
{
    const bool is_lattice =
        stride > 0 && stride <= coarsest(scan) && pass == 0 && (stride & (stride - 1)) == 0;
    const bool compares = stride == 0 && pass >= 1 && pass <= most_passes(scan);
    const bool is_last = stride == LAST && pass == 0;
    if (!is_last && !(scan->base.dim > 0 && (is_lattice || compares)))
        return mutau_error_set(err, MUTAU_EDATA, "there is no such pass of the scan");
    scan->state.stride = stride;
    scan->state.pass = pass;
    scan->cursor = 0;
    return MUTAU_OK;
}

double mutau_scan_share(const mutau_scan *scan, const char **what)
{
    static const double last_pass = 0.2; /* of what it takes to profile a point */
    const mutau_scan_state *state = &scan->state;
    const bool profiles = scan->base.dim > 0;
    double done = 0.0;
    *what = state->stride == LAST ? "evaluating"
            : state->stride == 0  ? "comparing neighbours"
                                  : "profiling";
    if (state->stride == 0)
        return 1.0 / (1.0 + last_pass);
    for (size_t i = 0; i < state->n_point; i++) /* those of coarser lattices are done, too */
        done +=
            state->done[i] || (state->stride < coarsest(scan) && is_on(scan, i, 2 * state->stride));
    done /= (double)state->n_point;
    if (!profiles)
        return done;
    return (state->stride == LAST ? 1.0 + last_pass * done : done) / (1.0 + last_pass);
}

bool mutau_scan_is_profiled(const mutau_scan *scan, size_t i)
{
    const mutau_scan_settings *q = &scan->settings;
    for (size_t axis = 0; axis < q->n_axis; axis++)
        if (q->axis[axis].id == i)
            return false;
    return !q->held[i] && scan->run->parameters[i].prior != MUTAU_PRIOR_FIXED;
}

bool mutau_scan_is_closed(const mutau_scan *scan)
{
    return scan->closed;
}

size_t mutau_scan_dim(const mutau_scan *scan)
{
    return scan->base.dim;
}

size_t mutau_scan_failures(const mutau_scan *scan, mutau_error *err)
{
    const mutau_scan_state *state = &scan->state;
    mutau_posterior_workspace *ws = NULL;
    mutau_posterior_point point;
    size_t n = 0;
    for (size_t i = 0; i < state->n_point; i++) {
        const double *row = state->row + i * state->n_number;
        if (!isnan(row[MUTAU_SCAN_LN_LIKELIHOOD]))
            continue;
        if (n++ > 0 || mutau_posterior_workspace_alloc(scan->posterior, &ws) != MUTAU_OK)
            continue;
        if (mutau_posterior_eval(scan->posterior, ws, row + MUTAU_SCAN_TERMS + scan->run->n_term,
                                 &point, err) == MUTAU_OK)
            (void)mutau_error_set(err, MUTAU_ENUMERIC, "there is no likelihood");
        mutau_posterior_workspace_free(ws);
    }
    return n;
}
