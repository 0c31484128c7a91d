/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file validity.h
 * What the solvers (docs/model.md) are worth for a posterior: the mass that lies where the line
 * picture of the resonance, or the s channel, does not hold, and who solved for how much of it.
 */
#ifndef MUTAU_VALIDITY_H
#define MUTAU_VALIDITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/chain.h"
#include "analysis/pool.h"
#include "posterior/run_settings.h"
#include "physics/solver.h"
#include "base/status.h"

enum { MUTAU_VALIDITY_TEXT_SIZE = 640 };

typedef struct mutau_validity {
    double limit;       /**< mutau_run_settings_tail_limit: the T up to which the line holds */
    double depth_max;   /**< the largest T of the draws */
    double mass;        /**< posterior mass of T > 1e-3 */
    double mass_beyond; /**< posterior mass of T > limit */
    bool matters;       /**< the run has flux data */
    uint64_t by_line, by_grid; /**< draws at whose points the line, the grid solves */
    /** Posterior mass where the s channel alone, which is all that is computed, is not good to 1
     * and to 10 % (mediator.h). */
    double mass_beyond_1_percent, mass_beyond_10_percent;
    const mutau_solver_type *solver; /**< of the run file; NULL for a built-in target */
} mutau_validity;

/** Of all draws of a pool; NaN, and nothing that matters, for a built-in target.  `settings` are
 * those of the pool's first chain and may lack data and terms; scratch[n_row][n_column] is
 * overwritten.  MUTAU_EDATA if the boson's mass or coupling is neither stored nor fixed;
 * MUTAU_ENOMEM, and what reading the chains returns. */
mutau_status mutau_validity_measure(const mutau_pool *pool, const mutau_run_settings *settings,
                                    double scratch[], mutau_validity *out,
                                    mutau_error *err) MUTAU_MUST_CHECK;

/** True, with the sentence that says so, if more than 1 % of the posterior of flux data lies
 * beyond the limit; else the text is "". */
bool mutau_validity_problem(const mutau_validity *validity, char text[MUTAU_VALIDITY_TEXT_SIZE]);

#endif
