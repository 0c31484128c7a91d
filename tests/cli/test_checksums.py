# SPDX-License-Identifier: GPL-3.0-or-later
"""Stored rows that are not what was written: single bits are flipped all over them, and
`diagnose` and `--resume` find each."""
import os
import random
import shutil

import emcee
import h5py
import numpy as np

import mutau_cli
import under
from mutau_cli import MutauTest, mutau

SEED = 20261
FLIPS = 20 if under.COMMAND else 30 if under.THIN else 120
RUNS = {
    "plain": "sampler: {ensembles: 2, walkers: 8, stop: {max_steps: 1100}}",  # grows at 1024
    "local": "sampler: {ensembles: 2, walkers: 8, moves: {stretch: 1}, stop: {max_steps: 1100}}",
    "tempered": "sampler: {ensembles: 2, walkers: 8, temperatures: 3, store_rungs: true, "
                "ladder: {beta_min: 0.01}, "
                "stop: {max_steps: 300}}",
}


def places(path):
    """(group, row, first byte, bytes) of every chunk's valid rows of all that is stored by row."""
    found = []
    with h5py.File(path, "r") as file:
        rows = int(file["mcmc"].attrs["iteration"])

        def look(name, data):
            group = name.split("/")[0]
            if not isinstance(data, h5py.Dataset) or not (data.chunks and data.shape[0] >= rows):
                return
            size = data.dtype.itemsize * int(np.prod(data.chunks[1:]))
            for i in range(data.id.get_num_chunks()):
                chunk = data.id.get_chunk_info(i)
                first = chunk.chunk_offset[0]
                for row in range(first, min(first + data.chunks[0], rows)):
                    found.append((f"/{group}", name, row,
                                  chunk.byte_offset + (row - first) * size, size))
        file.visititems(look)
    return found


def flip(path, byte, bit):
    with open(path, "r+b") as file:
        file.seek(byte)
        old = file.read(1)[0]
        file.seek(byte)
        file.write(bytes([old ^ 1 << bit]))


class Checksums(MutauTest):
    def make(self, kind):
        run_file, chain = self.path(kind + ".yaml"), self.path(kind + ".h5")
        with open(run_file, "w", encoding="utf-8") as file:
            file.write("target: {gaussian: {dim: 3}}\n" + RUNS[kind] + "\n")
        done = mutau("sample", run_file, "--quiet", "--output", chain, "--set",
                     "sampler.stop.ess_bulk=1e9")
        self.assertEqual(done.returncode, 3, done.stderr)
        return run_file, chain

    def resume(self, run_file, chain, *words):
        return mutau("sample", run_file, "--quiet", "--resume", "--output", chain, "--set",
                     "sampler.stop.ess_bulk=1e9", *words)

    def found(self, done, pieces):
        self.assertEqual((done.returncode, done.stdout), (2, ""), done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for piece in pieces:
            self.assertIn(piece, done.stderr)

    def check_flips(self, kind):
        run_file, chain = self.make(kind)
        bad = self.path("bad.h5")
        sound = mutau("diagnose", chain)
        self.assertIn(sound.returncode, (0, 3), sound.stderr)
        self.assertEqual(sound.stderr, "")
        everything, rng = places(chain), random.Random(SEED)
        names = sorted({name for _, name, *_ in everything})
        shutil.copy(chain, bad)
        for i in range(FLIPS):
            name = names[i % len(names)]  # each data set as often, however small
            group, _, row, begin, size = rng.choice([p for p in everything if p[1] == name])
            byte, bit = begin + rng.randrange(size), rng.randrange(8)
            flip(bad, byte, bit)
            where = [bad] if group == "/run" else [bad, f"row {row} of {group}:"]
            self.found(mutau("diagnose", bad), where)
            self.found(self.resume(run_file, bad), where)
            flip(bad, byte, bit)
        self.assertEqual(mutau("diagnose", bad).stdout, sound.stdout)
        self.assertEqual(len(names), {"plain": 6, "tempered": 16, "local": 5}[kind], names)
        self.assertEqual(sorted(os.listdir(self.folder.name)),
                         sorted([os.path.basename(p) for p in (run_file, chain, bad)]))

    def test_plain(self):
        self.check_flips("plain")

    def test_without_a_mixture(self):
        self.check_flips("local")

    def test_tempered(self):
        self.check_flips("tempered")

    def test_many_rows(self):
        run_file, chain = self.make("plain")
        hurt = {("mcmc_1/chain", row) for row in range(1020, 1030)} | {("mcmc/log_prob", 1090)}
        for _, name, row, begin, _ in places(chain):
            if (name, row) in hurt:
                flip(chain, begin, 0)
        for done in (mutau("diagnose", chain), self.resume(run_file, chain),
                     mutau("diagnose", chain, "--json")):
            self.found(done, ["rows 1020 to 1029 of /mcmc_1:", "11 rows in all"])

    def test_rows_that_change_places(self):
        _, chain = self.make("plain")
        with h5py.File(chain, "r+") as file:
            for name in ("mcmc/chain", "mcmc/log_prob", "mcmc/blobs", "run/checksums"):
                if name in file:
                    rows = file[name][100:102]
                    file[name][100:102] = rows[::-1]
        self.found(mutau("diagnose", chain), ["rows 100 to 101 of /mcmc:"])

    def test_what_emcee_adds_is_not_covered(self):
        run_file, chain = self.make("local")
        with h5py.File(chain, "r+") as file:  # what a killed writer may have left behind
            file["run/checksums"].resize(max(4096, file["run/checksums"].shape[0]), axis=0)
            file["run/checksums"][1100:1110] = 12345
        for name in ("mcmc", "mcmc_1"):
            backend = emcee.backends.HDFBackend(chain, name=name)
            sampler = emcee.EnsembleSampler(*backend.shape, lambda x: -0.5 * np.sum(x * x),
                                            backend=backend)
            sampler.run_mcmc(None, 40)
        done = mutau("diagnose", chain)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertEqual(done.stderr, f"mutau: note: {chain}: 40 of 1140 rows have no checksum: "
                                      "what of them is damaged is not found\n")
        self.assertEqual(self.resume(run_file, chain).returncode, 4)

    def test_a_file_without(self):
        # As versions before wrote them: read, told of, and continued with checksums.
        run_file, chain = self.make("plain")
        with h5py.File(chain, "r+") as file:
            del file["run/checksums"], file["run"].attrs["n_checksum"]
        done = mutau("diagnose", chain)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        self.assertIn("1100 of 1100 rows have no checksum", done.stderr)
        self.assertEqual(self.resume(run_file, chain, "--max-steps", "1200").returncode, 3)
        self.assertEqual(mutau("diagnose", chain).stderr, "")
        with h5py.File(chain, "r") as file:
            self.assertEqual(file["run"].attrs["n_checksum"], file["mcmc"].attrs["iteration"])

    def test_a_repacked_file(self):
        run_file, packed = self.make("tempered")
        with h5py.File(packed, "r+") as file:  # as h5repack -f GZIP=1 does
            for name in sorted({name for _, name, *_ in places(packed)}):
                data = file[name]
                values, chunks, most = data[...], data.chunks, data.maxshape
                del file[name]
                file.create_dataset(name, data=values, chunks=chunks, maxshape=most,
                                    compression="gzip", compression_opts=1)
        self.assertEqual(mutau("diagnose", packed).stderr, "")
        with h5py.File(packed, "r+") as file:
            file["tempering/log_like"][7, 1, 2, 3] += 1e-9
        for done in (mutau("diagnose", packed), self.resume(run_file, packed)):
            self.found(done, ["row 7 of /tempering:", "1 row in all"])


if __name__ == "__main__":
    mutau_cli.main("__main__")
