#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a whole run of chains/wp.yaml gains from a second thread.
    whole_run.py MUTAU [ROUNDS]     MUTAU: the program, of a release build; default: 5 rounds

A round runs, one after the other: one thread alone; two runs of one thread at the same
time, which share nothing but the machine; one run on two threads.  The pair is the limit that
the machine sets: two virtual cores are seldom twice one.  Each begins with nothing left to write
to the disk.  The ratios are of all seconds of all rounds: single rounds differ by a fifth on a
machine that has neighbours."""
import os
import subprocess
import sys
import tempfile
import time

RUN_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "chains", "wp.yaml")


def start(mutau, path, threads):
    return subprocess.Popen([mutau, "sample", RUN_FILE, "--output", path, "--quiet",
                             "--threads", str(threads)], stderr=subprocess.DEVNULL)


def wall(mutau, n_run, threads):
    """Seconds until so many runs, started together, have ended."""
    with tempfile.TemporaryDirectory(dir=".") as folder:
        os.sync()
        begin = time.perf_counter()
        runs = [start(mutau, os.path.join(folder, f"{i}.h5"), threads) for i in range(n_run)]
        if any(run.wait() != 0 for run in runs):
            sys.exit("mutau failed")
        return time.perf_counter() - begin


def main(mutau, rounds=5):
    total_one = total_pair = total_two = 0.0
    for _ in range(int(rounds)):
        one, pair, two = wall(mutau, 1, 1), wall(mutau, 2, 1), wall(mutau, 1, 2)
        total_one, total_pair, total_two = total_one + one, total_pair + pair, total_two + two
        print(f"one thread {one:.2f} s, two runs at once {pair:.2f} s, two threads {two:.2f} s",
              flush=True)
    print(f"two threads: {total_one / total_two:.2f} times one (two runs at once: "
          f"{2.0 * total_one / total_pair:.2f}), {50 * total_pair / total_two:.0f} % of the limit")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
