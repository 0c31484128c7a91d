# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the source tree, and how a check reports what it found."""
import argparse
import os
import subprocess
import sys

SKIPPED_FOLDERS = (".git", "__pycache__")


def parse_root(description):
    """The one argument that every check has: --root, the top of the tree."""
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", default=os.path.join(here, "..", ".."))
    return os.path.abspath(parser.parse_args().root)


def git_files(root):
    """What git tracks or would add; None outside a checkout."""
    command = ["git", "-C", root, "-c", "safe.directory=*", "ls-files", "-z",
               "--cached", "--others", "--exclude-standard"]
    if not os.path.exists(os.path.join(root, ".git")):
        return None
    try:
        listing = subprocess.run(command, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    return [os.fsdecode(name) for name in listing.split(b"\0") if name]


def walked_files(root):
    """Every file, build folders left out: for a tarball."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [f for f in folders if f not in SKIPPED_FOLDERS
                      and not (folder == root and f.startswith("build"))]
        found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return found


def files(root, suffixes=("",)):
    """Paths relative to `root` that end in one of `suffixes`, sorted."""
    listing = git_files(root)
    if listing is None:
        listing = walked_files(root)
    return sorted(path for path in listing
                  if path.endswith(tuple(suffixes)) and os.path.isfile(os.path.join(root, path)))


def lines(root, path):
    with open(os.path.join(root, path), encoding="utf-8", errors="replace", newline="") as text:
        return text.read().split("\n")


def finish(problems, summary):
    """Prints the problems, one a line, or the summary; the exit code to leave with."""
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems" if problems else summary)
    return 1 if problems else 0


def run(check):
    """Runs `check(root)`, which gives (problems, summary), as a program."""
    sys.exit(finish(*check(parse_root(check.__doc__))))
