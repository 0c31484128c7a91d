/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `target: {own: ...}`, a density of a program's own: what a chain file says of it.
 *
 *     target: {own: {name: slab, identity: v2, coordinates: {x: [0, 1], y: [-.inf, .inf]}}} */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/name.h"
#include "base/number.h"
#include "run_settings_internal.h"

static const mutau_option own_options[] = {
    {.key = "name",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(mutau_own_target, name),
     .required = true,
     .doc = "of the density"},
    {.key = "identity",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(mutau_own_target, identity),
     .doc = "what determines it beside its name"},
};
static const char *const own_others[] = {"coordinates", NULL};

static mutau_status read_coordinate(mutau_node *coordinates, size_t i, mutau_own_target *own,
                                    mutau_error *err)
{
    const double any = (double)INFINITY;
    mutau_node *node = mutau_node_at(coordinates, i);
    if (!mutau_is_name(mutau_node_key(coordinates, i)))
        return mutau_node_key_error(coordinates, i, err,
                                    "a coordinate's name is made of " MUTAU_NAME_RULE,
                                    MUTAU_NAME_SIZE - 1);
    if (mutau_node_what(node) != MUTAU_NODE_SEQUENCE || mutau_node_count(node) != 2)
        return mutau_node_error(node, err, "expected the edges of the support, like [-.inf, 1]");
    MUTAU_CHECK(mutau_node_real(mutau_node_at(node, 0), -any, any, NULL, &own->lo[i], err));
    MUTAU_CHECK(mutau_node_real(mutau_node_at(node, 1), -any, any, NULL, &own->hi[i], err));
    if (!(own->lo[i] < own->hi[i]))
        return mutau_node_error(node, err, "the lower edge comes first");
    (void)snprintf(own->coordinate[i], sizeof own->coordinate[i], "%s",
                   mutau_node_key(coordinates, i));
    return MUTAU_OK;
}

mutau_status mutau_run_settings_read_own(mutau_node *node, mutau_run_settings *s, mutau_error *err)
{
    s->own = mutau_calloc(1, sizeof *s->own);
    if (s->own == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a target");
    MUTAU_CHECK(mutau_config_read(node, own_options, sizeof own_options / sizeof own_options[0],
                                  own_others, s->own, err));
    mutau_node *coordinates = mutau_node_child(node, "coordinates");
    if (coordinates == NULL || mutau_node_what(coordinates) != MUTAU_NODE_MAPPING)
        return mutau_node_error(node, err, "has no coordinates, like {x: [0, 1]}");
    s->own->dim = mutau_node_count(coordinates);
    if (s->own->dim < 1 || s->own->dim > MUTAU_MAX_DIM)
        return mutau_node_error(coordinates, err, "a run has 1 to %d dimensions, not %zu",
                                MUTAU_MAX_DIM, s->own->dim);
    for (size_t i = 0; i < s->own->dim; i++)
        MUTAU_CHECK(read_coordinate(coordinates, i, s->own, err));
    return MUTAU_OK;
}

static mutau_status write_coordinate(const mutau_own_target *own, size_t i, mutau_node *coordinates,
                                     mutau_error *err)
{
    char lo[MUTAU_NUMBER_SIZE], hi[MUTAU_NUMBER_SIZE], edges[3 * MUTAU_NUMBER_SIZE];
    if (mutau_node_child(coordinates, own->coordinate[i]) != NULL)
        return mutau_node_error(coordinates, err, "two coordinates are called %s",
                                own->coordinate[i]);
    mutau_number_write(own->lo[i], lo);
    mutau_number_write(own->hi[i], hi);
    (void)snprintf(edges, sizeof edges, "[%s, %s]", lo, hi);
    return mutau_node_assign(coordinates, own->coordinate[i], edges, err);
}

static mutau_status write_own(const mutau_own_target *own, mutau_node *node, mutau_error *err)
{
    MUTAU_CHECK(mutau_node_assign_text(node, "name", own->name, err));
    MUTAU_CHECK(mutau_node_assign_text(node, "identity", own->identity, err));
    MUTAU_CHECK(mutau_node_assign(node, "coordinates", "{}", err));
    for (size_t i = 0; i < own->dim; i++)
        MUTAU_CHECK(write_coordinate(own, i, mutau_node_child(node, "coordinates"), err));
    return MUTAU_OK;
}

static mutau_status write_run(const mutau_own_target *own, const char *sampler, const char *output,
                              mutau_node *root, mutau_error *err)
{
    mutau_node *target = mutau_node_child(root, "target");
    MUTAU_CHECK(write_own(own, mutau_node_child(target, "own"), err));
    MUTAU_CHECK(mutau_node_assign_document(root, "sampler", sampler != NULL ? sampler : "{}", err));
    return mutau_node_assign_text(root, "output", output, err);
}

mutau_status mutau_run_settings_of_own(const mutau_own_target *own, const char *sampler,
                                       const char *output, mutau_run_settings **out,
                                       mutau_error *err)
{
    static const char frame[] = "target: {own: {}}\n";
    mutau_config *config = NULL;
    *out = NULL;
    MUTAU_CHECK(mutau_config_parse_text(own->name, frame, sizeof frame - 1, 0, NULL, &config, err));
    const mutau_status status = write_run(own, sampler, output, mutau_config_root(config), err);
    if (status != MUTAU_OK) {
        mutau_config_free(config);
        return status;
    }
    return mutau_run_settings_take(own->name, ".", NULL, config, out, err);
}
