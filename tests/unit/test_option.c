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

static void check(size_t n, const settings *s, const char *expected)
{
    char *text = mutau_options_describe(n, options, s);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static void those_that_are_set_are_named(void **state)
{
    (void)state;
    settings s = {.real = 1.98e10, .other = (double)NAN, .whole = -3, .choice = 1, .text = "x.csv"};
    check(N_OPTION, &s, "two real=1.98e10 whole=-3 flag=false text=x.csv");
    s = (settings){.real = (double)NAN, .other = 0.1, .flag = true, .choice = -1};
    check(N_OPTION, &s, "other=0.1 whole=0 flag=true");
    check(3, &(settings){.real = (double)NAN, .choice = 0}, "one other=0");
    check(0, NULL, "");
}

static void a_long_text_is_whole(void **state)
{
    (void)state;
    settings s = {.real = (double)NAN, .other = (double)NAN, .whole = 7, .choice = 0};
    char expected[sizeof s.text + 64];
    memset(s.text, 'x', sizeof s.text - 1);
    (void)snprintf(expected, sizeof expected, "one whole=7 flag=false text=%s", s.text);
    check(N_OPTION, &s, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(those_that_are_set_are_named),
        cmocka_unit_test(a_long_text_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
