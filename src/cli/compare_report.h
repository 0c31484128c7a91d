/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of mutau compare. */
#ifndef MUTAU_CLI_COMPARE_REPORT_H
#define MUTAU_CLI_COMPARE_REPORT_H

#include "mutau/compare.h"
#include "mutau/report.h"

void cli_record_comparison(mutau_report *r, const mutau_comparison *c);

/** The verdict on a run in words. */
const char *cli_run_verdict(const mutau_compared_run *run);

#endif
