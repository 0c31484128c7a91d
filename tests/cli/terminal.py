# SPDX-License-Identifier: GPL-3.0-or-later
"""mutau at a terminal of a given size: a pseudo-terminal that the tests read."""
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios

import tap
import under
from mutau_cli import MUTAU

# What a person may have set and a test must not inherit.
PERSONAL = ("NO_COLOR", "COLUMNS", "LINES", "TERM")


def resize(fd, columns, rows=24):
    """Tells a terminal how large it is."""
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def plain(text):
    """Without colours and orders to the terminal."""
    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


def on_a_terminal(*words, columns=80, env=None, both=False, cwd=None, seen=None, stdin=None):
    """What mutau writes to a terminal on stderr (`both`: and stdout), and its exit code.  `seen`
    is called with the terminal and the text so far whenever some has come."""
    try:
        ours, theirs = pty.openpty()
    except OSError as error:  # /dev/pts is not mounted
        raise tap.Skip("no pseudo-terminals") from error
    resize(theirs, columns)
    environment = {name: value for name, value in os.environ.items() if name not in PERSONAL}
    environment.update({"TERM": "xterm", **(env or {})})
    with subprocess.Popen([MUTAU, *words], stderr=theirs, cwd=cwd, env=environment,
                          stdin=stdin, stdout=theirs if both else subprocess.DEVNULL) as process:
        os.close(theirs)
        text = b""
        while select.select([ours], [], [], 60 * under.SLOWER)[0]:
            try:
                piece = os.read(ours, 4096)
            except OSError:  # the other end is closed
                break
            text += piece
            if seen is not None:
                seen(ours, text)
        os.close(ours)
        code = process.wait(60 * under.SLOWER)
    return text.decode(), code
