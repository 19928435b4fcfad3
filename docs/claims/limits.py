"""Claims about where Adam fails."""

import numpy as np

from adamdoc.models import MLP, Autoencoder, LinearRegression, SoftmaxRegression
from adamdoc.optimizers import (
    AdaGrad,
    Adam,
    AMSGrad,
    CoupledDecay,
    DecoupledDecay,
    GradientDescent,
    HeavyBall,
    RMSprop,
    SignSGD,
)
from adamdoc.papers.cohen2021 import follow_sharpness
from adamdoc.papers.kunstner2024 import long_tail
from adamdoc.papers.loshchilov2019 import decay_map
from adamdoc.papers.measures import settled
from adamdoc.papers.reddi2018 import online, three_beat
from adamdoc.papers.wilson2017 import separable
from adamdoc.problems import Ravine
from adamdoc.run import minimize
from adamdoc.schedules import Cosine, InverseSqrt
from adamdoc.tasks import TASKS
from adamdoc.training import train
from claims.core import COMMON, Case, Report, claim

TOPIC = "limits of Adam"
WORST = "5_the_literature/plot_3_the_worst_point"
EDGE = "5_the_literature/plot_7_edge_of_stability"


@claim(
    TOPIC,
    "Adam can converge to the worst point.",
    source="reddi2018",
    place="theorem 1",
    gallery=WORST,
    report=Report(
        "Regret that does not vanish: x goes to +1, the worst point, for C = 3, beta1 = 0, "
        "beta2 = 1 / (1 + C^2)",
        "The exact set-up",
        "None.",
    ),
    fault="Adam does not divide",
)
def adam_converges_to_worst_point() -> list[Case]:
    """Losses 3 x, -x, -x in turn on [-1, 1]. The memory must be short against the gap."""
    rate = InverseSqrt(0.1)
    cases = []
    for name, optimizer, expected in (
        ("beta1 = 0, beta2 = 0.1", Adam(lr=rate, beta1=0.0, beta2=0.1), True),
        ("default betas", Adam(lr=rate), False),
        ("gradient descent", GradientDescent(lr=rate), False),
    ):
        end = online(optimizer, three_beat(20_000))[-1000:].mean()
        cases.append(
            Case(name, "mean x of the last 1,000 steps (best -1)", (end,), ">", 0.9, expected)
        )
    return cases


@claim(
    TOPIC,
    "AMSGrad repairs it: a denominator that never shrinks.",
    source="reddi2018",
    place="section 5, synthetic experiments",
    gallery=WORST,
    report=Report(
        "Losses 1010 x with probability 0.01, else -10 x: Adam goes to +1, AMSGrad to -1 "
        "(figure 1, 10 million steps)",
        "The same losses; 20,000 steps, the mean of 400 runs",
        "None in the direction; ours are stopped earlier.",
    ),
    fault="AMSGrad without maximum",
)
def amsgrad_converges() -> list[Case]:
    """The paper's stochastic example, beta1 = 0.9, beta2 = 0.99, the mean of 400 runs."""
    rng = np.random.default_rng(0)
    gradients = np.where(rng.random((20_000, 400)) < 0.01, 1010.0, -10.0)
    what = "mean x of the last 2,000 steps (best -1)"
    cases = []
    for cls, expected in ((AMSGrad, True), (Adam, False)):
        end = float(online(cls(InverseSqrt(2.0), 0.9, 0.99), gradients)[-2000:].mean())
        cases.append(Case(cls.__name__, what, (end,), "<", 0, expected))
    return cases


@claim(
    TOPIC,
    "Adaptive methods find solutions that generalise worse.",
    source="wilson2017",
    place="section 3.3",
    gallery="5_the_literature/plot_4_adaptive_and_unseen",
    report=Report(
        "On constructed data: adaptive methods give every unseen sample the majority's label; "
        "gradient descent errs never",
        "The exact construction with 60 samples, 70 percent positive; squared loss",
        "None: the share of negatives among the unseen samples is the error.",
    ),
    fault="Adam does not divide",
)
def adaptive_methods_generalise_worse() -> list[Case]:
    """On data made for the purpose, yes. On the digits, at good rates, now one, now the other."""
    (x, y), (x_new, y_new) = separable(60, 0.7, seed=1)
    model = LinearRegression(x.shape[1])
    what = "errors on unseen samples, over the share of the rarer label"
    cases = []
    for optimizer, expected in (
        (AdaGrad(lr=0.1), True),
        (RMSprop(lr=Cosine(0.01, steps=500)), True),
        (Adam(lr=Cosine(0.01, steps=500)), True),
        (GradientDescent(lr=0.03), False),
    ):
        run = train(model, (x, y), optimizer, epochs=500, batch_size=None)
        wrong = (np.sign(model.predict(run.params, x_new)) != y_new).mean()
        name = f"constructed data, {type(optimizer).__name__}"
        cases.append(Case(name, what, (wrong / (y_new < 0).mean(),), ">", 0.9, expected))
    digits, net = TASKS["mlp"].load(), MLP((64, 32, 10))
    ratios = []
    for seed in range(5):
        adam, ball = (
            1 - train(net, digits, method, epochs=25, batch_size=64, seed=seed).test_scores[-1]
            for method in (Adam(lr=0.03), HeavyBall(lr=0.1))
        )
        ratios.append(float(adam / ball))
    what = "test error of Adam over that of the heavy ball, for each seed"
    return [*cases, Case("digits", what, tuple(ratios), ">", 1, expected=False)]


@claim(
    TOPIC,
    "Weight decay and L2 regularisation are the same.",
    source=COMMON,
    gallery="5_the_literature/plot_5_decay_heat_maps",
    fault="decoupled decay is coupled",
)
def decay_is_l2() -> list[Case]:
    """The same for gradient descent. Adam divides the penalty's gradient too, and so undoes it."""
    cases = []
    for inside, expected in ((GradientDescent(lr=0.05), True), (Adam(lr=0.05), False)):
        coupled = minimize(Ravine(), CoupledDecay(inside, 0.1), steps=50).path
        decoupled = minimize(Ravine(), DecoupledDecay(inside, 0.1), steps=50).path
        off = np.abs(coupled - decoupled).max()
        name = type(inside).__name__
        cases.append(Case(name, "largest distance of the paths", (off,), "<", 1e-12, expected))
    return cases


@claim(
    TOPIC,
    "Decoupled decay generalises better than the L2 penalty in Adam.",
    source="loshchilov2019",
    place="section 4, figures 2 and 3",
    gallery="5_the_literature/plot_5_decay_heat_maps",
    report=Report(
        "15 percent lower test error (CIFAR-10 and ImageNet32x32)",
        "A reduction: 300 digits, 40 percent of the labels drawn anew, a net with 64 hidden units",
        "No gain here: the best decay of either form is so weak that it matters little where it "
        "enters. The paper's nets are trained for 100 epochs and more, and need it.",
    ),
    fault="coupled decay is a hundredfold",
)
def decoupled_decay_generalises() -> list[Case]:
    """The lowest test loss on a grid of three rates and four decays, two seeds."""
    rates, decays = np.array([0.003, 0.01, 0.03]), np.array([0.1, 0.3, 1.0, 3.0])
    ratios = []
    for seed in (0, 1):
        best = decay_map(True, rates, decays, seed).min()
        ratios.append(best / decay_map(False, rates, decays / 100, seed).min())
    what = "lowest test loss, decoupled over coupled"
    return [Case("digits with noisy labels", what, tuple(ratios), "<", 0.95, expected=False)]


@claim(
    TOPIC,
    "Gradient descent on a network ends at the edge: a sharpness of 2 / lr.",
    source="cohen2021",
    place="section 3, figure 1",
    gallery=EDGE,
    report=Report(
        "Sharpness rises to 2 / lr and hovers just above it",
        "A reduction: an autoencoder of five layers on 200 digits, all at once, squared error",
        "None: it hovers a few percent above.",
    ),
    fault="gradient descent takes half steps",
)
def gd_at_the_edge() -> list[Case]:
    """Lr times the sharpness, the mean over the steps 1,000 to 1,500, by Lanczos' method."""
    x = TASKS["autoencoder"].load().x[:200]
    net = Autoencoder((64, 32, 8))
    what = "distance from 2 of lr times the sharpness"
    cases = []
    for lr, expected in ((0.1, True), (0.003, False)):
        trace = follow_sharpness(net, x, x[:, 0], GradientDescent(lr=lr), 1500, every=100)
        edge = float(lr * trace.sharpness[-6:].mean())
        cases.append(Case(f"lr = {lr:g}: {edge:.3f}", what, (abs(edge - 2),), "<", 0.2, expected))
    return cases


@claim(
    TOPIC,
    "Adam trains at an edge too: a preconditioned sharpness of 38 / lr at beta1 = 0.9.",
    source="cohen2022",
    place="section 3",
    gallery=EDGE,
    report=Report(
        "(2 + 2 beta1) / ((1 - beta1) lr) = 38 / lr",
        "A reduction: an autoencoder of five layers on 200 digits, all at once, squared error",
        "Just below: Adam's preconditioner keeps moving, and the sharpness with it.",
    ),
    fault="Adam takes half steps",
)
def adam_at_the_edge() -> list[Case]:
    """Lr times the preconditioned sharpness, the mean over the steps 2,000 to 2,500."""
    x = TASKS["autoencoder"].load().x[:200]
    net = Autoencoder((64, 32, 8))
    what = "distance from 1 of lr times the sharpness over the formula"
    cases = []
    for beta1, expected in ((0.9, True), (0.5, True)):
        formula = (2 + 2 * beta1) / (1 - beta1)
        trace = follow_sharpness(net, x, x[:, 0], Adam(lr=0.003, beta1=beta1), 2500, every=100)
        edge = float(0.003 * trace.sharpness[-6:].mean())
        name = f"beta1 = {beta1:g}: {edge:.2f} (formula {formula:g})"
        cases.append(Case(name, what, (abs(edge / formula - 1),), "<", 0.1, expected))
    return cases


@claim(
    TOPIC,
    "Where some classes are rare, gradient descent is slow on them, and Adam is not.",
    source="kunstner2024",
    place="sections 2 and 4",
    gallery="5_the_literature/plot_6_rare_classes",
    report=Report(
        "GD hardly moves on rare classes; Adam and sign descent learn all alike (figures 1, 3)",
        "The simplified problem of section 4: softmax, one input to a class, all samples at once",
        "None in kind. The ratio of 32 is that of the frequencies.",
    ),
    fault="SignSGD without sign",
)
def rare_classes_are_slow() -> list[Case]:
    """Six groups of classes, the rarest 32 times rarer. Steps until a group's loss is below 0.1.

    Sign descent shows that it is not the moments: equal steps for all coordinates are enough.
    """
    x, y = long_tail(6)
    model = SoftmaxRegression(x.shape[1], x.shape[1])
    what = "steps for the rarest group over those for the most frequent"
    cases = []
    for optimizer, expected in (
        (GradientDescent(lr=30.0), True),
        (HeavyBall(lr=3.0), True),
        (Adam(lr=0.1), False),
        (SignSGD(lr=0.03), False),
    ):
        params = model.init()
        state = optimizer.init(params)
        losses = []
        for _ in range(500):
            p = model.probabilities(params, x)[np.arange(len(y)), y]
            losses.append([-np.log(p[:32]).mean(), -np.log(p[-32:]).mean()])
            params, state = optimizer.update(params, model.grad(params, x, y), state)
        frequent, rare = settled(np.array(losses), 0.1)
        name = type(optimizer).__name__
        cases.append(Case(name, what, (rare / frequent,), ">", 10, expected))
    return cases
