/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which texts are names, and which are not. */
#include "check.h"
#include "base/name.h"

#include <string.h>

static void names(void **state)
{
    (void)state;
    static const char *const good[] = {"x", "Z", "log10_g_prime", "lnl_z-decay", "a.b+c", "x9_"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_true(mutau_is_name(good[i]));
}

static void no_names(void **state)
{
    (void)state;
    static const char *const bad[] = {NULL,   "",    "_x",  "1x",  ".x", "+x",
                                      "-x",   "x y", "x,y", "x\n", "x/", "x\xc3\xa9",
                                      "\xc3", "x:",  "x{",  "@",   "["};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(mutau_is_name(bad[i]));
}

static void names_have_a_length(void **state)
{
    (void)state;
    char text[65];
    memset(text, 'n', sizeof text);
    text[64] = '\0';
    assert_false(mutau_is_name(text));
    text[63] = '\0';
    assert_true(mutau_is_name(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names),
        cmocka_unit_test(no_names),
        cmocka_unit_test(names_have_a_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
