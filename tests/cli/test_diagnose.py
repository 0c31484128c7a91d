# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau diagnose: its sentences, its forms and its exit code."""
import csv
import io
import json

import h5py

import mutau_cli
from mutau_cli import WP, MutauTest, mutau

FAST = ["--quiet", "--set", "sampler.walkers=16", "sampler.ensembles=2",
        "sampler.temperatures=1"]


class Diagnose(MutauTest):
    def sample(self, *more, code=3):
        chain = self.path("chain.h5")
        self.run_ok("sample", WP, "--output", chain, *FAST, *more, code=code)
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
        self.assertIn("the coldest pair first: - -; no ln Z yet", text)
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
                    code=3)
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

    def test_what_is_no_chain(self):
        self.check_fails(2, ["wp.yaml"], "diagnose", WP)
        self.check_fails(2, ["none.h5"], "diagnose", self.path("none.h5"))
        self.check_fails(1, ["CHAIN.h5"], "diagnose")
        done = mutau("diagnos", WP)
        self.assertEqual(done.returncode, 1)
        self.assertIn("diagnose", done.stderr)


if __name__ == "__main__":
    mutau_cli.main(__name__)
