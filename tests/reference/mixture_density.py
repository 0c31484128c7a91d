#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""ln of the density of a mixture of three t distributions in four coordinates, with two, a lower,
an upper and no edge; writes mixture_density.csv.

usage: mixture_density.py > mixture_density.csv    (mpmath 1.3.0)

The scale matrix is inverted and its determinant taken as a matrix, with 40 digits, not by
triangles; the Jacobian is the derivative of the map by mpmath's differences.
"""
import mpmath
from mpmath import mpf

mpmath.mp.dps = 40
LO = (mpf(-1), mpf(2), None, None)
HI = (mpf("0.5"), None, mpf(5), None)
# degrees of freedom, weight, mean, factor (lower triangle by rows)
COMPONENTS = (
    (8, "0.625", ("0.5", "-1", "2", "0.25"),
     ("1.5", "0.25", "0.5", "-0.75", "0.125", "2", "0.5", "-0.25", "1", "0.75")),
    (32, "0.25", ("-2", "0.5", "1", "-3"),
     ("0.0625", "0.5", "0.25", "-1", "0.5", "0.125", "0.25", "2", "-0.5", "0.5")),
    (4, "0.125", ("0", "0", "0", "0"),
     ("3", "0", "4", "0", "0", "2", "0", "0", "0", "6")),
)
POINTS = (
    ("0", "3", "4", "0"),
    ("-0.75", "2.5", "1", "0.375"),
    ("0.4375", "2.0009765625", "4.96875", "-2"),
    ("-0.6875", "3.5", "2", "-3.25"),
    ("-0.6875", "3.625", "2.25", "-3"),
    ("-0.99999999999999988897769753748", "2.0000000000000004440892098501", "4.5", "1"),
    ("0.49999999999999994448884876874", "1e6", "-1e9", "-40"),
    ("0.25", "1e300", "0", "0"),
    ("0", "3", "4.9999999999999991118215802999", "1e12"),
)


def to_line(x, lo, hi):
    if lo is not None and hi is not None:
        return mpmath.log((x - lo) / (hi - x))
    if lo is not None:
        return mpmath.log(x - lo)
    return mpmath.log(hi - x) if hi is not None else x


def slope(x, lo, hi):
    room = min([abs(x - edge) for edge in (lo, hi) if edge is not None] + [abs(x) + 1])
    with mpmath.workdps(120):
        return mpmath.diff(lambda t: to_line(t, lo, hi), x, h=room * mpf(10) ** -40)


def density(z):
    total = mpf(0)
    dim = len(z)
    for dof, weight, mean, factor in COMPONENTS:
        lower = mpmath.zeros(dim)
        at = iter(factor)
        for row in range(dim):
            for column in range(row + 1):
                lower[row, column] = mpf(next(at))
        scale = lower * lower.T
        off = mpmath.matrix([z[k] - mpf(mean[k]) for k in range(dim)])
        square = (off.T * mpmath.inverse(scale) * off)[0]
        norm = mpmath.gamma(mpf(dof + dim) / 2) / (
            mpmath.gamma(mpf(dof) / 2) * (dof * mpmath.pi) ** (mpf(dim) / 2)
            * mpmath.sqrt(mpmath.det(scale)))
        total += mpf(weight) * norm * (1 + square / dof) ** (-mpf(dof + dim) / 2)
    return total


def double(text):
    """The number that a program reads from `text`."""
    return mpf(float(text))


def main():
    print("# made by mixture_density.py: ln of the density of a mixture of t distributions")
    print("x1,x2,x3,x4,ln_density")
    for point in POINTS:
        x = [double(text) for text in point]
        edges = list(zip(x, LO, HI))
        value = mpmath.log(density([to_line(*each) for each in edges]))
        for each in edges:
            value += mpmath.log(abs(slope(*each)))
        print(",".join([repr(float(each)) for each in x] + [mpmath.nstr(value, 18)]))


if __name__ == "__main__":
    main()
