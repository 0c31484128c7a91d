# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads a chain file of mutau: draws after burn-in, names, labels and the run's description.

The layout is emcee's HDFBackend's (docs/chain-file.md): one group /mcmc, /mcmc_1, ... per
ensemble, and /run.  A file that another program wrote in emcee's layout is read, too, with
numbers for names.
"""
import os
import re

# A reader must not stop the writer of a chain that still grows.
os.environ.setdefault("HDF5_USE_FILE_LOCKING", "FALSE")

import h5py  # noqa: E402
import numpy as np  # noqa: E402

MAX_DRAWS = 2_000_000
ENSEMBLE = re.compile(r"mcmc(_\d+)?$")


class ChainError(Exception):
    """What is wrong with a chain file, in one line."""


def _text(value):
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _texts(attributes, name):
    return [_text(value) for value in np.atleast_1d(attributes[name])] if name in attributes else []


def _scalar(value):
    return np.asarray(value).reshape(-1)[0]


def _yaml_entry(text, key):
    """What belongs to `key` in a block mapping as mutau writes it: the rest of its line and
    the lines that are indented further; "" if there is none."""
    found = re.search(rf"^( *){re.escape(key)}:(.*(?:\n\1 +.*)*)", text, re.M)
    return found[2] if found else ""


class Chain:
    """The kept draws of all ensembles: draws[i_parameter] has shape (row, walker)."""

    def __init__(self, path):
        self.path = path
        try:
            with h5py.File(path, "r") as file:
                self._read(file)
        except (OSError, KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
            reason = str(error).split("\n", maxsplit=1)[0]
            raise ChainError(f"{path}: cannot be read as a chain file ({reason})") from None

    def _read(self, file):
        names = [name for name in file if ENSEMBLE.match(name)]
        names.sort(key=lambda name: int(name[5:] or 0))
        if not names:
            raise ChainError(f"{self.path}: no chain in this file (no group /mcmc)")
        groups = [file[name] for name in names]
        run = file["run"] if "run" in file else None
        self._read_description(groups[0].attrs, run)
        self._read_draws(groups)

    def _read_description(self, attributes, run):
        self.config, self.converged, self.folder = "", None, ""
        sources = [attributes]
        if run is not None:
            sources.append(run.attrs)
            if "config" in run:
                self.config = _text(_scalar(run["config"][()])).rstrip("\0")
            self.folder = _text(run.attrs.get("folder", ""))
            if "converged" in run.attrs:
                self.converged = bool(_scalar(run.attrs["converged"]))
        self.names, self.labels, self.units = (
            next(filter(None, (_texts(source, "parameter_" + what) for source in sources)), [])
            for what in ("names", "labels", "units"))

    def _read_draws(self, groups):
        rows = [int(_scalar(group.attrs["iteration"])) for group in groups]
        burn_in = max(int(_scalar(group.attrs.get("burn_in", 0))) for group in groups)
        last = min(rows)
        if last - burn_in < 2:
            raise ChainError(f"{self.path}: {last} rows, {burn_in} of them burn-in: "
                             "nothing to draw yet")
        dim = groups[0]["chain"].shape[2]
        total = (last - burn_in) * sum(group["chain"].shape[1] for group in groups)
        stride = -(-total // MAX_DRAWS)
        kept = slice(burn_in, last, stride)
        self.n_draw, self.burn_in, self.rows = total, burn_in, last
        self.draws = [np.concatenate([group["chain"][kept, :, i] for group in groups], axis=1)
                      for i in range(dim)]
        self.log_prob = np.concatenate([group["log_prob"][kept] for group in groups], axis=1)
        if not all(np.isfinite(x).all() for x in self.draws):
            raise ChainError(f"{self.path}: a draw is not a finite number")
        if len(self.names) != dim:
            self.names = [f"x{i}" for i in range(dim)]
        if len(self.labels) != dim:
            self.labels = [r"\mathrm{" + name.replace("_", r"\_") + "}" for name in self.names]
        if len(self.units) != dim:
            self.units = [""] * dim

    def axis_label(self, i):
        """LaTeX of parameter i with its unit (a logarithm carries it inside)."""
        unit = "" if self.names[i].startswith("log10_") else self.units[i]
        return f"${self.labels[i]}$" + (f" [{unit}]" if unit else "")

    def best(self):
        """(row, walker) of the draw with the highest posterior density."""
        return np.unravel_index(np.nanargmax(self.log_prob), self.log_prob.shape)

    def natural(self, row, walker):
        """The parameters of one draw in natural units, by name."""
        point = {}
        for name, x in zip(self.names, self.draws):
            value = float(x[row, walker])
            if name.startswith("log10_"):
                name, value = name[len("log10_"):], 10.0 ** value
            point[name] = value
        return point

    def edges(self, i):
        """The edges of parameter i's prior in the stored coordinate; infinite where there
        is none or the file does not say."""
        name, transform = self.names[i], float
        if name.startswith("log10_"):
            name, transform = name[len("log10_"):], lambda text: np.log10(float(text))
        entry = _yaml_entry(_yaml_entry(self.config, "parameters"), name)
        found = []
        for key, default in (("min", -np.inf), ("max", np.inf)):
            number = re.search(rf"\b{key}: *([-+.\w]+)", entry)
            try:
                found.append(transform(number[1]) if number else default)
            except ValueError:
                found.append(default)
        return found[0], found[1]
