# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures share: looks, options, and errors in one line."""
import argparse
import os
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import colors  # noqa: E402
from matplotlib import pyplot as plt  # noqa: E402

# Okabe and Ito's colours, which survive colour blindness and a grey printer.
BLUE, ORANGE, RED, GREY = "#0072B2", "#E69F00", "#D55E00", "#666666"

plt.rcParams.update({
    "font.size": 9,
    "axes.labelsize": 10,
    "axes.linewidth": 0.7,
    "font.family": "serif",
    "mathtext.fontset": "cm",
    "font.serif": ["cmr10", "DejaVu Serif"],
    "axes.formatter.use_mathtext": True,
    "axes.unicode_minus": False,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
    "xtick.top": True,
    "ytick.right": True,
    "xtick.major.width": 0.7,
    "ytick.major.width": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "savefig.dpi": 220,
})


class FigureError(Exception):
    """What went wrong, in one line."""


class Parser(argparse.ArgumentParser):
    """Exit code 1 for wrong usage, as mutau's."""

    def error(self, message):
        self.exit(1, f"{self.prog}: {message}\n")


def masses(text):
    """A comma-separated list of probabilities, smallest first."""
    try:
        found = sorted({float(part) for part in text.split(",")})
    except ValueError:
        found = []
    if not found or len(found) > 4 or not all(0.0 < mass < 1.0 for mass in found):
        raise argparse.ArgumentTypeError(f"'{text}' is not a list of one to four probabilities, "
                                         "like 0.68,0.95")
    return found


def percent(mass):
    """0.68 as '68 %'."""
    return f"{100.0 * mass:.4g} %"


def shades(colour, n):
    """n shades for regions of rising mass: dark to light."""
    rgb = colors.to_rgb(colour)
    strength = [0.75, 0.3] if n == 2 else [0.8 - 0.65 * i / max(n - 1, 1) for i in range(n)]
    return [tuple(1.0 - s * (1.0 - c) for c in rgb) for s in strength]


def save(figure, path):
    """Writes the figure beside its name first: a failed run leaves no half of a file."""
    stem, extension = os.path.splitext(path)
    part = f"{stem}.part{extension or '.png'}"
    try:
        figure.savefig(part)
        os.replace(part, path if extension else path + ".png")
    except (OSError, ValueError) as error:
        if os.path.exists(part):
            os.remove(part)
        raise FigureError(f"{path}: cannot be written ({error})") from None
    plt.close(figure)


def run(main, *expected):
    """Runs main(); an expected exception ends in one line and exit code 2."""
    try:
        main()
    except (FigureError, *expected) as error:
        sys.exit(_say(error))
    except KeyboardInterrupt:
        sys.exit(75)


def _say(error):
    print(f"{os.path.basename(sys.argv[0])}: {error}", file=sys.stderr)
    return 2
