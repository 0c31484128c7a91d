/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau bestfit: the maxima of likelihood and posterior. */
#include "cli.h"
#include "model.h"
#include "posterior/maxima.h"
#include "point.h"
#include "point_report.h"
#include "records.h"
#include "process/signals.h"
#include "process/threads.h"

enum { DEFAULT_STARTS = 64, MAX_STARTS = 100000, MAX_LISTED = 20 };

typedef struct bestfit_options {
    cli_model_options common;
    const char *fix;
    long starts, seed, threads;
} bestfit_options;

static const cli_option OPTIONS[] = {
    {"fix", CLI_TEXT, offsetof(bestfit_options, fix), 0, 0, "name=value,...",
     "hold these parameters, in natural units, also outside their prior"},
    {"starts", CLI_INTEGER, offsetof(bestfit_options, starts), 1, MAX_STARTS, "N",
     "draws of the prior to start from (64)"},
    {"seed", CLI_INTEGER, offsetof(bestfit_options, seed), 1, 4294967295L, "N",
     "seed of those draws (sampler.seed)"},
    {"threads", CLI_INTEGER, offsetof(bestfit_options, threads), 1, CLI_MAX_THREADS, "N",
     "threads (the CPUs available; the result does not depend on it)"},
    CLI_SET_OPTION(cli_model_options),
    CLI_FORM_OPTIONS,
};

static const char *const goal_names[] = {
    [MUTAU_SEARCH_LIKELIHOOD] = "likelihood", [MUTAU_SEARCH_POSTERIOR] = "posterior"};

/* A run whose maxima are told. */
typedef struct fit {
    cli_model *model;
    bool held[MUTAU_MAX_PARAMETERS];
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_maxima_settings how;
    mutau_maxima maxima;
} fit;

static const char *name_of(const fit *f, size_t i)
{
    return f->model->settings->set.spec[i]->name;
}

static void record_edges(mutau_report *r, const fit *f, const mutau_optimum *at, bool told)
{
    mutau_report_list(r, "at_edge");
    for (size_t i = 0; i < f->maxima.free_ones.dim; i++) {
        const char *name = name_of(f, f->maxima.free_ones.free_id[i]);
        const int which = mutau_maxima_edge(&f->maxima, i, at->x[i]);
        if (which != 0)
            mutau_report_text(r, NULL, name);
        if (which != 0 && told)
            mutau_report_line(r, "  note: %s is at the %s edge of its prior\n", name,
                              which < 0 ? "lower" : "upper");
    }
    mutau_report_end(r);
}

/* People are told of the best ones, and warned on stderr. */
static mutau_status record_optimum(mutau_report *r, const fit *f, const mutau_optimum *at,
                                   bool best, bool told, mutau_error *err)
{
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_fit point;
    mutau_conditional_natural(&f->maxima.free_ones, at->x, natural);
    MUTAU_CHECK(mutau_fit_eval(f->model->posterior, f->model->ws, natural, f->held, &point, err));
    MUTAU_CHECK(cli_record_point(r, f->model, &point, best, err));
    if (told) {
        cli_point_warn(f->model, &point.point);
        cli_point_tables(r, f->model, &point);
    }
    mutau_report_count(r, "starts", at->n_start);
    record_edges(r, f, at, told);
    if (told)
        cli_point_bins_table(r, f->model);
    if (told && at == &f->maxima.of[MUTAU_SEARCH_LIKELIHOOD]->optima[0])
        cli_goodness_warn("", &point.goodness);
    return MUTAU_OK;
}

static mutau_status record_goal(mutau_report *r, const fit *f, mutau_search_goal goal,
                                mutau_error *err)
{
    const mutau_optima *o = f->maxima.of[goal];
    const mutau_model_places *places = &f->model->settings->places;
    const bool told = !f->maxima.flat || goal == MUTAU_SEARCH_LIKELIHOOD;
    mutau_report_object(r, mutau_report_keep(r, "maximum_%s", goal_names[goal]));
    if (told)
        mutau_report_line(r, "%smaximum %s%s, from %zu of %zu starts\n\n", goal > 0 ? "\n" : "",
                          goal_names[goal],
                          f->maxima.flat ? ", and maximum posterior, all priors being flat" : "",
                          o->optima[0].n_start, f->how.n_start);
    MUTAU_CHECK(record_optimum(r, f, &o->optima[0], true, told, err));
    mutau_report_list(r, "modes");
    for (size_t i = 0; i < o->n; i++) {
        mutau_report_object(r, NULL);
        mutau_report_text(r, ".maximum_of", goal_names[goal]);
        mutau_report_count(r, ".mode", i);
        MUTAU_CHECK(record_optimum(r, f, &o->optima[i], false, false, err));
        mutau_report_end(r);
    }
    mutau_report_end(r);
    if (told && o->n > 1) {
        mutau_report_line(r, "\nthe highest and lower maxima\n");
        const char *mass = mutau_report_keep(r, "parameters/%s||g6", name_of(f, places->mass));
        const char *coupling = mutau_report_keep(r, "parameters/%s", name_of(f, places->coupling));
        MUTAU_REPORT_TABLE(r, (.rows = "modes", .most = MAX_LISTED),
                           "ln_likelihood|ln likelihood|f6", "ln_posterior|ln posterior|f6", mass,
                           coupling, "chi2||f4", "starts");
    }
    mutau_report_end(r);
    return MUTAU_OK;
}

static void record_held(mutau_report *r, const fit *f)
{
    const mutau_model_places *at = &f->model->settings->places;
    mutau_report_object(r, "fixed");
    for (size_t i = 0; i < f->model->settings->set.n; i++) {
        if (!f->held[i])
            continue;
        mutau_report_real(r, name_of(f, i), f->natural[i]);
        mutau_report_line(r, "held: %s = %g\n", name_of(f, i), f->natural[i]);
    }
    mutau_report_end(r);
    if (f->held[at->coupling] && mutau_model_is_bare(at, f->natural) && !f->held[at->mass])
        mutau_report_line(r, "nothing depends on %s then: the one below is as good as any\n",
                          name_of(f, at->mass));
}

static mutau_status build(mutau_report *r, const fit *f, mutau_error *err)
{
    record_held(r, f);
    mutau_report_counts(r, "starts seed evaluations", f->how.n_start, f->how.seed,
                        f->maxima.evaluations);
    for (int goal = 0; goal < MUTAU_SEARCH_GOALS; goal++)
        MUTAU_CHECK(record_goal(r, f, (mutau_search_goal)goal, err));
    mutau_report_csv(r, "maximum_likelihood/modes|maximum_posterior/modes", ".maximum_of", ".mode",
                     "starts", CLI_POINT_COLUMNS);
    return MUTAU_OK;
}

/* --- the command ---------------------------------------------------------------------- */

static mutau_status report(const void *options_, cli_model *model, cli_result *result,
                           mutau_error *err)
{
    const bestfit_options *options = options_;
    const long seed = options->seed > 0 ? options->seed : model->settings->sampler.seed;
    fit f = {.model = model,
             .how = {.n_start = options->starts > 0 ? (size_t)options->starts : DEFAULT_STARTS,
                     .seed = (uint32_t)seed,
                     .n_thread = options->threads > 0 ? (int)options->threads : threads_default(),
                     .stop = signals_stop()}};
    signals_install();
    if (options->fix != NULL)
        MUTAU_CHECK(cli_point_some("--fix", model->settings, options->fix, f.natural, f.held, err));
    mutau_status status =
        mutau_maxima_search(model->posterior, f.held, f.natural, &f.how, &f.maxima, err);
    if (status == MUTAU_OK)
        status = build(result->report, &f, err);
    mutau_maxima_release(&f.maxima);
    return status;
}

const cli_command cli_command_bestfit = {
    .name = "bestfit",
    .arguments = "RUN.yaml",
    .doc = "the maxima of the likelihood and of the posterior, from many starts",
    .details =
        "The search is bounded by the priors; a maximum at an edge of one is named as such.  The\n"
        "posterior's maximum is that of the density in the stored coordinates (log10 of a\n"
        "parameter with a log-uniform prior).  Lower maxima that a valley parts from all higher\n"
        "ones are listed too.  With --fix the maxima are conditional ones, at any physical value;\n"
        "outside the prior ln_prior is -inf, and the posterior's maximum that of what is left\n"
        "free.  INT, TERM or USR1 ends the search with exit code 75, without a report.",
    CLI_OPTIONS(OPTIONS, bestfit_options),
    .min_files = 1,
    .max_files = 1,
    .report_model = report,
};
