/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file explorer_internal.h
 * What the parts of an exploration share (sampler/explore.h): a pilot's particles, the draws that
 * they left, and the mixture in hand that is fitted to those.  Private to the sampler.
 */
#ifndef MUTAU_EXPLORER_INTERNAL_H
#define MUTAU_EXPLORER_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include "sampler/explore.h"
#include "pilot_internal.h"
#include "stages_internal.h"

/** At the posterior: steps from fit to fit. */
enum { MUTAU_REFINE_STEPS = 5 };

typedef struct mutau_explorer {
    const mutau_target *target;
    mutau_ensemble_settings moves;   /* the run's, with the mixture in hand */
    mutau_move_mixture_settings cfg; /* its mixture is that in hand: */
    mutau_mixture *mixture;          /* owned */
    mutau_mixture_settings fit;
    double *prior_x; /* of: */
    mutau_mixture_sample prior;
    mutau_pilot *pilot;
    mutau_stages stages;
    double *first, *climbers;    /* [n particles][dim] where they began, and where starts led to */
    bool provisional;            /* the last stage is of use until there is another */
    mutau_ensemble_counts spent; /* before the pilot's last start */
    double *ln_y;                /* [MUTAU_REFINE_STEPS][n particles] weights of a round's
                                    proposals ... */
    size_t n_y;                  /* ... so many of them, and */
    double ln_mean_y;            /* ... their mean weight */
} mutau_explorer;

/** The particles where they are become a stage of draws at beta. */
mutau_status mutau_explorer_add(mutau_explorer *e, double beta, double ln_z,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** Takes a mixture in hand that imitates the density at beta. */
mutau_status mutau_explorer_fit(mutau_explorer *e, double beta, mutau_error *err) MUTAU_MUST_CHECK;
/** Takes this one in hand, for which it gives up the one there was. */
void mutau_explorer_take(mutau_explorer *e, mutau_mixture *mixture);

/** Adds what an ensemble has spent, before it starts anew or ends. */
void mutau_explorer_spend(mutau_explorer *e, const mutau_ensemble *ensemble);

/** A quarter of the particles, or all if there are no others (`alone`), begin anew from starts:
 * modes that the others have lost, or never met, get their components. */
mutau_status mutau_explorer_look_from_starts(mutau_explorer *e, const mutau_exploration_settings *s,
                                             bool alone, mutau_error *err) MUTAU_MUST_CHECK;

/** At the posterior fits again and again as long as it gets better; the best is left in hand, with
 * its acceptance. */
mutau_status mutau_explorer_refine(mutau_explorer *e, double *acceptance,
                                   mutau_error *err) MUTAU_MUST_CHECK;

#endif
