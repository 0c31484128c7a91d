#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bin integrals of spectra by a table, straight in logarithms between its rows, as spectra.py has
them for the others; writes table_spectrum.csv.

usage: table_spectrum.py > table_spectrum.csv    (numpy with an 80-bit long double)

The tables are those of tests/unit/test_spectrum.c: one of few rows and steep slopes, one of twenty
rows a decade.  All is over S(100 TeV) = 1.
"""
import numpy as np

from log_parabola import LONG
from spectra import BINS, E0, at_earth, at_source, shape

COARSE = ((2e3, 2e4, 1.3e5, 6e5, 9e5, 4e6, 3e8), (5.0, 9.0, 0.1, 3e-4, 2.9e-4, 1e-7, 1e-11))


def fine():
    x = [LONG(7 * (k - 40)) / 60 for k in range(121)]
    return np.array(x), np.array([-LONG("2.3") * at + LONG("0.4") * np.sin(2 * at) for at in x])


def coarse():
    x, y = (np.log(np.array([LONG(value) for value in column])) for column in COARSE)
    return x - np.log(E0), y


def main():
    print("# made by tests/reference/table_spectrum.py; unit: energies GeV, integrals GeV")
    print("table,e_lo_gev,e_hi_gev,source,earth")
    for name, p in (("coarse", coarse()), ("fine", fine())):
        kinks = list(p[0][1:-1])
        p = p[0], p[1] - np.log(shape("table", p, np.array([LONG(0)])))[0]
        for lo, hi in BINS[:7 if name == "coarse" else 6]:  # the widest takes minutes
            ends = np.log(LONG(lo) / E0), np.log(LONG(hi) / E0)
            values = [f("table", p, *ends, kinks, 1) for f in (at_source, at_earth)]
            print(",".join([name, repr(lo), repr(hi), *("%.17g" % v for v in values)]), flush=True)


if __name__ == "__main__":
    main()
