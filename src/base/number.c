/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers as text; documented in base/number.h.
 *
 * strtod uses the locale's decimal point.  Here it only ever sees an integer with
 * an exponent ("198e8" for 1.98e10), which has none. */
#include "base/number.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "number_internal.h"

enum { EXPONENT_LIMIT = 100000 };

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

/* d.ddde-n; its length. */
static int write_scientific(const char *digits, int n, int exponent, char *out)
{
    const char *const begin = out;
    *out++ = digits[0];
    if (n > 1)
        *out++ = '.';
    memcpy(out, digits + 1, (size_t)n - 1);
    out += n - 1;
    *out++ = 'e';
    if (exponent < 0)
        *out++ = '-';
    const int size = abs(exponent);
    for (int unit = size >= 100 ? 100 : size >= 10 ? 10 : 1; unit > 0; unit /= 10)
        *out++ = (char)('0' + size / unit % 10);
    *out = '\0';
    return (int)(out - begin);
}

void mutau_number_write(double value, char text[MUTAU_NUMBER_SIZE])
{
    if (isnan(value)) {
        memcpy(text, ".nan", sizeof ".nan");
        return;
    }
    if (signbit(value))
        *text++ = '-';
    const double magnitude = fabs(value);
    if (isinf(value) || !(magnitude > 0.0)) {
        const char *word = isinf(value) ? ".inf" : "0";
        memcpy(text, word, strlen(word) + 1);
        return;
    }
    char digits[MUTAU_NUMBER_DIGITS + 1];
    int exponent;
    const int n = (int)mutau_number_digits(magnitude, digits, &exponent);
    const int n_short = write_scientific(digits, n, exponent, text);
    int n_long = exponent >= n - 1 ? exponent + 1 : n + 1;
    if (exponent < 0)
        n_long = n + 1 - exponent;
    if (n_long <= n_short + 2)
        write_positional(digits, n, exponent, text);
}
