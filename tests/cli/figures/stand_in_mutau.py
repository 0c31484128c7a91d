#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stands in for mutau in the tests of the figures: a power law with a dip, in the forms that
`mutau eval --json` and `mutau flux --format csv` have; boxes for regions, as
`mutau summary --json` has them."""
import json
import os
import sys

import h5py
import numpy as np

# e_lo_gev, e_hi_gev, E^2 Phi, error below, error above (0, 0, limit for a limit): a choice of
# IceCube's, arXiv:2001.09520 and arXiv:2111.10299.
DATA = {
    "icecube-cascades-6yr": [
        (4.641589e+03, 1.000000e+04, 3.17936e-08, 2.12476e-08, 2.25438e-08),
        (2.154435e+04, 4.641589e+04, 4.42099e-08, 7.75900e-09, 9.41610e-09),
        (1.000000e+05, 2.154435e+05, 2.00165e-08, 5.05810e-09, 5.92770e-09),
        (2.154435e+05, 4.641589e+05, 0.0, 0.0, 1.72801e-09),
        (4.641589e+05, 1.000000e+06, 5.51848e-10, 4.71696e-10, 4.20842e-09),
        (1.000000e+06, 2.154435e+06, 1.09238e-08, 5.52542e-09, 7.10280e-09),
        (4.641589e+07, 1.000000e+08, 0.0, 0.0, 2.63183e-08),
    ],
    "icecube-tracks-9.5yr": [
        (1.5e4, 1.04e5, 2.22e-8, 0.80e-8, 0.80e-8),
        (1.04e5, 7.21e5, 1.21e-8, 0.31e-8, 0.32e-8),
        (7.21e5, 5.0e6, 0.33e-8, 0.18e-8, 0.22e-8),
    ],
}


def flux(point, energy):
    """dPhi/dE of three flavours."""
    plain = 1e-18 * point["A"] * (energy / 1e5) ** -point["gamma"]
    line = 0.45 * point["m_zprime"] ** 2 * 1e4
    depth = 1.0 - np.exp(-point["g_prime"] ** 2 * 4e6)
    dip = depth * np.where((energy < line) & (energy > line / 6), (energy / line) ** 0.7, 0.0)
    return [plain * (1.0 - share * dip) for share in (0.5, 1.0, 1.0)]


def bins(point):
    for dataset, rows in DATA.items():
        for lo, hi, e2phi, minus, plus in rows:
            energy = np.geomspace(lo, hi, 200)
            e, mu, tau = flux(point, energy)
            channel = "tracks" if "tracks" in dataset else "cascades"
            seen = mu if channel == "tracks" else 0.5 * (e + tau)
            per_flux = 1.0 / lo - 1.0 / hi
            yield {"dataset": dataset, "channel": channel, "e_lo_gev": lo, "e_hi_gev": hi,
                   "observed": e2phi * per_flux, "sigma_lo": minus * per_flux,
                   "sigma_hi": plus * per_flux, "limit": not e2phi > 0.0,
                   "predicted": float(np.trapz(seen, energy))}


def regions(path, options):
    """Central intervals in place of HPD regions, and their boxes."""
    masses = options["--mass"].split(",")
    with h5py.File(path, "r") as file:
        names = [str(name) for name in file["run"].attrs["parameter_names"]]
        rows = slice(file["mcmc"].attrs["burn_in"], file["mcmc"].attrs["iteration"])
        draws = file["mcmc/chain"][rows].reshape(-1, len(names))
    spans = {name: {mass: [float(q) for q in np.quantile(draws[:, i], [0.5 - 0.5 * float(mass),
                                                                       0.5 + 0.5 * float(mass)])]
                    for mass in masses} for i, name in enumerate(names)}
    pairs = [pair.split(",") for pair in options.get("--region", "").split(":") if pair]
    return {"parameters": {name: {"hpd": {mass: [span[mass]] for mass in masses},
                                  "limits": {mass: None for mass in masses}}
                           for name, span in spans.items()},
            "regions": [{"x": x, "y": y, "hpd": {mass: {"polygons": [box(spans[x][mass],
                                                                        spans[y][mass])]}
                                                 for mass in masses}} for x, y in pairs]}


def box(x, y):
    return [[x[0], y[0]], [x[1], y[0]], [x[1], y[1]], [x[0], y[1]], [x[0], y[0]]]


def summary(path):
    if os.environ.get("STAND_IN_FAILS") == "summary":
        sys.exit("mutau: error: told to fail")
    options = dict(zip(sys.argv[4::2], sys.argv[5::2]))
    babbles = os.environ.get("STAND_IN_BABBLES") == "summary"
    print('{"parameters": {}, "regions": []}' if babbles else json.dumps(regions(path, options)))


def main():
    command, run_file = sys.argv[1:3]
    if command == "summary":
        assert sys.argv[3] == "--json"
        summary(run_file)
        return
    with open(run_file, encoding="utf-8") as file:
        assert "parameters:" in file.read()
    options = dict(zip(sys.argv[3::2], sys.argv[4::2] + [""]))
    point = {name: float(value) for name, value in
             (part.split("=") for part in options["--at"].split(","))}
    if os.environ.get("STAND_IN_FAILS") == command:
        sys.exit("mutau: error: told to fail")
    if os.environ.get("STAND_IN_BABBLES") == command:
        print("nothing of use")
    elif command == "eval":
        print(json.dumps({"parameters": point, "bins": list(bins(point))}))
    else:
        lo, hi, n = options["--energies"].split(":")
        energy = np.geomspace(float(lo), float(hi), int(n))
        print("energy_gev,phi_e,phi_mu,phi_tau,phi_1,phi_2,phi_3")
        for row in zip(energy, *flux(point, energy), *flux(point, energy)):
            print(",".join(repr(float(x)) for x in row))


if __name__ == "__main__":
    main()
