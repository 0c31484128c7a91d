# SPDX-License-Identifier: GPL-3.0-or-later
"""Spectra of the sources as a user meets them: fits that others made of the same points, a run with
each, and what makes no sense."""
import json
import math
import os

import h5py

import mutau_cli
from mutau_cli import COLD, LOCAL, MutauTest, mutau

TWO = "icecube-cascades-6yr, icecube-tracks-9.5yr"
# Another program's best fits of the paper's points, gaussian and profile, to 0.02 of chi^2: the
# Z' under NA64's limit, the others without it.
CHI2 = {
    (TWO, "gaussian"): {"power-law": 29.08, "broken-power-law": 15.14, "log-parabola": 17.69,
                        "cutoff": 15.87, "Z'": 21.94},
    ("icecube-combined-2025", "gaussian"): {"power-law": 35.85, "broken-power-law": 8.95,
                                            "log-parabola": 12.03, "cutoff": 14.48, "Z'": 31.93},
    ("icecube-combined-2025", "profile"): {"power-law": 24.66, "broken-power-law": 8.71,
                                           "log-parabola": 12.53, "cutoff": 15.98, "Z'": 20.94},
    ("icecube-mese-2025", "gaussian"): {"power-law": 30.58, "broken-power-law": 3.92,
                                        "Z'": 25.54},
}
# (A, gamma_1, gamma_2, log10 e_break) at Earth by the same program, to 0.02.
AT_EARTH = {"icecube-combined-2025": (1.77, 1.20, 2.745, 4.34),
            "icecube-mese-2025": (2.29, 1.47, 2.76, 4.42)}
OTHERS = {"broken-power-law": ("gamma_1", "gamma_2", "log10_e_break"),
          "cutoff": ("gamma", "log10_e_cut"),
          "two-component": ("gamma_1", "log10_e_cut", "log10_ratio", "gamma_2"),
          "bump": ("gamma", "log10_height", "log10_e_peak", "width")}


# Where that of the sources is at Earth.
SEEN = {"broken-power-law": "log10_e_break_earth", "cutoff": "log10_e_cut_earth",
        "two-component": "log10_e_cut_earth", "bump": "log10_e_peak_earth"}


class Spectra(MutauTest):
    def run_file(self, source, data=TWO, kind="gaussian", boson=False):
        path = self.path("run.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"model: {{cross_section: paper, targets: cold, solver: line,\n"
                       f"        source: {{{source}}}}}\ndata: [{data}]\n"
                       f"likelihood: {{kind: {kind}}}\n"
                       + ("terms: {na64: {}}\n" if boson else
                          "terms: {}\nparameters: {g_prime: 0}\n"))
        return path

    def fit(self, *words, **options):
        run = self.run_file(*words, **options)
        return json.loads(self.run_ok("bestfit", run, "--json", "--starts", "24"))[
            "maximum_likelihood"]

    def test_least_chi2_is_that_of_others(self):
        for (data, kind), fits in CHI2.items():
            for name, want in fits.items():
                source = "spectrum: " + ("power-law" if name == "Z'" else name)
                found = self.fit(source, data, kind, boson=name == "Z'")["chi2"]
                self.assertLess(abs(found - want), 0.0201, (data, kind, name, found))

    def test_the_break_at_earth_is_that_of_others(self):
        for data, want in AT_EARTH.items():
            found = self.fit("spectrum: broken-power-law, frame: earth", data, "profile")
            at = found["parameters"]
            values = (at["A"], at["gamma_1"], at["gamma_2"], math.log10(at["e_break"]))
            for one, other in zip(values, want):  # two digits are given, some of them three
                self.assertLess(abs(one - other), 0.0251, (data, values))

    def test_a_run_has_its_parameters(self):
        for name, names in OTHERS.items():
            run, chain = self.run_file("spectrum: " + name, boson=True), self.path("c.h5")
            self.run_ok("sample", run, "--output", chain, "--overwrite", "--quiet", "--max-steps",
                        "30", "--set", LOCAL, "sampler.ensembles=2", "sampler.walkers=16", code=3)
            with h5py.File(chain) as file:
                stored = [text.decode() if isinstance(text, bytes) else text
                          for text in file["mcmc"].attrs["parameter_names"]]
            self.assertEqual(tuple(stored[-len(names):]), names)
            summary = self.run_ok("summary", chain)
            self.assertIn(names[0], summary)
            self.assertIn(SEEN[name], summary)

    def write_table(self, *rows):
        with open(self.path("s.csv"), "w", encoding="ascii") as file:
            file.write("E,Phi\n" + "".join("%r,%r\n" % row for row in rows))

    def test_a_spectrum_of_ones_own(self):
        # gamma = 2.5, in two rows: the power law's chi^2 at the same point, by both solvers
        power = (1e3, 1e-5), (1e9, 1e-20)
        self.write_table(*power)
        run = self.run_file("spectrum: {table: s.csv}", boson=True)
        for solver in ("line", "grid"):
            found = [json.loads(self.run_ok(
                "eval", run, "--json", "--set", "model.solver=" + solver, *more, "--at",
                "m_zprime=6.5,g_prime=5e-4,A=1.5" + gamma))["chi2"]
                     for more, gamma in (((), ""), (("--set", "model.source.spectrum=power-law"),
                                                    ",gamma=2.5"))]
            self.assertAlmostEqual(found[0], found[1], 8)
        chain = self.path("c.h5")
        words = ["sample", run, "--output", chain, "--set", LOCAL, "sampler.ensembles=2",
                 "sampler.walkers=16", "sampler.stop={max_steps: 40}"]
        done = mutau(*words)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertIn("(table of the source's spectrum)", done.stderr)
        summary = self.run_ok("summary", chain)
        self.assertIn("(table s.csv of the source's spectrum)", summary)
        self.assertNotIn("gamma", summary)
        # a chain can be read without the table, and not continued with another
        os.remove(self.path("s.csv"))
        self.run_ok("summary", chain)
        self.write_table(power[0], (power[1][0], 2.0 * power[1][1]))
        done = mutau(*words, "--resume", "--set", "sampler.stop={max_steps: 50}")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("row 2: Phi is 1e-20 in the chain, 2e-20 in the run", done.stderr)
        self.write_table(*power)
        done = mutau(*words, "--resume", "--set", "sampler.stop={max_steps: 50}")
        self.assertIn(done.returncode, (0, 3), done.stderr)

    def test_tables_that_are_none(self):
        run = self.run_file("spectrum: {table: s.csv}", boson=True)
        self.check_fails(2, ["model.source.spectrum.table", "s.csv"], "config", run)
        self.write_table((1e3, 1.0), (5e6, 1e-9))
        self.check_fails(2, ["s.csv: the spectrum ends at 5e+06 GeV", "must reach 1e+08 GeV",
                             "6e+08 GeV for the farthest sources"], "config", run)
        self.write_table((1e3, 1.0), (1e5, 1e-5), (9e4, 1e-6))
        self.check_fails(2, ["s.csv:4:1: E = 90000 GeV does not rise from 100000 GeV"], "config",
                         run)
        run = self.run_file("spectrum: table")
        self.check_fails(1, ["model.source.spectrum: needs its file", "{table: FILE}"], "config",
                         run)

    def test_what_makes_no_sense(self):
        run = self.run_file("spectrum: broken-power-law, frame: earth", boson=True)
        self.check_fails(1, ["model.source.frame", "fix g_prime: 0", "frame: source"],
                         "config", run)
        run = self.run_file("spectrum: broken-powerlaw")
        self.check_fails(1, ["did you mean 'broken-power-law'?"], "config", run)
        for name, words, piece in (
                ("broken-power-law", ["gamma_1=2.5", "gamma_2=2.5"],
                 "gamma_1 and gamma_2 are both 2.5"),
                ("broken-power-law", ["e_break=1e3"], "below all data"),
                ("broken-power-law", ["e_break=1e10"], "above all data"),
                ("cutoff", ["e_cut=4e3"], "e_cut is at most 4000 GeV, below all data"),
                ("cutoff", ["e_cut=1e9"], "e_cut is at least 1e+09 GeV, above all data: the "
                                          "farthest sources' end at 6e+08 GeV"),
                ("two-component", ["e_cut=1e9"], "above all data"),
                ("two-component", ["ratio=0"], "there is one component"),
                ("bump", ["e_peak=100", "width=0.5"], "e_peak is at most 100 GeV, below all data"),
                ("bump", ["e_peak=1e10", "width=0.5"], "above all data"),
                ("bump", ["height=0"], "height is 0: there is no bump")):
            sets = ["parameters." + word for word in words]
            done = mutau("config", self.run_file("spectrum: " + name), "--set", *sets)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("warning: spectrum " + name, done.stderr, words)
            self.assertIn(piece, done.stderr)
        for name in OTHERS:
            done = mutau("config", self.run_file("spectrum: " + name))
            self.assertEqual((done.returncode, done.stderr), (0, ""))
        # as wide as that it reaches into the data
        done = mutau("config", self.run_file("spectrum: bump"), "--set", "parameters.e_peak=1e3",
                     "parameters.width=1")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    mutau_cli.main(__name__)
