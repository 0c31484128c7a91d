#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A disk on which every sync takes long: the run waits for it a few times and then a small
share of its time, and what a kill leaves is whole.  Arguments: mutau, the library to preload."""
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import emcee
import h5py

import chain_check

MUTAU, SHIM = sys.argv[1], sys.argv[2]
RUN = """target: {gaussian: {dim: 4}}
sampler: {ensembles: 2, walkers: 20, stop: {max_steps: 12000, ess_bulk: 1e9}}
"""
# The first commit has two syncs, the last three; the shorter file of the end has one.
AT_ENDS, OF_A_COMMIT = 6, 2


def environment(folder, ms):
    return {**os.environ, "LD_PRELOAD": SHIM, "SYNC_MS": str(ms), "SYNC_LOG": f"{folder}/syncs"}


def start(folder, ms, *words):
    command = [MUTAU, "sample", f"{folder}/run.yaml", "--quiet", "--output", f"{folder}/a.h5"]
    return subprocess.Popen([*command, *words], env=environment(folder, ms),
                            stderr=subprocess.PIPE, text=True)


def n_sync(folder):
    log = Path(folder) / "syncs"
    return log.stat().st_size if log.exists() else 0


def check_share(folder):
    for ms in (500, 2000):
        Path(folder, "syncs").unlink(missing_ok=True)
        begin = time.monotonic()
        run = start(folder, ms, "--overwrite")
        _, text = run.communicate(timeout=500)
        seconds, n = time.monotonic() - begin, n_sync(folder)
        assert run.returncode == 3, text
        commits = seconds / max(10.0, 10.0 * OF_A_COMMIT * ms / 1000.0)
        print(f"{ms} ms a sync: {n} of them in {seconds:.1f} s")
        assert 3 <= n <= AT_ENDS + OF_A_COMMIT * (commits + 1), (n, seconds)


def check_kills(folder):
    path = Path(folder) / "a.h5"
    path.unlink()
    done = 0
    for wait in (0.5, 2.0, 4.0, 6.0):
        run = start(folder, 300, "--resume", "--set", "sampler.stop.max_steps=100000000")
        time.sleep(wait)
        assert run.poll() is None, run.communicate()
        run.kill()
        run.communicate()
        if not path.exists():
            continue
        rows = emcee.backends.HDFBackend(str(path), read_only=True).iteration
        assert rows >= done, (rows, done)
        done = rows
        with h5py.File(path, "r") as file:
            assert (file["mcmc/chain"][:rows] != 0.0).any(axis=(1, 2)).all()
        found = subprocess.run([MUTAU, "diagnose", path], capture_output=True, text=True,
                               check=False)
        assert found.returncode in (0, 3) or rows < 20, found.stderr
        assert "checksum" not in found.stderr, found.stderr
    assert done > 0
    run = start(folder, 0, "--resume", "--set", f"sampler.stop.max_steps={done + 10}")
    _, text = run.communicate(timeout=500)
    assert run.returncode == 3, text
    left = sorted(name for name in os.listdir(folder) if name.startswith("a.h5"))
    assert left == ["a.h5"], left


def main():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "run.yaml").write_text(RUN, encoding="utf-8")
        check_share(folder)
        check_kills(folder)


if __name__ == "__main__":
    if chain_check.under.COMMAND:
        print("not under another program")
        sys.exit(77)
    main()
