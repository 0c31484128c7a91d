/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that several reports have; documented in records.h. */
#include "records.h"

#include <math.h>

#include <stdio.h>
#include <string.h>

#include "masses.h"
#include "analysis/diagnosis.h"

void cli_record_verdict(mutau_report *r, bool posterior, bool evidence_judged, bool evidence)
{
    mutau_report_bool(r, "posterior_converged", posterior);
    if (evidence_judged)
        mutau_report_bool(r, "evidence_converged", evidence);
    else
        mutau_report_missing(r, "evidence_converged", "the evidence is not judged");
    mutau_report_bool(r, "converged", posterior && (evidence || !evidence_judged));
}

void cli_record_methods(mutau_report *r, const mutau_evidence *e)
{
    mutau_report_object(r, "methods");
    if (e->why_no_bridge != MUTAU_EVIDENCE_NO_MIXTURE) {
        mutau_report_record(r, "bridge", "ln_z error overlap", e->bridge.ln_z, e->bridge.error,
                            e->bridge_overlap);
        mutau_report_record(r, "importance", "ln_z error khat effective_share draws",
                            e->importance.ln_z, e->importance.error, e->khat, e->share,
                            (double)e->n_proposal);
    }
    if (e->why_no_stones != MUTAU_EVIDENCE_UNTEMPERED) {
        mutau_report_record(r, "stepping_stone", "ln_z error", e->stones.ln_z, e->stones.error);
        mutau_report_object(r, "thermodynamic_integration");
        mutau_report_reals(r, "ln_z error discretisation", e->ti, e->ti_mc_error,
                           e->ti_discretisation);
        mutau_report_bool(r, "usable", e->ti_usable);
        mutau_report_end(r);
    }
    mutau_report_end(r);
}

void cli_record_evidence(mutau_report *r, const mutau_evidence *e)
{
    const char *why = e->why != MUTAU_EVIDENCE_KNOWN ? mutau_no_evidence_words(e->why) : NULL;
    if (e->why == MUTAU_EVIDENCE_UNTEMPERED) {
        mutau_report_missing(r, "evidence", why);
        return;
    }
    mutau_report_object(r, "evidence");
    mutau_report_real(r, "ln_z", e->ln_z);
    mutau_report_why(r, "why_null", why);
    mutau_report_reals(r, "error mc_error scatter overlap", e->error, e->mc_error, e->scatter,
                       e->overlap);
    cli_record_methods(r, e);
    mutau_report_end(r);
}

/* A line of a method that has an ln Z. */
static void write_method(mutau_report *r, const char *name, mutau_estimate by, const char *remark)
{
    if (!isnan(by.ln_z))
        mutau_report_line(r, "  %-26s %.3f +- %.3f%s\n", name, by.ln_z, by.error, remark);
}

void cli_write_methods(mutau_report *r, const mutau_evidence *e)
{
    const char *scatter = "";
    if (e->why == MUTAU_EVIDENCE_UNTEMPERED)
        return;
    if (e->why_no_bridge == MUTAU_EVIDENCE_NO_MIXTURE) /* else it is not that of the stones */
        scatter = mutau_report_keep(r, ", scatter over ensembles %.3f", e->scatter);
    if (e->why != MUTAU_EVIDENCE_KNOWN)
        mutau_report_line(r, "evidence: no ln Z: %s\n", mutau_no_evidence_words(e->why));
    else
        mutau_report_line(r, "evidence: ln Z = %.3f +- %.3f\n", e->ln_z, e->error);
    write_method(r, "bridge", e->bridge, "");
    write_method(r, "importance sampling", e->importance,
                 mutau_report_keep(r, " (%zu draws, %.0f %% effective, k-hat %.2f)", e->n_proposal,
                                   100.0 * e->share, e->khat));
    write_method(r, "stepping stones", e->stones, scatter);
    if (e->ti_usable)
        write_method(r, "thermodynamic integration", (mutau_estimate){e->ti, e->ti_mc_error},
                     mutau_report_keep(r, ", discretisation %.3f", e->ti_discretisation));
}

/* --- goodness of fit --------------------------------------------------------------------- */

const char *const cli_goodness_names[CLI_GOODNESS_NUMBERS] = {
    "points",       "limits",  "free_parameters", "chi2",  "dof",
    "chi2_per_dof", "p_value", "chi2_sm",         "r_chi2"};

void cli_goodness_numbers(const mutau_goodness *g, double number[CLI_GOODNESS_NUMBERS])
{
    const double all[CLI_GOODNESS_NUMBERS] = {
        (double)g->n_point, (double)g->n_limit, (double)g->n_free, g->chi2,  g->dof,
        g->per_dof,         g->p_value,         g->chi2_sm,        g->r_chi2};
    memcpy(number, all, sizeof all);
}

void cli_record_goodness(mutau_report *r, const mutau_goodness *g)
{
    double number[CLI_GOODNESS_NUMBERS];
    cli_goodness_numbers(g, number);
    mutau_report_object(r, "goodness");
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++)
        mutau_report_real(r, cli_goodness_names[i], number[i]);
    mutau_report_bool(r, "improbable", mutau_goodness_is_improbable(g));
    mutau_report_why(r, "why_null", g->why);
    mutau_report_end(r);
}

size_t cli_goodness_rows(mutau_report *r, const mutau_goodness *g,
                         const char *rows[CLI_GOODNESS_ROWS])
{
    size_t n = 0;
    if (g->n_point > 0)
        rows[n++] = mutau_report_keep(
            r, "goodness/points|data points|g6||(%zu of them limits), %zu free parameters",
            g->n_limit, g->n_free);
    rows[n++] = mutau_report_keep(r, "goodness/chi2_per_dof|chi2/dof|f4||(%.0f degrees of freedom)",
                                  g->dof);
    rows[n++] = "goodness/p_value|p-value|||(chance of a larger chi2, were this the best fit)";
    rows[n++] = mutau_report_keep(
        r, "goodness/r_chi2|R_chi2|f4||((chi2/%zu)/(chi2_SM/%zu), chi2_SM = %.4f: g' = 0)",
        g->n_point - g->n_model, g->n_point - g->n_model_sm, g->chi2_sm);
    rows[n++] = "!goodness/why_null|goodness of fit:";
    return n;
}

void cli_point_rows(mutau_report *r, size_t n, const char *const rows[])
{
    mutau_report_add_table(r, &(mutau_report_layout){.rows = ".", .across = true, .remarks = true},
                           n, rows);
}

void cli_goodness_warn(const char *whose, const mutau_goodness *g)
{
    if (mutau_goodness_is_improbable(g))
        (void)fprintf(stderr,
                      "mutau: warning: %sthe best fit is improbable: chi2 = %.4g for %.0f degrees "
                      "of freedom, p = %.2g (below %g)\n",
                      whose, g->chi2, g->dof, g->p_value, mutau_goodness_improbable);
}

void cli_summary_warn(const char *whose, const char *unconverged, const mutau_summary *s,
                      const mutau_goodness *g)
{
    char problem[MUTAU_VALIDITY_TEXT_SIZE];
    if (!s->converged)
        (void)fprintf(stderr, "mutau: warning: %s%s\n", whose, unconverged);
    if (mutau_validity_problem(&s->validity, problem))
        (void)fprintf(stderr, "mutau: warning: %s%s\n", whose, problem);
    cli_goodness_warn(whose, g);
}

/* --- quantities -------------------------------------------------------------------------- */

const char *cli_with_unit(mutau_report *r, const char *name, const char *unit)
{
    return unit[0] != '\0' ? mutau_report_keep(r, "%s [%s]", name, unit) : name;
}

void cli_record_quantities(mutau_report *r, const mutau_summary *s,
                           void (*record)(mutau_report *r, const mutau_summary *s,
                                          const mutau_quantity *q))
{
    for (int derived = 0; derived < 2; derived++) {
        const mutau_quantity *q = derived == 0 ? s->parameter : s->derived;
        mutau_report_object(r, derived == 0 ? "parameters" : "derived");
        for (size_t i = 0; i < (derived == 0 ? s->n_parameter : s->n_derived); i++) {
            mutau_report_object(r, q[i].name);
            record(r, s, &q[i]);
            mutau_report_end(r);
        }
        mutau_report_end(r);
    }
}

void cli_record_quantiles(mutau_report *r, const double quantile[])
{
    mutau_report_object(r, "q");
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++)
        mutau_report_real(r, mutau_report_keep(r, "%g", mutau_summary_probability[i]), quantile[i]);
    mutau_report_end(r);
}

void cli_record_regions(mutau_report *r, const mutau_summary *s, const mutau_quantity *q)
{
    mutau_report_text(r, "hpd_in", q->hpd_in);
    mutau_report_object(r, "hpd");
    for (size_t i = 0; i < s->n_mass; i++)
        mutau_report_region(r, cli_mass_key(r, s->mass[i]), &q->region[i], s->mass[i]);
    mutau_report_end(r);
}

void cli_record_best(mutau_report *r, const mutau_summary *s)
{
    mutau_report_object(r, "best");
    mutau_report_real(r, "log_prob", s->best_log_prob);
    for (size_t i = 0; i < s->n_best; i++)
        mutau_report_real(r, s->best_name[i], s->best[i]);
    mutau_report_end(r);
}
