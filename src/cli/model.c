/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A run file made ready to be evaluated. */
#include "model.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

void cli_print_warnings(const mutau_run_settings *settings, const progress_reporter *how)
{
    char room[CLI_PLAIN_SIZE];
    for (size_t i = 0; i < settings->n_note; i++)
        progress_say(how, "note", cli_plain(settings->notes[i], room));
    for (size_t i = 0; i < settings->n_warning; i++)
        progress_say(how, "warning", cli_plain(settings->warnings[i], room));
}

mutau_status cli_refuse_target(const mutau_run_settings *settings, const char *path,
                               mutau_error *err)
{
    if (!mutau_run_settings_has_target(settings))
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_ECONFIG, "%s has %s target, not a model: only %s", path,
                           settings->builtin != NULL ? "a built-in" : "a program's own",
                           settings->builtin != NULL ? "sample and config take it"
                                                     : "config takes it");
}

mutau_status cli_model_open(cli_model *model, const char *path, const cli_list *assignments,
                            mutau_error *err)
{
    *model = (cli_model){0};
    mutau_status status =
        mutau_run_settings_read(path, assignments->n, assignments->items, &model->settings, err);
    if (status != MUTAU_OK)
        return status;
    cli_print_warnings(model->settings, NULL);
    status = cli_refuse_target(model->settings, path, err);
    if (status == MUTAU_OK)
        status = mutau_posterior_alloc(model->settings, &model->posterior, err);
    if (status == MUTAU_OK)
        status = mutau_posterior_workspace_alloc(model->posterior, &model->ws);
    if (status != MUTAU_OK)
        cli_model_close(model);
    return status;
}

mutau_status cli_model_report(const cli_command *command, const void *options,
                              const cli_list *files, cli_result *result, mutau_error *err)
{
    const cli_model_options *common = options;
    cli_model model;
    MUTAU_CHECK(cli_model_open(&model, files->items[0], &common->set, err));
    const mutau_status status = command->report_model(options, &model, result, err);
    cli_model_close(&model);
    return status;
}

void cli_model_close(cli_model *model)
{
    mutau_posterior_workspace_free(model->cold_ws);
    mutau_posterior_free(model->cold);
    free(model->of_cold);
    mutau_posterior_workspace_free(model->ws);
    mutau_posterior_free(model->posterior);
    mutau_run_settings_free(model->settings);
    *model = (cli_model){0};
}

static mutau_status open_cold(cli_model *model, mutau_error *err)
{
    model->of_cold = mutau_calloc(1, sizeof *model->of_cold);
    if (model->of_cold == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for targets at rest");
    *model->of_cold = *model->settings; /* all it points to is the model's */
    model->of_cold->model.targets = MUTAU_TARGETS_COLD;
    MUTAU_CHECK(mutau_posterior_alloc(model->of_cold, &model->cold, err));
    return mutau_posterior_workspace_alloc(model->cold, &model->cold_ws);
}

mutau_status cli_model_cold(cli_model *model, const double natural[], const double **bins,
                            mutau_error *err)
{
    mutau_posterior_point point;
    *bins = NULL;
    if (model->settings->model.targets == MUTAU_TARGETS_COLD ||
        mutau_flux_likelihood_count(mutau_posterior_data(model->posterior)) == 0)
        return MUTAU_OK;
    if (model->cold_ws == NULL)
        MUTAU_CHECK(open_cold(model, err));
    MUTAU_CHECK(mutau_posterior_eval(model->cold, model->cold_ws, natural, &point, err));
    *bins = mutau_posterior_predicted(model->cold_ws);
    return MUTAU_OK;
}
