"""Claims about where Adam fails."""

import functools
from collections.abc import Iterable
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.models import Autoencoder, LinearRegression, SoftmaxRegression
from adamdoc.optimizers import (
    AdaGrad,
    Adam,
    AMSGrad,
    CoupledDecay,
    DecoupledDecay,
    GradientDescent,
    HeavyBall,
    Optimizer,
    RMSprop,
    SignSGD,
)
from adamdoc.papers.cohen2021 import follow_sharpness
from adamdoc.papers.kunstner2024 import long_tail
from adamdoc.papers.loshchilov2019 import decay_loss
from adamdoc.papers.measures import settled
from adamdoc.papers.reddi2018 import online, three_beat
from adamdoc.papers.wilson2017 import separable
from adamdoc.problems import Ravine
from adamdoc.run import minimize
from adamdoc.schedules import Cosine, InverseSqrt
from adamdoc.tasks import TASKS
from adamdoc.training import train
from adamdoc.tuning import Range
from claims.core import (
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
from claims.tuning import JUDGED, SEARCH, runs_of, search

TOPIC = "limits of Adam"
WORST = "5_the_literature/plot_3_the_worst_point"
EDGE = "5_the_literature/plot_7_edge_of_stability"


def _rare(steps: int, period: int = 3000) -> Array:
    """Return gradients of -1, except for one in a period that outweighs all the others."""
    return np.where(np.arange(steps) % period == 0, 1.02 * period, -1.0)


@claim(
    TOPIC,
    "Adam can converge to the worst point.",
    finding="holds where large gradients come less often than either beta remembers",
    source="reddi2018",
    place="section 3 and theorem 1",
    gallery=WORST,
    report=Report(
        "Regret that does not vanish: x goes to +1, the worst point, for C = 3, beta1 = 0, "
        "beta2 = 1 / (1 + C^2)",
        "The exact set-up",
        "None.",
    ),
    fault="Adam forgets nothing",
)
def adam_converges_to_worst_point() -> list[Case]:
    """Losses on [-1, 1] whose mean falls towards -1, though most of the gradients push to +1.

    The paper's first example repeats 3 x, -x, -x. If v forgets each large gradient before the next
    one, as at beta2 = 0.1, the large gradient is divided by itself and counts no more than a small
    one. The default beta2 = 0.999 remembers about 1,000 steps, so a cycle of three steps does no
    harm, but one large gradient in 3,000 does. A beta1 of 0.9 also prevents the harm, because it
    averages over about ten gradients, however little beta2 remembers. (Theorem 2 says so for all
    betas with beta1 < sqrt(beta2).)
    """
    rate, what = InverseSqrt(0.5), "mean x of the last 3,000 steps (best -1, worst +1)"
    bound = Bound(0.9, "margin: a twentieth of the interval from the worst point")
    three, rare = three_beat(30_000), _rare(30_000)
    cases = []
    for name, optimizer, gradients, role, expected in (
        ("C = 3, beta1 = 0, beta2 = 0.1", Adam(rate, beta1=0.0, beta2=0.1), three, "within", True),
        ("default betas, one large gradient in 3,000", Adam(rate), rare, "within", True),
        ("C = 3, default betas", Adam(rate), three, "edge", False),
        ("C = 3, beta1 = 0.9, beta2 = 0.1", Adam(rate, 0.9, 0.1), three, "edge", False),
        ("C = 3, gradient descent", GradientDescent(rate), three, "contrast", False),
    ):
        end = online(optimizer, gradients)[-3000:].mean()
        cases.append(Case(name, what, (end,), ">", bound, role=role, expected=expected))
    return cases


@claim(
    TOPIC,
    "Where Adam heads for the worst point, AMSGrad heads for the best: its denominator never "
    "shrinks.",
    kind=EXPERIMENT,
    source="reddi2018",
    place="section 5, synthetic experiments",
    gallery=WORST,
    report=Report(
        "Losses 1010 x with probability 0.01, else -10 x: Adam goes to +1, AMSGrad to -1 "
        "(figure 1, 10 million steps)",
        "The same losses; 20,000 steps, five times the mean of 80 runs",
        "None in the direction; ours are stopped earlier.",
    ),
    fault="AMSGrad without maximum",
)
def amsgrad_converges() -> list[Case]:
    """The paper's two examples: the repeated losses, and random ones with betas 0.9 and 0.99.

    The random losses are averaged over five groups of 80 runs. These stop early, while AMSGrad is
    still far from the best point, because its large denominator makes its steps short. Only the
    direction is scored. Adam, the contrast, is heading for the worst point.
    """
    rng = np.random.default_rng(0)
    gradients = np.where(rng.random((20_000, 400)) < 0.01, 1010.0, -10.0)
    what = "mean x of the last 2,000 steps (best -1, worst +1)"
    bound = Bound(0, "by definition: nearer to the best point")
    end = online(AMSGrad(InverseSqrt(0.1), 0.0, 0.1), three_beat(20_000))[-2000:].mean()
    at: dict[str, Any] = {"task": "the paper's repeated losses", "budget": "20,000 steps"}
    cases = [Case("AMSGrad, C = 3, beta1 = 0, beta2 = 0.1", what, (end,), "<", bound, **at)]
    at["task"] = "the paper's random losses"
    for cls, role in ((AMSGrad, "within"), (Adam, "contrast")):
        path = online(cls(InverseSqrt(2.0), 0.9, 0.99), gradients)[-2000:]
        ends = tuple(path.reshape(2000, 5, 80).mean(axis=(0, 2)))
        name = f"{cls.__name__}, random losses"
        cases.append(Case(name, what, ends, "<", bound, role=role, expected=role == "within", **at))
    return cases


@claim(
    TOPIC,
    "Adaptive methods find solutions that generalise worse.",
    kind=EXPERIMENT,
    finding="holds on data made for it; on the digits the difference is within the spread of seeds",
    source="wilson2017",
    place="section 3.3",
    gallery="5_the_literature/plot_4_adaptive_and_unseen",
    report=Report(
        "On constructed data: adaptive methods give every unseen sample the majority's label; "
        "gradient descent errs never",
        "The exact construction with 60 samples, 70 percent positive, five draws; squared loss",
        "None: the share of negatives among the unseen samples is the error.",
    ),
    fault="adaptive methods do not divide",
)
def adaptive_methods_generalise_worse() -> list[Case]:
    """The paper proves it on data made for the purpose, and observes it on four deep networks.

    Each constructed sample has features of its own, which an adaptive method learns as fast as the
    one that matters. Whatever its learning rate, it then gives every unseen sample the label of the
    majority. Gradient descent, the contrast, makes no error.

    On the digits, a net with more parameters than samples: Adam against the heavy ball, all
    hyperparameters of both tuned with equally many trials (by the training loss).
    """
    cases = []
    what = "errors on unseen samples, over the share of the rarer label"
    bound = Bound(1 - 1e-9, "theory: all get the label of the majority")
    for optimizer, role in (
        (AdaGrad(lr=0.1), "within"),
        (RMSprop(lr=Cosine(0.01, steps=500)), "within"),
        (Adam(lr=Cosine(0.01, steps=500)), "within"),
        (GradientDescent(lr=0.03), "contrast"),
    ):
        errors = []
        for seed in range(1, 6):
            (x, y), (x_new, y_new) = separable(60, 0.7, seed=seed)
            model = LinearRegression(x.shape[1])
            run = train(model, (x, y), optimizer, epochs=500, batch_size=None)
            wrong = (np.sign(model.predict(run.params, x_new)) != y_new).mean()
            errors.append(wrong / (y_new < 0).mean())
        name = f"constructed data, {type(optimizer).__name__}"
        cases.append(
            Case(
                *(name, what, tuple(errors), ">=", bound),
                role=role,
                expected=role == "within",
                task="constructed data",
                budget="500 epochs",
            )
        )
    adam, ball = (
        np.array([1 - run.test_scores[-1] for run in runs_of("mlp", method, epochs=5)])
        for method in (Adam, HeavyBall)
    )
    what = "test error of Adam over that of the heavy ball"
    return [
        *cases,
        Case(
            *("the digits, all tuned", what, tuple(adam / ball), ">", WORSE),
            expected=False,
            task="mlp",
            budget="5 epochs",
        ),
    ]


@claim(
    TOPIC,
    "Weight decay and L2 regularisation are the same.",
    finding="holds for plain gradient descent; not with momentum, nor in Adam",
    source=COMMON,
    gallery="5_the_literature/plot_5_decay_heat_maps",
    fault="decoupled decay is coupled",
)
def decay_is_l2() -> list[Case]:
    """Paths with decay added to the gradient (L2), and with lr times decay subtracted in a step.

    Momentum keeps the penalty's gradients in its average. Adam also divides them by the root of v,
    which cancels them where the other gradients are large.
    """
    cases = []
    for inside, expected in (
        (GradientDescent(lr=0.05), True),
        (HeavyBall(lr=0.02), False),
        (Adam(lr=0.05), False),
    ):
        coupled = minimize(Ravine(), CoupledDecay(inside, 0.1), steps=50).path
        decoupled = minimize(Ravine(), DecoupledDecay(inside, 0.1), steps=50).path
        off = np.abs(coupled - decoupled).max()
        name = type(inside).__name__
        what = "largest distance of the paths"
        cases.append(Case(name, what, (off,), "<", SAME, expected=expected))
    return cases


#: The search space of both forms of decay; at its low end a decay does almost nothing.
DECAYED = {"lr": Range(1e-3, 0.3), "decay": Range(1e-4, 10, limits=("low",))}


def _small(decoupled: bool, setting: dict[str, float], seed: int) -> float:
    """Return the test loss of the smaller training that is searched here."""
    lr, decay = setting["lr"], setting["decay"]
    return decay_loss(decoupled, lr, decay, seed, samples=100, hidden=32, epochs=30)


@claim(
    TOPIC,
    "Decoupled decay generalises better than the L2 penalty in Adam.",
    kind=EXPERIMENT,
    finding="at their best settings both forms do equally well",
    source="loshchilov2019",
    place="section 4, figures 2 and 3",
    gallery="5_the_literature/plot_5_decay_heat_maps",
    report=Report(
        "Up to 15 percent lower test error (CIFAR-10 and ImageNet32x32)",
        "A reduction: 100 digits, 40 percent of the labels redrawn, a net with 32 hidden units",
        "No gain here: a small net that is stopped early needs little decay, and it matters little "
        "where it enters. The paper's nets are trained for 100 epochs and more, and need it.",
    ),
    fault="coupled decay is always 1",
)
def decoupled_decay_generalises() -> list[Case]:
    """The test loss, with learning rate and decay of each form tuned for it in 40 trials.

    The search looks at two seeds, and five others judge: they draw the labels, the initial net and
    the batches. A toy of 100 digits cannot refute what was found with residual networks; it can
    only fail to show it.
    """
    losses = []
    for decoupled in (True, False):
        loss = functools.partial(_small, decoupled)
        name = f"noisy digits, {'decoupled' if decoupled else 'coupled'} decay"
        best = search(name, loss, DECAYED, SEARCH[:2])
        found = [loss(best, seed) for seed in JUDGED]
        losses.append(np.array(found))
    ratios = tuple(losses[0] / losses[1])
    bound = Bound(0.95, "margin: a third of the paper's 15 percent")
    return [
        Case(
            *("digits with noisy labels", "test loss, decoupled over coupled", ratios, "<", bound),
            expected=False,
            task="digits with noisy labels",
            budget="30 epochs",
        )
    ]


def _edge(optimizers: Iterable[Optimizer], steps: int) -> Array:
    """Return the sharpness at the end of full-batch trainings, by Lanczos' method; five seeds."""
    x, net = TASKS["autoencoder"].load().x[:100], Autoencoder((64, 16, 4))
    return np.array(
        [
            follow_sharpness(
                net, x, x[:, 0], optimizer, steps, every=steps // 6, seed=seed
            ).sharpness[-3:]
            for seed, optimizer in enumerate(optimizers)
        ]
    ).mean(axis=1)


@claim(
    TOPIC,
    "Full-batch gradient descent on a network ends at the edge: a sharpness of 2 / lr.",
    kind=EXPERIMENT,
    finding="holds if training is long enough, which at a small rate it is not",
    source="cohen2021",
    place="section 3, figure 1",
    gallery=EDGE,
    report=Report(
        "Sharpness rises to 2 / lr and hovers just above it",
        "A reduction: an autoencoder of five layers on 100 digits, all at once, squared error",
        "None: it hovers a few percent above.",
    ),
    fault="gradient descent takes half steps",
)
def gd_at_the_edge() -> list[Case]:
    """Lr times the sharpness over 2: the mean of three measurements in the second half, five nets.

    A small rate has a high edge that takes long to reach: after the same number of steps the
    sharpness has hardly begun to rise.
    """
    what = "lr times the sharpness, over 2: distance from 1"
    cases = []
    for lr, role in ((0.1, "within"), (0.003, "edge")):
        ends = lr / 2 * _edge([GradientDescent(lr=lr)] * 5, 1500)
        cases.append(
            Case(
                *(f"lr = {lr:g}", what, tuple(abs(ends - 1)), "<", CLOSE),
                role=role,
                expected=role == "within",
                task="a small autoencoder",
                budget="1,500 steps",
            )
        )
    return cases


@claim(
    TOPIC,
    "Adam trains at an edge too: a preconditioned sharpness of 38 / lr at beta1 = 0.9.",
    kind=EXPERIMENT,
    source="cohen2022",
    place="section 3",
    gallery=EDGE,
    report=Report(
        "(2 + 2 beta1) / ((1 - beta1) lr) = 38 / lr",
        "A reduction: an autoencoder of five layers on 100 digits, all at once, squared error",
        "Within a few percent: Adam's preconditioner keeps moving, and the sharpness with it.",
    ),
    fault="Adam takes half steps",
)
def adam_at_the_edge() -> list[Case]:
    """Lr times the preconditioned sharpness over the formula, which is 38 at beta1 = 0.9.

    The mean of three measurements in the second half of 1,500 steps, five nets. Full batches, as in
    the paper's abstract; the formula is that of a frozen preconditioner.
    """
    cases = []
    for beta1, lr in ((0.9, 0.01), (0.5, 0.003)):
        formula = (2 + 2 * beta1) / (1 - beta1)
        ends = lr / formula * _edge([Adam(lr=lr, beta1=beta1)] * 5, 1500)
        what = f"lr times the sharpness, over {formula:g}: distance from 1"
        cases.append(
            Case(
                *(f"beta1 = {beta1:g}, lr = {lr:g}", what, tuple(abs(ends - 1)), "<", CLOSE),
                task="a small autoencoder",
                budget="1,500 steps",
            )
        )
    return cases


@claim(
    TOPIC,
    "Where some classes are rare, gradient descent is slow on them, and Adam is not.",
    kind=EXPERIMENT,
    finding="holds at rates up to 2 / L; on this separable problem 75 times that catches up",
    source="kunstner2024",
    place="the simplified problem with a linear model",
    gallery="5_the_literature/plot_6_rare_classes",
    report=Report(
        "GD hardly moves on rare classes; Adam and sign descent learn all alike (figures 1, 3)",
        "The simplified linear problem: softmax, one input to a class, all samples at once",
        "None up to a rate of 2 / L. Our problem is separable, and gradient descent survives rates "
        "far above, at which it is not slow.",
    ),
    fault="Adam follows the gradient",
)
def rare_classes_are_slow() -> list[Case]:
    """Six groups of classes, the rarest 32 times rarer. Steps until a group's loss is below 0.1.

    Gradient descent with and without momentum is slow on the rare ones, in proportion to their
    frequency; Adam is not. Nor is sign descent, the contrast, which shows that Adam's moments do
    not matter here: equal steps in all coordinates are enough.

    The rate 2 / L, with the largest curvature L that the softmax can have on these samples, is the
    limit in theory. The loss of a separable problem flattens as it falls, so gradient descent
    remains stable far above that limit, and there it is no longer slow (the case at the edge).
    """
    x, y = long_tail(6)
    model = SoftmaxRegression(x.shape[1], x.shape[1])
    # The softmax' own Hessian is at most 1/2; the last input is that of the bias.
    inputs = np.column_stack([x, np.ones(len(x))])
    limit = 4 / np.linalg.eigvalsh(inputs.T @ inputs / len(x)).max()
    what = "steps for the rarest group over those for the most frequent"
    cases = []
    for name, optimizer, relation, role, expected in (
        ("gradient descent, lr = 2 / L", GradientDescent(lr=limit), ">", "within", True),
        ("heavy ball, lr / (1 - mu) = 2 / L", HeavyBall(lr=limit / 10), ">", "within", True),
        ("gradient descent, lr = 150 / L", GradientDescent(lr=75 * limit), ">", "edge", False),
        ("Adam", Adam(lr=0.1), "<", "within", True),
        ("sign descent", SignSGD(lr=0.03), "<", "contrast", True),
    ):
        params = model.init()
        state = optimizer.init(params)
        losses = []
        for _ in range(1000):
            p = model.probabilities(params, x)[np.arange(len(y)), y]
            losses.append([-np.log(p[:32]).mean(), -np.log(p[-32:]).mean()])
            params, state = optimizer.update(params, model.grad(params, x, y), state)
        frequent, rare = settled(np.array(losses), 0.1)
        cases.append(
            Case(
                *(name, what, (rare / frequent,), relation, MUCH_WORSE),
                role=role,
                expected=expected,
                task="a long tail of classes",
                budget="1,000 steps",
            )
        )
    return cases
