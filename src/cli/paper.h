/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a summary that goes into a paper. */
#ifndef MUTAU_CLI_PAPER_H
#define MUTAU_CLI_PAPER_H

#include "report/report.h"
#include "analysis/summary.h"

/** Adds it for --format markdown and latex: a row for each parameter, in natural values where it
 * was sampled in its logarithm, and for each derived quantity, with the median and the ends of the
 * equal-tailed 68 % interval, or the limit where the region of the largest mass is one; the regions
 * of all masses; the best sample. */
void cli_record_paper(mutau_report *r, const mutau_summary *s);

#endif
