#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The solvers and nuSIprop in one run: the time of an evaluation, and the error beside it.

bench_solvers has the solvers.  nuSIprop (https://github.com/ivan-esteban-phys/nuSIprop) is
measured, too, if a folder with its nuSIprop.hpp is given by --nusiprop or the variable NUSIPROP:
s-channel, 300 bins from 1 TeV to 100 PeV, at a scalar's 6.5 MeV and 1e-2, where its error is that
of the worst of 12 thirds of a decade and three flavours.  --table writes the result into a page, in
place of the last.
"""
import argparse
import os
import platform
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
BEGIN, END = "<!-- solvers.py writes from here -->", "<!-- solvers.py writes to here -->"
NAMES = {"line": "`line`", "line, table": "`line`, off its table", "grid": "`grid`",
         "grid, table": "`grid`, off its table"}


def output(*command):
    """The lines that a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def processor():
    """The name of the processor, as Linux has it."""
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as lines:
        for line in lines:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def nusiprop(folder, program, flags, n_bin):
    """Its microseconds and worst relative error, compiled anew."""
    with tempfile.TemporaryDirectory() as build:
        made = os.path.join(build, "nusiprop_time")
        subprocess.run([os.environ.get("CXX", "c++"), "-O3", "-w", f"-I{folder}", "-o", made,
                        os.path.join(HERE, "nusiprop_time.cpp"), *flags], check=True)
        time, *got = [float(line) for line in output(made, str(n_bin))]
    want = [float(line) for line in output(program, "scalar")]
    return time, max(abs(g / w - 1.0) for g, w in zip(got, want, strict=True))


def number(value):
    """Three digits, and no exponent where there are thousands."""
    return f"{float(value):.3g}" if float(value) < 999.5 else f"{float(value):.0f}"


def table(rows, peer):
    """The table of the rows of bench_solvers and of nuSIprop's."""
    lines = ["| solver | targets | tolerance | g' | µs | worst bin off by |",
             "|---|---|---|---|---|---|"]
    for name, targets, tolerance, coupling, time, error in rows:
        asked = number(tolerance) if float(tolerance) > 0 else "–"
        lines.append(f"| {NAMES[name]} | {targets} | {asked} | {coupling} | {number(time)} "
                     f"| {error} |")
    for n_bin, (time, error) in peer:
        lines.append(f"| nuSIprop, {n_bin} bins, scalar | cold | – | 0.01 | {number(time)} "
                     f"| {error:.1e} |")
    return lines


def write(page, lines):
    """Puts the lines between the marks of the page."""
    with open(page, encoding="utf-8") as f:
        text = f.read()
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    with open(page, "w", encoding="utf-8") as f:
        f.write(before + BEGIN + "\n\n" + "\n".join(lines) + "\n\n" + END + after)


def main():
    """Measures, prints, and writes if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", help="bench_solvers, as it was built")
    parser.add_argument("--nusiprop", default=os.environ.get("NUSIPROP"), metavar="DIR",
                        help="a folder with nuSIprop.hpp")
    parser.add_argument("--flags", default="-lgsl -lgslcblas -lm", help="what it is linked with")
    parser.add_argument("--table", metavar="PAGE", help="writes the table into this page")
    args = parser.parse_args()
    rows = [line.split("\t") for line in output(args.program)]
    peer = []
    if args.nusiprop and os.path.exists(os.path.join(args.nusiprop, "nuSIprop.hpp")):
        peer = [(n, nusiprop(args.nusiprop, args.program, args.flags.split(), n)) for n in (300,)]
    else:
        print("nuSIprop is not there (--nusiprop DIR): left out", file=sys.stderr)
    lines = [f"- {processor()}, {os.cpu_count()} cores, one of them used, with a load of "
             f"{os.getloadavg()[0]:.1f} on it.", "", *table(rows, peer)]
    print("\n".join(lines))
    if args.table:
        write(args.table, lines)


if __name__ == "__main__":
    main()
