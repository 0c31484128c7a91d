/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run as a program of somebody else's uses it: sampling a density of its own, interrupting it,
 * going on, judging it, and what goes wrong.  That 'mutau sample' does the same is the business of
 * tests/cli. */
#include "check.h"
#include "fail_alloc.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/chain.h"
#include "posterior/density.h"
#include "run/run.h"
#include "posterior/run_settings.h"
#include "analysis/summary.h"

enum { DIM = 3, N_BLOB = 1, PATH_SIZE = 128 };

/* ---- the density: a correlated normal in a box of half width 20 ---- */

static const double HALF = 20.0;
static const double MEAN[DIM] = {1.0, -2.0, 0.5};
static const char *const NAMES[] = {"x", "y", "z"};
static const char *const UNITS[] = {"", "GeV", ""};
static const char *const BLOBS[] = {"sum"};
static const double LO[] = {-20.0, -20.0, -20.0}, HI[] = {20.0, 20.0, 20.0};
/* Of x, of y given x, and of z given x and y. */
static const double SD[DIM] = {1.0, 0.6, 2.0}, SLOPE_YX = 0.8, SLOPE_ZY = -0.5;

typedef struct normal {
    double shift;        /* of the mean of x */
    double fails_beyond; /* evaluations with a larger |x| fail; 0: none do */
} normal;

static mutau_status normal_eval(const void *self, void *ws, const double theta[], double *ln_prior,
                                double *ln_like, double blob[])
{
    const normal *n = self;
    (void)ws;
    *ln_prior = *ln_like = -(double)INFINITY;
    if (blob != NULL)
        blob[0] = (double)NAN;
    for (size_t k = 0; k < DIM; k++)
        if (!(fabs(theta[k]) < HALF))
            return MUTAU_OK;
    if (n->fails_beyond > 0.0 && fabs(theta[0]) > n->fails_beyond)
        return MUTAU_ENUMERIC;
    const double x = theta[0] - MEAN[0] - n->shift, y = theta[1] - MEAN[1], z = theta[2] - MEAN[2];
    const double u = x / SD[0], v = (y - SLOPE_YX * x) / SD[1], w = (z - SLOPE_ZY * y) / SD[2];
    *ln_prior = -DIM * log(2.0 * HALF);
    *ln_like = -0.5 * (u * u + v * v + w * w);
    if (blob != NULL)
        blob[0] = theta[0] + theta[1] + theta[2];
    return MUTAU_OK;
}

static void normal_draw(const void *self, mutau_rng *rng, double theta[])
{
    (void)self;
    for (size_t k = 0; k < DIM; k++)
        theta[k] = HALF * (2.0 * mutau_rng_uniform(rng) - 1.0);
}

static const normal PLAIN = {.shift = 0.0};

static mutau_run_target make_target(const normal *n)
{
    return (mutau_run_target){.target = {.dim = DIM,
                                         .n_blob = N_BLOB,
                                         .eval = normal_eval,
                                         .draw = normal_draw,
                                         .self = n,
                                         .names = NAMES},
                              .name = "my normal",
                              .identity = "v1",
                              .units = UNITS,
                              .blob_names = BLOBS,
                              .lo = LO,
                              .hi = HI};
}

/* ---- a folder for the chain files ---- */

typedef struct place {
    char folder[32], path[PATH_SIZE], other[PATH_SIZE];
} place;

static int enter(void **state)
{
    place *p = calloc(1, sizeof *p);
    assert_non_null(p);
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/mutau-run-XXXXXX");
    assert_non_null(mkdtemp(p->folder));
    (void)snprintf(p->path, sizeof p->path, "%s/chain.h5", p->folder);
    (void)snprintf(p->other, sizeof p->other, "%s/other.h5", p->folder);
    *state = p;
    return 0;
}

static int leave(void **state)
{
    place *p = *state;
    (void)unlink(p->path);
    (void)unlink(p->other);
    assert_int_equal(rmdir(p->folder), 0); /* no lock, no temporary file */
    free(p);
    return 0;
}

/* ---- what is stored ---- */

typedef struct stored {
    size_t n_row, n_check, burn_in, n;
    bool converged;
    double *x; /* every coordinate, log_prob and blob */
} stored;

static stored read_stored(const char *path)
{
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    CHECK_OK(mutau_chain_open(path, &chain, &err), err);
    const mutau_chain_info info = mutau_chain_describe(chain);
    const size_t n_row = mutau_chain_rows(chain);
    const size_t n_each = n_row * info.n_ensemble * info.n_walker;
    stored s = {.n_row = n_row,
                .burn_in = mutau_chain_burn_in(chain),
                .converged = mutau_chain_converged(chain),
                .n = n_each * (info.dim + 1 + info.n_blob)};
    (void)mutau_chain_history(chain, &s.n_check);
    s.x = calloc(s.n, sizeof *s.x);
    assert_non_null(s.x);
    double *x = s.x;
    for (size_t i = 0; i < info.dim; i++, x += n_each)
        CHECK_OK(mutau_chain_read_parameter(chain, i, 0, n_row, x, &err), err);
    CHECK_OK(mutau_chain_read_log_prob(chain, 0, n_row, x, &err), err);
    x += n_each;
    for (size_t i = 0; i < info.n_blob; i++, x += n_each)
        CHECK_OK(mutau_chain_read_blob(chain, i, 0, n_row, x, &err), err);
    mutau_chain_close(chain);
    return s;
}

static void check_rows(const char *path, size_t n_row)
{
    stored s = read_stored(path);
    assert_int_equal(s.n_row, n_row);
    assert_false(s.converged);
    free(s.x);
}

/* Both files hold the same bytes of draws, the same history and the same verdict. */
static void check_same(const char *a, const char *b)
{
    stored s = read_stored(a), t = read_stored(b);
    assert_int_equal(s.n_row, t.n_row);
    assert_int_equal(s.n, t.n);
    assert_memory_equal(s.x, t.x, s.n * sizeof *s.x);
    assert_int_equal(s.n_check, t.n_check);
    assert_int_equal(s.burn_in, t.burn_in);
    assert_int_equal(s.converged, t.converged);
    free(s.x);
    free(t.x);
}

/* ---- a caller ---- */

typedef struct caller {
    uint64_t stop_at; /* a step; 0: never */
    uint64_t last;    /* that was reported */
    long n_progress, n_checked, n_told[MUTAU_RUN_WARNING + 1];
    char text[2048]; /* last told */
    double now;      /* of its clock */
    long refused;    /* the allocation after the exploration that fails, from 1 on; 0: none */
} caller;

static bool wants_stop(void *self)
{
    const caller *c = self;
    return c->stop_at > 0 && c->last >= c->stop_at;
}

static void see_progress(void *self, const mutau_run_standing *standing, bool checked)
{
    caller *c = self;
    c->last = standing->steps;
    c->n_progress++;
    c->n_checked += checked;
}

static void hear(void *self, mutau_run_message message, const char *text)
{
    caller *c = self;
    c->n_told[message]++;
    if (message == MUTAU_RUN_EXPLORED && c->refused > 0)
        fail_alloc_after = c->refused - 1;
    (void)snprintf(c->text, sizeof c->text, "%s", text);
}

static double tick(void *self)
{
    caller *c = self;
    return c->now += 1.0;
}

static mutau_run_options options_of(caller *c, const char *path)
{
    return (mutau_run_options){.path = path,
                               .n_thread = 1,
                               .stop = {.requested = wants_stop, .self = c},
                               .callbacks = {.progress = see_progress, .tell = hear, .self = c}};
}

/* Of runs that are about something else than the exploration that the default moves need. */
#define LOCAL "moves: {stretch: 0.7, de: 0.3}"
static const char SHORT[] =
    "{ensembles: 2, walkers: 12, seed: 11, stop: {max_steps: 1300, rhat: 1.0001}}";
static const char TEMPERED[] = "{ensembles: 2, walkers: 8, seed: 12, temperatures: 3, "
                               "ladder: {adapt: 100}, store_rungs: true, stop: {max_steps: 600}}";

/* Samples to the end in one piece. */
static mutau_run_state sample_whole(const normal *n, const char *sampler, const char *path)
{
    const mutau_run_target target = make_target(n);
    caller c = {0};
    const mutau_run_options options = options_of(&c, path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_state state = MUTAU_RUN_MORE;
    CHECK_OK(mutau_run_open_target(&target, sampler, &options, &run, &err), err);
    CHECK_OK(mutau_run_to_end(run, &state, &err), err);
    mutau_run_close(run);
    return state;
}

/* Opens a run that is there, or not, to go on with it. */
static mutau_run *resume(const normal *n, const char *sampler, const char *path, caller *c)
{
    const mutau_run_target target = make_target(n);
    mutau_run_options options = options_of(c, path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    options.resume = true;
    CHECK_OK(mutau_run_open_target(&target, sampler, &options, &run, &err), err);
    return run;
}

/* ---- sampling and judging ---- */

/* Means and variances of the truth: x, y = a x + ..., z = b y + ... */
static void a_density_of_ones_own_is_sampled(void **state)
{
    const place *p = *state;
    static const char sampler[] = "{ensembles: 4, walkers: 16, seed: 3, "
                                  "stop: {max_steps: 20000, ess_bulk: 4000, rhat: 1.01}}";
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_summary summary;
    assert_int_equal(sample_whole(&PLAIN, sampler, p->path), MUTAU_RUN_CONVERGED);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    CHECK_OK(mutau_summary_compute(1, &chain, &summary, &err), err);
    const double var_y = SLOPE_YX * SLOPE_YX * SD[0] * SD[0] + SD[1] * SD[1];
    const double var_z = SLOPE_ZY * SLOPE_ZY * var_y + SD[2] * SD[2];
    const double sd[DIM] = {SD[0], sqrt(var_y), sqrt(var_z)};
    assert_true(summary.converged);
    for (size_t i = 0; i < DIM; i++) {
        const mutau_convergence *m = &summary.parameter[i].moments;
        assert_string_equal(summary.parameter[i].name, NAMES[i]);
        assert_true(m->mcse_mean > 0.0 && m->mcse_mean < 0.05 * sd[i]);
        CHECK_ABS(m->mean, MEAN[i], 4.0 * m->mcse_mean);
        CHECK_REL(m->sd, sd[i], 0.06);
        CHECK_ABS(summary.parameter[i].hi, HALF, 0.0);
    }
    mutau_chain_close(chain);
}

static void the_file_says_what_was_sampled(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_chain *chain = NULL;
    mutau_run_settings *settings = NULL;
    mutau_density density;
    (void)sample_whole(&PLAIN, SHORT, p->path);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    const mutau_chain_info info = mutau_chain_describe(chain);
    assert_string_equal(info.names[2], "z");
    assert_string_equal(info.units[1], "GeV");
    assert_string_equal(info.labels[0], "x");
    assert_string_equal(info.blob_names[0], "sum");
    assert_non_null(strstr(info.config, "\n  own: {name: my normal, identity: v1, coordinates: "
                                        "{x: [-20, 20], y: [-20, 20], z: [-20, 20]}}\n"));
    CHECK_OK(mutau_run_settings_parse("stored", info.config, ".", &settings, &err), err);
    assert_int_equal(mutau_run_settings_free_count(settings), DIM);
    assert_true(mutau_run_settings_has_target(settings));
    CHECK_STATUS(mutau_density_open(settings, &density, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "'my normal'"));
    mutau_run_settings_free(settings);
    mutau_chain_close(chain);
}

/* What the caller gave may go once the run is open. */
static void texts_are_the_callers_again(void **state)
{
    const place *p = *state;
    char unit[] = "GeV", label[] = "\\xi", blob[] = "sum";
    const char *units[DIM] = {unit, "", ""}, *labels[DIM] = {label, "y", "z"}, *blobs[] = {blob};
    caller c = {0};
    const mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_state ended = MUTAU_RUN_MORE;
    mutau_chain *chain = NULL;
    mutau_run_target target = make_target(&PLAIN);
    assert_int_equal(target.target.n_blob, 1);
    target.units = units;
    target.labels = labels;
    target.blob_names = blobs;
    CHECK_OK(mutau_run_open_target(&target, SHORT, &options, &run, &err), err);
    unit[0] = label[0] = blob[0] = '?';
    units[0] = labels[0] = blobs[0] = NULL;
    memset(&target, 0, sizeof target);
    CHECK_OK(mutau_run_step(run, 20, &ended, &err), err);
    CHECK_OK(mutau_run_commit(run, &err), err);
    mutau_run_close(run);
    CHECK_OK(mutau_chain_open(p->path, &chain, &err), err);
    const mutau_chain_info info = mutau_chain_describe(chain);
    assert_string_equal(info.units[0], "GeV");
    assert_string_equal(info.labels[0], "\\xi");
    assert_string_equal(info.blob_names[0], "sum");
    mutau_chain_close(chain);
}

static void a_check_says_what_the_file_does_not_yet(void **state)
{
    const place *p = *state;
    const mutau_run_target target = make_target(&PLAIN);
    caller c = {0};
    const mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_verdict v;
    mutau_run_state s;
    CHECK_OK(mutau_run_open_target(&target, SHORT, &options, &run, &err), err);
    assert_false(mutau_run_last_verdict(run).judged);
    CHECK_OK(mutau_run_step(run, 7, &s, &err), err);
    CHECK_OK(mutau_run_check(run, &v, &err), err);
    assert_false(v.judged);
    assert_int_equal(v.step, 7);
    CHECK_OK(mutau_run_step(run, 33, &s, &err), err);
    assert_int_equal(s, MUTAU_RUN_MORE);
    CHECK_OK(mutau_run_check(run, &v, &err), err);
    assert_true(v.judged && !v.converged && !v.complete && v.n_problem > 0);
    assert_int_equal(v.step, 40);
    assert_true(strlen(v.problem[0]) > 20);
    assert_true(v.rhat > 1.001);
    assert_int_equal(mutau_run_rows(run), 40);
    CHECK_OK(mutau_run_step(run, 1200, &s, &err), err);
    CHECK_OK(mutau_run_check(run, &v, &err), err); /* not at the step of a check */
    assert_int_equal(v.step, 1240);
    CHECK_OK(mutau_run_to_end(run, &s, &err), err);
    assert_string_equal(mutau_run_path(run), p->path);
    mutau_run_close(run);
    (void)sample_whole(&PLAIN, SHORT, p->other);
    check_same(p->path, p->other); /* the history, too */
}

/* ---- the same bytes, however it is done ---- */

static void interrupt_and_resume(const char *sampler, uint64_t at, const place *p)
{
    caller c = {.stop_at = at};
    mutau_error err = {0};
    mutau_run_state state;
    mutau_run *run = resume(&PLAIN, sampler, p->path, &c);
    CHECK_OK(mutau_run_to_end(run, &state, &err), err);
    assert_int_equal(state, MUTAU_RUN_STOPPED);
    assert_int_equal(mutau_run_where(run).steps, at);
    mutau_run_close(run);
    check_rows(p->path, at);
    c = (caller){0};
    run = resume(&PLAIN, sampler, p->path, &c);
    assert_int_equal(mutau_run_where(run).steps, at);
    assert_int_equal(mutau_run_where(run).steps_here, 0);
    CHECK_OK(mutau_run_to_end(run, &state, &err), err);
    assert_true(state == MUTAU_RUN_CONVERGED || state == MUTAU_RUN_NOT_CONVERGED);
    mutau_run_close(run);
    check_same(p->path, p->other);
}

static void an_interrupted_run_goes_on_to_the_same_bytes(void **state)
{
    const place *p = *state;
    static const uint64_t at[] = {1, 137, 400, 1299};
    (void)sample_whole(&PLAIN, SHORT, p->other);
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        (void)unlink(p->path);
        interrupt_and_resume(SHORT, at[i], p);
    }
}

static void so_does_one_with_temperatures(void **state)
{
    const place *p = *state;
    (void)sample_whole(&PLAIN, TEMPERED, p->other);
    interrupt_and_resume(TEMPERED, 50, p); /* while the ladder adapts */
    (void)unlink(p->path);
    interrupt_and_resume(TEMPERED, 333, p);
}

/* In one process, with other threads, in steps of other sizes, committed and judged now and then;
 * closed before anything is committed, and after. */
static void a_run_in_pieces_has_the_same_bytes(void **state)
{
    const place *p = *state;
    const mutau_run_target target = make_target(&PLAIN);
    caller c = {.stop_at = 201};
    mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_state s;
    options.n_thread = 2;
    (void)sample_whole(&PLAIN, SHORT, p->other);
    CHECK_OK(mutau_run_open_target(&target, SHORT, &options, &run, &err), err);
    CHECK_OK(mutau_run_commit(run, &err), err); /* nothing yet */
    for (int i = 0; i < 200; i++)
        CHECK_OK(mutau_run_step(run, 1, &s, &err), err);
    CHECK_OK(mutau_run_commit(run, &err), err);
    check_rows(p->path, 200);
    CHECK_OK(mutau_run_step(run, 10, &s, &err), err);
    assert_int_equal(s, MUTAU_RUN_STOPPED);
    c.stop_at = 0;
    CHECK_OK(mutau_run_step(run, 10, &s, &err), err);
    assert_int_equal(s, MUTAU_RUN_MORE);
    assert_int_equal(mutau_run_where(run).steps, 211);
    mutau_run_close(run);
    run = resume(&PLAIN, SHORT, p->path, &c);
    assert_in_range(mutau_run_where(run).steps, 201, 211);
    CHECK_OK(mutau_run_to_end(run, &s, &err), err);
    CHECK_OK(mutau_run_step(run, 10, &s, &err), err); /* it has ended */
    assert_int_equal(s, MUTAU_RUN_NOT_CONVERGED);
    assert_int_equal(mutau_run_where(run).steps, 1300);
    mutau_run_close(run);
    check_same(p->path, p->other);
}

static void max_steps_may_grow(void **state)
{
    const place *p = *state;
    static const char shorter[] =
        "{ensembles: 2, walkers: 12, seed: 11, stop: {max_steps: 1000, rhat: 1.0001}}";
    caller c = {0};
    mutau_error err = {0};
    mutau_run_state s;
    (void)sample_whole(&PLAIN, SHORT, p->other);
    (void)sample_whole(&PLAIN, shorter, p->path);
    mutau_run *run = resume(&PLAIN, SHORT, p->path, &c);
    assert_int_equal(mutau_run_where(run).steps, 1000);
    CHECK_OK(mutau_run_to_end(run, &s, &err), err);
    mutau_run_close(run);
    stored a = read_stored(p->path), b = read_stored(p->other);
    assert_int_equal(a.n, b.n);
    assert_memory_equal(a.x, b.x, a.n * sizeof *a.x);
    free(a.x);
    free(b.x);
}

/* ---- what the caller hears ---- */

static void progress_and_the_clock_are_the_callers(void **state)
{
    const place *p = *state;
    const mutau_run_target target = make_target(&PLAIN);
    caller c = {.now = 1e6};
    mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_state s;
    options.callbacks.clock = tick;
    CHECK_OK(mutau_run_open_target(&target, SHORT, &options, &run, &err), err);
    CHECK_ABS(mutau_run_where(run).seconds, c.now - 1e6 - 1.0, 0.0);
    CHECK_OK(mutau_run_step(run, 1000, &s, &err), err);
    assert_int_equal(c.last, 1000);
    assert_int_equal(c.n_progress, 1001);
    assert_int_equal(c.n_checked, 14); /* 40, 50, 70 ... 380, 400, 500, 700 and 900 */
    const mutau_run_standing now = mutau_run_where(run);
    CHECK_ABS(now.seconds, c.now - 1e6 - 1.0, 0.0);
    assert_true(now.acceptance > 0.1 && now.acceptance < 0.9);
    assert_true(now.rhat > 1.0 && now.tau > 1.0 && now.steps_needed >= 1000.0);
    assert_int_equal(now.max_steps, 1300);
    mutau_run_close(run);
}

static void failed_evaluations_are_told_and_end_the_run(void **state)
{
    const place *p = *state;
    static const char sampler[] = "{ensembles: 2, walkers: 12, seed: 11, max_failure_rate: 0.001, "
                                  "stop: {max_steps: 3000}, " LOCAL "}";
    const normal n = {.fails_beyond = 1.2};
    caller c = {0};
    mutau_error err = {0};
    mutau_run_state s = MUTAU_RUN_MORE;
    mutau_run *run = resume(&n, sampler, p->path, &c);
    mutau_run_verdict v;
    CHECK_STATUS(mutau_run_to_end(run, &s, &err), MUTAU_ENUMERIC, err);
    assert_memory_equal(err.text, p->path, strlen(p->path));
    assert_int_equal(c.n_told[MUTAU_RUN_WARNING], 11);
    assert_non_null(strstr(c.text, "further failures are counted"));
    CHECK_STATUS(mutau_run_step(run, 1, &s, &err), MUTAU_ENUMERIC, err);
    assert_non_null(strstr(err.text, "close it"));
    CHECK_STATUS(mutau_run_check(run, &v, &err), MUTAU_ENUMERIC, err);
    CHECK_STATUS(mutau_run_commit(run, &err), MUTAU_ENUMERIC, err);
    const uint64_t steps = mutau_run_where(run).steps;
    mutau_run_close(run);
    check_rows(p->path, steps);
}

static void the_callbacks_may_be_none(void **state)
{
    const place *p = *state;
    const normal n = {.fails_beyond = 19.0};
    const mutau_run_target target = make_target(&n);
    const mutau_run_options options = {.path = p->path};
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_state s;
    CHECK_OK(mutau_run_open_target(&target, NULL, &options, &run, &err), err);
    CHECK_OK(mutau_run_step(run, 10, &s, &err), err);
    assert_true(mutau_run_where(run).seconds >= 0.0);
    mutau_run_close(run);
    mutau_run_close(NULL);
}

/* ---- where the walkers start ---- */

static void starts_of_ones_own(void **state)
{
    const place *p = *state;
    static const char sampler[] = "{ensembles: 1, walkers: 8, stop: {max_steps: 20}}";
    mutau_run_target target = make_target(&PLAIN);
    caller c = {0};
    const mutau_run_options options = options_of(&c, p->path);
    double start[8 * DIM] = {0.0};
    mutau_error err = {0};
    mutau_run *run = NULL;
    target.target.draw = NULL;
    CHECK_STATUS(mutau_run_open_target(&target, sampler, &options, &run, &err), MUTAU_EDOM, err);
    target.start = start;
    CHECK_STATUS(mutau_run_open_target(&target, sampler, &options, &run, &err), MUTAU_ENUMERIC,
                 err); /* all at one point */
    for (size_t i = 0; i < 8 * DIM; i++)
        start[i] = sin(1.0 + (double)(i * i));
    CHECK_OK(mutau_run_open_target(&target, sampler, &options, &run, &err), err);
    mutau_run_close(run);
}

static void starts_around_maxima(void **state)
{
    const place *p = *state;
    const mutau_run_target target = make_target(&PLAIN);
    caller c = {0};
    const mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    const char sampler[] = "{walkers: 12, start: {bestfit: {starts: 4, spread: 0.01}}, " LOCAL "}";
    CHECK_OK(mutau_run_open_target(&target, sampler, &options, &run, &err), err);
    assert_int_equal(c.n_told[MUTAU_RUN_SEARCH], 1);
    assert_non_null(strstr(c.text, "4 of 4 searches reach the highest of 1 maxima"));
    mutau_run_close(run);
    c = (caller){.stop_at = 1, .last = 1};
    CHECK_STATUS(mutau_run_open_target(&target, sampler, &options, &run, &err), MUTAU_ESTOPPED,
                 err);
    assert_null(run);
}

static void a_pilot_adds_temperatures_and_can_be_stopped(void **state)
{
    const place *p = *state;
    const char sampler[] = "{walkers: 12, temperatures: 2, " LOCAL "}";
    const mutau_run_target target = make_target(&PLAIN);
    caller c = {0};
    const mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    CHECK_OK(mutau_run_open_target(&target, sampler, &options, &run, &err), err);
    assert_int_equal(c.n_told[MUTAU_RUN_LADDER], 1);
    assert_non_null(strstr(c.text, "temperatures instead of 2"));
    mutau_run_close(run);
    c = (caller){.stop_at = 1, .last = 1};
    CHECK_STATUS(mutau_run_open_target(&target, sampler, &options, &run, &err), MUTAU_ESTOPPED,
                 err);
    assert_null(run);
}

/* ---- others who evaluate ---- */

typedef struct crew {
    const mutau_target *target;
    mutau_evaluator evaluator;
    bool refuses;
    long n_batch, n_dismissed;
} crew;

static void eval_alone(void *self, const mutau_points *points)
{
    crew *c = self;
    c->n_batch++;
    for (size_t i = 0; i < points->n; i++)
        points->status[i] =
            c->target->eval(c->target->self, NULL, points->x + i * DIM, &points->ln_prior[i],
                            &points->ln_like[i], points->blob + i * N_BLOB);
}

static mutau_status gather(void *self, const mutau_run_settings *settings,
                           const mutau_target *target, const mutau_evaluator **out,
                           mutau_error *err)
{
    crew *c = self;
    assert_non_null(settings->own);
    c->target = target;
    c->evaluator = (mutau_evaluator){.eval = eval_alone, .self = c};
    *out = &c->evaluator;
    return c->refuses ? mutau_error_set(err, MUTAU_EIO, "rank 1 has gone") : MUTAU_OK;
}

static void dismiss(void *self)
{
    crew *c = self;
    c->n_dismissed++;
}

static void others_evaluate_to_the_same_bytes(void **state)
{
    const place *p = *state;
    const mutau_run_target target = make_target(&PLAIN);
    crew others = {.refuses = true};
    caller c = {0};
    mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_state s;
    options.crew = (mutau_run_crew){.gather = gather, .dismiss = dismiss, .self = &others};
    CHECK_STATUS(mutau_run_open_target(&target, SHORT, &options, &run, &err), MUTAU_EIO, err);
    assert_string_equal(err.text, "rank 1 has gone");
    assert_int_equal(others.n_dismissed, 1);
    others = (crew){.refuses = false};
    CHECK_OK(mutau_run_open_target(&target, SHORT, &options, &run, &err), err);
    CHECK_OK(mutau_run_to_end(run, &s, &err), err);
    assert_int_equal(others.n_dismissed, 0);
    mutau_run_close(run);
    assert_int_equal(others.n_dismissed, 1);
    assert_true(others.n_batch >= 2600); /* two halves a step */
    (void)sample_whole(&PLAIN, SHORT, p->other);
    check_same(p->path, p->other);
}

/* ---- what is refused ---- */

static void refuse(const mutau_run_target *target, const char *sampler,
                   const mutau_run_options *options, mutau_status status, const char *text)
{
    mutau_error err = {0};
    mutau_run *run = NULL;
    CHECK_STATUS(mutau_run_open_target(target, sampler, options, &run, &err), status, err);
    assert_null(run);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' is not in '%s'", text, err.text);
}

static void targets_that_are_none(void **state)
{
    const place *p = *state;
    static const char *const odd[] = {"x", "y y", "z"}, *const twice[] = {"x", "y", "x"};
    static const char *const low[] = {"x", "_y", "z"};
    static const char *const odd_blobs[] = {"_b", "_b", "_b", "_b"};
    caller c = {0};
    mutau_run_options options = options_of(&c, p->path);
    char long_name[400];
    memset(long_name, 'n', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    mutau_run_target t = make_target(&PLAIN);
    t.name = NULL;
    refuse(&t, NULL, &options, MUTAU_EUSAGE, "a target needs a name of at most 255 bytes");
    t.name = long_name;
    refuse(&t, NULL, &options, MUTAU_EUSAGE, "a target needs a name");
    t = make_target(&PLAIN);
    t.identity = long_name;
    refuse(&t, NULL, &options, MUTAU_EUSAGE, "an identity of at most 255");
    t = make_target(&PLAIN);
    t.target.eval = NULL;
    refuse(&t, NULL, &options, MUTAU_EUSAGE, "needs eval, names and 1 to 16 dimensions");
    t = make_target(&PLAIN);
    t.target.dim = 17;
    refuse(&t, NULL, &options, MUTAU_EUSAGE, "1 to 16 dimensions");
    t = make_target(&PLAIN);
    t.blob_names = NULL;
    refuse(&t, NULL, &options, MUTAU_EUSAGE, "its blobs need names");
    t.blob_names = odd_blobs;
    refuse(&t, NULL, &options, MUTAU_EUSAGE, "my normal: '_b': a blob's name is made of letters");
    t = make_target(&PLAIN);
    t.target.names = odd;
    refuse(&t, NULL, &options, MUTAU_ECONFIG, "y y: a coordinate's name is made of");
    t.target.names = low;
    refuse(&t, NULL, &options, MUTAU_ECONFIG, "_y: a coordinate's name is made of");
    t.target.names = twice;
    refuse(&t, NULL, &options, MUTAU_ECONFIG, "two coordinates are called x");
    t = make_target(&PLAIN);
    t.lo = HI;
    refuse(&t, NULL, &options, MUTAU_ECONFIG, "target.own.coordinates.x: the lower edge");
    t = make_target(&PLAIN);
    options.path = NULL;
    refuse(&t, NULL, &options, MUTAU_EUSAGE, "my normal: the run needs the path of a chain file");
}

static void samplers_that_are_none(void **state)
{
    const place *p = *state;
    const mutau_run_target t = make_target(&PLAIN);
    caller c = {0};
    const mutau_run_options options = options_of(&c, p->path);
    refuse(&t, "{walkers: 7}", &options, MUTAU_ECONFIG, "sampler.walkers: 7 is odd");
    refuse(&t, "{walkers: 4}", &options, MUTAU_ECONFIG, "sampler.walkers");
    refuse(&t, "{wakers: 8}", &options, MUTAU_ECONFIG, "walkers");
    refuse(&t, "{walkers: 8", &options, MUTAU_ECONFIG, "");
    refuse(&t, "12", &options, MUTAU_ECONFIG, "sampler");
    refuse(&t, "{thin: 50, stop: {max_steps: 10}}", &options, MUTAU_ECONFIG,
           "my normal: sampler.thin = 50 is more than the 10 steps");
}

static void files_that_are_in_the_way(void **state)
{
    const place *p = *state;
    const mutau_run_target t = make_target(&PLAIN);
    caller c = {0};
    mutau_run_options options = options_of(&c, p->path);
    FILE *file = fopen(p->other, "w");
    assert_non_null(file);
    (void)fputs("my notes\n", file);
    (void)fclose(file);
    (void)sample_whole(&PLAIN, SHORT, p->path);
    refuse(&t, SHORT, &options, MUTAU_EEXIST, "exists: resume goes on with it, overwrite replaces");
    options.words = (mutau_run_words){.resume = "--resume", .overwrite = "--overwrite"};
    refuse(&t, SHORT, &options, MUTAU_EEXIST, "--resume goes on with it, --overwrite replaces");
    options.path = p->other;
    options.overwrite = true;
    refuse(&t, SHORT, &options, MUTAU_EEXIST, "is no chain file that can be read");
    options.path = p->folder;
    refuse(&t, SHORT, &options, MUTAU_EIO, "is a folder; choose a file with path");
    options.path = "/tmp/mutau-no-such-folder/a.h5";
    refuse(&t, SHORT, &options, MUTAU_EIO, "the folder for the chain file: No such file");
}

static void a_file_with_a_writer_is_left_alone(void **state)
{
    const place *p = *state;
    const mutau_run_target t = make_target(&PLAIN);
    caller c = {0};
    mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL, *second = NULL;
    mutau_run_state s;
    CHECK_OK(mutau_run_open_target(&t, SHORT, &options, &run, &err), err);
    refuse(&t, SHORT, &options, MUTAU_ELOCKED, p->path);
    CHECK_OK(mutau_run_step(run, 20, &s, &err), err);
    CHECK_OK(mutau_run_commit(run, &err), err);
    options.resume = true;
    refuse(&t, SHORT, &options, MUTAU_ELOCKED, p->path);
    mutau_run_close(run);
    CHECK_OK(mutau_run_open_target(&t, SHORT, &options, &second, &err), err);
    mutau_run_close(second);
}

/* The coordinates of a density of two dimensions. */
static mutau_status flat_eval(const void *self, void *ws, const double theta[], double *ln_prior,
                              double *ln_like, double blob[])
{
    (void)self;
    (void)ws;
    (void)blob;
    const bool inside = fabs(theta[0]) < 1.0 && fabs(theta[1]) < 1.0;
    *ln_prior = inside ? -log(4.0) : -(double)INFINITY;
    *ln_like = inside ? 0.0 : -(double)INFINITY;
    return MUTAU_OK;
}

static void chains_of_other_densities_are_not_resumed(void **state)
{
    const place *p = *state;
    static const double far[] = {20.0, 30.0, 20.0};
    const normal shifted = {.shift = 1e-6};
    mutau_run_target t = make_target(&PLAIN);
    caller c = {0};
    mutau_run_options options = options_of(&c, p->path);
    (void)sample_whole(&PLAIN, SHORT, p->path);
    stored before = read_stored(p->path);
    options.resume = true;
    t.target.dim = 2;
    t.target.n_blob = 0;
    t.target.eval = flat_eval;
    refuse(&t, SHORT, &options, MUTAU_ERESUME,
           "target.own.coordinates.z is [-20, 20] in the chain, nothing in the run");
    t = make_target(&PLAIN);
    t.name = "another";
    refuse(&t, SHORT, &options, MUTAU_ERESUME,
           "target.own.name is my normal in the chain, another in the run");
    t = make_target(&PLAIN);
    t.identity = NULL;
    refuse(&t, SHORT, &options, MUTAU_ERESUME, "target.own.identity is v1 in the chain");
    t = make_target(&PLAIN);
    t.hi = far;
    refuse(&t, SHORT, &options, MUTAU_ERESUME, "target.own.coordinates.y");
    t = make_target(&PLAIN);
    t.target.n_blob = 0;
    refuse(&t, SHORT, &options, MUTAU_ERESUME, "blob");
    t = make_target(&shifted);
    refuse(&t, SHORT, &options, MUTAU_ERESUME, "the stored ln likelihood of the last positions");
    t = make_target(&PLAIN);
    refuse(&t, "{ensembles: 2, walkers: 12, seed: 12}", &options, MUTAU_ERESUME,
           "sampler.seed is 11 in the chain, 12 in the run");
    stored after = read_stored(p->path);
    assert_int_equal(before.n, after.n);
    assert_memory_equal(before.x, after.x, before.n * sizeof *before.x);
    free(before.x);
    free(after.x);
}

/* ---- a run of settings ---- */

static const char BUILTIN[] = "target: {gaussian: {dim: 2}}\n"
                              "sampler: {walkers: 8, stop: {max_steps: 300}, " LOCAL "}\n";

static void a_run_of_settings(void **state)
{
    const place *p = *state;
    mutau_run_settings *settings = NULL;
    caller c = {0};
    mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    mutau_run_state s;
    mutau_run_forecast f;
    CHECK_OK(mutau_run_settings_parse("t.yaml", BUILTIN, p->folder, &settings, &err), err);
    CHECK_OK(mutau_run_rehearse(settings, &options, &f, &err), err);
    assert_int_equal(f.dim, 2);
    assert_int_equal(f.n_ensemble, 4);
    assert_int_equal(f.n_walker, 8);
    assert_int_equal(f.n_temperature, 1);
    CHECK_ABS(f.steps, 300.0, 0.0);
    CHECK_ABS(f.bytes, 300.0 * 32.0 * 3.0 * 8.0, 0.0);
    assert_true(f.seconds_per_step > 0.0);
    assert_int_not_equal(access(p->path, F_OK), 0);
    CHECK_OK(mutau_run_open(settings, &options, &run, &err), err);
    CHECK_OK(mutau_run_to_end(run, &s, &err), err);
    mutau_run_close(run);
    check_rows(p->path, 300);
    CHECK_OK(mutau_run_rehearse(settings, &options, &f, &err), err);
    assert_int_equal(c.n_told[MUTAU_RUN_IN_THE_WAY], 1);
    assert_non_null(strstr(c.text, "exists: resume goes on with it"));
    options.path = "/tmp/mutau-no-such-folder/a.h5";
    CHECK_STATUS(mutau_run_rehearse(settings, &options, &f, &err), MUTAU_EIO, err);
    mutau_run_settings_free(settings);
}

/* A target that another program brought along is read, not sampled. */
static void own_targets_in_run_files(void **state)
{
    (void)state;
    static const struct {
        const char *text, *complaint;
    } cases[] = {
        {"{own: {coordinates: {x: [0, 1]}}}", "name"},
        {"{own: {name: a}}", "target.own: has no coordinates"},
        {"{own: {name: a, coordinates: [x]}}", "target.own: has no coordinates"},
        {"{own: {name: a, coordinates: {}}}", "a run has 1 to 16 dimensions, not 0"},
        {"{own: {name: a, coordinates: {x: 1}}}", "expected the edges of the support"},
        {"{own: {name: a, coordinates: {x: [1]}}}", "expected the edges of the support"},
        {"{own: {name: a, coordinates: {x: [b, 1]}}}", "target.own.coordinates.x[0]"},
        {"{own: {name: a, coordinates: {x: [1, 1]}}}", "the lower edge comes first"},
        {"{own: {name: a, coordinates: {1x: [0, 1]}}}", "a coordinate's name is made of"},
        {"{own: {name: a, coordinates: {x: [0, 1]}, colour: red}}", "colour"},
        {"{own: {name: a, coordinates: {x: [0, 1]}}, gaussian: {}}", "target"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        mutau_error err = {0};
        mutau_run_settings *settings = NULL;
        (void)snprintf(text, sizeof text, "target: %s\n", cases[i].text);
        CHECK_STATUS(mutau_run_settings_parse("t.yaml", text, ".", &settings, &err), MUTAU_ECONFIG,
                     err);
        if (strstr(err.text, cases[i].complaint) == NULL)
            fail_msg("'%s' is not in '%s'", cases[i].complaint, err.text);
    }
}

/* ---- memory ---- */

static const char TINY[] = "{ensembles: 1, walkers: 8, seed: 2, stop: {max_steps: 30}}";
static const char TINY_LOCAL[] =
    "{ensembles: 1, walkers: 8, seed: 2, stop: {max_steps: 30}, " LOCAL "}";

/* Those of the exploration fail in test_explore.c; a resume has its mixture from the file. */
static void each_allocation_of_open_may_fail(void **state)
{
    const place *p = *state;
    const mutau_run_target t = make_target(&PLAIN);
    caller c = {0};
    mutau_run_options options = options_of(&c, p->path);
    mutau_error err = {0};
    mutau_run *run = NULL;
    long count;
    CHECK_EACH_ALLOC(mutau_run_open_target(&t, TINY_LOCAL, &options, &run, &err), run, count, err);
    assert_true(count > 50);
    mutau_run_close(run);
    (void)sample_whole(&PLAIN, TINY, p->path);
    options.resume = true;
    CHECK_EACH_ALLOC(mutau_run_open_target(&t, TINY, &options, &run, &err), run, count, err);
    mutau_run_close(run);
    check_rows(p->path, 30);
}

static void each_allocation_for_the_mixture_may_fail(void **state)
{
    const place *p = *state;
    const mutau_run_target t = make_target(&PLAIN);
    for (long k = 1; k <= 3; k++) {
        caller c = {.refused = k};
        const mutau_run_options options = options_of(&c, p->path);
        mutau_error err = {0};
        mutau_run *run = NULL;
        CHECK_STATUS(mutau_run_open_target(&t, TINY, &options, &run, &err), MUTAU_ENOMEM, err);
        assert_null(run);
        assert_int_equal(fail_alloc_after, -1);
        assert_int_equal(c.n_told[MUTAU_RUN_EXPLORED], 1);
        assert_int_equal(strstr(err.text, "no memory for the mixture") != NULL, k <= 2);
    }
}

/* Without memory a run ends with an error; what it has committed can be gone on with. */
static void each_allocation_of_a_run_may_fail(void **state)
{
    const place *p = *state;
    mutau_error err = {0};
    mutau_run_state s = MUTAU_RUN_MORE;
    bool failed = true;
    (void)sample_whole(&PLAIN, TINY_LOCAL, p->other);
    for (long k = 0; failed; k++) {
        caller c = {0};
        (void)unlink(p->path);
        mutau_run *run = resume(&PLAIN, TINY_LOCAL, p->path, &c);
        fail_alloc_after = k;
        const mutau_status status = mutau_run_to_end(run, &s, &err);
        failed = fail_alloc_after < 0;
        fail_alloc_after = -1;
        assert_int_equal(status, failed ? MUTAU_ENOMEM : MUTAU_OK);
        if (failed)
            CHECK_STATUS(mutau_run_step(run, 1, &s, &err), MUTAU_ENOMEM, err);
        mutau_run_close(run);
        if (failed && k % 16 != 0) /* the disk is slow */
            continue;
        run = resume(&PLAIN, TINY_LOCAL, p->path, &c);
        CHECK_OK(mutau_run_to_end(run, &s, &err), err);
        mutau_run_close(run);
        check_same(p->path, p->other);
    }
}

static void states_have_names(void **state)
{
    (void)state;
    assert_string_equal(mutau_run_state_text(MUTAU_RUN_CONVERGED), "converged");
    assert_string_equal(mutau_run_state_text(MUTAU_RUN_NOT_CONVERGED), "not converged");
    assert_string_equal(mutau_run_state_text(MUTAU_RUN_STOPPED), "interrupted");
    assert_string_equal(mutau_run_state_text(MUTAU_RUN_MORE), "not ended");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_density_of_ones_own_is_sampled, enter, leave),
        cmocka_unit_test_setup_teardown(the_file_says_what_was_sampled, enter, leave),
        cmocka_unit_test_setup_teardown(texts_are_the_callers_again, enter, leave),
        cmocka_unit_test_setup_teardown(a_check_says_what_the_file_does_not_yet, enter, leave),
        cmocka_unit_test_setup_teardown(an_interrupted_run_goes_on_to_the_same_bytes, enter, leave),
        cmocka_unit_test_setup_teardown(so_does_one_with_temperatures, enter, leave),
        cmocka_unit_test_setup_teardown(a_run_in_pieces_has_the_same_bytes, enter, leave),
        cmocka_unit_test_setup_teardown(max_steps_may_grow, enter, leave),
        cmocka_unit_test_setup_teardown(progress_and_the_clock_are_the_callers, enter, leave),
        cmocka_unit_test_setup_teardown(failed_evaluations_are_told_and_end_the_run, enter, leave),
        cmocka_unit_test_setup_teardown(the_callbacks_may_be_none, enter, leave),
        cmocka_unit_test_setup_teardown(starts_of_ones_own, enter, leave),
        cmocka_unit_test_setup_teardown(starts_around_maxima, enter, leave),
        cmocka_unit_test_setup_teardown(a_pilot_adds_temperatures_and_can_be_stopped, enter, leave),
        cmocka_unit_test_setup_teardown(others_evaluate_to_the_same_bytes, enter, leave),
        cmocka_unit_test_setup_teardown(targets_that_are_none, enter, leave),
        cmocka_unit_test_setup_teardown(samplers_that_are_none, enter, leave),
        cmocka_unit_test_setup_teardown(files_that_are_in_the_way, enter, leave),
        cmocka_unit_test_setup_teardown(a_file_with_a_writer_is_left_alone, enter, leave),
        cmocka_unit_test_setup_teardown(chains_of_other_densities_are_not_resumed, enter, leave),
        cmocka_unit_test_setup_teardown(a_run_of_settings, enter, leave),
        cmocka_unit_test_setup_teardown(each_allocation_of_open_may_fail, enter, leave),
        cmocka_unit_test_setup_teardown(each_allocation_for_the_mixture_may_fail, enter, leave),
        cmocka_unit_test_setup_teardown(each_allocation_of_a_run_may_fail, enter, leave),
        cmocka_unit_test(own_targets_in_run_files),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
