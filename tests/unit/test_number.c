/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as text: the grammar of YAML 1.2's core schema (its section 10.3.2) and
 * the round trip. */
#include "check.h"
#include "base/number.h"
#include "base/rng.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void numbers_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } table[] = {
        {"0", 0.0},
        {"-12", -12.0},
        {"+7", 7.0},
        {"1e-5", 1e-5},
        {"1.98e10", 1.98e10},
        {"1.98E+10", 1.98e10},
        {".5", 0.5},
        {"5.", 5.0},
        {"-0.25e1", -2.5},
        {"0x1F", 31.0},
        {"0o17", 15.0},
        {"010", 10.0},
        {"4.9406564584124654e-324", 4.9406564584124654e-324},
        {"1.7976931348623157e308", 1.7976931348623157e308},
        {"0.000000000000000000000000000000000000000000000000000001", 1e-54},
        {"123456789012345678901234567890", 123456789012345678901234567890.0},
        {"1e-99999999999999999999", 0.0},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double value = -1.0;
        if (!mutau_number_read(table[i].text, &value))
            fail_msg("%s is a number", table[i].text);
        CHECK_ABS(value, table[i].value, 0.0);
    }
    double value = 0.0;
    assert_true(mutau_number_read(".inf", &value) && isinf(value) && value > 0.0);
    assert_true(mutau_number_read("-.INF", &value) && isinf(value) && value < 0.0);
    assert_true(mutau_number_read("+.Inf", &value) && isinf(value) && value > 0.0);
    assert_true(mutau_number_read("1e400", &value) && isinf(value));
    assert_true(mutau_number_read(".nan", &value) && isnan(value));
}

static void texts_are_not_numbers(void **state)
{
    (void)state;
    static const char *const table[] = {
        "",    " 1",  "1 ",  "e5",   "1e",     "1e+",      "1.2.3", "1,5",   "inf",  "nan", "-.nan",
        "0x",  "0o8", "0xg", "-0x1", "--1",    "1_000",    "1d5",   "1e5.0", ".",    "+",   ".e1",
        "INF", "1f",  "0b1", "1e 5", "0x1.p3", "infinity", "yes",   "12:30", "1e5e", "٣",
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        double value = -1.0;
        if (mutau_number_read(table[i], &value))
            fail_msg("'%s' is not a number", table[i]);
        CHECK_ABS(value, -1.0, 0.0);
    }
    char too_long[200];
    memset(too_long, '1', sizeof too_long - 1);
    too_long[sizeof too_long - 1] = '\0';
    double value;
    assert_false(mutau_number_read(too_long, &value));
}

static void numbers_are_written_short(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } table[] = {
        {0.0, "0"},
        {-0.0, "-0"},
        {0.1, "0.1"},
        {1e-5, "1e-5"},
        {1e-1, "0.1"},
        {70.0, "70"},
        {50000.0, "50000"},
        {100000.0, "1e5"},
        {0.0001, "0.0001"},
        {-2.5, "-2.5"},
        {1.98e10, "1.98e10"},
        {0.308, "0.308"},
        {1.01, "1.01"},
        {20.0, "20"},
        {123456789.25, "123456789.25"},
        {1.0 / 3.0, "0.3333333333333333"},
        {5e-324, "5e-324"},
        {-1.7976931348623157e308, "-1.7976931348623157e308"},
        {-1.2345678901234567e-101, "-1.2345678901234567e-101"},
        {(double)INFINITY, ".inf"},
        {-(double)INFINITY, "-.inf"},
        {(double)NAN, ".nan"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[MUTAU_NUMBER_SIZE];
        mutau_number_write(table[i].value, text);
        assert_string_equal(text, table[i].text);
    }
}

/* Random bit patterns: all exponents, both signs. */
static void writing_and_reading_is_exact(void **state)
{
    (void)state;
    mutau_rng *rng = mutau_rng_alloc(90210);
    for (int i = 0; i < 20000; i += check_stride(10)) {
        const uint64_t high = mutau_rng_word(rng);
        const uint64_t bits = high << 32 | mutau_rng_word(rng);
        double value, back = 0.0;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value))
            continue;
        char text[MUTAU_NUMBER_SIZE];
        mutau_number_write(value, text);
        assert_true(strlen(text) < MUTAU_NUMBER_SIZE);
        if (!mutau_number_read(text, &back) || memcmp(&back, &value, sizeof value) != 0)
            fail_msg("%.17g was written as %s and read as %.17g", value, text, back);
    }
    mutau_rng_free(rng);
}

/* By trying all lengths: no text of fewer digits reads back. */
static void no_number_is_shorter(void **state)
{
    (void)state;
    mutau_rng *rng = mutau_rng_alloc(4711);
    for (size_t i = 0; i < 20000; i++) {
        char text[MUTAU_NUMBER_SIZE], tried[64];
        const double exponent = 616.0 * mutau_rng_uniform(rng) - 320.0;
        const double digits = floor(1e5 * mutau_rng_uniform(rng)) + (i % 2 == 0 ? 0.0 : 1.0 / 3.0);
        const double value = digits * pow(10.0, exponent);
        if (!isfinite(value) || !(value > 0.0))
            continue;
        int shortest = 0;
        do
            (void)snprintf(tried, sizeof tried, "%.*e", shortest++, value);
        while (fabs(strtod(tried, NULL) - value) > 0.0);
        mutau_number_write(value, text);
        int n = 0, zeros = 0;
        for (const char *at = text; *at != '\0' && *at != 'e'; at++) {
            zeros = *at == '0' ? zeros + (n > 0) : *at == '.' ? zeros : 0;
            n += *at != '.' && (n > 0 || *at != '0');
        }
        if (n - zeros > shortest)
            fail_msg("%s is longer than %s", text, tried);
    }
    mutau_rng_free(rng);
}

/* The significant digits of a text, without zeros in front and at the end. */
static void significant(const char *text, char digits[64])
{
    size_t n = 0, kept = 0;
    for (; *text != '\0' && *text != 'e'; text++)
        if (*text >= '0' && *text <= '9' && (n > 0 || *text != '0')) {
            digits[n++] = *text;
            kept = *text != '0' ? n : kept;
        }
    digits[kept] = '\0';
}

/* Of 15, 16 or 17 digits the fewest that strtod reads back, by trial; and the same value. */
static void check_digits(double value)
{
    char text[MUTAU_NUMBER_SIZE], tried[64], written[64], wanted[64];
    double back = 0.0;
    int precision = 14;
    do
        (void)snprintf(tried, sizeof tried, "%.*e", precision, value);
    while (fabs(strtod(tried, NULL) - value) > 0.0 && ++precision < 17);
    mutau_number_write(value, text);
    significant(text, written);
    significant(tried, wanted);
    if (strcmp(written, wanted) != 0)
        fail_msg("%.17g is written as %s, not as %s", value, text, tried);
    if (!mutau_number_read(text, &back) || memcmp(&back, &value, sizeof value) != 0)
        fail_msg("%.17g was written as %s and read as %.17g", value, text, back);
}

/* Where doubles are unevenly spaced, where rounding may tie, and where the number of digits before
 * the point changes. */
static void digits_are_those_of_printf(void **state)
{
    (void)state;
    for (int e = -1021; e < 1024; e++) {
        const double power = ldexp(1.0, e);
        check_digits(power);
        check_digits(nextafter(power, 0.0));
        check_digits(nextafter(power, (double)INFINITY));
    }
    for (int e = -307; e < 309; e++) {
        const double power = pow(10.0, e);
        check_digits(power);
        check_digits(nextafter(power, 0.0));
        check_digits(nextafter(power, (double)INFINITY));
    }
    mutau_rng *rng = mutau_rng_alloc(1618);
    for (int i = 0; i < 4000; i += check_stride(10)) {
        const double whole = floor(ldexp(mutau_rng_uniform(rng), 30 + i % 27)) + 1.0;
        check_digits(whole);
        check_digits(ldexp(whole, -1 - i % 40));
        check_digits(whole * pow(10.0, i % 40 - 20));
    }
    mutau_rng_free(rng);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read),          cmocka_unit_test(texts_are_not_numbers),
        cmocka_unit_test(numbers_are_written_short), cmocka_unit_test(writing_and_reading_is_exact),
        cmocka_unit_test(no_number_is_shorter),      cmocka_unit_test(digits_are_those_of_printf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
