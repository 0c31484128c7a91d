/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The set of a model's parameters: their order, and which of them is what. */
#include "check.h"
#include "model_order.h"
#include "posterior/model_parameters.h"

#include "physics/mediator.h"
#include "physics/mixing.h"
#include "physics/spectrum.h"

#include <string.h>

static void they_stand_in_the_order_of_every_chain(void **state)
{
    (void)state;
    static const char *const names[N_PARAMETER] = {
        [AT_MASS] = "m_zprime", [AT_COUPLING] = "g_prime", [AT_A] = "A",
        [AT_GAMMA] = "gamma",   [AT_SUM_MNU] = "sum_mnu",
    };
    const mutau_flux_settings scalar = {.mediator = MUTAU_MEDIATOR_SCALAR_TAU};
    mutau_parameter_set set[2];
    mutau_error err = {0};
    mutau_model_default_parameters(&set[0]);
    CHECK_OK(mutau_flux_parameter_set(&scalar, &set[1], &err), err);
    for (size_t k = 0; k < 2; k++) {
        assert_int_equal(set[k].n, N_PARAMETER);
        for (size_t i = 0; i < N_PARAMETER; i++)
            assert_string_equal(set[k].spec[i]->name, names[i]);
    }
    assert_int_equal(mutau_parameter_set_find(&set[0], "g-prime"), N_PARAMETER);
}

/* Names stand in chain files and on plots: no two alike, and none that could be taken for the
 * logarithm of another. */
static void names_and_defaults_are_whole(void **state)
{
    (void)state;
    mutau_parameter_set set;
    mutau_model_default_parameters(&set);
    for (size_t i = 0; i < set.n; i++) {
        const mutau_parameter_spec *spec = set.spec[i];
        assert_int_equal(mutau_parameter_set_find(&set, spec->name), i);
        assert_true(strncmp(spec->name, "log10_", 6) != 0);
        assert_true(strlen(spec->latex) > 0 && strlen(spec->doc) > 0);
        assert_true(strlen(spec->default_prior) > 0 && strchr(spec->doc, '\n') == NULL);
        assert_true(spec->lowest < spec->highest);
    }
}

static void each_part_is_found(void **state)
{
    (void)state;
    mutau_parameter_set set;
    mutau_model_default_parameters(&set);
    const mutau_model_places at = mutau_model_find(&set);
    assert_int_equal(at.mass, AT_MASS);
    assert_int_equal(at.coupling, AT_COUPLING);
    assert_int_equal(at.spectrum, AT_A);
    assert_int_equal(at.n_spectrum, 2);
    assert_int_equal(at.neutrino_mass, AT_SUM_MNU);
    assert_ptr_equal(set.spec[at.mass], &mutau_mediator_parameters[MUTAU_MEDIATOR_MASS]);
    assert_ptr_equal(set.spec[at.neutrino_mass], &mutau_mixing_parameters[MUTAU_MIXING_SUM]);
}

static void without_a_coupling_there_is_no_boson(void **state)
{
    (void)state;
    mutau_parameter_set set;
    mutau_model_default_parameters(&set);
    const mutau_model_places at = mutau_model_find(&set);
    double point[N_PARAMETER] = {6.5, 1e-9, 1.5, 2.5, 0.1};
    assert_false(mutau_model_is_bare(&at, point));
    point[AT_COUPLING] = 0.0;
    assert_true(mutau_model_is_bare(&at, point));
    for (size_t i = 0; i < N_PARAMETER; i++)
        assert_int_equal(mutau_model_is_of_boson(&at, i), i == AT_MASS || i == AT_SUM_MNU);
}

/* Each name once, of which each is the row of its first owner; A, which all spectra have, too. */
static void all_models_have_their_names_in_one_list(void **state)
{
    (void)state;
    mutau_parameter_set all;
    size_t n = MUTAU_MEDIATOR_N_PARAMETER + MUTAU_MIXING_N_PARAMETER + 1;
    mutau_model_all_parameters(&all);
    for (int k = 0; mutau_spectrum_at(k) != NULL; k++) {
        const mutau_spectrum_type *type = mutau_spectrum_at(k);
        for (size_t i = 0; i < type->n_parameter; i++)
            assert_true(mutau_parameter_set_find(&all, type->parameters[i].name) < all.n);
    }
    static const char *const names[] = {"m_zprime", "g_prime", "A",      "gamma",
                                        "alpha",    "beta",    "sum_mnu"};
    assert_true(all.n >= n + 3);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_true(mutau_parameter_set_find(&all, names[i]) < all.n);
    for (size_t i = 0; i < all.n; i++)
        assert_int_equal(mutau_parameter_set_find(&all, all.spec[i]->name), i);
    assert_string_equal(all.spec[all.n - 1]->name, "sum_mnu");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_stand_in_the_order_of_every_chain),
        cmocka_unit_test(names_and_defaults_are_whole),
        cmocka_unit_test(each_part_is_found),
        cmocka_unit_test(without_a_coupling_there_is_no_boson),
        cmocka_unit_test(all_models_have_their_names_in_one_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
