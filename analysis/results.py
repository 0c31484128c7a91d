#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of results, in Markdown, from the chains of the run files.

    analysis/results.py --mutau build/src/cli/mutau chains/*.h5 > docs/results.md

Every number is what `mutau summary --json` says of the chain; a chain that is not converged is
marked, and each has its seed, the version that made it and the digest of its run file."""
import argparse
import json
import os
import subprocess
import sys

import h5py

ORDER = ["wp", "lattice", "wp2025", "no-g2", "g2-only", "wp-na64-1e11", "wp-na64-1e12",
         "lattice-na64-1e11", "paper", "combined-2025", "powerlaw"]
# a quantity of the summary, its heading and the unit that it is divided by
QUANTITIES = [("m_zprime", "m_Z′ [MeV]", 1.0), ("g_prime", "g′ [1e-4]", 1e-4), ("A", "A", 1.0),
              ("gamma", "γ", 1.0), ("delta_a_mu", "Δa_μ [1e-10]", 1e-10)]
NONE = "–"


class ResultsError(Exception):
    """Something to tell the user in one line."""


def summarise(mutau, path):
    """What the summary says, with the seed, version and digest of the chain."""
    try:
        done = subprocess.run([mutau, "summary", path, "--json"], capture_output=True, text=True,
                              check=False)
    except OSError as error:
        raise ResultsError(f"{mutau}: {error.strerror}") from error
    if done.returncode != 0:
        text = done.stderr.strip().replace("mutau: error: ", "")
        raise ResultsError(text or f"{path}: {mutau} summary failed")
    summary = json.loads(done.stdout)
    with h5py.File(path, "r") as file:
        run = file["run"].attrs
        for key in ("seed", "version", "config_hash"):
            value = run[key]
            summary[key] = value.decode() if isinstance(value, bytes) else value
    summary["name"] = os.path.splitext(os.path.basename(path))[0]
    return summary


def interval(bounds, unit):
    return "[" + ", ".join(f"{bound / unit:.3g}" for bound in bounds) + "]"


def region(found, mass, unit):
    """A highest-density region: its intervals, or the limit that it is at an edge of the prior."""
    limit = found["limits"][mass]
    if limit is None:
        return " ∪ ".join(interval(i, unit) for i in found["hpd"][mass])
    if limit["value"] is None:
        return limit["type"]
    return f"{'<' if limit['type'] == 'upper' else '>'} {limit['value'] / unit:.3g}"


def extreme(choose, summary, key, form):
    """The worst number of all parameters; none if one of them has none."""
    values = [p[key] for p in summary["parameters"].values()]
    return NONE if None in values else format(choose(values), form)


def quantity(summary, name, unit):
    """Median and highest-density regions, several intervals where there are."""
    found = summary["parameters"].get(name) or summary["derived"].get(name)
    if found is None:
        return [NONE] * 3
    regions = [region(found, mass, unit) for mass in ("0.68", "0.95")]
    return [f"{found['median'] / unit:.4g}", *regions]


def row(cells):
    return "| " + " | ".join(cells) + " |"


def quantity_table(summaries, name, heading, unit):
    lines = [f"### {heading}", "", row(["run", "median", "68 %", "95 %"]), "|---|---|---|---|"]
    for s in summaries:
        cells = quantity(s, name, unit)
        if cells[0] != NONE:
            lines.append(row([f"`{s['name']}`", *cells]))
    return lines + [""] if len(lines) > 4 else []


def evidence(summary):
    found = summary["evidence"]
    if found is None or found["ln_z"] is None:
        return NONE
    return f"{found['ln_z']:.3f} ± {found['error']:.3f}"


def run_table(summaries):
    lines = ["## The runs", "",
             row(["run", "least χ² sampled", "ln Z", "steps", "largest R̂", "least bulk ESS",
                  "seed", "version", "run file's digest"]), "|---" * 9 + "|"]
    for s in summaries:
        steps = str(s["steps"]) + ("" if s["converged"] else ", **not converged**")
        lines.append(row([
            f"`{s['name']}`", f"{s['best']['chi2']:.2f}" if "chi2" in s["best"] else NONE,
            evidence(s), steps, extreme(max, s, "rhat", ".4f"),
            extreme(min, s, "ess_bulk", ".0f"), str(s["seed"]), s["version"],
            f"`{s['config_hash'][:12]}`"]))
    return lines


def main():
    parser = argparse.ArgumentParser(description="The table of results, in Markdown.")
    parser.add_argument("chains", nargs="+", metavar="CHAIN.h5")
    parser.add_argument("--mutau", required=True, metavar="PROGRAM", help="the mutau program")
    options = parser.parse_args()
    summaries = [summarise(options.mutau, path) for path in options.chains]
    known = {name: i for i, name in enumerate(ORDER)}
    summaries.sort(key=lambda s: (known.get(s["name"], len(known)), s["name"]))
    lines = ["# Results", "",
             "What the run files of `chains/` give; [chains/README.md](../chains/README.md) says",
             "what each is. Written by",
             "`analysis/results.py --mutau build/src/cli/mutau chains/*.h5`.",
             "Medians, and highest-density regions with the posterior mass that is stated: several",
             "intervals where the posterior has several modes. The density is per unit of the",
             "sampled coordinate, log10 m_Z′ and log10 g′ with a log-uniform prior; Δa_μ, a",
             "function of both, has its own.", "", "## Intervals", ""]
    for name, heading, unit in QUANTITIES:
        lines += quantity_table(summaries, name, heading, unit)
    print("\n".join(lines + run_table(summaries)))


if __name__ == "__main__":
    try:
        main()
    except ResultsError as error:
        sys.exit(f"results.py: error: {error}")
