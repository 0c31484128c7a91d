/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of a scan share. */
#ifndef MUTAU_SCAN_INTERNAL_H
#define MUTAU_SCAN_INTERNAL_H

#include "posterior/climb.h"
#include "posterior/conditional.h"
#include "posterior/scan.h"

/* What a thread searches with: the conditional posterior of the point that it is at. */
typedef struct mutau_scan_worker {
    mutau_conditional at;
    bool closed; /* the amplitude is held in `at`, and fitted in closed form */
    mutau_posterior_workspace *ws;
    mutau_climber *climber; /* NULL if nothing is searched for */
    mutau_stop stop;
    uint64_t evaluations;
    mutau_status status; /* MUTAU_ENOMEM if anything found no memory */
    mutau_error err;     /* of the last evaluation that failed */
} mutau_scan_worker;

struct mutau_scan {
    const mutau_posterior *posterior;
    const mutau_run_settings *run;
    mutau_scan_settings settings;
    bool closed;
    bool held[MUTAU_MAX_PARAMETERS];    /* of the conditional posterior: axes and amplitude, too */
    mutau_conditional base;             /* at the middle of the priors where held */
    double scale[MUTAU_MAX_PARAMETERS]; /* [base.dim] */
    mutau_scan_state state;
    mutau_scan_worker *workers; /* [n_thread] */
    size_t *block;              /* the points of the block under way */
    size_t cursor;              /* those before it are done in this pass, or do not belong to it */
};

/* The box and the scales of `c` are used by pointer: `c` must stay where it is. */
mutau_status mutau_scan_worker_init(mutau_scan_worker *w, const mutau_scan *scan,
                                    const mutau_conditional *c, const double scale[],
                                    mutau_error *err);
void mutau_scan_worker_clear(mutau_scan_worker *w);

/* ln L of the best amplitude at x[dim], NaN if it cannot be computed; natural[set.n] is the point,
 * and may be NULL. */
double mutau_scan_value(mutau_scan_worker *w, const double x[], double natural[]);
/* Climbs from x[dim], which gets the end; ln L there. */
double mutau_scan_climb(mutau_scan_worker *w, const mutau_climb_effort *effort, double x[]);

/* A size of each free coordinate: half of what lies between the quantiles of one standard
 * deviation. */
void mutau_scan_scales(const mutau_conditional *c, double scale[]);

/* The neighbours of a point on a lattice with that spacing, at most 8; how many. */
enum { MUTAU_SCAN_MAX_NEIGHBOURS = 8 };
size_t mutau_scan_neighbours(const mutau_scan *scan, size_t i, size_t spacing,
                             size_t neighbour[MUTAU_SCAN_MAX_NEIGHBOURS]);

#endif
