"""Claims about the parts of Adam: moments, bias correction, the length of a step."""

import numpy as np

from adamdoc.checks import Array
from adamdoc.models import Autoencoder
from adamdoc.optimizers import Adam, AdaMax, GradientDescent, HeavyBall, Momentum, Optimizer
from adamdoc.papers.kingma2015 import Uncorrected
from adamdoc.papers.measures import settled
from adamdoc.run import walk
from adamdoc.tasks import TASKS
from adamdoc.training import Training, train
from adamdoc.tuning import Range, final_loss, tune
from claims.core import (
    BETTER,
    CLOSE,
    COMMON,
    EXPERIMENT,
    MUCH_WORSE,
    SAME,
    WORSE,
    Bound,
    Case,
    Report,
    claim,
)
from claims.tuning import recorded

TOPIC = "Adam's parts"
EPS = "5_the_literature/plot_11_eps_and_beta2"
BIAS = "2_the_parts_of_adam/plot_1_bias_correction"


def _steps(optimizer: Optimizer, gradients: Array) -> Array:
    """Return the steps along given gradients."""
    return np.diff(walk(optimizer, gradients), axis=0, prepend=0)


@claim(
    TOPIC,
    "Adam's first step has length lr in each coordinate, whatever the gradient.",
    finding="holds for gradients far larger than eps",
    fault="Adam corrects only the first moment",
)
def adam_first_step() -> list[Case]:
    """The first step over lr: the gradient is divided by its own absolute value.

    So it cancels as long as it is much larger than eps, 1e-8.
    """
    what = "length of the step over lr, distance from 1, for lr = 0.001 and 1"
    cases = []
    for g, role in ((1e3, "within"), (1e-6, "within"), (1e-8, "edge")):
        off = max(abs(abs(_steps(Adam(lr=lr), np.array([g]))[0]) / lr - 1) for lr in (1e-3, 1))
        cases.append(
            Case(f"gradient {g:g}", what, (off,), "<", CLOSE, role=role, expected=role == "within")
        )
    return cases


#: The runs whose mean estimates an expectation.
RUNS = 10_000


def _estimates(moment: str, steps: int, growth: float = 0.0) -> tuple[Array, Array, Array]:
    """Return the estimates of a moment along random gradients, raw and corrected, and the truth.

    Both have the shape (steps, runs). The gradients have a mean of 1 and a deviation of 1, times
    1 + growth * t. The corrected estimates are read off the steps: with only one of the moments
    remembered, the other is known.
    """
    rng, theta = np.random.default_rng(0), np.zeros(RUNS)
    betas = {"beta1": 0.9, "beta2": 0.0} if moment == "m" else {"beta1": 0.0, "beta2": 0.999}
    adam = Adam(lr=1.0, eps=0.0, **betas)
    state = adam.init(theta)
    raw, corrected, truth = [], [], []
    for t in range(1, steps + 1):
        size = 1 + growth * t
        g = size * (1 + rng.standard_normal(RUNS))
        moved, state = adam.update(theta, g, state)
        raw.append(state[moment])
        corrected.append(-moved * np.abs(g) if moment == "m" else (g / moved) ** 2)
        truth.append(size if moment == "m" else 2 * size**2)
    return np.array(raw), np.array(corrected), np.array(truth)


def _errors(estimates: Array, truth: Array) -> Array:
    """Return how many standard errors the mean over the runs is above the truth, at each step."""
    error = estimates.std(axis=1) / np.sqrt(RUNS)
    return np.asarray((estimates.mean(axis=1) - truth) / error)


@claim(
    TOPIC,
    "Both moments are biased towards zero in the first steps.",
    gallery=BIAS,
    fault="Adam's moments start at the first gradient",
)
def adam_moments_biased() -> list[Case]:
    """Gradients of mean 1 and deviation 1, 10,000 runs, at the default betas.

    In expectation m is 1 - beta1^t of the mean, and v is 1 - beta2^t of the mean square.
    """
    what = "mean of the moment, in standard errors above the truth"
    bound = Bound(-5, "sampling: five standard errors")
    cases = []
    for moment, last in (("m", 10), ("v", 100)):
        raw, _, truth = _estimates(moment, last)
        off = _errors(raw, truth)
        cases += [
            Case(f"{moment} after {t} step{'s' * (t > 1)}", what, (off[t - 1],), "<", bound)
            for t in (1, last)
        ]
    return cases


@claim(
    TOPIC,
    "Where the gradients' moments stay the same, bias correction is exact in expectation.",
    source="kingma2015",
    place="section 3, equation 4",
    gallery=BIAS,
    fault="Adam corrects both moments with beta1",
)
def bias_correction_is_exact() -> list[Case]:
    """Gradients of mean 1 and deviation 1, 10,000 runs; the corrected moments of 200 steps.

    Where the gradients grow, the contrast, the average lags behind: the paper calls this zeta.
    """
    what = "largest distance of the mean from the truth, in standard errors, steps 1 to 200"
    bound = Bound(5, "sampling: five standard errors")
    cases = []
    for moment, growth, role in (
        ("m", 0.0, "within"),
        ("v", 0.0, "within"),
        ("v", 1.0, "contrast"),
    ):
        _, corrected, truth = _estimates(moment, 200, growth)
        off = np.abs(_errors(corrected, truth)).max()
        name = f"{moment} corrected, gradients {'growing by 1 a step' if growth else 'stationary'}"
        cases.append(Case(name, what, (off,), "<", bound, role=role, expected=role == "within"))
    return cases


@claim(
    TOPIC,
    "Without bias correction Adam's first step is too large.",
    finding="holds exactly if 1 - beta2 < (1 - beta1)^2, as at the defaults",
    source="kingma2015",
    place="section 3, for beta2 close to 1",
    gallery=BIAS,
    fault="the uncorrected Adam is corrected",
)
def no_correction_means_large_steps() -> list[Case]:
    """Its length is (1 - beta1) / sqrt(1 - beta2) learning rates, whatever the gradient."""
    what = "length of the first step without correction, in learning rates"
    bound = Bound(1, "by definition: the corrected step")
    cases = []
    for beta1, beta2, role, expected in (
        (0.9, 0.999, "within", True),
        (0.0, 0.9999, "within", True),
        (0.9, 0.991, "within", True),
        (0.9, 0.989, "edge", False),
        (0.9, 0.9, "edge", False),
    ):
        method = Uncorrected(lr=1.0, beta1=beta1, beta2=beta2, eps=0.0)
        length = abs(_steps(method, np.ones(1))[0])
        name = f"betas {beta1:g} and {beta2:g}"
        cases.append(Case(name, what, (length,), ">", bound, role=role, expected=expected))
    return cases


@claim(
    TOPIC,
    "Bias correction matters if beta2 is close to 1; without it training can fail.",
    kind=EXPERIMENT,
    finding="at one rate for both the loss is more than twice as high without it; at a rate of its "
    "own, the uncorrected form is as good",
    source="kingma2015",
    place="section 6.4, figure 4",
    gallery="5_the_literature/plot_2_bias_correction_study",
    report=Report(
        "Without the correction, instabilities for beta2 close to 1, most in the first epochs "
        "(figure 4; no numbers in the text)",
        "A reduction: an autoencoder on 1,347 digits in place of a variational one",
        "The same picture: at one rate the loss is more than twice as high without the correction "
        "where beta2 is next to 1. At a rate of its own the uncorrected form is about as good.",
    ),
    fault="Adam without bias correction",
)
def bias_correction_matters() -> list[Case]:
    """An autoencoder on digits, five epochs, beta1 = 0, five seeds.

    Rates are the best of 17, four to a decade, in a search at another seed and a beta2 of 0.9999.
    At the corrected form's best rate, the missing correction makes the first steps up to 100 times
    as long, and training does not recover from them. If the uncorrected form may choose a much
    smaller rate of its own, the two are close. At a beta2 of 0.99, the contrast, the correction
    matters less.
    """
    digits, net = TASKS["autoencoder"].load(), Autoencoder((64, 32, 8))
    epochs = 5

    def run(kind: type[Adam], lr: float, beta2: float, seed: int) -> Training:
        method = kind(lr=lr, beta1=0.0, beta2=beta2)
        return train(net, digits, method, epochs=epochs, batch_size=64, seed=seed)

    def best(kind: type[Adam]) -> float:
        space = {"lr": Range(1e-5, 0.1)}

        def loss(setting: dict[str, float]) -> float:
            return final_loss(run(kind, setting["lr"], 0.9999, seed=100))

        name = f"bias correction, {kind.__name__}"
        return recorded(name, space, lambda: tune(loss, space, 17), 17)["lr"]

    def ratios(beta2: float, lrs: tuple[float, float]) -> tuple[Array, Array]:
        pairs = [
            [run(kind, lr, beta2, seed) for kind, lr in zip((Uncorrected, Adam), lrs, strict=True)]
            for seed in range(5)
        ]
        losses = np.array([[final_loss(one) for one in pair] for pair in pairs])
        errors = np.array([[1 - one.test_scores[-1] for one in pair] for pair in pairs])
        return losses[:, 0] / losses[:, 1], errors[:, 0] / errors[:, 1]

    lr = best(Adam)
    own_loss, own_error = ratios(0.9999, (best(Uncorrected), lr))
    what = "training loss without the correction over that with it"
    error = "test error without the correction over that with it"
    same, own = "one rate for both", "each at its best rate"
    cases = []
    for name, quantity, values, bound, role, expected in (
        (f"beta2 = 0.9999, {same}", what, ratios(0.9999, (lr, lr))[0], MUCH_WORSE, "within", True),
        (f"beta2 = 0.999, {same}", what, ratios(0.999, (lr, lr))[0], MUCH_WORSE, "within", True),
        (f"beta2 = 0.99, {same}", what, ratios(0.99, (lr, lr))[0], MUCH_WORSE, "contrast", False),
        (f"beta2 = 0.9999, {own}", what, own_loss, WORSE, "edge", False),
        (f"beta2 = 0.9999, {own}", error, own_error, WORSE, "contrast", False),
    ):
        cases.append(
            Case(
                *(name, quantity, tuple(values), ">", bound),
                role=role,
                expected=expected,
                task="autoencoder",
                budget=f"{epochs} epochs",
            )
        )
    return cases


@claim(
    TOPIC,
    "Adam does not change if all gradients are multiplied by one number.",
    finding="holds for gradients far larger than eps",
    source="kingma2015",
    place="section 2.1",
    fault="Adam takes no root",
)
def adam_is_scale_invariant() -> list[Case]:
    """Both moments carry the factor, and it cancels. The paper says so for an eps of 0."""
    gradients = np.random.default_rng(0).standard_normal((200, 5))
    cases = []
    for eps, factor, bound, role in (
        (0.0, 1e6, SAME, "within"),
        (0.0, 1e-8, SAME, "within"),
        (1e-8, 1e-4, CLOSE, "within"),
        (1e-8, 1e-8, CLOSE, "edge"),
    ):
        adam = Adam(lr=0.01, eps=eps)
        plain, scaled = walk(adam, gradients), walk(adam, factor * gradients)
        off = np.abs(scaled - plain).max() / np.abs(plain).max()
        name = f"eps = {eps:g}, factor {factor:g}"
        what = "relative distance of the paths"
        cases.append(Case(name, what, (off,), "<", bound, role=role, expected=role == "within"))
    return cases


@claim(
    TOPIC,
    "A step of Adam is at most lr (1 - beta1) / sqrt(1 - beta2) long in a coordinate, or lr if "
    "that is more.",
    finding="fails for growing gradients: the true bound is larger by a factor of "
    "1 / sqrt(1 - beta1^2 / beta2)",
    source="kingma2015",
    place="section 2.1",
    fault="Adam's v is the last square",
)
def adam_step_bound_of_the_paper() -> list[Case]:
    """The longest step over the bound, which is about three rates at the default betas.

    The paper has in mind one gradient after many zeros. Gradients that grow by beta2 / beta1 at
    each step exceed it, and by the Cauchy-Schwarz inequality no others exceed it by more. At a
    beta1 of 0.99 the bound is the rate itself, and they exceed that too.
    """
    limit = 0.1 / np.sqrt(0.001)
    true = limit / np.sqrt(1 - 0.9**2 / 0.999)
    spike = np.zeros((2000, 1))
    spike[-1] = 1
    growing = np.concatenate([np.zeros(5000), (0.999 / 0.9) ** np.arange(300.0)])[:, None]
    slowly = np.concatenate([np.zeros(5000), (0.999 / 0.99) ** np.arange(1500.0)])[:, None]
    noise = np.random.default_rng(0).standard_normal((5000, 20))
    bound = Bound(1 + SAME.value, "theory: the bound itself")
    cases = []
    for name, beta1, gradients, over, role, expected in (
        ("random gradients", 0.9, noise, limit, "within", True),
        ("one gradient after 1,999 zeros", 0.9, spike, limit, "within", True),
        ("gradients that grow after 5,000 zeros", 0.9, growing, limit, "within", False),
        ("the same, over the true bound", 0.9, growing, true, "contrast", True),
        ("beta1 = 0.99, gradients that grow", 0.99, slowly, 1.0, "within", False),
    ):
        # With eps = 0, the steps along zeros would be nan.
        longest = np.abs(_steps(Adam(lr=1.0, beta1=beta1, eps=1e-30), gradients)).max()
        what = "longest step over the bound"
        cases.append(Case(name, what, (longest / over,), "<", bound, role=role, expected=expected))
    return cases


@claim(
    TOPIC,
    "A step of AdaMax is at most lr long in a coordinate.",
    finding="fails for shrinking gradients: the true bound is (1 - beta1) / (1 - beta1 / beta2) lr",
    source="kingma2015",
    place="section 7.1",
    fault="AdaMax forgets",
)
def adamax_step_bound() -> list[Case]:
    """The longest step at the default betas.

    If gradients shrink by beta2 a step, so does the norm u, and the average, which still remembers
    the larger ones, stays above it: by a hundredth at the default betas.
    """
    growing = (1 / 0.999) ** np.arange(5000.0)[:, None]
    noise = np.random.default_rng(0).standard_normal((5000, 20))
    falling = 0.999 ** np.arange(3000.0)[:, None]
    true = 0.1 / (1 - 0.9 / 0.999)
    bound = Bound(1 + SAME.value, "theory: the bound itself")
    cases = []
    for name, gradients, over, role, expected in (
        ("random gradients", noise, 1.0, "within", True),
        ("gradients that grow", growing, 1.0, "within", True),
        ("gradients that shrink by beta2 a step", falling, 1.0, "within", False),
        ("gradients that shrink, over the true bound", falling, true, "contrast", True),
    ):
        longest = np.abs(_steps(AdaMax(lr=1.0, eps=0.0), gradients)).max()
        what = "longest step over the bound"
        cases.append(Case(name, what, (longest / over,), "<", bound, role=role, expected=expected))
    return cases


@claim(
    TOPIC,
    "The noisier the gradient, the shorter Adam's step.",
    kind=EXPERIMENT,
    finding="holds until noise dominates; then a step keeps sqrt((1 - beta1) / (1 + beta1)) lr",
    source="kingma2015",
    place="section 2.1, signal-to-noise ratio",
    fault="Adam divides by the mean",
)
def adam_steps_shrink_with_noise() -> list[Case]:
    """Steps along normal gradients of mean 1 with a falling signal-to-noise ratio, five seeds.

    Measured is the root mean square over 3,000 steps and 40 coordinates, without the first 1,000. A
    step cannot become shorter than under pure noise, because m averages over only about ten
    gradients. The progress along the mean, the contrast, keeps falling.
    """
    ratios = (10.0, 1.0, 0.1, 0.01)
    lengths, ways = [], []
    for seed in range(5):
        noise = np.random.default_rng(seed).standard_normal((3000, 40))
        steps = np.array([_steps(Adam(lr=1.0), 1 + noise / ratio)[1000:] for ratio in ratios])
        lengths.append(np.sqrt((steps**2).mean(axis=(1, 2))))
        ways.append(-steps.mean(axis=(1, 2)))
    cases = []
    for what, found, role in (
        ("length of a step, over that at ten times the ratio", np.array(lengths), ""),
        ("way along the mean, over that at ten times the ratio", np.array(ways), "contrast"),
    ):
        for i, expected in ((1, True), (2, True), (3, bool(role))):
            cases.append(
                Case(
                    *(f"signal to noise {ratios[i]:g}", what, tuple(found[:, i] / found[:, i - 1])),
                    *("<", BETTER),
                    role=role or ("within" if i < 3 else "edge"),
                    expected=expected,
                    task="given gradients",
                    budget="3,000 steps",
                )
            )
    return cases


@claim(
    TOPIC,
    "Adam needs no more memory than two numbers for each parameter.",
    fault="Adam keeps its state in float64",
)
def adam_memory() -> list[Case]:
    """The numbers in the state of a matrix, per parameter.

    Gradient descent needs none, the heavy ball one.
    """
    cases = []
    bound = Bound(2, "by definition: two numbers")
    for method, kind, role in (
        (Adam(), np.float32, "within"),
        (Adam(), np.float64, "within"),
        (HeavyBall(), np.float32, "contrast"),
        (GradientDescent(), np.float32, "contrast"),
    ):
        theta = np.ones((50, 20), kind)
        state = method.init(theta)
        size = sum(np.asarray(value).nbytes for name, value in state.items() if name != "t")
        name = f"{type(method).__name__}, {kind.__name__}"
        what = "memory of the state over that of the parameters"
        cases.append(Case(name, what, (size / theta.nbytes,), "<=", bound, role=role))
    return cases


@claim(
    TOPIC,
    "With a very large eps, and lr in proportion, Adam becomes bias-corrected momentum.",
    source="choi2019",
    place="section 3.2, inclusion of momentum in Adam",
    gallery=EPS,
    report=Report(
        "Momentum is a limit of Adam, for eps to infinity and lr in proportion to it",
        "The exact limit, along random gradients",
        "None. Adam's bias correction stays, as a rate that falls in the first steps.",
    ),
    fault="Adam adds eps within the root",
)
def large_eps_is_momentum() -> list[Case]:
    """As lr and eps grow together, the step tends to the bias-corrected average of the gradients.

    The root of v is at most the largest gradient, and becomes negligible beside eps. A momentum
    without the correction, the contrast, has shorter first steps.
    """
    gradients = np.random.default_rng(0).standard_normal((300, 5))
    largest = np.abs(gradients).max()
    what = "largest relative difference of a step"
    cases = []
    for eps, corrected, role in (
        (1e3, True, "within"),
        (1e6, True, "within"),
        (1e6, False, "contrast"),
    ):
        lr = (lambda t: 0.01 / (1 - 0.9**t)) if corrected else 0.01
        momentum = _steps(Momentum(lr=lr, beta=0.9), gradients)
        off = np.abs(_steps(Adam(lr=0.01 * eps, eps=eps), gradients) / momentum - 1).max()
        bound = Bound(largest / eps, "theory: the largest gradient over eps")
        name = f"eps = {eps:g}, momentum {'with' if corrected else 'without'} the correction"
        cases.append(Case(name, what, (off,), "<", bound, role=role, expected=role == "within"))
    return cases


@claim(
    TOPIC,
    "After a spike in the gradient, Adam's steps stay short for about 1 / (1 - beta2) steps.",
    finding="holds for spikes of about 3 / sqrt(1 - beta2); one of s takes "
    "ln((1 - beta2) s^2 / 3) times as many",
    source=COMMON,
    gallery=EPS,
    fault="Adam's beta2 acts as beta1",
)
def spike_shortens_steps() -> list[Case]:
    """Gradients of 1 with one spike of s; the steps until all are longer than half the usual.

    After k steps v is 1 + (1 - beta2) (s^2 - 1) beta2^k, and a step is half as long as before while
    that is 4. So k depends on the size of the spike, but only logarithmically, and a small spike
    never halves the steps. The contrasts compare with that formula.
    """
    what = "steps until then over 1 / (1 - beta2), distance from 1 in doublings"
    twice = Bound(1, "margin: between half and twice")
    cases = []
    for beta2, size, role, expected in (
        (0.999, 10.0, "edge", False),
        (0.999, 100.0, "within", True),
        (0.99, 30.0, "within", True),
        (0.999, 1000.0, "edge", False),
        (0.99, 1000.0, "edge", False),
    ):
        gradients = np.ones(10_000)
        gradients[1000] = size
        steps = -_steps(Adam(lr=1.0, beta2=beta2), gradients)[1000:]
        back = float(settled(-steps, -0.5))
        name = f"beta2 = {beta2:g}, spike of {size:g}"
        off = abs(np.log2(back * (1 - beta2))) if back else np.inf
        cases.append(Case(name, what, (off,), "<", twice, role=role, expected=expected))
        theory = np.log((1 - beta2) * (size**2 - 1) / 3) / -np.log(beta2)
        if theory > 0:
            off = abs(back / theory - 1)
            by = "steps until then, over the formula, distance from 1"
            cases.append(Case(name, by, (off,), "<", CLOSE, role="contrast"))
    return cases
