# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands as a user meets them: results, typing errors, exit codes."""
import csv
import io
import json
import math
import os
import re
import shutil
import signal
import subprocess
import time
import unittest

import h5py
import numpy as np

import mutau_cli
import under
from mutau_cli import COLD, LOCAL, MUTAU, WP, MutauTest, mutau

POINT = "m_zprime=6.5,g_prime=5e-4,A=1.5,gamma=2.5"
FAST = ["--set", LOCAL, COLD, "sampler.walkers=8", "sampler.ensembles=2"]

# chi^2 (errors: symmetric) of the eight parameter sets of tests/reference/lmutau_bins.csv,
# from an independent implementation (docs/model.md names it).
CHI2 = {
    "exact": {"6.5,5e-4,1.5,2.5": 26.819, "6.5,1e-4,1.4,2.6": 28.388,
              "10,3e-3,1.2,2.4": 46.268, "3,8e-4,1,2.9": 52.784},
    "implicit-euler": {"6.5,5e-4,1.5,2.5": 27.599, "6.5,1e-4,1.4,2.6": 29.785,
                       "10,3e-3,1.2,2.4": 46.105, "3,8e-4,1,2.9": 52.666},
}


def at(values):
    return "m_zprime={},g_prime={},A={},gamma={}".format(*values.split(","))


# A run file's words for the other spectra.
SPECTRA = [("--set", "model.source.spectrum=" + name)
           for name in ("log-parabola", "broken-power-law", "cutoff", "two-component", "bump")]
FLAVOUR = ("--set", "model.source.flavour=free")


class Usage(MutauTest):
    def test_no_command(self):
        done = mutau()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("usage", done.stderr)

    def test_help_and_version(self):
        for words in (["help"], ["--help"], ["help", "sample"], ["sample", "--help"],
                      ["help", "terms"], ["help", "mixing"], ["help", "spectra"],
                      ["help", "evolutions"], ["help", "moves"], ["help", "targets"],
                      ["help", "run-file"], ["help", "help"],
                      ["--version"]):
            self.assertTrue(self.run_ok(*words))

    def test_help_terms_says_what_each_is(self):
        text = self.run_ok("help", "terms")
        terms = {part.partition(":")[0]: part for part in text.split("\n\n")}
        self.assertIn("of your own", terms.pop("NAME"))
        self.assertEqual(set(terms), {"g-2", "na64", "kaon", "z-decay", "w-decay", "trident",
                                      "neff", "borexino", "charm-ii", "na64e"})
        for name, part in terms.items():
            doc, reference, sureness = part.splitlines()[:3]
            self.assertGreater(len(doc), len(name) + 20)
            self.assertRegex(reference, "arXiv|priors/")
            self.assertRegex(sureness, "^  sureness [FDR]: ")
        self.assertIn("one of e949, pang1973, na62, laha2014", terms["kaon"])

    def test_help_names_defaults_where_there_are_some(self):
        moves = self.run_ok("help", "moves")
        self.assertIn("(default 3)", moves)
        self.assertIn("if it is not given [0.001 to 10]\n", moves)
        self.assertIn("instead of mean and sigma (one of wp2020, bmw2021, wp2025, wp2020-final)",
                      self.run_ok("help", "terms"))

    def run_file_help(self):
        """{path: {key: what is said of it}} of `mutau help run-file`."""
        sections = {}
        for part in self.run_ok("help", "run-file").split("\n\n")[1:]:
            head, *lines = part.splitlines()
            path = head.partition(": ")[0] if ": " in head else ""
            sections[path] = dict(re.match(r"    (\S+) +(.*)", line).groups() for line in lines)
        return sections

    def test_help_names_the_keys_that_the_reader_knows(self):
        sections = self.run_file_help()
        self.assertGreater(len(sections), 10)
        for path, keys in sections.items():
            if path == "data[]":
                word = "data=[{name: icecube-cascades-6yr, nonsense: 1}]"
            else:
                word = (path + "." if path else "").replace("NAME", "gamma") + "nonsense=1"
            known = set()
            for more in ((), FLAVOUR, *SPECTRA) if path == "parameters" else ((),):
                done = mutau("config", WP, "--set", word, *more)
                self.assertEqual(done.returncode, 1, word)
                known |= {re.sub("(ln_norm|ln_energy_scale)_icecube.*", r"\1_SET", name)
                          for name in done.stderr.partition("known: ")[2].strip().split(", ")}
            self.assertEqual(set(keys), known, path)

    def test_help_names_the_defaults_that_the_reader_takes(self):
        path = self.path("least.yaml")
        with open(path, "w") as file:
            file.write("{model: {cross_section: paper}, data: [icecube-cascades-6yr],\n"
                       "sampler: {start: bestfit}}\n")
        words, curved, n = [], {}, 0
        for section, keys in self.run_file_help().items():
            for key, text in keys.items():
                default = re.search(r"\(default (\{.*\}|[^;) ]+)", text)
                if section == "parameters" and key.startswith("ln_"):
                    continue # of runs that name them: they are in no other's echo
                if default and (section, key) != ("sampler", "start"):
                    n += 1
                    own = self.spectra_of(key) if section == "parameters" else []
                    (words if not own else curved.setdefault(own[0], [])).extend(
                        ["--set", (section + "." if section else "") + key + "=" +
                         default.group(1)])
        self.assertGreater(n, 25)
        self.assertEqual({name: len(sets) for name, sets in curved.items()},
                         {"log-parabola": 4, "broken-power-law": 6, "cutoff": 2,
                          "two-component": 2, "bump": 6, "free": 4})
        # Numbers are echoed as they are written: 0.1 or 1e-1.
        def settled(text):
            return re.sub(r"(?<=: )[0-9][0-9.e+-]*", lambda x: repr(float(x.group())), text)
        self.assertEqual(settled(self.run_ok("config", path, *words)),
                         settled(self.run_ok("config", path)))
        for name, sets in curved.items():
            spectrum = list(FLAVOUR)
            if name != "free":
                spectrum = ["--set", f"model.source.spectrum={name}"]
            self.assertEqual(settled(self.run_ok("config", path, *spectrum, *sets)),
                             settled(self.run_ok("config", path, *spectrum)), name)

    @staticmethod
    def spectra_of(key):
        """The spectrum, no power law, that is the first to have this parameter, or "free"."""
        return [name for name, keys in (("log-parabola", ("alpha", "beta")),
                                        ("broken-power-law", ("gamma_1", "gamma_2", "e_break")),
                                        ("cutoff", ("e_cut",)), ("two-component", ("ratio",)),
                                        ("bump", ("height", "e_peak", "width")),
                                        ("free", ("f_e", "f_mu"))) if key in keys]

    def test_help_names_every_command(self):
        overview = self.run_ok("help")
        for command in ("sample", "config", "eval", "flux", "bestfit", "scan", "limits",
                        "summary"):
            self.assertIn(f"  {command}", overview)
            self.assertIn("usage: mutau " + command, self.run_ok("help", command))

    def test_help_of_every_name(self):
        """A name of any run file, also as the dotted path of a key, is explained."""
        listed = {
            "terms": re.findall(r"^([a-z][a-z0-9-]*): ", self.run_ok("help", "terms"), re.M),
            "data": re.findall(r"^(icecube[^:]*): ", self.run_ok("help", "data"), re.M),
            "priors": re.findall(r"^([a-z-]+): \{", self.run_ok("help", "priors"), re.M),
            "moves": re.findall(r"^([a-z-]+): ", self.run_ok("help", "moves"), re.M),
            "targets": re.findall(r"^([a-z-]+): ", self.run_ok("help", "targets"), re.M)[1:],
            "parameters": re.findall(r"^    ([A-Za-z]\S*) ", self.run_ok("help", "parameters"),
                                     re.M),
            "mixing": self.run_ok("help", "mixing").split(),
            "spectra": re.findall(r"^([a-z-]+): ", self.run_ok("help", "spectra"), re.M),
            "evolutions": re.findall(r"^([a-z0-9-]+): W", self.run_ok("help", "evolutions"),
                                     re.M),
        }
        self.assertEqual([len(names) for names in listed.values()][:4], [10, 6, 4, 7])
        self.assertEqual(listed["parameters"],
                         ["m_zprime", "g_prime", "A", "gamma", "alpha", "beta", "gamma_1",
                          "gamma_2", "e_break", "e_cut", "ratio", "height", "e_peak", "width",
                          "f_e", "f_mu", "sum_mnu", "ln_norm_SET", "ln_energy_scale_SET",
                          "ln_na64_anchor"])
        for names in listed.values():
            self.assertTrue(names)
            for name in under.thin(names, 4):
                self.assertIn(name, self.run_ok("help", name))
        n = 0
        for path, keys in self.run_file_help().items():
            for key in under.thin(list(keys), 4):
                n += 1
                whole = (path + "." if path else "") + key
                topic = key in listed # which says more than the key
                self.assertIn("" if topic else whole, self.run_ok("help", key))
                if path:
                    self.assertIn(whole, self.run_ok("help", whole))
                    self.assertIn(path, self.run_ok("help", path))
        self.assertGreater(n, 15 if under.THIN else 50)
        for name, piece in (("wp2020", "terms.g-2.value"), ("exposure", "terms.na64.exposure"),
                            ("log10_g_prime", "parameters.g_prime"), ("profile", "likelihood"),
                            ("gaussian", "random walk"), ("gaussian", "closed form"),
                            ("--at", "mutau flux"), ("terms.na64", "missing energy")):
            self.assertIn(piece, self.run_ok("help", name))

    def test_help_names_the_limits(self):
        for words, pieces in ((("summary",), ("1 to 64 files", "8 probability", "16 pairs")),
                              (("diagnose",), ("1 to 64 files",)),
                              (("compare",), ("1 to 16 files",)),
                              (("sample",), ("[1 to 4294967295]", "[1 to 4096]")),
                              (("flux",), ("10000000",)), (("limits",), ("100000",)),
                              (("data",), ("At most 8.",)),
                              (("walkers",), ("[2 to 1e6]",)),
                              (("temperatures",), ("[1 to 100]",))):
            text = self.run_ok("help", *words)
            for piece in pieces:
                self.assertIn(piece, text)
        many = ["x.h5"] * 65
        self.check_fails(1, ["summary takes at most 64 files, not 65"], "summary", *many)
        self.check_fails(1, ["diagnose takes at most 64 files, not 65"], "diagnose", *many)
        self.check_fails(1, ["compare takes at most 16 files, not 17"], "compare", *many[:17])

    def test_nothing_far_is_suggested(self):
        """One rule in every place: never a word all of whose letters would change."""
        for words, piece in (((["eval", WP, "--at", "m=1"]), "parameter 'm' (known"),
                             (["help", "m"], "topic 'm'; see"),
                             (["x"], "command 'x'; see"),
                             (["sample", WP, "--x"], "option '--x'; see"),
                             (["limits", WP, "--term", "x"], "'x' is not a term (this run"),
                             (["config", WP, "--set", "parameters.m=1"], "unknown key; known"),
                             (["config", WP, "--set", "data=[x]"], "data set 'x'; known")):
            self.check_fails(1, [piece], *words)
        for words, piece in ((["eval", WP, "--at", "gama=1"], "; did you mean 'gamma'?"),
                             (["help", "g-3"], "; did you mean 'g-2'?"),
                             (["help", "sumary"], "; did you mean 'summary'?"),
                             (["help", "strech"], "; did you mean 'stretch'?"),
                             (["sampel", WP], "; did you mean 'sample'?"),
                             (["sample", WP, "--overwrit"], "; did you mean '--overwrite'?"),
                             (["limits", WP, "--term", "koan"], "; did you mean 'kaon'?"),
                             (["config", WP, "--set", "parameters.gama=1"], "mean 'gamma'?"),
                             (["config", WP, "--set", "data=[icecube-cascades]"],
                              "; did you mean 'icecube-cascades-6yr'?")):
            self.check_fails(1, [piece], *words)

    def test_files_of_the_other_kind_are_named(self):
        chain = self.path("a.h5")
        with h5py.File(chain, "w") as file:
            file["x"] = 1
        for command in ("sample", "config", "eval", "flux", "bestfit", "scan", "limits"):
            self.check_fails(1, [chain, "is an HDF5 file", command + " takes a run file (YAML)",
                                 "summary, diagnose, compare and export take it"], command, chain)
        for command in ("summary", "diagnose", "compare"):
            self.check_fails(2, [WP, "is a text", command + " takes chains (HDF5)",
                                 "sample, config, eval, flux, bestfit, scan, limits and ladder "
                                 "take it"],
                             command, WP, WP)
        self.assertIn("usage", self.run_ok("sample", chain, "--help"))

    def test_a_run_file_from_a_pipe(self): # is read once, but may be needed again: refused
        with open(WP) as file:
            done = subprocess.run([MUTAU, "config", "/dev/stdin"], text=True,
                                  input=file.read(), capture_output=True, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("not a regular file but a pipe", done.stderr)

    def test_unknown_command(self):
        self.check_fails(1, ["command 'sampel'", "'sample'"], "sampel", WP)
        self.check_fails(1, ["topic 'tems'", "'terms'"], "help", "tems")
        self.check_fails(1, ["topic 'sampel'", "'sample'"], "help", "sampel")

    def test_unknown_option(self):
        self.check_fails(1, ["--overwrit", "--overwrite"], "sample", WP, "--overwrit")
        self.check_fails(1, ["-o"], "sample", WP, "-o", "x")

    def test_missing_and_extra_files(self):
        self.check_fails(1, ["RUN.yaml"], "config")
        self.check_fails(1, ["one too many"], "config", WP, WP)
        self.check_fails(1, ["'terms.g-2=off'", "--set"], "sample", WP, "--set", "sampler.seed=2",
                         "--quiet", "terms.g-2=off")
        self.check_fails(1, ["CHAIN.h5", "is empty"], "summary", "")

    def test_bad_values(self):
        for words in (["--threads", "0"], ["--threads", "two"], ["--seed", "0"],
                      ["--seed", "4294967296"], ["--seed"], ["--max-steps", "-3"],
                      ["--progress", "loud"], ["--set", "sampler.seed"], ["--quiet=yes"],
                      ["--output", ""], ["--output", "-"]):
            done = mutau("sample", WP, "--dry-run", *words)
            self.assertEqual(done.returncode, 1, words)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)

        self.check_fails(1, ["--max-steps takes", "to 1000000000000000,"], "sample", WP,
                         "--dry-run", "--max-steps", "2000000000000000")

    def test_missing_run_file(self):
        self.check_fails(2, ["nowhere.yaml"], "config", "nowhere.yaml")

    def test_bad_format(self):
        self.check_fails(1, ["--format takes one of text, json, csv, not 'xml'"], "eval",
                         WP, "--at", POINT, "--format", "xml")
        self.check_fails(1, ["contradict"], "eval", WP, "--at", POINT, "--json", "--format", "csv")

    def test_full_standard_output_is_an_error(self):
        with open("/dev/full", "w") as full:
            done = subprocess.run([MUTAU, "config", WP], stdout=full, stderr=subprocess.PIPE,
                                  text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("standard output", done.stderr)


class Config(MutauTest):
    def test_output_is_a_run_file(self):
        once = self.run_ok("config", WP)
        with open(self.path("again.yaml"), "w") as file:
            file.write(once)
        again = self.run_ok("config", self.path("again.yaml"))
        self.assertEqual(once.replace("wp.h5", ""), again.replace("wp.h5", ""))

    def test_set(self):
        self.assertIn("wp2025", self.run_ok("config", WP, "--set", "terms.g-2=wp2025"))
        self.assertNotIn("g-2:", self.run_ok("config", WP, "--set", "terms.g-2=off"))
        both = self.run_ok("config", WP, "--set", "sampler.seed=7", "sampler.walkers=12")
        self.assertIn("seed: 7", both)
        self.assertIn("walkers: 12", both)

    def test_a_term_input_without_a_column(self):
        for folder in ("data", "priors"):
            shutil.copytree(os.path.join(mutau_cli.SOURCE, folder), self.path(folder))
        table = self.path("priors/w_width.csv")
        with open(table) as file:
            text = file.read().replace("m_mev,dgw_mev", "m_mev,width")
        with open(table, "w") as file:
            file.write(text)
        self.check_fails(2, ["priors/w_width.csv", "no column 'dgw_mev'"], "config", WP, "--set",
                         "terms.w-decay=on", env={"MUTAU_DATA": self.path("data")})

    def test_inputs_are_found_in_order(self):
        """A term's table beside the run file wins over $MUTAU_DATA's, and that over the shipped."""
        with open(os.path.join(mutau_cli.SOURCE, "priors", "w_width.csv")) as file:
            shipped = file.read()

        def write(folder, factor):
            os.makedirs(self.path(folder), exist_ok=True)
            with open(self.path(folder + "/w_width.csv"), "w") as out:
                for line in shipped.splitlines():
                    mass, _, width = line.partition(",")
                    if re.match("[0-9]", line):
                        line = f"{mass},{factor * float(width):.17g}"
                    out.write(line + "\n")

        def lnl(**environment):
            done = self.run_ok("eval", self.path("own/run.yaml"), "--at",
                               "m_zprime=10,g_prime=0.5,A=1,gamma=2", "--json", env=environment)
            return json.loads(done)["terms"]["w-decay"]

        os.makedirs(self.path("own"))
        with open(self.path("own/run.yaml"), "w") as file:
            file.write("{model: {cross_section: paper}, likelihood: {kind: none},\n"
                       "terms: {w-decay: on}}\n")

        def pull(value):  # (2089.5 MeV + D g'^2 - 2085 MeV)/42 MeV
            return math.sqrt(-2 * value) * 42 - 4.5
        plain = pull(lnl())
        write("data", 2.0)
        self.assertAlmostEqual(pull(lnl(MUTAU_DATA=self.path("data"))) / plain, 2.0, 9)
        write("own", 3.0)
        for environment in ({}, {"MUTAU_DATA": self.path("data")}):
            self.assertAlmostEqual(pull(lnl(**environment)) / plain, 3.0, 9)

    def test_a_mass_prior_beyond_a_term(self):
        self.check_fails(1, ["parameters.m_zprime", "from 1 to 25 MeV", "'kaon', 0.1 to 20 MeV"],
                         "config", WP, "--set", "terms.kaon=laha2014", "parameters.m_zprime.max=25")

    def test_set_errors_suggest(self):
        self.check_fails(1, ["--set", "g_prime"], "config", WP, "--set", "parameters.g_prim=1e-4")
        self.check_fails(1, ["wp2020"], "config", WP, "--set", "terms.g-2=wp2021")


class Eval(MutauTest):
    def eval_json(self, point, *words):
        return json.loads(self.run_ok("eval", WP, "--at", point, "--json", *words))

    def test_keys_and_sums(self):
        e = self.eval_json(POINT)
        self.assertEqual(set(e), {"parameters", "ln_prior", "ln_likelihood", "ln_posterior", "chi2",
                                  "terms", "derived", "bins", "solver", "s_channel", "table_error",
                                  "goodness"})
        self.assertEqual(list(e["terms"]), ["g-2", "na64", "kaon", "z-decay"])
        self.assertAlmostEqual(e["ln_likelihood"], -0.5 * e["chi2"] + sum(e["terms"].values()), 12)
        self.assertAlmostEqual(e["ln_posterior"], e["ln_prior"] + e["ln_likelihood"], 12)
        # uniform in log10 m (1..20), log10 g' (1e-5..1e-1), A (0.1..2.5), gamma (1.8..3.5)
        volume = math.log10(20) * 4 * 2.4 * 1.7
        self.assertAlmostEqual(e["ln_prior"], -math.log(volume), 12)
        self.assertEqual(len(e["bins"]), 16)
        self.assertEqual(set(e["bins"][0]), {"dataset", "channel", "e_lo_gev", "e_hi_gev",
                                             "observed", "sigma_lo", "sigma_hi", "limit",
                                             "predicted", "against_cold"})

    def test_chi2_of_the_reference_sets(self):
        for crossing, sets in CHI2.items():
            for values, want in sets.items():
                e = self.eval_json(at(values), "--set", "model.crossing=" + crossing,
                                   "model.solver=line") # the sets are of lines
                self.assertLess(abs(e["chi2"] - want), 1.5e-3, (crossing, values, e["chi2"]))

    def test_chi2_of_the_power_law(self):
        for errors, want in (("symmetric", 35.50), ("upper", 32.32), ("split", 35.22)):
            e = self.eval_json("m_zprime=6.5,g_prime=0,A=1.4,gamma=2.6",
                               "--set", "likelihood.errors=" + errors)
            self.assertLess(abs(e["chi2"] - want), 6e-3, (errors, e["chi2"]))

    def test_outside_the_prior(self):
        e = self.eval_json("m_zprime=40,g_prime=0.5,A=0,gamma=1")
        self.assertEqual((e["ln_prior"], e["ln_posterior"]), ("-inf", "-inf"))
        self.assertTrue(math.isfinite(e["ln_likelihood"]))
        e = self.eval_json("m_zprime=6.5,g_prime=0,A=1,gamma=2.5")
        self.assertEqual(e["ln_prior"], "-inf")
        self.assertEqual(e["derived"]["delta_a_mu"], 0)

    def test_a_fixed_sum_of_masses_can_be_given(self):
        for point in (POINT + ",sum_mnu=0.06", POINT + ",sum_mnu=3"):
            value = point.rpartition("=")[2]
            given = self.eval_json(point)
            fixed = self.eval_json(POINT, "--set", "parameters.sum_mnu=" + value)
            # only the sum that a run has is in its table
            self.assertEqual((given.pop("table_error"), fixed.pop("table_error")), (0, 1.5e-3))
            self.assertEqual(given, fixed)
            self.assertNotEqual(given["chi2"], self.eval_json(POINT)["chi2"])
            words = ("--energies", "1e4:1e6:40", "--format", "csv")
            self.assertEqual(self.run_ok("flux", WP, "--at", point, *words),
                             self.run_ok("flux", WP, "--at", POINT, *words, "--set",
                                         "parameters.sum_mnu=" + value))

    def test_beyond_the_inputs_of_a_term(self):
        done = mutau("eval", WP, "--at", "m_zprime=0.01,g_prime=1e-4,A=1,gamma=2.5", "--json")
        self.assertEqual(done.returncode, 0)
        self.assertIn("beyond the inputs of term na64", done.stderr)
        self.assertTrue(math.isfinite(json.loads(done.stdout)["ln_likelihood"]))

    def test_bad_points(self):
        for point, piece in (("m_zprime=6.5,g_prime=5e-4,A=1.5", "gamma is missing"),
                             (POINT + ",gama=2", "did you mean 'gamma'"),
                             (POINT + ",gamma=2", "twice"), (POINT.replace("2.5", "x"), "'x'"),
                             (POINT.replace("6.5", "0"), "m_zprime = 0 must be above 0"),
                             (POINT.replace("5e-4", "-5e-4"), "must be at least 0"),
                             (POINT.replace("5e-4", "nan"), "'nan'"), (POINT + ",", "''"),
                             (POINT + ",sum_mnu=0.01", "minimum"), ("6.5", "name=value")):
            self.check_fails(1, [piece], "eval", WP, "--at", point)
        self.check_fails(1, ["--at"], "eval", WP)

    def test_a_point_as_it_is_printed(self):
        want = self.eval_json("m_zprime=6.5,g_prime=5e-4,A=1.201,gamma=2.577")
        for point in ("A = 1.201, gamma = 2.577, m_zprime = 6.5, g_prime = 5e-4",
                      " A=1.201 ,gamma= 2.577,\n  m_zprime =6.5,\tg_prime = 5e-4 \n",
                      "A = 1.201\ngamma = 2.577\nm_zprime = 6.5\ng_prime = 5e-4",
                      "A = 1.201\r\ngamma = 2.577\r\nm_zprime = 6.5\r\ng_prime = 5e-4\r\n"):
            self.assertEqual(self.eval_json(point), want)
        e = self.eval_json("A=1.201,gamma=2.577,m_zprime=6.5,log10_g_prime=-3.30103")
        self.assertAlmostEqual(e["parameters"]["g_prime"], 10 ** -3.30103, 15)
        for point, piece in (("log10_g_prime=-3,g_prime=5e-4", "contradict"),
                             ("log10_g_prime=-3,log10_g_prime=-3", "twice"),
                             ("log10_g_prime=x", "'x'"), ("log10_x=1", "unknown parameter"),
                             ("A=1,\n,gamma=2", "''"), ("A = ", "''"), ("= 3", "''")):
            self.check_fails(1, [piece], "eval", WP, "--at", point)

    def test_a_best_sample_can_be_pasted(self):
        path = self.path("c.h5")
        self.run_ok("sample", WP, "--output", path, "--quiet", "--max-steps", "60", *FAST, code=3)
        for columns in ({}, {"COLUMNS": "80"}, {"COLUMNS": "40"}):
            report = self.run_ok("summary", path, env=columns)
            block = re.search(r"^best sample: .*?\n(?=\n)", report, re.M | re.S).group()
            self.assertGreater(len(block.splitlines()), 2)
            best = json.loads(self.run_ok("summary", path, "--json"))["best"]
            done = mutau("eval", WP, "--at", block, "--json", "--set", COLD)
            self.assertEqual(done.returncode, 0, done.stderr)
            e = json.loads(done.stdout)
            for name in ("m_zprime", "g_prime", "A", "gamma"):
                self.assertEqual(e["parameters"][name], float("%.4g" % best[name]))
            self.assertAlmostEqual(e["ln_posterior"], best["log_prob"], delta=0.05)
            self.assertRegex(done.stderr, r"\Amutau: note: --at: delta_a_mu, chi2, lnl_flux, .*"
                                          r"left out\n\Z")
        done = mutau("flux", WP, "--at", block, "--energies", "1e4:1e5:3")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_rows_do_not_depend_on_the_batch(self):
        rng = np.random.RandomState(5)
        rows = ["%.17g,%.17g,%.17g,%.17g" % (rng.uniform(1, 20), 10 ** rng.uniform(-5, -1),
                                             rng.uniform(0.1, 2.5), rng.uniform(1.8, 3.5))
                for _ in range(20)]
        head = "m_zprime,g_prime,A,gamma\n"
        batch = self.run_ok("eval", WP, "--at", "-", stdin=head + "\n".join(rows)).splitlines()
        backwards = self.run_ok("eval", WP, "--at", "-", stdin=head + "\n".join(rows[::-1]))
        self.assertEqual(batch, backwards.splitlines()[::-1])
        for row, line in list(zip(rows, batch))[:3]:
            alone = self.run_ok("eval", WP, "--at", "-", stdin=head + row)
            self.assertEqual(alone.strip(), line)

    def test_rows_as_csv(self):
        text = self.run_ok("eval", WP, "--at", "-", "--format", "csv", "--set", COLD,
                           stdin="gamma, A, g_prime, m_zprime\n2.5, 1.5, 5e-4, 6.5\n\n"
                                 "2.6,1.4,0,6.5\n")
        rows = list(csv.DictReader(io.StringIO(text)))
        self.assertEqual(len(rows), 2)
        self.assertLess(abs(float(rows[0]["chi2"]) - 26.819), 1.5e-3)
        self.assertEqual(float(rows[1]["g_prime"]), 0)
        self.assertIn("lnl_na64", rows[0])

    def test_files_of_other_systems(self):
        with open(WP, encoding="utf-8") as file:
            text = file.read()
        path = self.path("wp.yaml")
        for encoding, newline in (("utf-8-sig", "\n"), ("utf-8", "\r\n"), ("utf-8-sig", "\r\n")):
            with open(path, "w", encoding=encoding, newline=newline) as file:
                file.write(text)
            self.assertEqual(self.run_ok("config", path), self.run_ok("config", WP))
        rows = "m_zprime,g_prime,A,gamma\r\n6.5,5e-4,1.5,2.5\r\n"
        self.assertEqual(self.run_ok("eval", WP, "--at", "-", stdin="\ufeff" + rows),
                         self.run_ok("eval", WP, "--at", "-", stdin=rows.replace("\r", "")))

    def test_bad_rows_name_their_line(self):
        head = "m_zprime,g_prime,A,gamma\n"
        for text, code, piece in ((head + "6.5,5e-4,1.5,2.5\n6.5,x,1,2\n", 1, "stdin:3"),
                                  (head + "6.5,5e-4,1.5\n", 1, "3"), ("", 1, "no header"),
                                  ("m_zprime,g_prime,A\n", 1, "gamma is missing")):
            done = mutau("eval", WP, "--at", "-", stdin=text)
            self.assertEqual(done.returncode, code, text)
            self.assertIn(piece, done.stderr)

    def test_a_wild_row_does_not_end_the_batch(self):
        head = "m_zprime,g_prime,A,gamma\n"
        good = "6.5,5e-4,1.5,2.5\n"
        wild = ("6.5,x,1,2\n", "6.5,inf,1,2\n", "6.5,nan,1,2\n", "6.5,1e999,1,2\n", "1,2\n",
                "6.5,5e-4,1.5,2.5,7\n", ",,,\n", "\x1b[2J,1,1,1\n")
        alone = self.run_ok("eval", WP, "--at", "-", stdin=head + good)
        done = mutau("eval", WP, "--at", "-", stdin=head + good + "".join(wild) + good)
        self.assertEqual(done.returncode, 1)
        lines = done.stdout.splitlines()
        self.assertEqual(len(lines), 2 + len(wild))
        self.assertEqual((lines[0], lines[-1]), (alone.strip(), alone.strip()))
        messages = done.stderr.splitlines()
        for i, line in enumerate(lines[1:-1]):
            row = json.loads(line)
            self.assertIsNone(row["ln_posterior"])
            self.assertTrue(row["error"].startswith(f"stdin:{i + 3}: "), row)
            self.assertEqual(messages[i], "mutau: error: " + row["error"])
        self.assertIn("8 of 10 rows could not be evaluated", messages[-1])
        self.assertNotIn("\x1b", done.stdout + done.stderr)
        text = mutau("eval", WP, "--at", "-", "--format", "csv", stdin=head + wild[0] + good)
        rows = list(csv.DictReader(io.StringIO(text.stdout)))
        self.assertEqual((rows[0]["ln_posterior"], rows[0]["g_prime"]), ("nan", "nan"))
        self.assertTrue(math.isfinite(float(rows[1]["ln_posterior"])))
        self.assertEqual(text.returncode, 1)
        self.assertIn("stdin:2: ", text.stderr)

    def test_columns_of_a_report_can_be_read_again(self):
        rows = self.run_ok("eval", WP, "--at", POINT, "--format", "csv")
        done = mutau("eval", WP, "--at", "-", "--format", "csv", stdin=rows)
        self.assertEqual((done.returncode, done.stdout), (0, rows))
        self.assertIn("note: --at: ln_prior, ln_likelihood", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1)
        log = self.run_ok("eval", WP, "--at", "-", stdin="m_zprime,log10_g_prime,A,gamma\n"
                          "6.5,-3,1.5,2.5\n")
        self.assertEqual(json.loads(log)["parameters"]["g_prime"], 1e-3)

    @unittest.skipUnless(os.path.exists("/proc/self/environ"), "without /proc")
    @unittest.skipIf(under.COMMAND, "another program starts")
    def test_what_has_one_thread_starts_once(self):
        """To wait politely a program starts anew, which a short command has no time for."""
        plain = {name: value for name, value in os.environ.items()
                 if name not in ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")}
        chain = self.path("c.h5")
        for words, anew in ((["eval", WP, "--at", "-"], False),
                            (["sample", WP, "--output", chain], True)):
            with subprocess.Popen([MUTAU, *words], env=plain, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
                if anew:
                    while process.poll() is None and not os.path.exists(chain + ".lock"):
                        time.sleep(0.01)
                else:
                    process.stdin.write(b"m_zprime,g_prime,A,gamma\n6.5,5e-4,1.5,2.5\n")
                    process.stdin.flush()
                    process.stdout.readline()
                with open(f"/proc/{process.pid}/environ", "rb") as file:
                    self.assertEqual(b"GOMP_SPINCOUNT=" in file.read(), anew)
                process.kill()

    def test_rows_of_a_batch_are_those_of_one_point(self):
        """Their CSV is written without the records that the report of one point is made of."""
        folder = os.path.dirname(WP)
        runs = [os.path.join(folder, name) for name in sorted(os.listdir(folder))
                if name.endswith(".yaml")]
        self.assertGreater(len(runs), 5)
        sets = ("terms={}", "likelihood={kind: none}", "likelihood={kind: profile}",
                "model.mediator={scalar: mu}")
        for run, words in ([(run, []) for run in runs] +
                           [(WP, ["--set", word]) for word in sets]):
            done = mutau("config", run, *words)
            values = {}
            for name, low, high in re.findall(r"^  (\w+): {prior: [\w-]+, min: (\S+), max: (\S+)}",
                                              done.stdout, re.M):
                values[name] = repr(0.6 * float(low) + 0.4 * float(high))
            at = ",".join(f"{name}={value}" for name, value in values.items())
            alone = self.run_ok("eval", run, *words, "--at", at, "--format", "csv")
            rows = self.run_ok("eval", run, *words, "--at", "-", "--format", "csv",
                               stdin=",".join(values) + "\n" + ",".join(values.values()) + "\n")
            self.assertEqual(rows, alone, (run, words))
            header = alone.splitlines()[0]
            wild = mutau("eval", run, *words, "--at", "-", "--format", "csv",
                         stdin=",".join(values) + "\n" + ",".join("x" * len(values)) + "\n")
            cells = wild.stdout.splitlines()[1].split(",")
            self.assertEqual(len(cells), len(header.split(",")))
            self.assertEqual(cells.count("0"), 3) # points, limits, free_parameters
            self.assertEqual(cells.count("nan"), len(cells) - 3)

    def test_unphysical_rows_have_no_posterior(self):
        text = self.run_ok("eval", WP, "--at", "-",
                           stdin="m_zprime,g_prime,A,gamma\n6.5,5e-4,-0.1,2.5\n6.5,5e-4,1,2.5\n")
        bad, good = map(json.loads, text.splitlines())
        self.assertEqual((bad["ln_prior"], bad["ln_posterior"]), ("-inf", "-inf"))
        self.assertIsNone(bad["chi2"])
        self.assertIn("stdin:2: --at: A = -0.1 must be at least 0", bad["error"])
        self.assertNotIn("error", good)
        self.assertTrue(math.isfinite(good["ln_posterior"]))

    def test_text_names_units(self):
        text = self.run_ok("eval", WP, "--at", POINT)
        for piece in ("MeV", "chi2", "tail depth", "icecube-tracks-9.5yr", "cm^-2 s^-1 sr^-1"):
            self.assertIn(piece, text)


class Flux(MutauTest):
    def columns(self, *words):
        text = self.run_ok("flux", WP, *words, "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(text)))
        return {key: np.array([float(row[key]) for row in rows]) for key in rows[0]}

    def test_power_law_without_coupling(self):
        f = self.columns("--at", "m_zprime=6.5,g_prime=0,A=1.4,gamma=2.6")
        self.assertEqual(list(f), ["energy_gev", "phi_e", "phi_mu", "phi_tau", "phi_1", "phi_2",
                                   "phi_3"])
        self.assertEqual(len(f["energy_gev"]), 250)
        self.assertEqual((f["energy_gev"][0], f["energy_gev"][-1]), (1e3, 1e8))
        want = 1.4e-18 * (f["energy_gev"] / 1e5) ** -2.6
        for key in list(f)[1:]:
            self.assertLess(np.abs(f[key] / want - 1).max(), 1e-12, key)

    def test_flavours_sum_to_states(self):
        f = self.columns("--at", POINT, "--energies", "1e4:1e7:301")
        flavours = f["phi_e"] + f["phi_mu"] + f["phi_tau"]
        states = f["phi_1"] + f["phi_2"] + f["phi_3"]
        self.assertLess(np.abs(flavours / states - 1).max(), 1e-12)
        free = 4.5e-18 * (f["energy_gev"] / 1e5) ** -2.5
        self.assertLess((flavours / free).min(), 0.8)

    def test_energies_from_a_file(self):
        with open(self.path("e.txt"), "w") as file:
            file.write("# GeV\n1e5\n\n 2.5e5 \n")
        f = self.columns("--at", POINT, "--energies", self.path("e.txt"))
        self.assertEqual(list(f["energy_gev"]), [1e5, 2.5e5])
        as_json = json.loads(self.run_ok("flux", WP, "--at", POINT, "--json", "--energies",
                                         self.path("e.txt")))
        self.assertEqual(as_json["phi_mu"], list(f["phi_mu"]))

    def test_ranges_are_alike(self):
        f = self.columns("--at", POINT, "--energies", "1e3:2e3:5:lin")
        self.assertEqual(list(f["energy_gev"]), [1000, 1250, 1500, 1750, 2000])
        for log in ("", ":log"):
            f = self.columns("--at", POINT, "--energies", "1e3:1e5:3" + log)
            self.assertEqual(list(f["energy_gev"]), [1e3, 1e4, 1e5])
        text = self.run_ok("limits", WP, "--term", "na64", "--masses", "1:2:5:lin",
                           "--format", "csv")
        self.assertEqual([float(row["m_zprime"]) for row in csv.DictReader(io.StringIO(text))],
                         [1, 1.25, 1.5, 1.75, 2])
        for bad in ("1:2:3:lni", "1:2:3:lin:4", "2:1:3:lin", "1:2", "1:2:1", "0:2:3:lin", "1:x:3"):
            self.check_fails(1, ["--energies lo:hi:n", f"'{bad}'", ":lin"], "flux", WP, "--at",
                             POINT, "--energies", bad)
            self.check_fails(1, ["--masses lo:hi:n", f"'{bad}'", ":lin"], "limits", WP, "--masses",
                             bad)

    def test_bad_energies(self):
        with open(self.path("bad.txt"), "w") as file:
            file.write("1e5\n-3\n")
        for energies, code, piece in (("1e5:1e3:9", 1, "lo:hi:n"), ("0:1e3:9", 1, "lo:hi:n"),
                                      ("1e3:1e4:1", 1, "lo:hi:n"), ("1e3:1e4:2.5", 1, "lo:hi:n"),
                                      ("nowhere.txt", 2, "nowhere.txt"),
                                      ("1e4:1e6", 1, "lo:hi:n"), ("1e4:1e6:many", 1, "lo:hi:n"),
                                      ("1e4:1e6:10:2", 1, "lo:hi:n"), ("1e4", 1, "lo:hi:n"),
                                      (self.path("bad.txt"), 1, "bad.txt:2")):
            self.check_fails(code, [piece], "flux", WP, "--at", POINT, "--energies", energies)
        self.check_fails(1, ["--at"], "flux", WP)


class Sample(MutauTest):
    def sample(self, name, *words, code=3, max_steps=60):
        self.run_ok("sample", WP, "--output", self.path(name), "--quiet", "--max-steps",
                    str(max_steps), *FAST, *words, code=code)
        return self.path(name)

    def contents(self, path):
        with h5py.File(path, "r") as file:
            return {group + "/" + key: file[group][key][:file[group].attrs["iteration"]].tobytes()
                    for group in ("mcmc", "mcmc_1") for key in ("chain", "log_prob", "blobs")}

    def test_same_bytes_for_any_number_of_threads(self):
        one = self.contents(self.sample("one.h5", "--threads", "1"))
        for threads in ("2", "3"):
            other = self.contents(self.sample(threads + ".h5", "--threads", threads))
            self.assertEqual(one, other)

    def test_same_bytes_behind_a_screen(self):
        screen = ["--set", *FAST[1:], "sampler.screen=coarse",
                  "sampler.moves={mixture: 0.3, stretch: 0.4, de: 0.3}"]
        one = self.contents(self.sample("one.h5", *screen, "--threads", "1", max_steps=200))
        two = self.contents(self.sample("two.h5", *screen, "--threads", "2", max_steps=200))
        self.sample("part.h5", *screen, max_steps=70)
        part = self.sample("part.h5", *screen, "--resume", "--threads", "3", max_steps=200)
        self.assertEqual(one, two)
        self.assertEqual(one, self.contents(part))
        self.check_fails(4, ["sampler.screen is coarse in the chain, off in the run"], "sample",
                         WP, "--output", part, "--quiet", "--resume", *FAST,
                         "sampler.moves={mixture: 0.3, stretch: 0.4, de: 0.3}")

    def test_same_bytes_whatever_max_steps(self):
        short = self.contents(self.sample("short.h5"))
        long = self.contents(self.sample("long.h5", max_steps=300))
        for key, data in short.items():
            self.assertEqual(long[key][:len(data)], data)
        other_seed = self.contents(self.sample("seed.h5", "--seed", "2"))
        self.assertNotEqual(short["mcmc/chain"], other_seed["mcmc/chain"])

    def test_best_sample_names_each_quantity_once(self):
        path = self.sample("linear.h5", "--set", "parameters.m_zprime={prior: uniform, min: 1, "
                           "max: 20}")
        best = json.loads(self.run_ok("summary", path, "--json"), object_pairs_hook=list)
        names = [key for key, _ in dict(best)["best"]]
        self.assertEqual(sorted(names), sorted(set(names)))
        self.assertIn("m_zprime", names)

    def test_thin_keeps_every_nth_step(self):
        all_steps = self.sample("all.h5")
        third = self.sample("third.h5", "--set", "sampler.thin=3")
        with h5py.File(all_steps, "r") as a, h5py.File(third, "r") as b:
            n = b["mcmc"].attrs["iteration"]
            self.assertEqual(n, 20)
            self.assertTrue((a["mcmc/chain"][2:60:3] == b["mcmc/chain"][:n]).all())

    def test_never_overwrites_unasked(self):
        path = self.sample("a.h5")
        before = self.contents(path)
        self.check_fails(2, ["--overwrite"], "sample", WP, "--output", path, "--quiet")
        self.assertEqual(before, self.contents(path))
        self.sample("a.h5", "--overwrite", "--seed", "9")
        self.assertNotEqual(before, self.contents(path))

    def test_overwrite_replaces_chains_only(self):
        path = self.path("notes.txt")
        with open(path, "w") as file:
            file.write("a year of work")
        self.check_fails(2, ["notes.txt", "no chain file"], "sample", WP, "--quiet", *FAST,
                         "--overwrite", "--output", path)
        with open(path) as file:
            self.assertEqual(file.read(), "a year of work")

    def test_thinning_beyond_the_run(self):
        self.check_fails(1, ["sampler.thin"], "sample", WP, "--quiet", "--output",
                         self.path("x.h5"), "--max-steps", "10", "--set", "sampler.thin=11")

    def test_resume_goes_on_to_the_same_bytes(self):
        whole = self.contents(self.sample("whole.h5", max_steps=700))
        part = self.sample("part.h5", max_steps=130)
        self.sample("part.h5", "--resume", "--threads", "2", max_steps=460)
        self.sample("part.h5", "--resume", max_steps=700)
        self.assertEqual(whole, self.contents(part))
        with h5py.File(part, "r") as file:
            checks = file["run"].attrs["n_check"]
        self.sample("part.h5", "--resume", max_steps=700)
        self.assertEqual(whole, self.contents(part))
        with h5py.File(part, "r") as file:  # the last step has been judged before
            self.assertEqual(file["run"].attrs["n_check"], checks)

    def test_resume_without_a_file_starts_the_run(self):
        self.assertEqual(self.contents(self.sample("a.h5")),
                         self.contents(self.sample("b.h5", "--resume")))

    def test_resume_refuses_another_run(self):
        path = self.sample("a.h5")
        before = self.contents(path)
        for change, where in (
                ("sampler.seed=2", "sampler.seed is 1 in the chain, 2 in the run"),
                ("terms.g-2=bmw2021", "terms.g-2.value is wp2020 in the chain, bmw2021 in the"),
                ("terms.g-2=off", "terms.g-2 is {value: wp2020} in the chain, nothing in the run"),
                ("parameters.A.max=3", "parameters.A.max is 2.5 in the chain, 3 in the run"),
                ("data=[icecube-mese-2025]", "data is [icecube-cascades-6yr, icecube-tracks-9.5yr] "
                                             "in the chain, [icecube-mese-2025] in the run"),
                ("sampler.walkers=10", "sampler.walkers is 8 in the chain, 10 in the run")):
            words = ["sample", WP, "--output", path, "--quiet", "--resume", *FAST, change]
            self.check_fails(4, ["a.h5", where], *words)
        self.check_fails(1, ["contradict"], "sample", WP, "--resume", "--overwrite")
        self.assertEqual(before, self.contents(path))

    def test_interrupted_and_resumed_is_the_same_run(self):
        path = self.path("int.h5")
        words = [MUTAU, "sample", WP, "--output", path, "--quiet", "--resume", "--set",
                 "sampler.stop={max_steps: 4000}", *FAST[1:]]
        run = subprocess.Popen(words)
        while not os.path.exists(path) and run.poll() is None:  # it does at the first commit
            time.sleep(0.001)
        run.send_signal(signal.SIGTERM)
        self.assertEqual(run.wait(timeout=60), 75)
        self.assertEqual(subprocess.run(words, check=False).returncode, 3)
        self.run_ok(*words[1:4], self.path("whole.h5"), *words[5:], code=3)
        self.assertEqual(self.contents(path), self.contents(self.path("whole.h5")))

    def test_dry_run_writes_nothing(self):
        text = self.run_ok("sample", WP, "--dry-run", "--output", self.path("no.h5"), *FAST)
        self.assertIn("finite posterior", text)
        self.assertEqual(os.listdir(self.folder.name), [])

    @unittest.skipIf(under.COMMAND, "valgrind itself needs a standard error")
    def test_closed_standard_streams_are_not_mistaken_for_the_chain(self):
        open_streams = self.contents(self.sample("open.h5", max_steps=450))
        words = [MUTAU, "sample", WP, "--output", self.path("closed.h5"), "--progress", "json",
                 "--max-steps", "450", *FAST]
        for redirection in ("2>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"):
            code = subprocess.run(["/bin/sh", "-c", '"$@" --overwrite ' + redirection, "sh",
                                   *words], check=False).returncode
            self.assertEqual(code, 3, redirection)
            self.assertEqual(open_streams, self.contents(self.path("closed.h5")), redirection)
        self.assertEqual(subprocess.run(["/bin/sh", "-c", '"$@" 1>&-', "sh", MUTAU, "help"],
                                        stderr=subprocess.DEVNULL, check=False).returncode, 2)

    def test_nothing_to_sample(self):
        fixed = ["--set", "parameters.m_zprime=6.5", "parameters.g_prime=5e-4", "parameters.A=1",
                 "parameters.gamma=2.5"]
        self.check_fails(1, ["mutau eval"], "sample", WP, "--quiet", *fixed, "--output",
                         self.path("x.h5"))
        self.assertIn("chi2", self.run_ok("eval", WP, "--at", "gamma=2.4", *fixed))

    def test_unwritable_folder(self):
        self.check_fails(2, ["nowhere"], "sample", WP, "--quiet", "--output",
                         self.path("nowhere/x.h5"))

    def wait_for_rows(self, run, path, n_row):
        """Until the file of the process has so many."""
        rows = 0
        while rows < n_row:
            self.assertIsNone(run.poll())
            time.sleep(0.001)
            if os.path.exists(path):
                with h5py.File(path, "r", locking=False) as file:
                    rows = int(file["mcmc"].attrs["iteration"])

    def test_signals_store_and_say_75(self):
        for name in ("INT", "TERM", "USR1"):
            path = self.path(name + ".h5")
            # Walkers enough that the run cannot end by itself.
            run = subprocess.Popen([MUTAU, "sample", WP, "--output", path, "--quiet", "--set",
                                    "sampler.stop={max_steps: 100000000, min_steps: 100000000}",
                                    "sampler.walkers=64"],
                                   stderr=subprocess.PIPE, text=True)
            self.wait_for_rows(run, path, 10)
            run.send_signal(getattr(signal, "SIG" + name))
            told = run.stderr.read()
            self.assertEqual(run.wait(timeout=60), 75, told)
            self.assertIn(path + "; --resume goes on with it\n", told)
            run.stderr.close()
            with h5py.File(path, "r") as file:
                groups = [g for g in file if g.startswith("mcmc")]
                steps = {int(file[g].attrs["iteration"]) for g in groups}
                burn_in = {int(file[g].attrs["burn_in"]) for g in groups}
            self.assertEqual((len(steps), len(burn_in)), (1, 1))
            self.assertGreater(min(steps), 8)
            self.assertGreaterEqual(min(burn_in), min(steps) / 4)
            self.assertEqual(os.path.exists(path + ".lock"), False)

    def test_the_burn_in_of_a_killed_run(self):
        """Before any check a quarter is left out, and with tempering the adaptation."""
        for words, least in ((["sampler.temperatures=1"], 0),
                             (["sampler.temperatures=3", "sampler.ladder.adapt=20"], 20)):
            path = self.path(f"{least}.h5")
            with subprocess.Popen([MUTAU, "sample", WP, "--output", path, "--quiet", "--set",
                                   "sampler.stop={max_steps: 100000000, min_steps: 100000000}",
                                   "sampler.walkers=8",
                                   *words]) as run:
                self.wait_for_rows(run, path, 30)
                run.kill()
            with h5py.File(path, "r") as file:
                rows, burn_in = (int(file["mcmc"].attrs[name]) for name in ("iteration", "burn_in"))
            self.assertGreaterEqual(burn_in, max(rows // 4, least))
            self.assertLess(burn_in, max(rows, least + 1))

    def test_a_signal_before_max_steps_is_an_interruption_though_converged(self):
        # Nothing but max_steps ends this run, whatever the checks find.
        path = self.path("long.h5")
        with subprocess.Popen([MUTAU, "sample", os.path.join(mutau_cli.SOURCE, "chains",
                                                             "powerlaw.yaml"),
                               "--output", path, "--progress", "json", *FAST,
                               "parameters.gamma=2.6",
                               "sampler.stop={max_steps: 100000000, min_steps: 100000000}"],
                              stderr=subprocess.PIPE, text=True) as run:
            for line in run.stderr:
                check = json.loads(line)
                self.assertTrue(check["steps"] < 400 or check["seconds_to_go"] > 1, line)
                if check["steps"] >= 400 and check["rhat"] < 1.01 and check["n_over_tau"] > 50:
                    break
            run.send_signal(signal.SIGTERM)
            run.stderr.read()
            self.assertEqual(run.wait(timeout=60), 75)
        with h5py.File(path, "r") as file:
            self.assertFalse(file["run"].attrs["converged"])

    def test_a_reader_of_the_progress_may_leave(self):
        path = self.path("left.h5")
        with subprocess.Popen([MUTAU, "sample", WP, "--output", path, "--progress", "json",
                               "--max-steps", "900", *FAST, "sampler.stop={rhat: 1}"],
                              stderr=subprocess.PIPE, text=True) as run:
            run.stderr.close()
            self.assertEqual(run.wait(timeout=60), 3)
        with h5py.File(path, "r") as file:
            self.assertEqual(file["mcmc"].attrs["iteration"], 900)

    def test_progress_forms(self):
        for form in ("bar", "lines", "json"):
            done = mutau("sample", WP, "--output", self.path(form + ".h5"), "--progress", form,
                         "--max-steps", "450", *FAST)
            self.assertEqual(done.returncode, 3, done.stderr)
            if form == "json":
                lines = [json.loads(line) for line in done.stderr.splitlines()]
                self.assertIn("rhat", lines[0])
                self.assertEqual(lines[-1]["outcome"], "not converged")
            else:
                self.assertIn("NOT converged", done.stderr)

    def test_scalar_mediator(self):
        self.run_ok("sample", WP, "--quiet", "--max-steps", "30", "--output", self.path("s.h5"),
                    *FAST, "--set", "model={mediator: {scalar: mu}}", "terms={}", code=3)
        summary = json.loads(self.run_ok("summary", self.path("s.h5"), "--json"))
        self.assertNotIn("delta_a_mu", summary["derived"])  # it couples to neutrinos alone
        point = json.loads(self.run_ok("eval", WP, "--at", POINT, "--json", "--set",
                                       "model={mediator: {scalar: mu}}", "terms={}"))
        self.assertEqual(point["derived"]["delta_a_mu"], 0)


class Summary(MutauTest):
    sampled = None  # the bytes of the chain, the same for every test

    def setUp(self):
        super().setUp()
        self.chain = self.path("chain.h5")
        if Summary.sampled is None:
            self.run_ok("sample", WP, "--output", self.chain, "--quiet", "--max-steps", "400",
                        *FAST, code=3)
            with open(self.chain, "rb") as file:
                Summary.sampled = file.read()
        with open(self.chain, "wb") as file:
            file.write(Summary.sampled)

    def test_regions_keep_to_possible_sums_of_masses(self):
        path = self.path("sum.h5")
        self.run_ok("sample", WP, "--output", path, "--quiet", "--max-steps", "400", *FAST,
                    "parameters.sum_mnu={prior: log-uniform, min: 0.01, max: 0.2}",
                    "sampler.walkers=10", "model.neutrinos.ordering=inverted", code=3)
        s = json.loads(self.run_ok("summary", path, "--json"))
        least = 0.09919  # inverted ordering, tests/reference/nufit_bestfit.csv
        for name, edge in (("log10_sum_mnu", math.log10(least)), ("sum_mnu", least)):
            for q in (s["parameters"].get(name) or s["derived"][name],):
                for mass, region in q["hpd"].items():
                    self.assertGreaterEqual(region[0][0], edge, (name, mass))

    def test_tables_for_papers(self):
        """Each cell against JSON's numbers, to the digits that it has."""
        q = json.loads(self.run_ok("summary", self.chain, "--json"))
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")] for line in
                self.run_ok("summary", self.chain, "--format", "markdown").splitlines()
                if line.startswith("|")]
        self.assertEqual(rows[0], ["quantity", "unit", "median, 68 %", "68 % HPD", "90 % HPD",
                                   "95 % HPD", "best sample"])
        self.assertEqual([row[0] for row in rows[2:]],
                         ["$m_{Z'}$", "$g'$", "$A$", "$\\gamma$", "$\\Delta a_\\mu$"])
        a, want = rows[4], q["parameters"]["A"]
        value, up, down = (float(word) for word in a[2].replace("−", "").split())
        self.assertLess(abs(value - want["median"]), 0.0051)
        self.assertLess(abs(up - (want["q"]["0.84"] - want["median"])), 0.0051)
        self.assertLess(abs(down - (want["median"] - want["q"]["0.16"])), 0.0051)
        self.assertEqual(json.loads(a[5]), [float("%.4g" % x) for x in want["hpd"]["0.95"][0]])
        self.assertEqual(float(rows[2][6]), float("%.4g" % q["best"]["m_zprime"]))
        latex = self.run_ok("summary", self.chain, "--format", "latex")
        self.assertEqual(latex.count("\\\\\n"), 6)
        self.assertEqual(latex.count(" & "), 6 * 6)
        self.assertIn("% WARNING: NOT converged", latex)
        self.check_fails(1, ["--format takes one of text, json, csv, not 'latex'"], "eval", WP,
                         "--at", POINT, "--format", "latex")

    def test_burn_in_is_whole_rows(self):
        # 16 rows of 7 steps, and 3 steps after them that are not stored
        path = self.path("thin.h5")
        self.run_ok("sample", WP, "--output", path, "--quiet", "--max-steps", "115", *FAST,
                    "sampler.thin=7", "sampler.burn_in=20", code=3)
        s = json.loads(self.run_ok("summary", path, "--json"))
        self.assertEqual((s["steps"], s["burn_in"]), (115, 21))

    def test_json(self):
        done = mutau("summary", self.chain, "--json")
        self.assertEqual(done.returncode, 0)
        self.assertIn("not converged", done.stderr)
        s = json.loads(done.stdout)
        self.assertEqual(set(s["parameters"]), {"log10_m_zprime", "log10_g_prime", "A", "gamma"})
        self.assertEqual(set(s["derived"]), {"m_zprime", "g_prime", "delta_a_mu"})
        for q in list(s["parameters"].values()) + list(s["derived"].values()):
            self.assertEqual(set(q), {"mean", "sd", "median", "mcse", "mcse_median", "q", "hpd_in",
                                      "hpd", "limits", "edge_density", "ess_bulk", "ess_tail",
                                      "rhat", "tau", "interval_error"})
            self.assertGreater(q["interval_error"], 0)
            self.assertIn("0.025", q["q"])
            self.assertEqual(set(q["hpd"]), {"0.68", "0.90", "0.95"})
        self.assertIsNone(s["evidence"])
        self.assertIs(s["converged"], False)
        self.assertEqual(s["steps"], 400)
        self.assertEqual(s["units"]["m_zprime"], "MeV")
        with h5py.File(self.chain, "r") as file:
            kept = np.concatenate([file[g]["chain"][s["burn_in"]:400, :, 2].ravel()
                                   for g in ("mcmc", "mcmc_1")])
            best = max(file[g]["log_prob"][s["burn_in"]:400].max() for g in ("mcmc", "mcmc_1"))
        self.assertAlmostEqual(s["parameters"]["A"]["mean"], kept.mean(), 12)
        self.assertAlmostEqual(s["parameters"]["A"]["q"]["0.5"], np.median(kept), 12)
        self.assertAlmostEqual(s["parameters"]["A"]["q"]["0.16"], np.quantile(kept, 0.16), 12)
        self.assertEqual(s["best"]["log_prob"], best)

    def test_text_and_csv(self):
        text = self.run_ok("summary", self.chain)
        self.assertTrue(text.startswith("WARNING"))
        self.assertIn("68 % HPD region", text)
        rows = list(csv.DictReader(io.StringIO(self.run_ok("summary", self.chain, "--format",
                                                           "csv"))))
        self.assertEqual(len(rows), 7)

    def test_masses(self):
        words = ("summary", self.chain, "--mass", "0.975,0.68,.5,0.9973")
        keys = ["0.50", "0.68", "0.975", "0.9973"]
        s = json.loads(self.run_ok(*words, "--json"))
        default = json.loads(self.run_ok("summary", self.chain, "--json"))
        for name, q in s["parameters"].items():
            self.assertEqual(list(q["hpd"]), keys)
            self.assertEqual(list(q["limits"]), keys)
            self.assertEqual(q["hpd"]["0.68"], default["parameters"][name]["hpd"]["0.68"])
        text = self.run_ok(*words)
        for percent in ("50 %", "68 %", "97.5 %", "99.73 %"):
            self.assertIn(percent + " HPD region", text)
        header = self.run_ok(*words, "--format", "csv").splitlines()[0]
        self.assertIn("hpd0.50,hpd0.68,hpd0.975,hpd0.9973,ess", header)

    def test_joint_regions(self):
        words = ("summary", self.chain, "--mass", "0.68,0.975", "--region",
                 "log10_m_zprime,log10_g_prime:m_zprime,g_prime:gamma,delta_a_mu")
        s = json.loads(self.run_ok(*words, "--json"))
        self.assertEqual([(r["x"], r["y"]) for r in s["regions"]],
                         [("log10_m_zprime", "log10_g_prime"), ("m_zprime", "g_prime"),
                          ("gamma", "delta_a_mu")])
        with h5py.File(self.chain, "r") as file:
            kept = np.concatenate([file[g]["chain"][s["burn_in"]:400].reshape(-1, 4)
                                   for g in ("mcmc", "mcmc_1")])[:, :2]
        for region, points in zip(s["regions"], (kept, 10 ** kept)):
            self.assertEqual(list(region["hpd"]), ["0.68", "0.975"])
            for mass, one in region["hpd"].items():
                self.assertEqual(one["islands"], len(one["polygons"]))  # no holes here
                inside, area = np.zeros(len(points), bool), 0
                for polygon in map(np.array, one["polygons"]):
                    self.assertEqual(list(polygon[0]), list(polygon[-1]))
                    a, b = polygon[:-1], polygon[1:]
                    area += 0.5 * ((a[:, 0] - a[0, 0]) * (b[:, 1] - a[0, 1])
                                   - (b[:, 0] - a[0, 0]) * (a[:, 1] - a[0, 1])).sum()
                    for (x0, y0), (x1, y1) in zip(a, b):
                        cuts = (y0 > points[:, 1]) != (y1 > points[:, 1])
                        x = x0 + (points[cuts, 1] - y0) / (y1 - y0) * (x1 - x0)
                        inside[cuts] ^= x > points[cuts, 0]
                self.assertLess(abs(area / one["area"] - 1), 1e-9)
                self.assertLess(abs(inside.mean() - float(mass)), 0.005)
        self.assertNotIn("regions", json.loads(self.run_ok("summary", self.chain, "--json")))
        text = self.run_ok(*words)
        self.assertIn("joint (2-D) HPD regions of m_zprime and g_prime", text)
        self.assertIn("  97.5 %  1 island", text)
        rows = list(csv.DictReader(io.StringIO(self.run_ok(*words, "--format", "csv"))))
        self.assertEqual(set(rows[0]), {"x_name", "y_name", "mass", "polygon", "x", "y"})
        self.assertEqual(len(rows), sum(len(polygon) for r in s["regions"]
                                        for one in r["hpd"].values()
                                        for polygon in one["polygons"]))

    def check_same_region(self, natural, stored, value):
        """The intervals and limits of a monotone function of a coordinate are that function's
        of the coordinate's; its moments are its own."""
        falls = value(1.0) < value(0.5)
        kinds = {"upper": "lower", "lower": "upper"} if falls else {}
        for mass, want in stored["hpd"].items():
            got = natural["hpd"][mass]
            want = [sorted(map(value, interval)) for interval in want]
            want.sort()
            self.assertEqual(len(got), len(want))
            np.testing.assert_allclose(got, want, rtol=1e-7)
            limit, of = natural["limits"][mass], stored["limits"][mass]
            self.assertEqual(limit is None, of is None)
            if of is not None:
                self.assertEqual(limit["type"], kinds.get(of["type"], of["type"]))
                if "value" in of:
                    self.assertLess(abs(limit["value"] / value(of["value"]) - 1), 1e-7)
        edges = stored["edge_density"]
        self.assertEqual(natural["edge_density"], edges[::-1] if falls else edges)

    def test_natural_values_have_the_region_of_the_sampled_coordinate(self):
        # g' < 1e-2 with m up to 2: limits, in g' and in its logarithm, and the 10^x of an edge
        path = self.path("edges.h5")
        self.run_ok("sample", WP, "--output", path, "--quiet", "--max-steps", "400", *FAST,
                    "parameters.g_prime.min=5e-4", "parameters.m_zprime.max=6", code=3)
        for chain in (self.chain, path):
            s = json.loads(self.run_ok("summary", chain, "--json"))
            for name in ("m_zprime", "g_prime"):
                stored = s["parameters"]["log10_" + name]
                self.assertEqual(stored["hpd_in"], "log10_" + name)
                self.assertEqual(s["derived"][name]["hpd_in"], "log10_" + name)
                self.check_same_region(s["derived"][name], stored, lambda x: 10 ** x)
            self.assertEqual(s["derived"]["delta_a_mu"]["hpd_in"], "delta_a_mu")
        self.assertEqual(s["derived"]["g_prime"]["hpd"]["0.95"][0][0], 5e-4)
        self.assertEqual(s["derived"]["g_prime"]["limits"]["0.95"]["type"], "upper")
        self.assertLessEqual(s["derived"]["m_zprime"]["hpd"]["0.95"][-1][1], 6)
        with h5py.File(path, "r") as file:
            g = 10 ** np.concatenate([file[name]["chain"][s["burn_in"]:400, :, 1].ravel()
                                      for name in ("mcmc", "mcmc_1")])
        for key, want in (("mean", g.mean()), ("sd", g.std(ddof=1)), ("median", np.median(g))):
            self.assertLess(abs(s["derived"]["g_prime"][key] / want - 1), 1e-9)
        text = self.run_ok("summary", path)
        self.assertIn("per unit of the sampled coordinate;\n  m_zprime, g_prime: the same", text)
        self.assertIn("delta_a_mu: per unit of itself", text)

    def test_delta_a_mu_of_one_free_parameter_has_its_region(self):
        fixed = {"m_zprime": ("parameters.m_zprime=6", "log10_g_prime",
                              lambda x: "m_zprime=6,g_prime=%r" % 10 ** x),
                 "g_prime": ("parameters={m_zprime: {prior: uniform, min: 1, max: 20}, "
                             "g_prime: 5e-4}", "m_zprime",
                             lambda x: "m_zprime=%r,g_prime=5e-4" % x)}
        for name, (setting, coordinate, at) in fixed.items():
            path = self.path(name + ".h5")
            self.run_ok("sample", WP, "--output", path, "--quiet", "--max-steps", "400", *FAST,
                        setting, code=3)
            words = ("summary", path, "--json", "--region", coordinate + ",gamma:delta_a_mu,gamma")
            s = json.loads(self.run_ok(*words))
            self.assertNotIn(name, s["parameters"])
            found = s["derived"]["delta_a_mu"]
            self.assertEqual(found["hpd_in"], coordinate)

            def value(x, at=at):
                point = json.loads(self.run_ok("eval", WP, "--json", "--at",
                                               at(x) + ",A=1.2,gamma=2.6"))
                return point["derived"]["delta_a_mu"]

            self.check_same_region(found, s["parameters"][coordinate], value)
            self.assertEqual(s["regions"][1]["hpd_in"], [coordinate, "gamma"])
            stored, shown = (r["hpd"]["0.68"] for r in s["regions"])
            self.assertEqual(stored["islands"], shown["islands"])
            polygon = [np.array(r["polygons"][0]) for r in (stored, shown)]
            if name == "g_prime":  # delta_a_mu falls with the mass: the ring runs the other way
                polygon[0] = polygon[0][::-1]
            self.assertEqual(list(polygon[0][:, 1]), list(polygon[1][:, 1]))
            self.assertLess(abs(polygon[1][7][0] / value(polygon[0][7][0]) - 1), 1e-7)
            self.check_fails(1, ["the same quantity"], "summary", path, "--region",
                             "delta_a_mu," + coordinate)

    def test_joint_regions_of_natural_values_are_those_of_the_coordinates(self):
        words = ("summary", self.chain, "--region",
                 "log10_m_zprime,log10_g_prime:m_zprime,g_prime:log10_m_zprime,g_prime:"
                 "A,delta_a_mu:gamma,g_prime", "--json")
        found = json.loads(self.run_ok(*words))["regions"]
        self.assertEqual([r["hpd_in"] for r in found],
                         3 * [["log10_m_zprime", "log10_g_prime"]]
                         + [["A", "delta_a_mu"], ["gamma", "log10_g_prime"]])
        for mass, stored in found[0]["hpd"].items():
            for other, x, y in ((found[1], 10, 10), (found[2], 1, 10)):
                natural = other["hpd"][mass]
                self.assertEqual(natural["islands"], stored["islands"])
                self.assertEqual(len(natural["polygons"]), len(stored["polygons"]))
                for one, want in zip(natural["polygons"], stored["polygons"]):
                    one, want = np.array(one), np.array(want)
                    want[:, 1] = y ** want[:, 1]
                    want[:, 0] = x ** want[:, 0] if x > 1 else want[:, 0]
                    np.testing.assert_allclose(one, want, rtol=1e-13)
                self.assertGreater(natural["area"], 0)

    def test_bad_regions(self):
        for pairs, piece in (("m_zprime", "'m_zprime'"), ("m_zprime,", "'m_zprime,'"),
                             (",A", "',A'"), ("A,gamma,m_zprime", "A,gamma,m_zprime"), ("", "''"),
                             ("A,gamma:", "''"), ("A,gama", "did you mean 'gamma'"),
                             ("m_zprim,A", "did you mean 'm_zprime'"), ("A,A", "the same"),
                             ("log10_g_prime,g_prime", "the same"), ("A," + 70 * "x", "xxx"),
                             ("A,chi2", "no quantity 'chi2'"),
                             (":".join(17 * ["A,gamma"]), "at most 16")):
            self.check_fails(1, ["--region", piece], "summary", self.chain, "--region", pairs)

    def test_bad_masses(self):
        for masses, piece in (("0.68,1", "'1'"), ("0", "'0'"), ("0.68,,0.9", "''"), ("", "''"),
                              ("0.68,0.95,", "''"), ("68", "'68'"), ("0.68;0.95", "0.68;0.95"),
                              ("nan", "'nan'"), ("0.9,0.90", "twice"), ("0." + "3" * 90, "33"),
                              (".1,.2,.3,.4,.5,.6,.7,.8,.9", "at most 8")):
            self.check_fails(1, ["--mass", piece], "summary", self.chain, "--mass", masses)
        self.check_fails(1, ["--mass"], "summary", self.chain, "--mas", "0.5")

    def test_limits_where_the_posterior_touches_an_edge(self):
        # log10 g' and gamma to be above and below all that the data allow otherwise
        path = self.path("edge.h5")
        self.run_ok("sample", WP, "--output", path, "--quiet", "--max-steps", "400", *FAST,
                    "parameters.g_prime.min=5e-4", "parameters.gamma.max=2.5", code=3)
        s = json.loads(self.run_ok("summary", path, "--json"))
        g, gamma, a = (s["parameters"][name] for name in ("log10_g_prime", "gamma", "A"))
        self.assertEqual(g["hpd"]["0.95"][0][0], math.log10(5e-4))
        self.assertEqual(g["limits"]["0.95"], {"type": "upper", "value": g["hpd"]["0.95"][0][1]})
        self.assertAlmostEqual(g["limits"]["0.90"]["value"], g["q"]["0.5"], delta=0.3)
        self.assertEqual(gamma["limits"]["0.95"],
                         {"type": "lower", "value": gamma["hpd"]["0.95"][0][0]})
        self.assertGreater(g["edge_density"][0], 0.5)
        self.assertLess(g["edge_density"][1], 1e-4)
        self.assertGreater(gamma["edge_density"][1], 0.5)
        self.assertIsNone(a["limits"]["0.95"])
        text = self.run_ok("summary", path)
        self.assertIn("< %.4g (95 %%)" % g["hpd"]["0.95"][0][1], text)
        self.assertIn("> %.4g (95 %%)" % gamma["hpd"]["0.95"][0][0], text)
        self.assertIn("gamma: at the upper edge of its prior", text)

    def test_pooled_files(self):
        other = self.path("other.h5")
        self.run_ok("sample", WP, "--output", other, "--quiet", "--max-steps", "300", "--seed", "2",
                    *FAST, code=3)
        s = json.loads(self.run_ok("summary", self.chain, other, "--json"))
        self.assertEqual(s["steps"], 300)
        self.check_fails(2, [self.chain + " and " + self.chain, "same seed"], "summary",
                         self.chain, self.chain)
        self.run_ok("sample", WP, "--output", self.path("bmw.h5"), "--quiet", "--max-steps", "100",
                    "--seed", "3", *FAST, "terms.g-2=bmw2021", code=3)
        self.check_fails(2, ["bmw.h5 is of another run than " + self.chain, "terms.g-2.value is "
                             "bmw2021 in the former, wp2020 in the latter", "mutau compare"],
                         "summary", self.chain, self.path("bmw.h5"))

    def test_needs_no_data_files(self):
        run = self.path("run")
        os.mkdir(run)
        data = os.path.join(mutau_cli.SOURCE, "data")
        for name in ("icecube-tracks-9.5yr.yaml", "icecube-tracks-9.5yr.csv"):
            shutil.copy(os.path.join(data, name), os.path.join(run, name.replace("icecube", "my")))
        preset = os.path.join(run, "my-tracks-9.5yr.yaml")
        with open(preset) as file:
            text = file.read().replace("icecube-tracks-9.5yr.csv", "my-tracks-9.5yr.csv")
        with open(preset, "w") as file:
            file.write(text)
        shutil.copy(WP, os.path.join(run, "run.yaml"))
        chain = self.path("own.h5")
        self.run_ok("sample", os.path.join(run, "run.yaml"), "--output", chain, "--quiet",
                    "--max-steps", "40", *FAST, "data=[my-tracks-9.5yr]", code=3)
        shutil.rmtree(run)
        self.assertIn("log10_g_prime", self.run_ok("summary", chain))

    def test_too_short(self):
        self.run_ok("sample", WP, "--output", self.path("short.h5"), "--quiet", "--max-steps", "3",
                    *FAST, code=3)
        self.check_fails(2, ["3 rows"], "summary", self.path("short.h5"))

    def test_more_blobs_than_any_run(self):
        with h5py.File(self.chain, "r+") as file:
            names = ["m_zprime", "g_prime"] + ["b%d" % i for i in range(68)]
            dtype = np.dtype([(name, float) for name in names])
            for group in ("mcmc", "mcmc_1"):
                shape = file[group]["blobs"].shape
                del file[group]["blobs"]
                file[group].create_dataset("blobs", data=np.zeros(shape, dtype))
            del file["run"].attrs["blob_names"]
            file["run"].attrs["blob_names"] = names
            old = file["run/state"]
            state = [(n, old.dtype[n] if n != "blobs" else (float, (2, 8, 70)))
                     for n in old.dtype.names]
            del file["run/state"]
            file["run"].create_dataset("state", data=np.zeros(2, np.dtype(state)))
        self.check_fails(2, ["70 blobs"], "summary", self.chain)

    def test_bad_files(self):
        with open(self.path("text.h5"), "w") as file:
            file.write("not HDF5")
        with h5py.File(self.path("empty.h5"), "w"):
            pass
        self.check_fails(2, ["nowhere.h5"], "summary", "nowhere.h5")
        self.check_fails(2, ["text.h5"], "summary", self.path("text.h5"))
        self.check_fails(2, ["empty.h5"], "summary", self.path("empty.h5"))


if __name__ == "__main__":
    mutau_cli.main("__main__")
