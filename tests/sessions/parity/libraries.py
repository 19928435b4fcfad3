"""Run the optimizers of other libraries, and adamdoc's, on the same problems in float64."""

import ast
import importlib
import importlib.metadata
import inspect
import os
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc import SGD
from adamdoc.curvature import estimate_due

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ.setdefault("JAX_ENABLE_X64", "1")

Problem = Callable[[np.ndarray, int], np.ndarray]
STEPS = 200
START = np.array([[1.5, -0.8], [0.3, 2.0], [-1.1, 0.6]])
#: Curvatures of the bowl, one for each entry of the parameters.
CURVATURE = np.array([[2.0, 20.0], [1.0, 0.1], [5.0, 8.0]])
NOISE = np.random.default_rng(0).standard_normal((STEPS, *START.shape))


def bowl(theta: np.ndarray, _t: int) -> np.ndarray:
    """Return the gradient of a badly conditioned quadratic."""
    return CURVATURE * theta


def noisy(theta: np.ndarray, t: int) -> np.ndarray:
    """Return the gradient of a shallow quadratic, with noise of many sizes."""
    return 0.3 * theta + NOISE[t] * 10.0 ** (2 * np.sin(0.7 * t + np.arange(6).reshape(3, 2)))


def curved(theta: np.ndarray, _t: int) -> np.ndarray:
    """Return the gradient of a sum of log cosh, in which the columns are coupled."""
    mix = np.array([[1.0, 0.4], [-0.3, 1.2]])
    return np.tanh(theta @ mix - 0.5) @ mix.T + 0.05 * theta


PROBLEMS: dict[str, Problem] = {"bowl": bowl, "noisy": noisy, "curved": curved}


def curvature(theta: np.ndarray, t: int) -> np.ndarray:
    """Return an estimate of a Hessian's diagonal: what methods with a curvature are given."""
    return CURVATURE * (1 + 0.3 * np.cos(t + theta))


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
    ]


def literal(value: Any) -> Any:
    """Return a default if it is a literal of Python or missing, else ``...``."""
    if value is inspect.Parameter.empty:
        return value
    try:
        return value if ast.literal_eval(repr(value)) == value else ...
    except (SyntaxError, ValueError):
        return ...


def replay(gradients: np.ndarray) -> Problem:
    """Return gradients that were recorded, whatever the parameters are.

    Near a minimum some methods step to and fro in a chaotic way: there the last digit of a
    parameter, fed back through the gradient, grows until it is the first. So the gradients are
    taken where one of two runs goes, and given to both.
    """
    return lambda _theta, t: gradients[t]


def run_peer(peer: str, arguments: dict[str, Any], problem: Problem, steps: int = STEPS) -> Any:
    """Return the parameters after each step of a peer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        library = peer.split(".")[0]
        run = {"optax": run_optax, "keras": run_keras}.get(library, run_torch)
        if peer in WRAPPERS:
            run = WRAPPERS[peer]
            arguments = {n: v for n, v in arguments.items() if n != "inner"}
        return run(peer, arguments, problem, steps)


def follow(theta: Any, problem: Problem, steps: int, step: Callable[[int], object]) -> Any:
    """Return the values of a tensor of PyTorch after each step, which finds the gradient in it."""
    import torch

    path = []
    for t in range(steps):
        theta.grad = torch.tensor(problem(theta.detach().numpy().copy(), t))
        step(t)
        path.append(theta.detach().numpy().copy())
    return np.array(path)


def clipped(peer: str, arguments: dict[str, Any], problem: Problem, steps: int) -> Any:
    """Return a run of PyTorch's clipping around its momentum."""
    import torch

    theta = torch.nn.Parameter(torch.tensor(START.copy()))
    optimizer = torch.optim.SGD([theta], lr=0.1, momentum=0.9)

    def step(_t: int) -> None:
        load(peer)([theta], **arguments)
        optimizer.step()

    return follow(theta, problem, steps, step)


def chained(peer: str, arguments: dict[str, Any], problem: Problem, steps: int) -> Any:
    """Return a run of Optax's clipping before its momentum."""
    import optax

    transform = optax.chain(load(peer)(**arguments), optax.sgd(0.1, 0.9))
    return run_optax(peer, arguments, problem, steps, transform)


def looking_ahead(peer: str, arguments: dict[str, Any], problem: Problem, steps: int) -> Any:
    """Return a run of Optax's lookahead: the fast parameters."""
    import jax.numpy as jnp
    import optax

    transform = load(peer)(optax.sgd(0.1, 0.9), **arguments)
    theta = optax.LookaheadParams.init_synced(jnp.asarray(START))
    state = transform.init(theta)
    path = []
    for t in range(steps):
        g = jnp.asarray(problem(np.asarray(theta.fast), t))
        updates, state = transform.update(g, state, theta)
        theta = optax.apply_updates(theta, updates)
        path.append(np.asarray(theta.fast))
    return np.array(path)


def wrapped(peer: str, arguments: dict[str, Any], problem: Problem, steps: int) -> Any:
    """Return a run of pytorch_optimizer's wrappers around PyTorch's momentum."""
    import torch

    theta = torch.nn.Parameter(torch.tensor(START.copy()))
    if peer.endswith("SAM"):
        sam = load(peer)([theta], torch.optim.SGD, lr=0.1, momentum=0.9, **arguments)
        halves = (sam.first_step, sam.second_step)
        return follow(theta, problem, steps, lambda t: halves[t % 2]())
    inside = torch.optim.SGD([theta], lr=0.1, momentum=0.9)
    optimizer = load(peer)(inside, **arguments)
    return follow(theta, problem, steps, lambda _t: optimizer.step())


#: The optimizer of adamdoc that is inside them: the same as that of the library.
INNER = SGD(lr=0.1, momentum=0.9)
#: How to run what is no optimizer by itself.
WRAPPERS = {
    "torch.nn.utils.clip_grad_norm_": clipped,
    "torch.nn.utils.clip_grad_value_": clipped,
    "optax.clip_by_global_norm": chained,
    "optax.clip": chained,
    "optax.add_decayed_weights": chained,
    "optax.lookahead": looking_ahead,
    "pytorch_optimizer.Lookahead": wrapped,
    "pytorch_optimizer.SAM": wrapped,
}


def run_torch(peer: str, arguments: dict[str, Any], problem: Problem, steps: int) -> Any:
    import torch

    torch.set_default_dtype(torch.float64)  # NAdam keeps a product in the default type
    theta = torch.nn.Parameter(torch.tensor(START.copy()))
    optimizer = load(peer)([theta], **arguments)
    if "Sophia" not in peer:
        return follow(theta, problem, steps, lambda _t: optimizer.step())
    every = arguments.get("update_period", 10)

    def step(t: int) -> None:
        now = [torch.tensor(curvature(theta.detach().numpy(), t))] if t % every == 0 else None
        optimizer.step(hessian=now)

    return follow(theta, problem, steps, step)


def run_optax(
    peer: str, arguments: dict[str, Any], problem: Problem, steps: int, transform: Any = None
) -> Any:
    import jax
    import jax.numpy as jnp
    import optax

    transform = transform or load(peer)(**arguments)
    theta = jnp.asarray(START)
    state = transform.init(theta)

    @jax.jit
    def step(g: Any, state: Any, theta: Any) -> Any:
        updates, state = transform.update(g, state, theta)
        return optax.apply_updates(theta, updates), state

    path = []
    for t in range(steps):
        theta, state = step(jnp.asarray(problem(np.asarray(theta), t)), state, theta)
        path.append(np.asarray(theta))
    return np.array(path)


def run_keras(peer: str, arguments: dict[str, Any], problem: Problem, steps: int) -> Any:
    import keras

    keras.config.set_floatx("float64")
    theta = keras.Variable(START, dtype="float64", name="theta")
    optimizer = load(peer)(**arguments)
    path = []
    for t in range(steps):
        now = keras.ops.convert_to_numpy(theta).copy()
        g = keras.ops.convert_to_tensor(problem(now, t), dtype="float64")
        optimizer.apply([g], [theta])
        path.append(keras.ops.convert_to_numpy(theta).copy())
    return np.array(path)


def run_adamdoc(optimizer: Any, problem: Problem, steps: int = STEPS) -> Any:
    """Return the parameters after each step of adamdoc's."""
    theta, state = START, optimizer.init(START)
    path = []
    with np.errstate(all="ignore"):
        for t in range(steps):
            extra = {}
            if estimate_due(optimizer, t + 1):
                extra["curvature"] = curvature(theta, t)
            theta, state = optimizer.update(theta, problem(theta, t), state, **extra)
            path.append(theta)
    return np.array(path)


def deviation(ours: Any, theirs: Any) -> float:
    """Return the largest difference over all steps, in units of the largest parameter so far.

    Where both have left the range of numbers, from then on there is nothing to compare.
    """
    worst = size = 0.0
    for a, b in zip(ours, theirs, strict=True):
        size = max(size, float(np.abs(b).max()))
        if not np.isfinite(b).all() or size > 1e100:
            return worst if not np.isfinite(a).all() or np.abs(a).max() > 1e90 else np.inf
        worst = max(worst, float(np.abs(a - b).max()) / max(size, 1e-300))
        if not worst < np.inf:
            return np.inf
    return worst
