"""The table of other libraries' schedules, and how a call of one is read.

A row is a function with the arguments of a library's schedule, which returns the adamdoc schedule
that gives the same values. Its docstring says what differs. `row` enters it into the table.
"""

import difflib
import inspect
import typing
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from adamdoc import checks
from adamdoc.schedules import Schedule

#: What a row returns: a schedule of the rate, or those of the rate and of the momentum by name.
Result = Schedule | dict[str, Schedule]
#: Arguments that change no value.
WITHOUT_EFFECT = ("name", "verbose")
#: Other names of the packages.
PACKAGES = {"tf": "keras", "tensorflow": "keras"}


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule of another library.

    Attributes
    ----------
    peer : str
        Its qualified name.
    build : callable
        A function of its arguments, and of the optimizer's learning rate before them if the
        schedule needs that, which returns the adamdoc schedule with the same values.
    first : int
        The count of the optimizer's first step. The value of adamdoc's step t is the library's at
        count ``first + t - 1``.
    deviates : str
        If the values are the same only approximately, the reason.
    fault : str
        A suspected bug of the library or of its documentation.
    """

    peer: str
    build: Callable[..., Result]
    first: int = 0
    deviates: str = ""
    fault: str = ""

    @property
    def differs(self) -> str:
        """What it does, and what differs."""
        return " ".join((self.build.__doc__ or "").split())

    @property
    def parameters(self) -> dict[str, inspect.Parameter]:
        """The arguments of the library by name."""
        found = inspect.signature(self.build).parameters
        return {n: p for n, p in found.items() if p.kind is not p.POSITIONAL_ONLY}

    @property
    def needs_rate(self) -> bool:
        """Whether its values are multiples of the learning rate that the optimizer is given."""
        return len(self.parameters) < len(inspect.signature(self.build).parameters)

    @property
    def arguments(self) -> str:
        """The arguments of the library with their defaults, as in its signature."""
        plain = [p.replace(annotation=p.empty) for p in self.parameters.values()]
        return str(inspect.Signature(plain))[1:-1]

    @property
    def classes(self) -> list[str]:
        """The classes of the schedules that it is made of, those it has in a list left out."""
        return list(dict.fromkeys(_classes(self.build)))


def _classes(function: Any) -> Iterator[str]:
    """Yield the names of the schedules that a function calls, itself or through its neighbours."""
    for name in function.__code__.co_names:
        used = function.__globals__.get(name)
        if inspect.isclass(used) and issubclass(used, Schedule) and used is not Schedule:
            yield name
        elif inspect.isfunction(used) and used.__module__ == function.__module__:
            yield from _classes(used)


#: The rows by the names of their peers.
ROWS: dict[str, ScheduleRow] = {}
#: Schedules that have no row, and why.
ABSENT: dict[str, str] = {}


Build = TypeVar("Build", bound=Callable[..., Result])


def row(peer: str, *, deviates: str = "", fault: str = "") -> Callable[[Build], Build]:
    """Return a decorator that enters a function into the table."""

    def enter(build: Build) -> Build:
        ROWS[peer] = ScheduleRow(peer, build, deviates=deviates, fault=fault)
        return build

    return enter


def lookup(peer: str) -> ScheduleRow:
    """Return the row of a schedule by its qualified name, its end, or an alias in its package.

    Raises
    ------
    ValueError
        If the table has no such row. The message says why, or suggests the most similar one.

    Examples
    --------
    >>> lookup("tf.keras.optimizers.schedules.CosineDecay").peer
    'keras.optimizers.schedules.CosineDecay'
    """
    package, _, rest = str(peer).partition(".")
    last = rest.rpartition(".")[2] or package
    for name in (*ROWS, *ABSENT):
        top, own = name.partition(".")[0], name.rpartition(".")[2]
        same_package = own == last and PACKAGES.get(package, package) == top
        if same_package or f".{name}".endswith(f".{peer}"):
            if name in ABSENT:
                raise ValueError(f"adamdoc has no schedule for {name}: {ABSENT[name]}")
            return ROWS[name]
    endings = {name.rpartition(".")[2]: name for name in ROWS}
    similar = difflib.get_close_matches(last, endings, n=1)
    hint = f"; did you mean {endings[similar[0]]!r}?" if similar else ""
    raise ValueError(f"peer must be a schedule in `dialects.SCHEDULES`, got {peer!r}{hint}")


def schedule(
    peer: str,
    arguments: dict[str, Any] | None = None,
    *,
    lr: float | None = None,
    of: str = "lr",
) -> Schedule:
    """Return the adamdoc schedule with the same values as one of another library.

    The libraries count the steps of an optimizer from 0, adamdoc counts from 1: the value of step t
    is the library's at count t - 1.

    Parameters
    ----------
    peer : str
        The qualified name of the schedule, such as ``"torch.optim.lr_scheduler.StepLR"``.
    arguments : dict, optional
        The arguments of its call by name, without the optimizer; omitted ones take the library's
        defaults. Where these are schedules themselves, as in ``SequentialLR``, give each as a pair
        of its name and its arguments.
    lr : float, optional
        The learning rate of the optimizer, where the schedule multiplies it, as those of PyTorch
        and of transformers do.
    of : {"lr", "momentum"}, default "lr"
        The hyperparameter of which the schedule is wanted. ``OneCycleLR`` and ``CyclicLR`` have one
        of the momentum too, which for Adam is `beta1`.

    Returns
    -------
    Schedule
        The schedule.

    Raises
    ------
    TypeError
        If an argument does not have the type that the library expects.
    ValueError
        If the table has no schedule of this name, or an argument is unknown, missing or cannot be
        matched. The message says which and why.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> dialects.schedule("torch.optim.lr_scheduler.StepLR", {"step_size": 30}, lr=0.1)
    Step(lr=0.1, every=30, factor=0.1)
    >>> dialects.schedule(
    ...     "optax.warmup_cosine_decay_schedule",
    ...     {"init_value": 0.0, "peak_value": 0.1, "warmup_steps": 10, "decay_steps": 100},
    ... )(11)
    0.1
    """
    found = lookup(peer)
    checks.one_of("of", of, ("lr", "momentum"))
    complete = read(found, arguments or {})
    if found.needs_rate and lr is None:
        raise ValueError(f"lr is required: {found.peer} multiplies the optimizer's learning rate")
    if not found.peer.startswith(("torch", "transformers")) and lr is not None:
        raise ValueError(f"lr must be left out: {found.peer} has its own learning rate, got {lr}")
    rate = [checks.number("lr", plain(lr), "nonnegative")] if found.needs_rate else []
    try:
        result = found.build(*rate, **complete)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{found.peer} with {arguments}: {error}") from error
    result = result if isinstance(result, dict) else {"lr": result}
    if of not in result:
        raise ValueError(f"{found.peer} with {arguments} does not change the momentum")
    return result[of]


def read(found: ScheduleRow, arguments: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call, checked against the types of a row's arguments."""
    types = typing.get_type_hints(found.build)
    complete = {}
    for name, value in arguments.items():
        if name == "last_epoch" and name not in found.parameters:
            if value != -1:
                raise ValueError(
                    f"last_epoch of {found.peer} must be left at -1, got {value!r}: to resume, "
                    "give the optimizer its saved state, which holds the step"
                )
        elif name not in WITHOUT_EFFECT or name in found.parameters:
            checks.one_of(f"arguments of {found.peer}", name, found.parameters)
            complete[name] = convert(f"{name} of {found.peer}", value, types[name])
    for name, parameter in found.parameters.items():
        if name not in complete and parameter.default is parameter.empty:
            raise ValueError(f"{name} of {found.peer} is required: it has no default")
    return complete


def plain(value: Any) -> Any:
    """Return a scalar of NumPy, or a tensor of one number, as a Python number."""
    return value.item() if getattr(value, "ndim", None) == 0 else value


def convert(name: str, value: Any, kind: Any) -> Any:
    """Return an argument in its type, which the annotation of a row gives."""
    value = plain(value)
    kinds = typing.get_args(kind) or (kind,)
    if value is None and type(None) in kinds:
        return None
    if isinstance(value, (list, tuple)) and {int, float} & set(kinds):
        raise TypeError(
            f"{name} must be one number, got {value!r}; if there is one for each group of "
            "parameters, ask for one schedule after the other"
        )
    if int in kinds:
        number = checks.number(name, value)
        if number != int(number):
            raise ValueError(f"{name} must be a whole number, got {value!r}")
        return int(number)
    if float in kinds:
        return checks.number(name, value)
    if bool in kinds and not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return value


def refuse_if(condition: bool, reason: str) -> None:
    """Raise an error if the values of a schedule cannot be given, or its library refuses it.

    Raises
    ------
    ValueError
        If the condition holds.
    """
    if condition:
        raise ValueError(reason)


def member(entry: Any, lr: float | None = None) -> Schedule:
    """Return the schedule of an entry of a list: a pair of its name and its arguments."""
    if isinstance(entry, Schedule):
        return entry
    if not isinstance(entry, (tuple, list)) or len(entry) != 2:
        raise TypeError(
            "a schedule in a list must be a pair of its name and its arguments, such as "
            f"('LinearLR', {{'total_iters': 10}}), or a Schedule of adamdoc, got {entry!r}"
        )
    peer, arguments = entry
    return schedule(peer, arguments, lr=lr)
