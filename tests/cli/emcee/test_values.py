#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every getter of emcee's HDFBackend on a chain file, against the writer's own CSV;
an EnsembleSampler that continues the file; resuming to the same bytes."""
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import emcee
import h5py
import numpy as np

import chain_check

WRITER = chain_check.under.program(sys.argv.pop(1))
N_ENSEMBLE, N_WALKER, DIM, N_BLOB = chain_check.SHAPE
ROWS = 2500


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = Path(cls.folder.name) / "run.h5"
        dump = Path(cls.folder.name) / "run.csv"
        chain_check.run(WRITER, "create", cls.path, ROWS, 130, dump=dump)
        table = np.loadtxt(dump, delimiter=",").reshape(ROWS, N_ENSEMBLE, N_WALKER, -1)
        cls.x = table[..., 3:3 + DIM]
        cls.log_prob = table[..., 3 + DIM]
        cls.blobs = table[..., 4 + DIM:4 + DIM + N_BLOB]
        cls.accepted = table[-1, ..., -1]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def backend(self, i_ensemble):
        return emcee.backends.HDFBackend(str(self.path), name=chain_check.group_name(i_ensemble),
                                         read_only=True)

    def test_getters(self):
        for i in range(N_ENSEMBLE):
            backend = self.backend(i)
            self.assertTrue(backend.initialized)
            self.assertEqual(backend.shape, (N_WALKER, DIM))
            self.assertEqual(backend.iteration, ROWS)
            self.assertTrue(backend.has_blobs())
            np.testing.assert_array_equal(backend.get_chain(), self.x[:, i])
            np.testing.assert_array_equal(backend.get_log_prob(), self.log_prob[:, i])
            np.testing.assert_array_equal(backend.accepted, self.accepted[i])
            np.testing.assert_array_equal(backend.get_chain(discard=100, thin=7, flat=True),
                                          self.x[106::7, i].reshape(-1, DIM))
            blobs = backend.get_blobs()
            for k, name in enumerate(blobs.dtype.names):
                np.testing.assert_array_equal(blobs[name], self.blobs[:, i, :, k])

    def test_last_sample(self):
        last = self.backend(1).get_last_sample()
        np.testing.assert_array_equal(last.coords, self.x[-1, 1])
        np.testing.assert_array_equal(last.log_prob, self.log_prob[-1, 1])
        self.assertEqual(last.blobs.dtype.names[:2], ("m_zprime", "g_prime"))
        # The generator: seed 7, one word per row, as numpy would have drawn them.
        words = np.random.RandomState(7)
        words.randint(0, 2**32, size=ROWS, dtype=np.uint64)
        ours = np.random.RandomState()
        ours.set_state(last.random_state)
        np.testing.assert_array_equal(ours.random_sample(700), words.random_sample(700))

    def test_autocorr_time(self):
        # The walk's own: (1 + r) / (1 - r) = 9, some 1 % from 8 * 2500 rows.
        tau = self.backend(0).get_autocorr_time()
        np.testing.assert_allclose(tau, 9.0, rtol=0.15)
        np.testing.assert_array_equal(tau, emcee.autocorr.integrated_time(self.x[:, 0]))

    def test_attributes(self):
        with h5py.File(self.path, "r") as file:
            run, mcmc = file["run"], file["mcmc_1"]
            self.assertEqual(run.attrs["format"], "mutau-chain-2")
            self.assertEqual(run.attrs["steps"], ROWS)
            self.assertEqual(run.attrs["evaluations"], ROWS * N_ENSEMBLE * N_WALKER)
            self.assertEqual(run.attrs["seconds"], 0.25 * ROWS)
            self.assertEqual(run.attrs["converged"], 0)
            self.assertEqual(run["config"][()], b"description: a random walk\n")
            self.assertEqual(mcmc.attrs["burn_in"], ROWS // 4)
            self.assertEqual(list(mcmc.attrs["parameter_names"]),
                             ["log10_m_zprime", "log10_g_prime", "A"])
            self.assertEqual(list(mcmc.attrs["blob_names"]), list(mcmc["blobs"].dtype.names))
            self.assertEqual(list(mcmc.attrs["parameter_units"]), ["MeV", "", ""])
            history = run["diagnostics"][:run.attrs["n_check"]]
            self.assertEqual(len(history), -(-ROWS // 130))
            self.assertEqual(history["step"][-1], ROWS)

    def test_without_blobs(self):
        path = self.path.with_name("plain.h5")
        shape = (1, 6, 2, 0)
        chain_check.run(WRITER, "create", path, 300, 100, shape=shape)
        self.assertEqual(chain_check.check_file(path, 300, shape), 300)
        backend = emcee.backends.HDFBackend(str(path), read_only=True)
        self.assertFalse(backend.has_blobs())
        self.assertIsNone(backend.get_blobs())

    def test_tempered(self):
        path = self.path.with_name("tempered.h5")
        shape = chain_check.TEMPERED
        chain_check.run(WRITER, "create", path, 1500, 100, shape=shape)
        self.assertEqual(chain_check.check_file(path, 1500, shape), 1500)
        with h5py.File(path, "r") as file:
            self.assertEqual(sorted(name for name in file if name.startswith("mcmc")),
                             ["mcmc", "mcmc_1", "mcmc_1_T01", "mcmc_1_T02", "mcmc_T01",
                              "mcmc_T02"])
            self.assertEqual(file["mcmc_1_T02"].attrs["rung"], 2)
            self.assertEqual(file["mcmc_1"].attrs["rung"], 0)
            self.assertEqual(file["tempering"].attrs["iteration"], 1500)
            self.assertEqual(list(file["tempering/swaps_proposed"][:]), [2 * 1499] * 2)
            self.assertEqual(list(file["tempering/swaps_accepted"][:]), [1499] * 2)
            self.assertTrue(all(np.isnan(x) for x in file["run/evidence"][()]))
            slot = max(file["run/state"][:], key=lambda slot: slot["rows"])
            self.assertEqual(slot["position"].shape, (2, 3, 8, 3))
            self.assertEqual(list(slot["beta"]), [1499.0, 1499.0 / 2.0, 1499.0 / 3.0])

    def test_mixture(self):
        """The file of a run with a mixture is one of a run without, but for what is added."""
        plain = self.path.with_name("without.h5")
        for shape in chain_check.MIXED, chain_check.MIXED_TEMPERED:
            path = self.path.with_name("mixed.h5")
            path.unlink(missing_ok=True)
            chain_check.run(WRITER, "create", path, 1500, 100, shape=shape)
            self.assertEqual(chain_check.check_file(path, 1500, shape), 1500)
            chain_check.run(WRITER, "create", plain, 1500, 100,
                            shape=(shape[0].rstrip("m"), *shape[1:]))
            with h5py.File(path, "r") as file, h5py.File(plain, "r") as other:
                self.assertEqual(set(file) - set(other), {"mixture"})
                self.assertEqual(dict(file["mixture"].attrs).keys(),
                                 {"iteration", "burn_in", "digest"})
                self.assertEqual(file["mixture"].attrs["iteration"], 1500)
                self.assertEqual(file["mixture"].attrs["burn_in"], 375)
                self.assertTrue(all(np.isnan(x) for x in file["run/evidence"][()]))
                self.assertEqual(len(file["run/evidence"].dtype), 11)
                self.assertEqual(file["mcmc_1/chain"][:1500].tobytes(),
                                 other["mcmc_1/chain"][:1500].tobytes())
                self.assertEqual(file["run/checksums"].shape[1],
                                 other["run/checksums"].shape[1] + 1)
                self.assertEqual(file["run/checksums"][:1500, :-1].tobytes(),
                                 other["run/checksums"][:1500].tobytes())

    def test_emcee_continues(self):
        path = self.path.with_name("continued.h5")
        shutil.copy(self.path, path)
        backend = emcee.backends.HDFBackend(str(path), name="mcmc_1")
        names = backend.get_blobs().dtype.names

        def log_prob(theta):
            return (-0.5 * (theta**2).sum(), *np.zeros(N_BLOB))

        sampler = emcee.EnsembleSampler(N_WALKER, DIM, log_prob, backend=backend,
                                        blobs_dtype=[(name, float) for name in names])
        sampler.run_mcmc(None, 40)
        chain = emcee.backends.HDFBackend(str(path), name="mcmc_1", read_only=True).get_chain()
        self.assertEqual(chain.shape, (ROWS + 40, N_WALKER, DIM))
        np.testing.assert_array_equal(chain[:ROWS], self.x[:, 1])
        self.assertGreater(len(np.unique(chain[ROWS:, 0, 0])), 2)

    def test_resume_is_seamless(self):
        path = self.path.with_name("resumed.h5")
        chain_check.run(WRITER, "create", path, 37, 37)
        for rows in (38, 1024, 1025, ROWS):
            self.assertEqual(chain_check.run(WRITER, "resume", path, rows, 500), rows)
        with h5py.File(self.path, "r") as one, h5py.File(path, "r") as other:
            for i in range(N_ENSEMBLE):
                group = chain_check.group_name(i)
                for name in ("chain", "log_prob", "blobs", "accepted"):
                    rows = N_WALKER if name == "accepted" else ROWS
                    self.assertEqual(one[group][name][:rows].tobytes(),
                                     other[group][name][:rows].tobytes())
                for k in ("iteration", "burn_in", "random_state_1", "random_state_2"):
                    np.testing.assert_array_equal(one[group].attrs[k], other[group].attrs[k])


if __name__ == "__main__":
    unittest.main()
