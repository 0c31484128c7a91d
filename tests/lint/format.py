#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The C files are as clang-format 14 writes them (other versions write otherwise)."""
import os
import re
import shutil
import subprocess
import sys

import tree

VERSION = 14
SKIP = 77


def find_formatter():
    """The clang-format of the one version that defines the style, or None."""
    for name in (f"clang-format-{VERSION}", "clang-format"):
        if shutil.which(name):
            text = subprocess.run([name, "--version"], capture_output=True, text=True,
                                  check=False).stdout
            if re.search(rf"version {VERSION}\.", text):
                return name
    return None


def main():
    root = tree.parse_root(__doc__)
    formatter = find_formatter()
    if formatter is None:
        print(f"skipped: clang-format {VERSION} is not installed")
        return SKIP
    paths = [os.path.join(root, path) for path in tree.files(root, (".c", ".h"))]
    if not paths:
        return tree.finish(["no C files"], "")
    done = subprocess.run([formatter, "--dry-run", "-Werror", *paths], capture_output=True,
                          text=True, check=False)
    problems = [line for line in done.stderr.splitlines() if "error:" in line]
    if done.returncode and not problems:
        problems = done.stderr.splitlines() or [f"{formatter} failed"]
    return tree.finish(problems, f"{len(paths)} files are formatted")


if __name__ == "__main__":
    sys.exit(main())
