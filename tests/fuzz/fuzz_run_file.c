/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A libFuzzer target: any bytes are a run file or one line of complaint, and what is
 * echoed reads back to the same echo.
 * Run it with -dict=tests/fuzz/run_file.dict FOLDER chains tests/cli/malformed. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "posterior/run_settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what, const char *text)
{
    if (holds)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, text);
    abort();
}

/* One line that begins with a place in the file. */
static void check_message(const mutau_error *err)
{
    require(strncmp(err->text, "f.yaml:", 7) == 0, "no place", err->text);
    require(strchr(err->text, '\n') == NULL, "more than a line", err->text);
}

static void check_echo(const mutau_config *config)
{
    mutau_error err = {0};
    char *first = NULL, *second = NULL;
    mutau_config *again = NULL;
    require(mutau_config_emit(config, &first, &err) == MUTAU_OK, "no echo", err.text);
    /* An echo without indentation may be longer than what is allowed. */
    if (strlen(first) <= MUTAU_CONFIG_MAX_BYTES) {
        require(mutau_config_parse_text("e.yaml", first, strlen(first), 0, NULL, &again, &err) ==
                    MUTAU_OK,
                err.text, first);
        require(mutau_config_emit(again, &second, &err) == MUTAU_OK, "no echo", err.text);
        require(strcmp(first, second) == 0, "the echo changes", first);
    }
    free(first);
    free(second);
    mutau_config_free(again);
}

static void check_settings(const char *text)
{
    mutau_error err = {0};
    mutau_run_settings *s = NULL;
    const mutau_status status = mutau_run_settings_parse("f.yaml", text, ".", &s, &err);
    if (status == MUTAU_OK)
        check_echo(s->config);
    else
        check_message(&err);
    mutau_run_settings_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    mutau_error err = {0};
    mutau_config *config = NULL;
    char *text = malloc(size + 1);
    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    if (mutau_config_parse_text("f.yaml", text, size, 0, NULL, &config, &err) == MUTAU_OK) {
        check_echo(config);
        check_settings(text);
    } else {
        check_message(&err);
    }
    mutau_config_free(config);
    free(text);
    return 0;
}
