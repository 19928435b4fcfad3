"""The base class of all optimizers: validated hyperparameters and the operands of a step."""

import functools
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array
from adamdoc.notation import Symbol, rule_of
from adamdoc.optimizers import arrays
from adamdoc.optimizers.arrays import Arrays

Hyperparameter = float | Array | Callable[[int], Any]
Params = Any  # an array, or a mapping of names to arrays
State = dict[str, Any]
#: Most shapes of parameters for which an optimizer remembers the layout of its state.
MOST_LAYOUTS = 64
HINT = "pass the state that init or update has returned for these parameters"


@dataclass(frozen=True)
class Optimizer(ABC):
    """Base class of the optimizers: frozen hyperparameters with pure `init` and `update`.

    A hyperparameter is a number or an array that broadcasts against the parameters, so that one
    call can step many runs. It may also be a schedule, that is, a function of the step number t,
    which starts at 1; only counts of steps may not.

    The parameters are an array, or a mapping of names to the arrays of a model. For a mapping the
    state has the same entries, and each holds the arrays by the names of the parameters.

    A subclass is a frozen dataclass. Its fields are the hyperparameters, its docstring contains the
    equations, and its `update` implements them line by line, for a single array: the base class
    applies it to each array of a mapping. Only if ``scope`` is ``"model"``, `init` and `update` get
    the whole mapping, as `arrays.Arrays`.

    Attributes
    ----------
    symbols : tuple of Symbol
        The symbols of its equations that are not in the shared notation table, or mean something
        else here.
    builds_on : tuple of str
        The names of the classes that the method builds on.
    paper : str
        The key of its paper in the bibliography.
    functions : tuple of str
        What its equations call besides the functions of the grammar: ``"push"``, ``"quantize"`` or
        ``"search"``.
    general_form : bool
        Whether the class is a general form with switches for the differences between libraries, not
        a method in its own right.
    scope : str
        What the update of a coordinate depends on: ``"element"``, its own gradients; ``"array"``,
        those of its array; ``"model"``, those of all arrays.
    elementwise : bool
        Whether the scope is ``"element"`` and the equations in the docstring are parsed, checked
        and compiled.
    matrix_only : bool
        Whether the parameters must be a matrix.
    takes_curvature : bool
        Whether `update` takes an estimate of the Hessian's diagonal, at the first of every
        ``steps`` steps.
    takes_gradient : bool
        Whether `update` takes the gradient as a function, to evaluate it at a second point.
    takes_loss : bool
        Whether `update` takes the loss at the parameters, on the mini-batch of the gradient.
    takes_objective : bool
        Whether `update` takes the loss as a function of the parameters, on that mini-batch.
    takes_noise : bool
        Whether `update` takes standard normal noise of the shape of the parameters.
    replaces_theta : bool
        Whether `update` computes the new parameters from the state, so that a wrapper that changes
        the parameters, such as `adamdoc.DecoupledDecay`, would have no effect.

    Raises
    ------
    TypeError
        If a hyperparameter is not a number, an array of numbers or a schedule.
    ValueError
        If a hyperparameter lies outside its range (see the notation page).

    Examples
    --------
    >>> from adamdoc import Adam
    >>> Adam(beta1=1.5)
    Traceback (most recent call last):
        ...
    ValueError: beta1 must be at least 0 and less than 1, got 1.5
    """

    symbols: ClassVar[tuple[Symbol, ...]] = ()
    builds_on: ClassVar[tuple[str, ...]] = ()
    paper: ClassVar[str] = ""
    functions: ClassVar[tuple[str, ...]] = ()
    general_form: ClassVar[bool] = False
    scope: ClassVar[str] = "element"
    elementwise: ClassVar[bool] = True
    matrix_only: ClassVar[bool] = False
    takes_curvature: ClassVar[bool] = False
    takes_gradient: ClassVar[bool] = False
    takes_loss: ClassVar[bool] = False
    takes_objective: ClassVar[bool] = False
    takes_noise: ClassVar[bool] = False
    replaces_theta: ClassVar[bool] = False
    _whole: ClassVar[bool] = False  # get a mapping whole, whatever the scope

    def __init_subclass__(cls, **arguments: Any) -> None:
        """Let `init` and `update` of a subclass take mappings."""
        super().__init_subclass__(**arguments)
        if cls.scope != "element":
            cls.elementwise = False
        if cls.takes_gradient:  # a function of all parameters together
            cls._whole = True
        if "init" in cls.__dict__:
            cls.init = _init_of_mappings(cls.init)  # type: ignore[method-assign]
        if "update" in cls.__dict__:
            cls.update = _update_of_mappings(cls.update)  # type: ignore[method-assign]

    def __post_init__(self) -> None:
        """Check every hyperparameter against its rule in the notation table."""
        for name in hyperparameters(type(self)):
            value, rule = getattr(self, name), rule_of(type(self), name)
            schedulable = rule != "positive integer"
            if callable(value) and schedulable:
                continue
            try:
                value = checks.number(name, value, rule)
            except TypeError:
                if not schedulable:
                    raise
                raise TypeError(
                    f"{name} must be a number, an array of numbers or a schedule (a function of "
                    f"the step), got {value!r}"
                ) from None
            object.__setattr__(self, name, value)

    @abstractmethod
    def init(self, theta: Params) -> State:
        """Return the state before the first step.

        Parameters
        ----------
        theta : array_like or mapping of str to array_like
            The parameters, of any shape. Integers are converted to float64.

        Returns
        -------
        dict
            ``t``, the number of steps taken, is 0. Each array has the dtype of `theta` and, if the
            method is elementwise, its shape. It is zero, or a copy of `theta` where the notation
            table says so. For a mapping, each entry except ``t`` holds the arrays by name; what a
            method shares between all arrays is a single number.

        Raises
        ------
        TypeError
            If `theta` contains anything but real numbers.
        ValueError
            If `theta` is an empty mapping, or the method does not take arrays of this shape.
        """

    @abstractmethod
    def update(self, theta: Params, g: Params, state: State) -> tuple[Params, State]:
        """Return the parameters and the state after one step, without modifying the arguments.

        Parameters
        ----------
        theta : array_like or mapping of str to array_like
            The parameters. Integers are converted to float64; float dtypes are kept.
        g : array_like or mapping of str to array_like
            The gradient at `theta`, of the same shape; for a mapping, with the same names.
        state : dict
            The state returned by `init` or by the previous `update`.

        Returns
        -------
        theta : ndarray or dict of ndarray
            The new parameters.
        state : dict
            The new state.

        Raises
        ------
        TypeError
            If an entry of `state` is not numeric.
        ValueError
            If `g` does not have the shape or the names of `theta`, a hyperparameter does not
            broadcast to it, or `state` does not have the entries and shapes that `init` gives.

        Examples
        --------
        Clipping takes the norm over all arrays, so that the step has a length of 1:

        >>> from adamdoc import ClipByNorm, GradientDescent
        >>> optimizer = ClipByNorm(GradientDescent(lr=1.0), max_norm=1.0)
        >>> theta = {"w": [0.0, 0.0], "c": 0.0}
        >>> optimizer.update(theta, {"w": [2.0, 1.0], "c": 2.0}, optimizer.init(theta))[0]
        {'w': array([-0.66666667, -0.33333333]), 'c': np.float64(-0.6666666666666666)}
        """

    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002
        """Return the parameters that the method recommends, at which to evaluate the loss.

        They differ from `theta`, where the next gradient is taken, for methods that keep an average
        of their iterates, such as `adamdoc.ScheduleFreeAdamW`, or slow weights, such as
        `adamdoc.Lookahead`.

        Parameters
        ----------
        theta : ndarray or mapping of str to ndarray
            The parameters after a step.
        state : dict
            The state after that step.

        Returns
        -------
        ndarray or mapping of str to ndarray
            The parameters to evaluate.

        Examples
        --------
        >>> import numpy as np
        >>> from adamdoc import GradientDescent, Lookahead
        >>> optimizer = Lookahead(GradientDescent(lr=1.0), steps=5)
        >>> theta = np.zeros(1)
        >>> theta, state = optimizer.update(theta, np.ones(1), optimizer.init(theta))
        >>> theta, optimizer.point(theta, state)
        (array([-1.]), array([0.]))
        """
        return theta

    def at(self, name: str, t: int) -> Any:
        """Return the value of a hyperparameter at step `t`.

        Parameters
        ----------
        name : str
            The name of the hyperparameter.
        t : int
            The number of the step, counted from 1.

        Returns
        -------
        float or ndarray
            The value of the schedule, or the hyperparameter itself if it is not a schedule.

        Raises
        ------
        ValueError
            If the schedule returns a value that is out of range. A learning rate may be 0.

        Examples
        --------
        >>> from adamdoc import Adam
        >>> Adam(beta1=lambda t: 0.95 if t < 10 else 0.85).at("beta1", 10)
        0.85
        """
        value = getattr(self, name)
        if callable(value):
            rule = "nonnegative" if name == "lr" else rule_of(type(self), name)
            return checks.number(f"{name} at step {t}", value(t), rule)
        return value

    def lr_at(self, t: int) -> Any:
        """Return the learning rate of step `t`.

        Parameters
        ----------
        t : int
            The number of the step, counted from 1.

        Returns
        -------
        float or ndarray
            The value of the schedule, or ``lr`` itself if it is not a schedule.

        Raises
        ------
        ValueError
            If the schedule returns a number that is negative or not finite.

        Examples
        --------
        >>> from adamdoc import GradientDescent
        >>> GradientDescent(lr=lambda t: 0.1 / t).lr_at(2)
        0.05
        """
        return self.at("lr", t)

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields, without the layouts of states, which are only remembered."""
        return {name: value for name, value in vars(self).items() if name != "_layouts"}

    def _layout(self, theta: Params, state: Any = None) -> Any:
        """Return the layout of the states for parameters; a state for them saves a call of `init`.

        It is remembered for each shape, so that checking a state takes about a microsecond.
        """
        layouts: dict[Any, Any] = vars(self).setdefault("_layouts", {})
        shapes = (
            tuple([(name, part.shape) for name, part in theta.items()])
            if isinstance(theta, dict)
            else theta.shape
        )
        if state is not None or shapes not in layouts:
            if len(layouts) == MOST_LAYOUTS:
                layouts.clear()
            layouts[shapes] = layout_of(self.init(theta) if state is None else state)
        return layouts[shapes]

    def _operands(self, theta: Params, g: Params, state: State) -> tuple[Any, ...]:
        """Return ``theta, g, t`` and the hyperparameters in field order, validated.

        Arrays are converted to the dtype of `theta`, so that float32 parameters stay float32.
        """
        theta, g = arrays.floats("theta", theta), arrays.floats("g", g)
        check_shapes("g", g, theta)
        t = int(state["t"]) + 1  # a restored state may hold it as an array
        values = []
        for name in hyperparameters(type(self)):
            value = self.at(name, t)
            if isinstance(value, np.ndarray):
                value = arrays.each(functools.partial(_broadcastable, name, value), theta)
            values.append(value)
        g = arrays.each(lambda g, theta: g.astype(theta.dtype, copy=False), g, theta)
        return theta, g, t, *values


def check_shapes(name: str, value: Any, theta: Params, like: str = "theta") -> None:
    """Raise an error unless an array, or each array of a mapping, has the shape of `theta`."""
    if isinstance(theta, Mapping) != isinstance(value, Mapping) or (
        isinstance(theta, Mapping) and theta.keys() != value.keys()
    ):
        expected, given = (
            f"a mapping with the names {', '.join(v)}" if isinstance(v, Mapping) else "an array"
            for v in (theta, value)
        )
        raise ValueError(f"{name} must be {expected}, as {like}, got {given}")
    if isinstance(theta, Mapping):
        for key, part in theta.items():
            _check_shape(f"{name}[{key!r}]", value[key], f"{like}[{key!r}]", part)
    else:
        _check_shape(name, value, like, theta)


def check_state(optimizer: Optimizer, theta: Params, state: Any) -> State:
    """Return a saved state, after checking that it belongs to an optimizer and its parameters.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    theta : ndarray or mapping of str to ndarray
        The parameters.
    state : dict
        The state; its entries may be lists, as after JSON, or arrays of one number.

    Returns
    -------
    dict
        The state, with arrays of the dtypes that `init` gives.

    Raises
    ------
    TypeError
        If it is not a mapping.
    ValueError
        If an entry is missing, has the wrong shape, or is not known to the optimizer.

    Examples
    --------
    >>> from adamdoc import Adam, Momentum
    >>> check_state(Momentum(), np.zeros(2), {"t": 3, "m": [1, 2]})
    {'t': 3, 'm': array([1., 2.])}
    >>> check_state(Adam(), np.zeros(2), {"t": 3, "m": [1, 2]})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    ValueError: state must have the entries t, m, v of Adam, got t, m: ...
    """
    if not isinstance(state, Mapping):
        raise TypeError(f"state must be a dict as returned by update, got {state!r}")
    start = optimizer.init(theta)
    _check_layout("state", type(optimizer).__name__, layout_of(start), state)
    return _restored("state", start, state)


def _restored(place: str, like: Mapping[str, Any], state: Mapping[str, Any]) -> State:
    """Return the entries of a saved state in the types and dtypes of a new one."""
    result: State = {}
    for name, start in like.items():
        value, inner = state[name], f"{place}[{name!r}]"
        if isinstance(start, Mapping):
            result[name] = _restored(inner, start, value)
        elif name == "t":
            result[name] = checks.integer(inner, np.asarray(value).item(), minimum=0)
        elif isinstance(start, np.ndarray | np.generic):
            given = checks.floats(inner, value) if start.dtype.kind == "f" else value
            result[name] = np.array(given, start.dtype).reshape(start.shape)
        else:
            result[name] = value
    return result


def layout_of(state: Any) -> Any:
    """Return the shapes of a state's arrays and numbers, in mappings like the state's own.

    Of any other entry, such as the list in which an optimizer of your own keeps past gradients, the
    shape is not checked; it is None here.

    Examples
    --------
    >>> layout_of({"t": 0, "m": {"w": np.zeros(2)}, "past": []})
    {'t': (), 'm': {'w': (2,)}, 'past': None}
    """
    if isinstance(state, Mapping):
        return {name: layout_of(value) for name, value in state.items()}
    return np.shape(state) if isinstance(state, np.ndarray | np.generic | float | int) else None


def _fits(layout: Any, value: Any) -> bool:
    """Return whether an entry of a state, or all of it, has a layout."""
    if isinstance(layout, dict):
        if not isinstance(value, dict | Mapping) or len(value) != len(layout):
            return False
        for name, inner in layout.items():
            if name not in value or not _fits(inner, value[name]):
                return False
        return True
    if layout is None or (layout == () and isinstance(value, float | int)):
        return True
    try:
        array = np.asarray(value)
    except ValueError:  # ragged
        return False
    return array.shape == layout and (array is value or array.dtype.kind in "fiu")


def _described(value: Any) -> str:
    return f"an array of shape {value.shape}" if isinstance(value, np.ndarray) else repr(value)


def _check_layout(place: str, owner: str, layout: Any, value: Any) -> None:
    """Raise an error that names the first entry of a state without its layout, if there is one."""
    if isinstance(layout, dict):
        if not isinstance(value, Mapping) or layout.keys() != value.keys():
            given = ", ".join(map(str, value)) if isinstance(value, Mapping) else _described(value)
            raise ValueError(
                f"{place} must have the entries {', '.join(layout)} of {owner}, got {given}: {HINT}"
            )
        for name, inner in layout.items():
            _check_layout(f"{place}[{name!r}]", owner, inner, value[name])
    elif layout is not None:
        array = value if isinstance(value, np.ndarray) else checks.floats(place, value)
        one = layout == () and array.size == 1  # as an archive may hold a number
        if array.shape != layout and not one:
            raise ValueError(
                f"{place} must have shape {layout}, got an array of shape {array.shape}: {HINT}"
            )


def _check_shape(name: str, value: Array, like: str, theta: Array) -> None:
    if value.shape != theta.shape:
        raise ValueError(
            f"{name} must have the shape of {like}, {theta.shape}, got an array of shape "
            f"{value.shape}"
        )


def _init_of_mappings(init: Callable[..., State]) -> Callable[..., State]:
    """Let an `init` for one array take mappings too."""

    @functools.wraps(init)
    def wrapped(self: Optimizer, theta: Params) -> State:
        parts = arrays.floats("theta", theta)
        state = started(self, theta, parts)
        if getattr(type(self).init, "__wrapped__", None) is init and isinstance(state, Mapping):
            self._layout(parts, state)
        return state

    def started(self: Optimizer, theta: Params, parts: Params) -> State:
        if not isinstance(theta, Mapping):
            return init(self, theta)
        if self._whole or self.scope == "model":
            return _plain(init(self, parts), theta)
        for name, part in parts.items():
            if self.matrix_only and part.ndim != 2:
                raise ValueError(
                    f"theta[{name!r}] must be a matrix, got an array of shape {part.shape}: give "
                    "the arrays that are not matrices another optimizer, with Groups"
                )
        return _merged({name: init(self, part) for name, part in parts.items()})

    return wrapped


def _update_of_mappings(update: Callable[..., Any]) -> Callable[..., Any]:
    """Let an `update` for one array take mappings too."""

    @functools.wraps(update)
    def wrapped(
        self: Optimizer, theta: Params, g: Params, state: State, *more: Any, **extra: Any
    ) -> Any:
        if not isinstance(state, Mapping) or "t" not in state:
            raise ValueError(f"state must be a dict as returned by init, with t, got {state!r}")
        parts = arrays.floats("theta", theta)
        if getattr(type(self).update, "__wrapped__", None) is update:  # not in a call of super()
            layout = self._layout(parts)
            if not _fits(layout, state):
                _check_layout("state", type(self).__name__, layout, state)
        if not isinstance(theta, Mapping):
            return _pair(self, update(self, theta, g, state, *more, **extra))
        g = arrays.floats("g", g)
        check_shapes("g", g, parts)
        if self._whole or self.scope == "model":
            named = {n: Arrays(v) if is_split(v, parts) else v for n, v in state.items()}
            if "gradient" in extra and callable(extra["gradient"]):
                gradient = extra["gradient"]
                extra["gradient"] = lambda point: arrays.floats("gradient", gradient(point))
            if "noise" in extra:
                extra["noise"] = arrays.floats("noise", extra["noise"])
            after, state = _pair(self, update(self, parts, g, named, *more, **extra))
            return (after if isinstance(theta, Arrays) else dict(after)), _plain(state, theta)
        results = {
            name: _pair(
                self,
                update(
                    *(self, part, g[name], part_of(state, name), *(value[name] for value in more)),
                    **{k: v[name] if isinstance(v, Mapping) else v for k, v in extra.items()},
                ),
            )
            for name, part in parts.items()
        }
        new = {name: result[0] for name, result in results.items()}
        after = Arrays(new) if isinstance(theta, Arrays) else new
        return after, _merged({name: result[1] for name, result in results.items()})

    return wrapped


def _pair(optimizer: Optimizer, result: Any) -> Any:
    """Return the result of `update`, after checking that it is a pair."""
    if not isinstance(result, tuple) or len(result) != 2:
        raise TypeError(
            f"update of {type(optimizer).__name__} must return the pair (theta, state), got "
            f"{result!r}"
        )
    return result


def is_split(entry: Any, theta: Params) -> bool:
    """Return whether an entry of a state holds an array for each of the parameters."""
    return isinstance(entry, Mapping) and entry.keys() == theta.keys()


def part_of(state: State, name: str) -> State:
    """Return the state of one array of a mapping.

    Examples
    --------
    >>> part_of({"t": 3, "m": {"w": 0.5, "c": 0.1}, "row": {"w": 2.0}}, "c")
    {'t': 3, 'm': 0.1}
    """
    part = {entry: v[name] for entry, v in state.items() if entry != "t" and name in v}
    return {"t": state["t"], **part}


def _merged(states: dict[str, State]) -> State:
    """Return the states of several arrays as one, whose entries hold the arrays by name."""
    merged: State = {}
    for name, state in states.items():
        for entry, value in state.items():
            if entry == "t":
                merged["t"] = value
            else:
                merged.setdefault(entry, {})[name] = value
    return merged


def _plain(state: State, theta: Params) -> State:
    """Return a state for the caller: with dicts in place of `Arrays`, unless these were passed."""
    if isinstance(theta, Arrays):
        return state
    return {name: dict(v) if isinstance(v, Arrays) else v for name, v in state.items()}


def as_float(value: Any) -> Any:
    """Return a scalar as a Python float, and an array as it is.

    A NumPy float64 scalar would promote float32 arrays to float64; a Python float does not.

    Examples
    --------
    >>> import numpy as np
    >>> as_float(np.sqrt(4.0))
    2.0
    """
    return value if isinstance(value, np.ndarray) else float(value)


def loss_of(loss: Any) -> float:
    """Return the loss that `update` was given as a float; it may be infinite or nan.

    Raises
    ------
    TypeError
        If it is not a number.

    Examples
    --------
    >>> loss_of(None)
    Traceback (most recent call last):
        ...
    TypeError: loss must be the loss at theta, a number, got None
    """
    array = np.asarray(loss)
    if array.shape != () or array.dtype.kind not in "fiu":
        raise TypeError(f"loss must be the loss at theta, a number, got {loss!r}")
    return float(array)


@functools.cache
def hyperparameters(cls: type[Optimizer]) -> tuple[str, ...]:
    """Return the names of the hyperparameters of a class, in field order.

    Examples
    --------
    >>> from adamdoc import Lookahead
    >>> hyperparameters(Lookahead)
    ('steps', 'alpha')
    """
    return tuple(field.name for field in fields(cls) if field.name not in ("optimizer", "groups"))


def _broadcastable(name: str, value: Array, theta: Array) -> Array:
    """Return an array in the dtype of `theta`, after checking that it broadcasts to its shape."""
    try:
        valid = np.broadcast_shapes(value.shape, theta.shape) == theta.shape
    except ValueError:
        valid = False
    if not valid:
        raise ValueError(
            f"{name} must broadcast to the shape of theta, {theta.shape}, got an array of shape "
            f"{value.shape}"
        )
    return value.astype(theta.dtype, copy=False)


#: Matches the equations of a docstring: the indented body of its first math directive.
BLOCK = re.compile(r"^\.\. math::[ ]*\n\n((?:[ ]+\S.*(?:\n|\Z))+)", re.MULTILINE)


def zero_matrix(theta: Array) -> Array:
    """Return zeros of the shape and dtype of `theta`, after checking that it is a matrix."""
    start = zeros(theta)
    if start.ndim != 2:
        raise ValueError(f"theta must be a matrix, got an array of shape {start.shape}")
    return start


def zeros(theta: Params) -> Any:
    """Return zeros of the shape and dtype of `theta`; integers become float64."""
    return np.zeros_like(arrays.floats("theta", theta))


def copy(theta: Params) -> Any:
    """Return a copy of `theta`; integers become float64."""
    return np.copy(arrays.floats("theta", theta))
