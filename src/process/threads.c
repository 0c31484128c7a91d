/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many threads a run uses. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* sched_getaffinity */
#endif
#include "threads.h"

#ifdef _OPENMP
#include <omp.h>
#endif
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long cap(long n, const char *variable)
{
    const char *text = getenv(variable);
    if (text == NULL)
        return n;
    /* OMP_NUM_THREADS may be a list, one entry per nesting level: the first counts. */
    const long limit = strtol(text, NULL, 10);
    return limit > 0 && limit < n ? limit : n;
}

void threads_read_mask(threads_mask *mask)
{
    cpu_set_t cpus;
    _Static_assert(sizeof cpus == sizeof mask->bits, "a cpu_set_t has 1024 bits");
    CPU_ZERO(&cpus);
    if (sched_getaffinity(0, sizeof cpus, &cpus) != 0)
        CPU_ZERO(&cpus);
    memcpy(mask->bits, &cpus, sizeof cpus);
}

bool threads_masks_overlap(const threads_mask *a, const threads_mask *b)
{
    for (size_t i = 0; i < sizeof a->bits; i++)
        if ((a->bits[i] & b->bits[i]) != 0)
            return true;
    return false;
}

int threads_share(int n_process)
{
    cpu_set_t mask;
    CPU_ZERO(&mask);
    long n = sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask)
                                                           : sysconf(_SC_NPROCESSORS_ONLN);
    n = n_process > 1 ? n / n_process : n;
    n = cap(n, "OMP_NUM_THREADS");
    n = cap(n, "SLURM_CPUS_PER_TASK");
    return n > 0 ? (int)n : 1;
}

int threads_default(void)
{
    return threads_share(1);
}

void threads_limit(int n)
{
#ifdef _OPENMP
    omp_set_num_threads(n);
#else
    (void)n;
#endif
}

void threads_wait_politely(char *argv[])
{
    /* About 0.1 ms, as long as one thread works alone between the half-steps of chains/wp.yaml: to
     * wake the others takes 0.05 ms, 4 % of a run.  Measured on two cores beside seven other busy
     * processes: 1000 steps of 128 walkers in 3 to 4.5 s, instead of 19 s. */
    static const char *const spins = "5000";
    if (getenv("GOMP_SPINCOUNT") != NULL || getenv("OMP_WAIT_POLICY") != NULL)
        return;
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path);
    if (length <= 0 || (size_t)length >= sizeof path || setenv("GOMP_SPINCOUNT", spins, 1) != 0)
        return;
    path[length] = '\0';
    (void)execv(path, argv);
}
