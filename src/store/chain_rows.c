/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored rows: where they lie in the file, and their checksums.
 *
 * There is one checksum for each row of each group, over its fields in turn, one
 * over the ladder and all likelihoods of a tempered run, and one over the weights of the
 * draws of a mixture.  They are a part of the row like
 * its other parts: written with it, behind `iteration`, and never changed.  So whatever is
 * promised of a row, at a kill or while the file grows, holds for its checksums. */
#include "chain_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* ---- their places ------------------------------------------------------------------ */

/* Rows of one part that lie in one piece. */
typedef struct piece {
    size_t n_row, columns, size;
    uint64_t place;
} piece;

/* What there is from row `first` on, at most n_row.  The chunks of the rungs of
 * /tempering/log_like take turns; all other parts lie in one piece. */
static piece piece_at(const mutau_chain_output *out, size_t part, size_t first, size_t n_row)
{
    const mutau_chain_info *info = out->info;
    const size_t columns = mutau_chain_columns(info, part);
    size_t row = first;
    if (part > mutau_chain_beta_part(info) && part < mutau_chain_log_weight_part(info)) {
        const size_t chunk = mutau_chain_chunk_rows(info), left = chunk - first % chunk;
        row += first / chunk * chunk * (mutau_chain_rungs(info) - 1);
        n_row = n_row < left ? n_row : left;
    }
    const uint64_t place = out->places->parts[part] + (uint64_t)row * columns * sizeof(double);
    return (piece){n_row, columns, n_row * columns * sizeof(double), place};
}

mutau_status mutau_chain_put_rows(const mutau_chain_output *out, size_t part, size_t first,
                                  size_t n_row, const double rows[], mutau_error *err)
{
    for (size_t done = 0; done < n_row;) {
        const piece p = piece_at(out, part, first + done, n_row - done);
        MUTAU_CHECK(mutau_chain_write_at(out->fd, rows + done * p.columns, p.size, p.place,
                                         out->path, err));
        mutau_chain_write_behind(out->fd, p.place, p.size);
        done += p.n_row;
    }
    return MUTAU_OK;
}

mutau_status mutau_chain_get_rows(const mutau_chain_output *out, size_t part, size_t first,
                                  size_t n_row, double rows[], mutau_error *err)
{
    for (size_t done = 0; done < n_row;) {
        const piece p = piece_at(out, part, first + done, n_row - done);
        MUTAU_CHECK(
            mutau_chain_read_at(out->fd, rows + done * p.columns, p.size, p.place, out->path, err));
        done += p.n_row;
    }
    return MUTAU_OK;
}

/* ---- their checksums --------------------------------------------------------------- */

/* Fowler, Noll and Vo's 1a hash on 64-bit words: each step is a permutation of the sums for a
 * given word and of the words for a given sum, so that one changed word cannot pass, and more
 * do with a chance of 2^-64. */
static inline uint64_t sum_word(uint64_t sum, const unsigned char from[])
{
    uint64_t word;
    memcpy(&word, from, sizeof word);
    sum = (sum ^ word) * 1099511628211u;
    return sum ^ sum >> 29;
}

uint64_t mutau_chain_sum_bytes(uint64_t sum, const void *bytes, size_t size)
{
    const unsigned char *from = bytes, *const end = from + size / 8 * 8;
    for (; end - from >= 32; from += 32) { /* a row has thousands of them */
        sum = sum_word(sum, from);
        sum = sum_word(sum, from + 8);
        sum = sum_word(sum, from + 16);
        sum = sum_word(sum, from + 24);
    }
    for (; from < end; from += 8)
        sum = sum_word(sum, from);
    return sum;
}

/* What the sums of a row begin with: each row has another. */
static uint64_t sum_begin(size_t row)
{
    const uint64_t number = row;
    return mutau_chain_sum_bytes(MUTAU_CHAIN_SUM_BEGIN, &number, sizeof number);
}

void mutau_chain_sum_row(const mutau_chain_info *info, double *const parts[], size_t i_row,
                         size_t row)
{
    const size_t sum_part = mutau_chain_sum_part(info), n_sum = mutau_chain_sums(info);
    size_t i_sum = 0;
    uint64_t sum = sum_begin(row);
    for (size_t part = 0; part <= sum_part; part++) {
        if (mutau_chain_sum_of(info, part) != i_sum) {
            memcpy(parts[sum_part] + i_row * n_sum + i_sum, &sum, sizeof sum);
            i_sum = mutau_chain_sum_of(info, part);
            sum = sum_begin(row);
        }
        const size_t columns = mutau_chain_columns(info, part);
        if (part < sum_part && columns > 0)
            sum = mutau_chain_sum_bytes(sum, parts[part] + i_row * columns,
                                        columns * sizeof parts[part][0]);
    }
}

/* ---- checking --------------------------------------------------------------------- */

/* Rows that differ from their checksums: the first ones that follow each other in one group,
 * and how many there are in all groups. */
typedef struct damage {
    size_t i_sum, first, end, n_row;
} damage;

static void note_damage(damage *d, size_t i_sum, size_t row)
{
    if (d->n_row == 0)
        *d = (damage){i_sum, row, row, 0};
    if (d->i_sum == i_sum && d->end == row)
        d->end++;
    d->n_row++;
}

static mutau_status damaged(const mutau_chain_info *info, const damage *d, mutau_error *err)
{
    char name[64], rows[64];
    if (d->n_row == 0)
        return MUTAU_OK;
    mutau_chain_sum_name(info, d->i_sum, sizeof name, name);
    if (d->end == d->first + 1)
        (void)snprintf(rows, sizeof rows, "row %zu", d->first);
    else
        (void)snprintf(rows, sizeof rows, "rows %zu to %zu", d->first, d->end - 1);
    return mutau_error_set(
        err, MUTAU_EDATA,
        "%s of %s: not as written: checksums differ for %zu row%s in all; what is "
        "stored has been damaged or changed since",
        rows, name, d->n_row, d->n_row == 1 ? "" : "s");
}

/* A block of rows, which are in the chain's scratch. */
typedef struct block {
    size_t first, n_row;
    uint64_t *sum, *found; /* [n_row][sums]; [n_row] */
} block;

static mutau_status check_block(mutau_chain *chain, const block *b, damage *d, mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    const size_t sum_part = mutau_chain_sum_part(info), n_sum = mutau_chain_sums(info);
    double *rows = chain->scratch;
    size_t part = 0;
    MUTAU_CHECK(mutau_chain_read_rows(chain, sum_part, b->first, b->n_row, rows, err));
    memcpy(b->sum, rows, b->n_row * n_sum * sizeof b->sum[0]);
    for (size_t i_sum = 0; i_sum < n_sum; i_sum++) {
        for (size_t i = 0; i < b->n_row; i++)
            b->found[i] = sum_begin(b->first + i);
        for (; mutau_chain_sum_of(info, part) == i_sum; part++) {
            const size_t columns = mutau_chain_columns(info, part);
            if (columns == 0)
                continue;
            MUTAU_CHECK(mutau_chain_read_rows(chain, part, b->first, b->n_row, rows, err));
            for (size_t i = 0; i < b->n_row; i++)
                b->found[i] = mutau_chain_sum_bytes(b->found[i], rows + i * columns,
                                                    columns * sizeof rows[0]);
        }
        for (size_t i = 0; i < b->n_row; i++)
            if (b->found[i] != b->sum[i * n_sum + i_sum])
                note_damage(d, i_sum, b->first + i);
    }
    return MUTAU_OK;
}

static mutau_status check_blocks(mutau_chain *chain, block *b, mutau_error *err)
{
    const size_t end = chain->content.summed, most = chain->scratch_rows;
    damage d = {0};
    while (b->first < end) {
        b->n_row = end - b->first < most ? end - b->first : most;
        MUTAU_CHECK(check_block(chain, b, &d, err));
        b->first += b->n_row;
    }
    return damaged(&chain->content.owned.info, &d, err);
}

mutau_status mutau_chain_verify(mutau_chain *chain, size_t *n_without, mutau_error *err)
{
    const mutau_chain_info *info = &chain->content.owned.info;
    *n_without = chain->content.rows - chain->content.summed;
    block b = {.sum = mutau_calloc(chain->scratch_rows, mutau_chain_sums(info) * sizeof *b.sum),
               .found = mutau_calloc(chain->scratch_rows, sizeof *b.found)};
    const mutau_status status =
        b.sum != NULL && b.found != NULL
            ? check_blocks(chain, &b, err)
            : mutau_error_set(err, MUTAU_ENOMEM, "no memory to check a chain");
    free(b.sum);
    free(b.found);
    return status;
}
