/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A libFuzzer target: well-formed HDF5 files that are nearly a chain.
 *
 * The first byte picks a sound file (chain_base.h), each eight bytes after it are one
 * edit that libhdf5 makes: an attribute, data set or group goes, comes back with
 * another type, shape, value or storage, or as a link.  The result is read as a chain. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <hdf5.h>

#include "chain_base.h"

#define MAX_EDITS 8
#define MAX_OBJECTS 512
#define MAX_NAME 64
#define MAX_RANK 4
#define LARGEST_ATTRIBUTE 60000.0

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef struct edit {
    uint8_t object, kind;
    uint16_t how;
    uint32_t value;
} edit;

typedef enum object_kind { ATTRIBUTE, DATA_SET, GROUP } object_kind;

/* Attributes are named by their group and themselves, data sets by their group's path. */
typedef struct object {
    object_kind kind;
    char group[MAX_NAME], name[MAX_NAME];
} object;

typedef struct object_list {
    size_t n;
    object objects[MAX_OBJECTS];
} object_list;

/* ---- what there is to edit ----------------------------------------------------------- */

static void add_object(object_list *list, object_kind kind, const char *group, const char *name)
{
    if (list->n == MAX_OBJECTS)
        return;
    object *o = &list->objects[list->n++];
    o->kind = kind;
    (void)snprintf(o->group, MAX_NAME, "%s", group);
    (void)snprintf(o->name, MAX_NAME, "%s", name);
}

static void list_group(hid_t file, const char *path, object_list *list)
{
    H5G_info_t info;
    char name[MAX_NAME];
    const hid_t group = H5Gopen2(file, path, H5P_DEFAULT);
    const int n_attribute = H5Aget_num_attrs(group);
    for (int i = 0; i < n_attribute; i++)
        if (H5Aget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, (hsize_t)i, name, MAX_NAME,
                               H5P_DEFAULT) > 0)
            add_object(list, ATTRIBUTE, path, name);
    if (H5Gget_info(group, &info) < 0)
        info.nlinks = 0;
    for (hsize_t i = 0; i < info.nlinks; i++)
        if (H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, i, name, MAX_NAME,
                               H5P_DEFAULT) > 0)
            add_object(list, strcmp(path, "/") == 0 ? GROUP : DATA_SET, path, name);
    (void)H5Gclose(group);
}

static void list_file(hid_t file, object_list *list)
{
    list_group(file, "/", list);
    const size_t n = list->n;
    for (size_t i = 0; i < n; i++)
        list_group(file, list->objects[i].name, list);
}

/* ---- values and types ---------------------------------------------------------------- */

static int64_t number_of(uint32_t value)
{
    static const int64_t numbers[] = {0,
                                      1,
                                      2,
                                      3,
                                      -1,
                                      4,
                                      100,
                                      101,
                                      1000,
                                      1024,
                                      100000,
                                      10000000,
                                      (int64_t)1 << 31,
                                      (int64_t)1 << 32,
                                      (int64_t)1 << 43,
                                      INT64_MAX};
    const uint32_t pick = value >> 28;
    if (pick < 8)
        return value & 0xff;
    if (pick < 12)
        return numbers[value % 16];
    return pick < 14 ? -(int64_t)(value & 0xffff) : (int64_t)(value & 0xffffff) << (value & 31);
}

/* A type of one of HDF5's classes, to be closed. */
static hid_t type_of(uint16_t how)
{
    const hid_t simple[] = {H5T_NATIVE_INT64, H5T_NATIVE_INT8,    H5T_NATIVE_UINT64,
                            H5T_STD_I32BE,    H5T_NATIVE_DOUBLE,  H5T_NATIVE_FLOAT,
                            H5T_IEEE_F64BE,   H5T_NATIVE_LDOUBLE, H5T_STD_B64LE,
                            H5T_STD_REF_OBJ,  H5T_C_S1,           H5T_STD_REF_DSETREG};
    const hsize_t two = 2;
    hid_t type = -1;
    switch (how % 20) {
    case 12:
        type = H5Tcreate(H5T_OPAQUE, 1 + how / 20);
        break;
    case 13:
        type = H5Tenum_create(H5T_NATIVE_INT64);
        break;
    case 14:
        return H5Tvlen_create(H5T_NATIVE_DOUBLE);
    case 15:
        return H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &two);
    case 16:
        type = H5Tcreate(H5T_COMPOUND, 16);
        (void)H5Tinsert(type, "chi2", 0, H5T_NATIVE_DOUBLE);
        (void)H5Tinsert(type, how & 32 ? "other" : "lnl_flux", 8,
                        how & 64 ? H5T_NATIVE_INT64 : H5T_NATIVE_DOUBLE);
        break;
    case 17:
        type = H5Tcreate(H5T_STRING, H5T_VARIABLE);
        (void)H5Tset_cset(type, how & 32 ? H5T_CSET_UTF8 : H5T_CSET_ASCII);
        break;
    case 18:
        type = H5Tcreate(H5T_STRING, 1 + how / 20);
        break;
    case 19:
        type = H5Tcreate(H5T_STRING, ((size_t)17 << 20));
        break;
    default:
        type = H5Tcopy(simple[how % 20]);
    }
    return type;
}

/* A dataspace: as `like` with one extent changed, or another rank, a scalar, or null. */
static hid_t space_of(hid_t like, uint16_t how, uint32_t value)
{
    hsize_t shape[H5S_MAX_RANK] = {1}, largest[H5S_MAX_RANK];
    int rank = like >= 0 ? H5Sget_simple_extent_dims(like, shape, NULL) : 1;
    const int64_t number = number_of(value);
    if (how % 8 == 6)
        return H5Screate(H5S_SCALAR);
    if (how % 8 == 7)
        return H5Screate(H5S_NULL);
    if (how % 8 == 5)
        rank = rank < MAX_RANK ? rank + 1 : 1;
    if (how % 8 == 4)
        rank = rank > 1 ? rank - 1 : MAX_RANK;
    for (int i = 0; i < rank; i++)
        shape[i] = i == how % 8 || shape[i] == 0 ? (hsize_t)number : shape[i];
    for (int i = 0; i < rank; i++)
        largest[i] = how & 256 ? H5S_UNLIMITED : shape[i];
    return H5Screate_simple(rank, shape, largest);
}

/* ---- attributes ---------------------------------------------------------------------- */

/* Writes a value that fits into the type where that is simple; a short text otherwise. */
static void put_value(hid_t attribute, hid_t type, hid_t space, uint32_t value)
{
    static const char *const texts[] = {"mutau-chain-2", "",  "log10_m_zprime", "mutau\nchain",
                                        "\033[2J",       "x", "\xff\xfe",       NULL};
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    const H5T_class_t class = H5Tget_class(type);
    if (n < 1 || n > 1024)
        return;
    if (class == H5T_STRING && H5Tis_variable_str(type) > 0) {
        const char *values[1024];
        for (hssize_t i = 0; i < n; i++)
            values[i] = texts[(value + (value & 64 ? (uint32_t)i : 0)) % 8];
        (void)H5Awrite(attribute, type, (const void *)values);
    } else if (class == H5T_INTEGER || class == H5T_FLOAT) {
        int64_t values[1024];
        for (hssize_t i = 0; i < n; i++)
            values[i] = number_of(value);
        (void)H5Awrite(attribute, H5T_NATIVE_INT64, values);
    }
}

static void remake_attribute(hid_t group, const char *name, const edit *e)
{
    const hid_t old = H5Aopen(group, name, H5P_DEFAULT);
    hid_t type = old >= 0 ? H5Aget_type(old) : type_of(0);
    hid_t space = old >= 0 ? H5Aget_space(old) : H5Screate(H5S_SCALAR);
    if (e->kind % 4 == 1 || e->kind % 4 == 3) {
        (void)H5Tclose(type);
        type = type_of(e->how);
    }
    if (e->kind % 4 >= 2) {
        const hid_t other = space_of(-1, e->how >> 8, e->value);
        (void)H5Sclose(space);
        space = other;
    }
    if (old >= 0) {
        (void)H5Aclose(old);
        (void)H5Adelete(group, name);
    }
    /* HDF5 itself writes beyond its memory for attributes larger than it can store. */
    const bool fits =
        (double)H5Tget_size(type) * (double)H5Sget_simple_extent_npoints(space) < LARGEST_ATTRIBUTE;
    const hid_t made = fits ? H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
    if (made >= 0) {
        put_value(made, type, space, e->value);
        (void)H5Aclose(made);
    }
    (void)H5Sclose(space);
    (void)H5Tclose(type);
}

static void edit_attribute(hid_t file, const object *o, const edit *e)
{
    const hid_t group = H5Gopen2(file, o->group, H5P_DEFAULT);
    if (group < 0)
        return;
    if (e->kind % 16 == 15)
        (void)H5Adelete(group, o->name);
    else if (e->kind % 16 == 14)
        (void)H5Arename(group, o->name, "other");
    else
        remake_attribute(group, o->name, e);
    (void)H5Gclose(group);
}

/* ---- data sets ----------------------------------------------------------------------- */

static void set_virtual(hid_t properties, hid_t space)
{
    (void)H5Pset_virtual(properties, space, ".", "/mcmc/log_prob", space);
}

/* How the data set is stored: one way of those that HDF5 has, and with filters. */
static hid_t storage_of(hid_t space, uint16_t how)
{
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    hsize_t shape[H5S_MAX_RANK] = {0}, chunk[H5S_MAX_RANK];
    const int rank = H5Sget_simple_extent_dims(space, shape, NULL);
    for (int i = 0; i < rank; i++)
        chunk[i] = i == 0 ? 4 : i == 1 && shape[i] > 0 && shape[i] < 64 ? shape[i] : 1;
    if (how & 1)
        (void)H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER);
    switch (how / 2 % 8) {
    case 0:
    case 1:
    case 2:
        if (rank > 0)
            (void)H5Pset_chunk(properties, rank, chunk);
        if (how & 16)
            (void)H5Pset_shuffle(properties);
        if (how & 32)
            (void)H5Pset_deflate(properties, 1);
        if (how & 64)
            (void)H5Pset_fletcher32(properties);
        break;
    case 3:
        (void)H5Pset_layout(properties, H5D_COMPACT);
        break;
    case 4:
        (void)H5Pset_external(properties, "/dev/null", 0, H5F_UNLIMITED);
        break;
    case 5:
        set_virtual(properties, space);
        break;
    default:
        break;
    }
    return properties;
}

/* Fills a small data set with zeros; not a virtual one: one that leads to itself would
 * be followed until the stack ends. */
static void fill(hid_t data, hid_t space, hid_t properties, uint32_t value)
{
    const hssize_t n = H5Sget_simple_extent_npoints(space);
    if (n < 1 || n > 65536 || (value & 1) == 0 || H5Pget_layout(properties) == H5D_VIRTUAL)
        return;
    double *zeros = calloc((size_t)n, sizeof *zeros);
    if (zeros != NULL)
        (void)H5Dwrite(data, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, zeros);
    free(zeros);
}

/* Keeps type and shape unless the edit says otherwise. */
static void remake_data(hid_t group, const char *name, const edit *e)
{
    const hid_t old = H5Dopen2(group, name, H5P_DEFAULT);
    hid_t type = old >= 0 ? H5Dget_type(old) : type_of(4);
    hid_t space = old >= 0 ? H5Dget_space(old) : space_of(-1, 0, 4);
    if (e->kind % 4 == 1) {
        (void)H5Tclose(type);
        type = type_of(e->how);
    }
    if (e->kind % 4 >= 2) {
        const hid_t other = space_of(space, e->how, e->value);
        (void)H5Sclose(space);
        space = other;
    }
    if (old >= 0)
        (void)H5Dclose(old);
    (void)H5Ldelete(group, name, H5P_DEFAULT);
    const hid_t properties = storage_of(space, e->kind % 4 == 1 ? (uint16_t)e->value : e->how / 8);
    const hid_t made = H5Dcreate2(group, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (made >= 0) {
        fill(made, space, properties, e->value);
        (void)H5Dclose(made);
    }
    (void)H5Pclose(properties);
    (void)H5Sclose(space);
    (void)H5Tclose(type);
}

/* Makes one dimension of a growable data set longer or shorter, as emcee does. */
static void resize_data(hid_t group, const char *name, const edit *e)
{
    const hid_t data = H5Dopen2(group, name, H5P_DEFAULT);
    const hid_t space = data >= 0 ? H5Dget_space(data) : -1;
    hsize_t shape[H5S_MAX_RANK] = {0};
    if (space >= 0 && H5Sget_simple_extent_dims(space, shape, NULL) > 0) {
        /* HDF5 itself takes for ever to drop many chunks one by one. */
        shape[0] = (hsize_t)(number_of(e->value) & 0xffff);
        (void)H5Dset_extent(data, shape);
        (void)H5Sclose(space);
    }
    if (data >= 0)
        (void)H5Dclose(data);
}

/* ---- links --------------------------------------------------------------------------- */

/* Puts something else in place of a data set or a group. */
static void replace_link(hid_t group, const object *o, const object *other, const edit *e)
{
    char target[2 * MAX_NAME + 3];
    (void)snprintf(target, sizeof target, "/%s/%s", other->group, other->name);
    hid_t made = -1;
    (void)H5Ldelete(group, o->name, H5P_DEFAULT);
    switch (e->how % 8) {
    case 1:
        (void)H5Lcreate_soft(e->how & 8 ? o->name : target, group, o->name, H5P_DEFAULT,
                             H5P_DEFAULT);
        break;
    case 2:
        (void)H5Lcreate_external(chain_base_path(), target, group, o->name, H5P_DEFAULT,
                                 H5P_DEFAULT);
        break;
    case 3:
        (void)H5Lcreate_hard(group, target, group, o->name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 4:
        made = H5Gcreate2(group, o->name, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 5:
        made = type_of(e->how / 8);
        (void)H5Tcommit2(group, o->name, made, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 6:
        (void)H5Lcreate_hard(group, ".", group, o->name, H5P_DEFAULT, H5P_DEFAULT);
        break;
    case 7:
        remake_data(group, o->name, e);
        break;
    default:
        break;
    }
    if (made >= 0)
        (void)H5Oclose(made);
}

static void apply(hid_t file, const object_list *list, const edit *e)
{
    const object *o = &list->objects[e->object % list->n];
    if (o->kind == ATTRIBUTE) {
        edit_attribute(file, o, e);
        return;
    }
    const hid_t group = H5Gopen2(file, o->group, H5P_DEFAULT);
    if (group < 0)
        return;
    if (o->kind == GROUP || e->kind % 8 == 7)
        replace_link(group, o, &list->objects[e->value % list->n], e);
    else if (e->kind % 8 == 6)
        resize_data(group, o->name, e);
    else
        remake_data(group, o->name, e);
    (void)H5Gclose(group);
}

/* ---- the target ---------------------------------------------------------------------- */

/* Makes the edits to the file. */
static void edit_file(const uint8_t *data, size_t size)
{
    static object_list list;
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    chain_base_require(H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0, "no memory", "");
    const hid_t file = H5Fopen(chain_base_path(), H5F_ACC_RDWR, access);
    chain_base_require(file >= 0, "cannot open", "a sound file");
    list.n = 0;
    list_file(file, &list);
    for (size_t i = 0; i + 8 <= size && i < MAX_EDITS * 8; i += 8) {
        edit e = {.object = data[i], .kind = data[i + 1]};
        memcpy(&e.how, data + i + 2, sizeof e.how);
        memcpy(&e.value, data + i + 4, sizeof e.value);
        apply(file, &list, &e);
    }
    (void)H5Fclose(file);
    (void)H5Pclose(access);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stat info;
    if (size < 1)
        return 0;
    const chain_base *base = chain_base_get(data[0] % CHAIN_BASES);
    chain_base_write(base->bytes, base->size);
    edit_file(data + 1, size - 1);
    chain_base_require(stat(chain_base_path(), &info) == 0, "no file", chain_base_path());
    chain_base_read(chain_base_path(), (size_t)info.st_size);
    return 0;
}
