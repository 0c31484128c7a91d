/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The shortest digits of a number; documented in number_internal.h.
 *
 * With a power of ten that brings the value into [1e16, 1e17) its digits are those of an
 * integer, and what reads back to it lies within half a unit of its last bit.  The power is
 * known to 64 bits (as in Loitsch, "Printing floating-point numbers quickly and accurately with
 * integers", PLDI 2010), which leaves an error below 1/64 of the 17th digit.  Where that much could
 * change the answer, one value in some fifty, printf and strtod decide: the digits are theirs
 * always. */
#include "number_internal.h"

#include <float.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- by printf and strtod ---------------------------------------------------------------- */

/* The digits with so many after the first; whether strtod finds the value again in them.  Both
 * have the locale's decimal point: only the digits are taken. */
static bool try_digits(double value, int precision, char digits[MUTAU_NUMBER_DIGITS + 1],
                       int *exponent)
{
    char text[64];
    size_t n = 0;
    (void)snprintf(text, sizeof text, "%.*e", precision, value);
    const char *at = text;
    for (; *at != 'e'; at++)
        if (*at >= '0' && *at <= '9')
            digits[n++] = *at;
    digits[n] = '\0';
    *exponent = (int)strtol(at + 1, NULL, 10);
    const double same = strtod(text, NULL);
    return !(same < value) && !(same > value);
}

/* A double of full precision that fewer than DBL_DIG digits give has zeros for the others. */
static size_t digits_by_trial(double value, char digits[MUTAU_NUMBER_DIGITS + 1], int *exponent)
{
    int precision = value < DBL_MIN ? 0 : DBL_DIG - 1;
    while (!try_digits(value, precision, digits, exponent) && precision + 1 < MUTAU_NUMBER_DIGITS)
        precision++;
    size_t n = (size_t)precision + 1;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    return n;
}

/* --- by integers ------------------------------------------------------------------------- */

enum { STEP = 27, FIRST_STEP = -11 };

/* 10^(STEP i), i = FIRST_STEP, ..., and 10^0, 10^1, ...: the leading 64 bits, rounded, and
 * the exact odd factor. */
static const uint64_t coarse_powers[] = {
    0xa76c582338ed2622, 0x873e4f75e2224e68, 0xda7f5bf590966849, 0xb080392cc4349ded,
    0x8e938662882af53e, 0xe65829b3046b0afa, 0xba121a4650e4ddec, 0x964e858c91ba2655,
    0xf2d56790ab41c2a3, 0xc428d05aa4751e4d, 0x9e74d1b791e07e48, 0x8000000000000000,
    0xcecb8f27f4200f3a, 0xa70c3c40a64e6c52, 0x86f0ac99b4e8dafd, 0xda01ee641a708dea,
    0xb01ae745b101e9e4, 0x8e41ade9fbebc27d, 0xe5d3ef282a242e82, 0xb9a74a0637ce2ee1,
    0x95f83d0a1fb69cd9, 0xf24a01a73cf2dcd0, 0xc3b8358109e84f07, 0x9e19db92b4e31ba9,
};
static const uint64_t powers_of_five[STEP] = {
    1,
    5,
    25,
    125,
    625,
    3125,
    15625,
    78125,
    390625,
    1953125,
    9765625,
    48828125,
    244140625,
    1220703125,
    6103515625,
    30517578125,
    152587890625,
    762939453125,
    3814697265625,
    19073486328125,
    95367431640625,
    476837158203125,
    2384185791015625,
    11920928955078125,
    59604644775390625,
    298023223876953125,
    1490116119384765625,
};

typedef struct wide {
    uint64_t hi, lo;
} wide;

static wide multiply(uint64_t a, uint64_t b)
{
    const uint64_t half = 0xffffffff;
    const uint64_t a0 = a & half, a1 = a >> 32, b0 = b & half, b1 = b >> 32;
    const uint64_t low = a0 * b0, cross = a1 * b0 + (low >> 32);
    const uint64_t other = a0 * b1 + (cross & half);
    return (wide){a1 * b1 + (cross >> 32) + (other >> 32), other << 32 | (low & half)};
}

static int floor_of(int64_t a, int64_t b)
{
    return (int)(a / b - (a % b < 0));
}

/* The largest integers below or at k log2(10) and k log10(2), for |k| < 1650. */
static int log2_of_ten_to(int k)
{
    return floor_of(INT64_C(1741647) * k, 1 << 19);
}

static int log10_of_two_to(int k)
{
    return floor_of(INT64_C(78913) * k, 1 << 18);
}

/* 10^k = x 2^(exponent - 63), 2^63 <= x < 2^64, to a relative 2^-63: two roundings. */
static uint64_t power_of_ten(int k, int *exponent)
{
    const int i = floor_of(k, STEP), j = k - STEP * i;
    const int odd_bits = log2_of_ten_to(j) - j;
    const wide x = multiply(coarse_powers[i - FIRST_STEP], powers_of_five[j] << (63 - odd_bits));
    const bool full = x.hi >> 63 != 0;
    *exponent = log2_of_ten_to(STEP * i) + log2_of_ten_to(j) + full;
    const uint64_t top = full ? x.hi : x.hi << 1 | x.lo >> 63;
    const bool up = (full ? x.lo : x.lo << 1) >> 63 != 0;
    return top + (up && top < UINT64_MAX);
}

/* A value as (whole + part 2^-32) 10^-k, and half a unit of its last bit in 2^-32. */
typedef struct scaled {
    uint64_t whole;
    int64_t part, half_unit;
    int k;
} scaled;

/* Of significand 2^exponent, 2^52 <= significand < 2^53, where `whole` has 17 or 18 digits. */
static scaled scale(uint64_t significand, int exponent, int k)
{
    int of_power;
    const uint64_t power = power_of_ten(k, &of_power);
    const wide x = multiply(significand << 11, power);
    const int shift = 10 - exponent - of_power; /* of x.hi */
    const uint64_t rest = x.hi << (64 - shift) | x.lo >> shift;
    return (scaled){.whole = x.hi >> shift,
                    .part = (int64_t)(rest >> 32),
                    .half_unit = (int64_t)(power >> (shift + 22)),
                    .k = k};
}

typedef enum answer { NO, YES, UNSURE } answer;

/* Whether the multiple of `unit`, a divisor of 100, next to the value reads back to it; if so, to
 * *rounded. */
static answer try_rounded(const scaled *v, bool power_of_two, unsigned unit, uint64_t *rounded)
{
    const int64_t margin = INT64_C(1) << (32 - 6);
    const int64_t tie = (int64_t)unit << 31;
    const unsigned rest = (unsigned)(v->whole % 100) % unit;
    int64_t distance = (int64_t)((uint64_t)rest << 32) + v->part;
    const int64_t from_tie = distance < tie ? tie - distance : distance - tie;
    *rounded = v->whole - rest;
    /* below a power of two doubles lie twice as close */
    int64_t limit = power_of_two ? v->half_unit / 2 : v->half_unit;
    if (distance > tie) {
        *rounded += unit;
        distance = 2 * tie - distance;
        limit = v->half_unit;
    }
    if (distance > limit + margin)
        return NO;
    return distance < limit - margin && from_tie > margin ? YES : UNSURE;
}

static size_t write_digits(uint64_t integer, int k, char digits[MUTAU_NUMBER_DIGITS + 1],
                           int *exponent)
{
    char backwards[MUTAU_NUMBER_DIGITS + 1];
    size_t n = 0;
    *exponent = -1 - k;
    for (; integer % 10 == 0; integer /= 10)
        ++*exponent;
    for (; integer > 0; integer /= 10)
        backwards[n++] = (char)('0' + integer % 10);
    *exponent += (int)n;
    for (size_t i = 0; i < n; i++)
        digits[i] = backwards[n - 1 - i];
    digits[n] = '\0';
    return n;
}

size_t mutau_number_digits(double value, char digits[MUTAU_NUMBER_DIGITS + 1], int *exponent)
{
    static const uint64_t too_large = UINT64_C(100000000000000000);
    uint64_t bits, rounded = 0;
    memcpy(&bits, &value, sizeof bits);
    const uint64_t fraction = bits & ((UINT64_C(1) << 52) - 1);
    const int of_unit = (int)(bits >> 52) - 1075;
    if (!(value > DBL_MIN))
        return digits_by_trial(value, digits, exponent);
    const uint64_t significand = fraction | UINT64_C(1) << 52;
    const int k = 16 - log10_of_two_to(of_unit + 52);
    scaled v = scale(significand, of_unit, k);
    if (v.whole >= too_large)
        v = scale(significand, of_unit, k - 1);
    answer found = NO;
    for (unsigned unit = 100; found == NO && unit > 0; unit /= 10)
        found = try_rounded(&v, fraction == 0, unit, &rounded);
    return found == YES ? write_digits(rounded, v.k, digits, exponent)
                        : digits_by_trial(value, digits, exponent);
}
