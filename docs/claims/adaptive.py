"""Claims about learning rates for each coordinate."""

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import (
    AdaGrad,
    Adam,
    GradientDescent,
    Optimizer,
    RMSprop,
    SignSGD,
)
from adamdoc.papers.measures import settled, slope
from adamdoc.problems import Quadratic, Ravine
from adamdoc.run import minimize, walk
from claims.core import COMMON, Case, claim

TOPIC = "adaptive rates"
CONDITIONING = "3_landscapes/plot_1_conditioning"


@claim(
    TOPIC,
    "AdaGrad's learning rate falls like one over the root of the step, and never recovers.",
    source="duchi2011",
    place="section 1.1",
    fault="AdaGrad forgets",
)
def adagrad_rate_falls() -> list[Case]:
    """The lengths of the steps along gradients of constant size; RMSprop's do not fall."""
    cases = []
    for optimizer, expected in ((AdaGrad(lr=1.0), True), (RMSprop(lr=1.0), False)):
        steps = np.abs(np.diff(walk(optimizer, np.ones((3000, 1)))[:, 0]))
        found = slope(range(1000, 2999), steps[1000:2999])
        name = type(optimizer).__name__
        what = "distance of the exponent from -1/2"
        cases.append(Case(name, what, (abs(found + 0.5),), "<", 0.01, expected))
    return cases


@claim(
    TOPIC,
    "RMSprop takes equal steps whatever the scale of each coordinate's gradient.",
    fault="RMSprop does not divide",
)
def rmsprop_tames_scales() -> list[Case]:
    """The same random gradients, each coordinate's in another unit. eps sets the limit."""
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((200, 4))
    cases = []
    for optimizer, low, expected in (
        (RMSprop(lr=0.01), -3, True),
        (RMSprop(lr=0.01), -9, False),
        (GradientDescent(lr=0.01), -3, False),
    ):
        units = np.geomspace(10.0**low, 1e3, 4)
        plain, scaled = walk(optimizer, gradients), walk(optimizer, gradients * units)
        off = np.abs(plain - scaled).max() / np.abs(plain).max()
        name = f"{type(optimizer).__name__}, units from 1e{low} to 1000"
        cases.append(Case(name, "relative distance of the paths", (off,), "<", 1e-3, expected))
    return cases


@claim(
    TOPIC,
    "Learning rates for each coordinate cure bad conditioning.",
    source=COMMON,
    gallery=CONDITIONING,
    fault="AdaGrad does not divide",
)
def adaptive_rates_cure_conditioning() -> list[Case]:
    """Bowls stretched along an axis, and the same turned by 45 degrees; ten starts, 60 rates.

    Only a valley along an axis can be widened by a rate for each axis. What helps Adam in a turned
    valley is its momentum.
    """
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    rates = np.geomspace(1e-3, 3, 60)[:, None, None]
    starts = np.random.default_rng(0).uniform(-2, 2, (10, 2))

    def steps(method: type[Optimizer], kappa: float, matrix: Array) -> float:
        bowl = Quadratic([1, kappa])
        functions = (lambda p: bowl.loss(p @ matrix), lambda p: bowl.grad(p @ matrix) @ matrix.T)
        run = minimize(
            functions,
            method(lr=rates),  # type: ignore[call-arg]
            start=starts @ matrix.T,
            steps=600,
            batch=True,
        )
        needed = settled(run.losses / run.losses[0], 1e-6)
        return float(np.median(needed, axis=1).min())

    what = "steps to a millionth of the loss, over those on a round bowl"
    cases = []
    for method, kappa, name, matrix, expected in (
        (AdaGrad, 100.0, "along the axes", np.eye(2), True),
        (AdaGrad, 100.0, "turned", turn, False),
        (Adam, 300.0, "along the axes", np.eye(2), True),
        (Adam, 300.0, "turned", turn, True),
    ):
        ratio = steps(method, kappa, matrix) / steps(method, 1.0, np.eye(2))
        condition = f"{method.__name__}, condition number {kappa:g}, {name}"
        cases.append(Case(condition, what, (ratio,), "<", 1.5, expected))
    return cases


@claim(
    TOPIC,
    "At a constant learning rate RMSprop settles at the minimum.",
    source=COMMON,
    fault="RMSprop does not divide",
)
def rmsprop_settles() -> list[Case]:
    """It does not: near the minimum its steps keep the length of the rate. Adam does settle."""
    what = "loss after 1,000 steps on the ravine, lr = 0.05"
    cases = []
    for optimizer, expected in ((RMSprop(lr=0.05), False), (Adam(lr=0.05), True)):
        losses = minimize(Ravine(), optimizer, steps=1000).losses
        name = type(optimizer).__name__
        cases.append(Case(name, what, (losses[-1],), "<", 1e-6, expected))
    return cases


@claim(
    TOPIC,
    "With both betas 0 Adam takes the sign of the gradient.",
    source="bernstein2018",
    place="section 1",
    fault="Adam does not divide",
)
def adam_without_memory_is_sign() -> list[Case]:
    """Along random gradients; eps = 0."""
    gradients = np.random.default_rng(0).standard_normal((100, 5))
    sign = walk(SignSGD(lr=0.1), gradients)
    cases = []
    for beta, expected in ((0.0, True), (0.5, False)):
        path = walk(Adam(lr=0.1, beta1=beta, beta2=beta, eps=0.0), gradients)
        off = np.abs(path - sign).max()
        name = f"both betas {beta:g}"
        cases.append(Case(name, "largest distance of the paths", (off,), "<", 1e-12, expected))
    return cases


@claim(
    TOPIC,
    "AdaGrad is Adam with beta1 = 0, beta2 next to 1 and the rate falling with 1/sqrt(t).",
    source="kingma2015",
    place="section 5, AdaGrad",
    fault="Adam without bias correction",
)
def adagrad_is_a_limit_of_adam() -> list[Case]:
    """Along random gradients. The bias correction turns the average into a sum over t."""
    gradients = np.random.default_rng(0).standard_normal((300, 5))
    adagrad = walk(AdaGrad(lr=0.1, eps=1e-8), gradients)
    cases = []
    for beta2, expected in ((1 - 1e-7, True), (0.99, False)):
        adam = Adam(lr=lambda t: 0.1 / np.sqrt(t), beta1=0.0, beta2=beta2)
        off = np.abs(walk(adam, gradients) - adagrad).max() / np.abs(adagrad).max()
        name = f"1 - beta2 = {1 - beta2:.2g}"
        cases.append(Case(name, "relative distance of the paths", (off,), "<", 1e-4, expected))
    return cases
