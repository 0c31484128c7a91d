/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convergence of Markov chains; documented in analysis/diagnostics.h.
 *
 * Each chain is split into a first and a last half of n_half draws (the middle
 * draw of an odd number is left out), "series" below; equations are those of
 * arXiv:1903.08008. */
#include "analysis/diagnostics.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/widths.h"
#include "agreement_internal.h"
#include "autocovariance_internal.h"
#include "rank_order_internal.h"
#include "worst_internal.h"

enum { MIN_PARALLEL_WORK = 20000 /* numbers below which threads cost more than they save */ };

/* ---- statistics of series ---- */

static double variance(size_t n, const double x[])
{
    double mean = 0.0, sum_sq = 0.0;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    for (size_t i = 0; i < n; i++)
        sum_sq += (x[i] - mean) * (x[i] - mean);
    return sum_sq / (double)(n - 1);
}

/* Whether all numbers of all series are the same. */
static bool is_constant(const series_set *set)
{
    for (size_t i = 0; i < set->n_series; i++) {
        const double *x = mutau_series_start(set, i);
        for (size_t t = 0; t < set->length; t++)
            if (x[t * set->n_column] < set->x[0] || x[t * set->n_column] > set->x[0])
                return false;
    }
    return true;
}

/* Geyer's initial monotone sequence, from the autocorrelations rho(lag) in `rho`
 * [length], which is overwritten; returns tau of eq. 11.  The end of the loop, the
 * odd-lag remainder and the sum over at least one lag are posterior's. */
static double geyer_tau(size_t length, double rho[])
{
    double even = 1.0, odd = rho[1];
    size_t last = 0; /* pairs (0, 1), (2, 3), ... before `last` count */
    rho[0] = 1.0;
    while (last + 5 < length && even + odd > 0.0) {
        last += 2;
        even = rho[last];
        odd = rho[last + 1];
    }
    const double remainder = even > 0.0 || even + odd >= 0.0 ? even : 0.0;
    for (size_t t = 2; t + 2 <= last; t += 2)
        if (rho[t] + rho[t + 1] > rho[t - 2] + rho[t - 1])
            rho[t] = rho[t + 1] = 0.5 * (rho[t - 2] + rho[t - 1]);
    double sum = rho[0];
    for (size_t t = 1; t < last; t++)
        sum += rho[t];
    return -1.0 + 2.0 * sum + remainder;
}

/* From their sums the autocorrelations of the mixture of all series (eq. 10). */
static void autocorrelate(const mutau_autocovariance *a, const series_set *set, double sum[])
{
    const double n = (double)set->length, m = (double)set->n_series;
    const double within = sum[0] / (m * (n - 1.0)); /* W */
    const double total = sum[0] / (m * n) + variance(set->n_series, a->mean);
    for (size_t lag = 0; lag < set->length; lag++)
        sum[lag] = 1.0 - (within - sum[lag] / (m * n)) / total;
}

/* Effective sample size of the mean over all series (eqs. 3, 4, 10 to 12).  All lags are found:
 * where the means of the series differ as those of correlated draws do, the autocorrelations end in
 * a level that is above 0 as often as not. */
static double series_ess(mutau_autocovariance *a, const series_set *set)
{
    if (set->length < 3 || is_constant(set))
        return (double)NAN;
    size_t n_lag = 0;
    double *const rho = mutau_autocovariance_sum(a, set, false, true, &n_lag);
    autocorrelate(a, set, rho);
    /* tau below 1/log10 of the sample size is antithetic luck, not information. */
    const double n_all = (double)set->n_series * (double)set->length, bound = 1.0 / log10(n_all);
    const double tau = geyer_tau(set->length, rho);
    return n_all / (tau < bound ? bound : tau);
}

/* R-hat of the series (eqs. 1 to 4), with their means and their mean variance W; `var` is scratch
 * [n_series]. */
static double series_rhat(const series_set *set, double mean[], double var[], double *w)
{
    const double n = (double)set->length;
    *w = 0.0;
    if (is_constant(set))
        return (double)NAN;
    double within = 0.0;
    for (size_t first = 0; first < set->n_series; first += set->n_column) {
        double *const m = mean + first, *const v = var + first;
        const double *x = mutau_series_start(set, first);
        for (size_t i = 0; i < set->n_column; i++)
            m[i] = v[i] = 0.0;
        for (size_t t = 0; t < set->length; t++)
            for (size_t i = 0; i < set->n_column; i++)
                m[i] += x[t * set->n_column + i] - x[i];
        for (size_t i = 0; i < set->n_column; i++)
            m[i] = x[i] + m[i] / n; /* exact for a chain that stands still */
        for (size_t t = 0; t < set->length; t++)
            for (size_t i = 0; i < set->n_column; i++) {
                const double d = x[t * set->n_column + i] - m[i];
                v[i] += d * d;
            }
        for (size_t i = 0; i < set->n_column; i++)
            within += v[i] / (n - 1.0) / (double)set->n_series;
    }
    *w = within;
    const double between = n * variance(set->n_series, mean);
    return sqrt((between / within + n - 1.0) / n);
}

/* ---- one parameter's draws ---- */

typedef struct draws {
    size_t n_draw, n_chain, n_half;
    const double *x;   /* [n_draw][n_chain], the caller's */
    mutau_order order; /* of all draws */
    double *score;     /* [order.n] of its runs, scratch */
    double *y;         /* [n_draw][n_chain] what a function makes of them */
    double *mean;      /* [2 n_chain] scratch */
    double *var;       /* [2 n_chain] scratch */
} draws;

static void draws_clear(draws *d)
{
    mutau_order_clear(&d->order);
    free(d->score);
    free(d->y);
    free(d->mean);
    free(d->var);
}

/* `d` is all zero before; draws_clear is due even after a failure. */
static mutau_status draws_init(draws *d, size_t n_draw, size_t n_chain, const double x[],
                               mutau_error *err)
{
    d->n_draw = n_draw;
    d->n_chain = n_chain;
    d->n_half = n_draw / 2;
    d->x = x;
    MUTAU_CHECK(mutau_order_init(&d->order, n_draw, n_chain, x, err));
    d->score = mutau_calloc(d->order.n, sizeof *d->score);
    d->y = mutau_calloc(n_draw * n_chain, sizeof *d->y);
    d->mean = mutau_calloc(2 * n_chain, sizeof *d->mean);
    d->var = mutau_calloc(2 * n_chain, sizeof *d->var);
    if (d->score == NULL || d->y == NULL || d->mean == NULL || d->var == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the ranks of %zu draws",
                               n_draw * n_chain);
    return MUTAU_OK;
}

static mutau_status check_shape(size_t n_draw, size_t n_chain, mutau_error *err)
{
    if (n_draw < 4 || n_chain < 1 || n_chain > UINT32_MAX || n_draw >= UINT32_MAX / n_chain)
        return mutau_error_set(err, MUTAU_EDOM,
                               "%zu draws of %zu chains: at least 4 of 1 are needed, and fewer "
                               "than 2^32 in all",
                               n_draw, n_chain);
    return MUTAU_OK;
}

static bool all_finite(size_t n, const double x[])
{
    bool finite = true;
    for (size_t i = 0; i < n; i++)
        finite = finite && isfinite(x[i]);
    return finite;
}

/* The split chains of values[n_draw][n_chain]. */
static series_set split_array(size_t n_draw, size_t n_chain, const double values[])
{
    const size_t n_half = n_draw / 2;
    return (series_set){.x = values,
                        .length = n_half,
                        .n_series = 2 * n_chain,
                        .n_column = n_chain,
                        .second = (n_draw - n_half) * n_chain};
}

/* Those of x or y. */
static series_set split(const draws *d, const double values[])
{
    return split_array(d->n_draw, d->n_chain, values);
}

/* Normal quantiles of (rank - 3/8)/(n + 1/4) where it is within CENTRAL of 1/2: Wichura, algorithm
 * AS 241, Appl. Statist. 37, 477 (1988), as GSL has it, to the last bit. */
static const double CENTRAL = 0.425;

MUTAU_WIDTHS
static void central_scores(size_t n_rank, const double *restrict rank, double n,
                           double *restrict score)
{
    for (size_t i = 0; i < n_rank; i++) {
        const double q = (rank[i] - 0.375) / (n + 0.25) - 0.5, r = 0.180625 - q * q;
        const double a =
            ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) *
                    r +
                45921.953931549871457) *
                   r +
               13731.693765509461125) *
                  r +
              1971.5909503065514427) *
                 r +
             133.14166789178437745) *
                r +
            3.387132872796366608;
        const double b =
            ((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) *
                    r +
                21213.794301586595867) *
                   r +
               5394.1960214247511077) *
                  r +
              687.1870074920579083) *
                 r +
             42.313330701600911252) *
                r +
            1.0;
        score[i] = q * (a / b);
    }
}

/* Normal scores of the split chains' ranks into y (eq. 14); of no meaning in a middle row. */
static void normal_scores(draws *d)
{
    const double n = (double)(2 * d->n_half * d->n_chain);
    const size_t n_skipped = d->n_draw > 2 * d->n_half ? d->n_chain : 0;
    double *const rank = d->score, *const central = d->y;
    mutau_order_ranks(&d->order, d->order.middle, n_skipped, rank);
    central_scores(d->order.n, rank, n, central);
    const int64_t n_run = (int64_t)d->order.n;
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (n_run > MIN_PARALLEL_WORK)
#endif
    for (int64_t i = 0; i < n_run; i++) {
        const double p = (rank[i] - 0.375) / (n + 0.25);
        if (fabs(p - 0.5) <= CENTRAL)
            rank[i] = central[i];
        else if ((size_t)i - d->order.middle >= n_skipped)
            rank[i] = gsl_cdf_ugaussian_Pinv(p);
    }
    mutau_order_spread(&d->order, d->score, d->y);
}

/* R-hat of y, and what it would be. */
static mutau_agreement rank_rhat(draws *d)
{
    const series_set set = split(d, d->y);
    agreement_draws m = {d->n_draw, d->n_chain, d->n_half, d->y, d->mean, 0.0};
    const double rhat = series_rhat(&set, d->mean, d->var, &m.within);
    return mutau_agreement_find(&m, rhat, d->var);
}

/* R-hat of the folded draws; the order is theirs afterwards. */
static mutau_agreement folded_rhat(draws *d)
{
    mutau_order_fold(&d->order, mutau_order_median(&d->order));
    normal_scores(d);
    return rank_rhat(d);
}

/* The one of the two that says less for the walkers, with the larger tau. */
static mutau_agreement worse_agreement(const mutau_agreement *a, const mutau_agreement *b)
{
    const bool more_apart = a->n_below + a->n_above >= b->n_below + b->n_above;
    const bool a_exceeds = !(a->rhat <= a->most), b_exceeds = !(b->rhat <= b->most);
    mutau_agreement worse = a_exceeds != b_exceeds ? (a_exceeds ? *a : *b) : (more_apart ? *a : *b);
    worse.tau = mutau_worst_greater(a->tau, b->tau);
    return worse;
}

/* Effective sample size of the indicator x <= quantile; overwrites y. */
static double indicator_ess(draws *d, mutau_autocovariance *s, double probability)
{
    const size_t n = d->n_draw * d->n_chain;
    /* The largest draw itself would make a constant of it. */
    const double p = probability < 1.0 ? probability : ((double)n - 0.5) / (double)n;
    const double quantile = mutau_order_quantile(&d->order, p);
    for (size_t i = 0; i < n; i++)
        d->y[i] = d->x[i] <= quantile ? 1.0 : 0.0;
    const series_set set = split(d, d->y);
    return series_ess(s, &set);
}

/* ---- quantiles' standard errors ---- */

/* The inverse of the beta distribution function, for a, b >= 1.  GSL's function P
 * is a continued fraction that gives up when both a and b exceed some 1e6.  With
 * both above BETA_LARGE the normal distribution with the skewness' correction
 * (Cornish & Fisher) is within 0.2 / min(a, b) standard deviations (found against
 * R's qbeta). */
static const double BETA_LARGE = 1e5;

double mutau_beta_quantile(double a, double b, double probability)
{
    const double mean = a / (a + b), sd = sqrt(mean * (1.0 - mean) / (a + b + 1.0));
    if (fmin(a, b) > BETA_LARGE) {
        const double u = gsl_cdf_ugaussian_Pinv(probability);
        const double skew = 2.0 * (b - a) * sqrt(a + b + 1.0) / ((a + b + 2.0) * sqrt(a) * sqrt(b));
        return fmin(fmax(mean + sd * (u + skew * (u * u - 1.0) / 6.0), 0.0), 1.0);
    }
    double low = 0.0, high = 1.0;
    for (int i = 0; i < 64; i++) { /* down to the last bit, whatever the shape */
        const double middle = 0.5 * (low + high);
        if (gsl_cdf_beta_P(middle, a, b) < probability)
            low = middle;
        else
            high = middle;
    }
    return 0.5 * (low + high);
}

/* Half the distance between the order statistics at the 16 % and 84 % points of
 * the quantile's own distribution, Beta(ess p + 1, ess (1 - p) + 1); the two
 * probabilities are posterior's, digit by digit. */
static double quantile_mcse(const draws *d, double probability, double ess)
{
    if (isnan(ess))
        return (double)NAN;
    const double a = ess * probability + 1.0, b = ess * (1.0 - probability) + 1.0;
    const double n = (double)(d->n_draw * d->n_chain);
    const double low = fmax(floor(n * mutau_beta_quantile(a, b, 0.1586553)), 1.0);
    const double high = fmin(ceil(n * mutau_beta_quantile(a, b, 0.8413447)), n);
    return 0.5 * (mutau_order_value(&d->order, (size_t)high - 1) -
                  mutau_order_value(&d->order, (size_t)low - 1));
}

/* ---- the exported functions ---- */

static void mean_and_sd(size_t n, const double x[], double *mean, double *sd)
{
    double sum = 0.0, rest = 0.0, sum_sq = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        rest += x[i] - *mean;
    *mean += rest / (double)n;
    for (size_t i = 0; i < n; i++)
        sum_sq += (x[i] - *mean) * (x[i] - *mean);
    *sd = sqrt(sum_sq / (double)(n - 1));
}

/* What the verdict needs, in an order that sorts once: what needs the draws' own order first.
 * Nothing more if there are fewer than least_ess effective draws. */
static void compute_verdict(draws *d, mutau_autocovariance *s, double least_ess,
                            mutau_convergence *out)
{
    const series_set made = split(d, d->y);
    normal_scores(d);
    out->ess_bulk = series_ess(s, &made);
    if (out->ess_bulk < least_ess)
        return;
    const mutau_agreement bulk = rank_rhat(d);
    out->ess_tail = mutau_worst_less(indicator_ess(d, s, 0.05), indicator_ess(d, s, 0.95));
    const mutau_agreement folded = folded_rhat(d);
    out->rhat = mutau_worst_greater(bulk.rhat, folded.rhat);
    out->agreement = worse_agreement(&bulk, &folded);
}

static void compute_moments(draws *d, mutau_autocovariance *s, mutau_convergence *out)
{
    const series_set plain = split(d, d->x);
    mean_and_sd(d->n_draw * d->n_chain, d->x, &out->mean, &out->sd);
    out->mcse_mean = out->sd / sqrt(series_ess(s, &plain));
    out->median = mutau_order_median(&d->order);
    out->mcse_median = quantile_mcse(d, 0.5, indicator_ess(d, s, 0.5));
}

/* Draws in halves, and room for their spectra; both to be cleared, after a failure, too. */
static mutau_status begin(size_t n_draw, size_t n_chain, const double x[], draws *d,
                          mutau_autocovariance *s, mutau_error *err)
{
    MUTAU_CHECK(draws_init(d, n_draw, n_chain, x, err));
    return mutau_autocovariance_init(s, d->n_half, 2 * n_chain, err);
}

static mutau_status compute(size_t n_draw, size_t n_chain, const double x[], bool moments,
                            double least_ess, mutau_convergence *out, mutau_error *err)
{
    const double nan = (double)NAN;
    *out = (mutau_convergence){
        nan, nan, nan, nan, nan, nan, nan, nan, {.rhat = nan, .most = nan, .tau = nan}};
    MUTAU_CHECK(check_shape(n_draw, n_chain, err));
    if (!all_finite(n_draw * n_chain, x))
        return MUTAU_OK;
    draws d = {0};
    mutau_autocovariance s = {0};
    const mutau_status status = begin(n_draw, n_chain, x, &d, &s, err);
    if (status == MUTAU_OK && moments)
        compute_moments(&d, &s, out);
    if (status == MUTAU_OK)
        compute_verdict(&d, &s, least_ess, out);
    mutau_autocovariance_clear(&s);
    draws_clear(&d);
    return status;
}

mutau_status mutau_convergence_compute(size_t n_draw, size_t n_chain, const double x[],
                                       mutau_convergence *out, mutau_error *err)
{
    return compute(n_draw, n_chain, x, true, 0.0, out, err);
}

mutau_status mutau_convergence_judge(size_t n_draw, size_t n_chain, const double x[],
                                     double least_ess, mutau_convergence *out, mutau_error *err)
{
    return compute(n_draw, n_chain, x, false, least_ess, out, err);
}

mutau_status mutau_mean_error(size_t n_draw, size_t n_chain, const double x[], double *mcse,
                              mutau_error *err)
{
    *mcse = (double)NAN;
    MUTAU_CHECK(check_shape(n_draw, n_chain, err));
    if (!all_finite(n_draw * n_chain, x))
        return MUTAU_OK;
    mutau_autocovariance s = {0};
    const series_set plain = split_array(n_draw, n_chain, x);
    const mutau_status status = mutau_autocovariance_init(&s, n_draw / 2, 2 * n_chain, err);
    if (status == MUTAU_OK) {
        double mean, sd;
        mean_and_sd(n_draw * n_chain, x, &mean, &sd);
        *mcse = sd / sqrt(series_ess(&s, &plain));
    }
    mutau_autocovariance_clear(&s);
    return status;
}

mutau_status mutau_rhat(size_t n_draw, size_t n_chain, const double x[], double *rhat,
                        mutau_error *err)
{
    *rhat = (double)NAN;
    MUTAU_CHECK(check_shape(n_draw, n_chain, err));
    if (!all_finite(n_draw * n_chain, x))
        return MUTAU_OK;
    draws d = {0};
    const mutau_status status = draws_init(&d, n_draw, n_chain, x, err);
    if (status == MUTAU_OK) {
        normal_scores(&d);
        const double bulk = rank_rhat(&d).rhat;
        *rhat = mutau_worst_greater(bulk, folded_rhat(&d).rhat);
    }
    draws_clear(&d);
    return status;
}

mutau_status mutau_quantile_error(size_t n_draw, size_t n_chain, const double x[],
                                  double probability, double *quantile, double *ess, double *mcse,
                                  mutau_error *err)
{
    *quantile = *ess = *mcse = (double)NAN;
    MUTAU_CHECK(check_shape(n_draw, n_chain, err));
    if (!(probability >= 0.0 && probability <= 1.0))
        return mutau_error_set(err, MUTAU_EDOM, "%g is not a probability", probability);
    if (!all_finite(n_draw * n_chain, x))
        return MUTAU_OK;
    draws d = {0};
    mutau_autocovariance s = {0};
    const mutau_status status = begin(n_draw, n_chain, x, &d, &s, err);
    if (status == MUTAU_OK) {
        *quantile = mutau_order_quantile(&d.order, probability);
        *ess = indicator_ess(&d, &s, probability);
        *mcse = quantile_mcse(&d, probability, *ess);
    }
    mutau_autocovariance_clear(&s);
    draws_clear(&d);
    return status;
}

/* ---- a glance ---- */

enum { N_PLACE = 256, N_CELL = 1024 };

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Some of the numbers in order, and about where each is: of a cell of N_CELL equal ones from the
 * least to the largest of them, the places of those in it. */
typedef struct place_table {
    size_t n;
    double sorted[N_PLACE], least, per_length;
    uint16_t first[N_CELL + 1];
} place_table;

static inline size_t cell_of(const place_table *t, double x)
{
    const double at = (x - t->least) * t->per_length;
    return at > 0.0 ? (at < N_CELL ? (size_t)at : N_CELL - 1) : 0;
}

static void tabulate_places(size_t n, const double x[], place_table *t)
{
    t->n = n < N_PLACE ? n : N_PLACE;
    for (size_t i = 0; i < t->n; i++)
        t->sorted[i] = x[n * i / t->n];
    qsort(t->sorted, t->n, sizeof t->sorted[0], compare_doubles);
    const double length = t->sorted[t->n - 1] - t->sorted[0];
    t->least = t->sorted[0];
    t->per_length = length > 0.0 && isfinite(length) ? N_CELL / length : 0.0;
    size_t place = 0;
    for (size_t cell = 0; cell <= N_CELL; cell++) {
        t->first[cell] = (uint16_t)place;
        while (place < t->n && cell_of(t, t->sorted[place]) == cell)
            place++;
    }
}

/* How many of the sorted numbers are less than x: those before x's cell are, those behind it are
 * not. */
static inline size_t count_below(const place_table *t, double x)
{
    const size_t cell = cell_of(t, x);
    size_t low = t->first[cell], high = t->first[cell + 1];
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (t->sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Their places among N_PLACE of them. */
static void find_places(size_t n, const double x[], double place[])
{
    place_table t;
    tabulate_places(n, x, &t);
    for (size_t i = 0; i < n; i++)
        place[i] = (double)count_below(&t, x[i]);
}

static void glance(const series_set *set, size_t n_draw, double mean[], double var[],
                   mutau_glance *out)
{
    agreement_draws d = {n_draw, set->n_column, set->length, set->x, mean, 0.0};
    const double rhat = series_rhat(set, mean, var, &d.within);
    const mutau_agreement a = mutau_agreement_find(&d, rhat, var);
    const double of_means = variance(set->n_series, mean);
    out->rhat = rhat;
    out->ess = (double)set->n_series * (d.within + of_means) / of_means;
    out->tau = a.tau;
    out->mixes = a.rhat <= a.most;
}

mutau_status mutau_glance_at(size_t n_draw, size_t n_chain, const double x[], mutau_glance *out,
                             mutau_error *err)
{
    const double nan = (double)NAN;
    *out = (mutau_glance){nan, nan, nan, false};
    MUTAU_CHECK(check_shape(n_draw, n_chain, err));
    const size_t n = n_draw * n_chain;
    if (!all_finite(n, x))
        return MUTAU_OK;
    double *place = mutau_calloc(n + 4 * n_chain, sizeof *place);
    if (place == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to look at %zu draws", n);
    find_places(n, x, place);
    const size_t half = n_draw / 2;
    const series_set set = {place, half, 2 * n_chain, n_chain, (n_draw - half) * n_chain};
    glance(&set, n_draw, place + n, place + n + 2 * n_chain, out);
    free(place);
    return MUTAU_OK;
}

static double worst_end(draws *d, mutau_autocovariance *s)
{
    static const double ends[] = {0.025, 0.16, 0.84, 0.975};
    double worst = 0.0, mean, sd;
    mean_and_sd(d->n_draw * d->n_chain, d->x, &mean, &sd);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        worst = mutau_worst_greater(quantile_mcse(d, ends[i], indicator_ess(d, s, ends[i])), worst);
    return worst / sd;
}

mutau_status mutau_interval_error(size_t n_draw, size_t n_chain, const double x[], double *error,
                                  mutau_error *err)
{
    *error = (double)NAN;
    MUTAU_CHECK(check_shape(n_draw, n_chain, err));
    if (!all_finite(n_draw * n_chain, x))
        return MUTAU_OK;
    draws d = {0};
    mutau_autocovariance s = {0};
    const mutau_status status = begin(n_draw, n_chain, x, &d, &s, err);
    if (status == MUTAU_OK)
        *error = worst_end(&d, &s);
    mutau_autocovariance_clear(&s);
    draws_clear(&d);
    return status;
}

/* Sokal's window: the first m >= 5 tau(m) of n_lag lags; false if it is beyond them. */
static bool windowed_tau(size_t n_walker, size_t n_lag, const double acf[], double *tau)
{
    static const double window = 5.0;
    *tau = -1.0;
    for (size_t m = 0; m < n_lag; m++) {
        *tau += 2.0 * acf[m] / (double)n_walker;
        if ((double)m >= window * *tau)
            return true;
    }
    return false;
}

/* The sum over all lags is 0 for centred series, so there always is a window; a walker that stands
 * still gives NaN. */
static double series_tau(mutau_autocovariance *s, const series_set *set)
{
    double tau = (double)NAN;
    for (bool found = false, all = false; !found; all = true) {
        size_t n_lag = 0;
        const double *acf = mutau_autocovariance_sum(s, set, true, all, &n_lag);
        found = windowed_tau(set->n_series, n_lag, acf, &tau) || n_lag == set->length;
    }
    for (size_t i = 0; i < set->n_series; i++)
        if (!(s->sum_sq[i] > 0.0))
            return (double)NAN;
    return tau;
}

mutau_status mutau_autocorr_time(size_t n_draw, size_t n_walker, const double x[], double *tau,
                                 mutau_error *err)
{
    *tau = (double)NAN;
    if (n_draw < 2 || n_walker < 1)
        return mutau_error_set(err, MUTAU_EDOM,
                               "%zu draws of %zu walkers: at least 2 of 1 are needed", n_draw,
                               n_walker);
    if (!all_finite(n_draw * n_walker, x))
        return MUTAU_OK;
    mutau_autocovariance s = {0};
    const series_set set = {
        .x = x, .length = n_draw, .n_series = n_walker, .n_column = n_walker, .second = 0};
    const mutau_status status = mutau_autocovariance_init(&s, n_draw, n_walker, err);
    if (status == MUTAU_OK)
        *tau = series_tau(&s, &set);
    mutau_autocovariance_clear(&s);
    return status;
}
