"""Claims about gradient descent."""

import numpy as np

from adamdoc.checks import Array
from adamdoc.models import LogisticRegression, Params
from adamdoc.optimizers import Adam, GradientDescent, HeavyBall
from adamdoc.papers.measures import settled, slope
from adamdoc.problems import Plateau, Quadratic, Rastrigin, Ravine, Saddle
from adamdoc.run import minimize
from adamdoc.training import train
from claims.core import Case, claim

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
    fault="train takes all samples",
)
def gd_cost_grows() -> list[Case]:
    """Counted: the samples whose gradients an update takes. With batches it does not grow."""
    small, large = (_samples_per_update(n, None) for n in (200, 2000))
    few, many = (_samples_per_update(n, 20) for n in (200, 2000))
    what = "growth of the samples in an update, for ten times the data"
    return [
        Case("all samples in each update", what, (large / small,), ">=", 10),
        Case("mini-batches of 20", what, (many / few,), ">=", 10, expected=False),
    ]


@claim(
    TOPIC,
    "Gradient descent descends smoothly and steadily.",
    gallery=FIRST,
    fault="gradient descent takes double steps",
)
def gd_descends_steadily() -> list[Case]:
    """True below 2 / L, here 0.1. The article runs at 0.2."""
    cases = []
    for lr, expected in ((0.05, True), (0.099, True), (0.101, False), (0.2, False)):
        losses = minimize(Ravine(), GradientDescent(lr=lr), steps=300).losses
        rise = (losses[1:] / losses[:-1]).max()
        what = "largest loss after a step over that before it"
        cases.append(Case(f"the article's ravine, lr = {lr}", what, (rise,), "<", 1, expected))
    return cases


@claim(
    TOPIC,
    "In the article's first comparison gradient descent reaches the minimum, later than Adam.",
    place="GD against Adam, lr 0.2, 550 steps",
    gallery=FIRST,
    fault="gradient descent takes half steps",
)
def gd_article_run_converges() -> list[Case]:
    """It does not: y is multiplied by 1 - 20 * 0.2 = -3 at each step, until the loss overflows."""
    run = minimize(Ravine(), GradientDescent(lr=0.2), steps=550)
    done = 550 if run.diverged_at is None else int(run.diverged_at)
    return [
        Case("as the article runs it", "steps until the loss overflows", (done,), ">=", 550, False)
    ]


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
        cases.append(Case(name, what, (abs(found - 1),), "<", 2e-4))
    return cases


@claim(
    TOPIC,
    "At its best rate gradient descent shrinks the error by (kappa - 1) / (kappa + 1) a step.",
    source="polyak1964",
    place="section on the gradient method",
    gallery=CONDITIONING,
    fault="gradient descent takes half steps",
)
def gd_best_rate() -> list[Case]:
    """The rate 2 / (mu + L), on bowls of condition number kappa; the last step is measured."""
    cases = []
    for kappa in (10.0, 100.0):
        lr = 2 / (1 + kappa)
        path = minimize(Quadratic([1, kappa]), GradientDescent(lr=lr), steps=200).path
        sizes = np.linalg.norm(path, axis=1)
        off = abs(sizes[-1] / sizes[-2] - (kappa - 1) / (kappa + 1))
        name = f"condition number {kappa:g}"
        cases.append(Case(name, "distance from the formula", (off,), "<", 1e-9))
    return cases


@claim(
    TOPIC,
    "Gradient descent converges slowly where the surface is much steeper one way than another.",
    gallery=CONDITIONING,
    fault="gradient descent has momentum",
)
def gd_slow_in_ravines() -> list[Case]:
    """Steps to a millionth of the loss at the best fixed rate, for bowls more and more narrow."""
    kappas = [10.0, 30.0, 100.0, 300.0]
    steps = []
    for kappa in kappas:
        run = minimize(Quadratic([1, kappa]), GradientDescent(lr=2 / (1 + kappa)), steps=4000)
        steps.append(float(settled(run.losses, 1e-6 * run.losses[0])))
    what = "exponent of the growth of the steps with the condition number"
    return [Case("condition numbers 10 to 300", what, (slope(kappas, steps),), ">", 0.9)]


@claim(
    TOPIC,
    "Gradient descent gets stuck at saddle points.",
    gallery="3_landscapes/plot_2_saddle_escape",
    fault="gradient descent drifts",
)
def gd_stuck_at_saddles() -> list[Case]:
    """Only from a start exactly on the ridge. Near it the stay is long, but ends."""
    cases = []
    for y, expected in ((0.0, True), (1e-4, False), (1e-12, False)):
        run = minimize(Saddle(), GradientDescent(lr=0.1), start=[1.5, y], steps=400)
        name = f"start {y:g} beside the ridge"
        what = "loss after 400 steps (saddle 0, minimum -1)"
        cases.append(Case(name, what, (run.losses[-1],), ">", -0.5, expected))
    return cases


@claim(TOPIC, "Gradient descent stalls on plateaus.", fault="gradient descent takes signs")
def gd_stalls_on_plateaus() -> list[Case]:
    """Where the gradient vanishes, so do its steps. Adam divides by its size, and walks on."""
    what = "loss left after 500 steps (plateau 1, minimum 0)"
    cases = []
    for method, start, expected in (
        (GradientDescent(lr=0.5), 6.0, True),
        (GradientDescent(lr=0.5), 2.0, False),
        (Adam(lr=0.05), 6.0, False),
    ):
        run = minimize(Plateau(), method, start=[start, 0.0], steps=500)
        name = f"{type(method).__name__}, start at distance {start:g}"
        cases.append(Case(name, what, (run.losses[-1],), ">", 0.99, expected))
    return cases


@claim(
    TOPIC,
    "Gradient descent ends in the local minimum whose valley it starts in.",
    fault="gradient descent leaps",
)
def gd_ends_in_local_minima() -> list[Case]:
    """From 200 starts on Rastrigin's egg box. A large rate jumps out of valleys, and wanders."""
    starts = np.random.default_rng(0).uniform(-3, 3, (200, 2))
    cases = []
    for lr, expected in ((1e-3, True), (0.02, False)):
        run = minimize(Rastrigin(), GradientDescent(lr=lr), start=starts, steps=500, batch=True)
        # The valleys are one wide: one that is left ends nearer to another whole number.
        stays = (np.abs(run.path[-1] - np.round(starts)) < 0.5).all(axis=1)
        share = stays.mean()
        cases.append(Case(f"lr = {lr:g}", "share that stays", (share,), ">", 0.95, expected))
    return cases


@claim(
    TOPIC,
    "Adam converges faster than gradient descent.",
    gallery=FAIR,
    fault="Adam's v is the last square",
)
def adam_beats_gd_on_the_ravine() -> list[Case]:
    """On the article's ravine. At the article's rate yes; with both at their best rate, no."""
    level = 1e-6 * 24.75
    rates = np.geomspace(1e-3, 3, 200)[:, None]

    def steps(method: type, lr: float | Array) -> float:
        run = minimize(Ravine(), method(lr=lr), steps=600, batch=np.ndim(lr) > 0)
        return float(settled(run.losses, level).min())

    what = "steps of Adam to a millionth of the loss, against those of the other"
    own = steps(Adam, rates)
    return [
        Case(
            "gradient descent, both at lr = 0.2",
            what,
            (steps(Adam, 0.2),),
            "<",
            steps(GradientDescent, 0.2),
        ),
        Case(
            "gradient descent, each at its best of 200 rates",
            what,
            (own,),
            "<",
            steps(GradientDescent, rates),
            expected=False,
        ),
        Case(
            "heavy ball, each at its best of 200 rates", what, (own,), "<", steps(HeavyBall, rates)
        ),
    ]
