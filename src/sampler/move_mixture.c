/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mixture move; documented in sampler/move.h. */
#include "sampler/move.h"

#include "move_internal.h"

/* ln q of the last proposal. */
typedef struct mixture_state {
    double ln_q;
} mixture_state;

static size_t workspace_size(const void *cfg, size_t dim, size_t n_other)
{
    (void)cfg;
    (void)dim;
    (void)n_other;
    return sizeof(mixture_state);
}

static void propose(const void *cfg, void *ws, size_t dim, const double x[], size_t n_other,
                    const double other[], mutau_rng *rng, double y[], double *ln_q_ratio)
{
    const mutau_mixture *mixture = ((const mutau_move_mixture_settings *)cfg)->mixture;
    mixture_state *state = ws;
    (void)n_other;
    (void)other;
    state->ln_q = (double)NAN;
    if (mixture == NULL) {
        mutau_move_refuse(dim, x, y, ln_q_ratio);
        return;
    }
    mutau_mixture_draw(mixture, rng, y);
    state->ln_q = mutau_mixture_ln_density(mixture, y);
    *ln_q_ratio = mutau_mixture_ln_density(mixture, x) - state->ln_q;
}

static double ln_proposal(const void *cfg, const void *ws)
{
    (void)cfg;
    return ((const mixture_state *)ws)->ln_q;
}

static mutau_status check(const void *cfg, size_t dim, size_t n_other, mutau_error *err)
{
    const mutau_move_mixture_settings *settings = cfg;
    (void)n_other;
    if (settings == NULL || settings->components < 1 || settings->components > MUTAU_MAX_COMPONENTS)
        return mutau_error_set(err, MUTAU_EDOM, "mixture: components must be 1 to %d",
                               MUTAU_MAX_COMPONENTS);
    if (!(settings->wide > 0.0 && settings->wide < 1.0))
        return mutau_error_set(err, MUTAU_EDOM, "mixture: wide must be between 0 and 1");
    if (settings->mixture != NULL && mutau_mixture_dim(settings->mixture) != dim)
        return mutau_error_set(err, MUTAU_EDOM, "mixture: of %zu coordinates, not %zu",
                               mutau_mixture_dim(settings->mixture), dim);
    return MUTAU_OK;
}

static const mutau_option options[] = {
    {.key = "components",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(mutau_move_mixture_settings, components),
     .min = 1,
     .max = MUTAU_MAX_COMPONENTS,
     .def = MUTAU_MAX_COMPONENTS,
     .doc = "of the mixture at most; as many as the draws of the burn-in call for"},
    {.key = "wide",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(mutau_move_mixture_settings, wide),
     .min = 1e-3,
     .max = 0.999,
     .def = 0.05,
     .doc = "share of the proposals that may go anywhere in the prior"},
};

const mutau_move mutau_move_mixture = {
    .name = "mixture",
    .doc = "a draw from a mixture of t distributions fitted to the posterior",
    .reference = "Tierney, Ann. Stat. 22, 1701 (1994); Cappe et al., Stat. Comput. 18, 447 (2008)",
    .options = options,
    .n_option = sizeof options / sizeof options[0],
    .settings_size = sizeof(mutau_move_mixture_settings),
    .workspace_size = workspace_size,
    .propose = propose,
    .ln_proposal = ln_proposal,
    .check = check,
};
