#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chain files with something missing, of the wrong kind or the wrong size: each is
refused with one line that names the object, or read as far as it is sound."""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import emcee
import h5py
import numpy as np

import chain_check

READER = chain_check.under.program(sys.argv.pop(2))
WRITER = chain_check.under.program(sys.argv.pop(1))
ROWS = 200


def attribute(path, name, value):
    """Sets an attribute anew, with whatever type the value has."""
    def change(file):
        del file[path].attrs[name]
        if value is not None:
            file[path].attrs[name] = value
    return change


def data(path, **kwargs):
    """Replaces a data set, by nothing if there are no arguments."""
    def change(file):
        del file[path]
        if kwargs:
            file.create_dataset(path, **kwargs)
    return change


def group(path):
    def change(file):
        del file[path]
    return change


def rename_blob(file):
    old = file["mcmc_1/blobs"]
    names = [("other" if i == 0 else n, float) for i, n in enumerate(old.dtype.names)]
    shape = old.shape
    del file["mcmc_1/blobs"]
    file.create_dataset("mcmc_1/blobs", shape, dtype=names)


def link(path, target):
    """Puts a link in place of a data set or a group."""
    def change(file):
        file.move(path, "elsewhere")
        file[path] = target
    return change


def elsewhere(path, **kwargs):
    """A data set of the same type and shape, whose storage is not in the file."""
    def change(file):
        old = file[path]
        shape, dtype = old.shape, old.dtype
        if "layout" in kwargs:
            layout = h5py.VirtualLayout(shape, dtype)
            layout[:] = h5py.VirtualSource(".", kwargs["layout"], shape, dtype)
            file.move(path, kwargs["layout"])
            file.create_virtual_dataset(path, layout)
        else:
            del file[path]
            file.create_dataset(path, shape, dtype, **kwargs)
    return change


def many_groups(file):
    """Ten million groups promised, which would take memory before one is looked for."""
    file["run"].attrs.modify("n_ensemble", 100000)
    for name in ("mcmc_2", "mcmc_99999"):
        file[name] = file["mcmc_1"]


def promise(file):
    """Rows by the billion in a growable, compressed data set of which one chunk exists."""
    for name in ("mcmc", "mcmc_1"):
        file[name].attrs.modify("iteration", 2**40)
        for field in ("chain", "log_prob", "blobs"):
            old = file[name][field]
            rest, dtype = old.shape[1:], old.dtype
            del file[name][field]
            new = file[name].create_dataset(field, (2**40, *rest), dtype, compression=9,
                                            chunks=(1024, *rest))
            new[:1024] = np.zeros((1024, *rest), dtype)


# What is done to the file, and what the message must name.
REFUSED = [
    (link("mcmc_1", h5py.SoftLink("/elsewhere")), "/mcmc_1"),
    (link("mcmc/chain", h5py.SoftLink("/elsewhere")), "chain"),
    (link("mcmc/chain", h5py.ExternalLink("run.h5", "/mcmc/chain")), "chain"),
    (link("run/config", h5py.SoftLink("/elsewhere")), "config"),
    (elsewhere("mcmc/chain", external="/dev/zero"), "chain"),
    (elsewhere("mcmc/log_prob", layout="there"), "log_prob"),
    (many_groups, "/mcmc_3"),
    (promise, "chain"),
    (attribute("run", "format", "mutau\nchain"), "'mutau\\x0achain'"),
    (attribute("run", "version", "1\033[2J"), "control character"),
    (attribute("run", "parameter_names", ["a", "b\n", "c"]), "control character"),
    (attribute("run", "parameter_labels", ["a", "b", "\r"]), "control character"),
    (group("run"), "/run"),
    (group("mcmc"), "/mcmc"),
    (group("mcmc_1"), "/mcmc_1"),
    (attribute("run", "format", None), "format"),
    (attribute("run", "format", "mutau-chain-9"), "mutau-chain-9"),
    (attribute("run", "format", 7), "format"),
    (attribute("run", "n_ensemble", 3), "/mcmc_2"),
    (attribute("run", "n_ensemble", 0), "n_ensemble"),
    (attribute("run", "n_ensemble", 10**9), "n_ensemble"),
    (attribute("run", "seed", -1), "seed"),
    (attribute("run", "seed", 2**32), "seed"),
    (attribute("run", "thin", 0), "thin"),
    (attribute("run", "version", None), "version"),
    (attribute("run", "config_hash", 1.5), "config_hash"),
    (attribute("run", "folder", 7), "folder"),
    (attribute("run", "folder", "/a\nb"), "control character"),
    (attribute("run", "data_hash", ["a", "b"]), "data_hash"),
    (attribute("run", "converged", 2), "converged"),
    (attribute("run", "converged", None), "converged"),
    (attribute("run", "n_check", -1), "n_check"),
    (attribute("run", "n_check", 100000), "diagnostics"),
    (attribute("run", "parameter_names", ["a", "b"]), "parameter_names"),
    (attribute("run", "parameter_names", ["a", "b", "a"]), "'a'"),
    (attribute("run", "parameter_names", ["a", "b", ""]), "parameter 3"),
    (attribute("run", "parameter_names", [1, 2, 3]), "parameter_names"),
    (attribute("run", "parameter_labels", None), "parameter_labels"),
    (attribute("run", "parameter_units", None), "parameter_units"),
    (attribute("run", "blob_names", ["a"]), "blob_names"),
    (data("run/config"), "config"),
    (data("run/config", data=5), "config"),
    (data("run/config", data=[b"a", b"b"]), "config"),
    (data("run/inputs", data=5), "inputs"),
    (data("run/inputs", data=[b"a", b"b"]), "inputs"),
    (data("run/inputs", data=np.bytes_(b"a\033[2J")), "control character"),
    (data("run/diagnostics"), "diagnostics"),
    (data("run/diagnostics", data=np.zeros(600)), "diagnostics"),
    (data("run/state"), "state"),
    (data("run/state", data=np.zeros(2)), "state"),
    (attribute("mcmc", "nwalkers", None), "nwalkers"),
    (attribute("mcmc", "nwalkers", 6), "chain"),
    (attribute("mcmc", "nwalkers", 2**40), "nwalkers"),
    (attribute("mcmc_1", "nwalkers", 6), "nwalkers"),
    (attribute("mcmc", "nwalkers", 8.0), "nwalkers"),
    (attribute("mcmc", "ndim", [3]), "ndim"),
    (attribute("mcmc_1", "ndim", 4), "ndim"),
    (attribute("mcmc", "iteration", None), "iteration"),
    (attribute("mcmc", "iteration", -5), "iteration"),
    (attribute("mcmc", "iteration", 2000), "chain"),
    (attribute("mcmc_1", "iteration", 2**62), "iteration"),
    (attribute("mcmc_1", "iteration", "many"), "iteration"),
    (attribute("mcmc", "burn_in", -1), "burn_in"),
    (attribute("mcmc_1", "burn_in", None), "burn_in"),
    (data("mcmc/chain"), "chain"),
    (data("mcmc/chain", shape=(1024, 8, 3), dtype="f4"), "chain"),
    (data("mcmc/chain", shape=(1024, 8, 4), dtype="f8"), "chain"),
    (data("mcmc/chain", shape=(1024, 24), dtype="f8"), "chain"),
    (data("mcmc/chain", shape=(10, 8, 3), dtype="f8"), "chain"),
    # Large on paper only: no chunk has been written.
    (data("mcmc/chain", shape=(1024, 8, 3), dtype="f8", chunks=(256, 8, 3)), "chain"),
    (data("mcmc_1/log_prob"), "log_prob"),
    (data("mcmc_1/log_prob", shape=(1024, 7), dtype="f8"), "log_prob"),
    (data("mcmc_1/log_prob", shape=(1024, 8), dtype="i8"), "log_prob"),
    (data("mcmc_1/blobs"), "blobs"),
    (data("mcmc/blobs", shape=(1024, 8, 4), dtype="f8"), "blobs"),
    (rename_blob, "blobs"),
]


# The same for a tempered file.
REFUSED_TEMPERED = [
    (group("tempering"), "/tempering"),
    (group("mcmc_1_T02"), "/mcmc_1_T02"),
    (attribute("run", "n_temperature", None), "n_temperature"),
    (attribute("run", "n_temperature", 0), "n_temperature"),
    (attribute("run", "n_temperature", 10**9), "n_temperature"),
    (attribute("run", "n_temperature", 4), "/mcmc_T03"),
    (attribute("run", "n_temperature", 1), "store_rungs"),
    (attribute("run", "store_rungs", 2), "store_rungs"),
    (attribute("run", "n_failure", 101), "n_failure"),
    (attribute("run", "n_failure", -1), "n_failure"),
    (data("run/failures"), "failures"),
    (data("run/failures", data=np.zeros(100)), "failures"),
    (data("run/evidence"), "evidence"),
    (data("run/evidence", data=np.zeros(5)), "evidence"),
    (attribute("tempering", "iteration", None), "iteration"),
    (attribute("tempering", "iteration", 2000), "beta"),
    (attribute("tempering", "iteration", -1), "iteration"),
    (data("tempering/beta"), "beta"),
    (data("tempering/beta", shape=(1024, 2), dtype="f8"), "beta"),
    (data("tempering/beta", shape=(1024, 3), dtype="f4"), "beta"),
    (data("tempering/log_like"), "log_like"),
    (data("tempering/log_like", shape=(1024, 3, 2, 8), dtype="f8"), "log_like"),
    (data("tempering/log_like", shape=(1024, 2, 3), dtype="f8"), "log_like"),
    (data("tempering/log_like", shape=(1024, 2, 3, 8), dtype="f8", chunks=(64, 2, 1, 8)),
     "log_like"),
    (data("mcmc_T01/chain", shape=(10, 8, 3), dtype="f8"), "chain"),
]

# The same for one with a mixture.
REFUSED_MIXED = [
    (data("run/evidence"), "evidence"),
    (data("run/evidence", data=np.zeros(5)), "evidence"),
    (data("mixture/mixture"), "mixture"),
    (data("mixture/mixture", data=np.zeros(1)), "mixture"),
    (data("mixture/mixture", data=np.bytes_("")), "mixture"),
    (data("mixture/mixture", data=np.bytes_("another")), "digest"),
    (attribute("mixture", "digest", None), "digest"),
    (attribute("mixture", "digest", 7), "digest"),
    (attribute("mixture", "iteration", None), "iteration"),
    (attribute("mixture", "iteration", 2000), "log_weight"),
    (attribute("mixture", "iteration", -1), "iteration"),
    (data("mixture/log_weight"), "log_weight"),
    (data("mixture/log_weight", shape=(1024, 16), dtype="f8"), "log_weight"),
    (data("mixture/log_weight", shape=(1024, 8, 2), dtype="f8"), "log_weight"),
    (data("mixture/log_weight", shape=(1024, 2, 8), dtype="f4"), "log_weight"),
    (data("mixture/log_weight", shape=(1024, 2, 8), dtype="f8", chunks=(64, 2, 8)), "log_weight"),
    (group("mixture"), "evidence"),  # which is not that of a run without
]


class Damage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.whole = Path(cls.folder.name) / "run.h5"
        cls.tempered = Path(cls.folder.name) / "tempered.h5"
        cls.mixed = Path(cls.folder.name) / "mixed.h5"
        chain_check.run(WRITER, "create", cls.whole, ROWS, 50)
        chain_check.run(WRITER, "create", cls.tempered, ROWS, 50, shape=chain_check.TEMPERED)
        chain_check.run(WRITER, "create", cls.mixed, ROWS, 50, shape=chain_check.MIXED_TEMPERED)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def read(self, change=None, whole=None):
        """The reader's result for a changed copy."""
        path = self.whole.with_name("damaged.h5")
        shutil.copy(whole or self.whole, path)
        if change is not None:
            with h5py.File(path, "r+") as file:
                change(file)
        return subprocess.run([READER, path], capture_output=True, text=True, check=False)

    def test_whole(self):
        done = self.read()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("rows 200 burn_in 50 checks 4 state 1", done.stdout)
        for whole in self.tempered, self.mixed:
            done = self.read(whole=whole)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("rows 200 burn_in 50 checks 4 state 1", done.stdout)

    def test_refused(self):
        cases = [(case, whole) for list_of, whole in ((REFUSED, self.whole),
                                                      (REFUSED_TEMPERED, self.tempered),
                                                      (REFUSED_MIXED, self.mixed))
                 for case in list_of]
        for i, ((change, word), whole) in enumerate(cases):
            with self.subTest(i=i, word=word):
                done = self.read(change, whole)
                self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
                self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
                self.assertIn("damaged.h5", done.stderr)
                self.assertIn(word, done.stderr)

    def test_chunks_larger_than_the_file(self):
        """Bytes that h5py would not write: 4 GB stored for every chunk."""
        path = self.whole.with_name("damaged.h5")
        data = bytearray(self.whole.read_bytes())
        node, changed = data.find(b"TREE\x01"), 0  # signature, type of node, level, count, links
        while node >= 0:
            data[node + 24:node + 28] = b"\xff" * 4  # the first key: bytes stored
            node, changed = data.find(b"TREE\x01", node + 1), changed + 1
        self.assertEqual(changed, 7)  # one for each data set in chunks
        path.write_bytes(data)
        done = subprocess.run([READER, path], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2, done.stdout + done.stderr)
        self.assertIn("data set 'chain' of /mcmc is cut short", done.stderr)

    def test_unequal_iterations(self):
        """As a kill between two groups leaves it: the smallest counts."""
        def change(file):
            file["mcmc"].attrs.modify("iteration", 150)
        done = self.read(change)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("rows 150 burn_in 50 checks 3 state 1", done.stdout)

    def test_damaged_state(self):
        """A slot whose checksum is wrong is as good as none."""
        def change(file):
            slots = file["run/state"][:]
            slots["position"][:, 0, 0, 0] += 1.0
            file["run/state"][:] = slots
        done = self.read(change)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("rows 200 burn_in 50 checks 4 state 0", done.stdout)

    def test_continued_by_emcee(self):
        path = self.whole.with_name("continued.h5")
        shutil.copy(self.whole, path)
        names = emcee.backends.HDFBackend(str(path)).get_blobs().dtype.names
        for name in ("mcmc", "mcmc_1"):
            sampler = emcee.EnsembleSampler(
                8, 3, lambda x: (-0.5 * (x**2).sum(), *np.zeros(len(names))),
                backend=emcee.backends.HDFBackend(str(path), name=name),
                blobs_dtype=[(n, float) for n in names])
            sampler.run_mcmc(None, 30)
        done = subprocess.run([READER, path], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("rows 230 burn_in 50 checks 4 state 0", done.stdout)

    def test_repacked(self):
        """Compressed and chunked anew, as h5repack leaves a file."""
        def change(file):
            for name in ("mcmc", "mcmc_1"):
                for field in ("chain", "log_prob", "blobs"):
                    values = file[name][field][:]
                    del file[name][field]
                    file.create_dataset(f"{name}/{field}", data=values, compression=4,
                                        chunks=(100, *values.shape[1:]))
        done = self.read(change)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(done.stdout, self.read().stdout)

    def test_locked_by_a_reader(self):
        """HDF5's own locks are neither asked for nor waited for."""
        with h5py.File(self.whole, "r"):
            done = subprocess.run([READER, self.whole], capture_output=True, text=True,
                                  check=False)
        self.assertEqual(done.returncode, 0, done.stderr)


if __name__ == "__main__":
    unittest.main()
