"""Claims about recipes: the size of the batch, warm-up, weight decay, beta2 and spikes."""

import functools
from typing import TypedDict

import numpy as np

from adamdoc.checks import Array
from adamdoc.models import MLP, Autoencoder, Model, SoftmaxRegression
from adamdoc.optimizers import Adam, AdamW, ClipByNorm, GradientDescent, Optimizer
from adamdoc.papers import kalra2024, malladi2022, mccandlish2018, molybog2023, wang2024
from adamdoc.papers.cohen2021 import follow_sharpness
from adamdoc.run import walk
from adamdoc.schedules import Constant, WarmUp
from adamdoc.tasks import TASKS
from adamdoc.training import train
from adamdoc.tuning import Range, Space, Tuned, trials, tune
from claims.core import (
    AS_GOOD,
    BETTER,
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
from claims.tuning import JUDGED, SEARCH, recorded


class At(TypedDict):
    """The task of a case and its budget."""

    task: str
    budget: str


BATCHES = "stochastic gradients"
TOPIC = "schedules and decay"
BATCH_AND_DECAY = "5_the_literature/plot_15_batches_and_decay"
WARM_UP_AND_SPIKES = "5_the_literature/plot_16_warm_up_and_spikes"

#: Batch sizes, the space of their learning rates, and the losses to reach.
SIZES = (1, 4, 16, 64, 256)
RATES: Space = {"lr": Range(0.08, 30)}
TARGETS = (0.5, 0.3)


def _digits() -> tuple[Array, Array]:
    digits = TASKS["softmax"].load()
    return digits.x, digits.y


@functools.cache
def _best_rate(size: int, target: float, _function: object) -> float:
    """Return the rate with the fewest steps at the worst of the seeds that search, of 16 rates."""

    def searched() -> Tuned:
        rates = [setting["lr"] for setting in trials(RATES, 16)]
        steps = [
            mccandlish2018.steps_to_loss(_digits(), rates, size, target, seed=seed)
            for seed in SEARCH
        ]
        worst = dict(zip(rates, np.max(steps, axis=0), strict=True))
        return tune(lambda setting: float(worst[setting["lr"]]), RATES, 16)

    return recorded(f"softmax to {target:g}, batches of {size}", RATES, searched, 16)["lr"]


@functools.cache
def _steps(target: float, function: object) -> Array:
    """Return the mean steps of three runs to a loss, with tuned rates, shape (seeds, sizes)."""
    rates = [_best_rate(size, target, function) for size in SIZES]
    runs = [
        [
            mccandlish2018.steps_to_loss(_digits(), [lr], size, target, seed=seed)[0]
            for size, lr in zip(SIZES, rates, strict=True)
        ]
        for seed in range(3 * len(JUDGED))
    ]
    return np.array(runs).reshape(len(JUDGED), 3, len(SIZES)).mean(axis=1)


def steps_of(target: float) -> Array:
    """Return the steps of SGD to a loss, each batch size at its best rate, shape (seeds, sizes)."""
    return _steps(target, mccandlish2018._batch)


@claim(
    BATCHES,
    "Steps and samples to a loss trade off along one curve, (S / S_min - 1)(E / E_min - 1) = 1.",
    kind=EXPERIMENT,
    source="mccandlish2018",
    place="section 2.3",
    gallery=BATCH_AND_DECAY,
    report=Report(
        "Measured steps and samples lie close to the curve in all of eight domains, from MNIST to "
        "Dota, each batch size with a tuned learning rate",
        "A reduction: softmax regression on digits to two losses, SGD, batches of 1 to 256",
        "None: with two fitted numbers the curve passes near all five batch sizes.",
    ),
    fault="large batches are small",
)
def steps_and_samples_trade_off() -> list[Case]:
    """SGD with a constant rate, tuned for each size of batch in 16 trials on three search seeds.

    Single runs scatter by a quarter, so each value is the mean over three runs. Small batches all
    need the same number of samples, large batches the same number of steps. The contrast is the
    rule of perfect scaling, steps in proportion to one over the batch size.
    """
    cases = []
    for target in TARGETS:
        at: At = {"task": "softmax", "budget": f"SGD to a loss of {target:g}"}
        steps = steps_of(target)
        what = "typical factor between the measured and the fitted steps"
        fits = tuple(mccandlish2018.fit_tradeoff(SIZES, row).off for row in steps)
        cases.append(Case(f"to a loss of {target:g}", what, fits, "<", AS_GOOD, **at))
        samples = np.log(steps * SIZES)
        straight = tuple(np.exp(samples.std(axis=1)))
        name = f"to a loss of {target:g}, perfect scaling"
        cases.append(
            Case(name, what, straight, "<", AS_GOOD, role="contrast", expected=False, **at)
        )
    return cases


@claim(
    BATCHES,
    "The critical batch size is, up to an order of magnitude, the noise scale of the gradient.",
    kind=EXPERIMENT,
    source="mccandlish2018",
    place="sections 2.2 and 3.2, figure 4",
    gallery=BATCH_AND_DECAY,
    report=Report(
        "Within an order of magnitude from 20 samples (an autoencoder) to over 8 million (Dota "
        "5v5); on MNIST the noise scale is the larger of the two",
        "A reduction: softmax regression on digits, two losses; the noise scale is the mean over a "
        "run with batches of 16",
        "None at this precision; the noise scale stands for tr(H S) / g'Hg, of which it ignores "
        "the curvature.",
    ),
    fault="every batch is one sample",
)
def critical_batch_is_noise_scale() -> list[Case]:
    """The critical batch size is E_min / S_min of the fitted curve.

    There, training takes twice the smallest possible number of steps and of samples. The noise
    scale is the sum of the variances of the samples' gradients over the squared norm of their mean.
    """
    cases = []
    for target in TARGETS:
        ratios = []
        for seed, row in zip(JUDGED, steps_of(target), strict=True):
            critical = mccandlish2018.fit_tradeoff(SIZES, row).critical
            ratio = critical / noise_until(target, seed).mean()
            ratios.append(max(ratio, 1 / ratio))
        what = "factor between the critical batch size and the mean noise scale"
        cases.append(
            Case(
                f"to a loss of {target:g}",
                what,
                tuple(ratios),
                "<",
                Bound(10, "the paper's own: an order of magnitude"),
                task="softmax",
                budget=f"SGD to a loss of {target:g}",
            )
        )
    return cases


@functools.cache
def _noise(lr: float, size: int, steps: int, seed: int, _update: object) -> mccandlish2018.Noise:
    model, sgd = SoftmaxRegression(64, 10), GradientDescent(lr=lr)
    return mccandlish2018.follow_noise(model, _digits(), sgd, size, steps, steps // 6, seed)


def noise_of(lr: float, size: int, steps: int, seed: int) -> mccandlish2018.Noise:
    """Return losses and noise scales of a run of SGD with batches of a size."""
    return _noise(lr, size, steps, seed, GradientDescent.update)


def noise_until(target: float, seed: int) -> Array:
    """Return the noise scales of a run at a tuned rate, up to the first loss below a target."""
    noise = noise_of(2.0, 16, 60, seed)
    return noise.scales[: int(np.argmax(noise.losses <= target)) + 1]


@claim(
    BATCHES,
    "The noise scale grows as the loss falls.",
    kind=EXPERIMENT,
    finding="holds while the loss falls smoothly; with small batches at the fastest rate, the "
    "parameters jump about where the gradient stays large",
    source="mccandlish2018",
    place="abstract",
    gallery=BATCH_AND_DECAY,
    report=Report(
        "The noise scale grows during training; the gradient shrinks while its noise does not",
        "A reduction: softmax regression on digits, SGD with two sizes of batch",
        "With small batches at the fastest rate ours falls: their noise keeps the parameters where "
        "the gradient is larger.",
    ),
    fault="gradient descent stands still",
)
def noise_scale_grows() -> list[Case]:
    """The noise scale when the loss is down to about 0.3; batches of 256, and of 16 at lr = 2.

    At the start all samples pull in the same direction; later only the hard ones still pull.
    """
    cases = []
    for lr, size, steps, role in ((1.0, 256, 120, "within"), (2.0, 16, 60, "edge")):
        runs = [noise_of(lr, size, steps, seed).scales for seed in JUDGED]
        cases.append(
            Case(
                f"batches of {size}, lr = {lr:g}",
                "noise scale over that at the start",
                tuple(scales[-1] / scales[0] for scales in runs),
                ">",
                MUCH_WORSE,
                role=role,
                expected=role == "within",
                task="softmax",
                budget=f"{steps} steps",
            )
        )
    return cases


def _root_rule(name: str, size: int, rule: str) -> tuple[float, ...]:
    """Return the factor between the losses after the same samples, batches of 4 and of `size`.

    It is the largest one after any of five epochs.
    """
    k = size / 4
    base = Adam(lr=1e-3, beta1=0.975, beta2=0.9975)
    root = malladi2022.scaled(base, k)
    lr = {"root": root.lr, "linear": 1e-3 * k, "none": 1e-3}[rule]
    other = Adam(lr, root.beta1, root.beta2, root.eps)
    return tuple(
        float(
            np.exp(
                np.abs(np.log(_curve(name, other, size, seed) / _curve(name, base, 4, seed))).max()
            )
        )
        for seed in JUDGED
    )


@functools.cache
def _curve(name: str, optimizer: Optimizer, size: int, seed: int) -> Array:
    """Return the training losses after each of five epochs."""
    return train(TASKS[name].model, TASKS[name].load(), optimizer, 5, size, seed).losses[1:]


@claim(
    BATCHES,
    "With lr scaled by the root of k, 1 - beta by k and eps by 1 / root k, Adam trains with "
    "batches k times as large as before.",
    kind=EXPERIMENT,
    finding="holds for batches of up to 16; those of 64 fall behind",
    source="malladi2022",
    place="section 5, the square root scaling rule",
    gallery=BATCH_AND_DECAY,
    report=Report(
        "With the rule, training with other batch sizes ends near that with 256 samples: within 3 "
        "percent for ResNet-50 on CIFAR-10 with RMSprop (figure 18)",
        "A reduction: softmax regression and a net on digits, 5 epochs, batches of 4 to 64",
        "Ours are the losses after the same samples. The rule assumes that noise dominates the "
        "gradient, which ends at some 10 to 40 samples here.",
    ),
    fault="Adam's rate is scaled by k",
)
def root_rule_keeps_adam() -> list[Case]:
    """The training loss after the same samples as with batches of 4; five seeds.

    Edge: batches beyond the critical size of this task. In the contrasts the betas are scaled, but
    the rate is scaled by k or not at all.
    """
    cases = []
    for name in ("softmax", "mlp"):
        at: At = {"task": name, "budget": "5 epochs"}
        what = "factor between the losses, batches of 4 and these"
        for size, rule, role in (
            (8, "root", "within"),
            (16, "root", "within"),
            (64, "root", "edge"),
            (16, "linear", "contrast"),
            (16, "none", "contrast"),
        ):
            label = {"root": "", "linear": ", lr scaled by k", "none": ", lr not scaled"}[rule]
            cases.append(
                Case(
                    f"{name}, batches of {size}{label}",
                    what,
                    _root_rule(name, size, rule),
                    "<",
                    AS_GOOD,
                    role=role,
                    expected=role == "within",
                    **at,
                )
            )
    return cases


#: Small nets with smooth units, on 100 samples, all at once: the sharpness is well defined.
NET, CODER, STEPS, WARM = MLP((64, 32, 32, 10), "tanh"), Autoencoder((64, 16, 4)), 160, 80


def _few() -> tuple[Array, Array]:
    x, y = _digits()
    return x[:100], y[:100]


def _warmed(method: type[Optimizer], lr: float, warm: int) -> Optimizer:
    return method(lr=WarmUp(warm, Constant(lr)) if warm else lr)  # type: ignore[call-arg]


def _limit(method: type[Optimizer], model: Model, rates: Array, warm: int, seed: int) -> float:
    def failing(lr: float) -> bool:
        return kalra2024.fails(model, *_few(), _warmed(method, lr, warm), STEPS, seed)

    return kalra2024.largest_rate(failing, rates)


@claim(
    TOPIC,
    "Warm-up lets a network train at larger learning rates than it otherwise would.",
    kind=EXPERIMENT,
    source="kalra2024",
    place="section 5, figures 3 and 4",
    gallery=WARM_UP_AND_SPIKES,
    report=Report(
        "Longer warm-up moves the largest rate that trains upwards, for SGD and for Adam (ResNets "
        "and transformers)",
        "A reduction: 100 digits, all at once, 160 steps, warm-up over 80 of them; an autoencoder "
        "(SGD) and a classifier of three layers (Adam), both with tanh",
        "None in direction; for Adam the gain is larger here.",
    ),
    fault="there is no warm-up",
)
def warm_up_allows_larger_rates() -> list[Case]:
    """The largest of rates, a factor of 1.5 apart, below the first at which training fails.

    Failure is divergence, or, the paper's criterion, an end that is hardly better than the start.
    """
    cases = []
    for method, model, task, first in (
        (GradientDescent, CODER, "autoencoder on 100 digits", 0.02),
        (Adam, NET, "tanh net on 100 digits", 0.06),
    ):
        rates = first * 1.5 ** np.arange(14)
        ratios = tuple(
            _limit(method, model, rates, WARM, seed) / _limit(method, model, rates, 0, seed)
            for seed in JUDGED
        )
        what = "largest rate that trains, with warm-up over without"
        name = f"{method.__name__}, {task}"
        cases.append(Case(name, what, ratios, ">", WORSE, task=task, budget="160 steps"))
    return cases


@claim(
    TOPIC,
    "Under warm-up the sharpness falls, for Adam that of the preconditioned Hessian.",
    kind=EXPERIMENT,
    source="kalra2024",
    place="section 4, figures 1 and 2",
    gallery=WARM_UP_AND_SPIKES,
    report=Report(
        "The sharpness stays near the limit 2 / lr of the rising rate; the preconditioned one of "
        "Adam starts far above its limit and falls",
        "A reduction: 100 digits, all at once, warm-up of 80 steps; an autoencoder (SGD) and a "
        "classifier (Adam), both with tanh",
        "None.",
    ),
    fault="warm-up rises to a hundredth",
)
def warm_up_lowers_the_sharpness() -> list[Case]:
    """The largest eigenvalue of the Hessian at the end of the warm-up, by Lanczos' method.

    It is compared with that after the first step of the warm-up, whose rate is small. The contrasts
    keep the small rate of the first steps. With it, 80 steps of gradient descent raise the
    sharpness. For Adam the preconditioned sharpness falls by itself, so warm-up only has to wait,
    as the paper says.
    """
    cases = []
    for method, model, task, lr, warm, role in (
        (GradientDescent, CODER, "autoencoder", 0.05, WARM, "within"),
        (Adam, NET, "tanh net", 0.5, WARM, "within"),
        (GradientDescent, CODER, "autoencoder", 0.0005, 0, "contrast"),
        (Adam, NET, "tanh net", 0.005, 0, "contrast"),
    ):
        ratios = []
        for seed in JUDGED:
            first, last = (
                follow_sharpness(model, *_few(), _warmed(method, lr, warm), steps, steps, seed=seed)
                for steps in (1, WARM)
            )
            ratios.append(last.sharpness[-1] / first.sharpness[-1])
        cases.append(
            Case(
                f"{method.__name__}, " + (f"warm-up to lr = {lr:g}" if warm else f"lr = {lr:g}"),
                "sharpness after 80 steps over that after the first",
                tuple(ratios),
                "<",
                BETTER,
                role=role,
                expected=warm > 0 or method is Adam,
                task=f"{task} on 100 digits",
                budget="80 steps",
            )
        )
    return cases


@claim(
    TOPIC,
    "AdamW's parameters are an average of its updates with a time scale of 1 / (lr decay) steps.",
    source="wang2024",
    place="abstract",
    gallery=BATCH_AND_DECAY,
    report=Report(
        "An identity: AdamW's step is that of an exponential moving average of minus the update "
        "over the decay",
        "The exact set-up",
        "None.",
    ),
    fault="AdamW's decay ignores the rate",
)
def decay_is_a_time_scale() -> list[Case]:
    """AdamW's path along random gradients, against the average of Adam's updates over the decay.

    Adam's path in the same gradients gives the updates, because they do not depend on theta.
    """
    gradients = np.random.default_rng(0).standard_normal((300, 5))
    cases = []
    for lr, decay in ((0.01, 0.1), (0.1, 1.0)):
        start = np.ones(5)
        path = walk(AdamW(lr=lr, weight_decay=decay), gradients, start)
        taken = -np.diff(walk(Adam(lr=lr), gradients, start), axis=0, prepend=start[None]) / lr
        average = wang2024.as_average(start, taken, lr, decay)[1:]
        off = np.abs(path - average).max() / np.abs(path).max()
        name = f"lr = {lr:g}, decay {decay:g}: {wang2024.time_scale(lr, decay):g} steps"
        cases.append(Case(name, "largest relative distance of the paths", (off,), "<", SAME))
    return cases


#: Time scales in epochs.
TAUS = np.geomspace(2, 500, 6)


@functools.cache
def _losses_of_taus(samples: int, lr: float, _update: object) -> Array:
    return np.array(
        [[wang2024.decayed_loss(samples, lr, tau, seed) for tau in TAUS] for seed in JUDGED]
    )


def losses_of_taus(samples: int, lr: float) -> Array:
    """Return the test losses for all time scales, shape (seeds, time scales)."""
    return _losses_of_taus(samples, lr, AdamW.update)


@claim(
    TOPIC,
    "The best time scale of the decay, in epochs, stays the same as the data set grows.",
    kind=EXPERIMENT,
    source="wang2024",
    place="abstract",
    gallery=BATCH_AND_DECAY,
    report=Report(
        "The best time scale in epochs is roughly constant over model and data set sizes, so that "
        "the best decay falls with the data (ResNet-18 and ViT on CIFAR-10 and ImageNet, NanoGPT)",
        "A reduction: a net on 100 to 800 digits with 40 percent label noise, 60 epochs",
        "None. With much data the test loss is flat for all longer time scales here.",
    ),
    fault="AdamW's decay grows with the steps",
)
def time_scale_transfers() -> list[Case]:
    """Six time scales from 2 to 500 epochs, lr = 0.03 with a cosine, test loss at five seeds.

    The time scale that is best with 100 samples is kept for more, which divides the decay by the
    growth of the data. The contrast keeps the decay itself, which shortens the time scale.
    """
    at: At = {"task": "net on digits with noisy labels", "budget": "60 epochs"}
    small = losses_of_taus(100, 0.03)
    chosen = small.mean(axis=0).argmin()
    what = "test loss at the time scale that is best with 100 samples, over the best"
    cases = []
    for samples in (200, 800):
        losses = losses_of_taus(samples, 0.03)
        ratios = tuple(losses[:, chosen] / losses.min(axis=1))
        cases.append(Case(f"{samples:,} samples", what, ratios, "<", AS_GOOD, **at))
    kept = [wang2024.decayed_loss(800, 0.03, float(TAUS[chosen]) / 8, seed) for seed in JUDGED]
    ratios = tuple(kept / losses.min(axis=1))
    name = "800 samples, the decay kept"
    return [
        *cases,
        Case(name, what, ratios, "<", AS_GOOD, role="contrast", expected=False, **at),
    ]


@claim(
    TOPIC,
    "Where gradients are noise and beta2 is close to 1, Adam's steps are as long as "
    "sqrt((1 - beta1) / (1 + beta1)) rates.",
    source=COMMON,
    gallery=WARM_UP_AND_SPIKES,
    fault="Adam steps by the last gradient",
)
def adam_steps_in_noise() -> list[Case]:
    """Normal gradients, 1,000 steps, 2,000 coordinates; the last step.

    For beta1 = 0.9 that is less than a quarter of a rate. In one contrast each coordinate's
    gradients have one sign, and the steps are as long as the rate. In the other, v forgets sooner
    than m and follows each gradient, and the steps are longer.
    """
    count = 2000
    bound = Bound(4 / np.sqrt(2 * count), "four standard errors of 2,000 coordinates")
    what = "relative distance of the typical step from the formula"
    noise = np.random.default_rng(0).standard_normal((1000, count))
    cases = []
    for kind, beta1, beta2, gradients, role in (
        ("noise", 0.9, 0.999, noise, "within"),
        ("noise", 0.5, 0.9999, noise, "within"),
        ("noise", 0.99, 0.9999, noise, "within"),
        ("noise", 0.9, 0.5, noise, "contrast"),
        ("one sign", 0.9, 0.999, np.abs(noise), "contrast"),
    ):
        name = f"{kind}, betas {beta1:g} and {beta2:g}"
        last = np.diff(walk(Adam(lr=1.0, beta1=beta1, beta2=beta2), gradients), axis=0)[-1]
        found = np.sqrt((last**2).mean())
        off = abs(found / molybog2023.step_in_noise(beta1) - 1)
        expected = role == "within"
        cases.append(Case(name, what, (off,), "<", bound, role=role, expected=expected))
    return cases


def _rise(optimizer: Optimizer, seed: int) -> float:
    """Return by what factor the loss of a net rises after a bad batch."""
    losses = molybog2023.after_bad_batch(TASKS["mlp"].model, _digits(), optimizer, seed=seed)
    return float(losses.max() / losses[0])


@claim(
    TOPIC,
    "A lower beta2, such as 0.95, prevents spikes of the loss.",
    kind=EXPERIMENT,
    finding="holds for spikes after a bad batch, not for those at too high a rate",
    source=COMMON,
    gallery=WARM_UP_AND_SPIKES,
    fault="beta2 is 0.999 whatever it is set to",
)
def lower_beta2_prevents_spikes() -> list[Case]:
    """One batch of 64 with wrong labels and inputs ten times too large, after 800 good ones.

    With beta2 = 0.999, v hardly notices the batch, and the step is several rates long in every
    coordinate; with 0.95, v reacts as quickly as m. The rise is the highest loss in the next 30
    steps over the loss before. Clipping, the contrast, works without a lower beta2. At a rate too
    high for the net, spikes arise without a bad batch: v shrinks until the step is too long for the
    curvature. There the longer memory is not worse.
    """
    cases = []
    for lr in (0.003, 0.01):
        at: At = {"task": "mlp", "budget": f"830 steps at lr = {lr:g}"}
        rises = {
            beta2: np.array([_rise(Adam(lr=lr, beta2=beta2), seed) for seed in JUDGED]) - 1
            for beta2 in (0.95, 0.999)
        }
        what = "rise of the loss after a bad batch, over that with beta2 = 0.999"
        ratios = tuple(rises[0.95] / rises[0.999])
        cases.append(Case(f"beta2 = 0.95, lr = {lr:g}", what, ratios, "<", MUCH_BETTER, **at))
        if lr == 0.01:
            clipped = [_rise(ClipByNorm(Adam(lr=lr), 1.0), seed) - 1 for seed in JUDGED]
            ratios = tuple(np.array(clipped) / rises[0.999])
            name = "beta2 = 0.999, gradients clipped to norm 1"
            cases.append(Case(name, what, ratios, "<", MUCH_BETTER, role="contrast", **at))
    counts = np.array(
        [
            [
                molybog2023.count_spikes(TASKS["mlp"].train(optimizer, 30, seed).step_losses)
                for optimizer in (Adam(lr=0.03, beta2=0.95), Adam(lr=0.03, beta2=0.999))
            ]
            for seed in JUDGED
        ]
    )
    ratios = tuple((1 + counts[:, 0]) / (1 + counts[:, 1]))
    what = "spikes plus one, over those with beta2 = 0.999"
    alone: At = {"task": "mlp", "budget": "30 epochs at lr = 0.03"}
    name = "beta2 = 0.95, lr = 0.03, no bad batch"
    return [*cases, Case(name, what, ratios, "<", BETTER, expected=False, **alone)]


@claim(
    TOPIC,
    "When the loss spikes, Adam's steps are large and have nothing to do with descent.",
    kind=EXPERIMENT,
    finding="in our small net they are hardly longer than usual, and point uphill",
    source="molybog2023",
    place="abstract",
    gallery=WARM_UP_AND_SPIKES,
    report=Report(
        "The update vector gets a relatively large norm, essentially uncorrelated with the "
        "direction of descent (language models of 7 to 546 billion parameters)",
        "A reduction: a net of 2,410 parameters on digits at a high rate",
        "Another kind of spike: the paper's begins in layers whose gradients are as small as eps, "
        "with large batches; ours, at a high rate, is a step too far across a valley.",
    ),
    fault="Adam steps at random",
)
def adam_spikes_without_descent() -> list[Case]:
    """The ten steps that raise the loss most, of 400 at lr = 0.03, after 100 that are left out.

    Length is their median over that of all steps. Direction is the median cosine between the step
    and the negative gradient on all samples; its size is scored, and a contrast shows its sign.
    """
    lengths, cosines = [], []
    for seed in JUDGED:
        run = molybog2023.follow_steps(
            TASKS["mlp"].model, _digits(), Adam(lr=0.03), steps=500, seed=seed
        )
        rises = np.log(run.losses[1:] / run.losses[:-1])[100:]
        up = np.argsort(rises)[-10:]
        late = run.lengths[100:]
        lengths.append(np.median(late[up]) / np.median(late))
        cosines.append(float(np.median(run.descent[100:][up])))
    at: At = {"task": "mlp", "budget": "500 steps at lr = 0.03"}
    large = "length of the steps that raise the loss most, over that of all"
    return [
        Case("length", large, tuple(lengths), ">", MUCH_WORSE, expected=False, **at),
        Case(
            "direction",
            "size of the cosine with the direction of descent",
            tuple(map(abs, cosines)),
            "<",
            CLOSE,
            expected=False,
            **at,
        ),
        Case(
            *("direction", "cosine with the direction of descent", tuple(cosines)),
            *("<", Bound(0, "by definition: uphill")),
            role="contrast",
        ),
    ]
