# SPDX-License-Identifier: GPL-3.0-or-later
"""Reweighting against direct runs, on the shipped posteriors (minutes): from today's NA64mu to
its projection for 1e11 muons it would have been enough, from the White Paper's g-2 to the
lattice's it would not, and `compare` says which is which."""
import json
import os
import tempfile

import mutau_cli
from mutau_cli import SOURCE, MutauTest, mutau

FOLDER = tempfile.TemporaryDirectory(prefix="mutau-reweighting-")
MORE = ["--set", "terms.na64.exposure=1e11"]
# The default rule ends this run after 40 steps, and then 2 var(ln L), most of which comes from the
# hundredth of the draws at small g', scatters by 0.17 from seed to seed; with these by 0.024.
LONG = ["sampler.stop.min_steps=2000"]
RUNS = {"wp": ("wp", []), "lattice": ("lattice", []), "no-g2": ("no-g2", []),
        "wp-na64-1e11": ("wp", MORE), "lattice-na64-1e11": ("lattice", MORE),
        "g2-only": ("wp", ["--set", "likelihood={kind: none}", "data=[]", "parameters.A=1",
                           "parameters.gamma=2.5", *LONG])}
# Per file: 7 quantities, two comparisons; 5 standard errors fail by chance in 1e-5.
PULL = 5.0


def chain(name):
    return os.path.join(FOLDER.name, name + ".h5")


def set_up():
    for name, (run, words) in RUNS.items():
        done = mutau("sample", os.path.join(SOURCE, "chains", run + ".yaml"), "--quiet",
                     "--output", chain(name), *words, timeout=900)
        if done.returncode != 0:
            raise AssertionError(name + ": " + done.stderr)


class Reweighting(MutauTest):
    def compare(self, *names):
        return json.loads(self.run_ok("compare", *map(chain, names), "--json", timeout=900))

    def agrees(self, first, second):
        weights = self.compare(first, second)["pairs"][0]["reweighting"]
        print(f"# {first} -> {second}: khat {weights['khat']:.3f}, r_eff {weights['r_eff']:.2g}")
        self.assertLess(weights["khat"], 0.7)
        self.assertTrue(weights["sufficient"])
        for name, q in weights["quantities"].items():
            self.assertLess(abs(q["pull"]), PULL, (name, q))

    def test_more_muons_with_the_white_paper(self):
        self.agrees("wp", "wp-na64-1e11")

    def test_more_muons_with_the_lattice(self):
        self.agrees("lattice", "lattice-na64-1e11")

    def test_the_lattice_is_too_far(self):
        pair = self.compare("wp", "lattice")["pairs"][0]
        weights = pair["reweighting"]
        print(f"# wp -> lattice: khat {weights['khat']:.3f}, r_eff {weights['r_eff']:.2g}, "
              f"JSD {pair['jensen_shannon']['bits']:.3f} bits")
        self.assertGreaterEqual(weights["khat"], 0.7)
        self.assertFalse(weights["sufficient"])
        self.assertIsNone(pair["ln_b"])

    def test_suspiciousness_of_the_shipped_runs(self):
        """m and g' alone are common to flux and g-2.  g-2 constrains one number, but its tail
        at small g', where NA64mu and Z decays let more through, counts as well: a sum over
        300 x 1200 cells of (ln m, ln g') by `eval` gives 2 var(ln L) = 3.186."""
        s = self.compare("wp", "no-g2", "g2-only")["suspiciousness"]
        print(f"# ln S {s['ln_s']:.3f} +- {s['mcse']:.2g}, d {s['dimension']:.2f}, "
              f"d_B {s['dimension_b']:.3f}, p {s['probability']}")
        self.assertLess(s["mcse"], 0.2)
        self.assertAlmostEqual(s["dimension_b"], 3.186, delta=0.15)


if __name__ == "__main__":
    set_up()
    mutau_cli.main("__main__")
