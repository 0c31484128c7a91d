#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a whole run of chains/wp.yaml gains from a second thread, and what storing it costs.
    whole_run.py MUTAU [ROUNDS]     MUTAU: the program, of a release build; default: 5 rounds

A round runs, one after the other: one thread alone; two runs of one thread at the same
time, which share nothing but the machine; one run on two threads.  The pair is the limit that
the machine sets: two virtual cores are seldom twice one.  Each figure is the median over the
rounds of a ratio within a round.  Storing is seen in CPU time, every step stored or one in
a thousand, without convergence checks."""
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

RUN_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chains", "wp.yaml")


def start(mutau, path, threads, *options):
    return subprocess.Popen([mutau, "sample", RUN_FILE, "--output", path, "--overwrite", "--quiet",
                             "--threads", str(threads), *options], stderr=subprocess.DEVNULL)


def wait(runs):
    if any(run.wait() not in (0, 3) for run in runs):
        sys.exit("mutau failed")


def wall(mutau, folder, n_run, threads):
    """Seconds until so many runs, started together, have ended."""
    begin = time.perf_counter()
    wait([start(mutau, os.path.join(folder, f"{i}.h5"), threads) for i in range(n_run)])
    return time.perf_counter() - begin


def cpu(mutau, folder, thin):
    """CPU seconds of 1000 steps on one thread."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wait([start(mutau, os.path.join(folder, "0.h5"), 1, "--max-steps", "1000", "--set",
                "sampler.stop={max_steps: 1}", "--set", f"sampler.thin={thin}")])
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(mutau, rounds=5):
    gain, limit, share, storing = [], [], [], []
    with tempfile.TemporaryDirectory(dir=".") as folder:
        for _ in range(int(rounds)):
            one, pair, two = (wall(mutau, folder, 1, 1), wall(mutau, folder, 2, 1),
                              wall(mutau, folder, 1, 2))
            gain.append(one / two)
            limit.append(2.0 * one / pair)
            share.append(0.5 * pair / two)
            print(f"one thread {one:.2f} s, two runs at once {pair:.2f} s, two threads {two:.2f} s",
                  flush=True)
        for _ in range(int(rounds)):
            stored, unstored = cpu(mutau, folder, 1), cpu(mutau, folder, 1000)
            storing.append(stored / unstored - 1.0)
            print(f"CPU of 1000 steps: all stored {stored:.2f} s, one stored {unstored:.2f} s",
                  flush=True)
    print(f"two threads: {statistics.median(gain):.2f} times one (two runs at once: "
          f"{statistics.median(limit):.2f}), {100 * statistics.median(share):.0f} % of the limit")
    print(f"storing: {100 * statistics.median(storing):.1f} % of CPU time")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
