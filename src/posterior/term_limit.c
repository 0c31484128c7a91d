/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The limit of a term of a run; documented in posterior/term_limit.h. */
#include "posterior/term_limit.h"

#include <math.h>

#include "priors/limit.h"

mutau_status mutau_term_limit(const mutau_run_settings *settings, const mutau_term_choice *term,
                              double mass, double cl, bool band, double *lower, double *upper,
                              mutau_error *why, mutau_error *err)
{
    const double shares[] = {band ? 0.5 * (1.0 - cl) : cl, 0.5 * (1.0 + cl)};
    double point[MUTAU_MAX_PARAMETERS], g[2] = {(double)NAN, (double)NAN};
    *why = (mutau_error){0};
    mutau_run_settings_middle(settings, point);
    point[settings->places.mass] = mass;
    const mutau_status status = mutau_limit_quantiles(term->type, term->state, &settings->set,
                                                      point, band ? 2 : 1, shares, g, NULL, why);
    *lower = status == MUTAU_OK ? g[0] : (double)NAN;
    *upper = status == MUTAU_OK ? g[1] : (double)NAN;
    if (status != MUTAU_OK && status != MUTAU_EDOM)
        return mutau_error_set(err, status, "%s", why->text);
    return MUTAU_OK;
}
