"""Claims about the methods after Adam."""

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import (
    SOAP,
    Adam,
    AdamW,
    GradientDescent,
    Lion,
    Muon,
    Optimizer,
    RAdam,
    ScheduleFreeSGD,
    Shampoo,
)
from adamdoc.papers.gupta2018 import run_matrix
from adamdoc.papers.liu2020 import adaptive_rates
from adamdoc.problems import Quadratic
from adamdoc.run import minimize, walk
from adamdoc.schedules import Constant, Cosine, WarmUp
from adamdoc.tasks import TASKS
from claims.core import Case, Report, claim

TOPIC = "after Adam"
MATRIX = "5_the_literature/plot_12_matrices_and_schedules"
VARIANCE = "5_the_literature/plot_13_warm_up"


@claim(
    TOPIC,
    "Lion's steps all have length lr.",
    source="chen2023",
    place="section 3.2",
    fault="Lion without sign",
)
def lion_steps_have_length_lr() -> list[Case]:
    """A sign has length 1; only decay changes the length."""
    gradients = np.random.default_rng(0).standard_normal((300, 5))
    steps = np.abs(np.diff(walk(Lion(lr=0.01), gradients), axis=0))
    off = np.abs(steps / 0.01 - 1).max()
    what = "largest distance from 1 of |step| / lr"
    adam = np.abs(np.diff(walk(Adam(lr=0.01), gradients), axis=0))
    return [
        Case("Lion without decay", what, (off,), "<", 1e-10),
        Case("Adam", what, (np.abs(adam / 0.01 - 1).max(),), "<", 1e-10, expected=False),
    ]


@claim(
    TOPIC,
    "AdamW makes the best weight decay independent of the learning rate.",
    source="loshchilov2019",
    place="section 2, proposition 2",
    fault="AdamW's decay is coupled",
)
def adamw_shrinks_alike() -> list[Case]:
    """Measured on what is behind it: how evenly decay shrinks, for gradients of all sizes.

    AdamW takes lr times decay of each parameter. The penalty inside Adam is divided by the root of
    v, and so takes least where gradients are large.
    """
    rng = np.random.default_rng(0)
    sizes = 10.0 ** rng.uniform(-3, 3, 50)
    theta = np.ones(50)
    cases = []
    from adamdoc.optimizers import CoupledDecay

    for name, with_decay, without, expected in (
        ("AdamW", AdamW(lr=0.01, weight_decay=0.1), AdamW(lr=0.01, weight_decay=0.0), True),
        ("L2 penalty in Adam", CoupledDecay(Adam(lr=0.01), 0.1), Adam(lr=0.01), False),
    ):
        shrunk = []
        for optimizer in (with_decay, without):
            p, state = theta.copy(), optimizer.init(theta)
            for k in range(2):
                p, state = optimizer.update(p, sizes * (-1) ** k, state)
            shrunk.append(p)
        share = (shrunk[1] - shrunk[0]) / (2 * 0.01 * 0.1)
        what = "spread of the decay among parameters, over its mean"
        spread = share.std() / abs(share.mean())
        cases.append(Case(name, what, (spread,), "<", 0.01, expected))
    return cases


@claim(
    TOPIC,
    "In the first steps the variance of Adam's rate is too large.",
    source="liu2020",
    place="section 3.1, theorem 1",
    gallery=VARIANCE,
    report=Report(
        "Variance diverges for up to four degrees of freedom, then falls with the number of steps; "
        "the last step without rectification at beta2 = 0.999 is t = 4",
        "The exact set-up: normal gradients, 100,000 draws",
        "None: the samples' variance is finite, but large until t = 4.",
    ),
    fault="Adam's v is the last square",
)
def adaptive_rate_varies() -> list[Case]:
    """100,000 draws of 1 / sqrt(v_hat), beta2 = 0.999. RAdam does not divide until t = 5."""
    rates = adaptive_rates(0.999, steps=100, runs=100_000)
    spread = rates.std(axis=1) / rates.mean(axis=1)
    what = "standard deviation of the rate over its mean"
    return [
        Case(f"t = {t}", what, (spread[t - 1],), ">", 0.3, expected)
        for t, expected in ((1, True), (2, True), (4, True), (20, False), (100, False))
    ]


@claim(
    TOPIC,
    "Adam needs warm-up, and RAdam does not.",
    source="liu2020",
    place="sections 3 and 5",
    gallery=VARIANCE,
    report=Report(
        "RAdam without warm-up equals or beats Adam with it (language models, translation)",
        "A reduction: an autoencoder of five layers on digits, three epochs, high rates",
        "The same at a high rate. Our nets are shallow: at a low rate Adam needs no warm-up.",
    ),
    fault="RAdam is Adam",
)
def radam_saves_warm_up() -> list[Case]:
    """An autoencoder, three epochs; warm-up of 60 of its 63 steps; three seeds.

    At a high rate the first steps do damage, and either cure helps. At a low one there is none.
    """

    def ends(optimizer: Optimizer) -> Array:
        runs = [TASKS["autoencoder"].train(optimizer, epochs=3, seed=seed) for seed in range(3)]
        return np.array([run.losses[-1] for run in runs])

    without = "loss of Adam without warm-up over that with it"
    cases = []
    for lr, expected in ((0.1, True), (0.01, False)):
        warm = ends(Adam(lr=WarmUp(60, Constant(lr))))
        plain = ends(Adam(lr=lr)) / warm
        cases.append(Case(f"lr = {lr:g}", without, tuple(plain), ">", 1.3, expected))
        if lr == 0.1:
            rectified = ends(RAdam(lr=lr)) / warm
            what = "loss of RAdam without warm-up over that of Adam with it"
            cases.append(Case(f"lr = {lr:g}", what, tuple(rectified), "<", 1.35))
    return cases


@claim(
    TOPIC,
    "Shampoo, SOAP and Muon are better on badly conditioned matrices.",
    source="gupta2018",
    place="section 1",
    gallery=MATRIX,
    report=Report(
        "Faster than diagonal methods on convolutional nets; SOAP and Muon, by their papers, on "
        "transformers",
        "A reduction: least squares over a 16 by 16 matrix, conditioned from both sides",
        "Ours is made for them: the curvature is a product of one factor for each side.",
    ),
    fault="matrix methods do gradient descent",
)
def matrix_methods_win_on_matrices() -> list[Case]:
    """Loss after 300 steps, each at its best of eleven rates with a cosine, over Adam's."""

    def best(method: type[Optimizer]) -> float:
        rates = np.geomspace(0.01, 1000, 11)
        ends = (run_matrix(method(lr=Cosine(lr, steps=300)))[-1] for lr in rates)  # type: ignore[call-arg]
        return float(min(ends))

    adam = best(Adam)
    what = "loss over Adam's"
    return [
        Case(method.__name__, what, (best(method) / adam,), "<", bound, expected)
        for method, bound, expected in (
            (Shampoo, 0.1, True),
            (SOAP, 0.1, True),
            (Muon, 0.1, True),
            (GradientDescent, 0.1, False),
        )
    ]


#: Bowls side by side with noisy gradients, for methods that average.
BOWLS = Quadratic([1.0, 10.0] * 50)


@claim(
    TOPIC,
    "A method without schedule is as good as a tuned cosine.",
    source="defazio2024",
    place="section 4",
    gallery=MATRIX,
    report=Report(
        "Equal to or better than cosine schedules on 28 problems from CIFAR-10 to translation",
        "A reduction: noisy quadratics, 400 steps, Schedule-Free SGD against SGD with a cosine",
        "A quadratic with equal noise everywhere is a bad case for an average of all points.",
    ),
    fault="Schedule-Free does not average",
)
def schedule_free_equals_cosine() -> list[Case]:
    """The loss at the result x, each at its best of 30 rates, three seeds; noise 1 and none."""
    rates = np.geomspace(1e-2, 3, 30)[:, None]
    what = "loss of Schedule-Free over that of SGD"
    start = np.full(100, 1.5)
    ratios: dict[str, list[float]] = {"cosine": [], "constant": []}
    for seed in range(3):
        free = minimize(
            BOWLS,
            ScheduleFreeSGD(lr=rates),
            start=start,
            steps=400,
            batch=True,
            noise=1.0,
            seed=seed,
        )
        best = np.nanmin(free.losses[-1])
        for name in ratios:
            ends = []
            for lr in rates[:, 0]:
                rate = Cosine(lr, steps=400) if name == "cosine" else lr
                run = minimize(BOWLS, GradientDescent(lr=rate), start, 400, noise=1.0, seed=seed)
                ends.append(run.losses[-1] if run.diverged_at is None else np.inf)
            ratios[name].append(best / min(ends))
    return [
        Case("against a cosine", what, tuple(ratios["cosine"]), "<", 1.1),
        Case("against a constant rate", what, tuple(ratios["constant"]), "<", 1.1),
    ]
