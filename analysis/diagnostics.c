/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Convergence of Markov chains; documented in analysis/diagnostics.h.
 *
 * Each chain is split into a first and a last half of n_half draws (the middle
 * draw of an odd number is left out), "series" below; equations are those of
 * arXiv:1903.08008.  Autocovariances are wanted only as averages over series, so
 * the power spectra are averaged and transformed back once.  Threads share lanes of
 * series, whose number is fixed: the sums, to the last bit, do not depend on them. */
#include "analysis/diagnostics.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_fft_real.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#ifdef _OPENMP
#include <omp.h>
#endif

#include "base/mem.h"
#include "agreement_internal.h"
#include "rank_order_internal.h"
#include "worst_internal.h"

static int thread_count(void)
{
#ifdef _OPENMP
    return omp_get_max_threads();
#else
    return 1;
#endif
}

static int thread_index(void)
{
#ifdef _OPENMP
    return omp_get_thread_num();
#else
    return 0;
#endif
}

/* ---- average power spectrum and autocovariance of many series ---- */

/* Series of one length inside an array: number i starts at
 * x[(i / n_column) * second + i % n_column] and goes on every n_column numbers. */
typedef struct series_set {
    const double *x;
    size_t length, n_series, n_column, second;
} series_set;

static const double *series_start(const series_set *set, size_t i)
{
    return set->x + (i / set->n_column) * set->second + i % set->n_column;
}

enum {
    N_LANE = 16,              /* partial sums, the same for any number of threads */
    N_GROUP = 8,              /* series fetched together: neighbours share a cache line */
    MIN_PARALLEL_WORK = 20000 /* numbers below which threads cost more than they save */
};

typedef struct spectrum {
    size_t n_fft; /* at least twice a series' length: zeros keep its ends apart */
    int n_thread;
    gsl_fft_real_wavetable *table;
    gsl_fft_real_workspace **work; /* [n_thread] */
    size_t stride;                 /* >= n_fft, of the buffers: no power of two */
    double *buffer;                /* [n_thread][N_GROUP][stride] */
    double *power;                 /* [N_LANE][n_fft / 2 + 1] sums over a lane's series */
    double *mean;                  /* [n_series] */
    double *sum_sq;                /* [n_series] about the mean; 0 exactly for a constant one */
} spectrum;

static void spectrum_clear(spectrum *s)
{
    if (s->table != NULL)
        gsl_fft_real_wavetable_free(s->table);
    for (int i = 0; s->work != NULL && i < s->n_thread; i++)
        if (s->work[i] != NULL)
            gsl_fft_real_workspace_free(s->work[i]);
    free(s->work);
    free(s->buffer);
    free(s->power);
    free(s->mean);
    free(s->sum_sq);
    *s = (spectrum){0};
}

/* The least even product of 2, 3 and 5 that is not below n. */
static size_t good_fft_length(size_t n)
{
    for (size_t length = n + n % 2;; length += 2) {
        size_t left = length;
        while (left % 2 == 0)
            left /= 2;
        while (left % 3 == 0)
            left /= 3;
        while (left % 5 == 0)
            left /= 5;
        if (left == 1)
            return length;
    }
}

/* `s` is all zero before; spectrum_clear is due even after a failure. */
static mutau_status spectrum_init(spectrum *s, size_t length, size_t n_series, mutau_error *err)
{
    s->n_fft = good_fft_length(2 * length);
    s->n_thread = thread_count();
    s->work = mutau_calloc((size_t)s->n_thread, sizeof(gsl_fft_real_workspace *));
    s->stride = s->n_fft + 16;
    s->buffer = mutau_calloc((size_t)s->n_thread * N_GROUP * s->stride, sizeof *s->buffer);
    s->power = mutau_calloc(N_LANE * (s->n_fft / 2 + 1), sizeof *s->power);
    s->mean = mutau_calloc(n_series, sizeof *s->mean);
    s->sum_sq = mutau_calloc(n_series, sizeof *s->sum_sq);
    bool complete = s->work != NULL && s->buffer != NULL && s->power != NULL && s->mean != NULL &&
                    s->sum_sq != NULL;
    if (complete) {
        s->table = gsl_fft_real_wavetable_alloc(s->n_fft);
        complete = s->table != NULL;
        for (int i = 0; i < s->n_thread; i++) {
            s->work[i] = gsl_fft_real_workspace_alloc(s->n_fft);
            complete = complete && s->work[i] != NULL;
        }
    }
    if (!complete)
        return mutau_error_set(err, MUTAU_ENOMEM,
                               "no memory for the spectra of %zu series of %zu draws", n_series,
                               length);
    return MUTAU_OK;
}

/* Copies series first ... first + n - 1 (n <= N_GROUP) into rows of `out`. */
static void fetch_group(const spectrum *s, const series_set *set, size_t first, size_t n,
                        double out[])
{
    const double *start[N_GROUP];
    for (size_t j = 0; j < n; j++)
        start[j] = series_start(set, first + j);
    for (size_t t = 0; t < set->length; t++)
        for (size_t j = 0; j < n; j++)
            out[j * s->stride + t] = start[j][t * set->n_column];
}

/* Takes the mean from series i in y[length] and puts zeros behind, up to n_fft;
 * false if it is constant. */
static bool centre_series(spectrum *s, size_t length, size_t i, double y[])
{
    double sum = 0.0, rest = 0.0, sum_sq = 0.0;
    bool moves = false;
    for (size_t t = 0; t < length; t++) {
        sum += y[t];
        moves = moves || y[t] < y[0] || y[t] > y[0];
    }
    double mean = sum / (double)length;
    for (size_t t = 0; t < length; t++)
        rest += y[t] - mean;
    mean += rest / (double)length; /* what rounding left out of the sum */
    s->mean[i] = mean;
    s->sum_sq[i] = 0.0;
    if (!moves)
        return false;
    for (size_t t = 0; t < length; t++) {
        y[t] -= mean;
        sum_sq += y[t] * y[t];
    }
    for (size_t t = length; t < s->n_fft; t++)
        y[t] = 0.0;
    s->sum_sq[i] = sum_sq;
    return true;
}

/* Adds |F|^2 of a transformed series, in GSL's order: Re 0, Re 1, Im 1, ... Re n/2. */
static void add_power(size_t n_fft, const double f[], double weight, double power[])
{
    power[0] += weight * f[0] * f[0];
    for (size_t k = 1; k < n_fft / 2; k++)
        power[k] += weight * (f[2 * k - 1] * f[2 * k - 1] + f[2 * k] * f[2 * k]);
    power[n_fft / 2] += weight * f[n_fft - 1] * f[n_fft - 1];
}

/* The power of every N_LANE-th group of series; constant ones have none. */
static void sum_lane(spectrum *s, const series_set *set, bool normalise, size_t lane)
{
    double *const group = s->buffer + (size_t)thread_index() * N_GROUP * s->stride;
    double *const power = s->power + lane * (s->n_fft / 2 + 1);
    for (size_t k = 0; k <= s->n_fft / 2; k++)
        power[k] = 0.0;
    for (size_t first = lane * N_GROUP; first < set->n_series; first += N_LANE * N_GROUP) {
        const size_t left = set->n_series - first, n = left < N_GROUP ? left : N_GROUP;
        fetch_group(s, set, first, n, group);
        for (size_t j = 0; j < n; j++) {
            double *const y = group + j * s->stride;
            if (!centre_series(s, set->length, first + j, y))
                continue;
            (void)gsl_fft_real_transform(y, 1, s->n_fft, s->table, s->work[thread_index()]);
            add_power(s->n_fft, y, normalise ? 1.0 / s->sum_sq[first + j] : 1.0, power);
        }
    }
}

/* Sums the power of all series, each divided by its sum of squares if `normalise`,
 * into the first lane. */
static void sum_power(spectrum *s, const series_set *set, bool normalise)
{
#ifdef _OPENMP
    const bool parallel = s->n_thread > 1 && set->n_series * s->n_fft > MIN_PARALLEL_WORK;
#pragma omp parallel for schedule(dynamic, 1) num_threads(s->n_thread) if (parallel)
#endif
    for (int lane = 0; lane < N_LANE; lane++)
        sum_lane(s, set, normalise, (size_t)lane);
    for (size_t lane = 1; lane < N_LANE; lane++)
        for (size_t k = 0; k <= s->n_fft / 2; k++)
            s->power[k] += s->power[lane * (s->n_fft / 2 + 1) + k];
}

/* The transform back: sum over series and t of y_t y_{t+lag} (weighted as above)
 * at lags 0 ... length - 1.  The power is real and even, so its forward transform
 * will do.  Valid until the next use of `s`. */
static const double *sum_autocovariance(spectrum *s, const series_set *set, bool normalise)
{
    sum_power(s, set, normalise);
    double *const a = s->buffer;
    const double scale = 1.0 / (double)s->n_fft;
    for (size_t k = 0; k < s->n_fft; k++)
        a[k] = scale * s->power[k <= s->n_fft / 2 ? k : s->n_fft - k];
    (void)gsl_fft_real_transform(a, 1, s->n_fft, s->table, s->work[0]);
    for (size_t lag = 1; lag < set->length; lag++) /* real parts only */
        a[lag] = a[2 * lag - 1];
    return a;
}

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
        const double *x = series_start(set, i);
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

/* Effective sample size of the mean over all series (eqs. 3, 4, 10 to 12). */
static double series_ess(spectrum *s, const series_set *set)
{
    const size_t n = set->length, m = set->n_series;
    if (n < 3 || is_constant(set))
        return (double)NAN;
    const double *sum = sum_autocovariance(s, set, false);
    const double within = sum[0] / ((double)m * (double)(n - 1)); /* W */
    const double total = sum[0] / ((double)m * (double)n) + variance(m, s->mean);
    double *const rho = s->buffer;
    for (size_t lag = 0; lag < n; lag++)
        rho[lag] = 1.0 - (within - sum[lag] / ((double)m * (double)n)) / total;
    /* tau below 1/log10 of the sample size is antithetic luck, not information. */
    const double n_all = (double)m * (double)n, bound = 1.0 / log10(n_all);
    const double tau = geyer_tau(n, rho);
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
        const double *x = series_start(set, first);
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
    double *y;         /* [n_draw][n_chain] what a function makes of them */
    double *mean;      /* [2 n_chain] scratch */
    double *var;       /* [2 n_chain] scratch */
} draws;

static void draws_clear(draws *d)
{
    mutau_order_clear(&d->order);
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
    MUTAU_CHECK(mutau_order_init(&d->order, n_draw * n_chain, x, err));
    d->y = mutau_calloc(n_draw * n_chain, sizeof *d->y);
    d->mean = mutau_calloc(2 * n_chain, sizeof *d->mean);
    d->var = mutau_calloc(2 * n_chain, sizeof *d->var);
    if (d->y == NULL || d->mean == NULL || d->var == NULL)
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

/* The split chains of x or y. */
static series_set split(const draws *d, const double values[])
{
    return (series_set){.x = values,
                        .length = d->n_half,
                        .n_series = 2 * d->n_chain,
                        .n_column = d->n_chain,
                        .second = (d->n_draw - d->n_half) * d->n_chain};
}

/* Normal scores of the split chains' ranks into y (eq. 14). */
static void normal_scores(draws *d)
{
    const size_t n_ranked = 2 * d->n_half * d->n_chain, n = d->n_draw * d->n_chain;
    const size_t n_skipped = n - n_ranked, first_skipped = d->n_half * d->n_chain;
    mutau_order_ranks(&d->order, first_skipped, n_skipped, d->y);
    const int64_t last = (int64_t)n;
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (last > MIN_PARALLEL_WORK)
#endif
    for (int64_t i = 0; i < last; i++)
        if ((size_t)i - first_skipped >= n_skipped)
            d->y[i] = gsl_cdf_ugaussian_Pinv((d->y[i] - 0.375) / ((double)n_ranked + 0.25));
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
static double indicator_ess(draws *d, spectrum *s, double probability)
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
    const double n = (double)d->order.n;
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

/* Everything, in an order that sorts once: what needs the draws' own order first. */
static void compute_all(draws *d, spectrum *s, mutau_convergence *out)
{
    const series_set plain = split(d, d->x), made = split(d, d->y);
    mean_and_sd(d->n_draw * d->n_chain, d->x, &out->mean, &out->sd);
    out->mcse_mean = out->sd / sqrt(series_ess(s, &plain));
    out->median = mutau_order_median(&d->order);
    out->mcse_median = quantile_mcse(d, 0.5, indicator_ess(d, s, 0.5));
    out->ess_tail = mutau_worst_less(indicator_ess(d, s, 0.05), indicator_ess(d, s, 0.95));
    normal_scores(d);
    out->ess_bulk = series_ess(s, &made);
    const mutau_agreement bulk = rank_rhat(d), folded = folded_rhat(d);
    out->rhat = mutau_worst_greater(bulk.rhat, folded.rhat);
    out->agreement = worse_agreement(&bulk, &folded);
}

/* Draws in halves, and room for their spectra; both to be cleared, after a failure, too. */
static mutau_status begin(size_t n_draw, size_t n_chain, const double x[], draws *d, spectrum *s,
                          mutau_error *err)
{
    MUTAU_CHECK(draws_init(d, n_draw, n_chain, x, err));
    return spectrum_init(s, d->n_half, 2 * n_chain, err);
}

mutau_status mutau_convergence_compute(size_t n_draw, size_t n_chain, const double x[],
                                       mutau_convergence *out, mutau_error *err)
{
    const double nan = (double)NAN;
    *out = (mutau_convergence){
        nan, nan, nan, nan, nan, nan, nan, nan, {.rhat = nan, .most = nan, .tau = nan}};
    MUTAU_CHECK(check_shape(n_draw, n_chain, err));
    if (!all_finite(n_draw * n_chain, x))
        return MUTAU_OK;
    draws d = {0};
    spectrum s = {0};
    const mutau_status status = begin(n_draw, n_chain, x, &d, &s, err);
    if (status == MUTAU_OK)
        compute_all(&d, &s, out);
    spectrum_clear(&s);
    draws_clear(&d);
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
    spectrum s = {0};
    const mutau_status status = begin(n_draw, n_chain, x, &d, &s, err);
    if (status == MUTAU_OK) {
        *quantile = mutau_order_quantile(&d.order, probability);
        *ess = indicator_ess(&d, &s, probability);
        *mcse = quantile_mcse(&d, probability, *ess);
    }
    spectrum_clear(&s);
    draws_clear(&d);
    return status;
}

/* ---- a glance ---- */

enum { N_PLACE = 256 };

static int compare_doubles(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How many of the n sorted numbers are less than x. */
static size_t count_below(size_t n, const double sorted[], double x)
{
    size_t low = 0, high = n;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (sorted[middle] < x)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Their places among N_PLACE of them. */
static void find_places(size_t n, const double x[], double place[])
{
    double sorted[N_PLACE];
    const size_t n_place = n < N_PLACE ? n : N_PLACE;
    for (size_t i = 0; i < n_place; i++)
        sorted[i] = x[n * i / n_place];
    qsort(sorted, n_place, sizeof sorted[0], compare_doubles);
    for (size_t i = 0; i < n; i++)
        place[i] = (double)count_below(n_place, sorted, x[i]);
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

static double worst_end(draws *d, spectrum *s)
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
    spectrum s = {0};
    const mutau_status status = begin(n_draw, n_chain, x, &d, &s, err);
    if (status == MUTAU_OK)
        *error = worst_end(&d, &s);
    spectrum_clear(&s);
    draws_clear(&d);
    return status;
}

/* Sokal's window: the first m >= 5 tau(m).  The sum over all lags is 0 for centred
 * series, so there always is one; a walker that stands still gives NaN. */
static double windowed_tau(const spectrum *s, size_t n_draw, size_t n_walker, const double acf[])
{
    static const double window = 5.0;
    for (size_t i = 0; i < n_walker; i++)
        if (!(s->sum_sq[i] > 0.0))
            return (double)NAN;
    double tau = -1.0;
    for (size_t m = 0; m < n_draw; m++) {
        tau += 2.0 * acf[m] / (double)n_walker;
        if ((double)m >= window * tau)
            break;
    }
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
    spectrum s = {0};
    const series_set set = {
        .x = x, .length = n_draw, .n_series = n_walker, .n_column = n_walker, .second = 0};
    const mutau_status status = spectrum_init(&s, n_draw, n_walker, err);
    if (status == MUTAU_OK)
        *tau = windowed_tau(&s, n_draw, n_walker, sum_autocovariance(&s, &set, true));
    spectrum_clear(&s);
    return status;
}
