# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run shows of itself: to a person at a terminal, to a log, to a machine."""
import json
import re

import mutau_cli
import under
from mutau_cli import COLD, LOCAL, WP, MutauTest, mutau
from terminal import on_a_terminal, plain, resize

RUN = ["--max-steps", "800", "--threads", "1", "--set", "sampler.walkers=16",
       "sampler.ensembles=2", LOCAL, COLD, "model.table=off"]
# So that the bar is drawn more than once, and many times.
SLOW_STEPS, LONG_STEPS = (600, 2000) if under.THIN else (6000, 20000)
SLOW, LONG = ["--max-steps", str(SLOW_STEPS)], ["--max-steps", str(LONG_STEPS)]


class Progress(MutauTest):
    def sample(self, *words):
        return ["sample", WP, "--output", self.path("c.h5"), "--overwrite", *words, *RUN]

    def test_a_bar_on_a_terminal(self):
        for env, bold in (({}, True), ({"NO_COLOR": "1"}, False)):
            text, code = on_a_terminal(*self.sample(), *LONG, env=env, columns=200)
            self.assertIn(code, (0, 3), text)
            bars = [line for line in text.split("\r") if line.startswith("[")]
            self.assertGreater(len(bars), 1, text)
            self.assertRegex(plain(bars[-1]),
                             rf"^\[[#.]{{24}}\] \d+/{LONG_STEPS} steps, Rhat \S+, "
                             r"(converged|max_steps) in \d+ (s|min \d\d s), ESS \S+, "
                             r"N/tau \S+, \d+/s, accepted 0\.\d\d, tau \S+$")
            self.assertEqual("\x1b[1m" in text, bold)
            self.assertNotIn("\x1b", text.splitlines()[-1])

    def test_the_bar_knows_where_the_run_stands(self):
        text, _ = on_a_terminal(*self.sample(), *LONG, columns=200)
        bars = [line for line in text.split("\r") if line.startswith("[")]
        full = [bar.count("#") for bar in bars]
        self.assertTrue(any(n > 0 for n in full), text)
        known = [bar for bar in bars if not re.search(r"tau -|Rhat -|in \?", bar)]
        self.assertTrue(known, text) # the numbers are there once there was a check

    def check_end(self, text):
        """Nothing but how the run ended, which took less than a minute, and why so."""
        how, *why = text.splitlines()
        self.assertTrue(how.startswith("mutau: NOT converged after "), how)
        self.assertTrue(why and all(line.startswith("mutau: problem: ") for line in why), why)

    def bars(self, text):
        """What was drawn on the line of the bar, one after the other."""
        drawn = plain(text).split("\n")[0].split("\r")
        return [line.rstrip() for line in drawn if line.strip()]

    def test_the_bar_fits_the_terminal(self):
        for columns, cells, last in ((40, 0, "Rhat"), (80, 12, "(converged|max_steps) in"),
                                     (132, 24, "accepted")):
            text, code = on_a_terminal(*self.sample(), *SLOW, columns=columns)
            self.assertIn(code, (0, 3), text)
            end = text.partition("\n")[2]  # behind the bar's line
            if code == 0:
                self.assertEqual(end.count("\n"), 1, text)
            else:
                self.check_end(end)
            bars = self.bars(text)
            self.assertGreater(len(bars), 1, text)
            for bar in bars:
                self.assertLess(len(bar), columns, bar)
                self.assertEqual(bar.startswith("["), cells > 0, bar)
                self.assertEqual(len(re.findall("[#.]", bar.partition("] ")[0])) if cells else 0,
                                 cells, bar)
                self.assertIn(f"/{SLOW_STEPS} steps, Rhat", bar)
            self.assertRegex(bars[-1], last)

    def test_the_bar_follows_the_size_of_the_terminal(self):
        before = []

        def seen(terminal, text):
            if not before and text.count(b"\r") >= 2:
                before.append(text.count(b"\r"))
                resize(terminal, 40)
        text, _ = on_a_terminal(*self.sample(), *LONG, columns=132, seen=seen)
        bars = self.bars(text)
        self.assertGreater(len(bars[0]), 80)
        self.assertGreater(len(bars), before[0] + 3, text)
        for bar in bars[before[0] + 2:]:  # one may have been on its way
            self.assertLess(len(bar), 40, bar)

    def test_columns_win_over_the_terminal(self):
        text, _ = on_a_terminal(*self.sample(), *SLOW, columns=132,
                                env={"COLUMNS": "60"})
        self.assertLess(max(map(len, self.bars(text))), 60)
        for nonsense in ("wide", "-5"):
            text, _ = on_a_terminal(*self.sample(), *SLOW, columns=132,
                                    env={"COLUMNS": nonsense})
            self.assertGreater(max(map(len, self.bars(text))), 100, nonsense)

    def test_a_terminal_that_does_not_know_its_size_has_80(self):
        text, _ = on_a_terminal(*self.sample(), *SLOW, columns=0)
        self.assertLess(max(map(len, self.bars(text))), 80)
        self.assertGreater(max(map(len, self.bars(text))), 60)

    def test_plain_lines_on_a_terminal_that_draws_nothing(self):
        for term in ("dumb", ""):
            text, code = on_a_terminal(*self.sample(), env={"TERM": term})
            self.assertEqual(code, 3, text)
            self.assertNotIn("\x1b", text)
            self.check_end(text)
        text, _ = on_a_terminal(*self.sample("--progress", "bar"), *SLOW,
                                env={"TERM": "dumb"}, columns=60)
        self.assertNotIn("\x1b", text)
        self.assertIn("steps, Rhat", text)

    def test_lines_where_there_is_no_terminal(self):
        done = mutau(*self.sample())
        self.assertNotIn("\x1b", done.stderr)
        self.assertNotIn("\r", done.stderr)
        self.check_end(done.stderr)

    def test_what_is_not_known_at_the_end_is_a_dash(self):
        done = mutau(*self.sample("--progress", "bar"), "--max-steps", "3")
        self.assertRegex(done.stderr, r"mutau: NOT converged after 3 steps in \S+ s "
                                      r"\(worst Rhat -, bulk ESS -, N/tau -\): \S+c.h5\n\Z")
        self.assertNotIn("nan", done.stderr) # nor in a bar, which a slow machine draws

    def events(self, done):
        """What was said in words, as (event, text); the lines of numbers."""
        lines = [json.loads(line) for line in done.stderr.splitlines()]
        said = [line for line in lines if "event" in line]
        for line in said:
            self.assertEqual(set(line), {"event", "text"})
        return ([(line["event"], line["text"]) for line in said],
                [line for line in lines if "event" not in line])

    def test_json_lines_to_the_end(self):
        done = mutau(*self.sample("--progress", "json"))
        self.assertIn("outcome", json.loads(done.stderr.splitlines()[-1]))
        said, lines = self.events(done)
        self.assertEqual({event for event, _ in said}, {"problem"})
        told = mutau(*self.sample())  # the same to a person
        self.assertEqual([f"mutau: {event}: {text}" for event, text in said],
                         told.stderr.splitlines()[1:])
        keys = {"steps", "max_steps", "seconds", "steps_per_second", "acceptance", "tau",
                "n_over_tau", "rhat", "ess_bulk", "seconds_to_go"}
        for line in lines:
            self.assertLessEqual(keys, set(line))
        self.assertEqual(lines[-1]["outcome"], "not converged")
        self.assertEqual(lines[-1]["chain"], self.path("c.h5"))
        self.assertEqual(lines[-1]["steps"], 800)
        self.assertFalse(any("outcome" in line for line in lines[:-1]))
        self.assertEqual(done.returncode, 3)

    def test_notes_warnings_and_errors_are_json_too(self):
        words = ["sample", WP, "--output", self.path("j.h5"), "--progress", "json", "--set",
                 "sampler.walkers=16", "sampler.ensembles=2", "model.table=off"]
        said, lines = self.events(mutau(*words, "--max-steps", "3"))
        self.assertEqual([event for event, _ in said], ["start"])
        self.assertEqual(lines[-1]["outcome"], "not converged")
        refused = mutau(*words)
        self.assertEqual(refused.returncode, 2)
        said, lines = self.events(refused)
        self.assertEqual(([event for event, _ in said], lines), (["error"], []))  # before a search
        self.assertIn("--resume", said[0][1])
        quiet = mutau(*words, "--quiet")  # it is an error all the same, and in JSON
        self.assertEqual(self.events(quiet), (said, []))
        said, lines = self.events(mutau("sample", self.path("no.yaml"), "--progress", "json"))
        self.assertEqual(([event for event, _ in said], lines), (["error"], []))

    def test_a_note_of_the_run_file_is_json_too(self):
        words = [*self.sample("--dry-run"), "--set", "likelihood.kind=profile"]
        plain_text = mutau(*words).stderr.splitlines()
        self.assertTrue(plain_text and plain_text[0].startswith("mutau: note: "), plain_text)
        said, _ = self.events(mutau(*words, "--progress", "json"))
        self.assertEqual([f"mutau: {event}: {text}" for event, text in said], plain_text)

    def test_quiet(self):
        loose = ["--set", "sampler.stop={max_steps: 1500, rhat: 9}", "sampler.walkers=16",
                 "sampler.temperatures=1"]
        done = mutau("sample", WP, "--output", self.path("q.h5"), "--quiet", *loose)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    mutau_cli.main(__name__)
