/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of mutau compare; documented in compare_report.h. */
#include "compare_report.h"

#include <math.h>
#include <string.h>

#include "cli.h"
#include "mutau/diagnosis.h"
#include "records.h"

/* --- CSV: one number a row ---------------------------------------------------------------- */

static const mutau_report_column QUANTITY[] = {CLI_VALUE("mean"), CLI_VALUE("sd"),
                                               CLI_VALUE("median"), CLI_VALUE("mcse"),
                                               CLI_COLUMN("q/*", "q", NULL)};
static const mutau_report_column REWEIGHTED[] = {CLI_VALUE("mean"), CLI_VALUE("sd"),
                                                 CLI_VALUE("mcse"), CLI_COLUMN("q/*", "q", NULL)};
static const mutau_report_column VALUE[] = {CLI_COLUMN("", "value", NULL)};
static const mutau_report_column AT_BEST[] = {CLI_COLUMN("", "best", NULL)};
static const mutau_report_column CHI2[] = {CLI_VALUE("best"), CLI_VALUE("mean")};
static const mutau_report_column NA64[] = {CLI_VALUE("below_na64/*")};
static const mutau_report_column EVIDENCE[] = {CLI_COLUMN("evidence/ln_z", "value", NULL),
                                               CLI_VALUE("evidence/error")};
static const mutau_report_column POWER_LAW[] = {
    CLI_COLUMN("evidence/power_law/ln_z", "value", NULL), CLI_VALUE("evidence/power_law/error")};
static const mutau_report_column LN_B[] = {CLI_COLUMN("evidence/ln_b", "value", NULL)};
static const mutau_report_column SHIFT[] = {CLI_VALUE("shift"), CLI_VALUE("shift_mcse"),
                                            CLI_VALUE("overlap")};
static const mutau_report_column DIVERGENCE[] = {
    CLI_COLUMN("jensen_shannon/bits", "jensen_shannon_bits", NULL)};
static const mutau_report_column PAIR_LN_B[] = {CLI_VALUE("ln_b")};
static const mutau_report_column WEIGHTS[] = {
    CLI_VALUE("reweighting/khat"), CLI_VALUE("reweighting/r_eff"), CLI_VALUE("reweighting/kish")};
static const mutau_report_column TENSION[] = {CLI_VALUE("ln_s"), CLI_VALUE("mcse"),
                                              CLI_VALUE("dimension"), CLI_VALUE("probability")};

/* The numbers of `columns` in the members of `rows`, under a section; of the whole record under
 * a name. */
#define NUMBERS(file_, section_, name_, rows_, columns_)                                           \
    {                                                                                              \
        .file = file_, .section = section_, .name = name_, .rows = rows_, .columns = columns_,     \
        .n = CLI_COUNT(columns_), .csv = true                                                      \
    }

static const mutau_report_table_of RUN_CSV[] = {
    NUMBERS("file", "parameters", NULL, "parameters", QUANTITY),
    NUMBERS("file", "derived", NULL, "derived", QUANTITY),
    NUMBERS("file", "best", NULL, "best", VALUE),
    NUMBERS("file", "chi2", NULL, "chi2", CHI2),
    NUMBERS("file", "goodness", NULL, "goodness", AT_BEST),
    NUMBERS("file", "below_na64", "g_prime", ".", NA64),
    NUMBERS("file", "evidence", "ln_z", ".", EVIDENCE),
    NUMBERS("file", "evidence", "ln_z_power_law", ".", POWER_LAW),
    NUMBERS("file", "evidence", "ln_b", ".", LN_B)};
static const mutau_report_table_of PAIR_CSV[] = {
    NUMBERS("second", "against_first", NULL, "quantities", SHIFT),
    NUMBERS("second", "against_first", "mass_coupling", ".", DIVERGENCE),
    NUMBERS("second", "against_first", "evidence", ".", PAIR_LN_B),
    NUMBERS("second", "reweighted_first", "weights", ".", WEIGHTS),
    NUMBERS("second", "reweighted_first", NULL, "reweighting/quantities", REWEIGHTED)};
static const mutau_report_table_of TENSION_CSV[] = {
    NUMBERS("ab", "suspiciousness", "flux_g-2", ".", TENSION)};

static void add_tables(mutau_report *r, size_t n, const mutau_report_table_of tables[])
{
    for (size_t i = 0; i < n; i++)
        mutau_report_table(r, &tables[i]);
}

/* --- a run ------------------------------------------------------------------------------ */

const char *cli_run_verdict(const mutau_compared_run *run)
{
    const mutau_summary *s = &run->summary;
    return mutau_verdict_words(s->posterior_converged, s->evidence_judged, s->evidence_converged);
}

static void record_direct(mutau_report *r, const mutau_quantity *q)
{
    const mutau_convergence *c = &q->moments;
    cli_record_moments(r, c->mean, c->sd, c->median, c->mcse_mean);
    cli_record_quantiles(r, q->quantile);
}

static void record_quantities(mutau_report *r, const mutau_summary *s, const char *key, size_t n,
                              const mutau_quantity q[])
{
    mutau_report_object(r, key);
    for (size_t i = 0; i < n; i++) {
        mutau_report_object(r, q[i].name);
        record_direct(r, &q[i]);
        cli_record_regions(r, s, &q[i]);
        mutau_report_end(r);
    }
    mutau_report_end(r);
}

/* chi^2 of flux and terms; for people both numbers in one cell. */
static void record_chi2(mutau_report *r, const mutau_compared_run *run)
{
    mutau_report_object(r, "chi2");
    for (size_t i = 0; i < run->n_chi2; i++) {
        mutau_report_object(r, run->chi2[i].name);
        mutau_report_reals(r, "best mean", run->chi2[i].best, run->chi2[i].mean);
        mutau_report_end(r);
    }
    mutau_report_end(r);
    mutau_report_object(r, "chi2_shown");
    mutau_report_hide(r);
    for (size_t i = 0; i < run->n_chi2; i++)
        mutau_report_text(
            r, run->chi2[i].name,
            mutau_report_keep(r, "%.3f (%.3f)", run->chi2[i].best, run->chi2[i].mean));
    mutau_report_end(r);
}

static const char *prior_name(const mutau_parameter *p, bool for_people)
{
    static const char *const kinds[] = {"fixed", "uniform", "log-uniform", "normal",
                                        "truncated-normal"};
    return for_people && p->prior == MUTAU_PRIOR_TRUNCATED_NORMAL ? "truncated normal"
                                                                  : kinds[p->prior];
}

static void record_evidence(mutau_report *r, const mutau_compared_run *run)
{
    static const mutau_parameter_id of_the_boson[] = {MUTAU_PARAMETER_M_ZPRIME,
                                                      MUTAU_PARAMETER_G_PRIME};
    mutau_report_object(r, "evidence");
    mutau_report_reals(r, "ln_z error", run->evidence.ln_z, run->evidence.error);
    mutau_report_object(r, "power_law");
    mutau_report_reals(r, "ln_z error", run->power_law.ln_z, run->power_law.error);
    mutau_report_why(r, "why_null", run->no_power_law.text);
    mutau_report_end(r);
    mutau_report_real(r, "ln_b", run->ln_b);
    mutau_report_why(r, "why_null",
                     isnan(run->evidence.ln_z) ? mutau_no_evidence_words(run->evidence.why) : NULL);
    mutau_report_object(r, "prior_ranges");
    for (size_t i = 0; i < CLI_COUNT(of_the_boson); i++) {
        const mutau_parameter *p = &run->settings->parameters[of_the_boson[i]];
        mutau_report_object(r, mutau_parameter_name(p->id));
        mutau_report_text(r, "prior", prior_name(p, false));
        mutau_report_reals(r, "min max", p->min, p->max);
        mutau_report_end(r);
    }
    mutau_report_end(r);
    mutau_report_end(r);
}

static void record_run(mutau_report *r, const mutau_compared_run *run)
{
    const mutau_summary *s = &run->summary;
    mutau_report_object(r, NULL);
    mutau_report_text(r, "file", run->path);
    mutau_report_text(r, "description", run->settings->description);
    cli_record_verdict(r, s->posterior_converged, s->evidence_judged, s->evidence_converged);
    record_quantities(r, s, "parameters", s->n_parameter, s->parameter);
    record_quantities(r, s, "derived", s->n_derived, s->derived);
    cli_record_best(r, s);
    record_chi2(r, run);
    cli_record_goodness(r, &run->goodness);
    mutau_report_object(r, "below_na64");
    for (size_t i = 0; i < MUTAU_COMPARE_PROJECTIONS; i++)
        mutau_report_real(r, mutau_report_keep(r, "%.0e", mutau_compare_exposure[i]),
                          run->below_na64[i]);
    mutau_report_end(r);
    record_evidence(r, run);
    add_tables(r, CLI_COUNT(RUN_CSV), RUN_CSV);
    mutau_report_end(r);
}

/* --- a pair ----------------------------------------------------------------------------- */

/* Difference of the reweighted and the direct mean in units of its Monte Carlo error. */
static double pull_of(const mutau_reweighted *q, const mutau_quantity *direct)
{
    return (q->mean - direct->moments.mean) / hypot(q->mcse, direct->moments.mcse_mean);
}

static void hidden_moments(mutau_report *r, const char *key, double mean, double mcse, double lo,
                           double hi)
{
    mutau_report_text(r, key,
                      mutau_report_keep(r, "%.4g +- %.2g, %.4g ... %.4g", mean, mcse, lo, hi));
    mutau_report_hide(r);
}

static void record_reweighted(mutau_report *r, const mutau_reweighted *q, const mutau_quantity *d)
{
    mutau_report_object(r, q->name);
    cli_record_moments(r, q->mean, q->sd, q->median, q->mcse);
    cli_record_quantiles(r, q->quantile);
    mutau_report_object(r, "direct");
    record_direct(r, d);
    mutau_report_end(r);
    mutau_report_real(r, "pull", pull_of(q, d));
    hidden_moments(r, "reweighted_shown", q->mean, q->mcse, q->quantile[2], q->quantile[4]);
    hidden_moments(r, "direct_shown", d->moments.mean, d->moments.mcse_mean, d->quantile[2],
                   d->quantile[4]);
    mutau_report_end(r);
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
    static const mutau_report_column columns[] = {
        CLI_KEY("", ""), CLI_WORDS("reweighted_shown", "reweighted: mean +- MCSE, 16 ... 84 %"),
        CLI_WORDS("direct_shown", "direct"), CLI_COLUMN("pull", "difference/MCSE", "f1")};
    const mutau_reweighting *w = &p->reweighting;
    if (p->no_reweighting.text[0] != '\0') {
        mutau_report_missing(r, "reweighting", p->no_reweighting.text);
        mutau_report_text(r, "why_no_reweighting", p->no_reweighting.text);
        mutau_report_line(r, "  no reweighting: %s\n", p->no_reweighting.text);
        return;
    }
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
    cli_table(r, "quantities", columns);
    mutau_report_end(r);
}

static void record_distances(mutau_report *r, const mutau_compared_pair *p)
{
    mutau_report_object(r, "quantities");
    for (size_t i = 0; i < p->n; i++) {
        const mutau_compared_quantity *q = &p->quantity[i];
        mutau_report_object(r, q->name);
        mutau_report_reals(r, "shift shift_mcse overlap", q->shift, q->shift_error, q->overlap);
        mutau_report_end(r);
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

static void record_pair(mutau_report *r, const mutau_comparison *c, const mutau_compared_pair *p)
{
    mutau_report_object(r, NULL);
    mutau_report_text(r, "first", c->run[p->first].path);
    mutau_report_text(r, "second", c->run[p->second].path);
    record_distances(r, p);
    write_distances(r, p);
    record_reweighting(r, c, p);
    add_tables(r, CLI_COUNT(PAIR_CSV), PAIR_CSV);
    mutau_report_end(r);
}

/* --- suspiciousness --------------------------------------------------------------------- */

static void write_suspiciousness(mutau_report *r, const mutau_comparison *c)
{
    const mutau_suspiciousness *s = &c->suspiciousness;
    mutau_report_line(r,
                      "\nsuspiciousness of flux (A, [%zu]) and g-2 (B, [%zu]), both in [%zu]; the "
                      "other terms are their common prior\n",
                      c->run_a + 1, c->run_b + 1, c->run_ab + 1);
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
    const char *why = c->no_suspiciousness.text;
    if (why[0] != '\0') {
        mutau_report_missing(r, "suspiciousness", why);
        mutau_report_text(r, "why_no_suspiciousness", why);
        if (c->n_run >= 3)
            mutau_report_line(r, "\nno suspiciousness: %s\n", why);
        return;
    }
    mutau_report_object(r, "suspiciousness");
    mutau_report_reals(
        r, "ln_s mcse dimension dimension_ab dimension_a dimension_b probability sigma", s->ln_s,
        s->error, s->dimension, s->d_ab, s->d_a, s->d_b, s->probability, s->sigma);
    mutau_report_text(r, "ab", c->run[c->run_ab].path);
    mutau_report_text(r, "a_flux", c->run[c->run_a].path);
    mutau_report_text(r, "b_g-2", c->run[c->run_b].path);
    add_tables(r, CLI_COUNT(TENSION_CSV), TENSION_CSV);
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
                          fine ? "" : "  (", fine ? "" : cli_run_verdict(run), fine ? "" : ")");
    }
}

/* The i-th quantity of a run, the derived ones after the sampled; NULL beyond the last. */
static const mutau_quantity *quantity(const mutau_summary *s, size_t i)
{
    if (i < s->n_parameter)
        return &s->parameter[i];
    return i < s->n_parameter + s->n_derived ? &s->derived[i - s->n_parameter] : NULL;
}

/* Its line in one run, the name being said in the first only. */
static void add_line(mutau_report *r, const mutau_comparison *c, size_t run, const char *name,
                     const mutau_quantity *q)
{
    const mutau_summary *s = &c->run[run].summary;
    mutau_report_object(r, NULL);
    mutau_report_text(r, "name", name);
    mutau_report_hide(r);
    mutau_report_text(r, "run", mutau_report_keep(r, "[%zu]", run + 1));
    mutau_report_real(r, "median", q->moments.median);
    mutau_report_region(r, "inner", &q->region[0], s->mass[0]);
    mutau_report_region(r, "outer", &q->region[s->n_mass - 1], s->mass[s->n_mass - 1]);
    for (size_t i = 0; run > 0 && i < c->pair[run - 1].n; i++) {
        const mutau_compared_quantity *d = &c->pair[run - 1].quantity[i];
        if (strcmp(d->name, q->name) != 0)
            continue;
        mutau_report_reals(r, "shift shift_mcse overlap", d->shift, d->shift_error, d->overlap);
    }
    mutau_report_end(r);
}

/* The lines of a quantity in all runs from the one on in which it comes first. */
static void add_quantity(mutau_report *r, const mutau_comparison *c, size_t first,
                         const mutau_quantity *q)
{
    const bool has_unit = q->unit[0] != '\0';
    const char *name = mutau_report_keep(r, "%s%s%s%s", q->name, has_unit ? " [" : "", q->unit,
                                         has_unit ? "]" : "");
    for (size_t i = 0; i < first; i++)
        if (mutau_summary_find(&c->run[i].summary, q->name) != NULL)
            return;
    for (size_t i = first; i < c->n_run; i++) {
        const mutau_quantity *own = mutau_summary_find(&c->run[i].summary, q->name);
        if (own != NULL)
            add_line(r, c, i, i == first ? name : "", own);
    }
}

static void write_quantities(mutau_report *r, const mutau_comparison *c)
{
    static const mutau_report_column columns[] = {
        CLI_KEY("name", ""),
        CLI_KEY("run", NULL),
        CLI_VALUE("median"),
        CLI_WORDS("inner", "68 % HPD region"),
        CLI_WORDS("outer", "95 % HPD region"),
        {.path = "shift", .head = "shift/sd of [1]", .form = "f3", .error = "shift_mcse"},
        CLI_COLUMN("overlap", NULL, "f3")};
    const mutau_quantity *q;
    mutau_report_line(r, "\n");
    mutau_report_list(r, "side_by_side");
    mutau_report_hide(r);
    for (size_t run = 0; run < c->n_run; run++)
        for (size_t i = 0; (q = quantity(&c->run[run].summary, i)) != NULL; i++)
            add_quantity(r, c, run, q);
    cli_table(r, "", columns);
    mutau_report_end(r);
    mutau_report_note(r, "  HPD regions have the highest density per unit of the sampled "
                         "coordinate;\n  natural values: the same regions; functions of several "
                         "coordinates: their own.\n");
}

static void by_run(mutau_report *r, const char *head, size_t n, const mutau_report_column columns[])
{
    mutau_report_line(r, "\n");
    mutau_report_table(
        r, &(mutau_report_table_of){
               .rows = "runs", .head = head, .n = n, .columns = columns, .across = true});
}

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

static void write_evidence_notes(mutau_report *r, const mutau_comparison *c)
{
    for (size_t i = 0; i < c->n_run; i++) {
        const mutau_compared_run *run = &c->run[i];
        const mutau_parameter *m = &run->settings->parameters[MUTAU_PARAMETER_M_ZPRIME];
        const mutau_parameter *g = &run->settings->parameters[MUTAU_PARAMETER_G_PRIME];
        if (run->no_power_law.text[0] != '\0')
            mutau_report_line(r, "  [%zu] no power law: %s\n", i + 1, run->no_power_law.text);
        if (isnan(run->evidence.ln_z))
            mutau_report_line(r, "  [%zu] no ln Z: %s\n", i + 1,
                              mutau_no_evidence_words(run->evidence.why));
        else
            mutau_report_line(r,
                              "  [%zu] depends on the priors: m_zprime %s %g ... %g MeV, g_prime "
                              "%s %g ... %g\n",
                              i + 1, prior_name(m, true), m->min, m->max, prior_name(g, true),
                              g->min, g->max);
    }
}

static void write_by_run(mutau_report *r, const mutau_comparison *c)
{
    static const mutau_report_column best[] = {CLI_COLUMN("best/log_prob", "ln posterior", "f3"),
                                               CLI_COLUMN("best/m_zprime", NULL, "g5"),
                                               CLI_COLUMN("best/g_prime", NULL, "g5"),
                                               CLI_COLUMN("best/A", NULL, "g5"),
                                               CLI_COLUMN("best/gamma", NULL, "g5"),
                                               CLI_COLUMN("best/sum_mnu", NULL, "g5"),
                                               CLI_COLUMN("best/delta_a_mu", NULL, "g5")};
    static const mutau_report_column chi2[] = {CLI_WORDS("chi2_shown/*", NULL)};
    static const mutau_report_column goodness[] = {CLI_COLUMN("goodness/*", NULL, "g5")};
    static const mutau_report_column evidence[] = {
        CLI_COLUMN("evidence/ln_z", "ln Z", "f3"),
        CLI_COLUMN("evidence/power_law/ln_z", "ln Z of the power law alone", "f3"),
        CLI_COLUMN("evidence/ln_b", "ln B against the power law", "f3")};
    mutau_report_column na64[MUTAU_COMPARE_PROJECTIONS];
    for (size_t i = 0; i < MUTAU_COMPARE_PROJECTIONS; i++)
        na64[i] = (mutau_report_column)CLI_COLUMN(
            mutau_report_keep(r, "below_na64/%.0e", mutau_compare_exposure[i]),
            mutau_report_keep(r, "scaled by 1/sqrt(muons) to %.0e muons",
                              mutau_compare_exposure[i]),
            "g5");
    by_run(r, "best sample", CLI_COUNT(best), best);
    by_run(r, "chi^2 at the best sample (mean)", CLI_COUNT(chi2), chi2);
    by_run(r, "goodness of fit at the best sample", CLI_COUNT(goodness), goodness);
    write_goodness_notes(r, c);
    by_run(r, "probability below NA64mu's 90 % limit", CLI_COUNT(na64), na64);
    by_run(r, "evidence", CLI_COUNT(evidence), evidence);
    write_evidence_notes(r, c);
}

void cli_record_comparison(mutau_report *r, const mutau_comparison *c)
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
}
