"""Claims about what Adam is popular for."""

from dataclasses import replace

import numpy as np

from adamdoc.models import LogisticRegression, SoftmaxRegression
from adamdoc.optimizers import (
    AdaGrad,
    Adam,
    GradientDescent,
    HeavyBall,
    Lion,
    Momentum,
    NAdam,
    Nesterov,
    Optimizer,
    RMSprop,
)
from adamdoc.papers.kingma2015 import bag_of_words
from adamdoc.problems import Quadratic
from adamdoc.run import minimize
from adamdoc.schedules import InverseSqrt
from adamdoc.tasks import TASKS
from adamdoc.training import train
from claims.core import Case, Report, claim
from claims.tuning import RATES, curve, last_loss

TOPIC = "praise of Adam"
BENCHMARK = "5_the_literature/plot_9_default_or_tuned"
LOGISTIC = "5_the_literature/plot_1_adam_paper"


@claim(TOPIC, "Adam converges fast.", gallery=BENCHMARK, fault="Adam does not divide")
def adam_converges_fast() -> list[Case]:
    """The loss after each task's usual epochs, each method at its best rate, two seeds.

    Mostly so against plain SGD; momentum, at its own best rate, is often as fast.
    """
    cases = []
    for method, name, expected in (
        (GradientDescent, "softmax", True),
        (GradientDescent, "mlp", True),
        (GradientDescent, "autoencoder", True),
        (GradientDescent, "embedding", True),
        (GradientDescent, "logistic", False),
        (HeavyBall, "mlp", False),
        (HeavyBall, "autoencoder", False),
        (HeavyBall, "embedding", True),
    ):
        ratios = [curve(name, Adam, s).min() / curve(name, method, s).min() for s in (0, 1)]
        what = f"Adam's loss over that of {'SGD' if method is GradientDescent else 'heavy ball'}"
        cases.append(Case(f"task {name}", what, tuple(ratios), "<", 0.85, expected))
    return cases


@claim(
    TOPIC,
    "Adam's default hyperparameters work across models.",
    gallery=BENCHMARK,
    fault="Adam ignores its rate",
)
def adam_defaults_work() -> list[Case]:
    """The loss after each task's usual epochs, over that at the best rate, two seeds.

    At lr = 0.001 these short trainings are not done. The other defaults are fine: see the next
    claim.
    """
    cases = []
    what = "loss at lr = 0.001 over the best"
    for name, expected in (
        ("softmax", False),
        ("mlp", False),
        ("autoencoder", False),
        ("embedding", False),
    ):
        ratios = [
            TASKS[name].train(Adam(), seed=s).losses[-1] / curve(name, Adam, s).min()
            for s in (0, 1)
        ]
        cases.append(Case(f"task {name}", what, tuple(ratios), "<", 1.5, expected))
    return cases


@claim(
    TOPIC,
    "Of Adam's hyperparameters only the learning rate needs tuning.",
    fault="Adam without bias correction",
)
def adam_betas_need_no_tuning() -> list[Case]:
    """The loss at the default betas over the best of nine, the better of two rates for each."""
    what = "loss with the default betas over that with the best"
    cases = []
    for name, expected in (("autoencoder", True), ("mlp", True)):
        ends = {}
        for beta1 in (0.5, 0.9, 0.95):
            for beta2 in (0.9, 0.99, 0.999):
                ends[beta1, beta2] = min(
                    TASKS[name].train(Adam(lr=lr, beta1=beta1, beta2=beta2)).losses[-1]
                    for lr in (0.01, 0.03)
                )
        ratio = ends[0.9, 0.999] / min(ends.values())
        cases.append(Case(f"task {name}", what, (ratio,), "<", 1.25, expected))
    return cases


@claim(
    TOPIC,
    "Adam's best learning rate is much the same for every task.",
    gallery=BENCHMARK,
    fault="Adam ignores its rate",
)
def adam_best_rate_is_stable() -> list[Case]:
    """Largest over smallest best rate of five tasks, on a grid of half decades."""
    names = ("softmax", "mlp", "autoencoder", "embedding", "logistic")

    def spread(method: type[Optimizer]) -> float:
        best = [RATES[method][curve(name, method, 0).argmin()] for name in names]
        return max(best) / min(best)

    return [
        Case("in itself", "largest best rate over smallest", (spread(Adam),), "<", 5, False),
        Case(
            "compared with SGD",
            "largest best rate over smallest, against that of SGD",
            (spread(Adam),),
            "<",
            spread(GradientDescent),
        ),
    ]


@claim(
    TOPIC, "Adaptive rates help where features have different scales.", fault="Adam does not divide"
)
def adam_adapts_to_scales() -> list[Case]:
    """Thirty measurements of tissue, standardised or each in a unit of its own, 20 epochs."""
    tissue = TASKS["logistic"].load()
    units = 10 ** np.random.default_rng(0).uniform(-2, 2, 30)
    mixed = replace(tissue, x=tissue.x * units, x_test=tissue.x_test * units)
    rates = np.geomspace(1e-5, 3, 12)
    cases = []
    for name, data, expected in (("mixed units", mixed, True), ("standardised", tissue, False)):
        ends = [
            min(last_loss(LogisticRegression(30), data, m(lr=lr), 20, 0) for lr in rates)
            for m in (Adam, GradientDescent)
        ]
        what = "Adam's training loss over that of SGD, each at its best of 12 rates"
        cases.append(Case(name, what, (ends[0] / ends[1],), "<", 0.7, expected))
    return cases


@claim(
    TOPIC,
    "Adam is resilient to noise.",
    gallery="4_learning/plot_1_noise",
    fault="Adam does not average",
)
def adam_resists_noise() -> list[Case]:
    """The floor on bowls of curvature 2 and 20 with noisy gradients, 300 steps from a distance.

    Each at its best of 60 rates. Without noise gradient descent ends lower by many powers of ten.
    With much of it, all floors are close: the noise sets them.
    """
    bowls = Quadratic([2.0, 20.0] * 20)
    rates = np.geomspace(1e-3, 1, 60)[:, None]

    def floor(method: type[Optimizer], noise: float) -> float:
        optimizer = method(lr=rates)  # type: ignore[call-arg]
        run = minimize(bowls, optimizer, steps=300, batch=True, noise=noise)
        ends = np.nan_to_num(run.losses[-50:].mean(axis=0), nan=np.inf)
        return float(ends.min())

    what = "lowest loss at the end, Adam's over that of the other"
    cases = []
    for method, noise, expected in (
        (GradientDescent, 0.0, False),
        (GradientDescent, 3.0, True),
        (GradientDescent, 30.0, True),
        (RMSprop, 3.0, True),
        (HeavyBall, 3.0, True),
        (Momentum, 3.0, True),
    ):
        ratio = floor(Adam, noise) / floor(method, noise)
        name = f"noise {noise:g}, against {method.__name__}"
        cases.append(Case(name, what, (ratio,), "<", 0.95, expected))
    return cases


@claim(
    TOPIC,
    "Adam handles sparse gradients well.",
    gallery="5_the_literature/plot_1_adam_paper",
    fault="Adam does not divide",
)
def adam_handles_sparse_gradients() -> list[Case]:
    """An embedding of words, most of them rare, against SGD and the heavy ball, two seeds."""
    what = "Adam's training loss over that of the other, each at its best rate"
    cases = []
    for method in (GradientDescent, HeavyBall):
        ratios = [
            curve("embedding", Adam, s).min() / curve("embedding", method, s).min() for s in (0, 1)
        ]
        cases.append(Case(f"against {method.__name__}", what, tuple(ratios), "<", 0.2))
    return cases


@claim(
    TOPIC,
    "Adam is well suited to deep networks.",
    fault="Adam does not divide",
)
def adam_suits_deep_networks() -> list[Case]:
    """ReLU networks on digits, five epochs, Adam and the heavy ball at their best of four rates."""
    from adamdoc.models import MLP

    digits = TASKS["mlp"].load()
    what = "Adam's training loss over that of the heavy ball"
    cases = []
    for layers, expected in ((1, False), (8, True)):
        net = MLP((64, *[32] * layers, 10))
        ratios = []
        for seed in (0, 1):
            adam, ball = (
                min(last_loss(net, digits, m(lr=lr), 5, seed) for lr in rates)
                for m, rates in (
                    (Adam, (0.001, 0.003, 0.01, 0.03)),
                    (HeavyBall, (0.01, 0.03, 0.1, 0.3)),
                )
            )
            ratios.append(adam / ball)
        cases.append(
            Case(f"{layers} hidden layers of 32", what, tuple(ratios), "<", 0.68, expected)
        )
    return cases


@claim(
    TOPIC,
    "On logistic regression Adam is as fast as Nesterov's momentum, and both beat AdaGrad.",
    source="kingma2015",
    place="section 6.1, figure 1 left",
    gallery=LOGISTIC,
    report=Report(
        "MNIST: Adam and SGD with Nesterov's momentum alike, both faster than AdaGrad (figure 1)",
        "A reduction: 8 x 8 digits, batches of 32, ten epochs, the rate falling with 1/sqrt(t)",
        "AdaGrad is ahead here: all pixels are frequent, and its rate falls by itself; Adam's was "
        "made to fall with 1/sqrt(t).",
    ),
    fault="Adam does not divide",
)
def logistic_as_in_the_adam_paper() -> list[Case]:
    """Each at its best of four rates, training loss after ten epochs, three seeds."""
    digits, model = TASKS["softmax"].load(), SoftmaxRegression(64, 10)

    def best(method: type[Optimizer], rates: tuple[float, ...], seed: int) -> float:
        falling = (method(lr=InverseSqrt(lr)) for lr in rates)  # type: ignore[call-arg]
        return min(last_loss(model, digits, optimizer, 10, seed) for optimizer in falling)

    ratios: dict[str, list[float]] = {"Nesterov": [], "AdaGrad": []}
    for seed in range(3):
        adam = best(Adam, (0.3, 1.0, 3.0, 10.0), seed)
        ratios["Nesterov"].append(adam / best(Nesterov, (1.0, 3.0, 10.0, 30.0), seed))
        grad = min(
            last_loss(model, digits, AdaGrad(lr=lr), 10, seed) for lr in (1.0, 3.0, 10.0, 30.0)
        )
        ratios["AdaGrad"].append(adam / grad)
    what = "Adam's training loss over that of the other"
    return [
        Case("against Nesterov's momentum", what, tuple(ratios["Nesterov"]), "<", 1.2),
        Case("against AdaGrad", what, tuple(ratios["AdaGrad"]), "<", 0.9, expected=False),
    ]


@claim(
    TOPIC,
    "On sparse bags of words Adam is as fast as AdaGrad, and both beat SGD with momentum.",
    source="kingma2015",
    place="section 6.1, figure 1 right",
    gallery=LOGISTIC,
    report=Report(
        "IMDB reviews, half of the words dropped: AdaGrad far ahead of SGD with Nesterov's "
        "momentum, Adam as fast as AdaGrad (figure 1)",
        "A reduction: passages of 12 words from 14 texts, 1,427 words",
        "The same order. The losses are not comparable: other texts, and fourteen classes for two.",
    ),
    fault="Adam does not divide",
)
def bag_of_words_as_in_the_adam_paper() -> list[Case]:
    """Softmax regression, ten passes with dropout, each at its best of four rates, two seeds."""
    what = "Adam's training loss over that of the other"
    ratios: dict[str, list[float]] = {"AdaGrad": [], "Nesterov": []}
    for seed in (0, 1):
        data = bag_of_words(10, seed)
        model = SoftmaxRegression(data[0].shape[1], 14)

        best = {
            method: min(
                float(train(model, data, method(lr=k * lr), epochs=1).losses[-1])
                for k in (1, 3, 10, 30)
            )
            for method, lr in ((Adam, 0.03), (AdaGrad, 0.3), (Nesterov, 0.1))
        }
        ratios["AdaGrad"].append(best[Adam] / best[AdaGrad])
        ratios["Nesterov"].append(best[Adam] / best[Nesterov])
    return [
        Case("against AdaGrad", what, tuple(ratios["AdaGrad"]), "<", 1.5),
        Case("against Nesterov's momentum", what, tuple(ratios["Nesterov"]), "<", 0.9),
    ]


@claim(
    TOPIC,
    "To try several optimizers at their defaults works about as well as to tune one.",
    source="schmidt2021",
    place="abstract and section 4",
    gallery=BENCHMARK,
    report=Report(
        "About as well, on eight deep-learning problems and fifteen optimizers (abstract)",
        "A reduction: three of our tasks, seven optimizers at their defaults, Adam tuned",
        "Our trainings are short; default rates are made for long ones.",
    ),
    fault="Adam ignores its rate",
)
def defaults_of_many_or_one_tuned() -> list[Case]:
    """The best of seven optimizers as they come, against Adam at its best rate."""
    many = (Adam, NAdam, RMSprop, AdaGrad, HeavyBall, Nesterov, Lion)
    what = "loss of the best at its defaults over that of Adam tuned"
    cases = []
    for name, expected in (("autoencoder", True), ("softmax", False), ("mlp", False)):
        best = min(float(TASKS[name].train(method()).losses[-1]) for method in many)
        ratio = best / curve(name, Adam, 0).min()
        cases.append(Case(f"task {name}", what, (ratio,), "<", 1.5, expected))
    return cases
