/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Status texts and the error line. */
#include "check.h"
#include "base/mem.h"
#include "base/status.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void every_code_has_a_text(void **state)
{
    (void)state;
    for (int s = MUTAU_OK; s <= MUTAU_ENUMERIC; s++)
        assert_string_not_equal(mutau_status_text((mutau_status)s), "unknown status");
    assert_string_equal(mutau_status_text((mutau_status)-1), "unknown status");
}

static mutau_status fails(mutau_error *err)
{
    return mutau_error_set(err, MUTAU_EDOM, "x = %d", 7);
}

static mutau_status wraps(mutau_error *err)
{
    MUTAU_TRY(err, fails(err), "step %d", 3);
    return MUTAU_OK;
}

static void context_grows_on_the_way_up(void **state)
{
    (void)state;
    mutau_error err = {0};
    assert_int_equal(wraps(&err), MUTAU_EDOM);
    assert_string_equal(err.text, "step 3: x = 7");
    assert_int_equal(wraps(NULL), MUTAU_EDOM);
}

static void wrapping_nothing_names_the_status(void **state)
{
    (void)state;
    mutau_error err = {0};
    assert_int_equal(mutau_error_wrap(&err, MUTAU_ENOMEM, "table"), MUTAU_ENOMEM);
    assert_string_equal(err.text, "table: out of memory");
}

static void long_texts_are_cut_not_overrun(void **state)
{
    (void)state;
    mutau_error err = {0};
    char text[3 * MUTAU_ERROR_SIZE];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    (void)mutau_error_set(&err, MUTAU_EIO, "%s", text);
    assert_int_equal(strlen(err.text), MUTAU_ERROR_SIZE - 1);
    (void)mutau_error_wrap(&err, MUTAU_EIO, "%s", text);
    assert_int_equal(strlen(err.text), MUTAU_ERROR_SIZE - 1);
}

static void messages_stay_one_plain_line(void **state)
{
    (void)state;
    mutau_error err = {0};
    (void)mutau_error_set(&err, MUTAU_EDATA, "called '%s'", "a\nb\033[2J\177\xc3\xa4");
    assert_string_equal(err.text, "called 'a\\x0ab\\x1b[2J\\x7f\xc3\xa4'");
    (void)mutau_error_wrap(&err, MUTAU_EDATA, "%s", "x\r.h5");
    assert_string_equal(err.text, "x\\x0d.h5: called 'a\\x0ab\\x1b[2J\\x7f\xc3\xa4'");
}

static void allocation_refuses_overflow(void **state)
{
    (void)state;
    assert_null(mutau_calloc(SIZE_MAX / 2, 4));
    assert_null(mutau_realloc(NULL, SIZE_MAX / 2, 4));
    char *copy = mutau_strdup("nu");
    assert_string_equal(copy, "nu");
    free(copy);
}

static void memory_on_lines_of_its_own(void **state)
{
    (void)state;
    enum { LINE = 64 };
    static const size_t sizes[] = {0, 1, LINE - 1, LINE, LINE + 1, 1000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *bytes = mutau_calloc_lines(sizes[i], 1);
        assert_non_null(bytes);
        assert_int_equal((uintptr_t)bytes % LINE, 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(bytes[k], 0);
        memset(bytes, 0xff, sizes[i] / LINE * LINE + LINE); /* the last line is all its own */
        free(bytes);
    }
    assert_null(mutau_calloc_lines(SIZE_MAX / 2, 4));
    assert_null(mutau_calloc_lines(SIZE_MAX, 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_code_has_a_text),
        cmocka_unit_test(context_grows_on_the_way_up),
        cmocka_unit_test(wrapping_nothing_names_the_status),
        cmocka_unit_test(long_texts_are_cut_not_overrun),
        cmocka_unit_test(messages_stay_one_plain_line),
        cmocka_unit_test(allocation_refuses_overflow),
        cmocka_unit_test(memory_on_lines_of_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
