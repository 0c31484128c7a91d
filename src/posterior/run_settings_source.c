/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file's `model.source.evolution` and `flavour`, and a `spectrum` by a table; documented in
 * run_settings_internal.h. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/path.h"
#include "run_settings_internal.h"
#include "store/table.h"
#include "store/text_file.h"

/* ---- evolution ------------------------------------------------------------------- */

typedef struct evolution_settings {
    double power, z_break, power_after;
    char table[MUTAU_OPTION_TEXT_SIZE];
} evolution_settings;

enum { POWER, Z_BREAK, POWER_AFTER, TABLE };

const mutau_option mutau_evolution_options[] = {
    [POWER] = {.key = "power",
               .type = MUTAU_OPTION_REAL,
               .offset = offsetof(evolution_settings, power),
               .min = -20.0,
               .max = 20.0,
               .def = (double)NAN,
               .doc = "W = (1+z)^power, up to z_break if there is one"},
    [Z_BREAK] = {.key = "z_break",
                 .type = MUTAU_OPTION_REAL,
                 .offset = offsetof(evolution_settings, z_break),
                 .min = 1e-3,
                 .max = 10.0,
                 .def = (double)NAN,
                 .doc = "beyond it W goes on as (1+z)^power_after"},
    [POWER_AFTER] = {.key = "power_after",
                     .type = MUTAU_OPTION_REAL,
                     .offset = offsetof(evolution_settings, power_after),
                     .min = -20.0,
                     .max = 20.0,
                     .def = (double)NAN,
                     .doc = "0, flat, if it is left out beside a z_break"},
    [TABLE] = {.key = "table",
               .type = MUTAU_OPTION_TEXT,
               .offset = offsetof(evolution_settings, table),
               .doc = "a CSV file of one's own with columns z and W, from 0 to z_max: a path from "
                      "the run file's folder, or in $MUTAU_DATA"},
};
const size_t mutau_evolution_option_count =
    sizeof mutau_evolution_options / sizeof mutau_evolution_options[0];

static mutau_status no_memory(const mutau_run_settings *s, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory for its sources", s->path);
}

/* ---- tables ------------------------------------------------------------------------ */

void mutau_source_table_release(mutau_source_table *table)
{
    free(table->path);
    free(table->text);
    free(table->x);
    free(table->y);
    *table = (mutau_source_table){.path = NULL};
}

/* Some 50000 rows: a chain keeps them all. */
enum { MAX_BYTES = 1024 * 1024 };

/* How a table of the source is read. */
typedef struct table_form {
    const char *key; /* of the run file */
    const char *x, *y;
    mutau_status (*check)(const mutau_table *table, const mutau_source_table *t, mutau_error *err);
} table_form;

/* The first folder's that has the file; if none has, the first's. */
static mutau_status find_table(const char *name, const mutau_run_settings *s, char **path,
                               mutau_error *err)
{
    const char *folders[MUTAU_DATA_FOLDERS];
    const size_t n = mutau_run_settings_folders(s->folder, folders);
    *path = name[0] == '/' ? mutau_strdup(name) : mutau_path_in(folders[0], name, "");
    if (*path == NULL)
        return no_memory(s, err);
    for (size_t i = 1; i < n && name[0] != '/' && access(*path, F_OK) != 0; i++) {
        char *other = mutau_path_in(folders[i], name, "");
        if (other == NULL)
            return no_memory(s, err);
        if (access(other, F_OK) == 0) {
            free(*path);
            *path = other;
            return MUTAU_OK;
        }
        free(other);
    }
    return MUTAU_OK;
}

static mutau_status read_rows(const table_form *form, const mutau_table *table,
                              const mutau_run_settings *s, mutau_source_table *t, mutau_error *err)
{
    t->n = mutau_table_rows(table);
    t->x = mutau_calloc(t->n, sizeof *t->x);
    t->y = mutau_calloc(t->n, sizeof *t->y);
    if (t->x == NULL || t->y == NULL)
        return no_memory(s, err);
    MUTAU_CHECK(mutau_table_real(table, form->x, t->x, err));
    MUTAU_CHECK(mutau_table_real(table, form->y, t->y, err));
    return form->check(table, t, err);
}

static mutau_status read_table(const table_form *form, const char *name,
                               const mutau_run_settings *s, mutau_source_table *t, mutau_error *err)
{
    mutau_table *table = NULL;
    mutau_error why = {0};
    mutau_source_table_release(t);
    MUTAU_CHECK(find_table(name, s, &t->path, err));
    mutau_status status = mutau_text_file_read(t->path, MAX_BYTES, &t->text, &t->size, &why);
    if (status != MUTAU_OK)
        return mutau_error_set(err, status, "%s: %s", form->key, why.text);
    MUTAU_CHECK(mutau_table_read_text(t->path, t->text, t->size, &table, err));
    status = read_rows(form, table, s, t, err);
    mutau_table_free(table);
    return status;
}

static mutau_status check_history(const mutau_table *table, const mutau_source_table *t,
                                  mutau_error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        if (!(t->x[i] >= 0.0))
            return mutau_table_error(table, "z", i, err, "z = %g: must be 0 or more", t->x[i]);
        if (i > 0 && !(t->x[i] > t->x[i - 1]))
            return mutau_table_error(table, "z", i, err, "z = %g does not rise from %g", t->x[i],
                                     t->x[i - 1]);
        if (!(t->y[i] >= 0.0))
            return mutau_table_error(table, "W", i, err, "W = %g: a density must be 0 or more",
                                     t->y[i]);
    }
    return MUTAU_OK;
}

static mutau_status read_history(const char *name, mutau_run_settings *s, mutau_evolution *out,
                                 mutau_error *err)
{
    static const table_form form = {"model.source.evolution.table", "z", "W", check_history};
    const mutau_source_table *t = &s->evolution_table;
    mutau_error why = {0};
    MUTAU_CHECK(read_table(&form, name, s, &s->evolution_table, err));
    *out = (mutau_evolution){.kind = MUTAU_EVOLUTION_TABLE, .n = t->n, .z = t->x, .w = t->y};
    if (mutau_evolution_check(out, s->model.source.z_max, &why) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_EDATA, "%s: %s", t->path, why.text);
    return MUTAU_OK;
}

/* --set evolution.table=... stands against the file's power, and the other way round. */
static mutau_status yield_form(mutau_node *node, mutau_run_settings *s, mutau_error *err)
{
    static const char *const of_power[] = {"power", "z_break", "power_after", NULL};
    static const char *const of_table[] = {"table", NULL};
    const mutau_node *table = mutau_node_child(node, "table");
    if (table != NULL)
        MUTAU_CHECK(mutau_run_settings_yield(node, of_power, table, s, err));
    for (size_t i = 0; of_power[i] != NULL; i++)
        if (mutau_node_child(node, of_power[i]) != NULL)
            MUTAU_CHECK(mutau_run_settings_yield(node, of_table,
                                                 mutau_node_child(node, of_power[i]), s, err));
    return MUTAU_OK;
}

/* {power: ..., z_break: ..., power_after: ...} or {table: ...}. */
static mutau_status read_form(mutau_node *node, mutau_run_settings *s, mutau_evolution *out,
                              mutau_error *err)
{
    static const char *const keys[] = {"power", "z_break", "power_after", "table", NULL};
    evolution_settings e;
    MUTAU_CHECK(mutau_config_read(node, NULL, 0, keys, NULL, err));
    MUTAU_CHECK(yield_form(node, s, err));
    MUTAU_CHECK(mutau_config_read(node, mutau_evolution_options, mutau_evolution_option_count, NULL,
                                  &e, err));
    const bool is_broken = !isnan(e.z_break);
    if (e.table[0] != '\0' && mutau_node_count(node) > 1)
        return mutau_node_error(node, err, "a table has no power: give one of them");
    if (e.table[0] != '\0')
        return read_history(e.table, s, out, err);
    if (isnan(e.power))
        return mutau_node_error(node, err,
                                "needs the key 'power', W = (1+z)^power, or 'table', a file");
    if (!is_broken && !isnan(e.power_after))
        return mutau_node_error(mutau_node_child(node, "power_after"), err,
                                "is the power beyond z_break, which is missing");
    if (is_broken && isnan(e.power_after)) {
        e.power_after = 0.0;
        MUTAU_CHECK(mutau_node_assign(node, "power_after", "0", err));
    }
    *out = (mutau_evolution){.kind = MUTAU_EVOLUTION_POWER,
                             .power = e.power,
                             .z_break = is_broken ? e.z_break : (double)INFINITY,
                             .power_after = is_broken ? e.power_after : 0.0};
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read_evolution(mutau_node *source, mutau_run_settings *s,
                                               mutau_error *err)
{
    mutau_evolution *out = &s->model.source.evolution;
    *out = (mutau_evolution){.kind = MUTAU_EVOLUTION_YUKSEL2008};
    if (mutau_node_child(source, "evolution") == NULL)
        MUTAU_CHECK(mutau_node_assign(source, "evolution", mutau_evolution_names[out->kind], err));
    mutau_node *node = mutau_node_child(source, "evolution");
    if (mutau_node_what(node) == MUTAU_NODE_MAPPING)
        return read_form(node, s, out, err);
    return mutau_node_choice(node, mutau_evolution_names, &out->kind, err);
}

const char *mutau_run_settings_evolution_name(size_t i)
{
    return i < MUTAU_EVOLUTION_N_NAMED ? mutau_evolution_names[i] : NULL;
}

/* ---- spectrum by a table ----------------------------------------------------------- */

static mutau_status check_fluxes(const mutau_table *table, const mutau_source_table *t,
                                 mutau_error *err)
{
    for (size_t i = 0; i < t->n; i++) {
        if (!(t->x[i] > 0.0))
            return mutau_table_error(table, "E", i, err, "E = %g GeV: must be positive", t->x[i]);
        if (i > 0 && !(t->x[i] > t->x[i - 1]))
            return mutau_table_error(table, "E", i, err, "E = %g GeV does not rise from %g GeV",
                                     t->x[i], t->x[i - 1]);
        if (!(t->y[i] > 0.0))
            return mutau_table_error(table, "Phi", i, err, "Phi = %g: must be positive", t->y[i]);
    }
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read_fluxes(const mutau_node *node, mutau_run_settings *s,
                                            mutau_error *err)
{
    static const table_form form = {"model.source.spectrum.table", "E", "Phi", check_fluxes};
    mutau_spectrum_table *out = &s->model.source.table;
    const mutau_source_table *t = &s->spectrum_table;
    mutau_error why = {0};
    if (mutau_node_what(node) != MUTAU_NODE_SCALAR || mutau_node_is_null(node) ||
        mutau_node_text(node)[0] == '\0')
        return mutau_node_error(node, err, "expected a CSV file with columns E (GeV) and Phi");
    MUTAU_CHECK(read_table(&form, mutau_node_text(node), s, &s->spectrum_table, err));
    *out = (mutau_spectrum_table){.n = t->n, .energy_gev = t->x, .flux = t->y};
    if (mutau_spectrum_table_check(out, &why) != MUTAU_OK)
        return mutau_error_set(err, MUTAU_EDATA, "%s: %s", t->path, why.text);
    return MUTAU_OK;
}

/* Edges that are written down are rounded. */
static bool is_below(double energy_gev, double limit_gev)
{
    return energy_gev < limit_gev * (1.0 - 1e-9);
}

mutau_status mutau_run_settings_check_fluxes(mutau_run_settings *s, double e_lo_gev,
                                             double e_hi_gev, mutau_error *err)
{
    const mutau_spectrum_table *t = &s->model.source.table;
    const bool has_data = e_hi_gev > 0.0;
    const double pivot = MUTAU_SPECTRUM_PIVOT_GEV;
    const double lo = fmin(e_lo_gev, pivot), hi = fmax(e_hi_gev, pivot);
    const double farthest = hi * (1.0 + s->model.source.z_max);
    const bool at_earth = s->model.source.frame == MUTAU_FRAME_EARTH;
    char text[512], farther[64] = "";
    if (s->spectrum_table.path == NULL)
        return MUTAU_OK;
    const double first = t->energy_gev[0], last = t->energy_gev[t->n - 1];
    if (is_below(lo, first))
        return mutau_error_set(err, MUTAU_EDATA,
                               "%s: the spectrum begins at %.6g GeV: must begin at %.6g GeV, where "
                               "%s, or below",
                               s->spectrum_table.path, first, lo,
                               has_data && e_lo_gev < pivot ? "the data do" : "A is the flux");
    if (!at_earth)
        (void)snprintf(farther, sizeof farther, ", and %.6g GeV for the farthest sources",
                       farthest);
    if (is_below(last, hi))
        return mutau_error_set(err, MUTAU_EDATA,
                               "%s: the spectrum ends at %.6g GeV: must reach %.6g GeV, where %s%s",
                               s->spectrum_table.path, last, hi,
                               hi > pivot ? "the data end" : "A is the flux", farther);
    if (at_earth || !is_below(last, farthest))
        return MUTAU_OK;
    (void)snprintf(text, sizeof text,
                   "%s: the spectrum ends at %.6g GeV, and the farthest sources are seen up to "
                   "%.6g GeV: its last slope goes on to there",
                   s->spectrum_table.path, last, farthest);
    return mutau_run_settings_warn(s, text, err);
}

/* ---- flavour --------------------------------------------------------------------- */

const char *mutau_run_settings_flavour_name(size_t i)
{
    return i < MUTAU_FLAVOUR_GIVEN ? mutau_flavour_names[i] : NULL;
}

static mutau_status read_shares(mutau_node *node, mutau_flavour *out, mutau_error *err)
{
    const double rounding = 2e-3; /* of three numbers as one writes them */
    double sum = 0.0;
    if (mutau_node_count(node) != 3)
        return mutau_node_error(node, err, "expected three shares, of e, mu and tau");
    for (size_t i = 0; i < 3; i++) {
        MUTAU_CHECK(mutau_node_real(mutau_node_at(node, i), 0.0, (double)INFINITY, NULL,
                                    &out->share[i], err));
        sum += out->share[i];
    }
    const double *f = out->share;
    if (!(sum > 0.0) || !isfinite(sum))
        return mutau_node_error(node, err, "shares must sum to 1: these sum to %g", sum);
    if (!(fabs(sum - 1.0) <= rounding))
        return mutau_node_error(node, err,
                                "shares must sum to 1: these sum to %g; did you mean [%.6g, %.6g, "
                                "%.6g]?",
                                sum, f[0] / sum, f[1] / sum, f[2] / sum);
    for (size_t i = 0; i < 3; i++)
        out->share[i] /= sum;
    out->kind = MUTAU_FLAVOUR_GIVEN;
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read_flavour(mutau_node *source, mutau_run_settings *s,
                                             mutau_error *err)
{
    mutau_flavour *out = &s->model.source.flavour;
    *out = (mutau_flavour){.kind = MUTAU_FLAVOUR_EQUAL};
    if (mutau_node_child(source, "flavour") == NULL)
        MUTAU_CHECK(mutau_node_assign(source, "flavour", mutau_flavour_names[out->kind], err));
    mutau_node *node = mutau_node_child(source, "flavour");
    if (mutau_node_what(node) == MUTAU_NODE_SEQUENCE)
        return read_shares(node, out, err);
    return mutau_node_choice(node, mutau_flavour_names, &out->kind, err);
}

mutau_status mutau_run_settings_yield_flavour(mutau_node *root, mutau_node *parameters,
                                              mutau_run_settings *s, mutau_error *err)
{
    const char *names[MUTAU_FLAVOUR_N_PARAMETER + 1] = {NULL};
    for (size_t i = 0; i < MUTAU_FLAVOUR_N_PARAMETER; i++)
        names[i] = mutau_flavour_parameters[i].name;
    if (s->model.source.flavour.kind == MUTAU_FLAVOUR_FREE)
        return MUTAU_OK;
    const mutau_node *source = mutau_node_child(mutau_node_child(root, "model"), "source");
    return mutau_run_settings_yield(parameters, names, mutau_node_child(source, "flavour"), s, err);
}

/* What is left of the priors where f_e + f_mu <= 1: over equal parts of the one the share of the
 * other; exact for flat priors from 0 to 1, else to 1e-6. */
static double simplex_share(const mutau_parameter *e, const mutau_parameter *mu)
{
    enum { N = 4096 };
    double sum = 0.0;
    for (int k = 0; k < N; k++) {
        const double f = mutau_parameter_natural(e, mutau_parameter_quantile(e, (k + 0.5) / N));
        sum += mutau_parameter_share_below(mu, 1.0 - f);
    }
    return sum / N;
}

mutau_status mutau_run_settings_read_simplex(const mutau_node *parameters, mutau_run_settings *s,
                                             mutau_error *err)
{
    if (s->places.n_flavour == 0)
        return MUTAU_OK;
    const mutau_parameter *f = &s->parameters[s->places.flavour];
    const double share = simplex_share(&f[MUTAU_FLAVOUR_E], &f[MUTAU_FLAVOUR_MU]);
    if (!(share > 1e-6))
        return mutau_node_error(
            mutau_node_child(parameters, mutau_flavour_parameters[MUTAU_FLAVOUR_MU].name), err,
            "the shares of e and mu must be at most 1 together, and nothing of the priors is");
    s->ln_simplex = -log(share);
    return MUTAU_OK;
}

bool mutau_run_settings_is_in_simplex(const mutau_run_settings *settings, const double point[])
{
    const double *f = point + settings->places.flavour;
    return settings->places.n_flavour == 0 ||
           f[MUTAU_FLAVOUR_E] + f[MUTAU_FLAVOUR_MU] <= 1.0 + MUTAU_FLAVOUR_ROUNDING;
}
