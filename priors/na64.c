/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The term "na64": missing energy of 160 GeV muons on target at NA64mu.
 *
 * No event was seen in 1.98e10 muons on target (arXiv:2401.01708), so that
 * ln L = -N with the expected number of signal events
 *
 *     N = (exposure/1.98e10) ln(10) (g'/g90)^2,   g90 = anchor sqrt(S(10 MeV)/S(m)).
 *
 * g90(m) is the 90 % C.L. curve of that run (one-sided: N = ln 10 for zero events), S
 * the signal yield at fixed g', interpolated log-log in priors/na64_yield.csv (mark D).
 * `efficiency` multiplies N: what a later set-up sees of the signal, relative to that run's.
 *
 * sensitivity-1e11 and sensitivity-1e12 are the projections that the paper takes from the
 * collaboration, for an optimised set-up: g90(10 MeV) = 1e-4 and 4e-5 with 1e11 and 1e12 muons
 * (mark F).  The limit of the run scaled by 1/sqrt(muons) gives 2.4e-4 and 7.7e-5: they need 6.0
 * and 3.7 times the efficiency.
 *
 * The anchor g90(10 MeV) = 5.5e-4 is recalled, not read (mark R): the curve is not
 * published as numbers; the text around it allows 3.7e-4 to 6.1e-4.  It is an option.
 * It can be a parameter of the run: ln of the anchor over that of the option.
 * A larger exposure projects zero events in more muons.
 */
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/mem.h"
#include "term_internal.h"

static const double published_exposure = 1.98e10, published_anchor = 5.5e-4;
static const double anchor_mass_mev = 10.0;

typedef enum na64_projection { SENSITIVITY_1E11, SENSITIVITY_1E12 } na64_projection;

typedef struct na64_settings {
    int projection; /* na64_projection; -1 if not given */
    double exposure, anchor;
    double efficiency; /* NaN if not given: 1 */
} na64_settings;

/* What a projection has in place of exposure and anchor. */
static const struct future {
    double exposure, limit;
} futures[] = {[SENSITIVITY_1E11] = {1e11, 1e-4}, [SENSITIVITY_1E12] = {1e12, 4e-5}};

static const char *const projection_names[] = {"sensitivity-1e11", "sensitivity-1e12", NULL};

typedef struct na64_state {
    const mutau_interp *yield; /* S(m), any unit */
    mutau_interp *own_yield;   /* the same, if it is this state's */
    double exposure, events;   /* N = events g'^2 S(m) */
    size_t boson;              /* where its parameters begin in a point */
    size_t ln_anchor;          /* likewise; (size_t)-1: there is none */
} na64_state;

static const mutau_parameter_spec parameters[] = {
    {.name = "ln_na64_anchor",
     .unit = "",
     .latex = "\\ln a_\\mathrm{NA64}",
     .doc = "ln of NA64mu's anchor over terms.na64.anchor; its text allows {prior: "
            "truncated-normal, mean: 0, sigma: 0.25, min: -0.396, max: 0.104}",
     .lowest = -20.0,
     .highest = 20.0,
     .default_prior = "0",
     .plausible = MUTAU_PLAUSIBLE_ANY},
};

static const mutau_option options[] = {
    {.key = "projection",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(na64_settings, projection),
     .def = -1,
     .choices = projection_names,
     .doc = "what the collaboration expects of an optimised set-up, g' of 1e-4 and 4e-5 at 10 MeV, "
            "in place of exposure and anchor"},
    {.key = "exposure",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(na64_settings, exposure),
     .min = 1.0,
     .max = 1e20,
     .def = 1.98e10,
     .unit = "muons on target",
     .plausible = MUTAU_PLAUSIBLE_EXPOSURE,
     .doc = "muons on target, with no event seen; more than 1.98e10 scale the limit by 1/sqrt"},
    {.key = "anchor",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(na64_settings, anchor),
     .min = 1e-6,
     .max = 1.0,
     .def = 5.5e-4,
     .doc = "g' at which 1.98e10 muons expect ln 10 events at 10 MeV: the published limit"},
    {.key = "efficiency",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(na64_settings, efficiency),
     .min = 1e-6,
     .max = 1e6,
     .def = (double)NAN,
     .doc = "of seeing the signal, relative to the run of 1.98e10 muons (1)"},
};

static void na64_free(void *state)
{
    na64_state *s = state;
    if (s != NULL)
        mutau_interp_free(s->own_yield);
    free(s);
}

static const mutau_term_input inputs[] = {
    {"na64_yield.csv",
     {{"m_mev", MUTAU_PLAUSIBLE_MASS, NULL, NULL},
      {"sigma_per_g2_gev2", MUTAU_PLAUSIBLE_ANY, NULL, NULL}}},
    {.file = NULL},
};

/* The table does not reach the mass of the anchor, perhaps by its unit. */
static mutau_status no_anchor(const mutau_interp *yield, mutau_error *err)
{
    const double least = mutau_interp_min(yield), most = mutau_interp_max(yield);
    char why[MUTAU_PLAUSIBLE_SIZE];
    if (mutau_plausible_judge(MUTAU_PLAUSIBLE_MASS, least, why) == MUTAU_IS_PLAUSIBLE)
        (void)mutau_plausible_judge(MUTAU_PLAUSIBLE_MASS, most, why);
    return mutau_error_set(err, MUTAU_EDATA,
                           "%s, from %g to %g MeV, does not cover %g MeV, the mass of the "
                           "anchor%s%s",
                           inputs[0].file, least, most, anchor_mass_mev, why[0] != '\0' ? "; " : "",
                           why);
}

/* The exposure, and N over g'^2 S at the anchor's mass. */
static mutau_status choose(const na64_settings *chosen, na64_state *s, double *per_g2,
                           mutau_error *err)
{
    const double efficiency = isnan(chosen->efficiency) ? 1.0 : chosen->efficiency;
    s->exposure = chosen->exposure;
    *per_g2 = chosen->exposure / published_exposure * efficiency * log(10.0) /
              (chosen->anchor * chosen->anchor);
    if (chosen->projection < 0)
        return MUTAU_OK;
    const bool as_published = !(fabs(chosen->exposure - published_exposure) > 0.0) &&
                              !(fabs(chosen->anchor - published_anchor) > 0.0);
    if (!as_published || !isnan(chosen->efficiency))
        return mutau_error_set(err, MUTAU_ECONFIG,
                               "%s has its own exposure, anchor and efficiency; give either it or "
                               "them",
                               projection_names[chosen->projection]);
    const struct future *future = &futures[chosen->projection];
    s->exposure = future->exposure;
    *per_g2 = log(10.0) / (future->limit * future->limit);
    return MUTAU_OK;
}

static mutau_status na64_alloc(const mutau_term_type *self, const void *settings,
                               const char *data_dir, const mutau_parameter_set *set, void **state,
                               mutau_error *err)
{
    (void)self;
    *state = NULL;
    na64_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the na64 term");
    mutau_status status = mutau_term_find_boson(set, &s->boson, err);
    if (status == MUTAU_OK)
        status =
            mutau_term_read_table(data_dir, &inputs[0], MUTAU_INTERP_LOG_LOG, &s->own_yield, err);
    const size_t place = mutau_parameter_set_first(set, parameters);
    s->ln_anchor = place < set->n ? place : (size_t)-1;
    s->yield = s->own_yield;
    double per_g2 = 0.0;
    if (status == MUTAU_OK)
        status = choose(settings, s, &per_g2, err);
    if (status == MUTAU_OK) {
        s->events = per_g2 / mutau_interp_eval(s->yield, anchor_mass_mev);
        if (!isfinite(s->events))
            status = no_anchor(s->yield, err);
    }
    if (status != MUTAU_OK) {
        na64_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

static mutau_status na64_rescaled(const void *state, double exposure, void **copy, mutau_error *err)
{
    const na64_state *s = state;
    na64_state *other = mutau_calloc(1, sizeof *other);
    *copy = other;
    if (other == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for the na64 term");
    *other = *s;
    other->own_yield = NULL;
    other->exposure = exposure;
    other->events = s->events * (exposure / s->exposure);
    return MUTAU_OK;
}

static const double future_exposures[] = {1e11, 1e12};

static const mutau_projection projection = {
    .limit = "NA64mu's 90 % limit",
    .scaling = "1/sqrt(muons)",
    .unit = "muons",
    .note = "With a larger exposure it is the present limit scaled by 1/sqrt(exposure), still "
            "without an event: not the collaboration's projections, which are for an optimised "
            "set-up (na64: sensitivity-1e11).",
    .n = sizeof future_exposures / sizeof future_exposures[0],
    .exposures = future_exposures,
    .rescaled = na64_rescaled,
};

static double na64_lnl(const void *state, const double point[])
{
    const na64_state *s = state;
    const double m_zprime_mev = point[s->boson + MUTAU_MEDIATOR_MASS];
    const double g_prime = point[s->boson + MUTAU_MEDIATOR_COUPLING];
    if (!(g_prime > 0.0) && !isnan(g_prime))
        return 0.0;
    const double n = s->events * g_prime * g_prime * mutau_interp_eval(s->yield, m_zprime_mev);
    return s->ln_anchor == (size_t)-1 ? -n : -n * exp(-2.0 * point[s->ln_anchor]);
}

static void na64_mass_range(const void *state, double *min_mev, double *max_mev)
{
    const na64_state *s = state;
    *min_mev = mutau_interp_min(s->yield);
    *max_mev = mutau_interp_max(s->yield);
}

const mutau_term_type mutau_term_na64 = {
    .name = "na64",
    .doc = "missing energy of 160 GeV muons on target at NA64mu: no event seen",
    .reference = "exposure and selection: arXiv:2401.01708; yield: derived, priors/na64_yield.csv",
    .mark = MUTAU_MARK_RECALLED,
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .shorthand = "projection",
    .inputs = inputs,
    .settings_size = sizeof(na64_settings),
    .projection = &projection,
    .parameters = parameters,
    .n_parameter = sizeof parameters / sizeof parameters[0],
    .alloc = na64_alloc,
    .free = na64_free,
    .lnl = na64_lnl,
    .mass_range = na64_mass_range,
};
