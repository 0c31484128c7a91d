/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file library.h
 * The library as a whole: its set-up in a program, and its version.
 */
#ifndef MUTAU_LIBRARY_H
#define MUTAU_LIBRARY_H

#include "mutau/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** To be called once before the other calls; any further call, from whatever thread, does nothing.
 *
 * GSL's error handler is one for the whole process, and the one that it comes with aborts.  Here
 * it is switched off, unless the program has set one of its own before: that one stays, and is
 * told of GSL's errors within the library, too, which go on to be handled here when it returns.
 * Nothing else of the process is changed, neither here nor later.  In particular HDF5 goes on to
 * report errors to the program as before: each call that opens or reads a file keeps how the
 * calling thread reports them, is silent, and puts it back. */
MUTAU_API void mutau_init(void);

/** The version of the library that is running, such as "0.1.0". */
MUTAU_API const char *mutau_version(void);

#ifdef __cplusplus
}
#endif

#endif
