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
    CHECK_OK(mutau_autocorr_time(c->n_row, c->n_ensemble * c->n_walker, c->posterior, &in.tau,
                                 &err),
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
    print_message("%s: mean pull %.3f, sd %.3f, at most %.2f\n", what, mean, sd, p->most);
    assert_true(fabs(mean) < 0.3);
    assert_true(sd > 0.8 && sd < 1.25);
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
    print_message("%s: methods apart by at most %.2f errors\n", what, worst);
    assert_true(worst < 4.0);
    if (n < 100)
        return;
    print_message("%s: ", what);
    check_pulls("bridge", &bridge, (double)n);
    print_message("%s: ", what);
    check_pulls("importance", &importance, (double)n);
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

static void test_pulls(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pulls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
