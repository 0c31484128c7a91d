# SPDX-License-Identifier: GPL-3.0-or-later
"""Lets the tests that are written in Python run programs under another, named with its
options in the environment variable MUTAU_UNDER, if there is one (valgrind, say)."""
import atexit
import os
import shlex
import shutil
import tempfile

COMMAND = os.environ.get("MUTAU_UNDER")
# Set by Meson's set-up `sanitizers`: every program that a test starts takes some times as long
# there, and of many alike cases, all of which the ordinary build has had, some are enough.
THIN = "MUTAU_THIN_CLI" in os.environ
SLOWER = 50 if COMMAND else 1  # for limits of time
AT_WORK = 15.0 if COMMAND else 1.0  # seconds after which a program has begun its work


def thin(cases, every):
    """A list of many alike cases: all of them, or every `every`-th where THIN is set."""
    return cases[::every] if THIN else cases


def program(path):
    """What to call in place of the program: itself, or a script that starts it under the
    other and becomes that, so that signals reach it."""
    if not COMMAND:
        return path
    folder = tempfile.mkdtemp(prefix="mutau-under-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    script = os.path.join(folder, os.path.basename(path))
    with open(script, "w", encoding="utf-8") as text:
        text.write(f'#!/bin/sh\nexec {COMMAND} {shlex.quote(os.path.abspath(path))} "$@"\n')
    os.chmod(script, 0o755)
    return script
