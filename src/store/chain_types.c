/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HDF5 types of the chain file's data sets and attributes. */
#include "chain_hdf5.h"

#include <hdf5.h>

#include <stdint.h>
#include <stdlib.h>

void mutau_chain_drop(hid_t object)
{
    if (object >= 0)
        (void)H5Idec_ref(object);
}

/* Appends a member to a compound type at *offset and moves *offset on. */
static bool add_member(hid_t compound, const char *name, hid_t type, size_t *offset)
{
    if (type < 0 || H5Tinsert(compound, name, *offset, type) < 0)
        return false;
    *offset += H5Tget_size(type);
    return true;
}

/* The same for an array type built on the way. */
static bool add_array(hid_t compound, const char *name, hid_t base, unsigned rank,
                      const hsize_t shape[], size_t *offset)
{
    const hid_t type = H5Tarray_create2(base, rank, shape);
    const bool added = add_member(compound, name, type, offset);
    if (type >= 0)
        (void)H5Tclose(type);
    return added;
}

static hid_t closed_if(bool failed, hid_t type)
{
    if (!failed)
        return type;
    (void)H5Tclose(type);
    return -1;
}

hid_t mutau_chain_blob_type(const mutau_chain_info *info)
{
    const hid_t type = H5Tcreate(H5T_COMPOUND, info->n_blob * sizeof(double));
    if (type < 0)
        return -1;
    bool added = true;
    size_t offset = 0;
    for (size_t i = 0; i < info->n_blob && added; i++)
        added = add_member(type, info->blob_names[i], H5T_NATIVE_DOUBLE, &offset);
    return closed_if(!added, type);
}

/* A compound of doubles, but for a first and a last member that may be counts. */
static hid_t numbers_type(size_t size, const char *first, size_t n, const char *const names[],
                          const char *last)
{
    const hid_t type = H5Tcreate(H5T_COMPOUND, size);
    if (type < 0)
        return -1;
    size_t offset = 0;
    bool added = first == NULL || add_member(type, first, H5T_NATIVE_UINT64, &offset);
    for (size_t i = 0; i < n && added; i++)
        added = add_member(type, names[i], H5T_NATIVE_DOUBLE, &offset);
    added = added && (last == NULL || add_member(type, last, H5T_NATIVE_UINT64, &offset));
    return closed_if(!added, type);
}

hid_t mutau_chain_check_type(void)
{
    static const char *const names[] = {
        "rhat",           "ess_bulk", "ess_tail",   "tau",      "acceptance", "acceptance_min",
        "acceptance_max", "ln_z",     "ln_z_error", "swap_min", "mode_error",
    };
    return numbers_type(sizeof(mutau_chain_check), "step", sizeof names / sizeof names[0], names,
                        "n_stuck");
}

hid_t mutau_chain_evidence_type(void)
{
    static const char *const names[] = {"ln_z", "ln_z_error", "ln_z_ti", "ln_z_ti_error",
                                        "ln_z_scatter"};
    return numbers_type(sizeof(mutau_chain_evidence), NULL, sizeof names / sizeof names[0], names,
                        NULL);
}

hid_t mutau_chain_failure_type(const mutau_chain_info *info)
{
    static const char *const counts[] = {"step", "ensemble", "rung", "walker"};
    const hsize_t dim = info->dim;
    const hid_t type = H5Tcreate(H5T_COMPOUND, mutau_chain_failure_size(info));
    if (type < 0)
        return -1;
    size_t offset = 0;
    bool added = true;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && added; i++)
        added = add_member(type, counts[i], H5T_NATIVE_UINT64, &offset);
    added = added && add_array(type, "theta", H5T_NATIVE_DOUBLE, 1, &dim, &offset);
    return closed_if(!added, type);
}

/* The ladder and the swap counts at the end of a tempered run's slot. */
static bool add_ladder(hid_t slot, const mutau_chain_info *info, size_t *offset)
{
    const hsize_t n_rung = mutau_chain_rungs(info), n_pair = n_rung - 1;
    const hid_t swaps = H5Tcreate(H5T_COMPOUND, sizeof(mutau_chain_swaps));
    size_t end = 0;
    const bool added = swaps >= 0 && add_member(swaps, "proposed", H5T_NATIVE_UINT64, &end) &&
                       add_member(swaps, "accepted", H5T_NATIVE_UINT64, &end) &&
                       add_array(slot, "beta", H5T_NATIVE_DOUBLE, 1, &n_rung, offset) &&
                       add_array(slot, "swaps", swaps, 1, &n_pair, offset);
    if (swaps >= 0)
        (void)H5Tclose(swaps);
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
    if (!add_array(slot, "accepted", H5T_NATIVE_UINT64, rank, shape, offset) ||
        !add_array(slot, "ln_prior", H5T_NATIVE_DOUBLE, rank, shape, offset) ||
        !add_array(slot, "ln_like", H5T_NATIVE_DOUBLE, rank, shape, offset) ||
        !add_array(slot, "position", H5T_NATIVE_DOUBLE, rank + 1, shape, offset))
        return false;
    shape[rank] = info->n_blob;
    return info->n_blob == 0 ||
           add_array(slot, "blobs", H5T_NATIVE_DOUBLE, rank + 1, shape, offset);
}

hid_t mutau_chain_slot_type(const mutau_chain_info *info)
{
    static const char *const counts[] = {"rows",     "steps",   "evaluations",
                                         "failures", "n_check", "n_failure"};
    const hsize_t key = MUTAU_RNG_WORDS;
    const hid_t type = H5Tcreate(H5T_COMPOUND, mutau_chain_slot_size(info));
    if (type < 0)
        return -1;
    size_t offset = 0;
    bool added = true;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0] && added; i++)
        added = add_member(type, counts[i], H5T_NATIVE_UINT64, &offset);
    added = added && add_member(type, "rng_pos", H5T_NATIVE_INT64, &offset) &&
            add_member(type, "seconds", H5T_NATIVE_DOUBLE, &offset) &&
            add_array(type, "rng_key", H5T_NATIVE_UINT32, 1, &key, &offset) &&
            add_walkers(type, info, &offset) &&
            (!mutau_chain_tempered(info) || add_ladder(type, info, &offset)) &&
            add_member(type, "checksum", H5T_NATIVE_UINT64, &offset);
    return closed_if(!added, type);
}

hid_t mutau_chain_text_type(void)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type < 0)
        return -1;
    return closed_if(H5Tset_size(type, H5T_VARIABLE) < 0 || H5Tset_cset(type, H5T_CSET_UTF8) < 0,
                     type);
}

hid_t mutau_chain_bool_type(void)
{
    const int8_t no = 0, yes = 1;
    const hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    if (type < 0)
        return -1;
    return closed_if(
        H5Tenum_insert(type, "FALSE", &no) < 0 || H5Tenum_insert(type, "TRUE", &yes) < 0, type);
}

/* The variables come first: HDF5 looks at them when it is first called. */
void mutau_chain_bar_plugins(void)
{
    (void)setenv("HDF5_PLUGIN_PRELOAD", "::", 1); /* "::": nothing, whatever else is set */
    (void)unsetenv("HDF5_VOL_CONNECTOR");
    (void)H5PLset_loading_state(0);
}

void mutau_chain_silence_library(void)
{
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}
