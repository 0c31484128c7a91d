/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file runfile.h
 * The posterior of a run file, evaluated at many points at a time.
 *
 * A point is given by its stored coordinates: the free parameters in the order in which
 * `mutau config` prints `parameters`, one with a log-uniform prior as its log10, under the name
 * "log10_<name>".
 * ln prior is a normalised density in these coordinates; ln likelihood has no additive constants.
 * Beside each point stand its blobs: natural values, chi^2 and the parts of ln likelihood.
 *
 * An object is used by one thread at a time, and starts threads itself.  Threads may use two
 * objects at once: HDF5 (see filerun.h) has no part in this.
 */
#ifndef MUTAU_RUNFILE_H
#define MUTAU_RUNFILE_H

#include <stddef.h>
#include <stdint.h>

#include "mutau/error.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct mutau_runfile mutau_runfile; /**< a run file, ready to be evaluated */

/** Reads `path` as `mutau sample` does, with set[n_set] in place of its --set ("key=value"; NULL
 * with n_set = 0), and makes its density ready for n_thread threads (0: as many as OpenMP has,
 * see OMP_NUM_THREADS).  Data are looked for in the run file's folder, then in $MUTAU_DATA, then
 * in the source tree that mutau was built from or, without that, where it was installed.  A file
 * with a built-in `target` will do, too.  *out is NULL after a failure: MUTAU_ECONFIG, located in
 * the file, and if all parameters are fixed; MUTAU_EUSAGE for n_thread, MUTAU_EDATA, MUTAU_EIO,
 * MUTAU_EDOM, MUTAU_ENOMEM.  Closed by mutau_runfile_close. */
MUTAU_API mutau_status mutau_runfile_open(const char *path, size_t n_set, const char *const set[],
                                          int n_thread, mutau_runfile **out,
                                          mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
MUTAU_API void mutau_runfile_close(mutau_runfile *run);

/** How many remarks reading the file gave rise to, and one of them: input files that did not come
 * with mutau, settings that are legal but perhaps not meant. */
MUTAU_API size_t mutau_runfile_remark_count(const mutau_runfile *run);
MUTAU_API const char *mutau_runfile_remark(const mutau_runfile *run, size_t i);

/** How many coordinates a point has. */
MUTAU_API size_t mutau_runfile_dim(const mutau_runfile *run);
/** Of coordinate i: its name; its unit, "" for a pure number; its LaTeX, without $; the edges of
 * its prior, infinite where there is none.  Texts live as long as the object. */
MUTAU_API const char *mutau_runfile_name(const mutau_runfile *run, size_t i);
MUTAU_API const char *mutau_runfile_unit(const mutau_runfile *run, size_t i);
MUTAU_API const char *mutau_runfile_latex(const mutau_runfile *run, size_t i);
MUTAU_API void mutau_runfile_range(const mutau_runfile *run, size_t i, double *lo, double *hi);
/** How many blobs a point has, and the name of one. */
MUTAU_API size_t mutau_runfile_blob_count(const mutau_runfile *run);
MUTAU_API const char *mutau_runfile_blob_name(const mutau_runfile *run, size_t i);

/** Draws n independent points of the prior into theta[n][dim].  The same seed (1 ... 4294967295,
 * else MUTAU_EDOM) gives the same points.  MUTAU_ENOMEM. */
MUTAU_API mutau_status mutau_runfile_draw(const mutau_runfile *run, uint32_t seed, size_t n,
                                          double theta[], mutau_error *err) MUTAU_MUST_CHECK;

/** Evaluates the n points theta[n][dim] into ln_prior[n], ln_like[n] and blob[n][blob count]
 * (NULL: not wanted).  What is found does not depend on the number of threads or on the other
 * points.  Outside the prior ln_prior and ln_like are -infinity and the blobs NaN; that is no
 * failure; a coordinate that is NaN is one.
 *
 * Where a row fails, its results are NaN, and the others are evaluated nevertheless.  status[n],
 * unless NULL, gets the status of each row, and then the call succeeds.  Without it the status of
 * the first row that failed is returned, MUTAU_ENAN or MUTAU_ENUMERIC; the text gives its number,
 * counted from 0, its point, and how many there are; and only then MUTAU_ENOMEM is possible, with
 * no row evaluated.
 * Bins come as a run has them: off a table if there is one, and by the line solver where the terms
 * alone have ln L below -700, as good as 0 whatever the flux. */
MUTAU_API mutau_status mutau_runfile_eval(mutau_runfile *run, size_t n, const double theta[],
                                          double ln_prior[], double ln_like[], double blob[],
                                          mutau_status status[], mutau_error *err) MUTAU_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
