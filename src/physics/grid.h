/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file grid.h
 * x
 */
#ifndef MUTAU_GRID_H
#define MUTAU_GRID_H
#endif
