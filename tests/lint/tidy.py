#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs clang-tidy on every C file of the tree that a build compiles.

usage: tidy.py BUILD_FOLDER [FILE...]    (BUILD_FOLDER: configured with CC=clang)
"""
import concurrent.futures
import json
import os
import subprocess
import sys

import tree


def compiled_files(root, build):
    """The files of the compilation database, relative to `root`, each once."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as database:
        paths = {os.path.relpath(os.path.join(entry["directory"], entry["file"]), root)
                 for entry in json.load(database)}
    return sorted(path for path in paths if not path.startswith(".."))


def tidy(root, build, path):
    """clang-tidy's text about one file; '' if it has nothing to say."""
    done = subprocess.run(["clang-tidy", "-quiet", "-p", build, os.path.join(root, path)],
                          capture_output=True, text=True, check=False, cwd=root)
    return (done.stdout or done.stderr) if done.returncode else ""


def main(build, *wanted):
    root = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    build = os.path.abspath(build)
    paths = [os.path.relpath(path, root) for path in wanted] or compiled_files(root, build)
    with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        complaints = list(pool.map(lambda path: tidy(root, build, path), paths))
    return tree.finish([text for text in complaints if text], f"{len(paths)} files are tidy")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
