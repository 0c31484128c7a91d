#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the lengths of the true HPD regions that test_coverage.c compares with (mpmath)."""
from mpmath import erf, erfinv, exp, findroot, log, mp, mpf, nstr, pi, sqrt

mp.dps = 15
MASSES = [mpf("0.68"), mpf("0.90"), mpf("0.95"), mpf("0.975")]


def mixture_length(mass):
    """0.7 N(-3, 0.1) + 0.3 N(3, 1): the level by bisection.  The modes lie 60 and 6 standard
    deviations apart, so that each adds nothing to the other where the level cuts."""
    peak_1 = mpf("0.7") / (mpf("0.1") * sqrt(2 * pi))
    peak_2 = mpf("0.3") / sqrt(2 * pi)
    low, high = mpf(10) ** -8, peak_1
    for _ in range(200):
        level = sqrt(low * high)
        z_1 = sqrt(2 * log(peak_1 / level))
        z_2 = sqrt(2 * log(peak_2 / level)) if peak_2 > level else mpf(0)
        inside = mpf("0.7") * erf(z_1 / sqrt(2)) + mpf("0.3") * erf(z_2 / sqrt(2))
        low, high = (level, high) if inside > mass else (low, level)
    return 2 * z_1 * mpf("0.1") + 2 * z_2


def banana_length(mass):
    """y = x^2 + 0.3 z has one mode; between the two ends, where the density is the same, it
    holds the mass."""
    def over_x(f):
        steps = 600
        return sum(exp(-x * x / 2) * f(x * x) for x in
                   (mpf(16) * (2 * i + 1) / (2 * steps) - 8 for i in range(steps))) \
            * 16 / steps / sqrt(2 * pi)

    def density(y):
        return over_x(lambda m: exp(-((y - m) / mpf("0.3")) ** 2 / 2)) / (mpf("0.3") * sqrt(2 * pi))

    def below(y):
        return over_x(lambda m: (1 + erf((y - m) / (mpf("0.3") * sqrt(2)))) / 2)

    def excess(lo, hi):
        return [density(lo) - density(hi), below(hi) - below(lo) - mass]

    lo, hi = findroot(excess, (mpf("-0.25"), -2 * log(1 - mass)), tol=1e-16)
    return hi - lo


def show(name, lengths):
    print(name, [nstr(x, 6) for x in lengths])


show("normal, sd 0.3", [2 * mpf("0.3") * sqrt(2) * erfinv(p) for p in MASSES])
show("mixture", [mixture_length(p) for p in MASSES])
show("exponential", [-log(1 - p) for p in MASSES])
show("banana", [banana_length(p) for p in MASSES])
