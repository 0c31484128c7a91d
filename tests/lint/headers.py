#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each header compiles alone, and twice, as C17 with gcc and clang, the public ones also as C++11;
prints TAP."""
import os
import shutil
import subprocess
import sys

import tree

COMPILERS = ("gcc", "clang")
FLAGS = ["-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Wstrict-prototypes", "-Wundef",
         "-Werror", "-fsyntax-only", "-xc", "-"]
CPP_COMPILERS = ("g++", "clang++")
CPP_FLAGS = ["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Wundef", "-Wold-style-cast",
             "-Wzero-as-null-pointer-constant", "-Werror", "-fsyntax-only", "-xc++", "-"]


def is_public(root, path):
    """Whether a header is one of those that are installed."""
    folder, name = os.path.split(path)
    listing = os.path.join(folder, "meson.build")
    return (folder == "include/mutau" and os.path.exists(os.path.join(root, listing))
            and f"  '{name}'," in tree.lines(root, listing))


def compile_alone(root, compiler, path):
    """The compiler's complaint about a file that has nothing but `path`; '' if none."""
    folder, name = os.path.split(path)
    include = "mutau/" + name if folder == "include/mutau" else name
    flags = ["-I", os.path.join(root, "include"), "-I", os.path.join(root, "src"), "-I", root,
             "-I", os.path.join(root, folder)]
    if folder == "tests":
        flags.append("-D_POSIX_C_SOURCE=200809L")
    source = f'#include "{include}"\n#include "{include}"\nint main()\n{{\n    return 0;\n}}\n'
    if compiler in CPP_COMPILERS:
        flags += CPP_FLAGS
    else:
        source = source.replace("main()", "main(void)")
        flags += FLAGS
    done = subprocess.run([compiler, *flags], input=source, text=True,
                          capture_output=True, check=False)
    return done.stderr if done.returncode else ""


def main():
    root = tree.parse_root(__doc__)
    headers = [path for path in tree.files(root, (".h",))
               if path.startswith(("include/", "src/", "priors/", "analysis/", "tests/check.h"))]
    cases = [(compiler, path) for compiler in COMPILERS for path in headers]
    cases += [(compiler, path) for compiler in CPP_COMPILERS for path in headers
              if is_public(root, path)]
    print(f"1..{len(cases)}")
    failed = 0
    for number, (compiler, path) in enumerate(cases, 1):
        if shutil.which(compiler) is None:
            print(f"ok {number} - {path} # SKIP {compiler} is not installed")
            continue
        complaint = compile_alone(root, compiler, path)
        failed += bool(complaint)
        print(f"{'not ok' if complaint else 'ok'} {number} - {compiler} {path}")
        for line in complaint.splitlines():
            print(f"# {line}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
