/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text at a width: what is folded where, and that nothing is lost. */
#include "check.h"
#include "fail_alloc.h"
#include "text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SIZE = 8192 };

/* What is printed between begin and end. */
typedef struct capture {
    FILE *file;
    int stdout_fd;
} capture;

static capture begin(void)
{
    capture c = {.file = tmpfile()};
    assert_non_null(c.file);
    (void)fflush(stdout);
    c.stdout_fd = dup(STDOUT_FILENO);
    assert_true(dup2(fileno(c.file), STDOUT_FILENO) >= 0);
    return c;
}

static void end(capture *c, char text[SIZE])
{
    (void)fflush(stdout);
    assert_true(dup2(c->stdout_fd, STDOUT_FILENO) >= 0);
    (void)close(c->stdout_fd);
    rewind(c->file);
    const size_t n = fread(text, 1, SIZE - 1, c->file);
    text[n] = '\0';
    (void)fclose(c->file);
}

static void check_lines(size_t width, const char *line, const char *want)
{
    char text[SIZE];
    mutau_error err = {0};
    capture c = begin();
    const mutau_status status = text_print(width, &err, "%s", line);
    end(&c, text);
    CHECK_OK(status, err);
    assert_string_equal(text, want);
}

static void lines_fold_at_blanks(void **state)
{
    (void)state;
    check_lines(TEXT_ANY_WIDTH, "one two three\n", "one two three\n");
    check_lines(13, "one two three\n", "one two three\n");
    check_lines(12, "one two three\n", "one two\n  three\n");
    check_lines(12, "one two    three\n", "one two\n  three\n");
    check_lines(14, "  one two three\n\n  four\n", "  one two\n    three\n\n  four\n");
    check_lines(12, "a = 1, b = 2\n", "a = 1, b = 2\n");
    check_lines(11, "a" TEXT_BLANK "=" TEXT_BLANK "1, b" TEXT_BLANK "=" TEXT_BLANK "2\n",
                "a = 1,\n  b = 2\n");
}

static void words_too_long_are_cut(void **state)
{
    (void)state;
    check_lines(10, "abcdefghijklmnop\n", "abcdefghij\n  klmnop\n");
    check_lines(10, "x abcdefghijklmnop\n", "x\n  abcdefgh\n  ijklmnop\n");
    check_lines(10, "[1.2345," TEXT_BLANK "6.7890]\n", "[1.2345,\n  6.7890]\n");
    /* Characters count, not bytes, and none is cut. */
    check_lines(
        10, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\n",
        "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\n");
    check_lines(10, "123456789\xc3\xa4\xc3\xb6\n", "123456789\xc3\xa4\n  \xc3\xb6\n");
    assert_int_equal(text_columns("\xc3\xa4\xe2\x82\xac z"), 4);
}

static const text_column COLUMNS[] = {{"name", TEXT_LEFT, 2, 10, true},
                                      {"mean", TEXT_RIGHT, 1, 10, false},
                                      {"region", TEXT_LEFT, 2, 20, false},
                                      {"share", TEXT_RIGHT, 1, 7, false}};

static text_table *small_table(void)
{
    text_table *table = text_table_alloc(4, COLUMNS);
    text_table_cell(table, "%s", "alpha");
    text_table_cell(table, "%.2f", 1.5);
    text_table_cell(table, "[1," TEXT_BLANK "2]");
    text_table_more(table, " [3," TEXT_BLANK "4]");
    text_table_cell(table, "%d", 7);
    text_table_cell(table, "beta");
    text_table_note(table, "has no value at all");
    text_table_cell(table, "gamma");
    text_table_cell(table, "-22.75");
    text_table_row_end(table);
    return table;
}

static void check_table(size_t width, const char *want)
{
    char text[SIZE];
    mutau_error err = {0};
    capture c = begin();
    const mutau_status status = text_table_end(small_table(), width, &err);
    end(&c, text);
    CHECK_OK(status, err);
    assert_string_equal(text, want);
}

static void tables_fold_by_columns(void **state)
{
    (void)state;
    const char *padded = "  name             mean  region                 share\n"
                         "  alpha            1.50  [1, 2] [3, 4]              7\n"
                         "  beta        has no value at all\n"
                         "  gamma          -22.75\n";
    check_table(TEXT_ANY_WIDTH, padded);
    check_table(53, padded);
    check_table(52, "  name    mean  region        share\n"
                    "  alpha   1.50  [1, 2] [3, 4]     7\n"
                    "  beta   has no value at all\n"
                    "  gamma -22.75\n");
    check_table(32, "  name    mean  region\n"
                    "  alpha   1.50  [1, 2] [3, 4]\n"
                    "  beta   has no value at all\n"
                    "  gamma -22.75\n"
                    "\n"
                    "  name  share\n"
                    "  alpha     7\n"
                    "  gamma\n");
    check_table(20, "  name    mean\n"
                    "  alpha   1.50\n"
                    "  beta   has no\n"
                    "         value at\n"
                    "         all\n"
                    "  gamma -22.75\n"
                    "\n"
                    "  name   region\n"
                    "  alpha  [1, 2]\n"
                    "         [3, 4]\n"
                    "  gamma\n"
                    "\n"
                    "  name  share\n"
                    "  alpha     7\n"
                    "  gamma\n");
}

static void long_keys_leave_room_for_numbers(void **state)
{
    (void)state;
    const text_column columns[] = {{"", TEXT_LEFT, 2, 0, true}, {"value", TEXT_RIGHT, 1, 0, false}};
    char text[SIZE];
    mutau_error err = {0};
    capture c = begin();
    text_table *table = text_table_alloc(2, columns);
    text_table_cell(table, "log10_mass [log10(MeV)]");
    text_table_cell(table, "1.2345678");
    text_table_cell(table, "anunbreakablenameoftwentysix");
    text_table_cell(table, "9.8765432");
    const mutau_status status = text_table_end(table, 30, &err);
    end(&c, text);
    CHECK_OK(status, err);
    assert_string_equal(text, "                         value\n"
                              "  log10_mass         1.2345678\n"
                              "  [log10(MeV)]\n"
                              "  anunbreakablenameo 9.8765432\n"
                              "  ftwentysix\n");
}

static void without_memory_there_is_an_error(void **state)
{
    (void)state;
    char text[SIZE];
    mutau_error err = {0};
    long k = 0;
    for (bool failed = true; failed; k++) {
        fail_alloc_after = k;
        capture c = begin();
        const mutau_status status = text_table_end(small_table(), 40, &err);
        failed = fail_alloc_after < 0;
        fail_alloc_after = -1;
        end(&c, text);
        if (failed) {
            CHECK_STATUS(status, MUTAU_ENOMEM, err);
            assert_string_equal(text, "");
        } else {
            CHECK_OK(status, err);
        }
    }
    assert_in_range(k, 15, 100);
    fail_alloc_after = 0;
    CHECK_STATUS(text_print(40, &err, "%s", "text"), MUTAU_ENOMEM, err);
    fail_alloc_after = -1;
    text_table_free(NULL);
}

/* COLUMNS wins; tests run without a terminal, which is of any width. */
static void the_width_is_asked_for(void **state)
{
    (void)state;
    const int fd = open("/dev/null", O_WRONLY);
    static const struct {
        const char *columns;
        size_t want;
    } rows[] = {{"132", 132}, {"80", 80}, {"39", 40},      {"1", 40},
                {"", 0},      {"x", 0},   {"80x", 0},      {"0", 0},
                {"-80", 0},   {"1e2", 0}, {"99999999", 0}, {"99999999999999999999999", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(setenv("COLUMNS", rows[i].columns, 1), 0);
        assert_int_equal(text_width(fd), rows[i].want);
    }
    assert_int_equal(unsetenv("COLUMNS"), 0);
    assert_int_equal(text_width(fd), TEXT_ANY_WIDTH);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_fold_at_blanks),
        cmocka_unit_test(words_too_long_are_cut),
        cmocka_unit_test(tables_fold_by_columns),
        cmocka_unit_test(long_keys_leave_room_for_numbers),
        cmocka_unit_test(without_memory_there_is_an_error),
        cmocka_unit_test(the_width_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
