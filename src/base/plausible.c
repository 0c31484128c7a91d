/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is plausible; documented in base/plausible.h. */
#include "base/plausible.h"

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/number.h"

enum { MAX_SLIP = 3 };

/* A unit that is taken for the right one: a value times the factor would be in the right one. */
typedef struct slip {
    double factor;
    const char *unit;
} slip;

/* Outside [least, most] a value is impossible, outside [low, high] implausible. */
typedef struct range {
    const char *unit;
    double least, low, high, most;
    const char *too_low, *too_high; /* the reasons of low and high */
    slip slips[MAX_SLIP];           /* the likeliest first */
} range;

#define FLUX "GeV cm^-2 s^-1 sr^-1"
#define FLUX_SLIPS                                                                                 \
    {                                                                                              \
        {1e-8, "units of 1e-8 " FLUX}, {1e-4, "GeV m^-2 s^-1 sr^-1"},                              \
            {1e3, "TeV cm^-2 s^-1 sr^-1"},                                                         \
    }

/* The reasons in full: data/README.md. */
static const range ranges[MUTAU_PLAUSIBLE_N_KIND] = {
    [MUTAU_PLAUSIBLE_ANY] = {"", -HUGE_VAL, -HUGE_VAL, HUGE_VAL, HUGE_VAL, "", "", {{0.0, NULL}}},
    /* The highest cosmic ray had 3e11 GeV, and nothing above 1e13 is known to anybody. */
    [MUTAU_PLAUSIBLE_ENERGY] = {"GeV",
                                0.0,
                                100.0,
                                1e11,
                                1e13,
                                "where the atmosphere's neutrinos drown all others",
                                "the energy of the highest cosmic rays",
                                {{1e3, "TeV"}, {1e6, "PeV"}, {1e-9, "eV"}}},
    /* Measured points and limits lie between 6e-10 and 3e-7; the atmosphere makes 1e-4 at 100 GeV.
     * Best fits may be 0, and those of an unfolding negative. */
    [MUTAU_PLAUSIBLE_E2PHI] = {FLUX, -1e-3, -1e-5, 1e-5, 1e-3, "negative, and large",
                               "far above what was ever measured", FLUX_SLIPS},
    [MUTAU_PLAUSIBLE_E2PHI_REACH] = {FLUX, 0.0, 1e-10, 1e-5, 1e-3,
                                     "less than any experiment reaches",
                                     "far above what was ever measured", FLUX_SLIPS},
    [MUTAU_PLAUSIBLE_RELATIVE_ERROR] = {"",
                                        0.0,
                                        1e-3,
                                        HUGE_VAL,
                                        HUGE_VAL,
                                        "no flux of neutrinos is known that well",
                                        "",
                                        {{0.0, NULL}}},
    /* The terms' physics: from far below an electron's mass to that of the heaviest particles. */
    [MUTAU_PLAUSIBLE_MASS] = {"MeV",
                              0.0,
                              0.01,
                              1e6,
                              1e12,
                              "lighter than what the terms describe",
                              "heavier than any known particle",
                              {{1e3, "GeV"}, {1e-6, "eV"}, {1e-3, "keV"}}},
    /* A line at m^2/(2 m_nu): between 100 and 1e11 GeV for neutrinos of 1e-3 to 1 eV. */
    [MUTAU_PLAUSIBLE_LINE_MASS] = {"MeV",
                                   0.0,
                                   0.01,
                                   1e4,
                                   1e12,
                                   "its line lies below every measured energy",
                                   "its line lies above every measured energy",
                                   {{1e3, "GeV"}, {1e-6, "eV"}, {1e-3, "keV"}}},
    [MUTAU_PLAUSIBLE_COUPLING] = {"",
                                  0.0,
                                  0.0,
                                  3.5,
                                  HUGE_VAL,
                                  "",
                                  "sqrt(4 pi), beyond which no perturbation theory holds",
                                  {{0.0, NULL}}},
    [MUTAU_PLAUSIBLE_AMPLITUDE] = {"",
                                   0.0,
                                   1e-3,
                                   1e3,
                                   HUGE_VAL,
                                   "a flux that no experiment would see",
                                   "a flux far above the measured one",
                                   {{1e18, "GeV^-1 cm^-2 s^-1 sr^-1 and not of 1e-18 of it"}}},
    [MUTAU_PLAUSIBLE_INDEX] = {"",
                               -HUGE_VAL,
                               0.0,
                               6.0,
                               HUGE_VAL,
                               "a flux that rises with energy: the index is that of E^-gamma",
                               "a flux steeper than any known",
                               {{-1.0, "the convention E^gamma"}}},
    /* Tritium decay: m_nu_e < 2.2 eV (Mainz, Troitsk), < 0.45 eV (KATRIN 2025), times three. */
    [MUTAU_PLAUSIBLE_SUM_MNU] =
        {"eV", 0.0, 0.0, 1.5, 10.0, "", "excluded by the decay of tritium", {{1e-3, "meV"}}},
    /* NA64mu has published 1.98e10 and hopes for some 1e13. */
    [MUTAU_PLAUSIBLE_EXPOSURE] = {"muons on target",
                                  0.0,
                                  1e8,
                                  1e14,
                                  HUGE_VAL,
                                  "far below the published 1.98e10",
                                  "far above all that is planned",
                                  {{1e10, "units of 1e10 muons"}}},
};

/* A best fit in the right unit is worth what an experiment reaches. */
static const char *find_unit(mutau_plausible_kind kind, double value)
{
    const range *r = &ranges[kind == MUTAU_PLAUSIBLE_E2PHI ? MUTAU_PLAUSIBLE_E2PHI_REACH : kind];
    for (size_t i = 0; i < MAX_SLIP && r->slips[i].unit != NULL; i++)
        if (value * r->slips[i].factor >= r->low && value * r->slips[i].factor <= r->high)
            return r->slips[i].unit;
    return NULL;
}

mutau_plausible_verdict mutau_plausible_judge(mutau_plausible_kind kind, double value,
                                              char text[MUTAU_PLAUSIBLE_SIZE])
{
    const range *r = &ranges[kind];
    char shown[MUTAU_NUMBER_SIZE], edge[MUTAU_NUMBER_SIZE];
    text[0] = '\0';
    if (value >= r->low && value <= r->high)
        return MUTAU_IS_PLAUSIBLE;
    const bool below = value < r->low;
    const char *unit = find_unit(kind, value);
    mutau_number_write(value, shown);
    mutau_number_write(below ? r->low : r->high, edge);
    (void)snprintf(text, MUTAU_PLAUSIBLE_SIZE, "%s%s%s is %s %s, %s%s%s%s", shown,
                   r->unit[0] != '\0' ? " " : "", r->unit, below ? "below" : "above", edge,
                   below ? r->too_low : r->too_high, unit != NULL ? ": is it in " : "",
                   unit != NULL ? unit : "", unit != NULL ? "?" : "");
    return value >= r->least && value <= r->most ? MUTAU_IS_IMPLAUSIBLE : MUTAU_IS_IMPOSSIBLE;
}
