# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau scan: against eval and bestfit point by point, and as a user meets it."""
import csv
import io
import json
import os
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np

import mutau_cli
import under
from mutau_cli import COLD, MUTAU, WP, MutauTest

PLANE = "m_zprime=4:9:6:log,g_prime=1e-4:1e-3:5:log"
CODE_INTERRUPTED = 75
NUMBERS = "the ordinary build has seen these numbers"


def rows_of(text):
    return [{key: float(value) for key, value in row.items()}
            for row in csv.DictReader(io.StringIO(text))]


class Scan(MutauTest):
    def map(self, *words, run=WP):
        return rows_of(self.run_ok("scan", run, "--format", "csv", "--set", COLD, *words))

    def test_a_fixed_map_is_what_eval_says(self):
        text = self.run_ok("scan", WP, "--format", "csv", "--set", COLD, "--grid", PLANE, "--at",
                           "A=1.4,gamma=2.6")
        rows = rows_of(text)
        self.assertEqual(len(rows), 30)
        found = rows_of(self.run_ok("eval", WP, "--at", "-", "--format", "csv", "--set", COLD,
                                    stdin=text)) # its columns may stay
        for row, want in zip(rows, found, strict=True):
            for key in set(row) & set(want) - {"evaluations"}:
                self.assertEqual(row[key], want[key], key)
        self.assertEqual({row["A"] for row in rows}, {1.4})
        self.assertEqual([row["g_prime"] for row in rows[:5]],
                         [row["g_prime"] for row in rows[5:10]])
        self.assertEqual((rows[0]["m_zprime"], rows[-1]["m_zprime"]), (4, 9))
        top = max(rows, key=lambda row: row["ln_likelihood"])
        self.assertGreaterEqual(top["delta_chi2"], 0)
        for row in rows:
            self.assertAlmostEqual(row["delta_chi2"] - top["delta_chi2"],
                                   2 * (top["ln_likelihood"] - row["ln_likelihood"]), 9)

    def test_a_profile_is_what_bestfit_says(self):
        grids = [(PLANE, 30), ("m_zprime=5:8:3", 3), ("A=0.5:2:3,gamma=2.2:3:2", 6)]
        for grid, n in under.thin(grids, 3):
            rows = self.map("--grid", grid, "--profile")
            self.assertEqual(len(rows), n)
            for row in under.thin(rows[::max(1, n // 3)], 2):
                at = ",".join(f"{part.split('=')[0]}={row[part.split('=')[0]]!r}"
                              for part in grid.split(","))
                best = json.loads(self.run_ok("bestfit", WP, "--json", "--fix", at, "--starts",
                                              "16", "--set", COLD))["maximum_likelihood"]
                self.assertAlmostEqual(row["ln_likelihood"], best["ln_likelihood"], 6)
                self.assertAlmostEqual(row["chi2"], best["chi2"], 3)
                self.assertAlmostEqual(row["r_chi2"], best["goodness"]["r_chi2"], 3)

    @unittest.skipIf(under.THIN, NUMBERS)
    def test_the_highest_is_bestfit(self):
        scan = json.loads(self.run_ok("scan", WP, "--json", "--set", COLD, "--grid", PLANE,
                                      "--profile"))
        best = json.loads(self.run_ok("bestfit", WP, "--json", "--set", COLD, "--starts",
                                      "32"))["maximum_likelihood"]
        self.assertLess(abs(scan["best"]["ln_likelihood"] - best["ln_likelihood"]), 5e-7)
        self.assertAlmostEqual(scan["best"]["chi2"], best["chi2"], 4)
        self.assertEqual(scan["best"]["at_edge"], [])
        self.assertEqual((scan["points"], scan["failed"], scan["profiled"]),
                         (30, 0, ["A", "gamma"]))
        self.assertEqual((scan["closed_form"], scan["held"]), ("A", {}))
        levels = [c["delta_chi2"] for c in scan["contours"]]
        self.assertEqual(levels, [2.30, 4.61, 5.99, 9.21])
        self.assertTrue(scan["approximate"])
        counts = [c["points"] for c in scan["contours"]]
        self.assertEqual(counts, sorted(counts))

    @unittest.skipIf(under.THIN, NUMBERS)
    def test_the_minimum_inside_na64(self):
        # physics.md: 5.75-6 MeV at NA64's edge, A ~ 1.2, gamma ~ 2.55-2.6, chi^2 ~ 21-23
        scan = json.loads(self.run_ok("scan", WP, "--json", "--set", COLD, "terms={na64: {}}",
                                      "--grid", "m_zprime=1:20:24:log,g_prime=1e-5:1e-2:16:log",
                                      "--profile"))["best"]
        at = scan["parameters"]
        self.assertTrue(5.7 < at["m_zprime"] < 6.0, at)
        self.assertTrue(1.1 < at["A"] < 1.3, at)
        self.assertTrue(2.54 < at["gamma"] < 2.61, at)
        self.assertTrue(20.9 < scan["chi2"] < 23.0, scan["chi2"])

    def test_names_and_spacings(self):
        by_name = self.map("--grid", "m_zprime=5:7:3:lin,g_prime=1e-4:1e-3:4", "--at",
                           "A=1.4,gamma=2.6")
        by_log = self.map("--grid", "m_zprime=5:7:3:lin,log10_g_prime=-4:-3:4", "--at",
                          "A=1.4,gamma=2.6")
        for a, b in zip(by_name, by_log, strict=True):
            for key in ("g_prime", "ln_likelihood"):
                self.assertAlmostEqual(a[key] / b[key], 1.0, 12)
        self.assertEqual([row["m_zprime"] for row in by_name[::4]], [5, 6, 7])
        # uniform priors are linear unless said
        gammas = [row["gamma"] for row in self.map("--grid", "gamma=2:3:5", "--profile", "--at",
                                                   "m_zprime=6,g_prime=3e-4")]
        self.assertEqual(gammas, [2, 2.25, 2.5, 2.75, 3])
        gammas = [row["gamma"] for row in self.map("--grid", "gamma=2:3:3:log", "--at",
                                                   "m_zprime=6,g_prime=3e-4,A=1")]
        self.assertAlmostEqual(gammas[1], 6 ** 0.5, 12)

    def test_the_text(self):
        done = subprocess.run([MUTAU, "scan", WP, "--grid", PLANE, "--profile", "--set", COLD],
                              env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True,
                              check=True)
        self.assertEqual(done.stderr, "")
        for piece in ("profiled, within the priors: A (in closed form), gamma", "approximate",
                      "Wilks", "68.27 %", "2.30", "5.99", "0 of 30 points failed",
                      "the map is not kept"):
            self.assertIn(piece, " ".join(done.stdout.split()))
        self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_bad_grids(self):
        for grid, pieces in ((None, ["scan needs --grid"]),
                             ("m_zprim=1:2:3", ["'m_zprim'", "did you mean 'm_zprime'?"]),
                             ("sum_mnu=0.1:0.2:3", ["sum_mnu is fixed at 0.1", "--set"]),
                             ("g_prime=1e-6:1e-2:5", ["g_prime from 1e-06", "beyond its prior",
                                                      "from 1e-05 to 0.1"]),
                             ("log10_g_prime=-6:-2:5", ["beyond its prior"]),
                             ("m_zprime=1:2:3,g_prime=1e-4:1e-3:3,A=1:2:3",
                              ["one or two parameters", "A would be one more"]),
                             ("m_zprime=1:2:3,log10_m_zprime=0:1:3", ["given twice"]),
                             ("m_zprime=1:2:1", ["m_zprime=lo:hi:n", "'1:2:1' has no such n"]),
                             ("m_zprime=1:2:1.5", ["has no such n"]),
                             ("m_zprime=2:1:3", ["is no such range", "in MeV"]),
                             ("m_zprime=0:2:3", ["is no such range"]),
                             ("m_zprime=1:2", ["three or four parts"]),
                             ("m_zprime=1:2:3:logg", ["ends in neither"]),
                             ("log10_g_prime=-4:-3:3:log", ["is a logarithm already"]),
                             ("m_zprime", ["NAME=lo:hi:n"]), ("", ["NAME=lo:hi:n"]),
                             ("m_zprime=1:2:3,", ["NAME=lo:hi:n"]),
                             ("chi2=1:2:3", ["chi2 is a result"]),
                             ("m_zprime=1:2:1000000,g_prime=1e-4:1e-3:2", ["at most 1000000"])):
            words = [] if grid is None else ["--grid", grid]
            with self.subTest(grid=grid):
                self.check_fails(1, pieces, "scan", WP, *words, "--profile")
        for words, pieces in ((["--grid", "m_zprime=1:2:3"],
                               ["neither on the grid nor held: g_prime, A, gamma", "--profile",
                                "--at g_prime=...,A=...,gamma=..."]),
                              (["--grid", "m_zprime=1:2:3", "--at", "m_zprime=1"],
                               ["--at: m_zprime is on the grid"]),
                              (["--grid", PLANE, "--profile", "--resume"], ["--output"]),
                              (["--grid", PLANE, "--profile", "--output", ""], ["name of a file"]),
                              (["--grid", PLANE, "--profile", "--output", "x", "--resume",
                                "--overwrite"], ["contradict"]),
                              (["--grid", PLANE, "--at", "A=-1,gamma=2"], ["A"])):
            self.check_fails(1, pieces, "scan", WP, *words)

    def test_points_that_are_none(self):
        rows = self.map("--grid", "f_e=0:0.9:4,f_mu=0:0.9:4", "--at",
                        "m_zprime=6,g_prime=3e-4,A=1,gamma=2.5", "--set",
                        "model.source.flavour=free")
        for row in rows:
            self.assertEqual(np.isnan(row["ln_likelihood"]), row["f_e"] + row["f_mu"] > 1 + 1e-12)
        text = self.run_ok("scan", WP, "--grid", "f_e=0:0.9:4,f_mu=0:0.9:4", "--at",
                           "m_zprime=6,g_prime=3e-4,A=1,gamma=2.5", "--set",
                           "model.source.flavour=free", COLD)
        self.assertIn("6 of 16 points failed", text)
        self.assertIn("at most 1 together", text)

    # --- the file ---------------------------------------------------------------------

    def scan_to(self, name, *words, code=0):
        return self.run_ok("scan", WP, "--set", COLD, "--grid", PLANE, "--profile", "--output",
                           self.path(name), *words, code=code)

    def bytes_of(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def test_the_file_has_the_map(self):
        rows = rows_of(self.scan_to("a.h5", "--format", "csv"))
        with h5py.File(self.path("a.h5"), "r") as file:
            self.assertEqual(file.attrs["format"], b"mutau-scan-1")
            self.assertEqual((file.attrs["complete"], file.attrs["profiled"]), (1, b"A gamma"))
            self.assertEqual([file["axes"][name].attrs["axis"] for name in ("m_zprime", "g_prime")],
                             [0, 1])
            for i, name in enumerate(("m_zprime", "g_prime")):
                values = np.unique([row[name] for row in rows])
                np.testing.assert_array_equal(file["axes"][name], values)
            for group in ("map", "profiled"):
                for name, data in file[group].items():
                    self.assertEqual(data.shape, (6, 5))
                    if name == "solver":
                        labels = data.attrs["labels"].decode().split()
                        self.assertEqual({labels[int(i)] for i in data[()].flat}, {"line"})
                        continue
                    np.testing.assert_array_equal(data[()].ravel(), [row[name] for row in rows])
            self.assertIn(b"cross_section: paper", file["run/config"][()])
            self.assertAlmostEqual(
                2 * (file["best/ln_likelihood"][()] - file["map/ln_likelihood"][2, 3]),
                file["map/delta_chi2"][2, 3], 9)
            self.assertNotIn("state", file)

    def test_threads_change_no_byte(self):
        self.scan_to("a.h5", "--threads", "1")
        self.scan_to("b.h5", "--threads", "3")
        self.assertEqual(self.bytes_of("a.h5"), self.bytes_of("b.h5"))

    def test_an_existing_file(self):
        text = self.scan_to("a.h5")
        before = self.bytes_of("a.h5")
        path = self.path("a.h5")
        words = ["scan", WP, "--set", COLD, "--grid", PLANE, "--profile", "--output", path]
        self.check_fails(2, [path, "--resume", "--overwrite"], *words)
        self.assertEqual(self.scan_to("a.h5", "--resume"), text) # nothing is left to do
        for other, pieces in ((["--seed", "9"], ["seed=1", "seed=9"]),
                              (["--at", "gamma=2.5"], ["gamma=2.5"]),
                              (["--set", "parameters.sum_mnu=0.2"],
                               ["parameters.sum_mnu is 0.1 in the scan, 0.2 in the run"])):
            self.check_fails(4, [path, "cannot be continued", *pieces], *words, "--resume", *other)
        self.assertEqual(self.bytes_of("a.h5"), before)
        self.scan_to("a.h5", "--overwrite", "--seed", "9")
        with open(self.path("b.yaml"), "w") as file:
            file.write("mine\n")
        self.check_fails(2, ["no scan that can be read"], *words[:-1], self.path("b.yaml"),
                         "--overwrite")
        self.assertEqual(self.bytes_of("b.yaml"), b"mine\n")
        self.check_fails(2, ["/nowhere"], *words[:-1], "/nowhere/a.h5")
        self.assertEqual(sorted(os.listdir(self.folder.name)), ["a.h5", "b.yaml"])

    def test_an_interrupted_scan_goes_on(self):
        words = [MUTAU, "scan", WP, "--set", COLD, "--grid", "A=0.5:2:4,gamma=2:3:3", "--profile"]
        plain = self.path("plain.h5")
        begin = time.monotonic()
        subprocess.run([*words, "--output", plain], check=True, capture_output=True)
        whole = time.monotonic() - begin
        n_interrupted = 0
        for part in under.thin([0.5, 0.3, 0.8], 3):
            path = self.path(f"{part}.h5")
            run = subprocess.Popen([*words, "--output", path, "--resume", "--threads", "2"],
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            time.sleep(part * whole)
            run.send_signal(signal.SIGINT)
            _, said = run.communicate()
            if run.returncode == CODE_INTERRUPTED:
                n_interrupted += 1
                self.assertIn("--resume goes on with it", said)
                with h5py.File(path, "r") as file:
                    self.assertEqual(file.attrs["complete"], 0)
            else:
                self.assertIn(run.returncode, (0, -signal.SIGINT)) # before or after the work
            subprocess.run([*words, "--output", path, "--resume"], check=True, capture_output=True)
            with open(path, "rb") as one, open(plain, "rb") as other:
                self.assertEqual(one.read(), other.read())
        self.assertGreater(n_interrupted, 0)

    @unittest.skipIf(under.THIN, NUMBERS)
    def test_progress(self):
        done = subprocess.run([MUTAU, "scan", WP, "--set", COLD, "--grid", "A=0.5:2:4,gamma=2:3:4",
                               "--profile", "--progress", "bar", "--json"],
                              env={**os.environ, "COLUMNS": "80"}, capture_output=True, text=True,
                              check=True)
        self.assertIn(" %, done in ", done.stderr)
        self.assertIn("profiling", done.stderr)
        self.check_fails(1, ["--progress takes"], "scan", WP, "--grid", PLANE, "--profile",
                         "--progress", "x")


if __name__ == "__main__":
    mutau_cli.main(__name__)
