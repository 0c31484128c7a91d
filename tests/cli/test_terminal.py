# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports at terminals of several widths: no line is longer, and nothing is lost."""
import re

import mutau_cli
import under
from mutau_cli import LOCAL, WP, MutauTest, mutau
from terminal import on_a_terminal, plain

POINT = "m_zprime=6.5,g_prime=5e-4,A=1.5,gamma=2.5"
SHORT = ["--quiet", "--max-steps", "600", "--threads", "1", "--set", "sampler.walkers=16",
         LOCAL, "sampler.ensembles=2", "sampler.temperatures=3", "sampler.ladder.adapt=100"]
WIDTHS = (40, 80) if under.THIN else (40, 60, 80, 132)


def words(text):
    """What a report says, wherever its lines end."""
    return re.sub(r"\s+", " ", text).split()


def numbers(text):
    """Words that are one: names may be cut where there is no room, numbers never."""
    return [word for word in re.split(r"[\s\[\](),;:]+", text)
            if re.fullmatch(r"-?\d+(?:\.\d+)?(?:e[+-]\d+)?", word)]


class Reports(MutauTest):
    def sample(self, name, *sets):
        mutau("sample", WP, "--output", self.path(name), *SHORT, *sets)
        return name

    def check_report(self, *report, at_least=0, code=0, widths=WIDTHS):
        """`report` in a pipe and at each width; its text in the pipe."""
        wide = mutau(*report, cwd=self.folder.name)
        self.assertEqual(wide.returncode, code, wide.stderr)
        self.assertGreaterEqual(max(map(len, wide.stdout.splitlines())), at_least)
        for width in widths:
            text, got = on_a_terminal(*report, columns=width, both=True, cwd=self.folder.name)
            lines = [line for line in plain(text).replace("\r", "").splitlines()
                     if not line.startswith("mutau: ")]  # messages are for programs as well
            self.assertEqual(got, code, text)
            self.assertFalse([line for line in lines if len(line) > width], text)
            for word in set(words(wide.stdout)) if width >= 80 else set(numbers(wide.stdout)):
                self.assertIn(word, "\n".join(lines))
            if width >= max(map(len, wide.stdout.splitlines())):
                self.assertEqual(lines, wide.stdout.splitlines())
            if width == 40:  # in a pipe it is the same
                folded = mutau(*report, cwd=self.folder.name, env={"COLUMNS": "40"})
                self.assertEqual(folded.stdout.splitlines(), lines)
        return wide.stdout

    def test_reports_of_a_point(self):
        self.check_report("eval", WP, "--at", POINT, at_least=75)
        self.check_report("eval", WP, "--at", POINT.replace("A=1.5", "A=5"))
        text = self.check_report("eval", WP, "--at", POINT, "--set", "likelihood.kind=profile")
        self.assertIn("goodness of fit:", text)
        self.check_report("flux", WP, "--at", POINT, "--energies", "1e4:1e6:9", at_least=81)

    def test_limits(self):
        text = self.check_report("limits", WP, "--masses", "1:100:4", at_least=45)
        self.assertIn("from g_prime", text)
        text = self.check_report("limits", WP, "--term", "kaon", "--masses", "0.01:1:4")
        self.assertIn("beyond the inputs", text)

    def test_bestfit(self):
        self.check_report("bestfit", WP, "--starts", "8", "--threads", "1", at_least=75)

    def test_summary_and_diagnose(self):
        chain = self.sample("a.h5")
        text = self.check_report("summary", chain, "--region", "m_zprime,g_prime", at_least=81)
        for block in ("WARNING: NOT converged", "best sample", "data points", "R_chi2",
                      "highest density per unit of the sampled coordinate", "evidence: "):
            self.assertIn(block, text)
        self.check_report("summary", chain, "--mass", "0.5,0.6,0.7,0.8,0.9", at_least=130)
        self.check_report("diagnose", chain, at_least=85, code=3)

    def test_what_speaks_against_a_summary(self):
        """The model is not valid there, the fit is a bad one, and there is no ln Z."""
        chain = self.sample("v.h5", "parameters.g_prime={prior: log-uniform, min: 8e-3, max: 2e-2}",
                            "parameters.A=8", "sampler.stop.max_steps=150", "model.solver=line")
        text = self.check_report("summary", chain)
        for block in ("WARNING: NOT converged", "\nWARNING: 100 % of the posterior",
                      "IMPROBABLE FIT", "evidence: no ln Z: "):
            self.assertIn(block, text)
        self.check_report("diagnose", chain, code=3)

    def test_compare(self):
        self.sample("a.h5")
        self.sample("b.h5", "terms.g-2=off")
        text = self.check_report("compare", "a.h5", "b.h5", "--force", at_least=120)
        for block in ("(NOT converged", "highest density per unit of the sampled coordinate",
                      "goodness of fit at the best sample", "below NA64mu's 90 % limit"):
            self.assertIn(block, text)
        self.check_report("compare", *["a.h5", "b.h5"] * 3, "a.h5", "--force",
                          at_least=150, widths=(40, 80))

    def test_help(self):
        for topic in ((), ("sample",), ("summary",), ("terms",), ("run-file",), ("data",),
                      ("g-2",)):
            wide = mutau("help", *topic).stdout
            for width in (40, 80):
                text, code = on_a_terminal("help", *topic, columns=width, both=True)
                self.assertEqual(code, 0, text)
                lines = text.replace("\r", "").splitlines()
                self.assertFalse([line for line in lines if len(line) > width], text)
                if width == 80:
                    self.assertLessEqual(set(words(wide)), set(words(text)))

    def test_a_pipe_has_the_width_that_it_needs(self):
        """... unless COLUMNS says how wide it is to be, for a pager, say."""
        report = ("flux", WP, "--at", POINT, "--energies", "1e4:1e6:3")
        wide = self.run_ok(*report)
        self.assertEqual(len(wide.splitlines()), 5)
        for nonsense in ("", "0", "-4", "x", "80x", "99999999999999999999"):
            self.assertEqual(self.run_ok(*report, env={"COLUMNS": nonsense}), wide)
        self.assertEqual(self.run_ok(*report, env={"COLUMNS": "200"}), wide)
        narrow = self.run_ok(*report, env={"COLUMNS": "1"})  # nobody can read that: 40
        self.assertEqual(narrow, self.run_ok(*report, env={"COLUMNS": "40"}))
        unknown, _ = on_a_terminal(*report, columns=0, both=True)  # a terminal of no size: 80
        self.assertEqual(unknown.replace("\r", ""), self.run_ok(*report, env={"COLUMNS": "80"}))

    def test_other_forms_do_not_fold(self):
        for form in ("json", "csv"):
            report = ("eval", WP, "--at", POINT, "--format", form)
            self.assertEqual(self.run_ok(*report, env={"COLUMNS": "40"}), self.run_ok(*report))


if __name__ == "__main__":
    mutau_cli.main(__name__)
