/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The posterior of a run; documented in mutau/posterior.h.
 *
 *   ln posterior = sum of ln priors (stored coordinates)
 *                - chi^2(data | flux(m, g', A, gamma, sum m_nu)) / 2
 *                + sum over terms of ln L(m, g')
 *
 * This is the one place where physics, data, terms and sampler meet: everything
 * is set up in mutau_posterior_alloc, and an evaluation allocates nothing. */
#include "mutau/posterior.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mutau/mem.h"
#include "mutau/term.h"

enum { BLOB_NAME_SIZE = 48, MAX_BLOB = MUTAU_BLOB_FIRST_TERM + MUTAU_MAX_TERMS };

struct mutau_posterior {
    const mutau_run_settings *settings;
    size_t dim;
    mutau_parameter_id free_id[MUTAU_N_PARAMETER];
    const char *names[MUTAU_N_PARAMETER];
    mutau_flux_likelihood *data;
    mutau_flux *flux;
    mutau_g2 *g2;
    void *term_state[MUTAU_MAX_TERMS];
    double term_min_mev[MUTAU_MAX_TERMS], term_max_mev[MUTAU_MAX_TERMS];
    double sum_mnu_min;
    size_t n_blob;
    char blob_text[MAX_BLOB][BLOB_NAME_SIZE];
    const char *blob_names[MAX_BLOB];
};

struct mutau_posterior_workspace {
    mutau_flux_workspace *flux;
    double *predicted; /* [number of data points] */
};

static void list_free_parameters(mutau_posterior *p)
{
    for (int id = 0; id < MUTAU_N_PARAMETER; id++) {
        const mutau_parameter *parameter = &p->settings->parameters[id];
        if (parameter->prior == MUTAU_PRIOR_FIXED)
            continue;
        p->free_id[p->dim] = (mutau_parameter_id)id;
        p->names[p->dim] = mutau_parameter_stored_name(parameter);
        p->dim++;
    }
}

static void name_blobs(mutau_posterior *p)
{
    static const char *const first[] = {"m_zprime", "g_prime", "delta_a_mu", "chi2", "lnl_flux"};
    for (size_t i = 0; i < MUTAU_BLOB_FIRST_TERM; i++)
        (void)snprintf(p->blob_text[i], BLOB_NAME_SIZE, "%s", first[i]);
    for (size_t i = 0; i < p->settings->n_term; i++)
        (void)snprintf(p->blob_text[MUTAU_BLOB_FIRST_TERM + i], BLOB_NAME_SIZE, "lnl_%s",
                       p->settings->terms[i].type->name);
    p->n_blob = MUTAU_BLOB_FIRST_TERM + p->settings->n_term;
    for (size_t i = 0; i < p->n_blob; i++)
        p->blob_names[i] = p->blob_text[i];
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
    const mutau_parameter *sum = &s->parameters[MUTAU_PARAMETER_SUM_MNU];
    const bool fixed = sum->prior == MUTAU_PRIOR_FIXED;
    p->sum_mnu_min = mutau_flux_sum_mnu_min(s->model.neutrinos.mixing, s->model.neutrinos.ordering);
    /* A varying sum only needs some legal value to start from. */
    const double value = fixed ? sum->value : 2.0 * p->sum_mnu_min;
    mutau_flux_bin *bins = mutau_calloc(n, sizeof *bins);
    if (bins == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu bins", n);
    for (size_t i = 0; i < n; i++)
        bins[i] = flux_bin(&points[i]);
    const mutau_status status = mutau_flux_alloc(&s->model, value, fixed, n, bins, &p->flux, err);
    free(bins);
    return status;
}

static mutau_status alloc_terms(mutau_posterior *p, mutau_error *err)
{
    for (size_t i = 0; i < p->settings->n_term; i++) {
        const mutau_term_choice *term = &p->settings->terms[i];
        MUTAU_TRY(err,
                  term->type->alloc(term->settings.bytes, p->settings->data_folder,
                                    &p->term_state[i], err),
                  "term %s", term->type->name);
        term->type->mass_range(p->term_state[i], &p->term_min_mev[i], &p->term_max_mev[i]);
    }
    return MUTAU_OK;
}

static mutau_status set_up(mutau_posterior *p, mutau_error *err)
{
    const mutau_run_settings *s = p->settings;
    mutau_parameter_set set;
    MUTAU_CHECK(mutau_flux_parameter_set(&s->model, &set, err));
    if (set.n != MUTAU_N_PARAMETER) /* natural[] has the order of the power law's set */
        return mutau_error_set(err, MUTAU_ECONFIG, "the spectrum %s has no posterior yet",
                               mutau_spectrum_at(s->model.source.spectrum)->name);
    list_free_parameters(p);
    name_blobs(p);
    MUTAU_CHECK(mutau_flux_likelihood_alloc(s->likelihood, s->errors, s->n_dataset,
                                            (const mutau_dataset *const *)s->datasets, &p->data,
                                            err));
    MUTAU_CHECK(alloc_flux(p, err));
    MUTAU_CHECK(alloc_terms(p, err));
    return mutau_g2_alloc(&p->g2, err);
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
    for (size_t i = 0; i < posterior->settings->n_term; i++)
        if (posterior->term_state[i] != NULL)
            posterior->settings->terms[i].type->free(posterior->term_state[i]);
    mutau_g2_free(posterior->g2);
    mutau_flux_free(posterior->flux);
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
    if (ws->flux == NULL || ws->predicted == NULL) {
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
    free(ws->predicted);
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

mutau_parameter_id mutau_posterior_id(const mutau_posterior *posterior, size_t i)
{
    return posterior->free_id[i];
}

size_t mutau_posterior_blob_count(const mutau_posterior *posterior)
{
    return posterior->n_blob;
}

const char *const *mutau_posterior_blob_names(const mutau_posterior *posterior)
{
    return posterior->blob_names;
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

/* The likelihood part of `out` at out->natural. */
static mutau_status eval_likelihood(const mutau_posterior *p, mutau_posterior_workspace *ws,
                                    mutau_posterior_point *out, mutau_error *err)
{
    const double m_zprime = out->natural[MUTAU_PARAMETER_M_ZPRIME];
    const double g_prime = out->natural[MUTAU_PARAMETER_G_PRIME];
    out->chi2 = 0.0;
    if (mutau_flux_likelihood_count(p->data) > 0) {
        MUTAU_CHECK(mutau_flux_bins(p->flux, ws->flux, out->natural, ws->predicted, err));
        out->chi2 = mutau_flux_likelihood_chi2(p->data, ws->predicted);
    }
    out->ln_flux = -0.5 * out->chi2;
    out->ln_likelihood = out->ln_flux;
    for (size_t i = 0; i < p->settings->n_term; i++) {
        /* Beyond a term's inputs, its value at their end (mutau_posterior_beyond_inputs). */
        const double m = fmin(fmax(m_zprime, p->term_min_mev[i]), p->term_max_mev[i]);
        out->ln_term[i] = p->settings->terms[i].type->lnl(p->term_state[i], m, g_prime);
        out->ln_likelihood += out->ln_term[i];
    }
    /* The scalar couples to neutrinos alone. */
    out->delta_a_mu = p->settings->model.mediator == MUTAU_MEDIATOR_LMU_LTAU
                          ? mutau_g2_delta_a_mu(p->g2, m_zprime, g_prime)
                          : 0.0;
    if (isnan(out->ln_likelihood) || isnan(out->delta_a_mu))
        return mutau_error_set(err, MUTAU_ENAN,
                               "not a number at m_zprime=%.17g,g_prime=%.17g,A=%.17g,gamma=%.17g,"
                               "sum_mnu=%.17g",
                               m_zprime, g_prime, out->natural[MUTAU_PARAMETER_A],
                               out->natural[MUTAU_PARAMETER_GAMMA],
                               out->natural[MUTAU_PARAMETER_SUM_MNU]);
    return MUTAU_OK;
}

mutau_status mutau_posterior_eval(const mutau_posterior *posterior, mutau_posterior_workspace *ws,
                                  const double natural[], mutau_posterior_point *out,
                                  mutau_error *err)
{
    const mutau_run_settings *s = posterior->settings;
    memcpy(out->natural, natural, sizeof out->natural);
    for (int i = 0; i < MUTAU_N_PARAMETER; i++) {
        const mutau_parameter_id id = (mutau_parameter_id)i;
        const char *must;
        if (!mutau_parameter_is_physical(id, natural[i], &must))
            return mutau_error_set(err, MUTAU_EDOM, "%s = %g: must be %s", mutau_parameter_name(id),
                                   natural[i], must);
    }
    const double sum_mnu = natural[MUTAU_PARAMETER_SUM_MNU];
    if (!(sum_mnu >= posterior->sum_mnu_min))
        return mutau_error_set(err, MUTAU_EDOM, "sum_mnu = %g eV is below its minimum, %.5g eV",
                               sum_mnu, posterior->sum_mnu_min);
    MUTAU_CHECK(eval_likelihood(posterior, ws, out, err));
    out->ln_prior = 0.0;
    for (size_t i = 0; i < posterior->dim; i++) {
        const mutau_parameter *parameter = &s->parameters[posterior->free_id[i]];
        const double x = mutau_parameter_stored(parameter, natural[posterior->free_id[i]]);
        out->ln_prior += mutau_parameter_ln_prior(parameter, x);
    }
    out->tail_depth = mutau_flux_tail_depth(posterior->flux, natural);
    return MUTAU_OK;
}

bool mutau_posterior_beyond_inputs(const mutau_posterior *posterior, size_t i_term,
                                   double m_zprime_mev)
{
    return m_zprime_mev < posterior->term_min_mev[i_term] ||
           m_zprime_mev > posterior->term_max_mev[i_term];
}

/* --- the sampler's view ------------------------------------------------------ */

static double ln_prior(const mutau_posterior *p, const double theta[], double natural[])
{
    const mutau_run_settings *s = p->settings;
    double sum = 0.0;
    for (size_t i = 0; i < p->dim; i++)
        sum += mutau_parameter_ln_prior(&s->parameters[p->free_id[i]], theta[i]);
    if (!(sum > -(double)INFINITY))
        return sum;
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        natural[id] = s->parameters[id].value;
    for (size_t i = 0; i < p->dim; i++)
        natural[p->free_id[i]] = mutau_parameter_natural(&s->parameters[p->free_id[i]], theta[i]);
    return natural[MUTAU_PARAMETER_SUM_MNU] >= p->sum_mnu_min ? sum : -(double)INFINITY;
}

static void fill_blob(const mutau_posterior *p, const mutau_posterior_point *at, double blob[])
{
    blob[MUTAU_BLOB_M_ZPRIME] = at->natural[MUTAU_PARAMETER_M_ZPRIME];
    blob[MUTAU_BLOB_G_PRIME] = at->natural[MUTAU_PARAMETER_G_PRIME];
    blob[MUTAU_BLOB_DELTA_A_MU] = at->delta_a_mu;
    blob[MUTAU_BLOB_CHI2] = at->chi2;
    blob[MUTAU_BLOB_LNL_FLUX] = at->ln_flux;
    for (size_t i = 0; i < p->settings->n_term; i++)
        blob[MUTAU_BLOB_FIRST_TERM + i] = at->ln_term[i];
}

static mutau_status target_eval(const void *self, void *ws, const double theta[],
                                double *ln_prior_out, double *ln_like, double blob[])
{
    const mutau_posterior *p = self;
    mutau_posterior_point at;
    *ln_prior_out = ln_prior(p, theta, at.natural);
    *ln_like = -INFINITY;
    if (isnan(*ln_prior_out))
        return MUTAU_ENAN;
    if (*ln_prior_out > -(double)INFINITY) {
        MUTAU_CHECK(eval_likelihood(p, ws, &at, NULL));
        *ln_like = at.ln_likelihood;
        if (blob != NULL)
            fill_blob(p, &at, blob);
    } else if (blob != NULL) {
        for (size_t i = 0; i < p->n_blob; i++)
            blob[i] = (double)NAN;
    }
    return MUTAU_OK;
}

static void target_draw(const void *self, mutau_rng *rng, double theta[])
{
    const mutau_posterior *p = self;
    for (size_t i = 0; i < p->dim; i++)
        theta[i] = mutau_parameter_draw(&p->settings->parameters[p->free_id[i]], rng);
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
    return (mutau_target){
        .dim = posterior->dim,
        .n_blob = posterior->n_blob,
        .eval = target_eval,
        .draw = target_draw,
        .ws_alloc = target_ws_alloc,
        .ws_free = target_ws_free,
        .self = posterior,
        .names = posterior->names,
    };
}
