/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stretch move: its geometry, its Jacobian and the law of z. */
#include "check.h"
#include "sampler/move.h"

#include <stdlib.h>

static const uint32_t SEED = 73421;

/* y - X_j = z (x - X_j) with one z for all coordinates, inside [1/a, a]. */
static void proposals_lie_on_the_line_through_a_partner(void **state)
{
    (void)state;
    enum { DIM = 3, N_OTHER = 4 };
    const mutau_move_stretch_settings settings = {.a = 2.385};
    const double x[DIM] = {0.3, -7.1, 112.0};
    const double other[N_OTHER][DIM] = {
        {1.7, 2.2, -40.0}, {-0.9, 3.3, 61.0}, {5.5, -8.0, 0.25}, {2.25, 0.5, 7.0}};
    size_t hits[N_OTHER] = {0};
    mutau_rng *rng = mutau_rng_alloc(SEED);
    for (size_t i = 0; i < 2000; i++) {
        double y[DIM], ln_q;
        mutau_move_stretch.propose(&settings, NULL, DIM, x, N_OTHER, other[0], rng, y, &ln_q);
        const double z = exp(ln_q / (DIM - 1.0));
        assert_true(z >= 1.0 / settings.a && z <= settings.a);
        size_t n_match = 0;
        for (size_t j = 0; j < N_OTHER; j++) {
            size_t n_close = 0;
            for (size_t k = 0; k < DIM; k++)
                n_close += fabs(other[j][k] + z * (x[k] - other[j][k]) - y[k]) < 1e-11;
            hits[j] += n_close == DIM;
            n_match += n_close == DIM;
        }
        assert_int_equal(n_match, 1);
    }
    /* Partners are uniform: 4.5 sd of the binomial, a false alarm in 40000. */
    for (size_t j = 0; j < N_OTHER; j++)
        CHECK_ABS((double)hits[j], 500.0, 4.5 * sqrt(2000 * 0.25 * 0.75));
    mutau_rng_free(rng);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Kolmogorov and Smirnov against G(z) = (sqrt(z) - sqrt(1/a)) / (sqrt(a) - sqrt(1/a));
 * sqrt(n) D > 2.3 has the probability 2 exp(-2 2.3^2) = 5e-5. */
static void check_law_of_z(double a)
{
    enum { N = 40000 };
    const mutau_move_stretch_settings settings = {.a = a};
    const double x = 1.0, other = 0.0; /* then y = z */
    double *z = calloc(N, sizeof *z), ln_q, worst = 0.0;
    assert_non_null(z);
    mutau_rng *rng = mutau_rng_alloc(SEED + 1);
    for (size_t i = 0; i < N; i++) {
        mutau_move_stretch.propose(&settings, NULL, 1, &x, 1, &other, rng, &z[i], &ln_q);
        CHECK_ABS(ln_q, 0.0, 0.0);
    }
    qsort(z, N, sizeof *z, compare);
    for (size_t i = 0; i < N; i++) {
        const double law = (sqrt(z[i]) - sqrt(1.0 / a)) / (sqrt(a) - sqrt(1.0 / a));
        worst = fmax(worst, fabs(law - ((double)i + 0.5) / N) + 0.5 / N);
    }
    if (!(sqrt(N) * worst < 2.3))
        fail_msg("a = %g: sqrt(n) D = %g", a, sqrt(N) * worst);
    mutau_rng_free(rng);
    free(z);
}

static void z_has_the_papers_density(void **state)
{
    (void)state;
    check_law_of_z(2.0);
    check_law_of_z(1.21);
    check_law_of_z(7.5);
}

static void impossible_settings_are_refused(void **state)
{
    (void)state;
    const double bad[] = {1.0, 0.5, -2.0, 0.0, (double)NAN, (double)INFINITY};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mutau_error err = {0};
        const mutau_move_stretch_settings settings = {.a = bad[i]};
        CHECK_STATUS(mutau_move_stretch.check(&settings, 2, 2, &err), MUTAU_EDOM, err);
    }
    mutau_error err = {0};
    const mutau_move_stretch_settings good = {.a = 2.0};
    CHECK_STATUS(mutau_move_stretch.check(NULL, 2, 2, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_move_stretch.check(&good, 2, 0, &err), MUTAU_EDOM, err);
    CHECK_OK(mutau_move_stretch.check(&good, 2, 1, &err), err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proposals_lie_on_the_line_through_a_partner),
        cmocka_unit_test(z_has_the_papers_density),
        cmocka_unit_test(impossible_settings_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
