#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Bin integrals of the log-parabola S = (E/E0)^-(alpha + beta log10(E/E0)), E0 = 100 TeV, by
quadrature; writes log_parabola.csv.

usage: log_parabola.py > log_parabola.csv    (mpmath 1.2.1, numpy 1.24 with an 80-bit long double)

  source  int S dE over the bin, by mpmath's adaptive quadrature at 30 digits
  earth   int dE int du w e^u S(E e^u) / int du w e^u S(E0 e^u): what arrives, over C A, from
          sources of Yuksel et al., arXiv:0804.4008, up to z = 5, Omega_m = 0.308, by Gauss and
          Legendre with 100 x 20 points in u and 40 in ln E per half e-fold, in long doubles
"""
import mpmath
import numpy as np

mpmath.mp.dps = 30
E0 = mpmath.mpf(10) ** 5
ALPHA = ("0", "1", "1.8", "2.6", "3.5", "5")
BETA = ("-2", "-0.5", "-1e-3", "-1e-8", "-1e-13", "0", "1e-16", "1e-13", "1e-8", "1e-3", "0.3",
        "1", "3")
BINS = (("4641.588833612779", "10000"), ("15000", "104000"), ("100000", "100010"),
        ("100000", "215443.46900318837"), ("721000", "5000000"), ("46415888.33612779", "1e8"),
        ("1000", "1e8"))
LONG = np.longdouble


def at_source(alpha, beta, lo, hi):
    """int S dE, in panels of half an e-fold of x = ln(E/E0)."""
    a, b = mpmath.mpf(alpha), mpmath.mpf(beta) / mpmath.log(10)
    x_lo, x_hi = mpmath.log(mpmath.mpf(lo) / E0), mpmath.log(mpmath.mpf(hi) / E0)
    n = int(2 * (x_hi - x_lo)) + 1
    cuts = [x_lo + (x_hi - x_lo) * i / n for i in range(n + 1)]

    def power(x):
        return x - x * (a + b * x)

    top = max(power(x) for x in cuts)  # quad stops at an absolute error
    return E0 * mpmath.exp(top) * mpmath.quad(lambda x: mpmath.exp(power(x) - top), cuts)


def legendre(n):
    """Nodes and weights on -1 ... 1 in long doubles, by Newton's steps from numpy's."""
    x = np.polynomial.legendre.leggauss(n)[0].astype(LONG)
    for _ in range(3):
        p, q = np.ones(n, LONG), x.copy()
        for k in range(2, n + 1):
            p, q = q, ((2 * k - 1) * x * q - (k - 1) * p) / LONG(k)
        slope = n * (x * q - p) / (x * x - 1)
        x = x - q / slope
    return x, 2 / ((1 - x * x) * slope * slope)


def composite(lo, hi, n_panel, n):
    """The rule on n_panel equal panels."""
    x, w = legendre(n)
    edges = lo + (hi - lo) * np.arange(n_panel + 1, dtype=LONG) / n_panel
    half = (edges[1:] - edges[:-1]) / 2
    middle = (edges[1:] + edges[:-1]) / 2
    return ((middle[:, None] + half[:, None] * x).ravel(), (half[:, None] * w).ravel())


def sources():
    """u and the weights w e^u du of the sources."""
    u, du = composite(LONG(0), np.log(LONG(6)), 100, 20)
    z1 = np.exp(u)
    density = (z1 ** -34 + (z1 / 5161) ** 3 + (z1 / LONG("9.06")) ** 35) ** (LONG(-1) / 10)
    omega = LONG("0.308")
    return u, du * z1 * density / np.sqrt(omega * z1 ** 3 + 1 - omega)


def at_earth(alpha, beta, lo, hi, u, weight):
    a, b = LONG(alpha), LONG(beta) / np.log(LONG(10))

    def arriving(x):
        place = x[:, None] + u
        return (weight * np.exp(-place * (a + b * place))).sum(axis=1)

    x_lo, x_hi = np.log(LONG(lo) / 10 ** 5), np.log(LONG(hi) / 10 ** 5)
    x, dx = composite(x_lo, x_hi, int(2 * (x_hi - x_lo)) + 1, 40)
    scale = arriving(np.zeros(1, LONG))[0]
    return (LONG(10 ** 5) * dx * np.exp(x) * arriving(x)).sum() / scale


def main():
    print("# made by log_parabola.py: bin integrals of the log-parabola by quadrature, GeV")
    print("alpha,beta,e_lo_gev,e_hi_gev,source,earth")
    u, weight = sources()
    for alpha in ALPHA:
        for beta in BETA:
            for lo, hi in BINS:
                source = mpmath.nstr(at_source(alpha, beta, lo, hi), 17)
                earth = f"{at_earth(alpha, beta, lo, hi, u, weight):.17g}"
                print(",".join((alpha, beta, lo, hi, source, earth)))


if __name__ == "__main__":
    main()
