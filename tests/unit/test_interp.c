/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Table interpolation: exact where its form is exact, NaN outside, clear refusals. */
#include "check.h"
#include "base/interp.h"
#include "base/rng.h"

#include <gsl/gsl_spline.h>
#include <stdbool.h>

#include <string.h>

static void log_log_is_exact_on_a_power_law(void **state)
{
    (void)state;
    mutau_error err = {0};
    const double x[] = {0.5, 1.3, 2.9, 11.0};
    double y[4];
    for (size_t i = 0; i < 4; i++)
        y[i] = 2.385 * pow(x[i], -1.7);
    mutau_interp *t = NULL;
    CHECK_OK(mutau_interp_alloc(MUTAU_INTERP_LOG_LOG, 4, x, y, &t, &err), err);
    for (double at = 0.5; at <= 11.0; at *= 1.17)
        CHECK_REL(mutau_interp_eval(t, at), 2.385 * pow(at, -1.7), 1e-14);
    CHECK_REL(mutau_interp_eval(t, 0.5), y[0], 1e-14);
    CHECK_REL(mutau_interp_eval(t, 11.0), y[3], 1e-14);
    CHECK_ABS(mutau_interp_min(t), 0.5, 0.0);
    CHECK_ABS(mutau_interp_max(t), 11.0, 0.0);
    assert_true(isnan(mutau_interp_eval(t, 0.49)));
    assert_true(isnan(mutau_interp_eval(t, 11.01)));
    assert_true(isnan(mutau_interp_eval(t, (double)NAN)));
    mutau_interp_free(t);
}

static void linear_and_cubic_are_exact_on_lines(void **state)
{
    (void)state;
    mutau_error err = {0};
    const double x[] = {1.0, 2.5, 3.0, 7.25, 9.0};
    double line[5], log_line[5];
    for (size_t i = 0; i < 5; i++) {
        line[i] = 1.25 - 0.75 * x[i];
        log_line[i] = 1.25 - 0.75 * log(x[i]);
    }
    mutau_interp *linear = NULL, *cubic = NULL, *log_cubic = NULL;
    CHECK_OK(mutau_interp_alloc(MUTAU_INTERP_LINEAR, 5, x, line, &linear, &err), err);
    CHECK_OK(mutau_interp_alloc(MUTAU_INTERP_CUBIC, 5, x, line, &cubic, &err), err);
    CHECK_OK(mutau_interp_alloc(MUTAU_INTERP_LOG_X_CUBIC, 5, x, log_line, &log_cubic, &err), err);
    for (double at = 1.0; at <= 9.0; at += 0.37) {
        CHECK_ABS(mutau_interp_eval(linear, at), 1.25 - 0.75 * at, 1e-14);
        CHECK_ABS(mutau_interp_eval(cubic, at), 1.25 - 0.75 * at, 1e-14);
        CHECK_ABS(mutau_interp_eval(log_cubic, at), 1.25 - 0.75 * log(at), 1e-14);
    }
    mutau_interp_free(linear);
    mutau_interp_free(cubic);
    mutau_interp_free(log_cubic);
    mutau_interp_free(NULL);
}

/* Rows at equal and at very unequal distances, and at points on, between and at the ends of them.
 */
static void values_are_gsls(void **state)
{
    (void)state;
    enum { ROWS = 200, POINTS = 20000 };
    double x[ROWS], y[ROWS], u[ROWS];
    mutau_rng *rng = mutau_rng_alloc(5);
    for (int how = 0; how < 6; how++) {
        const bool cubic = how % 2 == 0, log_x = how >= 4;
        x[0] = 1e-3;
        for (size_t i = 0; i < ROWS; i++) {
            if (i > 0)
                x[i] = x[i - 1] * (how < 2 ? 1.03 : exp(pow(mutau_rng_uniform(rng), 6.0) + 1e-9));
            y[i] = mutau_rng_normal(rng);
            u[i] = log_x ? log(x[i]) : x[i];
        }
        gsl_spline *gsl = gsl_spline_alloc(cubic ? gsl_interp_cspline : gsl_interp_linear, ROWS);
        mutau_interp *t = NULL;
        mutau_error err = {0};
        if (!cubic && log_x) /* not a kind that there is */
            for (size_t i = 0; i < ROWS; i++)
                u[i] = x[i];
        assert_int_equal(gsl_spline_init(gsl, u, y, ROWS), 0);
        CHECK_OK(mutau_interp_alloc(!cubic  ? MUTAU_INTERP_LINEAR
                                    : log_x ? MUTAU_INTERP_LOG_X_CUBIC
                                            : MUTAU_INTERP_CUBIC,
                                    ROWS, x, y, &t, &err),
                 err);
        for (size_t i = 0; i < POINTS; i++) {
            const double at =
                i < ROWS ? x[i] : x[0] * exp(mutau_rng_uniform(rng) * log(x[ROWS - 1] / x[0]));
            const double in = at < x[ROWS - 1] ? at : x[ROWS - 1];
            const double v = cubic && log_x ? log(in) : in;
            double one, two;
            CHECK_ABS(mutau_interp_eval(t, in), gsl_spline_eval(gsl, v, NULL), 0.0);
            mutau_interp_eval_two(t, t, in, &one, &two);
            CHECK_ABS(one, mutau_interp_eval(t, in), 0.0);
            CHECK_ABS(two, one, 0.0);
        }
        double one, two;
        mutau_interp_eval_two(t, t, 0.5e-3, &one, &two);
        assert_true(isnan(one) && isnan(two));
        mutau_interp_free(t);
        gsl_spline_free(gsl);
    }
    mutau_rng_free(rng);
}

static void bad_rows_are_named(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_interp *t = NULL;
    const double up[] = {1.0, 2.0, 2.0}, y[] = {1.0, 2.0, 3.0};
    const double nan_y[] = {1.0, (double)NAN, 3.0}, zero[] = {0.0, 1.0, 2.0};
    CHECK_STATUS(mutau_interp_alloc(MUTAU_INTERP_LINEAR, 3, up, y, &t, &err), MUTAU_EDOM, err);
    assert_non_null(strstr(err.text, "row 3"));
    CHECK_STATUS(mutau_interp_alloc(MUTAU_INTERP_LINEAR, 3, y, nan_y, &t, &err), MUTAU_EDOM, err);
    assert_non_null(strstr(err.text, "row 2"));
    CHECK_STATUS(mutau_interp_alloc(MUTAU_INTERP_LOG_LOG, 3, zero, y, &t, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_interp_alloc(MUTAU_INTERP_LINEAR, 1, y, y, &t, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_interp_alloc(MUTAU_INTERP_CUBIC, 2, y, y, &t, &err), MUTAU_EDOM, err);
    assert_null(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(log_log_is_exact_on_a_power_law),
        cmocka_unit_test(linear_and_cubic_are_exact_on_lines),
        cmocka_unit_test(values_are_gsls),
        cmocka_unit_test(bad_rows_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
