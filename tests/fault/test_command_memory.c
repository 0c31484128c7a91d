/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole commands with the k-th allocation failing, for every k: exit code 2, one line that
 * says so, no crash, nothing half-written.  Linked with the program's objects and
 * -Wl,--wrap=main, so that the program's main() is a function here; each call is a process
 * of its own.  A build with the sanitizers finds the leaks.
 *
 *     test_command_memory RUN.yaml FOLDER [--long]    FOLDER: where chains may be written */
#include "check.h"
#include "fail_alloc.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/chain.h"

int __real_main(int argc, char *argv[]);
int __wrap_main(int argc, char *argv[]);

enum { MAX_WORDS = 24, WORD_SIZE = 512, TEXT_SIZE = 4096, NOT_REACHED = 99 };

static char run_file[512], chain[512], finished[512], messages[512];
static long stride = 1;

static bool is_there(const char *path)
{
    return access(path, F_OK) == 0;
}

static void redirect(const char *path, int fd)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (file < 0 || dup2(file, fd) < 0)
        _exit(NOT_REACHED);
    (void)close(file);
}

/* The exit code of the command with allocation k failing (none if k < 0) and what it says
 * on stderr; *reached is false if it makes fewer allocations. */
static int run(const char *const words[], long k, char text[TEXT_SIZE], bool *reached)
{
    int ends[2], status = 0;
    char copies[MAX_WORDS][WORD_SIZE] = {"mutau"};
    char *argv[MAX_WORDS] = {copies[0]};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        const int n = snprintf(copies[argc], WORD_SIZE, "%s", words[argc - 1]);
        assert_in_range(n, 1, WORD_SIZE - 1);
        argv[argc] = copies[argc];
    }
    assert_int_equal(pipe(ends), 0);
    (void)fflush(stdout);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        redirect("/dev/null", STDOUT_FILENO);
        redirect(messages, STDERR_FILENO);
        fail_alloc_after = k;
        const int code = __real_main(argc, argv);
        const char consumed = k >= 0 && fail_alloc_after < 0;
        const ssize_t n = write(ends[1], &consumed, 1);
        exit(n == 1 ? code : NOT_REACHED); /* which looks for leaks */
    }
    (void)close(ends[1]);
    char consumed = 0;
    *reached = read(ends[0], &consumed, 1) == 1 && consumed != 0;
    (void)close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    memset(text, 0, TEXT_SIZE);
    FILE *file = fopen(messages, "r");
    assert_non_null(file);
    (void)!fread(text, 1, TEXT_SIZE - 1, file);
    (void)fclose(file);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

/* One line, behind what there was to warn of before. */
static bool says_so(const char *text)
{
    while (strncmp(text, "mutau: warning: ", 16) == 0 && strchr(text, '\n') != NULL)
        text = strchr(text, '\n') + 1;
    return strstr(text, "memory") != NULL && strncmp(text, "mutau: error: ", 14) == 0 &&
           strchr(text, '\n') == text + strlen(text) - 1;
}

/* What a failed run may leave: no chain, or one that another command can read. */
static void check_chain(long k)
{
    glob_t beside;
    char pattern[sizeof chain + 8];
    (void)snprintf(pattern, sizeof pattern, "%s.*", chain);
    if (glob(pattern, 0, NULL, &beside) == 0)
        fail_msg("allocation %ld: %s was left behind", k, beside.gl_pathv[0]);
    globfree(&beside);
    if (!is_there(chain))
        return;
    mutau_error err = {0};
    mutau_chain *left = NULL;
    CHECK_OK(mutau_chain_open(chain, &left, &err), err);
    mutau_chain_close(left);
    assert_int_equal(unlink(chain), 0);
}

static void check_command(const char *name, const char *const words[], int healthy)
{
    char text[TEXT_SIZE];
    bool reached = true;
    long k = 0, n = 0;
    for (; reached; k += stride) {
        const int code = run(words, k, text, &reached);
        if (reached && (code != 2 || !says_so(text)))
            fail_msg("%s, allocation %ld: exit code %d, %s", name, k, code, text);
        if (!reached && code != healthy)
            fail_msg("%s: exit code %d, %s", name, code, text);
        n += reached;
        if (reached)
            check_chain(k);
    }
    (void)printf("# %s: %ld of some %ld allocations failed in turn\n", name, n, k);
    (void)unlink(chain);
}

#define POINT "m_zprime=6.5,g_prime=5e-4,A=1.5,gamma=2.5"

static void config_reports_each(void **state)
{
    (void)state;
    const char *const words[] = {"config", run_file, "--set", "sampler.seed=3", NULL};
    check_command("config", words, 0);
}

static void eval_reports_each(void **state)
{
    (void)state;
    const char *const words[] = {"eval", run_file, "--at", POINT, "--json", NULL};
    check_command("eval", words, 0);
}

static void flux_reports_each(void **state)
{
    (void)state;
    const char *const words[] = {"flux", run_file, "--at", POINT, "--energies", "1e4:1e6:20", NULL};
    check_command("flux", words, 0);
}

/* Without the table of rows, which does without memory that it does not get (test_row_table.c). */
#define SMALL                                                                                      \
    "--quiet", "--threads", "1", "--max-steps", "40", "--set", "sampler.walkers=8",                \
        "sampler.ensembles=2", "sampler.moves={stretch: 1}", "model.table=off"
/* The pilot of the ladder takes most of the time of such a run, and its allocations, some thirty,
 * fail one by one in test_ladder.c: here in the long test only. */
static const char *ladder = "sampler.ladder.beta_min=auto", *rungs = "sampler.temperatures=8";

static void sample_reports_each(void **state)
{
    (void)state;
    const char *const words[] = {"sample", run_file, SMALL, ladder, rungs, "--output", chain, NULL};
    check_command("sample", words, 3);
}

static void summary_reports_each(void **state)
{
    (void)state;
    char text[TEXT_SIZE];
    bool reached = false;
    const char *const make[] = {"sample",      run_file,   SMALL,    ladder, rungs,
                                "--overwrite", "--output", finished, NULL};
    const char *const words[] = {"summary", finished, "--json", NULL};
    (void)unlink(finished);
    assert_int_equal(run(make, -1, text, &reached), 3);
    check_command("summary", words, 0);
}

int __wrap_main(int argc, char *argv[])
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_reports_each),  cmocka_unit_test(eval_reports_each),
        cmocka_unit_test(flux_reports_each),    cmocka_unit_test(sample_reports_each),
        cmocka_unit_test(summary_reports_each),
    };
    if (argc < 3)
        return 1;
    stride = argc > 3 ? 1 : 13;
    if (argc == 3) {
        ladder = "sampler.ladder.beta_min=0.01";
        rungs = "sampler.temperatures=3";
    }
    (void)snprintf(run_file, sizeof run_file, "%s", argv[1]);
    (void)snprintf(chain, sizeof chain, "%s/command_memory.h5", argv[2]);
    (void)snprintf(finished, sizeof finished, "%s/command_memory_done.h5", argv[2]);
    (void)snprintf(messages, sizeof messages, "%s/command_memory.txt", argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
