/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CSV tables: what is tolerated, and that each fault is named with its place. */
#include "check.h"
#include "fail_alloc.h"
#include "store/table.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mutau_status read_text(const char *text, mutau_table **out, mutau_error *err)
{
    return mutau_table_read_text("t.csv", text, strlen(text), out, err);
}

static mutau_table *good(const char *text)
{
    mutau_error err = {0};
    mutau_table *t = NULL;
    CHECK_OK(read_text(text, &t, &err), err);
    return t;
}

static void numbers_are_read_exactly(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_table *t = good("# a comment, with a comma\n"
                          "x_GeV,y\n"
                          "1,2.5e-3\n"
                          "  # another\n"
                          "\n"
                          "-.5,+1.7976931348623157E+308\n"
                          "0.1,1e-400");
    double x[3], y[3];
    assert_int_equal(mutau_table_rows(t), 3);
    assert_string_equal(mutau_table_column_name(t, 0), "x_GeV");
    assert_string_equal(mutau_table_column_name(t, 1), "y");
    assert_null(mutau_table_column_name(t, 2));
    CHECK_OK(mutau_table_real(t, "x_GeV", x, &err), err);
    CHECK_OK(mutau_table_real(t, "y", y, &err), err);
    CHECK_ABS(x[0], 1.0, 0.0);
    CHECK_ABS(x[1], -0.5, 0.0);
    CHECK_ABS(x[2], 0.1, 0.0);
    CHECK_ABS(y[0], 0.0025, 0.0);
    CHECK_ABS(y[1], 1.7976931348623157e308, 0.0);
    CHECK_ABS(y[2], 0.0, 0.0);
    mutau_table_free(t);
    mutau_table_free(NULL);
}

static void quotes_blanks_cr_lf_and_bom_are_tolerated(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_table *t = good("\xEF\xBB\xBF \"a, b\" ,c\t,\"\"\"d\"\"\"\r\n"
                          "\t1 , two words , \"3\" \r\n"
                          "\"4\",,\"#5,\"\"6\"\"\"\r\n");
    double a[2];
    assert_string_equal(mutau_table_column_name(t, 0), "a, b");
    assert_string_equal(mutau_table_column_name(t, 1), "c");
    assert_string_equal(mutau_table_column_name(t, 2), "\"d\"");
    CHECK_OK(mutau_table_real(t, "a, b", a, &err), err);
    CHECK_ABS(a[0], 1.0, 0.0);
    CHECK_ABS(a[1], 4.0, 0.0);
    assert_string_equal(mutau_table_text(t, "c", 0), "two words");
    assert_string_equal(mutau_table_text(t, "c", 1), "");
    assert_string_equal(mutau_table_text(t, "\"d\"", 1), "#5,\"6\"");
    assert_null(mutau_table_text(t, "c", 2));
    assert_null(mutau_table_text(t, "e", 0));
    mutau_table_free(t);
}

static void structural_faults_are_placed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"", "t.csv:1:1: no header line of column names"},
        {"# only\n\n", "t.csv:3:1: no header line of column names"},
        {"a,b\n", "t.csv:2:1: no rows after the header"},
        {"a,b\n1\n", "t.csv:2:1: the row has 1 field, the header 2"},
        {"a,b\n1,2\n\n1,2,3\n", "t.csv:4:1: the row has 3 fields, the header 2"},
        {"a,b,\n1,2,3\n", "t.csv:1:5: column 3 has no name"},
        {"#\nlong, b ,long\n1,2,3\n", "t.csv:2:10: column name 'long' is used twice"},
        {"a\n\"1\n2\"\n", "t.csv:2:1: the quote is not closed on its line"},
        {"a,b\n1, \"2\"x\n",
         "t.csv:2:7: text after the closing quote; a comma or the line's end is wanted"},
        {"a\n1\"2\"\n", "t.csv:2:2: a quote inside an unquoted field"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_error err = {0};
        mutau_table *t = NULL;
        CHECK_STATUS(read_text(cases[i].text, &t, &err), MUTAU_EDATA, err);
        assert_string_equal(err.text, cases[i].want);
        assert_null(t);
    }
}

static void zero_bytes_are_placed(void **state)
{
    (void)state;
    static const char text[] = "a\n1\n2\0\n";
    mutau_error err = {0};
    mutau_table *t = NULL;
    CHECK_STATUS(mutau_table_read_text("t.csv", text, sizeof text - 1, &t, &err), MUTAU_EDATA, err);
    assert_string_equal(err.text, "t.csv:3:2: a zero byte: this is not text");
}

static void what_is_no_finite_number_is_placed(void **state)
{
    (void)state;
    static const char *const bad[] = {"nan", "inf", "0xg", "1e999", "1,5",  "1.2.3", "e5",
                                      "1e",  ".",   "",    "1 2",   "--1",  "1e+",   "-",
                                      "1_0", "1d5", "+-1", "1e1.5", "\xd9", "1f"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char text[64], want[128], shown[64];
        mutau_error err = {0};
        double values[2];
        (void)snprintf(text, sizeof text, "n,x\n1,2\n1, \"%s\"\n", bad[i]);
        (void)snprintf(want, sizeof want, "t.csv:3:4: column 'x': '%s' is not a finite number",
                       mutau_utf8_plain(bad[i], sizeof shown, shown));
        mutau_table *t = good(text);
        CHECK_STATUS(mutau_table_real(t, "x", values, &err), MUTAU_EDATA, err);
        assert_string_equal(err.text, want);
        mutau_table_free(t);
    }
}

static void a_missing_column_is_named_with_those_that_exist(void **state)
{
    (void)state;
    mutau_error err = {0};
    double values[1];
    mutau_table *t = good("#\nEmin_GeV,Emax_GeV\n1,2\n");
    CHECK_STATUS(mutau_table_real(t, "Emid", values, &err), MUTAU_EDATA, err);
    assert_string_equal(err.text, "t.csv:2:1: no column 'Emid'; there are: Emin_GeV, Emax_GeV");
    CHECK_STATUS(mutau_table_real(t, "Emid", values, NULL), MUTAU_EDATA, err);
    assert_int_equal(mutau_table_error(t, "Emax_GeV", 0, &err, "is %d", 7), MUTAU_EDATA);
    assert_string_equal(err.text, "t.csv:3:3: is 7");
    assert_int_equal(mutau_table_error(t, "Emax_GeV", 1, &err, "is %d", 7), MUTAU_EDATA);
    assert_string_equal(err.text, "t.csv: is 7");
    mutau_table_free(t);
}

static void nothing_and_flags_are_read_where_they_may_be(void **state)
{
    (void)state;
    static const char *const not_flags[] = {"", "2", "yes", "-1", "0.5", "nan", "t", "true false"};
    mutau_error err = {0};
    double x[5], flag[5];
    mutau_table *t = good("x,flag\n1e-8,True\n,FALSE\nNaN,1\nn/a,0.0\n.nan,false\n");
    CHECK_OK(mutau_table_real_or_nan(t, "x", x, &err), err);
    CHECK_OK(mutau_table_flags(t, "flag", flag, &err), err);
    CHECK_ABS(x[0], 1e-8, 0.0);
    for (size_t i = 1; i < 5; i++)
        assert_true(isnan(x[i]));
    for (size_t i = 0; i < 5; i++)
        CHECK_ABS(flag[i], i == 0 || i == 2 ? 1.0 : 0.0, 0.0);
    assert_true(mutau_table_has_column(t, "flag"));
    assert_false(mutau_table_has_column(t, "flags"));
    CHECK_STATUS(mutau_table_real_or_nan(t, "flag", flag, &err), MUTAU_EDATA, err);
    assert_string_equal(err.text,
                        "t.csv:2:6: column 'flag': 'True' is not a finite number, empty or nan");
    CHECK_STATUS(mutau_table_real_or_nan(t, "y", flag, &err), MUTAU_EDATA, err);
    CHECK_STATUS(mutau_table_flags(t, "y", flag, &err), MUTAU_EDATA, err);
    mutau_table_free(t);
    for (size_t i = 0; i < sizeof not_flags / sizeof not_flags[0]; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "x,flag\n1,%s\n", not_flags[i]);
        t = good(text);
        CHECK_STATUS(mutau_table_flags(t, "flag", flag, &err), MUTAU_EDATA, err);
        assert_non_null(strstr(err.text, "is not 0 or 1, false or true"));
        mutau_table_free(t);
    }
}

static void too_many_columns_make_a_short_message(void **state)
{
    (void)state;
    static char text[16 * (MUTAU_TABLE_MAX_COLUMNS + 1)];
    mutau_error err = {0};
    mutau_table *t = NULL;
    double value;
    size_t used = 0;
    for (int i = 0; i < MUTAU_TABLE_MAX_COLUMNS; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%sc%d", i > 0 ? "," : "", i);
    const size_t header = used;
    text[used++] = '\n';
    memset(text + used, ',', MUTAU_TABLE_MAX_COLUMNS - 1);
    text[used + MUTAU_TABLE_MAX_COLUMNS - 1] = '\0';
    CHECK_OK(read_text(text, &t, &err), err);
    CHECK_STATUS(mutau_table_real(t, "no such", &value, &err), MUTAU_EDATA, err);
    mutau_table_free(t);
    (void)snprintf(text + header, sizeof text - header, ",d\n1\n");
    CHECK_STATUS(read_text(text, &t, &err), MUTAU_EDATA, err);
    assert_string_equal(err.text, "t.csv:1:1: 1001 columns, more than the limit of 1000");
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_table *t = NULL;
    CHECK_STATUS(mutau_table_read_file("/no/such/table.csv", &t, &err), MUTAU_EIO, err);
    assert_non_null(strstr(err.text, "/no/such/table.csv: cannot be opened: "));
    CHECK_STATUS(mutau_table_read_file("/", &t, &err), MUTAU_EIO, err);
    CHECK_STATUS(mutau_table_read_text("t.csv", "a\n1\n", MUTAU_TABLE_MAX_BYTES + 1, &t, &err),
                 MUTAU_EDATA, err);
    assert_null(t);
}

static void files_are_read_up_to_their_limit(void **state)
{
    (void)state;
    char path[] = "/tmp/mutau-test-table-XXXXXX";
    mutau_error err = {0};
    mutau_table *t = NULL;
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "wb");
    assert_non_null(file);
    (void)fputs("a,b\n", file);
    for (int i = 0; i < 20000; i++) /* past the first buffer */
        (void)fprintf(file, "%d,%d\n", i, -i);
    (void)fflush(file);
    CHECK_OK(mutau_table_read_file(path, &t, &err), err);
    assert_int_equal(mutau_table_rows(t), 20000);
    assert_string_equal(mutau_table_text(t, "b", 19999), "-19999");
    mutau_table_free(t);
    assert_int_equal(ftruncate(fd, MUTAU_TABLE_MAX_BYTES + 1), 0);
    CHECK_STATUS(mutau_table_read_file(path, &t, &err), MUTAU_EDATA, err);
    assert_non_null(strstr(err.text, "longer than the limit"));
    (void)fclose(file);
    (void)unlink(path);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_table *t = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(read_text("a,b,c\n1,2,3\n4,5,6\n", &t, &err), t, n, err);
    assert_int_equal(n, 4); /* the text, the table, its name, the cells */
    mutau_table_free(t);
    char path[] = "/tmp/mutau-test-table-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a\n1\n", 4), 4);
    CHECK_EACH_ALLOC(mutau_table_read_file(path, &t, &err), t, n, err);
    assert_int_equal(n, 4);
    mutau_table_free(t);
    (void)close(fd);
    (void)unlink(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_read_exactly),
        cmocka_unit_test(quotes_blanks_cr_lf_and_bom_are_tolerated),
        cmocka_unit_test(structural_faults_are_placed),
        cmocka_unit_test(zero_bytes_are_placed),
        cmocka_unit_test(what_is_no_finite_number_is_placed),
        cmocka_unit_test(a_missing_column_is_named_with_those_that_exist),
        cmocka_unit_test(nothing_and_flags_are_read_where_they_may_be),
        cmocka_unit_test(too_many_columns_make_a_short_message),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(files_are_read_up_to_their_limit),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
