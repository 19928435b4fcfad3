"""Runs of the optimizers, schedules and functions of libraries, in float64 where they can."""

import contextlib
import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from adamdoc.audit.bindings import Bindings, State
from adamdoc.audit.executing import Path, Problem
from adamdoc.checks import Array

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # short runs: compiling costs more

Arguments = Mapping[str, Any]


def load(name: str) -> Any:
    """Return a class, function or module by its dotted name.

    Raises
    ------
    ImportError
        If there is none.

    Examples
    --------
    >>> load("math.hypot")(3, 4)
    5.0
    """
    parts = name.split(".")
    if parts[0] == "mindspore":
        os.environ.setdefault("GLOG_v", "3")  # no warnings; Paddle would say more
    if importlib.util.find_spec(parts[0]) is None:
        raise ImportError(f"{parts[0]} is not installed")
    for k in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:k]))
        except ModuleNotFoundError as error:
            if error.name and not name.startswith(error.name):
                raise
            continue
        try:
            return functools.reduce(getattr, parts[k:], found)
        except AttributeError:
            break
    try:
        return importlib.import_module(name)  # a module that its package does not show
    except ModuleNotFoundError:
        raise ImportError(f"there is no {name}") from None


def version(name: str) -> str:
    """Return the version of the library that a dotted name belongs to."""
    package = {"paddle": "paddlepaddle"}.get(name.split(".")[0], name.split(".")[0])
    return importlib.metadata.version(package).split("+")[0]


def documentation(target: Any) -> str:
    """Return the docstring of a class or function, without indentation."""
    doc = inspect.getdoc(target) or ""
    if inspect.isclass(target) and not doc:
        doc = inspect.getdoc(target.__init__) or ""
    return doc


def with_references(doc: str, bindings: Bindings) -> str:
    """Return a docstring, and after it those to which it refers."""
    return "\n\n".join([doc, *(documentation(load(name)) for name in bindings.refers)])


def run(target: Any, bindings: Bindings, arguments: Arguments, problem: Problem) -> Path:
    """Return the path of a class or function for some arguments.

    Raises
    ------
    TypeError
        If no interface is known for it.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        if bindings.run is not None:
            return bindings.run(target, dict(arguments), problem)
        bases = {
            f"{base.__module__}.{base.__qualname__}" for base in getattr(target, "__mro__", ())
        }
        for base, runner in CLASSES.items():
            if base in bases:
                return runner(target, dict(arguments), problem)
        if not callable(target):
            raise TypeError(f"{target!r} must be a class or function")
        if _makes_transformation(target):
            return run_optax(target, dict(arguments), problem)
        if is_step(target, bindings):
            return run_function(target, bindings, dict(arguments), problem)
    raise TypeError(
        f"{target!r} has none of the interfaces that are known ({', '.join(CLASSES)}): "
        "give the bindings a run"
    )


def is_step(target: Any, bindings: Bindings) -> bool:
    """Return whether a target is run as ``step(theta, g, *states, **arguments)``."""
    plain = not inspect.isclass(target) and not _makes_transformation(target)
    return plain and bindings.run is None


def _makes_transformation(target: Any) -> bool:
    made = getattr(target, "func", target)  # of a partial function
    return getattr(made, "__module__", "").split(".")[0] == "optax"


def run_function(target: Any, bindings: Bindings, arguments: Arguments, problem: Problem) -> Path:
    """Run ``function(theta, g, *states, **arguments)``, which returns the parameters and states."""
    named = [m for m in bindings.symbols.values() if isinstance(m, State)]
    kept: list[Any] = [np.zeros_like(problem.theta) for _ in named]
    theta: Any = problem.theta
    values, states = [], []
    for g in problem.gradients:
        found = target(theta, g, *kept, **arguments)
        theta, *kept = found if isinstance(found, tuple) else (found,)
        values.append(np.array(theta, dtype=float))
        states.append({m.name: np.array(v, float) for m, v in zip(named, kept, strict=True)})
    return Path(tuple(values), tuple(states))


def run_adamdoc(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run one of adamdoc's optimizers."""
    optimizer = target(**arguments)
    theta, state = problem.theta, optimizer.init(problem.theta)
    values, states = [], []
    for g in problem.gradients:
        theta, state = optimizer.update(theta, g, state)
        values.append(theta)
        states.append({n: np.asarray(v, dtype=float) for n, v in state.items()})
    return Path(tuple(values), tuple(states))


def run_torch(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run an optimizer with the interface of PyTorch."""
    import torch

    default = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # NAdam keeps a product in the default type
    try:
        parameter = torch.nn.Parameter(torch.tensor(problem.theta))
        optimizer = target([parameter], **arguments)
        values, states = [], []
        for g, loss in zip(problem.gradients, problem.losses, strict=True):
            parameter.grad = torch.tensor(g)
            optimizer.step(lambda loss=loss: torch.tensor(loss))
            values.append(parameter.detach().numpy().copy())
            kept = optimizer.state[parameter]
            states.append(
                {
                    n: np.array(v.detach() if isinstance(v, torch.Tensor) else v, dtype=float)
                    for n, v in kept.items()
                    if isinstance(v, torch.Tensor | float | int)
                }
            )
        return Path(tuple(values), tuple(states))
    finally:
        torch.set_default_dtype(default)


def run_torch_schedule(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the rates of a scheduler of PyTorch; ``lr`` is the optimizer's."""
    import torch

    given = dict(arguments)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=given.pop("lr", 1.0))
    schedule = target(optimizer, **given)
    values = []
    for _ in problem.gradients:
        values.append(np.array(float(optimizer.param_groups[0]["lr"])))
        optimizer.step()
        schedule.step()
    return Path(tuple(values), tuple({} for _ in values))


def call(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Call a function of arrays once, and return its value. Lists become arrays."""
    del problem  # it has arguments of its own
    given = {n: np.array(v) if isinstance(v, list) else v for n, v in arguments.items()}
    return Path((np.asarray(target(**given), dtype=float),), ({},))


def entries(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Call a function of arrays once; the entries of its value are those of the steps."""
    (found,) = call(target, arguments, problem).values
    return Path(tuple(found), tuple({} for _ in found))


def run_optax(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run a transformation of Optax, or a schedule: what a function of Optax returns."""
    import jax
    import jax.numpy as jnp

    made = target(**arguments)
    if not hasattr(made, "update"):
        values = tuple(np.array(float(made(k))) for k in range(len(problem.gradients)))
        return Path(values, tuple({} for _ in values))
    theta = jnp.asarray(problem.theta)
    state = made.init(theta)
    extra = "extra_args" in inspect.signature(made.update).parameters

    def step(g: Any, state: Any, theta: Any, loss: Any) -> Any:
        more = {"value": loss} if extra else {}
        updates, state = made.update(g, state, theta, **more)
        return theta + updates, state

    compiled = jax.jit(step)
    found, states = [], []
    for g, loss in zip(problem.gradients, problem.losses, strict=True):
        theta, state = compiled(jnp.asarray(g), state, theta, jnp.asarray(loss))
        found.append(np.asarray(theta))
        kept: dict[str, Array] = {}
        for name, value in leaves(state):
            kept.setdefault(name, value)
        states.append(kept)
    return Path(tuple(found), tuple(states))


def leaves(state: Any) -> Iterator[tuple[str, Array]]:
    """Yield the entries of a state of Optax, by the names of their fields."""
    if hasattr(state, "_fields"):
        for name in state._fields:
            value = getattr(state, name)
            if str(getattr(value, "dtype", "")).startswith("key"):
                continue  # of random numbers
            if hasattr(value, "shape"):
                yield name, np.asarray(value, dtype=float)
            elif isinstance(value, list):  # of arrays, one after the other
                parts = [np.ravel(np.asarray(part, dtype=float)) for part in value]
                yield name, np.concatenate([np.empty(0), *parts])
            else:
                yield from leaves(value)
    elif isinstance(state, Mapping):
        for name, value in state.items():
            if hasattr(value, "shape"):
                yield str(name), np.asarray(value, dtype=float)
            else:
                yield from leaves(value)
    elif isinstance(state, tuple | list):
        for entry in state:
            yield from leaves(entry)


def run_keras(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run an optimizer of Keras, compiled if it runs on JAX."""
    import keras

    keras.config.set_floatx("float64")
    variable = keras.Variable(problem.theta, dtype="float64", name="theta")
    optimizer = target(**arguments)
    optimizer.build([variable])
    names = [
        entry.name.removeprefix("theta_").removeprefix("variable_") for entry in optimizer.variables
    ]

    def step(kept: Any, g: Any, theta: Any) -> Any:
        (theta,), kept = optimizer.stateless_apply(kept, [g], [theta])
        return theta, kept

    if keras.backend.backend() == "jax":
        import jax

        step = jax.jit(step)
    theta, kept = variable.value, [entry.value for entry in optimizer.variables]
    values, states = [], []
    for g in problem.gradients:
        theta, kept = step(kept, keras.ops.convert_to_tensor(g, dtype="float64"), theta)
        values.append(np.array(keras.ops.convert_to_numpy(theta), dtype=float))
        pairs = zip(names, kept, strict=True)
        states.append({n: np.array(keras.ops.convert_to_numpy(v), dtype=float) for n, v in pairs})
    return Path(tuple(values), tuple(states))


def run_keras_schedule(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the values of a schedule of Keras, compiled if it runs on JAX."""
    import keras

    keras.config.set_floatx("float64")
    schedule = target(**arguments)
    if keras.backend.backend() == "jax":
        import jax

        schedule = jax.jit(schedule.__call__)
    steps = [
        keras.ops.convert_to_tensor(float(k), dtype="float64")
        for k in range(len(problem.gradients))
    ]
    values = [np.array(float(schedule(step))) for step in steps]
    return Path(tuple(values), tuple({} for _ in values))


def run_mlx(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run an optimizer of MLX on the processor, which has float64."""
    import mlx.core as mx

    mx.set_default_device(mx.cpu)
    optimizer = target(**arguments)
    theta = {"w": mx.array(problem.theta, dtype=mx.float64)}
    optimizer.init(theta)
    if isinstance(rate := arguments.get("learning_rate"), float):  # MLX rounds it to float32
        optimizer.state["learning_rate"] = mx.array(rate, dtype=mx.float64)
    values, states = [], []
    for g in problem.gradients:
        theta = optimizer.apply_gradients({"w": mx.array(g, dtype=mx.float64)}, theta)
        values.append(np.array(theta["w"], dtype=float))
        kept = optimizer.state["w"].items()
        states.append({n: np.array(v, dtype=float) for n, v in kept if isinstance(v, mx.array)})
    return Path(tuple(values), tuple(states))


def run_mlx_schedule(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the values of a schedule of MLX, which is a function."""
    import mlx.core as mx

    mx.set_default_device(mx.cpu)
    schedule = target(**arguments)
    values = [np.array(float(schedule(mx.array(k)))) for k in range(len(problem.gradients))]
    return Path(tuple(values), tuple({} for _ in values))


def run_pennylane(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run an optimizer of PennyLane, which asks for a function that computes the gradient."""
    from pennylane import numpy

    optimizer = target(**arguments)
    theta = numpy.array(problem.theta, requires_grad=True)
    values, states = [], []
    for g in problem.gradients:
        theta = optimizer.step(None, theta, grad_fn=lambda _, g=g: g)
        values.append(np.array(theta, dtype=float))
        kept = getattr(optimizer, "accumulation", None) or {}
        if isinstance(kept, list):
            kept = {"accumulation": kept}
        states.append({n: np.array(v[0], float) for n, v in kept.items() if isinstance(v, list)})
    return Path(tuple(values), tuple(states))


def run_paddle(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run an optimizer of Paddle."""
    import paddle

    paddle.set_default_dtype("float64")
    start = paddle.nn.initializer.Assign(problem.theta)
    parameter = paddle.create_parameter(
        list(problem.theta.shape), "float64", default_initializer=start
    )
    optimizer = target(parameters=[parameter], **arguments)
    values, states = [], []
    for g in problem.gradients:
        parameter.grad = paddle.to_tensor(g, dtype="float64")
        optimizer.step()
        values.append(parameter.numpy().copy())
        kept = {}
        for name, value in optimizer.state_dict().items():
            if hasattr(value, "numpy"):
                short = name.removeprefix(f"{parameter.name}_")
                kept[short] = np.array(value.numpy(), dtype=float)
        states.append(kept)
        optimizer.clear_grad()
    return Path(tuple(values), tuple(states))


def run_paddle_schedule(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the rates of a scheduler of Paddle."""
    schedule = target(**arguments)
    values = []
    for _ in problem.gradients:
        values.append(np.array(float(schedule())))
        schedule.step()
    return Path(tuple(values), tuple({} for _ in values))


@functools.cache
def _mindspore() -> Any:
    """Return MindSpore, set to compute on a CPU, step by step."""
    import mindspore

    mindspore.set_device("CPU")
    mindspore.set_context(mode=mindspore.PYNATIVE_MODE)
    with contextlib.suppress(SystemError):  # its first operation fails with NumPy 2
        mindspore.Tensor(1.0, mindspore.float32) * 2.0
    return mindspore


def run_mindspore(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run an optimizer of MindSpore on the processor, which computes in float32."""
    mindspore = _mindspore()
    single = [np.asarray(g, dtype=np.float32) for g in (problem.theta, *problem.gradients)]
    parameter = mindspore.Parameter(mindspore.Tensor(single[0]), name="theta")
    optimizer = target([parameter], **arguments)
    values, states = [], []
    for g in single[1:]:
        optimizer((mindspore.Tensor(g),))
        values.append(parameter.asnumpy().astype(float))
        states.append(
            {
                re.sub(r"[._]+theta$", "", entry.name): np.array(entry.asnumpy(), dtype=float)
                for entry in optimizer.get_parameters()
            }
        )
    return Path(tuple(values), tuple(states))


def run_mindspore_schedule(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the rates of a schedule of MindSpore, which is a function of the step."""
    mindspore = _mindspore()
    schedule = target(**arguments)
    values = [
        np.array(float(schedule(mindspore.Tensor(k, mindspore.int32))))
        for k in range(len(problem.gradients))
    ]
    return Path(tuple(values), tuple({} for _ in values))


def run_mindspore_scheduler(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the rates of a scheduler of MindSpore; ``lr`` is the optimizer's."""
    from mindspore.experimental import optim

    mindspore = _mindspore()

    given = dict(arguments)
    parameter = mindspore.Parameter(mindspore.Tensor(np.zeros(1, np.float32)), name="theta")
    optimizer = optim.SGD([parameter], lr=given.pop("lr", 1.0))
    schedule = target(optimizer, **given)
    values = []
    for _ in problem.gradients:
        values.append(np.array(float(schedule.get_last_lr()[0])))
        schedule.step()
    return Path(tuple(values), tuple({} for _ in values))


def run_rates(target: Any, arguments: Arguments, _: Problem) -> Path:
    """Return the rates that a function lists, one for each step."""
    values = tuple(np.array(float(rate)) for rate in target(**arguments))
    return Path(values, tuple({} for _ in values))


SCHEDULE = "learning_rate_schedule.LearningRateSchedule"
#: What runs a class, by its base class.
CLASSES: dict[str, Callable[[Any, Arguments, Problem], Path]] = {
    "adamdoc.optimizers.base.Optimizer": run_adamdoc,
    "torch.optim.optimizer.Optimizer": run_torch,
    "torch.optim.lr_scheduler.LRScheduler": run_torch_schedule,
    "keras.src.optimizers.base_optimizer.BaseOptimizer": run_keras,
    f"keras.src.optimizers.schedules.{SCHEDULE}": run_keras_schedule,
    "mlx.optimizers.optimizers.Optimizer": run_mlx,
    "pennylane.optimize.gradient_descent.GradientDescentOptimizer": run_pennylane,
    "paddle.optimizer.optimizer.Optimizer": run_paddle,
    "paddle.optimizer.lr.LRScheduler": run_paddle_schedule,
    "mindspore.nn.optim.optimizer.Optimizer": run_mindspore,
    "mindspore.experimental.optim.optimizer.Optimizer": run_mindspore,
    "mindspore.nn.learning_rate_schedule.LearningRateSchedule": run_mindspore_schedule,
    "mindspore.experimental.optim.lr_scheduler.LRScheduler": run_mindspore_scheduler,
}
