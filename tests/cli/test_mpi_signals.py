# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranks that are interrupted or killed: what they leave goes on to the same bytes."""
import os
import signal
import subprocess
import time
import unittest

import h5py

import mutau_cli
import under
import test_mpi
from mutau_cli import LOCAL, MUTAU, WP, MutauTest


class Job:
    """A run under mpirun that would go on for hours; `ranks` are its process ids."""

    def __init__(self, test, n_rank, *words):
        self.process = subprocess.Popen([*test_mpi.MPIRUN, str(n_rank), MUTAU, *words],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True)
        self.ranks = {}
        test.addCleanup(self.end)
        test.wait_until(lambda: len(self.find_ranks()) == n_rank)

    def find_ranks(self):
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                    parent = int(file.read().rsplit(")", 1)[1].split()[1])
                with open(f"/proc/{pid}/environ", encoding="utf-8") as file:
                    words = file.read().split("\0")
            except OSError:
                continue
            if parent == self.process.pid:
                self.ranks.update({int(word.partition("=")[2]): int(pid) for word in words
                                   if word.startswith("OMPI_COMM_WORLD_RANK=")})
        return self.ranks

    def wait(self):
        """The exit code of mpirun, what it said, and the seconds that it took to end."""
        begin = time.monotonic()
        _, stderr = self.process.communicate(timeout=60 * under.SLOWER)
        return self.process.returncode, stderr, time.monotonic() - begin

    def end(self):
        """Leaves nothing behind, however the test ended."""
        for pid in [*self.ranks.values(), self.process.pid] if self.process.poll() is None else []:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        self.process.communicate()


@unittest.skipUnless(test_mpi.OPEN_MPI, "needs to know how Open MPI numbers its processes")
class Signals(MutauTest):
    LIMIT_S = 100.0 if under.COMMAND else 10.0
    RUN = ["--quiet", "--threads", "1", "--set", "sampler.walkers=32", "sampler.ensembles=2",
           LOCAL]

    def wait_until(self, true):
        deadline = time.monotonic() + 60.0 * under.SLOWER
        while not true():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def start(self):
        path = self.path("c.h5")
        job = Job(self, 3, "sample", WP, *self.RUN,
                  "sampler.stop={max_steps: 100000000, min_steps: 100000000}",
                  "--output", path)
        self.wait_until(lambda: os.path.exists(path))
        time.sleep(0.7)  # some steps more
        self.assertIsNone(job.process.poll())
        return job

    def check_resumes(self):
        """What is stored goes on to the bytes of a run that nobody disturbed."""
        with h5py.File(self.path("c.h5"), "r") as file:
            steps = str(file["mcmc"].attrs["iteration"] + 100)
        stop = "sampler.stop={max_steps: %s, min_steps: 100000000}" % steps
        self.run_ok("sample", WP, *self.RUN, stop, "--resume", "--output", self.path("c.h5"),
                    code=3)
        self.run_ok("sample", WP, *self.RUN, stop, "--output", self.path("whole.h5"), code=3)
        self.assertEqual(test_mpi.content(self.path("c.h5")),
                         test_mpi.content(self.path("whole.h5")))

    def check_interrupted(self, job):
        code, stderr, seconds = job.wait()
        self.assertEqual(code, 75, stderr)
        self.assertIn("interrupted; what was sampled is stored", stderr)
        self.assertLess(seconds, self.LIMIT_S)
        self.assertFalse(os.path.exists(self.path("c.h5.lock")))
        self.check_resumes()

    def test_usr1_to_mpirun(self):
        job = self.start()
        job.process.send_signal(signal.SIGUSR1)
        self.check_interrupted(job)

    def test_term_to_every_rank(self):
        job = self.start()
        for pid in job.ranks.values():
            os.kill(pid, signal.SIGTERM)
        self.check_interrupted(job)

    def test_term_to_one_rank_that_only_works(self):
        job = self.start()
        os.kill(job.ranks[2], signal.SIGTERM)
        self.check_interrupted(job)

    def check_broken_off(self, job):
        code, stderr, seconds = job.wait()
        self.assertNotEqual(code, 0, stderr)
        self.assertLess(seconds, self.LIMIT_S)
        self.wait_until(lambda: not any(os.path.exists(f"/proc/{pid}/exe")
                                        for pid in job.ranks.values()))
        self.check_resumes()

    def test_term_to_mpirun_which_kills_after_a_while(self):
        job = self.start()
        job.process.send_signal(signal.SIGTERM)
        self.check_broken_off(job)

    def test_a_rank_killed_by_hand(self):
        for rank in (0, 1):
            job = self.start()
            os.kill(job.ranks[rank], signal.SIGKILL)
            self.check_broken_off(job)
            for name in os.listdir(self.folder.name):
                os.remove(self.path(name))

    def test_a_rank_that_waits_leaves_the_cpu_to_others(self):
        def cpu_seconds(pid):
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        job = Job(self, 2, "eval", WP, "--at", "-")
        time.sleep(under.AT_WORK) # rank 0 reads from the pipe, on which nothing comes
        before = cpu_seconds(job.ranks[1])
        time.sleep(1.0)
        self.assertLess(cpu_seconds(job.ranks[1]) - before, 0.3)
        _, _, _ = job.wait()


if __name__ == "__main__":
    mutau_cli.main(__name__)
