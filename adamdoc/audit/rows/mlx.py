"""MLX: what the symbols of its docstrings mean, and what is found there."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    GRADIENT,
    PARAMETERS,
    STEP,
    VALUE,
    Finding,
    Given,
    Meaning,
    Operator,
    Row,
    State,
    Use,
)
from adamdoc.audit.executing import Path, Problem

COMMON: dict[str, Meaning] = {
    r"w_{t+1}": PARAMETERS,
    r"g_t": GRADIENT,
    r"\lambda": "learning_rate",
}
BETAS: dict[str, Meaning] = {r"\beta_1": "betas[0]", r"\beta_2": "betas[1]"}
MOMENTS: dict[str, Meaning] = {r"m_{t+1}": State("m"), r"v_{t+1}": State("v")}
RATE = {"learning_rate": 0.1}
NO_EQUATIONS = "no equations"
SINGLE = (
    "With `bias_correction`, MLX computes the powers of the betas in float32: one minus a power "
    "that is close to 1 loses digits, up to 3e-5 of the step for `betas=(0.9, 0.999)`."
)

BIAS_CORRECTION = Finding(
    kind="missing option",
    says="With `bias_correction=True` the code divides both moments by one minus a power of their "
    "beta. The equations leave that out, and the words do not say where `eps` then stands.",
    repair=(
        (
            r"\frac{m_{t+1}}{\sqrt{v_{t+1}} + \epsilon}",
            r"\frac{\hat{m}_{t+1}}{\sqrt{\hat{v}_{t+1}} + \epsilon}",
        ),
        (
            r"w_{t+1} &=",
            r"\hat{m}_{t+1} &= \begin{cases} m_{t+1} / (1 - \beta_1^{t+1}) & \text{if } "
            r"\textit{bias\_correction} \\ m_{t+1} & \text{otherwise} \end{cases} \\"
            r"\hat{v}_{t+1} &= \begin{cases} v_{t+1} / (1 - \beta_2^{t+1}) & \text{if } "
            r"\textit{bias\_correction} \\ v_{t+1} & \text{otherwise} \end{cases} \\ w_{t+1} &=",
        ),
    ),
    symbols={
        r"\textit{bias\_correction}": "bias_correction",
        r"\hat{m}_{t+1}": STEP,
        r"\hat{v}_{t+1}": STEP,
    },
    code=("mlx.optimizers.Adam", "denominator = mx.sqrt(v) * c2 + eps"),
)


def _root_mean_square(_: Mapping[str, Any], x: Any) -> Any:
    return np.sqrt(np.mean(np.square(x)))


def run_scale(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Return the factor by which ``scale_parameter`` scales the first step from several points."""
    import mlx.core as mx

    mx.set_default_device(mx.cpu)
    g = mx.array(problem.theta, dtype=mx.float64)
    values = []
    for point in problem.gradients:
        steps = []
        for scale in (True, False):
            optimizer = target(**arguments, scale_parameter=scale)
            w = mx.array(point, dtype=mx.float64)
            step = w - optimizer.apply_gradients({"w": g}, {"w": w})["w"]
            steps.append(np.array(step, dtype=float).flat[0])
        values.append(np.array(steps[0] / steps[1]))
    return Path(tuple(values), tuple({} for _ in values))


def sample(number: int, done: int) -> Any:
    """Return one of the arrays that a loss is given in each step."""
    return np.random.default_rng([number, done]).normal(size=(4, 3))


def variance(done: int) -> Any:
    """Return variances, some of them tiny."""
    return np.square(sample(2, done))


def label(number: int, done: int) -> Any:
    """Return labels, which are 1 or -1."""
    return np.sign(sample(number, done))


def run_loss(*arrays: Callable[[int], Any]) -> Callable[..., Path]:
    """Return what runs a loss on arrays."""

    def run(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
        import mlx.core as mx

        mx.set_default_device(mx.cpu)
        values = []
        for done in range(len(problem.gradients)):
            given = [mx.array(array(done), dtype=mx.float64) for array in arrays]
            values.append(np.array(target(*given, **arguments), dtype=float))
        return Path(tuple(values), tuple({} for _ in values))

    return run


def given(array: Callable[[int], Any]) -> Given:
    """Return an array that a loss is given as the meaning of a symbol."""
    return Given(lambda _, done: array(done))


def first(done: int) -> Any:
    """Return the first array that a loss is given."""
    return sample(0, done)


def second(done: int) -> Any:
    """Return the second array that a loss is given."""
    return sample(1, done)


def third(done: int) -> Any:
    """Return the third array that a loss is given."""
    return sample(2, done)


def distance(arguments: Mapping[str, Any], difference: Any, eps: float = 0.0) -> Any:
    """Return the norms of the rows of a difference."""
    p = arguments["p"]
    return (np.sum(np.abs(difference) ** p, axis=-1) + eps) ** (1 / p)


REDUCTION = "the words say that the losses are averaged or summed"
AXIS = "the words say along which axis it is"

ROWS = (
    Row(
        name="mlx.optimizers.SGD",
        first=0,
        symbols={
            **COMMON,
            r"\mu": "momentum",
            r"\tau": "dampening",
            r"v_{t+1}": State("v", when="momentum > 0"),
        },
        arguments=RATE,
        options={
            "learning_rate": (0.5,),
            "momentum": (0.9,),
            "weight_decay": (0.5,),
            "dampening": (0.3,),
            "nesterov": (True,),
        },
        valid="not nesterov or (momentum > 0 and dampening == 0)",
        findings=(
            Finding(
                kind="missing option",
                says="The equations leave out `weight_decay`, which the words call an L2 penalty: "
                "the code adds its product with the parameters to the gradient.",
                repair=(
                    (
                        r"v_{t+1} &= \mu v_t",
                        r"g_t &\leftarrow g_t + \gamma w_t \\ v_{t+1} &= \mu v_t",
                    ),
                ),
                symbols={r"\gamma": "weight_decay"},
                code=(
                    "mlx.optimizers.SGD",
                    "gradient = gradient + self.weight_decay * parameter",
                ),
            ),
            Finding(
                kind="missing option",
                says="With `nesterov=True` the code steps along the gradient plus `momentum` times "
                "the new velocity; the equations step along the velocity.",
                repair=(
                    (
                        r"w_{t+1} &= w_t - \lambda v_{t+1}",
                        r"d_t &= \begin{cases} g_t + \mu v_{t+1} & \text{if } \textit{nesterov} \\ "
                        r"v_{t+1} & \text{otherwise} \end{cases} \\ w_{t+1} &= w_t - \lambda d_t",
                    ),
                ),
                symbols={r"d_t": STEP, r"\textit{nesterov}": "nesterov"},
                code=("mlx.optimizers.SGD", "update = gradient + self.momentum * v"),
            ),
            Finding(
                kind="formula",
                says="Without momentum the code ignores `dampening`, and steps along the gradient "
                "itself; the equations scale it by one minus the dampening.",
                repair=(
                    (
                        r"(1 - \tau) g_t",
                        r"\begin{cases} (1 - \tau) g_t & \text{if } \mu > 0 \\ g_t & "
                        r"\text{otherwise} \end{cases}",
                    ),
                ),
                code=(
                    "mlx.optimizers.SGD",
                    "return parameter - self.learning_rate.astype(gradient.dtype) * gradient",
                ),
                reading="the dampening is for the momentum, as its description says, so that "
                "there is none without it",
            ),
        ),
    ),
    Row(
        name="mlx.optimizers.RMSprop",
        first=0,
        symbols={**COMMON, r"\alpha": "alpha", r"\epsilon": "eps", r"v_{t+1}": State("v")},
        arguments=RATE,
        options={"learning_rate": (0.5,), "alpha": (0.6, 0.0), "eps": (0.3,)},
        shapes=((2, 3), (4,)),
    ),
    Row(
        name="mlx.optimizers.Adagrad",
        first=0,
        symbols={**COMMON, r"\epsilon": "eps", r"v_{t+1}": State("v")},
        arguments=RATE,
        options={"learning_rate": (0.5,), "eps": (0.3,)},
        shapes=((2, 3), (4,)),
    ),
    Row(
        name="mlx.optimizers.AdaDelta",
        first=0,
        symbols={
            **COMMON,
            r"\rho": "rho",
            r"\epsilon": "eps",
            r"v_{t+1}": State("v"),
            r"u_{t+1}": State("u"),
            r"\Delta w_{t+1}": STEP,
        },
        arguments=RATE,
        options={"learning_rate": (0.5,), "rho": (0.6, 0.0), "eps": (0.3,)},
        shapes=((2, 3), (4,)),
    ),
    Row(
        name="mlx.optimizers.Adam",
        first=0,
        symbols={**COMMON, **BETAS, **MOMENTS, r"\epsilon": "eps"},
        arguments=RATE,
        options={
            "learning_rate": (0.5,),
            "betas": ((0.6, 0.7),),
            "eps": (0.3,),
            "bias_correction": (True,),
        },
        tolerances={"bias_correction": 1e-4},
        why_tolerance=SINGLE,
        findings=(BIAS_CORRECTION,),
    ),
    Row(
        name="mlx.optimizers.AdamW",
        first=0,
        symbols={
            **COMMON,
            **BETAS,
            **MOMENTS,
            r"\alpha": "learning_rate",
            r"\lambda": "weight_decay",
            r"\epsilon": "eps",
        },
        arguments=RATE,
        options={
            "learning_rate": (0.5,),
            "betas": ((0.6, 0.7),),
            "eps": (0.3,),
            "weight_decay": (0.5, 0.0),
            "bias_correction": (True,),
        },
        tolerances={"bias_correction": 1e-4},
        why_tolerance=SINGLE,
        findings=(BIAS_CORRECTION,),
    ),
    Row(
        name="mlx.optimizers.Adamax",
        first=0,
        symbols={**COMMON, **BETAS, **MOMENTS, r"\epsilon": "eps"},
        arguments=RATE,
        options={"learning_rate": (0.5,), "betas": ((0.6, 0.7),), "eps": (0.3,)},
        shapes=((2, 3), (4,)),
    ),
    Row(
        name="mlx.optimizers.Lion",
        first=0,
        symbols={
            **COMMON,
            **BETAS,
            r"\lambda": "weight_decay",
            r"\eta": "learning_rate",
            r"m_{t+1}": State("m"),
            r"c_{t+1}": State(),
        },
        arguments=RATE,
        options={"learning_rate": (0.5,), "betas": ((0.6, 0.7),), "weight_decay": (0.5,)},
        findings=(
            Finding(
                kind="index",
                says=r"The step uses the sign of $c_t$, the interpolation of the step before, "
                r"which has no value at the first step. The code, like the paper, takes that of "
                "$c_{t+1}$, which the first row has just assigned.",
                repair=((r"\text{sign}(c_t)", r"\text{sign}(c_{t + 1})"),),
                code=("mlx.optimizers.Lion", "return parameter - lr * mx.sign(c)"),
            ),
        ),
    ),
    Row(
        name="mlx.optimizers.Adafactor",
        blocks=(Use(r"\max(\epsilon_1, \text{RMS}(w_{t-1}))"),),
        symbols={
            r"w_{t-1}": GRADIENT,
            r"\epsilon_1": "eps[0]",
            r"\text{RMS}": Operator(_root_mean_square),
        },
        options={
            "learning_rate": (0.5,),
            "eps": ((0.1, 0.9),),
            "clip_threshold": (0.5,),
            "decay_rate": (-0.5,),
            "beta_1": (0.9,),
            "weight_decay": (0.5,),
            "relative_step": (False,),
            "warmup_init": (True,),
        },
        valid="relative_step or learning_rate is not None",
        unchecked={"scale_parameter": "the formula applies if it is true"},
        run=run_scale,
        tolerances={"warmup_init": 1e-7},
        why_tolerance="With `warmup_init` the first step is a millionth of the parameters, and the "
        "factor is a quotient of two such differences.",
        findings=(
            Finding(
                kind="formula",
                says=r"The learning rate is said to be scaled by at least $\epsilon_1$, the tiny "
                r"number that is added to squared gradients. The code takes $\epsilon_2$ instead, "
                "as the description of `eps` says: parameters at zero would never move otherwise.",
                repair=(
                    (
                        r"\max(\epsilon_1, \text{RMS}(w_{t-1}))",
                        r"\max(\epsilon_2, \text{RMS}(w_{t-1}))",
                    ),
                ),
                symbols={r"\epsilon_2": "eps[1]"},
                code=(
                    "mlx.optimizers.Adafactor",
                    "parameter_scale = mx.maximum(self.eps[1], parameter_rms)",
                ),
            ),
            Finding(
                kind="undefined symbol",
                says="The description of `eps` names an argument `parameter_scale`; it is called "
                "`scale_parameter`.",
                written="if ``parameter_scale`` is set to ``True``",
                reading="the two words in the other order",
            ),
            Finding(
                kind="prose",
                says="The coefficient of the running average is one minus the number of the step "
                "to the power of `decay_rate`; a coefficient of -0.8 would make no average.",
                written="Coefficient for the running average of the squared gradient.",
                reading="a number from which the coefficient is computed",
                code=("mlx.optimizers.Adafactor", "beta_2 = 1.0 - (step**self.decay_rate)"),
            ),
            Finding(
                kind="prose",
                says="The update is not clipped entry by entry: it is divided so that its root "
                "mean square is at most `clip_threshold`, and entries may be larger.",
                written="Clips the unscaled update at ``clip_threshold``",
                reading="the size of the update as a whole is clipped, as in the paper",
                code=(
                    "mlx.optimizers.Adafactor",
                    "1.0, self._compute_rms(update) / self.clip_threshold",
                ),
            ),
        ),
    ),
    Row(
        name="mlx.optimizers.Muon",
        unreadable=NO_EQUATIONS,
        findings=(
            Finding(
                kind="prose",
                says="The step is that of the original implementation, but for the weight decay. "
                "There the parameters shrink by the learning rate times `weight_decay`, which is "
                "0 by default; MLX adds the decay to the gradient, so that it is orthogonalized "
                "with it, and the default is 0.01.",
                written="optimizer follows the original implementation",
                reading="the decay is the L2 penalty that the arguments name, and the rest "
                "follows the original",
                code=(
                    "mlx.optimizers.Muon",
                    "gradient = gradient + self.weight_decay * parameter",
                ),
            ),
        ),
    ),
    *(
        Row(name=f"mlx.optimizers.{name}", unreadable=NO_EQUATIONS)
        for name in (
            "MultiOptimizer",
            "clip_grad_norm",
            "cosine_decay",
            "exponential_decay",
            "join_schedules",
            "linear_schedule",
            "step_decay",
        )
    ),
    Row(
        name="mlx.nn.losses.gaussian_nll_loss",
        symbols={
            r"\text{vars}": given(variance),
            r"\text{inputs}": given(first),
            r"\text{targets}": given(second),
            r"\epsilon": "eps",
            r"\text{const.}": "0.5 * math.log(2 * math.pi) if full else 0.0",
        },
        arguments={"reduction": "none"},
        options={"full": (True,), "eps": (0.3,)},
        introduced=(r"\epsilon", r"\text{const.}"),
        steps=5,
        run=run_loss(first, second, variance),
        unchecked={
            "reduction": REDUCTION,
            "inputs": "they are in the formula",
            "targets": "they are in the formula",
            "vars": "they are in the formula",
        },
    ),
    Row(
        name="mlx.nn.losses.smooth_l1_loss",
        symbols={"l": VALUE, "x": given(first), "y": given(second), r"\beta": "beta"},
        arguments={"reduction": "none"},
        options={"beta": (0.3,)},
        introduced=(r"\beta",),
        steps=5,
        run=run_loss(first, second),
        unchecked={"reduction": REDUCTION, "predictions": "it is $x$", "targets": "it is $y$"},
    ),
    Row(
        name="mlx.nn.losses.triplet_loss",
        symbols={
            r"\|A - P\|_p": Given(lambda a, done: distance(a, first(done) - second(done))),
            r"\|A - N\|_p": Given(lambda a, done: distance(a, first(done) - third(done))),
            r"\alpha": "margin",
        },
        options={"margin": (0.3,), "p": (3,), "eps": (0.4,)},
        introduced=(r"\alpha",),
        steps=5,
        run=run_loss(first, second, third),
        unchecked={
            "reduction": REDUCTION,
            "axis": AXIS,
            "anchors": "they are $A$",
            "positives": "they are $P$",
            "negatives": "they are $N$",
        },
        findings=(
            Finding(
                kind="missing option",
                says="The formula leaves out `eps`; the code adds it to the sum in each norm, as "
                "the words say.",
                reading="the formula and the words belong together",
                repair=(
                    (r"\|A - P\|_p", r"\text{distance}(A - P)"),
                    (r"\|A - N\|_p", r"\text{distance}(A - N)"),
                ),
                symbols={
                    r"\text{distance}": Operator(lambda a, x: distance(a, x, a["eps"])),
                    "A": given(first),
                    "P": given(second),
                    "N": given(third),
                },
            ),
        ),
    ),
    Row(
        name="mlx.nn.losses.hinge_loss",
        symbols={
            r"\text{hinge}(y, y_{\text{pred}})": VALUE,
            "y": given(lambda done: label(1, done)),
            r"y_{\text{pred}}": given(first),
        },
        steps=5,
        run=run_loss(first, lambda done: label(1, done)),
        unchecked={
            "reduction": REDUCTION,
            "inputs": r"it is $y_{\text{pred}}$",
            "targets": "it is $y$",
        },
    ),
    Row(
        name="mlx.nn.losses.huber_loss",
        symbols={
            r"l_{\delta}(a)": VALUE,
            "a": Given(lambda _, done: first(done) - second(done)),
            r"\delta": "delta",
        },
        options={"delta": (0.3,)},
        introduced=(r"\delta",),
        steps=5,
        run=run_loss(first, second),
        unchecked={
            "reduction": REDUCTION,
            "inputs": "$a$ is its difference to the targets",
            "targets": "$a$ is the difference of the inputs to it",
        },
    ),
    Row(
        name="mlx.nn.losses.log_cosh_loss",
        symbols={
            r"\text{logcosh}(y_{\text{true}}, y_{\text{pred}})": VALUE,
            r"y_{\text{pred}}": given(first),
            r"y_{\text{true}}": given(second),
            r"\cosh": Operator(lambda _, x: np.cosh(x)),
        },
        tolerance=1e-7,
        why_tolerance="MLX computes the logarithm of a sum of exponentials in float32.",
        steps=5,
        run=run_loss(first, second),
        unchecked={
            "reduction": REDUCTION,
            "inputs": r"it is $y_{\text{pred}}$",
            "targets": r"it is $y_{\text{true}}$",
        },
    ),
    Row(
        name="mlx.nn.losses.cosine_similarity_loss",
        symbols={
            r"x_1 \cdot x_2": Given(lambda _, done: np.sum(first(done) * second(done), axis=1)),
            r"\|x_1\|": Given(lambda _, done: np.linalg.norm(first(done), axis=1)),
            r"\|x_2\|": Given(lambda _, done: np.linalg.norm(second(done), axis=1)),
            r"\epsilon": "eps",
        },
        options={"eps": (2.0,)},
        introduced=(r"\epsilon",),
        steps=5,
        run=run_loss(first, second),
        unchecked={
            "reduction": REDUCTION,
            "axis": AXIS,
            "x1": "it is $x_1$",
            "x2": "it is $x_2$",
        },
    ),
    Row(
        name="mlx.nn.losses.margin_ranking_loss",
        symbols={
            r"\text{loss}": VALUE,
            "x_1": given(first),
            "x_2": given(second),
            "y": given(lambda done: label(2, done)),
            r"\text{margin}": "margin",
        },
        options={"margin": (0.3,)},
        steps=5,
        run=run_loss(first, second, lambda done: label(2, done)),
        unchecked={
            "reduction": REDUCTION,
            "inputs1": "it is $x_1$",
            "inputs2": "it is $x_2$",
            "targets": "it is $y$",
        },
    ),
    Row(
        name="mlx.nn.losses.kl_div_loss",
        unreadable="Its formula is a line of code that calls MLX itself.",
    ),
    *(
        Row(name=f"mlx.nn.losses.{name}", unreadable=NO_EQUATIONS)
        for name in ("binary_cross_entropy", "cross_entropy", "l1_loss", "mse_loss", "nll_loss")
    ),
)
