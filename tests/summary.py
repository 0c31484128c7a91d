#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts every single test in Meson's JSON logs: one line per suite, then the sum.

usage: summary.py TESTLOG.json...    exit code 1 if a test failed or none ran
"""
import json
import os
import re
import sys

TAP_LINE = re.compile(r"(not )?ok\b[^#]*(?:#\s*(SKIP))?", re.IGNORECASE)
PASSED, FAILED, SKIPPED = range(3)


def count_tap(text):
    """Passed, failed and skipped subtests in TAP output; None if it is no TAP."""
    lines = text.splitlines()
    if not any(re.match(r"1\.\.\d+", line) for line in lines):
        return None
    counts = [0, 0, 0]
    for line in lines:
        match = TAP_LINE.match(line)
        if match:
            skipped = match.group(2) and not match.group(1)
            counts[SKIPPED if skipped else FAILED if match.group(1) else PASSED] += 1
    return counts


def count_program(entry):
    """The counts of one test program; one that broke off counts as a failure."""
    good = entry["result"] in ("OK", "EXPECTEDFAIL")
    if entry["result"] == "SKIP":
        counts = count_tap(entry.get("stdout") or "")
        return counts if counts and sum(counts) else [0, 0, 1]
    counts = count_tap(entry.get("stdout") or "") or [int(good), 0, 0]
    if not good and counts[FAILED] == 0:
        counts[FAILED] = 1
    return counts


def suite_of(name):
    """The suite in Meson's 'project:suite+suite / name'; 'long' yields to the other."""
    if " / " not in name:
        return "tests"
    suites = name.split(" / ")[0].split(":")[-1].split("+")
    return next((s for s in suites if s != "long"), "long")


def run_of(path):
    """'BUILD SETUP' of BUILD/meson-logs/testlog-SETUP.json."""
    build = os.path.basename(os.path.dirname(os.path.dirname(os.path.abspath(path))))
    return build + os.path.basename(path)[len("testlog"):-len(".json")].replace("-", " ", 1)


def read_log(path):
    with open(path, encoding="utf-8", errors="replace") as log:
        return [json.loads(line) for line in log if line.strip()]


def main(paths):
    suites = {}
    several = len(paths) > 1
    failures = []
    for path in paths:
        for entry in read_log(path):
            name = (run_of(path) + " " if several else "") + suite_of(entry["name"])
            row = suites.setdefault(name, [0, 0, 0, 0.0])
            counts = count_program(entry)
            for i, count in enumerate(counts):
                row[i] += count
            row[3] += entry["duration"]
            if counts[FAILED]:
                failures.append(f"{entry['name']} ({entry['result']})")
    print()
    for name, (passed, failed, skipped, seconds) in sorted(suites.items()):
        print(f"{name:<26} {passed:6} passed {failed:4} failed {skipped:4} skipped "
              f"{seconds:8.1f} s")
    for failure in failures:
        print(f"FAILED: {failure}")
    passed, failed, skipped = (sum(row[i] for row in suites.values()) for i in range(3))
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed + skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
