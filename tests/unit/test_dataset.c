/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data sets: the shipped presets, selections of rows, and every fault with its place. */
#include "check.h"
#include "fail_alloc.h"
#include "likelihood/dataset.h"
#include "mutau_build.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const shipped[] = {
    "icecube-cascades-6yr", "icecube-combined-2025", "icecube-glashow-2021",
    "icecube-hese-7.5yr",   "icecube-mese-2025",     "icecube-tracks-9.5yr",
};
enum { N_SHIPPED = sizeof shipped / sizeof shipped[0] };

static const char *const source_folder[] = {MUTAU_SOURCE_DATA_DIR};

/* Reads the first entry of the run file "data: [ENTRY]". */
static mutau_status read_from(const char *entry, size_t n_folder, const char *const folders[],
                              mutau_dataset **out, mutau_error *err)
{
    char text[512];
    mutau_config *config = NULL;
    mutau_error parse_err = {0};
    const int size = snprintf(text, sizeof text, "data: [%s]\n", entry);
    CHECK_OK(mutau_config_parse_text("run.yaml", text, (size_t)size, 0, NULL, &config, &parse_err),
             parse_err);
    mutau_node *list = mutau_node_child(mutau_config_root(config), "data");
    const mutau_status status =
        mutau_dataset_read(mutau_node_at(list, 0), n_folder, folders, out, err);
    mutau_config_free(config);
    return status;
}

static mutau_dataset *good(const char *entry)
{
    mutau_error err = {0};
    mutau_dataset *d = NULL;
    CHECK_OK(read_from(entry, 1, source_folder, &d, &err), err);
    return d;
}

static void shipped_presets_are_what_they_say(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        size_t n_bin, n_limit;
        mutau_channel channel;
        double first_lo, last_hi;
    } cases[] = {
        {"icecube-cascades-6yr", 13, 6, MUTAU_CHANNEL_CASCADES, 4641.589, 1e8},
        {"icecube-tracks-9.5yr", 3, 0, MUTAU_CHANNEL_TRACKS, 15e3, 5e6},
        {"{name: icecube-tracks-9.5yr, rows: all}", 5, 2, MUTAU_CHANNEL_TRACKS, 100.0, 1e8},
        {"icecube-combined-2025", 14, 7, MUTAU_CHANNEL_ALL, 100.0, 1e8},
        {"icecube-mese-2025", 13, 5, MUTAU_CHANNEL_ALL, 1e3, 1e8},
        {"icecube-hese-7.5yr", 7, 5, MUTAU_CHANNEL_ALL, 42e3, 7.67e6},
        {"icecube-glashow-2021", 3, 2, MUTAU_CHANNEL_ALL, 4e6, 1e7},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_dataset *d = good(cases[i].entry);
        size_t n_limit = 0;
        assert_int_equal(d->n_bin, cases[i].n_bin);
        assert_int_equal(d->channel, cases[i].channel);
        CHECK_REL(d->bins[0].e_lo_gev, cases[i].first_lo, 0.0);
        CHECK_REL(d->bins[d->n_bin - 1].e_hi_gev, cases[i].last_hi, 0.0);
        for (size_t j = 0; j < d->n_bin; j++) {
            n_limit += d->bins[j].is_limit ? 1 : 0;
            assert_true(d->bins[j].is_limit ||
                        (d->bins[j].err_minus > 0.0 && d->bins[j].err_plus > 0.0));
        }
        assert_int_equal(n_limit, cases[i].n_limit);
        assert_non_null(strstr(d->description, "IceCube"));
        assert_non_null(strstr(d->contents, "description:"));
        mutau_dataset_free(d);
    }
    mutau_dataset_free(NULL);
}

static void columns_are_where_the_preset_says(void **state)
{
    (void)state;
    mutau_dataset *tracks = good("{name: icecube-tracks-9.5yr, rows: all}");
    CHECK_ABS(tracks->bins[0].limit_level, 0.90, 0.0);
    CHECK_ABS(tracks->bins[0].e2phi_limit, 3.1e-8, 0.0);
    CHECK_ABS(tracks->bins[2].err_minus, 0.31e-8, 1e-24);
    CHECK_ABS(tracks->bins[2].err_plus, 0.32e-8, 1e-24);
    mutau_dataset_free(tracks);
    /* HESE, row 1: all-flavour 5.7e-18 -5.7e-18 +9.5e-18 times E_lo E_hi / 3 */
    mutau_dataset *hese = good("icecube-hese-7.5yr");
    const double per_flavour = 42e3 * 88.3e3 / 3.0;
    assert_true(hese->bins[0].is_limit);
    CHECK_REL(hese->bins[0].e2phi_limit, (5.7e-18 + 9.5e-18) * per_flavour, 1e-3);
    CHECK_REL(hese->bins[1].e2phi, 3.89e-18 * 88.3e3 * 186e3 / 3.0, 1e-3);
    CHECK_ABS(hese->bins[0].limit_level, 0.68, 0.0);
    mutau_dataset_free(hese);
    /* A limit with a printed best fit keeps its upper edge. */
    mutau_dataset *combined = good("icecube-combined-2025");
    assert_true(combined->bins[8].is_limit);
    CHECK_ABS(combined->bins[8].e2phi, 1.04119e-09, 0.0);
    CHECK_ABS(combined->bins[8].e2phi_limit, 4.06086e-09, 0.0);
    mutau_dataset_free(combined);
}

static void rows_are_selected(void **state)
{
    (void)state;
    mutau_dataset *d = good("{name: icecube-cascades-6yr, rows: [9, 2, 3]}");
    assert_int_equal(d->n_bin, 3);
    CHECK_REL(d->bins[0].e_lo_gev, 1e4, 0.0);
    CHECK_REL(d->bins[1].e_lo_gev, 2.154435e4, 0.0);
    CHECK_REL(d->bins[2].e_lo_gev, 2.154435e6, 0.0);
    mutau_dataset_free(d);
    d = good("{name: icecube-cascades-6yr, rows: measured}");
    assert_int_equal(d->n_bin, 7);
    mutau_dataset_free(d);
}

static void an_entry_is_completed(void **state)
{
    (void)state;
    static const char text[] = "data: [{name: icecube-tracks-9.5yr}, icecube-mese-2025]\n";
    mutau_error err = {0};
    mutau_config *config = NULL;
    mutau_dataset *d = NULL;
    char *echo = NULL;
    CHECK_OK(mutau_config_parse_text("run.yaml", text, sizeof text - 1, 0, NULL, &config, &err),
             err);
    mutau_node *list = mutau_node_child(mutau_config_root(config), "data");
    for (size_t i = 0; i < 2; i++) {
        CHECK_OK(mutau_dataset_read(mutau_node_at(list, i), 1, source_folder, &d, &err), err);
        mutau_dataset_free(d);
    }
    CHECK_OK(mutau_config_emit(config, &echo, &err), err);
    assert_non_null(strstr(echo, "{name: icecube-tracks-9.5yr, rows: measured}"));
    assert_null(strstr(echo, "rows: all"));
    free(echo);
    mutau_config_free(config);
}

static void overlaps_are_the_known_ones(void **state)
{
    (void)state;
    /* cascades, combined, glashow, hese, mese, tracks */
    static const char *const want[N_SHIPPED] = {"xx....", "xx..xx", "..x...",
                                                "...xx.", ".x.xx.", ".x...x"};
    mutau_dataset *sets[N_SHIPPED];
    for (size_t i = 0; i < N_SHIPPED; i++)
        sets[i] = good(shipped[i]);
    for (size_t i = 0; i < N_SHIPPED; i++)
        for (size_t j = 0; j < N_SHIPPED; j++)
            if (mutau_dataset_overlap(sets[i], sets[j]) != (want[i][j] == 'x'))
                fail_msg("%s and %s", shipped[i], shipped[j]);
    for (size_t i = 0; i < N_SHIPPED; i++)
        mutau_dataset_free(sets[i]);
}

static void faulty_entries_are_placed(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *want;
    } cases[] = {
        {"icecube-cascade-6yr",
         "run.yaml:1:8: data[0]: unknown data set 'icecube-cascade-6yr'; did you mean "
         "'icecube-cascades-6yr'? known: icecube-cascades-6yr, icecube-combined-2025, "},
        {"somethingelse", "unknown data set 'somethingelse'; known: icecube-cascades-6yr, "},
        {"{name: icecube-mese-2024}", "run.yaml:1:15: data[0].name: unknown data set"},
        {"[icecube-mese-2025]", "run.yaml:1:8: data[0]: expected a data set's name"},
        {"../data/icecube-mese-2025", "at most 63 characters, no path"},
        {"''", "expected the name of a data set"},
        {".", "expected the name of a data set"},
        {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "at most 63"},
        {"{rows: all}", "name"},
        {"{name: icecube-mese-2025, row: all}", "rows"},
        {"{name: icecube-mese-2025, rows: some}", "run.yaml:1:40: data[0].rows: 'some' is not one"},
        {"{name: icecube-mese-2025, rows: {a: 1}}", "measured, all or a list of row numbers"},
        {"{name: icecube-mese-2025, rows: []}", "no rows"},
        {"{name: icecube-mese-2025, rows: [1, 14]}", "run.yaml:1:44: data[0].rows[1]: 14 is out"},
        {"{name: icecube-mese-2025, rows: [0]}", "from 1 to 13"},
        {"{name: icecube-mese-2025, rows: [1.5]}", "whole number"},
        {"{name: icecube-mese-2025, rows: [3, 1, 3]}", "data[0].rows[2]: row 3 is named twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_error err = {0};
        mutau_dataset *d = NULL;
        CHECK_STATUS(read_from(cases[i].entry, 1, source_folder, &d, &err), MUTAU_ECONFIG, err);
        if (strstr(err.text, cases[i].want) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].want);
        assert_null(d);
    }
    mutau_error err = {0};
    mutau_dataset *d = NULL;
    CHECK_STATUS(read_from("x", 0, NULL, &d, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "unknown data set 'x'; known: none"));
}

static void a_name_in_two_folders_is_listed_once(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_dataset *d = NULL;
    const char *const twice[] = {source_folder[0], source_folder[0]};
    CHECK_STATUS(read_from("somethingelse", 2, twice, &d, &err), MUTAU_ECONFIG, err);
    const char *first = strstr(err.text, "icecube-mese-2025");
    assert_non_null(first);
    assert_null(strstr(first + 1, "icecube-mese-2025"));
}

/* A folder with own.yaml and own.csv. */
typedef struct own {
    char root[32], preset[48], table[48];
} own;

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static own own_make(const char *preset, const char *table)
{
    own o;
    (void)snprintf(o.root, sizeof o.root, "/tmp/mutau-test-data-XXXXXX");
    assert_non_null(mkdtemp(o.root));
    (void)snprintf(o.preset, sizeof o.preset, "%s/own.yaml", o.root);
    (void)snprintf(o.table, sizeof o.table, "%s/own.csv", o.root);
    write_file(o.preset, preset);
    if (table != NULL)
        write_file(o.table, table);
    return o;
}

static void own_remove(const own *o)
{
    (void)unlink(o->preset);
    (void)unlink(o->table);
    (void)rmdir(o->root);
}

static mutau_status read_own(const own *o, const char *entry, mutau_dataset **out, mutau_error *err)
{
    const char *const folders[] = {"/no/such/folder", o->root, MUTAU_SOURCE_DATA_DIR};
    return read_from(entry, 3, folders, out, err);
}

#define HEAD "description: d\nreference: r\nchannel: all\ntable: own.csv\n"
#define COLUMNS "Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,E2Phi_hi,is_upper_limit\n"

static void an_own_set_is_found_first(void **state)
{
    (void)state;
    const own o = own_make(HEAD "columns: {e2phi: flux, limit: edge}\nrows: measured\n",
                           "Emin_GeV,Emax_GeV,flux,err_minus,err_plus,edge,is_upper_limit\n"
                           "1e4,2e4,3e-8,5e-9,6e-9,0,0\n2e4,4e4,0,0,0,7e-8,1\n");
    mutau_error err = {0};
    mutau_dataset *d = NULL;
    CHECK_OK(read_own(&o, "own", &d, &err), err);
    assert_int_equal(d->n_bin, 1);
    assert_string_equal(d->name, "own");
    assert_string_equal(d->description, "d (r)");
    assert_null(d->overlaps[0]);
    CHECK_ABS(d->bins[0].e2phi, 3e-8, 0.0);
    assert_null(d->warning);
    assert_string_equal(d->preset_path, o.preset);
    assert_string_equal(d->table_path, o.table);
    const size_t preset_size = strlen(d->contents);
    assert_int_equal(d->contents[preset_size], '\0');
    assert_memory_equal(d->contents + d->contents_size - 22, "\n2e4,4e4,0,0,0,7e-8,1\n", 22);
    mutau_dataset_free(d);
    CHECK_OK(read_own(&o, "{name: own, rows: [2]}", &d, &err), err);
    CHECK_ABS(d->bins[0].e2phi_limit, 7e-8, 0.0);
    assert_int_equal(d->bins[0].row, 2);
    CHECK_ABS(d->bins[0].limit_level, 0.68, 0.0);
    mutau_dataset_free(d);
    CHECK_STATUS(read_own(&o, "owm", &d, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "did you mean 'own'?"));
    own_remove(&o);
}

static void faulty_presets_are_placed(void **state)
{
    (void)state;
    static const char table[] = COLUMNS "1,2,3,1,1,0,0\n";
    static const struct {
        const char *preset, *want;
    } cases[] = {
        {"", "own.yaml"},
        {"[1]\n", "own.yaml"},
        {"description: d\n", "reference"},
        {"description: d\nreference: r\nchannel: all\ntable: ../own.csv\n",
         "own.yaml:4:8: table: expected the name of a file beside the preset"},
        {"description: d\nreference: r\nchannel: muons\ntable: own.csv\n",
         "own.yaml:3:10: channel"},
        {HEAD "column: {}\n", "columns"},
        {HEAD "columns: {e2fi: x}\n", "own.yaml:5:11: columns"},
        {HEAD "columns: 3\n", "own.yaml:5:10: columns"},
        {HEAD "shares_events_with: other\n", "own.yaml:5:21: shares_events_with: expected a list"},
        {HEAD "shares_events_with: [[a]]\n", "own.yaml:5:22: shares_events_with[0]: expected the"},
        {HEAD "rows: [1]\n", "own.yaml:5:7: rows"},
        {HEAD "description: again\n", "own.yaml:5:1"},
        {HEAD "columns: {level: CL}\n", "own.csv:1:1: no column 'CL'; there are: Emin_GeV, "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const own o = own_make(cases[i].preset, table);
        mutau_error err = {0};
        mutau_dataset *d = NULL;
        CHECK_STATUS(read_own(&o, "own", &d, &err), MUTAU_EDATA, err);
        if (strstr(err.text, cases[i].want) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].want);
        assert_null(d);
        own_remove(&o);
    }
}

static void faulty_tables_are_placed(void **state)
{
    (void)state;
    static const struct {
        const char *table, *want;
    } cases[] = {
        {"Emin_GeV\n1\n", "own.csv:1:1: no column 'Emax_GeV'"},
        {COLUMNS "1,2,x,1,1,0,0\n",
         "own.csv:2:5: column 'E2Phi': 'x' is not a finite number, empty or nan"},
        {COLUMNS "x,2,1,1,1,0,0\n", "own.csv:2:1: column 'Emin_GeV': 'x' is not a finite number"},
        {COLUMNS "nan,2,1,1,1,0,0\n", "own.csv:2:1: column 'Emin_GeV': 'nan' is not a finite"},
        {COLUMNS "0,2,3,1,1,0,0\n",
         "own.csv:2:1: data set 'own', row 1, Emin_GeV: the lower edge must be above 0"},
        {COLUMNS "-100,200,3,1,1,0,0\n", "Emin_GeV: the lower edge must be above 0"},
        {COLUMNS "2,2,3,1,1,0,0\n",
         "own.csv:2:3: data set 'own', row 1, Emax_GeV: the upper edge must be above the lower: 2 "
         "is not above 2 GeV"},
        {COLUMNS "1e5,1e4,3,1,1,0,0\n", "the lower: 10000 is not above 1e5 GeV"},
        {COLUMNS "1,2,3,1,1,0,0\n1,2,3,1,1,0,0\n",
         "own.csv:3:1: data set 'own', row 2, Emin_GeV: rows must rise in energy and not overlap: "
         "this one begins at 1 GeV, the one before ends at 2 GeV"},
        /* They print alike with six digits. */
        {COLUMNS "1e3,21544.35,3,1,1,0,0\n21544.34,1e5,3,1,1,0,0\n",
         "this one begins at 21544.34 GeV, the one before ends at 21544.35 GeV"},
        {COLUMNS "1e3,10000.000000000002,3,1,1,0,0\n1e4,1e5,3,1,1,0,0\n",
         "this one begins at 10000 GeV, the one before ends at 10000.000000000002 GeV"},
        {COLUMNS "1,2,3,-1,1,0,0\n",
         "own.csv:2:7: data set 'own', row 1, err_minus: a negative error"},
        {COLUMNS "1,2,3,1,-1,0,0\n",
         "own.csv:2:9: data set 'own', row 1, err_plus: a negative error"},
        {COLUMNS "1,2,3,0,0,0,0\n", "own.csv:2:9: data set 'own', row 1, err_plus: both errors are "
                                    "0: a measurement needs one, "
                                    "and a limit has is_upper_limit 1"},
        {COLUMNS "1,2,,1,1,0,0\n",
         "own.csv:2:5: data set 'own', row 1, E2Phi: no number, and the row is no limit "
         "(is_upper_limit): a measurement needs one"},
        {COLUMNS "1,2,nan,1,1,0,False\n", "row 1, E2Phi: no number"},
        {COLUMNS "1,2,3,1,,0,0\n", "row 1, err_plus: no number"},
        {COLUMNS "1,2,3,1,1,0,2\n",
         "own.csv:2:13: column 'is_upper_limit': '2' is not 0 or 1, false or true"},
        {COLUMNS "1,2,3,1,1,0,0.5\n", "own.csv:2:13: column 'is_upper_limit': '0.5' is not 0 or"},
        {COLUMNS "1,2,3,1,1,0,yes\n", "own.csv:2:13: column 'is_upper_limit': 'yes' is not 0 or"},
        {COLUMNS "1,2,3,1,1,0,\n", "own.csv:2:13: column 'is_upper_limit': '' is not 0 or 1"},
        {COLUMNS "1,2,3,1,1,0,1\n",
         "own.csv:2:11: data set 'own', row 1, E2Phi_hi: the limit must be above 0"},
        {COLUMNS "1,2,3,1,1,,1\n", "own.csv:2:11: data set 'own', row 1, E2Phi_hi: the row is a "
                                   "limit (is_upper_limit), whose "
                                   "upper edge must stand here"},
        {COLUMNS "1,2,3,1,1,nan,True\n", "row 1, E2Phi_hi: the row is a limit (is_upper_limit)"},
        {COLUMNS "1e4,2e4,3e-8,0,0,2.9e-8,1\n", "own.csv:2:18: data set 'own', row 1, E2Phi_hi: "
                                                "the limit 2.9e-8 is below its own best fit "
                                                "3e-8 (E2Phi)"},
        {"Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,is_upper_limit\n1,2,3,1,1,0\n2,3,3,1,1,1\n",
         "own.csv:3:11: data set 'own', row 2 is a limit, but the table has no column 'E2Phi_hi' "
         "with its upper edge: add it"},
        {COLUMNS "1,2\n", "own.csv:2:1: the row has 2 fields, the header 7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const own o = own_make(HEAD, cases[i].table);
        mutau_error err = {0};
        mutau_dataset *d = NULL;
        CHECK_STATUS(read_own(&o, "own", &d, &err), MUTAU_EDATA, err);
        if (strstr(err.text, cases[i].want) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].want);
        assert_null(d);
        own_remove(&o);
    }
}

/* Reads a table through a preset of its own; NULL for an error. */
static mutau_dataset *read_table(const char *preset, const char *table, mutau_error *err)
{
    const own o = own_make(preset, table);
    mutau_dataset *d = NULL;
    const mutau_status status = read_own(&o, "own", &d, err);
    assert_true((status == MUTAU_OK) == (d != NULL));
    own_remove(&o);
    return d;
}

static void limits_need_no_best_fit(void **state)
{
    (void)state;
    static const char *const tables[] = {
        COLUMNS "1e4,2e4,,,,7e-8,1\n", COLUMNS "1e4,2e4,nan,NaN,NA,7e-8,True\n",
        COLUMNS "1e4,2e4,.nan,n/a,,7e-8,TRUE\n",
        COLUMNS "1e4,2e4,7e-8,0,0,7e-8,true\n", /* a limit at its best fit */
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        mutau_error err = {0};
        mutau_dataset *d = read_table(HEAD, tables[i], &err);
        assert_non_null(d);
        assert_true(d->bins[0].is_limit);
        CHECK_ABS(d->bins[0].e2phi_limit, 7e-8, 0.0);
        CHECK_ABS(d->bins[0].err_minus, 0.0, 0.0);
        CHECK_ABS(d->bins[0].e2phi, i == 3 ? 7e-8 : 0.0, 0.0);
        assert_null(d->warning);
        mutau_dataset_free(d);
    }
    mutau_error err = {0};
    assert_null(read_table(HEAD "columns: {limit: ''}\n", COLUMNS "1e4,2e4,,,7e-8,,1\n", &err));
    assert_non_null(strstr(err.text, "row 1, E2Phi: the edge of this limit is E2Phi + err_plus"));
    assert_null(read_table(HEAD "columns: {level: CL}\n",
                           "Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,E2Phi_hi,is_upper_limit,CL\n"
                           "1e4,2e4,0,0,0,7e-8,1,\n",
                           &err));
    assert_non_null(strstr(err.text, "row 1, CL: a limit needs its confidence level"));
    assert_null(read_table(HEAD "columns: {level: CL}\n",
                           "Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,E2Phi_hi,is_upper_limit,CL\n"
                           "1e4,2e4,0,0,0,7e-8,1,90\n",
                           &err));
    assert_non_null(strstr(err.text, "own.csv:2:22: data set 'own', row 1, CL: a confidence level "
                                     "is between 0 and 1"));
}

static void measured_rows_need_no_limit(void **state)
{
    (void)state;
    static const struct {
        const char *preset, *table;
    } cases[] = {
        {HEAD, COLUMNS "1e4,2e4,3e-8,5e-9,6e-9,,False\n"},
        {HEAD, "Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,is_upper_limit\n"
               "1e4,2e4,3e-8,5e-9,6e-9,FALSE\n"},
        {HEAD "columns: {level: CL}\n",
         "Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,is_upper_limit,CL\n"
         "1e4,2e4,3e-8,5e-9,6e-9,0.0,nan\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_error err = {0};
        mutau_dataset *d = read_table(cases[i].preset, cases[i].table, &err);
        assert_non_null(d);
        assert_false(d->bins[0].is_limit);
        CHECK_ABS(d->bins[0].e2phi, 3e-8, 0.0);
        mutau_dataset_free(d);
    }
}

/* Two good rows of the cascade sample with one thing in another unit each. */
static void slips_of_a_unit_are_noticed(void **state)
{
    (void)state;
    static const struct {
        const char *rows, *error, *warning;
    } cases[] = {
        {"1e4,2e4,3.4e-8,1e-8,9e-9,0,0\n2e4,5e4,0,0,0,2e-9,1\n", NULL, NULL},
        /* units of 1e-8 */
        {"1e4,2e4,3.4,1.1,0.9,0,0\n",
         "own.csv:2:9: data set 'own', row 1, E2Phi: 3.4 GeV cm^-2 s^-1 sr^-1 is above 1e-5, far "
         "above what was ever measured: is it in units of 1e-8 GeV cm^-2 s^-1 sr^-1?",
         NULL},
        {"1e4,2e4,3.4e-8,1e-8,9e-9,0,0\n2e4,5e4,0,0,0,1.6,1\n",
         "own.csv:3:15: data set 'own', row 2, E2Phi_hi: the limit, 1.6 GeV", NULL},
        {"1e4,2e4,3.4e-8,1e-8,0.9,0,0\n", "row 1, err_plus: with the best fit, 0.9", NULL},
        {"1e4,2e4,-3.4,1e-8,9e-9,0,0\n", "row 1, E2Phi: -3.4 GeV", NULL},
        /* per m^2, TeV, dPhi/dE */
        {"1e4,2e4,3.4e-4,1e-4,9e-5,0,0\n", NULL,
         "own.csv:2:9: data set 'own', row 1, E2Phi: 0.00034 GeV cm^-2 s^-1 sr^-1 is above 1e-5, "
         "far "
         "above what was ever measured: is it in GeV m^-2 s^-1 sr^-1? (1 of 1 rows)"},
        {"1e4,2e4,3.4e-11,1e-11,9e-12,0,0\n2e4,5e4,0,0,0,2e-12,1\n", NULL,
         "row 1, err_plus: with the best fit, 4.3e-11 GeV cm^-2 s^-1 sr^-1 is below 1e-10, less "
         "than "
         "any experiment reaches: is it in TeV cm^-2 s^-1 sr^-1? (2 of 2 rows)"},
        {"1e4,2e4,3.4e-18,1e-18,9e-19,0,0\n", NULL, "less than any experiment reaches (1 of 1"},
        {"1e4,2e4,-2e-9,3e-9,4e-9,0,0\n", NULL, NULL}, /* an unfolding may do that */
        /* energies in TeV, PeV, eV */
        {"10,20,3.4e-8,1e-8,9e-9,0,0\n20,1000,3.4e-8,1e-8,9e-9,0,0\n", NULL,
         "own.csv:2:1: data set 'own', row 1, Emin_GeV: 10 GeV is below 100, where the "
         "atmosphere's "
         "neutrinos drown all others: is it in TeV? (2 of 2 rows)"},
        {"0.01,0.02,3.4e-8,1e-8,9e-9,0,0\n", NULL, "0.01 GeV is below 100"},
        {"0.01,0.02,3.4e-8,1e-8,9e-9,0,0\n", NULL, "is it in PeV?"},
        {"1e13,2e13,3.4e-8,1e-8,9e-9,0,0\n", "row 1, Emax_GeV: 2e13 GeV is above 1e11", NULL},
        {"1e13,2e13,3.4e-8,1e-8,9e-9,0,0\n", "the highest cosmic rays: is it in eV?", NULL},
        {"1e11,2e11,3.4e-8,1e-8,9e-9,0,0\n", NULL, "Emax_GeV: 2e11 GeV is above 1e11"},
        /* errors in another unit than the flux */
        {"1e4,2e4,3.4e-8,1e-16,9e-17,0,0\n", NULL,
         "row 1, err_plus: relative to the best fit, 2.6"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char table[512];
        mutau_error err = {0};
        (void)snprintf(table, sizeof table, COLUMNS "%s", cases[i].rows);
        mutau_dataset *d = read_table(HEAD, table, &err);
        if ((d == NULL) != (cases[i].error != NULL) ||
            (d == NULL && strstr(err.text, cases[i].error) == NULL))
            fail_msg("case %zu: '%s'", i, err.text);
        if (d != NULL && ((d->warning == NULL) != (cases[i].warning == NULL) ||
                          (d->warning != NULL && strstr(d->warning, cases[i].warning) == NULL)))
            fail_msg("case %zu: '%s'", i, d->warning != NULL ? d->warning : "no warning");
        mutau_dataset_free(d);
    }
    for (size_t i = 0; i < N_SHIPPED; i++) {
        char entry[80];
        (void)snprintf(entry, sizeof entry, "{name: %s, rows: all}", shipped[i]);
        mutau_dataset *d = good(entry);
        if (d->warning != NULL)
            fail_msg("%s", d->warning);
        mutau_dataset_free(d);
    }
}

static void files_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_dataset *d = NULL;
    const own missing = own_make(HEAD, NULL);
    CHECK_STATUS(read_own(&missing, "own", &d, &err), MUTAU_EIO, err);
    assert_non_null(strstr(err.text, "own.csv: cannot be opened"));
    own_remove(&missing);
    const own only_limits = own_make(HEAD, COLUMNS "1e4,2e4,0,0,0,3e-8,1\n");
    CHECK_STATUS(read_own(&only_limits, "{name: own, rows: measured}", &d, &err), MUTAU_ECONFIG,
                 err);
    assert_non_null(strstr(err.text, "own has no measured rows"));
    own_remove(&only_limits);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    static const char *const entries[] = {"icecube-tracks-9.5yr", "{name: icecube-mese-2025}"};
    for (size_t i = 0; i < 2; i++) {
        char text[128];
        mutau_error err = {0};
        mutau_config *config = NULL;
        mutau_dataset *d = NULL;
        long n = 0;
        const int size = snprintf(text, sizeof text, "data: [%s]\n", entries[i]);
        CHECK_OK(mutau_config_parse_text("run.yaml", text, (size_t)size, 0, NULL, &config, &err),
                 err);
        mutau_node *entry = mutau_node_at(mutau_node_child(mutau_config_root(config), "data"), 0);
        CHECK_EACH_ALLOC(mutau_dataset_read(entry, 1, source_folder, &d, &err), d, n, err);
        assert_in_range(n, 20, 1000);
        mutau_dataset_free(d);
        mutau_config_free(config);
    }
}

static void a_failed_allocation_on_the_way_to_a_hint(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_config *config = NULL;
    mutau_dataset *d = NULL;
    CHECK_OK(mutau_config_parse_text("run.yaml", "data: [x]", 9, 0, NULL, &config, &err), err);
    mutau_node *entry = mutau_node_at(mutau_node_child(mutau_config_root(config), "data"), 0);
    for (long n = 0; n < 2; n++) { /* the path, the list */
        fail_alloc_after = n;
        CHECK_STATUS(mutau_dataset_read(entry, 1, source_folder, &d, &err), MUTAU_ENOMEM, err);
        fail_alloc_after = -1;
    }
    mutau_config_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shipped_presets_are_what_they_say),
        cmocka_unit_test(columns_are_where_the_preset_says),
        cmocka_unit_test(rows_are_selected),
        cmocka_unit_test(an_entry_is_completed),
        cmocka_unit_test(overlaps_are_the_known_ones),
        cmocka_unit_test(faulty_entries_are_placed),
        cmocka_unit_test(a_name_in_two_folders_is_listed_once),
        cmocka_unit_test(an_own_set_is_found_first),
        cmocka_unit_test(faulty_presets_are_placed),
        cmocka_unit_test(faulty_tables_are_placed),
        cmocka_unit_test(limits_need_no_best_fit),
        cmocka_unit_test(measured_rows_need_no_limit),
        cmocka_unit_test(slips_of_a_unit_are_noticed),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
        cmocka_unit_test(a_failed_allocation_on_the_way_to_a_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
