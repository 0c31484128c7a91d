#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rungs between which 30 % of the swaps are accepted, for normal likelihoods in wide boxes.

At each beta 40000 draws of the density, which is a truncated normal one; the next beta is where
one minus the Gini coefficient of their weights is 0.3.  Nothing of mutau is used.

    ladder_rungs.py      prints: dim, sd, half_width, rungs, the hottest beta above 0
"""
import numpy as np
from scipy.stats import truncnorm

PEAKS = ((5, 0.01, 1000), (4, 0.001, 10), (5, 1, 1000), (10, 1, 1000))
N, SHARE = 40000, 0.3


def ln_likes(dim, sd, half_width, beta, rng):
    """Ascending, but for a constant."""
    if beta == 0:
        x = rng.uniform(-half_width, half_width, (N, dim))
    else:
        width = sd / np.sqrt(beta)
        x = truncnorm.rvs(-half_width / width, half_width / width, scale=width, size=(N, dim),
                          random_state=rng)
    return np.sort(-0.5 * (x**2).sum(axis=1) / sd**2)


def accepted(ln_like, step):
    weights = np.exp(step * (ln_like - ln_like[-1]))
    return (weights * (2 * (N - np.arange(N)) - 1)).sum() / (N * weights.sum())


def next_step(ln_like, left):
    if accepted(ln_like, left) >= SHARE:
        return left
    low, high = np.log(1e-30), np.log(left)
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if accepted(ln_like, np.exp(middle)) >= SHARE else (low, middle)
    return np.exp(low)


def main():
    rng = np.random.default_rng(1)
    for dim, sd, half_width in PEAKS:
        betas = [0.0]
        while betas[-1] < 1:
            step = next_step(ln_likes(dim, sd, half_width, betas[-1], rng), 1 - betas[-1])
            betas.append(betas[-1] + step)
        print(dim, sd, half_width, len(betas), f"{betas[1]:.4g}")


if __name__ == "__main__":
    main()
