/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws as other programs want them; documented in draw_table.h. */
#include "analysis/draw_table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/diagnosis.h"
#include "analysis/pool.h"
#include "base/mem.h"
#include "draws_internal.h"
#include "priors/term.h"
#include "stored_run_internal.h"

static const char CHI2[] = "chi2";

typedef struct work {
    mutau_chain_info info; /* of the first file */
    mutau_pool pool;       /* all rows after burn-in */
    double *x;             /* [pool.n_row][pool.n_column]; owned */
    mutau_draw_table *table;
} work;

/* --- names ------------------------------------------------------------------------------- */

/* Words that a column's name cannot be: of the tables' own columns, and the dimensions of a
 * netCDF file. */
static bool is_reserved(const char *name)
{
    static const char *const words[] = {
        "chain",         "draw",         "ensemble",      "walker", "weight",
        "log_posterior", "minuslogpost", "minuslogprior", "chi2",   "minuslogprior__0"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return strncmp(name, "chi2__", strlen("chi2__")) == 0;
}

static bool is_taken(const mutau_draw_table *t, const mutau_draw_column *by)
{
    for (const mutau_draw_column *c = t->columns; c < by; c++)
        if (strcmp(c->name, by->name) == 0)
            return true;
    return is_reserved(by->name);
}

/* Letters, digits and _ alone; at most ten times longer, should others be like it. */
static void make_name(const mutau_draw_table *t, const char *stored, mutau_draw_column *c)
{
    static const char fit[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    size_t n = (size_t)snprintf(c->name, MUTAU_NAME_SIZE, "%s", stored);
    n = n < MUTAU_NAME_SIZE ? n : MUTAU_NAME_SIZE - 1;
    for (size_t i = strspn(c->name, fit); i < n; i += strspn(c->name + i, fit))
        c->name[i] = '_';
    for (size_t k = 2; is_taken(t, c); k++)
        (void)snprintf(c->name + n, sizeof c->name - n, k == 2 ? "_" : "_%zu", k);
}

/* The symbol, or the name where there is none, and the unit unless the symbol is of a ratio. */
static void make_latex(const char *latex, mutau_draw_column *c)
{
    char symbol[MUTAU_DRAW_LATEX_SIZE];
    size_t n = 0;
    if (latex[0] != '\0') {
        (void)snprintf(symbol, sizeof symbol, "%s", latex);
    } else {
        n = (size_t)snprintf(symbol, sizeof symbol, "\\mathrm{");
        for (const char *at = c->stored; *at != '\0' && n + 4 < sizeof symbol; at++) {
            if (*at == '_')
                symbol[n++] = '\\';
            symbol[n++] = *at;
        }
        symbol[n++] = '}';
        symbol[n] = '\0';
    }
    const bool is_ratio = strncmp(c->unit, "log10(", strlen("log10(")) == 0;
    if (c->unit[0] != '\0' && !is_ratio)
        (void)snprintf(c->latex, sizeof c->latex, "%.100s\\,[\\mathrm{%.60s}]", symbol, c->unit);
    else
        (void)snprintf(c->latex, sizeof c->latex, "%s", symbol);
}

/* --- columns ----------------------------------------------------------------------------- */

static void name_column(const work *w, mutau_draw_column *c, mutau_draw_kind kind,
                        const char *stored, const char *unit, const char *latex)
{
    const bool is_ln_like = kind == MUTAU_DRAW_LN_LIKE;
    c->kind = kind;
    c->lo = -(double)INFINITY;
    c->hi = (double)INFINITY;
    (void)snprintf(c->stored, sizeof c->stored, "%s",
                   stored + (is_ln_like ? strlen(MUTAU_DRAW_LN_LIKE_PREFIX) : 0));
    (void)snprintf(c->unit, sizeof c->unit, "%s", unit);
    make_name(w->table, stored, c);
    make_latex(latex, c);
}

/* The kept ones of w->x, walker by walker, with what rounding has put beyond the edges lo and hi
 * back on them. */
static mutau_status keep(const work *w, double lo, double hi, double **x, mutau_error *err)
{
    const mutau_draw_table *t = w->table;
    *x = mutau_calloc(t->n_row, t->n_column * sizeof **x);
    if (*x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu draws",
                               t->n_row * t->n_column);
    for (size_t i = 0; i < t->n_row; i++) {
        const double *row = w->x + ((i + 1) * t->stride - 1) * t->n_column;
        for (size_t k = 0; k < t->n_column; k++)
            (*x)[k * t->n_row + i] = row[k] < lo ? lo : row[k] > hi ? hi : row[k];
    }
    return MUTAU_OK;
}

static mutau_status keep_all(const work *w, double **x, mutau_error *err)
{
    return keep(w, -(double)INFINITY, (double)INFINITY, x, err);
}

static mutau_status add_sampled(work *w, mutau_error *err)
{
    mutau_draw_table *t = w->table;
    for (size_t i = 0; i < w->info.dim; i++) {
        mutau_draw_column *c = &t->columns[t->n++];
        const char *stored = w->info.names[i];
        name_column(w, c, MUTAU_DRAW_SAMPLED, stored, w->info.units[i], w->info.labels[i]);
        c->parameter = mutau_stored_parameter(t->settings, stored);
        MUTAU_CHECK(mutau_stored_support(t->settings, stored, &c->lo, &c->hi, err));
        MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_COORDINATE, i, w->x, err));
        MUTAU_CHECK(keep_all(w, &c->x, err));
    }
    return MUTAU_OK;
}

/* The blob of that name or, without one, of the coordinate. */
static mutau_status read_natural(const work *w, const mutau_parameter *p, size_t i_coordinate,
                                 mutau_error *err)
{
    size_t at = 0;
    if (mutau_draws_find_blob(&w->info, p->spec->name, &at))
        return mutau_pool_read(&w->pool, MUTAU_POOL_BLOB, at, w->x, err);
    MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_COORDINATE, i_coordinate, w->x, err));
    for (size_t i = 0; i < w->pool.n_row * w->pool.n_column; i++)
        w->x[i] = mutau_parameter_natural(p, w->x[i]);
    return MUTAU_OK;
}

static mutau_status add_natural(work *w, mutau_error *err)
{
    mutau_draw_table *t = w->table;
    for (size_t i = 0; i < w->info.dim; i++) {
        const mutau_parameter *p = t->columns[i].parameter;
        if (p == NULL || p->prior != MUTAU_PRIOR_LOG_UNIFORM)
            continue;
        mutau_draw_column *c = &t->columns[t->n++];
        name_column(w, c, MUTAU_DRAW_DERIVED, p->spec->name, p->spec->unit, p->spec->latex);
        c->lo = p->min;
        c->hi = p->max;
        MUTAU_CHECK(read_natural(w, p, i, err));
        MUTAU_CHECK(keep(w, c->lo, c->hi, &c->x, err));
    }
    return MUTAU_OK;
}

/* Whether a blob is a parameter of the run: free, and told of already, or fixed. */
static bool is_parameter(const work *w, const char *name)
{
    const mutau_run_settings *s = w->table->settings;
    size_t at = 0;
    return mutau_draws_find_coordinate(&w->info, name, &at) ||
           (!mutau_run_settings_has_target(s) &&
            mutau_parameter_set_find(&s->set, name) < s->set.n);
}

/* Parts of the posterior's likelihood; what a target calls so is its own affair. */
static bool is_ln_like(const work *w, const char *name)
{
    return !mutau_run_settings_has_target(w->table->settings) &&
           strncmp(name, MUTAU_DRAW_LN_LIKE_PREFIX, strlen(MUTAU_DRAW_LN_LIKE_PREFIX)) == 0;
}

static bool is_chi2(const work *w, const char *name)
{
    return !mutau_run_settings_has_target(w->table->settings) && strcmp(name, CHI2) == 0;
}

/* Derived quantities; one that did not change depends on fixed parameters alone. */
static mutau_status add_derived(work *w, mutau_error *err)
{
    mutau_draw_table *t = w->table;
    for (size_t i = 0; i < w->info.n_blob; i++) {
        const char *name = w->info.blob_names[i];
        if (is_parameter(w, name) || is_ln_like(w, name) || is_chi2(w, name))
            continue;
        MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_BLOB, i, w->x, err));
        if (mutau_draws_constant(w->pool.n_row * w->pool.n_column, w->x))
            continue;
        const mutau_derived *derived = mutau_derived_find(name);
        mutau_draw_column *c = &t->columns[t->n++];
        name_column(w, c, MUTAU_DRAW_DERIVED, name, derived != NULL ? derived->unit : "",
                    derived != NULL ? derived->latex : "");
        if (derived != NULL) {
            c->lo = derived->lowest;
            c->hi = derived->highest;
        }
        MUTAU_CHECK(keep_all(w, &c->x, err));
    }
    return MUTAU_OK;
}

static mutau_status add_likelihoods(work *w, mutau_error *err)
{
    mutau_draw_table *t = w->table;
    for (size_t i = 0; i < w->info.n_blob; i++) {
        const char *name = w->info.blob_names[i];
        const bool chi2 = is_chi2(w, name);
        double **x = &t->chi2;
        if (!is_ln_like(w, name) && !chi2)
            continue;
        if (!chi2) {
            mutau_draw_column *c = &t->columns[t->n++];
            name_column(w, c, MUTAU_DRAW_LN_LIKE, name, "", "");
            x = &c->x;
        }
        MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_BLOB, i, w->x, err));
        MUTAU_CHECK(keep_all(w, x, err));
    }
    return MUTAU_OK;
}

/* --- the table --------------------------------------------------------------------------- */

/* The verdict; and the stored rows that are half the longest autocorrelation time, 1 where none is
 * known. */
static mutau_status judge(size_t n_chain, mutau_chain *const chains[], mutau_draw_table *t,
                          size_t *half_tau, mutau_error *err)
{
    mutau_diagnosis *d = NULL;
    MUTAU_CHECK(mutau_diagnosis_compute(n_chain, chains, &d, err));
    t->converged = d->converged;
    t->n_problem = d->n_problem;
    const double half = d->verdict.worst_tau / (double)mutau_chain_describe(chains[0]).thin / 2.0;
    *half_tau = half >= 1.0 && half < 1e9 ? (size_t)half : 1;
    mutau_diagnosis_free(d);
    return MUTAU_OK;
}

static mutau_status choose_rows(work *w, size_t stride, size_t half_tau, mutau_error *err)
{
    mutau_draw_table *t = w->table;
    const size_t n = w->pool.n_row;
    if (stride == MUTAU_DRAW_THIN_AUTO)
        stride = half_tau < n ? half_tau : n;
    if (stride > n)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "every %zu-th row is none: %zu rows are kept after burn-in", stride,
                               n);
    t->stride = stride;
    t->n_row = n / stride;
    t->n_ensemble = w->pool.n_ensemble;
    t->n_walker = w->pool.n_walker;
    t->n_column = w->pool.n_column;
    return MUTAU_OK;
}

static mutau_status read_columns(work *w, mutau_error *err)
{
    mutau_draw_table *t = w->table;
    w->x = mutau_calloc(w->pool.n_row, w->pool.n_column * sizeof *w->x);
    /* each coordinate has a natural value at most */
    t->columns = mutau_calloc(2 * w->info.dim + w->info.n_blob, sizeof *t->columns);
    if (w->x == NULL || t->columns == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu rows of %zu walkers",
                               w->pool.n_row, w->pool.n_column);
    MUTAU_CHECK(add_sampled(w, err));
    MUTAU_CHECK(add_natural(w, err));
    MUTAU_CHECK(add_derived(w, err));
    MUTAU_CHECK(add_likelihoods(w, err));
    MUTAU_CHECK(mutau_pool_read(&w->pool, MUTAU_POOL_LOG_PROB, 0, w->x, err));
    return keep_all(w, &t->log_prob, err);
}

static mutau_status fill(work *w, size_t n_chain, mutau_chain *const chains[], size_t stride,
                         mutau_error *err)
{
    size_t burn_in[MUTAU_POOL_MAX_CHAINS] = {0}, half_tau = 1;
    MUTAU_CHECK(judge(n_chain, chains, w->table, &half_tau, err));
    for (size_t i = 0; i < n_chain; i++)
        burn_in[i] = mutau_chain_burn_in(chains[i]);
    w->info = mutau_chain_describe(chains[0]);
    (void)snprintf(w->table->version, sizeof w->table->version, "%s", w->info.version);
    MUTAU_CHECK(mutau_pool_init(&w->pool, n_chain, chains, burn_in, err));
    MUTAU_CHECK(choose_rows(w, stride, half_tau, err));
    MUTAU_CHECK(mutau_stored_settings(chains[0], &w->table->settings, err));
    return read_columns(w, err);
}

mutau_status mutau_draw_table_read(size_t n_chain, mutau_chain *const chains[], size_t stride,
                                   mutau_draw_table **out, mutau_error *err)
{
    *out = NULL;
    work w = {.table = mutau_calloc(1, sizeof *w.table)};
    if (w.table == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a table of draws");
    const mutau_status status = fill(&w, n_chain, chains, stride, err);
    free(w.x);
    if (status == MUTAU_OK)
        *out = w.table;
    else
        mutau_draw_table_free(w.table);
    return status;
}

void mutau_draw_table_free(mutau_draw_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->n; i++)
        free(table->columns[i].x);
    free(table->columns);
    free(table->log_prob);
    free(table->chi2);
    mutau_run_settings_free(table->settings);
    free(table);
}

size_t mutau_draw_table_count(const mutau_draw_table *table, mutau_draw_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < table->n; i++)
        n += table->columns[i].kind == kind;
    return n;
}

const mutau_draw_column *mutau_draw_table_at(const mutau_draw_table *table, mutau_draw_kind kind,
                                             size_t i)
{
    for (size_t k = 0; k < table->n; k++)
        if (table->columns[k].kind == kind && i-- == 0)
            return &table->columns[k];
    return NULL;
}
