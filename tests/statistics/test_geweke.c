/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geweke's joint-distribution test (JASA 99, 799 (2004)): two ways to draw parameters and
 * data together must agree.
 *
 * The model is theta ~ N(0, 1) in two dimensions, y | theta ~ N(a theta, s^2), so that
 * theta | y is normal with mean m y and covariance S, and y ~ N(0, v).  The ensemble's
 * invariant density at given y is the product of theta_w | y over its W walkers; with
 * p(y) it is a joint density in which y given all walkers is normal, too:
 *
 *     precision 1/v + W m' S^-1 m,   mean (sum_w m' S^-1 theta_w) / precision.
 *
 * Marginal-conditional draws come from p(y) and p(theta | y) directly.  Successive-
 * conditional ones alternate steps of the sampler at the current y with a draw of y at
 * the current walkers.  An error of either kind in a move or in the accept step moves
 * the second away from the first.
 *
 * Seven expectations, known in closed form, are compared with batch means over 100
 * batches; |z| < 4.5 for all would fail by chance for 1 of 20 000 seeds. */
#include "check.h"
#include "sampler/ensemble.h"
#include "sampler/move.h"

enum { DIM = 2, N_WALKER = 8, N_BATCH = 100, BATCH = 400, STEPS = 2, N_FUNCTION = 7 };
static const double A[DIM] = {1.0, 0.5}, SIGMA = 0.8, LIMIT = 4.5;

typedef struct model {
    double y;             /* the present data */
    double inv[DIM][DIM]; /* S^-1 */
    double m[DIM];        /* E theta = m y */
    double v;             /* variance of y */
} model;

static model make_model(void)
{
    model d = {.v = SIGMA * SIGMA};
    for (size_t i = 0; i < DIM; i++) {
        d.v += A[i] * A[i];
        for (size_t k = 0; k < DIM; k++)
            d.inv[i][k] = (i == k ? 1.0 : 0.0) + A[i] * A[k] / (SIGMA * SIGMA);
    }
    for (size_t i = 0; i < DIM; i++) /* S a / s^2, by Sherman and Morrison */
        d.m[i] = A[i] / d.v;
    return d;
}

static mutau_status eval(const void *self, void *ws, const double theta[], double *ln_prior,
                         double *ln_like, double blob[])
{
    (void)ws;
    (void)blob;
    const model *d = self;
    double r = d->y;
    *ln_prior = 0.0;
    for (size_t i = 0; i < DIM; i++) {
        *ln_prior -= 0.5 * theta[i] * theta[i];
        r -= A[i] * theta[i];
    }
    *ln_like = -0.5 * r * r / (SIGMA * SIGMA);
    return MUTAU_OK;
}

static void draw_prior(const void *self, mutau_rng *rng, double theta[])
{
    (void)self;
    for (size_t i = 0; i < DIM; i++)
        theta[i] = mutau_rng_normal(rng);
}

/* y given the walkers. */
static double draw_data(const model *d, mutau_rng *rng, const double position[])
{
    double precision = 1.0 / d->v, sum = 0.0;
    for (size_t i = 0; i < DIM; i++)
        for (size_t k = 0; k < DIM; k++) {
            precision += N_WALKER * d->m[i] * d->inv[i][k] * d->m[k];
            for (size_t w = 0; w < N_WALKER; w++)
                sum += d->m[i] * d->inv[i][k] * position[w * DIM + k];
        }
    return sum / precision + mutau_rng_normal(rng) / sqrt(precision);
}

/* Averages over the walkers of functions whose expectations are below. */
static void functions(double y, const double position[], double f[N_FUNCTION])
{
    for (size_t j = 0; j < N_FUNCTION; j++)
        f[j] = 0.0;
    for (size_t w = 0; w < N_WALKER; w++) {
        const double *t = position + w * DIM;
        const double g[N_FUNCTION] = {t[0],     t[1],     t[0] * t[0], t[1] * t[1],
                                      t[0] * y, t[1] * y, y * y};
        for (size_t j = 0; j < N_FUNCTION; j++)
            f[j] += g[j] / N_WALKER;
    }
}

/* The largest |z| of the successive-conditional means with `move`. */
static double largest_z(const mutau_move *move, const void *cfg, uint32_t seed)
{
    model d = make_model();
    static const char *const names[DIM] = {"a", "b"};
    const mutau_target target = {
        .dim = DIM, .eval = eval, .draw = draw_prior, .self = &d, .names = names};
    const mutau_ensemble_settings settings = {.n_ensemble = 1,
                                              .n_walker = N_WALKER,
                                              .n_move = 1,
                                              .moves = {{move, cfg, 1.0}},
                                              .n_thread = 1};
    const double truth[N_FUNCTION] = {0.0, 0.0, 1.0, 1.0, A[0], A[1], d.v};
    double mean[N_FUNCTION] = {0.0}, sum_sq[N_FUNCTION] = {0.0}, largest = 0.0;
    mutau_ensemble *e = NULL;
    mutau_error err = {0};
    mutau_rng *rng = mutau_rng_alloc(seed);
    assert_non_null(rng);
    CHECK_OK(mutau_ensemble_alloc(&target, &settings, rng, &e, &err), err);
    CHECK_OK(mutau_ensemble_start(e, &err), err);
    double position[N_WALKER * DIM];
    for (size_t b = 0; b < N_BATCH; b++) {
        double batch[N_FUNCTION] = {0.0};
        for (size_t i = 0; i < BATCH; i++) {
            double f[N_FUNCTION];
            for (size_t k = 0; k < N_WALKER * DIM; k++)
                position[k] = mutau_ensemble_state(e, 0).position[k];
            d.y = draw_data(&d, rng, position);
            CHECK_OK(mutau_ensemble_start_at(e, position, &err), err); /* the new likelihood */
            for (size_t s = 0; s < STEPS; s++)
                CHECK_OK(mutau_ensemble_step(e, &err), err);
            functions(d.y, mutau_ensemble_state(e, 0).position, f);
            for (size_t j = 0; j < N_FUNCTION; j++)
                batch[j] += f[j] / BATCH;
        }
        for (size_t j = 0; j < N_FUNCTION; j++) {
            mean[j] += batch[j] / N_BATCH;
            sum_sq[j] += batch[j] * batch[j];
        }
    }
    for (size_t j = 0; j < N_FUNCTION; j++) {
        const double var = (sum_sq[j] - N_BATCH * mean[j] * mean[j]) / (N_BATCH - 1.0);
        const double z = fabs(mean[j] - truth[j]) / sqrt(var / N_BATCH);
        largest = z <= largest ? largest : z; /* a NaN stays */
    }
    mutau_ensemble_free(e);
    mutau_rng_free(rng);
    return largest;
}

/* Direct draws, to see that the expectations and the conditional are right. */
static void marginal_conditional_draws_agree(void **state)
{
    (void)state;
    const model d = make_model();
    mutau_rng *rng = mutau_rng_alloc(5);
    enum { N = 200000 };
    double cross = 0.0, square = 0.0;
    assert_non_null(rng);
    for (size_t i = 0; i < N; i++) {
        double theta[DIM], y = SIGMA * mutau_rng_normal(rng);
        draw_prior(NULL, rng, theta);
        for (size_t k = 0; k < DIM; k++)
            y += A[k] * theta[k];
        cross += theta[0] * y / N;
        square += (theta[0] - d.m[0] * y) * y / N; /* the residual is independent of y */
    }
    CHECK_ABS(cross, A[0], 4.5 * sqrt((d.v + 1.0) / N));
    CHECK_ABS(square, 0.0, 4.5 * sqrt(d.v / N));
    mutau_rng_free(rng);
}

static void moves_keep_the_joint_density(void **state)
{
    (void)state;
    const mutau_move_stretch_settings stretch = {.a = 2.0};
    const double z = largest_z(&mutau_move_stretch, &stretch, 1);
    if (!(z < LIMIT))
        fail_msg("stretch: largest |z| %.2f", z);
}

/* A stretch move that forgets its proposal ratio. */
static void propose_without_ratio(const void *cfg, void *ws, size_t dim, const double x[],
                                  size_t n_other, const double other[], mutau_rng *rng, double y[],
                                  double *ln_q_ratio)
{
    mutau_move_stretch.propose(cfg, ws, dim, x, n_other, other, rng, y, ln_q_ratio);
    *ln_q_ratio = 0.0;
}

static void a_wrong_ratio_is_seen(void **state)
{
    (void)state;
    const mutau_move_stretch_settings stretch = {.a = 2.0};
    mutau_move broken = mutau_move_stretch;
    broken.propose = propose_without_ratio;
    const double z = largest_z(&broken, &stretch, 1);
    if (!(z > 2.0 * LIMIT))
        fail_msg("largest |z| %.2f", z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marginal_conditional_draws_agree),
        cmocka_unit_test(moves_keep_the_joint_density),
        cmocka_unit_test(a_wrong_ratio_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
