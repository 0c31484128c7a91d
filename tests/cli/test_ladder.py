#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau ladder and compare --reference: evidences against one model, on runs of a second."""
import csv
import io
import json
import math
import os
import signal
import subprocess
import time

from mutau_cli import COLD, MUTAU, SOURCE, MutauTest, main, mutau, under

RUN = os.path.join(SOURCE, "chains", "no-g2.yaml")
# A prior of g' that is cheap to sample, and no solver of moving targets.
SHORT = ["--set", COLD, "model.solver=line", "sampler.ensembles=2", "sampler.walkers=32",
         "sampler.stop={max_steps: 4000, ess_bulk: 500}"]
SOURCES = ["--sources", "power-law,log-parabola"]
# ln Z without the boson and without terms, as in test_log_parabola.py: held by unit tests to a
# quadrature of their own.
BARE = {"power-law": -18.698, "log-parabola": -13.383}


class Ladder(MutauTest):
    def climb(self, *words, code=0):
        done = mutau("ladder", RUN, "--output", self.path("l"), "--quiet", "--json", *SHORT,
                     *words)
        self.assertEqual(done.returncode, code, done.stderr)
        return json.loads(done.stdout)["ladder"]

    def test_with_and_without_the_boson(self):
        ladder = self.climb(*SOURCES, "--with-zprime")
        models = {m["model"]: m for m in ladder["models"]}
        self.assertEqual(list(models), ["power-law", "power-law + Z'", "log-parabola",
                                        "log-parabola + Z'"])
        self.assertEqual(sorted(os.listdir(self.folder.name)),
                         ["l-log-parabola-zprime.h5", "l-power-law-zprime.h5"])
        line, curve = models["power-law"], models["log-parabola"]
        self.assertEqual(ladder["reference"]["model"], "power-law")
        self.assertIsNone(line["file"])
        self.assertEqual((line["ln_b"], line["word"]), (0, None))
        # the terms, constant without the boson, cancel
        self.assertAlmostEqual(curve["ln_b"], BARE["log-parabola"] - BARE["power-law"], delta=2e-3)
        self.assertEqual(curve["word"], "strong")
        for name, at_most in (("power-law", 0.5), ("log-parabola", 0.0)):
            m = models[name + " + Z'"]
            self.check_boson(m, models[name], at_most)
        self.assertIn("log-parabola is the most probable: against power-law", ladder["verdict"])
        self.assertIn("To log-parabola", ladder["verdict_boson"])
        self.check_comparison(models)
        self.check_resumed()

    def check_boson(self, m, bare, at_most):
        self.assertTrue(m["boson"] and m["converged"])
        self.assertAlmostEqual(m["ln_b_boson"], m["ln_z"] - bare["ln_z"], 10)
        self.assertLess(m["ln_b_boson"], at_most)
        ratio = m["savage_dickey"]  # another estimate of the same, from the chain alone
        error = math.hypot(ratio["error"], m["ln_b_boson_error"])
        self.assertLess(abs(ratio["ln_b"] - m["ln_b_boson"]), 5 * error, m)
        self.assertGreater(m["prior_cut"]["ln_b"], m["ln_b_boson"])
        self.assertEqual(m["prior_cut_at"], "NA64mu's 90 % limit")
        self.assertIn(("g_prime", "min"), [(e["parameter"], e["edge"]) for e in m["prior_edges"]])

    def check_comparison(self, models):
        """compare holds the same chains against the same model, and gives the same numbers."""
        files = [m["file"] for m in models.values() if m["file"]]
        text = self.run_ok("compare", *files, "--reference", "power-law", "--json")
        ladder = json.loads(text)["ladder"]
        self.assertAlmostEqual(ladder["reference"]["ln_z"], models["power-law"]["ln_z"], 6)
        for m in ladder["models"]:
            self.assertAlmostEqual(m["ln_b"], models[m["model"]]["ln_b"], 6)
        rows = csv.DictReader(io.StringIO(self.run_ok(
            "ladder", RUN, "--output", self.path("l"), "--quiet", "--resume", "--format", "csv",
            *SHORT, *SOURCES, "--with-zprime")))
        for row in rows:
            self.assertAlmostEqual(float(row["ln_b"]), models[row["model"]]["ln_b"], 6)
        own = self.run_ok("compare", files[0], "--reference", files[0])
        self.assertIn(f"evidences against {files[0]}", own.replace("\n    ", " "))
        text = self.run_ok("compare", *files, "--reference", "power-law", env={"COLUMNS": "80"})
        self.assertLessEqual(max(map(len, text.splitlines())), 80)
        self.assertIn("the posterior touches edges of its prior", text)
        self.check_fails(1, ["'powr-law' is neither", "did you mean 'power-law'?"],
                         "compare", *files, "--reference", "powr-law")
        self.check_fails(1, ["or one file and --reference"], "compare", files[0])

    def check_resumed(self):
        before = {name: os.stat(self.path(name)).st_mtime_ns
                  for name in os.listdir(self.folder.name)}
        self.check_fails(2, ["l-power-law-zprime.h5 exists", "--resume", "--overwrite"],
                         "ladder", RUN, "--output", self.path("l"), "--quiet", *SHORT, *SOURCES,
                         "--with-zprime")
        for name, when in before.items():
            self.assertEqual(os.stat(self.path(name)).st_mtime_ns, when)

    def test_by_quadrature_alone(self):
        ladder = self.climb(*SOURCES)
        self.assertEqual(os.listdir(self.folder.name), [])
        self.assertEqual([m["file"] for m in ladder["models"]], [None, None])
        self.assertIsNone(ladder["verdict_boson"])

    def test_a_run_that_does_not_converge(self):
        ladder = self.climb("--sources", "broken-power-law", "--set", "sampler.stop.max_steps=60",
                            "sampler.stop.ess_bulk=100000", code=3)
        self.assertFalse(ladder["models"][0]["converged"])

    def test_an_interruption_goes_on(self):
        words = ["ladder", RUN, "--output", self.path("l"), "--progress", "lines", *SHORT,
                 "--sources", "power-law", "--with-zprime", "--set",
                 "sampler.stop={max_steps: 10000000, min_steps: 10000000}"]
        run = subprocess.Popen([MUTAU, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True)
        self.addCleanup(run.kill)
        chain = self.path("l-power-law-zprime.h5")
        while not os.path.exists(chain):
            self.assertIsNone(run.poll())
            time.sleep(0.05)
        run.send_signal(signal.SIGTERM)
        out, text = run.communicate(timeout=60 * under.SLOWER)
        self.assertEqual((run.returncode, out), (75, ""), text)
        self.assertIn("mutau: interrupted: what was sampled is stored, the last in", text)
        self.assertIn("--resume goes on with it", text)
        ladder = self.climb("--sources", "power-law", "--with-zprime", "--resume", code=0)
        self.assertTrue(ladder["models"][1]["converged"])

    def test_a_reference_has_the_options_of_a_run(self):
        chain = self.path("a.h5")
        self.run_ok("sample", RUN, "--output", chain, "--quiet", "--max-steps", "60", *SHORT,
                    "model.source.spectrum={log-parabola: {pivot: 2e5}}", code=3)
        told = json.loads(self.run_ok("compare", chain, "--reference", "log-parabola", "--json"))
        # the run's own spectrum without the boson, which compare integrates in any case
        self.assertEqual(told["ladder"]["reference"]["ln_z"],
                         told["runs"][0]["evidence"]["power_law"]["ln_z"])

    def test_what_is_refused(self):
        cases = [
            (["--sources", "powr-law"],
             ["unknown spectrum 'powr-law'; did you mean 'power-law'?"]),
            (["--sources", "power-law,"], ["unknown spectrum ''"]),
            (["--sources", "bump,bump"], ["names bump twice"]),
            (["--with-zprime", "--set", "parameters.g_prime=0"],
             ["with a free g_prime", "it is 0"]),
            (["--set", "sampler.moves={stretch: 1}"], ["neither a mixture", "temperatures"]),
            (["--resume", "--overwrite"], ["contradict"]),
            (["--output", "-"], ["--output takes the name of a file"]),
        ]
        for words, pieces in cases:
            self.check_fails(1, pieces, "ladder", RUN, *words)
        path = self.path("t.yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write("target: shells\n")
        self.check_fails(1, ["target"], "ladder", path)


if __name__ == "__main__":
    main(__name__)
