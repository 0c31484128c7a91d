/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bridge and importance sampling; documented in analysis/bridge.h.
 *
 * With y = ln Z, f(x) = 1 / (1 + exp(-x)) and u = ln(p/q) + ln(s1/s2), that Z solves means
 *     F(y) = s2 mean_q[f(u - y)] - s1 mean_posterior[f(y - u)] = 0;
 * F falls monotonically, and Newton's method finds the root.  What is needed of a group of draws
 * for the jackknife are its own sums of the terms, and of their slopes, at the root of all. */
#include "analysis/bridge.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "analysis/psis.h"
#include "falling_root_internal.h"
#include "base/mem.h"

#define MIN_GROUPS 32 /* fewer leave the error itself uncertain by more than an eighth */
#define MAX_WEIGHTS ((size_t)1 << 17) /* that the tail is fitted to: sorting takes long */
static const double LARGEST = 1e100;  /* no run stores more; its ln Z would have 100 digits */

/* Sums over some draws of one of the two sets. */
typedef struct sums {
    double n, term, square, slope;
} sums;

/* Both sets, and the weights of the proposals over the greatest. */
typedef struct both {
    sums posterior, proposal;
    double weight, weight_square;
} both;

typedef struct work {
    const mutau_bridge_input *in;
    size_t n_column, n_block;
    double s1, s2, shift; /* shift: ln(s1/s2) */
    double top;           /* the greatest weight's logarithm */
    both *group;          /* [n_column][n_block] */
    double *left_out[2];  /* [n_column * n_block] ln Z without it: bridge, importance */
    double *weights;      /* the proposals' logarithms, at most MAX_WEIGHTS */
} work;

static mutau_status check_input(const mutau_bridge_input *in, mutau_error *err)
{
    if (in->n_ensemble < 1 || in->n_walker < 1 || in->n_row < 1 ||
        in->n_proposal_row < in->n_early + 1)
        return mutau_error_set(err, MUTAU_EDOM,
                               "a bridge from %zu ensembles of %zu walkers, %zu rows and %zu rows "
                               "of proposals, %zu of them early",
                               in->n_ensemble, in->n_walker, in->n_row, in->n_proposal_row,
                               in->n_early);
    const size_t n_column = in->n_ensemble * in->n_walker;
    for (size_t i = 0; i < in->n_row * n_column; i++)
        if (!(in->posterior[i] >= -LARGEST) ||
            (in->posterior[i] > LARGEST && isfinite(in->posterior[i])))
            return mutau_error_set(err, MUTAU_EDATA,
                                   "a posterior draw has density over proposal e^%g",
                                   in->posterior[i]);
    for (size_t i = 0; i < in->n_proposal_row * n_column; i++)
        if (in->proposal[i] > LARGEST || (in->proposal[i] < -LARGEST && isfinite(in->proposal[i])))
            return mutau_error_set(err, MUTAU_EDATA, "a proposal has the weight e^%g",
                                   in->proposal[i]);
    return MUTAU_OK;
}

/* ---- Meng and Wong's equation ---- */

static inline double fermi(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

static inline void add(sums *s, double term)
{
    s->n += 1.0;
    s->term += term;
    s->square += term * term;
    s->slope += term * (1.0 - term);
}

/* Adds a row's columns first ... first + n - 1. */
static void add_posterior(const work *w, size_t row, size_t first, size_t n, double y, sums *s)
{
    const double *u = w->in->posterior + row * w->n_column;
    for (size_t i = first; i < first + n; i++)
        add(s, fermi(y - (u[i] + w->shift)));
}

static void add_proposals(const work *w, size_t row, size_t first, size_t n, double y, sums *s)
{
    const double *u = w->in->proposal + row * w->n_column;
    for (size_t i = first; i < first + n; i++)
        if (!isnan(u[i]))
            add(s, fermi(u[i] + w->shift - y));
}

/* F from the sums at some y, and -F' there. */
static double balance(const work *w, const sums *posterior, const sums *proposal, double *slope)
{
    *slope = w->s2 * proposal->slope / proposal->n + w->s1 * posterior->slope / posterior->n;
    return w->s2 * proposal->term / proposal->n - w->s1 * posterior->term / posterior->n;
}

static double balance_at(const work *w, size_t first, size_t n, double y, double *slope)
{
    sums posterior = {0}, proposal = {0};
    for (size_t t = 0; t < w->in->n_row; t++)
        add_posterior(w, t, first, n, y, &posterior);
    for (size_t t = 0; t < w->in->n_proposal_row; t++)
        add_proposals(w, t, first, n, y, &proposal);
    return balance(w, &posterior, &proposal, slope);
}

/* The bracket of ln Z of some columns: so far beyond the last finite u all terms of one sign
 * together are less than one of the other.  False if either set has no finite u. */
static bool find_bracket(const work *w, size_t first, size_t n, double *lo, double *hi)
{
    double least = (double)INFINITY, most = -(double)INFINITY;
    const double *const sets[] = {w->in->posterior, w->in->proposal};
    const size_t rows[] = {w->in->n_row, w->in->n_proposal_row};
    for (int set = 0; set < 2; set++) {
        size_t n_finite = 0;
        for (size_t t = 0; t < rows[set]; t++)
            for (size_t i = first; i < first + n; i++) {
                const double u = sets[set][t * w->n_column + i];
                if (!isfinite(u))
                    continue;
                n_finite++;
                least = u < least ? u : least;
                most = u > most ? u : most;
            }
        if (n_finite == 0)
            return false;
    }
    const double margin =
        2.0 * fabs(w->shift) + log((double)((w->in->n_row + w->in->n_proposal_row) * n)) + 1.0;
    *lo = least - margin;
    *hi = most + margin;
    return true;
}

/* Some of the columns. */
typedef struct part {
    const work *w;
    size_t first, n;
} part;

static double balance_of(const void *self, double y, double *slope)
{
    const part *p = self;
    return balance_at(p->w, p->first, p->n, y, slope);
}

/* The root of F, from *y; false if there is none. */
static bool solve(const work *w, size_t first, size_t n, double *y)
{
    const part p = {w, first, n};
    double lo, hi, slope;
    if (!find_bracket(w, first, n, &lo, &hi))
        return false;
    mutau_falling_root(balance_of, &p, lo, hi, y, &slope);
    return true;
}

/* ---- the jackknife ---- */

/* Which stretch of time a row is of: those of the posterior draws, and before them the others, are
 * shared out evenly. */
static size_t block_of(const work *w, size_t row, size_t n_row)
{
    return row * w->n_block / n_row;
}

static size_t block_of_proposal(const work *w, size_t row)
{
    const size_t early = w->in->n_early;
    return row < early ? block_of(w, row, early)
                       : block_of(w, row - early, w->in->n_proposal_row - early);
}

static void sum_groups(const work *w, double y)
{
    for (size_t t = 0; t < w->in->n_row; t++)
        for (size_t i = 0; i < w->n_column; i++)
            add_posterior(w, t, i, 1, y,
                          &w->group[i * w->n_block + block_of(w, t, w->in->n_row)].posterior);
    for (size_t t = 0; t < w->in->n_proposal_row; t++)
        for (size_t i = 0; i < w->n_column; i++) {
            both *g = &w->group[i * w->n_block + block_of_proposal(w, t)];
            const double u = w->in->proposal[t * w->n_column + i];
            const double weight = isnan(u) ? 0.0 : exp(u - w->top);
            add_proposals(w, t, i, 1, y, &g->proposal);
            g->weight += weight;
            g->weight_square += weight * weight;
        }
}

/* a + sign b */
static sums combine(sums a, double sign, sums b)
{
    return (sums){a.n + sign * b.n, a.term + sign * b.term, a.square + sign * b.square,
                  a.slope + sign * b.slope};
}

static both sum_all(const both group[], size_t n)
{
    both all = {0};
    for (size_t g = 0; g < n; g++) {
        all.posterior = combine(all.posterior, 1.0, group[g].posterior);
        all.proposal = combine(all.proposal, 1.0, group[g].proposal);
        all.weight += group[g].weight;
        all.weight_square += group[g].weight_square;
    }
    return all;
}

/* ln Z without each group: of the bridge one Newton step from the root y of all. */
static void leave_out_each(const work *w, const both *all, double y)
{
    for (size_t g = 0; g < w->n_column * w->n_block; g++) {
        const both *one = &w->group[g];
        const sums posterior = combine(all->posterior, -1.0, one->posterior);
        const sums proposal = combine(all->proposal, -1.0, one->proposal);
        double slope;
        const double f = balance(w, &posterior, &proposal, &slope);
        w->left_out[0][g] = y + f / slope;
        w->left_out[1][g] = w->top + log((all->weight - one->weight) / proposal.n);
    }
}

/* From what is left without each of n groups: x, or (b not NULL) its difference from b. */
static double jackknife(size_t n, const double x[], const double b[])
{
    double mean = 0.0, square = 0.0;
    if (n < 2)
        return (double)NAN;
    for (size_t i = 0; i < n; i++)
        mean += (x[i] - (b != NULL ? b[i] : 0.0)) / (double)n;
    for (size_t i = 0; i < n; i++) {
        const double d = x[i] - (b != NULL ? b[i] : 0.0) - mean;
        square += d * d;
    }
    return sqrt(square * (double)(n - 1) / (double)n);
}

/* ---- the whole ---- */

/* The root of one ensemble from that of all: by one Newton step if that is short. */
static bool solve_ensemble(const work *w, size_t e, double *y)
{
    static const double SHORT = 0.01; /* whose error is about its square */
    const size_t n_group = w->in->n_walker * w->n_block;
    double slope;
    const both own = sum_all(w->group + e * n_group, n_group);
    const double f = balance(w, &own.posterior, &own.proposal, &slope), step = f / slope;
    if (fabs(step) <= SHORT) {
        *y += step;
        return true;
    }
    return solve(w, e * w->in->n_walker, w->in->n_walker, y);
}

static double scatter(const work *w, double y)
{
    const size_t n = w->in->n_ensemble;
    double sum = 0.0, square = 0.0;
    if (n < 2)
        return (double)NAN;
    for (size_t e = 0; e < n; e++) {
        double own = y;
        if (!solve_ensemble(w, e, &own))
            return (double)INFINITY;
        sum += own - y;
        square += (own - y) * (own - y);
    }
    return sqrt(fmax(0.0, square - sum * sum / (double)n) / (double)(n - 1));
}

static double effective(const sums *s, double tau)
{
    return s->square > 0.0 ? s->term * s->term / s->square / tau : 0.0;
}

/* The greatest weight, and how many proposals there are. */
static size_t look_at_weights(work *w)
{
    size_t n = 0;
    w->top = -(double)INFINITY;
    for (size_t i = 0; i < w->in->n_proposal_row * w->n_column; i++) {
        const double u = w->in->proposal[i];
        n += isnan(u) ? 0 : 1;
        w->top = u > w->top ? u : w->top;
    }
    return n;
}

/* The logarithm of the mean weight, from one proposal in so many: where to look for ln Z. */
static double mean_weight(const work *w, size_t n_proposal)
{
    enum { FEW = 1000 };
    const size_t stride = n_proposal / FEW + 1;
    double sum = 0.0;
    size_t n = 0;
    for (size_t i = 0; i < w->in->n_proposal_row * w->n_column; i += stride)
        if (!isnan(w->in->proposal[i])) {
            sum += exp(w->in->proposal[i] - w->top);
            n++;
        }
    return sum > 0.0 ? w->top + log(sum / (double)n) : w->top;
}

/* The shape of the tail of the weights; of very many every n-th, evenly. */
static mutau_status fit_tail(const work *w, size_t n_proposal, mutau_bridge *out, mutau_error *err)
{
    const size_t stride = (n_proposal + MAX_WEIGHTS - 1) / MAX_WEIGHTS;
    size_t n = 0, at = 0;
    for (size_t i = 0; i < w->in->n_proposal_row * w->n_column; i++) {
        const double u = w->in->proposal[i];
        if (!isnan(u) && at++ % stride == 0)
            w->weights[n++] = u;
    }
    mutau_psis tail = {.khat = (double)INFINITY};
    const mutau_status status = mutau_psis_smooth(n, w->weights, 1.0, &tail, err);
    out->khat = tail.khat;
    /* None of these few has a weight: nothing is known of the tail. */
    return status == MUTAU_EDOM ? MUTAU_OK : status;
}

static mutau_status alloc_work(work *w, size_t n_proposal, mutau_error *err)
{
    const size_t n_group = w->n_column * w->n_block;
    const size_t n_weight = n_proposal < MAX_WEIGHTS ? n_proposal : MAX_WEIGHTS;
    w->group = mutau_calloc(n_group, sizeof *w->group);
    w->left_out[0] = mutau_calloc(n_group, 2 * sizeof *w->left_out[0]);
    w->weights = mutau_calloc(n_weight, sizeof *w->weights);
    if (w->group == NULL || w->left_out[0] == NULL || w->weights == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a bridge of %zu groups", n_group);
    w->left_out[1] = w->left_out[0] + n_group;
    return MUTAU_OK;
}

/* From the root of all. */
static void find_errors(const work *w, double y, double tau, mutau_bridge *out)
{
    const size_t n_group = w->n_column * w->n_block;
    sum_groups(w, y);
    const both all = sum_all(w->group, n_group);
    const double n = all.proposal.n, mean = all.weight / n;
    leave_out_each(w, &all, y);
    out->error = jackknife(n_group, w->left_out[0], NULL);
    out->difference_error = jackknife(n_group, w->left_out[0], w->left_out[1]);
    out->overlap = fmin(effective(&all.posterior, tau), effective(&all.proposal, 1.0));
    out->importance = w->top + log(mean);
    out->importance_error = sqrt(fmax(0.0, all.weight_square / n - mean * mean) / (n - 1.0)) / mean;
    out->share = all.weight * all.weight / (n * all.weight_square);
    out->largest = 1.0 / all.weight_square; /* the largest weight is 1 here */
}

static mutau_status compute(work *w, size_t n_proposal, mutau_bridge *out, mutau_error *err)
{
    const double tau = w->in->tau >= 1.0 && isfinite(w->in->tau) ? w->in->tau : 1.0;
    w->s1 = (double)(w->in->n_row * w->n_column) / tau;
    w->s2 = (double)n_proposal;
    w->shift = log(w->s1 / w->s2);
    MUTAU_CHECK(alloc_work(w, n_proposal, err));
    double y = mean_weight(w, n_proposal);
    if (!solve(w, 0, w->n_column, &y))
        return mutau_error_set(err, MUTAU_ENUMERIC,
                               "proposals and posterior have no point in common");
    find_errors(w, y, tau, out);
    out->ln_z = y;
    out->scatter = scatter(w, y);
    return fit_tail(w, n_proposal, out, err);
}

mutau_status mutau_bridge_compute(const mutau_bridge_input *in, mutau_bridge *out, mutau_error *err)
{
    const double nan = (double)NAN;
    *out = (mutau_bridge){.ln_z = nan,
                          .error = nan,
                          .scatter = nan,
                          .importance = nan,
                          .importance_error = nan,
                          .khat = nan,
                          .largest = nan,
                          .share = nan,
                          .difference_error = nan};
    MUTAU_CHECK(check_input(in, err));
    work w = {.in = in, .n_column = in->n_ensemble * in->n_walker};
    w.n_block = (MIN_GROUPS + w.n_column - 1) / w.n_column;
    w.n_block = w.n_block < in->n_row ? w.n_block : in->n_row;
    out->n_proposal = look_at_weights(&w);
    if (isinf(w.top))
        return mutau_error_set(err, MUTAU_ENUMERIC, "no proposal has a posterior density");
    const mutau_status status = compute(&w, out->n_proposal, out, err);
    free(w.group);
    free(w.left_out[0]);
    free(w.weights);
    return status;
}
