/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What `mutau scan` says of a scan that is done. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "point_report.h"
#include "records.h"
#include "scan_job.h"

enum { MAX_COLUMNS = MUTAU_MAX_PARAMETERS + MUTAU_MAX_TERMS + 8 };

/* Differences of chi2 within which a parameter, or two of them, are with that confidence, by
 * Wilks' theorem: quantiles of chi^2 with 1 and 2 degrees of freedom. */
static const struct level {
    double cl, one, two;
} levels[] = {{0.6827, 1.0, 2.30}, {0.90, 2.71, 4.61}, {0.95, 3.84, 5.99}, {0.99, 6.63, 9.21}};

static const mutau_parameter_spec *axis_spec(const cli_scan_job *job, size_t axis)
{
    return job->model->settings->set.spec[job->settings.axis[axis].id];
}

static const double *natural_at(const cli_scan_job *job, size_t i)
{
    const mutau_scan_state state = mutau_scan_look(job->scan);
    return state.row + i * state.n_number + MUTAU_SCAN_TERMS + job->model->settings->n_term;
}

/* --- what was asked for ----------------------------------------------------------------- */

static void record_grid(mutau_report *r, const cli_scan_job *job, size_t n_point)
{
    mutau_report_object(r, "grid");
    for (size_t i = 0; i < job->settings.n_axis; i++) {
        const mutau_scan_axis *a = &job->settings.axis[i];
        const mutau_parameter_spec *spec = axis_spec(job, i);
        const char *spacing = job->grid.linear[i] ? "linear" : "logarithmic";
        mutau_report_object(r, spec->name);
        mutau_report_reals(r, "from to", a->value[0], a->value[a->n - 1]);
        mutau_report_count(r, "n", a->n);
        mutau_report_texts(r, "spacing unit", spacing, spec->unit);
        mutau_report_end(r);
        mutau_report_line(r, "%s %s: %zu values from %g to %g%s%s, %s\n", i > 0 ? "   " : "grid",
                          spec->name, a->n, a->value[0], a->value[a->n - 1],
                          spec->unit[0] != '\0' ? " " : "", spec->unit, spacing);
    }
    mutau_report_end(r);
    mutau_report_count(r, "points", n_point);
}

static void record_others(mutau_report *r, const cli_scan_job *job)
{
    const mutau_parameter_set *set = &job->model->settings->set;
    const bool closed = mutau_scan_is_closed(job->scan);
    const size_t amplitude = job->model->settings->places.spectrum;
    const char *list = "";
    mutau_report_list(r, "profiled");
    for (size_t i = 0; i < set->n; i++) {
        if (!mutau_scan_is_profiled(job->scan, i))
            continue;
        mutau_report_text(r, NULL, set->spec[i]->name);
        list =
            mutau_report_keep(r, "%s%s%s%s", list, list[0] != '\0' ? ", " : "", set->spec[i]->name,
                              closed && i == amplitude ? " (in closed form)" : "");
    }
    mutau_report_end(r);
    if (list[0] != '\0')
        mutau_report_line(r, "profiled, within the priors: %s\n", list);
    mutau_report_text(r, "closed_form", closed ? set->spec[amplitude]->name : NULL);
    mutau_report_object(r, "held");
    for (size_t i = 0; i < set->n; i++) {
        if (!job->settings.held[i])
            continue;
        mutau_report_real(r, set->spec[i]->name, job->settings.natural[i]);
        mutau_report_line(r, "held: %s = %g\n", set->spec[i]->name, job->settings.natural[i]);
    }
    mutau_report_end(r);
}

/* --- the highest ------------------------------------------------------------------------ */

static void tell_end(mutau_report *r, const cli_scan_job *job, size_t axis)
{
    const mutau_scan_axis *a = &job->settings.axis[axis];
    const double x = job->best.natural[a->id], lo = a->value[0], hi = a->value[a->n - 1];
    const double near = 1e-6 * (hi - lo);
    if (x - lo > near && hi - x > near)
        return;
    mutau_report_text(r, NULL, axis_spec(job, axis)->name);
    mutau_report_line(r, "  note: %s is at the %s end of the grid\n", axis_spec(job, axis)->name,
                      x - lo > near ? "upper" : "lower");
}

static mutau_status record_best(mutau_report *r, const cli_scan_job *job, mutau_error *err)
{
    cli_model *model = job->model;
    mutau_fit fit;
    mutau_report_line(r, "\nhighest ln likelihood, between the points of the grid\n\n");
    MUTAU_CHECK(
        mutau_fit_eval(model->posterior, model->ws, job->best.natural, job->best.held, &fit, err));
    mutau_report_object(r, "best");
    MUTAU_CHECK(cli_record_point(r, model, &fit, false, err));
    cli_point_warn(model, &fit.point);
    cli_point_tables(r, model, &fit);
    mutau_report_list(r, "at_edge");
    for (size_t i = 0; i < job->settings.n_axis; i++)
        tell_end(r, job, i);
    mutau_report_end(r);
    mutau_report_end(r);
    return MUTAU_OK;
}

static void record_highest_point(mutau_report *r, const cli_scan_job *job)
{
    const size_t i = job->best.i_point;
    const char *at = "";
    mutau_report_object(r, "best_point");
    for (size_t axis = 0; axis < job->settings.n_axis; axis++) {
        const double x = natural_at(job, i)[job->settings.axis[axis].id];
        mutau_report_real(r, axis_spec(job, axis)->name, x);
        at = mutau_report_keep(r, "%s%s%s = %g", at, axis > 0 ? ", " : "",
                               axis_spec(job, axis)->name, x);
    }
    mutau_report_real(r, "delta_chi2", job->delta_chi2[i]);
    mutau_report_end(r);
    mutau_report_line(r, "\nhighest point of the grid: %s, with Delta chi2 = %.3g\n", at,
                      job->delta_chi2[i]);
}

/* --- contours ---------------------------------------------------------------------------- */

/* From where to where on an axis the points within a contour are. */
static void record_range(mutau_report *r, const cli_scan_job *job, size_t axis, double level)
{
    const mutau_scan_axis *a = &job->settings.axis[axis];
    const size_t n_point = mutau_scan_look(job->scan).n_point;
    double from = INFINITY, to = -INFINITY;
    for (size_t i = 0; i < n_point; i++) {
        const double x = natural_at(job, i)[a->id];
        if (!(job->delta_chi2[i] <= level))
            continue;
        from = fmin(from, x);
        to = fmax(to, x);
    }
    mutau_report_object(r, axis_spec(job, axis)->name);
    if (from <= to)
        mutau_report_reals(r, "from to", from, to);
    mutau_report_bool(r, "from_end", from <= a->value[0]);
    mutau_report_bool(r, "to_end", to >= a->value[a->n - 1]);
    mutau_report_end(r);
}

static void record_contours(mutau_report *r, const cli_scan_job *job)
{
    const size_t n_axis = job->settings.n_axis, n_point = mutau_scan_look(job->scan).n_point;
    const char *columns[3 + 2 * MUTAU_SCAN_MAX_AXES] = {"@.cl|C.L.", "delta_chi2|Delta chi2|f2",
                                                        "points"};
    size_t n_column = 3;
    mutau_report_line(r,
                      "\npoints within so much of the highest, and where they are; the confidence "
                      "is approximate\n(Wilks' theorem, %zu parameter%s)\n",
                      n_axis, n_axis > 1 ? "s" : "");
    mutau_report_list(r, "contours");
    for (size_t k = 0; k < CLI_COUNT(levels); k++) {
        const double level = n_axis > 1 ? levels[k].two : levels[k].one;
        size_t n = 0;
        for (size_t i = 0; i < n_point; i++)
            n += job->delta_chi2[i] <= level;
        mutau_report_object(r, NULL);
        mutau_report_reals(r, "cl delta_chi2", levels[k].cl, level);
        mutau_report_text(r, ".cl", mutau_report_keep(r, "%g %%", 100.0 * levels[k].cl));
        mutau_report_count(r, "points", n);
        mutau_report_real(r, "share", (double)n / (double)n_point);
        mutau_report_object(r, "ranges");
        for (size_t axis = 0; axis < n_axis; axis++)
            record_range(r, job, axis, level);
        mutau_report_end(r);
        mutau_report_end(r);
    }
    mutau_report_end(r);
    mutau_report_bool(r, "approximate", true);
    for (size_t axis = 0; axis < n_axis; axis++) {
        const char *name = axis_spec(job, axis)->name;
        columns[n_column++] = mutau_report_keep(r, "ranges/%s/from|%s from|g4", name, name);
        columns[n_column++] = mutau_report_keep(r, "ranges/%s/to|to|g4", name);
    }
    mutau_report_add_table(r, &(const mutau_report_layout){.rows = "contours"}, n_column, columns);
}

static void record_work(mutau_report *r, const cli_scan_job *job)
{
    const mutau_scan_state state = mutau_scan_look(job->scan);
    double evaluations = 0.0;
    for (size_t i = 0; i < state.n_point; i++)
        evaluations += state.row[i * state.n_number + MUTAU_SCAN_EVALUATIONS];
    mutau_report_counts(r, "evaluations failed", (uint64_t)evaluations, job->n_failed);
    mutau_report_why(r, "failure", job->n_failed > 0 ? job->failure.text : NULL);
    mutau_report_text(r, "file", job->path);
    mutau_report_line(r, "\n%zu of %zu points failed; %.0f evaluations\n", job->n_failed,
                      state.n_point, evaluations);
    if (job->n_failed > 0)
        mutau_report_line(r, "the first of them: %s\n", job->failure.text);
    if (job->path != NULL)
        mutau_report_line(r, "the map is in %s\n", job->path);
    else
        mutau_report_line(r, "the map is not kept: --output FILE keeps it, --format csv prints "
                             "it\n");
}

mutau_status cli_scan_report(mutau_report *r, const cli_scan_job *job, mutau_error *err)
{
    const mutau_scan_state state = mutau_scan_look(job->scan);
    record_grid(r, job, state.n_point);
    record_others(r, job);
    if (job->best.i_point < state.n_point) {
        MUTAU_CHECK(record_best(r, job, err));
        record_highest_point(r, job);
        record_contours(r, job);
    } else {
        mutau_report_line(r, "\nno point has a likelihood\n");
        mutau_report_missing(r, "best", "no point has a likelihood");
    }
    record_work(r, job);
    return MUTAU_OK;
}

/* --- the map ------------------------------------------------------------------------------ */

static void print_header(FILE *out, const cli_scan_job *job)
{
    const mutau_run_settings *s = job->model->settings;
    for (size_t i = 0; i < s->set.n; i++)
        (void)fprintf(out, "%s,", s->set.spec[i]->name);
    (void)fputs("ln_likelihood,delta_chi2,chi2,r_chi2", out);
    for (size_t i = 0; i < s->n_term; i++)
        (void)fprintf(out, ",lnl_%s", s->terms[i].type->name);
    (void)fputs(",by_grid,evaluations\n", out);
}

mutau_status cli_scan_csv(FILE *out, const cli_scan_job *job, mutau_error *err)
{
    const mutau_run_settings *s = job->model->settings;
    const mutau_scan_state state = mutau_scan_look(job->scan);
    const double grid = mutau_solver_index(mutau_solver_grid.name);
    double x[MAX_COLUMNS];
    print_header(out, job);
    for (size_t i = 0; i < state.n_point; i++) {
        const double *row = state.row + i * state.n_number, solver = row[MUTAU_SCAN_SOLVER];
        size_t n = 0;
        for (size_t k = 0; k < s->set.n; k++)
            x[n++] = natural_at(job, i)[k];
        x[n++] = row[MUTAU_SCAN_LN_LIKELIHOOD];
        x[n++] = job->delta_chi2[i];
        x[n++] = row[MUTAU_SCAN_CHI2];
        x[n++] = row[MUTAU_SCAN_R_CHI2];
        for (size_t k = 0; k < s->n_term; k++)
            x[n++] = row[MUTAU_SCAN_TERMS + k];
        x[n++] = isnan(solver) ? solver : fabs(solver - grid) < 0.5 ? 1.0 : 0.0;
        x[n++] = row[MUTAU_SCAN_EVALUATIONS];
        MUTAU_CHECK(mutau_report_csv_row(out, n, x, err));
    }
    return MUTAU_OK;
}
