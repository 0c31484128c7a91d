# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau bestfit: against a grid that knows nothing of simplexes, and as a user meets it."""
import csv
import io
import itertools
import json
import math

import mutau_cli
import under
from mutau_cli import COLD, LIGHT, WP, MutauTest, mutau

NAMES = ("m_zprime", "g_prime", "A", "gamma")
# physics.md's coarse scan of these data finds these minima of chi^2 of a power law
# (an independent implementation, to the digits given there).
POWER_LAW = {"symmetric": 29.1, "upper": 25.7, "split": 31.2}


STARTS = 16 if under.THIN else 64  # 64 is the default
FEWER = ["--starts", str(STARTS)] if under.THIN else []


class Bestfit(MutauTest):
    def fit(self, *words, run=WP):
        return json.loads(self.run_ok("bestfit", run, "--json", *FEWER, "--set", COLD,
                                      *words))

    def eval_rows(self, rows, *words):
        text = "m_zprime,g_prime,A,gamma\n" + "".join(
            ",".join(repr(value) for value in row) + "\n" for row in rows)
        out = self.run_ok("eval", WP, "--at", "-", "--format", "csv", "--set", COLD, *words,
                          stdin=text)
        return list(csv.DictReader(io.StringIO(out)))

    def grid_maximum(self, lo, hi, words, n=7, levels=6):
        """Zooms into the best point of a grid in log10 m, log10 g', A, gamma."""
        box = list(zip(lo, hi))
        for _ in range(levels):
            axes = [[a + (b - a) * i / (n - 1) for i in range(n)] if b > a else [a]
                    for a, b in box]
            points = list(itertools.product(*axes))
            found = self.eval_rows([(10 ** m, 10 ** g, a, c) for m, g, a, c in points], *words)
            values = [float(row["ln_likelihood"]) for row in found]
            top = max(values)
            best = points[values.index(top)]
            width = [(b - a) * 1.5 / (n - 1) for a, b in box]
            box = [(max(x - w, a), min(x + w, b)) for x, w, a, b in zip(best, width, lo, hi)]
        return top, best

    def test_power_law(self):
        for errors, want in POWER_LAW.items():
            words = ["--set", "terms={}", "likelihood.errors=" + errors]
            fit = self.fit("--fix", "g_prime=0", *words)
            best = fit["maximum_likelihood"]
            self.assertLess(abs(best["chi2"] - want), 0.051, errors)
            self.assertEqual(best["starts"], STARTS)  # the mass is a plateau, not many maxima
            self.assertEqual((best["ln_prior"], best["ln_posterior"]), ("-inf", "-inf"))
            self.assertEqual(fit["fixed"], {"g_prime": 0})
            self.assertEqual(best["parameters"]["g_prime"], 0)

    def test_the_mass_without_a_coupling(self):
        for fixed, told in (("g_prime=0", True), ("g_prime=0,m_zprime=3", False),
                            ("g_prime=1e-4", False)):
            text = self.run_ok("bestfit", WP, "--fix", fixed, "--starts", "4", *LIGHT)
            self.assertEqual("nothing depends on m_zprime" in text, told, fixed)

    def test_inside_na64(self):
        # physics.md: 5.75-6 MeV at NA64's edge, A ~ 1.2, gamma ~ 2.55-2.6, chi^2 ~ 21-23
        words = ["--set", "terms={na64: {}}"]
        best = self.fit(*words)["maximum_likelihood"]
        at = best["parameters"]
        self.assertTrue(5.7 < at["m_zprime"] < 6.0, at)
        self.assertTrue(1.1 < at["A"] < 1.3, at)
        self.assertTrue(2.54 < at["gamma"] < 2.61, at)
        self.assertTrue(20.9 < best["chi2"] < 23.0, best["chi2"])
        top, place = self.grid_maximum((0.0, -4.5, 0.8, 2.3), (math.log10(20), -3.0, 1.8, 3.0),
                                       words)
        self.assertLess(top, best["ln_likelihood"] + 1e-9)
        self.assertLess(best["ln_likelihood"] - top, 0.02)
        self.assertLess(abs(10 ** place[0] - at["m_zprime"]), 0.1)

    def test_nothing_near_is_higher(self):
        best = self.fit()["maximum_posterior"]
        at = [best["parameters"][name] for name in NAMES]
        rows = []
        for size in (1e-2, 1e-3, 1e-4):
            for signs in itertools.product((-1, 0, 1), repeat=4):
                rows.append([x * (1 + s * size) for x, s in zip(at, signs)])
        for row in self.eval_rows(rows):
            self.assertLess(float(row["ln_posterior"]), best["ln_posterior"] + 1e-9)

    def test_conditional_at_and_beyond_the_prior(self):
        free = self.fit()["maximum_likelihood"]
        for value in (1e-4, 0.0, 0.5):
            line = ["--set", "model.solver=line"] if value > 0.1 else [] # the grid has much to do
            fit = self.fit("--fix", f"g_prime={value},gamma=2.5", "--starts", "16", *line)
            best = fit["maximum_likelihood"]
            self.assertEqual(best["parameters"]["g_prime"], value)
            self.assertEqual(best["parameters"]["gamma"], 2.5)
            self.assertLess(best["ln_likelihood"], free["ln_likelihood"])
            self.assertEqual(best["ln_prior"] == "-inf", value != 1e-4)
        again = self.fit("--fix", "m_zprime={m_zprime!r},g_prime={g_prime!r}".format(
            **free["parameters"]), "--starts", "16")["maximum_likelihood"]
        self.assertAlmostEqual(again["ln_likelihood"], free["ln_likelihood"], 6)

    def test_keys_are_those_of_eval(self):
        fit = self.fit("--starts", "64")  # which find a second maximum
        self.assertEqual(set(fit), {"fixed", "starts", "seed", "evaluations",
                                    "maximum_likelihood", "maximum_posterior"})
        best = fit["maximum_likelihood"]
        at = ",".join(f"{name}={best['parameters'][name]!r}" for name in NAMES)
        point = json.loads(self.run_ok("eval", WP, "--at", at, "--json", "--set",
                                       COLD))
        for key, value in point.items():
            self.assertEqual(best[key], value, key)
        self.assertEqual(set(best) - set(point), {"starts", "at_edge", "modes"})
        modes = best["modes"]
        self.assertEqual(modes[0]["parameters"], best["parameters"])
        self.assertEqual(sum(mode["starts"] for mode in modes), fit["starts"])
        heights = [mode["ln_likelihood"] for mode in modes]
        self.assertEqual(heights, sorted(heights, reverse=True))
        self.assertIn("m_zprime", modes[1]["at_edge"])  # 1 MeV, where its prior begins

    def test_normal_priors_part_the_two_maxima(self):
        normal = "parameters.gamma={prior: normal, mean: 2.2, sigma: 0.1}"
        fit = self.fit("--set", normal)
        likelihood, posterior = fit["maximum_likelihood"], fit["maximum_posterior"]
        self.assertGreater(likelihood["ln_likelihood"], posterior["ln_likelihood"])
        self.assertGreater(posterior["ln_posterior"], likelihood["ln_posterior"])
        self.assertLess(posterior["parameters"]["gamma"], likelihood["parameters"]["gamma"])

    def test_reproducible(self):
        words = ["bestfit", WP, "--json", "--starts", "12", *LIGHT]
        once = self.run_ok(*words, "--seed", "5", "--threads", "1")
        self.assertEqual(once, self.run_ok(*words, "--seed", "5", "--threads", "3"))
        other = json.loads(self.run_ok(*words, "--seed", "6"))
        self.assertNotEqual(json.loads(once)["evaluations"], other["evaluations"])
        self.assertEqual(other["starts"], 12)

    def test_text_and_csv(self):
        text = self.run_ok("bestfit", WP, *FEWER, *LIGHT)
        for piece in ("maximum likelihood, and maximum posterior", f"of {STARTS} starts",
                      "chi2 of flux",
                      "lower maxima", "MeV"):
            self.assertIn(piece, text)
        text = self.run_ok("bestfit", WP, *FEWER, *LIGHT, "--fix", "g_prime=1e-4", "--set",
                           "parameters.gamma={prior: normal, mean: 2.2, sigma: 0.1}")
        for piece in ("held: g_prime = 0.0001", "\nmaximum posterior, from"):
            self.assertIn(piece, text)
        self.assertIn("A is at the lower edge of its prior",
                      self.run_ok("bestfit", WP, "--fix", "gamma=0.5", "--starts", "8",
                                  *LIGHT))
        rows = list(csv.DictReader(io.StringIO(self.run_ok("bestfit", WP, *FEWER, "--format",
                                                           "csv", "--set", COLD))))
        fit = self.fit()
        self.assertEqual({row["maximum_of"] for row in rows}, {"likelihood", "posterior"})
        self.assertEqual(float(rows[0]["ln_likelihood"]),
                         fit["maximum_likelihood"]["ln_likelihood"])
        self.assertEqual(len(rows), 2 * len(fit["maximum_likelihood"]["modes"]))

    def test_mistakes(self):
        for fix, piece in (("g_prim=1", "g_prime"), ("g_prime", "name=value"), ("A=-1", "at least"),
                           ("A=1,A=2", "twice"), ("A=x", "number"), ("sum_mnu=0.01", "minimum")):
            self.check_fails(1, ["--fix", piece], "bestfit", WP, "--fix", fix)
        self.check_fails(1, ["eval"], "bestfit", WP, "--fix", "m_zprime=6,g_prime=0,A=1,gamma=2")
        self.check_fails(1, ["--starts"], "bestfit", WP, "--starts", "0")
        done = mutau("bestfit", WP, "--fix", "m_zprime=2000", "--starts", "4", *LIGHT)
        self.assertEqual(done.returncode, 0)
        self.assertIn("beyond the inputs", done.stderr)


if __name__ == "__main__":
    mutau_cli.main("__main__")
