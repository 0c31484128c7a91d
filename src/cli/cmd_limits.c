/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau limits: the curve of each prior term in the plane of mass and coupling. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "model.h"
#include "priors/limit.h"
#include "base/number.h"
#include "base/suggest.h"
#include "range.h"

enum { MAX_MASSES = 100000, SETTING_SIZE = 160 };

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
                               s->path, name != NULL ? name : "NAME");
    for (size_t i = 0; i < s->n_term; i++) {
        known[i] = s->terms[i].type->name;
        if (name != NULL && strcmp(known[i], name) == 0)
            return MUTAU_OK;
    }
    if (name == NULL)
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

/* "wp2020", "exposure=1.98e10 anchor=0.00055", "": the options that are set. */
static void describe(const mutau_term_choice *term, char text[SETTING_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < term->type->n_option && used < SETTING_SIZE; i++) {
        const mutau_option *o = &term->type->options[i];
        const unsigned char *field = term->settings.bytes + o->offset;
        char number[MUTAU_NUMBER_SIZE] = "";
        const char *value = number;
        int choice = -1;
        double real = (double)NAN;
        if (o->type == MUTAU_OPTION_CHOICE)
            memcpy(&choice, field, sizeof choice);
        else if (o->type == MUTAU_OPTION_REAL)
            memcpy(&real, field, sizeof real);
        if (choice < 0 && isnan(real))
            continue;
        if (choice >= 0)
            value = o->choices[choice];
        else
            mutau_number_write(real, number);
        const char *key = choice >= 0 ? "" : o->key;
        used += (size_t)snprintf(text + used, SETTING_SIZE - used, "%s%s%s%s", used > 0 ? " " : "",
                                 key, key[0] != '\0' ? "=" : "", value);
    }
}

/* A limit or a band of one term against the mass. */
typedef struct curve {
    const mutau_run_settings *settings;
    const mutau_term_choice *term;
    const request *request;
    bool band;
    const char *mass, *mass_unit, *coupling; /* the parameters' names */
    char setting[SETTING_SIZE];
} curve;

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
    const mutau_run_settings *s = c->settings;
    const mutau_term_choice *term = c->term;
    const request *q = c->request;
    const bool band = c->band;
    double point[MUTAU_MAX_PARAMETERS];
    const double shares[] = {band ? 0.5 * (1.0 - q->cl) : q->cl, 0.5 * (1.0 + q->cl)};
    double g[2] = {(double)NAN, (double)NAN};
    mutau_error remark = {0};
    mutau_run_settings_middle(s, point);
    point[s->places.mass] = mass;
    const mutau_status status = mutau_limit_quantiles(term->type, term->state, &s->set, point,
                                                      band ? 2 : 1, shares, g, NULL, &remark);
    if (status != MUTAU_OK && status != MUTAU_EDOM)
        return mutau_error_set(err, status, "%s", remark.text);
    if (status != MUTAU_OK)
        g[0] = g[1] = (double)NAN;
    mutau_report_object(r, NULL);
    mutau_report_text(r, "term", term->type->name);
    mutau_report_text(r, "setting", c->setting);
    mutau_report_text(r, "rule", band ? "band" : "flat-g2");
    mutau_report_real(r, "cl", q->cl);
    mutau_report_real(r, c->mass, mass);
    number(r, c->coupling, band ? (double)NAN : g[0]);
    number(r, "lower", band ? g[0] : (double)NAN);
    number(r, "upper", band ? g[1] : (double)NAN);
    mutau_report_why(r, "remark", remark.text);
    mutau_report_end(r);
    return MUTAU_OK;
}

static void add_table(mutau_report *r, const curve *c)
{
    const char *mass = mutau_report_keep(r, "@%s|%s [%s]|g6", c->mass, c->mass, c->mass_unit);
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

static mutau_status add_term(mutau_report *r, const mutau_run_settings *s,
                             const mutau_term_choice *term, const request *q, mutau_error *err)
{
    curve c = {.settings = s,
               .term = term,
               .request = q,
               .mass = s->set.spec[s->places.mass]->name,
               .mass_unit = s->set.spec[s->places.mass]->unit,
               .coupling = s->set.spec[s->places.coupling]->name};
    describe(term, c.setting);
    MUTAU_CHECK(add_curve(r, &c, err));
    c.band = true;
    return term->type->band != NULL ? add_curve(r, &c, err) : MUTAU_OK;
}

static mutau_status build(mutau_report *r, const mutau_run_settings *s, const request *q,
                          mutau_error *err)
{
    const char *mass = s->set.spec[s->places.mass]->name;
    const char *coupling = s->set.spec[s->places.coupling]->name;
    mutau_report_line(r, "%g %% credible limits on g' at fixed mass, for a prior flat in g'^2\n",
                      100.0 * q->cl);
    mutau_report_object(r, "units");
    mutau_report_text(r, mass, s->set.spec[s->places.mass]->unit);
    mutau_report_end(r);
    mutau_report_list(r, "rows");
    for (size_t i = 0; i < s->n_term; i++)
        if (q->term == NULL || strcmp(q->term, s->terms[i].type->name) == 0)
            MUTAU_CHECK(add_term(r, s, &s->terms[i], q, err));
    mutau_report_end(r);
    mutau_report_csv(r, "rows", "term", "setting", "rule", "cl", mass, coupling, "lower", "upper",
                     "remark");
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
        cli_print_warnings(s);
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
