/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Configuration documents: what is read, what is refused and where, --set,
 * option tables, and the echo. */
#include "check.h"
#include "store/config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static mutau_config *parse(const char *text)
{
    mutau_error err = {0};
    mutau_config *config = NULL;
    CHECK_OK(mutau_config_parse_text("t.yaml", text, strlen(text), 0, NULL, &config, &err), err);
    return config;
}

static void check_refused(const char *text, size_t size, const char *want)
{
    mutau_error err = {0};
    mutau_config *config = NULL;
    CHECK_STATUS(mutau_config_parse_text("t.yaml", text, size, 0, NULL, &config, &err),
                 MUTAU_ECONFIG, err);
    assert_null(config);
    if (strstr(err.text, want) != err.text)
        fail_msg("got '%s', want '%s...'", err.text, want);
    assert_null(strchr(err.text, '\n'));
}

static void the_tree_is_what_was_written(void **state)
{
    (void)state;
    mutau_config *config = parse("# comment\na: 1e-5\nb: [x, 'y', {c: d}]\n\"q\": 'yes'\n");
    mutau_node *root = mutau_config_root(config);
    assert_int_equal(mutau_node_what(root), MUTAU_NODE_MAPPING);
    assert_int_equal(mutau_node_count(root), 3);
    assert_string_equal(mutau_node_key(root, 2), "q");
    const mutau_node *list = mutau_node_child(root, "b");
    assert_int_equal(mutau_node_what(list), MUTAU_NODE_SEQUENCE);
    assert_int_equal(mutau_node_count(list), 3);
    assert_string_equal(mutau_node_text(mutau_node_at(list, 1)), "y");
    assert_string_equal(mutau_node_text(list), "");
    assert_string_equal(mutau_node_text(mutau_node_child(mutau_node_at(list, 2), "c")), "d");
    assert_null(mutau_node_child(root, "absent"));
    assert_null(mutau_node_child(list, "a"));
    assert_true(mutau_node_is_number(mutau_node_child(root, "a")));
    assert_false(mutau_node_is_number(mutau_node_child(root, "q")));
    mutau_config_free(config);
    mutau_config_free(NULL);
}

static void anchors_are_expanded(void **state)
{
    (void)state;
    mutau_config *config = parse("a: &x {n: 1}\nb: *x\nc: [*x, &y 2, *y]\nd: &x 3\ne: *x\n");
    char *text = NULL;
    mutau_error err = {0};
    CHECK_OK(mutau_config_emit(config, &text, &err), err);
    assert_string_equal(text, "a: {n: 1}\nb: {n: 1}\nc: [{n: 1}, 2, 2]\nd: 3\ne: 3\n");
    free(text);
    mutau_config_free(config);
}

static void bad_documents_are_refused_where_they_are_bad(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } table[] = {
        {"", "t.yaml:1:1: the file is empty"},
        {"# nothing\n", "t.yaml:1:1: nothing in it"},
        {"- a\n- b\n", "t.yaml:1:1: expected lines of 'key: value', not a list"},
        {"just text\n", "t.yaml:1:1: expected lines of 'key: value', not 'just text'"},
        {"a: 1\nb: 2\na: 3\n", "t.yaml:3:1: duplicate key 'a', first given on line 1"},
        {"x: {k: 1, k: 2}\n", "t.yaml:1:11: duplicate key 'k'"},
        {"a: !!int 3\n", "t.yaml:1:4: tags (!...) are not allowed"},
        {"a: ! b\n", "t.yaml:1:4: tags"},
        {"a: !foo {b: 1}\n", "t.yaml:1:4: tags"},
        {"a: !!seq [b]\n", "t.yaml:1:4: tags"},
        {"!!str a: b\n", "t.yaml:1:1: tags"},
        {"a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document is not allowed"},
        {"a: 1\n...\n---\nb: 2\n", "t.yaml:3:1: a second document"},
        {"a: &x 1\nb:\n  <<: *x\n", "t.yaml:3:3: merge keys (<<) are not supported"},
        {"a: *none\n", "t.yaml:1:4: no anchor '&none'"},
        {"a: &x [1, *x]\n", "t.yaml:1:11: alias '*x' stands inside its own anchor"},
        {"a: &x 1\n*x : 2\n", "t.yaml:2:1: a key cannot be an alias"},
        {"&x a: 1\n", "t.yaml:1:1: an anchor on a key"},
        {"? [a, b]\n: 1\n", "t.yaml:1:3: a key must be a text"},
        {"? {a: b}\n: 1\n", "t.yaml:1:3: a key must be a text"},
        {"a: [1, 2\nb: 3\n", "t.yaml:2:2: not valid YAML: "},
        {"a: 1\n b: 2\n", "t.yaml:2:3: not valid YAML: "},
        {"a: \"open\n", "t.yaml:2:1: not valid YAML: "},
        {"a:\n\t- b\n", "t.yaml:2:1: not valid YAML: "},
        {"a: @b\n", "t.yaml:1:4: not valid YAML: "},
        {"a: \"b\\0c\"\n", "t.yaml:1:4: a zero byte in a text"},
        {"\"b\\0c\": 1\n", "t.yaml:1:1: a zero byte in a key"},
        {"a: caf\xe9\n", "t.yaml:1:7: byte 0xe9 is not UTF-8 text"},
        {"\xff\xfe"
         "a\n",
         "t.yaml:1:1: byte 0xff is not UTF-8 text"},
        {"a: \xc0\xaf\n", "t.yaml:1:4: byte 0xc0"},
        {"a: \xed\xa0\x80\n", "t.yaml:1:4: byte 0xed"},
        {"a: \xf4\x90\x80\x80\n", "t.yaml:1:4: byte 0xf4"},
        {"a: \xe2\x82", "t.yaml:1:4: byte 0xe2"},
        {"a: \xe2\x82(", "t.yaml:1:4: byte 0xe2"},
        {"a: 1\nb: \x01\n", "t.yaml:2:4: control character 0x01"},
        {"a: \x7f\n", "t.yaml:1:4: control character 0x7f"},
        {"a: \xc2\x80\n", "t.yaml:1:4: control character 0x80"},
        {"a: \xef\xbf\xbe\n", "t.yaml:1:4: control character 0xbe"},
        {"a: [1", "t.yaml:1:6: not valid YAML: "},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        check_refused(table[i].text, strlen(table[i].text), table[i].want);
    check_refused("a: 1\nb\0c: 2\n", 12, "t.yaml:2:2: control character 0x00");
    check_refused("\x7f"
                  "ELF\2\1\1\0\0",
                  9, "t.yaml:1:1: control character 0x7f");
}

static void limits_hold(void **state)
{
    (void)state;
    /* Ten levels of ten aliases: 10^10 values. */
    char bomb[2048] = "a: &l0 [x, x, x, x, x, x, x, x, x, x]\n";
    for (int level = 1; level < 10; level++) {
        char line[160];
        (void)snprintf(line, sizeof line, "b%d: &l%d [*l%d", level, level, level - 1);
        strcat(bomb, line);
        for (int i = 1; i < 10; i++) {
            (void)snprintf(line, sizeof line, ", *l%d", level - 1);
            strcat(bomb, line);
        }
        strcat(bomb, "]\n");
    }
    check_refused(bomb, strlen(bomb), "t.yaml:5:10: more than 20000 values, aliases expanded");

    char deep[256] = "a: ";
    memset(deep + 3, '[', 100);
    check_refused(deep, strlen(deep), "t.yaml:1:35: nested deeper than 32 levels");
    (void)snprintf(deep, sizeof deep,
                   "a: &x [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]\n"
                   "b: [[[[[[[[[[[[*x]]]]]]]]]]]]\n");
    check_refused(deep, strlen(deep), "t.yaml:2:16: nested deeper than 32 levels");

    const size_t size = MUTAU_CONFIG_MAX_BYTES + 1;
    char *large = malloc(size);
    assert_non_null(large);
    memset(large, '#', size);
    check_refused(large, size, "t.yaml:1:1: larger than 1048576 bytes");
    /* As much as is allowed, and nothing but brackets, is refused at once. */
    memset(large, '[', size);
    memcpy(large, "a: ", 3);
    check_refused(large, size - 1, "t.yaml:1:35: nested deeper");
    free(large);

    char *wide = malloc(60100);
    assert_non_null(wide);
    (void)snprintf(wide, 60100, "a:\n");
    for (size_t i = 0; i < 20000; i++)
        memcpy(wide + 3 + 3 * i, "- \n", 3);
    check_refused(wide, 60003, "t.yaml:20000:2: more than 20000 values");
    free(wide);

    char many[8192] = "";
    for (int i = 0; i < 300; i++) {
        char line[32];
        (void)snprintf(line, sizeof line, "a%d: &a%d 1\n", i, i);
        strcat(many, line);
    }
    check_refused(many, strlen(many), "t.yaml:257:");
}

static void assign(const char *text, const char *assignment, const char *want)
{
    mutau_error err = {0};
    mutau_config *config = NULL;
    char *out = NULL;
    CHECK_OK(mutau_config_parse_text("t.yaml", text, strlen(text), 1, &assignment, &config, &err),
             err);
    CHECK_OK(mutau_config_emit(config, &out, &err), err);
    assert_string_equal(out, want);
    free(out);
    mutau_config_free(config);
}

static void assignments_replace_and_add(void **state)
{
    (void)state;
    assign("a: {b: 1}\n", "a.b=2", "a: {b: 2}\n");
    assign("a: {b: 1}\n", "a.c-d=x", "a: {b: 1, c-d: x}\n");
    assign("a: 1\n", "b.c.d=2", "a: 1\nb:\n  c: {d: 2}\n");
    assign("terms: {g-2: wp2020}\n", "terms.g-2=bmw2021", "terms: {g-2: bmw2021}\n");
    assign("terms: {g-2: wp2020}\n", "terms.g-2=off", "terms: {g-2: off}\n");
    assign("terms: {g-2: wp2020}\n", "terms={}", "terms: {}\n");
    assign("m: {mediator: x}\n", "m.mediator={scalar: mu}", "m:\n  mediator: {scalar: mu}\n");
    assign("a: off\n", "a.b=1", "a: {b: 1}\n");
    assign("a: [1, 2]\n", "a=[3]", "a: [3]\n");
    assign("a: 1\n", "a=b=c", "a: b=c\n");
    assign("a: 1\n", "a=", "a: null\n");
    assign("a: 1\n", "b=&x {c: 1}", "a: 1\nb: {c: 1}\n");
}

static void bad_assignments_are_located(void **state)
{
    (void)state;
    static const struct {
        const char *assignment, *want;
    } table[] = {
        {"a", "--set:1:1: 'a' has no '=': KEY.KEY=VALUE is needed"},
        {"=1", "--set:1:1: an empty key"},
        {"a..b=1", "--set:1:3: an empty key"},
        {"a.b=[1", "--set:1:7: not valid YAML: "},
        {"a.b={c: 1, c: 2}", "--set:1:12: duplicate key 'c'"},
        {"a.b=!x 1", "--set:1:5: tags"},
        {"list.0=1", "--set:1:1: 'list' is a list: set it as a whole"},
        {"a=\xff", "--set:1:3: byte 0xff"},
        {"a=1\n---\n2", "--set:2:1: a second document"},
        {"x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x.x=1",
         "--set:1:63: nested deeper than 32 levels"},
    };
    const char *text = "a: {b: 1}\nlist: [1]\n";
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        mutau_error err = {0};
        mutau_config *config = NULL;
        CHECK_STATUS(mutau_config_parse_text("t.yaml", text, strlen(text), 1, &table[i].assignment,
                                             &config, &err),
                     MUTAU_ECONFIG, err);
        if (strstr(err.text, table[i].want) != err.text)
            fail_msg("got '%s', want '%s...'", err.text, table[i].want);
        assert_null(config);
    }
}

static void long_documents_are_emitted(void **state)
{
    (void)state;
    char source[40000] = "", line[64];
    for (int i = 0; i < 500; i++) {
        (void)snprintf(line, sizeof line, "key%d: [%d, {text: the quick brown fox}]\n", i, i);
        strcat(source, line);
    }
    mutau_error err = {0};
    mutau_config *config = parse(source);
    char *text = NULL;
    CHECK_OK(mutau_config_emit(config, &text, &err), err);
    assert_string_equal(text, source);
    free(text);
    mutau_config_free(config);
}

typedef struct settings {
    double mass, free_real;
    long steps;
    bool flag;
    int colour, maybe;
    char label[MUTAU_OPTION_TEXT_SIZE];
    double needed;
} settings;

static const char *const colours[] = {"red", "green", "dark-blue", NULL};

static const mutau_option table[] = {
    {.key = "mass",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(settings, mass),
     .min = 0.5,
     .max = 20.0,
     .def = 6.5,
     .unit = "MeV"},
    {.key = "free_real",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(settings, free_real),
     .min = 0.0,
     .max = (double)INFINITY,
     .def = (double)NAN},
    {.key = "steps",
     .type = MUTAU_OPTION_INTEGER,
     .offset = offsetof(settings, steps),
     .min = 1,
     .max = 4294967295.0,
     .def = 50000},
    {.key = "flag", .type = MUTAU_OPTION_BOOL, .offset = offsetof(settings, flag), .def = 1.0},
    {.key = "colour",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(settings, colour),
     .choices = colours,
     .def = 1},
    {.key = "maybe",
     .type = MUTAU_OPTION_CHOICE,
     .offset = offsetof(settings, maybe),
     .choices = colours,
     .def = -1},
    {.key = "label",
     .type = MUTAU_OPTION_TEXT,
     .offset = offsetof(settings, label),
     .def_text = "none given"},
    {.key = "needed",
     .type = MUTAU_OPTION_REAL,
     .offset = offsetof(settings, needed),
     .min = -(double)INFINITY,
     .max = 0.0,
     .required = true},
};
enum { N_OPTION = sizeof table / sizeof table[0] };

static const char *const others[] = {"extra", NULL};

static void tables_fill_settings_and_complete_the_tree(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_config *config = parse("needed: -1.50\nextra: [1]\nsteps: 1e3\ncolour: 'dark-blue'\n");
    settings s;
    CHECK_OK(mutau_config_read(mutau_config_root(config), table, N_OPTION, others, &s, &err), err);
    CHECK_ABS(s.mass, 6.5, 0.0);
    assert_true(isnan(s.free_real));
    assert_int_equal(s.steps, 1000);
    assert_true(s.flag);
    assert_int_equal(s.colour, 2);
    assert_int_equal(s.maybe, -1);
    assert_string_equal(s.label, "none given");
    CHECK_ABS(s.needed, -1.5, 0.0);
    char *text = NULL;
    CHECK_OK(mutau_config_emit(config, &text, &err), err);
    assert_string_equal(text, "mass: 6.5\nsteps: 1000\nflag: true\ncolour: dark-blue\n"
                              "label: none given\nneeded: -1.5\nextra: [1]\n");
    free(text);
    mutau_config_free(config);

    config =
        parse("{needed: 0, mass: 0.5, free_real: 1e3, flag: False, maybe: red, label: 'a: b'}");
    CHECK_OK(mutau_config_read(mutau_config_root(config), table, N_OPTION, NULL, &s, &err), err);
    CHECK_ABS(s.mass, 0.5, 0.0);
    CHECK_ABS(s.free_real, 1000.0, 0.0);
    assert_false(s.flag);
    assert_int_equal(s.maybe, 0);
    assert_string_equal(s.label, "a: b");
    mutau_config_free(config);

    mutau_option_defaults(table, N_OPTION, &s);
    CHECK_ABS(s.mass, 6.5, 0.0);
    assert_true(isnan(s.free_real) && isnan(s.needed));
    assert_int_equal(s.steps, 50000);
    assert_int_equal(s.maybe, -1);
}

static void bad_values_are_refused_with_their_path(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = {
        {"mass: ten", "t.yaml:1:7: mass: expected a number, not 'ten'"},
        {"mass: '7'", "t.yaml:1:7: mass: expected a number, not the quoted text '7'"},
        {"mass: [7]", "t.yaml:1:7: mass: expected a number, not a list"},
        {"mass: {a: 7}", "t.yaml:1:7: mass: expected a number, not a mapping"},
        {"mass:", "t.yaml:1:6: mass: expected a number, not nothing"},
        {"mass: .nan", "t.yaml:1:7: mass: expected a number, not .nan"},
        {"mass: nan", "t.yaml:1:7: mass: expected a number, not 'nan'"},
        {"mass: .inf", "t.yaml:1:7: mass: .inf is out of range: from 0.5 to 20 MeV"},
        {"mass: 1e999", "t.yaml:1:7: mass: 1e999 is too large for a number"},
        {"mass: 0.4", "t.yaml:1:7: mass: 0.4 is out of range: from 0.5 to 20 MeV"},
        {"mass: 1,5", "t.yaml:1:7: mass: expected a number, not '1,5'"},
        {"free_real: -1", "t.yaml:1:12: free_real: -1 is out of range: at least 0"},
        {"free_real: .inf", "t.yaml:1:12: free_real: .inf is out of range"},
        {"needed: 1", "t.yaml:1:9: needed: 1 is out of range: at most 0"},
        {"steps: 1.5", "t.yaml:1:8: steps: expected a whole number, not '1.5'"},
        {"steps: 0", "t.yaml:1:8: steps: 0 is out of range: from 1 to 4294967295"},
        {"steps: 4294967296", "t.yaml:1:8: steps: 4294967296 is out of range"},
        {"steps: .inf", "t.yaml:1:8: steps: expected a whole number, not '.inf'"},
        {"flag: maybe", "t.yaml:1:7: flag: expected true or false, not 'maybe'"},
        {"flag: 'true'", "t.yaml:1:7: flag: expected true or false, not the quoted text 'true'"},
        {"colour: blue", "t.yaml:1:9: colour: 'blue' is not one of red, green, dark-blue"},
        {"colour: gren",
         "t.yaml:1:9: colour: 'gren' is not one of red, green, dark-blue; did you mean 'green'?"},
        {"colour: [red]", "t.yaml:1:9: colour: a list is not one of"},
        {"label: [a]", "t.yaml:1:8: label: expected a text, not a list"},
        {"label: ~", "t.yaml:1:8: label: expected a text, not nothing"},
        {"mas: 1", "t.yaml:1:1: mas: unknown key; did you mean 'mass'? known: mass, free_real, "},
        {"a:\n  b: 1", "t.yaml:1:1: a: unknown key; known: mass"},
        {"mass: 1", "t.yaml:1:1: needs the key 'needed'"},
        {"mass: \"a\\nb\\x1b\"",
         "t.yaml:1:7: mass: expected a number, not the quoted text 'a\\x0ab\\x1b'"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        mutau_error err = {0};
        settings s;
        mutau_config *config = parse(rows[i].text);
        CHECK_STATUS(mutau_config_read(mutau_config_root(config), table, N_OPTION, NULL, &s, &err),
                     MUTAU_ECONFIG, err);
        if (strstr(err.text, rows[i].want) != err.text)
            fail_msg("got '%s', want '%s...'", err.text, rows[i].want);
        mutau_config_free(config);
    }
}

static void missing_choices_are_listed(void **state)
{
    (void)state;
    static const char *const only[] = {"paper", NULL};
    static const mutau_option required[] = {
        {.key = "colour", .type = MUTAU_OPTION_CHOICE, .choices = colours, .required = true}};
    mutau_error err = {0};
    int choice = 0;
    mutau_config *config = parse("b: papr\n");
    mutau_node *root = mutau_config_root(config);
    CHECK_STATUS(mutau_node_choice(mutau_node_child(root, "b"), only, &choice, &err), MUTAU_ECONFIG,
                 err);
    assert_string_equal(err.text, "t.yaml:1:4: b: 'papr' is not known here: only paper is; did you "
                                  "mean 'paper'?");
    mutau_node_remove(root, "b");
    CHECK_STATUS(mutau_config_read(root, required, 1, NULL, &choice, &err), MUTAU_ECONFIG, err);
    assert_string_equal(err.text,
                        "t.yaml:1:1: needs the key 'colour' (one of red, green, dark-blue)");
    mutau_config_free(config);
}

static void long_names_and_texts_are_cut(void **state)
{
    (void)state;
    mutau_error err = {0};
    settings s;
    char text[4096] = "label: ";
    memset(text + 7, 'x', 300);
    mutau_config *config = parse(text);
    CHECK_STATUS(mutau_config_read(mutau_config_root(config), table, N_OPTION, NULL, &s, &err),
                 MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "longer than 255 bytes"));
    mutau_config_free(config);
    memset(text, 'k', 1000);
    (void)snprintf(text + 1000, 8, ": 1");
    config = parse(text);
    CHECK_STATUS(mutau_config_read(mutau_config_root(config), table, N_OPTION, NULL, &s, &err),
                 MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "unknown key"));
    mutau_config_free(config);
    (void)snprintf(text, sizeof text, "mass: x");
    for (size_t i = 0; i < 200; i++)
        strcat(text, "\xc3\xa9");
    config = parse(text);
    CHECK_STATUS(mutau_config_read(mutau_config_root(config), table, N_OPTION, NULL, &s, &err),
                 MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, "\xc3\xa9...'"));
    assert_true(strlen(err.text) < 120);
    mutau_config_free(config);
}

/* The words of before stay, and beside a key of --set mean what they mean alone. */
static void shorthands_are_spelt_out_beside_assignments(void **state)
{
    (void)state;
    static const char text[] = "a: w\nb: w\nc: w\nd: w\ne:\nf: {x: 1}\n";
    static const char *const assignments[] = {"a.x=1", "b.k=1", "c.x.y=1", "e.x=1", "f.y=1"};
    static const char *const want[] = {
        "a: {x: 1, k: w}\n", "b: {k: 1}\n", "c:\n  x: {y: 1}\n  k: w\n",
        "d: {k: w}\n",       "e: {x: 1}\n", "f: {x: 1, y: 1}\n"};
    mutau_error err = {0};
    mutau_config *config = NULL;
    char *out = NULL, all[256] = "";
    CHECK_OK(mutau_config_parse_text("t.yaml", text, strlen(text), 5, assignments, &config, &err),
             err);
    mutau_node *root = mutau_config_root(config);
    assert_string_equal(mutau_node_text(mutau_node_former(mutau_node_at(root, 0))), "w");
    assert_null(mutau_node_former(mutau_node_at(root, 3)));
    assert_null(mutau_node_former(mutau_node_at(root, 4))); /* nothing */
    for (size_t i = 0; i < mutau_node_count(root); i++) {
        CHECK_OK(mutau_node_spell_out(mutau_node_at(root, i), "k", &err), err);
        (void)strcat(all, want[i]);
    }
    CHECK_OK(mutau_config_emit(config, &out, &err), err);
    assert_string_equal(out, all);
    free(out);
    /* Once: what is taken out afterwards stays out.  The word is the file's. */
    mutau_node *a = mutau_node_at(root, 0);
    assert_true(mutau_node_overrules(mutau_node_child(a, "x"), mutau_node_child(a, "k")));
    mutau_node_remove(a, "k");
    CHECK_OK(mutau_node_spell_out(a, "k", &err), err);
    assert_int_equal(mutau_node_count(a), 1);
    mutau_config_free(config);
}

static void nodes_can_be_rearranged(void **state)
{
    (void)state;
    mutau_error err = {0};
    static const char *const order[] = {"z", "absent", "b", NULL};
    mutau_config *config = parse("a: {rows: [1, {q: 2}]}\nb: wp2020\nz: 3\n");
    mutau_node *root = mutau_config_root(config);
    CHECK_OK(mutau_node_spell_out(mutau_node_child(root, "b"), "kind", &err), err);
    CHECK_OK(mutau_node_spell_out(mutau_node_child(root, "a"), "kind", &err), err); /* is none */
    CHECK_OK(mutau_node_assign(root, "n", "{x: 1e-3, y: [p, q]}", &err), err);
    CHECK_OK(mutau_node_assign(root, "gone", "1", &err), err);
    mutau_node_remove(root, "gone");
    mutau_node_remove(root, "gone");
    mutau_node_remove(mutau_node_child(root, "z"), "x");
    mutau_node_reorder(root, order);
    char *text = NULL;
    CHECK_OK(mutau_config_emit(config, &text, &err), err);
    assert_string_equal(text, "z: 3\nb: {kind: wp2020}\na:\n  rows: [1, {q: 2}]\n"
                              "n:\n  x: 1e-3\n  y: [p, q]\n");
    free(text);
    const mutau_node *rows = mutau_node_child(mutau_node_child(root, "a"), "rows");
    (void)mutau_node_error(mutau_node_child(mutau_node_at(rows, 1), "q"), &err, "wrong");
    assert_string_equal(err.text, "t.yaml:1:19: a.rows[1].q: wrong");
    (void)mutau_node_key_error(root, 0, &err, "wrong %d", 7);
    assert_string_equal(err.text, "t.yaml:3:1: z: wrong 7");
    (void)mutau_node_error(mutau_node_child(mutau_node_child(root, "n"), "x"), &err, "x");
    assert_string_equal(err.text, "t.yaml:1:1: n.x: x");
    assert_int_equal(mutau_node_error(root, NULL, "nobody listens"), MUTAU_ECONFIG);
    CHECK_STATUS(mutau_node_assign(root, "n", "[", &err), MUTAU_ECONFIG, err);
    mutau_config_free(config);
}

static void the_echo_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "a: 'null'\nb: '1'\nc: ''\nd: 'true'\ne: ~\nf: off\n",
        "a: \"x\\ty\\nz\"\nb: |\n  two\n  lines\nc: >-\n  one\n  line\n",
        "a: 'it''s: [odd]'\n'b: c': {'d, e': '{}'}\n'': ''\n",
        "a: \"\\u00e9\\u20ac\\U0001F600\"\nb: \"\\x01\\e\"\n",
        "a: {}\nb: []\nc: {d: {}, e: []}\n'<<': 1\n",
        "a: ' lead'\nb: 'trail '\nc: '# no comment'\nd: '- e'\ne: '&f'\nf: '*g'\ng: '!h'\n",
        ("\xef\xbb\xbf" /* split, or the a would be a third hex digit */
         "a: 1\n"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        mutau_error err = {0};
        char *first = NULL, *second = NULL;
        mutau_config *config = parse(texts[i]);
        CHECK_OK(mutau_config_emit(config, &first, &err), err);
        mutau_config *again = parse(first);
        CHECK_OK(mutau_config_emit(again, &second, &err), err);
        assert_string_equal(first, second);
        free(first);
        free(second);
        mutau_config_free(config);
        mutau_config_free(again);
    }
    mutau_error err = {0};
    char *text = NULL;
    mutau_config *config = parse("a: '1'\nb: 'off'\nc: 'true'\nd: ''\ne:\n");
    CHECK_OK(mutau_config_emit(config, &text, &err), err);
    assert_string_equal(text, "a: '1'\nb: off\nc: 'true'\nd: ''\ne: null\n");
    free(text);
    mutau_config_free(config);
}

static void files_are_read(void **state)
{
    (void)state;
    mutau_error err = {0};
    mutau_config *config = NULL;
    char path[] = "/tmp/mutau-config-XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "a: 1\n", 5), 5);
    (void)close(fd);
    static const char *const assignments[] = {"a=2", "b.c=3"};
    CHECK_OK(mutau_config_parse_file(path, 2, assignments, &config, &err), err);
    double value = 0.0;
    CHECK_OK(mutau_node_real(mutau_node_child(mutau_config_root(config), "a"), 0.0, 9.0, NULL,
                             &value, &err),
             err);
    CHECK_ABS(value, 2.0, 0.0);
    mutau_config_free(config);
    (void)unlink(path);
    CHECK_STATUS(mutau_config_parse_file(path, 0, NULL, &config, &err), MUTAU_EIO, err);
    assert_null(config);
    assert_non_null(strstr(err.text, path));
    CHECK_STATUS(mutau_config_parse_file("/", 0, NULL, &config, &err), MUTAU_EIO, err);
    /* What is no file is not read; what is too long is not read either. */
    CHECK_STATUS(mutau_config_parse_file("/dev/zero", 0, NULL, &config, &err), MUTAU_EIO, err);
    assert_string_equal(err.text, "/dev/zero: cannot be opened: not a regular file but a device");
    FILE *empty = fopen(path, "w");
    assert_non_null(empty);
    assert_int_equal(fclose(empty), 0);
    CHECK_STATUS(mutau_config_parse_file(path, 0, NULL, &config, &err), MUTAU_ECONFIG, err);
    assert_int_equal(truncate(path, 1 << 20), 0);
    CHECK_STATUS(mutau_config_parse_file(path, 0, NULL, &config, &err), MUTAU_ECONFIG, err);
    assert_null(strstr(err.text, "larger"));
    assert_int_equal(truncate(path, (1 << 20) + 1), 0);
    CHECK_STATUS(mutau_config_parse_file(path, 0, NULL, &config, &err), MUTAU_ECONFIG, err);
    assert_non_null(strstr(err.text, ":1:1: larger than 1048576 bytes"));
    (void)unlink(path);
}

static void the_first_difference_has_a_path(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b, *path, *show_a, *show_b;
    } cases[] = {
        {"a: 1\nb: {c: 2}", "b: {c: 2}\na: 1", NULL, NULL, NULL}, /* in any order */
        {"a: {b: {c: 1}}", "a: {b: {c: 2}}", "a.b.c", "1", "2"},
        {"a: [1, {b: 2}, 3]", "a: [1, {b: x}, 3]", "a[1].b", "2", "x"},
        {"a: [1, 2]", "a: [1]", "a", "[1, 2]", "[1]"},
        {"a: 1\nb: 2", "a: 1", "b", "2", "nothing"},
        {"a: 1", "a: 1\nb: {c: [], d: {}}", "b", "nothing", "{c: [], d: {}}"},
        {"a: {b: 1}", "a: 1", "a", "{b: 1}", "1"},
        {"a: null", "a: 'null'", "a", "null", "null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        mutau_config *a = parse(cases[i].a), *b = parse(cases[i].b);
        mutau_config_difference d;
        const bool differ = mutau_node_difference(mutau_config_root(a), mutau_config_root(b), &d);
        assert_int_equal(differ, cases[i].path != NULL);
        assert_string_equal(d.path, differ ? cases[i].path : "");
        assert_string_equal(d.a, differ ? cases[i].show_a : "");
        assert_string_equal(d.b, differ ? cases[i].show_b : "");
        mutau_config_free(a);
        mutau_config_free(b);
    }
}

static void differences_are_in_one_sentence(void **state)
{
    (void)state;
    const mutau_config_difference d = {.path = "data[1]", .a = "x", .b = "nothing"};
    char text[64], little[8];
    mutau_config_difference_say(&d, "the chain", "the run", sizeof text, text);
    assert_string_equal(text, "data[1] is x in the chain, nothing in the run");
    mutau_config_difference_say(&d, "the chain", "the run", sizeof little, little);
    assert_string_equal(little, "data[1]");
}

static void long_differences_are_cut(void **state)
{
    (void)state;
    /* 2-byte characters: the cut never halves one, whichever way it falls. */
    for (size_t shift = 0; shift < 2; shift++) {
        char text[1024];
        size_t n = (size_t)snprintf(text, sizeof text, "%.400s: {a: %s", "k", shift ? "x" : "");
        for (int i = 0; i < 200; i++)
            n += (size_t)snprintf(text + n, sizeof text - n, "\xc3\xa9");
        (void)snprintf(text + n, sizeof text - n, "}");
        mutau_config *a = parse(text), *b = parse("k: 1");
        mutau_config_difference d;
        assert_true(mutau_node_difference(mutau_config_root(a), mutau_config_root(b), &d));
        const size_t size = strlen(d.a);
        assert_in_range(size, MUTAU_CONFIG_SHOWN_SIZE - 3, MUTAU_CONFIG_SHOWN_SIZE - 1);
        assert_string_equal(d.a + size - 3, "...");
        assert_int_equal((unsigned char)d.a[size - 4], 0xa9);
        assert_string_equal(d.b, "1");
        mutau_config_free(a);
        mutau_config_free(b);
    }
    /* A path that is too long is cut, too. */
    char deep[1024], key[200];
    memset(key, 'k', sizeof key - 1);
    key[sizeof key - 1] = '\0';
    (void)snprintf(deep, sizeof deep, "%s: {%s: 1}", key, key);
    mutau_config *a = parse(deep);
    (void)snprintf(deep, sizeof deep, "%s: {%s: 2}", key, key);
    mutau_config *b = parse(deep);
    mutau_config_difference d;
    assert_true(mutau_node_difference(mutau_config_root(a), mutau_config_root(b), &d));
    assert_int_equal(strlen(d.path), sizeof d.path - 1);
    assert_string_equal(d.b, "2");
    mutau_config_free(a);
    mutau_config_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree_is_what_was_written),
        cmocka_unit_test(anchors_are_expanded),
        cmocka_unit_test(bad_documents_are_refused_where_they_are_bad),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(long_documents_are_emitted),
        cmocka_unit_test(assignments_replace_and_add),
        cmocka_unit_test(bad_assignments_are_located),
        cmocka_unit_test(tables_fill_settings_and_complete_the_tree),
        cmocka_unit_test(bad_values_are_refused_with_their_path),
        cmocka_unit_test(missing_choices_are_listed),
        cmocka_unit_test(long_names_and_texts_are_cut),
        cmocka_unit_test(shorthands_are_spelt_out_beside_assignments),
        cmocka_unit_test(nodes_can_be_rearranged),
        cmocka_unit_test(the_echo_reads_back),
        cmocka_unit_test(the_first_difference_has_a_path),
        cmocka_unit_test(differences_are_in_one_sentence),
        cmocka_unit_test(long_differences_are_cut),
        cmocka_unit_test(files_are_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
