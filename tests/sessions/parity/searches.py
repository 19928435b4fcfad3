"""Hold line searches against those of PyTorch and Optax, on losses that both can evaluate."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
from problems import CURVATURE, START, Recorder, deviation
from problems import Problem as Given

from adamdoc import (
    Backtracking,
    GradientDescent,
    Optimizer,
    Rosenbrock,
    StrongWolfe,
    ZoomLineSearch,
)
from adamdoc.dialects.forms import LBFGSDialect

LIMIT, STEPS = 1e-10, 15
MIX = np.array([[1.0, 0.4], [-0.3, 1.2]])
Loss = tuple[Callable[[Any], Any], Callable[[Any], Any], np.ndarray]
#: Losses with their gradients and a starting point.
LOSSES: dict[str, Loss] = {
    "bowl": (lambda x: (CURVATURE * x**2).sum() / 2, lambda x: CURVATURE * x, START),
    "curved": (
        lambda x: np.log(np.cosh(x @ MIX - 0.5)).sum() + 0.025 * (x**2).sum(),
        lambda x: np.tanh(x @ MIX - 0.5) @ MIX.T + 0.05 * x,
        START,
    ),
    "quartic": (
        lambda x: (CURVATURE * x**2 / 2 + x**4 / 4).sum(),
        lambda x: CURVATURE * x + x**3,
        START,
    ),
    "Rosenbrock": (Rosenbrock().loss, Rosenbrock().grad, np.array([-1.2, 1.0])),
}


class Tape:
    """A loss whose values and gradients are kept, and given again to another optimizer."""

    def __init__(self, loss: Loss) -> None:
        self.loss, self.grad, self.start = loss
        self.kept: dict[str, list[Any]] = {"loss": [], "grad": []}

    def take(self, name: str, x: Any) -> Any:
        """Return the loss or the gradient at a point, and keep it."""
        self.kept[name].append(getattr(self, name)(x))
        return self.kept[name][-1]

    def again(self, optimizer: Optimizer, steps: int) -> np.ndarray:
        """Return the path of an optimizer that is given what was kept, in the same order."""
        losses, gradients = map(iter, self.kept.values())
        theta: Any = self.start
        state, path = optimizer.init(theta), []
        given = {"objective": lambda _: next(losses), "gradient": lambda _: next(gradients)}
        for _ in range(steps):
            extra: dict[str, Any] = {}
            if optimizer.takes_objective:
                extra = {"loss": next(losses), "objective": given["objective"]}
            g = next(gradients)
            if optimizer.takes_gradient:
                extra["gradient"] = given["gradient"]
            theta, state = optimizer.update(theta, g, state, **extra)
            path.append(np.ravel(theta))
        return np.array(path)


def torch_path(tape: Tape, steps: int, **arguments: Any) -> np.ndarray:
    """Return the parameters after each step of PyTorch's L-BFGS."""
    import torch

    torch.set_default_dtype(torch.float64)
    parameter = torch.nn.Parameter(torch.tensor(tape.start))
    optimizer = torch.optim.LBFGS([parameter], **arguments)

    def closure() -> Any:
        x = parameter.detach().numpy().copy()
        parameter.grad = torch.tensor(tape.take("grad", x))
        return torch.tensor(tape.take("loss", x))

    path = []
    for _ in range(steps):
        optimizer.step(closure)
        path.append(parameter.detach().numpy().ravel().copy())
    return np.array(path)


def optax_path(tape: Tape, steps: int, transform: Any) -> np.ndarray:
    """Return the parameters after each step of a transformation that is given the loss."""
    import jax
    import jax.numpy as jnp
    import optax

    jax.config.update("jax_enable_x64", True)
    like = jax.ShapeDtypeStruct((), jnp.float64)

    @jax.custom_vjp
    def value_fn(x: Any) -> Any:
        return jax.pure_callback(lambda x: np.asarray(tape.take("loss", np.asarray(x))), like, x)

    def both(x: Any) -> Any:
        x = np.asarray(x)
        return np.asarray(tape.take("loss", x)), np.asarray(tape.take("grad", x))

    def forward(x: Any) -> Any:
        return jax.pure_callback(both, (like, jax.ShapeDtypeStruct(x.shape, x.dtype)), x)

    value_fn.defvjp(forward, lambda g, one: (one * g,))
    theta = jnp.asarray(tape.start)
    transform = optax.with_extra_args_support(transform)
    state, path = transform.init(theta), []

    @jax.jit
    def step(g: Any, state: Any, theta: Any, value: Any) -> Any:
        return transform.update(g, state, theta, value=value, grad=g, value_fn=value_fn)

    for _ in range(steps):
        now = np.asarray(theta)
        value, g = tape.take("loss", now), jnp.asarray(tape.take("grad", now))
        updates, state = step(g, state, theta, value)
        theta = optax.apply_updates(theta, updates)
        path.append(np.ravel(np.asarray(theta)))
    return np.array(path)


def strong_wolfe(name: str) -> float:
    """Return the deviation from PyTorch's search, for several settings."""
    found = []
    for lr, memory in ((1, 100), (0.3, 3), (4.0, 5)):
        tape = Tape(LOSSES[name])
        arguments = {"lr": lr, "history_size": memory, "line_search_fn": "strong_wolfe"}
        theirs = torch_path(tape, STEPS, max_iter=1, max_eval=26, **arguments)
        inner = LBFGSDialect(lr=lr, memory=memory, least_gradient=1e-7, least_decrease=1e-9)
        # Where PyTorch rests, it does not evaluate the loss along the step.
        found.append(deviation(tape.again(StrongWolfe(inner), STEPS), theirs))
    return max(found)


def several_updates(name: str) -> float:
    """Return the deviation from steps of PyTorch with five updates each, up to its tolerances."""
    tape = Tape(LOSSES[name])
    arguments = {"line_search_fn": "strong_wolfe", "tolerance_grad": 0, "tolerance_change": 0}
    theirs = torch_path(tape, 3, max_iter=5, max_eval=1000, **arguments)
    optimizer, theta = StrongWolfe(LBFGSDialect()), tape.start
    state, path = optimizer.init(theta), []
    for _ in range(15):
        extra = {"loss": float(tape.loss(theta)), "objective": tape.loss, "gradient": tape.grad}
        theta, state = optimizer.update(theta, tape.grad(theta), state, **extra)
        path.append(np.ravel(theta))
    return deviation(np.array(path[4::5]), theirs)


def without_search(name: str) -> float:
    """Return the deviation from Optax's L-BFGS without a search, for several settings."""
    import optax

    found = []
    for lr, memory, scaled in ((1.0, 10, True), (0.3, 3, True), (0.01, 10, False)):
        _, grad, start = LOSSES[name]
        recorder = Recorder(Given({"x": start}, lambda theta, _, f=grad: {"x": f(theta["x"])}))
        tape = Tape(
            (lambda _: 0.0, lambda x, r=recorder: r.problem.gradient({"x": x}, 0)["x"], start)
        )
        transform = optax.lbfgs(lr, memory, scaled, linesearch=None)
        theirs = optax_path(tape, STEPS, transform)
        switches = {"every": 1.0, "euclidean": 1.0, "scaled": float(scaled)}
        ours = LBFGSDialect(lr=lr, memory=memory, least_curvature=0.0, **switches)
        found.append(deviation(tape.again(ours, STEPS), theirs))
    return max(found)


def backtracking(name: str) -> float:
    """Return the deviation from Optax's backtracking, for several settings."""
    import optax

    found = []
    for tries, c1, factor, growth in (
        (15, 1e-4, 0.8, 1.5),
        (40, 0.3, 0.5, 1.0),
        (2, 0.5, 0.7, 9.0),
    ):
        tape = Tape(LOSSES[name])
        search = optax.scale_by_backtracking_linesearch(tries, c1, factor, growth)
        theirs = optax_path(tape, STEPS, optax.chain(optax.sgd(0.5), search))
        ours = Backtracking(GradientDescent(0.5), c1, factor, growth, tries=tries)
        found.append(deviation(tape.again(ours, STEPS), theirs))
    return max(found)


def zooming(name: str) -> float:
    """Return the deviation from Optax's L-BFGS with its search, for several settings."""
    import optax

    found = []
    for lr, memory, scaled, search in (
        (None, 10, True, {}),
        (0.3, 3, True, {"tries": 5, "c2": 0.1}),
        (4.0, 10, False, {"tries": 9, "c1": 0.2, "c2": 0.3, "growth": 1.5}),
        (30.0, 5, True, {"tries": 20, "c2": 1e-3, "slack": 0.0, "width": 1e-2}),
        (1e-3, 5, True, {"tries": 4}),
    ):
        tape, given = Tape(LOSSES[name]), {"tries": 20, **search}
        arguments = {OPTAX[n]: value for n, value in given.items()}
        linesearch = optax.scale_by_zoom_linesearch(initial_guess_strategy="one", **arguments)
        theirs = optax_path(tape, STEPS, optax.lbfgs(lr, memory, scaled, linesearch))
        switches = {"every": 1.0, "euclidean": 1.0, "scaled": float(scaled)}
        inner = LBFGSDialect(lr=lr or 1.0, memory=memory, least_curvature=0.0, **switches)
        found.append(deviation(tape.again(ZoomLineSearch(inner, **given), STEPS), theirs))
    return max(found)


#: Optax's names of the numbers of `ZoomLineSearch`.
OPTAX = {
    "tries": "max_linesearch_steps",
    "c1": "slope_rtol",
    "c2": "curv_rtol",
    "growth": "increase_factor",
    "slack": "approx_dec_rtol",
    "width": "stepsize_precision",
}
#: The losses on which it is held. On the bowl, where a parabola fits exactly, the cubic term of the
#: interpolation is rounding alone, and so is the length at which the cubic is lowest.
ZOOMED = ("quartic", "curved", "Rosenbrock")
SEARCHES: dict[str, Callable[[], float]] = {
    f"{title} on {name}": functools.partial(function, name)
    for title, function in {
        "torch.optim.LBFGS, strong_wolfe": strong_wolfe,
        "torch.optim.LBFGS, max_iter=5": several_updates,
        "optax.lbfgs, other searches": zooming,
        "optax.lbfgs, linesearch=None": without_search,
        "optax.scale_by_backtracking_linesearch": backtracking,
    }.items()
    for name in (ZOOMED if title.endswith("other searches") else ("bowl", "curved", "Rosenbrock"))
}


def check_search(name: str) -> dict[str, Any]:
    """Return what was found for one of the searches."""
    off = SEARCHES[name]()
    faults = [] if off <= LIMIT else [f"{name}: off by {off:.1e}"]
    return {"peer": name, "deviation": off, "faults": faults}


if __name__ == "__main__":
    for title in SEARCHES:
        print(check_search(title))
