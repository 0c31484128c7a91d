/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known about one point, as JSON, CSV and text. */
#include "point_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "goodness_report.h"

/* The predicted N of the data points as the workspace holds them after an evaluation. */
static void write_bins(mutau_json *json, const cli_model *model)
{
    const mutau_flux_likelihood *data = mutau_posterior_data(model->posterior);
    const mutau_flux_point *points = mutau_flux_likelihood_points(data);
    const double *predicted = mutau_posterior_predicted(model->ws);
    mutau_json_key(json, "bins");
    mutau_json_array_begin(json);
    for (size_t i = 0; i < mutau_flux_likelihood_count(data); i++) {
        const mutau_flux_point *p = &points[i];
        mutau_json_object_begin(json);
        mutau_json_key(json, "dataset");
        mutau_json_string(json, model->settings->datasets[p->i_dataset]->name);
        mutau_json_key(json, "channel");
        mutau_json_string(json, mutau_channel_names[p->channel]);
        const char *const keys[] = {"e_lo_gev", "e_hi_gev", "observed", "sigma_lo", "sigma_hi"};
        const double values[] = {p->e_lo_gev, p->e_hi_gev, p->n_obs, p->sigma_lo, p->sigma_hi};
        for (size_t k = 0; k < sizeof values / sizeof values[0]; k++) {
            mutau_json_key(json, keys[k]);
            mutau_json_real(json, values[k]);
        }
        mutau_json_key(json, "limit");
        mutau_json_bool(json, p->n_limit > 0.0);
        mutau_json_key(json, "predicted");
        mutau_json_real(json, predicted[i]);
        mutau_json_object_end(json);
    }
    mutau_json_array_end(json);
}

static void write_pair(mutau_json *json, const char *key, double value)
{
    mutau_json_key(json, key);
    mutau_json_real(json, value);
}

void cli_point_json(mutau_json *json, const cli_model *model, const mutau_fit *fit, bool with_bins)
{
    const mutau_posterior_point *p = &fit->point;
    const mutau_run_settings *s = model->settings;
    mutau_json_key(json, "parameters");
    mutau_json_object_begin(json);
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        write_pair(json, mutau_parameter_name((mutau_parameter_id)id), p->natural[id]);
    mutau_json_object_end(json);
    write_pair(json, "ln_prior", p->ln_prior);
    write_pair(json, "ln_likelihood", p->ln_likelihood);
    write_pair(json, "ln_posterior", p->ln_prior + p->ln_likelihood);
    write_pair(json, "chi2", p->chi2);
    cli_goodness_json(json, &fit->goodness);
    mutau_json_key(json, "terms");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < s->n_term; i++)
        write_pair(json, s->terms[i].type->name, p->ln_term[i]);
    mutau_json_object_end(json);
    mutau_json_key(json, "derived");
    mutau_json_object_begin(json);
    write_pair(json, "delta_a_mu", p->delta_a_mu);
    write_pair(json, "tail_depth", p->tail_depth);
    mutau_json_object_end(json);
    if (with_bins)
        write_bins(json, model);
    mutau_json_key(json, "solver");
    mutau_json_string(json, "resonance");
}

void cli_point_csv_header(const cli_model *model)
{
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        (void)printf("%s,", mutau_parameter_name((mutau_parameter_id)id));
    (void)fputs("ln_prior,ln_likelihood,ln_posterior,chi2", stdout);
    for (size_t i = 0; i < model->settings->n_term; i++)
        (void)printf(",lnl_%s", model->settings->terms[i].type->name);
    (void)fputs(",delta_a_mu,tail_depth", stdout);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++)
        if (strcmp(cli_goodness_names[i], "chi2") != 0) /* it has its column */
            (void)printf(",%s", cli_goodness_names[i]);
    (void)putchar('\n');
}

static void write_csv_field(double value, char end)
{
    char text[MUTAU_REAL_SIZE];
    mutau_json_format_real(value, text);
    (void)printf("%s%c", text, end);
}

static void write_csv_goodness(const mutau_goodness *g)
{
    double number[CLI_GOODNESS_NUMBERS];
    char text[MUTAU_REAL_SIZE];
    cli_goodness_numbers(g, number);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++) {
        if (strcmp(cli_goodness_names[i], "chi2") == 0)
            continue;
        mutau_json_format_real(number[i], text);
        (void)printf(",%s", text);
    }
    (void)putchar('\n');
}

void cli_point_csv(const cli_model *model, const mutau_fit *fit)
{
    const mutau_posterior_point *p = &fit->point;
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        write_csv_field(p->natural[id], ',');
    write_csv_field(p->ln_prior, ',');
    write_csv_field(p->ln_likelihood, ',');
    write_csv_field(p->ln_prior + p->ln_likelihood, ',');
    write_csv_field(p->chi2, ',');
    for (size_t i = 0; i < model->settings->n_term; i++)
        write_csv_field(p->ln_term[i], ',');
    write_csv_field(p->delta_a_mu, ',');
    char text[MUTAU_REAL_SIZE];
    mutau_json_format_real(p->tail_depth, text);
    (void)fputs(text, stdout);
    write_csv_goodness(&fit->goodness);
}

void cli_point_text_bins(const cli_model *model)
{
    const mutau_flux_likelihood *data = mutau_posterior_data(model->posterior);
    const mutau_flux_point *points = mutau_flux_likelihood_points(data);
    const double *predicted = mutau_posterior_predicted(model->ws);
    const size_t n = mutau_flux_likelihood_count(data);
    if (n == 0)
        return;
    (void)printf("\nbin integrals N per flavour in cm^-2 s^-1 sr^-1 (a limit is shown as < N)\n"
                 "  %-24s %11s %11s  %11s %10s %10s\n",
                 "data set", "E_lo [GeV]", "E_hi [GeV]", "predicted", "observed", "sigma");
    for (size_t i = 0; i < n; i++) {
        const mutau_flux_point *p = &points[i];
        (void)printf("  %-24s %11.4g %11.4g  %11.4e", model->settings->datasets[p->i_dataset]->name,
                     p->e_lo_gev, p->e_hi_gev, predicted[i]);
        if (p->n_limit > 0.0)
            (void)printf(" < %8.2e\n", p->n_limit);
        else
            (void)printf(" %10.2e %10.2e\n", p->n_obs, 0.5 * (p->sigma_lo + p->sigma_hi));
    }
}

void cli_point_text(const cli_model *model, const mutau_fit *fit)
{
    const mutau_posterior_point *p = &fit->point;
    const mutau_run_settings *s = model->settings;
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        (void)printf("%-14s %12.6g %s\n", mutau_parameter_name((mutau_parameter_id)id),
                     p->natural[id], mutau_parameter_unit((mutau_parameter_id)id));
    (void)printf("\nln prior       %12.6f%s\n", p->ln_prior,
                 isinf(p->ln_prior) ? "  (outside the prior)" : "");
    (void)printf("ln likelihood  %12.6f\n", p->ln_likelihood);
    (void)printf("ln posterior   %12.6f\n", p->ln_prior + p->ln_likelihood);
    (void)printf("chi2 of flux   %12.6f\n", p->chi2);
    cli_goodness_text(&fit->goodness);
    for (size_t i = 0; i < s->n_term; i++)
        (void)printf("ln L %-9s %12.6f\n", s->terms[i].type->name, p->ln_term[i]);
    (void)printf("delta a_mu     %12.4e\n", p->delta_a_mu);
    (void)printf("tail depth T   %12.4e  (a line is off by 0.004 %% at 6e-6, 0.4 %% at 1e-3)\n",
                 p->tail_depth);
}

static void warn_terms(cli_model *model, double m)
{
    for (size_t i = 0; i < model->settings->n_term; i++) {
        if (model->warned[i] || !mutau_posterior_beyond_inputs(model->posterior, i, m))
            continue;
        model->warned[i] = true;
        (void)fprintf(stderr,
                      "mutau: warning: m_zprime = %g MeV is beyond the inputs of term %s; its "
                      "value at their end is used\n",
                      m, model->settings->terms[i].type->name);
    }
}

void cli_point_warn(cli_model *model, const mutau_posterior_point *p)
{
    const double limit = mutau_run_settings_tail_limit(model->settings);
    const bool has_flux = mutau_flux_likelihood_count(mutau_posterior_data(model->posterior)) > 0;
    warn_terms(model, p->natural[MUTAU_PARAMETER_M_ZPRIME]);
    if (model->warned_validity || !has_flux || !(p->tail_depth > limit))
        return;
    model->warned_validity = true;
    (void)fprintf(stderr,
                  "mutau: warning: the line solver is not valid at m_zprime = %g MeV, g_prime = "
                  "%g: T = %.2g is above %g, and bins are off by 0.4 %% at T = 0.001, 2 %% at "
                  "0.006, 9 %% at 0.06\n",
                  p->natural[MUTAU_PARAMETER_M_ZPRIME], p->natural[MUTAU_PARAMETER_G_PRIME],
                  p->tail_depth, limit);
}
