/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The built-in targets' stated truth, against quadrature and published values. */
#include "check.h"
#include "fail_alloc.h"
#include "sampler/builtin_target.h"
#include "store/config.h"

#include <string.h>

/* Storage for any kind's settings, with its defaults. */
typedef union any_settings {
    mutau_builtin_gaussian_settings gaussian;
    mutau_builtin_shells_settings shells;
    mutau_builtin_mixture_settings mixture;
    mutau_builtin_linear_settings linear;
    mutau_builtin_student_settings student;
    mutau_builtin_funnel_settings funnel;
    double room[MUTAU_BUILTIN_TARGET_SETTINGS_SIZE / sizeof(double)];
} any_settings;

static any_settings defaults(const mutau_builtin_target_type *type)
{
    any_settings s = {.room = {0.0}};
    mutau_option_defaults(type->options, type->n_option, &s);
    return s;
}

static mutau_builtin_target *make(const char *name, const any_settings *settings)
{
    mutau_error err = {0};
    mutau_builtin_target *t = NULL;
    CHECK_OK(mutau_builtin_target_alloc(mutau_builtin_target_find(name), settings, &t, &err), err);
    return t;
}

static void kinds_describe_themselves(void **state)
{
    (void)state;
    size_t n = 0;
    for (; mutau_builtin_target_types[n] != NULL; n++) {
        const mutau_builtin_target_type *type = mutau_builtin_target_types[n];
        const any_settings s = defaults(type);
        assert_ptr_equal(mutau_builtin_target_find(type->name), type);
        assert_true(strlen(type->doc) > 0 && strlen(type->reference) > 0);
        assert_true(type->settings_size <= MUTAU_BUILTIN_TARGET_SETTINGS_SIZE);
        for (size_t i = 0; i < type->n_option; i++) {
            assert_true(type->options[i].offset < type->settings_size);
            assert_true(strlen(type->options[i].doc) > 0);
        }
        mutau_builtin_target *t = make(type->name, &s);
        const mutau_target d = mutau_builtin_target_density(t);
        assert_true(d.dim >= 2 && d.n_blob == 0 && d.draw != NULL);
        assert_string_equal(d.names[0], "x1");
        const mutau_builtin_truth truth = mutau_builtin_target_truth(t);
        assert_true(isfinite(truth.ln_z));
        for (size_t k = 0; k < d.dim; k++)
            assert_true(isfinite(truth.mean[k]) && isfinite(truth.median[k]) && truth.sd[k] > 0.0);
        mutau_builtin_target_free(t);
    }
    assert_int_equal(n, 8);
    assert_null(mutau_builtin_target_find("nothing"));
    mutau_builtin_target_free(NULL);
}

/* Draws have a finite prior, its mean and its variance; outside there is nothing. */
static void priors_can_be_drawn_from(void **state)
{
    (void)state;
    enum { N = 4000 };
    mutau_rng *rng = mutau_rng_alloc(77);
    for (size_t i = 0; mutau_builtin_target_types[i] != NULL; i++) {
        const any_settings s = defaults(mutau_builtin_target_types[i]);
        mutau_builtin_target *t = make(mutau_builtin_target_types[i]->name, &s);
        const mutau_target d = mutau_builtin_target_density(t);
        double x[MUTAU_BUILTIN_TARGET_MAX_DIM], ln_prior, ln_like, sum = 0.0, sum_sq = 0.0;
        for (size_t j = 0; j < N; j++) {
            d.draw(d.self, rng, x);
            assert_int_equal(d.eval(d.self, NULL, x, &ln_prior, &ln_like, NULL), MUTAU_OK);
            assert_true(isfinite(ln_prior) && isfinite(ln_like));
            sum += x[1] / N;
            sum_sq += x[1] * x[1] / N;
        }
        /* Uniform on [lo, hi] from the density, else normal: 16 numbers at 5 sd. */
        const bool normal = strcmp(mutau_builtin_target_types[i]->name, "linear-gaussian") == 0;
        const double width = exp(-ln_prior / (double)d.dim);
        const bool egg = strcmp(mutau_builtin_target_types[i]->name, "eggbox") == 0;
        const double mean = egg ? 0.5 * width : 0.0;
        const double var = normal ? s.linear.prior_sd * s.linear.prior_sd : width * width / 12.0;
        CHECK_ABS(sum, mean, 5.0 * sqrt(var / N));
        CHECK_REL(sum_sq - sum * sum, var, 5.0 * sqrt((normal ? 2.0 : 0.8) / N));
        x[0] = 1e9;
        assert_int_equal(d.eval(d.self, NULL, x, &ln_prior, &ln_like, NULL), MUTAU_OK);
        assert_true(normal ? ln_prior < -1e15 : isinf(ln_prior) && isinf(ln_like));
        mutau_builtin_target_free(t);
    }
    mutau_rng_free(rng);
}

/* Trapezoids on a grid of two dimensions about the truth's mean. */
static void check_by_quadrature(const char *name, const any_settings *settings, const double lo[],
                                const double hi[], double tol)
{
    enum { N = 1600 };
    mutau_builtin_target *t = make(name, settings);
    const mutau_target d = mutau_builtin_target_density(t);
    const mutau_builtin_truth truth = mutau_builtin_target_truth(t);
    const double step[2] = {(hi[0] - lo[0]) / N, (hi[1] - lo[1]) / N};
    double z = 0.0, sum[2] = {0.0}, sum_sq[2] = {0.0}, below[2] = {0.0};
    assert_int_equal(d.dim, 2);
    for (size_t i = 0; i <= N; i++)
        for (size_t j = 0; j <= N; j++) {
            const double x[2] = {lo[0] + step[0] * (double)i, lo[1] + step[1] * (double)j};
            double ln_prior, ln_like;
            (void)d.eval(d.self, NULL, x, &ln_prior, &ln_like, NULL);
            const double p = exp(ln_prior + ln_like - truth.ln_z) * (i % N == 0 ? 0.5 : 1.0) *
                             (j % N == 0 ? 0.5 : 1.0);
            z += p;
            for (size_t k = 0; k < 2; k++) {
                sum[k] += p * (x[k] - truth.mean[k]);
                sum_sq[k] += p * (x[k] - truth.mean[k]) * (x[k] - truth.mean[k]);
                /* The cell about the point has a share of its length below the median. */
                below[k] += p * fmin(fmax((truth.median[k] - x[k]) / step[k] + 0.5, 0.0), 1.0);
            }
        }
    CHECK_ABS(log(z * step[0] * step[1]), 0.0, tol);
    for (size_t k = 0; k < 2; k++) {
        CHECK_ABS(sum[k] / z / truth.sd[k], 0.0, tol);
        CHECK_REL(sqrt(sum_sq[k] / z), truth.sd[k], tol);
        CHECK_ABS(below[k] / z, 0.5, fmax(tol, 1e-4));
    }
    mutau_builtin_target_free(t);
}

static void truths_are_those_of_quadrature(void **state)
{
    (void)state;
    static const double ten[2] = {10.0, 10.0}, minus_ten[2] = {-10.0, -10.0};
    static const double six[2] = {6.0, 6.0}, minus_six[2] = {-6.0, -6.0};
    const double egg[2] = {10.0 * acos(-1.0), 10.0 * acos(-1.0)}, zero[2] = {0.0, 0.0};
    static const double rosen_lo[2] = {-3.0, -1.0}, rosen_hi[2] = {3.0, 5.0};
    any_settings s = {.gaussian = {2, 1.0, 0.0, 10.0}};
    check_by_quadrature("gaussian", &s, minus_ten, ten, 1e-9);
    s.gaussian = (mutau_builtin_gaussian_settings){2, 0.7, 0.9, 10.0};
    check_by_quadrature("gaussian", &s, minus_ten, ten, 1e-9);
    s.shells = (mutau_builtin_shells_settings){2};
    check_by_quadrature("shells", &s, minus_six, six, 1e-6);
    s.mixture = (mutau_builtin_mixture_settings){2, 3, 0.2, 4.0, 0.7, 10.0};
    check_by_quadrature("mixture", &s, minus_ten, ten, 1e-9);
    check_by_quadrature("eggbox", NULL, zero, egg, 3e-5);
    check_by_quadrature("rosenbrock", NULL, rosen_lo, rosen_hi, 1e-3);
    s.linear = (mutau_builtin_linear_settings){2, 5, 0.5, 3.0};
    check_by_quadrature("linear-gaussian", &s, minus_six, six, 1e-9);
    s.student = (mutau_builtin_student_settings){2, 3, 0.7, 10.0};
    check_by_quadrature("student", &s, minus_ten, ten, 3e-5);
}

/* In x1 and u = x2 exp(-x1 / 2) the funnel is a round normal density, and the box is cut
 * off where it is below 1e-14: what is left is the density itself. */
static void the_funnel_in_its_own_coordinates(void **state)
{
    (void)state;
    enum { N = 160 };
    const any_settings s = {.funnel = {2, 0.7, 500.0}};
    mutau_builtin_target *t = make("funnel", &s);
    const mutau_target d = mutau_builtin_target_density(t);
    const mutau_builtin_truth truth = mutau_builtin_target_truth(t);
    double z = 0.0, v_sq = 0.0, x_sq = 0.0;
    for (size_t i = 0; i <= N; i++)
        for (size_t j = 0; j <= N; j++) {
            const double v = 0.7 * 8.0 * (2.0 * (double)i / N - 1.0);
            const double u = 8.0 * (2.0 * (double)j / N - 1.0), x[2] = {v, u * exp(0.5 * v)};
            double ln_prior, ln_like;
            (void)d.eval(d.self, NULL, x, &ln_prior, &ln_like, NULL);
            const double p = exp(ln_prior + ln_like - truth.ln_z + 0.5 * v);
            z += p;
            v_sq += p * v * v;
            x_sq += p * x[1] * x[1];
        }
    CHECK_ABS(log(z * 0.7 * 0.1 * 0.1), 0.0, 1e-12);
    CHECK_REL(sqrt(v_sq / z), truth.sd[0], 1e-12);
    CHECK_REL(sqrt(x_sq / z), truth.sd[1], 1e-12);
    CHECK_ABS(truth.median[0], 0.0, 1e-12);
    mutau_builtin_target_free(t);
}

/* golden/tails.py, at 30 digits. */
static void heavy_tails_and_funnels_against_mpmath(void **state)
{
    (void)state;
    static const struct {
        mutau_builtin_student_settings settings;
        double ln_z, sd;
    } student[] = {{{2, 1, 1.0, 100.0}, -10.6094074027438, 7.94165253222275},
                   {{1, 2, 1.0, 100.0}, -5.29841735654937, 2.81150811029925},
                   {{5, 3, 0.01, 10.0}, -14.9786613787965, 0.0173013989986016},
                   {{10, 4, 2.0, 3.0}, -20.2495335639577, 1.47709789175199},
                   {{3, 30, 1.0, 20.0}, -11.0666383623418, 1.03509833901353}};
    static const struct {
        mutau_builtin_funnel_settings settings;
        double ln_z, mean, sd, median, x_sd;
    } funnel[] = {{{2, 1.0, 500.0}, -13.8155105579643, 0.0, 1.0, 0.0, 1.28402541668774},
                  {{2, 3.0, 30.0},
                   -8.19876247670524,
                   -0.0741092113375541,
                   2.91981848994034,
                   -0.0376860892462336,
                   4.00125912270429},
                  {{5, 3.0, 30.0},
                   -20.4949392738572,
                   -0.161912817158582,
                   2.83458791772163,
                   -0.0862989478061997,
                   3.61649610109382},
                  {{10, 3.0, 30.0},
                   -40.9756485485059,
                   -0.216867585370952,
                   2.78672730437295,
                   -0.119183668658009,
                   3.36507000462039},
                  {{10, 5.0, 40.0},
                   -43.9338307520813,
                   -1.02831672257865,
                   4.19582136966704,
                   -0.674779744220167,
                   4.91912909115964},
                  {{4, 0.5, 5.0},
                   -9.211067186818,
                   -0.000834962391886577,
                   0.499133121375296,
                   -0.000455177135446725,
                   1.06060248335265}};
    for (size_t i = 0; i < sizeof student / sizeof *student; i++) {
        const any_settings s = {.student = student[i].settings};
        mutau_builtin_target *t = make("student", &s);
        const mutau_builtin_truth truth = mutau_builtin_target_truth(t);
        CHECK_REL(truth.ln_z, student[i].ln_z, 1e-12);
        CHECK_REL(truth.sd[s.student.dim - 1], student[i].sd, 1e-11);
        CHECK_ABS(truth.mean[0], 0.0, 1e-300);
        CHECK_ABS(truth.median[0], 0.0, 1e-300);
        mutau_builtin_target_free(t);
    }
    for (size_t i = 0; i < sizeof funnel / sizeof *funnel; i++) {
        const any_settings s = {.funnel = funnel[i].settings};
        mutau_builtin_target *t = make("funnel", &s);
        const mutau_builtin_truth truth = mutau_builtin_target_truth(t);
        CHECK_REL(truth.ln_z, funnel[i].ln_z, 1e-12);
        CHECK_ABS(truth.mean[0], funnel[i].mean, 1e-10);
        CHECK_REL(truth.sd[0], funnel[i].sd, 1e-10);
        CHECK_ABS(truth.median[0], funnel[i].median, 1e-10);
        CHECK_REL(truth.sd[s.funnel.dim - 1], funnel[i].x_sd, 1e-10);
        mutau_builtin_target_free(t);
    }
}

/* golden/tails.py; two even modes have their median in the middle. */
static void medians_of_mixtures_and_rosenbrock(void **state)
{
    (void)state;
    static const struct {
        mutau_builtin_mixture_settings settings;
        double median;
    } known[] = {{{2, 2, 0.3, 5.0, 0.5, 10.0}, 4.71702558903357},
                 {{2, 3, 0.2, 4.0, 0.7, 10.0}, 0.472142311946444},
                 {{2, 2, 0.08, 2.0, 0.4, 10.0}, 1.95631980732343},
                 {{1, 2, 0.5, 5.0, 0.5, 10.0}, 0.0}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const any_settings s = {.mixture = known[i].settings};
        mutau_builtin_target *t = make("mixture", &s);
        CHECK_ABS(mutau_builtin_target_truth(t).median[s.mixture.dim - 1], known[i].median, 1e-7);
        mutau_builtin_target_free(t);
    }
    mutau_builtin_target *t = make("rosenbrock", NULL);
    CHECK_ABS(mutau_builtin_target_truth(t).median[0], 0.964297557392212, 1e-12);
    CHECK_ABS(mutau_builtin_target_truth(t).median[1], 0.94041139984083, 1e-12);
    mutau_builtin_target_free(t);
}

/* Shells: quadratures made for a survey of samplers, and literature where it has them
 * (Feroz, Hobson & Bridges 2009: -1.75, -5.67, -14.59, -36.09, -60.13). */
static void shells_in_many_dimensions(void **state)
{
    (void)state;
    static const struct {
        long dim;
        double ln_z;
    } known[] = {{2, -1.7456},   {3, -2.8418},   {5, -5.6736},
                 {10, -14.5905}, {20, -36.0865}, {30, -60.1278}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const any_settings s = {.shells = {known[i].dim}};
        mutau_builtin_target *t = make("shells", &s);
        CHECK_ABS(mutau_builtin_target_truth(t).ln_z, known[i].ln_z, 6e-5);
        mutau_builtin_target_free(t);
    }
}

/* The published values of the others: dynesty's tests have 235.856, surveys -5.80413. */
static void known_evidences(void **state)
{
    (void)state;
    mutau_builtin_target *t = make("eggbox", NULL);
    CHECK_ABS(mutau_builtin_target_truth(t).ln_z, 235.85594, 1e-5);
    mutau_builtin_target_free(t);
    t = make("rosenbrock", NULL);
    CHECK_ABS(mutau_builtin_target_truth(t).ln_z, -5.80413, 1e-5);
    mutau_builtin_target_free(t);
    const any_settings s = {.gaussian = {5, 1.0, 0.95, 30.0}};
    t = make("gaussian", &s);
    CHECK_REL(mutau_builtin_target_truth(t).ln_z, -5.0 * log(60.0), 1e-14);
    mutau_builtin_target_free(t);
}

/* mpmath 1.2.1 at 30 digits: ln N(d; 0, 3^2 A A^T + 0.25^2) and the gain matrix, for the
 * defaults of 4 coefficients and 12 data. */
static void the_linear_model_in_four_dimensions(void **state)
{
    (void)state;
    static const double mean[] = {0.0, 2.4976534269449, 0.0, -2.3991031926116},
                        sd[] = {0.10867946666066, 0.29140181460526, 0.20643722872233,
                                0.38177166066422};
    const any_settings s = defaults(mutau_builtin_target_find("linear-gaussian"));
    mutau_builtin_target *t = make("linear-gaussian", &s);
    const mutau_builtin_truth truth = mutau_builtin_target_truth(t);
    CHECK_REL(truth.ln_z, -7.23080932199341, 1e-13);
    for (size_t k = 0; k < 4; k++) {
        CHECK_ABS(truth.mean[k], mean[k], 1e-12);
        CHECK_REL(truth.sd[k], sd[k], 1e-12);
    }
    mutau_builtin_target_free(t);
}

static void truths_that_would_not_hold_are_refused(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_builtin_target *t = NULL;
    any_settings s = {.gaussian = {2, 1.0, 0.0, 7.9}};
    CHECK_STATUS(mutau_builtin_target_alloc(mutau_builtin_target_find("gaussian"), &s, &t, &err),
                 MUTAU_ECONFIG, err);
    assert_null(t);
    assert_non_null(strstr(err.text, "target gaussian: half_width = 7.9"));
    s.mixture = (mutau_builtin_mixture_settings){2, 2, 0.5, 5.0, 1.0, 12.9};
    CHECK_STATUS(mutau_builtin_target_alloc(mutau_builtin_target_find("mixture"), &s, &t, &err),
                 MUTAU_ECONFIG, err);
    assert_null(t);
    s.student = (mutau_builtin_student_settings){2, 2, 1.0, 0.9};
    CHECK_STATUS(mutau_builtin_target_alloc(mutau_builtin_target_find("student"), &s, &t, &err),
                 MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "target student: half_width = 0.9 must be at least scale"));
    s.funnel = (mutau_builtin_funnel_settings){2, 3.0, 23.9};
    CHECK_STATUS(mutau_builtin_target_alloc(mutau_builtin_target_find("funnel"), &s, &t, &err),
                 MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "target funnel: half_width = 23.9 must be at least 8 sd"));
    assert_null(t);
}

static void failed_allocations_are_reported(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_builtin_target *t = NULL;
    long count;
    CHECK_EACH_ALLOC(
        mutau_builtin_target_alloc(mutau_builtin_target_find("eggbox"), NULL, &t, &err), t, count,
        err);
    assert_int_equal(count, 1);
    mutau_builtin_target_free(t);
}

/* With the most that the options allow between noise and prior the precision of a polynomial
 * that has fewer data than coefficients is nearly singular; a coordinate is known no worse than
 * before the data, and the constant, which they do see, better. */
static void the_linear_model_at_the_ends_of_its_options(void **state)
{
    (void)state;
    for (long dim = 1; dim <= 8; dim++)
        for (long n_data = 2; n_data <= 64; n_data++) {
            any_settings s = {0};
            s.linear = (mutau_builtin_linear_settings){dim, n_data, 1e-3, 1e3};
            mutau_builtin_target *t = make("linear-gaussian", &s);
            const mutau_builtin_truth truth = mutau_builtin_target_truth(t);
            assert_true(isfinite(truth.ln_z));
            for (long k = 0; k < dim; k++)
                assert_true(truth.sd[k] > 0.0 && truth.sd[k] <= 1e3 * (1.0 + 1e-9));
            assert_true(truth.sd[0] < 1e3 && isfinite(truth.mean[0]));
            mutau_builtin_target_free(t);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_describe_themselves),
        cmocka_unit_test(priors_can_be_drawn_from),
        cmocka_unit_test(truths_are_those_of_quadrature),
        cmocka_unit_test(the_funnel_in_its_own_coordinates),
        cmocka_unit_test(heavy_tails_and_funnels_against_mpmath),
        cmocka_unit_test(medians_of_mixtures_and_rosenbrock),
        cmocka_unit_test(shells_in_many_dimensions),
        cmocka_unit_test(known_evidences),
        cmocka_unit_test(the_linear_model_in_four_dimensions),
        cmocka_unit_test(the_linear_model_at_the_ends_of_its_options),
        cmocka_unit_test(truths_that_would_not_hold_are_refused),
        cmocka_unit_test(failed_allocations_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
