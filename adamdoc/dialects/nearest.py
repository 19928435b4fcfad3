"""The nearest call of a library, where none takes the same steps.

The search changes the optimizer in one respect after the other (see `adamdoc.dialects.changes`)
until the library has it, with as few changes as possible. Among equally many, it takes the call
that deviates least on the problem of `adamdoc.dialects.deviations`.
"""

import heapq
import itertools
import math
from collections.abc import Iterator

from adamdoc import lineage, optimizers
from adamdoc.dialects.calls import Call
from adamdoc.dialects.chains import BLOCKS
from adamdoc.dialects.changes import Change, Side, changes, core_class
from adamdoc.dialects.deviations import deviations
from adamdoc.dialects.matching import MODULES, matching_calls, rows
from adamdoc.dialects.peers import resolve
from adamdoc.dialects.spellings import spellings
from adamdoc.dialects.table import ROWS, Row
from adamdoc.dialects.words import WORDS
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.wrappers.wrapper import layers

#: The largest sum of the costs of changes, and the largest number of optimizers tried.
FARTHEST, MOST = 12, 400


def nearest_call(source: Call | Optimizer, optimizer: Optimizer, library: str) -> Call:
    """Return an unmatched call of a library, with the nearest one and how that differs.

    Parameters
    ----------
    source : Call or Optimizer
        What the user gave.
    optimizer : Optimizer
        The optimizer of it.
    library : str
        The target library, none of whose calls matches.

    Returns
    -------
    Call
        Its `matched` is False.
    """
    candidates = list(_candidates(optimizer, library))
    if not candidates:
        return Call(
            library, {}, matched=False, reason=_absence(optimizer, _side(source).library, library)
        )
    measured = [
        (deviations(optimizer, changed), call, trail) for changed, call, trail in candidates
    ]
    shares, call, trail = min(measured, key=lambda found: _size(found[0]))
    here, there = _side(source), _side(call)
    differences = tuple(dict.fromkeys(change.words(here, there) for change in trail))
    return Call(
        library,
        {},
        matched=False,
        reason="; ".join(differences),
        nearest=call,
        differences=differences,
        deviations=shares,
    )


def _size(shares: dict[int, float]) -> float:
    """Return the largest deviation, infinity where it is not a number."""
    return max((s if s == s else math.inf for s in shares.values()), default=0.0)


def _candidates(
    optimizer: Optimizer, library: str
) -> Iterator[tuple[Optimizer, Call, list[Change]]]:
    """Yield the changed optimizers that a library has, all with the least cost."""
    target = rows(library)
    classes = {core_class(row) for row in target}
    start = next((s for s in spellings(optimizer) if type(layers(s)[-1]) in classes), optimizer)
    counter = itertools.count()  # so that the heap never compares optimizers
    waiting: list[tuple[float, int, Optimizer, list[Change]]] = [(0.0, next(counter), start, [])]
    seen, least = {repr(start)}, float(FARTHEST)
    while waiting and len(seen) < MOST:
        cost, _, current, trail = heapq.heappop(waiting)
        if cost > least:
            return
        if trail and (calls := matching_calls(current, library)):
            least = cost
            yield current, calls[0], trail
            continue
        for change in changes(current, target):
            key = repr(change.optimizer)
            if key not in seen and cost + change.cost <= least:
                seen.add(key)
                entry = (cost + change.cost, next(counter), change.optimizer, [*trail, change])
                heapq.heappush(waiting, entry)


def _side(source: Call | Optimizer) -> Side:
    """Return the method of a call, as one of the two sides of a comparison."""
    if isinstance(source, Optimizer):
        return Side(f"adamdoc.{type(layers(source)[-1]).__name__}", "adamdoc")
    method = source
    while method.inner is not None:
        method = method.inner
    if method.peer not in BLOCKS:
        return Side(method.peer, method.peer.split(".")[0], resolve(method.peer))
    blocks = [link.peer for link in method.before if link.peer in BLOCKS]
    peer = next((BLOCKS[name].optimizer for name in blocks if BLOCKS[name].optimizer), "optax.sgd")
    return Side(blocks[0] if blocks else peer, "optax", resolve(peer))


def _absence(optimizer: Optimizer, source: str, library: str) -> str:
    """Return why a library has nothing near: what it has not, where that is, what is related."""
    *outer, core = layers(optimizer)
    name = _root(type(core))
    own = [row for row in rows(library) if (cls := core_class(row)) and _root(cls) == name]
    if own and any(type(layer).__name__ == "Maximize" for layer in outer):
        return WORDS["no maximize"].format(library=library)
    if own:
        rejected = [
            WORDS["rejects"].format(peer=row.peer, condition=row.rejected_when)
            for row in own
            if row.rejected_when
        ]
        peers = ", ".join(row.peer for row in own)
        return "; ".join(rejected) or WORDS["cannot be"].format(peers=peers, optimizer=optimizer)
    unknown = [row for row in ROWS if not row.settings and _belongs(row, library)]
    for row in unknown:
        if row.peer.rpartition(".")[2].lower() == name.lower():
            return WORDS["not reproduced"].format(peer=row.peer, why=row.differs)
    elsewhere = [
        next(
            (row.peer for row in rows(other) if (cls := core_class(row)) and _root(cls) == name), ""
        )
        for other in ("torch", "optax", "keras", "pytorch_optimizer")
        if other not in (library, source)
    ]
    text = WORDS["no method"].format(library=library, name=name)
    if have := list(dict.fromkeys(filter(None, elsewhere))):
        verb = "have" if len(have) > 1 else "has"
        text += WORDS["elsewhere"].format(peers=" and ".join(have), have=verb)
    if relative := _relative(type(core), library):
        text += WORDS["relative"].format(library=library, peer=relative)
    return text


def _belongs(row: Row, library: str) -> bool:
    return row.peer.rpartition(".")[0] in MODULES[library]


def _relative(cls: type[Optimizer], library: str) -> str:
    """Return the peer in a library of the nearest method that a class builds on."""
    waiting = [cls]
    while waiting:
        current = waiting.pop(0)
        for row in rows(library):
            found = core_class(row)
            if found is not None and current is not cls and _root(found) == current.__name__:
                return row.peer
        waiting += [
            parent
            for parent in lineage.parents(current)
            if parent not in (optimizers.GradientDescent, optimizers.SGD)
        ]
    return ""


def _root(cls: type[Optimizer]) -> str:
    """Return the name of the method of which a class is a general form."""
    return cls.builds_on[0] if cls.general_form and cls is not optimizers.SGD else cls.__name__
