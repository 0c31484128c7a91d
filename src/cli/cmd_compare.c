/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau compare: posteriors side by side. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "compare_report.h"
#include "goodness_report.h"
#include "mutau/chain.h"
#include "mutau/compare.h"
#include "mutau/diagnosis.h"

typedef struct compare_options {
    bool force, suspiciousness, json;
    const char *format;
} compare_options;

static const cli_option OPTIONS[] = {
    {"force", CLI_FLAG, offsetof(compare_options, force), 0, 0, NULL,
     "compare other conventions and unfinished runs, reweight between other data and priors"},
    {"suspiciousness", CLI_FLAG, offsetof(compare_options, suspiciousness), 0, 0, NULL,
     "fail unless the three runs that the suspiciousness takes are among the files"},
    {"json", CLI_FLAG, offsetof(compare_options, json), 0, 0, NULL, "print JSON"},
    {"format", CLI_TEXT, offsetof(compare_options, format), 0, 0, "text|json|csv",
     "form of the report"},
};

const mutau_quantity *compare_quantity(const mutau_compared_run *run, size_t i)
{
    const mutau_summary *s = &run->summary;
    if (i < s->n_parameter)
        return &s->parameter[i];
    return i < s->n_parameter + s->n_derived ? &s->derived[i - s->n_parameter] : NULL;
}

const mutau_quantity *compare_find(const mutau_compared_run *run, const char *name)
{
    return mutau_summary_find(&run->summary, name);
}

const char *compare_verdict(const mutau_summary *s)
{
    return mutau_verdict_words(s->posterior_converged, s->evidence_judged, s->evidence_converged);
}

/* On stderr, in every format: what a run is worth. */
static void warn(const mutau_compared_run *run)
{
    char whose[CLI_PLAIN_SIZE + 2], room[CLI_PLAIN_SIZE], problem[MUTAU_VALIDITY_TEXT_SIZE];
    (void)snprintf(whose, sizeof whose, "%s: ", cli_plain(run->path, room));
    if (!run->summary.converged)
        (void)fprintf(stderr, "mutau: warning: %s%s\n", whose, compare_verdict(&run->summary));
    if (mutau_validity_problem(&run->summary.validity, problem))
        (void)fprintf(stderr, "mutau: warning: %s%s\n", whose, problem);
    cli_goodness_warn(whose, &run->goodness);
}

static mutau_status report(const mutau_comparison *c, cli_format format, mutau_error *err)
{
    for (size_t i = 0; i < c->n_run; i++)
        warn(&c->run[i]);
    if (format == CLI_FORMAT_JSON)
        return compare_report_json(c, err);
    if (format == CLI_FORMAT_CSV)
        compare_report_csv(c);
    else
        return compare_report_text(c, err);
    return MUTAU_OK;
}

static int run(const void *options_, const cli_list *files)
{
    const compare_options *options = options_;
    const mutau_compare_settings settings = {options->force, options->suspiciousness};
    mutau_error err = {0};
    cli_format format = CLI_FORMAT_TEXT;
    mutau_chain *chains[MUTAU_COMPARE_MAX_RUNS] = {NULL};
    mutau_comparison comparison = {0};
    mutau_status status = cli_read_format(options->json, options->format, &format, &err);
    for (size_t i = 0; i < files->n && status == MUTAU_OK; i++)
        status = mutau_chain_open(files->items[i], &chains[i], &err);
    if (status == MUTAU_OK)
        status = mutau_compare(files->n, files->items, chains, &settings, &comparison, &err);
    if (status == MUTAU_OK)
        status = report(&comparison, format, &err);
    mutau_comparison_free(&comparison);
    for (size_t i = 0; i < files->n; i++)
        mutau_chain_close(chains[i]);
    return status == MUTAU_OK ? CLI_DONE : cli_fail(status, &err);
}

const cli_command cli_command_compare = {
    .name = "compare",
    .arguments = "A.h5 B.h5...",
    .doc = "runs side by side: intervals, distances, chi^2, evidence",
    .details =
        "Each file is a run of its own; the others are held against the first.  A shift is that\n"
        "of the mean, in standard deviations of the first run.  The overlap coefficient is 1\n"
        "for equal and 0 for separate posteriors; the Jensen-Shannon divergence of the (m, g')\n"
        "marginals is in bits, 0 to 1.  ln B is against the same spectrum without the boson,\n"
        "whose evidence is computed here; it depends on the prior ranges of m and g', which are\n"
        "printed, and is 0, but for the error, of a run that has no boson.  Runs of two spectra\n"
        "can be compared: ln B of the one against the other is given as of any two runs.\n"
        "Runs that differ in their terms alone are also reweighted into one another; k-hat\n"
        "below 0.7 says that this would have been enough.  NA64mu's limit is a credible one of\n"
        "90 %, scaled by 1/sqrt(exposure) for more muons without an event.  Of three runs with "
        "flux and g-2,\n"
        "without g-2, and with g-2 alone the suspiciousness of flux and g-2 is given.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(compare_options),
    .takes_chains = true,
    .min_files = 2,
    .max_files = MUTAU_COMPARE_MAX_RUNS,
    .run = run,
};
