/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The maxima of likelihood and posterior of a run: set-up, edges, errors. */
#include "check.h"
#include "fail_alloc.h"
#include "model_of_text.h"
#include "model_order.h"
#include "posterior/maxima.h"

#include <string.h>

/* No data: the likelihood is that of delta a_mu alone. */
#define MODEL(a_prior)                                                                             \
    "model: {cross_section: paper}\n"                                                              \
    "parameters: {m_zprime: 15, gamma: 2.5, sum_mnu: 0.1, A: " a_prior ",\n"                       \
    "  g_prime: {prior: log-uniform, min: 1e-5, max: 1e-2}}\n"                                     \
    "likelihood: {kind: none}\nterms: {g-2: wp2020}\n"

static const mutau_maxima_settings how = {.n_start = 4, .seed = 3, .n_thread = 1};

static mutau_status search(const model *m, const bool held[], const double at[], mutau_maxima *out,
                           mutau_error *err)
{
    return mutau_maxima_search(m->posterior, held, at, &how, out, err);
}

/* Flat priors: one search, whose optima are of both goals. */
static void flat_priors_are_searched_once(void **state)
{
    (void)state;
    model m = open_model(MODEL("1"));
    const bool held[N_PARAMETER] = {false};
    const double at[N_PARAMETER] = {0};
    mutau_maxima maxima;
    mutau_error err = {0};
    CHECK_OK(search(&m, held, at, &maxima, &err), err);
    assert_true(maxima.flat);
    assert_int_equal(maxima.free_ones.dim, 1);
    assert_ptr_equal(maxima.of[MUTAU_SEARCH_LIKELIHOOD], maxima.of[MUTAU_SEARCH_POSTERIOR]);
    assert_int_equal(maxima.evaluations, maxima.of[0]->evaluations);
    const mutau_optimum *best = &maxima.of[0]->optima[0];
    assert_int_equal(mutau_maxima_edge(&maxima, 0, best->x[0]), 0);
    assert_int_equal(mutau_maxima_edge(&maxima, 0, -5.0 + 2e-6), -1);
    assert_int_equal(mutau_maxima_edge(&maxima, 0, -5.0 + 4e-6), 0);
    assert_int_equal(mutau_maxima_edge(&maxima, 0, -2.0 - 2e-6), 1);
    assert_int_equal(mutau_maxima_edge(&maxima, 0, -2.0 - 4e-6), 0);
    mutau_maxima_release(&maxima);
    assert_null(maxima.of[0]);
    close_model(&m);
}

/* Of a normal prior that the likelihood does not see the posterior's maximum is its mean; held,
 * it is flat again. */
static void other_priors_are_searched_twice(void **state)
{
    (void)state;
    model m =
        open_model(MODEL("{prior: truncated-normal, mean: 1.2, sigma: 0.1, min: 0, max: .inf}"));
    bool held[N_PARAMETER] = {false};
    const double at[N_PARAMETER] = {[AT_A] = 1.0};
    mutau_maxima maxima;
    mutau_error err = {0};
    CHECK_OK(search(&m, held, at, &maxima, &err), err);
    assert_false(maxima.flat);
    assert_int_equal(maxima.evaluations, maxima.of[0]->evaluations + maxima.of[1]->evaluations);
    size_t a = 0;
    while (maxima.free_ones.free_id[a] != AT_A)
        a++;
    CHECK_ABS(maxima.of[MUTAU_SEARCH_POSTERIOR]->optima[0].x[a], 1.2, 1e-4);
    mutau_maxima_release(&maxima);
    held[AT_A] = true;
    CHECK_OK(search(&m, held, at, &maxima, &err), err);
    assert_true(maxima.flat);
    mutau_maxima_release(&maxima);
    close_model(&m);
}

static void nothing_free_is_refused(void **state)
{
    (void)state;
    model m = open_model(MODEL("1"));
    const bool held[N_PARAMETER] = {[AT_COUPLING] = true};
    const double at[N_PARAMETER] = {[AT_COUPLING] = 1e-3};
    mutau_maxima maxima;
    mutau_error err = {0};
    CHECK_STATUS(search(&m, held, at, &maxima, &err), MUTAU_EUSAGE, err);
    assert_non_null(strstr(err.text, "nothing to fit"));
    mutau_maxima_release(&maxima);
    close_model(&m);
}

static void no_memory_is_reported(void **state)
{
    (void)state;
    model m =
        open_model(MODEL("{prior: truncated-normal, mean: 1.2, sigma: 0.1, min: 0, max: .inf}"));
    const bool held[N_PARAMETER] = {false};
    const double at[N_PARAMETER] = {0};
    mutau_maxima maxima;
    mutau_error err = {0};
    for (long n = 0; n < 3; n++) {
        fail_alloc_after = n;
        CHECK_STATUS(search(&m, held, at, &maxima, &err), MUTAU_ENOMEM, err);
        fail_alloc_after = -1;
        mutau_maxima_release(&maxima);
    }
    close_model(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flat_priors_are_searched_once),
        cmocka_unit_test(other_priors_are_searched_twice),
        cmocka_unit_test(nothing_free_is_refused),
        cmocka_unit_test(no_memory_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
