#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence and moments of the built-in targets student and funnel with mpmath 1.2.1 at 30
digits, and the medians of rosenbrock and of two mixtures.  Prints the tables of
tests/unit/test_builtin_target.c.

student: the density of Student's t is integrated as it stands over the box of half width h.
funnel: x2 ... are integrated in closed form (erf) and x1 by quadrature; the first row also
over x2 (at 15 digits), which is the check of that closed form."""
from mpmath import erf, exp, findroot, gamma, log, mp, mpf, nstr, pi, quad, sqrt

mp.dps = 30


def pieces(h, scale):
    """Points of [0, h] at which to part a quadrature of a peak of that scale."""
    at, points = mpf(scale), [mpf(0)]
    while at < h:
        points.append(at)
        at *= 2
    return points + [mpf(h)]


def student(dim, dof, scale, h):
    dof, scale, h = mpf(dof), mpf(scale), mpf(h)
    peak = gamma((dof + 1) / 2) / (sqrt(dof * pi) * gamma(dof / 2) * scale)

    def density(x):
        return peak * (1 + x * x / (dof * scale * scale)) ** (-(dof + 1) / 2)
    cuts = pieces(h, scale)
    mass = 2 * quad(density, cuts)
    var = 2 * quad(lambda x: x * x * density(x), cuts) / mass
    return dim * (log(mass) - log(2 * h)), sqrt(var)


def normal(x, var):
    return exp(-x * x / (2 * var)) / sqrt(2 * pi * var)


def cuts_of(sd, h):
    return [-h] + [sd * k / 2 for k in range(-24, 25) if abs(sd * k / 2) < h] + [h]


def funnel_ln_z(dim, sd, h, by_hand=False):
    sd, h = mpf(sd), mpf(h)

    def inside(v):
        if by_hand:
            scale = exp(v / 2)
            return 2 * quad(lambda x: normal(x, scale * scale), pieces(min(h, 32 * scale), scale))
        return erf(h * exp(-v / 2) / sqrt(mpf(2)))
    z = quad(lambda v: normal(v, sd * sd) * inside(v) ** (dim - 1), cuts_of(sd, h))
    return log(z) - dim * log(2 * h)


def funnel(dim, sd, h):
    ln_z = funnel_ln_z(dim, sd, h)
    sd, h = mpf(sd), mpf(h)
    cuts = cuts_of(sd, h)

    def inside(v):
        return erf(h * exp(-v / 2) / sqrt(mpf(2)))

    def spread(v):
        """Integral of x^2 over the box, of one x: by parts."""
        return exp(v) * (inside(v) - 2 * h * normal(h, exp(v)))

    def over_v(f, points=cuts):
        return quad(lambda v: normal(v, sd * sd) * f(v), points)
    z = over_v(lambda v: inside(v) ** (dim - 1))
    mean = over_v(lambda v: v * inside(v) ** (dim - 1)) / z
    var = over_v(lambda v: (v - mean) ** 2 * inside(v) ** (dim - 1)) / z
    x_var = over_v(lambda v: spread(v) * inside(v) ** (dim - 2)) / z

    def below(m):
        points = [c for c in cuts if c < m] + [m]
        return over_v(lambda v: inside(v) ** (dim - 1), points) / z - mpf(1) / 2
    median = findroot(below, (mean - sd / 4, mean + sd / 4), tol=1e-22)
    return ln_z, mean, sqrt(var), median, sqrt(x_var)


def mixture_median(modes, weight, separation, sd, start):
    weight, separation, sd = mpf(weight), mpf(separation), mpf(sd)
    others = (1 - weight) / (modes - 1)

    def below(x):
        total = mpf(0)
        for i in range(modes):
            centre = separation * (mpf(2 * i) / (modes - 1) - 1)
            below_it = (1 + erf((x - centre) / sd / sqrt(mpf(2)))) / 2
            total += (weight if i == 0 else others) * below_it
        return total - mpf(1) / 2
    return findroot(below, (mpf(start) - sd, mpf(start) + sd), solver="anderson", tol=1e-24)


def rosenbrock_medians():
    """As golden/rosenbrock.py: the integral over y is a difference of error functions."""
    s, cuts = sqrt(mpf(1) / 200), [mpf(k) / 4 for k in range(-12, 13)]

    def strip(x, y=mpf(5)):
        return erf((y - x * x) / s / sqrt(mpf(2))) + erf((5 + x * x) / s / sqrt(mpf(2)))

    def over_x(f, points):
        return quad(lambda x: exp(-(1 - x) ** 2) * f(x), points)
    z = over_x(strip, cuts)

    def below_x(m):
        return over_x(strip, [c for c in cuts if c < m] + [m]) / z - mpf(1) / 2

    def below_y(m):
        edges = sorted(cuts + [-sqrt(m), sqrt(m)])  # where the strip is cut
        return over_x(lambda x: strip(x, m), edges) / z - mpf(1) / 2
    return [findroot(f, (mpf(a), mpf(b)), solver="anderson", tol=1e-18)
            for f, a, b in ((below_x, "0.8", "1.1"), (below_y, "0.7", "1.2"))]


def main():
    for row in (("student", 2, 1, 1, 100), ("student", 1, 2, 1, 100), ("student", 5, 3, "0.01", 10),
                ("student", 10, 4, 2, 3), ("student", 3, 30, 1, 20)):
        print(row, [nstr(value, 15) for value in student(*row[1:])])
    for row in (("funnel", 2, 1, 500), ("funnel", 2, 3, 30), ("funnel", 5, 3, 30),
                ("funnel", 10, 3, 30), ("funnel", 10, 5, 40), ("funnel", 4, "0.5", 5)):
        print(row, [nstr(value, 15) for value in funnel(*row[1:])])
    mp.dps = 15
    print("by hand", nstr(funnel_ln_z(2, 3, 30, True), 13))
    mp.dps = 30
    for row in ((2, "0.3", 5, "0.5", 5), (3, "0.2", 4, "0.7", 0), (2, "0.08", 2, "0.4", 2)):
        print("mixture", row, nstr(mixture_median(*row), 15))
    print("rosenbrock", [nstr(value, 15) for value in rosenbrock_medians()])


if __name__ == "__main__":
    main()
