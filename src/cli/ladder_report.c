/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Evidences of several models; documented in ladder_report.h. */
#include "ladder_report.h"

#include <math.h>

#include "cli.h"

/* --- of one run -------------------------------------------------------------------------- */

static void record_estimate(mutau_report *r, const char *key, double ln_b, double error,
                            const char *why)
{
    mutau_report_object(r, key);
    mutau_report_reals(r, "ln_b error", ln_b, error);
    mutau_report_why(r, "why_null", why);
    mutau_report_end(r);
}

mutau_estimate cli_ln_b(const mutau_compared_run *run)
{
    return (mutau_estimate){run->ln_b, hypot(run->evidence.error, run->bare.error)};
}

void cli_record_nested(mutau_report *r, const mutau_compared_run *run, mutau_estimate ln_b)
{
    const mutau_nested *cut = &run->cut;
    record_estimate(r, "savage_dickey", run->savage_dickey.of.ln_z, run->savage_dickey.of.error,
                    run->savage_dickey.why);
    record_estimate(r, "prior_cut", ln_b.ln_z + cut->of.ln_z, hypot(ln_b.error, cut->of.error),
                    cut->why[0] == '\0' && isnan(ln_b.ln_z) ? "ln B is not known" : cut->why);
    mutau_report_text(r, "prior_cut_at", run->cut_at->projection->limit);
}

void cli_write_nested(mutau_report *r, const char *whose, const mutau_compared_run *run,
                      mutau_estimate ln_b)
{
    const mutau_nested *sd = &run->savage_dickey, *cut = &run->cut;
    const size_t at = run->settings->places.coupling;
    const char *coupling = run->settings->set.spec[at]->name;
    if (run->settings->parameters[at].prior == MUTAU_PRIOR_FIXED)
        return;
    if (sd->why[0] == '\0')
        mutau_report_line(
            r,
            "  %s ln B = %+.3f +- %.3f by Savage-Dickey, from the lowest %g %% of the "
            "prior of %s\n",
            whose, sd->of.ln_z, sd->of.error, 100.0 * MUTAU_NESTED_STRIP, coupling);
    else
        mutau_report_line(r, "  %s nothing by Savage-Dickey: %s\n", whose, sd->why);
    if (cut->why[0] != '\0')
        mutau_report_line(r, "  %s no ln B with the prior of %s cut: %s\n", whose, coupling,
                          cut->why);
    else if (!isnan(ln_b.ln_z))
        mutau_report_line(r, "  %s ln B = %+.3f +- %.3f with the prior of %s cut at %s\n", whose,
                          ln_b.ln_z + cut->of.ln_z, hypot(ln_b.error, cut->of.error), coupling,
                          run->cut_at->projection->limit);
}

void cli_record_edges(mutau_report *r, const mutau_compared_run *run)
{
    mutau_report_list(r, "prior_edges");
    for (size_t i = 0; i < run->n_edge; i++) {
        const mutau_touched_edge *e = &run->edge[i];
        mutau_report_object(r, NULL);
        mutau_report_texts(r, "parameter edge", e->parameter->spec->name, e->upper ? "max" : "min");
        mutau_report_reals(r, "at density", e->at, e->density);
        mutau_report_end(r);
    }
    mutau_report_end(r);
}

void cli_write_edges(mutau_report *r, const char *whose, const mutau_compared_run *run)
{
    const char *list = "";
    for (size_t i = 0; i < run->n_edge; i++) {
        const mutau_touched_edge *e = &run->edge[i];
        const char *unit = e->parameter->spec->unit;
        list = mutau_report_keep(r, "%s%s%s %s %.6g%s%s", list, i > 0 ? ", " : "",
                                 e->parameter->spec->name, e->upper ? "max" : "min", e->at,
                                 unit[0] != '\0' ? " " : "", unit);
    }
    if (run->n_edge > 0)
        mutau_report_line(r,
                          "  %s the posterior touches edges of its prior, on which ln Z "
                          "depends: %s\n",
                          whose, list);
}

/* --- all of them ------------------------------------------------------------------------- */

/* What the boson adds to the model's source. */
static mutau_estimate of_boson(const cli_rung *rung)
{
    return isnan(rung->model->ln_b_boson.ln_z) ? cli_ln_b(rung->run) : rung->model->ln_b_boson;
}

static void record_model(mutau_report *r, const cli_rung *rung)
{
    char name[MUTAU_LADDER_NAME_SIZE];
    const mutau_ladder_model *m = rung->model;
    mutau_report_object(r, NULL);
    mutau_report_text(r, "model", mutau_ladder_name(m, name));
    mutau_report_text(r, "source", m->source);
    mutau_report_bool(r, "boson", m->boson);
    mutau_report_text(r, "file", rung->file);
    mutau_report_text(r, ".made_by", rung->file != NULL ? rung->file : "quadrature");
    mutau_report_reals(r, "ln_z error", m->evidence.ln_z, m->evidence.error);
    mutau_report_why(r, "why_null", rung->why);
    mutau_report_reals(r, "ln_b ln_b_error ln_b_boson ln_b_boson_error", m->ln_b.ln_z,
                       m->ln_b.error, m->ln_b_boson.ln_z, m->ln_b_boson.error);
    const bool held = m->ln_b.error > 0.0; /* not the reference itself */
    mutau_report_text(r, "word", held ? mutau_ladder_word(m->ln_b.ln_z) : NULL);
    if (rung->run != NULL) {
        mutau_report_bool(r, "converged", rung->run->summary.converged);
        cli_record_nested(r, rung->run, of_boson(rung));
        cli_record_edges(r, rung->run);
    }
    mutau_report_end(r);
}

static void record_reference(mutau_report *r, const char *name, const mutau_ladder_model *reference,
                             const char *why)
{
    char room[MUTAU_LADDER_NAME_SIZE];
    mutau_report_object(r, "reference");
    mutau_report_texts(r, "name model", name, mutau_ladder_name(reference, room));
    mutau_report_reals(r, "ln_z error", reference->evidence.ln_z, reference->evidence.error);
    mutau_report_why(r, "why_null", why);
    mutau_report_end(r);
}

static void write_remarks(mutau_report *r, size_t n, const cli_rung rungs[])
{
    char name[MUTAU_LADDER_NAME_SIZE];
    for (size_t i = 0; i < n; i++) {
        const char *whose = mutau_report_keep(r, "%s:", mutau_ladder_name(rungs[i].model, name));
        if (rungs[i].why != NULL && rungs[i].why[0] != '\0')
            mutau_report_line(r, "  %s no ln Z: %s\n", whose, rungs[i].why);
        if (rungs[i].run == NULL)
            continue;
        cli_write_nested(r, whose, rungs[i].run, of_boson(&rungs[i]));
        cli_write_edges(r, whose, rungs[i].run);
    }
}

void cli_record_ladder(mutau_report *r, const char *key, size_t n, const cli_rung rungs[],
                       const char *name, const mutau_ladder_model *reference,
                       const char *no_reference, const mutau_ladder_verdict *verdict)
{
    mutau_report_object(r, key);
    record_reference(r, name, reference, no_reference);
    mutau_report_list(r, "models");
    for (size_t i = 0; i < n; i++)
        record_model(r, &rungs[i]);
    mutau_report_end(r);
    mutau_report_text(r, "verdict", verdict->best[0] != '\0' ? verdict->best : NULL);
    mutau_report_text(r, "verdict_boson", verdict->boson[0] != '\0' ? verdict->boson : NULL);
    char room[CLI_PLAIN_SIZE];
    mutau_report_line(r, "\nevidences against %s\n", cli_plain(name, room));
    if (no_reference[0] != '\0')
        mutau_report_line(r, "  which has none: %s\n", no_reference);
    mutau_report_table(r, "models", "@model", "ln_z|ln Z|f3|error", "ln_b|ln B|f2|ln_b_error",
                       "ln_b_boson|of the Z'|f2|ln_b_boson_error", "~word|evidence",
                       "~.made_by|from");
    write_remarks(r, n, rungs);
    if (verdict->best[0] != '\0')
        mutau_report_note(r, "%s\n", verdict->best);
    if (verdict->boson[0] != '\0')
        mutau_report_note(r, "%s\n", verdict->boson);
    mutau_report_csv(r, "models", "model", "file", "ln_z", "error", "ln_b", "ln_b_error",
                     "ln_b_boson", "ln_b_boson_error");
    mutau_report_end(r);
}
