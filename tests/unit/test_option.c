/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options as text. */
#include "check.h"
#include "base/option.h"

#include <string.h>

typedef struct settings {
    double real, other;
    long whole;
    bool flag;
    int choice;
    char text[MUTAU_OPTION_TEXT_SIZE];
} settings;

static const char *const choices[] = {"one", "two", NULL};
static const mutau_option options[] = {
    {.key = "choice",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(settings, choice),
     .choices = choices},
    {.key = "real", .type = MUTAU_OPTION_REAL, .offset = offsetof(settings, real)},
    {.key = "other", .type = MUTAU_OPTION_REAL, .offset = offsetof(settings, other)},
    {.key = "whole", .type = MUTAU_OPTION_INTEGER, .offset = offsetof(settings, whole)},
    {.key = "flag", .type = MUTAU_OPTION_BOOL, .offset = offsetof(settings, flag)},
    {.key = "text", .type = MUTAU_OPTION_TEXT, .offset = offsetof(settings, text)},
};
enum { N_OPTION = sizeof options / sizeof options[0] };

static void those_that_are_set_are_named(void **state)
{
    (void)state;
    char text[160];
    settings s = {.real = 1.98e10, .other = (double)NAN, .whole = -3, .choice = 1, .text = "x.csv"};
    mutau_options_describe(N_OPTION, options, &s, sizeof text, text);
    assert_string_equal(text, "two real=1.98e10 whole=-3 flag=false text=x.csv");
    s = (settings){.real = (double)NAN, .other = 0.1, .flag = true, .choice = -1};
    mutau_options_describe(N_OPTION, options, &s, sizeof text, text);
    assert_string_equal(text, "other=0.1 whole=0 flag=true");
    mutau_options_describe(3, options, &(settings){.real = (double)NAN, .choice = 0}, sizeof text,
                           text);
    assert_string_equal(text, "one other=0");
    mutau_options_describe(0, NULL, NULL, sizeof text, text);
    assert_string_equal(text, "");
}

static void too_long_a_text_is_cut(void **state)
{
    (void)state;
    char text[16];
    const settings s = {.real = 1.5, .other = 2.5, .choice = 0};
    memset(text, 'x', sizeof text);
    mutau_options_describe(N_OPTION, options, &s, 8, text);
    assert_string_equal(text, "one rea");
    for (size_t i = 8; i < sizeof text; i++)
        assert_int_equal(text[i], 'x');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_are_set_are_named),
        cmocka_unit_test(too_long_a_text_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
