/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON writer: exact texts, numbers that read back, and every misuse. */
#include "check.h"
#include "base/json.h"
#include "base/number.h"

#include <float.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

typedef struct sink {
    mutau_json json;
    FILE *stream;
    char *text;
    size_t size;
    mutau_error err;
} sink;

static void sink_open(sink *out, bool pretty)
{
    memset(out, 0, sizeof *out);
    out->stream = open_memstream(&out->text, &out->size);
    assert_non_null(out->stream);
    mutau_json_init(&out->json, out->stream, pretty);
}

static void sink_close(sink *out)
{
    (void)fclose(out->stream);
    free(out->text);
}

static void expect_text(sink *out, const char *want)
{
    CHECK_OK(mutau_json_finish(&out->json, &out->err), out->err);
    assert_string_equal(out->text, want);
    sink_close(out);
}

static void expect_misuse(sink *out, const char *what)
{
    CHECK_STATUS(mutau_json_finish(&out->json, &out->err), MUTAU_EUSAGE, out->err);
    if (strstr(out->err.text, what) == NULL)
        fail_msg("'%s' does not say '%s'", out->err.text, what);
    sink_close(out);
}

static void write_sample(mutau_json *json)
{
    mutau_json_object_begin(json);
    mutau_json_key(json, "q");
    mutau_json_object_begin(json);
    mutau_json_key(json, "0.025");
    mutau_json_real(json, -4.5);
    mutau_json_object_end(json);
    mutau_json_key(json, "hpd");
    mutau_json_array_begin(json);
    mutau_json_reals(json, 2, (const double[]){0.5, 1.25});
    mutau_json_reals(json, 2, (const double[]){2, 3});
    mutau_json_array_end(json);
    mutau_json_key(json, "bins");
    mutau_json_array_begin(json);
    for (int i = 0; i < 2; i++) {
        mutau_json_object_begin(json);
        mutau_json_key(json, "i");
        mutau_json_count(json, (uint64_t)i);
        mutau_json_object_end(json);
    }
    mutau_json_array_end(json);
    mutau_json_key(json, "none");
    mutau_json_array_begin(json);
    mutau_json_array_end(json);
    mutau_json_key(json, "empty");
    mutau_json_object_begin(json);
    mutau_json_object_end(json);
    mutau_json_key(json, "flags");
    mutau_json_array_begin(json);
    mutau_json_bool(json, true);
    mutau_json_bool(json, false);
    mutau_json_null(json);
    mutau_json_array_end(json);
    mutau_json_object_end(json);
}

static void compact_text_is_exact(void **state)
{
    (void)state;
    sink out;
    sink_open(&out, false);
    write_sample(&out.json);
    expect_text(&out, "{\"q\":{\"0.025\":-4.5},\"hpd\":[[0.5,1.25],[2,3]],\"bins\":[{\"i\":0},"
                      "{\"i\":1}],\"none\":[],\"empty\":{},\"flags\":[true,false,null]}\n");
}

static void pretty_text_is_exact(void **state)
{
    (void)state;
    sink out;
    sink_open(&out, true);
    write_sample(&out.json);
    expect_text(&out, "{\n"
                      "  \"q\": {\n"
                      "    \"0.025\": -4.5\n"
                      "  },\n"
                      "  \"hpd\": [[0.5, 1.25], [2, 3]],\n"
                      "  \"bins\": [\n"
                      "    {\n"
                      "      \"i\": 0\n"
                      "    },\n"
                      "    {\n"
                      "      \"i\": 1\n"
                      "    }\n"
                      "  ],\n"
                      "  \"none\": [],\n"
                      "  \"empty\": {},\n"
                      "  \"flags\": [true, false, null]\n"
                      "}\n");
}

static void scalars_stand_alone(void **state)
{
    (void)state;
    sink out;
    sink_open(&out, true);
    mutau_json_count(&out.json, UINT64_MAX);
    expect_text(&out, "18446744073709551615\n");
    sink_open(&out, false);
    mutau_json_string(&out.json, NULL);
    expect_text(&out, "null\n");
}

static void strings_are_escaped(void **state)
{
    (void)state;
    sink out;
    sink_open(&out, false);
    mutau_json_object_begin(&out.json);
    mutau_json_key(&out.json, "a\"b");
    mutau_json_string(&out.json, "\\g'\n\t\r\x01\x7f \xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    mutau_json_object_end(&out.json);
    expect_text(&out, "{\"a\\\"b\":\"\\\\g'\\n\\t\\u000d\\u0001\\u007f \xc3\xa9 \xe2\x82\xac "
                      "\xf0\x9f\x98\x80\"}\n");
}

static void bytes_that_are_not_utf8_are_replaced(void **state)
{
    (void)state;
    /* a lone continuation, a cut sequence, overlong forms, a surrogate, > U+10FFFF */
    static const struct {
        const char *text, *json;
    } rows[] = {
        {"a\x80z", "\"a\\ufffdz\"\n"},
        {"a\xe2\x82", "\"a\\ufffd\\ufffd\"\n"},
        {"\xc0\xaf", "\"\\ufffd\\ufffd\"\n"},
        {"\xe0\x9f\xbf", "\"\\ufffd\\ufffd\\ufffd\"\n"},
        {"\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"\n"},
        {"\xf0\x8f\xbf\xbf", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n"},
        {"\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"\n"},
        {"\xff", "\"\\ufffd\"\n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sink out;
        sink_open(&out, false);
        mutau_json_string(&out.json, rows[i].text);
        expect_text(&out, rows[i].json);
    }
}

static void special_reals(void **state)
{
    (void)state;
    sink out;
    sink_open(&out, false);
    mutau_json_reals(
        &out.json, 6,
        (const double[]){(double)INFINITY, -(double)INFINITY, (double)NAN, 0.1, -0.0, 1e300});
    expect_text(&out, "[\"inf\",\"-inf\",null,0.1,-0,1e300]\n");
}

static void check_reads_back(double x)
{
    char text[MUTAU_NUMBER_SIZE];
    mutau_number_write(x, text);
    const double back = strtod(text, NULL);
    if (memcmp(&back, &x, sizeof x) != 0)
        fail_msg("%.17g written as '%s'", x, text);
}

static void reals_read_back(void **state)
{
    (void)state;
    static const double edge[] = {
        DBL_MIN,         DBL_MAX, -DBL_MAX,  DBL_EPSILON, 5e-324, 1.0 / 3.0,
        2.385e-18 / 7.0, 1e15,    -2.5e-310, 0.0,         -0.0,   123456789012345678.0};
    for (size_t i = 0; i < sizeof edge / sizeof edge[0]; i++)
        check_reads_back(edge[i]);
    double x = 0.4711e-9;
    for (int i = 0; i < 2000; i++, x *= -1.0234567891234)
        check_reads_back(x);
}

/* A decimal comma; passes unseen where the machine has no such locale (cmocka 1.1 calls
 * a skipped test "not ok" in TAP). */
static void the_locale_does_not_matter(void **state)
{
    (void)state;
    static const char *const names[] = {"de_DE.UTF-8", "fr_FR.UTF-8", "de_DE", "fr_FR"};
    const char *set = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && set == NULL; i++)
        set = setlocale(LC_NUMERIC, names[i]);
    if (set == NULL)
        return;
    char text[MUTAU_NUMBER_SIZE];
    mutau_number_write(-2.5e-3, text);
    (void)setlocale(LC_NUMERIC, "C");
    assert_string_equal(text, "-0.0025");
}

static void value_without_key(mutau_json *json)
{
    mutau_json_object_begin(json);
    mutau_json_count(json, 1);
}

static void key_in_array(mutau_json *json)
{
    mutau_json_array_begin(json);
    mutau_json_key(json, "k");
}

static void key_at_top(mutau_json *json)
{
    mutau_json_key(json, "k");
}

static void two_keys(mutau_json *json)
{
    mutau_json_object_begin(json);
    mutau_json_key(json, "k");
    mutau_json_key(json, "l");
}

static void key_then_end(mutau_json *json)
{
    mutau_json_object_begin(json);
    mutau_json_key(json, "k");
    mutau_json_object_end(json);
}

static void wrong_end(mutau_json *json)
{
    mutau_json_object_begin(json);
    mutau_json_array_end(json);
    mutau_json_object_end(json);
}

static void end_at_top(mutau_json *json)
{
    mutau_json_array_begin(json);
    mutau_json_array_end(json);
    mutau_json_object_end(json);
}

static void two_values(mutau_json *json)
{
    mutau_json_null(json);
    mutau_json_array_begin(json);
}

static void unfinished(mutau_json *json)
{
    mutau_json_array_begin(json);
    mutau_json_string(json, "x");
}

static void nothing(mutau_json *json)
{
    (void)json;
}

static void too_deep(mutau_json *json)
{
    for (size_t i = 0; i < MUTAU_JSON_DEPTH + 1; i++)
        mutau_json_array_begin(json);
}

static void misuse_is_reported(void **state)
{
    (void)state;
    static const struct {
        void (*write)(mutau_json *json);
        const char *what;
    } rows[] = {
        {value_without_key, "value without a key"},
        {key_in_array, "key outside"},
        {key_at_top, "key outside"},
        {two_keys, "key without a value"},
        {key_then_end, "key without a value"},
        {wrong_end, "array's end"},
        {end_at_top, "object's end"},
        {two_values, "second value"},
        {unfinished, "incomplete"},
        {nothing, "incomplete"},
        {too_deep, "too many levels"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        sink out;
        sink_open(&out, i % 2 == 0);
        rows[i].write(&out.json);
        expect_misuse(&out, rows[i].what);
    }
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    FILE *full = fopen("/dev/full", "w");
    if (full == NULL)
        return;
    mutau_error err = {0};
    mutau_json json;
    mutau_json_init(&json, full, false);
    mutau_json_bool(&json, true);
    CHECK_STATUS(mutau_json_finish(&json, &err), MUTAU_EIO, err);
    (void)fclose(full);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compact_text_is_exact),
        cmocka_unit_test(pretty_text_is_exact),
        cmocka_unit_test(scalars_stand_alone),
        cmocka_unit_test(strings_are_escaped),
        cmocka_unit_test(bytes_that_are_not_utf8_are_replaced),
        cmocka_unit_test(special_reals),
        cmocka_unit_test(reals_read_back),
        cmocka_unit_test(the_locale_does_not_matter),
        cmocka_unit_test(misuse_is_reported),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
