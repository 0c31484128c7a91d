#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests the set-up of quickstart and runtests on machines made of stand-ins, and the
counting of test results; prints TAP.  Nothing is installed.

usage: test_setup.py MESON SOURCE_FOLDER
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TESTS)
import summary
import tap

TOP = os.path.abspath(os.path.join(TESTS, ".."))
SETUP = os.path.join(TOP, ".ci", "setup.sh")
BASICS = ["bash", "env", "basename", "dirname", "tail", "rm", "mkdir", "test", "touch", "echo",
          "printf"]
APT_INSTALLS = 'echo "apt-get $*" >>log; case "$*" in *install*) touch installed ;; esac'
APT_FAILS = 'echo "apt-get $*" >>log; echo "E: no such package" >&2; exit 100'
APT_LIES = 'echo "apt-get $*" >>log'


class Machine:
    """A folder with a PATH of its own: the basics, and stand-ins for the rest."""

    def __init__(self, folder, user=0, **commands):
        self.folder = folder
        self.bin = os.path.join(folder, "bin")
        os.mkdir(self.bin)
        for name in BASICS:
            os.symlink(shutil.which(name), os.path.join(self.bin, name))
        for name, body in {"id": f"echo {user}", **commands}.items():
            path = os.path.join(self.bin, name.replace("_", "-"))
            with open(path, "w", encoding="utf-8") as out:
                out.write(f"#!/bin/bash\n{body}\n")
            os.chmod(path, 0o755)

    def install(self, *requirements):
        """Runs install_missing there: (exit code, output, the log of what was called)."""
        words = " ".join(f"'{requirement}'" for requirement in requirements)
        done = subprocess.run(
            [shutil.which("bash"), "-euo", "pipefail", "-c",
             f'. "{SETUP}"\ninstall_missing {words}\necho went on'],
            cwd=self.folder, env={"PATH": self.bin, "TMPDIR": self.folder}, text=True,
            stdin=subprocess.DEVNULL, capture_output=True, check=False)
        log = os.path.join(self.folder, "log")
        called = ""
        if os.path.exists(log):
            with open(log, encoding="utf-8") as text:
                called = text.read()
        return done.returncode, done.stdout + done.stderr, called


def install_on(requirements=("there|true", "absent|test -e installed"), **machine):
    with tempfile.TemporaryDirectory() as folder:
        return Machine(folder, **machine).install(*requirements)


def expect(result, code, said, called=""):
    """The exit code, words of the output, and words of the calls ('' for no call at all)."""
    got_code, output, log = result
    tap.check(got_code == code, f"exit code {got_code}, want {code}: {output}")
    for words in said:
        tap.check(words in output, f"{words!r} is not in {output!r}")
    tap.check(called in log if called else not log, f"calls {log!r}, want {called!r}")


def test_nothing_is_installed_where_all_is_there():
    expect(install_on(requirements=["there|true"], apt_get=APT_INSTALLS), 0,
           ["every package needed", "went on"])


def test_root_installs_what_is_missing_and_no_more():
    result = install_on(apt_get=APT_INSTALLS)
    expect(result, 0, ["missing packages: absent", "went on"],
           "install -y --no-install-recommends absent\n")
    tap.check("there" not in result[2], f"installs more: {result[2]}")


def test_lists_are_refreshed_first():
    log = install_on(apt_get=APT_INSTALLS)[2].splitlines()
    tap.check(len(log) == 2 and log[0].endswith("update"), f"calls {log}")


def test_sudo_is_used_by_another_user():
    expect(install_on(user=1000, apt_get=APT_INSTALLS, sudo='[ "$1" = -n ] || "$@"'), 0,
           ["went on"], "install -y --no-install-recommends absent\n")


def test_without_sudo_the_packages_are_listed():
    expect(install_on(user=1000, apt_get=APT_INSTALLS), 1,
           ["absent", "needs root or sudo", "apt-get install --no-install-recommends absent"])


def test_sudo_that_would_ask_with_nobody_there():
    expect(install_on(user=1000, apt_get=APT_INSTALLS, sudo="exit 1"), 1,
           ["absent", "needs root or sudo"])


def test_another_system_gets_the_list():
    expect(install_on(), 1, ["absent", "this system's package manager"])


def test_a_failing_installation_is_shown():
    expect(install_on(apt_get=APT_FAILS), 1,
           ["E: no such package", "could not install: absent"], "install")


def test_an_installation_without_effect_is_noticed():
    expect(install_on(apt_get=APT_LIES), 1, ["still missing", "absent"], "install")


NOTE = 'echo "$(basename "$0") $*" >>log'
TOOLS = {name: "exit 0" for name in ("gcc", "meson", "ninja", "pkg_config", "locale")}


def quickstart(*arguments, mutau=NOTE):
    """quickstart in a tree of stand-ins where all is installed and built."""
    with tempfile.TemporaryDirectory() as folder:
        machine = Machine(folder, **TOOLS)
        os.mkdir(os.path.join(folder, "chains"))
        for path in ("quickstart", ".ci/setup.sh"):
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            shutil.copy(os.path.join(TOP, path), os.path.join(folder, path))
        for path, text in {
                "build/src/cli/mutau": f"#!/bin/bash\n{mutau}\n",
                "analysis/plots/corner.py": "import sys; print('corner', *sys.argv[1:])",
                "analysis/plots/spectrum.py": "import sys; print('spectrum', *sys.argv[1:])",
        }.items():
            os.makedirs(os.path.dirname(os.path.join(folder, path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as out:
                out.write(text)
            os.chmod(os.path.join(folder, path), 0o755)
        done = subprocess.run([shutil.which("bash"), os.path.join(folder, "quickstart"),
                               *arguments], env={**os.environ, "PATH": machine.bin}, text=True,
                              cwd="/", capture_output=True, check=False)
        log = os.path.join(folder, "log")
        called = open(log, encoding="utf-8").read() if os.path.exists(log) else ""
    return done.returncode, done.stdout + done.stderr, called


def test_quickstart_samples_summarises_and_draws():
    expect(quickstart(), 0,
           ["corner chains/quickstart.h5 --mutau build/src/cli/mutau "
            "-o chains/quickstart-corner.png",
            "spectrum chains/quickstart.h5 --mutau build/src/cli/mutau "
            "-o chains/quickstart-spectrum.png", "Done"],
           "mutau sample chains/quickstart.yaml --overwrite\nmutau summary chains/quickstart.h5\n")


def test_quickstart_names_the_step_that_failed():
    expect(quickstart(mutau=NOTE + "; [ $1 != sample ] || exit 3"), 1,
           ["failed (exit code 3): Sampling chains/quickstart.yaml",
            "build/src/cli/mutau sample chains/quickstart.yaml --overwrite"],
           "mutau sample chains/quickstart.yaml --overwrite\n")


def test_quickstart_takes_no_argument():
    expect(quickstart("fast"), 1, ["unknown argument 'fast'"])
    expect(quickstart("--help"), 0, ["usage: ./quickstart"])


def configure_with_mpi_hdf5(*options):
    """Meson's exit code and output where the HDF5 found says that it is built for MPI."""
    meson, source = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as folder:
        with open(os.path.join(folder, "H5pubconf.h"), "w", encoding="utf-8") as header:
            header.write("#define H5_HAVE_PARALLEL 1\n")
        with open(os.path.join(folder, "hdf5-serial.pc"), "w", encoding="utf-8") as module:
            module.write(f"Name: HDF5\nDescription: a stand-in\nVersion: 1.10\n"
                         f"Cflags: -I{folder}\nLibs:\n")
        done = subprocess.run([meson, "setup", "-Dtests=disabled", *options,
                               os.path.join(folder, "build"), source],
                              env={**os.environ, "PKG_CONFIG_PATH": folder},
                              capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def test_hdf5_for_mpi_is_refused():
    code, output = configure_with_mpi_hdf5()
    tap.check(code != 0 and "this HDF5 is built for MPI" in output, output)


def test_hdf5_for_mpi_is_taken_on_request():
    code, output = configure_with_mpi_hdf5("-Dparallel_hdf5=true")
    tap.check(code == 0, output)


def count(entries):
    """What summary.py prints about a log with these entries, and its exit code."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "testlog.json")
        with open(path, "w", encoding="utf-8") as log:
            for entry in entries:
                log.write(json.dumps({"name": "mutau:unit / x", "duration": 1.0, **entry}) + "\n")
        done = subprocess.run([sys.executable, summary.__file__, path], capture_output=True,
                              text=True, check=False)
    return done.returncode, done.stdout.splitlines()[-1] if done.stdout else done.stderr


def expect_count(entries, code, line):
    got = count(entries)
    tap.check(got == (code, line), f"says {got}, want {(code, line)}")


def test_subtests_are_counted():
    expect_count([{"stdout": "1..3\nok 1 - a\nok 2 - b # SKIP no c\nok 3\n", "result": "OK"},
                  {"stdout": "no TAP\n", "result": "OK"}], 0, "3 passed, 0 failed, 1 skipped")


def test_a_failed_subtest_fails():
    expect_count([{"stdout": "1..2\nok 1 - a\nnot ok 2 - b\n", "result": "FAIL"}], 1,
                 "1 passed, 1 failed, 0 skipped")


def test_a_crash_after_good_subtests_fails():
    expect_count([{"stdout": "1..3\nok 1 - a\n", "result": "ERROR"}], 1,
                 "1 passed, 1 failed, 0 skipped")


def test_a_time_out_without_output_fails():
    expect_count([{"stdout": None, "result": "TIMEOUT"}], 1, "0 passed, 1 failed, 0 skipped")


def test_a_skipped_program_is_one():
    expect_count([{"stdout": "not installed\n", "result": "SKIP"}], 0,
                 "0 passed, 0 failed, 1 skipped")


def test_a_skipped_plan_is_one():
    expect_count([{"stdout": "1..0 # SKIP no locale\n", "result": "SKIP"}], 0,
                 "0 passed, 0 failed, 1 skipped")


def test_no_test_at_all_fails():
    expect_count([], 1, "0 passed, 0 failed, 0 skipped")


if __name__ == "__main__":
    sys.exit(tap.run_named(dict(globals())))
