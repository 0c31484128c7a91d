/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Text at a width: what is folded where, and that nothing is lost. */
#include "check.h"
#include "report/report.h"
#include "report/text.h"
#include "text_internal.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { N_COLUMN = 4, N_ROW = 3 };

typedef struct sink {
    FILE *file;
    char *text;
    size_t size;
} sink;

static FILE *sink_open(sink *out)
{
    *out = (sink){0};
    out->file = open_memstream(&out->text, &out->size);
    assert_non_null(out->file);
    return out->file;
}

static void sink_expect(sink *out, const char *want)
{
    assert_int_equal(fclose(out->file), 0);
    assert_string_equal(out->text, want);
    free(out->text);
}

static void check_lines(size_t width, const char *line, const char *want)
{
    sink out;
    mutau_text_lines(sink_open(&out), width, line);
    sink_expect(&out, want);
}

static void lines_fold_at_blanks(void **state)
{
    (void)state;
    check_lines(MUTAU_TEXT_ANY_WIDTH, "one two three\n", "one two three\n");
    check_lines(13, "one two three\n", "one two three\n");
    check_lines(12, "one two three\n", "one two\n  three\n");
    check_lines(12, "one two    three\n", "one two\n  three\n");
    check_lines(14, "  one two three\n\n  four\n", "  one two\n    three\n\n  four\n");
    check_lines(12, "a = 1, b = 2\n", "a = 1, b = 2\n");
    check_lines(11,
                "a" MUTAU_REPORT_BLANK "=" MUTAU_REPORT_BLANK "1, b" MUTAU_REPORT_BLANK
                "=" MUTAU_REPORT_BLANK "2\n",
                "a = 1,\n  b = 2\n");
}

static void words_too_long_are_cut(void **state)
{
    (void)state;
    check_lines(10, "abcdefghijklmnop\n", "abcdefghij\n  klmnop\n");
    check_lines(10, "x abcdefghijklmnop\n", "x\n  abcdefgh\n  ijklmnop\n");
    check_lines(10, "[1.2345," MUTAU_REPORT_BLANK "6.7890]\n", "[1.2345,\n  6.7890]\n");
    /* Characters count, not bytes, and none is cut. */
    check_lines(
        10, "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\n",
        "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\n");
    check_lines(10, "123456789\xc3\xa4\xc3\xb6\n", "123456789\xc3\xa4\n  \xc3\xb6\n");
    assert_int_equal(mutau_text_columns("\xc3\xa4\xe2\x82\xac z"), 4);
}

static void check_table(size_t width, const char *want)
{
    mutau_text_column columns[N_COLUMN] = {{.head = "name", .key = true, .gap = 2},
                                           {.head = "mean", .right = true, .gap = 2},
                                           {.head = "region", .gap = 2},
                                           {.head = "share", .right = true, .gap = 2}};
    const char *cells[N_ROW * N_COLUMN] = {
        "alpha",  "1.50", "[1," MUTAU_REPORT_BLANK "2] [3," MUTAU_REPORT_BLANK "4]",
        "7",      "beta", NULL,
        NULL,     NULL,   "gamma",
        "-22.75", NULL,   NULL};
    const char *notes[N_ROW] = {NULL, "has no value at all", NULL}, *rest[N_COLUMN];
    sink out;
    mutau_text_table table = {.file = sink_open(&out),
                              .n_column = N_COLUMN,
                              .n_key = 1,
                              .n_row = N_ROW,
                              .column = columns,
                              .cells = cells,
                              .notes = notes,
                              .rest = rest};
    mutau_text_table_write(&table, width);
    sink_expect(&out, want);
}

static void tables_fold_by_columns(void **state)
{
    (void)state;
    const char *wide = "  name     mean  region         share\n"
                       "  alpha    1.50  [1, 2] [3, 4]      7\n"
                       "  beta   has no value at all\n"
                       "  gamma  -22.75\n";
    check_table(MUTAU_TEXT_ANY_WIDTH, wide);
    check_table(37, wide);
    check_table(36, "  name    mean  region        share\n"
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
    mutau_text_column columns[] = {{.head = "", .key = true, .gap = 2},
                                   {.head = "value", .right = true, .gap = 2}};
    const char *cells[] = {"log10_mass [log10(MeV)]", "1.2345678", "anunbreakablenameoftwentysix",
                           "9.8765432"};
    const char *notes[2] = {NULL}, *rest[2];
    sink out;
    mutau_text_table table = {.file = sink_open(&out),
                              .n_column = 2,
                              .n_key = 1,
                              .n_row = 2,
                              .column = columns,
                              .cells = cells,
                              .notes = notes,
                              .rest = rest};
    mutau_text_table_write(&table, 30);
    sink_expect(&out, "                         value\n"
                      "  log10_mass         1.2345678\n"
                      "  [log10(MeV)]\n"
                      "  anunbreakablenameo 9.8765432\n"
                      "  ftwentysix\n");
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
        assert_int_equal(mutau_text_width(fd), rows[i].want);
    }
    assert_int_equal(unsetenv("COLUMNS"), 0);
    assert_int_equal(mutau_text_width(fd), MUTAU_TEXT_ANY_WIDTH);
    (void)close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_fold_at_blanks),
        cmocka_unit_test(words_too_long_are_cut),
        cmocka_unit_test(tables_fold_by_columns),
        cmocka_unit_test(long_keys_leave_room_for_numbers),
        cmocka_unit_test(the_width_is_asked_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
