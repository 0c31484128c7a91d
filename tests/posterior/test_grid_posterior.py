# SPDX-License-Identifier: GPL-3.0-or-later
"""The posteriors by brute force themselves: the table is what the program gives, and both are
what a plain sum over mutau eval gives where that is quick.

usage: test_grid_posterior.py GRID_POSTERIOR MUTAU SOURCE"""
import math
import os
import subprocess
import sys
import tempfile

import numpy as np

import compare_chain
import tap

GRID, MUTAU, SOURCE = sys.argv[1:]
TABLE = compare_chain.read_table()


def run_file(name):
    return os.path.join(SOURCE, "chains", name + ".yaml")


def grid(density, *runs):
    with tempfile.NamedTemporaryFile("w+", suffix=".csv") as out:
        subprocess.run([GRID, str(density), *map(run_file, runs)], stdout=out, check=True)
        return compare_chain.read_table(out.name)


def test_runs_with_two_parameters_are_the_table():
    for run, quantities in grid(4, "powerlaw", "g2-only").items():
        for quantity, entries in quantities.items():
            for what, (value, error) in entries.items():
                want = TABLE[run][quantity][what][0]
                tap.check(abs(value - want) < 1e-6 + 1e-2 * error,
                          f"{run} {quantity} {what}: {value} {want}")


def test_a_coarser_grid_is_the_table_within_its_error():
    for quantity, entries in grid(2, "wp")["wp"].items():
        for what, (value, error) in entries.items():
            want, table_error = TABLE["wp"][quantity][what]
            tap.check(abs(value - want) < 2e-5 + error + table_error,
                      f"{quantity} {what}: {value} +- {error}, {want} +- {table_error}")


def ln_likelihoods(run, header, points):
    text = header + "\n" + "\n".join(",".join("%.17g" % x for x in point) for point in points)
    rows = subprocess.run([MUTAU, "eval", run_file(run), "--at", "-", "--format", "csv",
                           "--set", "model.targets=cold"],
                          input=text, stdout=subprocess.PIPE, text=True,
                          check=True).stdout.splitlines()
    column = rows[0].split(",").index("ln_likelihood")
    return np.array([float(row.split(",")[column]) for row in rows[1:]])


def trapezoid(n, width):
    weights = np.full(n, width / (n - 1))
    weights[[0, -1]] *= 0.5
    return weights


def check_sum(run, header, first, second, natural, names):
    """A sum over first x second against the table's ln Z and means."""
    points = [natural(x, y) for x in first for y in second]
    ln_l = ln_likelihoods(run, header, points).reshape(len(first), len(second))
    weights = np.outer(trapezoid(len(first), 1.0), trapezoid(len(second), 1.0))
    mass = weights * np.exp(ln_l - ln_l.max())
    ln_z = math.log(mass.sum()) + ln_l.max()
    tap.check(abs(ln_z - TABLE[run]["ln_z"]["value"][0]) < 1e-4, f"{run}: ln Z {ln_z}")
    for name, values, axis in zip(names, (first, second), (1, 0)):
        mean = (mass.sum(axis=axis) * values).sum() / mass.sum()
        tap.check(abs(mean - TABLE[run][name]["mean"][0]) < 1e-4, f"{run}: {name} {mean}")


def test_the_power_law_is_a_plain_sum():
    check_sum("powerlaw", "A,gamma", np.linspace(0.1, 2.5, 61), np.linspace(1.8, 3.5, 61),
              lambda a, gamma: (a, gamma), ("A", "gamma"))


def test_the_evidence_without_a_zprime_is_a_plain_sum():
    a, gamma = np.linspace(0.1, 2.5, 61), np.linspace(1.8, 3.5, 61)
    points = [(1.0, 0.0, x, y) for x in a for y in gamma]
    weights = np.outer(trapezoid(len(a), 1.0), trapezoid(len(gamma), 1.0)).ravel()
    for run in ("wp", "lattice", "no-g2"):
        ln_l = ln_likelihoods(run, "m_zprime,g_prime,A,gamma", points)
        ln_z = math.log((weights * np.exp(ln_l - ln_l.max())).sum()) + ln_l.max()
        want = TABLE[run]["ln_z"]["power_law"][0]
        tap.check(abs(ln_z - want) < 1e-4, f"{run}: ln Z without a Z' {ln_z}, {want}")


def test_the_terms_are_a_plain_sum():
    check_sum("g2-only", "m_zprime,g_prime", np.linspace(0.0, math.log10(20), 61),
              np.linspace(-5.0, -1.0, 201), lambda m, g: (10 ** m, 10 ** g),
              ("log10_m_zprime", "log10_g_prime"))


def test_wrong_chains_are_told_apart():
    # draws of the grid's own moments, right and shifted by a tenth of a standard deviation
    import h5py
    rng = np.random.RandomState(1)
    with tempfile.TemporaryDirectory() as folder:
        for shift in (0.0, 0.1):
            path = os.path.join(folder, "powerlaw.h5")
            # inverse of the tabulated distribution is enough for a chain without correlation
            with h5py.File(path, "w") as file:
                columns = []
                for name in ("A", "gamma"):
                    entries = TABLE["powerlaw"][name]
                    q = [(float(p), v[0]) for p, v in entries.items() if p[0] == "0"]
                    mean, sd = entries["mean"][0], entries["sd"][0]
                    p = [0.0] + [x for x, _ in q] + [1.0]
                    v = [mean - 4 * sd] + [x for _, x in q] + [mean + 4 * sd]
                    columns.append(np.interp(rng.uniform(size=(4, 2000, 8)), p, v) + shift * sd)
                for i in range(4):
                    group = file.create_group("mcmc" + (f"_{i}" if i else ""))
                    group.attrs.update({"burn_in": 0, "iteration": 2000,
                                        "parameter_names": ["A", "gamma"]})
                    group["chain"] = np.stack([c[i] for c in columns], axis=2)
            try:
                compare_chain.compare("powerlaw", path)
                accepted = True
            except AssertionError:
                accepted = False
            tap.check(accepted == (shift == 0.0), f"shift {shift}: accepted {accepted}")


if __name__ == "__main__":
    sys.exit(tap.run_named(globals()))
