/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of a comparison; documented in compare_internal.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare_internal.h"
#include "draws_internal.h"
#include "physics/mediator.h"
#include "base/mem.h"
#include "analysis/stored_goodness.h"
#include "priors/term.h"
#include "points_internal.h"
#include "stored_run_internal.h"

enum { MIN_ROWS = 8 };

/* --- is this a chain to compare? -------------------------------------------------------- */

/* A run ends when it has converged, with a last verdict that more steps would not change, or
 * when it has done all its steps; otherwise it was interrupted, or goes on. */
static bool is_finished(const mutau_compared_run *run, mutau_chain *chain)
{
    mutau_chain_state state;
    size_t n = 0;
    const mutau_chain_check *history = mutau_chain_history(chain, &n);
    if (mutau_chain_converged(chain))
        return true;
    if (mutau_chain_read_state(chain, &state, NULL) != MUTAU_OK)
        return true; /* another program has gone on with it */
    return state.steps >= (uint64_t)run->settings->sampler.max_steps ||
           (n > 0 && history[n - 1].step == state.steps);
}

static mutau_status check_chain(mutau_chain *chain, mutau_error *err)
{
    const char *const needed[] = {mutau_mediator_parameters[MUTAU_MEDIATOR_MASS].name,
                                  mutau_mediator_parameters[MUTAU_MEDIATOR_COUPLING].name, "chi2",
                                  "lnl_flux"};
    const mutau_chain_info info = mutau_chain_describe(chain);
    const size_t rows = mutau_chain_rows(chain), burn_in = mutau_chain_burn_in(chain);
    size_t at = 0;
    if (rows == 0)
        return mutau_error_set(err, MUTAU_EDATA, "the chain is empty");
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (!mutau_draws_find_blob(&info, needed[i], &at))
            return mutau_error_set(err, MUTAU_EDATA,
                                   "the chain has no blob '%s': it is not of the model's posterior",
                                   needed[i]);
    if (burn_in > rows || rows - burn_in < MIN_ROWS)
        return mutau_error_set(err, MUTAU_EDATA,
                               "%zu rows, %zu of them burn-in: a comparison takes at least %d",
                               rows, burn_in, MIN_ROWS);
    return MUTAU_OK;
}

/* --- chi^2 ------------------------------------------------------------------------------ */

static double best_of(const mutau_summary *s, const char *name)
{
    for (size_t i = 0; i < s->n_best; i++)
        if (strcmp(s->best_name[i], name) == 0)
            return s->best[i];
    return (double)NAN;
}

/* Adds chi^2 = scale times the blob. */
static mutau_status add_chi2(mutau_compared_run *run, const char *blob, const char *name,
                             double scale, double x[], mutau_error *err)
{
    const size_t n = run->pool.n_row * run->pool.n_column;
    mutau_compared_chi2 *c = &run->chi2[run->n_chi2++];
    double sum = 0.0;
    MUTAU_CHECK(mutau_draws_read(&run->pool, blob, x, err));
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    (void)snprintf(c->name, sizeof c->name, "%s", name);
    c->best = scale * best_of(&run->summary, blob);
    c->mean = scale * sum / (double)n;
    return MUTAU_OK;
}

static mutau_status find_chi2(mutau_compared_run *run, double x[], mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(run->pool.chains[0]);
    MUTAU_CHECK(add_chi2(run, "chi2", "flux", 1.0, x, err));
    for (size_t i = 0; i < info.n_blob && run->n_chi2 <= MUTAU_MAX_TERMS; i++) {
        const char *name = info.blob_names[i];
        if (strncmp(name, "lnl_", 4) == 0 && strcmp(name, "lnl_flux") != 0)
            MUTAU_CHECK(add_chi2(run, name, name + 4, -2.0, x, err));
    }
    return MUTAU_OK;
}

/* --- projections ------------------------------------------------------------------------ */

/* The share of the draws that the projection's limit allows: N < ln 10. */
static mutau_status share_below(const mutau_run_settings *s, size_t n, double points[],
                                const void *state, mutau_compared_projection *p, mutau_error *err)
{
    const mutau_term_type *type = p->term;
    double min, max;
    void *copy = NULL;
    size_t below = 0;
    MUTAU_CHECK(type->projection->rescaled(state, p->exposure, &copy, err));
    type->mass_range(copy, &min, &max);
    for (size_t i = 0; i < n; i++) {
        const double lnl =
            mutau_term_lnl_within(type, copy, s->places.mass, min, max, points + i * s->set.n);
        below += -lnl < log(10.0) ? 1 : 0;
    }
    type->free(copy);
    p->below = (double)below / (double)n;
    return MUTAU_OK;
}

static void list_projections(mutau_compared_run *run)
{
    for (size_t i = 0; mutau_term_types[i] != NULL; i++) {
        const mutau_projection *of = mutau_term_types[i]->projection;
        for (size_t k = 0; of != NULL && k < of->n; k++)
            if (run->n_projection < MUTAU_COMPARE_MAX_PROJECTIONS)
                run->projection[run->n_projection++] =
                    (mutau_compared_projection){mutau_term_types[i], of->exposures[k], (double)NAN};
    }
}

static mutau_status fill_projections(mutau_compared_run *run, double points[], mutau_error *err)
{
    const size_t n = run->pool.n_row * run->pool.n_column;
    mutau_status status = MUTAU_OK;
    for (size_t k = 0; k < run->n_projection && status == MUTAU_OK; k++) {
        mutau_compared_projection *p = &run->projection[k];
        const void *state = NULL;
        void *own = NULL;
        status = mutau_stored_term(run->settings, p->term, &state, &own, err);
        if (status == MUTAU_OK)
            status = share_below(run->settings, n, points, state, p, err);
        if (own != NULL)
            p->term->free(own);
    }
    return status;
}

static mutau_status find_projections(mutau_compared_run *run, mutau_error *err)
{
    double *points = NULL;
    list_projections(run);
    if (run->settings->model.mediator != MUTAU_MEDIATOR_LMU_LTAU)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_points_alloc(&run->pool, run->settings, &points, err));
    const mutau_status status = fill_projections(run, points, err);
    free(points);
    return status;
}

/* --- evidence --------------------------------------------------------------------------- */

static void no_savage_dickey(mutau_compared_run *run, const char *why)
{
    run->savage_dickey.of = (mutau_estimate){(double)NAN, (double)NAN};
    (void)snprintf(run->savage_dickey.why, sizeof run->savage_dickey.why, "%s", why);
}

/* A check of ln B: where it fails, that is its result. */
static void find_savage_dickey(mutau_compared_run *run, const mutau_run_settings *settings)
{
    mutau_error why = {0};
    if (mutau_savage_dickey(&run->pool, settings, &run->savage_dickey, &why) != MUTAU_OK)
        no_savage_dickey(run, why.text);
}

static mutau_status find_bare_evidence(mutau_compared_run *run, mutau_error *err)
{
    mutau_run_settings *settings = NULL;
    mutau_error why = {0};
    run->bare = (mutau_bare_evidence){(double)NAN, (double)NAN};
    mutau_status status = mutau_stored_settings_with_data(run->pool.chains[0], &settings, &why);
    if (status == MUTAU_OK)
        find_savage_dickey(run, settings);
    else
        no_savage_dickey(run, why.text);
    if (status == MUTAU_OK)
        status = mutau_bare_evidence_compute(settings, &run->bare, &why);
    mutau_run_settings_free(settings);
    if (status == MUTAU_ENOMEM)
        return mutau_error_set(err, status, "%s", why.text);
    if (status != MUTAU_OK) {
        run->bare = (mutau_bare_evidence){(double)NAN, (double)NAN};
        (void)snprintf(run->no_bare.text, sizeof run->no_bare.text, "%s", why.text);
    }
    return MUTAU_OK;
}

/* The first term with a limit that is a matter of exposure. */
static const mutau_term_type *find_limit(void)
{
    size_t i = 0;
    while (mutau_term_types[i] != NULL && mutau_term_types[i]->projection == NULL)
        i++;
    return mutau_term_types[i];
}

static mutau_status find_nested(mutau_compared_run *run, mutau_error *err)
{
    const mutau_run_settings *s = run->settings;
    run->cut_at = find_limit();
    MUTAU_CHECK(mutau_touched_edges(&run->pool, s, &run->n_edge, run->edge, err));
    if (s->model.mediator == MUTAU_MEDIATOR_LMU_LTAU)
        return mutau_prior_cut(&run->pool, s, run->cut_at, &run->cut, err);
    run->cut.of = (mutau_estimate){(double)NAN, (double)NAN};
    (void)snprintf(run->cut.why, sizeof run->cut.why, "the mediator couples to other particles");
    return MUTAU_OK;
}

/* --- all of it -------------------------------------------------------------------------- */

static mutau_status read_settings(mutau_compared_run *run, const mutau_chain *chain,
                                  mutau_error *err)
{
    char *folder = mutau_stored_folder(chain);
    if (folder == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a folder's name");
    const mutau_status status = mutau_stored_settings_and_terms(chain, folder, &run->settings, err);
    free(folder);
    return status;
}

static mutau_status open_run(mutau_compared_run *run, mutau_chain *chain, bool force,
                             mutau_error *err)
{
    const size_t burn_in = mutau_chain_burn_in(chain);
    MUTAU_CHECK(check_chain(chain, err));
    MUTAU_CHECK(mutau_pool_init(&run->pool, 1, &chain, &burn_in, err));
    MUTAU_CHECK(read_settings(run, chain, err));
    if (!force && !is_finished(run, chain))
        return mutau_error_set(err, MUTAU_EDATA,
                               "the run is not finished: 'mutau sample --resume' goes on with it; "
                               "--force compares it as it is");
    return MUTAU_OK;
}

mutau_status mutau_compared_run_open(mutau_compared_run *run, const char *path, mutau_chain *chain,
                                     bool force, mutau_error *err)
{
    run->path = path;
    const mutau_status status = open_run(run, chain, force, err);
    if (status == MUTAU_OK)
        return status;
    mutau_compared_run_close(run);
    return mutau_error_wrap(err, status, "%s", path);
}

static mutau_status fill(mutau_compared_run *run, double x[], mutau_error *err)
{
    MUTAU_CHECK(mutau_summary_compute(1, run->pool.chains, &run->summary, err));
    MUTAU_CHECK(find_chi2(run, x, err));
    MUTAU_CHECK(find_projections(run, err));
    MUTAU_CHECK(find_bare_evidence(run, err));
    MUTAU_CHECK(find_nested(run, err));
    MUTAU_CHECK(mutau_stored_goodness(run->pool.chains[0], &run->summary, &run->goodness, err));
    run->evidence = run->summary.verdict.evidence;
    run->ln_b = run->evidence.ln_z - run->bare.ln_z;
    return MUTAU_OK;
}

mutau_status mutau_compared_run_fill(mutau_compared_run *run, mutau_error *err)
{
    double *x = mutau_calloc(run->pool.n_row, run->pool.n_column * sizeof *x);
    const mutau_status status =
        x != NULL ? fill(run, x, err)
                  : mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", run->pool.n_row);
    free(x);
    return status == MUTAU_OK ? status : mutau_error_wrap(err, status, "%s", run->path);
}

void mutau_compared_run_close(mutau_compared_run *run)
{
    mutau_run_settings_free(run->settings);
    run->settings = NULL;
}
