#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run costs besides its evaluations: memory that does not grow with the number of
steps, and storing.  Each figure compares two lengths, so that starting the program, and what
it does once, drop out.

A convergence check may hold one parameter's draws: with checks the memory may grow by
so much, and by no more.  Prints the figures."""
import os
import signal
import time

import h5py

import mutau_cli
import tap
from mutau_cli import MUTAU, WP

SHORT, LONG = 300, 1200
REPEATS = 5  # the least CPU time of so many: other programs only add to it


def start(path, steps, *settings):
    """The process of a run of so many steps."""
    words = [MUTAU, "sample", WP, "--output", path, "--overwrite", "--quiet", "--threads", "1"]
    for setting in settings:
        words += ["--set", setting]
    return os.posix_spawn(MUTAU, [*words, "--max-steps", str(steps)], os.environ,
                          file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                                        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)])


def run(path, steps, *settings):
    """Peak memory in bytes and CPU seconds of a run of so many steps."""
    _, status, usage = os.wait4(start(path, steps, *settings), 0)
    code = os.waitstatus_to_exitcode(status)
    if code not in (0, 3):
        raise AssertionError(f"exit code {code}")
    return usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime


def stored_rows(path):
    try:
        with h5py.File(path, "r", locking=False) as file:
            return file["mcmc"].attrs["iteration"]
    except OSError:
        return 0


def peak_at(pid, path, rows):
    """Peak memory so far of a process, once its file has so many rows."""
    while stored_rows(path) < rows:
        time.sleep(0.05)
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


class Costs(mutau_cli.MutauTest):
    NO_CHECKS = "sampler.stop={max_steps: 1}"

    def test_memory(self):
        """While it samples: the end of a run is a check."""
        if not os.path.exists("/proc/self/status"):
            raise tap.Skip("no /proc")
        file = self.path("run.h5")
        pid = start(file, 1000000, self.NO_CHECKS)
        try:
            short, long = peak_at(pid, file, SHORT), peak_at(pid, file, LONG)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        print(f"# peak memory {short / 1e6:.1f} MB after {SHORT} steps, {long / 1e6:.1f} MB "
              f"after {LONG}: ratio {long / short:.3f}")
        self.assertLess(long / short, 1.1)

    def test_memory_with_checks(self):
        """4 ensembles of 64 walkers: one parameter's draws are 2 KB a step, and the work on
        them takes as much again a few times."""
        file = self.path("run.h5")
        short, _ = run(file, SHORT, "sampler.temperatures=1")
        long, _ = run(file, LONG, "sampler.temperatures=1")
        draws = (LONG - SHORT) * 4 * 64 * 8
        print(f"# with checks {short / 1e6:.1f} MB and {long / 1e6:.1f} MB; one parameter's draws "
              f"grow by {draws / 1e6:.1f} MB: {(long - short) / draws:.2f} times that")
        self.assertLess(long - short, 6 * draws)

    def test_storing(self):
        """CPU time of the steps between the two lengths, every one stored or none."""
        file = self.path("run.h5")

        def least(steps, thin):
            return min(run(file, steps, self.NO_CHECKS, f"sampler.thin={thin}")[1]
                       for _ in range(REPEATS))

        stored = least(LONG, 1) - least(SHORT, 1)
        unstored = least(LONG, SHORT) - least(SHORT, SHORT)
        share = stored / unstored - 1
        print(f"# storing takes {100 * share:.2f} % of a run of wp.yaml ({stored:.2f} s and "
              f"{unstored:.2f} s for {LONG - SHORT} steps)")
        self.assertLess(share, 0.02)


if __name__ == "__main__":
    mutau_cli.main(__name__)
