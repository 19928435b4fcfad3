"""Claims about the parts of Adam: moments, bias correction, the length of a step."""

import numpy as np

from adamdoc.checks import Array
from adamdoc.models import Autoencoder
from adamdoc.optimizers import Adam, AdaMax, Momentum
from adamdoc.papers.kingma2015 import Uncorrected
from adamdoc.run import walk
from adamdoc.tasks import TASKS
from adamdoc.training import train
from claims.core import COMMON, Case, Report, claim

TOPIC = "Adam's parts"
EPS = "5_the_literature/plot_11_eps_and_beta2"
BIAS = "2_the_parts_of_adam/plot_1_bias_correction"


@claim(
    TOPIC,
    "Adam's first step has length lr in each coordinate, whatever the gradient.",
    fault="Adam without bias correction",
)
def adam_first_step() -> list[Case]:
    """The gradient cancels against its own root, as long as it is large against eps."""
    what = "largest distance from 1 of |step| / lr, for lr = 0.001 and 1"
    cases = []
    for g, expected in ((1e3, True), (1e-4, True), (1e-8, False)):
        off = [abs(abs(walk(Adam(lr=lr), np.array([[g]]))[0, 0]) / lr - 1) for lr in (1e-3, 1)]
        cases.append(Case(f"gradient {g:g}", what, (max(off),), "<", 2e-4, expected))
    return cases


def _moments(steps: int, growth: float = 0.0) -> tuple[Array, ...]:
    """Return means over many runs of v and v_hat, over the mean square of the last gradient."""
    rng, runs = np.random.default_rng(0), 40_000
    adam, theta = Adam(), np.zeros(runs)
    state, raw, corrected = adam.init(theta), [], []
    for t in range(1, steps + 1):
        size = 1 + growth * t
        _, state = adam.update(theta, size * rng.standard_normal(runs), state)
        mean = state["v"].mean() / size**2
        raw.append(mean)
        corrected.append(mean / (1 - adam.at("beta2", t) ** t))
    return np.array(raw), np.array(corrected)


@claim(
    TOPIC,
    "Both moments are biased towards zero in the first steps.",
    gallery=BIAS,
    fault="Adam's beta2 acts as beta1",
)
def adam_moments_biased() -> list[Case]:
    """Normal gradients, 40,000 runs. At the default beta2 the bias is gone after some thousands."""
    raw, _ = _moments(3000)
    what = "mean of v over the mean square of the gradients"
    return [
        Case(f"after {t:,} steps", what, (raw[t - 1],), "<", 0.9, expected)
        for t, expected in ((1, True), (100, True), (3000, False))
    ]


@claim(
    TOPIC,
    "Bias correction removes the bias exactly in expectation.",
    source="kingma2015",
    place="section 3, equation 4",
    gallery=BIAS,
    fault="Adam's beta2 acts as beta1",
)
def bias_correction_is_exact() -> list[Case]:
    """Exactly if the gradients' mean square stays the same. Where it grows, v_hat lags behind."""
    what = "distance from 1 of the mean of v_hat over the mean square, steps 1 to 200"
    cases = []
    for name, growth, expected in (("stationary", 0.0, True), ("growing by 1 a step", 1.0, False)):
        _, corrected = _moments(200, growth)
        off = np.abs(corrected - 1).max()
        # Four standard errors of the mean of 40,000 squares, which are largest at step 1.
        bound = 4 * np.sqrt(2 / 40_000)
        cases.append(Case(f"gradients {name}", what, (off,), "<", bound, expected))
    return cases


@claim(
    TOPIC,
    "Without bias correction Adam's first steps are too large.",
    source="kingma2015",
    place="sections 3 and 6.4",
    gallery=BIAS,
    fault="Adam's beta2 acts as beta1",
)
def no_correction_means_large_steps() -> list[Case]:
    """Its length is (1 - beta1) / sqrt(1 - beta2) learning rates: too large or too small."""
    what = "length of the first step without correction, in learning rates"
    cases = []
    for beta1, beta2, expected in ((0.9, 0.999, True), (0.0, 0.9999, True), (0.9, 0.9, False)):
        corrected = Adam(lr=1.0, beta1=beta1, beta2=beta2, eps=0.0)
        state = corrected.update(np.zeros(1), np.ones(1), corrected.init(np.zeros(1)))[1]
        length = float(state["m"][0] / np.sqrt(state["v"][0]))
        cases.append(Case(f"betas {beta1:g} and {beta2:g}", what, (length,), ">", 1, expected))
    return cases


@claim(
    TOPIC,
    "Bias correction matters most when beta2 is close to 1; without it training can fail.",
    source="kingma2015",
    place="section 6.4, figure 4",
    gallery="5_the_literature/plot_2_bias_correction_study",
    report=Report(
        "Without the correction, instabilities for beta2 close to 1, most in the first epochs "
        "(figure 4; no numbers in the text)",
        "A reduction: an autoencoder on 1,347 digits in place of a variational one",
        "The same picture: the loss is many times higher without the correction where beta2 is "
        "next to 1, and hardly differs at 0.99.",
    ),
    fault="Adam without bias correction",
)
def bias_correction_matters() -> list[Case]:
    """An autoencoder on digits, five epochs, beta1 = 0, at the best rate of the corrected form."""
    digits, net = TASKS["autoencoder"].load(), Autoencoder((64, 32, 8))
    cases = []
    what = "training loss without the correction over that with it"
    for beta2, expected in ((0.99, False), (0.9999, True)):
        ratios = []
        for seed in range(3):
            ends = []
            for kind in (Uncorrected, Adam):
                method = kind(lr=0.003, beta1=0.0, beta2=beta2)
                run = train(net, digits, method, epochs=5, batch_size=64, seed=seed)
                ends.append(run.losses[-1] if run.diverged_at is None else np.inf)
            ratios.append(ends[0] / ends[1])
        cases.append(Case(f"beta2 = {beta2:g}", what, tuple(ratios), ">", 1.5, expected))
    return cases


@claim(
    TOPIC,
    "Adam does not change if all gradients are multiplied by one number.",
    source="kingma2015",
    place="section 2.1",
    fault="Adam does not divide",
)
def adam_is_scale_invariant() -> list[Case]:
    """Both moments carry the factor, and it cancels; eps is what it must be large against."""
    gradients = np.random.default_rng(0).standard_normal((200, 5))
    plain, cases = walk(Adam(lr=0.01), gradients), []
    for factor, expected in ((1e6, True), (1e-3, True), (1e-8, False)):
        off = np.abs(walk(Adam(lr=0.01), factor * gradients) - plain).max() / np.abs(plain).max()
        name = f"factor {factor:g}"
        cases.append(Case(name, "relative distance of the paths", (off,), "<", 1e-3, expected))
    return cases


@claim(
    TOPIC,
    "A step of Adam is at most lr (1 - beta1) / sqrt(1 - beta2) long in a coordinate.",
    source="kingma2015",
    place="section 2.1",
    fault="Adam's v is the last square",
)
def adam_step_bound_of_the_paper() -> list[Case]:
    """Not always: the paper derives it for one gradient after many zeros.

    Gradients that grow by beta2 / beta1 at each step go further.
    """
    bound = 0.1 / np.sqrt(0.001)
    spike = np.zeros((2000, 1))
    spike[-1] = 1
    growing = (0.999 / 0.9) ** np.arange(300.0)[:, None]
    noise = np.random.default_rng(0).standard_normal((5000, 20))
    what = f"longest step in learning rates (the bound is {bound:.3f})"
    cases = []
    for name, gradients, expected in (
        ("random gradients", noise, True),
        ("one gradient after 1,999 zeros", spike, True),
        ("gradients that grow", growing, False),
    ):
        path = walk(
            Adam(lr=1.0, eps=0.0 if name != "one gradient after 1,999 zeros" else 1e-30), gradients
        )
        longest = np.abs(np.diff(path, axis=0, prepend=0)).max()
        cases.append(Case(name, what, (longest,), "<", bound * (1 + 1e-9), expected))
    return cases


@claim(
    TOPIC,
    "A step of AdaMax is at most lr long in a coordinate.",
    source="kingma2015",
    place="section 7.1",
    fault="AdaMax forgets",
)
def adamax_step_bound() -> list[Case]:
    """Almost: if gradients shrink by beta2 a step, their average stays above the norm u."""
    what = "longest step in learning rates"
    cases = []
    growing = (1 / 0.999) ** np.arange(5000.0)[:, None]
    noise = np.random.default_rng(0).standard_normal((5000, 20))
    falling = 0.999 ** np.arange(3000.0)[:, None]
    for name, gradients, expected in (
        ("random gradients", noise, True),
        ("gradients that grow", growing, True),
        ("gradients that shrink by beta2 a step", falling, False),
    ):
        path = walk(AdaMax(lr=1.0, eps=0.0), gradients)
        longest = np.abs(np.diff(path, axis=0, prepend=0)).max()
        cases.append(Case(name, what, (longest,), "<", 1 + 1e-6, expected))
    return cases


@claim(
    TOPIC,
    "The noisier the gradient, the shorter Adam's step.",
    source="kingma2015",
    place="section 2.1, signal-to-noise ratio",
    fault="Adam does not divide",
)
def adam_steps_shrink_with_noise() -> list[Case]:
    """Mean step along gradients of mean 1 and more and more noise; 200 coordinates, 3,000 steps."""
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((3000, 200))
    means = []
    for ratio in (10.0, 1.0, 0.1):
        path = walk(Adam(lr=1.0), 1 + noise / ratio)
        means.append(float(-(path[-1] - path[1000]).mean() / 1999))
    what = "mean way per step in learning rates, against a tenfold signal-to-noise ratio"
    return [
        Case("ratio 1 against 10", what, (means[1],), "<", 0.8 * means[0]),
        Case("ratio 0.1 against 1", what, (means[2],), "<", 0.2 * means[1]),
    ]


@claim(
    TOPIC,
    "Adam needs little memory: two numbers for each parameter.",
    fault="Adam keeps its state in float64",
)
def adam_memory() -> list[Case]:
    """Counted in the state of a matrix in float32; gradient descent needs none, momentum one."""
    theta = np.ones((50, 20), np.float32)
    state = Adam().init(theta)
    size = sum(np.asarray(value).nbytes for name, value in state.items() if name != "t")
    return [Case("float32", "bytes of state for a parameter", (size / theta.size,), "<=", 8)]


@claim(
    TOPIC,
    "With a very large eps Adam becomes gradient descent with momentum.",
    source="choi2019",
    place="section 3.2, inclusion of momentum in Adam",
    gallery=EPS,
    report=Report(
        "Momentum is a limit of Adam, for eps to infinity and lr in proportion to it",
        "The exact limit, along random gradients",
        "None. Adam's bias correction stays, as a rate that falls in the first steps.",
    ),
    fault="Adam without bias correction",
)
def large_eps_is_momentum() -> list[Case]:
    """Lr and eps grow together; what is left is the averaged gradient with its bias correction."""
    gradients = np.random.default_rng(0).standard_normal((300, 5))
    momentum = walk(Momentum(lr=lambda t: 0.01 / (1 - 0.9**t), beta=0.9), gradients)
    cases = []
    for eps, expected in ((1e6, True), (1e-8, False)):
        off = np.abs(walk(Adam(lr=0.01 * eps, eps=eps), gradients) - momentum).max()
        off /= np.abs(momentum).max()
        name = f"eps = {eps:g}"
        cases.append(Case(name, "relative distance of the paths", (off,), "<", 1e-4, expected))
    return cases


@claim(
    TOPIC,
    "After a spike in the gradient, Adam's steps stay short for about 1 / (1 - beta2) steps.",
    source=COMMON,
    gallery=EPS,
    fault="Adam's beta2 acts as beta1",
)
def spike_shortens_steps() -> list[Case]:
    """Constant gradients with a spike of 1,000; the steps until the rate is back at half.

    Longer: the square of the spike must fade, which takes ln((1 - beta2) 1000^2 / 3) such times.
    """
    cases = []
    for beta2, expected in ((0.9, False), (0.99, False), (0.999, False)):
        gradients = np.ones((10_000, 1))
        gradients[1000] = 1000.0
        steps = -np.diff(walk(Adam(lr=1.0, beta1=0.0, beta2=beta2), gradients)[:, 0])
        back = int(np.argmax(steps[1000:] > 0.5)) + 1
        name = f"beta2 = {beta2:g}: {back:,} steps"
        what = "steps, in units of 1 / (1 - beta2)"
        cases.append(Case(name, what, (back * (1 - beta2),), "<", 2, expected))
    return cases
