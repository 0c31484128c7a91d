/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The forms of the report of mutau compare. */
#ifndef MUTAU_CLI_COMPARE_REPORT_H
#define MUTAU_CLI_COMPARE_REPORT_H

#include "mutau/compare.h"
#include "mutau/status.h"

/** Folded at the width of the terminal (text.h).  MUTAU_ENOMEM. */
mutau_status compare_report_text(const mutau_comparison *c, mutau_error *err);
mutau_status compare_report_json(const mutau_comparison *c, mutau_error *err);
void compare_report_csv(const mutau_comparison *c);

/** The i-th quantity of a run, the derived ones after the sampled; NULL beyond the last. */
const mutau_quantity *compare_quantity(const mutau_compared_run *run, size_t i);
/** The one of that name, or NULL. */
const mutau_quantity *compare_find(const mutau_compared_run *run, const char *name);
/** The verdict on a run in words. */
const char *compare_verdict(const mutau_summary *summary);

#endif
