/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau diagnose: what is wrong with a chain, in sentences. */
#include <math.h>
#include <stdio.h>
#include <unistd.h>

#include "cli.h"
#include "mutau/chain.h"
#include "mutau/diagnosis.h"
#include "mutau/json.h"
#include "mutau/pool.h"
#include "text.h"
#include "verdict_report.h"

enum { SHARES_SIZE = 1024 };

typedef struct diagnose_options {
    bool json;
    const char *format;
} diagnose_options;

static const cli_option OPTIONS[] = {
    {"json", CLI_FLAG, offsetof(diagnose_options, json), 0, 0, NULL, "print JSON"},
    {"format", CLI_TEXT, offsetof(diagnose_options, format), 0, 0, "text|json|csv",
     "form of the report"},
};

static const char *kind_name(mutau_finding_kind kind)
{
    return kind == MUTAU_FINDING_PROBLEM ? "problem" : "warning";
}

/* --- JSON -------------------------------------------------------------------------------- */

static void pair(mutau_json *json, const char *key, double value)
{
    mutau_json_key(json, key);
    mutau_json_real(json, value);
}

static void write_about(mutau_json *json, unsigned about)
{
    mutau_json_array_begin(json);
    if ((about & MUTAU_ABOUT_POSTERIOR) != 0)
        mutau_json_string(json, "posterior");
    if ((about & MUTAU_ABOUT_EVIDENCE) != 0)
        mutau_json_string(json, "evidence");
    mutau_json_array_end(json);
}

static void write_findings(mutau_json *json, const mutau_diagnosis *d)
{
    mutau_json_key(json, "findings");
    mutau_json_array_begin(json);
    for (size_t i = 0; i < d->n_finding; i++) {
        mutau_json_object_begin(json);
        mutau_json_key(json, "kind");
        mutau_json_string(json, kind_name(d->finding[i].kind));
        mutau_json_key(json, "id");
        mutau_json_string(json, d->finding[i].id);
        mutau_json_key(json, "about");
        write_about(json, d->finding[i].about);
        mutau_json_key(json, "text");
        mutau_json_string(json, d->finding[i].text);
        mutau_json_object_end(json);
    }
    mutau_json_array_end(json);
}

static void write_modes(mutau_json *json, const mutau_diagnosis *d, const mutau_modes *m)
{
    mutau_json_key(json, "modes");
    mutau_json_array_begin(json);
    for (size_t k = 0; k < m->n; k++) {
        mutau_json_object_begin(json);
        const double interval[] = {m->lo[k], m->hi[k]};
        mutau_json_key(json, "interval");
        mutau_json_reals(json, 2, interval);
        pair(json, "weight", m->weight[k]);
        pair(json, "error", m->error[k]);
        mutau_json_key(json, "occupancy");
        mutau_json_array_begin(json);
        for (size_t e = 0; e < d->n_ensemble; e++)
            mutau_json_real(json, m->occupancy[e * m->n + k]);
        mutau_json_array_end(json);
        mutau_json_object_end(json);
    }
    mutau_json_array_end(json);
}

static void write_coordinates(mutau_json *json, const mutau_diagnosis *d, const mutau_chain *chain)
{
    mutau_json_key(json, "parameters");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < d->dim; i++) {
        const mutau_convergence *c = &d->verdict.coordinate[i];
        mutau_json_key(json, mutau_chain_describe(chain).names[i]);
        mutau_json_object_begin(json);
        pair(json, "rhat", c->rhat);
        pair(json, "ess_bulk", c->ess_bulk);
        pair(json, "ess_tail", c->ess_tail);
        pair(json, "tau", d->verdict.tau[i]);
        pair(json, "kept_over_tau", d->verdict.kept_steps / d->verdict.tau[i]);
        write_modes(json, d, &d->modes[i]);
        mutau_json_object_end(json);
    }
    mutau_json_object_end(json);
}

static mutau_status write_json(const mutau_diagnosis *d, const mutau_chain *chain, mutau_error *err)
{
    mutau_json json;
    mutau_json_init(&json, stdout, true);
    mutau_json_object_begin(&json);
    cli_write_verdict(&json, d->posterior_converged, d->evidence_judged, d->evidence_converged);
    if (cli_begin_evidence(&json, &d->verdict.evidence))
        mutau_json_object_end(&json);
    write_findings(&json, d);
    write_coordinates(&json, d, chain);
    pair(&json, "acceptance", d->acceptance);
    mutau_json_key(&json, "walker_moves");
    mutau_json_object_begin(&json);
    pair(&json, "min", d->moves.min);
    pair(&json, "median", d->moves.median);
    pair(&json, "max", d->moves.max);
    mutau_json_key(&json, "stuck");
    mutau_json_count(&json, d->moves.n_stuck);
    mutau_json_object_end(&json);
    pair(&json, "failure_share", d->failure_share);
    mutau_json_key(&json, "swap_shares");
    mutau_json_reals(&json, d->n_swap, d->swap_share);
    mutau_json_object_end(&json);
    return mutau_json_finish(&json, err);
}

/* --- CSV and text ---------------------------------------------------------------------- */

/* A text field: quotes inside are doubled (RFC 4180). */
static void csv_text(const char *text)
{
    (void)putchar('"');
    for (; *text != '\0'; text++)
        (void)printf(*text == '"' ? "\"\"" : "%c", *text);
    (void)putchar('"');
}

static void write_csv(const mutau_diagnosis *d)
{
    (void)puts("kind,id,text");
    for (size_t i = 0; i < d->n_finding; i++) {
        (void)printf("%s,%s,", kind_name(d->finding[i].kind), d->finding[i].id);
        csv_text(d->finding[i].text);
        (void)putchar('\n');
    }
}

/* "one", or the centre of each mode and its weights in the ensembles. */
static void add_modes(text_table *table, const mutau_diagnosis *d, const mutau_modes *m)
{
    text_table_cell(table, "%s", m->n == 1 ? "one" : "");
    for (size_t k = 0; m->n > 1 && k < m->n; k++) {
        text_table_more(table, "%s%.4g:", k > 0 ? "; " : "", 0.5 * (m->lo[k] + m->hi[k]));
        for (size_t e = 0; e < d->n_ensemble; e++)
            text_table_more(table, " %.2f", m->occupancy[e * m->n + k]);
    }
}

static mutau_status write_table(const mutau_diagnosis *d, const mutau_chain *chain, size_t width,
                                mutau_error *err)
{
    static const text_column columns[] = {{"parameter", TEXT_LEFT, 2, 18, true},
                                          {"Rhat", TEXT_RIGHT, 1, 8, false},
                                          {"ESS bulk", TEXT_RIGHT, 1, 10, false},
                                          {"ESS tail", TEXT_RIGHT, 1, 10, false},
                                          {"tau/steps", TEXT_RIGHT, 1, 10, false},
                                          {"N/tau", TEXT_RIGHT, 1, 8, false},
                                          {"modes: weight by ensemble", TEXT_LEFT, 2, 0, false}};
    text_table *table = text_table_alloc(sizeof columns / sizeof columns[0], columns);
    (void)putchar('\n');
    for (size_t i = 0; i < d->dim; i++) {
        const mutau_convergence *c = &d->verdict.coordinate[i];
        text_table_cell(table, "%s", mutau_chain_describe(chain).names[i]);
        text_table_cell(table, "%.4f", c->rhat);
        text_table_cell(table, "%.0f", c->ess_bulk);
        text_table_cell(table, "%.0f", c->ess_tail);
        text_table_cell(table, "%.1f", d->verdict.tau[i]);
        text_table_cell(table, "%.1f", d->verdict.kept_steps / d->verdict.tau[i]);
        add_modes(table, d, &d->modes[i]);
    }
    return text_table_end(table, width, err);
}

static mutau_status write_swaps(const mutau_diagnosis *d, size_t width, mutau_error *err)
{
    const mutau_evidence *e = &d->verdict.evidence;
    char shares[SHARES_SIZE] = "";
    size_t used = 0;
    if (d->n_swap == 0)
        return MUTAU_OK;
    for (size_t i = 0; i < d->n_swap && used < sizeof shares; i++)
        used +=
            isnan(d->swap_share[i])
                ? (size_t)snprintf(shares + used, sizeof shares - used, " -")
                : (size_t)snprintf(shares + used, sizeof shares - used, " %.2f", d->swap_share[i]);
    if (e->why != MUTAU_EVIDENCE_KNOWN)
        return text_print(width, err,
                          "swaps between rungs, the coldest pair first:%s; no ln Z: %s\n", shares,
                          mutau_no_evidence_words(e->why));
    return text_print(width, err,
                      "swaps between rungs, the coldest pair first:%s; ln Z = %.3f +- %.3f\n",
                      shares, e->ln_z, e->error);
}

static mutau_status write_text(const mutau_diagnosis *d, const mutau_chain *chain, mutau_error *err)
{
    const size_t width = text_width(STDOUT_FILENO);
    const size_t n_problem = d->n_problem;
    MUTAU_CHECK(text_print(
        width, err, "%s: %zu problem%s, %zu warning%s\n",
        mutau_verdict_words(d->posterior_converged, d->evidence_judged, d->evidence_converged),
        n_problem, n_problem == 1 ? "" : "s", d->n_finding - n_problem,
        d->n_finding - n_problem == 1 ? "" : "s"));
    for (size_t i = 0; i < d->n_finding; i++)
        MUTAU_CHECK(text_print(text_sentence_width(width), err, "  %s %s\n",
                               d->finding[i].kind == MUTAU_FINDING_PROBLEM ? "!" : "-",
                               d->finding[i].text));
    MUTAU_CHECK(write_table(d, chain, width, err));
    MUTAU_CHECK(text_print(width, err,
                           "\n%zu ensembles of %zu walkers, %zu kept rows; acceptance %.3f\n",
                           d->n_ensemble, d->n_walker, d->n_row, d->acceptance));
    MUTAU_CHECK(text_print(
        width, err,
        "walkers move in %.3f (least) %.3f (median) %.3f (most) of the rows; %zu stuck\n",
        d->moves.min, d->moves.median, d->moves.max, d->moves.n_stuck));
    return write_swaps(d, width, err);
}

/* --- the command ------------------------------------------------------------------------- */

static mutau_status report(const mutau_diagnosis *d, const mutau_chain *chain, cli_format format,
                           mutau_error *err)
{
    if (format == CLI_FORMAT_JSON)
        return write_json(d, chain, err);
    if (format == CLI_FORMAT_CSV)
        write_csv(d);
    else
        return write_text(d, chain, err);
    return MUTAU_OK;
}

/* What is stored must be what was written, before it is judged. */
static mutau_status open_sound(const char *path, mutau_chain **chain, mutau_error *err)
{
    size_t n_without = 0;
    char room[CLI_PLAIN_SIZE];
    MUTAU_CHECK(mutau_chain_open(path, chain, err));
    MUTAU_TRY(err, mutau_chain_verify(*chain, &n_without, err), "%s", path);
    if (n_without > 0)
        (void)fprintf(stderr,
                      "mutau: note: %s: %zu of %zu rows have no checksum: what of them is damaged "
                      "is not found\n",
                      cli_plain(path, room), n_without, mutau_chain_rows(*chain));
    return MUTAU_OK;
}

static int run(const void *options_, const cli_list *files)
{
    const diagnose_options *options = options_;
    mutau_error err = {0};
    cli_format format = CLI_FORMAT_TEXT;
    mutau_chain *chains[MUTAU_POOL_MAX_CHAINS] = {0};
    mutau_diagnosis *diagnosis = NULL;
    int code = CLI_DONE;
    mutau_status status = cli_read_format(options->json, options->format, &format, &err);
    for (size_t i = 0; i < files->n && status == MUTAU_OK; i++)
        status = open_sound(files->items[i], &chains[i], &err);
    if (status == MUTAU_OK)
        status = mutau_diagnosis_compute(files->n, chains, &diagnosis, &err);
    if (status == MUTAU_OK)
        status = report(diagnosis, chains[0], format, &err);
    if (status != MUTAU_OK)
        code = cli_fail(status, &err);
    else if (!diagnosis->converged)
        code = CLI_NOT_CONVERGED;
    mutau_diagnosis_free(diagnosis);
    for (size_t i = 0; i < files->n; i++)
        mutau_chain_close(chains[i]);
    return code;
}

const cli_command cli_command_diagnose = {
    .name = "diagnose",
    .arguments = "CHAIN.h5...",
    .doc = "what is wrong with a chain and what to do, in sentences",
    .details =
        "Exit code 0: converged and no problem found; 3: not, as sample's; 2: a stored row is\n"
        "not what was written (its checksum differs).  Besides R-hat, tau and ESS it looks\n"
        "at walkers that do not move, at the weights of the modes and at modes that were\n"
        "left, at acceptance and failed evaluations, and, with temperatures, at the\n"
        "evidence.  Several files of one run are judged together.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(diagnose_options),
    .takes_chains = true,
    .min_files = 1,
    .max_files = MUTAU_POOL_MAX_CHAINS,
    .run = run,
};
