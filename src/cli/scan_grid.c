/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The grid of `mutau scan` on the command line; documented in scan_grid.h. */
#include "scan_grid.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "cli.h"
#include "point.h"
#include "range.h"

enum { MAX_WORD = 128 };
static const double ROUNDING = 1e-12; /* relative, of an end that is the prior's */

/* One axis as it is read. */
typedef struct axis_word {
    char name[MAX_WORD], range[MAX_WORD];
    bool is_logarithm;
    size_t id;
} axis_word;

static mutau_status find_name(const mutau_run_settings *s, axis_word *w, mutau_error *err)
{
    cli_point_column column;
    MUTAU_CHECK(cli_point_find("--grid", s, w->name, &column, err));
    if (column.kind == CLI_POINT_RESULT)
        return mutau_error_set(err, MUTAU_EUSAGE, "--grid: %s is a result, not a parameter",
                               w->name);
    w->id = column.id;
    w->is_logarithm = column.kind == CLI_POINT_LOGARITHM;
    if (s->parameters[w->id].prior != MUTAU_PRIOR_FIXED)
        return MUTAU_OK;
    const char *name = s->set.spec[w->id]->name;
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "--grid: %s is fixed at %g in the run; free it with --set "
                           "'parameters.%s={prior: ..., min: ..., max: ...}'",
                           name, s->parameters[w->id].value, name);
}

/* An end of the prior that the rounding of a logarithm has put beyond it is that end. */
static double within(const mutau_parameter *p, double x)
{
    if (x < p->min && x >= p->min - ROUNDING * fabs(p->min))
        return p->min;
    return x > p->max && x <= p->max + ROUNDING * fabs(p->max) ? p->max : x;
}

static mutau_status check_prior(const mutau_parameter *p, double lo, double hi, mutau_error *err)
{
    if (lo >= p->min && hi <= p->max)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "--grid: %s from %g to %g is beyond its prior, which is from %g to %g",
                           p->spec->name, lo, hi, p->min, p->max);
}

static bool ends_in_log(const char *text)
{
    const char *last = strrchr(text, ':');
    return last != NULL && strcmp(last, ":log") == 0;
}

static mutau_status fill_axis(const mutau_run_settings *s, const axis_word *w, cli_scan_grid *grid,
                              mutau_error *err)
{
    const mutau_parameter *p = &s->parameters[w->id];
    char option[MAX_WORD + 16];
    cli_range range;
    (void)snprintf(option, sizeof option, "--grid %s=", w->name);
    const cli_range_rule rule = {.option = option,
                                 .unit = w->is_logarithm ? "" : p->spec->unit,
                                 .max = MUTAU_SCAN_MAX_POINTS,
                                 .linear = w->is_logarithm || p->prior != MUTAU_PRIOR_LOG_UNIFORM,
                                 .any_sign = true};
    if (w->is_logarithm && ends_in_log(w->range))
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--grid: %s is a logarithm already: leave :log out, or give %s",
                               w->name, p->spec->name);
    MUTAU_CHECK(cli_range_read_by(&rule, w->range, &range, err));
    double *values = mutau_calloc(range.n, sizeof *values);
    if (values == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a grid");
    for (size_t i = 0; i < range.n; i++) {
        const double x = cli_range_at(&range, i);
        values[i] = within(p, w->is_logarithm ? pow(10.0, x) : x);
    }
    grid->values[grid->n] = values;
    grid->linear[grid->n] = range.linear && !w->is_logarithm;
    grid->axis[grid->n++] = (mutau_scan_axis){.id = w->id, .n = range.n, .value = values};
    return check_prior(p, values[0], values[range.n - 1], err);
}

static mutau_status read_axis(const mutau_run_settings *s, const char *text, size_t length,
                              cli_scan_grid *grid, mutau_error *err)
{
    axis_word w;
    const char *equals = memchr(text, '=', length);
    const size_t n_name = equals != NULL ? (size_t)(equals - text) : 0;
    const size_t n_range = equals != NULL ? length - n_name - 1 : 0;
    if (equals == NULL || n_name >= sizeof w.name || n_range >= sizeof w.range)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--grid takes NAME=lo:hi:n[:log|:lin], or two of them with a comma "
                               "between, not '%s'",
                               text);
    (void)snprintf(w.name, sizeof w.name, "%.*s", (int)n_name, text);
    (void)snprintf(w.range, sizeof w.range, "%.*s", (int)n_range, equals + 1);
    MUTAU_CHECK(find_name(s, &w, err));
    if (grid->n == MUTAU_SCAN_MAX_AXES)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--grid takes one or two parameters; %s would be one more: hold it "
                               "with --at, or profile it with --profile",
                               w.name);
    if (grid->n > 0 && grid->axis[0].id == w.id)
        return mutau_error_set(err, MUTAU_EUSAGE, "--grid: %s is given twice",
                               s->set.spec[w.id]->name);
    return fill_axis(s, &w, grid, err);
}

mutau_status cli_scan_grid_read(const mutau_run_settings *settings, const char *text,
                                cli_scan_grid *grid, mutau_error *err)
{
    size_t n_point = 1;
    for (const char *rest = text; rest != NULL;) {
        const size_t length = strcspn(rest, ",");
        MUTAU_CHECK(read_axis(settings, rest, length, grid, err));
        n_point *= grid->axis[grid->n - 1].n;
        rest = rest[length] == ',' ? rest + length + 1 : NULL;
    }
    if (n_point > MUTAU_SCAN_MAX_POINTS)
        return mutau_error_set(err, MUTAU_EUSAGE, "--grid has %zu points; at most %d are possible",
                               n_point, (int)MUTAU_SCAN_MAX_POINTS);
    return MUTAU_OK;
}

void cli_scan_grid_release(cli_scan_grid *grid)
{
    for (size_t i = 0; i < grid->n; i++)
        free(grid->values[i]);
    *grid = (cli_scan_grid){0};
}
