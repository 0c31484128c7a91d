/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau compare: posteriors side by side. */
#include <stdio.h>

#include "chains.h"
#include "compare_report.h"
#include "records.h"

typedef struct compare_options {
    cli_form form;
    bool force, suspiciousness;
} compare_options;

static const cli_option OPTIONS[] = {
    {"force", CLI_FLAG, offsetof(compare_options, force), 0, 0, NULL,
     "compare other conventions and unfinished runs, reweight between other data and priors"},
    {"suspiciousness", CLI_FLAG, offsetof(compare_options, suspiciousness), 0, 0, NULL,
     "fail unless the three runs that the suspiciousness takes are among the files"},
    CLI_FORM_OPTIONS,
};

/* On stderr, in every format: what a run is worth. */
static void warn(const mutau_compared_run *run)
{
    char whose[CLI_PLAIN_SIZE + 2], room[CLI_PLAIN_SIZE], problem[MUTAU_VALIDITY_TEXT_SIZE];
    (void)snprintf(whose, sizeof whose, "%s: ", cli_plain(run->path, room));
    if (!run->summary.converged)
        (void)fprintf(stderr, "mutau: warning: %s%s\n", whose, cli_run_verdict(run));
    if (mutau_validity_problem(&run->summary.validity, problem))
        (void)fprintf(stderr, "mutau: warning: %s%s\n", whose, problem);
    cli_goodness_warn(whose, &run->goodness);
}

static mutau_status report(const void *options_, const cli_list *files, cli_result *result,
                           mutau_error *err)
{
    const compare_options *options = options_;
    const mutau_compare_settings settings = {options->force, options->suspiciousness};
    mutau_chain *chains[MUTAU_COMPARE_MAX_RUNS] = {NULL};
    mutau_comparison comparison = {0};
    MUTAU_CHECK(cli_chains_open(files, chains, err));
    const mutau_status status =
        mutau_compare(files->n, files->items, chains, &settings, &comparison, err);
    if (status == MUTAU_OK) {
        for (size_t i = 0; i < comparison.n_run; i++)
            warn(&comparison.run[i]);
        cli_record_comparison(result->report, &comparison);
    }
    mutau_comparison_free(&comparison);
    cli_chains_close(files, chains);
    return status;
}

const cli_command cli_command_compare = {
    .name = "compare",
    .arguments = "A.h5 B.h5...",
    .doc = "runs side by side: intervals, distances, chi^2, evidence",
    .details =
        "Each file is a run of its own; the others are held against the first.  A shift is that\n"
        "of the mean, in standard deviations of the first run.  The overlap coefficient is 1\n"
        "for equal and 0 for separate posteriors; the Jensen-Shannon divergence of the (m, g')\n"
        "marginals is in bits, 0 to 1.  ln B is against the power law alone, whose evidence\n"
        "is computed here; it depends on the prior ranges of m and g', which are printed.\n"
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
    .report = report,
};
