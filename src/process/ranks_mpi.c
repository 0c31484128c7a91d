/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ranks that speak MPI; documented in ranks.h.
 *
 * Rank 0 sends orders, one message each, whose tag says what they are:
 *
 *     ORDER_SHARE   text: everything to build the posterior from -> readiness
 *     ORDER_POINTS  doubles: the points to evaluate              -> results
 *     ORDER_CLOSE   nothing: forget the posterior
 *     ORDER_LEAVE   int: the exit code
 *
 * A message that is waited for is polled, at first busily, then more and more seldom: an
 * idle rank must not take the CPU from one that works.  A failure of MPI itself ends the job
 * with a message (its default); so does what no rank of the same program would send. */
#include <mpi.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exit_code.h"
#include "base/mem.h"
#include "posterior/density.h"
#include "mutau_build.h"
#include "mutau_version.h"
#include "progress.h"
#include "ranks.h"
#include "signals.h"
#include "threads.h"

enum { ORDER_SHARE = 1, ORDER_POINTS, ORDER_CLOSE, ORDER_LEAVE, ANSWER };

/* Points sent to one rank at a time, at most. */
enum { MAX_POINTS = 8192 };

/* Doubles of a result before its blobs: ln prior, ln likelihood, status. */
enum { RESULT_HEAD = 3 };

/* The answer to ORDER_SHARE. */
typedef struct readiness {
    int status; /* a mutau_status */
    int n_thread;
    char text[MUTAU_ERROR_SIZE];
} readiness;

/* Points and what is found there, in one piece of memory each for a message. */
typedef struct parcel {
    double *x; /* [MAX_POINTS][dim] */
    double *ln_prior, *ln_like, *blob;
    mutau_status *status;
    double *message; /* [1 + MAX_POINTS * (RESULT_HEAD + n_blob)]: stop?, results */
} parcel;

static _Noreturn void give_up(const char *what)
{
    (void)fprintf(stderr, "mutau: error: rank %d: %s\n", ranks_own(), what);
    (void)MPI_Abort(MPI_COMM_WORLD, CLI_FAILED);
    abort();
}

/* ---- waiting ---- */

static void wait_a_little(double since)
{
    static const double busy_s = 2e-4, brisk_s = 1e-2;
    const double waited = progress_clock() - since;
    const struct timespec nap = {.tv_sec = 0, .tv_nsec = waited < brisk_s ? 50000 : 1000000};
    if (waited < busy_s)
        (void)sched_yield();
    else
        (void)nanosleep(&nap, NULL);
}

static void wait_for_all(size_t n, MPI_Request requests[])
{
    const double since = progress_clock();
    for (int done = 0;;) {
        (void)MPI_Testall((int)n, requests, &done, MPI_STATUSES_IGNORE);
        if (done)
            return;
        wait_a_little(since);
    }
}

static MPI_Status wait_for_message(int from, int tag)
{
    const double since = progress_clock();
    MPI_Status status;
    for (int here = 0;;) {
        (void)MPI_Iprobe(from, tag, MPI_COMM_WORLD, &here, &status);
        if (here)
            return status;
        wait_a_little(since);
    }
}

/* ---- the job ---- */

static bool is_running(void)
{
    int begun = 0, ended = 0;
    (void)MPI_Initialized(&begun);
    (void)MPI_Finalized(&ended);
    return begun && !ended;
}

void ranks_begin(void)
{
    int provided = 0;
    if (ranks_launched() < 2)
        return;
    /* A worker does as rank 0 does about signals.  That installs its own when it samples:
     * until then, and in other commands, a signal ends it and thereby the job. */
    (void)MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (provided < MPI_THREAD_FUNNELED)
        give_up("this MPI does not go with threads");
    if (ranks_own() > 0) {
        signals_install();
        signals_ignore_pipe();
    }
}

int ranks_count(void)
{
    int n = 1;
    if (is_running())
        (void)MPI_Comm_size(MPI_COMM_WORLD, &n);
    return n;
}

int ranks_own(void)
{
    int rank = 0;
    if (is_running())
        (void)MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    return rank;
}

int ranks_end(int code)
{
    if (!is_running())
        return code;
    if (ranks_own() == 0)
        for (int rank = 1; rank < ranks_count(); rank++)
            (void)MPI_Send(&code, 1, MPI_INT, rank, ORDER_LEAVE, MPI_COMM_WORLD);
    (void)MPI_Finalize();
    return code;
}

/* ---- what both sides of an evaluation need ---- */

static void free_parcel(parcel *p)
{
    free(p->x);
    free(p->ln_prior);
    free(p->ln_like);
    free(p->blob);
    free(p->status);
    free(p->message);
    *p = (parcel){0};
}

static mutau_status alloc_parcel(const mutau_target *target, parcel *p, mutau_error *err)
{
    p->x = mutau_calloc(MAX_POINTS * target->dim, sizeof *p->x);
    p->ln_prior = mutau_calloc(MAX_POINTS, sizeof *p->ln_prior);
    p->ln_like = mutau_calloc(MAX_POINTS, sizeof *p->ln_like);
    p->blob = mutau_calloc(MAX_POINTS * target->n_blob, sizeof *p->blob);
    p->status = mutau_calloc(MAX_POINTS, sizeof *p->status);
    p->message = mutau_calloc(1 + MAX_POINTS * (RESULT_HEAD + target->n_blob), sizeof *p->message);
    if (p->x == NULL || p->ln_prior == NULL || p->ln_like == NULL || p->blob == NULL ||
        p->status == NULL || p->message == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the points of a rank");
    return MUTAU_OK;
}

/* Evaluates the first n points of the parcel with the threads of this rank. */
static void eval_parcel(mutau_thread_team *threads, parcel *p, size_t n)
{
    const mutau_points points = {.n = n,
                                 .x = p->x,
                                 .ln_prior = p->ln_prior,
                                 .ln_like = p->ln_like,
                                 .blob = p->blob,
                                 .status = p->status};
    mutau_thread_team_eval(threads, &points, NULL);
}

/* The threads of this rank: as many as asked for, or its part of the CPUs that it may run
 * on, if other ranks of this node may run there too.  Collective. */
static int count_threads(int asked)
{
    MPI_Comm node;
    int n_local = 0, n_sharing = 0;
    threads_mask own;
    threads_read_mask(&own);
    (void)MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &node);
    (void)MPI_Comm_size(node, &n_local);
    threads_mask *masks = mutau_calloc((size_t)n_local, sizeof *masks);
    if (masks == NULL)
        give_up("out of memory");
    (void)MPI_Allgather(&own, sizeof own, MPI_BYTE, masks, sizeof own, MPI_BYTE, node);
    for (int i = 0; i < n_local; i++)
        n_sharing += threads_masks_overlap(&own, &masks[i]);
    free(masks);
    (void)MPI_Comm_free(&node);
    return asked > 0 ? asked : threads_share(n_sharing);
}

/* ---- the message from which a rank builds the posterior ---- */

enum { PART_VERSION, PART_THREADS, PART_PATH, PART_FOLDER, PART_HASHES, PART_CONFIG, N_PART };

static const char *program_version(void)
{
    return MUTAU_VERSION " (" MUTAU_VERSION_GIT ")";
}

/* Both hashes, one after the other. */
static mutau_status read_hashes(const mutau_run_settings *settings, char both[2 * MUTAU_HASH_SIZE],
                                mutau_error *err)
{
    char config[MUTAU_HASH_SIZE], data[MUTAU_HASH_SIZE];
    MUTAU_CHECK(mutau_run_settings_hash(settings, config, data, err));
    (void)snprintf(both, (size_t)2 * MUTAU_HASH_SIZE, "%s %s", config, data);
    return MUTAU_OK;
}

/* Puts the parts one after the other, each with its terminator. */
static mutau_status join(const char *const parts[], char **text, size_t *size, mutau_error *err)
{
    *size = 0;
    for (size_t i = 0; i < N_PART; i++)
        *size += strlen(parts[i]) + 1;
    *text = mutau_calloc(*size, 1);
    if (*text == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a message");
    for (size_t i = 0, used = 0; i < N_PART; i++) {
        const size_t length = strlen(parts[i]) + 1;
        memcpy(*text + used, parts[i], length);
        used += length;
    }
    return MUTAU_OK;
}

static mutau_status write_order(const mutau_run_settings *settings, int n_thread, char **text,
                                size_t *size, mutau_error *err)
{
    char hashes[2 * MUTAU_HASH_SIZE], threads[16], *config = NULL;
    MUTAU_CHECK(read_hashes(settings, hashes, err));
    MUTAU_CHECK(mutau_run_settings_emit(settings, &config, err));
    (void)snprintf(threads, sizeof threads, "%d", n_thread);
    const char *const parts[N_PART] = {
        [PART_VERSION] = program_version(), [PART_THREADS] = threads, [PART_PATH] = settings->path,
        [PART_FOLDER] = settings->folder,   [PART_HASHES] = hashes,   [PART_CONFIG] = config,
    };
    const mutau_status status = join(parts, text, size, err);
    free(config);
    return status;
}

static void split_order(const char *text, size_t size, const char *parts[N_PART])
{
    for (size_t i = 0, used = 0; i < N_PART; i++) {
        if (used >= size)
            give_up("an order is cut short");
        parts[i] = text + used;
        used += strlen(parts[i]) + 1;
    }
}

/* ---- ranks that work ---- */

typedef struct worker {
    mutau_run_settings *settings;
    mutau_density density;
    mutau_target target;
    mutau_thread_team *threads; /* NULL: nothing to evaluate yet */
    parcel parcel;
} worker;

static void close_worker(worker *w)
{
    mutau_thread_team_free(w->threads);
    mutau_density_close(&w->density);
    mutau_run_settings_free(w->settings);
    free_parcel(&w->parcel);
    *w = (worker){0};
}

static const char *last_line(const char *text)
{
    const char *end = strrchr(text, '\n');
    return end != NULL ? end + 1 : text;
}

static mutau_status build(worker *w, const char *const parts[], int n_thread, mutau_error *err)
{
    char hashes[2 * MUTAU_HASH_SIZE];
    if (strcmp(parts[PART_VERSION], program_version()) != 0)
        return mutau_error_set(err, MUTAU_EIO, "mutau is version %s here and %s on rank 0",
                               program_version(), parts[PART_VERSION]);
    MUTAU_CHECK(mutau_run_settings_parse(parts[PART_PATH], parts[PART_CONFIG], parts[PART_FOLDER],
                                         &w->settings, err));
    MUTAU_CHECK(read_hashes(w->settings, hashes, err));
    if (strcmp(parts[PART_HASHES], hashes) != 0)
        return mutau_error_set(err, MUTAU_EIO,
                               "the input files here differ from those on rank 0 (data folder %s)",
                               last_line(w->settings->data_folder));
    MUTAU_CHECK(mutau_density_open(w->settings, &w->density, err));
    w->target = w->density.target;
    MUTAU_CHECK(alloc_parcel(&w->target, &w->parcel, err));
    return mutau_thread_team_alloc(&w->target, n_thread, &w->threads, err);
}

static void take_share(worker *w, size_t size)
{
    const char *parts[N_PART];
    mutau_error err = {0};
    readiness answer = {0};
    close_worker(w);
    char *text = mutau_calloc(size + 1, 1);
    if (text == NULL)
        give_up("out of memory");
    (void)MPI_Recv(text, (int)size, MPI_CHAR, 0, ORDER_SHARE, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    split_order(text, size, parts);
    answer.n_thread = count_threads((int)strtol(parts[PART_THREADS], NULL, 10));
    answer.status = (int)build(w, parts, answer.n_thread, &err);
    free(text);
    if (answer.status != MUTAU_OK) {
        char node[MPI_MAX_PROCESSOR_NAME];
        int length = 0;
        (void)MPI_Get_processor_name(node, &length);
        (void)mutau_error_wrap(&err, (mutau_status)answer.status, "rank %d on %s", ranks_own(),
                               node);
        memcpy(answer.text, err.text, sizeof answer.text);
        close_worker(w);
    }
    (void)MPI_Send(&answer, sizeof answer, MPI_BYTE, 0, ANSWER, MPI_COMM_WORLD);
}

static void take_points(worker *w, size_t n_double)
{
    parcel *p = &w->parcel;
    if (w->threads == NULL || n_double > MAX_POINTS * w->target.dim)
        give_up("points came before what to do with them");
    const size_t n = n_double / w->target.dim, n_blob = w->target.n_blob;
    (void)MPI_Recv(p->x, (int)n_double, MPI_DOUBLE, 0, ORDER_POINTS, MPI_COMM_WORLD,
                   MPI_STATUS_IGNORE);
    eval_parcel(w->threads, p, n);
    double *m = p->message;
    *m++ = signals_stop_requested() ? 1.0 : 0.0;
    for (size_t i = 0; i < n; i++, m += RESULT_HEAD + n_blob) {
        m[0] = p->ln_prior[i];
        m[1] = p->ln_like[i];
        m[2] = (double)p->status[i];
        memcpy(m + RESULT_HEAD, p->blob + i * n_blob, n_blob * sizeof *m);
    }
    (void)MPI_Send(p->message, (int)(m - p->message), MPI_DOUBLE, 0, ANSWER, MPI_COMM_WORLD);
}

int ranks_work(void)
{
    worker w = {0};
    for (;;) {
        const MPI_Status message = wait_for_message(0, MPI_ANY_TAG);
        int n = 0, code = CLI_FAILED;
        switch (message.MPI_TAG) {
        case ORDER_SHARE:
            (void)MPI_Get_count(&message, MPI_CHAR, &n);
            take_share(&w, (size_t)n);
            break;
        case ORDER_POINTS:
            (void)MPI_Get_count(&message, MPI_DOUBLE, &n);
            take_points(&w, (size_t)n);
            break;
        case ORDER_CLOSE:
            (void)MPI_Recv(NULL, 0, MPI_INT, 0, ORDER_CLOSE, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            close_worker(&w);
            break;
        case ORDER_LEAVE:
            (void)MPI_Recv(&code, 1, MPI_INT, 0, ORDER_LEAVE, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            close_worker(&w);
            return code;
        default:
            give_up("an order that is not known");
        }
    }
}

/* ---- rank 0 ---- */

struct ranks_team {
    mutau_evaluator evaluator;
    const mutau_target *target; /* not owned */
    mutau_thread_team *threads;
    size_t n_rank, n_thread; /* n_thread: of all ranks */
    size_t *owner;           /* [n_thread] the rank of each thread */
    size_t *first;           /* [n_rank + 1] the first point of each rank in `parcel.x` */
    size_t *order;           /* [MAX_POINTS] which point of the batch stands there */
    parcel parcel;           /* message: one per rank, rank r's from r + first[r] * width on */
    MPI_Request *requests;   /* [n_rank] */
};

static size_t result_width(const ranks_team *team)
{
    return RESULT_HEAD + team->target->n_blob;
}

/* Deals the points out to the threads in turn: neighbours, which come from one ensemble and
 * fall outside the prior together, go to different threads. */
static void deal(ranks_team *team, const mutau_points *points, size_t begin, size_t n)
{
    const size_t dim = team->target->dim;
    size_t used = 0;
    for (size_t rank = 0, thread = 0; rank < team->n_rank; rank++) {
        team->first[rank] = used;
        for (; thread < team->n_thread && team->owner[thread] == rank; thread++)
            for (size_t i = thread; i < n; i += team->n_thread) {
                team->order[used] = begin + i;
                memcpy(team->parcel.x + used * dim, points->x + (begin + i) * dim,
                       dim * sizeof(double));
                used++;
            }
    }
    team->first[team->n_rank] = used;
}

static size_t share_of(const ranks_team *team, size_t rank)
{
    return team->first[rank + 1] - team->first[rank];
}

static void send_points(ranks_team *team)
{
    size_t n = 0;
    for (size_t rank = 1; rank < team->n_rank; rank++)
        if (share_of(team, rank) > 0)
            (void)MPI_Isend(team->parcel.x + team->first[rank] * team->target->dim,
                            (int)(share_of(team, rank) * team->target->dim), MPI_DOUBLE, (int)rank,
                            ORDER_POINTS, MPI_COMM_WORLD, &team->requests[n++]);
    /* A long message needs the sender's help, which would come only after its own points. */
    wait_for_all(n, team->requests);
}

static double *message_of(const ranks_team *team, size_t rank)
{
    return team->parcel.message + rank + team->first[rank] * result_width(team);
}

static void receive_results(ranks_team *team)
{
    size_t n = 0;
    for (size_t rank = 1; rank < team->n_rank; rank++)
        if (share_of(team, rank) > 0)
            (void)MPI_Irecv(message_of(team, rank),
                            (int)(1 + share_of(team, rank) * result_width(team)), MPI_DOUBLE,
                            (int)rank, ANSWER, MPI_COMM_WORLD, &team->requests[n++]);
    wait_for_all(n, team->requests);
}

/* Puts what was found at point k of the parcel where it belongs. */
static void put_own(const ranks_team *team, size_t k, const mutau_points *points)
{
    const parcel *p = &team->parcel;
    const size_t i = team->order[k], n_blob = team->target->n_blob;
    points->ln_prior[i] = p->ln_prior[k];
    points->ln_like[i] = p->ln_like[k];
    points->status[i] = p->status[k];
    if (n_blob != 0)
        memcpy(points->blob + i * n_blob, p->blob + k * n_blob, n_blob * sizeof(double));
}

static void put_answer(const ranks_team *team, size_t rank, const mutau_points *points)
{
    const size_t n_blob = team->target->n_blob;
    const double *m = message_of(team, rank);
    if (*m++ > 0.0)
        signals_request_stop();
    for (size_t k = team->first[rank]; k < team->first[rank + 1]; k++, m += result_width(team)) {
        const size_t i = team->order[k];
        points->ln_prior[i] = m[0];
        points->ln_like[i] = m[1];
        points->status[i] = (mutau_status)m[2];
        if (n_blob != 0)
            memcpy(points->blob + i * n_blob, m + RESULT_HEAD, n_blob * sizeof(double));
    }
}

static void eval_shared(void *self, const mutau_points *points)
{
    ranks_team *team = self;
    for (size_t begin = 0; begin < points->n; begin += MAX_POINTS) {
        const size_t n = points->n - begin < MAX_POINTS ? points->n - begin : MAX_POINTS;
        deal(team, points, begin, n);
        send_points(team);
        eval_parcel(team->threads, &team->parcel, share_of(team, 0));
        receive_results(team);
        for (size_t k = 0; k < share_of(team, 0); k++)
            put_own(team, k, points);
        for (size_t rank = 1; rank < team->n_rank; rank++)
            if (share_of(team, rank) > 0)
                put_answer(team, rank, points);
    }
}

/* Every rank's answer to ORDER_SHARE; the first failure counts. */
static mutau_status gather_readiness(ranks_team *team, int n_thread[], mutau_error *err)
{
    mutau_status status = MUTAU_OK;
    for (size_t rank = 1; rank < team->n_rank; rank++) {
        readiness answer;
        (void)wait_for_message((int)rank, ANSWER);
        (void)MPI_Recv(&answer, sizeof answer, MPI_BYTE, (int)rank, ANSWER, MPI_COMM_WORLD,
                       MPI_STATUS_IGNORE);
        n_thread[rank] = answer.n_thread;
        if (status == MUTAU_OK && answer.status != MUTAU_OK)
            status = mutau_error_set(err, (mutau_status)answer.status, "%s", answer.text);
    }
    return status;
}

static mutau_status alloc_dealing(ranks_team *team, const int n_thread[], mutau_error *err)
{
    team->n_thread = 0;
    for (size_t rank = 0; rank < team->n_rank; rank++)
        team->n_thread += (size_t)n_thread[rank];
    team->owner = mutau_calloc(team->n_thread, sizeof *team->owner);
    if (team->owner == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the ranks");
    for (size_t rank = 0, thread = 0; rank < team->n_rank; rank++)
        for (int i = 0; i < n_thread[rank]; i++)
            team->owner[thread++] = rank;
    return mutau_thread_team_alloc(team->target, n_thread[0], &team->threads, err);
}

static mutau_status alloc_messages(ranks_team *team, mutau_error *err)
{
    MUTAU_CHECK(alloc_parcel(team->target, &team->parcel, err));
    free(team->parcel.message);
    team->parcel.message =
        mutau_calloc(team->n_rank + MAX_POINTS * result_width(team), sizeof *team->parcel.message);
    team->first = mutau_calloc(team->n_rank + 1, sizeof *team->first);
    team->order = mutau_calloc(MAX_POINTS, sizeof *team->order);
    team->requests = mutau_calloc(team->n_rank, sizeof *team->requests);
    if (team->parcel.message == NULL || team->first == NULL || team->order == NULL ||
        team->requests == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for messages to the ranks");
    return MUTAU_OK;
}

/* From the first order to the last answer nothing returns early: all ranks take part. */
static mutau_status get_ready(ranks_team *team, const char *order, size_t size, int asked,
                              mutau_error *err)
{
    int *n_thread = mutau_calloc(team->n_rank, sizeof *n_thread);
    if (n_thread == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the ranks");
    for (size_t rank = 1; rank < team->n_rank; rank++)
        (void)MPI_Send(order, (int)size, MPI_CHAR, (int)rank, ORDER_SHARE, MPI_COMM_WORLD);
    n_thread[0] = count_threads(asked);
    mutau_status status = gather_readiness(team, n_thread, err);
    if (status == MUTAU_OK)
        status = alloc_dealing(team, n_thread, err);
    free(n_thread);
    return status;
}

mutau_status ranks_share(const mutau_run_settings *settings, const mutau_target *target,
                         int n_thread, ranks_team **out, mutau_error *err)
{
    *out = NULL;
    if (ranks_count() < 2)
        return MUTAU_OK;
    char *order = NULL;
    size_t size = 0;
    ranks_team *team = mutau_calloc(1, sizeof *team);
    if (team == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the ranks");
    team->evaluator = (mutau_evaluator){.eval = eval_shared, .self = team};
    team->target = target;
    team->n_rank = (size_t)ranks_count();
    mutau_status status = alloc_messages(team, err);
    if (status == MUTAU_OK)
        status = write_order(settings, n_thread, &order, &size, err);
    if (status == MUTAU_OK)
        status = get_ready(team, order, size, n_thread, err);
    free(order);
    if (status != MUTAU_OK) {
        ranks_release(team);
        return status;
    }
    *out = team;
    return MUTAU_OK;
}

void ranks_release(ranks_team *team)
{
    if (team == NULL)
        return;
    for (size_t rank = 1; rank < team->n_rank; rank++)
        (void)MPI_Send(NULL, 0, MPI_INT, (int)rank, ORDER_CLOSE, MPI_COMM_WORLD);
    mutau_thread_team_free(team->threads);
    free(team->owner);
    free(team->first);
    free(team->order);
    free(team->requests);
    free_parcel(&team->parcel);
    free(team);
}

const mutau_evaluator *ranks_evaluator(const ranks_team *team)
{
    return team != NULL ? &team->evaluator : NULL;
}

int ranks_thread_count(const ranks_team *team)
{
    return team != NULL ? (int)team->n_thread : 0;
}
