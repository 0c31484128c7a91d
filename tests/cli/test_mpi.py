# SPDX-License-Identifier: GPL-3.0-or-later
"""The program as one of several ranks: the same bytes, the same exit codes."""
import os
import shutil
import subprocess
import sys
import unittest

import h5py

import mutau_cli
import under
from mutau_cli import COLD, LOCAL, MUTAU, SOURCE, WP, MutauTest

FAILING = under.program(os.environ["MUTAU_FAILING"])
QUICK = ["--quiet", "--max-steps", "40", "--set", "sampler.walkers=12", "sampler.ensembles=2",
         LOCAL, COLD]
OPEN_MPI = "Open MPI" in subprocess.run(["mpirun", "--version"], capture_output=True, text=True,
                                        check=False).stdout
MPIRUN = ["mpirun", *(["--oversubscribe", "--allow-run-as-root"] if OPEN_MPI else []), "-n"]
# Ranks and threads of each; all of them in the long suite.
LAYOUTS = ([(n, m) for n in (1, 2, 3) for m in (1, 2, 4)] if "--long" in sys.argv else
           [(2, 2), (3, 1), (3, 4)])


def mpirun(n_rank, *words, program=MUTAU, **options):
    return subprocess.run([*MPIRUN, str(n_rank), program, *words], capture_output=True, text=True,
                          timeout=120 * under.SLOWER, check=False, **options)


def content(path):
    """Every byte of the samples, by name; counts of failures besides."""
    found = {}

    def add(name, item):
        if isinstance(item, h5py.Dataset) and name.startswith(("mcmc", "tempering", "mixture")):
            found[name] = item[()].tobytes()
    with h5py.File(path, "r") as file:
        file.visititems(add)
        assert "mcmc/chain" in found and "mcmc_1/blobs" in found
        found["failures"] = failures(file)
    return found


def failures(file):
    """The number of failed evaluations, wherever the file keeps it."""
    counts = []
    file.visititems(lambda name, item: counts.extend(
        int(value) for key, value in item.attrs.items() if key == "failures"))
    return counts


class SameBytes(MutauTest):
    def sample(self, name, n_rank, *words, program=MUTAU, code=3):
        path = self.path(name + ".h5")
        words = ["sample", WP, *QUICK, "--output", path, *words]
        done = (mpirun(n_rank, *words, program=program) if n_rank else
                subprocess.run([program, *words], capture_output=True, text=True, check=False))
        self.assertEqual(done.returncode, code, done.stderr)
        return content(path)

    def test_ranks_and_threads(self):
        tempered = ["--set", "sampler.temperatures=3"]
        alone = self.sample("alone", 0, "--threads", "1", *tempered)
        self.assertIn("tempering/log_like", alone)
        with h5py.File(self.path("alone.h5"), "r") as file:  # a pilot has added some
            self.assertGreater(file["run"].attrs["n_temperature"], 3)
        for n_rank, n_thread in LAYOUTS:
            shared = self.sample(f"{n_rank}-{n_thread}", n_rank, "--threads", str(n_thread),
                                 *tempered)
            self.assertEqual(alone, shared, (n_rank, n_thread))

    def test_ranks_and_threads_with_a_mixture(self):
        mixture = ["--set", "sampler.moves={mixture: 0.8, stretch: 0.1, de: 0.1}"]
        alone = self.sample("alone", 0, "--threads", "1", *mixture)
        self.assertIn("mixture/log_weight", alone)
        for n_rank, n_thread in LAYOUTS:
            shared = self.sample(f"{n_rank}-{n_thread}", n_rank, "--threads", str(n_thread),
                                 *mixture)
            self.assertEqual(alone, shared, (n_rank, n_thread))
        self.sample("parts", 3, "--max-steps", "13", *mixture)
        self.assertEqual(alone, self.sample("parts", 2, "--resume", *mixture))

    def test_more_threads_than_points(self):
        small = ["--set", "sampler.walkers=8", "sampler.ensembles=2"]
        alone = self.sample("alone", 0, *small)
        self.assertEqual(alone, self.sample("many", 3, "--threads", "7", *small))

    def test_evaluations_that_fail_elsewhere(self):
        alone = self.sample("alone", 0, program=FAILING)
        self.assertEqual(alone, self.sample("shared", 3, "--threads", "1", program=FAILING))
        self.assertNotEqual(alone, self.sample("healthy", 0))
        with h5py.File(self.path("alone.h5"), "r") as file:
            self.assertGreater(max(failures(file)), 20)

    def test_resume_with_other_ranks(self):
        whole = self.sample("whole", 0)
        self.sample("parts", 3, "--max-steps", "13")
        self.sample("parts", 0, "--max-steps", "25", "--resume")
        self.assertEqual(whole, self.sample("parts", 2, "--resume"))

    def test_resume_of_a_grown_ladder_with_other_ranks(self):
        tempered = ["--set", "sampler.temperatures=2"]
        whole = self.sample("whole", 2, *tempered)
        self.sample("parts", 3, "--max-steps", "13", *tempered)
        self.assertEqual(whole, self.sample("parts", 0, "--resume", *tempered))


class ExitCodes(MutauTest):
    def check(self, code, pieces, n_rank, *words, **options):
        """All ranks leave with `code`; the message appears once."""
        done = mpirun(n_rank, *words, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        own = [line for line in done.stderr.splitlines() if "mutau: error" in line]
        self.assertEqual(len(own), 1 if pieces else 0, done.stderr)
        for piece in pieces:
            self.assertIn(piece, own[0])
        return done.stdout

    def test_converged(self):
        loose = ["--set", "sampler.temperatures=1", "sampler.stop={max_steps: 1500, rhat: 9}"]
        self.check(0, [], 2, "sample", WP, "--quiet", *loose, "--output", self.path("c.h5"))

    def test_usage_and_configuration(self):
        self.check(1, ["g_prime"], 3, "sample", WP, "--set", "parameters.g_prim=1")
        self.check(1, ["all parameters are fixed"], 2, "sample", WP, "--dry-run", "--set",
                   "parameters={m_zprime: 6, g_prime: 1e-4, A: 1, gamma: 2.5}")

    def test_files(self):
        self.check(2, ["nowhere"], 3, "sample", WP, *QUICK, "--output",
                   self.path("nowhere/c.h5"))
        path = self.path("c.h5")
        self.check(3, [], 2, "sample", WP, *QUICK, "--output", path)
        self.check(2, ["exists"], 2, "sample", WP, *QUICK, "--output", path)
        self.check(4, ["cannot be continued"], 2, "sample", WP, *QUICK, "--resume", "--seed", "9",
                   "--output", path)

    @unittest.skipUnless(OPEN_MPI, "needs the options of Open MPI")
    def test_inputs_that_differ_between_nodes(self):
        other = self.path("data")
        shutil.copytree(os.path.join(SOURCE, "data"), other)
        table = os.path.join(other, "icecube-cascades-6yr.csv")
        with open(table, encoding="utf-8") as file:
            text = file.read()
        with open(table, "w", encoding="utf-8") as file:
            file.write(text.replace("4.42099e-08", "4.42098e-08"))
        words = [MUTAU, "sample", WP, *QUICK, "--output", self.path("c.h5")]
        done = subprocess.run([*MPIRUN, "2", *words, ":", "-n", "1", "-x", "MUTAU_DATA=" + other,
                               *words], capture_output=True, text=True,
                              timeout=120 * under.SLOWER, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stderr.count("mutau: error"), 1, done.stderr)
        self.assertIn("rank 2 on", done.stderr)
        self.assertIn("differ from those on rank 0", done.stderr)
        self.assertFalse(os.path.exists(self.path("c.h5")))


class OtherCommands(MutauTest):
    def test_rank_0_alone_answers(self):
        for words, stdin in ((["eval", WP, "--at", "-", "--format", "csv"],
                              "m_zprime,g_prime,A,gamma\n6.5,5e-4,1.5,2.5\n"),
                             (["config", WP], None)):
            alone = self.run_ok(*words, stdin=stdin)
            done = mpirun(2, *words, input=stdin)
            self.assertEqual((done.returncode, done.stdout), (0, alone), done.stderr)

    def test_dry_run_says_who_would_work(self):
        done = mpirun(3, "sample", WP, "--dry-run", "--threads", "2")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("3 ranks with 6 threads in all", done.stdout)


if __name__ == "__main__":
    mutau_cli.main(__name__)
