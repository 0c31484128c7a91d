/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Draws for other programs: names that these cannot take, symbols, order, thinning, memory. */
#include "check.h"
#include "fail_alloc.h"
#include "analysis/draw_table.h"
#include "export/export.h"
#include "stored_chain.h"

enum { ROWS = 10, WALKERS = 4, DIM = 4 };

/* The number of the draw, so that its place can be told. */
static void draw(mutau_rng *rng, double x[], double blob[], double *log_prob)
{
    const double u = mutau_rng_uniform(rng);
    for (size_t i = 0; i < DIM; i++)
        x[i] = u * (double)(i + 1);
    blob[0] = u / 2.0;
    blob[1] = 1.0; /* does not change */
    *log_prob = -u;
}

static stored_recipe recipe(void)
{
    return (stored_recipe){.config = "target:\n  own: {name: t, identity: '', coordinates: {chain: "
                                     "[0, 1], a-b: [0, 2], a.b: [0, 3], a_b: [0, .inf]}}\n",
                           .dim = DIM,
                           .n_blob = 2,
                           .n_row = ROWS,
                           .n_walker = WALKERS,
                           .names = {"chain", "a-b", "a.b", "a_b"},
                           .blob_names = {"lnl_a", "still"},
                           .seed = 1,
                           .draw = draw};
}

static void test_names(void **state)
{
    (void)state;
    static const char *const names[] = {"chain_", "a_b", "a_b_", "a_b_3", "lnl_a"};
    static const char *const latex[] = {"\\mathrm{chain}", "\\mathrm{a-b}", "\\mathrm{a.b}",
                                        "\\mathrm{a\\_b}", "\\mathrm{lnl\\_a}"};
    mutau_error err = {0};
    mutau_draw_table *t = NULL;
    const stored_recipe r = recipe();
    mutau_chain *chain = stored_chain(&r);
    CHECK_OK(mutau_draw_table_read(1, &chain, 1, &t, &err), err);
    assert_int_equal(t->n, sizeof names / sizeof names[0]);
    for (size_t i = 0; i < t->n; i++) {
        assert_string_equal(t->columns[i].name, names[i]);
        assert_string_equal(t->columns[i].latex, latex[i]);
        assert_int_equal(t->columns[i].kind, i < DIM ? MUTAU_DRAW_SAMPLED : MUTAU_DRAW_DERIVED);
    }
    assert_int_equal(mutau_draw_table_count(t, MUTAU_DRAW_LN_LIKE), 0);
    assert_null(mutau_draw_table_at(t, MUTAU_DRAW_DERIVED, 1));
    assert_true(t->columns[2].lo >= 0.0 && t->columns[2].hi <= 3.0);
    assert_true(isinf(t->columns[3].hi));
    assert_null(t->chi2);
    mutau_draw_table_free(t);
    mutau_chain_close(chain);
}

/* Row by row in the file, walker by walker here. */
static void test_order(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_draw_table *t = NULL;
    const stored_recipe r = recipe();
    mutau_chain *chain = stored_chain(&r);
    for (size_t stride = 1; stride <= ROWS; stride++) {
        mutau_rng *rng = mutau_rng_alloc(r.seed);
        double x[DIM], blob[2], log_prob;
        assert_non_null(rng);
        CHECK_OK(mutau_draw_table_read(1, &chain, stride, &t, &err), err);
        assert_int_equal(t->n_row, ROWS / stride);
        for (size_t i = 0; i < ROWS * WALKERS; i++) {
            const size_t row = i / WALKERS, walker = i % WALKERS;
            draw(rng, x, blob, &log_prob);
            if ((row + 1) % stride != 0)
                continue;
            const size_t at = walker * t->n_row + (row + 1) / stride - 1;
            CHECK_ABS(t->log_prob[at], log_prob, 0.0);
            CHECK_ABS(t->columns[3].x[at], x[3], 0.0);
            CHECK_ABS(t->columns[4].x[at], blob[0], 0.0);
        }
        mutau_draw_table_free(t);
        mutau_rng_free(rng);
    }
    CHECK_STATUS(mutau_draw_table_read(1, &chain, ROWS + 1, &t, &err), MUTAU_EUSAGE, err);
    assert_non_null(strstr(err.text, "10 rows are kept"));
    assert_null(t);
    mutau_chain_close(chain);
}

static void test_memory_of_the_table(void **state)
{
    (void)state;
    long count;
    mutau_error err = {0};
    mutau_draw_table *t = NULL;
    const stored_recipe r = recipe();
    mutau_chain *chain = stored_chain(&r);
    CHECK_EACH_ALLOC(mutau_draw_table_read(1, &chain, 1, &t, &err), t, count, err);
    assert_true(count > 5);
    mutau_draw_table_free(t);
    mutau_chain_close(chain);
}

/* Without memory for anything there are no files, and with it there are. */
static void check_files(const mutau_export_format *format, const mutau_draw_table *t)
{
    char folder[] = "/tmp/mutau-export-XXXXXX", root[64];
    assert_non_null(mkdtemp(folder));
    (void)snprintf(root, sizeof root, "%s/x", folder);
    mutau_status status = MUTAU_ENOMEM;
    for (long count = 0; status == MUTAU_ENOMEM; count++) {
        mutau_error err = {0};
        mutau_new_files *files = mutau_new_files_alloc(true);
        assert_non_null(files);
        fail_alloc_after = count;
        status = mutau_export_write(format, t, root, files, &err);
        fail_alloc_after = -1;
        assert_int_equal(status == MUTAU_OK, err.text[0] == '\0');
        if (status == MUTAU_OK) {
            assert_true(count > 3);
            for (size_t i = 0; mutau_new_files_path(files, i) != NULL; i++)
                assert_int_equal(unlink(mutau_new_files_path(files, i)), 0);
        } else {
            /* the name of the folder that is to be synced comes last, when the files are there */
            for (size_t i = 0; mutau_new_files_path(files, i) != NULL; i++)
                (void)unlink(mutau_new_files_path(files, i));
        }
        mutau_new_files_free(files);
        assert_true(status == MUTAU_OK || status == MUTAU_ENOMEM);
    }
    assert_int_equal(rmdir(folder), 0); /* nothing else is left */
}

static void test_memory_of_the_files(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_draw_table *t = NULL;
    const stored_recipe r = recipe();
    mutau_chain *chain = stored_chain(&r);
    CHECK_OK(mutau_draw_table_read(1, &chain, 1, &t, &err), err);
    for (size_t i = 0; mutau_export_formats[i] != NULL; i++)
        check_files(mutau_export_formats[i], t);
    mutau_draw_table_free(t);
    mutau_chain_close(chain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_memory_of_the_table),
        cmocka_unit_test(test_memory_of_the_files),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
