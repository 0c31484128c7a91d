#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""h5py reads a chain file in a tight loop while it is written: no read is wrong, none
fails, and the writer does not notice; one reader even holds HDF5's lock.  A second
writer is turned away."""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import h5py

import chain_check

WRITER = chain_check.under.program(sys.argv[1])
SECONDS = 5.0
ROWS = 30000


def read_while_written(shape):
    n_read, last = 0, 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.h5"
        writer = subprocess.Popen(chain_check.command(WRITER, "create", path, ROWS, 20, 1000,
                                                      shape=shape),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while not path.exists():
            assert writer.poll() is None, writer.stderr.read()
            time.sleep(0.001)
        check_second_writer(path, writer.pid)
        held = h5py.File(path, "r")  # its inode will be replaced several times
        held_rows = int(held["mcmc"].attrs["iteration"])
        end = time.monotonic() + SECONDS
        while writer.poll() is None and time.monotonic() < end:
            rows = check_running(path, ROWS if n_read % 20 == 0 else 100, shape)
            assert rows >= last, (rows, last)
            last = rows
            n_read += 1
        running = writer.poll() is None
        if running:
            writer.terminate()
        _, errors = writer.communicate()
        assert running or writer.returncode == 0, (writer.returncode, errors)
        assert errors == b"", errors
        chain_check.check_group(held["mcmc"], 0, held_rows)
        chain_check.check_tempering(held, held_rows, shape)
        held.close()
    print(f"{n_read} reads while {last} rows were written: all good")
    if n_read < 30 or last < 1100:  # the file has grown
        sys.exit("the test saw too little")


def main():
    for shape in (chain_check.SHAPE, chain_check.TEMPERED):
        read_while_written(shape)


def check_second_writer(path, pid):
    """It exits with a line that says who holds the lock, and changes nothing."""
    for mode in ("create", "resume"):
        second = subprocess.run(chain_check.command(WRITER, mode, path, 10, 10),
                                capture_output=True, text=True, check=False)
        assert second.returncode == 2, second
        assert f"process {pid} on" in second.stderr and ".lock" in second.stderr, second.stderr


def check_running(path, tail, shape):
    """What a reader can rely on while the file is written; `tail` rows are checked."""
    with h5py.File(path, "r") as file:
        names = [chain_check.group_name(i, shape) for i in range(chain_check.n_groups(shape))]
        rows = [int(file[name].attrs["iteration"]) for name in names]
        for i, n in enumerate(rows):
            assert n > 0
            chain_check.check_group(file[names[i]], i, n, shape, first=max(n - tail, 0))
        least = min(rows)
        chain_check.check_tempering(file, least, shape, first=max(least - tail, 0))
        assert 0 <= file["mcmc"].attrs["burn_in"] <= rows[0]
    return min(rows)


if __name__ == "__main__":
    main()
