"""Different optimizers for different arrays of a model."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Optimizer, Params, State
from adamdoc.optimizers.wrappers.wrapper import Wrapper, needs, rates_of

Rule = str | Collection[str] | Callable[[str, tuple[int, ...]], bool]


@dataclass(frozen=True)
class Groups(Wrapper):
    r"""Steps some arrays of a model with one optimizer, and others with another.

    Use it for the usual recipes for large models: `Muon` for matrices and `AdamW` for the rest, no
    weight decay on biases, another learning rate for the last layer. Each optimizer sees only the
    arrays of its group, so clipping inside a group uses the norm of that group; put it around
    `Groups` to use the norm of the whole model.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer of all arrays to which no rule applies.
    groups : sequence of (rule, Optimizer)
        The optimizers of the groups. The first rule that applies to an array decides. A rule is the
        name of an array, a pattern such as ``"W*"`` as in ``fnmatch``, a collection of names and
        patterns, or a function ``rule(name, shape)`` that returns whether it applies. Each name and
        pattern must match an array, and each group must get at least one.

    Raises
    ------
    TypeError
        If a rule or an optimizer has the wrong type.
    ValueError
        In `init` and `update`, if a rule applies to no array, or the parameters have no names.

    Notes
    -----
    For the arrays of each group :math:`i`, with its optimizer:

    .. math::

        \theta_t^{(i)} &= \mathrm{step}_i(\theta_{t-1}^{(i)}, g_t^{(i)})

    The state has, next to ``t``, the entry ``groups``: the states of the groups by their number,
    and ``"rest"``. PyTorch calls groups parameter groups; Optax has ``partition``.

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

    def rates(self, theta: Params, t: int) -> Any:
        """Return the learning rate of each array at a step (see `Wrapper.rates`)."""
        if self._is_single(theta):
            return super().rates(theta, t)
        found: dict[str, Any] = {}
        for _, optimizer, names in self._split(theta):
            rate = rates_of(optimizer, pick(theta, names), t)
            found |= rate if isinstance(rate, Mapping) else dict.fromkeys(names, rate)
        return arrays.Arrays(found)

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        if self._is_single(theta):
            return self.optimizer.init(theta)
        states = {
            label: optimizer.init(pick(theta, names))
            for label, optimizer, names in self._split(theta)
        }
        return {"t": 0, "groups": states}

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        if self._is_single(theta):
            return self.optimizer.update(theta, g, state, **extra)
        before = state["groups"]
        moved: dict[str, Any] = {}
        states = {}
        for label, optimizer, names in self._split(theta):
            own = _extra_for(optimizer, names, theta, int(state["t"]) + 1, extra)
            part, states[label] = optimizer.update(
                pick(theta, names), pick(g, names), before[label], **own
            )
            moved |= part
        theta = arrays.Arrays({n: moved[n] for n in theta})
        return theta, {"t": int(state["t"]) + 1, "groups": states}

    def point(self, theta: Params, state: State) -> Params:
        """Return the points of the groups (see `Optimizer.point`)."""
        if self._is_single(theta):
            return self.optimizer.point(theta, state)
        states = state["groups"]
        points: dict[str, Any] = {}
        for label, optimizer, names in self._split(theta):
            points |= optimizer.point(pick(theta, names), states[label])
        return {name: points[name] for name in theta}

    def _is_single(self, theta: Params) -> bool:
        """Return whether the parameters are one array, which is the rest if there are no groups."""
        if not isinstance(theta, Mapping) and self.groups:
            raise ValueError(
                "theta must be a mapping of names to arrays, because the rules of groups need "
                f"names, got an array of shape {np.shape(theta)}: use the optimizer of its group"
            )
        return not isinstance(theta, Mapping)

    def _split(self, theta: Mapping[str, Any]) -> list[tuple[str, Optimizer, list[str]]]:
        """Return label, optimizer and names of each group, and of the rest if there is one."""
        groups = [*self.groups, ("*", self.optimizer)]
        members: list[list[str]] = [[] for _ in groups]
        for name, value in theta.items():
            k = next(k for k, (rule, _) in enumerate(groups) if _applies(rule, name, value))
            members[k].append(name)
        for k, (rule, _) in enumerate(self.groups):
            _check_rule(f"the rule of groups[{k}]", rule, members[k], theta)
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
    return any(fnmatchcase(name, pattern) for pattern in _patterns(rule))


def _patterns(rule: Rule) -> Collection[str]:
    """Return the names and patterns of a rule; none for a function."""
    if isinstance(rule, str):
        return (rule,)
    return () if callable(rule) else rule


def _check_rule(place: str, rule: Rule, members: list[str], theta: Mapping[str, Any]) -> None:
    """Raise an error if a name or pattern matches no array, or the group of the rule is empty."""
    for pattern in _patterns(rule):
        if not any(fnmatchcase(name, pattern) for name in theta):
            hint = checks.did_you_mean(pattern, theta)
            raise ValueError(
                f"{place} must match one of the arrays {', '.join(theta)}, got {pattern!r}{hint}"
            )
    if not members:
        why = "earlier groups take all that it matches" if _patterns(rule) else "it matches none"
        raise ValueError(
            f"{place} must apply to at least one of the arrays {', '.join(theta)}, but {why}"
        )


def _extra_for(
    optimizer: Optimizer,
    names: list[str],
    theta: Mapping[str, Any],
    t: int,
    extra: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the further arguments of `update` that the optimizer of a group takes at step `t`."""
    # An estimate for one group may not be due in another.
    own = {name: extra[name] for name in needs(optimizer, t) & extra.keys()}
    for name in own.keys() & {"curvature", "noise"}:
        own[name] = pick(own[name], names)
    if "gradient" in own:
        gradient = extra["gradient"]
        own["gradient"] = lambda part: pick(gradient(arrays.read_only({**theta, **part})), names)
    if "objective" in own:
        objective = extra["objective"]
        own["objective"] = lambda part: objective(arrays.read_only({**theta, **part}))
    return own
