/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file bridge.h
 * The evidence Z = integral of p, p = prior * likelihood, from draws of the posterior p/Z and
 * independent draws of a normalised density q.
 *
 * Bridge sampling with the optimal bridge (Meng & Wong, Stat. Sinica 6, 831 (1996), eq. 4.1):
 * with w = p/q, s1 the effective number of posterior draws and s2 that of the others, Z solves
 *     s1 mean_posterior[Z s2 / (s1 w + s2 Z)] = s2 mean_q[s1 w / (s1 w + s2 Z)].
 * Importance sampling, Z = mean_q[w], is the check.
 *
 * Both sets come from the same walkers: what a walker was proposed, from q, and where it
 * then was.  A taken proposal is in both.  So the errors are those of a jackknife that
 * leaves out walkers with all they have: posterior draws, with their
 * autocorrelation, and proposals.  Where there are fewer than 32 walkers it leaves out a stretch of
 * time of one walker, which is as good as a walker if it is many autocorrelation times long.
 * What is left out moves ln Z by little: one Newton step from the ln Z of all gives the
 * jackknife's values with an error that is of second order in it.
 *
 * Thread rule as for psis.h; linear in the draws.
 */
#ifndef MUTAU_BRIDGE_H
#define MUTAU_BRIDGE_H

#include <stddef.h>

#include "base/status.h"

typedef struct mutau_bridge_input {
    size_t n_ensemble, n_walker; /**< per ensemble; both >= 1 */
    size_t n_row;                /**< of posterior draws, >= 1 */
    /** [n_row][n_ensemble * n_walker] ln p - ln q at the posterior draws; +INFINITY where q is 0 */
    const double *posterior;
    size_t n_proposal_row; /**< >= 1 */
    size_t n_early;        /**< proposal rows before the first of the posterior draws */
    /** [n_proposal_row][n_ensemble * n_walker] ln p - ln q at the draws of q; -INFINITY where p
     * is 0, NaN where there is none */
    const double *proposal;
    double tau; /**< autocorrelation time of the posterior draws in rows; below 1 or NaN: 1 */
} mutau_bridge_input;

typedef struct mutau_bridge {
    double ln_z;
    double error; /**< one standard deviation, the jackknife's; NaN of one group */
    /** Standard deviation over ensembles of ln Z from each alone; NaN for one ensemble, infinite
     * if one gives none. */
    double scatter;
    /** How well posterior and q overlap: the effective number of draws, (sum of terms)^2 / sum of
     * squares, in the less well known of the two means (of the posterior's over tau). */
    double overlap;
    double importance, importance_error; /**< ln Z by importance sampling, and from var(w) */
    double khat;                         /**< of the tail of the weights (psis.h) */
    double largest; /**< share of the largest weight in the sum of w^2, of which importance_error is
                         made */
    double share;   /**< (sum w)^2 / (n sum w^2), the effective share of the draws of q */
    size_t n_proposal; /**< draws of q, n */
    /** One standard deviation of ln_z - importance, which share their draws: the jackknife's. */
    double difference_error;
} mutau_bridge;

/** MUTAU_EDOM: shape out of range; MUTAU_EDATA: a posterior draw of NaN or -INFINITY, a weight of
 * +INFINITY, a number beyond 1e100; MUTAU_ENUMERIC: nothing to bridge, as no draw of q has
 * p > 0, or at no posterior draw is q > 0 (n_proposal and overlap, 0, are set, all else NaN);
 * MUTAU_ENOMEM. */
mutau_status mutau_bridge_compute(const mutau_bridge_input *input, mutau_bridge *out,
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
