/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NuFIT best fits, masses and mixing matrix; documented in physics/mixing.h. */
#include "physics/mixing.h"

#include <math.h>

#include "base/units.h"

const mutau_parameter_spec mutau_mixing_parameters[MUTAU_MIXING_N_PARAMETER] = {
    [MUTAU_MIXING_SUM] = {.name = "sum_mnu",
                          .unit = "eV",
                          .latex = "\\Sigma m_\\nu",
                          .doc = "sum of the neutrino masses in eV",
                          .highest = (double)INFINITY,
                          .default_prior = "0.1",
                          .plausible = MUTAU_PLAUSIBLE_SUM_MNU},
};

/* Global fits of the NuFIT group (www.nu-fit.org; arXiv:2007.14792 for 5.x,
 * arXiv:2410.05380 for 6.0).  F marks numbers found in a public transcription,
 * R those recalled and not verified.  "-sk" includes Super-Kamiokande's tabulated
 * atmospheric data, the plain name does not.  In order of mutau_mixing_names. */
static const mutau_mixing presets[][2] = {
    {{33.44, 8.57, 49.0, 195.0, 7.42e-5, 2.514e-3, "F angles and splittings; R delta_cp"},
     {33.45, 8.61, 49.3, 286.0, 7.42e-5, -2.497e-3, "F angles and splittings; R delta_cp"}},
    {{33.44, 8.57, 49.2, 197.0, 7.42e-5, 2.517e-3, "F SNEWPY neutrino.py @ec233c0a"},
     {33.45, 8.60, 49.3, 282.0, 7.42e-5, -2.498e-3, "F SNEWPY neutrino.py @ec233c0a"}},
    {{33.41, 8.54, 49.1, 197.0, 7.41e-5, 2.511e-3, "F PISA nufitv52 @2cc03215"},
     {33.41, 8.57, 49.5, 286.0, 7.41e-5, -2.498e-3,
      "F PISA nufitv52 @2cc03215 (dm31 = -2.424e-3 there)"}},
    {{33.41, 8.58, 42.2, 232.0, 7.41e-5, 2.507e-3, "F SNEWPY @ec233c0a and PISA @2cc03215"},
     {33.41, 8.57, 49.0, 276.0, 7.41e-5, -2.486e-3, "F SNEWPY @ec233c0a and PISA @2cc03215"}},
    {{33.66, 8.54, 49.1, 197.0, 7.41e-5, 2.511e-3, "R"},
     {33.66, 8.57, 49.5, 286.0, 7.41e-5, -2.498e-3, "R"}},
    {{33.65, 8.58, 42.36, 232.0, 7.41e-5, 2.505e-3, "F FlavorPy, angles from its sin^2"},
     {33.65, 8.57, 48.91, 273.1, 7.41e-5, -2.487e-3, "F FlavorPy, angles from its sin^2"}},
    {{33.68, 8.52, 48.5, 177.0, 7.49e-5, 2.534e-3, "F two transcriptions (IC19 without SK-atm)"},
     {33.68, 8.58, 48.6, 285.0, 7.49e-5, -2.510e-3, "F dm32; R angles and delta_cp (IC19)"}},
    {{33.68, 8.56, 43.3, 212.0, 7.49e-5, 2.513e-3, "F SNEWPY @ec233c0a (IC24 with SK-atm)"},
     {33.68, 8.59, 47.9, 274.0, 7.49e-5, -2.484e-3, "F SNEWPY @ec233c0a (IC24 with SK-atm)"}},
};

#define N_PRESET (sizeof presets / sizeof presets[0])

const char *const mutau_mixing_names[] = {
    "nufit-5.0",    "nufit-5.0-sk", "nufit-5.2",    "nufit-5.2-sk", "nufit-5.3",
    "nufit-5.3-sk", "nufit-6.0",    "nufit-6.0-sk", NULL,
};

_Static_assert(sizeof mutau_mixing_names / sizeof mutau_mixing_names[0] == N_PRESET + 1,
               "one name per preset");

static const char *const ordering_names[] = {"normal", "inverted", NULL};

const mutau_option mutau_neutrino_options[] = {
    {.key = "mixing",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(mutau_neutrino_settings, mixing),
     .choices = mutau_mixing_names,
     .doc = "global fit of angles and splittings; -sk: with Super-Kamiokande atmospheric data"},
    {.key = "ordering",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(mutau_neutrino_settings, ordering),
     .choices = ordering_names,
     .doc = "neutrino mass ordering"},
};
const size_t mutau_neutrino_option_count =
    sizeof mutau_neutrino_options / sizeof mutau_neutrino_options[0];

const mutau_mixing *mutau_mixing_preset(int preset, int ordering)
{
    if (preset < 0 || (size_t)preset >= N_PRESET)
        return NULL;
    if (ordering != MUTAU_ORDERING_NORMAL && ordering != MUTAU_ORDERING_INVERTED)
        return NULL;
    return &presets[preset][ordering];
}

/* The squared masses less that of the lightest state. */
static void squares_above_lightest(const mutau_mixing *mixing, double above[3])
{
    if (mixing->dm3l > 0.0) {
        above[0] = 0.0;
        above[1] = mixing->dm21;
        above[2] = mixing->dm3l;
    } else {
        above[0] = -mixing->dm3l - mixing->dm21;
        above[1] = -mixing->dm3l;
        above[2] = 0.0;
    }
}

double mutau_mixing_sum_min(const mutau_mixing *mixing)
{
    double above[3];
    squares_above_lightest(mixing, above);
    return sqrt(above[0]) + sqrt(above[1]) + sqrt(above[2]);
}

/* The excess sum - sum_ev is a rising convex function of the lightest mass and not
 * negative at sum_ev/3, so Newton's steps from there fall monotonically onto the root;
 * they end when rounding stops the fall (within 10 steps; 50 is out of reach). */
static double lightest_mass(const double above[3], double sum_ev)
{
    double m = sum_ev / 3.0;
    for (int step = 0; step < 50; step++) {
        double excess = -sum_ev, slope = 0.0;
        for (int i = 0; i < 3; i++) {
            const double mass = sqrt(m * m + above[i]);
            excess += mass;
            slope += mass > 0.0 ? m / mass : 1.0;
        }
        const double next = fmax(m - excess / slope, 0.0);
        if (!(next < m))
            break;
        m = next;
    }
    return m;
}

mutau_status mutau_mixing_masses(const mutau_mixing *mixing, double sum_ev, double mass_ev[3],
                                 mutau_error *err)
{
    const double least = mutau_mixing_sum_min(mixing);
    if (!(sum_ev >= least) || !isfinite(sum_ev))
        return mutau_error_set(err, MUTAU_EDOM,
                               "sum of neutrino masses %g eV: must be at least %.6g eV", sum_ev,
                               least);
    double above[3];
    squares_above_lightest(mixing, above);
    const double lightest = lightest_mass(above, sum_ev);
    for (int i = 0; i < 3; i++)
        mass_ev[i] = above[i] > 0.0 ? sqrt(lightest * lightest + above[i]) : lightest;
    return MUTAU_OK;
}

mutau_mixing_matrix mutau_mixing_unitary(const mutau_mixing *mixing)
{
    const double degree = MUTAU_PI / 180.0;
    const double s12 = sin(mixing->theta12 * degree), c12 = cos(mixing->theta12 * degree);
    const double s13 = sin(mixing->theta13 * degree), c13 = cos(mixing->theta13 * degree);
    const double s23 = sin(mixing->theta23 * degree), c23 = cos(mixing->theta23 * degree);
    const double phase = mixing->delta_cp * degree;
    const double complex plus = cos(phase) + (double complex)I * sin(phase);
    return (mutau_mixing_matrix){{
        {c12 * c13, s12 * c13, s13 * conj(plus)},
        {-s12 * c23 - c12 * s23 * s13 * plus, c12 * c23 - s12 * s23 * s13 * plus, s23 * c13},
        {s12 * s23 - c12 * c23 * s13 * plus, -c12 * s23 - s12 * c23 * s13 * plus, c23 * c13},
    }};
}
