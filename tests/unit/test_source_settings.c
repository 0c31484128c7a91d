/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The run file's model.source.evolution, flavour and spectrum by a table: their forms and echo,
 * what is refused and where, the tables among the inputs, and free flavours in the prior. */
#include "check.h"
#include "fail_alloc.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posterior/bare_evidence.h"
#include "posterior/conditional.h"
#include "posterior/posterior.h"
#include "posterior/run_settings.h"

enum { PATH = 4096 };

static mutau_status parse_in(const char *folder, const char *source, const char *parameters,
                             mutau_run_settings **s, mutau_error *err)
{
    char text[2048];
    (void)snprintf(text, sizeof text,
                   "model:\n  cross_section: paper\n  targets: cold\n  solver: line\n"
                   "  source: {%s}\n"
                   "parameters: {%s}\n"
                   "data: [icecube-cascades-6yr]\n",
                   source, parameters);
    return mutau_run_settings_parse("t.yaml", text, folder, s, err);
}

static mutau_run_settings *parse(const char *source, const char *parameters)
{
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    CHECK_OK(parse_in(".", source, parameters, &s, &err), err);
    return s;
}

static void check_refused_in(const char *folder, const char *source, const char *parameters,
                             mutau_status status, const char *why)
{
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    CHECK_STATUS(parse_in(folder, source, parameters, &s, &err), status, err);
    assert_null(s);
    if (strstr(err.text, why) == NULL)
        fail_msg("{%s}: '%s' does not say '%s'", source, err.text, why);
    if (strchr(err.text, '\n') != NULL)
        fail_msg("{%s}: more than a line", source);
}

/* ---- forms ---- */

static void forms_and_echo(void **state)
{
    (void)state;
    static const struct {
        const char *source, *echo;
    } forms[] = {
        {"", "evolution: yuksel2008, flavour: equal, z_max: 5, frame: source}"},
        {"evolution: agn, flavour: pion",
         "evolution: agn, flavour: pion, z_max: 5, frame: source}"},
        {"evolution: {power: 3}",
         "evolution: {power: 3}, flavour: equal, z_max: 5, frame: source}"},
        {"evolution: {power: 3, z_break: 1}", "evolution: {power: 3, z_break: 1, power_after: 0}, "
                                              "flavour: equal, z_max: 5, frame: source}"},
        {"flavour: [0.5, 0.25, 0.25]",
         "evolution: yuksel2008, flavour: [0.5, 0.25, 0.25], z_max: 5, frame: source}"},
        {"flavour: free", "evolution: yuksel2008, flavour: free, z_max: 5, frame: source}"},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        mutau_run_settings *s = parse(forms[i].source, ""), *again = NULL;
        mutau_error err = {0};
        char *text = NULL, *text_again = NULL;
        CHECK_OK(mutau_run_settings_emit(s, &text, &err), err);
        if (strstr(text, forms[i].echo) == NULL)
            fail_msg("no '%s' in '%s'", forms[i].echo, text);
        CHECK_OK(mutau_run_settings_parse("t.yaml", text, ".", &again, &err), err);
        CHECK_OK(mutau_run_settings_emit(again, &text_again, &err), err);
        assert_string_equal(text, text_again);
        free(text);
        free(text_again);
        mutau_run_settings_free(s);
        mutau_run_settings_free(again);
    }
}

static void what_is_read(void **state)
{
    (void)state;
    mutau_run_settings *s =
        parse("evolution: {power: 3, z_break: 1, power_after: -2}, flavour: [0.333, 0.667, 0]", "");
    const mutau_source_settings *source = &s->model.source;
    assert_int_equal(source->evolution.kind, MUTAU_EVOLUTION_POWER);
    CHECK_ABS(source->evolution.power, 3.0, 0.0);
    CHECK_ABS(source->evolution.z_break, 1.0, 0.0);
    CHECK_ABS(source->evolution.power_after, -2.0, 0.0);
    assert_int_equal(source->flavour.kind, MUTAU_FLAVOUR_GIVEN);
    CHECK_ABS(source->flavour.share[1], 0.667, 1e-15);
    mutau_run_settings_free(s);
    /* thirds as one writes them are rounded, and made whole */
    s = parse("flavour: [0.333, 0.333, 0.333]", "");
    CHECK_ABS(s->model.source.flavour.share[2], 1.0 / 3.0, 1e-15);
    mutau_run_settings_free(s);
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *source, *why;
    } bad[] = {
        {"evolution: yuksel208", "did you mean 'yuksel2008'?"},
        {"evolution: []", "a list is not one of yuksel2008"},
        {"evolution: {}", "model.source.evolution: needs the key 'power'"},
        {"evolution: {z_break: 1}", "needs the key 'power'"},
        {"evolution: {power: 3, power_after: 1}", "power_after: is the power beyond z_break"},
        {"evolution: {power: 300}", "power: 300 is out of range: from -20 to 20"},
        {"evolution: {power: 3, z_break: 0}", "z_break: 0 is out of range"},
        {"evolution: {powr: 3}", "did you mean 'power'?"},
        {"evolution: {power: 3, table: w.csv}", "a table has no power"},
        {"flavour: poin", "did you mean 'pion'?"},
        {"flavour: [1, 2, 0]",
         "shares must sum to 1: these sum to 3; did you mean [0.333333, 0.666667, 0]?"},
        {"flavour: [0.5, 0.5]", "expected three shares"},
        {"flavour: [0, 0, 0]", "these sum to 0"},
        {"flavour: [1.5, -0.5, 0]", "flavour[1]: -0.5 is out of range"},
        {"flavour: {pion: 1}", "a mapping is not one of equal"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused_in(".", bad[i].source, "", MUTAU_ECONFIG, bad[i].why);
    check_refused_in(".", "flavour: pion", "f_e: 0.2", MUTAU_ECONFIG, "f_e");
    check_refused_in(".", "flavour: free", "f_e: 1.2", MUTAU_ECONFIG, "f_e");
    check_refused_in(".", "flavour: free", "f_e: 0.7, f_mu: 0.7", MUTAU_ECONFIG,
                     "must be at most 1 together, and nothing of the priors is");
}

/* ---- the table ---- */

static void write_table(const char *folder, const char *text)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/w.csv", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void remove_table(const char *folder)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/w.csv", folder);
    (void)unlink(path);
    (void)rmdir(folder);
}

static const char by_table[] = "evolution: {table: w.csv}";

/* Its numbers, that it is an input of the run with a digest, and that it is told of. */
static void a_table_is_an_input(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-source-XXXXXX", digest[2][MUTAU_SHA256_HEX_SIZE], what[256],
         difference[MUTAU_DIFFERENCE_SIZE];
    mutau_run_settings *s[2] = {NULL};
    mutau_error err = {0};
    assert_non_null(mkdtemp(folder));
    for (int k = 0; k < 2; k++) {
        write_table(folder, k == 0 ? "# own\nz,W\n0,1\n1,8\n5,2.5\n" : "z,W\n0,1\n1,8\n5,2.6\n");
        CHECK_OK(parse_in(folder, by_table, "", &s[k], &err), err);
        mutau_inputs_digest(&s[k]->inputs, digest[k]);
    }
    const mutau_evolution *e = &s[0]->model.source.evolution;
    assert_int_equal(e->kind, MUTAU_EVOLUTION_TABLE);
    assert_int_equal(e->n, 3);
    CHECK_ABS(mutau_cosmology_sources(*e, 6.0), 2.5, 1e-14);
    CHECK_ABS(mutau_cosmology_sources(*e, 2.0), 8.0, 1e-14);
    assert_int_equal(s[0]->inputs.n, 2);
    const mutau_input *item = &s[0]->inputs.items[1];
    assert_int_equal(item->kind, MUTAU_INPUT_SOURCE);
    assert_int_equal(item->origin, MUTAU_INPUT_OWN);
    mutau_input_describe(item, sizeof what, what);
    assert_string_equal(what, "table w.csv of the source's evolution");
    assert_string_equal(item->table, "row,z,W\n1,0,1\n2,1,8\n3,5,2.5\n");
    assert_string_not_equal(digest[0], digest[1]);
    mutau_inputs_difference(&s[0]->inputs, &s[1]->inputs, "A", "B", difference);
    assert_string_equal(difference,
                        "table w.csv of the source's evolution, row 3: W is 2.5 in A, 2.6 in B");
    assert_int_equal(s[0]->n_note, 1);
    assert_non_null(strstr(s[0]->notes[0], "w.csv (table of the source's evolution)"));
    /* and back from the text that a chain keeps */
    char *text = NULL;
    mutau_inputs back = {0};
    CHECK_OK(mutau_inputs_write(&s[0]->inputs, &text, &err), err);
    CHECK_OK(mutau_inputs_read(text, &back, &err), err);
    assert_int_equal(back.n, 2);
    assert_int_equal(back.items[1].kind, MUTAU_INPUT_SOURCE);
    assert_string_equal(back.items[1].digest, item->digest);
    mutau_inputs_release(&back);
    free(text);
    for (int k = 0; k < 2; k++)
        mutau_run_settings_free(s[k]);
    remove_table(folder);
}

static void tables_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"z,W\n0,0\n5,0\n", "an evolution without sources: W is 0 all the way to z_max = 5"},
        {"z,W\n0,1\n1,-2\n5,1\n", "w.csv:3:3: W = -2: a density must be 0 or more"},
        {"z,W\n0,1\n4,1\n", "covers z = 0 to 4: must cover 0 to z_max = 5"},
        {"z,W\n0.5,1\n5,1\n", "covers z = 0.5 to 5: must cover 0"},
        {"z,W\n0,1\n2,1\n1,1\n5,1\n", "w.csv:4:1: z = 1 does not rise from 2"},
        {"z,W\n-1,1\n5,1\n", "w.csv:2:1: z = -1: must be 0 or more"},
        {"z,W\n0,1\n5,nan\n", "w.csv:3:3"},
        {"z,w\n0,1\n5,1\n", "W"},
        {"z,W\n0,1\n", "two rows"},
        {"z,W\n", "w.csv"},
    };
    char folder[] = "/tmp/mutau-source-XXXXXX";
    assert_non_null(mkdtemp(folder));
    check_refused_in(folder, by_table, "", MUTAU_EIO, "model.source.evolution.table: ");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_table(folder, bad[i].text);
        check_refused_in(folder, by_table, "", MUTAU_EDATA, bad[i].why);
    }
    remove_table(folder);
}

/* ---- a spectrum by a table ---- */

static const char by_fluxes[] = "spectrum: {table: w.csv}";
static const char fluxes[] = "E,Phi\n1e3,1e-14\n1e5,1e-18\n1e9,1e-30\n";

/* Its numbers and only A to sample, that it is an input with a digest, told of, and echoed. */
static void a_spectrum_is_an_input(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-source-XXXXXX", digest[2][MUTAU_SHA256_HEX_SIZE], what[256],
         difference[MUTAU_DIFFERENCE_SIZE], *text = NULL;
    mutau_run_settings *s[2] = {NULL}, *again = NULL;
    mutau_error err = {0};
    assert_non_null(mkdtemp(folder));
    for (int k = 0; k < 2; k++) {
        write_table(folder, k == 0 ? fluxes : "E,Phi\n1e3,1e-14\n1e5,2e-18\n1e9,1e-30\n");
        CHECK_OK(parse_in(folder, by_fluxes, "", &s[k], &err), err);
        mutau_inputs_digest(&s[k]->inputs, digest[k]);
    }
    const mutau_spectrum_table *t = &s[0]->model.source.table;
    assert_string_equal(mutau_spectrum_at(s[0]->model.source.spectrum)->name, "table");
    assert_int_equal(t->n, 3);
    CHECK_ABS(t->energy_gev[1], 1e5, 0.0);
    CHECK_ABS(t->flux[2], 1e-30, 0.0);
    assert_int_equal(s[0]->places.n_spectrum, 1);
    assert_string_equal(s[0]->set.spec[s[0]->places.spectrum]->name, "A");
    mutau_input_describe(&s[0]->inputs.items[1], sizeof what, what);
    assert_string_equal(what, "table w.csv of the source's spectrum");
    assert_string_not_equal(digest[0], digest[1]);
    mutau_inputs_difference(&s[0]->inputs, &s[1]->inputs, "A", "B", difference);
    assert_string_equal(difference, "table w.csv of the source's spectrum, row 2: Phi is 1e-18 in "
                                    "A, 2e-18 in B");
    assert_int_equal(s[0]->n_note, 1);
    assert_non_null(strstr(s[0]->notes[0], "w.csv (table of the source's spectrum)"));
    assert_int_equal(s[0]->n_warning, 0);
    CHECK_OK(mutau_run_settings_emit(s[0], &text, &err), err);
    assert_non_null(strstr(text, "spectrum: {table: w.csv}"));
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, folder, &again, &err), err);
    free(text);
    mutau_run_settings_free(again);
    for (int k = 0; k < 2; k++)
        mutau_run_settings_free(s[k]);
    remove_table(folder);
}

/* The data end at 100 PeV, and the sources at z = 5. */
static void spectra_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"E,Phi\n1e3,1\n5e6,1\n", "w.csv: the spectrum ends at 5e+06 GeV: must reach 1e+08 GeV, "
                                  "where the data end, and 6e+08 GeV for the farthest sources"},
        {"E,Phi\n5e3,1\n1e9,1\n", "w.csv: the spectrum begins at 5000 GeV: must begin at 4641.59 "
                                  "GeV, where the data do, or below"},
        {"E,Phi\n1e3,1\n1e5,1\n1e4,1\n1e9,1\n",
         "w.csv:4:1: E = 10000 GeV does not rise from 100000 GeV"},
        {"E,Phi\n1e3,1\n1e3,1\n", "w.csv:3:1: E = 1000 GeV does not rise from 1000 GeV"},
        {"E,Phi\n1e3,1\n1e9,0\n", "w.csv:3:5: Phi = 0: must be positive"},
        {"E,Phi\n1e3,-1e-18\n1e9,1\n", "w.csv:2:5: Phi = -1e-18: must be positive"},
        {"E,Phi\n0,1\n1e9,1\n", "w.csv:2:1: E = 0 GeV: must be positive"},
        {"E,Phi\n1e3,nan\n1e9,1\n", "w.csv:2:5"},
        {"e,Phi\n1e3,1\n1e9,1\n", "E"},
        {"E,Phi\n1e3,1\n", "needs two rows or more"},
        {"E,Phi\n", "w.csv"},
    };
    static const struct {
        const char *source, *why;
    } forms[] = {
        {"spectrum: {table: }", "expected a CSV file with columns E (GeV) and Phi"},
        {"spectrum: {table: {file: w.csv}}", "expected a CSV file"},
        {"spectrum: {table: [w.csv]}", "expected a CSV file"},
        {"spectrum: {tabel: w.csv}", "did you mean 'table'?"},
    };
    char folder[] = "/tmp/mutau-source-XXXXXX";
    assert_non_null(mkdtemp(folder));
    check_refused_in(folder, by_fluxes, "", MUTAU_EIO, "model.source.spectrum.table: ");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_table(folder, bad[i].text);
        check_refused_in(folder, by_fluxes, "", MUTAU_EDATA, bad[i].why);
    }
    write_table(folder, fluxes);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        check_refused_in(folder, forms[i].source, "", MUTAU_ECONFIG, forms[i].why);
    check_refused_in(folder, by_fluxes, "gamma: 2.5", MUTAU_ECONFIG, "gamma");
    enum { LARGE = 1024 * 1024 };
    char *large = calloc(LARGE + 64, 1);
    assert_non_null(large);
    (void)strcpy(large, fluxes);
    memset(large + strlen(fluxes), '#', LARGE);
    write_table(folder, large);
    free(large);
    check_refused_in(folder, by_fluxes, "", MUTAU_EDATA, "model.source.spectrum.table: ");
    remove_table(folder);
}

/* Between the data's end and the farthest sources' the table goes on, with a warning; at Earth
 * there are none farther. */
static void a_spectrum_that_ends_early(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-source-XXXXXX";
    mutau_error err = {0};
    assert_non_null(mkdtemp(folder));
    write_table(folder, "E,Phi\n1e3,1e-14\n1e8,1e-25\n");
    for (int at_earth = 0; at_earth < 2; at_earth++) {
        mutau_run_settings *s = NULL;
        CHECK_OK(parse_in(folder, at_earth ? "spectrum: {table: w.csv}, frame: earth" : by_fluxes,
                          "m_zprime: 6.5, g_prime: 0", &s, &err),
                 err);
        assert_int_equal(s->n_warning, 1 - at_earth);
        if (!at_earth)
            assert_non_null(strstr(s->warnings[0],
                                   "w.csv: the spectrum ends at 1e+08 GeV, and the farthest "
                                   "sources are seen up to 6e+08 GeV: its last slope goes on to "
                                   "there"));
        mutau_run_settings_free(s);
    }
    remove_table(folder);
}

/* Without the boson the evidence is that of the power law which the table is. */
static void evidence_of_a_spectrum(void **state)
{
    (void)state;
    static const char *const parameters[] = {"m_zprime: 6.5, g_prime: 0",
                                             "m_zprime: 6.5, g_prime: 0, gamma: 3"};
    char folder[] = "/tmp/mutau-source-XXXXXX";
    mutau_bare_evidence bare[2];
    mutau_error err = {0};
    assert_non_null(mkdtemp(folder));
    write_table(folder, "E,Phi\n1e3,1e6\n1e9,1e-12\n");
    for (int k = 0; k < 2; k++) {
        mutau_run_settings *s = NULL;
        CHECK_OK(parse_in(folder, k == 0 ? by_fluxes : "", parameters[k], &s, &err), err);
        CHECK_OK(mutau_bare_evidence_compute(s, &bare[k], &err), err);
        mutau_run_settings_free(s);
    }
    CHECK_REL(bare[0].ln_z, bare[1].ln_z, 1e-10);
    remove_table(folder);
}

/* A run file says where its table is; what is stored may have lost it. */
static void a_spectrum_without_its_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-source-XXXXXX", path[PATH];
    mutau_run_settings *s = parse("spectrum: table", "");
    mutau_flux *flux = NULL;
    mutau_error err = {0};
    assert_int_equal(s->places.n_spectrum, 1);
    CHECK_OK(mutau_flux_alloc(&s->model, 0.1, true, 0, NULL, &flux, &err), err);
    mutau_flux_free(flux);
    mutau_run_settings_free(s);
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/w.csv", folder);
    write_table(folder, "model: {cross_section: paper, source: {spectrum: table}}\n"
                        "data: [icecube-cascades-6yr]\n");
    CHECK_STATUS(mutau_run_settings_read(path, 0, NULL, &s, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "w.csv:1"));
    assert_non_null(
        strstr(err.text, "model.source.spectrum: needs its file: write spectrum: {table: FILE}"));
    remove_table(folder);
}

static void no_memory_for_the_table(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-source-XXXXXX";
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    long count = 0;
    assert_non_null(mkdtemp(folder));
    write_table(folder, "z,W\n0,1\n1,8\n5,2.5\n");
    CHECK_EACH_ALLOC(parse_in(folder, by_table, "", &s, &err), s, count, err);
    assert_in_range(count, 20, 100000);
    mutau_run_settings_free(s);
    s = NULL;
    write_table(folder, fluxes);
    CHECK_EACH_ALLOC(parse_in(folder, by_fluxes, "", &s, &err), s, count, err);
    assert_in_range(count, 20, 100000);
    mutau_run_settings_free(s);
    remove_table(folder);
}

/* ---- what --set overrules ---- */

static void set_overrules(void **state)
{
    (void)state;
    char folder[] = "/tmp/mutau-source-XXXXXX", path[PATH];
    static const char *const pion[] = {"model.source.flavour=pion"},
                             *const power[] = {"model.source.evolution.power=2"},
                             *const name[] = {"model.source.evolution=none"},
                             *const fluxes_in_place[] = {"model.source.spectrum.table=w.csv"},
                             *const power_law[] = {"model.source.spectrum=power-law"};
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    assert_non_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/t.yaml", folder);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(
        "model: {cross_section: paper, source: {flavour: free, evolution: {table: w.csv}}}\n"
        "parameters: {f_e: 0.2, f_mu: {prior: uniform, min: 0, max: 0.5}}\n"
        "data: [icecube-cascades-6yr]\n",
        file);
    assert_int_equal(fclose(file), 0);
    write_table(folder, "z,W\n0,1\n5,2.5\n");
    CHECK_OK(mutau_run_settings_read(path, 1, pion, &s, &err), err);
    assert_int_equal(s->places.n_flavour, 0);
    assert_non_null(strstr(s->notes[0], "parameters.f_e, parameters.f_mu: left out"));
    mutau_run_settings_free(s);
    CHECK_OK(mutau_run_settings_read(path, 1, power, &s, &err), err);
    assert_int_equal(s->model.source.evolution.kind, MUTAU_EVOLUTION_POWER);
    assert_int_equal(s->inputs.n, 1);
    mutau_run_settings_free(s);
    CHECK_OK(mutau_run_settings_read(path, 1, name, &s, &err), err);
    assert_int_equal(s->model.source.evolution.kind, MUTAU_EVOLUTION_NONE);
    mutau_run_settings_free(s);
    /* a table in place of another spectrum and its parameters, and back */
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("model: {cross_section: paper, source: {spectrum: {log-parabola: {pivot: 3e4}}}}\n"
                "parameters: {alpha: 2.5, beta: 0.1}\n"
                "data: [icecube-cascades-6yr]\n",
                file);
    assert_int_equal(fclose(file), 0);
    write_table(folder, fluxes);
    CHECK_OK(mutau_run_settings_read(path, 1, fluxes_in_place, &s, &err), err);
    assert_int_equal(s->places.n_spectrum, 1);
    assert_non_null(strstr(s->notes[1], "parameters.alpha, parameters.beta: left out"));
    mutau_run_settings_free(s);
    file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs("model: {cross_section: paper, source: {spectrum: {table: w.csv}}}\n"
                "data: [icecube-cascades-6yr]\n",
                file);
    assert_int_equal(fclose(file), 0);
    CHECK_OK(mutau_run_settings_read(path, 1, power_law, &s, &err), err);
    assert_int_equal(s->places.n_spectrum, 2);
    assert_int_equal(s->inputs.n, 1);
    mutau_run_settings_free(s);
    (void)unlink(path);
    remove_table(folder);
}

/* ---- free flavours ---- */

typedef struct model {
    mutau_run_settings *settings;
    mutau_posterior *posterior;
    mutau_posterior_workspace *ws;
    mutau_target target;
} model;

static model model_of(const char *parameters)
{
    model m = {.settings = parse("flavour: free", parameters)};
    mutau_error err = {0};
    CHECK_OK(mutau_posterior_alloc(m.settings, &m.posterior, &err), err);
    CHECK_OK(mutau_posterior_workspace_alloc(m.posterior, &m.ws), err);
    m.target = mutau_posterior_target(m.posterior);
    return m;
}

static void model_free(model *m)
{
    mutau_posterior_workspace_free(m->ws);
    mutau_posterior_free(m->posterior);
    mutau_run_settings_free(m->settings);
}

static const char only_flavours[] = "m_zprime: 6.5, g_prime: 5e-4, A: 1.5, gamma: 2.5";

static double ln_prior_at(const model *m, double f_e, double f_mu, double *ln_like)
{
    double ln_prior;
    mutau_error err = {0};
    CHECK_OK(m->target.eval(m->target.self, m->ws, (double[]){f_e, f_mu}, &ln_prior, ln_like, NULL),
             err);
    return ln_prior;
}

/* 2 on the triangle, and nothing beyond it; all draws are in it. */
static void flat_on_the_triangle(void **state)
{
    (void)state;
    model m = model_of(only_flavours);
    double ln_like;
    assert_int_equal(m.target.dim, 2);
    CHECK_REL(ln_prior_at(&m, 0.2, 0.7, &ln_like), log(2.0), 1e-12);
    assert_true(isfinite(ln_like));
    CHECK_REL(ln_prior_at(&m, 1.0, 0.0, &ln_like), log(2.0), 1e-12);
    assert_true(ln_prior_at(&m, 0.5, 0.6, &ln_like) < -1e300);
    mutau_rng *rng = mutau_rng_alloc(7);
    assert_non_null(rng);
    double mean[2] = {0.0};
    for (int k = 0; k < 20000; k++) {
        double f[2];
        m.target.draw(m.target.self, rng, f);
        assert_true(f[0] >= 0.0 && f[1] >= 0.0 && f[0] + f[1] <= 1.0);
        mean[0] += f[0] / 20000.0;
        mean[1] += f[1] / 20000.0;
    }
    mutau_rng_free(rng);
    CHECK_ABS(mean[0], 1.0 / 3.0, 0.01); /* six standard errors */
    CHECK_ABS(mean[1], 1.0 / 3.0, 0.01);
    /* a point by hand, and one that is none */
    mutau_posterior_point p;
    mutau_error err = {0};
    double natural[] = {6.5, 5e-4, 1.5, 2.5, 0.2, 0.7, 0.1};
    CHECK_OK(mutau_posterior_eval(m.posterior, m.ws, natural, &p, &err), err);
    CHECK_REL(p.ln_prior, log(2.0), 1e-12);
    natural[4] = 0.5;
    CHECK_STATUS(mutau_posterior_eval(m.posterior, m.ws, natural, &p, &err), MUTAU_EDOM, err);
    assert_non_null(strstr(err.text, "at most 1 together"));
    model_free(&m);
}

/* Whatever the priors are, what is left of them on the triangle is one. */
static void other_priors_are_normalised(void **state)
{
    (void)state;
    enum { N = 400 };
    char text[512];
    static const char *const priors[] = {
        "f_e: {prior: uniform, min: 0.2, max: 0.9}, f_mu: {prior: uniform, min: 0, max: 1}",
        "f_e: {prior: truncated-normal, mean: 0.5, sigma: 0.2, min: 0, max: 1}, "
        "f_mu: {prior: truncated-normal, mean: 0.3, sigma: 0.3, min: 0, max: 1}",
    };
    for (size_t k = 0; k < sizeof priors / sizeof priors[0]; k++) {
        (void)snprintf(text, sizeof text, "%s, %s", only_flavours, priors[k]);
        model m = model_of(text);
        const mutau_parameter *f = &m.settings->parameters[m.settings->places.flavour];
        double sum = 0.0;
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                const double e = (i + 0.5) / N, mu = (j + 0.5) / N;
                const double ln_prior = m.settings->ln_simplex +
                                        mutau_parameter_ln_prior(&f[0], e) +
                                        mutau_parameter_ln_prior(&f[1], mu);
                /* cells on the edge are halved */
                sum += (i + j + 1 < N ? 1.0 : i + j + 1 == N ? 0.5 : 0.0) * exp(ln_prior);
            }
        CHECK_ABS(sum / (N * N), 1.0, 1e-3);
        model_free(&m);
    }
    /* one that is fixed leaves the other a range */
    (void)snprintf(text, sizeof text, "%s, f_e: 0.4", only_flavours);
    model m = model_of(text);
    CHECK_REL(m.settings->ln_simplex, -log(0.6), 1e-12);
    model_free(&m);
}

/* Held at a share, the other has what that leaves; the evidence without the boson says why it is
 * none. */
static void conditionals_and_evidence(void **state)
{
    (void)state;
    model m = model_of(only_flavours);
    mutau_conditional c;
    mutau_bare_evidence bare;
    mutau_error err = {0};
    bool held[MUTAU_MAX_PARAMETERS] = {false};
    double natural[MUTAU_MAX_PARAMETERS] = {0.0}, ln_prior, ln_like;
    held[m.settings->places.flavour] = true;
    natural[m.settings->places.flavour] = 0.8;
    mutau_conditional_init(&c, m.posterior, held, natural);
    const mutau_target target = mutau_conditional_target(&c);
    CHECK_OK(target.eval(target.self, m.ws, (double[]){0.1}, &ln_prior, &ln_like, NULL), err);
    assert_true(isfinite(ln_prior + ln_like));
    CHECK_OK(target.eval(target.self, m.ws, (double[]){0.3}, &ln_prior, &ln_like, NULL), err);
    assert_true(ln_prior < -1e300);
    CHECK_STATUS(mutau_bare_evidence_compute(m.settings, &bare, &err), MUTAU_EUSAGE, err);
    assert_non_null(strstr(err.text, "not integrated over f_e"));
    model_free(&m);
    m = model_of("m_zprime: 6.5, g_prime: 5e-4, gamma: 2.5, f_e: 0.4, f_mu: 0.2");
    CHECK_OK(mutau_bare_evidence_compute(m.settings, &bare, &err), err);
    model_free(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_and_echo),
        cmocka_unit_test(what_is_read),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(a_table_is_an_input),
        cmocka_unit_test(tables_are_refused),
        cmocka_unit_test(a_spectrum_is_an_input),
        cmocka_unit_test(spectra_are_refused),
        cmocka_unit_test(a_spectrum_that_ends_early),
        cmocka_unit_test(evidence_of_a_spectrum),
        cmocka_unit_test(a_spectrum_without_its_file),
        cmocka_unit_test(no_memory_for_the_table),
        cmocka_unit_test(set_overrules),
        cmocka_unit_test(flat_on_the_triangle),
        cmocka_unit_test(other_priors_are_normalised),
        cmocka_unit_test(conditionals_and_evidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
