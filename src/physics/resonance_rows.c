/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The line solver as one that fills rows; documented in physics/solver.h.
 *
 * With the neutrinos' masses and what the sources emit of each state fixed all lines move together,
 * and what is absorbed on one of them, over the free flux there, depends on two coordinates alone:
 * lambda, the logarithm of a line's optical depth, and gamma.  With f_j = sum_i weight_i {b_i
 * [P(..1) S(u) - sum_p decay_p/(p+1) y^(p+1) M_p(u)] - S_i(u)} / free_j of resonance.c, the change
 * of N(>E) is sum_j E_j free_j f_j(ln(E_j/E)).  A row has, for each line and each weight of the
 * bins, f_j on the nodes of u, and its four coefficients in y beyond u_max, where the moments are
 * constant.  The free flux is not in it: bins that nothing is taken from are exact, and so is how
 * the lines compare, however far apart they are. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/units.h"
#include "base/widths.h"
#include "resonance_internal.h"

enum {
    GAMMA = 1,           /* of the power law's parameters */
    FIRST = ZERO - 1,    /* the first node in a row */
    N_KEPT = N_CELL + 4, /* the number of nodes there */
    N_TAIL = 4           /* coefficients in y */
};

/* Beyond them a row is no number, or as good as without the boson. */
static const double max_lambda = 40.0, max_gamma = 20.0;

/* ---- preparation ------------------------------------------------------- */

/* Lines are crossed in the order of rising masses. */
static void lines_init(const mutau_solver_settings *s, resonance_rows *w)
{
    for (int j = 0; j < 3; j++) {
        const double mass = s->mass_ev[j];
        w->ref_ev = mass > w->ref_ev ? mass : w->ref_ev;
    }
    for (int j = 0; j < 3; j++) {
        if (!(s->mass_ev[j] > 0.0))
            continue;
        const double distance = log(w->ref_ev / s->mass_ev[j]);
        int k = w->n_line++;
        for (; k > 0 && w->distance[k - 1] < distance; k--)
            w->distance[k] = w->distance[k - 1];
        w->distance[k] = distance;
    }
    for (int j = 0; j < w->n_line; j++)
        w->ratio[j] = exp(w->distance[j]);
    w->ln_depth = log(mutau_mediator_line_depth(&s->mediator, s->density_over_hubble, 1.0, 1.0));
}

mutau_status mutau_resonance_rows_init(mutau_resonance *r, const mutau_solver_bin bins[])
{
    resonance_rows *w = &r->rows;
    const mutau_solver_settings *s = &r->settings;
    /* a history of one's own may be steeper than the lattice in gamma is fit for */
    if (!s->with_rows || r->n_bin == 0 || s->spectrum != &mutau_spectrum_power_law ||
        !(s->density_over_hubble > 0.0) || s->evolution.kind >= MUTAU_EVOLUTION_N_NAMED)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_row_bins_init(r->n_bin, bins, s->excess, &w->bins));
    lines_init(s, w);
    const size_t n_part = w->bins.n_kind * (size_t)w->n_line;
    w->n_tail = N_TAIL * n_part;
    w->size = w->n_tail + N_KEPT * n_part;
    return MUTAU_OK;
}

void mutau_resonance_rows_release(resonance_rows *rows)
{
    mutau_row_bins_release(&rows->bins);
    *rows = (resonance_rows){0};
}

bool mutau_resonance_rows_workspace(const mutau_resonance *r, mutau_resonance_workspace *ws)
{
    const size_t n_point = r->rows.bins.n_point;
    if (r->rows.size == 0)
        return true;
    ws->rows_above = mutau_calloc_lines(n_point, sizeof ws->rows_above[0]);
    ws->rows_tail = mutau_calloc_lines(r->rows.n_tail, sizeof ws->rows_tail[0]);
    ws->rows_reading = mutau_calloc_lines(3 * n_point, sizeof ws->rows_reading[0]);
    ws->rows_node = mutau_calloc_lines(3 * n_point, sizeof ws->rows_node[0]);
    return ws->rows_above != NULL && ws->rows_tail != NULL && ws->rows_reading != NULL &&
           ws->rows_node != NULL;
}

void mutau_resonance_rows_workspace_release(mutau_resonance_workspace *ws)
{
    free(ws->rows_above);
    free(ws->rows_tail);
    free(ws->rows_reading);
    free(ws->rows_node);
}

/* ---- rows -------------------------------------------------------------- */

static size_t rows_size(const void *solver)
{
    return ((const mutau_resonance *)solver)->rows.size;
}

/* Measured by the tests solver_table and sources; what there is of it comes from the nodes in u,
 * whose steps are longer for sources further away than z = 5, as does the solver's own error. */
static double rows_error(const void *solver)
{
    const double longer = ((const mutau_resonance *)solver)->grid.u_max / log(6.0);
    const double error =
        ((const mutau_resonance *)solver)->settings.evolution.kind == MUTAU_EVOLUTION_YUKSEL2008
            ? 1e-5
            : 2e-5;
    return longer > 1.0 ? error * pow(longer, 4.0) : error;
}

static bool rows_place(const void *solver, const mutau_solver_point *point, double at[])
{
    const mutau_resonance *r = solver;
    if (r->rows.size == 0)
        return false;
    for (int j = 0; j < 3; j++)
        if (!(fabs(point->mass_ev[j] - r->settings.mass_ev[j]) <= 0.0) ||
            !(fabs(point->excess[j] - r->settings.excess[j]) <= 0.0))
            return false;
    at[0] = r->rows.ln_depth + 2.0 * log(point->g / point->m_ev);
    at[1] = point->source[GAMMA];
    return fabs(at[0]) < max_lambda && fabs(at[1]) < max_gamma;
}

/* f on the kept nodes and its coefficients beyond, for one line and kind. */
static void row_fill(const mutau_resonance *r, const line *l, const double kind[3],
                     double tail[N_TAIL], double node[N_KEPT])
{
    const double ratio = 1.0 / l->free;
    const mutau_mediator *mediator = &r->settings.mediator;
    const double *p = mediator->decay;
    const double all = p[0] + p[1] / 2.0 + p[2] / 3.0;
    double returned = 0.0;
    for (int i = 0; i < 3; i++)
        returned += kind[i] * mediator->share[i];
    for (int n = 0; n < N_KEPT; n++) {
        double m[N_MOMENT];
        for (int q = 0; q < N_MOMENT; q++)
            m[q] = l->moment[q][FIRST + n];
        const double y = r->grid.shrink[FIRST + n];
        const double later = y * (p[0] * m[3] + y * (p[1] / 2.0 * m[4] + y * (p[2] / 3.0 * m[5])));
        const double lost = kind[0] * m[0] + kind[1] * m[1] + kind[2] * m[2];
        node[n] = ratio * (returned * (all * (m[0] + m[1] + m[2]) - later) - lost);
    }
    double m[N_MOMENT];
    for (int q = 0; q < N_MOMENT; q++)
        m[q] = l->moment[q][TOP];
    const double lost = kind[0] * m[0] + kind[1] * m[1] + kind[2] * m[2];
    tail[0] = ratio * (returned * all * (m[0] + m[1] + m[2]) - lost);
    for (int k = 0; k < 3; k++)
        tail[1 + k] = -ratio * returned * p[k] / (1.0 + k) * m[3 + k];
}

/* At the mass for which E_ref is the pivot. */
static mutau_status rows_fill(const void *solver, void *ws, const double at[], double row[],
                              mutau_error *err)
{
    const mutau_resonance *r = solver;
    const mutau_resonance_workspace *solution = ws;
    const resonance_rows *w = &r->rows;
    const double ref_ev = MUTAU_SPECTRUM_PIVOT_GEV * MUTAU_EV_PER_GEV;
    mutau_solver_point point = {.m_ev = sqrt(2.0 * w->ref_ev * ref_ev)};
    point.g = point.m_ev * exp(0.5 * (at[0] - w->ln_depth));
    point.source[0] = 1.0;
    point.source[GAMMA] = at[1];
    memcpy(point.mass_ev, r->settings.mass_ev, sizeof point.mass_ev);
    memcpy(point.excess, r->settings.excess, sizeof point.excess);
    MUTAU_CHECK(mutau_resonance_solve(r, ws, &point, err));
    double *node = row + w->n_tail;
    for (int j = 0; j < 3; j++)
        if (solution->line[j].present)
            for (size_t k = 0; k < w->bins.n_kind; k++, row += N_TAIL, node += N_KEPT)
                row_fill(r, &solution->line[j], w->bins.kind[k], row, node);
    return MUTAU_OK;
}

/* ---- bins -------------------------------------------------------------- */

/* One line's part of N(>E) at every point: added to `above` where it is a polynomial in y, and
 * noted in readings[] where it is between nodes; how many there are.  The line lies at ln_line, and
 * unit is E_j free_j. */
static size_t line_add(const mutau_resonance *r, int j, double ln_line, double unit,
                       const double tails[], double above[], rows_reading readings[])
{
    const resonance_rows *w = &r->rows;
    const double per_energy = exp(-ln_line);
    const bool below = ln_line - r->ln_edge[r->n_edge - 1] > r->grid.u_max;
    size_t n = 0;
    for (size_t k = 0; k < w->bins.n_point; k++) {
        const mutau_row_point *p = &w->bins.point[k];
        const double u = ln_line - p->ln_energy;
        const size_t part = (size_t)j * w->bins.n_kind + p->kind;
        if (!(u > 0.0))
            continue;
        if (u < r->grid.u_max) {
            const taps at = taps_of_u(r, u);
            const size_t first = w->n_tail + N_KEPT * part + (size_t)(at.first - FIRST);
            readings[n++] = (rows_reading){k, first, unit, at};
        } else {
            const double *t = tails + N_TAIL * part;
            const double y = p->energy_gev * per_energy;
            above[k] += unit * ((below ? 0.0 : t[0]) + y * (t[1] + y * (t[2] + y * t[3])));
        }
    }
    return n;
}

MUTAU_WIDTHS static void tails_blend(const mutau_row_blend *rows, size_t n, double tails[restrict])
{
    for (size_t q = 0; q < n; q++)
        tails[q] = 0.0;
    for (size_t i = 0; i < rows->n; i++)
        for (size_t q = 0; q < n; q++)
            tails[q] += rows->weight[i] * rows->row[i][q];
}

/* node[k][4]: the blended values of the nodes around each reading.  Four at a time, out of and into
 * memory by memcpy, is what compilers see as one vector. */
MUTAU_WIDTHS static void readings_blend(const mutau_row_blend *rows, size_t n,
                                        const rows_reading readings[], double node[][4])
{
    for (size_t k = 0; k < n; k++) {
        const size_t first = readings[k].first;
        double sum[4] = {0.0};
        for (size_t i = 0; i < rows->n; i++) {
            double value[4];
            memcpy(value, rows->row[i] + first, sizeof value);
            for (int q = 0; q < 4; q++)
                value[q] *= rows->weight[i];
            for (int q = 0; q < 4; q++)
                sum[q] += value[q];
        }
        memcpy(node[k], sum, sizeof sum);
    }
}

/* above[k] = the change of N(>E) at each point. */
static void above_fill(const mutau_resonance *r, mutau_resonance_workspace *ws,
                       const mutau_solver_point *point, const mutau_row_blend *rows)
{
    const resonance_rows *w = &r->rows;
    const double ref_gev = point->m_ev / w->ref_ev * (0.5 * point->m_ev / MUTAU_EV_PER_GEV);
    const double ln_ref = log(ref_gev), x_ref = ln_ref - log(MUTAU_SPECTRUM_PIVOT_GEV);
    double *above = ws->rows_above;
    size_t n = 0;
    tails_blend(rows, w->n_tail, ws->rows_tail);
    for (size_t k = 0; k < w->bins.n_point; k++)
        above[k] = 0.0;
    for (int j = 0; j < w->n_line; j++) {
        const double free = r->settings.spectrum->shape(point->source, x_ref + w->distance[j]);
        n += line_add(r, j, ln_ref + w->distance[j], ref_gev * w->ratio[j] * free, ws->rows_tail,
                      above, ws->rows_reading + n);
    }
    readings_blend(rows, n, ws->rows_reading, ws->rows_node);
    for (size_t k = 0; k < n; k++) {
        const rows_reading *at = &ws->rows_reading[k];
        above[at->point] += at->unit * taps_read(&at->taps, ws->rows_node[k]);
    }
}

static void rows_bins(const void *solver, void *ws, const mutau_solver_point *point,
                      const mutau_row_blend *rows, double n[])
{
    const mutau_resonance *r = solver;
    const mutau_row_bin *bin = r->rows.bins.bin;
    const double *above = ((mutau_resonance_workspace *)ws)->rows_above;
    const double scale = point->source[0] * r->settings.norm / 3.0;
    above_fill(r, ws, point, rows);
    mutau_spectrum_integrals(r->settings.spectrum, point->source, r->n_bin, r->e_lo, r->ln_lo,
                             r->width, n);
    for (size_t b = 0; b < r->n_bin; b++)
        n[b] = scale * (bin[b].weight * n[b] + (above[bin[b].lo] - above[bin[b].hi]));
}

const mutau_solver_rows mutau_resonance_rows = {
    .n_coordinate = 2,
    .step = {0.125, 0.2},
    .size = rows_size,
    .error = rows_error,
    .place = rows_place,
    .fill = rows_fill,
    .bins = rows_bins,
};
