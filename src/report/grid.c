/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as rows and columns of values; documented in report_internal.h. */
#include <math.h>
#include <string.h>

#include "report_internal.h"

/* --- paths ------------------------------------------------------------------------------- */

static const mutau_record *child(const mutau_record *in, const char *key, size_t n)
{
    if (in == NULL || !mutau_record_is_container(in))
        return NULL;
    for (const mutau_record *node = in->as.in.first; node != NULL; node = node->next) {
        if (node->key != NULL && strncmp(node->key, key, n) == 0 && node->key[n] == '\0')
            return node;
        const mutau_record *inner = node->kind == MUTAU_RECORD_GROUP ? child(node, key, n) : NULL;
        if (inner != NULL)
            return inner;
    }
    return NULL;
}

/* The first n bytes of the path; those of a * lead to what the * stands for the members of. */
static const mutau_record *find(const mutau_record *root, const mutau_record *from,
                                const char *path, size_t n)
{
    const char *end = path + n;
    if (n > 0 && *path == '/') {
        from = root;
        path++;
    }
    while (path < end && *path != '*' && from != NULL) {
        const size_t size = strcspn(path, "/|");
        const size_t own = path + size > end ? (size_t)(end - path) : size;
        from = own == 1 && *path == '.' ? from : child(from, path, own);
        path += own + 1;
    }
    return from;
}

const mutau_record *mutau_record_find(const mutau_record *root, const mutau_record *from,
                                      const char *path)
{
    return find(root, from, path, strlen(path));
}

/* Without the dot in front of one that is for tables alone. */
static const char *last_key(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *key = slash != NULL ? slash + 1 : path;
    return key + (key[0] == '.');
}

/* --- rows and columns -------------------------------------------------------------------- */

/* The data in a container, those in its groups, too, to list[], which may be NULL. */
static size_t members(const mutau_record *in, const mutau_record *list[])
{
    size_t n = 0;
    for (const mutau_record *node = in->as.in.first; node != NULL; node = node->next) {
        if (node->kind == MUTAU_RECORD_GROUP)
            n += members(node, list != NULL ? list + n : NULL);
        else if (mutau_record_is_data(node) && list != NULL)
            list[n++] = node;
        else
            n += mutau_record_is_data(node);
    }
    return n;
}

/* The records of all the containers that are named, to list[], which may be NULL. */
static size_t find_records(const mutau_grid *g, const mutau_record *list[])
{
    size_t n = 0;
    for (const char *path = g->table->layout.rows; path != NULL;) {
        const size_t size = strcspn(path, "|");
        const mutau_record *in = find(g->root, g->container, path, size);
        const mutau_record **to = list != NULL ? list + n : NULL;
        if (size == 1 && *path == '.' && to != NULL)
            *to = in;
        if (size == 1 && *path == '.')
            n++;
        else if (in != NULL && mutau_record_is_container(in))
            n += members(in, to);
        path = path[size] == '|' ? path + size + 1 : NULL;
    }
    return n;
}

static bool has_head(const mutau_grid *g, const char *head)
{
    for (size_t i = 0; i < g->n_field; i++)
        if (strcmp(g->fields[i].head, head) == 0)
            return true;
    return false;
}

/* Whether a * stands for the value. */
static bool is_meant(const mutau_report_column *column, const mutau_record *node)
{
    if (node->key == NULL)
        return false;
    if (column->role == MUTAU_REPORT_WORDS)
        return node->kind == MUTAU_RECORD_REGION || node->kind == MUTAU_RECORD_TEXT;
    return node->kind == MUTAU_RECORD_REAL || node->kind == MUTAU_RECORD_COUNT;
}

static size_t add_star(mutau_grid *g, const mutau_report_column *c, const mutau_record *record,
                       mutau_report *room)
{
    size_t n = 0;
    const mutau_record *in = mutau_record_find(g->root, record, c->path);
    if (in == NULL || !mutau_record_is_container(in))
        return 0;
    for (const mutau_record *node = in->as.in.first; node != NULL; node = node->next) {
        if (!is_meant(c, node))
            continue;
        n++;
        if (g->fields == NULL)
            continue;
        const char *head =
            mutau_report_keep(room, "%s%s", c->head != NULL ? c->head : "", node->key);
        if (!has_head(g, head))
            g->fields[g->n_field++] = (mutau_grid_field){c, head, node->key};
    }
    return n;
}

/* Fills g->fields, if there are any yet; how many there may be. */
static size_t find_fields(mutau_grid *g, mutau_report *room)
{
    size_t n = 0;
    for (size_t i = 0; i < g->table->n; i++) {
        const mutau_report_column *c = &g->table->columns[i];
        const bool star = strcmp(last_key(c->path), "*") == 0;
        for (size_t k = 0; star && k < g->n_record; k++)
            n += add_star(g, c, g->records[k], room);
        n += !star;
        if (!star && g->fields != NULL)
            g->fields[g->n_field++] =
                (mutau_grid_field){c, c->head != NULL ? c->head : last_key(c->path), NULL};
    }
    return n;
}

static const mutau_record *value_of(const mutau_grid *g, const mutau_record *record,
                                    const mutau_grid_field *field)
{
    const mutau_record *node = mutau_record_find(g->root, record, field->column->path);
    return field->name != NULL && node != NULL ? child(node, field->name, strlen(field->name))
                                               : node;
}

static bool is_known(const mutau_record *node)
{
    return node != NULL && node->kind != MUTAU_RECORD_MISSING &&
           !(node->kind == MUTAU_RECORD_REAL && isnan(node->as.real)) &&
           !(node->kind == MUTAU_RECORD_TEXT &&
             (node->as.text == NULL || node->as.text[0] == '\0'));
}

/* Rows of which nothing is known are left out. */
static void drop_empty_rows(mutau_grid *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_field; i++) {
        bool known = false;
        for (size_t k = 0; k < g->n_record; k++)
            known = known || is_known(value_of(g, g->records[k], &g->fields[i]));
        if (known)
            g->fields[n++] = g->fields[i];
    }
    g->n_field = n;
}

/* Of the longest; what is no series has the same value in every row. */
static size_t series_length(const mutau_grid *g)
{
    size_t n = 0;
    for (size_t i = 0; i < g->n_field; i++) {
        const mutau_record *node = value_of(g, g->container, &g->fields[i]);
        if (node != NULL && node->kind == MUTAU_RECORD_SERIES && node->as.series.n > n)
            n = node->as.series.n;
    }
    return n;
}

void mutau_grid_init(mutau_grid *grid, const mutau_record *root, const mutau_record *container,
                     const mutau_report_table_of *table, mutau_report *room)
{
    *grid = (mutau_grid){.table = table, .root = root, .container = container};
    const size_t n_record = find_records(grid, NULL);
    grid->records = mutau_report_room(room, (n_record + 1) * sizeof *grid->records);
    if (grid->records == NULL)
        return;
    grid->n_record = find_records(grid, grid->records);
    const size_t n_field = find_fields(grid, room);
    grid->fields = mutau_report_room(room, (n_field + 1) * sizeof *grid->fields);
    if (grid->fields == NULL)
        return;
    (void)find_fields(grid, room);
    if (table->layout.across)
        drop_empty_rows(grid);
    grid->n_row = table->layout.across         ? grid->n_field
                  : table->layout.rows != NULL ? grid->n_record
                                               : series_length(grid);
    grid->n_column =
        table->layout.across ? 1 + grid->n_record + table->layout.remarks : grid->n_field;
}

/* --- cells ------------------------------------------------------------------------------- */

static bool is_value(const mutau_grid *g, size_t column)
{
    return !g->table->layout.across || (column > 0 && column <= g->n_record);
}

static const mutau_grid_field *field_of(const mutau_grid *g, size_t row, size_t column)
{
    return &g->fields[g->table->layout.across ? row : column];
}

const char *mutau_grid_head(const mutau_grid *grid, size_t column, mutau_report *room)
{
    if (!grid->table->layout.across)
        return grid->fields[column].head;
    if (grid->table->layout.head == NULL || column > grid->n_record)
        return "";
    return column == 0 ? grid->table->layout.head : mutau_report_keep(room, "[%zu]", column);
}

mutau_report_role mutau_grid_role(const mutau_grid *grid, size_t row, size_t column)
{
    const bool value = is_value(grid, column);
    if (grid->table->layout.across && value)
        return grid->fields[row].column->role == MUTAU_REPORT_NOTE ? MUTAU_REPORT_NOTE
                                                                   : MUTAU_REPORT_VALUE;
    if (!value)
        return column == 0 ? MUTAU_REPORT_KEY : MUTAU_REPORT_WORDS;
    return grid->fields[column].column->role;
}

const mutau_report_column *mutau_grid_shown(const mutau_grid *grid, size_t row, size_t column)
{
    return is_value(grid, column) ? field_of(grid, row, column)->column : NULL;
}

static const mutau_record *record_of(const mutau_grid *g, size_t row, size_t column)
{
    if (g->table->layout.rows == NULL)
        return g->container;
    return g->records[g->table->layout.across ? column - 1 : row];
}

static const char *remark_of(const mutau_grid *g, size_t row)
{
    const mutau_grid_field *field = &g->fields[row];
    const mutau_record *value = g->n_record > 0 ? value_of(g, g->records[0], field) : NULL;
    const char *unit = value != NULL ? value->unit : NULL;
    return field->column->remark != NULL ? field->column->remark : unit;
}

bool mutau_grid_cell(const mutau_grid *grid, size_t row, size_t column, mutau_record *cell)
{
    if (!is_value(grid, column)) {
        const char *text = column == 0 ? grid->fields[row].head : remark_of(grid, row);
        *cell = (mutau_record){.kind = MUTAU_RECORD_TEXT, .as.text = text};
        return true;
    }
    const mutau_record *node =
        value_of(grid, record_of(grid, row, column), field_of(grid, row, column));
    if (node == NULL)
        return false;
    *cell = *node;
    if (node->kind == MUTAU_RECORD_SERIES) {
        const mutau_series *s = &node->as.series;
        *cell = (mutau_record){.kind = MUTAU_RECORD_REAL,
                               .as.real = row < s->n ? s->x[row] : (double)NAN};
    }
    return true;
}

double mutau_grid_error(const mutau_grid *grid, size_t row, size_t column)
{
    const mutau_report_column *shown = mutau_grid_shown(grid, row, column);
    const mutau_record *node =
        shown != NULL && shown->error != NULL
            ? mutau_record_find(grid->root, record_of(grid, row, column), shown->error)
            : NULL;
    return node != NULL && node->kind == MUTAU_RECORD_REAL ? node->as.real : (double)NAN;
}

/* --- what is for people ------------------------------------------------------------------ */

mutau_status mutau_report_visit(const mutau_record *container, mutau_report_visitor *visit,
                                void *self, mutau_error *err)
{
    for (const mutau_record *node = container->as.in.first; node != NULL; node = node->next) {
        if (!mutau_record_is_data(node))
            MUTAU_CHECK(visit(self, container, node, err));
        else if (mutau_record_is_container(node))
            MUTAU_CHECK(mutau_report_visit(node, visit, self, err));
    }
    return MUTAU_OK;
}
