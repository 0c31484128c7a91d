/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Composes an empty chain file and finds the places of what will change in it.
 *
 * The file is composed in memory (chain_image.c) in HDF5's oldest format, which
 * every reader knows and whose attributes are plain bytes without a checksum.
 * Data sets tell where their bytes are.  Attributes do not, so those that will
 * change are created with a mark of 8 bytes that occurs nowhere else; the mark is
 * looked for in the finished image, must be there once and at a multiple of 8,
 * and is replaced by the first value. */
#include "chain_hdf5_internal.h"

#include <hdf5.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

#define EMCEE_VERSION "3.1.4" /* whose layout this is */
#define MAX_RANK 4
#define MAX_RUN_MARKS 12 /* of /run, /tempering and /mixture; of each group: */
#define GROUP_MARKS 4

/* An attribute that will change: what it begins with, and where its place is to be kept. */
typedef struct mark {
    uint64_t first, *place;
} mark;

/* One composition: everything the steps below need. */
typedef struct composer {
    const mutau_chain_info *info;
    mutau_chain_places *places;
    size_t chunk_rows;
    hid_t file, scalar, text;
    uint64_t config, inputs, mixture; /* places of texts */
    size_t n_mark, most_marks;
    mark *marks; /* [most_marks] */
} composer;

/* An unlikely number, another for every `i`. */
static uint64_t mark_of(size_t i)
{
    return (uint64_t)0x9e3779b9 << 32 | (uint64_t)i;
}

void mutau_chain_places_free(mutau_chain_places *places)
{
    free(places->groups);
    free(places->parts);
    places->groups = NULL;
    places->parts = NULL;
}

/* ---- attributes -------------------------------------------------------------- */

static bool put_attribute(hid_t group, const char *name, hid_t type, hid_t space, const void *value)
{
    const hid_t attribute = H5Acreate2(group, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    const bool written = attribute >= 0 && H5Awrite(attribute, type, value) >= 0;
    mutau_chain_drop(attribute);
    return written;
}

static bool put_list(hid_t group, const char *name, hid_t type, size_t n, const void *values)
{
    const hsize_t length = n;
    const hid_t space = H5Screate_simple(1, &length, NULL);
    const bool written = space >= 0 && put_attribute(group, name, type, space, values);
    mutau_chain_drop(space);
    return written;
}

static bool put_integer(const composer *c, hid_t group, const char *name, uint64_t value)
{
    return put_attribute(group, name, H5T_NATIVE_INT64, c->scalar, &value);
}

static bool put_text(const composer *c, hid_t group, const char *name, const char *value)
{
    return put_attribute(group, name, c->text, c->scalar, &value);
}

/* The value of a mark, in the place of 8 bytes, whatever they are. */
static bool new_mark(composer *c, mark changing, uint64_t *value)
{
    if (c->n_mark == c->most_marks)
        return false;
    *value = mark_of(c->n_mark);
    c->marks[c->n_mark++] = changing;
    return true;
}

static bool put_mark(composer *c, hid_t group, const char *name, uint64_t first, uint64_t *place)
{
    uint64_t value;
    return new_mark(c, (mark){first, place}, &value) && put_integer(c, group, name, value);
}

static bool put_names(const composer *c, hid_t group)
{
    const mutau_chain_info *info = c->info;
    return put_list(group, "parameter_names", c->text, info->dim, info->names) &&
           put_list(group, "parameter_labels", c->text, info->dim, info->labels) &&
           put_list(group, "parameter_units", c->text, info->dim, info->units) &&
           put_list(group, "blob_names", c->text, info->n_blob, info->blob_names);
}

/* numpy's ("MT19937", key, pos, has_gauss, cached_gaussian), as emcee stores it. */
static bool put_rng(composer *c, hid_t group, mutau_chain_group_place *place)
{
    uint32_t key[MUTAU_RNG_WORDS] = {0};
    uint64_t value;
    const double cached = 0.0;
    if (!new_mark(c, (mark){0, &place->rng_key}, &value))
        return false;
    memcpy(key, &value, sizeof value);
    return put_text(c, group, "random_state_0", "MT19937") &&
           put_list(group, "random_state_1", H5T_NATIVE_UINT32, MUTAU_RNG_WORDS, key) &&
           put_mark(c, group, "random_state_2", MUTAU_RNG_WORDS, &place->rng_pos) &&
           put_integer(c, group, "random_state_3", 0) &&
           put_attribute(group, "random_state_4", H5T_NATIVE_DOUBLE, c->scalar, &cached);
}

static bool put_flag(const composer *c, hid_t group, const char *name, int8_t value)
{
    const hid_t type = mutau_chain_bool_type();
    const bool written = type >= 0 && put_attribute(group, name, type, c->scalar, &value);
    mutau_chain_drop(type);
    return written;
}

/* emcee knows nothing of rungs: only a tempered run's groups say which they are. */
static bool put_rung(const composer *c, hid_t group, size_t i_group)
{
    return !mutau_chain_tempered(c->info) ||
           put_integer(c, group, "rung", i_group % mutau_chain_stored_rungs(c->info));
}

static bool put_group_attributes(composer *c, hid_t group, size_t i_group)
{
    mutau_chain_group_place *place = &c->places->groups[i_group];
    return put_text(c, group, "version", EMCEE_VERSION) &&
           put_integer(c, group, "nwalkers", c->info->n_walker) &&
           put_integer(c, group, "ndim", c->info->dim) &&
           put_flag(c, group, "has_blobs", c->info->n_blob > 0) &&
           put_mark(c, group, "iteration", 0, &place->iteration) &&
           put_mark(c, group, "burn_in", 0, &place->burn_in) && put_rng(c, group, place) &&
           put_rung(c, group, i_group) && put_names(c, group);
}

/* The wall time is a double. */
static bool put_seconds(composer *c, hid_t run)
{
    uint64_t value;
    return new_mark(c, (mark){0, &c->places->seconds}, &value) &&
           put_attribute(run, "seconds", H5T_NATIVE_DOUBLE, c->scalar, &value);
}

static bool put_run_attributes(composer *c, hid_t run, size_t unused)
{
    (void)unused;
    const mutau_chain_info *info = c->info;
    mutau_chain_places *places = c->places;
    return put_text(c, run, "format", MUTAU_CHAIN_FORMAT) &&
           put_text(c, run, "version", info->version) &&
           put_text(c, run, "config_hash", info->config_hash) &&
           put_text(c, run, "data_hash", info->data_hash) &&
           put_text(c, run, "folder", info->folder) && put_names(c, run) &&
           put_integer(c, run, "n_ensemble", info->n_ensemble) &&
           put_integer(c, run, "seed", info->seed) && put_integer(c, run, "thin", info->thin) &&
           put_integer(c, run, "n_temperature", mutau_chain_rungs(info)) &&
           put_integer(c, run, "store_rungs", info->store_rungs) &&
           put_integer(c, run, "start_maxima", info->n_start_maximum) &&
           put_mark(c, run, "steps", 0, &places->steps) &&
           put_mark(c, run, "evaluations", 0, &places->evaluations) &&
           put_mark(c, run, "failures", 0, &places->failures) && put_seconds(c, run) &&
           put_mark(c, run, "n_check", 0, &places->n_check) &&
           put_mark(c, run, "n_failure", 0, &places->n_failure) &&
           put_mark(c, run, "n_checksum", 0, &places->n_sum) &&
           put_mark(c, run, "converged", 0, &places->converged);
}

static bool put_extent(composer *c, hid_t group, mutau_chain_extent *extent)
{
    return put_mark(c, group, "iteration", 0, &extent->iteration) &&
           put_mark(c, group, "burn_in", 0, &extent->burn_in);
}

static bool put_tempering_attributes(composer *c, hid_t group, size_t unused)
{
    (void)unused;
    return put_extent(c, group, &c->places->tempering);
}

static bool put_mixture_attributes(composer *c, hid_t group, size_t unused)
{
    (void)unused;
    char digest[MUTAU_SHA256_HEX_SIZE];
    mutau_chain_digest(c->info->mixture, digest);
    return put_extent(c, group, &c->places->mixture) && put_text(c, group, "digest", digest);
}

/* ---- data sets --------------------------------------------------------------- */

/* Creation properties: space at once, no filling, no times, chunks if asked for. */
static hid_t data_properties(int rank, const hsize_t chunk[])
{
    const hid_t properties = H5Pcreate(H5P_DATASET_CREATE);
    if (properties >= 0 && H5Pset_alloc_time(properties, H5D_ALLOC_TIME_EARLY) >= 0 &&
        H5Pset_fill_time(properties, H5D_FILL_TIME_NEVER) >= 0 &&
        H5Pset_obj_track_times(properties, false) >= 0 &&
        (chunk == NULL || H5Pset_chunk(properties, rank, chunk) >= 0))
        return properties;
    mutau_chain_drop(properties);
    return -1;
}

static hid_t create_data(hid_t group, const char *name, hid_t type, int rank, const hsize_t shape[],
                         const hsize_t chunk[])
{
    hsize_t largest[MAX_RANK] = {0};
    if (rank > 0)
        memcpy(largest, shape, (size_t)rank * sizeof shape[0]);
    if (chunk != NULL)
        largest[0] = H5S_UNLIMITED;
    const hid_t properties = data_properties(rank, chunk);
    const hid_t space = rank > 0 ? H5Screate_simple(rank, shape, largest) : H5Screate(H5S_SCALAR);
    hid_t data = -1;
    if (type >= 0 && properties >= 0 && space >= 0)
        data = H5Dcreate2(group, name, type, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    mutau_chain_drop(properties);
    mutau_chain_drop(space);
    return data;
}

/* A data set of fixed size; its place. */
static bool put_fixed(hid_t group, const char *name, hid_t type, int rank, const hsize_t shape[],
                      uint64_t *place)
{
    const hid_t data = create_data(group, name, type, rank, shape, NULL);
    *place = data >= 0 ? H5Dget_offset(data) : HADDR_UNDEF;
    mutau_chain_drop(data);
    return *place != HADDR_UNDEF;
}

/* The same, of a type that is its own and is closed. */
static bool put_fixed_of(hid_t group, const char *name, hid_t type, int rank, const hsize_t shape[],
                         uint64_t *place)
{
    const bool written = put_fixed(group, name, type, rank, shape, place);
    mutau_chain_drop(type);
    return written;
}

static bool chunk_place(hid_t data, hid_t space, hsize_t i_chunk, haddr_t *place)
{
    hsize_t offset[MAX_RANK + 1], size;
    unsigned filters;
    return H5Dget_chunk_info(data, space, i_chunk, offset, &filters, place, &size) >= 0 &&
           *place != HADDR_UNDEF;
}

/* Where the first chunk of a data set is, if all lie one after the other: new space
 * is taken at the end of the file, checked by where the last one is. */
static bool chunks_place(hid_t data, hsize_t n_chunk, uint64_t size, uint64_t *place)
{
    haddr_t first = 0, last = 0;
    const hid_t space = H5Dget_space(data);
    const bool found = space >= 0 && chunk_place(data, space, 0, &first) &&
                       chunk_place(data, space, n_chunk - 1, &last) &&
                       last == first + (n_chunk - 1) * size;
    *place = first;
    mutau_chain_drop(space);
    return found;
}

/* A data set that emcee can resize, of whole chunks: as many rows as all have, and of
 * the other dimensions all, or one if there is a dimension `turns` (0: none). */
static bool put_rows(const composer *c, hid_t group, const char *name, hid_t type, int rank,
                     const hsize_t shape[], int turns, uint64_t *place)
{
    hsize_t chunk[MAX_RANK] = {0}, n_chunk = shape[0] / c->chunk_rows;
    memcpy(chunk, shape, (size_t)rank * sizeof shape[0]);
    chunk[0] = c->chunk_rows;
    if (turns > 0) {
        chunk[turns] = 1;
        n_chunk *= shape[turns];
    }
    uint64_t size = H5Tget_size(type);
    for (int i = 0; i < rank; i++)
        size *= chunk[i];
    const hid_t data = create_data(group, name, type, rank, shape, chunk);
    const bool found = data >= 0 && chunks_place(data, n_chunk, size, place);
    mutau_chain_drop(data);
    return found;
}

static bool put_blobs(const composer *c, hid_t group, uint64_t *place)
{
    const hsize_t shape[] = {c->places->capacity, c->info->n_walker};
    if (c->info->n_blob == 0)
        return true;
    const hid_t type = mutau_chain_blob_type(c->info);
    const bool written = type >= 0 && put_rows(c, group, "blobs", type, 2, shape, 0, place);
    mutau_chain_drop(type);
    return written;
}

static bool put_group_data(composer *c, hid_t group, size_t i_group)
{
    uint64_t *parts = c->places->parts + mutau_chain_group_part(i_group, MUTAU_CHAIN_POSITION);
    const hsize_t shape[] = {c->places->capacity, c->info->n_walker, c->info->dim};
    return put_fixed(group, "accepted", H5T_NATIVE_DOUBLE, 1, &shape[1],
                     &c->places->groups[i_group].accepted) &&
           put_rows(c, group, "chain", H5T_NATIVE_DOUBLE, 3, shape, 0,
                    &parts[MUTAU_CHAIN_POSITION]) &&
           put_rows(c, group, "log_prob", H5T_NATIVE_DOUBLE, 2, shape, 0,
                    &parts[MUTAU_CHAIN_LOG_PROB]) &&
           put_blobs(c, group, &parts[MUTAU_CHAIN_BLOB]);
}

/* /tempering: the ladder, all rungs' likelihoods, and swaps.  The chunks of log_like are
 * those of one rung, so that one rung can be read without the others. */
static bool put_tempering_data(composer *c, hid_t group, size_t unused)
{
    (void)unused;
    const mutau_chain_info *info = c->info;
    mutau_chain_places *places = c->places;
    const hsize_t n_rung = mutau_chain_rungs(info), n_pair = n_rung - 1;
    const hsize_t beta[] = {places->capacity, n_rung};
    const hsize_t log_like[] = {places->capacity, info->n_ensemble, n_rung, info->n_walker};
    const size_t i_part = mutau_chain_log_like_part(info, 0);
    if (!put_fixed(group, "swaps_proposed", H5T_NATIVE_UINT64, 1, &n_pair,
                   &places->swaps_proposed) ||
        !put_fixed(group, "swaps_accepted", H5T_NATIVE_UINT64, 1, &n_pair,
                   &places->swaps_accepted) ||
        !put_rows(c, group, "beta", H5T_NATIVE_DOUBLE, 2, beta, 0,
                  &places->parts[mutau_chain_beta_part(info)]) ||
        !put_rows(c, group, "log_like", H5T_NATIVE_DOUBLE, 4, log_like, 2, &places->parts[i_part]))
        return false;
    const uint64_t chunk_size =
        (uint64_t)c->chunk_rows * mutau_chain_columns(info, i_part) * sizeof(double);
    for (size_t i = 1; i < n_rung; i++)
        places->parts[i_part + i] = places->parts[i_part] + i * chunk_size;
    return true;
}

/* /mixture: the proposal, a text, and the weights of its draws. */
static bool put_mixture_data(composer *c, hid_t group, size_t unused)
{
    (void)unused;
    const mutau_chain_info *info = c->info;
    const hsize_t shape[] = {c->places->capacity, info->n_ensemble, info->n_walker};
    return put_fixed_of(group, "mixture", mutau_chain_fixed_text_type(info->mixture), 0, NULL,
                        &c->mixture) &&
           put_rows(c, group, "log_weight", H5T_NATIVE_DOUBLE, 3, shape, 0,
                    &c->places->parts[mutau_chain_log_weight_part(info)]);
}

static bool put_run_data(composer *c, hid_t run, size_t unused)
{
    (void)unused;
    const mutau_chain_info *info = c->info;
    mutau_chain_places *places = c->places;
    const hsize_t sums[] = {places->capacity, mutau_chain_sums(info)};
    const hsize_t n_check = places->check_capacity, two = 2, n_failure = MUTAU_MAX_FAILURES;
    return put_fixed_of(run, "config", mutau_chain_fixed_text_type(info->config), 0, NULL,
                        &c->config) &&
           (info->inputs[0] == '\0' ||
            put_fixed_of(run, "inputs", mutau_chain_fixed_text_type(info->inputs), 0, NULL,
                         &c->inputs)) &&
           put_fixed_of(run, "diagnostics", mutau_chain_check_type(), 1, &n_check,
                        &places->checks) &&
           put_fixed_of(run, "state", mutau_chain_slot_type(info), 1, &two, &places->state) &&
           put_fixed_of(run, "failures", mutau_chain_failure_type(info), 1, &n_failure,
                        &places->failed) &&
           put_rows(c, run, "checksums", H5T_NATIVE_UINT64, 2, sums, 0,
                    &places->parts[mutau_chain_sum_part(info)]) &&
           (!mutau_chain_has_evidence(info) ||
            put_fixed_of(run, "evidence", mutau_chain_evidence_type(info), 0, NULL,
                         &places->evidence));
}

/* ---- the whole --------------------------------------------------------------- */

/* What is put into a group; the number is that of one in emcee's layout. */
typedef bool put_content(composer *c, hid_t group, size_t i_group);

/* Opens a group, or makes it, and puts something in. */
static bool put_in(composer *c, const char *name, put_content *put, size_t i_group)
{
    hid_t group = -1;
    const hid_t properties = H5Pcreate(H5P_GROUP_CREATE);
    if (H5Lexists(c->file, name, H5P_DEFAULT) > 0)
        group = H5Gopen2(c->file, name, H5P_DEFAULT);
    else if (properties >= 0 && H5Pset_obj_track_times(properties, false) >= 0)
        group = H5Gcreate2(c->file, name, H5P_DEFAULT, properties, H5P_DEFAULT);
    const bool written = group >= 0 && put(c, group, i_group);
    mutau_chain_drop(properties);
    mutau_chain_drop(group);
    return written;
}

static bool put_in_each(composer *c, put_content *put)
{
    bool written = true;
    for (size_t i = 0; i < mutau_chain_groups(c->info) && written; i++) {
        char name[64];
        mutau_chain_group_name(c->info, i, sizeof name, name);
        written = put_in(c, name, put, i);
    }
    return written;
}

/* All attributes of all groups come before the first data set: their texts must
 * lie in front of the raw data, in the part that the image holds. */
static bool put_all(composer *c)
{
    const bool tempered = mutau_chain_tempered(c->info), mixed = mutau_chain_has_mixture(c->info);
    return put_in(c, "run", put_run_attributes, 0) && put_in_each(c, put_group_attributes) &&
           (!tempered || put_in(c, "tempering", put_tempering_attributes, 0)) &&
           (!mixed || put_in(c, "mixture", put_mixture_attributes, 0)) &&
           put_in(c, "run", put_run_data, 0) && put_in_each(c, put_group_data) &&
           (!tempered || put_in(c, "tempering", put_tempering_data, 0)) &&
           (!mixed || put_in(c, "mixture", put_mixture_data, 0));
}

/* A generous bound for all metadata: object headers, symbol tables, and up to 56 bytes
 * per chunk in B-tree nodes that may be half empty. */
static hsize_t metadata_bound(const mutau_chain_info *info, size_t n_chunk)
{
    const hsize_t n_group = mutau_chain_groups(info), n_part = mutau_chain_parts(info);
    return 65536 + n_group * 32768 + n_part * 128 * (hsize_t)n_chunk +
           (n_group + 1) * (info->dim + info->n_blob) * 256;
}

static size_t texts_bound(const mutau_chain_info *info)
{
    size_t size = strlen(info->config_hash) + strlen(info->data_hash) + strlen(info->version) +
                  strlen(info->folder);
    for (size_t i = 0; i < info->dim; i++)
        size += strlen(info->names[i]) + strlen(info->labels[i]) + strlen(info->units[i]);
    for (size_t i = 0; i < info->n_blob; i++)
        size += strlen(info->blob_names[i]);
    const size_t n_text = 10 + 3 * info->dim + info->n_blob;
    return (mutau_chain_groups(info) + 1) * (4 * (size + 64 * n_text) + 16384);
}

static mutau_status compose(composer *c, mutau_chain_image *image, const char *path,
                            mutau_error *err)
{
    const hsize_t metadata = metadata_bound(c->info, c->places->capacity / c->chunk_rows);
    hsize_t file_size = 0;
    MUTAU_CHECK(mutau_chain_image_alloc(2 * (size_t)metadata + texts_bound(c->info), image, err));
    c->file = mutau_chain_image_create(image, metadata, path);
    c->scalar = H5Screate(H5S_SCALAR);
    c->text = mutau_chain_text_type();
    bool written = c->file >= 0 && c->scalar >= 0 && c->text >= 0 && put_all(c) &&
                   H5Fget_filesize(c->file, &file_size) >= 0;
    mutau_chain_drop(c->text);
    mutau_chain_drop(c->scalar);
    if (c->file >= 0 && H5Fclose(c->file) < 0)
        written = false;
    image->file_size = file_size;
    if (!written)
        return mutau_error_set(err, MUTAU_EIO, "%s: HDF5 cannot compose this chain file", path);
    return MUTAU_OK;
}

/* Finds every mark and puts the first value there; false unless each is there once. */
static bool replace_marks(const composer *c, mutau_chain_image *image)
{
    size_t n_found = 0;
    for (size_t i = 0; i + sizeof(uint64_t) <= image->used; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, image->bytes + i, sizeof word);
        const size_t i_mark = (size_t)(word & UINT32_MAX);
        if (i_mark >= c->n_mark || word != mark_of(i_mark))
            continue;
        const mark *found = &c->marks[i_mark];
        if (*found->place != 0)
            return false;
        *found->place = i;
        n_found++;
        memcpy(image->bytes + i, &found->first, sizeof found->first);
    }
    return n_found == c->n_mark;
}

/* Brings the image to disk, leaving holes where it is empty, and gives the file
 * its full length: the rows are a hole until they are written. */
static mutau_status write_image(const mutau_chain_image *image, int fd, const char *path,
                                mutau_error *err)
{
    static const unsigned char empty[MUTAU_CHAIN_PAGE];
    if (ftruncate(fd, (off_t)image->file_size) != 0)
        return mutau_error_set(err, MUTAU_EIO, "%s: cannot make a file of %llu bytes: %s", path,
                               (unsigned long long)image->file_size, strerror(errno));
    for (size_t i = 0; i < image->used; i += MUTAU_CHAIN_PAGE) {
        const size_t size = image->used - i < MUTAU_CHAIN_PAGE ? image->used - i : MUTAU_CHAIN_PAGE;
        if (memcmp(image->bytes + i, empty, size) != 0)
            MUTAU_CHECK(mutau_chain_write_at(fd, image->bytes + i, size, i, path, err));
    }
    return MUTAU_OK;
}

static mutau_status write_text(const char *text, uint64_t place, int fd, const char *path,
                               mutau_error *err)
{
    return mutau_chain_write_at(fd, text, strlen(text) + 1, place, path, err);
}

static mutau_status compose_and_write(composer *c, mutau_chain_image *image, int fd,
                                      const char *path, mutau_error *err)
{
    const mutau_chain_info *info = c->info;
    mutau_status status;
    H5E_BEGIN_TRY
    {
        status = compose(c, image, path, err);
    }
    H5E_END_TRY
    MUTAU_CHECK(status);
    if (!replace_marks(c, image))
        return mutau_error_set(err, MUTAU_EIO,
                               "%s: this version of HDF5 lays attributes out in another way than "
                               "the chain store expects",
                               path);
    MUTAU_CHECK(write_image(image, fd, path, err));
    MUTAU_CHECK(write_text(info->config, c->config, fd, path, err));
    if (info->inputs[0] != '\0')
        MUTAU_CHECK(write_text(info->inputs, c->inputs, fd, path, err));
    if (mutau_chain_has_mixture(info))
        MUTAU_CHECK(write_text(info->mixture, c->mixture, fd, path, err));
    return MUTAU_OK;
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
        .groups = mutau_calloc(mutau_chain_groups(info), sizeof *places->groups),
        .parts = mutau_calloc(mutau_chain_parts(info), sizeof *places->parts),
    };
    composer c = {.info = info, .places = places, .chunk_rows = chunk_rows};
    c.most_marks = MAX_RUN_MARKS + GROUP_MARKS * mutau_chain_groups(info);
    c.marks = mutau_calloc(c.most_marks, sizeof *c.marks);
    mutau_status status;
    if (places->groups == NULL || places->parts == NULL || c.marks == NULL)
        status = mutau_error_set(err, MUTAU_ENOMEM, "no memory to compose %s", path);
    else
        status = compose_and_write(&c, &image, fd, path, err);
    mutau_chain_image_free(&image);
    free(c.marks);
    return status;
}
