#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents hold together: every relative link leads to a file, and to a heading if it
names one; a file that is named in code, as `src/base/rng.c` or `src/sampler/move_*.c`, is
there; every page of docs/ is reached from README.md, which stays short."""
import fnmatch
import os
import re
import urllib.parse

import tree

MAX_README_WORDS = 900
FENCE = re.compile(r"^( {0,3})(```|~~~).*?^\1\2[^\n]*$", re.M | re.S)
INDENTED = re.compile(r"^(?: {4}|\t).*$", re.M)
CODE_SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.S)
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)|^\s*\[[^\]]+\]:\s*(\S+)", re.M)
# Not NAME.c, which stands for any, nor a chain, which a run makes.
FILE_NAMED = re.compile(r"`((?:src|include|priors|analysis|tests|bench|data|chains|docs|examples)"
                        r"/(?![^`]*NAME)[\w/.*-]+\.(?!h5)\w+)`")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.M)


def blank(match):
    """As many lines as there were, so that line numbers stay."""
    return "\n" * match.group(0).count("\n")


def anchors(text):
    """What GitHub lets one link to in a page: its headings, in small letters without signs."""
    found = set()
    for heading in HEADING.findall(FENCE.sub(blank, text)):
        slug = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        while (name := slug + (f"-{number}" if number else "")) in found:
            number += 1
        found.add(name)
    return found


def links(text):
    """(line, target) of the links of a page, but for those in code."""
    for pattern in (FENCE, INDENTED, CODE_SPAN):
        text = pattern.sub(blank, text)
    for match in LINK.finditer(text):
        yield text.count("\n", 0, match.start(match.lastindex)) + 1, match.group(match.lastindex)


def check_link(root, path, target, pages):
    """(what is wrong with a link of the page `path`, or ''; the file that it leads to)."""
    parts = urllib.parse.urlsplit(target)
    if parts.scheme or parts.netloc:
        return "", None
    file = os.path.normpath(os.path.join(os.path.dirname(path), urllib.parse.unquote(parts.path))) \
        if parts.path else path
    if file.startswith("..") or not os.path.exists(os.path.join(root, file)):
        return f"no {target} there", None
    if parts.fragment and file in pages and parts.fragment not in anchors(pages[file]):
        return f"{file} has no heading '{parts.fragment}'", file
    return "", file


def named_files(text):
    """(line, path) of the files that a page names in code spans."""
    text = FENCE.sub(blank, text)
    for match in FILE_NAMED.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1)


def reached(leads_to, start):
    """The pages that one gets to from `start`."""
    known, new = set(), [start]
    while new:
        page = new.pop()
        if page not in known:
            known.add(page)
            new += leads_to.get(page, [])
    return known


def check_docs(root):
    """Links and names of files resolve, every page is reached, the README is short."""
    every = tree.files(root)
    pages = {path: "\n".join(tree.lines(root, path)) for path in every if path.endswith(".md")}
    problems, leads_to, n_link = [], {}, 0
    for path, text in pages.items():
        problems += [f"{path}:{line}: there is no {name}" for line, name in named_files(text)
                     if not fnmatch.filter(every, name)]
        for line, target in links(text):
            wrong, file = check_link(root, path, target, pages)
            n_link += 1
            problems += [f"{path}:{line}: {wrong}"] if wrong else []
            leads_to.setdefault(path, []).append(file)
    from_readme = reached(leads_to, "README.md")
    problems += [f"{path}:1: no link leads here from README.md" for path in pages
                 if os.path.dirname(path) == "docs" and path not in from_readme]
    words = len(pages.get("README.md", "").split())
    if words > MAX_README_WORDS:
        problems.append(f"README.md:1: {words} words, more than {MAX_README_WORDS}: "
                        "move some into docs/")
    return problems, f"{len(pages)} pages, {n_link} links, {words} words in README.md"


if __name__ == "__main__":
    tree.run(check_docs)
