/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joint regions of pairs of quantities: --region and its reports. */
#ifndef MUTAU_CLI_REGIONS_H
#define MUTAU_CLI_REGIONS_H

#include <stddef.h>

#include "store/chain.h"
#include "report/report.h"
#include "base/status.h"
#include "analysis/summary.h"

enum { CLI_MAX_PAIRS = 16 };

/** One pair of quantities and its regions, of the summary's masses. */
typedef struct cli_pair {
    char x[MUTAU_SUMMARY_NAME_SIZE], y[MUTAU_SUMMARY_NAME_SIZE];
    mutau_joint_region region[MUTAU_SUMMARY_MAX_MASSES];
} cli_pair;

typedef struct cli_pairs {
    size_t n;
    cli_pair pair[CLI_MAX_PAIRS];
} cli_pairs;

/** Reads "NAME,NAME" or, with more pairs, "NAME,NAME:NAME,NAME".  MUTAU_EUSAGE. */
mutau_status cli_read_pairs(const char *text, cli_pairs *pairs, mutau_error *err);
/** Finds the regions of all pairs; release them with cli_pairs_release in any case. */
mutau_status cli_find_regions(size_t n_chain, mutau_chain *const chains[],
                              const mutau_summary *summary, cli_pairs *pairs, mutau_error *err);
void cli_pairs_release(cli_pairs *pairs);

/** The list `regions` with its tables of vertices for CSV, and a line for each region; nothing for
 * no pairs. */
void cli_record_pairs(mutau_report *r, const mutau_summary *summary, const cli_pairs *pairs);

#endif
