/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau export: the chain for other tools. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chains.h"
#include "analysis/draw_table.h"
#include "base/mem.h"
#include "export/export.h"

enum { PATH_SIZE = 4096 };

typedef struct export_options {
    cli_form form; /* of what is said of the files; no option sets it */
    const char *format, *output, *thin;
    bool overwrite;
} export_options;

static const cli_option OPTIONS[] = {
    {"format", CLI_TEXT, offsetof(export_options, format), 0, 0, "cobaya|arviz|csv|getdist",
     "whose files to write"},
    {"output", CLI_TEXT, offsetof(export_options, output), 0, 0, "ROOT",
     "what the files' names begin with (the first chain's without .h5)"},
    {"thin", CLI_TEXT, offsetof(export_options, thin), 0, 0, "N|auto",
     "every N-th row only; auto: half the autocorrelation time"},
    {"overwrite", CLI_FLAG, offsetof(export_options, overwrite), 0, 0, NULL,
     "replace files that exist"},
};

static mutau_status read_thin(const char *text, size_t *stride, mutau_error *err)
{
    *stride = 1;
    if (text == NULL)
        return MUTAU_OK;
    *stride = MUTAU_DRAW_THIN_AUTO;
    if (strcmp(text, "auto") == 0)
        return MUTAU_OK;
    char *end = NULL;
    errno = 0;
    const unsigned long long n = strtoull(text, &end, 10);
    if (strspn(text, "0123456789") != strlen(text) || end == text || errno != 0 || n < 1 ||
        n > SIZE_MAX)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--thin: '%s' is neither a whole number from 1 nor 'auto'", text);
    *stride = (size_t)n;
    return MUTAU_OK;
}

/* The path of the chain without .h5, unless a root is given. */
static mutau_status find_root(const export_options *options, const char *chain,
                              char root[PATH_SIZE], mutau_error *err)
{
    const char *from = options->output != NULL ? options->output : chain;
    size_t n = strlen(from);
    if (n >= PATH_SIZE)
        return mutau_error_set(err, MUTAU_EUSAGE, "--output: the name is too long");
    if (options->output == NULL && n > 3 && strcmp(from + n - 3, ".h5") == 0)
        n -= 3;
    (void)snprintf(root, PATH_SIZE, "%.*s", (int)n, from);
    return MUTAU_OK;
}

static void tell(mutau_report *r, const mutau_draw_table *t, const mutau_new_files *files)
{
    const char *path;
    char room[CLI_PLAIN_SIZE];
    for (size_t i = 0; (path = mutau_new_files_path(files, i)) != NULL; i++)
        mutau_report_line(r, "%s\n", cli_plain(path, room));
    const char *thinned = t->stride > 1 ? mutau_report_keep(r, ", 1 in %zu rows", t->stride) : "";
    mutau_report_line(r, "%zu draws: %zu ensembles x %zu walkers x %zu rows, without burn-in%s\n",
                      t->n_column * t->n_row, t->n_ensemble, t->n_walker, t->n_row, thinned);
}

static mutau_status export_table(const export_options *options, const mutau_export_format *format,
                                 const char *root, const mutau_draw_table *table,
                                 cli_result *result, mutau_error *err)
{
    mutau_new_files *files = mutau_new_files_alloc(options->overwrite);
    if (files == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for names of files");
    const mutau_status status = mutau_export_write(format, table, root, files, err);
    if (status == MUTAU_OK)
        tell(result->report, table, files);
    mutau_new_files_free(files);
    return status;
}

static mutau_status report(const void *options, const cli_list *files, mutau_chain *const chains[],
                           cli_result *result, mutau_error *err)
{
    const export_options *o = options;
    const mutau_export_format *format = NULL;
    mutau_draw_table *table = NULL;
    char root[PATH_SIZE];
    size_t stride = 1;
    MUTAU_CHECK(mutau_export_find(o->format, &format, err));
    MUTAU_CHECK(read_thin(o->thin, &stride, err));
    MUTAU_CHECK(find_root(o, files->items[0], root, err));
    MUTAU_CHECK(cli_chains_verify(files, chains, err));
    MUTAU_CHECK(mutau_draw_table_read(files->n, chains, stride, &table, err));
    const mutau_status status = export_table(o, format, root, table, result, err);
    if (status == MUTAU_OK && !table->converged)
        (void)fprintf(stderr,
                      "mutau: warning: this chain is not converged (%zu problem%s: 'mutau "
                      "diagnose' says which)\n",
                      table->n_problem, table->n_problem == 1 ? "" : "s");
    mutau_draw_table_free(table);
    return status;
}

const cli_command cli_command_export = {
    .name = "export",
    .arguments = "CHAIN.h5...",
    .doc = "the chain for other tools: Cobaya, GetDist, ArviZ, pandas",
    .details =
        "  cobaya   ROOT.1.txt ..., ROOT.updated.yaml: Cobaya, GetDist, anesthetic\n"
        "  arviz    ROOT.nc: ArviZ, xarray, anything that reads netCDF\n"
        "  csv      ROOT.csv: pandas, ChainConsumer, corner, R\n"
        "  getdist  ROOT_1.txt ..., .paramnames, .ranges, .properties.ini: GetDist\n"
        "\n"
        "Burn-in is left out as the file says, so that nothing is left to be dropped; rows are\n"
        "walker by walker, which those need that find an autocorrelation from neighbours.  The\n"
        "files of one run (same model, data and priors, other seeds) count as more ensembles.\n"
        "Numbers read back to the same double.  Names have letters, digits and _ only.\n"
        "All files appear together, complete; one that exists is not replaced without\n"
        "--overwrite.  Of a chain that is not converged a warning is given.",
    CLI_OPTIONS(OPTIONS, export_options),
    .min_files = 1,
    .max_files = MUTAU_POOL_MAX_CHAINS,
    .report_chains = report,
};
