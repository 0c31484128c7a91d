# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau limits: the curves of the terms, in its three forms, and its typing errors."""
import csv
import io
import json
import math

import mutau_cli
from mutau_cli import WP, MutauTest

ALL = ["--set", "terms={g-2: wp2020, na64: on, kaon: on, z-decay: on, w-decay: on, trident: on, "
       "neff: on, borexino: on}"]


class Limits(MutauTest):
    def rows(self, *words):
        text = self.run_ok("limits", WP, "--format", "csv", *words)
        rows = list(csv.DictReader(io.StringIO(text)))
        for row in rows:
            for key in ("cl", "m_zprime", "g_prime", "lower", "upper"):
                row[key] = float(row[key]) if row[key] else None
        return rows

    def curve(self, term, *words, rule="flat-g2"):
        return [row for row in self.rows("--term", term, *words) if row["rule"] == rule]

    def test_columns(self):
        text = self.run_ok("limits", WP, "--format", "csv", "--masses", "1:100:3")
        self.assertEqual(text.splitlines()[0],
                         "term,setting,rule,cl,m_zprime,g_prime,lower,upper,remark")
        rows = self.rows("--masses", "1:100:3")
        self.assertEqual([(r["term"], r["rule"]) for r in rows[::3]],
                         [("g-2", "flat-g2"), ("g-2", "band"), ("na64", "flat-g2"),
                          ("kaon", "flat-g2"), ("z-decay", "flat-g2")])
        self.assertEqual([r["m_zprime"] for r in rows[:3]], [1, 10, 100])
        self.assertEqual({r["cl"] for r in rows}, {0.9})
        self.assertEqual([r["setting"] for r in rows[::3]],
                         ["wp2020", "wp2020", "exposure=1.98e10 anchor=0.00055", "e949",
                          "invisible-width"])
        for row in rows:
            given = {key for key in ("g_prime", "lower", "upper") if row[key] is not None}
            self.assertEqual(given, {"lower", "upper"} if row["rule"] == "band" else {"g_prime"})
            self.assertEqual(row["remark"], "")

    def test_quoted_limits(self):
        # what priors/README.md and the sources quote
        for term, cl, m, want, error, words in (
                ("na64", 0.90, 10, 5.5e-4, 1e-9, []),
                ("na64", 0.90, 10, 5.5e-4 * math.sqrt(0.0198), 1e-9,
                 ["--set", "terms.na64.exposure=1e12"]),
                ("kaon", 0.90, 10, 7.5e-3, 7e-3, []),
                ("kaon", 0.90, 10, 3.5e-3, 1e-4, ["--set", "terms.kaon=laha2014"]),
                ("z-decay", 0.95, 1, 0.0294, 2e-3, []), ("z-decay", 0.95, 10, 0.0375, 2e-3, []),
                ("trident", 0.90, 10, 7.97e-4, 6e-4, ["--set", "terms.trident=on"]),
                ("trident", 0.95, 10, 8.61e-4, 6e-4, ["--set", "terms.trident=on"]),
                ("w-decay", 0.95, 10, 0.241, 1e-3, ["--set", "terms.w-decay=on"])):
            row = self.curve(term, "--cl", str(cl), "--masses", f"{m}:1000:2", *words)[0]
            self.assertLess(abs(row["g_prime"] / want - 1), error, row)

    def test_the_band_is_the_measurement(self):
        # K(10 MeV) = 9.912e-3; 25.1 +- 1.645*5.9 in 1e-10, as zero is 4 sigma away
        band = self.curve("g-2", "--masses", "10:20:2", rule="band")[0]
        for key, sign in (("lower", -1), ("upper", 1)):
            want = math.sqrt((25.1 + sign * 1.644854 * 5.9) * 1e-10 / 9.912e-3)
            self.assertLess(abs(band[key] / want - 1), 1e-3)

    def test_json_and_text_say_the_same(self):
        words = ["--masses", "0.3:700:5:log", "--cl", "0.95", *ALL]
        answer = json.loads(self.run_ok("limits", WP, "--json", *words))
        self.assertEqual(answer["units"], {"m_zprime": "MeV"})
        rows = self.rows(*words)
        self.assertEqual(len(rows), 9 * 5)
        for row, same in zip(rows, answer["rows"]):
            row["remark"] = row["remark"] or None
            self.assertEqual(row, same)
        text = self.run_ok("limits", WP, *words)
        self.assertIn("95 % credible limits", text)
        self.assertNotIn("C.L.", text)
        self.assertIn("na64 (exposure=1.98e10 anchor=0.00055): upper limit", text)
        for row in rows:
            for key in ("g_prime", "lower", "upper"):
                self.assertTrue(row[key] is None or "%.6e" % row[key] in text, row)

    def test_masses(self):
        masses = [r["m_zprime"] for r in self.curve("na64")]
        self.assertEqual((len(masses), masses[0], masses[-1]), (50, 1, 100))
        self.assertAlmostEqual(masses[1], 100 ** (1 / 49), 12)
        masses = [r["m_zprime"] for r in self.curve("na64", "--masses", "1:5:5:lin")]
        self.assertEqual(masses, [1, 2, 3, 4, 5])

    def test_beyond_the_inputs(self):
        rows = self.curve("na64", "--masses", "400:600:3:lin")
        self.assertTrue(rows[0]["g_prime"] and rows[1]["g_prime"])
        self.assertIsNone(rows[2]["g_prime"])
        self.assertEqual(rows[2]["remark"], "beyond the inputs of na64, 0.5 to 500 MeV")

    def test_no_limit(self):
        for row in self.curve("neff", "--set", "terms.neff=on", "--masses", "1:100:7"):
            self.assertIsNone(row["g_prime"])
            self.assertIn("no limit on g'", row["remark"])

    def test_typing_errors(self):
        for words, piece in ((["--masses", "1:100"], "--masses lo:hi:n"),
                             (["--masses", "1:100:50:cubic"], "--masses lo:hi:n"),
                             (["--masses", "1:100:50:log:log"], "--masses lo:hi:n"),
                             (["--masses", "100:1:50"], "lo < hi"),
                             (["--masses", "0:1:50"], "0 < lo"), (["--masses", "1:2:1"], "whole n"),
                             (["--masses", "1:2:2.5"], "whole n"), (["--masses", ""], "--masses"),
                             (["--masses", "1:2:" + "9" * 200], "--masses"),
                             (["--cl", "90"], "--cl takes a number between 0 and 1, not '90'"),
                             (["--cl", "0"], "'0'"), (["--cl", "x"], "'x'"),
                             (["--term", "na46"], "did you mean 'na64'"),
                             (["--term", "trident"], "--set terms.trident="),
                             (["--mases", "1:2:3"], "'--masses'"),
                             (["--json", "--format", "csv"], "contradict"),
                             (["--set", "terms={}"], "names no terms")):
            self.check_fails(1, [piece], "limits", WP, *words)
        self.check_fails(1, ["RUN.yaml"], "limits")
        self.check_fails(2, ["nowhere.yaml"], "limits", "nowhere.yaml")


if __name__ == "__main__":
    mutau_cli.main("__main__")
