#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corner plot of a chain file: the marginal posterior of every parameter and every pair.

    corner.py CHAIN.h5 --mutau build/src/cli/mutau [-o FILE] [--mass 0.68,0.95]

Burn-in is removed as the file says.  Regions are highest-density regions, and the legend
states the posterior mass each holds: a two-dimensional region of a given mass is not the
"n sigma" of one dimension.  All of them are those of `mutau summary`, which is called; with
--regions FILE in place of --mutau, those that
`mutau summary CHAIN.h5 --json --mass ... --region x,y:x,y` has printed for all pairs.
"""
import json
import os
import subprocess
from itertools import combinations

import numpy as np
from matplotlib import lines, patches, ticker
from matplotlib.path import Path

import style
from chainfile import Chain, ChainError
from style import plt

COLOUR = style.BLUE
BINS = 60          # of the histograms, over what a panel shows
MAX_PAIRS = 16     # that one call of `mutau summary` takes


def parse_options():
    parser = style.Parser(description="Corner plot of a chain file of mutau.")
    parser.add_argument("chain", metavar="CHAIN.h5")
    parser.add_argument("--mutau", metavar="PROGRAM", help="the mutau program")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="figure, PNG or PDF by its name (CHAIN-corner.png)")
    parser.add_argument("--mass", type=style.masses, default=[0.68, 0.95], metavar="P,...",
                        help="posterior masses of the regions (0.68,0.95)")
    parser.add_argument("--regions", metavar="FILE",
                        help="what `mutau summary --json --region ...` printed")
    options = parser.parse_args()
    if (options.mutau is None) == (options.regions is None):
        parser.error("--mutau PROGRAM or --regions FILE has to say where the regions are from")
    if options.output is None:
        options.output = os.path.splitext(options.chain)[0] + "-corner.png"
    return options


class Regions:
    """What `mutau summary --json` says of the parameters and of the pairs of them."""

    def __init__(self, masses):
        self.masses = masses
        self.intervals, self.limits, self.polygons = {}, {}, {}

    def _by_mass(self, found):
        found = {float(key): value for key, value in found.items()}
        return [found[mass] for mass in self.masses]

    def add(self, text):
        """Raises KeyError, TypeError, ValueError for another text."""
        summary = json.loads(text)
        for name, found in summary["parameters"].items():
            self.intervals[name] = self._by_mass(found["hpd"])
            self.limits[name] = self._by_mass(found["limits"])
        for pair in summary.get("regions", []):
            self.polygons[pair["x"], pair["y"]] = [region["polygons"] for region
                                                   in self._by_mass(pair["hpd"])]

    def missing(self, names):
        """The first parameter or pair that is not there, or None."""
        for name in names:
            if name not in self.intervals:
                return name
        for pair in combinations(names, 2):
            if pair not in self.polygons:
                return ",".join(pair)
        return None


def listed(masses):
    return ",".join(repr(mass) for mass in masses)


def read_regions(path, names, masses):
    regions = Regions(masses)
    try:
        with open(path, encoding="utf-8") as file:
            regions.add(file.read())
    except OSError as error:
        raise style.FigureError(f"{path}: {error.strerror}") from None
    except (AttributeError, KeyError, TypeError, ValueError):
        raise style.FigureError(f"{path}: not what `mutau summary --json --region ... "
                                f"--mass {listed(masses)}` prints") from None
    missing = regions.missing(names)
    if missing is not None:
        raise style.FigureError(f"{path}: has no region of {missing}; give all pairs to "
                                "`mutau summary --region`, or --mutau PROGRAM here")
    return regions


def find_regions(mutau, path, names, masses):
    """The same from the program itself."""
    regions = Regions(masses)
    pairs = [",".join(pair) for pair in combinations(names, 2)]
    for first in range(0, max(len(pairs), 1), MAX_PAIRS):
        call = [mutau, "summary", path, "--json", "--mass", listed(masses)]
        if pairs:
            call += ["--region", ":".join(pairs[first:first + MAX_PAIRS])]
        try:
            done = subprocess.run(call, capture_output=True, text=True, check=False)
        except OSError as error:
            raise style.FigureError(f"{mutau}: cannot be run ({error.strerror})") from None
        if done.returncode != 0:
            said = done.stderr.strip().split("\n")[-1] or f"exit code {done.returncode}"
            raise style.FigureError(f"{path}: {mutau} summary: {said}")
        try:
            regions.add(done.stdout)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise style.FigureError(f"{mutau} summary: not the JSON of a summary") from None
    missing = regions.missing(names)
    if missing is not None:
        raise style.FigureError(f"{path}: {mutau} summary gave no region of {missing}")
    return regions


def find_views(chain):
    """What the panels show of each parameter: nearly all draws and a margin, no more than the
    prior."""
    views = []
    for i, x in enumerate(chain.draws):
        if not np.ptp(x) > 0.0:
            raise ChainError(f"{chain.path}: {chain.names[i]}: all draws are equal")
        lo, hi = np.quantile(x, [0.0025, 0.9975])
        margin = 0.15 * (hi - lo)
        edges = chain.edges(i)
        views.append((max(lo - margin, edges[0]), min(hi + margin, edges[1])))
    return views


def number(value, resolution):
    """As many decimals as a tenth of the interval's length asks for."""
    decimals = int(np.clip(np.ceil(-np.log10(resolution)) + 1, 0, 6))
    return f"${value:.{decimals}f}$"


def interval_text(found, limit, mass):
    """'68 %: 2.41 to 2.63', a line for each interval, three at most, or '68 %: < 2.63'."""
    if limit is not None and limit["type"] == "unconstrained":
        return f"{style.percent(mass)}: unconstrained"
    shortest = min(hi - lo for lo, hi in found)
    if limit is not None:
        sign = "<" if limit["type"] == "upper" else ">"
        return f"{style.percent(mass)}: ${sign}$ {number(limit['value'], shortest)}"
    texts = [f"{number(lo, shortest)} to {number(hi, shortest)}" for lo, hi in found[:3]]
    if len(found) > 3:
        texts[-1] += " ..."
    return f"{style.percent(mass)}: " + ",\n".join(texts)


def draw_marginal(panel, x, view, regions, name):
    """A histogram of the draws, in which the regions are shaded."""
    counts, edges = np.histogram(x, BINS, view)
    colours = style.shades(COLOUR, len(regions.masses))
    for found, colour in reversed(list(zip(regions.intervals[name], colours))):
        for lo, hi in found:
            at = np.concatenate([[lo], edges[(edges > lo) & (edges < hi)], [hi]])
            bins = np.clip(np.searchsorted(edges, 0.5 * (at[1:] + at[:-1])) - 1, 0, BINS - 1)
            panel.stairs(counts[bins], at, color=colour, fill=True, linewidth=0)
    panel.stairs(counts, edges, color=COLOUR, linewidth=1.1)
    panel.set_ylim(0.0, 1.08 * counts.max())
    panel.set_yticks([])
    panel.set_title(interval_text(regions.intervals[name][0], regions.limits[name][0],
                                  regions.masses[0]), fontsize=7.5, pad=4)


def draw_polygons(panel, polygons_of_masses):
    """Largest mass first; holes run the other way round and stay empty."""
    colours = style.shades(COLOUR, len(polygons_of_masses))
    for polygons, colour in reversed(list(zip(polygons_of_masses, colours))):
        outline = Path.make_compound_path(*(Path(ring, closed=True) for ring in polygons))
        panel.add_patch(patches.PathPatch(outline, facecolor=colour, edgecolor=COLOUR,
                                          linewidth=0.8))


def dress(panels, chain, views):
    n = len(views)
    for row in range(n):
        for column in range(n):
            panel = panels[row][column]
            if column > row:
                panel.axis("off")
                continue
            panel.set_xlim(views[column])
            panel.xaxis.set_major_locator(ticker.MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
            panel.tick_params(labelbottom=row == n - 1, labelleft=column == 0 and row > 0)
            if row == n - 1:
                panel.set_xlabel(chain.axis_label(column))
            if column < row:
                panel.set_ylim(views[row])
                panel.yaxis.set_major_locator(ticker.MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
            if column == 0 and row > 0:
                panel.set_ylabel(chain.axis_label(row))


def legend(figure, chain, masses):
    handles = [patches.Patch(facecolor=colour, edgecolor=COLOUR, linewidth=0.8,
                             label=style.percent(mass))
               for mass, colour in zip(masses, style.shades(COLOUR, len(masses)))]
    handles.append(lines.Line2D([], [], color=style.RED, marker="+", markersize=8,
                                markeredgewidth=1.4, linestyle="none",
                                label="highest posterior density\namong the draws"))
    shares = [style.percent(mass) for mass in masses]
    shares = " and ".join(filter(None, [", ".join(shares[:-1]), shares[-1]]))
    title = f"Highest-density regions holding\n{shares} of the posterior mass, "
    title += "2-D\n(on the diagonal: of the marginal, 1-D)" if len(chain.names) > 1 else "1-D"
    if chain.converged is False:
        figure.text(0.985, 0.99, "NOT CONVERGED", color=style.RED, ha="right", va="top",
                    fontsize=10)
    box = figure.legend(handles=handles, title=title, loc="upper right", alignment="left",
                        bbox_to_anchor=(0.985, 0.96), title_fontsize=8.5)
    box.get_title().set_linespacing(1.3)


def draw_corner(chain, regions):
    views = find_views(chain)
    n = len(views)
    size = max(1.85 * n, 5.6)  # inches; the legend takes 2.3 of the empty corner
    figure, panels = plt.subplots(n, n, figsize=(size, size), squeeze=False)
    row, walker = chain.best()
    best = [x[row, walker] for x in chain.draws]
    for i in range(n):
        draw_marginal(panels[i][i], chain.draws[i], views[i], regions, chain.names[i])
        panels[i][i].axvline(best[i], color=style.RED, linewidth=0.9, linestyle=":")
        for j in range(i):
            draw_polygons(panels[i][j], regions.polygons[chain.names[j], chain.names[i]])
            panels[i][j].plot(best[j], best[i], "+", color=style.RED, markersize=7,
                              markeredgewidth=1.3)
    dress(panels, chain, views)
    figure.subplots_adjust(left=0.11, right=0.985, bottom=0.09, top=0.94 if n > 1 else 0.7,
                           wspace=0.08, hspace=0.16)
    figure.align_ylabels()
    legend(figure, chain, regions.masses)
    return figure


def main():
    options = parse_options()
    chain = Chain(options.chain)
    if options.regions is not None:
        regions = read_regions(options.regions, chain.names, options.mass)
    else:
        regions = find_regions(options.mutau, options.chain, chain.names, options.mass)
    style.save(draw_corner(chain, regions), options.output)


if __name__ == "__main__":
    style.run(main, ChainError)
