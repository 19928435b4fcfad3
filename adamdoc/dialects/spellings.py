"""Other spellings of an optimizer: compositions of adamdoc that take the same steps.

``ClipByNorm(DecoupledDecay(Adam()))`` and ``DecoupledDecay(ClipByNorm(AdamDialect()))`` are the
same optimizer, but a row of the table has one of the two. The search for a call tries them all.
"""

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from adamdoc import optimizers
from adamdoc.dialects import forms
from adamdoc.optimizers import Optimizer, Wrapper

#: Wrappers that look at the gradient alone, and at nothing that the others change.
GRADIENT_ONLY = ("ClipByNorm", "ClipEachByNorm", "ClipByValue", "Maximize")
DECAYS = ("CoupledDecay", "DecoupledDecay")
#: Pairs of wrappers, in alphabetical order, whose order does not matter.
COMMUTING = {
    *(("DecoupledDecay", name) for name in GRADIENT_ONLY),
    *((name, "DecoupledDecay") for name in GRADIENT_ONLY),
    *(("Lookahead", name) for name in (*GRADIENT_ONLY, *DECAYS)),
    *((name, "Lookahead") for name in (*GRADIENT_ONLY, *DECAYS)),
    *(("Maximize", name) for name in GRADIENT_ONLY if name != "Maximize"),
    *((name, "Maximize") for name in GRADIENT_ONLY if name != "Maximize"),
}
#: Methods that have decoupled decay built in, and do not look at the parameters otherwise.
OWN_DECAY = ("Lion", "AdEMAMix")
#: The general forms that have a method among their settings, and the settings.
GENERAL: dict[str, tuple[type[Optimizer], dict[str, float]]] = {
    "GradientDescent": (optimizers.SGD, {}),
    "HeavyBall": (optimizers.SGD, {}),
    "Nesterov": (optimizers.SGD, {"nesterov": 1.0}),
    "Adam": (forms.AdamDialect, {}),
    "AMSGrad": (forms.AMSGradDialect, {"correction": 0.0, "correction2": 0.0}),
    "RMSprop": (forms.RMSpropDialect, {}),
    "AdaGrad": (forms.AdaGradDialect, {}),
    "RAdam": (forms.RAdamDialect, {}),
    "SignSGD": (optimizers.Signum, {"beta": 0.0}),
}
#: The momentum_decay at which NAdam's decay rate has its limit from the first step on: 0.96 to this
#: power is less than the precision of a float.
AT_ONCE = 1000.0


def spellings(optimizer: Optimizer) -> Iterator[Optimizer]:
    """Yield an optimizer and its other spellings.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.

    Yields
    ------
    Optimizer
        Optimizers that take the same steps, each once, the given one first.

    Examples
    --------
    >>> from adamdoc import Adam, ClipByNorm, DecoupledDecay
    >>> for spelling in spellings(ClipByNorm(DecoupledDecay(Adam(lr=0.1), 0.2), 1.0)):
    ...     print(type(spelling).__name__, type(spelling.optimizer.optimizer).__name__)
    ClipByNorm Adam
    DecoupledDecay Adam
    ClipByNorm AdamDialect
    DecoupledDecay AdamDialect
    """
    found, waiting = {repr(optimizer)}, [optimizer]  # a repr, because arrays cannot be hashed
    while waiting:
        current = waiting.pop(0)
        yield current
        for other in _rewritten(current):
            if repr(other) not in found:
                found.add(repr(other))
                waiting.append(other)


def _rewritten(optimizer: Optimizer) -> Iterator[Optimizer]:
    """Yield the spellings that differ in one place."""
    name = type(optimizer).__name__
    if isinstance(optimizer, Wrapper):
        inner = optimizer.optimizer
        if name in DECAYS and _is_zero(optimizer.weight_decay):  # type: ignore[attr-defined]
            yield inner
        if isinstance(inner, Wrapper) and (name, type(inner).__name__) in COMMUTING:
            yield replace(inner, optimizer=replace(optimizer, optimizer=inner.optimizer))
        if name in DECAYS and isinstance(inner, optimizers.SGD) and _is_zero(inner.momentum):
            other = next(decay for decay in DECAYS if decay != name)
            yield _decayed(other, inner, optimizer.weight_decay)  # type: ignore[attr-defined]
        if name == "DecoupledDecay" and type(inner).__name__ in OWN_DECAY:
            decay: Any = optimizer.weight_decay  # type: ignore[attr-defined]
            if _is_zero(inner.weight_decay):  # type: ignore[attr-defined]
                yield replace(inner, weight_decay=decay)  # type: ignore[call-arg]
        for other_inner in _rewritten(inner):
            yield replace(optimizer, optimizer=other_inner)
        return
    if name in OWN_DECAY and not _is_zero(optimizer.weight_decay):  # type: ignore[attr-defined]
        bare = replace(optimizer, weight_decay=0.0)  # type: ignore[call-arg]
        yield _decayed("DecoupledDecay", bare, optimizer.weight_decay)  # type: ignore[attr-defined]
    values = {field.name: getattr(optimizer, field.name) for field in fields(optimizer)}
    constant = not callable(values["lr"]) or _is_zero(values.get("momentum"))
    if values.get("rate_first") and constant:
        yield replace(optimizer, rate_first=0.0)  # type: ignore[call-arg]
    no_buffer = name == "SGD" and _is_zero(values["momentum"]) and _is_zero(values["dampening"])
    if no_buffer and not _is_zero(values["nesterov"]):
        yield replace(optimizer, nesterov=0.0)  # type: ignore[call-arg]
    if name in GENERAL:
        form, switches = GENERAL[name]
        yield form(**{**values, **switches})
    if name == "Signum" and _is_zero(values["beta"]):
        yield optimizers.SignSGD(lr=values["lr"])
    if isinstance(optimizer, forms.AdamDialect) and optimizer.nesterov == 1:
        others = {n: values.pop(n) for n in ("eps_root", "eps_hat", "amsgrad", "nesterov")}
        same = not callable(values["beta1"])  # under a schedule, NAdam corrects by a product
        if same and not any(value for option, value in others.items() if option != "nesterov"):
            yield optimizers.NAdam(**values, momentum_decay=AT_ONCE)
    if name == "AdamW":
        decay = values.pop("weight_decay")
        yield _decayed("DecoupledDecay", optimizers.Adam(**values), decay)
    beta: Any = values.get("beta")
    if name == "Momentum" and isinstance(values["lr"], (int, float)) and not callable(beta):
        yield optimizers.SGD(lr=values["lr"] * (1 - beta), momentum=beta)


def _decayed(wrapper: str, inner: Optimizer, weight_decay: Any) -> Optimizer:
    return optimizers.CLASSES[wrapper](inner, weight_decay)  # type: ignore[call-arg]


def _is_zero(value: Any) -> bool:
    """Return whether a hyperparameter is the number 0, not an array or a schedule."""
    return isinstance(value, (int, float)) and value == 0
