# SPDX-License-Identifier: GPL-3.0-or-later
"""Places where commands meet the system: links, folders, locales, refused tables."""
import os
import subprocess

import mutau_cli
import tap
from mutau_cli import LIGHT, LOCAL, WP, MutauTest, mutau

POINT = "m_zprime=6.5,g_prime=5e-4,A=1.5,gamma=2.5"
QUICK = ["--quiet", "--max-steps", "12", "--set", "sampler.walkers=8", "sampler.ensembles=2",
         LOCAL]


class Tables(MutauTest):
    def test_no_header_before_a_refusal(self):
        for at, stdin in (("m_zprime=6.5", None), ("-", "mass,g_prime\n1,2\n"), ("-", "")):
            done = mutau("eval", WP, "--format", "csv", "--at", at, stdin=stdin)
            self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)

    def test_one_warning_for_many_rows_beyond_an_input(self):
        rows = "m_zprime,g_prime,A,gamma\n" + "0.01,1e-4,1,2.5\n" * 5
        done = mutau("eval", WP, "--at", "-", "--format", "csv", stdin=rows)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(done.stdout.splitlines()), 6)
        self.assertEqual(done.stderr.count("beyond the inputs of term na64"), 1, done.stderr)


class Output(MutauTest):
    def test_a_rehearsal_looks_at_the_output(self):
        self.check_fails(2, ["nowhere"], "sample", WP, "--dry-run", "--output",
                         self.path("nowhere/c.h5"))
        with open(self.path("c.h5"), "w", encoding="utf-8"):
            pass
        text = self.run_ok("sample", WP, "--dry-run", *LIGHT, "--output", self.path("c.h5"))
        self.assertIn("--resume", text)
        text = self.run_ok("sample", WP, "--dry-run", *LIGHT, "--output", self.path("new.h5"))
        self.assertNotIn("--resume", text)
        self.assertFalse(os.path.exists(self.path("new.h5")))

    def test_a_link_that_leads_nowhere(self):
        os.symlink(self.path("gone.h5"), self.path("c.h5"))
        for words in ([], ["--resume"], ["--dry-run"]):
            self.check_fails(2, ["a link to a file that does not exist"], "sample", WP, *QUICK,
                             *words, "--output", self.path("c.h5"))
        self.assertEqual(os.listdir(self.folder.name), ["c.h5"])


class Locale(MutauTest):
    """Whole commands where the decimal mark is a comma."""

    def setUp(self):
        super().setUp()
        listing = subprocess.run(["locale", "-a"], capture_output=True, text=True,
                                 check=False).stdout.split()
        names = [name for name in listing if name.lower().startswith(("de_de", "fr_fr"))]
        if os.path.isdir(os.path.join(os.environ.get("LOCPATH", "/nowhere"), "de_DE.UTF-8")):
            names.append("de_DE.UTF-8")
        if not names:
            raise tap.Skip("no locale with a decimal comma is installed")
        self.names = names

    def test_reports(self):
        rows = "m_zprime,g_prime,A,gamma\n6.5,5e-4,1.5,2.5\n"
        for name in self.names:
            for words, stdin in ((["config", WP, "--set", "parameters.A.max=2.25"], None),
                                 (["eval", WP, "--at", POINT], None),
                                 (["eval", WP, "--at", POINT, "--json"], None),
                                 (["eval", WP, "--at", "-", "--format", "csv"], rows),
                                 (["flux", WP, "--at", POINT, "--energies", "1e4:1e6:5"], None)):
                self.assertEqual(self.run_ok(*words, stdin=stdin, env={"LC_ALL": "C"}),
                                 self.run_ok(*words, stdin=stdin, env={"LC_ALL": name}))

    def test_a_run_and_its_summary(self):
        outputs = []
        for name in ("C", self.names[0]):
            path = self.path(name + ".h5")
            self.run_ok("sample", WP, *QUICK, "--max-steps", "200", "--output", path, code=3,
                        env={"LC_ALL": name})
            text = self.run_ok("summary", path, "--format", "csv", env={"LC_ALL": name})
            outputs.append(text)
        self.assertEqual(*outputs)


if __name__ == "__main__":
    mutau_cli.main(__name__)
