/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A posterior from the text of a run file. */
#ifndef TESTS_MODEL_OF_TEXT_H
#define TESTS_MODEL_OF_TEXT_H

#include "check.h"
#include "posterior/posterior.h"
#include "posterior/run_settings.h"

typedef struct model {
    mutau_run_settings *settings;
    mutau_posterior *posterior;
} model;

static model open_model(const char *text)
{
    model m = {0};
    mutau_error err = {0};
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, "/tmp", &m.settings, &err), err);
    CHECK_OK(mutau_posterior_alloc(m.settings, &m.posterior, &err), err);
    return m;
}

static void close_model(model *m)
{
    mutau_posterior_free(m->posterior);
    mutau_run_settings_free(m->settings);
}

#endif
