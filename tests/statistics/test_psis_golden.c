/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pareto-smoothed importance sampling against the R package loo: the table of golden/,
 * whose script stands beside it.  usage: test_psis_golden psis.csv */
#include "check.h"
#include "fail_alloc.h"
#include "golden_draws.h"
#include "analysis/psis.h"

#include <stdlib.h>

static const char *psis_csv;

enum { N_KEY = 6, N_VALUE = 6, N_FIELD = N_KEY + N_VALUE, MAX_LINE = 1024 };

typedef struct psis_case {
    char name[32], kind[32];
    golden_case draws; /* the generator, n_draw numbers from it */
    double scale, r_eff, want[N_VALUE];
} psis_case;

static bool read_case(FILE *file, psis_case *c)
{
    char line[MAX_LINE], *rest = NULL, *field[N_FIELD];
    if (fgets(line, sizeof line, file) == NULL)
        return false;
    size_t n = 0;
    for (char *f = strtok_r(line, ",\n", &rest); f != NULL; f = strtok_r(NULL, ",\n", &rest)) {
        assert_true(n < N_FIELD);
        field[n++] = f;
    }
    assert_int_equal(n, N_FIELD);
    *c = (psis_case){
        .draws = {.state = strtoull(field[2], NULL, 10), .n_draw = strtoull(field[3], NULL, 10)},
        .scale = strtod(field[4], NULL),
        .r_eff = strtod(field[5], NULL)};
    (void)snprintf(c->name, sizeof c->name, "%s", field[0]);
    (void)snprintf(c->kind, sizeof c->kind, "%s", field[1]);
    for (size_t i = 0; i < N_VALUE; i++)
        c->want[i] = strtod(field[N_KEY + i], NULL);
    return true;
}

static double ratio(psis_case *c)
{
    if (strcmp(c->kind, "pareto") == 0)
        return -c->scale * log(golden_uniform(&c->draws));
    const double y = golden_normal(&c->draws);
    if (strcmp(c->kind, "bounded") == 0)
        return -c->scale * y * y;
    if (strcmp(c->kind, "ties") == 0)
        return floor(4.0 * c->scale * y) / 4.0;
    if (strcmp(c->kind, "shifted") == 0)
        return c->scale * y - 5000.0;
    return c->scale * y;
}

static void compare(const psis_case *c, const char *what, double got, double want)
{
    if (isinf(want) ? !(isinf(got) && got > 0.0) : !(fabs(got - want) <= 1e-8 * fabs(want)))
        fail_msg("case %s: %s = %.17g, want %.17g", c->name, what, got, want);
}

static void compare_case(psis_case *c)
{
    const size_t n = c->draws.n_draw;
    mutau_psis got;
    mutau_error err = {0};
    double *x = calloc(n, sizeof *x), top = -INFINITY, sum = 0.0, square = 0.0, centre = 0.0;
    assert_non_null(x);
    for (size_t i = 0; i < n; i++)
        x[i] = ratio(c);
    CHECK_OK(mutau_psis_smooth(n, x, c->r_eff, &got, &err), err);
    for (size_t i = 0; i < n; i++)
        top = fmax(top, x[i]);
    for (size_t i = 0; i < n; i++) {
        const double w = exp(x[i] - top);
        sum += w;
        square += w * w;
        centre += w * (double)(i + 1);
    }
    compare(c, "khat", got.khat, c->want[0]);
    compare(c, "n_tail", (double)got.n_tail, c->want[1]);
    compare(c, "largest ln weight", top, c->want[2]);
    compare(c, "ln of the sum of weights", top + log(sum), c->want[3]);
    compare(c, "effective number", sum * sum / square, c->want[4]);
    compare(c, "mean index", centre / sum / (double)n, c->want[5]);
    free(x);
}

static void agrees_with_loo(void **state)
{
    (void)state;
    char line[MAX_LINE];
    psis_case c;
    size_t n_case = 0;
    FILE *file = fopen(psis_csv, "r");
    if (file == NULL)
        fail_msg("cannot read %s", psis_csv);
    for (int i = 0; i < 2; i++)
        assert_non_null(fgets(line, sizeof line, file));
    for (; read_case(file, &c); n_case++)
        compare_case(&c);
    (void)fclose(file);
    assert_int_equal(n_case, 24);
}

/* Equal weights have no tail, and stay. */
static void equal_weights_have_no_tail(void **state)
{
    (void)state;
    enum { N = 200 };
    double x[N];
    mutau_psis got;
    mutau_error err = {0};
    for (size_t i = 0; i < N; i++)
        x[i] = -3.5;
    CHECK_OK(mutau_psis_smooth(N, x, 1.0, &got, &err), err);
    assert_true(isinf(got.khat) && got.khat < 0.0);
    for (size_t i = 0; i < N; i++)
        CHECK_ABS(x[i], -3.5, 0.0);
}

/* Weights of 0 stay so; a tail that begins among them cannot be fitted and stays too. */
static void zero_weights_are_allowed(void **state)
{
    (void)state;
    enum { N = 400 };
    double x[N];
    mutau_psis got;
    mutau_error err = {0};
    golden_case c = {.state = 301};
    for (size_t i = 0; i < N; i++)
        x[i] = i % 2 == 0 ? -(double)INFINITY : golden_normal(&c);
    CHECK_OK(mutau_psis_smooth(N, x, 1.0, &got, &err), err);
    assert_true(isfinite(got.khat) && got.n_tail == 60);
    for (size_t i = 0; i < N; i += 2)
        assert_true(isinf(x[i]));
    for (size_t i = 0; i < N; i++)
        x[i] = i < 10 ? (double)i : -(double)INFINITY;
    CHECK_OK(mutau_psis_smooth(N, x, 1.0, &got, &err), err);
    assert_true(isinf(got.khat) && got.khat > 0.0);
    for (size_t i = 0; i < 10; i++)
        CHECK_ABS(x[i], (double)i, 0.0);
}

static void wrong_weights_are_refused(void **state)
{
    (void)state;
    mutau_psis got;
    mutau_error err = {0};
    double x[] = {0.0, 1.0};
    CHECK_STATUS(mutau_psis_smooth(0, x, 1.0, &got, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_psis_smooth(2, x, 0.0, &got, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_psis_smooth(2, x, NAN, &got, &err), MUTAU_EDOM, err);
    CHECK_STATUS(mutau_psis_smooth(2, x, INFINITY, &got, &err), MUTAU_EDOM, err);
    x[1] = INFINITY;
    CHECK_STATUS(mutau_psis_smooth(2, x, 1.0, &got, &err), MUTAU_EDOM, err);
    x[0] = x[1] = -INFINITY;
    CHECK_STATUS(mutau_psis_smooth(2, x, 1.0, &got, &err), MUTAU_EDOM, err);
    x[1] = NAN;
    CHECK_STATUS(mutau_psis_smooth(2, x, 1.0, &got, &err), MUTAU_ENAN, err);
    x[0] = x[1] = 0.0; /* too few to have a tail, but nothing is wrong with them */
    CHECK_OK(mutau_psis_smooth(2, x, 1.0, &got, &err), err);
    assert_true(isinf(got.khat) && got.khat > 0.0);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    enum { N = 100 };
    double x[N];
    mutau_psis got;
    mutau_error err = {0};
    const void *none = NULL;
    long n = 0;
    for (size_t i = 0; i < N; i++)
        x[i] = (double)i;
    CHECK_EACH_ALLOC(mutau_psis_smooth(N, x, 1.0, &got, &err), none, n, err);
    assert_int_equal(n, 2);
}

int main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_loo),
        cmocka_unit_test(equal_weights_have_no_tail),
        cmocka_unit_test(zero_weights_are_allowed),
        cmocka_unit_test(wrong_weights_are_refused),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    if (argc != 2)
        return 2;
    psis_csv = argv[1];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
