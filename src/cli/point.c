/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points as they are written on the command line and in tables; documented in point.h. */
#include "point.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "base/suggest.h"
#include "records.h"

enum { MAX_WORD = 64, MAX_IGNORED = 256, MAX_LIST = 512 };

static const char BLANKS[] = " \t\r\n";

/* --- words ------------------------------------------------------------------------ */

/* Copies text[0 .. length) without the blanks around it.  A word that does not fit comes out
 * empty, which no reader accepts. */
static void copy_word(const char *text, size_t length, char word[MAX_WORD])
{
    while (length > 0 && strchr(BLANKS, text[0]) != NULL) {
        text++;
        length--;
    }
    while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL)
        length--;
    if (length >= MAX_WORD)
        length = 0;
    memcpy(word, text, length);
    word[length] = '\0';
}

/* Cuts the next comma-separated word off *rest; false at the end. */
static bool next_field(const char **rest, char word[MAX_WORD])
{
    if (*rest == NULL)
        return false;
    const char *start = *rest;
    const size_t length = strcspn(start, ",\r\n");
    *rest = start[length] == ',' ? start + length + 1 : NULL;
    copy_word(start, length, word);
    return true;
}

/* The same where a new line parts words as well, and empty lines do not count. */
static bool next_assignment(const char **rest, char word[MAX_WORD])
{
    if (*rest == NULL)
        return false;
    const char *start = *rest + strspn(*rest, BLANKS);
    const bool new_line = memchr(*rest, '\n', (size_t)(start - *rest)) != NULL;
    if (*start == '\0' && new_line)
        return false;
    const size_t length = strcspn(start, ",\n");
    const char *next = start + length + (start[length] != '\0');
    const bool ends = start[length] == '\0' || (start[length] == '\n' && *next == '\0');
    *rest = ends ? NULL : next - (start[length] == '\n');
    copy_word(start, length, word);
    return true;
}

/* Behind "best sample: ln posterior -16.9 at", with which `mutau summary` begins the point. */
static const char *skip_title(const char *text)
{
    static const char title[] = "best sample";
    const char *start = text + strspn(text, BLANKS);
    const char *end = strstr(start, " at");
    return strncmp(start, title, strlen(title)) == 0 && end != NULL ? end + 3 : text;
}

/* --- names ------------------------------------------------------------------------ */

static bool is_result(const char *name)
{
    static const char *const names[] = {"tail_depth", "ln_prior", "ln_likelihood", "ln_posterior",
                                        "log_prob",   "by_grid",  "delta_chi2",    "evaluations"};
    if (mutau_derived_find(name) != NULL)
        return true;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++)
        if (strcmp(cli_goodness_names[i], name) == 0)
            return true;
    return strncmp(name, "lnl_", 4) == 0;
}

static mutau_status unknown_parameter(const char *option, const mutau_parameter_set *set,
                                      const char *name, mutau_error *err)
{
    const char *known[MUTAU_MAX_PARAMETERS + 1] = {NULL};
    char hint[MUTAU_SUGGEST_SIZE], list[MAX_LIST] = "";
    size_t used = 0;
    for (size_t i = 0; i < set->n; i++) {
        known[i] = set->spec[i]->name;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "",
                                     known[i]);
    }
    mutau_suggest(name, known, "", hint);
    return mutau_error_set(err, MUTAU_EUSAGE, "%s: unknown parameter '%s'%s (known: %s)", option,
                           name, hint, list);
}

static mutau_status find_column(const char *option, const mutau_parameter_set *set,
                                const char *name, cli_point_column *column, mutau_error *err)
{
    static const char logarithm[] = "log10_";
    const size_t n = strlen(logarithm);
    *column = (cli_point_column){CLI_POINT_NATURAL, mutau_parameter_set_find(set, name)};
    if (column->id < set->n)
        return MUTAU_OK;
    if (strncmp(name, logarithm, n) == 0)
        *column = (cli_point_column){CLI_POINT_LOGARITHM, mutau_parameter_set_find(set, name + n)};
    if (column->id < set->n)
        return MUTAU_OK;
    column->kind = CLI_POINT_RESULT;
    return is_result(name) ? MUTAU_OK : unknown_parameter(option, set, name, err);
}

mutau_status cli_point_find(const char *option, const mutau_run_settings *settings,
                            const char *name, cli_point_column *column, mutau_error *err)
{
    return find_column(option, &settings->set, name, column, err);
}

/* --- a point that is being read ----------------------------------------------------- */

typedef struct reading {
    const char *option;
    const mutau_run_settings *settings;
    double value[2][MUTAU_MAX_PARAMETERS]; /* natural ones and logarithms */
    bool given[2][MUTAU_MAX_PARAMETERS];
    char ignored[MAX_IGNORED]; /* ", "-separated */
} reading;

static mutau_status mark(reading *r, const char *name, cli_point_column column, mutau_error *err)
{
    if (column.kind == CLI_POINT_RESULT) {
        const size_t used = strlen(r->ignored);
        (void)snprintf(r->ignored + used, sizeof r->ignored - used, "%s%s", used > 0 ? ", " : "",
                       name);
        return MUTAU_OK;
    }
    if (r->given[column.kind][column.id])
        return mutau_error_set(err, MUTAU_EUSAGE, "%s: %s is given twice", r->option, name);
    r->given[column.kind][column.id] = true;
    return MUTAU_OK;
}

static mutau_status store(reading *r, cli_point_column column, const char *text, mutau_error *err)
{
    double value = 0.0;
    if (column.kind == CLI_POINT_RESULT)
        return MUTAU_OK;
    if (!cli_real(text, &value))
        return mutau_error_set(err, MUTAU_EUSAGE, "%s: %s%s needs a finite number, not '%s'",
                               r->option, column.kind == CLI_POINT_LOGARITHM ? "log10_" : "",
                               r->settings->set.spec[column.id]->name, text);
    r->value[column.kind][column.id] = value;
    return MUTAU_OK;
}

/* Natural values from what was read; whoever gives a logarithm as well means the same. */
static mutau_status finish(const reading *r, double natural[], mutau_error *err)
{
    const mutau_run_settings *settings = r->settings;
    const double digits = 1e-3; /* a number with four of them may be off by so much */
    for (size_t id = 0; id < settings->set.n; id++) {
        const double x = r->value[CLI_POINT_LOGARITHM][id];
        const bool has_log = r->given[CLI_POINT_LOGARITHM][id];
        natural[id] = has_log ? pow(10.0, x) : settings->parameters[id].value;
        if (!r->given[CLI_POINT_NATURAL][id])
            continue;
        natural[id] = r->value[CLI_POINT_NATURAL][id];
        if (has_log && !(fabs(log10(natural[id]) - x) <= digits * fmax(1.0, fabs(x))))
            return mutau_error_set(err, MUTAU_EUSAGE, "%s: %s = %g and log10_%s = %g contradict",
                                   r->option, settings->set.spec[id]->name, natural[id],
                                   settings->set.spec[id]->name, x);
    }
    return MUTAU_OK;
}

static void tell_ignored(const reading *r)
{
    if (r->ignored[0] != '\0')
        (void)fprintf(stderr, "mutau: note: %s: %s: no parameters of a point, left out\n",
                      r->option, r->ignored);
}

static void tell_given(const reading *r, bool given[])
{
    for (size_t id = 0; id < r->settings->set.n; id++)
        given[id] = r->given[CLI_POINT_NATURAL][id] || r->given[CLI_POINT_LOGARITHM][id];
}

/* --- checks ------------------------------------------------------------------------ */

static mutau_status check_physical(const char *option, const mutau_run_settings *settings,
                                   size_t id, double value, mutau_error *err)
{
    const double sum_min = mutau_flux_sum_mnu_min(settings->model.neutrinos.mixing,
                                                  settings->model.neutrinos.ordering);
    if (mutau_run_settings_physical(settings, id, value, sum_min, err) == MUTAU_OK)
        return MUTAU_OK;
    return mutau_error_wrap(err, MUTAU_EUSAGE, "%s", option);
}

mutau_status cli_point_physical(const mutau_run_settings *settings, const double natural[],
                                mutau_error *err)
{
    for (size_t id = 0; id < settings->set.n; id++)
        MUTAU_CHECK(check_physical("--at", settings, id, natural[id], err));
    return MUTAU_OK;
}

/* "m_zprime=...,g_prime=..." of those that are free. */
static void write_form(const mutau_parameter_set *set, const bool is_free[], size_t size,
                       char text[])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < set->n && used < size; i++)
        if (is_free[i])
            used += (size_t)snprintf(text + used, size - used, "%s%s=...", used > 0 ? "," : "",
                                     set->spec[i]->name);
}

void cli_point_form(const mutau_run_settings *settings, char text[CLI_POINT_FORM_SIZE])
{
    bool is_free[MUTAU_MAX_PARAMETERS];
    for (size_t i = 0; i < settings->set.n; i++)
        is_free[i] = settings->parameters[i].prior != MUTAU_PRIOR_FIXED;
    write_form(&settings->set, is_free, CLI_POINT_FORM_SIZE, text);
}

static mutau_status check_complete(const mutau_run_settings *settings, const bool given[],
                                   mutau_error *err)
{
    const mutau_parameter_set *set = &settings->set;
    size_t missing = set->n;
    char form[CLI_POINT_FORM_SIZE];
    for (size_t i = set->n; i-- > 0;)
        if (settings->parameters[i].prior != MUTAU_PRIOR_FIXED && !given[i])
            missing = i;
    if (missing == set->n)
        return MUTAU_OK;
    cli_point_form(settings, form);
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "--at: the free parameter %s is missing: give every free parameter, as "
                           "in --at %s",
                           set->spec[missing]->name, form);
}

/* --- the command line ----------------------------------------------------------------- */

static mutau_status read_assignment(reading *r, char word[MAX_WORD], mutau_error *err)
{
    char name[MAX_WORD], value[MAX_WORD];
    cli_point_column column;
    const char *equals = strchr(word, '=');
    if (equals == NULL)
        return mutau_error_set(err, MUTAU_EUSAGE, "%s: '%s' is not of the form name=value",
                               r->option, word);
    copy_word(word, (size_t)(equals - word), name);
    copy_word(equals + 1, strlen(equals + 1), value);
    MUTAU_CHECK(find_column(r->option, &r->settings->set, name, &column, err));
    MUTAU_CHECK(mark(r, name, column, err));
    return store(r, column, value, err);
}

static mutau_status read_point(reading *r, const char *text, double natural[], bool given[],
                               mutau_error *err)
{
    const mutau_run_settings *settings = r->settings;
    char word[MAX_WORD];
    for (const char *rest = skip_title(text); next_assignment(&rest, word);)
        MUTAU_CHECK(read_assignment(r, word, err));
    MUTAU_CHECK(finish(r, natural, err));
    tell_given(r, given);
    for (size_t id = 0; id < settings->set.n; id++)
        if (given[id])
            MUTAU_CHECK(check_physical(r->option, settings, id, natural[id], err));
    return MUTAU_OK;
}

mutau_status cli_point_some(const char *option, const mutau_run_settings *settings,
                            const char *text, double natural[], bool given[], mutau_error *err)
{
    reading r = {.option = option, .settings = settings};
    MUTAU_CHECK(read_point(&r, text, natural, given, err));
    tell_ignored(&r);
    return MUTAU_OK;
}

mutau_status cli_point_parse(const mutau_run_settings *settings, const char *text, double natural[],
                             mutau_error *err)
{
    bool given[MUTAU_MAX_PARAMETERS];
    reading r = {.option = "--at", .settings = settings};
    MUTAU_CHECK(read_point(&r, text, natural, given, err));
    MUTAU_CHECK(check_complete(settings, given, err));
    tell_ignored(&r);
    return MUTAU_OK;
}

/* --- tables --------------------------------------------------------------------------- */

mutau_status cli_point_header(const mutau_run_settings *settings, const char *line,
                              cli_point_columns *columns, mutau_error *err)
{
    bool given[MUTAU_MAX_PARAMETERS];
    char word[MAX_WORD];
    reading r = {.option = "--at", .settings = settings};
    columns->n = 0;
    if (strncmp(line, "\xEF\xBB\xBF", 3) == 0)
        line += 3; /* the mark of UTF-8 with which some programs begin a table */
    for (const char *rest = line; next_field(&rest, word);) {
        if (columns->n == CLI_POINT_MAX_COLUMNS)
            return mutau_error_set(err, MUTAU_EUSAGE, "--at: more than %d columns",
                                   CLI_POINT_MAX_COLUMNS);
        cli_point_column *column = &columns->column[columns->n++];
        MUTAU_CHECK(find_column(r.option, &settings->set, word, column, err));
        MUTAU_CHECK(mark(&r, word, *column, err));
    }
    tell_given(&r, given);
    MUTAU_CHECK(check_complete(settings, given, err));
    tell_ignored(&r);
    return MUTAU_OK;
}

mutau_status cli_point_row(const mutau_run_settings *settings, const cli_point_columns *columns,
                           const char *line, double natural[], mutau_error *err)
{
    char word[MAX_WORD];
    size_t n = 0;
    reading r = {.option = "--at", .settings = settings};
    for (const char *rest = line; next_field(&rest, word); n++) {
        if (n >= columns->n)
            continue;
        const cli_point_column column = columns->column[n];
        MUTAU_CHECK(store(&r, column, word, err));
        if (column.kind != CLI_POINT_RESULT)
            r.given[column.kind][column.id] = true;
    }
    if (n != columns->n)
        return mutau_error_set(err, MUTAU_EUSAGE, "--at: the header has %zu columns, this row %zu",
                               columns->n, n);
    return finish(&r, natural, err);
}
