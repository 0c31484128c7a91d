/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The runs' evidences against one model; documented in compare_internal.h. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "compare_internal.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "analysis/diagnosis.h"
#include "physics/spectrum.h"
#include "stored_run_internal.h"

static const char *source_of(const mutau_compared_run *run)
{
    return mutau_spectrum_types[run->settings->model.source.spectrum]->name;
}

static mutau_ladder_model model_of(const mutau_compared_run *run)
{
    const mutau_run_settings *s = run->settings;
    const mutau_parameter *coupling = &s->parameters[s->places.coupling];
    return (mutau_ladder_model){
        .source = source_of(run),
        .boson = coupling->prior != MUTAU_PRIOR_FIXED || coupling->value > 0.0,
        .evidence = {run->evidence.ln_z, run->evidence.error},
    };
}

/* All runs must be of the same data. */
static mutau_status check_data(const mutau_comparison *c, mutau_error *err)
{
    mutau_reason reason;
    for (size_t i = 1; i < c->n_run; i++) {
        MUTAU_CHECK(mutau_compare_data(&c->run[0], &c->run[i], &reason, err));
        if (reason.text[0] != '\0')
            return mutau_error_set(err, MUTAU_EDATA,
                                   "evidences of different data say nothing of one another: of %s "
                                   "(the first) and %s (the second) %s",
                                   c->run[0].path, c->run[i].path, reason.text);
    }
    return MUTAU_OK;
}

static mutau_status unknown_reference(const mutau_comparison *c, const char *reference,
                                      mutau_error *err)
{
    enum { MOST = 64 };
    const char *known[MUTAU_COMPARE_MAX_RUNS + MOST + 1] = {NULL};
    char hint[MUTAU_SUGGEST_SIZE];
    size_t n = 0;
    for (size_t i = 0; i < c->n_run; i++)
        known[n++] = c->run[i].path;
    for (size_t i = 0; mutau_spectrum_types[i] != NULL && i < MOST; i++)
        known[n++] = mutau_spectrum_types[i]->name;
    mutau_suggest(reference, known, "", hint);
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "the reference '%s' is neither one of the files compared nor the "
                           "spectrum of a source%s",
                           reference, hint);
}

/* The evidence of that source without the boson, with the amplitude's prior of the first run and,
 * of a run that has the source, those of its parameters; by quadrature. */
static mutau_status integrate(mutau_comparison *c, const char *source, mutau_error *err)
{
    char word[128];
    const char *const words[] = {word};
    const mutau_compared_run *run = &c->run[0];
    mutau_run_settings *settings = NULL;
    mutau_bare_evidence bare = {(double)NAN, (double)NAN};
    mutau_error why = {0};
    for (size_t i = c->n_run; i > 0; i--)
        if (strcmp(source_of(&c->run[i - 1]), source) == 0)
            run = &c->run[i - 1];
    const bool own = strcmp(source_of(run), source) == 0; /* and its options stay */
    (void)snprintf(word, sizeof word, "model.source.spectrum=%s", source);
    mutau_status status =
        mutau_stored_settings_with(run->pool.chains[0], own ? 0 : 1, words, &settings, &why);
    if (status == MUTAU_OK)
        status = mutau_bare_evidence_compute(settings, &bare, &why);
    mutau_run_settings_free(settings);
    if (status == MUTAU_ENOMEM)
        return mutau_error_set(err, status, "%s", why.text);
    if (status != MUTAU_OK) {
        bare = (mutau_bare_evidence){(double)NAN, (double)NAN};
        (void)snprintf(c->ladder.no_reference.text, sizeof c->ladder.no_reference.text, "%s",
                       why.text);
    }
    c->ladder.reference.evidence = (mutau_estimate){bare.ln_z, bare.error};
    return MUTAU_OK;
}

static mutau_status find_reference(mutau_comparison *c, const char *reference, mutau_error *err)
{
    mutau_compared_ladder *l = &c->ladder;
    for (l->own = 0; l->own < c->n_run; l->own++)
        if (strcmp(c->run[l->own].path, reference) == 0)
            return MUTAU_OK;
    const mutau_spectrum_type *type = mutau_spectrum_find(reference);
    if (type == NULL)
        return unknown_reference(c, reference, err);
    l->reference = (mutau_ladder_model){.source = type->name};
    return integrate(c, type->name, err);
}

mutau_status mutau_compare_ladder(mutau_comparison *out, const char *reference, mutau_error *err)
{
    mutau_compared_ladder *l = &out->ladder;
    MUTAU_CHECK(find_reference(out, reference, err));
    MUTAU_CHECK(check_data(out, err));
    l->model = mutau_calloc(out->n_run, sizeof *l->model);
    if (l->model == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for %zu models", out->n_run);
    l->given = true;
    (void)snprintf(l->name, sizeof l->name, "%s", reference);
    for (size_t i = 0; i < out->n_run; i++)
        l->model[i] = model_of(&out->run[i]);
    if (l->own < out->n_run) {
        l->reference = l->model[l->own];
        if (isnan(l->reference.evidence.ln_z))
            (void)snprintf(l->no_reference.text, sizeof l->no_reference.text,
                           "ln Z of the reference is not known: %s",
                           mutau_no_evidence_words(out->run[l->own].evidence.why));
    }
    mutau_evidence_ladder(out->n_run, l->model,
                          l->own < out->n_run ? &l->model[l->own] : &l->reference, &l->verdict);
    return MUTAU_OK;
}
