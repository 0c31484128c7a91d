/* SPDX-License-Identifier: GPL-3.0-or-later */
/* INT, TERM, USR1 and HUP ask a run to stop after its current step; PIPE and XFSZ do not stop
 * it. */
#include "signals.h"

#include <assert.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "exit_code.h"

static_assert(ATOMIC_BOOL_LOCK_FREE == 2 && ATOMIC_INT_LOCK_FREE == 2, "for a handler's use");

/* The one mutable global of the program: a handler can reach nothing else.  Threads that
 * search for maxima look at it, and any of them may be the one that is interrupted. */
static atomic_bool stop_requested;
static atomic_int interrupts;

static void request_stop(int signal_number)
{
    atomic_store(&stop_requested, true);
    if (signal_number == SIGINT && atomic_fetch_add(&interrupts, 1) > 0)
        _exit(CLI_INTERRUPTED);
}

/* nohup and its like start a program that is to go on when its terminal has gone. */
static bool is_ignored(int signal_number)
{
    struct sigaction action;
    return sigaction(signal_number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

void signals_install(void)
{
    static const int handled[] = {SIGINT, SIGTERM, SIGUSR1};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = request_stop;
    action.sa_flags = SA_RESTART;
    (void)sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof handled / sizeof handled[0]; i++)
        (void)sigaction(handled[i], &action, NULL);
    if (!is_ignored(SIGHUP))
        (void)sigaction(SIGHUP, &action, NULL);
}

static void ignore(int signal_number)
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = SIG_IGN;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(signal_number, &action, NULL);
}

/* Who reads the progress may leave; the run goes on. */
void signals_ignore_pipe(void)
{
    ignore(SIGPIPE);
}

void signals_ignore_size_limit(void)
{
    ignore(SIGXFSZ);
}

void signals_request_stop(void)
{
    atomic_store(&stop_requested, true);
}

bool signals_stop_requested(void)
{
    return atomic_load(&stop_requested);
}

static bool is_requested(void *self)
{
    (void)self;
    return signals_stop_requested();
}

mutau_stop signals_stop(void)
{
    return (mutau_stop){.requested = is_requested};
}
