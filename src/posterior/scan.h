/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file scan.h
 * The likelihood on a grid of one or two parameters, the others held or profiled: at each point of
 * the grid the largest likelihood within the priors' support.
 *
 * The amplitude is profiled in closed form (amplitude.h) where it can be.  What is left is climbed
 * (climb.h; one parameter by parabolas, maximum.h): on a coarse grid from many starts, on finer and
 * finer ones from the maxima of the neighbours, and at last wherever a neighbour's maximum is
 * elsewhere and higher than the point's own, until that is so nowhere.
 *
 * Points are worked on in blocks, by all threads at once.  What is found does not depend on the
 * number of threads, nor on interruptions between blocks: each pass over the grid uses what earlier
 * passes found, and nothing of its own.
 */
#ifndef MUTAU_SCAN_H
#define MUTAU_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "posterior/posterior.h"
#include "base/status.h"
#include "base/stop.h"

enum { MUTAU_SCAN_MAX_AXES = 2, MUTAU_SCAN_MAX_POINTS = 1000000 };

/** A parameter that is free in the run, and its values, rising and within the prior's support. */
typedef struct mutau_scan_axis {
    size_t id;           /**< its place in the set */
    size_t n;            /**< at least 2 */
    const double *value; /**< [n] natural values; not owned, must outlive the scan */
} mutau_scan_axis;

typedef struct mutau_scan_settings {
    size_t n_axis; /**< 1 or 2 */
    mutau_scan_axis axis[MUTAU_SCAN_MAX_AXES];
    bool held[MUTAU_MAX_PARAMETERS];      /**< besides the axes */
    double natural[MUTAU_MAX_PARAMETERS]; /**< where held */
    size_t n_start;                       /**< >= 1 starts of each point of the coarse grid */
    uint32_t seed;                        /**< >= 1 of those starts */
    int n_thread;                         /**< >= 1; the result does not depend on it */
    mutau_stop stop;                      /**< asked between steps, by every thread */
} mutau_scan_settings;

/** What is known about a point, as numbers in a row: those below, then ln L of each term, then the
 * natural values of all parameters.  NaN until it is known; ln_likelihood stays so where it could
 * not be computed. */
enum {
    MUTAU_SCAN_LN_LIKELIHOOD,
    MUTAU_SCAN_CHI2,
    MUTAU_SCAN_R_CHI2,
    MUTAU_SCAN_SOLVER,      /**< index into mutau_solver_types */
    MUTAU_SCAN_EVALUATIONS, /**< of the likelihood, to find the point's maximum */
    MUTAU_SCAN_TERMS
};

/** What is found so far: all that an interrupted scan goes on from.  Points are in the order of the
 * grid, the last axis the fastest. */
typedef struct mutau_scan_state {
    uint64_t stride, pass;  /**< the pass that is under way; counts as in scan.c */
    size_t n_point, n_cell; /**< a cell: numbers of a point that are not known outside */
    size_t n_number;        /**< numbers in a point's row */
    double *now, *next;     /**< [n_point][n_cell] after the last pass; of this one */
    unsigned char *done;    /**< [n_point] in this pass */
    double *row;            /**< [n_point][n_number] */
} mutau_scan_state;

typedef struct mutau_scan mutau_scan;

/** Of the posterior, which must outlive it, as must the values of the axes.  MUTAU_EDOM: settings
 * out of range; MUTAU_ENOMEM; and errors as of mutau_posterior_eval. */
mutau_status mutau_scan_alloc(const mutau_posterior *posterior, const mutau_scan_settings *settings,
                              mutau_scan **out, mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_scan_free(mutau_scan *scan);

/** Works on the next block of points, or ends a pass.  *done: nothing is left.  MUTAU_ESTOPPED if
 * the stop was requested (what was finished is in the state; the next call goes on); MUTAU_ENOMEM.
 * A point whose likelihood cannot be computed is no error (mutau_scan_failures). */
mutau_status mutau_scan_advance(mutau_scan *scan, bool *done, mutau_error *err) MUTAU_MUST_CHECK;

/** The arrays are the scan's own: to go on with another's, of the same settings, they may be
 * written before the first mutau_scan_advance, and mutau_scan_set_pass called. */
mutau_scan_state mutau_scan_look(mutau_scan *scan);
/** MUTAU_EDATA if there is no such pass. */
mutau_status mutau_scan_set_pass(mutau_scan *scan, uint64_t stride, uint64_t pass,
                                 mutau_error *err) MUTAU_MUST_CHECK;

/** The share of the work that is done, roughly, and what is being done: "profiling", "comparing
 * neighbours" or "evaluating". */
double mutau_scan_share(const mutau_scan *scan, const char **what);

/** Whether the i-th parameter is neither on an axis nor held, but profiled. */
bool mutau_scan_is_profiled(const mutau_scan *scan, size_t i);
/** Whether the amplitude is, in closed form. */
bool mutau_scan_is_closed(const mutau_scan *scan);
/** The parameters that are searched for: profiled, but for an amplitude in closed form and for
 * those that do not matter. */
size_t mutau_scan_dim(const mutau_scan *scan);

/** How many points have no likelihood, and the error of the first of them in `err`. */
size_t mutau_scan_failures(const mutau_scan *scan, mutau_error *err);

/** The highest point, and the highest of all between the points: climbed from the highest points of
 * the grid that have no higher neighbour, with the axes' parameters free between the axes' ends. */
typedef struct mutau_scan_best {
    size_t i_point; /**< n_point if none has a likelihood */
    double ln_likelihood;
    double natural[MUTAU_MAX_PARAMETERS]; /**< [set.n] */
    bool held[MUTAU_MAX_PARAMETERS];      /**< not varied for it */
} mutau_scan_best;

/** Of a scan that is done.  MUTAU_ESTOPPED, MUTAU_ENOMEM. */
mutau_status mutau_scan_find_best(const mutau_scan *scan, mutau_scan_best *best,
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
