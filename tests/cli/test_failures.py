# SPDX-License-Identifier: GPL-3.0-or-later
"""A likelihood that fails here and there: told, counted, kept, and too much of it stops a run.

MUTAU_FAILING is the program with a posterior that fails where log10 of the mass is between
0.9 and 1.1 or 0.1 and 0.2 (failing_posterior.c)."""
import os
import re
import subprocess

import h5py
import numpy as np

import mutau_cli
import under
from mutau_cli import LIGHT, LOCAL, WP, MutauTest

FAILING = under.program(os.environ["MUTAU_FAILING"])


def forbidden(x):
    return ((x > 0.9) & (x < 1.1)) | ((x > 0.1) & (x < 0.2))


class Failures(MutauTest):
    def sample(self, name, *words, code=3):
        path = self.path(name)
        done = subprocess.run([FAILING, "sample", WP, "--output", path, "--quiet", "--set",
                               LOCAL, "sampler.walkers=16", *words, *LIGHT],
                              capture_output=True, text=True,
                              timeout=100 * under.SLOWER, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return path, done.stderr

    def test_told_counted_and_kept(self):
        path, told = self.sample("a.h5", "--max-steps", "60")
        lines = [line for line in told.splitlines() if "rejected" in line]
        self.assertEqual(len(lines), 10)
        for piece in ("step ", "ensemble ", "walker ", "log10_m_zprime = ", "gamma = "):
            self.assertIn(piece, lines[0])
        self.assertIn("keeps the first 100", told)
        self.assertTrue("not a number" in told and "numerical failure" in told, told)
        with h5py.File(path, "r") as file:
            kept = file["run/failures"][()]
            m = file["mcmc/chain"][:file["mcmc"].attrs["iteration"], :, 0]
        self.assertTrue(20 < len(kept) <= 100, len(kept))
        self.assertTrue(forbidden(kept["theta"][:, 0]).all())
        self.assertFalse(forbidden(m).any())
        self.assertTrue((np.diff(kept["step"].astype(int)) >= 0).all())

    def test_those_of_the_exploration_count(self):
        """They are rejected there, too, and counted with those of the steps."""
        path, _ = self.sample("a.h5", "sampler.moves={mixture: 0.8, stretch: 0.1, de: 0.1}",
                                 "sampler.max_failure_rate=0.9", "--max-steps", "20")
        with h5py.File(path, "r") as file:
            self.assertGreater(file["run"].attrs["failures"], 1000)
            self.assertGreater(file["run"].attrs["evaluations"], 10000)
            self.assertFalse(forbidden(file["mcmc/chain"][:20, :, 0]).any())
            self.assertIn("mixture", file)

    def test_those_of_the_exploration_are_told_but_do_not_stop_it(self):
        path, told = self.sample("b.h5", "sampler.moves={mixture: 0.8, stretch: 0.1, de: 0.1}",
                                 "sampler.max_failure_rate=0.9e-2", "--max-steps", "2")
        n, of = map(int, re.search(r"warning: (\d+) of the (\d+) evaluations before the start "
                                   r"failed \(\d\S* %\), and were rejected", told).groups())
        self.assertTrue(1000 < n < of, told)
        with h5py.File(path, "r") as file:
            self.assertGreaterEqual(file["run"].attrs["failures"], n)
            self.assertEqual(file["mcmc"].attrs["iteration"], 2)

    def test_too_many_stop_the_run(self):
        told = self.sample("a.h5", "sampler.max_failure_rate=1e-6", "--max-steps", "60", code=2)[1]
        self.assertIn("evaluations of the posterior failed, the last at log10_m_zprime", told)
        self.assertIn("a share of 1e-06 is allowed", told)

    def test_what_was_sampled_before_the_stop_is_kept(self):
        told = self.sample("a.h5", "sampler.max_failure_rate=9.9e-3", code=2)[1]
        self.assertIn(self.path("a.h5") + ": ", told)
        with h5py.File(self.path("a.h5"), "r") as file:
            steps = file["run"].attrs["steps"]
            self.assertGreaterEqual(steps, 8)
            self.assertEqual(file["mcmc"].attrs["iteration"], steps)
            self.assertGreater(file["run"].attrs["failures"], 80)
            self.assertGreater(file["run"].attrs["n_failure"], 80)
            self.assertGreater(file["mcmc"].attrs["burn_in"], 0)
        last = str(steps + 20)
        self.sample("a.h5", "sampler.max_failure_rate=0.9", "--resume", "--max-steps", last)
        self.sample("b.h5", "sampler.max_failure_rate=0.9", "--max-steps", last)
        with h5py.File(self.path("a.h5"), "r") as a, h5py.File(self.path("b.h5"), "r") as b:
            for name in ("chain", "log_prob", "blobs"):
                self.assertEqual(a["mcmc"][name][:steps + 20].tobytes(),
                                 b["mcmc"][name][:steps + 20].tobytes())

    def test_resume_may_allow_more(self):
        path = self.sample("a.h5", "sampler.max_failure_rate=0.9", "--max-steps", "20")[0]
        self.sample("a.h5", "sampler.max_failure_rate=0.9", "--resume", "--max-steps", "60")
        whole = self.sample("b.h5", "--max-steps", "60")[0]
        with h5py.File(path, "r") as a, h5py.File(whole, "r") as b:
            self.assertTrue((a["mcmc/chain"][:60] == b["mcmc/chain"][:60]).all())
            self.assertTrue((a["run/failures"][()] == b["run/failures"][()]).all())


if __name__ == "__main__":
    mutau_cli.main("__main__")
