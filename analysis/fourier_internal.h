/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file fourier_internal.h
 * Fourier transforms of several series at once.  Private to the analysis.
 *
 * The series lie side by side, so that one instruction works on all of them: a transform of eight
 * real series costs little more than one of one.
 */
#ifndef MUTAU_FOURIER_INTERNAL_H
#define MUTAU_FOURIER_INTERNAL_H

#include <stddef.h>

#include "base/status.h"

enum { FOURIER_LANES = 4 };

/** One place of FOURIER_LANES complex series. */
typedef struct fourier_point {
    double re[FOURIER_LANES], im[FOURIER_LANES];
} fourier_point;

typedef struct mutau_fourier {
    size_t n;
    double *root; /**< [n][2] cos and sin of -2 pi k / n */
} mutau_fourier;

/** The least product of 4 and of twos, threes and fives that is not below n. */
size_t mutau_fourier_length(size_t n);

/** Room for transforms of up to `most` places.  `f` is all zero before; mutau_fourier_clear is due
 * even after a failure.  MUTAU_ENOMEM. */
mutau_status mutau_fourier_init(mutau_fourier *f, size_t most, mutau_error *err) MUTAU_MUST_CHECK;
/** For transforms of length n, one that mutau_fourier_length returns. */
void mutau_fourier_plan(mutau_fourier *f, size_t n);
void mutau_fourier_clear(mutau_fourier *f);

/** Z_k = sum_j z_j exp(-2 pi i j k / n) of every lane of z[n]; spare[n] is scratch.  Only the
 * first n_filled places are not 0: if they are no more than n/2, those from n/2 on are not looked
 * at.  Returns which of the two arrays
 * holds the result.  Threads may share `f`. */
fourier_point *mutau_fourier_transform(const mutau_fourier *f, size_t n_filled, fourier_point z[],
                                       fourier_point spare[]);

#endif
