/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points as they are written on the command line and in tables on stdin. */
#ifndef MUTAU_CLI_POINT_H
#define MUTAU_CLI_POINT_H

#include "posterior/run_settings.h"
#include "base/status.h"

/* A point has natural values.  Names that reports print beside them are understood too, so that
 * a best sample can be pasted as it stands: "log10_NAME" is the logarithm of a parameter, and
 * must agree with NAME to the digits printed if both are given; results (chi2, lnl_..., ...) are
 * left out, with a note on stderr. */

enum { CLI_POINT_FORM_SIZE = 512 };

/** "NAME=...,NAME=..." of the parameters that are free: what a point must have, for a message. */
void cli_point_form(const mutau_run_settings *settings, char text[CLI_POINT_FORM_SIZE]);

/** Reads "m_zprime=6.5, g_prime = 5e-4, ..." into natural[set.n]: every free
 * parameter must be given, fixed ones may be.  Blanks do not count, and a new line is as good
 * as a comma.  MUTAU_EUSAGE for an unknown, doubled or missing name, a value that is no number
 * or not physical. */
mutau_status cli_point_parse(const mutau_run_settings *settings, const char *text, double natural[],
                             mutau_error *err);

/** Reads the same from the value of `option` ("--fix"), but any parameters may be given:
 * given[set.n] tells which; of the others natural[] holds the fixed values. */
mutau_status cli_point_some(const char *option, const mutau_run_settings *settings,
                            const char *text, double natural[], bool given[], mutau_error *err);

/** MUTAU_EUSAGE unless m > 0, g' >= 0, A >= 0 and sum m_nu is not below its minimum. */
mutau_status cli_point_physical(const mutau_run_settings *settings, const double natural[],
                                mutau_error *err);

/** What a name stands for. */
typedef enum cli_point_kind {
    CLI_POINT_NATURAL,   /**< a parameter */
    CLI_POINT_LOGARITHM, /**< log10 of a parameter */
    CLI_POINT_RESULT     /**< nothing that a point needs */
} cli_point_kind;

typedef struct cli_point_column {
    cli_point_kind kind;
    size_t id; /**< its place in the set; not of a result */
} cli_point_column;

/** What `name` stands for.  MUTAU_EUSAGE if nothing, with the nearest parameter. */
mutau_status cli_point_find(const char *option, const mutau_run_settings *settings,
                            const char *name, cli_point_column *column, mutau_error *err);

enum { CLI_POINT_MAX_COLUMNS = 64 };

/** Columns of a table of points. */
typedef struct cli_point_columns {
    size_t n;
    cli_point_column column[CLI_POINT_MAX_COLUMNS];
} cli_point_columns;

/** Reads the header line of a CSV of points; rules as for cli_point_parse. */
mutau_status cli_point_header(const mutau_run_settings *settings, const char *line,
                              cli_point_columns *columns, mutau_error *err);
/** Reads one row under that header; it need not be physical.  MUTAU_EUSAGE for a value that is
 * no finite number, or another number of columns. */
mutau_status cli_point_row(const mutau_run_settings *settings, const cli_point_columns *columns,
                           const char *line, double natural[], mutau_error *err);

#endif
