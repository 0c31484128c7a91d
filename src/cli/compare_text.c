/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of mutau compare as a text for people. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "compare_report.h"
#include "goodness_report.h"
#include "mutau/diagnosis.h"

enum { TEXT_SIZE = 256, COLUMN = 22 };

/* --- intervals and distances -------------------------------------------------------------- */

static void format_region(const mutau_region *r, char text[TEXT_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    switch (mutau_region_limit(r)) {
    case MUTAU_LIMIT_UPPER:
        (void)snprintf(text, TEXT_SIZE, "< %.4g", r->hi[0]);
        return;
    case MUTAU_LIMIT_LOWER:
        (void)snprintf(text, TEXT_SIZE, "> %.4g", r->lo[0]);
        return;
    case MUTAU_LIMIT_WHOLE:
        (void)snprintf(text, TEXT_SIZE, "unconstrained");
        return;
    case MUTAU_LIMIT_NONE:
        break;
    }
    for (size_t i = 0; i < r->n && used < TEXT_SIZE; i++) {
        const int n = snprintf(text + used, TEXT_SIZE - used, "%s[%.4g, %.4g]", i > 0 ? " " : "",
                               r->lo[i], r->hi[i]);
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

static void write_line(const mutau_comparison *c, size_t run, const char *head,
                       const mutau_quantity *q)
{
    char inner[TEXT_SIZE], outer[TEXT_SIZE];
    const mutau_summary *s = &c->run[run].summary;
    const mutau_compared_quantity *d = find_distance(c, run, q->name);
    format_region(&q->region[0], inner);
    format_region(&q->region[s->n_mass - 1], outer);
    (void)printf("  %-28s [%zu] %10.4g  %-24s %-24s", head, run + 1, q->moments.median, inner,
                 outer);
    if (d != NULL)
        (void)printf(" %7.3f +- %-6.2g %6.3f", d->shift, d->shift_error, d->overlap);
    (void)putchar('\n');
}

/* Whether an earlier run has had it already. */
static bool is_new(const mutau_comparison *c, size_t run, const char *name)
{
    for (size_t i = 0; i < run; i++)
        if (compare_find(&c->run[i], name) != NULL)
            return false;
    return true;
}

static void write_quantity(const mutau_comparison *c, const mutau_quantity *q)
{
    char head[TEXT_SIZE];
    (void)snprintf(head, sizeof head, "%s%s%s%s", q->name, q->unit[0] != '\0' ? " [" : "", q->unit,
                   q->unit[0] != '\0' ? "]" : "");
    for (size_t i = 0; i < c->n_run; i++) {
        const mutau_quantity *own = compare_find(&c->run[i], q->name);
        if (own == NULL)
            continue;
        write_line(c, i, head, own);
        head[0] = '\0';
    }
}

static void write_quantities(const mutau_comparison *c)
{
    const mutau_quantity *q;
    (void)printf("\n  %-28s %-3s %10s  %-24s %-24s %17s %6s\n", "", "run", "median",
                 "68 % HPD region", "95 % HPD region", "shift/sd of [1]", "overlap");
    for (size_t run = 0; run < c->n_run; run++)
        for (size_t i = 0; (q = compare_quantity(&c->run[run], i)) != NULL; i++)
            if (is_new(c, run, q->name))
                write_quantity(c, q);
    (void)puts("  HPD regions have the highest density per unit of the sampled coordinate;\n"
               "  natural values: the same regions; functions of several coordinates: their own.");
}

/* --- one column a run --------------------------------------------------------------------- */

static void write_heads(const mutau_comparison *c, const char *what)
{
    char text[TEXT_SIZE];
    (void)printf("\n  %-40s", what);
    for (size_t i = 0; i < c->n_run; i++) {
        (void)snprintf(text, sizeof text, "[%zu]", i + 1);
        (void)printf(" %*s", COLUMN, text);
    }
    (void)putchar('\n');
}

/* A number in its column; a dash for none. */
static void write_number(const char *format, double x)
{
    char text[TEXT_SIZE] = "-";
    if (!isnan(x))
        (void)snprintf(text, sizeof text, strcmp(format, "g") == 0 ? "%.5g" : "%.3f", x);
    (void)printf(" %*s", COLUMN, text);
}

static void write_chi2(const mutau_comparison *c, const char *name)
{
    (void)printf("  %-40s", name);
    for (size_t run = 0; run < c->n_run; run++) {
        char text[TEXT_SIZE] = "-";
        for (size_t i = 0; i < c->run[run].n_chi2; i++)
            if (strcmp(c->run[run].chi2[i].name, name) == 0)
                (void)snprintf(text, sizeof text, "%.3f (%.3f)", c->run[run].chi2[i].best,
                               c->run[run].chi2[i].mean);
        (void)printf(" %*s", COLUMN, text);
    }
    (void)putchar('\n');
}

static bool has_chi2(const mutau_compared_run *run, const char *name)
{
    for (size_t i = 0; i < run->n_chi2; i++)
        if (strcmp(run->chi2[i].name, name) == 0)
            return true;
    return false;
}

static void write_all_chi2(const mutau_comparison *c)
{
    write_heads(c, "chi^2 at the best sample (mean)");
    for (size_t run = 0; run < c->n_run; run++)
        for (size_t i = 0; i < c->run[run].n_chi2; i++) {
            const char *name = c->run[run].chi2[i].name;
            bool first = true;
            for (size_t k = 0; k < run; k++)
                first = first && !has_chi2(&c->run[k], name);
            if (first)
                write_chi2(c, name);
        }
}

/* What the best sample has of a name, NaN for nothing. */
static double best_of(const mutau_compared_run *run, const char *name)
{
    for (size_t i = 0; i < run->summary.n_best; i++)
        if (strcmp(run->summary.best_name[i], name) == 0)
            return run->summary.best[i];
    return (double)NAN;
}

static void write_best(const mutau_comparison *c)
{
    static const char *const names[] = {"m_zprime", "g_prime", "A",
                                        "gamma",    "sum_mnu", "delta_a_mu"};
    write_heads(c, "best sample");
    (void)printf("  %-40s", "ln posterior");
    for (size_t run = 0; run < c->n_run; run++)
        write_number("f", c->run[run].summary.best_log_prob);
    (void)putchar('\n');
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        bool any = false;
        for (size_t run = 0; run < c->n_run; run++)
            any = any || !isnan(best_of(&c->run[run], names[i]));
        if (!any)
            continue;
        (void)printf("  %-40s", names[i]);
        for (size_t run = 0; run < c->n_run; run++)
            write_number("g", best_of(&c->run[run], names[i]));
        (void)putchar('\n');
    }
}

static void write_goodness(const mutau_comparison *c)
{
    double number[CLI_GOODNESS_NUMBERS];
    write_heads(c, "goodness of fit at the best sample");
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++) {
        if (strcmp(cli_goodness_names[i], "chi2") == 0) /* stands above */
            continue;
        (void)printf("  %-40s", cli_goodness_names[i]);
        for (size_t run = 0; run < c->n_run; run++) {
            cli_goodness_numbers(&c->run[run].goodness, number);
            write_number("g", number[i]);
        }
        (void)putchar('\n');
    }
    for (size_t run = 0; run < c->n_run; run++) {
        const mutau_goodness *g = &c->run[run].goodness;
        if (g->why[0] != '\0')
            (void)printf("  [%zu] %s\n", run + 1, g->why);
        if (mutau_goodness_is_improbable(g))
            (void)printf("  [%zu] IMPROBABLE: p below %g\n", run + 1, mutau_goodness_improbable);
    }
}

static void write_na64(const mutau_comparison *c)
{
    char text[TEXT_SIZE];
    write_heads(c, "probability below NA64mu's 90 % limit");
    for (size_t i = 0; i < MUTAU_COMPARE_PROJECTIONS; i++) {
        (void)snprintf(text, sizeof text, "scaled by 1/sqrt(muons) to %.0e muons",
                       mutau_compare_exposure[i]);
        (void)printf("  %-40s", text);
        for (size_t run = 0; run < c->n_run; run++)
            write_number("g", c->run[run].below_na64[i]);
        (void)putchar('\n');
    }
}

static void write_ranges(const mutau_compared_run *run, size_t i)
{
    const mutau_parameter *m = &run->settings->parameters[MUTAU_PARAMETER_M_ZPRIME];
    const mutau_parameter *g = &run->settings->parameters[MUTAU_PARAMETER_G_PRIME];
    static const char *const kinds[] = {"fixed", "uniform", "log-uniform", "normal",
                                        "truncated normal"};
    (void)printf("  [%zu] depends on the priors: m_zprime %s %g ... %g MeV, g_prime %s %g ... %g\n",
                 i + 1, kinds[m->prior], m->min, m->max, kinds[g->prior], g->min, g->max);
}

static void write_evidence(const mutau_comparison *c)
{
    write_heads(c, "evidence");
    (void)printf("  %-40s", "ln Z");
    for (size_t run = 0; run < c->n_run; run++)
        write_number("f", c->run[run].evidence.ln_z);
    (void)printf("\n  %-40s", "ln Z of the power law alone");
    for (size_t run = 0; run < c->n_run; run++)
        write_number("f", c->run[run].power_law.ln_z);
    (void)printf("\n  %-40s", "ln B against the power law");
    for (size_t run = 0; run < c->n_run; run++)
        write_number("f", c->run[run].ln_b);
    (void)putchar('\n');
    for (size_t run = 0; run < c->n_run; run++) {
        if (c->run[run].no_power_law.text[0] != '\0')
            (void)printf("  [%zu] no power law: %s\n", run + 1, c->run[run].no_power_law.text);
        if (isnan(c->run[run].evidence.ln_z))
            (void)printf("  [%zu] no ln Z: %s\n", run + 1,
                         mutau_no_evidence_words(c->run[run].evidence.why));
        else
            write_ranges(&c->run[run], run);
    }
}

/* --- pairs ------------------------------------------------------------------------------- */

static void write_reweighting(const mutau_comparison *c, const mutau_compared_pair *p)
{
    const mutau_reweighting *w = &p->reweighting;
    if (p->no_reweighting.text[0] != '\0') {
        (void)printf("  no reweighting: %s\n", p->no_reweighting.text);
        return;
    }
    (void)printf("  reweighting [1] to the terms of [%zu]: k-hat %.3f, r_eff %.2g, %zu weights in "
                 "the tail, (sum w)^2/sum w^2 = %.2g of all\n",
                 p->second + 1, w->psis.khat, w->r_eff, w->psis.n_tail, w->kish);
    if (p->beyond_terms.text[0] != '\0')
        (void)printf("  INSUFFICIENT: the runs differ in more than terms, which is not in the "
                     "weights (%s)\n",
                     p->beyond_terms.text);
    else
        (void)printf("  %s\n", w->sufficient ? "SUFFICIENT: k-hat < 0.7, it would have been enough"
                                             : "INSUFFICIENT: k-hat >= 0.7, a run is needed; the "
                                               "reweighted numbers below are not reliable");
    (void)printf("  %-18s %-42s %-42s %s\n", "", "reweighted: mean +- MCSE, 16 ... 84 %", "direct",
                 "difference/MCSE");
    for (size_t i = 0; i < w->n; i++) {
        char a[TEXT_SIZE], b[TEXT_SIZE];
        const mutau_reweighted *q = &w->quantity[i];
        const mutau_quantity *d = compare_find(&c->run[p->second], q->name);
        (void)snprintf(a, sizeof a, "%.4g +- %.2g, %.4g ... %.4g", q->mean, q->mcse, q->quantile[2],
                       q->quantile[4]);
        (void)snprintf(b, sizeof b, "%.4g +- %.2g, %.4g ... %.4g", d->moments.mean,
                       d->moments.mcse_mean, d->quantile[2], d->quantile[4]);
        (void)printf("  %-18s %-42s %-42s %.1f\n", q->name, a, b, compare_pull(q, d));
    }
}

static void write_pair(const mutau_comparison *c, const mutau_compared_pair *p)
{
    (void)printf("\n[%zu] against [1]\n", p->second + 1);
    if (p->no_mass_coupling.text[0] != '\0')
        (void)printf("  no Jensen-Shannon divergence: %s\n", p->no_mass_coupling.text);
    else
        (void)printf("  Jensen-Shannon divergence of the (m, g') marginals: %.4f bits (%.4f with "
                     "noise)\n",
                     p->mass_coupling.bits, p->mass_coupling.plug_in);
    if (p->no_ln_b.text[0] != '\0')
        (void)printf("  %s\n", p->no_ln_b.text);
    else
        (void)printf("  ln B of [%zu] against [1]: %.3f\n", p->second + 1, p->ln_b);
    write_reweighting(c, p);
}

static void write_suspiciousness(const mutau_comparison *c)
{
    const mutau_suspiciousness *s = &c->suspiciousness;
    if (c->no_suspiciousness.text[0] != '\0') {
        if (c->n_run >= 3)
            (void)printf("\nno suspiciousness: %s\n", c->no_suspiciousness.text);
        return;
    }
    (void)printf("\nsuspiciousness of flux (A, [%zu]) and g-2 (B, [%zu]), both in [%zu]; the other "
                 "terms are their common prior\n",
                 c->run_a + 1, c->run_b + 1, c->run_ab + 1);
    (void)printf("  ln S = %.3f +- %.2g, dimension %.2f (A %.2f, B %.2f, both %.2f)\n", s->ln_s,
                 s->error, s->dimension, s->d_a, s->d_b, s->d_ab);
    if (isnan(s->probability))
        (void)puts("  no tension probability: the two constrain nothing in common");
    else
        (void)printf("  probability of such a tension by chance: %.3g (%.2f sigma)\n",
                     s->probability, s->sigma);
}

void compare_report_text(const mutau_comparison *c)
{
    char path[CLI_PLAIN_SIZE], description[CLI_PLAIN_SIZE];
    for (size_t i = 0; i < c->n_run; i++)
        (void)printf("[%zu] %s%s%s%s%s%s\n", i + 1, cli_plain(c->run[i].path, path),
                     c->run[i].settings->description[0] != '\0' ? ": " : "",
                     cli_plain(c->run[i].settings->description, description),
                     c->run[i].summary.converged ? "" : "  (",
                     c->run[i].summary.converged ? "" : compare_verdict(&c->run[i].summary),
                     c->run[i].summary.converged ? "" : ")");
    write_quantities(c);
    write_best(c);
    write_all_chi2(c);
    write_goodness(c);
    write_na64(c);
    write_evidence(c);
    for (size_t i = 0; i < c->n_pair; i++)
        write_pair(c, &c->pair[i]);
    write_suspiciousness(c);
}
