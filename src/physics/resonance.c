/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line solver; documented in physics/resonance.h.
 *
 * How it is computed.  u = ln(1+z) is cut into equal cells; every function of u is held
 * by its values on the nodes, continued smoothly over a few guard nodes on both sides so that
 * four-point formulas hold up to the ends.  Per configuration (mutau_resonance_alloc): powers of
 * e^u, the shape of the optical depth, and the sources (source.h).  Per point
 * (mutau_resonance_solve):
 *   1. the share of the sources beyond each node, by the spectrum;
 *   2. the absorbed fractions of the six distinct |Q_ij|^2;
 *   3. line by line: Z_ij by four-point interpolation of the earlier A_ik at u + D_kj, and of the
 *      running moments M_p(u) = int_0^u a_k e^(pv) dv; P is a polynomial, so what is regenerated is
 *      sum_p decay_p y^p [M_p(u + D) - M_p(u)] with y = e^(-u-D); then the line's own A_ij and
 *      moments.
 * A bin integral is the difference of N(>E) at its edges, where with y = E/E_j, u = ln(1/y)
 *   N_i(>E) = sum_j E_j { b_i [P(..1) S(u) - sum_p decay_p/(p+1) y^(p+1) M_p(u)] - S_i(u) },
 *   S_i(u) = int_0^u A_ij e^-v dv,   S = sum_i S_i,   P(..1) = int_0^1 P dx.
 * Everything is computed for amplitude and norm 1 and scaled at the end.
 */
#include "physics/resonance.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/sort.h"
#include "physics/spectrum.h"
#include "base/units.h"
#include "base/widths.h"
#include "resonance_internal.h"
#include "vector_exp_internal.h"

static const double LN_PIVOT = 11.512925464970228420; /* of 100 TeV in GeV */
static const int pair_of[3][3] = {{0, 1, 2}, {1, 3, 4}, {2, 4, 5}};

static double node_read(const taps *at, const double value[N_NODE])
{
    return taps_read(at, value + at->first);
}

/* ---- preparation ------------------------------------------------------- */

static void depth_init(mutau_resonance *r)
{
    for (int n = 0; n < r->grid.n_node; n++) {
        const double u = r->grid.step * (n - ZERO);
        r->depth[n] = exp(3.0 * u) / mutau_cosmology_expansion(r->settings.omega_m, exp(u));
    }
}

static size_t edge_find(const mutau_resonance *r, double energy)
{
    size_t i = 0;
    while (r->edge[i] < energy)
        i++;
    return i;
}

static void bins_init(mutau_resonance *r, const mutau_solver_bin bins[])
{
    for (size_t i = 0; i < r->n_bin; i++) {
        r->edge[2 * i] = bins[i].e_lo_gev;
        r->edge[2 * i + 1] = bins[i].e_hi_gev;
    }
    qsort(r->edge, 2 * r->n_bin, sizeof r->edge[0], mutau_rising);
    for (size_t i = 0; i < 2 * r->n_bin; i++)
        if (r->n_edge == 0 || r->edge[i] > r->edge[r->n_edge - 1])
            r->edge[r->n_edge++] = r->edge[i];
    for (size_t i = 0; i < r->n_edge; i++)
        r->ln_edge[i] = log(r->edge[i]);
    for (size_t i = 0; i < r->n_bin; i++) {
        const double lo = bins[i].e_lo_gev, hi = bins[i].e_hi_gev;
        r->bin[i] = (edge_pair){
            .lo = edge_find(r, lo),
            .hi = edge_find(r, hi),
            .weight = {bins[i].weight[0], bins[i].weight[1], bins[i].weight[2]},
        };
        r->e_lo[i] = lo;
        r->ln_lo[i] = log(lo / MUTAU_SPECTRUM_PIVOT_GEV);
        r->width[i] = log(hi / lo);
    }
}

mutau_status mutau_resonance_alloc(const mutau_solver_settings *settings, size_t n_bin,
                                   const mutau_solver_bin bins[], mutau_resonance **out,
                                   mutau_error *err)
{
    MUTAU_CHECK(mutau_solver_check(settings, n_bin, bins, err));
    mutau_status status = MUTAU_ENOMEM;
    mutau_resonance *r = mutau_calloc(1, sizeof *r);
    if (r == NULL)
        return mutau_error_set(err, status, "line solver: out of memory");
    r->settings = *settings;
    r->n_bin = n_bin;
    r->edge = mutau_calloc(2 * n_bin, sizeof r->edge[0]);
    r->ln_edge = mutau_calloc(2 * n_bin, sizeof r->ln_edge[0]);
    r->bin = mutau_calloc(n_bin, sizeof r->bin[0]);
    r->e_lo = mutau_calloc(n_bin, sizeof r->e_lo[0]);
    r->ln_lo = mutau_calloc(n_bin, sizeof r->ln_lo[0]);
    r->width = mutau_calloc(n_bin, sizeof r->width[0]);
    if (r->edge == NULL || r->ln_edge == NULL || r->bin == NULL || r->e_lo == NULL ||
        r->ln_lo == NULL || r->width == NULL) {
        (void)mutau_error_set(err, status, "line solver, %zu bins: out of memory", n_bin);
        goto error;
    }
    bins_init(r, bins);
    status = mutau_source_grid_init_cells(
        settings->omega_m, settings->evolution, settings->z_max,
        settings->cells > 0 ? settings->cells : MUTAU_SOURCE_N_CELL, &r->grid, err);
    if (status != MUTAU_OK)
        goto error;
    r->grid.at_earth = settings->at_earth;
    depth_init(r);
    if (!settings->at_earth && !mutau_spectrum_is_scale_free(settings->spectrum) &&
        settings->spectrum->beyond == NULL)
        status = mutau_injection_alloc(&r->grid, n_bin, r->ln_lo, r->width, &r->injection, err);
    if (status == MUTAU_OK)
        status = mutau_spectrum_arrival_init(settings->spectrum, &r->grid, settings->shape, n_bin,
                                             r->e_lo, r->ln_lo, r->width, &r->arrival, err);
    if (status != MUTAU_OK)
        goto error;
    status = mutau_resonance_rows_init(r, bins);
    if (status != MUTAU_OK) {
        (void)mutau_error_set(err, status, "line solver, %zu bins: out of memory", n_bin);
        goto error;
    }
    *out = r;
    return MUTAU_OK;
error:
    mutau_resonance_free(r);
    return status;
}

void mutau_resonance_free(mutau_resonance *resonance)
{
    if (resonance == NULL)
        return;
    free(resonance->edge);
    free(resonance->ln_edge);
    free(resonance->bin);
    free(resonance->e_lo);
    free(resonance->ln_lo);
    free(resonance->width);
    mutau_injection_free(resonance->injection);
    mutau_spectrum_arrival_release(&resonance->arrival);
    mutau_resonance_rows_release(&resonance->rows);
    free(resonance);
}

mutau_resonance_workspace *mutau_resonance_workspace_alloc(const mutau_resonance *resonance)
{
    mutau_resonance_workspace *ws = mutau_calloc_lines(1, sizeof *ws);
    if (ws == NULL)
        return NULL;
    ws->above = mutau_calloc_lines(3 * resonance->n_edge, sizeof ws->above[0]);
    if (resonance->injection != NULL)
        ws->scratch = mutau_calloc_lines(mutau_injection_scratch(resonance->injection),
                                         sizeof ws->scratch[0]);
    if (ws->above == NULL || (resonance->injection != NULL && ws->scratch == NULL) ||
        !mutau_resonance_rows_workspace(resonance, ws)) {
        mutau_resonance_workspace_free(ws);
        return NULL;
    }
    return ws;
}

void mutau_resonance_workspace_free(mutau_resonance_workspace *ws)
{
    if (ws == NULL)
        return;
    free(ws->above);
    free(ws->scratch);
    mutau_resonance_rows_workspace_release(ws);
    free(ws);
}

/* ---- solution ---------------------------------------------------------- */

MUTAU_WIDTHS static void fraction_exact(int n_node, double depth,
                                        const double shape[restrict N_NODE],
                                        double fraction[restrict N_NODE])
{
    for (int n = 0; n < n_node; n++) {
        const double tau = depth * shape[n];
        fraction[n] = tau < 50.0 ? tau : 50.0;
    }
    for (int n = 0; n < n_node; n++)
        fraction[n] = -expm1_one(-fraction[n]);
}

MUTAU_WIDTHS static void fraction_euler(int n_node, double depth,
                                        const double shape[restrict N_NODE],
                                        double fraction[restrict N_NODE])
{
    for (int n = 0; n < n_node; n++) {
        const double tau = depth * shape[n];
        fraction[n] = tau / (1.0 + tau);
    }
}

static void fractions_fill(const mutau_resonance *r, mutau_resonance_workspace *ws,
                           const mutau_solver_point *point)
{
    const mutau_mediator *mediator = &r->settings.mediator;
    const double unit =
        mutau_mediator_line_depth(mediator, r->settings.density_over_hubble, point->g, point->m_ev);
    for (int i = 0; i < 3; i++)
        for (int j = i; j < 3; j++) {
            const double depth = unit * mediator->coupling[i][j];
            double *fraction = ws->fraction[pair_of[i][j]];
            if (r->settings.crossing == MUTAU_CROSSING_EXACT)
                fraction_exact(r->grid.n_node, depth, r->depth, fraction);
            else
                fraction_euler(r->grid.n_node, depth, r->depth, fraction);
        }
}

/* Sorts the targets by mass and sets the lines' energies. */
static void lines_place(const mutau_resonance *r, mutau_resonance_workspace *ws,
                        const mutau_solver_point *point)
{
    int order[3] = {0, 1, 2};
    for (int i = 1; i < 3; i++)
        for (int k = i; k > 0 && point->mass_ev[order[k]] < point->mass_ev[order[k - 1]]; k--) {
            const int swap = order[k];
            order[k] = order[k - 1];
            order[k - 1] = swap;
        }
    for (int k = 0; k < 3; k++) {
        line *l = &ws->line[k];
        l->target = order[k];
        const double mass = point->mass_ev[l->target];
        l->energy_gev = point->m_ev / mass * (0.5 * point->m_ev / MUTAU_EV_PER_GEV);
        l->present = mass > 0.0 && isfinite(l->energy_gev);
        l->ln_energy = log(l->energy_gev);
        l->free = mutau_spectrum_is_scale_free(r->settings.spectrum)
                      ? r->settings.spectrum->shape(point->source, l->ln_energy - LN_PIVOT)
                      : ws->source_scale;
    }
}

/* Adds what line k takes from and gives to the flux arriving at a later line, distance D above
 * it in u, on the nodes from `first`.  Beyond u + D = u_max it takes nothing more. */
static void arriving_add(const mutau_resonance *r, const line *k, double distance, int first,
                         double arriving[restrict 3][N_NODE], double regenerated[restrict N_NODE])
{
    const int n_node = r->grid.n_node;
    const double cells = distance / r->grid.step;
    int end = first; /* nodes first..end-1 have u + D <= u_max */
    taps at = {0, {0.0}};
    if (cells <= r->grid.n_cell) {
        at = taps_at(cells);
        end = r->grid.top - (int)ceil(cells) + 1;
    }
    for (int i = 0; i < 3; i++) {
        const double *from = &k->absorbed[i][first + at.first];
        for (int n = 0; n < end - first; n++)
            arriving[i][first + n] -= at.weight[0] * from[n] + at.weight[1] * from[n + 1] +
                                      at.weight[2] * from[n + 2] + at.weight[3] * from[n + 3];
    }
    const double *decay = r->settings.mediator.decay;
    const double far = exp(-distance);
    double shifted[3][N_NODE];
    for (int p = 0; p < 3; p++) {
        const double *moment = k->moment[3 + p], *from = &moment[first + at.first];
        for (int n = 0; n < end - first; n++)
            shifted[p][first + n] = at.weight[0] * from[n] + at.weight[1] * from[n + 1] +
                                    at.weight[2] * from[n + 2] + at.weight[3] * from[n + 3];
        for (int n = end > first ? end : first; n < n_node; n++)
            shifted[p][n] = moment[r->grid.top];
    }
    const double *m0 = k->moment[3], *m1 = k->moment[4], *m2 = k->moment[5];
    for (int n = first; n < n_node; n++) {
        const double y = far * r->grid.shrink[n];
        regenerated[n] +=
            decay[0] * (shifted[0][n] - m0[n]) +
            y * (decay[1] * (shifted[1][n] - m1[n]) + y * (decay[2] * (shifted[2][n] - m2[n])));
    }
}

/* cell[n] = int f du over [node, node + 1], by the rule (-1, 13, 13, -1) step/24 that
 * integrates the cubic through four nodes exactly. */
static void cells_fill(double step, int first, int n_node, const double f[restrict N_NODE],
                       double cell[restrict N_NODE])
{
    const double outer = -step / 24.0, inner = 13.0 * step / 24.0;
    for (int n = first + 1; n < n_node - 2; n++)
        cell[n] = outer * (f[n - 1] + f[n + 2]) + inner * (f[n] + f[n + 1]);
}

/* moment(u) = int_0^u on the nodes first + 1 .. n_node - 2, for all moments side by side:
 * a sum waits for its predecessor, six do not wait for each other. */
static void cells_sum(int first, int n_node, double cell[restrict N_MOMENT][N_NODE],
                      double moment[restrict N_MOMENT][N_NODE])
{
    double sum[N_MOMENT] = {0.0};
    for (int q = 0; q < N_MOMENT; q++)
        moment[q][ZERO] = 0.0;
    for (int n = ZERO; n < n_node - 2; n++)
        for (int q = 0; q < N_MOMENT; q++) {
            sum[q] += cell[q][n];
            moment[q][n + 1] = sum[q];
        }
    for (int n = ZERO - 1; n > first; n--)
        for (int q = 0; q < N_MOMENT; q++)
            moment[q][n] = moment[q][n + 1] - cell[q][n];
    for (int q = 0; q < N_MOMENT; q++) /* read, with weight 0 or into a guard node only */
        moment[q][n_node - 1] = moment[q][n_node - 2];
}

static void line_moments(const mutau_resonance *r, line *l, int first)
{
    const int n_node = r->grid.n_node;
    double cell[N_MOMENT][N_NODE], f[N_NODE];
    for (int i = 0; i < 3; i++) {
        for (int n = first; n < n_node; n++)
            f[n] = l->absorbed[i][n] * r->grid.shrink[n];
        cells_fill(r->grid.step, first, n_node, f, cell[i]);
    }
    for (int n = first; n < n_node; n++)
        f[n] = l->absorbed[0][n] + l->absorbed[1][n] + l->absorbed[2][n];
    cells_fill(r->grid.step, first, n_node, f, cell[3]);
    for (int p = 1; p < 3; p++) {
        for (int n = first; n < n_node; n++)
            f[n] *= r->grid.grow[n];
        cells_fill(r->grid.step, first, n_node, f, cell[3 + p]);
    }
    cells_sum(first, n_node, cell, l->moment);
}

MUTAU_WIDTHS static void line_solve(const mutau_resonance *r, mutau_resonance_workspace *ws, int j)
{
    line *l = &ws->line[j];
    const double *share = r->settings.mediator.share;
    const int n_node = r->grid.n_node;
    const int first = 2 * j; /* guard nodes used up by the lines before */
    double regenerated[N_NODE] = {0.0};
    for (int i = 0; i < 3; i++) {
        const double free = ws->emitted[i] * l->free;
        for (int n = first; n < n_node; n++)
            l->absorbed[i][n] = free * ws->share[n];
    }
    for (int k = 0; k < j; k++)
        if (ws->line[k].present)
            arriving_add(r, &ws->line[k], ws->line[k].ln_energy - l->ln_energy, first, l->absorbed,
                         regenerated);
    for (int i = 0; i < 3; i++) {
        const double *fraction = ws->fraction[pair_of[i][l->target]];
        for (int n = first; n < n_node; n++)
            l->absorbed[i][n] = (l->absorbed[i][n] + share[i] * regenerated[n]) * fraction[n];
    }
    line_moments(r, l, first);
}

/* The share of a spectrum with a scale is another one at every line. */
static void share_at_line(const mutau_resonance *r, mutau_resonance_workspace *ws, int j)
{
    const mutau_spectrum_type *spectrum = r->settings.spectrum;
    const double x = ws->line[j].ln_energy - LN_PIVOT;
    if (spectrum->beyond != NULL)
        spectrum->beyond(ws->shape, &r->grid, x, ws->share);
    else if (r->injection != NULL)
        mutau_injection_beyond(r->injection, spectrum, ws->source, x, ws->share);
}

mutau_status mutau_resonance_solve(const mutau_resonance *resonance, mutau_resonance_workspace *ws,
                                   const mutau_solver_point *point, mutau_error *err)
{
    (void)err;
    const mutau_spectrum_type *spectrum = resonance->settings.spectrum;
    ws->scale = point->source[0] * resonance->settings.norm / 3.0;
    memcpy(ws->source, point->source, sizeof ws->source);
    ws->shape = resonance->settings.shape != NULL ? resonance->settings.shape : ws->source;
    ws->source_scale = resonance->arrival.bins != NULL
                           ? resonance->arrival.scale
                           : mutau_spectrum_scale(spectrum, &resonance->grid, ws->source);
    for (int i = 0; i < 3; i++)
        ws->emitted[i] = 1.0 + point->excess[i];
    for (int j = 0; j < 3; j++)
        ws->line[j].present = false;
    if (mutau_spectrum_is_scale_free(spectrum))
        spectrum->share(point->source, &resonance->grid, ws->share);
    if (resonance->grid.at_earth)
        return MUTAU_OK;
    fractions_fill(resonance, ws, point);
    lines_place(resonance, ws, point);
    for (int j = 0; j < 3; j++) {
        if (!ws->line[j].present)
            continue;
        share_at_line(resonance, ws, j);
        line_solve(resonance, ws, j);
    }
    return MUTAU_OK;
}

/* ---- read-out ---------------------------------------------------------- */

/* The moments of line l at u >= 0; constant beyond u_max. */
static void moments_read(const mutau_resonance *r, const line *l, double u, double m[N_MOMENT])
{
    if (u >= r->grid.u_max) {
        for (int q = 0; q < N_MOMENT; q++)
            m[q] = l->moment[q][r->grid.top];
        return;
    }
    const taps at = taps_of_u(r, u);
    for (int q = 0; q < N_MOMENT; q++)
        m[q] = node_read(&at, l->moment[q]);
}

/* Adds line l's part of N_i(>E) at an edge below it; `below`: without what was absorbed. */
static inline void edge_add(const mutau_resonance *r, const line *l, double all, bool below,
                            double edge, double u, double above[3])
{
    const mutau_mediator *mediator = &r->settings.mediator;
    const double *p = mediator->decay;
    double m[N_MOMENT];
    moments_read(r, l, u, m);
    const double y = edge / l->energy_gev;
    const double later = y * (p[0] * m[3] + y * (p[1] / 2.0 * m[4] + y * (p[2] / 3.0 * m[5])));
    const double back = below ? -later : all * (m[0] + m[1] + m[2]) - later;
    for (int i = 0; i < 3; i++)
        above[i] += l->energy_gev * (mediator->share[i] * back - (below ? 0.0 : m[i]));
}

/* Adds line l's part of N_i(>E) at every edge; it has none above E_j.  If even the highest edge
 * lies below the line at u_max, what was absorbed is the same for all edges and is left out: it
 * would drown the bins where E_j is huge. */
MUTAU_WIDTHS static void above_add(const mutau_resonance *r, const line *l, double above[])
{
    const double *p = r->settings.mediator.decay;
    const double all = p[0] + p[1] / 2.0 + p[2] / 3.0;
    const bool below = l->ln_energy - r->ln_edge[r->n_edge - 1] > r->grid.u_max;
    for (size_t e = 0; e < r->n_edge; e++) {
        const double u = l->ln_energy - r->ln_edge[e];
        if (!(u > 0.0))
            break; /* the edges rise */
        edge_add(r, l, all, below, r->edge[e], u, above + 3 * e);
    }
}

static void injected_bins(const mutau_resonance *r, mutau_resonance_workspace *ws, double n[])
{
    mutau_injection_bins(r->injection, r->settings.spectrum, ws->source, ws->scratch, n);
    for (size_t b = 0; b < r->n_bin; b++)
        n[b] *= ws->source_scale;
}

void mutau_resonance_bins(const mutau_resonance *resonance, mutau_resonance_workspace *ws,
                          double n[])
{
    const mutau_resonance *r = resonance;
    const mutau_spectrum_type *spectrum = r->settings.spectrum;
    for (size_t k = 0; k < 3 * r->n_edge; k++)
        ws->above[k] = 0.0;
    for (int j = 0; j < 3; j++)
        if (ws->line[j].present && r->n_edge > 0)
            above_add(r, &ws->line[j], ws->above);
    if (r->arrival.bins != NULL)
        memcpy(n, r->arrival.bins, r->n_bin * sizeof n[0]);
    else if (r->injection != NULL)
        injected_bins(r, ws, n);
    else
        mutau_spectrum_free_bins(spectrum, &r->grid, ws->source, ws->source_scale, r->n_bin,
                                 r->e_lo, r->ln_lo, r->width, n);
    for (size_t b = 0; b < r->n_bin; b++) {
        const edge_pair *bin = &r->bin[b];
        const double free = n[b];
        const double *lo = ws->above + 3 * bin->lo, *hi = ws->above + 3 * bin->hi;
        double sum = 0.0;
        for (int i = 0; i < 3; i++)
            sum += bin->weight[i] * (ws->emitted[i] * free + (lo[i] - hi[i]));
        n[b] = ws->scale * sum;
    }
}

/* N_i(>E) lost to all lines at one energy; `highest` is ln of the highest of all. */
static void above_read(const mutau_resonance *r, const mutau_resonance_workspace *ws, double energy,
                       double ln_energy, double highest, double above[3])
{
    const double *p = r->settings.mediator.decay;
    const double all = p[0] + p[1] / 2.0 + p[2] / 3.0;
    above[0] = above[1] = above[2] = 0.0;
    for (int j = 0; j < 3; j++) {
        const line *l = &ws->line[j];
        const double u = l->ln_energy - ln_energy;
        if (l->present && u > 0.0)
            edge_add(r, l, all, l->ln_energy - highest > r->grid.u_max, energy, u, above);
    }
}

static void bins_scaled(const void *solver, void *workspace, const double ln_scale[], double n[])
{
    const mutau_resonance *r = solver;
    const mutau_resonance_workspace *ws = workspace;
    double highest = -(double)INFINITY;
    for (size_t b = 0; b < r->n_bin; b++)
        highest = fmax(highest, r->ln_edge[r->bin[b].hi] + ln_scale[b]);
    for (size_t b = 0; b < r->n_bin; b++) {
        const edge_pair *bin = &r->bin[b];
        const double shift = ln_scale[b], scale = exp(shift);
        const double e_lo = r->e_lo[b] * scale, x_lo = r->ln_lo[b] + shift;
        double free, lo[3], hi[3], sum = 0.0;
        mutau_spectrum_free_bins(r->settings.spectrum, &r->grid, ws->shape, ws->source_scale, 1,
                                 &e_lo, &x_lo, &r->width[b], &free);
        above_read(r, ws, e_lo, r->ln_edge[bin->lo] + shift, highest, lo);
        above_read(r, ws, r->edge[bin->hi] * scale, r->ln_edge[bin->hi] + shift, highest, hi);
        for (int i = 0; i < 3; i++)
            sum += bin->weight[i] * (ws->emitted[i] * free + (lo[i] - hi[i]));
        n[b] = ws->scale * sum;
    }
}

void mutau_resonance_spectrum(const mutau_resonance *resonance, const mutau_resonance_workspace *ws,
                              double energy_gev, double state[3])
{
    const mutau_mediator *mediator = &resonance->settings.mediator;
    const double *p = mediator->decay;
    const double free = mutau_spectrum_free(resonance->settings.spectrum, &resonance->grid,
                                            ws->shape, ws->source_scale, energy_gev);
    for (int i = 0; i < 3; i++)
        state[i] = ws->emitted[i] * free;
    for (int j = 0; j < 3; j++) {
        const line *l = &ws->line[j];
        const double u = l->ln_energy - log(energy_gev);
        if (!l->present || !(u >= 0.0))
            continue;
        const taps at = taps_of_u(resonance, u);
        const double y = energy_gev / l->energy_gev;
        const double back =
            p[0] * node_read(&at, l->moment[3]) +
            y * (p[1] * node_read(&at, l->moment[4]) + y * (p[2] * node_read(&at, l->moment[5])));
        for (int i = 0; i < 3; i++) {
            state[i] += mediator->share[i] * back;
            if (u <= resonance->grid.u_max)
                state[i] -= node_read(&at, l->absorbed[i]);
        }
    }
    for (int i = 0; i < 3; i++)
        state[i] *= ws->scale;
}

double mutau_resonance_absorbed(const mutau_resonance *resonance,
                                const mutau_resonance_workspace *ws, int state, int target,
                                double u)
{
    for (int j = 0; j < 3; j++) {
        const line *l = &ws->line[j];
        if (l->target != target || !l->present || !(u >= 0.0 && u <= resonance->grid.u_max))
            continue;
        const taps at = taps_of_u(resonance, u);
        return ws->scale * node_read(&at, l->absorbed[state]);
    }
    return 0.0;
}

/* ---- as a solver of the table ------------------------------------------ */

static mutau_status solver_alloc(const mutau_solver_settings *settings, size_t n_bin,
                                 const mutau_solver_bin bins[], void **out, mutau_error *err)
{
    mutau_resonance *r = NULL;
    const mutau_status status = mutau_resonance_alloc(settings, n_bin, bins, &r, err);
    *out = r;
    return status;
}

static void solver_free(void *solver)
{
    mutau_resonance_free(solver);
}

static void *solver_workspace_alloc(const void *solver)
{
    return mutau_resonance_workspace_alloc(solver);
}

static void solver_workspace_free(void *ws)
{
    mutau_resonance_workspace_free(ws);
}

static mutau_status solver_solve(const void *solver, void *ws, const mutau_solver_point *point,
                                 mutau_error *err)
{
    return mutau_resonance_solve(solver, ws, point, err);
}

static void solver_bins(const void *solver, void *ws, double n[])
{
    mutau_resonance_bins(solver, ws, n);
}

static void solver_spectrum(const void *solver, const void *ws, double energy_gev, double state[3])
{
    mutau_resonance_spectrum(solver, ws, energy_gev, state);
}

static double tail_depth(const void *solver, const mutau_solver_point *point)
{
    const mutau_solver_settings *s = &((const mutau_resonance *)solver)->settings;
    const double g2 = point->g * point->g;
    return 4.0 * s->density_over_hubble * s->mediator.kappa * g2 * g2 / (point->m_ev * point->m_ev);
}

/* The worst of the paper's sixteen bins against the full Breit-Wigner, paper convention
 * (docs/model.md, held by the test fit); straight in logarithms between the points. */
double mutau_resonance_bin_error(double depth)
{
    static const double at[][2] = {{5.8e-6, 4e-5},   {4.7e-4, 2.1e-3}, {9.8e-4, 3.9e-3},
                                   {6.1e-3, 1.8e-2}, {0.058, 9.2e-2},  {0.61, 0.46}};
    enum { N = sizeof at / sizeof at[0] };
    if (!(depth > at[0][0])) /* in proportion to T, as it must be for a small one */
        return depth * (at[0][1] / at[0][0]);
    size_t i = 1;
    while (i + 1 < N && depth > at[i][0])
        i++;
    const double power = log(at[i][1] / at[i - 1][1]) / log(at[i][0] / at[i - 1][0]);
    return fmin(at[i][1] * pow(depth / at[i][0], power), 1.0);
}

static double solver_bin_error(const void *solver, const mutau_solver_point *point)
{
    return mutau_resonance_bin_error(tail_depth(solver, point));
}

const mutau_solver_type mutau_solver_line = {
    .name = "line",
    .reported = "resonance",
    .doc = "absorption on the resonance alone, which is taken as a line",
    .alloc = solver_alloc,
    .free = solver_free,
    .workspace_alloc = solver_workspace_alloc,
    .workspace_free = solver_workspace_free,
    .solve = solver_solve,
    .bins = solver_bins,
    .bins_scaled = bins_scaled,
    .spectrum = solver_spectrum,
    .depth = tail_depth,
    .bin_error = solver_bin_error,
    .rows = &mutau_resonance_rows,
};
