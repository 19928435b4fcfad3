"""Faults for the claims about transformers."""

import numpy as np

from adamdoc.optimizers import Signum
from adamdoc.papers import kunstner2023, kunstner2024, zhang2024
from faults.updates import adam, divided


def small_batches(*args, original=kunstner2023.train_steps):
    *rest, _, seed = args
    return original(*rest, 16, seed)


def average(self, theta, g, state):
    theta, g, t, lr, beta = self._operands(theta, g, state)
    m = beta * state["m"] + (1 - beta) * g
    return theta - lr * m, {"t": t, "m": m}


def swapped(y, groups, original=kunstner2024.frequency_groups):
    return groups - 1 - original(y, groups)


def of_a_random_matrix(_model, params, _x, _y):
    rng = np.random.default_rng(0)
    matrices = {name: value.size for name, value in params.items() if value.ndim > 1}
    normal = {name: rng.standard_normal((2 * n, n)) for name, n in matrices.items()}
    return {name: np.linalg.svd(a, compute_uv=False) ** 2 for name, a in normal.items()}


def mixed(blocks, seed=0, original=zhang2024.block_quadratic):
    return original([np.concatenate(blocks)], seed)


FAULTS = {
    "full batches are small ones": [(kunstner2023, "train_steps", small_batches)],
    "Signum without sign": [(Signum, "update", average)],
    "rare and frequent classes are swapped": [(kunstner2024, "frequency_groups", swapped)],
    "spectra are those of a random matrix": [(zhang2024, "block_spectra", of_a_random_matrix)],
    "blocks are mixed": [(zhang2024, "block_quadratic", mixed)],
    "BlockAdam divides each coordinate": [(zhang2024.BlockAdam, "update", adam(divided))],
}
