"""Test vectors: what each optimizer computes from given gradients, for everyone else's tests.

`python -m adamdoc.vectors write FOLDER` writes one JSON file for each optimizer, and a JSON Schema.
`python -m adamdoc.vectors check module:function` runs them against a function of yours.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

import adamdoc
from adamdoc import checks, curvature, dialects
from adamdoc.checks import Array
from adamdoc.notation import HYPERPARAMETERS
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import State

#: Version of the format: the first number changes when old readers fail.
VERSION = "1.0"
CHECKPOINTS = (1, 2, 3, 5, 10, 100)
STEPS = CHECKPOINTS[-1]
#: What another value of a hyperparameter is: by its name, else by its rule.
OTHER = {"lr": 0.05, "power": 0.6, "steps": 3, "least": 0.1, "floor": 0.01, "d0": 1e-3}
OTHER |= {"factored": 3, "radius": 0.3, "eps": 0.01, "max_norm": 0.7}
BY_RULE = {
    "[0, 1)": 0.6,
    "at least 4": 4.5,
    "at least 1": 10.0,
    "positive": 0.4,
    "nonnegative": 0.02,
}

Step = Callable[[Array, Array, Any, dict[str, Any]], tuple[Any, Any]]


def problems() -> dict[str, dict[str, Array]]:
    """Return the starts and gradients of the vectors, by name.

    Returns
    -------
    dict of dict of ndarray
        For each problem ``theta``, the start, ``gradients`` of ``STEPS`` steps and ``curvatures``,
        estimates of a Hessian's diagonal at those steps.

    Examples
    --------
    >>> {name: p["gradients"].shape for name, p in problems().items()}
    {'smooth': (100, 3), 'noisy': (100, 4), 'sparse': (100, 2, 3)}
    """
    t = np.arange(1, STEPS + 1)
    rng = np.random.default_rng(2015)
    smooth = np.stack([np.cos(t / 7), -3 * 0.97**t, 1e-3 * np.ones(STEPS)], axis=1)
    noisy = rng.standard_normal((STEPS, 4)) * [1e-3, 1.0, 10.0, 1e3] + [0, 1.0, -1.0, 0]
    sparse = rng.standard_normal((STEPS, 2, 3)) * (rng.random((STEPS, 2, 3)) < 0.5)
    sparse[0] = [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]
    starts = ([1.0, -2.0, 0.5], [0.0, 1.0, -1.0, 10.0], [[0.1, -0.2, 0.3], [1.0, -1.0, 2.0]])
    found = {}
    for name, gradients, start in zip(
        ("smooth", "noisy", "sparse"), (smooth, noisy, sparse), starts, strict=True
    ):
        gradients = np.round(gradients, 6)
        wave = 1 + 0.5 * np.cos(np.arange(gradients[0].size)).reshape(gradients[0].shape)
        curvatures = np.round(np.multiply.outer(2 + np.sin(t / 5), wave), 6)
        found[name] = {
            "theta": np.array(start),
            "gradients": gradients,
            "curvatures": curvatures,
        }
    return found


def settings(cls: type[Optimizer]) -> dict[str, Optimizer]:
    """Return the settings in which an optimizer has vectors: its defaults, and others.

    Parameters
    ----------
    cls : class of Optimizer
        Whose settings.

    Returns
    -------
    dict of Optimizer
        The optimizers by the names of their settings.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> settings(Momentum)
    {'defaults': Momentum(lr=0.01, beta=0.9), 'others': Momentum(lr=0.05, beta=0.6)}
    """
    others: dict[str, Any] = {}
    for field in fields(cls):
        if field.name == "optimizer":
            others["optimizer"] = adamdoc.Adam(lr=0.05)
        else:
            rule = HYPERPARAMETERS[field.name].rule
            if rule == "[0, 1]":  # a switch
                others[field.name] = 1.0 - getattr(cls(), field.name)
            else:
                others[field.name] = OTHER.get(field.name, BY_RULE.get(rule))
    return {"defaults": cls(), "others": cls(**others)}


def run(optimizer: Optimizer, problem: Mapping[str, Array]) -> Iterator[tuple[int, Array, State]]:
    """Yield step, parameters and state after every step of an optimizer.

    Parameters
    ----------
    optimizer : Optimizer
        With its settings.
    problem : dict of ndarray
        One of `problems`.

    Yields
    ------
    t : int
        The step, from 1.
    theta : ndarray
        The parameters after it, of the shape of the start.
    state : dict
        The state after it.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> t, theta, state = next(run(GradientDescent(lr=0.1), problems()["smooth"]))
    >>> t, theta.round(4)
    (1, array([ 0.901 , -1.709 ,  0.4999]))
    """
    theta = problem["theta"]
    state = optimizer.init(theta)
    for t, g in enumerate(problem["gradients"], start=1):
        extra: dict[str, Array] = {}
        if curvature.wanted(optimizer, t):
            extra["curvature"] = problem["curvatures"][t - 1]
        theta, state = optimizer.update(theta, g, state, **extra)
        yield t, theta, state


def hyperparameters(optimizer: Optimizer) -> dict[str, Any]:
    """Return the hyperparameters as JSON holds them; what is wrapped is an object of its own.

    Parameters
    ----------
    optimizer : Optimizer
        With its settings.

    Returns
    -------
    dict
        The values by name.

    Examples
    --------
    >>> from adamdoc import Lookahead, Momentum
    >>> hyperparameters(Momentum(lr=0.1))
    {'lr': 0.1, 'beta': 0.9}
    >>> hyperparameters(Lookahead(Momentum()))["optimizer"]["optimizer"]
    'Momentum'
    """
    values: dict[str, Any] = {}
    for field in fields(optimizer):
        value = getattr(optimizer, field.name)
        if isinstance(value, Optimizer):
            value = {"optimizer": type(value).__name__, "hyperparameters": hyperparameters(value)}
        values[field.name] = value
    return values


def make(cls: type[Optimizer]) -> dict[str, Any]:
    """Return the vectors of an optimizer.

    Parameters
    ----------
    cls : class of Optimizer
        Whose vectors.

    Returns
    -------
    dict
        What the file of the optimizer holds: see the schema.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> vectors = make(GradientDescent)
    >>> vectors["cases"][0]["hyperparameters"]
    {'lr': 0.01}
    >>> vectors["cases"][0]["checkpoints"][0]["theta"]
    [0.99010187, -1.9709, 0.49999]
    """
    known = problems()
    cases = []
    for label, optimizer in settings(cls).items():
        for name, problem in known.items():
            try:
                optimizer.init(problem["theta"])
            except ValueError:  # for matrices only
                continue
            checkpoints = []
            with np.errstate(all="ignore"):
                for t, theta, state in run(optimizer, problem):
                    if t in CHECKPOINTS:
                        arrays = {n: _plain(v) for n, v in state.items() if n != "t"}
                        checkpoints.append({"step": t, "theta": _plain(theta), "state": arrays})
            cases.append(
                {
                    "settings": label,
                    "hyperparameters": hyperparameters(optimizer),
                    "problem": name,
                    "checkpoints": checkpoints,
                }
            )
    used = {case["problem"] for case in cases}
    return {
        "version": VERSION,
        "generator": f"adamdoc {adamdoc.__version__}",
        "optimizer": cls.__name__,
        "dtype": "float64",
        "problems": {
            name: {key: _plain(value) for key, value in problem.items()}
            for name, problem in known.items()
            if name in used
        },
        "cases": cases,
    }


def _plain(value: Any) -> Any:
    """Return an array as nested lists; nan and the infinities, which JSON lacks, as strings."""
    if np.ndim(value):
        return [_plain(part) for part in value]
    number = float(value)
    return number if np.isfinite(number) else str(number)


def _array(value: Any) -> Array:
    """Return what `_plain` wrote as an array."""
    return np.array(value, dtype=float)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of a file of vectors.

    Returns
    -------
    dict
        The schema, of draft 2020-12.

    Examples
    --------
    >>> sorted(schema()["required"])
    ['cases', 'dtype', 'generator', 'optimizer', 'problems', 'version']
    """
    number = {"anyOf": [{"type": "number"}, {"enum": ["nan", "inf", "-inf"]}]}
    array = {"anyOf": [*number["anyOf"], {"type": "array", "items": {"$ref": "#/$defs/array"}}]}

    def thing(**properties: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    arrays = {"type": "object", "additionalProperties": {"$ref": "#/$defs/array"}}
    reference = {"$ref": "#/$defs/array"}
    checkpoint = thing(step={"type": "integer", "minimum": 1}, theta=reference, state=arrays)
    case = thing(
        settings={"enum": ["defaults", "others"]},
        hyperparameters={"type": "object"},
        problem={"type": "string"},
        checkpoints={"type": "array", "items": checkpoint, "minItems": 1},
    )
    problem = thing(theta=reference, gradients=reference, curvatures=reference)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Test vectors of an optimizer",
        "$defs": {"array": array},
        **thing(
            version={"type": "string", "pattern": r"^1\.\d+$"},
            generator={"type": "string"},
            optimizer={"type": "string"},
            dtype={"const": "float64"},
            problems={"type": "object", "additionalProperties": problem},
            cases={"type": "array", "items": case, "minItems": 1},
        ),
    }


def write(folder: Path) -> list[Path]:
    """Write the vectors of all optimizers, an index and the schema.

    Parameters
    ----------
    folder : Path
        Where to; it is made if it is not there.

    Returns
    -------
    list of Path
        The files.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     [path.name for path in write(Path(folder))][-2:]
    ['index.json', 'schema.json']
    """
    folder.mkdir(parents=True, exist_ok=True)
    contents = {f"{cls.__name__}.json": make(cls) for cls in dialects.ALL}
    index = {"version": VERSION, "files": sorted(contents)}
    contents |= {"index.json": index, "schema.json": schema()}
    paths = []
    for name, content in contents.items():
        path = folder / name
        path.write_text(json.dumps(content, allow_nan=False) + "\n", "utf-8")
        paths.append(path)
    return paths


def read(path: Path) -> dict[str, Any]:
    """Return the vectors of a file, checked.

    Parameters
    ----------
    path : Path
        A file that `write` wrote, or a like one.

    Returns
    -------
    dict
        What `make` returns, with the arrays of the problems as arrays.

    Raises
    ------
    ValueError
        If the file is no file of vectors; the message says where.

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
        content = json.loads(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} must be a file of vectors: {error}") from None
    _need(path, "the file", content, {"version", "optimizer", "problems", "cases"})
    if not str(content["version"]).startswith("1."):
        raise ValueError(f"{path}: version must be 1.x, got {content['version']!r}")
    if not isinstance(content["cases"], list) or not isinstance(content["problems"], dict):
        raise ValueError(f"{path}: cases must be a list and problems an object")
    for name, problem in content["problems"].items():
        _need(path, f"problem {name}", problem, {"theta", "gradients", "curvatures"})
        for key in problem:
            problem[key] = _checked(path, f"{key} of problem {name}", problem[key])
    for k, case in enumerate(content["cases"]):
        place = f"case {k}"
        _need(path, place, case, {"settings", "hyperparameters", "problem", "checkpoints"})
        if case["problem"] not in content["problems"]:
            raise ValueError(f"{path}: {place} has an unknown problem, {case['problem']!r}")
        for checkpoint in case["checkpoints"]:
            _need(path, f"a checkpoint of {place}", checkpoint, {"step", "theta", "state"})
            _checked(path, f"theta of {place}", checkpoint["theta"])
    return dict(content)


def _need(path: Path, place: str, value: Any, keys: set[str]) -> None:
    if not isinstance(value, dict) or keys - value.keys():
        missing = sorted(keys - value.keys()) if isinstance(value, dict) else sorted(keys)
        raise ValueError(f"{path}: {place} must be an object with {', '.join(missing)}")


def _checked(path: Path, place: str, value: Any) -> Array:
    try:
        return _array(value)
    except (TypeError, ValueError):
        raise ValueError(f"{path}: {place} must be an array of numbers") from None


def check(step: Step, vectors: Mapping[str, Any], rtol: float = 1e-9) -> list[str]:
    """Run vectors against a function of yours.

    Parameters
    ----------
    step : callable
        ``step(theta, g, state, hyperparameters)`` returns the new parameters and the new state,
        both of any kind; the state is None before the first step. Where the state is a mapping,
        its entries are compared too if they bear the names of adamdoc. For ``Sophia`` the
        hyperparameters hold ``curvature`` in the steps with an estimate.
    vectors : dict
        What `make` or `read` returns.
    rtol : float, default 1e-9
        What a number may be off, as a share of the largest in its array.

    Returns
    -------
    list of str
        For each case that differs, the first difference: step and quantity.

    Raises
    ------
    TypeError
        If the function returns anything but a pair.

    Examples
    --------
    >>> from adamdoc import GradientDescent
    >>> def wrong(theta, g, state, hyperparameters):
    ...     return theta + hyperparameters["lr"] * g, None
    >>> check(wrong, make(GradientDescent))[0][:65]
    'defaults on smooth: theta differs at step 1: it must be [0.990101'
    """
    rtol = checks.number("rtol", rtol, "nonnegative")
    found = []
    for case in vectors["cases"]:
        place = f"{case['settings']} on {case['problem']}"
        found += [f"{place}: {fault}" for fault in _first_difference(step, case, vectors, rtol)]
    return found


def _first_difference(
    step: Step, case: Mapping[str, Any], vectors: Mapping[str, Any], rtol: float
) -> Iterator[str]:
    """Yield the first difference of one case, if there is one."""
    problem = {key: _array(v) for key, v in vectors["problems"][case["problem"]].items()}
    expected = {checkpoint["step"]: checkpoint for checkpoint in case["checkpoints"]}
    values = case["hyperparameters"]
    cls = dialects.CLASSES.get(vectors["optimizer"])
    every = int(values["steps"]) if cls is not None and cls.takes_curvature else 0
    theta, state = problem["theta"], None
    for t, g in enumerate(problem["gradients"], start=1):
        given = dict(values)
        if every and (t - 1) % every == 0:
            given["curvature"] = problem["curvatures"][t - 1]
        result = step(np.array(theta, dtype=float), g.copy(), state, given)
        if not isinstance(result, tuple) or len(result) != 2:
            raise TypeError(f"the function must return parameters and state, got {result!r}")
        theta, state = result
        if t not in expected:
            continue
        pairs = [("theta", expected[t]["theta"], theta)]
        if isinstance(state, Mapping):
            names = [name for name in expected[t]["state"] if name in state]
            pairs += [(f"state {n}", expected[t]["state"][n], state[n]) for n in names]
        for name, value, got in pairs:
            if difference := _difference(_array(value), got, rtol):
                yield f"{name} differs at step {t}: {difference}"
                return
        if t == max(expected):
            return


def _difference(wanted: Array, got: Any, rtol: float) -> str:
    """Return how an array differs, or nothing."""
    try:
        array = np.asarray(got, dtype=float)
    except (TypeError, ValueError):
        return f"it must be an array of numbers, got {got!r}"
    if array.shape != wanted.shape:
        return f"it must have shape {wanted.shape}, got {array.shape}"
    finite = wanted[np.isfinite(wanted)]
    room = rtol * float(np.abs(finite).max()) if finite.size else 0.0
    if np.allclose(array, wanted, rtol=rtol, atol=room, equal_nan=True):
        return ""
    return f"it must be {wanted.tolist()}, got {array.tolist()}"


def _find(target: str) -> tuple[Step, str]:
    """Return the function that ``module:function`` names, and its last name."""
    module, _, name = target.partition(":")
    if not module or not name:
        raise ValueError(f"target must be module:function, got {target!r}")
    sys.path.insert(0, "")
    try:
        found: Any = importlib.import_module(module)
        for part in name.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"target cannot be found: {error}") from None
    if not callable(found):
        raise ValueError(f"target must be callable, got {found!r}")
    return found, name.split(".")[-1]


def main(arguments: list[str] | None = None) -> int:
    """Run the command; return 0 if all is well, 1 if something differs, 2 if it cannot be done.

    Parameters
    ----------
    arguments : list of str, optional
        Those of the command; by default those that Python was started with.

    Returns
    -------
    int
        The exit code.

    Examples
    --------
    >>> main(["check", "nowhere"])
    2
    """
    parser = argparse.ArgumentParser(prog="python -m adamdoc.vectors", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    writing = commands.add_parser("write", help="write the files")
    writing.add_argument("folder", type=Path)
    checking = commands.add_parser("check", help="run the vectors against a function")
    checking.add_argument("target", help="module:function")
    checking.add_argument("--optimizer", help="by default the one that bears the function's name")
    checking.add_argument("--file", type=Path, help="a file of vectors; by default they are made")
    checking.add_argument("--rtol", type=float, default=1e-9)
    options = parser.parse_args(arguments)
    if options.command == "write":
        for path in write(options.folder):
            print(path)
        return 0
    try:
        step, name = _find(options.target)
        if options.file:
            vectors = read(options.file)
        else:
            wanted = (options.optimizer or name).replace("_", "").lower()
            known = {cls.__name__.lower(): cls for cls in dialects.ALL}
            if wanted not in known:
                names = ", ".join(cls.__name__ for cls in dialects.ALL)
                raise ValueError(f"--optimizer must be one of {names}, got {wanted!r}")
            vectors = make(known[wanted])
        differences = check(step, vectors, options.rtol)
    except (ValueError, TypeError) as error:
        print(error, file=sys.stderr)
        return 2
    for difference in differences:
        print(difference)
    print(
        f"{vectors['optimizer']}: {len(vectors['cases']) - len(differences)} of "
        f"{len(vectors['cases'])} cases agree"
    )
    return bool(differences)


if __name__ == "__main__":
    sys.exit(main())
