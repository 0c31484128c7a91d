/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program with ways of its own to hear of GSL's and HDF5's errors, which uses libmutau.
 *
 * usage: host_program own|default RUN.yaml CHAIN.h5 BROKEN.h5
 *
 * own: it has handlers, which must be the same afterwards and must not have been called.
 * default: it has none; a call of GSL's that fails must not abort it any more. */
#include <gsl/gsl_errno.h>
#include <gsl/gsl_sf_log.h>
#include <hdf5.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mutau/mutau.h>

enum { N_THREAD = 8, N_POINT = 20 };

static int n_gsl, n_hdf5, mark;

static void hear_gsl(const char *reason, const char *file, int line, int code)
{
    (void)reason;
    (void)file;
    (void)line;
    (void)code;
    n_gsl++;
}

static herr_t hear_hdf5(hid_t stack, void *data)
{
    (void)stack;
    n_hdf5 += data == &mark;
    return 0;
}

static int fail(const char *what)
{
    fprintf(stderr, "host: %s\n", what);
    return EXIT_FAILURE;
}

static void *init(void *unused)
{
    (void)unused;
    mutau_init();
    return NULL;
}

static int init_from_threads(void)
{
    pthread_t threads[N_THREAD];
    for (int i = 0; i < N_THREAD; i++)
        if (pthread_create(&threads[i], NULL, init, NULL) != 0)
            return fail("no thread");
    for (int i = 0; i < N_THREAD; i++)
        (void)pthread_join(threads[i], NULL);
    mutau_init();
    return EXIT_SUCCESS;
}

static int use_run(const char *path)
{
    mutau_error err = {{0}};
    mutau_runfile *run = NULL;
    double theta[N_POINT * 16], ln_prior[N_POINT], ln_like[N_POINT];
    if (mutau_runfile_open("nowhere.yaml", 0, NULL, 1, &run, &err) == MUTAU_OK)
        return fail("there is a run file nowhere");
    if (mutau_runfile_open(path, 0, NULL, 2, &run, &err) != MUTAU_OK ||
        mutau_runfile_draw(run, 1, N_POINT, theta, &err) != MUTAU_OK ||
        mutau_runfile_eval(run, N_POINT, theta, ln_prior, ln_like, NULL, NULL, &err) != MUTAU_OK)
        return fail(err.text);
    mutau_runfile_close(run);
    return isfinite(ln_like[N_POINT - 1]) ? EXIT_SUCCESS : fail("no likelihood");
}

static int use_chain(const char *path, const char *broken)
{
    mutau_error err = {{0}};
    mutau_chainfile *file = NULL;
    mutau_results *results = NULL;
    if (mutau_chainfile_open(broken, &file, &err) == MUTAU_OK ||
        mutau_chainfile_open("nowhere.h5", &file, &err) == MUTAU_OK)
        return fail("a broken chain was opened");
    if (mutau_chainfile_open(path, &file, &err) != MUTAU_OK)
        return fail(err.text);
    const size_t n = mutau_chainfile_ensembles(file) * mutau_chainfile_walkers(file);
    double *x = calloc(n, sizeof *x);
    if (x == NULL || mutau_chainfile_read(file, "log_prob", 0, 1, x, &err) != MUTAU_OK ||
        mutau_results_of_files(1, &file, 0, NULL, &results, &err) != MUTAU_OK)
        return fail(err.text);
    printf("%zu draws\n", mutau_results_outcome(results)->n_draw);
    free(x);
    mutau_results_free(results);
    mutau_chainfile_close(file);
    return EXIT_SUCCESS;
}

/* A run into a chain file of its own, beside the one that is read. */
static int use_filerun(const char *run_file, const char *chain)
{
    static const char *const set[] = {"sampler.stop={max_steps: 4}"};
    const mutau_filerun_options options = {.overwrite = true, .n_thread = 1};
    mutau_error err = {{0}};
    mutau_filerun *run = NULL;
    mutau_filerun_state state = MUTAU_FILERUN_MORE;
    char path[4096];
    if (snprintf(path, sizeof path, "%s.new", chain) >= (int)sizeof path)
        return fail("a long path");
    if (mutau_filerun_open(run_file, 1, set, "/nowhere/a.h5", &options, &run, &err) == MUTAU_OK)
        return fail("there is a folder /nowhere");
    if (mutau_filerun_open(run_file, 1, set, path, &options, &run, &err) != MUTAU_OK ||
        mutau_filerun_step(run, 10, &state, &err) != MUTAU_OK)
        return fail(err.text);
    mutau_filerun_close(run);
    return state == MUTAU_FILERUN_NOT_CONVERGED ? EXIT_SUCCESS : fail("four steps have converged");
}

/* Whether the program's handlers are in force, have not been called, and are when they should. */
static int check_own(void)
{
    H5E_auto2_t report = NULL;
    void *data = NULL;
    if (n_gsl != 0 || n_hdf5 != 0)
        return fail("a handler of the program's was called");
    if (H5Eget_auto2(H5E_DEFAULT, &report, &data) < 0 || report != hear_hdf5 || data != &mark)
        return fail("HDF5 reports errors in another way than before");
    if (H5Fopen("nowhere.h5", H5F_ACC_RDONLY, H5P_DEFAULT) >= 0 || n_hdf5 == 0)
        return fail("HDF5 does not report errors any more");
    (void)gsl_sf_log(-1.0);
    if (n_gsl == 0 || gsl_set_error_handler(NULL) != hear_gsl)
        return fail("GSL reports errors in another way than before");
    return EXIT_SUCCESS;
}

int main(int argc, char *argv[])
{
    if (argc != 5)
        return fail("usage: host_program own|default RUN.yaml CHAIN.h5 BROKEN.h5");
    const int own = strcmp(argv[1], "own") == 0;
    if (own) {
        (void)gsl_set_error_handler(hear_gsl);
        (void)H5Eset_auto2(H5E_DEFAULT, hear_hdf5, &mark);
    }
    if (init_from_threads() != 0 || use_run(argv[2]) != 0 || use_chain(argv[3], argv[4]) != 0 ||
        use_filerun(argv[2], argv[3]) != 0)
        return EXIT_FAILURE;
    if (own)
        return check_own();
    return isnan(gsl_sf_log(-1.0)) ? EXIT_SUCCESS : fail("a logarithm of -1");
}
