/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The exit codes of the program. */
#ifndef MUTAU_PROCESS_EXIT_CODE_H
#define MUTAU_PROCESS_EXIT_CODE_H

/** Of every command. */
enum {
    CLI_DONE = 0,           /**< done and, for sample, converged */
    CLI_BAD_USAGE = 1,      /**< usage or configuration */
    CLI_FAILED = 2,         /**< input/output or runtime */
    CLI_NOT_CONVERGED = 3,  /**< finished, not converged */
    CLI_RESUME_REFUSED = 4, /**< --resume does not fit the file */
    CLI_INTERRUPTED = 75    /**< stopped by a signal after a clean checkpoint */
};

#endif
