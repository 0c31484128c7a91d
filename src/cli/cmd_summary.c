/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau summary: credible intervals, the best sample, convergence. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "goodness_report.h"
#include "inputs_report.h"
#include "masses.h"
#include "mutau/chain.h"
#include "mutau/diagnosis.h"
#include "mutau/json.h"
#include "mutau/mem.h"
#include "mutau/pool.h"
#include "mutau/stored_goodness.h"
#include "mutau/summary.h"
#include "regions.h"
#include "text.h"
#include "verdict_report.h"

enum { TEXT_SIZE = 256 };

typedef struct summary_options {
    bool json;
    const char *format, *mass, *region;
} summary_options;

static const cli_option OPTIONS[] = {
    {"json", CLI_FLAG, offsetof(summary_options, json), 0, 0, NULL, "print JSON"},
    {"format", CLI_TEXT, offsetof(summary_options, format), 0, 0, "text|json|csv",
     "form of the report"},
    {"mass", CLI_TEXT, offsetof(summary_options, mass), 0, 0, "p,...",
     "at most 8 probability masses of the regions (0.68,0.90,0.95)"},
    {"region", CLI_TEXT, offsetof(summary_options, region), 0, 0, "x,y[:x,y...]",
     "joint regions of at most 16 pairs of quantities, as polygons in JSON and CSV"},
};

/* --- JSON ------------------------------------------------------------------------------ */

static void pair(mutau_json *json, const char *key, double value)
{
    mutau_json_key(json, key);
    mutau_json_real(json, value);
}

static void pair_count(mutau_json *json, const char *key, uint64_t value)
{
    mutau_json_key(json, key);
    mutau_json_count(json, value);
}

static void write_region(mutau_json *json, const mutau_region *region)
{
    mutau_json_array_begin(json);
    for (size_t i = 0; i < region->n; i++) {
        const double interval[] = {region->lo[i], region->hi[i]};
        mutau_json_reals(json, 2, interval);
    }
    mutau_json_array_end(json);
}

/* What the region says as a limit; null if it is intervals. */
static void write_limit(mutau_json *json, const mutau_region *region)
{
    const mutau_limit limit = mutau_region_limit(region);
    if (limit == MUTAU_LIMIT_NONE) {
        mutau_json_null(json);
        return;
    }
    mutau_json_object_begin(json);
    mutau_json_key(json, "type");
    mutau_json_string(json, limit == MUTAU_LIMIT_UPPER   ? "upper"
                            : limit == MUTAU_LIMIT_LOWER ? "lower"
                                                         : "unconstrained");
    if (limit != MUTAU_LIMIT_WHOLE)
        pair(json, "value", limit == MUTAU_LIMIT_UPPER ? region->hi[0] : region->lo[0]);
    mutau_json_object_end(json);
}

static void write_regions(mutau_json *json, const mutau_summary *s, const mutau_quantity *q,
                          void (*write)(mutau_json *, const mutau_region *))
{
    char key[CLI_MASS_SIZE];
    mutau_json_object_begin(json);
    for (size_t i = 0; i < s->n_mass; i++) {
        cli_mass_key(s->mass[i], key);
        mutau_json_key(json, key);
        write(json, &q->region[i]);
    }
    mutau_json_object_end(json);
}

static void write_quantity(mutau_json *json, const mutau_summary *s, const mutau_quantity *q)
{
    char key[TEXT_SIZE];
    const double edges[] = {q->region[0].edge_lo, q->region[0].edge_hi};
    mutau_json_key(json, q->name);
    mutau_json_object_begin(json);
    pair(json, "mean", q->moments.mean);
    pair(json, "sd", q->moments.sd);
    pair(json, "median", q->moments.median);
    pair(json, "mcse", q->moments.mcse_mean);
    pair(json, "mcse_median", q->moments.mcse_median);
    mutau_json_key(json, "q");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++) {
        (void)snprintf(key, sizeof key, "%g", mutau_summary_probability[i]);
        pair(json, key, q->quantile[i]);
    }
    mutau_json_object_end(json);
    mutau_json_key(json, "hpd_in");
    mutau_json_string(json, q->hpd_in);
    mutau_json_key(json, "hpd");
    write_regions(json, s, q, write_region);
    mutau_json_key(json, "limits");
    write_regions(json, s, q, write_limit);
    mutau_json_key(json, "edge_density");
    mutau_json_reals(json, 2, edges);
    pair(json, "ess_bulk", q->moments.ess_bulk);
    pair(json, "ess_tail", q->moments.ess_tail);
    pair(json, "rhat", q->moments.rhat);
    pair(json, "tau", q->tau);
    mutau_json_object_end(json);
}

static void write_quantities(mutau_json *json, const mutau_summary *s, const char *key, size_t n,
                             const mutau_quantity q[])
{
    mutau_json_key(json, key);
    mutau_json_object_begin(json);
    for (size_t i = 0; i < n; i++)
        write_quantity(json, s, &q[i]);
    mutau_json_object_end(json);
}

static void write_units(mutau_json *json, const mutau_summary *s)
{
    mutau_json_key(json, "units");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < s->n_parameter + s->n_derived; i++) {
        const mutau_quantity *q =
            i < s->n_parameter ? &s->parameter[i] : &s->derived[i - s->n_parameter];
        mutau_json_key(json, q->name);
        mutau_json_string(json, q->unit);
    }
    mutau_json_object_end(json);
}

static void write_best(mutau_json *json, const mutau_summary *s)
{
    mutau_json_key(json, "best");
    mutau_json_object_begin(json);
    pair(json, "log_prob", s->best_log_prob);
    for (size_t i = 0; i < s->n_best; i++)
        pair(json, s->best_name[i], s->best[i]);
    mutau_json_object_end(json);
}

static void write_method(mutau_json *json, const char *name, double ln_z, double error)
{
    mutau_json_key(json, name);
    mutau_json_object_begin(json);
    pair(json, "ln_z", ln_z);
    pair(json, "error", error);
}

/* null without rungs; ln_z is null where it cannot be trusted. */
static void write_evidence(mutau_json *json, const mutau_evidence *e)
{
    if (!cli_begin_evidence(json, e))
        return;
    mutau_json_key(json, "methods");
    mutau_json_object_begin(json);
    write_method(json, "stepping_stone", e->ln_z, e->error);
    mutau_json_object_end(json);
    write_method(json, "thermodynamic_integration", e->ti, e->ti_mc_error);
    pair(json, "discretisation", e->ti_discretisation);
    mutau_json_key(json, "usable");
    mutau_json_bool(json, e->ti_usable);
    mutau_json_object_end(json);
    mutau_json_object_end(json);
    mutau_json_object_end(json);
}

static void write_validity(mutau_json *json, const mutau_validity *v)
{
    char text[MUTAU_VALIDITY_TEXT_SIZE];
    const bool problem = mutau_validity_problem(v, text);
    mutau_json_key(json, "validity");
    mutau_json_object_begin(json);
    mutau_json_key(json, "valid");
    mutau_json_bool(json, !problem);
    pair(json, "tail_limit", v->limit);
    pair(json, "mass_beyond", v->mass_beyond);
    mutau_json_key(json, "problem");
    mutau_json_string(json, problem ? text : NULL);
    mutau_json_object_end(json);
}

static mutau_status write_json(const mutau_summary *s, const mutau_goodness *goodness,
                               const cli_pairs *pairs, const cli_inputs *inputs, mutau_error *err)
{
    mutau_json json;
    mutau_json_init(&json, stdout, true);
    mutau_json_object_begin(&json);
    write_quantities(&json, s, "parameters", s->n_parameter, s->parameter);
    write_quantities(&json, s, "derived", s->n_derived, s->derived);
    write_units(&json, s);
    write_best(&json, s);
    cli_goodness_json(&json, goodness);
    pair(&json, "acceptance", s->acceptance);
    pair_count(&json, "steps", s->steps);
    pair_count(&json, "burn_in", s->burn_in);
    pair_count(&json, "evaluations", s->evaluations);
    pair_count(&json, "failed_evaluations", s->failures);
    pair(&json, "seconds", s->seconds);
    pair(&json, "tail_depth_max", s->validity.depth_max);
    pair(&json, "tail_mass", s->validity.mass);
    write_validity(&json, &s->validity);
    if (pairs->n > 0) {
        mutau_json_key(&json, "regions");
        cli_write_regions_json(&json, s, pairs);
    }
    write_evidence(&json, &s->verdict.evidence);
    cli_inputs_write_json(&json, inputs);
    cli_write_verdict(&json, s->posterior_converged, s->evidence_judged, s->evidence_converged);
    mutau_json_object_end(&json);
    return mutau_json_finish(&json, err);
}

/* --- CSV ------------------------------------------------------------------------------- */

static void csv_real(double x, char end)
{
    char text[MUTAU_REAL_SIZE];
    mutau_json_format_real(x, text);
    (void)printf("%s%c", text, end);
}

/* Of the best sample; NaN if it has no such value. */
static double best_of(const mutau_summary *s, const char *name)
{
    for (size_t i = 0; i < s->n_best; i++)
        if (strcmp(s->best_name[i], name) == 0)
            return s->best[i];
    return (double)NAN;
}

/* The goodness of the best sample is the same in every row. */
static void write_csv_row(const mutau_summary *s, const mutau_quantity *q,
                          const mutau_goodness *goodness)
{
    double number[CLI_GOODNESS_NUMBERS];
    const mutau_convergence *c = &q->moments;
    (void)printf("%s,%s,", q->name, q->unit);
    const double first[] = {c->mean, c->sd, c->median, c->mcse_mean};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        csv_real(first[i], ',');
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++)
        csv_real(q->quantile[i], ',');
    for (size_t i = 0; i < s->n_mass; i++) {
        /* Intervals as lo..hi, several separated by a blank. */
        const mutau_region *r = &q->region[i];
        for (size_t k = 0; k < r->n; k++) {
            char lo[MUTAU_REAL_SIZE], hi[MUTAU_REAL_SIZE];
            mutau_json_format_real(r->lo[k], lo);
            mutau_json_format_real(r->hi[k], hi);
            (void)printf("%s%s..%s", k > 0 ? " " : "", lo, hi);
        }
        (void)putchar(',');
    }
    csv_real(c->ess_bulk, ',');
    csv_real(c->ess_tail, ',');
    csv_real(c->rhat, ',');
    csv_real(q->tau, ',');
    csv_real(best_of(s, q->name), ',');
    cli_goodness_numbers(goodness, number);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++)
        csv_real(number[i], i + 1 < CLI_GOODNESS_NUMBERS ? ',' : '\n');
}

static void write_csv(const mutau_summary *s, const mutau_goodness *goodness)
{
    (void)fputs("name,unit,mean,sd,median,mcse", stdout);
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++)
        (void)printf(",q%g", mutau_summary_probability[i]);
    for (size_t i = 0; i < s->n_mass; i++) {
        char key[CLI_MASS_SIZE];
        cli_mass_key(s->mass[i], key);
        (void)printf(",hpd%s", key);
    }
    (void)fputs(",ess_bulk,ess_tail,rhat,tau,best", stdout);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++)
        (void)printf(",%s", cli_goodness_names[i]);
    (void)putchar('\n');
    for (size_t i = 0; i < s->n_parameter; i++)
        write_csv_row(s, &s->parameter[i], goodness);
    for (size_t i = 0; i < s->n_derived; i++)
        write_csv_row(s, &s->derived[i], goodness);
}

/* --- text ------------------------------------------------------------------------------ */

static void format_intervals(const mutau_region *r, char text[TEXT_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < r->n && used < TEXT_SIZE; i++) {
        const int n = snprintf(text + used, TEXT_SIZE - used, "%s[%.4g," TEXT_BLANK "%.4g]",
                               i > 0 ? " " : "", r->lo[i], r->hi[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

static void format_region(const mutau_region *r, double mass, char text[TEXT_SIZE])
{
    char percent[CLI_MASS_SIZE];
    cli_mass_percent(mass, percent);
    switch (mutau_region_limit(r)) {
    case MUTAU_LIMIT_UPPER:
        (void)snprintf(text, TEXT_SIZE, "<" TEXT_BLANK "%.4g (%s)", r->hi[0], percent);
        return;
    case MUTAU_LIMIT_LOWER:
        (void)snprintf(text, TEXT_SIZE, ">" TEXT_BLANK "%.4g (%s)", r->lo[0], percent);
        return;
    case MUTAU_LIMIT_WHOLE:
        (void)snprintf(text, TEXT_SIZE, "unconstrained (%s)", percent);
        return;
    case MUTAU_LIMIT_NONE:
        break;
    }
    format_intervals(r, text);
}

/* The masses that get a column: all that were asked for, the first and last by default. */
static bool has_column(const mutau_summary *s, bool asked, size_t i)
{
    return asked || i == 0 || i + 1 == s->n_mass;
}

static mutau_status write_intervals(const mutau_summary *s, bool asked, const char *what, size_t n,
                                    const mutau_quantity q[], size_t width, mutau_error *err)
{
    text_column columns[2 + MUTAU_SUMMARY_MAX_MASSES] = {
        {.head = what, .gap = 2, .width = 28, .key = true},
        {.head = "median", .align = TEXT_RIGHT, .gap = 1, .width = 10}};
    char heads[MUTAU_SUMMARY_MAX_MASSES][CLI_MASS_SIZE + 16];
    size_t n_column = 2;
    for (size_t i = 0; i < s->n_mass; i++) {
        char percent[CLI_MASS_SIZE];
        if (!has_column(s, asked, i))
            continue;
        cli_mass_percent(s->mass[i], percent);
        (void)snprintf(heads[i], sizeof heads[i], "%s HPD region", percent);
        columns[n_column++] = (text_column){.head = heads[i], .gap = 2, .width = 26};
    }
    text_table *table = text_table_alloc(n_column, columns);
    for (size_t i = 0; i < n; i++) {
        text_table_cell(table, "%s%s%s%s", q[i].name, q[i].unit[0] != '\0' ? " [" : "", q[i].unit,
                        q[i].unit[0] != '\0' ? "]" : "");
        text_table_cell(table, "%.4g", q[i].moments.median);
        for (size_t k = 0; k < s->n_mass; k++) {
            char text[TEXT_SIZE];
            if (!has_column(s, asked, k))
                continue;
            format_region(&q[i].region[k], s->mass[k], text);
            text_table_cell(table, "%s", text);
        }
    }
    return text_table_end(table, width, err);
}

/* Above this share of its maximum, that of a normal density at two standard deviations, the
 * density at an edge of the prior is worth a remark. */
static const double HIGH_EDGE = 0.135;

static mutau_status write_edge(const char *name, const char *edge, double density, size_t width,
                               mutau_error *err)
{
    if (!(density > HIGH_EDGE))
        return MUTAU_OK;
    return text_print(text_sentence_width(width), err,
                      "  %s: at the %s edge of its prior the density is %.2g of its maximum; the "
                      "intervals depend on where that edge is\n",
                      name, edge, density);
}

static mutau_status write_edges(size_t n, const mutau_quantity q[], size_t width, mutau_error *err)
{
    for (size_t i = 0; i < n; i++) {
        MUTAU_CHECK(write_edge(q[i].name, "lower", q[i].region[0].edge_lo, width, err));
        MUTAU_CHECK(write_edge(q[i].name, "upper", q[i].region[0].edge_hi, width, err));
    }
    return MUTAU_OK;
}

static mutau_status write_diagnostics(const mutau_summary *s, size_t width, mutau_error *err)
{
    static const text_column columns[] = {
        {"convergence", TEXT_LEFT, 2, 16, true}, {"mean", TEXT_RIGHT, 1, 10, false},
        {"sd", TEXT_RIGHT, 1, 10, false},        {"MCSE(mean)", TEXT_RIGHT, 1, 10, false},
        {"Rhat", TEXT_RIGHT, 1, 8, false},       {"ESS bulk", TEXT_RIGHT, 1, 9, false},
        {"ESS tail", TEXT_RIGHT, 1, 9, false},   {"tau/step", TEXT_RIGHT, 1, 8, false}};
    text_table *table = text_table_alloc(sizeof columns / sizeof columns[0], columns);
    (void)putchar('\n');
    for (size_t i = 0; i < s->n_parameter; i++) {
        const mutau_quantity *q = &s->parameter[i];
        text_table_cell(table, "%s", q->name);
        text_table_cell(table, "%.4g", q->moments.mean);
        text_table_cell(table, "%.4g", q->moments.sd);
        text_table_cell(table, "%.2g", q->moments.mcse_mean);
        text_table_cell(table, "%.4f", q->moments.rhat);
        text_table_cell(table, "%.0f", q->moments.ess_bulk);
        text_table_cell(table, "%.0f", q->moments.ess_tail);
        text_table_cell(table, "%.1f", q->tau);
    }
    return text_table_end(table, width, err);
}

/* Four to a line where there is room. */
static mutau_status write_best_text(const mutau_summary *s, size_t width, mutau_error *err)
{
    enum { PER_LINE = 4 };
    char line[PER_LINE * TEXT_SIZE] = " ", item[TEXT_SIZE];
    size_t n = 0;
    MUTAU_CHECK(text_print(width, err, "\nbest sample: ln posterior %.4f at\n", s->best_log_prob));
    for (size_t i = 0; i < s->n_best; i++) {
        (void)snprintf(item, sizeof item, " %s" TEXT_BLANK "=" TEXT_BLANK "%.4g%s", s->best_name[i],
                       s->best[i], i + 1 == s->n_best ? "" : ",");
        const bool full = width != TEXT_ANY_WIDTH && strlen(line) + strlen(item) > width;
        if (n == PER_LINE || (n > 0 && full)) {
            MUTAU_CHECK(text_print(width, err, "%s\n", line));
            line[1] = '\0';
            n = 0;
        }
        (void)snprintf(line + strlen(line), sizeof line - strlen(line), "%s", item);
        n++;
    }
    return n > 0 ? text_print(width, err, "%s\n", line) : MUTAU_OK;
}

static mutau_status write_goodness_text(const mutau_goodness *g, size_t width, mutau_error *err)
{
    (void)putchar('\n');
    if (mutau_goodness_is_improbable(g))
        MUTAU_CHECK(text_print(width, err, "IMPROBABLE FIT: p-value below %g\n",
                               mutau_goodness_improbable));
    return cli_goodness_text(g, width, err);
}

static mutau_status write_evidence_text(const mutau_evidence *e, size_t width, mutau_error *err)
{
    char text[TEXT_SIZE];
    if (e->why == MUTAU_EVIDENCE_UNTEMPERED)
        return MUTAU_OK;
    if (e->why != MUTAU_EVIDENCE_KNOWN)
        return text_print(width, err, "evidence: no ln Z: %s\n", mutau_no_evidence_words(e->why));
    if (e->ti_usable)
        (void)snprintf(text, sizeof text,
                       "thermodynamic integration: %.3f +- %.3f, discretisation %.3f", e->ti,
                       e->ti_mc_error, e->ti_discretisation);
    else
        (void)snprintf(text, sizeof text,
                       "thermodynamic integration is of no use here (discretisation %.2g)",
                       e->ti_discretisation);
    return text_print(
        width, err,
        "evidence: ln Z = %.3f +- %.3f by stepping stones (scatter over ensembles %.3f); %s\n",
        e->ln_z, e->error, e->scatter, text);
}

static const char *verdict(const mutau_summary *s)
{
    return mutau_verdict_words(s->posterior_converged, s->evidence_judged, s->evidence_converged);
}

/* What speaks against the numbers that follow. */
static mutau_status write_warnings(const mutau_summary *s, size_t width, mutau_error *err)
{
    char problem[MUTAU_VALIDITY_TEXT_SIZE];
    if (!s->converged)
        MUTAU_CHECK(text_print(width, err,
                               "WARNING: %s; what follows is not reliable where it is not. %zu "
                               "problem%s: 'mutau diagnose' says which.\n\n",
                               verdict(s), s->n_problem, s->n_problem == 1 ? "" : "s"));
    return mutau_validity_problem(&s->validity, problem)
               ? text_print(text_sentence_width(width), err, "WARNING: %s\n\n", problem)
               : MUTAU_OK;
}

static mutau_status write_end(const mutau_summary *s, const cli_inputs *inputs, size_t width,
                              mutau_error *err)
{
    MUTAU_CHECK(text_print(
        width, err, "\nacceptance %.3f, %llu evaluations (%llu failed) in %.1f s\n", s->acceptance,
        (unsigned long long)s->evaluations, (unsigned long long)s->failures, s->seconds));
    MUTAU_CHECK(write_evidence_text(&s->verdict.evidence, width, err));
    if (!isnan(s->validity.depth_max))
        MUTAU_CHECK(text_print(
            width, err,
            "line picture: largest tail depth T = %.2g; posterior mass of T > %g: %.2g\n",
            s->validity.depth_max, s->validity.limit, s->validity.mass_beyond));
    MUTAU_CHECK(cli_inputs_write_text(inputs, width, err));
    return text_print(width, err, "verdict: %s\n", verdict(s));
}

static mutau_status write_text(const mutau_summary *s, const mutau_goodness *goodness,
                               const cli_pairs *pairs, const cli_inputs *inputs, bool asked,
                               mutau_error *err)
{
    const size_t width = text_width(STDOUT_FILENO);
    MUTAU_CHECK(write_warnings(s, width, err));
    MUTAU_CHECK(text_print(width, err,
                           "%zu walkers x %zu kept rows; %llu steps, the first %llu dropped as "
                           "burn-in\n\n",
                           s->n_column, s->n_row, (unsigned long long)s->steps,
                           (unsigned long long)s->burn_in));
    MUTAU_CHECK(write_intervals(s, asked, "sampled", s->n_parameter, s->parameter, width, err));
    if (s->n_derived > 0) {
        (void)putchar('\n');
        MUTAU_CHECK(write_intervals(s, asked, "derived", s->n_derived, s->derived, width, err));
    }
    MUTAU_CHECK(cli_write_density_text(s, width, err));
    MUTAU_CHECK(write_edges(s->n_parameter, s->parameter, width, err));
    MUTAU_CHECK(cli_write_regions_text(s, pairs, width, err));
    MUTAU_CHECK(write_diagnostics(s, width, err));
    MUTAU_CHECK(write_best_text(s, width, err));
    MUTAU_CHECK(write_goodness_text(goodness, width, err));
    return write_end(s, inputs, width, err);
}

/* --- the command ----------------------------------------------------------------------- */

/* What a report is made of; plain data but for the regions. */
typedef struct contents {
    mutau_summary summary;
    mutau_goodness goodness;
    cli_pairs pairs;
    cli_inputs inputs;
    cli_format format;
    size_t n_mass;
    double mass[MUTAU_SUMMARY_MAX_MASSES];
} contents;

static mutau_status report(const contents *c, bool asked, mutau_error *err)
{
    char problem[MUTAU_VALIDITY_TEXT_SIZE];
    const mutau_summary *s = &c->summary;
    if (!s->converged)
        (void)fputs("mutau: warning: this chain is not converged\n", stderr);
    if (mutau_validity_problem(&s->validity, problem))
        (void)fprintf(stderr, "mutau: warning: %s\n", problem);
    cli_goodness_warn("", &c->goodness);
    if (c->format == CLI_FORMAT_JSON)
        return write_json(s, &c->goodness, &c->pairs, &c->inputs, err);
    if (c->format == CLI_FORMAT_CSV && c->pairs.n > 0)
        cli_write_regions_csv(s, &c->pairs);
    else if (c->format == CLI_FORMAT_CSV)
        write_csv(s, &c->goodness);
    else
        return write_text(s, &c->goodness, &c->pairs, &c->inputs, asked, err);
    return MUTAU_OK;
}

static mutau_status read_options(const summary_options *options, contents *c, mutau_error *err)
{
    c->n_mass = MUTAU_SUMMARY_MASSES;
    memcpy(c->mass, mutau_summary_mass, sizeof mutau_summary_mass);
    MUTAU_CHECK(cli_read_format(options->json, options->format, &c->format, err));
    if (options->mass != NULL)
        MUTAU_CHECK(
            cli_read_masses(options->mass, MUTAU_SUMMARY_MAX_MASSES, c->mass, &c->n_mass, err));
    return options->region != NULL ? cli_read_pairs(options->region, &c->pairs, err) : MUTAU_OK;
}

static int run(const void *options_, const cli_list *files)
{
    const summary_options *options = options_;
    mutau_error err = {0};
    mutau_chain *chains[MUTAU_POOL_MAX_CHAINS] = {0};
    contents *c = mutau_calloc(1, sizeof *c);
    if (c == NULL)
        return cli_fail(MUTAU_ENOMEM, &err);
    mutau_status status = read_options(options, c, &err);
    for (size_t i = 0; i < files->n && status == MUTAU_OK; i++)
        status = mutau_chain_open(files->items[i], &chains[i], &err);
    if (status == MUTAU_OK)
        status =
            mutau_summary_compute_masses(files->n, chains, c->n_mass, c->mass, &c->summary, &err);
    if (status == MUTAU_OK)
        status = mutau_stored_goodness(chains[0], &c->summary, &c->goodness, &err);
    if (status == MUTAU_OK)
        status = cli_find_regions(files->n, chains, &c->summary, &c->pairs, &err);
    if (status == MUTAU_OK)
        status = cli_inputs_read(files->n, chains, &c->inputs, &err);
    if (status == MUTAU_OK)
        status = report(c, options->mass != NULL, &err);
    for (size_t i = 0; i < files->n; i++)
        mutau_chain_close(chains[i]);
    cli_pairs_release(&c->pairs);
    cli_inputs_release(&c->inputs);
    free(c);
    return status == MUTAU_OK ? CLI_DONE : cli_fail(status, &err);
}

const cli_command cli_command_summary = {
    .name = "summary",
    .arguments = "CHAIN.h5...",
    .doc = "credible intervals, the best sample, convergence",
    .details =
        "Burn-in is left out as the file says.  HPD regions hold the stated share of the\n"
        "posterior mass and may consist of several intervals.  Their density is per unit of\n"
        "the sampled coordinate: NAME has the region of log10_NAME, in its own unit.  What is\n"
        "a function of several coordinates has that of its own density.\n"
        "A region that is one interval and ends at an edge of the prior is given as a limit:\n"
        "'< 0.0012 (95 %)'.  Several files of one run (same model, data and priors, other\n"
        "seeds) are pooled.\n"
        "--region gives the joint regions of two quantities, by their stored or natural\n"
        "names: --region NAME,NAME or, for several pairs, NAME,NAME:NAME,NAME.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(summary_options),
    .takes_chains = true,
    .min_files = 1,
    .max_files = MUTAU_POOL_MAX_CHAINS,
    .run = run,
};
