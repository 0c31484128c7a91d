/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every allocation of the configuration module fails once: MUTAU_ENOMEM each
 * time, and nothing is lost (the address sanitizer's leak check sees to that). */
#include "check.h"
#include "fail_alloc.h"
#include "store/config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct settings {
    double mass;
    char label[MUTAU_OPTION_TEXT_SIZE];
} settings;

static const mutau_option table[] = {
    {.key = "mass", .type = MUTAU_OPTION_REAL, .offset = offsetof(settings, mass), .max = 9.0},
    {.key = "label",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(settings, label),
     .def_text = "none"},
};

static mutau_status use(mutau_config *config, char **text, mutau_error *err)
{
    static const char *const others[] = {"list", "set", "many", NULL};
    mutau_node *root = mutau_config_root(config);
    settings s;
    MUTAU_CHECK(mutau_config_read(root, table, 2, others, &s, err));
    MUTAU_CHECK(mutau_node_assign(root, "many", "{n: [1, 2]}", err));
    MUTAU_CHECK(mutau_node_spell_out(mutau_node_child(root, "mass"), "inner", err));
    MUTAU_CHECK(mutau_node_spell_out(mutau_node_child(root, "set"), "inner", err));
    return mutau_config_emit(config, text, err);
}

static mutau_status whole_life(char **text, mutau_error *err)
{
    static const char source[] = "mass: 1.50\nlist: &x [1, {a: b}]\nmany: *x\nset: word\n";
    static const char *const assignments[] = {"set.a.b=[1, 2, 3, 4, 5, 6, 7, 8, 9]"};
    mutau_config *config = NULL;
    mutau_status status =
        mutau_config_parse_text("t.yaml", source, strlen(source), 1, assignments, &config, err);
    if (status == MUTAU_OK)
        status = use(config, text, err);
    mutau_config_free(config);
    return status;
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_error err = {0};
    char *text = NULL;
    long n = 0;
    CHECK_EACH_ALLOC(whole_life(&text, &err), text, n, err);
    assert_true(n > 30);
    assert_non_null(strstr(text, "many:\n  n: [1, 2]\n"));
    assert_non_null(strstr(text, "mass: {inner: 1.5}\n"));
    assert_non_null(strstr(text, "  inner: word\n"));
    free(text);
}

/* More than the emitter's first buffer holds. */
static void long_echoes_need_memory(void **state)
{
    (void)state;
    char source[20000] = "", line[64];
    for (int i = 0; i < 500; i++) {
        (void)snprintf(line, sizeof line, "key%d: the quick brown fox\n", i);
        strcat(source, line);
    }
    mutau_error err = {0};
    mutau_config *config = NULL;
    char *text = NULL;
    long n = 0;
    CHECK_OK(mutau_config_parse_text("t.yaml", source, strlen(source), 0, NULL, &config, &err),
             err);
    CHECK_EACH_ALLOC(mutau_config_emit(config, &text, &err), text, n, err);
    assert_string_equal(text, source);
    assert_true(n > 1);
    free(text);
    mutau_config_free(config);
}

static void files_need_memory_too(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_config *config = NULL;
    char path[] = "/tmp/mutau-config-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    fail_alloc_after = 0;
    CHECK_STATUS(mutau_config_parse_file(path, 0, NULL, &config, &err), MUTAU_ENOMEM, err);
    (void)close(fd);
    (void)unlink(path);
    assert_null(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(long_echoes_need_memory),
        cmocka_unit_test(files_need_memory_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
