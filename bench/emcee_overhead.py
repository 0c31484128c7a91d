#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""emcee's time per walker update in the cases of bench_sampler: a trivial density,
in memory and with its HDF5 backend.
    emcee_overhead.py [FOLDER]     where the chain file goes, default: the current one"""
import os
import sys
import tempfile
import time

import emcee
import numpy as np


def ln_prob(x):
    return -0.5 * np.dot(x, x)


def seconds_per_update(n_walker, dim, n_step, backend=None):
    sampler = emcee.EnsembleSampler(n_walker, dim, ln_prob, backend=backend)
    start = np.random.RandomState(1).randn(n_walker, dim)
    begin = time.perf_counter()
    sampler.run_mcmc(start, n_step)
    return (time.perf_counter() - begin) / (n_step * n_walker)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else "."
    print("emcee %s" % emcee.__version__)
    for n_walker, dim in ((32, 5), (64, 10)):
        memory = min(seconds_per_update(n_walker, dim, 300) for _ in range(10))
        handle, path = tempfile.mkstemp(suffix=".h5", dir=folder)
        os.close(handle)
        os.remove(path)
        try:
            stored = seconds_per_update(n_walker, dim, 500, emcee.backends.HDFBackend(path))
        finally:
            os.remove(path)
        print("overhead, %d walkers x %2d: %.2f us per walker update, "
              "%.1f us with HDFBackend" % (n_walker, dim, 1e6 * memory, 1e6 * stored))


main()
