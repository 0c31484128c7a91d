#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests `mutau config`: malformed run files end in exit code 1 and one line that points
at the place, good ones in a text that `mutau config` prints unchanged; prints TAP.

usage: test_config.py MUTAU SOURCE_FOLDER
"""
import glob
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap
import under

MUTAU, SOURCE = under.program(sys.argv[1]), sys.argv[2]
MALFORMED = os.path.join(SOURCE, "tests", "cli", "malformed")
CHAINS = os.path.join(SOURCE, "chains")
WP = os.path.join(CHAINS, "wp.yaml")


def config(path, *sets, **environment):
    """The finished `mutau config PATH --set ...`; outputs are bytes."""
    words = [word for text in sets for word in ("--set", text)]
    return subprocess.run([MUTAU, "config", path, *words], capture_output=True, check=False,
                          timeout=60 * under.SLOWER, env={**os.environ, **environment})


def check_refused(done, place, piece, code=1):
    """One line on stderr with `place`: and `piece`, nothing on stdout."""
    message = done.stderr.decode()
    tap.check(done.returncode == code, f"exit code {done.returncode}, not {code}: {message}")
    tap.check(done.stdout == b"", f"stdout: {done.stdout[:200]}")
    tap.check(message.count("\n") == 1 and message.endswith("\n"), f"not one line: {message}")
    tap.check(f"{place}: " in message and piece in message,
              f"got {message!r}, want {place}: ... {piece}")


def emitted(path, *sets, **environment):
    """What `mutau config` prints for a good file."""
    done = config(path, *sets, **environment)
    tap.check(done.returncode == 0, f"{path} {sets}: {done.stderr.decode()}")
    return done.stdout


def test_malformed_files_are_refused_where_they_are_wrong():
    count = 0
    with open(os.path.join(MALFORMED, "expected.txt"), encoding="utf-8") as table:
        for line in table:
            if line.startswith("#"):
                continue
            name, place, piece = line.rstrip("\n").split(" ", 2)
            path = os.path.join(MALFORMED, name)
            check_refused(config(path), f"{path}:{place}", piece)
            count += 1
    listed = len(os.listdir(MALFORMED)) - 1
    tap.check(count == listed >= 80, f"{count} of {listed} files are in the table")


def test_a_huge_file_is_refused():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "huge.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write("# nothing\n" * 200000)
        check_refused(config(path), f"{path}:1:1", "larger than 1048576 bytes")


def test_a_file_that_cannot_be_read_is_an_input_error():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "absent.yaml")
        check_refused(config(path), path, "No such file", code=2)
        check_refused(config(folder), folder, "directory", code=2)


def test_wrong_assignments_are_located_in_their_text():
    for text, place, piece in [
            ("sampler.walkers=17", "--set:1:17", "17 is odd"),
            ("sampler.walkrs=16", "--set:1:9", "did you mean 'walkers'?"),
            ("terms.g-2=[", "--set:1:12", "not valid YAML"),
            ("terms.g-2=wp2019", "--set:1:11", "is not one of wp2020"),
            ("parameters.A={prior: uniform, min: 2, max: 1}", "--set:1:44", "is not above min"),
            ("data.0=icecube-mese-2025", "--set:1:1", "is a list"),
            ("likelihood.kind=profile", f"{WP}:17:38", "is for kind gaussian")]:
        check_refused(config(WP, text), place, piece)


def test_shipped_run_files_are_printed_complete_and_unchanged_again():
    paths = sorted(glob.glob(os.path.join(CHAINS, "*.yaml")))
    tap.check(len(paths) >= 5, f"only {paths}")
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            first = emitted(path)
            again = os.path.join(folder, os.path.basename(path))
            with open(again, "wb") as out:
                out.write(first)
            tap.check(emitted(again) == first, f"{path}: the echo changes when it is read")


def test_assignments_reach_the_output():
    text = emitted(WP, "terms.g-2=off", "model.mediator=lmu-ltau", "sampler.seed=7").decode()
    tap.check("wp2020" not in text and "seed: 7\n" in text, text)
    text = emitted(WP, "model={mediator: {scalar: mu}}", "terms={}").decode()
    tap.check("mediator: {scalar: mu}\n" in text and "cross_section" not in text, text)


def test_a_nearly_massless_neutrino_is_warned_of():
    done = config(WP, "model.neutrinos.ordering=inverted")
    tap.check(done.returncode == 0 and done.stdout.count(b"ordering: inverted") == 1,
              done.stderr.decode())
    tap.check(done.stderr.count(b"\n") == 1 and b"warning: sum_mnu = 0.1 eV" in done.stderr,
              done.stderr.decode())


def test_a_decimal_comma_changes_nothing():
    listing = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    names = [name for name in listing.split() if name.startswith(("de_DE", "fr_FR"))]
    if not names:
        raise tap.Skip("no locale with a decimal comma is installed")
    tap.check(emitted(WP, LC_ALL=names[0]) == emitted(WP, LC_ALL="C"), names[0])


if __name__ == "__main__":
    sys.exit(tap.run_named(globals()))
