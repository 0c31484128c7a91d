#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes boson_width.csv: Gamma(Z -> nu nubar Z')/(g'^2 Gamma(Z -> nu nubar)) and the same of
W -> mu nu and W -> tau nu, at some rows of z_width.csv and priors/w_width.csv, between the rows
and beyond them, from Dirac traces (dirac_width.py).  Usage: ./boson_width.py > boson_width.csv"""
import numpy as np

from dirac_width import width

Z, W, MUON, TAU = 91187.6, 80377.0, 105.6583755, 1776.86

print("# I_Z, I_Wmu, I_Wtau of Z -> nu nubar Z' and W -> l nu Z'; written by boson_width.py "
      "(numpy %s)" % np.__version__)
print("m_mev,I_Z,I_Wmu,I_Wtau")
for mass in (0.137, 0.41, 0.59, 1.0, 1.19, 1.37, 2.385, 3.9, 6.1, 8.3, 10.0, 12.7, 17.3, 24.1,
             38.3, 61.8, 83.7, 100.0, 143.0, 316.0, 420.0, 711.0, 850.0, 1000.0, 1220.0, 1740.0,
             2385.0, 8765.0):
    values = [width(Z, False, 0.0, mass), width(W, False, MUON, mass), width(W, False, TAU, mass)]
    print(",".join(["%g" % mass] + ["%.7e" % value for value in values]))
