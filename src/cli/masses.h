/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probability masses of regions on the command line and in reports. */
#ifndef MUTAU_CLI_MASSES_H
#define MUTAU_CLI_MASSES_H

#include <stddef.h>

#include "report/report.h"
#include "base/status.h"

/** Reads "0.68,0.95" (each between 0 and 1, none twice, at most `max`) into mass[*n] in
 * rising order.  MUTAU_EUSAGE. */
mutau_status cli_read_masses(const char *text, size_t max, double mass[], size_t *n,
                             mutau_error *err);

/** The mass as a key: "0.68", "0.90", "0.975": two decimals, more if it has more.
 * Kept by the report. */
const char *cli_mass_key(mutau_report *r, double mass);

#endif
