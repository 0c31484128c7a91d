/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau bestfit: the maxima of likelihood and posterior. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "posterior/conditional.h"
#include "posterior/search.h"
#include "point.h"
#include "point_report.h"
#include "records.h"
#include "signals.h"
#include "threads.h"

enum { DEFAULT_STARTS = 64, MAX_STARTS = 100000, MAX_LISTED = 20 };

typedef struct bestfit_options {
    cli_form form;
    const char *fix;
    long starts, seed, threads;
    cli_list set;
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
    CLI_SET_OPTION(bestfit_options),
    CLI_FORM_OPTIONS,
};

static const char *const goal_names[] = {[MUTAU_SEARCH_LIKELIHOOD] = "maximum_likelihood",
                                         [MUTAU_SEARCH_POSTERIOR] = "maximum_posterior"};
static const char *const goal_titles[] = {[MUTAU_SEARCH_LIKELIHOOD] = "maximum likelihood",
                                          [MUTAU_SEARCH_POSTERIOR] = "maximum posterior"};
enum { N_GOAL = MUTAU_SEARCH_POSTERIOR + 1 };

typedef struct fit {
    cli_model *model;
    mutau_conditional free_ones;
    bool held[MUTAU_MAX_PARAMETERS];
    double natural[MUTAU_MAX_PARAMETERS];
    size_t n_start;
    long seed;
    int n_thread;
    bool flat; /* priors are: the two maxima are one */
    mutau_optima optima[N_GOAL];
} fit;

static const char *name_of(const fit *f, size_t i)
{
    return f->model->settings->set.spec[i]->name;
}

/* --- searching -------------------------------------------------------------------- */

static bool has_flat_priors(const mutau_conditional *c)
{
    for (size_t i = 0; i < c->dim; i++) {
        const mutau_prior_kind kind = c->settings->parameters[c->free_id[i]].prior;
        if (kind != MUTAU_PRIOR_UNIFORM && kind != MUTAU_PRIOR_LOG_UNIFORM)
            return false;
    }
    return true;
}

static mutau_status search_goal(fit *f, mutau_search_goal goal, mutau_error *err)
{
    const mutau_target target = mutau_conditional_target(&f->free_ones);
    const mutau_search_settings how = {
        .goal = goal, .n_start = f->n_start, .n_thread = f->n_thread, .stop = signals_stop()};
    mutau_rng *rng = mutau_rng_alloc((uint32_t)f->seed);
    if (rng == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the random number generator");
    const mutau_status status =
        mutau_search(&target, f->free_ones.lo, f->free_ones.hi, &how, rng, &f->optima[goal], err);
    mutau_rng_free(rng);
    return status;
}

static mutau_status search(fit *f, mutau_error *err)
{
    bool held[MUTAU_MAX_PARAMETERS];
    double natural[MUTAU_MAX_PARAMETERS];
    memcpy(held, f->held, sizeof held);
    memcpy(natural, f->natural, sizeof natural);
    mutau_conditional_hold_idle(f->model->settings, held, natural);
    mutau_conditional_init(&f->free_ones, f->model->posterior, held, natural);
    if (f->free_ones.dim == 0)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "all parameters are fixed, there is nothing to fit; 'mutau eval' "
                               "gives the posterior at a point");
    f->flat = has_flat_priors(&f->free_ones);
    MUTAU_CHECK(search_goal(f, MUTAU_SEARCH_LIKELIHOOD, err));
    return f->flat ? MUTAU_OK : search_goal(f, MUTAU_SEARCH_POSTERIOR, err);
}

static const mutau_optima *optima_of(const fit *f, mutau_search_goal goal)
{
    return &f->optima[f->flat ? MUTAU_SEARCH_LIKELIHOOD : goal];
}

static mutau_status evaluate(const fit *f, const mutau_optimum *at, mutau_fit *out,
                             mutau_error *err)
{
    double natural[MUTAU_MAX_PARAMETERS];
    mutau_conditional_natural(&f->free_ones, at->x, natural);
    return mutau_fit_eval(f->model->posterior, f->model->ws, natural, f->held, out, err);
}

/* --- where a maximum is an edge of the prior ------------------------------------------ */

/* -1 at the lower edge of the i-th free parameter's prior, 1 at the upper, else 0. */
static int edge(const fit *f, size_t i, double x)
{
    const double lo = f->free_ones.lo[i], hi = f->free_ones.hi[i];
    const double near = isfinite(hi - lo) ? 1e-6 * (hi - lo) : 1e-6;
    if (x - lo < near)
        return -1;
    return hi - x < near ? 1 : 0;
}

static void record_edges(mutau_report *r, const fit *f, const mutau_optimum *at, bool told)
{
    mutau_report_list(r, "at_edge");
    for (size_t i = 0; i < f->free_ones.dim; i++) {
        const char *name = name_of(f, f->free_ones.free_id[i]);
        const int which = edge(f, i, at->x[i]);
        if (which != 0)
            mutau_report_text(r, NULL, name);
        if (which != 0 && told)
            mutau_report_line(r, "  note: %s is at the %s edge of its prior\n", name,
                              which < 0 ? "lower" : "upper");
    }
    mutau_report_end(r);
}

/* --- the report ------------------------------------------------------------------------- */

/* People are told of the best ones, and warned on stderr. */
static mutau_status record_optimum(mutau_report *r, const fit *f, const mutau_optimum *at,
                                   bool best, bool told, mutau_error *err)
{
    mutau_fit point;
    MUTAU_CHECK(evaluate(f, at, &point, err));
    cli_record_point(r, f->model, &point, best);
    if (told) {
        cli_point_warn(f->model, &point.point);
        cli_point_tables(r, f->model, &point);
    }
    mutau_report_count(r, "starts", at->n_start);
    record_edges(r, f, at, told);
    if (told)
        cli_point_bins_table(r, f->model);
    if (told && at == &f->optima[MUTAU_SEARCH_LIKELIHOOD].optima[0])
        cli_goodness_warn("", &point.goodness);
    return MUTAU_OK;
}

static mutau_status record_goal(mutau_report *r, const fit *f, mutau_search_goal goal,
                                mutau_error *err)
{
    const mutau_optima *o = optima_of(f, goal);
    const mutau_model_places *places = &f->model->settings->places;
    const bool told = !f->flat || goal == MUTAU_SEARCH_LIKELIHOOD;
    mutau_report_object(r, goal_names[goal]);
    if (told)
        mutau_report_line(r, "%s%s%s, from %zu of %zu starts\n\n", goal > 0 ? "\n" : "",
                          goal_titles[goal],
                          f->flat ? ", and maximum posterior, all priors being flat" : "",
                          o->optima[0].n_start, f->n_start);
    MUTAU_CHECK(record_optimum(r, f, &o->optima[0], true, told, err));
    mutau_report_list(r, "modes");
    for (size_t i = 0; i < o->n; i++) {
        mutau_report_object(r, NULL);
        mutau_report_text(r, ".maximum_of",
                          goal == MUTAU_SEARCH_LIKELIHOOD ? "likelihood" : "posterior");
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
    mutau_report_count(r, "starts", f->n_start);
    mutau_report_count(r, "seed", (uint64_t)f->seed);
    mutau_report_count(r, "evaluations", f->optima[0].evaluations + f->optima[1].evaluations);
    for (int goal = 0; goal < N_GOAL; goal++)
        MUTAU_CHECK(record_goal(r, f, (mutau_search_goal)goal, err));
    mutau_report_csv(r, "maximum_likelihood/modes|maximum_posterior/modes", ".maximum_of", ".mode",
                     "starts", CLI_POINT_COLUMNS);
    return MUTAU_OK;
}

/* --- the command ---------------------------------------------------------------------- */

static mutau_status bestfit(cli_model *model, const bestfit_options *options, mutau_report *r,
                            mutau_error *err)
{
    fit f = {
        .model = model,
        .n_start = options->starts > 0 ? (size_t)options->starts : DEFAULT_STARTS,
        .seed = options->seed > 0 ? options->seed : model->settings->sampler.seed,
        .n_thread = options->threads > 0 ? (int)options->threads : threads_default(),
    };
    if (options->fix != NULL)
        MUTAU_CHECK(cli_point_some("--fix", model->settings, options->fix, f.natural, f.held, err));
    mutau_status status = search(&f, err);
    if (status == MUTAU_OK)
        status = build(r, &f, err);
    for (int goal = 0; goal < N_GOAL; goal++)
        mutau_optima_free(&f.optima[goal]);
    return status;
}

static mutau_status report(const void *options_, const cli_list *files, cli_result *result,
                           mutau_error *err)
{
    const bestfit_options *options = options_;
    cli_model model = {0};
    MUTAU_CHECK(cli_model_open(&model, files->items[0], &options->set, err));
    signals_install();
    const mutau_status status = bestfit(&model, options, result->report, err);
    cli_model_close(&model);
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
    .report = report,
};
