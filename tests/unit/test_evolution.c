/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Histories and flavours of the sources: values from outside, limits, what is refused. */
#include "check.h"

#include <string.h>

#include "physics/evolution.h"
#include "physics/flavour.h"

/* mpmath 1.3, 40 digits, from the formulae as evolution.h has them, at z = 0, 0.5, 2, 3.5, 5. */
static const struct {
    const char *name;
    double w[5];
} golden[] = {
    {"yuksel2008",
     {0.99999999999927256, 3.9692572412721494, 9.3472479796643894, 8.2484240012666606,
      4.2295495363391775}},
    {"hopkins-beacom2006",
     {0.015135612484362082, 0.057224147267393564, 0.14188891696932986, 0.12769231083399366,
      0.058182180983975545}},
    {"madau-dickinson2014",
     {0.99743282857598074, 2.9157693571802156, 8.7906010507788902, 4.565876796393486,
      2.1156649714468124}},
    {"candels2015",
     {0.92225138920313195, 3.796875, 3.491705323128756, 2.2651109758323201, 1.652334653156153}},
    {"none", {1.0, 1.0, 1.0, 1.0, 1.0}},
    {"agn", {1.0, 7.59375, 143.48907, 64.985852545621231, 14.716984104152307}},
    {"fsrq", {1.0, 10.086028165819694, 187.34721831295313, 21.979419422553209, 2.5786071578897213}},
    {"grb", {1.0, 2.3147756555300102, 9.7194344978174953, 22.498310361066488, 19.549394854565791}},
    {"bl-lac",
     {1.0, 0.2962962962962963, 0.037037037037037037, 0.010973936899862826, 0.0046296296296296296}},
};
static const double golden_z[5] = {0.0, 0.5, 2.0, 3.5, 5.0};

static void named_histories(void **state)
{
    (void)state;
    assert_int_equal(sizeof golden / sizeof golden[0], MUTAU_EVOLUTION_N_NAMED);
    assert_null(mutau_evolution_names[MUTAU_EVOLUTION_N_NAMED]);
    for (int kind = 0; kind < MUTAU_EVOLUTION_N_NAMED; kind++) {
        const mutau_evolution e = {.kind = kind};
        mutau_error err = {0};
        assert_string_equal(mutau_evolution_names[kind], golden[kind].name);
        CHECK_OK(mutau_evolution_check(&e, 5.0, &err), err);
        for (int k = 0; k < 5; k++)
            CHECK_REL(mutau_cosmology_sources(e, 1.0 + golden_z[k]), golden[kind].w[k], 1e-13);
    }
}

/* Each has a formula, and a source that begins with its mark. */
static void histories_are_marked(void **state)
{
    (void)state;
    for (int kind = 0; kind < MUTAU_EVOLUTION_N_NAMED; kind++) {
        assert_true(strlen(mutau_evolution_formula(kind)) > 0);
        const char *reference = mutau_evolution_reference(kind);
        assert_non_null(strchr("FDR", reference[0]));
        assert_int_equal(reference[1], ',');
    }
    assert_null(mutau_evolution_formula(MUTAU_EVOLUTION_POWER));
    assert_null(mutau_evolution_reference(-1));
}

/* The paper's interpolates the powers 3.4, -0.3, -3.5 of 1+z (arXiv:0804.4008, eq. 5). */
static void star_formation_has_its_powers(void **state)
{
    (void)state;
    const mutau_evolution e = {.kind = MUTAU_EVOLUTION_YUKSEL2008};
    CHECK_REL(mutau_cosmology_sources(e, 1.3), pow(1.3, 3.4), 1e-6);
    CHECK_REL(mutau_cosmology_sources(e, 40.0), pow(40.0 / 9.06, -3.5), 1e-6);
    CHECK_REL(mutau_cosmology_sources(e, 3.0), pow(3.0 / 5161.0, -0.3), 5e-2);
}

static void powers_break_without_a_step(void **state)
{
    (void)state;
    mutau_evolution e = {.kind = MUTAU_EVOLUTION_POWER, .power = 2.0, .z_break = (double)INFINITY};
    mutau_error err = {0};
    CHECK_OK(mutau_evolution_check(&e, 5.0, &err), err);
    CHECK_REL(mutau_cosmology_sources(e, 6.0), 36.0, 1e-15);
    CHECK_REL(mutau_cosmology_sources(e, 0.5), 0.25, 1e-15);
    e.z_break = 1.0;
    e.power_after = -3.0;
    CHECK_REL(mutau_cosmology_sources(e, 2.0), 4.0, 1e-15);
    CHECK_REL(mutau_cosmology_sources(e, 2.0 + 1e-9), 4.0, 1e-8);
    CHECK_REL(mutau_cosmology_sources(e, 4.0), 0.5, 1e-15);
    /* what the named ones are in this form */
    e = (mutau_evolution){
        .kind = MUTAU_EVOLUTION_POWER, .power = 2.07, .z_break = 3.6, .power_after = -0.7};
    for (double z = 0.0; z < 5.0; z += 0.3)
        CHECK_REL(mutau_cosmology_sources(e, 1.0 + z),
                  mutau_cosmology_sources((mutau_evolution){.kind = MUTAU_EVOLUTION_GRB}, 1.0 + z),
                  1e-15);
}

/* Between rows a power of 1+z, so that a table of two rows has one; straight in ln(1+z) from and to
 * 0; and it goes on at both ends. */
static void tables_are_read(void **state)
{
    (void)state;
    const double z[] = {0.0, 1.0, 3.0}, power[] = {1.0, 8.0, 64.0}, step[] = {0.0, 2.0, 0.0};
    mutau_evolution e = {.kind = MUTAU_EVOLUTION_TABLE, .n = 3, .z = z, .w = power};
    mutau_error err = {0};
    CHECK_OK(mutau_evolution_check(&e, 3.0, &err), err);
    for (double a = 0.8; a < 5.0; a += 0.1)
        CHECK_REL(mutau_cosmology_sources(e, a), a * a * a, 1e-14);
    e.w = step;
    CHECK_OK(mutau_evolution_check(&e, 3.0, &err), err);
    CHECK_ABS(mutau_cosmology_sources(e, sqrt(2.0)), 1.0, 1e-14);
    CHECK_ABS(mutau_cosmology_sources(e, 2.0), 2.0, 1e-14);
    CHECK_ABS(mutau_cosmology_sources(e, 2.0 * sqrt(2.0)), 1.0, 1e-14);
    CHECK_ABS(mutau_cosmology_sources(e, 4.0), 0.0, 1e-14);
}

static void check_refused(const mutau_evolution *e, double z_max, const char *why)
{
    mutau_error err = {0};
    CHECK_STATUS(mutau_evolution_check(e, z_max, &err), MUTAU_EDOM, err);
    if (strstr(err.text, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, why);
}

static void impossible_histories_are_refused(void **state)
{
    (void)state;
    const double z[] = {0.0, 1.0, 5.0}, late[] = {0.1, 1.0, 5.0}, wild[] = {0.0, 1.0, 1.0},
                 nan_z[] = {0.0, (double)NAN, 5.0};
    const double w[] = {1.0, 2.0, 1.0}, none[] = {0.0, 0.0, 0.0}, less[] = {1.0, -2.0, 1.0},
                 far[] = {0.0, 0.0, 1.0}, nan_w[] = {1.0, (double)NAN, 1.0};
    const struct {
        size_t n;
        const double *z, *w;
        double z_max;
        const char *why;
    } bad[] = {
        {3, z, none, 5.0, "an evolution without sources"},
        {3, z, far, 1.0, "an evolution without sources"},
        {3, z, less, 5.0, "row 2: W = -2"},
        {3, z, nan_w, 5.0, "row 2: W = "},
        {3, late, w, 5.0, "covers z = 0.1 to 5: must cover 0 to z_max = 5"},
        {3, z, w, 6.0, "covers z = 0 to 5: must cover 0 to z_max = 6"},
        {3, wild, w, 5.0, "row 3: z = 1"},
        {3, nan_z, w, 5.0, "row 2: z = "},
        {1, z, w, 5.0, "two rows"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const mutau_evolution e = {
            .kind = MUTAU_EVOLUTION_TABLE, .n = bad[i].n, .z = bad[i].z, .w = bad[i].w};
        check_refused(&e, bad[i].z_max, bad[i].why);
    }
    check_refused(&(mutau_evolution){.kind = MUTAU_EVOLUTION_N_KIND}, 5.0, "unknown");
    check_refused(&(mutau_evolution){.kind = -1}, 5.0, "unknown");
    check_refused(&(mutau_evolution){.kind = MUTAU_EVOLUTION_POWER,
                                     .power = (double)NAN,
                                     .z_break = (double)INFINITY},
                  5.0, "finite powers");
    check_refused(&(mutau_evolution){.kind = MUTAU_EVOLUTION_POWER, .power = 1.0}, 5.0,
                  "break above 0");
    assert_true(isnan(mutau_cosmology_sources((mutau_evolution){.kind = -1}, 2.0)));
}

/* ---- flavours ---- */

/* Tribimaximal mixing, whose |U|^2 are sixths. */
static const double tribimaximal[3][3] = {
    {4.0 / 6.0, 2.0 / 6.0, 0.0}, {1.0 / 6.0, 2.0 / 6.0, 0.5}, {1.0 / 6.0, 2.0 / 6.0, 0.5}};

static void check_excess(mutau_flavour flavour, const double natural[], double tolerance,
                         const double want[3])
{
    mutau_error err = {0};
    double share[3], excess[3];
    CHECK_OK(mutau_flavour_check(&flavour, &err), err);
    mutau_flavour_shares(&flavour, natural, share);
    CHECK_ABS(share[0] + share[1] + share[2], 1.0, 1e-15);
    mutau_flavour_excess(share, tribimaximal, excess);
    for (int i = 0; i < 3; i++)
        CHECK_ABS(excess[i], want[i], tolerance);
}

/* Equal shares are nothing at all, to the last digit; 1:2:0 is as equal with tribimaximal mixing;
 * the others by hand, 3 times the states of e, of mu, and of a half each, less 1. */
static void flavours_of_tribimaximal_mixing(void **state)
{
    (void)state;
    const double free_half[2] = {0.5, 0.5};
    check_excess((mutau_flavour){.kind = MUTAU_FLAVOUR_EQUAL}, NULL, 0.0, (double[3]){0.0});
    check_excess((mutau_flavour){.kind = MUTAU_FLAVOUR_PION}, NULL, 1e-15, (double[3]){0.0});
    check_excess((mutau_flavour){.kind = MUTAU_FLAVOUR_NEUTRON}, NULL, 1e-15,
                 (double[3]){1.0, 0.0, -1.0});
    check_excess((mutau_flavour){.kind = MUTAU_FLAVOUR_DAMPED_MUON}, NULL, 1e-15,
                 (double[3]){-0.5, 0.0, 0.5});
    check_excess((mutau_flavour){.kind = MUTAU_FLAVOUR_FREE}, free_half, 1e-15,
                 (double[3]){0.25, 0.0, -0.25});
    check_excess((mutau_flavour){.kind = MUTAU_FLAVOUR_GIVEN, .share = {0.5, 0.0, 0.5}}, NULL,
                 1e-15, (double[3]){0.25, 0.0, -0.25});
}

static void impossible_flavours_are_refused(void **state)
{
    (void)state;
    const mutau_flavour bad[] = {
        {.kind = -1},
        {.kind = MUTAU_FLAVOUR_GIVEN + 1},
        {.kind = MUTAU_FLAVOUR_GIVEN, .share = {0.5, 0.5, 0.5}},
        {.kind = MUTAU_FLAVOUR_GIVEN, .share = {1.5, -0.5, 0.0}},
        {.kind = MUTAU_FLAVOUR_GIVEN, .share = {(double)NAN, 0.5, 0.5}},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        mutau_error err = {0};
        CHECK_STATUS(mutau_flavour_check(&bad[i], &err), MUTAU_EDOM, err);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_histories),
        cmocka_unit_test(histories_are_marked),
        cmocka_unit_test(star_formation_has_its_powers),
        cmocka_unit_test(powers_break_without_a_step),
        cmocka_unit_test(tables_are_read),
        cmocka_unit_test(impossible_histories_are_refused),
        cmocka_unit_test(flavours_of_tribimaximal_mixing),
        cmocka_unit_test(impossible_flavours_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
