/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau summary: credible intervals, the best sample, convergence. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chains.h"
#include "masses.h"
#include "analysis/diagnosis.h"
#include "base/mem.h"
#include "analysis/stored_goodness.h"
#include "analysis/summary.h"
#include "paper.h"
#include "records.h"
#include "regions.h"

typedef struct summary_options {
    cli_form form;
    const char *mass, *region;
} summary_options;

static const cli_option OPTIONS[] = {
    CLI_PAPER_FORM_OPTIONS,
    {"mass", CLI_TEXT, offsetof(summary_options, mass), 0, 0, "p,...",
     "at most 8 probability masses of the regions (0.68,0.90,0.95)"},
    {"region", CLI_TEXT, offsetof(summary_options, region), 0, 0, "x,y[:x,y...]",
     "joint regions of at most 16 pairs of quantities, as polygons in JSON and CSV"},
};

/* What a report is made of; plain data but for the regions. */
typedef struct contents {
    mutau_summary summary;
    mutau_goodness goodness;
    cli_pairs pairs;
    size_t n_mass;
    double mass[MUTAU_SUMMARY_MAX_MASSES];
} contents;

/* --- records --------------------------------------------------------------------------- */

/* What the region says as a limit; null if it is intervals. */
static void record_limit(mutau_report *r, const char *key, const mutau_region *region)
{
    static const char *const types[] = {[MUTAU_LIMIT_UPPER] = "upper",
                                        [MUTAU_LIMIT_LOWER] = "lower",
                                        [MUTAU_LIMIT_WHOLE] = "unconstrained"};
    const mutau_limit limit = mutau_region_limit(region);
    if (limit == MUTAU_LIMIT_NONE) {
        mutau_report_missing(r, key, "the region is intervals");
        return;
    }
    mutau_report_object(r, key);
    mutau_report_text(r, "type", types[limit]);
    if (limit != MUTAU_LIMIT_WHOLE)
        mutau_report_real(r, "value", limit == MUTAU_LIMIT_UPPER ? region->hi[0] : region->lo[0]);
    mutau_report_end(r);
}

static void record_quantity(mutau_report *r, const mutau_summary *s, const mutau_quantity *q)
{
    const mutau_convergence *c = &q->moments;
    mutau_report_unit(r, q->unit);
    mutau_report_reals(r, "mean sd median mcse mcse_median interval_error", c->mean, c->sd,
                       c->median, c->mcse_mean, c->mcse_median, q->interval_error);
    cli_record_quantiles(r, q->quantile);
    cli_record_regions(r, s, q);
    mutau_report_object(r, "limits");
    for (size_t i = 0; i < s->n_mass; i++)
        record_limit(r, cli_mass_key(r, s->mass[i]), &q->region[i]);
    mutau_report_end(r);
    mutau_report_two(r, "edge_density", q->region[0].edge_lo, q->region[0].edge_hi);
    mutau_report_reals(r, "ess_bulk ess_tail rhat tau", c->ess_bulk, c->ess_tail, c->rhat, q->tau);
    mutau_report_texts(r, ".name .unit", q->name, q->unit); /* without its unit */
    mutau_report_real(r, ".best", mutau_summary_best(s, q->name));
}

static void record_units(mutau_report *r, const mutau_summary *s)
{
    const mutau_quantity *q;
    mutau_report_object(r, "units");
    for (size_t i = 0; (q = mutau_summary_at(s, i)) != NULL; i++)
        mutau_report_text(r, q->name, q->unit);
    mutau_report_end(r);
}

static void record_run(mutau_report *r, const mutau_summary *s)
{
    char problem[MUTAU_VALIDITY_TEXT_SIZE] = "";
    const mutau_validity *v = &s->validity;
    const bool valid = !mutau_validity_problem(v, problem);
    mutau_report_real(r, "acceptance", s->acceptance);
    mutau_report_counts(r, "steps burn_in evaluations failed_evaluations", s->steps, s->burn_in,
                        s->evaluations, s->failures);
    mutau_report_reals(r, "seconds tail_depth_max tail_mass", s->seconds, v->depth_max, v->mass);
    mutau_report_object(r, "validity");
    mutau_report_bool(r, "valid", valid);
    mutau_report_reals(r, "tail_limit mass_beyond mass_beyond_1_percent mass_beyond_10_percent",
                       v->limit, v->mass_beyond, v->mass_beyond_1_percent,
                       v->mass_beyond_10_percent);
    mutau_report_why(r, "problem", valid ? NULL : problem);
    mutau_report_end(r);
    if (v->solver == NULL)
        return;
    mutau_report_object(r, "solvers");
    mutau_report_text(r, "solver", v->solver->name);
    mutau_report_counts(r, "line grid", v->by_line, v->by_grid);
    mutau_report_end(r);
}

static void add_csv(mutau_report *r)
{
    mutau_report_csv(r, "parameters|derived", "@|name", ".unit", "mean", "sd", "median", "mcse",
                     "q/*|q", "~hpd/*|hpd", "ess_bulk", "ess_tail", "rhat", "tau", ".best",
                     "/goodness/*");
}

/* --- for people ------------------------------------------------------------------------ */

/* What speaks against the numbers that follow. */
static void write_warnings(mutau_report *r, const mutau_summary *s)
{
    char problem[MUTAU_VALIDITY_TEXT_SIZE];
    if (!s->converged)
        mutau_report_warning(r,
                             "%s; what follows is not reliable where it is not. %zu problem%s: "
                             "'mutau diagnose' says which.",
                             mutau_summary_verdict(s), s->n_problem, s->n_problem == 1 ? "" : "s");
    if (mutau_validity_problem(&s->validity, problem))
        mutau_report_warning(r, "%s", problem);
    mutau_report_line(r,
                      "%zu walkers x %zu kept rows; %llu steps, the first %llu dropped as "
                      "burn-in\n",
                      s->n_column, s->n_row, (unsigned long long)s->steps,
                      (unsigned long long)s->burn_in);
}

/* Medians and regions: of all masses that were asked for, of the first and last by default. */
static void write_intervals(mutau_report *r, const mutau_summary *s, bool asked, const char *rows,
                            const char *what)
{
    const char *columns[2 + MUTAU_SUMMARY_MAX_MASSES] = {mutau_report_keep(r, "@|%s", what),
                                                         "median"};
    size_t n = 2;
    for (size_t i = 0; i < s->n_mass; i++) {
        if (asked || i == 0 || i + 1 == s->n_mass)
            columns[n++] = mutau_report_keep(r, "~hpd/%s|%.6g %% HPD region",
                                             cli_mass_key(r, s->mass[i]), 100.0 * s->mass[i]);
    }
    mutau_report_line(r, "\n");
    mutau_report_add_table(r, &(mutau_report_layout){.rows = rows}, n, columns);
}

/* What is so with the derived quantities that show a coordinate's regions, or those that do not;
 * "" if there are none. */
static const char *tell_derived(mutau_report *r, const mutau_summary *s, bool shown,
                                const char *what)
{
    const char *text = "";
    for (size_t i = 0; i < s->n_derived; i++) {
        const mutau_quantity *q = &s->derived[i];
        if ((strcmp(q->hpd_in, q->name) != 0) == shown)
            text = mutau_report_keep(r, "%s%s%s", text, text[0] != '\0' ? ", " : ";\n  ", q->name);
    }
    return text[0] != '\0' ? mutau_report_keep(r, "%s: %s", text, what) : text;
}

/* The sentence on which density the regions are the highest of. */
static void write_density(mutau_report *r, const mutau_summary *s)
{
    mutau_report_note(r,
                      "\n  HPD regions have the highest density per unit of the sampled coordinate"
                      "%s%s.\n",
                      tell_derived(r, s, true, "the same regions in other values"),
                      tell_derived(r, s, false, "per unit of itself"));
}

/* Above this share of its maximum, that of a normal density at two standard deviations, the
 * density at an edge of the prior is worth a remark. */
static const double HIGH_EDGE = 0.135;

static void write_edges(mutau_report *r, const mutau_summary *s)
{
    for (size_t i = 0; i < 2 * s->n_parameter; i++) {
        const mutau_quantity *q = &s->parameter[i / 2];
        const double density = i % 2 == 0 ? q->region[0].edge_lo : q->region[0].edge_hi;
        if (density > HIGH_EDGE)
            mutau_report_note(r,
                              "  %s: at the %s edge of its prior the density is %.2g of its "
                              "maximum; the intervals depend on where that edge is\n",
                              q->name, i % 2 == 0 ? "lower" : "upper", density);
    }
}

/* The parameter with the largest of these errors. */
static const mutau_quantity *worst_interval(const mutau_summary *s)
{
    const mutau_quantity *worst = &s->parameter[0];
    for (size_t i = 1; i < s->n_parameter; i++)
        if (!(s->parameter[i].interval_error <= worst->interval_error))
            worst = &s->parameter[i];
    return worst;
}

static void write_diagnostics(mutau_report *r, const mutau_summary *s)
{
    const mutau_quantity *worst = worst_interval(s);
    mutau_report_line(r, "\n");
    mutau_report_table(r, "parameters", "@.name|convergence", "mean", "sd", "mcse|MCSE(mean)|g2",
                       "rhat|Rhat|f4", "ess_bulk|ESS bulk|f0", "ess_tail|ESS tail|f0",
                       "tau|tau/step|f1");
    mutau_report_note(r,
                      "  ends of the equal-tailed 68 and 95 %% intervals: errors of at most %.2g "
                      "sd (%s)\n",
                      worst->interval_error, worst->name);
}

static void write_best(mutau_report *r, const mutau_summary *s)
{
    const char *text = "";
    for (size_t i = 0; i < s->n_best; i++)
        text = mutau_report_keep(r, "%s%s%s" MUTAU_REPORT_BLANK "=" MUTAU_REPORT_BLANK "%.4g", text,
                                 i > 0 ? ", " : "", s->best_name[i], s->best[i]);
    mutau_report_note(r, "\nbest sample: ln posterior %.4f at\n  %s\n", s->best_log_prob, text);
}

static void write_goodness(mutau_report *r, const mutau_goodness *g)
{
    const char *columns[CLI_GOODNESS_ROWS];
    const size_t n = cli_goodness_rows(r, g, columns);
    mutau_report_line(r, "\n");
    if (mutau_goodness_is_improbable(g))
        mutau_report_line(r, "IMPROBABLE FIT: p-value below %g\n", mutau_goodness_improbable);
    cli_point_rows(r, n, columns);
}

/* Who solved for the draws, and what is left out there. */
static void write_validity(mutau_report *r, const mutau_validity *v)
{
    const double n = (double)(v->by_line + v->by_grid);
    if (isfinite(v->limit))
        mutau_report_line(
            r, "line picture: largest tail depth T = %.2g; posterior mass of T > %g: %.2g\n",
            v->depth_max, v->limit, v->mass_beyond);
    else
        mutau_report_line(r,
                          "solver %s: %.3g %% of the draws by line, %.3g %% by grid; largest tail "
                          "depth T = %.2g\n",
                          v->solver->name, 100.0 * (double)v->by_line / n,
                          100.0 * (double)v->by_grid / n, v->depth_max);
    if (v->matters && v->mass_beyond_1_percent > 0.0)
        mutau_report_line(r,
                          "t and u channels and pair production are left out, where they are more "
                          "than 1 %%: posterior mass %.2g; than 10 %%: %.2g\n",
                          v->mass_beyond_1_percent, v->mass_beyond_10_percent);
}

static void write_run(mutau_report *r, const mutau_summary *s)
{
    mutau_report_line(r, "\nacceptance %.3f, %llu evaluations (%llu failed) in %.1f s\n",
                      s->acceptance, (unsigned long long)s->evaluations,
                      (unsigned long long)s->failures, s->seconds);
    cli_write_methods(r, &s->verdict.evidence);
    if (s->validity.solver != NULL)
        write_validity(r, &s->validity);
}

static mutau_status build(mutau_report *r, const contents *c, bool asked, size_t n_chain,
                          mutau_chain *const chains[], mutau_error *err)
{
    const mutau_summary *s = &c->summary;
    cli_record_quantities(r, s, record_quantity);
    record_units(r, s);
    cli_record_best(r, s);
    cli_record_goodness(r, &c->goodness);
    record_run(r, s);
    write_warnings(r, s);
    write_intervals(r, s, asked, "parameters", "sampled");
    if (s->n_derived > 0)
        write_intervals(r, s, asked, "derived", "derived");
    write_density(r, s);
    write_edges(r, s);
    cli_record_pairs(r, s, &c->pairs);
    if (c->pairs.n == 0)
        add_csv(r);
    write_diagnostics(r, s);
    write_best(r, s);
    write_goodness(r, &c->goodness);
    cli_record_evidence(r, &s->verdict.evidence);
    write_run(r, s);
    MUTAU_CHECK(cli_record_inputs(r, n_chain, chains, err));
    cli_record_verdict(r, s->posterior_converged, s->evidence_judged, s->evidence_converged);
    mutau_report_line(r, "verdict: %s\n", mutau_summary_verdict(s));
    cli_record_paper(r, s);
    return MUTAU_OK;
}

/* --- the command ----------------------------------------------------------------------- */

static mutau_status read_options(const summary_options *options, contents *c, mutau_error *err)
{
    c->n_mass = MUTAU_SUMMARY_MASSES;
    memcpy(c->mass, mutau_summary_mass, sizeof mutau_summary_mass);
    if (options->mass != NULL)
        MUTAU_CHECK(
            cli_read_masses(options->mass, MUTAU_SUMMARY_MAX_MASSES, c->mass, &c->n_mass, err));
    return options->region != NULL ? cli_read_pairs(options->region, &c->pairs, err) : MUTAU_OK;
}

static mutau_status fill(mutau_report *r, contents *c, const summary_options *options, size_t n,
                         mutau_chain *const chains[], mutau_error *err)
{
    mutau_summary *s = &c->summary;
    MUTAU_CHECK(read_options(options, c, err));
    MUTAU_CHECK(mutau_summary_compute_masses(n, chains, c->n_mass, c->mass, s, err));
    MUTAU_CHECK(mutau_stored_goodness(chains[0], s, &c->goodness, err));
    MUTAU_CHECK(cli_find_regions(n, chains, s, &c->pairs, err));
    MUTAU_CHECK(build(r, c, options->mass != NULL, n, chains, err));
    cli_summary_warn("", "this chain is not converged", s, &c->goodness);
    return MUTAU_OK;
}

static mutau_status report(const void *options, const cli_list *files, mutau_chain *const chains[],
                           cli_result *result, mutau_error *err)
{
    contents *c = mutau_calloc(1, sizeof *c);
    if (c == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a summary");
    const mutau_status status = fill(result->report, c, options, files->n, chains, err);
    cli_pairs_release(&c->pairs);
    free(c);
    return status;
}

const cli_command cli_command_summary = {
    .name = "summary",
    .paper = true,
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
        "--format markdown and latex (with booktabs) give the table for a paper: medians with\n"
        "68 % intervals or limits, regions, the best sample, in natural values.\n"
        "--region gives the joint regions of two quantities, by their stored or natural\n"
        "names: --region NAME,NAME or, for several pairs, NAME,NAME:NAME,NAME.",
    CLI_OPTIONS(OPTIONS, summary_options),
    .min_files = 1,
    .max_files = MUTAU_POOL_MAX_CHAINS,
    .report_chains = report,
};
