#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A layer includes only the layers below it, and each library has its one place."""
import fnmatch
import os
import re

import tree

# The folder of each layer, and the folders it may include besides itself.
LAYERS = {
    "src/base": [],
    "src/physics": ["src/base"],
    "src/sampler": ["src/base"],
    "src/store": ["src/base"],
    "src/likelihood": ["src/base", "src/physics", "src/store"],
    "priors": ["src/base", "src/physics", "src/store"],
    "src/posterior": ["src/base", "src/physics", "src/sampler", "src/store", "src/likelihood",
                      "priors"],
    "analysis": ["src/base", "src/physics", "src/sampler", "src/store", "src/likelihood",
                 "priors", "src/posterior"],
    "src/run": ["src/base", "src/physics", "src/sampler", "src/store", "src/likelihood",
                "priors", "src/posterior", "analysis"],
    "src/export": ["src/base", "src/store", "src/posterior", "analysis"],
    "src/api": ["src/base", "src/physics", "src/sampler", "src/store", "src/likelihood",
                "priors", "src/posterior", "analysis", "src/run"],
    "src/report": ["src/base", "analysis"],
    "src/process": ["src/base", "src/sampler", "src/posterior", "src/run", "src/report"],
    "src/cli": ["src/base", "src/physics", "src/sampler", "src/store", "src/likelihood",
                "priors", "src/posterior", "analysis", "src/run", "src/export", "src/report",
                "src/process"],
}

# Public headers belong to src/api but for these.
HEADER_HOMES = {
    "error": "src/base",
}

# Which files may include a library's headers; the program's main file switches
# off the handler of GSL that would abort.
LIBRARIES = {
    "yaml.h": ["src/store/config*.c"],
    "hdf5*.h": ["src/store/chain*.c", "src/store/scan_file.c"],
    "H5*.h": ["src/store/chain*.c", "src/store/scan_file.c"],
    "gsl/*": ["src/base/rng.c", "src/base/interp.c", "src/physics/*", "priors/*",
              "src/likelihood/bin_covariance.c", "src/likelihood/goodness.c", "src/posterior/*",
              "src/sampler/covariance.c",
              "src/sampler/independence.c", "src/sampler/builtin_target_linear.c",
              "src/sampler/mixture_em.c", "src/sampler/mixture_fit.c",
              "src/sampler/mixture_search.c", "analysis/diagnostics.c",
              "analysis/suspiciousness.c", "src/api/library.c", "src/cli/main.c"],
    "mpi.h": ["src/process/ranks_mpi.c"],
    "omp.h": ["src/sampler/*.c", "src/posterior/*.c", "analysis/*.c", "src/api/*.c",
              "src/process/threads.c"],
}

SYSTEM = set("""
assert complex ctype errno fenv float inttypes limits locale math setjmp signal stdalign stdarg
stdatomic stdbool stddef stdint stdio stdlib stdnoreturn string tgmath threads time uchar wchar
wctype dirent fcntl fnmatch glob libgen poll pthread sched strings termios unistd sys/file
sys/ioctl sys/mman sys/resource sys/stat sys/time sys/types sys/utsname sys/wait
""".split())

GENERATED = {"mutau_build.h", "mutau_version.h", "priors/kaon_width_table.h"}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def home_of(root, path):
    """The layer that a file of ours belongs to; None if it is in no layer."""
    folder, name = os.path.split(path)
    if folder == "include/mutau":
        return HEADER_HOMES.get(name[:-2], "src/api")
    return next((layer for layer in LAYERS if (folder + "/").startswith(layer + "/")), None)


def locate(root, path, name):
    """Where an include of ours leads: "mutau/X.h" is public, "room/X.h" a room's, "X.h" beside."""
    if "/" in name and not name.startswith("."):
        for top in ("include", "src", "."):
            if os.path.exists(os.path.join(root, top, name)):
                return os.path.normpath(os.path.join(top, name))
    return os.path.normpath(os.path.join(os.path.dirname(path), name))


def check_own(root, path, layer, name):
    """The complaint about an include of one of our own headers, or None."""
    if name in GENERATED:
        return None
    target = locate(root, path, name)
    if not os.path.exists(os.path.join(root, target)):
        return f'"{name}" is not in the tree'
    if path.startswith("include/") and not target.startswith("include/"):
        return f'"{name}" is not public, and would not be installed'
    home = home_of(root, target)
    if home is None:
        return f'"{name}" belongs to no layer'
    if home == layer:
        return None
    if target.endswith("_internal.h"):
        return f'"{name}" is private to {home}'
    if home not in LAYERS[layer]:
        return f'{layer} may not include "{name}" of {home}'
    return None if "/" in name and not name.startswith(".") else f'"{name}": say its room'


def check_foreign(path, name):
    """The complaint about an include of somebody else's header, or None."""
    if name.endswith(".h") and name[:-2] in SYSTEM:
        return None
    for pattern, allowed in LIBRARIES.items():
        if fnmatch.fnmatch(name, pattern):
            if any(fnmatch.fnmatch(path, place) for place in allowed):
                return None
            return f"<{name}> is for {' '.join(allowed)} alone"
    return f"<{name}> is no header that this project uses: add it to LIBRARIES"


def check_layers(root):
    """A layer includes only the layers below it, and each library has its one place."""
    problems = []
    n_include = 0
    for path in tree.files(root, (".c", ".h")):
        layer = home_of(root, path)
        if layer is None:
            if path.startswith(("include/", "src/")):
                problems.append(f"{path}: belongs to no layer: add it to layers.py")
            continue
        for number, line in enumerate(tree.lines(root, path), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            n_include += 1
            kind, name = match.groups()
            complaint = (check_own(root, path, layer, name) if kind == '"'
                         else check_foreign(path, name))
            if complaint:
                problems.append(f"{path}:{number}: {complaint}")
    return problems, f"{n_include} includes follow the layers"


if __name__ == "__main__":
    tree.run(check_layers)
