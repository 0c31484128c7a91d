/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which names are suggested, and which are not. */
#include "check.h"
#include "base/suggest.h"

#include <string.h>

static const char *const known[] = {"m_zprime", "g_prime", "A", "gamma", "icecube-cascades-6yr",
                                    NULL};

static void near_names_are_found(void **state)
{
    (void)state;
    assert_string_equal(mutau_nearest_name("gprime", known), "g_prime");
    assert_string_equal(mutau_nearest_name("gmama", known), "gamma");
    assert_string_equal(mutau_nearest_name("GAMMA", known), "gamma");
    assert_string_equal(mutau_nearest_name("a", known), "A");
    assert_string_equal(mutau_nearest_name("icecube-cascades", known), "icecube-cascades-6yr");
}

static void far_names_are_not(void **state)
{
    (void)state;
    assert_null(mutau_nearest_name("temperature", known));
    assert_null(mutau_nearest_name("", known));
    char endless[200];
    memset(endless, 'g', sizeof endless - 1);
    endless[sizeof endless - 1] = '\0';
    assert_null(mutau_nearest_name(endless, known));
}

/* A word all of whose letters would have to change is none that was meant. */
static void a_word_is_not_changed_as_a_whole(void **state)
{
    (void)state;
    static const char *const words[] = {"m", "g", "x", "1", "AA", "Ab", "mA"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (mutau_nearest_name(words[i], known) != NULL)
            fail_msg("'%s' suggests '%s'", words[i], mutau_nearest_name(words[i], known));
    static const char *const two[] = {"de", NULL};
    assert_string_equal(mutau_nearest_name("d", (const char *const[]){"d", "de", NULL}), "d");
    assert_null(mutau_nearest_name("d", two));
    assert_null(mutau_nearest_name("xy", two));
    assert_string_equal(mutau_nearest_name("ed", two), "de");
}

static void the_text_is_a_question(void **state)
{
    (void)state;
    char text[MUTAU_SUGGEST_SIZE];
    mutau_suggest("gama", known, "", text);
    assert_string_equal(text, "; did you mean 'gamma'?");
    mutau_suggest("gama", known, "--", text);
    assert_string_equal(text, "; did you mean '--gamma'?");
    mutau_suggest("m", known, "", text);
    assert_string_equal(text, "");
}

static void a_sentence_goes_on(void **state)
{
    (void)state;
    char text[MUTAU_SUGGEST_SIZE];
    assert_string_equal(mutau_suggest_and("gama", known, "", text), "; did you mean 'gamma'?");
    assert_string_equal(mutau_suggest_and("m", known, "", text), ";");
}

static void names_are_listed_as_far_as_there_is_room(void **state)
{
    (void)state;
    static const char *const names[] = {"one", "two", "three", NULL}, *const none[] = {NULL};
    char list[16];
    assert_string_equal(mutau_list_names(names, sizeof list, list), "one, two, three");
    assert_string_equal(mutau_list_names(names, 15, list), "one, two, thre");
    assert_string_equal(mutau_list_names(names, 6, list), "one, ");
    assert_string_equal(mutau_list_names(names, 1, list), "");
    assert_string_equal(mutau_list_names(none, sizeof list, list), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(near_names_are_found),
        cmocka_unit_test(far_names_are_not),
        cmocka_unit_test(a_word_is_not_changed_as_a_whole),
        cmocka_unit_test(the_text_is_a_question),
        cmocka_unit_test(a_sentence_goes_on),
        cmocka_unit_test(names_are_listed_as_far_as_there_is_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
