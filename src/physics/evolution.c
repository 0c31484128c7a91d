/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history of the sources; documented in physics/evolution.h. */
#include "physics/evolution.h"

#include <math.h>

const char *const mutau_evolution_names[] = {
    [MUTAU_EVOLUTION_YUKSEL2008] = "yuksel2008",
    [MUTAU_EVOLUTION_HOPKINS_BEACOM2006] = "hopkins-beacom2006",
    [MUTAU_EVOLUTION_MADAU_DICKINSON2014] = "madau-dickinson2014",
    [MUTAU_EVOLUTION_CANDELS2015] = "candels2015",
    [MUTAU_EVOLUTION_NONE] = "none",
    [MUTAU_EVOLUTION_AGN] = "agn",
    [MUTAU_EVOLUTION_FSRQ] = "fsrq",
    [MUTAU_EVOLUTION_GRB] = "grb",
    [MUTAU_EVOLUTION_BL_LAC] = "bl-lac",
    [MUTAU_EVOLUTION_N_NAMED] = NULL,
};

static const struct {
    const char *formula, *reference;
} about[MUTAU_EVOLUTION_N_NAMED] = {
    [MUTAU_EVOLUTION_YUKSEL2008] = {"[(1+z)^-34 + ((1+z)/5161)^3 + ((1+z)/9.06)^35]^(-1/10)",
                                    "F, star formation, arXiv:0804.4008; the paper's"},
    [MUTAU_EVOLUTION_HOPKINS_BEACOM2006] = {"10^(3.28x-1.82), 10^(-0.26x-0.724), 10^(-8x+4.99), "
                                            "x = log10(1+z) < 0.30963, < 0.73878, above",
                                            "F, star formation, astro-ph/0601463"},
    [MUTAU_EVOLUTION_MADAU_DICKINSON2014] = {"(1+z)^2.7/(1 + ((1+z)/2.9)^5.6)",
                                             "F, star formation, arXiv:1403.0007"},
    [MUTAU_EVOLUTION_CANDELS2015] = {"(1+z)^5/(1 + ((1+z)/1.5)^6.1)",
                                     "F, star formation, arXiv:1509.06574"},
    [MUTAU_EVOLUTION_NONE] = {"1", "D, no evolution, by definition"},
    [MUTAU_EVOLUTION_AGN] = {"(1+z)^5 to z = 1.7, flat to 2.7, then 10^(-0.43(z-2.7))",
                             "R, active nuclei"},
    [MUTAU_EVOLUTION_FSRQ] = {"(1+z)^5.7 to z = 1.7, then e^(-(z-1.7)/0.7)",
                              "R, flat-spectrum radio quasars"},
    [MUTAU_EVOLUTION_GRB] = {"(1+z)^2.07 to z = 3.6, then (1+z)^-0.7", "F, GRBs, arXiv:1311.4567"},
    [MUTAU_EVOLUTION_BL_LAC] = {"(1+z)^-3", "R, BL Lacertae objects"},
};

static bool is_named(int kind)
{
    return kind >= 0 && kind < MUTAU_EVOLUTION_N_NAMED;
}

const char *mutau_evolution_formula(int kind)
{
    return is_named(kind) ? about[kind].formula : NULL;
}

const char *mutau_evolution_reference(int kind)
{
    return is_named(kind) ? about[kind].reference : NULL;
}

/* ---- formulae -------------------------------------------------------------------- */

static double yuksel(double z1)
{
    const double early = pow(z1, -34.0);
    const double middle = pow(z1 / 5161.0, 3.0);
    const double late = pow(z1 / 9.06, 35.0);
    return pow(early + middle + late, -0.1);
}

static double hopkins(double z1)
{
    const double x = log10(z1);
    if (x < 0.30963)
        return pow(10.0, 3.28 * x - 1.82);
    return pow(10.0, x < 0.73878 ? -0.26 * x - 0.724 : -8.0 * x + 4.99);
}

static double madau(double z1)
{
    return pow(z1, 2.7) / (1.0 + pow(z1 / 2.9, 5.6));
}

static double candels(double z1)
{
    return pow(z1, 5.0) / (1.0 + pow(z1 / 1.5, 6.1));
}

static double agn(double z1)
{
    return pow(fmin(z1, 2.7), 5.0) * pow(10.0, -0.43 * fmax(z1 - 3.7, 0.0));
}

static double fsrq(double z1)
{
    return pow(fmin(z1, 2.7), 5.7) * exp(-fmax(z1 - 2.7, 0.0) / 0.7);
}

/* z1^power up to 1 + z_break, and on from there. */
static double broken(double z1, double power, double z_break, double after)
{
    const double at = 1.0 + z_break;
    return z1 <= at ? pow(z1, power) : pow(at, power) * pow(z1 / at, after);
}

/* ---- tables ---------------------------------------------------------------------- */

static double table_read(const mutau_evolution *e, double z1)
{
    size_t k = 1;
    while (k + 1 < e->n && 1.0 + e->z[k] < z1)
        k++;
    const double from = log1p(e->z[k - 1]), t = (log(z1) - from) / (log1p(e->z[k]) - from);
    const double a = e->w[k - 1], b = e->w[k];
    return a > 0.0 && b > 0.0 ? a * pow(b / a, t) : a + t * (b - a);
}

double mutau_cosmology_sources(mutau_evolution evolution, double one_plus_z)
{
    switch ((mutau_evolution_kind)evolution.kind) {
    case MUTAU_EVOLUTION_YUKSEL2008:
        return yuksel(one_plus_z);
    case MUTAU_EVOLUTION_HOPKINS_BEACOM2006:
        return hopkins(one_plus_z);
    case MUTAU_EVOLUTION_MADAU_DICKINSON2014:
        return madau(one_plus_z);
    case MUTAU_EVOLUTION_CANDELS2015:
        return candels(one_plus_z);
    case MUTAU_EVOLUTION_NONE:
        return 1.0;
    case MUTAU_EVOLUTION_AGN:
        return agn(one_plus_z);
    case MUTAU_EVOLUTION_FSRQ:
        return fsrq(one_plus_z);
    case MUTAU_EVOLUTION_GRB:
        return broken(one_plus_z, 2.07, 3.6, -0.7);
    case MUTAU_EVOLUTION_BL_LAC:
        return pow(one_plus_z, -3.0);
    case MUTAU_EVOLUTION_POWER:
        return broken(one_plus_z, evolution.power, evolution.z_break, evolution.power_after);
    case MUTAU_EVOLUTION_TABLE:
        return table_read(&evolution, one_plus_z);
    case MUTAU_EVOLUTION_N_KIND:
        break;
    }
    return (double)NAN;
}

/* ---- checks ---------------------------------------------------------------------- */

static mutau_status power_check(const mutau_evolution *e, mutau_error *err)
{
    if (!isfinite(e->power) || !isfinite(e->power_after) || !(e->z_break > 0.0))
        return mutau_error_set(err, MUTAU_EDOM,
                               "evolution (1+z)^%g, ^%g from z = %g: needs finite powers and a "
                               "break above 0",
                               e->power, e->power_after, e->z_break);
    return MUTAU_OK;
}

static mutau_status table_check(const mutau_evolution *e, double z_max, mutau_error *err)
{
    bool any = false;
    if (e->n < 2)
        return mutau_error_set(err, MUTAU_EDOM, "an evolution needs two rows or more");
    for (size_t i = 0; i < e->n; i++) {
        if (!(e->w[i] >= 0.0) || !isfinite(e->w[i]))
            return mutau_error_set(err, MUTAU_EDOM, "evolution, row %zu: W = %g: must be 0 or more",
                                   i + 1, e->w[i]);
        if (!(e->z[i] >= 0.0) || !isfinite(e->z[i]) || (i > 0 && !(e->z[i] > e->z[i - 1])))
            return mutau_error_set(err, MUTAU_EDOM,
                                   "evolution, row %zu: z = %g: must be 0 or more, and rise", i + 1,
                                   e->z[i]);
        /* a source at the very end of the range is none */
        any = any || (e->w[i] > 0.0 && (e->z[i] < z_max || (i > 0 && e->z[i - 1] < z_max)));
    }
    if (e->z[0] > 0.0 || e->z[e->n - 1] < z_max)
        return mutau_error_set(err, MUTAU_EDOM,
                               "the evolution covers z = %g to %g: must cover 0 to z_max = %g",
                               e->z[0], e->z[e->n - 1], z_max);
    if (!any)
        return mutau_error_set(err, MUTAU_EDOM,
                               "an evolution without sources: W is 0 all the way to z_max = %g",
                               z_max);
    return MUTAU_OK;
}

mutau_status mutau_evolution_check(const mutau_evolution *evolution, double z_max, mutau_error *err)
{
    if (is_named(evolution->kind))
        return MUTAU_OK;
    if (evolution->kind == MUTAU_EVOLUTION_POWER)
        return power_check(evolution, err);
    if (evolution->kind == MUTAU_EVOLUTION_TABLE)
        return table_check(evolution, z_max, err);
    return mutau_error_set(err, MUTAU_EDOM, "unknown source evolution %d", evolution->kind);
}
