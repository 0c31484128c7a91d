/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time of each prior term and of all together per point, with their default settings;
 * fails if together they take more than the microsecond that they are allowed.  Beside
 * it the chi^2 of 16 bins. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/config.h"
#include "likelihood/flux_likelihood.h"
#include "posterior/model_parameters.h"
#include "priors/term.h"
#include "mutau_build.h"

enum { MAX_TERM = 16, N_POINT = 4096, N_REPEAT = 200, N_BIN = 16 };

static const double limit_seconds = 1e-6;

static double now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef union settings {
    double align;
    unsigned char bytes[512];
} settings;

/* The defaults; of a choice without one, its first name. */
static void default_settings(const mutau_term_type *type, settings *s)
{
    memset(s, 0, sizeof *s);
    mutau_option_defaults(type->options, type->n_option, s);
    for (size_t i = 0; i < type->n_option; i++)
        if (type->options[i].type == MUTAU_OPTION_CHOICE && type->options[i].def < 0.0)
            memset(s->bytes + type->options[i].offset, 0, sizeof(int));
}

/* Of the terms from `first` to before `end`. */
static double time_terms(size_t first, size_t end, void *const states[])
{
    static double points[N_POINT][MUTAU_MAX_PARAMETERS];
    mutau_parameter_set set;
    mutau_model_default_parameters(&set);
    const mutau_model_places at = mutau_model_find(&set);
    volatile double sum = 0.0;
    double best = (double)INFINITY;
    for (size_t i = 0; i < N_POINT; i++) {
        points[i][at.mass] = 1.0 + 19.0 * (double)((i * 2531) % N_POINT) / N_POINT;
        points[i][at.coupling] = 1e-5 * pow(1e4, (double)((i * 1297) % N_POINT) / N_POINT);
    }
    for (int repeat = 0; repeat < N_REPEAT; repeat++) {
        double total = 0.0;
        const double start = now();
        for (size_t i = 0; i < N_POINT; i++)
            for (size_t k = first; k < end; k++)
                total += mutau_term_types[k]->lnl(states[k], points[i]);
        best = fmin(best, (now() - start) / N_POINT);
        sum += total;
    }
    return isfinite(sum) ? best : (double)NAN;
}

static double time_chi2(const mutau_flux_likelihood *l)
{
    double n[N_BIN], best = (double)INFINITY;
    volatile double sum = 0.0;
    for (int repeat = 0; repeat < N_REPEAT; repeat++) {
        double total = 0.0;
        const double start = now();
        for (size_t i = 0; i < N_POINT; i++) {
            for (size_t j = 0; j < N_BIN; j++)
                n[j] = 1e-3 * (double)(i + j);
            total += mutau_flux_likelihood_chi2(l, n);
        }
        best = fmin(best, (now() - start) / N_POINT);
        sum += total;
    }
    return isfinite(sum) ? best : (double)NAN;
}

static int bench_chi2(void)
{
    mutau_bin bins[N_BIN];
    mutau_error err = {0};
    mutau_flux_likelihood *l = NULL;
    for (size_t i = 0; i < N_BIN; i++)
        bins[i] = (mutau_bin){
            .e_lo_gev = 1.0, .e_hi_gev = 2.0, .e2phi = 1.0, .err_minus = 0.5, .err_plus = 0.5};
    const mutau_dataset d = {.name = "bench", .n_bin = N_BIN, .bins = bins};
    const mutau_dataset *sets[] = {&d};
    if (mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SPLIT, 1, sets, &l,
                                    &err) != MUTAU_OK)
        return 1;
    (void)printf("chi^2 of %d bins: %.1f ns\n", N_BIN, 1e9 * time_chi2(l));
    mutau_flux_likelihood_free(l);
    return 0;
}

int main(void)
{
    void *states[MAX_TERM] = {NULL};
    size_t n_term = 0;
    mutau_error err = {0};
    mutau_parameter_set set;
    mutau_model_default_parameters(&set);
    const double start = now();
    for (; mutau_term_types[n_term] != NULL && n_term < MAX_TERM; n_term++) {
        const mutau_term_type *type = mutau_term_types[n_term];
        settings s;
        default_settings(type, &s);
        if (type->alloc(type, &s, MUTAU_SOURCE_DATA_DIR, &set, &states[n_term], &err) != MUTAU_OK) {
            (void)fprintf(stderr, "%s: %s\n", type->name, err.text);
            return 1;
        }
    }
    (void)printf("set-up of %zu terms: %.2f ms\n", n_term, 1e3 * (now() - start));
    for (size_t i = 0; i < n_term; i++)
        (void)printf("%s: %.1f ns\n", mutau_term_types[i]->name,
                     1e9 * time_terms(i, i + 1, states));
    const double seconds = time_terms(0, n_term, states);
    (void)printf("all %zu terms: %.1f ns per point (limit %.0f)\n", n_term, 1e9 * seconds,
                 1e9 * limit_seconds);
    for (size_t i = 0; i < n_term; i++)
        mutau_term_types[i]->free(states[i]);
    return bench_chi2() != 0 || !(seconds < limit_seconds);
}
