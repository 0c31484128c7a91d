/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms that are a curve over the boson's mass and a rule; documented in term_internal.h. */
#include <stdlib.h>

#include "base/mem.h"
#include "term_internal.h"

typedef struct curve_state {
    const mutau_term_curve *of;
    mutau_interp *curve;
    size_t boson; /* where its parameters begin in a point */
} curve_state;

void mutau_term_curve_free(void *state)
{
    curve_state *s = state;
    if (s != NULL)
        mutau_interp_free(s->curve);
    free(s);
}

mutau_status mutau_term_curve_alloc(const mutau_term_type *self, const void *settings,
                                    const char *data_dir, const mutau_parameter_set *set,
                                    void **state, mutau_error *err)
{
    (void)settings;
    *state = NULL;
    curve_state *s = mutau_calloc(1, sizeof *s);
    if (s == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a term");
    s->of = self->curve;
    mutau_status status = mutau_term_find_boson(set, &s->boson, err);
    if (status == MUTAU_OK)
        status = mutau_term_read_table(data_dir, self->inputs, self->curve->kind, &s->curve, err);
    if (status != MUTAU_OK) {
        mutau_term_curve_free(s);
        return status;
    }
    *state = s;
    return MUTAU_OK;
}

double mutau_term_curve_lnl(const void *state, const double point[])
{
    const curve_state *s = state;
    return s->of->lnl(s->curve, point[s->boson + MUTAU_MEDIATOR_MASS],
                      point[s->boson + MUTAU_MEDIATOR_COUPLING]);
}

void mutau_term_curve_range(const void *state, double *min_mev, double *max_mev)
{
    const curve_state *s = state;
    *min_mev = mutau_interp_min(s->curve);
    *max_mev = s->of->mass_max_mev > 0.0 ? s->of->mass_max_mev : mutau_interp_max(s->curve);
}
