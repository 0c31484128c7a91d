#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A parameter's name stands in the file that owns the parameter, and in data, docs and tests."""
import re

import tree

# A part of the model describes its parameters in rows beside its code, each with `.name = "..."`
# in a table of this type; a row that several tables have is a macro.
OWNERS = "src/physics/"
TABLE = re.compile(r"const mutau_parameter_spec \w+\[[^\]]*\] = \{\n(.*?)\n\};|"
                   r"^#define (\w+_ROW_\w+)(?:\([^)]*\))? +((?:[^\n]*\\\n)*)", re.S | re.M)
NAME = re.compile(r'\.name = "([^"]+)"')
PRODUCT = ("src/", "priors/", "analysis/", "include/")

# Words that mean something else there.
OTHERS = {
    # the length of a jump of differential evolution; of shells and of a density
    "src/sampler/": {"gamma", "width"},
    "priors/": {"width"},  # of a particle
    "analysis/plots/style.py": {"width"},  # of a line
    "analysis/find_evidence.c": {"ratio"},  # of evidences
    # /tempering/beta, the inverse temperatures of a chain file
    "src/store/chain_layout.c": {"beta"},
    "src/store/chain_read.c": {"beta"},
    "src/store/chain_types.c": {"beta"},
}

# Comments, to be left out; strings; single characters, which may be a quotation mark.
C_TOKEN = re.compile(r'/\*.*?\*/|//[^\n]*|"((?:\\.|[^"\\\n])*)"|\'(?:\\.|[^\'\\\n])+\'', re.S)
PYTHON_TOKEN = re.compile(r'#[^\n]*|"""(?:.*?)"""|"((?:\\.|[^"\\\n])*)"|\'((?:\\.|[^\'\\\n])*)\'',
                          re.S)
# A table of a script, from its name in capitals to the closing bracket: data.
PYTHON_DATA = re.compile(r"^[A-Z_]+ = [\[({](?:[^\n]|\n[ \t])*|^[A-Z_]+ = [^\n]*", re.M)
ENUMERATOR = re.compile(r"\bMUTAU_(?:PARAMETER_(\w+)|N_PARAMETER)\b")


def find_owned(root):
    """{name: the files that own it}: two spectra may have parameters of one name, and who takes a
    macro's row owns what it names."""
    owned = {}
    texts = {path: "\n".join(tree.lines(root, path)) for path in tree.files(root, (".c", ".h"))
             if path.startswith(OWNERS)}
    for path, text in texts.items():
        for table, macro, row in TABLE.findall(text):
            for name in NAME.findall(table + row):
                owned.setdefault(name, []).append(path)
                owned[name] += [user for user, other in texts.items()
                                if macro and user != path and re.search(rf"\b{macro}\b", other)]
    return owned


def pattern_of(name):
    """Where the name, or that of its logarithm, stands in a text as a name.  One letter is no more
    than a letter unless it is all of a text, or has a value; behind a ^ it is part of a formula."""
    if len(name) == 1:
        return re.compile(rf"^(?:log10_)?{name}$|\blog10_{name}\b|(?:^|[\s,{{:]){name}=")
    return re.compile(rf"(?<![\w^])(?<!\^-)(?:log10_)?{re.escape(name)}(?!\w)")


def strings(text, token):
    """(line, text) of each string."""
    for match in token.finditer(text):
        for group in match.groups():
            if group is not None:
                yield text.count("\n", 0, match.start()) + 1, group


def blank(match):
    """As many lines with nothing on them."""
    return "\n" * match.group(0).count("\n")


def check_file(root, path, owned, patterns):
    text = "\n".join(tree.lines(root, path))
    python = path.endswith(".py")
    if python:
        text = PYTHON_DATA.sub(blank, text)
    others = {word for place, words in OTHERS.items() if path.startswith(place) for word in words}
    problems = []
    for line, string in strings(text, PYTHON_TOKEN if python else C_TOKEN):
        for name, pattern in patterns.items():
            if path not in owned[name] and name not in others and pattern.search(string):
                problems.append(f"{path}:{line}: '{name}' belongs to {owned[name][0]}: take the "
                                "name from the parameter set")
    upper = {name.upper() for name in owned}
    for match in ENUMERATOR.finditer(text) if not python else ():
        if match.group(1) is None or match.group(1) in upper:
            line = text.count("\n", 0, match.start()) + 1
            problems.append(f"{path}:{line}: {match.group(0)}: a parameter has a place in a set, "
                            "no number of its own")
    return problems


def check_names(root):
    """A parameter is named by the file that owns it, and in data, docs and tests."""
    owned = find_owned(root)
    if not owned:
        return [f"{OWNERS}: no table of parameters was found"], ""
    patterns = {name: pattern_of(name) for name in owned}
    problems = []
    paths = [path for path in tree.files(root, (".c", ".h", ".py")) if path.startswith(PRODUCT)]
    for path in paths:
        problems += check_file(root, path, owned, patterns)
    return problems, f"{len(owned)} parameters, each named by its owner alone in {len(paths)} files"


if __name__ == "__main__":
    tree.run(check_names)
