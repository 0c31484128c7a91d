# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs test functions and prints TAP, for the tests that are written in Python."""
import traceback
import unittest


class Skip(Exception):
    """Raised by a test that cannot run here; its text says why."""


def check(condition, text):
    """Fails the running test with `text` unless `condition` holds."""
    if not condition:
        raise AssertionError(text)


def run(cases):
    """Runs (name, function) pairs; the exit code to leave with."""
    print(f"1..{len(cases)}", flush=True)
    failed = 0
    for number, (name, function) in enumerate(cases, 1):
        outcome, notes = "ok", ""
        directive = ""
        try:
            function()
        except (Skip, unittest.SkipTest) as reason:
            directive = f" # SKIP {reason}"
        except AssertionError as wrong:
            outcome, notes = "not ok", str(wrong)
        except Exception:  # a broken test is a failed test, and the others still run
            outcome, notes = "not ok", traceback.format_exc()
        failed += outcome != "ok"
        print(f"{outcome} {number} - {name}{directive}", flush=True)
        for line in notes.splitlines():
            print(f"# {line}", flush=True)
    return 1 if failed else 0


def run_named(names):
    """Runs the functions called test_* among `names` (a module's globals())."""
    return run([(name[5:].replace("_", " "), function) for name, function in names.items()
                if name.startswith("test_") and callable(function)])
