/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a report that are for papers, in Markdown and in LaTeX with the package booktabs.
 * What speaks against the numbers comes in front of them. */
#include <math.h>
#include <string.h>

#include "base/utf8.h"
#include "report_internal.h"

enum { PLAIN_SIZE = 4096 };

/* How one of the two languages says things. */
typedef struct language {
    const char *special;              /* characters that need a backslash */
    const char *times, *raise, *drop; /* around a power of ten */
    const char *upper, *lower, *end;  /* around the errors of a number */
    const char *joint;                /* between intervals */
    const char *math;                 /* on both sides of numbers */
    const char *percent;
    const char *warning;                  /* in front of a line of prose */
    const char *begin, *between, *finish; /* of a row */
} language;

static const language MARKDOWN = {
    .special = "\\`*_{}[]<>#|",
    .times = "e",
    .raise = "",
    .drop = "",
    .upper = " +",
    .lower = " −",
    .end = "",
    .joint = " ∪ ",
    .math = "",
    .percent = " %",
    .warning = "> ",
    .begin = "| ",
    .between = " | ",
    .finish = " |\n",
};
static const language LATEX = {
    .special = "&%$#_{}",
    .times = " \\times ",
    .raise = "10^{",
    .drop = "}",
    .upper = "^{+",
    .lower = "}_{-",
    .end = "}",
    .joint = " \\cup ",
    .math = "$",
    .percent = "\\,\\%",
    .warning = "% ",
    .begin = "  ",
    .between = " & ",
    .finish = " \\\\\n",
};

typedef struct paper {
    const mutau_report *report;
    FILE *file;
    const language *in;
} paper;

/* --- numbers ----------------------------------------------------------------------------- */

/* The power of ten that is taken out of a number of that size: none where it is read easily. */
static int power_of(double x)
{
    const int power = fabs(x) > 0.0 && isfinite(x) ? (int)floor(log10(fabs(x)) + 1e-12) : 0;
    return power < -2 || power > 4 ? power : 0;
}

static const char *with_power(const language *in, const char *digits, int power, mutau_report *room)
{
    return power == 0 ? digits
                      : mutau_report_keep(room, "%s%s%s%d%s", digits, in->times, in->raise, power,
                                          in->drop);
}

/* Four digits, as in reports for people. */
static const char *real(const language *in, double x, mutau_report *room)
{
    const int power = power_of(x);
    const char *digits = mutau_report_keep(room, "%.4g", x / pow(10.0, power));
    return with_power(in, digits, power, room);
}

/* Two digits of the smaller error, and the rest to the same place. */
static const char *bounded(const language *in, const mutau_bounds *b, mutau_report *room)
{
    const int power = power_of(b->x);
    const double unit = pow(10.0, power), up = (b->hi - b->x) / unit, down = (b->x - b->lo) / unit;
    const double least = up < down ? up : down;
    if (!(least > 0.0) || !isfinite(up + down))
        return real(in, b->x, room);
    const int place = 1 - (int)floor(log10(least)), digits = place > 0 ? place : 0;
    const char *text = mutau_report_keep(room, "%.*f%s%.*f%s%.*f%s", digits, b->x / unit, in->upper,
                                         digits, up, in->lower, digits, down, in->end);
    return power == 0 ? text : with_power(in, mutau_report_keep(room, "(%s)", text), power, room);
}

/* Intervals, or what the region says as a limit. */
static const char *region(const language *in, const mutau_mass_region *m, mutau_report *room)
{
    const mutau_region *r = &m->region;
    const mutau_limit limit = mutau_region_limit(r);
    const bool upper = limit == MUTAU_LIMIT_UPPER;
    const char *text = "";
    if (limit == MUTAU_LIMIT_WHOLE)
        return "unconstrained";
    for (size_t i = 0; limit == MUTAU_LIMIT_NONE && i < r->n; i++)
        text = mutau_report_keep(room, "%s%s[%s, %s]", text, i > 0 ? in->joint : "",
                                 real(in, r->lo[i], room), real(in, r->hi[i], room));
    if (limit == MUTAU_LIMIT_NONE)
        return mutau_report_keep(room, "%s%s%s", in->math, text, in->math);
    return mutau_report_keep(room, "%s%s %s%s (%.6g%s)", in->math, upper ? "<" : ">",
                             real(in, upper ? r->hi[0] : r->lo[0], room), in->math, 100.0 * m->mass,
                             in->percent);
}

/* --- cells ------------------------------------------------------------------------------- */

/* Text that may come from a file, on one line. */
static const char *words(const language *in, const char *text, mutau_report *room)
{
    char plain[PLAIN_SIZE];
    (void)mutau_utf8_plain(text, sizeof plain, plain);
    char *out = mutau_report_room(room, 2 * strlen(plain) + 1);
    size_t n = 0;
    for (const char *s = plain; out != NULL && *s != '\0'; s++) {
        if (in == &LATEX && *s == '\\') { /* of an escape: it is no command */
            out[n++] = '/';
            continue;
        }
        if (strchr(in->special, *s) != NULL)
            out[n++] = '\\';
        out[n++] = *s;
    }
    if (out != NULL)
        out[n] = '\0';
    return out != NULL ? out : "";
}

static const char *shown(const paper *p, const mutau_grid *g, size_t row, size_t column,
                         mutau_report *room)
{
    mutau_record cell;
    const language *in = p->in;
    const char *math = in->math;
    if (!mutau_grid_cell(g, row, column, &cell))
        return "";
    const char *form = mutau_grid_shown(g, row, column)->form;
    if (cell.kind == MUTAU_RECORD_REAL && !isnan(cell.as.real))
        return mutau_report_keep(room, "%s%s%s", math, real(in, cell.as.real, room), math);
    if (cell.kind == MUTAU_RECORD_BOUNDS && !isnan(cell.as.bounds->x))
        return mutau_report_keep(room, "%s%s%s", math, bounded(in, cell.as.bounds, room), math);
    if (cell.kind == MUTAU_RECORD_REGION)
        return region(in, cell.as.region, room);
    if (cell.kind != MUTAU_RECORD_TEXT || cell.as.text == NULL)
        return "";
    return form != NULL ? mutau_report_keep(room, "$%s$", cell.as.text)
                        : words(in, cell.as.text, room);
}

/* --- tables ------------------------------------------------------------------------------ */

static void write_row(const paper *p, size_t n, const char *const cell[])
{
    (void)fputs(p->in->begin, p->file);
    for (size_t i = 0; i < n; i++)
        (void)fprintf(p->file, "%s%s", i > 0 ? p->in->between : "", cell[i]);
    (void)fputs(p->in->finish, p->file);
}

/* The lines around and in a table: above it, below its head, below it. */
static void write_rule(const paper *p, size_t n, size_t place)
{
    static const char *const rules[] = {"  \\toprule\n", "  \\midrule\n",
                                        "  \\bottomrule\n\\end{tabular}\n"};
    if (p->in == &LATEX && place == 0) {
        (void)fprintf(p->file, "%% needs \\usepackage{booktabs}\n\\begin{tabular}{");
        for (size_t i = 0; i < n; i++)
            (void)fputc('l', p->file);
        (void)fputs("}\n", p->file);
    }
    if (p->in == &LATEX)
        (void)fputs(rules[place], p->file);
    else if (place == 1) {
        for (size_t i = 0; i < n; i++)
            (void)fputs("|---", p->file);
        (void)fputs("|\n", p->file);
    }
}

static void write_rows(const paper *p, const mutau_grid *g, mutau_report *room)
{
    const size_t n = g->n_column;
    const char **cell = mutau_report_room(room, n * sizeof *cell);
    if (cell == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        cell[i] = words(p->in, mutau_grid_head(g, i, room), room);
    write_rule(p, n, 0);
    write_row(p, n, cell);
    write_rule(p, n, 1);
    for (size_t row = 0; row < g->n_row; row++) {
        for (size_t i = 0; i < n; i++)
            cell[i] = shown(p, g, row, i, room);
        write_row(p, n, cell);
    }
    write_rule(p, n, 2);
}

static mutau_status write_node(void *self, const mutau_record *container, const mutau_record *node,
                               mutau_error *err)
{
    const paper *p = self;
    mutau_grid grid;
    mutau_report *room = mutau_report_alloc();
    if (room != NULL && node->kind == MUTAU_RECORD_WARNING) {
        const char *end = strchr(node->as.text, '\n');
        const char *line =
            mutau_report_keep(room, "%.*s", (int)(end - node->as.text), node->as.text);
        (void)fprintf(p->file, "%s%s\n\n", p->in->warning,
                      p->in == &LATEX ? line : words(p->in, line, room));
    }
    if (room != NULL && node->kind == MUTAU_RECORD_TABLE && node->as.table->layout.paper) {
        mutau_grid_init(&grid, &p->report->root, container, node->as.table, room);
        write_rows(p, &grid, room);
    }
    const bool done = room != NULL && !room->no_memory;
    mutau_report_free(room);
    return done ? MUTAU_OK : mutau_error_set(err, MUTAU_ENOMEM, "no memory for the report");
}

static mutau_status write_in(const language *in, const mutau_report *report,
                             const mutau_report_output *output, mutau_error *err)
{
    paper p = {report, output->file, in};
    return mutau_report_visit(&report->root, write_node, &p, err);
}

mutau_status mutau_report_write_markdown(const mutau_report *report,
                                         const mutau_report_output *output, mutau_error *err)
{
    return write_in(&MARKDOWN, report, output, err);
}

mutau_status mutau_report_write_latex(const mutau_report *report, const mutau_report_output *output,
                                      mutau_error *err)
{
    return write_in(&LATEX, report, output, err);
}
