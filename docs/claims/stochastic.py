"""Claims about stochastic and mini-batch gradients."""

from collections.abc import Callable

import numpy as np

from adamdoc.checks import Array
from adamdoc.curvature import flatten
from adamdoc.models import LinearRegression, SoftmaxRegression
from adamdoc.optimizers import Adam, ClipByNorm, GradientDescent, Optimizer
from adamdoc.papers.measures import slope
from adamdoc.problems import Quadratic
from adamdoc.run import minimize
from adamdoc.schedules import InverseSqrt, InverseTime, Schedule
from adamdoc.tasks import TASKS
from adamdoc.training import train
from adamdoc.tuning import Range, Space, tune
from claims.core import (
    CLOSE,
    COMMON,
    EXPERIMENT,
    MUCH_BETTER,
    MUCH_WORSE,
    SAME,
    WORSE,
    Bound,
    Case,
    Report,
    claim,
)
from claims.tuning import JUDGED, SEARCH, TRIALS, Setting, search

TOPIC = "stochastic gradients"
NOISE = "4_learning/plot_1_noise"
SCALING = "5_the_literature/plot_10_noise_and_batches"


@claim(
    TOPIC,
    "The gradient of a mini-batch is on average that of all samples.",
    source=COMMON,
    fault="the loss is a sum",
)
def batch_gradient_unbiased() -> list[Case]:
    """The mean over the batches of one shuffled pass, on the digits, at a random point.

    In the contrast the last batch of the pass is smaller but counts as much as the others. The mean
    over one pass is then biased; the mean over all orders is not.
    """
    digits, model = TASKS["softmax"].load(), SoftmaxRegression(64, 10)
    rng = np.random.default_rng(0)
    params = {name: rng.standard_normal(p.shape) for name, p in model.init().items()}
    cases = []
    for n, size, role in ((1344, 8, "within"), (1344, 64, "within"), (1347, 64, "contrast")):
        whole = flatten(model.grad(params, digits.x[:n], digits.y[:n]))
        batches = np.split(rng.permutation(n), range(size, n, size))
        grads = [flatten(model.grad(params, digits.x[b], digits.y[b])) for b in batches]
        off = np.linalg.norm(np.mean(grads, axis=0) - whole) / np.linalg.norm(whole)
        name = f"batches of {size}" + (f", the last of {n % size}" if n % size else "")
        cases.append(
            Case(
                *(name, "relative deviation", (off,), "<", SAME),
                role=role,
                expected=role == "within",
            )
        )
    return cases


@claim(
    TOPIC,
    "The noise of a mini-batch gradient falls like one over the root of its size.",
    finding="holds while a batch is a small part of the data; it falls faster towards all of it",
    source=COMMON,
    fault="the loss is a sum",
)
def batch_noise_falls_with_root() -> list[Case]:
    """The root mean square of 400 batches' deviations, drawn from the digits without replacement.

    Without replacement the variance has a further factor (N - n) / (N - 1), which is close to 1 for
    small batches and 0 when a batch holds all the data.
    """
    digits, model = TASKS["softmax"].load(), SoftmaxRegression(64, 10)
    params, n = model.init(), len(digits.y)
    whole = flatten(model.grad(params, digits.x, digits.y))
    what = "distance of the exponent from -1/2"
    cases = []
    for first, last, role in ((1, 32, "within"), (256, 1024, "edge")):
        sizes, noise = np.unique(np.geomspace(first, last, 5).astype(int)), []
        rng = np.random.default_rng(0)
        for size in sizes:
            draws = [rng.choice(n, size, replace=False) for _ in range(400)]
            off = [flatten(model.grad(params, digits.x[b], digits.y[b])) - whole for b in draws]
            noise.append(np.sqrt((np.array(off) ** 2).sum(axis=1).mean()))
        name, off_by = f"batches of {first} to {last:,} of {n:,}", abs(slope(sizes, noise) + 0.5)
        cases.append(Case(name, what, (off_by,), "<", CLOSE, role=role, expected=role == "within"))
    return cases


@claim(
    TOPIC,
    "Mini-batches reach a loss with less work than all samples at once.",
    kind=EXPERIMENT,
    finding="holds for a rough loss; close to the least one, all samples at once take fewer passes",
    source=COMMON,
    fault="train takes all samples",
)
def batches_save_work() -> list[Case]:
    """Passes over the digits to a loss of 0.3 with softmax regression, each at its best rate.

    The rate is tuned in 40 trials on two seeds; five others judge. Work is counted in samples, not
    in time: batches of 32 take many more updates, as the contrast shows, and a processor that
    handles many samples at once loses part of the gain. At the edge a small linear regression must
    reduce its loss to within a thousandth of the minimum. There the noise of batches requires a
    small rate, and all samples at once need few passes.
    """
    digits = TASKS["softmax"].load()
    rng = np.random.default_rng(0)
    x, noise = rng.standard_normal((200, 5)), rng.standard_normal(200)
    noisy, line = (x, x @ rng.standard_normal(5) + noise), LinearRegression(5)
    least = train(line, noisy, GradientDescent(lr=0.2), epochs=1000, batch_size=None).losses[-1]

    def on_digits(lr: float, batch_size: int | None, seed: int) -> float:
        epochs = 40 if batch_size is None else 5
        model = SoftmaxRegression(64, 10)
        run = train(model, digits, GradientDescent(lr=lr), epochs, batch_size, seed)
        return first(run.losses <= 0.3)

    def on_line(lr: float, batch_size: int | None, seed: int) -> float:
        run = train(line, noisy, GradientDescent(lr=lr), 60, batch_size, seed)
        return first(run.losses - least <= 1e-3 * (run.losses[0] - least))

    def first(below: Array) -> float:
        return float(below.argmax()) if below.any() else np.inf

    def found(
        name: str, passes: Callable[[float, int | None, int], float], lr: Range
    ) -> list[Array]:
        counts = []
        for size in (None, 32):

            def count(setting: Setting, seed: int, size: int | None = size) -> float:
                return passes(setting["lr"], size, seed)

            what = f"{name}, batches of {size or 'all'}"
            best = search(what, count, {"lr": lr}, SEARCH[:2])["lr"]
            counts.append(np.array([passes(best, size, seed) for seed in JUDGED]))
        return counts

    whole, batches = found("softmax", on_digits, Range(0.1, 100))
    straight = np.divide(*found("regression", on_line, Range(1e-3, 3)))
    per_pass = -(-len(digits.y) // 32)
    cases = []
    for name, what, ratios, role in (
        ("softmax to 0.3", "passes", whole / batches, "within"),
        ("softmax to 0.3", "updates", whole / batches / per_pass, "contrast"),
        ("regression to nearly the least loss", "passes", straight, "edge"),
    ):
        task, _, goal = name.partition(" to ")
        cases.append(
            Case(
                *(name, f"{what} of all at once over those of batches", tuple(ratios), ">", WORSE),
                role=role,
                expected=role == "within",
                task=task,
                budget=f"to {goal}",
            )
        )
    return cases


#: Many copies of a bowl side by side: one run is then as good as many.
CURVATURES = np.array([1.0, 10.0] * 100)
BOWLS = Quadratic(CURVATURES.tolist())


@claim(
    TOPIC,
    "At a constant rate SGD stops at a floor, which falls with the rate.",
    finding="holds where the noise stays; if it vanishes at the minimum, because all samples can "
    "be fitted exactly, there is no floor",
    source="bottou2018",
    place="theorem 4.6",
    gallery=NOISE,
    fault="gradient descent ignores its rate",
)
def sgd_has_a_noise_floor() -> list[Case]:
    """The mean loss of 2,000 steps at the floor, against theory, for normal noise on a quadratic.

    At a curvature c and noise s the parameter ends with variance lr s^2 / (c (2 - lr c)), and so
    the loss with lr s^2 / (2 (2 - lr c)) a coordinate: in proportion to a small rate. The theorem
    bounds the floor for all strongly convex losses; on a quadratic it is known, and so is the
    sampling error of its mean, from the correlation (1 - lr c)^2 of successive losses.

    The noise of batches may vanish: if one model fits all samples, all gradients are 0 there, and
    SGD goes on to the minimum. The last two cases are linear regressions with and without noise in
    the labels; the least loss, from many steps on all samples, is subtracted.
    """
    what = "distance of the mean loss from theory, in standard errors"
    bound = Bound(4, "sampling: four standard errors")
    cases = []
    for lr in (0.15, 0.05, 0.005):
        variance = lr / (CURVATURES * (2 - lr * CURVATURES))
        floor = (CURVATURES * variance / 2).sum()
        kept = (1 - lr * CURVATURES) ** 2
        spread = (CURVATURES * variance) ** 2 / 2 * (1 + kept) / (1 - kept)
        error = np.sqrt(spread.sum() / 2000)
        off = []
        for seed in range(5):
            method, start = GradientDescent(lr=lr), np.full(200, 0.1)
            losses = minimize(BOWLS, method, start, 3000, noise=1.0, seed=seed).losses
            off.append(abs(losses[-2000:].mean() - floor) / error)
        cases.append(Case(f"lr = {lr:g}: floor {floor:.3g}", what, tuple(off), "<", bound))
    rng = np.random.default_rng(0)
    x, w, noise = rng.standard_normal((100, 5)), rng.standard_normal(5), rng.standard_normal(100)
    least = Bound(1e-9, "by definition: more than rounding is left")
    for name, y, role in (
        ("regression with noisy labels", x @ w + noise, "within"),
        ("regression that fits all samples", x @ w, "edge"),
    ):
        model, method = LinearRegression(5), GradientDescent(lr=0.05)
        lowest = train(model, (x, y), method, epochs=2000, batch_size=None).losses[-1]
        ends = []
        for seed in range(5):
            losses = train(model, (x, y), method, 100, 10, seed).losses - lowest
            ends.append(losses[-1] / losses[0])
        cases.append(
            Case(
                *(name, "loss above the least, at the end over the start", tuple(ends), ">", least),
                role=role,
                expected=role == "within",
            )
        )
    return cases


@claim(
    TOPIC,
    "A falling learning rate takes SGD below the floor of a constant one.",
    kind=EXPERIMENT,
    finding="holds if the rate does not fall before the descent is done: 0.1 / t is too fast",
    source="robbins1951",
    place="section 2",
    gallery=NOISE,
    fault="gradient descent ignores its rate",
)
def falling_rate_ends_lower() -> list[Case]:
    """Noisy bowls, the last 100 of 1,500 steps, five seeds; all rates start at 0.1.

    The rate must fall to zero, but so slowly that the sum of all rates grows without limit, fast
    enough to cover the distance. On the flatter bowl, with 0.1 / t, the distance shrinks only like
    t^-0.1. Without noise, the contrast, there is no floor, and a constant rate is better.
    """
    cases = []
    what = "loss at the end (at least 1e-9), falling rate over constant"
    for name, lr, noise, role, expected in (
        ("0.1 / sqrt(t)", InverseSqrt(0.1), 1.0, "within", True),
        ("0.1 / (1 + (t - 1) / 30)", InverseTime(0.1, 1 / 30), 1.0, "within", True),
        ("0.1 / t", InverseTime(0.1, 1.0), 1.0, "edge", False),
        ("0.1 / sqrt(t), no noise", InverseSqrt(0.1), 0.0, "contrast", False),
    ):
        rates: tuple[float | Schedule, ...] = (lr, 0.1)
        ratios = []
        for seed in range(5):
            falling, constant = (
                minimize(BOWLS, GradientDescent(lr=rate), steps=1500, noise=noise, seed=seed)
                for rate in rates
            )
            ends = [max(float(run.losses[-100:].mean()), 1e-9) for run in (falling, constant)]
            ratios.append(ends[0] / ends[1])
        cases.append(
            Case(
                *(name, what, tuple(ratios), "<", MUCH_BETTER),
                role=role,
                expected=expected,
                task="noisy bowls",
                budget="1,500 steps",
            )
        )
    return cases


#: The batch sizes at which noise decides the best rate, and those at which the curvature does.
SMALL, LARGE = (1, 4, 16, 64), (1024, 2048, 4096)


def _betas(batch: int) -> dict[str, float]:
    """Return Adam's betas by the rule of Malladi and others; the usual ones at the largest."""
    share = batch / SMALL[-1]
    return {"beta1": 1 - 0.1 * share, "beta2": 1 - 0.001 * share}


def _exponents(
    method: type[Optimizer],
    batches: tuple[int, ...],
    betas: Callable[[int], dict[str, float]] = lambda _batch: {},
    lr: Range = Range(1e-4, 3),  # noqa: B008
) -> list[float]:
    """Return the exponent of the best rate's growth with the batch size, for five seeds.

    Best is the rate that ends lowest after 4,096 samples of a quadratic with the noise of batches.
    """
    space = {"lr": lr}
    rates = space["lr"].at(np.linspace(0, 1, TRIALS))
    found = []
    for seed in range(5):
        best = []
        for batch in batches:
            ends = minimize(
                Quadratic([1.0] * 64),
                method(lr=rates[:, None], **betas(batch)),  # type: ignore[call-arg]
                start=np.full(64, 10.0),
                steps=4096 // batch,
                batch=True,
                noise=100 / np.sqrt(batch),
                seed=seed,
            ).losses[-1]
            table = dict(zip(rates.tolist(), ends.tolist(), strict=True))
            setting = tune(lambda s, t=table: t[s["lr"]], space, TRIALS).setting  # type: ignore[misc]
            best.append(setting["lr"])
        found.append(slope(batches, best))
    return found


@claim(
    TOPIC,
    "For k times the batch take k times the learning rate.",
    kind=EXPERIMENT,
    finding="holds for SGD while noise rules; not for batches so large that curvature does",
    source="goyal2017",
    place="section 2.1, the linear scaling rule",
    gallery=SCALING,
    report=Report(
        "SGD: exponent 1, up to batches of about 8,000 (ResNet-50, 90 epochs)",
        "A reduction: quadratics with the noise of batches, 4,096 samples for each batch size",
        "None: the rule is stated for SGD, and said to end at some batch size.",
    ),
    fault="gradient descent takes signs",
)
def best_rate_scales_with_batch() -> list[Case]:
    """The exponent of the best rate's growth with the batch size, for a fixed number of samples.

    The noise falls with the root of the batch size. For SGD the rule holds while noise rules, and
    ends where the curvature limits the rate; the paper finds such an end at about 8,000 samples.
    Adam, the contrast, follows the root: its step is divided by the size of the noise already.
    """
    what = "exponent of the best rate's growth with the batch size, distance from 1"
    cases = []
    for name, method, batches, role in (
        ("SGD", GradientDescent, SMALL, "within"),
        ("SGD", GradientDescent, LARGE, "edge"),
        ("Adam", Adam, SMALL, "contrast"),
    ):
        off = tuple(abs(found - 1) for found in _exponents(method, batches))
        cases.append(
            Case(
                *(f"{name}, batches of {batches[0]:,} to {batches[-1]:,}", what, off, "<", CLOSE),
                role=role,
                expected=role == "within",
                task="a noisy quadratic",
                budget="4,096 samples",
            )
        )
    return cases


@claim(
    TOPIC,
    "For k times the batch take the root of k times Adam's learning rate.",
    kind=EXPERIMENT,
    finding="holds while noise rules; not for batches so large that only a few steps are left",
    source="malladi2022",
    place="the square root scaling rule",
    gallery=SCALING,
    report=Report(
        "Adam: exponent 1/2, with 1 - beta1 and 1 - beta2 multiplied by k, up to batches of 25,000 "
        "(language models)",
        "A reduction: quadratics with the noise of batches, 4,096 samples for each batch size",
        "None; with the betas left alone the exponent is slightly smaller.",
    ),
    fault="Adam divides by v without the root",
)
def best_rate_scales_with_root() -> list[Case]:
    """The best rate, by batch size, on quadratics with the noise of batches.

    The rule adapts the betas too: one minus them grows in proportion to k. Left alone, as they
    usually are, they change the exponent little. As for SGD, the rule ends where noise no longer
    dominates: the few steps that are left must cover the whole distance, and their length is the
    rate. SGD, the contrast, needs more than the root.
    """
    what = "exponent of the best rate's growth with the batch size, distance from 1/2"
    cases = []
    large = f"Adam, batches of {LARGE[0]:,} to {LARGE[-1]:,}"
    for name, found, role, expected in (
        ("Adam, the betas adapted", _exponents(Adam, SMALL, _betas), "within", True),
        ("Adam, the betas left alone", _exponents(Adam, SMALL), "edge", True),
        (large, _exponents(Adam, LARGE, lr=Range(1e-3, 100)), "edge", False),
        ("SGD", _exponents(GradientDescent, SMALL), "contrast", False),
    ):
        cases.append(
            Case(
                *(name, what, tuple(abs(one - 0.5) for one in found), "<", CLOSE),
                role=role,
                expected=expected,
                task="a noisy quadratic",
                budget="4,096 samples",
            )
        )
    return cases


@claim(
    TOPIC,
    "Where the noise is heavy-tailed, SGD needs clipping.",
    kind=EXPERIMENT,
    source="zhang2020",
    place="theorems on clipped SGD",
    gallery=SCALING,
    report=Report(
        "With noise of infinite variance SGD need not converge; clipped SGD does, at a rate of "
        "k^(-2(a - 1) / a) for tails of index a",
        "A reduction: a quadratic with noise of index 1.1 and 1.5, rates falling with 1/sqrt(t)",
        "The paper's rates are bounds in the worst case; here the ends of runs are compared.",
    ),
    fault="ClipByNorm does not clip",
)
def heavy_tails_need_clipping() -> list[Case]:
    """The mean loss of the last quarter of 500 steps, ten seeds; noise drawn from Student's t.

    Rate and threshold are tuned in 40 trials, on three other seeds, for each kind of noise. Below
    an index of 2 its variance is infinite. With normal noise, the contrast, clipping gains nothing.
    """

    def end(optimizer: Optimizer, tail: float, seed: int) -> float:
        rng = np.random.default_rng(seed)
        theta, losses = np.ones(10), []
        state = optimizer.init(theta)
        noise = rng.standard_t(tail, (500, 10)) if tail < 2 else rng.standard_normal((500, 10))
        for one in noise:
            theta, state = optimizer.update(theta, theta + one, state)
            losses.append(0.5 * float(theta @ theta))
        return float(np.mean(losses[375:]))

    def made(setting: dict[str, float]) -> Optimizer:
        inside = GradientDescent(lr=InverseSqrt(setting["lr"]))
        return ClipByNorm(inside, setting["norm"]) if "norm" in setting else inside

    def tuned(space: Space, tail: float) -> Array:
        name = f"tails, {tail:g}, {' and '.join(space)}"
        best = made(search(name, lambda s, seed: end(made(s), tail, seed), space))
        return np.array([end(best, tail, seed) for seed in range(10)])

    lr = Range(1e-5, 30)
    cases = []
    for name, tail, role in (
        ("index 1.1", 1.1, "within"),
        ("index 1.5", 1.5, "within"),
        ("normal", np.inf, "contrast"),
    ):
        plain = tuned({"lr": lr}, tail)
        clipped = tuned({"lr": lr, "norm": Range(0.1, 300, limits=("high",))}, tail)
        what = "loss at the end, plain over clipped, each tuned"
        cases.append(
            Case(
                *(f"noise: {name}", what, tuple(plain / clipped), ">", MUCH_WORSE),
                role=role,
                expected=role == "within",
                task="a bowl with noise",
                budget="500 steps",
            )
        )
    return cases
