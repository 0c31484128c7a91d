/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting mixtures to draws of densities that are known.  How good a fit is, is said by the
 * effective share 1 / (1 + var w) of the weights w = density / mixture over draws of the mixture.
 * Seeds are fixed. */
#include "check.h"
#include "fail_alloc.h"
#include "sampler/mixture.h"
#include "sampler/move.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_DIM = 4, MAX_DRAW = 2000, N_PRIOR = 500 };
static const double LN_2PI = 1.8378770664093454836, PI = 3.14159265358979323846;

/* A density: draws, and ln of it. */
typedef struct density {
    size_t dim;
    void (*draw)(mutau_rng *rng, size_t dim, double x[]);
    double (*ln)(size_t dim, const double x[]);
} density;

static void normal_draw(mutau_rng *rng, size_t dim, double x[])
{
    for (size_t k = 0; k < dim; k++)
        x[k] = mutau_rng_normal(rng);
}
static double normal_ln(size_t dim, const double x[])
{
    double sum = 0.0;
    for (size_t k = 0; k < dim; k++)
        sum -= 0.5 * (x[k] * x[k] + LN_2PI);
    return sum;
}

/* A standard normal, and a share of another one at 8 in each coordinate, half as wide. */
static void two_draw(double share, mutau_rng *rng, size_t dim, double x[])
{
    const bool second = mutau_rng_uniform(rng) < share;
    normal_draw(rng, dim, x);
    for (size_t k = 0; k < dim; k++)
        x[k] = second ? 8.0 + 0.5 * x[k] : x[k];
}
static double two_ln(double share, size_t dim, const double x[])
{
    double y[MAX_DIM];
    for (size_t k = 0; k < dim; k++)
        y[k] = (x[k] - 8.0) / 0.5;
    return log((1.0 - share) * exp(normal_ln(dim, x)) +
               share * exp(normal_ln(dim, y)) * pow(2.0, (double)dim));
}
static void two_modes_draw(mutau_rng *rng, size_t dim, double x[])
{
    two_draw(0.3, rng, dim, x);
}
static double two_modes_ln(size_t dim, const double x[])
{
    return two_ln(0.3, dim, x);
}
static void small_mode_draw(mutau_rng *rng, size_t dim, double x[])
{
    two_draw(0.025, rng, dim, x);
}
static double small_mode_ln(size_t dim, const double x[])
{
    return two_ln(0.025, dim, x);
}

/* x2 about a parabola of x1. */
static void banana_draw(mutau_rng *rng, size_t dim, double x[])
{
    normal_draw(rng, dim, x);
    x[1] += x[0] * x[0] - 1.0;
}
static double banana_ln(size_t dim, const double x[])
{
    double y[MAX_DIM];
    memcpy(y, x, dim * sizeof *y);
    y[1] -= x[0] * x[0] - 1.0;
    return normal_ln(dim, y);
}

/* exp(-(1 - x1)^2 - 10 (x2 - x1^2)^2) */
static void rosenbrock_draw(mutau_rng *rng, size_t dim, double x[])
{
    normal_draw(rng, dim, x);
    x[0] = 1.0 + x[0] / sqrt(2.0);
    x[1] = x[0] * x[0] + x[1] / sqrt(20.0);
}
static double rosenbrock_ln(size_t dim, const double x[])
{
    const double y[2] = {(x[0] - 1.0) * sqrt(2.0), (x[1] - x[0] * x[0]) * sqrt(20.0)};
    return normal_ln(dim, y) + 0.5 * log(40.0);
}

/* The radius is normal, 5 +- 0.3. */
static void shell_draw(mutau_rng *rng, size_t dim, double x[])
{
    double square = 0.0;
    normal_draw(rng, dim, x);
    for (size_t k = 0; k < dim; k++)
        square += x[k] * x[k];
    const double radius = 5.0 + 0.3 * mutau_rng_normal(rng);
    for (size_t k = 0; k < dim; k++)
        x[k] *= radius / sqrt(square);
}
static double shell_ln(size_t dim, const double x[])
{
    double square = 0.0;
    for (size_t k = 0; k < dim; k++)
        square += x[k] * x[k];
    const double radius = sqrt(square), off = (radius - 5.0) / 0.3;
    const double sphere = dim == 2 ? 2.0 * PI * radius : 4.0 * PI * square;
    return normal_ln(1, &off) - log(0.3) - log(sphere);
}

/* 18 modes on a 6 x 3 lattice. */
static void lattice_draw(mutau_rng *rng, size_t dim, double x[])
{
    const size_t mode = mutau_rng_index(rng, 18);
    normal_draw(rng, dim, x);
    const size_t column = mode % 6, row = mode / 6;
    x[0] = 0.25 * x[0] + 2.0 * (double)column;
    x[1] = 0.25 * x[1] + 2.0 * (double)row;
}
static double lattice_ln(size_t dim, const double x[])
{
    double sum = 0.0;
    for (size_t mode = 0; mode < 18; mode++) {
        const size_t column = mode % 6, row = mode / 6;
        const double y[2] = {(x[0] - 2.0 * (double)column) / 0.25,
                             (x[1] - 2.0 * (double)row) / 0.25};
        sum += exp(normal_ln(dim, y)) * 16.0 / 18.0;
    }
    return log(sum);
}

/* Falling from a lower edge at 0 in each coordinate, and cut at 1. */
static void falling_draw(mutau_rng *rng, size_t dim, double x[])
{
    for (size_t k = 0; k < dim; k++)
        x[k] = -0.1 * log1p(-(1.0 - exp(-10.0)) * (1.0 - 1e-12) * (mutau_rng_uniform(rng) + 1e-14));
}
static double falling_ln(size_t dim, const double x[])
{
    double sum = 0.0;
    for (size_t k = 0; k < dim; k++)
        sum += -10.0 * x[k] - log(0.1 * (1.0 - exp(-10.0)));
    return sum;
}

static const density NORMAL = {4, normal_draw, normal_ln};
static const density TWO_MODES = {4, two_modes_draw, two_modes_ln};
static const density SMALL_MODE = {2, small_mode_draw, small_mode_ln};
static const density BANANA = {4, banana_draw, banana_ln};
static const density ROSENBROCK = {2, rosenbrock_draw, rosenbrock_ln};
static const density RING = {2, shell_draw, shell_ln};
static const density SHELL = {3, shell_draw, shell_ln};
static const density LATTICE = {2, lattice_draw, lattice_ln};
static const density FALLING = {2, falling_draw, falling_ln};

/* ---- a fit ---- */

static const double ZERO[MAX_DIM] = {0}, ONE[MAX_DIM] = {1, 1, 1, 1};

/* Draws to fit, and of a uniform prior on -15 ... 15, or within 0 and 1. */
typedef struct draws {
    double x[MAX_DRAW * MAX_DIM], ln_weight[MAX_DRAW], prior[N_PRIOR * MAX_DIM];
    mutau_mixture_settings settings;
    mutau_mixture_sample sample, prior_sample;
} draws;

static void make_prior(draws *d, mutau_rng *rng, size_t dim, bool edges)
{
    for (size_t i = 0; i < N_PRIOR * dim; i++) {
        const double u = 1e-9 + (1.0 - 2e-9) * mutau_rng_uniform(rng);
        d->prior[i] = edges ? u : 30.0 * u - 15.0;
    }
    d->settings = (mutau_mixture_settings){.dim = dim,
                                           .lo = edges ? ZERO : NULL,
                                           .hi = edges ? ONE : NULL,
                                           .max_component = MUTAU_MAX_COMPONENTS,
                                           .wide_weight = 0.05};
    d->prior_sample = (mutau_mixture_sample){.n = N_PRIOR, .x = d->prior};
}

static draws *make_draws(const density *p, size_t n, bool edges, uint32_t seed)
{
    draws *d = calloc(1, sizeof *d);
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_true(d != NULL && rng != NULL && n <= MAX_DRAW);
    for (size_t i = 0; i < n; i++)
        p->draw(rng, p->dim, d->x + i * p->dim);
    make_prior(d, rng, p->dim, edges);
    d->sample = (mutau_mixture_sample){.n = n, .x = d->x};
    mutau_rng_free(rng);
    return d;
}

static mutau_mixture *fit(const draws *d)
{
    mutau_mixture *m = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_mixture_fit(&d->settings, &d->sample, &d->prior_sample, &m, &err), err);
    assert_non_null(m);
    return m;
}

static double effective_share(const mutau_mixture *m, const density *p)
{
    enum { N = 10000 };
    mutau_rng *rng = mutau_rng_alloc(4711);
    double sum = 0.0, square = 0.0;
    for (int i = 0; i < N; i++) {
        double x[MAX_DIM];
        mutau_mixture_draw(m, rng, x);
        const double weight = exp(p->ln(p->dim, x) - mutau_mixture_ln_density(m, x));
        sum += weight / N;
        square += weight * weight / N;
    }
    mutau_rng_free(rng);
    return sum * sum / square;
}

/* The largest ln of density over mixture at 20 000 draws of the density, which is normalised. */
static double worst_of_draws(const mutau_mixture *m, const density *p)
{
    enum { N = 20000 };
    mutau_rng *rng = mutau_rng_alloc(815);
    double worst = -(double)INFINITY;
    for (int i = 0; i < N; i++) {
        double x[MAX_DIM];
        p->draw(rng, p->dim, x);
        worst = fmax(worst, p->ln(p->dim, x) - mutau_mixture_ln_density(m, x));
    }
    mutau_rng_free(rng);
    return worst;
}

/* ---- quality ---- */

static void fits_are_good_proposals(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const density *density;
        size_t n, least, most; /* draws; components but for the wide one */
        double share, worst;   /* the latter at most: where a walker would not leave a place */
        bool edges;
    } rows[] = {
        {"normal", &NORMAL, 1500, 1, 1, 0.76, 1.5, false},
        {"normal, few draws", &NORMAL, 300, 1, 1, 0.72, 1.5, false},
        {"two modes", &TWO_MODES, 1500, 2, 2, 0.75, 1.8, false},
        {"small mode", &SMALL_MODE, 400, 2, 2, 0.78, 2.5, false},
        {"banana", &BANANA, 1500, 2, 6, 0.60, 5.0, false},
        {"Rosenbrock", &ROSENBROCK, 1500, 3, 8, 0.70, 4.2, false},
        {"ring", &RING, 1500, 8, 14, 0.75, 1.8, false},
        {"shell", &SHELL, 2000, 12, 24, 0.45, 3.2, false},
        {"lattice", &LATTICE, 1000, 18, 21, 0.70, 2.5, false},
        {"edges", &FALLING, 1500, 1, 4, 0.80, 1.5, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (uint32_t seed = 1; seed <= 3; seed++) {
            draws *d = make_draws(rows[i].density, rows[i].n, rows[i].edges, seed);
            mutau_mixture *m = fit(d);
            const size_t n = mutau_mixture_n_component(m) - 1;
            const double share = effective_share(m, rows[i].density);
            const double worst = worst_of_draws(m, rows[i].density);
            if (getenv("MUTAU_TEST_SHOW") != NULL)
                printf("# %s, seed %u: %zu components, share %.3f, worst %.2f\n", rows[i].name,
                       seed, n, share, worst);
            if (!(n >= rows[i].least && n <= rows[i].most && share >= rows[i].share &&
                  worst <= rows[i].worst))
                fail_msg("%s, seed %u: %zu components, share %.3f, worst %.2f", rows[i].name, seed,
                         n, share, worst);
            mutau_mixture_free(m);
            free(d);
        }
    }
}

/* ---- components ---- */

/* The numbers of line `line` of a mixture's text, its key left out. */
static void line_of(const mutau_mixture *m, size_t line, size_t n, double number[])
{
    char *text = mutau_mixture_write(m);
    assert_non_null(text);
    const char *at = text;
    for (size_t i = 0; i < line; i++)
        at = strchr(at, '\n') + 1;
    for (size_t i = 0; i < n; i++) {
        at = strpbrk(at, " \n");
        assert_true(at != NULL && *at == ' ');
        number[i] = strtod(++at, NULL);
    }
    free(text);
}

/* The share of the second mode is known to 0.012, its middle to 0.021.  The likeliest t
 * distribution of 4 degrees of freedom in 4 dimensions is 0.8831 times as wide as the normal one
 * (scipy 1.10.1: the mean of 8 q / (4 + q) is 4 for q = r^2 / scale^2, r^2 of chi^2 of 4). */
static void components_are_the_modes(void **state)
{
    (void)state;
    draws *d = make_draws(&TWO_MODES, 2000, false, 11);
    mutau_mixture *m = fit(d);
    assert_int_equal(mutau_mixture_n_component(m), 3);
    bool seen[2] = {false, false};
    for (size_t j = 0; j < 2; j++) {
        double number[2 + 4 + 10];
        line_of(m, 3 + j, 16, number);
        const bool second = number[2] > 4.0;
        seen[second] = true;
        CHECK_ABS(number[0], 4.0, 0.0);
        CHECK_ABS(number[1], 0.95 * (second ? 0.3 : 0.7), 0.04);
        for (size_t k = 0, at = 6; k < 4; k++) {
            CHECK_ABS(number[2 + k], second ? 8.0 : 0.0, 0.12);
            for (size_t l = 0; l <= k; l++, at++)
                CHECK_ABS(number[at], k != l ? 0.0 : 0.8831 * (second ? 0.5 : 1.0), 0.06);
        }
    }
    assert_true(seen[0] && seen[1]);
    mutau_mixture_free(m);
    free(d);
}

/* The wide component: weight, mean and covariance of the prior's draws, which make a t distribution
 * with 4 degrees of freedom half as wide in scale. */
static void wide_component_is_the_priors(void **state)
{
    (void)state;
    draws *d = make_draws(&SMALL_MODE, 400, false, 3);
    d->settings.wide_weight = 0.125;
    mutau_mixture *m = fit(d);
    double number[2 + 2 + 3], mean[2] = {0}, cov[3] = {0};
    line_of(m, 2 + mutau_mixture_n_component(m), 7, number);
    for (size_t i = 0; i < N_PRIOR; i++)
        for (size_t k = 0; k < 2; k++)
            mean[k] += d->prior[2 * i + k] / N_PRIOR;
    for (size_t i = 0; i < N_PRIOR; i++) {
        const double u = d->prior[2 * i] - mean[0], v = d->prior[2 * i + 1] - mean[1];
        cov[0] += u * u / N_PRIOR;
        cov[1] += u * v / N_PRIOR;
        cov[2] += v * v / N_PRIOR;
    }
    CHECK_ABS(number[0], 4.0, 0.0);
    CHECK_ABS(number[1], 0.125, 0.0);
    CHECK_REL(number[2], mean[0], 1e-10);
    CHECK_REL(number[3], mean[1], 1e-10);
    CHECK_REL(2.0 * number[4] * number[4], cov[0], 1e-10);
    CHECK_REL(2.0 * number[4] * number[5], cov[1], 1e-10);
    CHECK_REL(2.0 * (number[5] * number[5] + number[6] * number[6]), cov[2], 1e-10);
    mutau_mixture_free(m);
    free(d);
}

static void no_more_components_than_asked_for(void **state)
{
    (void)state;
    draws *d = make_draws(&LATTICE, 1000, false, 1);
    for (size_t most = 1; most <= 5; most += 2) {
        d->settings.max_component = most;
        mutau_mixture *m = fit(d);
        assert_int_equal(mutau_mixture_n_component(m), most + 1);
        mutau_mixture_free(m);
    }
    free(d);
}

/* ---- equivariance ---- */

/* y = A x + b */
static void map_affinely(size_t n, const double x[], double y[])
{
    static const double a[4][4] = {
        {300, -20, 5, 0}, {0.5, 0.25, 0, -0.125}, {-7, 3, 11, 2}, {0, 1e-3, -2e-3, 5e-3}};
    static const double b[4] = {1e3, -7, 0.5, 3};
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < 4; k++) {
            y[4 * i + k] = b[k];
            for (size_t l = 0; l < 4; l++)
                y[4 * i + k] += a[k][l] * x[4 * i + l];
        }
}

static void affine_maps_map_the_mixture(void **state)
{
    (void)state;
    static const density *const densities[] = {&NORMAL, &TWO_MODES, &BANANA};
    for (size_t p = 0; p < 3; p++) {
        draws *d = make_draws(densities[p], 1500, false, 21), *mapped = calloc(1, sizeof *mapped);
        assert_non_null(mapped);
        *mapped = *d;
        mapped->sample.x = mapped->x;
        mapped->prior_sample.x = mapped->prior;
        map_affinely(1500, d->x, mapped->x);
        map_affinely(N_PRIOR, d->prior, mapped->prior);
        mutau_mixture *m = fit(d), *n = fit(mapped);
        const size_t n_component = mutau_mixture_n_component(m);
        assert_int_equal(mutau_mixture_n_component(n), n_component);
        const double first = mutau_mixture_ln_density(m, d->x) -
                             mutau_mixture_ln_density(n, mapped->x); /* ln |det A| */
        CHECK_ABS(first, 1.7401371733570301, 1e-9);
        for (size_t i = 0; i < 1500; i++)
            CHECK_ABS(mutau_mixture_ln_density(m, d->x + 4 * i) -
                          mutau_mixture_ln_density(n, mapped->x + 4 * i),
                      first, 1e-8);
        for (size_t i = 0; i < N_PRIOR; i++)
            CHECK_ABS(mutau_mixture_ln_density(m, d->prior + 4 * i) -
                          mutau_mixture_ln_density(n, mapped->prior + 4 * i),
                      first, 1e-8);
        mutau_mixture_free(m);
        mutau_mixture_free(n);
        free(d);
        free(mapped);
    }
}

/* y = L x + b, L a lower triangle, as the factors of the components are: then the same random
 * numbers lead to draws that are mapped along, and so do the moves. */
static const double LOWER[4][4] = {
    {300, 0, 0, 0}, {0.5, 0.25, 0, 0}, {-7, 3, 11, 0}, {0, 1e-3, -2e-3, 5e-3}};
static const double LN_DET_LOWER = 1.4170660197866443; /* ln(300 * 0.25 * 11 * 0.005) */

static void map_lower(const double x[], double y[])
{
    static const double b[4] = {1e3, -7, 0.5, 3};
    for (size_t k = 0; k < 4; k++) {
        y[k] = b[k];
        for (size_t l = 0; l <= k; l++)
            y[k] += LOWER[k][l] * x[l];
    }
}

static draws *map_draws(const draws *d, size_t n)
{
    draws *mapped = calloc(1, sizeof *mapped);
    assert_non_null(mapped);
    *mapped = *d;
    mapped->sample.x = mapped->x;
    mapped->prior_sample.x = mapped->prior;
    for (size_t i = 0; i < n; i++)
        map_lower(d->x + 4 * i, mapped->x + 4 * i);
    for (size_t i = 0; i < N_PRIOR; i++)
        map_lower(d->prior + 4 * i, mapped->prior + 4 * i);
    return mapped;
}

/* A proposal of the move `mixture` from x, and its ln q(x)/q(y) and ln q. */
typedef struct proposal {
    double y[4], ln_ratio, ln_q;
} proposal;

static proposal propose(const mutau_mixture *m, const double x[], mutau_rng *rng)
{
    const mutau_move_mixture_settings cfg = {.components = 8, .wide = 0.05, .mixture = m};
    proposal p;
    double ws[8];
    assert_true(mutau_move_mixture.workspace_size(&cfg, 4, 0) <= sizeof ws);
    mutau_move_mixture.propose(&cfg, ws, 4, x, 0, NULL, rng, p.y, &p.ln_ratio);
    p.ln_q = mutau_move_mixture.ln_proposal(&cfg, ws);
    return p;
}

static void proposals_are_mapped_along(void **state)
{
    (void)state;
    static const density *const densities[] = {&NORMAL, &TWO_MODES, &BANANA};
    for (size_t p = 0; p < 3; p++) {
        draws *d = make_draws(densities[p], 1500, false, 23), *mapped = map_draws(d, 1500);
        mutau_mixture *m = fit(d), *n = fit(mapped);
        assert_int_equal(mutau_mixture_n_component(n), mutau_mixture_n_component(m));
        mutau_rng *rng[] = {mutau_rng_alloc(5), mutau_rng_alloc(5)};
        for (size_t i = 0; i < 1500; i++) {
            const proposal a = propose(m, d->x + 4 * i, rng[0]);
            const proposal b = propose(n, mapped->x + 4 * i, rng[1]);
            double y[4];
            map_lower(a.y, y);
            for (size_t k = 0; k < 4; k++)
                CHECK_ABS(b.y[k], y[k], 1e-9 * (1.0 + fabs(y[k])));
            CHECK_ABS(a.ln_q - b.ln_q, LN_DET_LOWER, 1e-9);
            CHECK_ABS(a.ln_ratio, b.ln_ratio, 1e-9);
        }
        mutau_rng_free(rng[0]);
        mutau_rng_free(rng[1]);
        mutau_mixture_free(m);
        mutau_mixture_free(n);
        free(d);
        free(mapped);
    }
}

/* Powers of two, so that only the exponents differ. */
static void units_do_not_matter(void **state)
{
    (void)state;
    static const int exponents[4] = {300, -300, 0, 150};
    draws *d = make_draws(&TWO_MODES, 500, false, 22), *mapped = calloc(1, sizeof *mapped);
    assert_non_null(mapped);
    *mapped = *d;
    mapped->sample.x = mapped->x;
    mapped->prior_sample.x = mapped->prior;
    for (size_t i = 0; i < 4 * 500; i++)
        mapped->x[i] = ldexp(d->x[i], exponents[i % 4]);
    for (size_t i = 0; i < 4 * N_PRIOR; i++)
        mapped->prior[i] = ldexp(d->prior[i], exponents[i % 4]);
    mutau_mixture *m = fit(d), *n = fit(mapped);
    for (size_t i = 0; i < 500; i++)
        CHECK_ABS(mutau_mixture_ln_density(m, d->x + 4 * i) -
                      mutau_mixture_ln_density(n, mapped->x + 4 * i),
                  150.0 * log(2.0), 1e-8);
    mutau_mixture_free(m);
    mutau_mixture_free(n);
    free(d);
    free(mapped);
}

/* ---- samples that span no volume ---- */

/* Standard deviations of draws about `mean`, in each coordinate, by the median of |x - mean|. */
static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}
static double width(const mutau_mixture *m, size_t k, double mean)
{
    enum { N = 2001 };
    double off[N], x[MAX_DIM];
    mutau_rng *rng = mutau_rng_alloc(8);
    for (int i = 0; i < N; i++) {
        mutau_mixture_draw(m, rng, x);
        off[i] = fabs(x[k] - mean);
    }
    mutau_rng_free(rng);
    qsort(off, N, sizeof off[0], rising);
    return off[N / 2] / 0.6745;
}

static void a_single_point_gives_a_narrow_component(void **state)
{
    (void)state;
    for (size_t n = 1; n <= 300; n += 299) {
        draws *d = make_draws(&NORMAL, 1, false, 5);
        for (size_t i = 4; i < 4 * n; i++)
            d->x[i] = d->x[i - 4];
        d->sample.n = n;
        mutau_mixture *m = fit(d);
        assert_int_equal(mutau_mixture_n_component(m), 2);
        for (size_t k = 0; k < 4; k++) { /* a millionth of the prior's */
            const double w = width(m, k, d->x[k]);
            assert_true(w > 3e-6 && w < 3e-5);
        }
        assert_true(mutau_mixture_ln_density(m, d->x) > 30.0);
        mutau_mixture_free(m);
        free(d);
    }
}

static void a_line_gives_a_line_with_a_width(void **state)
{
    (void)state;
    draws *d = make_draws(&NORMAL, 500, false, 6);
    for (size_t i = 0; i < 500; i++)
        for (size_t k = 1; k < 4; k++)
            d->x[4 * i + k] = (double)k * d->x[4 * i] - 1.0;
    mutau_mixture *m = fit(d);
    mutau_rng *rng = mutau_rng_alloc(9);
    int n_near = 0;
    for (int i = 0; i < 1000; i++) {
        double x[4];
        mutau_mixture_draw(m, rng, x);
        const double off = fabs(x[1] - x[0] + 1.0);
        assert_true(off > 0.0);
        n_near += off < 5e-3;
    }
    assert_in_range(n_near, 850, 1000);
    CHECK_ABS(width(m, 0, 0.0), 1.0, 0.2);
    mutau_rng_free(rng);
    mutau_mixture_free(m);
    free(d);
}

/* A coordinate that not even the prior lets vary, and a prior of one draw. */
static void a_prior_without_volume_is_survived(void **state)
{
    (void)state;
    for (size_t n_prior = 1; n_prior <= N_PRIOR; n_prior += N_PRIOR - 1) {
        draws *d = make_draws(&NORMAL, 200, false, 7);
        for (size_t i = 0; i < N_PRIOR; i++)
            d->prior[4 * i + 2] = 3.0;
        d->prior_sample.n = n_prior;
        mutau_mixture *m = fit(d);
        for (size_t i = 0; i < 200; i++)
            assert_true(isfinite(mutau_mixture_ln_density(m, d->x + 4 * i)));
        mutau_mixture_free(m);
        for (size_t i = 0; i < 200; i++)
            d->x[4 * i + 2] = 3.0;
        m = fit(d);
        for (size_t i = 0; i < 200; i++)
            assert_true(isfinite(mutau_mixture_ln_density(m, d->x + 4 * i)));
        mutau_mixture_free(m);
        free(d);
    }
}

/* ---- weights ---- */

/* A draw of weight 3 is three draws, one of no weight none. */
static void weights_count_draws(void **state)
{
    (void)state;
    draws *d = make_draws(&TWO_MODES, 400, false, 31), *often = calloc(1, sizeof *often);
    assert_non_null(often);
    size_t n = 0;
    for (size_t i = 0; i < 400; i++) {
        const size_t times = i % 4;
        d->ln_weight[i] = times > 0 ? log((double)times) - 700.0 : -(double)INFINITY;
        for (size_t j = 0; j < times; j++)
            memcpy(often->x + 4 * n++, d->x + 4 * i, 4 * sizeof d->x[0]);
    }
    d->sample.ln_weight = d->ln_weight;
    mutau_mixture *m = fit(d);
    memcpy(often->prior, d->prior, sizeof d->prior);
    often->settings = d->settings;
    often->sample = (mutau_mixture_sample){.n = n, .x = often->x};
    often->prior_sample = (mutau_mixture_sample){.n = N_PRIOR, .x = often->prior};
    mutau_mixture *same = fit(often);
    for (size_t i = 0; i < 400; i++)
        CHECK_ABS(mutau_mixture_ln_density(same, d->x + 4 * i),
                  mutau_mixture_ln_density(m, d->x + 4 * i), 1e-9);
    mutau_mixture_free(m);
    mutau_mixture_free(same);
    free(d);
    free(often);
}

/* Draws of a wider density with the weights that make them draws of this one: the fit is as good
 * as one to as many draws of this one as they are worth. */
static void weighted_draws_fit_their_density(void **state)
{
    (void)state;
    draws *d = make_draws(&RING, MAX_DRAW, false, 41);
    mutau_rng *rng = mutau_rng_alloc(42);
    double sum = 0.0, square = 0.0;
    for (size_t i = 0; i < MAX_DRAW; i++) {
        double *const x = d->x + 2 * i;
        for (size_t k = 0; k < 2; k++)
            x[k] = 14.0 * mutau_rng_uniform(rng) - 7.0;
        d->ln_weight[i] = shell_ln(2, x) + 123.0;
        sum += exp(d->ln_weight[i] - 123.0);
        square += exp(2.0 * (d->ln_weight[i] - 123.0));
    }
    d->sample.ln_weight = d->ln_weight;
    assert_true(sum * sum / square > 300.0 && sum * sum / square < 500.0);
    draws *direct = make_draws(&RING, 400, false, 43);
    mutau_mixture *m = fit(d), *n = fit(direct);
    const double share = effective_share(m, &RING), share_direct = effective_share(n, &RING);
    if (!(share > 0.5 && share > share_direct - 0.2))
        fail_msg("share %.3f of weighted draws, %.3f of direct ones", share, share_direct);
    if (getenv("MUTAU_TEST_SHOW") != NULL)
        printf("# share %.3f of weighted draws, %.3f of direct ones\n", share, share_direct);
    mutau_rng_free(rng);
    mutau_mixture_free(m);
    mutau_mixture_free(n);
    free(d);
    free(direct);
}

/* A chain that stayed at one place for long has no mode there. */
static void a_place_stayed_at_is_no_component(void **state)
{
    (void)state;
    draws *d = make_draws(&NORMAL, 1000, false, 51);
    for (size_t i = 500; i < 550; i++)
        memcpy(d->x + 4 * i, d->x + 4 * 500, 4 * sizeof d->x[0]);
    mutau_mixture *m = fit(d);
    assert_int_equal(mutau_mixture_n_component(m), 2);
    mutau_mixture_free(m);
    free(d);
}

/* ---- the rest ---- */

static void fits_are_repeated_to_the_bit(void **state)
{
    (void)state;
    draws *d = make_draws(&FALLING, 1000, true, 61);
    mutau_mixture *m = fit(d), *n = fit(d), *copy = NULL;
    char *text = mutau_mixture_write(m), *again = mutau_mixture_write(n);
    mutau_error err = {0};
    assert_string_equal(text, again);
    CHECK_OK(mutau_mixture_read(text, &copy, &err), err);
    for (size_t i = 0; i < 1000; i++) {
        const double a = mutau_mixture_ln_density(m, d->x + 2 * i);
        const double b = mutau_mixture_ln_density(copy, d->x + 2 * i);
        assert_memory_equal(&a, &b, sizeof a);
    }
    free(text);
    free(again);
    mutau_mixture_free(m);
    mutau_mixture_free(n);
    mutau_mixture_free(copy);
    free(d);
}

static void check_refused(const draws *d, const char *words)
{
    mutau_mixture *m = NULL;
    mutau_error err = {0};
    CHECK_STATUS(mutau_mixture_fit(&d->settings, &d->sample, &d->prior_sample, &m, &err),
                 MUTAU_EDOM, err);
    assert_null(m);
    if (strstr(err.text, words) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, words);
}

static void what_cannot_be_fitted_is_refused(void **state)
{
    (void)state;
    draws *const d = make_draws(&FALLING, 50, true, 71);
    const draws good = *d;
    d->settings.dim = 0;
    check_refused(d, "0 coordinates");
    d->settings.dim = 17;
    check_refused(d, "17 coordinates");
    d->settings = good.settings;
    d->settings.max_component = 0;
    check_refused(d, "0 components");
    d->settings.max_component = MUTAU_MAX_COMPONENTS + 1;
    check_refused(d, "25 components");
    d->settings = good.settings;
    static const double weights[] = {0.0, 1.0, -0.5, (double)NAN};
    for (size_t i = 0; i < 4; i++) {
        d->settings.wide_weight = weights[i];
        check_refused(d, "wide component");
    }
    d->settings = good.settings;
    d->settings.lo = ONE;
    check_refused(d, "coordinate 1 has the edges 1 and 1");
    d->settings = good.settings;
    d->sample.n = 0;
    check_refused(d, "no draw of the sample");
    d->sample = good.sample;
    d->prior_sample.n = 0;
    check_refused(d, "no draw of the prior");
    d->prior_sample = good.prior_sample;
    static const double places[] = {0.0, 1.0, -1.0, (double)INFINITY, (double)NAN};
    for (size_t i = 0; i < 5; i++) {
        d->x[2 * 7 + 1] = places[i];
        check_refused(d, "coordinate 2 of draw 8 of the sample");
    }
    d->x[2 * 7 + 1] = 0.5;
    d->prior[0] = 1.0;
    check_refused(d, "coordinate 1 of draw 1 of the prior is 1: must be within 0 and 1");
    d->prior[0] = 0.5;
    d->sample.ln_weight = d->ln_weight;
    d->ln_weight[3] = (double)NAN;
    check_refused(d, "draw 4 of the sample has the log-weight nan");
    d->ln_weight[3] = (double)INFINITY;
    check_refused(d, "log-weight inf");
    for (size_t i = 0; i < 50; i++)
        d->ln_weight[i] = -(double)INFINITY;
    check_refused(d, "no draw of the sample has a weight");
    d->ln_weight[0] = 0.0;
    d->x[2 * 7] = 2.0; /* which has no weight */
    mutau_mixture_free(fit(d));
    free(d);
    draws *const far = make_draws(&NORMAL, 50, false, 72);
    for (size_t i = 0; i < 50; i++)
        far->x[4 * i] = i % 2 == 0 ? 1.7e308 : -1.7e308;
    check_refused(far, "farther from each other");
    free(far);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    draws *d = make_draws(&SMALL_MODE, 200, false, 81);
    mutau_mixture *m = NULL;
    mutau_error err = {0};
    long count;
    CHECK_EACH_ALLOC(mutau_mixture_fit(&d->settings, &d->sample, &d->prior_sample, &m, &err), m,
                     count, err);
    assert_in_range(count, 20, 40);
    mutau_mixture_free(m);
    free(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fits_are_good_proposals),
        cmocka_unit_test(components_are_the_modes),
        cmocka_unit_test(wide_component_is_the_priors),
        cmocka_unit_test(no_more_components_than_asked_for),
        cmocka_unit_test(affine_maps_map_the_mixture),
        cmocka_unit_test(proposals_are_mapped_along),
        cmocka_unit_test(units_do_not_matter),
        cmocka_unit_test(a_single_point_gives_a_narrow_component),
        cmocka_unit_test(a_line_gives_a_line_with_a_width),
        cmocka_unit_test(a_prior_without_volume_is_survived),
        cmocka_unit_test(weights_count_draws),
        cmocka_unit_test(weighted_draws_fit_their_density),
        cmocka_unit_test(a_place_stayed_at_is_no_component),
        cmocka_unit_test(fits_are_repeated_to_the_bit),
        cmocka_unit_test(what_cannot_be_fitted_is_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
