#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tests the checks: each passes a good example and fails a bad one; prints TAP."""
import os
import subprocess
import sys
import tempfile

import docs
import format as format_check
import functions
import headers
import layers
import names
import symbols
import words

SPDX = "/* SPDX-License-Identifier: GPL-3.0-or-later */\n"


def run_format(root):
    """format.py as a program, in the form of the other checks."""
    script = format_check.__file__
    done = subprocess.run([sys.executable, script, "--root", root], capture_output=True,
                          text=True, check=False)
    return (done.stdout.splitlines() if done.returncode == 1 else []), done.stdout


def run_headers(root):
    """Every header of a tree with the first compiler, public ones also as C++."""
    paths = [path for path in ("include/mutau/a.h",) if os.path.exists(os.path.join(root, path))]
    problems = [headers.compile_alone(root, headers.COMPILERS[0], path) for path in paths]
    problems += [headers.compile_alone(root, headers.CPP_COMPILERS[0], path) for path in paths
                 if headers.is_public(root, path)]
    return [problem for problem in problems if problem], ""


def lines_of(n):
    return "{\n" + "    (void)0;\n" * n + "}\n"


GUARDED = SPDX + "#ifndef MUTAU_A_H\n#define MUTAU_A_H\n#include <stddef.h>\n%s\n#endif\n"

SPECTRUM = """const mutau_parameter_spec mutau_s_parameters[N] = {
    [A] = {.name = "A"}, [GAMMA] = {.name = "gamma", .doc = "index"},
};
"""

# (what, check, files, what the complaint must contain; None for a good example)
TREES = [
    ("an include of a lower layer", layers.check_layers,
     {"src/base/rng.h": "", "src/base/rng.c": "", "src/physics/flux.h": "",
      "src/physics/flux.c": '#include "physics/flux.h"\n#include <math.h>\n'
                            '#include "base/rng.h"\n'},
     None),
    ("an include of a higher layer", layers.check_layers,
     {"src/physics/flux.h": "", "src/physics/flux.c": "",
      "src/base/rng.c": '#include "physics/flux.h"\n'},
     "src/base/rng.c:1: src/base may not include"),
    ("a higher layer in a header", layers.check_layers,
     {"src/physics/flux.h": "", "src/physics/flux.c": "", "src/base/rng.c": "",
      "src/base/rng.h": '\n  #  include "physics/flux.h"\n'},
     "src/base/rng.h:2: src/base may not include"),
    ("the sampler including physics", layers.check_layers,
     {"src/physics/flux.h": "", "src/physics/flux.c": "",
      "src/sampler/move.c": '#include "physics/flux.h"\n'},
     "src/sampler may not include"),
    ("physics including the sampler", layers.check_layers,
     {"src/sampler/target.h": "", "src/physics/flux.c": '#include "sampler/target.h"\n'},
     "src/physics may not include"),
    ("another folder's private header", layers.check_layers,
     {"src/base/mt_internal.h": "", "src/store/x.c": '#include "../base/mt_internal.h"\n'},
     "private to src/base"),
    ("an internal header in a public one", layers.check_layers,
     {"src/base/rng.h": "", "include/mutau/error.h": '#include "base/rng.h"\n'},
     "include/mutau/error.h:1: \"base/rng.h\" is not public"),
    ("a public header in a lower layer", layers.check_layers,
     {"include/mutau/results.h": "", "src/base/rng.c": '#include "mutau/results.h"\n'},
     "src/base may not include"),
    ("a header without its room", layers.check_layers,
     {"src/base/rng.h": "", "src/store/x.c": '#include "../base/rng.h"\n'},
     "say its room"),
    ("hdf5.h outside its file", layers.check_layers,
     {"src/cli/sample.c": "#include <hdf5.h>\n"}, "<hdf5.h> is for"),
    ("yaml.h outside its file", layers.check_layers,
     {"src/store/chain.c": "#include <yaml.h>\n"}, "<yaml.h> is for"),
    ("GSL in a header of base that is for others", layers.check_layers,
     {"src/base/rng.h": "#include <gsl/gsl_rng.h>\n", "src/base/rng.c": ""},
     "<gsl/gsl_rng.h> is for"),
    ("an unknown library", layers.check_layers,
     {"src/base/x.c": "#include <curl/curl.h>\n"}, "no header that this project uses"),
    ("a header that is not there", layers.check_layers,
     {"src/base/x.c": '#include "mutau/nowhere.h"\n'}, "not in the tree"),
    ("a source folder without a layer", layers.check_layers,
     {"src/extra/x.c": ""}, "belongs to no layer"),
    ("a function of 80 lines", functions.check_functions,
     {"src/base/x.c": "int f(void)\n" + lines_of(79)}, None),
    ("a function of 81 lines", functions.check_functions,
     {"src/base/x.c": "int f(void)\n" + lines_of(80)}, "src/base/x.c:2: 81 lines"),
    ("a name with its owner, in data and in other words", names.check_names,
     {"src/physics/s.c": SPECTRUM, "src/sampler/m.c": 'static const char k[] = "gamma";\n',
      "tests/t.c": 'f("gamma");\n', "analysis/r.py": 'ROWS = [("gamma", 1.0),\n        ("A", 2)]\n',
      "src/cli/x.c": '/* "gamma" */ f("A run of %s", "E^-gamma", \'"\', gamma); g("gammas");\n'},
     None),
    ("a parameter's name elsewhere", names.check_names,
     {"src/physics/s.c": SPECTRUM, "src/cli/x.c": '\nf("at gamma = %g");\n'},
     "src/cli/x.c:2: 'gamma' belongs to src/physics/s.c"),
    ("the name of its logarithm", names.check_names,
     {"src/physics/s.c": SPECTRUM, "analysis/x.c": 'f("log10_gamma");\n'}, "x.c:1: 'gamma'"),
    ("a short name on its own", names.check_names,
     {"src/physics/s.c": SPECTRUM, "src/cli/x.c": 'f("A");\n'}, "'A' belongs to"),
    ("a short name with a value", names.check_names,
     {"src/physics/s.c": SPECTRUM, "src/cli/x.c": 'f("m=1,A=2");\n'}, "'A' belongs to"),
    ("a parameter's name in a script", names.check_names,
     {"src/physics/s.c": SPECTRUM, "analysis/p.py": "X = 1\ndraw(point['gamma'])\n"},
     "analysis/p.py:2: 'gamma'"),
    ("a word of another meaning, in its file", names.check_names,
     {"src/physics/s.c": SPECTRUM.replace('"gamma"', '"beta"'),
      "src/store/chain_read.c": 'f(group, "beta");\n'}, None),
    ("a word of another meaning, elsewhere", names.check_names,
     {"src/physics/s.c": SPECTRUM.replace('"gamma"', '"beta"'),
      "src/store/chain_rows.c": 'f(group, "beta");\n'}, "chain_rows.c:1: 'beta'"),
    ("a number of a parameter's own", names.check_names,
     {"src/physics/s.c": SPECTRUM, "src/posterior/x.c": "x[MUTAU_PARAMETER_GAMMA] = 1.0;\n"},
     "src/posterior/x.c:1: MUTAU_PARAMETER_GAMMA"),
    ("no parameters at all", names.check_names, {"src/physics/s.c": ""}, "no table of parameters"),
    ("clean files", words.check_words,
     {"a.c": SPDX + "int x;\n", "b.md": "See https://example.org/home/ and $HOME.\n"}, None),
    ("a file without a licence", words.check_words, {"a.c": "int x;\n"}, "no SPDX line"),
    ("a path of one machine", words.check_words,
     {"a.md": "see /ro" "ot/x\n"}, "a path of one machine"),
    ("a note to self", words.check_words,
     {"a.c": SPDX + "/* TO" "DO */\n"}, "a note to self"),
    ("a merge conflict", words.check_words, {"a.md": "<" * 7 + " main\n"}, "a merge conflict"),
    ("a space at the end of a line", words.check_words, {"a.md": "x \n"}, "white space"),
    ("a carriage return", words.check_words, {"a.md": "x\r\n"}, "carriage return"),
    ("a tab in C", words.check_words, {"a.c": SPDX + "\tint x;\n"}, "a tab"),
    ("a wide line", words.check_words, {"a.c": SPDX + "x" * 101 + "\n"}, "101 columns"),
    ("no newline at the end", words.check_words, {"a.c": SPDX + "int x;"}, "one newline"),
    ("pages that hold together", docs.check_docs,
     {"README.md": "# A `b`, c\n[x](docs/a.md#one-two) ![y](p.png) `[z](no.md)`\n"
                   "\n    [z](no.md)\n",
      "p.png": "", "docs/a.md": "# One: two!\n[r](../README.md#a-b-c) [b](b.md)\n"
      "[h](https://example.org/no.md)\n```\n# Not one\n[z](no.md)\n```\n",
      "docs/b.md": "[here](#two)\n\n## Two\n## Two\n[here](#two-1)\n"}, None),
    ("names of files", docs.check_docs,
     {"README.md": "`src/a.c`, `src/b_*.c`, `src/b_NAME.c`, `chains/a.h5`, `src/base` and `x/a.c`\n"
                   "```\nsrc/z.c `src/z.c`\n```\n", "src/a.c": "", "src/b_c.c": ""}, None),
    ("the name of no file", docs.check_docs,
     {"README.md": "x\n```\n\n```\n`src/b.c`\n", "src/a.c": ""},
     "README.md:5: there is no src/b.c"),
    ("a pattern of no file", docs.check_docs,
     {"README.md": "`src/b*.c`\n", "src/a.c": ""}, "README.md:1: there is no src/b*.c"),
    ("a link to nothing", docs.check_docs,
     {"README.md": "\n[x](docs/a.md)\n"}, "README.md:2: no docs/a.md there"),
    ("a link out of the tree", docs.check_docs,
     {"README.md": "[x](../a.md)\n"}, "README.md:1: no ../a.md there"),
    ("a link of a named kind to nothing", docs.check_docs,
     {"README.md": "See [x].\n\n[x]: a.md\n"}, "README.md:3: no a.md there"),
    ("a link to no heading", docs.check_docs,
     {"README.md": "[x](a.md#two)\n", "a.md": "```\n# Two\n```\n# One\n"},
     "a.md has no heading 'two'"),
    ("a page that no link leads to", docs.check_docs,
     {"README.md": "`[b](docs/b.md)`\n", "docs/a.md": "[b](b.md)\n",
      "docs/b.md": "[a](a.md)\n"},
     "docs/b.md:1: no link leads here"),
    ("a README of 900 words", docs.check_docs, {"README.md": "a " * 900}, None),
    ("a README of 901 words", docs.check_docs, {"README.md": "a " * 901}, "901 words"),
    ("a formatted file", run_format, {"a.c": "int f(void);\n"}, None),
    ("an unformatted file", run_format, {"a.c": "int  f ( void ) ;\n"}, "clang-format"),
    ("a header that stands alone", run_headers,
     {"include/mutau/a.h": GUARDED % "size_t mutau_a(void);"}, None),
    ("a header that needs another", run_headers,
     {"include/mutau/a.h": GUARDED % "uint32_t mutau_a(void);"}, "uint32_t"),
    ("a public header of C alone", run_headers,
     {"include/mutau/meson.build": "install_headers(\n  'a.h',\n)\n",
      "include/mutau/a.h": GUARDED % "int mutau_a(double mutau_class, double template);"},
     "template"),
    ("a header of C alone that is not public", run_headers,
     {"include/mutau/meson.build": "", "include/mutau/a.h": GUARDED % "int mutau_a(int class);"},
     None),
    ("a header without a guard", run_headers,
     {"include/mutau/a.h": "struct mutau_a {\n    int x;\n};\n"}, "redefinition"),
]

# (what, C text, what the complaint must contain)
SOURCES = [
    ("prefixed and constant symbols",
     "extern int mutau_f(void);\nstatic const char *const names[] = {\"a\", \"b\"};\n"
     "int mutau_f(void)\n{\n    return names[1][0];\n}\n", None),
    ("an export without the prefix", "int f(void)\n{\n    return 0;\n}\n", "f: exported"),
    ("a global variable", "int mutau_x = 1;\n", "mutau_x: writable"),
    ("a zeroed global variable", "int mutau_x;\n", "mutau_x: writable"),
    ("state in a function", "int mutau_f(void)\n{\n    static int n;\n    return ++n;\n}\n",
     "writable"),
    ("thread-local state", "int mutau_f(void)\n{\n    static _Thread_local int n;\n"
     "    return ++n;\n}\n", "writable"),
    ("the flag of the one set-up",
     "int mutau_f(void)\n{\n    static int init_once;\n    return ++init_once;\n}\n", None),
    ("a flag of that name for others",
     "int init_once;\n", "init_once: exported"),
    ("an empty library", "typedef int nothing;\n", "no symbols"),
]


def check_tree(check, contents):
    """What `check` finds in a tree with these files."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in contents.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8", newline="") as out:
                out.write(text)
        return check(root)[0]


def check_source(text):
    """What the symbol check finds in a library made of this C text."""
    with tempfile.TemporaryDirectory() as folder:
        compiled = os.path.join(folder, "x.o")
        subprocess.run(["gcc", "-fPIE", "-c", "-xc", "-o", compiled, "-"], input=text, text=True,
                       check=True)
        listing = subprocess.run(["objdump", "-t", compiled], capture_output=True, text=True,
                                 check=True).stdout
        return symbols.check_symbols(listing)[0]


def verdict(problems, wanted):
    """'' if the check said what it should, else what was wrong about it."""
    if wanted is None:
        return f"complains: {problems}" if problems else ""
    return "" if any(wanted in problem for problem in problems) else f"says only {problems}"


def main():
    cases = [(what, lambda c=check, f=contents: check_tree(c, f), wanted)
             for what, check, contents, wanted in TREES]
    cases += [(what, lambda t=text: check_source(t), wanted) for what, text, wanted in SOURCES]
    if format_check.find_formatter() is None:
        cases = [case for case in cases if "formatted" not in case[0]]
    print(f"1..{len(cases)}")
    failed = 0
    for number, (what, run, wanted) in enumerate(cases, 1):
        wrong = verdict(run(), wanted)
        failed += bool(wrong)
        print(f"{'not ok' if wrong else 'ok'} {number} - {what}")
        if wrong:
            print(f"# {wrong}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
