/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file bounds.h
 * How much of each a run can have: what is set up, sampled, stored and judged has the same room.
 */
#ifndef MUTAU_BOUNDS_H
#define MUTAU_BOUNDS_H

#define MUTAU_MAX_DIM 16           /**< coordinates */
#define MUTAU_MAX_MOVES 8          /**< kinds of moves */
#define MUTAU_MAX_TEMPERATURES 100 /**< rungs of a ladder */
#define MUTAU_MAX_FAILURES 100     /**< failed evaluations that are kept: the first ones */

#endif
