# SPDX-License-Identifier: GPL-3.0-or-later
"""What chain_writer.c writes, recomputed; shared by the tests beside it."""
import os
import subprocess
import sys

import emcee
import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
import under

CORRELATION = 0.8
SHAPE = (2, 8, 3, 4)  # ensembles, walkers, parameters, blobs
TEMPERED = ("2x3", 8, 3, 4)  # with three rungs, all of them stored
MIXED = ("2m", 8, 3, 4)  # with a mixture
MIXED_TEMPERED = ("2x3m", 8, 3, 4)


def ensembles_and_rungs(shape=SHAPE):
    n_ensemble, *n_rung = (int(n) for n in str(shape[0]).rstrip("m").split("x"))
    return n_ensemble, n_rung[0] if n_rung else 1


def group_name(i_group, shape=SHAPE):
    n_rung = ensembles_and_rungs(shape)[1]
    name = "mcmc" if i_group < n_rung else f"mcmc_{i_group // n_rung}"
    return name + (f"_T{i_group % n_rung:02}" if i_group % n_rung else "")


def n_groups(shape=SHAPE):
    n_ensemble, n_rung = ensembles_and_rungs(shape)
    return n_ensemble * n_rung


def hash_of(column, row):
    """The hash of chain_writer.c for arrays of columns and rows."""
    with np.errstate(over="ignore"):
        x = (column.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
             + row.astype(np.uint64) * np.uint64(0xD1342543DE82EF95) + np.uint64(1))
        x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return x ^ (x >> np.uint64(31))


def command(program, mode, path, rows, block, pause=0, dump=None, shape=SHAPE):
    """The command line of chain_writer."""
    args = [program, mode, path, *shape, rows, block, pause] + ([dump] if dump else [])
    return [str(arg) for arg in args]


def run(*args, **kwargs):
    """Runs chain_writer to its end; the last number of rows that it has printed."""
    done = subprocess.run(command(*args, **kwargs), check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1])


def check_tempering(file, rows, shape=SHAPE, first=0):
    """Rows `first` to `rows` of /tempering are what the writer writes there."""
    n_ensemble, n_rung = ensembles_and_rungs(shape)
    if n_rung == 1:
        assert "tempering" not in file
        return
    row = np.arange(first, rows)[:, None]
    np.testing.assert_array_equal(file["tempering/beta"][first:rows],
                                  row / np.arange(1.0, n_rung + 1.0))
    log_like = file["tempering/log_like"][first:rows]
    for i in range(n_ensemble * n_rung):
        np.testing.assert_array_equal(log_like[:, i // n_rung, i % n_rung],
                                      file[group_name(i, shape)]["log_prob"][first:rows])


def check_mixture(file, rows, shape=SHAPE, first=0):
    """Rows `first` to `rows` of /mixture are what the writer writes there."""
    if not str(shape[0]).endswith("m"):
        assert "mixture" not in file
        return
    group, n_ensemble = file["mixture"], ensembles_and_rungs(shape)[0]
    assert group["mixture"][()] == b"a mixture\nof two lines\n"
    assert group.attrs["iteration"] >= rows
    row = np.arange(first, rows)[:, None]
    i = np.arange(n_ensemble * shape[1])[None, :]
    wanted = np.select([(row + i) % 3 == 0, (row + i) % 3 == 1], [np.nan, -np.inf], row + i / 8.0)
    np.testing.assert_array_equal(group["log_weight"][first:rows],
                                  wanted.reshape(-1, n_ensemble, shape[1]))


def check_group(group, i_ensemble, rows, shape=SHAPE, first=0):
    """Rows `first` to `rows` of a group are what the writer writes there."""
    _, n_walker, dim, n_blob = shape
    x = group["chain"][first:rows]
    row = np.arange(first, rows)[:, None, None]
    column = (i_ensemble * n_walker * dim + np.arange(n_walker * dim)).reshape(1, n_walker, dim)
    step = (hash_of(column, row) >> np.uint64(11)).astype(float) / 2.0**53 - 0.5
    before = np.zeros((1, n_walker, dim)) if first == 0 else group["chain"][first - 1:first]
    before = np.concatenate([before, x[:-1]])
    np.testing.assert_array_equal(x, CORRELATION * before + step)
    np.testing.assert_allclose(group["log_prob"][first:rows], -0.5 * (x**2).sum(axis=2), rtol=1e-14)
    if n_blob:
        blobs = group["blobs"][first:rows]
        for i, name in enumerate(blobs.dtype.names):
            np.testing.assert_array_equal(blobs[name], np.broadcast_to(row[..., 0] + i / 8.0,
                                                                       blobs.shape))


def accepted_after(i_ensemble, rows, shape=SHAPE):
    n_walker = shape[1]
    odd = hash_of(i_ensemble * n_walker + np.arange(n_walker)[None, :], np.arange(rows)[:, None])
    return (odd & np.uint64(1)).sum(axis=0).astype(float)


def check_file(path, at_least, shape=SHAPE):
    """Opens a file as h5py and emcee do and checks all of it; the number of rows.
    `at_least` rows have been committed."""
    with h5py.File(path, "r") as file:
        names = [group_name(i, shape) for i in range(n_groups(shape))]
        iterations = [int(file[name].attrs["iteration"]) for name in names]
        rows = min(iterations)
        assert rows >= max(at_least, 1), (iterations, at_least)
        for i, name in enumerate(names):
            check_group(file[name], i, iterations[i], shape)
        check_tempering(file, rows, shape)
        check_mixture(file, rows, shape)
        # The state of the last row is there, whole.
        slots = [slot for slot in file["run/state"][:] if slot["rows"] == rows]
        assert slots, (rows, file["run/state"]["rows"])
        for i in range(n_groups(shape)):
            assert any((slot["accepted"].reshape(-1, shape[1])[i]
                        == accepted_after(i, rows, shape)).all() for slot in slots)
    for name in names:
        backend = emcee.backends.HDFBackend(str(path), name=name, read_only=True)
        assert backend.get_chain().shape == (backend.iteration, *shape[1:3])
        assert backend.get_log_prob().shape == (backend.iteration, shape[1])
        assert backend.get_last_sample().coords.shape == shape[1:3]
        if shape[3]:
            assert backend.get_blobs().shape == (backend.iteration, shape[1])
    return rows
