#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The neutrino spectrum at Earth: the data and the posterior of what they measure.

    spectrum.py CHAIN.h5 --mutau build/src/cli/mutau [-o FILE] [--draws 300] [--mass 0.68,0.95]

One panel for each data set of the run, with the flavours it sees.  The bands hold the
stated posterior mass at each energy by itself; they come from draws of the chain (fixed
seed), whose spectra `mutau flux` computes from the run file stored in the chain.
"""
import csv
import json
import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from matplotlib import lines, patches

import style
from chainfile import Chain, ChainError
from style import FigureError, plt

SEED = 1
ENERGIES_GEV = (1e3, 1e8, 401)
BAND = style.BLUE
COUPLING = "g_prime"  # of the boson: without it there is none


def parse_options():
    parser = style.Parser(description="Spectrum of a chain file of mutau, with its data.")
    parser.add_argument("chain", metavar="CHAIN.h5")
    parser.add_argument("--mutau", required=True, metavar="PROGRAM", help="the mutau program")
    parser.add_argument("-o", "--output", metavar="FILE",
                        help="figure, PNG or PDF by its name (CHAIN-spectrum.png)")
    parser.add_argument("--draws", type=int, default=300, metavar="N",
                        help="draws of the posterior for the band (300)")
    parser.add_argument("--mass", type=style.masses, default=[0.68, 0.95], metavar="P,...",
                        help="posterior masses of the bands (0.68,0.95)")
    options = parser.parse_args()
    if not 2 <= options.draws <= 100000:
        parser.error(f"--draws {options.draws}: 2 to 100000 are possible")
    if options.output is None:
        options.output = os.path.splitext(options.chain)[0] + "-spectrum.png"
    return options


class Model:
    """mutau on the run file of a chain."""

    def __init__(self, program, chain, folder):
        if not chain.config:
            raise ChainError(f"{chain.path}: no run file in /run/config")
        self.program = program
        self.run_file = os.path.join(folder, "run.yaml")
        with open(self.run_file, "w", encoding="utf-8") as file:
            file.write(chain.config)
        # Inputs are looked for where the run file was, or else beside the chain; presets come
        # with mutau.
        self.environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        beside = os.path.dirname(os.path.abspath(chain.path))
        self.environment.setdefault("MUTAU_DATA",
                                    chain.folder if os.path.isdir(chain.folder) else beside)

    def _output(self, command, point, *options):
        at = ",".join(f"{name}={value!r}" for name, value in point.items())
        call = [self.program, command, self.run_file, "--at", at, *options]
        try:
            done = subprocess.run(call, env=self.environment, capture_output=True, text=True,
                                  check=False)
        except OSError as error:
            raise FigureError(f"{self.program}: cannot be run ({error.strerror})") from None
        if done.returncode != 0:
            said = done.stderr.strip().split("\n")[-1] or f"exit code {done.returncode}"
            raise FigureError(f"{command} at {at}: {said}")
        return done.stdout

    def bins(self, point):
        """The data's bins with the prediction at `point`."""
        try:
            return json.loads(self._output("eval", point, "--json"))["bins"]
        except (ValueError, KeyError, TypeError):
            raise FigureError(f"{self.program} eval: no bins in its JSON") from None

    def flux(self, point):
        """Energies in GeV, and dPhi/dE of nu_e, nu_mu, nu_tau (nu + nubar): shape (3, energy)."""
        lo, hi, n = ENERGIES_GEV
        text = self._output("flux", point, "--energies", f"{lo:g}:{hi:g}:{n}", "--format", "csv")
        try:
            rows = list(csv.DictReader(text.splitlines()))
            table = np.array([[float(row[name]) for row in rows]
                              for name in ("energy_gev", "phi_e", "phi_mu", "phi_tau")])
        except (KeyError, TypeError, ValueError):
            table = np.empty((4, 0))
        if table.shape[1] != n or not np.isfinite(table).all():
            raise FigureError(f"{self.program} flux: not the CSV of a spectrum")
        return table[0], table[1:]


# What a data set measures per flavour: weights of (e, mu, tau), and LaTeX.
CHANNELS = {
    "tracks": (np.array([0.0, 1.0, 0.0]), r"$\nu_\mu$"),
    "cascades": (np.array([0.5, 0.0, 0.5]), r"mean of $\nu_e$ and $\nu_\tau$"),
    "all": (np.full(3, 1.0 / 3.0), r"mean of $\nu_e$, $\nu_\mu$ and $\nu_\tau$"),
}


def sample(chain, model, n):
    """Spectra of n draws: energies, and fluxes of shape (draw, 3, energy)."""
    rows, walkers = chain.log_prob.shape
    chosen = np.random.default_rng(SEED).integers(rows * walkers, size=n)
    points = [chain.natural(*divmod(int(i), walkers)) for i in chosen]
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        found = list(pool.map(model.flux, points))
    return found[0][0], np.array([flux for _, flux in found])


def draw_data(panel, bins):
    """Points in E^2 Phi, constant over a bin: N = E^2 Phi (1/E_lo - 1/E_hi)."""
    heights = []
    for row in bins:
        lo, hi = row["e_lo_gev"], row["e_hi_gev"]
        per_n = 1.0 / (1.0 / lo - 1.0 / hi)
        middle = np.sqrt(lo * hi)
        panel.hlines(row["predicted"] * per_n, lo, hi, color=style.RED, linewidth=2.4, zorder=4)
        if row["limit"]:
            top = row["sigma_hi"] * per_n
            panel.hlines(top, lo, hi, color="black", linewidth=1.1, zorder=5)
            panel.annotate("", (middle, 0.5 * top), (middle, top), zorder=5,
                           arrowprops={"arrowstyle": "-|>", "color": "black", "linewidth": 1.1,
                                       "mutation_scale": 8, "shrinkA": 0, "shrinkB": 0})
            heights.append(top)
        else:
            value = row["observed"] * per_n
            panel.errorbar(middle, value, color="black", fmt="o", markersize=3.6, linewidth=1.1,
                           xerr=[[middle - lo], [hi - middle]],
                           yerr=[[row["sigma_lo"] * per_n], [row["sigma_hi"] * per_n]], zorder=5)
            heights += [value, value + row["sigma_hi"] * per_n]
    return heights


def draw_model(panel, energies, weights, band, best, plain, masses):
    square = energies ** 2
    curves = square * np.einsum("f,dfe->de", weights, band)
    for mass, colour in reversed(list(zip(masses, style.shades(BAND, len(masses))))):
        lo, hi = np.quantile(curves, [0.5 - 0.5 * mass, 0.5 + 0.5 * mass], axis=0)
        panel.fill_between(energies, lo, hi, color=colour, linewidth=0, zorder=1)
    panel.plot(energies, square * (weights @ best), color=style.RED, linewidth=1.1, zorder=3)
    if plain is not None:
        panel.plot(energies, square * (weights @ plain), color=style.GREY, linewidth=1.1,
                   linestyle="--", zorder=2)
    return curves


def legend(figure, masses, with_plain):
    handles = [lines.Line2D([], [], color="black", marker="o", markersize=3.6, linewidth=1.1,
                            label="data"),
               lines.Line2D([], [], color="black", marker="v", markersize=5, linewidth=1.1,
                            label="upper limit")]
    handles += [patches.Patch(color=colour, label=f"{style.percent(mass)} of the posterior mass "
                              "at each energy")
                for mass, colour in zip(masses, style.shades(BAND, len(masses)))]
    handles += [lines.Line2D([], [], color=style.RED, linewidth=1.1,
                             label="highest posterior density (bars: bin averages)")]
    if with_plain:
        handles.append(lines.Line2D([], [], color=style.GREY, linewidth=1.1, linestyle="--",
                                    label=r"the same source without interaction ($g' = 0$)"))
    figure.legend(handles=handles, loc="lower center", ncol=2, handlelength=1.8)


def point_text(chain, a_line=4):
    """The best draw, as 'A = 1.41, ...' in the stored coordinates, in lines that fit the figure."""
    row, walker = chain.best()
    values = [f"${label} = {x[row, walker]:.3g}$" for label, x in zip(chain.labels, chain.draws)]
    parts = [", ".join(values[i:i + a_line]) for i in range(0, len(values), a_line)]
    return "highest posterior density: " + ",\n".join(parts)


def draw_spectrum(chain, model, n_draw, masses):
    point = chain.natural(*chain.best())
    bins = model.bins(point)
    energies, best = model.flux(point)
    bare = {**point, COUPLING: 0.0}
    plain = model.flux(bare)[1] if point.get(COUPLING, 0.0) > 0.0 else None
    energies, band = sample(chain, model, n_draw)
    datasets = {row["dataset"]: row["channel"] for row in bins} or {"all flavours": "all"}
    figure, panels = plt.subplots(len(datasets), 1, sharex=True, squeeze=False,
                                  figsize=(5.6, 1.6 + 2.7 * len(datasets)))
    lowest, highest = [], []
    for panel, (dataset, channel) in zip(panels[:, 0], datasets.items()):
        weights, what = CHANNELS[channel]
        curves = draw_model(panel, energies, weights, band, best, plain, masses)
        heights = draw_data(panel, [row for row in bins if row["dataset"] == dataset])
        heights = heights or [np.quantile(curves, 0.05), curves.max()]
        lowest.append(min(heights))
        highest.append(max(heights))
        panel.text(0.97, 0.94, f"{dataset}\n{what}", transform=panel.transAxes, ha="right",
                   va="top", linespacing=1.4)
        panel.set_ylabel(r"$E^2\,\Phi$ per flavour"
                         "\n" r"[GeV cm$^{-2}$ s$^{-1}$ sr$^{-1}$]")
    for panel in panels[:, 0]:
        panel.set(xscale="log", yscale="log", xlim=ENERGIES_GEV[:2],
                  ylim=(0.3 * min(lowest), 4.0 * max(highest)))
    panels[-1, 0].set_xlabel(r"neutrino energy $E$ [GeV]")
    panels[0, 0].set_title(point_text(chain), fontsize=7.5, color=style.RED)
    legend(figure, masses, plain is not None)
    if chain.converged is False:
        panels[0, 0].text(0.97, 0.78, "NOT CONVERGED", transform=panels[0, 0].transAxes,
                          color=style.RED, ha="right", va="top")
    figure.align_ylabels()
    figure.tight_layout(h_pad=0.4, rect=(0.0, 0.6 / figure.get_figheight(), 1.0, 1.0))
    return figure


def main():
    options = parse_options()
    chain = Chain(options.chain)
    with tempfile.TemporaryDirectory(prefix="mutau-spectrum-") as folder:
        model = Model(options.mutau, chain, folder)
        figure = draw_spectrum(chain, model, options.draws, options.mass)
    style.save(figure, options.output)


if __name__ == "__main__":
    style.run(main, ChainError)
