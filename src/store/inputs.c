/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of input files and its text; documented in store/inputs.h.
 *
 *     mutau-inputs-1
 *     bytes: DIGEST
 *     (empty)
 *     data set: NAME            or term: NAME
 *     channel: CHANNEL          or table: FILE
 *     origin: shipped | own | replaced
 *     file: PATH                as often as there are files
 *     digest: DIGEST
 *     row,COLUMN,...
 *     1,NUMBER,...
 *     (empty)
 */
#include "store/inputs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/number.h"
#include "base/utf8.h"

static const char FORMAT[] = "mutau-inputs-1";
static const char *const kind_keys[] = {"data set", "term", "source", "covariance"};
static const char *const detail_keys[] = {"channel", "table", "table", "table"};
static const char *const origin_names[] = {"shipped", "own", "replaced"};

static mutau_status no_memory(mutau_error *err)
{
    return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the list of input files");
}

static void release_item(mutau_input *item)
{
    free(item->name);
    free(item->detail);
    free(item->table);
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES; i++)
        free(item->files[i]);
}

void mutau_inputs_release(mutau_inputs *inputs)
{
    for (size_t i = 0; i < inputs->n; i++)
        release_item(&inputs->items[i]);
    free(inputs->items);
    *inputs = (mutau_inputs){0};
}

/* --- making a list ------------------------------------------------------------------------ */

/* A copy in which everything can be printed and stands on one line. */
static char *printable_copy(const char *text)
{
    char *copy = mutau_strdup(text);
    for (char *c = copy; c != NULL && *c != '\0';) {
        const size_t length = mutau_utf8_length(c, 4);
        if (length == 0 || (unsigned char)*c < ' ' || *c == 127)
            *c = '?';
        c += length > 0 ? length : 1;
    }
    return copy;
}

static mutau_status append(mutau_inputs *inputs, mutau_input **item, mutau_error *err)
{
    mutau_input *grown = mutau_realloc(inputs->items, inputs->n + 1, sizeof *grown);
    if (grown == NULL)
        return no_memory(err);
    inputs->items = grown;
    *item = &grown[inputs->n++];
    **item = (mutau_input){0};
    return MUTAU_OK;
}

mutau_status mutau_inputs_add(mutau_inputs *inputs, mutau_input_kind kind, const char *name,
                              const char *detail, mutau_input **item, mutau_error *err)
{
    MUTAU_CHECK(append(inputs, item, err));
    (*item)->kind = kind;
    (*item)->name = printable_copy(name);
    (*item)->detail = printable_copy(detail);
    return (*item)->name != NULL && (*item)->detail != NULL ? MUTAU_OK : no_memory(err);
}

mutau_status mutau_input_add_file(mutau_input *item, const char *path, mutau_error *err)
{
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES; i++)
        if (item->files[i] == NULL) {
            item->files[i] = printable_copy(path);
            return item->files[i] != NULL ? MUTAU_OK : no_memory(err);
        }
    return mutau_error_set(err, MUTAU_EUSAGE, "more than %d files of one input",
                           MUTAU_INPUT_MAX_FILES);
}

/* Of what the numbers are, and the numbers. */
static void find_digest(const mutau_input *item, char digest[MUTAU_SHA256_HEX_SIZE])
{
    const char *const parts[] = {kind_keys[item->kind], "\n", item->name,  "\n",
                                 item->detail,          "\n", item->table, "\n"};
    mutau_sha256 sha;
    mutau_sha256_init(&sha);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        mutau_sha256_add(&sha, parts[i], strlen(parts[i]));
    mutau_sha256_finish(&sha, digest);
}

mutau_status mutau_input_set_table(mutau_input *item, size_t n_column, const char *const names[],
                                   size_t n_row, const size_t rows[], const double values[],
                                   mutau_error *err)
{
    size_t size = sizeof "row\n", used = 0;
    for (size_t k = 0; k < n_column; k++)
        size += strlen(names[k]) + 1;
    size += n_row * (n_column + 1) * (MUTAU_NUMBER_SIZE + 1);
    char *table = mutau_calloc(size, 1);
    if (table == NULL)
        return no_memory(err);
    used += (size_t)snprintf(table, size, "row");
    for (size_t k = 0; k < n_column; k++)
        used += (size_t)snprintf(table + used, size - used, ",%s", names[k]);
    for (size_t i = 0; i < n_row; i++) {
        used += (size_t)snprintf(table + used, size - used, "\n%zu", rows[i]);
        for (size_t k = 0; k < n_column; k++) {
            char number[MUTAU_NUMBER_SIZE] = "";
            const double value = values[i * n_column + k];
            if (!isnan(value))
                mutau_number_write(value, number);
            used += (size_t)snprintf(table + used, size - used, ",%s", number);
        }
    }
    (void)snprintf(table + used, size - used, "\n");
    free(item->table);
    item->table = table;
    find_digest(item, item->digest);
    return MUTAU_OK;
}

void mutau_inputs_digest(const mutau_inputs *inputs, char digest[MUTAU_SHA256_HEX_SIZE])
{
    mutau_sha256 sha;
    mutau_sha256_init(&sha);
    for (size_t i = 0; i < inputs->n; i++)
        mutau_sha256_add(&sha, inputs->items[i].digest, strlen(inputs->items[i].digest));
    mutau_sha256_finish(&sha, digest);
}

void mutau_input_describe(const mutau_input *item, size_t size, char text[])
{
    if (item->kind == MUTAU_INPUT_DATASET)
        (void)snprintf(text, size, "data set '%s'", item->name);
    else if (item->kind == MUTAU_INPUT_COVARIANCE)
        (void)snprintf(text, size, "covariance %s of the data set '%s'", item->detail, item->name);
    else if (item->kind == MUTAU_INPUT_SOURCE)
        (void)snprintf(text, size, "table %s of the source's %s", item->detail, item->name);
    else
        (void)snprintf(text, size, "table %s of the term '%s'", item->detail, item->name);
}

/* --- writing ------------------------------------------------------------------------------ */

static size_t item_size(const mutau_input *item)
{
    size_t size = 256 + strlen(item->name) + strlen(item->detail) + strlen(item->table);
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES && item->files[i] != NULL; i++)
        size += strlen(item->files[i]) + 8;
    return size;
}

static size_t write_item(const mutau_input *item, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "\n%s: %s\n%s: %s\norigin: %s\n",
                                   kind_keys[item->kind], item->name, detail_keys[item->kind],
                                   item->detail, origin_names[item->origin]);
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES && item->files[i] != NULL; i++)
        used += (size_t)snprintf(text + used, size - used, "file: %s\n", item->files[i]);
    used += (size_t)snprintf(text + used, size - used, "digest: %s\n%s", item->digest, item->table);
    return used;
}

mutau_status mutau_inputs_write(const mutau_inputs *inputs, char **text, mutau_error *err)
{
    size_t size = 256;
    for (size_t i = 0; i < inputs->n; i++)
        size += item_size(&inputs->items[i]);
    *text = mutau_calloc(size, 1);
    if (*text == NULL)
        return no_memory(err);
    size_t used = (size_t)snprintf(*text, size, "%s\nbytes: %s\n", FORMAT, inputs->bytes);
    for (size_t i = 0; i < inputs->n; i++)
        used += write_item(&inputs->items[i], *text + used, size - used);
    return MUTAU_OK;
}

/* --- reading ------------------------------------------------------------------------------ */

static mutau_status bad(mutau_error *err, const char *why)
{
    return mutau_error_set(err, MUTAU_EDATA, "the list of input files %s", why);
}

static mutau_status check_text(const char *text, mutau_error *err)
{
    for (const char *c = text; *c != '\0';) {
        const size_t length = mutau_utf8_length(c, 4);
        if (length == 0 || ((unsigned char)*c < ' ' && *c != '\n') || *c == 127)
            return bad(err, "has characters that cannot be printed");
        c += length;
    }
    return MUTAU_OK;
}

static char *copy_of(const char *text, size_t size)
{
    char *copy = mutau_calloc(size + 1, 1);
    if (copy != NULL)
        memcpy(copy, text, size);
    return copy;
}

/* If the line at *at is "key: value", a copy of the value; *at moves on.  NULL in *value: it is
 * another line. */
static mutau_status read_key(const char **at, const char *key, char **value, mutau_error *err)
{
    const size_t n = strlen(key), line = strcspn(*at, "\n");
    *value = NULL;
    if (line < n + 2 || memcmp(*at, key, n) != 0 || memcmp(*at + n, ": ", 2) != 0 ||
        (*at)[line] != '\n')
        return MUTAU_OK;
    *value = copy_of(*at + n + 2, line - n - 2);
    *at += line + 1;
    return *value != NULL ? MUTAU_OK : no_memory(err);
}

static mutau_status need_key(const char **at, const char *key, char **value, mutau_error *err)
{
    MUTAU_CHECK(read_key(at, key, value, err));
    return *value != NULL
               ? MUTAU_OK
               : mutau_error_set(err, MUTAU_EDATA, "the list of input files lacks '%s'", key);
}

static mutau_status need_digest(const char **at, const char *key,
                                char digest[MUTAU_SHA256_HEX_SIZE], mutau_error *err)
{
    char *value = NULL;
    MUTAU_CHECK(need_key(at, key, &value, err));
    const bool fits = strlen(value) < MUTAU_SHA256_HEX_SIZE;
    (void)snprintf(digest, MUTAU_SHA256_HEX_SIZE, "%s", fits ? value : "");
    free(value);
    return fits ? MUTAU_OK : bad(err, "has a digest of the wrong length");
}

static mutau_status read_origin(const char **at, mutau_input *item, mutau_error *err)
{
    char *value = NULL;
    MUTAU_CHECK(need_key(at, "origin", &value, err));
    size_t i = 0;
    while (i < sizeof origin_names / sizeof origin_names[0] && strcmp(value, origin_names[i]) != 0)
        i++;
    free(value);
    if (i == sizeof origin_names / sizeof origin_names[0])
        return bad(err, "has an unknown origin");
    item->origin = (mutau_input_origin)i;
    return MUTAU_OK;
}

/* From "row," up to an empty line or the end. */
static mutau_status read_numbers(const char **at, mutau_input *item, mutau_error *err)
{
    char digest[MUTAU_SHA256_HEX_SIZE];
    const char *end = strstr(*at, "\n\n");
    const size_t size = end != NULL ? (size_t)(end - *at) + 1 : strlen(*at);
    if (size == 0 || strncmp(*at, "row,", 4) != 0 || (*at)[size - 1] != '\n')
        return bad(err, "has an input without numbers");
    item->table = copy_of(*at, size);
    *at += size;
    if (item->table == NULL)
        return no_memory(err);
    find_digest(item, digest);
    return strcmp(digest, item->digest) == 0 ? MUTAU_OK : bad(err, "does not fit its digests");
}

static mutau_status read_item(const char **at, mutau_inputs *inputs, mutau_error *err)
{
    mutau_input *item = NULL;
    MUTAU_CHECK(append(inputs, &item, err));
    item->kind = MUTAU_INPUT_DATASET;
    MUTAU_CHECK(read_key(at, kind_keys[0], &item->name, err));
    if (item->name == NULL) {
        item->kind = MUTAU_INPUT_SOURCE;
        MUTAU_CHECK(read_key(at, kind_keys[2], &item->name, err));
    }
    if (item->name == NULL) {
        item->kind = MUTAU_INPUT_COVARIANCE;
        MUTAU_CHECK(read_key(at, kind_keys[3], &item->name, err));
    }
    if (item->name == NULL) {
        item->kind = MUTAU_INPUT_TERM;
        MUTAU_CHECK(need_key(at, kind_keys[1], &item->name, err));
    }
    MUTAU_CHECK(need_key(at, detail_keys[item->kind], &item->detail, err));
    MUTAU_CHECK(read_origin(at, item, err));
    for (size_t i = 0; i < MUTAU_INPUT_MAX_FILES; i++)
        MUTAU_CHECK(read_key(at, "file", &item->files[i], err));
    MUTAU_CHECK(need_digest(at, "digest", item->digest, err));
    return read_numbers(at, item, err);
}

static mutau_status read_all(const char *text, mutau_inputs *inputs, mutau_error *err)
{
    const size_t n = strlen(FORMAT);
    if (strncmp(text, FORMAT, n) != 0 || text[n] != '\n')
        return bad(err, "is of a format that is not known");
    MUTAU_CHECK(check_text(text, err));
    const char *at = text + n + 1;
    MUTAU_CHECK(need_digest(&at, "bytes", inputs->bytes, err));
    while (*at == '\n') {
        at++;
        MUTAU_CHECK(read_item(&at, inputs, err));
    }
    return *at == '\0' ? MUTAU_OK : bad(err, "goes on after its end");
}

mutau_status mutau_inputs_read(const char *text, mutau_inputs *inputs, mutau_error *err)
{
    *inputs = (mutau_inputs){0};
    const mutau_status status = read_all(text, inputs, err);
    if (status != MUTAU_OK)
        mutau_inputs_release(inputs);
    return status;
}

/* --- comparing ---------------------------------------------------------------------------- */

/* A piece of a text; an empty one is shown as "nothing". */
typedef struct piece {
    int size;
    const char *at;
} piece;

static piece cell_at(const char *line)
{
    const size_t size = strcspn(line, ",\n");
    return size > 0 ? (piece){(int)size, line} : (piece){7, "nothing"};
}

static size_t count_rows(const char *table)
{
    size_t n = 0;
    for (; *table != '\0'; table++)
        n += *table == '\n' ? 1 : 0;
    return n > 0 ? n - 1 : 0; /* the header is none */
}

static bool same_line(const char *a, const char *b)
{
    const size_t n = strcspn(a, "\n");
    return n == strcspn(b, "\n") && memcmp(a, b, n) == 0;
}

static const char *next_line(const char *line)
{
    line += strcspn(line, "\n");
    return *line == '\n' ? line + 1 : line;
}

/* Where two lines that differ do so: the cells, and the column's name. */
static void find_cells(const char *header, const char **a, const char **b, piece *column)
{
    while (true) {
        const size_t n = strcspn(*a, ",\n"), m = strcspn(*b, ",\n");
        *column = cell_at(header);
        if (n != m || memcmp(*a, *b, n) != 0 || (*a)[n] != ',' || (*b)[m] != ',')
            return;
        *a += n + 1;
        *b += m + 1;
        header += strcspn(header, ",\n");
        header += *header == ',' ? 1 : 0;
    }
}

static void compare_tables(const mutau_input *a, const mutau_input *b, const char *what,
                           const char *who_a, const char *who_b, char text[MUTAU_DIFFERENCE_SIZE])
{
    const char *x = a->table, *y = b->table;
    const size_t n = count_rows(x), m = count_rows(y);
    while (*x != '\0' && *y != '\0' && same_line(x, y)) {
        x = next_line(x);
        y = next_line(y);
    }
    if (x == a->table) {
        (void)snprintf(text, MUTAU_DIFFERENCE_SIZE, "%s: other columns in %s than in %s", what,
                       who_a, who_b);
        return;
    }
    const piece row = cell_at(*x != '\0' ? x : y);
    if (n != m) {
        (void)snprintf(text, MUTAU_DIFFERENCE_SIZE,
                       "%s: %zu rows in %s, %zu in %s; the first that differs is row %.*s", what, n,
                       who_a, m, who_b, row.size, row.at);
        return;
    }
    piece column = {0, ""};
    find_cells(a->table, &x, &y, &column);
    const piece p = cell_at(x), q = cell_at(y);
    (void)snprintf(text, MUTAU_DIFFERENCE_SIZE, "%s, row %.*s: %.*s is %.*s in %s, %.*s in %s",
                   what, row.size, row.at, column.size, column.at, p.size, p.at, who_a, q.size,
                   q.at, who_b);
}

static bool same_name(const mutau_input *a, const mutau_input *b)
{
    return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
           (a->kind == MUTAU_INPUT_DATASET || strcmp(a->detail, b->detail) == 0);
}

void mutau_inputs_difference(const mutau_inputs *a, const mutau_inputs *b, const char *who_a,
                             const char *who_b, char text[MUTAU_DIFFERENCE_SIZE])
{
    size_t i = 0;
    char what[MUTAU_DIFFERENCE_SIZE / 4];
    text[0] = '\0';
    while (i < a->n && i < b->n && strcmp(a->items[i].digest, b->items[i].digest) == 0)
        i++;
    if (i == a->n && i == b->n)
        return;
    mutau_input_describe(i < a->n ? &a->items[i] : &b->items[i], sizeof what, what);
    if (i == a->n || i == b->n || !same_name(&a->items[i], &b->items[i])) {
        (void)snprintf(text, MUTAU_DIFFERENCE_SIZE, "%s is not an input of %s", what,
                       i < a->n ? who_b : who_a);
        return;
    }
    const mutau_input *x = &a->items[i], *y = &b->items[i];
    if (strcmp(x->detail, y->detail) != 0)
        (void)snprintf(text, MUTAU_DIFFERENCE_SIZE, "%s: its channel is %.20s in %s, %.20s in %s",
                       what, x->detail, who_a, y->detail, who_b);
    else
        compare_tables(x, y, what, who_a, who_b, text);
}
