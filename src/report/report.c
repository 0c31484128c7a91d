/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports; documented in report/report.h. */
#include <errno.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "report_internal.h"

/* --- memory: blocks that are freed at once ----------------------------------------------- */

enum { BLOCK_SIZE = 16384, ALIGNMENT = sizeof(double) };

typedef struct mutau_report_block {
    struct mutau_report_block *next;
    size_t size;
    alignas(max_align_t) unsigned char bytes[]; /* [size] */
} block;

static bool add_block(mutau_report *report, size_t size)
{
    block *b = mutau_calloc(1, sizeof *b + size);
    if (b == NULL) {
        report->no_memory = true;
        return false;
    }
    *b = (block){report->blocks, size};
    report->blocks = b;
    report->used = 0;
    return true;
}

void *mutau_report_room(mutau_report *report, size_t size)
{
    if (report == NULL || report->no_memory)
        return NULL;
    const size_t whole = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    const size_t rest = report->blocks != NULL ? report->blocks->size - report->used : 0;
    if (whole > rest && !add_block(report, whole > BLOCK_SIZE ? whole : BLOCK_SIZE))
        return NULL;
    void *room = report->blocks->bytes + report->used;
    report->used += whole;
    return room;
}

mutau_report *mutau_report_alloc(void)
{
    mutau_report *report = mutau_calloc(1, sizeof *report);
    if (report != NULL)
        report->at = &report->root;
    return report;
}

void mutau_report_free(mutau_report *report)
{
    for (block *b = report != NULL ? report->blocks : NULL; b != NULL;) {
        block *next = b->next;
        free(b);
        b = next;
    }
    free(report);
}

static void *copy(mutau_report *report, const void *from, size_t size)
{
    void *room = mutau_report_room(report, size);
    if (room != NULL)
        memcpy(room, from, size);
    return room;
}

static const char *format_text(mutau_report *report, const char *format, va_list args)
    MUTAU_PRINTF(2, 0);
static void add_lines(mutau_report *report, mutau_record_kind kind, const char *format,
                      va_list args) MUTAU_PRINTF(3, 0);

static const char *format_text(mutau_report *report, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): copied in the line above */
    const int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = n >= 0 ? mutau_report_room(report, (size_t)n + 1) : NULL;
    if (text != NULL)
        (void)vsnprintf(text, (size_t)n + 1, format, args);
    return text;
}

const char *mutau_report_keep(mutau_report *report, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = format_text(report, format, args);
    va_end(args);
    return text != NULL ? text : "";
}

/* --- records ----------------------------------------------------------------------------- */

bool mutau_record_is_container(const mutau_record *node)
{
    return node->kind <= MUTAU_RECORD_GROUP;
}

bool mutau_record_is_data(const mutau_record *node)
{
    return node->kind < MUTAU_RECORD_LINE;
}

static const char *copy_text(mutau_report *report, const char *text)
{
    return text != NULL ? copy(report, text, strlen(text) + 1) : NULL;
}

/* The new last member of the container that is open; NULL without memory. */
static mutau_record *add(mutau_report *report, mutau_record_kind kind, const char *key)
{
    key = copy_text(report, key);
    mutau_record *record = mutau_report_room(report, sizeof *record);
    if (record == NULL)
        return NULL;
    mutau_record *up = report->at;
    *record = (mutau_record){.kind = kind, .key = key};
    if (up->as.in.last != NULL)
        up->as.in.last->next = record;
    else
        up->as.in.first = record;
    up->as.in.last = record;
    report->last = record;
    return record;
}

static void begin(mutau_report *report, mutau_record_kind kind, const char *key)
{
    mutau_record *node = add(report, kind, key);
    if (node == NULL)
        return;
    node->as.in.up = report->at;
    report->at = node;
}

void mutau_report_object(mutau_report *report, const char *key)
{
    begin(report, MUTAU_RECORD_OBJECT, key);
}

void mutau_report_list(mutau_report *report, const char *key)
{
    begin(report, MUTAU_RECORD_LIST, key);
}

void mutau_report_group(mutau_report *report)
{
    begin(report, MUTAU_RECORD_GROUP, NULL);
}

void mutau_report_end(mutau_report *report)
{
    if (report == NULL || report->no_memory)
        return;
    report->misused = report->misused || report->at == &report->root;
    if (!report->misused)
        report->at = report->at->as.in.up;
}

void mutau_report_real(mutau_report *report, const char *key, double x)
{
    mutau_record *node = add(report, MUTAU_RECORD_REAL, key);
    if (node != NULL)
        node->as.real = x;
}

void mutau_report_count(mutau_report *report, const char *key, uint64_t n)
{
    mutau_record *node = add(report, MUTAU_RECORD_COUNT, key);
    if (node != NULL)
        node->as.count = n;
}

void mutau_report_bool(mutau_report *report, const char *key, bool truth)
{
    mutau_record *node = add(report, MUTAU_RECORD_BOOL, key);
    if (node != NULL)
        node->as.truth = truth;
}

static void add_text(mutau_report *report, mutau_record_kind kind, const char *key,
                     const char *text)
{
    mutau_record *record = add(report, kind, key);
    if (record != NULL)
        record->as.text = copy_text(report, text);
}

void mutau_report_text(mutau_report *report, const char *key, const char *text)
{
    add_text(report, MUTAU_RECORD_TEXT, key, text);
}

void mutau_report_why(mutau_report *report, const char *key, const char *why)
{
    add_text(report, MUTAU_RECORD_TEXT, key, why != NULL && why[0] != '\0' ? why : NULL);
}

void mutau_report_missing(mutau_report *report, const char *key, const char *why)
{
    add_text(report, MUTAU_RECORD_MISSING, key, why);
}

void mutau_report_series(mutau_report *report, const char *key, size_t n, size_t stride,
                         const double x[])
{
    mutau_record *record = add(report, MUTAU_RECORD_SERIES, key);
    double *own = mutau_report_room(report, n * sizeof *own);
    for (size_t i = 0; own != NULL && i < n; i++)
        own[i] = x[i * stride];
    if (own != NULL)
        record->as.series = (mutau_series){n, own};
}

void mutau_report_region(mutau_report *report, const char *key, const mutau_region *region,
                         double mass)
{
    const mutau_mass_region both = {*region, mass};
    mutau_record *node = add(report, MUTAU_RECORD_REGION, key);
    if (node != NULL)
        node->as.region = copy(report, &both, sizeof both);
}

void mutau_report_bounds(mutau_report *report, const char *key, double x, double lo, double hi)
{
    const mutau_bounds all = {x, lo, hi};
    mutau_record *node = add(report, MUTAU_RECORD_BOUNDS, key);
    if (node != NULL)
        node->as.bounds = copy(report, &all, sizeof all);
}

/* The first of the keys, which is taken off them; NULL without memory. */
static const char *take_key(mutau_report *report, const char **keys)
{
    const size_t size = strcspn(*keys, " ");
    char *key = copy(report, *keys, size + 1);
    if (key != NULL)
        key[size] = '\0';
    *keys += size + ((*keys)[size] == ' ');
    return key;
}

void mutau_report_put_reals(mutau_report *report, const char *keys, size_t n, const double x[])
{
    for (size_t i = 0; i < n; i++)
        mutau_report_real(report, take_key(report, &keys), x[i]);
}

void mutau_report_put_counts(mutau_report *report, const char *keys, size_t n, const uint64_t x[])
{
    for (size_t i = 0; i < n; i++)
        mutau_report_count(report, take_key(report, &keys), x[i]);
}

void mutau_report_put_texts(mutau_report *report, const char *keys, size_t n, const char *const x[])
{
    for (size_t i = 0; i < n; i++)
        mutau_report_text(report, take_key(report, &keys), x[i]);
}

void mutau_report_two(mutau_report *report, const char *key, double x, double y)
{
    mutau_report_series(report, key, 2, 1, (const double[]){x, y});
}

void mutau_report_unit(mutau_report *report, const char *unit)
{
    unit = copy_text(report, unit);
    if (unit != NULL && report->last != NULL)
        report->last->unit = unit;
}

/* --- for people -------------------------------------------------------------------------- */

static void add_lines(mutau_report *report, mutau_record_kind kind, const char *format,
                      va_list args)
{
    mutau_record *node = add(report, kind, NULL);
    if (node != NULL)
        node->as.text = format_text(report, format, args);
}

void mutau_report_line(mutau_report *report, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_lines(report, MUTAU_RECORD_LINE, format, args);
    va_end(args);
}

void mutau_report_note(mutau_report *report, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_lines(report, MUTAU_RECORD_NOTE, format, args);
    va_end(args);
}

void mutau_report_warning(mutau_report *report, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    const char *text = report != NULL ? format_text(report, format, args) : NULL;
    va_end(args);
    mutau_record *node = text != NULL ? add(report, MUTAU_RECORD_WARNING, NULL) : NULL;
    if (node != NULL)
        node->as.text = mutau_report_keep(report, "WARNING: %s\n\n", text);
}

/* Cuts a field off the text. */
static const char *next_field(char **text)
{
    char *field = *text;
    char *end = field != NULL ? strchr(field, '|') : NULL;
    *text = end != NULL ? end + 1 : NULL;
    if (end != NULL)
        *end = '\0';
    return field != NULL && *field != '\0' ? field : NULL;
}

static bool is_form(const char *form)
{
    return form == NULL || strcmp(form, "m") == 0 ||
           (strchr("gfe", form[0]) != NULL && form[1] >= '0' && form[1] <= '9' && form[2] == '\0');
}

static bool read_column(mutau_report *report, const char *text, mutau_report_column *column)
{
    static const char marks[] = "@~!";
    char *rest = copy(report, text, strlen(text) + 1);
    const char *mark = *text != '\0' ? strchr(marks, *text) : NULL;
    if (rest == NULL)
        return true;
    rest += mark != NULL;
    column->role =
        mark != NULL ? MUTAU_REPORT_KEY + (mutau_report_role)(mark - marks) : MUTAU_REPORT_VALUE;
    const char *path = next_field(&rest);
    column->path = path != NULL ? path : "";
    column->head = next_field(&rest);
    column->form = next_field(&rest);
    column->error = next_field(&rest);
    column->remark = next_field(&rest);
    return is_form(column->form);
}

void mutau_report_add_table(mutau_report *report, const mutau_report_layout *layout, size_t n,
                            const char *const columns[])
{
    mutau_report_table_of *table = mutau_report_room(report, sizeof *table);
    mutau_report_column *own = mutau_report_room(report, n * sizeof *own);
    mutau_record *node = own != NULL ? add(report, MUTAU_RECORD_TABLE, NULL) : NULL;
    if (node == NULL)
        return;
    *table = (mutau_report_table_of){*layout, n, own};
    node->as.table = table;
    for (size_t i = 0; i < n; i++)
        report->misused = !read_column(report, columns[i], &own[i]) || report->misused;
    table->layout.rows = copy_text(report, layout->rows);
    table->layout.head = copy_text(report, layout->head);
    table->layout.file = copy_text(report, layout->file);
    table->layout.section = copy_text(report, layout->section);
    table->layout.name = copy_text(report, layout->name);
}

/* --- writers ----------------------------------------------------------------------------- */

static const mutau_report_writer TEXT = {"text", false, false, mutau_report_write_text};
static const mutau_report_writer JSON = {"json", true, false, mutau_report_write_json};
static const mutau_report_writer MARKDOWN = {"markdown", false, true, mutau_report_write_markdown};
static const mutau_report_writer LATEX = {"latex", false, true, mutau_report_write_latex};
static const mutau_report_writer CSV = {"csv", true, false, mutau_report_write_csv};
const mutau_report_writer *const mutau_report_writers[] = {&TEXT,     &JSON,  &CSV,
                                                           &MARKDOWN, &LATEX, NULL};

const mutau_report_writer *mutau_report_find_writer(const char *name)
{
    for (size_t i = 0; mutau_report_writers[i] != NULL; i++)
        if (strcmp(mutau_report_writers[i]->name, name) == 0)
            return mutau_report_writers[i];
    return NULL;
}

mutau_status mutau_report_written(FILE *file, mutau_error *err)
{
    const int cause = errno;
    if (ferror(file))
        return mutau_error_set(err, MUTAU_EIO, "cannot write the report%s%s",
                               cause != 0 ? ": " : "", cause != 0 ? strerror(cause) : "");
    return MUTAU_OK;
}

mutau_status mutau_report_write(const mutau_report *report, const mutau_report_writer *writer,
                                const mutau_report_output *output, mutau_error *err)
{
    if (report == NULL || report->no_memory)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the report");
    if (report->misused || report->at != &report->root)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "a report whose containers or columns are not right");
    errno = 0;
    MUTAU_CHECK(writer->write(report, output, err));
    return mutau_report_written(output->file, err);
}
