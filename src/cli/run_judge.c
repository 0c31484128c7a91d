/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How far a run is from convergence: the stored chain judged by the one verdict of
 * mutau/diagnosis.h. */
#include <math.h>

#include "run_internal.h"

bool run_stops_early(const mutau_sampler_settings *s)
{
    return s->rhat > 0.0 || s->tau_multiple > 0.0 || s->ess_bulk > 0.0 || s->evidence_error > 0.0;
}

static mutau_run_counts count(const run *r)
{
    const mutau_ensemble_counts all = mutau_ensemble_counters(r->ensemble);
    const mutau_swap_count *swaps = mutau_ensemble_swaps(r->ensemble);
    mutau_run_counts c = {
        .proposals = (double)(r->n_ensemble * r->n_walker) * (double)r->standing.steps,
        .failures = (double)all.failures,
        .evaluations = (double)all.evaluations,
    };
    for (size_t i = 0; i < r->n_ensemble; i++) {
        const mutau_ensemble_view v = mutau_ensemble_state(r->ensemble, i);
        for (size_t w = 0; w < r->n_walker; w++)
            c.accepted += (double)v.accepted[w];
    }
    for (size_t i = 0; i + 1 < r->n_rung; i++)
        c.swaps[i] = (mutau_chain_swaps){swaps[i].proposed, swaps[i].accepted};
    return c;
}

double run_acceptance(const run *r)
{
    const mutau_run_counts c = count(r);
    return c.proposals > 0.0 ? c.accepted / c.proposals : (double)NAN;
}

/* All steps until every criterion would hold; NaN before anything is known, infinite if none
 * ends the run. */
static double steps_needed(const run *r, const mutau_verdict *v, const mutau_criteria *c)
{
    return run_stops_early(&r->settings->sampler)
               ? mutau_verdict_shortfall(v, c) * (double)r->standing.steps
               : (double)INFINITY;
}

/* The burn-in of so many rows (MIN_ROWS or more) that the run file asks for by number. */
static size_t fixed_burn_in(const run *r, size_t n_row)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    const size_t rows = (size_t)((s->burn_in + s->thin - 1) / s->thin);
    const size_t most = n_row - MIN_ROWS / 2;
    return rows < most ? rows : most;
}

size_t run_adapting_rows(const run *r)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    return s->temperatures > 1 ? (size_t)((s->ladder_adapt + s->thin - 1) / s->thin) : 0;
}

/* The verdict without burn-in, by the rule of the run file. */
static mutau_status judge(run *r, size_t *burn_in, mutau_verdict *v, mutau_error *err)
{
    if (r->settings->sampler.burn_in < 0)
        return mutau_verdict_auto(r->chain, run_adapting_rows(r), burn_in, v, err);
    *burn_in = fixed_burn_in(r, mutau_chain_rows(r->chain));
    return mutau_verdict_compute(1, &r->chain, burn_in, v, err);
}

/* A verdict on a long chain takes as long as hundreds of steps.  The screen says whether
 * the chain may be at its end, by R-hat alone: that of thinned draws is that of all, or a
 * little less, while their tau and ESS cannot be finer than their spacing. */
static mutau_status screen(run *r, const mutau_criteria *c, size_t *burn_in, mutau_verdict *v,
                           bool *near, mutau_error *err)
{
    const bool automatic = r->settings->sampler.burn_in < 0;
    const size_t n_row = mutau_chain_rows(r->chain);
    const uint64_t thin = (uint64_t)r->settings->sampler.thin;
    const size_t least = run_adapting_rows(r);
    const mutau_criteria by_rhat = {.rhat = c->rhat};
    *burn_in = automatic ? mutau_burn_in_auto(n_row, thin, least, 0.0) : fixed_burn_in(r, n_row);
    MUTAU_CHECK(mutau_verdict_screen(r->chain, *burn_in, v, err));
    if (automatic)
        *burn_in = mutau_burn_in_auto(n_row, thin, least, v->worst_tau);
    *near = mutau_verdict_meets(v, &by_rhat);
    return MUTAU_OK;
}

mutau_status run_mark_burn_in(run *r, mutau_error *err)
{
    size_t first = 0;
    mutau_verdict v;
    bool near = false;
    const mutau_criteria c = mutau_run_criteria(&r->settings->sampler);
    if (mutau_chain_rows(r->chain) < MIN_ROWS)
        return MUTAU_OK;
    MUTAU_CHECK(screen(r, &c, &first, &v, &near, err));
    MUTAU_CHECK(mutau_chain_set_burn_in(r->chain, first, err));
    return run_commit(r, err);
}

mutau_status run_follow_burn_in(run *r, mutau_error *err)
{
    const mutau_sampler_settings *s = &r->settings->sampler;
    const size_t n_row = (size_t)(r->standing.steps / (uint64_t)s->thin); /* not all committed */
    if (n_row < MIN_ROWS)
        return MUTAU_OK;
    const size_t first = s->burn_in < 0 ? mutau_burn_in_auto(n_row, (uint64_t)s->thin,
                                                             run_adapting_rows(r), r->standing.tau)
                                        : fixed_burn_in(r, n_row);
    return mutau_chain_set_burn_in(r->chain, first, err);
}

static void show(run *r, const mutau_verdict *v, const mutau_criteria *c)
{
    r->standing.rhat = v->worst_rhat;
    r->standing.ess_bulk = v->worst_ess_bulk;
    r->standing.tau = v->worst_tau;
    r->standing.kept_over_tau = v->kept_steps / v->worst_tau;
    r->standing.acceptance = run_acceptance(r);
    r->standing.steps_needed = steps_needed(r, v, c);
}

/* The largest error of the weight of a mode, over all coordinates: 0 if each has one. */
static double mode_error(const mutau_diagnosis *d)
{
    double error = 0.0;
    for (size_t i = 0; i < d->dim; i++)
        for (size_t k = 0; d->modes[i].n > 1 && k < d->modes[i].n; k++)
            error = error >= d->modes[i].error[k] ? error : d->modes[i].error[k]; /* a NaN stays */
    return error;
}

/* What a diagnosis says, without its sentences. */
static void keep(run *r, const mutau_diagnosis *d)
{
    r->posterior_converged = d->posterior_converged;
    r->evidence_judged = d->evidence_judged;
    r->evidence_converged = d->evidence_converged;
    r->converged = d->converged;
    r->complete = d->complete;
    r->n_problem = 0;
    for (size_t i = 0; i < d->n_finding && i < RUN_MAX_PROBLEMS; i++)
        if (d->finding[i].kind == MUTAU_FINDING_PROBLEM)
            r->problem[r->n_problem++] = d->finding[i];
}

/* A row of the history. */
static mutau_chain_check make_row(const run *r, const mutau_diagnosis *d)
{
    const mutau_verdict *v = &d->verdict;
    return (mutau_chain_check){
        .step = r->standing.steps,
        .acceptance = run_acceptance(r),
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

static mutau_status record_evidence(run *r, const mutau_evidence *e, mutau_error *err)
{
    const mutau_chain_evidence evidence = {.ln_z = e->ln_z,
                                           .ln_z_error = e->error,
                                           .ln_z_ti = e->ti,
                                           .ln_z_ti_error = e->ti_mc_error + e->ti_discretisation,
                                           .ln_z_scatter = e->scatter};
    return r->n_rung > 1 ? mutau_chain_set_evidence(r->chain, &evidence, err) : MUTAU_OK;
}

/* Whether the last check was of the present step: that of an ended run that is gone on with. */
static bool is_recorded(const run *r)
{
    size_t n = 0;
    const mutau_chain_check *history = mutau_chain_history(r->chain, &n);
    return n > 0 && history[n - 1].step == r->standing.steps;
}

/* Judges the stored chain as it is now, if it is the last time or a screen finds it worth
 * while, and records the verdict. */
mutau_status run_check(run *r, bool last, mutau_error *err)
{
    size_t first = 0;
    mutau_verdict v;
    bool near = false;
    const mutau_criteria c = mutau_run_criteria(&r->settings->sampler);
    MUTAU_CHECK(run_flush(r, err));
    if (mutau_chain_rows(r->chain) < MIN_ROWS)
        return MUTAU_OK;
    if (!last) {
        MUTAU_CHECK(screen(r, &c, &first, &v, &near, err));
        show(r, &v, &c);
        if (!near)
            return mutau_chain_set_burn_in(r->chain, first, err);
    }
    MUTAU_CHECK(judge(r, &first, &v, err));
    mutau_diagnosis *d = NULL;
    const mutau_run_counts counts = count(r); /* the stored state may be an earlier one */
    MUTAU_CHECK(mutau_diagnosis_of(r->settings, 1, &r->chain, &first, &v, &counts, &d, err));
    /* Nothing is read from here on: a check that a signal ends leaves no trace. */
    const mutau_chain_check row = make_row(r, d);
    keep(r, d);
    mutau_diagnosis_free(d);
    r->last_verdict = r->standing.steps;
    show(r, &v, &c);
    MUTAU_CHECK(record_evidence(r, &v.evidence, err));
    MUTAU_CHECK(mutau_chain_set_burn_in(r->chain, first, err));
    return is_recorded(r) ? MUTAU_OK : mutau_chain_add_check(r->chain, &row, err);
}
