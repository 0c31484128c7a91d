/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of JSON reports that say what the one verdict is. */
#ifndef MUTAU_CLI_VERDICT_REPORT_H
#define MUTAU_CLI_VERDICT_REPORT_H

#include <stdbool.h>

#include "mutau/evidence.h"
#include "mutau/json.h"

/** Writes posterior_converged, evidence_converged (null if it is not judged) and converged. */
void cli_write_verdict(mutau_json *json, bool posterior, bool evidence_judged, bool evidence);

/** Opens the object `evidence` with ln_z, why_null, error, mc_error, scatter and overlap, which
 * the caller closes; or writes null and returns false if there are no temperatures. */
bool cli_begin_evidence(mutau_json *json, const mutau_evidence *evidence);

#endif
