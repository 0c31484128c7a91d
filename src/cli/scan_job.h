/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of `mutau scan` share. */
#ifndef MUTAU_CLI_SCAN_JOB_H
#define MUTAU_CLI_SCAN_JOB_H

#include "cli.h"
#include "model.h"
#include "posterior/scan.h"
#include "scan_grid.h"
#include "store/scan_file.h"

/** A scan, and how it is asked for and told. */
typedef struct cli_scan_job {
    cli_model *model;
    cli_scan_grid grid;
    mutau_scan_settings settings;
    mutau_scan *scan; /**< owned */
    const char *path; /**< NULL: no file */
    mutau_scan_best best;
    double *delta_chi2; /**< owned; [n_point] against the best */
    size_t n_failed;
    mutau_error failure; /**< of the first point that failed */
} cli_scan_job;

/** The columns of the file of a scan, and the texts in it; owned. */
typedef struct cli_scan_store {
    mutau_scan_file file;
    mutau_scan_file_column *column;
    mutau_scan_file_number *best;
    char *config, *digest, *request, *profiled, *solvers;
    char (*term)[MUTAU_NAME_SIZE + 8]; /**< "lnl_TERM" */
    mutau_scan_writer *writer;
} cli_scan_store;

/** Makes the description of the file.  To be released also after a failure. */
mutau_status cli_scan_store_init(cli_scan_store *store, const cli_scan_job *job, mutau_error *err);
void cli_scan_store_release(cli_scan_store *store);
/** Takes the file for writing and reads what is there of an earlier scan, if `resume`; *complete
 * if nothing is left to do.  MUTAU_ERESUME if that was another scan; else as
 * mutau_scan_writer_open and mutau_scan_file_read. */
mutau_status cli_scan_store_open(cli_scan_store *store, cli_scan_job *job, bool overwrite,
                                 bool resume, bool *complete, mutau_error *err);
/** Writes what is known. */
mutau_status cli_scan_store_write(cli_scan_store *store, const cli_scan_job *job, bool complete,
                                  mutau_error *err);

/** The report of a scan that is done; and its map as CSV. */
mutau_status cli_scan_report(mutau_report *r, const cli_scan_job *job, mutau_error *err);
mutau_status cli_scan_csv(FILE *out, const cli_scan_job *job, mutau_error *err);

#endif
