/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a run is from convergence: the stored chain judged by the one verdict of
 * analysis/diagnosis.h. */
#include <math.h>

#include "run_internal.h"

/* Checks of convergence: the first one, then whenever the chain is a quarter longer, on
 * whole tens before COARSE and on whole hundreds from there on. */
enum { FIRST_CHECK = 40, FINE_GRAIN = 10, COARSE = 400, COARSE_GRAIN = 100 };
static const double CHECK_GROWTH = 1.25;

uint64_t mutau_run_check_after(uint64_t step)
{
    const uint64_t grain = step < COARSE ? FINE_GRAIN : COARSE_GRAIN;
    const uint64_t grown = (uint64_t)ceil(CHECK_GROWTH * (double)step / (double)grain) * grain;
    if (step < FIRST_CHECK)
        return FIRST_CHECK;
    return step < COARSE && grown > COARSE ? COARSE : grown;
}

uint64_t mutau_run_check_from(uint64_t step)
{
    uint64_t next = mutau_run_check_after(0);
    while (next < step)
        next = mutau_run_check_after(next);
    return next;
}

bool mutau_run_stops_early(const mutau_run *run)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    return s->min_steps < (double)s->max_steps;
}

/* ---- counts ---- */

static mutau_run_counts count(const mutau_run *run)
{
    const mutau_ensemble *ensemble = run->sampler.ensemble;
    const run_shape *shape = &run->shape;
    const mutau_ensemble_counts all = mutau_ensemble_counters(ensemble);
    const mutau_swap_count *swaps = mutau_ensemble_swaps(ensemble);
    mutau_run_counts c = {
        .proposals = (double)(shape->n_ensemble * shape->n_walker) * (double)run->standing.steps,
        .failures = (double)all.failures,
        .evaluations = (double)all.evaluations,
    };
    for (size_t i = 0; i < shape->n_ensemble; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(ensemble, i);
        for (size_t w = 0; w < shape->n_walker; w++)
            c.accepted += (double)v.accepted[w];
    }
    for (size_t i = 0; i + 1 < shape->n_rung; i++)
        c.swaps[i] = (mutau_chain_swaps){swaps[i].proposed, swaps[i].accepted};
    return c;
}

double mutau_run_acceptance(const mutau_run *run)
{
    const mutau_run_counts c = count(run);
    return c.proposals > 0.0 ? c.accepted / c.proposals : (double)NAN;
}

/* All steps until every criterion would hold, by how many times as many it takes; NaN before
 * anything is known, infinite if none ends the run. */
static double steps_needed(const mutau_run *run, double shortfall)
{
    const double steps = shortfall * (double)run->standing.steps;
    return mutau_run_stops_early(run) ? fmax(steps, run->settings->sampler.min_steps)
                                      : (double)INFINITY;
}

static void show(mutau_run *run, const mutau_verdict *v)
{
    mutau_run_standing *s = &run->standing;
    const mutau_criteria c = mutau_run_criteria(&run->settings->sampler);
    s->rhat = v->worst_rhat;
    s->ess_bulk = v->worst_ess_bulk;
    s->tau = v->worst_tau;
    s->kept_over_tau = v->kept_steps / v->worst_tau;
    s->acceptance = mutau_run_acceptance(run);
    s->steps_needed = steps_needed(run, mutau_verdict_shortfall(v, &c));
}

static void show_screen(mutau_run *run, const mutau_screen *seen)
{
    mutau_run_standing *s = &run->standing;
    const mutau_criteria c = mutau_run_criteria(&run->settings->sampler);
    s->rhat = seen->rhat;
    s->ess_bulk = seen->ess;
    s->tau = seen->tau;
    s->kept_over_tau = seen->kept_steps / seen->tau;
    s->acceptance = mutau_run_acceptance(run);
    s->steps_needed = steps_needed(run, mutau_screen_shortfall(seen, &c));
}

/* ---- burn-in ---- */

/* The burn-in of so many rows (MUTAU_VERDICT_ROWS or more) that the settings ask for by number. */
static size_t fixed_burn_in(const mutau_run *run, size_t n_row)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    const size_t rows = (size_t)((s->burn_in + s->thin - 1) / s->thin);
    const size_t most = n_row - MUTAU_VERDICT_KEPT;
    return rows < most ? rows : most;
}

/* Rows that were stored while the ladder of temperatures adapted. */
static size_t adapting_rows(const mutau_run *run)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    return s->temperatures > 1 ? (size_t)((s->ladder_adapt + s->thin - 1) / s->thin) : 0;
}

/* By the rule of the settings. */
static size_t burn_in(const mutau_run *run, size_t n_row, double tau)
{
    const mutau_sampler_settings *s = &run->settings->sampler;
    return s->burn_in < 0 ? mutau_burn_in_auto(n_row, (uint64_t)s->thin, adapting_rows(run), tau)
                          : fixed_burn_in(run, n_row);
}

mutau_status mutau_run_follow_burn_in(mutau_run *run, mutau_error *err)
{
    /* Not all are committed. */
    const size_t n_row = (size_t)(run->standing.steps / (uint64_t)run->settings->sampler.thin);
    if (n_row < MUTAU_VERDICT_ROWS)
        return MUTAU_OK;
    return mutau_chain_set_burn_in(run->store.chain, burn_in(run, n_row, run->standing.tau), err);
}

/* A verdict takes as long as a third of the steps that it is on.  The screen says whether the
 * chain may be at its end.  It is a function of the chain alone, as is the verdict: where a run
 * ends does not depend on where it was interrupted. */
static mutau_status screen(mutau_run *run, size_t *first, mutau_screen *seen, mutau_error *err)
{
    const size_t n_row = mutau_chain_rows(run->store.chain);
    const mutau_criteria c = mutau_run_criteria(&run->settings->sampler);
    *first = burn_in(run, n_row, 0.0);
    MUTAU_CHECK(mutau_verdict_screen(run->store.chain, *first, c.ess_bulk, seen, err));
    *first = burn_in(run, n_row, seen->tau);
    return MUTAU_OK;
}

mutau_status mutau_run_mark_burn_in(mutau_run *run, mutau_error *err)
{
    size_t first = 0;
    mutau_screen seen;
    if (mutau_chain_rows(run->store.chain) < MUTAU_VERDICT_ROWS)
        return MUTAU_OK;
    MUTAU_CHECK(screen(run, &first, &seen, err));
    MUTAU_CHECK(mutau_chain_set_burn_in(run->store.chain, first, err));
    return mutau_run_commit_all(run, err);
}

/* ---- the verdict ---- */

/* The verdict without burn-in, by the rule of the settings, with what is known of it. */
static mutau_status judge(mutau_run *run, const mutau_verdict_part *known, size_t *first,
                          mutau_verdict *v, mutau_error *err)
{
    mutau_chain *chain = run->store.chain;
    if (run->settings->sampler.burn_in < 0)
        return mutau_verdict_auto(chain, adapting_rows(run), known, first, v, err);
    *first = fixed_burn_in(run, mutau_chain_rows(chain));
    return mutau_verdict_of_run(chain, *first, known, v, err);
}

/* What a diagnosis says, and its first problems. */
static void keep(mutau_run *run, const mutau_diagnosis *d)
{
    run_judgement *j = &run->judgement;
    j->verdict = (mutau_run_verdict){
        .judged = true,
        .step = run->standing.steps,
        .posterior_converged = d->posterior_converged,
        .evidence_judged = d->evidence_judged,
        .evidence_converged = d->evidence_converged,
        .converged = d->converged,
        .complete = d->complete,
        .rhat = d->verdict.worst_rhat,
        .ess_bulk = d->verdict.worst_ess_bulk,
        .ess_tail = d->verdict.worst_ess_tail,
        .tau = d->verdict.worst_tau,
        .ln_z = d->verdict.evidence.ln_z,
        .ln_z_error = d->verdict.evidence.error,
    };
    for (size_t i = 0; i < d->n_finding && i < MUTAU_RUN_MAX_PROBLEMS; i++)
        if (d->finding[i].kind == MUTAU_FINDING_PROBLEM) {
            const size_t k = j->verdict.n_problem++;
            j->problem[k] = d->finding[i];
            j->verdict.problem[k] = j->problem[k].text;
        }
}

/* The verdict, kept, and the diagnosis, which the caller frees. */
static mutau_status diagnose(mutau_run *run, const mutau_verdict_part *known, size_t *first,
                             mutau_diagnosis **d, mutau_error *err)
{
    mutau_verdict v;
    const mutau_run_counts counts = count(run); /* the stored state may be an earlier one */
    MUTAU_CHECK(judge(run, known, first, &v, err));
    MUTAU_CHECK(
        mutau_diagnosis_of(run->settings, 1, &run->store.chain, first, &v, &counts, d, err));
    keep(run, *d);
    return MUTAU_OK;
}

/* ---- the record ---- */

/* The largest error of the weight of a mode, over all coordinates: 0 if each has one. */
static double mode_error(const mutau_diagnosis *d)
{
    double error = 0.0;
    for (size_t i = 0; i < d->dim; i++)
        for (size_t k = 0; d->modes[i].n > 1 && k < d->modes[i].n; k++)
            error = error >= d->modes[i].error[k] ? error : d->modes[i].error[k]; /* a NaN stays */
    return error;
}

/* A row of the history. */
static mutau_chain_check make_row(const mutau_run *run, const mutau_diagnosis *d)
{
    const mutau_verdict *v = &d->verdict;
    return (mutau_chain_check){
        .step = run->standing.steps,
        .acceptance = mutau_run_acceptance(run),
        .rhat = v->worst_rhat,
        .ess_bulk = v->worst_ess_bulk,
        .ess_tail = v->worst_ess_tail,
        .tau = v->worst_tau,
        .ln_z = v->evidence.ln_z,
        .ln_z_error = v->evidence.error,
        .acceptance_min = d->moves.min,
        .acceptance_max = d->moves.max,
        .n_stuck = d->moves.n_stuck,
        .swap_min = d->least_swaps.share,
        .mode_error = mode_error(d),
    };
}

static mutau_status record_evidence(mutau_run *run, const mutau_evidence *e, mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(run->store.chain);
    const mutau_chain_evidence evidence = {.ln_z = e->ln_z,
                                           .ln_z_error = e->error,
                                           .ln_z_ti = e->ti,
                                           .ln_z_ti_error = e->ti_mc_error + e->ti_discretisation,
                                           .ln_z_scatter = e->scatter,
                                           .ln_z_bridge = e->bridge.ln_z,
                                           .ln_z_bridge_error = e->bridge.error,
                                           .ln_z_importance = e->importance.ln_z,
                                           .ln_z_importance_error = e->importance.error,
                                           .ln_z_stepping_stone = e->stones.ln_z,
                                           .ln_z_stepping_stone_error = e->stones.error};
    if (info.n_temperature < 2 && !mutau_chain_has_mixture(&info))
        return MUTAU_OK;
    return mutau_chain_set_evidence(run->store.chain, &evidence, err);
}

/* Whether the last check was of the present step: that of an ended run that is gone on with. */
static bool is_recorded(const mutau_run *run)
{
    size_t n = 0;
    const mutau_chain_check *history = mutau_chain_history(run->store.chain, &n);
    return n > 0 && history[n - 1].step == run->standing.steps;
}

static mutau_status record(mutau_run *run, const mutau_diagnosis *d, size_t first, mutau_error *err)
{
    const mutau_chain_check row = make_row(run, d);
    mutau_chain *chain = run->store.chain;
    MUTAU_CHECK(record_evidence(run, &d->verdict.evidence, err));
    MUTAU_CHECK(mutau_chain_set_burn_in(chain, first, err));
    return is_recorded(run) ? MUTAU_OK : mutau_chain_add_check(chain, &row, err);
}

/* Judges and records.  Nothing is read once the verdict is known: a check that the caller ends
 * leaves no trace. */
static mutau_status check(mutau_run *run, const mutau_verdict_part *known, mutau_error *err)
{
    size_t first = 0;
    mutau_diagnosis *d = NULL;
    MUTAU_CHECK(diagnose(run, known, &first, &d, err));
    run->judgement.recorded = run->standing.steps;
    run->judgement.complete = d->complete;
    show(run, &d->verdict);
    const mutau_status status = record(run, d, first, err);
    mutau_diagnosis_free(d);
    return status;
}

/* Whether the criteria may hold: by what a glance has seen and, if so, by the bulk ESS of some rows
 * of the coordinate that it found the worst, and then by its numbers, which are kept in *part. */
static mutau_status may_end(const mutau_run *run, const mutau_screen *seen,
                            mutau_verdict_part *part, bool *may, mutau_error *err)
{
    mutau_criteria c = mutau_run_criteria(&run->settings->sampler);
    mutau_verdict one;
    *may = (double)run->standing.steps >= run->settings->sampler.min_steps &&
           mutau_screen_may_meet(seen, &c);
    if (!*may)
        return MUTAU_OK;
    part->burn_in = burn_in(run, mutau_chain_rows(run->store.chain), 0.0);
    part->i = seen->worst;
    MUTAU_CHECK(mutau_verdict_few(run->store.chain, part->burn_in, seen, c.ess_bulk, may, err));
    if (!*may)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_verdict_one(run->store.chain, part->burn_in, part->i, c.ess_bulk, &one, err));
    part->coordinate = one.coordinate[0];
    part->tau = one.tau[0];
    c.interval_error = c.evidence_error = 0.0; /* are not in it */
    *may = mutau_verdict_meets(&one, &c) && mutau_verdict_mixes(&one);
    return MUTAU_OK;
}

mutau_status mutau_run_check_due(mutau_run *run, mutau_error *err)
{
    bool may = false;
    size_t first = 0;
    mutau_screen seen;
    mutau_verdict_part part;
    run->judgement.complete = false;
    MUTAU_CHECK(mutau_run_flush(run, err));
    if (mutau_chain_rows(run->store.chain) < MUTAU_VERDICT_ROWS)
        return MUTAU_OK;
    MUTAU_CHECK(screen(run, &first, &seen, err));
    show_screen(run, &seen);
    MUTAU_CHECK(may_end(run, &seen, &part, &may, err));
    if (!may)
        return mutau_chain_set_burn_in(run->store.chain, first, err);
    return check(run, &part, err);
}

mutau_status mutau_run_check_last(mutau_run *run, mutau_error *err)
{
    MUTAU_CHECK(mutau_run_flush(run, err));
    return mutau_chain_rows(run->store.chain) < MUTAU_VERDICT_ROWS ? MUTAU_OK
                                                                   : check(run, NULL, err);
}

/* The numbers of a check, as far as the criteria need them; evidence, intervals and the sentences
 * are not in it. */
static mutau_verdict verdict_of(const mutau_run *run, const mutau_chain_check *row)
{
    const mutau_chain *chain = run->store.chain;
    const double thin = (double)run->settings->sampler.thin;
    const size_t n_kept = mutau_chain_rows(chain) - mutau_chain_burn_in(chain);
    return (mutau_verdict){.worst_rhat = row->rhat,
                           .worst_ess_bulk = row->ess_bulk,
                           .worst_ess_tail = row->ess_tail,
                           .worst_tau = row->tau,
                           .kept_steps = (double)n_kept * thin,
                           .thin = thin,
                           .evidence = {.ln_z = row->ln_z, .error = row->ln_z_error}};
}

/* Where a criterion did not hold at the last step it does not now, and the run goes on; where all
 * of them hold it is judged again, as what was found is not in the file. */
void mutau_run_take_over_verdict(mutau_run *run)
{
    run_judgement *j = &run->judgement;
    j->next = mutau_run_check_from(run->standing.steps);
    if (run->standing.steps == 0 || !is_recorded(run))
        return;
    size_t n = 0;
    const mutau_chain_check *row = mutau_chain_history(run->store.chain, &n);
    const mutau_verdict v = verdict_of(run, &row[n - 1]);
    mutau_criteria c = mutau_run_criteria(&run->settings->sampler);
    c.interval_error = 0.0;
    if (mutau_verdict_meets(&v, &c))
        return;
    j->recorded = run->standing.steps;
    j->next = mutau_run_check_from(run->standing.steps + 1);
    j->verdict = (mutau_run_verdict){.judged = true,
                                     .step = run->standing.steps,
                                     .evidence_judged = run->shape.n_rung > 1,
                                     .rhat = row[n - 1].rhat,
                                     .ess_bulk = row[n - 1].ess_bulk,
                                     .ess_tail = row[n - 1].ess_tail,
                                     .tau = row[n - 1].tau,
                                     .ln_z = row[n - 1].ln_z,
                                     .ln_z_error = row[n - 1].ln_z_error};
    show(run, &v);
}

/* ---- for the caller ---- */

mutau_run_verdict mutau_run_last_verdict(const mutau_run *run)
{
    return run->judgement.verdict;
}

static mutau_status look(mutau_run *run, mutau_run_verdict *out, mutau_error *err)
{
    size_t first = 0;
    mutau_diagnosis *d = NULL;
    MUTAU_CHECK(mutau_run_flush(run, err));
    if (mutau_chain_rows(run->store.chain) < MUTAU_VERDICT_ROWS)
        return MUTAU_OK;
    MUTAU_CHECK(diagnose(run, NULL, &first, &d, err));
    mutau_diagnosis_free(d);
    *out = run->judgement.verdict;
    return MUTAU_OK;
}

mutau_status mutau_run_check(mutau_run *run, mutau_run_verdict *out, mutau_error *err)
{
    *out = (mutau_run_verdict){.step = run->standing.steps};
    MUTAU_CHECK(mutau_run_check_usable(run, err));
    mutau_chain_set_stop(run->store.chain, run->options.stop);
    return mutau_run_keep_failure(run, look(run, out, err));
}
