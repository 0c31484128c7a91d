/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file chain_netcdf.h
 * Draws as a netCDF-4 file in ArviZ's InferenceData schema: HDF5 groups of variables
 * (chain, draw), each group with these two as dimension scales.
 */
#ifndef MUTAU_CHAIN_NETCDF_H
#define MUTAU_CHAIN_NETCDF_H

#include <stddef.h>

#include "base/status.h"

typedef struct mutau_netcdf_variable {
    const char *name;             /**< neither "chain" nor "draw", and without a '/' */
    const char *long_name, *unit; /**< attributes; NULL or "": none */
    const double *x;              /**< [n_chain][n_draw], not owned */
} mutau_netcdf_variable;

typedef struct mutau_netcdf_group {
    const char *name;
    size_t n;
    const mutau_netcdf_variable *variables; /**< [n] not owned */
} mutau_netcdf_group;

typedef struct mutau_netcdf_text {
    const char *name, *text;
} mutau_netcdf_text;

/** Writes the existing empty file `path`, which messages call `name`.  Each group gets the
 * attributes[n_attribute].  The file is in memory, twice, before it is written.  MUTAU_EIO,
 * MUTAU_ENOMEM. */
mutau_status mutau_netcdf_write(const char *path, const char *name, size_t n_chain, size_t n_draw,
                                size_t n_group, const mutau_netcdf_group groups[],
                                size_t n_attribute, const mutau_netcdf_text attributes[],
                                mutau_error *err) MUTAU_MUST_CHECK;

#endif
