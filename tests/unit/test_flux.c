/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The facade: conventions, refusals, failed allocations, threads. */
#include "check.h"
#include "fail_alloc.h"

#include <pthread.h>
#include <string.h>

#include "physics/flux.h"
#include "physics/resonance.h"
#include "physics/mixing.h"
#include "physics/spectrum.h"
#include "store/config.h"

enum { N_BIN = 4 };

static const mutau_flux_bin bins[N_BIN] = {
    {2.15e4, 4.64e4, {0.5, 0.0, 0.5}},
    {1e5, 2.15e5, {0.5, 0.0, 0.5}},
    {1.04e5, 7.21e5, {0.0, 1.0, 0.0}},
    {4.64e6, 1e7, {1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0}},
};

enum { MASS, COUPLING, A, GAMMA, SUM, N_PARAMETER };
static const double point[N_PARAMETER] = {6.5, 5e-4, 1.4, 2.6, 0.1};

static void start_from_point(double at[N_PARAMETER])
{
    memcpy(at, point, sizeof point);
}

static mutau_flux_settings default_settings(void)
{
    return (mutau_flux_settings){
        .solver = mutau_solver_index("line"), .cosmology = {70.0, 0.308}, .source.z_max = 5.0};
}

static mutau_flux *flux_alloc(const mutau_flux_settings *settings, bool sum_fixed)
{
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_flux_alloc(settings, 0.1, sum_fixed, N_BIN, bins, &flux, &err), err);
    return flux;
}

/* ---- conventions ------------------------------------------------------- */

enum { N_ENERGY = 200 };

static void spectrum_of(int cross_section, double g, double flavour[3 * N_ENERGY])
{
    mutau_flux_settings settings = default_settings();
    settings.cross_section = cross_section;
    mutau_flux *flux = flux_alloc(&settings, true);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    double at[N_PARAMETER];
    start_from_point(at);
    at[COUPLING] = g;
    double energy[N_ENERGY];
    for (int k = 0; k < N_ENERGY; k++)
        energy[k] = 1e3 * pow(10.0, 5.0 * k / (N_ENERGY - 1));
    mutau_error err = {0};
    CHECK_OK(mutau_flux_spectrum(flux, ws, at, N_ENERGY, energy, flavour, NULL, &err), err);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

/* Sixteen cells in redshift are off by a per cent or less, 32 by a tenth of that. */
static void fewer_cells_are_less_exact(void **state)
{
    (void)state;
    static const int cells[] = {0, 32, 16};
    static const double worst[] = {0.0, 2e-3, 2e-2};
    double n[3][N_BIN];
    mutau_error err = {0};
    for (size_t i = 0; i < 3; i++) {
        mutau_flux_settings settings = default_settings();
        settings.cells = cells[i];
        mutau_flux *flux = flux_alloc(&settings, true);
        mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
        CHECK_OK(mutau_flux_bins(flux, ws, point, n[i], &err), err);
        double error = 0.0;
        for (size_t b = 0; b < N_BIN; b++)
            error = fmax(error, fabs(n[i][b] / n[0][b] - 1.0));
        assert_true(error <= worst[i]);
        assert_true(i == 0 || error > 1e-9);
        mutau_flux_workspace_free(ws);
        mutau_flux_free(flux);
    }
    for (int bad = 7; bad <= 65; bad += 58) {
        mutau_flux_settings settings = default_settings();
        mutau_flux *flux = NULL;
        settings.cells = bad;
        CHECK_STATUS(mutau_flux_alloc(&settings, 0.1, true, N_BIN, bins, &flux, &err), MUTAU_EDOM,
                     err);
        assert_non_null(strstr(err.text, "cells in redshift: must be 8 to 64"));
        assert_null(flux);
    }
}

/* Bins of e^ln_scale times the energies: those of a solver that was made for them.  The line's flux
 * of an injection, which only log-parabolas have here, is to its own error. */
static void scaled_bins_are_those_of_shifted_edges(void **state)
{
    (void)state;
    static const double ln_scale[N_BIN] = {0.1, -0.2, 0.05, 0.0};
    static const struct {
        const char *solver, *spectrum;
        int targets;
        double tolerance;
    } cases[] = {
        {"line", "power-law", MUTAU_TARGETS_COLD, 1e-11},
        {"line", "broken-power-law", MUTAU_TARGETS_COLD, 1e-11},
        {"line", "log-parabola", MUTAU_TARGETS_COLD, 1e-8},
        {"grid", "power-law", MUTAU_TARGETS_COLD, 1e-11},
        {"grid", "log-parabola", MUTAU_TARGETS_COLD, 1e-11},
        {"auto", "power-law", MUTAU_TARGETS_COLD, 1e-11},
        {"auto", "power-law", MUTAU_TARGETS_THERMAL, 1e-11},
    };
    mutau_flux_bin shifted[N_BIN];
    for (size_t b = 0; b < N_BIN; b++) {
        shifted[b] = bins[b];
        shifted[b].e_lo_gev *= exp(ln_scale[b]);
        shifted[b].e_hi_gev *= exp(ln_scale[b]);
    }
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_flux_settings settings = default_settings();
        mutau_error err = {0};
        mutau_flux *own = NULL;
        double at[16] = {6.5, 5e-4, 1.4}, got[N_BIN], want[N_BIN], plain[N_BIN];
        settings.solver = mutau_solver_index(cases[i].solver);
        settings.targets = cases[i].targets;
        while (strcmp(mutau_spectrum_at(settings.source.spectrum)->name, cases[i].spectrum) != 0)
            settings.source.spectrum++;
        const mutau_spectrum_type *type = mutau_spectrum_at(settings.source.spectrum);
        mutau_option_defaults(type->options, type->n_option, settings.source.options.bytes);
        const double shape[][3] = {{2.6, 0.0, 0.0}, {2.2, 2.9, 6e4}, {2.6, 0.2, 0.0}};
        const size_t row = type->n_parameter == 2 ? 0 : type->n_parameter == 4 ? 1 : 2;
        memcpy(at + 3, shape[row], (type->n_parameter - 1) * sizeof *at);
        at[2 + type->n_parameter] = 0.1;
        mutau_flux *flux = flux_alloc(&settings, true);
        CHECK_OK(mutau_flux_alloc(&settings, 0.1, true, N_BIN, shifted, &own, &err), err);
        mutau_flux_workspace *ws[2] = {mutau_flux_workspace_alloc(flux),
                                       mutau_flux_workspace_alloc(own)};
        CHECK_OK(mutau_flux_bins_scaled(flux, ws[0], at, ln_scale, got, &err), err);
        CHECK_OK(mutau_flux_bins(flux, ws[0], at, plain, &err), err);
        CHECK_OK(mutau_flux_bins(own, ws[1], at, want, &err), err);
        for (size_t b = 0; b < N_BIN; b++)
            CHECK_REL(got[b], want[b], cases[i].tolerance);
        assert_true(fabs(got[0] / plain[0] - 1.0) > 0.05);
        const double nan[N_BIN] = {0.0, (double)NAN, 0.0, 0.0};
        CHECK_STATUS(mutau_flux_bins_scaled(flux, ws[0], at, nan, got, &err), MUTAU_ENAN, err);
        for (int k = 0; k < 2; k++)
            mutau_flux_workspace_free(ws[k]);
        mutau_flux_free(flux);
        mutau_flux_free(own);
    }
}

/* kappa n is all that matters on the line: 2/(3 pi) 56 against 1/(6 pi) 56 and 1/(6 pi) 28. */
static void conventions_rescale_the_coupling(void **state)
{
    (void)state;
    double paper[3 * N_ENERGY], majorana[3 * N_ENERGY], dirac[3 * N_ENERGY];
    const double couplings[] = {3.1e-5, 2.385e-4, 1e-3, 0.02};
    for (int c = 0; c < 4; c++) {
        const double g = couplings[c];
        spectrum_of(MUTAU_CROSS_SECTION_PAPER, g, paper);
        spectrum_of(MUTAU_CROSS_SECTION_UNITARY_MAJORANA, 2.0 * g, majorana);
        spectrum_of(MUTAU_CROSS_SECTION_UNITARY_DIRAC, sqrt(8.0) * g, dirac);
        for (int k = 0; k < 3 * N_ENERGY; k++) {
            CHECK_REL(majorana[k], paper[k], 1e-10);
            CHECK_REL(dirac[k], paper[k], 1e-10);
        }
    }
}

/* T = 4 (n0/H0) kappa g'^4/m^2 is about 6e6 g'^4 for the paper's kappa at 6.5 MeV. */
static void tail_depth(void **state)
{
    (void)state;
    mutau_flux_settings settings = default_settings();
    mutau_flux *flux = flux_alloc(&settings, true);
    double at[N_PARAMETER];
    start_from_point(at);
    at[COUPLING] = 1e-3;
    CHECK_REL(mutau_flux_tail_depth(flux, at), 6e-6, 0.05);
    const double unit = 4.0 * 4.30276e-13 / 1.49318e-33 * 2.0 / (3.0 * 3.14159265358979);
    CHECK_REL(mutau_flux_tail_depth(flux, at), unit * 1e-12 / (6.5e6 * 6.5e6), 1e-5);
    const double depth = mutau_flux_tail_depth(flux, at);
    at[COUPLING] *= 3.0;
    at[MASS] *= 2.0;
    CHECK_REL(mutau_flux_tail_depth(flux, at), depth * 81.0 / 4.0, 1e-14);
    at[COUPLING] = 0.0;
    CHECK_ABS(mutau_flux_tail_depth(flux, at), 0.0, 0.0);
    mutau_flux_free(flux);
}

/* The table of docs/model.md, straight in logarithms between its points. */
static void the_error_that_goes_with_a_depth(void **state)
{
    (void)state;
    static const double table[][2] = {{5.8e-6, 4e-5},  {4.7e-4, 2.1e-3}, {9.8e-4, 3.9e-3},
                                      {6.1e-3, 0.018}, {0.058, 0.092},   {0.61, 0.46}};
    mutau_flux_settings settings = default_settings();
    mutau_flux *flux = flux_alloc(&settings, true);
    const mutau_solver_type *solver = &mutau_solver_line;
    assert_string_equal(solver->name, "line");
    assert_string_equal(solver->reported, "resonance");
    for (size_t i = 0; i < 6; i++)
        CHECK_REL(mutau_resonance_bin_error(table[i][0]), table[i][1], 1e-12);
    for (size_t i = 1; i < 6; i++)
        CHECK_REL(mutau_resonance_bin_error(sqrt(table[i - 1][0] * table[i][0])),
                  sqrt(table[i - 1][1] * table[i][1]), 1e-12);
    CHECK_ABS(mutau_resonance_bin_error(0.0), 0.0, 0.0);
    CHECK_REL(mutau_resonance_bin_error(5.8e-9), 4e-8, 1e-12);
    CHECK_REL(mutau_resonance_bin_error(1e9), 1.0, 0.0);
    assert_true(isnan(mutau_resonance_bin_error((double)NAN)));
    double at[N_PARAMETER];
    start_from_point(at);
    assert_ptr_equal(mutau_flux_solver_at(flux, at), solver);
    CHECK_REL(mutau_flux_bin_error(flux, at),
              mutau_resonance_bin_error(mutau_flux_tail_depth(flux, at)), 0.0);
    assert_int_equal(mutau_solver_index("auto"), 0);
    assert_int_equal(mutau_solver_index("lin"), -1);
    assert_null(mutau_solver_at(-1));
    assert_null(mutau_solver_at(100));
    mutau_flux_free(flux);
}

/* ---- spectra ------------------------------------------------------------- */

static void the_set_of_a_model(void **state)
{
    (void)state;
    static const char *const names[][7] = {
        {"m_zprime", "g_prime", "A", "gamma", "sum_mnu", NULL},
        {"m_zprime", "g_prime", "A", "alpha", "beta", "sum_mnu", NULL}};
    mutau_error err = {0};
    mutau_parameter_set set;
    for (int spectrum = 0; spectrum < 2; spectrum++) {
        mutau_flux_settings settings = default_settings();
        settings.source.spectrum = spectrum;
        CHECK_OK(mutau_flux_parameter_set(&settings, &set, &err), err);
        for (size_t i = 0; i < set.n; i++)
            assert_string_equal(set.spec[i]->name, names[spectrum][i]);
        assert_null(names[spectrum][set.n]);
        assert_true(mutau_flux_takes_coupling(&settings));
        settings.source.frame = MUTAU_FRAME_EARTH;
        assert_false(mutau_flux_takes_coupling(&settings));
    }
    mutau_flux_settings settings = default_settings();
    settings.source.spectrum = -1;
    CHECK_STATUS(mutau_flux_parameter_set(&settings, &set, &err), MUTAU_EDOM, err);
    assert_int_equal(set.n, 0);
}

/* Without the boson, at beta = 0 the power law; nothing depends on mass or neutrinos, A is a
 * factor, and the bins are the integrals of the spectrum. */
static void a_log_parabola_without_the_boson(void **state)
{
    (void)state;
    mutau_flux_settings settings = default_settings();
    mutau_flux *power = flux_alloc(&settings, false);
    settings.source.spectrum = 1;
    mutau_flux *flux = flux_alloc(&settings, false);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    mutau_flux_workspace *ws_power = mutau_flux_workspace_alloc(power);
    const double straight[] = {6.5, 0.0, 1.4, 2.6, 0.0, 0.1}, same[] = {6.5, 0.0, 1.4, 2.6, 0.1};
    const double bent[] = {6.5, 0.0, 1.4, 2.6, 0.4, 0.1}, twice[] = {1.0, 0.0, 2.8, 2.6, 0.4, 0.3};
    double n[N_BIN], want[N_BIN];
    mutau_error err = {0};
    CHECK_OK(mutau_flux_bins(power, ws_power, same, want, &err), err);
    CHECK_OK(mutau_flux_bins(flux, ws, straight, n, &err), err);
    for (int b = 0; b < N_BIN; b++)
        CHECK_REL(n[b], want[b], 1e-10);
    CHECK_OK(mutau_flux_bins(flux, ws, bent, want, &err), err);
    CHECK_OK(mutau_flux_bins(flux, ws, twice, n, &err), err);
    for (int b = 0; b < N_BIN; b++)
        CHECK_REL(n[b], 2.0 * want[b], 1e-14);
    enum { N = 201 };
    double energy[N], flavour[3 * N], sum = 0.0;
    const double lo = bins[2].e_lo_gev, width = log(bins[2].e_hi_gev / lo) / (N - 1);
    for (int k = 0; k < N; k++)
        energy[k] = lo * exp(width * k);
    CHECK_OK(mutau_flux_spectrum(flux, ws, bent, N, energy, flavour, NULL, &err), err);
    for (int k = 0; k < N; k++) {
        const double simpson = k == 0 || k == N - 1 ? 1.0 : k % 2 == 1 ? 4.0 : 2.0;
        sum += simpson * width / 3.0 * energy[k] * flavour[3 * k + 1];
    }
    CHECK_REL(want[2], sum, 1e-9);
    mutau_flux_workspace_free(ws);
    mutau_flux_workspace_free(ws_power);
    mutau_flux_free(flux);
    mutau_flux_free(power);
}

/* With it: an error, and the next point is none the worse.  Failures name the set's parameters. */
static void a_log_parabola_with_the_boson(void **state)
{
    (void)state;
    mutau_flux_settings settings = default_settings();
    settings.source.spectrum = 1;
    mutau_flux *flux = flux_alloc(&settings, true);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    const double good[] = {6.5, 0.0, 1.4, 2.6, 0.4, 0.1}, with[] = {6.5, 1e-9, 1.4, 2.6, 0.4, 0.1};
    const double steep[] = {6.5, 0.0, 1.4, 1e4, 0.4, 0.1};
    const double bad[] = {6.5, 0.0, 1.4, 2.6, (double)NAN, 0.1};
    double before[N_BIN], n[N_BIN];
    mutau_error err = {0};
    CHECK_OK(mutau_flux_bins(flux, ws, good, before, &err), err);
    CHECK_OK(mutau_flux_bins(flux, ws, with, n, &err), err);
    for (size_t b = 0; b < N_BIN; b++)
        CHECK_REL(n[b], before[b], 1e-10);
    CHECK_STATUS(mutau_flux_bins(flux, ws, bad, n, &err), MUTAU_EDOM, err);
    assert_string_equal(err.text, "beta = nan: must be finite");
    CHECK_STATUS(mutau_flux_bins(flux, ws, steep, n, &err), MUTAU_ENAN, err);
    assert_non_null(strstr(err.text, "m_zprime = 6.5 MeV, g_prime = 0, A = 1.3999999999999999, "
                                     "alpha = 10000, beta = 0.4"));
    CHECK_OK(mutau_flux_bins(flux, ws, good, n, &err), err);
    assert_memory_equal(n, before, sizeof n);
    CHECK_ABS(mutau_flux_tail_depth(flux, good), 0.0, 0.0);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

/* At Earth: no mean over the sources, and no boson. */
static void a_spectrum_at_earth(void **state)
{
    (void)state;
    mutau_flux_settings settings = default_settings();
    settings.source.spectrum = 1;
    settings.source.frame = MUTAU_FRAME_EARTH;
    const double good[] = {6.5, 0.0, 1.4, 2.6, 0.4, 0.1}, with[] = {6.5, 1e-9, 1.4, 2.6, 0.4, 0.1};
    const double lo = bins[3].e_lo_gev, hi = bins[3].e_hi_gev;
    static const char *const solvers[] = {"line", "grid"};
    for (size_t k = 0; k < 2; k++) {
        settings.solver = mutau_solver_index(solvers[k]);
        mutau_flux *flux = flux_alloc(&settings, true);
        mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
        double n[N_BIN], want = 0.0;
        mutau_error err = {0};
        CHECK_STATUS(mutau_flux_bins(flux, ws, with, n, &err), MUTAU_EDOM, err);
        assert_string_equal(err.text, "a spectrum at Earth has no boson: g_prime must be 0");
        CHECK_OK(mutau_flux_bins(flux, ws, good, n, &err), err);
        for (int a = 0; a < 3; a++)
            want += bins[3].weight[a] / 3.0;
        want *= 1.4 * MUTAU_SPECTRUM_NORM *
                mutau_spectrum_log_parabola.integral(good + 2, lo, log(lo / 1e5), log(hi / lo));
        CHECK_REL(n[3], want, 1e-12);
        mutau_flux_workspace_free(ws);
        mutau_flux_free(flux);
    }
}

/* Flavours are |U|^2 times the states, and a bin the integral of the weighted flavours. */
static void flavours_bins_and_states_agree(void **state)
{
    (void)state;
    enum { N = 2001 };
    mutau_flux_settings settings = default_settings();
    settings.neutrinos.ordering = MUTAU_ORDERING_INVERTED;
    mutau_flux *flux = flux_alloc(&settings, false);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    const mutau_mixing_matrix u =
        mutau_mixing_unitary(mutau_mixing_preset(0, MUTAU_ORDERING_INVERTED));
    double energy[N], flavour[3 * N], states[3 * N], n[N_BIN];
    const double lo = bins[3].e_lo_gev, width = log(bins[3].e_hi_gev / lo) / (N - 1);
    for (int k = 0; k < N; k++)
        energy[k] = lo * exp(width * k);
    mutau_error err = {0};
    CHECK_OK(mutau_flux_spectrum(flux, ws, point, N, energy, flavour, states, &err), err);
    CHECK_OK(mutau_flux_bins(flux, ws, point, n, &err), err);
    double sum = 0.0;
    for (int k = 0; k < N; k++)
        for (int a = 0; a < 3; a++) {
            double want = 0.0;
            for (int i = 0; i < 3; i++)
                want += creal(u.u[a][i] * conj(u.u[a][i])) * states[3 * k + i];
            CHECK_REL(flavour[3 * k + a], want, 1e-14);
            const double simpson = k == 0 || k == N - 1 ? 1.0 : k % 2 == 1 ? 4.0 : 2.0;
            sum += simpson * width / 3.0 * energy[k] * bins[3].weight[a] * flavour[3 * k + a];
        }
    CHECK_REL(n[3], sum, 1e-6);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

/* A is a factor, and a fixed sum is the same as the same sum given; another is not. */
static void amplitude_and_fixed_sum(void **state)
{
    (void)state;
    mutau_flux_settings settings = default_settings();
    mutau_flux *fixed = flux_alloc(&settings, true), *varied = flux_alloc(&settings, false);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(fixed);
    mutau_flux_workspace *other = mutau_flux_workspace_alloc(varied);
    double n[N_BIN], same[N_BIN], twice[N_BIN];
    mutau_error err = {0};
    CHECK_OK(mutau_flux_bins(fixed, ws, point, n, &err), err);
    double at[N_PARAMETER];
    start_from_point(at);
    at[SUM] = 0.3; /* another first: nothing of it may stay */
    CHECK_OK(mutau_flux_bins(varied, other, at, same, &err), err);
    assert_true(fabs(same[1] / n[1] - 1.0) > 1e-3);
    CHECK_OK(mutau_flux_bins(fixed, ws, at, twice, &err), err);
    assert_memory_equal(twice, same, sizeof same);
    CHECK_OK(mutau_flux_bins(varied, other, point, same, &err), err);
    assert_memory_equal(same, n, sizeof n);
    start_from_point(at);
    at[A] = 0.0;
    CHECK_OK(mutau_flux_bins(fixed, ws, at, twice, &err), err);
    for (int b = 0; b < N_BIN; b++)
        CHECK_ABS(twice[b], 0.0, 0.0);
    at[A] = 2.0 * point[A];
    CHECK_OK(mutau_flux_bins(fixed, ws, at, twice, &err), err);
    for (int b = 0; b < N_BIN; b++)
        CHECK_REL(twice[b], 2.0 * n[b], 1e-15);
    mutau_flux_workspace_free(ws);
    mutau_flux_workspace_free(other);
    mutau_flux_free(fixed);
    mutau_flux_free(varied);
}

/* ---- refusals ---------------------------------------------------------- */

static void check_settings_refused(const mutau_flux_settings *settings, const char *text)
{
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    CHECK_STATUS(mutau_flux_alloc(settings, 0.1, true, N_BIN, bins, &flux, &err), MUTAU_EDOM, err);
    assert_null(flux);
    if (strstr(err.text, text) == NULL)
        fail_msg("'%s' does not say '%s'", err.text, text);
}

static void bad_settings(void **state)
{
    (void)state;
    const mutau_flux_settings good = default_settings();
    mutau_flux_settings s = good;
    s.mediator = 17;
    check_settings_refused(&s, "mediator");
    s = good;
    s.cross_section = -1;
    check_settings_refused(&s, "cross section");
    s = good;
    s.crossing = 2;
    check_settings_refused(&s, "crossing");
    s = good;
    s.neutrinos.mixing = 99;
    check_settings_refused(&s, "mixing");
    s = good;
    s.neutrinos.ordering = 2;
    check_settings_refused(&s, "ordering");
    s = good;
    s.source.evolution.kind = MUTAU_EVOLUTION_N_KIND;
    check_settings_refused(&s, "evolution");
    s = good;
    s.source.spectrum = 100;
    check_settings_refused(&s, "spectrum");
    s = good;
    s.solver = -1;
    check_settings_refused(&s, "solver");
    s = default_settings();
    s.targets = 2;
    check_settings_refused(&s, "targets");
    s.targets = MUTAU_TARGETS_THERMAL;
    check_settings_refused(&s, "the line solver has targets at rest");
    s = default_settings();
    s.tolerance = (double)NAN;
    check_settings_refused(&s, "tolerance");
    s = default_settings();
    s.tail_tolerance = -1.0;
    check_settings_refused(&s, "tolerance");
    s = good;
    s.cosmology.h0 = 0.0;
    check_settings_refused(&s, "h0");
    s.cosmology.h0 = (double)NAN;
    check_settings_refused(&s, "h0");
    s = good;
    s.cosmology.omega_m = (double)NAN;
    check_settings_refused(&s, "omega_m");
    s = good;
    s.source.z_max = (double)INFINITY;
    check_settings_refused(&s, "z_max");
}

static void bad_sum_and_bins(void **state)
{
    (void)state;
    const mutau_flux_settings good = default_settings();
    const double sums[] = {0.05, -1.0, (double)NAN, (double)INFINITY};
    mutau_flux *flux = NULL;
    for (int k = 0; k < 4; k++)
        for (int fixed = 0; fixed < 2; fixed++) {
            mutau_error err = {0};
            CHECK_STATUS(mutau_flux_alloc(&good, sums[k], fixed == 1, 0, NULL, &flux, &err),
                         MUTAU_EDOM, err);
            assert_non_null(strstr(err.text, "0.0587"));
        }
    const mutau_flux_bin upside_down = {2.0, 1.0, {1.0, 1.0, 1.0}};
    mutau_error err = {0};
    CHECK_STATUS(mutau_flux_alloc(&good, 0.1, true, 1, &upside_down, &flux, &err), MUTAU_EDOM, err);
    assert_null(flux);
}

static void bad_parameters(void **state)
{
    (void)state;
    const mutau_flux_settings settings = default_settings();
    mutau_flux *flux = flux_alloc(&settings, false);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    static const struct {
        double at[N_PARAMETER];
        const char *text;
    } bad[] = {
        {{0.0, 5e-4, 1.4, 2.6, 0.1}, "m_zprime"},    {{-6.5, 5e-4, 1.4, 2.6, 0.1}, "m_zprime"},
        {{NAN, 5e-4, 1.4, 2.6, 0.1}, "m_zprime"},    {{INFINITY, 5e-4, 1.4, 2.6, 0.1}, "m_zprime"},
        {{6.5, -5e-4, 1.4, 2.6, 0.1}, "g_prime"},    {{6.5, NAN, 1.4, 2.6, 0.1}, "g_prime"},
        {{6.5, INFINITY, 1.4, 2.6, 0.1}, "g_prime"}, {{6.5, 5e-4, -0.1, 2.6, 0.1}, "A = "},
        {{6.5, 5e-4, NAN, 2.6, 0.1}, "A = "},        {{6.5, 5e-4, INFINITY, 2.6, 0.1}, "A = "},
        {{6.5, 5e-4, 1.4, NAN, 0.1}, "gamma"},       {{6.5, 5e-4, 1.4, -INFINITY, 0.1}, "gamma"},
        {{6.5, 5e-4, 1.4, 2.6, 0.0587}, "sum of"},   {{6.5, 5e-4, 1.4, 2.6, NAN}, "sum_mnu"},
    };
    for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
        double n[N_BIN], phi[3];
        const double energy = 1e5;
        mutau_error err = {0}, other = {0};
        CHECK_STATUS(mutau_flux_bins(flux, ws, bad[k].at, n, &err), MUTAU_EDOM, err);
        CHECK_STATUS(mutau_flux_spectrum(flux, ws, bad[k].at, 1, &energy, phi, NULL, &other),
                     MUTAU_EDOM, other);
        assert_non_null(strstr(err.text, bad[k].text));
        assert_string_equal(err.text, other.text);
    }
    const double energies[] = {0.0, -1.0, (double)NAN, (double)INFINITY};
    for (int k = 0; k < 4; k++) {
        double phi[3];
        mutau_error err = {0};
        CHECK_STATUS(mutau_flux_spectrum(flux, ws, point, 1, &energies[k], phi, NULL, &err),
                     MUTAU_EDOM, err);
    }
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

/* A spectral index beyond the range of doubles is a failure that names the point. */
static void overflow_is_reported(void **state)
{
    (void)state;
    const mutau_flux_settings settings = default_settings();
    mutau_flux *flux = flux_alloc(&settings, true);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    double at[N_PARAMETER];
    start_from_point(at);
    at[GAMMA] = 1e4;
    double n[N_BIN], phi[3];
    const double energy = 1e3;
    mutau_error err = {0}, other = {0};
    CHECK_STATUS(mutau_flux_bins(flux, ws, at, n, &err), MUTAU_ENAN, err);
    assert_non_null(strstr(err.text, "gamma = 10000"));
    CHECK_STATUS(mutau_flux_spectrum(flux, ws, at, 1, &energy, phi, phi, &other), MUTAU_ENAN,
                 other);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

/* Far outside the priors, where the contract still wants numbers. */
static void far_points_are_finite(void **state)
{
    (void)state;
    const mutau_flux_settings settings = default_settings();
    mutau_flux *flux = flux_alloc(&settings, true);
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
    const double m[] = {1e-6, 1e-3, 1e3, 1e9}, g[] = {0.0, 1e-30, 1.0, 1e6};
    const double gamma[] = {-3.0, 0.0, 1.0, 6.0, 12.0};
    for (int a = 0; a < 4; a++)
        for (int b = 0; b < 4; b++)
            for (int c = 0; c < 5; c++) {
                const double at[N_PARAMETER] = {m[a], g[b], 1.4, gamma[c], 0.1};
                double n[N_BIN];
                mutau_error err = {0};
                CHECK_OK(mutau_flux_bins(flux, ws, at, n, &err), err);
                for (int k = 0; k < N_BIN; k++)
                    assert_true(n[k] > 0.0);
            }
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

static void failed_allocations(void **state)
{
    (void)state;
    const mutau_flux_settings settings = default_settings();
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    int count;
    CHECK_EACH_ALLOC(mutau_flux_alloc(&settings, 0.1, true, N_BIN, bins, &flux, &err), flux, count,
                     err);
    assert_true(count >= 6);
    mutau_flux_workspace *ws = NULL;
    for (fail_alloc_after = 0, count = 0; ws == NULL; count++) {
        fail_alloc_after = count;
        ws = mutau_flux_workspace_alloc(flux);
        assert_true(count < 10);
    }
    fail_alloc_after = -1;
    assert_true(count == 4); /* three that fail, one without */
    mutau_flux_workspace_free(ws);
    mutau_flux_workspace_free(NULL);
    mutau_flux_free(flux);
    mutau_flux_free(NULL);
}

/* The same with a table, whose rows are done without where there is no memory for them. */
static void failed_allocations_of_a_table(void **state)
{
    (void)state;
    mutau_flux_settings settings = default_settings();
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    int count;
    settings.table = true;
    CHECK_EACH_ALLOC(mutau_flux_alloc(&settings, 0.1, true, N_BIN, bins, &flux, &err), flux, count,
                     err);
    assert_true(count >= 14);
    mutau_flux_workspace *ws = NULL;
    for (fail_alloc_after = 0, count = 0; ws == NULL; count++) {
        fail_alloc_after = count;
        ws = mutau_flux_workspace_alloc(flux);
        assert_true(count < 20);
    }
    assert_int_equal(count, 10); /* six more that fail */
    double without[N_BIN], n[N_BIN];
    fail_alloc_after = 3;
    CHECK_OK(mutau_flux_bins_of_many(flux, ws, point, without, &err), err);
    fail_alloc_after = -1;
    CHECK_OK(mutau_flux_bins_of_many(flux, ws, point, n, &err), err);
    assert_memory_equal(n, without, sizeof n);
    mutau_flux_workspace_free(ws);
    mutau_flux_free(flux);
}

/* ---- the table --------------------------------------------------------- */

typedef struct with_table {
    mutau_flux *flux;
    mutau_flux_workspace *ws;
} with_table;

static with_table table_alloc(mutau_flux_settings settings, bool sum_fixed)
{
    settings.table = true;
    with_table t = {.flux = flux_alloc(&settings, sum_fixed)};
    t.ws = mutau_flux_workspace_alloc(t.flux);
    assert_non_null(t.ws);
    return t;
}

static void table_free(with_table *t)
{
    mutau_flux_workspace_free(t->ws);
    mutau_flux_free(t->flux);
}

/* The bins of the point by the solver and for one of many; whether a table served. */
static bool both_ways(with_table *t, const double at[], double solved[N_BIN], double n[N_BIN])
{
    mutau_error err = {0};
    CHECK_OK(mutau_flux_bins_of_many(t->flux, t->ws, at, n, &err), err);
    CHECK_OK(mutau_flux_bins(t->flux, t->ws, at, solved, &err), err);
    return mutau_flux_has_table_at(t->flux, at);
}

/* Where it serves, to its error and not the same bytes; elsewhere the solver's bytes. */
static void where_the_table_serves(void **state)
{
    (void)state;
    static const struct {
        double at[N_PARAMETER];
        bool served;
    } cases[] = {
        {{6.5, 5e-4, 1.4, 2.6, 0.1}, true},   {{20.0, 0.1, 0.0, 1.0, 0.1}, true},
        {{1e-3, 1e-7, 1.4, -3.0, 0.1}, true}, {{6.5, 0.0, 1.4, 2.6, 0.1}, false},
        {{6.5, 5e-4, 1.4, 2.6, 0.11}, false}, {{6.5, 5e-4, 1.4, 21.0, 0.1}, false},
        {{6.5, 1e-15, 1.4, 2.6, 0.1}, false}, {{1e-6, 1e6, 1.4, 2.6, 0.1}, false},
    };
    with_table t = table_alloc(default_settings(), true);
    const double error = mutau_flux_table_error(t.flux);
    CHECK_ABS(error, 1e-5, 0.0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double solved[N_BIN], n[N_BIN];
        assert_int_equal(both_ways(&t, cases[i].at, solved, n), cases[i].served);
        if (!cases[i].served)
            assert_memory_equal(n, solved, sizeof n);
        for (int b = 0; b < N_BIN; b++)
            CHECK_ABS(n[b], solved[b], error * fabs(solved[b]));
        assert_true(i > 0 || memcmp(n, solved, sizeof n) != 0);
    }
    table_free(&t);
}

/* Nothing of it with free masses, without bins, or where it is not asked for. */
static void where_there_is_none(void **state)
{
    (void)state;
    mutau_flux_settings settings = default_settings();
    mutau_flux *off = flux_alloc(&settings, true);
    assert_false(mutau_flux_has_table_at(off, point));
    CHECK_ABS(mutau_flux_table_error(off), 0.0, 0.0);
    mutau_flux_free(off);
    with_table free_masses = table_alloc(settings, false);
    double solved[N_BIN], n[N_BIN];
    assert_false(both_ways(&free_masses, point, solved, n));
    assert_memory_equal(n, solved, sizeof n);
    CHECK_ABS(mutau_flux_table_error(free_masses.flux), 0.0, 0.0);
    table_free(&free_masses);
    settings.source.spectrum = 1;
    with_table parabola = table_alloc(settings, true);
    const double bare[] = {6.5, 0.0, 1.4, 2.6, 0.4, 0.1}, with[] = {6.5, 1e-4, 1.4, 2.6, 0.4, 0.1};
    assert_false(both_ways(&parabola, bare, solved, n));
    assert_memory_equal(n, solved, sizeof n);
    assert_false(both_ways(&parabola, with, solved, n));
    assert_memory_equal(n, solved, sizeof n);
    mutau_error err = {0};
    table_free(&parabola);
    mutau_flux *empty = NULL;
    settings = default_settings();
    settings.table = true;
    CHECK_OK(mutau_flux_alloc(&settings, 0.1, true, 0, NULL, &empty, &err), err);
    assert_false(mutau_flux_has_table_at(empty, point));
    mutau_flux_free(empty);
}

/* What is refused, and what is no number, is the same through the table. */
static void failures_with_a_table(void **state)
{
    (void)state;
    with_table t = table_alloc(default_settings(), true);
    double n[N_BIN];
    mutau_error err = {0}, same = {0};
    static const struct {
        double at[N_PARAMETER];
        mutau_status status;
    } cases[] = {
        {{-1.0, 5e-4, 1.4, 2.6, 0.1}, MUTAU_EDOM},
        {{6.5, (double)NAN, 1.4, 2.6, 0.1}, MUTAU_EDOM},
        {{6.5, 5e-4, 1.4, 2.6, 0.01}, MUTAU_EDOM},
        {{6.5, 5e-4, 1.4, 1e4, 0.1}, MUTAU_ENAN},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_STATUS(mutau_flux_bins(t.flux, t.ws, cases[i].at, n, &err), cases[i].status, err);
        CHECK_STATUS(mutau_flux_bins_of_many(t.flux, t.ws, cases[i].at, n, &same), cases[i].status,
                     same);
        assert_string_equal(err.text, same.text);
        assert_false(mutau_flux_has_table_at(t.flux, cases[i].at) && cases[i].status == MUTAU_EDOM);
    }
    table_free(&t);
}

/* ---- threads ----------------------------------------------------------- */

enum { N_POINT = 400, N_THREAD = 4 };

typedef mutau_status (*bins_function)(const mutau_flux *flux, mutau_flux_workspace *ws,
                                      const double at[], double n[], mutau_error *err);

typedef struct job {
    const mutau_flux *flux;
    bins_function bins;
    int stride; /* prime to N_POINT: every thread has its own order */
    double n[N_POINT][N_BIN];
    bool failed;
} job;

static void *job_run(void *argument)
{
    job *j = argument;
    mutau_flux_workspace *ws = mutau_flux_workspace_alloc(j->flux);
    for (int k = 0; k < N_POINT; k++) {
        const int p = (int)((long)k * j->stride % N_POINT);
        const double at[N_PARAMETER] = {1.0 + 0.05 * p, 1e-5 * (1 + p % 37), 1.0 + 0.001 * p,
                                        2.0 + 0.003 * p, p % 3 == 0 ? 0.1 : 0.06 + 0.001 * p};
        if (ws == NULL || j->bins(j->flux, ws, at, j->n[p], NULL) != MUTAU_OK)
            j->failed = true;
    }
    mutau_flux_workspace_free(ws);
    return NULL;
}

static void check_threads(bins_function bins_of, bool table)
{
    static const int strides[N_THREAD] = {1, 7, 199, 399};
    static job jobs[N_THREAD];
    mutau_flux_settings settings = default_settings();
    settings.table = table;
    mutau_flux *flux = flux_alloc(&settings, table);
    pthread_t threads[N_THREAD];
    for (int t = 0; t < N_THREAD; t++) {
        jobs[t] = (job){.flux = flux, .bins = bins_of, .stride = strides[t]};
        assert_int_equal(pthread_create(&threads[t], NULL, job_run, &jobs[t]), 0);
    }
    for (int t = 0; t < N_THREAD; t++) {
        assert_int_equal(pthread_join(threads[t], NULL), 0);
        assert_false(jobs[t].failed);
        assert_memory_equal(jobs[t].n, jobs[0].n, sizeof jobs[0].n);
    }
    mutau_flux_free(flux);
}

static void threads_do_not_disturb_each_other(void **state)
{
    (void)state;
    check_threads(mutau_flux_bins, false);
}

static void threads_share_a_table(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++)
        check_threads(mutau_flux_bins_of_many, true);
}

/* ---- option tables ----------------------------------------------------- */

static void check_options(const mutau_option *options, size_t count, size_t size)
{
    for (size_t k = 0; k < count; k++) {
        const mutau_option *o = &options[k];
        assert_true(o->doc != NULL && o->doc[0] != '\0');
        assert_false(o->required);
        if (o->type == MUTAU_OPTION_REAL) {
            assert_true(o->min <= o->def && o->def <= o->max);
            assert_true(o->offset + sizeof(double) <= size);
        } else {
            assert_int_equal(o->type, MUTAU_OPTION_CHOICE);
            assert_non_null(o->choices[0]);
            CHECK_ABS(o->def, 0.0, 0.0);
            assert_true(o->offset + sizeof(int) <= size);
        }
    }
}

/* Every default and both ends of every range are settings that the solver takes. */
static void option_tables(void **state)
{
    (void)state;
    check_options(mutau_neutrino_options, mutau_neutrino_option_count,
                  sizeof(mutau_neutrino_settings));
    check_options(mutau_cosmology_options, mutau_cosmology_option_count,
                  sizeof(mutau_cosmology_settings));
    check_options(mutau_source_options, mutau_source_option_count, sizeof(mutau_source_settings));
    assert_string_equal(mutau_neutrino_options[0].choices[0], "nufit-5.0");
    for (int end = 0; end < 2; end++) {
        mutau_flux_settings s = default_settings();
        double *const fields[] = {&s.cosmology.h0, &s.cosmology.omega_m, &s.source.z_max};
        const char *const owner[] = {(char *)&s.cosmology, (char *)&s.cosmology, (char *)&s.source};
        const mutau_option *const rows[] = {&mutau_cosmology_options[0],
                                            &mutau_cosmology_options[1], &mutau_source_options[0]};
        for (int k = 0; k < 3; k++) {
            assert_ptr_equal(owner[k] + rows[k]->offset, fields[k]);
            *fields[k] = end == 0 ? rows[k]->min : rows[k]->max;
        }
        mutau_flux *flux = flux_alloc(&s, true);
        mutau_flux_workspace *ws = mutau_flux_workspace_alloc(flux);
        double n[N_BIN];
        mutau_error err = {0};
        CHECK_OK(mutau_flux_bins(flux, ws, point, n, &err), err);
        mutau_flux_workspace_free(ws);
        mutau_flux_free(flux);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scaled_bins_are_those_of_shifted_edges),
        cmocka_unit_test(conventions_rescale_the_coupling),
        cmocka_unit_test(tail_depth),
        cmocka_unit_test(the_error_that_goes_with_a_depth),
        cmocka_unit_test(the_set_of_a_model),
        cmocka_unit_test(a_log_parabola_without_the_boson),
        cmocka_unit_test(a_log_parabola_with_the_boson),
        cmocka_unit_test(a_spectrum_at_earth),
        cmocka_unit_test(flavours_bins_and_states_agree),
        cmocka_unit_test(amplitude_and_fixed_sum),
        cmocka_unit_test(bad_settings),
        cmocka_unit_test(bad_sum_and_bins),
        cmocka_unit_test(bad_parameters),
        cmocka_unit_test(overflow_is_reported),
        cmocka_unit_test(fewer_cells_are_less_exact),
        cmocka_unit_test(far_points_are_finite),
        cmocka_unit_test(failed_allocations),
        cmocka_unit_test(failed_allocations_of_a_table),
        cmocka_unit_test(where_the_table_serves),
        cmocka_unit_test(where_there_is_none),
        cmocka_unit_test(failures_with_a_table),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(threads_share_a_table),
        cmocka_unit_test(option_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
