/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file maxima.h
 * The maxima of likelihood and posterior of a run, some of whose parameters may be held: what
 * `mutau bestfit` reports.  Where all priors of the free ones are flat the two have the same
 * maxima, which are searched for once.
 */
#ifndef MUTAU_MAXIMA_H
#define MUTAU_MAXIMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "posterior/conditional.h"
#include "posterior/search.h"

enum { MUTAU_SEARCH_GOALS = MUTAU_SEARCH_POSTERIOR + 1 };

typedef struct mutau_maxima_settings {
    size_t n_start;
    uint32_t seed;
    int n_thread;
    mutau_stop stop; /**< as mutau_search_settings */
} mutau_maxima_settings;

typedef struct mutau_maxima {
    mutau_conditional free_ones; /**< the coordinates of the optima */
    bool flat;                   /**< priors are: the two goals' optima are one */
    mutau_optima own[MUTAU_SEARCH_GOALS];
    const mutau_optima *of[MUTAU_SEARCH_GOALS]; /**< by goal, in `own` */
    uint64_t evaluations;
} mutau_maxima;

/** Searches with the parameters with held[i] at natural[i] (as mutau_conditional_init), and those
 * that do not matter then in the middle of their priors.  Each goal begins with the generator of
 * `seed`.  MUTAU_EUSAGE if nothing is left free; else as mutau_search.  Freed with
 * mutau_maxima_release, also after a failure; `out` must stay where it is until then. */
mutau_status mutau_maxima_search(const mutau_posterior *posterior, const bool held[],
                                 const double natural[], const mutau_maxima_settings *settings,
                                 mutau_maxima *out, mutau_error *err) MUTAU_MUST_CHECK;
/** Frees what the struct holds; {0} allowed. */
void mutau_maxima_release(mutau_maxima *maxima);

/** -1 if x, a stored value of the i-th free parameter, is the lower edge of its prior, to a
 * millionth of the prior's width; 1 at the upper edge; else 0. */
int mutau_maxima_edge(const mutau_maxima *maxima, size_t i, double x);

#endif
