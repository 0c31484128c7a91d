/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Joint regions of pairs of quantities; documented in regions.h. */
#include "regions.h"

#include <stdio.h>
#include <string.h>

#include "masses.h"
#include "text.h"

enum { CLI_LIST_SIZE = 256 };

static bool copy_name(char to[MUTAU_SUMMARY_NAME_SIZE], const char *from, size_t length)
{
    if (length == 0 || length >= MUTAU_SUMMARY_NAME_SIZE)
        return false;
    memcpy(to, from, length);
    to[length] = '\0';
    return true;
}

static mutau_status read_pair(const char *text, size_t length, cli_pair *pair, mutau_error *err)
{
    const size_t comma = strcspn(text, ",:");
    const bool complete = comma < length && copy_name(pair->x, text, comma) &&
                          copy_name(pair->y, text + comma + 1, length - comma - 1) &&
                          strchr(pair->y, ',') == NULL;
    if (!complete)
        return mutau_error_set(err, MUTAU_EUSAGE,
                               "--region takes pairs of names, NAME,NAME or, of several pairs, "
                               "NAME,NAME:NAME,NAME, not '%.*s'",
                               (int)length, text);
    return MUTAU_OK;
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

static void write_polygons(mutau_json *json, const mutau_joint_region *r)
{
    mutau_json_array_begin(json);
    for (size_t ring = 0; ring < r->n_ring; ring++) {
        mutau_json_array_begin(json);
        for (size_t i = r->first[ring]; i < r->first[ring + 1]; i++) {
            const double vertex[] = {r->x[i], r->y[i]};
            mutau_json_reals(json, 2, vertex);
        }
        mutau_json_array_end(json);
    }
    mutau_json_array_end(json);
}

static void write_region(mutau_json *json, const mutau_joint_region *r)
{
    mutau_json_object_begin(json);
    mutau_json_key(json, "islands");
    mutau_json_count(json, r->n_island);
    mutau_json_key(json, "area");
    mutau_json_real(json, r->area);
    mutau_json_key(json, "polygons");
    write_polygons(json, r);
    mutau_json_object_end(json);
}

void cli_write_regions_json(mutau_json *json, const mutau_summary *summary, const cli_pairs *pairs)
{
    mutau_json_array_begin(json);
    for (size_t i = 0; i < pairs->n; i++) {
        const cli_pair *p = &pairs->pair[i];
        mutau_json_object_begin(json);
        mutau_json_key(json, "x");
        mutau_json_string(json, p->x);
        mutau_json_key(json, "y");
        mutau_json_string(json, p->y);
        mutau_json_key(json, "hpd_in");
        mutau_json_array_begin(json);
        mutau_json_string(json, mutau_summary_find(summary, p->x)->hpd_in);
        mutau_json_string(json, mutau_summary_find(summary, p->y)->hpd_in);
        mutau_json_array_end(json);
        mutau_json_key(json, "hpd");
        mutau_json_object_begin(json);
        for (size_t k = 0; k < summary->n_mass; k++) {
            char key[CLI_MASS_SIZE];
            cli_mass_key(summary->mass[k], key);
            mutau_json_key(json, key);
            write_region(json, &p->region[k]);
        }
        mutau_json_object_end(json);
        mutau_json_object_end(json);
    }
    mutau_json_array_end(json);
}

static void write_vertices(const cli_pair *p, const char *mass, const mutau_joint_region *r)
{
    for (size_t ring = 0; ring < r->n_ring; ring++)
        for (size_t i = r->first[ring]; i < r->first[ring + 1]; i++) {
            char x[MUTAU_REAL_SIZE], y[MUTAU_REAL_SIZE];
            mutau_json_format_real(r->x[i], x);
            mutau_json_format_real(r->y[i], y);
            (void)printf("%s,%s,%s,%zu,%s,%s\n", p->x, p->y, mass, ring + 1, x, y);
        }
}

void cli_write_regions_csv(const mutau_summary *summary, const cli_pairs *pairs)
{
    (void)puts("x_name,y_name,mass,polygon,x,y");
    for (size_t i = 0; i < pairs->n; i++)
        for (size_t k = 0; k < summary->n_mass; k++) {
            char key[CLI_MASS_SIZE];
            cli_mass_key(summary->mass[k], key);
            write_vertices(&pairs->pair[i], key, &pairs->pair[i].region[k]);
        }
}

/* The derived quantities that show a coordinate's regions, or those that do not. */
static size_t list_derived(const mutau_summary *s, bool shown, char text[CLI_LIST_SIZE])
{
    size_t n = 0, used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < s->n_derived && used < CLI_LIST_SIZE; i++) {
        const mutau_quantity *q = &s->derived[i];
        if ((strcmp(q->hpd_in, q->name) != 0) != shown)
            continue;
        const int more =
            snprintf(text + used, CLI_LIST_SIZE - used, "%s%s", n++ > 0 ? ", " : "", q->name);
        used += more > 0 ? (size_t)more : 0;
    }
    return n;
}

mutau_status cli_write_density_text(const mutau_summary *summary, size_t width, mutau_error *err)
{
    char shown[CLI_LIST_SIZE], own[CLI_LIST_SIZE];
    const bool has_shown = list_derived(summary, true, shown) > 0;
    const bool has_own = list_derived(summary, false, own) > 0;
    return text_print(text_sentence_width(width), err,
                      "\n  HPD regions have the highest density per unit of the sampled coordinate"
                      "%s%s%s%s%s%s.\n",
                      has_shown ? ";\n  " : "", shown,
                      has_shown ? ": the same regions in other values" : "", has_own ? ";\n  " : "",
                      own, has_own ? ": per unit of itself" : "");
}

static mutau_status write_line(const cli_pair *p, double mass, const mutau_joint_region *r,
                               size_t width, mutau_error *err)
{
    char percent[CLI_MASS_SIZE], holes[64] = "";
    double x[2], y[2];
    cli_mass_percent(mass, percent);
    if (r->n_ring > r->n_island)
        (void)snprintf(holes, sizeof holes, ", holes: %zu", r->n_ring - r->n_island);
    mutau_joint_region_extent(r, x, y);
    return text_print(width, err, "  %-7s %zu island%s%s, %s %.4g to %.4g, %s %.4g to %.4g\n",
                      percent, r->n_island, r->n_island == 1 ? "" : "s", holes, p->x, x[0], x[1],
                      p->y, y[0], y[1]);
}

mutau_status cli_write_regions_text(const mutau_summary *summary, const cli_pairs *pairs,
                                    size_t width, mutau_error *err)
{
    for (size_t i = 0; i < pairs->n; i++) {
        const cli_pair *p = &pairs->pair[i];
        MUTAU_CHECK(text_print(width, err,
                               "\njoint (2-D) HPD regions of %s and %s; outlines: --json, --format "
                               "csv\n",
                               p->x, p->y));
        for (size_t k = 0; k < summary->n_mass; k++)
            MUTAU_CHECK(write_line(p, summary->mass[k], &p->region[k], width, err));
    }
    return MUTAU_OK;
}
