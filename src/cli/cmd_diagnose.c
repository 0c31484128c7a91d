/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau diagnose: what is wrong with a chain, in sentences. */
#include <math.h>

#include "chains.h"
#include "analysis/diagnosis.h"
#include "records.h"

static const cli_option OPTIONS[] = {CLI_FORM_OPTIONS};

static void record_findings(mutau_report *r, const mutau_diagnosis *d)
{
    mutau_report_list(r, "findings");
    for (size_t i = 0; i < d->n_finding; i++) {
        const mutau_finding *f = &d->finding[i];
        mutau_report_object(r, NULL);
        mutau_report_texts(r, "kind id", f->kind == MUTAU_FINDING_PROBLEM ? "problem" : "warning",
                           f->id);
        mutau_report_list(r, "about");
        if ((f->about & MUTAU_ABOUT_POSTERIOR) != 0)
            mutau_report_text(r, NULL, "posterior");
        if ((f->about & MUTAU_ABOUT_EVIDENCE) != 0)
            mutau_report_text(r, NULL, "evidence");
        mutau_report_end(r);
        mutau_report_text(r, "text", f->text);
        mutau_report_note(r, "  %s %s\n", f->kind == MUTAU_FINDING_PROBLEM ? "!" : "-", f->text);
        mutau_report_end(r);
    }
    mutau_report_end(r);
}

/* For people: "one", or the centre of each mode and its weights in the ensembles. */
static void record_modes(mutau_report *r, const mutau_diagnosis *d, const mutau_modes *m)
{
    const char *text = "one";
    mutau_report_list(r, "modes");
    for (size_t k = 0; k < m->n; k++) {
        if (m->n > 1)
            text = mutau_report_keep(r, "%s%s%.4g:", k > 0 ? text : "", k > 0 ? "; " : "",
                                     0.5 * (m->lo[k] + m->hi[k]));
        mutau_report_object(r, NULL);
        mutau_report_two(r, "interval", m->lo[k], m->hi[k]);
        mutau_report_reals(r, "weight error", m->weight[k], m->error[k]);
        mutau_report_series(r, "occupancy", d->n_ensemble, m->n, m->occupancy + k);
        mutau_report_end(r);
        for (size_t e = 0; m->n > 1 && e < d->n_ensemble; e++)
            text = mutau_report_keep(r, "%s %.2f", text, m->occupancy[e * m->n + k]);
    }
    mutau_report_end(r);
    mutau_report_text(r, ".by_ensemble", text);
}

/* R-hat beside the most that it may be of walkers that mix, and what speaks against them. */
static void record_agreement(mutau_report *r, const mutau_diagnosis *d, size_t i)
{
    const mutau_agreement *a = &d->verdict.coordinate[i].agreement;
    mutau_report_object(r, "walkers");
    mutau_report_reals(r, "rhat rhat_most tau drift drift_most", a->rhat,
                       mutau_verdict_most_rhat(&d->verdict, i), a->tau * d->verdict.thin, a->drift,
                       a->most_drift);
    mutau_report_count(r, "apart", a->n_below + a->n_above);
    mutau_report_end(r);
}

static void record_coordinates(mutau_report *r, const mutau_diagnosis *d, const mutau_chain *chain)
{
    mutau_report_object(r, "parameters");
    for (size_t i = 0; i < d->dim; i++) {
        const mutau_convergence *c = &d->verdict.coordinate[i];
        const double tau = d->verdict.tau[i];
        mutau_report_object(r, mutau_chain_describe(chain).names[i]);
        mutau_report_reals(r, "rhat ess_bulk ess_tail tau kept_over_tau", c->rhat, c->ess_bulk,
                           c->ess_tail, tau, d->verdict.kept_steps / tau);
        record_agreement(r, d, i);
        record_modes(r, d, &d->modes[i]);
        mutau_report_end(r);
    }
    mutau_report_end(r);
}

static void record_moves(mutau_report *r, const mutau_walker_moves *m)
{
    mutau_report_object(r, "walker_moves");
    mutau_report_reals(r, "min median max", m->min, m->median, m->max);
    mutau_report_count(r, "stuck", m->n_stuck);
    mutau_report_end(r);
}

/* --- for people ------------------------------------------------------------------------ */

static void write_swaps(mutau_report *r, const mutau_diagnosis *d)
{
    const char *shares = "";
    for (size_t i = 0; i < d->n_swap; i++)
        shares = isnan(d->swap_share[i])
                     ? mutau_report_keep(r, "%s -", shares)
                     : mutau_report_keep(r, "%s %.2f", shares, d->swap_share[i]);
    if (d->n_swap > 0)
        mutau_report_line(r, "swaps between rungs, the coldest pair first:%s\n", shares);
}

static void write_title(mutau_report *r, const mutau_diagnosis *d)
{
    const size_t n_warning = d->n_finding - d->n_problem;
    mutau_report_line(
        r, "%s: %zu problem%s, %zu warning%s\n",
        mutau_verdict_words(d->posterior_converged, d->evidence_judged, d->evidence_converged),
        d->n_problem, d->n_problem == 1 ? "" : "s", n_warning, n_warning == 1 ? "" : "s");
}

static void write_end(mutau_report *r, const mutau_diagnosis *d)
{
    mutau_report_line(r, "\n");
    mutau_report_table(r, "parameters", "@|parameter", "rhat|Rhat|f4",
                       "walkers/rhat_most|may be|f4", "ess_bulk|ESS bulk|f0",
                       "ess_tail|ESS tail|f0", "tau|tau/steps|f1", "kept_over_tau|N/tau|f1",
                       "~.by_ensemble|modes: weight by ensemble");
    mutau_report_line(r, "\n%zu ensembles of %zu walkers, %zu kept rows; acceptance %.3f\n",
                      d->n_ensemble, d->n_walker, d->n_row, d->acceptance);
    mutau_report_line(
        r, "walkers move in %.3f (least) %.3f (median) %.3f (most) of the rows; %zu stuck\n",
        d->moves.min, d->moves.median, d->moves.max, d->moves.n_stuck);
    write_swaps(r, d);
    cli_write_methods(r, &d->verdict.evidence);
}

static void build(mutau_report *r, const mutau_diagnosis *d, const mutau_chain *chain)
{
    write_title(r, d);
    cli_record_verdict(r, d->posterior_converged, d->evidence_judged, d->evidence_converged);
    cli_record_evidence(r, &d->verdict.evidence);
    record_findings(r, d);
    record_coordinates(r, d, chain);
    mutau_report_real(r, "acceptance", d->acceptance);
    record_moves(r, &d->moves);
    mutau_report_real(r, "failure_share", d->failure_share);
    mutau_report_series(r, "swap_shares", d->n_swap, 1, d->swap_share);
    write_end(r, d);
    mutau_report_csv(r, "findings", "kind", "id", "text");
}

/* --- the command ------------------------------------------------------------------------- */

static mutau_status report(const void *options, const cli_list *files, mutau_chain *const chains[],
                           cli_result *result, mutau_error *err)
{
    (void)options;
    mutau_diagnosis *diagnosis = NULL;
    MUTAU_CHECK(cli_chains_verify(files, chains, err));
    MUTAU_CHECK(mutau_diagnosis_compute(files->n, chains, &diagnosis, err));
    build(result->report, diagnosis, chains[0]);
    result->code = diagnosis->converged ? CLI_DONE : CLI_NOT_CONVERGED;
    mutau_diagnosis_free(diagnosis);
    return MUTAU_OK;
}

const cli_command cli_command_diagnose = {
    .name = "diagnose",
    .arguments = "CHAIN.h5...",
    .doc = "what is wrong with a chain and what to do, in sentences",
    .details =
        "Exit code 0: converged and no problem found; 3: not, as sample's; 2: a stored row is\n"
        "not what was written (its checksum differs).  Besides R-hat, tau and ESS it looks\n"
        "at walkers that do not move, at the weights of the modes and at modes that were\n"
        "left, at acceptance and failed evaluations, and, with temperatures, at the\n"
        "evidence.  Several files of one run are judged together.",
    CLI_OPTIONS(OPTIONS, cli_form),
    .min_files = 1,
    .max_files = MUTAU_POOL_MAX_CHAINS,
    .report_chains = report,
};
