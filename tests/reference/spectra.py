#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bin integrals of the spectra with a break, a cutoff, two components and a bump, by quadrature;
writes spectra.csv.

usage: spectra.py > spectra.csv    (numpy with an 80-bit long double, mpmath)

  source  int S dE over the bin
  earth   int dE int du w e^u S(E e^u) / int du w e^u S(E0 e^u), E0 = 100 TeV: what arrives, over
          C A, from sources of Yuksel et al., arXiv:0804.4008, up to z = 5, Omega_m = 0.308

Gauss and Legendre's rule of 20 points on panels that end where the break is met, in long doubles;
twice as many panels give the same 15 digits of every row.
"""
import numpy as np

from log_parabola import LONG, composite

E0 = LONG(10) ** 5
BINS = ((4641.588833612779, 1e4), (15000.0, 104000.0), (1e5, 100010.0), (1e5, 215443.46900318837),
        (721000.0, 5e6), (46415888.33612779, 1e8), (1e3, 1e8))
SPECTRA = {
    "broken-power-law": ((1.3, 2.75, 4e4), (1.0, 2.5, 1e5), (0.0, 4.5, 1e4), (3.5, 1.8, 2e6),
                         (2.0, 1.0, 3e5), (2.4, 2.4, 1e5)),
    "cutoff": ((2.3, 3e6), (1.0, 31622.0), (3.5, 1e8), (0.0, 1e5)),
    "two-component": ((2.4, 4e5, 0.2, 2.0), (3.5, 2e4, 2.5, 1.0), (1.8, 1e6, 0.01, 3.0)),
    "bump": ((2.6, 0.8, 1.5e6, 0.5), (1.8, 10.0, 316227.0, 0.2), (3.5, 0.1, 5e6, 1.0)),
}
U_MAX = np.log(LONG(6))


def shape(name, p, x):
    """S at x = ln(E/E0); of a table p has ln E/E0 and ln S of its rows."""
    if name == "table":
        k = np.clip(np.searchsorted(p[0], x, side="right") - 1, 0, len(p[0]) - 2)
        slope = (p[1][k + 1] - p[1][k]) / (p[0][k + 1] - p[0][k])
        return np.exp(p[1][k] + slope * (x - p[0][k]))
    p = [LONG(value) for value in p]
    if name == "broken-power-law":
        y = x - np.log(p[2] / E0)
        return np.exp(-np.where(y < 0, p[0], p[1]) * y)
    if name == "cutoff":
        return np.exp(-p[0] * x - np.exp(x) * E0 / p[1])
    if name == "two-component":
        return np.exp(-p[0] * x - np.exp(x) * E0 / p[1]) + p[2] * np.exp(-p[3] * x)
    y = (x - np.log(p[2] / E0)) / p[3]
    return np.exp(-p[0] * x) + p[1] * np.exp(-2 * x - y * y / 2)


def panels(cuts, finer):
    """The rule between the cuts, on panels of a fifth of an e-fold over `finer`."""
    parts = [composite(lo, hi, finer * (1 + int(5 * (hi - lo))), 20)
             for lo, hi in zip(cuts[:-1], cuts[1:]) if hi > lo]
    return np.concatenate([x for x, _ in parts]), np.concatenate([w for _, w in parts])


def within(lo, hi, kinks):
    return [lo, *sorted(k for k in kinks if lo < k < hi), hi]


def history(u):
    z1 = np.exp(u)
    density = (z1 ** -34 + (z1 / 5161) ** 3 + (z1 / LONG("9.06")) ** 35) ** (LONG(-1) / 10)
    omega = LONG("0.308")
    return z1 * density / np.sqrt(omega * z1 ** 3 + 1 - omega)


def at_source(name, p, lo, hi, kinks, finer):
    """E0 int e^x S dx."""
    x, w = panels(within(lo, hi, kinks), finer)
    return E0 * (w * np.exp(x) * shape(name, p, x)).sum()


def at_earth(name, p, lo, hi, kinks, finer):
    u, du = panels(within(LONG(0), U_MAX, [k - e for k in kinks for e in (lo, hi)]), 3 * finer)
    mean = sum(dk * history(v) * np.exp(-v) *
               at_source(name, p, lo + v, hi + v, kinks, finer) for v, dk in zip(u, du))
    u, du = panels(within(LONG(0), U_MAX, kinks), 3 * finer)
    return mean / (du * history(u) * shape(name, p, u)).sum()


def main():
    print("# made by tests/reference/spectra.py; unit: energies GeV, integrals GeV")
    print("spectrum,p1,p2,p3,p4,e_lo_gev,e_hi_gev,source,earth")
    for name, cases in SPECTRA.items():
        for p in cases:
            kinks = [np.log(LONG(p[2]) / E0)] if name == "broken-power-law" else []
            for lo, hi in BINS:
                ends = np.log(LONG(lo) / E0), np.log(LONG(hi) / E0)
                values = [f(name, p, *ends, kinks, 1) for f in (at_source, at_earth)]
                if values[0] < 1e-60:  # far above a cutoff, where these panels are too long
                    continue
                print(",".join([name, *(repr(v) for v in (*p, 0.0, 0.0)[:4]), repr(lo), repr(hi),
                                *("%.17g" % v for v in values)]), flush=True)


if __name__ == "__main__":
    main()
