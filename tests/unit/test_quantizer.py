"""The quantizer of 8-bit optimizers takes the nearest of its values, block by block."""

import numpy as np
import pytest

from adamdoc import Adam8bit
from adamdoc.optimizers.quantizer import BLOCK, quantize, values

RNG = np.random.default_rng(0)
WIDE = RNG.standard_normal(1000) * 10.0 ** RNG.uniform(-8, 2, 1000)


@pytest.mark.parametrize("signed", [True, False])
def test_there_are_256_values_each_once(signed):
    found = values(signed)
    assert len(np.unique(found)) == 256
    assert (np.diff(found) > 0).all()
    assert (found[0] < 0) == signed


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("signed", [1.0, 0.0])
def test_each_number_becomes_the_nearest_value_of_its_block(signed, dtype):
    numbers = (WIDE if signed else np.abs(WIDE)).astype(dtype)
    found = quantize(numbers, signed)
    assert found.dtype == dtype
    for start in range(0, len(numbers), BLOCK):
        block = numbers[start : start + BLOCK].astype(float)
        possible = values(bool(signed)) * np.abs(block).max()
        nearest = np.abs(block[:, None] - possible).min(axis=1)
        gap = np.abs(block - found[start : start + BLOCK])
        np.testing.assert_allclose(gap, nearest, rtol=1e-4, atol=1e-6 * np.abs(block).max())


def test_rounding_twice_is_rounding_once():
    once = quantize(WIDE, 1.0)
    np.testing.assert_allclose(quantize(once, 1.0), once, rtol=1e-15)


@pytest.mark.parametrize("shape", [(), (0,), (3, 100), (2, 2, 2)])
def test_any_shape_is_kept_and_zeros_stay(shape):
    np.testing.assert_array_equal(quantize(np.zeros(shape), 1.0), np.zeros(shape))
    assert quantize(RNG.standard_normal(shape), 1.0).shape == shape


def test_a_mapping_is_rounded_array_by_array():
    optimizer, theta = Adam8bit(), {"w": np.ones((2, 200)), "c": np.ones(3)}
    g = {name: RNG.standard_normal(part.shape) for name, part in theta.items()}
    _, state = optimizer.update(theta, g, optimizer.init(theta))
    for name, part in theta.items():
        _, alone = optimizer.update(part, g[name], optimizer.init(part))
        np.testing.assert_array_equal(state["m8"][name], alone["m8"])
