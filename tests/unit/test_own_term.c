/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Terms of a user's own: the likelihoods of a limit and a band against closed forms, the run file's
 * forms and echo, what is refused and where, and the table among the inputs.
 *
 * Closed forms by mpmath, 30 digits: z of erf(z/sqrt 2) = cl, and the quantile of share p of a
 * normal in g'^2 that is cut at 0, g'^2 = c^2 + s^2 P^-1(P(-c^2/s^2) + p (1 - P(-c^2/s^2))). */
#include "check.h"
#include "fail_alloc.h"

#include <gsl/gsl_errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "posterior/bare_evidence.h"
#include "posterior/run_settings.h"
#include "posterior/term_limit.h"

enum { PATH = 4096 };

#define RISING "# own\nm_mev,g_limit\n1,3e-4\n100,3e-3\n"
#define BAND "m_mev,g_lo,g_hi\n1,2e-4,4e-4\n100,2e-3,4e-3\n"

/* A folder with the files a.csv and b.csv; b may be NULL. */
typedef struct folder {
    char name[64];
} folder;

static void write_file(const folder *f, const char *file, const char *text)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/%s", f->name, file);
    FILE *out = fopen(path, "w");
    assert_non_null(out);
    (void)fputs(text, out);
    (void)fclose(out);
}

static folder make_folder(const char *a, const char *b)
{
    folder f = {.name = "/tmp/mutau-own-XXXXXX"};
    assert_non_null(mkdtemp(f.name));
    write_file(&f, "a.csv", a);
    if (b != NULL)
        write_file(&f, "b.csv", b);
    return f;
}

static void remove_file(const folder *f, const char *file)
{
    char path[PATH];
    (void)snprintf(path, sizeof path, "%s/%s", f->name, file);
    (void)unlink(path);
}

static void remove_folder(const folder *f)
{
    static const char *const files[] = {"a.csv", "b.csv", "borexino_limit.csv", "t.yaml"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        remove_file(f, files[i]);
    (void)rmdir(f->name);
}

#define HEAD                                                                                       \
    "model: {cross_section: paper, targets: cold, solver: line}\n"                                 \
    "parameters: {m_zprime: {prior: log-uniform, min: 1, max: 100}}\n"                             \
    "likelihood: {kind: none}\n"

static mutau_status parse_in(const folder *f, const char *terms, const char *kept,
                             mutau_run_settings **s, mutau_error *err)
{
    char text[2048];
    (void)snprintf(text, sizeof text, HEAD "terms: {%s}\n", terms);
    return mutau_run_settings_parse_kept("t.yaml", text, f->name, kept, 0, NULL, s, err);
}

static mutau_run_settings *parse(const folder *f, const char *terms)
{
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    CHECK_OK(parse_in(f, terms, NULL, &s, &err), err);
    return s;
}

static double lnl(const mutau_run_settings *s, size_t i, double m, double g)
{
    double point[MUTAU_MAX_PARAMETERS];
    for (size_t k = 0; k < s->set.n; k++)
        point[k] = (double)NAN; /* no term of one's own looks at more */
    point[s->places.mass] = m;
    point[s->places.coupling] = g;
    return mutau_run_settings_term_lnl(s, i, point);
}

/* ---- likelihoods ---- */

static void a_limit_is_a_gaussian_or_no_event(void **state)
{
    (void)state;
    static const struct {
        const char *option;
        double at, at_double; /* ln L at the limit, and at twice that */
    } cases[] = {
        {"", -1.35277172704770728353651613619, -21.6443476327633165365842581791},
        {", cl: 0.5", -0.22746821155978637597125832349, -3.63949138495658201554013317584},
        {", cl: 0.68", -0.494473240739011535664939955708, -7.91157185182418457063903929132},
        {", cl: 0.95, rule: gaussian", -1.92072941034706297918068771868,
         -30.7316705655530076668910034989},
        {", rule: poisson-zero", -2.30258509299404568401799145468,
         -9.21034037197618273607196581874},
        {", cl: 0.95, rule: poisson-zero", -2.99573227355399099343522357614,
         -11.9829290942159639737408943046},
    };
    const folder f = make_folder(RISING, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char terms[128];
        (void)snprintf(terms, sizeof terms, "x: {limit: a.csv%s}", cases[i].option);
        mutau_run_settings *s = parse(&f, terms);
        CHECK_REL(lnl(s, 0, 1.0, 3e-4), cases[i].at, 1e-12);
        CHECK_REL(lnl(s, 0, 100.0, 6e-3), cases[i].at_double, 1e-12);
        /* rows are joined by a power law, here the root */
        CHECK_REL(lnl(s, 0, 10.0, 9.48683298050513799599668063330e-4), cases[i].at, 1e-12);
        CHECK_ABS(lnl(s, 0, 7.0, 0.0), 0.0, 0.0);
        assert_true(isnan(lnl(s, 0, 7.0, (double)NAN)));
        /* beyond the table its end */
        CHECK_REL(lnl(s, 0, 0.5, 3e-4), cases[i].at, 1e-12);
        mutau_run_settings_free(s);
    }
    remove_folder(&f);
}

static void a_band_is_a_gaussian(void **state)
{
    (void)state;
    const folder f = make_folder(BAND, NULL);
    mutau_run_settings *s = parse(&f, "x: {band: a.csv}");
    /* at its ends -1/2, at c = sqrt((hi^2 + lo^2)/2) the maximum, without a boson (5/3)^2/2 */
    CHECK_REL(lnl(s, 0, 1.0, 2e-4), -0.5, 1e-12);
    CHECK_REL(lnl(s, 0, 100.0, 4e-3), -0.5, 1e-12);
    CHECK_REL(lnl(s, 0, 10.0, 6.32455532033675866399778708887e-4), -0.5, 1e-12);
    CHECK_ABS(lnl(s, 0, 1.0, 3.16227766016837933199889354443e-4), 0.0, 1e-24);
    CHECK_REL(lnl(s, 0, 31.0, 0.0), -25.0 / 18.0, 1e-12);
    mutau_run_settings_free(s);
    remove_folder(&f);
}

/* ---- what `limits` makes of them ---- */

static void limits_are_given_back(void **state)
{
    (void)state;
    static const struct {
        const char *option;
        double cl, want; /* over the table's */
    } cases[] = {
        {"", 0.90, 1.0},
        {"", 0.95, 1.091592183327701674525912},          /* sqrt(z95/z90) */
        {", cl: 0.5", 0.90, 1.561622117042160452616117}, /* sqrt(z90/z50) */
        {", rule: poisson-zero", 0.90, 1.0},
        {", rule: poisson-zero", 0.95, 1.14062701864543836}, /* sqrt(ln 20/ln 10) */
        {", cl: 0.68, rule: poisson-zero", 0.68, 1.0},
    };
    const folder f = make_folder(RISING, NULL);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char terms[128];
        double g, none;
        mutau_error err = {0}, why = {0};
        (void)snprintf(terms, sizeof terms, "x: {limit: a.csv%s}", cases[i].option);
        mutau_run_settings *s = parse(&f, terms);
        CHECK_OK(
            mutau_term_limit(s, &s->terms[0], 100.0, cases[i].cl, false, &g, &none, &why, &err),
            err);
        CHECK_REL(g, 3e-3 * cases[i].want, 1e-8);
        CHECK_OK(
            mutau_term_limit(s, &s->terms[0], 101.0, cases[i].cl, false, &g, &none, &why, &err),
            err);
        assert_true(isnan(g));
        assert_string_equal(why.text, "beyond the inputs of x, 1 to 100 MeV");
        mutau_run_settings_free(s);
    }
    remove_folder(&f);
}

static void a_band_is_given_back_but_for_its_cut_at_zero(void **state)
{
    (void)state;
    const folder f = make_folder(BAND, NULL);
    double lower, upper;
    mutau_error err = {0}, why = {0};
    mutau_run_settings *s = parse(&f, "x: {band: a.csv}");
    assert_non_null(s->terms[0].type->band);
    CHECK_OK(mutau_term_limit(s, &s->terms[0], 1.0, 0.90, false, &lower, &upper, &why, &err), err);
    CHECK_REL(lower, 0.000422559313430151713, 1e-8);
    CHECK_OK(mutau_term_limit(s, &s->terms[0], 1.0, 0.90, true, &lower, &upper, &why, &err), err);
    CHECK_REL(lower, 0.000146653760095853945, 1e-8);
    CHECK_REL(upper, 0.000447335056796543204, 1e-8);
    mutau_run_settings_free(s);
    remove_folder(&f);
}

/* Rows of hi/lo from 2 to 4 say other things without a boson: their mean over the prior of the
 * mass, int_0^1 exp(-1/2 ((4 4^t + 1)/(4 4^t - 1))^2) dt. */
static void without_a_boson_a_band_is_averaged(void **state)
{
    (void)state;
    const folder f =
        make_folder("m,lo,hi\n1,2e-4,4e-4\n100,2e-3,8e-3\n", "m,g\n1,1e-3\n100,1e-3\n");
    static const struct {
        const char *terms;
        double want, error;
    } cases[] = {{"x: {band: a.csv}, y: {limit: b.csv}", -0.865214985454344257691, 1e-6},
                 {"y: {limit: b.csv}", 0.0, 1e-9}};
    for (size_t i = 0; i < 2; i++) {
        mutau_bare_evidence z = {(double)NAN, (double)NAN};
        mutau_error err = {0};
        mutau_run_settings *s = parse(&f, cases[i].terms);
        CHECK_OK(mutau_bare_evidence_compute(s, &z, &err), err);
        CHECK_ABS(z.ln_z, cases[i].want, cases[i].error);
        assert_true(z.error >= 0.0 && z.error < 1e-5);
        mutau_run_settings_free(s);
    }
    remove_folder(&f);
}

/* ---- the run file ---- */

static void forms_echo_and_order(void **state)
{
    (void)state;
    const folder f = make_folder(RISING, BAND);
    mutau_error err = {0};
    char *text = NULL, *text_again = NULL;
    mutau_run_settings *again = NULL,
                       *s =
                           parse(&f, "zz: {limit: a.csv, rule: poisson-zero}, Mine: {band: b.csv}, "
                                     "na64-2026: {limit: a.csv, cl: 0.95}, na64: on");
    static const char *const names[] = {"na64", "Mine", "na64-2026", "zz"};
    assert_int_equal(s->n_term, 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(s->terms[i].type->name, names[i]);
    CHECK_OK(mutau_run_settings_emit(s, &text, &err), err);
    if (strstr(text, "  Mine: {band: b.csv}\n"
                     "  na64-2026: {limit: a.csv, cl: 0.95, rule: gaussian}\n"
                     "  zz: {limit: a.csv, cl: 0.9, rule: poisson-zero}\n") == NULL)
        fail_msg("%s", text);
    CHECK_OK(mutau_run_settings_parse("t.yaml", text, f.name, &again, &err), err);
    CHECK_OK(mutau_run_settings_emit(again, &text_again, &err), err);
    assert_string_equal(text, text_again);
    free(text);
    free(text_again);
    mutau_run_settings_free(s);
    mutau_run_settings_free(again);
    remove_folder(&f);
}

/* What stands for a column in other tables: mutau's own, and the output of `mutau limits`. */
static void other_names_of_columns(void **state)
{
    (void)state;
    static const char *const limits[] = {"m,g\n1,3e-4\n100,3e-3\n",
                                         "ref,m_zprime,x,g_prime\na,1,7,3e-4\nb,100,,3e-3\n"};
    static const char *const bands[] = {"m,lo,hi\n1,2e-4,4e-4\n100,2e-3,4e-3\n",
                                        "m_zprime,hi,g_lo\n1,4e-4,2e-4\n100,4e-3,2e-3\n"};
    for (size_t i = 0; i < 2; i++) {
        const folder f = make_folder(limits[i], bands[i]);
        mutau_run_settings *s = parse(&f, "a: {limit: a.csv}, b: {band: b.csv}");
        CHECK_REL(lnl(s, 0, 100.0, 3e-3), -1.35277172704770728353651613619, 1e-12);
        CHECK_REL(lnl(s, 1, 100.0, 4e-3), -0.5, 1e-12);
        /* but in the chain they are called the same */
        assert_int_equal(strncmp(s->inputs.items[0].table, "row,m_mev,g_limit\n", 18), 0);
        assert_int_equal(strncmp(s->inputs.items[1].table, "row,m_mev,g_lo,g_hi\n", 20), 0);
        mutau_run_settings_free(s);
        remove_folder(&f);
    }
}

static void check_refused(const folder *f, const char *terms, mutau_status status, const char *why)
{
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    CHECK_STATUS(parse_in(f, terms, NULL, &s, &err), status, err);
    assert_null(s);
    if (strstr(err.text, why) == NULL)
        fail_msg("{%s}: '%s' does not say '%s'", terms, err.text, why);
    if (strchr(err.text, '\n') != NULL)
        fail_msg("{%s}: more than a line", terms);
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *terms, *why;
    } bad[] = {
        {"x: {limit: a.csv, cl: 0}", "terms.x.cl: 0 is out of range: from 1e-6 to 0.999999"},
        {"x: {limit: a.csv, cl: 1}", "terms.x.cl: 1 is out of range"},
        {"x: {limit: a.csv, cl: 90}", "terms.x.cl: 90 is out of range"},
        {"x: {limit: a.csv, cl: .nan}", "terms.x.cl: "},
        {"x: {limit: a.csv, rule: poisson}", "'poisson' is not one of gaussian, poisson-zero"},
        {"x: {limit: a.csv, clx: 0.9}", "unknown key; did you mean 'cl'? known: limit, cl, rule"},
        {"x: {band: b.csv, cl: 0.9}", "terms.x.cl: unknown key; known: band"},
        {"x: {limit: a.csv, band: b.csv}",
         "terms.x.band: a term has one table: give 'limit' or 'band'"},
        {"x: {cl: 0.9}", "terms.x: unknown key"},
        {"x: {cl: 0.9}", "a term of your own needs 'limit: FILE' or 'band: FILE'"},
        {"x: a.csv", "a term of your own needs 'limit: FILE' or 'band: FILE'"},
        {"x: on", "a term of your own needs"},
        {"x: off", "a term of your own needs"},
        {"na46: {exposure: 1e11}", "unknown key; did you mean 'na64'?"},
        {"na64: {limit: a.csv}", "terms.na64: is the name of a term that came with mutau"},
        {"flux: {limit: a.csv}", "lnl_flux"},
        {"2x: {limit: a.csv}", "a term's name is made of letters"},
        {"'a,b': {limit: a.csv}", "a term's name is made of letters"},
        {"a23456789a23456789a23456789a23456789a2345678: {limit: a.csv}", "at most 43 bytes"},
        {"x: {limit: }", "terms.x.limit: expected a text"},
        {"x: {limit: ''}", "terms.x: limit is empty"},
        {"x: {limit: [1, 2]}", "terms.x.limit: expected a text"},
    };
    const folder f = make_folder(RISING, BAND);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_refused(&f, bad[i].terms, MUTAU_ECONFIG, bad[i].why);
    char many[1024] = "";
    for (size_t i = 0; i < 17; i++)
        (void)snprintf(many + strlen(many), sizeof many - strlen(many), "x%zu: {limit: a.csv}, ",
                       i);
    check_refused(&f, many, MUTAU_ECONFIG, "more than 16 terms");
    (void)snprintf(many + strlen("x0: {limit: a.csv}, ") * 10, 32, "kaon: on, na64: on");
    (void)snprintf(many + strlen(many), sizeof many - strlen(many),
                   ", y0: {limit: a.csv}, y1: {limit: a.csv}, y2: {limit: a.csv}, "
                   "y3: {limit: a.csv}, y4: {limit: a.csv}");
    check_refused(&f, many, MUTAU_ECONFIG, "more than 16 terms");
    remove_folder(&f);
}

static void tables_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *terms, *text, *why;
    } bad[] = {
        {"x: {limit: a.csv}", "m,g\n1,1e-3\n1,2e-3\n",
         "a.csv:3:1: table of the term 'x', row 2, m: 1 MeV must be above 1 MeV, the mass of the "
         "row before"},
        {"x: {limit: a.csv}", "m,g\n20,1e-3\n1,2e-3\n", "row 2, m: 1 MeV must be above 20 MeV"},
        {"x: {limit: a.csv}", "m,g\n0,1e-3\n100,2e-3\n", "row 1, m: 0 MeV must be above 0"},
        {"x: {limit: a.csv}", "m,g\n1,1e-3\n100,0\n",
         "a.csv:3:5: table of the term 'x', row 2, g: 0 must be above 0"},
        {"x: {limit: a.csv}", "m,g\n1,-1e-3\n100,1\n", "row 1, g: -0.001 must be above 0"},
        {"x: {limit: a.csv}", "m,g\n1,1e-3\n100,nan\n", "a.csv:3:5: column 'g': 'nan' is not"},
        {"x: {limit: a.csv}", "m,g\n1,1e-3\n100,\n", "a.csv:3:5: column 'g'"},
        {"x: {limit: a.csv}", "m,g\n1,1e-3\n", "a.csv: a table needs at least 2 rows, not 1"},
        {"x: {limit: a.csv}", "m,g\n", "a.csv"},
        {"x: {limit: a.csv}", "", "no header line"},
        {"x: {limit: a.csv}", "1,1e-3\n100,2e-3\n",
         "no column 'm_mev'; there are: 1, 1e-3; the term 'x' takes for 'm_mev' also m, m_zprime"},
        {"x: {limit: a.csv}", "m_GeV,g\n1,1e-3\n100,2e-3\n", "no column 'm_mev'"},
        {"x: {limit: a.csv}", "m,G\n1,1e-3\n100,2e-3\n", "also g, g_prime"},
        {"x: {band: a.csv}", "m,lo,hi\n1,2e-3,3e-3\n100,2e-3,2e-3\n",
         "a.csv:3:10: table of the term 'x', row 2, hi: 0.002 must be above 0.002, where the band "
         "begins"},
        {"x: {band: a.csv}", "m,lo,hi\n1,0,3e-3\n100,2e-3,2e-3\n",
         "a.csv:2:3: table of the term 'x', row 1, lo: 0 must be above 0"},
        {"x: {band: a.csv}", "m,lo\n1,1e-3\n100,1e-3\n", "no column 'g_hi'"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const folder f = make_folder(bad[i].text, NULL);
        check_refused(&f, bad[i].terms, MUTAU_EDATA, bad[i].why);
        remove_folder(&f);
    }
    const folder f = make_folder("m,g\n2,1e-3\n50,1e-3\n", NULL);
    check_refused(&f, "x: {limit: a.csv}", MUTAU_ECONFIG,
                  "parameters.m_zprime: the prior from 1 to 100 MeV reaches beyond the inputs of "
                  "the term 'x', 2 to 50 MeV");
    char want[PATH];
    (void)snprintf(want, sizeof want, "terms.x.limit: %s/none.csv: cannot be opened", f.name);
    check_refused(&f, "x: {limit: none.csv}", MUTAU_EIO, want);
    char *big = malloc(1100000);
    assert_non_null(big);
    memset(big, '#', 1099999);
    big[1099999] = '\0';
    write_file(&f, "a.csv", big);
    free(big);
    check_refused(&f, "x: {limit: a.csv}", MUTAU_EDATA,
                  "a.csv: longer than the limit of 1048576 bytes");
    check_refused(&f, "x: {limit: /none/at/all.csv}", MUTAU_EIO,
                  "terms.x.limit: /none/at/all.csv:");
    remove_folder(&f);
}

/* ---- its table ---- */

static void its_table_is_an_input(void **state)
{
    (void)state;
    const folder f = make_folder(RISING, NULL);
    char want[PATH], terms[PATH], difference[MUTAU_DIFFERENCE_SIZE];
    write_file(&f, "borexino_limit.csv", RISING);
    mutau_run_settings *s = parse(&f, "x: {limit: a.csv}, y: {limit: borexino_limit.csv}");
    assert_int_equal(s->inputs.n, 2);
    assert_int_equal(s->inputs.items[0].kind, MUTAU_INPUT_TERM);
    assert_int_equal(s->inputs.items[0].origin, MUTAU_INPUT_OWN);
    assert_int_equal(s->inputs.items[1].origin, MUTAU_INPUT_REPLACED);
    assert_string_equal(s->inputs.items[0].name, "x");
    assert_string_equal(s->inputs.items[0].table, "row,m_mev,g_limit\n1,1,0.0003\n2,100,0.003\n");
    assert_int_equal(s->n_note, 2);
    (void)snprintf(want, sizeof want, "using %s/a.csv (table of the term 'x')", f.name);
    assert_string_equal(s->notes[0], want);
    (void)snprintf(want, sizeof want,
                   "using %s/borexino_limit.csv (table of the term 'y', in place of the shipped "
                   "one)",
                   f.name);
    assert_string_equal(s->notes[1], want);
    /* by a path of its own, another number, and a shipped one, of which nothing is said */
    write_file(&f, "a.csv", "m,g\n1,3e-4\n100,3.1e-3\n");
    (void)snprintf(terms, sizeof terms, "x: {limit: %s/a.csv}, y: {limit: charm_ii_limit.csv}",
                   f.name);
    mutau_run_settings *other = parse(&f, terms);
    assert_int_equal(other->n_note, 1);
    assert_int_equal(other->inputs.items[1].origin, MUTAU_INPUT_SHIPPED);
    CHECK_REL(lnl(other, 0, 100.0, 3.1e-3), -1.35277172704770728353651613619, 1e-12);
    mutau_run_settings_free(other);
    other = parse(&f, "x: {limit: a.csv}, y: {limit: borexino_limit.csv}");
    mutau_inputs_difference(&s->inputs, &other->inputs, "A", "B", difference);
    assert_string_equal(difference, "table a.csv of the term 'x', row 2: g_limit is 0.003 in A, "
                                    "0.0031 in B");
    mutau_run_settings_free(other);
    mutau_run_settings_free(s);
    remove_folder(&f);
}

/* What a chain keeps stands for a file that has gone or changed. */
static void a_kept_table_needs_no_file(void **state)
{
    (void)state;
    static const char terms[] = "x: {limit: a.csv}, y: {band: b.csv}";
    const folder f = make_folder(RISING, BAND);
    char *kept = NULL;
    mutau_error err = {0};
    mutau_run_settings *s = parse(&f, terms);
    CHECK_OK(mutau_inputs_write(&s->inputs, &kept, &err), err);
    mutau_run_settings_free(s);
    write_file(&f, "a.csv", "m,g\n1,3\n100,3\n");
    remove_file(&f, "b.csv");
    s = NULL;
    CHECK_OK(parse_in(&f, terms, kept, &s, &err), err);
    CHECK_REL(lnl(s, 0, 100.0, 3e-3), -1.35277172704770728353651613619, 1e-12);
    CHECK_REL(lnl(s, 1, 100.0, 4e-3), -0.5, 1e-12);
    mutau_run_settings_free(s);
    s = NULL;
    CHECK_STATUS(parse_in(&f, terms, "no list", &s, &err), MUTAU_EDATA, err);
    assert_null(s);
    free(kept);
    remove_folder(&f);
}

static void a_mass_in_gev_gives_a_warning(void **state)
{
    (void)state;
    const folder f = make_folder("m,g\n1e-3,1e-4\n100,2e-4\n", NULL);
    mutau_run_settings *s = parse(&f, "x: {limit: a.csv}");
    assert_int_equal(s->n_warning, 1);
    assert_non_null(strstr(s->warnings[0], "a.csv:2:1: table of the term 'x', row 1, m: 0.001 MeV "
                                           "is below 0.01"));
    mutau_run_settings_free(s);
    remove_folder(&f);
}

/* ---- what --set overrules ---- */

static void set_overrules(void **state)
{
    (void)state;
    static const struct {
        const char *set;
        size_t n_term;
        const char *echo;
    } cases[] = {
        {"terms.x=off", 1, "terms:\n  na64: "},
        {"terms.x.cl=0.95", 2, "x: {limit: a.csv, cl: 0.95, rule: poisson-zero}"},
        {"terms.x.band=b.csv", 2, "x: {band: b.csv}"},
        {"terms.x={band: b.csv}", 2, "x: {band: b.csv}"},
        {"terms.y={limit: a.csv}", 3, "  y: {limit: a.csv, cl: 0.9, rule: gaussian}"},
    };
    const folder f = make_folder(RISING, BAND);
    char path[PATH];
    write_file(&f, "t.yaml",
               HEAD "terms: {na64: on, x: {limit: a.csv, cl: 0.9, rule: poisson-zero}}\n");
    (void)snprintf(path, sizeof path, "%s/t.yaml", f.name);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_run_settings *s = NULL;
        mutau_error err = {0};
        char *text = NULL;
        CHECK_OK(mutau_run_settings_read(path, 1, &cases[i].set, &s, &err), err);
        assert_int_equal(s->n_term, cases[i].n_term);
        CHECK_OK(mutau_run_settings_emit(s, &text, &err), err);
        if (strstr(text, cases[i].echo) == NULL)
            fail_msg("%s: no '%s' in '%s'", cases[i].set, cases[i].echo, text);
        free(text);
        mutau_run_settings_free(s);
    }
    static const char *const typo[] = {"terms.z=off"}, *const scalar[] = {
                                                           "model.mediator={scalar: mu}"};
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    CHECK_STATUS(mutau_run_settings_read(path, 1, typo, &s, &err), MUTAU_ECONFIG, err);
    CHECK_OK(mutau_run_settings_read(path, 1, scalar, &s, &err), err);
    assert_int_equal(s->n_term, 0);
    mutau_run_settings_free(s);
    remove_folder(&f);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    const folder f = make_folder(RISING, BAND);
    mutau_run_settings *s = NULL;
    mutau_error err = {0};
    long count = 0;
    CHECK_EACH_ALLOC(parse_in(&f, "x: {limit: a.csv}, y: {band: b.csv}", NULL, &s, &err), s, count,
                     err);
    assert_in_range(count, 60, 100000);
    mutau_run_settings_free(s);
    remove_folder(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_limit_is_a_gaussian_or_no_event),
        cmocka_unit_test(a_band_is_a_gaussian),
        cmocka_unit_test(limits_are_given_back),
        cmocka_unit_test(a_band_is_given_back_but_for_its_cut_at_zero),
        cmocka_unit_test(without_a_boson_a_band_is_averaged),
        cmocka_unit_test(forms_echo_and_order),
        cmocka_unit_test(other_names_of_columns),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(tables_are_refused),
        cmocka_unit_test(its_table_is_an_input),
        cmocka_unit_test(a_kept_table_needs_no_file),
        cmocka_unit_test(a_mass_in_gev_gives_a_warning),
        cmocka_unit_test(set_overrules),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    (void)gsl_set_error_handler_off();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
