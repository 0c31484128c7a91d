#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flux has the same bytes for every width of vectors that the processor has."""
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap  # noqa: E402

N_NUMBER = (5 * 150 + 3 * 12) * 16
LIBRARY, *WIDTHS = sys.argv[1:]


def numbers(program):
    """What the program prints; skips the test if the processor has no such vectors."""
    ran = subprocess.run([program], capture_output=True, text=True, check=False)
    if ran.returncode == -signal.SIGILL:
        raise tap.Skip("this processor has no such vectors")
    tap.check(ran.returncode == 0, f"{program}: {ran.returncode} {ran.stderr}")
    lines = ran.stdout.split()
    tap.check(len(lines) == N_NUMBER, f"{program}: {len(lines)} numbers")
    tap.check(all(float.fromhex(line) > 0 for line in lines), f"{program}: not all are numbers")
    return lines


def same(program):
    """Compares the program's numbers with those of the library as it is built."""
    got, want = numbers(program), numbers(LIBRARY)
    first = next((i for i in range(N_NUMBER) if got[i] != want[i]), None)
    if first is not None:
        raise AssertionError(f"number {first} is {got[first]}, the library's {want[first]}")


sys.exit(tap.run([(os.path.basename(path), lambda path=path: same(path)) for path in WIDTHS]))
