#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Prints the 90 % and 95 % limits on g' of the trident term at rows of its table, flat in
g'^2, by the trapezoidal rule (numpy).  Usage: ./trident_limits.py TABLE.csv"""
import sys

import numpy as np

DATA = {"ccfr": [(0.82, 0.28)], "both": [(0.82, 0.28), (1.58, 0.57)]}


def limits(a, b, data):
    """g' below which 90 % and 95 % of the likelihood lie."""
    u = np.linspace(0, 3 * (np.sqrt(a * a + 12 * b) - a) / (2 * b), 200001)
    r = 1 + a * u + b * u * u
    chi2 = sum(((r - mean) / sigma) ** 2 for mean, sigma in data)
    likelihood = np.exp(-chi2 / 2)
    below = np.concatenate([[0], np.cumsum(likelihood[1:] + likelihood[:-1])])
    return np.sqrt(np.interp([0.90, 0.95], below / below[-1], u))


with open(sys.argv[1], encoding="ascii") as table:
    rows = [line.split(",") for line in table if line[0].isdigit()]
for m, a, b, _ in rows:
    for name, data in DATA.items():
        print("%-5s %7s  %.5e %.5e" % (name, m, *limits(float(a), float(b), data)))
