/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file bare_evidence.h
 * The evidence of the source spectrum alone, the power law or another: what a run's data say
 * without a Z'.
 */
#ifndef MUTAU_BARE_EVIDENCE_H
#define MUTAU_BARE_EVIDENCE_H

#include "posterior/run_settings.h"
#include "base/status.h"

typedef struct mutau_bare_evidence {
    double ln_z;  /**< ln of the integral of prior times likelihood at g' = 0 */
    double error; /**< bound of the quadrature's error in ln_z */
} mutau_bare_evidence;

/** Integrates the likelihood of `settings` (data and terms, no additive constants) at
 * g' = 0 over the priors of those of the spectrum's parameters that are free: A and gamma of a
 * power law, A, alpha and beta of a log-parabola.  At g' = 0 neither mass nor sum m_nu matters (a
 * band of a user's own may say different things at other masses: its likelihood is averaged over
 * the prior of the mass). With all fixed it is ln L itself.  Of a run that has no boson it is its
 * own evidence.
 *
 * Nested adaptive quadrature (GSL's QAG) around the maximum, in stored coordinates; a
 * prior without an edge is cut at 40 standard deviations.  One free parameter besides A takes some
 * 10 ms, two some second: the time is a power of their number, and three would take minutes.  The
 * default handler of GSL, which aborts the process, must be off, as the program's main() has it.
 * Thread-safe. MUTAU_EUSAGE with three or more besides A, or with free flavours at the source or
 * a free nuisance of a data set, more dimensions than the quadrature is fit for; MUTAU_ENUMERIC if
 * an error below 1e-3 is not reached; otherwise as mutau_posterior_alloc and mutau_posterior_eval.
 */
mutau_status mutau_bare_evidence_compute(const mutau_run_settings *settings,
                                         mutau_bare_evidence *out,
                                         mutau_error *err) MUTAU_MUST_CHECK;

#endif
