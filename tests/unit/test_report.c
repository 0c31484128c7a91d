/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reports: each writer's exact output, worked out by hand, of trees that have all there is. */
#include "check.h"
#include "fail_alloc.h"
#include "report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double INF = (double)INFINITY, NONE = (double)NAN;

/* What the writer makes of the report. */
static char *written(const mutau_report *r, const char *writer, mutau_report_output output)
{
    char *text = NULL;
    size_t size = 0;
    mutau_error err = {0};
    output.file = open_memstream(&text, &size);
    assert_non_null(output.file);
    const mutau_status status =
        mutau_report_write(r, mutau_report_find_writer(writer), &output, &err);
    assert_int_equal(fclose(output.file), 0);
    CHECK_OK(status, err);
    return text;
}

static void expect(const mutau_report *r, const char *writer, mutau_report_output output,
                   const char *want)
{
    char *text = written(r, writer, output);
    assert_string_equal(text, want);
    free(text);
}

static void add_quantity(mutau_report *r, const char *name, const char *unit, double mean,
                         double error, const mutau_region *region)
{
    mutau_report_object(r, name);
    mutau_report_unit(r, unit);
    mutau_report_reals(r, "mean error", mean, error);
    mutau_report_object(r, "q");
    mutau_report_real(r, "0.5", mean);
    mutau_report_end(r);
    mutau_report_region(r, "hpd", region, 0.95);
    mutau_report_text(r, ".unit", unit);
    mutau_report_end(r);
}

/* Two quantities, one of which is an upper limit, and what else a report may have. */
static mutau_report *small_report(void)
{
    const mutau_region two = {.n = 2, .lo = {0.5, 2.0}, .hi = {1.25, 3e-5}};
    const mutau_region limit = {.n = 1, .lo = {0.0}, .hi = {7.5e-10}, .at_lo = true};
    const double x[] = {1.0, 10.0, 2.0, 20.0, NONE, 30.0};
    mutau_report *r = mutau_report_alloc();
    mutau_report_warning(r, "%s", "not \"converged\"");
    mutau_report_object(r, "parameters");
    add_quantity(r, "m", "MeV", 0.1, 0.025, &two);
    mutau_report_group(r);
    add_quantity(r, "g, \"the coupling\"", "", INF, NONE, &limit);
    mutau_report_end(r);
    mutau_report_end(r);
    mutau_report_count(r, "steps", UINT64_MAX);
    mutau_report_bool(r, "converged", false);
    mutau_report_text(r, "none", NULL);
    mutau_report_text(r, "empty", "");
    mutau_report_missing(r, "evidence", "no rungs");
    mutau_report_why(r, "why_null", "no rungs");
    mutau_report_why(r, "why_fine", "");
    mutau_report_list(r, "words");
    mutau_report_text(r, NULL, "a\xc3\xa4\n");
    mutau_report_real(r, NULL, -0.0);
    mutau_report_end(r);
    mutau_report_series(r, "odd", 3, 2, x);
    mutau_report_two(r, "two", -INF, 1e300);
    mutau_report_record(r, "inner", "a b", 1.5, 2.5);
    mutau_report_line(r, "%d rows\n", 7);
    mutau_report_table(r, "parameters", "@|name", "mean||f2|error", "~hpd|95 % HPD region");
    mutau_report_csv(r, "parameters", "@|name", ".unit", "mean", "q/*|q", "~hpd", "/inner/*");
    return r;
}

static void json_has_the_records(void **state)
{
    (void)state;
    mutau_report *r = small_report();
    expect(r, "json", (mutau_report_output){.one_line = true},
           "{\"parameters\":{\"m\":{\"mean\":0.1,\"error\":0.025,\"q\":{\"0.5\":0.1},"
           "\"hpd\":[[0.5,1.25],[2,3e-5]]},\"g, \\\"the coupling\\\"\":{\"mean\":\"inf\","
           "\"error\":null,\"q\":{\"0.5\":\"inf\"},\"hpd\":[[0,7.5e-10]]}},"
           "\"steps\":18446744073709551615,\"converged\":false,\"none\":null,\"empty\":\"\","
           "\"evidence\":null,\"why_null\":\"no rungs\",\"why_fine\":null,"
           "\"words\":[\"a\xc3\xa4\\n\",-0],\"odd\":[1,2,null],\"two\":[\"-inf\",1e300],"
           "\"inner\":{\"a\":1.5,\"b\":2.5}}\n");
    expect(r, "json", (mutau_report_output){.no_rows = true}, "");
    mutau_report_free(r);
}

static void csv_quotes_what_must_be(void **state)
{
    (void)state;
    const char *head = "name,unit,mean,q0.5,hpd,a,b\n";
    const char *rows = "m,MeV,0.1,0.1,0.5..1.25 2..3e-5,1.5,2.5\n"
                       "\"g, \"\"the coupling\"\"\",,inf,inf,0..7.5e-10,1.5,2.5\n";
    char both[512];
    (void)snprintf(both, sizeof both, "%s%s", head, rows);
    mutau_report *r = small_report();
    expect(r, "csv", (mutau_report_output){0}, both);
    expect(r, "csv", (mutau_report_output){.no_head = true}, rows);
    expect(r, "csv", (mutau_report_output){.no_rows = true}, head);
    mutau_report_free(r);
}

static void csv_has_rows_of_numbers(void **state)
{
    (void)state;
    const double x[] = {-0.0, NONE, INF, -INF, 0.1, 1e300, -1.0 / 3.0};
    char *text = NULL;
    size_t size = 0;
    mutau_error err = {0};
    FILE *file = open_memstream(&text, &size);
    assert_non_null(file);
    CHECK_OK(mutau_report_csv_row(file, 7, x, &err), err);
    CHECK_OK(mutau_report_csv_row(file, 1, x + 4, &err), err);
    assert_int_equal(fclose(file), 0);
    assert_string_equal(text, "-0,nan,inf,-inf,0.1,1e300,-0.3333333333333333\n0.1\n");
    free(text);
}

static void text_has_lines_and_tables(void **state)
{
    (void)state;
    mutau_report *r = small_report();
    expect(r, "text", (mutau_report_output){0},
           "WARNING: not \"converged\"\n\n"
           "7 rows\n"
           "  name                        mean  95 % HPD region\n"
           "  m [MeV]            0.10 +- 0.025  [0.5, 1.25] [2, 3e-05]\n"
           "  g, \"the coupling\"            inf  < 7.5e-10 (95 %)\n");
    mutau_report_free(r);
}

/* A number of each kind of cell, for both kinds of table. */
static mutau_report *runs(void)
{
    mutau_report *r = mutau_report_alloc();
    mutau_report_list(r, "runs");
    for (int i = 0; i < 2; i++) {
        mutau_report_object(r, NULL);
        mutau_report_text(r, "file", i == 0 ? "a,b.h5" : "c\033.h5");
        mutau_report_object(r, "best");
        mutau_report_real(r, "m", i == 0 ? 1.23456789 : NONE);
        mutau_report_unit(r, "MeV");
        mutau_report_real(r, i == 0 ? "g" : "h", 1e-20);
        mutau_report_count(r, "n", 12);
        mutau_report_real(r, "never", NONE);
        mutau_report_end(r);
        mutau_report_why(r, "why", i == 0 ? "" : "it was not asked for");
        mutau_report_numbers(r, "file", "best", NULL, "best", "|value");
        mutau_report_numbers(r, "file", "one", "all", ".", "best/m|mass", "best/*|x");
        mutau_report_end(r);
    }
    mutau_report_end(r);
    MUTAU_REPORT_TABLE(r, (.rows = "runs", .across = true, .head = "best of"), "best/*||g3",
                       "best/nothing", "!why|why");
    mutau_report_line(r, "\n");
    MUTAU_REPORT_TABLE(r, (.rows = "runs", .most = 1), "@file", "best/n|number", "!why");
    return r;
}

static void tables_go_across(void **state)
{
    (void)state;
    mutau_report *r = runs();
    expect(r, "text", (mutau_report_output){0},
           "  best of    [1]    [2]\n"
           "  m         1.23      -\n"
           "  g        1e-20      -\n"
           "  n           12     12\n"
           "  h            -  1e-20\n"
           "  why      it was not asked for\n"
           "\n"
           "  file    number\n"
           "  a,b.h5      12\n"
           "  and 1 more\n");
    mutau_report_free(r);
}

static void csv_has_one_number_a_line(void **state)
{
    (void)state;
    mutau_report *r = runs();
    expect(r, "csv", (mutau_report_output){0},
           "file,section,name,key,value\n"
           "\"a,b.h5\",best,m,value,1.23456789\n"
           "\"a,b.h5\",best,g,value,1e-20\n"
           "\"a,b.h5\",best,n,value,12\n"
           "\"a,b.h5\",best,never,value,nan\n"
           "\"a,b.h5\",one,all,mass,1.23456789\n"
           "\"a,b.h5\",one,all,xm,1.23456789\n"
           "\"a,b.h5\",one,all,xg,1e-20\n"
           "\"a,b.h5\",one,all,xn,12\n"
           "\"a,b.h5\",one,all,xnever,nan\n"
           "c\\x1b.h5,best,m,value,nan\n"
           "c\\x1b.h5,best,h,value,1e-20\n"
           "c\\x1b.h5,best,n,value,12\n"
           "c\\x1b.h5,best,never,value,nan\n"
           "c\\x1b.h5,one,all,mass,nan\n"
           "c\\x1b.h5,one,all,xm,nan\n"
           "c\\x1b.h5,one,all,xh,1e-20\n"
           "c\\x1b.h5,one,all,xn,12\n"
           "c\\x1b.h5,one,all,xnever,nan\n");
    mutau_report_free(r);
}

static mutau_report *series(size_t n, const double x[])
{
    mutau_report *r = mutau_report_alloc();
    mutau_report_text(r, "unit", "GeV");
    mutau_report_series(r, "energy", n, 1, x);
    mutau_report_series(r, "flux", n - 1, 1, x);
    mutau_report_table(r, NULL, "@energy|E [GeV]|g6", "flux||e2", "~unit");
    mutau_report_csv(r, NULL, "energy", "flux", "unit");
    return r;
}

static void series_are_columns(void **state)
{
    (void)state;
    const double x[] = {1000.0, 0.125, 2e6};
    mutau_report *r = series(3, x);
    expect(r, "csv", (mutau_report_output){0},
           "energy,flux,unit\n1000,1000,GeV\n0.125,0.125,GeV\n2e6,nan,GeV\n");
    expect(r, "text", (mutau_report_output){0},
           "  E [GeV]      flux  unit\n"
           "     1000  1.00e+03  GeV\n"
           "    0.125  1.25e-01  GeV\n"
           "    2e+06         -  GeV\n");
    mutau_report_free(r);
}

/* 10000 rows at once: a longer table begins anew, with nothing lost. */
static void long_tables_are_several(void **state)
{
    (void)state;
    enum { N = 10001 };
    double *x = calloc(N, sizeof *x);
    assert_non_null(x);
    mutau_report *r = series(N, x);
    char *text = written(r, "text", (mutau_report_output){0});
    size_t n_line = 0, n_head = 0;
    for (const char *line = text; *line != '\0'; line = strchr(line, '\n') + 1, n_line++)
        n_head += strncmp(line, "  E [GeV]", 9) == 0;
    assert_int_equal(n_line, N + 2);
    assert_int_equal(n_head, 2);
    free(text);
    mutau_report_free(r);
    free(x);
}

static mutau_report *wide_report(void)
{
    mutau_report *r = mutau_report_alloc();
    mutau_report_list(r, "rows");
    for (int i = 0; i < 2; i++) {
        mutau_report_object(r, NULL);
        mutau_report_text(r, "name", i == 0 ? "\xce\xb1" : "beta");
        mutau_report_reals(r, "a b c d", 123456.0, 1e-10, -1e-10, 1.0);
        mutau_report_text(r, ".text",
                          "[1," MUTAU_REPORT_BLANK "2] and [3," MUTAU_REPORT_BLANK "4]");
        mutau_report_end(r);
    }
    mutau_report_end(r);
    mutau_report_note(r, "A sentence that is longer than a line of a narrow terminal, and than "
                         "eighty columns, too.\n");
    mutau_report_table(r, "rows", "@name", "a||e9", "b||e9", "c||e9", "d||e9", "~.text|intervals");
    return r;
}

static void text_folds_at_the_width(void **state)
{
    (void)state;
    mutau_report *r = wide_report();
    expect(r, "text", (mutau_report_output){.width = 80},
           "A sentence that is longer than a line of a narrow terminal, and than eighty\n"
           "  columns, too.\n"
           "  name               a               b                c               d\n"
           "  \xce\xb1    1.234560000e+05 1.000000000e-10 -1.000000000e-10 1.000000000e+00\n"
           "  beta 1.234560000e+05 1.000000000e-10 -1.000000000e-10 1.000000000e+00\n"
           "\n"
           "  name  intervals\n"
           "  \xce\xb1     [1, 2] and [3, 4]\n"
           "  beta  [1, 2] and [3, 4]\n");
    expect(r, "text", (mutau_report_output){.width = 40},
           "A sentence that is longer than a line of\n"
           "  a narrow terminal, and than eighty\n"
           "  columns, too.\n"
           "  name               a               b\n"
           "  \xce\xb1    1.234560000e+05 1.000000000e-10\n"
           "  beta 1.234560000e+05 1.000000000e-10\n"
           "\n"
           "  name                c               d\n"
           "  \xce\xb1    -1.000000000e-10 1.000000000e+00\n"
           "  beta -1.000000000e-10 1.000000000e+00\n"
           "\n"
           "  name  intervals\n"
           "  \xce\xb1     [1, 2] and [3, 4]\n"
           "  beta  [1, 2] and [3, 4]\n");
    mutau_report_free(r);
}

/* Errors to two digits of the smaller one, powers of ten, limits, and text that is no markup. */
static mutau_report *paper_report(void)
{
    const mutau_region two = {.n = 2, .lo = {1.0, 2.0}, .hi = {1.06, 3e-5}};
    const mutau_region limits[] = {{.n = 1, .lo = {0.0}, .hi = {7.5e-10}, .at_lo = true},
                                   {.n = 1, .lo = {3.5}, .hi = {20.0}, .at_hi = true},
                                   {.n = 1, .hi = {1.0}, .at_lo = true, .at_hi = true}};
    const double x[][3] = {{5.872, 5.2651, 6.604}, {2.2e-4, 0.7e-4, 3.35e-4},
                           {123456.0, 1e5, 2e5},   {1.5, 1.5, 1.75},
                           {NONE, 0.0, 1.0},       {-12.34, -112.0, 1e3}};
    mutau_report *r = mutau_report_alloc();
    mutau_report_warning(r, "%s", "70 % of it");
    mutau_report_line(r, "for people\n");
    mutau_report_list(r, ".rows");
    for (size_t i = 0; i < sizeof x / sizeof x[0]; i++) {
        mutau_report_object(r, NULL);
        mutau_report_text(r, "symbol", "m_{Z'}");
        mutau_report_text(r, "text", i == 0 ? "a_b & \\$\n" : NULL);
        mutau_report_bounds(r, "value", x[i][0], x[i][1], x[i][2]);
        mutau_report_region(r, "hpd", i < 3 ? &limits[i] : &two, 0.95);
        mutau_report_real(r, "best", i == 0 ? NONE : x[i][0]);
        mutau_report_end(r);
    }
    mutau_report_end(r);
    mutau_report_table(r, ".rows", "text");
    mutau_report_add_table(
        r, &(mutau_report_layout){.rows = ".rows", .paper = true}, 5,
        (const char *const[]){"@symbol|a_1|m", "~text|95 %", "value", "~hpd", "best"});
    return r;
}

static void papers_have_their_tables(void **state)
{
    (void)state;
    mutau_report *r = paper_report();
    expect(r, "markdown", (mutau_report_output){0},
           "> WARNING: 70 % of it\n\n"
           "| a\\_1 | 95 % | value | hpd | best |\n"
           "|---|---|---|---|---|\n"
           "| $m_{Z'}$ | a\\_b & \\\\$\\\\x0a | 5.87 +0.73 −0.61 | < 7.5e-10 (95 %) |  |\n"
           "| $m_{Z'}$ |  | (2.2 +1.1 −1.5)e-4 | > 3.5 (95 %) | 2.2e-4 |\n"
           "| $m_{Z'}$ |  | (1.23 +0.77 −0.23)e5 | unconstrained | 1.235e5 |\n"
           "| $m_{Z'}$ |  | 1.5 | [1, 1.06] ∪ [2, 3e-5] | 1.5 |\n"
           "| $m_{Z'}$ |  |  | [1, 1.06] ∪ [2, 3e-5] |  |\n"
           "| $m_{Z'}$ |  | -12 +1012 −100 | [1, 1.06] ∪ [2, 3e-5] | -12.34 |\n");
    expect(r, "latex", (mutau_report_output){0},
           "% WARNING: 70 % of it\n\n"
           "% needs \\usepackage{booktabs}\n"
           "\\begin{tabular}{lllll}\n  \\toprule\n"
           "  a\\_1 & 95 \\% & value & hpd & best \\\\\n  \\midrule\n"
           "  $m_{Z'}$ & a\\_b \\& /\\$/x0a & $5.87^{+0.73}_{-0.61}$ & "
           "$< 7.5 \\times 10^{-10}$ (95\\,\\%) &  \\\\\n"
           "  $m_{Z'}$ &  & $(2.2^{+1.1}_{-1.5}) \\times 10^{-4}$ & $> 3.5$ (95\\,\\%) & "
           "$2.2 \\times 10^{-4}$ \\\\\n"
           "  $m_{Z'}$ &  & $(1.23^{+0.77}_{-0.23}) \\times 10^{5}$ & unconstrained & "
           "$1.235 \\times 10^{5}$ \\\\\n"
           "  $m_{Z'}$ &  & $1.5$ & $[1, 1.06] \\cup [2, 3 \\times 10^{-5}]$ & $1.5$ \\\\\n"
           "  $m_{Z'}$ &  &  & $[1, 1.06] \\cup [2, 3 \\times 10^{-5}]$ &  \\\\\n"
           "  $m_{Z'}$ &  & $-12^{+1012}_{-100}$ & $[1, 1.06] \\cup [2, 3 \\times 10^{-5}]$ & "
           "$-12.34$ \\\\\n"
           "  \\bottomrule\n\\end{tabular}\n");
    expect(r, "csv", (mutau_report_output){0}, "");
    mutau_report_free(r);
}

static void check_misuse(mutau_report *r)
{
    mutau_error err = {0};
    const mutau_report_output output = {.file = stderr};
    CHECK_STATUS(mutau_report_write(r, mutau_report_find_writer("text"), &output, &err),
                 MUTAU_EUSAGE, err);
    mutau_report_free(r);
}

static void misuse_is_told_at_the_end(void **state)
{
    (void)state;
    mutau_report *r = mutau_report_alloc();
    mutau_report_object(r, "open");
    check_misuse(r);
    r = mutau_report_alloc();
    mutau_report_end(r);
    mutau_report_object(r, "more");
    mutau_report_end(r);
    check_misuse(r);
    static const char *const forms[] = {"x||g", "x||h3", "x||g33", "x||3g"};
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        r = mutau_report_alloc();
        mutau_report_add_table(r, &(mutau_report_layout){.rows = "."}, 1, &forms[i]);
        check_misuse(r);
    }
    assert_null(mutau_report_find_writer("html"));
    assert_ptr_equal(mutau_report_find_writer("text"), mutau_report_writers[0]);
}

/* Each allocation of building and writing fails in turn; every form says so. */
static void without_memory_there_is_an_error(void **state)
{
    (void)state;
    const mutau_report_output usual = {0};
    for (size_t form = 0; mutau_report_writers[form] != NULL; form++) {
        long k = 0;
        for (bool failed = true; failed; k++) {
            char *text = NULL;
            size_t size = 0;
            mutau_error err = {0};
            mutau_report_output output = usual;
            output.file = open_memstream(&text, &size);
            assert_non_null(output.file);
            fail_alloc_after = k;
            mutau_report *r = mutau_report_writers[form]->paper ? paper_report() : small_report();
            const mutau_status status =
                mutau_report_write(r, mutau_report_writers[form], &output, &err);
            failed = fail_alloc_after < 0;
            fail_alloc_after = -1;
            mutau_report_free(r);
            (void)fclose(output.file);
            free(text);
            if (failed)
                CHECK_STATUS(status, MUTAU_ENOMEM, err);
            else
                CHECK_OK(status, err);
        }
        assert_in_range(k, form == 1 ? 3 : 5, 100); /* JSON needs none for itself */
    }
    mutau_report_free(NULL);
}

static void a_full_device_is_told(void **state)
{
    (void)state;
    mutau_report *r = small_report();
    for (size_t form = 0; mutau_report_writers[form] != NULL; form++) {
        mutau_error err = {0};
        mutau_report_output output = {.file = fopen("/dev/full", "w")};
        assert_non_null(output.file);
        (void)setvbuf(output.file, NULL, _IONBF, 0);
        CHECK_STATUS(mutau_report_write(r, mutau_report_writers[form], &output, &err), MUTAU_EIO,
                     err);
        CHECK_STATUS(mutau_report_csv_row(output.file, 1, &INF, &err), MUTAU_EIO, err);
        (void)fclose(output.file);
    }
    mutau_report_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_has_the_records),
        cmocka_unit_test(csv_quotes_what_must_be),
        cmocka_unit_test(csv_has_rows_of_numbers),
        cmocka_unit_test(text_has_lines_and_tables),
        cmocka_unit_test(tables_go_across),
        cmocka_unit_test(csv_has_one_number_a_line),
        cmocka_unit_test(series_are_columns),
        cmocka_unit_test(long_tables_are_several),
        cmocka_unit_test(text_folds_at_the_width),
        cmocka_unit_test(papers_have_their_tables),
        cmocka_unit_test(misuse_is_told_at_the_end),
        cmocka_unit_test(without_memory_there_is_an_error),
        cmocka_unit_test(a_full_device_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
