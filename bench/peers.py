#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau and samplers of others on the same likelihood, held against the grid.
    peers.py [--only NAME]... [--run NAME]... [--seed N]... [--table FILE] [--json] ...

Two goals: ln Z +- 0.05, and 4000 effective draws of the slowest parameter.  A sampler pursues each
with its own rule of when to stop and the settings of its documentation (bench/peers_samplers.py);
mutau runs the file as it is shipped, once for both.  Counted are evaluations of the likelihood,
which is mutau's own for all of them (through the shared library), and CPU time, all on one thread.
For effective draws see `mutau summary`; samplers that give weights are taken at Kish's number.

Right is an ln Z within 3 of the stated errors of the grid's, and draws whose 16, 50 and 84 %
quantiles of all parameters lie within 0.1 standard deviations and 3 Monte Carlo errors of it
(tests/posterior/grid_posterior.csv).  A run that its budget ended is neither.

Each run is stored in bench/peers.json, in place of an older one of the same kind, and the table
is made of all that is stored there.  To measure mutau again and no other:

    bench/peers.py --only mutau --table docs/performance.md

The others need an environment of their own, which is made on first use: from the Python registry,
with the versions of bench/peers-requirements.txt."""
import argparse
import csv
import datetime
import filecmp
import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TRUTH = os.path.join(ROOT, "tests", "posterior", "grid_posterior.csv")
RUNS = ("wp", "lattice")
GOALS = ("ln_z", "draws")
LN_Z_ERROR, DRAWS = 0.05, 4000
SHARES = (0.16, 0.5, 0.84)
LN_Z_ERRORS, QUANTILE_SD, QUANTILE_ERRORS = 3.0, 0.1, 3.0  # what is right
SAMPLERS = {  # in the order of the table; those goals that come from one run stand in one
    "mutau": [["ln_z", "draws"]],
    "nautilus": [["ln_z", "draws"]],
    "nautilus-1000": [["ln_z", "draws"]],
    "ultranest": [["ln_z"], ["draws"]],
    "dynesty": [["ln_z"], ["draws"]],
    "emcee": [["draws"]],
    "emcee-stretch": [["draws"]],
    "zeus": [["draws"]],
}
# The grid that all are held against has targets at rest.
SETTING = "model.targets=cold"
QUICK_STOP = "sampler.stop={max_steps: 50}"
NUSIPROP_MS = 7.3  # an evaluation there, docs/speed.md
BEGIN, END = "<!-- peers.py writes from here -->", "<!-- to here -->"
ONE_THREAD = {name: "1" for name in
              ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}


def read_truth():
    """{run: {quantity: {what: value}}}"""
    table = {}
    with open(TRUTH, encoding="utf-8") as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            entry = table.setdefault(row["run"], {}).setdefault(row["quantity"], {})
            entry[row["what"]] = float(row["value"])
    return table


def run_file(name):
    return os.path.join(ROOT, "chains", name + ".yaml")


# Measuring

def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        found = re.search(r"^model name\s*:\s*(.*)$", file.read(), re.M)
    return f"{found.group(1) if found else os.uname().machine}, {os.cpu_count()} cores"


def measured(command, may_end_with=(0,)):
    """Exit code and standard output of a process on one thread, and the CPU seconds of it and its
    children.  What it says on the way is shown where it fails."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as talk:
        process = subprocess.Popen(command, stdout=out, stderr=talk,
                                   env={**os.environ, **ONE_THREAD})
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        talk.seek(0)
        if process.returncode not in may_end_with:
            sys.exit(f"{talk.read()}peers.py: exit code {process.returncode}: {' '.join(command)}")
        return process.returncode, out.read(), used.ru_utime + used.ru_stime


def measure_mutau(options, name, seed):
    """One run of the file, but for its targets as it is shipped, gives a record for each goal."""
    with tempfile.TemporaryDirectory() as folder:
        chain = os.path.join(folder, "chain.h5")
        words = [word for setting in [SETTING, *options.set] for word in ("--set", setting)]
        code, _, cpu = measured([options.mutau, "sample", run_file(name), "--output", chain,
                                 "--quiet", "--threads", "1", "--seed", str(seed), *words],
                                (0, 3))  # 3: not converged
        found = json.loads(measured([options.mutau, "summary", chain, "--json"])[1])
    version = measured([options.mutau, "--version"])[1].removeprefix("mutau").strip()
    ess = {key: value["ess_bulk"] for key, value in found["parameters"].items()}
    ln_z, error = found["evidence"]["ln_z"], found["evidence"]["error"]
    known = all(value is not None for value in ess.values())
    reached = {"ln_z": error is not None and error <= LN_Z_ERROR,
               "draws": known and min(ess.values()) >= DRAWS}
    quantiles = {key: [value["q"]["%g" % share] for share in SHARES]
                 for key, value in found["parameters"].items()}
    return [{"goal": goal, "evaluations": found["evaluations"], "cpu_s": cpu, "ln_z": ln_z,
             "ln_z_error": error, "quantiles": quantiles, "ess": ess, "reached": reached[goal],
             "converged": code == 0, "version": version} for goal in GOALS]


def environment_python(folder):
    """The Python of the peers' environment, which is made if it is not there or has others."""
    python, stamp = os.path.join(folder, "bin", "python"), os.path.join(folder, "installed.txt")
    wanted = os.path.join(HERE, "peers-requirements.txt")
    if os.path.exists(stamp) and filecmp.cmp(stamp, wanted, shallow=False):
        return python
    print(f"installing the peers into {folder}", file=sys.stderr)
    for command in ([sys.executable, "-m", "venv", folder],
                    [python, "-m", "pip", "install", "--quiet", "-r", wanted]):
        if subprocess.run(command, check=False).returncode != 0:
            sys.exit(f"peers.py: this failed: {' '.join(command)}")
    shutil.copy(wanted, stamp)
    return python


def measure_peer(options, name, sampler, seed, goals):
    command = [environment_python(options.env), os.path.join(HERE, "peers_samplers.py"),
               options.library, run_file(name), sampler, str(seed), str(options.budget), *goals]
    return json.loads(measured(command)[1])


def measure(options):
    """Yields the records of each run as it ends."""
    for name in options.run:
        for seed in options.seed:
            for sampler in options.only:
                for goals in SAMPLERS[sampler]:
                    if not set(goals) & set(options.goal):
                        continue
                    load = os.getloadavg()[0]
                    found = measure_mutau(options, name, seed) if sampler == "mutau" else \
                        measure_peer(options, name, sampler, seed, goals)
                    yield [{"run": name, "sampler": sampler, "seed": seed, **record,
                            "date": datetime.date.today().isoformat(), "machine": machine(),
                            "load": max(load, os.getloadavg()[0])} for record in found]


# Storing

def key(record):
    names = list(SAMPLERS)
    return (RUNS.index(record["run"]), names.index(record["sampler"]),
            GOALS.index(record["goal"]), record["seed"])


def read_results(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write_results(path, records):
    """A record a line, in the order of the table."""
    lines = ",\n".join(json.dumps(rounded(record)) for record in sorted(records, key=key))
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(f"[\n{lines}\n]\n")
    os.replace(path + ".new", path)


def rounded(value):
    """Floating-point numbers to six digits: more is noise."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float("%.6g" % value) if isinstance(value, float) else value


def merged(old, new):
    fresh = {key(record) for record in new}
    return [record for record in old if key(record) not in fresh] + new


# Judging

def number(value):
    return math.nan if value is None else value


def quantile_error(entries, share, ess):
    """The Monte Carlo error of a quantile, with the grid's density around it."""
    shares = sorted(float(what) for what in entries if what[0] == "0")
    at = shares.index(share)
    lo, hi = shares[at - 1], shares[at + 1]
    density = (hi - lo) / (entries["%g" % hi] - entries["%g" % lo])
    return math.sqrt(share * (1.0 - share) / ess) / density if ess > 0 else math.nan


def worst_quantile(record, truth):
    """The largest distance from the grid in standard deviations, and whether all are right."""
    worst, right = 0.0, True
    for name, entries in truth.items():
        if name == "ln_z":
            continue
        ess = number(record["ess"].get(name))
        for share, found in zip(SHARES, record["quantiles"][name]):
            off = abs(number(found) - entries["%g" % share])
            limit = QUANTILE_SD * entries["sd"] + \
                QUANTILE_ERRORS * quantile_error(entries, share, ess)
            worst = max(worst, off / entries["sd"]) if off == off else math.nan
            right = right and off <= limit
    return worst, right


def judged(record, truth):
    """What a record says, held against the grid: `off` is that of ln Z, or the worst quantile's
    in standard deviations."""
    if "quantiles" not in record:  # ended by its budget
        return {**record, "off": math.nan, "right": False}
    if record["goal"] == "ln_z":
        off = number(record["ln_z"]) - truth["ln_z"]["value"]
        right = abs(off) <= LN_Z_ERRORS * number(record["ln_z_error"])
    else:
        off, right = worst_quantile(record, truth)
    return {**record, "off": off, "right": bool(right)}


# Printing

def short(value):
    """Three digits, thousands apart."""
    if not math.isfinite(value):
        return "–"
    digits = 2 - math.floor(math.log10(abs(value))) if value else 2
    return f"{round(value, digits):,.{max(0, digits)}f}".replace(",", " ")


def two_places(value):
    return f"{value:.2f}" if math.isfinite(value) else "–"


def median(records, name):
    values = [number(record.get(name)) for record in records]
    return statistics.median(values) if all(map(math.isfinite, values)) else math.nan


def how_many(records, name):
    return f"{sum(record[name] for record in records)} of {len(records)}"


def spent(records, name):
    """The median, as a lower limit where a run ended before its goal."""
    mark = "" if all(record["reached"] for record in records) else "> "
    return mark + short(median(records, name))


def ln_z_cells(records):
    if not records:
        return ["–"] * 4
    off, error = median(records, "off"), median(records, "ln_z_error")
    text = f"{off:+.3f} ± {error:.3f}".replace("-", "−") if math.isfinite(off) else "–"
    return [spent(records, "evaluations"), spent(records, "cpu_s"), text,
            how_many(records, "right")]


def draws_cells(records):
    if not records:
        return ["–"] * 6
    rates = [{"rate": 1e3 * min(map(number, record["ess"].values())) / record["evaluations"]}
             if "ess" in record else {} for record in records]
    evaluations, mark = median(records, "evaluations"), spent(records, "evaluations")
    seconds = evaluations * 1e-3 * NUSIPROP_MS
    return [mark, spent(records, "cpu_s"), ("> " if mark[0] == ">" else "") + short(seconds),
            short(median(rates, "rate")), two_places(median(records, "off")),
            how_many(records, "right")]


HEADER = [["", "ln Z ± 0.05:", "", "ln Z less", "", "4000 draws:", "", "at nuSIprop's",
           "draws per 1000", "worst", ""],
          ["sampler", "evaluations", "CPU s", "the grid's", "right", "evaluations", "CPU s",
           f"{NUSIPROP_MS} ms, s", "evaluations", "quantile, sd", "right"]]


def of(records, sampler, goal):
    return [record for record in records
            if record["sampler"] == sampler and record["goal"] == goal]


def rows(records):
    """The table of one run."""
    return [[sampler, *ln_z_cells(of(records, sampler, "ln_z")),
             *draws_cells(of(records, sampler, "draws"))]
            for sampler in SAMPLERS if any(record["sampler"] == sampler for record in records)]


def comparison(records):
    """In a sentence: mutau against the peer that needs fewest evaluations, for each goal."""
    said = []
    for goal, words in zip(GOALS, ("ln Z", "draws")):
        medians = {sampler: (median(found, "evaluations"), median(found, "cpu_s"))
                   for sampler in SAMPLERS for found in [of(records, sampler, goal)]
                   if found and all(record["reached"] for record in found)}
        ours = medians.pop("mutau", None)
        if ours is None or not medians:
            continue
        peer = min(medians, key=lambda sampler: medians[sampler][0])
        best = medians[peer]
        said.append(f"for {words} {short(ours[0] / best[0])} times the evaluations and "
                    f"{short(ours[1] / best[1])} times the CPU time of {peer}")
    return "mutau needs " + ", ".join(said) + "." if said else ""


def provenance(records):
    """What was measured where and when, and with what versions; mutau apart from the others."""
    said = []
    for ours in (True, False):
        some = [record for record in records if (record["sampler"] == "mutau") == ours]
        versions = sorted({f"{record['sampler'].split('-')[0]} {record['version']}"
                           for record in some})
        dates = sorted({record["date"] for record in some})
        loads = [record["load"] for record in some]
        if some:
            machines = sorted({record["machine"] for record in some})
            said.append(f"{', '.join(versions)}: {' and '.join(machines)}, "
                        f"{' to '.join(sorted({dates[0], dates[-1]}))}, with a load of "
                        f"{min(loads):.1f} to {max(loads):.1f} on it.")
    return said


def markdown(records):
    parts = ["\n".join("- " + line for line in provenance(records))]
    for name in RUNS:
        some = [record for record in records if record["run"] == name]
        if not some:
            continue
        head = [" ".join(filter(None, pair)) for pair in zip(*HEADER)]
        lines = ["| " + " | ".join(cells) + " |"
                 for cells in [head, ["---"] * len(head), *rows(some)]]
        parts += [f"### `{name}`", "\n".join(lines), comparison(some)]
    return "\n\n".join(filter(None, parts))


def plain(records):
    parts = provenance(records)
    for name in RUNS:
        some = [record for record in records if record["run"] == name]
        if not some:
            continue
        lines = HEADER + rows(some)
        widths = [max(map(len, column)) for column in zip(*lines)]
        parts += ["", f"{name} (ln Z of the grid: {read_truth()[name]['ln_z']['value']:.3f})"]
        parts += ["  ".join(cell.rjust(width) if i else cell.ljust(width)
                            for i, (cell, width) in enumerate(zip(cells, widths))).rstrip()
                  for cells in lines]
        parts.append(comparison(some))
    return "\n".join(parts)


def write_table(path, text):
    """Puts the table in place of what stands between the two marks of a page."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        sys.exit(f"peers.py: {path}: no place for the table: it goes between {BEGIN} and {END}")
    before, after = page[:page.index(BEGIN)], page[page.index(END):]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n\n{text}\n\n{after}")


def finite(value):
    """JSON has no NaN."""
    if isinstance(value, dict):
        return {name: finite(part) for name, part in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def parse():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    add = parser.add_argument
    add("--only", action="append", choices=SAMPLERS, help="this sampler alone; default: all")
    add("--run", action="append", choices=RUNS, help="this run file alone; default: both")
    add("--seed", action="append", type=int, help="default: 1, 2 and 3")
    add("--goal", action="append", choices=GOALS, help="this goal alone; default: both")
    add("--budget", type=float, default=600.0, help="CPU seconds of a peer's run (600)")
    add("--quick", action="store_true", help="short runs of wp, of one seed, and nothing stored")
    add("--show", action="store_true", help="nothing is run: what is stored")
    add("--set", action="append", default=[], metavar="KEY=VALUE",
        help="for mutau: as in `mutau sample`, and nothing is stored")
    add("--mutau", default=os.path.join(ROOT, "build", "src", "cli", "mutau"),
        help="the program, in its build folder")
    add("--library", help="libmutau.so; default: the program's, from the same build")
    add("--env", default=os.path.join(ROOT, "build-peers"), help="where the peers are installed")
    add("--results", default=os.path.join(HERE, "peers.json"))
    add("--table", metavar="PAGE", help="writes the table into this page")
    add("--json", action="store_true", help="prints all records, judged, instead of the table")
    options = parser.parse_args()
    if options.table and (options.quick or options.set):
        parser.error("--table is for what is stored: without --quick and --set")
    if options.quick:
        options.budget = 2.0
        options.set.append(QUICK_STOP)
        options.run, options.seed = options.run or ["wp"], options.seed or [1]
    options.goal = options.goal or GOALS
    options.only, options.run = options.only or list(SAMPLERS), options.run or RUNS
    options.seed = options.seed or [1, 2, 3]
    options.library = options.library or os.path.join(
        os.path.dirname(os.path.abspath(options.mutau)), "..", "..", "libmutau.so")
    needed = {options.mutau if sampler == "mutau" else options.library for sampler in options.only}
    for path in () if options.show else needed:
        if not os.path.exists(path):
            parser.error(f"no {path} there: build mutau, or say where it is (--mutau, --library)")
    return options


def main():
    options = parse()
    stored = not (options.quick or options.set)
    records = read_results(options.results) if stored else []
    for new in () if options.show else measure(options):
        records = merged(read_results(options.results) if stored else records, new)
        if stored:
            write_results(options.results, records)
        print(f"{new[0]['run']}, seed {new[0]['seed']}: {new[0]['sampler']}, "
              f"{new[-1]['evaluations']} evaluations", file=sys.stderr)
    truth = read_truth()
    records = [judged(record, truth[record["run"]])
               for record in sorted(map(rounded, records), key=key)]
    if options.table:
        write_table(options.table, markdown(records))
    print(json.dumps([finite(record) for record in records], indent=1) if options.json
          else plain(records))


if __name__ == "__main__":
    main()
