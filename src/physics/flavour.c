/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flavours that the sources emit; documented in physics/flavour.h. */
#include "physics/flavour.h"

#include <math.h>
#include <string.h>

const char *const mutau_flavour_names[] = {
    [MUTAU_FLAVOUR_EQUAL] = "equal",
    [MUTAU_FLAVOUR_PION] = "pion",
    [MUTAU_FLAVOUR_DAMPED_MUON] = "damped-muon",
    [MUTAU_FLAVOUR_NEUTRON] = "neutron",
    [MUTAU_FLAVOUR_FREE] = "free",
    [MUTAU_FLAVOUR_GIVEN] = NULL,
};

/* Flat on the triangle f_e + f_mu <= 1 (posterior/run_settings.h): a Dirichlet density of powers 1,
 * the same in any pair of the shares. */
const mutau_parameter_spec mutau_flavour_parameters[MUTAU_FLAVOUR_N_PARAMETER] = {
    [MUTAU_FLAVOUR_E] = {.name = "f_e",
                         .unit = "",
                         .latex = "f_e",
                         .doc = "electron neutrinos' share at the source, with flavour: free",
                         .highest = 1.0,
                         .default_prior = "{prior: uniform, min: 0, max: 1}"},
    [MUTAU_FLAVOUR_MU] = {.name = "f_mu",
                          .unit = "",
                          .latex = "f_\\mu",
                          .doc = "muon neutrinos' share there; f_tau = 1 - f_e - f_mu",
                          .highest = 1.0,
                          .default_prior = "{prior: uniform, min: 0, max: 1}"},
};

mutau_status mutau_flavour_check(const mutau_flavour *flavour, mutau_error *err)
{
    const double *f = flavour->share;
    if (flavour->kind < MUTAU_FLAVOUR_EQUAL || flavour->kind > MUTAU_FLAVOUR_GIVEN)
        return mutau_error_set(err, MUTAU_EDOM, "unknown source flavour %d", flavour->kind);
    if (flavour->kind != MUTAU_FLAVOUR_GIVEN)
        return MUTAU_OK;
    if (!(f[0] >= 0.0 && f[1] >= 0.0 && f[2] >= 0.0) || !(fabs(f[0] + f[1] + f[2] - 1.0) < 1e-12))
        return mutau_error_set(err, MUTAU_EDOM,
                               "source flavours %g, %g, %g: must not be negative, and sum to 1",
                               f[0], f[1], f[2]);
    return MUTAU_OK;
}

void mutau_flavour_shares(const mutau_flavour *flavour, const double natural[], double share[3])
{
    static const double named[][3] = {
        [MUTAU_FLAVOUR_EQUAL] = {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0},
        [MUTAU_FLAVOUR_PION] = {1.0 / 3.0, 2.0 / 3.0, 0.0},
        [MUTAU_FLAVOUR_DAMPED_MUON] = {0.0, 1.0, 0.0},
        [MUTAU_FLAVOUR_NEUTRON] = {1.0, 0.0, 0.0},
    };
    if (flavour->kind == MUTAU_FLAVOUR_GIVEN) {
        memcpy(share, flavour->share, 3 * sizeof *share);
    } else if (flavour->kind == MUTAU_FLAVOUR_FREE) {
        share[0] = natural[MUTAU_FLAVOUR_E];
        share[1] = natural[MUTAU_FLAVOUR_MU];
        share[2] = 1.0 - share[0] - share[1];
    } else {
        memcpy(share, named[flavour->kind], 3 * sizeof *share);
    }
}

void mutau_flavour_excess(const double share[3], const double probability[3][3], double excess[3])
{
    for (int i = 0; i < 3; i++) {
        excess[i] = 0.0;
        for (int a = 0; a < 3; a++) /* 0 for equal shares, exactly */
            excess[i] += (3.0 * share[a] - 1.0) * probability[a][i];
    }
}
