/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file with another solver: this program's own list takes the place of solver.c, and has
 * the line solver twice, the second time by another name. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "posterior/run_settings.h"
#include "physics/solver.h"

static mutau_solver_type second;
const mutau_solver_type *const mutau_solver_types[] = {&mutau_solver_line, &second, NULL};

int mutau_solver_index(const char *name)
{
    for (int i = 0; i < 2; i++)
        if (strcmp(mutau_solver_types[i]->name, name) == 0)
            return i;
    return -1;
}

const mutau_solver_type *mutau_solver_at(int index)
{
    return index >= 0 && index < 2 ? mutau_solver_types[index] : NULL;
}

static mutau_run_settings *parse(const char *solver, mutau_error *err)
{
    char text[256];
    mutau_run_settings *s = NULL;
    (void)snprintf(text, sizeof text,
                   "model: {cross_section: paper, solver: %s}\ndata: [icecube-hese-7.5yr]\n"
                   "likelihood: {kind: none}\n",
                   solver);
    const mutau_status status = mutau_run_settings_parse("t.yaml", text, ".", &s, err);
    assert_true((status == MUTAU_OK) == (s != NULL));
    return s;
}

/* By its own name, and not what resonance stands for. */
static void a_second_row_can_be_chosen(void **state)
{
    (void)state;
    static const char *const name[] = {"twice", "line", "resonance"};
    static const int index[] = {1, 0, 0};
    for (size_t i = 0; i < 3; i++) {
        mutau_error err = {0};
        char *text = NULL;
        mutau_run_settings *s = parse(name[i], &err);
        assert_string_equal(err.text, "");
        assert_non_null(s);
        assert_int_equal(s->model.solver, index[i]);
        CHECK_OK(mutau_run_settings_emit(s, &text, &err), err);
        assert_non_null(strstr(text, index[i] == 1 ? "solver: twice\n" : "solver: line\n"));
        free(text);
        mutau_run_settings_free(s);
    }
}

static void names_are_those_of_the_list(void **state)
{
    (void)state;
    mutau_error err = {0};
    assert_null(parse("twiec", &err));
    assert_non_null(strstr(err.text, "is not one of line, twice, resonance; did you mean "
                                     "'twice'?"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_row_can_be_chosen),
        cmocka_unit_test(names_are_those_of_the_list),
    };
    second = mutau_solver_line;
    second.name = "twice";
    return cmocka_run_group_tests_name("solver_rows", tests, NULL, NULL);
}
