# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run shows of itself: to a person at a terminal, to a log, to a machine."""
import json
import os
import pty
import re
import select
import subprocess

import mutau_cli
import tap
import under
from mutau_cli import MUTAU, WP, MutauTest, mutau

RUN = ["--max-steps", "800", "--threads", "1", "--set", "sampler.walkers=16",
       "sampler.ensembles=2", "sampler.temperatures=1"]


def on_a_terminal(*words, env=None):
    """What mutau writes to a terminal on stderr, and its exit code."""
    try:
        ours, theirs = pty.openpty()
    except OSError as error:  # /dev/pts is not mounted
        raise tap.Skip("no pseudo-terminals") from error
    environment = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    with subprocess.Popen([MUTAU, *words], stderr=theirs, stdout=subprocess.DEVNULL,
                          env={**environment, **(env or {})}) as process:
        os.close(theirs)
        text = b""
        while select.select([ours], [], [], 60 * under.SLOWER)[0]:
            try:
                piece = os.read(ours, 4096)
            except OSError: # the other end is closed
                break
            text += piece
        os.close(ours)
        code = process.wait(60 * under.SLOWER)
    return text.decode(), code


class Progress(MutauTest):
    def sample(self, *words):
        return ["sample", WP, "--output", self.path("c.h5"), "--overwrite", *words, *RUN]

    def test_a_bar_on_a_terminal(self):
        slow = ["--max-steps", "30000"] # so that the bar is drawn more than once
        for env, bold in (({}, True), ({"NO_COLOR": "1"}, False)):
            text, code = on_a_terminal(*self.sample(), *slow, env=env)
            self.assertIn(code, (0, 3), text)
            bars = [line for line in text.split("\r") if line.startswith("[")]
            self.assertGreater(len(bars), 1, text)
            plain = re.sub(r"\x1b\[[0-9]*[mK]", "", bars[-1])
            self.assertRegex(plain, r"^\[[#.]{24}\] \d+/30000 steps, \d+/s, accepted 0\.\d\d, "
                                    r"tau \S+, N/tau \S+, Rhat \S+, ESS \S+, "
                                    r"(converged|max_steps) in \S+")
            self.assertEqual("\x1b[1m" in text, bold)
            self.assertNotIn("\x1b", text.splitlines()[-1])

    def test_the_bar_knows_where_the_run_stands(self):
        text, _ = on_a_terminal(*self.sample(), "--max-steps", "30000")
        bars = [line for line in text.split("\r") if line.startswith("[")]
        full = [bar.count("#") for bar in bars]
        self.assertTrue(any(n > 0 for n in full), text)
        known = [bar for bar in bars if not re.search(r"tau -|Rhat -|in \?", bar)]
        self.assertTrue(known, text) # the numbers are there once there was a check

    def test_lines_where_there_is_no_terminal(self):
        done = mutau(*self.sample())
        self.assertNotIn("\x1b", done.stderr)
        self.assertNotIn("\r", done.stderr)
        how, *why = done.stderr.splitlines() # under a minute: how it ended, and why so
        self.assertTrue(how.startswith("mutau: NOT converged after "), how)
        self.assertTrue(why and all(line.startswith("mutau: problem: ") for line in why), why)

    def test_what_is_not_known_at_the_end_is_a_dash(self):
        done = mutau(*self.sample("--progress", "bar"), "--max-steps", "3")
        self.assertRegex(done.stderr, r"mutau: NOT converged after 3 steps in \S+ s "
                                      r"\(worst Rhat -, bulk ESS -, N/tau -\): \S+c.h5\n\Z")
        self.assertNotIn("nan", done.stderr) # nor in a bar, which a slow machine draws

    def test_json_lines_to_the_end(self):
        done = mutau(*self.sample("--progress", "json"))
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        keys = {"steps", "max_steps", "seconds", "steps_per_second", "acceptance", "tau",
                "n_over_tau", "rhat", "ess_bulk", "seconds_to_go"}
        for line in lines:
            self.assertLessEqual(keys, set(line))
        self.assertEqual(lines[-1]["outcome"], "not converged")
        self.assertEqual(lines[-1]["chain"], self.path("c.h5"))
        self.assertEqual(lines[-1]["steps"], 800)
        self.assertFalse(any("outcome" in line for line in lines[:-1]))
        self.assertEqual(done.returncode, 3)

    def test_quiet(self):
        loose = ["--set", "sampler.stop={max_steps: 400, rhat: 9}", "sampler.walkers=16",
                 "sampler.temperatures=1"]
        done = mutau("sample", WP, "--output", self.path("q.h5"), "--quiet", *loose)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    mutau_cli.main(__name__)
