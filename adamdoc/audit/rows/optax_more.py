"""Optax beside its optimizers: contributed ones, schedules, projections and losses."""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from adamdoc.audit import libraries
from adamdoc.audit.bindings import (
    GRADIENT,
    IGNORED,
    PARAMETERS,
    STEP,
    UPDATE,
    VALUE,
    Finding,
    Meaning,
    Operator,
    Row,
    State,
    Use,
)
from adamdoc.audit.executing import Path, Problem

PULL = "https://github.com/google-deepmind/optax/pull"


def _same(*names: str) -> dict[str, Meaning]:
    """Return the meaning of symbols that are arguments of the same names."""
    return dict(zip(names, names, strict=True))


# Losses

LOGITS = np.array([[0.4, -1.3, 2.1], [1.7, 0.2, -0.6], [-0.9, 0.8, 0.3], [2.4, -2.2, 1.1]])
SOFT = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.6, 0.1, 0.3], [0.25, 0.25, 0.5]])
ONE_HOT = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
BINARY = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
INTEGERS = np.array([2, 0, 1, 1])

SQUARED = "elementwise squared differences"
HALF = "half the elementwise squared differences"
NORMALIZED = "the inner product of those vectors normalized to have unit norm"
NORM = "epsilon: minimum norm for terms in the denominator"
SQUARED_NORM = "epsilon: minimum squared norm for terms in the denominator"
#: The normalized vectors of the cosine similarity.
NORMS = Use(
    {
        NORM: "a = predictions / max(norm(predictions), epsilon)\n"
        "b = targets / max(norm(targets), epsilon)",
        SQUARED_NORM: "a = predictions / sqrt(max(norm(predictions) ** 2, epsilon))\n"
        "b = targets / sqrt(max(norm(targets) ** 2, epsilon))",
    }
)
MINIMUM_NORM = Finding(
    kind="formula",
    says="`epsilon` is said to be the least norm in the denominator; the code uses it as the least "
    "squared norm.",
    repair=((NORM, SQUARED_NORM),),
    code=("optax.losses._regression.cosine_similarity", "a_norm = jnp.sqrt(a_norm2.clip(epsilon))"),
    threads=(f"{PULL}/1703",),
)


def _dice(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run the Dice loss of one image: its values are those of the classes."""
    image = {name: arguments[name][None] for name in ("predictions", "targets")}
    return libraries.entries(lambda **given: target(**given)[0], {**arguments, **image}, problem)


LOSSES = (
    Row(
        name="optax.losses.softmax_cross_entropy",
        symbols={r"\sigma_i": VALUE, r"y_{i j}": "labels", r"x_{i j}": "logits"},
        time="i",
        first=0,
        ranges={"j": "logits.shape[1]", "k": "logits.shape[1]"},
        arguments={"logits": LOGITS, "labels": SOFT},
        unchecked={"axis": "the equation is for its default", "where": "it masks elements"},
        run=libraries.entries,
    ),
    Row(
        name="optax.losses.softmax_cross_entropy_with_integer_labels",
        symbols={r"\sigma_i": VALUE, r"y_i": "labels", r"x_{i j}": "logits"},
        time="i",
        first=0,
        ranges={"j": "logits.shape[1]"},
        arguments={"logits": LOGITS, "labels": INTEGERS},
        unchecked={"axis": "the equation is for its default", "where": "it masks elements"},
        run=libraries.entries,
        findings=(
            Finding(
                kind="formula",
                says="The equation lacks the minus sign of the cross entropy: the code returns the "
                "negative logarithm.",
                repair=((r"\sigma_i = \log\left(", r"\sigma_i = -\log\left("),),
                code=(
                    "optax.losses._classification.softmax_cross_entropy_with_integer_labels",
                    "out = log_normalizers - label_logits",
                ),
                threads=(
                    "https://github.com/google-deepmind/optax/issues/1040",
                    "https://github.com/google-deepmind/optax/pull/1041",
                ),
            ),
        ),
    ),
    Row(
        name="optax.losses.sigmoid_focal_loss",
        symbols={
            "FL(p_t)": VALUE,
            "p_t": STEP,
            r"\alpha_t": STEP,
            r"\alpha": "alpha",
            r"\gamma": "gamma",
            "p": "1 / (1 + np.exp(-logits))",
            "y": "np.asarray(labels)",
        },
        time="n",
        unordered=True,
        arguments={"logits": LOGITS, "labels": BINARY, "alpha": 0.25},
        options={"labels": ([0.2, 1.0, 0.6],), "alpha": (0.7,), "gamma": (0.5,)},
        run=libraries.call,
        findings=(
            Finding(
                kind="missing option",
                says="The equations are for labels 0 and 1; for the continuous labels that the "
                "text allows, the code takes averages of the cases, weighted with the label, of "
                "$p_t$ in the factor, of $\\alpha_t$, and of the logarithm.",
                repair=(
                    (
                        r"(1-p_t)^\gamma \log(p_t)",
                        r"(1-p_t)^\gamma (y \log(p) + (1-y) \log(1-p))",
                    ),
                    (
                        r"\begin{cases} p & \text{if } y = 1 \\ 1-p & \text{if } y = 0 "
                        r"\end{cases}",
                        r"y p + (1-y) (1-p)",
                    ),
                    (
                        r"\begin{cases} \alpha & \text{if } y = 1 \\ 1-\alpha & \text{if } y = 0 "
                        r"\end{cases}",
                        r"y \alpha + (1-y) (1-\alpha)",
                    ),
                ),
            ),
            Finding(
                kind="undefined symbol",
                says="p and y are used and not defined: the sigmoid of `logits`, and `labels`.",
                reading="p is the probability of the class 1, which the name of the loss says",
            ),
        ),
    ),
    Row(
        name="optax.losses.ranking_softmax_loss",
        symbols={r"\ell(s, y)": VALUE, "y_i": "labels", "s_i": "logits"},
        time="n",
        ranges={"i": "len(logits)", "j": "len(logits)"},
        arguments={"logits": LOGITS[0], "labels": SOFT[0]},
        options={"weights": ([0.5, 2.0, 1.5],)},
        unchecked={
            "where": "it masks elements",
            "reduce_fn": "a single list has nothing to reduce",
        },
        run=libraries.call,
        findings=(
            Finding(
                kind="missing option",
                says="The equation leaves out `weights`, of which the text only says that there is "
                "one for each item: the code multiplies the labels by them.",
                repair=((r"-\sum_i y_i \log", r"-\sum_i w_i y_i \log"),),
                symbols={"w_i": "np.ones(len(logits)) if weights is None else np.array(weights)"},
                code=("optax.losses._ranking.ranking_softmax_loss", "labels *= weights"),
            ),
        ),
    ),
    Row(
        name="optax.losses.poly_loss_cross_entropy",
        symbols={
            "P_t": "np.sum(labels * np.exp(logits), -1) / np.sum(np.exp(logits), -1)",
            r"\epsilon_j": "epsilon",
            "N": 1.0,
        },
        time="n",
        ranges={"j": "1"},
        blocks=(Use(r"- \log(P_t) + \sum_{j = 1}^N \epsilon_j \cdot (1 - P_t)^j"),),
        arguments={"logits": LOGITS, "labels": ONE_HOT},
        options={"epsilon": (-0.6,)},
        unchecked={"axis": "the equation is for its default", "where": "it masks elements"},
        run=libraries.call,
        findings=(
            Finding(
                kind="prose",
                says="`epsilon` is called the coefficient of the first polynomial term; by the "
                "equation and by the code that is `epsilon + 1`.",
                written="epsilon: The coefficient of the first polynomial term.",
                reading="the change of the coefficient, as the text above says",
            ),
        ),
    ),
    Row(
        name="optax.losses.dice_loss",
        symbols={
            "dice_c": VALUE,
            "intersection_c": STEP,
            "P_c": STEP,
            "T_c": STEP,
            r"p_{i,c}": "np.exp(predictions) / np.sum(np.exp(predictions), -1, keepdims=True)",
            r"t_{i,c}": "targets",
            "smooth": "smooth",
            r"\alpha": "alpha",
            r"\beta": "beta",
            "N": "len(predictions)",
        },
        time="c",
        first=0,
        ranges={"i": "len(predictions)"},
        blocks=(
            Use(r"P_c = \sum_i p_{i,c}"),
            Use(r"T_c = \sum_i t_{i,c}"),
            Use(0),
        ),
        arguments={"predictions": LOGITS, "targets": ONE_HOT, "reduction": "none"},
        options={
            "smooth": (0.3,),
            "alpha": (0.7,),
            "beta": (0.2,),
            "class_weights": ([0.5, 2.0, 1.5],),
        },
        unchecked={
            "apply_softmax": "the text says all of it",
            "ignore_background": "the equation is for one class",
            "axis": "the equation is for its default",
        },
        run=_dice,
        findings=(
            Finding(
                kind="missing option",
                says="The equation leaves out `class_weights`: the loss of each class is "
                "multiplied by its weight, and the mean is not divided by their sum.",
                repair=(
                    (r"dice_c = 1 - \frac{", r"dice_c = w_c (1 - \frac{"),
                    ("smooth } where:", "smooth })\n\nwhere:"),
                ),
                symbols={"w_c": "np.ones(3) if class_weights is None else np.array(class_weights)"},
                code=("optax.losses._segmentation.dice_loss", "dice_l = dice_l * class_weights"),
            ),
            Finding(
                kind="prose",
                says="Logits of shape `[...]` are said to be binary; the code takes their last "
                "axis for the classes, with a softmax over it. Only `[..., 1]` is binary.",
                written="[..., 1] or [...] for binary segmentation",
                code=(
                    "optax.losses._segmentation.dice_loss",
                    "else jax.nn.softmax(predictions, axis=-1)",
                ),
            ),
            Finding(
                kind="prose",
                says="With `alpha` and `beta` at 0.5 the loss is 1 minus the Dice coefficient "
                "whose smoothing term is twice `smooth`; they are the same only without smoothing.",
                written="this is equivalent to the standard Dice coefficient",
                reading="up to the smoothing term, and as a loss",
            ),
        ),
    ),
    Row(
        name="optax.losses.ctc_loss_with_forward_probs",
        unreadable="The sums run over alignments, which have no formula.",
        findings=(
            Finding(
                kind="formula",
                says="The equations sum conditional probabilities over the alignments before; the "
                "code returns the joint probability of those alignments and the symbol.",
                written=r"\sum_{\pi_{1:t-1}} p(\pi_t = \phi | \pi_{1:t-1}, y_{1:n-1}, \cdots)",
            ),
            Finding(
                kind="prose",
                says="Only `logalpha_blank` has the shape (T, B, N+1); `logalpha_nonblank` has "
                "(T, B, N).",
                written="(T, B, N+1)-arrays",
            ),
            Finding(
                kind="prose",
                says="In the last row of `logalpha_blank` the code adds the probability of the "
                "label; all other rows are those of the definition.",
                written="The return values are the logarithms of the above probabilities.",
                code=(
                    "optax.losses._classification.ctc_loss_with_forward_probs",
                    "logalpha_phi.at[-1].set(logalpha_phi_last)",
                ),
            ),
        ),
    ),
    Row(
        name="optax.losses.cosine_similarity",
        symbols=_same("predictions", "targets", "epsilon"),
        whole=True,
        blocks=(NORMS, Use({NORMALIZED: ""}, result="sum(a * b)")),
        arguments={"predictions": LOGITS[0], "targets": SOFT[0]},
        options={"epsilon": (2.0,)},
        unchecked={"axis": "vectors have one", "where": "it masks elements"},
        run=libraries.call,
        findings=(MINIMUM_NORM,),
    ),
    Row(
        name="optax.losses.cosine_distance",
        symbols=_same("predictions", "targets", "epsilon"),
        whole=True,
        blocks=(NORMS, Use({r"`1 - cos(\theta)`": ""}, result="1 - sum(a * b)")),
        arguments={"predictions": LOGITS[0], "targets": SOFT[0]},
        options={"epsilon": (2.0,)},
        unchecked={"axis": "vectors have one", "where": "it masks elements"},
        run=libraries.call,
        findings=(replace(MINIMUM_NORM, code=()),),
    ),
    Row(
        name="optax.losses.l2_loss",
        symbols=_same("predictions", "targets"),
        whole=True,
        blocks=(
            Use(
                {
                    HALF: "value = 0.5 * (predictions - targets) ** 2",
                    SQUARED: "value = (predictions - targets) ** 2",
                },
                result="value",
            ),
        ),
        arguments={"predictions": LOGITS[0], "targets": SOFT[0]},
        run=libraries.call,
        findings=(
            Finding(
                kind="formula",
                says="The function is said to return the squared differences; it returns half of "
                "them.",
                repair=((SQUARED, HALF),),
                code=("optax.losses._regression.l2_loss", "return 0.5 * squared_error("),
                reading="the note below speaks of the factor 0.5",
            ),
        ),
    ),
    Row(
        name="optax.losses.squared_error",
        symbols=_same("predictions", "targets"),
        whole=True,
        blocks=(Use({SQUARED: ""}, result="(predictions - targets) ** 2"),),
        arguments={"predictions": LOGITS[0], "targets": SOFT[0]},
        run=libraries.call,
    ),
    Row(
        name="optax.losses.triplet_margin_loss",
        unreadable="no equations",
        findings=(
            Finding(
                kind="code",
                says="The distances of degree `norm_degree` are sums of powers of differences "
                "without an absolute value, so that those of odd degrees are wrong or not a "
                "number.",
                written="norm_degree: The norm degree for distance calculation",
                code=(
                    "optax.losses._self_supervised.triplet_margin_loss",
                    "jnp.power(anchors - positives, norm_degree) .sum(axis)",
                ),
                reason="The norm of degree p is the root of the sum of powers of absolute values.",
            ),
        ),
    ),
    Row(
        name="optax.losses.multiclass_generalized_dice_loss",
        unreadable="no equations",
    ),
)


# Schedules


def _linear(arguments: Mapping[str, Any], x: float, steps: Any, values: Any) -> float:
    """Return the value at a step that is interpolated linearly."""
    return float(np.interp(x, steps, values))


def _cosine(arguments: Mapping[str, Any], x: float, steps: Any, values: Any) -> float:
    """Return the value at a step that is interpolated by halves of cosines."""
    k = int(np.clip(np.searchsorted(steps, x, side="right"), 1, len(steps) - 1))
    share = min((x - steps[k - 1]) / (steps[k] - steps[k - 1]), 1.0)
    wave = (1 + math.cos(math.pi * share)) / 2
    return float(values[k - 1] * wave + values[k] * (1 - wave))


def _between(arguments: Mapping[str, Any], x: float, steps: Any, values: Any) -> float:
    """Return the value at a step that is interpolated as the argument says."""
    kind = {"linear": _linear, "cosine": _cosine}[arguments["interpolate_type"]]
    return kind(arguments, x, steps, values)


NOT_NEGATIVE = Finding(
    kind="prose",
    says="`transition_begin` is said to be positive; it may be 0, which is its default.",
    written="transition_begin: must be positive.",
    reading="positive stands for not negative",
)
CODE = """rate_factor = ((count - transition_begin) / transition_steps)
decayed_value = init_value * (decay_rate ** rate_factor)"""
STAIRS = Finding(
    kind="missing option",
    says="The code leaves out `staircase`. The text on it speaks of `count / transition_steps`, a "
    "quotient that the code does not have; it is `rate_factor` that is rounded down.",
    repair=(
        (
            "rate_factor = ((count - transition_begin) / transition_steps)",
            "rate_factor = ((count - transition_begin) / transition_steps)\n"
            "if staircase: rate_factor = floor(rate_factor)",
        ),
    ),
    code=("optax.schedules._schedule.exponential_decay", "p = jnp.floor(p)"),
)
END = Finding(
    kind="missing option",
    says="The code leaves out `end_value`, which is described in words.",
    repair=(
        (
            "decayed_value = init_value * (decay_rate ** rate_factor)",
            "decayed_value = init_value * (decay_rate ** rate_factor)\n"
            "if end_value is not None: "
            "decayed_value = (max if decay_rate < 1 else min)(decayed_value, end_value)",
        ),
    ),
    code=(
        "optax.schedules._schedule.exponential_decay",
        "decayed_value = clip_fn(decayed_value, end_value)",
    ),
)
TIMES = "``t`` is the current timestep and ``T`` is ``decay_steps``"
TIMES_MENDED = "``t`` counts from the end of the warmup and ``T`` is ``decay_steps - warmup_steps``"
START = "iteration 0 to ``pct_start * transition_steps``"
START_MENDED = "iteration 0 to ``int(pct_start * transition_steps)``"
BACK = "``pct_final * transition_steps``"
BACK_MENDED = "``int(pct_final * transition_steps)``"
LAST = "``peak_value / final_div_factor``"
LAST_MENDED = "``peak_value / (div_factor * final_div_factor)``"

SCHEDULES = (
    Row(
        name="optax.schedules.polynomial_schedule",
        symbols={
            "I": "init_value",
            "E": "end_value",
            "B": "transition_begin",
            "T": "transition_steps",
            "P": "power",
        },
        first=0,
        arguments={"init_value": 1.5, "end_value": 0.2, "power": 2, "transition_steps": 20},
        options={"power": (0.7,), "transition_begin": (4,), "end_value": (2.5,)},
        findings=(NOT_NEGATIVE,),
    ),
    Row(
        name="optax.schedules.linear_schedule",
        symbols={
            "I": "init_value",
            "E": "end_value",
            "B": "transition_begin",
            "T": "transition_steps",
        },
        first=0,
        arguments={"init_value": 1.5, "end_value": 0.2, "transition_steps": 20},
        options={"transition_begin": (4,), "end_value": (2.5,)},
        findings=(NOT_NEGATIVE,),
    ),
    Row(
        name="optax.schedules.cosine_decay_schedule",
        symbols={
            r"\alpha": "alpha",
            "I": "init_value",
            "T": "decay_steps",
            "p": "exponent",
            r"\pi": math.pi,
        },
        first=0,
        blocks=(Use(0),),
        arguments={"init_value": 1.5, "decay_steps": 20},
        options={"alpha": (0.3,), "exponent": (2.5,)},
    ),
    Row(name="optax.schedules.constant_schedule", unreadable="no equations"),
    Row(
        name="optax.schedules.piecewise_constant_schedule",
        symbols=_same("init_value", "boundaries_and_scales"),
        first=0,
        blocks=(
            Use(
                {
                    "returns `init_value` scaled by the product of all factors `f_i` such that "
                    "`t >= b_i`": "value = init_value\n"
                    "for b, f in boundaries_and_scales.items():\n"
                    "    if t >= b: value = value * f"
                },
                result="value",
            ),
        ),
        shapes=((),),
        arguments={"init_value": 1.5, "boundaries_and_scales": {5: 0.4, 13: 3.0}},
    ),
    Row(
        name="optax.schedules.piecewise_interpolate_schedule",
        symbols={
            **_same("init_value", "boundaries_and_scales"),
            "between": Operator(_between, 3),
        },
        first=0,
        blocks=(
            Use(
                {
                    "At each boundary, the scaling factor is multiplied into the current value.": (
                        "steps, values = [0], [init_value]\n"
                        "for b, f in boundaries_and_scales.items():\n"
                        "    steps += [b]\n"
                        "    values += [values[-1] * f]"
                    )
                },
            ),
            Use(
                {
                    "Between these boundaries, the schedule applies either linear or cosine "
                    "interpolation.": ""
                },
                result="between(t, steps, values)",
            ),
        ),
        shapes=((),),
        arguments={
            "interpolate_type": "linear",
            "init_value": 1.5,
            "boundaries_and_scales": {5: 0.4, 13: 3.0, 21: 0.5},
        },
        options={"interpolate_type": ("cosine",)},
    ),
    Row(
        name="optax.schedules.exponential_decay",
        symbols=_same(
            "init_value", "transition_steps", "decay_rate", "transition_begin", "staircase"
        )
        | _same("end_value"),
        time="count",
        first=0,
        blocks=(
            Use(
                CODE,
                kind="python",
                result="decayed_value if count >= transition_begin else init_value",
            ),
        ),
        shapes=((),),
        arguments={"init_value": 2.0, "transition_steps": 4, "decay_rate": 0.8},
        options={
            "decay_rate": (1.5,),
            "transition_begin": (3,),
            "staircase": (True,),
            "end_value": (0.5,),
        },
        # An upper bound below the initial value holds before the transition as well.
        valid="not (transition_begin and end_value)",
        findings=(STAIRS, END, NOT_NEGATIVE),
    ),
    Row(
        name="optax.schedules.linear_onecycle_schedule",
        symbols={
            **_same(
                *("transition_steps", "peak_value", "pct_start", "pct_final", "div_factor"),
                "final_div_factor",
            ),
            "linear": Operator(_linear, 3),
        },
        first=0,
        blocks=(
            Use(
                {
                    START: "start = pct_start * transition_steps",
                    START_MENDED: "start = int(pct_start * transition_steps)",
                }
            ),
            Use(
                {
                    BACK: "back = pct_final * transition_steps",
                    BACK_MENDED: "back = int(pct_final * transition_steps)",
                }
            ),
            Use(
                {
                    LAST: "last = peak_value / final_div_factor",
                    LAST_MENDED: "last = peak_value / (div_factor * final_div_factor)",
                },
                result="linear(t, [0, start, back, transition_steps], "
                "[peak_value / div_factor, peak_value, peak_value / div_factor, last])",
            ),
        ),
        shapes=((),),
        arguments={"transition_steps": 20, "peak_value": 1.5},
        options={
            "pct_start": (0.37,),
            "pct_final": (0.72,),
            "div_factor": (4.0,),
            "final_div_factor": (10.0,),
        },
        findings=(
            Finding(
                kind="formula",
                says="The third phase is said to end at `peak_value / final_div_factor`, and to "
                "decrease if `final_div_factor` is larger than `div_factor`; the code divides the "
                "initial value by it, as the text on the argument says, and decreases if it is "
                "larger than 1.",
                repair=(
                    (LAST, LAST_MENDED),
                    (
                        "``final_div_factor`` is larger than ``div_factor``",
                        "``final_div_factor`` is larger than 1",
                    ),
                ),
                code=(
                    "optax.schedules._schedule.linear_onecycle_schedule",
                    "transition_steps: 1.0 / final_div_factor,",
                ),
                threads=(f"{PULL}/1781",),
            ),
            Finding(
                kind="formula",
                says="The phases end at the products of `pct_start` and `pct_final` with "
                "`transition_steps`, rounded down.",
                repair=(
                    ("``pct_start * transition_steps``", "``int(pct_start * transition_steps)``"),
                    (BACK, BACK_MENDED),
                ),
                code=(
                    "optax.schedules._schedule.linear_onecycle_schedule",
                    "int(pct_start * transition_steps): div_factor,",
                ),
                reading="an iteration is a whole number, so that the rounding is understood",
            ),
        ),
    ),
    Row(
        name="optax.schedules.cosine_onecycle_schedule",
        symbols={
            **_same(
                *("transition_steps", "peak_value", "pct_start", "div_factor", "final_div_factor")
            ),
            "cosine": Operator(_cosine, 3),
        },
        first=0,
        blocks=(
            Use("init_value = peak_value / div_factor", kind="python"),
            Use(
                "final_value = init_value / final_div_factor",
                kind="python",
                result="cosine(t, [0, pct_start * transition_steps, transition_steps], "
                "[init_value, peak_value, final_value])",
            ),
        ),
        shapes=((),),
        arguments={"transition_steps": 20, "peak_value": 1.5},
        options={"pct_start": (0.45,), "div_factor": (4.0,), "final_div_factor": (10.0,)},
    ),
    Row(
        name="optax.schedules.warmup_constant_schedule",
        symbols=_same("init_value", "peak_value", "warmup_steps"),
        first=0,
        blocks=(
            Use(
                {"Linear warmup followed by constant schedule": ""},
                result="init_value + (peak_value - init_value) * min(t / warmup_steps, 1)",
            ),
        ),
        shapes=((),),
        arguments={"init_value": 0.2, "peak_value": 1.5, "warmup_steps": 7},
    ),
    Row(
        name="optax.schedules.warmup_cosine_decay_schedule",
        symbols=_same("init_value", "peak_value", "warmup_steps", "decay_steps", "end_value")
        | _same("exponent"),
        first=0,
        blocks=(
            Use(
                {
                    TIMES: "s, T = t, decay_steps",
                    TIMES_MENDED: "s, T = t - warmup_steps, decay_steps - warmup_steps",
                }
            ),
            Use(
                {
                    "``(0.5 * (1 + cos(pi * t/T))) ** exponent``": "s = min(s, T)\n"
                    "decay = (0.5 * (1 + cos(pi * s/T))) ** exponent"
                }
            ),
            Use(
                {"Linear warmup followed by cosine decay.": ""},
                result="init_value + (peak_value - init_value) * t / warmup_steps "
                "if t < warmup_steps else end_value + (peak_value - end_value) * decay",
            ),
        ),
        shapes=((),),
        arguments={"init_value": 0.2, "peak_value": 1.5, "warmup_steps": 5, "decay_steps": 20},
        options={"end_value": (0.3,), "exponent": (2.0,), "warmup_steps": (8,)},
        findings=(
            Finding(
                kind="formula",
                says="In the formula of the decay, `t` is said to be the current timestep and `T` "
                "to be `decay_steps`; in the code both are without the warmup: the decay begins at "
                "its end and takes `decay_steps - warmup_steps` steps.",
                repair=((TIMES, TIMES_MENDED),),
                code=(
                    "optax.schedules._schedule.warmup_cosine_decay_schedule",
                    "decay_steps=decay_steps - warmup_steps,",
                ),
                threads=(f"{PULL}/1781",),
            ),
        ),
    ),
    Row(
        name="optax.schedules.warmup_exponential_decay_schedule",
        symbols=_same(
            *("init_value", "peak_value", "warmup_steps", "transition_steps", "decay_rate"),
            *("transition_begin", "staircase", "end_value"),
        ),
        first=0,
        blocks=(
            Use(
                {
                    "Linear warmup followed by exponential decay.": "s = t - warmup_steps\n"
                    "power = (s - transition_begin) / transition_steps"
                }
            ),
            Use(
                {"decay the values at discrete intervals": "power = floor(power)"}, when="staircase"
            ),
            Use(
                {
                    "the scalar value is held fixed at ``peak_value``": "power = max(power, 0)\n"
                    "value = peak_value * decay_rate ** power"
                }
            ),
            Use(
                {"``end_value`` is treated as a lower bound": "value = max(value, end_value)"},
                when="end_value is not None and decay_rate < 1",
            ),
            Use(
                {"otherwise as an upper bound": "value = min(value, end_value)"},
                when="end_value is not None and decay_rate >= 1",
            ),
            Use(
                {"Linear warmup followed by exponential decay.": ""},
                result="init_value + (peak_value - init_value) * t / warmup_steps "
                "if t < warmup_steps else value",
            ),
        ),
        shapes=((),),
        arguments={
            "init_value": 0.2,
            "peak_value": 2.0,
            "warmup_steps": 5,
            "transition_steps": 4,
            "decay_rate": 0.8,
        },
        options={
            "decay_rate": (1.5,),
            "transition_begin": (3,),
            "staircase": (True,),
            "end_value": (0.5,),
        },
        findings=(NOT_NEGATIVE,),
    ),
    Row(name="optax.schedules.join_schedules", unreadable="no equations"),
    Row(
        name="optax.schedules.sgdr_schedule",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="The arguments of a cycle are those of `warmup_cosine_decay_schedule`, so "
                "that a warmup has to be given for each.",
                written="the arguments to pass to each cosine decay cycle",
                code=(
                    "optax.schedules._schedule.sgdr_schedule",
                    "warmup_cosine_decay_schedule(**kwargs)",
                ),
                reading="a cycle may have a warmup",
            ),
        ),
    ),
    Row(
        name="optax.schedules.inject_hyperparams",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="The example is said to increase linearly from 0.1 to 1.0; a scale of 1 "
                "leaves the value at 0.1. With the scale 10 it increases as said.",
                written="init_value=0.1, boundaries_and_scales={100: 1.})",
            ),
        ),
    ),
    Row(name="optax.schedules.inject_stateful_hyperparams", unreadable="no equations"),
)

ROWS = (*LOSSES, *SCHEDULES)
