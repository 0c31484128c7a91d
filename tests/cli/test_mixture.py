# SPDX-License-Identifier: GPL-3.0-or-later
"""A run that explores its target and proposes from a mixture: the same chain however it is cut and
shared, with whatever else a run file asks for, and what becomes of it when its mixture is lost."""
import hashlib
import json
import re
import shutil

import h5py
import numpy as np

import mutau_cli
import under
from mutau_cli import LIGHT, LOCAL, WP, MutauTest, mutau

FEW = ["--quiet", *LIGHT, "--set", "sampler.ensembles=2", "sampler.walkers=8"]
STEPS = 60
CUTS = under.thin((STEPS, 59, 21, 20, 1), 3)[::-1]


def content(path):
    """All that must not depend on threads or interruptions, as bytes by name."""
    with h5py.File(path) as file:
        rows, found = file["mcmc"].attrs["iteration"], {}
        for group in file:
            if not group.startswith(("mcmc", "tempering", "mixture")):
                continue
            for name, item in file[group].items():
                grows = item.shape and item.maxshape[0] is None
                found[f"{group}/{name}"] = (item[:rows] if grows else item[()]).tobytes()
        found["evaluations"] = int(file["run"].attrs["evaluations"])
        return rows, found


class Mixture(MutauTest):
    def sample(self, name, *words, steps=STEPS, run=WP, code=3):
        path = self.path(name)
        self.run_ok("sample", run, "--output", path, "--max-steps", str(steps), *FEW, *words,
                    code=code)
        return path

    def check_the_same(self, *words, run=WP, parts=()):
        """One thread, three threads, and cut into pieces."""
        one = content(self.sample("one.h5", *words, "--threads", "1", run=run))
        self.assertEqual(one[0], STEPS)
        for part in ("mixture/mixture", "mixture/log_weight", *parts):
            self.assertIn(part, one[1])
        self.assertEqual(one, content(self.sample("three.h5", *words, "--threads", "3", run=run)))
        for steps in CUTS:
            cut = self.sample("cut.h5", *words, "--resume", steps=steps, run=run)
        self.assertEqual(one, content(cut))
        return one[1]

    def test_the_same_for_threads_and_interruptions(self):
        found = self.check_the_same()
        weights = np.frombuffer(found["mixture/log_weight"])
        self.assertEqual(weights.size, STEPS * 2 * 8)
        self.assertGreater(np.isfinite(weights).mean(), 0.5)  # NaN: the move was another

    def test_the_same_from_maxima(self):
        self.check_the_same("sampler.start={bestfit: {spread: 0.01, starts: 16}}")

    def test_the_same_with_a_ladder(self):
        """One exploration finds both; the mixture moves the cold rungs."""
        self.check_the_same("sampler.temperatures=4", "sampler.ladder={adapt: 20}",
                            parts=("tempering/beta", "tempering/log_like"))
        with h5py.File(self.path("one.h5")) as file:
            self.assertGreaterEqual(file["run"].attrs["n_temperature"], 4)
            beta = file["tempering/beta"][0]
        self.assertEqual((beta[0], beta[-1]), (1, 0))
        self.assertTrue((np.diff(beta) < 0).all())

    def test_the_same_with_a_given_ladder(self):
        self.check_the_same("sampler.temperatures=3", "sampler.ladder={adapt: 20, beta_min: 0.1}",
                            parts=("tempering/beta",))

    def test_the_exploration_is_told_and_counted(self):
        done = mutau("sample", WP, "--output", self.path("a.h5"), "--max-steps", "2", *LIGHT,
                     "--set", "sampler.ensembles=2", "sampler.walkers=8")
        self.assertRegex(done.stderr, r"mutau: start: a mixture of \d+ components, of whose "
                                      r"proposals \d+ % are accepted, from \d+ evaluations\n")
        told = int(done.stderr.split(" evaluations")[0].split()[-1])
        with h5py.File(self.path("a.h5")) as file:
            counted = int(file["run"].attrs["evaluations"])
        self.assertTrue(told + 2 * 16 <= counted <= told + 4 * 16, (told, counted))

    def test_progress_for_machines_is_json_alone(self):
        for words in ([], ["sampler.start={bestfit: {starts: 16}}"]):
            done = mutau("sample", WP, "--output", self.path("a.h5"), "--overwrite", "--max-steps",
                         "20", "--progress", "json", *LIGHT, "--set", "sampler.walkers=8", *words)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertGreater(len([json.loads(line) for line in done.stderr.splitlines()]), 0)

    def test_a_dry_run_explores(self):
        done = mutau("sample", WP, "--dry-run", *LIGHT)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("start: a mixture of ", done.stderr)
        self.assertIn("all starting points have a finite posterior", done.stdout)

    def damaged(self, text):
        """A chain with that mixture and its right digest; None: none at all."""
        path = self.path("damaged.h5")
        shutil.copy(self.path("a.h5"), path)
        with h5py.File(path, "r+") as file:
            if text is None:
                del file["mixture"]
                return path
            group = file["mixture"]
            del group["mixture"]
            group["mixture"] = np.bytes_(text)
            group.attrs["digest"] = hashlib.sha256(text.encode()).hexdigest()
        return path

    def test_a_resume_needs_the_mixture(self):
        with h5py.File(self.sample("a.h5")) as file:
            text = file["mixture/mixture"][()].decode()
        lines = text.splitlines(keepends=True)
        self.assertTrue(lines[0].startswith("# acceptance "), lines[0])
        for broken, piece in ((None, "checksums"), ("".join(lines[1:]), "no acceptance"),
                              ("# acceptance\n" + "".join(lines[1:]), "no acceptance"),
                              ("".join(lines[:-1]), "its mixture"), (lines[0], "its mixture"),
                              (text.replace("e", "x", 3), "")):
            path = self.damaged(broken)
            self.check_fails(2, [path, piece], "sample", WP, "--output", path, "--resume",
                             "--max-steps", "80", *FEW)
        self.run_ok("sample", WP, "--output", self.damaged(text), "--resume", "--max-steps", "80",
                    *FEW, code=3)

    def test_a_resume_may_not_change_the_moves(self):
        path = self.sample("a.h5")
        self.check_fails(4, ["sampler.moves.", "in the chain"], "sample", WP, "--output", path,
                         "--resume", *FEW, LOCAL)

    def test_known_targets(self):
        """One coordinate, two far modes, thin shells, no edges: all converge to the known ln Z."""
        for text in ("gaussian: {dim: 1}", "mixture: {weight: 0.2}", "shells: {}",
                     "linear-gaussian: {}"):
            run, chain = self.path("run.yaml"), self.path("known.h5")
            with open(run, "w", encoding="utf-8") as file:
                file.write(f"target: {{{text}}}\n")
            known = re.search("# known: ln Z = (.*)\n", self.run_ok("config", run))[1]
            self.run_ok("sample", run, "--output", chain, "--quiet", "--overwrite")
            report = json.loads(self.run_ok("summary", chain, "--json"))
            evidence = report["evidence"]
            self.assertTrue(report["converged"], text)
            self.assertEqual(set(evidence["methods"]), {"bridge", "importance"})
            self.assertLess(evidence["error"], 0.02)
            self.assertLess(abs(evidence["ln_z"] - float(known)), 4 * evidence["error"], text)


if __name__ == "__main__":
    mutau_cli.main(__name__)
