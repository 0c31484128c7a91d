/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau bestfit: the maxima of likelihood and posterior. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "goodness_report.h"
#include "model.h"
#include "mutau/conditional.h"
#include "mutau/search.h"
#include "point.h"
#include "point_report.h"
#include "signals.h"
#include "text.h"
#include "threads.h"

enum { DEFAULT_STARTS = 64, MAX_STARTS = 100000, MAX_LISTED = 20 };

typedef struct bestfit_options {
    const char *fix;
    long starts, seed, threads;
    cli_list set;
    bool json;
    const char *format;
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
    {"set", CLI_LIST, offsetof(bestfit_options, set), 0, 0, "key=value",
     "replace or add a key of the run file"},
    {"json", CLI_FLAG, offsetof(bestfit_options, json), 0, 0, NULL, "print JSON"},
    {"format", CLI_TEXT, offsetof(bestfit_options, format), 0, 0, "text|json|csv",
     "form of the report"},
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

static void write_edges(mutau_json *json, const fit *f, const mutau_optimum *at)
{
    mutau_json_key(json, "at_edge");
    mutau_json_array_begin(json);
    for (size_t i = 0; i < f->free_ones.dim; i++)
        if (edge(f, i, at->x[i]) != 0)
            mutau_json_string(json, f->model->settings->set.spec[f->free_ones.free_id[i]]->name);
    mutau_json_array_end(json);
}

static mutau_status print_edges(const fit *f, const mutau_optimum *at, size_t width,
                                mutau_error *err)
{
    for (size_t i = 0; i < f->free_ones.dim; i++) {
        const int which = edge(f, i, at->x[i]);
        if (which != 0)
            MUTAU_CHECK(text_print(width, err, "note: %s is at the %s edge of its prior\n",
                                   f->model->settings->set.spec[f->free_ones.free_id[i]]->name,
                                   which < 0 ? "lower" : "upper"));
    }
    return MUTAU_OK;
}

/* --- the reports ------------------------------------------------------------------------ */

static mutau_status write_optimum(mutau_json *json, const fit *f, const mutau_optimum *at,
                                  bool with_bins, mutau_error *err)
{
    mutau_fit point;
    MUTAU_CHECK(evaluate(f, at, &point, err));
    cli_point_json(json, f->model, &point, with_bins);
    mutau_json_key(json, "starts");
    mutau_json_count(json, at->n_start);
    write_edges(json, f, at);
    return MUTAU_OK;
}

static mutau_status write_goal(mutau_json *json, const fit *f, mutau_search_goal goal,
                               mutau_error *err)
{
    const mutau_optima *o = optima_of(f, goal);
    mutau_json_key(json, goal_names[goal]);
    mutau_json_object_begin(json);
    MUTAU_CHECK(write_optimum(json, f, &o->optima[0], true, err));
    mutau_json_key(json, "modes");
    mutau_json_array_begin(json);
    for (size_t i = 0; i < o->n; i++) {
        mutau_json_object_begin(json);
        MUTAU_CHECK(write_optimum(json, f, &o->optima[i], false, err));
        mutau_json_object_end(json);
    }
    mutau_json_array_end(json);
    mutau_json_object_end(json);
    return MUTAU_OK;
}

static mutau_status report_json(const fit *f, mutau_error *err)
{
    mutau_json json;
    mutau_json_init(&json, stdout, true);
    mutau_json_object_begin(&json);
    mutau_json_key(&json, "fixed");
    mutau_json_object_begin(&json);
    for (size_t id = 0; id < f->model->settings->set.n; id++) {
        if (!f->held[id])
            continue;
        mutau_json_key(&json, f->model->settings->set.spec[id]->name);
        mutau_json_real(&json, f->natural[id]);
    }
    mutau_json_object_end(&json);
    mutau_json_key(&json, "starts");
    mutau_json_count(&json, f->n_start);
    mutau_json_key(&json, "seed");
    mutau_json_integer(&json, f->seed);
    mutau_json_key(&json, "evaluations");
    mutau_json_count(&json, f->optima[0].evaluations + f->optima[1].evaluations);
    for (int goal = 0; goal < N_GOAL; goal++)
        MUTAU_CHECK(write_goal(&json, f, (mutau_search_goal)goal, err));
    mutau_json_object_end(&json);
    return mutau_json_finish(&json, err);
}

static mutau_status report_csv(const fit *f, mutau_error *err)
{
    (void)fputs("maximum_of,mode,starts,", stdout);
    cli_point_csv_header(f->model);
    for (int goal = 0; goal < N_GOAL; goal++) {
        const mutau_optima *o = optima_of(f, (mutau_search_goal)goal);
        for (size_t i = 0; i < o->n; i++) {
            mutau_fit point;
            MUTAU_CHECK(evaluate(f, &o->optima[i], &point, err));
            (void)printf("%s,%zu,%zu,",
                         goal == MUTAU_SEARCH_LIKELIHOOD ? "likelihood" : "posterior", i,
                         o->optima[i].n_start);
            cli_point_csv(f->model, &point);
        }
    }
    return MUTAU_OK;
}

/* The maxima below the highest one, a line each. */
static mutau_status print_modes(const fit *f, const mutau_optima *o, size_t width, mutau_error *err)
{
    const mutau_run_settings *s = f->model->settings;
    const text_column columns[] = {
        {"ln likelihood", TEXT_RIGHT, 2, 13, false},
        {"ln posterior", TEXT_RIGHT, 1, 12, false},
        {s->set.spec[s->places.mass]->name, TEXT_RIGHT, 1, 12, false},
        {s->set.spec[s->places.coupling]->name, TEXT_RIGHT, 1, 10, false},
        {"chi2", TEXT_RIGHT, 1, 8, false},
        {"starts", TEXT_LEFT, 2, 0, false}};
    mutau_status status = MUTAU_OK;
    if (o->n == 1)
        return MUTAU_OK;
    MUTAU_CHECK(text_print(width, err, "\nlower maxima\n"));
    text_table *table = text_table_alloc(sizeof columns / sizeof columns[0], columns);
    for (size_t i = 1; i < o->n && i <= MAX_LISTED && status == MUTAU_OK; i++) {
        mutau_fit mode = {0};
        const mutau_posterior_point *p = &mode.point;
        status = evaluate(f, &o->optima[i], &mode, err);
        text_table_cell(table, "%.6f", p->ln_likelihood);
        text_table_cell(table, "%.6f", p->ln_prior + p->ln_likelihood);
        text_table_cell(table, "%.6g", p->natural[s->places.mass]);
        text_table_cell(table, "%.4g", p->natural[s->places.coupling]);
        text_table_cell(table, "%.4f", p->chi2);
        text_table_cell(table, "%zu", o->optima[i].n_start);
    }
    if (status != MUTAU_OK) {
        text_table_free(table);
        return status;
    }
    MUTAU_CHECK(text_table_end(table, width, err));
    return o->n > MAX_LISTED + 1 ? text_print(width, err, "  and %zu more\n", o->n - 1 - MAX_LISTED)
                                 : MUTAU_OK;
}

static mutau_status print_goal(const fit *f, mutau_search_goal goal, size_t width, mutau_error *err)
{
    const mutau_optima *o = &f->optima[goal];
    mutau_fit point;
    MUTAU_CHECK(evaluate(f, &o->optima[0], &point, err));
    MUTAU_CHECK(text_print(width, err, "%s%s, from %zu of %zu starts\n\n", goal_titles[goal],
                           f->flat ? ", and maximum posterior, all priors being flat" : "",
                           o->optima[0].n_start, f->n_start));
    MUTAU_CHECK(cli_point_text(f->model, &point, err));
    MUTAU_CHECK(print_edges(f, &o->optima[0], width, err));
    MUTAU_CHECK(cli_point_text_bins(f->model, err));
    return print_modes(f, o, width, err);
}

static mutau_status report_text(const fit *f, mutau_error *err)
{
    const size_t width = text_width(STDOUT_FILENO);
    const mutau_model_places *at = &f->model->settings->places;
    for (size_t id = 0; id < f->model->settings->set.n; id++)
        if (f->held[id])
            MUTAU_CHECK(text_print(width, err, "held: %s = %g\n",
                                   f->model->settings->set.spec[id]->name, f->natural[id]));
    if (f->held[at->coupling] && mutau_model_is_bare(at, f->natural) && !f->held[at->mass])
        MUTAU_CHECK(text_print(width, err,
                               "nothing depends on %s then: the one below is as good as any\n",
                               f->model->settings->set.spec[at->mass]->name));
    MUTAU_CHECK(print_goal(f, MUTAU_SEARCH_LIKELIHOOD, width, err));
    if (f->flat)
        return MUTAU_OK;
    (void)putchar('\n');
    return print_goal(f, MUTAU_SEARCH_POSTERIOR, width, err);
}

/* On stderr, in every format: what the highest maximum is worth. */
static mutau_status warn(const fit *f, mutau_error *err)
{
    for (int goal = 0; goal < (f->flat ? 1 : N_GOAL); goal++) {
        mutau_fit best;
        MUTAU_CHECK(evaluate(f, &f->optima[goal].optima[0], &best, err));
        cli_point_warn(f->model, &best.point);
        if (goal == MUTAU_SEARCH_LIKELIHOOD)
            cli_goodness_warn("", &best.goodness);
    }
    return MUTAU_OK;
}

/* --- the command ---------------------------------------------------------------------- */

static mutau_status bestfit(cli_model *model, const bestfit_options *options, cli_format format,
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
        status = warn(&f, err);
    if (status == MUTAU_OK)
        status = format == CLI_FORMAT_JSON  ? report_json(&f, err)
                 : format == CLI_FORMAT_CSV ? report_csv(&f, err)
                                            : report_text(&f, err);
    for (int goal = 0; goal < N_GOAL; goal++)
        mutau_optima_free(&f.optima[goal]);
    return status;
}

static int run(const void *options_, const cli_list *files)
{
    const bestfit_options *options = options_;
    mutau_error err = {0};
    cli_format format = CLI_FORMAT_TEXT;
    cli_model model = {0};
    mutau_status status = cli_read_format(options->json, options->format, &format, &err);
    if (status == MUTAU_OK)
        status = cli_model_open(&model, files->items[0], &options->set, &err);
    signals_install();
    if (status == MUTAU_OK)
        status = bestfit(&model, options, format, &err);
    cli_model_close(&model);
    return status == MUTAU_OK ? CLI_DONE : cli_fail(status, &err);
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
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(bestfit_options),
    .min_files = 1,
    .max_files = 1,
    .run = run,
};
