"""Different optimizers for different arrays of a model."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar

import numpy as np

from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Optimizer, Params, State, check_shapes
from adamdoc.optimizers.wrappers.base import Wrapper, layers

Rule = str | Collection[str] | Callable[[str, tuple[int, ...]], bool]


@dataclass(frozen=True)
class Groups(Wrapper):
    r"""Steps some arrays of a model with one optimizer, and others with another.

    Use it for what is customary in large models: `Muon` for matrices and `AdamW` for the rest, no
    weight decay on biases, another learning rate for the last layer. Each optimizer sees the arrays
    of its group alone, so that a clipping inside a group takes the norm of the group; put it around
    `Groups` to take that of the whole model.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer of all arrays to which no rule applies.
    groups : sequence of (rule, Optimizer)
        The optimizers of the groups. The first rule that applies to an array decides. A rule is the
        name of an array, a pattern such as ``"W*"`` as in ``fnmatch``, a collection of names and
        patterns, or a function ``rule(name, shape)`` that returns whether it applies.

    Notes
    -----
    For the arrays :math:`\theta^{(i)}` of the group :math:`i`:

    .. math::

        \theta^{(i)}_t = \mathrm{step}_i(\theta^{(i)}_{t-1}, g^{(i)}_t)

    The state has, next to ``t``, the entry ``groups``: the states of the groups by their number,
    and ``"rest"``. A single array without a name belongs to the rest. PyTorch calls groups
    parameter groups; Optax has ``partition``.

    Examples
    --------
    Decay for the weights, none for the bias:

    >>> from adamdoc import AdamW, GradientDescent, Groups
    >>> optimizer = Groups(AdamW(weight_decay=0.1), [("c", AdamW(weight_decay=0.0))])
    >>> theta, g = {"W": [[1.0]], "c": [1.0]}, {"W": [[0.0]], "c": [0.0]}
    >>> optimizer.update(theta, g, optimizer.init(theta))[0]
    {'W': array([[0.9999]]), 'c': array([1.])}

    `Muon` for matrices, by a rule on the shape:

    >>> from adamdoc import Muon
    >>> optimizer = Groups(AdamW(), [(lambda name, shape: len(shape) == 2, Muon(lr=0.1))])
    >>> sorted(optimizer.init(theta)["groups"]["0"])
    ['b', 't']
    """

    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "cauchy1847"
    scope: ClassVar[str] = "model"

    groups: tuple[tuple[Rule, Optimizer], ...] = ()

    def __post_init__(self) -> None:
        """Check the rules and the optimizers."""
        super().__post_init__()
        if isinstance(self.groups, (str, Mapping, Optimizer)):
            raise TypeError(
                f"groups must be a sequence of pairs (rule, optimizer), got {self.groups!r}"
            )
        groups = []
        for k, pair in enumerate(self.groups):
            if not isinstance(pair, (tuple, list)) or len(pair) != 2:
                raise TypeError(f"groups[{k}] must be a pair (rule, optimizer), got {pair!r}")
            rule, optimizer = pair
            if not isinstance(optimizer, Optimizer):
                raise TypeError(
                    f"groups[{k}] must be a pair (rule, optimizer) with an Optimizer second, got "
                    f"{optimizer!r}"
                )
            if not callable(rule) and not isinstance(rule, str):
                if not isinstance(rule, Collection) or not all(isinstance(r, str) for r in rule):
                    raise TypeError(
                        f"the rule of groups[{k}] must be a name, a pattern, a collection of these "
                        f"or a function of name and shape, got {rule!r}"
                    )
                rule = tuple(rule)
            groups.append((rule, optimizer))
        object.__setattr__(self, "groups", tuple(groups))

    def inside(self) -> list[Optimizer]:
        """Return the optimizers of the groups, and that of the rest."""
        return [*(optimizer for _, optimizer in self.groups), self.optimizer]

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        parts = arrays.floats("theta", theta)
        if not isinstance(parts, Mapping):
            return self.optimizer.init(parts)
        states = {
            label: optimizer.init(pick(parts, names))
            for label, optimizer, names in self._split(parts)
        }
        return {"t": 0, "groups": states}

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g = arrays.floats("theta", theta), arrays.floats("g", g)
        check_shapes("g", g, theta)
        if not isinstance(theta, Mapping):
            return self.optimizer.update(theta, g, state, **extra)
        before = state["groups"]
        split = list(self._split(theta))
        if before.keys() != {label for label, *_ in split}:
            raise ValueError(
                "state must be the result of init for these parameters and groups: it must have "
                f"the groups {', '.join(label for label, *_ in split)}, got {', '.join(before)}"
            )
        moved: dict[str, Any] = {}
        states = {}
        for label, optimizer, names in split:
            own = _extra_for(optimizer, names, theta, extra)
            part, states[label] = optimizer.update(
                pick(theta, names), pick(g, names), before[label], **own
            )
            moved |= part
        return arrays.Arrays({n: moved[n] for n in theta}), {
            "t": int(state["t"]) + 1,
            "groups": states,
        }

    def point(self, theta: Params, state: State) -> Params:
        """Return the points of the groups (see `Optimizer.point`)."""
        if not isinstance(theta, Mapping):
            return self.optimizer.point(theta, state)
        states = state["groups"]
        points: dict[str, Any] = {}
        for label, optimizer, names in self._split(theta):
            points |= optimizer.point(pick(theta, names), states[label])
        return {name: points[name] for name in theta}

    def _split(self, theta: Mapping[str, Any]) -> list[tuple[str, Optimizer, list[str]]]:
        """Return label, optimizer and names of each group that is not empty."""
        groups = [*self.groups, ("*", self.optimizer)]
        members: list[list[str]] = [[] for _ in groups]
        for name, value in theta.items():
            k = next(k for k, (rule, _) in enumerate(groups) if _applies(rule, name, value))
            members[k].append(name)
        labels = [*map(str, range(len(self.groups))), "rest"]
        return [
            (label, optimizer, names)
            for label, (_, optimizer), names in zip(labels, groups, members, strict=True)
            if names
        ]


def pick(values: Mapping[str, Any], names: Collection[str]) -> arrays.Arrays:
    """Return the arrays of some names."""
    return arrays.Arrays({name: values[name] for name in names})


def _applies(rule: Rule, name: str, value: Any) -> bool:
    """Return whether a rule applies to an array."""
    if callable(rule):
        return bool(rule(name, np.shape(value)))
    return any(fnmatchcase(name, p) for p in ([rule] if isinstance(rule, str) else rule))


def _extra_for(
    optimizer: Optimizer, names: list[str], theta: Mapping[str, Any], extra: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the further arguments of `update` that the optimizer of a group takes."""
    own: dict[str, Any] = {}
    if "curvature" in extra and any(layer.takes_curvature for layer in layers(optimizer)):
        own["curvature"] = pick(extra["curvature"], names)
    if "gradient" in extra and any(layer.takes_gradient for layer in layers(optimizer)):
        gradient = extra["gradient"]
        own["gradient"] = lambda part: pick(gradient({**theta, **part}), names)
    return own
