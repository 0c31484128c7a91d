/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file evidence.h
 * The evidence Z = integral of prior * likelihood: what there is of it by all methods, and
 * two of these, from the rungs of a tempered chain (bridge.h has the others).
 *
 * Stepping stone: Z is the product of the ratios Z(beta_i) / Z(beta_{i+1}) of
 * neighbouring rungs, from beta = 1 down to the normalised prior, each by
 * Bennett's acceptance ratio from the draws of both rungs (Bennett, J. Comput.
 * Phys. 22, 245 (1976), eq. 12; Meng & Wong, Stat. Sinica 6, 831 (1996)).
 * Thermodynamic integration, ln Z = integral of <ln L> d beta, is the cross-check,
 * by the trapezoid with its end correction (Friel, Hurn & Wyse, Stat. Comput. 24,
 * 709 (2014)).
 *
 * Draws are read one rung at a time: two rungs' and a few numbers per row and
 * ensemble are in memory.  Thread rule as for diagnostics.h.
 */
#ifndef MUTAU_EVIDENCE_H
#define MUTAU_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/status.h"

/** Discretisation error above which thermodynamic integration says nothing. */
#define MUTAU_EVIDENCE_MAX_DISCRETISATION 0.1

/** Stored draws of ln likelihood, sampled by one frozen ladder. */
typedef struct mutau_evidence_input {
    size_t n_rung;       /**< >= 2 */
    const double *beta;  /**< [n_rung] falling from 1 to 0 */
    size_t n_row;        /**< kept steps (without burn-in), >= 4 */
    size_t n_ensemble;   /**< >= 1; independent of each other */
    size_t n_walker;     /**< per ensemble, >= 1 */
    bool improper_prior; /**< the prior has no norm: there is no evidence, it is refused */

    /** Reads ln_like[n_row][n_ensemble * n_walker] of a rung, called once for each, rung 0
     * first.  Below -1e100 (-INFINITY, too) is allowed where beta = 0 only, above 1e100 nowhere.
     * Its failure is passed on. */
    mutau_status (*read)(void *self, size_t i_rung, double ln_like[], mutau_error *err);
    void *self;
} mutau_evidence_input;

/** ln(Z(beta_i) / Z(beta_{i+1})). */
typedef struct mutau_evidence_pair {
    double ln_ratio, error;
    /** How well the rungs overlap: the effective number of draws in the sum of Bennett's
     * equation over the colder and over the hotter rung's, whichever is less.  Of each sum of
     * terms s it is the less of (sum s)^2 / sum s^2 and (mean / its Monte Carlo error)^2. */
    double draws;
} mutau_evidence_pair;

/** Why there is no ln Z; 0 if there is one. */
typedef enum mutau_no_evidence {
    MUTAU_EVIDENCE_KNOWN,
    MUTAU_EVIDENCE_UNTEMPERED, /**< one temperature: no rungs */
    MUTAU_EVIDENCE_ADAPTING,   /**< the ladder adapts in the kept rows */
    MUTAU_EVIDENCE_FEW_ROWS,   /**< fewer than 4 rows */
    MUTAU_EVIDENCE_LADDERS,    /**< one of several files has no rungs */
    MUTAU_EVIDENCE_APART,      /**< a pair of rungs does not overlap */
    MUTAU_EVIDENCE_NO_MIXTURE, /**< no bridge: no frozen mixture among the moves */
    MUTAU_EVIDENCE_BRIDGE,     /**< the mixture and the posterior do not overlap */
    MUTAU_EVIDENCE_METHODS,    /**< bridge, importance sampling, stepping stones disagree */
} mutau_no_evidence;

/** The least number of effective draws (mutau_evidence_pair) with which two rungs overlap: the
 * error of a ratio from n is about 1/sqrt(n), and below this neither it nor its error is known.
 * Likewise for a mixture and the posterior. */
#define MUTAU_EVIDENCE_MIN_DRAWS 100.0

/** Further apart than this many errors two methods do not chance to be: of normal ones one pair in
 * 16 000 is. */
#define MUTAU_EVIDENCE_MAX_PULL 4.0

/** ln Z by one method, and one standard deviation; NaN where there is none. */
typedef struct mutau_estimate {
    double ln_z, error;
} mutau_estimate;

typedef struct mutau_evidence {
    /** By the bridge where there is one, else by the stepping stones. */
    double ln_z;
    /** One standard deviation: the greater of `mc_error` and scatter / sqrt(n_ensemble), that is
     * never below what the ensembles show. */
    double error;
    /** Of stepping stones from the rows' autocorrelation, and the correlation of all pairs and
     * walkers of an ensemble; NaN if a chain stands still.  Of a bridge its jackknife's. */
    double mc_error;
    /** Standard deviation over ensembles of ln Z from each alone (it is sqrt(n_ensemble) times
     * `mc_error` if that is right); NaN for one ensemble, infinite if one gives none. */
    double scatter;
    double overlap;     /**< of the rungs: least `draws` of a pair; infinite if L is constant */
    size_t weakest;     /**< that pair: rungs weakest and weakest + 1 */
    double ti;          /**< by thermodynamic integration; NaN if <ln L> is infinite */
    double ti_mc_error; /**< its Monte Carlo error, as `error` */
    double ti_discretisation; /**< the sum over pairs of the sizes of the end correction */
    bool ti_usable; /**< finite, and ti_discretisation <= MUTAU_EVIDENCE_MAX_DISCRETISATION */
    /* What follows is set by mutau_pool_evidence; 0 from mutau_evidence_compute, that is, KNOWN. */
    mutau_no_evidence why;                     /**< there is no ln_z */
    mutau_no_evidence why_no_stones;           /**< UNTEMPERED: there is no ladder */
    mutau_no_evidence why_no_bridge;           /**< NO_MIXTURE: there is none */
    mutau_estimate stones, bridge, importance; /**< also where ln_z is not to be trusted */
    double bridge_overlap;   /**< effective draws that mixture and posterior overlap by */
    double difference;       /**< of the bridge's ln Z and that of importance sampling ... */
    double difference_error; /**< ... whose errors have much in common */
    double khat;             /**< of the weights' tail (psis.h) */
    double largest;          /**< share of the largest weight in the sum of their squares */
    double share;            /**< effective share of the proposals in importance sampling */
    size_t n_proposal;
} mutau_evidence;

/** Whether importance sampling knows its own error: the weights' tail is short (k-hat at most 0.7),
 * or its end is in sight, as the largest weight has less than a tenth of the sum of squares.  (Of
 * Pareto's weights with k = 0.7 it has 42 % on average, of 2000 as of 20 000, and less than a tenth
 * in one of 25 or 40 samples; but weights are bounded if the mixture has a wide component.) */
bool mutau_evidence_weights_known(const mutau_evidence *evidence);

/** Computes `out` and, unless NULL, pairs[n_rung - 1].  MUTAU_EDOM: shape or ladder out
 * of range, improper prior; MUTAU_EDATA: a NaN, or an infinity where none may be;
 * MUTAU_ENUMERIC: two rungs, out->weakest and the next, do not overlap (none of the hotter
 * one's draws has a likelihood); MUTAU_ENOMEM; or what `read` says. */
mutau_status mutau_evidence_compute(const mutau_evidence_input *input, mutau_evidence *out,
                                    mutau_evidence_pair pairs[], mutau_error *err) MUTAU_MUST_CHECK;

#endif
