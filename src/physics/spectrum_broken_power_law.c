/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The broken power law, S = (E/E_b)^-gamma_1 below E_b and (E/E_b)^-gamma_2 above; documented in
 * physics/spectrum.h.
 *
 * From a given energy at Earth the break is met at one place u* of the line of sight: all is made
 * of the power laws' integrals over the sources before and behind it,
 *
 *   G(u) = int_u^u_max w e^((1-gamma) v) dv.
 *
 * On the nodes they are power_beyond's; from within a cell to its end w is a polynomial. */
#include <stdio.h>

#include "spectrum_internal.h"

enum { A, GAMMA_1, GAMMA_2, E_BREAK, N_PARAMETER };
enum {
    ZERO = MUTAU_SOURCE_ZERO,
    N_NODE = MUTAU_SOURCE_N_NODE,
    N_LEGENDRE = MUTAU_SOURCE_N_LEGENDRE
};

static const mutau_parameter_spec rows[N_PARAMETER] = {
    [A] = MUTAU_SPECTRUM_ROW_A,
    [GAMMA_1] = MUTAU_SPECTRUM_ROW_INDEX_1("spectral index of the sources below the break",
                                           "{prior: uniform, min: 0, max: 3.5}"),
    [GAMMA_2] = MUTAU_SPECTRUM_ROW_INDEX_2("spectral index of the sources above the break",
                                           "{prior: uniform, min: 1.8, max: 4.5}"),
    [E_BREAK] = {.name = "e_break",
                 .unit = "GeV",
                 .latex = "E_\\mathrm{b}",
                 .doc = "energy of the break in the sources' frame",
                 .highest = (double)INFINITY,
                 .lowest_excluded = true,
                 .default_prior = "{prior: log-uniform, min: 1e4, max: 1995262.3149688795}"},
};

/* ln(E_b / 100 TeV). */
static double break_of(const double p[])
{
    return log(p[E_BREAK] / MUTAU_SPECTRUM_PIVOT_GEV);
}

static double shape(const double p[], double x)
{
    const double y = x - break_of(p);
    return exp(-(y < 0.0 ? p[GAMMA_1] : p[GAMMA_2]) * y);
}

/* One of the laws as S has it. */
static double law(const double p[], int gamma, double e_lo_gev, double x_lo, double width)
{
    return mutau_spectrum_power(p[gamma], e_lo_gev, x_lo - break_of(p), width);
}

static double integral(const double p[], double e_lo_gev, double x_lo, double width)
{
    const double below = break_of(p) - x_lo;
    if (!(below > 0.0))
        return law(p, GAMMA_2, e_lo_gev, x_lo, width);
    if (!(below < width))
        return law(p, GAMMA_1, e_lo_gev, x_lo, width);
    return law(p, GAMMA_1, e_lo_gev, x_lo, below) +
           law(p, GAMMA_2, p[E_BREAK] * (e_lo_gev / (MUTAU_SPECTRUM_PIVOT_GEV * exp(x_lo))),
               x_lo + below, width - below);
}

static void along(const double p[], double x, size_t n, const double u[], double s[])
{
    const double from = x - break_of(p);
    for (size_t i = 0; i < n; i++)
        s[i] = exp(-(from + u[i] < 0.0 ? p[GAMMA_1] : p[GAMMA_2]) * (from + u[i]));
}

/* ---- over the sources ---------------------------------------------------- */

typedef struct tail {
    double slope, half;
    double power[N_NODE], beyond[N_NODE];
} tail;

static void tail_fill(const mutau_source_grid *grid, double slope, tail *t)
{
    t->slope = slope;
    t->half = exp(0.5 * slope * grid->step);
    power_beyond(grid, slope, t->power, t->beyond);
}

/* weight[l] = int_s^1 P_l(s') e^(slope step s'/2) ds' step/2: what is left of a cell.  Five points
 * give it to 1e-15, as far as the exponent, a tenth at most, is a polynomial of degree 4. */
static void rest_of_cell(const mutau_source_grid *grid, const tail *t, double s,
                         double weight[N_LEGENDRE])
{
    enum { N = 5 };
    static const double at[N] = {0.04691007703066800360, 0.23076534494715845448, 0.5,
                                 0.76923465505284154552, 0.95308992296933199640};
    static const double share[N] = {0.11846344252809454376, 0.23931433524968323402,
                                    0.28444444444444444444, 0.23931433524968323402,
                                    0.11846344252809454376};
    for (int l = 0; l < N_LEGENDRE; l++)
        weight[l] = 0.0;
    for (int i = 0; i < N; i++) {
        double value[N_LEGENDRE];
        const double place = s + (1.0 - s) * at[i];
        const double here =
            0.5 * grid->step * (1.0 - s) * share[i] * exp_one(0.5 * t->slope * grid->step * place);
        mutau_source_legendre(place, value);
        for (int l = 0; l < N_LEGENDRE; l++)
            weight[l] += here * value[l];
    }
}

/* G from within the cell, from where the weights are. */
static double rest_beyond(const mutau_source_grid *grid, const tail *t, int cell,
                          const double weight[N_LEGENDRE])
{
    double sum = 0.0;
    for (int l = 0; l < N_LEGENDRE; l++)
        sum += grid->legendre[l][cell] * weight[l];
    return t->beyond[cell + 1] + t->power[cell] * t->half * sum;
}

/* G(u), 0 <= u <= u_max. */
static double beyond_of(const mutau_source_grid *grid, const tail *t, double u)
{
    double weight[N_LEGENDRE];
    const double place = u / grid->step;
    if (!(place > 0.0))
        return t->beyond[ZERO];
    if (!(place < grid->n_cell))
        return 0.0;
    rest_of_cell(grid, t, 2.0 * (place - floor(place)) - 1.0, weight);
    return rest_beyond(grid, t, ZERO + (int)place, weight);
}

static void beyond(const double p[], const mutau_source_grid *grid, double x,
                   double out[restrict N_NODE])
{
    tail below, above;
    double left[2][N_LEGENDRE];
    tail_fill(grid, 1.0 - p[GAMMA_1], &below);
    tail_fill(grid, 1.0 - p[GAMMA_2], &above);
    const double away = break_of(p) - x, place = away / grid->step, total = 1.0 / grid->total;
    const double lower = total * exp(p[GAMMA_1] * away), upper = total * exp(p[GAMMA_2] * away);
    const double s = 2.0 * (place - floor(place)) - 1.0;
    rest_of_cell(grid, &below, s, left[0]);
    rest_of_cell(grid, &above, s, left[1]);
    for (int n = 0; n < grid->n_node; n++) {
        const double soft = upper * grid->grow[n] / above.power[n];
        const double hard = lower * grid->grow[n] / below.power[n];
        if (!(place > 0.0)) /* the sources beyond the node are seen above their breaks */
            out[n] = soft * above.beyond[n];
        else if (!(n + place < grid->top))
            out[n] = hard * below.beyond[n];
        else
            out[n] = hard * (below.beyond[n] - rest_beyond(grid, &below, n + (int)place, left[0])) +
                     soft * rest_beyond(grid, &above, n + (int)place, left[1]);
    }
}

static double free_flux(const double p[], const mutau_source_grid *grid, double x)
{
    tail below, above;
    tail_fill(grid, 1.0 - p[GAMMA_1], &below);
    tail_fill(grid, 1.0 - p[GAMMA_2], &above);
    const double away = break_of(p) - x, place = fmin(fmax(away, 0.0), grid->u_max);
    const double before = below.beyond[ZERO] - beyond_of(grid, &below, place);
    return (exp(p[GAMMA_1] * away) * before +
            exp(p[GAMMA_2] * away) * beyond_of(grid, &above, place)) /
           grid->total;
}

/* The tails that bins need, and that of slope 0. */
typedef struct tails {
    tail below, above, flat;
} tails;

/* [e^(slope y) G(slope) - G(0)] / slope over a range of the sources. */
static double risen(double slope, double y, double part, double flat)
{
    return (exp(slope * y) * part - flat) / slope;
}

/* int w k(x + v - x_b) dv with k(y) = int_0^y e^y' S dy'. */
static double primitive(const mutau_source_grid *grid, const tails *t, double y)
{
    const double place = fmin(fmax(-y, 0.0), grid->u_max);
    const double below = t->below.beyond[ZERO] - beyond_of(grid, &t->below, place);
    const double above = beyond_of(grid, &t->above, place), flat = beyond_of(grid, &t->flat, place);
    return risen(t->below.slope, y, below, t->flat.beyond[ZERO] - flat) +
           risen(t->above.slope, y, above, flat);
}

static void tails_fill(const double p[], const mutau_source_grid *grid, tails *t)
{
    tail_fill(grid, 1.0 - p[GAMMA_1], &t->below);
    tail_fill(grid, 1.0 - p[GAMMA_2], &t->above);
    tail_fill(grid, 0.0, &t->flat);
}

/* A bin in which some sources are seen below their break and others above: y = ln(E_lo/E_b).  Next
 * to an index of 1, where the tails cancel and all is smooth, straight between two indices on both
 * sides, to 1e-9. */
static double mixed_bin(const double p[], const mutau_source_grid *grid, const tails *t, double y,
                        double width)
{
    const double near = 3e-5;
    for (int gamma = GAMMA_1; gamma <= GAMMA_2; gamma++) {
        if (!(fabs(1.0 - p[gamma]) < 0.999 * near))
            continue;
        double side[N_PARAMETER] = {p[A], p[GAMMA_1], p[GAMMA_2], p[E_BREAK]}, bin[2];
        for (int k = 0; k < 2; k++) {
            tails of_side;
            side[gamma] = k == 0 ? 1.0 - near : 1.0 + near;
            tails_fill(side, grid, &of_side);
            bin[k] = mixed_bin(side, grid, &of_side, y, width);
        }
        return bin[0] + (bin[1] - bin[0]) * (0.5 + 0.5 * (p[gamma] - 1.0) / near);
    }
    return p[E_BREAK] * (primitive(grid, t, y + width) - primitive(grid, t, y));
}

static void free_bins(const double p[], const mutau_source_grid *grid, size_t n,
                      const double e_lo_gev[], const double x_lo[], const double width[],
                      double out[])
{
    tails t;
    const double at = break_of(p);
    tails_fill(p, grid, &t);
    for (size_t i = 0; i < n; i++) {
        const double y = x_lo[i] - at;
        if (!(y < 0.0))
            out[i] = law(p, GAMMA_2, e_lo_gev[i], x_lo[i], width[i]) * t.above.beyond[ZERO];
        else if (!(y + width[i] + grid->u_max > 0.0))
            out[i] = law(p, GAMMA_1, e_lo_gev[i], x_lo[i], width[i]) * t.below.beyond[ZERO];
        else
            out[i] = mixed_bin(p, grid, &t, y, width[i]);
        out[i] /= grid->total;
    }
}

/* ---- at Earth ----------------------------------------------------------- */

/* What sources beyond u, seen above their breaks, send over what those before it do, less 1, where
 * those at u are seen at theirs: it falls through 0 once if gamma_1 is not far below 0.  A piece
 * counts with its index in the slope of the sum, which is halfway between the two there. */
static double surplus(const mutau_source_grid *grid, const tail *below, const tail *above, double u)
{
    const double soft = exp((1.0 - above->slope) * u), hard = exp((1.0 - below->slope) * u);
    return soft * beyond_of(grid, above, u) -
           hard * (below->beyond[ZERO] - beyond_of(grid, below, u));
}

/* E_b e^-u of that u: the cell by its nodes, the place in it by the false position. */
static double break_at_earth(const double p[], const mutau_source_grid *grid)
{
    tail below, above;
    if (grid->at_earth)
        return p[E_BREAK];
    tail_fill(grid, 1.0 - p[GAMMA_1], &below);
    tail_fill(grid, 1.0 - p[GAMMA_2], &above);
    int n = ZERO;
    while (n + 1 < grid->top && above.beyond[n + 1] / above.power[n + 1] >
                                    (below.beyond[ZERO] - below.beyond[n + 1]) / below.power[n + 1])
        n++;
    double lo = grid->step * (n - ZERO), hi = lo + grid->step, u = lo;
    double at_lo = surplus(grid, &below, &above, lo), at_hi = surplus(grid, &below, &above, hi);
    for (int i = 0; i < 60 && hi - lo > 1e-13; i++) {
        const double part = at_lo / (at_lo - at_hi);
        u = i % 3 == 2 ? 0.5 * (lo + hi) : lo + part * (hi - lo);
        const double at = surplus(grid, &below, &above, u);
        if (at > 0.0) {
            lo = u;
            at_lo = at;
        } else if (at < 0.0) {
            hi = u;
            at_hi = at;
        } else {
            break;
        }
    }
    return p[E_BREAK] * exp(-u);
}

/* A break that no bin can see, or that is none. */
static bool doubt(const double lo[], const double hi[], double e_lo_gev, double e_hi_gev,
                  double z_max, char text[MUTAU_SPECTRUM_DOUBT_SIZE])
{
    const double gamma = lo[GAMMA_1];
    if (!(hi[GAMMA_1] > gamma) && !(fabs(lo[GAMMA_2] - gamma) > 0.0) && !(hi[GAMMA_2] > gamma))
        (void)snprintf(text, MUTAU_SPECTRUM_DOUBT_SIZE,
                       "%s and %s are both %g: there is no break, and nothing depends on %s",
                       rows[GAMMA_1].name, rows[GAMMA_2].name, gamma, rows[E_BREAK].name);
    else
        return mutau_spectrum_is_unseen(&rows[E_BREAK], lo[E_BREAK], hi[E_BREAK], 1.0,
                                        (const double[]){e_lo_gev, e_hi_gev}, z_max, text);
    return true;
}

const mutau_spectrum_type mutau_spectrum_broken_power_law = {
    .name = "broken-power-law",
    .formula = "(E/e_break)^-gamma_1 below e_break, (E/e_break)^-gamma_2 above",
    .doc = "a power law whose index changes at one energy",
    .reference = "IceCube at Earth, per flavour (A, gamma_1, gamma_2, log10 e_break): combined fit "
                 "(1.77, 1.31, 2.735, 4.39) arXiv:2507.22234, MESE (2.28, 1.72, 2.84, 4.52) "
                 "arXiv:2507.22233",
    .n_parameter = N_PARAMETER,
    .parameters = rows,
    .shape = shape,
    .integral = integral,
    .along = along,
    .beyond = beyond,
    .free = free_flux,
    .free_bins = free_bins,
    .doubt = doubt,
    .derived = &mutau_spectrum_break_at_earth,
    .at_earth = break_at_earth,
};
