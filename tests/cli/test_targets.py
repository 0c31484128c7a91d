# SPDX-License-Identifier: GPL-3.0-or-later
"""Built-in targets from a run file: sampled, summarised, resumed, and refused where due.

A mean of n effective draws is off by 4 sd/sqrt(n) once in 16000 tries; seeds are fixed."""
import json
import math

import h5py

import mutau_cli
from mutau_cli import MutauTest, mutau

MIXTURE = """target: {mixture: {dim: 2, weight: 0.3}}
sampler: {walkers: 32, moves: {stretch: 0.7, de: 0.3}, temperatures: 6,
          ladder: {adapt: 400}, stop: {max_steps: 2000}}
"""
GAUSSIAN = """target: {gaussian: {dim: 3, correlation: 0.5}}
sampler: {walkers: 16, ensembles: 2, moves: {stretch: 0.7, de: 0.3}, burn_in: 100,
          stop: {max_steps: 1000}}
"""
ALL = ("gaussian", "rosenbrock", "eggbox", "shells", "mixture", "linear-gaussian", "student",
       "funnel")


class Targets(MutauTest):
    def run_file(self, text):
        path = self.path("run.yaml")
        with open(path, "w") as file:
            file.write(text)
        return path

    def sample(self, run, name, *words):
        path = self.path(name)
        done = mutau("sample", run, "--output", path, "--quiet", *words)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return path

    @staticmethod
    def chain(path):
        with h5py.File(path, "r") as file:
            return file["mcmc/chain"][:file["mcmc"].attrs["iteration"]]

    def test_config_is_a_run_file_that_says_the_truth(self):
        for name in ALL:
            once = self.run_ok("config", self.run_file(f"target: {name}\n"))
            self.assertIn("# known: ln Z = ", once)
            self.assertIn("# known: x1 = ", once)
            self.assertNotIn("parameters", once)
            again = self.run_ok("config", self.run_file(once))
            self.assertEqual(once, again)
        # 1/12^2 of two circles of circumference 4 pi: ln Z = -1.7456 of shells, as published
        shells = self.run_ok("config", self.run_file("target: shells\n"))
        self.assertIn("ln Z = -1.7456", shells)
        # golden/tails.py
        funnel = self.run_ok("config", self.run_file("target: funnel\n"))
        self.assertIn("# known: x1 = -0.074109211, standard deviation 2.9198185, "
                      "median -0.037686089\n", funnel)

    def test_moments_of_a_gaussian(self):
        path = self.sample(self.run_file(GAUSSIAN), "g.h5")
        summary = json.loads(self.run_ok("summary", path, "--json"))
        self.assertEqual(list(summary["parameters"]), ["x1", "x2", "x3"])
        for quantity in summary["parameters"].values():
            n = quantity["ess_bulk"]
            self.assertGreater(n, 300)
            self.assertLess(abs(quantity["mean"]), 4 / math.sqrt(n))
            self.assertLess(abs(quantity["sd"] - 1), 4 / math.sqrt(n))
        self.assertEqual(summary["derived"], {})
        self.assertIsNone(summary["tail_depth_max"])
        self.assertIsNone(summary["tail_mass"])
        self.assertNotIn("tail depth", self.run_ok("summary", path))
        self.assertIn(mutau("diagnose", path).returncode, (0, 3))

    def test_both_modes_of_a_mixture(self):
        path = self.sample(self.run_file(MIXTURE), "m.h5")
        x = self.chain(path)[500:, :, 0]
        share = (x < 0).mean()
        # Weight 0.3 of the first mode; swaps make some hundred independent visits.
        self.assertLess(abs(share - 0.3), 0.1)
        summary = json.loads(self.run_ok("summary", path, "--json"))
        self.assertEqual(len(summary["parameters"]["x1"]["hpd"]["0.95"]), 2)

    def test_resume_threads_and_starts(self):
        run = self.run_file(GAUSSIAN)
        for start in ("prior", "bestfit"):
            words = ["--set", "sampler.start=" + start]
            whole = self.sample(run, "whole.h5", "--overwrite", "--threads", "1",
                                "--max-steps", "150", *words)
            self.sample(run, "part.h5", "--overwrite", "--max-steps", "70", *words)
            part = self.sample(run, "part.h5", "--resume", "--max-steps", "150", *words)
            self.assertTrue((self.chain(whole) == self.chain(part)).all())
        self.check_fails(4, ["target"], "sample", run, "--output", whole, "--quiet", "--resume",
                         "--set", "sampler.start=bestfit", "target.gaussian.correlation=0.4")

    def test_every_target_starts(self):
        for name in ALL:
            done = mutau("sample", self.run_file(f"target: {name}\n"), "--dry-run")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_help_names_all(self):
        text = self.run_ok("help", "targets")
        for name in ALL:
            self.assertIn("\n" + name + ": ", text)

    def test_commands_that_need_a_model(self):
        run = self.run_file(GAUSSIAN)
        for words in (["eval", run, "--at", "x1=0"], ["bestfit", run],
                      ["flux", run, "--at", "x1=0"], ["limits", run]):
            self.check_fails(1, ["built-in target"], *words)

    def test_mistakes(self):
        for text, pieces in (
                ("target: gausian", ["1:9", "'gaussian'"]),
                ("target: {gaussian: {dim: 20}}", ["target.gaussian", "16"]),
                ("target: {gaussian: {corelation: 0}}", ["'correlation'"]),
                ("target: {gaussian: {half_width: 1}}", ["target.gaussian", "8 sd"]),
                ("target: {student: {dof: 0}}", ["target.student.dof", "1"]),
                ("target: {student: {scale: 1e3}}", ["target.student", "at least scale"]),
                ("target: {funnel: {dim: 1}}", ["target.funnel.dim", "2"]),
                ("target: {funnel: {half_width: 20}}", ["target.funnel", "8 sd"]),
                ("target: {}", ["one target"]),
                ("target: {shells: {}, eggbox: {}}", ["one target"]),
                ("target: [shells]", ["target", "mapping"]),
                ("{target: shells, terms: {}}", ["terms", "leave one of them out"]),
                ("{target: shells, parameters: {}}", ["parameters"]),
                ("{target: shells, allow_overlap: true}", ["allow_overlap"]),
                ("{target: {shells: {dim: 9}}, sampler: {walkers: 16}}", ["walkers", "16"])):
            self.check_fails(1, pieces, "config", self.run_file(text + "\n"))


if __name__ == "__main__":
    mutau_cli.main("__main__")
