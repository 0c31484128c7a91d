#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes g2_kernel.csv: K(m) = Delta a_mu/g'^2 of the muon at one loop, from the
textbook integral in z = 1 - x at 40 digits (mpmath), at masses that avoid the
round numbers.  Usage: ./g2_kernel.py > g2_kernel.csv"""
import mpmath as mp

mp.mp.dps = 40
MUON_MEV = mp.mpf("105.6583755")  # CODATA 2018


def kernel(m_mev):
    rho = (m_mev / MUON_MEV) ** 2

    def integrand(z):
        return 2 * z * (1 - z) ** 2 / ((1 - z) ** 2 + z * rho)

    # Split where the integrand bends: z near 1 for small rho, near 0 for large.
    bend = mp.sqrt(rho)
    points = {mp.mpf(0), mp.mpf("0.5"), mp.mpf(1)}
    for k in range(-4, 5):
        for width in (bend * mp.mpf(10) ** k, mp.mpf(10) ** k / rho):
            if width < mp.mpf("0.5"):
                points |= {width, 1 - width}
    return mp.quad(integrand, sorted(points)) / (8 * mp.pi ** 2)


print("# K(m) = Delta a_mu / g'^2, one loop, muon mass 105.6583755 MeV; "
      "written by g2_kernel.py (mpmath %s)" % mp.__version__)
print("m_mev,k")
n = 60
for i in range(n):
    # from 1e-3 to 1e6, irregular inside
    e = -3 + mp.mpf(9) * i / (n - 1)
    if 0 < i < n - 1:
        e += mp.mpf("0.0618") * mp.sin(7 * i)
    m = float(mp.mpf(10) ** e)
    print("%s,%s" % (repr(m), mp.nstr(kernel(mp.mpf(m)), 18)))
