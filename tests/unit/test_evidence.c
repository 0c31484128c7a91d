/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence from draws whose rungs are exact: no sampler is involved.
 *
 * The prior is N(0, 1), the likelihood exp(-K x^2 / 2): rung beta is N(0, 1 / (1 + beta K))
 * and Z = (1 + K)^(-1/2).  Draws of a walker form an AR(1) series. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/evidence.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_RUNG = 48, N_ENSEMBLE = 3, N_WALKER = 4 };
static const double K = 100.0;

typedef struct source {
    double beta[MAX_RUNG];
    size_t n_rung, n_row;
    double rho;        /* correlation of one row with the next */
    double zero_share; /* of the prior's draws that have no likelihood */
    bool together;     /* all walkers of an ensemble are the same series */
    mutau_rng *rng;
    mutau_status (*spoil)(const struct source *s, size_t i_rung, double ln_like[]);
} source;

static mutau_status read_draws(void *self, size_t i_rung, double ln_like[], mutau_error *err)
{
    source *s = self;
    const double sd = 1.0 / sqrt(1.0 + s->beta[i_rung] * K);
    for (size_t c = 0; c < N_ENSEMBLE * N_WALKER; c++) {
        double z = mutau_rng_normal(s->rng);
        for (size_t t = 0; t < s->n_row; t++) {
            double *l = &ln_like[t * N_ENSEMBLE * N_WALKER + c];
            *l = -0.5 * K * sd * sd * z * z;
            if (s->together && c % N_WALKER != 0)
                *l = l[-1];
            if (i_rung + 1 == s->n_rung && mutau_rng_uniform(s->rng) < s->zero_share)
                *l = -(double)INFINITY;
            z = s->rho * z + sqrt(1.0 - s->rho * s->rho) * mutau_rng_normal(s->rng);
        }
    }
    const mutau_status status = s->spoil != NULL ? s->spoil(s, i_rung, ln_like) : MUTAU_OK;
    return status == MUTAU_OK ? status : mutau_error_set(err, status, "spoilt");
}

/* A geometric ladder down to 1/K. */
static source make_source(size_t n_rung, size_t n_row)
{
    source s = {.n_rung = n_rung, .n_row = n_row};
    for (size_t i = 0; i + 1 < n_rung; i++)
        s.beta[i] = n_rung > 2 ? pow(1.0 / K, (double)i / (double)(n_rung - 2)) : 1.0;
    s.rng = mutau_rng_alloc(11);
    assert_non_null(s.rng);
    return s;
}

static mutau_evidence_input input_of(source *s)
{
    return (mutau_evidence_input){.n_rung = s->n_rung,
                                  .beta = s->beta,
                                  .n_row = s->n_row,
                                  .n_ensemble = N_ENSEMBLE,
                                  .n_walker = N_WALKER,
                                  .read = read_draws,
                                  .self = s};
}

/* Pulls of ln Z and of TI over 100 sets of draws: mean, and root mean square. */
typedef struct pulls {
    double mean, rms, ti_mean, ti_rms, scatter; /* scatter: mean square over n error^2 */
} pulls;

enum { N_SET = 100 };

static pulls find_pulls(source *s)
{
    pulls p = {0};
    const double truth = -0.5 * log1p(K) + log1p(-s->zero_share);
    const mutau_evidence_input in = input_of(s);
    for (size_t i = 0; i < N_SET; i++) {
        mutau_error err = {0};
        mutau_evidence e;
        CHECK_OK(mutau_evidence_compute(&in, &e, NULL, &err), err);
        const double z = (e.ln_z - truth) / e.mc_error, ti = (e.ti - truth) / e.ti_mc_error;
        p.mean += z / N_SET;
        p.rms += z * z / N_SET;
        p.ti_mean += ti / N_SET;
        p.ti_rms += ti * ti / N_SET;
        p.scatter += e.scatter * e.scatter / (N_ENSEMBLE * e.mc_error * e.mc_error) / N_SET;
        CHECK_REL(e.error, fmax(e.mc_error, e.scatter / sqrt((double)N_ENSEMBLE)), 1e-15);
    }
    p.rms = sqrt(p.rms);
    p.ti_rms = sqrt(p.ti_rms);
    mutau_rng_free(s->rng);
    return p;
}

/* 100 standard normals have a mean of 0 +- 0.1 and an rms of 1 +- 0.07: 4.2 sd, a false
 * alarm of one of the ten in 4000 sets of seeds. */
static void check_pulls(double mean, double rms)
{
    CHECK_ABS(mean, 0.0, 0.42);
    CHECK_ABS(rms, 1.0, 0.3);
}

static void errors_of_independent_draws(void **state)
{
    (void)state;
    source s = make_source(5, 100);
    const pulls p = find_pulls(&s);
    check_pulls(p.mean, p.rms);
    CHECK_ABS(p.scatter, 1.0, 0.4);
}

static void errors_of_correlated_draws(void **state)
{
    (void)state;
    source s = make_source(5, 400);
    s.rho = 0.95; /* tau of x^2 is 19 */
    const pulls p = find_pulls(&s);
    check_pulls(p.mean, p.rms);
    CHECK_ABS(p.scatter, 1.0, 0.4);
}

/* Walkers that repeat each other are no more than one. */
static void errors_of_dependent_walkers(void **state)
{
    (void)state;
    source s = make_source(5, 200);
    s.rho = 0.5;
    s.together = true;
    const pulls p = find_pulls(&s);
    check_pulls(p.mean, p.rms);
}

/* Half of the prior without likelihood: Z is half of that. */
static void likelihoods_of_zero_under_the_prior(void **state)
{
    (void)state;
    source s = make_source(5, 100);
    s.zero_share = 0.5;
    mutau_error err = {0};
    mutau_evidence e;
    const mutau_evidence_input in = input_of(&s);
    CHECK_OK(mutau_evidence_compute(&in, &e, NULL, &err), err);
    assert_true(isnan(e.ti) && isnan(e.ti_mc_error) && isinf(e.ti_discretisation));
    assert_false(e.ti_usable);
    const pulls p = find_pulls(&s);
    check_pulls(p.mean, p.rms);
}

static mutau_status empty_sixteenths(const source *s, size_t i_rung, double ln_like[])
{
    const size_t n_column = N_ENSEMBLE * N_WALKER;
    for (size_t t = 0; t < s->n_row && i_rung + 1 == s->n_rung; t += 16)
        for (size_t c = 0; c < n_column; c++)
            ln_like[t * n_column + c] = -(double)INFINITY;
    return MUTAU_OK;
}

/* The rows from which a start is taken have none: the answer is that of all rows.  4.5 sd: a
 * false alarm in 150 000. */
static void a_start_without_likelihood_is_none(void **state)
{
    (void)state;
    source s = make_source(5, 160);
    s.spoil = empty_sixteenths;
    mutau_error err = {0};
    mutau_evidence e;
    const mutau_evidence_input in = input_of(&s);
    CHECK_OK(mutau_evidence_compute(&in, &e, NULL, &err), err);
    CHECK_ABS(e.ln_z, -0.5 * log1p(K) + log(15.0 / 16.0), 4.5 * e.error);
    assert_true(e.error < 0.1 && isfinite(e.scatter));
    mutau_rng_free(s.rng);
}

static void fine_ladders_make_the_integral_usable(void **state)
{
    (void)state;
    source fine = make_source(MAX_RUNG, 50), coarse = make_source(5, 100);
    const mutau_evidence_input in = input_of(&fine), rough = input_of(&coarse);
    const double truth = -0.5 * log1p(K);
    mutau_error err = {0};
    mutau_evidence e;
    CHECK_OK(mutau_evidence_compute(&in, &e, NULL, &err), err);
    assert_true(e.ti_usable);
    CHECK_ABS(e.ti, truth, 4.5 * e.ti_mc_error + e.ti_discretisation);
    assert_true(e.ti_discretisation < 0.05);
    CHECK_OK(mutau_evidence_compute(&rough, &e, NULL, &err), err);
    assert_false(e.ti_usable);
    CHECK_ABS(e.ti, truth, 4.5 * e.ti_mc_error + e.ti_discretisation);
    CHECK_ABS(e.ln_z, truth, 4.5 * e.error);
    mutau_rng_free(coarse.rng);
    const pulls p = find_pulls(&fine);
    check_pulls(p.mean, p.rms);
    CHECK_ABS(p.ti_mean, 0.0, 0.42);
    CHECK_ABS(p.ti_rms, 1.0, 0.3);
}

/* Draws that do not depend on the rung (no test of sampling): -1, -2, ... in turn. */
static mutau_status read_numbers(void *self, size_t i_rung, double ln_like[], mutau_error *err)
{
    (void)err;
    const size_t *n = self;
    for (size_t i = 0; i < *n; i++)
        ln_like[i] = -(double)((i * 7 + i_rung) % 5) - (i_rung == 2 ? 1.5 : 0.0);
    return MUTAU_OK;
}

/* Each pair's ratio solves Bennett's equation, written out as he does; ln Z is their sum. */
static void check_equation(double middle, size_t n_row)
{
    enum { MAX_ROW = 80, N_COLUMN = 2, N_RUNG = 3 };
    const double beta[N_RUNG] = {1.0, middle, 0.0};
    size_t n = n_row * N_COLUMN;
    const mutau_evidence_input in = {.n_rung = N_RUNG,
                                     .beta = beta,
                                     .n_row = n_row,
                                     .n_ensemble = 1,
                                     .n_walker = N_COLUMN,
                                     .read = read_numbers,
                                     .self = &n};
    mutau_error err = {0};
    mutau_evidence e;
    mutau_evidence_pair pairs[N_RUNG - 1];
    double l[N_RUNG][MAX_ROW * N_COLUMN];
    CHECK_OK(mutau_evidence_compute(&in, &e, pairs, &err), err);
    assert_true(isnan(e.scatter)); /* there is one ensemble */
    CHECK_REL(e.ln_z, pairs[0].ln_ratio + pairs[1].ln_ratio, 1e-13);
    for (size_t k = 0; k < N_RUNG; k++)
        (void)read_numbers(&n, k, l[k], NULL);
    for (size_t k = 0; k + 1 < N_RUNG; k++) {
        const double r = exp(pairs[k].ln_ratio), d = beta[k] - beta[k + 1];
        double up = 0.0, down = 0.0;
        for (size_t i = 0; i < n; i++) {
            up += exp(d * l[k + 1][i]) / (r + exp(d * l[k + 1][i]));
            down += 1.0 / (r + exp(d * l[k][i]));
        }
        CHECK_REL(up / down, r, 1e-13);
    }
}

/* Over many ladders: near a root rounding decides on which side of the bracket it lies.  With
 * few rows there is no start from some of them. */
static void ratios_solve_the_equation(void **state)
{
    (void)state;
    for (int i = 1; i < 100; i++) {
        check_equation(0.01 * i, 10);
        check_equation(0.01 * i, 80);
    }
}

static mutau_status flat(const source *s, size_t i_rung, double ln_like[])
{
    (void)i_rung;
    for (size_t i = 0; i < s->n_row * N_ENSEMBLE * N_WALKER; i++)
        ln_like[i] = -3.25;
    return MUTAU_OK;
}

static mutau_status stuck(const source *s, size_t i_rung, double ln_like[])
{
    for (size_t i = 0; i < s->n_row * N_ENSEMBLE * N_WALKER; i++)
        ln_like[i] = -(double)(i % (N_ENSEMBLE * N_WALKER)) - (double)i_rung;
    return MUTAU_OK;
}

/* One likelihood everywhere is known exactly; walkers that stand still tell no error. */
static void draws_that_do_not_vary(void **state)
{
    (void)state;
    source s = make_source(4, 10);
    const mutau_evidence_input in = input_of(&s);
    mutau_error err = {0};
    mutau_evidence e;
    mutau_evidence_pair pairs[3];
    s.spoil = flat;
    CHECK_OK(mutau_evidence_compute(&in, &e, pairs, &err), err);
    CHECK_REL(e.ln_z, -3.25, 1e-14);
    CHECK_ABS(e.error, 0.0, 0.0);
    CHECK_ABS(e.scatter, 0.0, 1e-14);
    CHECK_REL(e.ti, -3.25, 1e-14);
    CHECK_ABS(e.ti_mc_error, 0.0, 0.0);
    CHECK_ABS(pairs[1].error, 0.0, 0.0);
    assert_true(e.ti_usable);
    s.spoil = stuck;
    CHECK_OK(mutau_evidence_compute(&in, &e, NULL, &err), err);
    assert_true(isfinite(e.ln_z));
    if (!(isnan(e.error) || e.error > 1.0))
        fail_msg("error of stuck walkers: %g", e.error);
    mutau_rng_free(s.rng);
}

/* ---- what cannot be ---- */

static void shapes_out_of_range_are_refused(void **state)
{
    (void)state;
    source s = make_source(4, 10);
    mutau_evidence_input bad[12];
    double ladder[12][4];
    for (size_t i = 0; i < 12; i++) {
        bad[i] = input_of(&s);
        memcpy(ladder[i], s.beta, sizeof ladder[i]);
        bad[i].beta = ladder[i];
    }
    bad[0].improper_prior = true;
    bad[1].n_rung = 1;
    bad[2].n_row = 3;
    bad[3].n_ensemble = 0;
    bad[4].n_walker = 0;
    bad[5].n_walker = SIZE_MAX / 2;
    bad[6].n_row = SIZE_MAX / 2;
    ladder[7][0] = 0.99;
    ladder[8][3] = 1e-3;
    ladder[9][2] = ladder[9][1];
    ladder[10][1] = (double)NAN;
    ladder[11][1] = 1.5;
    for (size_t i = 0; i < 12; i++) {
        mutau_error err = {0};
        mutau_evidence e;
        CHECK_STATUS(mutau_evidence_compute(&bad[i], &e, NULL, &err), MUTAU_EDOM, err);
    }
    mutau_rng_free(s.rng);
}

static mutau_status unreadable(const source *s, size_t i_rung, double ln_like[])
{
    (void)s;
    (void)ln_like;
    return i_rung == 2 ? MUTAU_EIO : MUTAU_OK;
}

static mutau_status nan_in_the_prior(const source *s, size_t i_rung, double ln_like[])
{
    if (i_rung + 1 == s->n_rung)
        ln_like[5] = (double)NAN;
    return MUTAU_OK;
}

static mutau_status infinite_in_the_prior(const source *s, size_t i_rung, double ln_like[])
{
    if (i_rung + 1 == s->n_rung)
        ln_like[5] = (double)INFINITY;
    return MUTAU_OK;
}

static mutau_status zero_at_the_cold_end(const source *s, size_t i_rung, double ln_like[])
{
    (void)s;
    if (i_rung == 0)
        ln_like[5] = -(double)INFINITY;
    return MUTAU_OK;
}

static mutau_status zero_in_between(const source *s, size_t i_rung, double ln_like[])
{
    (void)s;
    if (i_rung == 1)
        ln_like[5] = -(double)INFINITY;
    return MUTAU_OK;
}

static void draws_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct {
        mutau_status (*spoil)(const source *s, size_t i_rung, double ln_like[]);
        mutau_status status;
        const char *text;
    } cases[] = {
        {unreadable, MUTAU_EIO, "temperature 2: spoilt"},
        {nan_in_the_prior, MUTAU_EDATA, "temperature 3: a stored ln likelihood is"},
        {infinite_in_the_prior, MUTAU_EDATA, "temperature 3"},
        {zero_at_the_cold_end, MUTAU_EDATA, "temperature 0"},
        {zero_in_between, MUTAU_EDATA, "temperature 1"},
    };
    source s = make_source(4, 10);
    const mutau_evidence_input in = input_of(&s);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        mutau_error err = {0};
        mutau_evidence e;
        s.spoil = cases[i].spoil;
        CHECK_STATUS(mutau_evidence_compute(&in, &e, NULL, &err), cases[i].status, err);
        assert_non_null(strstr(err.text, cases[i].text));
    }
    mutau_rng_free(s.rng);
}

static mutau_status one_ensemble_without(const source *s, size_t i_rung, double ln_like[])
{
    for (size_t t = 0; i_rung + 1 == s->n_rung && t < s->n_row; t++)
        for (size_t w = 0; w < N_WALKER; w++)
            ln_like[t * N_ENSEMBLE * N_WALKER + w] = -(double)INFINITY;
    return MUTAU_OK;
}

static void rungs_that_do_not_overlap(void **state)
{
    (void)state;
    source s = make_source(4, 50);
    const mutau_evidence_input in = input_of(&s);
    mutau_error err = {0};
    mutau_evidence e;
    s.zero_share = 1.0;
    CHECK_STATUS(mutau_evidence_compute(&in, &e, NULL, &err), MUTAU_ENUMERIC, err);
    assert_non_null(strstr(err.text, "temperatures 2 and 3 do not overlap"));
    assert_int_equal(e.weakest, 2);
    CHECK_ABS(e.overlap, 0.0, 0.0);
    s.zero_share = 0.0;
    s.spoil = one_ensemble_without;
    CHECK_OK(mutau_evidence_compute(&in, &e, NULL, &err), err);
    assert_true(isfinite(e.ln_z) && isfinite(e.mc_error) && isinf(e.scatter) && isinf(e.error));
    mutau_rng_free(s.rng);
}

/* ln L is 0 on all cold draws and on a share p of the hot ones, -50 elsewhere: Z is p, and the
 * hot terms are p n ones and zeros.  Those draws are all there is to the overlap. */
static mutau_status plateau(const source *s, size_t i_rung, double ln_like[])
{
    enum { P = 10 }; /* one of so many */
    for (size_t i = 0; i < s->n_row * N_ENSEMBLE * N_WALKER; i++)
        ln_like[i] = i_rung == 0 || (i * 7) % P == (i / 97) % P ? 0.0 : -50.0;
    return MUTAU_OK;
}

static void overlap_is_counted_in_effective_draws(void **state)
{
    (void)state;
    enum { N_ROW = 400, N = N_ROW * N_ENSEMBLE * N_WALKER };
    source s = make_source(2, N_ROW);
    const mutau_evidence_input in = input_of(&s);
    mutau_error err = {0};
    mutau_evidence e;
    mutau_evidence_pair pair;
    s.spoil = plateau;
    CHECK_OK(mutau_evidence_compute(&in, &e, &pair, &err), err);
    CHECK_ABS(e.ln_z, log(0.1), 0.05);
    CHECK_REL(pair.draws, 0.1 * N, 0.25);
    CHECK_ABS(e.overlap, pair.draws, 0.0);
    assert_int_equal(e.weakest, 0);
    mutau_rng_free(s.rng);
    /* Correlated draws overlap by fewer: tau of these is some 19. */
    source slow = make_source(3, N_ROW);
    slow.rho = 0.95;
    const mutau_evidence_input of_slow = input_of(&slow);
    CHECK_OK(mutau_evidence_compute(&of_slow, &e, NULL, &err), err);
    assert_true(e.overlap > 20.0 && e.overlap < 0.25 * N);
    mutau_rng_free(slow.rng);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    source s = make_source(4, 20);
    const mutau_evidence_input in = input_of(&s);
    mutau_error err = {0};
    mutau_evidence e;
    long count;
    CHECK_EACH_ALLOC(mutau_evidence_compute(&in, &e, NULL, &err), NULL, count, err);
    assert_in_range(count, 10, 200);
    mutau_rng_free(s.rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_of_independent_draws),
        cmocka_unit_test(errors_of_correlated_draws),
        cmocka_unit_test(errors_of_dependent_walkers),
        cmocka_unit_test(likelihoods_of_zero_under_the_prior),
        cmocka_unit_test(a_start_without_likelihood_is_none),
        cmocka_unit_test(fine_ladders_make_the_integral_usable),
        cmocka_unit_test(ratios_solve_the_equation),
        cmocka_unit_test(draws_that_do_not_vary),
        cmocka_unit_test(shapes_out_of_range_are_refused),
        cmocka_unit_test(draws_that_cannot_be_are_refused),
        cmocka_unit_test(rungs_that_do_not_overlap),
        cmocka_unit_test(overlap_is_counted_in_effective_draws),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
