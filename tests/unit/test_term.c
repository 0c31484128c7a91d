/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of terms: every entry is complete and its option table sound. */
#include "check.h"
#include "mutau/term.h"

#include <string.h>

static void terms_are_found_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"g-2",     "na64",    "kaon", "z-decay",
                                        "w-decay", "trident", "neff", "borexino"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const mutau_term_type *type = mutau_term_find(names[i]);
        assert_non_null(type);
        assert_string_equal(type->name, names[i]);
    }
    assert_null(mutau_term_find("g2"));
    assert_null(mutau_term_find(""));
}

static void names_are_unique(void **state)
{
    (void)state;
    for (size_t i = 0; mutau_term_types[i] != NULL; i++)
        assert_ptr_equal(mutau_term_find(mutau_term_types[i]->name), mutau_term_types[i]);
}

static size_t field_size(mutau_option_type type)
{
    switch (type) {
    case MUTAU_OPTION_REAL:
        return sizeof(double);
    case MUTAU_OPTION_INTEGER:
        return sizeof(long);
    case MUTAU_OPTION_BOOL:
        return sizeof(bool);
    case MUTAU_OPTION_CHOICE:
        return sizeof(int);
    case MUTAU_OPTION_TEXT:
        break;
    }
    return MUTAU_OPTION_TEXT_SIZE;
}

static void check_option(const mutau_term_type *type, const mutau_option *o)
{
    assert_non_null(o->key);
    assert_non_null(o->doc);
    assert_true(o->offset + field_size(o->type) <= type->settings_size);
    if (o->type == MUTAU_OPTION_REAL)
        assert_true(o->min < o->max && !(o->def < o->min) && !(o->def > o->max)); /* or NaN */
    if (o->type == MUTAU_OPTION_CHOICE) {
        int n = 0;
        while (o->choices[n] != NULL)
            n++;
        assert_true(o->def >= -1.0 && o->def < n);
    }
}

static void entries_are_complete(void **state)
{
    (void)state;
    for (size_t i = 0; mutau_term_types[i] != NULL; i++) {
        const mutau_term_type *type = mutau_term_types[i];
        assert_non_null(type->doc);
        assert_non_null(type->reference);
        assert_non_null(type->alloc);
        assert_non_null(type->free);
        assert_non_null(type->lnl);
        assert_non_null(type->mass_range);
        assert_in_range(type->settings_size, type->n_option > 0, 512);
        bool has_shorthand = type->shorthand == NULL;
        for (size_t j = 0; j < type->n_option; j++) {
            check_option(type, &type->options[j]);
            has_shorthand = has_shorthand || strcmp(type->shorthand, type->options[j].key) == 0;
        }
        assert_true(has_shorthand);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terms_are_found_by_name),
        cmocka_unit_test(names_are_unique),
        cmocka_unit_test(entries_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
