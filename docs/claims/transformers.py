"""Claims about why Adam leads on transformers, on the smallest of them: one block, one head."""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.data import load
from adamdoc.models import MLP, Attention, ConvNet, Model, Params
from adamdoc.optimizers import Adam, GradientDescent, HeavyBall, Optimizer, SignSGD, Signum
from adamdoc.papers import kunstner2023, kunstner2024, zhang2024
from adamdoc.schedules import Cosine
from adamdoc.tuning import Space
from claims.core import AS_GOOD, BETTER, EXPERIMENT, MUCH_WORSE, WORSE, Bound, Case, Report, claim
from claims.tuning import JUDGED, SPACES, search

TOPIC = "transformers and rare classes"
GALLERY = "5_the_literature/plot_14_transformers"

#: The data: windows of six characters of a text, few enough to take all of them at each step.
DATA = kunstner2023.windows(192, length=6)
MODEL = Attention(6, 29, width=8)
STEPS, SMALL = 100, 16
#: What each scored case of a training says of its size.
TASK = "attention on 192 windows of characters"
FULL: dict[str, Any] = {"task": TASK, "budget": "100 steps on all samples"}
MINI: dict[str, Any] = {"task": TASK, "budget": "100 steps on batches of 16"}
#: The loss of guessing among the characters.
GUESS = float(np.log(29))
MOST = Bound(0.5, "by definition: most of the gap")


def adam_without_momentum(**setting: Any) -> Adam:
    """Return an Adam with beta1 = 0."""
    return Adam(beta1=0.0, **setting)


Method = Callable[..., Optimizer]
#: The search spaces: those of all claims, and those of the methods that only this module tunes.
METHODS: dict[Method, Space] = {
    **{method: SPACES[method] for method in (GradientDescent, HeavyBall, Adam)},
    Signum: {**SPACES[SignSGD], "beta": SPACES[Adam]["beta1"]},
    adam_without_momentum: {k: axis for k, axis in SPACES[Adam].items() if k != "beta1"},
    zhang2024.BlockAdam: SPACES[Adam],
}


def _trained(
    method: Method, setting: dict[str, float], batch: int | None, seed: int
) -> tuple[Params, float]:
    optimizer = method(**{**setting, "lr": Cosine(setting["lr"], steps=STEPS)})
    params, losses = kunstner2023.train_steps(MODEL, DATA, optimizer, STEPS, batch, seed)
    return params, float(losses[-1])


@functools.cache
def _runs(
    method: Method, batch: int | None, *_same: object
) -> tuple[tuple[dict[str, float], Params, float], ...]:
    def loss(setting: dict[str, float], seed: int) -> float:
        return _trained(method, setting, batch, seed)[1]

    name = f"attention, batches of {batch or 'all'}, {method.__name__}"
    setting = search(name, loss, METHODS[method])
    return tuple((setting, *_trained(method, setting, batch, seed)) for seed in JUDGED)


def runs(method: Method, batch: int | None = None) -> tuple[tuple[Any, Params, float], ...]:
    """Return the setting, the parameters and the last loss of a tuned method, for each seed.

    They are kept for as long as the functions are the same that compute them.
    """
    update = getattr(method, "update", Adam.update)
    return _runs(method, batch, update, kunstner2023.train_steps)


def losses(method: Method, batch: int | None = None) -> Array:
    """Return the training losses of a tuned method after all steps, shape (seeds,).

    A run that diverges has learned nothing, and counts as a guess.
    """
    return np.minimum([loss for *_, loss in runs(method, batch)], GUESS)


def errors(method: Method) -> Array:
    """Return the test errors of a tuned method that trained on all samples, shape (seeds,)."""
    test = DATA.x_test, DATA.y_test
    with np.errstate(all="ignore"):
        return np.array([1 - MODEL.score(params, *test) for _, params, _ in runs(method)])


def group_losses(method: Method, batch: int | None = None) -> Array:
    """Return the losses of the most frequent and the rarest quarter, shape (seeds, 2)."""
    group = kunstner2024.frequency_groups(DATA.y, 4)
    found = [
        kunstner2024.group_losses(MODEL, params, DATA.x, DATA.y, group)[[0, -1]]
        if np.isfinite(loss)
        else [GUESS, GUESS]
        for _, params, loss in runs(method, batch)
    ]
    return np.array(found)


def _ratio(a: Array, b: Array) -> tuple[float, ...]:
    return tuple(map(float, a / b))


def _closed(method: Method, slow: Method, adam: Method) -> tuple[float, ...]:
    """Return which share of the gap between a slow method and Adam another one closes."""
    return _ratio(losses(slow) - losses(method), losses(slow) - losses(adam))


@claim(
    TOPIC,
    "On a transformer, Adam's lead over SGD is not due to noise: without noise it is as large.",
    kind=EXPERIMENT,
    source="kunstner2023",
    place="the batch size varied up to the whole data set",
    gallery=GALLERY,
    report=Report(
        "in full batch the gap is as large or larger: Adam gains more from less noise than SGD",
        "One block and one head for transformers on three texts; equal steps for all batch sizes",
        "None in kind. The model is small enough to learn its samples by heart, and does.",
    ),
    fault="full batches are small ones",
)
def adam_leads_without_noise() -> list[Case]:
    """The training loss after 100 steps, every method tuned with 40 trials at each batch size.

    With all samples in each step, the gradient has no noise, and Adam's lead is larger than in
    batches of 16. Momentum makes no difference to this. On new text all methods are equally bad:
    192 samples are too few to learn from.
    """
    what = "Adam's training loss over that of SGD"
    full = _ratio(losses(Adam), losses(HeavyBall))
    small = _ratio(losses(Adam, SMALL), losses(HeavyBall, SMALL))
    plain = _ratio(losses(adam_without_momentum), losses(GradientDescent))
    growth = tuple(a / b for a, b in zip(full, small, strict=True))
    test = _ratio(errors(Adam), errors(HeavyBall))
    beside: dict[str, Any] = {"role": "contrast", "expected": False}
    return [
        Case("all samples, with momentum", what, full, "<", BETTER, **FULL),
        Case("all samples, without momentum", what, plain, "<", BETTER, **FULL),
        Case(
            "with momentum, both batch sizes",
            "that ratio on all samples, over that in batches of 16",
            growth,
            "<",
            AS_GOOD,
            **FULL,
        ),
        Case("batches of 16, with momentum", what, small, "<", BETTER, **beside, **MINI),
        Case("test", "Adam's test error over that of SGD", test, "<", BETTER, **beside, **FULL),
    ]


@claim(
    TOPIC,
    "Without noise, sign descent with momentum closes most of the gap between SGD and Adam.",
    kind=EXPERIMENT,
    source="kunstner2023",
    place="the simpler variants of SGD",
    gallery=GALLERY,
    report=Report(
        "with large batches, Adam behaves much like sign descent with momentum",
        "One block and one head for transformers on three texts; momentum tuned, not fixed at 0.9",
        "None in kind.",
    ),
    fault="Signum without sign",
)
def sign_descent_closes_the_gap() -> list[Case]:
    """The share of the gap in training loss that is gone with `Signum`, which knows only signs.

    All samples at each step, all methods tuned with equal trials.
    """
    what = "share of the gap in training loss that is closed"
    signum = _closed(Signum, HeavyBall, Adam)
    test = _ratio(errors(Signum), errors(HeavyBall))
    return [
        Case("Signum, between heavy ball and Adam", what, signum, ">", MOST, **FULL),
        Case(
            "test",
            "Signum's test error over SGD's",
            test,
            "<",
            BETTER,
            role="contrast",
            expected=False,
            **FULL,
        ),
    ]


@claim(
    TOPIC,
    "On a language model SGD is slow on rare tokens, and Adam is ahead there.",
    kind=EXPERIMENT,
    finding="holds on all samples with momentum; without it, SGD's lag on rare tokens is within "
    "the spread, and in batches of 16 Adam's lead too",
    source="kunstner2024",
    place="figure 1",
    gallery=GALLERY,
    report=Report(
        "SGD makes little or no progress on rare tokens; Adam does on all groups (figure 1)",
        "Characters for words and one attention block for GPT-2; four groups for ten",
        "Characters have a shorter tail than words, and all of them are learned by heart.",
    ),
    fault="rare and frequent classes are swapped",
)
def rare_characters_are_slow() -> list[Case]:
    """Training losses of the most frequent and the rarest characters, about a quarter of all each.

    All methods are tuned, with momentum and without. With all samples and momentum, SGD lags far
    behind on the rare characters. Adam is ahead on them, but not clearly more than on the frequent
    ones: the last case of each pair divides its lead on the rare ones by its lead on the frequent
    ones.
    """
    cases = []
    for name, sgd, adam, batch, size, expected in (
        ("all samples, with momentum", HeavyBall, Adam, None, FULL, (True, True)),
        ("all samples, without", GradientDescent, adam_without_momentum, None, FULL, (False, True)),
        ("batches of 16, with momentum", HeavyBall, Adam, SMALL, MINI, (False, False)),
    ):
        a, b = group_losses(adam, batch), group_losses(sgd, batch)
        rare, frequent = a[:, 1] / b[:, 1], a[:, 0] / b[:, 0]
        slow, leads, compared = (
            "SGD's loss on rare characters, over that on frequent ones",
            "Adam's loss on rare characters, over that of SGD",
            "that ratio on rare characters, over that on frequent ones",
        )
        kept: dict[str, Any] = {"role": "edge" if batch else "within", **size}
        beside: dict[str, Any] = {"role": "contrast", "expected": False, **size}
        lags, ahead = expected
        ratios = _ratio(b[:, 1], b[:, 0])
        cases += [
            Case(name, slow, ratios, ">", MUCH_WORSE, expected=lags, **kept),
            Case(name, leads, tuple(rare), "<", BETTER, expected=ahead, **kept),
            Case(name, compared, _ratio(rare, frequent), "<", BETTER, **beside),
        ]
    return cases


def _spectra(model: Model, x: Array, y: Array) -> list[dict[str, Array]]:
    return [zhang2024.block_spectra(model, model.init(seed), x[:64], y[:64]) for seed in JUDGED]


@claim(
    TOPIC,
    "At the start the Hessians of a transformer's blocks differ more than those of other networks.",
    kind=EXPERIMENT,
    finding="holds for the shapes of the spectra, against an MLP; against a small convolutional "
    "network, and for the largest eigenvalues, within the spread",
    source="zhang2024",
    place="figures 3 and 4, table 1",
    gallery=GALLERY,
    report=Report(
        "Jensen-Shannon distances between blocks' spectra: far larger in transformers than in CNNs",
        "All eigenvalues for estimates; about a thousand parameters for 10 to 100 million",
        "Same sign, smaller: eight blocks without depth or normalization, and small CNNs and MLPs.",
    ),
    fault="spectra are those of a random matrix",
)
def blocks_differ_in_transformers() -> list[Case]:
    """The exact Hessian of each weight matrix, at the initialization, on 64 samples.

    The distance between two spectra is the Jensen-Shannon distance of the sizes of the eigenvalues,
    in bins of half a decade. The largest eigenvalue alone says which learning rate a block allows.
    """
    digits = load("digits")
    ours = _spectra(MODEL, DATA.x, DATA.y)
    cases = []
    for name, model in (
        ("a convolutional network", ConvNet(8, 4, 10)),
        ("an MLP of four layers", MLP((64, 8, 8, 8, 10))),
    ):
        other = _spectra(model, digits.x, digits.y)
        for measure, what in (
            (zhang2024.js_distance, "distance between the blocks' spectra"),
            (zhang2024.top_spread, "mean ratio of the blocks' largest eigenvalues"),
        ):
            expected = measure is zhang2024.js_distance and isinstance(model, MLP)
            ratios = tuple(measure(a) / measure(b) for a, b in zip(ours, other, strict=True))
            cases.append(
                Case(
                    *(f"against {name}", f"{what}, over the other's", ratios, ">", WORSE),
                    expected=expected,
                    task=f"attention and {name}",
                    budget="at the start",
                )
            )
    return cases


@claim(
    TOPIC,
    "Adam's division lowers the condition number where the blocks of the Hessian differ, not where "
    "they are alike.",
    source="zhang2024",
    place="section 3, figure 8",
    gallery=GALLERY,
    report=Report(
        "the condition number is 5 times smaller for Adam in 2 of 3 draws, if the blocks differ",
        "The quadratics of the paper: 9 coordinates, condition number 5,000, 1,000 random draws",
        "None in kind.",
    ),
    fault="blocks are mixed",
)
def different_blocks_suit_adam() -> list[Case]:
    """Condition numbers of random quadratics, for gradient descent and for Adam.

    The eigenvalues are the same: in three blocks of similar ones, or with a small, a middle and a
    large one in each block. The steps of gradient descent grow with the condition number, whatever
    the order of the eigenvalues. For Adam with beta1 = 0 and beta2 = 1 the order matters.
    """
    draws = 1000
    shares = []
    for blocks in (zhang2024.DIFFERENT, zhang2024.ALIKE):
        problems = [zhang2024.block_quadratic(blocks, seed) for seed in range(draws)]
        ratios = [zhang2024.condition_for_adam(*problem) / 5000 for problem in problems]
        shares.append(float(np.mean(np.array(ratios) < 1 / 5)))
    error = 3 * np.sqrt(2 / 9 / draws)
    most = Bound(2 / 3 - error, "the paper: two of three, less three standard errors")
    few = Bound(
        1 / 3 + error, "the reverse of the paper's: one of three, and three standard errors"
    )
    what = "share of the draws in which the condition number is five times smaller for Adam"
    return [
        Case("blocks of similar eigenvalues", what, (shares[0],), ">", most),
        Case("all sizes in each block", what, (shares[1],), "<", few),
    ]


@claim(
    TOPIC,
    "A learning rate for each block, in place of each coordinate, is enough for Adam's lead.",
    kind=EXPERIMENT,
    finding="within the spread: most of Adam's lead for some seeds, almost nothing for another",
    source="zhang2024",
    place="abstract and section 3",
    gallery=GALLERY,
    report=Report(
        "SGD lacks a learning rate for each block, as Adam has one for each coordinate",
        "Our test of that explanation: an Adam whose denominator is the same in a whole array",
        "The arrays may be too large for blocks: later work by the authors takes rows and heads.",
    ),
    fault="BlockAdam divides each coordinate",
)
def block_rates_are_enough() -> list[Case]:
    """The share of the gap between the heavy ball and Adam that is closed by one rate to a block.

    `BlockAdam` averages the squared gradients over each weight matrix before it takes the root.
    Each step takes all samples. Every method has a search of its own, with 40 trials.
    `BlockAdam` and Adam try the same 40 settings, and the same one is the best for both.
    """
    what = "share of the gap in training loss that is closed"
    block = _closed(zhang2024.BlockAdam, HeavyBall, Adam)
    signum = _closed(Signum, HeavyBall, Adam)
    return [
        Case(
            "one denominator for each weight matrix", what, block, ">", MOST, expected=False, **FULL
        ),
        Case("Signum", what, signum, ">", MOST, role="contrast", **FULL),
    ]
