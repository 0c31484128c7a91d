/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file spectrum_internal.h
 * What all spectra share.  Private to the physics.
 */
#ifndef MUTAU_SPECTRUM_INTERNAL_H
#define MUTAU_SPECTRUM_INTERNAL_H

#include <math.h>

#include "physics/spectrum.h"

/** The first row of every type. */
#define MUTAU_SPECTRUM_ROW_A                                                                       \
    {                                                                                              \
        .name = "A", .unit = "", .latex = "A",                                                     \
        .doc = "injected flux at 100 TeV: 1 is 3e-18 /GeV/cm^2/s/sr, 1e-18 of each flavour",       \
        .highest = (double)INFINITY, .default_prior = "{prior: uniform, min: 0.1, max: 2.5}",      \
        .plausible = MUTAU_PLAUSIBLE_AMPLITUDE                                                     \
    }

#endif
