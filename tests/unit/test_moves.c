/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The moves' geometry, ratios and errors; that they keep the target is the business of
 * tests/statistics.  Statistical limits are 4.5 sd, a false alarm in 150000 each. */
#include "check.h"
#include "covariance_internal.h"
#include "sampler/move.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const uint32_t SEED = 40217;
static const double MANY_SD = 4.5;

/* A move with its workspace, prepared for one other half. */
typedef struct proposer {
    const mutau_move *move;
    const void *cfg;
    size_t dim, n_other;
    const double *other;
    void *ws;
    mutau_rng *rng;
} proposer;

static void proposer_begin(proposer *p, const mutau_move *move, const void *cfg, size_t dim,
                           size_t n_other, const double other[])
{
    mutau_error err = {0};
    *p = (proposer){.move = move, .cfg = cfg, .dim = dim, .n_other = n_other, .other = other};
    CHECK_OK(move->check(cfg, dim, n_other, &err), err);
    const size_t size = move->workspace_size != NULL ? move->workspace_size(cfg, dim, n_other) : 0;
    p->ws = malloc(size + 1);
    assert_non_null(p->ws);
    memset(p->ws, 0xa5, size + 1); /* rubbish, but for the byte behind it */
    p->rng = mutau_rng_alloc(SEED);
    assert_non_null(p->rng);
    if (move->prepare != NULL)
        move->prepare(cfg, p->ws, dim, n_other, other);
    assert_int_equal(((unsigned char *)p->ws)[size], 0xa5);
}

static double propose(proposer *p, const double x[], double y[])
{
    double ln_q_ratio = (double)NAN;
    p->move->propose(p->cfg, p->ws, p->dim, x, p->n_other, p->other, p->rng, y, &ln_q_ratio);
    return ln_q_ratio;
}

static void proposer_end(proposer *p)
{
    free(p->ws);
    mutau_rng_free(p->rng);
}

/* ---- the list ---- */

static void moves_are_found_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"stretch", "walk",     "de",     "de-snooker",
                                        "kde",     "gaussian", "mixture"};
    size_t n = 0;
    for (; mutau_moves[n] != NULL; n++) {
        const mutau_move *move = mutau_moves[n];
        assert_true(n < sizeof names / sizeof names[0]);
        assert_string_equal(move->name, names[n]);
        assert_ptr_equal(mutau_move_find(names[n]), move);
        assert_non_null(move->doc);
        assert_non_null(move->reference);
        assert_true(move->settings_size <= MUTAU_MAX_MOVE_SETTINGS);
        mutau_error err = {0};
        CHECK_STATUS(move->check(NULL, 2, 8, &err), MUTAU_EDOM, err);
    }
    assert_int_equal(n, sizeof names / sizeof names[0]);
    assert_null(mutau_move_find("strech"));
    assert_null(mutau_move_find(""));
}

/* ---- walk ---- */

enum { DIM = 2, N_OTHER = 5 };
static const double OTHER[N_OTHER * DIM] = {1.7, 2.2, -0.9, 3.3, 5.5, -8.0, 2.25, 0.5, -4.1, 6.6};
static const double X[DIM] = {0.3, -7.1};

static void moments(const double x[], size_t n, size_t dim, double mean[], double cov[])
{
    for (size_t k = 0; k < dim; k++) {
        mean[k] = 0.0;
        for (size_t i = 0; i < n; i++)
            mean[k] += x[i * dim + k] / (double)n;
    }
    for (size_t k = 0; k < dim * dim; k++) {
        cov[k] = 0.0;
        for (size_t i = 0; i < n; i++)
            cov[k] += (x[i * dim + k / dim] - mean[k / dim]) *
                      (x[i * dim + k % dim] - mean[k % dim]) / (double)n;
    }
}

/* The steps y - x of many proposals are normal with the covariance `want`. */
static void check_normal_steps(proposer *p, const double x[], const double want[DIM * DIM])
{
    enum { N_DRAW = 20000 };
    double mean[DIM] = {0}, cov[DIM * DIM] = {0}, fourth = 0.0;
    for (size_t i = 0; i < N_DRAW; i++) {
        double y[DIM];
        CHECK_ABS(propose(p, x, y), 0.0, 0.0);
        for (size_t k = 0; k < DIM; k++)
            mean[k] += (y[k] - x[k]) / N_DRAW;
        for (size_t k = 0; k < DIM * DIM; k++)
            cov[k] += (y[k / DIM] - x[k / DIM]) * (y[k % DIM] - x[k % DIM]) / N_DRAW;
        fourth += pow(y[0] - x[0], 4.0) / N_DRAW;
    }
    for (size_t k = 0; k < DIM; k++)
        CHECK_ABS(mean[k], 0.0, MANY_SD * sqrt(want[k * DIM + k] / N_DRAW));
    for (size_t k = 0; k < DIM * DIM; k++) {
        const double variance =
            want[k / DIM * (DIM + 1)] * want[k % DIM * (DIM + 1)] + want[k] * want[k];
        CHECK_ABS(cov[k], want[k], MANY_SD * sqrt(variance / N_DRAW));
    }
    /* Var(z^4) = 96 */
    CHECK_ABS(fourth / (want[0] * want[0]), 3.0, MANY_SD * sqrt(96.0 / N_DRAW));
}

static void walk_steps_have_the_others_covariance(void **state)
{
    (void)state;
    const mutau_move_walk_settings whole = {.s = 0}, five = {.s = N_OTHER};
    double mean[DIM], cov[DIM * DIM], first[DIM], second[DIM];
    moments(OTHER, N_OTHER, DIM, mean, cov);
    proposer p;
    proposer_begin(&p, &mutau_move_walk, &whole, DIM, N_OTHER, OTHER);
    check_normal_steps(&p, X, cov);
    proposer_end(&p);
    proposer q;
    proposer_begin(&p, &mutau_move_walk, &whole, DIM, N_OTHER, OTHER);
    proposer_begin(&q, &mutau_move_walk, &five, DIM, N_OTHER, OTHER);
    (void)propose(&p, X, first);
    (void)propose(&q, X, second);
    assert_memory_equal(first, second, sizeof first);
    proposer_end(&p);
    proposer_end(&q);
}

/* With s = 2, W = (z_1 - z_2) (X_1 - X_2) / sqrt(8): along the line of any pair alike, with
 * a normal factor of variance 1/4. */
static void walk_subsets_are_drawn_uniformly(void **state)
{
    (void)state;
    enum { N_DRAW = 20000, N_PAIR = N_OTHER * (N_OTHER - 1) / 2 };
    const mutau_move_walk_settings two = {.s = 2};
    size_t hits[N_PAIR] = {0};
    double square = 0.0;
    proposer p;
    proposer_begin(&p, &mutau_move_walk, &two, DIM, N_OTHER, OTHER);
    for (size_t i = 0; i < N_DRAW; i++) {
        double y[DIM];
        size_t n_match = 0, pair = 0;
        CHECK_ABS(propose(&p, X, y), 0.0, 0.0);
        for (size_t a = 0; a < N_OTHER; a++)
            for (size_t b = a + 1; b < N_OTHER; b++, pair++) {
                const double dx = OTHER[a * DIM] - OTHER[b * DIM];
                const double dy = OTHER[a * DIM + 1] - OTHER[b * DIM + 1];
                const double factor = (y[0] - X[0]) / dx;
                if (fabs(y[1] - X[1] - factor * dy) > 1e-12 * (1.0 + fabs(factor)) * fabs(dy))
                    continue;
                n_match++;
                hits[pair]++;
                square += factor * factor;
            }
        assert_int_equal(n_match, 1);
    }
    const double share = 1.0 / N_PAIR;
    for (size_t i = 0; i < N_PAIR; i++)
        CHECK_ABS((double)hits[i], N_DRAW * share, MANY_SD * sqrt(N_DRAW * share * (1.0 - share)));
    CHECK_ABS(square / N_DRAW, 0.25, MANY_SD * 0.25 * sqrt(2.0 / N_DRAW));
    proposer_end(&p);
}

static void check_refused(const mutau_move *move, const void *cfg, size_t dim, size_t n_other)
{
    mutau_error err = {0};
    CHECK_STATUS(move->check(cfg, dim, n_other, &err), MUTAU_EDOM, err);
    if (strncmp(err.text, move->name, strlen(move->name)) != 0)
        fail_msg("'%s' does not name %s", err.text, move->name);
}

static void impossible_walks_are_refused(void **state)
{
    (void)state;
    const mutau_move_walk_settings all = {.s = 0}, one = {.s = 1}, less = {.s = -2},
                                   nine = {.s = 9};
    mutau_error err = {0};
    check_refused(&mutau_move_walk, &one, 2, 8);
    check_refused(&mutau_move_walk, &less, 2, 8);
    check_refused(&mutau_move_walk, &nine, 2, 8);
    check_refused(&mutau_move_walk, &all, 2, 1);
    CHECK_OK(mutau_move_walk.check(&nine, 2, 9, &err), err);
    CHECK_OK(mutau_move_walk.check(&all, 2, 2, &err), err);
}

/* ---- differential evolution ---- */

/* In one dimension, with others whose differences are all different. */
static const double RULER[] = {0.0, 1.0, 4.0, 9.0, 15.0};
enum { N_RULER = sizeof RULER / sizeof RULER[0], N_ORDERED = N_RULER * (N_RULER - 1) };

/* The pair and the factor of a step; factors are near `gamma`. */
static bool match(double step, double gamma, double tolerance, size_t *pair, double *factor)
{
    *pair = 0;
    for (size_t j = 0; j < N_RULER; j++)
        for (size_t k = 0; k < N_RULER; k++) {
            if (j == k)
                continue;
            *factor = step / (RULER[j] - RULER[k]);
            if (fabs(*factor - gamma) < tolerance)
                return true;
            (*pair)++;
        }
    return false;
}

static void de_steps_are_scaled_differences(void **state)
{
    (void)state;
    enum { N_DRAW = 20000 };
    const mutau_move_de_settings settings = {.gamma0 = (double)NAN, .sigma = 1e-4, .jump = 0.25};
    const double gamma0 = 2.38 / sqrt(2.0), x = -3.3;
    size_t hits[N_ORDERED] = {0}, n_jump = 0;
    double sum = 0.0, square = 0.0;
    proposer p;
    proposer_begin(&p, &mutau_move_de, &settings, 1, N_RULER, RULER);
    for (size_t i = 0; i < N_DRAW; i++) {
        double y, factor, deviation;
        size_t pair;
        CHECK_ABS(propose(&p, &x, &y), 0.0, 0.0);
        if (match(y - x, 1.0, 1e-3, &pair, &factor)) {
            n_jump++;
            deviation = factor - 1.0;
        } else {
            assert_true(match(y - x, gamma0, 1e-3 * gamma0, &pair, &factor));
            deviation = factor / gamma0 - 1.0;
        }
        hits[pair]++;
        sum += deviation / settings.sigma;
        square += deviation * deviation / (settings.sigma * settings.sigma);
    }
    const double share = 1.0 / N_ORDERED;
    for (size_t i = 0; i < N_ORDERED; i++)
        CHECK_ABS((double)hits[i], N_DRAW * share, MANY_SD * sqrt(N_DRAW * share * (1.0 - share)));
    CHECK_ABS((double)n_jump, 0.25 * N_DRAW, MANY_SD * sqrt(N_DRAW * 0.1875));
    CHECK_ABS(sum / N_DRAW, 0.0, MANY_SD / sqrt(N_DRAW));
    CHECK_ABS(square / N_DRAW, 1.0, MANY_SD * sqrt(2.0 / N_DRAW));
    proposer_end(&p);
}

/* One factor for all coordinates, 2.38/sqrt(2 d) or the one that is given. */
static void de_gamma_follows_the_dimension(void **state)
{
    (void)state;
    const mutau_move_de_settings usual = {.gamma0 = (double)NAN, .sigma = 1e-9},
                                 given = {.gamma0 = 0.7, .sigma = 1e-9};
    const double two[2 * DIM] = {1.0, 2.0, 4.0, -5.0};
    double y[DIM];
    proposer p;
    proposer_begin(&p, &mutau_move_de, &usual, DIM, 2, two);
    (void)propose(&p, X, y);
    CHECK_REL(fabs((y[0] - X[0]) / 3.0), 2.38 / 2.0, 1e-7);
    CHECK_REL((y[1] - X[1]) / (y[0] - X[0]), -7.0 / 3.0, 1e-12);
    proposer_end(&p);
    proposer_begin(&p, &mutau_move_de, &given, DIM, 2, two);
    (void)propose(&p, X, y);
    CHECK_REL(fabs((y[0] - X[0]) / 3.0), 0.7, 1e-7);
    proposer_end(&p);
}

static void impossible_evolutions_are_refused(void **state)
{
    (void)state;
    const mutau_move_de_settings good = {.gamma0 = (double)NAN, .sigma = 1e-5, .jump = 1.0};
    const double bad[] = {0.0, -1.0, (double)INFINITY};
    mutau_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        mutau_move_de_settings s = good;
        s.gamma0 = bad[i];
        check_refused(&mutau_move_de, &s, 2, 8);
        s = good;
        s.sigma = bad[i];
        check_refused(&mutau_move_de, &s, 2, 8);
    }
    const double bad_share[] = {-0.1, 1.1, (double)NAN};
    for (size_t i = 0; i < sizeof bad_share / sizeof *bad_share; i++) {
        mutau_move_de_settings s = good;
        s.jump = bad_share[i];
        check_refused(&mutau_move_de, &s, 2, 8);
    }
    mutau_move_de_settings s = good;
    s.sigma = (double)NAN;
    check_refused(&mutau_move_de, &s, 2, 8);
    check_refused(&mutau_move_de, &good, 2, 1);
    CHECK_OK(mutau_move_de.check(&good, 2, 2, &err), err);
}

/* ---- snooker ---- */

enum { DIM_3 = 3 };
static const double OTHER_3[N_OTHER * DIM_3] = {1.7,  2.2, -4.0, -0.9, 3.3, 6.1, 5.5, -8.0,
                                                0.25, 2.2, 0.5,  7.0,  -4., 1.1, 2.9};
static const double X_3[DIM_3] = {0.3, -7.1, 11.2};

static double distance(const double a[DIM_3], const double b[DIM_3])
{
    return hypot(hypot(a[0] - b[0], a[1] - b[1]), a[2] - b[2]);
}

/* True if y - x is gamma times the projection of OTHER_3[j] - OTHER_3[k] on the line from
 * OTHER_3[i] to x. */
static bool is_snooker(const double y[], size_t i, size_t j, size_t k, double *gamma)
{
    double unit[DIM_3], along = 0.0, worst = 0.0, moved = 0.0;
    for (size_t c = 0; c < DIM_3; c++) {
        unit[c] = (X_3[c] - OTHER_3[i * DIM_3 + c]) / distance(X_3, OTHER_3 + i * DIM_3);
        along += unit[c] * (OTHER_3[j * DIM_3 + c] - OTHER_3[k * DIM_3 + c]);
        moved += unit[c] * (y[c] - X_3[c]);
    }
    for (size_t c = 0; c < DIM_3; c++)
        worst = fmax(worst, fabs(X_3[c] + moved * unit[c] - y[c]));
    *gamma = moved / along;
    return worst < 1e-11;
}

static void snooker_steps_are_projections(void **state)
{
    (void)state;
    enum { N_DRAW = 12000, N_TRIPLE = N_OTHER * (N_OTHER - 1) * (N_OTHER - 2) };
    const mutau_move_snooker_settings settings = {.gamma = 1.7, .spread = 1e-6};
    size_t hits[N_TRIPLE] = {0};
    double sum = 0.0, square = 0.0;
    proposer p;
    proposer_begin(&p, &mutau_move_snooker, &settings, DIM_3, N_OTHER, OTHER_3);
    for (size_t n = 0; n < N_DRAW; n++) {
        double y[DIM_3], gamma;
        size_t triple = 0, n_match = 0;
        const double ln_q = propose(&p, X_3, y);
        for (size_t i = 0; i < N_OTHER; i++)
            for (size_t j = 0; j < N_OTHER; j++)
                for (size_t k = 0; k < N_OTHER; k++) {
                    if (i == j || j == k || k == i)
                        continue;
                    if (is_snooker(y, i, j, k, &gamma) && fabs(gamma - 1.7) < 1e-5) {
                        const double *centre = OTHER_3 + i * DIM_3;
                        CHECK_ABS(ln_q, 2.0 * log(distance(y, centre) / distance(X_3, centre)),
                                  1e-10);
                        const double u = (gamma - 1.7) / settings.spread;
                        sum += u;
                        square += u * u;
                        n_match++;
                        hits[triple]++;
                    }
                    triple++;
                }
        assert_int_equal(n_match, 1);
    }
    const double share = 1.0 / N_TRIPLE;
    for (size_t i = 0; i < N_TRIPLE; i++)
        CHECK_ABS((double)hits[i], N_DRAW * share, MANY_SD * sqrt(N_DRAW * share * (1.0 - share)));
    /* gamma is uniform: mean 0, variance 1/3, that of the square 4/45. */
    CHECK_ABS(sum / N_DRAW, 0.0, MANY_SD * sqrt(1.0 / 3.0 / N_DRAW));
    CHECK_ABS(square / N_DRAW, 1.0 / 3.0, MANY_SD * sqrt(4.0 / 45.0 / N_DRAW));
    proposer_end(&p);
}

static void snooker_on_a_line_and_on_a_point(void **state)
{
    (void)state;
    const mutau_move_snooker_settings settings = {.gamma = 1.7, .spread = 0.5};
    const double x = 2.0, same[] = {3.0, 3.0, 3.0};
    double y;
    proposer p;
    proposer_begin(&p, &mutau_move_snooker, &settings, 1, N_RULER, RULER);
    for (size_t i = 0; i < 100; i++) {
        CHECK_ABS(propose(&p, &x, &y), 0.0, 0.0);
        assert_true(fabs(y - x) >= 1.2 - 1e-12 && fabs(y - x) <= 2.2 * 15.0 + 1e-9);
    }
    proposer_end(&p);
    proposer_begin(&p, &mutau_move_snooker, &settings, 1, 3, same);
    assert_true(propose(&p, same, &y) < -1e300);
    CHECK_ABS(y, 3.0, 0.0);
    proposer_end(&p);
}

static void impossible_snookers_are_refused(void **state)
{
    (void)state;
    const mutau_move_snooker_settings good = {.gamma = 1.7};
    const double bad[] = {-1.0, (double)NAN, (double)INFINITY};
    mutau_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const mutau_move_snooker_settings a = {.gamma = bad[i]}, b = {.gamma = 1, .spread = bad[i]};
        check_refused(&mutau_move_snooker, &a, 2, 8);
        check_refused(&mutau_move_snooker, &b, 2, 8);
    }
    const mutau_move_snooker_settings none = {.gamma = 0.0};
    check_refused(&mutau_move_snooker, &none, 2, 8);
    check_refused(&mutau_move_snooker, &good, 2, 2);
    CHECK_OK(mutau_move_snooker.check(&good, 2, 3, &err), err);
}

/* ---- kernel density ---- */

/* ln of mean_j N(y; X_j, h^2 C) in two dimensions, from the formula. */
static double ln_kernel_density(const double y[DIM], double h)
{
    double mean[DIM], c[DIM * DIM], sum = 0.0;
    const double pi = acos(-1.0);
    moments(OTHER, N_OTHER, DIM, mean, c);
    for (size_t k = 0; k < DIM * DIM; k++)
        c[k] *= h * h * N_OTHER / (N_OTHER - 1.0);
    const double det = c[0] * c[3] - c[1] * c[2];
    for (size_t j = 0; j < N_OTHER; j++) {
        const double a = y[0] - OTHER[j * DIM], b = y[1] - OTHER[j * DIM + 1];
        sum += exp(-0.5 * (c[3] * a * a - 2.0 * c[1] * a * b + c[0] * b * b) / det);
    }
    return log(sum / N_OTHER / (2.0 * pi * sqrt(det)));
}

/* Values of scipy 1.10.1's gaussian_kde(OTHER).logpdf, of the formula above. */
static void the_formula_is_scipys(void **state)
{
    (void)state;
    const double y[DIM] = {-1.3, 2.6}, scott = pow(N_OTHER, -1.0 / 6.0);
    CHECK_REL(ln_kernel_density(X, scott), -15.567919433442535, 1e-12);
    CHECK_REL(ln_kernel_density(y, scott), -4.524120578111801, 1e-12);
    CHECK_REL(ln_kernel_density(y, 0.37), -4.542804376060672, 1e-12);
}

static void check_kde(double bandwidth, double h)
{
    enum { N_DRAW = 20000 };
    const mutau_move_kde_settings settings = {.bandwidth = bandwidth};
    double mean[DIM], cov[DIM * DIM], sum[DIM] = {0}, square[DIM] = {0};
    moments(OTHER, N_OTHER, DIM, mean, cov);
    proposer p;
    proposer_begin(&p, &mutau_move_kde, &settings, DIM, N_OTHER, OTHER);
    for (size_t i = 0; i < N_DRAW; i++) {
        double y[DIM];
        const double ln_q = propose(&p, X, y);
        CHECK_ABS(ln_q, ln_kernel_density(X, h) - ln_kernel_density(y, h), 1e-11);
        for (size_t k = 0; k < DIM; k++) {
            sum[k] += (y[k] - mean[k]) / N_DRAW;
            square[k] += (y[k] - mean[k]) * (y[k] - mean[k]) / N_DRAW;
        }
    }
    /* The kernels' spread adds to that of their centres; the kurtosis is at most a
     * normal's here, as that of five points is less. */
    for (size_t k = 0; k < DIM; k++) {
        const double variance = cov[k * DIM + k] * (1.0 + h * h * N_OTHER / (N_OTHER - 1.0));
        CHECK_ABS(sum[k], 0.0, MANY_SD * sqrt(variance / N_DRAW));
        CHECK_ABS(square[k], variance, MANY_SD * variance * sqrt(2.0 / N_DRAW));
    }
    proposer_end(&p);
}

static void kde_draws_and_ratios_are_the_estimates(void **state)
{
    (void)state;
    check_kde((double)NAN, pow(N_OTHER, -1.0 / 6.0));
    check_kde(0.37, 0.37);
}

/* Far from all kernels the densities underflow, their ratio does not. */
static void kde_ratios_do_not_underflow(void **state)
{
    (void)state;
    const mutau_move_kde_settings settings = {.bandwidth = 0.01};
    const double far[DIM] = {1e4, 1e4};
    double y[DIM];
    proposer p;
    proposer_begin(&p, &mutau_move_kde, &settings, DIM, N_OTHER, OTHER);
    const double ln_q = propose(&p, far, y);
    assert_true(isfinite(ln_q) && ln_q < -1e6);
    proposer_end(&p);
}

/* ---- Gaussian ---- */

static void gaussian_steps_have_the_others_covariance(void **state)
{
    (void)state;
    const mutau_move_gaussian_settings usual = {.scale = (double)NAN}, given = {.scale = 0.31};
    double mean[DIM], cov[DIM * DIM], want[DIM * DIM];
    moments(OTHER, N_OTHER, DIM, mean, cov);
    proposer p;
    for (size_t k = 0; k < DIM * DIM; k++)
        want[k] = cov[k] * N_OTHER / (N_OTHER - 1.0) * 2.38 * 2.38 / DIM;
    proposer_begin(&p, &mutau_move_gaussian, &usual, DIM, N_OTHER, OTHER);
    check_normal_steps(&p, X, want);
    proposer_end(&p);
    for (size_t k = 0; k < DIM * DIM; k++)
        want[k] = cov[k] * N_OTHER / (N_OTHER - 1.0) * 0.31 * 0.31;
    proposer_begin(&p, &mutau_move_gaussian, &given, DIM, N_OTHER, OTHER);
    check_normal_steps(&p, X, want);
    proposer_end(&p);
}

/* Each walker gets a step of its own (emcee up to 3.1.6 gives all the same). */
static void gaussian_steps_are_independent(void **state)
{
    (void)state;
    enum { N_DRAW = 10000 };
    const mutau_move_gaussian_settings settings = {.scale = 1.0};
    double sum = 0.0, square = 0.0, last[DIM], y[DIM];
    proposer p;
    proposer_begin(&p, &mutau_move_gaussian, &settings, DIM, N_OTHER, OTHER);
    (void)propose(&p, X, last);
    for (size_t i = 0; i < N_DRAW; i++) {
        (void)propose(&p, X, y);
        sum += (y[0] - X[0]) * (last[0] - X[0]);
        square += (y[0] - X[0]) * (y[0] - X[0]);
        memcpy(last, y, sizeof last);
    }
    CHECK_ABS(sum / square, 0.0, MANY_SD / sqrt(N_DRAW));
    proposer_end(&p);
}

/* ---- both of these ---- */

static void a_flat_half_proposes_nothing(void **state)
{
    (void)state;
    const mutau_move_kde_settings kde = {.bandwidth = (double)NAN};
    const mutau_move_gaussian_settings gaussian = {.scale = (double)NAN};
    const struct {
        const mutau_move *move;
        const void *cfg;
    } moves[] = {{&mutau_move_kde, &kde}, {&mutau_move_gaussian, &gaussian}};
    double flat[N_OTHER * DIM];
    for (size_t i = 0; i < N_OTHER; i++) {
        flat[i * DIM] = OTHER[i * DIM];
        flat[i * DIM + 1] = 3.0 - 0.7 * flat[i * DIM];
    }
    for (size_t i = 0; i < 2; i++) {
        double y[DIM] = {0};
        proposer p;
        proposer_begin(&p, moves[i].move, moves[i].cfg, DIM, N_OTHER, flat);
        const double ln_q = propose(&p, X, y);
        assert_true(ln_q < 0.0 && isinf(ln_q));
        assert_memory_equal(y, X, sizeof y);
        proposer_end(&p);
    }
}

static void impossible_densities_are_refused(void **state)
{
    (void)state;
    const double bad[] = {0.0, -1.0, (double)INFINITY};
    mutau_error err = {0};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const mutau_move_kde_settings kde = {.bandwidth = bad[i]};
        const mutau_move_gaussian_settings gaussian = {.scale = bad[i]};
        check_refused(&mutau_move_kde, &kde, 2, 8);
        check_refused(&mutau_move_gaussian, &gaussian, 2, 8);
    }
    const mutau_move_kde_settings kde = {.bandwidth = 0.5};
    const mutau_move_gaussian_settings gaussian = {.scale = 0.5};
    check_refused(&mutau_move_kde, &kde, 4, 4);
    check_refused(&mutau_move_gaussian, &gaussian, 4, 4);
    CHECK_OK(mutau_move_kde.check(&kde, 4, 5, &err), err);
    CHECK_OK(mutau_move_gaussian.check(&gaussian, 4, 5, &err), err);
}

/* ---- the covariance behind them ---- */

static void factors_multiply_to_the_covariance(void **state)
{
    (void)state;
    double mean[DIM_3], cov[DIM_3 * DIM_3], got_mean[DIM_3], factor[DIM_3 * DIM_3];
    double scratch[64], v[DIM_3];
    moments(OTHER_3, N_OTHER, DIM_3, mean, cov);
    assert_true(mutau_covariance_scratch(DIM_3, N_OTHER) <= 64);
    assert_true(mutau_covariance_factor(DIM_3, N_OTHER, OTHER_3, got_mean, factor, scratch));
    for (size_t i = 0; i < DIM_3; i++) {
        CHECK_REL(got_mean[i], mean[i], 1e-14);
        for (size_t k = 0; k < DIM_3; k++) {
            double product = 0.0;
            for (size_t m = 0; m < DIM_3; m++)
                product += factor[i * DIM_3 + m] * factor[k * DIM_3 + m];
            CHECK_ABS(product, cov[i * DIM_3 + k] * N_OTHER / (N_OTHER - 1.0), 1e-12);
            if (k > i)
                CHECK_ABS(factor[i * DIM_3 + k], 0.0, 0.0);
        }
    }
    for (size_t i = 0; i < DIM_3; i++) { /* column i, and back */
        memset(v, 0, sizeof v);
        v[i] = 1.0;
        mutau_covariance_colour(DIM_3, factor, v);
        for (size_t k = 0; k < DIM_3; k++)
            CHECK_ABS(v[k], factor[k * DIM_3 + i], 1e-15);
        mutau_covariance_whiten(DIM_3, factor, v);
        for (size_t k = 0; k < DIM_3; k++)
            CHECK_ABS(v[k], k == i ? 1.0 : 0.0, 1e-13);
    }
}

static void covariances_that_cannot_be_factored_are_reported(void **state)
{
    (void)state;
    double x[N_OTHER * DIM_3], mean[DIM_3], factor[DIM_3 * DIM_3], scratch[64];
    assert_false(mutau_covariance_factor(DIM_3, 3, OTHER_3, mean, factor, scratch));
    memcpy(x, OTHER_3, sizeof x);
    for (size_t i = 0; i < N_OTHER; i++)
        x[i * DIM_3 + 1] = -7.25;
    assert_false(mutau_covariance_factor(DIM_3, N_OTHER, x, mean, factor, scratch));
    for (size_t i = 0; i < N_OTHER; i++)
        x[i * DIM_3 + 1] = 2.0 * x[i * DIM_3] - 0.3 * x[i * DIM_3 + 2] + 5.0;
    assert_false(mutau_covariance_factor(DIM_3, N_OTHER, x, mean, factor, scratch));
    for (size_t i = 0; i < N_OTHER; i++) /* near dependence is none */
        x[i * DIM_3 + 1] += 1e-9 * OTHER_3[i * DIM_3 + 1];
    assert_true(mutau_covariance_factor(DIM_3, N_OTHER, x, mean, factor, scratch));
    x[4] = (double)NAN;
    assert_false(mutau_covariance_factor(DIM_3, N_OTHER, x, mean, factor, scratch));
    x[4] = (double)INFINITY;
    assert_false(mutau_covariance_factor(DIM_3, N_OTHER, x, mean, factor, scratch));
}

/* ---- mixture ---- */

/* Two normal-like heaps and the wide component, fitted. */
static mutau_mixture *two_heaps(void)
{
    enum { N_DRAW = 400, N_PRIOR = 64 };
    static double x[N_DRAW * DIM], prior[N_PRIOR * DIM];
    mutau_error err = {0};
    mutau_mixture *mixture = NULL;
    mutau_rng *rng = mutau_rng_alloc(SEED);
    assert_non_null(rng);
    for (size_t i = 0; i < N_DRAW * DIM; i++)
        x[i] = mutau_rng_normal(rng) + (i / DIM % 2 == 0 ? -6.0 : 6.0);
    for (size_t i = 0; i < N_PRIOR * DIM; i++)
        prior[i] = 20.0 * mutau_rng_uniform(rng) - 10.0;
    mutau_rng_free(rng);
    const mutau_mixture_settings settings = {.dim = DIM, .max_component = 4, .wide_weight = 0.05};
    const mutau_mixture_sample draws = {.n = N_DRAW, .x = x}, wide = {.n = N_PRIOR, .x = prior};
    CHECK_OK(mutau_mixture_fit(&settings, &draws, &wide, &mixture, &err), err);
    return mixture;
}

/* A proposal is the next draw of the mixture whatever x is; the ratio and the density that
 * ln_proposal gives are the mixture's. */
static void mixture_proposals_are_its_draws(void **state)
{
    (void)state;
    mutau_mixture *mixture = two_heaps();
    const mutau_move_mixture_settings settings = {
        .components = 4, .wide = 0.05, .mixture = mixture};
    proposer p;
    proposer_begin(&p, &mutau_move_mixture, &settings, DIM, N_OTHER, OTHER);
    mutau_rng *same = mutau_rng_alloc(SEED);
    assert_non_null(same);
    for (size_t i = 0; i < 200; i++) {
        const double *x = OTHER + i % N_OTHER * DIM;
        double y[DIM], want[DIM];
        const double ln_q_ratio = propose(&p, x, y);
        mutau_mixture_draw(mixture, same, want);
        for (size_t k = 0; k < DIM; k++)
            CHECK_ABS(y[k], want[k], 0.0);
        const double ln_q = mutau_mixture_ln_density(mixture, y);
        CHECK_ABS(ln_q_ratio, mutau_mixture_ln_density(mixture, x) - ln_q, 1e-12);
        CHECK_ABS(mutau_move_mixture.ln_proposal(&settings, p.ws), ln_q, 0.0);
    }
    mutau_rng_free(same);
    proposer_end(&p);
    mutau_mixture_free(mixture);
}

static void without_a_mixture_nothing_is_proposed(void **state)
{
    (void)state;
    const mutau_move_mixture_settings settings = {.components = 4, .wide = 0.05};
    proposer p;
    double y[DIM];
    proposer_begin(&p, &mutau_move_mixture, &settings, DIM, N_OTHER, OTHER);
    assert_true(propose(&p, X, y) < -1e300);
    for (size_t k = 0; k < DIM; k++)
        CHECK_ABS(y[k], X[k], 0.0);
    assert_true(isnan(mutau_move_mixture.ln_proposal(&settings, p.ws)));
    proposer_end(&p);
}

static void impossible_mixtures_are_refused(void **state)
{
    (void)state;
    const double wide[] = {0.0, 1.0, -0.1, 1.5, (double)NAN, (double)INFINITY};
    const long components[] = {0, -1, MUTAU_MAX_COMPONENTS + 1};
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++) {
        const mutau_move_mixture_settings s = {.components = 4, .wide = wide[i]};
        check_refused(&mutau_move_mixture, &s, 2, 8);
    }
    for (size_t i = 0; i < sizeof components / sizeof *components; i++) {
        const mutau_move_mixture_settings s = {.components = components[i], .wide = 0.05};
        check_refused(&mutau_move_mixture, &s, 2, 8);
    }
    mutau_mixture *mixture = two_heaps();
    const mutau_move_mixture_settings s = {.components = 4, .wide = 0.05, .mixture = mixture};
    mutau_error err = {0};
    check_refused(&mutau_move_mixture, &s, DIM + 1, 8);
    CHECK_OK(mutau_move_mixture.check(&s, DIM, 1, &err), err);
    mutau_mixture_free(mixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moves_are_found_by_name),
        cmocka_unit_test(walk_steps_have_the_others_covariance),
        cmocka_unit_test(walk_subsets_are_drawn_uniformly),
        cmocka_unit_test(impossible_walks_are_refused),
        cmocka_unit_test(de_steps_are_scaled_differences),
        cmocka_unit_test(de_gamma_follows_the_dimension),
        cmocka_unit_test(impossible_evolutions_are_refused),
        cmocka_unit_test(snooker_steps_are_projections),
        cmocka_unit_test(snooker_on_a_line_and_on_a_point),
        cmocka_unit_test(impossible_snookers_are_refused),
        cmocka_unit_test(the_formula_is_scipys),
        cmocka_unit_test(kde_draws_and_ratios_are_the_estimates),
        cmocka_unit_test(kde_ratios_do_not_underflow),
        cmocka_unit_test(gaussian_steps_have_the_others_covariance),
        cmocka_unit_test(gaussian_steps_are_independent),
        cmocka_unit_test(a_flat_half_proposes_nothing),
        cmocka_unit_test(impossible_densities_are_refused),
        cmocka_unit_test(mixture_proposals_are_its_draws),
        cmocka_unit_test(without_a_mixture_nothing_is_proposed),
        cmocka_unit_test(impossible_mixtures_are_refused),
        cmocka_unit_test(factors_multiply_to_the_covariance),
        cmocka_unit_test(covariances_that_cannot_be_factored_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
