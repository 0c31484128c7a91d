#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes kaon_width.csv: I = Gamma(K -> mu nu Z')/(g'^2 Gamma(K -> mu nu)), all of it, with
the muon's kinetic energy in 60..100 MeV (I_T) and with the squared missing mass above
0.1 GeV^2 (I_mm), at masses between the rows of kaon_mu_nu_zprime.csv, from Dirac traces
(dirac_width.py).  Usage: ./kaon_width.py > kaon_width.csv"""
import numpy as np

from dirac_width import width

KAON, MUON = 493.677, 105.6583755
END = (KAON - MUON)**2
WINDOWS = [(0.0, END), (END - 200 * KAON, END - 120 * KAON), (1e5, END)]

print("# I, I_T, I_mm of K+ -> mu+ nu Z'; written by kaon_width.py (numpy %s)" % np.__version__)
print("m_mev,I,I_T,I_mm")
for mass in (0.137, 0.71, 1.43, 2.385, 4.1, 6.5, 8.8, 11.7, 18.3, 27.1, 47.3, 84.7, 133.0, 173.0,
             219.0, 231.0, 271.0, 289.0, 299.5):
    values = [width(KAON, True, MUON, mass, window) for window in WINDOWS]
    print(",".join(["%g" % mass] + ["%.8e" % value for value in values]))
