#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Effective samples per evaluation of the likelihood, ours and emcee's, on one run file.

emcee gets the same posterior through a pipe to `mutau eval --at -`, the same number of
ensembles and walkers, starts drawn from the same prior, and the mixture that its documentation
recommends for several modes, with the stretch move for its snooker, which is wrong up to 3.1.6;
neither is tempered.
Both cost one evaluation for each walker and step, so that the effective samples per evaluation
are 1/tau, of the parameter with the largest tau; tau is emcee's, after the first quarter.

    efficiency.py MUTAU RUN.yaml [--steps N] [--seed N] [--no-emcee] [--moves MIXTURE]...
        MIXTURE   what to try with mutau, as in a run file; default: the run file's
"""
import argparse
import logging
import os
import subprocess
import tempfile

import emcee
import h5py
import numpy as np

EMCEE_MOVES = [(emcee.moves.DEMove(), 0.8), (emcee.moves.StretchMove(), 0.2)]


class Posterior:
    """ln posterior of points in stored coordinates, answered by a `mutau eval`."""

    def __init__(self, program, run_file, names):
        self.is_log = np.array([name.startswith("log10_") for name in names])
        self.process = subprocess.Popen(
            [program, "eval", run_file, "--at", "-", "--format", "csv"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.write([",".join(name.removeprefix("log10_") for name in names)])
        self.column = None

    def write(self, lines):
        self.process.stdin.write("\n".join(lines) + "\n")
        self.process.stdin.flush()

    def __call__(self, x):
        natural = np.where(self.is_log, 10.0 ** np.where(self.is_log, x, 0.0), x)
        self.write([",".join(map(repr, map(float, row))) for row in natural])
        if self.column is None:
            header = self.process.stdout.readline().strip().split(",")
            self.column = header.index("ln_posterior")
        answers = [self.process.stdout.readline().split(",") for _ in natural]
        return np.array([float(answer[self.column]) for answer in answers])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def taus(chains):
    """The tau of each parameter and its error, over chains[ensemble][step, walker, parameter]."""
    each = np.array([emcee.autocorr.integrated_time(x[len(x) // 4:], quiet=True) for x in chains])
    return each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(len(each))


def report(label, chains, accepted):
    tau, error = taus(chains)
    worst = np.argmax(tau)
    print("%-48s 1/tau = %.4f +- %.4f   tau" % (label, 1 / tau[worst],
                                               error[worst] / tau[worst] ** 2),
          " ".join("%.1f" % t for t in tau), "  acceptance %.3f" % accepted, flush=True)


def run_ours(options, moves, path):
    command = [options.program, "sample", options.run_file, "--overwrite", "--quiet", "--output",
               path, "--threads", "1", "--seed", str(options.seed),
               "--set",
               "sampler.stop={max_steps: %d, min_steps: %d}" % (options.steps, options.steps),
               "--set", "sampler.temperatures=1"]
    if moves is not None:
        command += ["--set", "sampler.moves=" + moves]
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
    if code not in (0, 3):  # 3: not converged
        raise SystemExit("mutau sample failed with %d" % code)
    with h5py.File(path) as f:
        groups = [g for g in f if g == "mcmc" or g.startswith("mcmc_") and g[5:].isdigit()]
        n = f["mcmc"].attrs["iteration"]
        names = [str(s) for s in f["mcmc"].attrs["parameter_names"]]
        chains = [f[g]["chain"][:n] for g in groups]
        accepted = np.mean([f[g]["accepted"][:] / n for g in groups])
    return names, chains, accepted


def run_emcee(options, names, starts):
    posterior = Posterior(options.program, options.run_file, names)
    chains, fractions = [], []
    for k, start in enumerate(starts):
        np.random.seed(options.seed + k)
        sampler = emcee.EnsembleSampler(*start.shape, posterior, moves=EMCEE_MOVES, vectorize=True)
        sampler.run_mcmc(start, options.steps)
        chains.append(sampler.get_chain())
        fractions.append(sampler.acceptance_fraction)
    posterior.close()
    return chains, np.mean(fractions)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("run_file")
    parser.add_argument("--moves", action="append")
    parser.add_argument("--steps", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-emcee", action="store_true")
    options = parser.parse_args()
    logging.disable(logging.WARNING)  # of chains shorter than 50 tau
    with tempfile.TemporaryDirectory() as folder:
        for moves in options.moves or [None]:
            names, chains, accepted = run_ours(options, moves, os.path.join(folder, "chain.h5"))
            report(moves or "the run file's moves", chains, accepted)
    if not options.no_emcee:
        # Walkers after their first step: draws of the prior, most of them.
        chains, accepted = run_emcee(options, names, [x[0] for x in chains])
        report("emcee %s, DE 0.8 + stretch 0.2" % emcee.__version__, chains, accepted)


main()
