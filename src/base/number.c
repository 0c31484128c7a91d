/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as text; documented in base/number.h.
 *
 * strtod and printf use the locale's decimal point.  Here strtod only ever sees
 * an integer with an exponent ("198e8" for 1.98e10), which has none, or what
 * printf has just written; from printf only the digits are taken, whatever
 * stands between them. */
#include "base/number.h"

#include <float.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIGNIFICANT = 17, EXPONENT_LIMIT = 100000 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Value of c as a digit of base 8 or 16; -1 if it is none. */
static int digit_of(char c, int base)
{
    static const char digits[] = "0123456789abcdef";
    const char lower = (char)(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    const char *at = c != '\0' ? strchr(digits, lower) : NULL;
    return at != NULL && at - digits < base ? (int)(at - digits) : -1;
}

static bool read_based(const char *text, int base, double *value)
{
    double sum = 0.0;
    if (*text == '\0')
        return false;
    for (; *text != '\0'; text++) {
        const int digit = digit_of(*text, base);
        if (digit < 0)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

/* The words after the sign: .inf and .nan in three spellings each. */
static bool read_word(const char *text, bool negative, bool has_sign, double *value)
{
    static const char *const inf[] = {".inf", ".Inf", ".INF"};
    static const char *const nan_words[] = {".nan", ".NaN", ".NAN"};
    for (size_t i = 0; i < 3; i++) {
        if (strcmp(text, inf[i]) == 0) {
            *value = negative ? -(double)INFINITY : (double)INFINITY;
            return true;
        }
        if (!has_sign && strcmp(text, nan_words[i]) == 0) {
            *value = (double)NAN;
            return true;
        }
    }
    return false;
}

/* [eE][+-]?[0-9]+ up to the end of the text, clamped to +-EXPONENT_LIMIT. */
static bool read_exponent(const char *text, long *exponent)
{
    *exponent = 0;
    if (*text == '\0')
        return true;
    if (*text != 'e' && *text != 'E')
        return false;
    text++;
    const bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    if (!is_digit(*text))
        return false;
    for (; is_digit(*text); text++)
        if (*exponent < EXPONENT_LIMIT)
            *exponent = *exponent * 10 + (*text - '0');
    if (negative)
        *exponent = -*exponent;
    return *text == '\0';
}

static bool read_decimal(const char *text, double *value)
{
    char digits[MUTAU_NUMBER_MAX_LENGTH + 32];
    size_t n = 0;
    long n_fraction = 0, exponent = 0;
    for (; is_digit(*text); text++)
        digits[n++] = *text;
    if (*text == '.') {
        for (text++; is_digit(*text); text++, n_fraction++)
            digits[n++] = *text;
    }
    if (n == 0 || !read_exponent(text, &exponent))
        return false;
    (void)snprintf(digits + n, sizeof digits - n, "e%ld", exponent - n_fraction);
    *value = strtod(digits, NULL);
    return true;
}

bool mutau_number_read(const char *text, double *value)
{
    if (strlen(text) > MUTAU_NUMBER_MAX_LENGTH)
        return false;
    if (strncmp(text, "0x", 2) == 0)
        return read_based(text + 2, 16, value);
    if (strncmp(text, "0o", 2) == 0)
        return read_based(text + 2, 8, value);
    const bool negative = *text == '-';
    const bool has_sign = negative || *text == '+';
    if (has_sign)
        text++;
    if (read_word(text, negative, has_sign, value))
        return true;
    double magnitude;
    if (!read_decimal(text, &magnitude))
        return false;
    *value = negative ? -magnitude : magnitude;
    return true;
}

/* The digits d0 d1 d2 ... and the exponent of d0 of the positive `value`, with so many digits
 * after the first; whether strtod finds it again in them. */
static bool try_digits(double value, int precision, char digits[SIGNIFICANT + 1], int *exponent)
{
    char text[64];
    size_t n = 0;
    (void)snprintf(text, sizeof text, "%.*e", precision, value);
    const char *at = text;
    for (; *at != 'e'; at++)
        if (is_digit(*at))
            digits[n++] = *at;
    digits[n] = '\0';
    *exponent = (int)strtol(at + 1, NULL, 10);
    const double same = strtod(text, NULL); /* which has the same point as printf */
    return !(same < value) && !(same > value);
}

/* The fewest digits from which strtod finds the positive finite `value` again.  A double of full
 * precision that fewer than DBL_DIG of them give has zeros for the others. */
static size_t shortest_digits(double value, char digits[SIGNIFICANT + 1], int *exponent)
{
    int precision = value < DBL_MIN ? 0 : DBL_DIG - 1;
    while (!try_digits(value, precision, digits, exponent) && precision + 1 < SIGNIFICANT)
        precision++;
    size_t n = (size_t)precision + 1;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    return n;
}

static void write_positional(const char *digits, int n, int exponent, char *out)
{
    if (exponent < 0) {
        *out++ = '0';
        *out++ = '.';
    }
    for (int i = exponent + 1; i < 0; i++)
        *out++ = '0';
    for (int i = 0; i < n || i <= exponent; i++) {
        if (i == exponent + 1 && i > 0)
            *out++ = '.';
        *out++ = (char)(i < n ? digits[i] : '0');
    }
    *out = '\0';
}

void mutau_number_write(double value, char text[MUTAU_NUMBER_SIZE])
{
    const double magnitude = fabs(value);
    if (isnan(value)) {
        (void)snprintf(text, MUTAU_NUMBER_SIZE, ".nan");
        return;
    }
    if (isinf(value) || !(magnitude > 0.0)) {
        const char *word = isinf(value) ? ".inf" : "0";
        (void)snprintf(text, MUTAU_NUMBER_SIZE, "%s%s", signbit(value) ? "-" : "", word);
        return;
    }
    char digits[SIGNIFICANT + 1], scientific[MUTAU_NUMBER_SIZE - 1];
    int exponent;
    const int n = (int)shortest_digits(magnitude, digits, &exponent);
    const int n_short = snprintf(scientific, sizeof scientific, "%c%s%se%d", digits[0],
                                 n > 1 ? "." : "", digits + 1, exponent);
    int n_long = exponent >= n - 1 ? exponent + 1 : n + 1;
    if (exponent < 0)
        n_long = n + 1 - exponent;
    if (value < 0.0)
        *text++ = '-';
    if (n_long <= n_short + 2)
        write_positional(digits, n, exponent, text);
    else
        memcpy(text, scientific, (size_t)n_short + 1);
}
