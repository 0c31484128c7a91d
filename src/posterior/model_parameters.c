/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parameters of a model; documented in posterior/model_parameters.h. */
#include "posterior/model_parameters.h"

#include <assert.h>

#include "physics/mediator.h"
#include "physics/mixing.h"
#include "physics/spectrum.h"

void mutau_model_default_parameters(mutau_parameter_set *set)
{
    const mutau_flux_settings model = {0};
    const mutau_status status = mutau_flux_parameter_set(&model, set, NULL);
    assert(status == MUTAU_OK); /* there is a first spectrum */
    (void)status;
}

void mutau_model_all_parameters(mutau_parameter_set *set)
{
    *set = (mutau_parameter_set){.n = 0};
    (void)mutau_parameter_set_add(set, MUTAU_MEDIATOR_N_PARAMETER, mutau_mediator_parameters);
    for (int i = 0; mutau_spectrum_at(i) != NULL; i++)
        for (size_t k = 0; k < mutau_spectrum_at(i)->n_parameter; k++)
            /* false, and of no consequence: the name is there */
            (void)mutau_parameter_set_add(set, 1, &mutau_spectrum_at(i)->parameters[k]);
    (void)mutau_parameter_set_add(set, MUTAU_FLAVOUR_N_PARAMETER, mutau_flavour_parameters);
    (void)mutau_parameter_set_add(set, MUTAU_MIXING_N_PARAMETER, mutau_mixing_parameters);
}

mutau_model_places mutau_model_find(const mutau_parameter_set *set)
{
    const size_t boson = mutau_parameter_set_first(set, mutau_mediator_parameters);
    const size_t mixing = mutau_parameter_set_first(set, mutau_mixing_parameters);
    const size_t flavour = mutau_parameter_set_first(set, mutau_flavour_parameters);
    const size_t spectrum = boson + MUTAU_MEDIATOR_N_PARAMETER;
    return (mutau_model_places){
        .mass = boson + MUTAU_MEDIATOR_MASS,
        .coupling = boson + MUTAU_MEDIATOR_COUPLING,
        .spectrum = spectrum,
        .n_spectrum = mixing - spectrum,
        .flavour = flavour,
        .n_flavour = flavour < set->n ? MUTAU_FLAVOUR_N_PARAMETER : 0,
        .neutrino_mass = mixing + MUTAU_MIXING_SUM,
    };
}

bool mutau_model_is_bare(const mutau_model_places *places, const double point[])
{
    return !(point[places->coupling] > 0.0);
}

bool mutau_model_is_of_boson(const mutau_model_places *places, size_t i)
{
    return i == places->mass || i == places->neutrino_mass;
}
