#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How often is "converged" said of what is wrong?  Seeded runs of the program ($MUTAU) on targets
whose truth is known, each with settings of its own: targets of several modes, narrow, heavy-tailed
and funnels; 1 to 16 temperatures, 1 to 4 ensembles, all starts and stop rules, short to ordinary
lengths.

usage: false_convergence.py [--runs N] [--seed S] [--jobs J] [--only KIND] [--case I] [--quick]
                            [--keep DIR] [--json]
       false_convergence.py --read FILE      (what --json wrote: prints the table again)
       (--case I is the run of that number alone; --keep leaves run files, chains and reports;
        --quick is 32 runs that are short, except for three kinds)

"Converged" is said of the posterior if `sample` or `diagnose` ends with 0 or the summary has
posterior_converged (in files of a program without that field: converged); of ln Z where one is
given and `sample` or `diagnose` ends with 0 or the summary has evidence_converged.  It is a false
verdict
  * of a median beyond 5 of its MCSE from the truth; where the true median stands between modes
    (eggbox, x1 of shells) it means nothing, and the mean is taken with its own MCSE;
  * of a ln Z beyond 4 of its errors from the truth;
  * of a number without an error above 0.
Means of all other coordinates are looked at, too, and counted in a column of their own, `means`:
they see a small mode that was missed, and tails, but are no part of the verdict.

The test fails when there are more false verdicts among n runs that are called converged than 1 /
1000 of n would give once in 1000 (P_ALARM); when `sample`, `diagnose` and `summary` do not say the
same of a run, or a command fails; and when fewer than MIN_CONVERGED of the controls (gaussians that
any sampler gets right, and ln Z of those with temperatures) are called converged, as a program that
never says so is never wrong. A number 5 MCSE off is due to chance once in 2e6, with an MCSE that is
10 % too small once in 1e5; a run has 4 numbers."""
import argparse
import concurrent.futures
import json
import math
import os
import random
import shlex
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import known_targets
import tap

MUTAU = os.environ.get("MUTAU", "build/src/cli/mutau")
MEDIAN_LIMIT, LN_Z_LIMIT = 5.0, 4.0
GOAL, P_ALARM = 1e-3, 1e-3
MIN_CONVERGED = 0.8  # of the controls
TIMEOUT = 600  # s

# ---- what is run: a case is a function of the battery's seed and its number alone ----

# The kinds in the order in which they take turns.
TURNS = ("mixture", "gaussian", "funnel", "mixture", "student", "shells", "mixture", "one-ensemble",
         "gaussian", "funnel", "mixture", "rosenbrock", "student", "one-start", "eggbox", "control")
KINDS = tuple(dict.fromkeys(TURNS))

# Settings of which "converged" was said wrongly with many seeds or all: one ensemble of 16 walkers
# none of which finds the mode of weight 0.08, and walkers that all start around one maximum.
SMALL_MODE = {"dim": 2, "modes": 2, "weight": 0.08, "separation": 2.0, "sd": 0.4,
              "half_width": 10.0}
FAR_MODE = {"dim": 5, "modes": 2, "weight": 0.3, "separation": 5.0, "sd": 0.5, "half_width": 10.0}


def choose_target(kind, rng):
    """Name and settings; the settings are all that the target has."""
    if kind == "one-ensemble":
        return "mixture", dict(SMALL_MODE)
    if kind == "one-start":
        return "mixture", dict(FAR_MODE)
    if kind == "control":
        return "gaussian", {"dim": rng.choice([1, 2, 4]), "sd": 1.0, "half_width": 10.0,
                            "correlation": rng.choice([0.0, 0.5])}
    if kind == "mixture":
        modes = rng.choice([2, 2, 3])
        weight = rng.choice([0.03, 0.08, 0.15, 0.3, 0.42] if modes == 2 else [0.08, 0.2, 0.4])
        return kind, {"dim": rng.choice([1, 2, 2, 3, 5]), "modes": modes, "weight": weight,
                      "separation": rng.choice([1.5, 2.0, 3.0, 5.0]),
                      "sd": rng.choice([0.2, 0.4, 0.5]), "half_width": 10.0}
    if kind == "gaussian":
        sd, half_width = rng.choice([(1.0, 1000.0), (0.01, 1000.0), (0.001, 10.0), (0.01, 10.0),
                                     (1e-4, 10.0), (0.5, 5.0), (1e-5, 10.0)])
        return kind, {"dim": rng.choice([1, 2, 3, 4, 5, 10]), "sd": sd, "half_width": half_width,
                      "correlation": rng.choice([0.0, 0.0, 0.9, 0.99])}
    if kind == "shells":
        return kind, {"dim": rng.choice([2, 3, 5])}
    if kind == "student":
        return kind, {"dim": rng.choice([1, 2, 5]), "dof": rng.choice([1, 2, 3, 5]), "scale": 1.0,
                      "half_width": rng.choice([30.0, 100.0, 1000.0])}
    if kind == "funnel":
        return kind, {"dim": rng.choice([2, 3, 5, 10]), "sd": rng.choice([1.0, 3.0]),
                      "half_width": 30.0}
    return kind, {}


STRICT_STOP = {"rhat": 1.01, "tau_multiple": 50}
USUAL_STOP = {}  # the default: ess_bulk 4000, ess_tail 1000


def choose_start(rng):
    return rng.choice(["prior", "prior", "prior", {"bestfit": {"starts": 1}}, "bestfit"])


def choose_stop(rng, tempered):
    rules = [USUAL_STOP, USUAL_STOP, USUAL_STOP, {"ess_bulk": rng.choice([400, 1000, 4000])},
             {"rhat": 1.05}, STRICT_STOP]
    if tempered:
        rules += [{"evidence_error": rng.choice([0.1, 0.3])}] * 3
    return rng.choice(rules)


def choose_sampler(kind, dim, rng, quick):
    """Settings of the sampler; a run has some million evaluations or less."""
    if kind == "one-ensemble":
        return {"ensembles": 1, "walkers": 16, "stop": {"max_steps": 50000, **USUAL_STOP}}
    if kind == "one-start":
        return {"ensembles": 4, "walkers": 16, "start": {"bestfit": {"starts": 1}},
                "stop": {"max_steps": 10000, **USUAL_STOP}}
    tempered = rng.random() < 0.5
    walkers = rng.choice([n for n in (16, 32, 64) if n >= 2 * dim])
    sampler = {"ensembles": rng.choice([1, 2, 4]), "walkers": walkers, "start": choose_start(rng)}
    evaluations = 1e5 if quick else rng.choice([1e5, 2e5, 5e5, 1.2e6])
    if tempered:
        sampler["temperatures"] = rng.choice([4, 5, 6, 8, 8, 16 if kind == "gaussian" else 8])
        evaluations = max(evaluations, 3e5)
    if kind == "control":
        sampler.update(ensembles=4, walkers=16, start="prior")
        walkers, evaluations = 16, 2e6 if tempered else 1.2e6
    per_step = sampler["ensembles"] * walkers * sampler.get("temperatures", 1)
    steps = max(200, min(20000, int(evaluations / per_step)))
    if tempered:
        sampler["ladder"] = {"adapt": max(100, min(1000, steps // 4))}
    stop = choose_stop(rng, tempered) if kind != "control" else USUAL_STOP
    return {**sampler, "stop": {"max_steps": steps, **stop}}


def make_case(seed, number, only=None, quick=False):
    kind = only or TURNS[number % len(TURNS)]
    rng = random.Random(f"{seed} {number} {kind}")
    target, settings = choose_target(kind, rng)
    dim = len(known_targets.truth(target, settings).median)
    sampler = {**choose_sampler(kind, dim, rng, quick), "seed": rng.randrange(1, 2 ** 32)}
    if kind in ("one-ensemble", "one-start"):  # whatever the battery's seed
        sampler["seed"] = number + 1 if only else number // len(TURNS) + 1
    return {"number": number, "kind": kind, "target": target, "settings": settings,
            "sampler": sampler}


def run_text(case):
    """The run file: JSON is YAML."""
    return "target: %s\nsampler: %s\n" % (json.dumps({case["target"]: case["settings"]}),
                                          json.dumps(case["sampler"]))


def reproduce(case):
    """A line for a shell that makes this chain and has it judged."""
    text = run_text(case).replace('"', "").rstrip().replace("\n", "\\n")
    return (f"printf {shlex.quote(text + chr(92) + 'n')} > run.yaml; mutau sample run.yaml "
            "--overwrite --quiet; mutau diagnose run.h5; mutau summary run.h5")


# ---- running ----

def call(*words):
    return subprocess.run([MUTAU, *words], capture_output=True, text=True, timeout=TIMEOUT,
                          check=False, env={**os.environ, "OMP_NUM_THREADS": "1"})


def run_case(case, folder):
    """Samples, diagnoses and summarises; {sample, diagnose, summary} or {error}."""
    base = os.path.join(folder, f"{case['number']:05d}")
    with open(base + ".yaml", "w") as file:
        file.write(run_text(case))
    try:
        sampled = call("sample", base + ".yaml", "--output", base + ".h5", "--quiet", "--threads",
                       "1", "--overwrite")
        if sampled.returncode not in (0, 3):
            return {"error": f"sample: exit code {sampled.returncode}: {sampled.stderr.strip()}"}
        diagnosed = call("diagnose", base + ".h5", "--json")
        if diagnosed.returncode not in (0, 3):
            return {"error": f"diagnose: exit code {diagnosed.returncode}: "
                             f"{diagnosed.stderr.strip()}"}
        summary = call("summary", base + ".h5", "--json")
        if summary.returncode != 0:
            return {"error": f"summary: exit code {summary.returncode}: {summary.stderr.strip()}"}
        report = {"sample": sampled.returncode, "diagnose": diagnosed.returncode,
                  "summary": json.loads(summary.stdout)}
        with open(base + ".json", "w") as file:
            json.dump({**report, "diagnosis": json.loads(diagnosed.stdout)}, file, indent=1)
        return report
    except (subprocess.TimeoutExpired, ValueError) as reason:
        return {"error": str(reason)}


# ---- judging ----

def pull(value, error, truth):
    """(value - truth) / error; infinite where either is not a number, or no error."""
    for number in (value, error):
        if not isinstance(number, (int, float)) or not math.isfinite(number):
            return math.inf
    return (value - truth) / error if error > 0.0 else math.inf


def farthest(pulls):
    """The (pull, text) of the largest |pull|; (0, '') of none."""
    return max(pulls, key=lambda entry: abs(entry[0]), default=(0.0, ""))


def entry(name, value, error, truth):
    return pull(value, error, truth), f"{name} = {value} +- {error}, truth {truth:.9g}"


def location_pulls(quantities, truth):
    """Those that count, and those of the means that do not."""
    counted, means = [], []
    for k, quantity in enumerate(quantities.values()):
        mean = entry(f"mean x{k + 1}", quantity["mean"], quantity["mcse"], truth.mean[k])
        median = entry(f"median x{k + 1}", quantity["median"], quantity.get("mcse_median"),
                       truth.median[k])
        counted.append(mean if truth.in_gap[k] else median)
        if not truth.in_gap[k]:
            means.append(mean)
    return counted, means


def judge(case, report):
    """What was said of a run and whether it holds, as a flat record."""
    record = {"number": case["number"], "kind": case["kind"], "case": case,
              "temperatures": case["sampler"].get("temperatures", 1)}
    if "error" in report:
        return {**record, "error": report["error"]}
    truth = known_targets.truth(case["target"], case["settings"])
    summary, evidence = report["summary"], report["summary"]["evidence"] or {}
    if len(summary["parameters"]) != len(truth.median):
        return {**record, "error": f"{len(summary['parameters'])} parameters in the summary"}
    ended_well = 0 in (report["sample"], report["diagnose"])
    said = ended_well or summary.get("posterior_converged", summary["converged"])
    ln_z = evidence.get("ln_z")
    ln_z_said = ln_z is not None and bool(
        ended_well or summary.get("evidence_converged", summary["converged"]))
    counted, means = location_pulls(summary["parameters"], truth)
    at, mean_at = farthest(counted), farthest(means)
    z_at = entry("ln Z", ln_z, evidence.get("error"), truth.ln_z) if ln_z_said else (0.0, "")
    verdicts = {report["sample"] == 0, report["diagnose"] == 0, bool(summary["converged"])}
    return {**record, "error": None, "converged": bool(said), "ln_z_converged": ln_z_said,
            "differ": len(verdicts) > 1,
            "codes": [report["sample"], report["diagnose"], bool(summary["converged"])],
            "pull": at[0] if said else None, "pull_of": at[1],
            "ln_z_pull": z_at[0] if ln_z_said else None, "ln_z_pull_of": z_at[1],
            "mean_pull": mean_at[0] if said else None, "mean_pull_of": mean_at[1],
            "wrong_median": bool(said and abs(at[0]) > MEDIAN_LIMIT),
            "wrong_mean": bool(said and abs(mean_at[0]) > MEDIAN_LIMIT),
            "wrong_ln_z": bool(ln_z_said and abs(z_at[0]) > LN_Z_LIMIT)}


def is_false(record):
    return record["wrong_median"] or record["wrong_ln_z"]


def is_said(record):
    return record["converged"] or record["ln_z_converged"]


# ---- figures ----

def binomial_tail(k, n, p):
    """Probability of k or more of n."""
    if k <= 0:
        return 1.0
    term, below = (1.0 - p) ** n, 0.0
    for i in range(k):
        below += term
        term *= (n - i) / (i + 1) * p / (1.0 - p)
    return max(0.0, 1.0 - below)


def upper_bound(k, n, confidence=0.95):
    """Clopper and Pearson's: the rate at which k or fewer have the probability 1 - confidence."""
    if n == 0 or k >= n:
        return 1.0
    lo, hi = k / n, 1.0
    for _ in range(60):
        middle = 0.5 * (lo + hi)
        few = 1.0 - binomial_tail(k + 1, n, middle)
        lo, hi = (middle, hi) if few > 1.0 - confidence else (lo, middle)
    return hi


def allowed(n):
    """The largest number of false verdicts among n that the goal gives more often than P_ALARM."""
    k = 0
    while binomial_tail(k + 1, n, GOAL) > P_ALARM:
        k += 1
    return k


def worst(records, key):
    values = [abs(r[key]) for r in records if r.get(key) is not None]
    return "-" if not values else f"{max(values):{'.1f' if max(values) < 1e4 else '.0e'}}"


def row(title, tempered, records):
    good = [r for r in records if r["error"] is None]

    def count(key):
        return sum(bool(r[key]) for r in good)
    return (f"{title:<13s}{tempered:>5s}{len(records):6d}{count('converged'):6d}"
            f"{count('wrong_median'):8d}{worst(good, 'pull'):>9s}{count('ln_z_converged'):6d}"
            f"{count('wrong_ln_z'):7d}{worst(good, 'ln_z_pull'):>9s}{count('wrong_mean'):7d}"
            f"{count('differ'):8d}{len(records) - len(good):7d}")


def table(records):
    head = (f"{'':13s}{'T':>5s}{'':6s}{'post.':>6s}{'wrong':>8s}{'worst':>9s}{'ln Z':>6s}"
            f"{'wrong':>7s}{'worst':>9s}{'(wrong':>7s}{'they':>8s}\n"
            f"{'kind':13s}{'':5s}{'runs':>6s}{'conv.':>6s}{'medians':>8s}{'pull':>9s}{'conv.':>6s}"
            f"{'ln Z':>7s}{'pull':>9s}{'means)':>7s}{'differ':>8s}{'errors':>7s}")
    lines = head.split("\n")
    for kind in KINDS:
        for tempered, name in ((False, "1"), (True, "> 1")):
            some = [r for r in records
                    if r["kind"] == kind and (r["temperatures"] > 1) == tempered]
            if some:
                lines.append(row(kind, name, some))
    for tempered, name in ((False, "1"), (True, "> 1")):
        lines.append(row("all", name, [r for r in records if (r["temperatures"] > 1) == tempered]))
    lines.append(row("all", "", records))
    return lines


def rate_line(records):
    good = [r for r in records if r["error"] is None]
    said, false = sum(map(is_said, good)), sum(map(is_false, good))
    share = f"{1000 * false / said:.2f} in 1000" if said else "none"
    most = f"below {1000 * upper_bound(false, said):.2f} in 1000 at 95 %"
    return f"{false} false verdicts of {said} ({share}; {most}; allowed {allowed(said)})"


def offenders(records, n_most=12):
    """The worst, with what reproduces each."""
    false = [r for r in records if r["error"] is None and is_false(r)]

    def badness(r):
        return max(abs(r["pull"] or 0.0) / MEDIAN_LIMIT if r["wrong_median"] else 0.0,
                   abs(r["ln_z_pull"] or 0.0) / LN_Z_LIMIT if r["wrong_ln_z"] else 0.0)
    lines = []
    for r in sorted(false, key=badness, reverse=True)[:n_most]:
        texts = [f"{r[key + '_of']} ({r[key]:.1f} errors)" for key, wrong in
                 (("pull", "wrong_median"), ("ln_z_pull", "wrong_ln_z")) if r[wrong]]
        lines += [f"case {r['number']} ({r['kind']}): " + "; ".join(texts),
                  "  " + reproduce(r["case"])]
    return lines


# ---- tests ----

def run_all(options, folder):
    numbers = [options.case] if options.case is not None else range(options.runs)
    cases = [make_case(options.seed, number, options.only, options.quick) for number in numbers]

    def one(case):
        record = judge(case, run_case(case, folder))
        chain = os.path.join(folder, f"{case['number']:05d}.h5")
        if not options.keep and os.path.exists(chain):
            os.remove(chain)
        return record
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        return list(pool.map(one, cases))


def check_draws(case, rng, n=20000):
    """The truth against exact draws: shares below the median, and means, at 5 sd."""
    truth = known_targets.truth(case["target"], case["settings"])
    draws = known_targets.draw(case["target"], case["settings"], rng, n)
    tap.check(len(draws) > 1000, f"{case['settings']}: {len(draws)} draws")
    for k in range(draws.shape[1]):
        x, what = draws[:, k], f"{case['target']} {case['settings']}, x{k + 1}"
        share = (x < truth.median[k]).mean()
        tap.check(truth.in_gap[k] or abs(share - 0.5) < 2.5 / math.sqrt(len(x)),
                  f"{what}: {share} of the draws below the median")
        tap.check(abs(x.mean() - truth.mean[k]) < 5 * x.std() / math.sqrt(len(x)),
                  f"{what}: the mean of the draws is {x.mean()}")


def each_target(seed, n):
    """The different targets of the first n cases of a battery."""
    cases = (make_case(seed, number) for number in range(n))
    return {json.dumps([c["target"], c["settings"]]): c for c in cases}.values()


def test_truths_are_those_of_exact_draws():
    """Of 300 numbers one is beyond 5 sd once in 6000 seeds."""
    try:
        import numpy
    except ImportError as reason:
        raise tap.Skip(str(reason))
    rng = numpy.random.default_rng(20)
    for case in each_target(1, 200):
        check_draws(case, rng)


def test_truths_are_those_of_the_program():
    with tempfile.TemporaryDirectory(prefix="mutau-test-") as folder:
        path = os.path.join(folder, "run.yaml")
        for case in list(each_target(1, 64)):
            with open(path, "w") as file:
                file.write(run_text(case))
            done = call("config", path)
            tap.check(done.returncode == 0, done.stderr)
            known = [line.split() for line in done.stdout.splitlines() if "# known" in line]
            truth = known_targets.truth(case["target"], case["settings"])
            stated = [float(known[0][-1])] + [float(words[-1]) for words in known[1:]] + \
                [float(words[4].rstrip(",")) for words in known[1:]]
            here = [truth.ln_z, *truth.median, *truth.mean]
            tap.check(len(stated) == len(here) and
                      all(abs(a - b) < 1e-7 * max(abs(b), 0.1) for a, b in zip(stated, here)),
                      f"{case['target']} {case['settings']}: {stated}, here {here}")


def made_up(posterior=True, evidence=True, median=0.0, ln_z=-5.0, codes=(0, 0), **quantity):
    """The record of a run on a gaussian in one dimension, ln Z = -ln 20 = -2.9957."""
    case = {"number": 0, "kind": "control", "target": "gaussian",
            "settings": {"dim": 1, "sd": 1.0, "half_width": 10.0}, "sampler": {"temperatures": 4}}
    x1 = {"mean": 0.0, "mcse": 0.01, "median": median, "mcse_median": 0.01, **quantity}
    summary = {"parameters": {"x1": x1}, "evidence": {"ln_z": ln_z, "error": 0.1},
               "converged": posterior and evidence, "posterior_converged": posterior,
               "evidence_converged": evidence}
    return judge(case, {"sample": codes[0], "diagnose": codes[1], "summary": summary})


def test_false_verdicts_are_seen():
    """The judge, on made-up reports."""
    right = {"ln_z": -3.0}
    for record, false in ((made_up(**right), False),
                          (made_up(median=0.049, **right), False),
                          (made_up(median=-0.051, **right), True),
                          (made_up(mcse_median=None, **right), True),
                          (made_up(mcse_median=0.0, **right), True),
                          (made_up(median=math.nan, **right), True),
                          (made_up(), True),
                          (made_up(ln_z=-3.39), False),
                          (made_up(ln_z=None), False),
                          (made_up(ln_z=math.inf), True),
                          (made_up(median=9.0, posterior=False, codes=(3, 3), **right), False),
                          (made_up(median=9.0, posterior=False, codes=(0, 3), **right), True),
                          (made_up(median=9.0, evidence=False, codes=(3, 3), **right), True),
                          (made_up(posterior=False, codes=(3, 3)), True),
                          (made_up(evidence=False, codes=(3, 3)), False),
                          (made_up(evidence=False, codes=(3, 0)), True)):
        tap.check(is_false(record) == false, f"should be {'' if false else 'not '}false: {record}")
    for record, differ in ((made_up(**right), False), (made_up(codes=(0, 3), **right), True),
                           (made_up(codes=(3, 0), **right), True),
                           (made_up(codes=(3, 3), **right), True),
                           (made_up(evidence=False, codes=(3, 3)), False)):
        tap.check(record["differ"] == differ, f"{record}")
    tap.check(made_up(mean=0.06, **right)["wrong_mean"], "a wrong mean")
    tap.check(not is_false(made_up(mean=0.06, **right)), "the mean counts")


def test_bounds():
    """scipy 1.10.1: beta.ppf(0.95, k + 1, n - k), and binom.sf(k, n, 1e-3) <= 1e-3."""
    for k, n, bound in ((0, 810, 0.0036916), (1, 100, 0.0465598), (8, 2000, 0.0072057),
                        (40, 300, 0.1700047), (5, 5, 1.0)):
        tap.check(abs(upper_bound(k, n) - bound) < 2e-6, f"{k} of {n}: {upper_bound(k, n)}")
    for n, most in ((30, 1), (100, 2), (1000, 5), (2000, 8)):
        tap.check(allowed(n) == most, f"{n}: {allowed(n)} allowed")


def battery_cases(options, records):
    good = [r for r in records if r["error"] is None]

    def test_no_command_failed():
        failed = [f"case {r['number']}: {r['error']}\n  {reproduce(r['case'])}"
                  for r in records if r["error"] is not None]
        tap.check(not failed, "\n".join(failed))

    def test_one_verdict():
        other = [f"case {r['number']} ({r['kind']}): sample ended with {r['codes'][0]}, diagnose "
                 f"with {r['codes'][1]}, summary says converged: {r['codes'][2]}\n"
                 f"  {reproduce(r['case'])}" for r in good if r["differ"]]
        tap.check(not other, "\n".join(other[:5] + [f"{len(other)} in all"]))

    def test_false_verdicts():
        false, said = sum(map(is_false, good)), sum(map(is_said, good))
        tap.check(false <= allowed(said), "\n".join([rate_line(records)] + offenders(records)))

    def test_controls_converge():
        controls = [r for r in good if r["kind"] == "control"]
        for what, some in (("converged", controls),
                           ("ln_z_converged", [r for r in controls if r["temperatures"] > 1])):
            n = sum(r[what] for r in some)
            tap.check(n >= MIN_CONVERGED * len(some), f"{what} of {n} of {len(some)} controls")
    return [("no command failed", test_no_command_failed),
            ("sample, diagnose and summary say the same", test_one_verdict),
            (f"false verdicts at most {allowed(sum(map(is_said, good)))}", test_false_verdicts),
            ("the controls converge", test_controls_converge)]


def parse(words):
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--only", choices=KINDS)
    parser.add_argument("--case", type=int)
    parser.add_argument("--keep")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--read")
    options = parser.parse_args(words)
    if options.runs is None:
        options.runs = 32 if options.quick else 2000
    return options


def read_or_run(options):
    if options.read:
        with open(options.read) as file:
            return json.load(file)
    with tempfile.TemporaryDirectory(prefix="mutau-test-") as scratch:
        if options.keep:
            os.makedirs(options.keep, exist_ok=True)
        return run_all(options, options.keep or scratch)


def main(words):
    options = parse(words)
    records = read_or_run(options)
    if options.json:
        json.dump(records, sys.stdout, indent=1)
        return 0
    for line in table(records) + [rate_line(records)]:
        print("# " + line)
    return tap.run([(name[5:].replace("_", " "), function) for name, function in globals().items()
                    if name.startswith("test_")] + battery_cases(options, records))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
