/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The goodness of a fit, as JSON, numbers and text. */
#include "goodness_report.h"

#include <math.h>
#include <stdio.h>

const char *const cli_goodness_names[CLI_GOODNESS_NUMBERS] = {
    "points",       "limits",  "free_parameters", "chi2",  "dof",
    "chi2_per_dof", "p_value", "chi2_sm",         "r_chi2"};

void cli_goodness_numbers(const mutau_goodness *g, double out[CLI_GOODNESS_NUMBERS])
{
    const double all[CLI_GOODNESS_NUMBERS] = {
        (double)g->n_point, (double)g->n_limit, (double)g->n_free, g->chi2,  g->dof,
        g->per_dof,         g->p_value,         g->chi2_sm,        g->r_chi2};
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++)
        out[i] = all[i];
}

void cli_goodness_json(mutau_json *json, const mutau_goodness *g)
{
    double number[CLI_GOODNESS_NUMBERS];
    cli_goodness_numbers(g, number);
    mutau_json_key(json, "goodness");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++) {
        mutau_json_key(json, cli_goodness_names[i]);
        mutau_json_real(json, number[i]);
    }
    mutau_json_key(json, "improbable");
    mutau_json_bool(json, mutau_goodness_is_improbable(g));
    mutau_json_key(json, "why_null");
    mutau_json_string(json, g->why[0] != '\0' ? g->why : NULL);
    mutau_json_object_end(json);
}

const text_column cli_fit_columns[CLI_FIT_COLUMNS] = {
    {"", TEXT_LEFT, 0, 14, true}, {"", TEXT_RIGHT, 1, 12, false}, {"", TEXT_LEFT, 2, 0, false}};

static void add_points(const mutau_goodness *g, text_table *table)
{
    text_table_cell(table, "data points");
    text_table_cell(table, "%zu", g->n_point);
    text_table_cell(table, "(%zu of them limits), %zu free parameters", g->n_limit, g->n_free);
}

static void add_r_chi2(const mutau_goodness *g, text_table *table)
{
    text_table_cell(table, "R_chi2");
    text_table_cell(table, "%.4f", g->r_chi2);
    text_table_cell(table, "((chi2/%zu)/(chi2_SM/%zu), chi2_SM = %.4f: g' = 0)",
                    g->n_point - g->n_model, g->n_point - g->n_model_sm, g->chi2_sm);
}

void cli_goodness_rows(const mutau_goodness *g, text_table *table)
{
    if (g->n_point > 0)
        add_points(g, table);
    if (!isnan(g->per_dof)) {
        text_table_cell(table, "chi2/dof");
        text_table_cell(table, "%.4f", g->per_dof);
        text_table_cell(table, "(%.0f degrees of freedom)", g->dof);
    }
    if (!isnan(g->p_value)) {
        text_table_cell(table, "p-value");
        text_table_cell(table, "%.4g", g->p_value);
        text_table_cell(table, "(chance of a larger chi2, were this the best fit)");
    }
    if (!isnan(g->r_chi2))
        add_r_chi2(g, table);
    if (g->why[0] != '\0') {
        text_table_cell(table, "goodness of fit:");
        text_table_note(table, "%s", g->why);
    }
}

mutau_status cli_goodness_text(const mutau_goodness *g, size_t width, mutau_error *err)
{
    text_table *table = text_table_alloc(CLI_FIT_COLUMNS, cli_fit_columns);
    cli_goodness_rows(g, table);
    return text_table_end(table, width, err);
}

void cli_goodness_warn(const char *whose, const mutau_goodness *g)
{
    if (mutau_goodness_is_improbable(g))
        (void)fprintf(stderr,
                      "mutau: warning: %sthe best fit is improbable: chi2 = %.4g for %.0f degrees "
                      "of freedom, p = %.2g (below %g)\n",
                      whose, g->chi2, g->dof, g->p_value, mutau_goodness_improbable);
}
