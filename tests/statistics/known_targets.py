# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in targets without the program: what is known of each, and exact draws.

truth(kind, settings) gives the evidence and for each coordinate the median and the mean; `in_gap`
says of which coordinates the median stands between modes, where the density is next to nothing and
a median says nothing: there the mean is what a chain is held against.  All is closed forms and
sums over many points, independent of src/sampler/builtin_target*.c; rosenbrock's and eggbox's
numbers are those of golden/rosenbrock.py, eggbox.py and tails.py.  draw() is what these are
tested against."""
import functools
import math
import statistics
from typing import NamedTuple

N_STEP = 4000  # of Simpson's rule


class Truth(NamedTuple):
    ln_z: float
    median: tuple
    mean: tuple
    in_gap: tuple


def simpson(f, lo, hi, n=N_STEP):
    h = (hi - lo) / n
    inner = sum((4 if i % 2 else 2) * f(lo + i * h) for i in range(1, n))
    return (f(lo) + inner + f(hi)) * h / 3


def bisect(f, lo, hi):
    """Where the growing f is 0."""
    for _ in range(80):
        middle = 0.5 * (lo + hi)
        lo, hi = (middle, hi) if f(middle) < 0 else (lo, middle)
    return 0.5 * (lo + hi)


def alike(ln_z, dim, median=0.0, mean=0.0, in_gap=False):
    return Truth(ln_z, (median,) * dim, (mean,) * dim, (in_gap,) * dim)


# ---- gaussian ----

def gaussian(dim, half_width, **_):
    return alike(-dim * math.log(2 * half_width), dim)


def draw_gaussian(rng, n, dim, sd, correlation=0.0, **_):
    common = rng.standard_normal((n, 1))
    own = rng.standard_normal((n, dim))
    return sd * (math.sqrt(correlation) * common + math.sqrt(1 - correlation) * own)


# ---- mixture ----

def mixture_modes(modes, weight, separation):
    weights = [weight] + [(1 - weight) / (modes - 1)] * (modes - 1)
    return weights, [separation * (2 * i / (modes - 1) - 1) for i in range(modes)]


def mixture(dim, modes, weight, separation, sd, half_width):
    weights, centres = mixture_modes(modes, weight, separation)
    normals = [statistics.NormalDist(c, sd) for c in centres]

    def below(x):
        return sum(w * normal.cdf(x) for w, normal in zip(weights, normals)) - 0.5
    median = bisect(below, -half_width, half_width)
    density = sum(w * normal.pdf(median) for w, normal in zip(weights, normals))
    mean = sum(w * c for w, c in zip(weights, centres))
    return alike(-dim * math.log(2 * half_width), dim, median, mean, density * sd < 0.02)


def draw_mixture(rng, n, dim, modes, weight, separation, sd, **_):
    weights, centres = mixture_modes(modes, weight, separation)
    which = rng.choice(modes, size=n, p=weights)
    return rng.standard_normal((n, dim)) * sd + [[centres[i]] for i in which]


# ---- shells ----

def shells(dim):
    """Two times the integral over r of the sphere's area times N(r; 2, 0.1), over 12^dim."""
    area = 2 * math.pi ** (dim / 2) / math.gamma(dim / 2)
    radial = statistics.NormalDist(2.0, 0.1)
    mass = simpson(lambda r: area * r ** (dim - 1) * radial.pdf(r), 1.0, 3.0)
    zero = (0.0,) * dim
    return Truth(math.log(2 * mass) - dim * math.log(12), zero, zero,
                 (True,) + (False,) * (dim - 1))


def draw_shells(rng, n, dim):
    radius = 2.0 + 0.1 * rng.standard_normal(4 * n)
    radius = radius[rng.random(4 * n) * 2.6 ** (dim - 1) < abs(radius) ** (dim - 1)]
    way = rng.standard_normal((len(radius), dim))
    x = radius[:, None] * way / (way ** 2).sum(axis=1, keepdims=True) ** 0.5
    x[:, 0] += rng.choice([-3.5, 3.5], size=len(x))
    return x


# ---- eggbox and rosenbrock ----

def eggbox():
    return alike(235.855940332, 2, 5 * math.pi, 5 * math.pi, True)


def draw_eggbox(rng, n):
    import numpy
    x = 10 * math.pi * rng.random((200 * n, 2))
    ln_like = (2 + numpy.cos(x / 2).prod(axis=1)) ** 5
    return x[numpy.log(rng.random(len(x))) < ln_like - 243]


def rosenbrock():
    return Truth(-5.804132364, (0.964297557392212, 0.94041139984083),
                 (0.936183815590447, 1.29334930973787), (False, False))


def draw_rosenbrock(rng, n):
    import numpy
    x = 1 + math.sqrt(0.5) * rng.standard_normal(n)
    both = numpy.stack([x, x * x + math.sqrt(1 / 200) * rng.standard_normal(n)], axis=1)
    return both[(abs(both) < 5).all(axis=1)]


# ---- student ----

def student(dim, dof, scale, half_width):
    """With x = scale sqrt(dof) tan(a) the density of a goes as cos^(dof - 1)."""
    edge = math.atan(half_width / (scale * math.sqrt(dof)))
    norm = math.gamma((dof + 1) / 2) / (math.sqrt(math.pi) * math.gamma(dof / 2))
    mass = 2 * norm * simpson(lambda a: math.cos(a) ** (dof - 1), 0.0, edge)
    return alike(dim * math.log(mass / (2 * half_width)), dim)


def draw_student(rng, n, dim, dof, scale, half_width):
    x = scale * rng.standard_t(dof, size=(2 * n, dim))
    return x[(abs(x) < half_width).all(axis=1)]


# ---- funnel ----

def funnel(dim, sd, half_width):
    first = statistics.NormalDist(0.0, sd)

    def density(v):
        return first.pdf(v) * math.erf(half_width * math.exp(-v / 2) / math.sqrt(2)) ** (dim - 1)
    edge = 8 * sd
    mass = simpson(density, -edge, edge)
    mean = simpson(lambda v: v * density(v), -edge, edge) / mass
    median = bisect(lambda m: simpson(density, -edge, m, 1000) - 0.5 * mass, -2 * sd, 2 * sd)
    rest = (0.0,) * (dim - 1)
    return Truth(math.log(mass) - dim * math.log(2 * half_width), (median,) + rest, (mean,) + rest,
                 (False,) * dim)


def draw_funnel(rng, n, dim, sd, half_width):
    import numpy
    v = sd * rng.standard_normal((3 * n, 1))
    x = numpy.concatenate([v, numpy.exp(v / 2) * rng.standard_normal((3 * n, dim - 1))], axis=1)
    return x[(abs(x) < half_width).all(axis=1)]


KINDS = {"gaussian": (gaussian, draw_gaussian), "mixture": (mixture, draw_mixture),
         "shells": (shells, draw_shells), "eggbox": (eggbox, draw_eggbox),
         "rosenbrock": (rosenbrock, draw_rosenbrock), "student": (student, draw_student),
         "funnel": (funnel, draw_funnel)}


@functools.lru_cache(maxsize=None)
def known(name, items):
    return KINDS[name][0](**dict(items))


def truth(name, settings):
    return known(name, tuple(sorted(settings.items())))


def draw(name, settings, rng, n):
    """Some n exact draws, as an array of [draws][dim]."""
    return KINDS[name][1](rng, n, **settings)
