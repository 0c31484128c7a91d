/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tension between the flux and a measurement that sees something, from three runs; documented
 * in analysis/compare.h.
 *
 * A run may have the flux (A), the measurement's term (B) or both; ln L of a run is of those
 * alone.  All other terms, and the priors of the boson's and the neutrinos' parameters, are the
 * common prior of the three and must be the same.  The spectrum's matter to the flux alone: in the
 * run without it they keep their prior, or may be fixed. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_internal.h"
#include "draws_internal.h"
#include "analysis/diagnostics.h"

static const char LNL_FLUX[] = "lnl_flux";

/* The blob of the term's ln L. */
static void name_lnl(const mutau_term_type *term, char name[MUTAU_SUMMARY_NAME_SIZE])
{
    (void)snprintf(name, MUTAU_SUMMARY_NAME_SIZE, "lnl_%s", term->name);
}

/* The first term of a measurement that sees something; one that only limits is part of the
 * prior. */
static const mutau_term_type *find_shift(void)
{
    const mutau_term_type *const *type = mutau_term_types;
    while (*type != NULL && (*type)->band == NULL)
        type++;
    return *type;
}

static bool has_shift(const mutau_compared_run *run, const mutau_term_type *term)
{
    const mutau_chain_info info = mutau_chain_describe(run->pool.chains[0]);
    char name[MUTAU_SUMMARY_NAME_SIZE];
    size_t at = 0;
    name_lnl(term, name);
    return mutau_draws_find_blob(&info, name, &at);
}

/* Without a flux likelihood chi^2 is 0 everywhere. */
static bool has_flux(const mutau_compared_run *run)
{
    return fabs(run->chi2[0].best) > 0.0 || fabs(run->chi2[0].mean) > 0.0;
}

static mutau_reason *no(mutau_comparison *out)
{
    return &out->no_suspiciousness;
}

static bool find_roles(mutau_comparison *out)
{
    bool found[3] = {false, false, false};
    for (size_t i = 0; i < out->n_run; i++) {
        const bool flux = has_flux(&out->run[i]), shift = has_shift(&out->run[i], out->shift);
        if (!flux && !shift)
            continue;
        const int role = flux && shift ? 0 : (flux ? 1 : 2);
        size_t *const place[3] = {&out->run_ab, &out->run_a, &out->run_b};
        if (found[role])
            return false;
        found[role] = true;
        *place[role] = i;
    }
    return found[0] && found[1] && found[2];
}

/* Compares a part of two runs; a difference becomes the reason. */
static mutau_status same(mutau_comparison *out, size_t i, size_t k, const mutau_stored_part *part,
                         mutau_error *err)
{
    mutau_reason reason;
    if (no(out)->text[0] != '\0')
        return MUTAU_OK;
    MUTAU_CHECK(mutau_stored_difference(out->run[i].pool.chains[0], out->run[k].pool.chains[0],
                                        part, &reason, err));
    if (reason.text[0] != '\0')
        (void)snprintf(no(out)->text, sizeof no(out)->text,
                       "%.200s and %.200s differ in what they should share: %.400s",
                       out->run[i].path, out->run[k].path, reason.text);
    return MUTAU_OK;
}

static mutau_status check_shared(mutau_comparison *out, mutau_error *err)
{
    const mutau_run_settings *s = out->run[out->run_ab].settings;
    const mutau_model_places *at = &s->places;
    static const char *const terms[] = {"terms", NULL}, *const none[] = {NULL};
    const char *const shift[] = {out->shift->name, NULL};
    static const char *const flux[] = {"data", "likelihood", "allow_overlap", NULL};
    static const char *const parameters[] = {"parameters", NULL};
    const char *of_flux[MUTAU_MAX_PARAMETERS + 1] = {NULL};
    for (size_t i = 0; i < at->n_spectrum; i++)
        of_flux[i] = s->set.spec[at->spectrum + i]->name;
    const mutau_stored_part other_terms = {.keep = terms, .section = "terms", .keys = shift};
    const mutau_stored_part only_shift = {
        .keep = terms, .section = "terms", .keys = shift, .only = true};
    const mutau_stored_part data = {.keep = flux, .keys = none};
    const mutau_stored_part all = {.keep = parameters, .keys = none};
    const mutau_stored_part priors = {.keep = parameters, .section = "parameters", .keys = of_flux};
    MUTAU_CHECK(same(out, out->run_ab, out->run_a, &other_terms, err));
    MUTAU_CHECK(same(out, out->run_ab, out->run_b, &other_terms, err));
    MUTAU_CHECK(same(out, out->run_ab, out->run_b, &only_shift, err));
    MUTAU_CHECK(same(out, out->run_ab, out->run_a, &data, err));
    MUTAU_CHECK(same(out, out->run_ab, out->run_a, &all, err));
    return same(out, out->run_ab, out->run_b, &priors, err);
}

/* Of ln L of the flux (if `flux`) and of the term (NULL: not) over the run's draws. */
static mutau_status moments(const mutau_compared_run *run, bool flux, const mutau_term_type *term,
                            mutau_ln_like_moments *out, mutau_error *err)
{
    char name[MUTAU_SUMMARY_NAME_SIZE] = "";
    double *x = NULL, *y = NULL;
    mutau_convergence c = {0};
    const mutau_pool *pool = &run->pool;
    if (term != NULL)
        name_lnl(term, name);
    mutau_status status = mutau_draws_alloc(pool, flux ? LNL_FLUX : name, &x, err);
    if (status == MUTAU_OK && flux && term != NULL)
        status = mutau_draws_alloc(pool, name, &y, err);
    for (size_t i = 0; y != NULL && i < pool->n_row * pool->n_column; i++)
        x[i] += y[i];
    if (status == MUTAU_OK)
        status = mutau_convergence_compute(pool->n_row, pool->n_column, x, &c, err);
    free(x);
    free(y);
    *out = (mutau_ln_like_moments){c.mean, c.sd * c.sd, c.mcse_mean};
    return status;
}

mutau_status mutau_compare_tension(mutau_comparison *out, mutau_error *err)
{
    mutau_ln_like_moments ab, a, b;
    out->suspiciousness =
        (mutau_suspiciousness){.ln_s = (double)NAN, .error = (double)NAN, .dimension = (double)NAN};
    out->shift = find_shift();
    const char *name = out->shift->name;
    if (!find_roles(out)) {
        (void)snprintf(no(out)->text, sizeof no(out)->text,
                       "it takes one run each with flux and %s, with flux and without %s, and "
                       "with %s and 'likelihood: {kind: none}'",
                       name, name, name);
        return MUTAU_OK;
    }
    MUTAU_CHECK(check_shared(out, err));
    if (no(out)->text[0] != '\0')
        return MUTAU_OK;
    MUTAU_CHECK(moments(&out->run[out->run_ab], true, out->shift, &ab, err));
    MUTAU_CHECK(moments(&out->run[out->run_a], true, NULL, &a, err));
    MUTAU_CHECK(moments(&out->run[out->run_b], false, out->shift, &b, err));
    out->suspiciousness = mutau_suspiciousness_compute(&ab, &a, &b);
    return MUTAU_OK;
}
