/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the sampling of the posterior; documented in diagnosis_internal.h. */
#include <math.h>
#include <stdio.h>

#include "diagnosis_internal.h"

static const finding_nature PROBLEM = {MUTAU_FINDING_PROBLEM, MUTAU_ABOUT_POSTERIOR, false};
static const finding_nature LASTING = {MUTAU_FINDING_PROBLEM, MUTAU_ABOUT_POSTERIOR, true};
/* What says that the draws are not those of the rung, from which the evidence comes, too. */
static const finding_nature OF_DRAWS = {MUTAU_FINDING_PROBLEM,
                                        MUTAU_ABOUT_POSTERIOR | MUTAU_ABOUT_EVIDENCE, false};
static const finding_nature OF_MODEL = {MUTAU_FINDING_PROBLEM,
                                        MUTAU_ABOUT_POSTERIOR | MUTAU_ABOUT_EVIDENCE, true};
static const finding_nature WARNING = {MUTAU_FINDING_WARNING, 0, false};

/* Below these something is wrong with the moves, or wants a word. */
static const double LOW_ACCEPTANCE = 0.05, ODD_ACCEPTANCE = 0.15;
/* A mode's weight that is known no better than this is not known. */
static const double WEIGHT_ERROR = 0.05;
/* Vehtari et al. (2021) ask for a hundred effective draws a chain, and four chains. */
static const double LOW_ESS = 400.0;
/* Autocorrelation times that a chain should be long, and without which its tau itself means
 * little, where the run names no number. */
static const double FEW_TAUS = 50.0, LEAST_TAUS = 10.0;

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

/* The R-hat that walkers which mix may show, where the run names no number.  Halves of a walker
 * of N steps have means with variance 2 tau / N of their own: R-hat is about 1 + tau / N, and the
 * folded one, or another walker's luck, up to twice as far from 1.  tau does not see modes that
 * walkers never leave, R-hat does. */
static double mixed_rhat(const mutau_verdict *v)
{
    const double usual = 1.01, expected = 1.0 + 2.0 * v->worst_tau / v->kept_steps;
    return expected > usual ? expected : usual;
}

static void judge_rhat(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    const double target = d->criteria.rhat > 0.0 ? d->criteria.rhat : mixed_rhat(&d->verdict);
    const size_t i = worst_rhat(&d->verdict);
    const double rhat = d->verdict.coordinate[i].rhat;
    char advice[DIAGNOSIS_ADVICE_SIZE];
    if (rhat <= target)
        return;
    if (isnan(rhat))
        mutau_diagnosis_find(d, OF_DRAWS, "rhat",
                             "R-hat of %s is not a number: its draws are all equal, or not finite.",
                             w->info.names[i]);
    else
        mutau_diagnosis_find(
            d, rhat > mixed_rhat(&d->verdict) ? OF_DRAWS : PROBLEM, "rhat",
            "The walkers do not agree on %s: its R-hat is %.4f and should be at most %.4g. Go on "
            "with --resume and a larger stop.max_steps%s%s.",
            w->info.names[i], rhat, target,
            rhat > 1.1 ? "; if it does not fall, walkers are caught in different modes: run with "
                       : "",
            rhat > 1.1 ? mutau_diagnosis_more_temperatures(w, advice) : "");
}

static void judge_tau(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    const bool asked = d->criteria.tau_multiple > 0.0;
    const double target = asked ? d->criteria.tau_multiple : FEW_TAUS;
    const size_t i = worst_tau(&d->verdict);
    const double tau = d->verdict.tau[i], kept = d->verdict.kept_steps;
    if (kept >= target * tau)
        return;
    if (isnan(tau))
        mutau_diagnosis_find(
            d, OF_DRAWS, "tau",
            "The autocorrelation time of %s is not known: a walker has not moved at all. Look at "
            "its starting point, or let sampler.start choose others.",
            w->info.names[i]);
    else
        mutau_diagnosis_find(
            d, asked || kept < LEAST_TAUS * tau ? OF_DRAWS : WARNING, "tau",
            "The chain is short: %.0f kept steps are %.1f autocorrelation times of %s (%.0f "
            "steps), and should be %g. Go on with --resume and stop.max_steps of at least %.0f.",
            kept, kept / tau, w->info.names[i], tau, target, ceil(target * tau / 0.75));
}

static void judge_ess(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    const size_t i = worst_ess(&d->verdict);
    const double ess = d->verdict.coordinate[i].ess_bulk, tail = d->verdict.worst_ess_tail;
    if (d->criteria.ess_bulk > 0.0 && !(ess >= d->criteria.ess_bulk))
        mutau_diagnosis_find(
            d, PROBLEM, "ess",
            "The bulk effective sample size of %s is %.0f and the run asks for %g. Go "
            "on with --resume and a larger stop.max_steps.",
            w->info.names[i], ess, d->criteria.ess_bulk);
    else if (isnan(ess))
        mutau_diagnosis_find(
            d, PROBLEM, "ess",
            "The effective sample size of %s is not known: the draws are too few, or "
            "some walkers' are all equal.",
            w->info.names[i]);
    else if (isnan(tail))
        mutau_diagnosis_find(
            d, WARNING, "ess",
            "The tail effective sample size is not known: the draws are too few, or "
            "some walkers' are all equal.");
    else if (!(ess >= LOW_ESS) || !(tail >= LOW_ESS))
        mutau_diagnosis_find(
            d, WARNING, "ess",
            "There are few independent draws: the smallest bulk effective sample size is %.0f "
            "(%s), the smallest tail one %.0f. Below %.0f, intervals and R-hat are rough "
            "themselves.",
            ess, w->info.names[i], tail, LOW_ESS);
}

/* --- moves ------------------------------------------------------------------------------ */

static void judge_moves(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    const mutau_walker_moves *m = &d->moves;
    const size_t of_file = w->info.n_ensemble;
    char advice[DIAGNOSIS_ADVICE_SIZE];
    if (m->n_stuck > 0)
        mutau_diagnosis_find(
            d, OF_DRAWS, "stuck",
            "%zu of %zu walkers are stuck: they move less than a tenth as often as the others "
            "(walker %zu of ensemble %zu%s in %.2g %% of the stored steps, the median walker in "
            "%.2g %%). They sit where no proposal helps them: try %s, or other starting "
            "points (sampler.start, sampler.seed).",
            m->n_stuck, d->n_ensemble * d->n_walker, m->stuck_walker, m->stuck_ensemble % of_file,
            w->pool.n_chain > 1 ? " of one of the files" : "", 100.0 * m->min, 100.0 * m->median,
            mutau_diagnosis_more_temperatures(w, advice));
    if (d->acceptance < LOW_ACCEPTANCE)
        mutau_diagnosis_find(
            d, LASTING, "acceptance",
            "Only %.1f %% of the proposals are accepted: the moves do not suit this posterior. "
            "More walkers help the stretch move in many dimensions; several modes need %s.",
            100.0 * d->acceptance, mutau_diagnosis_more_temperatures(w, advice));
    else if (d->acceptance < ODD_ACCEPTANCE)
        mutau_diagnosis_find(
            d, WARNING, "acceptance",
            "%.1f %% of the proposals are accepted, which is few: another mixture of "
            "sampler.moves may be faster.",
            100.0 * d->acceptance);
}

static void judge_failures(mutau_diagnosis *d)
{
    if (d->failure_share > 0.0)
        mutau_diagnosis_find(
            d, WARNING, "failures",
            "%.2g %% of the evaluations failed and were rejected: the posterior is that "
            "of the region where the model can be computed.",
            100.0 * d->failure_share);
}

/* --- modes ------------------------------------------------------------------------------ */

static void judge_modes(const diagnosis_work *w, size_t i)
{
    mutau_diagnosis *d = w->out;
    const mutau_modes *m = &d->modes[i];
    size_t worst = 0;
    for (size_t k = 1; k < m->n; k++)
        if (!(m->error[k] <= m->error[worst])) /* a NaN is the worst */
            worst = k;
    if (m->n < 2 || m->error[worst] <= WEIGHT_ERROR)
        return;
    double least = 1.0, most = 0.0;
    char advice[DIAGNOSIS_ADVICE_SIZE];
    for (size_t e = 0; e < d->n_ensemble; e++) {
        least = fmin(least, m->occupancy[e * m->n + worst]);
        most = fmax(most, m->occupancy[e * m->n + worst]);
    }
    mutau_diagnosis_find(
        d, OF_DRAWS, "modes",
        "The weights of the %zu modes of %s are not known: the one at %.4g ... %.4g holds between "
        "%.0f %% and %.0f %% of an ensemble's draws, %.0f +- %.0f %% by the ensembles and by how "
        "seldom walkers go from one to the other. Try %s: hot rungs carry walkers from mode to "
        "mode.",
        m->n, w->info.names[i], m->lo[worst], m->hi[worst], 100.0 * least, 100.0 * most,
        100.0 * m->weight[worst], 100.0 * m->error[worst],
        mutau_diagnosis_more_temperatures(w, advice));
}

/* --- what would not show ------------------------------------------------------------------ */

/* Walkers of one ensemble go where its other walkers are: a mode that all of them have left, or
 * never found, shows in no number of theirs.  Ensembles started apart would disagree, and hot
 * rungs find it again. */
static void judge_independence(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    const mutau_start_settings *start = &w->settings->sampler.start;
    if (mutau_diagnosis_is_tempered(d))
        return;
    if (d->n_ensemble < 2)
        mutau_diagnosis_find(
            d, LASTING, "one-ensemble",
            "One ensemble without temperatures cannot show that it has found every "
            "mode: its walkers follow each other. Run with sampler.ensembles: 4, or "
            "with sampler.temperatures: 8.");
    if (start->kind == MUTAU_START_BESTFIT &&
        (start->n_search == 1 || w->info.n_start_maximum == 1))
        mutau_diagnosis_find(
            d, LASTING, "start",
            "All walkers started around one maximum, so that they agree proves nothing "
            "about other modes. Take sampler.start: prior, or sampler.temperatures: "
            "8.");
}

static mutau_status judge_lost_modes(diagnosis_work *w, mutau_error *err)
{
    bool found = false;
    size_t i = 0;
    double where = 0.0;
    char advice[DIAGNOSIS_ADVICE_SIZE];
    MUTAU_CHECK(mutau_diagnosis_find_lost_mode(w, &found, &i, &where, err));
    if (found)
        mutau_diagnosis_find(
            w->out, mutau_diagnosis_is_tempered(w->out) ? PROBLEM : LASTING, "lost",
            "In the burn-in a walker stood at %s = %.4g, where the posterior is as high "
            "as at the kept draws, but none of these is near: all walkers have left a "
            "mode, and its weight is missing. Try %s.",
            w->info.names[i], where, mutau_diagnosis_more_temperatures(w, advice));
    return MUTAU_OK;
}

/* What is sampled where the model does not hold is no posterior of it. */
static mutau_status judge_validity(diagnosis_work *w, mutau_error *err)
{
    char text[MUTAU_VALIDITY_TEXT_SIZE];
    MUTAU_CHECK(mutau_validity_measure(&w->pool, w->settings, w->x, &w->out->validity, err));
    if (mutau_validity_problem(&w->out->validity, text))
        mutau_diagnosis_find(w->out, OF_MODEL, "validity", "%s", text);
    return MUTAU_OK;
}

mutau_status mutau_diagnosis_find_posterior(diagnosis_work *w, mutau_error *err)
{
    judge_rhat(w);
    judge_tau(w);
    judge_ess(w);
    judge_moves(w);
    for (size_t i = 0; i < w->out->dim; i++)
        judge_modes(w, i);
    judge_independence(w);
    judge_failures(w->out);
    MUTAU_CHECK(judge_validity(w, err));
    return judge_lost_modes(w, err);
}
