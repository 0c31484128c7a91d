/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Chains as Cobaya writes them: what Cobaya, GetDist and anesthetic read as it is. */
#include "export_internal.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"

/* Where the chain has no ln L of parts, as of a target, the density counts as the likelihood. */
static const char WHOLE[] = "target";

static size_t n_part(const mutau_draw_table *t)
{
    return mutau_draw_table_count(t, MUTAU_DRAW_LN_LIKE);
}

/* --- the rows ---------------------------------------------------------------------------- */

static void write_header(FILE *file, const mutau_draw_table *t)
{
    (void)fputs("# weight minuslogpost", file);
    for (size_t i = 0; i < t->n; i++)
        if (t->columns[i].kind != MUTAU_DRAW_LN_LIKE)
            (void)fprintf(file, " %s", t->columns[i].name);
    (void)fputs(" minuslogprior minuslogprior__0 chi2", file);
    for (size_t i = 0; i < n_part(t); i++)
        (void)fprintf(file, " chi2__%s", mutau_draw_table_at(t, MUTAU_DRAW_LN_LIKE, i)->stored);
    if (n_part(t) == 0)
        (void)fprintf(file, " chi2__%s", WHOLE);
    (void)fputc('\n', file);
}

static void write_row(FILE *file, const mutau_draw_table *t, size_t draw)
{
    const double ln_post = t->log_prob[draw];
    double ln_like = n_part(t) > 0 ? 0.0 : ln_post;
    mutau_export_put(file, " ", -ln_post);
    for (size_t i = 0; i < t->n; i++) {
        const mutau_draw_column *c = &t->columns[i];
        if (c->kind == MUTAU_DRAW_LN_LIKE)
            ln_like += c->x[draw];
        else
            mutau_export_put(file, " ", c->x[draw]);
    }
    mutau_export_put(file, " ", ln_like - ln_post);
    mutau_export_put(file, " ", ln_like - ln_post);
    mutau_export_put(file, " ", -2.0 * ln_like);
    for (size_t i = 0; i < n_part(t); i++)
        mutau_export_put(file, " ", -2.0 * mutau_draw_table_at(t, MUTAU_DRAW_LN_LIKE, i)->x[draw]);
    if (n_part(t) == 0)
        mutau_export_put(file, " ", -2.0 * ln_like);
}

/* --- YAML, as PyYAML reads it --------------------------------------------------------------- */

/* A number that YAML 1.1 takes for one, too: a point and a sign of the exponent. */
static void put_number(FILE *file, double x)
{
    char text[MUTAU_NUMBER_SIZE];
    mutau_number_write(x, text);
    const size_t n = strcspn(text, "e");
    if (text[n] == '\0') {
        (void)fputs(text, file);
        return;
    }
    const bool has_point = memchr(text, '.', n) != NULL, has_sign = text[n + 1] == '-';
    (void)fprintf(file, "%.*s%se%s%s", (int)n, text, has_point ? "" : ".0", has_sign ? "" : "+",
                  text + n + 1);
}

/* Text in single quotes, in which a quote is two. */
static void put_quoted(FILE *file, const char *text)
{
    (void)fputc('\'', file);
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            (void)fputc('\'', file);
        (void)fputc(*text, file);
    }
    (void)fputc('\'', file);
}

/* A name, in quotes if YAML 1.1 takes it for something else. */
static void put_name(FILE *file, const char *name)
{
    static const char *const words[] = {"y",     "n",  "yes", "no",  "true",
                                        "false", "on", "off", "null"};
    bool plain = isalpha((unsigned char)name[0]) != 0;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        plain = plain && strcasecmp(name, words[i]) != 0;
    if (plain)
        (void)fputs(name, file);
    else
        put_quoted(file, name);
}

static void put_pair(FILE *file, const char *key, double x)
{
    (void)fputs(key, file);
    put_number(file, x);
}

/* --- what the columns are ------------------------------------------------------------------- */

static void put_normal(FILE *file, double lo, double hi, double mean, double sd)
{
    const bool cut = isfinite(lo) || isfinite(hi);
    (void)fprintf(file, "{dist: %s", cut ? "truncnorm" : "norm");
    if (cut) {
        put_pair(file, ", a: ", (lo - mean) / sd);
        put_pair(file, ", b: ", (hi - mean) / sd);
    }
    put_pair(file, ", loc: ", mean);
    put_pair(file, ", scale: ", sd);
}

/* The prior of the stored coordinate, by the names of scipy.stats.  That of a target is not known
 * but for its support; where this has no end a normal density stands for it, as improper ones are
 * refused. */
static void put_prior(FILE *file, const mutau_draw_column *c)
{
    const mutau_parameter *p = c->parameter;
    const bool normal =
        p != NULL && (p->prior == MUTAU_PRIOR_NORMAL || p->prior == MUTAU_PRIOR_TRUNCATED_NORMAL);
    if (normal) {
        put_normal(file, c->lo, c->hi, p->mean, p->sd);
    } else if (isfinite(c->lo) && isfinite(c->hi)) {
        put_pair(file, "{min: ", c->lo);
        put_pair(file, ", max: ", c->hi);
    } else {
        put_normal(file, c->lo, c->hi, 0.0, 1.0);
    }
    (void)fputs("}", file);
}

static void put_column(FILE *file, const mutau_draw_column *c)
{
    (void)fputs("  ", file);
    put_name(file, c->name);
    if (c->kind == MUTAU_DRAW_SAMPLED) {
        (void)fputs(": {prior: ", file);
        put_prior(file, c);
    } else {
        (void)fputs(": {derived: true", file);
        if (isfinite(c->lo))
            put_pair(file, ", min: ", c->lo);
        if (isfinite(c->hi))
            put_pair(file, ", max: ", c->hi);
    }
    (void)fputs(", latex: ", file);
    put_quoted(file, c->latex);
    (void)fputs("}\n", file);
}

static void put_fixed(FILE *file, const mutau_run_settings *s)
{
    if (mutau_run_settings_has_target(s))
        return;
    for (size_t i = 0; i < s->set.n; i++) {
        if (s->parameters[i].prior != MUTAU_PRIOR_FIXED)
            continue;
        (void)fputs("  ", file);
        put_name(file, s->set.spec[i]->name);
        put_pair(file, ": ", s->parameters[i].value);
        (void)fputc('\n', file);
    }
}

static void fill_yaml(FILE *file, const mutau_draw_table *t, const char *root)
{
    (void)fputs("params:\n", file);
    for (size_t i = 0; i < t->n; i++)
        if (t->columns[i].kind != MUTAU_DRAW_LN_LIKE)
            put_column(file, &t->columns[i]);
    put_fixed(file, t->settings);
    (void)fputs("likelihood: {", file);
    for (size_t i = 0; i < n_part(t); i++) {
        (void)fputs(i > 0 ? ", " : "", file);
        put_name(file, mutau_draw_table_at(t, MUTAU_DRAW_LN_LIKE, i)->stored);
        (void)fputs(": {external: null}", file);
    }
    if (n_part(t) == 0)
        (void)fprintf(file, "%s: {external: null}", WHOLE);
    (void)fputs("}\nsampler: {mcmc: {burn_in: 0}}\noutput: ", file);
    put_quoted(file, root);
    (void)fputc('\n', file);
}

static mutau_status write_files(const mutau_draw_table *table, const char *root,
                                mutau_new_files *files, mutau_error *err)
{
    MUTAU_CHECK(mutau_export_ensembles(table, root, '.', write_header, write_row, files, err));
    return mutau_export_file(table, root, ".updated.yaml", fill_yaml, files, err);
}

const mutau_export_format mutau_export_cobaya = {
    .name = "cobaya",
    .write = write_files,
};
