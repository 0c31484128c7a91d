/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run file made ready to be evaluated, and points given on the command line. */
#include "model.h"

#include <stdio.h>
#include <string.h>

#include "mutau/config.h"

void cli_print_warnings(const mutau_run_settings *settings)
{
    char room[CLI_PLAIN_SIZE];
    for (size_t i = 0; i < settings->n_note; i++)
        (void)fprintf(stderr, "mutau: note: %s\n", cli_plain(settings->notes[i], room));
    for (size_t i = 0; i < settings->n_warning; i++)
        (void)fprintf(stderr, "mutau: warning: %s\n", cli_plain(settings->warnings[i], room));
}

mutau_status cli_refuse_target(const mutau_run_settings *settings, const char *path,
                               mutau_error *err)
{
    if (settings->builtin == NULL)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_ECONFIG,
                           "%s has a built-in target, not a model: only sample and config take it",
                           path);
}

mutau_status cli_model_open(cli_model *model, const char *path, const cli_list *assignments,
                            mutau_error *err)
{
    *model = (cli_model){0};
    mutau_status status =
        mutau_run_settings_read(path, assignments->n, assignments->items, &model->settings, err);
    if (status != MUTAU_OK)
        return status;
    cli_print_warnings(model->settings);
    status = cli_refuse_target(model->settings, path, err);
    if (status == MUTAU_OK)
        status = mutau_posterior_alloc(model->settings, &model->posterior, err);
    if (status == MUTAU_OK)
        status = mutau_posterior_workspace_alloc(model->posterior, &model->ws);
    if (status != MUTAU_OK)
        cli_model_close(model);
    return status;
}

void cli_model_close(cli_model *model)
{
    mutau_posterior_workspace_free(model->ws);
    mutau_posterior_free(model->posterior);
    mutau_run_settings_free(model->settings);
    *model = (cli_model){0};
}

/* --- points -------------------------------------------------------------------- */

enum { MAX_WORD = 64 };

/* Cuts the next comma-separated word off *rest, blanks around it removed; false at
 * the end.  A word that does not fit comes out empty, which no reader accepts. */
static bool next_word(const char **rest, char word[MAX_WORD])
{
    if (*rest == NULL)
        return false;
    const char *start = *rest + strspn(*rest, " \t");
    size_t length = strcspn(start, ",\r\n");
    *rest = start[length] == ',' ? start + length + 1 : NULL;
    while (length > 0 && (start[length - 1] == ' ' || start[length - 1] == '\t'))
        length--;
    if (length >= MAX_WORD)
        length = 0;
    memcpy(word, start, length);
    word[length] = '\0';
    return true;
}

static mutau_status find_parameter(const char *option, const char *name, mutau_parameter_id *id,
                                   mutau_error *err)
{
    *id = mutau_parameter_find(name);
    if (*id != MUTAU_N_PARAMETER)
        return MUTAU_OK;
    const size_t logarithm = strlen("log10_");
    if (strncmp(name, "log10_", logarithm) == 0 &&
        mutau_parameter_find(name + logarithm) != MUTAU_N_PARAMETER)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "%s: '%s' is a stored coordinate; a point has natural values: '%s'",
                               option, name, name + logarithm);
    const char *known[MUTAU_N_PARAMETER + 1] = {0};
    for (int i = 0; i < MUTAU_N_PARAMETER; i++)
        known[i] = mutau_parameter_name((mutau_parameter_id)i);
    const char *near = mutau_nearest_name(name, known);
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "%s: unknown parameter '%s'%s%s%s (known: m_zprime, g_prime, A, "
                           "gamma, sum_mnu)",
                           option, name, near != NULL ? ", did you mean '" : "",
                           near != NULL ? near : "", near != NULL ? "'" : "");
}

static mutau_status check_physical(const char *option, const mutau_run_settings *settings,
                                   mutau_parameter_id id, double value, mutau_error *err)
{
    const double sum_min = mutau_flux_sum_mnu_min(settings->model.mixing, settings->model.ordering);
    const char *must;
    if (!mutau_parameter_is_physical(id, value, &must))
        return mutau_error_set(err, MUTAU_EUSAGE, "%s: %s = %g must be %s", option,
                               mutau_parameter_name(id), value, must);
    if (id == MUTAU_PARAMETER_SUM_MNU && !(value >= sum_min))
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "%s: sum_mnu = %g eV is below its minimum, %.5g eV", option, value,
                               sum_min);
    return MUTAU_OK;
}

mutau_status cli_point_physical(const mutau_run_settings *settings, const double natural[],
                                mutau_error *err)
{
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        MUTAU_CHECK(check_physical("--at", settings, (mutau_parameter_id)id, natural[id], err));
    return MUTAU_OK;
}

static mutau_status read_value(const char *option, mutau_parameter_id id, const char *text,
                               double natural[], mutau_error *err)
{
    double value = 0.0;
    if (!cli_real(text, &value))
        return mutau_error_set(err, MUTAU_EUSAGE, "%s: %s needs a number, not '%s'", option,
                               mutau_parameter_name(id), text);
    natural[id] = value;
    return MUTAU_OK;
}

static mutau_status check_complete(const mutau_run_settings *settings, const bool given[],
                                   mutau_error *err)
{
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        if (settings->parameters[id].prior != MUTAU_PRIOR_FIXED && !given[id])
            return mutau_error_set(
                err, MUTAU_EUSAGE,
                "--at: the free parameter %s is missing: give every free "
                "parameter, as in --at m_zprime=6.5,g_prime=5e-4,A=1.4,gamma=2.6",
                mutau_parameter_name((mutau_parameter_id)id));
    return MUTAU_OK;
}

static void fill_fixed(const mutau_run_settings *settings, double natural[])
{
    for (int id = 0; id < MUTAU_N_PARAMETER; id++)
        natural[id] = settings->parameters[id].value;
}

static mutau_status mark_given(const char *option, mutau_parameter_id id, bool given[],
                               mutau_error *err)
{
    if (given[id])
        return mutau_error_set(err, MUTAU_EUSAGE, "%s: %s is given twice", option,
                               mutau_parameter_name(id));
    given[id] = true;
    return MUTAU_OK;
}

mutau_status cli_point_some(const char *option, const mutau_run_settings *settings,
                            const char *text, double natural[], bool given[], mutau_error *err)
{
    char word[MAX_WORD];
    fill_fixed(settings, natural);
    memset(given, 0, MUTAU_N_PARAMETER * sizeof *given);
    for (const char *rest = text; next_word(&rest, word);) {
        char *equals = strchr(word, '=');
        if (equals == NULL)
            return mutau_error_set(err, MUTAU_EUSAGE, "%s: '%s' is not of the form name=value",
                                   option, word);
        *equals = '\0';
        mutau_parameter_id id = MUTAU_PARAMETER_M_ZPRIME;
        MUTAU_CHECK(find_parameter(option, word, &id, err));
        MUTAU_CHECK(mark_given(option, id, given, err));
        MUTAU_CHECK(read_value(option, id, equals + 1, natural, err));
        MUTAU_CHECK(check_physical(option, settings, id, natural[id], err));
    }
    return MUTAU_OK;
}

mutau_status cli_point_parse(const mutau_run_settings *settings, const char *text, double natural[],
                             mutau_error *err)
{
    bool given[MUTAU_N_PARAMETER];
    MUTAU_CHECK(cli_point_some("--at", settings, text, natural, given, err));
    return check_complete(settings, given, err);
}

mutau_status cli_point_header(const mutau_run_settings *settings, const char *line,
                              cli_point_columns *columns, mutau_error *err)
{
    bool given[MUTAU_N_PARAMETER] = {false};
    char word[MAX_WORD];
    columns->n = 0;
    if (strncmp(line, "\xEF\xBB\xBF", 3) == 0)
        line += 3; /* the mark of UTF-8 with which some programs begin a table */
    for (const char *rest = line; next_word(&rest, word);) {
        mutau_parameter_id id = MUTAU_PARAMETER_M_ZPRIME;
        MUTAU_CHECK(find_parameter("--at", word, &id, err));
        MUTAU_CHECK(mark_given("--at", id, given, err));
        columns->id[columns->n++] = id;
    }
    return check_complete(settings, given, err);
}

mutau_status cli_point_row(const mutau_run_settings *settings, const cli_point_columns *columns,
                           const char *line, double natural[], mutau_error *err)
{
    char word[MAX_WORD];
    size_t n = 0;
    fill_fixed(settings, natural);
    for (const char *rest = line; next_word(&rest, word); n++)
        if (n < columns->n)
            MUTAU_CHECK(read_value("--at", columns->id[n], word, natural, err));
    if (n != columns->n)
        return mutau_error_set(err, MUTAU_EUSAGE, "--at: the header has %zu columns, this row %zu",
                               columns->n, n);
    return MUTAU_OK;
}
