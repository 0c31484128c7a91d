/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The curve of a term in the plane of mass and coupling; documented in priors/limit.h.
 *
 * ln L is scanned over g' to find its peak, refined by golden sections, and the two ends
 * beyond which L is negligible.  In u = g'^2 the range is cut into equal panels on each side
 * of the peak, and L is integrated over each by Gauss-Legendre, smooth as it is; the
 * quantile's panel is bisected.  The same with half as many panels gives the error.
 */
#include "priors/limit.h"

#include <gsl/gsl_integration.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "term_internal.h"

#include "base/maximum.h"

enum {
    N_NODE = 16,
    N_PANEL = 64, /* on each side of the peak */
    N_SCAN = 321,
    N_BISECTION = 200 /* enough for any double; they end when nothing moves */
};

/* The couplings that are scanned. */
static const double g_least = 1e-12, g_most = 1e8;

/* Where L has fallen by e to this power from its peak nothing is left to integrate. */
static const double depth = 45.0;

static const double peak_accuracy = 1e-9, accepted_error = 1e-6;

/* L at one mass. */
typedef struct curve {
    const mutau_term_type *type;
    const void *state;
    size_t mass, coupling; /* places in a point */
    double point[MUTAU_MAX_PARAMETERS];
    double top;          /* ln L at the peak */
    double lo, peak, hi; /* of u */
    double x[N_NODE], w[N_NODE];
} curve;

static double ln_l(curve *c, double g_prime)
{
    c->point[c->coupling] = g_prime;
    return c->type->lnl(c->state, c->point);
}

static double ln_l_at(void *self, double g_prime)
{
    return ln_l(self, g_prime);
}

static double scanned(size_t i)
{
    return i == 0 ? 0.0 : g_least * pow(g_most / g_least, (double)(i - 1) / (N_SCAN - 2));
}

/* Where ln L crosses the depth, between one coupling above it and one below. */
static double edge(curve *c, double above, double below)
{
    for (int i = 0; i < N_BISECTION; i++) {
        const double middle = 0.5 * (above + below);
        if (!(middle > fmin(above, below) && middle < fmax(above, below)))
            break;
        if (ln_l(c, middle) > c->top - depth)
            above = middle;
        else
            below = middle;
    }
    return below;
}

/* The peak and the ends of what is to be integrated. */
static mutau_status find_range(curve *c, mutau_error *err)
{
    double values[N_SCAN];
    size_t best = 0, end = N_SCAN - 1;
    for (size_t i = 0; i < N_SCAN; i++) {
        values[i] = ln_l(c, scanned(i));
        if (values[i] > values[best])
            best = i;
    }
    double g_peak = scanned(best);
    if (best > 0 && best + 1 < N_SCAN) {
        const double g = mutau_golden_section(ln_l_at, c, scanned(best - 1), scanned(best + 1), 0.0,
                                              peak_accuracy);
        g_peak = ln_l(c, g) > values[best] ? g : g_peak;
    }
    c->top = ln_l(c, g_peak);
    const bool is_flat = !(values[end] < values[end - 1]);
    if (is_flat || !(values[end] < c->top - depth))
        return mutau_error_set(
            err, MUTAU_EDOM,
            "no limit on g': ln L goes from %.4g at g' = 0 to %.4g, and no further", values[0],
            values[end]);
    /* The peak is within the steps on either side of the best. */
    size_t after = best + 1, before = best > 0 ? best - 1 : 0;
    while (values[after] >= c->top - depth)
        after++;
    while (before > 0 && values[before] >= c->top - depth)
        before--;
    const double g_hi = edge(c, g_peak, scanned(after));
    const double g_lo = values[before] < c->top - depth ? edge(c, g_peak, scanned(before)) : 0.0;
    c->lo = g_lo * g_lo;
    c->peak = g_peak * g_peak;
    c->hi = g_hi * g_hi;
    return MUTAU_OK;
}

static mutau_status fill_rule(curve *c, mutau_error *err)
{
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(N_NODE);
    if (table == NULL)
        return mutau_error_set(err, MUTAU_ENOMEM, "no memory for a quadrature");
    for (size_t i = 0; i < N_NODE; i++)
        (void)gsl_integration_glfixed_point(0.0, 1.0, i, &c->x[i], &c->w[i], table);
    gsl_integration_glfixed_table_free(table);
    return MUTAU_OK;
}

/* The integral of L over u from a to b. */
static double integral(curve *c, double a, double b)
{
    double sum = 0.0;
    for (size_t i = 0; i < N_NODE; i++)
        sum += c->w[i] * exp(ln_l(c, sqrt(a + (b - a) * c->x[i])) - c->top);
    return sum * (b - a);
}

/* The left end of panel k of 2 n, and for k = 2 n the right end of the last. */
static double panel_start(const curve *c, size_t n, size_t k)
{
    const double share = (double)(k < n ? k : k - n) / (double)n;
    return k < n ? c->lo + share * (c->peak - c->lo) : c->peak + share * (c->hi - c->peak);
}

/* The u within panel k of 2 n below which the panel has `want` of L. */
static double bisect(curve *c, size_t n, size_t k, double want)
{
    const double start = panel_start(c, n, k);
    double a = start, b = panel_start(c, n, k + 1);
    for (int i = 0; i < N_BISECTION; i++) {
        const double middle = 0.5 * (a + b);
        if (!(middle > a && middle < b))
            break;
        if (integral(c, start, middle) < want)
            a = middle;
        else
            b = middle;
    }
    return 0.5 * (a + b);
}

static void quantiles(curve *c, size_t n_panel, size_t n, const double share[], double g_prime[])
{
    double parts[2 * N_PANEL], total = 0.0;
    for (size_t k = 0; k < 2 * n_panel; k++) {
        parts[k] = integral(c, panel_start(c, n_panel, k), panel_start(c, n_panel, k + 1));
        total += parts[k];
    }
    for (size_t i = 0; i < n; i++) {
        double want = share[i] * total;
        size_t k = 0;
        while (k + 1 < 2 * n_panel && want > parts[k])
            want -= parts[k++];
        g_prime[i] = sqrt(bisect(c, n_panel, k, want));
    }
}

static mutau_status check_mass(const curve *c, mutau_error *err)
{
    double min, max;
    c->type->mass_range(c->state, &min, &max);
    if (c->point[c->mass] >= min && c->point[c->mass] <= max)
        return MUTAU_OK;
    return mutau_error_set(err, MUTAU_EDOM, "beyond the inputs of %s, %g to %g MeV", c->type->name,
                           min, max);
}

mutau_status mutau_limit_quantiles(const mutau_term_type *type, const void *state,
                                   const mutau_parameter_set *set, const double point[], size_t n,
                                   const double share[], double g_prime[], double *error,
                                   mutau_error *err)
{
    curve c = {.type = type, .state = state};
    double largest = 0.0;
    size_t boson;
    MUTAU_CHECK(mutau_term_find_boson(set, &boson, err));
    c.mass = boson + MUTAU_MEDIATOR_MASS;
    c.coupling = boson + MUTAU_MEDIATOR_COUPLING;
    memcpy(c.point, point, set->n * sizeof *point);
    for (size_t i = 0; i < n; i++)
        if (!(share[i] > 0.0 && share[i] < 1.0))
            return mutau_error_set(err, MUTAU_EDOM, "a share of %g is not within 0 and 1",
                                   share[i]);
    MUTAU_CHECK(check_mass(&c, err));
    MUTAU_CHECK(find_range(&c, err));
    MUTAU_CHECK(fill_rule(&c, err));
    quantiles(&c, N_PANEL, n, share, g_prime);
    for (size_t i = 0; i < n; i++) {
        double coarse;
        quantiles(&c, N_PANEL / 2, 1, &share[i], &coarse);
        largest = fmax(largest, fabs(coarse / g_prime[i] - 1.0));
    }
    if (error != NULL)
        *error = largest;
    if (!(largest <= accepted_error))
        return mutau_error_set(err, MUTAU_ENUMERIC,
                               "the limit of %s at %g MeV is only good to %.1e", type->name,
                               c.point[c.mass], largest);
    return MUTAU_OK;
}
