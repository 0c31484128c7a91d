# SPDX-License-Identifier: GPL-3.0-or-later
"""emcee reads a chain file and goes on with it, with mutau eval as its density.

Needs Debian's python3-emcee (3.1.x); its file layout and autocorrelation time are
what the chain file and the summary are compared with."""
import contextlib
import io
import json
import os
import re
import shutil
import subprocess

import emcee
import h5py
import numpy as np

import mutau_cli
import under
from mutau_cli import COLD, LIGHT, MUTAU, SOURCE, WP, MutauTest

WALKERS, ENSEMBLES, STEPS = 32, 2, 500


class Density:
    """ln posterior and blobs of stored coordinates, by one conversation with mutau eval."""

    def __init__(self, run_file, blob_names):
        self.process = subprocess.Popen([MUTAU, "eval", run_file, "--at", "-", "--set", COLD],
                                        text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.process.stdin.write("m_zprime,g_prime,A,gamma\n")
        self.blob_names = blob_names

    def __call__(self, points):
        natural = np.array(points)
        natural[:, :2] = 10 ** natural[:, :2]
        return [self.ask(row) for row in natural]

    def ask(self, row):
        self.process.stdin.write(",".join("%.17g" % x for x in row) + "\n")
        self.process.stdin.flush()
        e = json.loads(self.process.stdout.readline())
        known = {"m_zprime": row[0], "g_prime": row[1], "chi2": e["chi2"],
                 "delta_a_mu": e["derived"]["delta_a_mu"],
                 "lnl_flux": None if e["chi2"] is None else -0.5 * e["chi2"],
                 **{"lnl_" + name: value for name, value in e["terms"].items()}}
        blobs = [np.nan if known[name] is None else known[name] for name in self.blob_names]
        return (float(e["ln_posterior"]), *blobs)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=60 * under.SLOWER)
        self.process.stdout.close()


class Emcee(MutauTest):
    def setUp(self):
        super().setUp()
        self.chain = self.path("chain.h5")
        self.run_ok("sample", WP, "--output", self.chain, "--quiet", "--max-steps", str(STEPS),
                    "--set", f"sampler.walkers={WALKERS}", f"sampler.ensembles={ENSEMBLES}",
                    "sampler.temperatures=1", "sampler.moves={stretch: {a: 2}}", COLD,
                    "model.table=off", code=3)  # what emcee asks is mutau eval, which solves

    def backend(self, name="mcmc", **options):
        return emcee.backends.HDFBackend(self.chain, name=name, **options)

    def test_every_getter(self):
        for name in ("mcmc", "mcmc_1"):
            backend = self.backend(name, read_only=True)
            self.assertEqual(backend.shape, (WALKERS, 4))
            self.assertEqual(backend.iteration, STEPS)
            self.assertTrue(backend.has_blobs())
            with h5py.File(self.chain, "r") as file:
                group = file[name]
                self.assertTrue((backend.get_chain() == group["chain"][:STEPS]).all())
                self.assertTrue((backend.get_log_prob() == group["log_prob"][:STEPS]).all())
                self.assertTrue((backend.get_blobs() == group["blobs"][:STEPS]).all())
                self.assertTrue((backend.accepted == group["accepted"][:]).all())
            self.assertEqual(backend.get_chain(discard=100, thin=7, flat=True).shape[1], 4)
            self.assertEqual(backend.get_autocorr_time(tol=0).shape, (4,))
            last = backend.get_last_sample()
            self.assertTrue((last.coords == backend.get_chain()[-1]).all())
            self.assertTrue((last.log_prob == backend.get_log_prob()[-1]).all())
            self.assertEqual(last.random_state[0], "MT19937")
            moved = (np.diff(backend.get_chain()[:, :, 0], axis=0) != 0).sum(axis=0)
            self.assertTrue((np.abs(backend.accepted - moved) <= 1).all())

    def snippets(self):
        """The Python of docs/chain-file.md, in order."""
        with open(os.path.join(SOURCE, "docs", "chain-file.md"), encoding="utf-8") as file:
            code = re.findall(r"```python\n(.*?)```", file.read(), re.S)
        self.assertEqual(len(code), 5)
        return code

    def run_snippet(self, code, chain, **known):
        with contextlib.redirect_stdout(io.StringIO()):  # GetDist is talkative
            exec(code.replace("chains/quickstart.h5", chain), known)  # pylint: disable=exec-used
        return known

    def has_the_summarys_means(self, chain, names, draws):
        s = json.loads(self.run_ok("summary", chain, "--json"))
        self.assertEqual(list(names), list(s["parameters"]))
        for i, q in enumerate(s["parameters"].values()):
            self.assertLess(abs(draws[:, i].mean() - q["mean"]), 1e-12)

    def test_the_documented_readers_read_all_ensembles(self):
        hot = self.path("hot.h5")
        self.run_ok("sample", WP, "--output", hot, "--quiet", "--max-steps", "40", "--set",
                    "sampler.walkers=16", "sampler.ensembles=3", "sampler.temperatures=2",
                    "sampler.ladder.adapt=10", "sampler.store_rungs=true", *LIGHT, code=3)
        with_emcee, with_h5py = self.snippets()[:2]
        for chain in (self.chain, hot):
            known = self.run_snippet(with_emcee, chain)
            self.has_the_summarys_means(chain, known["names"], known["draws"])
            alone = self.run_snippet(with_h5py, chain)
            self.assertEqual(list(alone["names"]), list(known["names"]))
            self.assertTrue((alone["draws"] == known["draws"]).all())
            kept = {"discard": known["burn_in"], "flat": True}
            for name, stored in (
                    ("ln_posterior", [b.get_log_prob(**kept) for b in known["backends"]]),
                    ("delta_a_mu", [b.get_blobs(**kept)["delta_a_mu"] for b in known["backends"]])):
                self.assertTrue((alone[name] == np.concatenate(stored)).all(), name)

    def test_the_documented_getdist_reads_all_ensembles(self):
        try:
            import getdist  # pylint: disable=import-outside-toplevel,unused-import
        except ImportError:
            self.skipTest("needs GetDist")
        samples = self.run_snippet(self.snippets()[2], self.chain)["samples"]
        self.assertEqual(len(samples.chain_offsets) - 1, ENSEMBLES)
        self.has_the_summarys_means(self.chain, samples.getParamNames().list(),
                                    samples.samples)

    def test_the_documented_sampler_goes_on(self):
        copy = self.path("copy.h5")
        shutil.copy(self.chain, copy)
        density = Density(WP, self.backend().get_blobs().dtype.names)
        self.addCleanup(density.close)
        code = self.snippets()[3].replace("copy.h5", copy).replace("1000", "20")
        self.run_snippet(code, copy, emcee=emcee,
                         log_prob_and_blobs=lambda point: density(point[np.newaxis])[0])
        self.assertEqual(emcee.backends.HDFBackend(copy, read_only=True).iteration, STEPS + 20)

    def test_the_documented_evidence_is_that_of_the_draws(self):
        mixed = self.path("mixed.h5")
        with h5py.File(mixed, "w") as file:  # as much of one as the snippet looks at
            file["mixture/log_weight"] = np.array([[[-3.0, np.nan], [-np.inf, -800.0]],
                                                   [[np.nan, -1.0], [-2.0, np.nan]],
                                                   [[7.0, 7.0], [7.0, 7.0]]])
            file["mixture"].attrs["iteration"] = 2
        known = self.run_snippet(self.snippets()[4], mixed)
        self.assertAlmostEqual(known["ln_z"], np.log((np.exp([-3.0, -1.0, -2.0])).sum() / 5),
                               delta=1e-14)

    def test_blobs_are_named_and_consistent(self):
        blobs, chain = self.backend().get_blobs(), self.backend().get_chain()
        self.assertEqual(blobs.dtype.names, ("m_zprime", "g_prime", "delta_a_mu", "chi2",
                                             "lnl_flux", "lnl_g-2", "lnl_na64",
                                             "lnl_kaon", "lnl_z-decay"))
        self.assertLess(np.abs(blobs["g_prime"] / 10 ** chain[:, :, 1] - 1).max(), 1e-13)
        self.assertLess(np.abs(blobs["lnl_flux"] + 0.5 * blobs["chi2"]).max(), 1e-12)

    def test_autocorrelation_time_is_emcees(self):
        summary = json.loads(self.run_ok("summary", self.chain, "--json"))
        for i, name in enumerate(("log10_m_zprime", "log10_g_prime", "A", "gamma")):
            taus = [emcee.autocorr.integrated_time(
                self.backend(group).get_chain(discard=summary["burn_in"]), tol=0)[i]
                for group in ("mcmc", "mcmc_1")]
            mine = summary["parameters"][name]["tau"]
            self.assertLess(abs(mine / max(taus) - 1), 1e-10, name)

    def test_emcee_goes_on_with_the_file(self):
        backend = self.backend()
        dtype = backend.get_blobs().dtype
        before = backend.accepted.sum() / (WALKERS * STEPS)
        density = Density(WP, dtype.names)
        self.addCleanup(density.close)
        last = backend.get_last_sample()
        recomputed = np.array([value[0] for value in density(last.coords)])
        error = np.abs(recomputed - last.log_prob) / np.abs(last.log_prob)
        self.assertLess(error.max(), 1e-12)
        sampler = emcee.EnsembleSampler(WALKERS, 4, density, backend=backend, vectorize=True,
                                        blobs_dtype=list(dtype.descr))
        accepted = backend.accepted.sum()
        more = 200
        sampler.run_mcmc(None, more)
        self.assertEqual(self.backend().iteration, STEPS + more)
        after = (self.backend().accepted.sum() - accepted) / (WALKERS * more)
        self.assertLess(abs(after - before), 0.1)
        # What emcee has added to one ensemble is not thrown away by going on without it.
        self.check_fails(4, ["another program"], "sample", WP, "--output", self.chain, "--quiet",
                         "--resume", "--set", COLD, f"sampler.walkers={WALKERS}", "model.table=off",
                         f"sampler.ensembles={ENSEMBLES}", "sampler.temperatures=1",
                         "sampler.moves={stretch: {a: 2}}")
        self.assertEqual(self.backend().iteration, STEPS + more)


if __name__ == "__main__":
    mutau_cli.main("__main__")
