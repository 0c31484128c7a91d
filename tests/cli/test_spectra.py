# SPDX-License-Identifier: GPL-3.0-or-later
"""Spectra of the sources as a user meets them: fits that others made of the same points, a run with
each, and what makes no sense."""
import json
import math

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
            self.assertIn(names[0], self.run_ok("summary", chain))

    def test_what_makes_no_sense(self):
        run = self.run_file("spectrum: broken-power-law, frame: earth", boson=True)
        self.check_fails(1, ["model.source.frame", "fix g_prime: 0", "frame: source"],
                         "config", run)
        run = self.run_file("spectrum: broken-powerlaw")
        self.check_fails(1, ["did you mean 'broken-power-law'?"], "config", run)
        for words, piece in ((["gamma_1=2.5", "gamma_2=2.5"], "gamma_1 and gamma_2 are both 2.5"),
                             (["e_break=1e3"], "below all data"),
                             (["e_break=1e10"], "above all data")):
            sets = ["parameters." + word for word in words]
            done = mutau("config", self.run_file("spectrum: broken-power-law"), "--set", *sets)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("warning", done.stderr, words)
            self.assertIn(piece, done.stderr)
        done = mutau("config", self.run_file("spectrum: broken-power-law"))
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    mutau_cli.main(__name__)
