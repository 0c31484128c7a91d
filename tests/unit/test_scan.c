/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The likelihood on a grid: against points one by one, against brute force, against a closed form,
 * and the same whoever works on it and however often it is interrupted. */
#include "check.h"
#include "fail_alloc.h"
#include "model_of_text.h"
#include "model_order.h"
#include "posterior/amplitude.h"
#include "posterior/scan.h"

#include <string.h>

static const char cascades[] =
    "model: {cross_section: paper, targets: cold}\n"
    "parameters: {m_zprime: {prior: log-uniform, min: 1, max: 20}, sum_mnu: 0.1,\n"
    "  g_prime: {prior: log-uniform, min: 1e-5, max: 1e-2},\n"
    "  A: {prior: uniform, min: 0.1, max: 2.5}, gamma: {prior: uniform, min: 1.8, max: 3.5}}\n"
    "data: [icecube-cascades-6yr]\nterms: {na64: {}}\n";

/* No data: the likelihood is that of delta a_mu alone. */
static const char band[] = "model: {cross_section: paper}\n"
                           "parameters: {m_zprime: {prior: uniform, min: 1, max: 20},\n"
                           "  sum_mnu: 0.1, gamma: 2.5, A: {prior: uniform, min: 2, max: 3},\n"
                           "  g_prime: {prior: log-uniform, min: 1e-5, max: 1e-1}}\n"
                           "likelihood: {kind: none}\nterms: {g-2: wp2020}\n";

static const double masses[] = {2.0, 5.8, 9.0, 12.0, 17.0},
                    couplings[] = {1e-5, 1e-4, 4e-4, 6e-4, 8e-4, 1e-3};

/* Of the first masses and couplings; with one axis, of masses alone. */
static mutau_scan_settings grid(size_t n_axis, size_t n_mass, size_t n_coupling)
{
    return (mutau_scan_settings){
        .n_axis = n_axis,
        .axis = {{AT_MASS, n_mass, masses}, {AT_COUPLING, n_coupling, couplings}},
        .n_start = 6,
        .seed = 3,
        .n_thread = 1,
    };
}

static mutau_scan *begin(const model *m, const mutau_scan_settings *settings)
{
    mutau_scan *scan = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_scan_alloc(m->posterior, settings, &scan, &err), err);
    return scan;
}

static void finish(mutau_scan *scan)
{
    mutau_error err = {0};
    for (bool done = false; !done;)
        CHECK_OK(mutau_scan_advance(scan, &done, &err), err);
}

static double ln_like(const model *m, mutau_posterior_workspace *ws, const double natural[])
{
    mutau_posterior_point point;
    mutau_error err = {0};
    CHECK_OK(mutau_posterior_eval(m->posterior, ws, natural, &point, &err), err);
    return point.ln_likelihood;
}

static const double *row_of(mutau_scan *scan, size_t i)
{
    const mutau_scan_state s = mutau_scan_look(scan);
    return s.row + i * s.n_number;
}

static void a_fixed_map_is_made_of_points(void **state)
{
    (void)state;
    model m = open_model(cascades);
    mutau_scan_settings q = grid(2, 2, 3);
    mutau_posterior_workspace *ws = NULL;
    mutau_error err = {0};
    q.held[AT_A] = q.held[AT_GAMMA] = true;
    q.natural[AT_A] = 2.7; /* beyond its prior, too */
    q.natural[AT_GAMMA] = 2.6;
    mutau_scan *scan = begin(&m, &q);
    assert_int_equal(mutau_scan_dim(scan), 0);
    assert_false(mutau_scan_is_closed(scan) || mutau_scan_is_profiled(scan, AT_A));
    finish(scan);
    assert_int_equal(mutau_posterior_workspace_alloc(m.posterior, &ws), MUTAU_OK);
    for (size_t i = 0; i < 6; i++) {
        const double at[N_PARAMETER] = {masses[i / 3], couplings[i % 3], 2.7, 2.6, 0.1};
        const double *row = row_of(scan, i);
        CHECK_REL(row[MUTAU_SCAN_LN_LIKELIHOOD], ln_like(&m, ws, at), 0.0);
        CHECK_REL(row[MUTAU_SCAN_CHI2],
                  -2.0 * (row[MUTAU_SCAN_LN_LIKELIHOOD] - row[MUTAU_SCAN_TERMS]), 1e-12);
        assert_true(row[MUTAU_SCAN_R_CHI2] > 0.0);
        assert_memory_equal(row + MUTAU_SCAN_TERMS + 1, at, sizeof at);
    }
    assert_int_equal(mutau_scan_failures(scan, &err), 0);
    mutau_posterior_workspace_free(ws);
    mutau_scan_free(scan);
    close_model(&m);
}

/* delta a_mu goes as g'^2: at each mass some coupling meets the measurement, where ln L is 0. */
static void the_profile_of_a_band_is_flat(void **state)
{
    (void)state;
    model m = open_model(band);
    const mutau_scan_settings q = grid(1, 5, 0);
    mutau_scan *scan = begin(&m, &q);
    mutau_scan_best best;
    mutau_error err = {0};
    assert_int_equal(mutau_scan_dim(scan), 1);
    assert_true(mutau_scan_is_closed(scan));
    finish(scan);
    for (size_t i = 0; i < 5; i++) {
        const double *row = row_of(scan, i), *natural = row + MUTAU_SCAN_TERMS + 1;
        CHECK_ABS(row[MUTAU_SCAN_LN_LIKELIHOOD], 0.0, 1e-8);
        CHECK_ABS(natural[AT_A], 2.0, 0.0); /* the one within the prior that is nearest to 1 */
        assert_true(isnan(row[MUTAU_SCAN_R_CHI2]));
        if (i > 0)
            assert_true(natural[AT_COUPLING] >
                        row_of(scan, i - 1)[MUTAU_SCAN_TERMS + 1 + AT_COUPLING]);
    }
    CHECK_OK(mutau_scan_find_best(scan, &best, &err), err);
    CHECK_ABS(best.ln_likelihood, 0.0, 1e-8);
    assert_in_range(best.i_point, 0, 4);
    mutau_scan_free(scan);
    close_model(&m);
}

/* The highest of A and gamma by zooming into lattices of them, which know of no closed form. */
static double brute_force(const model *m, mutau_posterior_workspace *ws, double mass,
                          double coupling)
{
    enum { N = 12, LEVELS = 12 };
    double lo[] = {0.1, 1.8}, hi[] = {2.5, 3.5}, best = -INFINITY;
    for (int level = 0; level < LEVELS; level++) {
        double at[] = {0.0, 0.0};
        for (int i = 0; i <= N; i++)
            for (int j = 0; j <= N; j++) {
                const double a = lo[0] + (hi[0] - lo[0]) * i / N;
                const double gamma = lo[1] + (hi[1] - lo[1]) * j / N;
                const double point[N_PARAMETER] = {mass, coupling, a, gamma, 0.1};
                const double y = ln_like(m, ws, point);
                if (y >= best) {
                    best = y;
                    at[0] = a;
                    at[1] = gamma;
                }
            }
        for (int k = 0; k < 2; k++) {
            const double half = 0.2 * (hi[k] - lo[k]);
            lo[k] = fmax(lo[k], at[k] - half);
            hi[k] = fmin(hi[k], at[k] + half);
        }
    }
    return best;
}

static void a_profile_is_that_of_brute_force(void **state)
{
    (void)state;
    model m = open_model(cascades);
    const mutau_scan_settings q = grid(2, 3, 4);
    mutau_posterior_workspace *ws = NULL;
    mutau_scan_best best;
    mutau_error err = {0};
    mutau_scan *scan = begin(&m, &q);
    assert_true(mutau_scan_is_closed(scan));
    assert_int_equal(mutau_scan_dim(scan), 1);
    finish(scan);
    assert_int_equal(mutau_posterior_workspace_alloc(m.posterior, &ws), MUTAU_OK);
    for (size_t i = 0; i < 12; i += (size_t)check_stride(5)) {
        const double *row = row_of(scan, i);
        CHECK_ABS(row[MUTAU_SCAN_LN_LIKELIHOOD],
                  brute_force(&m, ws, masses[i / 4], couplings[i % 4]), 1e-6);
        /* The row's point is where it says it is. */
        CHECK_REL(row[MUTAU_SCAN_LN_LIKELIHOOD], ln_like(&m, ws, row + MUTAU_SCAN_TERMS + 1),
                  1e-13);
    }
    CHECK_OK(mutau_scan_find_best(scan, &best, &err), err);
    for (size_t i = 0; i < 12; i++)
        assert_true(best.ln_likelihood >= row_of(scan, i)[MUTAU_SCAN_LN_LIKELIHOOD]);
    CHECK_REL(best.ln_likelihood, ln_like(&m, ws, best.natural), 1e-12);
    assert_true(best.natural[AT_MASS] >= 2.0 && best.natural[AT_MASS] <= 9.0);
    assert_true(best.natural[AT_COUPLING] >= 1e-5 && best.natural[AT_COUPLING] <= 6e-4);
    mutau_posterior_workspace_free(ws);
    mutau_scan_free(scan);
    close_model(&m);
}

/* Several parameters are climbed: at each coupling mass, A and gamma. */
static void climbs_in_several_parameters_end_as_high(void **state)
{
    (void)state;
    model m = open_model(cascades);
    mutau_scan_settings two = grid(2, 5, 6), one = grid(1, 5, 6);
    one.axis[0] = two.axis[1];
    mutau_scan *map = begin(&m, &two), *line = begin(&m, &one);
    assert_int_equal(mutau_scan_dim(line), 2);
    finish(map);
    finish(line);
    for (size_t j = 0; j < 6; j++)
        for (size_t i = 0; i < 5; i++)
            assert_true(row_of(line, j)[MUTAU_SCAN_LN_LIKELIHOOD] >=
                        row_of(map, i * 6 + j)[MUTAU_SCAN_LN_LIKELIHOOD] - 1e-7);
    mutau_scan_free(map);
    mutau_scan_free(line);
    close_model(&m);
}

/* Asks so often until it says stop. */
static bool count_down(void *left)
{
    long *n = left;
    long now;
#pragma omp atomic capture
    now = --*n;
    return now < 0;
}

static void threads_and_interruptions_change_nothing(void **state)
{
    (void)state;
    model m = open_model(cascades);
    mutau_scan_settings q = grid(2, 5, 6);
    mutau_error err = {0};
    mutau_scan *want = begin(&m, &q);
    finish(want);
    const mutau_scan_state whole = mutau_scan_look(want);
    const size_t size = whole.n_point * whole.n_number * sizeof *whole.row;
    q.n_thread = 3;
    for (long asks = 1; asks < 600; asks = asks * 6 + 5) {
        long left = asks;
        q.stop = (mutau_stop){count_down, &left};
        mutau_scan *scan = begin(&m, &q), *other;
        mutau_status status = MUTAU_OK;
        bool done = false;
        while (!done && status == MUTAU_OK)
            status = mutau_scan_advance(scan, &done, &err);
        assert_true(done || status == MUTAU_ESTOPPED);
        /* What is in the state goes on elsewhere, */
        const mutau_scan_settings undisturbed = grid(2, 5, 6);
        const mutau_scan_state from = mutau_scan_look(scan);
        other = begin(&m, &undisturbed);
        const mutau_scan_state to = mutau_scan_look(other);
        memcpy(to.now, from.now, to.n_point * to.n_cell * sizeof *to.now);
        memcpy(to.next, from.next, to.n_point * to.n_cell * sizeof *to.next);
        memcpy(to.done, from.done, to.n_point);
        memcpy(to.row, from.row, size);
        CHECK_OK(mutau_scan_set_pass(other, from.stride, from.pass, &err), err);
        finish(other);
        assert_memory_equal(mutau_scan_look(other).row, whole.row, size);
        mutau_scan_free(other);
        /* and here. */
        left = 1000000000;
        finish(scan);
        assert_memory_equal(mutau_scan_look(scan).row, whole.row, size);
        mutau_scan_free(scan);
    }
    mutau_scan_free(want);
    close_model(&m);
}

static void what_is_no_grid_is_refused(void **state)
{
    (void)state;
    model m = open_model(cascades);
    mutau_scan *scan = NULL;
    mutau_error err = {0};
    mutau_scan_settings q[8];
    for (size_t i = 0; i < sizeof q / sizeof q[0]; i++)
        q[i] = grid(2, 2, 2);
    q[0].n_axis = 0;
    q[1].n_axis = 3;
    q[2].axis[1].n = 1;
    q[3].axis[1].id = AT_SUM_MNU; /* which is fixed */
    q[4].axis[1].id = AT_MASS;    /* twice */
    q[5].held[AT_MASS] = true;
    q[6].n_start = 0;
    q[7].axis[0].n = MUTAU_SCAN_MAX_POINTS;
    for (size_t i = 0; i < sizeof q / sizeof q[0]; i++) {
        CHECK_STATUS(mutau_scan_alloc(m.posterior, &q[i], &scan, &err), MUTAU_EDOM, err);
        assert_null(scan);
    }
    const mutau_scan_settings fine = grid(2, 5, 6);
    scan = begin(&m, &fine);
    const uint64_t passes[][2] = {{16, 0}, {3, 0}, {1, 1}, {0, 0}, {0, 45}, {UINT64_MAX, 1}};
    for (size_t i = 0; i < sizeof passes / sizeof passes[0]; i++)
        CHECK_STATUS(mutau_scan_set_pass(scan, passes[i][0], passes[i][1], &err), MUTAU_EDATA, err);
    CHECK_OK(mutau_scan_set_pass(scan, 0, 44, &err), err);
    mutau_scan_free(scan);
    close_model(&m);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    model m = open_model(band);
    const mutau_scan_settings q = grid(1, 5, 0);
    mutau_scan *scan = NULL;
    mutau_error err = {0};
    long n = 0;
    CHECK_EACH_ALLOC(mutau_scan_alloc(m.posterior, &q, &scan, &err), scan, n, err);
    assert_true(n > 8);
    mutau_scan_free(scan);
    mutau_scan_free(NULL);
    close_model(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_fixed_map_is_made_of_points),
        cmocka_unit_test(the_profile_of_a_band_is_flat),
        cmocka_unit_test(a_profile_is_that_of_brute_force),
        cmocka_unit_test(climbs_in_several_parameters_end_as_high),
        cmocka_unit_test(threads_and_interruptions_change_nothing),
        cmocka_unit_test(what_is_no_grid_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
