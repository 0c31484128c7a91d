# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the mutau program in tests; under another if tests/under.py says so."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap
import under

MUTAU = under.program(os.environ.get("MUTAU", "build/src/cli/mutau"))
SOURCE = os.environ.get("MUTAU_SOURCE", os.path.join(os.path.dirname(__file__), "..", ".."))
WP = os.path.join(SOURCE, "chains", "wp.yaml")
# For tests of other things than the mixture: no exploration before the first step, hundreds of
# steps until a run converges, and no evidence but that of a ladder.
LOCAL = "sampler.moves={stretch: 0.7, de: 0.3}"
# For tests of other things than the targets' motion, and for golden numbers of targets at rest.
COLD = "model.targets=cold"
# The same where every march takes twenty times as long: the ordinary build has had the default.
LIGHT = ["--set", COLD] if under.THIN else []


def mutau(*words, stdin=None, env=None, cwd=None, timeout=300):
    """Runs mutau; the finished process with text stdout and stderr."""
    return subprocess.run([MUTAU, *words], input=stdin, capture_output=True, text=True,
                          env=None if env is None else {**os.environ, **env}, cwd=cwd,
                          timeout=timeout * under.SLOWER, check=False)


class MutauTest(unittest.TestCase):
    """A test case with a folder of its own and checks for the program's answers."""

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="mutau-test-")
        self.addCleanup(self.folder.cleanup)

    def path(self, name):
        return os.path.join(self.folder.name, name)

    def run_ok(self, *words, code=0, **options):
        done = mutau(*words, **options)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout

    def check_fails(self, code, pieces, *words, **options):
        """mutau ends with `code`, silent on stdout, and one line with all `pieces`."""
        done = mutau(*words, **options)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        lines = done.stderr.splitlines()
        self.assertEqual(len(lines), 1, done.stderr)
        for piece in pieces:
            self.assertIn(piece, lines[0])


def every_case(suite):
    for part in suite:
        if isinstance(part, unittest.TestCase):
            yield part
        else:
            yield from every_case(part)


def main(module):
    """Runs the test cases of a module as TAP and leaves with its exit code."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules[module])
    sys.exit(tap.run([(case.id().replace("__main__.", ""), case.debug)
                      for case in every_case(suite)]))
