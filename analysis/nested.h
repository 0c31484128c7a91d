/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file nested.h
 * What one chain with a boson says of the model without it, which lies within, at g' = 0: checks of
 * a Bayes factor that was found from two evidences, and how much of it is a choice of the prior.
 *
 * Savage-Dickey density ratio: where the model without the boson is the one with the coupling at
 * x0, and the priors of all else are independent of the coupling,
 *
 *     B = pi(x0) / p(x0 | D)
 *
 * of the boson over none (Dickey, Ann. Math. Stat. 42, 204 (1971); Verdinelli & Wasserman, J. Am.
 * Stat. Assoc. 90, 614 (1995)).  A log-uniform prior does not reach x0 = 0, and at its lower edge
 * the boson may still act (at 1.3 to 2 MeV and g' = 1e-5 it does).  So the ratio is taken over a
 * strip S of the prior, each draw having the weight that leads from its likelihood to the one
 * without the boson, which is exact whatever the boson does in it:
 *
 *     1/B = < 1_S L(g' = 0)/L >_posterior / pi(S)
 *
 * A prior cut at a limit: B_C = B p(C | D) / pi(C), C being the couplings below it.
 *
 * Functions here read the pool's chains: one thread at a time.
 */
#ifndef MUTAU_NESTED_H
#define MUTAU_NESTED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"
#include "analysis/evidence.h"
#include "analysis/pool.h"
#include "posterior/run_settings.h"

/** An estimate, NaN where there is none, and then why. */
typedef struct mutau_nested {
    mutau_estimate of;
    char why[MUTAU_ERROR_SIZE]; /**< "": there is one */
} mutau_nested;

/** ln B of the boson over none (in .ln_z, with its Monte Carlo error), from the draws in the lowest
 * MUTAU_NESTED_STRIP of the coupling's prior.  `settings` are with the data and terms; the chain
 * has the blobs lnl_*.  There is none with a coupling that is fixed, or whose prior has no lower
 * edge, and from fewer than MUTAU_NESTED_MIN_DRAWS effective draws.  MUTAU_ENOMEM, and what reading
 * the chain and mutau_posterior_alloc and mutau_posterior_eval return. */
mutau_status mutau_savage_dickey(const mutau_pool *pool, const mutau_run_settings *settings,
                                 mutau_nested *out, mutau_error *err) MUTAU_MUST_CHECK;
#define MUTAU_NESTED_STRIP 0.05
#define MUTAU_NESTED_MIN_DRAWS 25.0

/** ln p(C | D) - ln pi(C), which is added to ln B when the prior is cut at the 90 % limit of
 * `type`, a term with a projection: as the run has it or, if it has not, with its defaults.  There
 * is none with a coupling that is fixed, or with no draw below the limit. */
mutau_status mutau_prior_cut(const mutau_pool *pool, const mutau_run_settings *settings,
                             const mutau_term_type *type, mutau_nested *out,
                             mutau_error *err) MUTAU_MUST_CHECK;

/** An edge of a parameter's prior at which the posterior has not fallen off. */
typedef struct mutau_touched_edge {
    const mutau_parameter *parameter; /**< the settings' */
    bool upper;
    double at;      /**< natural units */
    double density; /**< in the fortieth of the prior's range at the edge, over the highest one's */
} mutau_touched_edge;

/** All with a density above MUTAU_TOUCHED_DENSITY, what a normal one has at 2 sd; *n <= 2
 * MUTAU_MAX_PARAMETERS of them in edge[].  MUTAU_ENOMEM, and what reading the chain returns. */
mutau_status mutau_touched_edges(const mutau_pool *pool, const mutau_run_settings *settings,
                                 size_t *n, mutau_touched_edge edge[2 * MUTAU_MAX_PARAMETERS],
                                 mutau_error *err) MUTAU_MUST_CHECK;
#define MUTAU_TOUCHED_DENSITY 0.1353

#endif
