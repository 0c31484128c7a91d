/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many threads a run uses. */
#ifndef MUTAU_PROCESS_THREADS_H
#define MUTAU_PROCESS_THREADS_H

#include <stdbool.h>

/** The most that --threads takes. */
enum { CLI_MAX_THREADS = 4096 };

/** The CPUs that a process may run on. */
typedef struct threads_mask {
    unsigned char bits[128];
} threads_mask;

/** The CPUs of this process; none set if the system does not say. */
void threads_read_mask(threads_mask *mask);
bool threads_masks_overlap(const threads_mask *a, const threads_mask *b);

/** As threads_default, for one of n >= 1 processes that share the same CPUs. */
int threads_share(int n);

/** The number of CPUs that this process may run on, capped by OMP_NUM_THREADS and
 * SLURM_CPUS_PER_TASK where they are set to a positive number; at least 1. */
int threads_default(void);

/** Lets the checks of convergence, too, use at most n threads. */
void threads_limit(int n);

/** Starts the program anew with a shorter busy waiting of GCC's OpenMP, which reads its
 * settings before main(): by default a thread spins for milliseconds at the end of
 * each batch of microseconds, which on a shared machine takes the CPU from the very
 * thread that it waits for.  Does nothing if the environment already says how to wait
 * or the restart fails.  For main() alone. */
void threads_wait_politely(char *argv[]);

#endif
