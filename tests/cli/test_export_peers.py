#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of mutau export read by the real packages (export-requirements.txt), from the Python
registry in an environment of their own: skipped where there is none to be had."""
import json
import os
import shutil
import subprocess
import sys

from mutau_cli import MutauTest, main, mutau
from test_export import RUN, SAMPLED, DERIVED

HERE = os.path.dirname(os.path.abspath(__file__))
ENVIRONMENT = os.environ.get("MUTAU_EXPORT_ENV", "")


def make_environment():
    """The Python that has them; None, with the reason printed, if that cannot be."""
    python, stamp = (os.path.join(ENVIRONMENT, name) for name in ("bin/python", "installed.txt"))
    wanted = os.path.join(HERE, "export-requirements.txt")
    if os.path.exists(stamp):
        with open(stamp, encoding="ascii") as a, open(wanted, encoding="ascii") as b:
            if a.read() == b.read():
                return python
    for command in ([sys.executable, "-m", "venv", ENVIRONMENT],
                    [python, "-m", "pip", "install", "--quiet", "--retries", "0", "-r", wanted]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"1..0 # SKIP {' '.join(command[:4])} failed: {done.stderr.splitlines()[-1:]}")
            return None
    shutil.copy(wanted, stamp)
    return python


class Peers(MutauTest):
    def test_all_read_the_same(self):
        run, chain = self.path("run.yaml"), self.path("chain.h5")
        with open(run, "w", encoding="utf-8") as file:
            file.write(RUN)
        done = mutau("sample", run, "--output", chain, "--quiet", "--set",
                     "model.table=on", "sampler.stop={max_steps: 3000}")
        self.assertIn(done.returncode, (0, 3), done.stderr)
        for form, root in (("cobaya", "c"), ("getdist", "g"), ("arviz", "a"), ("csv", "a")):
            self.run_ok("export", chain, "--format", form, "--output", self.path(root))
        done = subprocess.run([PYTHON, "-B", os.path.join(HERE, "export_readers.py"),
                               self.folder.name], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        found = json.loads(done.stderr.splitlines()[-1])
        summary = json.loads(self.run_ok("summary", chain, "--json"))
        self.check(found, {**summary["parameters"], **summary["derived"]})

    def check_means(self, means, quantities, names):
        for name in names:
            q = quantities[name]
            self.assertLess(abs(means[name] - q["mean"]), 1e-9 * q["sd"], name)

    def check(self, found, quantities):
        names = SAMPLED + DERIVED
        n_chain, n_row = (found["netcdf4"]["sizes"][axis] for axis in ("chain", "draw"))
        self.assertEqual(n_chain, 32)
        for root in ("c", "g"):
            f = found[root]
            self.assertEqual(f["names"][:6], names)
            self.assertEqual((f["sampler"], f["norm"]), ("mcmc", n_chain * n_row))
            self.check_means(f["means"], quantities, names)
            self.assertEqual((f["lower"]["m_zprime"], f["upper"]["m_zprime"]), (1, 20))
            self.assertEqual((f["lower"]["log10_g_prime"], f["upper"]["log10_g_prime"]), (-5, -2))
            self.assertNotIn("A", f["upper"])
            self.assertEqual(f["labels"][3], "m_{Z'}\\,[\\mathrm{MeV}]")
            self.assertAlmostEqual(f["best"], -found["others"]["best"], 9)
            # in another order of rows every draw would count
            self.assertLess(f["n_eff"], 0.5 * n_chain * n_row)
        cobaya = found["cobaya"]
        self.assertEqual((cobaya["n"], cobaya["norm"]), (2, n_chain * n_row))
        self.assertEqual(cobaya["columns"][-3:], ["chi2", "chi2__flux", "chi2__g-2"])
        self.assertLess(cobaya["prior_differs"], 1e-12)
        for engine in ("h5netcdf", "netcdf4"):
            f = found[engine]
            self.assertEqual((f["names"], f["library"]), (names, "mutau"))
            self.assertEqual(f["groups"], ["log_likelihood", "log_prior", "posterior",
                                           "sample_stats"])
            self.check_means(f["means"], quantities, names)
            for name in SAMPLED:
                self.assertAlmostEqual(f["ess"][name] / quantities[name]["ess_bulk"], 1, 6)
        others = found["others"]
        self.assertEqual(others["chainconsumer"], n_chain)
        for means in (others["csv"], others["anesthetic"]):
            self.check_means(means, quantities, SAMPLED)


PYTHON = make_environment()
if PYTHON is not None:
    main(__name__)
