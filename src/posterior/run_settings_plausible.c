/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slips of the unit in a run file; documented in run_settings_internal.h. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/plausible.h"
#include "run_settings_internal.h"

mutau_status mutau_run_settings_warn(mutau_run_settings *s, const char *text, mutau_error *err)
{
    if (s->n_warning == MUTAU_MAX_WARNINGS)
        return MUTAU_OK;
    char *copy = mutau_strdup(text);
    if (copy == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "%s: no memory left to read it", s->path);
    s->warnings[s->n_warning++] = copy;
    return MUTAU_OK;
}

/* An error for what cannot be and must be, a warning for the rest of what is not plausible. */
static mutau_status judge(const mutau_node *node, mutau_plausible_kind kind, double value,
                          bool is_all, mutau_run_settings *s, bool *found, mutau_error *err)
{
    char why[MUTAU_PLAUSIBLE_SIZE];
    mutau_error warning = {0};
    const mutau_plausible_verdict verdict = mutau_plausible_judge(kind, value, why);
    *found = verdict != MUTAU_IS_PLAUSIBLE;
    if (verdict == MUTAU_IS_IMPOSSIBLE && is_all)
        return mutau_node_error(node, err, "%s", why);
    if (!*found)
        return MUTAU_OK;
    (void)mutau_node_error(node, &warning, "%s", why);
    return mutau_run_settings_warn(s, warning.text, err);
}

/* A small A or g' is no slip of the unit as long as the largest is not small. */
static mutau_status check_parameter(const mutau_node *node, const mutau_parameter *p,
                                    mutau_plausible_kind kind, mutau_run_settings *s,
                                    mutau_error *err)
{
    const bool fixed = p->prior == MUTAU_PRIOR_FIXED;
    const double lowest = isfinite(p->min) ? p->min : p->mean;
    const double highest = isfinite(p->max) ? p->max : p->mean;
    char why[MUTAU_PLAUSIBLE_SIZE];
    const bool lowest_is_impossible =
        mutau_plausible_judge(kind, lowest, why) == MUTAU_IS_IMPOSSIBLE;
    bool found = false;
    if (fixed && !(fabs(p->value) > 0.0)) /* switched off */
        return MUTAU_OK;
    if (fixed)
        return judge(node, kind, p->value, true, s, &found, err);
    /* A prior that begins beyond what is possible has nothing else. */
    if (p->spec->small_is_implausible)
        MUTAU_CHECK(judge(node, kind, lowest, false, s, &found, err));
    return found ? MUTAU_OK : judge(node, kind, highest, lowest_is_impossible, s, &found, err);
}

mutau_status mutau_run_settings_check_parameters(const mutau_node *root, mutau_run_settings *s,
                                                 mutau_error *err)
{
    const mutau_node *section = mutau_node_child(root, "parameters");
    for (size_t i = 0; i < s->set.n; i++) {
        const mutau_parameter_spec *spec = s->set.spec[i];
        mutau_plausible_kind kind = spec->plausible;
        /* Without spectra a mass needs no line. */
        if (kind == MUTAU_PLAUSIBLE_LINE_MASS && s->likelihood == MUTAU_LIKELIHOOD_NONE)
            kind = MUTAU_PLAUSIBLE_MASS;
        const mutau_node *node = mutau_node_child(section, spec->name);
        MUTAU_CHECK(check_parameter(node, &s->parameters[i], kind, s, err));
    }
    return MUTAU_OK;
}

mutau_status mutau_run_settings_check_options(const mutau_node *node, const mutau_option options[],
                                              size_t n_option, const void *settings,
                                              mutau_run_settings *s, mutau_error *err)
{
    for (size_t i = 0; i < n_option; i++) {
        const mutau_option *o = &options[i];
        const mutau_node *child = mutau_node_child(node, o->key);
        bool found;
        double value = 0.0;
        if (o->type != MUTAU_OPTION_REAL || child == NULL)
            continue;
        memcpy(&value, (const char *)settings + o->offset, sizeof value);
        MUTAU_CHECK(judge(child, o->plausible, value, true, s, &found, err));
    }
    return MUTAU_OK;
}
