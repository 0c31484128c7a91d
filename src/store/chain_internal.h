/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the chain store share.  docs/chain-file.md tells the design:
 * HDF5 composes the file in memory, plain writes at known places change it. */
#ifndef MUTAU_CHAIN_INTERNAL_H
#define MUTAU_CHAIN_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "store/chain.h"
#include "base/sha256.h"
#include "base/status.h"

/** The value of the attribute /run:format; its number changes with the layout. */
#define MUTAU_CHAIN_FORMAT "mutau-chain-2"

/* ---- chain_info.c: the description, copied -------------------------------- */

/* Far above any real run, and low enough that no product of two overflows. */
#define MUTAU_CHAIN_MAX_ENSEMBLES 100000
#define MUTAU_CHAIN_MAX_WALKERS 10000000
#define MUTAU_CHAIN_MAX_COLUMNS 1000 /* parameters, or blobs */

/** A description whose pointers lead into one block of memory of its own. */
typedef struct mutau_chain_owned_info {
    mutau_chain_info info;
    void *arena; /**< free() releases everything */
} mutau_chain_owned_info;

/** MUTAU_EDOM: counts or names that no chain can have. */
mutau_status mutau_chain_info_check(const mutau_chain_info *info,
                                    mutau_error *err) MUTAU_MUST_CHECK;
/** Copies a checked description; NULL units, labels and strings become "". */
mutau_status mutau_chain_info_copy(const mutau_chain_info *from, mutau_chain_owned_info *to,
                                   mutau_error *err) MUTAU_MUST_CHECK;

/** The SHA-256 of a text. */
void mutau_chain_digest(const char *text, char digest[MUTAU_SHA256_HEX_SIZE]);

/** Which data set of a group. */
typedef enum mutau_chain_field {
    MUTAU_CHAIN_POSITION,
    MUTAU_CHAIN_LOG_PROB,
    MUTAU_CHAIN_BLOB
} mutau_chain_field;

#define MUTAU_CHAIN_FIELDS 3

/** Rungs of the ladder, 1 without tempering; those that have groups. */
size_t mutau_chain_rungs(const mutau_chain_info *info);
size_t mutau_chain_stored_rungs(const mutau_chain_info *info);
bool mutau_chain_tempered(const mutau_chain_info *info);
/** Whether there is anything to find the evidence from: a ladder or a mixture. */
bool mutau_chain_has_evidence(const mutau_chain_info *info);
/** Groups in emcee's layout: [n_ensemble][stored rungs]. */
size_t mutau_chain_groups(const mutau_chain_info *info);
/** "mcmc", "mcmc_T01", ..., "mcmc_1", "mcmc_1_T01", ... */
void mutau_chain_group_name(const mutau_chain_info *info, size_t i_group, size_t size, char name[]);
/** All walkers of all rungs. */
size_t mutau_chain_walkers(const mutau_chain_info *info);

/* A part is what is stored of every row in one piece: the fields of each group, then
 * with tempering the ladder and the likelihoods of each rung [n_ensemble][n_walker], then with a
 * mixture the weights of its draws, and at last the row's checksums, 64-bit integers: of each
 * group, with tempering of the ladder and the likelihoods together, with a mixture of the
 * weights. */
size_t mutau_chain_parts(const mutau_chain_info *info);
size_t mutau_chain_group_part(size_t i_group, mutau_chain_field field);
size_t mutau_chain_beta_part(const mutau_chain_info *info);
size_t mutau_chain_log_like_part(const mutau_chain_info *info, size_t i_rung);
size_t mutau_chain_log_weight_part(const mutau_chain_info *info);
size_t mutau_chain_sum_part(const mutau_chain_info *info);
/** Checksums in a row. */
size_t mutau_chain_sums(const mutau_chain_info *info);
/** Which checksum covers a part; mutau_chain_sums() for the checksums themselves. */
size_t mutau_chain_sum_of(const mutau_chain_info *info, size_t part);
/** "/mcmc_1", "/tempering" or "/mixture": what checksum i_sum is of. */
void mutau_chain_sum_name(const mutau_chain_info *info, size_t i_sum, size_t size, char name[]);
/** Numbers per walker of a field. */
size_t mutau_chain_width(const mutau_chain_info *info, mutau_chain_field field);
/** Numbers in one row of a part; 0 for blobs where there are none. */
size_t mutau_chain_columns(const mutau_chain_info *info, size_t part);
size_t mutau_chain_most_columns(const mutau_chain_info *info);
/** Rows per chunk: no data set's chunk above 1 MiB, h5py's chunk cache. */
size_t mutau_chain_chunk_rows(const mutau_chain_info *info);

/* ---- chain_io.c: files, without HDF5 -------------------------------------- */

/** Writes or reads all of `size` bytes at `offset`, whatever interrupts. */
mutau_status mutau_chain_write_at(int fd, const void *bytes, size_t size, uint64_t offset,
                                  const char *path, mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_chain_read_at(int fd, void *bytes, size_t size, uint64_t offset,
                                 const char *path, mutau_error *err) MUTAU_MUST_CHECK;
/** Creates a file for writing; one that exists, or a link, is refused. */
mutau_status mutau_chain_create_file(const char *path, int *fd, mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_chain_sync_file(int fd, const char *path, mutau_error *err) MUTAU_MUST_CHECK;
/** The same for the contents alone, which is faster. */
mutau_status mutau_chain_sync_data(int fd, const char *path, mutau_error *err) MUTAU_MUST_CHECK;
/** Begins to write a piece out, where the system can be told to, and does not wait. */
void mutau_chain_write_behind(int fd, uint64_t offset, uint64_t size);
/** Syncs the folder that holds `path`, so that a new name survives a power cut. */
mutau_status mutau_chain_sync_folder(const char *path, mutau_error *err) MUTAU_MUST_CHECK;
/** Gives the file `from` the name `to`, atomically.  Unless `replace`, MUTAU_EEXIST
 * if `to` exists. */
mutau_status mutau_chain_rename(const char *from, const char *to, bool replace,
                                mutau_error *err) MUTAU_MUST_CHECK;
/** MUTAU_EIO unless `path` still names the file behind `fd`. */
mutau_status mutau_chain_same_file(int fd, const char *path, mutau_error *err) MUTAU_MUST_CHECK;
/** `path` + `suffix`, to be freed; NULL without memory. */
char *mutau_chain_path_with(const char *path, const char *suffix);

/** `path`.<16 hex digits>.`kind`, to be freed; NULL without memory.  Another one at each call. */
char *mutau_chain_temporary_name(const char *path, const char *kind);
/** Removes what killed writers of `path` have left under such names, kinds new and grown: regular
 * files that begin as a chain file does.  The caller holds the lock. */
mutau_status mutau_chain_remove_stale(const char *path, mutau_error *err) MUTAU_MUST_CHECK;

/* ---- chain_lock.c: one writer --------------------------------------------- */

typedef struct mutau_chain_lock {
    char *path; /**< owned; NULL while not held */
    int fd;
} mutau_chain_lock;

/** Takes `chain_path`.lock for this process or says who has it (MUTAU_ELOCKED). */
mutau_status mutau_chain_lock_take(const char *chain_path, mutau_chain_lock *lock,
                                   mutau_error *err) MUTAU_MUST_CHECK;
/** Removes the lock file if held; a zeroed lock is allowed. */
void mutau_chain_lock_release(mutau_chain_lock *lock);

/* ---- chain_layout.c: composing a file -------------------------------------- */

/** Byte offsets of what changes in one group. */
typedef struct mutau_chain_group_place {
    uint64_t iteration, burn_in, rng_key, rng_pos; /**< values of attributes */
    uint64_t accepted;                             /**< data set */
} mutau_chain_group_place;

/** Byte offsets of what changes in /tempering and in /mixture. */
typedef struct mutau_chain_extent {
    uint64_t iteration, burn_in; /**< values of attributes */
} mutau_chain_extent;

/** Byte offsets of what changes in the whole file. */
typedef struct mutau_chain_places {
    size_t capacity;       /**< rows there is room for */
    size_t check_capacity; /**< rows of the diagnostics history */
    uint64_t steps, evaluations, failures, seconds, n_check, n_failure, n_sum,
        converged;                            /**< attributes of /run */
    uint64_t checks, state, failed, evidence; /**< data sets of /run */
    mutau_chain_extent tempering, mixture;
    uint64_t swaps_proposed, swaps_accepted; /**< of /tempering */
    mutau_chain_group_place *groups;         /**< owned, [groups] */
    uint64_t *parts;                         /**< owned, [parts]: first byte */
} mutau_chain_places;

void mutau_chain_places_free(mutau_chain_places *places);
/** Writes a complete empty chain file with room for at least `capacity` rows and
 * `check_capacity` checks into the new file `fd` and says where everything is.
 * The caller frees the places, also after a failure. */
mutau_status mutau_chain_layout_write(const mutau_chain_info *info, size_t capacity,
                                      size_t check_capacity, int fd, const char *path,
                                      mutau_chain_places *places,
                                      mutau_error *err) MUTAU_MUST_CHECK;

/* ---- chain_rows.c: places and checksums of stored rows ------------------------ */

/** A file being written: ours, or the larger one that will replace it. */
typedef struct mutau_chain_output {
    const mutau_chain_info *info;
    const mutau_chain_places *places;
    int fd;
    const char *path;
} mutau_chain_output;

/** Writes or reads rows of one part: rows[n_row][columns]. */
mutau_status mutau_chain_put_rows(const mutau_chain_output *out, size_t part, size_t first,
                                  size_t n_row, const double rows[],
                                  mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_chain_get_rows(const mutau_chain_output *out, size_t part, size_t first,
                                  size_t n_row, double rows[], mutau_error *err) MUTAU_MUST_CHECK;

#define MUTAU_CHAIN_SUM_BEGIN 14695981039346656037u

/** Goes on with a sum, from MUTAU_CHAIN_SUM_BEGIN, over `size` bytes, a multiple of 8.  A change
 * of one 64-bit word always changes it. */
uint64_t mutau_chain_sum_bytes(uint64_t sum, const void *bytes, size_t size);
/** Fills in the checksums of a row from its other parts: row i_row of parts[][columns] is row
 * `row` of the chain. */
void mutau_chain_sum_row(const mutau_chain_info *info, double *const parts[], size_t i_row,
                         size_t row);

/* ---- chain_commit.c: the state, and what a commit writes ------------------------- */

/** The numbers at the head of a state slot, in this order, 8 bytes each. */
typedef struct mutau_chain_slot_head {
    uint64_t rows, steps, evaluations, failures, n_check, n_failure;
    int64_t rng_pos;
    double seconds;
} mutau_chain_slot_head;

/** Bytes of one slot of a chain of this shape; a multiple of 8. */
size_t mutau_chain_slot_size(const mutau_chain_info *info);
/** Fills a slot, its checksum included. */
void mutau_chain_slot_pack(const mutau_chain_info *info, uint64_t rows, uint64_t n_check,
                           uint64_t n_failure, const mutau_chain_state *state,
                           unsigned char slot[]);
/** Whether the checksum is right. */
bool mutau_chain_slot_valid(const mutau_chain_info *info, const unsigned char slot[]);
mutau_chain_slot_head mutau_chain_slot_read_head(const unsigned char slot[]);
/** The state in a slot; its arrays point into the slot. */
void mutau_chain_slot_unpack(const mutau_chain_info *info, const unsigned char slot[],
                             mutau_chain_state *state);

/** What a commit writes besides rows. */
typedef struct mutau_chain_record {
    const unsigned char *slot; /**< the state; it has the numbers of rows, checks and failures */
    size_t i_slot;             /**< the place of the commit before last */
    const mutau_chain_check *checks;
    size_t first_check; /**< those before are in the file */
    const unsigned char *failures;
    size_t first_failure;
    mutau_chain_evidence evidence;
    uint64_t burn_in;
    bool converged;
    double *accepted; /**< to work in, [n_walker] */
} mutau_chain_record;

/** Writes, in this order: what nobody looks at before `iteration` says so (new checks and
 * failures, the state's slot); with `sync`, it waits until that and all rows are on disk;
 * accepted counts, generator, swaps, attributes of /run, `iteration` of every group, burn-in and
 * evidence; it waits; and what is true only then, how many rows have checksums that count, and
 * the verdict. */
mutau_status mutau_chain_put_commit(const mutau_chain_output *out, const mutau_chain_record *record,
                                    bool sync, mutau_error *err) MUTAU_MUST_CHECK;

/* ---- chain_read.c: reading through HDF5 ------------------------------------ */

typedef struct mutau_chain_reader mutau_chain_reader;

/** What an opened file says; owned by the caller. */
typedef struct mutau_chain_content {
    mutau_chain_owned_info owned;
    size_t rows, burn_in; /**< rows: those that all groups have */
    size_t longest;       /**< rows of the group that has most */
    size_t summed;        /**< the first rows, that have checksums */
    size_t n_check, n_failure;
    bool converged;
    bool foreign_rows; /**< more of them than any commit of the writer's had */
    mutau_chain_evidence evidence;
    mutau_chain_check *checks; /**< owned */
    void *failures;            /**< owned; as in the file */
    unsigned char *slot;       /**< owned; NULL if no slot belongs to `rows` */
} mutau_chain_content;

/** Bytes of a kept failure: four counts and theta. */
size_t mutau_chain_failure_size(const mutau_chain_info *info);
/** Bytes of the evidence, the first of mutau_chain_evidence: those of the mixture only with one. */
size_t mutau_chain_evidence_size(const mutau_chain_info *info);
/** NaN. */
mutau_chain_evidence mutau_chain_no_evidence(void);

mutau_status mutau_chain_reader_open(const char *path, mutau_chain_reader **out,
                                     mutau_chain_content *content,
                                     mutau_error *err) MUTAU_MUST_CHECK;
void mutau_chain_reader_close(mutau_chain_reader *reader);
/** Rows of one part: rows[n_row][columns]. */
mutau_status mutau_chain_reader_rows(mutau_chain_reader *reader, size_t part, size_t first,
                                     size_t n_row, double rows[],
                                     mutau_error *err) MUTAU_MUST_CHECK;

/* ---- chain.c, chain_write.c: the chain object and its writing half
 * --------------------------------------- */

/** The larger file that is being made while the present one fills up. */
typedef struct mutau_chain_successor {
    int fd; /* -1: none */
    mutau_chain_places places;
    size_t rows;   /* that it has */
    bool hopeless; /* making it ahead of time has failed: not before it is needed */
} mutau_chain_successor;

typedef struct mutau_chain_writer {
    char *path, *new_path, *grown_path; /* the file; before the commit that names it; while it
                                           gets the rows of a smaller one */
    mutau_chain_lock lock;
    bool replace;   /* whether the first commit may replace a file */
    bool published; /* whether `path` names the file `fd`, not new_path */
    int fd;         /* -1 before the first row */
    int named_fd;   /* the file of the last commit, while a larger one waits for the next; -1 */
    mutau_chain_places places;
    mutau_chain_successor next;
    size_t written;  /* rows in the file, committed or not */
    size_t readable; /* of them those that this object shows: committed or flushed */
    size_t n_buffered, buffer_rows;
    double **buffers, *buffer;             /* [parts][buffer_rows][columns]; all of them */
    size_t checks_written, checks_memory;  /* rows of the history in the file; allocated */
    size_t failures_written;               /* of the kept ones */
    unsigned char *next_slot, *spare_slot; /* the spare one until the first commit */
    size_t i_slot;                         /* which slot the next commit writes */
    size_t burn_in;                        /* of the next commit */
    bool converged;                        /* of the next commit */
    mutau_chain_evidence evidence;         /* of the next commit */
    double *accepted;
    double committed, cost; /* seconds: when the last commit ended, and what it took */
} mutau_chain_writer;

struct mutau_chain {
    mutau_chain_content content; /* as committed; burn-in, verdict and checks: as next */
    mutau_chain_reader *reader;  /* NULL in a writer */
    mutau_chain_writer *writer;  /* NULL in a reader */
    size_t scratch_rows;
    double *scratch; /* [scratch_rows][columns of the widest part] */
    char *path;      /* of the file that is read; NULL in a writer */
    mutau_stop stop; /* whether reading rows is to end */
};

mutau_status mutau_chain_alloc_scratch(mutau_chain *chain, mutau_error *err) MUTAU_MUST_CHECK;
/** Rows of one part: rows[n_row][columns]. */
mutau_status mutau_chain_read_rows(mutau_chain *chain, size_t part, size_t first, size_t n_row,
                                   double rows[], mutau_error *err) MUTAU_MUST_CHECK;

/* ---- chain_grow.c ------------------------------------------------------------------ */

/** Sees to it that the file has room for `rows` and `n_check`, if need be by a larger file that
 * will get its name; the present one stays as it is if anything fails. */
mutau_status mutau_chain_make_room(mutau_chain *chain, size_t rows, size_t n_check,
                                   mutau_error *err) MUTAU_MUST_CHECK;
/** Works ahead after `n_row` rows have been written, so that the larger file is
 * nearly done when it is needed.  Cannot fail: what fails is done later. */
void mutau_chain_grow_ahead(mutau_chain *chain, size_t n_row);
/** Gives the file `fd` the permissions, the group and, if that is allowed, the owner of the file
 * whose place it will take, if there is one.  Where the group cannot be kept it gets no more
 * than others.  A file that is not open (-1) is left alone. */
void mutau_chain_keep_access(const mutau_chain_writer *writer, int fd);
/** Gives the larger file up. */
void mutau_chain_drop_successor(mutau_chain_writer *writer);

/* ---- chain_write.c ----------------------------------------------------------------- */

/** The file that rows are written to. */
mutau_chain_output mutau_chain_present(const mutau_chain *chain);
/** Begins a chain at `path`, with the lock but without a description, as mutau_chain_create. */
mutau_status mutau_chain_writer_start(const char *path, bool replace, mutau_chain **out,
                                      mutau_error *err) MUTAU_MUST_CHECK;
/** Gives a chain that was begun its checked description, once. */
mutau_status mutau_chain_writer_describe(mutau_chain *chain, const mutau_chain_info *info,
                                         mutau_error *err) MUTAU_MUST_CHECK;
/** Releases the lock, removes what is not published; NULL allowed. */
void mutau_chain_writer_free(mutau_chain_writer *writer);
/** Writes all committed rows of `from` into the empty `chain` of the same shape. */
mutau_status mutau_chain_writer_copy(mutau_chain *chain, mutau_chain *from,
                                     mutau_error *err) MUTAU_MUST_CHECK;
/** Rows that have been written, committed or not. */
mutau_status mutau_chain_writer_rows(mutau_chain *chain, size_t part, size_t first, size_t n_row,
                                     double rows[], mutau_error *err) MUTAU_MUST_CHECK;

#endif
