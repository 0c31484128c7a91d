/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau compare: posteriors side by side. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "chains.h"
#include "analysis/compare.h"
#include "analysis/diagnosis.h"
#include "ladder_report.h"
#include "records.h"

typedef struct compare_options {
    cli_form form;
    bool force, suspiciousness;
    const char *reference;
} compare_options;

static const cli_option OPTIONS[] = {
    {"force", CLI_FLAG, offsetof(compare_options, force), 0, 0, NULL,
     "compare other conventions and unfinished runs, reweight between other data and priors"},
    {"suspiciousness", CLI_FLAG, offsetof(compare_options, suspiciousness), 0, 0, NULL,
     "fail unless the three runs that the suspiciousness takes are among the files"},
    {"reference", CLI_TEXT, offsetof(compare_options, reference), 0, 0, "FILE|SPECTRUM",
     "hold every evidence against that file's, or that of a spectrum without the boson"},
    CLI_FORM_OPTIONS,
};

/* --- a run ------------------------------------------------------------------------------ */

static void record_moments(mutau_report *r, double mean, double sd, double median, double mcse,
                           const double quantile[])
{
    mutau_report_reals(r, "mean sd median mcse", mean, sd, median, mcse);
    cli_record_quantiles(r, quantile);
}

static void record_direct(mutau_report *r, const mutau_quantity *q)
{
    const mutau_convergence *c = &q->moments;
    record_moments(r, c->mean, c->sd, c->median, c->mcse_mean, q->quantile);
}

static void record_quantity(mutau_report *r, const mutau_summary *s, const mutau_quantity *q)
{
    record_direct(r, q);
    cli_record_regions(r, s, q);
}

/* chi^2 of flux and terms; for people both numbers in one cell. */
static void record_chi2(mutau_report *r, const mutau_compared_run *run)
{
    mutau_report_object(r, "chi2");
    for (size_t i = 0; i < run->n_chi2; i++) {
        mutau_report_record(r, run->chi2[i].name, "best mean", run->chi2[i].best,
                            run->chi2[i].mean);
    }
    mutau_report_end(r);
    mutau_report_object(r, ".chi2_shown");
    for (size_t i = 0; i < run->n_chi2; i++)
        mutau_report_text(
            r, run->chi2[i].name,
            mutau_report_keep(r, "%.3f (%.3f)", run->chi2[i].best, run->chi2[i].mean));
    mutau_report_end(r);
}

static void record_evidence(mutau_report *r, const mutau_compared_run *run)
{
    const mutau_model_places *places = &run->settings->places;
    const size_t of_the_boson[] = {places->mass, places->coupling};
    mutau_report_object(r, "evidence");
    mutau_report_reals(r, "ln_z error", run->evidence.ln_z, run->evidence.error);
    cli_record_methods(r, &run->evidence);
    mutau_report_object(r, "power_law");
    mutau_report_reals(r, "ln_z error", run->bare.ln_z, run->bare.error);
    mutau_report_why(r, "why_null", run->no_bare.text);
    mutau_report_end(r);
    mutau_report_real(r, "ln_b", run->ln_b);
    cli_record_nested(r, run, cli_ln_b(run));
    cli_record_edges(r, run);
    mutau_report_why(r, "why_null",
                     isnan(run->evidence.ln_z) ? mutau_no_evidence_words(run->evidence.why) : NULL);
    mutau_report_object(r, "prior_ranges");
    for (size_t i = 0; i < CLI_COUNT(of_the_boson); i++) {
        const mutau_parameter *p = &run->settings->parameters[of_the_boson[i]];
        mutau_report_object(r, p->spec->name);
        mutau_report_text(r, "prior", mutau_prior_name(p->prior));
        mutau_report_reals(r, "min max", p->min, p->max);
        mutau_report_end(r);
    }
    mutau_report_end(r);
    mutau_report_end(r);
}

static void record_projections(mutau_report *r, const mutau_compared_run *run)
{
    for (size_t i = 0; i < run->n_projection; i++) {
        const mutau_compared_projection *p = &run->projection[i];
        if (mutau_projection_begins(run, i))
            mutau_report_object(r, mutau_report_keep(r, "below_%s", p->term->name));
        mutau_report_real(r, mutau_report_keep(r, "%.0e", p->exposure), p->below);
        if (mutau_projection_ends(run, i))
            mutau_report_end(r);
    }
}

/* ln_z and error of the record at `path`. */
static void number_evidence(mutau_report *r, const char *key, const char *path)
{
    mutau_report_numbers(r, "file", "evidence", key, ".",
                         mutau_report_keep(r, "%s/ln_z|value", path),
                         mutau_report_keep(r, "%s/error", path));
}

/* With a mixture: without, ln_z is by stepping stones. */
static void number_methods(mutau_report *r, const mutau_evidence *e)
{
    if (e->why_no_bridge == MUTAU_EVIDENCE_NO_MIXTURE)
        return;
    number_evidence(r, "ln_z_bridge", "evidence/methods/bridge");
    number_evidence(r, "ln_z_importance", "evidence/methods/importance");
    if (e->why_no_stones != MUTAU_EVIDENCE_UNTEMPERED)
        number_evidence(r, "ln_z_stepping_stone", "evidence/methods/stepping_stone");
}

#define QUANTITY "mean", "sd", "median", "mcse", "q/*|q"

/* CSV has one number a row. */
static void number_run(mutau_report *r, const mutau_compared_run *run)
{
    const mutau_run_settings *settings = run->settings;
    const char *coupling = settings->set.spec[settings->places.coupling]->name;
    mutau_report_numbers(r, "file", "parameters", NULL, "parameters", QUANTITY);
    mutau_report_numbers(r, "file", "derived", NULL, "derived", QUANTITY);
    mutau_report_numbers(r, "file", "best", NULL, "best", "|value");
    mutau_report_numbers(r, "file", "chi2", NULL, "chi2", "best", "mean");
    mutau_report_numbers(r, "file", "goodness", NULL, "goodness", "|best");
    for (size_t i = 0; i < run->n_projection; i++)
        if (mutau_projection_begins(run, i)) {
            const char *below = mutau_report_keep(r, "below_%s", run->projection[i].term->name);
            mutau_report_numbers(r, "file", below, coupling, ".",
                                 mutau_report_keep(r, "%s/*", below));
        }
    number_evidence(r, "ln_z", "evidence");
    number_methods(r, &run->evidence);
    number_evidence(r, "ln_z_power_law", "evidence/power_law");
    mutau_report_numbers(r, "file", "evidence", "ln_b", ".", "evidence/ln_b|value");
}

static void record_run(mutau_report *r, const mutau_compared_run *run)
{
    const mutau_summary *s = &run->summary;
    mutau_report_object(r, NULL);
    mutau_report_texts(r, "file description", run->path, run->settings->description);
    cli_record_verdict(r, s->posterior_converged, s->evidence_judged, s->evidence_converged);
    cli_record_quantities(r, s, record_quantity);
    cli_record_best(r, s);
    record_chi2(r, run);
    cli_record_goodness(r, &run->goodness);
    record_projections(r, run);
    record_evidence(r, run);
    number_run(r, run);
    mutau_report_end(r);
}

/* --- a pair ----------------------------------------------------------------------------- */

static void shown_moments(mutau_report *r, const char *key, double mean, double mcse,
                          const double quantile[])
{
    mutau_report_text(
        r, key,
        mutau_report_keep(r, "%.4g +- %.2g, %.4g ... %.4g", mean, mcse, quantile[2], quantile[4]));
}

static void record_reweighted(mutau_report *r, const mutau_reweighted *q, const mutau_quantity *d)
{
    mutau_report_object(r, q->name);
    record_moments(r, q->mean, q->sd, q->median, q->mcse, q->quantile);
    mutau_report_object(r, "direct");
    record_direct(r, d);
    mutau_report_end(r);
    mutau_report_real(r, "pull", mutau_reweighted_pull(q, d));
    shown_moments(r, ".reweighted", q->mean, q->mcse, q->quantile);
    shown_moments(r, ".direct", d->moments.mean, d->moments.mcse_mean, d->quantile);
    mutau_report_end(r);
}

/* Whether there is a reason why there is no such record: then that is said, for people after
 * `before` (NULL: not). */
static bool is_missing(mutau_report *r, const char *before, const char *key, const char *why)
{
    if (why[0] == '\0')
        return false;
    mutau_report_missing(r, key, why);
    mutau_report_text(r, mutau_report_keep(r, "why_no_%s", key), why);
    if (before != NULL)
        mutau_report_line(r, "%sno %s: %s\n", before, key, why);
    return true;
}

static void write_sufficiency(mutau_report *r, const mutau_compared_pair *p)
{
    const mutau_reweighting *w = &p->reweighting;
    mutau_report_line(r,
                      "  reweighting [1] to the terms of [%zu]: k-hat %.3f, r_eff %.2g, %zu "
                      "weights in the tail, (sum w)^2/sum w^2 = %.2g of all\n",
                      p->second + 1, w->psis.khat, w->r_eff, w->psis.n_tail, w->kish);
    if (p->beyond_terms.text[0] != '\0')
        mutau_report_line(r,
                          "  INSUFFICIENT: the runs differ in more than terms, which is not in the "
                          "weights (%s)\n",
                          p->beyond_terms.text);
    else
        mutau_report_line(r, "  %s\n",
                          w->sufficient ? "SUFFICIENT: k-hat < 0.7, it would have been enough"
                                        : "INSUFFICIENT: k-hat >= 0.7, a run is needed; the "
                                          "reweighted numbers below are not reliable");
}

static void record_reweighting(mutau_report *r, const mutau_comparison *c,
                               const mutau_compared_pair *p)
{
    const mutau_reweighting *w = &p->reweighting;
    if (is_missing(r, "  ", "reweighting", p->no_reweighting.text))
        return;
    mutau_report_object(r, "reweighting");
    mutau_report_reals(r, "khat r_eff kish", w->psis.khat, w->r_eff, w->kish);
    mutau_report_count(r, "tail", w->psis.n_tail);
    mutau_report_bool(r, "sufficient", w->sufficient);
    mutau_report_why(r, "beyond_terms", p->beyond_terms.text);
    mutau_report_object(r, "quantities");
    for (size_t i = 0; i < w->n; i++)
        record_reweighted(r, &w->quantity[i],
                          mutau_summary_find(&c->run[p->second].summary, w->quantity[i].name));
    mutau_report_end(r);
    write_sufficiency(r, p);
    mutau_report_table(r, "quantities", "@| ", "~.reweighted|reweighted: mean +- MCSE, 16 ... 84 %",
                       "~.direct", "pull|difference/MCSE|f1");
    mutau_report_end(r);
}

static void record_distances(mutau_report *r, const mutau_compared_pair *p)
{
    mutau_report_object(r, "quantities");
    for (size_t i = 0; i < p->n; i++) {
        const mutau_compared_quantity *q = &p->quantity[i];
        mutau_report_record(r, q->name, "shift shift_mcse overlap", q->shift, q->shift_error,
                            q->overlap);
    }
    mutau_report_end(r);
    mutau_report_object(r, "jensen_shannon");
    mutau_report_reals(r, "bits plug_in", p->mass_coupling.bits, p->mass_coupling.plug_in);
    mutau_report_count(r, "base", 2);
    mutau_report_text(r, "estimator", "256 cells of equal pooled mass; bias removed by halves");
    mutau_report_why(r, "why_null", p->no_mass_coupling.text);
    mutau_report_end(r);
    mutau_report_real(r, "ln_b", p->ln_b);
    mutau_report_why(r, "why_no_ln_b", p->no_ln_b.text);
}

static void write_distances(mutau_report *r, const mutau_compared_pair *p)
{
    mutau_report_line(r, "\n[%zu] against [1]\n", p->second + 1);
    if (p->no_mass_coupling.text[0] != '\0')
        mutau_report_line(r, "  no Jensen-Shannon divergence: %s\n", p->no_mass_coupling.text);
    else
        mutau_report_line(r,
                          "  Jensen-Shannon divergence of the (m, g') marginals: %.4f bits (%.4f "
                          "with noise)\n",
                          p->mass_coupling.bits, p->mass_coupling.plug_in);
    if (p->no_ln_b.text[0] != '\0')
        mutau_report_line(r, "  %s\n", p->no_ln_b.text);
    else
        mutau_report_line(r, "  ln B of [%zu] against [1]: %.3f\n", p->second + 1, p->ln_b);
}

static void number_pair(mutau_report *r)
{
    static const char file[] = "second", first[] = "against_first", weighted[] = "reweighted_first";
    mutau_report_numbers(r, file, first, NULL, "quantities", "shift", "shift_mcse", "overlap");
    mutau_report_numbers(r, file, first, "mass_coupling", ".",
                         "jensen_shannon/bits|jensen_shannon_bits");
    mutau_report_numbers(r, file, first, "evidence", ".", "ln_b");
    mutau_report_numbers(r, file, weighted, "weights", ".", "reweighting/khat", "reweighting/r_eff",
                         "reweighting/kish");
    mutau_report_numbers(r, file, weighted, NULL, "reweighting/quantities", "mean", "sd", "mcse",
                         "q/*|q");
}

static void record_pair(mutau_report *r, const mutau_comparison *c, const mutau_compared_pair *p)
{
    mutau_report_object(r, NULL);
    mutau_report_texts(r, "first second", c->run[p->first].path, c->run[p->second].path);
    record_distances(r, p);
    write_distances(r, p);
    record_reweighting(r, c, p);
    number_pair(r);
    mutau_report_end(r);
}

/* --- suspiciousness --------------------------------------------------------------------- */

static void write_suspiciousness(mutau_report *r, const mutau_comparison *c)
{
    const mutau_suspiciousness *s = &c->suspiciousness;
    mutau_report_line(r,
                      "\nsuspiciousness of flux (A, [%zu]) and %s (B, [%zu]), both in [%zu]; the "
                      "other terms are their common prior\n",
                      c->run_a + 1, c->shift->name, c->run_b + 1, c->run_ab + 1);
    mutau_report_line(r, "  ln S = %.3f +- %.2g, dimension %.2f (A %.2f, B %.2f, both %.2f)\n",
                      s->ln_s, s->error, s->dimension, s->d_a, s->d_b, s->d_ab);
    if (isnan(s->probability))
        mutau_report_line(r, "  no tension probability: the two constrain nothing in common\n");
    else
        mutau_report_line(r, "  probability of such a tension by chance: %.3g (%.2f sigma)\n",
                          s->probability, s->sigma);
}

static void record_suspiciousness(mutau_report *r, const mutau_comparison *c)
{
    const mutau_suspiciousness *s = &c->suspiciousness;
    if (is_missing(r, c->n_run >= 3 ? "\n" : NULL, "suspiciousness", c->no_suspiciousness.text))
        return;
    mutau_report_object(r, "suspiciousness");
    mutau_report_reals(
        r, "ln_s mcse dimension dimension_ab dimension_a dimension_b probability sigma", s->ln_s,
        s->error, s->dimension, s->d_ab, s->d_a, s->d_b, s->probability, s->sigma);
    mutau_report_texts(r, "ab a_flux", c->run[c->run_ab].path, c->run[c->run_a].path);
    mutau_report_text(r, mutau_report_keep(r, "b_%s", c->shift->name), c->run[c->run_b].path);
    mutau_report_numbers(r, "ab", "suspiciousness", mutau_report_keep(r, "flux_%s", c->shift->name),
                         ".", "ln_s", "mcse", "dimension", "probability");
    mutau_report_end(r);
    write_suspiciousness(r, c);
}

/* --- runs side by side, for people ------------------------------------------------------- */

static void write_titles(mutau_report *r, const mutau_comparison *c)
{
    char path[CLI_PLAIN_SIZE], description[CLI_PLAIN_SIZE];
    for (size_t i = 0; i < c->n_run; i++) {
        const mutau_compared_run *run = &c->run[i];
        const char *about = run->settings->description;
        const bool fine = run->summary.converged;
        mutau_report_line(r, "[%zu] %s%s%s%s%s%s\n", i + 1, cli_plain(run->path, path),
                          about[0] != '\0' ? ": " : "", cli_plain(about, description),
                          fine ? "" : "  (", fine ? "" : mutau_summary_verdict(&run->summary),
                          fine ? "" : ")");
    }
}

/* Its line in one run, the name being said in the first only. */
static void add_line(mutau_report *r, const mutau_comparison *c, size_t run, const char *name,
                     const mutau_quantity *q)
{
    const mutau_summary *s = &c->run[run].summary;
    const mutau_compared_quantity *d = mutau_comparison_find(c, run, q->name);
    mutau_report_object(r, NULL);
    mutau_report_texts(r, ".name run", name, mutau_report_keep(r, "[%zu]", run + 1));
    mutau_report_real(r, "median", q->moments.median);
    mutau_report_region(r, "inner", &q->region[0], s->mass[0]);
    mutau_report_region(r, "outer", &q->region[s->n_mass - 1], s->mass[s->n_mass - 1]);
    if (d != NULL)
        mutau_report_reals(r, "shift shift_mcse overlap", d->shift, d->shift_error, d->overlap);
    mutau_report_end(r);
}

/* The lines of a quantity in all runs. */
static void add_quantity(mutau_report *r, const mutau_comparison *c, const mutau_quantity *q)
{
    const char *name = cli_with_unit(r, q->name, q->unit);
    for (size_t i = 0; i < c->n_run; i++) {
        const mutau_quantity *own = mutau_summary_find(&c->run[i].summary, q->name);
        if (own == NULL)
            continue;
        add_line(r, c, i, name, own);
        name = "";
    }
}

static void write_quantities(mutau_report *r, const mutau_comparison *c)
{
    const mutau_quantity *q;
    mutau_report_line(r, "\n");
    mutau_report_list(r, ".side_by_side");
    for (size_t run = 0; run < c->n_run; run++)
        for (size_t i = 0; (q = mutau_summary_at(&c->run[run].summary, i)) != NULL; i++)
            if (mutau_comparison_first(c, q->name) == run)
                add_quantity(r, c, q);
    mutau_report_table(r, "", "@.name| ", "@run", "median", "~inner|68 % HPD region",
                       "~outer|95 % HPD region", "shift|shift/sd of [1]|f3|shift_mcse",
                       "overlap||f3");
    mutau_report_end(r);
    mutau_report_note(r, "  HPD regions have the highest density per unit of the sampled "
                         "coordinate;\n  natural values: the same regions; functions of several "
                         "coordinates: their own.\n");
}

/* A column for each run; in front of it an empty line. */
#define BY_RUN(r, head_, ...)                                                                      \
    (mutau_report_line(r, "\n"),                                                                   \
     MUTAU_REPORT_TABLE(r, (.rows = "runs", .head = head_, .across = true), __VA_ARGS__))

/* What is to be said of a run's goodness of fit beyond its numbers. */
static void write_goodness_notes(mutau_report *r, const mutau_comparison *c)
{
    for (size_t i = 0; i < c->n_run; i++) {
        const mutau_goodness *g = &c->run[i].goodness;
        if (g->why[0] != '\0')
            mutau_report_line(r, "  [%zu] %s\n", i + 1, g->why);
        if (mutau_goodness_is_improbable(g))
            mutau_report_line(r, "  [%zu] IMPROBABLE: p below %g\n", i + 1,
                              mutau_goodness_improbable);
    }
}

/* Of a run that has a mixture. */
static void write_methods_note(mutau_report *r, size_t i_run, const mutau_evidence *e)
{
    const char *stones = "";
    if (e->why_no_stones == MUTAU_EVIDENCE_KNOWN)
        stones = mutau_report_keep(r, ", %.3f +- %.3f by stepping stones", e->stones.ln_z,
                                   e->stones.error);
    if (e->why_no_bridge == MUTAU_EVIDENCE_KNOWN)
        mutau_report_line(r,
                          "  [%zu] ln Z = %.3f +- %.3f by a bridge, %.3f +- %.3f by importance "
                          "sampling%s\n",
                          i_run + 1, e->bridge.ln_z, e->bridge.error, e->importance.ln_z,
                          e->importance.error, stones);
}

static void write_evidence_notes(mutau_report *r, const mutau_comparison *c)
{
    for (size_t i = 0; i < c->n_run; i++) {
        const mutau_compared_run *run = &c->run[i];
        const mutau_model_places *places = &run->settings->places;
        const mutau_parameter *m = &run->settings->parameters[places->mass];
        const mutau_parameter *g = &run->settings->parameters[places->coupling];
        if (run->no_bare.text[0] != '\0')
            mutau_report_line(r, "  [%zu] no ln Z without the boson: %s\n", i + 1,
                              run->no_bare.text);
        write_methods_note(r, i, &run->evidence);
        if (isnan(run->evidence.ln_z))
            mutau_report_line(r, "  [%zu] no ln Z: %s\n", i + 1,
                              mutau_no_evidence_words(run->evidence.why));
        else if (g->prior != MUTAU_PRIOR_FIXED || g->value > 0.0) /* there is a boson */
            mutau_report_line(
                r, "  [%zu] depends on the priors: %s %s %g ... %g %s, %s %s %g ... %g\n", i + 1,
                m->spec->name, mutau_prior_name(m->prior), m->min, m->max, m->spec->unit,
                g->spec->name, mutau_prior_name(g->prior), g->min, g->max);
        const char *whose = mutau_report_keep(r, "[%zu]", i + 1);
        cli_write_nested(r, whose, run, cli_ln_b(run));
        cli_write_edges(r, whose, run);
    }
}

/* The parameters of the runs' models, and what is derived from them, a row each; how many. */
enum { MAX_BEST = 1 + 2 * MUTAU_MAX_PARAMETERS };

static void add_best(mutau_report *r, const char *rows[MAX_BEST], size_t *n, const char *name)
{
    const char *row = mutau_report_keep(r, "best/%s||g5", name);
    for (size_t i = 0; i < *n; i++)
        if (strcmp(rows[i], row) == 0)
            return;
    if (*n < MAX_BEST)
        rows[(*n)++] = row;
}

static void write_best(mutau_report *r, const mutau_comparison *c)
{
    const mutau_report_layout layout = {.rows = "runs", .across = true, .head = "best sample"};
    const char *rows[MAX_BEST] = {"best/log_prob|ln posterior|f3"};
    size_t n = 1;
    for (size_t run = 0; run < c->n_run; run++)
        for (size_t i = 0; i < c->run[run].settings->set.n; i++)
            add_best(r, rows, &n, c->run[run].settings->set.spec[i]->name);
    for (size_t i = 0; mutau_term_types[i] != NULL; i++)
        for (size_t k = 0; k < mutau_term_types[i]->n_derived; k++)
            add_best(r, rows, &n, mutau_term_types[i]->derived[k].name);
    for (size_t i = 0; mutau_spectrum_types[i] != NULL; i++)
        if (mutau_spectrum_types[i]->derived != NULL)
            add_best(r, rows, &n, mutau_spectrum_types[i]->derived->name);
    mutau_report_line(r, "\n");
    mutau_report_add_table(r, &layout, n, rows);
}

/* All runs have the same projections. */
static void write_projections(mutau_report *r, const mutau_compared_run *run)
{
    const char *rows[MUTAU_COMPARE_MAX_PROJECTIONS];
    for (size_t i = 0, first = 0; i < run->n_projection; i++) {
        const mutau_compared_projection *p = &run->projection[i];
        const mutau_projection *of = p->term->projection;
        first = mutau_projection_begins(run, i) ? i : first;
        rows[i - first] =
            mutau_report_keep(r, "below_%s/%.0e|scaled by %s to %.0e %s|g5", p->term->name,
                              p->exposure, of->scaling, p->exposure, of->unit);
        if (!mutau_projection_ends(run, i))
            continue;
        const mutau_report_layout layout = {
            .rows = "runs",
            .across = true,
            .head = mutau_report_keep(r, "probability below %s", of->limit)};
        mutau_report_line(r, "\n");
        mutau_report_add_table(r, &layout, i + 1 - first, rows);
    }
}

static void write_by_run(mutau_report *r, const mutau_comparison *c)
{
    write_best(r, c);
    BY_RUN(r, "chi^2 at the best sample (mean)", "~.chi2_shown/*");
    BY_RUN(r, "goodness of fit at the best sample", "goodness/*||g5");
    write_goodness_notes(r, c);
    write_projections(r, &c->run[0]);
    BY_RUN(r, "evidence", "evidence/ln_z|ln Z|f3",
           "evidence/power_law/ln_z|ln Z without the boson (g' = 0)|f3",
           "evidence/ln_b|ln B against no boson|f3");
    write_evidence_notes(r, c);
}

static void record_ladder(mutau_report *r, const mutau_comparison *c)
{
    const mutau_compared_ladder *l = &c->ladder;
    cli_rung rung[MUTAU_COMPARE_MAX_RUNS];
    for (size_t i = 0; i < c->n_run; i++) {
        const mutau_compared_run *run = &c->run[i];
        rung[i] = (cli_rung){&l->model[i], run->path, run,
                             isnan(run->evidence.ln_z) ? mutau_no_evidence_words(run->evidence.why)
                                                       : NULL};
    }
    cli_record_ladder(r, "ladder", c->n_run, rung, l->name, &l->reference, l->no_reference.text,
                      &l->verdict);
}

static void build(mutau_report *r, const mutau_comparison *c)
{
    write_titles(r, c);
    write_quantities(r, c);
    mutau_report_list(r, "runs");
    for (size_t i = 0; i < c->n_run; i++)
        record_run(r, &c->run[i]);
    mutau_report_end(r);
    write_by_run(r, c);
    mutau_report_list(r, "pairs");
    for (size_t i = 0; i < c->n_pair; i++)
        record_pair(r, c, &c->pair[i]);
    mutau_report_end(r);
    record_suspiciousness(r, c);
    if (c->ladder.given)
        record_ladder(r, c);
}

/* --- the command ---------------------------------------------------------------------- */

/* What a run is worth. */
static void warn(const mutau_compared_run *run)
{
    char whose[CLI_PLAIN_SIZE + 2], room[CLI_PLAIN_SIZE];
    (void)snprintf(whose, sizeof whose, "%s: ", cli_plain(run->path, room));
    cli_summary_warn(whose, mutau_summary_verdict(&run->summary), &run->summary, &run->goodness);
}

static mutau_status report(const void *options_, const cli_list *files, mutau_chain *const chains[],
                           cli_result *result, mutau_error *err)
{
    const compare_options *options = options_;
    const mutau_compare_settings settings = {.force = options->force,
                                             .suspiciousness = options->suspiciousness,
                                             .reference = options->reference};
    if (files->n < 2 && options->reference == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "compare takes files A.h5 B.h5..., or one file and --reference");
    mutau_comparison comparison = {0};
    const mutau_status status =
        mutau_compare(files->n, files->items, chains, &settings, &comparison, err);
    if (status == MUTAU_OK) {
        for (size_t i = 0; i < comparison.n_run; i++)
            warn(&comparison.run[i]);
        build(result->report, &comparison);
    }
    mutau_comparison_free(&comparison);
    return status;
}

const cli_command cli_command_compare = {
    .name = "compare",
    .arguments = "A.h5 B.h5...",
    .doc = "runs side by side: intervals, distances, chi^2, evidence",
    .details =
        "Each file is a run of its own; the others are held against the first.  A shift is that\n"
        "of the mean, in standard deviations of the first run.  The overlap coefficient is 1\n"
        "for equal and 0 for separate posteriors; the Jensen-Shannon divergence of the (m, g')\n"
        "marginals is in bits, 0 to 1.  ln B is against the same spectrum without the boson,\n"
        "whose evidence is computed here; it depends on the prior ranges of m and g', which are\n"
        "printed, and is 0, but for the error, of a run that has no boson.  Runs of two spectra\n"
        "can be compared: ln B of the one against the other is given as of any two runs.\n"
        "Runs that differ in their terms alone are also reweighted into one another; k-hat\n"
        "below 0.7 says that this would have been enough.  What a term would say with more\n"
        "exposure ('mutau help terms') is held against the draws.  Of three runs, with flux and\n"
        "a measured shift, without the shift, and with the shift alone, the suspiciousness of\n"
        "the two is given.  Of one run with a boson, ln B is also given by\n"
        "Savage-Dickey, from the chain alone, and with the coupling's prior cut at NA64mu's 90 % "
        "limit.\n"
        "--reference holds the evidences of all runs, of the same data, against one model: one\n"
        "of the files or, by quadrature, a spectrum without the boson, such as power-law, with\n"
        "the priors of a run that has it or else its default ones.  Words for ln B: to 1\n"
        "inconclusive, to 2.5 weak, to 5 moderate, above strong (arXiv:0803.4089).",
    CLI_OPTIONS(OPTIONS, compare_options),
    .min_files = 1,
    .max_files = MUTAU_COMPARE_MAX_RUNS,
    .report_chains = report,
};
