#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of one sampler of somebody else's on mutau's own posterior; prints its result as JSON.
    peers_samplers.py LIBRARY RUN.yaml SAMPLER SEED BUDGET GOAL...

LIBRARY is libmutau.so, BUDGET seconds of CPU time, and a GOAL `ln_z` or `draws`.  bench/peers.py
starts this with the Python of the peers' environment, and says what is measured.

The result is a list with a record for each goal.  CPU time is that of the process, all its
threads and children, from the first call of the sampler on: neither the start of Python nor the
judging of its draws, which a user may leave out, counts against a peer.  Evaluations are all
points that a sampler asks for, those outside the prior with them, as in `mutau summary`."""
import contextlib
import ctypes
import importlib.metadata
import json
import logging
import resource
import sys
import warnings

import numpy as np

from peers import SETTING

LN_Z_ERROR, DRAWS = 0.05, 4000  # the two goals
SHARES = (0.16, 0.5, 0.84)
WALKERS, TAUS, CHECK = 32, 50, 100  # of emcee and zeus; what both documentations ask for
DYNESTY_LIVE = 3200
ERROR_SIZE = 1024       # MUTAU_ERROR_SIZE


class OutOfBudget(BaseException):
    """Raised within the likelihood: no sampler catches it."""


def cpu_seconds():
    return sum(used.ru_utime + used.ru_stime for used in
               map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


class Posterior:
    """ln likelihood of a run file, whose priors are all flat in stored coordinates, through the
    shared library; counts what it is asked for, and ends a run that is out of budget."""

    def __init__(self, library, run_file, budget=np.inf, settings=()):
        self.lib = ctypes.CDLL(library)
        for name, kind in (("dim", ctypes.c_size_t), ("name", ctypes.c_char_p)):
            getattr(self.lib, "mutau_runfile_" + name).restype = kind
        self.lib.mutau_init()
        self.run, self.error = ctypes.c_void_p(), ctypes.create_string_buffer(ERROR_SIZE)
        words = (ctypes.c_char_p * len(settings))(*(word.encode() for word in settings))
        self.check(self.lib.mutau_runfile_open(run_file.encode(), ctypes.c_size_t(len(words)),
                                               words, 1, ctypes.byref(self.run), self.error))
        self.dim = self.lib.mutau_runfile_dim(self.run)
        self.names = [self.lib.mutau_runfile_name(self.run, ctypes.c_size_t(i)).decode()
                      for i in range(self.dim)]
        self.lo, self.hi = np.array([self.range(i) for i in range(self.dim)]).T
        self.check_prior()
        self.budget, self.evaluations, self.started, self.paused = budget, 0, cpu_seconds(), 0.0

    def check(self, status):
        if status != 0:
            sys.exit(self.error.value.decode())

    def range(self, i):
        lo, hi = ctypes.c_double(), ctypes.c_double()
        self.lib.mutau_runfile_range(self.run, ctypes.c_size_t(i), ctypes.byref(lo),
                                     ctypes.byref(hi))
        return lo.value, hi.value

    def check_prior(self):
        """The unit cube stands for the prior: only where that is flat between its edges."""
        ln_prior, _ = self.both(self.draw(1, 100))
        want = -np.sum(np.log(self.hi - self.lo))
        if not np.all(np.abs(ln_prior - want) < 1e-9):
            sys.exit("peers_samplers.py: priors must be uniform or log-uniform")

    def draw(self, seed, n):
        theta = np.empty((n, self.dim))
        self.check(self.lib.mutau_runfile_draw(self.run, ctypes.c_uint32(seed), ctypes.c_size_t(n),
                                               theta.ctypes.data_as(ctypes.c_void_p), self.error))
        return theta

    def both(self, theta):
        """ln prior and ln likelihood of theta[n][dim], uncounted."""
        theta = np.ascontiguousarray(theta, dtype=float)
        n = len(theta)
        found = np.empty((2, n))
        self.check(self.lib.mutau_runfile_eval(
            self.run, ctypes.c_size_t(n), theta.ctypes.data_as(ctypes.c_void_p),
            found[0].ctypes.data_as(ctypes.c_void_p), found[1].ctypes.data_as(ctypes.c_void_p),
            None, None, self.error))
        return found

    def cpu(self):
        return cpu_seconds() - self.started - self.paused

    def begin(self):
        self.evaluations, self.paused, self.started = 0, 0.0, cpu_seconds()

    def pause(self, work):
        """What `work` returns; its CPU time is not counted."""
        begin = cpu_seconds()
        found = work()
        self.paused += cpu_seconds() - begin
        return found

    def ln_posterior(self, theta):
        """Of many points, up to a constant: -infinity outside the prior."""
        if self.cpu() > self.budget:
            raise OutOfBudget
        self.evaluations += len(theta)
        return self.both(theta)[1]

    def point(self, theta):
        return float(self.ln_posterior(theta[np.newaxis])[0])

    def transform(self, unit):
        return self.lo + unit * (self.hi - self.lo)


def weighted(posterior, theta, ln_weight):
    """Quantiles and Kish's number of draws: (sum w)^2 / sum w^2, the same for all parameters."""
    weight = np.exp(ln_weight - np.max(ln_weight))
    weight /= weight.sum()
    quantiles = {}
    for i, name in enumerate(posterior.names):
        order = np.argsort(theta[:, i])
        below = np.cumsum(weight[order]) - 0.5 * weight[order]
        quantiles[name] = [float(q) for q in np.interp(SHARES, below, theta[order, i])]
    ess = float(1.0 / np.sum(weight ** 2))
    return {"quantiles": quantiles, "ess": {name: ess for name in posterior.names}}


def unweighted(posterior, chain):
    """Of chain[step][walker][parameter]: every walker a chain of its own, as in mutau."""
    import arviz
    return {"quantiles": {name: [float(q) for q in np.quantile(chain[:, :, i], SHARES)]
                          for i, name in enumerate(posterior.names)},
            "ess": {name: float(arviz.ess(chain[:, :, i].T.copy(), method="bulk"))
                    for i, name in enumerate(posterior.names)}}


def record(posterior, goal, draws, ln_z=None, ln_z_error=None):
    return {"goal": goal, "evaluations": posterior.evaluations, "cpu_s": posterior.cpu(),
            "ln_z": ln_z, "ln_z_error": ln_z_error, **draws}


def run_dynesty(posterior, seed, goal):
    """For ln Z the static sampler, with as many live points as its error asks for (a user would
    need a run to find how many: that one is not counted); for draws the dynamic one, whose stop
    rule is the goal, and which takes several times as long to ln Z; all else by default."""
    import dynesty
    posterior.begin()
    functions = posterior.point, posterior.transform, posterior.dim
    random = np.random.default_rng(seed)
    if goal == "ln_z":
        sampler = dynesty.NestedSampler(*functions, nlive=DYNESTY_LIVE, rstate=random)
        sampler.run_nested(print_progress=False, dlogz=0.01)  # 3.2 by default, with so many
    else:
        sampler = dynesty.DynamicNestedSampler(*functions, rstate=random)
        sampler.run_nested(print_progress=False, wt_kwargs={"pfrac": 1.0}, n_effective=DRAWS)
    found = sampler.results
    draws = posterior.pause(lambda: weighted(posterior, found.samples, found.logwt))
    yield record(posterior, goal, draws, float(found.logz[-1]), float(found.logzerr[-1]))


def run_ultranest(posterior, seed, goal):
    """The reactive sampler with all its defaults but the goal, points in batches."""
    from ultranest import ReactiveNestedSampler
    posterior.begin()
    np.random.seed(seed)
    sampler = ReactiveNestedSampler(posterior.names, posterior.ln_posterior, posterior.transform,
                                    vectorized=True)
    logging.getLogger("ultranest").setLevel(logging.ERROR)
    found = sampler.run(show_status=False, viz_callback=False,
                        **{"ln_z": {"dlogz": LN_Z_ERROR}, "draws": {"min_ess": DRAWS}}[goal])
    draws = posterior.pause(lambda: weighted(posterior, found["weighted_samples"]["points"],
                                             np.log(found["weighted_samples"]["weights"])))
    yield record(posterior, goal, draws, float(found["logz"]), float(found["logzerr"]))


def run_nautilus_with(posterior, seed, goals, **settings):
    """The effective number of points says when to stop, one part of whose root is the relative
    error of Z: one run for both goals, the second of which goes on with it."""
    import nautilus
    posterior.begin()
    sampler = nautilus.Sampler(posterior.transform, posterior.ln_posterior, posterior.dim,
                               vectorized=True, seed=seed, **settings)
    for goal in goals:
        sampler.run(n_eff={"ln_z": LN_Z_ERROR ** -2, "draws": DRAWS}[goal])
        draws = posterior.pause(lambda: weighted(posterior, *sampler.posterior()[:2]))
        yield record(posterior, goal, draws, float(sampler.log_z), float(sampler.n_eff) ** -0.5)


def run_nautilus(posterior, seed, *goals):
    """All defaults, points in batches."""
    yield from run_nautilus_with(posterior, seed, goals)


def run_nautilus_1000(posterior, seed, *goals):
    """Half of the live points: they are most of what two modest goals cost."""
    yield from run_nautilus_with(posterior, seed, goals, n_live=1000)


def is_long(chain, before):
    """The rule of both documentations: 50 tau, of a tau that changes by less than 1 %."""
    from emcee.autocorr import integrated_time
    tau = integrated_time(chain, tol=0)
    return TAUS * np.max(tau) < len(chain) and np.all(np.abs(before - tau) < 0.01 * tau), tau


def go_on(posterior, goal, chain_of, advance):
    """Steps until the chain is long and its draws, behind a burn-in, are enough.  The first two
    tau are left out, as emcee's documentation does, or the first half where that is less."""
    tau = np.full(posterior.dim, np.inf)
    while True:
        advance()
        chain = chain_of()
        long_enough, tau = is_long(chain, tau)
        if not long_enough:
            continue
        burn_in = min(int(2 * np.max(tau)), len(chain) // 2)
        draws = posterior.pause(lambda: unweighted(posterior, chain[burn_in:]))
        if min(draws["ess"].values()) >= DRAWS:
            return record(posterior, goal, draws)


def run_emcee_with(posterior, seed, goal, second):
    import emcee
    posterior.begin()
    np.random.seed(seed)
    sampler = emcee.EnsembleSampler(WALKERS, posterior.dim, posterior.ln_posterior, vectorize=True,
                                    moves=[(emcee.moves.DEMove(), 0.8), (second(emcee.moves), 0.2)])
    state = posterior.draw(seed, WALKERS)

    def advance():
        nonlocal state
        state = sampler.run_mcmc(state, CHECK)

    yield go_on(posterior, goal, sampler.get_chain, advance)


def run_emcee(posterior, seed, goal):
    """The moves that its documentation recommends for several modes."""
    yield from run_emcee_with(posterior, seed, goal, lambda moves: moves.DESnookerMove())


def run_emcee_stretch(posterior, seed, goal):
    """Stretch for the snooker, which is wrong up to 3.1.6."""
    yield from run_emcee_with(posterior, seed, goal, lambda moves: moves.StretchMove())


def run_zeus(posterior, seed, goal):
    """All defaults (slices along differences of walkers), points in batches."""
    import zeus
    posterior.begin()
    np.random.seed(seed)
    sampler = zeus.EnsembleSampler(WALKERS, posterior.dim, posterior.ln_posterior, vectorize=True,
                                   verbose=False)
    state = posterior.draw(seed, WALKERS)

    def advance():
        nonlocal state
        sampler.run_mcmc(state, CHECK, progress=False)
        state = None  # where it is

    yield go_on(posterior, goal, sampler.get_chain, advance)


# The package whose version is stored, and what runs it.
SAMPLERS = {
    "emcee": ("emcee", run_emcee),
    "emcee-stretch": ("emcee", run_emcee_stretch),
    "dynesty": ("dynesty", run_dynesty),
    "ultranest": ("ultranest", run_ultranest),
    "nautilus": ("nautilus-sampler", run_nautilus),
    "nautilus-1000": ("nautilus-sampler", run_nautilus_1000),
    "zeus": ("zeus-mcmc", run_zeus),
}


def run(library, run_file, sampler, seed, budget, goals):
    """A record for each goal; one that was not reached has nothing but what was spent."""
    package, function = SAMPLERS[sampler]
    posterior = Posterior(library, run_file, budget, [SETTING])
    records = []
    try:
        for found in function(posterior, seed, *goals):
            records.append({**found, "reached": True})
    except OutOfBudget:
        spent = {"evaluations": posterior.evaluations, "cpu_s": posterior.cpu()}
        records += [{"goal": goal, **spent, "reached": False} for goal in goals[len(records):]]
    return [{**found, "version": importlib.metadata.version(package)} for found in records]


def main(library, run_file, sampler, seed, budget, *goals):
    warnings.simplefilter("ignore")
    with contextlib.redirect_stdout(sys.stderr):  # some samplers talk
        records = run(library, run_file, sampler, int(seed), float(budget), goals)
    print(json.dumps(records))


if __name__ == "__main__":
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    main(*sys.argv[1:])
