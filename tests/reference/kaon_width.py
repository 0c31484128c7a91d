#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes kaon_width.csv: I = Gamma(K -> mu nu Z')/(g'^2 Gamma(K -> mu nu)), all of it, with
the muon's kinetic energy in 60..100 MeV (I_T) and with the squared missing mass above
0.1 GeV^2 (I_mm), at masses between the rows of kaon_mu_nu_zprime.csv.  The squared amplitude is
the numerical trace of Dirac matrices over the two diagrams, with the whole Proca sum
-g + k k/m^2; nothing is simplified by hand.  Usage: ./kaon_width.py > kaon_width.csv"""
import numpy as np

KAON, MUON = 493.677, 105.6583755
METRIC = np.diag([1.0, -1.0, -1.0, -1.0])
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
ZERO, ONE = np.zeros((2, 2)), np.eye(2)
GAMMA = np.array([np.block([[ONE, ZERO], [ZERO, -ONE]])]
                 + [np.block([[ZERO, s], [-s, ZERO]]) for s in PAULI])
GAMMA_0 = GAMMA[0]
LEFT = np.eye(4) - 1j * GAMMA[0] @ GAMMA[1] @ GAMMA[2] @ GAMMA[3]


def slash(p):
    return np.einsum("...m,mn,nij->...ij", p, METRIC, GAMMA)


def bar(m):
    return GAMMA_0 @ np.conj(np.swapaxes(m, -1, -2)) @ GAMMA_0


def square(kernel, n, u, lorentz):
    """Sum over spins of |nubar kernel mu|^2, Lorentz indices contracted with `lorentz`."""
    spins_mu = slash(u) - MUON * np.eye(4)
    left = slash(n)[..., None, :, :] @ kernel @ spins_mu[..., None, :, :]
    trace = np.einsum("...mij,...nji->...mn", left, bar(kernel))
    return np.einsum("...mn,...mn->...", trace, lorentz).real


def three_body(m, a, s):
    """The squared amplitude at (n+k)^2 = a, (u+k)^2 = s in the kaon's frame."""
    zero = 0 * a
    e_u = (KAON**2 + MUON**2 - a) / (2 * KAON)
    e_n = (KAON**2 - s) / (2 * KAON)
    p_u = np.sqrt(e_u**2 - MUON**2)
    e_k = KAON - e_u - e_n
    cosine = np.clip((e_k**2 - m**2 - p_u**2 - e_n**2) / (2 * p_u * e_n), -1, 1)
    u = np.stack([e_u, zero, zero, p_u], -1)
    n = np.stack([e_n, e_n * np.sqrt(1 - cosine**2), zero, e_n * cosine], -1)
    kaon = np.array([KAON, 0, 0, 0])
    k = kaon - u - n
    weak = slash(kaon) @ LEFT
    from_nu = GAMMA @ (slash(n + k) / a[..., None, None] @ weak)[..., None, :, :]
    muon_line = (MUON * np.eye(4) - slash(u + k)) / (s - MUON**2)[..., None, None]
    from_mu = (weak @ muon_line)[..., None, :, :] @ GAMMA
    low = k @ METRIC
    proca = low[..., :, None] * low[..., None, :] / m**2 - METRIC
    return square(from_nu + from_mu, n, u, proca)


def two_body_width():
    p = (KAON**2 - MUON**2) / (2 * KAON)
    u = np.array([KAON - p, 0, 0, p])
    n = np.array([p, 0, 0, -p])
    kernel = (slash(np.array([KAON, 0, 0, 0])) @ LEFT)[None]
    return square(kernel, n, u, np.ones((1, 1))) * p / (8 * np.pi * KAON**2)


def legendre(n):
    x, w = np.polynomial.legendre.leggauss(n)
    return (x + 1) / 2, w / 2


def width(m, a_min, a_max):
    """Gauss-Legendre in y, a - m^2 = (a_max - m^2) exp(-y^2), and in ln(s - m_mu^2)."""
    d_max = a_max - m**2
    if d_max <= 0:
        return 0.0
    d_min = max(a_min - m**2, 1e-6 * min(m**2, d_max))
    end = np.sqrt(np.log(d_max / d_min))
    (x, w), (xs, ws) = legendre(150), legendre(50)
    y = end * x
    d = d_max * np.exp(-y**2)
    a = m**2 + d
    e_k, p_k = (a + m**2) / (2 * np.sqrt(a)), d / (2 * np.sqrt(a))
    e_u = (KAON**2 - a - MUON**2) / (2 * np.sqrt(a))
    p_u = np.sqrt(e_u**2 - MUON**2)
    high = e_k * e_u + p_k * p_u
    low = (m**2 * e_u**2 + p_k**2 * MUON**2) / high
    first = m**2 + 2 * low
    length = np.log((m**2 + 2 * high) / first)
    b = first[:, None] * np.exp(length[:, None] * xs)
    values = three_body(m, a[:, None] + 0 * b, b + MUON**2) * b
    inner = length * (values @ ws)
    return (end * np.sum(w * 2 * y * d * inner) / ((2 * np.pi)**3 * 32 * KAON**3)
            / two_body_width())


END = (KAON - MUON)**2
WINDOWS = [(0.0, END), (END - 200 * KAON, END - 120 * KAON), (1e5, END)]

print("# I, I_T, I_mm of K+ -> mu+ nu Z'; written by kaon_width.py (numpy %s)" % np.__version__)
print("m_mev,I,I_T,I_mm")
for mass in (0.137, 0.71, 1.43, 2.385, 4.1, 6.5, 8.8, 11.7, 18.3, 27.1, 47.3, 84.7, 133.0, 173.0,
             219.0, 231.0, 271.0, 289.0, 299.5):
    print(",".join(["%g" % mass] + ["%.8e" % width(mass, *window) for window in WINDOWS]))
