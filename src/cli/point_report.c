/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is known about one point; documented in point_report.h. */
#include "point_report.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "records.h"

/* The coupling of a point, and those up to which the s channel alone is good to 1 and 10 %. */
typedef struct s_channel {
    double coupling, to_1, to_10;
} s_channel;

static s_channel s_channel_at(const cli_model *model, const mutau_posterior_point *p)
{
    const mutau_run_settings *s = model->settings;
    s_channel out = {.coupling = p->natural[s->places.coupling]};
    mutau_mediator_s_channel((mutau_mediator_kind)s->model.mediator, p->natural[s->places.mass],
                             &out.to_1, &out.to_10);
    return out;
}

/* A limit is shown as such, and has no error. */
static void add_bin(mutau_report *r, const char *dataset, const mutau_flux_point *p,
                    double predicted, const double *cold)
{
    const bool limit = p->n_limit > 0.0;
    mutau_report_object(r, NULL);
    mutau_report_texts(r, "dataset channel", dataset, mutau_channel_names[p->channel]);
    mutau_report_reals(r, "e_lo_gev e_hi_gev observed sigma_lo sigma_hi", p->e_lo_gev, p->e_hi_gev,
                       p->n_obs, p->sigma_lo, p->sigma_hi);
    mutau_report_bool(r, "limit", limit);
    mutau_report_real(r, "predicted", predicted);
    if (cold != NULL) {
        mutau_report_real(r, "against_cold", predicted / *cold - 1.0);
        mutau_report_text(r, ".moves",
                          mutau_report_keep(r, "%+.2f %%", 100.0 * (predicted / *cold - 1.0)));
    }
    if (limit) {
        mutau_report_text(r, ".seen", mutau_report_keep(r, "< %8.2e", p->n_limit));
    } else {
        mutau_report_real(r, ".seen", p->n_obs);
        mutau_report_real(r, ".sigma", 0.5 * (p->sigma_lo + p->sigma_hi));
    }
    mutau_report_end(r);
}

static void add_bins(mutau_report *r, const cli_model *model, const double *cold)
{
    const mutau_flux_likelihood *data = mutau_posterior_data(model->posterior);
    const mutau_flux_point *points = mutau_flux_likelihood_points(data);
    const double *predicted = mutau_posterior_predicted(model->ws);
    mutau_report_list(r, "bins");
    for (size_t i = 0; i < mutau_flux_likelihood_count(data); i++)
        add_bin(r, model->settings->datasets[points[i].i_dataset]->name, &points[i], predicted[i],
                cold != NULL ? &cold[i] : NULL);
    mutau_report_end(r);
}

static void add_parameters(mutau_report *r, const mutau_parameter_set *set, const double natural[])
{
    mutau_report_object(r, "parameters");
    for (size_t i = 0; i < set->n; i++) {
        mutau_report_real(r, set->spec[i]->name, natural[i]);
        mutau_report_unit(r, set->spec[i]->unit);
    }
    mutau_report_end(r);
}

static void add_derived(mutau_report *r, const cli_model *model, const mutau_posterior_point *p)
{
    const mutau_derived *const *derived;
    const size_t n = mutau_posterior_derived(model->posterior, &derived);
    mutau_report_object(r, "derived");
    for (size_t i = 0; i < n; i++) {
        mutau_report_real(r, derived[i]->name, p->derived[i]);
        mutau_report_unit(r, derived[i]->unit);
    }
    mutau_report_real(r, "tail_depth", p->tail_depth);
    mutau_report_end(r);
}

/* Up to where what is left out beside the line's wings is small; null where nothing is known. */
static void add_s_channel(mutau_report *r, const cli_model *model, const mutau_posterior_point *p)
{
    const s_channel s = s_channel_at(model, p);
    mutau_report_object(r, "s_channel");
    mutau_report_reals(r, "coupling_to_1_percent coupling_to_10_percent", s.to_1, s.to_10);
    mutau_report_real(r, "good_to",
                      s.coupling <= s.to_1    ? 0.01
                      : s.coupling <= s.to_10 ? 0.1
                                              : (double)NAN);
    mutau_report_text(r, ".good_to",
                      s.coupling <= s.to_1    ? "1 %"
                      : s.coupling <= s.to_10 ? "10 %"
                                              : "not 10 %");
    mutau_report_end(r);
}

/* NULL of a point that is none. */
static const mutau_solver_type *solver_of(const cli_model *model, const mutau_posterior_point *p)
{
    const mutau_flux *flux = mutau_posterior_flux(model->posterior);
    return isnan(p->tail_depth) ? NULL : mutau_flux_solver_at(flux, p->natural);
}

static double by_grid(const cli_model *model, const mutau_posterior_point *p)
{
    const mutau_solver_type *solver = solver_of(model, p);
    return solver == NULL ? (double)NAN : solver == &mutau_solver_grid ? 1.0 : 0.0;
}

mutau_status cli_record_point(mutau_report *r, cli_model *model, const mutau_fit *fit,
                              bool with_bins, mutau_error *err)
{
    const mutau_posterior_point *p = &fit->point;
    const double *cold = NULL;
    if (with_bins && !isnan(p->tail_depth))
        MUTAU_CHECK(cli_model_cold(model, p->natural, &cold, err));
    add_parameters(r, &model->settings->set, p->natural);
    mutau_report_reals(r, "ln_prior ln_likelihood ln_posterior chi2", p->ln_prior, p->ln_likelihood,
                       p->ln_prior + p->ln_likelihood, p->chi2);
    cli_record_goodness(r, &fit->goodness);
    mutau_report_object(r, "terms");
    for (size_t i = 0; i < model->settings->n_term; i++)
        mutau_report_real(r, model->settings->terms[i].type->name, p->ln_term[i]);
    mutau_report_end(r);
    add_derived(r, model, p);
    if (with_bins)
        add_bins(r, model, cold);
    const mutau_flux *flux = mutau_posterior_flux(model->posterior);
    const mutau_solver_type *solver = solver_of(model, p);
    mutau_report_text(r, "solver", solver != NULL ? solver->reported : NULL);
    mutau_report_real(r, ".by_grid", by_grid(model, p));
    add_s_channel(r, model, p);
    mutau_report_real(r, "table_error",
                      mutau_flux_has_table_at(flux, p->natural) ? mutau_flux_table_error(flux)
                                                                : 0.0);
    return MUTAU_OK;
}

/* Appends to x[n]; how many there are then. */
static size_t append(double x[], size_t n, const double more[], size_t n_more)
{
    memcpy(x + n, more, n_more * sizeof more[0]);
    return n + n_more;
}

mutau_status cli_point_csv_row(FILE *file, const cli_model *model, const mutau_fit *fit,
                               mutau_error *err)
{
    enum { CHI2 = 3, MOST = MUTAU_MAX_PARAMETERS + MUTAU_MAX_TERMS + MUTAU_MAX_DERIVED };
    const mutau_posterior_point *p = &fit->point;
    const mutau_derived *const *derived;
    const size_t n_derived = mutau_posterior_derived(model->posterior, &derived);
    const double values[] = {p->ln_prior, p->ln_likelihood, p->ln_prior + p->ln_likelihood,
                             p->chi2};
    double goodness[CLI_GOODNESS_NUMBERS], x[MOST + CLI_COUNT(values) + CLI_GOODNESS_NUMBERS + 1];
    cli_goodness_numbers(&fit->goodness, goodness);
    size_t n = append(x, 0, p->natural, model->settings->set.n);
    n = append(x, n, values, CLI_COUNT(values));
    n = append(x, n, p->ln_term, model->settings->n_term);
    n = append(x, n, p->derived, n_derived);
    n = append(x, n, &p->tail_depth, 1);
    /* chi2 has a column already */
    n = append(x, n, goodness, CHI2);
    n = append(x, n, goodness + CHI2 + 1, CLI_GOODNESS_NUMBERS - CHI2 - 1);
    const double grid = by_grid(model, p);
    n = append(x, n, &grid, 1);
    return mutau_report_csv_row(file, n, x, err);
}

void cli_point_tables(mutau_report *r, const cli_model *model, const mutau_fit *fit)
{
    const mutau_derived *const *derived;
    const size_t n_derived = mutau_posterior_derived(model->posterior, &derived);
    const char *rows[4 + CLI_GOODNESS_ROWS + 4 + MUTAU_MAX_DERIVED] = {
        isinf(fit->point.ln_prior) ? "ln_prior|ln prior|f6||(outside the prior)"
                                   : "ln_prior|ln prior|f6",
        "ln_likelihood|ln likelihood|f6", "ln_posterior|ln posterior|f6", "chi2|chi2 of flux|f6"};
    size_t n = 4 + cli_goodness_rows(r, &fit->goodness, rows + 4);
    rows[n++] = "terms/*|ln L |f6";
    for (size_t i = 0; i < n_derived; i++)
        rows[n++] = mutau_report_keep(r, "derived/%s||%s", derived[i]->name,
                                      derived[i]->lowest < 0.0 ? "f4" : "e4"); /* a logarithm */
    const mutau_flux *flux = mutau_posterior_flux(model->posterior);
    const double *natural = fit->point.natural;
    rows[n++] = mutau_report_keep(
        r, "derived/tail_depth|tail depth T|e4||(%s: a bin may be off by %.2g %%)",
        mutau_flux_solver_at(flux, natural)->name, 100.0 * mutau_flux_bin_error(flux, natural));
    const s_channel s = s_channel_at(model, &fit->point);
    rows[n++] = mutau_report_keep(
        r, "s_channel/.good_to|s channel|||(1 %% up to %s = %.2g, 10 %% up to %.2g)",
        model->settings->set.spec[model->settings->places.coupling]->name, s.to_1, s.to_10);
    rows[n++] = "table_error|table|g3||(how far a run's bins may be off those solved here)";
    const char *parameters[] = {"parameters/*||g6"};
    cli_point_rows(r, CLI_COUNT(parameters), parameters);
    mutau_report_line(r, "\n");
    cli_point_rows(r, n, rows);
}

void cli_point_bins_table(mutau_report *r, const cli_model *model)
{
    const bool thermal = model->settings->model.targets == MUTAU_TARGETS_THERMAL;
    if (mutau_flux_likelihood_count(mutau_posterior_data(model->posterior)) == 0)
        return;
    mutau_report_line(
        r, "\nbin integrals N per flavour in cm^-2 s^-1 sr^-1 (a limit is shown as < N)\n");
    if (thermal)
        mutau_report_line(r, "(moved: against targets at rest)\n");
    const char *columns[] = {"@dataset|data set", "@e_lo_gev|E_lo [GeV]", "e_hi_gev|E_hi [GeV]",
                             "predicted||e4",     ".seen|observed|e2",    ".sigma||e2",
                             "~.moves|moved"};
    mutau_report_add_table(r, &(const mutau_report_layout){.rows = "bins"},
                           CLI_COUNT(columns) - (thermal ? 0 : 1), columns);
}

static void warn_terms(cli_model *model, double m)
{
    const mutau_run_settings *s = model->settings;
    const mutau_parameter_spec *mass = s->set.spec[s->places.mass];
    for (size_t i = 0; i < s->n_term; i++) {
        if (model->warned[i] || !mutau_posterior_beyond_inputs(model->posterior, i, m))
            continue;
        model->warned[i] = true;
        (void)fprintf(stderr,
                      "mutau: warning: %s = %g %s is beyond the inputs of term %s; its "
                      "value at their end is used\n",
                      mass->name, m, mass->unit, s->terms[i].type->name);
    }
}

static void warn_validity(cli_model *model, const mutau_posterior_point *p)
{
    const mutau_run_settings *s = model->settings;
    const double limit = mutau_run_settings_tail_limit(s);
    const mutau_flux *flux = mutau_posterior_flux(model->posterior);
    if (model->warned_validity || !(p->tail_depth > limit))
        return;
    model->warned_validity = true;
    const mutau_parameter_spec *mass = s->set.spec[s->places.mass];
    (void)fprintf(stderr,
                  "mutau: warning: the %s solver is not valid at %s = %g %s, %s = %g (solver: auto "
                  "is): T = %.2g is above %g, and a bin may be off by %.2g %%\n",
                  mutau_flux_solver_at(flux, p->natural)->name, mass->name,
                  p->natural[s->places.mass], mass->unit, s->set.spec[s->places.coupling]->name,
                  p->natural[s->places.coupling], p->tail_depth, limit,
                  100.0 * mutau_flux_bin_error(flux, p->natural));
}

static void warn_channels(cli_model *model, const mutau_posterior_point *p)
{
    const mutau_run_settings *s = model->settings;
    const s_channel at = s_channel_at(model, p);
    if (model->warned_channels || !(at.coupling > at.to_1))
        return;
    model->warned_channels = true;
    const mutau_parameter_spec *mass = s->set.spec[s->places.mass];
    (void)fprintf(stderr,
                  "mutau: warning: at %s = %g %s, %s = %g the t and u channels and pair "
                  "production, which are left out, move a bin by more than %d %% (1 %% from %.2g "
                  "on, 10 %% from %.2g)\n",
                  mass->name, p->natural[s->places.mass], mass->unit,
                  s->set.spec[s->places.coupling]->name, at.coupling,
                  at.coupling > at.to_10 ? 10 : 1, at.to_1, at.to_10);
}

void cli_point_warn(cli_model *model, const mutau_posterior_point *p)
{
    warn_terms(model, p->natural[model->settings->places.mass]);
    if (mutau_flux_likelihood_count(mutau_posterior_data(model->posterior)) == 0)
        return;
    warn_validity(model, p);
    warn_channels(model, p);
}
