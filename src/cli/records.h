/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records that several reports have: the same keys and words in every command. */
#ifndef MUTAU_CLI_RECORDS_H
#define MUTAU_CLI_RECORDS_H

#include <stdbool.h>

#include "store/chain.h"
#include "analysis/evidence.h"
#include "likelihood/goodness.h"
#include "report/report.h"
#include "analysis/summary.h"

/** How many rows a static array has. */
#define CLI_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** posterior_converged, evidence_converged (null if it is not judged) and converged. */
void cli_record_verdict(mutau_report *r, bool posterior, bool evidence_judged, bool evidence);

/** The object `evidence` with ln_z, null where it cannot be trusted, why_null, error, mc_error,
 * scatter, overlap and methods; null if there are no temperatures and no mixture. */
void cli_record_evidence(mutau_report *r, const mutau_evidence *evidence);
/** The object `methods`: null where one gives no ln Z; those of a mixture or a ladder that is not
 * there are left out. */
void cli_record_methods(mutau_report *r, const mutau_evidence *evidence);
/** For people, with temperatures or a mixture: ln Z, and a line for each method that has one. */
void cli_write_methods(mutau_report *r, const mutau_evidence *evidence);

/** The object `goodness`; its numbers are NaN where there are none. */
enum { CLI_GOODNESS_NUMBERS = 9 };
extern const char *const cli_goodness_names[CLI_GOODNESS_NUMBERS];
void cli_goodness_numbers(const mutau_goodness *g, double number[CLI_GOODNESS_NUMBERS]);
void cli_record_goodness(mutau_report *r, const mutau_goodness *g);

/** What of it is for people: to rows[] the columns of cli_point_rows of a record that has the
 * object.  How many there are. */
enum { CLI_GOODNESS_ROWS = 5 };
size_t cli_goodness_rows(mutau_report *r, const mutau_goodness *g,
                         const char *rows[CLI_GOODNESS_ROWS]);
/** A row for each of these columns of the record that is being added, with remarks. */
void cli_point_rows(mutau_report *r, size_t n, const char *const rows[]);

/** Warns on stderr of a best fit, `whose` ("", "chain.h5: "), that is improbable. */
void cli_goodness_warn(const char *whose, const mutau_goodness *g);

/** Warns on stderr, in every form, of what speaks against a chain: the sentence `unconverged` if it
 * is not converged, the solver's limit, and an improbable best fit. */
void cli_summary_warn(const char *whose, const char *unconverged, const mutau_summary *s,
                      const mutau_goodness *g);

/** "m_zprime [MeV]"; the name alone without a unit.  Kept by the report, or the name. */
const char *cli_with_unit(mutau_report *r, const char *name, const char *unit);

/** The objects `parameters` and `derived`, in which an object of each quantity has what `record`
 * adds. */
void cli_record_quantities(mutau_report *r, const mutau_summary *s,
                           void (*record)(mutau_report *r, const mutau_summary *s,
                                          const mutau_quantity *q));
/** The object `q` of quantiles; the object `hpd` of the regions of the summary's masses by
 * cli_mass_key. */
void cli_record_quantiles(mutau_report *r, const double quantile[]);
void cli_record_regions(mutau_report *r, const mutau_summary *s, const mutau_quantity *q);

/** The object `best` of the best sample. */
void cli_record_best(mutau_report *r, const mutau_summary *s);

/** All inputs that the chains list as the key `inputs`, null if no chain has a list; for people
 * those that did not come with mutau, one a line.  MUTAU_EDATA for a list that cannot be read,
 * with the file's name; MUTAU_ENOMEM. */
mutau_status cli_record_inputs(mutau_report *r, size_t n_chain, mutau_chain *const chains[],
                               mutau_error *err) MUTAU_MUST_CHECK;

#endif
