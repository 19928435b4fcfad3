"""The search for the calls of a library that take the same steps as an optimizer.

A core row of the table has the whole optimizer, such as ``optax.adamw``. Otherwise a row that wraps
another optimizer takes off the outermost wrapper, and the search goes on inside. So what cannot be
composed is never matched, and no wrapper is lost.
"""

import functools
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from adamdoc import checks
from adamdoc.dialects import chains
from adamdoc.dialects.arguments import complete, defaults, effective
from adamdoc.dialects.calls import AROUND, AROUND_CLASS, LAST, Call, links
from adamdoc.dialects.settings import INNER, satisfied, solve
from adamdoc.dialects.spellings import spellings
from adamdoc.dialects.table import ROWS, Row
from adamdoc.dialects.values import Combined, given
from adamdoc.optimizers import Maximize, Optimizer, Wrapper

#: The modules of each library. Those of PyTorch also run what pytorch_optimizer has.
MODULES = {
    "keras": ("keras.optimizers",),
    "optax": ("optax", "optax.contrib"),
    "pytorch_optimizer": ("pytorch_optimizer", "torch.optim", "torch.nn.utils"),
    "torch": ("torch.optim", "torch.nn.utils"),
}

#: The library that is meant by the name of another one.
MEANT = {"pytorch": "torch", "tf": "keras", "tensorflow": "keras", "jax": "optax", "flax": "optax"}


def library_of(name: str) -> str:
    """Return the library of a name, which may be one of its modules or in other capitals.

    Parameters
    ----------
    name : str
        The name, such as ``"torch.optim"`` or ``"tf.keras"``.

    Returns
    -------
    str
        The top-level package.

    Raises
    ------
    ValueError
        If the table has no such library.

    Examples
    --------
    >>> library_of("Keras"), library_of("optax.contrib")
    ('keras', 'optax')
    """
    package = str(name).lower().removeprefix("tf.").split(".")[0]
    if package in MODULES:
        return package
    try:
        return checks.one_of("to", name, MODULES)
    except ValueError as error:
        if package not in MEANT:
            raise
        text = str(error).partition(";")[0]
        raise ValueError(f"{text}; did you mean {MEANT[package]!r}?") from None


@functools.cache
def rows(library: str) -> tuple[Row, ...]:
    """Return the rows of a library, its own first.

    Parameters
    ----------
    library : str
        Its top-level package.

    Returns
    -------
    tuple of Row
        The rows. Those of pytorch_optimizer include PyTorch's, with which it is used.

    Examples
    --------
    >>> [row.peer for row in rows("keras")][:2]
    ['keras.optimizers.SGD', 'keras.optimizers.RMSprop']
    """
    found = [
        row for row in ROWS if row.peer.rpartition(".")[0] in MODULES[library] and row.settings
    ]
    return tuple(sorted(found, key=lambda row: not row.peer.startswith(library)))


def matching_calls(optimizer: Optimizer, library: str) -> list[Call]:
    """Return the calls of a library that take the same steps as an optimizer, the plainest first.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    library : str
        The library, such as ``"optax"``, or one of its modules.

    Returns
    -------
    list of Call
        The calls, each once.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> for call in matching_calls(Adam(lr=0.1), "optax")[:2]:
    ...     print(call)
    optax.adam(learning_rate=0.1)
    optax.adamw(learning_rate=0.1, weight_decay=0)
    """
    found: dict[str, Call] = {}
    library = library_of(library)
    for spelling in spellings(optimizer):
        for call in _composed(spelling, library):
            found.setdefault(repr(call), call)
    return sorted(found.values(), key=lambda call: _length(call, library))


def _composed(optimizer: Optimizer, library: str) -> Iterator[Call]:
    """Yield calls for one spelling of an optimizer."""
    for row in rows(library):
        if row.wraps and not isinstance(optimizer, Wrapper):
            continue
        default = effective(row.peer)
        for solution in solve(row.settings, optimizer, default):
            inner = solution.pop(INNER, None)
            if satisfied(row.unsupported_when, solution) or not _accepted(row, solution, inner):
                continue
            call = Call(row.peer, {name: v for name, v in solution.items() if v != default[name]})
            if row.wraps:
                for wrapped in _composed(inner, library):
                    yield from _around(call, wrapped)
            else:
                yield call
    if library == "optax" and isinstance(optimizer, Wrapper):
        for call in _composed(optimizer.optimizer, library):
            if isinstance(optimizer, Maximize):
                yield from _around(Call("optax.scale", {"step_size": -1.0}), call)
            elif type(optimizer).__name__ == "DecoupledDecay":
                decay: Any = optimizer.weight_decay  # type: ignore[attr-defined]
                if not isinstance(decay, Combined):
                    yield from chains.with_decay(call, given(decay))


def _accepted(row: Row, arguments: dict[str, Any], inner: Optimizer | None) -> bool:
    """Return whether a library accepts arguments: none is missing, none a schedule by mistake."""
    wrapped = {} if inner is None else {INNER: inner}
    try:
        complete(row.peer, {**arguments, **wrapped})
    except (TypeError, ValueError):
        return False
    return True


def _around(call: Call, inner: Call) -> Iterator[Call]:
    """Yield a call of a wrapper around another call, if the library can run that."""
    if call.peer in AROUND:
        if call.peer.startswith("optax.") or not inner.before:  # PyTorch clips outside of it
            yield replace(call, inner=inner)
    elif call.peer in AROUND_CLASS:
        if not inner.before and inner.inner is None:
            yield replace(call, inner=inner)
    elif call.peer in LAST:
        yield replace(call, before=links(inner))
    elif inner.peer in AROUND_CLASS:
        return  # its two halves need the same clipping, which no line of code before it does
    elif inner.peer == "optax.lookahead" and call.peer == "optax.add_decayed_weights":
        return  # the parameters of Optax's lookahead are pairs
    else:
        yield replace(inner, before=(call, *inner.before))


def _length(call: Call, library: str) -> tuple[int, ...]:
    """Return what to sort calls by: the library's own, then short ones, without turned-off options.

    Inside a wrapper of pytorch_optimizer, one would write an optimizer of PyTorch.
    """
    parts = [*call.before, call, *([call.inner, *call.inner.before] if call.inner else [])]
    values = [value for part in parts for value in part.arguments.values()]
    others = call.inner is not None and not call.inner.peer.startswith("torch")
    foreign = not call.peer.startswith(f"{library}.")
    length = len(values) + sum(value is False for value in values)
    options = sum(not defaults(call.peer).get(name) for name in call.arguments if not call.before)
    return foreign, len(parts), length, options, others
