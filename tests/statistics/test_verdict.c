/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict on real chain files with known answers: AR(1) walkers converge with tau = 19,
 * walkers stuck in two modes never do, whatever else looks right.
 *
 * Seeds are fixed.  tau of 32 walkers x 1500 kept rows of AR(1), coefficient 0.9, has a
 * standard deviation below 5 % (Sokal's 2(2W + 1)/n with W = 95 rows and n = 48000), the
 * largest of 8 lies higher by two of them: the limits leave 4 more. */
#include "check.h"
#include "analysis/convergence.h"
#include "base/rng.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_ENSEMBLE = 4, MAX_WALKER = 128, DIM = 2 };

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/mutau-verdict-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

/* How the walkers of a chain move. */
typedef struct law {
    uint32_t seed;
    size_t n_walker, n_row;
    uint64_t thin;
    double correlation;
    double split;        /* every second walker is shifted up by so much */
    double shift;        /* all of them are */
    bool first_is_stuck; /* the first walker never moves */
} law;

typedef struct file {
    char path[96];
    mutau_chain *chain;
} file;

static void advance(const law *how, mutau_rng *rng, double *x, bool start)
{
    const double a = start ? 0.0 : how->correlation, b = sqrt(1.0 - a * a);
    for (size_t i = 0; i < N_ENSEMBLE * how->n_walker; i++)
        for (size_t d = 0; d < DIM; d++) {
            const double mean = how->shift + (i % 2 == 1 ? how->split : 0.0);
            double *one = &x[i * DIM + d];
            const double next = mean + a * (*one - mean) + b * mutau_rng_normal(rng);
            if (start || !(how->first_is_stuck && i == 0))
                *one = next;
        }
}

static void append(mutau_chain *chain, size_t n_walker, const double x[], const double log_prob[])
{
    mutau_chain_step steps[N_ENSEMBLE] = {0};
    mutau_error err = {0};
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){.position = x + e * n_walker * DIM,
                                      .log_prob = log_prob + e * n_walker};
    CHECK_OK(mutau_chain_append(chain, steps, NULL, NULL, &err), err);
}

/* Writes a chain file by the law and opens it. */
static file write_file(const char *name, const law *how)
{
    static const char *const names[] = {"x", "y"}, *const empty[] = {"", ""};
    const mutau_chain_info info = {.n_ensemble = N_ENSEMBLE,
                                   .n_walker = how->n_walker,
                                   .dim = DIM,
                                   .names = names,
                                   .units = empty,
                                   .labels = names,
                                   .config = "",
                                   .config_hash = "c",
                                   .data_hash = "d",
                                   .version = "0",
                                   .seed = how->seed,
                                   .thin = how->thin};
    double *x = calloc((size_t)N_ENSEMBLE * MAX_WALKER * (DIM + 1), sizeof x[0]);
    uint64_t accepted[N_ENSEMBLE * MAX_WALKER] = {0};
    mutau_rng *rng = mutau_rng_alloc(how->seed);
    file out = {.chain = NULL};
    mutau_error err = {0};
    assert_non_null(x);
    assert_non_null(rng);
    const double *log_prob = x + (size_t)N_ENSEMBLE * MAX_WALKER * DIM;
    (void)snprintf(out.path, sizeof out.path, "%s/%s", folder, name);
    CHECK_OK(mutau_chain_create(out.path, &info, true, &out.chain, &err), err);
    for (size_t row = 0; row < how->n_row; row++) {
        advance(how, rng, x, row == 0);
        append(out.chain, how->n_walker, x, log_prob);
    }
    mutau_chain_state state = {.steps = how->n_row * how->thin,
                               .accepted = accepted,
                               .position = x,
                               .ln_prior = log_prob,
                               .ln_like = log_prob};
    mutau_rng_save(rng, &state.rng);
    CHECK_OK(mutau_chain_commit(out.chain, &state, &err), err);
    mutau_chain_close(out.chain);
    CHECK_OK(mutau_chain_open(out.path, &out.chain, &err), err);
    mutau_rng_free(rng);
    free(x);
    return out;
}

static void drop(file *f)
{
    mutau_chain_close(f->chain);
    assert_int_equal(unlink(f->path), 0);
}

static mutau_verdict judge(size_t n, mutau_chain *const chains[])
{
    size_t burn_in[4] = {0};
    mutau_verdict verdict;
    mutau_error err = {0};
    for (size_t i = 0; i < n; i++)
        CHECK_OK(mutau_verdict_auto(chains[i], 0, NULL, &burn_in[i], &verdict, &err), err);
    const mutau_verdict of_run = verdict;
    CHECK_OK(mutau_verdict_compute(n, chains, burn_in, &verdict, &err), err);
    if (n == 1) { /* the verdict of a run is that of its file, without the moments */
        for (size_t i = 0; i < verdict.dim; i++) {
            assert_memory_equal(&of_run.coordinate[i].agreement, &verdict.coordinate[i].agreement,
                                sizeof verdict.coordinate[i].agreement);
            assert_true(isnan(of_run.coordinate[i].mean) && isnan(of_run.coordinate[i].mcse_mean));
        }
        assert_memory_equal(&of_run.worst_rhat, &verdict.worst_rhat, sizeof verdict.worst_rhat);
        assert_memory_equal(&of_run.worst_tau, &verdict.worst_tau, sizeof verdict.worst_tau);
        assert_memory_equal(&of_run.worst_ess_tail, &verdict.worst_ess_tail,
                            sizeof verdict.worst_ess_tail);
    }
    return verdict;
}

static mutau_verdict judge_law(const law *how)
{
    file f = write_file("a.h5", how);
    const mutau_verdict verdict = judge(1, &f.chain);
    drop(&f);
    return verdict;
}

static void good_walkers_converge(void **state)
{
    (void)state;
    const mutau_criteria usual = {.rhat = 1.02, .tau_multiple = 50.0, .ess_bulk = 3000.0};
    for (uint64_t thin = 1; thin <= 5; thin += 4) {
        const mutau_verdict v = judge_law(
            &(law){.seed = 1, .n_walker = 32, .n_row = 2000, .thin = thin, .correlation = 0.9});
        CHECK_ABS(v.kept_steps, 1500.0 * (double)thin, 0.0);
        CHECK_REL(v.worst_tau, 20.0 * (double)thin, 0.25);
        CHECK_REL(v.worst_ess_bulk, 128.0 * 1500.0 / 19.0, 0.15);
        assert_true(v.worst_rhat >= 1.0 && v.worst_rhat < 1.02);
        CHECK_ABS(v.coordinate[0].mean, 0.0, 4.0 * v.coordinate[0].mcse_mean);
        CHECK_REL(v.coordinate[1].sd, 1.0, 0.05);
        assert_true(mutau_verdict_meets(&v, &usual));
        assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.tau_multiple = 100.0}));
    }
}

static void too_short_is_not_converged(void **state)
{
    (void)state;
    const mutau_verdict v =
        judge_law(&(law){.seed = 2, .n_walker = 32, .n_row = 400, .thin = 1, .correlation = 0.99});
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.tau_multiple = 50.0}));
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.rhat = 1.01}));
}

static void burn_in_follows_tau(void **state)
{
    (void)state;
    file f = write_file(
        "a.h5", &(law){.seed = 3, .n_walker = 32, .n_row = 1500, .thin = 1, .correlation = 0.99});
    size_t rows = 0;
    mutau_verdict verdict;
    mutau_error err = {0};
    CHECK_OK(mutau_verdict_auto(f.chain, 0, NULL, &rows, &verdict, &err), err);
    CHECK_ABS(verdict.kept_steps, 1500.0 - (double)rows, 0.0);
    /* A quarter is 375, 5 tau 995: from so few rows, less their mean, tau comes out low. */
    assert_in_range(rows, 376, 995);
    drop(&f);
}

/* Every walker mixes within its mode, tau is short, and the flattened means agree. */
static void walkers_stuck_in_two_modes_never_converge(void **state)
{
    (void)state;
    for (size_t n_walker = 32; n_walker <= MAX_WALKER; n_walker *= 2) {
        const mutau_verdict v = judge_law(&(law){.seed = 4,
                                                 .n_walker = n_walker,
                                                 .n_row = 1000,
                                                 .thin = 1,
                                                 .correlation = 0.5,
                                                 .split = 6.0});
        assert_true(mutau_verdict_meets(&v, &(mutau_criteria){.tau_multiple = 50.0}));
        assert_true(v.worst_rhat > 1.5);
        assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.rhat = 1.01}));
        assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.ess_bulk = 2000.0}));
    }
}

static void a_walker_that_never_moves_has_no_tau(void **state)
{
    (void)state;
    const mutau_verdict v = judge_law(&(law){.seed = 5,
                                             .n_walker = 32,
                                             .n_row = 1000,
                                             .thin = 1,
                                             .correlation = 0.5,
                                             .first_is_stuck = true});
    assert_true(isnan(v.worst_tau));
    assert_false(mutau_verdict_meets(&v, &(mutau_criteria){.tau_multiple = 1e-6}));
}

static void files_in_two_modes_are_converged_one_by_one_only(void **state)
{
    (void)state;
    law how = {.seed = 6, .n_walker = 32, .n_row = 1000, .thin = 1, .correlation = 0.5};
    file low = write_file("a.h5", &how);
    how.seed = 7;
    file also_low = write_file("b.h5", &how);
    how.seed = 8;
    how.shift = 6.0;
    how.n_row = 1200;
    file high = write_file("c.h5", &how);
    const mutau_criteria usual = {.rhat = 1.02, .tau_multiple = 50.0};
    mutau_verdict v = judge(1, &high.chain);
    assert_true(mutau_verdict_meets(&v, &usual));
    v = judge(2, (mutau_chain *const[]){low.chain, also_low.chain});
    assert_true(mutau_verdict_meets(&v, &usual));
    CHECK_REL(v.worst_ess_bulk, 256.0 * 750.0 / 3.0, 0.1);
    v = judge(2, (mutau_chain *const[]){low.chain, high.chain});
    assert_false(mutau_verdict_meets(&v, &usual));
    CHECK_ABS(v.kept_steps, 750.0, 0.0);
    assert_true(v.worst_rhat > 1.5);
    drop(&low);
    drop(&also_low);
    drop(&high);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_walkers_converge),
        cmocka_unit_test(too_short_is_not_converged),
        cmocka_unit_test(burn_in_follows_tau),
        cmocka_unit_test(walkers_stuck_in_two_modes_never_converge),
        cmocka_unit_test(a_walker_that_never_moves_has_no_tau),
        cmocka_unit_test(files_in_two_modes_are_converged_one_by_one_only),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
