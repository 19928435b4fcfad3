"""Run the optimizers of other libraries, and adamdoc's, on the same problems in float64.

A schedule among the arguments is given to each library as users give it: to PyTorch through
LambdaLR, and for other hyperparameters than the rate through its param_groups, as OneCycleLR does;
to Optax as it is or through inject_hyperparams; to Keras as a LearningRateSchedule or an attribute.
"""

import ast
import contextlib
import functools
import importlib
import importlib.metadata
import inspect
import os
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from problems import STEPS, Params, Problem, curvature, flat, loss, noise

from adamdoc import ASGD, SWA, EMAOverwrite, WeightEMA
from adamdoc.dialects import Call
from adamdoc.dialects.calls import AROUND_CLASS, links
from adamdoc.optimizers.wrappers.wrapper import layers, needs
from adamdoc.schedules import Schedule

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # short runs: compiling costs more

Values = dict[str, Any]
#: Those that recommend an average of the parameters, which is compared, too.
AVERAGES = (ASGD, SWA, EMAOverwrite, WeightEMA)
#: Those that step within the backward pass of a model.
FUSED = ("pytorch_optimizer.LOMO", "pytorch_optimizer.AdaLOMO")


def load(peer: str) -> Any:
    """Return the class or function of a peer."""
    parts = peer.split(".")
    for k in range(len(parts) - 1, 0, -1):
        try:
            found: Any = importlib.import_module(".".join(parts[:k]))
        except ImportError:
            continue
        for part in parts[k:]:
            found = getattr(found, part)
        return found
    raise ImportError(peer)


def version(peer: str) -> str:
    """Return the version of a peer's library."""
    name = peer.split(".")[0]
    return importlib.metadata.version(name).split("+")[0]


def signature(peer: str) -> list[tuple[str, str, Any]]:
    """Return the arguments of a peer: names, kinds, and defaults, ``...`` for no literal."""
    target = load(peer)
    target = target.__init__ if inspect.isclass(target) else target
    return [
        (p.name, p.kind.description, literal(p.default))
        for p in inspect.signature(target).parameters.values()
        if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        and p.name not in ("self", "params", "parameters")
        and not (p.name == "model" and peer in FUSED)
    ]


def literal(value: Any) -> Any:
    """Return a default if it is a literal of Python or missing, else ``...``."""
    if value is inspect.Parameter.empty:
        return value
    try:
        return value if ast.literal_eval(repr(value)) == value else ...
    except (SyntaxError, ValueError):
        return ...


@contextlib.contextmanager
def without_conversion() -> Iterator[None]:
    """Let PyTorch's code keep the type of a tensor where it converts it to a shorter one."""
    import torch
    from pytorch_optimizer import AdaFactor
    from pytorch_optimizer.optimizer.utils.matrix import zero_power_via_newton_schulz_5

    functions: list[Any] = [zero_power_via_newton_schulz_5, AdaFactor.__init__]
    defaults = [function.__defaults__ for function in functions]
    original = torch.Tensor.bfloat16, torch.float32
    torch.Tensor.bfloat16, torch.float32 = torch.Tensor.clone, torch.float64
    for function in functions:
        function.__defaults__ = tuple(
            torch.float64 if value is torch.bfloat16 else value for value in function.__defaults__
        )
    try:
        yield
    finally:
        torch.Tensor.bfloat16, torch.float32 = original
        for function, values in zip(functions, defaults, strict=True):
            function.__defaults__ = values


def run_call(call: Call, problem: Problem, steps: int = STEPS) -> np.ndarray:
    """Return the parameters after each step of a call of a library."""
    run = {"optax": run_optax, "keras": run_keras}.get(call.peer.split(".")[0], run_torch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return run(call, problem, steps)


def from_zero(value: Any) -> Callable[[Any], Any] | None:
    """Return a schedule as a function of a library's count, and None for a constant.

    A schedule of adamdoc counts from 1, any other function from 0, as the library does.
    """
    if isinstance(value, tuple):
        entries = [from_zero(entry) or (lambda _, v=entry: v) for entry in value]
        varies = any(callable(entry) for entry in value)
        return (lambda count: tuple(entry(count) for entry in entries)) if varies else None
    if isinstance(value, Schedule):
        return lambda count: value(int(count) + 1)
    return value if callable(value) else None


def split(arguments: Values) -> tuple[Values, dict[str, Callable[[Any], Any]]]:
    """Return the constant arguments, with the first values of schedules, and the schedules."""
    varying = {n: f for n, v in arguments.items() if (f := from_zero(v)) is not None}
    return {**arguments, **{n: f(0) for n, f in varying.items()}}, varying


# PyTorch and pytorch_optimizer


def run_torch(call: Call, problem: Problem, steps: int) -> np.ndarray:
    import torch

    torch.set_default_dtype(torch.float64)  # NAdam keeps a product in the default type
    average = None
    if call.peer.startswith("torch.optim.swa_utils"):
        average, call = call, replace(call.inner, before=call.before)  # type: ignore[type-var]
    params = {n: torch.nn.Parameter(torch.tensor(v)) for n, v in problem.start.items()}
    optimizer, advance = torch_optimizer(call, [*params.values()])
    clips = [(load(clip.peer), *split(clip.arguments)) for clip in call.before]
    model = torch.nn.ParameterDict(params)
    averaged = None if average is None else averaged_model(average, model)

    def backward(t: int) -> None:
        g = problem.gradient({n: p.detach().numpy().copy() for n, p in params.items()}, t)
        for name, parameter in params.items():
            parameter.grad = torch.tensor(g[name])
            if "SparseAdam" in call.peer:
                parameter.grad = parameter.grad.to_sparse(1)  # of the rows that are not zero
        for clip, constant, varying in clips:
            now = {n: f(t) for n, f in varying.items()}
            clip([*params.values()], **{**constant, **now})

    path = []
    for t in range(steps):
        backward(t)
        advance(t)
        if "SAM" in call.peer:
            optimizer.first_step()
            backward(t)
            optimizer.second_step()
        elif "Sophia" in call.peer:
            due = t % call.arguments.get("update_period", 10) == 0
            now = curvature({n: p.detach().numpy() for n, p in params.items()}, t)
            optimizer.step(hessian=[torch.tensor(v) for v in now.values()] if due else None)
        elif "LBFGS" in call.peer:
            optimizer.step(lambda: torch.tensor(0.0))  # the gradient is there
        elif call.peer in FUSED:
            fused_step(optimizer, [*params.values()])
        else:
            optimizer.step()
        path.append(flat({n: p.detach().numpy().copy() for n, p in params.items()}))
        if "ASGD" in call.peer:  # what it recommends is an average, in its state
            mean = {n: optimizer.state[p]["ax"].numpy().copy() for n, p in params.items()}
            path[-1] = np.concatenate([path[-1], flat(mean)])
        if averaged is not None:
            averaged.update_parameters(model)
            mean = {n: averaged.module[n].detach().numpy().copy() for n in params}
            path[-1] = np.concatenate([path[-1], flat(mean)])
    return np.array(path)


def fused_step(optimizer: Any, params: list[Any]) -> None:
    """Take a step within the backward pass of a loss that has the gradients of the parameters."""
    gradients = [parameter.grad for parameter in params]

    def loss() -> Any:
        return sum((p * g).sum() for p, g in zip(params, gradients, strict=True))

    for parameter in params:
        parameter.grad = None
    if optimizer.clip_grad_norm:
        optimizer.grad_norm(loss())
    optimizer.fused_backward(loss(), optimizer.param_groups[0]["lr"])


#: Those that round a factor of the step to float32 if they step all arrays at once.
ROUNDING = ("pytorch_optimizer.LaProp",)


def averaged_model(call: Call, model: Any) -> Any:
    """Return the average of a model's parameters that a call of PyTorch keeps."""
    from torch.optim.swa_utils import AveragedModel

    if call.peer.endswith("AveragedModel"):
        return AveragedModel(model, **call.arguments)
    place = "multi_avg_fn" if "multi" in call.peer else "avg_fn"
    return AveragedModel(model, **{place: load(call.peer)(**call.arguments)})


def torch_optimizer(call: Call, params: list[Any]) -> tuple[Any, Callable[[int], None]]:
    """Return an optimizer of PyTorch, and what sets its hyperparameters before each step."""
    import torch

    inner = call.inner
    if inner is not None and call.peer in AROUND_CLASS:
        return load(call.peer)(
            params, load(inner.peer), **call.arguments, **inner.arguments
        ), lambda _t: None
    if inner is not None:
        inside, advance = torch_optimizer(inner, params)
        return load(call.peer)(inside, **call.arguments), advance
    constant, varying = split(call.arguments)
    if "LBFGS" in call.peer:
        constant["max_iter"] = 1  # one update in a step
    constant |= {"foreach": False} if call.peer in ROUNDING else {}
    rate = varying.pop("lr", None)
    given: Any = torch.nn.ParameterList(params) if call.peer in FUSED else params
    given = (
        [{"params": params, "use_muon": True}] if call.peer == "pytorch_optimizer.Muon" else given
    )
    optimizer = load(call.peer)(given, **(constant | {"lr": 1.0} if rate else constant))
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, rate) if rate else None

    def advance(t: int) -> None:
        if scheduler and t:
            scheduler.step()
        for group in optimizer.param_groups:
            group.update({name: function(t) for name, function in varying.items()})

    return optimizer, advance


# Optax

#: Compiled steps, by the call with its numbers left out.
COMPILED: dict[Any, Any] = {}
#: Those whose code asks for the values of numbers: they are compiled for each value.
UNTRACEABLE: set[Any] = set()


class Number:
    """The place of a number in a call: compiled code takes it as an argument."""

    def __repr__(self) -> str:
        return "number"


NUMBER = Number()


def blank(value: Any, numbers: list[float]) -> Any:
    """Return a value with its numbers taken out into a list."""
    if isinstance(value, tuple):
        return tuple(blank(entry, numbers) for entry in value)
    if isinstance(value, float):
        numbers.append(value)
        return NUMBER
    return value


def filled(value: Any, numbers: Iterator[Any]) -> Any:
    """Return a value with its numbers put back."""
    if isinstance(value, tuple):
        return tuple(filled(entry, numbers) for entry in value)
    return next(numbers) if value is NUMBER else value


def transform(call: Call, fill: Callable[[Values], Values]) -> Any:
    """Return a transformation of Optax; `fill` gives the arguments of each call."""
    import optax

    parts = []
    for link in links(call):
        if link.inner is not None:
            inside = transform(link.inner, fill)
            parts.append(load(link.peer)(inside, **fill(link.arguments)))
            continue
        arguments = fill(link.arguments)
        varying = {n: f for n, v in arguments.items() if (f := from_zero(v)) is not None}
        factory = load(link.peer)
        if set(varying) - {"learning_rate"}:
            names = inspect.signature(factory).parameters
            fixed = [n for n in names if n not in varying or n == "learning_rate"]
            factory = optax.inject_hyperparams(factory, static_args=fixed)
        parts.append(factory(**{**arguments, **varying}))
    return optax.chain(*parts) if len(parts) > 1 else parts[0]


def run_optax(call: Call, problem: Problem, steps: int) -> np.ndarray:
    import jax
    import jax.numpy as jnp
    import optax

    numbers: list[float] = []
    shape = tuple(sorted((n, np.shape(v)) for n, v in problem.start.items()))
    key = (repr(filled_out(call, numbers)), shape)
    theta = {n: jnp.asarray(v) for n, v in problem.start.items()}
    pair = any(link.peer == "optax.lookahead" for link in links(call))
    if pair:
        theta = optax.LookaheadParams.init_synced(theta)

    def fill(numbers: Any) -> Callable[[Values], Values]:
        rest = iter(numbers)
        return lambda arguments: {n: filled(blank(v, []), rest) for n, v in arguments.items()}

    def init(numbers: Any, theta: Any) -> Any:
        return transform(call, fill(numbers)).init(theta)

    def step(numbers: Any, drawn: Any, value: Any, g: Any, state: Any, theta: Any) -> Any:
        optax.tree.random_like = lambda *_, **__: drawn  # in place of random noise
        rule = optax.with_extra_args_support(transform(call, fill(numbers)))
        updates, state = rule.update(g, state, theta, value=value)
        return optax.apply_updates(theta, updates), state

    if key not in UNTRACEABLE and key not in COMPILED:
        try:
            jax.eval_shape(init, numbers, theta)
            like = theta.fast if pair else theta
            jax.eval_shape(
                lambda a, b: step(a, like, 0.5, like, init(a, b), b),
                numbers,
                theta,
            )
            COMPILED[key] = jax.jit(init), jax.jit(step)
        except (jax.errors.JAXTypeError, TypeError, ValueError):
            UNTRACEABLE.add(key)
    if key in UNTRACEABLE:
        key = (*key, *numbers)
        if key not in COMPILED:
            fixed = tuple(numbers)
            COMPILED[key] = (
                lambda _, theta: init(fixed, theta),
                jax.jit(lambda _, *rest: step(fixed, *rest)),
            )
    compiled_init, compiled_step = COMPILED[key]
    state = compiled_init(numbers, theta)
    path = []
    for t in range(steps):
        now = theta.fast if pair else theta
        named = {n: np.asarray(v) for n, v in now.items()}
        g, value = problem.gradient(named, t), loss(named, t)
        drawn = {n: jnp.asarray(v) for n, v in noise(problem.start, t).items()}
        theta, state = compiled_step(
            numbers, drawn, value, {n: jnp.asarray(v) for n, v in g.items()}, state, theta
        )
        now = theta.fast if pair else theta
        path.append(flat({n: np.asarray(now[n]) for n in problem.start}))
    return np.array(path)


def filled_out(call: Call, numbers: list[float]) -> Any:
    """Return the structure of a call; its numbers are appended to a list in order."""
    parts = []
    for link in links(call):
        if link.inner is not None:
            parts.append(filled_out(link.inner, numbers))
        parts.append((link.peer, [(n, blank(v, numbers)) for n, v in link.arguments.items()]))
    return parts


# Keras


def run_keras(call: Call, problem: Problem, steps: int) -> np.ndarray:
    import keras

    keras.config.set_floatx("float64")
    theta = {n: keras.Variable(v, dtype="float64", name=n) for n, v in problem.start.items()}
    constant, varying = split(call.arguments)
    if "learning_rate" in varying:
        constant["learning_rate"] = keras_schedule(varying.pop("learning_rate"))
    optimizer = load(call.peer)(**constant)
    path = []
    for t in range(steps):
        for name, function in varying.items():
            setattr(optimizer, name, function(t))
        now = {n: keras.ops.convert_to_numpy(v).copy() for n, v in theta.items()}
        g = problem.gradient(now, t)
        tensors = [keras.ops.convert_to_tensor(g[n], dtype="float64") for n in theta]
        optimizer.apply(tensors, [*theta.values()])
        path.append(flat({n: keras.ops.convert_to_numpy(v).copy() for n, v in theta.items()}))
        if optimizer.use_ema:
            means = optimizer._model_variables_moving_average
            mean = [np.ravel(keras.ops.convert_to_numpy(v)) for v in means]
            path[-1] = np.concatenate([path[-1], *mean])
    return np.array(path)


def keras_schedule(function: Callable[[Any], Any]) -> Any:
    """Return a function of the count as a schedule of Keras."""
    import keras

    class Rate(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
        def __call__(self, step: Any) -> Any:
            return function(step)

    return Rate()


# adamdoc


def run_adamdoc(optimizer: Any, problem: Problem, steps: int = STEPS) -> np.ndarray:
    """Return the parameters after each step of adamdoc's: a single array is given as one.

    The average of the parameters follows them, if that is what the optimizer is about.
    """
    single = len(problem.start) == 1
    name = next(iter(problem.start))

    def gradient(theta: Any, t: int) -> Any:
        g = problem.gradient({name: theta} if single else theta, t)
        return g[name] if single else g

    theta: Any = problem.start[name] if single else problem.start
    state = optimizer.init(theta)
    averages = any(isinstance(layer, AVERAGES) for layer in layers(optimizer))
    path = []
    with np.errstate(all="ignore"):
        for t in range(steps):
            extra: Values = {}
            needed = needs(optimizer, t + 1)
            named: Params = {name: theta} if single else theta
            if "curvature" in needed:
                now: Params = curvature(named, t)
                extra["curvature"] = now[name] if single else now
            if "gradient" in needed:
                extra["gradient"] = functools.partial(gradient, t=t)
            if "loss" in needed:
                extra["loss"] = loss(named, t)
            if "noise" in needed:
                drawn: Params = noise(named, t)
                extra["noise"] = drawn[name] if single else drawn
            theta, state = optimizer.update(theta, gradient(theta, t), state, **extra)
            path.append(flat({name: theta} if single else theta))
            if averages:
                mean = optimizer.point(theta, state)
                path[-1] = np.concatenate([path[-1], flat({name: mean} if single else mean)])
    return np.array(path)
