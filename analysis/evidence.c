/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence of a tempered chain; documented in analysis/evidence.h.
 *
 * With f(x) = 1 / (1 + exp(-x)) and d = beta_cold - beta_hot, the ratio of a pair of rungs
 * is exp(y) where
 *     F(y) = mean over hot draws of f(d l - y) - mean over cold draws of f(y - d l) = 0,
 * l being ln L; F falls monotonically.  To first order a fluctuation of the draws moves y by
 * that of F / |F'|.  So each row of each ensemble has, for each pair, its share in the error of
 * ln Z, and the sums of these over all pairs and walkers are series whose mean has the error of
 * ln Z: that error is theirs, by the Monte Carlo standard error of correlated series
 * (analysis/diagnostics.h), with an ensemble as a chain.  That neighbouring pairs share a
 * rung, and that walkers and rungs of an ensemble depend on each other, is thereby in it. */
#include "analysis/evidence.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "draws_internal.h"
#include "analysis/diagnostics.h"
#include "falling_root_internal.h"
#include "base/mem.h"

typedef struct work {
    const mutau_evidence_input *in;
    size_t n_column;
    double *cold, *hot;    /* [n_row][n_column] ln L of two neighbouring rungs */
    double *pair;          /* [n_row][n_ensemble] the series of one pair */
    double *terms[2];      /* [n_row][n_ensemble] its terms of the cold and of the hot rung */
    double *total;         /* [n_row][n_ensemble] of all pairs */
    double *ti;            /* [n_row][n_ensemble] of the thermodynamic integral */
    double *ensemble_ln_z; /* [n_ensemble] */
    bool moves;            /* some pair's series is not exactly 0 */
} work;

/* Columns first ... first + n - 1 of a pair of rungs. */
typedef struct columns {
    const double *cold, *hot;
    size_t n_row, stride, first, n;
    double d; /* beta_cold - beta_hot */
} columns;

static mutau_status check_input(const mutau_evidence_input *in, mutau_error *err)
{
    if (in->improper_prior)
        return mutau_error_set(err, MUTAU_EDOM,
                               "the prior has no norm (is improper): there is no evidence");
    if (in->n_rung < 2 || in->n_row < 4 || in->n_ensemble < 1 || in->n_walker < 1)
        return mutau_error_set(err, MUTAU_EDOM,
                               "evidence from %zu temperatures, %zu rows, %zu ensembles, %zu "
                               "walkers: at least 2, 4, 1, 1 are needed",
                               in->n_rung, in->n_row, in->n_ensemble, in->n_walker);
    if (in->n_walker > UINT32_MAX / in->n_ensemble ||
        in->n_row > SIZE_MAX / sizeof(double) / (in->n_ensemble * in->n_walker))
        return mutau_error_set(err, MUTAU_EDOM, "evidence from too many draws");
    bool falls = !(in->beta[0] < 1.0 || in->beta[0] > 1.0) && !(fabs(in->beta[in->n_rung - 1]) > 0);
    for (size_t i = 1; i < in->n_rung; i++)
        falls = falls && in->beta[i] < in->beta[i - 1];
    if (!falls)
        return mutau_error_set(err, MUTAU_EDOM,
                               "the temperature ladder of the evidence does not fall from 1 to 0");
    return MUTAU_OK;
}

static mutau_status alloc_work(work *w, mutau_error *err)
{
    const mutau_evidence_input *in = w->in;
    w->n_column = in->n_ensemble * in->n_walker;
    w->cold = mutau_calloc(in->n_row * w->n_column, sizeof *w->cold);
    w->hot = mutau_calloc(in->n_row * w->n_column, sizeof *w->hot);
    w->pair = mutau_calloc(in->n_row * in->n_ensemble, sizeof *w->pair);
    w->terms[0] = mutau_calloc(in->n_row * in->n_ensemble, sizeof *w->terms[0]);
    w->terms[1] = mutau_calloc(in->n_row * in->n_ensemble, sizeof *w->terms[1]);
    w->total = mutau_calloc(in->n_row * in->n_ensemble, sizeof *w->total);
    w->ti = mutau_calloc(in->n_row * in->n_ensemble, sizeof *w->ti);
    w->ensemble_ln_z = mutau_calloc(in->n_ensemble, sizeof *w->ensemble_ln_z);
    if (w->cold == NULL || w->hot == NULL || w->pair == NULL || w->terms[0] == NULL ||
        w->terms[1] == NULL || w->total == NULL || w->ti == NULL || w->ensemble_ln_z == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the evidence of %zu rows",
                               in->n_row);
    return MUTAU_OK;
}

static void clear_work(work *w)
{
    free(w->cold);
    free(w->hot);
    free(w->pair);
    free(w->terms[0]);
    free(w->terms[1]);
    free(w->total);
    free(w->ti);
    free(w->ensemble_ln_z);
}

static mutau_status read_rung(const work *w, size_t i_rung, double ln_like[], mutau_error *err)
{
    static const double largest = 1e100; /* no run stores more; its ln Z would have 100 digits */
    const bool is_prior = i_rung + 1 == w->in->n_rung;
    MUTAU_TRY(err, w->in->read(w->in->self, i_rung, ln_like, err), "temperature %zu", i_rung);
    for (size_t i = 0; i < w->in->n_row * w->n_column; i++)
        if (!(ln_like[i] <= largest) || (!is_prior && ln_like[i] < -largest))
            return mutau_error_set(err, MUTAU_EDATA,
                                   "temperature %zu: a stored ln likelihood is %g", i_rung,
                                   ln_like[i]);
    return MUTAU_OK;
}

/* ---- Bennett's acceptance ratio ---- */

static inline double fermi(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* Threads share so many blocks of rows: the sums, to the last bit, do not depend on them. */
enum { N_BLOCK = 16, MIN_PARALLEL_WORK = 10000 /* draws below which threads cost more */ };

static size_t block_begin(const columns *c, int block)
{
    return c->n_row * (size_t)block / N_BLOCK;
}

/* The sums of F(y) and -F'(y) over a block of rows. */
static void balance_block(const columns *c, double y, int block, double sums[2])
{
    double sum = 0.0, sum_slope = 0.0;
    for (size_t t = block_begin(c, block); t < block_begin(c, block + 1); t++) {
        const double *cold = c->cold + t * c->stride + c->first;
        const double *hot = c->hot + t * c->stride + c->first;
        for (size_t i = 0; i < c->n; i++) {
            const double h = fermi(c->d * hot[i] - y), k = fermi(y - c->d * cold[i]);
            sum += h - k;
            sum_slope += h * (1.0 - h) + k * (1.0 - k);
        }
    }
    sums[0] = sum;
    sums[1] = sum_slope;
}

/* F(y), and -F'(y) in *slope. */
static double balance(const void *self, double y, double *slope)
{
    const columns *c = self;
    double sums[N_BLOCK][2], sum = 0.0, sum_slope = 0.0;
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (c->n_row * c->n > MIN_PARALLEL_WORK)
#endif
    for (int block = 0; block < N_BLOCK; block++)
        balance_block(c, y, block, sums[block]);
    for (int block = 0; block < N_BLOCK; block++) {
        sum += sums[block][0];
        sum_slope += sums[block][1];
    }
    const double n = (double)(c->n_row * c->n);
    *slope = sum_slope / n;
    return sum / n;
}

/* The range of d l of both rungs, where there is a likelihood; false if no hot draw has one. */
static bool find_range(const columns *c, double *lo, double *hi)
{
    double least = (double)INFINITY, most = -(double)INFINITY, most_hot = -(double)INFINITY;
    for (size_t t = 0; t < c->n_row; t++)
        for (size_t i = c->first; i < c->first + c->n; i++) {
            const double cold = c->cold[t * c->stride + i], hot = c->hot[t * c->stride + i];
            least = cold < least ? cold : least;
            least = hot < least && hot > -(double)INFINITY ? hot : least;
            most = cold > most ? cold : most;
            most_hot = hot > most_hot ? hot : most_hot;
        }
    *lo = c->d * least;
    *hi = c->d * fmax(most, most_hot);
    return most_hot > -(double)INFINITY;
}

/* The root of F from *y (if that is in the bracket), and -F' there in *slope; false if there is
 * none.  ln n + 1 beyond the last d l all terms of one sign together are less than one of the
 * other. */
static bool solve_pair(const columns *c, double *y, double *slope)
{
    double lo, hi;
    if (!find_range(c, &lo, &hi))
        return false;
    const double margin = log((double)(c->n_row * c->n)) + 1.0;
    mutau_falling_root(balance, c, lo - margin, hi + margin, y, slope);
    return true;
}

/* solve_pair without a start: that is the root of every sixteenth row, found at a sixteenth of
 * the cost. */
static bool solve_pair_afresh(const columns *c, double *y, double *slope)
{
    enum { THINNED = 16 };
    columns few = *c;
    few.n_row = c->n_row / THINNED;
    few.stride = c->stride * THINNED;
    *y = (double)NAN;
    if (few.n_row > 0 && !solve_pair(&few, y, slope))
        *y = (double)NAN;
    return solve_pair(c, y, slope);
}

/* solve_pair for one ensemble, from its Newton step at the root y of all. */
static bool solve_ensemble(const work *w, const columns *all, size_t e, double *y)
{
    double slope, step = 0.0;
    columns c = *all;
    c.n = w->in->n_walker;
    c.first = e * c.n;
    for (size_t t = 0; t < c.n_row; t++)
        step += w->pair[t * w->in->n_ensemble + e];
    *y += step / (double)c.n_row;
    return solve_pair(&c, y, &slope);
}

/* Row t: each ensemble's terms, its share in the error of y and that in all; the sums of the
 * squares of the terms into square[2]. */
static void share_row(work *w, const columns *c, double y, double scale, size_t t, double square[2])
{
    const mutau_evidence_input *in = w->in;
    for (size_t e = 0; e < in->n_ensemble; e++) {
        const size_t at = t * in->n_ensemble + e;
        double cold = 0.0, hot = 0.0;
        for (size_t i = t * w->n_column + e * in->n_walker, n = 0; n < in->n_walker; i++, n++) {
            const double k = fermi(y - c->d * w->cold[i]), h = fermi(c->d * w->hot[i] - y);
            cold += k;
            hot += h;
            square[0] += k * k;
            square[1] += h * h;
        }
        w->terms[0][at] = cold;
        w->terms[1][at] = hot;
        w->pair[at] = (hot - cold) * scale;
        w->total[at] += (hot - cold) * scale;
    }
}

/* share_row for all rows. */
static void share_error(work *w, const columns *c, double y, double slope, double square[2])
{
    const double scale = 1.0 / (slope * (double)w->in->n_walker);
    double of_block[N_BLOCK][2] = {{0.0}};
#ifdef _OPENMP
#pragma omp parallel for schedule(static) if (c->n_row * c->n > MIN_PARALLEL_WORK)
#endif
    for (int block = 0; block < N_BLOCK; block++)
        for (size_t t = block_begin(c, block); t < block_begin(c, block + 1); t++)
            share_row(w, c, y, scale, t, of_block[block]);
    for (int block = 0; block < N_BLOCK; block++)
        for (int side = 0; side < 2; side++)
            square[side] += of_block[block][side];
}

/* Whether all draws of both rungs have one likelihood: then the ratio is exact. */
static bool is_flat(const work *w)
{
    const double first = w->cold[0];
    for (size_t i = 0; i < w->in->n_row * w->n_column; i++)
        if (w->cold[i] < first || w->cold[i] > first || w->hot[i] < first || w->hot[i] > first)
            return false;
    return true;
}

/* The effective number of draws of one side of a pair, whose terms' squares have that sum.
 * Where the likelihood is constant on the colder one's draws their terms are, and all count. */
static mutau_status effective_draws(const work *w, const double terms[], double square,
                                    double *draws, mutau_error *err)
{
    double sum = 0.0, error = 0.0;
    const size_t n = w->in->n_row * w->in->n_ensemble;
    for (size_t i = 0; i < n; i++)
        sum += terms[i];
    *draws = square > 0.0 ? sum * sum / square : 0.0; /* 0: all terms underflow */
    if (mutau_draws_constant(n, terms))
        return MUTAU_OK;
    MUTAU_CHECK(mutau_mean_error(w->in->n_row, w->in->n_ensemble, terms, &error, err));
    const double ratio = sum / (double)n / error;
    if (!(ratio * ratio >= *draws))
        *draws = isnan(ratio) ? 0.0 : ratio * ratio; /* NaN: not known */
    return MUTAU_OK;
}

/* How well the rungs of a pair overlap, after share_error. */
static mutau_status measure_overlap(const work *w, const double square[2],
                                    mutau_evidence_pair *pair, mutau_error *err)
{
    double cold, hot;
    MUTAU_CHECK(effective_draws(w, w->terms[0], square[0], &cold, err));
    MUTAU_CHECK(effective_draws(w, w->terms[1], square[1], &hot, err));
    pair->draws = fmin(cold, hot);
    return MUTAU_OK;
}

static mutau_status add_pair(work *w, size_t i_rung, mutau_evidence *out, mutau_evidence_pair *pair,
                             mutau_error *err)
{
    const mutau_evidence_input *in = w->in;
    const columns c = {.cold = w->cold,
                       .hot = w->hot,
                       .n_row = in->n_row,
                       .stride = w->n_column,
                       .n = w->n_column,
                       .d = in->beta[i_rung] - in->beta[i_rung + 1]};
    mutau_evidence_pair p = {(double)NAN, 0.0, (double)INFINITY};
    if (is_flat(w)) {
        p.ln_ratio = c.d * w->cold[0];
        for (size_t e = 0; e < in->n_ensemble; e++)
            w->ensemble_ln_z[e] += p.ln_ratio;
    } else {
        double slope, square[2] = {0.0, 0.0};
        if (!solve_pair_afresh(&c, &p.ln_ratio, &slope)) {
            out->overlap = 0.0;
            out->weakest = i_rung;
            return mutau_error_set(err, MUTAU_ENUMERIC,
                                   "temperatures %zu and %zu do not overlap: no draw of the "
                                   "latter has a likelihood above 0",
                                   i_rung, i_rung + 1);
        }
        share_error(w, &c, p.ln_ratio, slope, square);
        MUTAU_CHECK(measure_overlap(w, square, &p, err));
        MUTAU_CHECK(mutau_mean_error(w->in->n_row, w->in->n_ensemble, w->pair, &p.error, err));
        w->moves = true;
        for (size_t e = 0; e < in->n_ensemble; e++) {
            double y = p.ln_ratio;
            w->ensemble_ln_z[e] += solve_ensemble(w, &c, e, &y) ? y : -(double)INFINITY;
        }
    }
    out->ln_z += p.ln_ratio;
    if (p.draws < out->overlap) {
        out->overlap = p.draws;
        out->weakest = i_rung;
    }
    if (pair != NULL)
        *pair = p;
    return MUTAU_OK;
}

/* ---- thermodynamic integration ---- */

/* Mean and variance of ln L at a rung. */
static void rung_moments(const work *w, const double ln_like[], double *mean, double *var)
{
    const size_t n = w->in->n_row * w->n_column;
    double sum = 0.0, sum_sq = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += ln_like[i];
    *mean = sum / (double)n;
    for (size_t i = 0; i < n; i++)
        sum_sq += (ln_like[i] - *mean) * (ln_like[i] - *mean);
    *var = sum_sq / (double)(n - 1);
}

/* Adds rung i_rung: its weight in the trapezoid times ln L, and that in the end
 * corrections -d^2 / 12 (var_cold - var_hot) times (ln L - mean)^2. */
static void add_integrand(work *w, size_t i_rung, const double ln_like[], double *last_var,
                          mutau_evidence *out)
{
    const mutau_evidence_input *in = w->in;
    const double *beta = in->beta;
    const double above = i_rung > 0 ? beta[i_rung - 1] - beta[i_rung] : 0.0;
    const double below = i_rung + 1 < in->n_rung ? beta[i_rung] - beta[i_rung + 1] : 0.0;
    const double weight = 0.5 * (above + below), end = (above * above - below * below) / 12.0;
    double mean, var;
    rung_moments(w, ln_like, &mean, &var);
    if (i_rung > 0)
        out->ti_discretisation += above * above / 12.0 * fabs(*last_var - var);
    *last_var = var;
    out->ti += weight * mean + end * var;
    for (size_t t = 0; t < in->n_row; t++)
        for (size_t e = 0; e < in->n_ensemble; e++) {
            double sum = 0.0;
            for (size_t i = t * w->n_column + e * in->n_walker, n = 0; n < in->n_walker; i++, n++) {
                const double d = ln_like[i] - mean;
                sum += weight * d + end * d * d;
            }
            w->ti[t * in->n_ensemble + e] += sum / (double)in->n_walker;
        }
}

static mutau_status finish_integral(const work *w, mutau_evidence *out, mutau_error *err)
{
    out->ti_mc_error = (double)NAN;
    if (!isfinite(out->ti) || !isfinite(out->ti_discretisation)) {
        out->ti = (double)NAN;
        out->ti_discretisation = (double)INFINITY;
        return MUTAU_OK;
    }
    out->ti_usable = out->ti_discretisation <= MUTAU_EVIDENCE_MAX_DISCRETISATION;
    if (!w->moves) {
        out->ti_mc_error = 0.0;
        return MUTAU_OK;
    }
    return mutau_mean_error(w->in->n_row, w->in->n_ensemble, w->ti, &out->ti_mc_error, err);
}

/* ---- both ---- */

static double scatter(size_t n, const double x[])
{
    double mean = 0.0, sum_sq = 0.0;
    if (n < 2)
        return (double)NAN;
    for (size_t i = 0; i < n; i++)
        mean += x[i] / (double)n;
    if (isinf(mean))
        return (double)INFINITY;
    for (size_t i = 0; i < n; i++)
        sum_sq += (x[i] - mean) * (x[i] - mean);
    return sqrt(sum_sq / (double)(n - 1));
}

static mutau_status compute(work *w, mutau_evidence *out, mutau_evidence_pair pairs[],
                            mutau_error *err)
{
    double var = 0.0;
    MUTAU_CHECK(alloc_work(w, err));
    MUTAU_CHECK(read_rung(w, 0, w->cold, err));
    add_integrand(w, 0, w->cold, &var, out);
    for (size_t i = 0; i + 1 < w->in->n_rung; i++) {
        MUTAU_CHECK(read_rung(w, i + 1, w->hot, err));
        add_integrand(w, i + 1, w->hot, &var, out);
        MUTAU_CHECK(add_pair(w, i, out, pairs != NULL ? &pairs[i] : NULL, err));
        double *const kept = w->cold;
        w->cold = w->hot;
        w->hot = kept;
    }
    out->scatter = scatter(w->in->n_ensemble, w->ensemble_ln_z);
    if (w->moves)
        MUTAU_CHECK(
            mutau_mean_error(w->in->n_row, w->in->n_ensemble, w->total, &out->mc_error, err));
    const double shown = w->moves ? out->scatter / sqrt((double)w->in->n_ensemble) : 0.0;
    out->error = shown > out->mc_error ? shown : out->mc_error; /* a NaN stays */
    return finish_integral(w, out, err);
}

mutau_status mutau_evidence_compute(const mutau_evidence_input *input, mutau_evidence *out,
                                    mutau_evidence_pair pairs[], mutau_error *err)
{
    work w = {.in = input};
    *out = (mutau_evidence){.overlap = (double)INFINITY};
    MUTAU_CHECK(check_input(input, err));
    const mutau_status status = compute(&w, out, pairs, err);
    clear_work(&w);
    return status;
}
