/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The HDF5 types of the chain file's data sets and attributes. */
#include "chain_hdf5.h"

#include <hdf5.h>

#include <stdint.h>

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

hid_t mutau_chain_check_type(void)
{
    static const char *const names[] = {"rhat", "ess_bulk", "ess_tail", "tau", "acceptance"};
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof(mutau_chain_check));
    if (type < 0)
        return -1;
    size_t offset = 0;
    bool added = add_member(type, "step", H5T_NATIVE_UINT64, &offset);
    for (size_t i = 0; i < sizeof names / sizeof names[0] && added; i++)
        added = add_member(type, names[i], H5T_NATIVE_DOUBLE, &offset);
    return closed_if(!added, type);
}

hid_t mutau_chain_slot_type(const mutau_chain_info *info)
{
    static const char *const counts[] = {"rows", "steps", "evaluations", "failures", "n_check"};
    const hsize_t key = MUTAU_RNG_WORDS;
    const hsize_t shape[] = {info->n_ensemble, info->n_walker, info->dim};
    const hsize_t blob_shape[] = {info->n_ensemble, info->n_walker, info->n_blob};
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
            add_array(type, "accepted", H5T_NATIVE_UINT64, 2, shape, &offset) &&
            add_array(type, "ln_prior", H5T_NATIVE_DOUBLE, 2, shape, &offset) &&
            add_array(type, "ln_like", H5T_NATIVE_DOUBLE, 2, shape, &offset) &&
            add_array(type, "position", H5T_NATIVE_DOUBLE, 3, shape, &offset);
    if (added && info->n_blob > 0)
        added = add_array(type, "blobs", H5T_NATIVE_DOUBLE, 3, blob_shape, &offset);
    added = added && add_member(type, "checksum", H5T_NATIVE_UINT64, &offset);
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

void mutau_chain_silence_library(void)
{
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}
