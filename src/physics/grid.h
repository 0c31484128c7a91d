/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file grid.h
 * Propagation with the full s-channel Breit-Wigner curve of every target, and with targets at rest
 * or in thermal motion.
 */
#ifndef MUTAU_GRID_H
#define MUTAU_GRID_H

/** The relative error of the worst bin that the grid solver keeps where none is asked for. */
#define MUTAU_GRID_TOLERANCE 1e-3

#endif
