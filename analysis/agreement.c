/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What R-hat would be if the walkers mixed; documented in agreement_internal.h. */
#include "agreement_internal.h"

#include <math.h>

/* Batches are that many autocorrelation times long, if the chain allows more than two of them:
 * then their means all but forget each other. */
static const double BATCH_TAUS = 20.0;
enum { MOST_BATCHES = 32 }; /* of a half */
/* Means of few independent draws have longer tails than a normal distribution. */
static const double TAILS = 1.25;

/* The value that F(m, n) exceeds with probability `alarm`. */
static double f_quantile(double m, double n, double alarm)
{
    const double below = mutau_beta_quantile(0.5 * m, 0.5 * n, 1.0 - alarm);
    return n / m * below / (1.0 - below);
}

/* What is known of the means of batches. */
typedef struct batches {
    size_t length, n_of_half;
    double variance; /* of a batch's mean about its walker's, what all walkers share apart */
    double degrees;  /* of freedom of it */
} batches;

static double mean_of(size_t n, const double x[])
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum / (double)n;
}

/* A batch is a half. */
static batches take_halves(const agreement_draws *d)
{
    const size_t m = d->n_chain;
    const double *first = d->half_mean, *last = d->half_mean + m;
    const double shift = mean_of(m, first) - mean_of(m, last);
    double sum_sq = 0.0;
    for (size_t i = 0; i < m; i++) {
        const double apart = first[i] - last[i] - shift;
        sum_sq += 0.5 * apart * apart;
    }
    const double degrees = (double)m - 1.0;
    return (batches){d->n_half, 1, sum_sq / degrees, degrees};
}

/* Means of the walkers in the rows first ... first + length - 1, about their walkers' and then
 * about their own mean: the sum of squares. */
static double batch_scatter(const agreement_draws *d, size_t first, size_t length, double mean[])
{
    const size_t m = d->n_chain;
    for (size_t i = 0; i < m; i++)
        mean[i] = 0.0;
    for (size_t t = first; t < first + length; t++)
        for (size_t i = 0; i < m; i++)
            mean[i] += d->x[t * m + i];
    for (size_t i = 0; i < m; i++)
        mean[i] = mean[i] / (double)length - 0.5 * (d->half_mean[i] + d->half_mean[m + i]);
    const double shift = mean_of(m, mean);
    double sum_sq = 0.0;
    for (size_t i = 0; i < m; i++)
        sum_sq += (mean[i] - shift) * (mean[i] - shift);
    return sum_sq;
}

static batches take_batches(const agreement_draws *d, size_t n_of_half, double scratch[])
{
    const size_t length = d->n_half / n_of_half;
    double sum_sq = 0.0;
    for (size_t half = 0; half < 2; half++)
        for (size_t k = 0; k < n_of_half; k++)
            sum_sq +=
                batch_scatter(d, half * (d->n_draw - d->n_half) + k * length, length, scratch);
    const double degrees = ((double)d->n_chain - 1.0) * (2.0 * (double)n_of_half - 1.0);
    return (batches){length, n_of_half, sum_sq / degrees, degrees};
}

/* Batches as short as the autocorrelation time that the halves show allows. */
static batches choose_batches(const agreement_draws *d, double scratch[])
{
    const batches halves = take_halves(d);
    const double tau = (double)d->n_half * halves.variance / d->within;
    const double fit = (double)d->n_half / (BATCH_TAUS * fmax(tau, 1.0));
    if (!(fit >= 2.0))
        return halves;
    return take_batches(d, fit < MOST_BATCHES ? (size_t)fit : MOST_BATCHES, scratch);
}

/* The variance that a walker's mean would have, from that of its batches.  Neighbours have a
 * correlation of tau/4 of their length, as those of an AR(1) process. */
static double expected_variance(const agreement_draws *d, const batches *b)
{
    const double n = 2.0 * (double)b->n_of_half;
    const double correlation = 0.25 * fmin(b->variance / d->within, 1.0);
    const double more = (1.0 + 2.0 * correlation * (n - 1.0) / n) / (1.0 - 2.0 * correlation / n);
    return more * b->variance * (double)b->length / (2.0 * (double)d->n_half);
}

/* Walkers whose mean is farther from that of all than one of so many would be. */
static void count_apart(const agreement_draws *d, double variance, double degrees,
                        mutau_agreement *out)
{
    const size_t m = d->n_chain;
    const double middle = mean_of(2 * m, d->half_mean);
    const double far =
        TAILS * sqrt(variance * f_quantile(1.0, degrees, MUTAU_FALSE_ALARM / (double)m));
    for (size_t i = 0; i < m; i++) {
        const double mean = 0.5 * (d->half_mean[i] + d->half_mean[m + i]);
        out->n_below += mean < middle - far;
        out->n_above += mean > middle + far;
    }
}

mutau_agreement mutau_agreement_find(const agreement_draws *d, double rhat, double scratch[])
{
    const double m = (double)d->n_chain, n = (double)d->n_half;
    mutau_agreement out = {.rhat = rhat, .most = (double)NAN, .tau = (double)NAN};
    if (d->n_chain < 2 || !(d->within > 0.0))
        return out;
    const batches b = choose_batches(d, scratch);
    const batches halves = take_halves(d);
    const double shift =
        mean_of(d->n_chain, d->half_mean) - mean_of(d->n_chain, d->half_mean + d->n_chain);
    const double variance = expected_variance(d, &b);
    const double most = variance * f_quantile(m - 1.0, b.degrees, MUTAU_FALSE_ALARM);
    const double of_halves =
        2.0 * (m - 1.0) * most + halves.variance * halves.degrees + 0.5 * m * shift * shift;
    out.tau = (double)b.length * b.variance / d->within;
    out.most = sqrt(1.0 - 1.0 / n + of_halves / (2.0 * m - 1.0) / d->within);
    out.drift = shift / sqrt(4.0 * variance / m);
    out.most_drift = sqrt(f_quantile(1.0, b.degrees, MUTAU_FALSE_ALARM));
    count_apart(d, variance, b.degrees, &out);
    return out;
}
