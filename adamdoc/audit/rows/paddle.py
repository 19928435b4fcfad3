"""PaddlePaddle: what the symbols of its docstrings mean, and what is found there."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    BEFORE,
    GRADIENT,
    LOSS,
    PARAMETERS,
    SCALAR,
    STEP,
    VALUE,
    Described,
    Finding,
    Found,
    Meaning,
    Operator,
    Row,
    State,
    Use,
)
from adamdoc.audit.executing import Path, Problem

ISSUES = "https://github.com/PaddlePaddle/Paddle/issues"
PULLS = "https://github.com/PaddlePaddle/Paddle/pull"

#: What the kernels get of some arguments, which are `float` in C++, whatever the parameters are.
FLOAT32 = {
    name: f"float(np.float32({name}))"
    for name in ("beta1", "beta2", "epsilon", "rho", "momentum", "weight_decay", "lars_coeff")
}
MIXED = (
    "the kernel gets the decay rates as float32, and their powers come from float64: 1 - 0.999 "
    "is off "
    "by 1.3e-5"
)
UNCHECKED = {"grad_clip": "the description refers to the classes that clip, which have own rows"}
EPOCH = Described("epoch", lambda _, t: t)


def decay(*repair: tuple[str, str], says: str = "") -> Finding:
    """Return the finding that the equations leave out the weight decay."""
    text = (
        "The equations leave out `weight_decay`: the code adds the coefficient times the "
        "parameters "
        "to the gradient first. The description of the argument calls it L2 regularization."
    )
    return Finding(
        kind="missing option",
        says=says or text,
        repair=repair,
        symbols={r"\lambda": "weight_decay or 0.0"},
    )


def tensor(module: str, line: str) -> Finding:
    """Return the finding that rates of decay that are tensors start with the default."""
    return Finding(
        kind="code",
        says=(
            "The text lets `beta1` and `beta2` be tensors. Then the powers of the bias correction "
            "start with 0.9 and 0.999, whatever the tensors hold."
        ),
        written="beta1 (float|Tensor, optional)",
        code=(module, line),
        reason="the same values as floats give other numbers, those of the equations",
    )


# Runs that the usual interface does not have


def _parameter(value: Any) -> Any:
    import paddle

    paddle.set_default_dtype("float64")
    start = paddle.nn.initializer.Assign(np.asarray(value, dtype=float))
    return paddle.create_parameter(list(np.shape(value)), "float64", default_initializer=start)


def run_lars(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run the optimizer whose parameters are an argument of another name."""
    from adamdoc.audit.libraries import run_paddle

    def made(parameters: Any, **others: Any) -> Any:
        return target(parameter_list=parameters, **others)

    return run_paddle(made, arguments, problem)


def run_closure(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run L-BFGS, one iteration in each step, with the given losses and gradients."""
    import paddle

    parameter = _parameter(problem.theta)
    optimizer = target(parameters=[parameter], **{"max_iter": 1, **arguments})
    values, states = [], []
    for g, loss in zip(problem.gradients, problem.losses, strict=True):

        def closure(g: Any = g, loss: float = loss) -> Any:
            parameter.grad = paddle.to_tensor(g, dtype="float64")
            return paddle.to_tensor(loss, dtype="float64")

        optimizer.step(closure)
        values.append(parameter.numpy().copy())
        states.append(
            {"inverse Hessian": _inverse_hessian(optimizer.state, np.size(problem.theta))}
        )
    return Path(tuple(values), tuple(states))


def _inverse_hessian(state: Mapping[str, Any], size: int) -> Any:
    """Return the matrix that the two loops of L-BFGS multiply with."""
    matrix = float(state["H_diag"]) * np.eye(size)
    for s, y in zip(state["old_sk"], state["old_yk"], strict=True):
        s, y = (np.array(v.numpy(), dtype=float).reshape(-1, 1) for v in (s, y))
        left = np.eye(size) - s @ y.T / (y.T @ s)
        matrix = left @ matrix @ left.T + s @ s.T / (y.T @ s)
    return matrix


def run_minimizer(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run one iteration on a paraboloid whose gradient at the start is the given one."""
    import paddle

    paddle.set_default_dtype("float64")
    start = paddle.to_tensor(problem.theta)
    slope = paddle.to_tensor(problem.gradients[0])

    def function(x: Any) -> Any:
        return (slope * (x - start)).sum() + 0.5 * ((x - start) ** 2).sum()

    found = target(function, start, max_iters=1, dtype="float64", **arguments)[2]
    return Path((found.numpy().copy(),), ({},))


def run_lookahead(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run Lookahead around an optimizer that sets the fast parameters to the given arrays."""
    import paddle

    parameter = _parameter(problem.theta)
    inner = paddle.optimizer.SGD(1.0, parameters=[parameter])
    optimizer = target(inner, **arguments)
    values, states = [], []
    for fast in problem.gradients:
        parameter.grad = parameter.detach() - paddle.to_tensor(fast, dtype="float64")
        optimizer.step()
        values.append(parameter.numpy().copy())
        slow = optimizer._accumulators["slow"][parameter.name]
        states.append({"slow": np.array(slow.numpy(), dtype=float)})
    return Path(tuple(values), tuple(states))


def run_clip(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Clip each of the given gradients."""
    return _clipped(target, arguments, problem, "float64")


def run_clip_float32(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Clip each of the given gradients in float32, where there is no kernel for float64."""
    return _clipped(target, arguments, problem, "float32")


def _clipped(target: Any, arguments: Mapping[str, Any], problem: Problem, dtype: str) -> Path:
    import paddle

    clip = target(**arguments)
    parameter = _parameter(problem.theta)
    values = []
    for g in problem.gradients:
        ((_, found),) = clip([(parameter, paddle.to_tensor(g, dtype=dtype))])
        values.append(np.array(found.numpy(), dtype=float))
    return Path(tuple(values), tuple({} for _ in values))


def run_clip_twice(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Clip the start, and what comes out again."""
    import paddle

    clip = target(**arguments)
    parameter, value, values = _parameter(problem.theta), problem.theta, []
    for _ in problem.gradients:
        ((_, found),) = clip([(parameter, paddle.to_tensor(value, dtype="float64"))])
        value = np.array(found.numpy(), dtype=float)
        values.append(value)
    return Path(tuple(values), tuple({} for _ in values))


def run_regularizer(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Return the losses at the given arrays, as integrals of the gradients that are added."""
    import paddle

    values = []
    for x in problem.gradients:
        # from 0 to x: the midpoint is exact where the gradient is linear or constant
        parameter = _parameter(x / 2)
        sgd = paddle.optimizer.SGD(1.0, [parameter], weight_decay=target(**arguments))
        parameter.grad = paddle.zeros_like(parameter)
        sgd.step()
        values.append(np.array(np.sum(x * (x / 2 - parameter.numpy()))))
    return Path(tuple(values), tuple({} for _ in values))


def run_later(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Return the rates of a schedule from the epoch 1 on."""
    schedule = target(**arguments)
    values = []
    for _ in problem.gradients:
        schedule.step()
        values.append(np.array(float(schedule())))
    return Path(tuple(values), tuple({} for _ in values))


def run_plateau(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Return the rates after the losses of each step."""
    schedule = target(**arguments)
    values = []
    for loss in problem.losses:
        schedule.step(loss)
        values.append(np.array(float(schedule())))
    return Path(tuple(values), tuple({} for _ in values))


def run_average(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Return the lengths of the window before the next step, with its own parameters."""
    import paddle

    parameter = _parameter(problem.theta)
    average = target(parameters=[parameter], **arguments)
    values = []
    for _ in problem.gradients:
        parameter.grad = paddle.zeros_like(parameter)
        average.step()
        length = average._accumulators["num_accumulates"][parameter.name]
        values.append(np.array(float(length.numpy()[0]) + 1.0))
    return Path(tuple(values), tuple({} for _ in values))


def run_function(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Return the rates of the schedule that a function returns."""
    from adamdoc.audit.libraries import run_paddle_schedule

    return run_paddle_schedule(target, arguments, problem)


# Names that several rows have

RATE: dict[str, Meaning] = {r"learning\_rate": "learning_rate"}
PARAM: dict[str, Meaning] = {r"param\_out": PARAMETERS, "param": BEFORE, "grad": GRADIENT}
ADAM: dict[str, Meaning] = {
    **PARAM,
    **RATE,
    r"{\beta}_1": "beta1",
    r"{\beta}_2": "beta2",
    r"\epsilon": "epsilon",
    r"moment\_1\_out": State("moment1_0", before=r"moment\_1"),
    r"moment\_2\_out": State("moment2_0", before=r"moment\_2"),
    r"moment\_2\_max\_out": State(before=r"moment\_2\_max"),
    r"\textit{amsgrad}": "amsgrad",
    "t": State(),
}
ADAM_OPTIONS: dict[str, tuple[Any, ...]] = {
    "learning_rate": (0.125,),
    "beta1": (0.625,),
    "beta2": (0.75,),
    "epsilon": (0.25,),
}
EPSILON = (
    (
        r"\sqrt{moment\_2\_max\_out} + \epsilon}",
        r"\sqrt{moment\_2\_max\_out} + \epsilon \sqrt{1 - {\beta}_2^t}}",
    ),
    (
        r"\sqrt{moment\_2\_out} + \epsilon}",
        r"\sqrt{moment\_2\_out} + \epsilon \sqrt{1 - {\beta}_2^t}}",
    ),
)

RESCALED = "Multiply the gradient with `rescale_grad` before updating."
RESCALED_MENDED = "On graphics cards, multiply the gradient with `rescale_grad` before updating."

OPTIMIZERS = (
    Row(
        name="paddle.optimizer.Optimizer",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says=(
                    "The text says that the regularizer of a parameter takes precedence over that "
                    "of the optimizer. With groups of parameters the code replaces it by that of "
                    "the group, also by None. The other optimizers have the same sentence."
                ),
                written="the regularization setting here in optimizer will be ignored",
                code=(
                    "paddle.optimizer.optimizer.Optimizer",
                    "param.regularizer = regularization",
                ),
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.SGD",
        time="T",
        symbols={**PARAM, **RATE},
        options={"learning_rate": (0.125,), "weight_decay": (0.5,)},
        unchecked=UNCHECKED,
        findings=(decay((r"learning\_rate * grad", r"learning\_rate * (grad + \lambda * param)")),),
    ),
    Row(
        name="paddle.optimizer.Momentum",
        time="T",
        symbols={
            "param": PARAMETERS,
            "gradient": GRADIENT,
            **RATE,
            "mu": FLOAT32["momentum"],
            "velocity": State("velocity_0"),
            r"use\_nesterov": "use_nesterov",
            r"rescale\_grad": "rescale_grad",
        },
        blocks=(
            Use({RESCALED_MENDED: "", RESCALED: r"gradient = rescale\_grad * gradient"}),
            Use(0),
        ),
        options={
            "learning_rate": (0.125,),
            "momentum": (0.625,),
            "use_nesterov": (True,),
            "weight_decay": (0.5,),
            "rescale_grad": (0.25,),
        },
        unchecked=UNCHECKED,
        findings=(
            decay(
                (
                    "& velocity = mu * velocity + gradient",
                    r"& gradient = gradient + \lambda * param \\ & velocity = mu * velocity + "
                    r"gradient",
                )
            ),
            Finding(
                kind="code",
                says=(
                    "The text says that the gradient is multiplied with `rescale_grad`. On the "
                    "processor the kernel (`CPUDenseMomentumFunctor`) does not get the argument, "
                    "and any value of it changes nothing."
                ),
                repair=((RESCALED, RESCALED_MENDED),),
                reason="the kernel for graphics cards and LarsMomentumOptimizer do multiply",
                threads=(f"{ISSUES}/38943",),
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.ASGD",
        time="m",
        first=0,
        symbols={
            "x": PARAMETERS,
            r"f_i{}'(x)": GRADIENT,
            **RATE,
            "n": "batch_num",
            r"\lambda": "weight_decay or 0.0",
            "i": STEP,
            "d": State("d_0"),
            "y_i": State(index="i"),
        },
        arguments={"learning_rate": 0.125},
        options={"learning_rate": (0.001,), "batch_num": (4,), "weight_decay": (0.5,)},
        needs={"weight_decay": {"batch_num": 4}},
        unchecked=UNCHECKED,
        introduced=(r"\lambda",),
        findings=(
            Finding(
                kind="formula",
                says=(
                    r"The text adds $\lambda x$ to the mean of the stored gradients. The code adds "
                    "it to the gradient before that is stored, so all but the newest stored "
                    "gradient have the decay of older parameters; it agrees with `batch_num=1`."
                ),
                repair=(
                    (r"d=d-y_i+f_i{}'(x)", r"d=d-y_i+f_i{}'(x)+\lambda x"),
                    (r"y_i=f_i{}'(x) ", r"y_i=f_i{}'(x)+\lambda x "),
                    (
                        r"learning\_rate(\frac{d}{\mathrm{min}(m+1,\ n)}+\lambda x)",
                        r"learning\_rate\frac{d}{\mathrm{min}(m+1,\ n)}",
                    ),
                ),
            ),
            Finding(
                kind="undefined symbol",
                says=(
                    r"The text does not say what $n$, $\lambda$ and $f_i$ are: `batch_num`, "
                    "`weight_decay` and the loss of a batch."
                ),
                written=r"\frac{d}{\mathrm{min}(m+1,\ n)}+\lambda x",
                reading="the symbols as those of the paper, and the arguments in their places",
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.Adadelta",
        symbols={
            "g": GRADIENT,
            "param": PARAMETERS,
            **RATE,
            r"\rho": FLOAT32["rho"],
            r"\epsilon": FLOAT32["epsilon"],
            "E(g_t^2)": State("_avg_squared_grad_0"),
            "E(dx_t^2)": State("_avg_squared_update_0"),
        },
        options={
            "learning_rate": (0.125,),
            "rho": (0.625,),
            "epsilon": (0.25,),
            "weight_decay": (0.5,),
        },
        unchecked=UNCHECKED,
        findings=(
            Finding(
                kind="formula",
                says=(
                    "No equation changes the parameters, and none uses the argument "
                    "`learning_rate`. The code adds the learning rate times $dx_t$ to them."
                ),
                repair=(
                    (
                        r"(1-\rho) * (-g*learning\_rate)^2",
                        r"(1-\rho) * (-g*learning\_rate)^2 \\ param &= param + \eta * dx_t",
                    ),
                ),
                symbols={"dx_t": STEP, r"\eta": "learning_rate"},
                threads=(f"{ISSUES}/46594",),
            ),
            Finding(
                kind="undefined symbol",
                says=(
                    "The text does not define $dx_t$, and calls a quotient of averages "
                    "`learning_rate`, the name of an argument. In the code $dx_t$ is minus this "
                    "quotient times the gradient, without the learning rate."
                ),
                repair=(
                    (
                        r"learning\_rate &= \sqrt{ ( E(dx_{t-1}^2) + \epsilon ) "
                        r"/ ( E(g_t^2) + \epsilon ) }",
                        r"dx_t &= -\sqrt{ ( E(dx_{t-1}^2) + \epsilon ) "
                        r"/ ( E(g_t^2) + \epsilon ) } * g",
                    ),
                    (r"(-g*learning\_rate)^2", "dx_t^2"),
                ),
                symbols={"dx_t": STEP},
            ),
            decay(
                (
                    r"E(g_t^2) &= \rho * E(g_{t-1}^2)",
                    r"g &= g + \lambda * param \\ E(g_t^2) &= \rho * E(g_{t-1}^2)",
                )
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.Adagrad",
        time="T",
        symbols={
            **PARAM,
            **RATE,
            r"\epsilon": FLOAT32["epsilon"],
            r"moment\_out": State("moment_0", start=r"\iota", before="moment"),
            r"\iota": "initial_accumulator_value",
        },
        arguments={"learning_rate": 0.125},
        options={
            "epsilon": (0.25,),
            "initial_accumulator_value": (0.5,),
            "weight_decay": (0.5,),
        },
        unchecked=UNCHECKED,
        findings=(
            decay(
                (
                    r"moment\_out &= moment + grad * grad",
                    r"grad &= grad + \lambda * param \\ moment\_out &= moment + grad * grad",
                )
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.Adam",
        time="T",
        symbols=ADAM,
        options={**ADAM_OPTIONS, "amsgrad": (True,), "weight_decay": (0.5,)},
        unchecked=UNCHECKED,
        findings=(
            Finding(
                kind="formula",
                says=(
                    r"The text adds $\epsilon$ to the square root that is not corrected for its "
                    r"bias, as at the end of section 2 of the paper. The code (`adam_kernel`) "
                    r"multiplies it with $\sqrt{1 - \beta_2^t}$, which is Algorithm 1 of the paper."
                ),
                repair=EPSILON,
            ),
            decay(
                (
                    r"&\hspace{5mm} t = t + 1 \\",
                    r"&\hspace{5mm} t = t + 1 \\ &\hspace{5mm} grad = grad + \lambda * param \\",
                )
            ),
            tensor(
                "paddle.optimizer.adam.Adam",
                "0.9 if isinstance(self._beta1, (Variable, Value)) else self._beta1",
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.AdamW",
        time="T",
        symbols={**ADAM, r"\lambda": FLOAT32["weight_decay"]},
        options={**ADAM_OPTIONS, "amsgrad": (True,), "weight_decay": (0.5,)},
        introduced=(r"\lambda",),
        unchecked={
            **UNCHECKED,
            "apply_decay_param_fun": "the text says it in words: a coefficient of 0",
            "lr_ratio": "not implemented on the processor",
            "use_lowprecision_moment": "only for parameters in float16",
        },
        findings=(
            Finding(
                kind="formula",
                says=(
                    "The text multiplies the weight decay with the learning rate after its bias "
                    "correction, the code (`adamw_kernel`) with the learning rate itself."
                ),
                repair=(
                    (
                        r"learning\_rate = learning\_rate * \frac",
                        r"step\_size = learning\_rate * \frac",
                    ),
                    (
                        r"param - learning\_rate * (\frac",
                        r"param - learning\_rate * \lambda * param - step\_size * (\frac",
                    ),
                    (r" + \lambda * param) \\", r") \\"),
                ),
                symbols={r"step\_size": STEP},
            ),
            Finding(
                kind="formula",
                says=(
                    r"The text adds $\epsilon$ to the square root that is not corrected for its "
                    r"bias. The code (`adamw_kernel`) multiplies it with $\sqrt{1 - \beta_2^t}$."
                ),
                repair=EPSILON,
            ),
            tensor(
                "paddle.optimizer.adamw.AdamW",
                "0.9 if isinstance(self._beta1, (Variable, Value)) else self._beta1",
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.Adamax",
        time="T",
        symbols={
            **PARAM,
            **RATE,
            r"{\beta}_1": FLOAT32["beta1"],
            r"{\beta}_2": FLOAT32["beta2"],
            r"\epsilon": FLOAT32["epsilon"],
            r"moment\_out": State("moment_0", before="moment"),
            r"inf\_norm\_out": State("inf_norm_0", before=r"inf\_norm"),
            "t": State(),
        },
        options={**ADAM_OPTIONS, "weight_decay": (0.5,)},
        tolerance=2e-6,
        why_tolerance=MIXED,
        unchecked=UNCHECKED,
        findings=(decay(("t & = t + 1", r"t & = t + 1 \\ grad &= grad + \lambda * param")),),
    ),
    Row(
        name="paddle.optimizer.NAdam",
        symbols={
            r"\theta_t": PARAMETERS,
            "g_t": GRADIENT,
            r"\gamma": "learning_rate",
            r"\beta_1": FLOAT32["beta1"],
            r"\beta_2": FLOAT32["beta2"],
            r"\epsilon": FLOAT32["epsilon"],
            r"\psi": "momentum_decay",
            r"\mu_t": STEP,
            "m_t": State("moment1_0"),
            "v_t": State("moment2_0"),
            r"\widehat{m_t}": STEP,
            r"\widehat{v_t}": STEP,
        },
        options={**ADAM_OPTIONS, "momentum_decay": (0.5,), "weight_decay": (0.5,)},
        unchecked=UNCHECKED,
        introduced=(r"\epsilon",),
        findings=(
            Finding(
                kind="undefined symbol",
                says=(
                    r"The text does not define $\rho$ in $\mu_t$. It is 0.96, as it is written in "
                    r"$\mu_{t+1}$ in the next row."
                ),
                repair=((r"\frac{1}{2} \rho ^{t \psi}", r"\frac{1}{2} 0.96 ^{t \psi}"),),
            ),
            Finding(
                kind="index",
                says=r"The text has $\theta_t$ on both sides of the last equation.",
                repair=(
                    (r"\theta_t \leftarrow \theta_t -", r"\theta_t \leftarrow \theta_{t-1} -"),
                ),
                reading=r"$\theta_t$ on the right as the value before the assignment",
            ),
            decay(
                (
                    r"&\hspace{5mm} \mu_t \leftarrow",
                    r"&\hspace{5mm} g_t \leftarrow g_t + \lambda \theta_{t-1} \\ "
                    r"&\hspace{5mm} \mu_t \leftarrow",
                ),
                says=(
                    r"The text lists $\lambda$ for the weight decay, and no equation uses it. The "
                    "code adds the coefficient times the parameters to the gradient first."
                ),
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.RAdam",
        symbols={
            r"\theta_t": PARAMETERS,
            "g_t": GRADIENT,
            r"\gamma": "learning_rate",
            r"\beta_1": FLOAT32["beta1"],
            r"\beta_2": FLOAT32["beta2"],
            r"\epsilon": FLOAT32["epsilon"],
            r"\rho_{\infty}": STEP,
            r"\rho_t": STEP,
            "m_t": State("moment1_0"),
            "v_t": State("moment2_0"),
            r"\widehat{m_t}": STEP,
            "l_t": STEP,
            "r_t": STEP,
        },
        options={**ADAM_OPTIONS, "weight_decay": (0.5,)},
        unchecked=UNCHECKED,
        introduced=(r"\epsilon",),
        findings=(
            Finding(
                kind="index",
                says=r"The text has $\theta_t$ on both sides of the last equations.",
                repair=(
                    (r"\theta_t \leftarrow \theta_t -", r"\theta_t \leftarrow \theta_{t-1} -"),
                ),
                reading=r"$\theta_t$ on the right as the value before the assignment",
            ),
            decay(
                (
                    r"&\hspace{6mm}m_t \leftarrow",
                    r"&\hspace{6mm} g_t \leftarrow g_t + \lambda \theta_{t-1} \\ "
                    r"&\hspace{6mm}m_t \leftarrow",
                )
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.RMSProp",
        symbols={
            "w": PARAMETERS,
            r"\nabla Q_{i}(w)": GRADIENT,
            r"\eta": "learning_rate",
            r"\rho": FLOAT32["rho"],
            r"\epsilon": FLOAT32["epsilon"],
            r"\beta": FLOAT32["momentum"],
            "r(w, t)": State("mean_square_0", before="r(w, t-1)"),
            "v(w, t)": State("momentum_0", before="v(w, t-1)", when="momentum != 0 or centered"),
            "g(w, t)": State("mean_grad_0", before="g(w, t-1)", when="centered"),
        },
        blocks=(
            Use(0, when="momentum == 0 and not centered"),
            Use(1, when="momentum != 0 and not centered"),
            Use(2, when="centered"),
        ),
        arguments={"learning_rate": 0.125},
        options={
            "rho": (0.625,),
            "epsilon": (0.25,),
            "momentum": (0.625,),
            "centered": (True,),
            "weight_decay": (0.5,),
        },
        unchecked=UNCHECKED,
        introduced=(r"\eta",),
        findings=(
            Finding(
                kind="prose",
                says=(
                    "The text says that Nesterov momentum is used. The equations and the kernel "
                    "(`rmsprop_kernel`) have classical momentum, without a look ahead."
                ),
                written="In our implementation, Nesterov momentum is used",
            ),
            Finding(
                kind="prose",
                says=(
                    "The sentence after the first equations divides the gradient by "
                    "`sqrt{v(w,t)}`. The equations and the code divide by "
                    r"$\sqrt{r(w,t) + \epsilon}$; $v(w,t)$ is the momentum further down."
                ),
                written="sqrt{v(w,t)}",
                reading="$v$ as another name of $r$ in this sentence",
            ),
            decay(
                (
                    r"r(w, t) & = \rho r(w, t-1) + (1 - \rho)(\nabla Q_{i}(w))^2",
                    r"r(w, t) & = \rho r(w, t-1) + (1 - \rho)(\nabla Q_{i}(w) + \lambda w)^2",
                ),
                (
                    r"\epsilon}} \nabla Q_{i}(w)",
                    r"\epsilon}} (\nabla Q_{i}(w) + \lambda w)",
                ),
                (
                    r"(1 - \rho)\nabla Q_{i}(w)",
                    r"(1 - \rho)(\nabla Q_{i}(w) + \lambda w)",
                ),
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.Rprop",
        symbols={
            "w_{ij}(t+1)": PARAMETERS,
            r"\frac{\partial E}{\partial w_{ij}}(t)": GRADIENT,
            r"learning\_rate_{ij}(t)": State("learning_rates_0", start=r"learning\_rate"),
            **RATE,
            r"\Delta w_{ij}(t)": STEP,
            r"\eta^{+}": "etas[1]",
            r"\eta^{-}": "etas[0]",
            r"learning\_rate_{min}": "learning_rate_range[0]",
            r"learning\_rate_{max}": "learning_rate_range[1]",
        },
        options={
            "learning_rate": (0.125,),
            "etas": ((0.4, 1.5),),
            "learning_rate_range": ((0.03, 0.25), (0.0005, 0.002)),
        },
        valid="learning_rate_range[0] <= learning_rate <= learning_rate_range[1]",
        unchecked=UNCHECKED,
        introduced=(
            r"\eta^{+}",
            r"\eta^{-}",
            r"learning\_rate_{min}",
            r"learning\_rate_{max}",
        ),
        findings=(
            Finding(
                kind="initial value",
                says="The text does not say that the derivative before the first step is 0.",
                repair=(
                    (
                        r"&\hspace{0mm} For\ all\ weights\ and\ biases\{",
                        r"&\hspace{0mm} \text{initialize: } "
                        r"\frac{\partial E}{\partial w_{ij}}(0)=0 \\ "
                        r"&\hspace{0mm} For\ all\ weights\ and\ biases\{",
                    ),
                ),
                reading="a derivative that is not there yet as 0",
            ),
            Finding(
                kind="index",
                says=(
                    "Where the product is 0, the text uses the learning rate of this step, which "
                    "has no value. The code keeps that of the step before."
                ),
                repair=(
                    (
                        r"\frac{\partial E}{\partial w_{ij}}(t)= 0)\ \textbf{then} \: \{ ",
                        r"\frac{\partial E}{\partial w_{ij}}(t)= 0)\ \textbf{then} \: \{ \\ "
                        r"&\hspace{10mm} learning\_rate_{ij}(t)=learning\_rate_{ij}(t-1) ",
                    ),
                ),
                reading="a learning rate that is not assigned as that of the step before",
            ),
        ),
    ),
    Row(
        name="paddle.optimizer.Lamb",
        symbols={
            "w_t": PARAMETERS,
            "g_t": GRADIENT,
            r"\eta_t": "learning_rate",
            r"\beta_1": FLOAT32["beta1"],
            r"\beta_2": FLOAT32["beta2"],
            r"\epsilon": FLOAT32["epsilon"],
            r"\lambda": "lamb_weight_decay",
            "m_t": State("moment1_0"),
            "v_t": State("moment2_0"),
            "r_t": STEP,
        },
        options={
            **ADAM_OPTIONS,
            "lamb_weight_decay": (0.5, 0.0),
            "always_adapt": (True,),
        },
        tolerance=2e-5,
        why_tolerance=MIXED,
        unchecked={
            **UNCHECKED,
            "exclude_from_weight_decay_fn": "the text says it in words: a coefficient of 0",
        },
        findings=(
            Finding(
                kind="formula",
                says=(
                    r"The text corrects the bias by the quotients $m_t / \beta_1^t$ and "
                    r"$v_t / \beta_2^t$, the code (`lamb_functors`) by $m_t / (1 - \beta_1^t)$ and "
                    r"$v_t / (1 - \beta_2^t)$."
                ),
                repair=(
                    (r"\frac{m_t}{\beta_1^t}", r"\frac{m_t}{1 - \beta_1^t}"),
                    (r"\frac{v_t}{\beta_2^t}", r"\frac{v_t}{1 - \beta_2^t}"),
                ),
                threads=(f"{PULLS}/30533",),
            ),
            Finding(
                kind="index",
                says=(
                    "The text assigns the corrected moments to $m_t$ and $v_t$, which the next "
                    "step "
                    "would begin with. The code keeps the moments without the correction."
                ),
                repair=(
                    (r"m_t &= \frac{m_t}", r"\hat{m}_t &= \frac{m_t}"),
                    (r"v_t &= \frac{v_t}", r"\hat{v}_t &= \frac{v_t}"),
                    (
                        r"\frac{m_t}{\sqrt{v_t}+\epsilon}",
                        r"\frac{\hat{m}_t}{\sqrt{\hat{v}_t}+\epsilon}",
                    ),
                ),
                symbols={r"\hat{m}_t": STEP, r"\hat{v}_t": STEP},
                reading="the corrected moments as other quantities within the step",
            ),
            Finding(
                kind="missing option",
                says=(
                    "The text always scales by the quotient of the norms. The code (`lamb_kernel`) "
                    "does so only with `lamb_weight_decay` above 0 or with `always_adapt`; the "
                    "text "
                    "says this of parameters that are excluded from the decay."
                ),
                repair=(
                    (
                        r"w_{t-1} -\eta_t \frac{\left \| w_{t-1}\right \|}"
                        r"{\left \| r_t + \lambda w_{t-1}\right \|} (r_t",
                        r"w_{t-1} -\eta_t \phi_t (r_t",
                    ),
                    (
                        r"w_t &= w_{t-1}",
                        r"\phi_t &= \begin{cases} \frac{\| w_{t-1} \|}"
                        r"{\| r_t + \lambda w_{t-1} \|} & \lambda > 0 \\ "
                        r"\frac{\| w_{t-1} \|}{\| r_t + \lambda w_{t-1} \|} & always\_adapt \\ "
                        r"1 & \text{otherwise} \end{cases} \\ w_t &= w_{t-1}",
                    ),
                ),
                symbols={r"\phi_t": STEP, r"always\_adapt": "always_adapt"},
            ),
            Finding(
                kind="missing option",
                says=(
                    "By the text, parameters that are all 0 never change, as their norm is a "
                    "factor of the step. The code (`lamb_kernel`) takes 1 in place of the quotient "
                    "where one of the two norms is 0."
                ),
                written=r"\frac{\left \| w_{t-1}\right \|}{\left \| r_t",
            ),
            Finding(
                kind="typo",
                says=(
                    r"The text has two backslashes before `eta` and `lambda` in the sentence after "
                    "the equations, which do not render as the letters."
                ),
                written=r":math:`\\eta`",
            ),
            tensor(
                "paddle.optimizer.lamb.Lamb",
                "0.9 if isinstance(self._beta1, Variable) else self._beta1",
            ),
        ),
    ),
)


NEWTON = Finding(
    kind="formula",
    says=(
        "The text adds the inverse Hessian times the gradient, which goes uphill. The code "
        "subtracts "
        "it."
    ),
    repair=((r"x_{k} + H_k", r"x_{k} - H_k"),),
)
QUASI_NEWTON: dict[str, Meaning] = {
    "x_{k+1}": PARAMETERS,
    r"\nabla{f_k}": GRADIENT,
    "H_k": 1.0,  # the approximation that both begin with
}
CALLS = Finding(
    kind="prose",
    says=(
        "The text says that the number of calls of the function is returned. The number leaves "
        "out some of the calls."
    ),
    written="num_func_calls (int): number of objective function called.",
)
WOLFE = Finding(
    kind="default",
    says="The text names the default 'strong wolfe', which raises an error: it is 'strong_wolfe'.",
    written="Default value: 'strong wolfe'",
    argument="line_search_fn",
)


def lbfgs(name: str) -> Row:
    """Return the row of one of the two classes, which have the same text and code."""
    return Row(
        name=name,
        time="k",
        first=0,
        matrices=True,
        symbols={**QUASI_NEWTON, "H_k": Found("inverse Hessian")},
        shapes=((4,),),
        options={"learning_rate": (0.125,), "history_size": (2,)},
        run=run_closure,
        unchecked={
            "max_iter": "one iteration in each step",
            "max_eval": "one iteration in each step",
            "tolerance_grad": "it ends the iteration",
            "tolerance_change": "it ends the iteration",
            "line_search_fn": "the text has no step length",
            "weight_decay": "it changes nothing",
            "grad_clip": "it changes nothing",
        },
        findings=(
            replace(NEWTON, code=(name, "d = flat_grad.neg()")),
            Finding(
                kind="missing option",
                says=(
                    "The text has no step length. Without a line search the code multiplies with "
                    "`learning_rate`, in the first iteration also with the smaller of 1 and the "
                    "inverse of the sum of the absolute gradient."
                ),
                repair=(
                    (
                        "x_{k+1} = x_{k}",
                        r"\alpha_k = \begin{cases} \eta \min(1, "
                        r"\frac{1}{\text{sum}(|\nabla{f_k}|)}) "
                        r"& k = 0 \\ \eta & \text{otherwise} \end{cases} \\ x_{k+1} = x_{k}",
                    ),
                    (r"H_k \nabla{f_k}", r"\alpha_k H_k \nabla{f_k}"),
                ),
                symbols={r"\alpha_k": SCALAR, r"\eta": "learning_rate"},
                code=(
                    name,
                    "min(1.0, 1.0 / flat_grad.abs().sum()) * learning_rate",
                ),
            ),
            Finding(
                kind="default",
                says="The text names 1e-5 as the default of `tolerance_grad`; it is 1e-7.",
                argument="tolerance_grad",
            ),
            Finding(
                kind="default",
                says="The text names strong_wolfe as the default of `line_search_fn`; it is None.",
                written="either 'strong_wolfe' or None. The default value is strong_wolfe.",
            ),
            Finding(
                kind="prose",
                says=(
                    "The text describes `weight_decay` and `grad_clip` as for the other "
                    "optimizers. "
                    "The code uses neither."
                ),
                written="the regularization setting here in optimizer will take effect.",
            ),
            Finding(
                kind="prose",
                says="The text says that the final loss is returned; it is the one at the start.",
                written="loss (Tensor): the final loss of closure.",
                code=(name, "return orig_loss"),
            ),
        ),
    )


METHODS = (
    lbfgs("paddle.optimizer.LBFGS"),
    lbfgs("paddle.incubate.optimizer.LBFGS"),
    Row(
        name="paddle.incubate.optimizer.functional.minimize_bfgs",
        time="k",
        first=0,
        steps=1,
        symbols=QUASI_NEWTON,
        shapes=((6,), (1,)),
        run=run_minimizer,
        unchecked={
            "objective_func": "a paraboloid for which the line search takes the step 1",
            "initial_position": "the start",
            "max_iters": "one iteration",
            "tolerance_grad": "it ends the iteration",
            "tolerance_change": "it ends the iteration",
            "initial_inverse_hessian_estimate": "the identity",
            "line_search_fn": "there is one",
            "max_line_search_iters": "the line search ends at once",
            "initial_step_length": "the step of the line search, which the text does not have",
        },
        findings=(
            replace(
                NEWTON,
                code=(
                    "paddle.incubate.optimizer.functional.bfgs.minimize_bfgs",
                    "pk = -paddle.matmul(Hk, g1)",
                ),
            ),
            Finding(
                kind="code",
                says=(
                    "The code exchanges the two factors of the update of the approximation, "
                    "because "
                    "it multiplies rows where Algorithm 6.1 of the book has columns."
                ),
                written="Algorithm 6.1 (BFGS Method)",
                code=(
                    "paddle.incubate.optimizer.functional.bfgs.minimize_bfgs",
                    "Vk_transpose = I - rhok * sk * yk.t()",
                ),
                reason=(
                    "the approximation does not satisfy the secant equation of the book that the "
                    "text cites, and Rosenbrock's function is not minimized"
                ),
            ),
            WOLFE,
            CALLS,
        ),
    ),
    Row(
        name="paddle.incubate.optimizer.functional.minimize_lbfgs",
        time="k",
        first=0,
        steps=1,
        symbols=QUASI_NEWTON,
        shapes=((6,), (1,)),
        run=run_minimizer,
        unchecked={
            "objective_func": "a paraboloid for which the line search takes the step 1",
            "initial_position": "the start",
            "history_size": "one iteration needs none",
            "max_iters": "one iteration",
            "tolerance_grad": "it ends the iteration",
            "tolerance_change": "it ends the iteration",
            "initial_inverse_hessian_estimate": "the identity",
            "line_search_fn": "there is one",
            "max_line_search_iters": "the line search ends at once",
            "initial_step_length": "the step of the line search, which the text does not have",
        },
        findings=(
            NEWTON,
            Finding(
                kind="code",
                says=(
                    "The table of the pairs has a row more than `history_size`, and its indices "
                    "are "
                    "taken modulo `history_size` or not at all. When the iterations reach "
                    "`history_size`, wrong pairs are used or the loop does not end."
                ),
                written="history_size (Scalar): the number of stored vector pairs {si,yi}.",
                code=(
                    "paddle.incubate.optimizer.functional.lbfgs.minimize_lbfgs",
                    "sk_vec = paddle.zeros((history_size + 1, shape), dtype=dtype)",
                ),
                reason="a small history gives other iterates than Algorithm 7.5 of the book",
            ),
            Finding(
                kind="default",
                says="The text names 1e-7 as the default of `tolerance_grad`; it is 1e-8.",
                argument="tolerance_grad",
            ),
            Finding(
                kind="default",
                says="The text names 1e-9 as the default of `tolerance_change`; it is 1e-8.",
                argument="tolerance_change",
            ),
            WOLFE,
            CALLS,
        ),
    ),
    Row(
        name="paddle.incubate.optimizer.LarsMomentumOptimizer",
        time="T",
        symbols={
            "param": PARAMETERS,
            "gradient": GRADIENT,
            **RATE,
            "mu": FLOAT32["momentum"],
            "velocity": State("velocity_0"),
            r"lars\_coeff": FLOAT32["lars_coeff"],
            r"lars\_weight\_decay": "float(np.float32(lars_weight_decay))",
            "epsilon": FLOAT32["epsilon"],
            r"local\_learning\_rate": STEP,
        },
        arguments={"learning_rate": 0.125, "momentum": 0.625},
        options={
            "lars_coeff": (0.5,),
            "lars_weight_decay": (0.25, 0.0),
            "epsilon": (0.5,),
            "rescale_grad": (0.25,),
        },
        run=run_lars,
        unchecked={
            **UNCHECKED,
            "parameter_list": "the parameters",
            "regularization": "the weight decay of the other optimizers",
            "exclude_from_weight_decay": "a coefficient of 0",
        },
        findings=(
            Finding(
                kind="typo",
                says=(
                    "The text has two backslashes before `frac` and where a line goes on, which "
                    "render as a new row."
                ),
                repair=((r"\\ \\frac{||param||}", r"\frac{||param||}"),),
            ),
            Finding(
                kind="formula",
                says=(
                    "The text adds `epsilon` to the gradient in the velocity. The code "
                    "(`lars_momentum_kernel`) adds it to the divisor of the local learning "
                    "rate, as "
                    "the description of the argument says."
                ),
                repair=(
                    (
                        r"lars\_weight\_decay * ||param||}",
                        r"lars\_weight\_decay * ||param|| + epsilon}",
                    ),
                    (r"lars\_weight\_decay * param + epsilon)", r"lars\_weight\_decay * param)"),
                ),
            ),
            Finding(
                kind="missing option",
                says=(
                    "The text always scales the learning rate. On the processor, the code does so "
                    "only with `lars_weight_decay` above 0 and where neither norm is 0; else it "
                    "uses `learning_rate` itself, without `lars_coeff`."
                ),
                repair=(
                    (
                        "& velocity = mu * velocity",
                        r"& local\_learning\_rate = \begin{cases} local\_learning\_rate & "
                        r"lars\_weight\_decay > 0 \\ learning\_rate & \text{otherwise} "
                        r"\end{cases} \\ & velocity = mu * velocity",
                    ),
                ),
                threads=(f"{PULLS}/26733", f"{PULLS}/40892"),
            ),
            Finding(
                kind="missing option",
                says=(
                    "The equations leave out `rescale_grad`, with which the gradient is multiplied "
                    "first, as the description of the argument says."
                ),
                repair=(
                    (
                        r"& local\_learning\_rate = learning\_rate",
                        r"& gradient = rescale\_grad * gradient \\ "
                        r"& local\_learning\_rate = learning\_rate",
                    ),
                ),
                symbols={r"rescale\_grad": "rescale_grad"},
            ),
        ),
    ),
    Row(
        name="paddle.incubate.optimizer.LookAhead",
        symbols={
            r"slow\_param_t": PARAMETERS,
            r"fast\_param_{t-1}": GRADIENT,
            r"\alpha": "alpha",
        },
        arguments={"k": 1},
        options={"alpha": (0.25,)},
        run=run_lookahead,
        unchecked={
            "inner_optimizer": "it sets the fast parameters to given arrays",
            "k": "the equations count the updates of the slow parameters",
        },
        findings=(
            Finding(
                kind="typo",
                says=r"The text has two backslashes before `alpha`, which render as a new row.",
                repair=((r"\\alpha", r"\alpha"),),
            ),
            Finding(
                kind="code",
                says=(
                    "The text does not say what the slow parameters start with. In the paper they "
                    "start as the parameters; in the code as the parameters after the first "
                    "step of "
                    "the inner optimizer."
                ),
                repair=(
                    (
                        r"slow\_param_t &= slow\_param_{t-1} +",
                        r"slow\_param_{t-1} &= \begin{cases} fast\_param_{t-1} & t = 1 \\ "
                        r"slow\_param_{t-1} & \text{otherwise} \end{cases} \\ "
                        r"slow\_param_t &= slow\_param_{t-1} +",
                    ),
                ),
                code=(
                    "paddle.incubate.optimizer.LookAhead",
                    "tmp_var = cond_1 * param_and_grad[0] + (1 - cond_1) * slow_var",
                ),
                reason="Algorithm 1 of the paper that the text cites starts with the parameters",
            ),
        ),
    ),
    Row(
        name="paddle.incubate.optimizer.ModelAverage",
        time="T",
        shapes=((1,),),
        symbols={
            "num_accumulates": State(),
            "num_updates": State(),
            **{
                name: name
                for name in ("average_window_rate", "min_average_window", "max_average_window")
            },
        },
        blocks=(
            Use(
                {
                    "``num_accumulates`` indicates the current accumulated number": (
                        "num_accumulates = num_accumulates + 1\nnum_updates = num_updates + 1"
                    )
                }
            ),
            Use(
                "if num_accumulates >= min_average_window and num_accumulates >= "
                "min(max_average_window, num_updates * average_window_rate):\n"
                "    num_accumulates = 0",
                kind="python",
                result="num_accumulates + 1",
            ),
        ),
        arguments={
            "average_window_rate": 0.5,
            "min_average_window": 2,
            "max_average_window": 4,
        },
        options={
            "average_window_rate": (0.37,),
            "min_average_window": (1,),
            "max_average_window": (9,),
        },
        run=run_average,
        findings=(
            Finding(
                kind="formula",
                says=(
                    "The code (`average_accumulates_kernel`) rounds the product of the text down "
                    "to a whole number, and so resets earlier."
                ),
                repair=(
                    (
                        "min(max_average_window, num_updates * average_window_rate)",
                        "min(max_average_window, int(num_updates * average_window_rate))",
                    ),
                ),
            ),
            Finding(
                kind="prose",
                says=(
                    "The text says that the window cannot exceed a length. The code keeps the "
                    "finished window after a reset, and averages both."
                ),
                written="cannot exceed the length specified by the ``max_average_window`` argument",
                reading="the window as the one that is being filled, without the finished one",
            ),
            Finding(
                kind="prose",
                says=(
                    "The sentence says greater; the condition below it and the code have greater "
                    "or equal."
                ),
                written="is greater than the specific window",
                reading="the sentence as a summary of the condition below it",
            ),
        ),
    ),
)


CLIPPING = (
    Row(
        name="paddle.regularizer.L1Decay",
        symbols={
            "loss": VALUE,
            "coeff": "coeff",
            "x": GRADIENT,
            r"reduce\_sum": Operator(lambda _, x: float(np.sum(x))),
        },
        options={"coeff": (0.5,)},
        run=run_regularizer,
    ),
    Row(
        name="paddle.regularizer.L2Decay",
        symbols={
            "loss": VALUE,
            "coeff": "coeff",
            "x": GRADIENT,
            r"reduce\_sum": Operator(lambda _, x: float(np.sum(x))),
            "square": Operator(lambda _, x: x * x),
        },
        options={"coeff": (0.5,)},
        run=run_regularizer,
    ),
    Row(
        name="paddle.nn.ClipGradByValue",
        symbols={
            "x": GRADIENT,
            "out": VALUE,
            "low": "-max if min is None else min",
            "high": "max",
        },
        blocks=(
            Use({"Any values less than min are set to ``min``.": "out = max(x, low)"}),
            Use({"Any values greater than max are set to ``max``.": "out = min(out, high)"}),
        ),
        arguments={"max": 0.5},
        options={"min": (-0.25, 0.125)},
        run=run_clip,
    ),
    Row(
        name="paddle.nn.ClipGradByNorm",
        symbols={"Out": VALUE, "X": GRADIENT, r"clip\_norm": "clip_norm"},
        blocks=(Use(0),),
        shapes=((2, 3), (1,)),
        arguments={"clip_norm": 1.0},
        options={"clip_norm": (3.0,)},
        run=run_clip_float32,
        tolerance=1e-6,
        why_tolerance="the kernel exists only for float32",
        findings=(
            Finding(
                kind="typo",
                says=r"The entries are written as the word `x\_i`, and not with the index $i$.",
                repair=((r"|x\_i|", "|x_i|"),),
            ),
        ),
    ),
    Row(
        name="paddle.nn.ClipGradByGlobalNorm",
        symbols={
            r"t\_list[i]": PARAMETERS,
            r"clip\_norm": "clip_norm",
            r"global\_norm": STEP,
            "N": 1.0,
            "l2norm": Operator(lambda _, x: float(np.sqrt(np.sum(x * x)))),
        },
        blocks=(Use(1), Use(0)),
        shapes=((2, 3), (1,)),
        steps=1,
        arguments={"clip_norm": 1.0},
        options={"clip_norm": (30.0,), "auto_skip_clip": (True,)},
        run=run_clip_twice,
        unchecked={"group_name": "it changes nothing outside of static graphs"},
        findings=(
            Finding(
                kind="prose",
                says=(
                    "The text says that the norm is that of the gradients of all parameters of the "
                    "optimizer. With groups of parameters each group has a norm of its own."
                ),
                written="the gradients of all parameters set in ``optimizer``",
            ),
            Finding(
                kind="prose",
                says=(
                    "The text says that `auto_skip_clip` skips the clipping. It skips only the "
                    "multiplication with 1 where the norm is small enough; the numbers are the "
                    "same."
                ),
                written="auto_skip_clip (bool, optional): skip clipping gradient.",
                reading="skipping the clipping where it would change nothing",
            ),
            Finding(
                kind="prose",
                says=(
                    "The text says that gradients of parameters without `need_clip` are not "
                    "clipped. The code also leaves them out of the norm, though the text takes it "
                    "over all parameters of the optimizer."
                ),
                written="then the gradients of this param will not be clipped.",
                reading="the list as that of the gradients that are clipped",
            ),
        ),
    ),
)


def _restarts(arguments: Mapping[str, Any], epoch: int) -> tuple[int, int]:
    """Return the epochs since the last restart, and those between two restarts."""
    length = arguments["T_0"]
    while epoch >= length:
        epoch -= length
        length *= arguments["T_mult"]
    return epoch, length


LR = "paddle.optimizer.lr"
NEW: dict[str, Meaning] = {r"new\_learning\_rate": VALUE, **RATE, "epoch": EPOCH}
#: Schedules that words describe.
WORDS: dict[str, Any] = {"time": "k", "first": 0, "shapes": ((1,),)}
RESTART = "Can be set to restart training."
RESTART_MENDED = "Can be set to restart training with the rate of this epoch as ``learning_rate``."


def rate(*names: str) -> dict[str, Meaning]:
    """Return the symbols of code that computes a rate from some arguments."""
    return {"rate": VALUE, **{name: name for name in names}}


def factor(epoch: int) -> float:
    """Return a factor that depends on the epoch."""
    return 0.75 + 0.5 / (1 + epoch)


ANNEALED = (
    r"\eta_t & = \eta_{min} + \frac{1}{2}(\eta_{max} - \eta_{min})\left(1 "
    r"+ \cos\left(\frac{T_{cur}}{T_{max}}\pi\right)\right)"
)
STEPWISE = (
    r"\eta_t & = \begin{cases} \eta_{max} & T_{cur} = 0 \\ \eta_{t-1} + "
    r"\frac{1}{2}(\eta_{max} - \eta_{min}) (1 - \cos(\frac{\pi}{T_{max}})) "
    r"& (T_{cur} - 1 - T_{max}) \bmod (2 T_{max}) = 0 \\ \eta_{min} + "
    r"\frac{1 + \cos(\frac{T_{cur}}{T_{max}} \pi)}{1 + \cos(\frac{T_{cur} - 1}{T_{max}} \pi)} "
    r"(\eta_{t-1} - \eta_{min}) & \text{otherwise} \end{cases}"
)
LAST = "where ``last_loss`` is ``loss`` in last epoch"
BEST = "where ``last_loss`` is the best ``loss`` so far"
AS_MANY = "When ``loss`` doesn't improve for this number of epochs"
MORE = "When ``loss`` doesn't improve for more than this number of epochs"

SCHEDULES = (
    Row(name=f"{LR}.LRScheduler", unreadable="no equations"),
    Row(
        name=f"{LR}.CosineAnnealingDecay",
        first=0,
        symbols={
            r"\eta_t": State(VALUE, start=r"\eta_{max}", shape="number"),
            r"\pi": float(np.pi),
            r"\eta_{min}": "eta_min",
            r"\eta_{max}": "learning_rate",
            "T_{cur}": Described(
                "the number of epochs since the last restart", lambda a, t: t + a["last_epoch"] + 1
            ),
            "T_{max}": "T_max",
        },
        introduced=("T_{max}",),
        blocks=(Use(ANNEALED),),
        arguments={"learning_rate": 0.5, "T_max": 10},
        options={"T_max": (3, 1), "eta_min": (0.1,), "last_epoch": (4,)},
        findings=(
            Finding(
                kind="index",
                says=(
                    "The text leaves out the first equation where the rate is smallest, and gives "
                    "only the next rate there. The code has the smallest rate, as the first "
                    "equation."
                ),
                written=r"T_{cur} \neq (2k+1)T_{max}",
                reading="the second equation as a step of the computation only",
            ),
            Finding(
                kind="code",
                says=(
                    "The text says that `last_epoch` can be set to restart training. The code "
                    "computes each rate from the one before, and begins with the initial rate at "
                    "any epoch."
                ),
                repair=((ANNEALED, STEPWISE),),
                code=(
                    f"{LR}.CosineAnnealingDecay",
                    "* (self.last_lr - self.eta_min) + self.eta_min",
                ),
                reason="the rates after a restart are not those of a run without a break",
                threads=(f"{ISSUES}/43004",),
            ),
        ),
    ),
    Row(
        name=f"{LR}.CosineAnnealingWarmRestarts",
        first=0,
        symbols={
            r"\eta_t": VALUE,
            r"\pi": float(np.pi),
            r"\eta_{min}": "eta_min",
            r"\eta_{max}": "learning_rate",
            "T_{cur}": Described(
                "the number of epochs since the last restart", lambda a, t: _restarts(a, t)[0]
            ),
            "T_{i}": Described(
                "the number of epochs between two warm restarts", lambda a, t: _restarts(a, t)[1]
            ),
        },
        arguments={"learning_rate": 0.5, "T_0": 3},
        options={"T_0": (1,), "T_mult": (2,), "eta_min": (0.1,)},
        findings=(
            Finding(
                kind="prose",
                says=(
                    "The text says that the smallest rate is used where the epochs are as many as "
                    "those between two restarts. The code restarts there."
                ),
                written=r"When :math:`T_{cur}=T_{i}`, set :math:`\eta_t = \eta_{min}`.",
                code=(f"{LR}.CosineAnnealingWarmRestarts", "if self.T_cur >= self.T_i:"),
            ),
            Finding(
                kind="code",
                says=(
                    "With `T_mult` above 1, `step(epoch)` takes the number of restarts from a "
                    "logarithm that is rounded down, and at some restarts returns the smallest "
                    "rate "
                    "in place of the largest."
                ),
                written="When :math:`T_{cur}=0` after restart, set",
                code=(f"{LR}.CosineAnnealingWarmRestarts", "n = int("),
                reason="`step()` without an argument is right at the same epochs",
            ),
            Finding(
                kind="code",
                says=(
                    "The code takes `last_epoch` for the number of epochs since the last restart. "
                    "After the second restart the first rates can differ from those of a run "
                    "without a break."
                ),
                written="last_epoch (int, optional): The index of last epoch.",
                reason="a run without a break has the rates of the equation",
            ),
        ),
    ),
    Row(
        name=f"{LR}.CyclicLR",
        **WORDS,
        symbols=rate(
            "base_learning_rate", "max_learning_rate", "step_size_up", "step_size_down", "exp_gamma"
        ),
        blocks=(
            Use(
                {
                    "The initial amplitude is defined as max_learning_rate - base_learning_rate.": (
                        "length = step_size_up + (step_size_down or step_size_up)\n"
                        "cycle = k // length\n"
                        "within = k - cycle * length\n"
                        "scale = max_learning_rate - base_learning_rate\n"
                        "share = within / step_size_up\n"
                        "if within > step_size_up:\n"
                        "    share = (length - within) / (length - step_size_up)"
                    )
                }
            ),
            Use(
                {"reduce initial amplitude by half each cycle": "scale = scale / 2 ** cycle"},
                when="mode == 'triangular2'",
            ),
            Use(
                {":math:`gamma^{iterations}`": "scale = scale * exp_gamma ** k"},
                when="mode == 'exp_range'",
            ),
            Use(
                {
                    "which is the lower boundary in the cycle": (
                        "rate = base_learning_rate + scale * share"
                    )
                }
            ),
        ),
        arguments={"base_learning_rate": 0.125, "max_learning_rate": 0.5, "step_size_up": 4},
        options={
            "step_size_down": (6,),
            "mode": ("triangular2", "exp_range"),
            "exp_gamma": (0.75,),
        },
        unchecked={"scale_fn": "a function of the user", "scale_mode": "only with `scale_fn`"},
    ),
    Row(
        name=f"{LR}.ExponentialDecay",
        symbols={
            r"new\_learning\_rate": State(
                VALUE, start=r"learning\_rate", before=r"last\_learning\_rate", shape="number"
            ),
            **RATE,
            "gamma": "gamma",
        },
        arguments={"learning_rate": 0.5, "gamma": 0.75},
        options={"gamma": (0.25,)},
        run=run_later,
    ),
    Row(
        name=f"{LR}.InverseTimeDecay",
        first=0,
        symbols={**NEW, "gamma": "gamma"},
        arguments={"learning_rate": 0.5, "gamma": 0.75},
        options={"gamma": (0.25,)},
        findings=(
            Finding(
                kind="default",
                says="The text names 0.1 as the default of `gamma`, which has none.",
                argument="gamma",
            ),
            Finding(
                kind="prose",
                says=(
                    "The description of `gamma` says that the new rate is the original one times "
                    "`gamma`. The equation and the code divide by a number that grows with the "
                    "epoch."
                ),
                written="``new_lr = origin_lr * gamma``",
            ),
        ),
    ),
    Row(
        name=f"{LR}.NaturalExpDecay",
        first=0,
        symbols={**NEW, "gamma": "gamma", "e": float(np.e)},
        arguments={"learning_rate": 0.5, "gamma": 0.75},
        options={"gamma": (0.25,)},
        findings=(
            Finding(
                kind="default",
                says="The text names 0.1 as the default of `gamma`, which has none.",
                argument="gamma",
            ),
        ),
    ),
    Row(
        name=f"{LR}.LambdaDecay",
        **WORDS,
        symbols=rate("learning_rate", "lr_lambda"),
        blocks=(
            Use(
                {
                    "multiply the initial learning rate by this factor": (
                        "rate = learning_rate * lr_lambda(k)"
                    )
                }
            ),
        ),
        arguments={"learning_rate": 0.5, "lr_lambda": factor},
    ),
    Row(
        name=f"{LR}.MultiplicativeDecay",
        time="epoch",
        shapes=((1,),),
        symbols={"rate": State(start="learning_rate"), "lr_lambda": "lr_lambda"},
        blocks=(
            Use(
                {
                    "multiply the last learning rate by this factor": "rate = rate * "
                    "lr_lambda(epoch)"
                },
                result="rate",
            ),
        ),
        arguments={"learning_rate": 0.5, "lr_lambda": factor},
        run=run_later,
    ),
    Row(
        name=f"{LR}.StepDecay",
        **WORDS,
        symbols=rate("learning_rate", "step_size", "gamma"),
        blocks=(
            Use(
                {
                    "by ``gamma`` every ``step_size`` number of epoch": (
                        "rate = learning_rate * gamma ** (k // step_size)"
                    )
                }
            ),
        ),
        arguments={"learning_rate": 0.5, "step_size": 7},
        options={"step_size": (1,), "gamma": (0.75,)},
    ),
    Row(
        name=f"{LR}.MultiStepDecay",
        time="epoch",
        first=0,
        steps=60,
        shapes=((1,),),
        symbols={"learning_rate": VALUE},
        blocks=(
            Use(
                "if epoch < 30:\n    learning_rate = 0.5\n"
                "elif epoch < 50:\n    learning_rate = 0.05\n"
                "else:\n    learning_rate = 0.005",
                kind="python",
                result="learning_rate",
            ),
        ),
        arguments={"learning_rate": 0.5, "milestones": [30, 50], "gamma": 0.1},
    ),
    Row(
        name=f"{LR}.PiecewiseDecay",
        time="epoch",
        first=0,
        steps=220,
        shapes=((1,),),
        symbols={"learning_rate": VALUE},
        blocks=(
            Use(
                "if epoch < 100:\n    learning_rate = 1.0\n"
                "elif 100 <= global_step < 200:\n    learning_rate = 0.5\n"
                "else:\n    learning_rate = 0.1",
                kind="python",
                result="learning_rate",
            ),
        ),
        arguments={"boundaries": [100, 200], "values": [1.0, 0.5, 0.1]},
        findings=(
            Finding(
                kind="undefined symbol",
                says="The text calls the epoch `global_step` in one of its conditions.",
                repair=(("elif 100 <= global_step < 200", "elif 100 <= epoch < 200"),),
                reading="`global_step` as another name of `epoch`",
            ),
        ),
    ),
    Row(
        name=f"{LR}.LinearLR",
        **WORDS,
        symbols=rate("learning_rate", "total_steps", "start_factor", "end_factor", "last_epoch"),
        blocks=(
            Use(
                {
                    "linearly increase to end learning rate": (
                        "rates = []\n"
                        "for epoch in (k + last_epoch + 1, last_epoch):\n"
                        "    share = min(epoch, total_steps) / total_steps\n"
                        "    now = start_factor + (end_factor - start_factor) * share\n"
                        "    rates = [*rates, learning_rate * now]\n"
                        "rate = rates[0]"
                    )
                }
            ),
            Use(
                {
                    RESTART_MENDED: "if last_epoch >= 0:\n    rate *= learning_rate / rates[1]",
                    RESTART: "",
                }
            ),
        ),
        arguments={"learning_rate": 0.5, "total_steps": 10},
        options={
            "total_steps": (4,),
            "start_factor": (0.5,),
            "end_factor": (0.75,),
            "last_epoch": (2,),
        },
        findings=(
            Finding(
                kind="code",
                says=(
                    "The text says that `last_epoch` can be set to restart training. The code "
                    "takes "
                    "the initial rate for that of the last epoch, and goes on from it."
                ),
                repair=((RESTART, RESTART_MENDED),),
                code=(f"{LR}.LinearLR", "return self.last_lr * factor"),
                reason="the rates after a restart are not those of a run without a break",
            ),
        ),
    ),
    Row(
        name=f"{LR}.LinearWarmup",
        first=0,
        symbols={
            "lr": VALUE,
            "epoch": EPOCH,
            "learning_rate": "learning_rate",
            r"start\_lr": "start_lr",
            r"end\_lr": "end_lr",
            r"warmup\_steps": "warmup_steps",
        },
        blocks=(
            Use(0, where=r"epoch < warmup\_steps"),
            Use(1, where=r"epoch \ge warmup\_steps"),
        ),
        arguments={"learning_rate": 0.5, "warmup_steps": 8, "start_lr": 0.125, "end_lr": 0.25},
        options={"warmup_steps": (1,), "start_lr": (0.0,), "end_lr": (1.0,)},
        findings=(
            Finding(
                kind="typo",
                says="The underscore of `learning_rate` has no backslash, and renders as an index.",
                repair=((r"lr = learning_rate", r"lr = learning\_rate"),),
                symbols=RATE,
            ),
            Finding(
                kind="prose",
                says=(
                    "The text says that `end_lr` is the last rate of the warm-up. At that epoch "
                    "the "
                    "rate is already `learning_rate`."
                ),
                written="and end_lr is the final learning rate",
                reading="the rate that the line would reach",
            ),
            Finding(
                kind="index",
                says=(
                    "The text does not say at which epoch a scheduler is used after the warm-up. "
                    "The code counts its epochs from the end of the warm-up."
                ),
                written="where ``learning_rate`` is float or any subclass of ``LRScheduler``",
                code=(
                    f"{LR}.LinearWarmup",
                    "self.learning_rate.step(self.last_epoch - self.warmup_steps)",
                ),
                reading="the rate of the scheduler as the one after the warm-up",
            ),
            Finding(
                kind="code",
                says=(
                    "The text takes any scheduler after the warm-up. The code gives the epoch to "
                    "`ReduceOnPlateau` as its metric."
                ),
                written="where ``learning_rate`` is float or any subclass of ``LRScheduler``",
                code=(
                    f"{LR}.LinearWarmup",
                    "self.learning_rate.step(self.last_epoch - self.warmup_steps)",
                ),
                reason="the rate falls whatever the loss is",
            ),
        ),
    ),
    Row(
        name=f"{LR}.NoamDecay",
        first=0,
        symbols={**NEW, "d_{model}": "d_model", r"warmup\_steps": "warmup_steps"},
        arguments={"d_model": 16, "warmup_steps": 10},
        options={"d_model": (3,), "warmup_steps": (3,), "learning_rate": (0.5,)},
        introduced=("d_{model}",),
        findings=(
            Finding(
                kind="formula",
                says="At the epoch 0 the text has a power of 0 that is not finite; the rate is 0.",
                repair=(
                    (
                        "min(epoch^{-0.5},",
                        "min(max(epoch, 1)^{-0.5},",
                    ),
                ),
                reading="the power as infinite, which the minimum leaves out",
            ),
        ),
    ),
    Row(
        name=f"{LR}.OneCycleLR",
        unreadable="no equations",
        findings=(
            Finding(
                kind="code",
                says=(
                    "The text lets `phase_pct` be a share of the steps. Where it is 1, or gives a "
                    "phase of one step, the code divides by 0."
                ),
                written="The percentage of total steps which used to increasing learning rate.",
                reason="the code accepts these values",
            ),
        ),
    ),
    Row(
        name=f"{LR}.PolynomialDecay",
        first=0,
        symbols={
            **NEW,
            r"decay\_steps": "decay_steps",
            r"end\_lr": "end_lr",
            "power": "power",
            "math.ceil": Operator(lambda _, x: float(np.ceil(x))),
        },
        blocks=(Use(0, when="cycle"), Use(1, when="not cycle")),
        arguments={"learning_rate": 0.5, "decay_steps": 10},
        options={"decay_steps": (4,), "end_lr": (0.125,), "power": (2.0,), "cycle": (True,)},
        findings=(
            Finding(
                kind="formula",
                says=(
                    "With `cycle` the text has 0 steps at the epoch 0, and divides by them. The "
                    "code "
                    "has `decay_steps` there."
                ),
                repair=(
                    (
                        r"math.ceil(\frac{epoch}{decay\_steps})",
                        r"max(1, math.ceil(\frac{epoch}{decay\_steps}))",
                    ),
                ),
                code=(f"{LR}.PolynomialDecay", "div_res = 1"),
                reading="the quotient of 0 and 0 as 0, so that the schedule starts with its rate",
            ),
        ),
    ),
    Row(
        name=f"{LR}.ReduceOnPlateau",
        time="epoch",
        shapes=((1,),),
        steps=60,
        symbols={
            "loss": LOSS,
            "rate": State(start="learning_rate"),
            **{name: State(start="None") for name in ("best", "last")},
            **{name: State() for name in ("bad", "waiting")},
            **{
                name: name for name in ("mode", "factor", "patience", "threshold", "threshold_mode")
            },
            **{name: name for name in ("cooldown", "min_lr", "epsilon")},
        },
        blocks=(
            Use({BEST: "before = best", LAST: "before = last"}),
            Use(
                {
                    "will determine the minimum change of ``loss``": (
                        "better = before is None\n"
                        "if not better:\n"
                        "    change = threshold * (before if threshold_mode == 'rel' else 1)\n"
                        "    better = loss < before - change\n"
                        "    if mode == 'max':\n"
                        "        better = loss > before + change\n"
                        "last = loss"
                    )
                }
            ),
            Use(
                {
                    "it will wait a ``cooldown`` number of epochs before resuming": (
                        "if waiting:\n"
                        "    waiting = waiting - 1\n"
                        "elif better:\n"
                        "    best, bad = loss, 0\n"
                        "else:\n"
                        "    bad = bad + 1"
                    )
                }
            ),
            Use({MORE: "enough = bad > patience", AS_MANY: "enough = bad >= patience"}),
            Use(
                {
                    "the learning rate will be reduced to ``learning_rate * factor``": (
                        "new = rate\nif enough:\n    new, bad, waiting = rate * factor, 0, cooldown"
                    )
                }
            ),
            Use({"The lower bound of the learning rate": "if enough:\n    new = max(new, min_lr)"}),
            Use(
                {"the update is ignored": "if rate - new > epsilon:\n    rate = new"},
                result="rate",
            ),
        ),
        arguments={"learning_rate": 0.5},
        options={
            "mode": ("max",),
            "factor": (0.75,),
            "patience": (2,),
            "threshold": (0.3,),
            "threshold_mode": ("abs",),
            "cooldown": (3,),
            "min_lr": (0.2,),
            "epsilon": (0.1,),
        },
        run=run_plateau,
        findings=(
            Finding(
                kind="formula",
                says=(
                    "The text compares the loss with that of the last epoch, the code with the "
                    "best "
                    "one so far."
                ),
                repair=((LAST, BEST),),
                code=(f"{LR}.ReduceOnPlateau", "self._is_better(metrics, self.best)"),
            ),
            Finding(
                kind="prose",
                says=(
                    "The text reduces the rate when the loss has not improved for `patience` "
                    "epochs, the code one epoch later."
                ),
                repair=((AS_MANY, MORE),),
                code=(f"{LR}.ReduceOnPlateau", "if self.num_bad_epochs > self.patience:"),
            ),
        ),
    ),
)


def by_steps(name: str, written: str, mended: str, code: str, line: str) -> Row:
    """Return the row of a function that leaves out its number of steps.

    Parameters
    ----------
    name : str
        The name of the function.
    written, mended : str
        The equation of the text, and that of the code.
    code : str
        The right-hand side as Python code, with the quotient of the steps as ``q``.
    line : str
        The line of the code that leaves out the steps.
    """
    floors = written.replace("(global_step / decay_steps)", "floor(global_step / decay_steps)")
    floors = floors.replace("global_step / decay_step)", "floor(global_step / decay_step))")
    given = f"rate = {code}"
    return Row(
        name=f"{LR}.{name}",
        **WORDS,
        symbols=rate("learning_rate", "decay_steps", "decay_rate"),
        blocks=(
            Use(
                {mended: f"q = k\n{given}", written: f"q = k / decay_steps\n{given}"},
                when="not staircase",
            ),
            Use(
                {mended: f"q = k\n{given}", floors: f"q = k // decay_steps\n{given}"},
                when="staircase",
            ),
        ),
        arguments={"learning_rate": 0.5, "decay_steps": 5, "decay_rate": 0.75},
        options={"staircase": (True,)},
        run=run_function,
        findings=(
            Finding(
                kind="code",
                says=(
                    "Outside of static graphs the code leaves out `decay_steps` and `staircase`: "
                    "it returns a schedule that decays in each step."
                ),
                repair=((written, mended),),
                code=(f"{LR}.{name}", line),
                reason="the branch for static graphs has what the text says",
            ),
        ),
    )


#: The functions that came before the classes; they are not among the names of the module.
FUNCTIONS = (
    Row(
        name=f"{LR}.noam_decay",
        time="k",
        shapes=((1,),),
        symbols=rate("learning_rate", "d_model", "warmup_steps"),
        blocks=(
            Use(
                {
                    "lr_value = base_lr * np.power(d_model, -0.5) * np.min([": (
                        "rate = learning_rate * d_model ** -0.5"
                    )
                }
            ),
            Use(
                {
                    "np.power(warmup_steps, -1.5) * current_steps])": (
                        "rate = rate * min(k ** -0.5, warmup_steps ** -1.5 * k)"
                    )
                }
            ),
        ),
        arguments={"d_model": 16, "warmup_steps": 10},
        options={"learning_rate": (0.5,), "d_model": (3,), "warmup_steps": (3,)},
        run=run_later,
    ),
    by_steps(
        "exponential_decay",
        "decayed_learning_rate = learning_rate * decay_rate ^ (global_step / decay_steps)",
        "decayed_learning_rate = learning_rate * decay_rate ^ global_step",
        "learning_rate * decay_rate ** q",
        "decay = ExponentialDecay(learning_rate, decay_rate)",
    ),
    by_steps(
        "natural_exp_decay",
        "decayed_learning_rate = learning_rate * exp(- decay_rate * (global_step / decay_steps))",
        "decayed_learning_rate = learning_rate * exp(- decay_rate * global_step)",
        "learning_rate * exp(-decay_rate * q)",
        "decay = NaturalExpDecay(learning_rate, decay_rate)",
    ),
    by_steps(
        "inverse_time_decay",
        "decayed_learning_rate = learning_rate / (1 + decay_rate * global_step / decay_step)",
        "decayed_learning_rate = learning_rate / (1 + decay_rate * global_step)",
        "learning_rate / (1 + decay_rate * q)",
        "decay = InverseTimeDecay(learning_rate, decay_rate)",
    ),
    Row(
        name=f"{LR}.polynomial_decay",
        unreadable="its code is no Python, and has the rate in one of two branches",
        findings=(
            Finding(
                kind="typo",
                says=(
                    "The line with the rate is indented, and so belongs to the branch without "
                    "`cycle` only. The code has it in both."
                ),
                written=(
                    "global_step = min(global_step, decay_steps) "
                    "decayed_learning_rate = (learning_rate - end_learning_rate) *"
                ),
            ),
        ),
    ),
    Row(
        name=f"{LR}.piecewise_decay",
        time="step",
        first=0,
        steps=20_002,
        shapes=((1,),),
        symbols={"learning_rate": VALUE},
        blocks=(
            Use(
                "if step < 10000:\n    learning_rate = 1.0\n"
                "elif 10000 <= step < 20000:\n    learning_rate = 0.5\n"
                "else:\n    learning_rate = 0.1",
                kind="python",
                result="learning_rate",
            ),
        ),
        arguments={"boundaries": [10000, 20000], "values": [1.0, 0.5, 0.1]},
        run=run_function,
    ),
    Row(
        name=f"{LR}.cosine_decay",
        first=0,
        symbols={
            r"decayed\_lr": VALUE,
            **RATE,
            "epoch": Described("epoch", lambda a, t: t // a["step_each_epoch"]),
            "epochs": "epochs",
            "math.pi": float(np.pi),
        },
        arguments={"learning_rate": 0.5, "step_each_epoch": 4, "epochs": 10},
        options={"epochs": (5,)},
        run=run_function,
        findings=(
            Finding(
                kind="typo",
                says=(
                    "The text multiplies with the cosine, where it takes that of a number, and has "
                    "two backslashes before `frac`."
                ),
                repair=(
                    (
                        r"(math.cos * (epoch * \\frac{math.pi}{epochs} ) + 1)",
                        r"(\cos(epoch * \frac{math.pi}{epochs} ) + 1)",
                    ),
                ),
            ),
            Finding(
                kind="code",
                says=(
                    "The code leaves out `step_each_epoch` outside of static graphs: it counts "
                    "each step as an epoch."
                ),
                repair=(("(epoch * ", r"(global\_step * "),),
                symbols={r"global\_step": EPOCH},
                code=(f"{LR}.cosine_decay", "decay = CosineAnnealingDecay(learning_rate, epochs)"),
                reason="the branch for static graphs has what the text says",
            ),
        ),
    ),
    Row(
        name=f"{LR}.linear_lr_warmup",
        **WORDS,
        symbols=rate("learning_rate", "warmup_steps", "start_lr", "end_lr"),
        blocks=(
            Use(
                {
                    "When global_step < warmup_steps, learning rate is updated as": (
                        "linear_step = end_lr - start_lr"
                    )
                }
            ),
            Use(
                {
                    "lr = start_lr + linear_step * (global_step / warmup_steps)": (
                        "rate = start_lr + linear_step * (k / warmup_steps)"
                    )
                }
            ),
            Use(
                {
                    "When global_step >= warmup_steps, learning rate is updated as": (
                        "if k >= warmup_steps:\n    rate = learning_rate"
                    )
                }
            ),
        ),
        arguments={"learning_rate": 0.5, "warmup_steps": 8, "start_lr": 0.125, "end_lr": 0.25},
        options={"warmup_steps": (1,), "start_lr": (0.0,), "end_lr": (1.0,)},
        run=run_function,
    ),
)

ROWS = (*OPTIMIZERS, *METHODS, *CLIPPING, *SCHEDULES, *FUNCTIONS)
