/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the ladder and the evidence; documented in diagnosis_internal.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analysis/psis.h"
#include "diagnosis_internal.h"

static const finding_nature PROBLEM = {MUTAU_FINDING_PROBLEM, MUTAU_ABOUT_EVIDENCE, false};
/* Weights whose mean has no finite variance at k-hat 0.7 have not even a mean at 1: more draws are
 * of no use then. */
static const double HOPELESS_K = 1.0;

static const finding_nature LASTING = {MUTAU_FINDING_PROBLEM, MUTAU_ABOUT_EVIDENCE, true};
static const finding_nature OF_BOTH = {MUTAU_FINDING_PROBLEM,
                                       MUTAU_ABOUT_POSTERIOR | MUTAU_ABOUT_EVIDENCE, false};
static const finding_nature WARNING = {MUTAU_FINDING_WARNING, 0, false};

/* Shares of accepted swaps; a good ladder has some 0.2 to 0.6. */
static const double LOW_SWAPS = 0.01, FEW_SWAPS = 0.1;
/* The two methods share their draws: further apart than this they do not chance to be. */
static const double APART = 4.0;
/* Of four ensembles the scatter is above three times what is expected once in 10^5. */
static const double SCATTER = 3.0;

bool mutau_diagnosis_is_tempered(const mutau_diagnosis *d)
{
    return d->least_swaps.share >= LOW_SWAPS;
}

/* What lets a pair of rungs exchange points. */
static const char *advice_for(const mutau_least_swaps *least)
{
    return least->pair + 1 == least->n_pair
               ? "The hottest of the rungs above 0 is too cold for the prior: leave "
                 "sampler.ladder.beta_min out, or make it smaller"
               : "Leave sampler.ladder.beta_min out, or take more sampler.temperatures";
}

static void judge_swaps(mutau_diagnosis *d)
{
    const mutau_least_swaps *least = &d->least_swaps;
    if (least->n_pair == 0)
        return;
    char whose[32] = "";
    if (d->n_swap == 0) /* each file has its own */
        (void)snprintf(whose, sizeof whose, " of file %zu", least->i_file + 1);
    if (isnan(least->share))
        mutau_diagnosis_find(
            d, OF_BOTH, "ladder",
            "The ladder of temperatures still adapts (sampler.ladder.adapt steps), and "
            "nothing is kept of what it samples meanwhile. Go on with --resume.");
    else if (least->share < LOW_SWAPS)
        mutau_diagnosis_find(
            d, LASTING, "swaps",
            "Only %.2g %% of the swaps between rungs %zu and %zu%s are accepted: nothing "
            "that the hot rungs find reaches the posterior, and the evidence is not "
            "reliable. %s.",
            100.0 * least->share, least->pair, least->pair + 1, whose, advice_for(least));
    else if (least->share < FEW_SWAPS)
        mutau_diagnosis_find(
            d, WARNING, "swaps",
            "%.0f %% of the swaps between rungs %zu and %zu%s are accepted, which is few. "
            "%s.",
            100.0 * least->share, least->pair, least->pair + 1, whose, advice_for(least));
}

/* Where hardly a swap is accepted more steps do not help. */
static void judge_rungs(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    const bool hopeless = e->weakest < d->n_swap && d->swap_share[e->weakest] < LOW_SWAPS;
    const finding_nature nature = e->why_no_bridge == MUTAU_EVIDENCE_KNOWN ? WARNING
                                  : hopeless                               ? LASTING
                                                                           : PROBLEM;
    if (e->why_no_stones == MUTAU_EVIDENCE_APART)
        mutau_diagnosis_find(
            d, nature, "overlap",
            "There is no ln Z%s: rungs %zu and %zu overlap by %.0f effective draws, and "
            "its ratio takes %.0f.%s",
            e->why_no_bridge == MUTAU_EVIDENCE_NO_MIXTURE ? "" : " by stepping stones", e->weakest,
            e->weakest + 1, e->overlap, MUTAU_EVIDENCE_MIN_DRAWS,
            hopeless ? "" : " Go on with --resume.");
}

/* The mixture does not change: only its draws can become more. */
static void judge_mixture(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    if (e->why_no_bridge == MUTAU_EVIDENCE_BRIDGE)
        mutau_diagnosis_find(
            d, e->why == MUTAU_EVIDENCE_KNOWN ? WARNING : PROBLEM, "overlap",
            "There is no ln Z by a bridge: the mixture and the posterior overlap by %.0f effective "
            "draws, and it takes %.0f. Go on with --resume.",
            e->bridge_overlap, MUTAU_EVIDENCE_MIN_DRAWS);
    if (e->why_no_bridge == MUTAU_EVIDENCE_KNOWN && !mutau_evidence_weights_known(e))
        mutau_diagnosis_find(
            d, e->khat > HOPELESS_K ? LASTING : PROBLEM, "khat",
            "The weights of the mixture's draws have a tail of k-hat %.2f (good: below %g), and "
            "the "
            "largest has %.0f %% of the sum of squares (good: below 10 %%): the mixture is too "
            "thin "
            "somewhere, and ln Z by importance sampling checks nothing. Go on with --resume; if it "
            "stays, run anew with more walkers or another seed.",
            e->khat, MUTAU_PSIS_GOOD_K, 100.0 * e->largest);
}

static void judge_known(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    const bool is_told = e->why == MUTAU_EVIDENCE_ADAPTING || e->why == MUTAU_EVIDENCE_APART ||
                         e->why == MUTAU_EVIDENCE_BRIDGE || e->why == MUTAU_EVIDENCE_METHODS;
    if (e->why != MUTAU_EVIDENCE_KNOWN && !is_told)
        mutau_diagnosis_find(d, PROBLEM, "evidence", "There is no ln Z: %s.",
                             mutau_no_evidence_words(e->why));
    else if (e->why == MUTAU_EVIDENCE_KNOWN && !(e->error < (double)INFINITY))
        mutau_diagnosis_find(
            d, PROBLEM, "evidence",
            "The error of ln Z is not known: an ensemble stands still, or has none.");
}

static void judge_error(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    const double expected = e->mc_error * sqrt((double)d->n_ensemble);
    if (d->criteria.evidence_error > 0.0 && e->error > d->criteria.evidence_error)
        mutau_diagnosis_find(
            d, PROBLEM, "evidence",
            "The error of ln Z is %.3g and the run asks for %g. Go on with --resume and "
            "a larger stop.max_steps.",
            e->error, d->criteria.evidence_error);
    if (d->n_ensemble > 2 && e->scatter > SCATTER * expected)
        mutau_diagnosis_find(
            d, PROBLEM, "scatter",
            "ln Z scatters by %.3g from ensemble to ensemble where its draws let expect "
            "%.3g: the ensembles do not agree, on modes perhaps. Go on with --resume, or "
            "take more sampler.temperatures.",
            e->scatter, expected);
}

/* The methods that have no ln Z in common. */
static void judge_methods(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    char stones[96] = "";
    if (e->why_no_stones == MUTAU_EVIDENCE_KNOWN)
        (void)snprintf(stones, sizeof stones, ", %.3f +- %.3f by stepping stones", e->stones.ln_z,
                       e->stones.error);
    if (e->why == MUTAU_EVIDENCE_METHODS)
        mutau_diagnosis_find(
            d, PROBLEM, "methods",
            "There is no ln Z: it is %.3f +- %.3f by a bridge, %.3f +- %.3f by importance sampling"
            "%s, further apart than %g errors: posterior and mixture have not the same modes, "
            "perhaps. Go on with --resume, or run anew with more walkers.",
            e->bridge.ln_z, e->bridge.error, e->importance.ln_z, e->importance.error, stones,
            MUTAU_EVIDENCE_MAX_PULL);
}

/* Thermodynamic integration checks the stepping stones where it is of use. */
static void judge_integration(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    const double allowed = APART * hypot(e->stones.error, e->ti_mc_error) + e->ti_discretisation;
    if (e->ti_usable && fabs(e->ti - e->stones.ln_z) > allowed)
        mutau_diagnosis_find(
            d, PROBLEM, "methods",
            "ln Z is %.3f +- %.3f by stepping stones and %.3f +- %.3f by thermodynamic "
            "integration: the rungs have not been sampled well. Go on with --resume, or "
            "take more sampler.temperatures.",
            e->stones.ln_z, e->stones.error, e->ti, e->ti_mc_error + e->ti_discretisation);
}

void mutau_diagnosis_find_evidence(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    if (!d->evidence_judged)
        return;
    judge_swaps(d);
    judge_rungs(d);
    judge_mixture(d);
    judge_known(d);
    if (d->verdict.evidence.why == MUTAU_EVIDENCE_KNOWN)
        judge_error(d);
    judge_methods(d);
    judge_integration(d);
}

const char *mutau_no_evidence_words(mutau_no_evidence why)
{
    switch (why) {
    case MUTAU_EVIDENCE_KNOWN:
        break;
    case MUTAU_EVIDENCE_UNTEMPERED:
        return "not sampled with temperatures";
    case MUTAU_EVIDENCE_ADAPTING:
        return "the ladder of temperatures adapts in the kept rows";
    case MUTAU_EVIDENCE_FEW_ROWS:
        return "too few rows are kept";
    case MUTAU_EVIDENCE_LADDERS:
        return "some of the files have neither temperatures nor a mixture";
    case MUTAU_EVIDENCE_APART:
        return "two neighbouring rungs of the ladder do not overlap";
    case MUTAU_EVIDENCE_NO_MIXTURE:
        return "there is no mixture among the moves";
    case MUTAU_EVIDENCE_BRIDGE:
        return "the mixture and the posterior do not overlap";
    case MUTAU_EVIDENCE_METHODS:
        return "its methods disagree";
    }
    return "";
}
