/* SPDX-License-Identifier: GPL-3.0-or-later */
/** \file report.h
 * A report: a tree of typed records that a command builds once, and the writers that walk it.
 *
 *     mutau_report *r = mutau_report_alloc();
 *     mutau_report_object(r, "best");
 *     mutau_report_real(r, "m_zprime", 6.5);
 *     mutau_report_unit(r, "MeV");
 *     mutau_report_end(r);
 *     mutau_report_line(r, "best sample\n");
 *     mutau_report_table(r, "points", "@|name", "m_zprime|m [MeV]|g6", "chi2||f3");
 *     status = mutau_report_write(r, writer, &output, err);
 *     mutau_report_free(r);
 *
 * The records are values by key in objects and lists: what JSON says.  Lines, notes, warnings
 * and tables are for people; a table names the records that are its rows and the values that are
 * its columns, so that no number is stated twice.  CSV writes the tables that are meant for it.
 *
 * Nothing returns an error on the way: without memory (also as NULL in place of a report) or
 * with containers that do not match, the rest is left out and mutau_report_write says so.
 * All is copied.  A report is used by one thread at a time.
 */
#ifndef MUTAU_REPORT_H
#define MUTAU_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "analysis/credible.h"
#include "base/status.h"

typedef struct mutau_report mutau_report;

mutau_report *mutau_report_alloc(void);
void mutau_report_free(mutau_report *report);

/* --- records: `key` is NULL in a list; with a dot in front it is for tables alone ------- */

/** Containers up to their mutau_report_end.  What is in a group counts as in what the group is in;
 * a group may have tables of its own. */
void mutau_report_object(mutau_report *report, const char *key);
void mutau_report_list(mutau_report *report, const char *key);
void mutau_report_group(mutau_report *report);
void mutau_report_end(mutau_report *report);

/** NaN is a number that is not known. */
void mutau_report_real(mutau_report *report, const char *key, double x);
void mutau_report_count(mutau_report *report, const char *key, uint64_t n);
void mutau_report_bool(mutau_report *report, const char *key, bool truth);
/** NULL: there is none. */
void mutau_report_text(mutau_report *report, const char *key, const char *text);
/** Why a value beside it is missing; NULL or "" if it is not. */
void mutau_report_why(mutau_report *report, const char *key, const char *why);
/** No value, and why: one line, or NULL if it goes without saying. */
void mutau_report_missing(mutau_report *report, const char *key, const char *why);
/** x[0], x[stride], ... x[(n - 1) stride], as a list or a column of a table. */
void mutau_report_series(mutau_report *report, const char *key, size_t n, size_t stride,
                         const double x[]);
/** The region (copied) of so much of the probability, as its intervals or as a limit. */
void mutau_report_region(mutau_report *report, const char *key, const mutau_region *region,
                         double mass);

/** A number x with the ends of its credible interval, for tables of papers: the key has a dot in
 * front. */
void mutau_report_bounds(mutau_report *report, const char *key, double x, double lo, double hi);

/** Two numbers as a list. */
void mutau_report_two(mutau_report *report, const char *key, double x, double y);
/** Several numbers: their keys with blanks between them, then the numbers. */
#define mutau_report_reals(report, keys, ...)                                                      \
    mutau_report_put_reals(report, keys, sizeof((const double[]){__VA_ARGS__}) / sizeof(double),   \
                           (const double[]){__VA_ARGS__})
/** The same of counts and of texts. */
#define mutau_report_counts(report, keys, ...)                                                     \
    mutau_report_put_counts(report, keys,                                                          \
                            sizeof((const uint64_t[]){__VA_ARGS__}) / sizeof(uint64_t),            \
                            (const uint64_t[]){__VA_ARGS__})
#define mutau_report_texts(report, keys, ...)                                                      \
    mutau_report_put_texts(report, keys,                                                           \
                           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),      \
                           (const char *const[]){__VA_ARGS__})
/** An object that has several numbers. */
#define mutau_report_record(report, key, keys, ...)                                                \
    (mutau_report_object(report, key), mutau_report_reals(report, keys, __VA_ARGS__),              \
     mutau_report_end(report))
void mutau_report_put_reals(mutau_report *report, const char *keys, size_t n, const double x[]);
void mutau_report_put_counts(mutau_report *report, const char *keys, size_t n, const uint64_t x[]);
void mutau_report_put_texts(mutau_report *report, const char *keys, size_t n,
                            const char *const x[]);

/** The unit of what was added last. */
void mutau_report_unit(mutau_report *report, const char *unit);

/** A text that lives as long as the report; "" without memory. */
const char *mutau_report_keep(mutau_report *report, const char *format, ...) MUTAU_PRINTF(2, 3);

/* --- for people ------------------------------------------------------------------------ */

/** A blank at which no line is folded. */
#define MUTAU_REPORT_BLANK "\x1f"

/** Whole lines; a note is made of sentences, which are easier to read in short lines. */
void mutau_report_line(mutau_report *report, const char *format, ...) MUTAU_PRINTF(2, 3);
void mutau_report_note(mutau_report *report, const char *format, ...) MUTAU_PRINTF(2, 3);
/** A sentence on what speaks against all that follows. */
void mutau_report_warning(mutau_report *report, const char *format, ...) MUTAU_PRINTF(2, 3);

/** What a table shows; all zero but for what is named. */
typedef struct mutau_report_layout {
    /** Path of the container, from the one that the table is put in, whose members are the rows;
     * "a|b": first those of a, then those of b.  "": the container itself, ".": it is the one
     * row.  NULL: the columns are series, and the rows their elements. */
    const char *rows;
    bool csv;    /**< for CSV, else for people */
    bool paper;  /**< for Markdown and LaTeX alone: reals, bounds, regions and texts */
    size_t most; /**< rows that people are shown; 0: all */
    /** A column for each record and a row for each of the columns of which any record has a
     * value.  With `head` there is a line of heads, the others being [1], [2], ... */
    bool across;
    const char *head;
    bool remarks; /**< with a column of remarks */
    /** CSV with one number a line: file,section,name,key,value.  `file` is a path from the
     * container; a row's name is its key, unless it is given here. */
    const char *file, *section, *name;
} mutau_report_layout;

/** Adds a table.  Each of columns[n] is "path|head|form|error|remark", all but the path being left
 * out or empty at will.  The path leads from a row's record to a value: keys with / between them,
 * from the whole report with / in front; of nothing it is the record itself.  A last key * stands
 * for all numbers there are in any record, but for those that have a column already; its head is
 * put in front of each key.  The form is that of a number for people: g4, f3 or e2, style and
 * digits; m is that of a text in a table of a paper which is LaTeX's mathematics.  The error is the
 * path of the value's error; a remark stands beside a row of a table `across`, in place of the
 * unit.  In front of the path
 *     @   the column says what a row is: the first ones; without a path, by the record's own key
 *     ~   it has texts or regions, not numbers
 *     !   where a row has this text, it stands in place of the row's values */
void mutau_report_add_table(mutau_report *report, const mutau_report_layout *layout, size_t n,
                            const char *const columns[]);

/** The same with the columns as arguments: a table for people; one for CSV; one `across` of the
 * container with remarks; and numbers for CSV, one a line. */
#define mutau_report_table(report, rows_, ...)                                                     \
    MUTAU_REPORT_TABLE(report, (.rows = rows_), __VA_ARGS__)
#define mutau_report_csv(report, rows_, ...)                                                       \
    MUTAU_REPORT_TABLE(report, (.rows = rows_, .csv = true), __VA_ARGS__)
#define mutau_report_numbers(report, file_, section_, name_, rows_, ...)                           \
    MUTAU_REPORT_TABLE(                                                                            \
        report, (.rows = rows_, .csv = true, .file = file_, .section = section_, .name = name_),   \
        __VA_ARGS__)
#define MUTAU_REPORT_TABLE(report, layout_, ...)                                                   \
    mutau_report_add_table(report, &(const mutau_report_layout){MUTAU_REPORT_PLAIN layout_},       \
                           sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *),      \
                           (const char *const[]){__VA_ARGS__})
#define MUTAU_REPORT_PLAIN(...) __VA_ARGS__

/* --- writers --------------------------------------------------------------------------- */

typedef struct mutau_report_output {
    FILE *file;
    size_t width;  /**< of text: columns, 0 for any (mutau_text_width) */
    bool one_line; /**< JSON without white space */
    bool no_head;  /**< CSV without its header */
    bool no_rows;  /**< CSV with its header only; JSON with nothing */
} mutau_report_output;

typedef struct mutau_report_writer {
    const char *name;
    bool in_lines; /**< a report can be one line, so that several may follow each other */
    bool paper;    /**< it has the tables that are for papers, and nothing else */
    mutau_status (*write)(const mutau_report *report, const mutau_report_output *output,
                          mutau_error *err);
} mutau_report_writer;

/** text, json, csv, markdown, latex; ended by NULL.  text comes first: it is the usual one. */
extern const mutau_report_writer *const mutau_report_writers[];
/** The one of that name, or NULL. */
const mutau_report_writer *mutau_report_find_writer(const char *name);

/** MUTAU_ENOMEM if anything found no memory, MUTAU_EUSAGE for containers that do not match and
 * columns that are none (the caller's mistake), MUTAU_EIO if writing failed. */
mutau_status mutau_report_write(const mutau_report *report, const mutau_report_writer *writer,
                                const mutau_report_output *output,
                                mutau_error *err) MUTAU_MUST_CHECK;

/** Writes a row of numbers as CSV has them.  MUTAU_EIO. */
mutau_status mutau_report_csv_row(FILE *file, size_t n, const double x[],
                                  mutau_error *err) MUTAU_MUST_CHECK;

#endif
