# SPDX-License-Identifier: GPL-3.0-or-later
"""Data sets and tables of a user's own: wrong units, notes, what a resume and a pool say."""
import hashlib
import json
import os
import shutil

import h5py

import mutau_cli
from mutau_cli import SOURCE, MutauTest, mutau

PRESET = "description: d\nreference: r\nchannel: cascades\ntable: own.csv\n"
HEAD = "Emin_GeV,Emax_GeV,E2Phi,err_minus,err_plus,E2Phi_hi,is_upper_limit\n"
ROWS = ["1e4,2e4,3.4e-8,1e-8,9e-9,4.3e-8,0", "2e4,1e5,2e-8,5e-9,6e-9,2.6e-8,0",
        "1e5,4e5,0,0,0,2e-9,1"]
RUN = """model: {cross_section: paper}
data: [own]
terms: {na64: on, g-2: wp2020}
sampler: {walkers: 8, ensembles: 2, moves: {stretch: 1}, stop: {max_steps: 20}}
"""
POINT = "m_zprime=6.5,g_prime=5e-4,A=1.5,gamma=2.5"
YIELD = os.path.join(SOURCE, "priors", "na64_yield.csv")


class Own(MutauTest):
    """A folder with run.yaml and a data set of three rows."""

    def setUp(self):
        super().setUp()
        self.write("own.yaml", PRESET)
        self.write("own.csv", HEAD + "\n".join(ROWS) + "\n")
        self.write("run.yaml", RUN)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as file:
            return file.read()

    def mutau(self, *words, code=0):
        """In the folder; (stdout, lines of stderr)."""
        done = mutau(*words, cwd=self.folder.name)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout, done.stderr.splitlines()

    def sample(self, *words, code=3):
        return self.mutau("sample", "run.yaml", "--quiet", *words, code=code)[1]

    def eval(self, *words, code=0):
        return self.mutau("eval", "run.yaml", "--at", POINT, *words, code=code)[1]

    def other_row(self, i, row):
        rows = ROWS.copy()
        rows[i] = row
        self.write("own.csv", HEAD + "\n".join(rows) + "\n")


def without_notes(lines):
    """Without those, and without what the verdict found."""
    return [line for line in lines if not line.startswith(("mutau: note: using ",
                                                           "mutau: problem: "))]


class Units(Own):
    def test_impossible_is_an_error_and_implausible_one_warning(self):
        tev = "\n".join("%s,%s,%s" % (float(a) / 1e3, float(b) / 1e3, rest) for a, b, rest in
                        (row.split(",", 2) for row in ROWS))
        for table, code, pieces in (
                (HEAD + "1e4,2e4,3.4,1,0.9,4.3,0\n", 2,
                 ["./own.csv:2:9: data set 'own', row 1, E2Phi: 3.4 GeV", "units of 1e-8"]),
                (HEAD + tev + "\n", 0,
                 ["./own.csv:2:1: data set 'own', row 1, Emin_GeV: 10 GeV", "is it in TeV?",
                  "(2 of 3 rows)"]),
                (HEAD + "1e4,2e4,3.4e-4,1e-4,9e-5,,0\n", 0, ["row 1, E2Phi", "GeV m^-2 s^-1"]),
                (HEAD + "2e4,1e4,3.4e-8,1e-8,9e-9,,0\n", 2,
                 ["row 1, Emax_GeV: the upper edge must be above the lower: 10000 is not above "
                  "20000 GeV"]),
                (HEAD + "-1e4,1e4,3.4e-8,1e-8,9e-9,,0\n", 2, ["row 1, Emin_GeV", "above 0"]),
                (HEAD + "1e4,21544.35,3.4e-8,1e-8,9e-9,,0\n21544.34,4e4,1e-8,1e-9,1e-9,,0\n", 2,
                 ["row 2", "begins at 21544.34 GeV, the one before ends at 21544.35 GeV"]),
                (HEAD + "1e4,2e4,3e-8,0,0,2e-8,True\n", 2,
                 ["own.csv:2:18", "row 1, E2Phi_hi: the limit 2e-8 is below its own best fit "
                  "3e-8"]),
                (HEAD + "1e4,2e4,0,0,0,,1\n", 2,
                 ["own.csv:2:15", "row 1, E2Phi_hi: the row is a limit (is_upper_limit), whose "
                  "upper edge must stand here"])):
            self.write("own.csv", table)
            for command in (["eval", "run.yaml", "--at", POINT], ["config", "run.yaml"],
                            ["bestfit", "run.yaml"] if code else ["limits", "run.yaml"]):
                lines = without_notes(self.mutau(*command, code=code)[1])
                self.assertEqual(len(lines), 1, lines)
                self.assertTrue(lines[0].startswith("mutau: error: " if code else
                                                    "mutau: warning: "), lines)
                for piece in pieces:
                    self.assertIn(piece, lines[0])

    def test_a_limit_needs_no_best_fit_and_words_are_flags(self):
        values = []
        for row in ("1e5,4e5,0,0,0,2e-9,1", "1e5,4e5,,,,2e-9,True", "1e5,4e5,nan,NaN,nan,2e-9,TRUE",
                    "1e5,4e5,NA,,n/a,2e-9,true"):
            self.other_row(2, row)
            out, lines = self.mutau("eval", "run.yaml", "--at", POINT, "--json")
            self.assertEqual(without_notes(lines), [])
            values.append(json.loads(out)["chi2"])
        self.assertEqual(len(set(values)), 1, values)

    def test_a_mass_in_ev_a_sum_and_an_exposure(self):
        prior = "parameters.m_zprime={prior: log-uniform, min: 1e6, max: 2e7}"
        for words, code, piece in (
                (["terms={}", prior], 0, "1e6 MeV is above 10000"),
                ([prior], 1, "heavier than any known particle: is it in eV?"),
                (["parameters.sum_mnu=100"], 1, "100 eV is above 1.5"),
                (["parameters.sum_mnu=2"], 0, "2 eV is above 1.5"),
                (["terms.na64.exposure=1.98"], 0, "1.98 muons on target is below 1e8")):
            words = [part for word in words for part in ("--set", word)]
            lines = without_notes(self.mutau("config", "run.yaml", *words, code=code)[1])
            self.assertEqual(len(lines), 1, lines)
            self.assertIn(piece, lines[0])

    def test_a_terms_table_in_gev(self):
        """The mass column of a term's table, where the prior lies within both readings."""
        text = open(os.path.join(SOURCE, "priors", "borexino_limit.csv"), encoding="utf-8").read()
        rows = [row.split(",") for row in text.splitlines() if row[0].isdigit()]
        self.write("borexino_limit.csv", "m_mev,g_limit\n" +
                   "".join("%.6g,%s\n" % (float(m) / 1e3, g) for m, g in rows))
        lines = without_notes(self.eval("--set", "terms.borexino=on"))
        self.assertEqual(len(lines), 1, lines)
        self.assertIn("./borexino_limit.csv:2:1: table of the term 'borexino', row 1, m_mev: "
                      "0.00022756 MeV is below 0.01", lines[0])
        self.assertIn("is it in GeV?", lines[0])
        self.write("na64_yield.csv", "m_mev,sigma_per_g2_gev2\n0.0005,28\n0.5,1.5\n")
        lines = without_notes(self.eval(code=2))
        self.assertIn("na64_yield.csv, from 0.0005 to 0.5 MeV, does not cover 10 MeV, the mass of "
                      "the anchor; 0.0005 MeV is below 0.01, lighter than what the terms describe: "
                      "is it in GeV?", lines[0])
        self.write("w_width.csv", "m_mev,dgw_mev\n0.0005,2300\n0.5,400\n2,290\n")
        lines = without_notes(self.eval("--set", "terms={w-decay: on}", code=1))
        self.assertIn("inputs of the term 'w-decay', 0.0005 to 2 MeV; 0.0005 MeV is below 0.01, "
                      "lighter than what the terms describe: is it in GeV?", lines[0])


class Notes(Own):
    def notes(self, *words):
        lines = self.eval(*words)
        self.assertEqual(without_notes(lines), [])
        return lines

    def test_one_note_for_each_file_that_is_not_shipped(self):
        own = ["mutau: note: using ./own.yaml (data set 'own')",
               "mutau: note: using ./own.csv (table of data set 'own')"]
        self.assertEqual(self.notes(), own)
        self.assertEqual(self.notes("--set", "data=[icecube-cascades-6yr]"), [])
        shutil.copy(YIELD, self.path("na64_yield.csv"))
        self.assertEqual(self.notes(), own + ["mutau: note: using ./na64_yield.csv (table of the "
                                              "term 'na64', in place of the shipped one)"])
        os.remove(self.path("na64_yield.csv"))
        for end in (".yaml", ".csv"):
            shutil.copy(os.path.join(SOURCE, "data", "icecube-mese-2025" + end), self.folder.name)
        self.assertEqual(self.notes("--set", "data=[icecube-mese-2025]"), [
            "mutau: note: using ./icecube-mese-2025.yaml (data set 'icecube-mese-2025', in place "
            "of the shipped one)",
            "mutau: note: using ./icecube-mese-2025.csv (table of data set 'icecube-mese-2025', in "
            "place of the shipped one)"])

    def test_the_chain_and_its_summary_know_them(self):
        self.sample()
        shutil.copy(YIELD, self.path("na64_yield.csv"))
        self.sample("--output", "b.h5", "--seed", "2")
        text, _ = self.mutau("summary", "run.h5")
        where = os.path.realpath(self.folder.name)
        self.assertIn("input files that did not come with mutau:\n"
                      f"  {where}/own.yaml (data set 'own')\n  {where}/own.csv (data set 'own')\n"
                      "verdict:", text)
        text, _ = self.mutau("summary", "run.h5", "b.h5")
        self.assertIn(f"  {where}/own.csv (data set 'own')\n  {where}/na64_yield.csv (table "
                      "na64_yield.csv of the term 'na64', in place of the shipped one)\nverdict:",
                      text)
        inputs = json.loads(self.mutau("summary", "run.h5", "--json")[0])["inputs"]
        self.assertEqual([(i["kind"], i["name"], i["origin"]) for i in inputs],
                         [("data set", "own", "own"), ("term", "na64", "shipped")])
        self.assertEqual(inputs[0]["files"], [where + "/own.yaml", where + "/own.csv"])
        with h5py.File(self.path("run.h5"), "r") as file:
            stored = file["run/inputs"][()].decode()
            data_hash = file["run"].attrs["data_hash"]
        blocks = stored.split("\n\n")
        self.assertIn("1,10000,20000,0,3.4e-8,1e-8,9e-9,,\n", blocks[1])
        self.assertTrue(blocks[1].endswith("\n3,1e5,4e5,1,,,,2e-9,0.68"), blocks[1])
        # The digests are what docs/chain-file.md says.
        digests = []
        for block, kind, name, detail in ((blocks[1], "data set", "own", "cascades"),
                                          (blocks[2], "term", "na64", "na64_yield.csv")):
            table = block[block.index("\nrow,") + 1:].rstrip("\n") + "\n"
            text = f"{kind}\n{name}\n{detail}\n{table}\n"
            digests.append(hashlib.sha256(text.encode()).hexdigest())
        self.assertEqual(digests, [i["digest"] for i in inputs])
        self.assertEqual(data_hash, hashlib.sha256("".join(digests).encode()).hexdigest())

    def test_shipped_data_are_nothing_to_mention(self):
        self.sample("--set", "data=[icecube-cascades-6yr]")
        text, lines = self.mutau("summary", "run.h5")
        self.assertNotIn("did not come with mutau", text)
        self.assertFalse([line for line in lines if "using" in line], lines)


class Resume(Own):
    def resume(self, *words, code=3, steps=30):
        lines = self.sample("--resume", "--max-steps", str(steps), *words, code=code)
        lines = without_notes(lines)
        self.assertEqual(len(lines), 1, lines)
        return lines[0]

    def contents(self, name):
        with h5py.File(self.path(name), "r") as file:
            return [file[group + "/" + data][:file[group].attrs["iteration"]].tobytes()
                    for group in ("mcmc", "mcmc_1") for data in ("chain", "log_prob", "blobs")]

    def as_before(self, name):
        """Makes the file one of a mutau that did not keep the inputs: data_hash was a digest of
        the bytes, NAME SIZE and then preset, zero, table of each data set, and of each table."""
        sha = hashlib.sha256()
        bytes_of = (self.read("own.yaml") + "\0" + self.read("own.csv")).encode()
        with open(YIELD, "rb") as file:
            pieces = [("own", bytes_of), ("na64_yield.csv", file.read())]
        for head, data in pieces:
            sha.update(f"{head} {len(data)}\n".encode() + data)
        with h5py.File(self.path(name), "r+") as file:
            del file["run/inputs"]
            file["run"].attrs["data_hash"] = sha.hexdigest()

    def test_a_target_of_before_has_no_bytes_to_compare(self):
        self.write("run.yaml", "target: {gaussian: {dim: 2}}\n"
                   "sampler: {walkers: 8, moves: {stretch: 1}}\n")
        self.sample("--max-steps", "20")
        with h5py.File(self.path("run.h5"), "r+") as file:
            del file["run/inputs"]
            self.assertEqual(file["run"].attrs["data_hash"], hashlib.sha256(b"").hexdigest())
        self.resume()

    def test_a_comment_or_another_way_to_write_it_is_no_change(self):
        self.sample()
        self.sample("--output", "whole.h5", "--max-steps", "40")
        table = "# a comment\n" + HEAD.replace("E2Phi_hi", "x,E2Phi_hi") + "".join(
            row.replace(",", ", ", 1).replace("e-8", "E-08").rsplit(",", 2)[0] + ",text,"
            + ",".join(row.rsplit(",", 2)[1:]) + "\r\n" for row in ROWS)
        self.write("own.csv", table.replace(",1\r\n", ",True\r\n"))
        self.write("own.yaml", "# mine\n" + PRESET.replace("description: d", "description: e"))
        self.resume(steps=40)
        self.assertEqual(self.contents("run.h5"), self.contents("whole.h5"))

    def test_the_row_that_changed_is_named(self):
        self.sample()
        before = self.contents("run.h5")
        for row, changed, words in (
                (1, "2e4,1e5,2.1e-8,5e-9,6e-9,2.6e-8,0", "row 2: e2phi is 2e-8 in the chain, "
                                                         "2.1e-8 in the run"),
                (1, "2e4,9e4,2e-8,5e-9,6e-9,2.6e-8,0", "row 2: e_hi_gev is 1e5 in the chain, 90000 "
                                                       "in the run"),
                (2, "1e5,4e5,0,0,0,3e-9,1", "row 3: limit is 2e-9 in the chain, 3e-9 in the run"),
                (2, "1e5,4e5,1e-9,1e-9,1e-9,,0", "row 3: is_limit is 1 in the chain, 0 in the "
                                              "run")):
            self.other_row(row, changed)
            self.assertIn("run.h5: cannot be continued: data set 'own', " + words,
                          self.resume(code=4))
        self.write("own.csv", HEAD + "\n".join(ROWS[:2]) + "\n")
        self.assertIn("data set 'own': 3 rows in the chain, 2 in the run; the first that differs "
                      "is row 3", self.resume(code=4))
        self.write("own.csv", HEAD + "\n".join(ROWS) + "\n")
        self.write("own.yaml", PRESET.replace("cascades", "all"))
        self.assertIn("data set 'own': its channel is cascades in the chain, all in the run",
                      self.resume(code=4))
        self.write("own.yaml", PRESET)
        with open(YIELD, encoding="utf-8") as file:
            self.write("na64_yield.csv", file.read().replace("\n5,2.79605", "\n5,2.79606"))
        self.assertIn("table na64_yield.csv of the term 'na64', row 5: sigma_per_g2_gev2 is "
                      "27.9605 in the chain, 27.9606 in the run", self.resume(code=4))
        os.remove(self.path("na64_yield.csv"))
        self.assertIn("sampler.seed is 1 in the chain, 7 in the run",
                      self.resume("--seed", "7", code=4))
        self.assertEqual(before, self.contents("run.h5"))
        self.resume()

    def test_what_is_not_used_may_change(self):
        self.write("run.yaml", RUN.replace("[own]", "[{name: own, rows: [1, 2]}]"))
        self.sample()
        self.other_row(2, "1e5,4e5,0,0,0,3e-9,1")
        self.resume()

    def test_a_file_of_before_goes_on_by_the_bytes(self):
        self.sample()
        self.sample("--output", "whole.h5", "--max-steps", "40")
        self.as_before("run.h5")
        shutil.copy(self.path("run.h5"), self.path("old.h5"))
        self.resume(steps=30)
        self.assertEqual(json.loads(self.mutau("summary", "old.h5", "--json")[0])["inputs"], None)
        with h5py.File(self.path("run.h5"), "r") as file:
            self.assertIn("data set: own", file["run/inputs"][()].decode())
        self.other_row(0, ROWS[0] + "\n# a comment")
        self.resume(steps=40)  # it is one of the present kind now
        self.assertEqual(self.contents("run.h5"), self.contents("whole.h5"))
        shutil.copy(self.path("old.h5"), self.path("run.h5"))
        words = self.resume(code=4)
        self.assertIn("not, byte for byte, the same", words)
        self.assertIn("not kept in the chain, which an older mutau made", words)


class Pool(Own):
    def test_what_differs_is_named_and_compare_pointed_to(self):
        self.sample()
        self.sample("--output", "b.h5", "--seed", "2")
        self.mutau("summary", "run.h5", "b.h5")
        self.other_row(0, "1e4,2e4,3.5e-8,1e-8,9e-9,4.3e-8,0")
        self.sample("--output", "c.h5", "--seed", "3")
        self.sample("--output", "d.h5", "--seed", "4", "--set", "model.crossing=implicit-euler")
        for command in ("summary", "diagnose"):
            for other, what in (("c.h5", "c.h5 cannot be pooled with run.h5: other data: data set "
                                 "'own', row 1: e2phi is 3.5e-8 in the former, 3.4e-8 in the "
                                 "latter; 'mutau compare' sets different runs side by side"),
                                ("d.h5", "model.crossing is implicit-euler in the former, exact "
                                 "in the latter; 'mutau compare' sets different runs")):
                self.check_fails(2, [what], command, "run.h5", other, cwd=self.folder.name)

    def test_a_comment_does_not_part_files(self):
        self.sample()
        self.write("own.csv", "# a comment\n" + self.read("own.csv"))
        self.sample("--output", "b.h5", "--seed", "2")
        self.mutau("summary", "run.h5", "b.h5")

    def test_old_and_new_files(self):
        self.sample()
        self.sample("--output", "old.h5", "--seed", "2")
        Resume.as_before(self, "old.h5")
        self.mutau("summary", "run.h5", "old.h5")
        self.mutau("summary", "old.h5", "run.h5")
        self.write("own.csv", "# a comment\n" + self.read("own.csv"))
        self.sample("--output", "c.h5", "--seed", "3")
        self.mutau("summary", "run.h5", "c.h5")
        self.check_fails(2, ["c.h5 cannot be pooled with old.h5", "byte for byte", "not kept in "
                             "the latter, which an older mutau made", "mutau compare"],
                         "summary", "old.h5", "c.h5", cwd=self.folder.name)


class OwnTerm(Own):
    """A limit and a band of one's own: everywhere as the other terms, and good without their files
    once there is a chain."""

    LIMIT = "m_mev,g_limit\n1,3e-4\n10,5e-4\n1000,2e-3\n"

    def setUp(self):
        super().setUp()
        self.write("mine.csv", self.LIMIT)
        self.write("borexino_limit.csv", "m,lo,hi\n0.5,2e-4,4e-4\n1000,2e-3,4e-3\n")
        self.write("run.yaml", RUN.replace("{na64: on, g-2: wp2020}",
                                           "{shift: {band: borexino_limit.csv}, g-2: wp2020, "
                                           "na64-2026: {limit: mine.csv}}").replace(
                                               "paper}", "paper, targets: cold}"))

    def test_every_command_has_it_by_its_name(self):
        out, lines = self.mutau("eval", "run.yaml", "--at", POINT.replace("6.5", "10"), "--json")
        self.assertEqual(lines[2:], [
            "mutau: note: using ./mine.csv (table of the term 'na64-2026')",
            "mutau: note: using ./borexino_limit.csv (table of the term 'shift', in place of the "
            "shipped one)"])
        terms = json.loads(out)["terms"]
        self.assertEqual(list(terms), ["g-2", "na64-2026", "shift"])
        self.assertAlmostEqual(terms["na64-2026"], -1.352771727047707, delta=1e-12)  # z^2/2
        self.assertIn("  na64-2026: {limit: mine.csv, cl: 0.9, rule: gaussian}\n"
                      "  shift: {band: borexino_limit.csv}\n", self.mutau("config", "run.yaml")[0])
        rows = self.mutau("limits", "run.yaml", "--masses", "10:1000:2", "--format", "csv")[0]
        self.assertIn("na64-2026,limit=mine.csv cl=0.9 gaussian,flat-g2,0.9,10,", rows)
        self.assertIn("shift,band=borexino_limit.csv,band,0.9,10,", rows)
        one = json.loads(self.mutau("limits", "run.yaml", "--term", "na64-2026", "--masses",
                                    "10:1000:2", "--json")[0])["rows"]
        self.assertEqual([row["term"] for row in one], ["na64-2026"] * 2)
        for row, limit in zip(one, (5e-4, 2e-3)):
            self.assertAlmostEqual(row["g_prime"] / limit, 1.0, delta=1e-8)
        self.check_fails(1, ["--term: 'na64-2062' is not a term; did you mean 'na64-2026'?"],
                         "limits", "run.yaml", "--term", "na64-2062", "--set",
                         "data=[icecube-cascades-6yr]", "--set", "terms.shift=off", "--set",
                         "terms.na64-2026.limit=na64e_limit.csv", cwd=self.folder.name)

    def test_a_chain_needs_no_file(self):
        self.sample()
        where = os.path.realpath(self.folder.name)
        folder = os.path.join(where, "elsewhere")
        os.mkdir(folder)
        os.rename(self.path("run.h5"), os.path.join(folder, "run.h5"))
        before = self.mutau("compare", "--force", "elsewhere/run.h5", "elsewhere/run.h5",
                            "--json")[0]
        os.rename(self.path("mine.csv"), self.path("other.csv"))
        self.write("borexino_limit.csv", "m,lo,hi\n0.5,2e-4,4e-4\n1000,2e-3,5e-3\n")
        text = self.mutau("summary", "elsewhere/run.h5")[0]
        self.assertIn("lnl_na64-2026 =", text)
        self.assertIn(f"  {where}/mine.csv (table mine.csv of the term 'na64-2026')\n", text)
        after = json.loads(self.mutau("compare", "--force", "elsewhere/run.h5",
                                      "elsewhere/run.h5", "--json")[0])
        self.assertEqual(after["pairs"], json.loads(before)["pairs"])
        self.assertEqual([list(run["chi2"]) for run in after["runs"]],
                         [["flux", "g-2", "na64-2026", "shift"]] * 2)

    def test_the_example_is_the_kaon_line(self):
        run = os.path.join(SOURCE, "examples", "own-limit.yaml")
        terms = json.loads(self.run_ok("eval", run, "--at", POINT, "--json", "--set",
                                       "terms.kaon=laha2014", "--set", "model.targets=cold"))
        for own, shipped in ((terms["terms"]["laha"], terms["terms"]["kaon"]),
                             (terms["terms"]["laha"], -0.00316)):
            self.assertAlmostEqual(own / shipped, 1.0, delta=2e-3)

    def test_a_resume_names_the_row(self):
        self.sample()
        self.write("mine.csv", self.LIMIT.replace("5e-4", "5.1e-4"))
        lines = self.sample("--resume", "--max-steps", "30", code=4)
        self.assertIn("run.h5: cannot be continued: table mine.csv of the term 'na64-2026', row 2: "
                      "g_limit is 0.0005 in the chain, 0.00051 in the run", lines[-1])
        self.write("mine.csv", "# a comment\n" + self.LIMIT.replace("m_mev,g_limit", "m,g"))
        self.sample("--resume", "--max-steps", "30")


if __name__ == "__main__":
    mutau_cli.main(__name__)
