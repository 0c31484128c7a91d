/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau ladder: the evidences of several sources, with and without the boson. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "ladder_report.h"
#include "model.h"
#include "sampling.h"
#include "analysis/compare.h"
#include "analysis/diagnosis.h"
#include "base/mem.h"
#include "base/suggest.h"
#include "physics/spectrum.h"
#include "posterior/bare_evidence.h"
#include "process/threads.h"
#include "store/chain.h"

enum { MOST_SOURCES = 8, MOST_RUNGS = 2 * MOST_SOURCES, WORD_SIZE = 96, PATH_SIZE = 4096 };

typedef struct ladder_options {
    cli_form form;
    cli_sampling_options how;
    const char *sources;
    bool with_zprime;
} ladder_options;

static const cli_option OPTIONS[] = {
    {"sources", CLI_TEXT, offsetof(ladder_options, sources), 0, 0, "NAME,...",
     "spectra of the source, the first one the reference "
     "(power-law,broken-power-law,log-parabola)"},
    {"with-zprime", CLI_FLAG, offsetof(ladder_options, with_zprime), 0, 0, NULL,
     "each source with the run's boson, too"},
    {"output", CLI_TEXT, offsetof(ladder_options, how.output), 0, 0, "ROOT",
     "chain files ROOT-SOURCE.h5, ROOT-SOURCE-zprime.h5 (the run's `output` without .h5)"},
    CLI_SAMPLING_OPTIONS(ladder_options),
    CLI_FORM_OPTIONS,
};

/* A model of the ladder. */
typedef struct rung {
    mutau_run_settings *settings; /* owned */
    char path[PATH_SIZE];         /* of its chain; "": by quadrature */
    mutau_ladder_model model;
    const mutau_compared_run *run;
} rung;

typedef struct ladder {
    const ladder_options *options;
    const char *file; /* the run file */
    cli_sampling sampling;
    mutau_run_settings *base; /* owned */
    size_t n_source;
    const mutau_spectrum_type *source[MOST_SOURCES];
    size_t n;
    rung rungs[MOST_RUNGS];
    bool converged; /* all of them */
    size_t n_chain;
    mutau_chain *chains[MOST_RUNGS]; /* owned */
    mutau_comparison comparison;
} ladder;

/* --- what is asked for ------------------------------------------------------------------- */

static const mutau_spectrum_type *find_source(const char *name, mutau_error *err)
{
    enum { MOST = 64 };
    const char *known[MOST + 1] = {NULL};
    char hint[MUTAU_SUGGEST_SIZE], list[MUTAU_ERROR_SIZE / 2];
    const mutau_spectrum_type *found = mutau_spectrum_find(name);
    if (found != NULL)
        return found;
    for (size_t i = 0; mutau_spectrum_types[i] != NULL && i < MOST; i++)
        known[i] = mutau_spectrum_types[i]->name;
    mutau_suggest(name, known, "", hint);
    (void)mutau_error_set(err, MUTAU_EUSAGE, "--sources: unknown spectrum '%s'%s (known: %s)", name,
                          hint, mutau_list_names(known, sizeof list, list));
    return NULL;
}

static mutau_status add_source(ladder *l, const char *name, mutau_error *err)
{
    const mutau_spectrum_type *type = find_source(name, err);
    if (type == NULL)
        return MUTAU_EUSAGE;
    for (size_t i = 0; i < l->n_source; i++)
        if (l->source[i] == type)
            return mutau_error_set(err, MUTAU_EUSAGE, "--sources names %s twice", name);
    if (l->n_source == MOST_SOURCES)
        return mutau_error_set(err, MUTAU_EUSAGE, "--sources takes at most %d spectra",
                               MOST_SOURCES);
    l->source[l->n_source++] = type;
    return MUTAU_OK;
}

static mutau_status read_sources(ladder *l, mutau_error *err)
{
    const char *text = l->options->sources;
    char name[WORD_SIZE];
    if (text == NULL)
        text = "power-law,broken-power-law,log-parabola";
    while (true) {
        const size_t n = strcspn(text, ",");
        (void)snprintf(name, sizeof name, "%.*s", (int)n, text);
        MUTAU_CHECK(add_source(l, name, err));
        if (text[n] == '\0')
            return MUTAU_OK;
        text += n + 1;
    }
}

/* Whether the sampler finds an evidence. */
static bool has_evidence(const mutau_sampler_settings *s)
{
    bool has = s->temperatures > 1;
    for (size_t i = 0; i < s->n_move; i++)
        has = has || s->moves[i].move == &mutau_move_mixture;
    return has;
}

static mutau_status check_base(const ladder *l, mutau_error *err)
{
    const mutau_parameter *coupling = &l->base->parameters[l->base->places.coupling];
    MUTAU_CHECK(cli_refuse_target(l->base, l->file, err));
    if (l->options->with_zprime && coupling->prior == MUTAU_PRIOR_FIXED)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--with-zprime takes a run with a free %s; in %s it is %g",
                               coupling->spec->name, l->file, coupling->value);
    if (!has_evidence(&l->base->sampler))
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "%s has neither a mixture among its moves nor temperatures: no "
                               "evidence comes of it; --set sampler.temperatures=5, say",
                               l->file);
    return MUTAU_OK;
}

/* --- its rungs --------------------------------------------------------------------------- */

/* The run with another source, and without the boson unless `boson`.  What the run file says of its
 * own source, its options and priors, stays for that. */
static mutau_status read_rung(const ladder *l, const mutau_spectrum_type *source, bool boson,
                              mutau_run_settings **out, mutau_error *err)
{
    char spectrum[WORD_SIZE], coupling[WORD_SIZE], mass[WORD_SIZE];
    const char *words[3];
    size_t n = 0;
    const mutau_run_settings *base = l->base;
    double middle[MUTAU_MAX_PARAMETERS];
    mutau_run_settings_middle(base, middle);
    if (mutau_spectrum_types[base->model.source.spectrum] != source) {
        (void)snprintf(spectrum, sizeof spectrum, "model.source.spectrum=%s", source->name);
        words[n++] = spectrum;
    }
    if (!boson) {
        const mutau_model_places *at = &base->places;
        (void)snprintf(coupling, sizeof coupling, "parameters.%s=0",
                       base->set.spec[at->coupling]->name);
        (void)snprintf(mass, sizeof mass, "parameters.%s=%.9g", base->set.spec[at->mass]->name,
                       middle[at->mass]);
        words[n++] = coupling;
        words[n++] = mass;
    }
    return cli_sampling_read(&l->options->how, l->file, n, words, out, err);
}

/* ROOT-SOURCE.h5 or ROOT-SOURCE-zprime.h5. */
static mutau_status name_chain(const ladder *l, rung *r, mutau_error *err)
{
    const char *output = l->options->how.output, *root = output != NULL ? output : l->base->output;
    size_t n = strlen(root);
    if (output == NULL && n > 3 && strcmp(root + n - 3, ".h5") == 0)
        n -= 3;
    const int length = snprintf(r->path, sizeof r->path, "%.*s-%s%s.h5", (int)n, root,
                                r->model.source, r->model.boson ? "-zprime" : "");
    if (length < 0 || (size_t)length >= sizeof r->path)
        return mutau_error_set(err, MUTAU_EUSAGE, "--output: the name is too long");
    struct stat info;
    const cli_sampling_options *how = &l->options->how;
    if (!how->resume && !how->overwrite && stat(r->path, &info) == 0)
        return mutau_error_set(err, MUTAU_EEXIST,
                               "%s exists: --resume goes on with it, --overwrite replaces it",
                               r->path);
    return MUTAU_OK;
}

/* Without the boson by quadrature, where that can be done. */
static mutau_status prepare(ladder *l, const mutau_spectrum_type *source, bool boson,
                            mutau_error *err)
{
    rung *r = &l->rungs[l->n++];
    mutau_bare_evidence bare;
    mutau_error unfit = {0};
    MUTAU_CHECK(read_rung(l, source, boson, &r->settings, err));
    r->model = (mutau_ladder_model){
        .source = source->name, .boson = boson, .evidence = {(double)NAN, (double)NAN}};
    if (boson)
        return name_chain(l, r, err);
    const mutau_status status = mutau_bare_evidence_compute(r->settings, &bare, &unfit);
    if (status == MUTAU_EUSAGE)
        return name_chain(l, r, err);
    if (status != MUTAU_OK)
        return mutau_error_set(err, status, "%s", unfit.text);
    r->model.evidence = (mutau_estimate){bare.ln_z, bare.error};
    return MUTAU_OK;
}

static mutau_status prepare_all(ladder *l, mutau_error *err)
{
    for (size_t i = 0; i < l->n_source; i++) {
        MUTAU_CHECK(prepare(l, l->source[i], false, err));
        if (l->options->with_zprime)
            MUTAU_CHECK(prepare(l, l->source[i], true, err));
    }
    return MUTAU_OK;
}

/* --- sampling ---------------------------------------------------------------------------- */

static mutau_status stopped(const rung *r, mutau_error *err)
{
    char room[CLI_PLAIN_SIZE];
    return mutau_error_set(err, MUTAU_ESTOPPED,
                           "what was sampled is stored, the last in %s; --resume goes on with it",
                           cli_plain(r->path, room));
}

static mutau_status sample(ladder *l, const rung *r, int n_thread, mutau_error *err)
{
    cli_sampling *s = &l->sampling;
    mutau_run *run = NULL;
    mutau_run_state state;
    const mutau_run_options how = cli_sampling_run_options(&l->options->how, r->path, n_thread, s);
    s->progress.start = s->progress.last = progress_clock();
    const mutau_status status = cli_sampling_to_end(r->settings, &how, s, &run, &state, err);
    if (status == MUTAU_ESTOPPED || (status == MUTAU_OK && state == MUTAU_RUN_STOPPED)) {
        mutau_run_close(run);
        return stopped(r, err);
    }
    MUTAU_CHECK(status);
    cli_sampling_outcome(s, run, state);
    l->converged = l->converged && state == MUTAU_RUN_CONVERGED;
    mutau_run_close(run);
    return MUTAU_OK;
}

static mutau_status sample_all(ladder *l, mutau_error *err)
{
    const long asked = l->options->how.threads;
    const int n_thread = asked > 0 ? (int)asked : threads_default();
    threads_limit(n_thread);
    for (size_t i = 0; i < l->n; i++) {
        char subject[WORD_SIZE + MUTAU_LADDER_NAME_SIZE], name[MUTAU_LADDER_NAME_SIZE];
        if (l->rungs[i].path[0] == '\0')
            continue;
        (void)snprintf(subject, sizeof subject, "%zu/%zu %s", i + 1, l->n,
                       mutau_ladder_name(&l->rungs[i].model, name));
        l->sampling.progress.subject = subject;
        const mutau_status status = sample(l, &l->rungs[i], n_thread, err);
        l->sampling.progress.subject = NULL;
        MUTAU_CHECK(status);
    }
    return MUTAU_OK;
}

/* --- what came of it --------------------------------------------------------------------- */

static mutau_status judge(ladder *l, mutau_error *err)
{
    const mutau_compare_settings settings = {.force = true, .evidences_alone = true};
    const char *paths[MOST_RUNGS];
    for (size_t i = 0; i < l->n; i++) {
        if (l->rungs[i].path[0] == '\0')
            continue;
        paths[l->n_chain] = l->rungs[i].path;
        MUTAU_CHECK(mutau_chain_open(l->rungs[i].path, &l->chains[l->n_chain], err));
        l->n_chain++;
    }
    if (l->n_chain == 0)
        return MUTAU_OK;
    MUTAU_CHECK(mutau_compare(l->n_chain, paths, l->chains, &settings, &l->comparison, err));
    for (size_t i = 0, k = 0; i < l->n; i++) {
        rung *r = &l->rungs[i];
        if (r->path[0] == '\0')
            continue;
        r->run = &l->comparison.run[k++];
        r->model.evidence = (mutau_estimate){r->run->evidence.ln_z, r->run->evidence.error};
    }
    return MUTAU_OK;
}

static void record(ladder *l, mutau_report *r)
{
    mutau_ladder_verdict verdict;
    mutau_ladder_model model[MOST_RUNGS];
    cli_rung shown[MOST_RUNGS];
    char room[CLI_PLAIN_SIZE], about[CLI_PLAIN_SIZE];
    for (size_t i = 0; i < l->n; i++)
        model[i] = l->rungs[i].model;
    mutau_evidence_ladder(l->n, model, &model[0], &verdict);
    for (size_t i = 0; i < l->n; i++) {
        const rung *own = &l->rungs[i];
        const char *why = own->run != NULL && isnan(own->run->evidence.ln_z)
                              ? mutau_no_evidence_words(own->run->evidence.why)
                              : NULL;
        shown[i] = (cli_rung){&model[i], own->run != NULL ? own->path : NULL, own->run, why};
    }
    mutau_report_texts(r, "file description", l->file, l->base->description);
    mutau_report_line(r, "%s%s%s\n", cli_plain(l->file, room),
                      l->base->description[0] != '\0' ? ": " : "",
                      cli_plain(l->base->description, about));
    cli_record_ladder(r, "ladder", l->n, shown, model[0].source, &model[0],
                      isnan(model[0].evidence.ln_z) ? "see below" : "", &verdict);
}

/* --- the command ------------------------------------------------------------------------- */

static mutau_status climb(ladder *l, mutau_error *err)
{
    MUTAU_CHECK(cli_sampling_init(&l->sampling, &l->options->how, err));
    MUTAU_CHECK(read_sources(l, err));
    MUTAU_CHECK(cli_sampling_read(&l->options->how, l->file, 0, NULL, &l->base, err));
    MUTAU_CHECK(check_base(l, err));
    cli_print_warnings(l->base, &l->sampling.progress);
    MUTAU_CHECK(prepare_all(l, err));
    MUTAU_CHECK(sample_all(l, err));
    return judge(l, err);
}

static mutau_status report(const void *options, const cli_list *files, cli_result *result,
                           mutau_error *err)
{
    ladder *l = mutau_calloc(1, sizeof *l);
    if (l == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a ladder");
    l->options = options;
    l->file = files->items[0];
    l->converged = true;
    const mutau_status status = climb(l, err);
    if (status == MUTAU_OK) {
        record(l, result->report);
        result->code = l->converged ? CLI_DONE : CLI_NOT_CONVERGED;
    }
    mutau_comparison_free(&l->comparison);
    for (size_t i = 0; i < l->n_chain; i++)
        mutau_chain_close(l->chains[i]);
    for (size_t i = 0; i < l->n; i++)
        mutau_run_settings_free(l->rungs[i].settings);
    mutau_run_settings_free(l->base);
    free(l);
    return status;
}

const cli_command cli_command_ladder = {
    .name = "ladder",
    .arguments = "RUN.yaml",
    .doc = "evidences of several sources, with and without the boson",
    .details =
        "Takes the run with each of the sources in turn, without the boson and, with\n"
        "--with-zprime, with it, and holds the evidences against that of the first source without\n"
        "it.  What has one or two free parameters besides A is integrated by quadrature; the rest\n"
        "is sampled as 'mutau sample' would, each into a chain file of its own.  Sources other\n"
        "than the run's own have the default priors of their parameters.  ln B is also given by\n"
        "Savage-Dickey from each chain with the boson, and with the coupling's prior cut at\n"
        "NA64mu's 90 % limit; edges of priors that a posterior touches are named.\n"
        "Exit code 3: one of them has not converged; 75: interrupted, --resume goes on.",
    CLI_OPTIONS(OPTIONS, ladder_options),
    .min_files = 1,
    .max_files = 1,
    .report = report,
};
