/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau limits: the curve of each prior term in the plane of mass and coupling. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "posterior/term_limit.h"
#include "base/suggest.h"
#include "range.h"
#include "records.h"

enum { MAX_MASSES = 100000 };

typedef struct limits_options {
    cli_form form;
    const char *term, *cl, *masses;
    cli_list set;
} limits_options;

static const cli_option OPTIONS[] = {
    {"term", CLI_TEXT, offsetof(limits_options, term), 0, 0, "NAME", "this term of the run only"},
    {"cl", CLI_TEXT, offsetof(limits_options, cl), 0, 0, "CL",
     "share of the posterior below a limit (0.90)"},
    {"masses", CLI_TEXT, offsetof(limits_options, masses), 0, 0, "lo:hi:n[:log|:lin]",
     "at most 100000 masses in MeV (1:100:50:log)"},
    CLI_SET_OPTION(limits_options),
    CLI_FORM_OPTIONS,
};

/* What is asked for. */
typedef struct request {
    const char *term; /* NULL: all */
    double cl;
    cli_range masses; /* in the unit of the mass */
} request;

static mutau_status read_request(const limits_options *options, request *r, mutau_error *err)
{
    if (options->cl != NULL && !(cli_real(options->cl, &r->cl) && r->cl > 0.0 && r->cl < 1.0))
        return mutau_error_set(err, MUTAU_EUSAGE, "--cl takes a number between 0 and 1, not '%s'",
                               options->cl);
    return cli_range_read("--masses", mutau_mediator_parameters[MUTAU_MEDIATOR_MASS].unit,
                          options->masses != NULL ? options->masses : "1:100:50:log", MAX_MASSES,
                          &r->masses, err);
}

/* The run's terms must have the one that is asked for, if one is. */
static mutau_status check_term(const mutau_run_settings *s, const char *name, mutau_error *err)
{
    const char *known[MUTAU_MAX_TERMS + 1] = {NULL};
    char list[256], hint[MUTAU_SUGGEST_SIZE];
    if (s->n_term == 0)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "%s names no terms; add some, as in --set terms.%s=on ('mutau help "
                               "terms')",
                               s->path,
                               name != NULL && mutau_term_find(name) != NULL ? name : "NAME");
    bool found = name == NULL;
    for (size_t i = 0; i < s->n_term; i++) {
        known[i] = s->terms[i].type->name;
        found = found || strcmp(known[i], name) == 0;
    }
    if (found)
        return MUTAU_OK;
    (void)mutau_list_names(known, sizeof list, list);
    if (mutau_term_find(name) != NULL)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--term: '%s' is not a term of this run (%s); add it with --set "
                               "terms.%s=...",
                               name, list, name);
    mutau_suggest(name, known, "", hint);
    return mutau_error_set(err, MUTAU_EUSAGE, "--term: '%s' is not a term%s (this run has %s)",
                           name, hint, list);
}

/* A limit or a band of one term against the mass. */
typedef struct curve {
    const mutau_run_settings *settings;
    const request *request;
    const char *mass, *mass_unit, *coupling; /* the parameters' names */
    const mutau_term_choice *term;
    char *setting; /* owned */
    bool band;
} curve;

/* An empty field where there is none. */
static void number(mutau_report *r, const char *key, double x)
{
    if (isnan(x))
        mutau_report_missing(r, key, NULL);
    else
        mutau_report_real(r, key, x);
}

/* A mass without a value is a row with a remark; anything else that fails ends the report. */
static mutau_status add_row(mutau_report *r, const curve *c, double mass, mutau_error *err)
{
    double lower, upper;
    mutau_error why;
    MUTAU_CHECK(mutau_term_limit(c->settings, c->term, mass, c->request->cl, c->band, &lower,
                                 &upper, &why, err));
    mutau_report_object(r, NULL);
    mutau_report_texts(r, "term setting rule", c->term->type->name, c->setting,
                       c->band ? "band" : "flat-g2");
    mutau_report_real(r, "cl", c->request->cl);
    mutau_report_real(r, c->mass, mass);
    number(r, c->coupling, c->band ? (double)NAN : lower);
    number(r, "lower", c->band ? lower : (double)NAN);
    number(r, "upper", upper);
    mutau_report_why(r, "remark", why.text);
    mutau_report_end(r);
    return MUTAU_OK;
}

static void add_table(mutau_report *r, const curve *c)
{
    const char *mass =
        mutau_report_keep(r, "@%s|%s|g6", c->mass, cli_with_unit(r, c->mass, c->mass_unit));
    if (c->band)
        mutau_report_table(r, "", mass, mutau_report_keep(r, "lower|from %s|e6", c->coupling),
                           "upper|to|e6", "!remark");
    else
        mutau_report_table(r, "", mass, mutau_report_keep(r, "%s||e6", c->coupling), "!remark");
}

static mutau_status add_curve(mutau_report *r, curve *c, mutau_error *err)
{
    const mutau_term_type *type = c->term->type;
    const char *what = c->band              ? type->band
                       : type->band != NULL ? "upper limit, the end of the same posterior as the "
                                              "band's"
                                            : "upper limit";
    const bool is_set = c->setting[0] != '\0';
    mutau_report_group(r);
    mutau_report_line(r, "\n%s%s%s%s: %s\n", type->name, is_set ? " (" : "", c->setting,
                      is_set ? ")" : "", what);
    for (size_t i = 0; i < c->request->masses.n; i++)
        MUTAU_CHECK(add_row(r, c, cli_range_at(&c->request->masses, i), err));
    add_table(r, c);
    mutau_report_end(r);
    return MUTAU_OK;
}

static mutau_status add_term(mutau_report *r, curve c, const mutau_term_choice *term,
                             mutau_error *err)
{
    const mutau_term_type *type = term->type;
    c.term = term;
    c.setting = mutau_options_describe(type->n_option, type->options, term->settings.bytes);
    if (c.setting == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the options of %s", type->name);
    mutau_status status = add_curve(r, &c, err);
    c.band = true;
    if (status == MUTAU_OK && type->band != NULL)
        status = add_curve(r, &c, err);
    free(c.setting);
    return status;
}

static mutau_status build(mutau_report *r, const mutau_run_settings *s, const request *q,
                          mutau_error *err)
{
    const mutau_parameter_spec *mass = s->set.spec[s->places.mass];
    const char *coupling = s->set.spec[s->places.coupling]->name;
    const curve c = {s, q, mass->name, mass->unit, coupling, NULL, NULL, false};
    mutau_report_line(r, "%g %% credible limits on g' at fixed mass, for a prior flat in g'^2\n",
                      100.0 * q->cl);
    mutau_report_object(r, "units");
    mutau_report_text(r, mass->name, mass->unit);
    mutau_report_end(r);
    mutau_report_list(r, "rows");
    for (size_t i = 0; i < s->n_term; i++)
        if (q->term == NULL || strcmp(q->term, s->terms[i].type->name) == 0)
            MUTAU_CHECK(add_term(r, c, &s->terms[i], err));
    mutau_report_end(r);
    mutau_report_csv(r, "rows", "term", "setting", "rule", "cl", mass->name, coupling, "lower",
                     "upper", "remark");
    return MUTAU_OK;
}

static mutau_status report(const void *options_, const cli_list *files, cli_result *result,
                           mutau_error *err)
{
    const limits_options *options = options_;
    mutau_run_settings *s = NULL;
    request q = {.term = options->term, .cl = 0.90};
    MUTAU_CHECK(read_request(options, &q, err));
    MUTAU_CHECK(
        mutau_run_settings_read(files->items[0], options->set.n, options->set.items, &s, err));
    mutau_status status = cli_refuse_target(s, files->items[0], err);
    if (status == MUTAU_OK) {
        cli_print_warnings(s, NULL);
        status = check_term(s, q.term, err);
    }
    if (status == MUTAU_OK)
        status = build(result->report, s, &q, err);
    mutau_run_settings_free(s);
    return status;
}

const cli_command cli_command_limits = {
    .name = "limits",
    .arguments = "RUN.yaml",
    .doc = "each term's limit on g' against the mass",
    .details =
        "What each term of the run alone says about g' at fixed mass, by one convention: the\n"
        "prior is flat in g'^2, and below the limit lies the share CL of the likelihood's\n"
        "integral (rule flat-g2).  That is a credible limit, not one of confidence.\n"
        "A measured shift ('mutau help terms' says which term is one) has a central band as well,\n"
        "from the share (1-CL)/2 to (1+CL)/2 (rule band): what explains the shift, while the "
        "limit\n"
        "is only the upper end of the same posterior.  Where the shift is far from 0, so is the\n"
        "band; where it may be 0, the limit says more than the band.\n"
        "Where a term has no limit, its inputs ending or its likelihood not falling, the row has\n"
        "no value and a remark that says why.",
    CLI_OPTIONS(OPTIONS, limits_options),
    .one_thread = true,
    .min_files = 1,
    .max_files = 1,
    .report = report,
};
