/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders of paths, as dirname(1) has them. */
#include "check.h"
#include "base/path.h"

#include <stdlib.h>

static void folders_are_those_of_dirname(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"run.yaml", "."},     {"./run.yaml", "."}, {"/run.yaml", "/"}, {"a/b/run.yaml", "a/b"},
        {"/a/run.yaml", "/a"}, {"a/", "a"},         {"", "."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *folder = mutau_path_folder(rows[i][0]);
        assert_non_null(folder);
        assert_string_equal(folder, rows[i][1]);
        free(folder);
    }
}

static void names_are_put_in_folders(void **state)
{
    (void)state;
    char *path = mutau_path_in("data", "tracks", ".csv");
    assert_non_null(path);
    assert_string_equal(path, "data/tracks.csv");
    free(path);
    path = mutau_path_in("data", "../priors", "");
    assert_non_null(path);
    assert_string_equal(path, "data/../priors");
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folders_are_those_of_dirname),
        cmocka_unit_test(names_are_put_in_folders),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
