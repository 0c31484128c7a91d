/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file chainfile.h
 * Reading a chain file: what `mutau sample` or filerun.h stored.
 *
 * The file may be one that a run still writes: what is seen is what it had committed when the
 * file was opened.  An object is used by one thread at a time; unless HDF5 was built for threads,
 * calls that touch files must not overlap at all (filerun.h).
 */
#ifndef MUTAU_CHAINFILE_H
#define MUTAU_CHAINFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mutau/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mutau_chainfile mutau_chainfile; /**< a chain file, open for reading */

/** *out is NULL after a failure: MUTAU_EIO, MUTAU_EDATA for what is no chain file of mutau's or
 * is damaged, MUTAU_ENOMEM.  Closed by mutau_chainfile_close. */
MUTAU_API mutau_status mutau_chainfile_open(const char *path, mutau_chainfile **out,
                                            mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
MUTAU_API void mutau_chainfile_close(mutau_chainfile *file);

/** The shape of the draws: ensembles, walkers of each, rows of each walker. */
MUTAU_API size_t mutau_chainfile_ensembles(const mutau_chainfile *file);
MUTAU_API size_t mutau_chainfile_walkers(const mutau_chainfile *file);
MUTAU_API size_t mutau_chainfile_rows(const mutau_chainfile *file);
/** The first row to use: those before it are burn-in. */
MUTAU_API size_t mutau_chainfile_burn_in(const mutau_chainfile *file);
/** Steps from one row to the next. */
MUTAU_API uint64_t mutau_chainfile_thin(const mutau_chainfile *file);
/** Whether the run ended converged; false while it goes on. */
MUTAU_API bool mutau_chainfile_converged(const mutau_chainfile *file);

/** How many coordinates a draw has; of coordinate i its name, its unit ("" for a pure number) and
 * its LaTeX, without $.  Texts live as long as the object. */
MUTAU_API size_t mutau_chainfile_dim(const mutau_chainfile *file);
MUTAU_API const char *mutau_chainfile_name(const mutau_chainfile *file, size_t i);
MUTAU_API const char *mutau_chainfile_unit(const mutau_chainfile *file, size_t i);
MUTAU_API const char *mutau_chainfile_latex(const mutau_chainfile *file, size_t i);
/** How many blobs a draw has, and the name of one. */
MUTAU_API size_t mutau_chainfile_blob_count(const mutau_chainfile *file);
MUTAU_API const char *mutau_chainfile_blob_name(const mutau_chainfile *file, size_t i);

/** The resolved run file with which it was sampled, as YAML. */
MUTAU_API const char *mutau_chainfile_config(const mutau_chainfile *file);

/** Reads rows first ... first + n_row - 1 of one quantity into x[n_row][ensembles * walkers], the
 * walkers of the first ensemble first.  `name` is that of a coordinate or a blob, or "log_prob",
 * ln posterior.  MUTAU_EUSAGE, with the nearest name, if there is no such quantity; MUTAU_EDOM
 * outside the rows; MUTAU_EIO, MUTAU_EDATA, MUTAU_ENOMEM. */
MUTAU_API mutau_status mutau_chainfile_read(mutau_chainfile *file, const char *name, size_t first,
                                            size_t n_row, double x[],
                                            mutau_error *err) MUTAU_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
