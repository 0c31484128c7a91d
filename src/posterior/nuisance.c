/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Nuisance parameters of data sets; documented in posterior/nuisance.h. */
#include "posterior/nuisance.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define NORM "ln_norm_"
#define SCALE "ln_energy_scale_"

const mutau_parameter_spec mutau_nuisance_parameters[MUTAU_NUISANCE_N_KIND] = {
    [MUTAU_NUISANCE_NORM] = {.name = NORM "SET",
                             .unit = "",
                             .latex = "\\ln n",
                             .doc = "ln of a factor on the predictions of the data set SET; free "
                                    "with {prior: normal, mean: 0, sigma: 0.15}",
                             .lowest = -(double)INFINITY,
                             .highest = (double)INFINITY,
                             .default_prior = "0",
                             .plausible = MUTAU_PLAUSIBLE_ANY},
    [MUTAU_NUISANCE_SCALE] = {.name = SCALE "SET",
                              .unit = "",
                              .latex = "\\ln s",
                              .doc = "ln of a factor on the energies of its bins' edges; free with "
                                     "{prior: normal, mean: 0, sigma: 0.1}",
                              .lowest = -(double)INFINITY,
                              .highest = (double)INFINITY,
                              .default_prior = "0",
                              .plausible = MUTAU_PLAUSIBLE_ANY},
};

static const char *const prefixes[] = {NORM, SCALE};
static const char *const symbols[] = {"n", "s"};

/* A copy in which what is neither a letter nor a digit is `other`. */
static void plain_copy(const char *text, char other, char out[MUTAU_DATASET_NAME_SIZE])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    size_t i = 0;
    for (; text[i] != '\0' && i + 1 < MUTAU_DATASET_NAME_SIZE; i++)
        out[i] = strchr(plain, text[i]) != NULL ? text[i] : other;
    out[i] = '\0';
}

void mutau_nuisance_init(mutau_nuisance *out, const char *dataset)
{
    char name[MUTAU_DATASET_NAME_SIZE], shown[MUTAU_DATASET_NAME_SIZE];
    plain_copy(dataset, '_', name);
    plain_copy(dataset, '-', shown);
    for (int k = 0; k < MUTAU_NUISANCE_N_KIND; k++) {
        (void)snprintf(out->name[k], sizeof out->name[k], "%s%s", prefixes[k], name);
        (void)snprintf(out->latex[k], sizeof out->latex[k], "\\ln %s_\\mathrm{%s}", symbols[k],
                       shown);
        out->spec[k] = mutau_nuisance_parameters[k];
        out->spec[k].name = out->name[k];
        out->spec[k].latex = out->latex[k];
        out->place[k] = (size_t)-1;
    }
}

double mutau_nuisance_value(const mutau_nuisance *nuisance, int kind, const double point[])
{
    const size_t place = nuisance->place[kind];
    return place == (size_t)-1 ? 0.0 : point[place];
}

const char *mutau_nuisance_dataset(const char *name)
{
    for (int k = 0; k < MUTAU_NUISANCE_N_KIND; k++)
        if (strncmp(name, prefixes[k], strlen(prefixes[k])) == 0)
            return name + strlen(prefixes[k]);
    return NULL;
}
