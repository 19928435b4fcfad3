"""Test vectors: reference results of each optimizer, for testing other implementations.

`python -m adamdoc.vectors write FOLDER` writes one JSON file per optimizer, and a JSON Schema.
`python -m adamdoc.vectors check module:function` checks your own implementation against them.
Both take an optimizer of your own as `module:Class`.
"""

import argparse
import copy
import importlib
import inspect
import json
import math
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import numpy as np

import adamdoc
from adamdoc import checks, dialects
from adamdoc.checks import Array
from adamdoc.notation import rule_of
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.arrays import each, total
from adamdoc.optimizers.base import Params, State
from adamdoc.optimizers.wrappers.wrapper import INPUTS, needs

#: Version of the format. The major version changes if existing readers would fail: 2 has problems
#: with several arrays.
VERSION = "2.0"
CHECKPOINTS = (1, 2, 3, 5, 10, 100)
STEPS = CHECKPOINTS[-1]
#: The values of hyperparameters in the settings "others": by name, or else by rule.
OTHER = {"lr": 0.05, "power": 0.6, "steps": 3, "least": 0.1, "floor": 0.01, "d0": 1e-3}
OTHER |= {"factored": 3, "radius": 0.3, "eps": 0.01, "max_norm": 0.7}
BY_RULE = {
    "[0, 1)": 0.6,
    "at least 4": 4.5,
    "at least 1": 10.0,
    "positive integer": 3,
    "positive": 0.4,
    "nonnegative": 0.02,
    "finite": 0.4,
}

Step = Callable[[Params, Params, Any, dict[str, Any]], tuple[Any, Any]]


def problems() -> dict[str, dict[str, Params]]:
    """Return the initial parameters and gradients of the test vectors.

    Returns
    -------
    dict of dict of ndarray or dict of ndarray
        The problems by name. Each has ``theta``, the initial parameters, ``gradients`` for
        ``STEPS`` steps, and ``curvatures``, estimates of the Hessian's diagonal at these steps. In
        the last, each of these has arrays by name.

    Examples
    --------
    >>> {name: np.shape(p["theta"]) for name, p in problems().items()}
    {'smooth': (3,), 'noisy': (4,), 'sparse': (2, 3), 'model': ()}
    >>> {name: g.shape for name, g in problems()["model"]["gradients"].items()}
    {'W': (100, 2, 3), 'c': (100, 4)}
    """
    t = np.arange(1, STEPS + 1)
    rng = np.random.default_rng(2015)
    smooth = np.stack([np.cos(t / 7), -3 * 0.97**t, 1e-3 * np.ones(STEPS)], axis=1)
    noisy = rng.standard_normal((STEPS, 4)) * [1e-3, 1.0, 10.0, 1e3] + [0, 1.0, -1.0, 0]
    sparse = rng.standard_normal((STEPS, 2, 3)) * (rng.random((STEPS, 2, 3)) < 0.5)
    sparse[0] = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]
    starts = ([1.0, -2.0, 0.5], [0.0, 1.0, -1.0, 10.0], [[0.1, -0.2, 0.3], [1.0, -1.0, 2.0]])
    named: dict[str, dict[str, Params]] = {}
    for name, gradients, start in zip(
        ("smooth", "noisy", "sparse"), (smooth, noisy, sparse), starts, strict=True
    ):
        gradients = np.round(gradients, 6)
        wave = 1 + 0.5 * np.cos(np.arange(gradients[0].size)).reshape(gradients[0].shape)
        curvatures = np.round(np.multiply.outer(2 + np.sin(t / 5), wave), 6)
        named[name] = {
            "theta": np.array(start),
            "gradients": gradients,
            "curvatures": curvatures,
        }
    parts = {"W": named["sparse"], "c": named["noisy"]}
    named["model"] = {
        key: {name: part[key] for name, part in parts.items()} for key in named["sparse"]
    }
    return named


def settings(cls: type[Optimizer]) -> dict[str, Optimizer]:
    """Return the settings for which an optimizer has test vectors: its defaults, and others.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    dict of Optimizer
        The configured optimizers by the names of the settings.

    Raises
    ------
    ValueError
        If a field of the class has no default.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> settings(Momentum)
    {'defaults': Momentum(lr=0.01, beta=0.9), 'others': Momentum(lr=0.05, beta=0.6)}
    """
    others: dict[str, Any] = {}
    for field in fields(cls):
        if field.default is MISSING and field.default_factory is MISSING:
            raise ValueError(f"{cls.__name__} must have a default for the field {field.name}")
        if field.name == "optimizer":
            others["optimizer"] = adamdoc.Adam(lr=0.05)
        elif field.name == "groups":
            others["groups"] = [("W", adamdoc.HeavyBall(lr=0.05))]
        else:
            others[field.name] = _another(field.name, rule_of(cls, field.name), field.default)
    return {"defaults": cls(), "others": cls(**others)}


def _another(name: str, rule: str, default: Any) -> Any:
    """Return a valid value of a hyperparameter that is not its default."""
    if rule == "[0, 1]":  # a switch
        return 1.0 - default
    value = OTHER.get(name, BY_RULE[rule])
    if value != default:
        return value
    return value / 2 if value < 1 else value + 1


def trajectory(
    optimizer: Optimizer, problem: Mapping[str, Params]
) -> Iterator[tuple[int, Params, State]]:
    """Yield the parameters and the state after each step of an optimizer.

    Parameters
    ----------
    optimizer : Optimizer
        The configured optimizer.
    problem : dict
        One of `problems`.

    Yields
    ------
    t : int
        The number of the step, counted from 1.
    theta : ndarray or dict of ndarray
        The parameters after the step.
    state : dict
        The state after the step.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> t, theta, state = next(trajectory(GradientDescent(lr=0.1), problems()["smooth"]))
    >>> t, theta.round(4)
    (1, array([ 0.901 , -1.709 ,  0.4999]))
    """
    theta = problem["theta"]
    state = optimizer.init(theta)
    for t in range(1, STEPS + 1):
        g, curvatures = (_at(problem[key], t) for key in ("gradients", "curvatures"))
        extra = further(needs(optimizer, t), theta, g, curvatures)
        theta, state = optimizer.update(theta, g, state, **extra)
        yield t, theta, state


def _at(values: Params, t: int) -> Params:
    """Return the gradients or curvatures of step `t`."""
    return each(lambda array: array[t - 1].copy(), values)


def further(
    needed: Collection[str], theta: Params, g: Params, curvatures: Params
) -> dict[str, Any]:
    """Return what an optimizer takes besides the gradient at a step of the vectors.

    Parameters
    ----------
    needed : collection of str
        What it takes: some of ``"curvature"``, ``"gradient"``, ``"loss"``, ``"noise"`` and
        ``"objective"``.
    theta : ndarray or dict of ndarray
        The parameters.
    g : ndarray or dict of ndarray
        The gradient there.
    curvatures : ndarray or dict of ndarray
        The diagonal of the Hessian.

    Returns
    -------
    dict
        The curvatures, the gradient as a function of the parameters (see `gradient_around`), half
        of the sum of the squared parameters as the loss, the curvatures as noise, and the loss as a
        function (see `objective_around`).

    Examples
    --------
    >>> theta, g, curvatures = np.array([1.0, -2.0]), np.ones(2), np.zeros(2)
    >>> further(["loss"], theta, g, curvatures)
    {'loss': 2.5}
    """
    found: dict[str, Callable[[], Any]] = {
        "curvature": lambda: curvatures,
        "gradient": lambda: gradient_around(theta, g, curvatures),
        "loss": lambda: total(each(np.square, theta)) / 2,
        "noise": lambda: curvatures,
        "objective": lambda: objective_around(theta, g, curvatures),
    }
    return {name: make() for name, make in found.items() if name in needed}


def gradient_around(theta: Params, g: Params, curvatures: Params) -> Callable[[Params], Params]:
    """Return the gradient as a function of the parameters: linear around a point.

    Parameters
    ----------
    theta : ndarray or dict of ndarray
        The point.
    g : ndarray or dict of ndarray
        The gradient there.
    curvatures : ndarray or dict of ndarray
        The diagonal of the Hessian.

    Returns
    -------
    callable
        The gradient ``g + curvatures * (point - theta)``, as a function of ``point``.

    Examples
    --------
    >>> gradient_around(np.array([1.0]), np.array([0.5]), np.array([2.0]))(np.array([1.5]))
    array([1.5])
    """
    return lambda point: each(
        lambda g, c, x, theta: g + c * (x - theta), g, curvatures, point, theta
    )


def objective_around(theta: Params, g: Params, curvatures: Params) -> Callable[[Params], float]:
    """Return the loss as a function of the parameters: quadratic around a point.

    Parameters
    ----------
    theta : ndarray or dict of ndarray
        The point.
    g : ndarray or dict of ndarray
        The gradient there.
    curvatures : ndarray or dict of ndarray
        The diagonal of the Hessian.

    Returns
    -------
    callable
        The function with the gradient of `gradient_around` that is half of the sum of the squared
        parameters at the point.

    Examples
    --------
    >>> objective_around(np.array([1.0]), np.array([0.5]), np.array([2.0]))(np.array([1.5]))
    1.0
    """
    start = total(each(np.square, theta)) / 2

    def objective(point: Params) -> float:
        parts = each(
            lambda g, c, x, theta: (g + 0.5 * c * (x - theta)) * (x - theta),
            *(g, curvatures, point, theta),
        )
        return start + total(parts)

    return objective


def hyperparameter_values(optimizer: Optimizer) -> dict[str, Any]:
    """Return the hyperparameters of an optimizer for JSON, with a wrapped optimizer as an object.

    Parameters
    ----------
    optimizer : Optimizer
        The configured optimizer.

    Returns
    -------
    dict
        The values by name.

    Examples
    --------
    >>> from adamdoc import Lookahead, Momentum
    >>> hyperparameter_values(Momentum(lr=0.1))
    {'lr': 0.1, 'beta': 0.9}
    >>> hyperparameter_values(Lookahead(Momentum()))["optimizer"]["optimizer"]
    'Momentum'
    """
    values: dict[str, Any] = {}
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if field.name == "groups":
            value = [{"rule": rule, **_described(inside)} for rule, inside in value]
        values[field.name] = _described(value) if isinstance(value, Optimizer) else value
    return values


def _described(optimizer: Optimizer) -> dict[str, Any]:
    """Return a wrapped optimizer as an object."""
    name, values = type(optimizer).__name__, hyperparameter_values(optimizer)
    return {"optimizer": name, "hyperparameters": values}


def make(cls: type[Optimizer]) -> dict[str, Any]:
    """Return the test vectors of an optimizer.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    dict
        The content of the JSON file of the optimizer: see `schema`.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> vectors = make(GradientDescent)
    >>> vectors["cases"][0]["hyperparameters"]
    {'lr': 0.01}
    >>> vectors["cases"][0]["checkpoints"][0]["theta"]
    [0.99010187, -1.9709, 0.49999]
    """
    named = problems()
    cases = []
    for label, optimizer in settings(cls).items():
        for name, problem in named.items():
            if name == "model" and cls.scope == "element":  # the arrays are independent
                continue
            if cls.matrix_only and np.ndim(problem["theta"]) != 2:
                continue
            try:
                optimizer.init(problem["theta"])
            except ValueError:  # of a wrapped optimizer for matrices, or of groups without names
                continue
            checkpoints = []
            with np.errstate(all="ignore"):
                for t, theta, state in trajectory(optimizer, problem):
                    if t in CHECKPOINTS:
                        now = {"step": t, "theta": _to_json(theta), "state": _to_json(state)}
                        checkpoints.append(now)
            cases.append(
                {
                    "settings": label,
                    "hyperparameters": hyperparameter_values(optimizer),
                    "problem": name,
                    "checkpoints": checkpoints,
                }
            )
    used = {case["problem"] for case in cases}
    return {
        "version": VERSION,
        "generator": f"adamdoc {adamdoc.__version__}",
        "optimizer": cls.__name__,
        "inputs": [name for name in INPUTS if getattr(cls, f"takes_{name}")],
        "dtype": "float64",
        "problems": {
            name: {key: _to_json(value) for key, value in problem.items()}
            for name, problem in named.items()
            if name in used
        },
        "cases": cases,
    }


def _to_json(value: Any) -> Any:
    """Return an array as nested lists, with nan and infinities, which JSON lacks, as strings.

    Of a mapping, return the arrays by name; the steps taken, ``t``, are left out.
    """
    if isinstance(value, Mapping):
        return {name: _to_json(part) for name, part in value.items() if name != "t"}
    if np.ndim(value):
        return [_to_json(part) for part in value]
    number = float(value)
    return number if np.isfinite(number) else str(number)


def _from_json(value: Any) -> Params:
    """Return the result of `_to_json` as an array, or as arrays by name."""
    if isinstance(value, Mapping):
        return {name: _from_json(part) for name, part in value.items()}
    return np.array(value, dtype=float)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of test vectors.

    Returns
    -------
    dict
        The schema, according to draft 2020-12.

    Examples
    --------
    >>> sorted(schema()["required"])
    ['cases', 'dtype', 'generator', 'inputs', 'optimizer', 'problems', 'version']
    """
    number = {"anyOf": [{"type": "number"}, {"enum": ["nan", "inf", "-inf"]}]}
    reference = {"$ref": "#/$defs/array"}
    array = {"anyOf": [*number["anyOf"], {"type": "array", "items": reference}]}
    named = {"type": "object", "additionalProperties": {"$ref": "#/$defs/arrays"}}

    def closed_object(**properties: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    arrays = {"$ref": "#/$defs/arrays"}
    checkpoint = closed_object(step={"type": "integer", "minimum": 1}, theta=arrays, state=named)
    case = closed_object(
        settings={"enum": ["defaults", "others"]},
        hyperparameters={"type": "object"},
        problem={"type": "string"},
        checkpoints={"type": "array", "items": checkpoint, "minItems": 1},
    )
    problem = closed_object(theta=arrays, gradients=arrays, curvatures=arrays)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Test vectors of an optimizer",
        "$defs": {"array": array, "arrays": {"anyOf": [reference, named]}},
        **closed_object(
            version={"type": "string", "pattern": r"^2\.\d+$"},
            generator={"type": "string"},
            optimizer={"type": "string"},
            inputs={"type": "array", "items": {"enum": list(INPUTS)}},
            dtype={"const": "float64"},
            problems={"type": "object", "additionalProperties": problem},
            cases={"type": "array", "items": case, "minItems": 1},
        ),
    }


def write(folder: Path, classes: Iterable[type[Optimizer]] | None = None) -> list[Path]:
    """Write the test vectors of optimizers, an index and the schema.

    Parameters
    ----------
    folder : Path
        The directory to write to. It is created if it does not exist.
    classes : iterable of classes of Optimizer, optional
        The optimizers, also of your own; by default all of adamdoc.

    Returns
    -------
    list of Path
        The paths of the files.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in write(Path(folder))][-2:]
    ['index.json', 'schema.json']
    """
    folder.mkdir(parents=True, exist_ok=True)
    classes = dialects.ALL if classes is None else classes
    contents = {f"{cls.__name__}.json": make(cls) for cls in classes}
    index = {"version": VERSION, "files": sorted(contents)}
    contents |= {"index.json": index, "schema.json": schema()}
    paths = []
    for name, content in contents.items():
        path = folder / name
        path.write_text(json.dumps(content, allow_nan=False) + "\n", "utf-8")
        paths.append(path)
    return paths


def read(path: str | Path) -> dict[str, Any]:
    """Return the test vectors in a file, after validating it.

    Parameters
    ----------
    path : str or Path
        A file in the format of `write`.

    Returns
    -------
    dict
        The content, as returned by `make`, with the arrays of the problems as ndarrays.

    Raises
    ------
    ValueError
        If the file is not a valid file of test vectors. The message names the place. Files of
        version 1 are valid, too.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from adamdoc import Adam
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "Adam.json")
    ...     _ = path.write_text(json.dumps(make(Adam)))
    ...     read(path)["optimizer"]
    'Adam'
    """
    try:
        content = json.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise ValueError(f"{path} must be a file of test vectors: {error}") from None
    return _validated(str(path), "the file", content)


def _validated(where: str, name: str, content: Any) -> dict[str, Any]:
    """Return test vectors with the arrays of the problems as ndarrays, after checking them."""
    _require_keys(where, name, content, {"version", "optimizer", "problems", "cases"})
    if not str(content["version"]).startswith(("1.", "2.")):
        raise ValueError(f"{where}: version must be 1.x or 2.x, got {content['version']!r}")
    if not isinstance(content["cases"], list) or not isinstance(content["problems"], dict):
        raise ValueError(f"{where}: cases must be a list and problems an object")
    if not content["cases"]:
        raise ValueError(f"{where}: cases must not be empty: there is nothing to check")
    known = dialects.CLASSES.get(str(content["optimizer"]))  # version 1.0 has no inputs
    inputs = content.get("inputs", [n for n in INPUTS if getattr(known, f"takes_{n}", False)])
    if not isinstance(inputs, list) or not all(name in INPUTS for name in inputs):
        raise ValueError(f"{where}: inputs must be a list of {', '.join(INPUTS)}, got {inputs}")
    problems = {key: _problem(where, key, value) for key, value in content["problems"].items()}
    for k, case in enumerate(content["cases"]):
        _require_case(where, f"case {k}", case, problems)
        if "curvature" in inputs:
            steps = case["hyperparameters"].get("steps")
            if not isinstance(steps, (int, float)) or steps < 1:
                raise ValueError(
                    f"{where}: the hyperparameters of case {k} must contain steps, at least 1, got "
                    f"{steps!r}"
                )
    return {**content, "inputs": inputs, "problems": problems}


def _problem(where: str, name: str, problem: Any) -> dict[str, Params]:
    """Return the arrays of a problem after checking them."""
    _require_keys(where, f"problem {name}", problem, {"theta", "gradients", "curvatures"})
    parsed = {
        key: _parse_array(where, f"{key} of problem {name}", value)
        for key, value in problem.items()
    }
    theta = _parts(parsed["theta"])
    steps = set()
    for key in ("gradients", "curvatures"):
        place = f"{key} of problem {name}"
        parts = _parts(parsed[key])
        if parts.keys() != theta.keys():
            raise ValueError(f"{where}: {place} must have the names of theta, {', '.join(theta)}")
        for part, array in parts.items():
            shape = theta[part].shape
            steps.add(array.shape[:1])
            if array.shape[1:] != shape or 0 in array.shape or len(steps) > 1:
                raise ValueError(
                    f"{where}: {place} must be an array of the shape of theta, "
                    f"{shape}, for each of at least one step, got shape {array.shape}"
                )
    for key, value in parsed.items():
        _require_finite(where, f"{key} of problem {name}", value)
    return parsed


def _parts(values: Params) -> dict[str, Array]:
    """Return arrays by name; a single one has the empty name."""
    return dict(values) if isinstance(values, Mapping) else {"": values}


def _shapes(values: Params) -> Any:
    """Return the shape of an array, or of each by name."""
    return dict(each(np.shape, values)) if isinstance(values, Mapping) else values.shape


def _require_case(where: str, place: str, case: Any, problems: Mapping[str, Any]) -> None:
    """Raise an error unless a case is complete and each of its checkpoints can be compared."""
    _require_keys(where, place, case, {"settings", "hyperparameters", "problem", "checkpoints"})
    if not isinstance(case["hyperparameters"], dict):
        raise ValueError(f"{where}: hyperparameters of {place} must be an object")
    if case["problem"] not in list(problems):
        raise ValueError(
            f"{where}: problem of {place} must be one of the problems, got {case['problem']!r}"
        )
    problem = problems[case["problem"]]
    if not isinstance(case["checkpoints"], list) or not case["checkpoints"]:
        raise ValueError(
            f"{where}: checkpoints of {place} must be a list with at least one, got "
            f"{case['checkpoints']!r}"
        )
    last = len(next(iter(_parts(problem["gradients"]).values())))
    shape, steps = _shapes(problem["theta"]), set()
    for checkpoint in case["checkpoints"]:
        _require_keys(where, f"a checkpoint of {place}", checkpoint, {"step", "theta", "state"})
        step = checkpoint["step"]
        if type(step) is not int or not 1 <= step <= last or step in steps:
            raise ValueError(
                f"{where}: each step in the checkpoints of {place} must be another integer from 1 "
                f"to {last}, the number of gradients, got {step!r}"
            )
        steps.add(step)
        theta = _parse_array(where, f"theta of {place}", checkpoint["theta"])
        if _shapes(theta) != shape:
            raise ValueError(
                f"{where}: theta of {place} must have shape {shape}, got {_shapes(theta)} at step "
                f"{step}"
            )
        _require_finite(where, f"theta of {place} at step {step}", theta)
        if not isinstance(checkpoint["state"], dict):
            raise ValueError(f"{where}: state of {place} at step {step} must be an object")
        for name, value in checkpoint["state"].items():
            _parse_array(where, f"{name} in the state of {place} at step {step}", value)


def _require_keys(where: str, place: str, value: Any, keys: set[str]) -> None:
    if not isinstance(value, dict) or keys - value.keys():
        missing = sorted(keys - value.keys()) if isinstance(value, dict) else sorted(keys)
        raise ValueError(f"{where}: {place} must be an object with {', '.join(missing)}")


def _require_finite(where: str, place: str, values: Params) -> None:
    for array in _parts(values).values():
        if not np.isfinite(array).all():
            raise ValueError(f"{where}: {place} must be finite, got {array.tolist()}")


def _parse_array(where: str, place: str, value: Any) -> Params:
    try:
        return _from_json(value)
    except (TypeError, ValueError):
        raise ValueError(f"{where}: {place} must be an array of numbers") from None


def check(step: Step, vectors: Mapping[str, Any], rtol: float = 1e-9) -> list[str]:
    """Check an implementation of an optimizer against test vectors.

    Parameters
    ----------
    step : callable
        The implementation: ``step(theta, g, state, hyperparameters)`` returns the new parameters
        and the new state, of any type. The state is None before the first step. If it is a mapping,
        its entries are compared too if they have the names used in adamdoc. For ``Sophia``, the
        hyperparameters contain ``curvature`` in steps with an estimate; for ``SAM``, ``gradient``,
        the gradient as a function of the parameters (see `gradient_around`); for methods that take
        them, ``loss`` and ``noise`` (see `further`). It may modify all
        that it is given, and return lists or float32; the parameters are float64 in each call. In
        the problem ``model``, parameters and gradients are dicts of arrays.
    vectors : dict
        The result of `make` or `read`.
    rtol : float, default 1e-9
        The tolerance, relative to the largest absolute value in an array.

    Returns
    -------
    list of str
        For each case that differs, a description of the first difference: step and quantity.

    Raises
    ------
    RuntimeError
        If the implementation raises an exception, which is the cause of this one, or calls
        ``sys.exit``. The message names the case and the step.
    TypeError
        If the implementation returns anything but a pair.
    ValueError
        If the vectors are not valid: for example, there is no case, or a step has no gradient.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> def wrong(theta, g, state, hyperparameters):
    ...     return theta + hyperparameters["lr"] * g, None
    >>> check(wrong, make(GradientDescent))[0][:65]
    'defaults on smooth: theta differs at step 1: it must be [0.990101'
    """
    rtol = checks.number("rtol", rtol, "nonnegative")
    vectors = _validated("vectors", "the content", vectors)
    differences = []
    for case in vectors["cases"]:
        place = f"{case['settings']} on {case['problem']}"
        found = _first_difference(step, case, vectors, rtol, place)
        differences += [f"{place}: {d}" for d in found]
    return differences


def _first_difference(
    step: Step, case: Mapping[str, Any], vectors: Mapping[str, Any], rtol: float, place: str
) -> Iterator[str]:
    """Yield a description of the first difference in a case, if there is one."""
    problem = vectors["problems"][case["problem"]]
    expected = {checkpoint["step"]: checkpoint for checkpoint in case["checkpoints"]}
    values = case["hyperparameters"]
    every = int(values["steps"]) if "curvature" in vectors["inputs"] else 0
    theta, state = problem["theta"], None
    for t in range(1, max(expected) + 1):
        arguments = copy.deepcopy(values)
        g, curvatures = (_at(problem[key], t) for key in ("gradients", "curvatures"))
        needed = {*vectors["inputs"]}
        if every and (t - 1) % every:
            needed.remove("curvature")
        arguments |= copy.deepcopy(further(needed, theta, g, curvatures))
        result = _call(
            f"the function, for {place} at step {t},",
            *(step, *copy.deepcopy((theta, g)), state, arguments),
        )
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(
                f"the function must return a pair (parameters, state), got {result!r} for {place} "
                f"at step {t}"
            )
        after, state = result
        pairs = [("theta", expected[t]["theta"], after)] if t in expected else []
        if t in expected and isinstance(state, Mapping):
            names = [name for name in expected[t]["state"] if name in state]
            pairs += [(f"state {n}", expected[t]["state"][n], state[n]) for n in names]
        for name, value, actual in pairs:
            if difference := _difference(_from_json(value), actual, rtol):
                yield f"{name} differs at step {t}: {difference}"
                return
        if wrong := _difference(theta, after, math.inf):  # it has other names, or is not numbers
            yield f"theta differs at step {t}: {wrong}"
            return
        theta = each(lambda array: np.array(array, float), after, names=theta)


def _call(place: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a user's code; an exception in it, or an exit, is not a result of ours."""
    try:
        return function(*arguments)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise RuntimeError(f"{place} raised {type(error).__name__}: {error}") from error


def _numbers(value: Any, shape: tuple[int, ...]) -> Any:
    """Return an array of float64, or a description of why a result is none of this shape."""
    try:
        array = np.asarray(value)
        objects = array.dtype.kind == "O" and all(hasattr(v, "__float__") for v in array.flat)
        numbers = array.astype(float) if array.dtype.kind in "biuf" or objects else None
    except Exception:  # such as a ragged list, or a tensor that records its gradient
        numbers = None
    if numbers is None:
        return f"it must be an array of numbers, got {value!r}"
    if numbers.shape != shape:
        return f"it must have shape {shape}, got {numbers.shape}"
    return numbers


def _difference(expected: Params, actual: Any, rtol: float) -> str:
    """Return a description of how two arrays, or named arrays, differ, empty if they agree."""
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping) or not expected.keys() <= actual.keys():
            return f"it must be a mapping with {', '.join(expected)}, got {actual!r}"
        for name, part in expected.items():
            if difference := _difference(part, actual[name], rtol):
                return f"{name}: {difference}"
        return ""
    array = _numbers(actual, expected.shape)
    if isinstance(array, str):
        return array
    finite = expected[np.isfinite(expected)]
    atol = rtol * float(np.abs(finite).max()) if finite.size else 0.0
    if rtol == math.inf or np.allclose(array, expected, rtol=rtol, atol=atol, equal_nan=True):
        return ""
    dtype = np.asarray(actual).dtype
    rounded = dtype.kind == "f" and dtype.itemsize < 8
    hint = f" in {dtype}: compute in float64, or allow for rounding with rtol" if rounded else ""
    return f"it must be {expected.tolist()}, got {array.tolist()}{hint}"


def _import(target: str, argument: str = "target", kind: str = "function") -> tuple[Any, str]:
    """Return the object with the path ``module:name``, and its name."""
    module, _, name = target.partition(":")
    if not module or not name or module.startswith("."):
        raise ValueError(f"{argument} must have the form module:{kind}, got {target!r}")
    if module.endswith(".py"):
        raise ValueError(
            f"{argument} must have the form module:{kind}, with a module in place of a file, got "
            f"{target!r}; did you mean '{Path(module).stem}:{name}'?"
        )
    sys.path.insert(0, "")
    try:
        found = _call(f"the module {module}", importlib.import_module, module)
    except RuntimeError as error:
        cause = error.__cause__
        if isinstance(cause, ModuleNotFoundError) and f"{module}.".startswith(f"{cause.name}."):
            raise ValueError(f"{argument} cannot be imported: {cause}") from None
        raise  # the error is in the module, or in one that it imports
    try:
        for part in name.split("."):
            found = getattr(found, part)
    except AttributeError as error:
        raise ValueError(f"{argument} cannot be imported: {error}") from None
    if not callable(found):
        raise ValueError(f"{argument} must be callable, got {found!r}")
    return found, name.split(".")[-1]


def _optimizer(argument: str, text: str) -> type[Optimizer]:
    """Return the class with a name in adamdoc, or with the path ``module:Class``."""
    if ":" in text:
        found, _ = _import(text, argument, "Class")
        if not (inspect.isclass(found) and issubclass(found, Optimizer)):
            raise ValueError(f"{argument} must be a class of Optimizer, got {found!r}")
        if inspect.isabstract(found):
            raise ValueError(f"{argument} must have init and update, got {found!r}")
        return found
    module, _, name = text.removesuffix(".py").rpartition(".")
    if module:
        raise ValueError(
            f"{argument} must be a name in adamdoc, or module:Class for a class of your own, got "
            f"{text!r}; did you mean '{module}:{name}'?"
        )
    classes = {cls.__name__: cls for cls in dialects.ALL}
    same = (n for n in classes if n.lower() == text.replace("_", "").lower())
    return classes[checks.one_of(argument, next(same, text), classes)]


def _print_cause(error: RuntimeError) -> None:
    """Print the traceback of an exception in a user's code, from the first frame of this code."""
    cause = error.__cause__ or error
    frames = cause.__traceback__
    machinery = (__file__, importlib.__file__, "<frozen importlib")
    while frames is not None and frames.tb_frame.f_code.co_filename.startswith(machinery):
        frames = frames.tb_next
    traceback.print_exception(cause.with_traceback(frames))
    print(error, file=sys.stderr)


def main(arguments: list[str] | None = None) -> int:
    """Run the command-line interface.

    Parameters
    ----------
    arguments : list of str, optional
        The command-line arguments; by default those in ``sys.argv``.

    Returns
    -------
    int
        The exit code: 0 if all cases agree, 1 if one differs, 2 if they could not be checked. An
        exception in the function ends the check, and its traceback is printed.

    Examples
    --------
    >>> main(["check", "nowhere"])
    2
    """
    parser = argparse.ArgumentParser(prog="python -m adamdoc.vectors", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write", help="write the test vectors of optimizers")
    writing.add_argument("folder", type=Path)
    writing.add_argument(
        "optimizers", nargs="*", help="names, or module:Class for your own; by default all"
    )
    checking = commands.add_parser(
        "check",
        help="check a function against test vectors",
        epilog="Exit code: 0 if all cases agree, 1 if one differs, 2 if they could not be checked.",
    )
    checking.add_argument("target", help="module:function")
    checking.add_argument(
        "--optimizer",
        help="its optimizer: a name, by default that of the function, or module:Class",
    )
    checking.add_argument(
        "--file", type=Path, help="a file of test vectors; by default they are generated"
    )
    checking.add_argument("--rtol", type=float, default=1e-9)
    options = parser.parse_args(arguments)
    try:
        if options.command == "write":
            classes = [_optimizer("optimizers", text) for text in options.optimizers]
            for path in write(options.folder, classes or dialects.ALL):
                print(path)
            return 0
        step, name = _import(options.target)
        if options.file:
            vectors = read(options.file)
            requested = options.optimizer or vectors["optimizer"]
            checks.one_of("--optimizer", requested, [vectors["optimizer"]])
        else:
            vectors = make(_optimizer("--optimizer", options.optimizer or name))
        differences = check(step, vectors, options.rtol)
    except RuntimeError as error:
        _print_cause(error)
        return 2
    except (ValueError, TypeError) as error:
        print(error, file=sys.stderr)
        return 2
    for difference in differences:
        print(difference)
    print(
        f"{vectors['optimizer']}: {len(vectors['cases']) - len(differences)} of "
        f"{len(vectors['cases'])} cases agree"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
