/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation of the sampler fails once: MUTAU_ENOMEM, and nothing is left
 * behind (the sanitizer and valgrind runs see the leaks). */
#include "check.h"
#include "fail_alloc.h"
#include "sampler/ensemble.h"

#include <stdlib.h>

enum { DIM = 2, N_WALKER = 6, N_THREAD = 3, N_RUNG = 3 };

static int n_workspace = 0, n_workspace_max = N_THREAD;

static mutau_status ws_alloc(const void *self, void **ws)
{
    (void)self;
    *ws = n_workspace < n_workspace_max ? malloc(1) : NULL;
    if (*ws == NULL)
        return MUTAU_ENOMEM;
    n_workspace++;
    return MUTAU_OK;
}

static void ws_free(void *ws)
{
    n_workspace--;
    free(ws);
}

static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    (void)self;
    assert_non_null(ws);
    assert_non_null(blob);
    *ln_prior = 0.0;
    *ln_like = -0.5 * (theta[0] * theta[0] + theta[1] * theta[1]);
    blob[0] = theta[0];
    return MUTAU_OK;
}

static void draw(const void *self, mutau_rng *rng, double theta[])
{
    (void)self;
    theta[0] = mutau_rng_normal(rng);
    theta[1] = mutau_rng_normal(rng);
}

static const char *const NAMES[] = {"x", "y"};
static const mutau_target TARGET = {.dim = DIM,
                                    .n_blob = 1,
                                    .eval = eval,
                                    .draw = draw,
                                    .ws_alloc = ws_alloc,
                                    .ws_free = ws_free,
                                    .names = NAMES};
static const mutau_move_stretch_settings STRETCH = {.a = 2.0};
static const mutau_move_walk_settings WALK = {.s = 2};
static const mutau_move_de_settings DE = {.gamma0 = 1.0, .sigma = 1e-5};
static const mutau_move_snooker_settings SNOOKER = {.gamma = 1.7};
static const mutau_move_kde_settings KDE = {.bandwidth = 0.5};
static const mutau_move_gaussian_settings GAUSSIAN = {.scale = 1.0};

static mutau_status build(mutau_rng *rng, mutau_ensemble **out, mutau_error *err)
{
    const mutau_ensemble_settings settings = {.n_ensemble = 2,
                                              .n_walker = N_WALKER,
                                              .n_move = 6,
                                              .moves = {{&mutau_move_stretch, &STRETCH, 1.0},
                                                        {&mutau_move_walk, &WALK, 1.0},
                                                        {&mutau_move_de, &DE, 1.0},
                                                        {&mutau_move_snooker, &SNOOKER, 1.0},
                                                        {&mutau_move_kde, &KDE, 1.0},
                                                        {&mutau_move_gaussian, &GAUSSIAN, 1.0}},
                                              .n_thread = N_THREAD,
                                              .n_temperature = N_RUNG,
                                              .ladder = mutau_ladder_defaults()};
    return mutau_ensemble_alloc(&TARGET, &settings, rng, out, err);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_rng *rng = mutau_rng_alloc(5);
    mutau_ensemble *e = NULL;
    mutau_error err = {0};
    long count;
    CHECK_EACH_ALLOC(build(rng, &e, &err), e, count, err);
    assert_in_range(count, 15, 29 + check_stride(7));
    assert_int_equal(n_workspace, N_THREAD);
    mutau_ensemble_free(e);
    assert_int_equal(n_workspace, 0);
    mutau_rng_free(rng);
}

static void failed_workspaces_are_reported(void **state)
{
    (void)state;
    mutau_rng *rng = mutau_rng_alloc(5);
    for (n_workspace_max = 0; n_workspace_max < N_THREAD; n_workspace_max++) {
        mutau_ensemble *e = NULL;
        mutau_error err = {0};
        CHECK_STATUS(build(rng, &e, &err), MUTAU_ENOMEM, err);
        assert_null(e);
        assert_int_equal(n_workspace, 0);
    }
    mutau_rng_free(rng);
}

static void starts_without_memory_are_reported_and_can_be_repeated(void **state)
{
    (void)state;
    mutau_rng *rng = mutau_rng_alloc(5);
    mutau_ensemble *e = NULL;
    mutau_error err = {0};
    CHECK_OK(build(rng, &e, &err), err);
    for (long n = 0; n < 2 * N_RUNG; n++) { /* one for each rung of the two ensembles */
        fail_alloc_after = n;
        CHECK_STATUS(mutau_ensemble_start(e, &err), MUTAU_ENOMEM, err);
    }
    CHECK_OK(mutau_ensemble_start(e, &err), err);
    fail_alloc_after = 0; /* a step allocates nothing, whatever its move */
    for (size_t step = 0; step < 50; step++)
        CHECK_OK(mutau_ensemble_step(e, &err), err);
    fail_alloc_after = -1;
    mutau_ensemble_free(e);
    assert_int_equal(n_workspace, 0);
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(failed_workspaces_are_reported),
        cmocka_unit_test(starts_without_memory_are_reported_and_can_be_repeated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
