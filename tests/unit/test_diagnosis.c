/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Diagnoses of chains that are made to be ill in one known way each. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/diagnosis.h"
#include "base/rng.h"
#include "sampler/mixture.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_ENSEMBLE = 4, N_WALKER = 8, N_COLUMN = N_ENSEMBLE * N_WALKER, DIM = 2 };

static const char config[] = "model: {cross_section: paper}\n"
                             "parameters: {m_zprime: 10, g_prime: {prior: log-uniform, min: 1e-9, "
                             "max: 1}, A: 1}\n"
                             "data: [no-longer-there]\n";

/* The weights of the draws of a mixture: all the same, or by another law; or nowhere any. */
typedef enum weights { NO_MIXTURE, EVEN, LOGNORMAL, HEAVY, NOWHERE } weights;

/* What is wrong with a chain, and how. */
typedef struct illness {
    size_t n_row;
    double rho;      /* of the AR(1) walkers; larger is slower */
    double distance; /* between two modes of log10_g_prime */
    size_t n_up[N_ENSEMBLE];
    bool frozen; /* the last walker of all never moves */
    uint64_t accepted, failures;
    const char *config;                 /* NULL: the one above */
    bool tempered;                      /* ln L is N(0, 0.1^2) at each of T rungs ... */
    size_t n_rung;                      /* (2: without the one between) */
    uint64_t n_swap, n_swapped;         /* of the hottest pair; 0: 100, and 50 */
    double outliers;                    /* ... but for this share of it, which is 10 */
    size_t burn_in;                     /* rows, in which ... */
    double left;                        /* ... the first walker stands so far off, as well as any */
    double strange_log_prob, strange_x; /* of the last walker in the last row, unless 0 */
    weights weights;                    /* each draw is taken */
} illness;

enum { T = 3 };
static const double beta[T] = {1.0, 0.5, 0.0}, short_beta[2] = {1.0, 0.0};

static size_t rungs(const illness *ill)
{
    return !ill->tempered ? 1 : ill->n_rung == 2 ? 2 : T;
}

static const illness health = {.n_row = 600, .rho = 0.5, .accepted = 300};

static void draw_step(const illness *ill, mutau_rng *rng, size_t row, double x[][DIM],
                      double log_prob[])
{
    for (size_t c = 0; c < N_COLUMN; c++) {
        const bool up = c % N_WALKER < ill->n_up[c / N_WALKER];
        const double centre[DIM] = {up ? -5.0 + ill->distance : -5.0, 2.6};
        if (ill->frozen && c == N_COLUMN - 1 && row > 0)
            continue;
        log_prob[c] = -mutau_rng_uniform(rng);
        for (size_t k = 0; k < DIM; k++) {
            const double off = c == 0 && k == 0 && row < ill->burn_in ? ill->left : 0.0;
            const bool anew = row == 0 || (c == 0 && row == ill->burn_in);
            const double innovation = 0.1 * mutau_rng_normal(rng);
            x[c][k] = anew ? centre[k] + innovation
                           : centre[k] + ill->rho * (x[c][k] - centre[k]) +
                                 sqrt(1.0 - ill->rho * ill->rho) * innovation;
            if (fabs(off) > 0.0)
                x[c][k] = centre[k] + off + 0.1 * innovation;
        }
        if (row + 1 == ill->n_row && c + 1 == N_COLUMN) {
            log_prob[c] += ill->strange_log_prob;
            x[c][0] += ill->strange_x;
        }
    }
}

static void draw_log_like(const illness *ill, mutau_rng *rng, double log_like[])
{
    for (size_t i = 0; i < (size_t)N_COLUMN * T; i++) {
        const double z = mutau_rng_normal(rng);
        log_like[i] = mutau_rng_uniform(rng) < ill->outliers ? 10.0 : 0.1 * z;
    }
}

/* And log_prob as these say. */
static void draw_log_weight(const illness *ill, const mutau_mixture *q, mutau_rng *rng,
                            double x[][DIM], double log_prob[], double log_weight[])
{
    for (size_t i = 0; i < N_COLUMN; i++) {
        const double z = mutau_rng_normal(rng), u = mutau_rng_uniform(rng);
        log_weight[i] = ill->weights == EVEN        ? -3.5
                        : ill->weights == LOGNORMAL ? z
                        : ill->weights == HEAVY     ? -log(1.0 - u)
                                                    : -(double)INFINITY;
        log_prob[i] = mutau_mixture_ln_density(q, x[i]) + fmax(log_weight[i], -3.5);
    }
}

static mutau_mixture *make_mixture(void)
{
    const double x[] = {-5.0, 2.6, -5.1, 2.7, -4.9, 2.6, -5.0, 2.5};
    const mutau_mixture_settings settings = {.dim = DIM, .max_component = 1, .wide_weight = 0.1};
    const mutau_mixture_sample sample = {4, x, NULL};
    mutau_mixture *mixture = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_mixture_fit(&settings, &sample, &sample, &mixture, &err), err);
    return mixture;
}

static void write_chain(const illness *ill, const mutau_mixture *q, mutau_chain *chain,
                        mutau_rng *rng)
{
    /* Of all rungs; what is not of the cold one is of no consequence. */
    double x[N_COLUMN * T][DIM] = {{0}}, log_prob[N_COLUMN * T] = {0}, log_like[N_COLUMN * T];
    const double *ladder = rungs(ill) == 2 ? short_beta : beta;
    mutau_chain_swaps swaps[T - 1] = {{100, 50}, {100, 50}};
    const mutau_chain_tempering tempering = {ladder, log_like};
    double log_weight[N_COLUMN];
    uint64_t accepted[N_COLUMN * T];
    if (ill->n_swap > 0)
        swaps[rungs(ill) - 2] = (mutau_chain_swaps){ill->n_swap, ill->n_swapped};
    mutau_chain_step steps[N_ENSEMBLE];
    mutau_error err = {0};
    for (size_t c = 0; c < (size_t)N_COLUMN * T; c++)
        accepted[c] = ill->accepted;
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        steps[e] = (mutau_chain_step){x[e * N_WALKER], log_prob + e * N_WALKER, NULL};
    for (size_t row = 0; row < ill->n_row; row++) {
        draw_step(ill, rng, row, x, log_prob);
        if (ill->tempered)
            draw_log_like(ill, rng, log_like);
        if (ill->weights != NO_MIXTURE)
            draw_log_weight(ill, q, rng, x, log_prob, log_weight);
        CHECK_OK(mutau_chain_append(chain, steps, ill->tempered ? &tempering : NULL,
                                    ill->weights != NO_MIXTURE ? log_weight : NULL, &err),
                 err);
    }
    mutau_chain_state s = {.steps = ill->n_row,
                           .evaluations = 1000,
                           .failures = ill->failures,
                           .accepted = accepted,
                           .position = x[0],
                           .ln_prior = log_prob,
                           .ln_like = log_prob,
                           .beta = ladder,
                           .swaps = swaps};
    mutau_rng_save(rng, &s.rng);
    CHECK_OK(mutau_chain_set_burn_in(chain, ill->burn_in, &err), err);
    CHECK_OK(mutau_chain_commit(chain, &s, &err), err);
}

static mutau_chain *make_chain(const illness *ill, uint32_t seed)
{
    static const char *const names[DIM] = {"log10_g_prime", "gamma"};
    static const char *const texts[DIM] = {"", ""};
    mutau_mixture *const q = make_mixture();
    char *const mixture = ill->weights != NO_MIXTURE ? mutau_mixture_write(q) : NULL;
    const mutau_chain_info info = {.n_ensemble = N_ENSEMBLE,
                                   .mixture = mixture,
                                   .n_walker = N_WALKER,
                                   .dim = DIM,
                                   .names = names,
                                   .units = texts,
                                   .labels = texts,
                                   .config = ill->config != NULL ? ill->config : config,
                                   .config_hash = "",
                                   .data_hash = "",
                                   .version = "",
                                   .seed = seed,
                                   .thin = 1,
                                   .n_temperature = rungs(ill)};
    char path[] = "/tmp/mutau-diagnosis-XXXXXX";
    mutau_chain *chain = NULL;
    mutau_error err = {0};
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(rng);
    assert_true(close(mkstemp(path)) == 0);
    CHECK_OK(mutau_chain_create(path, &info, true, &chain, &err), err);
    write_chain(ill, q, chain, rng);
    mutau_mixture_free(q);
    free(mixture);
    mutau_chain_close(chain);
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    mutau_rng_free(rng);
    (void)unlink(path);
    return chain;
}

static mutau_diagnosis *diagnose(const illness *ill)
{
    mutau_chain *chain = make_chain(ill, 1);
    mutau_diagnosis *d = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_diagnosis_compute(1, &chain, &d, &err), err);
    mutau_chain_close(chain);
    return d;
}

/* The finding of that name, or NULL. */
static const mutau_finding *find(const mutau_diagnosis *d, const char *id)
{
    for (size_t i = 0; i < d->n_finding; i++)
        if (strcmp(d->finding[i].id, id) == 0)
            return &d->finding[i];
    return NULL;
}

static void expect(const mutau_diagnosis *d, const char *id, mutau_finding_kind kind,
                   const char *words)
{
    const mutau_finding *f = find(d, id);
    if (f == NULL)
        fail_msg("nothing found about %s", id);
    assert_int_equal(f->kind, kind);
    if (strstr(f->text, words) == NULL)
        fail_msg("'%s' does not say '%s'", f->text, words);
}

static void nothing_is_found_in_a_good_chain(void **state)
{
    (void)state;
    mutau_diagnosis *d = diagnose(&health);
    assert_true(d->converged);
    assert_int_equal(d->n_finding, 0);
    assert_int_equal(d->n_ensemble, N_ENSEMBLE);
    assert_int_equal(d->n_row, 600);
    assert_int_equal(d->modes[0].n, 1);
    CHECK_ABS(d->acceptance, 0.5, 1e-15);
    CHECK_ABS(d->moves.min, 1.0, 0.0);
    mutau_diagnosis_free(d);
    mutau_diagnosis_free(NULL);
}

static void stuck_modes_are_found(void **state)
{
    (void)state;
    illness ill = health;
    ill.distance = 2.0;
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        ill.n_up[e] = 1 + 2 * e;
    mutau_diagnosis *d = diagnose(&ill);
    assert_false(d->converged);
    expect(d, "rhat-excess", MUTAU_FINDING_PROBLEM, "mix in log10_g_prime");
    expect(d, "rhat-excess", MUTAU_FINDING_PROBLEM,
           "16 stay on one side of their mean, 16 on the other");
    expect(d, "modes", MUTAU_FINDING_PROBLEM, "the 2 modes of log10_g_prime");
    assert_int_equal(d->modes[0].n, 2);
    CHECK_ABS(d->modes[0].occupancy[1], 1.0 / 8.0, 1e-9);
    CHECK_ABS(d->modes[0].weight[1], 0.5, 1e-9);
    mutau_diagnosis_free(d);
}

/* tau is of no use for walkers that never change their mode; R-hat and the shares are. */
static void equal_shares_of_stuck_modes_are_found(void **state)
{
    (void)state;
    illness ill = health;
    ill.distance = 2.0;
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        ill.n_up[e] = 2;
    mutau_diagnosis *d = diagnose(&ill);
    assert_true(d->verdict.kept_steps > 50.0 * d->verdict.worst_tau);
    assert_false(d->converged);
    expect(d, "rhat-excess", MUTAU_FINDING_PROBLEM, "sampler.temperatures: 8");
    /* Every ensemble has a quarter of its walkers up there, but none of them ever moves over. */
    CHECK_ABS(d->modes[0].weight[1], 0.25, 1e-9);
    CHECK_ABS(d->modes[0].occupancy[1], 0.25, 1e-9);
    expect(d, "modes", MUTAU_FINDING_PROBLEM, "sampler.temperatures: 8");
    mutau_diagnosis_free(d);
}

static void a_walker_that_never_moves_is_found(void **state)
{
    (void)state;
    illness ill = health;
    ill.frozen = true;
    mutau_diagnosis *d = diagnose(&ill);
    assert_false(d->converged);
    expect(d, "stuck", MUTAU_FINDING_PROBLEM, "1 of 32 walkers are stuck");
    expect(d, "stuck", MUTAU_FINDING_PROBLEM, "walker 7 of ensemble 3");
    expect(d, "tau", MUTAU_FINDING_PROBLEM, "not known");
    mutau_diagnosis_free(d);
}

static void short_chains_are_found(void **state)
{
    (void)state;
    illness ill = health;
    ill.rho = 0.95;
    ill.n_row = 200;
    mutau_diagnosis *d = diagnose(&ill);
    assert_false(d->converged);
    expect(d, "tau", MUTAU_FINDING_PROBLEM, "autocorrelation times");
    expect(d, "ess", MUTAU_FINDING_PROBLEM, "the run asks for 4000");
    mutau_diagnosis_free(d);
    ill.config = "model: {cross_section: paper}\nparameters: {m_zprime: 10, g_prime: {prior: "
                 "log-uniform, min: 1e-9, max: 1}, A: 1}\ndata: [no-longer-there]\nsampler: {stop: "
                 "{rhat: 1.5}}\n";
    d = diagnose(&ill);
    assert_false(d->converged);
    expect(d, "tau", MUTAU_FINDING_PROBLEM, "and should be 10");
    expect(d, "ess", MUTAU_FINDING_WARNING, "few independent draws");
    mutau_diagnosis_free(d);
}

static void counts_are_judged(void **state)
{
    (void)state;
    illness ill = health;
    ill.accepted = 12;
    ill.failures = 20;
    mutau_diagnosis *d = diagnose(&ill);
    assert_false(d->converged);
    assert_true(d->complete); /* more steps would not mend it */
    expect(d, "acceptance", MUTAU_FINDING_PROBLEM, "Only 2.0 %");
    expect(d, "failures", MUTAU_FINDING_WARNING, "2 % of the evaluations");
    assert_int_equal(d->finding[0].kind, MUTAU_FINDING_PROBLEM);
    mutau_diagnosis_free(d);
    ill.accepted = 60;
    d = diagnose(&ill);
    expect(d, "acceptance", MUTAU_FINDING_WARNING, "10.0 %");
    mutau_diagnosis_free(d);
}

/* T is 6e6 g'^4 at 6.5 MeV (physics of the paper) and goes as 1/m^2: at 10 MeV and g' = 1e-2 it is
 * 2.5e-2, at 1e-5 nothing. */
static void a_model_beyond_its_validity_is_a_problem(void **state)
{
    (void)state;
    static const char *const all[] = {
        "model: {cross_section: paper}\nparameters: {m_zprime: 10, g_prime: {prior: log-uniform, "
        "min: 1e-9, max: 1}, A: 1}\ndata: [no-longer-there]\n",
        "model: {cross_section: paper, tail_tolerance: 1e3}\nparameters: {m_zprime: 10, g_prime: "
        "{prior: log-uniform, min: 1e-9, max: 1}, A: 1}\ndata: [no-longer-there]\n",
        "model: {cross_section: paper}\nparameters: {m_zprime: 10, g_prime: {prior: log-uniform, "
        "min: 1e-9, max: 1}, A: 1}\ndata: [no-longer-there]\nlikelihood: {kind: none}\n",
        "model: {cross_section: paper}\nparameters: {m_zprime: 10, g_prime: {prior: log-uniform, "
        "min: 1e-9, max: 1}, A: 1}\ndata: []\n"};
    illness ill = health;
    ill.distance = 3.0;
    for (size_t e = 0; e < N_ENSEMBLE; e++)
        ill.n_up[e] = 4; /* half of all */
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        ill.config = all[i];
        mutau_diagnosis *d = diagnose(&ill);
        CHECK_ABS(d->validity.mass, 0.5, 1e-3);
        if (i == 0)
            expect(d, "validity", MUTAU_FINDING_PROBLEM, "50 % of the posterior");
        else
            assert_null(find(d, "validity"));
        mutau_diagnosis_free(d);
    }
    ill.n_up[0] = ill.n_up[1] = ill.n_up[2] = ill.n_up[3] = 0;
    ill.config = all[0];
    mutau_diagnosis *d = diagnose(&ill);
    assert_null(find(d, "validity"));
    CHECK_ABS(d->validity.mass, 0.0, 0.0);
    mutau_diagnosis_free(d);
}

/* With the same 1 % of outliers at all rungs the integral is the mean, 0.1; stepping stones
 * hardly see them. */
static void methods_that_disagree_are_found(void **state)
{
    (void)state;
    illness ill = health;
    ill.tempered = true;
    mutau_diagnosis *d = diagnose(&ill);
    assert_true(d->verdict.evidence.ti_usable);
    if (d->n_finding > 0)
        fail_msg("%s", d->finding[0].text);
    mutau_diagnosis_free(d);
    ill.outliers = 0.01;
    d = diagnose(&ill);
    assert_true(d->verdict.evidence.ti_usable);
    assert_true(d->posterior_converged && d->evidence_judged && !d->evidence_converged);
    expect(d, "methods", MUTAU_FINDING_PROBLEM, "by thermodynamic integration");
    mutau_diagnosis_free(d);
}

/* A walker that was elsewhere, where the density is as high, and came back with the burn-in. */
static void a_mode_that_was_left_is_found(void **state)
{
    (void)state;
    illness ill = health;
    ill.burn_in = 200;
    ill.left = 0.2; /* two standard deviations: nowhere else */
    mutau_diagnosis *d = diagnose(&ill);
    assert_int_equal(d->n_row, 400);
    assert_true(d->converged);
    assert_int_equal(d->n_finding, 0);
    mutau_diagnosis_free(d);
    ill.left = 3.0;
    d = diagnose(&ill);
    assert_false(d->converged);
    assert_true(d->complete);
    expect(d, "lost", MUTAU_FINDING_PROBLEM, "all walkers have left a mode");
    expect(d, "lost", MUTAU_FINDING_PROBLEM, "log10_g_prime = -");
    mutau_diagnosis_free(d);
}

/* Such numbers are a fault of the file, which is named. */
static void numbers_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const double densities[] = {(double)INFINITY, (double)NAN, 1e300, -1e200};
    const double inf = (double)INFINITY;
    mutau_diagnosis *d = NULL;
    mutau_error err = {0};
    for (size_t i = 0; i < 6; i++) {
        illness ill = health;
        ill.strange_log_prob = i < 4 ? densities[i] : 0.0;
        ill.strange_x = i < 4 ? 0.0 : i == 4 ? 5.5 : inf; /* the prior ends at 0 */
        mutau_chain *chain = make_chain(&ill, 1);
        CHECK_STATUS(mutau_diagnosis_compute(1, &chain, &d, &err), MUTAU_EDATA, err);
        assert_non_null(strstr(err.text, "/tmp/mutau-diagnosis-"));
        assert_non_null(strstr(err.text, "row 599, walker 31"));
        assert_non_null(strstr(err.text, i < 4 ? "ln posterior" : "log10_g_prime"));
        assert_null(d);
        mutau_chain_close(chain);
    }
}

/* The words that every report takes. */
static mutau_diagnosis *diagnose_both(const illness *a, const illness *b)
{
    mutau_chain *chains[] = {make_chain(a, 1), make_chain(b, 2)};
    mutau_diagnosis *d = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_diagnosis_compute(2, chains, &d, &err), err);
    mutau_chain_close(chains[0]);
    mutau_chain_close(chains[1]);
    return d;
}

/* Equal ladders are added up; of unequal ones each is looked at, and the file is said. */
/* Each draw of the mixture is taken, so that draws and posterior draws have the same weights: what
 * only even weights can have. */
static void a_mixture_is_judged(void **state)
{
    (void)state;
    illness ill = health;
    ill.weights = EVEN;
    mutau_diagnosis *d = diagnose(&ill);
    assert_true(d->evidence_judged && d->evidence_converged && d->converged);
    CHECK_ABS(d->verdict.evidence.ln_z, -3.5, 1e-12);
    if (d->n_finding > 0)
        fail_msg("%s", d->finding[0].text);
    mutau_diagnosis_free(d);
    ill.weights = LOGNORMAL;
    d = diagnose(&ill);
    assert_true(d->posterior_converged && d->evidence_judged && !d->evidence_converged);
    assert_true(isnan(d->verdict.evidence.ln_z));
    expect(d, "methods", MUTAU_FINDING_PROBLEM, "by a bridge, 0.");
    expect(d, "methods", MUTAU_FINDING_PROBLEM, "by importance sampling, further apart than 4");
    assert_false(d->complete);
    mutau_diagnosis_free(d);
    ill.weights = HEAVY;
    d = diagnose(&ill);
    assert_true(d->posterior_converged && d->evidence_judged && !d->evidence_converged);
    assert_true(isfinite(d->verdict.evidence.ln_z));
    expect(d, "khat", MUTAU_FINDING_PROBLEM, "tail of k-hat ");
    assert_true(d->complete); /* more steps do not mend it */
    mutau_diagnosis_free(d);
    ill.weights = NOWHERE;
    d = diagnose(&ill);
    assert_true(d->posterior_converged && d->evidence_judged && !d->evidence_converged);
    expect(d, "overlap", MUTAU_FINDING_PROBLEM, "overlap by 0 effective draws, and it takes 100");
    assert_false(d->complete);
    mutau_diagnosis_free(d);
    /* The stones of a ladder take its place. */
    ill.tempered = true;
    d = diagnose(&ill);
    assert_true(d->evidence_converged);
    CHECK_ABS(d->verdict.evidence.ln_z, d->verdict.evidence.stones.ln_z, 0.0);
    expect(d, "overlap", MUTAU_FINDING_WARNING, "There is no ln Z by a bridge");
    mutau_diagnosis_free(d);
}

static void swaps_of_every_ladder_are_judged(void **state)
{
    (void)state;
    illness good = health, bad = health;
    good.tempered = bad.tempered = true;
    bad.n_swap = 1000;
    bad.n_swapped = 5;
    mutau_diagnosis *d = diagnose_both(&good, &bad);
    assert_int_equal(d->n_swap, T - 1);
    CHECK_REL(d->swap_share[T - 2], 55.0 / 1100.0, 1e-12);
    CHECK_REL(d->least_swaps.share, 55.0 / 1100.0, 1e-12);
    expect(d, "swaps", MUTAU_FINDING_WARNING, "5 % of the swaps between rungs 1 and 2 are");
    assert_true(d->converged);
    mutau_diagnosis_free(d);

    good.n_rung = 2;
    d = diagnose_both(&good, &good);
    assert_int_equal(d->n_swap, 1);
    CHECK_REL(d->least_swaps.share, 0.5, 1e-12);
    assert_null(find(d, "swaps"));
    mutau_diagnosis_free(d);

    d = diagnose_both(&good, &bad);
    assert_int_equal(d->n_swap, 0);
    CHECK_REL(d->least_swaps.share, 0.005, 1e-12);
    assert_int_equal(d->least_swaps.i_file, 1);
    assert_int_equal(d->least_swaps.pair, 1);
    expect(d, "swaps", MUTAU_FINDING_PROBLEM,
           "Only 0.5 % of the swaps between rungs 1 and 2 of file 2 are accepted");
    expect(d, "swaps", MUTAU_FINDING_PROBLEM, "beta_min out, or make it smaller");
    assert_false(d->evidence_converged);
    mutau_diagnosis_free(d);

    bad.n_swapped = 50;
    d = diagnose_both(&bad, &good);
    expect(d, "swaps", MUTAU_FINDING_WARNING,
           "5 % of the swaps between rungs 1 and 2 of file 1 are accepted");
    assert_true(d->converged);
    mutau_diagnosis_free(d);
}

static void verdicts_have_words(void **state)
{
    (void)state;
    assert_string_equal(mutau_verdict_words(true, false, false), "converged");
    assert_string_equal(mutau_verdict_words(false, false, false), "NOT converged");
    assert_string_equal(mutau_verdict_words(true, true, true),
                        "converged (posterior and evidence)");
    for (int posterior = 0; posterior < 2; posterior++)
        for (int evidence = 0; evidence < 2; evidence++)
            if (!(posterior == 1 && evidence == 1))
                assert_non_null(strstr(mutau_verdict_words(posterior == 1, true, evidence == 1),
                                       "NOT converged"));
    assert_string_equal(mutau_no_evidence_words(MUTAU_EVIDENCE_KNOWN), "");
    for (int why = MUTAU_EVIDENCE_UNTEMPERED; why <= MUTAU_EVIDENCE_APART; why++)
        assert_true(strlen(mutau_no_evidence_words((mutau_no_evidence)why)) > 10);
}

static void what_cannot_be_diagnosed_is_refused(void **state)
{
    (void)state;
    illness ill = health;
    ill.n_row = 3;
    mutau_chain *chains[] = {make_chain(&ill, 1), make_chain(&ill, 1)};
    mutau_diagnosis *d = NULL;
    mutau_error err = {0};
    CHECK_STATUS(mutau_diagnosis_compute(1, chains, &d, &err), MUTAU_EDATA, err); /* too short */
    CHECK_STATUS(mutau_diagnosis_compute(2, chains, &d, &err), MUTAU_EDATA, err); /* one seed */
    CHECK_STATUS(mutau_diagnosis_compute(0, chains, &d, &err), MUTAU_EDOM, err);
    assert_null(d);
    mutau_chain_close(chains[0]);
    mutau_chain_close(chains[1]);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    illness ill = health;
    ill.n_row = 16;
    mutau_chain *chain = make_chain(&ill, 1);
    mutau_diagnosis *d = NULL;
    mutau_error err = {0};
    long n = 0;
    CHECK_EACH_ALLOC(mutau_diagnosis_compute(1, &chain, &d, &err), d, n, err);
    assert_true(n > 50);
    mutau_diagnosis_free(d);
    mutau_chain_close(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_found_in_a_good_chain),
        cmocka_unit_test(stuck_modes_are_found),
        cmocka_unit_test(equal_shares_of_stuck_modes_are_found),
        cmocka_unit_test(a_walker_that_never_moves_is_found),
        cmocka_unit_test(short_chains_are_found),
        cmocka_unit_test(counts_are_judged),
        cmocka_unit_test(a_model_beyond_its_validity_is_a_problem),
        cmocka_unit_test(methods_that_disagree_are_found),
        cmocka_unit_test(a_mixture_is_judged),
        cmocka_unit_test(a_mode_that_was_left_is_found),
        cmocka_unit_test(numbers_that_cannot_be_are_refused),
        cmocka_unit_test(swaps_of_every_ladder_are_judged),
        cmocka_unit_test(verdicts_have_words),
        cmocka_unit_test(what_cannot_be_diagnosed_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
