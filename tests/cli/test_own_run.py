# SPDX-License-Identifier: GPL-3.0-or-later
"""A chain that another program sampled with the library, a density of its own, as the commands
of mutau see it; and that program killed and started again."""
import json
import os
import signal
import subprocess
import time

import h5py

import mutau_cli
from mutau_cli import MutauTest
import under

OWN = under.program(os.environ["MUTAU_OWN_RUN"])


class OwnRun(MutauTest):
    def run_own(self, path, max_steps):
        done = subprocess.run([OWN, path, str(max_steps)], capture_output=True, text=True,
                              timeout=120 * under.SLOWER, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    @staticmethod
    def bytes_of(path):
        with h5py.File(path, "r") as file:
            return [file[group][what][...].tobytes() for group in
                    ("mcmc", "mcmc_1", "mcmc_2", "mcmc_3") for what in ("chain", "log_prob")]

    def test_the_commands_read_its_chain(self):
        path = self.path("own.h5")
        self.assertEqual(self.run_own(path, 20000), "converged\n")
        summary = json.loads(self.run_ok("summary", path, "--json"))
        self.assertTrue(summary["converged"])
        # The standard errors that summary states; 4 of them once in 16000 tries, the seed fixed.
        for name, mean, sd in (("x", 1, 1), ("y", -3, 2)):
            found = summary["parameters"][name]
            self.assertLess(abs(found["mean"] - mean), 4 * found["mcse"])
            self.assertLess(found["mcse"], 0.05 * sd)
            self.assertLess(abs(found["sd"] / sd - 1), 0.1)
        self.assertEqual(summary["derived"], {})
        self.run_ok("diagnose", path)
        self.check_fails(2, ["not of the model's posterior"], "compare", path, path)

    def test_its_run_file_is_not_for_sample(self):
        path, run = self.path("own.h5"), self.path("own.yaml")
        self.assertEqual(self.run_own(path, 50), "not converged\n")
        with h5py.File(path, "r") as file, open(run, "w") as out:
            out.write(file["run/config"][()].decode() if "config" in file["run"]
                      else file["run"].attrs["config"])
        self.assertIn("name: two normals", self.run_ok("config", run))
        self.check_fails(1, ["own.yaml", "'two normals'", "another program"], "sample", run)
        self.check_fails(1, ["only config takes it"], "eval", run, "--at", "x=1,y=1")
        self.check_fails(4, [path, "target"], "sample", mutau_cli.WP, "--output", path,
                         "--resume")

    def test_a_kill_costs_nothing(self):
        whole, part = self.path("whole.h5"), self.path("part.h5")
        self.run_own(whole, 1500)
        for delay in (0.0, 0.05, 0.2):
            child = subprocess.Popen([OWN, part, "1500"], stdout=subprocess.DEVNULL)
            while not os.path.exists(part) and child.poll() is None:
                time.sleep(0.001)
            time.sleep(delay)
            child.send_signal(signal.SIGKILL)
            child.wait()
        self.run_own(part, 1500)
        self.assertEqual(self.bytes_of(whole), self.bytes_of(part))
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["part.h5", "whole.h5"])


if __name__ == "__main__":
    mutau_cli.main(__name__)
