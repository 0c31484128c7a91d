/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HDF5 types of the chain file's data sets and attributes. */
#include "chain_hdf5_internal.h"

#include <hdf5.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void mutau_chain_drop(hid_t object)
{
    if (object >= 0)
        (void)H5Idec_ref(object);
}

static hid_t dropped_if(bool failed, hid_t type)
{
    if (!failed)
        return type;
    mutau_chain_drop(type);
    return -1;
}

/* Appends a member to a compound type at *offset and moves *offset on: of a type, or with a rank
 * an array of it. */
static bool add(hid_t compound, const char *name, hid_t base, unsigned rank, const hsize_t shape[],
                size_t *offset)
{
    const hid_t type = rank > 0 ? H5Tarray_create2(base, rank, shape) : H5Tcopy(base);
    const bool added = type >= 0 && H5Tinsert(compound, name, *offset, type) >= 0;
    if (added)
        *offset += H5Tget_size(type);
    mutau_chain_drop(type);
    return added;
}

static bool add_each(hid_t compound, size_t n, const char *const names[], hid_t type,
                     size_t *offset)
{
    bool added = true;
    for (size_t i = 0; i < n && added; i++)
        added = add(compound, names[i], type, 0, NULL, offset);
    return added;
}

#define ADD_EACH(compound, names, type, offset)                                                    \
    add_each(compound, sizeof(names) / sizeof(names)[0], names, type, offset)

hid_t mutau_chain_blob_type(const mutau_chain_info *info)
{
    size_t offset = 0;
    const hid_t type = H5Tcreate(H5T_COMPOUND, info->n_blob * sizeof(double));
    return dropped_if(
        type < 0 || !add_each(type, info->n_blob, info->blob_names, H5T_NATIVE_DOUBLE, &offset),
        type);
}

hid_t mutau_chain_check_type(void)
{
    static const char *const reals[] = {
        "rhat",           "ess_bulk", "ess_tail",   "tau",      "acceptance", "acceptance_min",
        "acceptance_max", "ln_z",     "ln_z_error", "swap_min", "mode_error",
    };
    size_t offset = 0;
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(mutau_chain_check));
    const bool added = type >= 0 && add(type, "step", H5T_NATIVE_UINT64, 0, NULL, &offset) &&
                       ADD_EACH(type, reals, H5T_NATIVE_DOUBLE, &offset) &&
                       add(type, "n_stuck", H5T_NATIVE_UINT64, 0, NULL, &offset);
    return dropped_if(!added, type);
}

hid_t mutau_chain_evidence_type(const mutau_chain_info *info)
{
    static const char *const names[] = {"ln_z",
                                        "ln_z_error",
                                        "ln_z_ti",
                                        "ln_z_ti_error",
                                        "ln_z_scatter",
                                        "ln_z_bridge",
                                        "ln_z_bridge_error",
                                        "ln_z_importance",
                                        "ln_z_importance_error",
                                        "ln_z_stepping_stone",
                                        "ln_z_stepping_stone_error"};
    const size_t size = mutau_chain_evidence_size(info);
    size_t offset = 0;
    const hid_t type = H5Tcreate(H5T_COMPOUND, size);
    return dropped_if(type < 0 ||
                          !add_each(type, size / sizeof(double), names, H5T_NATIVE_DOUBLE, &offset),
                      type);
}

hid_t mutau_chain_failure_type(const mutau_chain_info *info)
{
    static const char *const counts[] = {"step", "ensemble", "rung", "walker"};
    const hsize_t dim = info->dim;
    size_t offset = 0;
    const hid_t type = H5Tcreate(H5T_COMPOUND, mutau_chain_failure_size(info));
    const bool added = type >= 0 && ADD_EACH(type, counts, H5T_NATIVE_UINT64, &offset) &&
                       add(type, "theta", H5T_NATIVE_DOUBLE, 1, &dim, &offset);
    return dropped_if(!added, type);
}

/* The ladder and the swap counts at the end of a tempered run's slot. */
static bool add_ladder(hid_t slot, const mutau_chain_info *info, size_t *offset)
{
    static const char *const counts[] = {"proposed", "accepted"};
    const hsize_t n_rung = mutau_chain_rungs(info), n_pair = n_rung - 1;
    size_t end = 0;
    const hid_t swaps = H5Tcreate(H5T_COMPOUND, sizeof(mutau_chain_swaps));
    const bool added = swaps >= 0 && ADD_EACH(swaps, counts, H5T_NATIVE_UINT64, &end) &&
                       add(slot, "beta", H5T_NATIVE_DOUBLE, 1, &n_rung, offset) &&
                       add(slot, "swaps", swaps, 1, &n_pair, offset);
    mutau_chain_drop(swaps);
    return added;
}

/* What a slot has for every walker: [n_ensemble][n_walker], tempered [n_ensemble][T][n_walker]. */
static bool add_walkers(hid_t slot, const mutau_chain_info *info, size_t *offset)
{
    hsize_t shape[4] = {info->n_ensemble};
    unsigned rank = 1;
    if (mutau_chain_tempered(info))
        shape[rank++] = mutau_chain_rungs(info);
    shape[rank++] = info->n_walker;
    shape[rank] = info->dim;
    if (!add(slot, "accepted", H5T_NATIVE_UINT64, rank, shape, offset) ||
        !add(slot, "ln_prior", H5T_NATIVE_DOUBLE, rank, shape, offset) ||
        !add(slot, "ln_like", H5T_NATIVE_DOUBLE, rank, shape, offset) ||
        !add(slot, "position", H5T_NATIVE_DOUBLE, rank + 1, shape, offset))
        return false;
    shape[rank] = info->n_blob;
    return info->n_blob == 0 || add(slot, "blobs", H5T_NATIVE_DOUBLE, rank + 1, shape, offset);
}

hid_t mutau_chain_slot_type(const mutau_chain_info *info)
{
    static const char *const counts[] = {"rows",     "steps",   "evaluations",
                                         "failures", "n_check", "n_failure"};
    const hsize_t key = MUTAU_RNG_WORDS;
    size_t offset = 0;
    const hid_t type = H5Tcreate(H5T_COMPOUND, mutau_chain_slot_size(info));
    const bool added = type >= 0 && ADD_EACH(type, counts, H5T_NATIVE_UINT64, &offset) &&
                       add(type, "rng_pos", H5T_NATIVE_INT64, 0, NULL, &offset) &&
                       add(type, "seconds", H5T_NATIVE_DOUBLE, 0, NULL, &offset) &&
                       add(type, "rng_key", H5T_NATIVE_UINT32, 1, &key, &offset) &&
                       add_walkers(type, info, &offset) &&
                       (!mutau_chain_tempered(info) || add_ladder(type, info, &offset)) &&
                       add(type, "checksum", H5T_NATIVE_UINT64, 0, NULL, &offset);
    return dropped_if(!added, type);
}

/* UTF-8 text. */
static hid_t text_type(size_t size)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    return dropped_if(
        type < 0 || H5Tset_size(type, size) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0, type);
}

hid_t mutau_chain_text_type(void)
{
    return text_type(H5T_VARIABLE);
}

hid_t mutau_chain_fixed_text_type(const char *text)
{
    return text_type(strlen(text) + 1);
}

hid_t mutau_chain_bool_type(void)
{
    const int8_t no = 0, yes = 1;
    const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    return dropped_if(type < 0 || H5Tenum_insert(type, "FALSE", &no) < 0 ||
                          H5Tenum_insert(type, "TRUE", &yes) < 0,
                      type);
}

/* The variables come first: HDF5 looks at them when it is first called. */
void mutau_chain_bar_plugins(void)
{
    (void)setenv("HDF5_PLUGIN_PRELOAD", "::", 1); /* "::": nothing, whatever else is set */
    (void)unsetenv("HDF5_VOL_CONNECTOR");
    (void)H5PLset_loading_state(0);
}
