/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mixtures of t distributions: density, draws, text.  tests/unit/test_mixture_fit.c has the fit.
 * Seeds are fixed; the rates of false alarms are for seeds that are not. */
#include "check.h"
#include "fail_alloc.h"
#include "base/bounds.h"
#include "sampler/mixture.h"
#include "store/table.h"

#include <float.h>
#include <gsl/gsl_cdf.h>
#include <stdbool.h>
#include <string.h>

#define EDGES "lo -1 2 -.inf -.inf\nhi 0.5 .inf 5 .inf\n"
#define FIRST "t 8 0.625 0.5 -1 2 0.25 1.5 0.25 0.5 -0.75 0.125 2 0.5 -0.25 1 0.75\n"
#define SECOND "t 32 0.25 -2 0.5 1 -3 0.0625 0.5 0.25 -1 0.5 0.125 0.25 2 -0.5 0.5\n"
#define WIDE "t 4 0.125 0 0 0 0 3 0 4 0 0 2 0 0 0 6\n"

/* That of tests/reference/mixture_density.py. */
static const char TEXT[] = "mixture 1 4 3\n" EDGES FIRST SECOND WIDE;
enum { DIM = 4 };

static mutau_mixture *read_mixture(const char *text)
{
    mutau_mixture *m = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_mixture_read(text, &m, &err), err);
    assert_non_null(m);
    return m;
}

/* ---- density ---- */

static void density_is_mpmaths(void **state)
{
    (void)state;
    mutau_mixture *m = read_mixture(TEXT);
    mutau_table *t = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_table_read_file(MUTAU_TEST_REFERENCE_DIR "/mixture_density.csv", &t, &err), err);
    static const char *const names[] = {"x1", "x2", "x3", "x4", "ln_density"};
    double column[DIM + 1][9];
    assert_int_equal(mutau_table_rows(t), 9);
    for (size_t k = 0; k <= DIM; k++)
        CHECK_OK(mutau_table_real(t, names[k], column[k], &err), err);
    assert_int_equal(mutau_mixture_dim(m), DIM);
    assert_int_equal(mutau_mixture_n_component(m), 3);
    for (size_t i = 0; i < mutau_table_rows(t); i++) {
        double x[DIM];
        for (size_t k = 0; k < DIM; k++)
            x[k] = column[k][i];
        CHECK_REL(mutau_mixture_ln_density(m, x), column[DIM][i], 4e-15);
    }
    mutau_table_free(t);
    mutau_mixture_free(m);
}

static void there_is_nothing_at_the_edges_and_beyond(void **state)
{
    (void)state;
    mutau_mixture *m = read_mixture(TEXT);
    static const double inside[DIM] = {0.0, 3.0, 4.0, 0.0};
    static const double least[DIM] = {-1.0, 2.0, -(double)INFINITY, -(double)INFINITY};
    static const double most[DIM] = {0.5, (double)INFINITY, 5.0, (double)INFINITY};
    for (size_t k = 0; k < DIM; k++) {
        const double outside[] = {least[k],
                                  most[k],
                                  nextafter(least[k], -(double)INFINITY),
                                  nextafter(most[k], (double)INFINITY),
                                  -(double)INFINITY,
                                  (double)INFINITY};
        for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
            double x[DIM];
            memcpy(x, inside, sizeof x);
            x[k] = outside[i];
            const double ln_density = mutau_mixture_ln_density(m, x);
            assert_true(isinf(ln_density) && ln_density < 0.0);
            x[(k + 1) % DIM] = (double)NAN;
            assert_true(isnan(mutau_mixture_ln_density(m, x)));
        }
        double x[DIM];
        memcpy(x, inside, sizeof x);
        x[k] = nextafter(least[k], most[k]);
        if (isfinite(least[k]))
            assert_true(isfinite(mutau_mixture_ln_density(m, x)));
        x[k] = nextafter(most[k], least[k]);
        if (isfinite(most[k]))
            assert_true(isfinite(mutau_mixture_ln_density(m, x)));
    }
    /* farther than the square of a distance can say */
    const double far[DIM] = {0.0, 3.0, 4.0, 1e300};
    assert_true(mutau_mixture_ln_density(m, far) < -1e3);
    mutau_mixture_free(m);
}

/* Trapezes in ln(x - lo) and so on, which the steps of x come from: the sum of density times dx. */
static double integral(const mutau_mixture *m, double x1(double), double x2(double))
{
    enum { N = 600 };
    const size_t dim = mutau_mixture_dim(m);
    const double step = 60.0 / N, tiny = 1e-5;
    double sum = 0.0;
    for (int i = 0; i < N; i++) {
        const double u = (i + 0.5) * step - 30.0;
        double inner = 0.0;
        for (int j = 0; j < (dim > 1 ? N : 1); j++) {
            const double v = (j + 0.5) * step - 30.0;
            const double x[2] = {x1(u), x2(v)};
            inner += exp(mutau_mixture_ln_density(m, x)) *
                     (dim > 1 ? (x2(v + tiny) - x2(v - tiny)) / (2.0 * tiny) * step : 1.0);
        }
        sum += inner * (x1(u + tiny) - x1(u - tiny)) / (2.0 * tiny) * step;
    }
    return sum;
}

static double plain(double u)
{
    return u;
}
/* within -2 and 1, from the nearer edge: above 1e-13 of it, where x is known to 1e-3 */
static double between(double u)
{
    return u < 0.0 ? -2.0 + 3.0 * exp(u) / (1.0 + exp(u)) : 1.0 - 3.0 / (1.0 + exp(u));
}
static double above(double u)
{
    return exp(u);
}

static void densities_integrate_to_one(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double (*x1)(double), (*x2)(double);
    } rows[] = {
        {"mixture 1 1 2\nlo -.inf\nhi .inf\nt 16 0.75 1 0.5\nt 8 0.25 -2 1.25\n", plain, plain},
        {"mixture 1 1 2\nlo 0\nhi .inf\nt 16 0.75 1 0.5\nt 8 0.25 -2 1.25\n", above, plain},
        {"mixture 1 1 2\nlo -2\nhi 1\nt 16 0.75 1 0.5\nt 8 0.25 -2 1\n", between, plain},
        {"mixture 1 2 2\nlo -2 0\nhi 1 .inf\nt 16 0.75 1 -1 0.5 0.75 0.5\n"
         "t 8 0.25 -2 0.5 1 -0.75 1\n",
         between, above},
        {"mixture 1 2 1\nlo -.inf -2\nhi .inf 1\nt 10 1 1 -1 0.5 0.75 1\n", plain, between},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mutau_mixture *m = read_mixture(rows[i].text);
        CHECK_ABS(integral(m, rows[i].x1, rows[i].x2), 1.0, 1e-6);
        mutau_mixture_free(m);
    }
}

/* ---- draws ---- */

static int rising(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of TEXT: a coordinate z of a component is a t distribution, its scale the length of a row. */
static double marginal(size_t k, double z)
{
    static const double mean[3][DIM] = {{0.5, -1, 2, 0.25}, {-2, 0.5, 1, -3}, {0}};
    static const double row[3][DIM][DIM] = {
        {{1.5}, {0.25, 0.5}, {-0.75, 0.125, 2}, {0.5, -0.25, 1, 0.75}},
        {{0.0625}, {0.5, 0.25}, {-1, 0.5, 0.125}, {0.25, 2, -0.5, 0.5}},
        {{3}, {0, 4}, {0, 0, 2}, {0, 0, 0, 6}}};
    static const double weight[3] = {0.625, 0.25, 0.125}, dof[3] = {8.0, 32.0, 4.0};
    double sum = 0.0;
    for (size_t j = 0; j < 3; j++) {
        double square = 0.0;
        for (size_t l = 0; l < DIM; l++)
            square += row[j][k][l] * row[j][k][l];
        sum += weight[j] * gsl_cdf_tdist_P((z - mean[j][k]) / sqrt(square), dof[j]);
    }
    return sum;
}

static double z_of(size_t k, double x)
{
    const double z[DIM] = {log((x + 1.0) / (0.5 - x)), log(x - 2.0), log(5.0 - x), x};
    return z[k];
}

/* Kolmogorov and Smirnov in each of four coordinates: a false alarm in 250000 of these tests. */
static void draws_have_the_marginals(void **state)
{
    (void)state;
    enum { N = 40000 };
    static double z[DIM][N];
    mutau_mixture *m = read_mixture(TEXT);
    mutau_rng *rng = mutau_rng_alloc(20260101);
    for (size_t i = 0; i < N; i++) {
        double x[DIM];
        mutau_mixture_draw(m, rng, x);
        for (size_t k = 0; k < DIM; k++)
            z[k][i] = z_of(k, x[k]);
    }
    for (size_t k = 0; k < DIM; k++) {
        double worst = 0.0;
        qsort(z[k], N, sizeof z[k][0], rising);
        for (size_t i = 0; i < N; i++) {
            const double p = marginal(k, z[k][i]);
            worst = fmax(worst, fmax((double)(i + 1) / N - p, p - (double)i / N));
        }
        CHECK_ABS(worst * sqrt(N), 0.0, sqrt(-0.5 * log(0.5e-6)));
    }
    mutau_rng_free(rng);
    mutau_mixture_free(m);
}

/* How the coordinates go together: another density's over this one's has the mean 1 over draws of
 * this one.  4.5 sd: a false alarm in 150000. */
static void draws_and_density_agree(void **state)
{
    (void)state;
    enum { N = 40000 };
    static const char *const others[] = {
        "mixture 1 4 1\n" EDGES "t 8 1 0.5 -1 2 0.25 1 0.25 0.5 -0.75 0.125 1 0.5 -0.25 1 0.5\n",
        "mixture 1 4 1\n" EDGES
        "t 32 1 -2 0.5 1 -3 0.0625 0.5 0.2 -1 0.5 0.125 0.25 2 -0.5 0.375\n"};
    mutau_mixture *m = read_mixture(TEXT);
    mutau_rng *rng = mutau_rng_alloc(577);
    for (size_t o = 0; o < 2; o++) {
        mutau_mixture *other = read_mixture(others[o]);
        double sum = 0.0, square = 0.0;
        for (size_t i = 0; i < N; i++) {
            double x[DIM];
            mutau_mixture_draw(m, rng, x);
            const double ratio =
                exp(mutau_mixture_ln_density(other, x) - mutau_mixture_ln_density(m, x));
            sum += ratio / N;
            square += ratio * ratio / N;
        }
        assert_true(square < 100.0);
        CHECK_ABS(sum, 1.0, 4.5 * sqrt((square - sum * sum) / N));
        mutau_mixture_free(other);
    }
    mutau_rng_free(rng);
    mutau_mixture_free(m);
}

static void each_draw_takes_as_many_numbers(void **state)
{
    (void)state;
    mutau_mixture *m = read_mixture(TEXT);
    mutau_rng *rng = mutau_rng_alloc(3), *beside = mutau_rng_alloc(3);
    for (int i = 0; i < 200; i++) {
        double x[DIM];
        mutau_mixture_draw(m, rng, x);
        for (int j = 0; j < 1 + DIM + 32 / 2; j++)
            (void)mutau_rng_uniform(beside);
        assert_true(mutau_rng_word(rng) == mutau_rng_word(beside));
    }
    mutau_rng_free(rng);
    mutau_rng_free(beside);
    mutau_mixture_free(m);
}

/* Components that rounding puts on an edge, or past the largest number. */
static void draws_are_within_the_edges(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "mixture 1 2 1\nlo 1000 1000\nhi 1001 .inf\nt 4 1 -45 -45 3 0 3\n",
        "mixture 1 2 1\nlo 1000 -.inf\nhi 1001 1000\nt 4 1 45 -45 3 0 3\n",
        "mixture 1 2 1\nlo 0 0\nhi 1 .inf\nt 4 1 -800 -800 30 0 30\n",
        "mixture 1 2 1\nlo 0 0\nhi 1 .inf\nt 4 1 800 800 30 0 30\n",
        "mixture 1 2 1\nlo -1 -.inf\nhi 0 0\nt 4 1 800 800 30 0 30\n",
    };
    static const double edges[][4] = {{1000, 1001, 1000, (double)INFINITY},
                                      {1000, 1001, -(double)INFINITY, 1000},
                                      {0, 1, 0, (double)INFINITY},
                                      {0, 1, 0, (double)INFINITY},
                                      {-1, 0, -(double)INFINITY, 0}};
    for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
        mutau_mixture *m = read_mixture(texts[t]);
        mutau_rng *rng = mutau_rng_alloc(17);
        for (int i = 0; i < 1000; i++) {
            double x[2];
            mutau_mixture_draw(m, rng, x);
            for (size_t k = 0; k < 2; k++)
                assert_true(x[k] > edges[t][2 * k] && x[k] < edges[t][2 * k + 1]);
            assert_true(isfinite(mutau_mixture_ln_density(m, x)));
        }
        mutau_rng_free(rng);
        mutau_mixture_free(m);
    }
}

/* ---- text ---- */

static void text_reads_back_to_the_same_bits(void **state)
{
    (void)state;
    static const char odd[] = "mixture 1 2 2\nlo 0.1 -.inf\nhi 0.30000000000000004 .inf\n"
                              "t 2 0.3333333333333333 0.1 -1e-300 1.7976931348623157e200 3 5e-100\n"
                              "t 16 0.6666666666666667 -0.7 12345.678901234567 0.1 -0.2 0.3\n";
    static const char *const texts[] = {TEXT, odd};
    for (size_t t = 0; t < 2; t++) {
        mutau_mixture *m = read_mixture(texts[t]);
        char *text = mutau_mixture_write(m);
        assert_non_null(text);
        mutau_mixture *again = read_mixture(text);
        char *text_again = mutau_mixture_write(again);
        assert_string_equal(text, text_again);
        if (t == 0)
            assert_string_equal(text, TEXT);
        mutau_rng *rng = mutau_rng_alloc(5), *rng_again = mutau_rng_alloc(5);
        for (int i = 0; i < 300; i++) {
            double x[DIM], y[DIM];
            mutau_mixture_draw(m, rng, x);
            mutau_mixture_draw(again, rng_again, y);
            assert_memory_equal(x, y, mutau_mixture_dim(m) * sizeof x[0]);
            const double p = mutau_mixture_ln_density(m, x);
            const double q = mutau_mixture_ln_density(again, x);
            assert_memory_equal(&p, &q, sizeof p);
        }
        mutau_rng_free(rng);
        mutau_rng_free(rng_again);
        free(text);
        free(text_again);
        mutau_mixture_free(m);
        mutau_mixture_free(again);
    }
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"", "line 1: must begin with 'mixture'"},
        {"\n", "line 1: must begin"},
        {"mixtures 1 4 3\n", "line 1: must begin"},
        {"mixture", "has 0 numbers, must have 3"},
        {"mixture 1 4\n", "has 2 numbers, must have 3"},
        {"mixture 2 4 3\n", "version 2"},
        {"mixture 1 0 3\n", "0 coordinates"},
        {"mixture 1 17 3\n", "17 coordinates"},
        {"mixture 1 1.5 3\n", "1.5 coordinates"},
        {"mixture 1 1e300 3\n", "coordinates"},
        {"mixture 1 -1 3\n", "-1 coordinates"},
        {"mixture 1 .nan 3\n", "has 1 numbers"},
        {"mixture 1 4 0\n", "0 components"},
        {"mixture 1 4 26\n", "26 components"},
        {"mixture 1 4 3 1\n", "line 1: goes on"},
        {"mixture 1 4 3", "line 1: goes on, or the text ends"},
        {"mixture 1 4 3\n", "line 2: must begin with 'lo'"},
        {"mixture 1 1 1\nhi 1\n", "line 2: must begin with 'lo'"},
        {"mixture 1 1 1\nlo 0\nlo 1\n", "line 3: must begin with 'hi'"},
        {"mixture 1 1 1\nlo 0\nhi 1", "line 3: goes on"},
        {"mixture 1 1 1\nlo 1\nhi 1\n", "lines 2 and 3: mixture: coordinate 1"},
        {"mixture 1 1 1\nlo .inf\nhi 1\n", "coordinate 1"},
        {"mixture 1 1 1\nlo -1e308\nhi 1e308\n", "too far apart"},
        {"mixture 1 1 1\nlo 0\nhi .nan\n", "has 0 numbers"},
        {"mixture 1 1 1\nlo 0\nhi 1\n", "line 4: must begin with 't'"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 3 1 0 1\n", "3 degrees of freedom"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 0 1 0 1\n", "0 degrees"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 34 1 0 1\n", "34 degrees"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 0 0 1\n", "weight 0"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1.5 0 1\n", "weight 1.5"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 0.5 0 1\n", "sum 0.5"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 .inf 1\n", "number 3 must be finite"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 0 .inf\n", "number 4 must be finite"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 0 0\n", "0 on its diagonal"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 0 -1\n", "-1 on its diagonal"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 0 1e-310\n", "no inverse"},
        {"mixture 1 2 1\nlo 0 0\nhi 1 1\nt 4 1 0 0 1e-200 1e200 1e-200\n", "no inverse"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 0\n", "factor: has 0 numbers"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 0  1\n", "factor: has 0 numbers"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 0 1 2\n", "line 4: goes on"},
        {"mixture 1 1 1\nlo 0\nhi 1\nt 4 1 0 1\n\n", "line 5: the text must end"},
        {"mixture 1 1 2\nlo 0\nhi 1\nt 4 1 0 1\n", "line 5: must begin with 't'"},
        {"mixture 1 1 1\nlo 0.00000000000000000000000000000000000000000\nhi 1\n", "a word of 43"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mutau_mixture *m = NULL;
        mutau_error err = {0};
        CHECK_STATUS(mutau_mixture_read(rows[i][0], &m, &err), MUTAU_EDATA, err);
        assert_null(m);
        if (strstr(err.text, rows[i][1]) == NULL)
            fail_msg("row %zu: '%s' does not say '%s'", i, err.text, rows[i][1]);
    }
}

/* Bytes changed, removed and doubled: refused, or a mixture that can be used. */
static void any_text_is_refused_or_good(void **state)
{
    (void)state;
    static const char bytes[] = "0123456789.-+e infantmxure\nlh\t\x01\xff";
    mutau_rng *rng = mutau_rng_alloc(99);
    int n_good = 0;
    for (int i = 0; i < 20000; i += check_stride(20)) {
        char text[2 * sizeof TEXT];
        memcpy(text, TEXT, sizeof TEXT);
        for (size_t change = 0; change <= mutau_rng_index(rng, 4); change++) {
            const size_t n = strlen(text), at = mutau_rng_index(rng, n);
            const size_t way = mutau_rng_index(rng, 8);
            if (way == 0)
                text[at] = '\0';
            else if (way == 1)
                memmove(text + at, text + at + 1, n - at);
            else if (way == 2 && n + 2 < sizeof text)
                memmove(text + at + 1, text + at, n - at + 1);
            else
                text[at] = bytes[mutau_rng_index(rng, sizeof bytes - 1)];
            if (text[0] == '\0')
                break;
        }
        mutau_mixture *m = NULL;
        mutau_error err = {0};
        if (mutau_mixture_read(text, &m, &err) != MUTAU_OK) {
            assert_null(m);
            assert_non_null(strstr(err.text, "mixture"));
            continue;
        }
        double x[MUTAU_MAX_DIM];
        n_good++;
        mutau_mixture_draw(m, rng, x);
        assert_true(!isnan(mutau_mixture_ln_density(m, x)));
        mutau_mixture_free(m);
    }
    assert_true(n_good > 20);
    mutau_rng_free(rng);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_mixture *m = NULL;
    mutau_error err = {0};
    long count;
    CHECK_EACH_ALLOC(mutau_mixture_read(TEXT, &m, &err), m, count, err);
    assert_int_equal(count, 1);
    fail_alloc_after = 0;
    assert_null(mutau_mixture_write(m));
    fail_alloc_after = -1;
    mutau_mixture_free(m);
    mutau_mixture_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(density_is_mpmaths),
        cmocka_unit_test(there_is_nothing_at_the_edges_and_beyond),
        cmocka_unit_test(densities_integrate_to_one),
        cmocka_unit_test(draws_have_the_marginals),
        cmocka_unit_test(draws_and_density_agree),
        cmocka_unit_test(each_draw_takes_as_many_numbers),
        cmocka_unit_test(draws_are_within_the_edges),
        cmocka_unit_test(text_reads_back_to_the_same_bits),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(any_text_is_refused_or_good),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
