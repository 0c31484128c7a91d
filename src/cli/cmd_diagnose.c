/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau diagnose: what is wrong with a chain, in sentences. */
#include <math.h>
#include <stdio.h>

#include "cli.h"
#include "mutau/chain.h"
#include "mutau/diagnosis.h"
#include "mutau/json.h"
#include "mutau/pool.h"
#include "verdict_report.h"
#include "wrapped.h"

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

static void write_table(const mutau_diagnosis *d, const mutau_chain *chain)
{
    (void)printf("\n  %-18s %8s %10s %10s %10s %8s  %s\n", "parameter", "Rhat", "ESS bulk",
                 "ESS tail", "tau/steps", "N/tau", "modes: weight by ensemble");
    for (size_t i = 0; i < d->dim; i++) {
        const mutau_convergence *c = &d->verdict.coordinate[i];
        const mutau_modes *m = &d->modes[i];
        (void)printf("  %-18s %8.4f %10.0f %10.0f %10.1f %8.1f  ",
                     mutau_chain_describe(chain).names[i], c->rhat, c->ess_bulk, c->ess_tail,
                     d->verdict.tau[i], d->verdict.kept_steps / d->verdict.tau[i]);
        if (m->n == 1)
            (void)printf("one");
        for (size_t k = 0; m->n > 1 && k < m->n; k++) {
            (void)printf("%s%.4g:", k > 0 ? "; " : "", 0.5 * (m->lo[k] + m->hi[k]));
            for (size_t e = 0; e < d->n_ensemble; e++)
                (void)printf(" %.2f", m->occupancy[e * m->n + k]);
        }
        (void)putchar('\n');
    }
}

static void write_text(const mutau_diagnosis *d, const mutau_chain *chain)
{
    const size_t n_problem = d->n_problem;
    (void)printf(
        "%s: %zu problem%s, %zu warning%s\n",
        mutau_verdict_words(d->posterior_converged, d->evidence_judged, d->evidence_converged),
        n_problem, n_problem == 1 ? "" : "s", d->n_finding - n_problem,
        d->n_finding - n_problem == 1 ? "" : "s");
    for (size_t i = 0; i < d->n_finding; i++)
        cli_print_wrapped(d->finding[i].kind == MUTAU_FINDING_PROBLEM ? "  ! " : "  - ",
                          d->finding[i].text);
    write_table(d, chain);
    (void)printf("\n%zu ensembles of %zu walkers, %zu kept rows; acceptance %.3f\n", d->n_ensemble,
                 d->n_walker, d->n_row, d->acceptance);
    (void)printf("walkers move in %.3f (least) %.3f (median) %.3f (most) of the rows; %zu stuck\n",
                 d->moves.min, d->moves.median, d->moves.max, d->moves.n_stuck);
    if (d->n_swap > 0)
        (void)printf("swaps between rungs, the coldest pair first:");
    for (size_t i = 0; i < d->n_swap; i++)
        if (isnan(d->swap_share[i]))
            (void)fputs(" -", stdout);
        else
            (void)printf(" %.2f", d->swap_share[i]);
    if (d->n_swap > 0 && d->verdict.evidence.why != MUTAU_EVIDENCE_KNOWN)
        (void)printf("; no ln Z: %s\n", mutau_no_evidence_words(d->verdict.evidence.why));
    else if (d->n_swap > 0)
        (void)printf("; ln Z = %.3f +- %.3f\n", d->verdict.evidence.ln_z,
                     d->verdict.evidence.error);
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
        write_text(d, chain);
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
    .min_files = 1,
    .max_files = MUTAU_POOL_MAX_CHAINS,
    .run = run,
};
