# SPDX-License-Identifier: GPL-3.0-or-later
"""Signals while the program does other than step: it searches for maxima, judges a long
chain, or reports."""
import json
import os
import shutil
import signal
import subprocess
import time

import h5py

import mutau_cli
import under
from mutau_cli import LIGHT, LOCAL, MUTAU, WP, MutauTest

# A search that takes minutes, in threads that ask whether to go on.
LONG_SEARCH = ["--threads", "2", "--set", "sampler.start={bestfit: {starts: 10000}}",
               "model.targets=cold"]
# Steps in no time, of which the verdict takes longer than all of them.  The criterion holds, but
# the chain is short: that is not in the file, and a resume judges the end again.
LONG_CHECK = """target: {gaussian: {dim: 12}}
sampler: {ensembles: 2, walkers: 200, moves: {stretch: 1},
          stop: {max_steps: 1000, min_steps: 1000, ess_bulk: 1}}
"""
# A pilot for the ladder of temperatures that takes minutes.
LONG_PILOT = """target: {gaussian: {dim: 16, sd: 1e-6, half_width: 1e9}}
sampler: {ensembles: 2, walkers: 50000, temperatures: 4}
"""
# 2 s on a machine that has nothing else to do; all that is ended here takes much longer.
PROMPTLY = 100.0 if under.COMMAND else 10.0


class Signals(MutauTest):
    def start(self, *words):
        run = subprocess.Popen([MUTAU, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
        self.addCleanup(run.kill)
        return run

    def interrupt(self, run, number, after=under.AT_WORK):
        """Code, stdout and stderr of a process that a signal ends soon."""
        time.sleep(after)
        self.assertIsNone(run.poll(), "it ended by itself")
        run.send_signal(number)
        begin = time.monotonic()
        out, text = run.communicate(timeout=60 * under.SLOWER)
        self.assertLess(time.monotonic() - begin, PROMPTLY)
        return run.returncode, out, text

    def test_bestfit_ends_without_a_report(self):
        for name in ("INT", "TERM", "USR1"):
            run = self.start("bestfit", WP, "--starts", "100000", "--threads", "2", *LIGHT)
            code, out, text = self.interrupt(run, getattr(signal, "SIG" + name))
            self.assertEqual((code, out), (75, ""), text)
            self.assertEqual(text, "mutau: interrupted: the search for maxima is not finished\n")

    def test_a_search_for_starting_points_ends(self):
        path = self.path("a.h5")
        run = self.start("sample", WP, "--output", path, "--progress", "lines", *LONG_SEARCH)
        code, out, text = self.interrupt(run, signal.SIGTERM)
        self.assertEqual((code, out), (75, ""), text)
        self.assertRegex(text, "^mutau: interrupted after 0 steps in .* s, before any was "
                               "stored\n$")
        self.assertEqual(os.listdir(self.folder.name), [])

    def test_a_pilot_ends(self):
        run = self.path("a.yaml")
        with open(run, "w") as file:
            file.write(LONG_PILOT)
        code, out, text = self.interrupt(self.start("sample", run, "--progress", "lines"),
                                         signal.SIGTERM)
        self.assertEqual((code, out), (75, ""), text)
        self.assertRegex(text, "^mutau: interrupted after 0 steps in .* s, before any was "
                               "stored\n$")
        self.assertEqual(os.listdir(self.folder.name), ["a.yaml"])

    def test_a_search_leaves_an_older_chain_alone(self):
        path = self.path("a.h5")
        self.run_ok("sample", WP, "--output", path, "--quiet", "--max-steps", "10", "--set",
                    "sampler.walkers=8", code=3)
        with open(path, "rb") as file:
            before = file.read()
        run = self.start("sample", WP, "--output", path, "--overwrite", "--progress", "json",
                         *LONG_SEARCH)
        code, _, text = self.interrupt(run, signal.SIGUSR1)
        self.assertEqual(code, 75, text)
        last = json.loads(text.splitlines()[-1])
        self.assertEqual((last["outcome"], last["chain"], last["steps"]), ("interrupted", None, 0))
        with open(path, "rb") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(os.listdir(self.folder.name), ["a.h5"])

    def test_a_run_without_a_stored_row_says_so(self):
        run = self.start("sample", WP, "--output", self.path("a.h5"), "--quiet", "--set",
                         "sampler.thin=10000000",
                         "sampler.stop={max_steps: 10000000, min_steps: 10000000}",
                         LOCAL, "model.targets=cold") # no pilot, nor rows, which may take a second
        code, _, text = self.interrupt(run, signal.SIGINT)
        self.assertEqual(code, 75, text)
        self.assertRegex(text, r"^mutau: interrupted after [1-9]\d* steps in .* s, before any was "
                               "stored\n$")
        self.assertEqual(os.listdir(self.folder.name), [])

    @staticmethod
    def contents(path):
        with h5py.File(path, "r") as file:
            found = {f"{group}/{key}": file[group][key][:file[group].attrs["iteration"]].tobytes()
                     for group in ("mcmc", "mcmc_1") for key in ("chain", "log_prob")}
            found["burn_in"] = int(file["mcmc"].attrs["burn_in"])
            found["checks"] = file["run/diagnostics"][()].tobytes()
            found["converged"] = bool(file["run"].attrs["converged"])
            return found

    def test_a_check_ends_and_leaves_no_trace(self):
        run_file = self.path("run.yaml")
        with open(run_file, "w", encoding="utf-8") as file:
            file.write(LONG_CHECK)
        whole, path = self.path("whole.h5"), self.path("a.h5")
        words = ["sample", run_file, "--quiet", "--output"]
        begin = time.monotonic()
        ended = mutau_cli.mutau(*words, whole)
        self.assertIn(ended.returncode, (0, 3), ended.stderr)
        length = time.monotonic() - begin
        # Wherever the signal falls: among the steps or, in the last half, in the check.
        for share in (0.3, 0.6, 0.85):
            run = self.start(*words, path, "--overwrite")
            time.sleep(share * length)
            run.send_signal(signal.SIGTERM)
            begin = time.monotonic()
            _, text = run.communicate(timeout=60 * under.SLOWER)
            self.assertLess(time.monotonic() - begin, PROMPTLY)
            self.assertIn(run.returncode, (75, ended.returncode), text)
            with h5py.File(path, "r") as file:
                steps = int(file["mcmc"].attrs["iteration"])
                self.assertGreaterEqual(4 * int(file["mcmc"].attrs["burn_in"]), steps)
            self.run_ok(*words, path, "--resume", code=ended.returncode)
            self.assertEqual(self.contents(path), self.contents(whole))
        # Nothing but one step and a check is left to do now.
        short, whole = self.path("short.h5"), self.path("resumed.h5")
        self.run_ok(*words, short, "--max-steps", "999", code=ended.returncode)
        shutil.copy(short, whole)
        self.run_ok(*words, whole, "--resume", code=ended.returncode)
        codes = []
        for share in (0.3, 0.2, 0.15, 0.1, 0.05):
            shutil.copy(short, path)
            run = self.start(*words, path, "--resume")
            time.sleep(share * length)
            run.send_signal(signal.SIGTERM)
            run.communicate(timeout=60 * under.SLOWER)
            codes.append(run.returncode)
            if codes[-1] == 75:
                break
        self.assertEqual(codes[-1], 75, codes)
        self.run_ok(*words, path, "--resume", code=ended.returncode)
        self.assertEqual(self.contents(path), self.contents(whole))

    def test_a_killed_run_has_the_state_of_its_last_row(self):
        # Or, with thinning, that of a check before the next row, which is at whole tens.
        for i in range(5):
            path = self.path(f"{i}.h5")
            run = self.start("sample", WP, "--output", path, "--quiet", "--set",
                             "sampler.thin=7",
                             "sampler.stop={max_steps: 10000000, min_steps: 10000000}", *LIGHT)
            while not os.path.exists(path):
                self.assertIsNone(run.poll())
                time.sleep(0.01)
            time.sleep(0.05 + 0.11 * i)
            run.kill()
            run.communicate()
            with h5py.File(path, "r") as file:
                rows, steps = file["mcmc"].attrs["iteration"], file["run"].attrs["steps"]
            self.assertGreater(rows, 0)
            self.assertIn(steps - 7 * rows, range(7))
            self.assertTrue(steps == 7 * rows or steps % 10 == 0, (rows, steps))

    def test_reports_just_end(self):
        path = self.path("run.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(LONG_CHECK)
        chain = self.path("a.h5")
        mutau_cli.mutau("sample", path, "--quiet", "--output", chain)
        commands = (["summary", chain], ["diagnose", chain], ["limits", WP],
                    ["sample", WP, "--dry-run", *LONG_SEARCH])
        for words in commands:
            for number in (signal.SIGINT, signal.SIGTERM):
                run = self.start(*words)
                time.sleep(0.05)
                run.send_signal(number)
                begin = time.monotonic()
                run.communicate(timeout=60 * under.SLOWER)
                self.assertLess(time.monotonic() - begin, PROMPTLY)
                self.assertIn(run.returncode, (-number, 0), words)


if __name__ == "__main__":
    mutau_cli.main("__main__")
