"""Claims about gradient descent."""

from functools import partial

import numpy as np

from adamdoc.models import LogisticRegression, Params
from adamdoc.optimizers import Adam, GradientDescent, HeavyBall
from adamdoc.papers.measures import settled, slope
from adamdoc.problems import Plateau, Quadratic, Rastrigin, Ravine, Saddle
from adamdoc.run import minimize
from adamdoc.training import train
from adamdoc.tuning import Range, Space, tune
from claims.core import (
    BETTER,
    CLOSE,
    EXPERIMENT,
    SAME,
    Bound,
    Case,
    claim,
)
from claims.tuning import MOMENTUM, TRIALS, recorded

TOPIC = "gradient descent"
FIRST = "1_the_article/plot_1_gradient_descent_and_adam"
FAIR = "1_the_article/plot_3_fair_first_comparison"
CONDITIONING = "3_landscapes/plot_1_conditioning"


class _Counting(LogisticRegression):
    """A logistic regression that counts the samples whose gradients it computes."""

    seen: list[int]

    def loss_and_grad(self, params: Params, x: np.ndarray, y: np.ndarray) -> tuple[float, Params]:
        self.seen.append(len(y))
        return super().loss_and_grad(params, x, y)


def _samples_per_update(n: int, batch_size: int | None) -> float:
    """Return how many samples' gradients one update takes; evaluations in between are left out."""
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((n, 3)), rng.integers(0, 2, n)
    seen = []
    for epochs in (0, 1):
        model = _Counting(3)
        object.__setattr__(model, "seen", [])
        run = train(model, (x, y), GradientDescent(lr=0.1), epochs=epochs, batch_size=batch_size)
        seen.append(sum(model.seen))
    evaluation = seen[0]
    return (seen[1] - 2 * evaluation) / len(run.step_losses)


@claim(
    TOPIC,
    "The cost of an update of gradient descent grows with the number of samples.",
    fault="train takes batches of 20",
)
def gd_cost_grows() -> list[Case]:
    """The number of samples whose gradients one update needs, with ten times the data.

    With mini-batches, the contrast, the cost stays the same.
    """
    small, large = (_samples_per_update(n, None) for n in (200, 2000))
    few, many = (_samples_per_update(n, 20) for n in (200, 2000))
    what = "growth of the samples in an update, for ten times the data"
    bound = Bound(10 - 1e-9, "theory: in proportion to the samples")
    return [
        Case("all samples in each update", what, (large / small,), ">=", bound),
        Case(
            "mini-batches of 20", what, (many / few,), ">=", bound, role="contrast", expected=False
        ),
    ]


@claim(
    TOPIC,
    "Gradient descent descends smoothly and steadily.",
    finding="the loss falls steadily below 2 / L; the article runs it at twice that",
    gallery=FIRST,
    fault="gradient descent takes double steps",
)
def gd_descends_steadily() -> list[Case]:
    """The loss falls at every step if the rate is below 2 / L, which is 0.1 on the ravine.

    The article says this of its own run, at lr = 0.2.
    """
    cases = []
    for lr, role in ((0.05, "within"), (0.099, "within"), (0.101, "edge"), (0.2, "within")):
        losses = minimize(Ravine(), GradientDescent(lr=lr), steps=300).losses
        rise = (losses[1:] / losses[:-1]).max()
        what = "largest loss after a step over that before it"
        bound = Bound(1, "by definition: a rise")
        name = f"the article's ravine, lr = {lr}"
        cases.append(Case(name, what, (rise,), "<", bound, role=role, expected=lr < 0.1))
    return cases


@claim(
    TOPIC,
    "In the article's first comparison gradient descent reaches the minimum, later than Adam.",
    finding="it diverges: at lr = 0.2 every step multiplies y by -3",
    place="GD against Adam, lr 0.2, 550 steps",
    gallery=FIRST,
    fault="gradient descent takes a quarter of a step",
)
def gd_article_run_converges() -> list[Case]:
    """Y is multiplied by 1 - 20 * 0.2 = -3 at each step, until the loss overflows.

    Adam, at the same rate, is shown for comparison.
    """
    what = "loss after 550 steps, over that at the start"
    cases = []
    for method, role in ((GradientDescent, "within"), (Adam, "contrast")):
        run = minimize(Ravine(), method(lr=0.2), steps=550)
        end = np.inf if run.diverged_at is not None else run.losses[-1] / run.losses[0]
        name = f"{method.__name__}, as the article runs it"
        bound = Bound(1e-6, "margin: a millionth of the loss")
        cases.append(Case(name, what, (end,), "<", bound, role=role, expected=role == "contrast"))
    return cases


@claim(
    TOPIC,
    "On a quadratic, gradient descent converges exactly for learning rates below 2 / L.",
    source="nesterov2018",
    place="section 1.2.3",
    fault="gradient descent takes half steps",
)
def gd_limit_is_two_over_l() -> list[Case]:
    """The largest of 2,001 rates around 2 / L whose loss shrinks; L is the top curvature."""
    cases = []
    shares = np.linspace(0.9, 1.1, 2001)
    for problem, top in ((Ravine(), 20.0), (Quadratic([1, 100]), 100.0), (Quadratic([3]), 3.0)):
        lr = 2 / top * shares[:, None]
        losses = minimize(problem, GradientDescent(lr=lr), steps=1000, batch=True).losses
        found = shares[losses[-1] < losses[-2]].max(initial=0)
        name, what = f"curvatures up to {top:g}", "limit found over 2 / L, distance from 1"
        bound = Bound(2e-4, "theory, and two steps of the grid")
        cases.append(Case(name, what, (abs(found - 1),), "<", bound))
    return cases


@claim(
    TOPIC,
    "At its best rate gradient descent shrinks the error by (kappa - 1) / (kappa + 1) a step.",
    source="polyak1964",
    place="section on the gradient method",
    gallery=CONDITIONING,
    fault="gradient descent takes 99 percent of a step",
)
def gd_best_rate() -> list[Case]:
    """The rate 2 / (mu + L), on bowls of condition number kappa; the last step is measured.

    To show that no other rate is better, 2,001 rates around it are compared by the factor of the
    error along the axis where it is largest.
    """
    cases = []
    shares = np.linspace(0.5, 1.5, 2001)
    for kappa in (10.0, 100.0):
        lr = 2 / (1 + kappa)
        path = minimize(Quadratic([1, kappa]), GradientDescent(lr=lr), steps=200).path
        sizes = np.linalg.norm(path, axis=1)
        off = abs(sizes[-1] / sizes[-2] - (kappa - 1) / (kappa + 1))
        name = f"condition number {kappa:g}"
        cases.append(Case(name, "distance from the formula", (off,), "<", SAME))
        method = GradientDescent(lr=lr * shares[:, None, None])
        step = minimize(Quadratic([1, kappa]), method, start=np.eye(2), steps=1, batch=True).path
        best = np.linalg.norm(step[1], axis=-1).max(axis=-1).min()
        off = abs(best - (kappa - 1) / (kappa + 1))
        name += ", the best of 2,001 rates"
        cases.append(Case(name, "distance from the formula", (off,), "<", SAME))
    return cases


@claim(
    TOPIC,
    "Gradient descent converges slowly where the surface is much steeper in one direction than "
    "in another.",
    gallery=CONDITIONING,
    fault="gradient descent has momentum",
)
def gd_slow_in_ravines() -> list[Case]:
    """Steps to a millionth of the loss at the best fixed rate, for narrower and narrower bowls.

    Theory: the error shrinks by (kappa - 1) / (kappa + 1) a step, so the steps grow like kappa. For
    the heavy ball at its own best setting, the contrast, they grow like the root of kappa.
    """
    kappas = [30.0, 100.0, 300.0, 1000.0]
    what = "exponent of the growth of the steps with the condition number, distance from 1"
    cases = []
    for name, role in (("gradient descent", "within"), ("heavy ball", "contrast")):
        steps = []
        for kappa in kappas:
            root = np.sqrt(kappa)
            ball = HeavyBall(lr=4 / (1 + root) ** 2, momentum=((root - 1) / (root + 1)) ** 2)
            method = GradientDescent(lr=2 / (1 + kappa)) if role == "within" else ball
            run = minimize(Quadratic([1, kappa]), method, steps=12_000)
            steps.append(float(settled(run.losses, 1e-6 * run.losses[0])))
        off = abs(slope(kappas, steps) - 1)
        full = f"{name}, condition numbers 30 to 1,000"
        cases.append(Case(full, what, (off,), "<", CLOSE, role=role, expected=role == "within"))
    return cases


@claim(
    TOPIC,
    "Gradient descent gets stuck at saddle points.",
    finding="holds only for a start exactly on the ridge; beside it, the stay is long but ends",
    gallery="3_landscapes/plot_2_saddle_escape",
    fault="gradient descent drifts",
)
def gd_stuck_at_saddles() -> list[Case]:
    """On the ridge the gradient has no component across it, so 400 steps at lr = 0.1 stay on it.

    Only a deliberately chosen start lies exactly on the ridge.
    """
    cases = []
    for y, role in ((0.0, "within"), (1e-4, "within"), (1e-12, "edge")):
        run = minimize(Saddle(), GradientDescent(lr=0.1), start=[1.5, y], steps=400)
        name = f"start {y:g} beside the ridge"
        what = "loss after 400 steps (saddle 0, minimum -1)"
        bound = Bound(-0.5, "half the way down")
        end = (run.losses[-1],)
        cases.append(Case(name, what, end, ">", bound, role=role, expected=y == 0))
    return cases


@claim(
    TOPIC,
    "Gradient descent stalls on plateaus.",
    finding="holds where the gradient is almost nothing; from the slope it gets down",
    fault="gradient descent takes signs",
)
def gd_stalls_on_plateaus() -> list[Case]:
    """The steps are as small as the gradient, which at distance 6 is 1e-14 of the plateau's height.

    Adam, the contrast, divides by the size of the gradient and keeps moving.
    """
    what = "loss left after 500 steps (plateau 1, minimum 0)"
    cases = []
    for method, start, role, expected in (
        (GradientDescent(lr=0.5), 6.0, "within", True),
        (GradientDescent(lr=0.5), 2.0, "edge", False),
        (Adam(lr=0.05), 6.0, "contrast", False),
    ):
        run = minimize(Plateau(), method, start=[start, 0.0], steps=500)
        name = f"{type(method).__name__}, start at distance {start:g}"
        bound = Bound(0.99, "margin: a hundredth of the way down")
        end = (run.losses[-1],)
        cases.append(Case(name, what, end, ">", bound, role=role, expected=expected))
    return cases


@claim(
    TOPIC,
    "Gradient descent ends in the local minimum whose valley it starts in.",
    kind=EXPERIMENT,
    finding="holds below 2 / L; above it the steps swing about the minimum, or leave the valley",
    fault="gradient descent leaps",
)
def gd_ends_in_local_minima() -> list[Case]:
    """From 200 starts on Rastrigin's egg box, five draws of them; L is about 400 there.

    A valley is what lies between two local maxima, along both coordinates, and a start counts if it
    ends within 0.01 of the minimum of its own. Just above 2 / L it stays in the valley but
    oscillates; far above it leaves the valley.
    """
    line = np.linspace(-5, 5, 100_001)
    height = line**2 - 10 * np.cos(2 * np.pi * line)
    turns = np.sign(np.diff(height))
    tops = line[1:-1][np.diff(turns) < 0]
    bottoms = line[1:-1][np.diff(turns) > 0]
    cases = []
    for lr, role in ((1e-3, "within"), (4e-3, "within"), (6e-3, "edge"), (0.02, "edge")):
        shares = []
        for seed in range(5):
            starts = np.random.default_rng(seed).uniform(-3, 3, (200, 2))
            run = minimize(Rastrigin(), GradientDescent(lr=lr), start=starts, steps=500, batch=True)
            own = bottoms[np.searchsorted(tops, starts) - (bottoms[0] > tops[0])]
            shares.append((np.abs(run.path[-1] - own) < 0.01).all(axis=1).mean())
        name, what = f"lr = {lr:g}, 2 / L = 0.005", "share of the starts that end there"
        bound = Bound(1, "theory: below 2 / L, every start")
        cases.append(
            Case(
                *(name, what, tuple(shares), ">=", bound),
                role=role,
                expected=role == "within",
                task="Rastrigin",
                budget="500 steps",
            )
        )
    return cases


@claim(
    TOPIC,
    "Adam converges faster than gradient descent.",
    kind=EXPERIMENT,
    finding="with all settings tuned, the difference is within the spread of five searches",
    gallery=FAIR,
    fault="Adam halves the distance",
)
def adam_beats_gd_on_the_ravine() -> list[Case]:
    """On the article's ravine, each with all its hyperparameters tuned in 80 trials; five searches.

    The article's own setting, at which gradient descent diverges, is a contrast, and so is the
    heavy ball. A quadratic in two coordinates is solved almost at once by well-chosen
    hyperparameters, whatever the method, so the training tasks are a better test of Adam's speed.
    """
    spaces: dict[type, Space] = {
        GradientDescent: {"lr": Range(1e-3, 1)},
        HeavyBall: {"lr": Range(1e-3, 1), "momentum": MOMENTUM},
        Adam: {
            "lr": Range(1e-3, 10),
            "beta1": Range(0.0, 0.99, "decay", limits=("low",)),
            "beta2": Range(0.0, 0.9999, "decay", limits=("low",)),
        },
    }

    def steps(method: type, **setting: float) -> float:
        run = minimize(Ravine(), method(**setting), steps=300)
        return float(settled(run.losses, 1e-6 * run.losses[0]))

    def searched(method: type, seed: int) -> float:
        count, space = 2 * TRIALS, spaces[method]
        run = partial(tune, lambda s: steps(method, **s), space, count, seed=seed)
        name = f"the ravine, search {seed}, {method.__name__}"
        return steps(method, **recorded(name, space, run, count))

    best = {method: np.array([searched(method, seed) for seed in range(5)]) for method in spaces}
    what = "steps of Adam to a millionth of the loss, over those of the other"
    case = partial(Case, task="the ravine", budget="300 steps", expected=False)
    tuned = "each tuned"
    against_gd = tuple(best[Adam] / best[GradientDescent])
    against_ball = tuple(best[Adam] / best[HeavyBall])
    as_it_is = min(steps(Adam, lr=0.2), 1e9) / steps(GradientDescent, lr=0.2)
    return [
        case(f"gradient descent, {tuned}", what, against_gd, "<", BETTER),
        case(f"heavy ball, {tuned}", what, against_ball, "<", BETTER, role="contrast"),
        case(
            *("gradient descent, both at lr = 0.2", what, (as_it_is,), "<", BETTER),
            role="contrast",
            expected=True,
        ),
    ]
