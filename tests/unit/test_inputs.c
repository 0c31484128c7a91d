/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The list of input files: its text and back, its digests, what differs in words. */
#include "check.h"
#include "fail_alloc.h"
#include "store/chain.h"
#include "store/inputs.h"

#include <stdlib.h>
#include <string.h>

static const char *const names[] = {"e_lo_gev", "e2phi"};
static const size_t rows[] = {2, 3};

static mutau_status fill(mutau_inputs *list, mutau_error *err)
{
    static const double points[] = {1e4, 1.6e-8, 21544.35, (double)NAN};
    static const double curve[] = {0.1, 1.0 / 3.0, 20.0, 1e-300};
    static const char *const columns[] = {"m_mev", "y"};
    mutau_input *item = NULL;
    *list = (mutau_inputs){.bytes = "b0"};
    MUTAU_CHECK(mutau_inputs_add(list, MUTAU_INPUT_DATASET, "own", "cascades", &item, err));
    item->origin = MUTAU_INPUT_OWN;
    MUTAU_CHECK(mutau_input_add_file(item, "/a/own.yaml", err));
    MUTAU_CHECK(mutau_input_add_file(item, "/a/b\n\xff\033\xc3\xa9.csv", err));
    MUTAU_CHECK(mutau_input_set_table(item, 2, names, 2, rows, points, err));
    MUTAU_CHECK(mutau_inputs_add(list, MUTAU_INPUT_TERM, "na64", "na64_yield.csv", &item, err));
    item->origin = MUTAU_INPUT_REPLACED;
    MUTAU_CHECK(mutau_input_add_file(item, "/a/na64_yield.csv", err));
    return mutau_input_set_table(item, 2, columns, 2, rows, curve, err);
}

static mutau_inputs make(void)
{
    mutau_error err = {0};
    mutau_inputs list;
    CHECK_OK(fill(&list, &err), err);
    return list;
}

static char *text_of(const mutau_inputs *list)
{
    mutau_error err = {0};
    char *text = NULL;
    CHECK_OK(mutau_inputs_write(list, &text, &err), err);
    return text;
}

/* The digests are those of Python's hashlib:
 *   sha256(b"data set\nown\ncascades\nrow,e_lo_gev,e2phi\n2,10000,1.6e-8\n3,21544.35,\n\n")
 *   sha256(b"term\nna64\nna64_yield.csv\nrow,m_mev,y\n2,0.1,0.3333333333333333\n3,20,1e-300\n\n")
 *   and of the two hexadecimal digests one after the other. */
static const char DIGEST_OWN[] = "01d82a46b63d60749fd1612ca17b0982d0918e8d2e6dc630ba1c383c85dbb2df";
static const char DIGEST_NA64[] =
    "7894693384d1e911c32e038133eb960b022245e5d4c134fbc2f9a242a2541748";
static const char DIGEST_BOTH[] =
    "adeeb71f5cfe813af26666bd5facb21adec251acfa0c628cf588d3f2e7e97ac2";

static void a_list_is_a_text_and_back(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_inputs list = make(), again;
    char *text = text_of(&list), *echo, digest[MUTAU_SHA256_HEX_SIZE];
    char want[2048];
    (void)snprintf(want, sizeof want,
                   "mutau-inputs-1\nbytes: b0\n\n"
                   "data set: own\nchannel: cascades\norigin: own\nfile: /a/own.yaml\n"
                   "file: /a/b???\xc3\xa9.csv\ndigest: %s\n"
                   "row,e_lo_gev,e2phi\n2,10000,1.6e-8\n3,21544.35,\n\n"
                   "term: na64\ntable: na64_yield.csv\norigin: replaced\nfile: /a/na64_yield.csv\n"
                   "digest: %s\nrow,m_mev,y\n2,0.1,0.3333333333333333\n3,20,1e-300\n",
                   DIGEST_OWN, DIGEST_NA64);
    assert_string_equal(text, want);
    CHECK_OK(mutau_inputs_read(text, &again, &err), err);
    echo = text_of(&again);
    assert_string_equal(echo, text);
    assert_int_equal(again.n, 2);
    assert_int_equal(again.items[1].origin, MUTAU_INPUT_REPLACED);
    assert_null(again.items[1].files[1]);
    mutau_inputs_digest(&again, digest);
    assert_string_equal(digest, DIGEST_BOTH);
    free(echo);
    free(text);
    mutau_inputs_release(&again);
    CHECK_STATUS(mutau_input_add_file(&list.items[0], "/third", &err), MUTAU_EUSAGE, err);
    mutau_inputs_release(&list);
    /* None at all. */
    text = text_of(&list);
    CHECK_OK(mutau_inputs_read(text, &again, &err), err);
    assert_int_equal(again.n, 0);
    free(text);
}

static void replace(const char *text, const char *from, const char *to, size_t size, char changed[])
{
    const char *at = strstr(text, from);
    assert_non_null(at);
    memcpy(changed, text, (size_t)(at - text));
    (void)snprintf(changed + (at - text), size - (size_t)(at - text), "%s%s", to,
                   at + strlen(from));
}

/* Every text that is cut or has a changed byte is read or refused, without a fault in memory, and
 * what is read is printable. */
static void damaged_texts_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *want;
    } cases[] = {
        {"mutau-inputs-1", "mutau-inputs-9", "is of a format that is not known"},
        {"bytes: b0", "octets: b0", "lacks 'bytes'"},
        {"data set: own", "data sets: own", "lacks 'term'"},
        {"channel: cascades", "table: cascades", "lacks 'channel'"},
        {"origin: own", "origin: owl", "has an unknown origin"},
        {"digest: ", "digest: 00", "has a digest of the wrong length"},
        {"1.6e-8", "1.7e-8", "does not fit its digests"},
        {"own.yaml", "own\033.yam", "has characters that cannot be printed"},
        {"own.yaml", "own\xff.yam", "has characters that cannot be printed"},
        {"row,e_lo", "now,e_lo", "has an input without numbers"},
    };
    mutau_inputs list = make(), read;
    char *text = NULL;
    mutau_error write_err = {0};
    CHECK_OK(mutau_inputs_write(&list, &text, &write_err), write_err);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char changed[2048];
        mutau_error err = {0};
        replace(text, cases[i].from, cases[i].to, sizeof changed, changed);
        CHECK_STATUS(mutau_inputs_read(changed, &read, &err), MUTAU_EDATA, err);
        if (strstr(err.text, cases[i].want) == NULL)
            fail_msg("'%s' does not say '%s'", err.text, cases[i].want);
        assert_int_equal(read.n, 0);
    }
    for (size_t n = strlen(text); n > 0; n--) {
        mutau_error err = {0};
        text[n - 1] = '\0';
        if (mutau_inputs_read(text, &read, &err) == MUTAU_OK)
            assert_true(read.n < 2); /* the second input was cut off as a whole */
        mutau_inputs_release(&read);
    }
    free(text);
    mutau_inputs_release(&list);
}

static void differences_are_in_words(void **state)
{
    (void)state;
    static const double points[] = {1e4, 1.7e-8, 21544.35, (double)NAN, 5e4, 1e-8};
    static const double filled[] = {1e4, 1.6e-8, 21544.35, 2e-9};
    static const size_t three[] = {2, 3, 4}, others[] = {2, 4};
    static const char *const other_names[] = {"e_lo_gev", "flux"};
    mutau_error err = {0};
    mutau_inputs a = make(), b = make();
    char text[MUTAU_DIFFERENCE_SIZE];
    mutau_inputs_difference(&a, &b, "A", "B", text);
    assert_string_equal(text, "");
    CHECK_OK(mutau_input_set_table(&b.items[0], 2, names, 2, rows, points, &err), err);
    mutau_inputs_difference(&a, &b, "A", "B", text);
    assert_string_equal(text, "data set 'own', row 2: e2phi is 1.6e-8 in A, 1.7e-8 in B");
    CHECK_OK(mutau_input_set_table(&b.items[0], 2, names, 2, rows, filled, &err), err);
    mutau_inputs_difference(&a, &b, "A", "B", text);
    assert_string_equal(text, "data set 'own', row 3: e2phi is nothing in A, 2e-9 in B");
    CHECK_OK(mutau_input_set_table(&b.items[0], 2, names, 3, three, points, &err), err);
    mutau_inputs_difference(&a, &b, "A", "B", text);
    assert_string_equal(text,
                        "data set 'own': 2 rows in A, 3 in B; the first that differs is row 2");
    CHECK_OK(mutau_input_set_table(&b.items[0], 2, names, 2, others, points, &err), err);
    mutau_inputs_difference(&b, &a, "B", "A", text);
    assert_string_equal(text, "data set 'own', row 2: e2phi is 1.7e-8 in B, 1.6e-8 in A");
    CHECK_OK(mutau_input_set_table(&b.items[0], 2, other_names, 2, rows, points, &err), err);
    mutau_inputs_difference(&a, &b, "A", "B", text);
    assert_string_equal(text, "data set 'own': other columns in A than in B");
    mutau_inputs_release(&b);
    b = make();
    (void)snprintf(b.items[1].detail, 5, "g2.c");
    CHECK_OK(mutau_input_set_table(&b.items[1], 2, names, 2, rows, points, &err), err);
    mutau_inputs_difference(&a, &b, "A", "B", text);
    assert_string_equal(text, "table na64_yield.csv of the term 'na64' is not an input of B");
    b.items[0].detail[0] = 'C';
    CHECK_OK(mutau_input_set_table(&b.items[0], 2, names, 2, rows, points, &err), err);
    mutau_inputs_difference(&a, &b, "A", "B", text);
    assert_string_equal(text, "data set 'own': its channel is cascades in A, Cascades in B");
    a.n = 0;
    mutau_inputs_difference(&a, &b, "A", "B", text);
    assert_string_equal(text, "data set 'own' is not an input of A");
    a.n = 2;
    mutau_inputs_release(&a);
    mutau_inputs_release(&b);
}

/* Chains with a list are compared by their numbers, others by the bytes of the files. */
static void chains_are_compared_by_what_they_keep(void **state)
{
    (void)state;
    mutau_inputs list = make();
    mutau_error err = {0};
    char *text = text_of(&list), *changed, words[MUTAU_DIFFERENCE_SIZE];
    static const double points[] = {1e4, 1.7e-8, 21544.35, (double)NAN};
    CHECK_OK(mutau_input_set_table(&list.items[0], 2, names, 2, rows, points, &err), err);
    (void)snprintf(list.bytes, sizeof list.bytes, "b1");
    changed = text_of(&list);
    const struct {
        mutau_chain_info a, b;
        const char *want;
    } cases[] = {
        {{.data_hash = "n", .inputs = text}, {.data_hash = "n", .inputs = changed}, ""},
        {{.data_hash = "n", .inputs = text},
         {.data_hash = "m", .inputs = changed},
         "data set 'own', row 2: e2phi is 1.6e-8 in A, 1.7e-8 in B"},
        {{.data_hash = "n", .inputs = text},
         {.data_hash = "m", .inputs = text},
         "the digests of the data differ"},
        {{.data_hash = "b0", .inputs = ""}, {.data_hash = "n", .inputs = text}, ""},
        {{.data_hash = "n", .inputs = text}, {.data_hash = "b0", .inputs = NULL}, ""},
        {{.data_hash = "b0", .inputs = ""},
         {.data_hash = "n", .inputs = changed},
         "the numbers are not kept in A, which an older mutau made"},
        {{.data_hash = "n", .inputs = changed},
         {.data_hash = "b0", .inputs = ""},
         "the numbers are not kept in B, which an older mutau made"},
        {{.data_hash = "b0"}, {.data_hash = "b0"}, ""},
        {{.data_hash = "b0"}, {.data_hash = "b1"}, "not kept in A"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK_OK(mutau_chain_inputs_difference(&cases[i].a, &cases[i].b, "A", "B", words, &err),
                 err);
        if ((cases[i].want[0] == '\0') != (words[0] == '\0') ||
            strstr(words, cases[i].want) == NULL)
            fail_msg("case %zu: '%s'", i, words);
    }
    const mutau_chain_info good = {.data_hash = "n", .inputs = text};
    const mutau_chain_info bad = {.data_hash = "m", .inputs = "mutau-inputs-2\n"};
    CHECK_STATUS(mutau_chain_inputs_difference(&good, &bad, "A", "B", words, &err), MUTAU_EDATA,
                 err);
    free(text);
    free(changed);
    mutau_inputs_release(&list);
}

static void each_failed_allocation_is_reported(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_inputs list;
    mutau_status status = MUTAU_ENOMEM;
    long n = 0;
    for (; status != MUTAU_OK; n++) {
        fail_alloc_after = n;
        status = fill(&list, &err);
        fail_alloc_after = -1;
        if (status != MUTAU_OK) {
            CHECK_STATUS(status, MUTAU_ENOMEM, err);
            mutau_inputs_release(&list);
        }
    }
    assert_true(n > 10);
    char *text = NULL;
    CHECK_EACH_ALLOC(mutau_inputs_write(&list, &text, &err), text, n, err);
    mutau_inputs_release(&list);
    CHECK_EACH_ALLOC(mutau_inputs_read(text, &list, &err), list.items, n, err);
    assert_true(n > 10);
    free(text);
    mutau_inputs_release(&list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_list_is_a_text_and_back),
        cmocka_unit_test(damaged_texts_are_refused),
        cmocka_unit_test(differences_are_in_words),
        cmocka_unit_test(chains_are_compared_by_what_they_keep),
        cmocka_unit_test(each_failed_allocation_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
