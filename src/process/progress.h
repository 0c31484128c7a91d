/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a run tells a person, a log or a machine how far it is. */
#ifndef MUTAU_PROCESS_PROGRESS_H
#define MUTAU_PROCESS_PROGRESS_H

#include <stdbool.h>

#include "run/run.h"
#include "base/status.h"

typedef enum progress_mode {
    PROGRESS_BAR,   /**< one line, rewritten, on a terminal, and never longer than it is wide */
    PROGRESS_LINES, /**< one line a minute */
    PROGRESS_JSON,  /**< one JSON object a line, once a minute and at every check */
    PROGRESS_QUIET
} progress_mode;

typedef struct progress_reporter {
    progress_mode mode;
    bool erases; /**< the terminal can erase the rest of a line */
    bool colour;
    bool json;           /**< all that is said is JSON, in PROGRESS_QUIET too */
    double start, last;  /**< seconds of the monotonic clock */
    const char *subject; /**< of several runs, which one; NULL: there is one.  Not owned */
} progress_reporter;

/** Seconds of the monotonic clock. */
double progress_clock(void);

/** Chooses the mode from --progress (NULL or "auto": a bar on a terminal, else lines, as on one
 * that cannot draw on a line again: $TERM is dumb or not set)
 * and --quiet; MUTAU_EUSAGE for an unknown mode. */
mutau_status progress_init(progress_reporter *p, const char *mode, bool quiet, mutau_error *err);

/** Reports to stderr if it is time to, or at once if `now`. */
void progress_report(progress_reporter *p, const mutau_run_standing *standing, bool now);

/** The same of work that is no sampling: `what` is being done, `share` of all is done, and was
 * `before` when this process began. */
void progress_share(progress_reporter *p, const char *what, double share, double before);

/** Says how the run ended: a sentence, or the last JSON object, which has the
 * keys "outcome" ("converged", "not converged" or "interrupted"), "chain" and those of a
 * progress report.  `chain` is NULL if nothing is stored. */
void progress_outcome(const progress_reporter *p, const mutau_run_standing *standing,
                      const char *outcome, double seconds, const char *chain);

/** Says a sentence on stderr: "mutau: EVENT: TEXT" or, as JSON, an object with the keys "event" and
 * "text".  p = NULL: not as JSON.  `event` is one word: start, note, warning, problem, verdict,
 * error, interrupted. */
void progress_say(const progress_reporter *p, const char *event, const char *text);

/** Ends the bar's line. */
void progress_end(progress_reporter *p);

#endif
