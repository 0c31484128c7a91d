/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file injection.h
 * What sources with a spectrum that has a scale of its own send to Earth, by quadrature: its
 * weights depend on the sources and the bins alone and are prepared once, so that a point costs the
 * spectrum's values on two grids of energies and some sums.
 *
 * Between nodes that are a step of the source grid apart in ln E, S(E) E is the polynomial of
 * degree 5 through six of them, and the integrals over sources and bins are exact for it: to 1e-8
 * for what bends as little as a power law of index 5.  A spectrum with a kink has functions of its
 * own (spectrum.h: `beyond`, `free`, `free_bins`).
 *
 * Constant after mutau_injection_alloc; thread-safe with a scratch of the caller's.
 */
#ifndef MUTAU_INJECTION_H
#define MUTAU_INJECTION_H

#include <stddef.h>

#include "base/status.h"
#include "physics/source.h"
#include "physics/spectrum.h"

typedef struct mutau_injection mutau_injection;

/** Prepares the weights for n_bin bins of x_lo ... x_lo + width, x = ln(E / 100 TeV); the grid is
 * copied as far as it is needed.  MUTAU_ENOMEM. */
mutau_status mutau_injection_alloc(const mutau_source_grid *grid, size_t n_bin, const double x_lo[],
                                   const double width[], mutau_injection **out,
                                   mutau_error *err) MUTAU_MUST_CHECK;
/** NULL allowed. */
void mutau_injection_free(mutau_injection *injection);

/** Numbers in the scratch of mutau_injection_bins. */
size_t mutau_injection_scratch(const mutau_injection *injection);

/** out[node] = int_u^u_max w e^v S(x + v - u) dv / int_0^u_max w e^v dv: what is injected beyond
 * the node, seen at the comoving energy 100 TeV e^(x - u). */
void mutau_injection_beyond(const mutau_injection *injection, const mutau_spectrum_type *type,
                            const double p[], double x, double out[MUTAU_SOURCE_N_NODE]);

/** out[bin] = the mean over the sources of the integral of S(E e^u) dE over the bin, in GeV. */
void mutau_injection_bins(const mutau_injection *injection, const mutau_spectrum_type *type,
                          const double p[], double scratch[], double out[]);

#endif
