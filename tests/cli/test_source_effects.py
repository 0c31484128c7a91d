#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the sources' history and flavours do to the paper's points, by the commands; and a chain
with a history of its own."""
import json
import math
import os

from mutau_cli import LOCAL, SOURCE, MutauTest, main, mutau

RUN = os.path.join(SOURCE, "chains", "no-g2.yaml")
COLD_LINE = ["--set", "model.targets=cold", "--set", "model.solver=line",
             "--set", "terms={na64: {exposure: 1.98e10}}"]
BARE = ["--set", "parameters.g_prime=0", "--set", "parameters.m_zprime=10"]
# What an independent prototype (trapezoids on the line picture) has of the gain of the boson in
# -2 ln L, given to 0.1.
GAIN = {"yuksel2008": 6.3, "madau-dickinson2014": 6.0, "none": 4.0, "agn": 8.4, "bl-lac": 2.3}
AT = "m_zprime=6.5,g_prime=5e-4,A=1.5,gamma=2.5"
# Its chi^2 there, given to 0.1, over mixing, ordering and the sum of the masses.
CHI2 = {("nufit-5.0", "normal", 0.1): 26.8, ("nufit-5.2-sk", "normal", 0.1): 28.7,
        ("nufit-6.0-sk", "normal", 0.1): 29.5, ("nufit-6.0", "inverted", 0.1): 29.8,
        ("nufit-6.0-sk", "inverted", 0.1): 30.0, ("nufit-5.0", "normal", 0.06): 30.1,
        ("nufit-5.0", "normal", 0.08): 31.0, ("nufit-5.0", "normal", 0.15): 22.1}
TABLE = "z,W\n0,1\n1,8\n5,2.5\n"


class SourceEffects(MutauTest):
    def best(self, *words):
        text = self.run_ok("bestfit", RUN, "--json", "--starts", "12", *COLD_LINE, *words)
        return json.loads(text)["maximum_likelihood"]

    def gain(self, *words):
        """Of the boson in -2 ln L, its coupling, and the best -2 ln L without it."""
        bare = self.best(*BARE, *words)["ln_likelihood"]
        with_boson = self.best(*words)
        return (2 * (with_boson["ln_likelihood"] - bare), with_boson["parameters"]["g_prime"],
                -2 * bare)

    def test_histories(self):
        found = {name: self.gain("--set", "model.source.evolution=" + name) for name in GAIN}
        for name, want in GAIN.items():
            self.assertAlmostEqual(found[name][0], want, delta=0.0501, msg=name)
        # the best coupling moves by a factor of one and a half
        self.assertAlmostEqual(found["agn"][1] / found["bl-lac"][1], 1.5, delta=0.05)

    def test_forms_of_one_history(self):
        """A power by name, by formula and by table is the same history."""
        with open(self.path("w.csv"), "w", encoding="ascii") as file:
            file.write("z,W\n0,1\n1,0.125\n5,%r\n" % 6 ** -3)
        want = json.loads(self.run_ok("eval", RUN, "--at", AT, "--json", *COLD_LINE,
                                      "--set", "model.source.evolution=bl-lac"))["chi2"]
        for form in ("{power: -3}", "{table: %s}" % self.path("w.csv")):
            done = mutau("eval", RUN, "--at", AT, "--json", *COLD_LINE,
                         "--set", "model.source.evolution=" + form)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertAlmostEqual(json.loads(done.stdout)["chi2"], want, 9)

    def test_flavours(self):
        """1:2:0 is nearly equal; one flavour alone shifts -2 ln L by 3 to 9."""
        points = {name: json.loads(self.run_ok(
            "eval", RUN, "--at", AT, "--json", *COLD_LINE,
            "--set", "model.source.flavour=" + name))["chi2"]
                  for name in ("equal", "pion", "damped-muon", "neutron", "[0.333,0.667,0]")}
        self.assertAlmostEqual(points["pion"], points["equal"], delta=0.5)
        self.assertAlmostEqual(points["[0.333,0.667,0]"], points["pion"], delta=0.01)
        for name in ("damped-muon", "neutron"):
            self.assertTrue(3 <= points[name] - points["equal"] <= 9, points)

    def test_mixings_and_masses(self):
        for (mixing, ordering, total), want in CHI2.items():
            text = self.run_ok("eval", RUN, "--at", f"{AT},sum_mnu={total}", "--json", *COLD_LINE,
                               "--set", "model.neutrinos.mixing=" + mixing,
                               "--set", "model.neutrinos.ordering=" + ordering)
            self.assertAlmostEqual(json.loads(text)["chi2"], want, delta=0.0501,
                                   msg=(mixing, ordering, total))

    def test_flavours_at_earth(self):
        """Without the boson the flavours arrive mixed, and add up to what is emitted."""
        rows = {}
        for name in ("equal", "neutron"):
            text = self.run_ok("flux", RUN, "--at", "m_zprime=6.5,g_prime=0,A=1,gamma=2.5",
                               "--energies", "1e5:1e6:2", "--format", "csv", *COLD_LINE,
                               "--set", "model.source.flavour=" + name)
            rows[name] = [float(x) for x in text.splitlines()[1].split(",")][1:4]
        for value in rows["equal"]:
            self.assertAlmostEqual(value / 1e-18, 1, 12)
        self.assertAlmostEqual(sum(rows["neutron"]) / 3e-18, 1, 12)
        # sum |U_ei|^4 = 1 - sin^2(2 theta_12) cos^4(theta_13)/2 - sin^2(2 theta_13)/2
        t12, t13 = math.radians(33.44), math.radians(8.57)
        of_e = 1 - math.sin(2 * t12) ** 2 * math.cos(t13) ** 4 / 2 - math.sin(2 * t13) ** 2 / 2
        self.assertAlmostEqual(rows["neutron"][0] / (3e-18 * of_e), 1, 12)

    def test_a_chain_with_a_history_of_its_own(self):
        run = self.path("own.yaml")
        with open(RUN, encoding="ascii") as file:
            text = file.read()
        with open(run, "w", encoding="ascii") as file:
            file.write(text.replace("evolution: yuksel2008",
                                    "evolution: {table: w.csv}, flavour: free"))
        short = [LOCAL, "sampler.ensembles=2", "sampler.walkers=16",
                 "sampler.stop={max_steps: 60}"]
        words = ["sample", run, *COLD_LINE, *(x for s in short for x in ("--set", s))]
        table = self.path("w.csv")
        self.check_fails(2, ["model.source.evolution.table", "w.csv"], *words)
        with open(table, "w", encoding="ascii") as file:
            file.write(TABLE)
        done = mutau(*words)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertIn("(table of the source's evolution)", done.stderr)
        summary = self.run_ok("summary", self.path("no-g2.h5"))
        self.assertIn("(table w.csv of the source's evolution)", summary)
        self.assertIn("f_mu", summary)
        # a chain can be read without the table, and not continued with another
        os.rename(table, self.path("other.csv"))
        self.run_ok("summary", self.path("no-g2.h5"))
        with open(table, "w", encoding="ascii") as file:
            file.write(TABLE.replace("2.5", "2.6"))
        done = mutau(*words, "--resume", "--set", "sampler.stop={max_steps: 70}")
        self.assertEqual(done.returncode, 4, done.stderr)
        self.assertIn("row 3: W is 2.5 in the chain, 2.6 in the run", done.stderr)


if __name__ == "__main__":
    main(__name__)
