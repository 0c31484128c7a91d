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
            ("likelihood={kind: profile, errors: upper}", "--set:1:36", "is for kind gaussian")]:
        check_refused(config(WP, text), place, piece)


SWITCHES = {True: ["on", "On", "ON", "true", "True", "TRUE", "yes", "Yes", "YES"],
            False: ["off", "Off", "OFF", "false", "False", "FALSE", "no", "No", "NO"]}


def test_switches_are_alike():
    """PyYAML reads `neff: on` and writes `neff: true`; so do others with yes."""
    for on, words in SWITCHES.items():
        for word in words:
            text = emitted(WP, f"terms.neff={word}", f"allow_overlap={word}",
                           f"sampler.store_rungs={word}").decode()
            tap.check(("neff: {}" in text) == on, f"neff: {word}: {text}")
            for key in ("allow_overlap", "store_rungs"):
                tap.check(f"{key}: {str(on).lower()}\n" in text, f"{key}: {word}: {text}")
    for word in SWITCHES[False]:
        text = emitted(WP, f"terms.g-2={word}").decode()
        tap.check("g-2" not in text.partition("terms:")[2], f"g-2: {word}: {text}")
        tap.check("terms: {}\n" in emitted(WP, f"terms={word}").decode(), f"terms: {word}")
    tap.check(b"neff: {}" in emitted(WP, "terms.neff='on'"), "a script's text is a switch")
    check_refused(config(WP, "terms.g-2=true"), f"{WP}:19:8",
                  "needs wp2020, bmw2021, wp2025 or wp2020-final")
    for word in ("maybe", "1", "y", "onn", "'true'"):
        check_refused(config(WP, f"allow_overlap={word}"), "--set:1:15", "expected true or false")


def noted(path, *sets):
    """What --set leaves of a file, and the notes about it."""
    done = config(path, *sets)
    message = done.stderr.decode()
    tap.check(done.returncode == 0, f"{sets}: {message}")
    lines = message.splitlines()
    tap.check(all(line.startswith("mutau: note: --set ") for line in lines), message)
    return done.stdout.decode(), lines


def test_what_set_leaves_without_a_meaning_gives_way():
    text, notes = noted(WP, "likelihood.kind=profile")
    tap.check("likelihood: {kind: profile}\n" in text, text)
    tap.check(len(notes) == 1 and f"{WP} says of likelihood.errors" in notes[0], f"{notes}")
    for word in ("model.mediator={scalar: mu}", "model.mediator.scalar=mu"):
        text, notes = noted(WP, word)
        tap.check("mediator: {scalar: mu}\n" in text and "terms: {}\n" in text and
                  "cross_section" not in text, text)
        tap.check(len(notes) == 2 and "model.cross_section" in notes[0] and
                  "terms.g-2, terms.na64, terms.kaon, terms.z-decay" in notes[1], f"{notes}")
    text, notes = noted(WP, "target=gaussian")
    tap.check("gaussian: {dim: 2" in text and "parameters" not in text, text)
    tap.check(len(notes) == 1 and "model, parameters, data, likelihood, terms" in notes[0],
              f"{notes}")
    text, notes = noted(WP, "parameters.gamma.prior=normal", "parameters.gamma.mean=2.5",
                        "parameters.gamma.sigma=0.1")
    tap.check("gamma: {prior: normal, mean: 2.5, sigma: 0.1}\n" in text, text)
    tap.check(len(notes) == 1 and "parameters.gamma.min, parameters.gamma.max" in notes[0],
              f"{notes}")


def test_no_likelihood_takes_no_data():
    text, notes = noted(WP, "likelihood={kind: none}")
    tap.check("likelihood: {kind: none}\n" in text and "data: []\n" in text, text)
    tap.check(len(notes) == 1 and f"{WP} says of data" in notes[0], f"{notes}")
    text, notes = noted(WP, "likelihood.kind=none")
    tap.check("likelihood: {kind: none}\n" in text and "data: []\n" in text, text)
    tap.check(len(notes) == 2 and "says of likelihood.errors" in notes[0] and
              "says of data" in notes[1], f"{notes}")
    text, notes = noted(WP, "likelihood={kind: none}", "data=[]")
    tap.check("data: []\n" in text and not notes, f"{notes}")
    check_refused(config(WP, "likelihood={kind: none}", "data=[icecube-cascades-6yr]"),
                  "--set:1:6", "uses no data")
    check_refused(config(WP, "likelihood={kind: none, errors: upper}"), "--set:1:33",
                  "is for kind gaussian")


def test_a_word_of_the_file_stays_beside_set():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.yaml")

        def write(terms):
            with open(path, "w", encoding="utf-8") as out:
                out.write("model: {cross_section: paper}\ndata: [icecube-cascades-6yr]\n"
                          f"terms: {terms}\nsampler: {{moves: {{stretch: 0.25, de: 0.75}}}}\n")
        write("{g-2: wp2020, na64: on, trident: both}")
        text, notes = noted(path, "sampler.moves.de.sigma=1e-4", "terms.na64.anchor=6e-4",
                            "terms.g-2.mean=1e-9", "terms.g-2.sigma=1e-10")
        tap.check("de: {weight: 0.75, sigma: 0.0001" in text, text)
        tap.check("na64: {exposure: 1.98e10, anchor: 0.0006}" in text, text)
        tap.check("trident: {data: both}" in text and "g-2: {mean: 1e-9, sigma: 1e-10}" in text,
                  text)
        tap.check(len(notes) == 1 and "terms.g-2.value" in notes[0], f"{notes}")
        check_refused(config(path, "terms.g-2.mean=1e-9"), "--set:1:7", "or both mean and sigma")
        # A number of which the term makes nothing is no better beside a key of --set.
        write("{na64: 1.98e10}")
        check_refused(config(path, "terms.na64.anchor=6e-4"), f"{path}:3:15",
                      "'1.98e10' is not one of sensitivity-1e11, sensitivity-1e12")
        text, notes = noted(path, "terms.na64={exposure: 1.98e10, anchor: 6e-4}")
        tap.check("na64: {exposure: 1.98e10, anchor: 0.0006}" in text and not notes, text)


def test_the_relatives_give_way_too():
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "run.yaml")

        def write(text):
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
        write("target: {gaussian: {dim: 3}}\n"
              "sampler: {temperatures: 4, moves: {stretch: 1}, "
              "stop: {max_steps: 9, evidence_error: 0.1}}\n")
        text, notes = noted(path, "sampler.temperatures=1", "sampler.moves={mixture: 1, de: 1}")
        tap.check("evidence_error: 0.1" in text and not notes, text)
        text, notes = noted(path, "target.mixture.dim=2", "sampler.temperatures=1")
        tap.check("mixture: {dim: 2" in text and "gaussian" not in text and
                  "stop: {max_steps: 9, ess_bulk: 4000, ess_tail: 1000}" in text, text)
        tap.check(len(notes) == 2 and "target.gaussian" in notes[0] and
                  "sampler.stop.evidence_error" in notes[1], f"{notes}")
        write("model: {cross_section: paper}\ndata: [icecube-cascades-6yr]\n"
              "terms: {g-2: {value: wp2020}}\n")
        text, notes = noted(path, "terms.g-2.mean=1e-9", "terms.g-2.sigma=1e-10")
        tap.check("g-2: {mean: 1e-9, sigma: 1e-10}" in text, text)
        tap.check(len(notes) == 1 and "terms.g-2.value" in notes[0], f"{notes}")
        # The same contradictions in the file itself, or within --set, are errors.
        write("model: {cross_section: paper}\ndata: [icecube-cascades-6yr]\n"
              "likelihood: {kind: profile, errors: upper}\n")
        check_refused(config(path), f"{path}:3:37", "is for kind gaussian")
        check_refused(config(path, "likelihood.errors=split"), "--set:1:19", "for kind gaussian")
        write("{target: gaussian, model: {cross_section: paper}}\n")
        check_refused(config(path), f"{path}:1:27", "has no meaning with 'target'")
    check_refused(config(WP, "target=gaussian", "model.crossing=exact"), f"{WP}:3:3",
                  "has no meaning with 'target'")
    check_refused(config(WP, "model.mediator={scalar: mu}", "terms.na64=on"), "--set:1:7",
                  "with a scalar mediator")
    check_refused(config(WP, "likelihood.kind=profile", "likelihood.errors=split"), "--set:1:19",
                  "is for kind gaussian")


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
    told = done.stderr.decode().splitlines()
    tap.check(done.returncode == 0 and len(told) == 1 and "warning: sum_mnu = 0.1 eV" in told[0],
              f"{told}")
    done = config(WP, "model.neutrinos.ordering=inverted", "model.targets=cold")
    tap.check(done.returncode == 0 and done.stdout.count(b"ordering: inverted") == 1,
              done.stderr.decode())
    told = done.stderr.decode().splitlines()
    tap.check(len(told) == 2 and "warning: sum_mnu = 0.1 eV" in told[0] and
              "the lightest neutrino has 0.0008 eV: its thermal motion" in told[1], told)


def test_a_decimal_comma_changes_nothing():
    listing = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    names = [name for name in listing.split() if name.startswith(("de_DE", "fr_FR"))]
    if not names:
        raise tap.Skip("no locale with a decimal comma is installed")
    tap.check(emitted(WP, LC_ALL=names[0]) == emitted(WP, LC_ALL="C"), names[0])


if __name__ == "__main__":
    sys.exit(tap.run_named(globals()))
