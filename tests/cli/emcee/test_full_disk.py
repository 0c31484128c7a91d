#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run whose disk fills up, or whose file may grow no more: one line, exit code 2, a file
that h5py opens; with room again it resumes to the bytes of an undisturbed run.

    test_full_disk.py MUTAU RUN.yaml

The disk is a small tmpfs where mounting one is permitted (root); the limit on the size of
files (ulimit -f) is there for everybody."""
import os
import resource
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
import under

RUN_FILE, MUTAU = sys.argv.pop(2), under.program(sys.argv.pop(1))
STEPS = 600  # 3.7 MB
# All of them, by moves that do not explore before the first.
RUN = ["--set", "sampler.walkers=16", "sampler.moves={stretch: 0.7, de: 0.3}",
       "sampler.stop.min_steps=1000000"] + (["model.targets=cold"] if under.THIN else [])
NOT_CONVERGED = 3


def sample(path, limit=None):
    """Runs or resumes; no file may be larger than `limit`."""
    def prepare():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # as a batch system may: an error, no death
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return subprocess.run(
        [MUTAU, "sample", RUN_FILE, "--max-steps", str(STEPS), "--threads", "1", "--quiet",
         "--resume", "--output", str(path), *RUN],
        capture_output=True, text=True, check=False, preexec_fn=prepare if limit else None)


def contents(path):
    with h5py.File(path, "r") as file:
        rows = file["mcmc"].attrs["iteration"]
        return rows, [file[group][field][:rows].tobytes() for group in sorted(file)
                      if group.startswith("mcmc") for field in ("chain", "log_prob", "blobs")]


class FullDisk(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="mutau-full-")
        quiet = Path(cls.folder.name) / "quiet.h5"
        assert sample(quiet).returncode == NOT_CONVERGED
        cls.wanted = contents(quiet)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def check_failed(self, done, path, words):
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertIn(path.name, done.stderr)
        self.assertTrue(any(word in done.stderr for word in words), done.stderr)

    def check_resumes(self, path, rows):
        self.assertEqual(sample(path).returncode, NOT_CONVERGED)
        self.assertGreaterEqual(contents(path)[0], rows)
        self.assertEqual(contents(path), self.wanted)

    def test_small_disk(self):
        disk = Path(self.folder.name) / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
        if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
            self.skipTest("mounting is not permitted")
        try:
            path = disk / "run.h5"
            self.check_failed(sample(path), path, ["No space left"])
            rows = contents(path)[0]
            self.assertGreater(rows, 0)
            self.assertLess(rows, STEPS)
            self.check_failed(sample(path), path, ["No space left"])  # still no room
            self.assertEqual(contents(path)[0], rows)
            subprocess.run(["mount", "-o", "remount,size=32m", str(disk)], check=True)
            self.check_resumes(path, rows)
        finally:
            subprocess.run(["umount", str(disk)], check=True)

    def test_limit_from_the_beginning(self):
        path = Path(self.folder.name) / "none.h5"
        self.check_failed(sample(path, 1 << 20), path, ["File too large"])
        self.assertEqual([p.name for p in path.parent.glob("none*")], [])

    def test_limit_met_while_growing(self):
        """Room is for 1024 rows at first: a longer run needs a larger file."""
        path = Path(self.folder.name) / "grown.h5"
        # Enough for the first file, whose size is known from the undisturbed one, no more.
        size = (Path(self.folder.name) / "quiet.h5").stat().st_size + 65536
        done = subprocess.run(
            [MUTAU, "sample", RUN_FILE, "--max-steps", "1200", "--threads", "1", "--quiet",
             "--output", str(path), *RUN],
            capture_output=True, text=True, check=False,
            preexec_fn=lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN),
                                resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))))
        self.check_failed(done, path, ["File too large"])
        rows, _ = contents(path)
        self.assertGreater(rows, 0)
        self.assertLessEqual(rows, 1024)
        self.assertEqual([p.name for p in path.parent.glob("grown*")], ["grown.h5"])


if __name__ == "__main__":
    unittest.main()
