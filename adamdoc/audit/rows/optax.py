"""Optax: what the symbols of its docstrings mean, and what is found there."""

import functools
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    BEFORE,
    GRADIENT,
    IGNORED,
    LOSS,
    PARAMETERS,
    SCALAR,
    STEP,
    UPDATE,
    VALUE,
    Finding,
    Found,
    Operator,
    Row,
    State,
    Use,
)
from adamdoc.audit.executing import Path, Problem

NONE = "no equations"
#: Arguments of optimizers whose learning rate has no default.
RATE = {"learning_rate": 0.1}
MASKS = {"mask": "it chooses the parameters that are decayed"}


class Decaying:
    """A schedule for the learning rate, with a text as its representation."""

    def __call__(self, count: Any) -> Any:
        """Return the learning rate at a step, from 0."""
        return 0.1 / (count + 1)

    def __repr__(self) -> str:
        """Return the code of the function."""
        return "lambda count: 0.1 / (count + 1)"


def since(written: str) -> Finding:
    """Return the finding about the index of a learning rate that is a schedule."""
    return Finding(
        kind="index",
        says="The learning rate of step `t`, counted from 1, is the schedule at `t - 1`: schedules "
        "count from 0, the bias corrections from 1.",
        written=written,
        reading="the learning rate with index `t` is the schedule at `t`",
        code=(
            "optax._src.transform.scale_by_schedule",
            "step_size = step_size_fn(state.count)",
        ),
    )




def noise(t: int) -> Any:
    """Return the normal numbers of a step that Optax adds to a gradient, for the key 0."""
    import jax
    import optax

    made = optax.add_noise(eta=1.0, gamma=0.0, key=0)
    zeros = np.zeros((2, 3))
    state = made.init(zeros)
    for _ in range(t + 1):
        found, state = jax.jit(made.update)(zeros, state)
    return np.asarray(found)


NOISE = functools.cache(noise)
INDEXED = since(
    "The learning rate is indexed by :math:`t` since the learning rate may also be provided by a "
    "schedule function."
)
STATE = Finding(
    kind="typo",
    says="The state that the update takes is the one of step `t - 1`, and the new one that of step "
    "`t`, as the equations below have it.",
    written="optimizer state :math:`S_t`",
    reading="`S_t` is the state with which step `t` begins",
)

ADAM = {
    r"\theta_{t+1}": PARAMETERS,
    r"g_t": GRADIENT,
    r"u_t": UPDATE,
    r"\alpha_t": "learning_rate",
    r"\beta_1": "b1",
    r"\beta_2": "b2",
    r"\varepsilon": "eps",
    r"\bar{\varepsilon}": "eps_root",
    r"m_t": State("mu"),
    r"v_t": State("nu"),
    r"\hat{m}_t": STEP,
    r"\hat{v}_t": STEP,
    r"S_t": IGNORED,
}
DECAY = {r"\lambda": "weight_decay"}
BELIEF = {key: value for key, value in ADAM.items() if key not in (r"v_t", r"\hat{v}_t")}
MOMENTS = {"learning_rate": (Decaying(),), "b1": (0.6,), "b2": (0.7,), "eps": (0.3,)}
OPTIONS = {**MOMENTS, "eps_root": (0.2,)}
NESTEROV = {"nesterov": (True,)}
PLAIN = {"nesterov": (False,)}
BLOCKS = (Use(0), Use(1, when="nesterov", replaces=True))
UNDEFINED = Finding(
    kind="undefined symbol",
    says=r"`\alpha_t`, `\beta_1`, `\beta_2`, `\varepsilon` and `\bar{\varepsilon}` are not "
    "introduced here.",
    reading="the docstring of `optax.adam`, of which this is a variant, introduces them",
)

ADAMS = (
    Row(
        name="optax.adam",
        symbols=ADAM,
        blocks=BLOCKS,
        arguments=RATE,
        options={**OPTIONS, **NESTEROV},
        findings=(INDEXED, STATE),
    ),
    Row(
        name="optax.nadam",
        symbols=ADAM,
        arguments=RATE,
        options=OPTIONS,
        unchecked={"nesterov": "it is True; with False, the function is `optax.adam`"},
        findings=(UNDEFINED,),
    ),
    Row(
        name="optax.adamw",
        symbols={**ADAM, **DECAY},
        blocks=BLOCKS,
        arguments=RATE,
        options={**OPTIONS, "weight_decay": (0.5,), **NESTEROV},
        unchecked=MASKS,
        findings=(INDEXED, STATE),
    ),
    Row(
        name="optax.nadamw",
        symbols={**ADAM, **DECAY},
        refers=("optax.adamw",),
        blocks=(Use(2), Use(1, replaces=True)),
        arguments=RATE,
        options={**OPTIONS, "weight_decay": (0.5,)},
        unchecked={**MASKS, "nesterov": "it is True; with False, the function is `optax.adamw`"},
        introduced=(r"\alpha_t", r"\beta_2", r"\varepsilon", r"\bar{\varepsilon}", r"\lambda"),
    ),
    Row(
        name="optax.adabelief",
        symbols={**BELIEF, r"s_t": State("nu"), r"\hat{s}_t": STEP},
        blocks=BLOCKS,
        arguments=RATE,
        options={**OPTIONS, **NESTEROV},
        findings=(INDEXED, STATE),
    ),
    Row(
        name="optax.adamax",
        symbols={k: m for k, m in ADAM.items() if k not in (r"\bar{\varepsilon}", r"\hat{v}_t")},
        arguments=RATE,
        options=MOMENTS,
        findings=(INDEXED, STATE),
    ),
    Row(
        name="optax.lion",
        symbols={
            r"\theta_{t+1}": PARAMETERS,
            r"g_t": GRADIENT,
            r"u_t": UPDATE,
            r"\alpha_t": "learning_rate",
            r"\beta_1": "b1",
            r"\beta_2": "b2",
            r"\lambda": "weight_decay",
            r"m_t": State("mu"),
            r"c_t": STEP,
            r"S_t": IGNORED,
        },
        arguments=RATE,
        options={
            "learning_rate": (Decaying(),),
            "b1": (0.6,),
            "b2": (0.7,),
            "weight_decay": (0.5,),
        },
        unchecked=MASKS,
        findings=(INDEXED, STATE),
    ),
)

GRADIENTS = (
    Row(
        name="optax.sgd",
        symbols={
            r"\theta_{t+1}": PARAMETERS,
            r"g_t": GRADIENT,
            r"u_t": UPDATE,
            r"\alpha_t": "learning_rate",
            r"\mu": "momentum",
            r"\texttt{nesterov = False}": "not nesterov",
            r"\texttt{nesterov = True}": "nesterov",
            r"m_t": State("trace", when="momentum is not None"),
            r"S_t": IGNORED,
        },
        blocks=(Use(0, when="momentum is None"), Use(1, when="momentum is not None")),
        arguments=RATE,
        options={"learning_rate": (Decaying(),), "momentum": (0.9,), **NESTEROV},
        valid="momentum is not None or not nesterov",
    ),
    Row(
        name="optax.sign_sgd",
        symbols={
            r"\theta_{t+1}": PARAMETERS,
            r"g_t": GRADIENT,
            r"u_t": UPDATE,
            r"\alpha_t": "learning_rate",
        },
        arguments=RATE,
        options={"learning_rate": (Decaying(),)},
    ),
    Row(
        name="optax.signum",
        symbols={
            r"\theta_{t+1}": PARAMETERS,
            r"g_t": GRADIENT,
            r"u_t": UPDATE,
            r"\alpha_t": "learning_rate",
            r"\beta": "beta",
            r"m_t": State("ema"),
        },
        arguments=RATE,
        options={"learning_rate": (Decaying(),), "beta": (0.5,)},
        findings=(
            Finding(
                kind="index",
                says="The average of step `t` is made from itself; the code takes the average of "
                "the step before.",
                repair=((r"\beta\, m_t +", r"\beta\, m_{t-1} +"),),
                reading="the arrow assigns to one variable, which holds the average of the step "
                "before",
                code=(
                    "optax.transforms._accumulation.ema",
                    "new_ema = optax.tree.update_moment(updates, state.ema, decay, order=1)",
                ),
            ),
        ),
    ),
    Row(
        name="optax.noisy_sgd",
        symbols={
            r"\theta_{t+1}": PARAMETERS,
            r"g_t": GRADIENT,
            r"u_t": UPDATE,
            r"\alpha_t": "learning_rate",
            r"\eta": "eta",
            r"\gamma": "gamma",
            r"\sigma_t^2": STEP,
            r"N": Operator(lambda _, t, mean, variance: mean + variance**0.5 * NOISE(t), 2, True),
        },
        first=0,
        unordered=True,
        arguments={**RATE, "key": 0},
        options={"learning_rate": (Decaying(),), "eta": (0.5,), "gamma": (1.5,)},
        unchecked={"seed": "deprecated"},
        findings=(
            Finding(
                kind="index",
                says="The variance is the initial one only if the steps are counted from 0.",
                written=r"\sigma_t^2 = \frac{\eta}{(1+t)^\gamma}",
                reading="the steps are counted from 1, as in the docstring of `optax.adam`",
                code=(
                    "optax.transforms._adding.add_noise",
                    "standard_deviation = jnp.sqrt(eta / count_inc**gamma)",
                ),
            ),
        ),
    ),
    Row(
        name="optax.optimistic_gradient_descent",
        symbols={
            r"w_{t+1}": PARAMETERS,
            r"\nabla_t": GRADIENT,
            r"g_t": State("previous_gradient"),
            r"u_t": STEP,
            r"\eta_t": "learning_rate",
            r"\alpha_t": "alpha",
            r"\beta_t": "beta",
        },
        blocks=(Use(r"g_t = \nabla_t", words="current gradient :math:`g_t`"), Use(0)),
        arguments=RATE,
        options={"learning_rate": (Decaying(),), "alpha": (0.5,), "beta": (2.0,)},
        findings=(
            Finding(
                kind="initial value",
                says="The text does not say what the gradient before the first is: with 0, the "
                "first step differs. The code takes the first gradient itself.",
                repair=(
                    (
                        r"- \beta_t g_{t-1} \\",
                        r"- \beta_t \begin{cases} g_t & \text{if } t = 1 \\ g_{t-1} & "
                        r"\text{otherwise} \end{cases} \\",
                    ),
                ),
                code=(
                    "optax.scale_by_optimistic_gradient",
                    "prev_grad = jnp.where(state.is_initial_step, grad, prev_grad)",
                ),
                threads=("https://github.com/google-deepmind/optax/issues/1082",),
            ),
            Finding(
                kind="prose",
                says="`alpha` and `beta` have an index as the learning rate does, and the "
                "signature takes schedules for them; a schedule raises a `TypeError`.",
                written=r"(\alpha_t + \beta_t) g_t - \beta_t g_{t-1}",
            ),
        ),
    ),
)

FIRST_RATIO = (
    r"(r_t - r_{t - 1})",
    r"(r_t - \begin{cases} r_t & \text{if } t = 1 \\ r_{t-1} & \text{otherwise} \end{cases})",
)
OPTIMISTIC = {
    **ADAM,
    r"r_t": State("previous_gradient"),
}
del OPTIMISTIC[r"\alpha_t"]
BEFORE_FIRST = Finding(
    kind="initial value",
    says="The text does not say what the ratio before the first is: with 0, the first step "
    "differs. The code takes the first ratio itself.",
    repair=(FIRST_RATIO,),
    code=(
        "optax.scale_by_optimistic_gradient",
        "prev_grad = jnp.where(state.is_initial_step, grad, prev_grad)",
    ),
    threads=("https://github.com/google-deepmind/optax/issues/1082",),
)
LOOKING_AHEAD = Finding(
    kind="missing option",
    says="The estimate of the first moment is that of Adam. With `nesterov`, which is True by "
    "default, the code takes the one of NAdam.",
    repair=(
        (
            r"\hat{m}_t &\leftarrow m_t / {(1 - \beta_1^t)}",
            r"\hat{m}_t &\leftarrow \begin{cases} \beta_1 m_t / (1-\beta_1^{t+1}) + (1 - \beta_1) "
            r"g_t / (1-\beta_1^t) & \text{if } \texttt{nesterov} \\ m_t / (1 - \beta_1^t) & "
            r"\text{otherwise} \end{cases}",
        ),
    ),
    symbols={r"\texttt{nesterov}": "nesterov"},
)
TERMS = Finding(
    kind="undefined symbol",
    says=r"`\varepsilon` and `\bar{\varepsilon}` are used and not introduced; they are `eps` and "
    "`eps_root`.",
)

OPTIMISTS = (
    Row(
        name="optax.optimistic_adam",
        symbols={
            **OPTIMISTIC,
            r"\alpha": "learning_rate",
            r"o": "learning_rate if optimism is None else optimism",
        },
        arguments=RATE,
        options={
            "optimism": (0.5,),
            "b1": (0.6,),
            "b2": (0.7,),
            "eps": (0.3,),
            "eps_root": (0.2,),
            **PLAIN,
        },
        findings=(
            LOOKING_AHEAD,
            BEFORE_FIRST,
            TERMS,
            Finding(
                kind="prose",
                says="The learning rate cannot be a schedule: the call raises a `ValueError`.",
                written="A global scaling factor, either fixed or evolving along iterations with a "
                "scheduler",
                threads=("https://github.com/google-deepmind/optax/issues/1286",),
            ),
        ),
    ),
    Row(
        name="optax.optimistic_adam_v2",
        symbols={**OPTIMISTIC, r"\alpha_t": "alpha", r"o_t": "beta"},
        arguments=RATE,
        options={
            "learning_rate": (Decaying(),),
            "alpha": (0.3,),
            "beta": (0.7,),
            "b1": (0.6,),
            "b2": (0.7,),
            "eps": (0.3,),
            "eps_root": (0.2,),
            **PLAIN,
        },
        findings=(
            Finding(
                kind="formula",
                says="The learning rate is introduced and used nowhere. The code multiplies the "
                "whole update by it.",
                repair=(
                    (
                        r"u_t &\leftarrow -\alpha_t r_t - o_t (",
                        r"u_t &\leftarrow -\eta_t \alpha_t r_t - \eta_t o_t (",
                    ),
                ),
                symbols={r"\eta_t": "learning_rate"},
                code=(
                    "optax.optimistic_adam_v2",
                    "transform.scale_by_learning_rate(learning_rate)",
                ),
            ),
            LOOKING_AHEAD,
            BEFORE_FIRST,
            TERMS,
            Finding(
                kind="undefined symbol",
                says="`o_t` is used and not introduced; it is `beta`, which the text calls "
                r"`\beta`.",
                written=r"- o_t (r_t - r_{t - 1})",
            ),
            Finding(
                kind="typo",
                says="The name renders with a subscript: learning, r as an index, ate.",
                written=":math:`learning_rate`",
            ),
        ),
    ),
)

ADAPTIVE = (
    Row(
        name="optax.adagrad",
        symbols={
            r"w_{t+1}^{(i)}": PARAMETERS,
            r"g_t^{(i)}": GRADIENT,
            r"\eta": "learning_rate",
            r"\epsilon": "eps",
        },
        blocks=(Use(0),),
        arguments=RATE,
        options={"initial_accumulator_value": (0.4,), "eps": (0.3,)},
        findings=(
            Finding(
                kind="initial value",
                says="The sum begins at 0. The code begins it at `initial_accumulator_value`, "
                "which the equations leave out.",
                repair=(
                    (
                        r"\sum_{\tau=1}^{t} (g_{\tau}^{(i)})^2",
                        r"\iota + \sum_{\tau=1}^{t} (g_{\tau}^{(i)})^2",
                    ),
                ),
                symbols={r"\iota": "initial_accumulator_value"},
                code=(
                    "optax.scale_by_rss",
                    "sum_of_squares=optax.tree.full_like(params, initial_accumulator_value)",
                ),
                threads=("https://github.com/google-deepmind/optax/pull/1011",),
            ),
            Finding(
                kind="index",
                says="The second form sums over `t` to `\\tau` and then uses `t` outside of the "
                "sum; the first form sums over `\\tau` to `t`.",
                written=r"G = \sum_{t=1}^\tau g_t g_t^\top",
            ),
        ),
    ),
    Row(
        name="optax.adadelta",
        symbols={
            r"w_{t+1}": PARAMETERS,
            r"g_t": GRADIENT,
            r"\Delta w_t": UPDATE,
            r"\rho": "rho",
            r"\epsilon": "eps",
            r"E[g^2]_t": State("e_g"),
            r"E[\Delta w^2]_t": State("e_x"),
        },
        options={
            "learning_rate": (1.0, 0.3),
            "rho": (0.6,),
            "eps": (0.3,),
            "weight_decay": (0.5,),
        },
        unchecked={"weight_decay_mask": "it chooses the parameters that are decayed"},
        findings=(
            Finding(
                kind="code",
                says="The update goes against the gradient. With the default learning rate None, "
                "the code leaves out the sign as well, and goes along the gradient: it ascends.",
                reason="It is an optimizer whose siblings all descend, its example descends, and "
                "`adafactor` and `lbfgs` keep the sign where the learning rate is None.",
                repair=((r"\Delta w_t = -\frac", r"\Delta w_t = s \cdot \frac"),),
                symbols={r"s": "1 if learning_rate is None else -1"},
                code=(
                    "optax.scale_by_learning_rate",
                    "if learning_rate is None: return base.identity()",
                ),
                threads=("https://github.com/google-deepmind/optax/issues/1242",),
            ),
            Finding(
                kind="undefined symbol",
                says=r"`E[\Delta w^2]_t` is used and no equation makes it. The code averages the "
                "squares of the updates before they are multiplied by the learning rate.",
                repair=(
                    (
                        r"\end{align*}",
                        r"\\ E[\Delta w^2]_t = \rho \cdot E[\Delta w^2]_{t-1} + (1-\rho) \cdot "
                        r"(\Delta w_t)^2 \end{align*}",
                    ),
                ),
                code=(
                    "optax.scale_by_adadelta",
                    "e_x = optax.tree.update_moment(updates, state.e_x, rho, 2)",
                ),
                threads=("https://github.com/google-deepmind/optax/pull/1235",),
            ),
            Finding(
                kind="missing option",
                says="The update is not multiplied by the learning rate, which the code does.",
                repair=(
                    (
                        r"{\sqrt{E[g^2]_t + \epsilon}} \cdot g_t",
                        r"{\sqrt{E[g^2]_t + \epsilon}} \cdot g_t \\ u_t = \alpha \Delta w_t",
                    ),
                ),
                symbols={
                    r"\Delta w_t": STEP,
                    r"u_t": UPDATE,
                    r"\alpha": "1 if learning_rate is None else learning_rate",
                },
                code=("optax.adadelta", "transform.scale_by_learning_rate(learning_rate)"),
            ),
            Finding(
                kind="missing option",
                says="The code adds `weight_decay` times the parameters to the gradient first.",
                repair=(
                    (
                        r"\begin{align*}",
                        r"\begin{align*} g_t = \nabla_t + \lambda w_t \\",
                    ),
                ),
                symbols={r"g_t": STEP, r"\nabla_t": GRADIENT, r"\lambda": "weight_decay"},
                code=(
                    "optax.adadelta",
                    "transform.add_decayed_weights(weight_decay, mask=weight_decay_mask)",
                ),
            ),
            Finding(
                kind="prose",
                says="The term is in the numerator too, as the equation has it.",
                written="eps: Term added to the denominator to improve numerical stability.",
            ),
        ),
    ),
    Row(
        name="optax.adan",
        symbols={
            r"\theta_t": PARAMETERS,
            r"\nabla_t": GRADIENT,
            r"g_t": State("g"),
            r"u_t": UPDATE,
            r"m_t": State("m"),
            r"v_t": State("v"),
            r"n_t": State("n"),
            r"\eta": "learning_rate",
            r"\eta_t": STEP,
            r"\beta_1": "1 - b1",
            r"\beta_2": "1 - b2",
            r"\beta_3": "1 - b3",
            r"\lambda": "weight_decay",
            r"\varepsilon": "eps",
            r"\bar{\varepsilon}": "eps_root",
            r"S_t": IGNORED,
        },
        first=0,
        arguments=RATE,
        options={
            "b1": (0.6,),
            "b2": (0.7,),
            "b3": (0.8,),
            "eps": (0.3,),
            "eps_root": (0.2,),
            "weight_decay": (0.5,),
        },
        unchecked=MASKS,
    ),
)

ROWS = (*ADAMS, *GRADIENTS, *OPTIMISTS, *ADAPTIVE)
