/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The evidences of several models, as records and for people. */
#ifndef MUTAU_CLI_LADDER_REPORT_H
#define MUTAU_CLI_LADDER_REPORT_H

#include <stddef.h>

#include "analysis/compare.h"
#include "analysis/evidence_ladder.h"
#include "report/report.h"

/** A model of the ladder. */
typedef struct cli_rung {
    const mutau_ladder_model *model;
    const char *file;              /**< its chain; NULL: by quadrature */
    const mutau_compared_run *run; /**< of that chain; NULL without one */
    const char *why;               /**< it has no evidence; NULL or "" if it has */
} cli_rung;

/** The object `key` with reference, models and verdict, and what people are told of it.
 * `no_reference`: why that has no evidence; "" if it has. */
void cli_record_ladder(mutau_report *r, const char *key, size_t n, const cli_rung rungs[],
                       const char *name, const mutau_ladder_model *reference,
                       const char *no_reference, const mutau_ladder_verdict *verdict);

/** The objects savage_dickey and prior_cut of a run whose boson has that ln B, NaN if it is not
 * known; and the lines for people on what they are, of the run `whose` ("[1]"). */
void cli_record_nested(mutau_report *r, const mutau_compared_run *run, mutau_estimate ln_b);
void cli_write_nested(mutau_report *r, const char *whose, const mutau_compared_run *run,
                      mutau_estimate ln_b);
/** ln B of the run's boson by its own spectrum's evidence without it. */
mutau_estimate cli_ln_b(const mutau_compared_run *run);

/** The edges of priors that the run's posterior touches: as the list `prior_edges`; for people in a
 * line, or nothing. */
void cli_record_edges(mutau_report *r, const mutau_compared_run *run);
void cli_write_edges(mutau_report *r, const char *whose, const mutau_compared_run *run);

#endif
