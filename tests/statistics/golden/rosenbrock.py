#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments and probabilities of the Rosenbrock density
    p(x, y) ~ exp(-(1 - x)^2 - 100 (y - x^2)^2)   on the box [-5, 5]^2
by quadrature with mpmath 1.2.1 at 30 digits: the integral over y is a difference of
error functions, that over x a Gauss-Legendre sum.  Prints the table of
test_known_densities.c; also ln Z for the uniform prior of the box, which is
-5.80413 in samplers' surveys."""
from mpmath import mp, mpf, quad, erf, exp, sqrt, pi, log

mp.dps = 30
S = sqrt(mpf(1) / 200)  # standard deviation of y at given x
CUTS = [mpf(k) / 4 for k in range(-12, 13)]  # |x| < sqrt(5) + some S; 3 is far enough


def below(x, y):
    """Integral over y from -5 to y, of exp(-100 (y - x^2)^2)."""
    def edge(v):
        return erf((v - x * x) / (S * sqrt(2)))
    return S * sqrt(pi / 2) * (edge(y) - edge(mpf(-5)))


def moment_y(x, power, y=mpf(5)):
    """Integral over y from -5 to 5 of y^power times the same, power 0, 1, 2."""
    m = x * x
    zero = below(x, y)
    def gauss(v):
        return S * S * exp(-(v - m) ** 2 / (2 * S * S))
    first = m * zero - (gauss(y) - gauss(mpf(-5)))
    if power == 0:
        return zero
    if power == 1:
        return first
    return m * first + S * S * zero - (y * gauss(y) + 5 * gauss(mpf(-5)))


def over_x(f, cuts=None):
    return quad(lambda x: exp(-(1 - x) ** 2) * f(x), cuts or CUTS)


Z = over_x(lambda x: moment_y(x, 0))
mean_x = over_x(lambda x: x * moment_y(x, 0)) / Z
mean_y = over_x(lambda x: moment_y(x, 1)) / Z
var_x = over_x(lambda x: (x - mean_x) ** 2 * moment_y(x, 0)) / Z
var_y = over_x(lambda x: moment_y(x, 2)) / Z - mean_y ** 2
cov = over_x(lambda x: (x - mean_x) * moment_y(x, 1)) / Z
print("ln Z = %s" % mp.nstr(log(Z / 100), 10))
for name, value in (("mean x", mean_x), ("mean y", mean_y), ("var x", var_x),
                    ("var y", var_y), ("cov", cov)):
    print("%s = %s" % (name, mp.nstr(value, 15)))
for edge in (mpf(0), mpf("0.5"), mpf(1), mpf("1.5"), mpf(2)):
    cuts = [c for c in CUTS if c < edge] + [edge]
    print("P(x < %s) = %s" % (mp.nstr(edge, 3),
                              mp.nstr(over_x(lambda x: moment_y(x, 0), cuts) / Z, 15)))
for edge in (mpf("0.1"), mpf("0.5"), mpf(1), mpf("2.5"), mpf(4)):
    print("P(y < %s) = %s" % (mp.nstr(edge, 3), mp.nstr(over_x(lambda x: below(x, edge)) / Z, 15)))
