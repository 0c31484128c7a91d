# SPDX-License-Identifier: GPL-3.0-or-later
"""analysis/results.py on short chains: every run with its numbers, seed and version."""
import json
import os
import subprocess
import sys

import mutau_cli
from mutau_cli import MUTAU, SOURCE, MutauTest

PROGRAM = os.path.join(SOURCE, "analysis", "results.py")


class Results(MutauTest):
    def results(self, *chains, program=MUTAU):
        return subprocess.run([sys.executable, PROGRAM, "--mutau", program, *chains],
                              capture_output=True, text=True, check=False)

    def sample(self, run, *words):
        path = self.path(run + ".h5")
        self.run_ok("sample", os.path.join(SOURCE, "chains", run + ".yaml"), "--output", path,
                    "--quiet", "--max-steps", "60", "--set", "sampler.walkers=8",
                    "sampler.ensembles=2", *words, code=3)
        return path

    def test_table(self):
        chains = [self.sample("powerlaw", "sampler.seed=7"), self.sample("wp")]
        done = self.results(*chains)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        wp = json.loads(self.run_ok("summary", chains[1], "--json"))
        rows = [line for line in done.stdout.splitlines() if line.startswith("| `")]
        median = wp["derived"]["m_zprime"]["median"]
        self.assertTrue(rows[0].startswith(f"| `wp` | {median:.4g} | ["), rows[0])
        # wp first, in each table that has it; the power law has A and gamma only
        self.assertEqual([row.split("`")[1] for row in rows],
                         ["wp", "wp", "wp", "powerlaw", "wp", "powerlaw", "wp", "wp", "powerlaw"])
        version = self.run_ok("--version").split(" ", 1)[1].strip()
        for row, seed in zip(rows[-2:], (1, 7)):
            self.assertIn("60, **not converged**", row)
            self.assertIn(f"| {seed} | {version} | `", row)
        self.assertIn(f"{wp['best']['chi2']:.2f}", rows[-2])

    def test_errors_are_one_line(self):
        for done in (self.results("nowhere.h5"),
                     self.results("nowhere.h5", program="/no/such/mutau")):
            self.assertEqual((done.returncode, done.stdout), (1, ""))
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertTrue(done.stderr.startswith("results.py: error: "), done.stderr)


if __name__ == "__main__":
    mutau_cli.main("__main__")
