/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How well threads share a batch whose points cost a microsecond or some hundred: draws of the
 * prior of a run file, in batches of the size of a step's halves, in blocks of neighbours and with
 * the costly points left for the end (evaluator.h).  The speed-up is the processors' time of all
 * threads over that of the busiest one: what as many free processors give.  Beside it the wall's,
 * which other programs disturb.
 *
 * usage: bench_batch RUN.yaml [THREADS] */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "posterior/density.h"
#include "sampler/evaluator.h"

enum { N_POINT = 128, N_BATCH = 8, MAX_BLOB = 32, MAX_DIM = 16, MAX_THREAD = 64 };

static double theta[N_BATCH][N_POINT * MAX_DIM], ln_prior[N_POINT], ln_like[N_POINT];
static double blob[N_POINT * MAX_BLOB];
static mutau_status status[N_POINT];

static double now(clockid_t clock_id)
{
    struct timespec t;
    (void)clock_gettime(clock_id, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void quit(const char *text)
{
    (void)fprintf(stderr, "bench_batch: %s\n", text);
    exit(EXIT_FAILURE);
}

/* A target that adds up the time of each thread's evaluations. */
typedef struct timed {
    mutau_target inner;
} timed;

typedef struct timed_workspace {
    void *inner;
    double seconds;
    size_t n_left;
} timed_workspace;

static timed_workspace *workspaces[MAX_THREAD];
static int n_workspace;

static mutau_status timed_alloc(const void *self, void **ws)
{
    const timed *t = self;
    timed_workspace *w = calloc(1, sizeof *w);
    if (w == NULL || n_workspace == MAX_THREAD)
        quit("too many threads");
    *ws = workspaces[n_workspace++] = w;
    return t->inner.ws_alloc(t->inner.self, &w->inner);
}

/* Their numbers are read before. */
static const timed *freed;
static void timed_free(void *ws)
{
    timed_workspace *w = ws;
    freed->inner.ws_free(w->inner);
    free(w);
}

static mutau_status timed_eval(const void *self, void *ws, const double x[], double *prior,
                               double *like, double out[])
{
    const timed *t = self;
    timed_workspace *w = ws;
    const double begin = now(CLOCK_THREAD_CPUTIME_ID);
    const mutau_status found = t->inner.eval(t->inner.self, w->inner, x, prior, like, out);
    w->seconds += now(CLOCK_THREAD_CPUTIME_ID) - begin;
    return found;
}

static mutau_status timed_cheap(const void *self, void *ws, const double x[], double *prior,
                                double *like, double out[], bool *later)
{
    const timed *t = self;
    timed_workspace *w = ws;
    const double begin = now(CLOCK_THREAD_CPUTIME_ID);
    const mutau_status found =
        t->inner.eval_cheap(t->inner.self, w->inner, x, prior, like, out, later);
    w->seconds += now(CLOCK_THREAD_CPUTIME_ID) - begin;
    w->n_left += *later ? 1 : 0;
    return found;
}

static void run(const char *name, const mutau_target *target, int n_thread, double *wall)
{
    mutau_error err = {0};
    mutau_thread_team *team = NULL;
    double busiest = 0.0, all = 0.0, begin = 0.0, seconds = 0.0;
    size_t n_left = 0;
    n_workspace = 0;
    if (mutau_thread_team_alloc(target, n_thread, &team, &err) != MUTAU_OK)
        quit(err.text);
    for (int pass = 0; pass < 2; pass++) /* the first fills tables */
        for (int b = 0; b < N_BATCH; b++) {
            const mutau_points points = {N_POINT, theta[b], ln_prior, ln_like, blob, status};
            double before[MAX_THREAD], most = 0.0;
            for (int i = 0; i < n_workspace; i++)
                before[i] = workspaces[i]->seconds;
            begin = now(CLOCK_MONOTONIC);
            mutau_thread_team_eval(team, &points, NULL);
            seconds += pass * (now(CLOCK_MONOTONIC) - begin);
            for (int i = 0; i < n_workspace; i++) {
                const double spent = workspaces[i]->seconds - before[i];
                most = fmax(most, spent);
                all += pass * spent;
            }
            busiest += pass * most;
        }
    for (int i = 0; i < n_workspace; i++)
        n_left += workspaces[i]->n_left / 2;
    mutau_thread_team_free(team);
    if (n_thread == 1)
        *wall = seconds;
    printf("%-28s %d threads: %7.2f us a point, speed-up %.2f by the processors, %.2f by the wall",
           name, n_thread, 1e6 * seconds / (N_BATCH * N_POINT), all / busiest, *wall / seconds);
    if (n_left > 0)
        printf("; %.0f %% of the points left", 100.0 * (double)n_left / (N_BATCH * N_POINT));
    printf("\n");
}

int main(int argc, char *argv[])
{
    mutau_error err = {0};
    mutau_run_settings *settings = NULL;
    mutau_density density;
    const int n_thread = argc > 2 ? atoi(argv[2]) : 2;
    if (argc < 2 || n_thread < 1 || n_thread > MAX_THREAD)
        quit("usage: bench_batch RUN.yaml [THREADS]");
    if (mutau_run_settings_read(argv[1], 0, NULL, &settings, &err) != MUTAU_OK ||
        mutau_density_open(settings, &density, &err) != MUTAU_OK)
        quit(err.text);
    timed t = {density.target};
    freed = &t;
    mutau_target target = t.inner;
    target.self = &t;
    target.ws_alloc = timed_alloc;
    target.ws_free = timed_free;
    target.eval = timed_eval;
    mutau_rng *rng = mutau_rng_alloc(1);
    for (int b = 0; b < N_BATCH; b++)
        for (size_t i = 0; i < N_POINT; i++)
            t.inner.draw(t.inner.self, rng, theta[b] + i * t.inner.dim);
    mutau_rng_free(rng);
    double wall = 0.0;
    target.eval_cheap = NULL;
    run("in blocks", &target, 1, &wall);
    run("in blocks", &target, n_thread, &wall);
    if (t.inner.eval_cheap != NULL) {
        target.eval_cheap = timed_cheap;
        run("costly points at the end", &target, n_thread, &wall);
    }
    mutau_density_close(&density);
    mutau_run_settings_free(settings);
    return EXIT_SUCCESS;
}
