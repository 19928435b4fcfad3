r"""The dynamic blockwise quantizer of 8-bit optimizers.

A block of :math:`B` numbers is divided by its largest size, so that all lie between -1 and 1, and
each is replaced by the nearest of 256 values. These are dense near zero and coarse near one: for
each of seven powers of ten,

.. math::

    \pm 10^{k-6} \left(0.1 + 0.9 \frac{j + \frac{1}{2}}{2^k}\right), \qquad 0 \le j < 2^k,
    \quad 0 \le k \le 6

and 0 and 1; without a sign, there are twice as many in each power. A number of any size below the
largest keeps about the same relative precision, down to a millionth of it.
"""

import functools
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import arrays

#: The numbers in a block, as in bitsandbytes.
BLOCK = 256
#: The powers of ten.
POWERS = 7


@functools.cache
def values(signed: bool) -> Array:
    """Return the 256 values, in increasing order.

    Examples
    --------
    >>> values(True)[[0, 127, 255]], values(False)[[0, 1, 255]]
    (array([-0.99296875,  0.        ,  1.        ]), array([0.00e+00, 3.25e-07, 1.00e+00]))
    """
    found = [0.0, 1.0]
    for k in range(POWERS):
        count = 2**k if signed else 2 ** (k + 1)
        middles = 0.1 + 0.9 * (np.arange(count) + 0.5) / count
        for sign in (1, -1)[: 1 + signed]:
            found += list(sign * 10.0 ** (k - POWERS + 1) * middles)
    return np.sort(found)


def quantize(numbers: Any, signed: float) -> Any:
    """Return numbers rounded to those that 8 bits can hold, block by block.

    Parameters
    ----------
    numbers : ndarray or Arrays
        The numbers; their order in memory decides on the blocks.
    signed : float
        1 if they may be negative, 0 if not.

    Returns
    -------
    ndarray or Arrays
        The rounded numbers, in the same dtype.

    Examples
    --------
    The largest is exact, and zero stays zero:

    >>> quantize(np.array([2.0, 0.01, 0.0, -1.0]), 1.0).round(5)
    array([ 2.     ,  0.01044,  0.     , -1.00156])
    """
    return arrays.each(lambda part: _of_array(np.asarray(part), bool(signed)), numbers)


def _of_array(numbers: Array, signed: bool) -> Array:
    """Return the rounded numbers of one array."""
    flat = numbers.ravel()
    padded = np.zeros(-(-flat.size // BLOCK) * BLOCK, flat.dtype)
    padded[: flat.size] = flat
    blocks = padded.reshape(-1, BLOCK)
    largest = np.abs(blocks).max(axis=1, keepdims=True, initial=0)
    known = values(signed)
    scaled = blocks / np.where(largest > 0, largest, 1)
    nearest = np.searchsorted((known[1:] + known[:-1]) / 2, scaled)
    rounded = known[nearest].astype(flat.dtype) * largest
    return rounded.ravel()[: flat.size].reshape(numbers.shape).astype(numbers.dtype)
