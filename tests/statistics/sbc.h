/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks of simulation-based calibration (Talts et al., arXiv:1804.06788; test quantities: Modrak
 * et al., Bayesian Analysis 20, 461 (2025), arXiv:2211.02383).
 *
 * Parameters are drawn from the prior, data for these from the model, and the posterior of these
 * data is sampled.  Then the rank of the true value of any quantity among independent draws is
 * uniform.  The walkers of an ensemble at one step are such draws: its invariant density is the
 * product of the posteriors of its walkers. */
#ifndef MUTAU_TESTS_SBC_H
#define MUTAU_TESTS_SBC_H

#include <gsl/gsl_cdf.h>

#include "check.h"
#include "base/rng.h"

enum { SBC_DRAWS = 64, SBC_RANKS = SBC_DRAWS + 1, SBC_BINS = 13, SBC_MAX_QUANTITY = 8 };

/* How often each rank 0 ... SBC_DRAWS was found. */
typedef struct sbc {
    size_t n_simulation;
    size_t count[SBC_MAX_QUANTITY][SBC_RANKS];
} sbc;

/* One simulation's rank of one quantity; draws that equal the truth are below it by lot. */
static inline void sbc_add(sbc *s, size_t i_quantity, double truth, const double draws[SBC_DRAWS],
                           mutau_rng *rng)
{
    size_t below = 0, equal = 0;
    for (size_t i = 0; i < SBC_DRAWS; i++) {
        assert_true(!isnan(draws[i]));
        below += draws[i] < truth;
        equal += !(draws[i] < truth) && !(draws[i] > truth);
    }
    s->count[i_quantity][below + mutau_rng_index(rng, equal + 1)]++;
}

/* chi^2 of 13 bins of five ranks: its tail probability. */
static inline double sbc_p_chisq(const sbc *s, size_t i_quantity)
{
    const double want = (double)s->n_simulation / SBC_BINS;
    double chisq = 0.0;
    for (size_t b = 0; b < SBC_BINS; b++) {
        double d = -want;
        for (size_t r = b * SBC_RANKS / SBC_BINS; r < (b + 1) * SBC_RANKS / SBC_BINS; r++)
            d += (double)s->count[i_quantity][r];
        chisq += d * d / want;
    }
    return gsl_cdf_chisq_Q(chisq, SBC_BINS - 1);
}

/* The empirical distribution function at each of its 64 steps, a binomial number: the least
 * probability to be so far from the diagonal, times 64, so that it is at most p with a
 * probability of at most p. */
static inline double sbc_p_ecdf(const sbc *s, size_t i_quantity)
{
    const unsigned n = (unsigned)s->n_simulation;
    unsigned at_most = 0;
    double least = 1.0;
    for (size_t r = 0; r < SBC_DRAWS; r++) {
        const double share = (double)(r + 1) / SBC_RANKS;
        at_most += (unsigned)s->count[i_quantity][r];
        const double lower = gsl_cdf_binomial_P(at_most, share, n);
        const double upper = at_most > 0 ? gsl_cdf_binomial_Q(at_most - 1, share, n) : 1.0;
        least = fmin(least, 2.0 * SBC_DRAWS * fmin(lower, upper));
    }
    return least;
}

/* The lesser of the two. */
static inline double sbc_p(const sbc *s, size_t i_quantity)
{
    return fmin(sbc_p_chisq(s, i_quantity), sbc_p_ecdf(s, i_quantity));
}

/* Fails unless both are above p_alarm for every quantity. */
static inline void sbc_check(const sbc *s, size_t n_quantity, const char *const names[],
                             double p_alarm)
{
    for (size_t i = 0; i < n_quantity; i++) {
        const double chisq = sbc_p_chisq(s, i), ecdf = sbc_p_ecdf(s, i);
        print_message("# ranks of %s: p = %.3g by chi^2, %.3g by the ECDF\n", names[i], chisq,
                      ecdf);
        if (!(fmin(chisq, ecdf) > p_alarm))
            fail_msg("ranks of %s are not uniform: p = %g by chi^2, %g by the ECDF", names[i],
                     chisq, ecdf);
    }
}

#endif
