#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Corner plot of a chain file: the marginal posterior of every parameter and every pair.

    corner.py CHAIN.h5 [-o FILE] [--mass 0.68,0.95] [--regions SUMMARY.json]

Burn-in is removed as the file says.  Regions are highest-density regions, and the legend
states the posterior mass each holds: a two-dimensional region of a given mass is not the
"n sigma" of one dimension.  With --regions those of the pairs are the polygons of
`mutau summary CHAIN.h5 --json --mass ... --region x,y:x,y`; a pair that is not in the file is
estimated here.
"""
import json
import os

import numpy as np
from matplotlib import lines, patches, ticker
from matplotlib.path import Path

import density
import style
from chainfile import Chain, ChainError
from style import plt

COLOUR = style.BLUE


def parse_options():
    parser = style.Parser(description="Corner plot of a chain file of mutau.")
    parser.add_argument("chain", metavar="CHAIN.h5")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="figure, PNG or PDF by its name (CHAIN-corner.png)")
    parser.add_argument("--mass", type=style.masses, default=[0.68, 0.95], metavar="P,...",
                        help="posterior masses of the regions (0.68,0.95)")
    parser.add_argument("--regions", metavar="FILE",
                        help="what `mutau summary --json --region ...` printed")
    options = parser.parse_args()
    if options.output is None:
        options.output = os.path.splitext(options.chain)[0] + "-corner.png"
    return options


def read_regions(path, masses):
    """{(x, y): polygons of each mass} of a summary."""
    try:
        with open(path, encoding="utf-8") as file:
            pairs = json.load(file)["regions"]
        found = {}
        for pair in pairs:
            by_mass = {float(key): region["polygons"] for key, region in pair["hpd"].items()}
            found[pair["x"], pair["y"]] = [by_mass[mass] for mass in masses]
    except OSError as error:
        raise style.FigureError(f"{path}: {error.strerror}") from None
    except (KeyError, TypeError, ValueError):
        listed = ",".join(f"{mass:g}" for mass in masses)
        raise style.FigureError(f"{path}: not what `mutau summary --json --region ... "
                                f"--mass {listed}` prints") from None
    return found


def make_marginals(chain, masses):
    made = []
    for i, x in enumerate(chain.draws):
        try:
            axis = density.Axis(x, *chain.edges(i), chain.effective_size(i))
        except ValueError as error:
            raise ChainError(f"{chain.path}: {chain.names[i]}: {error}") from None
        made.append(density.Marginal(axis, x, masses))
    return made


def number(value, resolution):
    """As many decimals as a tenth of the interval's length asks for."""
    decimals = int(np.clip(np.ceil(-np.log10(resolution)) + 1, 0, 6))
    return f"${value:.{decimals}f}$"


def interval_text(found, mass):
    """'68 %: 2.41 to 2.63', a line for each interval, three at most."""
    shortest = min(hi - lo for lo, hi in found)
    texts = [f"{number(lo, shortest)} to {number(hi, shortest)}" for lo, hi in found[:3]]
    if len(found) > 3:
        texts[-1] += " ..."
    return f"{style.percent(mass)}: " + ",\n".join(texts)


def draw_marginal(panel, marginal, masses):
    nodes, f = marginal.nodes, marginal.f
    colours = style.shades(COLOUR, len(masses))
    for found, colour in reversed(list(zip(marginal.intervals, colours))):
        for lo, hi in found:
            at = np.concatenate([[lo], nodes[(nodes > lo) & (nodes < hi)], [hi]])
            panel.fill_between(at, np.interp(at, nodes, f), color=colour, linewidth=0)
    panel.plot(nodes, f, color=COLOUR, linewidth=1.1)
    panel.set_ylim(0.0, 1.08 * f.max())
    panel.set_yticks([])
    panel.set_title(interval_text(marginal.intervals[0], masses[0]), fontsize=7.5, pad=4)


def draw_polygons(panel, polygons_of_masses):
    """Largest mass first; holes run the other way round and stay empty."""
    colours = style.shades(COLOUR, len(polygons_of_masses))
    for polygons, colour in reversed(list(zip(polygons_of_masses, colours))):
        outline = Path.make_compound_path(*(Path(ring, closed=True) for ring in polygons))
        panel.add_patch(patches.PathPatch(outline, facecolor=colour, edgecolor=COLOUR,
                                          linewidth=0.8))


def draw_pair(panel, a, b, masses):
    joint = density.Joint(a, b, masses)
    levels = np.sort(joint.levels)
    levels *= 1.0 + 1e-9 * np.arange(len(levels))  # contour() wants them to rise
    colours = style.shades(COLOUR, len(masses))[::-1]
    panel.contourf(joint.nodes_a, joint.nodes_b, joint.f.T,
                   levels=[*levels, 1.01 * joint.f.max()], colors=colours)
    panel.contour(joint.nodes_a, joint.nodes_b, joint.f.T, levels=levels, colors=COLOUR,
                  linewidths=0.8)


def dress(panels, chain, marginals):
    n = len(marginals)
    for row in range(n):
        for column in range(n):
            panel = panels[row][column]
            if column > row:
                panel.axis("off")
                continue
            panel.set_xlim(marginals[column].axis.view)
            panel.xaxis.set_major_locator(ticker.MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
            panel.tick_params(labelbottom=row == n - 1, labelleft=column == 0 and row > 0)
            if row == n - 1:
                panel.set_xlabel(chain.axis_label(column))
            if column < row:
                panel.set_ylim(marginals[row].axis.view)
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
    listed = [style.percent(mass) for mass in masses]
    listed = " and ".join(filter(None, [", ".join(listed[:-1]), listed[-1]]))
    title = f"Highest-density regions holding\n{listed} of the posterior mass, "
    title += "2-D\n(on the diagonal: of the marginal, 1-D)" if len(chain.names) > 1 else "1-D"
    if chain.converged is False:
        figure.text(0.985, 0.99, "NOT CONVERGED", color=style.RED, ha="right", va="top",
                    fontsize=10)
    box = figure.legend(handles=handles, title=title, loc="upper right", alignment="left",
                        bbox_to_anchor=(0.985, 0.96), title_fontsize=8.5)
    box.get_title().set_linespacing(1.3)


def draw_corner(chain, masses, regions):
    marginals = make_marginals(chain, masses)
    n = len(marginals)
    size = max(1.85 * n, 5.6)  # inches; the legend takes 2.3 of the empty corner
    figure, panels = plt.subplots(n, n, figsize=(size, size), squeeze=False)
    row, walker = chain.best()
    best = [x[row, walker] for x in chain.draws]
    for i in range(n):
        draw_marginal(panels[i][i], marginals[i], masses)
        panels[i][i].axvline(best[i], color=style.RED, linewidth=0.9, linestyle=":")
        for j in range(i):
            pair = chain.names[j], chain.names[i]
            if pair in regions:
                draw_polygons(panels[i][j], regions[pair])
            else:
                draw_pair(panels[i][j], marginals[j], marginals[i], masses)
            panels[i][j].plot(best[j], best[i], "+", color=style.RED, markersize=7,
                              markeredgewidth=1.3)
    dress(panels, chain, marginals)
    figure.subplots_adjust(left=0.11, right=0.985, bottom=0.09, top=0.94 if n > 1 else 0.7,
                           wspace=0.08, hspace=0.16)
    figure.align_ylabels()
    legend(figure, chain, masses)
    return figure


def main():
    options = parse_options()
    chain = Chain(options.chain)
    regions = read_regions(options.regions, options.mass) if options.regions else {}
    style.save(draw_corner(chain, options.mass, regions), options.output)


if __name__ == "__main__":
    style.run(main, ChainError)
