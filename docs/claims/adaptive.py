"""Claims about learning rates for each coordinate."""

import functools

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import (
    AdaDelta,
    AdaGrad,
    Adam,
    GradientDescent,
    Optimizer,
    RMSprop,
    SignSGD,
)
from adamdoc.papers.measures import settled, slope
from adamdoc.problems import Quadratic, Ravine
from adamdoc.run import Functions, minimize, walk
from adamdoc.tuning import Range, Space
from claims.core import AS_GOOD, CLOSE, COMMON, EXPERIMENT, SAME, Bound, Case, claim
from claims.tuning import tuned_on

TOPIC = "adaptive rates"
CONDITIONING = "3_landscapes/plot_1_conditioning"


@claim(
    TOPIC,
    "AdaGrad's learning rate falls like one over the root of the step, and never recovers.",
    finding="holds while the gradients keep their size; if they vanish, the rate levels off",
    source="zeiler2012",
    place="section 3, first drawback of AdaGrad",
    fault="AdaGrad forgets",
)
def adagrad_rate_falls() -> list[Case]:
    """The exponent of the rate over 3,000 steps, and the largest growth of the rate in a step.

    The rate is lr over the root of the summed squares, which never falls. Under gradients of one
    size it is lr / (size * sqrt(t)). If gradients shrink like 1 / t, the sum of their squares is
    finite, so the rate levels off. RMSprop, the contrast, keeps its rate.
    """
    t = np.arange(1, 3001)[:, None]
    noise = np.random.default_rng(0).standard_normal((3000, 1))

    def rates(optimizer: Optimizer, gradients: Array) -> Array:
        path = walk(optimizer, gradients)
        return (-np.diff(path, axis=0, prepend=0) / gradients)[:, 0]

    what = "exponent of the rate against the step, distance from -1/2"
    cases = []
    for name, optimizer, gradients, bound, role, expected in (
        ("AdaGrad, constant gradients", AdaGrad(lr=1.0), 1.0 + 0 * t, SAME, "within", True),
        ("AdaGrad, normal gradients", AdaGrad(lr=1.0), noise, CLOSE, "within", True),
        ("AdaGrad, gradients of 1 / t", AdaGrad(lr=1.0), 1.0 / t, CLOSE, "edge", False),
        ("RMSprop, constant gradients", RMSprop(lr=1.0), 1.0 + 0 * t, CLOSE, "contrast", False),
    ):
        found = slope(t[:, 0], rates(optimizer, gradients))
        off = abs(found + 0.5)
        cases.append(Case(name, what, (off,), "<", bound, role=role, expected=expected))
    found_rates = rates(AdaGrad(lr=1.0), noise)
    growth = float((found_rates[1:] / found_rates[:-1]).max())
    return [
        *cases,
        Case(
            *("AdaGrad, normal gradients", "largest rate over that of the step before", (growth,)),
            *("<=", Bound(1 + SAME.value, "by definition: it recovers")),
        ),
    ]


@claim(
    TOPIC,
    "RMSprop takes equal steps whatever the scale of each coordinate's gradient.",
    finding="holds for gradients far larger than eps",
    fault="RMSprop divides all by one size",
)
def rmsprop_tames_scales() -> list[Case]:
    """Random gradients, and the same with the four coordinates scaled from `low` to 1,000.

    Gradient descent is the contrast.
    """
    gradients = np.random.default_rng(0).standard_normal((200, 4))
    cases = []
    for name, optimizer, low, bound, role, expected in (
        ("RMSprop with eps = 0", RMSprop(lr=0.01, eps=0.0), 1e-9, SAME, "within", True),
        ("RMSprop", RMSprop(lr=0.01), 1e-3, CLOSE, "within", True),
        ("RMSprop", RMSprop(lr=0.01), 1e-9, CLOSE, "edge", False),
        ("gradient descent", GradientDescent(lr=0.01), 1e-3, CLOSE, "contrast", False),
    ):
        scales = np.geomspace(low, 1e3, 4)
        plain, scaled = walk(optimizer, gradients), walk(optimizer, gradients * scales)
        off = np.abs(plain - scaled).max() / np.abs(plain).max()
        full = f"{name}, scales from {low:g} to 1000"
        what = "relative distance of the paths"
        cases.append(Case(full, what, (off,), "<", bound, role=role, expected=expected))
    return cases


@claim(
    TOPIC,
    "Adaptive methods are independent of the units of the parameters.",
    finding="the units of the loss cancel; a coordinate in thousandths needs 1,000 times the rate",
    source=COMMON,
    fault="adaptive steps are shares of the parameters",
)
def adaptive_rates_ignore_units() -> list[Case]:
    """Steps to a thousandth of the initial loss on the ravine, with x in several units.

    Written in thousandths, x' = 1000 x, the coordinate starts a thousand times as far away, and its
    gradient is a thousandth. The gradient's factor cancels, so the steps are as long as before,
    although they would need to be a thousand times as long. AdaDelta's update has the right units
    on paper, but its eps does not. Two contrasts show what does work: the unit of the loss cancels,
    and converting the learning rate along with x restores the old path.
    """

    def steps(optimizer: Optimizer, scale: Array, loss_scale: float = 1.0) -> float:
        ravine = Ravine()
        functions = (
            lambda p: loss_scale * ravine.loss(p / scale),
            lambda p: loss_scale * ravine.grad(p / scale) / scale,
        )
        losses = minimize(functions, optimizer, ravine.start * scale, steps=3000).losses
        return min(float(settled(losses / losses[0], 1e-3)), 3000.0)

    one, thousandths = np.ones(2), np.array([1000.0, 1.0])
    what = "steps to a thousandth of the loss, at most 3,000, over those in the old units"
    cases = []
    for optimizer, role in (
        (AdaGrad(lr=0.5), "within"),
        (RMSprop(lr=0.01), "within"),
        (Adam(lr=0.1), "within"),
        (AdaDelta(), "within"),
    ):
        name = f"{type(optimizer).__name__}, x in thousandths"
        ratio = steps(optimizer, thousandths) / steps(optimizer, one)
        cases.append(Case(name, what, (ratio,), "<", AS_GOOD, role=role, expected=False))
    base = steps(AdaGrad(lr=0.5), one)
    for name, ratio in (
        ("AdaGrad, the loss in thousandths", steps(AdaGrad(lr=0.5), one, 1000.0) / base),
        (
            "AdaGrad, x and its learning rate in thousandths",
            steps(AdaGrad(lr=0.5 * thousandths), thousandths) / base,
        ),
    ):
        cases.append(Case(name, what, (ratio,), "<", AS_GOOD, role="contrast"))
    return cases


def _bowl(kappa: float, turn: Array) -> Functions:
    """Return the loss and the gradient of a bowl in turned coordinates."""
    bowl = Quadratic([1, kappa])
    return lambda p: bowl.loss(p @ turn), lambda p: bowl.grad(p @ turn) @ turn.T


def _needed(losses: Array) -> Array:
    return settled(losses / losses[0], 1e-6)


@claim(
    TOPIC,
    "Learning rates for each coordinate cure bad conditioning.",
    kind=EXPERIMENT,
    finding="holds for a valley along an axis; fails for a turned one",
    source=COMMON,
    gallery=CONDITIONING,
    fault="AdaGrad and RMSprop do not divide",
)
def adaptive_rates_cure_conditioning() -> list[Case]:
    """Steps to a millionth of the loss on bowls with curvatures of 1 and 100, over a round bowl.

    All hyperparameters are tuned on each bowl, with 40 trials per hyperparameter from ten random
    starts. Each setting is then judged by its median over ten other starts, for each of five seeds.

    Along the axes the scale of each gradient cancels, and the valley is as good as round. After a
    turn by 45 degrees both coordinates see the same mixture of steep and flat, so a rate for each
    coordinate can no longer separate the two.
    """
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    spaces: dict[type[Optimizer], Space] = {
        AdaGrad: {"lr": Range(0.01, 100)},
        RMSprop: {"lr": Range(1e-3, 10), "beta": Range(0.5, 0.99999, "decay")},
    }

    def starts(seed: int) -> Array:
        return np.random.default_rng(seed).uniform(-2, 2, (10, 2))

    @functools.cache
    def steps(method: type[Optimizer], kappa: float, turned: bool) -> Array:
        axes = turn if turned else np.eye(2)
        bowl, space = _bowl(kappa, axes), spaces[method]
        best = tuned_on(bowl, method, space, _needed, starts=starts(100) @ axes.T, steps=1000)
        medians = []
        for seed in range(5):
            at = starts(seed) @ axes.T
            run = minimize(bowl, method(**best.setting), at, steps=1000, batch=True)
            medians.append(np.median(np.minimum(_needed(run.losses), 1000)))
        return np.array(medians)

    what = "steps to a millionth of the loss, over those on a round bowl"
    cases = []
    for method in spaces:
        for turned, role in ((False, "within"), (True, "edge")):
            where = "turned by 45 degrees" if turned else "along the axes"
            ratios = steps(method, 100.0, turned) / steps(method, 1.0, False)
            cases.append(
                Case(
                    *(f"{method.__name__}, {where}", what, tuple(ratios), "<", AS_GOOD),
                    role=role,
                    expected=not turned,
                    task=f"a bowl {where}",
                    budget="1,000 steps",
                )
            )
    return cases


@claim(
    TOPIC,
    "At a constant learning rate RMSprop settles at the minimum.",
    finding="its steps keep the length of the rate, and it ends up leaping across the minimum",
    source=COMMON,
    fault="RMSprop does not divide",
)
def rmsprop_settles() -> list[Case]:
    """Near the minimum the gradient shrinks, and its root mean square shrinks with it.

    The steps therefore stay about lr long, and after 3,000 steps on the ravine each coordinate
    jumps between plus and minus half of that. Adam, the contrast, does settle: its momentum
    averages the jumps away.
    """
    what = "largest coordinate in the last 100 steps, in learning rates"
    bound = Bound(0.1, "margin: a tenth of a step")
    cases = []
    for optimizer, role in (
        (RMSprop(lr=0.05), "within"),
        (RMSprop(lr=0.001), "within"),
        (RMSprop(lr=0.05, beta=0.99), "within"),
        (Adam(lr=0.05), "contrast"),
    ):
        path = minimize(Ravine(), optimizer, steps=3000).path
        name = f"{type(optimizer).__name__}, lr = {optimizer.lr:g}"
        if isinstance(optimizer, RMSprop):
            name += f", beta = {optimizer.beta:g}"
        far = np.abs(path[-100:]).max() / optimizer.lr
        cases.append(Case(name, what, (far,), "<", bound, role=role, expected=role == "contrast"))
    return cases


@claim(
    TOPIC,
    "With both betas and eps 0, Adam takes the sign of every gradient that is not 0.",
    source="bernstein2018",
    place="section 1",
    fault="Adam takes no root",
)
def adam_without_memory_is_sign() -> list[Case]:
    """Along random gradients: m is the gradient, and the root of v its absolute value.

    At a gradient of 0 the step would be 0 / 0; the sign is 0.

    With betas of 0.5, the contrast, the steps have other lengths.
    """
    gradients = np.random.default_rng(0).standard_normal((100, 5))
    sign = walk(SignSGD(lr=0.1), gradients)
    cases = []
    for beta, role in ((0.0, "within"), (0.5, "contrast")):
        path = walk(Adam(lr=0.1, beta1=beta, beta2=beta, eps=0.0), gradients)
        off = np.abs(path - sign).max()
        what = "largest distance from the path of SignSGD"
        cases.append(
            Case(
                *(f"both betas {beta:g}", what, (off,), "<", SAME),
                role=role,
                expected=role == "within",
            )
        )
    return cases


@claim(
    TOPIC,
    "AdaGrad is Adam with beta1 = 0, beta2 close to 1 and a rate that falls with 1/sqrt(t).",
    source="kingma2015",
    place="section 5, AdaGrad",
    fault="Adam corrects only the first moment",
)
def adagrad_is_a_limit_of_adam() -> list[Case]:
    """Along 300 random gradients: the difference of the steps vanishes with 1 - beta2.

    The bias correction turns v into a weighted mean of t squares. The weights differ from 1 / t by
    a factor of at most beta2 to the power -t, and the root halves the exponent.
    """
    gradients = np.random.default_rng(0).standard_normal((300, 5))
    what = "largest relative difference of a step"

    def steps(optimizer: Optimizer) -> Array:
        return np.diff(walk(optimizer, gradients), axis=0, prepend=0)

    adagrad, cases = steps(AdaGrad(lr=0.1, eps=0.0)), []
    for gap in (1e-4, 1e-6):
        adam = Adam(lr=lambda t: 0.1 / np.sqrt(t), beta1=0.0, beta2=1 - gap, eps=0.0)
        off = np.abs(steps(adam) / adagrad - 1).max()
        bound = Bound((1 - gap) ** (-300 / 2) - 1, "theory: beta2^(-t/2) - 1, after 300 steps")
        cases.append(Case(f"1 - beta2 = {gap:g}", what, (off,), "<", bound))
    return cases
