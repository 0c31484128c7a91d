/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file climb.h
 * One climb to a local maximum: a downhill simplex (Nelder & Mead, Computer Journal 7 (1965) 308,
 * as GSL's nmsimplex2), begun anew where it ends until it gains nothing more.
 *
 * An edge of the support can be reached but not crossed: a coordinate between two edges is varied
 * as the sine of an angle, one with a single edge as sqrt(1 + u^2), so the simplex knows no edges.
 */
#ifndef MUTAU_CLIMB_H
#define MUTAU_CLIMB_H

#include <stddef.h>

#include "base/stop.h"

/** What is climbed, at x[dim]; not finite where nobody can stand. */
typedef double (*mutau_climb_goal)(void *self, const double x[]);

enum { MUTAU_CLIMB_MAX_AGAIN = 3 };

/** Sizes of the simplex in standard deviations of the prior: the first, and those with which it
 * begins anew, in turn, until none of them gains anything. */
typedef struct mutau_climb_effort {
    double first;
    size_t n_again; /**< 1 to MUTAU_CLIMB_MAX_AGAIN */
    double again[MUTAU_CLIMB_MAX_AGAIN];
} mutau_climb_effort;

/** From anywhere; from a point that is near a maximum. */
extern const mutau_climb_effort mutau_climb_from_afar, mutau_climb_from_near;

/** Room for climbs of one thread. */
typedef struct mutau_climber mutau_climber;

/** For `dim` >= 1 coordinates in the box lo[dim]...hi[dim] (infinite where there is no edge), of
 * the size scale[dim], a standard deviation of the prior, where there is none.  The arrays are not
 * copied.  NULL without memory. */
mutau_climber *mutau_climber_alloc(size_t dim, const double lo[], const double hi[],
                                   const double scale[]);
/** NULL allowed. */
void mutau_climber_free(mutau_climber *climber);

/** Climbs from x[dim], which gets the end, and returns the goal there: -1e300 where there is none.
 * Ends early, anywhere, when `stop` says so. */
double mutau_climb(mutau_climber *climber, mutau_climb_goal goal, void *self,
                   const mutau_climb_effort *effort, const mutau_stop *stop, double x[]);

#endif
