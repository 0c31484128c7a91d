/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file of a scan; documented in store/scan_file.h. */
#include "store/scan_file.h"

#include <errno.h>
#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "chain_internal.h"

#define FORMAT "mutau-scan-1"
enum { GROWTH = 1 << 20, MAX_TEXT = 1 << 24 };

/* --- composing ------------------------------------------------------------------------ */

/* A file that is being composed; `failed` once anything has. */
typedef struct composition {
    hid_t file, plain; /* plain: no times, whose bytes would differ */
    bool failed;
} composition;

static void note(composition *c, bool fine)
{
    c->failed = c->failed || !fine;
}

static hid_t own_group(composition *c, const char *name)
{
    const hid_t how = H5Pcreate(H5P_GROUP_CREATE);
    hid_t group = -1;
    if (how >= 0 && H5Pset_obj_track_times(how, false) >= 0)
        group = H5Gcreate2(c->file, name, H5P_DEFAULT, how, H5P_DEFAULT);
    if (how >= 0)
        (void)H5Pclose(how);
    note(c, group >= 0);
    return group;
}

/* A text of fixed length, padded with zeros: what h5py gives as bytes. */
static hid_t text_type(const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    const size_t size = strlen(text);
    if (type >= 0 &&
        (H5Tset_size(type, size > 0 ? size : 1) < 0 || H5Tset_strpad(type, H5T_STR_NULLPAD) < 0 ||
         H5Tset_cset(type, H5T_CSET_UTF8) < 0)) {
        (void)H5Tclose(type);
        return -1;
    }
    return type;
}

static void put_attribute(composition *c, hid_t at, const char *name, hid_t type, const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR);
    const hid_t attribute =
        space >= 0 && type >= 0 ? H5Acreate2(at, name, type, space, H5P_DEFAULT, H5P_DEFAULT) : -1;
    note(c, attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
    if (attribute >= 0)
        (void)H5Aclose(attribute);
    if (space >= 0)
        (void)H5Sclose(space);
}

static void put_text_attribute(composition *c, hid_t at, const char *name, const char *text)
{
    const hid_t type = text_type(text);
    put_attribute(c, at, name, type, text);
    if (type >= 0)
        (void)H5Tclose(type);
}

/* A data set of that rank, 0 for a scalar, as it lies in the file and in memory; to be closed. */
static hid_t put_array(composition *c, hid_t at, const char *name, int rank, const hsize_t size[],
                       hid_t stored, hid_t type, const void *value)
{
    const hid_t space = rank > 0 ? H5Screate_simple(rank, size, NULL) : H5Screate(H5S_SCALAR);
    const hid_t set = space >= 0 && at >= 0
                          ? H5Dcreate2(at, name, stored, space, H5P_DEFAULT, c->plain, H5P_DEFAULT)
                          : -1;
    note(c, set >= 0 && H5Dwrite(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    if (space >= 0)
        (void)H5Sclose(space);
    return set;
}

static void put_text(composition *c, hid_t at, const char *name, const char *text)
{
    const hid_t type = text_type(text);
    const hid_t set = type >= 0 ? put_array(c, at, name, 0, NULL, type, type, text) : -1;
    if (set >= 0)
        (void)H5Dclose(set);
    if (type >= 0)
        (void)H5Tclose(type);
}

static void close_set(hid_t set)
{
    if (set >= 0)
        (void)H5Dclose(set);
}

static void close_group(hid_t group)
{
    if (group >= 0)
        (void)H5Gclose(group);
}

static size_t count_points(const mutau_scan_file *f)
{
    size_t n = 1;
    for (size_t i = 0; i < f->n_axis; i++)
        n *= f->axis[i].n;
    return n;
}

static void put_axes(composition *c, const mutau_scan_file *f)
{
    const hid_t group = own_group(c, "axes");
    for (size_t i = 0; i < f->n_axis && group >= 0; i++) {
        const mutau_scan_file_axis *a = &f->axis[i];
        const hsize_t n = a->n;
        const unsigned char index = (unsigned char)i;
        const hid_t set =
            put_array(c, group, a->name, 1, &n, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, a->value);
        if (set < 0)
            continue;
        put_attribute(c, set, "axis", H5T_NATIVE_UCHAR, &index);
        put_text_attribute(c, set, "unit", a->unit);
        put_text_attribute(c, set, "spacing", a->linear ? "linear" : "logarithmic");
        close_set(set);
    }
    close_group(group);
}

static void put_column(composition *c, hid_t group, const mutau_scan_file *f,
                       const mutau_scan_file_column *column, double room[])
{
    const hsize_t size[MUTAU_SCAN_FILE_MAX_AXES] = {f->axis[0].n, f->axis[1].n};
    for (size_t i = 0; i < count_points(f); i++)
        room[i] = column->value[i * column->stride];
    const hid_t set = put_array(c, group, column->name, (int)f->n_axis, size, H5T_IEEE_F64LE,
                                H5T_NATIVE_DOUBLE, room);
    if (set < 0)
        return;
    put_text_attribute(c, set, "unit", column->unit);
    if (column->labels != NULL)
        put_text_attribute(c, set, "labels", column->labels);
    close_set(set);
}

static void put_columns(composition *c, const mutau_scan_file *f, const char *name, double room[])
{
    const hid_t group = own_group(c, name);
    for (size_t i = 0; i < f->n_column && group >= 0; i++)
        if (strcmp(f->column[i].group, name) == 0 && (f->complete || !f->column[i].derived))
            put_column(c, group, f, &f->column[i], room);
    close_group(group);
}

static void put_best(composition *c, const mutau_scan_file *f)
{
    const hid_t group = own_group(c, "best");
    for (size_t i = 0; i < f->n_best && group >= 0; i++)
        close_set(put_array(c, group, f->best[i].name, 0, NULL, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE,
                            &f->best[i].value));
    close_group(group);
}

static void put_state(composition *c, const mutau_scan_file *f)
{
    const hid_t group = own_group(c, "state");
    const hsize_t cells[] = {count_points(f), f->n_cell};
    const uint64_t pass[] = {f->stride, f->pass};
    const hsize_t n_pass = 2;
    close_set(put_array(c, group, "pass", 1, &n_pass, H5T_STD_U64LE, H5T_NATIVE_UINT64, pass));
    close_set(put_array(c, group, "now", 2, cells, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, f->now));
    close_set(put_array(c, group, "next", 2, cells, H5T_IEEE_F64LE, H5T_NATIVE_DOUBLE, f->next));
    close_set(put_array(c, group, "done", 1, cells, H5T_STD_U8LE, H5T_NATIVE_UCHAR, f->done));
    close_group(group);
}

static void put_run(composition *c, const mutau_scan_file *f)
{
    const hid_t group = own_group(c, "run");
    if (group >= 0) {
        put_text(c, group, "config", f->config);
        put_text(c, group, "digest", f->digest);
        put_text(c, group, "request", f->request);
        put_text(c, group, "version", f->version);
    }
    close_group(group);
}

static void put_all(composition *c, const mutau_scan_file *f, double room[])
{
    const unsigned char complete = f->complete;
    const hid_t root = H5Gopen2(c->file, "/", H5P_DEFAULT);
    note(c, root >= 0);
    if (root >= 0) {
        put_text_attribute(c, root, "format", FORMAT);
        put_attribute(c, root, "complete", H5T_NATIVE_UCHAR, &complete);
        put_text_attribute(c, root, "profiled", f->profiled);
    }
    close_group(root);
    put_run(c, f);
    put_axes(c, f);
    put_columns(c, f, "map", room);
    put_columns(c, f, "profiled", room);
    if (f->complete)
        put_best(c, f);
    else
        put_state(c, f);
}

/* The bytes of the file, to be freed; NULL without memory. */
static void *take_image(composition *c, size_t *size)
{
    if (c->failed || H5Fflush(c->file, H5F_SCOPE_GLOBAL) < 0)
        return NULL;
    const ssize_t n = H5Fget_file_image(c->file, NULL, 0);
    void *bytes = n > 0 ? mutau_calloc((size_t)n, 1) : NULL;
    if (bytes != NULL && H5Fget_file_image(c->file, bytes, (size_t)n) != n) {
        free(bytes);
        return NULL;
    }
    *size = n > 0 ? (size_t)n : 0;
    return bytes;
}

static void *compose(const mutau_scan_file *f, size_t *size)
{
    composition c = {.file = -1, .plain = H5Pcreate(H5P_DATASET_CREATE)};
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS), how = H5Pcreate(H5P_FILE_CREATE);
    double *room = mutau_calloc(count_points(f), sizeof *room);
    void *bytes = NULL;
    if (room != NULL && c.plain >= 0 && access >= 0 && how >= 0 &&
        H5Pset_obj_track_times(c.plain, false) >= 0 && H5Pset_obj_track_times(how, false) >= 0 &&
        H5Pset_fapl_core(access, GROWTH, false) >= 0)
        c.file = H5Fcreate("scan", H5F_ACC_TRUNC, how, access);
    if (c.file >= 0) {
        put_all(&c, f, room);
        bytes = take_image(&c, size);
        (void)H5Fclose(c.file);
    }
    if (c.plain >= 0)
        (void)H5Pclose(c.plain);
    if (access >= 0)
        (void)H5Pclose(access);
    if (how >= 0)
        (void)H5Pclose(how);
    free(room);
    return bytes;
}

/* --- writing -------------------------------------------------------------------------- */

struct mutau_scan_writer {
    char *path;
    mutau_chain_lock lock;
};

static mutau_status look(const char *path, bool overwrite, bool resume, bool *found,
                         mutau_error *err)
{
    mutau_scan_file_texts texts;
    struct stat info;
    *found = false;
    if (lstat(path, &info) != 0)
        return errno == ENOENT ? MUTAU_OK
                               : mutau_error_set(err, MUTAU_EIO, "%s: %s", path, strerror(errno));
    if (!overwrite && !resume)
        return mutau_error_set(err, MUTAU_EEXIST,
                               "%s exists: --resume goes on with it, --overwrite replaces it",
                               path);
    mutau_status status = mutau_scan_file_read_texts(path, &texts, err);
    mutau_scan_file_texts_release(&texts);
    *found = resume;
    if (resume || status == MUTAU_OK || status == MUTAU_ENOMEM)
        return status;
    return mutau_error_set(err, MUTAU_EEXIST,
                           "%s exists and is no scan that can be read: remove it yourself if it is "
                           "in the way",
                           path);
}

mutau_status mutau_scan_writer_open(const char *path, bool overwrite, bool resume,
                                    mutau_scan_writer **out, bool *found, mutau_error *err)
{
    *out = NULL;
    mutau_scan_writer *w = mutau_calloc(1, sizeof *w);
    if (w == NULL || (w->path = mutau_strdup(path)) == NULL) {
        free(w);
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a path");
    }
    mutau_status status = mutau_chain_lock_take(path, &w->lock, err);
    if (status == MUTAU_OK)
        status = mutau_chain_remove_stale(path, err);
    if (status == MUTAU_OK)
        status = look(path, overwrite, resume, found, err);
    if (status != MUTAU_OK) {
        mutau_scan_writer_close(w);
        return status;
    }
    *out = w;
    return MUTAU_OK;
}

void mutau_scan_writer_close(mutau_scan_writer *writer)
{
    if (writer == NULL)
        return;
    mutau_chain_lock_release(&writer->lock);
    free(writer->path);
    free(writer);
}

/* Under the temporary name, then under its own. */
static mutau_status put_file(const char *path, const char *temporary, const void *bytes,
                             size_t size, mutau_error *err)
{
    int fd = -1;
    MUTAU_CHECK(mutau_chain_create_file(temporary, &fd, err));
    mutau_status status = mutau_chain_write_at(fd, bytes, size, 0, temporary, err);
    if (status == MUTAU_OK)
        status = mutau_chain_sync_file(fd, temporary, err);
    if (close(fd) != 0 && status == MUTAU_OK)
        status =
            mutau_error_set(err, MUTAU_EIO, "%s: cannot write: %s", temporary, strerror(errno));
    if (status == MUTAU_OK)
        status = mutau_chain_rename(temporary, path, true, err);
    if (status != MUTAU_OK) {
        (void)unlink(temporary);
        return status;
    }
    return mutau_chain_sync_folder(path, err);
}

mutau_status mutau_scan_file_write(const mutau_scan_writer *writer, const mutau_scan_file *file,
                                   mutau_error *err)
{
    size_t size = 0;
    void *bytes = compose(file, &size);
    char *temporary = mutau_chain_temporary_name(writer->path, "new");
    const mutau_status status =
        bytes == NULL || temporary == NULL
            ? mutau_error_set(err, MUTAU_ENOMEM, "no memory to compose the file of a scan")
            : put_file(writer->path, temporary, bytes, size, err);
    free(temporary);
    free(bytes);
    return status;
}

/* --- reading -------------------------------------------------------------------------- */

static mutau_status damaged(const char *path, const char *what, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_EDATA, "%s: no file of a scan, or a damaged one: %s", path,
                           what);
}

static mutau_status open_file(const char *path, hid_t *file, mutau_error *err)
{
    struct stat info;
    *file = -1;
    if (stat(path, &info) != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot open: %s", path, strerror(errno));
    if (!S_ISREG(info.st_mode))
        return mutau_error_set(err, MUTAU_EIO, "%s: not a regular file", path);
    *file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
    return *file >= 0 ? MUTAU_OK : damaged(path, "not HDF5", err);
}

/* A scalar text into *text, to be freed. */
static mutau_status read_text(hid_t file, const char *path, const char *name, char **text,
                              mutau_error *err)
{
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t type = set >= 0 ? H5Dget_type(set) : -1;
    const hid_t space = set >= 0 ? H5Dget_space(set) : -1;
    const size_t size = type >= 0 ? H5Tget_size(type) : 0;
    mutau_status status = MUTAU_EDATA;
    if (type >= 0 && space >= 0 && H5Tget_class(type) == H5T_STRING &&
        H5Tis_variable_str(type) == 0 && H5Sget_simple_extent_npoints(space) == 1 && size > 0 &&
        size < MAX_TEXT) {
        *text = mutau_calloc(size + 1, 1);
        status = *text == NULL                                                   ? MUTAU_ENOMEM
                 : H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *text) >= 0 ? MUTAU_OK
                                                                                 : MUTAU_EDATA;
    }
    if (space >= 0)
        (void)H5Sclose(space);
    if (type >= 0)
        (void)H5Tclose(type);
    close_set(set);
    if (status == MUTAU_ENOMEM)
        return mutau_error_set(err, status, "no memory to read %s", path);
    return status == MUTAU_OK ? status : damaged(path, name, err);
}

static mutau_status read_attribute(hid_t file, const char *path, const char *name, hid_t type,
                                   size_t size, void *value, mutau_error *err)
{
    const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    const hid_t space = attribute >= 0 ? H5Aget_space(attribute) : -1;
    const hid_t stored = attribute >= 0 ? H5Aget_type(attribute) : -1;
    const bool fine = space >= 0 && stored >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
                      H5Tget_class(stored) == H5Tget_class(type) && H5Tget_size(stored) == size &&
                      (H5Tget_class(type) != H5T_STRING || H5Tis_variable_str(stored) == 0) &&
                      H5Aread(attribute, type, value) >= 0;
    if (stored >= 0)
        (void)H5Tclose(stored);
    if (space >= 0)
        (void)H5Sclose(space);
    if (attribute >= 0)
        (void)H5Aclose(attribute);
    return fine ? MUTAU_OK : damaged(path, name, err);
}

static mutau_status check_format(hid_t file, const char *path, mutau_error *err)
{
    char text[sizeof FORMAT] = "";
    const hid_t type = text_type(FORMAT);
    const mutau_status status =
        read_attribute(file, path, "format", type, strlen(FORMAT), text, err);
    if (type >= 0)
        (void)H5Tclose(type);
    MUTAU_CHECK(status);
    return strcmp(text, FORMAT) == 0 ? MUTAU_OK : damaged(path, "another format", err);
}

mutau_status mutau_scan_file_read_texts(const char *path, mutau_scan_file_texts *texts,
                                        mutau_error *err)
{
    hid_t file;
    *texts = (mutau_scan_file_texts){0};
    MUTAU_CHECK(open_file(path, &file, err));
    mutau_status status = check_format(file, path, err);
    if (status == MUTAU_OK)
        status = read_text(file, path, "/run/config", &texts->config, err);
    if (status == MUTAU_OK)
        status = read_text(file, path, "/run/digest", &texts->digest, err);
    if (status == MUTAU_OK)
        status = read_text(file, path, "/run/request", &texts->request, err);
    (void)H5Fclose(file);
    return status;
}

void mutau_scan_file_texts_release(mutau_scan_file_texts *texts)
{
    free(texts->config);
    free(texts->digest);
    free(texts->request);
    *texts = (mutau_scan_file_texts){0};
}

/* A data set of n numbers. */
static mutau_status read_array(hid_t file, const char *path, const char *name, size_t n, hid_t type,
                               void *value, mutau_error *err)
{
    const hid_t set = H5Dopen2(file, name, H5P_DEFAULT);
    const hid_t space = set >= 0 ? H5Dget_space(set) : -1;
    const bool fine = space >= 0 && H5Sget_simple_extent_npoints(space) == (hssize_t)n &&
                      H5Dread(set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0;
    if (space >= 0)
        (void)H5Sclose(space);
    close_set(set);
    return fine ? MUTAU_OK : damaged(path, name, err);
}

static mutau_status read_columns(hid_t file, const char *path, const mutau_scan_file *f,
                                 double room[], mutau_error *err)
{
    const size_t n = count_points(f);
    for (size_t i = 0; i < f->n_column; i++) {
        const mutau_scan_file_column *column = &f->column[i];
        char name[128];
        (void)snprintf(name, sizeof name, "/%s/%s", column->group, column->name);
        if (column->derived)
            continue;
        MUTAU_CHECK(read_array(file, path, name, n, H5T_NATIVE_DOUBLE, room, err));
        for (size_t k = 0; k < n; k++)
            column->value[k * column->stride] = room[k];
    }
    return MUTAU_OK;
}

static mutau_status read_state(hid_t file, const char *path, mutau_scan_file *f, mutau_error *err)
{
    const size_t n = count_points(f);
    uint64_t pass[2] = {0};
    MUTAU_CHECK(read_array(file, path, "/state/pass", 2, H5T_NATIVE_UINT64, pass, err));
    MUTAU_CHECK(
        read_array(file, path, "/state/now", n * f->n_cell, H5T_NATIVE_DOUBLE, f->now, err));
    MUTAU_CHECK(
        read_array(file, path, "/state/next", n * f->n_cell, H5T_NATIVE_DOUBLE, f->next, err));
    MUTAU_CHECK(read_array(file, path, "/state/done", n, H5T_NATIVE_UCHAR, f->done, err));
    f->stride = pass[0];
    f->pass = pass[1];
    return MUTAU_OK;
}

mutau_status mutau_scan_file_read(const char *path, mutau_scan_file *file, mutau_error *err)
{
    hid_t h5;
    unsigned char complete = 0;
    double *room = mutau_calloc(count_points(file), sizeof *room);
    if (room == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to read %s", path);
    mutau_status status = open_file(path, &h5, err);
    if (status == MUTAU_OK) {
        status = check_format(h5, path, err);
        if (status == MUTAU_OK)
            status = read_attribute(h5, path, "complete", H5T_NATIVE_UCHAR, 1, &complete, err);
        file->complete = complete != 0;
        if (status == MUTAU_OK)
            status = read_columns(h5, path, file, room, err);
        if (status == MUTAU_OK && !file->complete)
            status = read_state(h5, path, file, err);
        (void)H5Fclose(h5);
    }
    free(room);
    return status;
}
