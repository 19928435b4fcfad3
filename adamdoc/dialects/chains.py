"""Optax's chains: optimizers written as a sequence of transformations of the gradient.

``optax.adamw(lr)`` is short for ``chain(scale_by_adam(), add_decayed_weights(1e-4),
scale_by_learning_rate(lr))``. `assemble` reads such a chain, and `with_decay` writes one.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from adamdoc.dialects.arguments import complete, defaults
from adamdoc.dialects.calls import AROUND, LAST, Call
from adamdoc.dialects.peers import resolve
from adamdoc.dialects.settings import INNER, tidy
from adamdoc.dialects.values import number
from adamdoc.optimizers import SGD, DecoupledDecay, Maximize, Optimizer


@dataclass(frozen=True)
class Block:
    """A transformation that is only a part of an optimizer.

    Attributes
    ----------
    arguments : str
        Its arguments with their defaults, as in its signature.
    optimizer : str
        The optimizer of which it is all but the decay and the learning rate; empty if none.
    fixed : dict
        Arguments of that optimizer that the transformation does not have.
    """

    arguments: str
    optimizer: str = ""
    fixed: dict[str, Any] = field(default_factory=dict)

    def defaults(self) -> dict[str, Any]:
        """Return its arguments with their defaults, ``...`` for those without."""
        function = ast.parse(f"def f({self.arguments}): ...").body[0]
        assert isinstance(function, ast.FunctionDef)
        arguments = function.args
        empty = len(arguments.args) - len(arguments.defaults)
        values = [ast.literal_eval(node) for node in arguments.defaults]
        values += [ast.literal_eval(node) for node in arguments.kw_defaults if node]
        names = [argument.arg for argument in (*arguments.args, *arguments.kwonlyargs)]
        return dict(zip(names, [...] * empty + values, strict=True))

    def bind(
        self, name: str, positional: Sequence[Any], keywords: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the arguments of a call by name (see `adamdoc.dialects.arguments.bind`)."""
        known = self.defaults()
        in_order = [word.split("=")[0] for word in self.arguments.split("*")[0].split(", ")]
        bound = dict(zip(filter(None, in_order), positional, strict=False))
        unknown = [word for word in keywords if word not in known or word in bound]
        if unknown or len(positional) > len(bound):
            given = unknown[0] if unknown else f"{len(positional)} positional arguments"
            raise ValueError(f"{name} takes {self.arguments or 'no argument'}, got {given}")
        missing = [n for n, v in known.items() if v is ... and n not in {**bound, **keywords}]
        if missing:
            raise ValueError(f"{missing[0]} of {name} is required")
        return {**bound, **keywords}


_ADAM = "b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0"
_RMS = "decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, bias_correction=False"
#: The transformations that can be read, except those that have a row of their own.
BLOCKS = {
    "optax.scale_by_adadelta": Block("rho=0.9, eps=1e-6", "optax.adadelta"),
    "optax.scale_by_adam": Block(f"{_ADAM}, mu_dtype=None, *, nesterov=False", "optax.adam"),
    "optax.scale_by_adamax": Block("b1=0.9, b2=0.999, eps=1e-8", "optax.adamax"),
    "optax.scale_by_adan": Block(
        "b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=0.0",
        "optax.adan",
        {"weight_decay": 0.0},
    ),
    "optax.scale_by_amsgrad": Block(
        f"{_ADAM}, mu_dtype=None, bias_correction_mu=True, bias_correction_nu=True",
        "optax.amsgrad",
    ),
    "optax.scale_by_belief": Block(
        "b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16, *, nesterov=False", "optax.adabelief"
    ),
    "optax.scale_by_lion": Block(
        "b1=0.9, b2=0.99, mu_dtype=None", "optax.lion", {"weight_decay": 0.0}
    ),
    "optax.scale_by_radam": Block(f"{_ADAM}, threshold=5.0, *, nesterov=False", "optax.radam"),
    "optax.scale_by_rms": Block(_RMS, "optax.rmsprop"),
    "optax.scale_by_rss": Block("initial_accumulator_value=0.1, eps=1e-7", "optax.adagrad"),
    "optax.scale_by_sign": Block("", "optax.sign_sgd"),
    "optax.scale_by_stddev": Block(_RMS, "optax.rmsprop", {"centered": True}),
    "optax.scale_by_yogi": Block("b1=0.9, b2=0.999, eps=1e-3", "optax.yogi"),
    "optax.contrib.scale_by_ademamix": Block(
        "b1=0.9, b2=0.999, b3=0.9999, alpha=5.0, eps=1e-8, eps_root=0.0, mu_dtype=None",
        "optax.contrib.ademamix",
        {"weight_decay": 0.0},
    ),
    "optax.contrib.scale_by_adopt": Block(
        "b1=0.9, b2=0.9999, eps=1e-6, mu_dtype=None, *, nesterov=False, use_clipping=True",
        "optax.contrib.adopt",
    ),
    "optax.scale_by_trust_ratio": Block("min_norm=0.0, trust_coefficient=1.0, eps=0.0"),
    "optax.trace": Block("decay, nesterov=False, accumulator_dtype=None"),
    "optax.scale": Block("step_size"),
    "optax.scale_by_learning_rate": Block("learning_rate, *, flip_sign=True"),
    "optax.scale_by_schedule": Block("step_size_fn"),
}
Wrap = Callable[[Call, Optimizer | None], Optimizer]
#: Factors of the step, by the name of their argument.
RATES = {
    "optax.scale": "step_size",
    "optax.scale_by_learning_rate": "learning_rate",
    "optax.scale_by_schedule": "step_size_fn",
}
#: Where a transformation may be: after the method (1) the momentum, the decay, the trust ratio, the
#: rate.
ORDER = {
    "optax.trace": 2,
    "optax.add_decayed_weights": 3,
    "optax.scale_by_trust_ratio": 4,
    **dict.fromkeys(RATES, 5),
}


def assemble(links: Sequence[Call], wrap: Wrap) -> Optimizer:
    """Return the optimizer that a chain of transformations is.

    Parameters
    ----------
    links : sequence of Call
        The transformations, in order; the last may be a whole optimizer.
    wrap : callable
        Returns the optimizer of one call that has a row: a function of the call and, for a wrapper,
        the optimizer that it wraps.

    Returns
    -------
    Optimizer
        The optimizer.

    Raises
    ------
    ValueError
        If the chain is no optimizer of adamdoc. The message says which link is in the way.
    """
    if not links:
        raise ValueError(
            "the chain has no learning rate: it must end with an optimizer such as optax.sgd(0.1), "
            "or with optax.scale_by_learning_rate(0.1)"
        )
    first, *rest = links
    if rest and rest[-1].peer in LAST:
        return wrap(rest[-1], assemble(links[:-1], wrap))
    if rest and first.peer in LAST:
        raise ValueError(
            f"{first.peer} must come last in the chain, got {rest[0].peer} after it: before the "
            "optimizer it would change the gradient"
        )
    if first.peer in BLOCKS:
        whole = [link.peer for link in rest if link.peer not in BLOCKS]
        if first.peer == "optax.scale" and any(not resolve(peer).wraps for peer in whole):
            return _scaled(first, assemble(rest, wrap))
        return _from_blocks(links, wrap)
    alone = first.peer in AROUND or INNER in first.arguments or len(links) == 1
    if resolve(first.peer).wraps and not alone:
        return wrap(first, assemble(rest, wrap))
    if rest:
        raise ValueError(
            f"{rest[0].peer} acts on the step after {first.peer}, and adamdoc has no such wrapper: "
            "put it before the optimizer to change the gradient"
        )
    return wrap(first, None)


def _scaled(link: Call, inner: Optimizer) -> Optimizer:
    """Return an optimizer whose gradient is multiplied by 1 or -1 before."""
    factor = link.arguments.get("step_size")
    if factor not in (1, -1):
        raise ValueError(
            f"optax.scale must multiply the gradient by -1 or 1 before an optimizer, got {factor}: "
            "adamdoc has no wrapper that scales the gradient"
        )
    return inner if factor == 1 else Maximize(inner)


def _from_blocks(links: Sequence[Call], wrap: Wrap) -> Optimizer:
    """Return the optimizer of a chain without one: a method, momentum, decay, rates."""
    peer, decay, rate, order = "optax.sgd", 0.0, 1.0, 0
    arguments: dict[str, Any] = {}
    schedule = None
    for link in links:
        block, given = BLOCKS.get(link.peer), link.arguments
        place = ORDER.get(link.peer, 1)
        if place < order or place == order < 3:
            raise ValueError(_misplaced(link, links))
        order = place
        if block is not None and block.optimizer:
            known = {n: v for n, v in block.defaults().items() if n in defaults(block.optimizer)}
            peer, arguments = block.optimizer, {**known, **given, **block.fixed}
        elif link.peer == "optax.trace" and peer in ("optax.sgd", "optax.rmsprop"):
            arguments |= {"momentum": given["decay"], "nesterov": given.get("nesterov", False)}
        elif link.peer == "optax.add_decayed_weights":
            decay += complete(link.peer, {**given, "inner": SGD()})["weight_decay"]
        elif block and link.peer == "optax.scale_by_trust_ratio" and peer == "optax.adam":
            if {**block.defaults(), **given} != block.defaults() or arguments.get("nesterov"):
                raise ValueError(
                    f"{link.peer} after {peer} makes LAMB, which has neither its arguments nor "
                    f"nesterov: leave them out, got {given}"
                )
            known = {n: v for n, v in arguments.items() if n in defaults("optax.lamb")}
            peer, arguments, decay = "optax.lamb", {**known, "weight_decay": decay}, 0.0
        elif link.peer in RATES:
            value = given[RATES[link.peer]]
            if link.peer == "optax.scale_by_learning_rate" and given.get("flip_sign", True):
                rate = -rate
            if not callable(value):
                rate *= number(f"{RATES[link.peer]} of {link.peer}", value)
            elif schedule is None:
                schedule = value
            else:
                raise ValueError("the chain has two schedules; adamdoc multiplies by one alone")
        else:
            raise ValueError(_misplaced(link, links))
    if order < 5:
        return assemble([], wrap)  # which says that there is no learning rate
    if rate >= 0:
        raise ValueError(
            "the chain ascends: Optax adds the update to the parameters, so a learning rate of 0.1 "
            "is optax.scale(-0.1) or optax.scale_by_learning_rate(0.1)"
        )
    if schedule is not None and rate != -1:
        raise ValueError("the chain multiplies a schedule by a number: multiply it inside")
    learning_rate = tidy(-rate) if schedule is None else schedule
    optimizer: Any = wrap(Call(peer, {"learning_rate": learning_rate, **arguments}), None)
    if hasattr(optimizer, "rate_first"):  # in a chain, the rate comes after the buffer
        optimizer = replace(optimizer, rate_first=0.0)
    return DecoupledDecay(optimizer, decay) if decay else optimizer


def _misplaced(link: Call, links: Sequence[Call]) -> str:
    """Return the error for a transformation at a place where adamdoc cannot reproduce it."""
    names = ", ".join(part.peer.rpartition(".")[2] for part in links)
    return (
        f"{link.peer} cannot be reproduced at its place in the chain {names}: adamdoc reads "
        "clipping and coupled decay, then one scale_by_... or trace, then add_decayed_weights, "
        "then after scale_by_adam scale_by_trust_ratio, then the learning rate"
    )


def with_decay(call: Call, weight_decay: Any) -> Iterator[Call]:
    """Yield the chain of an optimizer whose decay is decoupled, if it can be taken apart.

    Parameters
    ----------
    call : Call
        The call of the optimizer without the decay.
    weight_decay : float
        The decay.

    Yields
    ------
    Call
        The chain, at most one.

    Examples
    --------
    >>> print(next(with_decay(Call("optax.sgd", {"learning_rate": 0.1, "momentum": 0.9}), 0.01)))
    optax.chain(
        optax.trace(decay=0.9),
        optax.add_decayed_weights(weight_decay=0.01),
        optax.scale_by_learning_rate(learning_rate=0.1),
    )
    """
    parts = _taken_apart(call)
    if parts is None:
        return
    *before, rate = parts
    decay = Call("optax.add_decayed_weights", {"weight_decay": weight_decay})
    yield replace(rate, before=(*before, decay))


def _taken_apart(call: Call) -> list[Call] | None:
    """Return the transformations of an optimizer, or None if it cannot be taken apart."""
    values = {**defaults(call.peer), **call.arguments}
    early = call.peer == "optax.rmsprop" and values["momentum"]  # its rate enters before the buffer
    if call.before or call.inner or (early and callable(values["learning_rate"])):
        return None
    parts = []
    for name, block in BLOCKS.items():
        if block.optimizer != call.peer:
            continue
        own = block.defaults()
        needed = call.arguments.keys() - own.keys() - {"learning_rate", "momentum", "nesterov"}
        fits = needed <= block.fixed.keys() and all(values[n] == v for n, v in block.fixed.items())
        if fits:
            given = {n: values[n] for n, v in own.items() if n in values and values[n] != v}
            parts.append(Call(name, given))
            break
    if not parts and call.peer != "optax.sgd":
        return None
    if values.get("momentum"):
        trace = {"decay": values["momentum"]}
        parts.append(
            Call("optax.trace", trace | ({"nesterov": True} if values["nesterov"] else {}))
        )
    rate = {"learning_rate": values["learning_rate"]}
    return [*parts, Call("optax.scale_by_learning_rate", rate)]
