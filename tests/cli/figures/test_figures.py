#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs corner.py and spectrum.py on small chains, and on everything that can be wrong with
one; prints TAP.

usage: test_figures.py MUTAU QUICKSTART.yaml
"""
import contextlib
import io
import json
import os
import runpy
import struct
import subprocess
import sys
import tempfile
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
PLOTS = os.path.join(HERE, "..", "..", "..", "analysis", "plots")
sys.path[:0] = [os.path.join(HERE, "..", ".."), PLOTS]
sys.dont_write_bytecode = True
os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
import tap
import under

try:
    import h5py
    import numpy as np
except ImportError as missing:
    print(f"1..0 # SKIP {missing}")
    sys.exit(0)
import corner
from chainfile import Chain, ChainError

STAND_IN = os.path.join(HERE, "stand_in_mutau.py")
PNG = b"\x89PNG\r\n\x1a\n"
NAMES = ["log10_m_zprime", "log10_g_prime", "A", "gamma"]
LABELS = [r"\log_{10}(m_{Z'}/\mathrm{MeV})", r"\log_{10} g'", "A", r"\gamma"]
CONFIG = """\
description: 'A run: with a colon'
model: {mediator: lmu-ltau, crossing: exact}
parameters:
  m_zprime: {prior: log-uniform, min: 1, max: 20}
  g_prime: {prior: log-uniform, min: 1e-5, max: 1e-1}
  A: {prior: uniform, min: 0.1, max: 2.5}
  gamma:
    prior: truncated-normal
    mean: 2.5
    sigma: 0.1
    min: 1.8
    max: 3.5
  sum_mnu: 0.1
data: [icecube-cascades-6yr, icecube-tracks-9.5yr]
"""


def draw(rng, n):
    """Independent draws: two modes in log10 g', the mass up to its upper edge."""
    gamma = rng.normal(2.55, 0.09, n)
    normalisation = 1.4 - 0.8 * (gamma - 2.55) + rng.normal(0.0, 0.15, n)
    strong = rng.uniform(size=n) < 0.6
    mass = 1.30103 - np.abs(rng.normal(0.0, 0.3, n)) % 1.3
    coupling = np.where(strong, rng.normal(-2.5, 0.1, n), rng.uniform(-5.0, -3.5, n))
    x = np.stack([mass, coupling, normalisation, gamma], axis=-1)
    return x, -0.5 * ((gamma - 2.55) / 0.09) ** 2 + strong


def write_chain(path, rows=400, burn_in=100, ensembles=2, dim=4, converged=1, config=CONFIG):
    """A chain file in the layout of docs/chain-file.md; the burn-in is far off."""
    rng = np.random.default_rng(2)
    with h5py.File(path, "w") as file:
        for i in range(ensembles):
            group = file.create_group("mcmc" if i == 0 else f"mcmc_{i}")
            x, log_prob = draw(rng, (rows + 7) * 16)
            x = x.reshape(rows + 7, 16, 4)[:, :, :dim]
            x[:burn_in] += 50.0
            group["chain"] = x
            group["log_prob"] = log_prob.reshape(rows + 7, 16)
            group["accepted"] = np.full(16, 0.4 * rows)
            group.attrs.update({"nwalkers": 16, "ndim": dim, "has_blobs": False,
                                "iteration": rows, "burn_in": burn_in, "version": "3.1.4"})
        file.create_group("mcmc_T01")
        run = file.create_group("run")
        run.attrs["parameter_names"] = NAMES[:dim]
        run.attrs["parameter_labels"] = LABELS[:dim]
        run.attrs["parameter_units"] = [""] * dim
        run.attrs["converged"] = converged
        run["config"] = np.bytes_(config)
    return path


class Folder:
    """A temporary folder with a good chain; runs a script there."""

    def __enter__(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = self.temporary.name
        self.chain = write_chain(self.file("a.h5"))
        return self

    def __exit__(self, *_):
        self.temporary.cleanup()

    def file(self, name):
        return os.path.join(self.path, name)

    def run(self, script, *arguments, **environment):
        """Runs a script in this process, which has matplotlib loaded: that takes a second."""
        path, out, err = os.path.join(PLOTS, script), io.StringIO(), io.StringIO()
        before, code = (os.getcwd(), sys.argv, dict(os.environ)), 0
        os.chdir(self.path)
        sys.argv = [path, *arguments]
        os.environ.update(environment)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                runpy.run_path(path, run_name="__main__")
        except SystemExit as leave:
            code = leave.code or 0
        except BaseException:
            code = 1
            err.write(traceback.format_exc())
        finally:
            os.chdir(before[0])
            sys.argv = before[1]
            os.environ.clear()
            os.environ.update(before[2])
        return subprocess.CompletedProcess(script, code, out.getvalue(), err.getvalue())

    def run_alone(self, script, *arguments):
        """The same as a program of its own."""
        return subprocess.run([sys.executable, os.path.join(PLOTS, script), *arguments],
                              cwd=self.path, text=True, capture_output=True, check=False)

    def corner(self, *arguments, **environment):
        return self.run("corner.py", *arguments, "--mutau", STAND_IN, **environment)

    def spectrum(self, *arguments, **environment):
        return self.run("spectrum.py", *arguments, "--mutau", STAND_IN, "--draws", "3",
                        **environment)

    def check_figure(self, done, name):
        tap.check(done.returncode == 0 and done.stdout + done.stderr == "",
                  f"exit code {done.returncode}: {done.stderr}")
        with open(self.file(name), "rb") as figure:
            tap.check(figure.read(8) == PNG, f"{name} is no PNG")
            width, height = struct.unpack(">8xII", figure.read(16))
        tap.check(min(height, width) > 800, f"{name} has {width} x {height} pixels")

    def check_refusal(self, done, code, *words):
        """One line on stderr with the words, nothing on stdout, no figure left."""
        said = done.stderr
        tap.check(done.returncode == code, f"exit code {done.returncode}, want {code}: {said}")
        tap.check(done.stdout == "" and said.count("\n") == 1, f"not one line: {said}")
        for word in words:
            tap.check(word in said, f"'{word}' is not in: {said}")
        left = [name for name in os.listdir(self.path) if name.endswith((".png", ".part"))]
        tap.check(not left, f"left behind: {left}")


def test_corner_plot():
    with Folder() as folder:
        folder.check_figure(folder.corner("a.h5"), "a-corner.png")
        done = folder.corner("a.h5", "--mass", "0.9", "-o", "c.pdf")
        tap.check(done.returncode == 0, done.stderr)
        with open(folder.file("c.pdf"), "rb") as figure:
            tap.check(figure.read(5) == b"%PDF-", "c.pdf is no PDF")


def test_corner_plot_of_two_parameters_not_converged():
    with Folder() as folder:
        write_chain(folder.file("b.h5"), dim=2, converged=0, ensembles=1)
        folder.check_figure(folder.corner("b.h5"), "b-corner.png")


def test_a_chain_of_another_program_has_no_regions():
    """mutau summary, whose regions a figure shows, needs the run's description."""
    with Folder() as folder:
        with h5py.File(folder.chain, "r+") as file:
            for name in ("mcmc_1", "mcmc_T01", "run"):
                del file[name]
        mutau = under.program(os.path.abspath(sys.argv[1]))
        folder.check_refusal(folder.run("corner.py", "a.h5", "--mutau", mutau), 2, "a.h5",
                             "summary")


def test_spectrum():
    with Folder() as folder:
        folder.check_figure(folder.spectrum("a.h5"), "a-spectrum.png")


def test_both_figures_of_a_real_chain():
    """A short run, not converged (exit code 3), drawn with mutau itself."""
    with Folder() as folder:
        mutau, run_file = map(os.path.abspath, sys.argv[1:3])
        mutau = under.program(mutau)
        sampled = subprocess.run(
            [mutau, "sample", run_file, "--output", "r.h5", "--max-steps", "200", "--quiet",
             "--set", "sampler.walkers=8"],
            cwd=folder.path, capture_output=True, text=True, check=False)
        tap.check(sampled.returncode == 3, f"exit code {sampled.returncode}: {sampled.stderr}")
        folder.check_figure(folder.run_alone("corner.py", "r.h5", "--mutau", mutau), "r-corner.png")
        done = folder.run_alone("spectrum.py", "r.h5", "--mutau", mutau, "--draws", "4")
        folder.check_figure(done, "r-spectrum.png")
        chain = Chain(folder.file("r.h5"))
        tap.check(chain.converged is False and chain.names == NAMES, "its description")
        tap.check(np.allclose(chain.edges(1), (-5.0, -1.0)), f"edges {chain.edges(1)}")


def shaded(panel, colour):
    """Where the histogram is filled in one colour: (lo, hi) of each piece."""
    found = []
    for patch in panel.patches:
        if isinstance(patch, corner.patches.StepPatch) and patch.get_fill() \
                and np.allclose(patch.get_facecolor()[:3], colour):
            edges = patch.get_data().edges
            found.append((edges[0], edges[-1]))
    return sorted(found)


def test_regions_are_those_of_summary():
    """What is drawn, on the diagonal and beside it, are the numbers that summary prints."""
    masses = [0.68, 0.95]
    with Folder() as folder:
        mutau, run_file = map(os.path.abspath, sys.argv[1:3])
        mutau = under.program(mutau)
        subprocess.run([mutau, "sample", run_file, "--output", "r.h5", "--max-steps", "3000",
                        "--quiet", "--set", "sampler.walkers=16"], cwd=folder.path,
                       capture_output=True, check=False)
        pairs = ":".join(f"{x},{y}" for i, x in enumerate(NAMES) for y in NAMES[i + 1:])
        done = subprocess.run([mutau, "summary", "r.h5", "--json", "--mass", "0.68,0.95",
                               "--region", pairs], cwd=folder.path, capture_output=True,
                              text=True, check=True)
        summary = json.loads(done.stdout)
        chain = Chain(folder.file("r.h5"))
        figure = corner.draw_corner(
            chain, corner.find_regions(mutau, folder.file("r.h5"), chain.names, masses))
        panels = np.array(figure.axes).reshape(4, 4)
        for i, name in enumerate(NAMES):
            for mass, colour in zip(masses, corner.style.shades(corner.COLOUR, 2)):
                want = summary["parameters"][name]["hpd"][f"{mass:.2f}"]
                tap.check(np.allclose(shaded(panels[i][i], colour), want, rtol=1e-12),
                          f"{name}, {mass}: {shaded(panels[i][i], colour)}, want {want}")
        for region in summary["regions"]:
            panel = panels[NAMES.index(region["y"])][NAMES.index(region["x"])]
            for mass, patch in zip(reversed(masses), panel.patches):
                want = np.concatenate(region["hpd"][f"{mass:.2f}"]["polygons"])
                got = patch.get_path().vertices
                tap.check(got.shape == want.shape and np.allclose(got, want, rtol=1e-12),
                          f"{region['x']}, {region['y']}, {mass}")
        corner.plt.close(figure)
        with open(folder.file("r.json"), "w", encoding="utf-8") as file:
            file.write(done.stdout)
        folder.check_figure(folder.run("corner.py", "r.h5", "--regions", "r.json"),
                            "r-corner.png")
        os.remove(folder.file("r-corner.png"))
        folder.check_refusal(folder.run("corner.py", "r.h5", "--regions", "r.json", "--mass",
                                        "0.9"), 2, "r.json", "--mass 0.9")
        folder.check_refusal(folder.run("corner.py", "r.h5", "--regions", "no.json"), 2, "no.json")
        folder.check_refusal(folder.run("corner.py", "r.h5", "--regions", "r.h5"), 2, "r.h5")
        del summary["regions"][2]
        with open(folder.file("r.json"), "w", encoding="utf-8") as file:
            json.dump(summary, file)
        folder.check_refusal(folder.run("corner.py", "r.h5", "--regions", "r.json"), 2,
                             "no region of log10_m_zprime,gamma", "--mutau")


def test_intervals_in_words():
    for found, limit, want in (
            ([[2.41, 2.634]], None, "68 %: $2.41$ to $2.63$"),
            ([[0, 1], [2, 3], [4, 5], [6, 7]], None,
             "68 %: $0.0$ to $1.0$,\n$2.0$ to $3.0$,\n$4.0$ to $5.0$ ..."),
            ([[0, 2.634]], {"type": "upper", "value": 2.634}, "68 %: $<$ $2.6$"),
            ([[2.41, 3]], {"type": "lower", "value": 2.41}, "68 %: $>$ $2.41$"),
            ([[2, 3]], {"type": "unconstrained"}, "68 %: unconstrained")):
        got = corner.interval_text(found, limit, 0.68)
        tap.check(got == want, f"{got}, want {want}")


def test_burn_in_is_removed_and_all_ensembles_are_read():
    with Folder() as folder:
        chain = Chain(folder.chain)
        tap.check(chain.draws[0].shape == (300, 32), f"{chain.draws[0].shape}")
        tap.check(max(x.max() for x in chain.draws) < 10.0, "burn-in was read")
        tap.check(chain.names == NAMES and chain.labels == LABELS, "names")
        tap.check(chain.converged is True, "converged")


def test_prior_edges_are_found():
    with Folder() as folder:
        chain = Chain(folder.chain)
        want = [(0.0, np.log10(20.0)), (-5.0, -1.0), (0.1, 2.5), (1.8, 3.5)]
        for i, edges in enumerate(want):
            tap.check(np.allclose(chain.edges(i), edges, rtol=1e-14, atol=0.0),
                      f"{chain.names[i]}: {chain.edges(i)}")
        chain.config = "parameters: {A: 1}\n"
        tap.check(chain.edges(2) == (-np.inf, np.inf), "no edges")
        chain.config = ""
        tap.check(chain.edges(2) == (-np.inf, np.inf), "no run file")


def test_best_draw_in_natural_units():
    with Folder() as folder:
        chain = Chain(folder.chain)
        row, walker = chain.best()
        tap.check(chain.log_prob[row, walker] == chain.log_prob.max(), "not the best")
        point = chain.natural(row, walker)
        tap.check(list(point) == ["m_zprime", "g_prime", "A", "gamma"], f"{list(point)}")
        tap.check(abs(np.log10(point["g_prime"]) / chain.draws[1][row, walker] - 1.0) < 1e-14,
                  "g'")


def test_usage_errors():
    with Folder() as folder:
        folder.check_refusal(folder.run_alone("corner.py"), 1, "CHAIN.h5")
        folder.check_refusal(folder.run_alone("corner.py", "no.h5", "--mutau", "m"), 2, "no.h5")
        folder.check_refusal(folder.run("corner.py", "a.h5"), 1, "--mutau PROGRAM", "--regions")
        folder.check_refusal(folder.corner("a.h5", "--regions", "r.json"), 1, "--regions FILE")
        folder.check_refusal(folder.run("corner.py", "a.h5", "--mass", "68"), 1, "'68'")
        folder.check_refusal(folder.run("corner.py", "a.h5", "--mass", "x"), 1, "'x'")
        folder.check_refusal(folder.run("corner.py", "a.h5", "--colour"), 1, "--colour")
        folder.check_refusal(folder.run("spectrum.py", "a.h5"), 1, "--mutau")
        folder.check_refusal(folder.run("spectrum.py", "a.h5", "--mutau", "m", "--draws", "1"), 1,
                             "--draws 1")


def break_text(path):
    with open(path, "w", encoding="utf-8") as file:
        file.write("not HDF5\n")


def break_empty(path):
    with h5py.File(path, "w"):
        pass


def break_cut(path):
    with open(path, "r+b") as file:
        file.truncate(3000)


def break_rows(path):
    write_chain(path, rows=100, burn_in=99)


def break_nan(path):
    with h5py.File(path, "r+") as file:
        file["mcmc/chain"][200, 3, 1] = np.nan


def break_constant(path):
    with h5py.File(path, "r+") as file:
        for name in ("mcmc", "mcmc_1"):
            file[name + "/chain"][:, :, 2] = 1.0


def break_attribute(path):
    with h5py.File(path, "r+") as file:
        del file["mcmc_1"].attrs["iteration"]


def break_dataset(path):
    with h5py.File(path, "r+") as file:
        del file["mcmc/chain"]
        file["mcmc/chain"] = 3.0


BROKEN = [(break_text, "cannot be read"), (break_empty, "no group /mcmc"),
          (break_cut, "cannot be read"), (break_rows, "nothing to draw"),
          (break_nan, "not a finite number"), (break_attribute, "cannot be read"),
          (break_dataset, "cannot be read"), (os.remove, "cannot be read")]


def test_broken_chains_are_refused():
    for breaker, words in BROKEN:
        with Folder() as folder:
            breaker(folder.chain)
            folder.check_refusal(folder.corner("a.h5"), 2, "a.h5", words)
            if breaker is break_cut:
                folder.check_refusal(folder.spectrum("a.h5"), 2, "a.h5", words)


def test_a_parameter_that_does_not_vary_is_named():
    with Folder() as folder:
        break_constant(folder.chain)
        folder.check_refusal(folder.corner("a.h5"), 2, "A: all draws are equal")


def test_a_figure_that_cannot_be_written():
    with Folder() as folder:
        folder.check_refusal(folder.corner("a.h5", "-o", "no/folder.png"), 2,
                             "no/folder.png: cannot be written")
        folder.check_refusal(folder.corner("a.h5", "-o", "a.nonsense"), 2, "nonsense")


def test_a_mutau_that_fails():
    with Folder() as folder:
        done = folder.run("spectrum.py", "a.h5", "--mutau", "./missing")
        folder.check_refusal(done, 2, "./missing: cannot be run")
        done = folder.run("corner.py", "a.h5", "--mutau", "./missing")
        folder.check_refusal(done, 2, "./missing: cannot be run")
        folder.check_refusal(folder.corner("a.h5", STAND_IN_FAILS="summary"), 2, "summary",
                             "told to fail")
        folder.check_refusal(folder.corner("a.h5", STAND_IN_BABBLES="summary"), 2,
                             "no region of log10_m_zprime")
        for command in ("eval", "flux"):
            done = folder.spectrum("a.h5", STAND_IN_FAILS=command)
            folder.check_refusal(done, 2, command, "told to fail")
            done = folder.spectrum("a.h5", STAND_IN_BABBLES=command)
            folder.check_refusal(done, 2, command)


def test_a_chain_without_a_run_file():
    with Folder() as folder:
        with h5py.File(folder.chain, "r+") as file:
            del file["run/config"]
        folder.check_refusal(folder.spectrum("a.h5"), 2, "no run file")
        try:
            Chain(folder.file("b.h5"))
            tap.check(False, "a missing file was read")
        except ChainError:
            pass


if __name__ == "__main__":
    sys.exit(tap.run_named(dict(globals())))
