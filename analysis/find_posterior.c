/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the sampling of the posterior; documented in diagnosis_internal.h. */
#include <math.h>
#include <stdio.h>

#include "diagnosis_internal.h"

enum { DIAGNOSIS_APART_SIZE = 96 };

static const finding_nature PROBLEM = {MUTAU_FINDING_PROBLEM, MUTAU_ABOUT_POSTERIOR, false};
static const finding_nature LASTING = {MUTAU_FINDING_PROBLEM, MUTAU_ABOUT_POSTERIOR, true};
/* A mode that no walker is in is missing in ln Z, too. */
static const finding_nature UNSEEN = {MUTAU_FINDING_PROBLEM,
                                      MUTAU_ABOUT_POSTERIOR | MUTAU_ABOUT_EVIDENCE, true};
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

static size_t worst_tail(const mutau_verdict *v)
{
    size_t worst = 0;
    for (size_t i = 1; i < v->dim; i++)
        if (!(v->coordinate[i].ess_tail >= v->coordinate[worst].ess_tail))
            worst = i;
    return worst;
}

static void judge_rhat(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    const double target = d->criteria.rhat;
    const size_t i = worst_rhat(&d->verdict);
    const double rhat = d->verdict.coordinate[i].rhat;
    char advice[DIAGNOSIS_ADVICE_SIZE];
    if (isnan(rhat))
        mutau_diagnosis_find(d, OF_DRAWS, "rhat",
                             "R-hat of %s is not a number: its draws are all equal, or not finite.",
                             w->info.names[i]);
    else if (target > 0.0 && !(rhat <= target))
        mutau_diagnosis_find(
            d, PROBLEM, "rhat",
            "The walkers do not agree on %s: its R-hat is %.4f and should be at most %.4g. Go on "
            "with --resume and a larger stop.max_steps%s%s.",
            w->info.names[i], rhat, target,
            rhat > 1.1 ? "; if it does not fall, walkers are caught in different modes: run with "
                       : "",
            rhat > 1.1 ? mutau_diagnosis_more_temperatures(w, advice) : "");
}

/* The longer of the two of that coordinate: emcee's is too short in a short chain. */
static double walker_tau(const mutau_verdict *v, size_t i)
{
    const double of_walkers = v->coordinate[i].agreement.tau * v->thin;
    return v->tau[i] >= of_walkers || isnan(v->tau[i]) ? v->tau[i] : of_walkers;
}

static size_t worst_walker_tau(const mutau_verdict *v)
{
    size_t worst = 0;
    for (size_t i = 1; i < v->dim; i++)
        if (!(walker_tau(v, i) <= walker_tau(v, worst)))
            worst = i;
    return worst;
}

static void find_short(const diagnosis_work *w, finding_nature nature, size_t i, double tau,
                       double target)
{
    const double kept = w->out->verdict.kept_steps;
    mutau_diagnosis_find(
        w->out, nature, "tau",
        "The chain is short: %.0f kept steps are %.1f autocorrelation times of %s (%.3g "
        "steps), and should be %g. Go on with --resume and stop.max_steps of at least %.0f.",
        kept, kept / tau, w->info.names[i], tau, target, ceil(target * tau / 0.75));
}

static void judge_tau(const diagnosis_work *w)
{
    const mutau_verdict *v = &w->out->verdict;
    const double target = w->out->criteria.tau_multiple;
    const size_t i = worst_tau(v), k = worst_walker_tau(v);
    if (isnan(v->tau[i]))
        mutau_diagnosis_find(
            w->out, OF_DRAWS, "tau",
            "The autocorrelation time of %s is not known: a walker has not moved at all. Look at "
            "its starting point, or let sampler.start choose others.",
            w->info.names[i]);
    else if (target > 0.0 && v->kept_steps < target * v->tau[i])
        find_short(w, OF_DRAWS, i, v->tau[i], target);
    else if (v->kept_steps < MUTAU_LEAST_TAUS * walker_tau(v, k))
        find_short(w, OF_DRAWS, k, walker_tau(v, k), MUTAU_LEAST_TAUS);
}

/* --- walkers that do not mix ----------------------------------------------------------------- */

/* The coordinate of which that speaks against the walkers, with the most of them apart. */
static bool find_worst(const mutau_verdict *v, unsigned what, size_t *worst)
{
    bool found = false;
    for (size_t i = 0; i < v->dim; i++) {
        const mutau_agreement *a = &v->coordinate[i].agreement;
        const mutau_agreement *b = &v->coordinate[*worst].agreement;
        if ((mutau_verdict_walkers(v, i) & what) == 0)
            continue;
        if (!found || a->rhat > b->rhat)
            *worst = i;
        found = true;
    }
    return found;
}

/* Where those stay that keep away from the others. */
static const char *say_apart(const mutau_agreement *a, char text[DIAGNOSIS_APART_SIZE])
{
    if (a->n_below > 0 && a->n_above > 0)
        (void)snprintf(text, DIAGNOSIS_APART_SIZE,
                       "%zu stay on one side of their mean, %zu on the "
                       "other",
                       a->n_below, a->n_above);
    else
        (void)snprintf(text, DIAGNOSIS_APART_SIZE, "%zu stay%s away from all others",
                       a->n_below + a->n_above, a->n_below + a->n_above == 1 ? "s" : "");
    return text;
}

static void judge_agreement(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    const mutau_verdict *v = &d->verdict;
    char advice[DIAGNOSIS_ADVICE_SIZE], apart[DIAGNOSIS_APART_SIZE];
    size_t i = 0;
    if (find_worst(v, MUTAU_WALKERS_DISAGREE | MUTAU_WALKERS_APART, &i)) {
        const mutau_agreement *a = &v->coordinate[i].agreement;
        const bool alone = (mutau_verdict_walkers(v, i) & MUTAU_WALKERS_DISAGREE) == 0;
        mutau_diagnosis_find(
            d, OF_DRAWS, alone ? "apart" : "rhat-excess",
            "Walkers do not mix in %s: R-hat is %.4f%s%.4f in a chain of this length. Of %zu "
            "walkers %s: they are stuck, or in modes that they do not leave. Go on with --resume; "
            "if it stays, run with %s.",
            w->info.names[i], a->rhat,
            alone ? ", no more than the " : ", and walkers that mix would show at most ",
            mutau_verdict_most_rhat(v, i), d->n_ensemble * d->n_walker,
            a->n_below + a->n_above > 0 ? say_apart(a, apart) : "none alone stands out",
            mutau_diagnosis_more_temperatures(w, advice));
    }
    i = 0;
    if (find_worst(v, MUTAU_WALKERS_DRIFT, &i))
        mutau_diagnosis_find(
            d, OF_DRAWS, "drift",
            "All walkers move on in %s: the means of the first and the last half of the kept steps "
            "are %.1f standard errors apart, %.1f at most by chance. The burn-in is not over: go "
            "on "
            "with --resume and a larger stop.max_steps.",
            w->info.names[i], fabs(v->coordinate[i].agreement.drift),
            v->coordinate[i].agreement.most_drift);
}

static void find_few(const diagnosis_work *w, const char *kind, const char *name, double ess,
                     double asked)
{
    mutau_diagnosis_find(w->out, PROBLEM, "ess",
                         "The %s effective sample size of %s is %.0f and the run asks for %g. Go "
                         "on with --resume and a larger stop.max_steps.",
                         kind, name, ess, asked);
}

static void judge_ess(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    const mutau_criteria *c = &d->criteria;
    const size_t i = worst_ess(&d->verdict), k = worst_tail(&d->verdict);
    const double ess = d->verdict.coordinate[i].ess_bulk, tail = d->verdict.coordinate[k].ess_tail;
    if (isnan(ess))
        mutau_diagnosis_find(
            d, PROBLEM, "ess",
            "The effective sample size of %s is not known: the draws are too few, or "
            "some walkers' are all equal.",
            w->info.names[i]);
    else if (c->ess_bulk > 0.0 && !(ess >= c->ess_bulk))
        find_few(w, "bulk", w->info.names[i], ess, c->ess_bulk);
    else if (isnan(tail))
        mutau_diagnosis_find(
            d, c->ess_tail > 0.0 ? PROBLEM : WARNING, "ess",
            "The tail effective sample size is not known: the draws are too few, or "
            "some walkers' are all equal.");
    else if (c->ess_tail > 0.0 && !(tail >= c->ess_tail))
        find_few(w, "tail", w->info.names[k], tail, c->ess_tail);
    else if (!(ess >= LOW_ESS) || !(tail >= LOW_ESS))
        mutau_diagnosis_find(
            d, WARNING, "ess",
            "There are few independent draws: the smallest bulk effective sample size is %.0f "
            "(%s), the smallest tail one %.0f. Below %.0f, intervals and R-hat are rough "
            "themselves.",
            ess, w->info.names[i], tail, LOW_ESS);
}

static void judge_intervals(mutau_diagnosis *d)
{
    const double asked = d->criteria.interval_error, error = d->verdict.interval_error;
    if (asked > 0.0 && !(error <= asked))
        mutau_diagnosis_find(
            d, PROBLEM, "interval",
            "The ends of the 68 and 95 %% intervals have Monte Carlo errors of up to %.3g standard "
            "deviations, and the run asks for %g. Go on with --resume and a larger "
            "stop.max_steps.",
            error, asked);
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
            d, UNSEEN, "one-ensemble",
            "One ensemble without temperatures cannot show that it has found every "
            "mode: its walkers follow each other. Run with sampler.ensembles: 4, or "
            "with sampler.temperatures: 8.");
    if (start->kind == MUTAU_START_BESTFIT &&
        (start->n_search == 1 || w->info.n_start_maximum == 1))
        mutau_diagnosis_find(
            d, UNSEEN, "start",
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
            w->out, mutau_diagnosis_is_tempered(w->out) ? PROBLEM : UNSEEN, "lost",
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
    judge_agreement(w);
    judge_ess(w);
    judge_intervals(w->out);
    judge_moves(w);
    for (size_t i = 0; i < w->out->dim; i++)
        judge_modes(w, i);
    judge_independence(w);
    judge_failures(w->out);
    MUTAU_CHECK(judge_validity(w, err));
    return judge_lost_modes(w, err);
}
