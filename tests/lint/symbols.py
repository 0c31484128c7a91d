#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every symbol that the library exports begins with mutau_, and none is writable.

usage: symbols.py LIBRARY.a    (uses objdump)
"""
import re
import subprocess
import sys

import tree

# address, flags in seven columns, section, size, name
SYMBOL = re.compile(r"^[0-9a-f]+ (.{7}) (\S+)\s+[0-9a-f]+\s+(?:\.hidden )?(\S+)$")
# Of the library's one set-up of the process (mutau_init); gcc numbers a function's own.
ONCE = re.compile(r"^init_once(\.\d+)?$")
WRITABLE = re.compile(r"^(?:\.data(?!\.rel\.ro)|\.bss|\.tdata|\.tbss|\*COM\*)")


def check_symbols(listing):
    """The problems in the text of `objdump -t`."""
    problems = []
    n_symbol = 0
    for line in listing.splitlines():
        match = SYMBOL.match(line)
        if not match:
            continue
        flags, section, name = match.groups()
        if section == "*UND*" or "d" in flags or "f" in flags:
            continue
        n_symbol += 1
        if flags[0] in "gu!" and not name.startswith("mutau_"):
            problems.append(f"{name}: exported without the prefix mutau_")
        if WRITABLE.match(section) and not ONCE.match(name):
            problems.append(f"{name}: writable (in {section}); the library keeps no global state")
    if n_symbol == 0:
        problems.append("no symbols at all")
    return problems, f"{n_symbol} symbols are ours and constant"


if __name__ == "__main__":
    output = subprocess.run(["objdump", "-t", sys.argv[1]], capture_output=True, text=True,
                            check=True).stdout
    sys.exit(tree.finish(*check_symbols(output)))
