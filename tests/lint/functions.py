#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""No C function is longer than 80 lines; prints the median and the longest."""
import statistics

import tree

LIMIT = 80


def function_lengths(text):
    """(line, length) of each function: in our style its braces stand alone in column 1."""
    start = None
    for number, line in enumerate(text, 1):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield start, number - start
            start = None


def check_functions(root):
    """No C function is longer than 80 lines; prints the median and the longest."""
    problems = []
    lengths = []
    longest = (0, "none")
    for path in tree.files(root, (".c", ".h")):
        for number, length in function_lengths(tree.lines(root, path)):
            if length > LIMIT:
                problems.append(f"{path}:{number}: {length} lines, more than {LIMIT}")
            if not path.startswith(("tests/", "bench/")):
                lengths.append(length)
                longest = max(longest, (length, f"{path}:{number}"))
    median = statistics.median(lengths) if lengths else 0
    return problems, (f"{len(lengths)} functions outside the tests: median {median:g} lines, "
                      f"longest {longest[0]} ({longest[1]})")


if __name__ == "__main__":
    tree.run(check_functions)
