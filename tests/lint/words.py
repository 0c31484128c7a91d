#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""No left-overs in the tree: paths of one machine, notes to self, loose white space;
and every file of code names its licence."""
import re

import tree

CODE = (".c", ".h", ".py", ".sh", ".bash", ".in", ".1", ".R", "meson_options.txt", "quickstart",
        "runtests", ".ci/run", ".build")
TEXT = CODE + (".md", ".yaml", ".yml", ".csv", ".clang-tidy", ".clang-format",
               ".gitignore")
WIDE = (".c", ".h", ".py")
MAX_COLUMNS = 100

# Written in pieces, so that this file does not find itself.
FORBIDDEN = [
    (re.compile(r"(?<![\w.$}])/(?:ro" r"ot|ho" r"me|wo" r"rk|Us" r"ers)/"),
     "a path of one machine"),
    (re.compile(r"\.\./sha" r"red/"), "a path outside the tree"),
    (re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), "a note to self"),
    (re.compile(r"^(?:<{7}|>{7}|={7})(?: |$)"), "a merge conflict"),
    (re.compile(r"[ \t]+$"), "white space at the end of the line"),
    (re.compile(r"\r"), "a carriage return"),
]
NO_TABS = (".c", ".h", ".py", ".build", ".yaml")


def line_problems(path, line):
    """What is wrong with one line of `path`."""
    found = [text for pattern, text in FORBIDDEN if pattern.search(line)]
    if path.endswith(NO_TABS) and "\t" in line:
        found.append("a tab")
    if path.endswith(WIDE) and len(line) > MAX_COLUMNS:
        found.append(f"{len(line)} columns, more than {MAX_COLUMNS}")
    return found


def check_words(root):
    """No left-overs in the tree; every file of code names its licence."""
    problems = []
    paths = tree.files(root, TEXT)
    for path in paths:
        text = tree.lines(root, path)
        for number, line in enumerate(text, 1):
            problems += [f"{path}:{number}: {what}" for what in line_problems(path, line)]
        if text == [""]:
            continue
        if path.endswith(CODE) and not any("SPDX-License-Identifier: GPL-3.0-or-later" in line
                                           for line in text[:3]):
            problems.append(f"{path}:1: no SPDX line")
        if text[-1] != "" or text[-2:-1] == [""]:
            problems.append(f"{path}:{len(text)}: should end in one newline")
    return problems, f"{len(paths)} files are clean"


if __name__ == "__main__":
    tree.run(check_words)
