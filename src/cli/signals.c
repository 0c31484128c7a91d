/* SPDX-License-Identifier: GPL-3.0-or-later */
/* INT, TERM and USR1 ask a run to stop after its current step; PIPE does not stop it. */
#include "signals.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* The one mutable global of the program: a handler can reach nothing else. */
static volatile sig_atomic_t stop_requested = 0;
static volatile sig_atomic_t interrupts = 0;

static void request_stop(int signal_number)
{
    stop_requested = 1;
    if (signal_number == SIGINT && ++interrupts > 1)
        _exit(CLI_INTERRUPTED);
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
    /* Who reads the progress may leave; the run goes on. */
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
}

void signals_request_stop(void)
{
    stop_requested = 1;
}

bool signals_stop_requested(void)
{
    return stop_requested != 0;
}
