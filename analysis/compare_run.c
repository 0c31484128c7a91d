/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run of a comparison; documented in compare_internal.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "compare_internal.h"
#include "draws_internal.h"
#include "mutau/mem.h"
#include "mutau/term.h"

const double mutau_compare_exposure[MUTAU_COMPARE_PROJECTIONS] = {1e11, 1e12};

enum { MIN_ROWS = 8 };

/* --- is this a chain to compare? -------------------------------------------------------- */

/* A run ends when it has converged or done all its steps; otherwise it was interrupted, or
 * goes on. */
static bool is_finished(const mutau_compared_run *run, mutau_chain *chain)
{
    mutau_chain_state state;
    if (mutau_chain_converged(chain))
        return true;
    if (mutau_chain_read_state(chain, &state, NULL) != MUTAU_OK)
        return true; /* another program has gone on with it */
    return state.steps >= (uint64_t)run->settings->sampler.max_steps;
}

static mutau_status check_chain(mutau_chain *chain, mutau_error *err)
{
    static const char *const needed[] = {"m_zprime", "g_prime", "chi2", "lnl_flux"};
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

/* --- NA64mu's projections --------------------------------------------------------------- */

/* Settings of the term at 1 muon of exposure: with the anchor of the run's own. */
static mutau_status alloc_na64(const mutau_run_settings *s, const mutau_term_type *type,
                               void **state, mutau_error *err)
{
    mutau_term_choice choice = {.type = type};
    mutau_option_defaults(type->options, type->n_option, choice.settings.bytes);
    for (size_t i = 0; i < s->n_term; i++)
        if (s->terms[i].type == type)
            choice = s->terms[i];
    for (size_t i = 0; i < type->n_option; i++)
        if (strcmp(type->options[i].key, "exposure") == 0)
            *(double *)(void *)(choice.settings.bytes + type->options[i].offset) = 1.0;
    return type->alloc(choice.settings.bytes, s->data_folder, state, err);
}

/* N = exposure g'^2 k(m) events are seen with less than 90 % where N < ln 10. */
static mutau_status find_na64(mutau_compared_run *run, double g[], mutau_error *err)
{
    const size_t n = run->pool.n_row * run->pool.n_column;
    const mutau_term_type *type = mutau_term_find("na64");
    void *state = NULL;
    double min = 0.0, max = 0.0, *m = NULL;
    size_t below[MUTAU_COMPARE_PROJECTIONS] = {0};
    for (size_t k = 0; k < MUTAU_COMPARE_PROJECTIONS; k++)
        run->below_na64[k] = (double)NAN;
    if (type == NULL || run->settings->model.mediator != MUTAU_MEDIATOR_LMU_LTAU)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_draws_read(&run->pool, "g_prime", g, err));
    MUTAU_CHECK(mutau_draws_alloc(&run->pool, "m_zprime", &m, err));
    const mutau_status status = alloc_na64(run->settings, type, &state, err);
    if (status == MUTAU_OK)
        type->mass_range(state, &min, &max);
    for (size_t i = 0; i < n && status == MUTAU_OK; i++) {
        const double per_muon = -type->lnl(state, fmin(fmax(m[i], min), max), g[i]);
        for (size_t k = 0; k < MUTAU_COMPARE_PROJECTIONS; k++)
            below[k] += per_muon * mutau_compare_exposure[k] < log(10.0) ? 1 : 0;
    }
    for (size_t k = 0; k < MUTAU_COMPARE_PROJECTIONS && status == MUTAU_OK; k++)
        run->below_na64[k] = (double)below[k] / (double)n;
    if (status == MUTAU_OK)
        type->free(state);
    free(m);
    return status;
}

/* --- evidence --------------------------------------------------------------------------- */

/* Settings and data as the run had them; MUTAU_EDATA if they are others now. */
static mutau_status read_with_data(const char *folder, const mutau_chain *chain,
                                   mutau_run_settings **out, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(chain);
    char config_hash[MUTAU_HASH_SIZE], data_hash[MUTAU_HASH_SIZE], text[MUTAU_DIFFERENCE_SIZE];
    char *inputs = NULL;
    mutau_status status =
        mutau_run_settings_parse("stored configuration", info.config, folder, out, err);
    if (status == MUTAU_OK)
        status = mutau_run_settings_hash(*out, config_hash, data_hash, err);
    if (status == MUTAU_OK)
        status = mutau_inputs_write(&(*out)->inputs, &inputs, err);
    const mutau_chain_info now = {.data_hash = data_hash, .inputs = inputs};
    if (status == MUTAU_OK)
        status = mutau_chain_inputs_difference(&info, &now, "the chain", "the files", text, err);
    if (status == MUTAU_OK && text[0] != '\0')
        status = mutau_error_set(err, MUTAU_EDATA,
                                 "the data sets or the terms' inputs are not those that the chain "
                                 "was sampled with: %s",
                                 text);
    free(inputs);
    return status;
}

static mutau_status find_power_law(mutau_compared_run *run, mutau_error *err)
{
    mutau_run_settings *settings = NULL;
    mutau_error why = {0};
    run->power_law = (mutau_power_law){(double)NAN, (double)NAN};
    mutau_status status =
        read_with_data(run->settings->folder, run->pool.chains[0], &settings, &why);
    if (status == MUTAU_OK)
        status = mutau_power_law_evidence(settings, &run->power_law, &why);
    mutau_run_settings_free(settings);
    if (status == MUTAU_ENOMEM)
        return mutau_error_set(err, status, "%s", why.text);
    if (status != MUTAU_OK) {
        run->power_law = (mutau_power_law){(double)NAN, (double)NAN};
        (void)snprintf(run->no_power_law.text, sizeof run->no_power_law.text, "%s", why.text);
    }
    return MUTAU_OK;
}

/* --- all of it -------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
    struct stat info;
    return path[0] == '/' && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Where inputs of the run that did not come with mutau are looked for: in the folder of its run
 * file or, where that is no longer, beside the chain.  Freed by the caller. */
static char *input_folder(const char *path, const mutau_chain *chain)
{
    const char *slash = strrchr(path, '/'), *kept = mutau_chain_describe(chain).folder;
    if (is_folder(kept))
        return mutau_strdup(kept);
    char *folder = mutau_strdup(slash != NULL ? path : ".");
    if (folder != NULL && slash != NULL)
        folder[slash > path ? slash - path : 1] = '\0';
    return folder;
}

static mutau_status read_settings(mutau_compared_run *run, const mutau_chain *chain,
                                  mutau_error *err)
{
    char *folder = input_folder(run->path, chain);
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
    MUTAU_CHECK(find_na64(run, x, err));
    MUTAU_CHECK(find_power_law(run, err));
    run->evidence = mutau_chain_evidence_stored(run->pool.chains[0]);
    run->ln_b = run->evidence.ln_z - run->power_law.ln_z;
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
