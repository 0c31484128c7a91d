/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation while two chain files are summarised fails once: MUTAU_ENOMEM each
 * time, and nothing is lost.  (One thread: allocations are counted.) */
#include "check.h"
#include "fail_alloc.h"
#include "base/rng.h"
#include "analysis/summary.h"
#include "regions_stand_in.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_WALKER = 4, DIM = 2, N_BLOB = 3, N_ROW = 12, N_CHAIN = 2 };

static const char config[] =
    "model: {cross_section: paper}\n"
    "parameters: {m_zprime: 10, g_prime: {prior: log-uniform, min: 1e-5, max: 1e-1}, A: 1}\n"
    "data: [no-longer-there]\n";

/* g' and gamma are free. */
static mutau_chain *make_chain(const char *folder, uint32_t seed)
{
    static const char *const names[DIM] = {"log10_g_prime", "gamma"};
    static const char *const blob_names[N_BLOB] = {"m_zprime", "g_prime", "delta_a_mu"};
    const mutau_chain_info info = {.n_ensemble = 1,
                                   .n_walker = N_WALKER,
                                   .dim = DIM,
                                   .n_blob = N_BLOB,
                                   .names = names,
                                   .blob_names = blob_names,
                                   .config = config,
                                   .seed = seed,
                                   .thin = 1};
    char path[64];
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    double x[N_WALKER][DIM], log_prob[N_WALKER], blob[N_WALKER][N_BLOB];
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(rng);
    (void)snprintf(path, sizeof path, "%s/%u.h5", folder, (unsigned)seed);
    CHECK_OK(mutau_chain_create(path, &info, false, &chain, &err), err);
    for (int row = 0; row < N_ROW; row++) {
        for (int w = 0; w < N_WALKER; w++) {
            x[w][0] = -5.0 + 4.0 * mutau_rng_uniform(rng);
            x[w][1] = 1.8 + 1.7 * mutau_rng_uniform(rng);
            log_prob[w] = -mutau_rng_uniform(rng);
            blob[w][0] = 10.0;
            blob[w][1] = pow(10.0, x[w][0]);
            blob[w][2] = blob[w][1] * blob[w][1];
        }
        const mutau_chain_step step = {x[0], log_prob, blob[0]};
        CHECK_OK(mutau_chain_append(chain, &step, NULL, NULL, &err), err);
    }
    const uint64_t accepted[N_WALKER] = {0};
    mutau_chain_state s = {.steps = N_ROW,
                           .accepted = accepted,
                           .position = x[0],
                           .ln_prior = log_prob,
                           .ln_like = log_prob,
                           .blob = blob[0]};
    mutau_rng_save(rng, &s.rng);
    CHECK_OK(mutau_chain_commit(chain, &s, &err), err);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    mutau_rng_free(rng);
    (void)unlink(path);
    return chain;
}

static void summaries_report_each_failed_allocation(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-summary-XXXXXX";
    assert_non_null(mkdtemp(folder));
    mutau_chain *chains[N_CHAIN] = {make_chain(folder, 1), make_chain(folder, 2)};
    mutau_summary *summary = calloc(1, sizeof *summary);
    const void *none = NULL;
    mutau_error err = {0};
    long n = 0;
    assert_non_null(summary);
    CHECK_EACH_ALLOC(mutau_summary_compute(N_CHAIN, chains, summary, &err), none, n, err);
    assert_true(n > 300);
    assert_int_equal(summary->n_parameter, 2);
    assert_int_equal(summary->n_derived, 2); /* g' and Delta a_mu */
    assert_int_equal(summary->n_column, N_CHAIN * N_WALKER);
    free(summary);
    for (size_t i = 0; i < N_CHAIN; i++)
        mutau_chain_close(chains[i]);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries_report_each_failed_allocation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
