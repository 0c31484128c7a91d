/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is wrong with the ladder and the evidence; documented in diagnosis_internal.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diagnosis_internal.h"

static const finding_nature PROBLEM = {MUTAU_FINDING_PROBLEM, MUTAU_ABOUT_EVIDENCE, false};
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
static void judge_overlap(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    const bool hopeless = e->weakest < d->n_swap && d->swap_share[e->weakest] < LOW_SWAPS;
    if (e->why == MUTAU_EVIDENCE_APART)
        mutau_diagnosis_find(
            d, hopeless ? LASTING : PROBLEM, "overlap",
            "There is no ln Z: rungs %zu and %zu overlap by %.0f effective draws, and "
            "its ratio takes %.0f.%s",
            e->weakest, e->weakest + 1, e->overlap, MUTAU_EVIDENCE_MIN_DRAWS,
            hopeless ? "" : " Go on with --resume.");
    else if (e->why != MUTAU_EVIDENCE_KNOWN && e->why != MUTAU_EVIDENCE_ADAPTING)
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

/* Thermodynamic integration checks the stepping stones where it is of use. */
static void judge_methods(mutau_diagnosis *d)
{
    const mutau_evidence *e = &d->verdict.evidence;
    const double allowed = APART * hypot(e->error, e->ti_mc_error) + e->ti_discretisation;
    if (e->ti_usable && fabs(e->ti - e->ln_z) > allowed)
        mutau_diagnosis_find(
            d, PROBLEM, "methods",
            "ln Z is %.3f +- %.3f by stepping stones and %.3f +- %.3f by thermodynamic "
            "integration: the rungs have not been sampled well. Go on with --resume, or "
            "take more sampler.temperatures.",
            e->ln_z, e->error, e->ti, e->ti_mc_error + e->ti_discretisation);
}

void mutau_diagnosis_find_evidence(const diagnosis_work *w)
{
    mutau_diagnosis *d = w->out;
    if (!d->evidence_judged)
        return;
    judge_swaps(d);
    judge_overlap(d);
    if (d->verdict.evidence.why != MUTAU_EVIDENCE_KNOWN)
        return;
    judge_error(d);
    judge_methods(d);
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
        return "some of the files are not sampled with temperatures";
    case MUTAU_EVIDENCE_APART:
        return "two neighbouring rungs of the ladder do not overlap";
    }
    return "";
}
