/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file nuisance.h
 * Parameters of the measurement rather than of the model: for each data set a normalisation and an
 * energy scale, as logarithms, so that a normal prior on either is a log-normal of the factor.
 * A run has those that its `parameters` name, behind those of the model; without them both are 0.
 */
#ifndef MUTAU_NUISANCE_H
#define MUTAU_NUISANCE_H

#include <stddef.h>

#include "base/parameter_set.h"
#include "likelihood/dataset.h"

enum {
    MUTAU_NUISANCE_NORM,  /**< ln of a factor on the predictions */
    MUTAU_NUISANCE_SCALE, /**< ln of a factor on the energies of the bins' edges */
    MUTAU_NUISANCE_N_KIND,
    MUTAU_NUISANCE_TEXT_SIZE = MUTAU_DATASET_NAME_SIZE + 32
};

/** What the parameters of any data set are: rows for lists of names, with SET in place of one. */
extern const mutau_parameter_spec mutau_nuisance_parameters[MUTAU_NUISANCE_N_KIND];

/** Those of a data set; `spec` points into it, so that it must stay where it is. */
typedef struct mutau_nuisance {
    char name[MUTAU_NUISANCE_N_KIND][MUTAU_NUISANCE_TEXT_SIZE];
    char latex[MUTAU_NUISANCE_N_KIND][MUTAU_NUISANCE_TEXT_SIZE];
    mutau_parameter_spec spec[MUTAU_NUISANCE_N_KIND];
    size_t place[MUTAU_NUISANCE_N_KIND]; /**< in a point; (size_t)-1: the run has not got it */
} mutau_nuisance;

/** The parameters of a data set of that name, of which what is neither a letter, a digit nor _ is
 * _ in theirs; no run has them yet. */
void mutau_nuisance_init(mutau_nuisance *out, const char *dataset);

/** The value at a point, 0 if the run has not got the parameter. */
double mutau_nuisance_value(const mutau_nuisance *nuisance, int kind, const double point[]);

/** The part of a nuisance's name that stands for its data set; NULL if the name is none. */
const char *mutau_nuisance_dataset(const char *name);

#endif
