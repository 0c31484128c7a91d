/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of a summary that goes into a paper; documented in paper.h. */
#include "paper.h"

#include <string.h>

#include "masses.h"

/* The 16, 50 and 84 % quantiles among mutau_summary_probability. */
enum { LOW = 2, MEDIAN = 3, HIGH = 4 };

static void record_row(mutau_report *r, const mutau_summary *s, const mutau_quantity *q)
{
    const size_t last = s->n_mass - 1;
    mutau_report_object(r, NULL);
    mutau_report_texts(r, "symbol unit", q->latex, q->unit);
    if (mutau_region_limit(&q->region[last]) != MUTAU_LIMIT_NONE)
        mutau_report_region(r, "value", &q->region[last], s->mass[last]);
    else
        mutau_report_bounds(r, "value", q->quantile[MEDIAN], q->quantile[LOW], q->quantile[HIGH]);
    for (size_t i = 0; i < s->n_mass; i++)
        mutau_report_region(r, cli_mass_key(r, s->mass[i]), &q->region[i], s->mass[i]);
    mutau_report_real(r, "best", mutau_summary_best(s, q->name));
    mutau_report_end(r);
}

/* The derived quantity that shows the regions of the coordinate in its natural values, or NULL. */
static const mutau_quantity *natural_of(const mutau_summary *s, const mutau_quantity *coordinate)
{
    for (size_t i = 0; i < s->n_derived; i++)
        if (strcmp(s->derived[i].hpd_in, coordinate->name) == 0)
            return &s->derived[i];
    return NULL;
}

void cli_record_paper(mutau_report *r, const mutau_summary *s)
{
    const char *columns[4 + MUTAU_SUMMARY_MAX_MASSES] = {"@symbol|quantity|m", "~unit",
                                                         "~value|median, 68 %"};
    size_t n = 3;
    mutau_report_list(r, ".paper");
    for (size_t i = 0; i < s->n_parameter; i++) {
        const mutau_quantity *natural = natural_of(s, &s->parameter[i]);
        record_row(r, s, natural != NULL ? natural : &s->parameter[i]);
    }
    for (size_t i = 0; i < s->n_derived; i++)
        if (strcmp(s->derived[i].hpd_in, s->derived[i].name) == 0)
            record_row(r, s, &s->derived[i]);
    mutau_report_end(r);
    for (size_t i = 0; i < s->n_mass; i++)
        columns[n++] = mutau_report_keep(r, "~%s|%.6g %% HPD", cli_mass_key(r, s->mass[i]),
                                         100.0 * s->mass[i]);
    columns[n++] = "best|best sample";
    mutau_report_add_table(r, &(mutau_report_layout){.rows = ".paper", .paper = true}, n, columns);
}
