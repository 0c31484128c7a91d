#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence and standard deviation of the eggbox
    ln L(x, y) = (2 + cos(x / 2) cos(y / 2))^5,  uniform prior on [0, 10 pi]^2
with mpmath 1.2.1, of src/sampler/builtin_target_simple.c; ln Z is 235.85594 in samplers'
surveys (dynesty's tests: 235.856).  With u = x / 2, v = y / 2 the box is [0, 5 pi]^2; the
integral over v is a function of cos(u), by the trapezoid on multiples of pi, about which
the integrand is even: it converges exponentially.  The one over u is Simpson's."""
from mpmath import mp, mpf, cos, exp, pi, log, sqrt, nstr

mp.dps = 25
N = 400  # intervals per pi


def over_y(c):
    """Integral over v in [0, 5 pi] of exp((2 + c cos v)^5 - 243): five times [0, pi], where
    cos v and, for every other one, its mirror image give the same."""
    return 5 * sum(exp((2 + c * cos(pi * k / N)) ** 5 - 243) / (2 if k in (0, N) else 1)
                   for k in range(N + 1)) * pi / N


# f is even about every multiple of pi: end corrections of the trapezoid vanish on [0, pi].
F = [over_y(cos(pi * k / N)) for k in range(N + 1)]


def moment(power):
    """Integral over u in [0, 5 pi] of (2 u - 5 pi)^power f(u), by Simpson on each pi."""
    total = mpf(0)
    for p in range(5):
        for k in range(N + 1):
            weight = 1 if k in (0, N) else 4 if k % 2 else 2
            u = pi * p + pi * k / N
            total += weight * (2 * u - 5 * pi) ** power * F[k if p % 2 == 0 else N - k]
    return total * pi / N / 3


Z = moment(0)
print("ln Z = %s" % nstr(log(Z / (25 * pi ** 2)) + 243, 12))
print("mean - 5 pi = %s" % nstr(moment(1) / Z, 5))
print("sd = %s" % nstr(sqrt(moment(2) / Z), 12))
