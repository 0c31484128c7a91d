# SPDX-License-Identifier: GPL-3.0-or-later
"""Parallel tempering from a run file: the same chain however it is cut and shared, and what
the chain file holds of the rungs."""
import json

import emcee
import h5py
import numpy as np

import mutau_cli
from mutau_cli import COLD, LOCAL, WP, MutauTest

SMALL = ["--quiet", "--set", LOCAL, COLD, "sampler.ensembles=2", "sampler.walkers=8",
         "sampler.temperatures=4",
         "sampler.ladder={adapt: 60, beta_min: 1e-2}"]  # a geometric ladder of just so many
GROWN = ["--set", "sampler.temperatures=2", "sampler.ladder={adapt: 60}"]
GROUPS = ["mcmc", "mcmc_1"]


def draws(path, more=()):
    """All that must not depend on threads or interruptions, as bytes by name."""
    with h5py.File(path) as f:
        n = f["mcmc"].attrs["iteration"]
        found = {f"{group}/{name}": f[group][name][:n].tobytes()
                 for group in [*GROUPS, *more] for name in ("chain", "log_prob", "blobs")}
        found.update({name: f["tempering"][name][:n].tobytes() for name in ("beta", "log_like")})
        found["swaps"] = f["tempering"]["swaps_accepted"][()].tobytes()
        return n, found


class Tempering(MutauTest):
    def sample(self, name, *more, steps=150):
        self.run_ok("sample", WP, "--output", self.path(name), "--max-steps", str(steps), *SMALL,
                    *more, code=3)
        return self.path(name)

    def test_the_same_for_threads_and_interruptions(self):
        one = draws(self.sample("one.h5", "--threads", "1"))
        self.assertEqual(one[0], 150)
        self.assertEqual(one, draws(self.sample("three.h5", "--threads", "3")))
        for steps in (30, 60, 61, 149, 150):
            cut = self.sample("cut.h5", "--resume", steps=steps)
        self.assertEqual(one, draws(cut))

    def test_the_same_when_the_ladder_has_grown(self):
        grown = [*GROWN, "sampler.store_rungs=true"]
        one = self.sample("one.h5", "--threads", "1", *grown)
        with h5py.File(one) as f:
            n_rung, beta = f["run"].attrs["n_temperature"], f["tempering/beta"][:150]
            more = [f"mcmc{e}_T{t:02}" for e in ("", "_1") for t in range(1, n_rung)]
            self.assertEqual(sorted(key for key in f if "_T" in key), sorted(more))
            evaluations = f["run"].attrs["evaluations"]
        self.assertGreater(n_rung, 2)
        self.assertEqual(beta.shape, (150, n_rung))
        self.assertEqual((beta[0, 0], beta[0, -1]), (1, 0))
        ratios = beta[0, 1:-1] / beta[0, :-2]
        self.assertGreater(np.ptp(ratios), 1e-3)  # no geometric one
        # What the pilot evaluated counts: more than the start and the steps.
        self.assertGreater(evaluations, 151 * 16 * n_rung + 256)
        whole = draws(one, more)
        self.assertEqual(whole, draws(self.sample("three.h5", "--threads", "3", *grown), more))
        for steps in (30, 60, 61, 149, 150):
            cut = self.sample("cut.h5", "--resume", *grown, steps=steps)
        self.assertEqual(whole, draws(cut, more))
        with h5py.File(cut) as f:
            self.assertEqual(f["run"].attrs["evaluations"], evaluations)
        self.check_fails(4, ["sampler.temperatures is 2 in the chain, 3 in the run"],
                         "sample", WP, "--output", cut,
                         "--resume", "--max-steps", "200", *SMALL, *grown,
                         "sampler.temperatures=3")
        self.assertEqual(len(json.loads(self.run_ok("diagnose", cut, "--json", code=3))
                             ["swap_shares"]), n_rung - 1)

    def test_files_of_unequal_ladders_are_pooled(self):
        files = [self.sample(f"{n}.h5", f"sampler.seed={n}", "sampler.temperatures=2",
                             f"sampler.ladder={{adapt: 20, max_rungs: {n}}}", steps=600)
                 for n in (4, 5)]
        for n, path in zip((4, 5), files):
            with h5py.File(path) as f:
                self.assertEqual(f["run"].attrs["n_temperature"], n)
        alone = [json.loads(self.run_ok("summary", path, "--json"))["evidence"]["ln_z"]
                 for path in files]
        both = json.loads(self.run_ok("summary", *files, "--json"))["evidence"]["ln_z"]
        self.assertTrue(min(alone) < both < max(alone))

    def test_a_ladder_that_grows_is_told(self):
        run = self.path("run.yaml")
        with open(run, "w") as file:
            file.write("target: {gaussian: {dim: 4, sd: 0.001, half_width: 10}}\n"
                       "sampler: {temperatures: 4, walkers: 16, ladder: {adapt: 20}, "
                       "moves: {stretch: 0.7, de: 0.3}}\n")
        words = ["sample", run, "--dry-run"]
        done = mutau_cli.mutau(*words)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (0, 1), done.stderr)
        # 17 by a simulation of the ladder; see tests/statistics/test_known_evidence.c
        self.assertRegex(done.stderr, r"\Amutau: note: 1[678] temperatures instead of 4: ")
        self.assertRegex(done.stdout, r", 1[678] temperatures, ")
        done = mutau_cli.mutau(*words, "--quiet")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        done = mutau_cli.mutau(*words, "--quiet", "--set", "sampler.ladder.max_rungs=6")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (0, 1), done.stderr)
        self.assertRegex(done.stderr, r"\Amutau: warning: 6 temperatures \(sampler.ladder."
                                      r"max_rungs: 6\) are fewer than the 1[678] ")
        done = mutau_cli.mutau(*words, "--set", "sampler.ladder.beta_min=1e-2")
        self.assertIn(", 4 temperatures, ", done.stdout)
        self.assertEqual(done.stderr, "")

    def test_a_given_ladder_is_geometric(self):
        path = self.sample("given.h5", steps=20)
        with h5py.File(path) as f:
            beta, evaluations = f["tempering/beta"][0], f["run"].attrs["evaluations"]
        self.assertEqual(len(beta), 4)
        # The start, which draws the hot rungs that are not finite again, and 20 steps.
        self.assertLess(evaluations, 23 * 2 * 4 * 8)

    def test_what_is_stored(self):
        path = self.sample("rungs.h5", "sampler.store_rungs=true")
        plain = self.sample("plain.h5")
        hot = [f"mcmc{e}_T0{t}" for e in ("", "_1") for t in (1, 2, 3)]
        self.assertEqual(draws(path)[1], draws(plain)[1])
        with h5py.File(plain) as f:
            self.assertEqual([key for key in f if "_T" in key], [])
        with h5py.File(path) as f:
            beta, log_like = f["tempering/beta"][:150], f["tempering/log_like"][:150]
            self.assertEqual(log_like.shape, (150, 2, 4, 8))
            self.assertTrue((beta[:, 0] == 1).all() and (beta[:, 3] == 0).all())
            self.assertTrue((np.diff(beta, axis=1) < 0).all())
            self.assertGreater(np.ptp(beta[:60, 1]), 0)   # adapts ...
            self.assertEqual(np.ptp(beta[60:, 1]), 0)     # ... and is frozen
            burn_in = {f[name].attrs["burn_in"] for name in ("mcmc", "mcmc_1", "tempering", *hot)}
            self.assertEqual((len(burn_in), min(burn_in) >= 60), (1, True))
            proposed = f["tempering/swaps_proposed"][()]
            self.assertEqual(list(proposed), [90 * 2 * 8] * 3)
            accepted = f["tempering/swaps_accepted"][()]
            self.assertTrue((0 < accepted).all() and (accepted < proposed).all())
            # ln L of the cold rung is the sum of its terms, and log_prob that of the rung.
            blobs = f["mcmc/blobs"][:150]
            terms = sum(blobs[name] for name in blobs.dtype.names if name.startswith("lnl_"))
            np.testing.assert_allclose(log_like[:, 0, 0], terms, rtol=1e-12)
            prior = f["mcmc_1/log_prob"][:150] - log_like[:, 1, 0]
            # The densities of uniform priors are constant: so is what the likelihood leaves.
            self.assertLess(np.ptp(prior), 1e-9)
            for t in (1, 2):
                rest = f[f"mcmc_1_T0{t}/log_prob"][:150] - beta[:, t, None] * log_like[:, 1, t]
                np.testing.assert_allclose(rest, prior[0, 0], rtol=1e-6, atol=1e-6 * np.abs(
                    beta[:, t, None] * log_like[:, 1, t]).max())
        for name in GROUPS + hot:
            backend = emcee.backends.HDFBackend(path, name=name, read_only=True)
            self.assertEqual(backend.get_chain().shape, (150, 8, 4))
            self.assertEqual(backend.get_blobs().shape, (150, 8))

    def test_evidence_is_reported_and_stored(self):
        path = self.sample("evidence.h5", "sampler.stop={evidence_error: 1e-3}",
                           "sampler.walkers=16", steps=2000)
        evidence = json.loads(self.run_ok("summary", path, "--json"))["evidence"]
        self.assertEqual(evidence["ln_z"], evidence["methods"]["stepping_stone"]["ln_z"])
        self.assertGreater(evidence["error"], 1e-3)
        self.assertFalse(evidence["methods"]["thermodynamic_integration"]["usable"])
        for text in (self.run_ok("summary", path), self.run_ok("diagnose", path, code=3)):
            self.assertRegex(text, rf"evidence: ln Z = {evidence['ln_z']:.3f} \+- "
                             rf"{evidence['error']:.3f}\n  stepping stones +"
                             rf"{evidence['ln_z']:.3f} \+- \S+, scatter over ensembles "
                             rf"{evidence['scatter']:.3f}\n")
            self.assertNotIn("bridge", text)
        with h5py.File(path) as f:
            stored = f["run/evidence"][()]
            self.assertEqual(stored["ln_z"], evidence["ln_z"])
            history = f["run/diagnostics"][:f["run"].attrs["n_check"]]
            self.assertEqual(history["ln_z"][-1], evidence["ln_z"])
            self.assertTrue(0 < history["swap_min"][-1] < 1 and 0 <= history["mode_error"][-1] < 1)
            self.assertTrue(0 < history["acceptance_min"][-1] < history["acceptance_max"][-1])
        verdict = json.loads(self.run_ok("diagnose", path, "--json", code=3))
        self.assertIn("evidence", [f["id"] for f in verdict["findings"]])
        self.assertEqual(len(verdict["swap_shares"]), 3)
        self.assertIs(verdict["evidence_converged"], False)
        self.assertEqual(verdict["evidence"]["ln_z"], evidence["ln_z"])
        plain = json.loads(self.run_ok("summary", self.sample("plain.h5",
                                                              "sampler.temperatures=1"), "--json"))
        self.assertIsNone(plain["evidence"])

    def test_adaptation_is_burn_in(self):
        path = self.sample("burn.h5", "sampler.ladder.adapt=100")
        with h5py.File(path) as f:
            self.assertGreaterEqual(f["mcmc"].attrs["burn_in"], 100)
        report = json.loads(self.run_ok("summary", path, "--json"))
        self.assertGreaterEqual(report["burn_in"], 100)

    def test_nothing_converges_while_the_ladder_adapts(self):
        run = self.path("run.yaml")
        with open(run, "w") as file:  # draws so far apart that four of them have a low R-hat
            file.write("target: {gaussian: {dim: 2}}\nsampler: {walkers: 32, temperatures: 4, "
                       "thin: 100, stop: {max_steps: 20000, rhat: 1.05}}\n")
        path = self.path("thinned.h5")
        self.run_ok("sample", run, "--output", path, "--quiet")
        with h5py.File(path) as f:
            rows, burn_in = f["mcmc"].attrs["iteration"], f["mcmc"].attrs["burn_in"]
        self.assertGreaterEqual(burn_in, 10)
        self.assertGreaterEqual(rows - burn_in, 8)

    def test_nothing_known_is_no_evidence(self):
        run, path = self.path("flat.yaml"), self.path("flat.h5")
        with open(run, "w") as file:  # part of the prior of sum_mnu is impossible
            file.write("model: {cross_section: paper}\nparameters: {sum_mnu: {prior: log-uniform, "
                       "min: 0.01, max: 0.2}}\nlikelihood: {kind: none}\nterms: {}\n")
        self.run_ok("sample", run, "--output", path, "--max-steps", "150", *SMALL,
                    "sampler.walkers=10", code=3)
        evidence = json.loads(self.run_ok("compare", path, path, "--json"))["runs"][0]["evidence"]
        self.assertEqual((evidence["ln_z"], evidence["error"]), (0, 0))
        self.assertEqual((evidence["power_law"]["ln_z"], evidence["ln_b"]), (0, 0))

    def test_dry_run_counts_the_rungs(self):
        words = ["sample", WP, "--dry-run", "--max-steps", "1000", "--output", self.path("x.h5")]
        self.assertIn("8 temperatures", self.run_ok(*words, "--set", "sampler.temperatures=8"))
        self.assertNotIn("temperatures", self.run_ok(*words, "--set", "sampler.temperatures=1"))


if __name__ == "__main__":
    mutau_cli.main(__name__)
