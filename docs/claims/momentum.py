"""Claims about momentum."""

import numpy as np

from adamdoc.optimizers import GradientDescent, HeavyBall, Momentum, Nesterov, Optimizer
from adamdoc.papers.measures import settled
from adamdoc.papers.nesterov2018 import best_nesterov
from adamdoc.papers.polyak1964 import best_heavy_ball
from adamdoc.problems import Quadratic, Ravine, Saddle
from adamdoc.run import minimize
from claims.core import COMMON, Case, Report, claim

TOPIC = "momentum"
PHASES = "5_the_literature/plot_8_momentum_phases"


def _steps(optimizer: Optimizer, kappa: float, share: float = 1e-6) -> float:
    """Return the steps to a share of the loss, a millionth unless told."""
    losses = minimize(Quadratic([1, kappa]), optimizer, steps=int(5 * kappa) + 500).losses
    return float(settled(losses, share * losses[0]))


@claim(
    TOPIC,
    "Momentum speeds gradient descent up.",
    gallery="3_landscapes/plot_1_conditioning",
    fault="heavy ball without momentum",
)
def momentum_accelerates() -> list[Case]:
    """Steps to a millionth of the loss, both at their best settings for the bowl.

    Gradient descent needs steps in proportion to the condition number, the heavy ball to its root.
    On a round bowl there is nothing to gain; at a poor setting there is something to lose.
    """
    what = "steps of the heavy ball, against those of gradient descent"
    cases = []
    for kappa, expected in ((1.0, False), (10.0, True), (100.0, True)):
        plain = _steps(GradientDescent(lr=2 / (1 + kappa)), kappa)
        ours = _steps(best_heavy_ball(kappa), kappa)
        cases.append(Case(f"condition number {kappa:g}", what, (ours,), "<", plain, expected))
    late = _steps(HeavyBall(lr=2 / 11, momentum=0.99), 10.0)
    plain = _steps(GradientDescent(lr=2 / 11), 10.0)
    cases.append(Case("condition number 10, momentum 0.99", what, (late,), "<", plain, False))
    return cases


@claim(
    TOPIC,
    "Momentum overshoots and oscillates.",
    gallery=PHASES,
    fault="heavy ball without momentum",
)
def momentum_oscillates() -> list[Case]:
    """One curvature: the point swings exactly if momentum > (1 - sqrt(lr * curvature))^2."""
    cases = []
    for beta, expected in ((0.3, False), (0.46, False), (0.55, True), (0.9, True)):
        path = minimize(Quadratic([1]), HeavyBall(lr=0.1, momentum=beta), steps=60).path[:, 0]
        turns = (path[1:] * path[:-1] < 0).sum()
        limit = (1 - np.sqrt(0.1)) ** 2
        name = f"momentum {beta:g} (limit {limit:.4f})"
        cases.append(Case(name, "changes of sign in 60 steps", (turns,), ">", 0, expected))
    return cases


@claim(
    TOPIC,
    "Averaged gradients with lr / (1 - momentum) and summed ones with lr are the same method.",
    source=COMMON,
    gallery="1_the_article/plot_4_fair_second_comparison",
    fault="momentum is summed",
)
def momentum_conventions_agree() -> list[Case]:
    """The article's average and PyTorch's sum. At the same lr they differ by the factor."""
    ball = minimize(Ravine(), HeavyBall(lr=0.01, momentum=0.9), steps=100).path
    cases = []
    for lr, expected in ((0.1, True), (0.01, False)):
        mean = minimize(Ravine(), Momentum(lr=lr, beta=0.9), steps=100).path
        off = np.abs(mean - ball).max()
        name = f"average with lr = {lr:g}, sum with 0.01"
        cases.append(Case(name, "largest distance of the paths", (off,), "<", 1e-12, expected))
    return cases


@claim(
    TOPIC,
    "With momentum b, gradient descent bears learning rates up to 2 (1 + b) / L.",
    source="goh2017",
    place="section 'Momentum', range of the step-size",
    gallery=PHASES,
    report=Report(
        "0 < lr L < 2 + 2 b",
        "The exact set-up: a quadratic, the heavy ball",
        "None beyond the grid of rates.",
    ),
    fault="heavy ball without momentum",
)
def momentum_raises_the_limit() -> list[Case]:
    """The largest of 2,001 rates around the formula whose run shrinks, on a curvature of 1."""
    cases = []
    for beta in (0.0, 0.5, 0.9):
        shares = np.linspace(0.9, 1.1, 2001)
        lr = 2 * (1 + beta) * shares[:, None]
        run = minimize(Quadratic([1]), HeavyBall(lr=lr, momentum=beta), steps=3000, batch=True)
        found = shares[run.losses[-1] < run.losses[0]].max(initial=0)
        what = "limit found over 2 (1 + b) / L, distance from 1"
        cases.append(Case(f"momentum {beta:g}", what, (abs(found - 1),), "<", 0.002))
    return cases


@claim(
    TOPIC,
    "The best heavy ball converges at a rate of (sqrt(kappa) - 1) / (sqrt(kappa) + 1).",
    source="goh2017",
    place="section 'Optimal parameters'",
    gallery=PHASES,
    report=Report(
        "(sqrt(kappa) - 1) / (sqrt(kappa) + 1); gradient descent (kappa - 1) / (kappa + 1)",
        "The exact set-up: a quadratic with the optimal lr and momentum",
        "The measured rate is slightly above: at the optimum the eigenvalues are double, and the "
        "error falls like t times the rate to the power t.",
    ),
    fault="heavy ball without momentum",
)
def heavy_ball_best_rate() -> list[Case]:
    """The mean factor of the error over the steps 100 to 400, less the formula."""
    cases = []
    for kappa in (10.0, 100.0, 1000.0):
        run = minimize(Quadratic([1, kappa]), best_heavy_ball(kappa), steps=400)
        sizes = np.linalg.norm(run.path, axis=1)
        rate = (sizes[-1] / sizes[100]) ** (1 / (len(sizes) - 101))
        root = np.sqrt(kappa)
        theory = (root - 1) / (root + 1)
        name = f"kappa = {kappa:g}: formula {theory:.4f}, measured {rate:.4f}"
        cases.append(Case(name, "distance", (abs(rate - theory),), "<", 0.006))
    return cases


@claim(
    TOPIC,
    "Nesterov's look ahead makes momentum faster.",
    source="nesterov1983",
    place="theorem 1",
    fault="Nesterov does not look ahead",
)
def nesterov_is_faster() -> list[Case]:
    """On a quadratic the heavy ball at its best beats it.

    At one momentum near 1 for both, Nesterov's method does not swing as long.
    """
    what = "steps to a share of 1e-12, against those of the heavy ball"
    cases = []
    for kappa in (30.0, 300.0):
        methods = (best_heavy_ball(kappa), best_nesterov(kappa))
        ball, ahead = (_steps(method, kappa, 1e-12) for method in methods)
        name = f"condition number {kappa:g}, each at its own settings"
        cases.append(Case(name, what, (ahead,), "<", ball, False))
    both = {"lr": 1 / 30, "momentum": 0.95}
    ball, ahead = (_steps(m(**both), 30.0, 1e-12) for m in (HeavyBall, Nesterov))
    name = "condition number 30, both at lr = 1/30 and momentum 0.95"
    return [*cases, Case(name, what, (ahead,), "<", ball)]


@claim(
    TOPIC,
    "Momentum helps to leave saddle points.",
    source=COMMON,
    gallery="3_landscapes/plot_2_saddle_escape",
    fault="heavy ball without momentum",
)
def momentum_leaves_saddles() -> list[Case]:
    """Steps until the loss is below -1/2, lr = 0.05; from exactly on the ridge nothing helps."""
    what = "steps of the heavy ball until it is off, against those of gradient descent"
    cases = []
    for y, expected in ((1e-4, True), (0.0, False)):
        start = [1.5, y]
        ball, plain = (
            float(settled(minimize(Saddle(), o, start=start, steps=600).losses, -0.5))
            for o in (HeavyBall(lr=0.05, momentum=0.9), GradientDescent(lr=0.05))
        )
        cases.append(Case(f"start {y:g} beside the ridge", what, (ball,), "<", plain, expected))
    return cases
