/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of `mutau scan`: what is where in it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "mutau_build.h"
#include "mutau_version.h"
#include "scan_job.h"

enum { TEXT_SIZE = 4096, FIXED_COLUMNS = 6 };

/* A text that grows up to its size. */
static void add(char text[TEXT_SIZE], const char *separator, const char *more)
{
    const size_t used = strlen(text);
    (void)snprintf(text + used, TEXT_SIZE - used, "%s%s", used > 0 ? separator : "", more);
}

static void add_number(char text[TEXT_SIZE], const char *name, double value)
{
    char word[128], number[MUTAU_NUMBER_SIZE];
    mutau_number_write(value, number);
    (void)snprintf(word, sizeof word, "%s=%s", name, number);
    add(text, " ", word);
}

/* What was asked for: all that the result depends on beside the run. */
static char *describe_request(const cli_scan_job *job)
{
    const mutau_scan_settings *q = &job->settings;
    const mutau_parameter_set *set = &job->model->settings->set;
    char text[TEXT_SIZE] = "", word[64];
    for (size_t i = 0; i < q->n_axis; i++) {
        const mutau_scan_axis *a = &q->axis[i];
        (void)snprintf(word, sizeof word, "%s in %zu %s steps", set->spec[a->id]->name, a->n - 1,
                       job->grid.linear[i] ? "linear" : "logarithmic");
        add(text, "; ", word);
        add_number(text, "from", a->value[0]);
        add_number(text, "to", a->value[a->n - 1]);
    }
    for (size_t i = 0; i < set->n; i++)
        if (q->held[i])
            add_number(text, set->spec[i]->name, q->natural[i]);
    add_number(text, "starts", (double)q->n_start);
    add_number(text, "seed", q->seed);
    return mutau_strdup(text);
}

static mutau_status write_digest(const mutau_run_settings *s, char **digest, mutau_error *err)
{
    char run[MUTAU_HASH_SIZE], data[MUTAU_HASH_SIZE], both[2 * MUTAU_HASH_SIZE];
    MUTAU_CHECK(mutau_run_settings_hash(s, run, data, err));
    (void)snprintf(both, sizeof both, "%s %s", run, data);
    *digest = mutau_strdup(both);
    return *digest != NULL ? MUTAU_OK
                           : mutau_error_set(err, MUTAU_ENOMEM, "no memory for a digest");
}

static void list_columns(cli_scan_store *store, const cli_scan_job *job)
{
    const mutau_run_settings *s = job->model->settings;
    const mutau_scan_state state = mutau_scan_look(job->scan);
    mutau_scan_file_column *c = store->column;
    const size_t stride = state.n_number;
    char text[TEXT_SIZE] = "", solvers[TEXT_SIZE] = "";
    double *row = state.row;
    for (size_t i = 0; mutau_solver_types[i] != NULL; i++)
        add(solvers, " ", mutau_solver_types[i]->name);
    store->solvers = mutau_strdup(solvers);
    *c++ = (mutau_scan_file_column){
        "map", "ln_likelihood", "", NULL, row + MUTAU_SCAN_LN_LIKELIHOOD, stride, false};
    *c++ = (mutau_scan_file_column){"map", "delta_chi2", "", NULL, job->delta_chi2, 1, true};
    *c++ = (mutau_scan_file_column){"map", "chi2", "", NULL, row + MUTAU_SCAN_CHI2, stride, false};
    *c++ =
        (mutau_scan_file_column){"map", "r_chi2", "", NULL, row + MUTAU_SCAN_R_CHI2, stride, false};
    *c++ = (mutau_scan_file_column){"map",  "solver", "", store->solvers, row + MUTAU_SCAN_SOLVER,
                                    stride, false};
    *c++ = (mutau_scan_file_column){"map",  "evaluations", "", NULL, row + MUTAU_SCAN_EVALUATIONS,
                                    stride, false};
    for (size_t i = 0; i < s->n_term; i++) {
        (void)snprintf(store->term[i], sizeof store->term[i], "lnl_%s", s->terms[i].type->name);
        *c++ = (mutau_scan_file_column){
            "map", store->term[i], "", NULL, row + MUTAU_SCAN_TERMS + i, stride, false};
    }
    for (size_t i = 0; i < s->set.n; i++) {
        if (!mutau_scan_is_profiled(job->scan, i))
            continue;
        add(text, " ", s->set.spec[i]->name);
        *c++ = (mutau_scan_file_column){"profiled",
                                        s->set.spec[i]->name,
                                        s->set.spec[i]->unit,
                                        NULL,
                                        row + MUTAU_SCAN_TERMS + s->n_term + i,
                                        stride,
                                        false};
    }
    store->file.n_column = (size_t)(c - store->column);
    store->profiled = mutau_strdup(text);
}

mutau_status cli_scan_store_init(cli_scan_store *store, const cli_scan_job *job, mutau_error *err)
{
    const mutau_run_settings *s = job->model->settings;
    const mutau_scan_state state = mutau_scan_look(job->scan);
    *store = (cli_scan_store){.writer = NULL};
    MUTAU_CHECK(mutau_run_settings_emit(s, &store->config, err));
    MUTAU_CHECK(write_digest(s, &store->digest, err));
    store->request = describe_request(job);
    store->column = mutau_calloc(FIXED_COLUMNS + s->n_term + s->set.n, sizeof *store->column);
    store->term = mutau_calloc(s->n_term, sizeof *store->term);
    store->best = mutau_calloc(s->set.n + 1, sizeof *store->best);
    if (store->request == NULL || store->column == NULL || store->term == NULL ||
        store->best == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the file of a scan");
    list_columns(store, job);
    if (store->profiled == NULL || store->solvers == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the file of a scan");
    mutau_scan_file *f = &store->file;
    f->version = MUTAU_VERSION " (" MUTAU_VERSION_GIT ")";
    f->config = store->config;
    f->digest = store->digest;
    f->request = store->request;
    f->profiled = store->profiled;
    f->column = store->column;
    f->best = store->best;
    f->n_axis = job->settings.n_axis;
    for (size_t i = 0; i < f->n_axis; i++) {
        const mutau_scan_axis *a = &job->settings.axis[i];
        const mutau_parameter_spec *spec = s->set.spec[a->id];
        f->axis[i] =
            (mutau_scan_file_axis){spec->name, spec->unit, a->n, a->value, job->grid.linear[i]};
    }
    f->n_cell = state.n_cell;
    f->now = state.now;
    f->next = state.next;
    f->done = state.done;
    return MUTAU_OK;
}

void cli_scan_store_release(cli_scan_store *store)
{
    mutau_scan_writer_close(store->writer);
    free(store->config);
    free(store->digest);
    free(store->request);
    free(store->profiled);
    free(store->solvers);
    free(store->column);
    free(store->term);
    free(store->best);
    *store = (cli_scan_store){.writer = NULL};
}

/* --- going on with an earlier scan ----------------------------------------------------- */

static mutau_status refuse(const char *path, const char *why, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ERESUME, "%s: cannot be continued: %s", path, why);
}

static mutau_status check_same(const cli_scan_store *store, const cli_scan_job *job,
                               const mutau_scan_file_texts *theirs, mutau_error *err)
{
    char text[MUTAU_DIFFERENCE_SIZE] = "";
    const mutau_run_settings *s = job->model->settings;
    if (strcmp(theirs->digest, store->digest) != 0) {
        MUTAU_CHECK(mutau_run_settings_difference_of(s, theirs->config, "the scan", text, err));
        return refuse(job->path, text[0] != '\0' ? text : "the numbers of an input file differ",
                      err);
    }
    if (strcmp(theirs->request, store->request) == 0)
        return MUTAU_OK;
    (void)snprintf(text, sizeof text, "it is of '%.200s', not of '%.200s'", theirs->request,
                   store->request);
    return refuse(job->path, text, err);
}

/* What is not in the file: parameters that the scan has no choice about. */
static void complete_rows(const cli_scan_job *job)
{
    const mutau_run_settings *s = job->model->settings;
    const mutau_scan_settings *q = &job->settings;
    const mutau_scan_state state = mutau_scan_look(job->scan);
    const size_t n_last = q->n_axis > 1 ? q->axis[1].n : 1;
    for (size_t i = 0; i < state.n_point; i++) {
        double *natural = state.row + i * state.n_number + MUTAU_SCAN_TERMS + s->n_term;
        for (size_t k = 0; k < s->set.n; k++)
            if (!mutau_scan_is_profiled(job->scan, k))
                natural[k] = q->held[k] ? q->natural[k] : s->parameters[k].value;
        natural[q->axis[0].id] = q->axis[0].value[i / n_last];
        if (q->n_axis > 1)
            natural[q->axis[1].id] = q->axis[1].value[i % n_last];
    }
}

static mutau_status read_earlier(cli_scan_store *store, cli_scan_job *job, mutau_error *err)
{
    mutau_scan_file_texts theirs;
    mutau_status status = mutau_scan_file_read_texts(job->path, &theirs, err);
    if (status == MUTAU_OK)
        status = check_same(store, job, &theirs, err);
    mutau_scan_file_texts_release(&theirs);
    if (status == MUTAU_OK)
        status = mutau_scan_file_read(job->path, &store->file, err);
    if (status == MUTAU_OK && !store->file.complete) {
        status = mutau_scan_set_pass(job->scan, store->file.stride, store->file.pass, err);
        if (status != MUTAU_OK)
            (void)mutau_error_wrap(err, status, "%s", job->path);
    }
    if (status == MUTAU_OK)
        complete_rows(job);
    return status;
}

mutau_status cli_scan_store_open(cli_scan_store *store, cli_scan_job *job, bool overwrite,
                                 bool resume, bool *complete, mutau_error *err)
{
    bool found = false;
    *complete = false;
    MUTAU_CHECK(mutau_scan_writer_open(job->path, overwrite, resume, &store->writer, &found, err));
    if (!found)
        return MUTAU_OK;
    MUTAU_CHECK(read_earlier(store, job, err));
    *complete = store->file.complete;
    return MUTAU_OK;
}

mutau_status cli_scan_store_write(cli_scan_store *store, const cli_scan_job *job, bool complete,
                                  mutau_error *err)
{
    const mutau_run_settings *s = job->model->settings;
    const mutau_scan_state state = mutau_scan_look(job->scan);
    mutau_scan_file *f = &store->file;
    f->complete = complete;
    f->stride = state.stride;
    f->pass = state.pass;
    f->n_best = complete ? s->set.n + 1 : 0;
    for (size_t i = 0; i < s->set.n; i++)
        store->best[i] = (mutau_scan_file_number){s->set.spec[i]->name, job->best.natural[i]};
    store->best[s->set.n] = (mutau_scan_file_number){"ln_likelihood", job->best.ln_likelihood};
    return mutau_scan_file_write(store->writer, f, err);
}
