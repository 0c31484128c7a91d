/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws as netCDF-4; documented in chain_netcdf.h.
 *
 * HDF5 composes the file in memory: where it cannot finish a file on disk, a full one say, it
 * crashes as the process ends.  A dimension scale is a data set with three attributes, and a
 * variable has one that leads to its scales: the "HDF5 Dimension Scale Specification", which the
 * library hdf5_hl follows, too. */
#include "chain_netcdf.h"

#include <hdf5.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "chain_hdf5_internal.h"
#include "chain_quiet.h"

enum { N_AXIS = 2 };
static const char *const AXES[N_AXIS] = {"chain", "draw"};

/* A variable that a scale is of: what REFERENCE_LIST holds. */
typedef struct reference {
    hobj_ref_t variable;
    unsigned axis;
} reference;

/* --- attributes -------------------------------------------------------------------------- */

static bool write_attribute(hid_t object, const char *name, hid_t type, hsize_t n,
                            const void *value)
{
    const hid_t space = n == 0 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &n, NULL);
    const hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool done = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    mutau_chain_drop(attribute);
    mutau_chain_drop(space);
    return done;
}

static bool write_text(hid_t object, const char *name, const char *text)
{
    if (text == NULL || text[0] == '\0')
        return true;
    const hid_t type = mutau_chain_fixed_text_type(text);
    const bool done = type >= 0 && write_attribute(object, name, type, 0, text);
    mutau_chain_drop(type);
    return done;
}

/* As hdf5_hl writes it: ASCII, with its final zero. */
static bool write_word(hid_t object, const char *name, const char *word)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    const bool done = type >= 0 && H5Tset_size(type, strlen(word) + 1) >= 0 &&
                      write_attribute(object, name, type, 0, word);
    mutau_chain_drop(type);
    return done;
}

/* --- data sets --------------------------------------------------------------------------- */

/* A data set that keeps its attributes in order. */
static hid_t write_dataset(hid_t group, const char *name, hid_t stored, hid_t type, int rank,
                           const hsize_t shape[], const void *x)
{
    const hid_t space = H5Screate_simple(rank, shape, NULL);
    const hid_t list = H5Pcreate(H5P_DATASET_CREATE);
    hid_t set = -1;
    if (H5Pset_attr_creation_order(list, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0)
        set = H5Dcreate2(group, name, stored, space, H5P_DEFAULT, list, H5P_DEFAULT);
    if (set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, x) < 0) {
        mutau_chain_drop(set);
        set = -1;
    }
    mutau_chain_drop(list);
    mutau_chain_drop(space);
    return set;
}

/* 0, 1, ... as a dimension scale of that name; negative on failure. */
static hid_t write_scale(hid_t group, const char *name, size_t n, const int64_t count[])
{
    const hsize_t size = n;
    const hid_t set = write_dataset(group, name, H5T_STD_I64LE, H5T_NATIVE_INT64, 1, &size, count);
    if (set >= 0 && write_word(set, "CLASS", "DIMENSION_SCALE") && write_word(set, "NAME", name))
        return set;
    mutau_chain_drop(set);
    return -1;
}

/* What leads from a variable to the scales of its axes. */
static bool attach(hid_t set, const hobj_ref_t scales[N_AXIS])
{
    hobj_ref_t copy[N_AXIS];
    hvl_t list[N_AXIS];
    for (size_t i = 0; i < N_AXIS; i++) {
        copy[i] = scales[i];
        list[i] = (hvl_t){.len = 1, .p = &copy[i]};
    }
    const hid_t type = H5Tvlen_create(H5T_STD_REF_OBJ);
    const bool done = type >= 0 && write_attribute(set, "DIMENSION_LIST", type, N_AXIS, list);
    mutau_chain_drop(type);
    return done;
}

static bool write_variable(hid_t group, const mutau_netcdf_variable *v, const hsize_t shape[N_AXIS],
                           const hobj_ref_t scales[N_AXIS])
{
    const hid_t set =
        write_dataset(group, v->name, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, N_AXIS, shape, v->x);
    const bool done = set >= 0 && attach(set, scales) &&
                      write_text(set, "long_name", v->long_name) &&
                      write_text(set, "units", v->unit);
    mutau_chain_drop(set);
    return done;
}

/* What leads from the scale of an axis back to the variables. */
static bool list_variables(hid_t group, hid_t scale, unsigned axis, const mutau_netcdf_group *g)
{
    reference *list = mutau_calloc(g->n, sizeof *list);
    const hid_t type = H5Tcreate(H5T_COMPOUND, sizeof *list);
    bool done = list != NULL && type >= 0 &&
                H5Tinsert(type, "dataset", offsetof(reference, variable), H5T_STD_REF_OBJ) >= 0 &&
                H5Tinsert(type, "dimension", offsetof(reference, axis), H5T_NATIVE_UINT) >= 0;
    for (size_t i = 0; done && i < g->n; i++) {
        list[i].axis = axis;
        done = H5Rcreate(&list[i].variable, group, g->variables[i].name, H5R_OBJECT, -1) >= 0;
    }
    done = done && write_attribute(scale, "REFERENCE_LIST", type, g->n, list);
    mutau_chain_drop(type);
    free(list);
    return done;
}

/* --- groups ------------------------------------------------------------------------------ */

static bool fill_group(hid_t group, const mutau_netcdf_group *g, const hsize_t shape[N_AXIS],
                       const int64_t count[])
{
    hid_t scales[N_AXIS] = {-1, -1};
    hobj_ref_t references[N_AXIS];
    bool done = true;
    for (size_t i = 0; done && i < N_AXIS; i++) {
        scales[i] = write_scale(group, AXES[i], (size_t)shape[i], count);
        done = scales[i] >= 0 && H5Rcreate(&references[i], group, AXES[i], H5R_OBJECT, -1) >= 0;
    }
    for (size_t i = 0; done && i < g->n; i++)
        done = write_variable(group, &g->variables[i], shape, references);
    for (unsigned i = 0; done && i < N_AXIS; i++)
        done = list_variables(group, scales[i], i, g);
    for (size_t i = 0; i < N_AXIS; i++)
        mutau_chain_drop(scales[i]);
    return done;
}

static bool write_group(hid_t file, const mutau_netcdf_group *g, const hsize_t shape[N_AXIS],
                        const int64_t count[], size_t n_attribute,
                        const mutau_netcdf_text attributes[])
{
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    const hid_t list = H5Pcreate(H5P_GROUP_CREATE);
    hid_t group = -1;
    if (H5Pset_link_creation_order(list, order) >= 0 &&
        H5Pset_attr_creation_order(list, order) >= 0)
        group = H5Gcreate2(file, g->name, H5P_DEFAULT, list, H5P_DEFAULT);
    bool done = group >= 0;
    for (size_t i = 0; done && i < n_attribute; i++)
        done = write_text(group, attributes[i].name, attributes[i].text);
    done = done && fill_group(group, g, shape, count);
    mutau_chain_drop(group);
    mutau_chain_drop(list);
    return done;
}

/* A file in memory that keeps its groups in order; negative on failure.  `path` is a name that no
 * other open file has. */
static hid_t create(const char *path)
{
    enum { STEP = 1 << 20 }; /* by which the memory grows */
    const unsigned order = H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED;
    const hid_t list = H5Pcreate(H5P_FILE_CREATE), access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    if (H5Pset_link_creation_order(list, order) >= 0 &&
        H5Pset_attr_creation_order(list, order) >= 0 && H5Pset_fapl_core(access, STEP, false) >= 0)
        file = H5Fcreate(path, H5F_ACC_TRUNC, list, access);
    mutau_chain_drop(access);
    mutau_chain_drop(list);
    return file;
}

/* The bytes of an open file, to be freed; NULL after a failure. */
static void *take_image(hid_t file, size_t *size)
{
    if (H5Fflush(file, H5F_SCOPE_LOCAL) < 0)
        return NULL;
    const ssize_t n = H5Fget_file_image(file, NULL, 0);
    void *image = n > 0 ? mutau_calloc((size_t)n, 1) : NULL;
    if (image != NULL && H5Fget_file_image(file, image, (size_t)n) != n) {
        free(image);
        image = NULL;
    }
    *size = n > 0 ? (size_t)n : 0;
    return image;
}

static void *compose(const char *path, const hsize_t shape[N_AXIS], const int64_t count[],
                     size_t n_group, const mutau_netcdf_group groups[], size_t n_attribute,
                     const mutau_netcdf_text attributes[], size_t *size)
{
    const hid_t file = create(path);
    bool done = file >= 0;
    for (size_t i = 0; done && i < n_group; i++)
        done = write_group(file, &groups[i], shape, count, n_attribute, attributes);
    void *image = done ? take_image(file, size) : NULL;
    mutau_chain_drop(file);
    return image;
}

static mutau_status write_image(const char *path, const char *name, const void *image, size_t size,
                                mutau_error *err)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot write: %s", name, strerror(errno));
    const mutau_status status = mutau_chain_write_at(fd, image, size, 0, name, err);
    (void)close(fd);
    return status;
}

mutau_status mutau_netcdf_write(const char *path, const char *name, size_t n_chain, size_t n_draw,
                                size_t n_group, const mutau_netcdf_group groups[],
                                size_t n_attribute, const mutau_netcdf_text attributes[],
                                mutau_error *err)
{
    const hsize_t shape[N_AXIS] = {n_chain, n_draw};
    const size_t most = n_chain > n_draw ? n_chain : n_draw;
    int64_t *count = mutau_calloc(most, sizeof *count);
    mutau_chain_quiet kept;
    if (count == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu numbers", most);
    for (size_t i = 0; i < most; i++)
        count[i] = (int64_t)i;
    mutau_chain_quiet_begin(&kept);
    size_t size = 0;
    void *image = compose(path, shape, count, n_group, groups, n_attribute, attributes, &size);
    mutau_chain_quiet_end(&kept);
    free(count);
    if (image == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "%s: HDF5 cannot compose the file in memory",
                               name);
    const mutau_status status = write_image(path, name, image, size, err);
    free(image);
    return status;
}
