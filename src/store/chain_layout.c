/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Composes an empty chain file and finds the places of what will change in it.
 *
 * The file is composed in memory (chain_image.c) in HDF5's oldest format, which
 * every reader knows and whose attributes are plain bytes without a checksum.
 * Data sets tell where their bytes are.  Attributes do not, so those that will
 * change are created with a mark of 8 bytes that occurs nowhere else; the mark is
 * looked for in the finished image, must be there once and at a multiple of 8,
 * and is replaced by the first value. */
#include "chain_hdf5.h"

#include <hdf5.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mutau/mem.h"

#define EMCEE_VERSION "3.1.4" /* whose layout this is */
#define MAX_CHUNK_SIZE ((size_t)1 << 20)
#define MAX_CHUNK_ROWS 1024
#define PAGE 4096

/* The attributes that change: their marks are numbered in this order. */
enum group_mark { MARK_ITERATION, MARK_BURN_IN, MARK_RNG_KEY, MARK_RNG_POS, N_GROUP_MARKS };
enum run_mark {
    MARK_STEPS,
    MARK_EVALUATIONS,
    MARK_FAILURES,
    MARK_SECONDS,
    MARK_N_CHECK,
    MARK_CONVERGED,
    N_RUN_MARKS
};

/* One composition: everything the steps below need. */
typedef struct composer {
    const mutau_chain_info *info;
    mutau_chain_places *places;
    size_t chunk_rows;
    hid_t file, scalar, text;
} composer;

/* An unlikely number, another for every `i` (the finaliser of SplitMix64). */
static uint64_t mark_of(size_t i)
{
    uint64_t x = ((uint64_t)i + 1) * 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static size_t run_mark(enum run_mark mark)
{
    return mark;
}

static size_t group_mark(size_t i_ensemble, enum group_mark mark)
{
    return N_RUN_MARKS + i_ensemble * N_GROUP_MARKS + mark;
}

size_t mutau_chain_chunk_rows(const mutau_chain_info *info)
{
    const size_t columns = info->dim > info->n_blob ? info->dim : info->n_blob;
    const size_t row_size = info->n_walker * columns * sizeof(double);
    size_t rows = MAX_CHUNK_ROWS;
    while (rows > 1 && rows * row_size > MAX_CHUNK_SIZE)
        rows /= 2;
    return rows;
}

/* ---- attributes -------------------------------------------------------------- */

static bool put_attribute(hid_t group, const char *name, hid_t type, hid_t space, const void *value)
{
    const hid_t attribute = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attribute < 0)
        return false;
    const bool written = H5Awrite(attribute, type, value) >= 0;
    return H5Aclose(attribute) >= 0 && written;
}

static bool put_integer(const composer *c, hid_t group, const char *name, uint64_t value)
{
    return put_attribute(group, name, H5T_NATIVE_INT64, c->scalar, &value);
}

static bool put_mark(const composer *c, hid_t group, const char *name, hid_t type, size_t i_mark)
{
    const uint64_t mark = mark_of(i_mark);
    return put_attribute(group, name, type, c->scalar, &mark);
}

static bool put_text(const composer *c, hid_t group, const char *name, const char *value)
{
    return put_attribute(group, name, c->text, c->scalar, &value);
}

static bool put_texts(const composer *c, hid_t group, const char *name, size_t n,
                      const char *const values[])
{
    const hsize_t length = n;
    const hid_t space = H5Screate_simple(1, &length, NULL);
    if (space < 0)
        return false;
    const bool written = put_attribute(group, name, c->text, space, values);
    return H5Sclose(space) >= 0 && written;
}

static bool put_names(const composer *c, hid_t group)
{
    const mutau_chain_info *info = c->info;
    return put_texts(c, group, "parameter_names", info->dim, info->names) &&
           put_texts(c, group, "parameter_labels", info->dim, info->labels) &&
           put_texts(c, group, "parameter_units", info->dim, info->units) &&
           put_texts(c, group, "blob_names", info->n_blob, info->blob_names);
}

/* numpy's ("MT19937", key, pos, has_gauss, cached_gaussian), as emcee stores it. */
static bool put_rng(const composer *c, hid_t group, size_t i_ensemble)
{
    uint32_t key[MUTAU_RNG_WORDS] = {0};
    const uint64_t mark = mark_of(group_mark(i_ensemble, MARK_RNG_KEY));
    memcpy(key, &mark, sizeof mark);
    const hsize_t length = MUTAU_RNG_WORDS;
    const double cached = 0.0;
    const hid_t space = H5Screate_simple(1, &length, NULL);
    if (space < 0)
        return false;
    const bool written =
        put_text(c, group, "random_state_0", "MT19937") &&
        put_attribute(group, "random_state_1", H5T_NATIVE_UINT32, space, key) &&
        put_mark(c, group, "random_state_2", H5T_NATIVE_INT64,
                 group_mark(i_ensemble, MARK_RNG_POS)) &&
        put_integer(c, group, "random_state_3", 0) &&
        put_attribute(group, "random_state_4", H5T_NATIVE_DOUBLE, c->scalar, &cached);
    return H5Sclose(space) >= 0 && written;
}

static bool put_group_attributes(const composer *c, hid_t group, size_t i_ensemble)
{
    const int8_t has_blobs = c->info->n_blob > 0;
    const hid_t boolean = mutau_chain_bool_type();
    if (boolean < 0)
        return false;
    const bool written =
        put_text(c, group, "version", EMCEE_VERSION) &&
        put_integer(c, group, "nwalkers", c->info->n_walker) &&
        put_integer(c, group, "ndim", c->info->dim) &&
        put_attribute(group, "has_blobs", boolean, c->scalar, &has_blobs) &&
        put_mark(c, group, "iteration", H5T_NATIVE_INT64, group_mark(i_ensemble, MARK_ITERATION)) &&
        put_mark(c, group, "burn_in", H5T_NATIVE_INT64, group_mark(i_ensemble, MARK_BURN_IN)) &&
        put_rng(c, group, i_ensemble) && put_names(c, group);
    return H5Tclose(boolean) >= 0 && written;
}

static bool put_run_attributes(const composer *c, hid_t run)
{
    const mutau_chain_info *info = c->info;
    return put_text(c, run, "format", MUTAU_CHAIN_FORMAT) &&
           put_text(c, run, "version", info->version) &&
           put_text(c, run, "config_hash", info->config_hash) &&
           put_text(c, run, "data_hash", info->data_hash) && put_names(c, run) &&
           put_integer(c, run, "n_ensemble", info->n_ensemble) &&
           put_integer(c, run, "seed", info->seed) && put_integer(c, run, "thin", info->thin) &&
           put_mark(c, run, "steps", H5T_NATIVE_INT64, run_mark(MARK_STEPS)) &&
           put_mark(c, run, "evaluations", H5T_NATIVE_INT64, run_mark(MARK_EVALUATIONS)) &&
           put_mark(c, run, "failures", H5T_NATIVE_INT64, run_mark(MARK_FAILURES)) &&
           put_mark(c, run, "seconds", H5T_NATIVE_DOUBLE, run_mark(MARK_SECONDS)) &&
           put_mark(c, run, "n_check", H5T_NATIVE_INT64, run_mark(MARK_N_CHECK)) &&
           put_mark(c, run, "converged", H5T_NATIVE_INT64, run_mark(MARK_CONVERGED));
}

/* ---- data sets --------------------------------------------------------------- */

/* Creation properties: space at once, no filling, no times, chunks if asked for. */
static hid_t data_properties(int rank, const hsize_t chunk[])
{
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (properties < 0)
        return -1;
    if (H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY) < 0 ||
        H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER) < 0 ||
        H5Pset_obj_track_times(properties, false) < 0 ||
        (chunk != NULL && H5Pset_chunk(properties, rank, chunk) < 0)) {
        (void)H5Pclose(properties);
        return -1;
    }
    return properties;
}

static hid_t create_data(hid_t group, const char *name, hid_t type, int rank, const hsize_t shape[],
                         const hsize_t chunk[])
{
    hsize_t largest[3] = {0};
    if (rank > 0)
        memcpy(largest, shape, (size_t)rank * sizeof shape[0]);
    if (chunk != NULL)
        largest[0] = H5S_UNLIMITED;
    const hid_t properties = data_properties(rank, chunk);
    const hid_t space = rank > 0 ? H5Screate_simple(rank, shape, largest) : H5Screate(H5S_SCALAR);
    hid_t data = -1;
    if (properties >= 0 && space >= 0)
        data = H5Dcreate2(group, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    if (properties >= 0)
        (void)H5Pclose(properties);
    if (space >= 0)
        (void)H5Sclose(space);
    return data;
}

/* A data set of fixed size; its place. */
static bool put_fixed(hid_t group, const char *name, hid_t type, int rank, const hsize_t shape[],
                      uint64_t *place)
{
    const hid_t data = create_data(group, name, type, rank, shape, NULL);
    if (data < 0)
        return false;
    *place = H5Dget_offset(data);
    return H5Dclose(data) >= 0 && *place != HADDR_UNDEF;
}

static bool chunk_place(hid_t data, hid_t space, hsize_t i_chunk, haddr_t *place)
{
    hsize_t offset[3], size;
    unsigned filters;
    return H5Dget_chunk_info(data, space, i_chunk, offset, &filters, place, &size) >= 0 &&
           *place != HADDR_UNDEF;
}

/* A data set that emcee can resize, of whole chunks.  New space is taken at the
 * end of the file, one chunk after the other, so that the rows lie in one piece:
 * checked by where the last chunk is. */
static bool put_rows(const composer *c, hid_t group, const char *name, hid_t type, int rank,
                     const hsize_t shape[], uint64_t *place)
{
    hsize_t chunk[3] = {0};
    memcpy(chunk, shape, (size_t)rank * sizeof shape[0]);
    chunk[0] = c->chunk_rows;
    const hid_t data = create_data(group, name, type, rank, shape, chunk);
    if (data < 0)
        return false;
    const hsize_t n_chunk = shape[0] / chunk[0];
    uint64_t size = H5Tget_size(type);
    for (int i = 0; i < rank; i++)
        size *= chunk[i];
    haddr_t first = 0, last = 0;
    const hid_t space = H5Dget_space(data);
    const bool found = space >= 0 && chunk_place(data, space, 0, &first) &&
                       chunk_place(data, space, n_chunk - 1, &last) &&
                       last == first + (n_chunk - 1) * size;
    *place = first;
    if (space >= 0)
        (void)H5Sclose(space);
    return H5Dclose(data) >= 0 && found;
}

static bool put_group_data(const composer *c, hid_t group, mutau_chain_group_place *place)
{
    const mutau_chain_info *info = c->info;
    const hsize_t shape[] = {c->places->capacity, info->n_walker, info->dim};
    if (!put_fixed(group, "accepted", H5T_NATIVE_DOUBLE, 1, &shape[1], &place->accepted) ||
        !put_rows(c, group, "chain", H5T_NATIVE_DOUBLE, 3, shape, &place->chain) ||
        !put_rows(c, group, "log_prob", H5T_NATIVE_DOUBLE, 2, shape, &place->log_prob))
        return false;
    if (info->n_blob == 0)
        return true;
    const hid_t type = mutau_chain_blob_type(info);
    if (type < 0)
        return false;
    const bool written = put_rows(c, group, "blobs", type, 2, shape, &place->blob);
    return H5Tclose(type) >= 0 && written;
}

static bool put_run_data(const composer *c, hid_t run)
{
    const hsize_t n_check = c->places->check_capacity, two = 2;
    const hid_t config = H5Tcopy(H5T_C_S1), check = mutau_chain_check_type(),
                slot = mutau_chain_slot_type(c->info);
    const bool written = config >= 0 && check >= 0 && slot >= 0 &&
                         H5Tset_size(config, strlen(c->info->config) + 1) >= 0 &&
                         H5Tset_cset(config, H5T_CSET_UTF8) >= 0 &&
                         put_fixed(run, "config", config, 0, NULL, &c->places->config) &&
                         put_fixed(run, "diagnostics", check, 1, &n_check, &c->places->checks) &&
                         put_fixed(run, "state", slot, 1, &two, &c->places->state);
    if (config >= 0)
        (void)H5Tclose(config);
    if (check >= 0)
        (void)H5Tclose(check);
    if (slot >= 0)
        (void)H5Tclose(slot);
    return written;
}

/* ---- the whole --------------------------------------------------------------- */

static hid_t create_group(hid_t file, const char *name)
{
    const hid_t properties = H5Pcreate(H5P_GROUP_CREATE);
    if (properties < 0)
        return -1;
    hid_t group = -1;
    if (H5Pset_obj_track_times(properties, false) >= 0)
        group = H5Gcreate2(file, name, H5P_DEFAULT, properties, H5P_DEFAULT);
    (void)H5Pclose(properties);
    return group;
}

/* All attributes of all groups come before the first data set: their texts must
 * lie in front of the raw data, in the part that the image holds. */
static bool put_all_attributes(const composer *c)
{
    hid_t group = create_group(c->file, "run");
    if (group < 0 || !put_run_attributes(c, group) || H5Gclose(group) < 0)
        return false;
    for (size_t i = 0; i < c->info->n_ensemble; i++) {
        char name[32];
        mutau_chain_group_name(i, sizeof name, name);
        group = create_group(c->file, name);
        if (group < 0 || !put_group_attributes(c, group, i) || H5Gclose(group) < 0)
            return false;
    }
    return true;
}

static bool put_all_data(const composer *c)
{
    hid_t group = H5Gopen2(c->file, "run", H5P_DEFAULT);
    if (group < 0 || !put_run_data(c, group) || H5Gclose(group) < 0)
        return false;
    for (size_t i = 0; i < c->info->n_ensemble; i++) {
        char name[32];
        mutau_chain_group_name(i, sizeof name, name);
        group = H5Gopen2(c->file, name, H5P_DEFAULT);
        if (group < 0 || !put_group_data(c, group, &c->places->groups[i]) || H5Gclose(group) < 0)
            return false;
    }
    return true;
}

/* A generous bound for all metadata: object headers, symbol tables, and 40 bytes
 * per chunk in B-tree nodes that may be half empty. */
static hsize_t metadata_bound(const mutau_chain_info *info, size_t n_chunk)
{
    return 65536 + (hsize_t)info->n_ensemble * (32768 + 3 * 128 * (hsize_t)n_chunk) +
           (hsize_t)(info->n_ensemble + 1) * (info->dim + info->n_blob) * 256;
}

static size_t texts_bound(const mutau_chain_info *info)
{
    size_t size = strlen(info->config_hash) + strlen(info->data_hash) + strlen(info->version);
    for (size_t i = 0; i < info->dim; i++)
        size += strlen(info->names[i]) + strlen(info->labels[i]) + strlen(info->units[i]);
    for (size_t i = 0; i < info->n_blob; i++)
        size += strlen(info->blob_names[i]);
    const size_t n_text = 8 + 3 * info->dim + info->n_blob;
    return (info->n_ensemble + 1) * (4 * (size + 64 * n_text) + 16384);
}

static mutau_status compose(const mutau_chain_info *info, mutau_chain_places *places,
                            mutau_chain_image *image, const char *path, mutau_error *err)
{
    composer c = {.info = info, .places = places, .chunk_rows = mutau_chain_chunk_rows(info)};
    const hsize_t metadata = metadata_bound(info, places->capacity / c.chunk_rows);
    MUTAU_CHECK(mutau_chain_image_alloc(2 * (size_t)metadata + texts_bound(info), image, err));
    hid_t driver = -1;
    c.file = mutau_chain_image_create(image, metadata, &driver);
    c.scalar = H5Screate(H5S_SCALAR);
    c.text = mutau_chain_text_type();
    bool written =
        c.file >= 0 && c.scalar >= 0 && c.text >= 0 && put_all_attributes(&c) && put_all_data(&c);
    if (c.text >= 0)
        (void)H5Tclose(c.text);
    if (c.scalar >= 0)
        (void)H5Sclose(c.scalar);
    if (c.file >= 0 && H5Fclose(c.file) < 0)
        written = false;
    if (driver >= 0)
        (void)H5FDunregister(driver);
    if (!written)
        return mutau_error_set(err, MUTAU_EIO, "%s: HDF5 cannot compose this chain file", path);
    return MUTAU_OK;
}

/* ---- finding the marks --------------------------------------------------------- */

/* The place of a mark, which `value` replaces; false unless it is there once. */
static bool replace_mark(mutau_chain_image *image, size_t i_mark, uint64_t value, uint64_t *place)
{
    const uint64_t mark = mark_of(i_mark);
    size_t n_found = 0;
    for (size_t i = 0; i + sizeof mark <= image->used; i += sizeof mark) {
        if (memcmp(image->bytes + i, &mark, sizeof mark) != 0)
            continue;
        *place = i;
        n_found++;
    }
    if (n_found != 1)
        return false;
    memcpy(image->bytes + *place, &value, sizeof value);
    return true;
}

static bool replace_marks(const mutau_chain_info *info, mutau_chain_image *image,
                          mutau_chain_places *places)
{
    uint64_t *const run[N_RUN_MARKS] = {
        [MARK_STEPS] = &places->steps,       [MARK_EVALUATIONS] = &places->evaluations,
        [MARK_FAILURES] = &places->failures, [MARK_SECONDS] = &places->seconds,
        [MARK_N_CHECK] = &places->n_check,   [MARK_CONVERGED] = &places->converged,
    };
    bool found = true;
    for (size_t i = 0; i < N_RUN_MARKS && found; i++)
        found = replace_mark(image, i, 0, run[i]);
    for (size_t i = 0; i < info->n_ensemble && found; i++) {
        mutau_chain_group_place *group = &places->groups[i];
        found = replace_mark(image, group_mark(i, MARK_ITERATION), 0, &group->iteration) &&
                replace_mark(image, group_mark(i, MARK_BURN_IN), 0, &group->burn_in) &&
                replace_mark(image, group_mark(i, MARK_RNG_KEY), 0, &group->rng_key) &&
                replace_mark(image, group_mark(i, MARK_RNG_POS), MUTAU_RNG_WORDS, &group->rng_pos);
    }
    return found;
}

/* Brings the image to disk, leaving holes where it is empty, and gives the file
 * its full length: the rows are a hole until they are written. */
static mutau_status write_image(const mutau_chain_image *image, int fd, const char *path,
                                mutau_error *err)
{
    static const unsigned char empty[PAGE];
    if (ftruncate(fd, (off_t)image->file_size) != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot make a file of %llu bytes: %s", path,
                               (unsigned long long)image->file_size, strerror(errno));
    for (size_t i = 0; i < image->used; i += PAGE) {
        const size_t size = image->used - i < PAGE ? image->used - i : PAGE;
        if (memcmp(image->bytes + i, empty, size) != 0)
            MUTAU_CHECK(mutau_chain_write_at(fd, image->bytes + i, size, i, path, err));
    }
    return MUTAU_OK;
}

static mutau_status compose_and_write(const mutau_chain_info *info, mutau_chain_image *image,
                                      int fd, const char *path, mutau_chain_places *places,
                                      mutau_error *err)
{
    mutau_status status;
    H5E_BEGIN_TRY
    {
        status = compose(info, places, image, path, err);
    }
    H5E_END_TRY
    MUTAU_CHECK(status);
    if (!replace_marks(info, image, places))
        return mutau_error_set(err, MUTAU_EIO,
                               "%s: this version of HDF5 lays attributes out in another way than "
                               "the chain store expects",
                               path);
    MUTAU_CHECK(write_image(image, fd, path, err));
    return mutau_chain_write_at(fd, info->config, strlen(info->config) + 1, places->config, path,
                                err);
}

mutau_status mutau_chain_layout_write(const mutau_chain_info *info, size_t capacity,
                                      size_t check_capacity, int fd, const char *path,
                                      mutau_chain_places *places, mutau_error *err)
{
    const size_t chunk_rows = mutau_chain_chunk_rows(info);
    mutau_chain_image image = {0};
    *places = (mutau_chain_places){
        .capacity = (capacity + chunk_rows - 1) / chunk_rows * chunk_rows,
        .check_capacity = check_capacity,
        .groups = mutau_calloc(info->n_ensemble, sizeof *places->groups),
    };
    if (places->groups == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to compose %s", path);
    const mutau_status status = compose_and_write(info, &image, fd, path, places, err);
    mutau_chain_image_free(&image);
    return status;
}
