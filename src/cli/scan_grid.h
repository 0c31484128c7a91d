/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grid of `mutau scan` on the command line. */
#ifndef MUTAU_CLI_SCAN_GRID_H
#define MUTAU_CLI_SCAN_GRID_H

#include "posterior/scan.h"
#include "base/status.h"

/** The axes of --grid; {0} before it is read. */
typedef struct cli_scan_grid {
    size_t n;
    mutau_scan_axis axis[MUTAU_SCAN_MAX_AXES];
    bool linear[MUTAU_SCAN_MAX_AXES]; /**< spaced so in the natural value; else in its logarithm */
    double *values[MUTAU_SCAN_MAX_AXES]; /**< owned; those of the axes */
} cli_scan_grid;

/** Reads "m_zprime=1:20:80:log,log10_g_prime=-5:-2:80": ranges (range.h) of one or two free
 * parameters within their priors, by their natural or, as logarithms, their sampled names; spaced
 * as they are sampled unless a range says otherwise.  MUTAU_EUSAGE says what is wrong; to be
 * released also then. */
mutau_status cli_scan_grid_read(const mutau_run_settings *settings, const char *text,
                                cli_scan_grid *grid, mutau_error *err);
void cli_scan_grid_release(cli_scan_grid *grid);

#endif
