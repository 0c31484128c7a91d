/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file chain_quiet.h
 * Silence of HDF5: for the length of a call, in a program that has its own way of reporting HDF5's
 * errors, or for good.  How they are reported is a matter of each thread, if HDF5 was built for
 * threads; otherwise only one may call it anyway.
 */
#ifndef MUTAU_CHAIN_QUIET_H
#define MUTAU_CHAIN_QUIET_H

/** How a thread reports HDF5's errors, kept meanwhile. */
typedef struct mutau_chain_quiet {
    unsigned version;     /**< of the interface by which the program set it */
    void (*report)(void); /**< NULL: not at all */
    void *data;           /**< for `report`; not owned */
} mutau_chain_quiet;

/** Keeps how this thread reports HDF5's errors and stops it. */
void mutau_chain_quiet_begin(mutau_chain_quiet *kept);
/** Puts it back; by the same thread. */
void mutau_chain_quiet_end(const mutau_chain_quiet *kept);

/** Stops HDF5 from printing its own error reports, for the whole process: for main() alone. */
void mutau_chain_silence_library(void);

#endif
