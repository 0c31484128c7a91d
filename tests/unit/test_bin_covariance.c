/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data sets with a covariance: chi^2 against numpy 1.24's linalg.solve, against the plain sum where
 * the matrix is diagonal, what a run keeps of it, and every fault with its place. */
#include "check.h"
#include "fail_alloc.h"
#include "likelihood/bin_covariance.h"
#include "likelihood/flux_likelihood.h"
#include "posterior/bare_evidence.h"
#include "posterior/run_settings.h"
#include "store/table.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PRESET "description: d\nreference: r\nchannel: all\ntable: own.csv\n"
#define COLUMNS "Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,E2Phi_hi,is_upper_limit\n"
static const char table[] =
    COLUMNS "1e4,2e4,3e-8,2e-9,2e-9,0,0\n2e4,5e4,2e-8,3e-9,3e-9,0,0\n5e4,1e5,1e-8,4e-9,4e-9,0,0\n";
static const char matrix[] = "4e-18,1e-18,-5e-19\n1e-18,9e-18,2e-18\n-5e-19,2e-18,1.6e-17\n";
static const double predicted[] = {1.6e-12, 5.7e-13, 1.25e-13};

enum { PATH = 96 };
static const char *const files[] = {"own.yaml", "own.csv", "c.csv"};

/* A folder with a data set, and perhaps c.csv. */
typedef struct folder {
    char root[40];
} folder;

static void put(const folder *f, const char *name, const char *text)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/%s", f->root, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    (void)fputs(text, file);
    (void)fclose(file);
}

static folder folder_make(const char *covariance)
{
    folder f = {"/tmp/mutau-covariance-XXXXXX"};
    assert_non_null(mkdtemp(f.root));
    put(&f, files[0], PRESET);
    put(&f, files[1], table);
    if (covariance != NULL)
        put(&f, files[2], covariance);
    return f;
}

static void folder_remove(const folder *f)
{
    char path[PATH];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", f->root, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(f->root);
}

static mutau_status read_run(const folder *f, const char *entry, const char *rest,
                             mutau_run_settings **out, mutau_error *err)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "data: [%s]\nmodel: {cross_section: paper, targets: cold}\n%s", entry, rest);
    return mutau_run_settings_parse("run.yaml", text, f->root, out, err);
}

static double chi2_of(const mutau_run_settings *s, const double n[])
{
    mutau_error err = {0};
    mutau_flux_likelihood *l = NULL;
    CHECK_OK(mutau_flux_likelihood_alloc(s->likelihood, s->errors, s->n_dataset,
                                         (const mutau_dataset *const *)s->datasets, &l, &err),
             err);
    const double chi2 = mutau_flux_likelihood_chi2(l, n);
    mutau_flux_likelihood_free(l);
    return chi2;
}

static void check_chi2(const char *covariance, const char *entry, const double n[], double want)
{
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    const folder f = folder_make(covariance);
    CHECK_OK(read_run(&f, entry, "", &s, &err), err);
    CHECK_REL(chi2_of(s, n), want, 1e-12);
    mutau_run_settings_free(s);
    folder_remove(&f);
}

static void chi2_is_that_of_numpy(void **state)
{
    (void)state;
    static const char whole[] = "{name: own, covariance: c.csv}";
    static const char some[] = "{name: own, covariance: c.csv, rows: [1, 3]}";
    const double ends[] = {predicted[0], predicted[2]};
    check_chi2(matrix, whole, predicted, 1.8860583603520209);
    /* with a line of names, with comments, blank lines, CR LF and a byte-order mark */
    check_chi2("\xEF\xBB\xBF# of the bins\r\n\r\na,b,c\r\n4e-18,1e-18,-5e-19\r\n"
               " 1e-18 , 9e-18,2e-18\r\n# and\r\n-5e-19,2e-18,1.6e-17\r\n",
               whole, predicted, 1.8860583603520209);
    check_chi2("\xEF\xBB\xBF# of the bins\r\n\r\n4e-18,1e-18,-5e-19\r\n"
               " 1e-18 , 9e-18,2e-18\r\n# and\r\n-5e-19,2e-18,1.6e-17",
               whole, predicted, 1.8860583603520209);
    /* of the rows that are used: a part of the matrix, or a matrix of theirs */
    check_chi2(matrix, some, ends, 1.4745098039215732);
    check_chi2("4e-18,-5e-19\n-5e-19,1.6e-17\n", some, ends, 1.4745098039215732);
}

static void a_diagonal_one_is_none(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_run_settings *s[2] = {NULL};
    const folder f = folder_make("4e-18,0,0\n0,9e-18,0\n0,0,1.6e-17\n");
    CHECK_OK(read_run(&f, "own", "", &s[0], &err), err);
    CHECK_OK(read_run(&f, "{name: own, covariance: c.csv}", "", &s[1], &err), err);
    CHECK_REL(chi2_of(s[1], predicted), chi2_of(s[0], predicted), 1e-14);
    const double n[] = {3e-12, 1e-13, 0.0};
    CHECK_REL(chi2_of(s[1], n), chi2_of(s[0], n), 1e-14);
    const double nan[] = {3e-12, (double)NAN, 0.0};
    assert_true(isnan(chi2_of(s[1], nan)));
    /* ln Z without the boson is a quadrature in A, whatever the likelihood */
    mutau_bare_evidence z[2];
    for (int k = 0; k < 2; k++) {
        CHECK_OK(mutau_bare_evidence_compute(s[k], &z[k], &err), err);
        mutau_run_settings_free(s[k]);
    }
    CHECK_ABS(z[1].ln_z, z[0].ln_z, 1e-6);
    folder_remove(&f);
}

/* Beside a set without one, and of a set with a limit, which is a measurement of 0. */
static void sets_and_limits_add_up(void **state)
{
    (void)state;
    mutau_bin bins[] = {{2.0, 4.0, 12.0, 4.0, 8.0, 0.0, 0.68, false, 1},
                        {4.0, 8.0, 0.5, 0.5, 0.3, 0.8, 0.68, true, 2}};
    double c[] = {36.0, 0.0, 0.0, 0.64};
    const mutau_dataset plain = {.name = "plain", .n_bin = 2, .bins = bins};
    mutau_dataset with = plain;
    (void)snprintf(with.name, sizeof with.name, "with");
    with.covariance = c;
    const mutau_dataset *sets[] = {&plain, &with};
    mutau_error err = {0};
    mutau_flux_likelihood *l = NULL;
    CHECK_OK(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SYMMETRIC, 2, sets,
                                         &l, &err),
             err);
    /* N = E2Phi/4, E2Phi/8: (4 4 - 12)^2/36 + (0.2 8)^2/0.64, twice */
    const double n[] = {4.0, 0.2, 4.0, 0.2};
    CHECK_REL(mutau_flux_likelihood_chi2(l, n), 2.0 * (16.0 / 36.0 + 2.56 / 0.64), 1e-14);
    CHECK_REL(mutau_flux_likelihood_points(l)[3].sigma_hi, 0.1, 1e-14);
    mutau_flux_likelihood_free(l);
    CHECK_STATUS(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_PROFILE, MUTAU_ERRORS_SYMMETRIC, 2,
                                             sets, &l, &err),
                 MUTAU_EDOM, err);
    assert_string_equal(err.text, "with: only a gaussian takes a covariance");
    c[1] = c[2] = 30.0;
    CHECK_STATUS(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SYMMETRIC, 2,
                                             sets, &l, &err),
                 MUTAU_EDOM, err);
    assert_non_null(strstr(err.text, "is not positive"));
    assert_null(l);
}

static void it_is_an_input(void **state)
{
    (void)state;
    char digest[2][MUTAU_HASH_SIZE], config[MUTAU_HASH_SIZE], what[256],
        difference[MUTAU_DIFFERENCE_SIZE];
    static const char entry[] = "{name: own, covariance: c.csv, rows: [1, 3]}";
    mutau_run_settings *s[2] = {NULL};
    mutau_error err = {0};
    const folder f = folder_make(matrix);
    for (int k = 0; k < 2; k++) {
        CHECK_OK(read_run(&f, entry, "", &s[k], &err), err);
        CHECK_OK(mutau_run_settings_hash(s[k], config, digest[k], &err), err);
        put(&f, files[2], "4e-18,0,-5e-19\n0,1,2e-18\n-5e-19,2e-18,1.7e-17\n");
    }
    assert_int_equal(s[0]->inputs.n, 2);
    const mutau_input *item = &s[0]->inputs.items[1];
    assert_int_equal(item->kind, MUTAU_INPUT_COVARIANCE);
    mutau_input_describe(item, sizeof what, what);
    assert_string_equal(what, "covariance c.csv of the data set 'own'");
    assert_string_equal(item->table, "row,1,3\n1,4e-18,-5e-19\n3,-5e-19,1.6e-17\n");
    assert_string_not_equal(digest[0], digest[1]);
    mutau_inputs_difference(&s[0]->inputs, &s[1]->inputs, "A", "B", difference);
    assert_string_equal(difference,
                        "covariance c.csv of the data set 'own', row 3: 3 is 1.6e-17 in "
                        "A, 1.7e-17 in B");
    assert_non_null(strstr(s[0]->notes[2], "c.csv (covariance of data set 'own')"));
    char *text = NULL;
    mutau_inputs back = {0};
    CHECK_OK(mutau_inputs_write(&s[0]->inputs, &text, &err), err);
    CHECK_OK(mutau_inputs_read(text, &back, &err), err);
    assert_int_equal(back.n, 2);
    assert_int_equal(back.items[1].kind, MUTAU_INPUT_COVARIANCE);
    assert_string_equal(back.items[1].digest, item->digest);
    mutau_inputs_release(&back);
    free(text);
    for (int k = 0; k < 2; k++)
        mutau_run_settings_free(s[k]);
    folder_remove(&f);
}

static void faults_are_placed(void **state)
{
    (void)state;
    static const char whole[] = "{name: own, covariance: c.csv}",
                      some[] = "{name: own, covariance: c.csv, rows: [1, 3]}";
    static const struct {
        const char *entry, *rest, *text, *want;
        mutau_status status;
    } bad[] = {
        {whole, "", NULL, "data[0].covariance: there is no file 'c.csv'", MUTAU_ECONFIG},
        {"{name: own, covariance: [c.csv]}", "", matrix, "data[0].covariance: expected a file",
         MUTAU_ECONFIG},
        {"{name: own, covariance: ''}", "", matrix, "data[0].covariance: expected a file",
         MUTAU_ECONFIG},
        {"{name: own, covarianec: c.csv}", "", matrix, "covariance", MUTAU_ECONFIG},
        {whole, "likelihood: {kind: profile}\n", matrix,
         "data[0].covariance: is for 'likelihood: {kind: gaussian}'", MUTAU_ECONFIG},
        {whole, "", "1,0\n0,1\n", "c.csv: 2 rows, but the data set 'own' has 3", MUTAU_EDATA},
        {some, "", "1\n", "c.csv: 1 rows, but the data set 'own' has 3, of which 2 are used",
         MUTAU_EDATA},
        {whole, "", "1,0,0\n0,1,0\n", "c.csv: 2 rows and 3 columns: a covariance is square",
         MUTAU_EDATA},
        {whole, "", "1,0,0\n0,1,0\n0,1\n", "c.csv:3:1: the row has 2 fields", MUTAU_EDATA},
        {whole, "", "1,0,0\n0,x,0\n0,0,1\n", "c.csv:2:3", MUTAU_EDATA},
        {whole, "", "1,0,0\n0,nan,0\n0,0,1\n", "c.csv:2:3", MUTAU_EDATA},
        {whole, "", "\n1,0,0\n0,1,0.5\n0,0.4,1\n",
         "c.csv:4:3: row 3, column 2: not symmetric: 0.4, mirrored it is 0.5", MUTAU_EDATA},
        {whole, "", "1,0,0\n0,-4,0\n0,0,1\n",
         "c.csv:2:3: row 2, column 2: a variance of -4: must be above 0", MUTAU_EDATA},
        {whole, "", "a,b,c\n1,0,0\n0,0,0\n0,0,1\n",
         "c.csv:3:3: row 2, column 2: a variance of 0: must be above 0", MUTAU_EDATA},
        {whole, "", "1,0,2\n0,1,0\n2,0,1\n",
         "c.csv:3:1: row 3, column 1: a correlation of 2: must be within -1 and 1", MUTAU_EDATA},
        /* eigenvalues -0.8, 1.9, 1.9 */
        {whole, "", "1,.9,-.9\n.9,1,.9\n-.9,.9,1\n",
         "c.csv:3:8: row 3, column 3: not positive definite", MUTAU_EDATA},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        mutau_error err = {0};
        mutau_run_settings *s = NULL;
        const folder f = folder_make(bad[i].text);
        CHECK_STATUS(read_run(&f, bad[i].entry, bad[i].rest, &s, &err), bad[i].status, err);
        if (strstr(err.text, bad[i].want) == NULL)
            fail_msg("%s: not '%s'", err.text, bad[i].want);
        assert_null(strchr(err.text, '\n'));
        assert_null(s);
        folder_remove(&f);
    }
}

/* Leading parts are searched for the first row at fault. */
static void the_first_dependent_row_is_named(void **state)
{
    (void)state;
    enum { N = 9 };
    char text[N * N * 4 + 1] = "", want[64];
    size_t row[N];
    double c[N * N];
    for (size_t bad = 2; bad < N; bad++) {
        size_t used = 0;
        for (size_t i = 0; i < N; i++) {
            row[i] = i + 1;
            for (size_t j = 0; j < N; j++) { /* rows 0, 1 and `bad` cannot be */
                const size_t lo = i < j ? i : j, hi = i < j ? j : i;
                const char *x = i == j                 ? "1"
                                : lo == 0 && hi == 1   ? ".9"
                                : lo == 0 && hi == bad ? "-.9"
                                : lo == 1 && hi == bad ? ".9"
                                                       : "0";
                used += (size_t)snprintf(text + used, sizeof text - used, "%s%c", x,
                                         j + 1 < N ? ',' : '\n');
            }
        }
        mutau_error err = {0};
        CHECK_STATUS(mutau_bin_covariance_read("c", text, used, "d", N, N, row, c, &err),
                     MUTAU_EDATA, err);
        (void)snprintf(want, sizeof want, "row %zu, column %zu: not positive", bad + 1, bad + 1);
        assert_non_null(strstr(err.text, want));
    }
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    static const size_t row[] = {1, 2, 3};
    mutau_error err = {0};
    mutau_table *t = NULL;
    mutau_run_settings *s = NULL;
    mutau_flux_likelihood *l = NULL;
    const size_t size = strlen(matrix);
    long n = 0;
    double c[9];
    CHECK_EACH_ALLOC(mutau_table_read_bare("c", matrix, size, &t, &err), t, n, err);
    assert_in_range(n, 3, 10);
    mutau_table_free(t);
    for (n = 0;; n++) {
        fail_alloc_after = n;
        const mutau_status status =
            mutau_bin_covariance_read("c", matrix, size, "d", 3, 3, row, c, &err);
        fail_alloc_after = -1;
        if (status == MUTAU_OK)
            break;
        assert_int_equal(status, MUTAU_ENOMEM);
    }
    assert_in_range(n, 5, 20);
    const folder f = folder_make(matrix);
    CHECK_EACH_ALLOC(read_run(&f, "{name: own, covariance: c.csv}", "", &s, &err), s, n, err);
    CHECK_EACH_ALLOC(mutau_flux_likelihood_alloc(MUTAU_LIKELIHOOD_GAUSSIAN, MUTAU_ERRORS_SPLIT, 1,
                                                 (const mutau_dataset *const *)s->datasets, &l,
                                                 &err),
                     l, n, err);
    assert_int_equal(n, 7);
    mutau_flux_likelihood_free(l);
    mutau_run_settings_free(s);
    folder_remove(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chi2_is_that_of_numpy),
        cmocka_unit_test(a_diagonal_one_is_none),
        cmocka_unit_test(sets_and_limits_add_up),
        cmocka_unit_test(it_is_an_input),
        cmocka_unit_test(faults_are_placed),
        cmocka_unit_test(the_first_dependent_row_is_named),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    (void)gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
