/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opens a chain file, checks all that is relied on, and reads it.
 *
 * Nothing read from the file is believed: attributes must have the right kind and
 * size, data sets the shape that the attributes promise and the storage for it,
 * before memory is allocated in their measure. */
#include "chain_hdf5_internal.h"

#include <hdf5.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/regular_file.h"

#define MAX_RANK 4
#define MAX_TEXT ((size_t)16 << 20) /* no run file is longer (the limit there is 1 MiB) */
#define MAX_CHECKS 100000000
#define MAX_ROWS (INT64_MAX / 1048576)
#define MAX_INPUTS ((size_t)256 << 20) /* thirteen tables of their largest size */
/* deflate, the filter that compresses most of HDF5's, makes at most 1032 bytes of one. */
#define MAX_COMPRESSION 1032

struct mutau_chain_reader {
    mutau_chain_info info; /* counts only: the texts are the content's */
    hid_t file, double_type, blob_type;
    size_t n_data;
    hid_t *data; /* as the parts of the groups, then beta, the likelihoods of all rungs, the
                    checksums and the weights, with places for those that there are not, too */
};

/* A group of the file, and how a message calls it. */
typedef struct place {
    hid_t group;
    const char *name;
} place;

/* What is read before it is copied into the content. */
typedef struct raw_info {
    mutau_chain_info info;
    char **names, **units, **labels, **blob_names;
    char *config, *inputs, *mixture, *config_hash, *data_hash, *version, *folder;
} raw_info;

/* ---- attributes ------------------------------------------------------------------ */

/* Whether an attribute is of the given class and has n elements (0: is a scalar). */
static bool is_of(hid_t attribute, H5T_class_t class, size_t n)
{
    const hid_t type = H5Aget_type(attribute), space = H5Aget_space(attribute);
    bool good = type >= 0 && space >= 0 && H5Tget_class(type) == class;
    if (good && n == 0)
        good = H5Sget_simple_extent_type(space) == H5S_SCALAR;
    else if (good)
        good = H5Sget_simple_extent_ndims(space) == 1 &&
               H5Sget_simple_extent_npoints(space) == (hssize_t)n;
    if (good && class == H5T_STRING)
        good = H5Tis_variable_str(type) > 0;
    mutau_chain_drop(space);
    mutau_chain_drop(type);
    return good;
}

static mutau_status read_attribute(const place *from, const char *name, H5T_class_t class, size_t n,
                                   hid_t type, void *value, mutau_error *err)
{
    if (H5Aexists(from->group, name) <= 0)
        return mutau_error_set(err, MUTAU_EDATA, "%s has no attribute '%s'", from->name, name);
    const hid_t attribute = H5Aopen(from->group, name, H5P_DEFAULT);
    const bool good = attribute >= 0 && is_of(attribute, class, n);
    const bool read = good && H5Aread(attribute, type, value) >= 0;
    mutau_chain_drop(attribute);
    if (read)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EDATA, "attribute '%s' of %s %s", name, from->name,
                           good ? "cannot be read" : "has the wrong type or size");
}

/* A count between `low` and `high`. */
static mutau_status read_count(const place *from, const char *name, uint64_t low, uint64_t high,
                               uint64_t *count, mutau_error *err)
{
    int64_t value = -1;
    MUTAU_CHECK(read_attribute(from, name, H5T_INTEGER, 0, H5T_NATIVE_INT64, &value, err));
    if (value < 0 || (uint64_t)value < low || (uint64_t)value > high)
        return mutau_error_set(err, MUTAU_EDATA, "attribute '%s' of %s is %" PRId64, name,
                               from->name, value);
    *count = (uint64_t)value;
    return MUTAU_OK;
}

static mutau_status no_memory(const char *what, mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ENOMEM, "no memory to read %s", what);
}

/* A text, or an array of n > 0; they are HDF5's. */
static mutau_status read_text(const place *from, const char *name, size_t n, char *texts[],
                              mutau_error *err)
{
    const hid_t type = mutau_chain_text_type();
    if (type < 0)
        return no_memory(from->name, err);
    const mutau_status status = read_attribute(from, name, H5T_STRING, n, type, texts, err);
    mutau_chain_drop(type);
    return status;
}

/* n texts into a new array; elements are HDF5's. */
static mutau_status read_texts(const place *from, const char *name, size_t n, char ***texts,
                               mutau_error *err)
{
    *texts = mutau_calloc(n, sizeof **texts);
    if (*texts == NULL)
        return no_memory(from->name, err);
    return n > 0 ? read_text(from, name, n, *texts, err) : MUTAU_OK;
}

static void free_texts(size_t n, char **texts)
{
    for (size_t i = 0; texts != NULL && i < n; i++)
        (void)H5free_memory(texts[i]);
    free(texts);
}

static void free_raw(raw_info *raw)
{
    free_texts(raw->info.dim, raw->names);
    free_texts(raw->info.dim, raw->units);
    free_texts(raw->info.dim, raw->labels);
    free_texts(raw->info.n_blob, raw->blob_names);
    free(raw->config);
    free(raw->inputs);
    free(raw->mixture);
    (void)H5free_memory(raw->config_hash);
    (void)H5free_memory(raw->data_hash);
    (void)H5free_memory(raw->version);
    (void)H5free_memory(raw->folder);
}

/* ---- data sets ------------------------------------------------------------------- */

/* Whether the group has an object of that name in this file.  A link to another path or
 * file is none of the writer's, and could lead anywhere. */
static bool has_object(hid_t group, const char *name)
{
    H5L_info_t info;
    return H5Lexists(group, name, H5P_DEFAULT) > 0 &&
           H5Lget_info(group, name, &info, H5P_DEFAULT) >= 0 && info.type == H5L_TYPE_HARD;
}

static hid_t open_group(hid_t file, const char *name)
{
    return has_object(file, name) ? H5Gopen2(file, name, H5P_DEFAULT) : -1;
}

static hid_t open_object(hid_t group, const char *name)
{
    return has_object(group, name) ? H5Dopen2(group, name, H5P_DEFAULT) : -1;
}

/* Bytes of a data set's storage; none where they would be more than the file has: what
 * the file says of its chunks is no better than the rest of it. */
static double stored_bytes(hid_t data)
{
    const hid_t file = H5Iget_file_id(data);
    hsize_t file_size = 0;
    if (file < 0)
        return 0.0;
    const hsize_t size = H5Dget_storage_size(data);
    const bool possible = H5Fget_filesize(file, &file_size) >= 0 && size <= file_size;
    mutau_chain_drop(file);
    return possible ? (double)size : 0.0;
}

/* Filters of HDF5's own have small numbers; others are code from elsewhere. */
static bool has_own_filters(hid_t data)
{
    const hid_t properties = H5Dget_create_plist(data);
    const int n = properties >= 0 ? H5Pget_nfilters(properties) : -1;
    bool own = n >= 0;
    for (int i = 0; i < n; i++) {
        unsigned flags = 0;
        size_t n_value = 0;
        const H5Z_filter_t filter =
            H5Pget_filter2(properties, (unsigned)i, &flags, &n_value, NULL, 0, NULL, NULL);
        own = own && filter >= 0 && filter < H5Z_FILTER_RESERVED;
    }
    mutau_chain_drop(properties);
    return own;
}

/* Whether there is storage for that many bytes in this file.  What is compressed must
 * have as much as the best compression leaves. */
static bool has_storage(hid_t data, double bytes)
{
    const hid_t properties = H5Dget_create_plist(data);
    if (properties < 0)
        return false;
    const H5D_layout_t layout = H5Pget_layout(properties);
    const bool here = layout == H5D_COMPACT || layout == H5D_CHUNKED ||
                      (layout == H5D_CONTIGUOUS && H5Pget_external_count(properties) == 0);
    const bool compressed = layout == H5D_CHUNKED && H5Pget_nfilters(properties) > 0;
    mutau_chain_drop(properties);
    return here && stored_bytes(data) * (compressed ? MAX_COMPRESSION : 1) >= bytes;
}

/* What is wrong with a data set that must be of `type` and shape [>= rows] x rest[rank - 1], or
 * of rank 0 a scalar; NULL: nothing. */
static const char *fault_of(hid_t data, hid_t type, int rank, uint64_t rows, const uint64_t rest[])
{
    const hid_t stored = H5Dget_type(data), space = H5Dget_space(data);
    hsize_t shape[MAX_RANK] = {0};
    const bool typed = stored >= 0 && H5Tequal(stored, type) > 0;
    bool shaped =
        space >= 0 && H5Sget_simple_extent_type(space) == (rank > 0 ? H5S_SIMPLE : H5S_SCALAR) &&
        H5Sget_simple_extent_ndims(space) == rank &&
        H5Sget_simple_extent_dims(space, shape, NULL) == rank && (rank == 0 || shape[0] >= rows);
    double bytes = (double)rows * (double)H5Tget_size(type); /* which cannot overflow */
    for (int i = 1; i < rank && shaped; i++) {
        shaped = shape[i] == rest[i - 1];
        bytes *= (double)rest[i - 1];
    }
    mutau_chain_drop(stored);
    mutau_chain_drop(space);
    if (!typed || !shaped)
        return typed ? "has the wrong shape" : "has the wrong type";
    if (!has_own_filters(data))
        return "needs a filter that is not HDF5's own; h5repack -f GZIP=1 writes it without";
    return has_storage(data, bytes) ? NULL : "is cut short";
}

/* Opens a data set, *data, if it is as it must be. */
static mutau_status open_data(const place *from, const char *name, hid_t type, int rank,
                              uint64_t rows, const uint64_t rest[], hid_t *data, mutau_error *err)
{
    *data = open_object(from->group, name);
    if (*data < 0)
        return mutau_error_set(err, MUTAU_EDATA, "%s has no data set '%s'", from->name, name);
    const char *fault = fault_of(*data, type, rank, rows, rest);
    return fault == NULL ? MUTAU_OK
                         : mutau_error_set(err, MUTAU_EDATA, "data set '%s' of %s %s", name,
                                           from->name, fault);
}

/* Reads the elements of a block; rank, start and count as in the file.  Of rank 0 all there is. */
static bool read_block(hid_t data, hid_t type, int rank, const hsize_t start[],
                       const hsize_t count[], void *values)
{
    if (rank == 0)
        return H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0;
    const hid_t stored = H5Dget_space(data);
    const hid_t memory = H5Screate_simple(rank, count, NULL);
    const bool read = stored >= 0 && memory >= 0 &&
                      H5Sselect_hyperslab(stored, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                      H5Dread(data, type, memory, stored, H5P_DEFAULT, values) >= 0;
    mutau_chain_drop(memory);
    mutau_chain_drop(stored);
    return read;
}

/* The first n elements of a list, or with rank 0 a scalar, into new memory of n elements of
 * `size`.  The type, whatever it is, is closed. */
static mutau_status read_list(const place *from, const char *name, hid_t type, int rank, uint64_t n,
                              size_t size, void **list, mutau_error *err)
{
    const hsize_t start = 0, count = n;
    hid_t data = -1;
    if (type < 0)
        return no_memory(name, err);
    mutau_status status = open_data(from, name, type, rank, n, NULL, &data, err);
    if (status == MUTAU_OK && (*list = mutau_calloc(n, size)) == NULL)
        status = no_memory(name, err);
    if (status == MUTAU_OK && n > 0 && !read_block(data, type, rank, &start, &count, *list))
        status = mutau_error_set(err, MUTAU_EDATA, "data set '%s' of %s cannot be read", name,
                                 from->name);
    mutau_chain_drop(data);
    mutau_chain_drop(type);
    return status;
}

/* ---- /run ------------------------------------------------------------------------ */

static mutau_status check_format(const place *run, mutau_error *err)
{
    char *format = NULL;
    MUTAU_CHECK(read_text(run, "format", 0, &format, err));
    const bool known = format != NULL && strcmp(format, MUTAU_CHAIN_FORMAT) == 0;
    const mutau_status status =
        known ? MUTAU_OK
              : mutau_error_set(err, MUTAU_EDATA, "its format is '%.40s', not " MUTAU_CHAIN_FORMAT,
                                format != NULL ? format : "");
    (void)H5free_memory(format);
    return status;
}

/* A scalar data set, a text of fixed size: the resolved run file, the inputs. */
static mutau_status read_long_text(const place *from, const char *name, size_t max_size,
                                   char **text, mutau_error *err)
{
    const hid_t data = open_object(from->group, name);
    if (data < 0)
        return mutau_error_set(err, MUTAU_EDATA, "%s has no data set '%s'", from->name, name);
    const hid_t type = H5Dget_type(data), space = H5Dget_space(data);
    const size_t size = type >= 0 ? H5Tget_size(type) : 0;
    const char *fault = NULL;
    if (size == 0 || size > max_size || H5Tget_class(type) != H5T_STRING ||
        H5Tis_variable_str(type) != 0 || space < 0 || H5Sget_simple_extent_npoints(space) != 1 ||
        !has_storage(data, (double)size))
        fault = "has the wrong type";
    *text = fault == NULL ? mutau_calloc(size + 1, 1) : NULL;
    if (*text != NULL && H5Dread(data, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, *text) < 0)
        fault = "cannot be read";
    mutau_chain_drop(space);
    mutau_chain_drop(type);
    mutau_chain_drop(data);
    if (fault != NULL)
        return mutau_error_set(err, MUTAU_EDATA, "data set '%s' of %s %s", name, from->name, fault);
    return *text != NULL ? MUTAU_OK : no_memory(name, err);
}

static mutau_status read_numbers(const place *run, mutau_chain_info *info, mutau_error *err)
{
    uint64_t n_ensemble = 0, seed = 0, n_temperature = 0, store_rungs = 0, maxima = 0;
    MUTAU_CHECK(read_count(run, "n_ensemble", 1, MUTAU_CHAIN_MAX_ENSEMBLES, &n_ensemble, err));
    MUTAU_CHECK(read_count(run, "seed", 0, UINT32_MAX, &seed, err));
    MUTAU_CHECK(read_count(run, "thin", 1, INT64_MAX, &info->thin, err));
    MUTAU_CHECK(read_count(run, "n_temperature", 1, MUTAU_MAX_TEMPERATURES, &n_temperature, err));
    MUTAU_CHECK(read_count(run, "store_rungs", 0, n_temperature > 1 ? 1 : 0, &store_rungs, err));
    if (H5Aexists(run->group, "start_maxima") > 0) /* older files have none */
        MUTAU_CHECK(read_count(run, "start_maxima", 0, UINT32_MAX, &maxima, err));
    info->n_start_maximum = maxima;
    info->n_ensemble = n_ensemble;
    info->n_temperature = n_temperature;
    info->store_rungs = store_rungs != 0;
    info->seed = (uint32_t)seed;
    return MUTAU_OK;
}

static mutau_status read_run(const place *run, raw_info *raw, mutau_error *err)
{
    mutau_chain_info *info = &raw->info;
    MUTAU_CHECK(check_format(run, err));
    MUTAU_CHECK(read_numbers(run, info, err));
    MUTAU_CHECK(read_text(run, "version", 0, &raw->version, err));
    MUTAU_CHECK(read_text(run, "config_hash", 0, &raw->config_hash, err));
    MUTAU_CHECK(read_text(run, "data_hash", 0, &raw->data_hash, err));
    if (H5Aexists(run->group, "folder") > 0) /* older files have none */
        MUTAU_CHECK(read_text(run, "folder", 0, &raw->folder, err));
    MUTAU_CHECK(read_long_text(run, "config", MAX_TEXT, &raw->config, err));
    if (H5Lexists(run->group, "inputs", H5P_DEFAULT) > 0) /* older files have none */
        MUTAU_CHECK(read_long_text(run, "inputs", MAX_INPUTS, &raw->inputs, err));
    MUTAU_CHECK(read_texts(run, "parameter_names", info->dim, &raw->names, err));
    MUTAU_CHECK(read_texts(run, "parameter_units", info->dim, &raw->units, err));
    MUTAU_CHECK(read_texts(run, "parameter_labels", info->dim, &raw->labels, err));
    return read_texts(run, "blob_names", info->n_blob, &raw->blob_names, err);
}

/* The counts that the shape of everything else follows from. */
static mutau_status read_shape(const place *mcmc, mutau_chain_info *info, mutau_error *err)
{
    uint64_t n_walker = 0, dim = 0;
    MUTAU_CHECK(read_count(mcmc, "nwalkers", 1, MUTAU_CHAIN_MAX_WALKERS, &n_walker, err));
    MUTAU_CHECK(read_count(mcmc, "ndim", 1, MUTAU_CHAIN_MAX_COLUMNS, &dim, err));
    info->n_walker = n_walker;
    info->dim = dim;
    info->n_blob = 0;
    if (H5Lexists(mcmc->group, "blobs", H5P_DEFAULT) <= 0)
        return MUTAU_OK;
    const hid_t data = open_object(mcmc->group, "blobs");
    const hid_t type = data >= 0 ? H5Dget_type(data) : -1;
    int n_member = -1;
    if (type >= 0 && H5Tget_class(type) == H5T_COMPOUND)
        n_member = H5Tget_nmembers(type);
    mutau_chain_drop(type);
    mutau_chain_drop(data);
    if (n_member < 1 || n_member > MUTAU_CHAIN_MAX_COLUMNS)
        return mutau_error_set(err, MUTAU_EDATA, "data set 'blobs' of %s has the wrong type",
                               mcmc->name);
    info->n_blob = (size_t)n_member;
    return MUTAU_OK;
}

static mutau_status check_digest(const place *from, const char *text, mutau_error *err)
{
    char digest[MUTAU_SHA256_HEX_SIZE], *stored = NULL;
    MUTAU_CHECK(read_text(from, "digest", 0, &stored, err));
    mutau_chain_digest(text, digest);
    const bool same = text[0] != '\0' && stored != NULL && strcmp(digest, stored) == 0;
    (void)H5free_memory(stored);
    return same ? MUTAU_OK
                : mutau_error_set(err, MUTAU_EDATA,
                                  "data set 'mixture' of %s: not as written: its digest differs",
                                  from->name);
}

/* The mixture, which not every run has. */
static mutau_status read_mixture(hid_t file, raw_info *raw, mutau_error *err)
{
    const place from = {open_group(file, "mixture"), "/mixture"};
    if (from.group < 0)
        return mutau_error_set(err, MUTAU_EDATA, "it has no group /mixture");
    mutau_status status = read_long_text(&from, "mixture", MAX_TEXT, &raw->mixture, err);
    if (status == MUTAU_OK)
        status = check_digest(&from, raw->mixture, err);
    mutau_chain_drop(from.group);
    return status;
}

static mutau_status copy_description(raw_info *raw, mutau_chain_owned_info *owned, mutau_error *err)
{
    mutau_chain_info *info = &raw->info;
    info->names = (const char *const *)raw->names;
    info->units = (const char *const *)raw->units;
    info->labels = (const char *const *)raw->labels;
    info->blob_names = (const char *const *)raw->blob_names;
    info->config = raw->config;
    info->inputs = raw->inputs;
    info->mixture = raw->mixture;
    info->config_hash = raw->config_hash;
    info->data_hash = raw->data_hash;
    info->version = raw->version;
    info->folder = raw->folder;
    const mutau_status status = mutau_chain_info_check(info, err);
    if (status != MUTAU_OK)
        return status == MUTAU_EDOM ? MUTAU_EDATA : status;
    return mutau_chain_info_copy(info, owned, err);
}

static mutau_status read_description(hid_t file, mutau_chain_owned_info *owned, mutau_error *err)
{
    const place run = {open_group(file, "run"), "/run"}, mcmc = {open_group(file, "mcmc"), "/mcmc"};
    raw_info raw = {0};
    mutau_status status = MUTAU_OK;
    if (mcmc.group < 0 || run.group < 0)
        status = mutau_error_set(err, MUTAU_EDATA, "it has no group %s",
                                 mcmc.group < 0 ? mcmc.name : run.name);
    if (status == MUTAU_OK)
        status = read_shape(&mcmc, &raw.info, err);
    if (status == MUTAU_OK)
        status = read_run(&run, &raw, err);
    if (status == MUTAU_OK && H5Lexists(file, "mixture", H5P_DEFAULT) > 0)
        status = read_mixture(file, &raw, err);
    if (status == MUTAU_OK)
        status = copy_description(&raw, owned, err);
    free_raw(&raw);
    mutau_chain_drop(run.group);
    mutau_chain_drop(mcmc.group);
    return status;
}

/* ---- groups ---------------------------------------------------------------------- */

/* What a group says of its rows counts for the whole. */
static mutau_status read_rows(const place *group, mutau_chain_content *content, uint64_t *rows,
                              mutau_error *err)
{
    MUTAU_CHECK(read_count(group, "iteration", 0, MAX_ROWS, rows, err));
    if (*rows < content->rows)
        content->rows = *rows;
    if (*rows > content->longest)
        content->longest = *rows;
    return MUTAU_OK;
}

/* What is done in a group; the number is that of one in emcee's layout. */
typedef mutau_status read_content_of(mutau_chain_reader *reader, const place *group, size_t i_group,
                                     mutau_chain_content *content, mutau_error *err);

static mutau_status read_in(mutau_chain_reader *reader, const char *name, read_content_of *read,
                            size_t i_group, mutau_chain_content *content, mutau_error *err)
{
    const place group = {open_group(reader->file, name), name};
    if (group.group < 0)
        return mutau_error_set(err, MUTAU_EDATA, "it has no group %s", name);
    const mutau_status status = read(reader, &group, i_group, content, err);
    mutau_chain_drop(group.group);
    return status;
}

/* Checks a group in emcee's layout, opens its data sets, lowers content->rows. */
static mutau_status open_fields(mutau_chain_reader *reader, const place *group, size_t i_group,
                                mutau_chain_content *content, mutau_error *err)
{
    const mutau_chain_info *info = &reader->info;
    const uint64_t rest[] = {info->n_walker, info->dim};
    hid_t *data = reader->data + mutau_chain_group_part(i_group, MUTAU_CHAIN_POSITION);
    uint64_t rows = 0, burn_in = 0, count = 0;
    MUTAU_CHECK(read_count(group, "nwalkers", rest[0], rest[0], &count, err));
    MUTAU_CHECK(read_count(group, "ndim", rest[1], rest[1], &count, err));
    MUTAU_CHECK(read_rows(group, content, &rows, err));
    MUTAU_CHECK(read_count(group, "burn_in", 0, INT64_MAX, &burn_in, err));
    MUTAU_CHECK(open_data(group, "chain", reader->double_type, 3, rows, rest,
                          &data[MUTAU_CHAIN_POSITION], err));
    MUTAU_CHECK(open_data(group, "log_prob", reader->double_type, 2, rows, rest,
                          &data[MUTAU_CHAIN_LOG_PROB], err));
    if (info->n_blob > 0)
        MUTAU_CHECK(open_data(group, "blobs", reader->blob_type, 2, rows, rest,
                              &data[MUTAU_CHAIN_BLOB], err));
    if (i_group == 0)
        content->burn_in = burn_in;
    return MUTAU_OK;
}

static mutau_status open_tempering(mutau_chain_reader *reader, const place *group, size_t unused,
                                   mutau_chain_content *content, mutau_error *err)
{
    (void)unused;
    const mutau_chain_info *info = &reader->info;
    const uint64_t rest[] = {info->n_ensemble, info->n_temperature, info->n_walker};
    hid_t *data = reader->data + mutau_chain_beta_part(info);
    uint64_t rows = 0;
    MUTAU_CHECK(read_rows(group, content, &rows, err));
    MUTAU_CHECK(open_data(group, "beta", reader->double_type, 2, rows, &rest[1], &data[0], err));
    return open_data(group, "log_like", reader->double_type, 4, rows, rest, &data[1], err);
}

static mutau_status open_mixture(mutau_chain_reader *reader, const place *group, size_t unused,
                                 mutau_chain_content *content, mutau_error *err)
{
    (void)unused;
    const mutau_chain_info *info = &reader->info;
    const uint64_t rest[] = {info->n_ensemble, info->n_walker};
    hid_t *data = reader->data + mutau_chain_beta_part(info);
    uint64_t rows = 0;
    MUTAU_CHECK(read_rows(group, content, &rows, err));
    return open_data(group, "log_weight", reader->double_type, 3, rows, rest, &data[3], err);
}

static mutau_status open_groups(mutau_chain_reader *reader, mutau_chain_content *content,
                                mutau_error *err)
{
    const mutau_chain_info *info = &reader->info;
    content->rows = SIZE_MAX;
    for (size_t i = 0; i < mutau_chain_groups(info); i++) {
        char name[64] = "/";
        mutau_chain_group_name(info, i, sizeof name - 1, name + 1);
        MUTAU_CHECK(read_in(reader, name, open_fields, i, content, err));
    }
    if (mutau_chain_tempered(info))
        MUTAU_CHECK(read_in(reader, "/tempering", open_tempering, 0, content, err));
    if (mutau_chain_has_mixture(info))
        MUTAU_CHECK(read_in(reader, "/mixture", open_mixture, 0, content, err));
    /* A kill between two attributes can leave burn-in ahead of the rows. */
    if (content->burn_in > content->rows)
        content->burn_in = content->rows;
    return MUTAU_OK;
}

/* ---- history and state ----------------------------------------------------------- */

static mutau_status read_checks(const place *run, mutau_chain_content *content, mutau_error *err)
{
    uint64_t n = 0;
    void *list = NULL;
    MUTAU_CHECK(read_count(run, "n_check", 0, MAX_CHECKS, &n, err));
    const mutau_status status = read_list(run, "diagnostics", mutau_chain_check_type(), 1, n,
                                          sizeof *content->checks, &list, err);
    content->checks = list;
    content->n_check = n;
    return status;
}

static mutau_status read_failures(const place *run, const mutau_chain_info *info,
                                  mutau_chain_content *content, mutau_error *err)
{
    uint64_t n = 0;
    MUTAU_CHECK(read_count(run, "n_failure", 0, MUTAU_MAX_FAILURES, &n, err));
    content->n_failure = n;
    return read_list(run, "failures", mutau_chain_failure_type(info), 1, n,
                     mutau_chain_failure_size(info), &content->failures, err);
}

static mutau_status read_evidence(const place *run, const mutau_chain_info *info,
                                  mutau_chain_content *content, mutau_error *err)
{
    void *stored = NULL;
    const size_t size = mutau_chain_evidence_size(info);
    mutau_chain_evidence *evidence = &content->evidence;
    const mutau_status status =
        read_list(run, "evidence", mutau_chain_evidence_type(info), 0, 1, size, &stored, err);
    if (status == MUTAU_OK)
        memcpy(evidence, stored, size);
    if (status == MUTAU_OK && !mutau_chain_has_mixture(info)) {
        evidence->ln_z_stepping_stone = evidence->ln_z;
        evidence->ln_z_stepping_stone_error = evidence->ln_z_error;
    }
    free(stored);
    return status;
}

/* Whether a slot's state is later than the chosen one's: the end of a run commits twice
 * at one step, the second time with the last check. */
static bool is_later(const mutau_chain_slot_head *head, const unsigned char *chosen)
{
    const mutau_chain_slot_head other = mutau_chain_slot_read_head(chosen);
    if (head->steps != other.steps)
        return head->steps > other.steps;
    if (head->n_check != other.n_check)
        return head->n_check > other.n_check;
    if (head->n_failure != other.n_failure)
        return head->n_failure > other.n_failure;
    return head->seconds >= other.seconds;
}

/* Keeps the newest intact slot that was written for the last row, if any.  Where a kill
 * came between the ensembles' counts there is also one for the rows that some have more. */
static void choose_slot(const mutau_chain_info *info, unsigned char *slots,
                        mutau_chain_content *content)
{
    const size_t size = mutau_chain_slot_size(info);
    const unsigned char *chosen = NULL;
    content->foreign_rows = true;
    for (size_t i = 0; i < 2; i++) {
        const unsigned char *slot = slots + i * size;
        const mutau_chain_slot_head head = mutau_chain_slot_read_head(slot);
        if (!mutau_chain_slot_valid(info, slot))
            continue;
        if (head.rows == content->longest)
            content->foreign_rows = false;
        if (head.rows != content->rows)
            continue;
        if (chosen == NULL || is_later(&head, chosen))
            chosen = slot;
    }
    if (chosen == NULL) {
        free(slots);
        return;
    }
    memmove(slots, chosen, size);
    content->slot = slots;
    /* What a killed writer had added for a commit that did not happen. */
    const mutau_chain_slot_head head = mutau_chain_slot_read_head(slots);
    if (head.n_check < content->n_check)
        content->n_check = head.n_check;
    if (head.n_failure < content->n_failure)
        content->n_failure = head.n_failure;
}

static mutau_status read_slots(const place *run, const mutau_chain_info *info,
                               mutau_chain_content *content, mutau_error *err)
{
    void *slots = NULL;
    const mutau_status status = read_list(run, "state", mutau_chain_slot_type(info), 1, 2,
                                          mutau_chain_slot_size(info), &slots, err);
    if (status == MUTAU_OK)
        choose_slot(info, slots, content);
    else
        free(slots);
    return status;
}

/* The checksums of rows, which files of older versions do not have. */
static mutau_status open_sums(mutau_chain_reader *reader, const place *run,
                              mutau_chain_content *content, mutau_error *err)
{
    const mutau_chain_info *info = &reader->info;
    const uint64_t n_sum = mutau_chain_sums(info);
    uint64_t rows = 0;
    if (H5Aexists(run->group, "n_checksum") <= 0)
        return MUTAU_OK;
    MUTAU_CHECK(read_count(run, "n_checksum", 0, MAX_ROWS, &rows, err));
    MUTAU_CHECK(open_data(run, "checksums", H5T_NATIVE_UINT64, 2, rows, &n_sum,
                          &reader->data[mutau_chain_beta_part(info) + 2], err));
    content->summed = rows < content->rows ? rows : content->rows;
    return MUTAU_OK;
}

static mutau_status read_progress(mutau_chain_reader *reader, const place *run, size_t unused,
                                  mutau_chain_content *content, mutau_error *err)
{
    (void)unused;
    uint64_t converged = 0;
    content->evidence = mutau_chain_no_evidence();
    MUTAU_CHECK(read_checks(run, content, err));
    MUTAU_CHECK(read_failures(run, &reader->info, content, err));
    if (mutau_chain_has_evidence(&reader->info))
        MUTAU_CHECK(read_evidence(run, &reader->info, content, err));
    MUTAU_CHECK(read_slots(run, &reader->info, content, err));
    MUTAU_CHECK(open_sums(reader, run, content, err));
    MUTAU_CHECK(read_count(run, "converged", 0, 1, &converged, err));
    content->converged = converged != 0;
    return MUTAU_OK;
}

/* ---- the reader ------------------------------------------------------------------ */

/* HDF5 does not say why it cannot open a file, and waits for a pipe; the system does neither.
 * What is read of a long file has the size that is checked for each object. */
static mutau_status look_at(const char *path, mutau_error *err)
{
    int fd = -1;
    MUTAU_CHECK(mutau_regular_file_open(path, UINT64_MAX, &fd, err));
    (void)close(fd);
    return MUTAU_OK;
}

/* Without HDF5's locks: a reader must never stop another program, nor be stopped. */
static hid_t open_unlocked(const char *path)
{
    const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    hid_t file = -1;
    if (access >= 0 && H5Pset_file_locking(access, false, true) >= 0 &&
        H5Pset_fclose_degree(access, H5F_CLOSE_STRONG) >= 0)
        file = H5Fopen(path, H5F_ACC_RDONLY, access);
    mutau_chain_drop(access);
    return file;
}

/* All groups that were promised are there, before there is memory for what is in each. */
static mutau_status find_groups(hid_t file, const mutau_chain_info *info, mutau_error *err)
{
    for (size_t i = 0; i < mutau_chain_groups(info); i++) {
        char name[64];
        mutau_chain_group_name(info, i, sizeof name, name);
        if (!has_object(file, name))
            return mutau_error_set(err, MUTAU_EDATA, "it has no group /%s", name);
    }
    return MUTAU_OK;
}

static mutau_status read_content(mutau_chain_reader *reader, mutau_chain_content *content,
                                 mutau_error *err)
{
    MUTAU_CHECK(read_description(reader->file, &content->owned, err));
    reader->info = content->owned.info;
    MUTAU_CHECK(find_groups(reader->file, &reader->info, err));
    reader->n_data = mutau_chain_beta_part(&reader->info) + 4;
    reader->data = mutau_calloc(reader->n_data, sizeof *reader->data);
    if (reader->data == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to read a chain");
    for (size_t i = 0; i < reader->n_data; i++)
        reader->data[i] = -1;
    reader->double_type = H5Tcopy(H5T_NATIVE_DOUBLE);
    if (reader->info.n_blob > 0)
        reader->blob_type = mutau_chain_blob_type(&reader->info);
    MUTAU_CHECK(open_groups(reader, content, err));
    return read_in(reader, "/run", read_progress, 0, content, err);
}

static mutau_status open_reader(const char *path, mutau_chain_reader *reader,
                                mutau_chain_content *content, mutau_error *err)
{
    reader->file = open_unlocked(path);
    if (reader->file < 0)
        return mutau_error_set(err, MUTAU_EDATA, "%s: not an HDF5 file, or a damaged one", path);
    const mutau_status status = read_content(reader, content, err);
    if (status == MUTAU_OK)
        return MUTAU_OK;
    return mutau_error_wrap(err, status, status == MUTAU_EDATA ? "%s: not a chain of mutau" : "%s",
                            path);
}

mutau_status mutau_chain_reader_open(const char *path, mutau_chain_reader **out,
                                     mutau_chain_content *content, mutau_error *err)
{
    MUTAU_CHECK(look_at(path, err));
    mutau_chain_reader *reader = mutau_calloc(1, sizeof *reader);
    if (reader == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to read %s", path);
    reader->file = reader->double_type = reader->blob_type = -1;
    mutau_status status;
    H5E_BEGIN_TRY
    {
        status = open_reader(path, reader, content, err);
    }
    H5E_END_TRY
    if (status != MUTAU_OK) {
        mutau_chain_reader_close(reader);
        return status;
    }
    *out = reader;
    return MUTAU_OK;
}

void mutau_chain_reader_close(mutau_chain_reader *reader)
{
    if (reader == NULL)
        return;
    H5E_BEGIN_TRY
    {
        for (size_t i = 0; reader->data != NULL && i < reader->n_data; i++)
            mutau_chain_drop(reader->data[i]);
        mutau_chain_drop(reader->blob_type);
        mutau_chain_drop(reader->double_type);
        mutau_chain_drop(reader->file);
    }
    H5E_END_TRY
    free(reader->data);
    free(reader);
}

static mutau_status unreadable(const mutau_chain_info *info, size_t part, mutau_error *err)
{
    static const char *const fields[MUTAU_CHAIN_FIELDS] = {"chain", "log_prob", "blobs"};
    const size_t beta = mutau_chain_beta_part(info);
    char group[64];
    if (part == mutau_chain_sum_part(info))
        return mutau_error_set(err, MUTAU_EIO, "data set 'checksums' of /run cannot be read");
    if (part == mutau_chain_log_weight_part(info))
        return mutau_error_set(err, MUTAU_EIO, "data set 'log_weight' of /mixture cannot be read");
    if (part >= beta)
        return mutau_error_set(err, MUTAU_EIO, "data set '%s' of /tempering cannot be read",
                               part == beta ? "beta" : "log_like");
    mutau_chain_group_name(info, part / MUTAU_CHAIN_FIELDS, sizeof group, group);
    return mutau_error_set(err, MUTAU_EIO, "data set '%s' of /%s cannot be read",
                           fields[part % MUTAU_CHAIN_FIELDS], group);
}

mutau_status mutau_chain_reader_rows(mutau_chain_reader *reader, size_t part, size_t first,
                                     size_t n_row, double rows[], mutau_error *err)
{
    const mutau_chain_info *info = &reader->info;
    const size_t beta = mutau_chain_beta_part(info), field = part % MUTAU_CHAIN_FIELDS;
    hsize_t start[MAX_RANK] = {first}, count[MAX_RANK] = {n_row, info->n_walker, info->dim};
    hid_t data = part < beta ? reader->data[part] : reader->data[beta], type = reader->double_type;
    int rank = 2;
    if (part == mutau_chain_sum_part(info)) {
        data = reader->data[beta + 2];
        type = H5T_NATIVE_UINT64;
        count[1] = mutau_chain_sums(info);
    } else if (part == mutau_chain_log_weight_part(info)) {
        data = reader->data[beta + 3];
        rank = 3;
        count[1] = info->n_ensemble;
        count[2] = info->n_walker;
    } else if (part > beta) {
        data = reader->data[beta + 1];
        rank = 4;
        start[2] = part - beta - 1;
        count[1] = info->n_ensemble;
        count[2] = 1;
        count[3] = info->n_walker;
    } else if (part == beta) {
        count[1] = info->n_temperature;
    } else if (field == MUTAU_CHAIN_BLOB) {
        type = reader->blob_type;
    } else if (field == MUTAU_CHAIN_POSITION) {
        rank = 3;
    }
    bool read;
    H5E_BEGIN_TRY
    {
        read = read_block(data, type, rank, start, count, rows);
    }
    H5E_END_TRY
    return read ? MUTAU_OK : unreadable(info, part, err);
}
