#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Installs the library into an empty folder and uses it from programs of others: what it exports,
the examples against the shared and the static one, a program with handlers of its own; prints TAP.

usage: test_library.py MESON BUILD_FOLDER SOURCE_FOLDER
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from test_install import Installation, run
import tap

WARNINGS = ["-std=c17", "-O1", "-g", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
SANITIZERS = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
VALGRIND = ["valgrind", "-q", "--leak-check=full", "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite", "--error-exitcode=99"]
CPP_PROGRAM = """#include <mutau/mutau.h>
#include <cstdio>

static int density(void *, const double *theta, double *ln_prior, double *ln_like, double *)
{
    *ln_prior = theta[0] > 0.0 && theta[0] < 1.0 ? 0.0 : -1.0 / 0.0;
    *ln_like = 0.0;
    return 0;
}

static void draw(void *, const double *unit, double *theta)
{
    theta[0] = unit[0];
}

int main()
{
    mutau_own_density own = {};
    mutau_sampling *sampling = nullptr;
    mutau_error err = {};
    mutau_init();
    own.dim = 1;
    own.eval = density;
    own.draw = draw;
    if (mutau_sampling_open(&own, "{walkers: 8}", 1, &sampling, &err) != MUTAU_OK ||
        mutau_sampling_run(sampling, 10, &err) != MUTAU_OK)
        return std::puts(err.text), 1;
    const bool right = mutau_sampling_rows(sampling) == 10;
    mutau_sampling_close(sampling);
    return right ? 0 : 1;
}
"""


def declared(text):
    """The functions that a public header declares."""
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"^\s*#.*(?:\\\n.*)*", "", text, flags=re.MULTILINE)
    arguments = r"\([^()]*(?:\([^()]*\)[^()]*)*\)"
    return set(re.findall(r"\b(mutau_[a-z0-9_]+)\s*" + arguments + r"[\sA-Z_]*;", text))


class Library:
    """The installed library and the programs that are linked with it."""

    def __init__(self, there, folder):
        self.there, self.folder = there, folder
        # With LOCPATH glibc's newlocale() leaks, which other libraries call when they are loaded.
        self.env = {**{name: value for name, value in os.environ.items() if name != "LOCPATH"},
                    "OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "passive"}

    def shared(self):
        return os.path.join(self.there.library_folder(), "libmutau.so")

    def build(self, source, name, static=False, flags=(), compiler=("cc",), more=()):
        """Compiles a program against the installed library; its path."""
        program = os.path.join(self.folder, name)
        libraries = self.there.pkg_config("--libs", *(["--static"] if static else []))
        if static:
            archive = os.path.join(self.there.library_folder(), "libmutau.a")
            libraries = [archive if word == "-lmutau" else word for word in libraries]
        run([*compiler, *flags, source, "-o", program, *self.there.pkg_config("--cflags"),
             *libraries, *more, "-lm"])
        linked = run(["ldd", program])
        tap.check(("libmutau" in linked) != static, f"{name} is linked with {linked}")
        return program

    def start(self, command, **env):
        """Its output; it must end with 0 and say nothing else."""
        done = subprocess.run(command, capture_output=True, text=True, check=False,
                              env={**self.env, "LD_LIBRARY_PATH": self.there.library_folder(),
                                   **env})
        tap.check(done.returncode == 0 and not done.stderr,
                  f"{command}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
        return done.stdout

    # --- what it is ---

    def exports_what_is_declared(self):
        folder = os.path.dirname(self.there.find("include/mutau/mutau.h"))
        wanted = set()
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as text:
                wanted |= declared(text.read())
        listing = run(["nm", "-D", "--defined-only", self.shared()]).split("\n")
        exported = {line.split()[-1] for line in listing if line}
        tap.check(len(wanted) > 40, f"the headers declare {sorted(wanted)}")
        tap.check(exported == wanted, f"exported, not declared: {sorted(exported - wanted)}; "
                                      f"declared, not exported: {sorted(wanted - exported)}")

    def is_named(self):
        said = run(["readelf", "-d", self.shared()])
        found = re.search(r"Library soname: \[(.*)\]", said)
        tap.check(found is not None and found.group(1) == "libmutau.so.0", said)
        needed = re.findall(r"Shared library: \[(.*?)\]", said)
        tap.check(not any("mpi" in name for name in needed), f"it needs {needed}")
        tap.check(os.path.exists(os.path.join(self.there.library_folder(), "libmutau.so.0")),
                  "no link by that name")

    def needs_no_more_flags(self):
        flags = self.there.pkg_config("--libs")
        tap.check("-lgsl" not in flags and "-fopenmp" not in flags, f"--libs gives {flags}")
        flags = self.there.pkg_config("--libs", "--static")
        tap.check("-lgsl" in flags, f"--libs --static gives {flags}")

    # --- the examples ---

    def commands(self, example, program):
        if example == "sample":
            return [program]
        return [program, os.path.join(self.there.source, "chains", "wp.yaml")]

    def example(self, name, static, how):
        source = os.path.join(self.there.source, "examples", name + ".c")
        if how == "valgrind" and shutil.which("valgrind") is None:
            raise tap.Skip("valgrind is not installed")
        if how == "sanitizers":
            probe = subprocess.run(["cc", *SANITIZERS, "-x", "c", "-", "-o", os.devnull],
                                   input="int main(void) { return 0; }", text=True,
                                   capture_output=True, check=False)
            if probe.returncode != 0:
                raise tap.Skip("the compiler has no sanitizers")
        flags = WARNINGS + (SANITIZERS if how == "sanitizers" else [])
        program = self.build(source, f"{name}-{static}-{how}", static, flags)
        under = VALGRIND if how == "valgrind" else []
        # Under valgrind the marches of targets that move take a minute.
        rest = ["model.targets=cold"] if how == "valgrind" and name == "evaluate" else []
        said = self.start(under + self.commands(name, program) + rest,
                          ASAN_OPTIONS="detect_leaks=1", UBSAN_OPTIONS="print_stacktrace=1")
        tap.check("converged" in said or "ln likelihood" in said, said)

    def examples(self):
        for name in ("evaluate", "sample"):
            for static in (False, True):
                for how in ("plainly", "sanitizers", "valgrind"):
                    yield (f"examples/{name}.c, {'static' if static else 'shared'}, {how}",
                           lambda n=name, s=static, h=how: self.example(n, s, h))

    def example_keeps_a_file(self, how):
        """The draws in a chain file: the same answer, and from a file that is there again."""
        program = os.path.join(self.folder, f"sample-False-{how}")
        if not os.path.exists(program):
            raise tap.Skip(f"not built with {how}")
        command = [*(VALGRIND if how == "valgrind" else []), program,
                   os.path.join(self.folder, how + ".h5")]
        said = self.start(command)
        here = self.start([program])
        tap.check(said == here, f"into a file:\n{said}\nin memory:\n{here}")
        tap.check(self.start(command) == said, "another answer from the file that is there")
        judged = subprocess.run([self.there.find("bin/mutau"), "diagnose", command[-1]],
                                capture_output=True, text=True, check=False)
        tap.check(judged.returncode == 0, judged.stdout + judged.stderr)

    def example_notices(self):
        """An example ends with 1 where something is wrong: here there is no such file."""
        program = os.path.join(self.folder, "evaluate-False-plainly")
        done = subprocess.run([program, "nowhere.yaml"], capture_output=True, text=True,
                              check=False, env={**self.env,
                                                "LD_LIBRARY_PATH": self.there.library_folder()})
        tap.check(done.returncode == 1 and "nowhere.yaml" in done.stderr, done.stderr)

    # --- programs of others ---

    def chain(self):
        """A small chain file, and one that is none."""
        path, broken = (os.path.join(self.folder, name) for name in ("chain.h5", "broken.h5"))
        if not os.path.exists(path):
            subprocess.run([self.there.find("bin/mutau"), "sample",
                            os.path.join(self.there.source, "chains", "quickstart.yaml"),
                            "--max-steps", "60", "--quiet", "--output", path],
                           capture_output=True, check=False)
            with open(path, "rb") as whole, open(broken, "wb") as part:
                part.write(whole.read()[:3000])
        return path, broken

    def host(self, handlers):
        source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "host_program.c")
        serial = subprocess.run(["pkg-config", "--exists", "hdf5-serial"], check=False)
        hdf5 = "hdf5-serial" if serial.returncode == 0 else "hdf5"
        more = run(["pkg-config", "--cflags", "--libs", "gsl", hdf5]).split()
        program = self.build(source, "host-" + handlers, flags=WARNINGS, more=[*more, "-pthread"])
        said = self.start([program, handlers, os.path.join(self.there.source, "chains", "wp.yaml"),
                           *self.chain()])
        tap.check(re.match(r"\d+ draws\n$", said), said)

    def serves_cpp(self):
        if shutil.which("c++") is None:
            raise tap.Skip("there is no C++ compiler")
        source = os.path.join(self.folder, "program.cpp")
        with open(source, "w", encoding="utf-8") as out:
            out.write(CPP_PROGRAM)
        program = self.build(source, "program-cpp", compiler=("c++",),
                             flags=["-std=c++11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"])
        self.start([program])

    def finds_data(self):
        """An own data set in $MUTAU_DATA has the numbers of the shipped one that it copies."""
        program = os.path.join(self.folder, "evaluate-False-plainly")
        data, run_file = os.path.join(self.folder, "data"), os.path.join(self.folder, "own.yaml")
        os.makedirs(data)
        with open(os.path.join(self.there.source, "chains", "wp.yaml"), encoding="utf-8") as text:
            run_text = text.read()
        for suffix in (".csv", ".yaml"):
            name = "icecube-cascades-6yr" + suffix
            with open(os.path.join(self.there.source, "data", name), encoding="utf-8") as text:
                copy = text.read().replace("icecube-cascades-6yr", "own-cascades")
            with open(os.path.join(data, "own-cascades" + suffix), "w", encoding="utf-8") as out:
                out.write(copy)
        with open(run_file, "w", encoding="utf-8") as out:
            out.write(run_text.replace("icecube-cascades-6yr", "own-cascades"))
        env = {**self.env, "LD_LIBRARY_PATH": self.there.library_folder()}
        env.pop("MUTAU_DATA", None)
        done = subprocess.run([program, run_file], capture_output=True, text=True, check=False,
                              env=env)
        tap.check(done.returncode == 1 and "own-cascades" in done.stderr, done.stderr)
        env["MUTAU_DATA"] = data
        done = subprocess.run([program, run_file], capture_output=True, text=True, check=False,
                              env=env)
        tap.check(done.returncode == 0 and "own-cascades" in done.stderr, done.stderr)
        shipped = self.start(self.commands("evaluate", program))
        tap.check(done.stdout == shipped, f"{done.stdout}\n{shipped}")


def main(meson, build, source):
    with tempfile.TemporaryDirectory() as folder:
        there = Installation(meson, build, source, os.path.join(folder, "root"))
        own = os.path.join(folder, "own")
        os.makedirs(own)
        library = Library(there, own)
        return tap.run([
            ("meson install succeeds", there.install),
            ("the shared library exports what the headers declare",
             library.exports_what_is_declared),
            ("it has a name of its own", library.is_named),
            ("who links it needs no other library", library.needs_no_more_flags),
            *library.examples(),
            *((f"examples/sample.c into a chain file, {how}",
               lambda h=how: library.example_keeps_a_file(h))
              for how in ("plainly", "sanitizers", "valgrind")),
            ("an example ends with 1 when something is wrong", library.example_notices),
            ("a program keeps its own handlers", lambda: library.host("own")),
            ("a program without handlers does not abort", lambda: library.host("default")),
            ("a program in C++ is served", library.serves_cpp),
            ("data are found in $MUTAU_DATA", library.finds_data),
        ])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
