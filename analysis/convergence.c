/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Burn-in and the verdict on convergence; documented in analysis/convergence.h. */
#include "analysis/convergence.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"
#include "analysis/pool.h"
#include "analysis/pool_evidence.h"
#include "worst_internal.h"

enum { SCREEN_ROWS = 200, SCREEN_DRAWS = 6 /* for each effective one that is asked for */ };
static const double BURN_IN_TAUS = 5.0;
/* Rows that tell the bulk ESS to 5 %: of AR(1) draws those between 8 a tau know 2 % of it. */
static const double ROWS_A_TAU = 8.0, FEW_ARE_ENOUGH = 0.9;
/* Those of a run file that names none (MUTAU_DEFAULT_STOP). */
static const double USUAL_ESS_BULK = 4000.0, USUAL_ESS_TAIL = 1000.0;

static mutau_status allocate_draws(const mutau_pool *pool, double **x, mutau_error *err)
{
    *x = mutau_calloc(pool->n_row, pool->n_column * sizeof **x);
    if (*x == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "%zu rows of %zu walkers", pool->n_row,
                               pool->n_column);
    return MUTAU_OK;
}

size_t mutau_burn_in_auto(size_t n_row, uint64_t thin, size_t least, double tau)
{
    size_t first = n_row / 4 + (n_row % 4 != 0);
    first = first > least ? first : least;
    const size_t most = n_row > MUTAU_VERDICT_KEPT ? n_row - MUTAU_VERDICT_KEPT : 0;
    const double want = ceil(BURN_IN_TAUS * tau / (double)thin);
    if (first >= most)
        return most;
    if (!(want > (double)first))
        return first;
    return want < (double)most ? (size_t)want : most;
}

/* How a verdict is made. */
typedef struct judging {
    bool moments;                    /* are wanted, too */
    const mutau_verdict_part *known; /* or NULL */
} judging;

static mutau_status judge_coordinate(const mutau_pool *pool, const judging *how, size_t i,
                                     double x[], mutau_verdict *out, mutau_error *err)
{
    const mutau_verdict_part *known = how->known;
    if (known != NULL && known->i == i && known->burn_in == pool->first[0]) {
        out->coordinate[i] = known->coordinate;
        out->tau[i] = known->tau;
        return MUTAU_OK;
    }
    mutau_convergence *c = &out->coordinate[i];
    MUTAU_CHECK(mutau_pool_read(pool, MUTAU_POOL_COORDINATE, i, x, err));
    if (how->moments)
        MUTAU_CHECK(mutau_convergence_compute(pool->n_row, pool->n_column, x, c, err));
    else
        MUTAU_CHECK(mutau_convergence_judge(pool->n_row, pool->n_column, x, 0.0, c, err));
    return mutau_pool_autocorr_time(pool, x, &out->tau[i], err);
}

void mutau_verdict_find_worst(mutau_verdict *verdict)
{
    verdict->worst_rhat = verdict->coordinate[0].rhat;
    verdict->worst_ess_bulk = verdict->coordinate[0].ess_bulk;
    verdict->worst_ess_tail = verdict->coordinate[0].ess_tail;
    verdict->worst_tau = verdict->tau[0];
    double walker_tau = verdict->coordinate[0].agreement.tau;
    for (size_t i = 1; i < verdict->dim; i++) {
        const mutau_convergence *c = &verdict->coordinate[i];
        verdict->worst_rhat = mutau_worst_greater(c->rhat, verdict->worst_rhat);
        verdict->worst_ess_bulk = mutau_worst_less(c->ess_bulk, verdict->worst_ess_bulk);
        verdict->worst_ess_tail = mutau_worst_less(c->ess_tail, verdict->worst_ess_tail);
        verdict->worst_tau = mutau_worst_greater(verdict->tau[i], verdict->worst_tau);
        walker_tau = mutau_worst_greater(c->agreement.tau, walker_tau);
    }
    verdict->worst_walker_tau = walker_tau * verdict->thin;
}

static mutau_status judge_pool(const mutau_pool *pool, const judging *how, mutau_verdict *out,
                               mutau_error *err)
{
    const mutau_chain_info info = mutau_chain_describe(pool->chains[0]);
    if (info.dim < 1 || info.dim > MUTAU_MAX_DIM)
        return mutau_error_set(err, MUTAU_EDOM, "%zu coordinates; 1 to %d can be judged", info.dim,
                               MUTAU_MAX_DIM);
    if (pool->n_row < MUTAU_VERDICT_KEPT)
        return mutau_error_set(err, MUTAU_EDOM,
                               "%zu rows after burn-in; convergence takes at least %d", pool->n_row,
                               MUTAU_VERDICT_KEPT);
    double *x = NULL;
    MUTAU_CHECK(allocate_draws(pool, &x, err));
    *out = (mutau_verdict){.dim = info.dim,
                           .kept_steps = (double)pool->n_row * (double)pool->thin,
                           .thin = (double)pool->thin};
    mutau_status status = MUTAU_OK;
    for (size_t i = 0; i < info.dim && status == MUTAU_OK; i++) {
        status = judge_coordinate(pool, how, i, x, out, err);
        if (status != MUTAU_OK)
            status = mutau_error_wrap(err, status, "convergence of %s", info.names[i]);
    }
    free(x);
    mutau_verdict_find_worst(out);
    if (status == MUTAU_OK)
        status = mutau_pool_evidence(pool, &out->evidence, err);
    return status;
}

mutau_status mutau_verdict_compute(size_t n_chain, mutau_chain *const chains[],
                                   const size_t burn_in[], mutau_verdict *out, mutau_error *err)
{
    mutau_pool pool;
    MUTAU_CHECK(mutau_pool_init(&pool, n_chain, chains, burn_in, err));
    return judge_pool(&pool, &(judging){.moments = true}, out, err);
}

mutau_status mutau_verdict_of_run(mutau_chain *chain, size_t burn_in,
                                  const mutau_verdict_part *known, mutau_verdict *out,
                                  mutau_error *err)
{
    mutau_pool pool;
    MUTAU_CHECK(mutau_pool_init(&pool, 1, &chain, &burn_in, err));
    return judge_pool(&pool, &(judging){.known = known}, out, err);
}

static mutau_status screen_coordinate(const mutau_pool *pool, size_t i, double x[],
                                      mutau_screen *out, mutau_error *err)
{
    mutau_glance g;
    MUTAU_CHECK(mutau_pool_read(pool, MUTAU_POOL_COORDINATE, i, x, err));
    MUTAU_CHECK(mutau_glance_at(pool->n_row, pool->n_column, x, &g, err));
    out->rhat = mutau_worst_greater(g.rhat, out->rhat);
    if (!(g.ess >= out->ess))
        out->worst = i;
    out->ess = mutau_worst_less(g.ess, out->ess);
    out->tau = mutau_worst_greater(g.tau * (double)pool->thin, out->tau);
    out->mixes = out->mixes && g.mixes;
    return MUTAU_OK;
}

mutau_status mutau_verdict_screen(mutau_chain *chain, size_t burn_in, double ess, mutau_screen *out,
                                  mutau_error *err)
{
    mutau_pool pool;
    double *x = NULL;
    MUTAU_CHECK(mutau_pool_init(&pool, 1, &chain, &burn_in, err));
    *out = (mutau_screen){.n_chain = pool.n_column,
                          .ess = (double)INFINITY,
                          .kept_steps = (double)pool.n_row * (double)pool.thin,
                          .mixes = true};
    const double rows = fmax(SCREEN_ROWS, SCREEN_DRAWS * ess / (double)pool.n_column);
    if (rows < (double)pool.n_row)
        mutau_pool_thin(&pool, (size_t)rows);
    MUTAU_CHECK(allocate_draws(&pool, &x, err));
    mutau_status status = MUTAU_OK;
    const size_t dim = mutau_chain_describe(chain).dim;
    for (size_t i = 0; i < dim && status == MUTAU_OK; i++)
        status = screen_coordinate(&pool, i, x, out, err);
    out->resolved = pool.stride == 1 || out->tau > 2.0 * (double)pool.thin;
    free(x);
    return status;
}

mutau_status mutau_verdict_few(mutau_chain *chain, size_t burn_in, const mutau_screen *seen,
                               double least_ess, bool *may, mutau_error *err)
{
    mutau_pool pool;
    double *x = NULL;
    mutau_convergence c;
    *may = true;
    MUTAU_CHECK(mutau_pool_init(&pool, 1, &chain, &burn_in, err));
    const double rows = fmax(ROWS_A_TAU * seen->kept_steps / seen->tau, ROWS_A_TAU);
    if (rows < (double)pool.n_row)
        mutau_pool_thin(&pool, (size_t)rows);
    if (!seen->resolved || !(seen->tau > 0.0) || pool.stride == 1)
        return MUTAU_OK;
    MUTAU_CHECK(allocate_draws(&pool, &x, err));
    mutau_status status = mutau_pool_read(&pool, MUTAU_POOL_COORDINATE, seen->worst, x, err);
    if (status == MUTAU_OK)
        status = mutau_convergence_judge(pool.n_row, pool.n_column, x, (double)INFINITY, &c, err);
    free(x);
    *may = status == MUTAU_OK && c.ess_bulk >= FEW_ARE_ENOUGH * least_ess;
    return status;
}

mutau_status mutau_verdict_one(mutau_chain *chain, size_t burn_in, size_t i, double least_ess,
                               mutau_verdict *out, mutau_error *err)
{
    mutau_pool pool;
    double *x = NULL;
    mutau_convergence *c = &out->coordinate[0];
    MUTAU_CHECK(mutau_pool_init(&pool, 1, &chain, &burn_in, err));
    MUTAU_CHECK(allocate_draws(&pool, &x, err));
    *out = (mutau_verdict){.dim = 1,
                           .tau = {(double)NAN},
                           .kept_steps = (double)pool.n_row * (double)pool.thin,
                           .thin = (double)pool.thin};
    mutau_status status = mutau_pool_read(&pool, MUTAU_POOL_COORDINATE, i, x, err);
    if (status == MUTAU_OK)
        status = mutau_convergence_judge(pool.n_row, pool.n_column, x, least_ess, c, err);
    if (status == MUTAU_OK && c->ess_bulk >= least_ess)
        status = mutau_pool_autocorr_time(&pool, x, &out->tau[0], err);
    free(x);
    mutau_verdict_find_worst(out);
    return status;
}

/* The effective draws with which the ends of 95 % of a normal distribution have that error. */
static double ess_of_interval(double error)
{
    const double one = 2.6716; /* sqrt(0.025 0.975) over the density at its 2.5 % quantile */
    return one * one / (error * error);
}

bool mutau_screen_may_meet(const mutau_screen *s, const mutau_criteria *c)
{
    const double most = s->ess * (1.15 + 2.5 * sqrt(1.0 / (double)s->n_chain));
    const double tau = s->resolved ? 0.5 * s->tau : 0.0;
    if (!s->mixes || !(s->kept_steps >= fmax(MUTAU_LEAST_TAUS, c->tau_multiple) * tau))
        return false;
    if (c->rhat > 0.0 && !(s->rhat - 1.0 <= 1.3 * (c->rhat - 1.0)))
        return false;
    if (c->interval_error > 0.0 && !(2.0 * most >= ess_of_interval(c->interval_error)))
        return false;
    return most >= c->ess_bulk;
}

double mutau_screen_shortfall(const mutau_screen *s, const mutau_criteria *c)
{
    const mutau_verdict v = {.dim = 1,
                             .worst_rhat = s->rhat,
                             .worst_tau = s->tau,
                             .worst_walker_tau = s->tau,
                             .worst_ess_bulk = s->ess,
                             .worst_ess_tail = s->ess,
                             .interval_error = sqrt(ess_of_interval(1.0) / s->ess),
                             .kept_steps = s->kept_steps,
                             .evidence.error = (double)NAN};
    return mutau_verdict_shortfall(&v, c);
}

mutau_status mutau_verdict_auto(mutau_chain *chain, size_t least, const mutau_verdict_part *known,
                                size_t *burn_in, mutau_verdict *out, mutau_error *err)
{
    const size_t n_row = mutau_chain_rows(chain);
    if (n_row < MUTAU_VERDICT_ROWS)
        return mutau_error_set(err, MUTAU_EDOM, "%zu rows; a verdict takes at least %d", n_row,
                               MUTAU_VERDICT_ROWS);
    const uint64_t thin = mutau_chain_describe(chain).thin;
    const size_t first = mutau_burn_in_auto(n_row, thin, least, 0.0);
    *burn_in = first;
    MUTAU_CHECK(mutau_verdict_of_run(chain, first, known, out, err));
    *burn_in = mutau_burn_in_auto(n_row, thin, least, out->worst_tau);
    if (*burn_in == first)
        return MUTAU_OK;
    return mutau_verdict_of_run(chain, *burn_in, known, out, err);
}

mutau_criteria mutau_run_criteria(const mutau_sampler_settings *settings)
{
    mutau_criteria own = {.rhat = settings->rhat,
                          .tau_multiple = settings->tau_multiple,
                          .ess_bulk = settings->ess_bulk,
                          .ess_tail = settings->ess_tail,
                          .interval_error = settings->interval_error,
                          .evidence_error = settings->evidence_error};
    if (own.rhat > 0.0 || own.tau_multiple > 0.0 || own.ess_bulk > 0.0 || own.ess_tail > 0.0 ||
        own.interval_error > 0.0)
        return own;
    own.ess_bulk = USUAL_ESS_BULK;
    own.ess_tail = USUAL_ESS_TAIL;
    return own;
}

bool mutau_verdict_meets(const mutau_verdict *verdict, const mutau_criteria *criteria)
{
    if (isnan(verdict->worst_ess_bulk))
        return false;
    if (criteria->rhat > 0.0 && !(verdict->worst_rhat <= criteria->rhat))
        return false;
    if (criteria->tau_multiple > 0.0 &&
        !(verdict->kept_steps >= criteria->tau_multiple * verdict->worst_tau))
        return false;
    if (criteria->evidence_error > 0.0 && !(verdict->evidence.error <= criteria->evidence_error))
        return false;
    if (criteria->ess_tail > 0.0 && !(verdict->worst_ess_tail >= criteria->ess_tail))
        return false;
    if (criteria->interval_error > 0.0 &&
        !(verdict->interval_error > 0.0 && verdict->interval_error <= criteria->interval_error))
        return false;
    return !(criteria->ess_bulk > 0.0 && !(verdict->worst_ess_bulk >= criteria->ess_bulk));
}

bool mutau_verdict_long_enough(const mutau_verdict *v)
{
    return v->kept_steps >= MUTAU_LEAST_TAUS * v->worst_tau &&
           v->kept_steps >= MUTAU_LEAST_TAUS * v->worst_walker_tau;
}

double mutau_verdict_most_rhat(const mutau_verdict *v, size_t i)
{
    const double usual = 1.01, most = v->coordinate[i].agreement.most;
    const double tau = fmax(v->worst_tau, v->worst_walker_tau);
    const double rough = fmax(usual, 1.0 + 2.0 * tau / v->kept_steps);
    return most <= rough ? most : rough;
}

unsigned mutau_verdict_walkers(const mutau_verdict *v, size_t i)
{
    const mutau_convergence *c = &v->coordinate[i];
    const mutau_agreement *a = &c->agreement;
    unsigned what = 0;
    if (!(a->rhat <= a->most) || !(a->rhat <= mutau_verdict_most_rhat(v, i)))
        what |= MUTAU_WALKERS_DISAGREE;
    if (a->n_below + a->n_above > 0)
        what |= MUTAU_WALKERS_APART;
    if (!(fabs(a->drift) <= a->most_drift))
        what |= MUTAU_WALKERS_DRIFT;
    return what;
}

bool mutau_verdict_mixes(const mutau_verdict *v)
{
    unsigned what = 0;
    for (size_t i = 0; i < v->dim; i++)
        what |= mutau_verdict_walkers(v, i);
    return what == 0 && mutau_verdict_long_enough(v);
}

double mutau_verdict_shortfall(const mutau_verdict *verdict, const mutau_criteria *criteria)
{
    const mutau_verdict *v = verdict;
    const mutau_criteria *c = criteria;
    double factor = 1.0;
    if (isnan(v->worst_rhat) || isnan(v->worst_tau) || isnan(v->worst_ess_bulk))
        return (double)NAN;
    if (c->rhat > 1.0)
        factor = fmax(factor, (v->worst_rhat - 1.0) / (c->rhat - 1.0));
    if (c->tau_multiple > 0.0)
        factor = fmax(factor, c->tau_multiple * v->worst_tau / v->kept_steps);
    if (c->ess_bulk > 0.0)
        factor = fmax(factor, c->ess_bulk / v->worst_ess_bulk);
    if (c->ess_tail > 0.0)
        factor = fmax(factor, c->ess_tail / v->worst_ess_tail);
    if (c->interval_error > 0.0)
        factor = fmax(factor, pow(v->interval_error / c->interval_error, 2.0));
    factor =
        fmax(factor, MUTAU_LEAST_TAUS * fmax(v->worst_tau, v->worst_walker_tau) / v->kept_steps);
    if (c->evidence_error > 0.0 && v->evidence.error > 0.0)
        factor = fmax(factor, pow(v->evidence.error / c->evidence_error, 2.0));
    return factor;
}
