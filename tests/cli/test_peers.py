#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""bench/peers.py without its peers: mutau's own row, the likelihood that the others get, the
judging, and the table of docs/performance.md; prints TAP."""
import json
import math
import os
import shutil
import subprocess
import sys

import numpy as np

import mutau_cli
from mutau_cli import MUTAU, SOURCE, WP, MutauTest

BENCH = os.path.join(SOURCE, "bench")
LIBRARY = os.environ["MUTAU_LIBRARY"]
sys.dont_write_bytecode = True
sys.path.insert(0, BENCH)
import peers
import peers_samplers

TRUTH = peers.read_truth()["wp"]
TERMS = ("lnl_g-2", "lnl_na64", "lnl_kaon", "lnl_z-decay")  # of wp
PERFORMANCE = os.path.join(SOURCE, "docs", "performance.md")


def run_peers(*words):
    return subprocess.run([sys.executable, os.path.join(BENCH, "peers.py"), "--mutau", MUTAU,
                           "--library", LIBRARY, *words], capture_output=True, text=True,
                          timeout=300, check=False)


def exact(**changes):
    """A record with the grid's own numbers and 4000 draws, but for the changes."""
    parameters = [name for name in TRUTH if name != "ln_z"]
    record = {"run": "wp", "sampler": "emcee", "goal": "draws", "seed": 1, "reached": True,
              "evaluations": 40000, "cpu_s": 2.0, "ln_z": TRUTH["ln_z"]["value"],
              "ln_z_error": 0.05, "ess": dict.fromkeys(parameters, 4000.0),
              "quantiles": {name: [TRUTH[name]["%g" % share] for share in peers.SHARES]
                            for name in parameters},
              "date": "2026-01-02", "machine": "a machine", "load": 1.0, "version": "1"}
    return {**record, **changes}


def right(**changes):
    return peers.judged(exact(**changes), TRUTH)["right"]


def moved(by, **changes):
    """One quantile of one parameter off by so many standard deviations."""
    quantiles = {name: list(values) for name, values in exact()["quantiles"].items()}
    quantiles["gamma"][0] += by * TRUTH["gamma"]["sd"]
    return exact(quantiles=quantiles, **changes)


class Rows(MutauTest):
    def test_the_row_of_mutau_has_the_numbers_of_the_summary(self):
        done = run_peers("--only", "mutau", "--quick", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)
        self.assertEqual([(row["run"], row["sampler"], row["goal"], row["seed"]) for row in rows],
                         [("wp", "mutau", "ln_z", 1), ("wp", "mutau", "draws", 1)])
        chain = self.path("chain.h5")
        done = mutau_cli.mutau("sample", WP, "--output", chain, "--quiet", "--seed", "1",
                               "--set", peers.QUICK_STOP, peers.SETTING)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        summary = json.loads(self.run_ok("summary", chain, "--json"))
        for row in rows:
            self.assertEqual(row["evaluations"], summary["evaluations"])
            self.assertTrue(0.0 < row["cpu_s"] < 300.0, row["cpu_s"])
            self.assertFalse(row["right"] and row["goal"] == "ln_z" and row["ln_z"] is None)
            for name, values in summary["parameters"].items():
                for share, found in zip(peers.SHARES, row["quantiles"][name]):
                    self.assertAlmostEqual(found / values["q"]["%g" % share], 1.0, 5)

    def test_a_failure_of_mutau_is_shown(self):
        done = run_peers("--only", "mutau", "--quick", "--set", "sampler.walkers=3")
        self.assertEqual(done.returncode, 1)
        self.assertIn("sampler.walkers", done.stderr)
        self.assertIn("exit code 1", done.stderr)


class Likelihood(MutauTest):
    def test_the_likelihood_is_that_of_mutau_eval(self):
        """To rounding where a run solves; off the table, to twice what that states of a bin, as
        ln L far from the maximum goes as the square of the bins.  A run has the line's flux where
        the terms alone are below -700: there both are, and to a hundredth the same."""
        solved = self.path("solved.yaml")
        with open(WP, encoding="utf-8") as old, open(solved, "w", encoding="utf-8") as new:
            text = old.read()
            self.assertEqual(text.count("\nmodel:\n"), 1)
            new.write(text.replace("\nmodel:\n", "\nmodel:\n  table: off\n"))
        self.check_likelihood(solved, 1e-9)
        self.check_likelihood(WP, 2.0 * self.table_error())

    def table_error(self):
        point = "m_zprime=5,g_prime=1e-3,A=1.2,gamma=2.6"
        error = json.loads(self.run_ok("eval", WP, "--at", point, "--json"))["table_error"]
        self.assertTrue(0.0 < error <= 2e-3, error)
        return error

    def check_likelihood(self, run_file, rtol):
        posterior = peers_samplers.Posterior(LIBRARY, run_file)
        theta = posterior.draw(3, 20)
        rows = [dict(zip(posterior.names, point)) for point in theta]
        natural = {name.removeprefix("log10_"): name for name in posterior.names}
        lines = [",".join(natural)] + [",".join(
            repr(10.0 ** row[name] if name.startswith("log10_") else float(row[name]))
            for name in natural.values()) for row in rows]
        answer = self.run_ok("eval", WP, "--at", "-", "--format", "csv",
                             stdin="\n".join(lines) + "\n").splitlines()
        head = answer[0].split(",")
        want, *terms = np.array([[float(line.split(",")[head.index(name)]) for line in answer[1:]]
                                 for name in ("ln_likelihood", *TERMS)])
        hopeless = sum(terms) < -700.0
        self.assertTrue(5 <= hopeless.sum() <= 15, hopeless)
        found = posterior.ln_posterior(theta)
        np.testing.assert_allclose(found[~hopeless], want[~hopeless], rtol=rtol)
        np.testing.assert_allclose(found[hopeless], want[hopeless], rtol=1e-2)
        self.assertTrue((found[hopeless] < -700.0).all(), found)
        self.assertEqual(posterior.evaluations, 20)
        self.assertEqual(posterior.point(theta[0]), posterior.ln_posterior(theta[:1])[0])
        self.assertEqual(posterior.evaluations, 22)

    def test_the_unit_cube_is_the_prior(self):
        posterior = peers_samplers.Posterior(LIBRARY, WP)
        edges = posterior.transform(np.array([np.zeros(posterior.dim), np.ones(posterior.dim)]))
        np.testing.assert_array_equal(edges, [posterior.lo, posterior.hi])
        self.assertEqual(posterior.point(posterior.hi + 1.0), -math.inf)

    def test_a_prior_that_is_not_flat_is_refused(self):
        path = self.path("gaussian.yaml")
        with open(WP, encoding="utf-8") as old, open(path, "w", encoding="utf-8") as new:
            text = old.read()
            flat = "gamma: {prior: uniform, min: 1.8, max: 3.5}"
            self.assertIn(flat, text)
            new.write(text.replace(flat, "gamma: {prior: gaussian, mean: 2.5, sigma: 0.2, "
                                         "min: 1.8, max: 3.5}"))
        with self.assertRaisesRegex(SystemExit, "uniform"):
            peers_samplers.Posterior(LIBRARY, path)

    def test_a_run_ends_with_its_budget(self):
        posterior = peers_samplers.Posterior(LIBRARY, WP, budget=0.0)
        posterior.begin()
        with self.assertRaises(peers_samplers.OutOfBudget):
            while True:
                posterior.ln_posterior(posterior.draw(1, 100))

    def test_weighted_quantiles_and_draws(self):
        class Two:
            names = ["x"]
        found = peers_samplers.weighted(Two, np.linspace(0.0, 1.0, 2001)[:, np.newaxis],
                                        np.log(np.repeat([3.0, 1.0], [1000, 1001])))
        # a density of 3/2 below 1/2 and of 1/2 above
        np.testing.assert_allclose(found["quantiles"]["x"], [0.16 / 1.5, 1 / 3, 1 - 0.16 / 0.5],
                                   atol=2e-3)
        self.assertAlmostEqual(found["ess"]["x"], 4001.0 ** 2 / (9 * 1000 + 1001), 6)


class Judging(MutauTest):
    def test_what_is_right(self):
        self.assertTrue(right())
        self.assertTrue(right(goal="ln_z", ln_z=TRUTH["ln_z"]["value"] + 0.14))
        self.assertFalse(right(goal="ln_z", ln_z=TRUTH["ln_z"]["value"] + 0.16))
        self.assertFalse(right(goal="ln_z", ln_z=TRUTH["ln_z"]["value"] - 0.16))
        for nothing in (None, math.nan):
            self.assertFalse(right(goal="ln_z", ln_z=nothing))
            self.assertFalse(right(goal="ln_z", ln_z_error=nothing))
            self.assertFalse(right(ess=dict.fromkeys(exact()["ess"], nothing)))
            self.assertFalse(right(quantiles={**exact()["quantiles"], "A": [nothing] * 3}))

    def test_quantiles_have_a_tenth_of_the_width_and_three_errors(self):
        # 0.16 of a normal distribution: its error is 1.51/sqrt(ess) standard deviations
        for ess, limit in ((4000.0, 0.1 + 3 * 1.51 / math.sqrt(4000.0)), (1e9, 0.1)):
            for factor, want in ((0.9, True), (1.1, False)):
                record = moved(factor * limit, ess=dict.fromkeys(exact()["ess"], ess))
                found = peers.judged(record, TRUTH)
                self.assertEqual(found["right"], want, (ess, factor))
                self.assertAlmostEqual(found["off"], factor * limit, 9)

    def test_a_run_without_a_result_is_a_lower_limit(self):
        ended = {name: value for name, value in exact().items()
                 if name not in ("quantiles", "ess", "ln_z", "ln_z_error")}
        found = peers.judged({**ended, "reached": False}, TRUTH)
        self.assertFalse(found["right"])
        self.assertEqual(peers.draws_cells([found]),
                         ["> 40 000", "> 2.00", "> 292", "–", "–", "0 of 1"])
        self.assertEqual(peers.draws_cells([peers.judged(exact(), TRUTH)]),
                         ["40 000", "2.00", "292", "100", "0.00", "1 of 1"])


class Table(MutauTest):
    def test_the_page_is_what_is_stored(self):
        page = self.path("performance.md")
        shutil.copy(PERFORMANCE, page)
        done = run_peers("--show", "--table", page)
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(page, encoding="utf-8") as made, open(PERFORMANCE, encoding="utf-8") as kept:
            self.assertEqual(made.read(), kept.read())

    def test_new_results_replace_those_of_their_kind(self):
        old = [exact(seed=1), exact(seed=2), exact(sampler="zeus")]
        new = exact(seed=2, evaluations=7)
        path = self.path("results.json")
        peers.write_results(path, peers.merged(old, [new]))
        self.assertEqual([(record["sampler"], record["seed"], record["evaluations"])
                          for record in peers.read_results(path)],
                         [("emcee", 1, 40000), ("emcee", 2, 7), ("zeus", 1, 40000)])

    def test_a_page_without_a_place_is_left_alone(self):
        page = self.path("page.md")
        with open(page, "w", encoding="utf-8") as file:
            file.write("text\n")
        done = run_peers("--show", "--table", page)
        self.assertEqual(done.returncode, 1)
        self.assertIn("no place for the table", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)

    def test_nuSIprops_cost_is_that_of_the_page_on_speed(self):
        with open(os.path.join(SOURCE, "docs", "speed.md"), encoding="utf-8") as file:
            self.assertIn(f": {peers.NUSIPROP_MS} ms, 2400 times", file.read())


if __name__ == "__main__":
    mutau_cli.main(__name__)
