/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file ensemble_internal.h
 * What other parts of the sampler do to ensembles.  Private to the sampler.
 */
#ifndef MUTAU_ENSEMBLE_INTERNAL_H
#define MUTAU_ENSEMBLE_INTERNAL_H

#include "sampler/ensemble.h"

/** Has ensembles without tempering sample prior * likelihood^beta, beta > 0, until the next
 * start. */
void mutau_ensemble_heat(mutau_ensemble *ensemble, double beta);

#endif
