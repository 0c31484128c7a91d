/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a run asks and tells its caller. */
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "run_internal.h"

enum { LINE_SIZE = 8192 };

void mutau_run_tell(const mutau_run *run, mutau_run_message message, const char *format, ...)
{
    char line[LINE_SIZE];
    const mutau_run_callbacks *c = &run->options.callbacks;
    if (c->tell == NULL)
        return;
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    c->tell(c->self, message, line);
}

double mutau_run_clock(const mutau_run *run)
{
    const mutau_run_callbacks *c = &run->options.callbacks;
    struct timespec now = {0};
    if (c->clock != NULL)
        return c->clock(c->self);
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

bool mutau_run_stop_wished(const mutau_run *run)
{
    return mutau_stop_requested(&run->options.stop);
}

const char *mutau_run_state_text(mutau_run_state state)
{
    switch (state) {
    case MUTAU_RUN_MORE:
        return "not ended";
    case MUTAU_RUN_CONVERGED:
        return "converged";
    case MUTAU_RUN_NOT_CONVERGED:
        return "not converged";
    case MUTAU_RUN_STOPPED:
        return "interrupted";
    }
    return "in no state";
}
