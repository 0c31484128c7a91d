/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The report of mutau compare as JSON and as CSV. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"
#include "compare_report.h"
#include "goodness_report.h"
#include "mutau/diagnosis.h"
#include "mutau/json.h"
#include "verdict_report.h"

enum { KEY_SIZE = 96 };

/* --- JSON ------------------------------------------------------------------------------ */

static void pair(mutau_json *json, const char *key, double value)
{
    mutau_json_key(json, key);
    mutau_json_real(json, value);
}

static void begin(mutau_json *json, const char *key)
{
    mutau_json_key(json, key);
    mutau_json_object_begin(json);
}

/* Why a value is null; null itself if it is not. */
static void write_reason(mutau_json *json, const char *key, const mutau_reason *reason)
{
    mutau_json_key(json, key);
    mutau_json_string(json, reason->text[0] != '\0' ? reason->text : NULL);
}

static void write_quantiles(mutau_json *json, const double quantile[])
{
    char key[KEY_SIZE];
    begin(json, "q");
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++) {
        (void)snprintf(key, sizeof key, "%g", mutau_summary_probability[i]);
        pair(json, key, quantile[i]);
    }
    mutau_json_object_end(json);
}

static void write_moments(mutau_json *json, double mean, double sd, double median, double mcse)
{
    pair(json, "mean", mean);
    pair(json, "sd", sd);
    pair(json, "median", median);
    pair(json, "mcse", mcse);
}

static void write_direct(mutau_json *json, const mutau_quantity *q)
{
    const mutau_convergence *c = &q->moments;
    write_moments(json, c->mean, c->sd, c->median, c->mcse_mean);
    write_quantiles(json, q->quantile);
}

static void write_quantity(mutau_json *json, const mutau_summary *s, const mutau_quantity *q)
{
    char key[KEY_SIZE];
    begin(json, q->name);
    write_direct(json, q);
    mutau_json_key(json, "hpd_in");
    mutau_json_string(json, q->hpd_in);
    begin(json, "hpd");
    for (size_t i = 0; i < s->n_mass; i++) {
        (void)snprintf(key, sizeof key, "%.2f", s->mass[i]);
        mutau_json_key(json, key);
        mutau_json_array_begin(json);
        for (size_t k = 0; k < q->region[i].n; k++) {
            const double interval[] = {q->region[i].lo[k], q->region[i].hi[k]};
            mutau_json_reals(json, 2, interval);
        }
        mutau_json_array_end(json);
    }
    mutau_json_object_end(json);
    mutau_json_object_end(json);
}

static void write_quantities(mutau_json *json, const mutau_compared_run *run)
{
    const mutau_summary *s = &run->summary;
    begin(json, "parameters");
    for (size_t i = 0; i < s->n_parameter; i++)
        write_quantity(json, s, &s->parameter[i]);
    mutau_json_object_end(json);
    begin(json, "derived");
    for (size_t i = 0; i < s->n_derived; i++)
        write_quantity(json, s, &s->derived[i]);
    mutau_json_object_end(json);
    begin(json, "best");
    pair(json, "log_prob", s->best_log_prob);
    for (size_t i = 0; i < s->n_best; i++)
        pair(json, s->best_name[i], s->best[i]);
    mutau_json_object_end(json);
}

static void write_range(mutau_json *json, const mutau_parameter *p)
{
    begin(json, p->spec->name);
    mutau_json_key(json, "prior");
    mutau_json_string(json, mutau_prior_name(p->prior));
    pair(json, "min", p->min);
    pair(json, "max", p->max);
    mutau_json_object_end(json);
}

static void write_evidence(mutau_json *json, const mutau_compared_run *run)
{
    begin(json, "evidence");
    pair(json, "ln_z", run->evidence.ln_z);
    pair(json, "error", run->evidence.error);
    begin(json, "power_law");
    pair(json, "ln_z", run->power_law.ln_z);
    pair(json, "error", run->power_law.error);
    write_reason(json, "why_null", &run->no_power_law);
    mutau_json_object_end(json);
    pair(json, "ln_b", run->ln_b);
    mutau_json_key(json, "why_null");
    mutau_json_string(json, isnan(run->evidence.ln_z) ? mutau_no_evidence_words(run->evidence.why)
                                                      : NULL);
    begin(json, "prior_ranges");
    write_range(json, &run->settings->parameters[run->settings->places.mass]);
    write_range(json, &run->settings->parameters[run->settings->places.coupling]);
    mutau_json_object_end(json);
    mutau_json_object_end(json);
}

static void write_run(mutau_json *json, const mutau_compared_run *run)
{
    char key[KEY_SIZE];
    mutau_json_object_begin(json);
    mutau_json_key(json, "file");
    mutau_json_string(json, run->path);
    mutau_json_key(json, "description");
    mutau_json_string(json, run->settings->description);
    cli_write_verdict(json, run->summary.posterior_converged, run->summary.evidence_judged,
                      run->summary.evidence_converged);
    write_quantities(json, run);
    begin(json, "chi2");
    for (size_t i = 0; i < run->n_chi2; i++) {
        begin(json, run->chi2[i].name);
        pair(json, "best", run->chi2[i].best);
        pair(json, "mean", run->chi2[i].mean);
        mutau_json_object_end(json);
    }
    mutau_json_object_end(json);
    cli_goodness_json(json, &run->goodness);
    for (size_t i = 0; i < run->n_projection; i++) {
        const mutau_compared_projection *p = &run->projection[i];
        (void)snprintf(key, sizeof key, "below_%s", p->term->name);
        if (i == 0 || p->term != p[-1].term)
            begin(json, key);
        (void)snprintf(key, sizeof key, "%.0e", p->exposure);
        pair(json, key, p->below);
        if (i + 1 == run->n_projection || p->term != p[1].term)
            mutau_json_object_end(json);
    }
    write_evidence(json, run);
    mutau_json_object_end(json);
}

static void write_reweighting(mutau_json *json, const mutau_comparison *c,
                              const mutau_compared_pair *p)
{
    const mutau_reweighting *w = &p->reweighting;
    mutau_json_key(json, "reweighting");
    if (p->no_reweighting.text[0] != '\0') {
        mutau_json_null(json);
        write_reason(json, "why_no_reweighting", &p->no_reweighting);
        return;
    }
    mutau_json_object_begin(json);
    pair(json, "khat", w->psis.khat);
    pair(json, "r_eff", w->r_eff);
    pair(json, "kish", w->kish);
    mutau_json_key(json, "tail");
    mutau_json_count(json, w->psis.n_tail);
    mutau_json_key(json, "sufficient");
    mutau_json_bool(json, w->sufficient);
    write_reason(json, "beyond_terms", &p->beyond_terms);
    begin(json, "quantities");
    for (size_t i = 0; i < w->n; i++) {
        const mutau_reweighted *q = &w->quantity[i];
        const mutau_quantity *direct = compare_find(&c->run[p->second], q->name);
        begin(json, q->name);
        write_moments(json, q->mean, q->sd, q->median, q->mcse);
        write_quantiles(json, q->quantile);
        begin(json, "direct");
        write_direct(json, direct);
        mutau_json_object_end(json);
        pair(json, "pull", mutau_reweighted_pull(q, direct));
        mutau_json_object_end(json);
    }
    mutau_json_object_end(json);
    mutau_json_object_end(json);
}

static void write_pair(mutau_json *json, const mutau_comparison *c, const mutau_compared_pair *p)
{
    mutau_json_object_begin(json);
    mutau_json_key(json, "first");
    mutau_json_string(json, c->run[p->first].path);
    mutau_json_key(json, "second");
    mutau_json_string(json, c->run[p->second].path);
    begin(json, "quantities");
    for (size_t i = 0; i < p->n; i++) {
        begin(json, p->quantity[i].name);
        pair(json, "shift", p->quantity[i].shift);
        pair(json, "shift_mcse", p->quantity[i].shift_error);
        pair(json, "overlap", p->quantity[i].overlap);
        mutau_json_object_end(json);
    }
    mutau_json_object_end(json);
    begin(json, "jensen_shannon");
    pair(json, "bits", p->mass_coupling.bits);
    pair(json, "plug_in", p->mass_coupling.plug_in);
    mutau_json_key(json, "base");
    mutau_json_integer(json, 2);
    mutau_json_key(json, "estimator");
    mutau_json_string(json, "256 cells of equal pooled mass; bias removed by halves");
    write_reason(json, "why_null", &p->no_mass_coupling);
    mutau_json_object_end(json);
    pair(json, "ln_b", p->ln_b);
    write_reason(json, "why_no_ln_b", &p->no_ln_b);
    write_reweighting(json, c, p);
    mutau_json_object_end(json);
}

static void write_suspiciousness(mutau_json *json, const mutau_comparison *c)
{
    const mutau_suspiciousness *s = &c->suspiciousness;
    mutau_json_key(json, "suspiciousness");
    if (c->no_suspiciousness.text[0] != '\0') {
        mutau_json_null(json);
        write_reason(json, "why_no_suspiciousness", &c->no_suspiciousness);
        return;
    }
    mutau_json_object_begin(json);
    pair(json, "ln_s", s->ln_s);
    pair(json, "mcse", s->error);
    pair(json, "dimension", s->dimension);
    pair(json, "dimension_ab", s->d_ab);
    pair(json, "dimension_a", s->d_a);
    pair(json, "dimension_b", s->d_b);
    pair(json, "probability", s->probability);
    pair(json, "sigma", s->sigma);
    mutau_json_key(json, "ab");
    mutau_json_string(json, c->run[c->run_ab].path);
    mutau_json_key(json, "a_flux");
    mutau_json_string(json, c->run[c->run_a].path);
    char key[KEY_SIZE];
    (void)snprintf(key, sizeof key, "b_%s", c->shift->name);
    mutau_json_key(json, key);
    mutau_json_string(json, c->run[c->run_b].path);
    mutau_json_object_end(json);
}

mutau_status compare_report_json(const mutau_comparison *c, mutau_error *err)
{
    mutau_json json;
    mutau_json_init(&json, stdout, true);
    mutau_json_object_begin(&json);
    mutau_json_key(&json, "runs");
    mutau_json_array_begin(&json);
    for (size_t i = 0; i < c->n_run; i++)
        write_run(&json, &c->run[i]);
    mutau_json_array_end(&json);
    mutau_json_key(&json, "pairs");
    mutau_json_array_begin(&json);
    for (size_t i = 0; i < c->n_pair; i++)
        write_pair(&json, c, &c->pair[i]);
    mutau_json_array_end(&json);
    write_suspiciousness(&json, c);
    mutau_json_object_end(&json);
    return mutau_json_finish(&json, err);
}

/* --- CSV: one number a row ---------------------------------------------------------------- */

/* A file's name may hold what separates fields. */
static void csv_text(const char *text)
{
    if (strpbrk(text, ",\"\n") == NULL) {
        (void)fputs(text, stdout);
        return;
    }
    (void)putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"')
            (void)putchar('"');
        (void)putchar(*text);
    }
    (void)putchar('"');
}

static void csv(const char *file, const char *section, const char *name, const char *key, double x)
{
    char text[MUTAU_REAL_SIZE];
    mutau_json_format_real(x, text);
    char room[CLI_PLAIN_SIZE];
    csv_text(cli_plain(file, room));
    (void)printf(",%s,%s,%s,%s\n", section, name, key, text);
}

static void csv_quantity(const char *file, const char *section, const mutau_quantity *q)
{
    char key[KEY_SIZE];
    csv(file, section, q->name, "mean", q->moments.mean);
    csv(file, section, q->name, "sd", q->moments.sd);
    csv(file, section, q->name, "median", q->moments.median);
    csv(file, section, q->name, "mcse", q->moments.mcse_mean);
    for (size_t i = 0; i < MUTAU_SUMMARY_QUANTILES; i++) {
        (void)snprintf(key, sizeof key, "q%g", mutau_summary_probability[i]);
        csv(file, section, q->name, key, q->quantile[i]);
    }
}

static void csv_run(const mutau_compared_run *run)
{
    char key[KEY_SIZE];
    double goodness[CLI_GOODNESS_NUMBERS];
    const mutau_summary *s = &run->summary;
    for (size_t i = 0; i < s->n_parameter; i++)
        csv_quantity(run->path, "parameters", &s->parameter[i]);
    for (size_t i = 0; i < s->n_derived; i++)
        csv_quantity(run->path, "derived", &s->derived[i]);
    csv(run->path, "best", "log_prob", "value", s->best_log_prob);
    for (size_t i = 0; i < s->n_best; i++)
        csv(run->path, "best", s->best_name[i], "value", s->best[i]);
    for (size_t i = 0; i < run->n_chi2; i++) {
        csv(run->path, "chi2", run->chi2[i].name, "best", run->chi2[i].best);
        csv(run->path, "chi2", run->chi2[i].name, "mean", run->chi2[i].mean);
    }
    cli_goodness_numbers(&run->goodness, goodness);
    for (size_t i = 0; i < CLI_GOODNESS_NUMBERS; i++)
        csv(run->path, "goodness", cli_goodness_names[i], "best", goodness[i]);
    const mutau_run_settings *settings = run->settings;
    for (size_t i = 0; i < run->n_projection; i++) {
        const mutau_compared_projection *p = &run->projection[i];
        char section[KEY_SIZE];
        (void)snprintf(section, sizeof section, "below_%s", p->term->name);
        (void)snprintf(key, sizeof key, "%.0e", p->exposure);
        csv(run->path, section, settings->set.spec[settings->places.coupling]->name, key, p->below);
    }
    csv(run->path, "evidence", "ln_z", "value", run->evidence.ln_z);
    csv(run->path, "evidence", "ln_z", "error", run->evidence.error);
    csv(run->path, "evidence", "ln_z_power_law", "value", run->power_law.ln_z);
    csv(run->path, "evidence", "ln_z_power_law", "error", run->power_law.error);
    csv(run->path, "evidence", "ln_b", "value", run->ln_b);
}

static void csv_pair(const mutau_comparison *c, const mutau_compared_pair *p)
{
    const char *file = c->run[p->second].path;
    const mutau_reweighting *w = &p->reweighting;
    for (size_t i = 0; i < p->n; i++) {
        csv(file, "against_first", p->quantity[i].name, "shift", p->quantity[i].shift);
        csv(file, "against_first", p->quantity[i].name, "shift_mcse", p->quantity[i].shift_error);
        csv(file, "against_first", p->quantity[i].name, "overlap", p->quantity[i].overlap);
    }
    csv(file, "against_first", "mass_coupling", "jensen_shannon_bits", p->mass_coupling.bits);
    csv(file, "against_first", "evidence", "ln_b", p->ln_b);
    if (p->no_reweighting.text[0] != '\0')
        return;
    csv(file, "reweighted_first", "weights", "khat", w->psis.khat);
    csv(file, "reweighted_first", "weights", "r_eff", w->r_eff);
    csv(file, "reweighted_first", "weights", "kish", w->kish);
    for (size_t i = 0; i < w->n; i++) {
        const mutau_reweighted *q = &w->quantity[i];
        csv(file, "reweighted_first", q->name, "mean", q->mean);
        csv(file, "reweighted_first", q->name, "sd", q->sd);
        csv(file, "reweighted_first", q->name, "mcse", q->mcse);
        for (size_t k = 0; k < MUTAU_SUMMARY_QUANTILES; k++) {
            char key[KEY_SIZE];
            (void)snprintf(key, sizeof key, "q%g", mutau_summary_probability[k]);
            csv(file, "reweighted_first", q->name, key, q->quantile[k]);
        }
    }
}

void compare_report_csv(const mutau_comparison *c)
{
    const mutau_suspiciousness *s = &c->suspiciousness;
    (void)fputs("file,section,name,key,value\n", stdout);
    for (size_t i = 0; i < c->n_run; i++)
        csv_run(&c->run[i]);
    for (size_t i = 0; i < c->n_pair; i++)
        csv_pair(c, &c->pair[i]);
    if (c->no_suspiciousness.text[0] != '\0')
        return;
    char name[KEY_SIZE];
    (void)snprintf(name, sizeof name, "flux_%s", c->shift->name);
    csv(c->run[c->run_ab].path, "suspiciousness", name, "ln_s", s->ln_s);
    csv(c->run[c->run_ab].path, "suspiciousness", name, "mcse", s->error);
    csv(c->run[c->run_ab].path, "suspiciousness", name, "dimension", s->dimension);
    csv(c->run[c->run_ab].path, "suspiciousness", name, "probability", s->probability);
}
