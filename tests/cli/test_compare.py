# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau compare on small runs: its numbers against h5py and numpy, its forms, its refusals."""
import csv
import io
import json
import math
import os
import shutil
import subprocess
import tempfile

import h5py
import numpy as np

import mutau_cli
from mutau_cli import MUTAU, MutauTest, mutau

# Cheap: A and gamma are fixed, two ensembles of 20 walkers.
RUN = """
model: {cross_section: paper, targets: cold}
parameters:
  m_zprime: {prior: log-uniform, min: 1, max: 20}
  g_prime: {prior: log-uniform, min: 1e-5, max: 1e-1}
  A: 1.2
  gamma: 2.6
data: [icecube-cascades-6yr, icecube-tracks-9.5yr]
terms: {g-2: wp2020, na64: {}}
sampler: {ensembles: 2, walkers: 20, moves: {stretch: 0.7, de: 0.3}, stop: {max_steps: 1200}}
"""
NO_FLUX = ["likelihood={kind: none}", "data=[]"]
CHAINS = {
    "joint": [],
    # eval solves at every point: to its digits compares only who does, too
    "solved": ["model.table=off", "sampler.stop.max_steps=300"],
    "flux": ["terms.g-2=off"],
    "terms": NO_FLUX,
    "more-muons": NO_FLUX + ["terms.na64.exposure=4e10"],
    "lattice": NO_FLUX + ["terms.g-2=bmw2021"],
    "wider": NO_FLUX + ["parameters.m_zprime.max=50"],
    "unitary": ["model.cross_section=unitary-majorana"],
    "scalar": ["model={mediator: {scalar: tau}, targets: cold}", "terms={}"],
    "seed-2": NO_FLUX + ["sampler.seed=2"],
}


REPORTS = {}  # of compare --json, by what was compared: each takes a second
FOLDER = tempfile.TemporaryDirectory(prefix="mutau-compare-")


def set_up():
    """Samples the chains that the tests compare."""
    with open(chain("run", ".yaml"), "w") as file:
        file.write(RUN)
    for name, changes in CHAINS.items():
        sample(name, changes)


def chain(name, suffix=".h5"):
    return os.path.join(FOLDER.name, name + suffix)


def sample(name, changes):
    words = ["--set", *changes] if changes else []
    done = mutau("sample", chain("run", ".yaml"), "--quiet", "--output", chain(name), *words)
    if done.returncode not in (0, 3):  # 3: finished, not converged
        raise AssertionError(done.stderr)


def draws(name):
    """The blobs of a chain after burn-in."""
    parts = []
    with h5py.File(chain(name)) as file:
        for group in ("mcmc", "mcmc_1"):
            g = file[group]
            parts.append(g["blobs"][g.attrs["burn_in"]:g.attrs["iteration"]])
    return np.concatenate(parts, axis=1)


class CompareTest(MutauTest):
    def compare(self, *names, words=()):
        key = (*names, *words)
        if key not in REPORTS:
            REPORTS[key] = self.run_ok("compare", *map(chain, names), "--json", *words)
        return json.loads(REPORTS[key])

    def refused(self, pieces, *names, words=(), code=2):
        self.check_fails(code, pieces, "compare", *map(chain, names), *words)


class Numbers(CompareTest):
    def test_a_chain_equals_itself(self):
        pair = self.compare("joint", "joint")["pairs"][0]
        for name, q in pair["quantities"].items():
            self.assertEqual((q["shift"], q["overlap"]), (0, 1), name)
        self.assertEqual(len(pair["quantities"]), 5)
        self.assertEqual(pair["jensen_shannon"]["bits"], 0)
        self.assertEqual(pair["reweighting"]["khat"], "-inf")
        self.assertTrue(pair["reweighting"]["sufficient"])
        for q in pair["reweighting"]["quantities"].values():
            self.assertLess(abs(q["pull"]), 1e-6)

    def test_equal_posteriors_overlap(self):
        pair = self.compare("terms", "seed-2")["pairs"][0]
        for name, q in pair["quantities"].items():
            self.assertGreater(q["overlap"], 0.85, name)
        self.assertLess(pair["jensen_shannon"]["bits"], 0.05)

    def test_moments_and_intervals_are_those_of_summary(self):
        run = self.compare("joint", "flux")["runs"][0]
        summary = json.loads(self.run_ok("summary", chain("joint"), "--json"))
        for kind in ("parameters", "derived"):
            self.assertEqual(set(run[kind]), set(summary[kind]))
            for name, q in run[kind].items():
                for key in ("mean", "sd", "median", "mcse", "q", "hpd"):
                    self.assertEqual(q[key], summary[kind][name][key], (name, key))

    def test_shifts_against_numpy(self):
        pair = self.compare("joint", "flux", "terms")["pairs"][1]
        self.assertEqual((pair["first"], pair["second"]), (chain("joint"), chain("terms")))
        a, b = draws("joint")["g_prime"], draws("terms")["g_prime"]
        self.assertAlmostEqual(pair["quantities"]["g_prime"]["shift"],
                               (b.mean() - a.mean()) / a.std(ddof=1), 8)

    def test_chi2_of_flux_and_terms(self):
        run = self.compare("solved", "solved")["runs"][0]
        blobs = draws("solved")
        self.assertEqual(set(run["chi2"]), {"flux", "g-2", "na64"})
        self.assertAlmostEqual(run["chi2"]["flux"]["mean"], blobs["chi2"].mean(), 8)
        self.assertAlmostEqual(run["chi2"]["g-2"]["mean"], -2 * blobs["lnl_g-2"].mean(), 8)
        point = "m_zprime={m_zprime!r},g_prime={g_prime!r}".format(**run["best"])
        at = json.loads(self.run_ok("eval", chain("run", ".yaml"), "--at", point, "--json"))
        self.assertAlmostEqual(run["chi2"]["flux"]["best"], at["chi2"], 9)
        self.assertAlmostEqual(run["chi2"]["na64"]["best"], -2 * at["terms"]["na64"], 9)

    def test_probability_below_the_projections(self):
        """N goes as the exposure, and the curve is where it is ln 10."""
        below = self.compare("joint", "flux")["runs"][0]["below_na64"]
        events = -draws("joint")["lnl_na64"]
        for exposure in (1e11, 1e12):
            want = np.mean(events * exposure / 1.98e10 < math.log(10))
            self.assertAlmostEqual(below[f"{exposure:.0e}"], want, 12)


class PowerLaw(CompareTest):
    """ln Z at g' = 0 by Simpson's rule on what `eval --at -` gives."""

    def by_rule(self, a, gamma, *words):
        x, y = np.meshgrid(a, gamma, indexing="ij")
        rows = "m_zprime,g_prime,A,gamma\n" + "".join(
            f"5,0,{p!r},{q!r}\n" for p, q in zip(x.ravel().tolist(), y.ravel().tolist()))
        out = self.run_ok("eval", chain("run", ".yaml"), "--at", "-", "--format", "csv", *words,
                          stdin=rows)
        table = list(csv.DictReader(io.StringIO(out)))
        ln = np.array([float(row["ln_likelihood"]) for row in table]).reshape(x.shape)

        def weights(grid):
            w = np.ones(len(grid))
            w[1:-1:2], w[2:-1:2] = 4, 2
            return w * (grid[1] - grid[0]) / 3
        return ln, weights(a), weights(gamma)

    def power_law(self, name, *changes):
        sample(name, [*changes, "sampler.stop.max_steps=40"])
        run = self.compare(name, name)["runs"][0]
        self.assertLess(run["evidence"]["power_law"]["error"], 1e-3)
        self.assertIsNone(run["evidence"]["ln_z"])
        self.assertIn("temperatures", run["evidence"]["why_null"])
        text = self.run_ok("compare", chain("joint"), chain("joint"))
        self.assertIn("\n  no Bayes factor: ln Z is not known of both\n", text)
        self.assertEqual(run["evidence"]["prior_ranges"]["m_zprime"],
                         {"prior": "log-uniform", "min": 1, "max": 20})
        return run["evidence"]["power_law"]["ln_z"]

    def test_uniform_priors(self):
        a, gamma = np.linspace(0.1, 2.5, 97), np.linspace(1.8, 3.5, 97)
        free = ["parameters.A={prior: uniform, min: 0.1, max: 2.5}",
                "parameters.gamma={prior: uniform, min: 1.8, max: 3.5}"]
        ln, wa, wg = self.by_rule(a, gamma, "--set", *free)
        want = math.log(wa @ np.exp(ln) @ wg / 2.4 / 1.7)
        self.assertLess(abs(self.power_law("uniform", *free) - want), 1e-3)

    def test_normal_priors_and_the_profile(self):
        a, gamma = np.linspace(0.5, 4, 97), np.linspace(1.6, 3.4, 97)
        free = ["parameters.A={prior: truncated-normal, mean: 1, sigma: 0.6, min: 0.5, max: .inf}",
                "parameters.gamma={prior: normal, mean: 2.5, sigma: 0.2}",
                "likelihood={kind: profile}"]
        ln, wa, wg = self.by_rule(a, gamma, "--set", *free)
        left = 0.5 * math.erfc(-0.5 / 0.6 / math.sqrt(2))
        pa = np.exp(-0.5 * ((a - 1) / 0.6)**2) / 0.6 / math.sqrt(2 * math.pi) / left
        pg = np.exp(-0.5 * ((gamma - 2.5) / 0.2)**2) / 0.2 / math.sqrt(2 * math.pi)
        want = math.log((wa * pa) @ np.exp(ln) @ (wg * pg))
        self.assertLess(abs(self.power_law("normal", *free) - want), 1e-3)

    def test_both_fixed(self):
        at = json.loads(self.run_ok("eval", chain("run", ".yaml"), "--at", "m_zprime=5,g_prime=0",
                                    "--json"))
        run = self.compare("joint", "flux")["runs"][0]
        self.assertAlmostEqual(run["evidence"]["power_law"]["ln_z"], at["ln_likelihood"], 9)

    def test_changed_data_have_no_power_law(self):
        with tempfile.TemporaryDirectory(dir=FOLDER.name) as folder:
            for suffix in (".yaml", ".csv"):
                name = "icecube-cascades-6yr" + suffix
                shutil.copy(os.path.join(mutau_cli.SOURCE, "data", name), folder)
            table = os.path.join(folder, "icecube-cascades-6yr.csv")
            with open(table, encoding="utf-8") as file:
                text = file.read()
            found = []
            for changed in (text + "# changed\n", text.replace("4.42099e-08", "4.5e-08")):
                with open(table, "w", encoding="utf-8") as file:
                    file.write(changed)
                out = json.loads(self.run_ok("compare", chain("joint"), chain("terms"), "--json",
                                             env={"MUTAU_DATA": folder}))
                found.append(out["runs"][0]["evidence"]["power_law"])
        self.assertIsNotNone(found[0]["ln_z"])  # a comment changes nothing
        self.assertIsNone(found[1]["ln_z"])
        self.assertIn("not those that the chain was sampled with: data set 'icecube-cascades-6yr', "
                      "row 3: e2phi is 4.42099e-8 in the chain, 4.5e-8 in the files",
                      found[1]["why_null"])

    def test_data_beside_the_run_file_are_found_from_elsewhere(self):
        inputs, other = self.path("inputs"), self.path("other")
        os.mkdir(inputs)
        os.mkdir(other)
        for suffix in (".yaml", ".csv"):
            shutil.copy(os.path.join(mutau_cli.SOURCE, "data", "icecube-tracks-9.5yr" + suffix),
                        inputs)
        os.rename(os.path.join(inputs, "icecube-tracks-9.5yr.yaml"),
                  os.path.join(inputs, "mine.yaml"))
        with open(os.path.join(inputs, "run.yaml"), "w") as file:
            file.write(RUN.replace("icecube-tracks-9.5yr", "mine"))
        path = os.path.join(other, "a.h5")
        self.run_ok("sample", "inputs/run.yaml", "--output", path, "--quiet", "--max-steps", "60",
                    code=3, cwd=self.folder.name)
        program = os.path.abspath(mutau_cli.MUTAU)

        def power_law():
            done = subprocess.run([program, "compare", path, path, "--json"], cwd="/", text=True,
                                  capture_output=True, check=True)
            return json.loads(done.stdout)["runs"][0]["evidence"]["power_law"]

        with h5py.File(path) as file:
            self.assertEqual(file["run"].attrs["folder"], os.path.realpath(inputs))
        self.assertIsNotNone(power_law()["ln_z"])
        os.rename(inputs, self.path("moved"))
        self.assertIn("mine", power_law()["why_null"])
        shutil.copytree(self.path("moved"), other, dirs_exist_ok=True)
        self.assertIsNotNone(power_law()["ln_z"])
        with h5py.File(path, "r+") as file:
            del file["run"].attrs["folder"]  # as in files of before it was stored
        self.assertIsNotNone(power_law()["ln_z"])


class Reweighting(CompareTest):
    def test_more_muons(self):
        weights = self.compare("terms", "more-muons")["pairs"][0]["reweighting"]
        self.assertLess(weights["khat"], 0.7)
        self.assertTrue(weights["sufficient"])
        for name, q in weights["quantities"].items():
            self.assertLess(abs(q["pull"]), 5, name)

    def test_against_numpy(self):
        """Unsmoothed weights of all draws; smoothing moves the mean by much less."""
        weights = self.compare("terms", "more-muons")["pairs"][0]["reweighting"]
        blobs = draws("terms")
        w = np.exp(blobs["lnl_na64"] * (4e10 / 1.98e10 - 1))
        self.assertLess(abs(w.sum()**2 / (w**2).sum() / w.size / weights["kish"] - 1), 0.03)
        q = weights["quantities"]["g_prime"]
        self.assertLess(abs(np.average(blobs["g_prime"], weights=w) / q["mean"] - 1), 5e-3)

    def test_the_verdict_is_that_of_khat(self):
        weights = self.compare("terms", "lattice")["pairs"][0]["reweighting"]
        self.assertEqual(weights["sufficient"], weights["khat"] < 0.7)
        self.assertIsNone(weights["beyond_terms"])

    def test_other_priors_are_refused_unless_forced(self):
        pair = self.compare("terms", "wider")["pairs"][0]
        self.assertIsNone(pair["reweighting"])
        for piece in ("more than terms", "m_zprime.max is 20 in the first, 50", "--force"):
            self.assertIn(piece, pair["why_no_reweighting"])
        weights = self.compare("terms", "wider", words=["--force"])["pairs"][0]["reweighting"]
        self.assertIn("khat", weights)
        self.assertFalse(weights["sufficient"])
        self.assertIn("m_zprime.max is 20 in the first, 50", weights["beyond_terms"])

    def test_no_bayes_factor_between_data(self):
        pair = self.compare("terms", "lattice")["pairs"][0]
        self.assertIsNone(pair["ln_b"])
        for piece in ("different data", "wp2020", "bmw2021"):
            self.assertIn(piece, pair["why_no_ln_b"])


class Suspiciousness(CompareTest):
    def test_against_numpy(self):
        """Found in any order; ln L is of flux and g-2, NA64 being common."""
        for names in (("joint", "flux", "terms"), ("terms", "joint", "flux")):
            s = self.compare(*names, words=["--suspiciousness"])["suspiciousness"]
            ab, a, b = draws("joint"), draws("flux"), draws("terms")
            both = ab["lnl_flux"] + ab["lnl_g-2"]
            want = both.mean() - a["lnl_flux"].mean() - b["lnl_g-2"].mean()
            self.assertAlmostEqual(s["ln_s"], want, 8)
            dimensions = [2 * x.var(ddof=1) for x in (a["lnl_flux"], b["lnl_g-2"], both)]
            d = dimensions[0] + dimensions[1] - dimensions[2]
            self.assertAlmostEqual(s["dimension"], d, 8)
            self.assertAlmostEqual(s["dimension_ab"], dimensions[2], 8)
            self.assertEqual((s["ab"], s["a_flux"], s["b_g-2"]),
                             tuple(map(chain, ("joint", "flux", "terms"))))
            self.assertGreater(s["mcse"], 0)

    def test_what_is_shared_must_be(self):
        out = self.compare("joint", "flux", "more-muons")
        self.assertIsNone(out["suspiciousness"])
        self.assertIn("exposure", out["why_no_suspiciousness"])
        self.refused(["exposure"], "joint", "flux", "more-muons", words=["--suspiciousness"])
        self.refused(["bmw2021"], "joint", "flux", "lattice", words=["--suspiciousness"])
        self.refused(["m_zprime.max is 20 in the first, 50"], "joint", "flux", "wider",
                     words=["--suspiciousness"])

    def test_two_runs_are_not_enough(self):
        self.refused(["suspiciousness", "none"], "joint", "flux", words=["--suspiciousness"])


class Forms(CompareTest):
    def test_text(self):
        text = self.run_ok("compare", *map(chain, ("joint", "flux", "terms")))
        for piece in ("[1]", "[3]", "68 % HPD region", "per unit of the sampled coordinate",
                      "log10_g_prime", "overlap", "best sample", "chi^2",
                      "1e+12 muons", "ln Z without the boson", "Jensen-Shannon", "bits",
                      "no reweighting", "more than terms", "different data", "suspiciousness",
                      "ln S", "NOT converged"):
            self.assertIn(piece, text)
        self.assertIn("k-hat", self.run_ok("compare", chain("terms"), chain("more-muons")))

    def test_csv_has_the_numbers_of_json(self):
        out = self.run_ok("compare", chain("terms"), chain("more-muons"), "--format", "csv")
        rows = {(r["file"], r["section"], r["name"], r["key"]): float(r["value"])
                for r in csv.DictReader(io.StringIO(out))}
        report = self.compare("terms", "more-muons")
        pair, second = report["pairs"][0], chain("more-muons")
        for name, q in pair["quantities"].items():
            self.assertEqual(rows[second, "against_first", name, "overlap"], q["overlap"])
            self.assertEqual(rows[second, "against_first", name, "shift"], q["shift"])
        self.assertEqual(rows[second, "reweighted_first", "weights", "khat"],
                         pair["reweighting"]["khat"])
        self.assertEqual(rows[second, "evidence", "ln_z_power_law", "value"],
                         report["runs"][1]["evidence"]["power_law"]["ln_z"])
        self.assertEqual(rows[second, "parameters", "log10_g_prime", "q0.5"],
                         report["runs"][1]["parameters"]["log10_g_prime"]["q"]["0.5"])

    def test_a_name_with_a_comma(self):
        other = os.path.join(FOLDER.name, 'a, "b".h5')
        shutil.copy(chain("terms"), other)
        out = self.run_ok("compare", chain("terms"), other, "--format", "csv")
        self.assertIn(other, {row["file"] for row in csv.DictReader(io.StringIO(out))})

    def test_a_warning_for_what_is_not_converged(self):
        done = mutau("compare", chain("joint"), chain("flux"))
        self.assertEqual(done.returncode, 0)
        self.assertIn("NOT converged", done.stderr)


class Refusals(CompareTest):
    def test_one_file_or_none(self):
        self.refused(["A.h5 B.h5"], "joint", code=1)
        self.check_fails(1, ["A.h5 B.h5"], "compare")

    def test_no_chain(self):
        self.refused(["nowhere"], "joint", "nowhere")
        self.check_fails(2, ["run.yaml"], "compare", chain("joint"), chain("run", ".yaml"))

    def test_other_models(self):
        self.refused(["different models", "unitary-majorana", "--force"], "joint", "unitary")
        self.compare("joint", "unitary", words=["--force"])
        self.refused(["different models", "scalar"], "joint", "scalar")
        self.refused(["different models", "scalar"], "joint", "scalar", words=["--force"])

    def test_an_empty_chain(self):
        shutil.copy(chain("joint"), chain("empty"))
        with h5py.File(chain("empty"), "r+") as file:
            for group in ("mcmc", "mcmc_1"):
                file[group].attrs["iteration"] = 0
        done = mutau("compare", chain("joint"), chain("empty"))
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("empty", done.stderr)

    def test_an_unfinished_run(self):
        """Stopped by a signal after it has said where it is."""
        words = [MUTAU, "sample", chain("run", ".yaml"), "--output", chain("stopped"),
                 "--progress", "json", "--set", "sampler.stop.max_steps=100000000",
                 "sampler.stop.rhat=1.0001"]
        with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
            for line in process.stderr:
                if json.loads(line)["steps"] >= 400 and os.path.exists(chain("stopped")):
                    break
            process.terminate()
            process.stderr.read()
        self.assertEqual(process.returncode, 75)
        self.refused(["stopped.h5", "not finished", "--resume", "--force"], "joint", "stopped")


if __name__ == "__main__":
    set_up()
    mutau_cli.main("__main__")
