# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the walkers of a run start, and what becomes of it when the run goes on."""
import h5py
import numpy as np

import mutau_cli
from mutau_cli import COLD, LOCAL, WP, MutauTest

FAST = ["--set", LOCAL, COLD, "sampler.walkers=8", "sampler.ensembles=2"]
BESTFIT = FAST + ["sampler.start={bestfit: {spread: 0.01, starts: 16}}"]


class Start(MutauTest):
    def sample(self, name, *words, max_steps=1, code=3):
        path = self.path(name)
        self.run_ok("sample", WP, "--output", path, "--quiet", "--max-steps", str(max_steps),
                    *words, code=code)
        return path

    @staticmethod
    def chain(path, group="mcmc"):
        with h5py.File(path, "r") as file:
            return file[group + "/chain"][:file[group].attrs["iteration"]]

    def test_walkers_start_around_the_maxima(self):
        # The narrow ball of 0.01 prior standard deviations, but for one step of the stretch.
        path = self.sample("a.h5", *BESTFIT)
        with h5py.File(path, "r") as file:
            start = np.concatenate([file["mcmc/chain"][0], file["mcmc_1/chain"][0]])
            lnp = np.concatenate([file["mcmc/log_prob"][0], file["mcmc_1/log_prob"][0]])
        from_prior = self.sample("b.h5", *FAST)
        with h5py.File(from_prior, "r") as file:
            other = file["mcmc/log_prob"][0]
        self.assertGreater(np.min(lnp), -60.0)
        self.assertGreater(np.median(lnp), np.median(other))
        self.assertGreater(len(np.unique(start[:, 0])), 8)

    def test_ensembles_start_apart(self):
        path = self.sample("a.h5", *BESTFIT)
        self.assertFalse((self.chain(path) == self.chain(path, "mcmc_1")).any())

    def test_threads_and_resume_make_no_difference(self):
        one = self.sample("one.h5", "--threads", "1", *BESTFIT, max_steps=150)
        two = self.sample("two.h5", "--threads", "2", *BESTFIT, max_steps=60)
        self.sample("two.h5", "--resume", *BESTFIT, max_steps=150)
        self.assertTrue((self.chain(one) == self.chain(two)).all())

    def test_a_resume_may_not_change_it(self):
        path = self.sample("a.h5", *BESTFIT)
        self.check_fails(4, ["sampler.start is {bestfit:", "prior in the run"], "sample", WP,
                         "--output", path, "--quiet", "--resume", *FAST)

    def test_it_is_said_and_can_be_rehearsed(self):
        done = mutau_cli.mutau("sample", WP, "--dry-run", *BESTFIT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("of 16 searches", done.stderr)
        self.assertIn("finite posterior", done.stdout)


if __name__ == "__main__":
    mutau_cli.main("__main__")
