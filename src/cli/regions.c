/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joint regions of pairs of quantities; documented in regions.h. */
#include "regions.h"

#include <stdio.h>
#include <string.h>

#include "masses.h"

/* A name and what ends it, a comma or the end of the pair. */
static const char *read_name(const char *text, char name[MUTAU_SUMMARY_NAME_SIZE])
{
    const size_t length = strcspn(text, ",:");
    if (length == 0 || length >= MUTAU_SUMMARY_NAME_SIZE)
        return NULL;
    (void)snprintf(name, MUTAU_SUMMARY_NAME_SIZE, "%.*s", (int)length, text);
    return text + length;
}

static mutau_status read_pair(const char *text, size_t length, cli_pair *pair, mutau_error *err)
{
    const char *at = read_name(text, pair->x);
    if (at != NULL && *at == ',' && read_name(at + 1, pair->y) == text + length)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EUSAGE,
                           "--region takes pairs of names, NAME,NAME or, of several pairs, "
                           "NAME,NAME:NAME,NAME, not '%.*s'",
                           (int)length, text);
}

mutau_status cli_read_pairs(const char *text, cli_pairs *pairs, mutau_error *err)
{
    pairs->n = 0;
    for (const char *word = text; word != NULL;) {
        const size_t length = strcspn(word, ":");
        if (pairs->n == CLI_MAX_PAIRS)
            return mutau_error_set(err, MUTAU_EUSAGE, "--region takes at most %d pairs",
                                   CLI_MAX_PAIRS);
        MUTAU_CHECK(read_pair(word, length, &pairs->pair[pairs->n++], err));
        word = word[length] == ':' ? word + length + 1 : NULL;
    }
    return MUTAU_OK;
}

mutau_status cli_find_regions(size_t n_chain, mutau_chain *const chains[],
                              const mutau_summary *summary, cli_pairs *pairs, mutau_error *err)
{
    for (size_t i = 0; i < pairs->n; i++) {
        cli_pair *p = &pairs->pair[i];
        MUTAU_TRY(err, mutau_summary_region(n_chain, chains, summary, p->x, p->y, p->region, err),
                  "--region %s,%s", p->x, p->y);
    }
    return MUTAU_OK;
}

void cli_pairs_release(cli_pairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++)
        for (size_t k = 0; k < MUTAU_SUMMARY_MAX_MASSES; k++)
            mutau_joint_region_release(&pairs->pair[i].region[k]);
    pairs->n = 0;
}

/* A vertex is a pair in JSON, and a row in CSV. */
static void record_ring(mutau_report *r, const cli_pair *p, const char *mass,
                        const mutau_joint_region *region, size_t ring)
{
    mutau_report_list(r, NULL);
    for (size_t i = region->first[ring]; i < region->first[ring + 1]; i++)
        mutau_report_two(r, NULL, region->x[i], region->y[i]);
    mutau_report_object(r, ".vertices");
    mutau_report_texts(r, "x_name y_name mass", p->x, p->y, mass);
    mutau_report_count(r, "polygon", ring + 1);
    const size_t n = region->first[ring + 1] - region->first[ring];
    mutau_report_series(r, "x", n, 1, region->x + region->first[ring]);
    mutau_report_series(r, "y", n, 1, region->y + region->first[ring]);
    mutau_report_csv(r, NULL, "x_name", "y_name", "mass", "polygon", "x", "y");
    mutau_report_end(r);
    mutau_report_end(r);
}

static void write_line(mutau_report *r, const cli_pair *p, double mass,
                       const mutau_joint_region *region)
{
    const char *percent = mutau_report_keep(r, "%.6g %%", 100.0 * mass), *holes = "";
    double x[2], y[2];
    if (region->n_ring > region->n_island)
        holes = mutau_report_keep(r, ", holes: %zu", region->n_ring - region->n_island);
    mutau_joint_region_extent(region, x, y);
    mutau_report_line(r, "  %-7s %zu island%s%s, %s %.4g to %.4g, %s %.4g to %.4g\n", percent,
                      region->n_island, region->n_island == 1 ? "" : "s", holes, p->x, x[0], x[1],
                      p->y, y[0], y[1]);
}

static void record_region(mutau_report *r, const cli_pair *p, double mass,
                          const mutau_joint_region *region)
{
    const char *key = cli_mass_key(r, mass);
    mutau_report_object(r, key);
    mutau_report_count(r, "islands", region->n_island);
    mutau_report_real(r, "area", region->area);
    mutau_report_list(r, "polygons");
    for (size_t ring = 0; ring < region->n_ring; ring++)
        record_ring(r, p, key, region, ring);
    mutau_report_end(r);
    write_line(r, p, mass, region);
    mutau_report_end(r);
}

void cli_record_pairs(mutau_report *r, const mutau_summary *summary, const cli_pairs *pairs)
{
    if (pairs->n == 0)
        return;
    mutau_report_list(r, "regions");
    for (size_t i = 0; i < pairs->n; i++) {
        const cli_pair *p = &pairs->pair[i];
        mutau_report_line(
            r, "\njoint (2-D) HPD regions of %s and %s; outlines: --json, --format csv\n", p->x,
            p->y);
        mutau_report_object(r, NULL);
        mutau_report_texts(r, "x y", p->x, p->y);
        mutau_report_list(r, "hpd_in");
        mutau_report_text(r, NULL, mutau_summary_find(summary, p->x)->hpd_in);
        mutau_report_text(r, NULL, mutau_summary_find(summary, p->y)->hpd_in);
        mutau_report_end(r);
        mutau_report_object(r, "hpd");
        for (size_t k = 0; k < summary->n_mass; k++)
            record_region(r, p, summary->mass[k], &p->region[k]);
        mutau_report_end(r);
        mutau_report_end(r);
    }
    mutau_report_end(r);
}
