#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Kills a writer at random times; each time h5py and emcee open the file before
anything else touches it, and a resumed writer ends with the bytes of a quiet run.

    test_kill.py WRITER [KILLS]
"""
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py

import chain_check

WRITER = chain_check.under.program(sys.argv[1])
KILLS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
ENDLESS = 10**9
LATEST = 0.4  # seconds; the files have grown several times by then
FIRST_COMMITS = 12  # or so many times what the first commit takes, on a slow machine


def latest_kill(path):
    """Seconds after which a kill may come at the latest."""
    begin = time.perf_counter()
    process = subprocess.Popen(chain_check.command(WRITER, "create", path, ENDLESS, 1, 0),
                               stdout=subprocess.PIPE, text=True)
    process.stdout.readline()
    took = time.perf_counter() - begin
    process.kill()
    process.communicate()
    path.unlink()
    return max(LATEST, FIRST_COMMITS * took)


def kill_once(path, mode, delay, block, pause, shape):
    """Starts a writer and kills it; the rows that it said it had committed."""
    process = subprocess.Popen(chain_check.command(WRITER, mode, path, ENDLESS, block, pause,
                                                   shape=shape),
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    time.sleep(delay)
    if process.poll() is not None:
        sys.exit(f"the writer has ended by itself: {process.stderr.read().decode()}")
    process.kill()
    out, _ = process.communicate()
    # A line may be cut by the kill: only whole ones count.
    lines = out.decode().split("\n")[:-1]
    return int(lines[-1]) if lines else 0


def check_bytes(path, rows, shape):
    """`path` resumed to a few rows more is a quiet run's file."""
    total = rows + 100
    quiet = path.with_name("quiet.h5")
    chain_check.run(WRITER, "resume", path, total, 77, shape=shape)
    chain_check.run(WRITER, "create", quiet, total, 1000, shape=shape)
    with h5py.File(path, "r") as one, h5py.File(quiet, "r") as other:
        names = [chain_check.group_name(i, shape) for i in range(chain_check.n_groups(shape))]
        data = [f"{name}/{field}" for name in names for field in ("chain", "log_prob", "blobs")]
        if "tempering" in one:
            data += ["tempering/beta", "tempering/log_like"]
        if "mixture" in one:
            data.append("mixture/log_weight")
        for name in data:
            assert one[name][:total].tobytes() == other[name][:total].tobytes(), name
        for name in names:
            assert (one[name]["accepted"][:] == other[name]["accepted"][:]).all()


def main():
    rng = random.Random(20260)
    n_absent, most, shape = 0, 0, chain_check.SHAPE
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        latest = latest_kill(path)
        for i_kill in range(KILLS):
            resumable = path.exists() and i_kill % 3 != 0
            mode = "resume" if resumable else "create"
            delay = latest * 10 ** rng.uniform(-2.0, 0.0)
            block, pause = rng.choice([1, 7, 100, 256]), rng.choice([0, 0, 100])
            if mode == "create":
                path.unlink(missing_ok=True)
                shape = rng.choice([chain_check.SHAPE, chain_check.TEMPERED, chain_check.MIXED,
                                    chain_check.MIXED_TEMPERED])
            committed = kill_once(path, mode, delay, block, pause, shape)
            if not path.exists():
                assert committed == 0, committed
                n_absent += 1
                continue
            rows = chain_check.check_file(path, committed, shape)
            most = max(most, rows)
            if i_kill % 5 == 4:
                check_bytes(path, rows, shape)
        left = sorted(p.name for p in Path(folder).iterdir())
        unfinished = [name for name in left if re.fullmatch(r"run\.h5\.[0-9a-f]{16}\.(new|grown)",
                                                            name)]
        assert set(left) <= {"run.h5", "run.h5.lock", "quiet.h5", *unfinished}
        assert len(unfinished) <= 2, unfinished  # each writer removes what the one before left
    print(f"{KILLS} kills, {n_absent} before the first commit, up to {most} rows: all good")
    if n_absent > KILLS / 2:
        sys.exit("too many kills came before the first commit")


if __name__ == "__main__":
    main()
