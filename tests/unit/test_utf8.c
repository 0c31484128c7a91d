/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every code point's own encoding is recognised, whole, and what is none is not: the borders
 * of RFC 3629, section 4. */
#include "check.h"
#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The encoding of a code point, RFC 3629 section 3; its length. */
static size_t encode(uint32_t c, char text[4])
{
    if (c < 0x80) {
        text[0] = (char)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint32_t lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t k = n - 1; k > 0; k--, c >>= 6)
        text[k] = (char)(0x80 | (c & 0x3f));
    text[0] = (char)(lead[n] | c);
    return n;
}

static void every_code_point_is_a_sequence(void **state)
{
    (void)state;
    for (uint32_t c = 0; c < 0x110000; c++) {
        char text[5] = "";
        const size_t n = encode(c, text);
        const bool surrogate = c >= 0xd800 && c < 0xe000;
        if (mutau_utf8_length(text, n) != (surrogate ? 0 : n))
            fail_msg("U+%04X: %zu", (unsigned)c, mutau_utf8_length(text, n));
        if (n > 1) /* cut short, by size or by the end of the text */
            assert_int_equal(mutau_utf8_length(text, n - 1), 0);
        text[n > 1 ? n - 1 : n] = '\0';
        assert_int_equal(mutau_utf8_length(text, 4), n > 1 ? 0 : 1);
    }
}

static void only_harmless_characters_are_plain(void **state)
{
    (void)state;
    for (uint32_t c = 1; c < 0x110000; c++) {
        char text[5] = "", out[32];
        (void)encode(c, text);
        const bool control = c < 0x20 || (c >= 0x7f && c < 0xa0);
        const bool direction = c == 0x61c || c == 0x200e || c == 0x200f ||
                               (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) ||
                               c == 0xfeff;
        const bool plain = !control && !direction && !(c >= 0xd800 && c < 0xe000);
        if (mutau_utf8_is_plain(text) != plain)
            fail_msg("U+%04X", (unsigned)c);
        assert_ptr_equal(mutau_utf8_plain(text, sizeof out, out), out);
        assert_true(mutau_utf8_is_plain(out));
        if (plain != (strcmp(out, text) == 0))
            fail_msg("U+%04X: '%s'", (unsigned)c, out);
    }
}

static void the_rest_is_escaped(void **state)
{
    (void)state;
    char out[64];
    assert_string_equal(
        mutau_utf8_plain("a\x1b[2J\n\xff\xc2\x9b\xe2\x80\xae\xc2\xb5", sizeof out, out),
        "a\\x1b[2J\\x0a\\xff\\u009b\\u202e\xc2\xb5");
    /* Cut between characters and escapes, ended by a zero. */
    static const char text[] = "\xc2\xb5\x1b\xe2\x82\xac";
    static const char *const cuts[] = {"",
                                       "",
                                       "\xc2\xb5",
                                       "\xc2\xb5",
                                       "\xc2\xb5",
                                       "\xc2\xb5",
                                       "\xc2\xb5\\x1b",
                                       "\xc2\xb5\\x1b",
                                       "\xc2\xb5\\x1b",
                                       "\xc2\xb5\\x1b\xe2\x82\xac"};
    for (size_t size = 1; size <= sizeof cuts / sizeof cuts[0]; size++)
        assert_string_equal(mutau_utf8_plain(text, size, out), cuts[size - 1]);
}

static void nothing_else_is(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\x80",
        "\xbf",
        "\xc0\x80",
        "\xc1\xbf",
        "\xe0\x9f\xbf",
        "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80",
        "\xf5\x80\x80\x80",
        "\xff",
        "\xc2\x41",
        "\xe1\x80\x41",
        "\xf1\x80\x80\xc0",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        if (mutau_utf8_length(bad[i], strlen(bad[i])) != 0)
            fail_msg("text %zu passes", i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_point_is_a_sequence),
        cmocka_unit_test(nothing_else_is),
        cmocka_unit_test(only_harmless_characters_are_plain),
        cmocka_unit_test(the_rest_is_escaped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
