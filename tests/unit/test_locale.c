/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Under a locale with a decimal comma numbers mean and look the same; skipped
 * where no such locale is installed. */
#include "check.h"
#include "store/config.h"
#include "base/number.h"
#include "store/table.h"

#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool set_decimal_comma(void)
{
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (setlocale(LC_ALL, names[i]) != NULL && strcmp(localeconv()->decimal_point, ",") == 0)
            return true;
    return false;
}

static void numbers_keep_their_point(void **state)
{
    (void)state;
    static const double values[] = {0.1, 1e-5, 1.98e10, 2.5, 1.0 / 3.0, 5.5e-4, 123456789.25};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char text[MUTAU_NUMBER_SIZE];
        double back = 0.0;
        mutau_number_write(values[i], text);
        assert_null(strchr(text, ','));
        assert_true(mutau_number_read(text, &back));
        CHECK_ABS(back, values[i], 0.0);
    }
    double value = 0.0;
    assert_true(mutau_number_read("1.98e10", &value));
    CHECK_ABS(value, 1.98e10, 0.0);
    assert_false(mutau_number_read("1,5", &value));
}

static void tables_keep_their_point(void **state)
{
    (void)state;
    static const char text[] = "x\n1.25\n-3.5e-2\n";
    mutau_error err = {0};
    mutau_table *table = NULL;
    double x[2];
    CHECK_OK(mutau_table_read_text("t.csv", text, sizeof text - 1, &table, &err), err);
    CHECK_OK(mutau_table_real(table, "x", x, &err), err);
    CHECK_ABS(x[0], 1.25, 0.0);
    CHECK_ABS(x[1], -0.035, 0.0);
    mutau_table_free(table);
}

static void run_files_keep_their_point(void **state)
{
    (void)state;
    static const char text[] = "h0: 67.36\nexposure: 1.98e10\nmin: 1e-5\n";
    static const double want[] = {67.36, 1.98e10, 1e-5};
    mutau_error err = {0};
    mutau_config *config = NULL;
    char *echo = NULL;
    CHECK_OK(mutau_config_parse_text("t.yaml", text, strlen(text), 0, NULL, &config, &err), err);
    for (size_t i = 0; i < 3; i++) {
        double value = 0.0;
        mutau_node *node = mutau_node_at(mutau_config_root(config), i);
        CHECK_OK(mutau_node_real(node, 0.0, 1e20, NULL, &value, &err), err);
        CHECK_ABS(value, want[i], 0.0);
    }
    CHECK_STATUS(mutau_node_real(mutau_node_at(mutau_config_root(config), 0), 0.5, 1.5, NULL,
                                 &(double){0.0}, &err),
                 MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "67.36 is out of range: from 0.5 to 1.5"));
    CHECK_OK(mutau_config_emit(config, &echo, &err), err);
    assert_string_equal(echo, text);
    free(echo);
    mutau_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_keep_their_point),
        cmocka_unit_test(run_files_keep_their_point),
        cmocka_unit_test(tables_keep_their_point),
    };
    if (!set_decimal_comma()) {
        (void)puts("1..0 # SKIP no locale with a decimal comma is installed");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
