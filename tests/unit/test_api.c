/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The public interface against what it is made of, and what it refuses. */
#include "check.h"
#include "fail_alloc.h"
#include "stored_chain.h"

#include <stdlib.h>
#include <string.h>

#include "../../src/api/api_internal.h"
#include "posterior/density.h"
#include "mutau/mutau.h"
#include "analysis/summary.h"

/* --- the library ----------------------------------------------------------------------- */

static void set_up_and_version(void **state)
{
    (void)state;
    mutau_init();
    mutau_init();
    assert_string_equal(mutau_version(), MUTAU_TEST_VERSION);
}

/* --- a run file ------------------------------------------------------------------------ */

static const char run_path[] = MUTAU_TEST_CHAINS_DIR "/quickstart.yaml";
enum { N_POINT = 50 };

static mutau_runfile *open_run(int n_thread)
{
    mutau_runfile *run = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_runfile_open(run_path, 0, NULL, n_thread, &run, &err), err);
    return run;
}

static void run_describes_itself(void **state)
{
    (void)state;
    double lo, hi;
    mutau_runfile *run = open_run(0);
    assert_int_equal(mutau_runfile_dim(run), 4);
    assert_string_equal(mutau_runfile_name(run, 1), "log10_g_prime");
    assert_string_equal(mutau_runfile_unit(run, 0), "log10(MeV)");
    assert_string_equal(mutau_runfile_latex(run, 3), "\\gamma");
    mutau_runfile_range(run, 1, &lo, &hi);
    CHECK_ABS(lo, -5.0, 1e-14);
    CHECK_ABS(hi, -1.0, 1e-14);
    assert_int_equal(mutau_runfile_blob_count(run), 9);
    assert_string_equal(mutau_runfile_blob_name(run, 8), "lnl_z-decay");
    mutau_runfile_close(run);
}

static void run_has_remarks(void **state)
{
    (void)state;
    const char *const set[] = {"terms.na64.exposure=3e10", "sampler.walkers=18"};
    mutau_runfile *run = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_runfile_open(run_path, 2, set, 1, &run, &err), err);
    mutau_run_settings *s = NULL;
    CHECK_OK(mutau_run_settings_read(run_path, 2, set, &s, &err), err);
    assert_int_equal(mutau_runfile_remark_count(run), s->n_note + s->n_warning);
    for (size_t i = 0; i < s->n_note; i++)
        assert_string_equal(mutau_runfile_remark(run, i), s->notes[i]);
    for (size_t i = 0; i < s->n_warning; i++)
        assert_string_equal(mutau_runfile_remark(run, s->n_note + i), s->warnings[i]);
    mutau_run_settings_free(s);
    mutau_runfile_close(run);
}

/* Points of the prior, the second outside it. */
static void draw_points(const mutau_runfile *run, double theta[N_POINT * 4])
{
    double again[N_POINT * 4];
    mutau_error err = {0};
    CHECK_OK(mutau_runfile_draw(run, 7, N_POINT, theta, &err), err);
    CHECK_OK(mutau_runfile_draw(run, 7, N_POINT, again, &err), err);
    assert_memory_equal(theta, again, sizeof again);
    theta[4] = 30.0;
}

static void batch_is_the_target(void **state)
{
    (void)state;
    double theta[N_POINT * 4], ln_prior[N_POINT], ln_like[N_POINT], blob[N_POINT * 9];
    mutau_run_settings *s = NULL;
    mutau_density d;
    void *ws = NULL;
    mutau_error err = {0};
    mutau_runfile *run = open_run(2);
    draw_points(run, theta);
    CHECK_OK(mutau_runfile_eval(run, N_POINT, theta, ln_prior, ln_like, blob, NULL, &err), err);
    CHECK_OK(mutau_run_settings_read(run_path, 0, NULL, &s, &err), err);
    CHECK_OK(mutau_density_open(s, &d, &err), err);
    CHECK_OK(d.target.ws_alloc(d.target.self, &ws), err);
    for (size_t i = 0; i < N_POINT; i++) {
        double p, l, b[9];
        CHECK_OK(d.target.eval(d.target.self, ws, theta + 4 * i, &p, &l, b), err);
        assert_memory_equal(&p, &ln_prior[i], sizeof p);
        assert_memory_equal(&l, &ln_like[i], sizeof l);
        for (size_t k = 0; k < 9; k++)
            assert_true(i == 1 ? isnan(blob[9 * i + k])
                               : memcmp(&b[k], &blob[9 * i + k], sizeof b[k]) == 0);
    }
    assert_true(isinf(ln_prior[1]) && isinf(ln_like[1]));
    d.target.ws_free(ws);
    mutau_density_close(&d);
    mutau_run_settings_free(s);
    mutau_runfile_close(run);
}

static void rows_that_fail(void **state)
{
    (void)state;
    double theta[N_POINT * 4], ln_prior[N_POINT], ln_like[N_POINT], blob[N_POINT * 9];
    mutau_status status[N_POINT];
    mutau_error err = {0};
    mutau_runfile *run = open_run(1);
    draw_points(run, theta);
    theta[4 * 3 + 2] = (double)NAN;
    theta[4 * 9] = (double)NAN;
    CHECK_STATUS(mutau_runfile_eval(run, N_POINT, theta, ln_prior, ln_like, blob, NULL, &err),
                 MUTAU_ENAN, err);
    assert_non_null(strstr(err.text, "row 3 of 50 (log10_m_zprime = "));
    assert_non_null(strstr(err.text, "A = nan"));
    assert_non_null(strstr(err.text, "not a number; 2 rows failed"));
    assert_true(isnan(ln_prior[3]) && isnan(ln_like[3]) && isnan(blob[27]));
    assert_true(isfinite(ln_like[2]) && isfinite(ln_like[4]) && isfinite(ln_like[N_POINT - 1]));
    CHECK_OK(mutau_runfile_eval(run, N_POINT, theta, ln_prior, ln_like, NULL, status, &err), err);
    for (size_t i = 0; i < N_POINT; i++)
        assert_int_equal(status[i], i == 3 || i == 9 ? MUTAU_ENAN : MUTAU_OK);
    assert_true(isnan(ln_like[9]) && isfinite(ln_like[10]));
    CHECK_OK(mutau_runfile_eval(run, 0, NULL, NULL, NULL, NULL, NULL, &err), err);
    mutau_runfile_close(run);
}

static void run_refuses(void **state)
{
    (void)state;
    static const char *const fixed[] = {"parameters.m_zprime=6", "parameters.g_prime=1e-4",
                                        "parameters.A=1", "parameters.gamma=2.5"};
    static const char *const wrong[] = {"parameters.gama=2.5"};
    mutau_error err = {0};
    mutau_runfile *run = open_run(1), *none = run;
    double theta[4];
    CHECK_STATUS(mutau_runfile_open("nowhere.yaml", 0, NULL, 1, &none, &err), MUTAU_EIO, err);
    assert_null(none);
    CHECK_STATUS(mutau_runfile_open(run_path, 4, fixed, 1, &none, &err), MUTAU_ECONFIG, err);
    CHECK_STATUS(mutau_runfile_open(run_path, 1, wrong, 1, &none, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "gamma"));
    CHECK_STATUS(mutau_runfile_open(run_path, 0, NULL, -1, &none, &err), MUTAU_EUSAGE, err);
    CHECK_STATUS(mutau_runfile_open(run_path, 0, NULL, 1025, &none, &err), MUTAU_EUSAGE, err);
    CHECK_STATUS(mutau_runfile_draw(run, 0, 1, theta, &err), MUTAU_EDOM, err);
    mutau_runfile_close(run);
    mutau_runfile_close(NULL);
}

/* Without a posterior it is a matter of some ten allocations. */
static void run_memory(void **state)
{
    (void)state;
    char path[] = "/tmp/mutau-api-XXXXXX";
    static const char text[] = "target: {gaussian: {dim: 2}}\n";
    double theta[2] = {0.0, 0.0}, p, l;
    long count;
    mutau_error err = {0};
    mutau_runfile *run = NULL;
    const int fd = mkstemp(path);
    assert_true(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    (void)close(fd);
    CHECK_EACH_ALLOC(mutau_runfile_open(path, 0, NULL, 2, &run, &err), run, count, err);
    assert_true(count > 5);
    assert_int_equal(mutau_runfile_blob_count(run), 0);
    fail_alloc_after = 0;
    CHECK_STATUS(mutau_runfile_eval(run, 1, theta, &p, &l, NULL, NULL, &err), MUTAU_ENOMEM, err);
    fail_alloc_after = 0;
    CHECK_STATUS(mutau_runfile_draw(run, 1, 1, theta, &err), MUTAU_ENOMEM, err);
    fail_alloc_after = -1;
    mutau_runfile_close(run);
    (void)unlink(path);
}

/* --- chain files ----------------------------------------------------------------------- */

static void draw_stored(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    x[0] = -3.0 + 0.1 * mutau_rng_normal(rng);
    x[1] = 2.5 + 0.1 * mutau_rng_normal(rng);
    blob[0] = 10.0;
    blob[1] = pow(10.0, x[0]);
    blob[2] = 0.0;
    *log_prob = -x[0] * x[0];
}

static const stored_recipe recipe = {
    .config = "model: {cross_section: paper}\n"
              "parameters: {m_zprime: 10, g_prime: {prior: log-uniform, min: 1e-5, max: 1e-1}, "
              "A: 1}\ndata: [no-longer-there]\n",
    .dim = 2,
    .n_blob = 3,
    .n_row = 40,
    .n_walker = 6,
    .names = {"log10_g_prime", "gamma"},
    .blob_names = {"m_zprime", "g_prime", "delta_a_mu"},
    .seed = 3,
    .draw = draw_stored};

/* A chain file as the interface has it, without its path. */
static mutau_chainfile *wrap(mutau_chain *chain)
{
    mutau_chainfile *file = calloc(1, sizeof *file);
    assert_non_null(file);
    file->chain = chain;
    file->info = mutau_chain_describe(chain);
    return file;
}

static void file_is_read(void **state)
{
    (void)state;
    enum { N = 40 * 6 };
    double x[N], want[N];
    mutau_error err = {0};
    mutau_chainfile *file = wrap(stored_chain(&recipe));
    assert_int_equal(mutau_chainfile_ensembles(file), 1);
    assert_int_equal(mutau_chainfile_walkers(file), 6);
    assert_int_equal(mutau_chainfile_rows(file), 40);
    assert_int_equal(mutau_chainfile_burn_in(file), 0);
    assert_int_equal(mutau_chainfile_thin(file), 1);
    assert_true(mutau_chainfile_converged(file));
    assert_int_equal(mutau_chainfile_dim(file), 2);
    assert_string_equal(mutau_chainfile_name(file, 1), "gamma");
    assert_string_equal(mutau_chainfile_unit(file, 1), "");
    assert_string_equal(mutau_chainfile_latex(file, 1), "");
    assert_int_equal(mutau_chainfile_blob_count(file), 3);
    assert_string_equal(mutau_chainfile_blob_name(file, 2), "delta_a_mu");
    assert_string_equal(mutau_chainfile_config(file), recipe.config);
    CHECK_OK(mutau_chainfile_read(file, "gamma", 0, 40, x, &err), err);
    CHECK_OK(mutau_chain_read_parameter(file->chain, 1, 0, 40, want, &err), err);
    assert_memory_equal(x, want, sizeof x);
    CHECK_OK(mutau_chainfile_read(file, "g_prime", 10, 5, x, &err), err);
    CHECK_OK(mutau_chain_read_blob(file->chain, 1, 10, 5, want, &err), err);
    assert_memory_equal(x, want, 30 * sizeof x[0]);
    CHECK_OK(mutau_chainfile_read(file, "log_prob", 0, 40, x, &err), err);
    CHECK_OK(mutau_chain_read_log_prob(file->chain, 0, 40, want, &err), err);
    assert_memory_equal(x, want, sizeof x);
    CHECK_STATUS(mutau_chainfile_read(file, "gama", 0, 1, x, &err), MUTAU_EUSAGE, err);
    assert_non_null(strstr(err.text, "did you mean 'gamma'?"));
    CHECK_STATUS(mutau_chainfile_read(file, "gamma", 40, 1, x, &err), MUTAU_EDOM, err);
    fail_alloc_after = 0;
    CHECK_STATUS(mutau_chainfile_read(file, "gama", 0, 1, x, &err), MUTAU_ENOMEM, err);
    fail_alloc_after = -1;
    mutau_chainfile_close(file);
    mutau_chainfile_close(NULL);
}

static void file_is_refused(void **state)
{
    (void)state;
    long count = 0;
    mutau_error err = {0};
    mutau_chainfile *file = NULL;
    CHECK_STATUS(mutau_chainfile_open("/nowhere/chain.h5", &file, &err), MUTAU_EIO, err);
    assert_null(file);
    CHECK_STATUS(mutau_chainfile_open(run_path, &file, &err), MUTAU_EDATA, err);
    assert_null(file);
    fail_alloc_after = count;
    CHECK_STATUS(mutau_chainfile_open(run_path, &file, &err), MUTAU_ENOMEM, err);
    fail_alloc_after = -1;
    assert_null(file);
}

/* --- results of chain files ------------------------------------------------------------ */

static void same(double a, double b)
{
    assert_true((isnan(a) && isnan(b)) || memcmp(&a, &b, sizeof a) == 0);
}

static void same_quantity(const mutau_results *r, size_t i, const mutau_quantity *want,
                          size_t n_mass)
{
    double lo[MUTAU_RESULT_INTERVALS], hi[MUTAU_RESULT_INTERVALS];
    const mutau_result *q = mutau_results_get(r, i);
    assert_ptr_equal(q, mutau_results_find(r, want->name));
    assert_string_equal(q->name, want->name);
    assert_string_equal(q->unit, want->unit);
    const double got[] = {q->lo,       q->hi,        q->mean,        q->sd,
                          q->median,   q->mcse_mean, q->mcse_median, q->rhat,
                          q->ess_bulk, q->ess_tail,  q->tau};
    const mutau_convergence *c = &want->moments;
    const double wanted[] = {want->lo,    want->hi,     c->mean,        c->sd,
                             c->median,   c->mcse_mean, c->mcse_median, c->rhat,
                             c->ess_bulk, c->ess_tail,  want->tau};
    for (size_t k = 0; k < sizeof got / sizeof got[0]; k++)
        same(got[k], wanted[k]);
    for (size_t k = 0; k < MUTAU_RESULT_QUANTILES; k++)
        same(q->quantile[k], want->quantile[k]);
    for (size_t k = 0; k < n_mass; k++) {
        assert_int_equal(mutau_results_region(r, i, k, lo, hi), want->region[k].n);
        same(lo[0], want->region[k].lo[0]);
        same(hi[0], want->region[k].hi[0]);
    }
    assert_int_equal(mutau_results_region(r, i, n_mass, lo, hi), 0);
}

static void check_results(mutau_chainfile *file, size_t n_mass, const double mass[])
{
    mutau_error err = {0};
    mutau_results *r = NULL;
    mutau_summary *s = calloc(1, sizeof *s);
    assert_non_null(s);
    CHECK_OK(mutau_results_of_files(1, &file, n_mass, mass, &r, &err), err);
    CHECK_OK(n_mass > 0 ? mutau_summary_compute_masses(1, &file->chain, n_mass, mass, s, &err)
                        : mutau_summary_compute(1, &file->chain, s, &err),
             err);
    assert_int_equal(mutau_results_count(r), 3);
    for (size_t i = 0; i < 3; i++)
        same_quantity(r, i, i < 2 ? &s->parameter[i] : &s->derived[0], s->n_mass);
    const mutau_outcome *o = mutau_results_outcome(r);
    assert_int_equal(o->converged, s->converged);
    assert_int_equal(o->posterior_converged, s->posterior_converged);
    assert_false(o->evidence_judged);
    same(o->rhat, s->verdict.worst_rhat);
    same(o->ess_bulk, s->verdict.worst_ess_bulk);
    same(o->ess_tail, s->verdict.worst_ess_tail);
    same(o->tau, s->verdict.worst_tau);
    same(o->kept_steps, 40.0);
    same(o->best_log_prob, s->best_log_prob);
    same(o->acceptance, s->acceptance);
    assert_int_equal(o->n_draw, 240);
    assert_true(isnan(o->ln_z) && isnan(o->ln_z_error));
    assert_string_equal(o->why_no_ln_z, "not sampled with temperatures");
    for (size_t i = 0; i < s->n_best; i++)
        same(mutau_results_best(r, s->best_name[i]), s->best[i]);
    assert_true(isnan(mutau_results_best(r, "nothing")));
    assert_int_equal(mutau_results_problem_count(r), s->n_problem);
    for (size_t i = 0; i < s->n_problem; i++)
        assert_true(strlen(mutau_results_problem(r, i)) > 20);
    assert_null(mutau_results_problem(r, s->n_problem));
    assert_null(mutau_results_get(r, 3));
    assert_null(mutau_results_find(r, "nothing"));
    mutau_results_free(r);
    free(s);
}

static void results_are_the_summary(void **state)
{
    (void)state;
    static const double masses[] = {0.5, 0.99};
    mutau_chainfile *file = wrap(stored_chain(&recipe));
    check_results(file, 0, NULL);
    check_results(file, 2, masses);
    mutau_chainfile_close(file);
}

static void results_are_refused(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_results *r = NULL;
    mutau_chainfile *file = wrap(stored_chain(&recipe)), *twice[] = {file, file};
    const double wrong = 2.0;
    CHECK_STATUS(mutau_results_of_files(0, &file, 0, NULL, &r, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_results_of_files(65, &file, 0, NULL, &r, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_results_of_files(2, twice, 0, NULL, &r, &err), MUTAU_EDATA, err);
    CHECK_STATUS(mutau_results_of_files(1, &file, 1, &wrong, &r, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_results_of_files(1, &file, 9, &wrong, &r, &err), MUTAU_EDOM, err);
    for (long k = 0; k < 2; k++) {
        fail_alloc_after = k;
        CHECK_STATUS(mutau_results_of_files(1, &file, 0, NULL, &r, &err), MUTAU_ENOMEM, err);
        assert_null(r);
    }
    fail_alloc_after = -1;
    mutau_results_free(NULL);
    mutau_chainfile_close(file);
}

/* --- a density of the caller's --------------------------------------------------------- */

/* A normal density of mean 1 and sd 2 in each coordinate, within +-20; `failing` fails there. */
typedef struct normal {
    size_t dim;
    bool failing;
} normal;

static int eval_normal(void *self, const double theta[], double *ln_prior, double *ln_like,
                       double blob[])
{
    const normal *n = self;
    double sum = 0.0;
    for (size_t i = 0; i < n->dim; i++) {
        if (!(fabs(theta[i]) <= 20.0)) {
            *ln_prior = -(double)INFINITY;
            return 0;
        }
        sum += (theta[i] - 1.0) * (theta[i] - 1.0) / 8.0;
    }
    if (n->failing && theta[0] > 4.0)
        return -1;
    *ln_prior = -(double)n->dim * log(40.0);
    *ln_like = -sum;
    blob[0] = sum;
    return 0;
}

static void draw_normal(void *self, const double unit[], double theta[])
{
    const normal *n = self;
    for (size_t i = 0; i < n->dim; i++)
        theta[i] = -20.0 + 40.0 * unit[i];
}

static const char *const blob_names[] = {"half_chi2"};
static const double edge_lo[] = {-20.0, -20.0}, edge_hi[] = {20.0, 20.0};

static mutau_own_density density_of(normal *n)
{
    return (mutau_own_density){.dim = n->dim,
                               .eval = eval_normal,
                               .draw = draw_normal,
                               .self = n,
                               .n_blob = 1,
                               .blob_names = blob_names,
                               .lo = edge_lo,
                               .hi = edge_hi};
}

static mutau_sampling *sample(const mutau_own_density *d, const char *settings, int n_thread,
                              size_t n_step)
{
    mutau_error err = {0};
    mutau_sampling *s = NULL;
    CHECK_OK(mutau_sampling_open(d, settings, n_thread, &s, &err), err);
    CHECK_OK(mutau_sampling_run(s, n_step, &err), err);
    return s;
}

static void draws_are_the_density(void **state)
{
    (void)state;
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    double lo[MUTAU_RESULT_INTERVALS], hi[MUTAU_RESULT_INTERVALS];
    mutau_error err = {0};
    mutau_results *r = NULL;
    mutau_sampling *s = sample(&d, "{walkers: 16, seed: 5}", 1, 3000);
    CHECK_OK(mutau_results_of_sampling(s, MUTAU_BURN_IN_AUTO, &r, &err), err);
    assert_true(mutau_results_outcome(r)->converged);
    assert_int_equal(mutau_results_count(r), 2);
    for (size_t i = 0; i < 2; i++) {
        const mutau_result *q = mutau_results_get(r, i);
        assert_string_equal(q->name, i == 0 ? "x1" : "x2");
        CHECK_ABS(q->mean, 1.0, 5.0 * q->mcse_mean);
        CHECK_ABS(q->sd, 2.0, 5.0 * q->mcse_mean);
        CHECK_ABS(q->quantile[3], 1.0, 5.0 * q->mcse_median);
        assert_int_equal(mutau_results_region(r, i, 1, lo, hi), 1); /* 90 %: 1.6449 sd */
        CHECK_ABS(lo[0], 1.0 - 2.0 * 1.6449, 0.15);
        CHECK_ABS(hi[0], 1.0 + 2.0 * 1.6449, 0.15);
        CHECK_ABS(q->lo, -20.0, 0.0);
    }
    /* The best draw lies near the maximum, and its blob is its own. */
    const double x = mutau_results_best(r, "x1"), y = mutau_results_best(r, "x2");
    CHECK_ABS(mutau_results_best(r, "half_chi2"),
              ((x - 1.0) * (x - 1.0) + (y - 1.0) * (y - 1.0)) / 8.0, 1e-14);
    CHECK_ABS(mutau_results_outcome(r)->best_log_prob, -2.0 * log(40.0), 0.01);
    assert_true(mutau_sampling_acceptance(s) > 0.2 && mutau_sampling_acceptance(s) < 0.9);
    mutau_results_free(r);
    mutau_sampling_close(s);
}

/* The same as a chain file with the same draws says. */
static void results_are_those_of_a_file(void **state)
{
    (void)state;
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    mutau_error err = {0};
    mutau_results *r = NULL;
    mutau_sampling *s = sample(&d, "{ensembles: 2, walkers: 8, thin: 2, seed: 9}", 1, 200);
    enum { ROWS = 100, FIRST = 30, COLUMNS = 16 };
    double x[(ROWS - FIRST) * COLUMNS];
    mutau_convergence c;
    CHECK_OK(mutau_results_of_sampling(s, FIRST, &r, &err), err);
    for (size_t i = 0; i < 2; i++) {
        const mutau_result *q = mutau_results_get(r, i);
        CHECK_OK(mutau_sampling_read(s, q->name, FIRST, ROWS - FIRST, x, &err), err);
        CHECK_OK(mutau_convergence_compute(ROWS - FIRST, COLUMNS, x, &c, &err), err);
        same(q->mean, c.mean);
        same(q->rhat, c.rhat);
        same(q->ess_tail, c.ess_tail);
        double tau[2];
        for (size_t e = 0; e < 2; e++) {
            double one[(ROWS - FIRST) * 8];
            for (size_t k = 0; k < (ROWS - FIRST) * 8; k++)
                one[k] = x[k / 8 * COLUMNS + e * 8 + k % 8];
            CHECK_OK(mutau_autocorr_time(ROWS - FIRST, 8, one, &tau[e], &err), err);
        }
        CHECK_REL(q->tau, 2.0 * fmax(tau[0], tau[1]), 1e-14);
    }
    CHECK_ABS(mutau_results_outcome(r)->kept_steps, 140.0, 0.0);
    assert_int_equal(mutau_results_outcome(r)->n_draw, 70 * 16);
    mutau_results_free(r);
    mutau_sampling_close(s);
}

static void draws_do_not_depend_on_threads(void **state)
{
    (void)state;
    enum { N = 20 * 4 * 8 };
    static const char settings[] = "{walkers: 8, thin: 3, seed: 2}";
    static const char *const names[] = {"x1", "half_chi2", "log_prob"};
    double x[N], y[N];
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    mutau_error err = {0};
    mutau_sampling *a = sample(&d, settings, 1, 60), *b = sample(&d, settings, 3, 10);
    CHECK_OK(mutau_sampling_run(b, 50, &err), err);
    assert_int_equal(mutau_sampling_ensembles(b), 4);
    assert_int_equal(mutau_sampling_walkers(b), 8);
    assert_int_equal(mutau_sampling_rows(b), 20);
    assert_int_equal(mutau_sampling_evaluations(a), mutau_sampling_evaluations(b));
    for (size_t i = 0; i < 3; i++) {
        CHECK_OK(mutau_sampling_read(a, names[i], 0, 20, x, &err), err);
        CHECK_OK(mutau_sampling_read(b, names[i], 0, 20, y, &err), err);
        assert_memory_equal(x, y, sizeof x);
    }
    CHECK_STATUS(mutau_sampling_read(a, "x1", 15, 6, x, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_sampling_read(a, "x1", 21, 0, x, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_sampling_read(a, "x3", 0, 1, x, &err), MUTAU_EUSAGE, err);
    mutau_sampling_close(a);
    mutau_sampling_close(b);
}

/* With `mixture` there is an exploration, whose evaluations count; then nearly every proposal of a
 * normal density's own mixture is accepted, and the draws all but forget each other in a step. */
static void the_mixture_move_is_explored_and_used(void **state)
{
    (void)state;
    enum { STEPS = 200, COLUMNS = 4 * 16 };
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    mutau_error err = {0};
    mutau_results *r = NULL;
    mutau_sampling *local =
        sample(&d, "{walkers: 16, seed: 5, moves: {stretch: 0.5, de: 0.5}}", 1, STEPS);
    mutau_sampling *s =
        sample(&d, "{walkers: 16, seed: 5, moves: {mixture: 0.9, de: 0.1}}", 1, STEPS);
    assert_true(mutau_sampling_evaluations(local) < COLUMNS * (STEPS + 50));
    assert_true(mutau_sampling_evaluations(s) > COLUMNS * STEPS + 5000);
    assert_true(mutau_sampling_acceptance(local) < 0.7);
    assert_true(mutau_sampling_acceptance(s) > 0.75);
    CHECK_OK(mutau_results_of_sampling(s, 0, &r, &err), err);
    for (size_t i = 0; i < 2; i++) {
        const mutau_result *q = mutau_results_get(r, i);
        CHECK_ABS(q->mean, 1.0, 5.0 * q->mcse_mean);
        assert_true(q->tau < 3.0 && q->mcse_mean < 2.0 * sqrt(3.0 / (STEPS * COLUMNS)));
    }
    mutau_results_free(r);
    mutau_sampling_close(local);
    mutau_sampling_close(s);
}

static void failures_are_counted(void **state)
{
    (void)state;
    normal n = {.dim = 1, .failing = true};
    const mutau_own_density d = density_of(&n);
    mutau_error err = {0};
    mutau_sampling *s = NULL;
    CHECK_OK(mutau_sampling_open(&d,
                                 "{walkers: 8, max_failure_rate: 0.02, "
                                 "moves: {stretch: 0.7, de: 0.3}}",
                                 1, &s, &err),
             err);
    assert_true(isnan(mutau_sampling_acceptance(s)));
    CHECK_STATUS(mutau_sampling_run(s, 5000, &err), MUTAU_ENUMERIC, err);
    const size_t kept = mutau_sampling_rows(s);
    assert_true(kept > 0 && kept < 5000 && mutau_sampling_failures(s) > 0);
    double *x = calloc(kept, 32 * sizeof *x);
    assert_non_null(x);
    CHECK_OK(mutau_sampling_read(s, "x1", 0, kept, x, &err), err);
    for (size_t i = 0; i < kept * 32; i++)
        assert_true(x[i] <= 4.0);
    free(x);
    mutau_sampling_close(s);
}

static void check_refused(const mutau_own_density *d, const char *settings, int n_thread,
                          mutau_status status, const char *text)
{
    mutau_error err = {0};
    mutau_sampling *s = NULL;
    CHECK_STATUS(mutau_sampling_open(d, settings, n_thread, &s, &err), status, err);
    assert_null(s);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, err.text);
}

static void sampling_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"2x", "y"}, *const twice[] = {"y", "y"};
    static const char *const reserved[] = {"log_prob"}, *const of_x[] = {"x1"};
    static const char *const no_unit[] = {NULL, NULL};
    normal n = {.dim = 2};
    const mutau_own_density good = density_of(&n);
    mutau_own_density d = good;
    check_refused(&good, NULL, -1, MUTAU_EUSAGE, "n_thread = -1");
    check_refused(&good, "{walkers: 7}", 1, MUTAU_ECONFIG, "walkers");
    check_refused(&good, "{walkrs: 8}", 1, MUTAU_ECONFIG, "walkers");
    check_refused(&good, "{temperatures: 4}", 1, MUTAU_ECONFIG,
                  "settings: sampler.temperatures: 4: draws in memory have one temperature");
    d.dim = 0;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "dim = 0");
    d.dim = 17;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "dim = 17");
    d = good;
    d.eval = NULL;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "eval");
    d = good;
    d.draw = NULL;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "draw");
    d = good;
    d.n_blob = 17;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "n_blob = 17");
    d = good;
    d.blob_names = NULL;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "without names");
    d.blob_names = reserved;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "taken");
    d.blob_names = of_x;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "taken");
    d = good;
    d.names = bad;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "'2x' is no name");
    d.names = twice;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "taken");
    d = good;
    d.units = no_unit;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "unit");
    d = good;
    d.lo = NULL;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "both");
    d.lo = edge_hi;
    check_refused(&d, NULL, 1, MUTAU_EUSAGE, "must be below");
}

static int eval_nothing(void *self, const double theta[], double *ln_prior, double *ln_like,
                        double blob[])
{
    (void)self;
    (void)theta;
    (void)blob;
    (void)ln_like; /* forgotten */
    *ln_prior = 0.0;
    return 0;
}

static void forgotten_values_are_failures(void **state)
{
    (void)state;
    normal n = {.dim = 2};
    mutau_own_density d = density_of(&n);
    d.eval = eval_nothing;
    check_refused(&d, "{walkers: 8}", 1, MUTAU_ENUMERIC, "starting points");
}

static void sampling_memory(void **state)
{
    (void)state;
    long count;
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    mutau_error err = {0};
    mutau_sampling *s = NULL;
    mutau_results *r = NULL;
    CHECK_EACH_ALLOC(mutau_sampling_open(&d, "{walkers: 8}", 1, &s, &err), s, count, err);
    assert_true(count > 20);
    CHECK_OK(mutau_sampling_run(s, 4, &err), err);
    CHECK_STATUS(mutau_results_of_sampling(s, MUTAU_BURN_IN_AUTO, &r, &err), MUTAU_EDOM, err);
    for (long k = 0; k < 3; k++) { /* positions, densities, blobs */
        fail_alloc_after = k;
        CHECK_STATUS(mutau_sampling_run(s, 100, &err), MUTAU_ENOMEM, err);
        fail_alloc_after = -1;
        assert_int_equal(mutau_sampling_rows(s), 4);
    }
    CHECK_STATUS(mutau_sampling_run(s, SIZE_MAX, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_sampling_run(s, SIZE_MAX - 3, &err), MUTAU_EDOM, err);
    assert_non_null(strstr(err.text, "n_step = 18446744073709551612"));
    CHECK_STATUS(mutau_sampling_run(s, SIZE_MAX - 4, &err), MUTAU_ENOMEM, err);
    assert_int_equal(mutau_sampling_rows(s), 4);
    CHECK_OK(mutau_sampling_run(s, 36, &err), err);
    assert_int_equal(mutau_sampling_rows(s), 40);
    CHECK_STATUS(mutau_results_of_sampling(s, 37, &r, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_results_of_sampling(s, 41, &r, &err), MUTAU_EDOM, err);
    CHECK_EACH_ALLOC(mutau_results_of_sampling(s, 10, &r, &err), r, count, err);
    mutau_results_free(r);
    mutau_sampling_close(s);
    mutau_sampling_close(NULL);
}

/* --- runs into a chain file ------------------------------------------------------------ */

typedef struct listener {
    int n_told;
    bool stop;
} listener;

static bool wishes_stop(void *self)
{
    return ((const listener *)self)->stop;
}

static void hear(void *self, const char *text)
{
    assert_true(text[0] != '\0');
    ((listener *)self)->n_told++;
}

typedef struct chain_place {
    char folder[32], path[64];
} chain_place;

static void make_place(chain_place *p)
{
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/mutau-filerun-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->path, sizeof p->path, "%s/a.h5", p->folder);
}

static void clear_place(const chain_place *p)
{
    (void)unlink(p->path);
    assert_int_equal(rmdir(p->folder), 0);
}

static const char run_settings[] =
    "{walkers: 16, seed: 5, stop: {max_steps: 3000, min_steps: 3000}}";

/* The file has the draws that sampling in memory gives, and the verdict of results.h. */
static void file_has_the_draws(void **state)
{
    (void)state;
    enum { ROWS = 3000, N = ROWS * 64 };
    static const char *const names[] = {"x1", "x2", "half_chi2", "log_prob"};
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    chain_place place;
    mutau_error err = {0};
    mutau_filerun *run = NULL;
    mutau_filerun_state ended = MUTAU_FILERUN_MORE;
    mutau_chainfile *file = NULL;
    mutau_results *r = NULL;
    double *x = calloc(2 * N, sizeof *x);
    assert_non_null(x);
    make_place(&place);
    CHECK_OK(mutau_filerun_open_density(&d, place.path, run_settings, NULL, &run, &err), err);
    assert_string_equal(mutau_filerun_path(run), place.path);
    CHECK_OK(mutau_filerun_step(run, 100, &ended, &err), err);
    assert_int_equal(ended, MUTAU_FILERUN_MORE);
    assert_int_equal(mutau_filerun_steps(run), 100);
    CHECK_OK(mutau_filerun_commit(run, &err), err);
    CHECK_OK(mutau_filerun_step(run, UINT64_MAX, &ended, &err), err);
    mutau_filerun_close(run);
    CHECK_OK(mutau_chainfile_open(place.path, &file, &err), err);
    assert_int_equal(mutau_chainfile_rows(file), ROWS);
    CHECK_OK(mutau_results_of_files(1, &file, 0, NULL, &r, &err), err);
    const mutau_outcome *o = mutau_results_outcome(r);
    assert_int_equal(ended, o->converged ? MUTAU_FILERUN_CONVERGED : MUTAU_FILERUN_NOT_CONVERGED);
    assert_true(o->converged);
    CHECK_ABS(mutau_results_get(r, 0)->mean, 1.0, 5.0 * mutau_results_get(r, 0)->mcse_mean);
    mutau_sampling *s = sample(&d, "{walkers: 16, seed: 5}", 1, ROWS);
    for (size_t i = 0; i < 4; i++) {
        CHECK_OK(mutau_chainfile_read(file, names[i], 0, ROWS, x, &err), err);
        CHECK_OK(mutau_sampling_read(s, names[i], 0, ROWS, x + N, &err), err);
        assert_memory_equal(x, x + N, N * sizeof *x);
    }
    mutau_sampling_close(s);
    mutau_results_free(r);
    mutau_chainfile_close(file);
    clear_place(&place);
    free(x);
}

static void file_is_gone_on_with(void **state)
{
    (void)state;
    normal n = {.dim = 2};
    mutau_own_density d = density_of(&n);
    chain_place place;
    listener who = {.stop = true};
    mutau_filerun_options options = {.stop = wishes_stop, .tell = hear, .self = &who};
    mutau_error err = {0};
    mutau_filerun *run = NULL;
    mutau_filerun_state ended = MUTAU_FILERUN_MORE;
    make_place(&place);
    who.stop = false;
    CHECK_OK(mutau_filerun_open_density(&d, place.path, run_settings, &options, &run, &err), err);
    CHECK_OK(mutau_filerun_step(run, 300, &ended, &err), err);
    who.stop = true;
    CHECK_OK(mutau_filerun_step(run, 300, &ended, &err), err);
    assert_int_equal(ended, MUTAU_FILERUN_STOPPED);
    mutau_filerun_close(run);
    who.stop = false;
    CHECK_STATUS(mutau_filerun_open_density(&d, place.path, run_settings, &options, &run, &err),
                 MUTAU_EEXIST, err);
    assert_null(run);
    options.resume = true;
    d.identity = "another";
    CHECK_STATUS(mutau_filerun_open_density(&d, place.path, run_settings, &options, &run, &err),
                 MUTAU_ERESUME, err);
    d.identity = NULL;
    CHECK_OK(mutau_filerun_open_density(&d, place.path, run_settings, &options, &run, &err), err);
    assert_int_equal(mutau_filerun_steps(run), 300);
    CHECK_OK(mutau_filerun_step(run, UINT64_MAX, &ended, &err), err);
    assert_int_equal(ended, MUTAU_FILERUN_CONVERGED);
    mutau_filerun_close(run);
    mutau_filerun_close(NULL);
    clear_place(&place);
}

static void run_of_a_run_file(void **state)
{
    (void)state;
    static const char *const set[] = {"sampler.stop={max_steps: 12}", "sampler.walkers=8"};
    chain_place place;
    mutau_error err = {0};
    mutau_filerun *run = NULL;
    mutau_filerun_state ended = MUTAU_FILERUN_MORE;
    const mutau_filerun_options bad = {.n_thread = -1};
    make_place(&place);
    CHECK_STATUS(mutau_filerun_open(run_path, 2, set, place.path, &bad, &run, &err), MUTAU_EUSAGE,
                 err);
    CHECK_STATUS(mutau_filerun_open("nowhere.yaml", 0, NULL, place.path, NULL, &run, &err),
                 MUTAU_EIO, err);
    assert_null(run);
    CHECK_OK(mutau_filerun_open(run_path, 2, set, place.path, NULL, &run, &err), err);
    CHECK_OK(mutau_filerun_step(run, 100, &ended, &err), err);
    assert_int_equal(ended, MUTAU_FILERUN_NOT_CONVERGED);
    assert_int_equal(mutau_filerun_steps(run), 12);
    mutau_filerun_close(run);
    clear_place(&place);
    fail_alloc_after = 0;
    CHECK_STATUS(mutau_filerun_open(run_path, 2, set, place.path, NULL, &run, &err), MUTAU_ENOMEM,
                 err);
    fail_alloc_after = -1;
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    CHECK_STATUS(mutau_filerun_open_density(&d, NULL, NULL, NULL, &run, &err), MUTAU_EUSAGE, err);
    assert_null(run);
}

/* What both openers refuse, and with which words. */
static void check_settings_refused(const mutau_own_density *d, const char *path,
                                   const char *settings, const char *text)
{
    mutau_error err = {0};
    mutau_filerun *run = NULL;
    check_refused(d, settings, 1, MUTAU_ECONFIG, text);
    CHECK_STATUS(mutau_filerun_open_density(d, path, settings, NULL, &run, &err), MUTAU_ECONFIG,
                 err);
    assert_null(run);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, err.text);
}

/* Settings are one mapping, in whichever style, for both. */
static void settings_are_taken_by_both(void **state)
{
    (void)state;
    static const char *const good[] = {
        "walkers: 8\nensembles: 2\nseed: 3\nstop:\n  max_steps: 40\n",
        "{walkers: 8, ensembles: 2, seed: 3, stop: {max_steps: 40}}",
        "# eight\n{walkers: 8,\n ensembles: 2, seed: 3,\n stop: {max_steps: 40}}\n"};
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    chain_place place;
    make_place(&place);
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        mutau_error err = {0};
        mutau_filerun *run = NULL;
        mutau_filerun_state ended = MUTAU_FILERUN_MORE;
        const mutau_filerun_options options = {.overwrite = true};
        mutau_sampling *s = sample(&d, good[i], 1, 10);
        assert_int_equal(mutau_sampling_walkers(s), 8);
        assert_int_equal(mutau_sampling_ensembles(s), 2);
        mutau_sampling_close(s);
        CHECK_OK(mutau_filerun_open_density(&d, place.path, good[i], &options, &run, &err), err);
        CHECK_OK(mutau_filerun_step(run, 100, &ended, &err), err);
        assert_int_equal(mutau_filerun_steps(run), 40);
        mutau_filerun_close(run);
    }
    clear_place(&place);
}

static void settings_are_refused_by_both(void **state)
{
    (void)state;
    normal n = {.dim = 2};
    const mutau_own_density d = density_of(&n);
    chain_place place;
    make_place(&place);
    check_settings_refused(&d, place.path, "{walkers: 8}\noutput: b.h5", ":2:1: not valid YAML");
    check_settings_refused(&d, place.path, "walkers: 8\noutput: b.h5\n",
                           ":2:1: sampler.output: unknown key");
    check_settings_refused(&d, place.path, "walkers: 8\nseed: x\n", ":2:7: sampler.seed: expected");
    check_settings_refused(&d, place.path, "walkers: 8\n  seed: 1\n", ":2:7: not valid YAML");
    check_settings_refused(&d, place.path, "{}\n---\n{}", ":2:1: a second document");
    check_settings_refused(&d, place.path, "seed: 1\nstop:\n  rhat: x\n",
                           ":3:9: sampler.stop.rhat");
    check_settings_refused(&d, place.path, "12", ":1:1: sampler");
    clear_place(&place);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_up_and_version),
        cmocka_unit_test(settings_are_taken_by_both),
        cmocka_unit_test(settings_are_refused_by_both),
        cmocka_unit_test(run_describes_itself),
        cmocka_unit_test(run_has_remarks),
        cmocka_unit_test(batch_is_the_target),
        cmocka_unit_test(rows_that_fail),
        cmocka_unit_test(run_refuses),
        cmocka_unit_test(run_memory),
        cmocka_unit_test(file_is_read),
        cmocka_unit_test(file_is_refused),
        cmocka_unit_test(results_are_the_summary),
        cmocka_unit_test(results_are_refused),
        cmocka_unit_test(draws_are_the_density),
        cmocka_unit_test(results_are_those_of_a_file),
        cmocka_unit_test(draws_do_not_depend_on_threads),
        cmocka_unit_test(the_mixture_move_is_explored_and_used),
        cmocka_unit_test(failures_are_counted),
        cmocka_unit_test(sampling_is_refused),
        cmocka_unit_test(forgotten_values_are_failures),
        cmocka_unit_test(sampling_memory),
        cmocka_unit_test(file_has_the_draws),
        cmocka_unit_test(file_is_gone_on_with),
        cmocka_unit_test(run_of_a_run_file),
    };
    return cmocka_run_group_tests_name("api", tests, NULL, NULL);
}
