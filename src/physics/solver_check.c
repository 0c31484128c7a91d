/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every solver asks of its settings and bins; documented in physics/solver.h. */
#include <math.h>

#include "physics/solver.h"

static mutau_status settings_check(const mutau_solver_settings *s, mutau_error *err)
{
    if (!(s->density_over_hubble >= 0.0) || !isfinite(s->density_over_hubble))
        return mutau_error_set(err, MUTAU_EDOM, "n0/H0 = %g eV^2: must not be negative",
                               s->density_over_hubble);
    if ((s->spectrum->tabulate != NULL) != (s->shape != NULL))
        return mutau_error_set(
            err, MUTAU_EDOM, "spectrum %s: one by a table needs its numbers, and no other has any",
            s->spectrum->name);
    if (!isfinite(s->norm))
        return mutau_error_set(err, MUTAU_EDOM, "norm = %g: must be finite", s->norm);
    if (!(s->tolerance >= 0.0) || !isfinite(s->tolerance))
        return mutau_error_set(err, MUTAU_EDOM, "tolerance = %g: must not be negative",
                               s->tolerance);
    return MUTAU_OK;
}

static mutau_status bins_check(size_t n_bin, const mutau_solver_bin bins[], mutau_error *err)
{
    for (size_t i = 0; i < n_bin; i++) {
        const mutau_solver_bin *b = &bins[i];
        if (!(b->e_lo_gev > 0.0 && b->e_lo_gev < b->e_hi_gev) || !isfinite(b->e_hi_gev))
            return mutau_error_set(err, MUTAU_EDOM,
                                   "bin %zu, %g to %g GeV: needs 0 < lower < upper edge", i,
                                   b->e_lo_gev, b->e_hi_gev);
        if (!isfinite(b->weight[0] + b->weight[1] + b->weight[2]))
            return mutau_error_set(err, MUTAU_EDOM, "bin %zu: a weight is not finite", i);
    }
    return MUTAU_OK;
}

mutau_status mutau_solver_check(const mutau_solver_settings *settings, size_t n_bin,
                                const mutau_solver_bin bins[], mutau_error *err)
{
    MUTAU_CHECK(settings_check(settings, err));
    return bins_check(n_bin, bins, err);
}
