"""The rows of the audit, one module for each library."""

import functools
import importlib
import pkgutil

from adamdoc import checks
from adamdoc.audit.bindings import Row

#: The titles of the libraries, by the first part of their names, in the order of the pages.
LIBRARIES = {
    "torch": "PyTorch",
    "optax": "Optax",
    "keras": "Keras",
    "paddle": "Paddle",
    "mlx": "MLX",
    "mindspore": "MindSpore",
    "pennylane": "PennyLane",
}


@functools.cache
def rows() -> dict[str, Row]:
    r"""Return all rows by name, by library.

    Returns
    -------
    dict of str to Row
        The rows.

    Examples
    --------
    >>> rows()["torch.optim.Adam"].symbols[r"\gamma"]
    'lr'
    """
    found: dict[str, Row] = {}
    for module in pkgutil.iter_modules(__path__):
        for row in importlib.import_module(f"{__name__}.{module.name}").ROWS:
            if row.name in found:
                raise ValueError(f"rows must have different names, got {row.name!r} twice")
            found[row.name] = row
    order = [*LIBRARIES]
    return dict(sorted(found.items(), key=lambda pair: order.index(pair[0].split(".")[0])))


def row(name: str) -> Row:
    """Return the row of a name.

    Raises
    ------
    ValueError
        If there is none; the message names the nearest.
    """
    if name not in rows():
        raise ValueError(f"no row audits {name!r}{checks.did_you_mean(name, [*rows()])}")
    return rows()[name]
