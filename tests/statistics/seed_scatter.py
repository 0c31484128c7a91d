#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the scatter between seeds of a run against the errors that each run states.

usage: seed_scatter.py RUN.yaml [key=value...]   (runs 10 seeds with $MUTAU, --set key=value)
       seed_scatter.py CHAIN.h5 CHAIN.h5...      (files of runs that differ in their seed)

$STATED_ERRORS is the program stated_errors.  For the mean and every quantile of every quantity, and
for ln Z, chi^2 is the sum over seeds of ((x - weighted mean) / stated error)^2; the ratio printed
is sqrt(chi^2 / degrees of freedom).  With n quantities, each must have a chi^2 between the
probabilities 0.0005 / n and 1 - 0.0005 / n: for 10 seeds and n = 41, a ratio between 0.21 and 2.08.
Errors that are right fail once in a thousand times; as these are known to a tenth or two only,
somewhat more often.  What the test sees is tested, too, with the stated errors divided by 2.4 and
multiplied by 5.  With random partners for the exchanges between rungs two_modes.yaml fails, and so
does chains/wp.yaml, by a ratio of 2.3 for the mean of log10_m_zprime."""
import math
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

SEEDS = range(1, 11)
P_ALARM = 1e-3
TOO_SMALL, TOO_LARGE = 2.4, 5.0  # factors that must be seen


def chi2_tail(x, n):
    """Probability of a chi^2 of n degrees of freedom above x: Q(n/2, x/2) by its recurrence."""
    half = 0.5 * x
    a, tail = (0.5, math.erfc(math.sqrt(half))) if n % 2 else (1.0, math.exp(-half))
    while a < 0.5 * n - 0.25:
        tail += math.exp(a * math.log(half) - half - math.lgamma(a + 1.0))
        a += 1.0
    return tail


def read_stated(path):
    """{(name, what): (value, error)} of a chain file."""
    done = subprocess.run([os.environ["STATED_ERRORS"], path], capture_output=True, text=True,
                          check=False)
    tap.check(done.returncode == 0, done.stderr)
    rows = (line.split() for line in done.stdout.splitlines())
    return {(name, what): (float(value), float(error)) for name, what, value, error in rows}


def sample(run, assignments, seed):
    """Runs one seed; what its chain says."""
    with tempfile.TemporaryDirectory(prefix="mutau-test-") as folder:
        chain = os.path.join(folder, "chain.h5")
        sets = [word for assignment in assignments for word in ("--set", assignment)]
        done = subprocess.run([os.environ["MUTAU"], "sample", run, *sets, "--seed", str(seed),
                               "--output", chain, "--quiet"],
                              stderr=subprocess.PIPE, text=True, check=False)
        tap.check(done.returncode == 0, f"seed {seed}: exit code {done.returncode}: {done.stderr}")
        return read_stated(chain)


def scatter(values, errors):
    """Weighted mean and chi^2."""
    weights = [1.0 / (e * e) for e in errors]
    mean = sum(w * x for w, x in zip(weights, values)) / sum(weights)
    return mean, sum(w * (x - mean) ** 2 for w, x in zip(weights, values))


def outside(seeds, factor=1.0, report=False):
    """The quantities whose scatter does not fit their errors times `factor`, in words."""
    n = len(seeds) - 1
    p_least = 0.5 * P_ALARM / len(seeds[0])
    found = []
    for key in seeds[0]:
        values, errors = zip(*(seed[key] for seed in seeds))
        tap.check(all(e > 0.0 and math.isfinite(x) for x, e in zip(values, errors)),
                  f"{key}: {values} with errors {errors}")
        mean, chi2 = scatter(values, [factor * e for e in errors])
        above = chi2_tail(chi2, n)
        text = f"{key[0]:16s} {key[1]:>6s} {mean:13.6g} ratio {math.sqrt(chi2 / n):6.3f}"
        if report:
            typical = math.sqrt(sum(e * e for e in errors) / len(errors))
            print(f"# {text}  P {above:8.2g}  error {typical:.2g}, {min(errors):.2g} to "
                  f"{max(errors):.2g}")
        if not p_least < above < 1.0 - p_least:
            found.append(text)
    return found


def cases(words):
    seeds = []

    def test_scatter():
        if words[0].endswith(".h5"):
            seeds.extend(read_stated(path) for path in words)
        else:
            seeds.extend(sample(words[0], words[1:], seed) for seed in SEEDS)
        found = outside(seeds, report=True)
        tap.check(not found, "scatter does not fit the errors:\n" + "\n".join(found))

    def test_seen(factor):
        tap.check(len(seeds) > 1, "no seeds")
        tap.check(outside(seeds, factor), f"errors times {factor:g} would not be seen")

    return [("scatter within the stated errors", test_scatter),
            ("errors too small would be seen", lambda: test_seen(1.0 / TOO_SMALL)),
            ("errors too large would be seen", lambda: test_seen(TOO_LARGE))]


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(tap.run(cases(sys.argv[1:])))
