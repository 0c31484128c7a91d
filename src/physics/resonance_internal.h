/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file resonance_internal.h
 * The line solver's structs, for resonance.c and resonance_rows.c alone.
 */
#ifndef MUTAU_RESONANCE_INTERNAL_H
#define MUTAU_RESONANCE_INTERNAL_H

#include <stdbool.h>

#include "physics/injection.h"
#include "physics/resonance.h"
#include "physics/row_bins.h"
#include "physics/source.h"
#include "physics/spectrum.h"

enum {
    N_CELL = MUTAU_SOURCE_N_CELL,
    ZERO = MUTAU_SOURCE_ZERO,
    TOP = MUTAU_SOURCE_TOP,
    N_NODE = MUTAU_SOURCE_N_NODE, /* room; grid.n_node are in use */
    N_PAIR = 6,
    N_MOMENT = 6 /* S_1, S_2, S_3, M_0, M_1, M_2 */
};

/* A place between nodes and the four-point Lagrange weights of its neighbours. */
typedef struct taps {
    ptrdiff_t first; /* node of weight[0] */
    double weight[4];
} taps;

typedef struct edge_pair {
    size_t lo, hi; /* into the distinct edges */
    double weight[3];
} edge_pair;

/* A place between nodes where a row is read. */
typedef struct rows_reading {
    size_t point, first; /* `first` of the taps, into the row */
    double unit;
    taps taps;
} rows_reading;

/* What is prepared for rows (resonance_rows.c). */
typedef struct resonance_rows {
    size_t size;   /* numbers in a row; 0: rows do not serve, and all else is 0, too */
    size_t n_tail; /* of these the coefficients beyond u_max, which come first */
    mutau_row_bins bins;
    int n_line;                   /* targets that have a mass */
    double distance[3], ratio[3]; /* ln(E_j/E_ref) >= 0 in the order of crossing; E_j/E_ref */
    double ref_ev;                /* the heaviest target, that of E_ref */
    double ln_depth;              /* ln of a line's optical depth at g/m = 1/eV */
} resonance_rows;

/* The long arrays of both structs begin at multiples of 16 bytes, which is worth some per cent. */
struct mutau_resonance {
    mutau_source_grid grid;
    double depth[N_NODE]; /* e^(3u) / (H/H0) */
    mutau_solver_settings settings;
    size_t n_edge, n_bin;
    double *edge; /* distinct, rising, GeV */
    double *ln_edge;
    edge_pair *bin;                 /* [n_bin] */
    double *e_lo, *ln_lo, *width;   /* [n_bin] E_lo, ln(E_lo/pivot), ln(E_hi/E_lo) */
    mutau_injection *injection;     /* of a spectrum with a scale and without a kink; or NULL */
    mutau_spectrum_arrival arrival; /* of one by a table */
    resonance_rows rows;
};

typedef struct line {
    int target;
    bool present;      /* a massless target is not */
    double energy_gev; /* E_j */
    double ln_energy;
    double free; /* S(E_j) of a spectrum without a scale, else 1 over that of the sources */
    double absorbed[3][N_NODE];
    double moment[N_MOMENT][N_NODE];
} line;

struct mutau_resonance_workspace {
    double scale;                    /* A * norm / 3 */
    double source_scale;             /* mutau_spectrum_scale */
    double emitted[3];               /* of each state, over a third: 1 + excess */
    double share[N_NODE];            /* of the spectrum; with a scale, at the line's energy */
    double fraction[N_PAIR][N_NODE]; /* 1 - transmission */
    line line[3];                    /* in the order in which they are crossed */
    double *above;                   /* [edge][state]: change of N(>E) */
    double *scratch;                 /* of the injection */
    double source[MUTAU_SPECTRUM_MAX_PARAMETERS];
    const double *shape; /* p[] of the spectrum: `source`, or the settings' */
    /* of resonance_rows.c; NULL if rows do not serve */
    double *rows_above;         /* [point]: change of N(>E) */
    double *rows_tail;          /* [n_tail] blended */
    rows_reading *rows_reading; /* up to three a point */
    double (*rows_node)[4];     /* the nodes of each, blended */
};

/** Sets up r->rows, when all else is.  MUTAU_ENOMEM; what there is by then must be released. */
mutau_status mutau_resonance_rows_init(mutau_resonance *r,
                                       const mutau_solver_bin bins[]) MUTAU_MUST_CHECK;
void mutau_resonance_rows_release(resonance_rows *rows);

/** The workspace's part; false if no memory is left, and what there is must be released. */
bool mutau_resonance_rows_workspace(const mutau_resonance *r, mutau_resonance_workspace *ws);
void mutau_resonance_rows_workspace_release(mutau_resonance_workspace *ws);

extern const mutau_solver_rows mutau_resonance_rows;

/* place >= 0, so the cast rounds down. */
static inline taps taps_at(double place)
{
    const ptrdiff_t whole = (ptrdiff_t)place;
    taps at = {.first = whole - 1};
    mutau_row_weights(place - (double)whole, at.weight);
    return at;
}

/* value[4] are those from at->first on. */
static inline double taps_read(const taps *at, const double v[4])
{
    return at->weight[0] * v[0] + at->weight[1] * v[1] + at->weight[2] * v[2] +
           at->weight[3] * v[3];
}

/* The place of u in 0..u_max among the nodes; u_max itself belongs to the last cell. */
static inline taps taps_of_u(const mutau_resonance *r, double u)
{
    double place = u / r->grid.step;
    place = place < r->grid.n_cell ? place : r->grid.n_cell;
    place = place > 0.0 ? place : 0.0;
    return taps_at((double)ZERO + place);
}

#endif
