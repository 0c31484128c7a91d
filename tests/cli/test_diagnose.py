# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau diagnose: its sentences, its forms and its exit code."""
import csv
import io
import json

import h5py

import mutau_cli
from mutau_cli import COLD, LOCAL, WP, MutauTest, mutau

FAST = ["--quiet", "--set", "sampler.walkers=16", "sampler.ensembles=2",
        LOCAL]


class Diagnose(MutauTest):
    def sample(self, *more, code=3):
        chain = self.path("chain.h5")
        self.run_ok("sample", WP, "--output", chain, *FAST, COLD, *more, code=code)
        return chain

    def test_a_short_chain(self):
        chain = self.sample("--max-steps", "300")
        text = self.run_ok("diagnose", chain, code=3)
        self.assertRegex(text, r"\ANOT converged: [1-9] problems?, ")
        self.assertIn("--resume", text)
        self.assertTrue(all(len(line) <= 120 for line in text.splitlines()), text)
        report = json.loads(self.run_ok("diagnose", chain, "--json", code=3))
        self.assertFalse(report["converged"])
        ids = {f["id"] for f in report["findings"] if f["kind"] == "problem"}
        self.assertTrue(ids & {"rhat", "tau"}, report["findings"])
        self.assertEqual(set(report["parameters"]),
                         {"log10_m_zprime", "log10_g_prime", "A", "gamma"})
        for number in report["parameters"].values():
            weights = [mode["weight"] for mode in number["modes"]]
            self.assertAlmostEqual(sum(weights), 1.0, places=9)
            self.assertEqual([len(mode["occupancy"]) for mode in number["modes"]],
                             [2] * len(weights))
        rows = list(csv.DictReader(io.StringIO(
            self.run_ok("diagnose", chain, "--format", "csv", code=3))))
        self.assertEqual([row["text"] for row in rows], [f["text"] for f in report["findings"]])

    def test_a_short_tempered_chain(self):
        chain = self.sample("sampler.temperatures=3", "sampler.ladder.beta_min=1e-2",
                            "--max-steps", "24")
        text = " ".join(self.run_ok("diagnose", chain, code=3).split())
        self.assertIn("more sampler.temperatures than 3", text)
        self.assertNotIn("sampler.temperatures: 8", text)
        self.assertIn("the coldest pair first: - - evidence: no ln Z: the ladder of temperatures "
                      "adapts in the kept rows", text)
        self.assertNotIn("is nan", text)

    def test_a_converged_chain(self):
        # A stop rule that a short chain of one easy parameter meets at once.
        chain = self.sample("sampler.stop={max_steps: 4000, tau_multiple: 50, rhat: 1.02}",
                            "parameters.m_zprime=10", "parameters.g_prime=0",
                            "parameters.gamma=2.6", code=0)
        text = self.run_ok("diagnose", chain)
        self.assertRegex(text, r"\Aconverged: 0 problems, ")
        self.assertTrue(json.loads(self.run_ok("diagnose", chain, "--json"))["converged"])

    def test_several_files_are_judged_together(self):
        first = self.sample("--max-steps", "300")
        second = self.path("second.h5")
        self.run_ok("sample", WP, "--output", second, "--seed", "2", "--max-steps", "300", *FAST,
                    COLD, code=3)
        self.assertIn("4 ensembles of 16", self.run_ok("diagnose", first, second, code=3))
        self.check_fails(2, ["same seed"], "diagnose", first, first)

    def test_files_with_and_without_rungs(self):
        run = self.path("run.yaml")
        with open(run, "w") as file:
            file.write("target: {gaussian: {dim: 2}}\n")
        files = []
        for seed, rungs in ((1, 3), (2, 1), (3, 2)):
            files.append(self.path(f"{rungs}.h5"))
            self.run_ok("sample", run, "--output", files[-1], "--max-steps", "200", "--seed",
                        str(seed), *FAST, f"sampler.temperatures={rungs}",
                        "sampler.ladder.adapt=20", code=3)
        alone = [json.loads(self.run_ok("diagnose", file, "--json", code=3))["acceptance"]
                 for file in files]
        for order in ((0, 1), (1, 0), (0, 1, 2), (2, 0)):
            for command, code in (("diagnose", 3), ("summary", 0)):
                report = json.loads(self.run_ok(command, *[files[i] for i in order], "--json",
                                                code=code))
                self.assertAlmostEqual(report["acceptance"],
                                       sum(alone[i] for i in order) / len(order), places=12)

    def test_walkers_move_where_the_posterior_is_flat(self):
        run, chain = self.path("flat.yaml"), self.path("flat.h5")
        with open(run, "w") as file:
            file.write("model: {cross_section: paper}\nlikelihood: {kind: none}\nterms: {}\n")
        self.run_ok("sample", run, "--output", chain, "--max-steps", "400", *FAST, code=3)
        report = json.loads(self.run_ok("diagnose", chain, "--json", code=3))
        self.assertNotIn("stuck", {f["id"] for f in report["findings"]})
        self.assertNotIn("are stuck", self.run_ok("diagnose", chain, code=3))
        with h5py.File(chain) as f:
            history = f["run/diagnostics"][: f["run"].attrs["n_check"]]
        self.assertEqual(list(history["n_stuck"]), [0] * len(history))
        self.assertGreater(history["acceptance_min"][-1], 0.05)

    def judge(self, chain, code):
        """What every command says of a chain, which is one thing."""
        found = json.loads(self.run_ok("diagnose", chain, "--json", code=code))
        summary = json.loads(self.run_ok("summary", chain, "--json"))
        keys = ("posterior_converged", "evidence_converged", "converged")
        self.assertEqual([found[key] for key in keys], [summary[key] for key in keys])
        self.assertEqual(found["converged"], code == 0)
        if found["evidence"] is not None:
            self.assertEqual(found["evidence"]["ln_z"], summary["evidence"]["ln_z"])
        with h5py.File(chain) as f:
            self.assertEqual(bool(f["run"].attrs["converged"]), found["converged"])
        return found

    def target(self, text, *more, code):
        run, chain = self.path("target.yaml"), self.path("target.h5")
        with open(run, "w") as file:
            file.write(text)
        self.run_ok("sample", run, "--output", chain, "--quiet", "--overwrite", *more, code=code)
        return chain

    def test_rungs_that_do_not_overlap_give_no_evidence(self):
        # A first ladder by hand whose hottest rung is far too cold for the prior.
        gaussian = "target: {gaussian: {dim: 4, sd: 0.001, half_width: 10}}\n"
        chain = self.target(gaussian + "sampler: {temperatures: 4, ladder: {beta_min: 0.01}, "
                            "walkers: 16, moves: {stretch: 0.7, de: 0.3}}\n", "--max-steps", "2500",
                            code=3)
        found = self.judge(chain, 3)
        self.assertIs(found["evidence_converged"], False)
        self.assertIsNone(found["evidence"]["ln_z"])
        self.assertIn("do not overlap", found["evidence"]["why_null"])
        problems = {f["id"]: f for f in found["findings"] if f["kind"] == "problem"}
        self.assertIn("sampler.ladder.beta_min", problems["swaps"]["text"])
        self.assertEqual(problems["overlap"]["about"], ["evidence"])
        self.assertIn("evidence: no ln Z: two neighbouring rungs",
                      self.run_ok("summary", chain))

    def test_one_ensemble_is_never_plainly_converged(self):
        gaussian = "target: {gaussian: {dim: 1}}\nsampler: {walkers: 16, ensembles: 1}\n"
        chain = self.target(gaussian, code=3)
        found = self.judge(chain, 3)
        self.assertEqual([f["id"] for f in found["findings"] if f["kind"] == "problem"],
                         ["one-ensemble"])
        with h5py.File(chain) as f:  # the criteria have ended it all the same
            self.assertLess(f["run"].attrs["steps"], 50000)
        self.judge(self.target(gaussian, "--set", "sampler.ensembles=4", code=0), 0)

    def test_walkers_around_one_maximum_prove_nothing(self):
        text = ("target: {mixture: {dim: 2, weight: 0.08, separation: 2, sd: 0.4}}\n"
                "sampler: {walkers: 16, start: {bestfit: {starts: 1}}, "
                "stop: {max_steps: 3000, rhat: 1.1}}\n")
        chain = self.target(text, code=3)
        with h5py.File(chain) as f:
            self.assertEqual(f["run"].attrs["start_maxima"], 1)
        ids = [f["id"] for f in self.judge(chain, 3)["findings"] if f["kind"] == "problem"]
        self.assertIn("start", ids)
        self.run_ok("sample", self.path("target.yaml"), "--output", chain, "--resume", "--quiet",
                    "--max-steps", "3100", code=3)
        with h5py.File(chain) as f:
            self.assertEqual(f["run"].attrs["start_maxima"], 1)

    def test_numbers_that_cannot_be_are_a_fault_of_the_file(self):
        chain = self.target("target: {gaussian: {dim: 1}}\n"
                            "sampler: {walkers: 16, moves: {stretch: 1}}\n",
                            "--max-steps", "100", code=3)
        for name, value, words in (("log_prob", float("inf"), "ln posterior is inf"),
                                   ("log_prob", -1e306, "ln posterior"),
                                   ("chain", 1e9, "x1 is 1e+09")):
            with h5py.File(chain, "r+") as f:
                kept = f["mcmc"][name][90]
                changed = kept.copy()
                changed.flat[3] = value
                f["mcmc"][name][90] = changed
            self.check_fails(2, [chain, words], "summary", chain)
            self.check_fails(2, [chain, "checksum"], "diagnose", chain) # a flaw it finds first
            with h5py.File(chain, "r+") as f:
                f["mcmc"][name][90] = kept
        chain = self.target("target: {gaussian: {dim: 1}}\nsampler: {walkers: 16, temperatures: 3, "
                            "moves: {stretch: 1}, ladder: {adapt: 20}}\n", "--max-steps", "100",
                            code=3)
        with h5py.File(chain, "r+") as f:
            f["tempering/log_like"][90, 0, 1, 3] = -1e306 # would make a ln Z of 306 digits
        self.check_fails(2, [chain, "ln likelihood is -1e+306"], "summary", chain)

    def test_what_is_no_chain(self):
        self.check_fails(2, ["wp.yaml"], "diagnose", WP)
        self.check_fails(2, ["none.h5"], "diagnose", self.path("none.h5"))
        self.check_fails(1, ["CHAIN.h5"], "diagnose")
        done = mutau("diagnos", WP)
        self.assertEqual(done.returncode, 1)
        self.assertIn("diagnose", done.stderr)


if __name__ == "__main__":
    mutau_cli.main(__name__)
