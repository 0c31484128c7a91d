/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of terms: every entry is complete and its option table sound. */
#include "check.h"
#include "model_order.h"
#include "store/config.h"
#include "posterior/model_parameters.h"
#include "priors/term.h"
#include "base/units.h"
#include "mutau_build.h"

#include <string.h>

static void terms_are_found_by_name(void **state)
{
    (void)state;
    static const char *const names[] = {"g-2",     "na64", "kaon",     "z-decay",  "w-decay",
                                        "trident", "neff", "borexino", "charm-ii", "na64e"};
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
    case MUTAU_OPTION_SIDES:
        return 2 * sizeof(double);
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

static void check_derived(const mutau_derived *d)
{
    assert_true(strlen(d->name) > 0 && d->unit != NULL && strlen(d->doc) > 0);
    assert_true(d->lowest < d->highest && d->n_of > 0);
    assert_non_null(d->of);
    assert_non_null(d->alloc);
    assert_non_null(d->free);
    assert_non_null(d->value);
    assert_ptr_equal(mutau_derived_find(d->name), d);
}

static void check_projection(const mutau_projection *p)
{
    assert_true(strlen(p->limit) > 0 && strlen(p->scaling) > 0 && strlen(p->unit) > 0);
    assert_true(strlen(p->note) > 0 && p->n > 0);
    assert_non_null(p->rescaled);
    for (size_t k = 0; k < p->n; k++)
        assert_true(p->exposures[k] > (k > 0 ? p->exposures[k - 1] : 0.0));
}

/* Without a boson in the model there is nothing to look at. */
static void a_model_without_a_boson_is_refused(void **state)
{
    (void)state;
    const mutau_parameter_set empty = {0};
    for (size_t i = 0; mutau_term_types[i] != NULL; i++) {
        const mutau_term_type *type = mutau_term_types[i];
        union {
            double align;
            unsigned char bytes[512];
        } settings = {0};
        void *term = NULL;
        mutau_error err = {0};
        mutau_option_defaults(type->options, type->n_option, settings.bytes);
        for (size_t k = 0; k < type->n_option; k++) /* of a choice without a default the first */
            if (type->options[k].type == MUTAU_OPTION_CHOICE && type->options[k].def < 0.0)
                memset(settings.bytes + type->options[k].offset, 0, sizeof(int));
        CHECK_STATUS(type->alloc(type, settings.bytes, MUTAU_SOURCE_DATA_DIR, &empty, &term, &err),
                     MUTAU_EDOM, err);
        assert_null(term);
    }
}

/* What is derived is found by name, and from any point. */
static void delta_a_mu_needs_no_term(void **state)
{
    (void)state;
    const mutau_derived *d = mutau_derived_find("delta_a_mu");
    mutau_parameter_set set;
    void *derived = NULL;
    mutau_error err = {0};
    assert_non_null(d);
    assert_true(d->always);
    assert_null(mutau_derived_find("delta_a_e"));
    mutau_model_default_parameters(&set);
    CHECK_OK(d->alloc(&set, NULL, &derived, &err), err);
    /* m << m_mu: g'^2/(8 pi^2) */
    const double light[N_PARAMETER] = {1e-3, 1e-3, NAN, NAN, NAN};
    CHECK_REL(d->value(derived, light), 1e-6 / (8.0 * MUTAU_PI * MUTAU_PI), 4e-5);
    const double none[N_PARAMETER] = {6.5, 0.0, NAN, NAN, NAN};
    CHECK_ABS(d->value(derived, none), 0.0, 0.0);
    d->free(derived);
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
        for (size_t j = 0; j < type->n_derived; j++)
            check_derived(&type->derived[j]);
        if (type->projection != NULL)
            check_projection(type->projection);
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
        cmocka_unit_test(a_model_without_a_boson_is_refused),
        cmocka_unit_test(delta_a_mu_needs_no_term),
        cmocka_unit_test(entries_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
