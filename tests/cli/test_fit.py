# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fit and the model behind it are worth, as a user meets it: goodness of fit against
scipy, the line solver's validity against the full Breit-Wigner."""
import collections
import csv
import io
import json
import os
import re

import h5py
import yaml
from scipy.stats import chi2 as chi2_distribution

import mutau_cli
from mutau_cli import COLD, LOCAL, SOURCE, WP, MutauTest, mutau

P1 = "m_zprime=6.5,g_prime=5e-4,A=1.5,gamma=2.5"
P2 = "m_zprime=6.5,g_prime=1e-4,A=1.4,gamma=2.6"
KEYS = ["points", "limits", "free_parameters", "chi2", "dof", "chi2_per_dof", "p_value", "chi2_sm",
        "r_chi2"]
# A run of a second that converges by a loose rule, with g' where it is told to be.
QUICK = ["terms={}", "parameters.g_prime={prior: log-uniform, min: 1e-5, max: 1e-3}",
         "sampler.walkers=16", "sampler.ensembles=2", LOCAL,
         "sampler.stop={max_steps: 3000, rhat: 1.1, tau_multiple: 20}"]
LINE = "model.solver=line"
BEYOND = "parameters.g_prime={prior: log-uniform, min: 8e-3, max: 2e-2}"
SENTENCE = "of the posterior lies where the model is not valid"


def words_of(text):
    """Folded lines as one."""
    return " ".join(text.split())


class Goodness(MutauTest):
    def eval_json(self, point, *sets):
        return json.loads(self.run_ok("eval", WP, "--at", point, "--json", "--set",
                                      "description=x", *sets))

    def check(self, g, points, n_free):
        """A goodness against scipy and the paper's formula."""
        self.assertEqual(list(g), KEYS + ["improbable", "why_null"])
        self.assertEqual((g["points"], g["free_parameters"]), (points, n_free))
        self.assertEqual(g["dof"], points - n_free)
        self.assertAlmostEqual(g["chi2_per_dof"], g["chi2"] / g["dof"], 12)
        want = chi2_distribution.sf(g["chi2"], g["dof"])
        self.assertLess(abs(g["p_value"] / want - 1), 1e-10)
        self.assertEqual(g["improbable"], bool(want < 0.01))
        ratio = (g["chi2"] / (points - 4)) / (g["chi2_sm"] / (points - 2))
        self.assertAlmostEqual(g["r_chi2"], ratio, 12)
        self.assertIsNone(g["why_null"])

    def test_the_papers_points(self):
        # an independent program's chi^2, and that of the power law at (1.4, 2.6), all symmetric
        for point, want in ((P1, 26.819), (P2, 28.388)):
            e = self.eval_json(point, COLD)
            self.check(e["goodness"], 16, 4)
            self.assertEqual(e["goodness"]["chi2"], e["chi2"])
            self.assertLess(abs(e["chi2"] - want), 1.5e-3)
        self.assertLess(abs(e["goodness"]["chi2_sm"] - 35.50), 6e-3)
        self.assertLess(abs(e["goodness"]["r_chi2"] - (28.388 / 12) / (35.50 / 14)), 2e-4)
        same = self.eval_json("m_zprime=1,g_prime=0,A=1.4,gamma=2.6", COLD)
        self.assertAlmostEqual(same["chi2"], e["goodness"]["chi2_sm"], 9)
        # the bins are of the point, not of its power law
        self.assertNotEqual(same["bins"], e["bins"])

    def test_parameters_that_count(self):
        point = P1 + ",sum_mnu=0.1"
        self.check(self.eval_json(point, "parameters.sum_mnu={prior: uniform, min: 0.06, max: 1}")
                   ["goodness"], 16, 5)
        self.check(self.eval_json(P1, "parameters.gamma=2.5")["goodness"], 16, 3)
        # without a coupling neither mass nor neutrino masses matter
        sets = ["parameters.g_prime=0", "parameters.sum_mnu={prior: uniform, min: 0.06, max: 1}"]
        self.check(self.eval_json("m_zprime=3,A=1.4,gamma=2.6,sum_mnu=0.1", *sets)["goodness"],
                   16, 2)

    def test_forms_agree(self):
        e = self.eval_json(P2)
        row, = csv.DictReader(io.StringIO(self.run_ok("eval", WP, "--at", P2, "--format", "csv")))
        for key in KEYS:
            self.assertEqual(float(row[key]), e["goodness"][key], key)
        text = self.run_ok("eval", WP, "--at", P2)
        self.assertIn("16  (6 of them limits), 4 free parameters", text)
        self.assertIn(f"{e['goodness']['chi2_per_dof']:.4f}  (12 degrees of freedom)", text)
        self.assertIn("((chi2/12)/(chi2_SM/14), chi2_SM = 35.49", text)
        self.assertLessEqual(max(map(len, text.split("bin integrals")[0].splitlines())), 80)

    def test_numbers_that_have_no_meaning(self):
        g = self.eval_json(P1, "likelihood={kind: profile}")["goodness"]
        self.assertEqual([k for k in KEYS if g[k] is None],
                         ["dof", "chi2_per_dof", "p_value", "r_chi2"])
        self.assertIn("6 of 16 points are limits", g["why_null"])
        g = self.eval_json(P1, "likelihood={kind: profile}",
                           "data=[icecube-tracks-9.5yr, {name: icecube-cascades-6yr, "
                           "rows: measured}]")["goodness"]
        self.check(g, 10, 4)
        g = self.eval_json(P1, "likelihood={kind: none}")["goodness"]
        self.assertEqual((g["points"], g["why_null"]), (0, "there are no flux data"))
        self.assertTrue(all(g[k] is None for k in KEYS[3:]))
        self.assertFalse(g["improbable"])
        g = self.eval_json(P1, "data=[icecube-tracks-9.5yr]")["goodness"]
        self.assertIn("3 data points and 4 free parameters", g["why_null"])
        line = self.run_ok("eval", WP, "--at", "-", stdin="m_zprime,g_prime,A,gamma\n6,1e-4,-1,2\n")
        self.assertEqual(json.loads(line)["goodness"]["why_null"], "the point is not physical")

    def test_bestfit(self):
        done = mutau("bestfit", WP, "--starts", "8", "--json", "--fix", "g_prime=0,gamma=2")
        fit = json.loads(done.stdout)["maximum_likelihood"]
        self.check(fit["goodness"], 16, 1)
        self.assertTrue(fit["goodness"]["improbable"])
        self.assertIn("the best fit is improbable", done.stderr)
        self.assertIn("(below 0.01)", done.stderr)
        done = mutau("bestfit", WP, "--starts", "8", "--json")
        best = json.loads(done.stdout)["maximum_likelihood"]
        self.check(best["goodness"], 16, 4)
        self.assertEqual(done.stderr, "")
        rows = list(csv.DictReader(io.StringIO(self.run_ok("bestfit", WP, "--starts", "8",
                                                           "--format", "csv"))))
        self.assertEqual(float(rows[0]["p_value"]), best["goodness"]["p_value"])


class Chains(MutauTest):
    def sample(self, name, *sets, code=0, run=WP, words=()):
        done = mutau("sample", run, "--output", self.path(name), *words, "--set", *QUICK, *sets)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stderr

    def test_goodness_of_the_best_sample(self):
        self.sample("a.h5")
        self.sample("b.h5", "parameters.gamma=2")
        summary = json.loads(self.run_ok("summary", self.path("a.h5"), "--json"))
        best, g = summary["best"], summary["goodness"]
        at = ",".join(f"{n}={best[n]!r}" for n in ("m_zprime", "g_prime", "A", "gamma"))
        e = json.loads(self.run_ok("eval", WP, "--at", at, "--json", "--set", "terms={}"))
        for key in KEYS:
            self.assertAlmostEqual(g[key], e["goodness"][key], 9)
        # solved, and off the table of the run
        self.assertAlmostEqual(g["chi2"], best["chi2"], delta=2e-4)
        rows = list(csv.DictReader(io.StringIO(
            self.run_ok("summary", self.path("a.h5"), "--format", "csv"))))
        for row in rows:
            self.assertEqual(float(row["p_value"]), g["p_value"])
            self.assertEqual(float(row["best"]), best[row["name"]])
        self.assertIn("p-value", self.run_ok("summary", self.path("a.h5")))
        bad = mutau("summary", self.path("b.h5"))
        self.assertIn("IMPROBABLE FIT", bad.stdout)
        self.assertIn("the best fit is improbable", bad.stderr)
        self.check_compare(g)

    def check_compare(self, g):
        files = (self.path("a.h5"), self.path("b.h5"))
        done = mutau("compare", *files, "--json")
        runs = json.loads(done.stdout)["runs"]
        self.assertEqual(runs[0]["goodness"], g)
        self.assertTrue(runs[1]["goodness"]["improbable"])
        self.assertEqual(runs[1]["goodness"]["free_parameters"], 3)
        self.assertIn(f"{files[1]}: the best fit is improbable", done.stderr)
        rows = [r for r in csv.DictReader(io.StringIO(
            self.run_ok("compare", *files, "--format", "csv"))) if r["section"] == "goodness"]
        self.assertEqual([r["name"] for r in rows], 2 * KEYS)
        self.assertEqual([float(r["value"]) for r in rows[:9]], [g[k] for k in KEYS])
        text = self.run_ok("compare", *files)
        self.assertIn("goodness of fit at the best sample", text)
        self.assertIn("[2] IMPROBABLE: p below 0.01", text)

    def test_data_that_are_gone_or_none(self):
        os.makedirs(self.path("data"))
        with open(os.path.join(SOURCE, "data", "icecube-tracks-9.5yr.yaml")) as file:
            preset = yaml.safe_load(file)
        table = os.path.join(SOURCE, "data", preset["table"])
        with open(table) as file, open(self.path("data/own.csv"), "w") as out:
            out.write(file.read())
        with open(self.path("data/own.yaml"), "w") as out:
            yaml.safe_dump({**preset, "table": "own.csv"}, out)
        with open(self.path("data/run.yaml"), "w") as out:
            yaml.safe_dump({"model": {"cross_section": "paper"}, "data": ["own"],
                            "parameters": {"m_zprime": 6, "g_prime": 1e-4}}, out)
        self.sample("own.h5", "parameters.g_prime=1e-4", run=self.path("data/run.yaml"))
        words = ("summary", self.path("own.h5"), "--json")
        g = json.loads(self.run_ok(*words))["goodness"]
        self.assertEqual((g["points"], g["dof"]), (3, 1))
        self.assertIn("more than 4 data points", g["why_null"])
        os.remove(self.path("data/own.csv"))
        g = json.loads(self.run_ok(*words))["goodness"]
        self.assertEqual(g["points"], 0)
        self.assertIsNotNone(g["why_null"])
        with open(self.path("target.yaml"), "w") as out:
            out.write("target: gaussian\nsampler: {walkers: 16, stop: {max_steps: 200}}\n")
        done = mutau("sample", self.path("target.yaml"), "--output", self.path("t.h5"))
        self.assertIn(done.returncode, (0, 3), done.stderr)
        s = json.loads(self.run_ok("summary", self.path("t.h5"), "--json"))
        self.assertEqual(s["goodness"]["why_null"], "a built-in target has no data")
        self.assertTrue(s["validity"]["valid"])

    def test_a_model_that_is_another_one(self):
        self.sample("m.h5")
        with h5py.File(self.path("m.h5"), "r+") as file:
            for group in ("mcmc", "mcmc_1"):
                blobs = file[group]["blobs"][:]
                blobs["chi2"] *= 1.001
                file[group]["blobs"][:] = blobs
        g = json.loads(self.run_ok("summary", self.path("m.h5"), "--json"))["goodness"]
        self.assertEqual(g["points"], 0)
        self.assertIn("is stored: another model", g["why_null"])

    def test_a_posterior_beyond_the_line_solver(self):
        told = self.sample("v.h5", BEYOND, LINE, code=3)
        self.assertIn("mutau: problem: 100 % " + SENTENCE, told)
        found = json.loads(self.run_ok("diagnose", self.path("v.h5"), "--json", code=3))
        self.assertFalse(found["converged"])
        self.assertEqual([f["id"] for f in found["findings"] if f["kind"] == "problem"],
                         ["validity"])
        done = mutau("summary", self.path("v.h5"))
        self.assertEqual(done.returncode, 0)
        self.assertTrue(done.stdout.startswith("WARNING: NOT converged"))
        self.assertIn("\nWARNING: 100 % of the posterior", done.stdout)
        self.assertIn(SENTENCE, words_of(done.stdout))
        self.assertIn(SENTENCE, done.stderr)
        s = json.loads(self.run_ok("summary", self.path("v.h5"), "--json"))
        self.assertFalse(s["validity"]["valid"])
        self.assertEqual((s["validity"]["mass_beyond"], s["tail_mass"]), (1, 1))
        self.assertEqual((s["solvers"]["solver"], s["solvers"]["grid"]), ("line", 0))
        # Who accepts more says so; no draw depends on it, nor on the solver's name.
        for accepted, code in (("model.tail_tolerance=100", 0), ("model.tail_tolerance=1e-4", 3)):
            self.sample("v.h5", BEYOND, accepted, "model.solver=resonance", code=code,
                        words=["--resume"])
            self.run_ok("diagnose", self.path("v.h5"), code=code)
        s = json.loads(self.run_ok("summary", self.path("v.h5"), "--json"))
        self.assertEqual(s["validity"]["tail_limit"], 1e-3)
        # By another solver the draws are others.
        done = mutau("sample", WP, "--output", self.path("v.h5"), "--resume", "--set", *QUICK,
                     BEYOND, COLD)
        self.assertEqual(done.returncode, 4)
        self.assertIn("model.solver is line in the chain, auto in the run", done.stderr)

    def test_a_posterior_by_the_grid(self):
        """What is a problem of the line is none of auto, and the summary says who solved."""
        told = self.sample("g.h5", BEYOND, "sampler.stop={max_steps: 20}", "sampler.burn_in=0",
                           code=3)
        self.assertNotIn(SENTENCE, told)
        found = json.loads(self.run_ok("diagnose", self.path("g.h5"), "--json", code=3))
        self.assertNotIn("validity", [f["id"] for f in found["findings"]])
        s = json.loads(self.run_ok("summary", self.path("g.h5"), "--json"))
        self.assertEqual(s["solvers"], {"solver": "auto", "line": 0, "grid": 20 * 32})
        self.assertEqual((s["validity"]["valid"], s["validity"]["tail_limit"], s["tail_mass"]),
                         (True, "inf", 1))
        self.assertEqual(s["validity"]["mass_beyond_10_percent"] > 0, s["tail_depth_max"] > 1.4)
        self.assertGreater(s["validity"]["mass_beyond_1_percent"], 0)
        text = self.run_ok("summary", self.path("g.h5"))
        self.assertIn("solver auto: 0 % of the draws by line, 100 % by grid", text)
        self.assertIn("t and u channels and pair production are left out", text)
        self.sample("s.h5", "parameters.g_prime={prior: log-uniform, min: 1e-4, max: 3e-3}", COLD,
                    "sampler.stop={max_steps: 20}", "sampler.burn_in=0", code=3)
        s = json.loads(self.run_ok("summary", self.path("s.h5"), "--json"))
        self.assertGreater(s["solvers"]["line"], 0)
        self.assertGreater(s["solvers"]["grid"], 0)
        self.assertEqual(s["solvers"]["line"] + s["solvers"]["grid"], 20 * 32)

    def test_terms_alone_do_not_need_a_solver(self):
        told = self.sample("g.h5", BEYOND, "likelihood={kind: none}", "terms={kaon: e949}",
                           "parameters.A=1", "parameters.gamma=2")
        self.assertNotIn(SENTENCE, told)
        self.run_ok("diagnose", self.path("g.h5"))
        s = json.loads(self.run_ok("summary", self.path("g.h5"), "--json"))
        self.assertEqual((s["tail_mass"], s["validity"]["valid"]), (1, True))


class Validity(MutauTest):
    def reference(self):
        """The points of the full Breit-Wigner, each with its bins."""
        path = os.path.join(SOURCE, "tests", "reference", "grid_bins.csv")
        points = collections.OrderedDict()
        with open(path) as file:
            for row in csv.DictReader(line for line in file if line[0] != "#"):
                key = tuple(row[k] for k in ("m_zprime_mev", "g_prime", "A", "gamma"))
                points.setdefault(key, []).append(float(row["n_th"]))
        return points

    def test_sizes_that_are_stated(self):
        """A bin is off by 0.004 % at T = 6e-6, 0.4 % at 1e-3, 2 % at 0.006, 9 % at 0.06."""
        stated = {"5.8e-06": 4e-5, "0.00098": 4e-3, "0.0011": 4e-3, "0.0061": 2e-2, "0.058": 9e-2}
        seen = set()
        for key, bins in self.reference().items():
            point = "m_zprime={},g_prime={},A={},gamma={}".format(*key)
            done = mutau("eval", WP, "--at", point, "--json", "--set", LINE)
            e = json.loads(done.stdout)
            worst = max(abs(b["predicted"] / n - 1) for b, n in zip(e["bins"], bins))
            depth = e["derived"]["tail_depth"]
            self.assertEqual("the line solver is not valid" in done.stderr, depth > 1e-3, key)
            told = re.findall(r"a bin may be off by (\S+) %$", done.stderr, re.M)
            self.assertEqual(len(told), 1 if depth > 1e-3 else 0, key)
            table = self.run_ok("eval", WP, "--at", point, "--set", LINE)
            told += re.findall(r"\(line: a bin may be off by (\S+) %\)", table)
            self.assertEqual(len(told), 2 if depth > 1e-3 else 1, key)
            for text in told: # what a bin is off by, or more, but for more than all of it
                self.assertGreater(float(text), 85 * min(worst, 1), key)
                if f"{depth:.2g}" in stated:
                    self.assertLess(abs(float(text) / (100 * worst) - 1), 0.15, key)
            if f"{depth:.2g}" in stated:
                seen.add(f"{depth:.2g}")
                self.assertLess(abs(worst / stated[f"{depth:.2g}"] - 1), 0.15, key)
        self.assertEqual(seen, set(stated))

    def test_points_are_warned_of_once(self):
        rows = "m_zprime,g_prime,A,gamma\n" + 3 * "6.5,1e-2,1,2\n" + "6.5,1e-3,1,2\n"
        done = mutau("eval", WP, "--at", "-", "--set", LINE, stdin=rows)
        self.assertEqual(len(done.stdout.splitlines()), 4)
        self.assertEqual(done.stderr.count("the line solver is not valid"), 1)
        at = "m_zprime=6.5,g_prime=1e-2,A=1,gamma=2"
        for sets, told in (([LINE, "model.tail_tolerance=0.1"], 0),
                           ([LINE, "model.tail_tolerance=0.01"], 1), ([], 0),
                           (["model.solver=grid"], 0), ([LINE, "likelihood={kind: none}"], 0)):
            done = mutau("eval", WP, "--at", at, "--set", "description=x", *sets)
            self.assertEqual(done.stderr.count("the line solver is not valid"), told, sets)
        done = mutau("bestfit", WP, "--fix", "g_prime=1e-2", "--starts", "4", "--json",
                     "--set", LINE)
        self.assertEqual(done.stderr.count("the line solver is not valid"), 1)

    def test_the_solver(self):
        for name in ("auto", "line", "resonance", "grid"):
            text = self.run_ok("config", WP, "--set", "model.solver=" + name)
            self.assertEqual(yaml.safe_load(text)["model"]["solver"],
                             "line" if name == "resonance" else name)
        self.check_fails(1, ["model.targets", "the line solver has targets at rest",
                             "solver: auto or grid"], "config", WP,
                         "--set", "model.solver=line", "model.targets=thermal")
        for tolerance in ("1e-7", "0.2", "0"):
            self.check_fails(1, ["model.tolerance", "is out of range: from 1e-6 to 0.1"],
                             "config", WP, "--set", "model.tolerance=" + tolerance)
        help_text = words_of(self.run_ok("help", "run-file"))
        self.assertIn("(default auto; one of auto, line, grid, resonance)", help_text)
        self.assertNotIn("there is no grid solver", help_text)

    def test_who_solved(self):
        """Each form says it, and the numbers are that solver's."""
        rows = {}
        points = "m_zprime,g_prime,A,gamma\n6.5,5e-4,1.5,2.5\n6.5,5e-3,1.5,2.5\n"
        for name in ("auto", "line", "grid"):
            rows[name] = [json.loads(line) for line in self.run_ok(
                "eval", WP, "--at", "-", "--set", "model.solver=" + name, COLD,
                stdin=points).splitlines()]
        self.assertEqual([r["solver"] for r in rows["auto"]], ["resonance", "grid"])
        # chi2_SM, without a coupling, is by the line in the one and by the grid in the other
        auto, grid = (rows[name][1].pop("goodness") for name in ("auto", "grid"))
        for key in KEYS:
            self.assertAlmostEqual(auto[key], grid[key], 11)
        self.assertEqual(rows["auto"], [rows["line"][0], rows["grid"][1]])
        self.assertNotEqual(rows["line"][0]["chi2"], rows["grid"][0]["chi2"])
        at = "m_zprime=6.5,g_prime=5e-3,A=1.5,gamma=2.5"
        self.assertIn("(grid: a bin may be off by 0.1 %)", self.run_ok("eval", WP, "--at", at))
        row, = csv.DictReader(io.StringIO(self.run_ok("eval", WP, "--at", at, "--format", "csv")))
        self.assertEqual(row["by_grid"], "1")
        words = ("--format", "csv", "--set")
        for targets, by_grid in ((COLD, "0"), ("model.targets=thermal", "1")): # lines are at rest
            row, = csv.DictReader(io.StringIO(self.run_ok("eval", WP, "--at", P1, *words, targets)))
            self.assertEqual(row["by_grid"], by_grid)
        flux = json.loads(self.run_ok("flux", WP, "--at", at, "--energies", "1e5:1e6:2", "--json"))
        self.assertEqual(flux["solver"], "grid")
        self.assertIn("by the line solver", self.run_ok("flux", WP, "--at", P1, "--energies",
                                                        "1e5:1e6:2", "--set", COLD))

    def test_the_s_channel_alone(self):
        """1 and 10 % of a bin at 1.35e-2 and 2.5e-2 of 6.5 MeV, a scalar 2.4e-2 and 4.8e-2."""
        sets = ["model.mediator={scalar: mu}", "terms={}"]
        for mass, scalar, to_1, to_10 in ((6.5, False, 1.35e-2, 2.5e-2),
                                          (26, True, 4.8e-2, 9.6e-2)):
            words = ["--set", *sets] if scalar else []
            for g, good, told in ((to_1 * 0.99, 0.01, None), (to_1 * 1.01, 0.1, "more than 1 %"),
                                  (to_10 * 1.01, None, "more than 10 %")):
                done = mutau("eval", WP, "--at", f"m_zprime={mass},g_prime={g},A=1,gamma=2.5",
                             "--json", *words)
                s = json.loads(done.stdout)["s_channel"]
                self.assertAlmostEqual(s["coupling_to_1_percent"], to_1, 12)
                self.assertAlmostEqual(s["coupling_to_10_percent"], to_10, 12)
                self.assertEqual(s["good_to"], good)
                self.assertEqual("which are left out" in done.stderr, told is not None)
                self.assertIn(told or "", done.stderr)
        done = mutau("eval", WP, "--at", "-",
                     stdin="m_zprime,g_prime,A,gamma\n" + 3 * "6.5,3e-2,1,2\n")
        self.assertEqual(done.stderr.count("which are left out"), 1)

    def test_targets_that_move(self):
        """Each bin says by how much it is off that with targets at rest."""
        words = ("eval", WP, "--at", P1, "--json", "--set", "model.solver=grid", COLD)
        cold = json.loads(self.run_ok(*words))["bins"]
        moved = json.loads(self.run_ok("eval", WP, "--at", P1, "--json"))["bins"]
        self.assertNotIn("against_cold", cold[0])
        for bin_, rest in zip(moved, cold): # of auto: cold by the line, 1e-3 apart
            ratio = bin_["predicted"] / rest["predicted"] - 1
            self.assertLess(abs(bin_["against_cold"] - ratio), 1e-3)
        self.assertIn("moved", self.run_ok("eval", WP, "--at", P1))
        self.assertNotIn("moved", self.run_ok("eval", WP, "--at", P1, "--set", COLD))


if __name__ == "__main__":
    mutau_cli.main(__name__)
