"""The arguments of a library's optimizer: names, order and defaults, and values as they are pasted.

Dictionaries of arguments come from configuration files, from ``optimizer.defaults`` or from
``get_config()``. They hold strings for numbers, tensors of one number, lists for tuples, and
arguments that change no number. `complete` turns such a dictionary into all arguments of a call.
"""

import ast
import copy
import difflib
import functools
from collections.abc import Iterable, Mapping, Sequence
from inspect import Parameter, Signature
from typing import Any

from adamdoc.dialects.peers import resolve
from adamdoc.dialects.schedules import schedule
from adamdoc.dialects.settings import satisfied
from adamdoc.dialects.table import Row
from adamdoc.dialects.values import converted
from adamdoc.optimizers import Optimizer

#: Placeholder in `defaults` for an argument without a default.
REQUIRED = "required"
#: The names under which libraries take the optimizer that a wrapper wraps; here it is ``inner``.
WRAPPED = ("fast_optimizer", "optimizer", "base_optimizer", "opt", "model")
#: Arguments that change no number whatever their value, and why.
WITHOUT_EFFECT = {
    "foreach": "it selects an implementation of the same step",
    "fused": "it selects an implementation of the same step",
    "capturable": "it makes the step safe for CUDA graphs",
    "differentiable": "it lets autograd pass through the step",
    "jit_compile": "it compiles the same step",
    "name": "it is a label",
    "error_if_nonfinite": "it raises an error but changes no gradient",
    "key": "it is the seed of noise that adamdoc takes as an input",
    "seed": "it is the seed of noise that adamdoc takes as an input",
    "device": "it says where the average is kept",
    "loss_scale": "it multiplies the loss, and divides the gradient again",
    "use_buffers": "it averages what is no parameter too",
    "params": "the parameters are given to init and update",
    "initial_lr": "it is a scheduler's note of the first learning rate",
    "max_iter": "it says how many updates are in a step of PyTorch",
    "max_eval": "it bounds the evaluations of the loss in a step of PyTorch",
    "is_legacy_optimizer": "it is a note in Keras's configuration",
}
_DTYPE = "it would round a part of the state to that type; adamdoc keeps that of the parameters"
_MASK = "it would decay only some arrays; in adamdoc, put those into a group with `Groups`"
#: Arguments that change no number at these values, and what another value would do.
WITHOUT_EFFECT_AT: dict[str, tuple[tuple[Any, ...], str]] = {
    "mu_dtype": ((None, "float64"), _DTYPE),
    "accumulator_dtype": ((None, "float64"), _DTYPE),
    "state_dtype": ((None, "float64"), _DTYPE),
    "dtype_momentum": ((None, "float64"), _DTYPE),
    "mask": ((None, True), _MASK),
    "weight_decay_mask": ((None, True), _MASK),
    "trust_ratio_mask": (
        (True,),
        "it would rescale only some arrays; in adamdoc, put those into a group with `Groups`",
    ),
    "loss_scale_factor": (
        (None,),
        "the gradient would be divided by it, which undoes a factor of the loss: leave out both",
    ),
    "decay": (
        (None, 0),
        "it is an argument of Keras's old optimizers; use learning_rate="
        "keras.optimizers.schedules.InverseTimeDecay(learning_rate, 1, decay)",
    ),
    "decoupled_weight_decay": ((True,), "AdamW is Adam with it; for False use torch.optim.Adam"),
}
#: Arguments outside the signature that pasted dictionaries hold, by library or by optimizer.
OUTSIDE = {
    "torch": ("params", "initial_lr"),
    "torch.optim.AdamW": ("decoupled_weight_decay",),
    "pytorch_optimizer": ("params", "initial_lr"),
    "transformers": ("params", "initial_lr"),
    "keras": ("jit_compile", "is_legacy_optimizer", "decay"),
}
#: Old spellings, by library.
OLD_NAMES = {"keras": {"lr": "learning_rate"}}
#: Names that libraries give to the same argument.
SYNONYMS = (
    ("lr", "learning_rate", "step_size", "eta", "alpha"),
    ("betas", "b1", "beta_1", "beta1", "beta", "momentum"),
    ("betas", "b2", "beta_2", "beta2", "rho", "alpha", "decay"),
    ("betas", "b3", "beta3"),
    ("eps", "epsilon", "eps_root", "matrix_eps"),
    ("weight_decay", "wd", "weight_decay_rate", "l2"),
    ("initial_accumulator_value", "initial_accumulator", "initial_scale"),
    ("max_norm", "global_clipnorm", "clipnorm", "max_grad_norm"),
    ("clip_value", "clipvalue", "max_delta"),
)
#: Arguments that act before the first step only, or count: they cannot be schedules.
AT_START = (
    *(
        "initial_accumulator_value",
        "initial_accumulator",
        "initial_scale",
        "estim_lr0",
        "d0",
        "init_estim_sq_dist",
        "lower_bound",
    ),
    *("threshold", "n_sma_threshold", "min_dim_size_to_factor", "ns_steps", "warmup_steps"),
    *("precondition_frequency", "update_period", "sync_period", "k", "every_k_schedule"),
    *("ema_overwrite_frequency", "gradient_accumulation_steps"),
)
#: Arguments whose default is a number, and which may be None.
OPTIONAL = ("clipping_threshold",)


@functools.cache
def signature(peer: str) -> Signature:
    """Return the signature of an optimizer of another library, without ``self`` and ``params``.

    A default that is not a literal, such as a function, is ``...``.

    Examples
    --------
    >>> signature("optax.signum")
    <Signature (learning_rate, beta=0.9, accumulator_dtype=None)>
    """
    function = ast.parse(f"def f({resolve(peer).arguments}): ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    arguments = function.args
    empty: list[ast.expr | None] = [None] * (len(arguments.args) - len(arguments.defaults))
    by_position = zip(arguments.args, [*empty, *arguments.defaults], strict=True)
    by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    found = [(a, node, Parameter.POSITIONAL_OR_KEYWORD) for a, node in by_position]
    found += [(a, node, Parameter.KEYWORD_ONLY) for a, node in by_name]  # type: ignore[misc]
    return Signature(
        [
            Parameter(a.arg, kind, default=Parameter.empty if d is None else ast.literal_eval(d))
            for a, d, kind in found
        ]
    )


def defaults(peer: str) -> dict[str, Any]:
    """Return the arguments of an optimizer of another library, with their defaults.

    Parameters
    ----------
    peer : str
        The name of the optimizer, such as ``"torch.optim.Adam"``.

    Returns
    -------
    dict
        The defaults by name, in the order of the signature; ``REQUIRED`` for an argument without a
        default, ``...`` for a default that is not a literal. The dictionary is the caller's own.

    Raises
    ------
    ValueError
        If the table has no optimizer of this name.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> dialects.defaults("optax.signum")
    {'learning_rate': 'required', 'beta': 0.9, 'accumulator_dtype': None}
    """
    return {
        p.name: REQUIRED if p.default is Parameter.empty else copy.deepcopy(p.default)
        for p in signature(peer).parameters.values()
    }


def effective(peer: str) -> dict[str, Any]:
    """Return the defaults of the arguments that change the steps and can be reproduced.

    Parameters
    ----------
    peer : str
        The name of the optimizer, such as ``"torch.optim.Adam"``.

    Returns
    -------
    dict
        The defaults by name, as in `defaults`.

    Raises
    ------
    ValueError
        If the table has no optimizer of this name.

    Examples
    --------
    >>> from adamdoc.dialects import effective
    >>> effective("optax.signum")
    {'learning_rate': 'required', 'beta': 0.9}
    """
    row = resolve(peer)
    passed_over = {*WITHOUT_EFFECT, *WITHOUT_EFFECT_AT, *row.unmatched, *WRAPPED}
    own = signature(peer).parameters
    # "decoupled_weight_decay" and "decay" have an effect where they are in the signature.
    passed_over -= {"decoupled_weight_decay", "decay"} & own.keys()
    return {name: value for name, value in defaults(peer).items() if name not in passed_over}


def own_arguments(peer: str) -> str:
    """Return the arguments of an optimizer that can change a step, as its library writes them.

    Parameters
    ----------
    peer : str
        The name of the optimizer, such as ``"torch.optim.Adam"``.

    Returns
    -------
    str
        The names in the order of the signature, with the library's own defaults; ``...`` for a
        default that is not a literal. The arguments that change no number are left out.

    Raises
    ------
    ValueError
        If the table has no optimizer of this name.

    Examples
    --------
    >>> from adamdoc import dialects
    >>> dialects.own_arguments("optax.adagrad")
    'learning_rate, initial_accumulator_value=0.1, eps=1e-07'
    """
    shown = {name: value for name, value in defaults(peer).items() if name not in WITHOUT_EFFECT}
    texts = {name: "..." if value is ... else repr(value) for name, value in shown.items()}
    return ", ".join(
        name if shown[name] is REQUIRED else f"{name}={text}" for name, text in texts.items()
    )


def required(peer: str) -> list[str]:
    """Return the arguments that a call must give: those without a default that can be reproduced.

    Parameters
    ----------
    peer : str
        The name of the optimizer, such as ``"optax.adam"``.

    Returns
    -------
    list of str
        The names.

    Raises
    ------
    ValueError
        If the table has no optimizer of this name.

    Examples
    --------
    >>> from adamdoc.dialects import required
    >>> required("optax.adam"), required("optax.adadelta"), required("optax.lookahead")
    (['learning_rate'], ['learning_rate'], ['sync_period', 'slow_step_size'])
    """
    row, start = resolve(peer), defaults(peer)
    names = [name for name, value in start.items() if value is REQUIRED and name not in WRAPPED]
    if satisfied(row.unsupported_when, start):
        names += [n for n, v in start.items() if v is None and n in row.unsupported_when]
    return names


def bind(peer: str, positional: Sequence[Any], keywords: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a call by name.

    Parameters
    ----------
    peer : str
        The name of the optimizer.
    positional : sequence
        The positional arguments, without ``params``.
    keywords : mapping
        The keyword arguments.

    Returns
    -------
    dict
        The values by name. They are not checked; `dialects.reproduce` does that.

    Raises
    ------
    ValueError
        If there are too many positional arguments, or an argument is given twice.

    Examples
    --------
    >>> from adamdoc.dialects import bind
    >>> bind("optax.sgd", [0.1, 0.9], {"nesterov": True})
    {'learning_rate': 0.1, 'momentum': 0.9, 'nesterov': True}
    """
    row = resolve(peer)
    names = [
        p.name for p in signature(peer).parameters.values() if p.kind is not Parameter.KEYWORD_ONLY
    ]
    if len(positional) > len(names):
        raise ValueError(
            f"{row.peer} takes at most {len(names)} positional arguments, {', '.join(names)}, "
            f"got {len(positional)}: pass the others by name"
        )
    bound = dict(zip(names, positional, strict=False))
    for name, value in keywords.items():
        if name in bound:
            raise ValueError(f"{name} of {row.peer} is given twice: {bound[name]!r} and {value!r}")
        bound[name] = value
    return bound


def complete(peer: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return all arguments of a call: checked, converted, and with defaults filled in.

    Parameters
    ----------
    peer : str
        The name of the optimizer.
    arguments : mapping
        The arguments by name, as in a call of the library. A wrapper's optimizer is ``inner``.

    Returns
    -------
    dict
        The value of every argument. Tensors and arrays of one number and strings are converted to
        numbers, lists to tuples.

    Raises
    ------
    TypeError
        If an argument is not of its kind: a number, a flag or a tuple of numbers.
    ValueError
        If an argument is unknown, missing, not finite or not reproducible, or if the library
        rejects the call.

    Examples
    --------
    >>> given = {"lr": "3e-4", "betas": [0.9, 0.95], "fused": True, "foreach": None}
    >>> found = complete("torch.optim.AdamW", given)
    >>> found["lr"], found["betas"], found["eps"]
    (0.0003, (0.9, 0.95), 1e-08)
    """
    row, result = resolve(peer), defaults(peer)
    given = {}
    for name, value in _spelled(row, arguments).items():
        if name == "inner" and row.wraps:
            result[name] = _optimizer(row, value)
        elif not _passed_over(row, name, value, result):
            value = _deserialized(row, value)
            given[name] = converted(f"{name} of {row.peer}", value, result[name], name in OPTIONAL)
            _check_constant(row, name, given[name])
    if row.wraps and "inner" not in result:
        raise ValueError(
            f"{row.peer} acts around another optimizer: pass an adamdoc optimizer as inner, or the "
            "text of the whole call"
        )
    result |= given
    for name, value in result.items():
        if value is REQUIRED and name not in WRAPPED:
            raise ValueError(f"{name} of {row.peer} is required: it has no default")
    if satisfied(row.rejected_when, result):
        raise ValueError(f"{row.peer} rejects calls with {row.rejected_when}, got {given}")
    return result


def _deserialized(row: Row, value: Any) -> Any:
    """Return the schedule of an entry of Keras's ``get_config()``; other values as they are."""
    if row.library != "keras" or not isinstance(value, Mapping) or "class_name" not in value:
        return value
    config = {name: v for name, v in value.get("config", {}).items() if name != "name"}
    return schedule(f"keras.optimizers.schedules.{value['class_name']}", config)


def _check_constant(row: Row, name: str, value: Any) -> None:
    """Raise an error if an argument is a schedule and cannot be one."""
    entries = {name: value}
    if isinstance(value, tuple):
        entries = {f"{name}[{k}]": entry for k, entry in enumerate(value)}
    for place, entry in entries.items():
        why = row.constant.get(place, "")
        if name in AT_START:
            why = "it is a count, or acts before the first step only"
        if callable(entry) and why:
            raise ValueError(f"{place} of {row.peer} must be a number, not a schedule: {why}")


def _spelled(row: Row, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return arguments under the names of the signature: old spellings are replaced."""
    spelled: dict[str, Any] = {}
    old = OLD_NAMES.get(row.peer.split(".")[0], {})
    for name, value in arguments.items():
        if not isinstance(name, str):
            raise TypeError(f"the names of arguments of {row.peer} must be strings, got {name!r}")
        new = old.get(name, name)
        if new in spelled or (new != name and new in arguments):
            raise ValueError(f"{name} of {row.peer} is the old name of {new}: give one of them")
        spelled[new] = value
    return spelled


def _optimizer(row: Row, value: Any) -> Optimizer:
    """Return the optimizer that a wrapper wraps, after checking that it is one."""
    if not isinstance(value, Optimizer):
        raise TypeError(f"inner of {row.peer} must be an adamdoc optimizer, got {value!r}")
    return value


def _passed_over(row: Row, name: str, value: Any, default: Mapping[str, Any]) -> bool:
    """Return whether an argument changes no number; raise an error if it cannot be reproduced."""
    label = f"{name} of {row.peer}"
    outside = [*OUTSIDE.get(row.peer, ()), *OUTSIDE.get(row.peer.split(".")[0], ())]
    if name not in default and name not in outside:
        raise ValueError(_unknown(row, name, default))
    if name in row.unmatched:
        if not _same(value, default[name]):
            raise ValueError(
                f"{label} must be left at its default, {default[name]!r}: {row.unmatched[name]}, "
                f"got {value!r}"
            )
        return True
    if name in WITHOUT_EFFECT:
        return True
    if name in WITHOUT_EFFECT_AT and name not in effective(row.peer):
        neutral, otherwise = WITHOUT_EFFECT_AT[name]
        if not any(_same(value, one) for one in neutral) and "float64" not in _type_name(value):
            name = value.__name__ if isinstance(value, type) else "a function"
            given = name if callable(value) else repr(value)
            raise ValueError(f"{label} must be {neutral[0]!r}: {otherwise}, got {given}")
        return True
    return False


def _type_name(value: Any) -> str:
    """Return a data type of any library as a string, and other values as an empty string."""
    return str(value) if isinstance(value, type) or "dtype" in type(value).__name__ else ""


def _same(value: Any, default: Any) -> bool:
    """Return whether a pasted value is the default: lists count as tuples, 1 as 1.0."""
    if isinstance(default, tuple) and isinstance(value, (list, tuple)):
        return len(value) == len(default) and all(map(_same, value, default))
    if value is None or default is None or default is ...:
        return value is default
    if isinstance(value, (bool, int, float, str)) and isinstance(default, (bool, int, float, str)):
        return value == default
    item = getattr(value, "item", None)
    try:
        return item is not None and bool(item() == default)
    except (TypeError, ValueError, RuntimeError):
        return False


def _unknown(row: Row, name: str, names: Iterable[str]) -> str:
    """Return the error for an argument that an optimizer does not have, with the likely fix."""
    own = [known for known in names if known not in WRAPPED]
    similar = [word for group in SYNONYMS if name in group for word in group if word in own]
    lower = {word.lower(): word for word in own}
    similar += [lower[w] for w in difflib.get_close_matches(name.lower(), lower, n=1)]
    hint = f"; did you mean {similar[0]!r}?" if similar else "."
    return f"{row.peer} has no argument {name!r}{hint} Its arguments are {', '.join(own)}"
