#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reference autocorrelation times: emcee.autocorr.integrated_time(c=5, tol=0) of
emcee 3.1.4 (Debian: python3-emcee, numpy 1.24.2), emcee's code and none of mutau's.
    emcee_tau.py > emcee_tau.csv
    emcee_tau.py --check emcee_tau.csv    exits 1 if the installed emcee disagrees
The draws are those of ../golden_draws.h: integers and IEEE + - * / alone."""
import math
import sys

try:
    import emcee
    import numpy as np
except ImportError:
    sys.exit(77)

CASES = [  # name, kind, seed, n_draw, n_chain (walkers), AR(1) coefficient
    ("iid", "plain", 201, 1000, 4, 0.0),
    ("fast", "plain", 202, 1000, 8, 0.5),
    ("ar", "plain", 203, 4000, 16, 0.90625),
    ("slow", "plain", 204, 3000, 32, 0.984375),
    ("short", "plain", 205, 50, 8, 0.96875),
    ("odd", "plain", 206, 777, 5, 0.75),
    ("prime", "plain", 207, 1009, 3, 0.875),
    ("power", "plain", 208, 1024, 6, 0.875),
    ("one-walker", "plain", 209, 2500, 1, 0.875),
    ("negative", "plain", 210, 900, 4, -0.5),
    ("ties", "ties", 211, 600, 6, 0.75),
    ("modes", "modes", 212, 500, 32, 0.75),
    ("drift", "drift", 213, 400, 4, 0.5),
    ("heavy", "cauchy", 214, 800, 8, 0.75),
    ("two", "plain", 215, 2, 3, 0.0),
    ("three", "plain", 216, 3, 2, 0.5),
    ("many", "plain", 217, 300, 256, 0.9375),
    ("frozen", "frozen", 218, 250, 6, 0.5),
]


class Draws:
    def __init__(self, case):
        _, self.kind, self.state, self.n_draw, self.n_chain, self.a = case

    def uniform(self):
        self.state = 16807 * self.state % 2147483647
        return self.state / 2147483647.0

    def normal(self):
        total = 0.0
        for _ in range(12):
            total += self.uniform()
        return total - 6.0

    def value(self, y, t, chain):
        if self.kind == "cauchy":
            return y / self.normal()
        if self.kind == "ties":
            return math.floor(1.5 * y)
        if self.kind == "modes":
            return y + 20.0 if (chain + 1) % 2 == 0 else y - 20.0
        if self.kind == "drift":
            return y + 3.0 * (t + 1) / self.n_draw
        if self.kind == "frozen":
            return 0.25 if chain == 0 else y
        return y

    def array(self):
        x = np.empty((self.n_draw, self.n_chain))
        for chain in range(self.n_chain):
            y = self.normal()
            for t in range(self.n_draw):
                y = self.a * y + self.normal()
                x[t, chain] = self.value(y, t, chain)
        return x


def rows():
    yield "# emcee %s by emcee_tau.py" % emcee.__version__
    yield "name,kind,seed,n_draw,n_chain,a,tau"
    for case in CASES:
        with np.errstate(invalid="ignore"):
            tau = emcee.autocorr.integrated_time(Draws(case).array(), c=5, tol=0)[0]
        yield "%s,%s,%d,%d,%d,%.17g,%.17g" % (case + (tau,))


def same(stored, new):
    *key_a, a = stored.split(",")
    *key_b, b = new.split(",")
    a, b = float(a), float(b)
    return key_a == key_b and (abs(a - b) <= 1e-11 * abs(a) or (math.isnan(a) and math.isnan(b)))


def main():
    if len(sys.argv) == 3 and sys.argv[1] == "--check":
        with open(sys.argv[2], encoding="ascii") as table:
            stored = table.read().splitlines()
        new = list(rows())
        bad = [s for s, n in zip(stored[2:], new[2:]) if not same(s, n)]
        if bad or len(stored) != len(new):
            sys.exit("not reproduced by emcee %s: %s" % (emcee.__version__, bad))
    else:
        print("\n".join(rows()))


main()
