# SPDX-License-Identifier: GPL-3.0-or-later
"""What the real packages read of exported files, as JSON; run by test_export_peers.py in an
environment that has them.  Argument: the folder with c.* (cobaya), g_* (getdist), a.nc, a.csv."""
import json
import os
import sys

import arviz
import numpy as np
import pandas
from anesthetic import read_chains
from chainconsumer import Chain
from cobaya import load_samples
from cobaya.parameterization import Parameterization
from cobaya.prior import Prior
from cobaya.yaml import yaml_load_file
from getdist import loadMCSamples


def of_getdist(root):
    samples = loadMCSamples(os.path.abspath(root), no_cache=True)
    names = [p.name for p in samples.paramNames.names]
    return {"names": names, "means": dict(zip(names, map(float, samples.getMeans()))),
            "sampler": samples.sampler, "norm": float(samples.weights.sum()),
            "lower": samples.ranges.lower, "upper": samples.ranges.upper,
            "n_eff": float(samples.getEffectiveSamples()),
            "labels": [p.label for p in samples.paramNames.names],
            "best": float(samples.loglikes.min())}


def of_cobaya(root):
    chains = load_samples(root)
    prior = Prior(Parameterization(yaml_load_file(root + ".updated.yaml")["params"]), None)
    sampled = list(prior.params)
    first = chains[0].data
    differ = [abs(prior.logp(row[sampled].to_numpy(float)) + row["minuslogprior"])
              for _, row in first.head(50).iterrows()]
    return {"n": len(chains), "norm": float(sum(c["weight"].sum() for c in chains)),
            "columns": list(first.columns), "prior_differs": float(max(differ))}


def of_arviz(path, engine):
    data = arviz.from_netcdf(path, engine=engine)
    ess = arviz.ess(data.posterior)
    return {"groups": sorted(data.groups()), "names": list(data.posterior.data_vars),
            "sizes": {name: int(n) for name, n in data.posterior.sizes.items()},
            "means": {name: float(x.mean()) for name, x in data.posterior.data_vars.items()},
            "ess": {name: float(x) for name, x in ess.data_vars.items()},
            "library": data.posterior.attrs["inference_library"]}


def of_others(names):
    table = pandas.read_csv("a.csv")
    chain = Chain(samples=table[names + ["log_posterior"]], name="wp",
                  walkers=int(table.chain.max() + 1))
    samples = read_chains("./c")  # a folder must be named
    return {"csv": {name: float(table[name].mean()) for name in names},
            "chainconsumer": chain.walkers, "best": float(table.log_posterior.max()),
            "anesthetic": {name: float(np.asarray(samples[name].mean()).item())
                           for name in names}}


os.chdir(sys.argv[1])
found = {root: of_getdist(root) for root in ("c", "g")}
found["cobaya"] = of_cobaya("c")
for engine in ("h5netcdf", "netcdf4"):
    found[engine] = of_arviz("a.nc", engine)
found["others"] = of_others(["log10_m_zprime", "log10_g_prime", "A"])
print(json.dumps(found), file=sys.stderr)
