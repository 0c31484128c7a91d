/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file solver_refusals.h
 * What every solver refuses when it is made, whatever solver it is.
 */
#ifndef MUTAU_SOLVER_REFUSALS_H
#define MUTAU_SOLVER_REFUSALS_H

#include "check.h"

#include <string.h>

#include "physics/solver.h"

/** MUTAU_EDOM, no solver, and a text that says `text`. */
static inline void check_refused(const mutau_solver_type *type,
                                 const mutau_solver_settings *settings, size_t n_bin,
                                 const mutau_solver_bin bins[], const char *text)
{
    void *solver = NULL;
    mutau_error err = {0};
    CHECK_STATUS(type->alloc(settings, n_bin, bins, &solver, &err), MUTAU_EDOM, err);
    assert_null(solver);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, text);
}

static inline void check_bad_settings(const mutau_solver_type *type,
                                      const mutau_solver_settings *good)
{
    const double bad[] = {-0.1, NAN, INFINITY};
    mutau_solver_settings s;
    for (int k = 0; k < 3; k++) {
        s = *good;
        s.z_max = bad[k];
        check_refused(type, &s, 0, NULL, "z_max");
        s = *good;
        s.omega_m = bad[k];
        check_refused(type, &s, 0, NULL, "omega_m");
        s = *good;
        s.density_over_hubble = bad[k];
        check_refused(type, &s, 0, NULL, "n0/H0");
        s = *good;
        s.tolerance = bad[k];
        check_refused(type, &s, 0, NULL, "tolerance");
        s = *good;
        s.norm = bad[k];
        if (k > 0)
            check_refused(type, &s, 0, NULL, "norm");
    }
    s = *good;
    s.omega_m = 1.1;
    check_refused(type, &s, 0, NULL, "omega_m");
    s = *good;
    s.z_max = 0.0;
    check_refused(type, &s, 0, NULL, "z_max");
}

static inline void check_bad_bins(const mutau_solver_type *type, const mutau_solver_settings *good)
{
    const mutau_solver_bin bins[] = {
        {0.0, 1.0, {1.0, 1.0, 1.0}}, {-1.0, 1.0, {1.0, 1.0, 1.0}},     {2.0, 2.0, {1.0, 1.0, 1.0}},
        {3.0, 2.0, {1.0, 1.0, 1.0}}, {2.0, INFINITY, {1.0, 1.0, 1.0}}, {NAN, 2.0, {1.0, 1.0, 1.0}},
        {1.0, NAN, {1.0, 1.0, 1.0}},
    };
    for (size_t b = 0; b < sizeof bins / sizeof bins[0]; b++) {
        const mutau_solver_bin two[] = {{1.0, 2.0, {1.0, 0.0, 0.0}}, bins[b]};
        check_refused(type, good, 2, two, "bin 1");
    }
    const mutau_solver_bin weight = {1.0, 2.0, {1.0, NAN, 0.0}};
    check_refused(type, good, 1, &weight, "weight");
}

#endif
