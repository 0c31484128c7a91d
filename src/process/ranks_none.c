/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One process: the program was built without MPI. */
#include <stdio.h>

#include "ranks.h"

void ranks_begin(void)
{
}

int ranks_count(void)
{
    return 1;
}

int ranks_own(void)
{
    return 0;
}

int ranks_work(void)
{
    return 0;
}

int ranks_end(int code)
{
    return code;
}

mutau_status ranks_share(const mutau_run_settings *settings, const mutau_target *target,
                         int n_thread, ranks_team **out, mutau_error *err)
{
    (void)settings;
    (void)target;
    (void)n_thread;
    (void)err;
    *out = NULL;
    return MUTAU_OK;
}

void ranks_release(ranks_team *team)
{
    (void)team;
}

const mutau_evaluator *ranks_evaluator(const ranks_team *team)
{
    (void)team;
    return NULL;
}

int ranks_thread_count(const ranks_team *team)
{
    (void)team;
    return 0;
}
