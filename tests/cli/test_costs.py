#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run costs besides its evaluations: memory that does not grow with the number of
steps, and storing.  Each figure of memory and time compares two lengths, so that starting the
program, and what it does once, drop out.

A convergence check may hold one parameter's draws: with checks the memory may grow by
so much, and by no more.  Prints the figures."""
import os
import re
import shutil
import subprocess
import sys
import time

import h5py

import mutau_cli
import tap
from mutau_cli import LOCAL, MUTAU, WP

SHORT, LONG = 300, 1200
# Between these a run without flux has no room to grow into, and no full verdict: the next is at
# step 2400, a quarter of a second after LATE.
EARLY, LATE = 1200, 2000
REPEATS = 5  # the least CPU time of so many: other programs only add to it

# Starts a program and prints its exit code, peak memory and CPU times.  A child begins
# with the memory of its parent on its account: this one is lean.
LEAN = """
import os, sys
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss, usage.ru_utime, usage.ru_stime)
"""


def words(path, *settings):
    """The command line of a run on one thread."""
    result = [MUTAU, "sample", WP, "--output", path, "--overwrite", "--quiet", "--threads", "1",
              "--set", LOCAL]
    for setting in settings:
        result += ["--set", setting]
    return result


def run(path, steps, *settings):
    """Peak memory in bytes, user and system CPU seconds of a run of so many steps."""
    command = [sys.executable, "-I", "-S", "-c", LEAN, *words(path, *settings),
               "--max-steps", str(steps)]
    out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    code, memory, user, system = map(float, out.stdout.split())
    if code not in (0, 3):
        raise AssertionError(f"exit code {code:.0f}")
    return memory * 1024, user, system


def stored_rows(path):
    try:
        with h5py.File(path, "r", locking=False) as file:
            return file["mcmc"].attrs["iteration"]
    except OSError:
        return 0


def peak_at(pid, path, rows):
    """Peak memory so far of a process, once its file has so many rows."""
    while stored_rows(path) < rows:
        time.sleep(0.01)
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def instructions(profile, function):
    """Those of a function and what it calls, from a file of callgrind's."""
    text = subprocess.run(["callgrind_annotate", "--inclusive=yes", "--threshold=100", profile],
                          stdout=subprocess.PIPE, text=True, check=True).stdout
    return int(re.search(rf"^ *([0-9,]+) .*:{function}(?: |$)", text, re.M)[1].replace(",", ""))


class Costs(mutau_cli.MutauTest):
    NO_CRITERIA = "sampler.stop={max_steps: 1, min_steps: 1000000000}"
    NO_FLUX = ["likelihood={kind: none}", "data=[]"]

    def test_memory(self):
        """While it samples: the end of a run is a check."""
        if not os.path.exists("/proc/self/status"):
            raise tap.Skip("no /proc")
        file = self.path("run.h5")
        process = subprocess.Popen(words(file, self.NO_CRITERIA, *self.NO_FLUX) +
                                   ["--max-steps", "1000000"])
        try:
            early, late = peak_at(process.pid, file, EARLY), peak_at(process.pid, file, LATE)
        finally:
            process.kill()
            process.wait()
        print(f"# peak memory {early / 1e6:.1f} MB after {EARLY} steps, {late / 1e6:.1f} MB "
              f"after {LATE}: ratio {late / early:.3f}")
        self.assertLess(late / early, 1.07)  # 2 KB a step

    def test_memory_with_checks(self):
        """4 ensembles of 64 walkers: one parameter's draws are 2 KB a step, and the work on
        them takes as much again a few times."""
        file = self.path("run.h5")
        never = "sampler.stop.min_steps=1000000000"  # checks, none of which ends it
        short, long = run(file, SHORT, never)[0], run(file, LONG, never)[0]
        draws = (LONG - SHORT) * 4 * 64 * 8
        print(f"# with checks {short / 1e6:.1f} MB and {long / 1e6:.1f} MB; one parameter's draws "
              f"grow by {draws / 1e6:.1f} MB: {(long - short) / draws:.2f} times that")
        self.assertLess(long - short, 6 * draws)

    def count_steps(self, steps):
        """Instructions of so many steps, by callgrind, which other programs do not disturb, and
        those of them that store."""
        profile = self.path("profile")
        command = ["valgrind", "-q", "--trace-children=yes", "--tool=callgrind",
                   f"--callgrind-out-file={profile}",
                   *words(self.path("run.h5"), self.NO_CRITERIA), "--max-steps", str(steps)]
        subprocess.run(command, stderr=subprocess.DEVNULL, check=False)
        storing = instructions(profile, "mutau_run_store_meanwhile")  # which a step does, too
        return instructions(profile, "mutau_ensemble_step") - storing, storing

    def test_storing(self):
        """Of every step: instructions of the program as a share of the step's; and the kernel's
        CPU time, which goes with the bytes, whatever a step costs: against that of writing them."""
        if shutil.which("valgrind") is None:
            raise tap.Skip("no valgrind")
        (steps, storing), (more_steps, more_storing) = map(self.count_steps, (60, 360))
        user = (more_storing - storing) / (more_steps - steps)

        def least(steps, thin):
            return min(run(self.path("run.h5"), steps, self.NO_CRITERIA,
                           f"sampler.thin={thin}")[2] for _ in range(REPEATS))

        unstored, stored = (-least(SHORT, thin) + least(LONG, thin) for thin in (SHORT, 1))
        kernel = stored - unstored
        plain = (LONG - SHORT) / LONG * self.write_plainly()  # the last file has LONG rows
        print(f"# storing takes {100 * user:.2f} % of the instructions of the steps of wp.yaml, "
              f"and {1e3 * kernel:.0f} ms of the kernel for {LONG - SHORT} rows; to write their "
              f"bytes takes {1e3 * plain:.0f} ms")
        self.assertGreater(user, 0.0)
        self.assertLess(user, 0.02)
        # In small pieces, a row of each column at a time; the kernel counts in 10 ms.
        self.assertLess(kernel, 10 * plain + 0.02)

    def write_plainly(self):
        """The kernel's CPU time for the bytes of the run's file, written to another."""
        copy = self.path("plain")
        with open(self.path("run.h5"), "rb") as file:
            content = file.read()
        before = os.times().system
        for _ in range(2 * REPEATS):
            with open(copy, "wb") as file:
                file.write(content)
            os.remove(copy)
        return (os.times().system - before) / (2 * REPEATS)


if __name__ == "__main__":
    mutau_cli.main(__name__)
