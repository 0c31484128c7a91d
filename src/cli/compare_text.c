/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of mutau compare as a text for people. */
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "compare_report.h"
#include "goodness_report.h"
#include "mutau/diagnosis.h"
#include "text.h"

enum { TEXT_SIZE = 256, HEAD_SIZE = 24 };

/* --- intervals and distances -------------------------------------------------------------- */

static void format_region(const mutau_region *r, char text[TEXT_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    switch (mutau_region_limit(r)) {
    case MUTAU_LIMIT_UPPER:
        (void)snprintf(text, TEXT_SIZE, "<" TEXT_BLANK "%.4g", r->hi[0]);
        return;
    case MUTAU_LIMIT_LOWER:
        (void)snprintf(text, TEXT_SIZE, ">" TEXT_BLANK "%.4g", r->lo[0]);
        return;
    case MUTAU_LIMIT_WHOLE:
        (void)snprintf(text, TEXT_SIZE, "unconstrained");
        return;
    case MUTAU_LIMIT_NONE:
        break;
    }
    for (size_t i = 0; i < r->n && used < TEXT_SIZE; i++) {
        const int n = snprintf(text + used, TEXT_SIZE - used, "%s[%.4g," TEXT_BLANK "%.4g]",
                               i > 0 ? " " : "", r->lo[i], r->hi[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

static const mutau_compared_quantity *find_distance(const mutau_comparison *c, size_t run,
                                                    const char *name)
{
    for (size_t i = 0; run > 0 && i < c->pair[run - 1].n; i++)
        if (strcmp(c->pair[run - 1].quantity[i].name, name) == 0)
            return &c->pair[run - 1].quantity[i];
    return NULL;
}

static void add_line(text_table *table, const mutau_comparison *c, size_t run, const char *head,
                     const mutau_quantity *q)
{
    char inner[TEXT_SIZE], outer[TEXT_SIZE];
    const mutau_summary *s = &c->run[run].summary;
    const mutau_compared_quantity *d = find_distance(c, run, q->name);
    format_region(&q->region[0], inner);
    format_region(&q->region[s->n_mass - 1], outer);
    text_table_cell(table, "%s", head);
    text_table_cell(table, "[%zu]", run + 1);
    text_table_cell(table, "%.4g", q->moments.median);
    text_table_cell(table, "%s", inner);
    text_table_cell(table, "%s", outer);
    if (d != NULL) {
        text_table_cell(table, "%.3f +- %-6.2g", d->shift, d->shift_error);
        text_table_cell(table, "%.3f", d->overlap);
    }
    text_table_row_end(table);
}

/* Whether an earlier run has had it already. */
static bool is_new(const mutau_comparison *c, size_t run, const char *name)
{
    for (size_t i = 0; i < run; i++)
        if (compare_find(&c->run[i], name) != NULL)
            return false;
    return true;
}

static void add_quantity(text_table *table, const mutau_comparison *c, const mutau_quantity *q)
{
    char head[TEXT_SIZE];
    (void)snprintf(head, sizeof head, "%s%s%s%s", q->name, q->unit[0] != '\0' ? " [" : "", q->unit,
                   q->unit[0] != '\0' ? "]" : "");
    for (size_t i = 0; i < c->n_run; i++) {
        const mutau_quantity *own = compare_find(&c->run[i], q->name);
        if (own == NULL)
            continue;
        add_line(table, c, i, head, own);
        head[0] = '\0';
    }
}

static mutau_status write_quantities(const mutau_comparison *c, size_t width, mutau_error *err)
{
    static const text_column columns[] = {{"", TEXT_LEFT, 2, 28, true},
                                          {"run", TEXT_LEFT, 1, 3, true},
                                          {"median", TEXT_RIGHT, 1, 10, false},
                                          {"68 % HPD region", TEXT_LEFT, 2, 24, false},
                                          {"95 % HPD region", TEXT_LEFT, 1, 24, false},
                                          {"shift/sd of [1]", TEXT_RIGHT, 1, 17, false},
                                          {"overlap", TEXT_RIGHT, 1, 6, false}};
    const mutau_quantity *q;
    text_table *table = text_table_alloc(sizeof columns / sizeof columns[0], columns);
    (void)putchar('\n');
    for (size_t run = 0; run < c->n_run; run++)
        for (size_t i = 0; (q = compare_quantity(&c->run[run], i)) != NULL; i++)
            if (is_new(c, run, q->name))
                add_quantity(table, c, q);
    MUTAU_CHECK(text_table_end(table, width, err));
    return text_print(text_sentence_width(width), err,
                      "  HPD regions have the highest density per unit of the sampled coordinate;\n"
                      "  natural values: the same regions; functions of several coordinates: their "
                      "own.\n");
}

/* --- one column a run --------------------------------------------------------------------- */

static text_table *begin_by_run(const mutau_comparison *c, const char *what,
                                char heads[MUTAU_COMPARE_MAX_RUNS][HEAD_SIZE])
{
    text_column columns[1 + MUTAU_COMPARE_MAX_RUNS] = {
        {.head = what, .gap = 2, .width = 40, .key = true}};
    for (size_t i = 0; i < c->n_run; i++) {
        (void)snprintf(heads[i], HEAD_SIZE, "[%zu]", i + 1);
        columns[1 + i] =
            (text_column){.head = heads[i], .align = TEXT_RIGHT, .gap = 1, .width = 22};
    }
    (void)putchar('\n');
    return text_table_alloc(1 + c->n_run, columns);
}

/* A number in its column; a dash for none. */
static void add_number(text_table *table, const char *format, double x)
{
    char text[TEXT_SIZE] = "-";
    if (!isnan(x))
        (void)snprintf(text, sizeof text, strcmp(format, "g") == 0 ? "%.5g" : "%.3f", x);
    text_table_cell(table, "%s", text);
}

static void add_chi2(text_table *table, const mutau_comparison *c, const char *name)
{
    text_table_cell(table, "%s", name);
    for (size_t run = 0; run < c->n_run; run++) {
        char text[TEXT_SIZE] = "-";
        for (size_t i = 0; i < c->run[run].n_chi2; i++)
            if (strcmp(c->run[run].chi2[i].name, name) == 0)
                (void)snprintf(text, sizeof text, "%.3f (%.3f)", c->run[run].chi2[i].best,
                               c->run[run].chi2[i].mean);
        text_table_cell(table, "%s", text);
    }
}

static bool has_chi2(const mutau_compared_run *run, const char *name)
{
    for (size_t i = 0; i < run->n_chi2; i++)
        if (strcmp(run->chi2[i].name, name) == 0)
            return true;
    return false;
}

static mutau_status write_all_chi2(const mutau_comparison *c, size_t width, mutau_error *err)
{
    char heads[MUTAU_COMPARE_MAX_RUNS][HEAD_SIZE];
    text_table *table = begin_by_run(c, "chi^2 at the best sample (mean)", heads);
    for (size_t run = 0; run < c->n_run; run++)
        for (size_t i = 0; i < c->run[run].n_chi2; i++) {
            const char *name = c->run[run].chi2[i].name;
            bool first = true;
            for (size_t k = 0; k < run; k++)
                first = first && !has_chi2(&c->run[k], name);
            if (first)
                add_chi2(table, c, name);
        }
    return text_table_end(table, width, err);
}

/* What the best sample has of a name, NaN for nothing. */
static double best_of(const mutau_compared_run *run, const char *name)
{
    for (size_t i = 0; i < run->summary.n_best; i++)
        if (strcmp(run->summary.best_name[i], name) == 0)
            return run->summary.best[i];
    return (double)NAN;
}

enum { MAX_BEST = 64 };

static void add_name(const char *names[MAX_BEST], size_t *n, const char *name)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(names[i], name) == 0)
            return;
    if (*n < MAX_BEST)
        names[(*n)++] = name;
}

/* The parameters of the runs' models, and what is derived from them. */
static size_t best_names(const mutau_comparison *c, const char *names[MAX_BEST])
{
    size_t n = 0;
    for (size_t run = 0; run < c->n_run; run++)
        for (size_t i = 0; i < c->run[run].settings->set.n; i++)
            add_name(names, &n, c->run[run].settings->set.spec[i]->name);
    for (size_t i = 0; mutau_term_types[i] != NULL; i++)
        for (size_t k = 0; k < mutau_term_types[i]->n_derived; k++)
            add_name(names, &n, mutau_term_types[i]->derived[k].name);
    return n;
}

static mutau_status write_best(const mutau_comparison *c, size_t width, mutau_error *err)
{
    const char *names[MAX_BEST];
    const size_t n = best_names(c, names);
    char heads[MUTAU_COMPARE_MAX_RUNS][HEAD_SIZE];
    text_table *table = begin_by_run(c, "best sample", heads);
    text_table_cell(table, "ln posterior");
    for (size_t run = 0; run < c->n_run; run++)
        add_number(table, "f", c->run[run].summary.best_log_prob);
    for (size_t i = 0; i < n; i++) {
        bool any = false;
        for (size_t run = 0; run < c->n_run; run++)
            any = any || !isnan(best_of(&c->run[run], names[i]));
        if (!any)
            continue;
        text_table_cell(table, "%s", names[i]);
        for (size_t run = 0; run < c->n_run; run++)
            add_number(table, "g", best_of(&c->run[run], names[i]));
    }
    return text_table_end(table, width, err);
}

/* What is to be said of a run's goodness of fit beyond its numbers. */
static mutau_status write_goodness_notes(const mutau_goodness *g, size_t run, size_t width,
                                         mutau_error *err)
{
    if (g->why[0] != '\0')
        MUTAU_CHECK(text_print(width, err, "  [%zu] %s\n", run + 1, g->why));
    return mutau_goodness_is_improbable(g)
               ? text_print(width, err, "  [%zu] IMPROBABLE: p below %g\n", run + 1,
                            mutau_goodness_improbable)
               : MUTAU_OK;
}

static mutau_status write_goodness(const mutau_comparison *c, size_t width, mutau_error *err)
{
    char heads[MUTAU_COMPARE_MAX_RUNS][HEAD_SIZE];
    double number[CLI_GOODNESS_NUMBERS];
    text_table *table = begin_by_run(c, "goodness of fit at the best sample", heads);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++) {
        if (strcmp(cli_goodness_names[i], "chi2") == 0) /* stands above */
            continue;
        text_table_cell(table, "%s", cli_goodness_names[i]);
        for (size_t run = 0; run < c->n_run; run++) {
            cli_goodness_numbers(&c->run[run].goodness, number);
            add_number(table, "g", number[i]);
        }
    }
    MUTAU_CHECK(text_table_end(table, width, err));
    for (size_t run = 0; run < c->n_run; run++)
        MUTAU_CHECK(write_goodness_notes(&c->run[run].goodness, run, width, err));
    return MUTAU_OK;
}

/* All runs have the same projections. */
static mutau_status write_projections(const mutau_comparison *c, size_t width, mutau_error *err)
{
    char heads[MUTAU_COMPARE_MAX_RUNS][HEAD_SIZE], title[2 * HEAD_SIZE];
    const mutau_compared_projection *all = c->run[0].projection;
    for (size_t i = 0; i < c->run[0].n_projection;) {
        const mutau_term_type *term = all[i].term;
        const mutau_projection *of = term->projection;
        (void)snprintf(title, sizeof title, "probability below %s", of->limit);
        text_table *table = begin_by_run(c, title, heads);
        for (; i < c->run[0].n_projection && all[i].term == term; i++) {
            text_table_cell(table, "scaled by %s to %.0e %s", of->scaling, all[i].exposure,
                            of->unit);
            for (size_t run = 0; run < c->n_run; run++)
                add_number(table, "g", c->run[run].projection[i].below);
        }
        MUTAU_CHECK(text_table_end(table, width, err));
    }
    return MUTAU_OK;
}

static mutau_status write_ranges(const mutau_compared_run *run, size_t i, size_t width,
                                 mutau_error *err)
{
    const mutau_parameter *m = &run->settings->parameters[run->settings->places.mass];
    const mutau_parameter *g = &run->settings->parameters[run->settings->places.coupling];
    return text_print(width, err,
                      "  [%zu] depends on the priors: %s %s %g ... %g MeV, %s %s %g ... %g\n",
                      i + 1, m->spec->name, mutau_prior_name(m->prior), m->min, m->max,
                      g->spec->name, mutau_prior_name(g->prior), g->min, g->max);
}

static mutau_status write_evidence_notes(const mutau_comparison *c, size_t run, size_t width,
                                         mutau_error *err)
{
    const mutau_compared_run *r = &c->run[run];
    if (r->no_power_law.text[0] != '\0')
        MUTAU_CHECK(text_print(width, err, "  [%zu] no ln Z without the boson: %s\n", run + 1,
                               r->no_power_law.text));
    if (isnan(r->evidence.ln_z))
        return text_print(width, err, "  [%zu] no ln Z: %s\n", run + 1,
                          mutau_no_evidence_words(r->evidence.why));
    return write_ranges(r, run, width, err);
}

static mutau_status write_evidence(const mutau_comparison *c, size_t width, mutau_error *err)
{
    char heads[MUTAU_COMPARE_MAX_RUNS][HEAD_SIZE];
    text_table *table = begin_by_run(c, "evidence", heads);
    text_table_cell(table, "ln Z");
    for (size_t run = 0; run < c->n_run; run++)
        add_number(table, "f", c->run[run].evidence.ln_z);
    text_table_cell(table, "ln Z without the boson (g' = 0)");
    for (size_t run = 0; run < c->n_run; run++)
        add_number(table, "f", c->run[run].power_law.ln_z);
    text_table_cell(table, "ln B against no boson");
    for (size_t run = 0; run < c->n_run; run++)
        add_number(table, "f", c->run[run].ln_b);
    MUTAU_CHECK(text_table_end(table, width, err));
    for (size_t run = 0; run < c->n_run; run++)
        MUTAU_CHECK(write_evidence_notes(c, run, width, err));
    return MUTAU_OK;
}

/* --- pairs ------------------------------------------------------------------------------- */

static mutau_status write_sufficiency(const mutau_compared_pair *p, size_t width, mutau_error *err)
{
    const mutau_reweighting *w = &p->reweighting;
    MUTAU_CHECK(text_print(width, err,
                           "  reweighting [1] to the terms of [%zu]: k-hat %.3f, r_eff %.2g, %zu "
                           "weights in the tail, (sum w)^2/sum w^2 = %.2g of all\n",
                           p->second + 1, w->psis.khat, w->r_eff, w->psis.n_tail, w->kish));
    if (p->beyond_terms.text[0] != '\0')
        return text_print(width, err,
                          "  INSUFFICIENT: the runs differ in more than terms, which is not in the "
                          "weights (%s)\n",
                          p->beyond_terms.text);
    return text_print(width, err, "  %s\n",
                      w->sufficient ? "SUFFICIENT: k-hat < 0.7, it would have been enough"
                                    : "INSUFFICIENT: k-hat >= 0.7, a run is needed; the "
                                      "reweighted numbers below are not reliable");
}

static mutau_status write_reweighting(const mutau_comparison *c, const mutau_compared_pair *p,
                                      size_t width, mutau_error *err)
{
    static const text_column columns[] = {
        {"", TEXT_LEFT, 2, 18, true},
        {"reweighted: mean +- MCSE, 16 ... 84 %", TEXT_LEFT, 1, 42, false},
        {"direct", TEXT_LEFT, 1, 42, false},
        {"difference/MCSE", TEXT_LEFT, 1, 0, false}};
    const mutau_reweighting *w = &p->reweighting;
    if (p->no_reweighting.text[0] != '\0')
        return text_print(width, err, "  no reweighting: %s\n", p->no_reweighting.text);
    MUTAU_CHECK(write_sufficiency(p, width, err));
    text_table *table = text_table_alloc(sizeof columns / sizeof columns[0], columns);
    for (size_t i = 0; i < w->n; i++) {
        const mutau_reweighted *q = &w->quantity[i];
        const mutau_quantity *d = compare_find(&c->run[p->second], q->name);
        text_table_cell(table, "%s", q->name);
        text_table_cell(table, "%.4g +- %.2g, %.4g ... %.4g", q->mean, q->mcse, q->quantile[2],
                        q->quantile[4]);
        text_table_cell(table, "%.4g +- %.2g, %.4g ... %.4g", d->moments.mean, d->moments.mcse_mean,
                        d->quantile[2], d->quantile[4]);
        text_table_cell(table, "%.1f", mutau_reweighted_pull(q, d));
    }
    return text_table_end(table, width, err);
}

static mutau_status write_pair(const mutau_comparison *c, const mutau_compared_pair *p,
                               size_t width, mutau_error *err)
{
    MUTAU_CHECK(text_print(width, err, "\n[%zu] against [1]\n", p->second + 1));
    if (p->no_mass_coupling.text[0] != '\0')
        MUTAU_CHECK(text_print(width, err, "  no Jensen-Shannon divergence: %s\n",
                               p->no_mass_coupling.text));
    else
        MUTAU_CHECK(text_print(width, err,
                               "  Jensen-Shannon divergence of the (m, g') marginals: %.4f bits "
                               "(%.4f with noise)\n",
                               p->mass_coupling.bits, p->mass_coupling.plug_in));
    if (p->no_ln_b.text[0] != '\0')
        MUTAU_CHECK(text_print(width, err, "  %s\n", p->no_ln_b.text));
    else
        MUTAU_CHECK(
            text_print(width, err, "  ln B of [%zu] against [1]: %.3f\n", p->second + 1, p->ln_b));
    return write_reweighting(c, p, width, err);
}

static mutau_status write_suspiciousness(const mutau_comparison *c, size_t width, mutau_error *err)
{
    const mutau_suspiciousness *s = &c->suspiciousness;
    if (c->no_suspiciousness.text[0] != '\0')
        return c->n_run < 3
                   ? MUTAU_OK
                   : text_print(width, err, "\nno suspiciousness: %s\n", c->no_suspiciousness.text);
    MUTAU_CHECK(text_print(width, err,
                           "\nsuspiciousness of flux (A, [%zu]) and %s (B, [%zu]), both in [%zu]; "
                           "the other terms are their common prior\n",
                           c->run_a + 1, c->shift->name, c->run_b + 1, c->run_ab + 1));
    MUTAU_CHECK(text_print(width, err,
                           "  ln S = %.3f +- %.2g, dimension %.2f (A %.2f, B %.2f, both %.2f)\n",
                           s->ln_s, s->error, s->dimension, s->d_a, s->d_b, s->d_ab));
    if (isnan(s->probability))
        return text_print(width, err,
                          "  no tension probability: the two constrain nothing in common\n");
    return text_print(width, err, "  probability of such a tension by chance: %.3g (%.2f sigma)\n",
                      s->probability, s->sigma);
}

mutau_status compare_report_text(const mutau_comparison *c, mutau_error *err)
{
    const size_t width = text_width(STDOUT_FILENO);
    char path[CLI_PLAIN_SIZE], description[CLI_PLAIN_SIZE];
    for (size_t i = 0; i < c->n_run; i++)
        MUTAU_CHECK(
            text_print(width, err, "[%zu] %s%s%s%s%s%s\n", i + 1, cli_plain(c->run[i].path, path),
                       c->run[i].settings->description[0] != '\0' ? ": " : "",
                       cli_plain(c->run[i].settings->description, description),
                       c->run[i].summary.converged ? "" : "  (",
                       c->run[i].summary.converged ? "" : compare_verdict(&c->run[i].summary),
                       c->run[i].summary.converged ? "" : ")"));
    MUTAU_CHECK(write_quantities(c, width, err));
    MUTAU_CHECK(write_best(c, width, err));
    MUTAU_CHECK(write_all_chi2(c, width, err));
    MUTAU_CHECK(write_goodness(c, width, err));
    MUTAU_CHECK(write_projections(c, width, err));
    MUTAU_CHECK(write_evidence(c, width, err));
    for (size_t i = 0; i < c->n_pair; i++)
        MUTAU_CHECK(write_pair(c, &c->pair[i], width, err));
    return write_suspiciousness(c, width, err);
}
