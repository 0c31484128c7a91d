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
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mutau/mem.h"

#define EMCEE_VERSION "3.1.4" /* whose layout this is */
#define MAX_RANK 4

/* The attributes that change: their marks are numbered in this order. */
enum group_mark { MARK_ITERATION, MARK_BURN_IN, MARK_RNG_KEY, MARK_RNG_POS, N_GROUP_MARKS };
enum run_mark {
    MARK_STEPS,
    MARK_EVALUATIONS,
    MARK_FAILURES,
    MARK_SECONDS,
    MARK_N_CHECK,
    MARK_N_FAILURE,
    MARK_N_SUM,
    MARK_CONVERGED,
    MARK_TEMPERING, /* /tempering's `iteration` ... */
    MARK_TEMPERING_BURN_IN,
    N_RUN_MARKS
};

/* One composition: everything the steps below need. */
typedef struct composer {
    const mutau_chain_info *info;
    mutau_chain_places *places;
    size_t chunk_rows;
    hid_t file, scalar, text;
} composer;

/* An unlikely number, another for every `i`, and the way back. */
static uint64_t mark_of(size_t i)
{
    return (uint64_t)0x9e3779b9 << 32 | (uint64_t)i;
}

static bool is_mark(uint64_t word, size_t n_mark, size_t *i)
{
    *i = (size_t)(word & UINT32_MAX);
    return word == mark_of(*i) && *i < n_mark;
}

static size_t run_mark(enum run_mark mark)
{
    return mark;
}

static size_t group_mark(size_t i_group, enum group_mark mark)
{
    return N_RUN_MARKS + i_group * N_GROUP_MARKS + mark;
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
static bool put_rng(const composer *c, hid_t group, size_t i_group)
{
    uint32_t key[MUTAU_RNG_WORDS] = {0};
    const uint64_t mark = mark_of(group_mark(i_group, MARK_RNG_KEY));
    memcpy(key, &mark, sizeof mark);
    const hsize_t length = MUTAU_RNG_WORDS;
    const double cached = 0.0;
    const hid_t space = H5Screate_simple(1, &length, NULL);
    if (space < 0)
        return false;
    const bool written =
        put_text(c, group, "random_state_0", "MT19937") &&
        put_attribute(group, "random_state_1", H5T_NATIVE_UINT32, space, key) &&
        put_mark(c, group, "random_state_2", H5T_NATIVE_INT64, group_mark(i_group, MARK_RNG_POS)) &&
        put_integer(c, group, "random_state_3", 0) &&
        put_attribute(group, "random_state_4", H5T_NATIVE_DOUBLE, c->scalar, &cached);
    return H5Sclose(space) >= 0 && written;
}

/* emcee knows nothing of rungs: only a tempered run's groups say which they are. */
static bool put_rung(const composer *c, hid_t group, size_t i_group)
{
    return !mutau_chain_tempered(c->info) ||
           put_integer(c, group, "rung", i_group % mutau_chain_stored_rungs(c->info));
}

static bool put_group_attributes(const composer *c, hid_t group, size_t i_group)
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
        put_mark(c, group, "iteration", H5T_NATIVE_INT64, group_mark(i_group, MARK_ITERATION)) &&
        put_mark(c, group, "burn_in", H5T_NATIVE_INT64, group_mark(i_group, MARK_BURN_IN)) &&
        put_rng(c, group, i_group) && put_rung(c, group, i_group) && put_names(c, group);
    return H5Tclose(boolean) >= 0 && written;
}

static bool put_run_attributes(const composer *c, hid_t run)
{
    const mutau_chain_info *info = c->info;
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
           put_mark(c, run, "steps", H5T_NATIVE_INT64, run_mark(MARK_STEPS)) &&
           put_mark(c, run, "evaluations", H5T_NATIVE_INT64, run_mark(MARK_EVALUATIONS)) &&
           put_mark(c, run, "failures", H5T_NATIVE_INT64, run_mark(MARK_FAILURES)) &&
           put_mark(c, run, "seconds", H5T_NATIVE_DOUBLE, run_mark(MARK_SECONDS)) &&
           put_mark(c, run, "n_check", H5T_NATIVE_INT64, run_mark(MARK_N_CHECK)) &&
           put_mark(c, run, "n_failure", H5T_NATIVE_INT64, run_mark(MARK_N_FAILURE)) &&
           put_mark(c, run, "n_checksum", H5T_NATIVE_INT64, run_mark(MARK_N_SUM)) &&
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
    hsize_t largest[MAX_RANK] = {0};
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
    if (space >= 0)
        (void)H5Sclose(space);
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
    if (data < 0)
        return false;
    const bool found = chunks_place(data, n_chunk, size, place);
    return H5Dclose(data) >= 0 && found;
}

static bool put_group_data(const composer *c, hid_t group, size_t i_group)
{
    const mutau_chain_info *info = c->info;
    uint64_t *parts = c->places->parts + mutau_chain_group_part(i_group, MUTAU_CHAIN_POSITION);
    const hsize_t shape[] = {c->places->capacity, info->n_walker, info->dim};
    if (!put_fixed(group, "accepted", H5T_NATIVE_DOUBLE, 1, &shape[1],
                   &c->places->groups[i_group].accepted) ||
        !put_rows(c, group, "chain", H5T_NATIVE_DOUBLE, 3, shape, 0,
                  &parts[MUTAU_CHAIN_POSITION]) ||
        !put_rows(c, group, "log_prob", H5T_NATIVE_DOUBLE, 2, shape, 0,
                  &parts[MUTAU_CHAIN_LOG_PROB]))
        return false;
    if (info->n_blob == 0)
        return true;
    const hid_t type = mutau_chain_blob_type(info);
    if (type < 0)
        return false;
    const bool written = put_rows(c, group, "blobs", type, 2, shape, 0, &parts[MUTAU_CHAIN_BLOB]);
    return H5Tclose(type) >= 0 && written;
}

/* /tempering: the ladder, all rungs' likelihoods, and swaps.  The chunks of log_like are
 * those of one rung, so that one rung can be read without the others. */
static bool put_tempering_data(const composer *c, hid_t group)
{
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

static bool put_fixed_of(hid_t group, const char *name, hid_t type, int rank, const hsize_t shape[],
                         uint64_t *place)
{
    if (type < 0)
        return false;
    const bool written = put_fixed(group, name, type, rank, shape, place);
    return H5Tclose(type) >= 0 && written;
}

/* A text of fixed size. */
static hid_t long_text_type(const char *text)
{
    const hid_t type = H5Tcopy(H5T_C_S1);
    if (type >= 0 && H5Tset_size(type, strlen(text) + 1) >= 0 &&
        H5Tset_cset(type, H5T_CSET_UTF8) >= 0)
        return type;
    if (type >= 0)
        (void)H5Tclose(type);
    return -1;
}

static bool put_run_data(const composer *c, hid_t run)
{
    const mutau_chain_info *info = c->info;
    mutau_chain_places *places = c->places;
    const hsize_t sums[] = {places->capacity, mutau_chain_sums(info)};
    const hsize_t n_check = places->check_capacity, two = 2, n_failure = MUTAU_CHAIN_MAX_FAILURES;
    return put_fixed_of(run, "config", long_text_type(info->config), 0, NULL, &places->config) &&
           (info->inputs[0] == '\0' ||
            put_fixed_of(run, "inputs", long_text_type(info->inputs), 0, NULL, &places->inputs)) &&
           put_fixed_of(run, "diagnostics", mutau_chain_check_type(), 1, &n_check,
                        &places->checks) &&
           put_fixed_of(run, "state", mutau_chain_slot_type(info), 1, &two, &places->state) &&
           put_fixed_of(run, "failures", mutau_chain_failure_type(info), 1, &n_failure,
                        &places->failed) &&
           put_rows(c, run, "checksums", H5T_NATIVE_UINT64, 2, sums, 0,
                    &places->parts[mutau_chain_sum_part(info)]) &&
           (!mutau_chain_tempered(info) ||
            put_fixed_of(run, "evidence", mutau_chain_evidence_type(), 0, NULL, &places->evidence));
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

static bool put_tempering_attributes(const composer *c)
{
    if (!mutau_chain_tempered(c->info))
        return true;
    const hid_t group = create_group(c->file, "tempering");
    if (group < 0)
        return false;
    const bool written =
        put_mark(c, group, "iteration", H5T_NATIVE_INT64, run_mark(MARK_TEMPERING)) &&
        put_mark(c, group, "burn_in", H5T_NATIVE_INT64, run_mark(MARK_TEMPERING_BURN_IN));
    return H5Gclose(group) >= 0 && written;
}

/* All attributes of all groups come before the first data set: their texts must
 * lie in front of the raw data, in the part that the image holds. */
static bool put_all_attributes(const composer *c)
{
    hid_t group = create_group(c->file, "run");
    if (group < 0 || !put_run_attributes(c, group) || H5Gclose(group) < 0)
        return false;
    for (size_t i = 0; i < mutau_chain_groups(c->info); i++) {
        char name[64];
        mutau_chain_group_name(c->info, i, sizeof name, name);
        group = create_group(c->file, name);
        if (group < 0 || !put_group_attributes(c, group, i) || H5Gclose(group) < 0)
            return false;
    }
    return put_tempering_attributes(c);
}

static bool put_all_data(const composer *c)
{
    hid_t group = H5Gopen2(c->file, "run", H5P_DEFAULT);
    if (group < 0 || !put_run_data(c, group) || H5Gclose(group) < 0)
        return false;
    for (size_t i = 0; i < mutau_chain_groups(c->info); i++) {
        char name[64];
        mutau_chain_group_name(c->info, i, sizeof name, name);
        group = H5Gopen2(c->file, name, H5P_DEFAULT);
        if (group < 0 || !put_group_data(c, group, i) || H5Gclose(group) < 0)
            return false;
    }
    if (!mutau_chain_tempered(c->info))
        return true;
    group = H5Gopen2(c->file, "tempering", H5P_DEFAULT);
    return group >= 0 && put_tempering_data(c, group) && H5Gclose(group) >= 0;
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

static mutau_status compose(const mutau_chain_info *info, mutau_chain_places *places,
                            mutau_chain_image *image, const char *path, mutau_error *err)
{
    composer c = {.info = info, .places = places, .chunk_rows = mutau_chain_chunk_rows(info)};
    const hsize_t metadata = metadata_bound(info, places->capacity / c.chunk_rows);
    MUTAU_CHECK(mutau_chain_image_alloc(2 * (size_t)metadata + texts_bound(info), image, err));
    hsize_t file_size = 0;
    c.file = mutau_chain_image_create(image, metadata, path);
    c.scalar = H5Screate(H5S_SCALAR);
    c.text = mutau_chain_text_type();
    bool written = c.file >= 0 && c.scalar >= 0 && c.text >= 0 && put_all_attributes(&c) &&
                   put_all_data(&c) && H5Fget_filesize(c.file, &file_size) >= 0;
    if (c.text >= 0)
        (void)H5Tclose(c.text);
    if (c.scalar >= 0)
        (void)H5Sclose(c.scalar);
    if (c.file >= 0 && H5Fclose(c.file) < 0)
        written = false;
    image->file_size = file_size;
    if (!written)
        return mutau_error_set(err, MUTAU_EIO, "%s: HDF5 cannot compose this chain file", path);
    return MUTAU_OK;
}

/* ---- finding the marks --------------------------------------------------------- */

/* Where the place of a mark is kept. */
static uint64_t *kept_place(mutau_chain_places *places, size_t i_mark)
{
    if (i_mark >= N_RUN_MARKS) {
        mutau_chain_group_place *group = &places->groups[(i_mark - N_RUN_MARKS) / N_GROUP_MARKS];
        uint64_t *const of_group[N_GROUP_MARKS] = {
            [MARK_ITERATION] = &group->iteration,
            [MARK_BURN_IN] = &group->burn_in,
            [MARK_RNG_KEY] = &group->rng_key,
            [MARK_RNG_POS] = &group->rng_pos,
        };
        return of_group[(i_mark - N_RUN_MARKS) % N_GROUP_MARKS];
    }
    uint64_t *const of_run[N_RUN_MARKS] = {
        [MARK_STEPS] = &places->steps,         [MARK_EVALUATIONS] = &places->evaluations,
        [MARK_FAILURES] = &places->failures,   [MARK_SECONDS] = &places->seconds,
        [MARK_N_CHECK] = &places->n_check,     [MARK_N_FAILURE] = &places->n_failure,
        [MARK_N_SUM] = &places->n_sum,         [MARK_CONVERGED] = &places->converged,
        [MARK_TEMPERING] = &places->iteration, [MARK_TEMPERING_BURN_IN] = &places->burn_in,
    };
    return of_run[i_mark];
}

static uint64_t first_value(size_t i_mark)
{
    const bool rng_pos =
        i_mark >= N_RUN_MARKS && (i_mark - N_RUN_MARKS) % N_GROUP_MARKS == MARK_RNG_POS;
    return rng_pos ? MUTAU_RNG_WORDS : 0;
}

/* Finds every mark and puts the first value there; false unless each is there once. */
static bool replace_marks(const mutau_chain_info *info, mutau_chain_image *image,
                          mutau_chain_places *places)
{
    const size_t n_mark = N_RUN_MARKS + mutau_chain_groups(info) * N_GROUP_MARKS;
    size_t n_found = 0;
    for (size_t i = 0; i + sizeof(uint64_t) <= image->used; i += sizeof(uint64_t)) {
        uint64_t word;
        size_t i_mark;
        memcpy(&word, image->bytes + i, sizeof word);
        if (!is_mark(word, n_mark, &i_mark))
            continue;
        uint64_t *place = kept_place(places, i_mark);
        if (*place != 0)
            return false;
        *place = i;
        n_found++;
        word = first_value(i_mark);
        memcpy(image->bytes + i, &word, sizeof word);
    }
    return n_found == n_mark - (mutau_chain_tempered(info) ? 0 : 2); /* those of /tempering */
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
    MUTAU_CHECK(mutau_chain_write_at(fd, info->config, strlen(info->config) + 1, places->config,
                                     path, err));
    if (info->inputs[0] == '\0')
        return MUTAU_OK;
    return mutau_chain_write_at(fd, info->inputs, strlen(info->inputs) + 1, places->inputs, path,
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
        .groups = mutau_calloc(mutau_chain_groups(info), sizeof *places->groups),
        .parts = mutau_calloc(mutau_chain_parts(info), sizeof *places->parts),
    };
    if (places->groups == NULL || places->parts == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory to compose %s", path);
    const mutau_status status = compose_and_write(info, &image, fd, path, places, err);
    mutau_chain_image_free(&image);
    return status;
}
