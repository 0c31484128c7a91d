# SPDX-License-Identifier: GPL-3.0-or-later
"""What the documents say that a command prints is what it prints.

A block of lines that begins with `$ mutau ...`, fenced or indented, is a conversation: the
command is run at the top of the source tree, and stdout and stderr must be the lines up to the
next `$`, 100 columns wide.  A line `...` stands for any number of lines."""
import glob
import os
import re
import shlex

import mutau_cli
from mutau_cli import SOURCE, MutauTest, mutau

FENCED = re.compile(r"^```\w*\n(\$ mutau .*?)^```$", re.M | re.S)
INDENTED = re.compile(r"^(?: {4}\$ mutau [^\n]*\n(?:(?: {4}[^\n]*)?\n)*)", re.M)
COMMAND = re.compile(r"^\$ mutau ([^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", re.M)


def conversations(text):
    """(words, what is said to be printed) of every command."""
    blocks = FENCED.findall(text)
    blocks += [re.sub(r"^ {4}", "", block, flags=re.M) for block in INDENTED.findall(text)]
    return [(shlex.split(words), printed.rstrip("\n"))
            for block in blocks for words, printed in COMMAND.findall(block)]


def is_printed(said, printed):
    """Whether `printed` is as `said`, whose lines `...` are any lines."""
    pattern = "\n".join(r"(?:.*\n)*?.*" if line == "..." else re.escape(line)
                        for line in said.split("\n"))
    return re.fullmatch(pattern, printed.rstrip("\n")) is not None


class Docs(MutauTest):
    def test_commands_print_what_the_documents_say(self):
        pages = glob.glob(os.path.join(SOURCE, "*.md")) + glob.glob(
            os.path.join(SOURCE, "*", "*.md"))
        n_command = 0
        for page in sorted(pages):
            with open(page, encoding="utf-8") as file:
                for words, said in conversations(file.read()):
                    done = mutau(*words, cwd=SOURCE, env={"COLUMNS": "100"})
                    printed = done.stdout + done.stderr
                    self.assertTrue(is_printed(said, printed), f"{page}: mutau "
                                    f"{shlex.join(words)} prints\n{printed}and not\n{said}")
                    n_command += 1
        self.assertGreaterEqual(n_command, 2)

    def test_what_is_a_conversation(self):
        text = "x\n\n    $ mutau a 'b c'\n    d\n\n    e\n\nf\n```\n$ mutau g\n$ mutau h\ni\n```\n"
        self.assertEqual(conversations(text), [(["g"], ""), (["h"], "i"), (["a", "b c"], "d\n\ne")])

    def test_what_is_printed(self):
        self.assertTrue(is_printed("a\n...\nd", "a\nb\nc\nd\n"))
        for said, printed in (("a", "b\n"), ("a", "a\nb\n"), ("a\n...\nd", "a\nb\n"), ("", "a\n"),
                              (".", "a\n")):
            self.assertFalse(is_printed(said, printed), said)


if __name__ == "__main__":
    mutau_cli.main("__main__")
