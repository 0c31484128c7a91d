# SPDX-License-Identifier: GPL-3.0-or-later
"""Widths of X -> lepton nu Z' at tree level by brute force, for a Z' that couples alike to the
two leptons: numerical traces of Dirac matrices over the two diagrams, nothing simplified by hand,
and Gauss-Legendre over the Dalitz plot.  Used by kaon_width.py and boson_width.py."""
import numpy as np

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


def proca(p, mass):
    """The sum over polarisations, lower indices."""
    low = p @ METRIC
    return low[..., :, None] * low[..., None, :] / mass**2 - METRIC


def square(kernel, n, u, lepton, outer, inner):
    """Sum over spins of |nubar kernel lepton|^2; kernel[..., i, j, :, :] with its Lorentz index i
    contracted with `outer` and j with `inner`."""
    spins = slash(u) - lepton * np.eye(4)
    left = slash(n)[..., None, None, :, :] @ kernel @ spins[..., None, None, :, :]
    right = np.einsum("...ab,...cd,...bdij->...acij", outer, inner, bar(kernel), optimize=True)
    return np.einsum("...acij,...acji->...", left, right, optimize=True).real


def vertices(parent, scalar):
    """The weak vertex with its Lorentz index (one value for a scalar), and what sums it."""
    rest = np.array([parent, 0.0, 0.0, 0.0])
    if scalar:
        return (slash(rest) @ LEFT)[None], np.ones((1, 1))
    return GAMMA @ LEFT, proca(rest, parent)


def three_body(parent, scalar, lepton, m, a, s):
    """The squared amplitude at (n+k)^2 = a, (u+k)^2 = s in the parent's frame."""
    zero = 0 * a
    e_u = (parent**2 + lepton**2 - a) / (2 * parent)
    e_n = (parent**2 - s) / (2 * parent)
    p_u = np.sqrt(e_u**2 - lepton**2)
    e_k = parent - e_u - e_n
    cosine = np.clip((e_k**2 - m**2 - p_u**2 - e_n**2) / (2 * p_u * e_n), -1, 1)
    u = np.stack([e_u, zero, zero, p_u], -1)
    n = np.stack([e_n, e_n * np.sqrt(1 - cosine**2), zero, e_n * cosine], -1)
    k = np.array([parent, 0, 0, 0]) - u - n
    weak, outer = vertices(parent, scalar)
    nu_line = slash(n + k) / a[..., None, None]
    lepton_line = (lepton * np.eye(4) - slash(u + k)) / (s - lepton**2)[..., None, None]
    from_nu = GAMMA @ (nu_line[..., None, :, :] @ weak)[..., :, None, :, :]
    from_lepton = (weak @ lepton_line[..., None, :, :])[..., :, None, :, :] @ GAMMA
    # The Z' couples to a conserved current: k k/m^2 would add nothing but rounding errors.
    return square(from_nu + from_lepton, n, u, lepton, outer, -METRIC)


def two_body_width(parent, scalar, lepton):
    p = (parent**2 - lepton**2) / (2 * parent)
    u = np.array([parent - p, 0, 0, p])
    n = np.array([p, 0, 0, -p])
    weak, outer = vertices(parent, scalar)
    return (square(weak[:, None], n, u, lepton, outer, np.ones((1, 1))) * p
            / (8 * np.pi * parent**2))


def legendre(n):
    x, w = np.polynomial.legendre.leggauss(n)
    return (x + 1) / 2, w / 2


def width(parent, scalar, lepton, m, window=None, normal=None):
    """Gamma(X -> lepton nu Z')/(g'^2 Gamma(X -> lepton nu)) with (n+k)^2 within the window;
    the two-body width for a lepton of the mass `normal` if given.  Gauss-Legendre in y,
    a - m^2 = (a_max - m^2) exp(-y^2), and in ln(s - lepton^2)."""
    a_min, a_max = window or (0.0, (parent - lepton)**2)
    d_max = a_max - m**2
    if d_max <= 0:
        return 0.0
    d_min = max(a_min - m**2, 1e-6 * min(m**2, d_max))
    end = np.sqrt(np.log(d_max / d_min))
    (x, w), (xs, ws) = legendre(120), legendre(40)
    y = end * x
    d = d_max * np.exp(-y**2)
    a = m**2 + d
    e_k, p_k = (a + m**2) / (2 * np.sqrt(a)), d / (2 * np.sqrt(a))
    e_u = (parent**2 - a - lepton**2) / (2 * np.sqrt(a))
    p_u = np.sqrt(e_u**2 - lepton**2)
    high = e_k * e_u + p_k * p_u
    low = (m**2 * e_u**2 + p_k**2 * lepton**2) / high
    first = m**2 + 2 * low
    length = np.log((m**2 + 2 * high) / first)
    b = first[:, None] * np.exp(length[:, None] * xs)
    values = three_body(parent, scalar, lepton, m, a[:, None] + 0 * b, b + lepton**2) * b
    inner = length * (values @ ws)
    below = two_body_width(parent, scalar, lepton if normal is None else normal)
    return end * np.sum(w * 2 * y * d * inner) / ((2 * np.pi)**3 * 32 * parent**3) / below
