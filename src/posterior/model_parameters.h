/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file model_parameters.h
 * Which parameters the model of a run has, and which of them mean what: the one place outside the
 * physics that tells the boson's mass from the others.  Pure; thread-safe.
 */
#ifndef MUTAU_MODEL_PARAMETERS_H
#define MUTAU_MODEL_PARAMETERS_H

#include <stdbool.h>
#include <stddef.h>

#include "physics/flux.h"
#include "base/parameter_set.h"

/** Where in a point the parts of the model have their values. */
typedef struct mutau_model_places {
    size_t mass, coupling; /**< of the boson: MeV; 0 leaves it out */
    /** Of the source, spectrum[0 .. n_spectrum), free flavours included; the flux without a boson
     * is proportional to the first. */
    size_t spectrum, n_spectrum;
    size_t flavour, n_flavour; /**< f_e and f_mu, the last of the source's; or n_flavour is 0 */
    size_t neutrino_mass;      /**< the sum of their masses in eV */
} mutau_model_places;

/** The parameters of the model that a run file without `model` has: mutau_flux_parameter_set(). */
void mutau_model_default_parameters(mutau_parameter_set *set);

/** The parameters of all models, each name once: those of the boson, of the spectra in the order of
 * their table, of free flavours, of the neutrinos.  For lists of names: no model has this set. */
void mutau_model_all_parameters(mutau_parameter_set *set);

/** Where they are in the set of a model. */
mutau_model_places mutau_model_find(const mutau_parameter_set *set);

/** Whether the point has no boson: neither its mass nor those of the neutrinos matter then. */
bool mutau_model_is_bare(const mutau_model_places *places, const double point[]);

/** Whether the i-th parameter is one that does not matter without the boson. */
bool mutau_model_is_of_boson(const mutau_model_places *places, size_t i);

#endif
