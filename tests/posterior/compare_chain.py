#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the quantiles and evidences of chains against the posteriors by brute force of
grid_posterior.csv.

usage: compare_chain.py [NAME=]CHAIN.h5...     (NAME: the run in the table; default: CHAIN's own)
       compare_chain.py --sample RUN.yaml...   (samples each run with $MUTAU first)
       compare_chain.py --seeds N RUN.yaml...  (the same with the seeds 1 to N, as the file is)

For every parameter and tabulated quantile x_p the share of the chain below x_p must be p within
its Monte Carlo error, which is that of the means of 32 or more batches of at least 3
autocorrelation times (of the walkers' mean), corrected for the correlation that is left between
them, and the table's own error.  |z| < 5: with
36 comparisons of about 31 degrees of freedom a correct chain fails once in a thousand times.

ln Z of a tempered chain must be the grid's within 4 of the errors that both state, and 0.15.
With --sample the same is asked, of all chains together, of ln B against the power law as mutau
compare finds it: the grid's is the difference of its own two sums.  ln B has the error of ln Z,
so these are as many independent comparisons as there are runs: 6e-5 each, for two runs a false
alarm in 8000 sets of seeds were the errors normal.  The seeds are those of the run files.

With --seeds each quantile and ln Z has N pulls z, of chains that end when their criteria hold,
but after 400 steps, and are short: 8 batches do, so that a z is about Student's t of 8 or more
degrees of freedom, with a standard deviation of 1.15 at most. The mean of N pulls is within 5
of 1.15/sqrt(N) of 0 (ln Z: 4 / sqrt(N)), and with 10 seeds or more the standard deviation of
all pulls of a run's quantiles together is between 0.6 and 1.4, that of ln Z between 0.5 and
1.6. At most a fifth of the chains may say
that they have not converged; they are counted."""
import csv
import json
import math
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np

FOLDER = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(FOLDER, ".."))
import tap

MAX_Z, MIN_BATCHES, TAUS_PER_BATCH = 5.0, 32, 3
MAX_LN_Z_Z, MAX_LN_Z_ERROR = 4.0, 0.15


def read_table(path=os.path.join(FOLDER, "grid_posterior.csv")):
    """{run: {quantity: {what: (value, error)}}}"""
    table = {}
    with open(path, encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            entry = table.setdefault(row["run"], {}).setdefault(row["quantity"], {})
            entry[row["what"]] = (float(row["value"]), float(row["error"]))
    return table


def autocorrelation_time(series):
    """Of all series together (their autocorrelations averaged), by Sokal's window of 5 times."""
    n = 1 << (2 * len(series[0]) - 1).bit_length()
    power = sum(np.abs(np.fft.rfft(s - np.mean(series), n)) ** 2 for s in series)
    rho = np.fft.irfft(power)[:len(series[0])]
    if not rho[0] > 0.0:
        return float(len(rho))
    taus = 2.0 * np.cumsum(rho / rho[0]) - 1.0
    window = np.arange(len(taus)) > 5.0 * taus
    return max(1.0, taus[np.argmax(window)] if window.any() else float(len(rho)))


def read_chain(path):
    """Names of the parameters and, per ensemble, the kept rows [row, walker, parameter]."""
    with h5py.File(path, "r") as file:
        groups = sorted(name for name in file if name == "mcmc" or
                        (name.startswith("mcmc_") and name[5:].isdigit()))
        names = [name.decode() if isinstance(name, bytes) else name
                 for name in file["mcmc"].attrs["parameter_names"]]
        ensembles = [file[g]["chain"][int(file[g].attrs["burn_in"]):int(file[g].attrs["iteration"])]
                     for g in groups]
    return names, ensembles


def share_below(ensembles, i, x, least=MIN_BATCHES):
    """Share of the samples below x, its Monte Carlo error, and how many batches that is from."""
    series = [(e[:, :, i] <= x).mean(axis=1) for e in ensembles]
    tau = autocorrelation_time(series)
    rows = min(len(s) for s in series)
    n = int(rows // max(TAUS_PER_BATCH * tau, rows * len(series) / (4.0 * MIN_BATCHES)))
    if n * len(series) < least:
        return None, None, n * len(series)
    means = np.array([s[len(s) % n:].reshape(n, -1).mean(axis=1) for s in series]).ravel()
    # what neighbouring batches share, for correlations that decay exponentially
    factor = 1.0 - 0.5 * tau / (rows // n)
    return means.mean(), means.std(ddof=1) / math.sqrt(factor * len(means)), len(means)


def compare(run, path):
    """Prints the comparison; fails on the first quantity that is off."""
    want = read_table().get(run)
    tap.check(want is not None, f"{run} is not in grid_posterior.csv")
    names, ensembles = read_chain(path)
    tap.check(set(names) == set(want) - {"ln_z"}, f"{path} has {names}, not those of {run}")
    worst = (0.0, "")
    for name in names:
        quantiles = [(float(p), x, e) for p, (x, e) in want[name].items() if p[0] == "0"]
        for k, (p, x, error) in enumerate(quantiles):
            got, mcse, n_batch = share_below(ensembles, names.index(name), x)
            tap.check(got is not None, f"{path}: too short to judge, {n_batch} batches")
            # the density, from the neighbouring quantiles, turns the table's error into a share
            lo, hi = quantiles[max(k - 1, 0)], quantiles[min(k + 1, len(quantiles) - 1)]
            z = (got - p) / math.hypot(mcse, error * (hi[0] - lo[0]) / (hi[1] - lo[1]))
            worst = max(worst, (abs(z), f"{name} at {p}"))
            print(f"# {run} {name:16s} {x:10.6f}: {p:5.3f} of the grid, {got:.5f} +- {mcse:.5f} of "
                  f"the chain, z = {z:+.2f}")
    tap.check(worst[0] < MAX_Z, f"{path}: |z| = {worst[0]:.2f} for {worst[1]}")
    compare_evidence(run, path, *want["ln_z"]["value"])


def check_evidence(what, got, got_error, want, want_error):
    """One number of the evidence against the grid's."""
    z = (got - want) / math.hypot(got_error, want_error)
    print(f"# {what}: {want:.4f} of the grid, {got:.4f} +- {got_error:.4f} of the chain, "
          f"z = {z:+.2f}")
    tap.check(abs(z) < MAX_LN_Z_Z and abs(got - want) < MAX_LN_Z_ERROR,
              f"{what} is {got} +- {got_error}, not {want}")


def compare_evidence(run, path, want, error):
    """ln Z, if the chain is tempered."""
    with h5py.File(path, "r") as file:
        if "run/evidence" not in file:
            return
        found = file["run/evidence"][()]
    check_evidence(f"{run} ln Z", found["ln_z"], found["ln_z_error"], want, error)


def call(*words):
    done = subprocess.run([os.environ["MUTAU"], *words], capture_output=True, text=True,
                          check=False)
    tap.check(done.returncode == 0, f"{words[0]}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def compare_ln_b(runs, paths):
    """ln B of every run against the power law, as mutau compare finds it."""
    table = read_table()
    for run, found in zip(runs, json.loads(call("compare", "--json", *paths))["runs"]):
        evidence = found["evidence"]
        value, power_law = table[run]["ln_z"]["value"], table[run]["ln_z"]["power_law"]
        error = math.hypot(evidence["error"], evidence["power_law"]["error"])
        check_evidence(f"{run} ln B", evidence["ln_b"], error, value[0] - power_law[0],
                       math.hypot(value[1], power_law[1]))


def sample_and_compare(run, path, chain):
    call("sample", path, "--output", chain, "--quiet", "--set", "sampler.stop.min_steps=2000",
         "model.targets=cold")
    compare(run, chain)


def sampled_cases(paths, folder):
    """Those of --sample; the chains stay in `folder` for the last of them."""
    runs = [os.path.splitext(os.path.basename(path))[0] for path in paths]
    chains = [os.path.join(folder, run + ".h5") for run in runs]
    each = [(run, lambda case=(run, path, chain): sample_and_compare(*case))
            for run, path, chain in zip(runs, paths, chains)]
    return each + [("ln B", lambda: compare_ln_b(runs, chains))]


def pulls_of(run, chain):
    """{quantity and quantile: z} of one chain; ln Z among them."""
    want, (names, ensembles) = read_table()[run], read_chain(chain)
    pulls = {}
    for i, name in enumerate(names):
        quantiles = [(float(p), x, e) for p, (x, e) in want[name].items() if p[0] == "0"]
        for p, x, _ in quantiles:  # the table's error is a hundredth of so short a chain's
            got, mcse, n_batch = share_below(ensembles, i, x, least=8)
            tap.check(got is not None, f"{chain}: too short to judge, {n_batch} batches")
            pulls[f"{name} at {p}"] = (got - p) / mcse
    with h5py.File(chain, "r") as file:
        found = file["run/evidence"][()]
    value, error = want["ln_z"]["value"]
    pulls["ln Z"] = (found["ln_z"] - value) / math.hypot(found["ln_z_error"], error)
    return pulls


def compare_seeds(run, path, n_seed, folder):
    """Prints mean and standard deviation of the pulls; fails where they are off."""
    chain = os.path.join(folder, "seed.h5")
    found, n_other = [], 0
    for seed in range(1, n_seed + 1):
        done = subprocess.run([os.environ["MUTAU"], "sample", path, "--output", chain,
                               "--overwrite", "--quiet", "--set", f"sampler.seed={seed}",
                               "model.targets=cold",
                               "sampler.stop.min_steps=400"], capture_output=True, text=True,
                              check=False)
        tap.check(done.returncode in (0, 3), done.stderr)
        n_other += done.returncode == 3
        for line in done.stderr.splitlines():
            print(f"# {run}, seed {seed}: {line}")
        found.append(pulls_of(run, chain))
    z = {what: np.array([pulls[what] for pulls in found]) for what in found[0]}
    for what, values in z.items():
        print(f"# {run} {what:24s}: mean pull {values.mean():+.2f}, sd {values.std(ddof=1):.2f}, "
              f"largest {np.abs(values).max():.2f}")
    ln_z = z.pop("ln Z")
    means = {what: values.mean() for what, values in z.items()}
    spread = np.sqrt(np.mean([values.var(ddof=1) for values in z.values()]))
    mean = np.mean(list(means.values()))
    print(f"# {run}: {n_seed} seeds, pulls of {len(z)} quantiles: mean {mean:+.2f}, "
          f"sd {spread:.2f}; of ln Z: mean {ln_z.mean():+.2f}, sd {ln_z.std(ddof=1):.2f}")
    worst = max(means, key=lambda what: abs(means[what]))
    tap.check(abs(means[worst]) < 5.0 * 1.15 / math.sqrt(n_seed), f"{run}: {worst}: {means[worst]}")
    print(f"# {run}: {n_other} of {n_seed} said that they have not converged")
    tap.check(5 * n_other <= n_seed, f"{run}: {n_other} of {n_seed} have not converged")
    tap.check(abs(ln_z.mean()) < 4.0 / math.sqrt(n_seed), f"{run}: ln Z: {ln_z}")
    if n_seed >= 10:
        tap.check(0.6 < spread < 1.4, f"{run}: the pulls have a standard deviation of {spread}")
        tap.check(0.5 < ln_z.std(ddof=1) < 1.6, f"{run}: ln Z: {ln_z}")


def seed_cases(n_seed, paths, folder):
    runs = [os.path.splitext(os.path.basename(path))[0] for path in paths]
    return [(f"{run}, {n_seed} seeds",
             lambda case=(run, path): compare_seeds(*case, n_seed, folder))
            for run, path in zip(runs, paths)]


def cases(words):
    pairs = [word.split("=", 1) if "=" in word else
             (os.path.splitext(os.path.basename(word))[0], word) for word in words]
    return [(run, lambda run=run, path=path: compare(run, path)) for run, path in pairs]


def main(words):
    if not words:
        return __doc__
    if words[0] not in ("--sample", "--seeds"):
        return tap.run(cases(words))
    with tempfile.TemporaryDirectory(prefix="mutau-test-") as folder:
        if words[0] == "--seeds":
            return tap.run(seed_cases(int(words[1]), words[2:], folder))
        return tap.run(sampled_cases(words[1:], folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
