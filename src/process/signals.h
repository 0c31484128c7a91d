/* SPDX-License-Identifier: GPL-3.0-or-later */
/* INT, TERM, USR1 and HUP ask a run to stop after its current step. */
#ifndef MUTAU_PROCESS_SIGNALS_H
#define MUTAU_PROCESS_SIGNALS_H

#include <stdbool.h>

#include "base/stop.h"

/** Installs the handlers.  A second INT ends the process at once (75): whatever was
 * committed to the chain file stays.  HUP is left alone where it is ignored, as under nohup. */
void signals_install(void);

/** Lets a write to a pipe that nobody reads fail, instead of ending the process. */
void signals_ignore_pipe(void);

/** Lets a write beyond the limit of a file's size (ulimit -f) fail, instead of ending the
 * process. */
void signals_ignore_size_limit(void);

/** True once a signal has asked the run to stop. */
bool signals_stop_requested(void);
/** The same for what takes long. */
mutau_stop signals_stop(void);

/** Asks the run to stop as a signal would. */
void signals_request_stop(void);

#endif
