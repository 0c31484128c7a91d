/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file stop.h
 * The wish of a caller that what takes long should end: asked for between one piece of work
 * and the next, never forced.
 */
#ifndef MUTAU_STOP_H
#define MUTAU_STOP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct mutau_stop {
    /** True, which it then stays, once the work is to end; NULL: never.  Several threads may ask
     * at once. */
    bool (*requested)(void *self);
    void *self; /**< not owned */
} mutau_stop;

/** False for NULL. */
static inline bool mutau_stop_requested(const mutau_stop *stop)
{
    return stop != NULL && stop->requested != NULL && stop->requested(stop->self);
}

#endif
