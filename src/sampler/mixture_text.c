/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A mixture as text; documented in sampler/mixture.h.
 *
 *     mixture 1 DIM COMPONENTS
 *     lo LO...
 *     hi HI...
 *     t DOF WEIGHT MEAN... FACTOR...        for each component, the wide one last
 *
 * Numbers are separated by one space and read back to the same double; everything else about a
 * mixture is computed from them anew. */
#include "sampler/mixture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "mixture_internal.h"

enum { MAX_WORD = MUTAU_NUMBER_SIZE };

/* ---- writing ---- */

/* `n` numbers, each after a space. */
static char *put_numbers(char *at, size_t n, const double number[])
{
    for (size_t i = 0; i < n; i++) {
        at[0] = ' ';
        mutau_number_write(number[i], at + 1);
        at += strlen(at);
    }
    return at;
}

char *mutau_mixture_write(const mutau_mixture *mixture)
{
    const size_t dim = mixture->dim, n_triangle = dim * (dim + 1) / 2;
    const size_t n_number = 4 + 2 * dim + mixture->n * (2 + dim + n_triangle);
    char *const text = mutau_calloc(n_number + mixture->n + 8, MAX_WORD + 2);
    if (text == NULL)
        return NULL;
    const double head[] = {1.0, (double)dim, (double)mixture->n};
    char *at = put_numbers(stpcpy(text, "mixture"), 3, head);
    at = put_numbers(stpcpy(at, "\nlo"), dim, mixture->lo);
    at = put_numbers(stpcpy(at, "\nhi"), dim, mixture->hi);
    for (size_t j = 0; j < mixture->n; j++) {
        const mutau_component *const c = &mixture->component[j];
        const double front[] = {c->dof, c->weight};
        at = put_numbers(stpcpy(at, "\nt"), 2, front);
        at = put_numbers(at, dim, c->mean);
        at = put_numbers(at, n_triangle, c->factor);
    }
    (void)stpcpy(at, "\n");
    return text;
}

/* ---- reading ---- */

/* Where reading is. */
typedef struct reader {
    const char *at;
    size_t line; /* from 1 */
    mutau_error *err;
} reader;

/* The next word, up to a space or the end of its line; empty at the end of a line. */
static mutau_status next_word(reader *r, char word[MAX_WORD + 1])
{
    const size_t n = strcspn(r->at, " \n");
    if (n > MAX_WORD)
        return mutau_error_set(r->err, MUTAU_EDATA, "mixture, line %zu: a word of %zu bytes",
                               r->line, n);
    memcpy(word, r->at, n);
    word[n] = '\0';
    r->at += n;
    if (*r->at == ' ')
        r->at++;
    return MUTAU_OK;
}

static mutau_status read_key(reader *r, const char *key)
{
    char word[MAX_WORD + 1];
    MUTAU_CHECK(next_word(r, word));
    if (strcmp(word, key) != 0)
        return mutau_error_set(r->err, MUTAU_EDATA, "mixture, line %zu: must begin with '%s'",
                               r->line, key);
    return MUTAU_OK;
}

static mutau_status read_numbers(reader *r, const char *what, size_t n, double number[])
{
    for (size_t i = 0; i < n; i++) {
        char word[MAX_WORD + 1];
        MUTAU_CHECK(next_word(r, word));
        if (!mutau_number_read(word, &number[i]) || isnan(number[i]))
            return mutau_error_set(r->err, MUTAU_EDATA,
                                   "mixture, line %zu: %s: has %zu numbers, must have %zu", r->line,
                                   what, i, n);
    }
    return MUTAU_OK;
}

static mutau_status end_line(reader *r)
{
    if (*r->at != '\n')
        return mutau_error_set(r->err, MUTAU_EDATA,
                               "mixture, line %zu: goes on, or the text ends, where the line must",
                               r->line);
    r->at++;
    r->line++;
    return MUTAU_OK;
}

/* A whole number from `least` to `most`. */
static bool is_count(double value, double least, double most)
{
    return value >= least && value <= most && !(value < floor(value)) && !(value > floor(value));
}

static mutau_status read_head(reader *r, size_t *dim, size_t *n)
{
    double number[3];
    MUTAU_CHECK(read_key(r, "mixture"));
    MUTAU_CHECK(read_numbers(r, "version, coordinates, components", 3, number));
    if (!is_count(number[0], 1.0, 1.0) || !is_count(number[1], 1.0, MUTAU_MAX_DIM) ||
        !is_count(number[2], 1.0, MUTAU_MAX_COMPONENTS + 1))
        return mutau_error_set(r->err, MUTAU_EDATA,
                               "mixture, line %zu: version %g, %g coordinates, %g components: must "
                               "be 1, 1 to %d, 1 to %d",
                               r->line, number[0], number[1], number[2], MUTAU_MAX_DIM,
                               MUTAU_MAX_COMPONENTS + 1);
    *dim = (size_t)number[1];
    *n = (size_t)number[2];
    return end_line(r);
}

static mutau_status read_component(reader *r, size_t dim, mutau_component *c)
{
    const size_t n_triangle = dim * (dim + 1) / 2;
    double front[2];
    MUTAU_CHECK(read_key(r, "t"));
    MUTAU_CHECK(read_numbers(r, "degrees of freedom, weight", 2, front));
    MUTAU_CHECK(read_numbers(r, "mean", dim, c->mean));
    MUTAU_CHECK(read_numbers(r, "factor", n_triangle, c->factor));
    if (!is_count(front[0] / 2.0, 1.0, 0.5 * MUTAU_MAX_DOF))
        return mutau_error_set(r->err, MUTAU_EDATA,
                               "mixture, line %zu: %g degrees of freedom: must be even, 2 to %d",
                               r->line, front[0], MUTAU_MAX_DOF);
    if (!(front[1] > 0.0 && front[1] <= 1.0))
        return mutau_error_set(r->err, MUTAU_EDATA,
                               "mixture, line %zu: weight %g: must be above 0 and at most 1",
                               r->line, front[1]);
    for (size_t i = 0; i < dim + n_triangle; i++)
        if (!isfinite(i < dim ? c->mean[i] : c->factor[i - dim]))
            return mutau_error_set(r->err, MUTAU_EDATA,
                                   "mixture, line %zu: number %zu must be finite", r->line, i + 3);
    for (size_t k = 0; k < dim; k++)
        if (!(c->factor[k * (k + 3) / 2] > 0.0))
            return mutau_error_set(r->err, MUTAU_EDATA,
                                   "mixture, line %zu: the factor has %g on its diagonal: must be "
                                   "above 0",
                                   r->line, c->factor[k * (k + 3) / 2]);
    c->dof = (int)front[0];
    c->weight = front[1];
    return end_line(r);
}

static mutau_status read_components(reader *r, size_t n, mutau_mixture *m)
{
    double sum = 0.0;
    for (; m->n < n; m->n++) {
        MUTAU_CHECK(read_component(r, m->dim, &m->component[m->n]));
        sum += m->component[m->n].weight;
    }
    if (*r->at != '\0')
        return mutau_error_set(r->err, MUTAU_EDATA,
                               "mixture, line %zu: the text must end after %zu components", r->line,
                               n);
    if (!(fabs(sum - 1.0) < 1e-9))
        return mutau_error_set(r->err, MUTAU_EDATA,
                               "mixture: the weights have the sum %.12g: must be 1", sum);
    if (!mutau_mixture_complete(m))
        return mutau_error_set(r->err, MUTAU_EDATA,
                               "mixture: the factor of a component has no inverse");
    return MUTAU_OK;
}

/* The lines before the mixture that begin with #. */
static void skip_remarks(reader *r)
{
    for (; r->at[0] == '#'; r->line++) {
        r->at += strcspn(r->at, "\n");
        r->at += r->at[0] == '\n';
    }
}

mutau_status mutau_mixture_read(const char *text, mutau_mixture **out, mutau_error *err)
{
    reader r = {.at = text, .line = 1, .err = err};
    double lo[MUTAU_MAX_DIM], hi[MUTAU_MAX_DIM];
    size_t dim = 0, n = 0;
    mutau_mixture *m = NULL;
    *out = NULL;
    skip_remarks(&r);
    MUTAU_CHECK(read_head(&r, &dim, &n));
    MUTAU_CHECK(read_key(&r, "lo"));
    MUTAU_CHECK(read_numbers(&r, "lower edges", dim, lo));
    MUTAU_CHECK(end_line(&r));
    MUTAU_CHECK(read_key(&r, "hi"));
    MUTAU_CHECK(read_numbers(&r, "upper edges", dim, hi));
    MUTAU_CHECK(end_line(&r));
    mutau_status status = mutau_mixture_alloc(dim, lo, hi, &m, err);
    if (status == MUTAU_EDOM)
        return mutau_error_wrap(err, MUTAU_EDATA, "mixture, lines 2 and 3");
    if (status == MUTAU_OK)
        status = read_components(&r, n, m);
    if (status == MUTAU_OK)
        *out = m;
    else
        mutau_mixture_free(m);
    return status;
}
