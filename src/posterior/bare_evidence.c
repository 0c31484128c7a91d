/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence without the boson; documented in posterior/bare_evidence.h.
 *
 *   Z = int p(q) F(q) dq,   F(q) = T(q) int p(A) L(A, q) dA
 *
 * q are the free parameters of the spectrum's shape: gamma of the power law, an integral nested in
 * another for each.  T is the terms' likelihood, which may depend on all but A.  Predictions are
 * proportional to A, so that one spectrum serves a whole innermost integral.  In A the logarithm of
 * the integrand has one maximum: chi^2 is convex in A for all our likelihoods, ln p(A) is concave
 * or constant, and log10 A rises with A.  So that integral runs, from the maximum, to where the
 * integrand has fallen by DEPTH.  In the shape maxima are looked for on a grid. */
#include "posterior/bare_evidence.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/log_sum.h"
#include "base/maximum.h"
#include "base/mem.h"
#include "posterior/posterior.h"

enum {
    INTERVALS = 400,
    GRID = 128,
    MASSES = 1024,
    BISECTIONS = 60,
    MAX_AXIS = MUTAU_SPECTRUM_MAX_PARAMETERS,
    MOST_AXES = 2
};
static const double DEPTH = 60.0;      /* in ln: e^-60 of the maximum and less is left out */
static const double WIDEST_SDS = 40.0; /* of a prior without an edge */
static const double NEEDED_ACCURACY = 1e-3;
static const double NEGLIGIBLE = 1e-9; /* of the largest F */

/* What is spent on an integral: the points of its grid, how well its maximum is found, as a part of
 * the range that is looked at, and its relative accuracy. */
typedef struct effort {
    size_t grid;
    double peak, accuracy;
} effort;

static const effort inner_effort = {GRID, 1e-10, 1e-9}; /* over A */
static const effort alone = {GRID, 1e-10, 1e-7};        /* over the one parameter of the shape */
static const effort nested = {GRID / 4, 1e-3, 1e-6};    /* over each of several */

/* An integral over a free parameter of the shape, within those of the axes before it. */
typedef struct axis {
    const mutau_parameter *parameter;
    size_t i;           /* its place in a point */
    double ln_scale;    /* of the integrand: see scaled_outer */
    double worst_inner; /* the largest error of the integrals within that count */
    gsl_integration_workspace *space;
} axis;

typedef struct work {
    const mutau_run_settings *settings;
    const mutau_parameter *a;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
    size_t n_point;
    const double *at_one; /* predictions at A = 1 and the shape of now */
    double ln_terms;      /* the terms' ln L there */
    double *predicted;    /* [n_point] scratch */
    double natural[MUTAU_MAX_PARAMETERS];
    size_t n_axis;
    axis axes[MAX_AXIS];
    size_t depth;       /* the axis that is integrated over now */
    double ln_scale;    /* of the integrand in A: see scaled_inner */
    double inner_error; /* relative, of the integral done last, with those within it */
    gsl_integration_workspace *inner;
    mutau_status status; /* the first failure inside an integrand */
    mutau_error *err;
} work;

/* --- one dimension ---------------------------------------------------------------------- */

static void window(const mutau_parameter *p, double *lo, double *hi)
{
    mutau_parameter_support(p, lo, hi);
    if (p->prior == MUTAU_PRIOR_NORMAL || p->prior == MUTAU_PRIOR_TRUNCATED_NORMAL) {
        /* The mass of a truncated prior may lie far from its mean, at an edge. */
        const double from = fmin(fmax(p->mean, *lo), *hi);
        *lo = fmax(*lo, from - WIDEST_SDS * p->sd);
        *hi = fmin(*hi, from + WIDEST_SDS * p->sd);
    }
}

/* The point of the largest f on a grid of n steps, value[n + 1], in f's own terms. */
static size_t best_of_grid(work *w, mutau_function f, double lo, double step, size_t n,
                           double value[])
{
    size_t best = 0;
    for (size_t i = 0; i <= n; i++) {
        value[i] = f(w, lo + (double)i * step);
        best = value[i] > value[best] ? i : best;
    }
    return best;
}

/* The maximum of f in [lo, hi], where it has only one: exactly, if it is at an end, since
 * there f may be steep. */
static double maximise(work *w, mutau_function f, double lo, double hi, double accuracy)
{
    const double x = mutau_golden_section(f, w, lo, hi, accuracy * (hi - lo), 0.0);
    const double fx = f(w, x);
    if (f(w, lo) >= fx)
        return lo;
    return f(w, hi) >= fx ? hi : x;
}

/* Where f, which falls from `inside` to `outside`, falls below `least`. */
static double edge(work *w, mutau_function f, double inside, double outside, double least)
{
    if (f(w, outside) >= least)
        return outside;
    for (int i = 0; i < BISECTIONS; i++) {
        const double middle = 0.5 * (inside + outside);
        if (f(w, middle) >= least)
            inside = middle;
        else
            outside = middle;
    }
    return outside;
}

typedef struct integral {
    double value, error;
} integral;

/* Adds that of `f` over [lo, hi]. */
static void add_integral(gsl_function *f, double lo, double hi, double accuracy,
                         gsl_integration_workspace *space, integral *sum)
{
    double value = 0.0, error = 0.0;
    if (!(hi > lo))
        return;
    /* Its status says no more than the error does: whether the accuracy was reached. */
    (void)gsl_integration_qag(f, lo, hi, 0.0, accuracy, INTERVALS, GSL_INTEG_GAUSS31, space, &value,
                              &error);
    sum->value += value;
    sum->error += error;
}

/* --- the inner integral ----------------------------------------------------------------- */

/* ln of the integrand in the stored coordinate of A. */
static double ln_inner(void *self, double x)
{
    work *w = self;
    const double a = mutau_parameter_natural(w->a, x);
    for (size_t i = 0; i < w->n_point; i++)
        w->predicted[i] = a * w->at_one[i];
    const double chi2 =
        mutau_flux_likelihood_chi2(mutau_posterior_data(w->posterior), w->predicted);
    return mutau_parameter_ln_prior(w->a, x) - 0.5 * chi2;
}

static double scaled_inner(double x, void *self)
{
    work *w = self;
    return exp(ln_inner(w, x) - w->ln_scale);
}

/* ln F of the spectrum in w->at_one. */
static double integrate_amplitude(work *w)
{
    double lo, hi, value[GRID + 1];
    integral sum = {0.0, 0.0};
    if (w->n_point == 0) /* the prior is normalised */
        return 0.0;
    if (w->a->prior == MUTAU_PRIOR_FIXED)
        return ln_inner(w, w->a->value);
    window(w->a, &lo, &hi);
    const double step = (hi - lo) / GRID;
    const size_t best = best_of_grid(w, ln_inner, lo, step, GRID, value);
    if (!(value[best] > -(double)INFINITY))
        return value[best];
    const double at = lo + (double)best * step;
    const double top =
        maximise(w, ln_inner, fmax(at - step, lo), fmin(at + step, hi), inner_effort.peak);
    w->ln_scale = ln_inner(w, top);
    const double least = w->ln_scale - DEPTH;
    gsl_function f = {scaled_inner, w};
    add_integral(&f, edge(w, ln_inner, top, lo, least), top, inner_effort.accuracy, w->inner, &sum);
    add_integral(&f, top, edge(w, ln_inner, top, hi, least), inner_effort.accuracy, w->inner, &sum);
    w->inner_error = sum.error / sum.value;
    return w->ln_scale + log(sum.value);
}

/* --- the outer integrals ---------------------------------------------------------------- */

static double integrate_axis(work *w);

/* ln F of the shape in w->natural, the terms' ln L included, which do not look at A. */
static double ln_of_shape(work *w)
{
    mutau_posterior_point point;
    if (w->status == MUTAU_OK)
        w->status = mutau_posterior_eval(w->posterior, w->ws, w->natural, &point, w->err);
    if (w->status != MUTAU_OK)
        return -(double)INFINITY;
    w->at_one = mutau_posterior_predicted(w->ws);
    w->ln_terms = point.ln_likelihood - point.ln_flux;
    return integrate_amplitude(w) + w->ln_terms;
}

/* ln of what is left to integrate over from the axis w->depth on. */
static double ln_within(work *w)
{
    return w->depth < w->n_axis ? integrate_axis(w) : ln_of_shape(w);
}

/* ln of the integrand of the axis w->depth. */
static double ln_outer(void *self, double x)
{
    work *w = self;
    const axis *at = &w->axes[w->depth];
    w->natural[at->i] = mutau_parameter_natural(at->parameter, x);
    w->depth++;
    const double ln_f = ln_within(w);
    w->depth--;
    return mutau_parameter_ln_prior(at->parameter, x) + ln_f;
}

static double scaled_outer(double x, void *self)
{
    work *w = self;
    axis *at = &w->axes[w->depth];
    const double value = exp(ln_outer(w, x) - at->ln_scale);
    if (value > NEGLIGIBLE)
        at->worst_inner = fmax(at->worst_inner, w->inner_error);
    return value;
}

/* Where the grid of `step` from lo has values that count, with a step to both sides. */
static void bracket(const double value[], size_t n, double least, size_t best, double step,
                    double *lo, double *hi)
{
    size_t first = best, last = best;
    for (size_t i = 0; i <= n; i++) {
        if (value[i] < least)
            continue;
        first = i < first ? i : first;
        last = i > last ? i : last;
    }
    const double from = *lo;
    *lo = first > 0 ? from + (double)(first - 1) * step : from;
    *hi = last + 1 < n ? from + (double)(last + 1) * step : *hi;
}

static double integrate_axis(work *w)
{
    double lo, hi, value[GRID + 1];
    integral sum = {0.0, 0.0};
    axis *at = &w->axes[w->depth];
    const effort *how = w->n_axis == 1 ? &alone : &nested;
    at->worst_inner = w->inner_error = 0.0;
    window(at->parameter, &lo, &hi);
    const double step = (hi - lo) / (double)how->grid;
    const size_t best = best_of_grid(w, ln_outer, lo, step, how->grid, value);
    const double x = lo + (double)best * step;
    const double top = maximise(w, ln_outer, fmax(x - step, lo), fmin(x + step, hi), how->peak);
    at->ln_scale = ln_outer(w, top);
    if (!(at->ln_scale > -(double)INFINITY))
        return at->ln_scale;
    bracket(value, how->grid, at->ln_scale - DEPTH, best, step, &lo, &hi);
    gsl_function f = {scaled_outer, w};
    add_integral(&f, lo, top, how->accuracy, at->space, &sum);
    add_integral(&f, top, hi, how->accuracy, at->space, &sum);
    w->inner_error = sum.error / sum.value + at->worst_inner;
    return at->ln_scale + log(sum.value);
}

/* --- all of it -------------------------------------------------------------------------- */

/* A legal point without a Z' and with A = 1. */
static void choose_point(work *w)
{
    const mutau_run_settings *s = w->settings;
    const double least =
        mutau_flux_sum_mnu_min(s->model.neutrinos.mixing, s->model.neutrinos.ordering);
    const mutau_model_places *at = &s->places;
    const mutau_parameter *m = &s->parameters[at->mass];
    for (size_t i = 0; i < s->set.n; i++)
        w->natural[i] = s->parameters[i].value;
    w->natural[at->coupling] = 0.0;
    w->natural[at->spectrum] = 1.0;
    if (m->prior != MUTAU_PRIOR_FIXED)
        w->natural[at->mass] = m->min > 0.0 ? m->min : 1.0;
    if (s->parameters[at->neutrino_mass].prior != MUTAU_PRIOR_FIXED)
        w->natural[at->neutrino_mass] = 2.0 * least;
}

static mutau_status open_work(work *w, mutau_error *err)
{
    MUTAU_CHECK(mutau_posterior_alloc(w->settings, &w->posterior, err));
    w->n_point = mutau_flux_likelihood_count(mutau_posterior_data(w->posterior));
    w->predicted = mutau_calloc(w->n_point, sizeof *w->predicted);
    w->inner = gsl_integration_workspace_alloc(INTERVALS);
    bool whole = w->predicted != NULL && w->inner != NULL;
    for (size_t i = 0; i < w->n_axis; i++) {
        w->axes[i].space = gsl_integration_workspace_alloc(INTERVALS);
        whole = whole && w->axes[i].space != NULL;
    }
    if (!whole || mutau_posterior_workspace_alloc(w->posterior, &w->ws) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the evidence without the boson");
    choose_point(w);
    return MUTAU_OK;
}

static void close_work(work *w)
{
    free(w->predicted);
    gsl_integration_workspace_free(w->inner);
    for (size_t i = 0; i < w->n_axis; i++)
        gsl_integration_workspace_free(w->axes[i].space);
    mutau_posterior_workspace_free(w->ws);
    mutau_posterior_free(w->posterior);
}

/* ln of the mean of the terms' likelihood over n <= MASSES equal parts of the prior of the mass, as
 * against that at the mass of w->natural.  0 but for a user's band, whose rows may say different
 * things without a boson. */
static double ln_mean_over_mass(const work *w, size_t n)
{
    const mutau_run_settings *s = w->settings;
    const mutau_parameter *m = &s->parameters[s->places.mass];
    double at[MUTAU_MAX_PARAMETERS], ln_l[MASSES], base = 0.0;
    if (m->prior == MUTAU_PRIOR_FIXED)
        return 0.0;
    memcpy(at, w->natural, sizeof at);
    for (size_t k = 0; k < s->n_term; k++)
        base += mutau_run_settings_term_lnl(s, k, at);
    for (size_t i = 0; i < n; i++) {
        ln_l[i] = -base;
        at[s->places.mass] =
            mutau_parameter_natural(m, mutau_parameter_quantile(m, ((double)i + 0.5) / (double)n));
        for (size_t k = 0; k < s->n_term; k++)
            ln_l[i] += mutau_run_settings_term_lnl(s, k, at);
    }
    return mutau_log_sum(n, ln_l) - log((double)n);
}

static mutau_status integrate(work *w, mutau_bare_evidence *out, mutau_error *err)
{
    if (w->n_point == 0 && w->settings->n_term == 0) { /* priors are normalised */
        *out = (mutau_bare_evidence){0};
        return MUTAU_OK;
    }
    const double ln_z = ln_within(w);
    MUTAU_CHECK(w->status);
    const double ln_mean = ln_mean_over_mass(w, MASSES);
    *out = (mutau_bare_evidence){.ln_z = ln_z + ln_mean,
                                 .error = w->inner_error +
                                          fabs(ln_mean - ln_mean_over_mass(w, MASSES / 2))};
    if (!(out->error <= NEEDED_ACCURACY))
        return mutau_error_set(err, MUTAU_ENUMERIC,
                               "ln Z without the boson: an error of %.1e, not %.0e", out->error,
                               NEEDED_ACCURACY);
    return MUTAU_OK;
}

/* The spectrum's amplitude and its free parameters besides. */
static void choose_axes(work *w)
{
    const mutau_run_settings *s = w->settings;
    const mutau_model_places *at = &s->places;
    w->a = &s->parameters[at->spectrum];
    for (size_t i = at->spectrum + 1; i < at->spectrum + at->n_spectrum; i++)
        if (s->parameters[i].prior != MUTAU_PRIOR_FIXED)
            w->axes[w->n_axis++] = (axis){.parameter = &s->parameters[i], .i = i};
}

/* The first axis that is one too many, or a flavour, whose range depends on the other, or else a
 * nuisance, which no axis is for; NULL if the quadrature is fit for all. */
static const mutau_parameter *first_unfit(const work *w)
{
    const mutau_run_settings *s = w->settings;
    const mutau_model_places *at = &s->places;
    for (size_t k = 0; k < w->n_axis; k++)
        if (k >= MOST_AXES || (at->n_flavour > 0 && w->axes[k].i >= at->flavour))
            return w->axes[k].parameter;
    for (size_t i = 0; i < s->n_nuisance; i++)
        for (int k = 0; k < MUTAU_NUISANCE_N_KIND; k++) {
            const size_t place = s->nuisances[i].place[k];
            if (place < s->set.n && s->parameters[place].prior != MUTAU_PRIOR_FIXED)
                return &s->parameters[place];
        }
    return NULL;
}

mutau_status mutau_bare_evidence_compute(const mutau_run_settings *settings,
                                         mutau_bare_evidence *out, mutau_error *err)
{
    work w = {.settings = settings, .err = err};
    choose_axes(&w);
    const mutau_parameter *beyond = first_unfit(&w);
    if (beyond != NULL)
        return mutau_error_set(
            err, MUTAU_EUSAGE, "not integrated over %s: compare with a run that has %s: 0",
            beyond->spec->name, settings->set.spec[settings->places.coupling]->name);
    mutau_status status = open_work(&w, err);
    if (status == MUTAU_OK)
        status = integrate(&w, out, err);
    close_work(&w);
    return status;
}
