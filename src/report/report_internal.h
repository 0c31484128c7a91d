/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tree behind report/report.h, for its writers. */
#ifndef MUTAU_REPORT_INTERNAL_H
#define MUTAU_REPORT_INTERNAL_H

#include "report/report.h"

typedef enum mutau_record_kind {
    MUTAU_RECORD_OBJECT,
    MUTAU_RECORD_LIST,
    MUTAU_RECORD_GROUP,
    MUTAU_RECORD_REAL,
    MUTAU_RECORD_COUNT,
    MUTAU_RECORD_BOOL,
    MUTAU_RECORD_TEXT, /* NULL: none */
    MUTAU_RECORD_MISSING,
    MUTAU_RECORD_SERIES,
    MUTAU_RECORD_REGION,
    MUTAU_RECORD_BOUNDS,
    MUTAU_RECORD_LINE,
    MUTAU_RECORD_NOTE,
    MUTAU_RECORD_WARNING,
    MUTAU_RECORD_TABLE
} mutau_record_kind;

typedef enum mutau_report_role {
    MUTAU_REPORT_VALUE,
    MUTAU_REPORT_KEY,
    MUTAU_REPORT_WORDS,
    MUTAU_REPORT_NOTE
} mutau_report_role;

/* One column of mutau_report_add_table. */
typedef struct mutau_report_column {
    mutau_report_role role;
    const char *path, *head, *form, *error, *remark; /* NULL but for the path if not given */
} mutau_report_column;

typedef struct mutau_report_table_of {
    mutau_report_layout layout;
    size_t n;
    mutau_report_column *columns;
} mutau_report_table_of;

typedef struct mutau_series {
    size_t n;
    const double *x;
} mutau_series;

typedef struct mutau_mass_region {
    mutau_region region;
    double mass;
} mutau_mass_region;

typedef struct mutau_bounds {
    double x, lo, hi;
} mutau_bounds;

typedef struct mutau_record mutau_record;
struct mutau_record {
    mutau_record_kind kind;
    const char *key, *unit; /* or NULL */
    mutau_record *next;
    union {
        struct {
            mutau_record *first, *last, *up;
        } in; /* of a container */
        double real;
        uint64_t count;
        bool truth;
        const char *text; /* of texts, lines, and why a value is missing */
        mutau_series series;
        mutau_mass_region *region;
        mutau_bounds *bounds;
        mutau_report_table_of *table;
    } as;
};

struct mutau_report {
    mutau_record root, *at, *last;
    struct mutau_report_block *blocks;
    size_t used; /* of the first block */
    bool no_memory, misused;
};

/* Memory that lives as long as the report; NULL without, which the report remembers. */
void *mutau_report_room(mutau_report *report, size_t size);

bool mutau_record_is_container(const mutau_record *node);
/* A value or container that JSON may have, hidden ones included. */
bool mutau_record_is_data(const mutau_record *node);

/* One of the columns of a table, a * being resolved. */
typedef struct mutau_grid_field {
    const mutau_report_column *column;
    const char *head;
    const char *name; /* in place of the *, or NULL */
} mutau_grid_field;

/* A table as rows and columns. */
typedef struct mutau_grid {
    const mutau_report_table_of *table;
    const mutau_record *root, *container;
    size_t n_record, n_field, n_row, n_column;
    const mutau_record **records;
    mutau_grid_field *fields;
} mutau_grid;

/* With memory of `room`, which says whether there was some. */
void mutau_grid_init(mutau_grid *grid, const mutau_record *root, const mutau_record *container,
                     const mutau_report_table_of *table, mutau_report *room);
const char *mutau_grid_head(const mutau_grid *grid, size_t column, mutau_report *room);
mutau_report_role mutau_grid_role(const mutau_grid *grid, size_t row, size_t column);
/* The column that says how the value is shown; NULL for the names of rows and remarks. */
const mutau_report_column *mutau_grid_shown(const mutau_grid *grid, size_t row, size_t column);
/* The value in a copy; false if there is none. */
bool mutau_grid_cell(const mutau_grid *grid, size_t row, size_t column, mutau_record *cell);
/* The error of that value; NaN without. */
double mutau_grid_error(const mutau_grid *grid, size_t row, size_t column);

/* The node at the end of a path, or NULL. */
const mutau_record *mutau_record_find(const mutau_record *root, const mutau_record *from,
                                      const char *path);

/* Calls `visit` for each line, note, warning and table below the container, in order. */
typedef mutau_status mutau_report_visitor(void *self, const mutau_record *container,
                                          const mutau_record *node, mutau_error *err);
mutau_status mutau_report_visit(const mutau_record *container, mutau_report_visitor *visit,
                                void *self, mutau_error *err);

/* MUTAU_EIO if writing to the file has failed, with the cause in errno if that is not 0. */
mutau_status mutau_report_written(FILE *file, mutau_error *err);

mutau_status mutau_report_write_text(const mutau_report *report, const mutau_report_output *output,
                                     mutau_error *err);
mutau_status mutau_report_write_json(const mutau_report *report, const mutau_report_output *output,
                                     mutau_error *err);
mutau_status mutau_report_write_markdown(const mutau_report *report,
                                         const mutau_report_output *output, mutau_error *err);
mutau_status mutau_report_write_latex(const mutau_report *report, const mutau_report_output *output,
                                      mutau_error *err);
mutau_status mutau_report_write_csv(const mutau_report *report, const mutau_report_output *output,
                                    mutau_error *err);

#endif
