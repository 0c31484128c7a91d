/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file dataset.h
 * A measured energy spectrum: bins of a differential flux with errors or limits.
 *
 * A data set is a preset file NAME.yaml (what it is, where it is from, which
 * flavours it sees, which sets share events with it) beside a CSV table.  Once read it
 * never changes: any number of threads may use it.
 */
#ifndef MUTAU_DATASET_H
#define MUTAU_DATASET_H

#include <stdbool.h>
#include <stddef.h>

#include "store/config.h"
#include "base/status.h"

#define MUTAU_DATASET_NAME_SIZE 64

/** Which flavours the predicted rate is built from (all nu + nubar). */
typedef enum mutau_channel {
    MUTAU_CHANNEL_TRACKS,   /**< int Phi_mu dE */
    MUTAU_CHANNEL_CASCADES, /**< 1/2 int (Phi_e + Phi_tau) dE */
    MUTAU_CHANNEL_ALL       /**< 1/3 int (Phi_e + Phi_mu + Phi_tau) dE */
} mutau_channel;

/** "tracks", "cascades", "all", NULL: in the order of the enum. */
extern const char *const mutau_channel_names[];

/** One row: E^2 dPhi/dE per flavour, constant over the bin, in GeV cm^-2 s^-1 sr^-1. */
typedef struct mutau_bin {
    double e_lo_gev, e_hi_gev;
    double e2phi;               /**< best fit; ignored for a limit, 0 if the table has none */
    double err_minus, err_plus; /**< >= 0; the same */
    double e2phi_limit;         /**< of a limit: the plotted upper edge */
    double limit_level;         /**< C.L. of the limit, 0.68 or 0.90 */
    bool is_limit;
    size_t row; /**< of the table, counted from 1 */
} mutau_bin;

typedef struct mutau_dataset {
    char name[MUTAU_DATASET_NAME_SIZE];
    mutau_channel channel;
    size_t n_bin;
    mutau_bin *bins;   /**< owned */
    char *description; /**< owned; one line with the reference */
    char **overlaps;   /**< owned, NULL-terminated names of sets that share events */
    char *contents;    /**< owned; the bytes of preset and table, a zero between them */
    size_t contents_size;
    char *preset_path, *table_path; /**< owned; the files it was read from */
    /** Owned; [n_bin][n_bin] of E^2 dPhi/dE, in place of the errors, limits included (each is a
     * measurement of 0); NULL without one.  Then also its file and its bytes. */
    double *covariance;
    char *covariance_path, *covariance_text;
    size_t covariance_size;
    char *warning; /**< owned; one line on values that are hardly meant; NULL if there are none */
} mutau_dataset;

/** Reads the entry `node` of the run file's `data`: a preset's name or a mapping
 * {name: ..., rows: measured | all | [1, 2, ...], covariance: FILE}.  Preset and covariance are
 * looked for in folders[0..n_folder), in that order.  MUTAU_ECONFIG points at the entry (unknown
 * name: the nearest known); MUTAU_EDATA at the place in the preset or table;
 * MUTAU_EIO, MUTAU_ENOMEM.  *out is NULL then. */
mutau_status mutau_dataset_read(mutau_node *node, size_t n_folder, const char *const folders[],
                                mutau_dataset **out, mutau_error *err) MUTAU_MUST_CHECK;

#define MUTAU_DATASET_MAX_NAMES 100

/** The names of data sets, in order; a NULL ends `names`, which point into `text`. */
typedef struct mutau_dataset_names {
    size_t n;
    char text[MUTAU_DATASET_MAX_NAMES][MUTAU_DATASET_NAME_SIZE];
    const char *names[MUTAU_DATASET_MAX_NAMES + 1];
} mutau_dataset_names;

/** Lists the presets in the folders, the first MUTAU_DATASET_MAX_NAMES of them. */
void mutau_dataset_list(size_t n_folder, const char *const folders[], mutau_dataset_names *list);

/** NULL allowed. */
void mutau_dataset_free(mutau_dataset *dataset);

/** True if `a` and `b` share events (by either one's list) or are the same set. */
bool mutau_dataset_overlap(const mutau_dataset *a, const mutau_dataset *b);

#endif
