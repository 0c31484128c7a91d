/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidence of stored chains that have a mixture, against one that is known. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/pool_evidence.h"
#include "sampler/mixture.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_ENSEMBLE = 2, N_WALKER = 16, N = N_ENSEMBLE * N_WALKER, DIM = 2, N_FIT = 400 };
enum { T = 3, N_EARLY = 20, N_ROW = 150 };

static const char *const NAMES[DIM] = {"a", "b"}, *const TEXTS[DIM] = {"", ""};
static const double LN_Z = -3.25, PI = 3.14159265358979323846;

/* p: Z times a normal of means 1 and -1 and standard deviations 1 and 2. */
static double ln_p(const double x[DIM])
{
    return LN_Z - 0.5 * pow(x[0] - 1.0, 2.0) - 0.5 * pow((x[1] + 1.0) / 2.0, 2.0) -
           log(2.0 * PI * 2.0);
}

static void draw_p(mutau_rng *rng, double x[DIM])
{
    x[0] = 1.0 + mutau_rng_normal(rng);
    x[1] = -1.0 + 2.0 * mutau_rng_normal(rng);
}

/* Fitted to few draws of p moved by `shift`, with a prior three times as wide. */
static mutau_mixture *fit(unsigned seed, double shift)
{
    static double posterior[N_FIT][DIM], prior[N_FIT][DIM];
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(rng);
    for (size_t i = 0; i < N_FIT; i++) {
        draw_p(rng, posterior[i]);
        posterior[i][0] += shift;
        draw_p(rng, prior[i]);
        for (size_t d = 0; d < DIM; d++)
            prior[i][d] *= 3.0;
    }
    mutau_rng_free(rng);
    const mutau_mixture_settings settings = {.dim = DIM, .max_component = 3, .wide_weight = 0.05};
    const mutau_mixture_sample of_posterior = {N_FIT, posterior[0], NULL};
    const mutau_mixture_sample of_prior = {N_FIT, prior[0], NULL};
    mutau_mixture *mixture = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_mixture_fit(&settings, &of_posterior, &of_prior, &mixture, &err), err);
    return mixture;
}

/* What is stored of a run. */
typedef struct plan {
    unsigned seed;
    size_t n_row, thin, n_temperature;
    double shift;       /* of the mixture */
    double raised;      /* of all log_prob over what the weights say */
    double ladder_ln_z; /* that all rungs say, without an error */
    bool no_mixture;
} plan;

typedef struct walkers {
    double x[N][DIM], log_prob[N], log_weight[N];
} walkers;

/* Three of four proposals are draws of the mixture, the others of a random walk. */
static void step(const plan *p, const mutau_mixture *q, mutau_rng *rng, walkers *w)
{
    for (size_t i = 0; i < N; i++) {
        const bool independent = mutau_rng_uniform(rng) < 0.75;
        double y[DIM];
        if (independent)
            mutau_mixture_draw(q, rng, y);
        else
            for (size_t d = 0; d < DIM; d++)
                y[d] = w->x[i][d] + mutau_rng_normal(rng);
        const double weight = ln_p(y) - mutau_mixture_ln_density(q, y);
        const double ln_ratio =
            independent ? weight - (ln_p(w->x[i]) - mutau_mixture_ln_density(q, w->x[i]))
                        : ln_p(y) - ln_p(w->x[i]);
        if (log(mutau_rng_uniform(rng)) < ln_ratio)
            memcpy(w->x[i], y, sizeof y);
        w->log_prob[i] = ln_p(w->x[i]) + p->raised;
        w->log_weight[i] = independent ? weight : (double)NAN;
    }
}

static void append(mutau_chain *chain, const plan *p, walkers *w)
{
    static const double beta[T] = {1.0, 0.5, 0.0};
    double log_like[N * T];
    const mutau_chain_tempering tempering = {beta, log_like};
    const mutau_chain_step steps[N_ENSEMBLE] = {{w->x[0], w->log_prob, NULL},
                                                {w->x[N_WALKER], w->log_prob + N_WALKER, NULL}};
    mutau_error err = {0};
    for (size_t i = 0; i < N * p->n_temperature; i++)
        log_like[i] = p->ladder_ln_z;
    CHECK_OK(mutau_chain_append(chain, steps, p->n_temperature > 1 ? &tempering : NULL,
                                p->no_mixture ? NULL : w->log_weight, &err),
             err);
}

static void commit(mutau_chain *chain, const plan *p)
{
    static const double zeros[N * T * DIM];
    static const uint64_t accepted[N * T];
    static const mutau_chain_swaps swaps[T];
    const mutau_chain_state s = {.rng = {.key = {1}, .pos = 1},
                                 .steps = p->n_row * p->thin,
                                 .accepted = accepted,
                                 .position = zeros,
                                 .ln_prior = zeros,
                                 .ln_like = zeros,
                                 .beta = p->n_temperature > 1 ? zeros : NULL,
                                 .swaps = p->n_temperature > 1 ? swaps : NULL};
    mutau_error err = {0};
    CHECK_OK(mutau_chain_commit(chain, &s, &err), err);
}

static mutau_chain *open_new(const char *path, mutau_chain *chain)
{
    mutau_error err = {0};
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    (void)unlink(path);
    return chain;
}

static mutau_chain *create(const plan *p, const char *mixture, char path[])
{
    const mutau_chain_info info = {.n_ensemble = N_ENSEMBLE,
                                   .n_walker = N_WALKER,
                                   .dim = DIM,
                                   .names = NAMES,
                                   .units = TEXTS,
                                   .labels = TEXTS,
                                   .thin = p->thin,
                                   .n_temperature = p->n_temperature,
                                   .mixture = p->no_mixture ? NULL : mixture};
    mutau_chain *chain = NULL;
    mutau_error err = {0};
    assert_true(close(mkstemp(path)) == 0);
    CHECK_OK(mutau_chain_create(path, &info, true, &chain, &err), err);
    return chain;
}

static mutau_chain *make(plan p)
{
    char path[] = "/tmp/mutau-bridge-XXXXXX";
    mutau_mixture *q = fit(p.seed, p.shift);
    char *text = mutau_mixture_write(q);
    mutau_rng *rng = mutau_rng_alloc(100 + p.seed);
    walkers w;
    assert_true(text != NULL && rng != NULL);
    mutau_chain *chain = create(&p, text, path);
    for (size_t i = 0; i < N; i++)
        draw_p(rng, w.x[i]);
    for (size_t t = 0; t < p.n_row; t++) {
        for (size_t i = 0; i < p.thin; i++)
            step(&p, q, rng, &w);
        append(chain, &p, &w);
    }
    commit(chain, &p);
    mutau_mixture_free(q);
    mutau_rng_free(rng);
    free(text);
    return open_new(path, chain);
}

static mutau_evidence evidence_of(size_t n_chain, mutau_chain *const chains[], size_t burn_in)
{
    const size_t burn_ins[] = {burn_in, burn_in};
    mutau_pool pool;
    mutau_evidence e;
    mutau_error err = {0};
    CHECK_OK(mutau_pool_init(&pool, n_chain, chains, burn_ins, &err), err);
    CHECK_OK(mutau_pool_evidence(&pool, &e, &err), err);
    return e;
}

static mutau_evidence evidence_of_plan(plan p)
{
    mutau_chain *chain = make(p);
    const mutau_evidence e = evidence_of(1, &chain, N_EARLY);
    mutau_chain_close(chain);
    return e;
}

static const plan usual = {.seed = 1, .n_row = N_ROW, .thin = 1, .n_temperature = 1};

/* 4.5 standard errors each. */
static void check_known(const mutau_evidence *e)
{
    assert_int_equal(e->why, MUTAU_EVIDENCE_KNOWN);
    assert_int_equal(e->why_no_bridge, MUTAU_EVIDENCE_KNOWN);
    CHECK_ABS(e->ln_z, LN_Z, 4.5 * e->error);
    CHECK_ABS(e->bridge.ln_z, e->ln_z, 0.0);
    CHECK_ABS(e->bridge.error, e->error, 0.0);
    CHECK_ABS(e->importance.ln_z, LN_Z, 4.5 * e->importance.error);
    assert_true(e->error >= e->mc_error && e->mc_error > 0.0 && e->error < 0.05);
    assert_true(e->khat < 0.7 && e->share > 0.5 && e->share < 1.0);
    assert_true(e->bridge_overlap > 500.0);
}

static void a_mixture_gives_the_known_evidence(void **state)
{
    (void)state;
    mutau_evidence e = evidence_of_plan(usual);
    check_known(&e);
    assert_true(e.error >= e.scatter / sqrt((double)N_ENSEMBLE));
    CHECK_ABS(e.difference, e.bridge.ln_z - e.importance.ln_z, 0.0);
    assert_int_equal(e.why_no_stones, MUTAU_EVIDENCE_UNTEMPERED);
    assert_true(isnan(e.stones.ln_z) && isnan(e.ti) && !e.ti_usable);
    /* every row's proposals count, a quarter of which are of another move */
    CHECK_ABS((double)e.n_proposal, 0.75 * N * N_ROW, 5.0 * sqrt(0.1875 * N * N_ROW));
    plan p = usual;
    p.thin = 3;
    e = evidence_of_plan(p);
    check_known(&e);
}

/* The density of the mixture is taken from the weights where that is right: with or without, the
 * numbers are the same.  With a ladder it is computed at each draw. */
static void known_densities_are_used(void **state)
{
    (void)state;
    plan p = usual;
    const mutau_evidence one = evidence_of_plan(p);
    p.n_temperature = T;
    p.ladder_ln_z = one.ln_z;
    const mutau_evidence other = evidence_of_plan(p);
    CHECK_ABS(one.ln_z, other.ln_z, 1e-12);
    CHECK_REL(one.error, other.error, 1e-9);
    CHECK_REL(one.scatter, other.scatter, 1e-9);
    CHECK_REL(one.bridge_overlap, other.bridge_overlap, 1e-9);
    CHECK_ABS(one.importance.ln_z, other.importance.ln_z, 0.0);
    CHECK_ABS(one.khat, other.khat, 0.0);
    assert_int_equal(other.why_no_stones, MUTAU_EVIDENCE_KNOWN);
    CHECK_ABS(other.stones.ln_z, one.ln_z, 1e-12);
    CHECK_ABS(other.stones.error, 0.0, 0.0);
}

static void files_are_pooled(void **state)
{
    (void)state;
    plan p = usual;
    p.seed = 2; /* another mixture, too */
    mutau_chain *chains[] = {make(usual), make(p)};
    const mutau_evidence one = evidence_of(1, chains, N_EARLY);
    const mutau_evidence two = evidence_of(1, chains + 1, N_EARLY);
    const mutau_evidence both = evidence_of(2, chains, N_EARLY);
    const double w1 = 1.0 / (one.error * one.error), w2 = 1.0 / (two.error * two.error);
    check_known(&both);
    CHECK_REL(both.ln_z, (w1 * one.ln_z + w2 * two.ln_z) / (w1 + w2), 1e-12);
    CHECK_REL(both.scatter, hypot(one.scatter, two.scatter) / sqrt(2.0), 1e-12);
    CHECK_ABS(both.khat, fmax(one.khat, two.khat), 0.0);
    CHECK_ABS(both.share, fmin(one.share, two.share), 0.0);
    assert_int_equal(both.n_proposal, one.n_proposal + two.n_proposal);
    p.no_mixture = true;
    mutau_chain *plain = make(p), *mixed[] = {chains[0], plain};
    assert_int_equal(evidence_of(2, mixed, N_EARLY).why, MUTAU_EVIDENCE_LADDERS);
    assert_int_equal(evidence_of(1, &plain, N_EARLY).why, MUTAU_EVIDENCE_UNTEMPERED);
    mutau_chain_close(plain);
    /* A file with a ladder alone counts, but a method is one that all have. */
    p.n_temperature = T;
    p.ladder_ln_z = LN_Z;
    mutau_chain *ladder = make(p);
    mixed[1] = ladder;
    const mutau_evidence e = evidence_of(2, mixed, N_EARLY);
    assert_int_equal(e.why, MUTAU_EVIDENCE_KNOWN);
    assert_int_equal(e.why_no_bridge, MUTAU_EVIDENCE_NO_MIXTURE);
    assert_int_equal(e.why_no_stones, MUTAU_EVIDENCE_UNTEMPERED);
    assert_true(isnan(e.bridge.ln_z) && isnan(e.stones.ln_z) && isnan(e.importance.ln_z));
    CHECK_ABS(e.ln_z, LN_Z, 1e-12); /* that has no error, and counts alone */
    mutau_chain_close(ladder);
    mutau_chain_close(chains[0]);
    mutau_chain_close(chains[1]);
}

static void methods_that_disagree_are_none(void **state)
{
    (void)state;
    plan p = usual;
    p.n_temperature = T;
    p.ladder_ln_z = LN_Z + 1.0;
    mutau_evidence e = evidence_of_plan(p);
    assert_int_equal(e.why, MUTAU_EVIDENCE_METHODS);
    assert_true(isnan(e.ln_z) && isnan(e.error));
    CHECK_ABS(e.bridge.ln_z, LN_Z, 0.1);
    CHECK_ABS(e.stones.ln_z, LN_Z + 1.0, 1e-9);
    /* The stones have no error: only the bridge's counts. */
    p.ladder_ln_z = e.bridge.ln_z + 3.9 * e.bridge.error;
    assert_int_equal(evidence_of_plan(p).why, MUTAU_EVIDENCE_KNOWN);
    p.ladder_ln_z = e.bridge.ln_z + 4.1 * e.bridge.error;
    assert_int_equal(evidence_of_plan(p).why, MUTAU_EVIDENCE_METHODS);
    /* Posterior draws that are not those of the density of the proposals. */
    p = usual;
    p.thin = 2;
    p.raised = 1.0;
    e = evidence_of_plan(p);
    assert_int_equal(e.why, MUTAU_EVIDENCE_METHODS);
    CHECK_ABS(e.importance.ln_z, LN_Z, 0.1);
    assert_true(e.bridge.ln_z > LN_Z + 0.2);
}

static void there_may_be_none(void **state)
{
    (void)state;
    plan p = usual;
    p.n_row = 12;
    mutau_chain *chain = make(p);
    mutau_evidence e = evidence_of(1, &chain, 9);
    assert_int_equal(e.why, MUTAU_EVIDENCE_FEW_ROWS);
    mutau_chain_close(chain);
    p.n_row = 4;
    chain = make(p);
    e = evidence_of(1, &chain, 0);
    assert_int_equal(e.why, MUTAU_EVIDENCE_BRIDGE);
    assert_true(isnan(e.ln_z) && e.bridge_overlap < MUTAU_EVIDENCE_MIN_DRAWS && e.n_proposal > 50);
    mutau_chain_close(chain);
    /* then the stones do, if there are any */
    p.n_temperature = T;
    p.ladder_ln_z = LN_Z;
    chain = make(p);
    e = evidence_of(1, &chain, 0);
    assert_int_equal(e.why, MUTAU_EVIDENCE_KNOWN);
    assert_int_equal(e.why_no_bridge, MUTAU_EVIDENCE_BRIDGE);
    CHECK_ABS(e.ln_z, LN_Z, 1e-12);
    mutau_chain_close(chain);
    /* nothing of the mixture is where the posterior is */
    p = usual;
    p.shift = 1e6;
    e = evidence_of_plan(p);
    assert_int_equal(e.why, MUTAU_EVIDENCE_BRIDGE);
}

static void check_refused(const char *mixture, const char *words)
{
    char path[] = "/tmp/mutau-bridge-XXXXXX";
    mutau_chain *chain = create(&usual, mixture, path);
    const size_t burn_in = 0;
    walkers w = {0};
    mutau_pool pool;
    mutau_evidence e;
    mutau_error err = {0};
    for (size_t t = 0; t < 10; t++)
        append(chain, &usual, &w);
    commit(chain, &usual);
    chain = open_new(path, chain);
    CHECK_OK(mutau_pool_init(&pool, 1, &chain, &burn_in, &err), err);
    CHECK_STATUS(mutau_pool_evidence(&pool, &e, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, words));
    mutau_chain_close(chain);
}

static void a_wrong_mixture_is_refused(void **state)
{
    (void)state;
    const double one[] = {0.0, 1.0, 2.0, 3.0};
    const mutau_mixture_sample sample = {4, one, NULL};
    const mutau_mixture_settings settings = {.dim = 1, .max_component = 1, .wide_weight = 0.1};
    mutau_mixture *mixture = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_mixture_fit(&settings, &sample, &sample, &mixture, &err), err);
    char *text = mutau_mixture_write(mixture);
    assert_non_null(text);
    check_refused("no mixture", "must begin with");
    check_refused(text, "1 coordinates, the chain 2");
    free(text);
    mutau_mixture_free(mixture);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_chain *chain = make(usual);
    const size_t burn_in = N_EARLY;
    const void *none = NULL;
    mutau_pool pool;
    mutau_evidence e;
    mutau_error err = {0};
    long n = 0;
    CHECK_OK(mutau_pool_init(&pool, 1, &chain, &burn_in, &err), err);
    CHECK_EACH_ALLOC(mutau_pool_evidence(&pool, &e, &err), none, n, err);
    assert_true(n > 8);
    mutau_chain_close(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mixture_gives_the_known_evidence),
        cmocka_unit_test(known_densities_are_used),
        cmocka_unit_test(files_are_pooled),
        cmocka_unit_test(methods_that_disagree_are_none),
        cmocka_unit_test(there_may_be_none),
        cmocka_unit_test(a_wrong_mixture_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
