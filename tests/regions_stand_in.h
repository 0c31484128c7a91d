/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests of what holds summaries, linked with --wrap=mutau_hpd_regions_walkers.  Included by
 * one file of a program. */
#ifndef MUTAU_TESTS_REGIONS_STAND_IN_H
#define MUTAU_TESTS_REGIONS_STAND_IN_H

#include <stdlib.h>

#include "analysis/credible.h"
#include "base/mem.h"

/* Regions cost most of the time and have their own test (test_credible.c): here a stand-in
 * that allocates once, as they do, and fails if it cannot. */
mutau_status __wrap_mutau_hpd_regions_walkers(size_t n_row, size_t n_walker, const double x[],
                                              double lo, double hi, double ess, size_t n_mass,
                                              const double mass[], mutau_region regions[],
                                              mutau_error *err);

mutau_status __wrap_mutau_hpd_regions_walkers(size_t n_row, size_t n_walker, const double x[],
                                              double lo, double hi, double ess, size_t n_mass,
                                              const double mass[], mutau_region regions[],
                                              mutau_error *err)
{
    (void)ess;
    void *scratch = mutau_calloc(n_row * n_walker, sizeof x[0]);
    if (scratch == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for regions");
    free(scratch);
    for (size_t i = 0; i < n_mass; i++)
        regions[i] = (mutau_region){.n = 1, .lo = {lo}, .hi = {hi + mass[i]}};
    return MUTAU_OK;
}

#endif
