/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The posterior of a run by brute force, without a sampler: writes quantiles of every
 * parameter, means and ln Z as CSV.
 *
 *     grid_posterior 4 RUN.yaml... > grid_posterior.csv
 *
 * The flux is linear in A and the likelihood Gaussian, so that chi^2 is a parabola in A whose
 * integral over a flat prior is closed.  The other parameters, log10 m, log10 g' and gamma with
 * flat priors in these coordinates, are nodes of a grid with the trapezoidal rule, DENSITY
 * (default 4) times 80 x 50 x 16 steps.  Column `error` is the difference from the grid with
 * every second node, of which the true error is about a third.  A run with fixed parameters has
 * fewer dimensions.  The likelihood is the library's: what is tested with this is the sampling.
 *
 * ln_z,power_law is ln Z of the same data and terms without a Z', at g' = 0, where neither the
 * mass nor its prior matters: the same sum over A and gamma alone. */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../model_order.h"

#include "base/interp.h"
#include "posterior/posterior.h"
#include "posterior/run_settings.h"

enum { N_AXIS = 3, N_A = 240, MAX_NODE = 4096, MAX_POINT = 64, N_QUANTILE = 9 };
enum { FINE, COARSE, N_GRID };

static const size_t axis_id[N_AXIS] = {AT_MASS, AT_COUPLING, AT_GAMMA};
static const size_t axis_steps[N_AXIS] = {80, 50, 16};
static const double quantiles[N_QUANTILE] = {0.025, 0.05, 0.16, 0.25, 0.5, 0.75, 0.84, 0.95, 0.975};

/* Nodes of less than e to this power of the largest are left out. */
static const double negligible = -40.0;

typedef struct axis {
    const mutau_parameter *parameter;
    size_t n; /* nodes; 1 if it is fixed */
    double step;
    double marginal[N_GRID][MAX_NODE];
} axis;

typedef struct grid {
    const char *name;
    mutau_run_settings *settings;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
    axis axes[N_AXIS];
    const mutau_parameter *amplitude;
    bool a_is_free;
    bool power_law;                  /* at g' = 0: no axes of m and g' */
    double ln_prior;                 /* constant over the grid */
    double top;                      /* about the largest ln of what is summed */
    double below_a[N_GRID][N_A + 1]; /* the weight below each A */
    double a_moments[N_GRID][2];
    double total[N_GRID];
} grid;

static int fail(const char *text)
{
    (void)fprintf(stderr, "grid_posterior: %s\n", text);
    return 2;
}

static double stored(const axis *a, size_t i)
{
    return a->n == 1 ? a->parameter->lo : a->parameter->lo + (double)i * a->step;
}

static double trapezoid(const axis *a, size_t i, int which)
{
    const size_t stride = which == COARSE && a->n > 1 ? 2 : 1;
    if (a->n == 1)
        return 1.0;
    if (i % stride != 0)
        return 0.0;
    return (i == 0 || i + 1 == a->n ? 0.5 : 1.0) * (double)stride * a->step;
}

static bool is_flat(const mutau_parameter *p)
{
    return p->prior == MUTAU_PRIOR_UNIFORM || p->prior == MUTAU_PRIOR_LOG_UNIFORM;
}

static int set_up(grid *g, size_t density)
{
    const mutau_run_settings *s = g->settings;
    g->amplitude = &s->parameters[AT_A];
    g->a_is_free = g->amplitude->prior != MUTAU_PRIOR_FIXED;
    if (s->parameters[AT_SUM_MNU].prior != MUTAU_PRIOR_FIXED)
        return fail("sum_mnu must be fixed");
    if (g->a_is_free &&
        (g->amplitude->prior != MUTAU_PRIOR_UNIFORM || s->likelihood != MUTAU_LIKELIHOOD_GAUSSIAN ||
         s->errors == MUTAU_ERRORS_SPLIT))
        return fail("A needs a uniform prior and a Gaussian likelihood without split errors");
    g->ln_prior = g->a_is_free ? g->amplitude->ln_norm : 0.0;
    for (size_t k = 0; k < N_AXIS; k++) {
        axis *a = &g->axes[k];
        a->parameter = &s->parameters[axis_id[k]];
        a->n = 1;
        if (a->parameter->prior == MUTAU_PRIOR_FIXED || (g->power_law && axis_id[k] != AT_GAMMA))
            continue;
        if (!is_flat(a->parameter))
            return fail("only flat priors");
        a->n = density * axis_steps[k] + 1;
        a->step = (a->parameter->hi - a->parameter->lo) / (double)(a->n - 1);
        g->ln_prior += mutau_parameter_ln_prior(a->parameter, stored(a, a->n / 2));
    }
    return 0;
}

/* ln of the integral over A at a node, and the Gaussian in A that is integrated. */
typedef struct node {
    double ln_sum;
    double bound;    /* of ln_sum at these m and g', whatever gamma: chi^2 = 0 */
    double mean, sd; /* of A, before its prior cuts it */
} node;

static double normal_below(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

/* The parabola in A through three amplitudes, one of them none at all. */
static node integrate_a(const grid *g, const mutau_posterior_point *at)
{
    const mutau_flux_likelihood *data = mutau_posterior_data(g->posterior);
    const double *unit = mutau_posterior_predicted(g->ws); /* of A = 1 */
    const double rest = at->ln_likelihood - at->ln_flux;
    double chi2[3], scaled[MAX_POINT];
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < mutau_flux_likelihood_count(data); i++)
            scaled[i] = k * unit[i];
        chi2[k] = mutau_flux_likelihood_chi2(data, scaled);
    }
    const double square = 0.5 * (chi2[2] - 2.0 * chi2[1] + chi2[0]);
    const double mean = (square - (chi2[1] - chi2[0])) / (2.0 * square);
    const double least = chi2[0] - square * mean * mean, sd = 1.0 / sqrt(square);
    const double share =
        normal_below((g->amplitude->hi - mean) / sd) - normal_below((g->amplitude->lo - mean) / sd);
    return (node){.ln_sum = rest - 0.5 * least + log(sd * sqrt(2.0 * acos(-1.0)) * share),
                  .bound = rest + log(g->amplitude->hi - g->amplitude->lo),
                  .mean = mean,
                  .sd = sd};
}

static int eval_node(const grid *g, const size_t i[N_AXIS], node *out)
{
    mutau_posterior_point at;
    mutau_error err = {0};
    double natural[N_PARAMETER];
    for (size_t id = 0; id < N_PARAMETER; id++)
        natural[id] = g->settings->parameters[id].value;
    for (size_t k = 0; k < N_AXIS; k++)
        if (g->axes[k].n > 1)
            natural[axis_id[k]] =
                mutau_parameter_natural(g->axes[k].parameter, stored(&g->axes[k], i[k]));
    if (g->a_is_free)
        natural[AT_A] = 1.0;
    if (g->power_law) {
        natural[AT_MASS] = 1.0;
        natural[AT_COUPLING] = 0.0;
    }
    if (mutau_posterior_eval(g->posterior, g->ws, natural, &at, &err) != MUTAU_OK)
        return fail(err.text);
    *out = g->a_is_free
               ? integrate_a(g, &at)
               : (node){.ln_sum = at.ln_likelihood, .bound = at.ln_likelihood - at.ln_flux};
    return 0;
}

static void add_a(grid *g, int which, const node *at, double weight)
{
    const mutau_parameter *p = g->amplitude;
    const double z_lo = (p->lo - at->mean) / at->sd, z_hi = (p->hi - at->mean) / at->sd;
    const double first = normal_below(z_lo), share = normal_below(z_hi) - first;
    const double d_lo = exp(-0.5 * z_lo * z_lo), d_hi = exp(-0.5 * z_hi * z_hi);
    const double scale = sqrt(2.0 * acos(-1.0)) * share;
    const double mean = at->mean + at->sd * (d_lo - d_hi) / scale;
    const double square = at->mean * at->mean +
                          at->sd * at->sd * (1.0 + (z_lo * d_lo - z_hi * d_hi) / scale) +
                          2.0 * at->mean * (mean - at->mean);
    g->a_moments[which][0] += weight * mean;
    g->a_moments[which][1] += weight * square;
    for (int k = 0; k <= N_A; k++) {
        const double x = p->lo + (p->hi - p->lo) * k / N_A;
        g->below_a[which][k] += weight * (normal_below((x - at->mean) / at->sd) - first) / share;
    }
}

static void add_node(grid *g, const size_t i[N_AXIS], const node *at)
{
    for (int which = FINE; which < N_GRID; which++) {
        double weight = exp(at->ln_sum - g->top);
        double line[N_AXIS];
        for (size_t k = 0; k < N_AXIS; k++)
            weight *= line[k] = trapezoid(&g->axes[k], i[k], which);
        if (!(weight > 0.0))
            continue;
        g->total[which] += weight;
        for (size_t k = 0; k < N_AXIS; k++)
            g->axes[k].marginal[which][i[k]] += weight / line[k];
        if (g->a_is_free)
            add_a(g, which, at, weight);
    }
}

/* Visits every `stride`-th node: the first time to find the top, then to add them up. */
static int visit(grid *g, size_t stride, bool add)
{
    size_t i[N_AXIS];
    for (i[0] = 0; i[0] < g->axes[0].n; i[0] += stride)
        for (i[1] = 0; i[1] < g->axes[1].n; i[1] += stride)
            for (i[2] = 0; i[2] < g->axes[2].n; i[2] += stride) {
                node at;
                if (eval_node(g, i, &at) != 0)
                    return 2;
                if (!add)
                    g->top = fmax(g->top, at.ln_sum);
                else if (at.ln_sum - g->top > negligible)
                    add_node(g, i, &at);
                if (add && at.bound - g->top < negligible)
                    break;
            }
    return 0;
}

/* The quantile of a density given at nodes: a spline through them, straight over a tenth of a
 * step. */
static double axis_quantile(const axis *a, int which, double p)
{
    enum { N_PART = 10 };
    static double x[MAX_NODE], y[MAX_NODE], below[MAX_NODE * N_PART];
    const size_t stride = which == COARSE ? 2 : 1, n = (a->n - 1) / stride + 1;
    const double h = a->step * (double)stride / N_PART;
    mutau_interp *spline = NULL;
    mutau_error err = {0};
    for (size_t i = 0; i < n; i++) {
        x[i] = stored(a, i * stride);
        y[i] = a->marginal[which][i * stride];
    }
    if (mutau_interp_alloc(MUTAU_INTERP_CUBIC, n, x, y, &spline, &err) != MUTAU_OK)
        return (double)NAN;
    const size_t n_part = (n - 1) * N_PART;
    double last = y[0];
    for (size_t i = 1; i <= n_part; i++) {
        const double here = mutau_interp_eval(spline, fmin(x[0] + h * (double)i, x[n - 1]));
        below[i] = below[i - 1] + 0.5 * h * (last + here);
        last = here;
    }
    mutau_interp_free(spline);
    size_t i = 0;
    while (i + 1 < n_part && below[i + 1] < p * below[n_part])
        i++;
    return x[0] + h * ((double)i + (p * below[n_part] - below[i]) / (below[i + 1] - below[i]));
}

/* The quantile of A: Lagrange's polynomial of A through four of the shares. */
static double a_quantile(const grid *g, int which, double p)
{
    const double *below = g->below_a[which], want = p * g->total[which];
    int k = 1;
    while (k < N_A - 2 && below[k + 1] < want)
        k++;
    double x = 0.0;
    for (int i = k - 1; i <= k + 2; i++) {
        double term = g->amplitude->lo + (g->amplitude->hi - g->amplitude->lo) * i / N_A;
        for (int j = k - 1; j <= k + 2; j++)
            if (j != i)
                term *= (want - below[j]) / (below[i] - below[j]);
        x += term;
    }
    return x;
}

static void axis_moments(const axis *a, int which, double moments[2])
{
    double sum[3] = {0.0};
    for (size_t i = 0; i < a->n; i++) {
        const double w = trapezoid(a, i, which) * a->marginal[which][i], x = stored(a, i);
        sum[0] += w;
        sum[1] += w * x;
        sum[2] += w * x * x;
    }
    moments[0] = sum[1] / sum[0];
    moments[1] = sqrt(sum[2] / sum[0] - moments[0] * moments[0]);
}

static void print(const grid *g, const char *name, const char *what, const double value[N_GRID])
{
    (void)printf("%s,%s,%s,%.8g,%.1e\n", g->name, name, what, value[FINE],
                 fabs(value[FINE] - value[COARSE]));
}

static void print_parameter(const grid *g, const mutau_parameter *p, const axis *a)
{
    const char *name = p->stored_name;
    double moments[N_GRID][2], value[N_GRID];
    for (int which = FINE; which < N_GRID; which++) {
        if (a != NULL) {
            axis_moments(a, which, moments[which]);
            continue;
        }
        const double mean = g->a_moments[which][0] / g->total[which];
        moments[which][0] = mean;
        moments[which][1] = sqrt(g->a_moments[which][1] / g->total[which] - mean * mean);
    }
    print(g, name, "mean", (double[]){moments[FINE][0], moments[COARSE][0]});
    print(g, name, "sd", (double[]){moments[FINE][1], moments[COARSE][1]});
    for (size_t i = 0; i < N_QUANTILE; i++) {
        char what[16];
        (void)snprintf(what, sizeof what, "%g", quantiles[i]);
        for (int which = FINE; which < N_GRID; which++)
            value[which] = a != NULL ? axis_quantile(a, which, quantiles[i])
                                     : a_quantile(g, which, quantiles[i]);
        print(g, name, what, value);
    }
}

static void report_ln_z(const grid *g)
{
    double ln_z[N_GRID];
    for (int which = FINE; which < N_GRID; which++)
        ln_z[which] = log(g->total[which]) + g->top + g->ln_prior;
    print(g, "ln_z", g->power_law ? "power_law" : "value", ln_z);
}

static void report_parameters(const grid *g)
{
    for (size_t id = 0; id < N_PARAMETER; id++) {
        if (id == AT_A && g->a_is_free)
            print_parameter(g, g->amplitude, NULL);
        for (size_t k = 0; k < N_AXIS; k++)
            if (axis_id[k] == id && g->axes[k].n > 1)
                print_parameter(g, g->axes[k].parameter, &g->axes[k]);
    }
}

static int open_run(grid *g, const char *path)
{
    mutau_error err = {0};
    const char *const cold = "model.targets=cold"; /* the line is fast enough for so many points */
    mutau_status status = mutau_run_settings_read(path, 1, &cold, &g->settings, &err);
    if (status == MUTAU_OK)
        status = mutau_posterior_alloc(g->settings, &g->posterior, &err);
    if (status == MUTAU_OK)
        status = mutau_posterior_workspace_alloc(g->posterior, &g->ws);
    return status == MUTAU_OK ? 0 : fail(err.text);
}

static int run_one(const char *path, size_t density, bool power_law)
{
    static grid g; /* static: its marginals are large */
    char name[64];
    memset(&g, 0, sizeof g);
    g.top = -INFINITY;
    g.power_law = power_law;
    const char *slash = strrchr(path, '/');
    (void)snprintf(name, sizeof name, "%s", slash != NULL ? slash + 1 : path);
    name[strcspn(name, ".")] = '\0';
    g.name = name;
    int code = open_run(&g, path);
    if (code == 0)
        code = set_up(&g, density);
    if (code == 0)
        code = visit(&g, density, false);
    if (code == 0)
        code = visit(&g, 1, true);
    if (code == 0)
        report_ln_z(&g);
    if (code == 0 && !power_law)
        report_parameters(&g);
    mutau_posterior_workspace_free(g.ws);
    mutau_posterior_free(g.posterior);
    mutau_run_settings_free(g.settings);
    return code;
}

int main(int argc, char *argv[])
{
    const long density = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
    if (density < 2 || density > 40 || density % 2 != 0)
        return fail("usage: grid_posterior DENSITY RUN.yaml..., an even DENSITY from 2 to 40");
    (void)printf(
        "# Posteriors by brute force: grid_posterior.c says how; written by\n"
        "#   grid_posterior %ld RUN.yaml...\n"
        "# quantity: ln_z or a parameter as it is stored; what: a quantile, mean, sd, or value;\n"
        "# of ln_z also power_law, that of the data and terms without a Z'\n"
        "# error: the difference from the grid of half the density\n"
        "run,quantity,what,value,error\n",
        density);
    for (int i = 2; i < argc; i++) {
        int code = run_one(argv[i], (size_t)density, true);
        if (code == 0)
            code = run_one(argv[i], (size_t)density, false);
        if (code != 0)
            return code;
    }
    return 0;
}
