#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A spectrum that is no power law, through every command: chains/log-parabola.yaml."""
import filecmp
import json
import math
import os

from mutau_cli import LOCAL, SOURCE, MutauTest, main, mutau

RUN = os.path.join(SOURCE, "chains", "log-parabola.yaml")
LINE = os.path.join(SOURCE, "chains", "powerlaw.yaml")
FREE = ["A", "alpha", "beta"]
COMBINED = "data=[icecube-combined-2025]"
PROFILE = "likelihood={kind: profile}"
# Best chi^2 of an independent prototype (C, trapezoids in ln(1+z) over 2048 cells): power law and
# log-parabola, alpha 1.8 to 3.5, beta -0.5 to 1.  Given to 0.01.
BEST = {(): (29.08, 17.69), (COMBINED,): (35.85, 12.03), (COMBINED, PROFILE): (24.66, 12.53)}
SHORT = [LOCAL, "terms={}", "sampler.ensembles=2", "sampler.walkers=16", "sampler.temperatures=6",
         "sampler.stop={max_steps: 1500}", "sampler.ladder={adapt: 200, lag: 50, time: 1}"]


def sets(words):
    return [part for word in words for part in ("--set", word)]


class LogParabola(MutauTest):
    def sample(self, run, name, *words, **options):
        """Samples a short chain, which need not have converged; its path."""
        path = self.path(name)
        done = mutau("sample", run, "--output", path, "--quiet", *words, **options)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        return path

    def fit(self, run, *words):
        text = self.run_ok("bestfit", run, "--json", "--starts", "4", *sets(words))
        return json.loads(text)["maximum_likelihood"]

    def test_config_names_its_parameters(self):
        text = self.run_ok("config", RUN)
        self.assertIn("source: {spectrum: log-parabola,", text)
        self.assertIn("  beta: {prior: uniform, min: -0.5, max: 1}\n", text)
        self.assertNotIn("gamma", text)
        self.check_fails(1, ["model.source.frame", "fix g_prime: 0", "frame: source"],
                         "config", RUN, "--set", "parameters.g_prime=1e-4",
                         "model.source.frame=earth")
        self.run_ok("config", RUN, "--set", "parameters.g_prime=1e-4")
        self.check_fails(1, ["parameters.gamma", "known: m_zprime, g_prime, A, alpha, beta"],
                         "config", RUN, "--set", "parameters.gamma=2.5")

    def test_help_knows_every_spectrum(self):
        for topic in ("run-file", "parameters"):
            text = self.run_ok("help", topic)
            for name in ("gamma", *FREE):
                self.assertEqual(text.count(f"\n    {name} "), 1, (topic, name))
        self.assertIn("parameters.alpha: spectral index", self.run_ok("help", "alpha"))
        self.assertIn("parameters.beta: curvature", self.run_ok("help", "beta"))
        text = self.run_ok("help", "spectra")
        for piece in ("\nlog-parabola: ", "S = (E/100 TeV)^-(alpha + beta", "\npower-law: "):
            self.assertIn(piece, text)

    def test_a_point(self):
        at = "A=1.5,alpha=2.6,beta=0"
        point = json.loads(self.run_ok("eval", RUN, "--at", at, "--json"))
        line = json.loads(self.run_ok("eval", LINE, "--at", "A=1.5,gamma=2.6", "--json"))
        self.assertAlmostEqual(point["chi2"], line["chi2"], 9)
        self.assertEqual(point["parameters"]["beta"], 0)
        self.assertEqual(point["goodness"]["free_parameters"], 3)
        self.assertEqual(point["goodness"]["chi2_sm"], point["chi2"])
        # priors of A, alpha and beta
        self.assertAlmostEqual(point["ln_prior"], -math.log(2.4 * 1.7 * 1.5), 12)
        for hint in (["--at", "A=1"], []):
            for command in ("eval", "flux"):
                self.check_fails(1, ["--at A=...,alpha=...,beta=..."], command, RUN, *hint)
        self.check_fails(1, ["unknown parameter 'gamma'", "alpha, beta"], "eval", RUN, "--at",
                         at + ",gamma=2")

    def test_another_pivot(self):
        """The same parabola in other words: alpha(100 TeV) = alpha(30 TeV) + 2 beta log10(10/3)."""
        usual = ["eval", RUN, "--json", "--at"]
        pivot = sets(["model.source.spectrum={log-parabola: {pivot: 3e4}}"])
        alpha = 2.3 + 2 * 0.5 * math.log10(10 / 3)
        there = json.loads(self.run_ok(*usual, "A=1.5,alpha=2.3,beta=0.5", *pivot))
        here = json.loads(self.run_ok(*usual, f"A=1.5,alpha={alpha!r},beta=0.5"))
        self.assertAlmostEqual(there["chi2"], here["chi2"], 9)
        for got, want in zip(there["bins"], here["bins"]):
            self.assertAlmostEqual(got["predicted"] / want["predicted"], 1, 12)
        self.assertNotAlmostEqual(there["chi2"], json.loads(
            self.run_ok(*usual, "A=1.5,alpha=2.3,beta=0.5"))["chi2"], 1)
        self.assertIn("source: {spectrum: {log-parabola: {pivot: 30000}},",
                      self.run_ok("config", RUN, *pivot))
        self.check_fails(1, ["model.source.spectrum.log-parabola.pivot", "GeV"], "config", RUN,
                         *sets(["model.source.spectrum={log-parabola: {pivot: 0}}"]))
        for name in ("pivot", "log-parabola", "model.source.spectrum.log-parabola.pivot"):
            self.assertIn("energy at which the index is alpha", self.run_ok("help", name))

    def test_rows(self):
        rows = "A,alpha,beta\n1.5,2.6,0.5\n1.5,2.6,2\n"
        lines = self.run_ok("eval", RUN, "--at", "-", stdin=rows).splitlines()
        points = [json.loads(line) for line in lines]
        self.assertEqual(len(points), 2)
        self.assertEqual(points[1]["ln_prior"], "-inf")
        self.assertTrue(math.isfinite(points[1]["ln_likelihood"]))

    def test_flux(self):
        text = self.run_ok("flux", RUN, "--at", "A=1.5,alpha=2.6,beta=0.5", "--energies",
                           "1e5:1e6:2", "--format", "csv")
        rows = [[float(x) for x in row.split(",")] for row in text.splitlines()[1:]]
        self.assertAlmostEqual(rows[0][1] / 1.5e-18, 1, 12)  # A is the flux at Earth
        # A single power law would be 10^-2.6 of it a decade higher, the parabola in the sources'
        # frame 10^-3.1 at z = 0 and less beyond.
        self.assertLess(rows[1][1], rows[0][1] * 10 ** -3.1)
        self.assertGreater(rows[1][1], rows[0][1] * 10 ** -4.0)

    def test_best_fits(self):
        for words, (line, curve) in BEST.items():
            self.assertAlmostEqual(self.fit(LINE, *words)["chi2"], line, delta=0.0101)
            best = self.fit(RUN, *words)
            self.assertAlmostEqual(best["chi2"], curve, delta=0.0101)
            if not words:
                self.assertEqual(best["at_edge"], ["beta"])

    def test_limits_do_not_depend_on_it(self):
        words = ["--set", "terms={na64: {}}", "--masses", "5:6:2", "--json"]
        self.assertEqual(json.loads(self.run_ok("limits", RUN, *words)),
                         json.loads(self.run_ok("limits", LINE, *words)))

    def test_starts_at_the_best_fit(self):
        chain = self.sample(RUN, "start.h5", *sets(SHORT), "--set", "sampler.start=bestfit",
                            "sampler.temperatures=1", "sampler.stop={max_steps: 100}")
        best = json.loads(self.run_ok("summary", chain, "--json"))["best"]
        self.assertLess(best["chi2"], BEST[()][1] + 1.0)

    def test_a_chain(self):
        brief = sets([*SHORT, "sampler.temperatures=2", "sampler.stop={max_steps: 400}"])
        whole = self.sample(RUN, "brief.h5", *brief)
        parts = self.sample(RUN, "parts.h5", *brief, "--max-steps", "230")
        self.sample(RUN, "parts.h5", *brief, "--resume")
        reports = [self.path("whole.json"), self.path("parts.json")]
        for chain, report in zip((whole, parts), reports):
            told = json.loads(self.run_ok("summary", chain, "--json"))
            for key in ("seconds", "chains", "files", "inputs", "timings"):
                told.pop(key, None)
            with open(report, "w", encoding="utf-8") as out:
                json.dump(told, out)
        self.assertTrue(filecmp.cmp(*reports, shallow=False))
        whole = self.sample(RUN, "whole.h5", *sets(SHORT))
        summary = json.loads(self.run_ok("summary", whole, "--json"))
        self.assertEqual(list(summary["parameters"]), FREE)
        self.assertEqual(summary["steps"], 1500)
        done = mutau("diagnose", whole)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertIn("beta", done.stdout)
        self.check_resume_refuses(whole)
        self.check_comparison(whole)

    def check_resume_refuses(self, chain):
        self.check_fails(4, ["beta"], "sample", RUN, "--output", chain, "--quiet", "--resume",
                         *sets(SHORT), "--set", "parameters.beta=0.1")

    def check_comparison(self, chain):
        line = self.sample(LINE, "line.h5", *sets(SHORT))
        done = mutau("compare", line, chain, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        told = json.loads(done.stdout)
        evidences = [run["evidence"] for run in told["runs"]]
        for evidence, (curve, alone) in zip(evidences, ((False, -18.698), (True, -13.383))):
            # quadrature, held by unit tests to a rule of its own and to the prototype's ln B
            self.assertAlmostEqual(evidence["power_law"]["ln_z"], alone, delta=1e-3)
            self.assertIsNotNone(evidence["ln_z"], evidence)
            # no boson: what is sampled is that very integral
            self.assertLess(abs(evidence["ln_b"]), max(4 * evidence["error"], 0.1), curve)
        pair = told["pairs"][0]
        self.assertAlmostEqual(pair["ln_b"], 5.2, delta=0.4)  # the prototype's, +- 0.3
        text = self.run_ok("compare", line, chain)
        self.assertIn("ln Z without the boson", text)
        self.assertNotIn("power law alone", text)
        self.assertNotIn("depends on the priors", text) # of a boson that there is not


if __name__ == "__main__":
    main(__name__)
