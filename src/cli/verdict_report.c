/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verdict in JSON; documented in verdict_report.h. */
#include "verdict_report.h"

#include "mutau/diagnosis.h"

void cli_write_verdict(mutau_json *json, bool posterior, bool evidence_judged, bool evidence)
{
    mutau_json_key(json, "posterior_converged");
    mutau_json_bool(json, posterior);
    mutau_json_key(json, "evidence_converged");
    if (evidence_judged)
        mutau_json_bool(json, evidence);
    else
        mutau_json_null(json);
    mutau_json_key(json, "converged");
    mutau_json_bool(json, posterior && (evidence || !evidence_judged));
}

static void pair(mutau_json *json, const char *key, double value)
{
    mutau_json_key(json, key);
    mutau_json_real(json, value);
}

bool cli_begin_evidence(mutau_json *json, const mutau_evidence *e)
{
    mutau_json_key(json, "evidence");
    if (e->why == MUTAU_EVIDENCE_UNTEMPERED) {
        mutau_json_null(json);
        return false;
    }
    mutau_json_object_begin(json);
    pair(json, "ln_z", e->ln_z);
    mutau_json_key(json, "why_null");
    mutau_json_string(json,
                      e->why != MUTAU_EVIDENCE_KNOWN ? mutau_no_evidence_words(e->why) : NULL);
    pair(json, "error", e->error);
    pair(json, "mc_error", e->mc_error);
    pair(json, "scatter", e->scatter);
    pair(json, "overlap", e->overlap);
    return true;
}
