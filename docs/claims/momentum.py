"""Claims about momentum."""

import functools
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import GradientDescent, HeavyBall, Momentum, Nesterov, Optimizer
from adamdoc.papers import nesterov1983
from adamdoc.papers.measures import settled
from adamdoc.papers.nesterov2018 import best_nesterov
from adamdoc.papers.polyak1964 import best_heavy_ball
from adamdoc.problems import Quadratic, Ravine, Saddle
from adamdoc.run import minimize
from adamdoc.schedules import Cosine
from adamdoc.tuning import Range
from claims.core import BETTER, COMMON, EXPERIMENT, SAME, Bound, Case, Report, claim
from claims.tuning import MOMENTUM, tuned_on

TOPIC = "momentum"
PHASES = "5_the_literature/plot_8_momentum_phases"


def _steps(optimizer: Optimizer, kappa: float, share: float = 1e-6) -> float:
    """Return the steps to a share of the loss, by default a millionth."""
    losses = minimize(Quadratic([1, kappa]), optimizer, steps=int(5 * kappa) + 2000).losses
    return float(settled(losses, share * losses[0]))


@claim(
    TOPIC,
    "Momentum speeds up gradient descent.",
    finding="holds in a ravine at the best momentum; not on a round bowl, nor with too much of it",
    gallery="3_landscapes/plot_1_conditioning",
    fault="heavy ball without momentum",
)
def momentum_accelerates() -> list[Case]:
    """Steps to a millionth of the loss, both at the best constants that theory knows for the bowl.

    Gradient descent needs steps in proportion to the condition number, the heavy ball to its root.
    On a round bowl the best momentum is 0. With too much momentum the ball keeps swinging for
    longer than gradient descent needs in all.
    """
    what = "steps of the heavy ball, over those of gradient descent"
    cases = []
    for kappa, momentum, role in (
        (10.0, None, "within"),
        (100.0, None, "within"),
        (1.0, None, "edge"),
        (10.0, 0.99, "edge"),
    ):
        best = best_heavy_ball(kappa)
        ball = best if momentum is None else replace(best, momentum=momentum)
        ratio = _steps(ball, kappa) / _steps(GradientDescent(lr=2 / (1 + kappa)), kappa)
        chosen = "the best momentum" if momentum is None else f"momentum {momentum:g}"
        name = f"condition number {kappa:g}, {chosen}"
        cases.append(Case(name, what, (ratio,), "<", BETTER, role=role, expected=role == "within"))
    return cases


@claim(
    TOPIC,
    "Momentum overshoots and oscillates.",
    finding="holds exactly if lr * curvature > (1 - sqrt(momentum))^2",
    gallery=PHASES,
    fault="heavy ball stops at the minimum",
)
def momentum_oscillates() -> list[Case]:
    """Changes of sign along one curvature, with a = lr * curvature and the momentum b.

    The ball's recurrence has the roots of z^2 - (1 + b - a) z + b. They are real and positive, and
    the ball glides, exactly if 1 + b - a is at least 2 sqrt(b), which means that a is at most (1 -
    sqrt(b))^2. Above that they are complex, and the ball oscillates. From (1 + sqrt(b))^2 on they
    are real again but negative, and the ball changes sides at every step, as gradient descent does
    for a > 1.
    """
    what = "changes of sign in 100 steps"
    bound = Bound(0, "by definition: one is an oscillation")
    cases = []
    for a, beta, role, swings in (
        (0.1, 0.9, "within", True),
        (0.1, 0.48, "within", True),
        (0.1, 0.46, "edge", False),
        (0.1, 0.3, "edge", False),
        (1.5, 0.3, "within", True),
        (1.5, 0.02, "within", True),
        (1.5, 0.0, "contrast", True),
    ):
        path = minimize(Quadratic([1]), HeavyBall(lr=a, momentum=beta), steps=100).path[:, 0]
        turns = int((path[1:] * path[:-1] < 0).sum())
        limit = (1 - np.sqrt(beta)) ** 2
        name = f"lr * curvature = {a:g}, momentum {beta:g} (limit {limit:.3f})"
        cases.append(Case(name, what, (turns,), ">", bound, role=role, expected=swings))
    return cases


@claim(
    TOPIC,
    "Averaged gradients with lr / (1 - momentum) and summed ones with lr are the same method.",
    finding="holds for a constant momentum; if it changes, the sum and the average weigh the "
    "gradients differently",
    source=COMMON,
    gallery="1_the_article/plot_4_fair_second_comparison",
    fault="momentum is summed",
)
def momentum_conventions_agree() -> list[Case]:
    """The article's average and PyTorch's sum, on the ravine, for constant and falling rates.

    A momentum that rises during the run, as in some recipes, cannot be converted this way, because
    the average has weighted the older gradients with a different 1 - momentum. At the same rate,
    the contrast, the two differ by that factor.
    """
    falling = Cosine(0.01, steps=100)

    def rising(t: int) -> float:
        return min(0.9, 0.5 + 0.01 * t)

    what = "largest distance of the paths"
    cases = []
    pairs: tuple[tuple[str, Optimizer, Optimizer, str], ...] = (
        ("constant lr", HeavyBall(0.01, 0.9), Momentum(0.1, 0.9), "within"),
        (
            "lr falling along a cosine",
            HeavyBall(falling, 0.9),
            Momentum(lambda t: 10 * falling(t), 0.9),
            "within",
        ),
        (
            "momentum rising from 0.5 to 0.9",
            HeavyBall(0.01, rising),
            Momentum(lambda t: 0.01 / (1 - rising(t)), rising),
            "edge",
        ),
        ("the same lr for both", HeavyBall(0.01, 0.9), Momentum(0.01, 0.9), "contrast"),
    )
    for name, ball, mean, role in pairs:
        paths = [minimize(Ravine(), method, steps=100).path for method in (ball, mean)]
        off = np.abs(paths[1] - paths[0]).max()
        cases.append(Case(name, what, (off,), "<", SAME, role=role, expected=role == "within"))
    return cases


@claim(
    TOPIC,
    "With momentum b, gradient descent is stable for learning rates up to 2 (1 + b) / L.",
    source="goh2017",
    place="section 'Momentum', range of the step-size",
    gallery=PHASES,
    report=Report(
        "0 < lr L < 2 + 2 b",
        "The exact set-up: a quadratic, the heavy ball",
        "None beyond the grid of rates.",
    ),
    fault="heavy ball averages",
)
def momentum_raises_the_limit() -> list[Case]:
    """The largest of 2,001 rates around the formula whose loss still falls, on a curvature of 1."""
    cases = []
    what = "limit found over 2 (1 + b) / L, distance from 1"
    bound = Bound(2e-4, "theory, and two steps of the grid")
    shares = np.linspace(0.9, 1.1, 2001)
    for beta in (0.3, 0.5, 0.9):
        lr = 2 * (1 + beta) * shares[:, None]
        ball = HeavyBall(lr=lr, momentum=beta)
        losses = minimize(Quadratic([1]), ball, steps=1000, batch=True).losses
        found = shares[losses[-1] < losses[-2]].max(initial=0)
        cases.append(Case(f"momentum {beta:g}", what, (abs(found - 1),), "<", bound))
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
    fault="heavy ball looks ahead",
)
def heavy_ball_best_rate() -> list[Case]:
    """The mean factor of the error over the steps 100 to 400, over the formula.

    At the best constants the roots of both curvatures are double, so the error is (A + B t) times
    the rate to the power t. From step 100 to 400, A + B t grows at most fourfold.
    """
    cases = []
    first, last = 100, 400
    bound = Bound(
        (last / first) ** (1 / (last - first)) - 1 + 1e-9, "theory: a double root, t times r^t"
    )
    for kappa in (10.0, 100.0, 1000.0):
        run = minimize(Quadratic([1, kappa]), best_heavy_ball(kappa), steps=last)
        sizes = np.linalg.norm(run.path, axis=1)
        rate = (sizes[-1] / sizes[first]) ** (1 / (len(sizes) - 1 - first))
        root = np.sqrt(kappa)
        theory = (root - 1) / (root + 1)
        name = f"condition number {kappa:g}, formula {theory:.4f}"
        what = "measured rate over the formula, distance from 1"
        cases.append(Case(name, what, (abs(rate / theory - 1),), "<", bound))
    return cases


def _best_nesterov(kappa: float) -> Nesterov:
    """Return Nesterov's method at its best constants for a quadratic of curvatures 1 to kappa.

    There the root of the smallest curvature is double, and the largest has its negative. The rate
    is then 1 - 2 / sqrt(3 kappa + 1) (Lessard, Recht and Packard, 2016).
    """
    root = np.sqrt(3 * kappa + 1)
    return Nesterov(lr=4 / (3 * kappa + 1), momentum=float((root - 2) / (root + 2)))


@claim(
    TOPIC,
    "On a quadratic, Nesterov's look ahead makes momentum faster.",
    finding="holds at one lr of about 1 / L and momentum near 1; each at its best, the heavy ball "
    "is faster",
    source=COMMON,
    fault="Nesterov does not look ahead",
)
def nesterov_is_faster() -> list[Case]:
    """Steps to a share of 1e-12 of the loss, on quadratics.

    With the same momentum near 1 for both, the look ahead damps the oscillation. With a momentum
    too small to oscillate there is nothing to damp. At a small rate the look ahead sees little, and
    above about 4 / (3 L), where the heavy ball is still stable, Nesterov's method diverges. With
    the best constants for each, the heavy ball needs fewer steps: its rate is 1 - 2 / sqrt(kappa),
    that of Nesterov's method 1 - 2 / sqrt(3 kappa). What Nesterov proved is another matter: his
    rate holds for all smooth convex losses.
    """
    what = "steps of Nesterov's method, over those of the heavy ball"
    runs: list[tuple[str, float, Optimizer, Optimizer, str, bool]] = []
    for kappa in (30.0, 300.0):
        at = f"condition number {kappa:g}"
        ball = best_heavy_ball(kappa)
        runs += [
            (f"each at its best, {at}", kappa, ball, _best_nesterov(kappa), "within", False),
            (
                f"the constants of his book, {at}",
                kappa,
                ball,
                best_nesterov(kappa),
                "within",
                False,
            ),
        ]
    for rate, momentum, role in (
        (1.0, 0.95, "within"),
        (1.0, 0.98, "within"),
        (1.0, 0.5, "edge"),
        (0.05, 0.95, "edge"),
        (1.5, 0.95, "edge"),
    ):
        both = {"lr": rate / 30, "momentum": momentum}
        name = f"both at lr = {rate:g} / L and momentum {momentum:g}, condition number 30"
        runs.append((name, 30.0, HeavyBall(**both), Nesterov(**both), role, role == "within"))
    cases = []
    for name, kappa, plain, ahead, role, expected in runs:
        ratio = _steps(ahead, kappa, 1e-12) / _steps(plain, kappa, 1e-12)
        cases.append(Case(name, what, (ratio,), "<", BETTER, role=role, expected=expected))
    return cases


def _chain(size: int) -> Array:
    """Return the second differences of a chain, whose curvatures lie between 0 and 4."""
    return 2 * np.eye(size) - np.eye(size, k=1) - np.eye(size, k=-1)


@claim(
    TOPIC,
    "Nesterov's method comes within 2 L d^2 / (k + 1)^2 of the minimum of any convex loss whose "
    "curvature is at most L.",
    source="nesterov1983",
    place="theorem 1, with steps of 1 / L",
    fault="Nesterov's momentum does not grow",
)
def nesterov_has_a_quadratic_rate() -> list[Case]:
    """After k steps from a distance of d; k up to 500.

    The theorem covers all such losses, so two examples cannot confirm it; they could only refute
    it.

    A chain of 200 springs, pulled at one end, is close to the worst case for every method that
    takes gradients. Gradient descent, the contrast, falls behind the bound there: it promises only
    L d^2 / 2 k.
    """
    matrix, size = _chain(200), 200
    pull = np.eye(size)[0]
    rest = np.linalg.solve(matrix, pull)
    far = np.array([100.0])
    losses: dict[
        str, tuple[float, Array, Array, Callable[[Array], Array], Callable[..., Array]]
    ] = {
        "a chain of 200 springs": (
            *(4.0, np.zeros(size), rest, lambda p: matrix @ p - pull),
            lambda path: ((path - rest) @ matrix * (path - rest)).sum(axis=-1) / 2,
        ),
        "log(cosh(x)) from x = 100": (
            *(1.0, far, np.zeros(1), np.tanh),
            lambda path: (np.logaddexp(path, -path) - np.log(2))[:, 0],
        ),
    }

    def plain(grad: Callable[[Array], Array], start: Array, lr: float, steps: int) -> Array:
        return minimize((lambda p: 0.0 * p.sum(), grad), GradientDescent(lr=lr), start, steps).path

    what = "largest share of the bound, steps 1 to 500"
    bound = Bound(1 + SAME.value, "theory: 2 L d^2 / (k + 1)^2")
    cases = []
    for method, run, role in (
        ("Nesterov's method", nesterov1983.accelerate, "within"),
        ("gradient descent", plain, "contrast"),
    ):
        for name, (top, start, minimum, grad, above) in losses.items():
            error = above(run(grad, start, 1 / top, 500))
            distance = ((start - minimum) ** 2).sum()
            share = (error[1:] * np.arange(2, 502) ** 2).max() / (2 * top * distance)
            full = f"{method}, {name}"
            cases.append(
                Case(full, what, (share,), "<=", bound, role=role, expected=role == "within")
            )
    return cases


@claim(
    TOPIC,
    "Momentum helps to leave saddle points.",
    kind=EXPERIMENT,
    finding="holds at one small rate, and on a narrow saddle with each tuned; not on one as wide "
    "as long, nor exactly on the ridge",
    source=COMMON,
    gallery="3_landscapes/plot_2_saddle_escape",
    fault="heavy ball averages",
)
def momentum_leaves_saddles() -> list[Case]:
    """Steps until the loss stays below -1/2, half the way down, from 1e-4 beside the ridge.

    At the same small rate the heavy ball of momentum 0.9 adds up the pushes. If each has its best
    hyperparameters, with 40 trials per hyperparameter, the result depends on the saddle. Where it
    is as steep across as along, gradient descent can afford long steps too; where it is a hundred
    times as steep, only momentum escapes quickly. Exactly on the ridge nothing pushes the ball off.
    """
    bowl = Saddle()

    def steps(losses: Array) -> Array:
        return np.minimum(settled(losses, -0.5), 1000.0)

    cases = []
    what = "steps of the heavy ball until it is off, over those of gradient descent"
    for name, y, role in (
        ("both at lr = 0.05, beside the ridge", 1e-4, "within"),
        ("both at lr = 0.05, exactly on the ridge", 0.0, "edge"),
    ):
        plain, ball = (
            float(steps(minimize(bowl, method, start=[1.5, y], steps=600).losses))
            for method in (GradientDescent(lr=0.05), HeavyBall(lr=0.05, momentum=0.9))
        )
        cases.append(
            Case(
                *(name, what, (ball / plain,), "<", BETTER),
                role=role,
                expected=role == "within",
                task="the saddle",
                budget="600 steps",
            )
        )
    for steep, role, task in ((100.0, "within", "a narrow saddle"), (1.0, "within", "the saddle")):
        scale = np.array([np.sqrt(steep), 1.0])
        functions = (
            lambda p, scale=scale: bowl.loss(p * scale),
            lambda p, scale=scale: bowl.grad(p * scale) * scale,
        )
        search = functools.partial(
            tuned_on,
            functions,
            measure=steps,
            starts=np.array([[1.5, 1e-4]]) / scale,
            steps=800,
        )
        lr = Range(0.01 / steep, 10 / steep)
        space = {"lr": lr, "momentum": MOMENTUM}
        best = search(GradientDescent, {"lr": lr}).loss
        ratios = [search(HeavyBall, space, seed=seed).loss / best for seed in range(5)]
        name = f"each tuned, curvatures of {2 * steep:g} across and -2 along the escape"
        cases.append(
            Case(
                *(name, what, tuple(ratios), "<", BETTER),
                role=role,
                expected=steep > 1,
                task=task,
                budget="800 steps",
            )
        )
    return cases
