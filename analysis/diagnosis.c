/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The diagnosis of a run's chains; documented in mutau/diagnosis.h. */
#include "mutau/diagnosis.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "mutau/mem.h"
#include "mutau/pool.h"
#include "stored_run_internal.h"

/* Below these something is wrong with the moves, or wants a word. */
static const double LOW_ACCEPTANCE = 0.05, ODD_ACCEPTANCE = 0.15;
/* A mode's weight that is known no better than this is not known. */
static const double WEIGHT_ERROR = 0.05;
/* Vehtari et al. (2021) ask for a hundred effective draws a chain, and four chains. */
static const double LOW_ESS = 400.0;
/* Shares of accepted swaps; a good ladder has some 0.2 to 0.6. */
static const double LOW_SWAPS = 0.01, FEW_SWAPS = 0.1;
/* The two methods share their draws: further apart than this they do not chance to be. */
static const double APART = 4.0;
/* Of four ensembles the scatter is above three times what is expected once in 10^5. */
static const double SCATTER = 3.0;

typedef struct work {
    const mutau_run_settings *settings;
    mutau_chain_info info;
    mutau_pool pool;
    mutau_chain *const *chains;
    double *x; /* [rows][columns] of one quantity */
    mutau_diagnosis *out;
} work;

/* --- findings -------------------------------------------------------------------------- */

static void find(mutau_diagnosis *d, mutau_finding_kind kind, const char *id, const char *format,
                 ...) __attribute__((format(printf, 4, 5)));

static void find(mutau_diagnosis *d, mutau_finding_kind kind, const char *id, const char *format,
                 ...)
{
    if (d->n_finding >= MUTAU_MAX_FINDINGS)
        return;
    mutau_finding *f = &d->finding[d->n_finding++];
    f->kind = kind;
    f->id = id;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(f->text, sizeof f->text, format, args);
    va_end(args);
}

/* The coordinate with the worst number of its kind; NaN is the worst of all. */
static size_t worst_rhat(const mutau_verdict *v)
{
    size_t worst = 0;
    for (size_t i = 1; i < v->dim; i++)
        if (!(v->coordinate[i].rhat <= v->coordinate[worst].rhat))
            worst = i;
    return worst;
}

static size_t worst_tau(const mutau_verdict *v)
{
    size_t worst = 0;
    for (size_t i = 1; i < v->dim; i++)
        if (!(v->tau[i] <= v->tau[worst]))
            worst = i;
    return worst;
}

static size_t worst_ess(const mutau_verdict *v)
{
    size_t worst = 0;
    for (size_t i = 1; i < v->dim; i++)
        if (!(v->coordinate[i].ess_bulk >= v->coordinate[worst].ess_bulk))
            worst = i;
    return worst;
}

enum { ADVICE_SIZE = 64 };

/* What to set for walkers that do not get from mode to mode. */
static const char *temperatures(const work *w, char text[ADVICE_SIZE])
{
    const size_t n = w->info.n_temperature;
    if (n > 1)
        (void)snprintf(text, ADVICE_SIZE, "more sampler.temperatures than %zu", n);
    else
        (void)snprintf(text, ADVICE_SIZE, "sampler.temperatures: 8");
    return text;
}

static void judge_rhat(const work *w, mutau_diagnosis *d)
{
    const double target = d->criteria.rhat > 0.0 ? d->criteria.rhat : 1.01;
    const size_t i = worst_rhat(&d->verdict);
    const double rhat = d->verdict.coordinate[i].rhat;
    char advice[ADVICE_SIZE];
    if (rhat <= target)
        return;
    if (isnan(rhat))
        find(d, MUTAU_FINDING_PROBLEM, "rhat",
             "R-hat of %s is not a number: its draws are all equal, or not finite.",
             w->info.names[i]);
    else
        find(d, MUTAU_FINDING_PROBLEM, "rhat",
             "The walkers do not agree on %s: its R-hat is %.4f and should be at most %g. Go on "
             "with --resume and a larger stop.max_steps%s%s.",
             w->info.names[i], rhat, target,
             rhat > 1.1 ? "; if it does not fall, walkers are caught in different modes: run with "
                        : "",
             rhat > 1.1 ? temperatures(w, advice) : "");
}

static void judge_tau(const work *w, mutau_diagnosis *d)
{
    const double target = d->criteria.tau_multiple > 0.0 ? d->criteria.tau_multiple : 50.0;
    const size_t i = worst_tau(&d->verdict);
    const double tau = d->verdict.tau[i], kept = d->verdict.kept_steps;
    if (kept >= target * tau)
        return;
    if (isnan(tau))
        find(d, MUTAU_FINDING_PROBLEM, "tau",
             "The autocorrelation time of %s is not known: a walker has not moved at all. Look at "
             "its starting point, or let sampler.start choose others.",
             w->info.names[i]);
    else
        find(d, MUTAU_FINDING_PROBLEM, "tau",
             "The chain is short: %.0f kept steps are %.1f autocorrelation times of %s (%.0f "
             "steps), and should be %g. Go on with --resume and stop.max_steps of at least %.0f.",
             kept, kept / tau, w->info.names[i], tau, target, ceil(target * tau / 0.75));
}

static void judge_ess(const work *w, mutau_diagnosis *d)
{
    const size_t i = worst_ess(&d->verdict);
    const double ess = d->verdict.coordinate[i].ess_bulk, tail = d->verdict.worst_ess_tail;
    if (d->criteria.ess_bulk > 0.0 && !(ess >= d->criteria.ess_bulk))
        find(d, MUTAU_FINDING_PROBLEM, "ess",
             "The bulk effective sample size of %s is %.0f and the run asks for %g. Go on with "
             "--resume and a larger stop.max_steps.",
             w->info.names[i], ess, d->criteria.ess_bulk);
    else if (isnan(ess) || isnan(tail))
        find(
            d, MUTAU_FINDING_WARNING, "ess",
            "The effective sample size of %s is not known: the draws are too few, or some walkers' "
            "are all equal.",
            w->info.names[i]);
    else if (!(ess >= LOW_ESS) || !(tail >= LOW_ESS))
        find(d, MUTAU_FINDING_WARNING, "ess",
             "There are few independent draws: the smallest bulk effective sample size is %.0f "
             "(%s), the smallest tail one %.0f. Below %.0f, intervals and R-hat are rough "
             "themselves.",
             ess, w->info.names[i], tail, LOW_ESS);
}

/* --- moves ------------------------------------------------------------------------------ */

static void judge_moves(const work *w, mutau_diagnosis *d)
{
    const mutau_walker_moves *m = &d->moves;
    const size_t of_file = w->info.n_ensemble;
    char advice[ADVICE_SIZE];
    if (m->n_stuck > 0)
        find(d, MUTAU_FINDING_PROBLEM, "stuck",
             "%zu of %zu walkers are stuck: they move less than a tenth as often as the others "
             "(walker %zu of ensemble %zu%s in %.2g %% of the stored steps, the median walker in "
             "%.2g %%). They sit where no proposal helps them: try %s, or other starting "
             "points (sampler.start, sampler.seed).",
             m->n_stuck, d->n_ensemble * d->n_walker, m->stuck_walker, m->stuck_ensemble % of_file,
             w->pool.n_chain > 1 ? " of one of the files" : "", 100.0 * m->min, 100.0 * m->median,
             temperatures(w, advice));
    if (d->acceptance < LOW_ACCEPTANCE)
        find(d, MUTAU_FINDING_PROBLEM, "acceptance",
             "Only %.1f %% of the proposals are accepted: the moves do not suit this posterior. "
             "More walkers help the stretch move in many dimensions; several modes need %s.",
             100.0 * d->acceptance, temperatures(w, advice));
    else if (d->acceptance < ODD_ACCEPTANCE)
        find(d, MUTAU_FINDING_WARNING, "acceptance",
             "%.1f %% of the proposals are accepted, which is few: another mixture of "
             "sampler.moves may be faster.",
             100.0 * d->acceptance);
}

static void judge_failures(mutau_diagnosis *d)
{
    if (d->failure_share > 0.0)
        find(d, MUTAU_FINDING_WARNING, "failures",
             "%.2g %% of the evaluations failed and were rejected: the posterior is that of the "
             "region where the model can be computed.",
             100.0 * d->failure_share);
}

/* --- the ladder ----------------------------------------------------------------------------- */

static void judge_swaps(mutau_diagnosis *d)
{
    size_t least = 0;
    if (d->n_swap == 0)
        return;
    for (size_t i = 1; i < d->n_swap; i++)
        if (!(d->swap_share[i] >= d->swap_share[least]))
            least = i;
    const double share = d->swap_share[least];
    if (isnan(share))
        find(d, MUTAU_FINDING_PROBLEM, "ladder",
             "The ladder of temperatures still adapts (sampler.ladder.adapt steps), and nothing is "
             "kept of what it samples meanwhile. Go on with --resume.");
    else if (share < LOW_SWAPS)
        find(d, MUTAU_FINDING_PROBLEM, "swaps",
             "Only %.2g %% of the swaps between rungs %zu and %zu are accepted: nothing that the "
             "hot rungs find reaches the posterior, and the evidence is not reliable. Take more "
             "rungs (sampler.temperatures).",
             100.0 * share, least, least + 1);
    else if (share < FEW_SWAPS)
        find(d, MUTAU_FINDING_WARNING, "swaps",
             "%.0f %% of the swaps between rungs %zu and %zu are accepted, which is few: more "
             "rungs (sampler.temperatures) mix better.",
             100.0 * share, least, least + 1);
}

/* Thermodynamic integration checks the stepping stones where it is of use. */
static void judge_methods(const mutau_evidence *e, mutau_diagnosis *d)
{
    const double allowed = APART * hypot(e->error, e->ti_mc_error) + e->ti_discretisation;
    if (e->ti_usable && fabs(e->ti - e->ln_z) > allowed)
        find(d, MUTAU_FINDING_WARNING, "methods",
             "ln Z is %.3f +- %.3f by stepping stones and %.3f +- %.3f by thermodynamic "
             "integration: the rungs have not been sampled well. Go on with --resume, or take more "
             "rungs (sampler.temperatures).",
             e->ln_z, e->error, e->ti, e->ti_mc_error + e->ti_discretisation);
}

static void judge_evidence(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    const double expected = e->error * sqrt((double)d->n_ensemble);
    if (d->criteria.evidence_error > 0.0 && !(e->error <= d->criteria.evidence_error))
        find(d, MUTAU_FINDING_PROBLEM, "evidence",
             "The error of ln Z is %.3g and the run asks for %g. Go on with --resume and a larger "
             "stop.max_steps.",
             e->error, d->criteria.evidence_error);
    if (d->n_ensemble > 2 && e->scatter > SCATTER * expected)
        find(d, MUTAU_FINDING_WARNING, "evidence",
             "ln Z scatters by %.3g from ensemble to ensemble where its error of %.3g lets expect "
             "%.3g: believe the scatter.",
             e->scatter, e->error, expected);
}

/* --- modes ------------------------------------------------------------------------------ */

static void judge_modes(const work *w, size_t i, mutau_diagnosis *d)
{
    const mutau_modes *m = &d->modes[i];
    size_t worst = 0;
    for (size_t k = 1; k < m->n; k++)
        worst = m->error[k] > m->error[worst] ? k : worst;
    if (m->n < 2 || !(m->error[worst] > WEIGHT_ERROR))
        return;
    double least = 1.0, most = 0.0;
    char advice[ADVICE_SIZE];
    for (size_t e = 0; e < d->n_ensemble; e++) {
        least = fmin(least, m->occupancy[e * m->n + worst]);
        most = fmax(most, m->occupancy[e * m->n + worst]);
    }
    find(d, MUTAU_FINDING_PROBLEM, "modes",
         "The ensembles do not agree on the weights of the %zu modes of %s: the one at %.4g ... "
         "%.4g holds between %.0f %% and %.0f %% of their draws (%.0f +- %.0f %% on average). "
         "Try %s: hot rungs carry walkers from mode to mode.",
         m->n, w->info.names[i], m->lo[worst], m->hi[worst], 100.0 * least, 100.0 * most,
         100.0 * m->weight[worst], 100.0 * m->error[worst], temperatures(w, advice));
}

static mutau_status find_modes(work *w, size_t i, mutau_error *err)
{
    mutau_diagnosis *d = w->out;
    double lo = -(double)INFINITY, hi = (double)INFINITY;
    const mutau_parameter *parameter = mutau_stored_parameter(w->settings, w->info.names[i]);
    if (parameter != NULL)
        mutau_parameter_support(parameter, &lo, &hi);
    MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_COORDINATE, i, w->x, err));
    MUTAU_CHECK(mutau_modes_find(d->n_row, d->n_ensemble, d->n_walker, w->x, lo, hi,
                                 d->verdict.coordinate[i].ess_bulk, &d->modes[i], err));
    judge_modes(w, i, d);
    return MUTAU_OK;
}

/* --- the model ----------------------------------------------------------------------------- */

static mutau_status judge_validity(work *w, mutau_diagnosis *d, mutau_error *err)
{
    char text[MUTAU_VALIDITY_TEXT_SIZE];
    MUTAU_CHECK(mutau_validity_measure(&w->pool, w->settings, w->x, &d->validity, err));
    if (mutau_validity_problem(&d->validity, text))
        find(d, MUTAU_FINDING_PROBLEM, "validity", "%s", text);
    return MUTAU_OK;
}

/* --- the whole ---------------------------------------------------------------------------- */

/* Rungs of a file: 1 without tempering. */
static size_t count_rungs(const mutau_chain *chain)
{
    const size_t n = mutau_chain_describe(chain).n_temperature;
    return n > 1 ? n : 1;
}

/* Pairs of rungs whose swaps can be added up: none if the files have different ladders. */
static size_t count_pairs(const work *w)
{
    const size_t n_rung = count_rungs(w->chains[0]);
    for (size_t f = 1; f < w->pool.n_chain; f++)
        if (count_rungs(w->chains[f]) != n_rung)
            return 0;
    return n_rung - 1;
}

/* Counts of the stored states; NaN where a file has none. */
static void count(const work *w, mutau_diagnosis *d)
{
    double accepted = 0.0, proposals = 0.0, failures = 0.0, evaluations = 0.0;
    const size_t n_walker = w->info.n_walker, walkers = w->info.n_ensemble * n_walker;
    double swaps[MUTAU_MAX_TEMPERATURES] = {0.0}, tried[MUTAU_MAX_TEMPERATURES] = {0.0};
    d->n_swap = count_pairs(w);
    for (size_t f = 0; f < w->pool.n_chain; f++) {
        const size_t slots = count_rungs(w->chains[f]) * n_walker; /* of an ensemble */
        mutau_chain_state state;
        if (mutau_chain_read_state(w->chains[f], &state, NULL) != MUTAU_OK) {
            accepted = failures = (double)NAN;
            continue;
        }
        for (size_t i = 0; i < walkers; i++) { /* of the cold rungs */
            const size_t cold = i / n_walker * slots + i % n_walker;
            accepted += (double)state.accepted[cold];
        }
        for (size_t i = 0; i < d->n_swap; i++) {
            swaps[i] += (double)state.swaps[i].accepted;
            tried[i] += (double)state.swaps[i].proposed;
        }
        proposals += (double)state.steps * (double)walkers;
        failures += (double)state.failures;
        evaluations += (double)state.evaluations;
    }
    d->acceptance = proposals > 0.0 ? accepted / proposals : (double)NAN;
    for (size_t i = 0; i < d->n_swap; i++)
        d->swap_share[i] = tried[i] > 0.0 ? swaps[i] / tried[i] : (double)NAN;
    d->failure_share = evaluations > 0.0 ? failures / evaluations : (double)NAN;
}

static mutau_status open_pool(work *w, size_t n_chain, mutau_error *err)
{
    size_t burn_in[MUTAU_POOL_MAX_CHAINS];
    mutau_diagnosis *d = w->out;
    for (size_t i = 0; i < n_chain; i++)
        burn_in[i] = mutau_chain_burn_in(w->chains[i]);
    MUTAU_CHECK(mutau_stored_check_same(n_chain, w->chains, err));
    mutau_status status = mutau_pool_init(&w->pool, n_chain, w->chains, burn_in, err);
    if (status == MUTAU_OK)
        status = mutau_verdict_compute(n_chain, w->chains, burn_in, &d->verdict, err);
    if (status != MUTAU_OK) /* what does not fit together is a fault of the files */
        return status == MUTAU_EDOM ? MUTAU_EDATA : status;
    d->n_row = w->pool.n_row;
    d->n_ensemble = w->pool.n_ensemble;
    d->n_walker = w->pool.n_walker;
    d->dim = w->info.dim;
    if (w->info.n_temperature > MUTAU_MAX_TEMPERATURES)
        return mutau_error_set(err, MUTAU_EDATA,
                               "%zu temperatures are more than any run of mutau has",
                               w->info.n_temperature);
    w->x = mutau_calloc(d->n_row, w->pool.n_column * sizeof *w->x);
    if (w->x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows", d->n_row);
    return MUTAU_OK;
}

static mutau_status diagnose(work *w, size_t n_chain, mutau_error *err)
{
    mutau_diagnosis *d = w->out;
    MUTAU_CHECK(open_pool(w, n_chain, err));
    d->criteria = mutau_run_criteria(&w->settings->sampler);
    d->converged = mutau_verdict_meets(&d->verdict, &d->criteria);
    count(w, d);
    MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_COORDINATE, 0, w->x, err));
    MUTAU_CHECK(
        mutau_walker_moves_count(d->n_row, d->n_ensemble, d->n_walker, w->x, &d->moves, err));
    judge_rhat(w, d);
    judge_tau(w, d);
    judge_ess(w, d);
    judge_moves(w, d);
    for (size_t i = 0; i < d->dim; i++)
        MUTAU_CHECK(find_modes(w, i, err));
    judge_swaps(d);
    judge_evidence(d);
    judge_methods(&d->verdict.evidence, d);
    judge_failures(d);
    return judge_validity(w, d, err);
}

/* Problems before warnings, each kind in the order in which they were found. */
static void sort_findings(mutau_diagnosis *d)
{
    for (size_t i = 1; i < d->n_finding; i++)
        for (size_t k = i; k > 0 && d->finding[k].kind < d->finding[k - 1].kind; k--) {
            const mutau_finding later = d->finding[k];
            d->finding[k] = d->finding[k - 1];
            d->finding[k - 1] = later;
        }
}

mutau_status mutau_diagnosis_compute(size_t n_chain, mutau_chain *const chains[],
                                     mutau_diagnosis **out, mutau_error *err)
{
    *out = NULL;
    if (n_chain < 1 || n_chain > MUTAU_POOL_MAX_CHAINS)
        return mutau_error_set(err, MUTAU_EDOM, "between 1 and %d chain files, not %zu",
                               MUTAU_POOL_MAX_CHAINS, n_chain);
    mutau_run_settings *settings = NULL;
    mutau_diagnosis *d = mutau_calloc(1, sizeof *d);
    if (d == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a diagnosis");
    work w = {.chains = chains, .info = mutau_chain_describe(chains[0]), .out = d};
    mutau_status status = mutau_stored_settings(chains[0], &settings, err);
    w.settings = settings;
    if (status == MUTAU_OK)
        status = diagnose(&w, n_chain, err);
    free(w.x);
    mutau_run_settings_free(settings);
    if (status != MUTAU_OK) {
        mutau_diagnosis_free(d);
        return status;
    }
    sort_findings(d);
    *out = d;
    return MUTAU_OK;
}

void mutau_diagnosis_free(mutau_diagnosis *d)
{
    if (d == NULL)
        return;
    for (size_t i = 0; i < MUTAU_CONVERGENCE_MAX_DIM; i++)
        free(d->modes[i].occupancy);
    free(d);
}
