/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file solver_bins.h
 * The bins of one point by any solver, made for it alone.
 */
#ifndef MUTAU_SOLVER_BINS_H
#define MUTAU_SOLVER_BINS_H

#include "check.h"

#include "physics/solver.h"

/** n[n_bin]; every failure fails the test. */
static inline void solver_bins(const mutau_solver_type *type, const mutau_solver_settings *settings,
                               const mutau_solver_point *point, size_t n_bin,
                               const mutau_solver_bin bins[], double n[])
{
    void *solver = NULL;
    mutau_error err = {0};
    CHECK_OK(type->alloc(settings, n_bin, bins, &solver, &err), err);
    void *ws = type->workspace_alloc(solver);
    assert_non_null(ws);
    CHECK_OK(type->solve(solver, ws, point, &err), err);
    type->bins(solver, ws, n);
    type->workspace_free(ws);
    type->free(solver);
}

#endif
