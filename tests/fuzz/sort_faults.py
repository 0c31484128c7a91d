#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Says whose the faults are that a fuzz target found in chain files: mutau's or libhdf5's.

    sort_faults.py PROGRAM PATH...

runs PROGRAM (a target with libFuzzer, ASan and UBSan) on every file of the given folders
and prints a table: the function of libhdf5 that mutau called, the innermost one that has
a name, the kind of fault, how many.  A fault is libhdf5's if all frames from mutau's call
to the fault are libhdf5's, and so is the memory that was missed.  Other faults are listed
one by one, and make the exit status 1: those where the stack does not tell, too.  What
no stack tells is whether mutau called with a wrong address: see where in the call it is.

To collect faults:

    PROGRAM FOLDER tests/fuzz/corpus-chain_bytes -fork=1 -ignore_crashes=1 -ignore_ooms=1 \\
        -ignore_timeouts=1 -timeout=10 -max_len=97 -artifact_prefix=FOUND/

with detect_leaks=0:allocator_may_return_null=0:max_allocation_size_mb=1024 in
ASAN_OPTIONS and halt_on_error=1 in UBSAN_OPTIONS.
"""
import argparse
import collections
import os
import re
import subprocess
import sys
from pathlib import Path

HELPERS = r"fuzzer::|__interceptor|__(a|ub|l)san_|__sanitizer|(m|c|re)alloc$|free$|mem|str"
SECONDS = 10  # more is a hang
MEGABYTES = 1024  # at once
OPTIONS = {
    "ASAN_OPTIONS": "allocator_may_return_null=0:detect_leaks=0:fast_unwind_on_malloc=0:"
                    f"max_allocation_size_mb={MEGABYTES}:stack_trace_format='FRAME|%m|%f|'",
    "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1:stack_trace_format='FRAME|%m|%f|'",
}
TOO_LONG, TOO_LARGE = "hang", "allocation above 1 GB"
KINDS = [  # the first that fits
    (r"libFuzzer: timeout", TOO_LONG),
    (r"libFuzzer: out-of-memory|Sanitizer: (?:requested allocation size|.*out of memory)",
     TOO_LARGE),
    (r"runtime error: (.*)", "undefined: {}"),
    (r"AddressSanitizer: (heap|stack|global)-buffer-overflow", "{} buffer overrun"),
    (r"AddressSanitizer: ([\w-]+)", "{}"),
    (r"libFuzzer: deadly signal", "abort"),
]

Frame = collections.namedtuple("Frame", "module function")
Fault = collections.namedtuple("Fault", "entry innermost kind")


def stacks(report):
    """The stacks of a report, each a list of frames from the innermost one outwards."""
    found, inside = [], False
    for line in report.splitlines():
        match = re.match(r"FRAME\|(.*?)\|(.*?)\|", line.strip())
        if match:
            if not inside:
                found.append([])
            found[-1].append(Frame(Path(match[1]).name, match[2]))
        inside = bool(match)
    return found


def is_library(frame):
    return frame.module.startswith("libhdf5")


def own_frames(stack, program):
    """Without the frames of the sanitizer and of the C library at the inner end."""
    for i, frame in enumerate(stack):
        helper = frame.module != program or re.match(HELPERS, frame.function)
        if is_library(frame) or not helper:
            return stack[i:]
    return []


def kind_of(report):
    for pattern, text in KINDS:
        match = re.search(pattern, report)
        if match:
            access = re.search(r"^(READ|WRITE) of size|caused by a (READ|WRITE)", report, re.M)
            access = f", {(access[1] or access[2]).lower()}" if access else ""
            return text.format(*match.groups()) + access
    return None


def sort(report, program):
    """The fault and why it is not libhdf5's ('' if it is); None if there is none."""
    kind = kind_of(report)
    if kind is None:
        return None
    traces = stacks(report)
    stack = own_frames(traces[0], program) if traces else []
    if not stack:
        return Fault("?", "?", kind), "no stack"
    if not is_library(stack[0]):
        return Fault("-", stack[0].function, kind), "in mutau's own frame"
    inner = stack[:next((i for i, f in enumerate(stack) if not is_library(f)), len(stack))]
    named = [f.function for f in inner if f.function not in ("", "??", "<null>")]
    telling = [name for name in named if not name.startswith(("H5MM_", "H5FL_"))] or named or ["?"]
    fault = Fault(named[-1] if named and len(inner) < len(stack) else "?", telling[0], kind)
    if "allocated by" in report and len(traces) > 1:
        owner = own_frames(traces[-1], program)
        if not owner or not is_library(owner[0]):
            return fault, "in memory that mutau handed over"
    if re.search(r"(stack|global)-buffer-overflow", report):
        return fault, "in memory that libhdf5 has not allocated"
    if kind == TOO_LONG:
        return fault, "called once, or too often?"
    return fault, ""


def run(program, path):
    command = [program, f"-timeout={SECONDS}", f"-rss_limit_mb={4 * MEGABYTES}",
               "-detect_leaks=0", path, path]  # again: for what lies in memory
    try:
        result = subprocess.run(command, env=dict(os.environ, **OPTIONS), errors="replace",
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=6 * SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "libFuzzer: timeout, and not even its stack"
    return result.stdout


def judge(program, path):
    """As sort(); a hang must come twice, as the machine can stand still meanwhile."""
    for _ in range(2):
        verdict = sort(run(program.resolve(), path), program.name)
        if verdict is None or verdict[0].kind != TOO_LONG:
            break
    return verdict


def files(paths):
    for path in paths:
        yield from sorted(p for p in path.iterdir() if p.is_file()) if path.is_dir() else [path]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("program", type=Path)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("-v", "--verbose", action="store_true",
                        help="name the files of each fault, too")
    arguments = parser.parse_args()
    found = collections.defaultdict(list)
    sound, others = 0, []
    for path in files(arguments.paths):
        verdict = judge(arguments.program, path)
        if verdict is None:
            sound += 1
        elif verdict[1]:
            others.append((path, *verdict))
        else:
            found[verdict[0]].append(path)
    print("| call | innermost function | kind | inputs |\n|---|---|---|---|")
    for fault, where in sorted(found.items()):
        print(f"| `{fault.entry}` | `{fault.innermost}` | {fault.kind} | {len(where)} |")
        for path in where if arguments.verbose else []:
            print(f"    {path}")
    print(f"{sum(map(len, found.values()))} faults of libhdf5, {sound} inputs without a fault")
    for path, fault, why in others:
        print(f"{path}: {why}: {fault.kind} in {fault.innermost}, called through {fault.entry}")
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
