/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The posterior of a run; documented in posterior/posterior.h.
 *
 *   ln posterior = sum of ln priors (stored coordinates)
 *                - chi^2(data | flux(parameters)) / 2
 *                + sum over terms of ln L
 *
 * This is the one place where physics, data, terms and sampler meet: everything
 * is set up in mutau_posterior_alloc, and an evaluation allocates nothing but rows of the flux's
 * table. */
#include "posterior/posterior.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "physics/spectrum.h"
#include "priors/term.h"

/* Blobs: mass and coupling, what every run derives, chi2, lnl_flux, the terms' ln L, and what
 * they derive. */
enum { BLOB_NAME_SIZE = 48, MAX_BLOB = 4 + MUTAU_MAX_DERIVED + MUTAU_MAX_TERMS };

struct mutau_posterior {
    const mutau_run_settings *settings;
    size_t dim;
    size_t free_id[MUTAU_MAX_PARAMETERS]; /* [dim] places in the set */
    const char *names[MUTAU_MAX_PARAMETERS];
    mutau_flux_likelihood *data;
    mutau_flux *flux;
    mutau_flux *rough; /* by the line, for points that are out of the question; NULL: none is */
    size_t n_derived, n_always; /* of which the first are blobs of every run */
    const mutau_derived *derived[MUTAU_MAX_DERIVED];
    void *derived_state[MUTAU_MAX_DERIVED]; /* NULL: it is 0 */
    double sum_mnu_min;
    bool has_norm, has_scale; /* a data set has such a nuisance */
    size_t n_blob;
    char blob_text[MAX_BLOB][BLOB_NAME_SIZE];
    const char *blob_names[MAX_BLOB];
};

struct mutau_posterior_workspace {
    mutau_flux_workspace *flux, *rough;
    double *predicted; /* [number of data points] */
    double *ln_scale;  /* the same, of their energies; NULL: no data set has one */
};

static void list_free_parameters(mutau_posterior *p)
{
    for (size_t id = 0; id < p->settings->set.n; id++) {
        const mutau_parameter *parameter = &p->settings->parameters[id];
        if (parameter->prior == MUTAU_PRIOR_FIXED)
            continue;
        p->free_id[p->dim] = id;
        p->names[p->dim] = parameter->stored_name;
        p->dim++;
    }
}

static void add_blob(mutau_posterior *p, const char *prefix, const char *name)
{
    char *text = p->blob_text[p->n_blob];
    (void)snprintf(text, BLOB_NAME_SIZE, "%s%s", prefix, name);
    p->blob_names[p->n_blob++] = text;
}

/* In the order of fill_blob. */
static void name_blobs(mutau_posterior *p)
{
    const mutau_run_settings *s = p->settings;
    add_blob(p, "", s->set.spec[s->places.mass]->name);
    add_blob(p, "", s->set.spec[s->places.coupling]->name);
    for (size_t i = 0; i < p->n_always; i++)
        add_blob(p, "", p->derived[i]->name);
    add_blob(p, "", "chi2");
    add_blob(p, "", "lnl_flux");
    for (size_t i = 0; i < s->n_term; i++)
        add_blob(p, "lnl_", s->terms[i].type->name);
    for (size_t i = p->n_always; i < p->n_derived; i++)
        add_blob(p, "", p->derived[i]->name);
}

static mutau_status list_one(mutau_posterior *p, const char *what, const char *name,
                             const mutau_derived *derived, mutau_error *err)
{
    if (p->n_derived == MUTAU_MAX_DERIVED)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s %s: no room for %s: a run derives at most %d quantities", what,
                               name, derived->name, (int)MUTAU_MAX_DERIVED);
    p->derived[p->n_derived++] = derived;
    return MUTAU_OK;
}

static mutau_status list_derived_of(mutau_posterior *p, const mutau_term_type *type, bool always,
                                    mutau_error *err)
{
    for (size_t i = 0; i < type->n_derived; i++)
        if (type->derived[i].always == always)
            MUTAU_CHECK(list_one(p, "term", type->name, &type->derived[i], err));
    return MUTAU_OK;
}

/* What every run has comes first, and the spectrum's last. */
static mutau_status list_derived(mutau_posterior *p, mutau_error *err)
{
    const mutau_run_settings *s = p->settings;
    for (size_t i = 0; mutau_term_types[i] != NULL; i++)
        MUTAU_CHECK(list_derived_of(p, mutau_term_types[i], true, err));
    p->n_always = p->n_derived;
    for (size_t i = 0; i < s->n_term; i++)
        MUTAU_CHECK(list_derived_of(p, s->terms[i].type, false, err));
    const mutau_spectrum_type *spectrum = mutau_spectrum_at(s->model.source.spectrum);
    if (spectrum->derived == NULL)
        return MUTAU_OK;
    return list_one(p, "spectrum", spectrum->name, spectrum->derived, err);
}

static mutau_status alloc_derived(mutau_posterior *p, mutau_error *err)
{
    const mutau_flux_settings *model = &p->settings->model;
    const mutau_derived *of_source = mutau_spectrum_at(model->source.spectrum)->derived;
    /* The scalar couples to neutrinos alone: the terms say nothing of it. */
    const bool is_scalar = model->mediator != MUTAU_MEDIATOR_LMU_LTAU;
    for (size_t i = 0; i < p->n_derived; i++)
        if (!is_scalar || p->derived[i] == of_source)
            MUTAU_CHECK(p->derived[i]->alloc(&p->settings->set, model, &p->derived_state[i], err));
    return MUTAU_OK;
}

/* How the channel of a data point weighs the flavours (e, mu, tau). */
static mutau_flux_bin flux_bin(const mutau_flux_point *point)
{
    static const double weight[][3] = {
        [MUTAU_CHANNEL_TRACKS] = {0.0, 1.0, 0.0},
        [MUTAU_CHANNEL_CASCADES] = {0.5, 0.0, 0.5},
        [MUTAU_CHANNEL_ALL] = {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0},
    };
    mutau_flux_bin bin = {.e_lo_gev = point->e_lo_gev, .e_hi_gev = point->e_hi_gev};
    memcpy(bin.weight, weight[point->channel], sizeof bin.weight);
    return bin;
}

static mutau_status alloc_flux(mutau_posterior *p, mutau_error *err)
{
    const mutau_run_settings *s = p->settings;
    const size_t n = mutau_flux_likelihood_count(p->data);
    const mutau_flux_point *points = mutau_flux_likelihood_points(p->data);
    const mutau_parameter *sum = &s->parameters[s->places.neutrino_mass];
    const bool fixed = sum->prior == MUTAU_PRIOR_FIXED;
    p->sum_mnu_min = mutau_flux_sum_mnu_min(s->model.neutrinos.mixing, s->model.neutrinos.ordering);
    /* A varying sum only needs some legal value to start from. */
    const double value = fixed ? sum->value : 2.0 * p->sum_mnu_min;
    mutau_flux_bin *bins = mutau_calloc(n, sizeof *bins);
    if (bins == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu bins", n);
    for (size_t i = 0; i < n; i++)
        bins[i] = flux_bin(&points[i]);
    mutau_status status = mutau_flux_alloc(&s->model, value, fixed, n, bins, &p->flux, err);
    mutau_flux_settings rough = s->model;
    rough.solver = mutau_solver_index(mutau_solver_line.name);
    rough.targets = MUTAU_TARGETS_COLD;
    rough.table = false;
    if (status == MUTAU_OK && s->n_term > 0 && n > 0 && rough.solver != s->model.solver &&
        mutau_flux_takes_coupling(&rough))
        status = mutau_flux_alloc(&rough, value, fixed, n, bins, &p->rough, err);
    free(bins);
    return status;
}

static mutau_status set_up(mutau_posterior *p, mutau_error *err)
{
    const mutau_run_settings *s = p->settings;
    for (size_t i = 0; i < s->n_nuisance; i++) {
        p->has_norm = p->has_norm || s->nuisances[i].place[MUTAU_NUISANCE_NORM] < s->set.n;
        p->has_scale = p->has_scale || s->nuisances[i].place[MUTAU_NUISANCE_SCALE] < s->set.n;
    }
    list_free_parameters(p);
    MUTAU_CHECK(list_derived(p, err));
    name_blobs(p);
    MUTAU_CHECK(mutau_flux_likelihood_alloc(s->likelihood, s->errors, s->n_dataset,
                                            (const mutau_dataset *const *)s->datasets, &p->data,
                                            err));
    MUTAU_CHECK(alloc_flux(p, err));
    return alloc_derived(p, err);
}

mutau_status mutau_posterior_alloc(const mutau_run_settings *settings, mutau_posterior **out,
                                   mutau_error *err)
{
    *out = NULL;
    mutau_posterior *p = mutau_calloc(1, sizeof *p);
    if (p == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the posterior");
    p->settings = settings;
    const mutau_status status = set_up(p, err);
    if (status != MUTAU_OK) {
        mutau_posterior_free(p);
        return status;
    }
    *out = p;
    return MUTAU_OK;
}

void mutau_posterior_free(mutau_posterior *posterior)
{
    if (posterior == NULL)
        return;
    for (size_t i = 0; i < posterior->n_derived; i++)
        posterior->derived[i]->free(posterior->derived_state[i]);
    mutau_flux_free(posterior->flux);
    mutau_flux_free(posterior->rough);
    mutau_flux_likelihood_free(posterior->data);
    free(posterior);
}

mutau_status mutau_posterior_workspace_alloc(const mutau_posterior *posterior,
                                             mutau_posterior_workspace **out)
{
    *out = NULL;
    mutau_posterior_workspace *ws = mutau_calloc_lines(1, sizeof *ws);
    if (ws == NULL)
        return MUTAU_ENOMEM;
    ws->flux = mutau_flux_workspace_alloc(posterior->flux);
    ws->predicted =
        mutau_calloc_lines(mutau_flux_likelihood_count(posterior->data), sizeof *ws->predicted);
    if (posterior->rough != NULL)
        ws->rough = mutau_flux_workspace_alloc(posterior->rough);
    if (posterior->has_scale)
        ws->ln_scale =
            mutau_calloc_lines(mutau_flux_likelihood_count(posterior->data), sizeof *ws->ln_scale);
    if (ws->flux == NULL || ws->predicted == NULL ||
        (posterior->has_scale && ws->ln_scale == NULL) ||
        (posterior->rough != NULL && ws->rough == NULL)) {
        mutau_posterior_workspace_free(ws);
        return MUTAU_ENOMEM;
    }
    *out = ws;
    return MUTAU_OK;
}

void mutau_posterior_workspace_free(mutau_posterior_workspace *ws)
{
    if (ws == NULL)
        return;
    mutau_flux_workspace_free(ws->flux);
    mutau_flux_workspace_free(ws->rough);
    free(ws->predicted);
    free(ws->ln_scale);
    free(ws);
}

const mutau_run_settings *mutau_posterior_settings(const mutau_posterior *posterior)
{
    return posterior->settings;
}

size_t mutau_posterior_dim(const mutau_posterior *posterior)
{
    return posterior->dim;
}

const char *const *mutau_posterior_blob_names(const mutau_posterior *posterior)
{
    return posterior->blob_names;
}

size_t mutau_posterior_derived(const mutau_posterior *posterior,
                               const mutau_derived *const **derived)
{
    *derived = posterior->derived;
    return posterior->n_derived;
}

const double *mutau_posterior_predicted(const mutau_posterior_workspace *ws)
{
    return ws->predicted;
}

const mutau_flux_likelihood *mutau_posterior_data(const mutau_posterior *posterior)
{
    return posterior->data;
}

const mutau_flux *mutau_posterior_flux(const mutau_posterior *posterior)
{
    return posterior->flux;
}

mutau_flux_workspace *mutau_posterior_flux_workspace(mutau_posterior_workspace *ws)
{
    return ws->flux;
}

/* "m_zprime=6.5,..." with all digits. */
static void write_point(const mutau_parameter_set *set, const double natural[], size_t size,
                        char text[])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < set->n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s=%.17g", i > 0 ? "," : "",
                                 set->spec[i]->name, natural[i]);
}

static mutau_status not_a_number(const mutau_posterior *p, const double natural[], mutau_error *err)
{
    char point[MUTAU_ERROR_SIZE];
    write_point(&p->settings->set, natural, sizeof point, point);
    return mutau_error_set(err, MUTAU_ENAN, "not a number at %.*s", (int)sizeof point - 32, point);
}

/* ln L of the terms alone below which a point is out of the question: e^-700 of it is left at most,
 * which is as good as nothing in any sum of numbers. */
static const double HOPELESS = -700.0;

/* The terms at out->natural, and their sum. */
static double eval_terms(const mutau_posterior *p, mutau_posterior_point *out)
{
    double sum = 0.0;
    for (size_t i = 0; i < p->settings->n_term; i++) {
        out->ln_term[i] = mutau_run_settings_term_lnl(p->settings, i, out->natural);
        sum += out->ln_term[i];
    }
    return sum;
}

/* Whether a point whose terms are such may have its flux by the line. */
static bool is_hopeless(const mutau_posterior *p, double ln_terms)
{
    return p->rough != NULL && ln_terms < HOPELESS;
}

/* Whether the energies of a data set are scaled at the point. */
static bool is_scaled(const mutau_posterior *p, const double natural[])
{
    const mutau_run_settings *s = p->settings;
    for (size_t i = 0; p->has_scale && i < s->n_nuisance; i++)
        if (fabs(mutau_nuisance_value(&s->nuisances[i], MUTAU_NUISANCE_SCALE, natural)) > 0.0)
            return true;
    return false;
}

/* ws->predicted of bins whose energies are scaled. */
static mutau_status predict_scaled(const mutau_posterior *p, mutau_posterior_workspace *ws,
                                   bool rough, const double natural[], mutau_error *err)
{
    const mutau_flux_point *points = mutau_flux_likelihood_points(p->data);
    for (size_t i = 0; i < mutau_flux_likelihood_count(p->data); i++)
        ws->ln_scale[i] = mutau_nuisance_value(&p->settings->nuisances[points[i].i_dataset],
                                               MUTAU_NUISANCE_SCALE, natural);
    return rough ? mutau_flux_bins_scaled(p->rough, ws->rough, natural, ws->ln_scale, ws->predicted,
                                          err)
                 : mutau_flux_bins_scaled(p->flux, ws->flux, natural, ws->ln_scale, ws->predicted,
                                          err);
}

static void normalise(const mutau_posterior *p, const double natural[], double predicted[])
{
    const mutau_flux_point *points = mutau_flux_likelihood_points(p->data);
    double factor[MUTAU_MAX_DATASETS];
    for (size_t i = 0; i < p->settings->n_nuisance; i++)
        factor[i] =
            exp(mutau_nuisance_value(&p->settings->nuisances[i], MUTAU_NUISANCE_NORM, natural));
    for (size_t i = 0; i < mutau_flux_likelihood_count(p->data); i++)
        predicted[i] *= factor[points[i].i_dataset];
}

/* ws->predicted; `many`: as one of many points, `rough`: by the line. */
static mutau_status predict(const mutau_posterior *p, mutau_posterior_workspace *ws, bool many,
                            bool rough, const double natural[], mutau_error *err)
{
    mutau_status status;
    if (is_scaled(p, natural))
        status = predict_scaled(p, ws, rough, natural, err);
    else if (rough)
        status = mutau_flux_bins(p->rough, ws->rough, natural, ws->predicted, err);
    else if (many)
        status = mutau_flux_bins_of_many(p->flux, ws->flux, natural, ws->predicted, err);
    else
        status = mutau_flux_bins(p->flux, ws->flux, natural, ws->predicted, err);
    if (status == MUTAU_OK && p->has_norm)
        normalise(p, natural, ws->predicted);
    return status;
}

/* The likelihood part of `out` at out->natural; `many`: as one of many points. */
static mutau_status eval_likelihood(const mutau_posterior *p, mutau_posterior_workspace *ws,
                                    bool many, mutau_posterior_point *out, mutau_error *err)
{
    const double ln_terms = eval_terms(p, out);
    out->chi2 = 0.0;
    if (mutau_flux_likelihood_count(p->data) > 0) {
        MUTAU_CHECK(predict(p, ws, many, many && is_hopeless(p, ln_terms), out->natural, err));
        out->chi2 = mutau_flux_likelihood_chi2(p->data, ws->predicted);
    }
    out->ln_flux = -0.5 * out->chi2;
    out->ln_likelihood = out->ln_flux + ln_terms;
    bool is_number = !isnan(out->ln_likelihood);
    for (size_t i = 0; i < p->n_derived; i++) {
        const bool has = p->derived_state[i] != NULL;
        out->derived[i] = has ? p->derived[i]->value(p->derived_state[i], out->natural) : 0.0;
        is_number = is_number && !isnan(out->derived[i]);
    }
    if (!is_number)
        return not_a_number(p, out->natural, err);
    return MUTAU_OK;
}

static mutau_status check_physical(const mutau_posterior *p, const double natural[],
                                   mutau_error *err)
{
    for (size_t i = 0; i < p->settings->set.n; i++)
        MUTAU_CHECK(mutau_run_settings_physical(p->settings, i, natural[i], p->sum_mnu_min, err));
    if (!mutau_run_settings_is_in_simplex(p->settings, natural))
        return mutau_error_set(err, MUTAU_EDOM,
                               "the shares of e and mu at the source must be at most 1 together");
    return MUTAU_OK;
}

static mutau_status eval_point(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                               bool many, const double natural[], mutau_posterior_point *out,
                               mutau_error *err)
{
    const mutau_run_settings *s = posterior->settings;
    memcpy(out->natural, natural, s->set.n * sizeof *natural);
    MUTAU_CHECK(check_physical(posterior, natural, err));
    MUTAU_CHECK(eval_likelihood(posterior, ws, many, out, err));
    out->ln_prior = s->ln_simplex;
    for (size_t i = 0; i < posterior->dim; i++) {
        const mutau_parameter *parameter = &s->parameters[posterior->free_id[i]];
        const double x = mutau_parameter_stored(parameter, natural[posterior->free_id[i]]);
        out->ln_prior += mutau_parameter_ln_prior(parameter, x);
    }
    out->tail_depth = mutau_flux_tail_depth(posterior->flux, natural);
    return MUTAU_OK;
}

mutau_status mutau_posterior_eval(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                                  const double natural[], mutau_posterior_point *out,
                                  mutau_error *err)
{
    return eval_point(posterior, ws, false, natural, out, err);
}

mutau_status mutau_posterior_eval_of_many(const mutau_posterior *posterior,
                                          mutau_posterior_workspace *ws, const double natural[],
                                          mutau_posterior_point *out, mutau_error *err)
{
    return eval_point(posterior, ws, true, natural, out, err);
}

bool mutau_posterior_beyond_inputs(const mutau_posterior *posterior, size_t i_term, double mass_mev)
{
    const mutau_term_choice *term = &posterior->settings->terms[i_term];
    return mass_mev < term->min_mev || mass_mev > term->max_mev;
}

/* --- the sampler's view ------------------------------------------------------ */

static double ln_prior(const mutau_posterior *p, const double theta[], double natural[])
{
    const mutau_run_settings *s = p->settings;
    double sum = s->ln_simplex;
    for (size_t i = 0; i < p->dim; i++)
        sum += mutau_parameter_ln_prior(&s->parameters[p->free_id[i]], theta[i]);
    if (!(sum > -(double)INFINITY))
        return sum;
    for (size_t i = 0; i < s->set.n; i++)
        natural[i] = s->parameters[i].value;
    for (size_t i = 0; i < p->dim; i++)
        natural[p->free_id[i]] = mutau_parameter_natural(&s->parameters[p->free_id[i]], theta[i]);
    return natural[s->places.neutrino_mass] >= p->sum_mnu_min &&
                   mutau_run_settings_is_in_simplex(s, natural)
               ? sum
               : -(double)INFINITY;
}

/* In the order of name_blobs. */
static void fill_blob(const mutau_posterior *p, const mutau_posterior_point *at, double blob[])
{
    const mutau_run_settings *s = p->settings;
    *blob++ = at->natural[s->places.mass];
    *blob++ = at->natural[s->places.coupling];
    for (size_t i = 0; i < p->n_always; i++)
        *blob++ = at->derived[i];
    *blob++ = at->chi2;
    *blob++ = at->ln_flux;
    for (size_t i = 0; i < s->n_term; i++)
        *blob++ = at->ln_term[i];
    for (size_t i = p->n_always; i < p->n_derived; i++)
        *blob++ = at->derived[i];
}

/* Whether the likelihood at a point costs a march of the grid. */
static bool is_costly(const mutau_posterior *p, mutau_posterior_point *at)
{
    return mutau_flux_likelihood_count(p->data) > 0 &&
           (is_scaled(p, at->natural) ? mutau_flux_solver_at(p->flux, at->natural)->costly
                                      : mutau_flux_is_costly_at(p->flux, at->natural)) &&
           !is_hopeless(p, eval_terms(p, at));
}

/* With `later` a costly point is left alone. */
static mutau_status target_eval_some(const void *self, void *ws, const double theta[],
                                     double *ln_prior_out, double *ln_like, double blob[],
                                     bool *later)
{
    const mutau_posterior *p = self;
    mutau_posterior_point at;
    *ln_prior_out = ln_prior(p, theta, at.natural);
    *ln_like = -INFINITY;
    if (isnan(*ln_prior_out))
        return MUTAU_ENAN;
    if (*ln_prior_out > -(double)INFINITY) {
        if (later != NULL && is_costly(p, &at)) {
            *later = true;
            return MUTAU_OK;
        }
        MUTAU_CHECK(eval_likelihood(p, ws, true, &at, NULL));
        *ln_like = at.ln_likelihood;
        if (blob != NULL)
            fill_blob(p, &at, blob);
    } else if (blob != NULL) {
        for (size_t i = 0; i < p->n_blob; i++)
            blob[i] = (double)NAN;
    }
    return MUTAU_OK;
}

static mutau_status target_eval(const void *self, void *ws, const double theta[],
                                double *ln_prior_out, double *ln_like, double blob[])
{
    return target_eval_some(self, ws, theta, ln_prior_out, ln_like, blob, NULL);
}

/* Draws free flavours again until they are some. */
static void draw_flavour(const mutau_posterior *p, mutau_rng *rng, double theta[])
{
    enum { MAX_TRIES = 1000 };
    const mutau_run_settings *s = p->settings;
    double natural[MUTAU_MAX_PARAMETERS];
    for (int tries = 0; tries < MAX_TRIES; tries++) {
        for (size_t i = 0; i < s->set.n; i++)
            natural[i] = s->parameters[i].value;
        for (size_t i = 0; i < p->dim; i++)
            natural[p->free_id[i]] =
                mutau_parameter_natural(&s->parameters[p->free_id[i]], theta[i]);
        if (mutau_run_settings_is_in_simplex(s, natural))
            return;
        for (size_t i = 0; i < p->dim; i++)
            if (p->free_id[i] >= s->places.flavour &&
                p->free_id[i] < s->places.flavour + s->places.n_flavour)
                theta[i] = mutau_parameter_draw(&s->parameters[p->free_id[i]], rng);
    }
}

static void target_draw(const void *self, mutau_rng *rng, double theta[])
{
    const mutau_posterior *p = self;
    for (size_t i = 0; i < p->dim; i++)
        theta[i] = mutau_parameter_draw(&p->settings->parameters[p->free_id[i]], rng);
    if (p->settings->places.n_flavour > 0)
        draw_flavour(p, rng, theta);
}

static mutau_status target_ws_alloc(const void *self, void **ws)
{
    mutau_posterior_workspace *typed = NULL;
    const mutau_status status = mutau_posterior_workspace_alloc(self, &typed);
    *ws = typed;
    return status;
}

static void target_ws_free(void *ws)
{
    mutau_posterior_workspace_free(ws);
}

mutau_target mutau_posterior_target(const mutau_posterior *posterior)
{
    const bool is_line = mutau_solver_at(posterior->settings->model.solver) == &mutau_solver_line;
    return (mutau_target){
        .dim = posterior->dim,
        .n_blob = posterior->n_blob,
        .eval = target_eval,
        .eval_cheap = is_line ? NULL : target_eval_some, /* all cost the same by the line */
        .draw = target_draw,
        .ws_alloc = target_ws_alloc,
        .ws_free = target_ws_free,
        .self = posterior,
        .names = posterior->names,
    };
}
