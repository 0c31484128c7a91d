# SPDX-License-Identifier: GPL-3.0-or-later
"""Kernel densities in one and two dimensions that respect the edges of the prior.

One dimension is done as analysis/credible.c does it, on a coarser grid, so that a figure
shows the intervals that `mutau summary` prints: draws mirrored at the prior's edges, the
bandwidth of Botev, Grotowski & Kroese, Annals of Statistics 38, 2916 (2010), kernels wider
where the density is low, and wider still until gaps between intervals are deeper than the
noise.  Levels are order statistics over the draws: a region holds the stated share of them.
"""
import numpy as np

PILOT_CELLS = 1024
STAGES = 7
WIDEN = 1.25
NOISE_SIGMAS = 5.0
NARROWEST, WIDEST = 0.5, 10.0


def _bandwidth(share, n):
    """Botev's bandwidth, in windows, of a histogram with PILOT_CELLS cells."""
    k = np.arange(1, PILOT_CELLS, dtype=float)
    centre = (np.arange(PILOT_CELLS) + 0.5) / PILOT_CELLS
    power = (np.cos(np.pi * np.outer(k, centre)) @ share) ** 2

    def norm(s, t):
        return 2.0 * np.pi ** (2 * s) * np.sum(k ** (2 * s) * power * np.exp(-(np.pi * k) ** 2 * t))

    def answer(t):
        value = norm(STAGES, t)
        for s in range(STAGES - 1, 1, -1):
            odd = np.prod(np.arange(1.0, 2 * s, 2.0))
            c = (1.0 + 0.5 ** (s + 0.5)) / 3.0 * 2.0 * odd / np.sqrt(2.0 * np.pi)
            value = norm(s, (c / (n * value)) ** (2.0 / (3.0 + 2.0 * s)))
        return (2.0 * n * np.sqrt(np.pi) * value) ** -0.4

    mean = np.sum(share * centre)
    spread = np.sqrt(np.sum(share * (centre - mean) ** 2))
    widest = max(1.06 * spread * n ** -0.2, 1.0 / PILOT_CELLS)
    width = 0.5 / PILOT_CELLS
    with np.errstate(all="ignore"):
        while width < widest and not answer(width ** 2) <= width ** 2:
            width *= 1.05
    return min(width, widest)


class Axis:
    """The range of one parameter that holds all but a thousandth of the draws, and what a
    figure shows of it (`view`)."""

    def __init__(self, x, lo, hi, effective):
        x = np.ravel(x)
        if not np.ptp(x) > 0.0:
            raise ValueError("all draws are equal")
        tail = np.quantile(x, [0.0005, 0.9995])
        margin = 0.1 * max(tail[1] - tail[0], 1e-12 * np.ptp(x))
        self.lo, self.hi = tail[0] - margin, tail[1] + margin
        self.edge_lo, self.edge_hi = self.lo <= lo, self.hi >= hi
        if self.edge_lo:
            self.lo = lo
        if self.edge_hi:
            self.hi = hi
        body = np.quantile(x, [0.0025, 0.9975])
        margin = 0.15 * (body[1] - body[0])
        self.view = max(body[0] - margin, self.lo), min(body[1] + margin, self.hi)
        self.effective = min(max(effective, 10.0), float(x.size))
        pilot, _ = np.histogram(x, PILOT_CELLS, (self.lo, self.hi))
        share = pilot / max(pilot.sum(), 1)
        self.bandwidth = (self.hi - self.lo) * _bandwidth(share, self.effective)

    @property
    def range(self):
        return self.lo, self.hi

    def grid(self, cells):
        """The centres of equal cells, and the nodes: these and the two ends."""
        centres = self.lo + (self.hi - self.lo) * (np.arange(cells) + 0.5) / cells
        return centres, np.concatenate([[self.lo], centres, [self.hi]])

    def kernel(self, centres, widths):
        """Matrix that smooths a histogram on the cells, mirrored at the prior's edges;
        `widths` of the cells' kernels."""
        widths = np.maximum(widths, 0.7 * (centres[1] - centres[0]))

        def gauss(distance):
            return np.exp(-0.5 * (distance / widths) ** 2) / (np.sqrt(2.0 * np.pi) * widths)

        matrix = gauss(centres[:, None] - centres[None, :])
        if self.edge_lo:
            matrix += gauss(centres[:, None] + centres[None, :] - 2.0 * self.lo)
        if self.edge_hi:
            matrix += gauss(centres[:, None] + centres[None, :] - 2.0 * self.hi)
        return matrix


class Marginal:
    """Density of one parameter at `nodes`, and its highest-density intervals: one list of
    (lo, hi) for each mass."""

    CELLS = 1024

    def __init__(self, axis, x, masses):
        self.axis = axis
        self.x = np.ravel(x)
        self.centres, self.nodes = axis.grid(self.CELLS)
        counts, _ = np.histogram(self.x, self.CELLS, axis.range)
        self.share = counts / self.x.size
        self.f, self.bandwidth = None, None
        self.intervals = [None] * len(masses)
        width = axis.bandwidth
        while None in self.intervals:
            f, widths = self._estimate(width)
            values = np.interp(self.x, self.nodes, f, left=0.0, right=0.0)
            last = width > axis.hi - axis.lo
            for i, mass in enumerate(masses):
                level = np.quantile(values, 1.0 - mass, method="lower")
                if self.intervals[i] is None and (last or self._settled(f, widths, level)):
                    self.intervals[i] = intervals(self.nodes, f, level)
                    if self.f is None:
                        self.f, self.bandwidth = f, width
            width *= WIDEN

    def _estimate(self, width):
        f = self.axis.kernel(self.centres, width) @ self.share
        used = self.share > 0.0
        mean = np.exp(np.sum(self.share[used] * np.log(f[used])) / self.share.sum())
        relative = np.sqrt(mean / np.maximum(f, 1e-300))
        widths = width * np.clip(relative, NARROWEST, WIDEST)
        f = self.axis.kernel(self.centres, widths) @ self.share
        return np.pad(f, 1, mode="edge"), np.pad(widths, 1, mode="edge")

    def _settled(self, f, widths, level):
        """Whether every gap between two intervals is deeper than the density's noise."""
        inside = np.concatenate([[False], f >= level, [False]])
        change = np.flatnonzero(inside[1:] != inside[:-1]).reshape(-1, 2)
        peaks = [f[begin:end].max() for begin, end in change]
        for i in range(1, len(change)):
            begin, end = change[i - 1, 1], change[i, 0]
            dip = begin + np.argmin(f[begin:end])
            peak = min(peaks[i - 1], peaks[i])
            noise = np.sqrt(peak / (2.0 * np.sqrt(np.pi) * self.axis.effective * widths[dip]))
            if peak - f[dip] < NOISE_SIGMAS * noise:
                return False
        return True


def intervals(nodes, f, level):
    """Where the density is at least `level`: a list of (lo, hi)."""
    def crossing(i):
        return nodes[i] + (level - f[i]) / (f[i + 1] - f[i]) * (nodes[i + 1] - nodes[i])

    found, start = [], None
    for i, value in enumerate(f):
        if value >= level and start is None:
            start = nodes[0] if i == 0 else crossing(i - 1)
        elif value < level and start is not None:
            found.append((start, crossing(i - 1)))
            start = None
    if start is not None:
        found.append((start, nodes[-1]))
    return found


class Joint:
    """Density of two parameters: f[i, j] at (nodes_a[i], nodes_b[j]), and the levels above
    which lie the given shares of the draws."""

    CELLS = 200

    def __init__(self, a, b, masses):
        self.a, self.b = a, b
        centres_a, self.nodes_a = a.axis.grid(self.CELLS)
        centres_b, self.nodes_b = b.axis.grid(self.CELLS)
        counts, _, _ = np.histogram2d(a.x, b.x, self.CELLS, (a.axis.range, b.axis.range))
        # The best width falls as n^(-1/6) in two dimensions, as n^(-1/5) in one.
        scale = min(a.axis.effective, b.axis.effective) ** (1.0 / 5.0 - 1.0 / 6.0)
        widths = scale * a.bandwidth, scale * b.bandwidth

        def smooth(share, factor):
            return (a.axis.kernel(centres_a, factor * widths[0]) @ share
                    @ b.axis.kernel(centres_b, factor * widths[1]).T)

        share = counts / a.x.size
        pilot = smooth(share, 1.0)
        used = share > 0.0
        mean = np.exp(np.sum(share[used] * np.log(pilot[used])) / share.sum())
        relative = np.log2(np.clip(np.sqrt(mean / np.maximum(pilot, 1e-300)), 1.0, 8.0))
        # Wider kernels where the density is low: each cell between the two nearest octaves.
        f = sum(smooth(share * np.clip(1.0 - np.abs(relative - octave), 0.0, 1.0), 2.0 ** octave)
                for octave in range(4))
        self.f = np.pad(f, 1, mode="edge")
        self.levels = np.quantile(self._at_draws(), [1.0 - mass for mass in masses])

    def _at_draws(self):
        """The density at the draws, bilinear between nodes; 0 outside the plotted range."""
        inside = np.ones(self.a.x.size, bool)
        place = []
        for nodes, x in ((self.nodes_a, self.a.x), (self.nodes_b, self.b.x)):
            inside &= (x >= nodes[0]) & (x <= nodes[-1])
            i = np.clip(np.searchsorted(nodes, x, side="right") - 1, 0, len(nodes) - 2)
            place.append((i, (x - nodes[i]) / (nodes[i + 1] - nodes[i])))
        (i, s), (j, t) = place
        f = self.f
        values = ((1 - s) * ((1 - t) * f[i, j] + t * f[i, j + 1])
                  + s * ((1 - t) * f[i + 1, j] + t * f[i + 1, j + 1]))
        return np.where(inside, values, 0.0)
