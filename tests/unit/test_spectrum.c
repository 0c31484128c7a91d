/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spectra: shapes and integrals of each against closed forms and quadrature, what arrives at
 * Earth, and what every row of the table must have. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "fail_alloc.h"
#include "physics/flux.h"
#include "physics/injection.h"
#include "physics/spectrum.h"
#include "store/table.h"

static double ln_ratio(double energy)
{
    return log(energy / MUTAU_SPECTRUM_PIVOT_GEV);
}

static double integral(const mutau_spectrum_type *type, const double p[], double lo, double hi)
{
    return type->integral(p, lo, ln_ratio(lo), log(hi / lo));
}

static mutau_source_grid sources(void)
{
    mutau_source_grid grid;
    mutau_error err = {0};
    CHECK_OK(mutau_source_grid_init(0.308, (mutau_evolution){.kind = MUTAU_EVOLUTION_YUKSEL2008},
                                    5.0, &grid, &err),
             err);
    return grid;
}

static const mutau_spectrum_type *spectrum_of(const char *name)
{
    int t = 0;
    while (strcmp(mutau_spectrum_types[t]->name, name) != 0)
        t++;
    return mutau_spectrum_types[t];
}

/* Those of tests/reference/table_spectrum.py. */
enum { N_FINE = 121 };
static const double coarse_energy[] = {2e3, 2e4, 1.3e5, 6e5, 9e5, 4e6, 3e8},
                    coarse_flux[] = {5.0, 9.0, 0.1, 3e-4, 2.9e-4, 1e-7, 1e-11};
static const mutau_spectrum_table coarse_table = {7, coarse_energy, coarse_flux};

static double *numbers_of(const mutau_spectrum_table *table)
{
    double *p = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_spectrum_by_table.tabulate(table, &p, &err), err);
    return p;
}

static double *fine_numbers(void)
{
    double energy[N_FINE], flux[N_FINE];
    for (int k = 0; k < N_FINE; k++) {
        const double x = 7.0 * (k - 40) / 60.0;
        energy[k] = 1e5 * exp(x);
        flux[k] = exp(-2.3 * x + 0.4 * sin(2.0 * x));
    }
    return numbers_of(&(mutau_spectrum_table){N_FINE, energy, flux});
}

/* Values that a fit might find: every type of the table has some. */
static const double *typical(const mutau_spectrum_type *type)
{
    static const struct {
        const mutau_spectrum_type *type;
        double p[MUTAU_SPECTRUM_MAX_PARAMETERS];
    } values[] = {
        {&mutau_spectrum_power_law, {1.7, 2.4}},
        {&mutau_spectrum_log_parabola, {1.7, 2.4, 0.2}},
        {&mutau_spectrum_broken_power_law, {1.7, 1.6, 2.8, 2.5e5}},
        {&mutau_spectrum_cutoff, {1.7, 2.2, 8e5}},
        {&mutau_spectrum_two_component, {1.7, 2.7, 3e5, 0.3, 1.9}},
        {&mutau_spectrum_bump, {1.7, 2.6, 0.7, 4e5, 0.4}},
    };
    /* p[] of a table of three rows, as spectrum_table.c has it */
    static const double of_table[] = {1.0, 3.0, -2.0, 1.0, 3.0, 4.0, -1.5, -6.5, -11.0 / 6.0, -2.5};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (values[i].type == type)
            return values[i].p;
    if (type == &mutau_spectrum_by_table)
        return of_table;
    fail_msg("no typical values of %s", type->name);
    return NULL;
}

static double free_bin(const mutau_spectrum_type *type, const mutau_source_grid *grid,
                       const double p[], double scale, double e_lo, double x_lo, double width)
{
    double n;
    mutau_spectrum_free_bins(type, grid, p, scale, 1, &e_lo, &x_lo, &width, &n);
    return n;
}

/* ---- the power law ------------------------------------------------------- */

static double power_shape(double gamma, double energy)
{
    return mutau_spectrum_power_law.shape((double[]){1.0, gamma}, ln_ratio(energy));
}

static double power_integral(double gamma, double lo, double hi)
{
    return integral(&mutau_spectrum_power_law, (double[]){1.0, gamma}, lo, hi);
}

static void shape_is_a_power(void **state)
{
    (void)state;
    CHECK_REL(power_shape(2.6, 1e5), 1.0, 0.0);
    CHECK_REL(power_shape(2.6, 2.385e7), pow(238.5, -2.6), 1e-14);
    CHECK_REL(power_shape(-1.3, 2.385e3), pow(2.385e-2, 1.3), 1e-14);
}

static void integral_closed_form(void **state)
{
    (void)state;
    const double lo = 1.7e4, hi = 2.385e6;
    const double gammas[] = {-2.0, 0.0, 0.5, 2.0, 2.6, 3.5};
    for (size_t i = 0; i < sizeof gammas / sizeof gammas[0]; i++) {
        const double p = 1.0 - gammas[i];
        CHECK_REL(power_integral(gammas[i], lo, hi),
                  1e5 / p * (pow(hi / 1e5, p) - pow(lo / 1e5, p)), 1e-13);
    }
}

/* At gamma = 1 the integral is E0 ln(hi/lo); next to it the first correction is
 * (1-gamma) (ln^2(hi/E0) - ln^2(lo/E0))/2. */
static void integral_at_gamma_one(void **state)
{
    (void)state;
    const double lo = 1.7e4, hi = 2.385e6, a = log(lo / 1e5), b = log(hi / 1e5);
    CHECK_REL(power_integral(1.0, lo, hi), 1e5 * (b - a), 1e-15);
    for (double d = 1e-7; d > 1e-17; d *= 0.1) {
        const double want = 1e5 * ((b - a) + 0.5 * d * (b * b - a * a));
        CHECK_REL(power_integral(1.0 - d, lo, hi), want, 1e-13);
    }
}

/* The mean over the sources of a power law is the power law: what holds for every spectrum gives
 * for this one what it does in closed form. */
static void a_power_law_arrives_as_it_was(void **state)
{
    (void)state;
    const mutau_source_grid grid = sources();
    for (double gamma = -2.0; gamma < 6.0; gamma += 0.5) {
        const double p[] = {1.0, gamma};
        double at[MUTAU_SOURCE_N_RULE], s[MUTAU_SOURCE_N_RULE], sum = 0.0, scale = 0.0;
        mutau_spectrum_power_law.along(p, 0.0, MUTAU_SOURCE_N_RULE, grid.rule_u, s);
        mutau_spectrum_power_law.along(p, 4.1, MUTAU_SOURCE_N_RULE, grid.rule_u, at);
        for (int k = 0; k < MUTAU_SOURCE_N_RULE; k++) {
            sum += grid.rule_weight[k] * at[k];
            scale += grid.rule_weight[k] * s[k];
        }
        CHECK_REL(sum / scale, exp(-4.1 * gamma), 1e-13);
        CHECK_REL(mutau_spectrum_free(&mutau_spectrum_power_law, &grid, p, 1.0, 1e5 * exp(4.1)),
                  exp(-4.1 * gamma), 1e-13);
    }
}

/* e^(gamma u) G(u): 1 at the nearest source, 0 at the farthest, and the rule's share between. */
static void the_share_beyond_a_node(void **state)
{
    (void)state;
    const mutau_source_grid grid = sources();
    for (double gamma = 1.0; gamma < 4.0; gamma += 0.5) {
        double share[MUTAU_SOURCE_N_NODE];
        mutau_spectrum_power_law.share((double[]){1.0, gamma}, &grid, share);
        CHECK_REL(share[MUTAU_SOURCE_ZERO], 1.0, 1e-14);
        CHECK_ABS(share[MUTAU_SOURCE_TOP], 0.0, 0.0);
        double mean = 0.0; /* int_0 G du = the mean of u over the sources: by parts */
        for (int n = MUTAU_SOURCE_ZERO; n <= MUTAU_SOURCE_TOP; n++) {
            const double u = grid.step * (n - MUTAU_SOURCE_ZERO);
            const double end = n == MUTAU_SOURCE_ZERO || n == MUTAU_SOURCE_TOP ? 0.5 : 1.0;
            mean += end * grid.step * share[n] * exp(-gamma * u);
        }
        double sum = 0.0, norm = 0.0;
        for (int k = 0; k < MUTAU_SOURCE_N_RULE; k++) {
            const double weight = grid.rule_weight[k] * exp(-gamma * grid.rule_u[k]);
            sum += weight * grid.rule_u[k];
            norm += weight;
        }
        CHECK_REL(mean, sum / norm, 2e-4); /* the trapezoid's error */
    }
}

/* ---- the log-parabola ---------------------------------------------------- */

enum { N_ROW = 546 };

typedef struct golden {
    double alpha[N_ROW], beta[N_ROW], lo[N_ROW], hi[N_ROW], source[N_ROW], earth[N_ROW];
} golden;

/* tests/reference/log_parabola.py: mpmath and long doubles. */
static void golden_read(golden *t)
{
    mutau_table *table = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/log_parabola.csv", &table, &err),
             err);
    assert_int_equal(mutau_table_rows(table), N_ROW);
    CHECK_OK(mutau_table_real(table, "alpha", t->alpha, &err), err);
    CHECK_OK(mutau_table_real(table, "beta", t->beta, &err), err);
    CHECK_OK(mutau_table_real(table, "e_lo_gev", t->lo, &err), err);
    CHECK_OK(mutau_table_real(table, "e_hi_gev", t->hi, &err), err);
    CHECK_OK(mutau_table_real(table, "source", t->source, &err), err);
    CHECK_OK(mutau_table_real(table, "earth", t->earth, &err), err);
    mutau_table_free(table);
}

static void bins_of_the_log_parabola(void **state)
{
    (void)state;
    static golden t;
    golden_read(&t);
    for (size_t i = 0; i < N_ROW; i++) {
        const double p[] = {1.0, t.alpha[i], t.beta[i]};
        CHECK_REL(integral(&mutau_spectrum_log_parabola, p, t.lo[i], t.hi[i]), t.source[i], 1e-11);
    }
}

static void arriving_bins_of_the_log_parabola(void **state)
{
    (void)state;
    static golden t;
    golden_read(&t);
    const mutau_source_grid grid = sources();
    const mutau_spectrum_type *type = &mutau_spectrum_log_parabola;
    for (size_t i = 0; i < N_ROW; i += (size_t)check_stride(7)) {
        const double p[] = {1.0, t.alpha[i], t.beta[i]};
        const double scale = mutau_spectrum_scale(type, &grid, p);
        const double x = ln_ratio(t.lo[i]), width = log(t.hi[i] / t.lo[i]);
        CHECK_REL(free_bin(type, &grid, p, scale, t.lo[i], x, width), t.earth[i], 1e-10);
        /* by prepared weights, where the index stays below 8, or below 12 */
        double by_weights, scratch[4096];
        mutau_injection *injection = NULL;
        mutau_error err = {0};
        CHECK_OK(mutau_injection_alloc(&grid, 1, &x, &width, &injection, &err), err);
        assert_true(mutau_injection_scratch(injection) <= 4096);
        mutau_injection_bins(injection, type, p, scratch, &by_weights);
        mutau_injection_free(injection);
        if (fabs(t.beta[i]) < 1.5)
            CHECK_REL(scale * by_weights, t.earth[i], fabs(t.beta[i]) < 0.6 ? 1e-8 : 1e-6);
    }
}

/* Without curvature it is the power law, and it goes over into it smoothly: the difference is in
 * proportion to beta, through all the ways in which the integral is taken. */
static void goes_over_into_the_power_law(void **state)
{
    (void)state;
    const mutau_source_grid grid = sources();
    const mutau_spectrum_type *type = &mutau_spectrum_log_parabola;
    const double edges[][2] = {{1e4, 2.15e4}, {1.04e5, 7.21e5}, {1e3, 1e8}};
    for (size_t k = 0; k < 3; k++)
        for (double gamma = 0.0; gamma < 5.1; gamma += 0.25) {
            const double lo = edges[k][0], hi = edges[k][1], want = power_integral(gamma, lo, hi);
            double p[] = {1.0, gamma, 0.0};
            CHECK_REL(integral(type, p, lo, hi), want, 1e-13);
            const double scale = mutau_spectrum_scale(type, &grid, p);
            CHECK_REL(mutau_spectrum_free(type, &grid, p, scale, lo), power_shape(gamma, lo),
                      1e-13);
            CHECK_REL(free_bin(type, &grid, p, scale, lo, ln_ratio(lo), log(hi / lo)), want, 1e-12);
            for (double beta = 1e-4; beta > 1e-19; beta *= 0.1)
                for (int sign = -1; sign <= 1; sign += 2) {
                    p[2] = sign * beta;
                    CHECK_REL(integral(type, p, lo, hi), want, 50.0 * beta + 1e-12);
                }
        }
}

/* S(100 TeV) = 1, the index there is alpha, and grows by 2 beta in a decade. */
static void shape_of_the_log_parabola(void **state)
{
    (void)state;
    const mutau_spectrum_type *type = &mutau_spectrum_log_parabola;
    const double p[] = {1.0, 2.6, 0.3};
    CHECK_REL(type->shape(p, 0.0), 1.0, 0.0);
    CHECK_REL(type->shape(p, ln_ratio(1e7)), pow(100.0, -2.6 - 0.3 * 2.0), 1e-14);
    CHECK_REL(type->shape(p, ln_ratio(1e4)), pow(0.1, -2.6 + 0.3), 1e-14);
    const double h = 1e-4, decade = log(10.0);
    for (double x = -2.0; x < 2.1; x += 1.0) {
        const double at = x * decade;
        const double index = -log(type->shape(p, at + h) / type->shape(p, at - h)) / (2.0 * h);
        CHECK_REL(index, 2.6 + 0.6 * x, 1e-9);
    }
}

/* About another pivot: the index is alpha there, and what arrives is the parabola in closed form,
 * over its mean at 100 TeV. */
static void another_pivot(void **state)
{
    (void)state;
    const mutau_source_grid grid = sources();
    const mutau_spectrum_type *type = &mutau_spectrum_log_parabola;
    const double natural[] = {1.7, 2.6, 0.3}, energies[] = {1e4, 3e5, 2e6};
    const double pivots[] = {1.0, 3e4, 1e5, 2e6, 1e12};
    for (size_t i = 0; i < sizeof pivots / sizeof pivots[0]; i++) {
        mutau_spectrum_settings options = {0};
        double p[MUTAU_SPECTRUM_MAX_PARAMETERS];
        memcpy(options.bytes, &(mutau_log_parabola_settings){pivots[i]},
               sizeof(mutau_log_parabola_settings));
        mutau_spectrum_resolve(type, &options, natural, p);
        CHECK_REL(p[0], 1.7, 0.0);
        const double h = 1e-4, at = ln_ratio(pivots[i]);
        CHECK_REL(-log(type->shape(p, at + h) / type->shape(p, at - h)) / (2.0 * h), 2.6, 1e-9);
        const double scale = mutau_spectrum_scale(type, &grid, p);
        for (size_t k = 0; k < sizeof energies / sizeof energies[0]; k++) {
            double sum[2] = {0.0, 0.0};
            for (int n = 0; n < MUTAU_SOURCE_N_RULE; n++)
                for (int j = 0; j < 2; j++) {
                    const double energy = (j == 0 ? energies[k] : 1e5) * exp(grid.rule_u[n]);
                    const double l = log10(energy / pivots[i]);
                    /* 1e5 / pivot in front, that both sums are numbers */
                    const double l0 = log10(1e5 / pivots[i]);
                    sum[j] += grid.rule_weight[n] *
                              pow(10.0, l0 * (2.6 + 0.3 * l0) - l * (2.6 + 0.3 * l));
                }
            CHECK_REL(mutau_spectrum_free(type, &grid, p, scale, energies[k]), sum[0] / sum[1],
                      1e-12);
        }
    }
}

/* Options that are not given are the default, to the last bit; without options nothing changes. */
static void the_usual_pivot(void **state)
{
    (void)state;
    const double natural[] = {1.7, 2.6, 0.3};
    const mutau_log_parabola_settings given = {MUTAU_SPECTRUM_PIVOT_GEV};
    mutau_spectrum_settings options = {0};
    double p[MUTAU_SPECTRUM_MAX_PARAMETERS];
    for (int i = 0; i < 2; i++) {
        for (int t = 0; t < 2; t++) {
            memset(p, 0, sizeof p);
            mutau_spectrum_resolve(mutau_spectrum_types[t], &options, natural, p);
            assert_memory_equal(p, natural, mutau_spectrum_types[t]->n_parameter * sizeof *p);
        }
        memcpy(options.bytes, &given, sizeof given);
    }
}

/* Beyond the range of doubles it is 0, infinite or NaN, and never an abort. */
static void far_beyond(void **state)
{
    (void)state;
    const double values[] = {-(double)INFINITY, -1e300,     -1e10, -1e3, 0.0, 1e3, 1e10, 1e300,
                             (double)INFINITY,  (double)NAN};
    for (size_t a = 0; a < 10; a++)
        for (size_t b = 0; b < 10; b++) {
            const double p[] = {1.0, values[a], values[b]};
            const double n = integral(&mutau_spectrum_log_parabola, p, 1e4, 2e4);
            assert_false(n < 0.0);
        }
    const double steep[] = {1.0, 40.0, 20.0};
    const double n = integral(&mutau_spectrum_log_parabola, steep, 1e6, 2e6);
    assert_true(n > 0.0 && isfinite(n));
}

/* ---- the table ----------------------------------------------------------- */

static void check_rows(const mutau_spectrum_type *type)
{
    mutau_parameter_set set = {0};
    assert_true(type->n_parameter >= 1 && type->n_parameter <= MUTAU_SPECTRUM_MAX_PARAMETERS);
    assert_true(mutau_parameter_set_add(&set, type->n_parameter, type->parameters));
    assert_string_equal(type->parameters[0].name, "A");
    assert_true(type->settings_size <= MUTAU_SPECTRUM_MAX_SETTINGS);
    assert_int_equal(type->n_option > 0, type->settings_size > 0);
    for (size_t i = 0; i < type->n_parameter; i++) {
        assert_true(strlen(type->parameters[i].doc) > 0);
        assert_true(strlen(type->parameters[i].latex) > 0);
        assert_true(strlen(type->parameters[i].default_prior) > 0);
    }
}

/* ---- break, cutoff, two components, bump ----------------------------------- */

/* tests/reference/spectra.py: long doubles.  What arrives also by the quadrature that is prepared
 * for bins, as the line solver has it. */
static void bins_of_the_others(void **state)
{
    (void)state;
    enum { ROWS = 119 };
    double p[ROWS][MUTAU_SPECTRUM_MAX_PARAMETERS] = {{0}}, column[ROWS], lo[ROWS], hi[ROWS];
    double source[ROWS], earth[ROWS];
    mutau_table *table = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/spectra.csv", &table, &err), err);
    const size_t n = mutau_table_rows(table);
    assert_int_equal(n, 110);
    static const char *const names[] = {"p1", "p2", "p3", "p4"};
    for (size_t k = 0; k < 4; k++) {
        CHECK_OK(mutau_table_real(table, names[k], column, &err), err);
        for (size_t i = 0; i < n; i++)
            p[i][k + 1] = column[i];
    }
    CHECK_OK(mutau_table_real(table, "e_lo_gev", lo, &err), err);
    CHECK_OK(mutau_table_real(table, "e_hi_gev", hi, &err), err);
    CHECK_OK(mutau_table_real(table, "source", source, &err), err);
    CHECK_OK(mutau_table_real(table, "earth", earth, &err), err);
    const mutau_source_grid grid = sources();
    for (size_t i = 0; i < n; i += (size_t)check_stride(5)) {
        const mutau_spectrum_type *type = spectrum_of(mutau_table_text(table, "spectrum", i));
        const double x = ln_ratio(lo[i]), width = log(hi[i] / lo[i]);
        const double scale = mutau_spectrum_scale(type, &grid, p[i]);
        CHECK_REL(integral(type, p[i], lo[i], hi[i]), source[i], 1e-11);
        CHECK_REL(free_bin(type, &grid, p[i], scale, lo[i], x, width), earth[i], 1e-8);
        if (type->beyond != NULL)
            continue;
        double by_weights, scratch[4096];
        mutau_injection *injection = NULL;
        CHECK_OK(mutau_injection_alloc(&grid, 1, &x, &width, &injection, &err), err);
        assert_true(mutau_injection_scratch(injection) <= 4096);
        mutau_injection_bins(injection, type, p[i], scratch, &by_weights);
        /* far above a cutoff S falls faster than any power */
        const bool is_gone = !(earth[i] > 1e-4 * power_integral(p[i][1], lo[i], hi[i]));
        CHECK_REL(scale * by_weights, earth[i], is_gone ? 1e-2 : 1e-8);
        mutau_injection_free(injection);
    }
    mutau_table_free(table);
}

/* What is injected beyond a node, by trapezoids over the history itself. */
static double plain_beyond(const mutau_spectrum_type *type, const double p[], double u, double x)
{
    enum { N = 20000 };
    const double top = log(6.0);
    double sum = 0.0, total = 0.0;
    for (int k = 0; k <= N; k++) {
        const double v = top * k / N, z1 = exp(v), end = k % N == 0 ? 0.5 : 1.0;
        const double w = end * z1 * mutau_cosmology_sources((mutau_evolution){0}, z1) /
                         mutau_cosmology_expansion(0.308, z1);
        total += w;
        sum += v < u ? 0.0 : w * type->shape(p, x + v - u);
    }
    return sum / total;
}

static void what_is_injected_beyond_a_node(void **state)
{
    (void)state;
    const mutau_source_grid grid = sources();
    mutau_injection *injection = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_injection_alloc(&grid, 0, NULL, NULL, &injection, &err), err);
    assert_int_equal(mutau_injection_scratch(injection), 0);
    for (int t = 1; mutau_spectrum_types[t] != NULL; t++) {
        const mutau_spectrum_type *type = mutau_spectrum_types[t];
        const double *p = typical(type), energies[] = {3e4, 1.7e5, 4e6};
        for (size_t e = 0; e < 3; e++) {
            double out[MUTAU_SOURCE_N_NODE];
            const double x = ln_ratio(energies[e]);
            if (type->beyond != NULL)
                type->beyond(p, &grid, x, out);
            else
                mutau_injection_beyond(injection, type, p, x, out);
            CHECK_REL(out[MUTAU_SOURCE_ZERO], mutau_spectrum_free(type, &grid, p, 1.0, energies[e]),
                      1e-7); /* five cutoffs up, where all falls faster than any power */
            CHECK_ABS(out[grid.top], 0.0, 0.0);
            for (int n = 0; n <= 60; n += 20)
                CHECK_REL(out[MUTAU_SOURCE_ZERO + n], plain_beyond(type, p, n * grid.step, x),
                          2e-4 * exp(0.05 * n)); /* the trapezoid's last step */
        }
    }
    mutau_injection_free(injection);
}

/* On both sides of the break the power law, in one piece there, and indices of 1 are nothing
 * special. */
static void a_break_and_its_sides(void **state)
{
    (void)state;
    const mutau_spectrum_type *type = &mutau_spectrum_broken_power_law;
    const double p[] = {1.0, 1.4, 2.9, 3e5};
    const mutau_source_grid grid = sources();
    CHECK_REL(type->shape(p, ln_ratio(3e5)), 1.0, 1e-14);
    CHECK_REL(type->shape(p, ln_ratio(3e4)), pow(10.0, 1.4), 1e-13);
    CHECK_REL(type->shape(p, ln_ratio(3e6)), pow(10.0, -2.9), 1e-13);
    for (double gamma = 0.0; gamma < 4.1; gamma += 0.5) {
        const double none[] = {1.0, gamma, gamma, 2e5};
        const double scale = mutau_spectrum_scale(type, &grid, none);
        CHECK_REL(free_bin(type, &grid, none, scale, 1e5, 0.0, 0.7),
                  power_integral(gamma, 1e5, 1e5 * exp(0.7)), 2e-8);
    }
    for (double d = 1e-3; d > 1e-13; d *= 0.1)
        for (int sign = -1; sign <= 1; sign += 2) {
            const double near[] = {1.0, 1.0 + sign * d, 2.5, 2e5}, at[] = {1.0, 1.0, 2.5, 2e5};
            CHECK_REL(free_bin(type, &grid, near, 1.0, 1e5, 0.0, 0.7),
                      free_bin(type, &grid, at, 1.0, 1e5, 0.0, 0.7), 2.0 * d + 2e-8);
        }
}

/* ---- at Earth --------------------------------------------------------------- */

static double seen(const mutau_flux_settings *model, const double p[])
{
    const mutau_derived *d = mutau_spectrum_at(model->source.spectrum)->derived;
    mutau_parameter_set set;
    double at[MUTAU_MAX_PARAMETERS] = {6.5, 0.0};
    void *state = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_flux_parameter_set(model, &set, &err), err);
    memcpy(at + MUTAU_MEDIATOR_N_PARAMETER, p,
           mutau_spectrum_at(model->source.spectrum)->n_parameter * sizeof *p);
    CHECK_OK(d->alloc(&set, model, &state, &err), err);
    const double value = pow(10.0, d->value(state, at));
    d->free(state);
    return value;
}

static mutau_flux_settings model_of(const char *name)
{
    int t = 0;
    while (strcmp(mutau_spectrum_types[t]->name, name) != 0)
        t++;
    return (mutau_flux_settings){
        .cosmology = {70.0, 0.308}, .source.z_max = 5.0, .source.spectrum = t};
}

static double arriving(const mutau_flux_settings *model, const mutau_source_grid *grid,
                       const double p[], double energy)
{
    return mutau_spectrum_free(mutau_spectrum_at(model->source.spectrum), grid, p, 1.0, energy);
}

/* The index of what arrives is halfway between the two. */
static void the_break_at_earth(void **state)
{
    (void)state;
    const mutau_flux_settings model = model_of("broken-power-law");
    const mutau_source_grid grid = sources();
    static const double points[][4] = {{1.0, 1.6, 2.8, 2.5e5},
                                       {1.0, 0.0, 4.5, 1e4},
                                       {1.0, 3.5, 1.8, 2e6},
                                       {1.0, 1.0, 2.7, 3e5},
                                       {1.0, -0.5, 2.0, 1e5}};
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const double *p = points[i], energy = seen(&model, p), h = 1e-4;
        assert_true(energy < p[3] && energy > p[3] / 6.0);
        const double index = -log(arriving(&model, &grid, p, energy * exp(h)) /
                                  arriving(&model, &grid, p, energy * exp(-h))) /
                             (2.0 * h);
        CHECK_ABS(index, 0.5 * (p[1] + p[2]), 2e-6);
    }
    /* where both are one, half of the flux is from either side */
    const double one[] = {1.0, 2.0, 2.0, 1e5};
    const double z1 = 1e5 / seen(&model, one);
    double near = 0.0, all = 0.0;
    enum { N = 20000 };
    for (int k = 0; k < N; k++) {
        const double u = grid.u_max * (k + 0.5) / N, x = exp(u);
        const double w = mutau_cosmology_sources((mutau_evolution){0}, x) /
                         mutau_cosmology_expansion(0.308, x) / x;
        all += w;
        near += x < z1 ? w : 0.0;
    }
    CHECK_ABS(near / all, 0.5, 1e-4);
}

/* It leaves 1/e of what would arrive. */
static void the_cutoff_at_earth(void **state)
{
    (void)state;
    const mutau_flux_settings model = model_of("cutoff");
    const mutau_source_grid grid = sources();
    for (double gamma = -1.0; gamma < 4.0; gamma += 0.5)
        for (double e_cut = 3e4; e_cut < 2e8; e_cut *= 30.0) {
            const double energy = seen(&model, (double[]){1.0, gamma, e_cut});
            CHECK_REL(arriving(&model, &grid, (double[]){1.0, gamma, e_cut}, energy),
                      exp(-1.0) * arriving(&model, &grid, (double[]){1.0, gamma, 1e30}, energy),
                      1e-12);
            const mutau_flux_settings two = model_of("two-component");
            CHECK_REL(seen(&two, (double[]){1.0, gamma, e_cut, 0.7, 2.2}), energy, 1e-14);
        }
}

/* Where the bump's part of E^2 times the flux has its mean. */
static void the_peak_at_earth(void **state)
{
    (void)state;
    enum { N = 400 };
    const mutau_flux_settings model = model_of("bump");
    const mutau_source_grid grid = sources();
    const double p[] = {1.0, 2.6, 0.7, 4e5, 0.4}, none[] = {1.0, 2.6, 0.0, 4e5, 0.4};
    double sum = 0.0, total = 0.0;
    for (int k = 0; k < N; k++) {
        const double x = log(4e5) + 8.0 * (k + 0.5) / N - 5.0, energy = exp(x);
        const double part =
            energy * energy *
            (arriving(&model, &grid, p, energy) - arriving(&model, &grid, none, energy));
        sum += part * x;
        total += part;
    }
    CHECK_REL(seen(&model, p), exp(sum / total), 1e-9);
}

/* In the Earth's frame it is the parameter; where a spectrum has no such thing, nothing is
 * derived. */
static void features_in_the_earths_frame(void **state)
{
    (void)state;
    static const char *const names[] = {"broken-power-law", "cutoff", "two-component", "bump"};
    static const size_t of[] = {3, 2, 2, 3};
    for (size_t i = 0; i < 4; i++) {
        mutau_flux_settings model = model_of(names[i]);
        const mutau_spectrum_type *type = mutau_spectrum_at(model.source.spectrum);
        model.source.frame = MUTAU_FRAME_EARTH;
        CHECK_REL(seen(&model, typical(type)), typical(type)[of[i]], 1e-14);
        void *failed = NULL;
        mutau_parameter_set set;
        mutau_error err = {0};
        int count;
        CHECK_OK(mutau_flux_parameter_set(&model, &set, &err), err);
        CHECK_EACH_ALLOC(type->derived->alloc(&set, &model, &failed, &err), failed, count, err);
        assert_true(count >= 1);
        type->derived->free(failed);
    }
    for (int t = 0; mutau_spectrum_types[t] != NULL; t++)
        assert_int_equal(mutau_spectrum_types[t]->derived != NULL,
                         mutau_spectrum_types[t]->at_earth != NULL);
    assert_null(mutau_spectrum_power_law.derived);
    assert_null(mutau_spectrum_by_table.derived);
}

/* ---- by a table ------------------------------------------------------------ */

/* tests/reference/table_spectrum.py: long doubles. */
static void bins_of_tables(void **state)
{
    (void)state;
    enum { ROWS = 13 };
    double lo[ROWS], hi[ROWS], source[ROWS], earth[ROWS];
    mutau_table *table = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/table_spectrum.csv", &table, &err),
             err);
    assert_int_equal(mutau_table_rows(table), ROWS);
    CHECK_OK(mutau_table_real(table, "e_lo_gev", lo, &err), err);
    CHECK_OK(mutau_table_real(table, "e_hi_gev", hi, &err), err);
    CHECK_OK(mutau_table_real(table, "source", source, &err), err);
    CHECK_OK(mutau_table_real(table, "earth", earth, &err), err);
    const mutau_source_grid grid = sources();
    const mutau_spectrum_type *type = &mutau_spectrum_by_table;
    double *p[] = {numbers_of(&coarse_table), fine_numbers()};
    for (size_t i = 0; i < ROWS; i++) {
        const double *of = p[strcmp(mutau_table_text(table, "table", i), "coarse") != 0];
        const double scale = mutau_spectrum_scale(type, &grid, of);
        CHECK_REL(integral(type, of, lo[i], hi[i]), source[i], 1e-12);
        CHECK_REL(free_bin(type, &grid, of, scale, lo[i], ln_ratio(lo[i]), log(hi[i] / lo[i])),
                  earth[i], 1e-9);
    }
    mutau_table_free(table);
    free(p[0]);
    free(p[1]);
}

/* Of two rows, and of many, of a power law, and of three of a broken one: nothing is between. */
static void tables_of_power_laws(void **state)
{
    (void)state;
    const mutau_source_grid grid = sources();
    const mutau_spectrum_type *type = &mutau_spectrum_by_table;
    const double broken[] = {1.0, 1.6, 2.8, 2.5e5};
    double energy[N_FINE], flux[N_FINE];
    for (int form = 0; form < 3; form++) {
        const size_t n = form == 0 ? 2 : form == 1 ? 3 : N_FINE;
        for (size_t k = 0; k < n; k++) {
            energy[k] = n == 3 && k == 1 ? 2.5e5 : 3e2 * pow(1e8, (double)k / (double)(n - 1));
            flux[k] = form == 1 ? 3e-17 * mutau_spectrum_broken_power_law.shape(broken,
                                                                                ln_ratio(energy[k]))
                                : 2e4 * power_shape(2.4, energy[k]);
        }
        double *p = numbers_of(&(mutau_spectrum_table){n, energy, flux});
        const mutau_spectrum_type *like =
            form == 1 ? &mutau_spectrum_broken_power_law : &mutau_spectrum_power_law;
        const double power[] = {1.0, 2.4}, *q = form == 1 ? broken : power;
        const double scale = mutau_spectrum_scale(type, &grid, p),
                     like_scale = mutau_spectrum_scale(like, &grid, q);
        for (double lo = 1e2; lo < 1e12; lo *= 7.0) { /* beyond the table as well */
            const double x = ln_ratio(lo);
            CHECK_REL(type->shape(p, x), like->shape(q, x) / like->shape(q, 0.0), 1e-13);
            CHECK_REL(mutau_spectrum_free(type, &grid, p, scale, lo),
                      mutau_spectrum_free(like, &grid, q, like_scale, lo), 1e-11);
            CHECK_REL(free_bin(type, &grid, p, scale, lo, x, 1.1),
                      free_bin(like, &grid, q, like_scale, lo, x, 1.1), 1e-9);
        }
        free(p);
    }
}

/* What is no table, in the order in which it is looked at. */
static void tables_that_are_none(void **state)
{
    (void)state;
    static const struct {
        double energy[3], flux[3];
        size_t n;
        const char *why;
    } bad[] = {
        {{1e4}, {1.0}, 1, "needs two rows or more"},
        {{1e4}, {1.0}, 0, "needs two rows or more"},
        {{1e4, 1e5, 1e5}, {1.0, 1.0, 1.0}, 3, "row 3: E = 100000: must be positive, and rise"},
        {{0.0, 1e5}, {1.0, 1.0}, 2, "row 1: E = 0: must be positive, and rise"},
        {{1e4, (double)INFINITY}, {1.0, 1.0}, 2, "row 2: E = inf"},
        {{1e4, (double)NAN}, {1.0, 1.0}, 2, "row 2: E = "},
        {{1e4, 1e5}, {1.0, 0.0}, 2, "row 2: Phi = 0: must be positive"},
        {{1e4, 1e5}, {-1.0, 1.0}, 2, "row 1: Phi = -1: must be positive"},
        {{1e4, 1e5}, {1.0, (double)NAN}, 2, "row 2: Phi = "},
        {{1e4, 1e5}, {1.0, (double)INFINITY}, 2, "row 2: Phi = inf"},
    };
    double *p = NULL;
    mutau_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const mutau_spectrum_table table = {bad[i].n, bad[i].energy, bad[i].flux};
        CHECK_STATUS(mutau_spectrum_by_table.tabulate(&table, &p, &err), MUTAU_EDOM, err);
        if (strstr(err.text, bad[i].why) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, bad[i].why);
        assert_null(p);
    }
    int count;
    CHECK_EACH_ALLOC(mutau_spectrum_by_table.tabulate(&coarse_table, &p, &err), p, count, err);
    assert_int_equal(count, 1);
    free(p);
}

/* At Earth what is emitted is what arrives. */
static void spectra_at_earth(void **state)
{
    (void)state;
    mutau_source_grid grid = sources();
    grid.at_earth = true;
    for (int t = 0; mutau_spectrum_types[t] != NULL; t++) {
        const mutau_spectrum_type *type = mutau_spectrum_types[t];
        const double *p = typical(type), scale = mutau_spectrum_scale(type, &grid, p);
        CHECK_REL(mutau_spectrum_free(type, &grid, p, scale, 1e5), 1.0, 1e-14);
        CHECK_REL(mutau_spectrum_free(type, &grid, p, scale, 1e6),
                  type->shape(p, ln_ratio(1e6)) / type->shape(p, 0.0), 1e-14);
        CHECK_REL(free_bin(type, &grid, p, scale, 3e4, ln_ratio(3e4), 2.0),
                  type->integral(p, 3e4, ln_ratio(3e4), 2.0) / type->shape(p, 0.0), 1e-14);
    }
}

/* What is too large for a double is infinite, and what is too small 0, along the line of sight too:
 * no finite number stands for them. */
static void too_steep_is_infinite(void **state)
{
    (void)state;
    static const mutau_spectrum_type *const types[] = {
        &mutau_spectrum_log_parabola, &mutau_spectrum_broken_power_law, &mutau_spectrum_cutoff,
        &mutau_spectrum_bump};
    static const double p[][MUTAU_SPECTRUM_MAX_PARAMETERS] = {{1.0, 400.0, 0.0},
                                                              {1.0, 400.0, 400.0, 1e5},
                                                              {1.0, 400.0, 1e12},
                                                              {1.0, 400.0, 1e-3, 1e5, 0.1}};
    const double place[] = {0.0, -4.0};
    for (size_t t = 0; t < 4; t++) {
        double s[2];
        types[t]->along(p[t], 2.0, 2, place, s);
        assert_true(s[0] >= 0.0 && s[0] < 1e-3);
        assert_true(isinf(s[1]) && s[1] > 0.0);
    }
}

static void failed_allocations_of_the_injection(void **state)
{
    (void)state;
    const mutau_source_grid grid = sources();
    const double x[] = {-1.0, 2.0}, width[] = {0.5, 1.0};
    mutau_injection *injection = NULL;
    mutau_error err = {0};
    int count;
    CHECK_EACH_ALLOC(mutau_injection_alloc(&grid, 2, x, width, &injection, &err), injection, count,
                     err);
    assert_true(count >= 5);
    mutau_injection_free(injection);
    mutau_injection_free(NULL);
}

/* Any row: its integral is that of its shape, `along` is the shape, A is no
 * business of it, and what arrives is A at 100 TeV. */
static void every_type_is_whole(void **state)
{
    (void)state;
    const mutau_source_grid grid = sources();
    for (int t = 0; mutau_spectrum_types[t] != NULL; t++) {
        const mutau_spectrum_type *type = mutau_spectrum_types[t];
        const double *p = typical(type);
        assert_ptr_equal(mutau_spectrum_at(t), type);
        assert_true(strlen(type->name) > 0 && strlen(type->formula) > 0 && strlen(type->doc) > 0);
        assert_true(strlen(type->reference) > 0);
        check_rows(type);
        const double lo = 3e4, width = 1.2, x = ln_ratio(lo);
        double sum = 0.0, place[2] = {0.0, width}, s[2];
        enum { N = 2000 };
        for (int k = 0; k <= N; k++) {
            const double at = width * k / N, weight = k % N == 0 ? 1.0 : k % 2 == 1 ? 4.0 : 2.0;
            sum += weight * width / (3.0 * N) * lo * exp(at) * type->shape(p, x + at);
        }
        CHECK_REL(type->integral(p, lo, x, width), sum, 1e-11);
        type->along(p, x, 2, place, s);
        CHECK_REL(s[0], type->shape(p, x), 1e-13);
        CHECK_REL(s[1], type->shape(p, x + width), 1e-13);
        const double scale = mutau_spectrum_scale(type, &grid, p);
        CHECK_REL(mutau_spectrum_free(type, &grid, p, scale, MUTAU_SPECTRUM_PIVOT_GEV), 1.0, 1e-14);
        for (int k = 0; k < t; k++)
            assert_string_not_equal(mutau_spectrum_types[k]->name, type->name);
    }
    assert_null(mutau_spectrum_at(-1));
    assert_null(mutau_spectrum_at(1000));
    assert_string_equal(mutau_spectrum_types[0]->name, "power-law");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shape_is_a_power),
        cmocka_unit_test(integral_closed_form),
        cmocka_unit_test(integral_at_gamma_one),
        cmocka_unit_test(a_power_law_arrives_as_it_was),
        cmocka_unit_test(the_share_beyond_a_node),
        cmocka_unit_test(bins_of_the_log_parabola),
        cmocka_unit_test(arriving_bins_of_the_log_parabola),
        cmocka_unit_test(goes_over_into_the_power_law),
        cmocka_unit_test(shape_of_the_log_parabola),
        cmocka_unit_test(another_pivot),
        cmocka_unit_test(the_usual_pivot),
        cmocka_unit_test(far_beyond),
        cmocka_unit_test(bins_of_the_others),
        cmocka_unit_test(what_is_injected_beyond_a_node),
        cmocka_unit_test(a_break_and_its_sides),
        cmocka_unit_test(the_break_at_earth),
        cmocka_unit_test(the_cutoff_at_earth),
        cmocka_unit_test(the_peak_at_earth),
        cmocka_unit_test(features_in_the_earths_frame),
        cmocka_unit_test(bins_of_tables),
        cmocka_unit_test(tables_of_power_laws),
        cmocka_unit_test(tables_that_are_none),
        cmocka_unit_test(spectra_at_earth),
        cmocka_unit_test(too_steep_is_infinite),
        cmocka_unit_test(failed_allocations_of_the_injection),
        cmocka_unit_test(every_type_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
