#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills `mutau sample chains/quickstart.yaml --max-steps 600` again and again, at random
times and inside writes that a shim picks, and resumes it until it ends.  After each kill
h5py and emcee open the file before mutau does; nothing that was seen is lost; and each
run, one in three of them tempered, ends with the bytes of an undisturbed one.

    test_kill_run.py MUTAU RUN.yaml KILLS [SHIM]
"""
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import emcee
import h5py

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
import under

MUTAU, RUN_FILE, KILLS = under.program(sys.argv[1]), sys.argv[2], int(sys.argv[3])
SHIM = sys.argv[4] if len(sys.argv) > 4 else None
STEPS, TEMPERATURES, MOST_RUNS = 600, 3, 50
NOT_CONVERGED = 3
RNG = random.Random(20260)


def command(path, tempered):
    options = ["--max-steps", str(STEPS), "--threads", "1", "--quiet", "--resume",
               "--output", str(path), "--set", f"sampler.stop.min_steps={STEPS}"]
    if under.THIN: # a march takes twenty times as long; what is killed is the same
        options += ["model.targets=cold"]
    if tempered:
        options += [f"sampler.temperatures={TEMPERATURES}", "sampler.store_rungs=true"]
    return [MUTAU, "sample", RUN_FILE, *options]


def finish(path, tempered):
    """Lets the run end; the seconds that it took."""
    begin = time.monotonic()
    done = subprocess.run(command(path, tempered), capture_output=True, text=True, check=False)
    assert done.returncode in (0, NOT_CONVERGED), (done.returncode, done.stderr)
    return time.monotonic() - begin


def kill_by_time(path, tempered, seconds):
    """Whether the run was killed; it may have ended before."""
    process = subprocess.Popen(command(path, tempered), stdout=subprocess.DEVNULL,
                               stderr=subprocess.PIPE)
    try:
        process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return process.returncode == -9
    assert process.returncode in (0, NOT_CONVERGED), process.returncode
    return False


def kill_by_call(path, tempered, call):
    env = {**os.environ, "LD_PRELOAD": SHIM, "KILL_AT": str(call)}
    done = subprocess.run(command(path, tempered), env=env, capture_output=True, text=True,
                          check=False)
    assert done.returncode in (0, NOT_CONVERGED, -9), (done.returncode, done.stderr)
    return done.returncode == -9


def groups_of(file):
    return [name for name in file if name.startswith("mcmc")]


def look(path):
    """Opens the file as h5py and emcee do; its rows."""
    with h5py.File(path, "r") as file:
        names = groups_of(file)
        rows = min(int(file[name].attrs["iteration"]) for name in names)
        assert rows > 0
        for name in names:
            group = file[name]
            for field in ("chain", "log_prob", "blobs"):
                assert len(group[field][:rows]) == rows
        if "tempering" in file:
            assert file["tempering"].attrs["iteration"] >= rows
            assert len(file["tempering/log_like"][:rows]) == rows
    backend = emcee.backends.HDFBackend(str(path), read_only=True)
    assert len(backend.get_chain()) == backend.iteration >= rows
    return rows


def contents(path):
    """All that must be the same: name and bytes."""
    with h5py.File(path, "r") as file:
        parts = [f"{name}/{field}" for name in groups_of(file)
                 for field in ("chain", "log_prob", "blobs", "accepted")]
        if "tempering" in file:
            parts += ["tempering/beta", "tempering/log_like", "tempering/swaps_proposed",
                      "tempering/swaps_accepted"]
        parts += ["mixture/mixture", "mixture/log_weight"]
        rows = file["mcmc"].attrs["iteration"]
        assert rows == STEPS
        return {part: file[part][:rows].tobytes() if file[part].shape and len(file[part]) > rows
                else file[part][()].tobytes() for part in parts}


class Count:
    """What has been done so far."""
    kills = inside = absent = runs = 0


def kill_one(path, tempered, seconds, count):
    """Kills a run once, after at most `seconds`; whether it was still there to be killed."""
    if SHIM and RNG.random() < 0.5:
        # Mostly one of the first calls, which a resume begins with; a whole run has 400.
        killed = kill_by_call(path, tempered, RNG.randrange(60 if RNG.random() < 0.75 else 200))
        count.inside += killed
    else:
        killed = kill_by_time(path, tempered, RNG.uniform(0.0, seconds))
    count.kills += killed
    return killed


def one_run(path, tempered, seconds, quota, count):
    """Kills a run until it ends, or `quota` times and then lets it end."""
    last = 0
    count.runs += 1
    for _ in range(quota):
        if not kill_one(path, tempered, seconds, count):
            break
        if not path.exists():
            assert last == 0, last
            count.absent += 1
            continue
        rows = look(path)
        assert rows >= last, (rows, last)
        last = rows
    finish(path, tempered)


def main():
    count = Count()
    n_run = min(MOST_RUNS, max(2, KILLS // 10))
    with tempfile.TemporaryDirectory(prefix="mutau-kill-") as folder:
        seconds, wanted = {}, {}
        for tempered in (False, True):
            quiet = Path(folder) / f"quiet{tempered}.h5"
            seconds[tempered] = finish(quiet, tempered)
            wanted[tempered] = contents(quiet)
        while count.kills < KILLS:
            path = Path(folder) / "run.h5"
            tempered = count.runs % 3 == 1
            left = KILLS - count.kills
            # A run that ends before its share of kills leaves the rest to those after it.
            quota = min(left, -(-left // max(1, n_run - count.runs)) + 2)
            one_run(path, tempered, 3.0 * seconds[tempered] / quota, quota, count)
            assert contents(path) == wanted[tempered]
            path.unlink()
            if KILLS >= 200:
                print(f"{count.kills} kills, {count.runs} runs", file=sys.stderr, flush=True)
            left_over = {p.name for p in Path(folder).iterdir()} - {"quietFalse.h5", "quietTrue.h5"}
            assert not left_over, left_over
    print(f"{count.kills} kills ({count.inside} at a call of its own, {count.absent} before the "
          f"first commit) of {count.runs} runs: all good")
    assert count.runs <= MOST_RUNS, "too many runs"
    assert count.absent > 0 or KILLS < 100, "no kill came before the first commit"


if __name__ == "__main__":
    main()
