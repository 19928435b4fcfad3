"""Claims about stochastic and mini-batch gradients."""

import numpy as np

from adamdoc.curvature import flatten
from adamdoc.models import SoftmaxRegression
from adamdoc.optimizers import Adam, ClipByNorm, GradientDescent, Optimizer
from adamdoc.papers.measures import settled, slope
from adamdoc.problems import Quadratic
from adamdoc.run import minimize
from adamdoc.schedules import InverseSqrt
from adamdoc.tasks import TASKS
from adamdoc.training import train
from claims.core import COMMON, Case, Report, claim

TOPIC = "stochastic gradients"
NOISE = "4_learning/plot_1_noise"


@claim(
    TOPIC,
    "The gradient of a mini-batch is on average that of all samples.",
    source=COMMON,
    fault="the loss is a sum",
)
def batch_gradient_unbiased() -> list[Case]:
    """The mean over the batches of one shuffled pass, on the digits, at a random point."""
    digits, model = TASKS["softmax"].load(), SoftmaxRegression(64, 10)
    rng = np.random.default_rng(0)
    params = {name: rng.standard_normal(p.shape) for name, p in model.init().items()}
    n = 1344  # whole batches
    whole = flatten(model.grad(params, digits.x[:n], digits.y[:n]))
    cases = []
    for size in (8, 64):
        batches = np.split(rng.permutation(n), n // size)
        grads = [flatten(model.grad(params, digits.x[b], digits.y[b])) for b in batches]
        off = np.linalg.norm(np.mean(grads, axis=0) - whole) / np.linalg.norm(whole)
        cases.append(Case(f"batches of {size}", "relative deviation", (off,), "<", 1e-12))
    return cases


@claim(
    TOPIC,
    "The noise of a mini-batch gradient falls like one over the root of its size.",
    source=COMMON,
    fault="the loss is a sum",
)
def batch_noise_falls_with_root() -> list[Case]:
    """Drawn without replacement: the noise falls faster once a batch is much of the data."""
    digits, model = TASKS["softmax"].load(), SoftmaxRegression(64, 10)
    params, n = model.init(), len(digits.y)
    whole = flatten(model.grad(params, digits.x, digits.y))
    exponents = []
    for first, last in ((1, 32), (256, 1024)):
        sizes, noise = np.unique(np.geomspace(first, last, 5).astype(int)), []
        rng = np.random.default_rng(0)
        for size in sizes:
            draws = [rng.choice(n, size, replace=False) for _ in range(400)]
            off = [flatten(model.grad(params, digits.x[b], digits.y[b])) - whole for b in draws]
            noise.append(np.sqrt((np.array(off) ** 2).sum(axis=1).mean()))
        exponents.append(slope(sizes, noise))
    what = "distance of the exponent from -1/2"
    return [
        Case("batches of 1 to 32 of 1,347", what, (abs(exponents[0] + 0.5),), "<", 0.05),
        Case("batches of 256 to 1,024", what, (abs(exponents[1] + 0.5),), "<", 0.05, False),
    ]


@claim(
    TOPIC,
    "Mini-batches reach a loss with less work than all samples at once.",
    source=COMMON,
    fault="train takes all samples",
)
def batches_save_work() -> list[Case]:
    """Softmax regression on the digits, each batch size at its best of seven rates, three seeds."""
    digits, model = TASKS["softmax"].load(), SoftmaxRegression(64, 10)
    rates = np.geomspace(0.1, 100, 7)

    def passes(batch_size: int | None, seed: int) -> float:
        best = np.inf
        for lr in rates:
            run = train(model, digits, GradientDescent(lr=lr), 20, batch_size, seed)
            best = min(best, float(settled(run.losses, 0.3)))
        return best

    ratios = [passes(None, seed) / passes(32, seed) for seed in range(3)]
    what = "passes over the data to a loss of 0.3: all at once over batches of 32"
    return [Case("softmax regression on digits", what, tuple(ratios), ">", 1.5)]


#: Many copies of a bowl side by side: one run is then as good as many.
BOWLS = Quadratic([1.0, 10.0] * 100)


def _floor(optimizer: Optimizer, seed: int) -> float:
    """Return the mean loss of a long noisy run, from the floor on."""
    run = minimize(BOWLS, optimizer, start=np.full(200, 0.1), steps=1500, noise=1.0, seed=seed)
    return float(run.losses[1000:].mean())


@claim(
    TOPIC,
    "At a constant rate SGD stops at a floor, which falls with the rate.",
    source="bottou2018",
    place="theorem 4.6",
    gallery=NOISE,
    fault="gradient descent ignores its rate",
)
def sgd_has_a_noise_floor() -> list[Case]:
    """Normal noise on a quadratic. A tenth of the rate has about a tenth of the floor."""
    ratios = [
        _floor(GradientDescent(lr=0.05), seed) / _floor(GradientDescent(lr=0.005), seed)
        for seed in range(5)
    ]
    what = "floor at lr = 0.05 over that at 0.005"
    return [
        Case("curvatures 1 and 10, noise 1", what, tuple(ratios), ">", 6),
        Case("curvatures 1 and 10, noise 1, from above", what, tuple(ratios), "<", 20),
    ]


@claim(
    TOPIC,
    "A falling learning rate takes SGD below the floor of a constant one.",
    source="robbins1951",
    place="section 2",
    gallery=NOISE,
    fault="gradient descent ignores its rate",
)
def falling_rate_ends_lower() -> list[Case]:
    """The same noisy quadratic, the last 100 of 1,500 steps, five seeds. Not without noise."""
    cases = []
    for noise, expected in ((1.0, True), (0.0, False)):
        ratios = []
        for seed in range(5):
            ends = [
                minimize(BOWLS, GradientDescent(lr=lr), steps=1500, noise=noise, seed=seed).losses
                for lr in (0.1, InverseSqrt(0.1))
            ]
            constant, falling = (max(float(losses[-100:].mean()), 1e-9) for losses in ends)
            ratios.append(falling / constant)
        what = "loss at the end (at least 1e-9), falling rate over constant"
        cases.append(Case(f"noise {noise:g}", what, tuple(ratios), "<", 0.1, expected))
    return cases


def _best_rate(method: type, batch: int) -> float:
    """Return the rate that ends lowest after 4,096 samples of a quadratic with batch noise."""
    rates = np.geomspace(1e-5, 3, 60)
    run = minimize(
        Quadratic([1.0] * 16),
        method(lr=rates[:, None]),
        start=np.full(16, 10.0),
        steps=4096 // batch,
        batch=True,
        noise=100 / np.sqrt(batch),
    )
    ends = np.nan_to_num(run.losses[-1], nan=np.inf)
    return float(rates[ends.argmin()])


SCALING = "5_the_literature/plot_10_noise_and_batches"


@claim(
    TOPIC,
    "For k times the batch take k times the learning rate.",
    source="goyal2017",
    place="section 2.1, the linear scaling rule",
    gallery=SCALING,
    report=Report(
        "SGD: exponent 1, up to batches of about 8,000 (ResNet-50, 90 epochs)",
        "A reduction: quadratics with the noise of batches, 4,096 samples for each batch size",
        "None for SGD where noise rules. For Adam the exponent is 1/2: its step is already divided "
        "by the size of the noise.",
    ),
    fault="Adam does not divide",
)
def best_rate_scales_with_batch() -> list[Case]:
    """The best rate, by batch size, for a fixed number of samples seen.

    A quadratic whose noise falls with the root of the batch size. For SGD the rule holds while
    noise rules, and ends where the curvature limits the rate. Adam's best rate follows the root.
    """
    small, large = (1, 4, 16, 64), (1024, 2048, 4096)

    def exponent(method: type, batches: tuple[int, ...]) -> float:
        return slope(batches, [_best_rate(method, batch) for batch in batches])

    what = "distance from 1 of the exponent of the best rate's growth"
    return [
        Case(
            "SGD, batches of 1 to 64", what, (abs(exponent(GradientDescent, small) - 1),), "<", 0.2
        ),
        Case(
            "SGD, batches of 1,024 to 4,096",
            what,
            (abs(exponent(GradientDescent, large) - 1),),
            "<",
            0.2,
            False,
        ),
        Case("Adam, batches of 1 to 64", what, (abs(exponent(Adam, small) - 1),), "<", 0.2, False),
    ]


@claim(
    TOPIC,
    "For k times the batch take the root of k times Adam's learning rate.",
    source="malladi2022",
    place="section 4, the square root scaling rule",
    gallery=SCALING,
    report=Report(
        "Adam: exponent 1/2 (with the betas adapted), up to batches of 25,000 (language models)",
        "A reduction: quadratics with the noise of batches, 4,096 samples for each batch size",
        "Slightly above: the betas were left alone, and bias correction covers part of the run.",
    ),
    fault="Adam does not divide",
)
def best_rate_scales_with_root() -> list[Case]:
    """The same quadratics. SGD wants more than the root; its step grows with the noise."""
    batches = (1, 4, 16, 64)
    what = "distance from 1/2 of the exponent of the best rate's growth"
    cases = []
    for method, expected in ((Adam, True), (GradientDescent, False)):
        found = slope(batches, [_best_rate(method, batch) for batch in batches])
        name = f"{method.__name__}, batches of 1 to 64: {found:.2f}"
        cases.append(Case(name, what, (abs(found - 0.5),), "<", 0.15, expected))
    return cases


@claim(
    TOPIC,
    "Where the noise is heavy-tailed, SGD needs clipping.",
    source="zhang2020",
    place="theorems 2 and 3",
    gallery=SCALING,
    report=Report(
        "With noise of infinite variance SGD need not converge; clipped SGD does, at a rate of "
        "k^(-2(a - 1) / a) for tails of index a",
        "A reduction: a quadratic with noise of index 1.1, steps falling with 1/sqrt(t)",
        "The paper's rates are bounds in the worst case; here the ends of runs are compared.",
    ),
    fault="ClipByNorm does not clip",
)
def heavy_tails_need_clipping() -> list[Case]:
    """The mean loss of the last 500 of 2,000 steps, ten seeds; noise drawn from Student's t."""

    def end(optimizer: Optimizer, tail: float, seed: int) -> float:
        rng = np.random.default_rng(seed)
        theta, losses = np.ones(10), []
        state = optimizer.init(theta)
        for _ in range(2000):
            noise = rng.standard_t(tail, 10) if np.isfinite(tail) else rng.standard_normal(10)
            theta, state = optimizer.update(theta, theta + noise, state)
            losses.append(0.5 * float(theta @ theta))
        return float(np.mean(losses[-500:]))

    falling = GradientDescent(lr=InverseSqrt(0.5))
    what = "loss at the end, plain over clipped to norm 5"
    cases = []
    for name, tail, expected in (("index 1.1", 1.1, True), ("normal", np.inf, False)):
        ratios = [
            end(falling, tail, seed) / end(ClipByNorm(falling, 5.0), tail, seed)
            for seed in range(10)
        ]
        cases.append(Case(f"noise: {name}", what, tuple(ratios), ">", 3, expected))
    return cases
