#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs into an empty folder and uses what is there as a stranger would; prints TAP.

usage: test_install.py MESON BUILD_FOLDER SOURCE_FOLDER
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import tap

PROGRAM = """%s
#include <stdio.h>

int main(void)
{
    mutau_init();
    return puts(mutau_status_text(MUTAU_OK)) < 0;
}
"""


def run(command, **options):
    """The standard output of a command that must succeed."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    tap.check(done.returncode == 0, f"{command}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


class Installation:
    """What `meson install` put below a temporary folder."""

    def __init__(self, meson, build, source, folder):
        self.meson, self.build, self.source, self.folder = meson, build, source, folder

    def find(self, pattern):
        """The one installed file that matches `pattern`."""
        found = glob.glob(os.path.join(self.folder, "**", pattern), recursive=True)
        tap.check(len(found) == 1, f"{pattern}: found {found}, want one file")
        return found[0]

    def below(self, *path):
        return {os.path.basename(name) for name in glob.glob(os.path.join(self.source, *path))}

    def install(self):
        run([self.meson, "install", "-C", self.build, "--no-rebuild", "--quiet"],
            env={**os.environ, "DESTDIR": self.folder})

    def program_runs(self):
        text = run([self.find("bin/mutau"), "--version"])
        tap.check(text.startswith("mutau"), f"mutau --version says {text!r}")

    def headers_are_complete(self):
        """Those that the umbrella names, each with all that it includes."""
        folder = os.path.dirname(self.find("include/mutau/mutau.h"))
        there = set(os.listdir(folder))
        named = {"mutau.h"}
        ours = re.compile(r'^#include "mutau/([a-z_]+\.h)"', re.MULTILINE)
        for name in there:
            with open(os.path.join(folder, name), encoding="utf-8") as text:
                named |= set(ours.findall(text.read()))
        tap.check(there == named, f"installed: {sorted(there)}, included: {sorted(named)}")

    def data_are_complete(self):
        prefix = os.path.dirname(os.path.dirname(self.find("bin/mutau")))
        for name in ("data", "priors"):
            folder = os.path.join(prefix, "share", "mutau", name)
            wanted = self.below(name, "*.csv") | self.below(name, "*.yaml")
            there = set(os.listdir(folder)) if os.path.isdir(folder) else set()
            tap.check(wanted <= there, f"missing from {folder}: {sorted(wanted - there)}")

    def manual_is_well_formed(self):
        page = self.find("man1/mutau.1")
        if shutil.which("groff") is None:
            raise tap.Skip("groff is not installed")
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z", page],
                              capture_output=True, text=True, check=False)
        tap.check(done.returncode == 0 and not done.stderr, done.stderr)

    def manual_names_everything(self):
        with open(self.find("man1/mutau.1"), encoding="utf-8") as text:
            page = text.read().replace("\\-", "-")
        program = self.find("bin/mutau")
        commands = re.findall(r"^  ([a-z]+) ", run([program, "help"]), re.MULTILINE)
        if not commands:
            raise tap.Skip("mutau help lists no commands")
        wanted = set(commands)
        for command in set(commands) - {"help"}:
            wanted |= set(re.findall(r"^ +(--[a-z-]+)", run([program, "help", command]),
                                     re.MULTILINE))
        wanted |= set(re.findall(r"^    ([A-Za-z]\S*) ", run([program, "help", "run-file"]),
                                 re.MULTILINE))
        missing = [word for word in sorted(wanted)
                   if not re.search(r"(?<![\w-])" + word + r"(?![\w-])", page)]
        tap.check(not missing, f"the manual page does not name {missing}")

    def completion_completes(self):
        script = self.find("completions/mutau")
        path = os.path.dirname(self.find("bin/mutau")) + ":" + os.environ["PATH"]
        text = run(["bash", "-c", f'. "{script}"\nCOMP_WORDS=(mutau hel) COMP_CWORD=1\n'
                    '_mutau mutau hel mutau\nprintf "%s\\n" "${COMPREPLY[@]}"'],
                   env={**os.environ, "PATH": path})
        tap.check(text.split() == ["help"], f"'mutau hel' completes to {text!r}")

    def pkg_config(self, *options):
        """What pkg-config says of the library where it lies now."""
        prefix = self.find("bin/mutau")[:-len("/bin/mutau")]
        folder = os.path.dirname(self.find("mutau.pc"))
        return run(["pkg-config", f"--define-variable=prefix={prefix}", *options, "mutau"],
                   env={**os.environ, "PKG_CONFIG_PATH": folder}).split()

    def library_folder(self):
        return os.path.dirname(os.path.dirname(self.find("mutau.pc")))

    def library_serves_another_program(self):
        headers = sorted(os.listdir(os.path.dirname(self.find("include/mutau/mutau.h"))))
        source = os.path.join(self.folder, "stranger.c")
        with open(source, "w", encoding="utf-8") as out:
            out.write(PROGRAM % "\n".join(f"#include <mutau/{name}>" for name in headers))
        program = os.path.join(self.folder, "stranger")
        run(["cc", "-std=c17", "-Wall", "-Wextra", "-Wpedantic", "-Werror", source, "-o", program,
             *self.pkg_config("--cflags", "--libs")])
        said = run([program], env={**os.environ, "LD_LIBRARY_PATH": self.library_folder()})
        tap.check(said == "success\n", "the program says something else")


def main(meson, build, source):
    with tempfile.TemporaryDirectory() as folder:
        there = Installation(meson, build, source, folder)
        return tap.run([
            ("meson install succeeds", there.install),
            ("the installed program runs", there.program_runs),
            ("every header is installed", there.headers_are_complete),
            ("the data are installed", there.data_are_complete),
            ("the manual page is well formed", there.manual_is_well_formed),
            ("the manual page names every command and option", there.manual_names_everything),
            ("the shell completes commands", there.completion_completes),
            ("another program compiles with pkg-config", there.library_serves_another_program),
        ])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
