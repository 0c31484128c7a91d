/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A folder of its own for a test's chain file: a cmocka set-up and tear-down. */
#ifndef TESTS_CHAIN_PLACE_H
#define TESTS_CHAIN_PLACE_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct place {
    char folder[64], path[96], lock[112];
} place;

static int set_up(void **state)
{
    place *p = calloc(1, sizeof *p);
    if (p == NULL)
        return -1;
    (void)snprintf(p->folder, sizeof p->folder, "/tmp/mutau-chain-XXXXXX");
    if (mkdtemp(p->folder) == NULL)
        return -1;
    (void)snprintf(p->path, sizeof p->path, "%s/run.h5", p->folder);
    (void)snprintf(p->lock, sizeof p->lock, "%s.lock", p->path);
    *state = p;
    return 0;
}

static int tear_down(void **state)
{
    place *p = *state;
    (void)unlink(p->path);
    const int left = rmdir(p->folder); /* fails if a temporary file has stayed behind */
    free(p);
    return left;
}

#endif
