#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau export: the exact files of each format, held to what h5py reads of the chain; the layouts
are those that the real packages read (test_export_peers.py)."""
import csv
import os
import subprocess
import time

import h5py
import numpy as np

from mutau_cli import MUTAU, MutauTest, main, mutau, under

RUN = """description: "it's a test: 100 % of it"
model: {targets: cold, cross_section: paper, table: off}
parameters:
  m_zprime: {prior: log-uniform, min: 1, max: 20}
  g_prime: {prior: log-uniform, min: 1e-5, max: 1e-2}
  A: {prior: truncated-normal, mean: 1, sigma: 0.5, min: 0, max: .inf}
  gamma: 2.5
data: [icecube-cascades-6yr]
terms: {g-2: wp2020}
sampler: {ensembles: 2, walkers: 16, moves: {stretch: 1}, stop: {max_steps: 60}}
"""
SAMPLED = ["log10_m_zprime", "log10_g_prime", "A"]
DERIVED = ["m_zprime", "g_prime", "delta_a_mu"]
WARNING = "mutau: warning: this chain is not converged"


def stored(path):
    """What h5py reads of a chain: {name: [ensemble, walker, row]} of the committed rows after
    burn-in, with log_prob; and the number of rows there is room for."""
    with h5py.File(path, "r") as file:
        groups = [file[name] for name in ("mcmc", "mcmc_1") if name in file]
        kept = slice(int(groups[0].attrs["burn_in"]), int(groups[0].attrs["iteration"]))
        names = list(groups[0].attrs["parameter_names"])
        found = {"log_prob": np.stack([g["log_prob"][kept].T for g in groups])}
        for i, name in enumerate(names):
            found[name] = np.stack([g["chain"][kept, :, i].T for g in groups])
        for name in groups[0].attrs.get("blob_names", []):
            found[name] = np.stack([g["blobs"][name][kept].T for g in groups])
        return found, groups[0]["chain"].shape[0], kept


def unweighted(path):
    """Header and draws of a table with weights, a row a draw."""
    with open(path, encoding="ascii") as file:
        header = file.readline().split()
        rows = [line.split() for line in file]
    assert header[0] == "#"
    table = np.array(rows, dtype=float)
    weights = table[:, 0].astype(int)
    assert (weights >= 1).all() and (weights == table[:, 0]).all()
    return header[1:], np.repeat(table, weights, axis=0), rows


def in_order(group):
    """The names in an HDF5 group as they were made."""
    names = []
    group.id.links.iterate(lambda name: names.append(name.decode()),
                           idx_type=h5py.h5.INDEX_CRT_ORDER)
    return names


class Export(MutauTest):
    def sample(self, *words, name="a.h5", text=RUN):
        run = self.path("run.yaml")
        with open(run, "w", encoding="utf-8") as file:
            file.write(text)
        done = mutau("sample", run, "--output", self.path(name), "--quiet",
                     *(["--set", *words] if words else []))
        self.assertEqual(done.returncode, 3, done.stderr)
        return self.path(name)

    def export(self, form, *words, code=0):
        """Exports; the lines of stdout."""
        done = mutau("export", *words, "--format", form)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertIn(WARNING, done.stderr)
        return done.stdout.splitlines()

    def beside(self, *but):
        return sorted(set(os.listdir(self.folder.name)) - {"run.yaml", "a.h5", *but})

    # --- the formats ----------------------------------------------------------------------

    def test_csv(self):
        path = self.sample()
        draws, room, kept = stored(path)
        self.assertGreater(room, kept.stop)  # there are rows that are not the chain's
        self.assertGreater(kept.start, 0)
        lines = self.export("csv", path)
        self.assertEqual(lines, [self.path("a.csv"),
                                 f"{2 * 16 * (kept.stop - kept.start)} draws: 2 ensembles x 16 "
                                 f"walkers x {kept.stop - kept.start} rows, without burn-in"])
        with open(self.path("a.csv"), encoding="ascii") as file:
            rows = list(csv.reader(file))
        self.assertEqual(rows[0], ["chain", "draw", "ensemble", "walker", "log_posterior",
                                   *SAMPLED, *DERIVED, "lnl_flux", "lnl_g_2"])
        n_row = kept.stop - kept.start
        self.assertEqual(len(rows) - 1, 2 * 16 * n_row)
        for i, row in enumerate(rows[1:]):
            chain, draw = divmod(i, n_row)
            self.assertEqual([int(x) for x in row[:4]], [chain, draw, chain // 16, chain % 16])
        table = np.array(rows[1:], dtype=float).T
        for name, column in zip(["log_prob", *SAMPLED, *DERIVED, "lnl_flux", "lnl_g-2"], table[4:]):
            self.assertTrue(np.array_equal(column, draws[name].ravel()), name)
        self.assertEqual(rows[1][5], "%.17g" % draws[SAMPLED[0]][0, 0, 0])
        self.check_evaluated(rows)

    def check_evaluated(self, rows):
        """eval gives back the same posterior, but for the way back from the logarithm."""
        at = [rows[0].index(name) for name in ("m_zprime", "g_prime", "A")]
        text = "m_zprime,g_prime,A\n" + "".join(
            ",".join(row[i] for i in at) + "\n" for row in rows[1::97])
        answers = csv.DictReader(self.run_ok("eval", self.path("run.yaml"), "--at", "-",
                                             "--format", "csv", stdin=text).splitlines())
        found = [float(row["ln_posterior"]) for row in answers]
        expected = [float(row[4]) for row in rows[1::97]]
        self.assertEqual(len(found), len(expected))
        np.testing.assert_allclose(found, expected, rtol=1e-12)

    def test_getdist(self):
        path = self.sample()
        draws, _, kept = stored(path)
        lines = self.export("getdist", path, "--output", self.path("g"))
        names = ["g.paramnames", "g.ranges", "g.properties.ini", "g_1.txt", "g_2.txt"]
        self.assertEqual(lines[:-1], [self.path(name) for name in names])
        self.assertEqual(self.beside(), sorted(names))
        with open(self.path("g.paramnames"), encoding="ascii") as file:
            self.assertEqual(file.read(), "log10_m_zprime\t\\log_{10}(m_{Z'}/\\mathrm{MeV})\n"
                             "log10_g_prime\t\\log_{10} g'\nA\tA\n"
                             "m_zprime*\tm_{Z'}\\,[\\mathrm{MeV}]\ng_prime*\tg'\n"
                             "delta_a_mu*\t\\Delta a_\\mu\n")
        with open(self.path("g.ranges"), encoding="ascii") as file:
            bounds = [line.split() for line in file]
        self.assertEqual([b[0] for b in bounds], SAMPLED + DERIVED)
        self.assertEqual([[None if x == "N" else float(x) for x in b[1:]] for b in bounds],
                         [[0, np.log10(20)], [-5, -2], [0, None], [1, 20], [1e-5, 1e-2],
                          [0, None]])
        with open(self.path("g.properties.ini"), encoding="ascii") as file:
            self.assertEqual(file.read(), "sampler=mcmc\nburn_removed=T\n"
                             "label=it's a test: 100 % of it\n")
        for i in range(2):
            header, table, rows = unweighted(self.path(f"g_{i + 1}.txt"))
            self.assertEqual(header, ["weight", "minuslogpost", *SAMPLED, *DERIVED])
            self.assertTrue(np.array_equal(-table[:, 1], draws["log_prob"][i].ravel()))
            for k, name in enumerate(SAMPLED + DERIVED):
                self.assertTrue(np.array_equal(table[:, 2 + k], draws[name][i].ravel()), name)
            # rows that stay are one row, but not across walkers
            same = (draws["log_prob"][i][:, 1:] == draws["log_prob"][i][:, :-1]).sum()
            self.assertEqual(len(rows), 16 * (kept.stop - kept.start) - same)
            self.assertGreater(same, 0)

    def test_cobaya(self):
        path = self.sample()
        draws, _, _ = stored(path)
        lines = self.export("cobaya", path, "--output", self.path("c"))
        self.assertEqual(lines[:-1], [self.path(name) for name in
                                      ("c.1.txt", "c.2.txt", "c.updated.yaml")])
        like = draws["lnl_flux"] + draws["lnl_g-2"]
        columns = {"minuslogpost": -draws["log_prob"], **{n: draws[n] for n in SAMPLED + DERIVED},
                   "minuslogprior": like - draws["log_prob"],
                   "minuslogprior__0": like - draws["log_prob"], "chi2": -2 * like,
                   "chi2__flux": -2 * draws["lnl_flux"], "chi2__g-2": -2 * draws["lnl_g-2"]}
        for i in range(2):
            header, table, _ = unweighted(self.path(f"c.{i + 1}.txt"))
            self.assertEqual(header, ["weight", *columns])
            for k, (name, x) in enumerate(columns.items()):
                self.assertTrue(np.array_equal(table[:, 1 + k], x[i].ravel()), name)
        with open(self.path("c.updated.yaml"), encoding="ascii") as file:
            text = file.read()
        edge = next(word for word in text.split() if word.startswith("1.301"))
        self.assertEqual(float(edge.rstrip("},")), np.log10(20))
        self.assertEqual(text, f"""params:
  log10_m_zprime: {{prior: {{min: 0, max: {edge} latex: '\\log_{{10}}(m_{{Z''}}/\\mathrm{{MeV}})'}}
  log10_g_prime: {{prior: {{min: -5, max: -2}}, latex: '\\log_{{10}} g'''}}
  A: {{prior: {{dist: truncnorm, a: -2, b: .inf, loc: 1, scale: 0.5}}, latex: 'A'}}
  m_zprime: {{derived: true, min: 1, max: 20, latex: 'm_{{Z''}}\\,[\\mathrm{{MeV}}]'}}
  g_prime: {{derived: true, min: 1.0e-5, max: 0.01, latex: 'g'''}}
  delta_a_mu: {{derived: true, min: 0, latex: '\\Delta a_\\mu'}}
  gamma: 2.5
  sum_mnu: 0.1
likelihood: {{flux: {{external: null}}, g-2: {{external: null}}}}
sampler: {{mcmc: {{burn_in: 0}}}}
output: '{self.path("c")}'
""")

    def test_arviz(self):
        path = self.sample()
        draws, _, kept = stored(path)
        self.assertEqual(self.export("arviz", path)[0], self.path("a.nc"))
        shape = (32, kept.stop - kept.start)
        like = draws["lnl_flux"] + draws["lnl_g-2"]
        expected = {"posterior": {name: draws[name] for name in SAMPLED + DERIVED},
                    "sample_stats": {"lp": draws["log_prob"], "chi2_flux": draws["chi2"]},
                    "log_likelihood": {"flux": draws["lnl_flux"], "g_2": draws["lnl_g-2"]},
                    "log_prior": {"log_prior": draws["log_prob"] - like}}
        with h5py.File(self.path("a.nc"), "r") as file:
            self.assertEqual(in_order(file), list(expected))
            for name, variables in expected.items():
                self.check_group(file[name], variables, shape)
            self.assertEqual(file["posterior/m_zprime"].attrs["units"], b"MeV")

    def check_group(self, group, variables, shape):
        self.assertEqual(in_order(group), ["chain", "draw", *variables])
        self.assertEqual(group.attrs["inference_library"], b"mutau")
        for name, n in zip(("chain", "draw"), shape):
            self.assertTrue(h5py.h5ds.is_scale(group[name].id))
            self.assertEqual(group[name].attrs["NAME"], name.encode())
            self.assertEqual(group[name].dtype, np.int64)
            self.assertTrue(np.array_equal(group[name][:], np.arange(n)))
            self.assertEqual(len(group[name].attrs["REFERENCE_LIST"]), len(variables))
        for name, x in variables.items():
            self.assertEqual((group[name].dtype, group[name].shape), (np.float64, shape))
            np.testing.assert_allclose(group[name][:], x.reshape(shape), rtol=0,
                                       atol=1e-13 if name == "log_prior" else 0)
            self.assertEqual([group[name].dims[i][0].name for i in range(2)],
                             [f"{group.name}/chain", f"{group.name}/draw"])

    def test_a_flat_prior_is_left_out(self):
        path = self.sample("parameters.A={prior: uniform, min: 0.1, max: 2.5}")
        self.export("arviz", path)
        with h5py.File(self.path("a.nc"), "r") as file:
            self.assertEqual(in_order(file), ["posterior", "sample_stats", "log_likelihood"])

    # --- which draws ------------------------------------------------------------------------

    def test_thin(self):
        path = self.sample()
        draws, _, kept = stored(path)
        n = kept.stop - kept.start
        for thin in (2, 7, n):
            lines = self.export("csv", path, "--thin", str(thin), "--overwrite")
            self.assertIn(f"{n // thin} rows, without burn-in, 1 in {thin} rows", lines[-1])
            table = np.loadtxt(self.path("a.csv"), delimiter=",", skiprows=1)
            self.assertTrue(np.array_equal(table[:, 4],
                                           draws["log_prob"][:, :, thin - 1::thin].ravel()))
        self.export("csv", path, "--thin", "auto", "--overwrite")
        for word, piece in (("0", "'0' is neither"), ("2x", "'2x' is neither"),
                            ("-1", "'-1' is neither"), ("", "'' is neither"),
                            ("1.5", "'1.5' is neither"), (10 * "9" + 20 * "9", "neither"),
                            (str(n + 1), f"{n} rows are kept after burn-in")):
            self.check_fails(1, [piece], "export", path, "--format", "csv", "--overwrite",
                             "--thin", word)

    def test_several_files_are_more_ensembles(self):
        paths = [self.sample(), self.sample("sampler.seed=2", name="b.h5")]
        draws = [stored(path)[0]["log_prob"] for path in paths]
        n = min(x.shape[2] for x in draws)  # of unequal files the last rows
        self.export("csv", *paths, "--output", self.path("both.csv"))
        table = np.loadtxt(self.path("both.csv"), delimiter=",", skiprows=1)
        self.assertEqual(sorted(set(table[:, 2])), [0, 1, 2, 3])
        self.assertTrue(np.array_equal(table[:, 4], np.concatenate(
            [x[:, :, -n:].ravel() for x in draws])))
        self.export("cobaya", *paths, "--output", self.path("both"))
        self.assertIn("both.4.txt", self.beside())
        # fewer chains: what would be read with them goes, or nothing is done
        self.check_fails(2, ["both.1.txt exists"], "export", paths[0], "--format", "cobaya",
                         "--output", self.path("both"))
        self.export("cobaya", paths[0], "--output", self.path("both"), "--overwrite")
        self.assertEqual(self.beside("b.h5", "both.csv"),
                         ["both.1.txt", "both.2.txt", "both.updated.yaml"])
        self.check_fails(2, ["same seed"], "export", paths[0], paths[0], "--format", "csv")

    def test_of_a_ladder_the_cold_rung(self):
        path = self.sample("sampler.temperatures=2", "sampler.ladder.beta_min=0.3",
                           "sampler.store_rungs=true")
        draws, _, _ = stored(path)
        self.export("csv", path)
        table = np.loadtxt(self.path("a.csv"), delimiter=",", skiprows=1)
        self.assertTrue(np.array_equal(table[:, 4], draws["log_prob"].ravel()))

    def test_a_target_has_no_parts(self):
        path = self.sample(text="target: {linear-gaussian: {}}\nsampler: {ensembles: 2, walkers: "
                           "16, moves: {stretch: 1}, stop: {max_steps: 60}}\n")
        draws, _, _ = stored(path)
        self.export("cobaya", path, "--output", self.path("c"))
        header, table, _ = unweighted(self.path("c.2.txt"))
        self.assertEqual(header[-4:], ["minuslogprior", "minuslogprior__0", "chi2",
                                       "chi2__target"])
        self.assertTrue(np.array_equal(table[:, -1], -2 * draws["log_prob"][1].ravel()))
        self.export("arviz", path)
        with h5py.File(self.path("a.nc"), "r") as file:
            self.assertEqual(sorted(file), ["posterior", "sample_stats"])
        self.export("getdist", path, "--output", self.path("g"))
        with open(self.path("g.ranges"), encoding="ascii") as file:
            self.assertEqual(file.readline(), "x1 N N\n")

    def test_while_it_grows(self):
        path = self.path("a.h5")
        with open(self.path("run.yaml"), "w", encoding="utf-8") as file:
            file.write(RUN)
        with subprocess.Popen([MUTAU, "sample", self.path("run.yaml"), "--output", path, "--quiet",
                               "--max-steps", "100000000", "--set",
                               "sampler.stop.ess_bulk=1e12"], stderr=subprocess.DEVNULL) as run:
            try:
                until = time.monotonic() + 60 * under.SLOWER
                while not os.path.exists(path) and time.monotonic() < until:
                    time.sleep(0.05)
                while mutau("export", path, "--format", "csv", "--output",
                            self.path("grown")).returncode != 0 and time.monotonic() < until:
                    time.sleep(0.1)  # until there are a few rows
            finally:
                run.terminate()
                run.wait()
        table = np.loadtxt(self.path("grown.csv"), delimiter=",", skiprows=1)
        with h5py.File(path, "r") as file:
            log_prob = file["mcmc/log_prob"][:int(file["mcmc"].attrs["iteration"]), 0]
        walker = table[table[:, 0] == 0, 4]
        # all of them rows of the chain, one after the other
        first = np.flatnonzero(log_prob == walker[0])
        self.assertTrue(any(np.array_equal(log_prob[i:i + len(walker)], walker) for i in first))

    # --- refusals ---------------------------------------------------------------------------

    def test_nothing_is_replaced(self):
        path = self.sample()
        for form, name in (("csv", "x.csv"), ("arviz", "x.nc"), ("getdist", "x_2.txt"),
                           ("cobaya", "x.updated.yaml"), ("cobaya", "x.3.txt")):
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write("precious")
            self.check_fails(2, [name, "exists", "--overwrite"], "export", path, "--format", form,
                             "--output", self.path("x"))
            self.assertEqual(self.beside(), [name])
            with open(self.path(name), encoding="ascii") as file:
                self.assertEqual(file.read(), "precious")
            self.export(form, path, "--output", self.path("x"), "--overwrite")
            for made in self.beside():
                with open(self.path(made), "rb") as file:
                    self.assertNotEqual(file.read(), b"precious", made)
                os.unlink(self.path(made))
        for name, form in (("x_1.txt", "cobaya"), ("x.1.txt", "getdist"),
                           ("x.paramnames", "cobaya"), ("x.updated.yaml", "getdist")):
            with open(self.path(name), "w", encoding="ascii") as file:
                file.write("precious")
            self.check_fails(2, [name, "another --output"], "export", path, "--format", form,
                             "--output", self.path("x"), "--overwrite")
            self.assertEqual(self.beside(), [name])
            os.unlink(self.path(name))

    def test_all_or_nothing(self):
        path = self.sample()
        for form in ("csv", "arviz", "getdist", "cobaya"):
            words = [MUTAU, "export", path, "--format", form, "--output", self.path("x")]
            done = subprocess.run(["sh", "-c", 'ulimit -f 8; exec "$@"', "sh", *words],
                                  capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 2, done.stderr)
            self.assertIn("cannot write", done.stderr)
            self.assertEqual((done.stdout, self.beside()), ("", []), form)
            self.check_fails(2, ["cannot create"], *words[1:-1], self.path("no/x"))

    def test_usage(self):
        path = self.sample()
        self.check_fails(1, ["'cobay'", "did you mean 'cobaya'", "getdist"], "export", path,
                         "--format", "cobay")
        self.check_fails(1, ["--format is needed", "arviz"], "export", path)
        for root in ("", self.path(""), "x/"):
            self.check_fails(1, ["--output", "no beginning of a file's name"], "export", path,
                             "--format", "csv", "--output", root)
        self.check_fails(2, ["is a text", "takes chains"], "export", self.path("run.yaml"),
                         "--format", "csv")
        self.check_fails(2, ["nothing.h5"], "export", self.path("nothing.h5"), "--format", "csv")
        self.assertEqual(self.beside(), [])


if __name__ == "__main__":
    main(__name__)
