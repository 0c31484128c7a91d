/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sampling run:
 *
 *     settings -> posterior -> ensembles -> chain file
 *
 * A step moves every walker of every ensemble once; every thin-th step is stored.
 * At fixed steps, counted from 0, the stored chain is judged by the one definition
 * of mutau/convergence.h; the run ends when every criterion of `stop` holds, at
 * max_steps, or when a signal asks for it.  None of this touches the random numbers:
 * how often is committed, reported or looked at does not change the chain. */
#include "run.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mutau/chain.h"
#include "mutau/convergence.h"
#include "mutau/ensemble.h"
#include "mutau/mem.h"
#include "mutau/posterior.h"
#include "mutau_build.h"
#include "mutau_version.h"
#include "signals.h"

/* Rows and seconds after which buffered steps are committed, whichever is first. */
enum { COMMIT_ROWS = 256 };
static const double COMMIT_SECONDS = 10.0;

/* Checks of convergence: the first one, then whenever the chain is a quarter longer, on
 * whole hundreds. */
enum { FIRST_CHECK = 400, CHECK_GRAIN = 100, MIN_ROWS = 8 };
static const double CHECK_GROWTH = 1.25;

typedef struct run {
    const mutau_run_settings *settings;
    const run_options *options;
    progress_reporter *progress;
    mutau_posterior *posterior;
    mutau_target target;
    mutau_move_stretch_settings stretch;
    mutau_rng *rng;
    mutau_ensemble *ensemble;
    mutau_chain *chain;
    size_t n_ensemble, n_walker;
    /* One step of all ensembles side by side, for the chain file. */
    double *position, *ln_prior, *ln_like, *blob, *log_prob;
    uint64_t *accepted;
    mutau_chain_step *rows;
    size_t n_uncommitted;
    double start, last_commit;
    uint64_t last_verdict, next_check;
    run_standing standing;
    bool converged;
} run;

static uint64_t check_after(uint64_t step)
{
    const double grown = ceil(CHECK_GROWTH * (double)step / CHECK_GRAIN) * CHECK_GRAIN;
    return step < FIRST_CHECK ? FIRST_CHECK : (uint64_t)grown;
}

static bool stops_early(const mutau_sampler_settings *s)
{
    return s->rhat > 0.0 || s->tau_multiple > 0.0 || s->ess_bulk > 0.0;
}

/* --- setting up ------------------------------------------------------------------ */

static mutau_status alloc_buffers(run *r, mutau_error *err)
{
    const size_t n = r->n_ensemble * r->n_walker;
    r->position = mutau_calloc(n, r->target.dim * sizeof *r->position);
    r->ln_prior = mutau_calloc(n, sizeof *r->ln_prior);
    r->ln_like = mutau_calloc(n, sizeof *r->ln_like);
    r->log_prob = mutau_calloc(n, sizeof *r->log_prob);
    r->blob = mutau_calloc(n, r->target.n_blob * sizeof *r->blob);
    r->accepted = mutau_calloc(n, sizeof *r->accepted);
    r->rows = mutau_calloc(r->n_ensemble, sizeof *r->rows);
    if (r->position == NULL || r->ln_prior == NULL || r->ln_like == NULL || r->log_prob == NULL ||
        r->blob == NULL || r->accepted == NULL || r->rows == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu walkers", n);
    for (size_t i = 0; i < r->n_ensemble; i++)
        r->rows[i] = (mutau_chain_step){
            .position = r->position + i * r->n_walker * r->target.dim,
            .log_prob = r->log_prob + i * r->n_walker,
            .blob = r->blob + i * r->n_walker * r->target.n_blob,
        };
    return MUTAU_OK;
}

static mutau_status alloc_ensemble(run *r, mutau_error *err)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    r->stretch.a = s->stretch_a;
    r->rng = mutau_rng_alloc((uint32_t)s->seed);
    if (r->rng == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the random number generator");
    const mutau_ensemble_settings ensemble = {
        .n_ensemble = r->n_ensemble,
        .n_walker = r->n_walker,
        .n_move = 1,
        .moves = {{.move = &mutau_move_stretch, .cfg = &r->stretch, .weight = s->stretch_weight}},
        .n_thread = r->options->n_thread,
    };
    return mutau_ensemble_alloc(&r->target, &ensemble, r->rng, &r->ensemble, err);
}

static mutau_status set_up(run *r, mutau_error *err)
{
    r->n_ensemble = (size_t)r->settings->sampler.ensembles;
    r->n_walker = (size_t)r->settings->sampler.walkers;
    MUTAU_CHECK(mutau_posterior_alloc(r->settings, &r->posterior, err));
    if (mutau_posterior_dim(r->posterior) == 0)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s: all parameters are fixed, there is nothing to sample; "
                               "'mutau eval' gives the posterior at a point",
                               r->settings->path);
    if (r->settings->sampler.thin > r->settings->sampler.max_steps)
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s: sampler.thin = %ld is more than the %ld steps of the run: none "
                               "would be stored",
                               r->settings->path, r->settings->sampler.thin,
                               r->settings->sampler.max_steps);
    r->target = mutau_posterior_target(r->posterior);
    MUTAU_CHECK(alloc_buffers(r, err));
    return alloc_ensemble(r, err);
}

static mutau_status start(run *r, mutau_error *err)
{
    MUTAU_TRY(err, mutau_ensemble_start(r->ensemble, err), "starting points");
    return MUTAU_OK;
}

static void release(run *r)
{
    mutau_chain_close(r->chain);
    mutau_ensemble_free(r->ensemble);
    mutau_rng_free(r->rng);
    mutau_posterior_free(r->posterior);
    free(r->position);
    free(r->ln_prior);
    free(r->ln_like);
    free(r->log_prob);
    free(r->blob);
    free(r->accepted);
    free(r->rows);
}

static const char *chain_path(const run *r)
{
    return r->options->output != NULL ? r->options->output : r->settings->output;
}

/* --overwrite is for chain files: a slip of the hand must not cost a run file. */
static mutau_status check_replaced(const run *r, mutau_error *err)
{
    mutau_chain *old = NULL;
    if (!r->options->overwrite || access(chain_path(r), F_OK) != 0)
        return MUTAU_OK;
    const mutau_status status = mutau_chain_open(chain_path(r), &old, err);
    mutau_chain_close(old);
    if (status == MUTAU_OK || status == MUTAU_ENOMEM)
        return status;
    return mutau_error_set(err, MUTAU_EEXIST,
                           "%s exists and is no chain file that can be read: remove it yourself if "
                           "it is in the way",
                           chain_path(r));
}

/* Creates the chain file, or opens it to go on with it. */
static mutau_status open_chain(run *r, bool resume, mutau_error *err)
{
    const mutau_run_settings *s = r->settings;
    const char *names[MUTAU_N_PARAMETER], *units[MUTAU_N_PARAMETER], *labels[MUTAU_N_PARAMETER];
    for (size_t i = 0; i < r->target.dim; i++) {
        const mutau_parameter *p = &s->parameters[mutau_posterior_id(r->posterior, i)];
        names[i] = mutau_parameter_stored_name(p);
        units[i] = mutau_parameter_stored_unit(p);
        labels[i] = mutau_parameter_stored_latex(p);
    }
    char config_hash[MUTAU_HASH_SIZE], data_hash[MUTAU_HASH_SIZE];
    char *config = NULL;
    MUTAU_CHECK(mutau_run_settings_hash(s, config_hash, data_hash, err));
    MUTAU_CHECK(mutau_run_settings_emit(s, &config, err));
    const mutau_chain_info info = {
        .n_ensemble = r->n_ensemble,
        .n_walker = r->n_walker,
        .dim = r->target.dim,
        .n_blob = r->target.n_blob,
        .names = names,
        .units = units,
        .labels = labels,
        .blob_names = mutau_posterior_blob_names(r->posterior),
        .config = config,
        .config_hash = config_hash,
        .data_hash = data_hash,
        .version = MUTAU_VERSION " (" MUTAU_VERSION_GIT ")",
        .seed = (uint32_t)s->sampler.seed,
        .thin = (uint64_t)s->sampler.thin,
    };
    const mutau_status status =
        resume ? mutau_chain_resume(chain_path(r), &info, &r->chain, err)
               : mutau_chain_create(chain_path(r), &info, r->options->overwrite, &r->chain, err);
    free(config);
    if (status == MUTAU_EEXIST)
        return mutau_error_set(err, status,
                               "%s exists: --resume goes on with it, --overwrite replaces it",
                               chain_path(r));
    return status;
}

/* --- going on with a chain ------------------------------------------------------------ */

/* Evaluates the stored last positions again: a difference beyond rounding means that
 * the file was made by another model than the one that would go on with it. */
static mutau_status check_last_state(const run *r, const mutau_chain_state *state, mutau_error *err)
{
    const double tolerance = 1e-9;
    void *ws = NULL;
    double worst = 0.0;
    mutau_status status = r->target.ws_alloc(r->target.self, &ws);
    for (size_t i = 0; i < r->n_ensemble * r->n_walker && status == MUTAU_OK; i++) {
        double ln_prior = 0.0, ln_like = 0.0;
        status = r->target.eval(r->target.self, ws, state->position + i * r->target.dim, &ln_prior,
                                &ln_like, NULL);
        const double error = fabs(ln_like - state->ln_like[i]) / fmax(fabs(state->ln_like[i]), 1.0);
        worst = worst >= error ? worst : error; /* a NaN stays */
        if (isnan(worst))
            break;
    }
    r->target.ws_free(ws);
    if (status != MUTAU_OK || !(worst <= tolerance))
        return mutau_error_set(err, MUTAU_ERESUME,
                               "%s: the stored ln likelihood of the last positions differs from "
                               "what this program finds by %.1e (at most %.0e is rounding)",
                               chain_path(r), worst, tolerance);
    if (worst > 0.0)
        (void)fprintf(stderr,
                      "mutau: note: ln likelihood differs from the stored one by %.1e: another "
                      "processor or build\n",
                      worst);
    return MUTAU_OK;
}

/* Refuses another run's chain with the first key that differs; what cannot be read or
 * compared is left to mutau_chain_resume. */
static mutau_status check_same_run(const run *r, mutau_error *err)
{
    mutau_chain *chain = NULL;
    char text[MUTAU_DIFFERENCE_SIZE] = "";
    if (mutau_chain_open(chain_path(r), &chain, NULL) != MUTAU_OK)
        return MUTAU_OK;
    const mutau_status status =
        mutau_run_settings_difference(r->settings, mutau_chain_describe(chain).config, text, NULL);
    mutau_chain_close(chain);
    if (status == MUTAU_OK && text[0] != '\0')
        return mutau_error_set(err, MUTAU_ERESUME, "%s: cannot be continued: %s", chain_path(r),
                               text);
    return MUTAU_OK;
}

static mutau_status resume(run *r, mutau_error *err)
{
    mutau_chain_state state;
    MUTAU_CHECK(check_same_run(r, err));
    MUTAU_CHECK(open_chain(r, true, err));
    MUTAU_CHECK(mutau_chain_read_state(r->chain, &state, err));
    MUTAU_CHECK(check_last_state(r, &state, err));
    const mutau_ensemble_counts counts = {
        .steps = state.steps, .evaluations = state.evaluations, .failures = state.failures};
    MUTAU_CHECK(mutau_rng_restore(r->rng, &state.rng, err));
    r->standing.steps = state.steps;
    r->start -= state.seconds;
    return mutau_ensemble_restore(r->ensemble, state.position, state.ln_prior, state.ln_like,
                                  state.blob, state.accepted, &counts, err);
}

/* --- storing --------------------------------------------------------------------- */

/* Copies the current state of all ensembles side by side. */
static void gather(run *r)
{
    const size_t n = r->n_walker, dim = r->target.dim, n_blob = r->target.n_blob;
    for (size_t i = 0; i < r->n_ensemble; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(r->ensemble, i);
        memcpy(r->position + i * n * dim, v.position, n * dim * sizeof *r->position);
        memcpy(r->ln_prior + i * n, v.ln_prior, n * sizeof *r->ln_prior);
        memcpy(r->ln_like + i * n, v.ln_like, n * sizeof *r->ln_like);
        memcpy(r->blob + i * n * n_blob, v.blob, n * n_blob * sizeof *r->blob);
        memcpy(r->accepted + i * n, v.accepted, n * sizeof *r->accepted);
        for (size_t w = 0; w < n; w++)
            r->log_prob[i * n + w] = v.ln_prior[w] + v.ln_like[w];
    }
}

static mutau_status commit(run *r, mutau_error *err)
{
    const mutau_ensemble_counts counts = mutau_ensemble_counters(r->ensemble);
    gather(r);
    mutau_chain_state state = {
        .steps = counts.steps,
        .evaluations = counts.evaluations,
        .failures = counts.failures,
        .seconds = progress_clock() - r->start,
        .accepted = r->accepted,
        .position = r->position,
        .ln_prior = r->ln_prior,
        .ln_like = r->ln_like,
        .blob = r->blob,
    };
    mutau_rng_save(r->rng, &state.rng);
    r->n_uncommitted = 0;
    r->last_commit = progress_clock();
    return mutau_chain_commit(r->chain, &state, err);
}

static mutau_status store_step(run *r, mutau_error *err)
{
    if (r->standing.steps % (uint64_t)r->settings->sampler.thin != 0)
        return MUTAU_OK;
    gather(r);
    MUTAU_CHECK(mutau_chain_append(r->chain, r->rows, err));
    r->n_uncommitted++;
    if (r->n_uncommitted >= COMMIT_ROWS || progress_clock() - r->last_commit > COMMIT_SECONDS)
        return commit(r, err);
    return MUTAU_OK;
}

/* --- judging --------------------------------------------------------------------- */

static double acceptance(const run *r)
{
    uint64_t accepted = 0;
    for (size_t i = 0; i < r->n_ensemble; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(r->ensemble, i);
        for (size_t w = 0; w < r->n_walker; w++)
            accepted += v.accepted[w];
    }
    const double proposals = (double)(r->n_ensemble * r->n_walker) * (double)r->standing.steps;
    return proposals > 0.0 ? (double)accepted / proposals : (double)NAN;
}

/* All steps until every criterion would hold if R-hat - 1 falls as 1/N and ESS and
 * N/tau grow as N; NaN before anything is known, infinite if none ends the run. */
static double steps_needed(const run *r, const mutau_verdict *v, const mutau_criteria *c)
{
    double factor = 1.0;
    if (!stops_early(&r->settings->sampler))
        return (double)INFINITY;
    if (isnan(v->worst_rhat) || isnan(v->worst_tau) || isnan(v->worst_ess_bulk))
        return (double)NAN;
    if (c->rhat > 1.0)
        factor = fmax(factor, (v->worst_rhat - 1.0) / (c->rhat - 1.0));
    if (c->tau_multiple > 0.0)
        factor = fmax(factor, c->tau_multiple * v->worst_tau / v->kept_steps);
    if (c->ess_bulk > 0.0)
        factor = fmax(factor, c->ess_bulk / v->worst_ess_bulk);
    return factor * (double)r->standing.steps;
}

/* The burn-in in rows that the run file asks for by number. */
static size_t fixed_burn_in(const run *r)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    const size_t rows = (size_t)((s->burn_in + s->thin - 1) / s->thin);
    const size_t most = mutau_chain_rows(r->chain) - MIN_ROWS / 2;
    return rows < most ? rows : most;
}

/* The verdict without burn-in, by the rule of the run file. */
static mutau_status judge(run *r, size_t *burn_in, mutau_verdict *v, mutau_error *err)
{
    if (r->settings->sampler.burn_in < 0)
        return mutau_verdict_auto(r->chain, burn_in, v, err);
    *burn_in = fixed_burn_in(r);
    return mutau_verdict_compute(1, &r->chain, burn_in, v, err);
}

/* A verdict on a long chain takes as long as hundreds of steps.  The screen says whether
 * the chain may be at its end, by R-hat alone: that of thinned draws is that of all, or a
 * little less, while their tau and ESS cannot be finer than their spacing. */
static mutau_status screen(run *r, const mutau_criteria *c, size_t *burn_in, mutau_verdict *v,
                           bool *near, mutau_error *err)
{
    const bool automatic = r->settings->sampler.burn_in < 0;
    const size_t n_row = mutau_chain_rows(r->chain);
    const uint64_t thin = (uint64_t)r->settings->sampler.thin;
    const mutau_criteria by_rhat = {.rhat = c->rhat};
    *burn_in = automatic ? mutau_burn_in_auto(n_row, thin, 0.0) : fixed_burn_in(r);
    MUTAU_CHECK(mutau_verdict_screen(r->chain, *burn_in, v, err));
    if (automatic)
        *burn_in = mutau_burn_in_auto(n_row, thin, v->worst_tau);
    *near = mutau_verdict_meets(v, &by_rhat);
    return MUTAU_OK;
}

static void show(run *r, const mutau_verdict *v, const mutau_criteria *c)
{
    r->standing.rhat = v->worst_rhat;
    r->standing.ess_bulk = v->worst_ess_bulk;
    r->standing.tau = v->worst_tau;
    r->standing.kept_over_tau = v->kept_steps / v->worst_tau;
    r->standing.acceptance = acceptance(r);
    r->standing.steps_needed = steps_needed(r, v, c);
}

/* Judges the stored chain as it is now, if it is the last time or a screen finds it worth
 * while, and records the verdict. */
static mutau_status check(run *r, bool last, mutau_error *err)
{
    size_t first = 0;
    mutau_verdict v;
    bool near = false;
    const mutau_criteria c = mutau_run_criteria(&r->settings->sampler);
    MUTAU_CHECK(commit(r, err));
    if (mutau_chain_rows(r->chain) < MIN_ROWS)
        return MUTAU_OK;
    if (!last) {
        MUTAU_CHECK(screen(r, &c, &first, &v, &near, err));
        show(r, &v, &c);
        if (!near)
            return mutau_chain_set_burn_in(r->chain, first, err);
    }
    r->last_verdict = r->standing.steps;
    MUTAU_CHECK(judge(r, &first, &v, err));
    r->converged = mutau_verdict_meets(&v, &c);
    show(r, &v, &c);
    const mutau_chain_check row = {
        .step = r->standing.steps,
        .rhat = v.worst_rhat,
        .ess_bulk = v.worst_ess_bulk,
        .ess_tail = v.worst_ess_tail,
        .tau = v.worst_tau,
        .acceptance = r->standing.acceptance,
    };
    MUTAU_CHECK(mutau_chain_set_burn_in(r->chain, first, err));
    return mutau_chain_add_check(r->chain, &row, err);
}

/* --- the run ---------------------------------------------------------------------- */

static uint64_t first_check_from(uint64_t step)
{
    uint64_t next = check_after(0);
    while (next < step)
        next = check_after(next);
    return next;
}

static mutau_status step(run *r, mutau_error *err)
{
    run_standing *s = &r->standing;
    MUTAU_CHECK(mutau_ensemble_step(r->ensemble, err));
    s->steps++;
    s->steps_here++;
    if (s->steps % 64 == 0)
        s->acceptance = acceptance(r);
    return store_step(r, err);
}

static mutau_status sample_steps(run *r, mutau_error *err)
{
    run_standing *s = &r->standing;
    const bool early = stops_early(&r->settings->sampler);
    r->next_check = first_check_from(s->steps);
    for (;;) {
        const bool due = s->steps == r->next_check;
        if (due) {
            MUTAU_CHECK(check(r, false, err));
            r->next_check = check_after(s->steps);
        }
        progress_report(r->progress, s, due && r->progress->mode == PROGRESS_JSON);
        if ((due && early && r->converged) || s->steps >= s->max_steps || signals_stop_requested())
            return MUTAU_OK;
        MUTAU_CHECK(step(r, err));
    }
}

/* The burn-in of an interrupted run, which may be looked at before it goes on.  No check
 * is recorded: those are at fixed steps. */
static mutau_status mark_burn_in(run *r, mutau_error *err)
{
    size_t first = 0;
    mutau_verdict v;
    if (mutau_chain_rows(r->chain) < MIN_ROWS)
        return MUTAU_OK;
    MUTAU_CHECK(judge(r, &first, &v, err));
    MUTAU_CHECK(mutau_chain_set_burn_in(r->chain, first, err));
    return commit(r, err);
}

static mutau_status finish(run *r, int *code, mutau_error *err)
{
    const bool reached = r->converged && stops_early(&r->settings->sampler);
    const bool interrupted =
        signals_stop_requested() && r->standing.steps < r->standing.max_steps && !reached;
    if (interrupted) {
        *code = CLI_INTERRUPTED;
        MUTAU_CHECK(commit(r, err));
        MUTAU_CHECK(mark_burn_in(r, err));
        return mutau_chain_sync(r->chain, err);
    }
    if (r->last_verdict != r->standing.steps)
        MUTAU_CHECK(check(r, true, err));
    MUTAU_CHECK(mutau_chain_set_converged(r->chain, r->converged, err));
    *code = r->converged ? CLI_DONE : CLI_NOT_CONVERGED;
    MUTAU_CHECK(commit(r, err));
    return mutau_chain_sync(r->chain, err);
}

/* Evaluates the starting points and a few steps, and says what the run would take. */
static mutau_status rehearse(run *r, mutau_error *err)
{
    enum { STEPS = 20 };
    MUTAU_CHECK(start(r, err));
    const double begin = progress_clock();
    for (int i = 0; i < STEPS; i++)
        MUTAU_CHECK(mutau_ensemble_step(r->ensemble, err));
    const double per_step = (progress_clock() - begin) / STEPS;
    const double max_steps = (double)r->settings->sampler.max_steps;
    const double rows = max_steps / (double)r->settings->sampler.thin;
    const double walkers = (double)(r->n_ensemble * r->n_walker);
    const double bytes = rows * walkers * 8.0 * (double)(r->target.dim + 1 + r->target.n_blob);
    (void)printf("%zu free parameters, %zu ensembles of %zu walkers, %d threads\n", r->target.dim,
                 r->n_ensemble, r->n_walker, r->options->n_thread);
    (void)printf("all starting points have a finite posterior\n");
    (void)printf("%.3g ms a step: at most %.3g s for %.0f steps; the chain file grows to at most "
                 "%.3g MB\n",
                 1e3 * per_step, per_step * max_steps, max_steps, bytes * 1e-6);
    return MUTAU_OK;
}

static void print_outcome(const run *r, int code)
{
    const run_standing *s = &r->standing;
    const char *what = code == CLI_DONE          ? "converged"
                       : code == CLI_INTERRUPTED ? "interrupted; what was sampled is stored"
                                                 : "NOT converged";
    if (r->progress->mode == PROGRESS_QUIET && code == CLI_DONE)
        return;
    (void)fprintf(stderr,
                  "mutau: %s after %llu steps in %.1f s (worst Rhat %.4f, bulk ESS %.0f, N/tau "
                  "%.1f): %s\n",
                  what, (unsigned long long)s->steps, progress_clock() - r->start, s->rhat,
                  s->ess_bulk, s->kept_over_tau, chain_path(r));
}

static mutau_status sample(run *r, int *code, mutau_error *err)
{
    signals_install();
    if (r->options->resume && access(chain_path(r), F_OK) == 0) {
        MUTAU_CHECK(resume(r, err));
    } else {
        MUTAU_CHECK(start(r, err));
        MUTAU_CHECK(check_replaced(r, err));
        MUTAU_CHECK(open_chain(r, false, err));
    }
    mutau_status status = sample_steps(r, err);
    progress_end(r->progress);
    if (status == MUTAU_OK)
        status = finish(r, code, err);
    if (status == MUTAU_OK)
        print_outcome(r, *code);
    return status;
}

mutau_status run_sample(const mutau_run_settings *settings, const run_options *options,
                        progress_reporter *progress, int *code, mutau_error *err)
{
    run r = {
        .settings = settings,
        .options = options,
        .progress = progress,
        .start = progress_clock(),
        .last_commit = progress_clock(),
        .standing = {.max_steps = (uint64_t)settings->sampler.max_steps,
                     .acceptance = (double)NAN,
                     .tau = (double)NAN,
                     .kept_over_tau = (double)NAN,
                     .rhat = (double)NAN,
                     .ess_bulk = (double)NAN,
                     .steps_needed = (double)NAN},
    };
    *code = CLI_DONE;
    mutau_status status = set_up(&r, err);
    if (status == MUTAU_OK)
        status = options->dry_run ? rehearse(&r, err) : sample(&r, code, err);
    release(&r);
    return status;
}
