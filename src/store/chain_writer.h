/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The chain object and its writing half. */
#ifndef MUTAU_CHAIN_WRITER_H
#define MUTAU_CHAIN_WRITER_H

#include "chain_internal.h"

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
    size_t scratch_rows, scratch_size;
    double *scratch; /* [scratch_rows][n_walker][the widest field] */
    char *path;      /* of the file that is read; NULL in a writer */
    mutau_stop stop; /* whether reading rows is to end */
};

mutau_status mutau_chain_alloc_scratch(mutau_chain *chain, mutau_error *err) MUTAU_MUST_CHECK;
/** Rows of one part: rows[n_row][columns]. */
mutau_status mutau_chain_read_rows(mutau_chain *chain, size_t part, size_t first, size_t n_row,
                                   double rows[], mutau_error *err) MUTAU_MUST_CHECK;

/** Writes all committed rows of `from` into the empty `chain` of the same shape. */
mutau_status mutau_chain_writer_copy(mutau_chain *chain, mutau_chain *from,
                                     mutau_error *err) MUTAU_MUST_CHECK;

/* ---- chain_sum.c ------------------------------------------------------------------- */

/** Fills in the checksums of a row from its other parts: row i_row of parts[][columns] is row
 * `row` of the chain. */
void mutau_chain_sum_row(const mutau_chain_info *info, double *const parts[], size_t i_row,
                         size_t row);

/* ---- chain_put.c: what a commit writes ------------------------------------------- */

/** A file being written: ours, or the larger one that will replace it. */
typedef struct mutau_chain_output {
    const mutau_chain_info *info;
    const mutau_chain_places *places;
    int fd;
    const char *path;
} mutau_chain_output;

/** Where row `row` of a part begins, and how many rows lie in one piece from there. */
uint64_t mutau_chain_row_place(const mutau_chain_info *info, const mutau_chain_places *places,
                               size_t part, size_t row);
size_t mutau_chain_rows_together(const mutau_chain_info *info, size_t part, size_t row);
/** Writes or reads rows of one part: rows[n_row][columns]. */
mutau_status mutau_chain_put_rows(const mutau_chain_output *out, size_t part, size_t first,
                                  size_t n_row, const double rows[],
                                  mutau_error *err) MUTAU_MUST_CHECK;
mutau_status mutau_chain_get_rows(const mutau_chain_output *out, size_t part, size_t first,
                                  size_t n_row, double rows[], mutau_error *err) MUTAU_MUST_CHECK;

/** What a commit writes besides rows and state. */
typedef struct mutau_chain_record {
    const mutau_chain_check *checks;
    size_t first_check; /* those before are in the file */
    const unsigned char *failures;
    size_t first_failure;
    mutau_chain_evidence evidence;
    uint64_t burn_in;
} mutau_chain_record;

/** What of a commit nobody looks at before `iteration` says so: new checks and failures,
 * the state's slot. */
mutau_status mutau_chain_put_state(const mutau_chain_output *out, const unsigned char slot[],
                                   size_t i_slot, const mutau_chain_record *record,
                                   mutau_error *err) MUTAU_MUST_CHECK;
/** The rest, but for the verdict: accepted counts (through accepted[n_walker]), generator,
 * swaps, attributes of /run, `iteration` of every group, then burn-in and evidence. */
mutau_status mutau_chain_put_visible(const mutau_chain_output *out, const unsigned char slot[],
                                     const mutau_chain_record *record, double accepted[],
                                     mutau_error *err) MUTAU_MUST_CHECK;
/** What is true only when the rest is on disk: how many rows have checksums that count, and the
 * verdict. */
mutau_status mutau_chain_put_last(const mutau_chain_output *out, uint64_t rows, bool converged,
                                  mutau_error *err) MUTAU_MUST_CHECK;

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

/** Releases the lock, removes what is not published; NULL allowed. */
void mutau_chain_writer_free(mutau_chain_writer *writer);
mutau_status mutau_chain_writer_rows(mutau_chain *chain, size_t part, size_t first, size_t n_row,
                                     double rows[], mutau_error *err) MUTAU_MUST_CHECK;

#endif
