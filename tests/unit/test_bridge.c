/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bridge and importance sampling: closed forms, chains of an independence sampler whose errors are
 * right over many seeds, and all that is refused. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "fail_alloc.h"
#include "analysis/bridge.h"
#include "analysis/diagnostics.h"
#include "base/rng.h"

static const double LN_Z = -21.905, PI = 3.14159265358979323846;

/* ---- densities ---- */

enum { MAX_DIM = 3, MAX_PART = 3 };

/* Normal (dof 0) or t distributions of one scale for all coordinates, independent for normal ones,
 * one coordinate for t. */
typedef struct density {
    size_t dim, n_part;
    double weight[MAX_PART], mean[MAX_PART], scale[MAX_PART], dof[MAX_PART];
} density;

static double ln_part(const density *d, size_t k, const double x[])
{
    double square = 0.0;
    for (size_t i = 0; i < d->dim; i++)
        square += pow((x[i] - d->mean[k]) / d->scale[k], 2.0);
    const double dim = (double)d->dim, nu = d->dof[k];
    if (nu > 0.0)
        return lgamma(0.5 * (nu + dim)) - lgamma(0.5 * nu) - 0.5 * dim * log(nu * PI) -
               dim * log(d->scale[k]) - 0.5 * (nu + dim) * log1p(square / nu);
    return -0.5 * square - dim * log(d->scale[k]) - 0.5 * dim * log(2.0 * PI);
}

static double ln_density(const density *d, const double x[])
{
    double sum = 0.0;
    for (size_t k = 0; k < d->n_part; k++)
        sum += d->weight[k] * exp(ln_part(d, k, x));
    return log(sum);
}

static void draw(const density *d, mutau_rng *rng, double x[])
{
    double u = mutau_rng_uniform(rng);
    size_t k = 0;
    while (k + 1 < d->n_part && u >= d->weight[k])
        u -= d->weight[k++];
    double chi = 1.0;
    if (d->dof[k] > 0.0) {
        chi = 0.0;
        for (int i = 0; i < (int)d->dof[k]; i++)
            chi += pow(mutau_rng_normal(rng), 2.0) / d->dof[k];
    }
    for (size_t i = 0; i < d->dim; i++)
        x[i] = d->mean[k] + d->scale[k] * mutau_rng_normal(rng) / sqrt(chi);
}

/* ---- chains ---- */

/* Of each step a share is an independence move with q, the others are a random walk. */
typedef struct chain {
    const density *p, *q;
    size_t n_ensemble, n_walker, n_row, n_early;
    double independent;
    double *posterior, *proposal; /* owned */
} chain;

static void alloc_chain(chain *c)
{
    const size_t n = (c->n_row + c->n_early) * c->n_ensemble * c->n_walker;
    c->posterior = calloc(n, sizeof *c->posterior);
    c->proposal = calloc(n, sizeof *c->proposal);
    assert_true(c->posterior != NULL && c->proposal != NULL);
}

static void free_chain(chain *c)
{
    free(c->posterior);
    free(c->proposal);
}

static void walk(chain *c, size_t column, mutau_rng *rng)
{
    const size_t n = c->n_ensemble * c->n_walker;
    double x[MAX_DIM], y[MAX_DIM];
    draw(c->q, rng, x);
    double ln_p = LN_Z + ln_density(c->p, x), ln_q = ln_density(c->q, x);
    for (size_t t = 0; t < c->n_row + c->n_early; t++) {
        const bool independent = mutau_rng_uniform(rng) < c->independent;
        if (independent)
            draw(c->q, rng, y);
        else
            for (size_t i = 0; i < c->p->dim; i++)
                y[i] = x[i] + mutau_rng_normal(rng);
        const double to_p = LN_Z + ln_density(c->p, y), to_q = ln_density(c->q, y);
        c->proposal[t * n + column] = independent ? to_p - to_q : (double)NAN;
        const double ln_ratio = independent ? to_p - to_q - (ln_p - ln_q) : to_p - ln_p;
        if (log(mutau_rng_uniform(rng)) < ln_ratio) {
            memcpy(x, y, sizeof x);
            ln_p = to_p;
            ln_q = to_q;
        }
        if (t >= c->n_early)
            c->posterior[(t - c->n_early) * n + column] = ln_p - ln_q;
    }
}

static mutau_bridge_input input_of(const chain *c)
{
    mutau_error err = {0};
    mutau_bridge_input in = {.n_ensemble = c->n_ensemble,
                             .n_walker = c->n_walker,
                             .n_row = c->n_row,
                             .posterior = c->posterior,
                             .n_proposal_row = c->n_row + c->n_early,
                             .n_early = c->n_early,
                             .proposal = c->proposal};
    CHECK_OK(
        mutau_autocorr_time(c->n_row, c->n_ensemble * c->n_walker, c->posterior, &in.tau, &err),
        err);
    return in;
}

static void run(chain *c, unsigned seed)
{
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(rng);
    for (size_t i = 0; i < c->n_ensemble * c->n_walker; i++)
        walk(c, i, rng);
    mutau_rng_free(rng);
}

/* ---- pulls ---- */

typedef struct pulls {
    double sum, square, most;
} pulls;

static void add_pull(pulls *p, double got, double error)
{
    const double pull = (got - LN_Z) / error;
    p->sum += pull;
    p->square += pull * pull;
    p->most = fabs(pull) > p->most ? fabs(pull) : p->most;
}

static void check_pulls(const char *what, const pulls *p, double n)
{
    const double mean = p->sum / n, sd = sqrt((p->square - n * mean * mean) / (n - 1.0));
    if (!(fabs(mean) < 0.3 && sd > 0.8 && sd < 1.25))
        fail_msg("%s: mean pull %.3f, sd %.3f, at most %.2f", what, mean, sd, p->most);
}

static double larger(const mutau_bridge *b, size_t n_ensemble)
{
    const double shown = b->scatter / sqrt((double)n_ensemble);
    return shown > b->error ? shown : b->error;
}

static void check_many(const char *what, chain c)
{
    const unsigned n = 100 / (unsigned)check_stride(10);
    pulls bridge = {0}, importance = {0};
    double worst = 0.0;
    alloc_chain(&c);
    for (unsigned seed = 0; seed < n; seed++) {
        mutau_error err = {0};
        mutau_bridge b;
        run(&c, 4711 + seed);
        const mutau_bridge_input in = input_of(&c);
        CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
        add_pull(&bridge, b.ln_z, larger(&b, c.n_ensemble));
        add_pull(&importance, b.importance, b.importance_error);
        const double apart = fabs(b.ln_z - b.importance) / b.difference_error;
        worst = apart > worst ? apart : worst;
        assert_true(b.khat < 0.7);
    }
    free_chain(&c);
    if (!(worst < 4.0))
        fail_msg("%s: bridge and importance sampling are %.2f errors apart", what, worst);
    if (n < 100)
        return;
    check_pulls(what, &bridge, (double)n);
    check_pulls(what, &importance, (double)n);
}

static const density normal = {1, 1, {1.0}, {0.5}, {1.0}, {0.0}};
static const density wide_normal = {1, 2, {0.95, 0.05}, {0.3, 0.0}, {1.2, 6.0}, {5.0, 5.0}};
static const density normal3 = {3, 1, {1.0}, {0.5}, {1.0}, {0.0}};
static const density wide_normal3 = {3, 2, {0.9, 0.1}, {0.4, 0.0}, {1.2, 3.0}, {0.0, 0.0}};
static const density modes = {1, 2, {0.3, 0.7}, {-6.0, 5.0}, {0.7, 1.5}, {0.0, 0.0}};
static const density two_modes = {
    1, 3, {0.45, 0.45, 0.1}, {-6.0, 5.0, 0.0}, {0.9, 1.7, 8.0}, {4.0, 4.0, 4.0}};
static const density heavy = {1, 1, {1.0}, {0.0}, {1.0}, {3.0}};
static const density as_heavy = {1, 2, {0.9, 0.1}, {0.2, 0.0}, {1.3, 6.0}, {3.0, 3.0}};

static void pulls_are_those_of_a_normal(void **state)
{
    (void)state;
    check_many("normal", (chain){.p = &normal,
                                 .q = &wide_normal,
                                 .n_ensemble = 4,
                                 .n_walker = 16,
                                 .n_row = 80,
                                 .n_early = 20,
                                 .independent = 0.8});
    check_many("three coordinates", (chain){.p = &normal3,
                                            .q = &wide_normal3,
                                            .n_ensemble = 4,
                                            .n_walker = 16,
                                            .n_row = 80,
                                            .n_early = 20,
                                            .independent = 0.8});
    check_many("two modes", (chain){.p = &modes,
                                    .q = &two_modes,
                                    .n_ensemble = 2,
                                    .n_walker = 32,
                                    .n_row = 80,
                                    .n_early = 20,
                                    .independent = 0.8});
    check_many("heavy tail", (chain){.p = &heavy,
                                     .q = &as_heavy,
                                     .n_ensemble = 4,
                                     .n_walker = 16,
                                     .n_row = 80,
                                     .n_early = 20,
                                     .independent = 0.5});
    check_many("eight walkers", (chain){.p = &modes,
                                        .q = &two_modes,
                                        .n_ensemble = 1,
                                        .n_walker = 8,
                                        .n_row = 500,
                                        .n_early = 100,
                                        .independent = 0.6});
}

/* ---- closed forms ---- */

enum { FEW = 40, GRID = 4000 };

static mutau_bridge_input grid_input(size_t n_walker, size_t n_row, const double posterior[],
                                     const double proposal[])
{
    return (mutau_bridge_input){.n_ensemble = 1,
                                .n_walker = n_walker,
                                .n_row = n_row,
                                .posterior = posterior,
                                .n_proposal_row = n_row,
                                .proposal = proposal,
                                .tau = 1.0};
}

/* p = Z N(1, 0.5^2), q = N(0, 1.5^2), at the middles of slices of equal probability: so many that
 * the sums are the integrals. */
static void two_normals_have_the_known_ratio(void **state)
{
    (void)state;
    static double posterior[GRID], proposal[GRID];
    const density p = {1, 1, {1.0}, {1.0}, {0.5}, {0.0}}, q = {1, 1, {1.0}, {0.0}, {1.5}, {0.0}};
    double square = 0.0;
    for (size_t i = 0; i < GRID; i++) {
        /* the normal quantile, by bisection of erfc */
        const double u = ((double)i + 0.5) / GRID;
        double lo = -10.0, hi = 10.0;
        for (int k = 0; k < 60; k++) {
            const double z = 0.5 * (lo + hi);
            if (0.5 * erfc(-z / sqrt(2.0)) < u)
                lo = z;
            else
                hi = z;
        }
        const double x = 1.0 + 0.5 * lo, y = 1.5 * lo;
        posterior[i] = LN_Z + ln_density(&p, &x) - ln_density(&q, &x);
        proposal[i] = LN_Z + ln_density(&p, &y) - ln_density(&q, &y);
        square += exp(2.0 * (proposal[i] - LN_Z)) / GRID;
    }
    mutau_error err = {0};
    mutau_bridge b;
    const mutau_bridge_input in = grid_input(1, GRID, posterior, proposal);
    CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
    CHECK_ABS(b.ln_z, LN_Z, 1e-5);
    CHECK_ABS(b.importance, LN_Z, 1e-5);
    /* The mean of w^2 over q is the integral of p^2/q, that of a normal exponent. */
    const double sp = 0.5, sq = 1.5, a = 2.0 / (sp * sp) - 1.0 / (sq * sq), m2 = 2.0 / (sp * sp);
    const double second = sq / (sp * sp * sqrt(a)) * exp(0.5 * m2 * m2 / a - 1.0 / (sp * sp));
    CHECK_REL(square, second, 1e-4);
    CHECK_REL(b.share, 1.0 / second, 1e-3);
    CHECK_REL(b.importance_error, sqrt((second - 1.0) / GRID), 1e-3);
    assert_int_equal(b.n_proposal, GRID);
}

/* Where the weights are 1 or 0 in halves: Z is half of them, whatever the numbers of draws. */
static void half_of_the_weights(void **state)
{
    (void)state;
    double posterior[FEW], proposal[FEW];
    for (size_t i = 0; i < FEW; i++) {
        posterior[i] = LN_Z;
        proposal[i] = i % 2 == 0 ? LN_Z : -(double)INFINITY;
    }
    mutau_error err = {0};
    mutau_bridge b;
    mutau_bridge_input in = grid_input(2, FEW / 2, posterior, proposal);
    for (int i = 0; i < 3; i++) {
        in.tau = 1.0 + 2.0 * i;
        CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
        CHECK_ABS(b.ln_z, LN_Z - log(2.0), 1e-12);
        CHECK_ABS(b.importance, LN_Z - log(2.0), 1e-12);
        CHECK_ABS(b.share, 0.5, 1e-12);
        CHECK_ABS(b.overlap, fmin(0.5 * (double)FEW, (double)FEW / in.tau), 1e-9);
    }
    for (size_t i = 0; i < FEW; i++)
        proposal[i] = LN_Z; /* q is the posterior: no error */
    CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
    CHECK_ABS(b.ln_z, LN_Z, 1e-12);
    CHECK_ABS(b.error, 0.0, 1e-12);
    CHECK_ABS(b.difference_error, 0.0, 1e-12);
    CHECK_ABS(b.importance_error, 0.0, 1e-12);
    assert_true(isinf(b.khat) && b.khat < 0.0);
}

/* Meng & Wong's eq. 4.1, iterated as it stands there. */
static void the_root_is_that_of_the_iteration(void **state)
{
    (void)state;
    chain c = {.p = &modes,
               .q = &two_modes,
               .n_ensemble = 1,
               .n_walker = 8,
               .n_row = 50,
               .n_early = 10,
               .independent = 0.5};
    alloc_chain(&c);
    run(&c, 5);
    mutau_error err = {0};
    mutau_bridge b;
    const mutau_bridge_input in = input_of(&c);
    CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
    const double tau = fmax(1.0, in.tau);
    double r = 1.0;
    size_t n2 = 0;
    for (size_t i = 0; i < 60 * 8; i++)
        n2 += isnan(c.proposal[i]) ? 0 : 1;
    const double n1 = 50 * 8, s1 = n1 / tau / (n1 / tau + (double)n2), s2 = 1.0 - s1;
    for (int k = 0; k < 500; k++) {
        double above = 0.0, below = 0.0;
        for (size_t i = 0; i < 60 * 8; i++) {
            const double w = exp(c.proposal[i] - LN_Z);
            above += isnan(w) ? 0.0 : w / (s1 * w + s2 * r) / (double)n2;
        }
        for (size_t i = 0; i < 50 * 8; i++)
            below += 1.0 / (s1 * exp(c.posterior[i] - LN_Z) + s2 * r) / n1;
        r = above / below;
    }
    CHECK_ABS(b.ln_z, LN_Z + log(r), 1e-11);
    assert_int_equal(b.n_proposal, n2);
    assert_true(isnan(b.scatter));
    free_chain(&c);
}

/* Without column `out`. */
static void leave_out(const chain *c, size_t out, double posterior[], double proposal[])
{
    const size_t n = c->n_ensemble * c->n_walker;
    size_t to = 0, also = 0;
    for (size_t t = 0; t < c->n_row; t++)
        for (size_t i = 0; i < n; i++)
            if (i != out)
                posterior[to++] = c->posterior[t * n + i];
    for (size_t t = 0; t < c->n_row + c->n_early; t++)
        for (size_t i = 0; i < n; i++)
            if (i != out)
                proposal[also++] = c->proposal[t * n + i];
}

/* The jackknife by one Newton step against one that solves each time, with the same number of
 * walkers left out. */
static void one_newton_step_is_enough(void **state)
{
    (void)state;
    enum { N = 40, ROWS = 40, EARLY = 10 };
    chain c = {.p = &normal,
               .q = &wide_normal,
               .n_ensemble = 1,
               .n_walker = N,
               .n_row = ROWS,
               .n_early = EARLY,
               .independent = 0.8};
    static double posterior[N * ROWS], proposal[N * (ROWS + EARLY)];
    mutau_error err = {0};
    mutau_bridge b, less;
    double left[N], mean = 0.0, square = 0.0;
    alloc_chain(&c);
    run(&c, 6);
    mutau_bridge_input in = input_of(&c);
    CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
    in.n_walker = N - 1;
    in.posterior = posterior;
    in.proposal = proposal;
    for (size_t i = 0; i < N; i++) {
        leave_out(&c, i, posterior, proposal);
        CHECK_OK(mutau_bridge_compute(&in, &less, &err), err);
        left[i] = less.ln_z;
        mean += left[i] / N;
    }
    for (size_t i = 0; i < N; i++)
        square += (left[i] - mean) * (left[i] - mean);
    CHECK_REL(b.error, sqrt(square * (N - 1.0) / N), 0.01);
    free_chain(&c);
}

/* ---- what is refused ---- */

static void bad_input_is_refused(void **state)
{
    (void)state;
    const double inf = (double)INFINITY;
    double posterior[8] = {0.0}, proposal[8] = {0.0, 0.1, -0.1, 0.2, 0.0, 0.1, -0.1, 0.2};
    mutau_error err = {0};
    mutau_bridge b;
    const mutau_bridge_input in = grid_input(2, 4, posterior, proposal);
    mutau_bridge_input bad[] = {in, in, in, in, in};
    bad[0].n_ensemble = 0;
    bad[1].n_walker = 0;
    bad[2].n_row = 0;
    bad[3].n_proposal_row = 0;
    bad[4].n_early = 4;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK_STATUS(mutau_bridge_compute(&bad[i], &b, &err), MUTAU_EDOM, err);
    const double no_posterior[] = {(double)NAN, -inf, 1e101, -1e101},
                 no_proposal[] = {inf, 1e101, -1e101};
    for (size_t i = 0; i < 4; i++) {
        posterior[5] = no_posterior[i];
        CHECK_STATUS(mutau_bridge_compute(&in, &b, &err), MUTAU_EDATA, err);
    }
    posterior[5] = inf; /* beyond q */
    CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
    for (size_t i = 0; i < 3; i++) {
        proposal[3] = no_proposal[i];
        CHECK_STATUS(mutau_bridge_compute(&in, &b, &err), MUTAU_EDATA, err);
    }
    for (size_t i = 0; i < 8; i++)
        proposal[i] = i < 4 ? -inf : (double)NAN;
    CHECK_STATUS(mutau_bridge_compute(&in, &b, &err), MUTAU_ENUMERIC, err);
    assert_true(isnan(b.ln_z) && isnan(b.importance));
    assert_int_equal(b.n_proposal, 4);
    CHECK_ABS(b.overlap, 0.0, 0.0);
    proposal[0] = 0.0;
    for (size_t i = 0; i < 8; i++)
        posterior[i] = inf;
    CHECK_STATUS(mutau_bridge_compute(&in, &b, &err), MUTAU_ENUMERIC, err);
    CHECK_ABS(b.overlap, 0.0, 0.0);
}

/* Two ensembles, one of which has no proposals; few draws; one group. */
static void little_is_known_from_few(void **state)
{
    (void)state;
    double posterior[8] = {0.0}, proposal[8] = {0.0};
    mutau_error err = {0};
    mutau_bridge b;
    mutau_bridge_input in = grid_input(1, 4, posterior, proposal);
    in.n_ensemble = 2;
    for (size_t t = 0; t < 4; t++)
        proposal[2 * t + 1] = (double)NAN;
    CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
    CHECK_ABS(b.ln_z, 0.0, 1e-12);
    assert_true(isinf(b.scatter));
    assert_true(isinf(b.khat) && b.khat > 0.0);
    in = grid_input(1, 1, posterior, proposal);
    CHECK_OK(mutau_bridge_compute(&in, &b, &err), err);
    assert_true(isnan(b.error) && isnan(b.difference_error));
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    double posterior[FEW], proposal[FEW];
    mutau_error err = {0};
    mutau_bridge b;
    long n = 0;
    const void *none = NULL;
    for (size_t i = 0; i < FEW; i++)
        posterior[i] = proposal[i] = (double)i / FEW;
    const mutau_bridge_input in = grid_input(4, FEW / 4, posterior, proposal);
    CHECK_EACH_ALLOC(mutau_bridge_compute(&in, &b, &err), none, n, err);
    assert_int_equal(n, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_normals_have_the_known_ratio),
        cmocka_unit_test(half_of_the_weights),
        cmocka_unit_test(the_root_is_that_of_the_iteration),
        cmocka_unit_test(one_newton_step_is_enough),
        cmocka_unit_test(pulls_are_those_of_a_normal),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(little_is_known_from_few),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
