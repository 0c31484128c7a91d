/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pareto-smoothed importance sampling; documented in analysis/psis.h.
 *
 *   1. ln w, shifted so that the largest is 0;
 *   2. the tail: the n_tail largest; the cut-off u is the largest weight before it;
 *   3. excesses w - u over the cut-off ~ generalised Pareto (k, sigma);
 *   4. the z-th smallest of the tail becomes u + F^-1((z - 1/2)/n_tail), at most 1. */
#include "analysis/psis.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "base/mem.h"

enum { MIN_TAIL = 5 };

/* --- the generalised Pareto density ----------------------------------------------------- */

/* Zhang & Stephens' grid has 30 + sqrt(n) points; this bounds it for any n < 2^40. */
enum { GRID_BASE = 30, GRID_MAX = GRID_BASE + (1 << 20) };
static const double GRID_SCALE = 3.0;                  /* of their prior, in first quartiles */
static const double PRIOR_K = 0.5, PRIOR_DRAWS = 10.0; /* loo's weak prior of k */

/* The shape that goes with theta = -k/sigma. */
static double shape_at(size_t n, const double x[], double theta)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += log1p(-theta * x[i]);
    return sum / (double)n;
}

/* The i-th of m trial values of theta. */
static double trial(size_t n, const double x[], double quartile, size_t i, size_t m)
{
    return 1.0 / x[n - 1] + (1.0 - sqrt((double)m / ((double)i + 0.5))) / (GRID_SCALE * quartile);
}

/* ln of the profile likelihood. */
static double profile(size_t n, const double x[], double theta)
{
    const double k = shape_at(n, x, theta);
    return (double)n * (log(-theta / k) - k - 1.0);
}

/* The mean of theta under the profile likelihood on the grid, in one pass: the sums are
 * scaled anew whenever the likelihood rises. */
static double mean_theta(size_t n, const double x[])
{
    size_t m = GRID_BASE + (size_t)floor(sqrt((double)n));
    const double quartile = x[(size_t)floor((double)n / 4.0 + 0.5) - (n > 1 ? 1 : 0)];
    double top = -(double)INFINITY, sum = 0.0, weighted = 0.0;
    m = m < GRID_MAX ? m : GRID_MAX;
    for (size_t i = 0; i < m; i++) {
        const double theta = trial(n, x, quartile, i, m), ln_l = profile(n, x, theta);
        if (isnan(ln_l))
            return (double)NAN;
        if (ln_l > top) {
            sum *= exp(top - ln_l);
            weighted *= exp(top - ln_l);
            top = ln_l;
        }
        sum += exp(ln_l - top);
        weighted += exp(ln_l - top) * theta;
    }
    return weighted / sum;
}

/* Shape k and scale sigma of the generalised Pareto density of x[n] >= 0, n >= 1, in rising order:
 * the profile-posterior mean of Zhang & Stephens, Technometrics 51, 316 (2009), k then drawn to 0.5
 * with the weight of 10 draws (loo's weak prior).  k is +INFINITY if the fit fails. */
static void pareto_fit(size_t n, const double x[], double *k, double *sigma)
{
    const double theta = mean_theta(n, x);
    const double raw = shape_at(n, x, theta), draws = (double)n;
    *sigma = -raw / theta;
    *k = (raw * draws + PRIOR_K * PRIOR_DRAWS) / (draws + PRIOR_DRAWS);
    if (isnan(*k))
        *k = (double)INFINITY;
}

/* --- the tail of the weights ------------------------------------------------------------ */

typedef struct ranked {
    double value;
    size_t at;
} ranked;

static int compare(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->value < y->value || x->value > y->value)
        return x->value < y->value ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at); /* equal ones in their order */
}

static void swap(ranked *a, ranked *b)
{
    const ranked kept = *a;
    *a = *b;
    *b = kept;
}

/* Brings the n_tail largest of x[n], 1 to n, to its end and sorts them: by Hoare's selection, as
 * all need not be sorted. */
static void sort_tail(size_t n, size_t n_tail, ranked x[])
{
    const size_t wanted = n - n_tail; /* where the tail is to begin */
    size_t lo = 0, hi = n - 1;
    while (lo < hi) {
        const ranked pivot = x[lo + (hi - lo) / 2];
        size_t i = lo, j = hi;
        for (;;) {
            while (compare(&x[i], &pivot) < 0)
                i++;
            while (compare(&x[j], &pivot) > 0)
                j--;
            if (i >= j)
                break;
            swap(&x[i++], &x[j--]);
        }
        /* x[lo ... j] <= pivot <= x[j + 1 ... hi] */
        if (wanted <= j)
            hi = j;
        else
            lo = j + 1;
    }
    qsort(x + wanted, n_tail, sizeof *x, compare);
}

static mutau_status check(size_t n, const double ln_weight[], double r_eff, double *top,
                          mutau_error *err)
{
    *top = -(double)INFINITY;
    if (!(r_eff > 0.0) || isinf(r_eff))
        return mutau_error_set(err, MUTAU_EDOM, "relative number of effective draws %g", r_eff);
    for (size_t i = 0; i < n; i++) {
        if (isnan(ln_weight[i]))
            return mutau_error_set(err, MUTAU_ENAN, "weight %zu of %zu is not a number", i + 1, n);
        *top = ln_weight[i] > *top ? ln_weight[i] : *top;
    }
    if (isinf(*top))
        return mutau_error_set(err, MUTAU_EDOM, "%s",
                               *top > 0.0 ? "an infinite weight" : "no draw has a weight");
    return MUTAU_OK;
}

static size_t tail_length(size_t n, double r_eff)
{
    const double draws = (double)n;
    return (size_t)ceil(fmin(0.2 * draws, 3.0 * sqrt(draws / r_eff)));
}

/* Step 3 and 4 for the sorted tail, relative to the largest ratio; x is scratch. */
static double smooth_tail(size_t n, const ranked tail[], double top, double cutoff, double x[],
                          double ln_weight[])
{
    double k = 0.0, sigma = 0.0;
    const double u = exp(cutoff - top);
    for (size_t i = 0; i < n; i++)
        x[i] = exp(tail[i].value - top) - u;
    pareto_fit(n, x, &k, &sigma);
    if (!isfinite(k) || !(sigma > 0.0))
        return (double)INFINITY;
    for (size_t i = 0; i < n; i++) {
        const double p = ((double)i + 0.5) / (double)n;
        const double excess =
            fabs(k) < DBL_EPSILON ? -sigma * log1p(-p) : sigma * expm1(-k * log1p(-p)) / k;
        ln_weight[tail[i].at] = top + fmin(log(excess + u), 0.0);
    }
    return k;
}

mutau_status mutau_psis_smooth(size_t n, double ln_weight[], double r_eff, mutau_psis *out,
                               mutau_error *err)
{
    double top = 0.0;
    if (n < 1)
        return mutau_error_set(err, MUTAU_EDOM, "no weights");
    MUTAU_CHECK(check(n, ln_weight, r_eff, &top, err));
    const size_t n_tail = tail_length(n, r_eff);
    *out = (mutau_psis){.khat = (double)INFINITY, .n_tail = n_tail};
    if (n_tail < MIN_TAIL)
        return MUTAU_OK;
    ranked *order = mutau_calloc(n, sizeof *order);
    double *x = mutau_calloc(n_tail, sizeof *x);
    if (order == NULL || x == NULL) {
        free(order);
        free(x);
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to sort %zu weights", n);
    }
    for (size_t i = 0; i < n; i++)
        order[i] = (ranked){ln_weight[i], i};
    sort_tail(n, n_tail + 1, order);
    const ranked *tail = order + (n - n_tail);
    if (top - tail[0].value < DBL_EPSILON / 100.0)
        out->khat = -(double)INFINITY;
    else
        out->khat = smooth_tail(n_tail, tail, top, tail[-1].value, x, ln_weight);
    free(order);
    free(x);
    return MUTAU_OK;
}
