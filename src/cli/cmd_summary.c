/* SPDX-License-Identifier: GPL-3.0-or-later */
/* mutau summary: credible intervals, the best sample, convergence. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "mutau/chain.h"
#include "mutau/json.h"
#include "mutau/mem.h"
#include "mutau/pool.h"
#include "mutau/summary.h"

enum { TEXT_SIZE = 256 };

typedef struct summary_options {
    bool json;
    const char *format;
} summary_options;

static const cli_option OPTIONS[] = {
    {"json", CLI_FLAG, offsetof(summary_options, json), 0, 0, NULL, "print JSON"},
    {"format", CLI_TEXT, offsetof(summary_options, format), 0, 0, "text|json|csv",
     "form of the report"},
};

/* --- JSON ------------------------------------------------------------------------------ */

static void pair(mutau_json *json, const char *key, double value)
{
    mutau_json_key(json, key);
    mutau_json_real(json, value);
}

static void pair_count(mutau_json *json, const char *key, uint64_t value)
{
    mutau_json_key(json, key);
    mutau_json_count(json, value);
}

static void write_region(mutau_json *json, const mutau_region *region)
{
    mutau_json_array_begin(json);
    for (size_t i = 0; i < region->n; i++) {
        const double interval[] = {region->lo[i], region->hi[i]};
        mutau_json_reals(json, 2, interval);
    }
    mutau_json_array_end(json);
}

static void write_quantity(mutau_json *json, const mutau_quantity *q)
{
    char key[TEXT_SIZE];
    mutau_json_key(json, q->name);
    mutau_json_object_begin(json);
    pair(json, "mean", q->moments.mean);
    pair(json, "sd", q->moments.sd);
    pair(json, "median", q->moments.median);
    pair(json, "mcse", q->moments.mcse_mean);
    pair(json, "mcse_median", q->moments.mcse_median);
    mutau_json_key(json, "q");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++) {
        (void)snprintf(key, sizeof key, "%g", mutau_summary_probability[i]);
        pair(json, key, q->quantile[i]);
    }
    mutau_json_object_end(json);
    mutau_json_key(json, "hpd");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < MUTAU_SUMMARY_MASSES; i++) {
        (void)snprintf(key, sizeof key, "%.2f", mutau_summary_mass[i]);
        mutau_json_key(json, key);
        write_region(json, &q->region[i]);
    }
    mutau_json_object_end(json);
    pair(json, "ess_bulk", q->moments.ess_bulk);
    pair(json, "ess_tail", q->moments.ess_tail);
    pair(json, "rhat", q->moments.rhat);
    pair(json, "tau", q->tau);
    mutau_json_object_end(json);
}

static void write_quantities(mutau_json *json, const char *key, size_t n, const mutau_quantity q[])
{
    mutau_json_key(json, key);
    mutau_json_object_begin(json);
    for (size_t i = 0; i < n; i++)
        write_quantity(json, &q[i]);
    mutau_json_object_end(json);
}

static void write_units(mutau_json *json, const mutau_summary *s)
{
    mutau_json_key(json, "units");
    mutau_json_object_begin(json);
    for (size_t i = 0; i < s->n_parameter + s->n_derived; i++) {
        const mutau_quantity *q =
            i < s->n_parameter ? &s->parameter[i] : &s->derived[i - s->n_parameter];
        mutau_json_key(json, q->name);
        mutau_json_string(json, q->unit);
    }
    mutau_json_object_end(json);
}

static void write_best(mutau_json *json, const mutau_summary *s)
{
    mutau_json_key(json, "best");
    mutau_json_object_begin(json);
    pair(json, "log_prob", s->best_log_prob);
    for (size_t i = 0; i < s->n_best; i++)
        pair(json, s->best_name[i], s->best[i]);
    mutau_json_object_end(json);
}

static mutau_status write_json(const mutau_summary *s, mutau_error *err)
{
    mutau_json json;
    mutau_json_init(&json, stdout, true);
    mutau_json_object_begin(&json);
    write_quantities(&json, "parameters", s->n_parameter, s->parameter);
    write_quantities(&json, "derived", s->n_derived, s->derived);
    write_units(&json, s);
    write_best(&json, s);
    pair(&json, "acceptance", s->acceptance);
    pair_count(&json, "steps", s->steps);
    pair_count(&json, "burn_in", s->burn_in);
    pair_count(&json, "evaluations", s->evaluations);
    pair_count(&json, "failed_evaluations", s->failures);
    pair(&json, "seconds", s->seconds);
    pair(&json, "tail_depth_max", s->tail_depth_max);
    pair(&json, "tail_mass", s->tail_mass);
    mutau_json_key(&json, "evidence");
    mutau_json_null(&json);
    mutau_json_key(&json, "converged");
    mutau_json_bool(&json, s->converged);
    mutau_json_object_end(&json);
    return mutau_json_finish(&json, err);
}

/* --- CSV ------------------------------------------------------------------------------- */

static void csv_real(double x, char end)
{
    char text[MUTAU_REAL_SIZE];
    mutau_json_format_real(x, text);
    (void)printf("%s%c", text, end);
}

static void write_csv_row(const mutau_quantity *q)
{
    const mutau_convergence *c = &q->moments;
    (void)printf("%s,%s,", q->name, q->unit);
    const double first[] = {c->mean, c->sd, c->median, c->mcse_mean};
    for (size_t i = 0; i < sizeof first / sizeof first[0]; i++)
        csv_real(first[i], ',');
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++)
        csv_real(q->quantile[i], ',');
    for (size_t i = 0; i < MUTAU_SUMMARY_MASSES; i++) {
        /* Intervals as lo..hi, several separated by a blank. */
        const mutau_region *r = &q->region[i];
        for (size_t k = 0; k < r->n; k++) {
            char lo[MUTAU_REAL_SIZE], hi[MUTAU_REAL_SIZE];
            mutau_json_format_real(r->lo[k], lo);
            mutau_json_format_real(r->hi[k], hi);
            (void)printf("%s%s..%s", k > 0 ? " " : "", lo, hi);
        }
        (void)putchar(',');
    }
    csv_real(c->ess_bulk, ',');
    csv_real(c->ess_tail, ',');
    csv_real(c->rhat, ',');
    csv_real(q->tau, '\n');
}

static void write_csv(const mutau_summary *s)
{
    (void)fputs("name,unit,mean,sd,median,mcse", stdout);
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++)
        (void)printf(",q%g", mutau_summary_probability[i]);
    for (size_t i = 0; i < MUTAU_SUMMARY_MASSES; i++)
        (void)printf(",hpd%.2f", mutau_summary_mass[i]);
    (void)puts(",ess_bulk,ess_tail,rhat,tau");
    for (size_t i = 0; i < s->n_parameter; i++)
        write_csv_row(&s->parameter[i]);
    for (size_t i = 0; i < s->n_derived; i++)
        write_csv_row(&s->derived[i]);
}

/* --- text ------------------------------------------------------------------------------ */

static void format_region(const mutau_region *r, char text[TEXT_SIZE])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < r->n && used < TEXT_SIZE; i++) {
        const int n = snprintf(text + used, TEXT_SIZE - used, "%s[%.4g, %.4g]", i > 0 ? " " : "",
                               r->lo[i], r->hi[i]);
        used += n > 0 ? (size_t)n : 0;
    }
}

static void write_intervals(size_t n, const mutau_quantity q[])
{
    for (size_t i = 0; i < n; i++) {
        char hpd68[TEXT_SIZE], hpd95[TEXT_SIZE], name[TEXT_SIZE];
        format_region(&q[i].region[0], hpd68);
        format_region(&q[i].region[2], hpd95);
        (void)snprintf(name, sizeof name, "%s%s%s%s", q[i].name, q[i].unit[0] != '\0' ? " [" : "",
                       q[i].unit, q[i].unit[0] != '\0' ? "]" : "");
        (void)printf("  %-28s %10.4g  %-26s  %s\n", name, q[i].moments.median, hpd68, hpd95);
    }
}

static void write_diagnostics(const mutau_summary *s)
{
    (void)printf("\n  %-16s %10s %10s %10s %8s %9s %9s %8s\n", "convergence", "mean", "sd",
                 "MCSE(mean)", "Rhat", "ESS bulk", "ESS tail", "tau/step");
    for (size_t i = 0; i < s->n_parameter; i++) {
        const mutau_quantity *q = &s->parameter[i];
        (void)printf("  %-16s %10.4g %10.4g %10.2g %8.4f %9.0f %9.0f %8.1f\n", q->name,
                     q->moments.mean, q->moments.sd, q->moments.mcse_mean, q->moments.rhat,
                     q->moments.ess_bulk, q->moments.ess_tail, q->tau);
    }
}

static void write_best_text(const mutau_summary *s)
{
    (void)printf("\nbest sample: ln posterior %.4f at\n ", s->best_log_prob);
    for (size_t i = 0; i < s->n_best; i++)
        (void)printf(" %s = %.4g%s", s->best_name[i], s->best[i],
                     i + 1 == s->n_best ? "\n" : (i % 4 == 3 ? ",\n " : ","));
}

static void write_text(const mutau_summary *s)
{
    if (!s->converged)
        (void)puts("WARNING: this chain is NOT converged; the numbers below are not reliable.\n");
    (void)printf("%zu walkers x %zu kept rows; %llu steps, the first %llu dropped as burn-in\n\n",
                 s->n_column, s->n_row, (unsigned long long)s->steps,
                 (unsigned long long)s->burn_in);
    (void)printf("  %-28s %10s  %-26s  %s\n", "sampled", "median", "68 % HPD region",
                 "95 % HPD region");
    write_intervals(s->n_parameter, s->parameter);
    if (s->n_derived > 0) {
        (void)printf("\n  %-28s %10s  %-26s  %s\n", "derived", "median", "68 % HPD region",
                     "95 % HPD region");
        write_intervals(s->n_derived, s->derived);
    }
    write_diagnostics(s);
    write_best_text(s);
    (void)printf("\nacceptance %.3f, %llu evaluations (%llu failed) in %.1f s\n", s->acceptance,
                 (unsigned long long)s->evaluations, (unsigned long long)s->failures, s->seconds);
    (void)printf("line picture: largest tail depth T = %.2g; posterior mass of T > 1e-3: %.2g\n",
                 s->tail_depth_max, s->tail_mass);
    (void)printf("verdict: %s\n", s->converged ? "converged" : "NOT converged");
}

/* --- the command ----------------------------------------------------------------------- */

static mutau_status report(const mutau_summary *s, cli_format format, mutau_error *err)
{
    if (!s->converged)
        (void)fputs("mutau: warning: this chain is not converged\n", stderr);
    if (format == CLI_FORMAT_JSON)
        return write_json(s, err);
    if (format == CLI_FORMAT_CSV)
        write_csv(s);
    else
        write_text(s);
    return MUTAU_OK;
}

static int run(const void *options_, const cli_list *files)
{
    const summary_options *options = options_;
    mutau_error err = {0};
    cli_format format = CLI_FORMAT_TEXT;
    mutau_chain *chains[MUTAU_POOL_MAX_CHAINS] = {0};
    mutau_summary *summary = mutau_calloc(1, sizeof *summary);
    mutau_status status = summary != NULL ? MUTAU_OK : MUTAU_ENOMEM;
    if (status == MUTAU_OK)
        status = cli_read_format(options->json, options->format, &format, &err);
    for (size_t i = 0; i < files->n && status == MUTAU_OK; i++)
        status = mutau_chain_open(files->items[i], &chains[i], &err);
    if (status == MUTAU_OK)
        status = mutau_summary_compute(files->n, chains, summary, &err);
    if (status == MUTAU_OK)
        status = report(summary, format, &err);
    for (size_t i = 0; i < files->n; i++)
        mutau_chain_close(chains[i]);
    free(summary);
    return status == MUTAU_OK ? CLI_DONE : cli_fail(status, &err);
}

const cli_command cli_command_summary = {
    .name = "summary",
    .arguments = "CHAIN.h5...",
    .doc = "credible intervals, the best sample, convergence",
    .details = "Burn-in is left out as the file says.  HPD regions hold the stated share of the\n"
               "posterior mass and may consist of several intervals.  Several files of one run\n"
               "(same model, data and priors, other seeds) are pooled.",
    .options = OPTIONS,
    .n_option = sizeof OPTIONS / sizeof OPTIONS[0],
    .options_size = sizeof(summary_options),
    .min_files = 1,
    .max_files = MUTAU_POOL_MAX_CHAINS,
    .run = run,
};
