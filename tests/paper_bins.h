/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file paper_bins.h
 * The sixteen bins of the paper for tests and benches: thirteen of cascades, thirds of a decade
 * from 10^(11/3) GeV with the mean of e and tau, and three of tracks, of mu; and points that fill a
 * box.
 */
#ifndef MUTAU_PAPER_BINS_H
#define MUTAU_PAPER_BINS_H

#include <math.h>

#include "physics/flux.h"

enum { PAPER_CASCADES = 13, PAPER_BINS = 16 };

static inline void paper_bins(mutau_flux_bin bins[PAPER_BINS])
{
    static const double track[] = {1.5e4, 1.04e5, 7.21e5, 5e6};
    for (int b = 0; b < PAPER_CASCADES; b++)
        bins[b] =
            (mutau_flux_bin){pow(10.0, (11 + b) / 3.0), pow(10.0, (12 + b) / 3.0), {0.5, 0.0, 0.5}};
    for (int b = 0; b < PAPER_BINS - PAPER_CASCADES; b++)
        bins[PAPER_CASCADES + b] = (mutau_flux_bin){track[b], track[b + 1], {0.0, 1.0, 0.0}};
}

/** The i-th number of Halton's sequence in that base, 0..1. */
static inline double halton(long i, long base)
{
    double part = 1.0, sum = 0.0;
    for (; i > 0; i /= base) {
        part /= (double)base;
        sum += part * (double)(i % base);
    }
    return sum;
}

#endif
