/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence of the power law; documented in mutau/power_law.h.
 *
 *   Z = int p(gamma) F(gamma) dgamma,   F(gamma) = int p(A) L(A, gamma) dA
 *
 * Predictions are proportional to A, so that one spectrum serves a whole inner integral.
 * In A the logarithm of the integrand has one maximum: chi^2 is convex in A for all our
 * likelihoods, ln p(A) is concave or constant, and log10 A rises with A.  So the inner
 * integral runs, from that maximum, to where the integrand has fallen by DEPTH.  In
 * gamma maxima are looked for on a grid. */
#include "mutau/power_law.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdlib.h>

#include "mutau/maximum.h"
#include "mutau/mem.h"
#include "mutau/posterior.h"

enum { INTERVALS = 400, GRID = 128, BISECTIONS = 60 };
static const double DEPTH = 60.0;          /* in ln: e^-60 of the maximum and less is left out */
static const double WIDEST_SDS = 40.0;     /* of a prior without an edge */
static const double PEAK_ACCURACY = 1e-10; /* of where it is looked for */
static const double INNER_ACCURACY = 1e-9, OUTER_ACCURACY = 1e-7, NEEDED_ACCURACY = 1e-3;
static const double NEGLIGIBLE = 1e-9; /* of the largest F */

typedef struct work {
    const mutau_run_settings *settings;
    const mutau_parameter *a, *shape;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
    size_t n_point;
    const double *at_one; /* predictions at A = 1 and the gamma of now */
    double *predicted;    /* [n_point] scratch */
    double natural[MUTAU_MAX_PARAMETERS];
    size_t i_shape; /* where its free parameter stands */
    double ln_terms;
    double ln_scale;    /* of the integrand that is integrated now: see scaled_inner */
    double outer_scale; /* the same for the integral over gamma */
    double inner_error; /* relative, of the last inner integral */
    double worst_inner; /* the largest of those that count */
    gsl_integration_workspace *inner, *outer;
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

/* The grid point of the largest f, in f's own terms. */
static size_t best_of_grid(work *w, mutau_function f, double lo, double step,
                           double value[GRID + 1])
{
    size_t best = 0;
    for (size_t i = 0; i <= GRID; i++) {
        value[i] = f(w, lo + (double)i * step);
        best = value[i] > value[best] ? i : best;
    }
    return best;
}

/* The maximum of f in [lo, hi], where it has only one: exactly, if it is at an end, since
 * there f may be steep. */
static double maximise(work *w, mutau_function f, double lo, double hi)
{
    const double x = mutau_golden_section(f, w, lo, hi, PEAK_ACCURACY * (hi - lo), 0.0);
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
    if (w->a->prior == MUTAU_PRIOR_FIXED)
        return ln_inner(w, w->a->value);
    window(w->a, &lo, &hi);
    const double step = (hi - lo) / GRID;
    const size_t best = best_of_grid(w, ln_inner, lo, step, value);
    if (!(value[best] > -(double)INFINITY))
        return value[best];
    const double at = lo + (double)best * step;
    const double top = maximise(w, ln_inner, fmax(at - step, lo), fmin(at + step, hi));
    w->ln_scale = ln_inner(w, top);
    const double least = w->ln_scale - DEPTH;
    gsl_function f = {scaled_inner, w};
    add_integral(&f, edge(w, ln_inner, top, lo, least), top, INNER_ACCURACY, w->inner, &sum);
    add_integral(&f, top, edge(w, ln_inner, top, hi, least), INNER_ACCURACY, w->inner, &sum);
    w->inner_error = sum.error / sum.value;
    return w->ln_scale + log(sum.value);
}

/* --- the outer integral ----------------------------------------------------------------- */

/* ln of the integrand in that of gamma. */
static double ln_outer(void *self, double x)
{
    work *w = self;
    mutau_posterior_point point;
    w->natural[w->i_shape] = mutau_parameter_natural(w->shape, x);
    if (w->status == MUTAU_OK)
        w->status = mutau_posterior_eval(w->posterior, w->ws, w->natural, &point, w->err);
    if (w->status != MUTAU_OK)
        return -(double)INFINITY;
    w->at_one = mutau_posterior_predicted(w->ws);
    w->ln_terms = point.ln_likelihood - point.ln_flux;
    return mutau_parameter_ln_prior(w->shape, x) + integrate_amplitude(w);
}

static double scaled_outer(double x, void *self)
{
    work *w = self;
    const double value = exp(ln_outer(w, x) - w->outer_scale);
    if (value > NEGLIGIBLE)
        w->worst_inner = fmax(w->worst_inner, w->inner_error);
    return value;
}

static double integrate_index(work *w, double *error)
{
    double lo, hi, value[GRID + 1];
    integral sum = {0.0, 0.0};
    *error = 0.0;
    if (w->shape->prior == MUTAU_PRIOR_FIXED) {
        const double ln_f = ln_outer(w, w->shape->value);
        w->worst_inner = w->inner_error;
        return ln_f;
    }
    window(w->shape, &lo, &hi);
    const double step = (hi - lo) / GRID;
    const size_t best = best_of_grid(w, ln_outer, lo, step, value);
    const double at = lo + (double)best * step;
    const double top = maximise(w, ln_outer, fmax(at - step, lo), fmin(at + step, hi));
    w->outer_scale = ln_outer(w, top);
    if (!(w->outer_scale > -(double)INFINITY))
        return w->outer_scale;
    size_t first = best, last = best;
    for (size_t i = 0; i <= GRID; i++) {
        if (value[i] < w->outer_scale - DEPTH)
            continue;
        first = i < first ? i : first;
        last = i > last ? i : last;
    }
    const double from = first > 0 ? lo + (double)(first - 1) * step : lo;
    const double to = last + 1 < GRID ? lo + (double)(last + 1) * step : hi;
    gsl_function f = {scaled_outer, w};
    add_integral(&f, from, top, OUTER_ACCURACY, w->outer, &sum);
    add_integral(&f, top, to, OUTER_ACCURACY, w->outer, &sum);
    *error = sum.error / sum.value;
    return w->outer_scale + log(sum.value);
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
    w->outer = gsl_integration_workspace_alloc(INTERVALS);
    if (w->predicted == NULL || w->inner == NULL || w->outer == NULL ||
        mutau_posterior_workspace_alloc(w->posterior, &w->ws) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the power law's evidence");
    choose_point(w);
    return MUTAU_OK;
}

static void close_work(work *w)
{
    free(w->predicted);
    gsl_integration_workspace_free(w->inner);
    gsl_integration_workspace_free(w->outer);
    mutau_posterior_workspace_free(w->ws);
    mutau_posterior_free(w->posterior);
}

static mutau_status integrate(work *w, mutau_power_law *out, mutau_error *err)
{
    double error = 0.0;
    if (w->n_point == 0) { /* priors are normalised */
        mutau_posterior_point point;
        MUTAU_CHECK(mutau_posterior_eval(w->posterior, w->ws, w->natural, &point, err));
        *out = (mutau_power_law){.ln_z = point.ln_likelihood};
        return MUTAU_OK;
    }
    const double ln_z = integrate_index(w, &error);
    MUTAU_CHECK(w->status);
    *out = (mutau_power_law){.ln_z = ln_z + w->ln_terms, .error = error + w->worst_inner};
    if (!(out->error <= NEEDED_ACCURACY))
        return mutau_error_set(err, MUTAU_ENUMERIC,
                               "ln Z of the power law: an error of %.1e, not %.0e", out->error,
                               NEEDED_ACCURACY);
    return MUTAU_OK;
}

/* The spectrum's amplitude and its one free parameter besides, or some fixed one. */
static mutau_status choose_axes(work *w, mutau_error *err)
{
    const mutau_run_settings *s = w->settings;
    const mutau_model_places *at = &s->places;
    size_t n_free = 0;
    w->i_shape = at->spectrum + at->n_spectrum - 1;
    for (size_t i = at->spectrum + 1; i < at->spectrum + at->n_spectrum; i++) {
        if (s->parameters[i].prior == MUTAU_PRIOR_FIXED)
            continue;
        w->i_shape = i;
        n_free++;
    }
    w->a = &s->parameters[at->spectrum];
    w->shape = &s->parameters[w->i_shape];
    if (n_free > 1)
        return mutau_error_set(err, MUTAU_ENUMERIC,
                               "the evidence without a boson is an integral over the amplitude and "
                               "one more parameter of the spectrum, not over %zu more",
                               n_free);
    return MUTAU_OK;
}

mutau_status mutau_power_law_evidence(const mutau_run_settings *settings, mutau_power_law *out,
                                      mutau_error *err)
{
    work w = {.settings = settings, .err = err};
    MUTAU_CHECK(choose_axes(&w, err));
    mutau_status status = open_work(&w, err);
    if (status == MUTAU_OK)
        status = integrate(&w, out, err);
    close_work(&w);
    return status;
}
