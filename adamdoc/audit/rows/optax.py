"""Optax: what the symbols of its docstrings mean, and what is found there."""

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    GRADIENT,
    IGNORED,
    LOSS,
    PARAMETERS,
    SCALAR,
    STEP,
    UPDATE,
    Bindings,
    Finding,
    Found,
    Meaning,
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
        reading="the learning rate with index `t` is the one in force at step `t`",
        code=(
            "optax._src.transform.scale_by_schedule",
            "step_size = step_size_fn(state.count)",
        ),
    )


@functools.cache
def noises() -> list[Any]:
    """Return the normal numbers that Optax adds to the gradients of a run, for the key 0."""
    import jax
    import optax

    made = optax.add_noise(eta=1.0, gamma=0.0, key=0)
    zeros = np.zeros((2, 3))
    state, update = made.init(zeros), jax.jit(made.update)
    found = []
    for _ in range(30):
        noise, state = update(zeros, state)
        found.append(np.asarray(noise))
    return found


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

ADAM: dict[str, Meaning] = {
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
DECAY: dict[str, Meaning] = {r"\lambda": "weight_decay"}
BELIEF: dict[str, Meaning] = {
    key: value for key, value in ADAM.items() if key not in (r"v_t", r"\hat{v}_t")
}
MOMENTS = {"learning_rate": (Decaying(),), "b1": (0.6,), "b2": (0.7,), "eps": (0.3,)}
OPTIONS = {**MOMENTS, "eps_root": (0.2,)}
NESTEROV = {"nesterov": (True,)}
PLAIN = {"nesterov": (False,)}
BLOCKS = (Use(0), Use(1, when="nesterov", replaces=True))
#: What `optax.adam`, `optax.adamw` and `optax.sgd` introduce for their variants.
ELSEWHERE = (
    r"\alpha_t",
    r"\beta_1",
    r"\beta_2",
    r"\varepsilon",
    r"\bar{\varepsilon}",
    r"\lambda",
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
        introduced=ELSEWHERE,
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
        introduced=ELSEWHERE,
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
        in_place=True,
        arguments=RATE,
        options={"learning_rate": (Decaying(),), "beta": (0.5,)},
        findings=(
            Finding(
                kind="index",
                says="The average of step `t` is made from itself; the code takes the average of "
                "the step before.",
                written=r"m_t \leftarrow \beta\, m_t + (1 - \beta)\, g_t",
                reading="the arrow assigns to one variable, which holds the average of the step "
                "before",
                code=(
                    "optax.transforms._accumulation.ema",
                    "updates = new_ema = optax.tree.update_moment(",
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
            r"N": Operator(
                lambda _, t, mean, variance: mean + variance**0.5 * noises()[t], 2, True
            ),
        },
        first=0,
        unordered=True,
        arguments={**RATE, "key": 0},
        options={"learning_rate": (Decaying(),), "eta": (0.5,), "gamma": (1.5,)},
        unchecked={"seed": "deprecated"},
        introduced=ELSEWHERE,
        findings=(
            Finding(
                kind="index",
                says="The variance is the initial one only if the steps are counted from 0.",
                written=r"\sigma_t^2 = \frac{\eta}{(1+t)^\gamma}",
                reading="the steps are counted from 0 here, as the words on `eta` imply",
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
OPTIMISTIC: dict[str, Meaning] = {
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
    reading="they are those of `optax.adam`, whose docstring introduces them",
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
                says="In the equations the sum begins at 0. The code begins it at "
                "`initial_accumulator_value`, 0.1 by default, which the text names only among the "
                "arguments.",
                repair=(
                    (
                        r"\sum_{\tau=1}^{t} (g_{\tau}^{(i)})^2",
                        r"\iota + \sum_{\tau=1}^{t} (g_{\tau}^{(i)})^2",
                    ),
                    (r"G = \sum_", r"G = \iota I + \sum_"),
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
                repair=(
                    (r"\sum_{t=1}^\tau g_t g_t^\top", r"\sum_{\tau=1}^{t} g_\tau g_\tau^\top"),
                ),
            ),
            Finding(
                kind="typo",
                says="`G` is a sum of matrices; the text says that it is a vector.",
                written=r"of :math:`G \in \mathbb{R}^p`",
            ),
        ),
        also=(
            Bindings(
                symbols={
                    r"w_{t+1}": PARAMETERS,
                    r"g_t": GRADIENT,
                    r"G": STEP,
                    r"I": "np.eye(4)",
                    # A vector that multiplies each coordinate is a diagonal matrix.
                    r"\text{diag}": Operator(lambda _, matrix: np.diag(np.diag(matrix))),
                    r"\eta": "learning_rate",
                    r"\epsilon": "eps",
                },
                blocks=(Use(r"G = \sum_{t=1}^\tau g_t g_t^\top"), Use(1)),
                matrices=True,
                shapes=((4, 1),),
                arguments=RATE,
                options={"initial_accumulator_value": (0.4,), "eps": (0.3,)},
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
                says=r"`E[\Delta w^2]_t` has no equation; the text calls it the running average of "
                "squared parameter updates. The code averages the squares of the updates before "
                "they are multiplied by the learning rate.",
                reading=r"the updates that are averaged are the `\Delta w_t` of the equation",
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
                says="The equations leave out the learning rate, by which the code multiplies the "
                "update.",
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
        ),
    ),
    Row(
        name="optax.adan",
        symbols={
            r"\theta_{t+1}": PARAMETERS,
            r"g_t": GRADIENT,
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
        blocks=(
            Use("m_0 = g_0", start=True),
            Use("v_0 = 0", start=True),
            Use("v_1 = g_1 - g_0", start=True),
            Use("n_0 = g_0^2", start=True),
            Use(0),
        ),
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
        findings=(
            Finding(
                kind="undefined symbol",
                says=r"`\beta_1`, `\beta_2` and `\beta_3` are not tied to the arguments, which are "
                "described in the same words. The averages are those of the code if they are "
                r"`1 - b1`, `1 - b2` and `1 - b3`. `\bar{\varepsilon}` is not introduced; it is "
                "`eps_root`.",
                written=r"m_t &\gets (1 - \beta_1) m_{t-1} + \beta_1 g_t",
                reading="the rates are those of the paper, one minus the arguments",
                code=("optax.scale_by_adan", "m = optax.tree.update_moment(g, state.m, b1, 1)"),
            ),
            Finding(
                kind="code",
                says=r"The differences of the gradients are multiplied by `1 - \beta_2`, which is "
                "`b2`. The code multiplies them by `1 - b2`.",
                reason="The text follows the paper. The code has turned the rates of the paper "
                "around, and this factor not with them.",
                repair=(
                    (r"(1 - \beta_2) (g_t - g_{t-1})", r"\beta_2 (g_t - g_{t-1})"),
                    (r"(1 - \beta_2) v_t", r"\beta_2 v_t"),
                ),
                code=("optax.scale_by_adan", "sq = optax.tree.add_scale(g, 1 - b2, diff)"),
                threads=("https://github.com/google-deepmind/optax/pull/1715",),
            ),
            Finding(
                kind="initial value",
                says="The averages begin with the first gradients and are not corrected for bias. "
                "The code begins all of them with 0, takes the first difference as 0, and divides "
                "them by one minus a power of their rates.",
                repair=(
                    ("m_0 = g_0", "m_{-1} = 0"),
                    ("v_0 = 0", "v_{-1} = 0"),
                    ("v_1 = g_1 - g_0", "g_{-1} = g_0"),
                    ("n_0 = g_0^2", "n_{-1} = 0"),
                    (
                        r"({\sqrt{n_t + \bar{\varepsilon}} + \varepsilon})",
                        r"(\sqrt{n_t / (1 - (1 - \beta_3)^{t+1}) + \bar{\varepsilon}} + "
                        r"\varepsilon)",
                    ),
                    (r"\circ (m_t +", r"\circ (m_t / (1 - (1 - \beta_1)^{t+1}) +"),
                    (r"v_t)) /", r"v_t / (1 - (1 - \beta_2)^{t+1}))) /"),
                ),
                code=("optax.scale_by_adan", "m_hat = optax.tree.bias_correction(m, b1, t)"),
            ),
            Finding(
                kind="formula",
                says=r"`u_t` is introduced as the outgoing update, and its equation gives the "
                "parameters after the update.",
                repair=((r"u_t &\gets", r"u_t &\gets -\theta_t +"),),
                code=("optax.adan", "transform.scale_by_learning_rate(learning_rate)"),
            ),
            Finding(
                kind="formula",
                says=r"With weight decay, the text divides the new parameters by "
                r"`1 + \lambda \eta`. The code subtracts `\lambda \eta \theta_t` instead.",
                repair=(
                    (
                        r"\theta_t - \eta_t \circ",
                        r"\theta_t - \lambda \eta \theta_t - \eta_t \circ",
                    ),
                    (r"/ (1 + \lambda \eta) \\", r"\\"),
                ),
                code=("optax.adan", "transform.add_decayed_weights(weight_decay, mask),"),
            ),
            Finding(
                kind="prose",
                says="The learning rate may also be a schedule.",
                written="learning_rate: this is a fixed global scaling factor.",
            ),
        ),
    ),
)

POLYAK = r"\min\left\{\frac{f(x) - f^\star}{\|\nabla f(x)\|^2 + \epsilon}"

POLYAKS = (
    Row(
        name="optax.polyak_sgd",
        symbols={
            r"x_{t+1}": PARAMETERS,
            r"f(x)": LOSS,
            r"\nabla f(x)": GRADIENT,
            r"\eta_t": SCALAR,
            r"s": "scaling",
            r"f^\star": "f_min",
            r"\epsilon": "eps",
            r"\gamma_{\max}": "max_learning_rate",
        },
        blocks=(
            Use(0, when="variant == 'sps'", result=r"\eta_t"),
            Use(
                r"s \min\left\{\frac{\max\{f(x) - f^\star, 0\}}{\|\nabla f(x)\|^2 + \epsilon}, "
                r"\gamma_{\max}\right\}",
                when="variant == 'sps+'",
                result=r"\eta_t",
                words=r"it replaces :math:`f(x) - f^\star` with :math:`(f(x) - f^\star)_+`",
            ),
            Use(r"x_{t+1} = x_t - \eta_t \nabla f(x)", words="SGD with Polyak step-size"),
        ),
        options={
            "max_learning_rate": (0.02,),
            "scaling": (0.5,),
            "f_min": (0.5,),
            "eps": (3.0,),
            "variant": ("sps+",),
        },
        findings=(
            Finding(
                kind="code",
                says="The text multiplies the step size by `scaling`. The code multiplies the "
                "gradient by it before taking the norm: half the scaling doubles the step, unless "
                "`max_learning_rate` bounds it.",
                reason="The text calls it a global scaling factor that scales the formula, and "
                "chained in the other order, the two parts do so.",
                repair=((r"\|\nabla f(x)\|^2", r"\|s \nabla f(x)\|^2"),),
                code=("optax.polyak_sgd", "sgd(learning_rate=scaling),"),
            ),
            Finding(
                kind="typo",
                says="The positive part of `a` is the maximum of `a` and 0.",
                written=r"where :math:`a_+ = \max \{x, 0\}`",
                threads=("https://github.com/google-deepmind/optax/issues/1178",),
            ),
            Finding(
                kind="prose",
                says="The example takes the updates as the parameters. It prints the right values "
                "because here each update is the negative of the new parameters, at which the "
                "function has the same value.",
                written="params, opt_state = solver.update(grad, opt_state, params, value=value)",
            ),
        ),
    ),
    Row(name="optax.scale_by_polyak", unreadable=NONE),
)

SCALED = Finding(
    kind="undefined symbol",
    says=r"The condition names `scale_init_hess`, which is no argument; it is "
    "`scale_init_precond`.",
    written=r"\texttt{scale\_init\_hess}",
)
PAIRS = Finding(
    kind="index",
    says="In the first steps the recursion begins at pairs before the first step, which do not "
    "exist. The code begins it at the first pair.",
    repair=(
        (r"\{k-m, \ldots, k-1\}", r"\{\max(k-m, 0), \ldots, k-1\}"),
        (r"P_{k, k-m} &", r"P_{k, \max(k-m, 0)} &"),
    ),
    reading="pairs before the first step are left out",
)
HESSIAN: dict[str, Meaning] = {
    r"w_{k+1}": PARAMETERS,
    r"u_k": GRADIENT,
    r"P_k": STEP,
    r"V_k": STEP,
    r"\delta w_k": STEP,
    r"\delta u_k": STEP,
    r"\rho_k": SCALAR,
    r"\gamma_k": SCALAR,
    r"I": "np.eye(4)",
    r"m": "memory_size",
    r"\texttt{scale\_init\_hess}": "scale_init_precond",
}
RECURSION = (
    Use(0),
    Use(
        r"\gamma_0 = \min(1, 1 / \|u_0\|)",
        when="scale_init_precond",
        start=True,
        words="We initialize the scaling of the identity as a capped reciprocal of the gradient "
        "norm.",
    ),
    Use("P_k = P_{k, k}"),
)

NEWTON = (
    Row(
        name="optax.scale_by_lbfgs",
        symbols={**HESSIAN, r"d_k": UPDATE},
        blocks=(*RECURSION, Use("P_k u_k", result="d_k")),
        time="k",
        first=0,
        unordered=True,
        matrices=True,
        shapes=((4, 1),),
        steps=15,
        options={"memory_size": (1, 3), "scale_init_precond": (False,)},
        findings=(PAIRS, SCALED),
    ),
    Row(
        name="optax.lbfgs",
        symbols={**HESSIAN, r"\eta_k": "1 if learning_rate is None else learning_rate"},
        blocks=(*RECURSION, Use(r"w_{k+1} = w_k - \eta_k P_k u_k")),
        time="k",
        first=0,
        unordered=True,
        matrices=True,
        shapes=((4, 1),),
        steps=15,
        arguments={"linesearch": None},
        options={"learning_rate": (0.1,), "memory_size": (3,), "scale_init_precond": (False,)},
        findings=(
            PAIRS,
            SCALED,
            Finding(
                kind="prose",
                says="That is true of `optax.scale_by_lbfgs`. This function reverses the direction "
                "and, by default, runs a line search along it.",
                written="The present function just outputs the LBFGS direction :math:`P_k u_k`.",
                code=("optax.lbfgs", "base_scaling = transform.scale(-1.0)"),
            ),
        ),
    ),
)


def cover(shape: tuple[int, ...]) -> list[Any]:
    """Return the sets of the cover that Optax uses: the slices along each axis, as masks."""
    places = np.indices(shape)
    return [places[axis] == k for axis in range(len(shape)) for k in range(shape[axis])]


def largest(_: Any, values: Any) -> Any:
    """Return the largest value in each set."""
    return np.array([np.max(values[mask]) for mask in cover(np.shape(values))])


def smallest(_: Any, values: Any) -> Any:
    """Return for each coordinate the smallest of the values of the sets that have it."""
    if np.ndim(values) == 0:
        return values
    masks = cover({5: (2, 3), 4: (4,)}.get(np.size(values), ()))
    if np.shape(values) != (len(masks),):
        raise ValueError("there must be one value for each set")
    bounds = [np.where(mask, value, np.inf) for mask, value in zip(masks, values, strict=True)]
    return np.min(bounds, axis=0)


def summed(prime: str) -> dict[str, Meaning]:
    """Return the symbols of one of the two algorithms."""
    return {
        r"w_{t+1}(i)": PARAMETERS,
        r"w_{t+1}": r"= w_{t+1}(i)",
        r"\nabla \ell_t(w_t)": GRADIENT,
        r"g_t": STEP,
        r"g_t(i)": "= g_t",
        r"g_t(j)": "= g_t",
        rf"\mu{prime}_t(r)": State("mu", shape="number"),
        rf"\nu{prime}_t(i)": STEP,
        r"\eta": "learning_rate",
        r"\max_{j \in S_r}": Operator(largest),
        r"\min_{r:S_r \ni i}": Operator(smallest),
    }


SM3_OPTIONS: dict[str, tuple[Any, ...]] = {"momentum": (0.0, 0.6)}
SM3_SHAPES = ((2, 3), (4,))
SUMMED = (
    Row(
        name="optax.sm3",
        symbols={**summed(""), r"\nu_t(j)": r"= \nu_t(i)"},
        blocks=(Use(0),),
        shapes=SM3_SHAPES,
        arguments=RATE,
        options=SM3_OPTIONS,
        also=(
            Bindings(
                symbols=summed("'"),
                blocks=(Use(1),),
                shapes=SM3_SHAPES,
                arguments=RATE,
                options=SM3_OPTIONS,
            ),
        ),
        findings=(
            Finding(
                kind="formula",
                says="The text gives two algorithms and does not say which is implemented. It is "
                "SM3-II: the code takes the smallest sum, adds the square, and keeps the largest "
                "of these. SM3-I adds the largest squares first.",
                reading="the two are the algorithms of the paper, and the function is the second",
                repair=(
                    (
                        r"\mu_t(r) \leftarrow \mu_{t-1}(r) + \max_{j \in S_r} g_t^2(j)",
                        r"\nu_t(i) \leftarrow \min_{r:S_r \ni i} \mu_{t-1}(r) + g_t^2(i)",
                    ),
                    (
                        r"\nu_t(i) \leftarrow \min_{r:S_r \ni i} \mu_t(r)",
                        r"\mu_t(r) \leftarrow \max_{j \in S_r} \nu_t(j)",
                    ),
                ),
                code=(
                    "optax.scale_by_sm3",
                    "coeffs[0] * g**2 + coeffs[1] * functools.reduce(jnp.minimum, v)",
                ),
                threads=("https://github.com/google-deepmind/optax/pull/1012",),
            ),
            Finding(
                kind="formula",
                says="By its indentation, the last loop of SM3-II follows the loop over `i`, "
                "where `i` has no value. In the paper and in the code it is within that loop.",
                repair=(
                    (
                        r"\mu'_t(r) \leftarrow \max\{\mu'_t(r), \nu'_t(i)\}",
                        r"\mu'_t(r) \leftarrow \max_{i \in S_r} \nu'_t(i)",
                    ),
                ),
                symbols={r"\max_{i \in S_r}": Operator(largest)},
                code=(
                    "optax.scale_by_sm3",
                    "mu = jax.tree.map(lambda g: [_new_mu(g, i) for i in range(g.ndim)], accum)",
                ),
            ),
            Finding(
                kind="missing option",
                says="The code subtracts an average of the scaled gradients, whose rate is "
                "`momentum`, which is 0.9 by default.",
                repair=(
                    (
                        r"w_{t+1}(i) \leftarrow w_t(i) - \eta \frac",
                        r"m_t(i) \leftarrow \beta m_{t-1}(i) + (1 - \beta) \frac",
                    ),
                    (
                        r"\quad \quad \text{with the convention",
                        r"\quad \quad w_{t+1}(i) \leftarrow w_t(i) - \eta m_t(i) \\ "
                        r"\quad \quad \text{with the convention",
                    ),
                ),
                symbols={r"m_t(i)": State("nu"), r"\beta": "momentum"},
                code=(
                    "optax.scale_by_sm3",
                    "nu = optax.tree.update_moment(up, state.nu, b1, 1)",
                ),
            ),
            Finding(
                kind="formula",
                says="The code adds a small number within the root.",
                repair=(
                    (r"\sqrt{\nu_t(i)}", r"\sqrt{\nu_t(i) + 10^{-8}}"),
                    (r"\sqrt{\nu'_t(i)}", r"\sqrt{\nu'_t(i) + 10^{-8}}"),
                ),
                code=(
                    "optax.scale_by_sm3",
                    "lambda t: jnp.where(t > 0, jax.lax.rsqrt(t + eps), 0.0), accum",
                ),
            ),
            Finding(
                kind="initial value",
                says="The weights begin at 0. The code keeps no weights; they begin where the "
                "parameters are.",
                repair=((r"w_1 = 0; \forall", r"\forall"),),
            ),
            Finding(
                kind="undefined symbol",
                says="`k` and `d` are not introduced, and the text does not say which subsets "
                "`S_r` are used. In the code they are the slices of an array along each axis.",
                written=r"for subsets :math:S_r.",
            ),
            Finding(
                kind="prose",
                says="There is one number for each slice along each axis, not for each parameter.",
                written="stored as pytrees containing all zeros, with the same shape as the model "
                "updates",
                code=(
                    "optax.scale_by_sm3",
                    "return [_zeros_like_axis(p, i) for i in range(p.ndim)]",
                ),
            ),
            Finding(
                kind="prose",
                says="The learning rate cannot be a schedule: the call raises a `TypeError`.",
                written="A global scaling factor, either fixed or evolving along iterations with a "
                "scheduler",
                code=("optax.sm3", "transform.scale(-learning_rate),"),
            ),
            Finding(
                kind="prose",
                says='The sentence has one "not" too many, and `None` raises a `TypeError`.',
                written="when it is not set to `None`, then momentum is not used at all",
            ),
            Finding(
                kind="code",
                says="A parameter that is a number raises an `IndexError`.",
                reason="The text says that it works for all dimensions.",
                written="applies to tensors of arbitrary dimensions",
                reading="the sentence is about the method, and a number is not a tensor",
            ),
            Finding(
                kind="typo",
                says="The backticks are missing, so that the names are not rendered.",
                written=r":math:\eta and weight :math:w_1.",
            ),
        ),
    ),
)


def hills(t: int, x: Any, offset: float = 0.0) -> Any:
    """Return the value of the function that is searched: in every other search, far above 0."""
    import jax.numpy as jnp

    return offset * (t // 2 % 2) + jnp.sum(x**2 + 0.4 * jnp.sin(6 * x))


def slopes(x: Any) -> Any:
    """Return the gradient of the function that is searched."""
    return 2 * x + 2.4 * np.cos(6 * x)


def searched(target: Any, arguments: Mapping[str, Any], problem: Problem, offset: float) -> Path:
    """Return 1 for the rate that each search accepts, and 0 for one that it has rejected."""
    import jax
    import jax.numpy as jnp

    made = target(**arguments)

    def search(t: Any, w: Any, u: Any) -> Any:
        def fn(x: Any) -> Any:
            return hills(t, x, offset)

        value, grad = jax.value_and_grad(fn)(w)
        begin = made.init(w)
        _, state = made.update(u, begin, w, value=value, grad=grad, value_fn=fn)
        return state.learning_rate

    compiled = jax.jit(search)
    values: list[Any] = []
    states = []
    for k in range(len(problem.gradients) // 2):
        w = problem.theta + problem.gradients[k]
        u = -problem.losses[k] * slopes(w)
        rate = float(compiled(2 * k, jnp.asarray(w), jnp.asarray(u)))
        rejected = rate / arguments["decrease_factor"] if "decrease_factor" in arguments else 1.0
        for eta, value in ((rate, 1.0), (1.0 if rate == 1 else rejected, float(rate == 1))):
            values.append(np.array(value))
            states.append({"w": w, "u": u, "eta": np.array(eta)})
    return Path(tuple(values), tuple(states))


def backtracked(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run searches from random points."""
    return searched(target, arguments, problem, 0.0)


def zoomed(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run searches from random points, every other with values of 10 million."""
    return searched(target, arguments, problem, 1e7)


LINE: dict[str, Meaning] = {
    r"w": Found("w"),
    r"u": Found("u"),
    r"\eta": Found("eta"),
    r"\nabla f": Operator(lambda _, x: slopes(x)),
}

SEARCHES = (
    Row(
        name="optax.scale_by_backtracking_linesearch",
        symbols={
            **LINE,
            r"f": Operator(lambda _, t, x: float(hills(t, x)), timed=True),
            r"c": "slope_rtol",
            r"\delta": "rtol",
            r"\epsilon": "atol",
        },
        first=0,
        arguments={"max_backtracking_steps": 60, "decrease_factor": 0.8},
        options={
            "slope_rtol": (0.3,),
            "rtol": (0.1,),
            "atol": (0.2,),
            "decrease_factor": (0.5,),
        },
        unchecked={
            "increase_factor": "it makes the first rate that is tried",
            "max_learning_rate": "it bounds the first rate that is tried",
            "store_grad": "it keeps the gradient",
        },
        run=backtracked,
    ),
    Row(
        name="optax.scale_by_zoom_linesearch",
        symbols={
            **LINE,
            r"f": Operator(lambda _, t, x: float(hills(t, x, 1e7)), timed=True),
            r"c_1": "slope_rtol",
            r"c_2": "curv_rtol",
            r"c_3": "approx_dec_rtol",
            r"\epsilon": "tol",
            r"A": STEP,
            r"B": STEP,
            r"C": STEP,
            r"D": STEP,
        },
        blocks=(
            Use(0, result="A"),
            Use(1, result="B"),
            Use(2, result="C", when="approx_dec_rtol is not None"),
            Use(3, result="D", when="approx_dec_rtol is not None"),
            Use(
                r"\max(A, C \cdot D) \cdot B",
                when="approx_dec_rtol is not None",
                words="this linesearch switches from the sufficient decrease criterion presented "
                "above to an approximate sufficient decrease criterion",
            ),
            Use(
                r"A \cdot B",
                when="approx_dec_rtol is None",
                words="can be removed by setting ``approx_dec_rtol`` to ``None``",
            ),
        ),
        first=0,
        arguments={"max_linesearch_steps": 60, "initial_guess_strategy": "one"},
        options={"slope_rtol": (0.3,), "approx_dec_rtol": (None,), "tol": (0.5,)},
        unchecked={
            "max_learning_rate": "it bounds the rates that are tried",
            "increase_factor": "it makes the rates that are tried",
            "stepsize_precision": "it ends a search without the criterion of the curvature",
        },
        run=zoomed,
        findings=(
            Finding(
                kind="formula",
                says="The approximate criterion compares the absolute values of the slopes. With "
                "the default tolerance, 0, and $c_1 < 1/2$ its right side is negative, so that it "
                "cannot hold. The code compares the slopes themselves.",
                repair=(
                    (
                        r"|\langle \nabla f(w+\eta u), u \rangle| \leq (2 c_1 - 1) |\langle",
                        r"\langle \nabla f(w+\eta u), u \rangle \leq (2 c_1 - 1) \langle",
                    ),
                    (r"\rangle| + \epsilon\,.", r"\rangle + \epsilon\,."),
                ),
                code=(
                    "optax._src.linesearch",
                    "approx_decrease_error = slope_step - (2 * slope_rtol - 1.0) * slope_init",
                ),
            ),
            Finding(
                kind="typo",
                says="Two inner products lack the direction.",
                repair=((r"\nabla f(w), \rangle", r"\nabla f(w), u \rangle"),),
            ),
            Finding(
                kind="prose",
                says="The condition is for the approximate criterion of the decrease; the one of "
                "the curvature has no approximate form.",
                written="The approximate curvature criterion is taken only if",
            ),
        ),
    ),
)


def called(function: Callable[..., Any]) -> Callable[..., Path]:
    """Return what runs a function of the gradients: once for each."""

    def run(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
        values = [function(target, dict(arguments), problem, g) for g in problem.gradients]
        states = [found if isinstance(found, dict) else {} for _, found in values]
        return Path(tuple(np.asarray(v, dtype=float) for v, _ in values), tuple(states))

    return run


def averaged(target: Any, arguments: Any, problem: Problem, g: Any) -> Any:
    """Return the average of a gradient and the parameters."""
    return target(g, problem.theta, **arguments), None


def bounded(target: Any, arguments: Any, _problem: Problem, g: Any) -> Any:
    """Return the bounded norm of a gradient."""
    return target(g, **arguments), None


def rooted(target: Any, arguments: Any, _problem: Problem, g: Any) -> Any:
    """Return the root of a symmetric matrix that is made of a gradient."""
    matrix = g.T @ g + np.eye(len(g.T))
    return target(matrix, **arguments)[0], {"matrix": matrix}


def clipped(target: Any, arguments: Any, _problem: Problem, g: Any) -> Any:
    """Return the norms of two long layers, with 6 and with 4 parameters, that are clipped."""
    layers = [np.ravel(part)[None] * 1e6 for part in (g, g[:, :2])]
    return [np.linalg.norm(part) for part in target(layers, **arguments)[0]], None


NORM = "jnp.maximum(jnp.linalg.norm(x), min_norm)"
RMS = "maximum(sqrt(mean(abs_sq(x))), min_norm)"
MEAN = "step_size*new+(1-step_size)*old"

FUNCTIONS = (
    Row(
        name="optax.ema",
        symbols={"w": PARAMETERS, "t": GRADIENT, "ema": State("ema"), "decay": "decay"},
        time="k",
        blocks=(
            Use("ema = decay * ema + (1-decay) * t", kind="python"),
            Use(
                "w = w + ema / (1 - decay**k)",
                when="debias",
                kind="python",
                words="Whether to debias the transformed gradient.",
            ),
            Use(
                "w = w + ema",
                when="not debias",
                kind="python",
                words="Compute an exponential moving average of past updates.",
            ),
        ),
        arguments={"decay": 0.9},
        options={"decay": (0.6,), "debias": (False,)},
    ),
    Row(
        name="optax.trace",
        symbols={"w": PARAMETERS, "t": GRADIENT, "trace": State("trace"), "decay": "decay"},
        time="k",
        blocks=(
            Use("trace = decay * trace + t", kind="python"),
            Use("w = w + trace", kind="python", words="Compute a trace of past updates."),
        ),
        arguments={"decay": 0.9},
        options={"decay": (0.6,)},
        unchecked={"nesterov": "the text names it and does not say how it changes the update"},
    ),
    Row(
        name="optax.incremental_update",
        symbols={"new": GRADIENT, "old": PARAMETERS, "step_size": "step_size"},
        blocks=(Use(MEAN, kind="python", result=MEAN),),
        arguments={"step_size": 0.1},
        options={"step_size": (0.7,)},
        unchecked={"new_tensors": "they are given", "old_tensors": "they are given"},
        run=called(averaged),
    ),
    Row(
        name="optax.safe_norm",
        symbols={"jnp": "np", "x": GRADIENT, "min_norm": "min_norm"},
        blocks=(Use(NORM, kind="python", result=NORM),),
        whole=True,
        arguments={"min_norm": 2.0},
        options={"min_norm": (0.0,)},
        unchecked={
            "ord": "the text names the norms of NumPy",
            "axis": "the text names the axes of NumPy",
            "keepdims": "it changes the shape",
        },
        run=called(bounded),
    ),
    Row(
        name="optax.safe_root_mean_squares",
        symbols={
            "maximum": "np.maximum",
            "sqrt": "np.sqrt",
            "mean": "np.mean",
            "abs_sq": "np.square",
            "x": GRADIENT,
            "min_norm": "min_rms",
        },
        blocks=(Use(RMS, kind="python", result=RMS),),
        whole=True,
        arguments={"min_rms": 1.0},
        options={"min_rms": (0.0,)},
        run=called(bounded),
        findings=(
            Finding(
                kind="undefined symbol",
                says="`min_norm` is no argument of this function; it is `min_rms`.",
                written=RMS,
            ),
        ),
    ),
    Row(
        name="optax.per_example_layer_norm_clip",
        symbols={
            "sqrt": "np.sqrt",
            "C": "global_l2_norm_clip",
            "K": "2",
            "D_i": "np.array([6, 4])",
            "D": "10",
        },
        blocks=(
            Use("C / sqrt(K)", when="uniform", kind="python", result="C / sqrt(K)"),
            Use(
                "C * sqrt(D_i / D)",
                when="not uniform",
                kind="python",
                result="C * sqrt(D_i / D)",
            ),
        ),
        whole=True,
        arguments={"global_l2_norm_clip": 1.0},
        options={"global_l2_norm_clip": (3.0,), "uniform": (False,)},
        unchecked={"grads": "they are given"},
        run=called(clipped),
    ),
    Row(
        name="optax.rmsprop",
        symbols={
            r"\theta_{t+1}": PARAMETERS,
            r"g_t": GRADIENT,
            r"v": State("nu", start=r"\iota"),
            r"D": STEP,
            r"\eta": "learning_rate",
            r"\rho": "decay",
            r"\epsilon": "eps",
            r"\iota": "initial_scale",
        },
        blocks=(
            Use(
                r"v = \rho v + (1 - \rho) g_t^2",
                words="Decay used to track the magnitude of previous gradients.",
            ),
            Use(r"\sqrt{v + \epsilon}", when="eps_in_sqrt", result="D"),
            Use(r"\sqrt{v} + \epsilon", when="not eps_in_sqrt", result="D"),
            Use(
                r"\theta_{t+1} = \theta_t - \eta g_t / D",
                words="is scaled by a suitable estimate of the magnitude of the gradients",
            ),
        ),
        arguments=RATE,
        options={
            "decay": (0.6,),
            "eps": (0.3,),
            "initial_scale": (0.5,),
            "eps_in_sqrt": (False,),
        },
        unchecked={
            "centered": "it is described in words, without an equation",
            "momentum": "it is described in words, without an equation",
            "nesterov": "it is described in words, without an equation",
            "bias_correction": "it is described in words, without an equation",
        },
        introduced=(r"\eta", r"\rho", r"\epsilon"),
    ),
    Row(
        name="optax.matrix_inverse_pth_root",
        symbols={"M": Found("matrix"), "p": "p"},
        blocks=(Use(r"M^{-1/p}", words="`matrix^(-1/p)`, where `p` is a positive integer"),),
        matrices=True,
        steps=2,
        tolerance=1e-4,
        why_tolerance="The iteration is in float32 and adds a ridge to the matrix.",
        arguments={"p": 2},
        options={"p": (1, 4, 8)},
        unchecked={
            "matrix": "it is given",
            "num_iters": "it bounds the iterations",
            "ridge_epsilon": "it makes the matrix definite",
            "error_tolerance": "it ends the iterations",
            "precision": "it sets the rounding",
        },
        run=called(rooted),
        findings=(
            Finding(
                kind="code",
                says="For any `p` other than 1, 2, 4 and 8 the result is not the root, and the "
                "error that is returned is small all the same.",
                reason="The iteration needs the power `p` of a matrix and takes one of these four.",
                written="where `p` is a positive integer",
                code=("optax._src.linear_algebra", "exponent = jnp.round(jnp.log2(p))"),
                threads=("https://github.com/google-deepmind/optax/pull/1735",),
            ),
            Finding(
                kind="prose",
                says="The function returns the root and an error.",
                written="Returns: matrix^(-1/p)",
            ),
        ),
    ),
    Row(
        name="optax.nnls",
        unreadable="it states the problem whose solution it returns, not the steps",
    ),
    Row(
        name="optax.adaptive_grad_clip",
        unreadable="it states a bound for each unit, not the update",
    ),
    Row(
        name="optax.microbatch",
        unreadable="its code sums a function over batches and is no update",
    ),
)

WORDS = (
    Row(
        name="optax.adafactor",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The learning rate is multiplied by the root mean square of the parameters, "
                "at least 0.001, not by their norm.",
                written="If True, then scale learning_rate by parameter norm.",
                reading="the root mean square is the norm that is meant, as in the paper",
                code=("optax.adafactor", "transform.scale_by_param_block_rms()"),
            ),
            Finding(
                kind="prose",
                says="With a new state, any offset above 0 makes the decay rate of the first step "
                "infinite or undefined, and the parameters become NaN. It needs the state of the "
                "training before, with its count.",
                written="For fine-tuning, one may set this to the starting step number of the "
                "fine-tuning phase.",
                reading="the fine-tuning phase goes on with the state of the training before",
                threads=("https://github.com/google-deepmind/optax/pull/1791",),
            ),
        ),
    ),
    Row(
        name="optax.adamaxw",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="There is no `additive_weight_decay`; it is `add_decayed_weights`.",
                written="`additive_weight_decay` is applied only to a subset of `params`",
            ),
        ),
    ),
    *(
        Row(name=f"optax.{name}", unreadable=NONE)
        for name in (
            "amsgrad",
            "fromage",
            "lamb",
            "lars",
            "lookahead",
            "novograd",
            "radam",
            "scale_by_rms",
            "yogi",
        )
    ),
    Row(
        name="optax.rprop",
        unreadable=NONE,
        findings=(
            Finding(
                kind="code",
                says="The update is that of the step before: the first step is 0, and the step "
                "before a change of the sign is lost.",
                reason="The text calls the learning rate the initial step size, and "
                "`torch.optim.Rprop` takes it in the first step.",
                written="learning_rate: The initial step size.",
                code=(
                    "optax.scale_by_rprop",
                    "lambda s, g, prev_g: jnp.where(s < 0, jnp.zeros_like(prev_g), prev_g)",
                ),
                threads=("https://github.com/google-deepmind/optax/pull/1725",),
            ),
        ),
    ),
    Row(
        name="optax.scale_by_lion",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The first mode is named `hard`; `Hard` raises a `ValueError`.",
                written='Which sign variant to use: "Hard (sign)"',
                reading="the text describes the modes, and the signature names them",
            ),
        ),
    ),
    Row(
        name="optax.scale_by_param_block_rms",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The updates are multiplied by the root mean square of the parameters, not of "
                "the gradient.",
                written="Scale updates by rms of the gradient for each param vector or matrix.",
                code=(
                    "optax.scale_by_param_block_rms",
                    "lambda u, p: u * numerics.safe_root_mean_squares(p, min_scale)",
                ),
            ),
        ),
    ),
    Row(
        name="optax.centralize",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The mean is over all dimensions but the leading one, as the example shows.",
                written="by subtracting their mean along leading dimension",
                reading="there is one mean for each index of the leading dimension",
                threads=(
                    "https://github.com/google-deepmind/optax/issues/1080",
                    "https://github.com/google-deepmind/optax/pull/1220",
                ),
            ),
        ),
    ),
    Row(
        name="optax.skip_large_updates",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="It returns True if the norm is too large, as the section on the returned "
                "values says.",
                written="Returns True if the global norm square of `updates` is small enough.",
            ),
        ),
    ),
    Row(
        name="optax.MultiSteps.__init__",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The argument is `max_squared_norm`; the example raises a `TypeError`.",
                written="functools.partial(skip_large_updates, max_norm_sq=42.)",
            ),
        ),
    ),
    Row(
        name="optax.power_iteration",
        unreadable=NONE,
        findings=(
            Finding(
                kind="prose",
                says="The spectral radius is the absolute value of the dominant eigenvalue. The "
                "function returns the eigenvalue with its sign.",
                written="computes the dominant eigenvalue (i.e. the spectral radius)",
            ),
        ),
    ),
)

ROWS = (
    *ADAMS,
    *GRADIENTS,
    *OPTIMISTS,
    *ADAPTIVE,
    *POLYAKS,
    *SUMMED,
    *NEWTON,
    *SEARCHES,
    *FUNCTIONS,
    *WORDS,
)
