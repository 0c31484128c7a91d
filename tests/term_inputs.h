/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries prior terms with input files of the test's own. */
#ifndef MUTAU_TESTS_TERM_INPUTS_H
#define MUTAU_TESTS_TERM_INPUTS_H

#include "check.h"
#include "model_order.h"
#include "posterior/model_parameters.h"
#include "priors/term.h"
#include "store/config.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* As the configuration fills it, through the option table. */
typedef union term_settings {
    double align;
    unsigned char bytes[512];
} term_settings;

static inline const mutau_option *term_option(const mutau_term_type *type, const char *key)
{
    for (size_t i = 0; i < type->n_option; i++)
        if (strcmp(type->options[i].key, key) == 0)
            return &type->options[i];
    fail_msg("no option %s", key);
    return NULL;
}

static inline term_settings term_defaults(const mutau_term_type *type)
{
    term_settings s;
    memset(&s, 0, sizeof s);
    mutau_option_defaults(type->options, type->n_option, s.bytes);
    return s;
}

static inline void term_set_real(term_settings *s, const mutau_term_type *type, const char *key,
                                 double value)
{
    memcpy(s->bytes + term_option(type, key)->offset, &value, sizeof value);
}

static inline void term_set_choice(term_settings *s, const mutau_term_type *type, const char *key,
                                   const char *name)
{
    const mutau_option *o = term_option(type, key);
    int i = 0;
    while (o->choices[i] != NULL && strcmp(o->choices[i], name) != 0)
        i++;
    assert_non_null(o->choices[i]);
    memcpy(s->bytes + o->offset, &i, sizeof i);
}

/* Sets the term up for the usual model. */
static inline mutau_status term_make(const mutau_term_type *type, const void *settings,
                                     const char *data, void **term, mutau_error *err)
{
    mutau_parameter_set set;
    mutau_model_default_parameters(&set);
    return type->alloc(type, settings, data, &set, term, err);
}

/* ln L at a mass in MeV and a coupling; no term looks at more. */
static inline double term_lnl(const mutau_term_type *type, const void *term, double m, double g)
{
    double point[N_PARAMETER];
    for (size_t i = 0; i < N_PARAMETER; i++)
        point[i] = (double)NAN;
    point[AT_MASS] = m;
    point[AT_COUPLING] = g;
    return type->lnl(term, point);
}

/* Sets the term up from a folder of its own that holds only `text` as `file`. */
static inline mutau_status term_alloc_with(const mutau_term_type *type, const void *settings,
                                           const char *file, const char *text, void **term,
                                           mutau_error *err)
{
    char root[] = "/tmp/mutau-test-term-XXXXXX", data[64], priors[64], path[128];
    assert_non_null(mkdtemp(root));
    (void)snprintf(data, sizeof data, "%s/data", root);
    (void)snprintf(priors, sizeof priors, "%s/priors", root);
    (void)snprintf(path, sizeof path, "%s/%s", priors, file);
    assert_int_equal(mkdir(data, 0700), 0);
    assert_int_equal(mkdir(priors, 0700), 0);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs(text, f);
    (void)fclose(f);
    const mutau_status status = term_make(type, settings, data, term, err);
    (void)unlink(path);
    (void)rmdir(priors);
    (void)rmdir(data);
    (void)rmdir(root);
    return status;
}

typedef struct faulty_table {
    const char *text, *want;
} faulty_table;

/* Each text must be refused, with `want` and the file's name in the message. */
static inline void check_faulty_tables(const mutau_term_type *type, const void *settings,
                                       const char *file, const faulty_table cases[], size_t n)
{
    for (size_t i = 0; i < n; i++) {
        mutau_error err = {0};
        void *term = NULL;
        CHECK_STATUS(term_alloc_with(type, settings, file, cases[i].text, &term, &err), MUTAU_EDATA,
                     err);
        assert_null(term);
        if (strstr(err.text, cases[i].want) == NULL || strstr(err.text, file) == NULL)
            fail_msg("'%s' lacks '%s' or '%s'", err.text, cases[i].want, file);
    }
}

/* The coupling below which a share `cl` of L lies, flat in g'^2 up to g_max, where L
 * must have vanished: the curve that terms are drawn by.  Simpson's rule. */
static inline double term_limit(const mutau_term_type *type, const void *term, double m,
                                double g_max, double cl)
{
    enum { N = 20000 };
    static double below[N / 2 + 1];
    const double step = g_max * g_max / N, top = term_lnl(type, term, m, 0.0);
    for (size_t i = 1; i <= N / 2; i++) {
        const double u = 2.0 * (double)i * step;
        below[i] = below[i - 1] + exp(term_lnl(type, term, m, sqrt(u - 2.0 * step)) - top) +
                   4.0 * exp(term_lnl(type, term, m, sqrt(u - step)) - top) +
                   exp(term_lnl(type, term, m, sqrt(u)) - top);
    }
    const double want = cl * below[N / 2];
    size_t i = 1;
    while (below[i] < want)
        i++;
    const double share = (want - below[i - 1]) / (below[i] - below[i - 1]);
    return sqrt(2.0 * step * ((double)(i - 1) + share));
}

#endif
