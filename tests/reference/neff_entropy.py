#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""N_eff of a Z' that is in equilibrium with the neutrinos when they decouple (mpmath,
25 digits).  `table` prints the rows of priors/neff_entropy.csv, by quadrature; `between`
prints neff_between.csv, at masses between the rows of the table, by the series
    F(x) = 90/(7 pi^4) x^3 sum_n K_3(n x)/n,
from 1/(e^y - 1) = sum_n e^(-n y).  Usage: ./neff_entropy.py table|between"""
import sys

import mpmath as mp

mp.mp.dps = 25
T_D = mp.mpf("2.3")  # MeV

MASSES = (["1", "1.02", "1.05", "1.1", "1.2", "1.35", "1.5", "1.75"]
          + ["%g" % (i / 2) for i in range(4, 40)] + ["%d" % i for i in range(20, 30)]
          + ["30", "32", "34", "36", "38", "40", "45", "50"])


def f_quadrature(x):
    """The integral over y = x cosh t."""
    def integrand(t):
        c = mp.cosh(t)
        return (4 * c * c - 1) * mp.sinh(t) ** 2 / mp.expm1(x * c)

    end = mp.acosh(1 + 70 / x)
    return 30 / (7 * mp.pi ** 4) * x ** 4 * mp.quad(integrand, mp.linspace(0, end, 9))


def f_series(x):
    """The sum over Bessel functions."""
    total, n = mp.mpf(0), 1
    while n * x < 70:
        total += mp.besselk(3, n * x) / n
        n += 1
    return 90 / (7 * mp.pi ** 4) * x ** 3 * total


def n_eff(m_mev, f):
    return mp.mpf("3.044") + 3 * ((1 + f(mp.mpf(m_mev) / T_D) / 2) ** (mp.mpf(4) / 3) - 1)


if sys.argv[1:] == ["table"]:
    print("m_mev,n_eff")
    for m in MASSES:
        print("%s,%s" % (m, mp.nstr(n_eff(m, f_quadrature), 8, strip_zeros=False)))
elif sys.argv[1:] == ["between"]:
    print("# N_eff between the rows of priors/neff_entropy.csv; written by neff_entropy.py "
          "(mpmath %s)" % mp.__version__)
    print("m_mev,n_eff")
    for low, high in zip(MASSES, MASSES[1:]):
        for share in ("0.21", "0.5", "0.77"):
            m = float(mp.mpf(low) + mp.mpf(share) * (mp.mpf(high) - mp.mpf(low)))
            print("%r,%s" % (m, mp.nstr(n_eff(m, f_series), 14)))
else:
    sys.exit(__doc__)
