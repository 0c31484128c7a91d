/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What draws say, as it is looked up; documented in mutau/results.h. */
#include "mutau/results.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api_internal.h"

_Static_assert(MUTAU_RESULT_INTERVALS == MUTAU_MAX_INTERVALS, "intervals of a region");

mutau_result *mutau_api_add_result(mutau_results *results, const char *name, const char *unit,
                                   const mutau_convergence *moments, double tau)
{
    const size_t i = results->n++;
    mutau_result *q = &results->quantity[i];
    (void)snprintf(results->name[i], MUTAU_API_NAME_SIZE, "%s", name);
    (void)snprintf(results->unit[i], MUTAU_API_NAME_SIZE, "%s", unit);
    q->name = results->name[i];
    q->unit = results->unit[i];
    q->mean = moments->mean;
    q->sd = moments->sd;
    q->median = moments->median;
    q->mcse_mean = moments->mcse_mean;
    q->mcse_median = moments->mcse_median;
    q->rhat = moments->rhat;
    q->ess_bulk = moments->ess_bulk;
    q->ess_tail = moments->ess_tail;
    q->tau = tau;
    return q;
}

void mutau_api_set_regions(mutau_results *results, const mutau_region regions[])
{
    memcpy(results->region[results->n - 1], regions, results->n_mass * sizeof regions[0]);
}

void mutau_api_add_best(mutau_results *results, const char *name, double value)
{
    const size_t i = results->n_best++;
    (void)snprintf(results->best_name[i], MUTAU_API_NAME_SIZE, "%s", name);
    results->best[i] = value;
}

void mutau_results_free(mutau_results *results)
{
    free(results);
}

const mutau_outcome *mutau_results_outcome(const mutau_results *results)
{
    return &results->outcome;
}

size_t mutau_results_count(const mutau_results *results)
{
    return results->n;
}

const mutau_result *mutau_results_get(const mutau_results *results, size_t i)
{
    return i < results->n ? &results->quantity[i] : NULL;
}

const mutau_result *mutau_results_find(const mutau_results *results, const char *name)
{
    for (size_t i = 0; i < results->n; i++)
        if (strcmp(results->name[i], name) == 0)
            return &results->quantity[i];
    return NULL;
}

size_t mutau_results_region(const mutau_results *results, size_t i, size_t i_mass,
                            double lo[MUTAU_RESULT_INTERVALS], double hi[MUTAU_RESULT_INTERVALS])
{
    if (i >= results->n || i_mass >= results->n_mass)
        return 0;
    const mutau_region *region = &results->region[i][i_mass];
    memcpy(lo, region->lo, region->n * sizeof *lo);
    memcpy(hi, region->hi, region->n * sizeof *hi);
    return region->n;
}

size_t mutau_results_problem_count(const mutau_results *results)
{
    return results->n_problem;
}

const char *mutau_results_problem(const mutau_results *results, size_t i)
{
    return i < results->n_problem ? results->problem[i] : NULL;
}

double mutau_results_best(const mutau_results *results, const char *name)
{
    for (size_t i = 0; i < results->n_best; i++)
        if (strcmp(results->best_name[i], name) == 0)
            return results->best[i];
    return (double)NAN;
}
