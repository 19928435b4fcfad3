"""Claims about the methods after Adam."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.optimizers import (
    SOAP,
    Adam,
    AdamW,
    CoupledDecay,
    GradientDescent,
    HeavyBall,
    Lion,
    Muon,
    Optimizer,
    RAdam,
    ScheduleFreeSGD,
    Shampoo,
)
from adamdoc.papers.gupta2018 import run_matrix
from adamdoc.papers.liu2020 import adaptive_rates
from adamdoc.papers.loshchilov2019 import decay_loss
from adamdoc.problems import Quadratic
from adamdoc.run import minimize, walk
from adamdoc.schedules import Constant, Cosine, WarmUp
from adamdoc.tasks import TASKS
from adamdoc.tuning import Range, Space, final_loss, tune
from claims.core import (
    AS_GOOD,
    BETTER,
    EXPERIMENT,
    MUCH_WORSE,
    SAME,
    WORSE,
    Bound,
    Case,
    Report,
    claim,
)
from claims.tuning import JUDGED, MOMENTUM, SEARCH, SPACES, TRIALS, search

TOPIC = "after Adam"
MATRIX = "5_the_literature/plot_12_matrices_and_schedules"
VARIANCE = "5_the_literature/plot_13_warm_up"

#: What a search varies, and what it compares: the loss at a setting and a seed.
Loss = Callable[[dict[str, float], int], float]
Run = Callable[[dict[str, float], int], tuple[float, float]]


def _tuned(
    name: str, loss: Loss, space: Space, seeds: tuple[int, ...]
) -> tuple[dict[str, float], Array]:
    """Return the best setting by the worst of some seeds, and its losses at the judging seeds."""
    best = search(name, loss, space, seeds)
    return best, np.array([loss(best, seed) for seed in JUDGED])


@claim(
    TOPIC,
    "Lion's steps all have length lr.",
    finding="holds without weight decay, which adds lr times decay of each parameter; where there "
    "was no gradient yet, there is no step",
    source="chen2023",
    place="section 3.2",
    fault="Lion without sign",
)
def lion_steps_have_length_lr() -> list[Case]:
    """A sign has length 1, in each coordinate, except that of 0. Adam's steps, the contrast, vary.

    The last case has a coordinate without gradients, as of a feature that has not been met.
    """
    gradients = np.random.default_rng(0).standard_normal((300, 5))
    some = gradients * [1, 1, 1, 1, 0]
    what = "largest distance from 1 of |step| / lr"
    cases = []
    for name, optimizer, given, role in (
        ("Lion", Lion(lr=0.01), gradients, "within"),
        ("Lion with decay 0.1", Lion(lr=0.01, weight_decay=0.1), gradients, "edge"),
        ("Lion, one coordinate without gradients", Lion(lr=0.01), some, "edge"),
        ("Adam", Adam(lr=0.01), gradients, "contrast"),
    ):
        steps = np.abs(np.diff(walk(optimizer, given), axis=0))
        off = np.abs(steps / 0.01 - 1).max()
        cases.append(Case(name, what, (off,), "<", SAME, role=role, expected=role == "within"))
    return cases


def _regression(decoupled: bool, rates: Array, decays: Array, seed: int) -> Array:
    """Return the excess test loss of linear regressions with noisy labels, one for each setting.

    There are 60 samples, 40 features of unequal sizes and a noise as large as the signal; 1,000
    steps with batches of 10 and a cosine.
    """
    rng = np.random.default_rng(seed)
    sizes = np.geomspace(0.1, 3, 40)
    x, w = rng.standard_normal((60, 40)) * sizes, rng.standard_normal(40) / np.sqrt(40)
    y = x @ w + rng.standard_normal(60)
    decays = decays[:, None]
    losses = []
    for lr in rates:
        rate = Cosine(lr, steps=1000)
        optimizer: Optimizer = (
            AdamW(lr=rate, weight_decay=decays) if decoupled else CoupledDecay(Adam(rate), decays)
        )
        theta = np.zeros((len(decays), 40))
        state = optimizer.init(theta)
        for _ in range(1000):
            b = rng.choice(60, 10, replace=False)
            theta, state = optimizer.update(theta, (theta @ x[b].T - y[b]) @ x[b] / 10, state)
        losses.append((((theta - w) * sizes) ** 2).sum(axis=1))
    return np.array(losses)


def _best_decay(loss: Callable[[float], float], space: Range, trials: int) -> float:
    """Return the decay with the lowest loss, inside its range."""
    return tune(lambda s: loss(s["decay"]), {"decay": space}, trials).setting["decay"]


def _growth(rates: Array, best: list[float]) -> float:
    """Return the exponent of the best decay's growth from the lower of two rates to the higher."""
    return float(np.log(best[1] / best[0]) / np.log(rates[1] / rates[0]))


@claim(
    TOPIC,
    "AdamW makes the best weight decay independent of the learning rate.",
    kind=EXPERIMENT,
    finding="holds in the libraries' form, which takes lr x decay; not in the paper's, without lr",
    source="loshchilov2019",
    place="section 4.2 and figure 2",
    gallery="5_the_literature/plot_5_decay_heat_maps",
    report=Report(
        "The best settings of AdamW lie along the axes of a heat map, those of the L2 penalty do "
        "not (a residual network, 100 epochs)",
        "A reduction: linear regression and a small net, both with noisy labels, two rates each",
        "In the paper's form, whose decay is not multiplied by lr, the best decay grows with the "
        "rate. In the libraries' it does not; nor does that of the L2 penalty, once converged.",
    ),
    fault="AdamW's decay does not depend on lr",
)
def adamw_decouples_decay() -> list[Case]:
    """The best decay for the test loss at one rate and at a tenth of it, tuned at each; five seeds.

    The exponent of its growth is 0 if the best decay does not depend on the rate, and 1 if it grows
    in proportion. The libraries' AdamW subtracts lr times decay of a parameter in a step, the
    paper's subtracts the decay alone. The exponents of the two forms differ by 1, so at most one of
    them can be 0. With small rates and few steps the best decay is none at any rate, so both tasks
    are trained until they overfit.
    """
    what = "exponent of the best decay's growth with the rate, distance from 0"
    bound = Bound(0.5, "by definition: nearer to independence (0) than to proportion (1)")
    growths: dict[tuple[str, str], list[float]] = {}
    rates = np.array([0.01, 0.1])
    for seed in JUDGED:
        for name, decoupled, space in (
            ("libraries", True, Range(0.1, 100)),
            ("L2 penalty in Adam", False, Range(0.01, 100)),
        ):
            decays = space.at(np.linspace(0, 1, TRIALS))
            losses = _regression(decoupled, rates, decays, seed)
            tables = [dict(zip(decays.tolist(), found, strict=True)) for found in losses]
            best = [_best_decay(table.__getitem__, space, TRIALS) for table in tables]
            growths.setdefault((name, "regression"), []).append(_growth(rates, best))
        best = []
        for lr in rates:
            net = functools.partial(
                decay_loss, True, lr, seed=seed, samples=100, hidden=32, epochs=60
            )
            best.append(_best_decay(net, Range(0.01, 10), 9))
        growths.setdefault(("libraries", "net"), []).append(_growth(rates, best))
    cases = []
    for task, budget in (("regression", "1,000 steps"), ("net", "60 epochs")):
        at: dict[str, Any] = {"task": f"{task} with noisy labels", "budget": budget}
        off = growths["libraries", task]
        for form, found, expected in (
            ("the libraries'", off, True),
            ("the paper's", [1 + p for p in off], False),
        ):
            cases.append(
                Case(
                    *(f"{task}, {form} AdamW", what, tuple(np.abs(found)), "<", bound),
                    expected=expected,
                    **at,
                )
            )
    penalty = tuple(np.abs(growths["L2 penalty in Adam", "regression"]))
    name = "regression, L2 penalty in Adam"
    return [*cases, Case(name, what, penalty, "<", bound, role="contrast")]


@claim(
    TOPIC,
    "In the first steps the variance of Adam's rate is far larger than later.",
    source="liu2020",
    place="section 3.2, theorem 1",
    gallery=VARIANCE,
    report=Report(
        "The variance falls with the degrees of freedom; the last step without rectification at "
        "beta2 = 0.999 is t = 4",
        "The exact set-up: normal gradients, five times 20,000 draws",
        "None: the samples' variance is finite, but large until t = 4.",
    ),
    fault="Adam's v is the last square",
)
def adaptive_rate_varies() -> list[Case]:
    """The spread of 1 / sqrt(v_hat) over its mean, beta2 = 0.999, over that after 100 steps.

    RAdam does not divide until t = 5. In theory the variance is infinite for t = 1 and 2, and then
    falls like 1 / t, so that after 50 steps, the contrast, the spread is no longer large.
    """
    spreads = []
    for seed in range(5):
        rates = adaptive_rates(0.999, steps=100, runs=20_000, seed=seed)
        spreads.append(rates.std(axis=1) / rates.mean(axis=1))
    what = "relative spread of the rate, over that at t = 100"
    return [
        Case(
            *(f"t = {t}", what, tuple(s[t - 1] / s[-1] for s in spreads), ">", MUCH_WORSE),
            role=role,
            expected=role == "within",
        )
        for t, role in ((1, "within"), (2, "within"), (4, "within"), (50, "contrast"))
    ]


@claim(
    TOPIC,
    "Adam needs warm-up, and RAdam does not.",
    kind=EXPERIMENT,
    finding="once tuned, neither needs it here; at a rate far too high Adam does, and RAdam "
    "without it is as good on some seeds only",
    source="liu2020",
    place="figure 1 and section 5",
    gallery=VARIANCE,
    report=Report(
        "Without warm-up Adam fails on a transformer for translation; RAdam without equals or "
        "beats Adam with it",
        "A reduction: an autoencoder of five layers on digits, three epochs, all tuned",
        "RAdam does as well. So does Adam: our nets are shallow, and at their best rates need no "
        "warm-up.",
    ),
    fault="there is no warm-up",
)
def radam_saves_warm_up() -> list[Case]:
    """An autoencoder, three epochs of 22 steps, constant rates, five seeds.

    Rate, betas and the length of the warm-up are tuned in 40 trials each. The paper removes the
    warm-up at the rate that was chosen with it; so does the second case. At a rate of 0.1, several
    times the best, Adam's first steps do damage, which RAdam prevents on some of the seeds. Where
    Adam needs no warm-up, it proves nothing that RAdam needs none either; that case is a contrast.
    """

    def loss(kind: str) -> Loss:
        def run(setting: dict[str, float], seed: int) -> float:
            warm, *rest = setting.get("warm", 0), setting["lr"]
            lr = WarmUp(round(warm), Constant(rest[0])) if kind == "warm" else rest[0]
            betas = {name: setting[name] for name in ("beta1", "beta2") if name in setting}
            optimizer = (RAdam if kind == "RAdam" else Adam)(lr=lr, **betas)
            return final_loss(TASKS["autoencoder"].train(optimizer, epochs=3, seed=seed))

        return run

    space = SPACES[Adam]
    found = {
        kind: _tuned(f"warm-up, {kind}", loss(kind), {**space, **extra}, SEARCH[:2])
        for kind, extra in (
            ("Adam", {}),
            ("warm", {"warm": Range(2, 66, limits=("high",))}),
            ("RAdam", {}),
        )
    }
    setting, warm = found["warm"]
    dropped = np.array([loss("Adam")(setting, seed) for seed in JUDGED])
    high = {"lr": 0.1, "warm": 60}
    plain, warmed, rectified = (
        np.array([loss(kind)(high, seed) for seed in JUDGED]) for kind in ("Adam", "warm", "RAdam")
    )
    adam = "loss of Adam without warm-up over that with it"
    radam = "loss of RAdam without warm-up over that of Adam with it"
    return [
        Case(
            *(name, what, tuple(ratios), relation, bound),
            role=role,
            expected=expected,
            task="autoencoder",
            budget="3 epochs",
        )
        for name, what, ratios, relation, bound, role, expected in (
            ("all tuned", adam, found["Adam"][1] / warm, ">", WORSE, "within", False),
            ("warm-up dropped at its setting", adam, dropped / warm, ">", WORSE, "within", False),
            ("all tuned", radam, found["RAdam"][1] / warm, "<", AS_GOOD, "contrast", True),
            ("lr = 0.1, default betas", adam, plain / warmed, ">", WORSE, "edge", True),
            ("lr = 0.1, default betas", radam, rectified / warmed, "<", AS_GOOD, "edge", False),
        )
    ]


#: What is tuned of the methods for matrices, and of those they are compared with.
DECAY = Range(0.0, 0.99, "decay", limits=("low",))
MATRIX_SPACES: dict[type[Optimizer], Space] = {
    Adam: SPACES[Adam],
    GradientDescent: SPACES[GradientDescent],
    Shampoo: {"lr": Range(1e-2, 1e5), "eps": Range(1e-12, 0.1, limits=("low",))},
    SOAP: {"lr": Range(1e-3, 100), "beta1": DECAY, "beta2": Range(0.5, 0.9999, "decay")},
    Muon: {"lr": Range(1e-3, 10), "momentum": DECAY},
}


@claim(
    TOPIC,
    "Shampoo, SOAP and Muon are better than Adam on a matrix that is badly conditioned from both "
    "sides.",
    kind=EXPERIMENT,
    source="gupta2018",
    place="section 1",
    gallery=MATRIX,
    report=Report(
        "Shampoo is faster than diagonal methods on convolutional nets; SOAP and Muon, by their "
        "papers, on transformers",
        "A reduction: least squares over a 16 by 16 matrix, conditioned from both sides",
        "Ours is made for them: the curvature is a product of one factor for each side. All "
        "hyperparameters are tuned, those of Adam too.",
    ),
    fault="matrix methods do gradient descent",
)
def matrix_methods_win_on_matrices() -> list[Case]:
    """Loss after 300 steps with a cosine, over Adam's; five problems, and a sixth for the search.

    All hyperparameters of each method are searched in 40 trials, except weight decay. Shampoo is
    run as in its paper, without momentum, which hurts here. It sums its statistics as AdaGrad does,
    so its best rates are very large. Gradient descent is a contrast that shows how badly
    conditioned the problem is.
    """

    def losses(method: type[Optimizer]) -> Array:
        fixed = {"weight_decay": 0.0} if method is SOAP else {}

        def loss(setting: dict[str, float], seed: int) -> float:
            lr = Cosine(setting["lr"], steps=300)
            optimizer = method(**{**setting, **fixed, "lr": lr})
            return max(float(run_matrix(optimizer, seed=seed)[-1]), 1e-12)

        return _tuned(f"matrix, {method.__name__}", loss, MATRIX_SPACES[method], SEARCH[:1])[1]

    adam = losses(Adam)
    return [
        Case(
            *(
                method.__name__,
                "loss (at least 1e-12) over Adam's",
                tuple(losses(method) / adam),
                "<",
                BETTER,
            ),
            role=role,
            expected=expected,
            task="least squares over a matrix",
            budget="300 steps",
        )
        for method, role, expected in (
            (Shampoo, "within", True),
            (SOAP, "within", True),
            (Muon, "within", True),
            (GradientDescent, "contrast", False),
        )
    ]


#: Bowls side by side with noisy gradients, for methods that average.
BOWLS = Quadratic([1.0, 10.0] * 50)


@claim(
    TOPIC,
    "A method without a schedule is as good as one with a tuned cosine.",
    kind=EXPERIMENT,
    finding="holds on convex problems; on the net the difference is within the spread of the seeds",
    source="defazio2024",
    place="section 4",
    gallery=MATRIX,
    report=Report(
        "Equal to or better than cosine schedules on 28 problems from CIFAR-10 to translation",
        "A reduction: noisy quadratics, logistic regression and a small net, all tuned",
        "None on the convex problems.",
    ),
    fault="Schedule-Free does not average",
)
def schedule_free_equals_cosine() -> list[Case]:
    """Schedule-Free SGD at a constant rate, against the heavy ball with a cosine to zero.

    The rate of each and its momentum are tuned in 40 trials; two seeds search, five others judge.
    The test error is shown beside the training loss.
    """
    spaces: dict[type[Optimizer], Space] = {
        ScheduleFreeSGD: {"lr": Range(1e-3, 100), "beta": MOMENTUM},
        HeavyBall: {"lr": Range(1e-4, 100), "momentum": MOMENTUM},
    }
    start = np.full(100, 1.5)

    def made(method: type[Optimizer], setting: dict[str, float], steps: int) -> Optimizer:
        lr = Cosine(setting["lr"], steps=steps) if method is HeavyBall else setting["lr"]
        return method(**{**setting, "lr": lr})

    def run(
        name: str, epochs: int, method: type[Optimizer], setting: dict[str, float], seed: int
    ) -> tuple[float, float]:
        """Return the training loss and the test error at the end."""
        if name == "bowls":
            optimizer = made(method, setting, 400)
            found = minimize(BOWLS, optimizer, start, 400, noise=1.0, seed=seed)
            return final_loss(found), 0.0
        task = TASKS[name]
        steps = epochs * -(-len(task.load().y) // (task.batch_size or 1))
        trained = task.train(made(method, setting, steps), epochs=epochs, seed=seed)
        return final_loss(trained), 1 - trained.test_scores[-1]

    cases = []
    for name, epochs, expected in (("bowls", 0, True), ("logistic", 10, True), ("mlp", 5, False)):
        losses, errors = [], []
        for method, space in spaces.items():
            at_setting = functools.partial(run, name, epochs, method)

            def loss(setting: dict[str, float], seed: int, run: Run = at_setting) -> float:
                return run(setting, seed)[0]

            what = f"schedules, {name}, {method.__name__}"
            best, found = _tuned(what, loss, space, SEARCH[:2])
            losses.append(found)
            errors.append(np.array([at_setting(best, seed)[1] for seed in JUDGED]))
        title = f"task {name}" if epochs else "noisy bowls"
        at: dict[str, Any] = {
            "task": name,
            "budget": f"{epochs} epochs" if epochs else "400 steps",
        }
        what = "training loss of Schedule-Free over that with a cosine"
        ratios = tuple(losses[0] / losses[1])
        cases.append(Case(title, what, ratios, "<", AS_GOOD, expected=expected, **at))
        if epochs:
            what = "test error of Schedule-Free over that with a cosine"
            ratios = tuple(errors[0] / errors[1])
            cases.append(
                Case(title, what, ratios, "<", AS_GOOD, role="contrast", expected=expected, **at)
            )
    return cases
