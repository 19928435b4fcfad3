"""Optax beside its optimizers: contributed ones, schedules, projections and losses."""

import math
from collections.abc import Callable, Mapping
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

DICE = (
    r"1 - \frac{ intersection_c + smooth }{ intersection_c + \alpha \cdot (P_c - "
    r"intersection_c) + \beta \cdot (T_c - intersection_c) + smooth }"
)
SQUARED = "elementwise squared differences"
DISTANCE = "norm_degree: The norm degree for distance calculation"
DISTANCE_MENDED = (
    "norm_degree: The degree of the sum of powers of differences for distance calculation"
)
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
    says="`epsilon` is said to be the minimum norm in the denominator; the code uses it as the "
    "minimum of the squared norm. The text has been corrected since.",
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
                "negative logarithm. That of `softmax_cross_entropy` has been corrected.",
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
                code=(
                    "optax.losses._classification.sigmoid_focal_loss",
                    "weighted = (alpha * labels + (1.0 - alpha) * (1.0 - labels)) * loss",
                ),
            ),
            Finding(
                kind="undefined symbol",
                says="$p$ and $y$ are used and not defined: they are the sigmoid of `logits`, and "
                "`labels`.",
                written=r"p & \text{if } y = 1",
                reading="p is the probability of the class 1, as the name of the loss says, and y "
                "the label",
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
            "apply_softmax": "the equation is for probabilities",
            "ignore_background": "the equation is for one class",
            "axis": "the equation is for its default",
        },
        run=_dice,
        findings=(
            Finding(
                kind="missing option",
                says="The equation leaves out `class_weights`: the loss of each class is "
                "multiplied by its weight, and the mean is not divided by their sum.",
                repair=((DICE, f"w_c ({DICE})"),),
                symbols={"w_c": "np.ones(3) if class_weights is None else np.array(class_weights)"},
                code=("optax.losses._segmentation.dice_loss", "dice_l = dice_l * class_weights"),
            ),
            Finding(
                kind="prose",
                says="Logits of shape `[...]` are said to be binary. If `targets` has the same "
                "shape, the code takes the last axis for the classes, with a softmax over it; one "
                "of the two has to have the shape `[..., 1]`.",
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
            Finding(
                kind="prose",
                says="Probabilities of binary segmentation, of shape `[..., 1]`, are not taken: "
                "with `apply_softmax=False` the code asks that the classes sum to 1, and here "
                "there is one.",
                written="Set False if predictions are already probabilities.",
                code=(
                    "optax.losses._segmentation.dice_loss",
                    "if not jnp.allclose(pred_sums, 1.0, rtol=1e-5):",
                ),
            ),
        ),
    ),
    Row(
        name="optax.losses.binary_dice_loss",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="`apply_sigmoid=False` raises an error unless all predictions are 1: "
                "`dice_loss` asks that the classes sum to 1, and here there is one.",
                written="apply_sigmoid: Whether to apply sigmoid to predictions.",
                code=(
                    "optax.losses._segmentation.binary_dice_loss",
                    "apply_softmax=apply_sigmoid,",
                ),
            ),
        ),
    ),
    Row(
        name="optax.losses.ctc_loss_with_forward_probs",
        unreadable="The sums run over alignments, which have no formula.",
        findings=(
            Finding(
                kind="formula",
                says="The equations sum the conditional probabilities of the symbol over the "
                "alignments before it; the code sums the joint probabilities of such an alignment "
                "and the symbol.",
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
                says="In the last row of `logalpha_blank` the code adds the probability that the "
                "label comes last; all other rows are the forward probabilities.",
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
        symbols=_same("anchors", "positives", "negatives", "norm_degree", "margin", "eps"),
        whole=True,
        blocks=(
            Use(
                {
                    DISTANCE: "near = (sum(abs(anchors - positives) ** norm_degree) + eps) "
                    "** (1 / norm_degree)\n"
                    "far = (sum(abs(anchors - negatives) ** norm_degree) + eps) "
                    "** (1 / norm_degree)",
                    DISTANCE_MENDED: "near = (sum((anchors - positives) ** norm_degree) + eps) "
                    "** (1 / norm_degree)\n"
                    "far = (sum((anchors - negatives) ** norm_degree) + eps) "
                    "** (1 / norm_degree)",
                }
            ),
            Use(
                {
                    "The minimum margin by which the positive distance should be smaller than the "
                    "negative distance": ""
                },
                result="max(near - far + margin, 0)",
            ),
        ),
        arguments={"anchors": LOGITS[0], "positives": SOFT[0], "negatives": LOGITS[1]},
        options={"norm_degree": (1, 3), "margin": (4.0,), "eps": (0.5,)},
        unchecked={"axis": "vectors have one"},
        run=libraries.call,
        findings=(
            Finding(
                kind="code",
                says="The distances of degree `norm_degree` are sums of powers of differences "
                "without an absolute value, so that those of odd degrees are wrong or not a "
                "number.",
                repair=((DISTANCE, DISTANCE_MENDED),),
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
        findings=(
            Finding(
                kind="prose",
                says="The weights are also divided by their mean, and they multiply the loss of "
                "each class; in the paper they multiply the sums over the pixels in the numerator "
                "and in the denominator.",
                written="computed as the inverse of the squared class frequencies",
                code=(
                    "optax.losses._segmentation.multiclass_generalized_dice_loss",
                    "class_weights / jnp.sum(class_weights) * len(class_weights)",
                ),
                reading="the text only says what the weights are, up to a factor",
            ),
        ),
    ),
)


# Schedules


def _linear(arguments: Mapping[str, Any], x: float, steps: Any, values: Any) -> float:
    """Return the value at a step that is interpolated linearly."""
    del arguments
    return float(np.interp(x, steps, values))


def _cosine(arguments: Mapping[str, Any], x: float, steps: Any, values: Any) -> float:
    """Return the value at a step that is interpolated by halves of cosines."""
    del arguments
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
    says="The code block leaves out `staircase`. By the sentence on it, `count / transition_steps` "
    "is an integer division; the code rounds `rate_factor` down, which subtracts "
    "`transition_begin` first.",
    repair=(
        (
            "rate_factor = ((count - transition_begin) / transition_steps)",
            "rate_factor = ((count - transition_begin) / transition_steps)\n"
            "if staircase: rate_factor = floor(rate_factor)",
        ),
    ),
    code=("optax.schedules._schedule.exponential_decay", "p = jnp.floor(p)"),
    reading="the quotient is that of the code block, without the transition that begins later",
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
            Use(CODE, kind="python"),
            Use(
                {
                    "``end_value`` is treated as a lower bound": (
                        "decayed_value = max(decayed_value, end_value)"
                    )
                },
                when="end_value is not None and decay_rate < 1",
            ),
            Use(
                {"otherwise as an upper bound": "decayed_value = min(decayed_value, end_value)"},
                when="end_value is not None and decay_rate >= 1",
            ),
            Use(
                {"When ``count >= transition_begin`` the function returns the decayed value": ""},
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
        findings=(STAIRS, NOT_NEGATIVE),
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

# Contributed optimizers

NOT_MULTIPLIED = {"mask": "it leaves out entries of a tree"}
RATE = {"learning_rate": 0.1}
ADEMAMIX: dict[str, Meaning] = {
    r"\theta^{(t)}": PARAMETERS,
    r"g^{(t)}": GRADIENT,
    r"\eta": "learning_rate",
    r"\alpha": "alpha",
    r"\beta_1": "b1",
    r"\beta_2": "b2",
    r"\beta_1^{(t)}": "b1",
    r"\beta_2^{(t)}": "b2",
    r"\varepsilon": "eps",
    r"\bar{\varepsilon}": "eps_root",
    r"\lambda": "weight_decay",
    r"\hat{\nu}^{(t)}": STEP,
    r"S^{(t)}": IGNORED,
}


MU_DTYPE = Finding(
    kind="code",
    says="With `mu_dtype` all three moments start in that type, and after the first step none of "
    "them keeps it.",
    written="mu_dtype: Optional `dtype` to be used for the first order accumulator",
    code=(
        "optax.contrib._ademamix.scale_by_ademamix",
        "nu = optax.tree.zeros_like(params, dtype=mu_dtype) # second moment estimate",
    ),
    reason="The option, described in the same words, keeps the first moment in its type in "
    "`scale_by_adam`, at each step and alone.",
)


def _power(*numbers: int) -> Finding:
    """Return the finding about the exponents of the bias correction of AdEMAMix."""
    return Finding(
        kind="formula",
        says="The step stands in brackets in the exponents of the bias correction, as it does in "
        "$m^{(t)}$, where it is an index; the code uses powers.",
        repair=tuple((rf"(1-\beta_{k}^{{(t)}})", rf"(1-\beta_{k}^t)") for k in numbers),
        reading="the brackets in the exponents of numbers are only brackets",
    )


def _warmup(step: Any) -> Any:
    """Return a learning rate that increases."""
    return 0.1 * (1.0 - 0.5 ** (step + 1.0))


def _schedule_free(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run a schedule-free optimizer: its values are the parameters for evaluation."""
    import optax

    def made(**given: Any) -> Any:
        return target(optax.sgd(given["learning_rate"]), **given)

    path = libraries.run_optax(made, arguments, problem)
    b1 = arguments.get("b1", 0.9)
    averages = []
    states: list[dict[str, Any]] = []
    previous = problem.theta
    for y, state in zip(path.values, path.states, strict=True):
        averages.append((y - (1 - b1) * state["z"]) / b1)
        states.append({"y": previous, "z": state["z"]})
        previous = y
    return Path(tuple(averages), tuple(states))


GALORE_SCALE = Finding(
    kind="prose",
    says="`scale` only multiplies the updates of the parameters that are projected, and not those "
    "of the others.",
    written="scale: Scaling factor applied to the final updates.",
    code=("optax.contrib._galore.scale_by_galore", "return (scale * upd).astype(original_dtype)"),
)
EXAMPLE = Finding(
    kind="prose",
    says="The example takes the updates for the new parameters; they are to be added to the old "
    "ones, with `apply_updates`. The printed values come from this.",
    written="params, opt_state = solver.update(grad, opt_state, params, value=value)",
    threads=(f"{PULL}/1745",),
)
DECAY_BEFORE = Finding(
    kind="code",
    says="The code divides the parameters by 1 plus the product of learning rate and weight decay, "
    "and then takes the step; by the paper the division comes after the step.",
    written="weight_decay: Weight-decay parameter.",
    code=(
        "optax.contrib._momo.momo",
        "-(alpha * weight_decay) / (1 + alpha * weight_decay) * p - tau * ea,",
    ),
    reason="In the paper and in the authors' code the division comes after the step. Only so does "
    "the model of the loss that defines the adaptive term reach its lower bound.",
    threads=(f"{PULL}/1787",),
)

MADGRAD = Finding(
    kind="prose",
    says="`eps` is not only added to the denominator, but also to the learning rate, as in the "
    "authors' implementation.",
    written="eps: Term added to the denominator to improve numerical stability.",
    reading="the text does not say that this is the only place",
)
STEPS = Finding(
    kind="prose",
    says="With rows of coefficients, `ns_steps` is not ignored: if it is less than the number of "
    "rows, an error is raised.",
    written="Ignored if `ns_coeffs` is a tuple of tuples.",
    code=("optax.contrib._muon", "if not ns_coeffs_.shape[0] <= ns_steps:"),
)
UNUSED_EPS = Finding(
    kind="prose",
    says="With the preconditioning `aol` or `schatten`, `eps` is not used: the denominator has a "
    "minimum of its own.",
    written="eps: Term added to the denominator to improve numerical stability.",
    reading="the sentence is about the default preconditioning",
)
PROGRAM = "It states a linear program; there is no formula to evaluate."

CONTRIBUTED = (
    Row(
        name="optax.contrib.acprop",
        symbols={
            "g_t": GRADIENT,
            "u_t": UPDATE,
            r"\alpha_t": "learning_rate",
            r"\beta_1": "b1",
            r"\beta_2": "b2",
            r"\varepsilon": "eps",
            r"\bar{\varepsilon}": "eps_root",
            "m_t": State("mu"),
            "s_t": State("nu"),
            r"\hat{s}_t": STEP,
            "S_t": IGNORED,
        },
        arguments=RATE,
        options={
            "learning_rate": (_warmup,),
            "b1": (0.6,),
            "b2": (0.7,),
            "eps": (0.3,),
            "eps_root": (0.2,),
            "weight_decay": (0.5,),
        },
        unchecked=NOT_MULTIPLIED,
        findings=(
            Finding(
                kind="code",
                says="The equations take the difference of the gradient and the new mean, "
                "$m_t$; the code takes that of the gradient and the mean of the step before.",
                repair=(("(g_t - m_t)^2", "(g_t - m_{t-1})^2"),),
                code=(
                    "optax.contrib._acprop.scale_by_acprop",
                    "prediction_error = jax.tree.map(lambda g, m: g - m, updates, state.mu)",
                ),
                reason="The authors' implementation, which the text says it follows, updates the "
                "mean first, and so does Optax's AdaBelief since it was mended.",
                threads=(f"{PULL}/1716", f"{PULL}/1130"),
            ),
            Finding(
                kind="initial value",
                says="The first step uses $\\hat{s}_0$, which no equation gives (its own would "
                "divide 0 by 0); the code uses 1.",
                repair=(
                    ("(m_0, s_0) = (0, 0)`", r"(m_0, s_0) = (0, 0)` and :math:`\hat{s}_0 := 1`"),
                ),
                symbols={r"\hat{s}_t": State(start="1")},
                code=(
                    "optax.contrib._acprop.scale_by_acprop",
                    "lambda x: jnp.where(initial, 1, x), nu_hat",
                ),
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `weight_decay`: the parameters times it are added to "
                "the scaled gradient before the learning rate, so that the decay is decoupled.",
                repair=(
                    (
                        r"g_t / \left(\sqrt{\hat{s}_{t-1}} + \varepsilon \right)",
                        r"(g_t / \left(\sqrt{\hat{s}_{t-1}} + \varepsilon \right) "
                        r"+ \lambda \theta_{t-1})",
                    ),
                ),
                symbols={r"\theta_t": PARAMETERS, r"\lambda": "weight_decay"},
            ),
        ),
    ),
    Row(
        name="optax.contrib.ademamix",
        symbols={
            **ADEMAMIX,
            r"\beta_3": "b3",
            r"m_1^{(t)}": State("m1"),
            r"m_2^{(t)}": State("m2"),
            r"\nu^{(t)}": State("nu"),
            r"\hat{m_1}^{(t)}": STEP,
        },
        introduced=(r"\beta_1^{(t)}", r"\beta_2^{(t)}"),
        arguments=RATE,
        options={
            "learning_rate": (_warmup,),
            "b1": (0.6,),
            "b2": (0.7,),
            "b3": (0.8,),
            "alpha": (2.0,),
            "eps": (0.3,),
            "eps_root": (0.2,),
            "weight_decay": (0.5,),
        },
        unchecked=NOT_MULTIPLIED,
        findings=(
            _power(1, 2),
            Finding(
                kind="typo",
                says="In the row of the state, $v$ stands for $\\nu$; the text before has $g^t$ "
                "for $g^{(t)}$ and $m^{(1)}$ for $m_1$.",
                written="(m_1^{(t)}, m_2^{(t)}, v^{(t)})",
                reading="v is the only quantity left that it can be",
            ),
            replace(MU_DTYPE, code=()),
        ),
    ),
    Row(
        name="optax.contrib.scale_by_ademamix",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="The text refers to `ademamix` for the algorithm. There the default of "
                "`alpha` is 5.0, and here it is 6.0.",
                written="for a full description of the algorithm",
                code=("optax.contrib._ademamix", "alpha: base.ScalarOrSchedule = 6.0,"),
                reading="neither text names a default",
            ),
            MU_DTYPE,
        ),
    ),
    Row(
        name="optax.contrib.simplified_ademamix",
        symbols={**ADEMAMIX, r"m_1^{(t)}": State("m"), r"\nu^{(t)}": State("n")},
        introduced=(r"\beta_2^{(t)}",),
        arguments=RATE,
        options={
            "learning_rate": (_warmup,),
            "b1": (0.6,),
            "b2": (0.7,),
            "alpha": (2.0,),
            "eps": (0.3,),
            "eps_root": (0.2,),
            "weight_decay": (0.5,),
        },
        unchecked=NOT_MULTIPLIED,
        findings=(
            _power(2),
            Finding(
                kind="typo",
                says="After the row of $m_1$ there is a row with $g^{(t)}$ alone, which means "
                "nothing.",
                repair=(
                    (
                        r"m_1^{(t-1)} + g^{(t)} \\ g^{(t)} \\",
                        r"m_1^{(t-1)} + g^{(t)} \\",
                    ),
                ),
            ),
            Finding(
                kind="undefined symbol",
                says="The state is said to hold $m_2$ and $v$, which are not there: it holds $m_1$ "
                "and $\\nu$.",
                written="(m_1^{(t)}, m_2^{(t)}, v^{(t)})",
            ),
            Finding(
                kind="prose",
                says="With `alpha` at 0 it is Adam only with a learning rate that varies with the "
                "steps: $m_1$ is a sum, and Adam's mean is corrected for its bias.",
                written="recovers the standard Adam optimizer",
                reading="the appropriate transformations of $\\eta$ may vary with the steps",
            ),
        ),
    ),
    Row(name="optax.contrib.scale_by_simplified_ademamix", unreadable="no equations"),
    Row(name="optax.contrib.scale_by_acprop", unreadable="no equations"),
    Row(name="optax.contrib.adopt", unreadable="no equations"),
    Row(
        name="optax.contrib.scale_by_adopt",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="`eps` is not added to the denominator: it is the minimum of it.",
                written="eps: Term added to the denominator to improve numerical stability.",
                code=(
                    "optax.contrib._adopt.scale_by_adopt",
                    "ud / jnp.maximum(jnp.sqrt(nu), eps)",
                ),
            ),
            Finding(
                kind="prose",
                says="It is not the gradient that is clipped, but the quotient of the gradient and "
                "the denominator.",
                written="Whether to use gradient clipping to improve stability.",
                code=(
                    "optax.contrib._adopt.scale_by_adopt",
                    "ud / jnp.maximum(jnp.sqrt(nu), eps), -clip_value, clip_value",
                ),
                reading="the quotient is a normalized gradient",
            ),
        ),
    ),
    Row(
        name="optax.contrib.cocob",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="`learning_rate` multiplies the gradients before the transformation, whose "
                "updates depend on their scale only by `eps`: a constant one has almost no "
                "effect.",
                written="learning_rate: optional learning rate to e.g. inject some scheduler",
                code=(
                    "optax.contrib._cocob.cocob",
                    "transform.scale_by_learning_rate(learning_rate, flip_sign=False), "
                    "scale_by_cocob(alpha, eps),",
                ),
                reading="the text does not say what it multiplies",
            ),
        ),
    ),
    Row(name="optax.contrib.scale_by_cocob", unreadable="no equations"),
    Row(name="optax.contrib.dadapt_adamw", unreadable="no equations"),
    Row(name="optax.contrib.differentially_private_aggregate", unreadable="no equations"),
    Row(
        name="optax.contrib.dog",
        symbols={
            "x_{t+1}": PARAMETERS,
            "g_t": GRADIENT,
            "r_t": STEP,
            r"\bar{r}_t": State("max_dist", shape="number"),
            "G_t": State("sum_sq_norm_grads", shape="number"),
            r"\eta_t": STEP,
            r"\epsilon": "eps",
        },
        first=0,
        steps=12,
        options={
            "learning_rate": (0.5,),
            "init_step": (("heuristic", 0.2), ("distance", 0.3), ("learning_rate", 0.1)),
            "eps": (2.0,),
            "weight_decay": (0.5,),
        },
        unchecked=NOT_MULTIPLIED,
        introduced=(r"\epsilon",),
        findings=(
            Finding(
                kind="initial value",
                says="By the equations $r_0$ is 0, and nothing ever moves; the text on `init_step` "
                "gives $r_0$, or $\\eta_0$, another value.",
                repair=(
                    (
                        r"r_t &= \| x_t - x_0 \| \\",
                        r"r_t &= \begin{cases} \alpha & \text{if } t = 0 \land "
                        r"\textit{distance} = 1 \\ "
                        r"\alpha (1 + \|x_0\|) & \text{if } t = 0 \land "
                        r"\textit{heuristic} = 1 \\ "
                        r"\| x_t - x_0 \| & \text{otherwise} \end{cases} \\",
                    ),
                    (
                        r"\eta_t &= \frac{\bar{r}_t}{\sqrt{G_t + \epsilon}} \\",
                        r"\eta_t &= \begin{cases} \alpha & \text{if } t = 0 \land "
                        r"\textit{learning\_rate} = 1 \\ "
                        r"\frac{\bar{r}_t}{\sqrt{G_t + \epsilon}} & \text{otherwise} "
                        r"\end{cases} \\",
                    ),
                ),
                symbols={
                    r"\alpha": "init_step[1]",
                    r"\textit{distance}": "init_step[0] == 'distance'",
                    r"\textit{heuristic}": "init_step[0] == 'heuristic'",
                    r"\textit{learning\_rate}": "init_step[0] == 'learning_rate'",
                },
                reading="the sentences about `init_step` stand above the equations",
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `learning_rate`, and the text does not say where it "
                "enters: it multiplies each step, including the first one.",
                repair=((r"x_{t} - \eta_t", r"x_{t} - \gamma \eta_t"),),
                symbols={r"\gamma": "learning_rate"},
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `weight_decay`, and the text does not say where it "
                "enters: the parameters times it are added to the gradient, also in the sum "
                "$G_t$.",
                repair=(
                    (r"\|g_k\|^2", r"\|g_k + \lambda x_k\|^2"),
                    (r"\, g_t \end", r"\, (g_t + \lambda x_t) \end"),
                ),
                symbols={r"\lambda": "weight_decay or 0.0"},
            ),
            Finding(
                kind="prose",
                says="`init` needs the actual parameters whatever the initial step, because all "
                "distances are those from them.",
                written="(not just dummy parameters) when the ``heuristic`` initial step is used.",
                code=("optax.contrib._dog.scale_by_dog", "init_params=params,"),
                reading="the sentence does not say that the others do not need them",
            ),
        ),
    ),
    Row(
        name="optax.contrib.dowg",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="`eps` is the initial guess of the squared distance to the solution, not of "
                "the distance.",
                written="also used as initial guess for the distance to solution",
                code=("optax.contrib._dog.scale_by_dowg", "init_estim_sq_dist_ = eps"),
            ),
        ),
    ),
    Row(name="optax.contrib.dpsgd", unreadable="no equations"),
    Row(
        name="optax.contrib.galore",
        unreadable="It only gives the projections, as pseudo-equations without the optimizer.",
        findings=(
            Finding(
                kind="missing option",
                says="If the matrix has fewer rows than columns, it is projected from the right, "
                "and the update is `R @ P^T`.",
                written="update = P @ normalized_R",
                code=(
                    "optax.contrib._galore.scale_by_galore",
                    "upd_2d = low_rank_update @ projector.T",
                ),
                reading="the projection before has both sides, so that the way back is understood",
            ),
            Finding(
                kind="prose",
                says="An optimizer of Optax that includes a learning rate, such as `sgd`, also "
                "changes the sign, and `galore` changes it again: with `learning_rate=1.0` the "
                "updates ascend. `scale_by_galore` takes such an optimizer as it is.",
                written="set ``learning_rate=1.0`` here to avoid double-scaling",
                code=(
                    "optax.contrib._galore.galore",
                    "transform.scale_by_learning_rate(learning_rate),",
                ),
            ),
            replace(GALORE_SCALE, written="scale: Additional scaling factor for updates.", code=()),
        ),
    ),
    Row(
        name="optax.contrib.scale_by_galore",
        unreadable="no equations",
        findings=(
            GALORE_SCALE,
            Finding(
                kind="prose",
                says="Optax has no `scale_by_sgd`.",
                written="``scale_by_sgd``",
            ),
        ),
    ),
    Row(name="optax.contrib.hutchinson_estimator_diag_hessian", unreadable="no equations"),
    Row(
        name="optax.contrib.madgrad",
        unreadable="no equations",
        findings=(MADGRAD,),
    ),
    Row(
        name="optax.contrib.scale_by_madgrad",
        unreadable="no equations",
        findings=(
            replace(
                MADGRAD, code=("optax.contrib._madgrad.scale_by_madgrad", "lr_stable = lr + eps")
            ),
        ),
    ),
    Row(name="optax.contrib.mechanize", unreadable="no equations"),
    Row(
        name="optax.contrib.momo",
        unreadable="no equations",
        findings=(EXAMPLE, DECAY_BEFORE),
    ),
    Row(
        name="optax.contrib.momo_adam",
        unreadable="no equations",
        findings=(
            Finding(
                kind="default",
                says="`learning_rate` is said to be 1.0 by default; the signature has 0.01.",
                argument="learning_rate",
            ),
            EXAMPLE,
            replace(
                DECAY_BEFORE,
                code=(),
                reading="the decay is in similar fashion to AdamW, and not the same",
            ),
        ),
    ),
    Row(
        name="optax.contrib.muon",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="There is no preset `muon`: it raises an error. The presets are `standard` "
                "and `dion`.",
                written="Existing presets: `muon`, `dion`.",
                code=("optax.contrib._muon", "'standard': _DEFAULT_NS_COEFFS,"),
            ),
            Finding(
                kind="prose",
                says="The other parameters get AdamW with Nesterov momentum, unless `nesterov` is "
                "off, and its `eps` is that of Muon.",
                written="passed through an AdamW optimizer",
                code=("optax.contrib._muon.muon", "nesterov=nesterov,"),
                reading="AdamW with Nesterov momentum is an AdamW too",
            ),
            STEPS,
            UNUSED_EPS,
        ),
    ),
    Row(
        name="optax.contrib.scale_by_muon",
        unreadable="no equations",
        findings=(
            STEPS,
            replace(
                UNUSED_EPS,
                written="eps: Term added to denominators to improve numerical stability.",
            ),
        ),
    ),
    Row(name="optax.contrib.normalize", unreadable="no equations"),
    Row(name="optax.contrib.prodigy", unreadable="no equations"),
    Row(
        name="optax.contrib.reduce_on_plateau",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="`patience` and `cooldown` do not count iterations, but averages of "
                "`accumulation_size` values.",
                written="patience: Number of iterations with no improvement",
                reading="with the default of `accumulation_size` they are the same",
                code=(
                    "optax.contrib._reduce_on_plateau.reduce_on_plateau",
                    "new_count == accumulation_size, _update_scale",
                ),
            ),
            Finding(
                kind="code",
                says="For a metric below 0 the relative tolerance has the wrong sign: a value that "
                "is equal or a little worse counts as an improvement.",
                written="rtol: Relative tolerance for measuring new optimum.",
                reason="A tolerance demands more of an improvement, and not less.",
                threads=(f"{PULL}/1767",),
            ),
            Finding(
                kind="code",
                says="With `patience=0` each improvement reduces the scale, and a value that is no "
                "improvement does not.",
                written="patience: Number of iterations with no improvement",
                code=(
                    "optax.contrib._reduce_on_plateau.reduce_on_plateau",
                    "curr_plateau_count == patience, state.scale * factor, state.scale,",
                ),
                reason="By the text it is a lack of improvement that reduces the scale.",
            ),
        ),
    ),
    Row(
        name="optax.contrib.sam",
        unreadable="no equations",
        findings=(
            Finding(
                kind="code",
                says="With `sync_period=1`, which is accepted, there are no adversarial steps, so "
                "that the outer optimizer is left. Without `opaque_mode` its updates start from "
                "the parameters of the step before.",
                written="sync_period: how often to run the outer optimizer",
                code=(
                    "optax.contrib._sam.sam",
                    "lambda c, p, u: c - p + u, state.cache, params, opt_updates",
                ),
                reason="With `opaque_mode` the same arguments give the outer optimizer alone.",
            ),
        ),
    ),
    Row(
        name="optax.contrib.schedule_free",
        symbols={
            "x_{t+1}": PARAMETERS,
            "z_{t+1}": State("z", start="x_1"),
            "y_{t}": State("y"),
            r"\nabla f(y_{t})": GRADIENT,
            r"\gamma": "learning_rate",
            r"\beta_1": "b1",
        },
        arguments=RATE,
        options={"learning_rate": (_warmup,), "b1": (0.6,), "weight_lr_power": (1.0,)},
        unchecked={"base_optimizer": "gradient descent, as in the equations"},
        run=_schedule_free,
        findings=(
            Finding(
                kind="missing option",
                says="The weight $1/t$ of the average is that of a constant learning rate. In "
                "general it is the share of a power of the largest rate so far, with the exponent "
                "`weight_lr_power`, in the sum of these powers.",
                repair=(
                    (
                        r"x_{t+1} & =\left(1-\frac{1}{t}\right)x_{t}+\frac{1}{t}z_{t+1},",
                        r"w_t &= \left(\max_{k \le t} \tilde{\gamma}_k\right)^p \\ "
                        r"c_t &= w_t / \sum_{k \le t} w_k \\ "
                        r"x_{t+1} & = (1 - c_t) x_t + c_t z_{t+1},",
                    ),
                ),
                symbols={
                    r"\tilde{\gamma}_t": "learning_rate",
                    "p": "weight_lr_power",
                    "w_t": STEP,
                    "c_t": STEP,
                },
                code=(
                    "optax.contrib._schedule_free.schedule_free",
                    "weight = max_lr**weight_lr_power",
                ),
            ),
            Finding(
                kind="code",
                says="The weights use the learning rate of the next step: they read the schedule "
                "at a count that starts at 1, and the base optimizer at one that starts at 0.",
                repair=(
                    (
                        "learning_rate: learning_rate schedule w/o decay but with warmup.",
                        "learning_rate: learning_rate schedule w/o decay but with warmup. "
                        "The weights read it one step ahead.",
                    ),
                ),
                symbols={
                    r"\tilde{\gamma}_t": "(lambda k, rate=learning_rate: rate(k + 1)) "
                    "if callable(learning_rate) else learning_rate"
                },
                code=(
                    "optax.contrib._schedule_free.schedule_free",
                    "step_count=jnp.ones([], dtype=jnp.int32),",
                ),
                reason="The base optimizer counts from 0, and in the authors' implementation the "
                "weight has the rate of the same step.",
                threads=(f"{PULL}/1744",),
            ),
            Finding(
                kind="undefined symbol",
                says=r"The symbol $\gamma$ is not defined: it is the learning rate of the base "
                "optimizer.",
                reading="there is only one learning rate",
            ),
        ),
    ),
    Row(name="optax.contrib.schedule_free_adamw", unreadable="no equations"),
    Row(name="optax.contrib.schedule_free_eval_params", unreadable="no equations"),
    Row(name="optax.contrib.schedule_free_sgd", unreadable="no equations"),
    Row(
        name="optax.contrib.sophia",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="0 does not turn the printing off: with `verbose` every step prints.",
                written="0 to turn off.",
                code=(
                    "optax.contrib._sophia.scale_by_sophia",
                    "count_inc % print_win_rate_every_n_steps == 0,",
                ),
            ),
        ),
    ),
    Row(name="optax.contrib.split_real_and_imaginary", unreadable="no equations"),
)

# Projections and others


def _root(arguments: Mapping[str, Any], function: Callable[[float], float], high: float) -> float:
    """Return where a decreasing function is 0, between 0 and another number or below 0."""
    del arguments
    low = -abs(high) - 1e3
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if function(middle) > 0 else (low, middle)
    return (low + high) / 2


def _projection(
    name: str,
    solutions: Mapping[str, str],
    result: str,
    *findings: Finding,
    given: Mapping[str, Any] | None = None,
    **more: Any,
) -> Row:
    """Return the row of a projection.

    The text defines it as the nearest point of a set. For each text of the set that it has, or has
    after the repairs, the solution is given as code: what the condition of Karush, Kuhn and Tucker
    leaves, with the multiplier by bisection.
    """
    x = "x" if name in ("halfspace", "hyperplane") else "tree"
    return Row(
        name=f"optax.projections.projection_{name}",
        symbols={
            "x": f"np.asarray({x})",
            **_same(*(given or {})),
            **_same(*more.get("options", ())),
            **({"scale": "scale"} if given is None and name != "non_negative" else {}),
            "root": Operator(_root, 2),
        },
        whole=True,
        blocks=(Use(solutions, result=result),),
        arguments={x: LOGITS[0], **(given or {})},
        options={x: ([0.2, 0.1, -0.3], [0.7, 0.0, 0.2]), **more.get("options", {})},
        run=libraries.call,
        findings=findings,
    )


SCALE: dict[str, Any] = {"options": {"scale": (2.5,)}}
SOFTENED = "tau = root(lambda tau: sum(max(abs(x) - tau, 0)) - scale, max(*abs(x)))\n"
SUBJECT = r"\textrm{subject to} \quad"
TREES = Finding(
    kind="prose",
    says="A scalar as a bound raises an error, unless the tree is an array.",
    written="lower bound, a scalar or tree with the same structure",
    threads=(f"{PULL}/1724",),
)
PROJECTIONS = (
    Row(
        name="optax.projections.projection_vector",
        symbols={r"\operatorname{proj}_a x": VALUE, "x": "x", "a": "a"},
        time="n",
        arguments={"x": LOGITS, "a": SOFT},
        run=libraries.call,
    ),
    _projection(
        "halfspace",
        {r"\langle a, y \rangle \leq b": "y = x - a * max(sum(a * x) - b, 0) / sum(a * a)"},
        "y",
        given={"a": SOFT[0], "b": 0.1},
    ),
    _projection(
        "hyperplane",
        {r"\langle a, y \rangle = b": "y = x - a * (sum(a * x) - b) / sum(a * a)"},
        "y",
        given={"a": SOFT[0], "b": 0.1},
    ),
    _projection(
        "box",
        {r"\text{lower} \le p \le \text{upper}": "p = max(min(x, upper), lower)"},
        "p",
        TREES,
        given={"lower": -0.2, "upper": 0.3},
    ),
    _projection(
        "hypercube",
        {r"0 \le p \le \text{scale}": "p = max(min(x, scale), 0)"},
        "p",
        replace(
            TREES,
            says="A scalar, as the default is, raises an error, unless the tree is an array.",
            written="scale: scale of the hypercube, a scalar or a tree (default: 1).",
        ),
        **SCALE,
    ),
    _projection("non_negative", {r"p \ge 0": "p = max(x, 0)"}, "p"),
    _projection(
        "simplex",
        {
            r"p \ge 0, p^\top 1 = \text{scale}": (
                "tau = root(lambda tau: sum(max(x - tau, 0)) - scale, max(*x))\np = max(x - tau, 0)"
            )
        },
        "p",
        **SCALE,
    ),
    _projection(
        "l1_ball",
        {
            r"\|y\|_1 \le \text{scale}": f"{SOFTENED}y = sign(x) * max(abs(x) - max(tau, 0), 0)",
        },
        "y",
        **SCALE,
    ),
    _projection(
        "l1_sphere",
        {
            r"\|y\|_1 = \text{scale}": f"{SOFTENED}y = (1 - 2 * (x < 0)) * max(abs(x) - tau, 0)",
            r"\|y + \operatorname{max}(\tau, 0) 1_{x = 0}\|_1 = \text{scale}": (
                f"{SOFTENED}y = sign(x) * max(abs(x) - tau, 0)"
            ),
        },
        "y",
        Finding(
            kind="code",
            says="If an entry is 0 and the norm is less than `scale`, the result is not on the "
            "sphere: the same amount is added to all absolute values, and it is lost for this "
            "entry, because its sign is 0.",
            repair=(
                (
                    r"\|y\|_1 = \text{scale}",
                    r"\|y + \operatorname{max}(\tau, 0) 1_{x = 0}\|_1 = \text{scale}",
                ),
            ),
            code=(
                "optax.projections._projections.projection_l1_sphere",
                "tree_sign = jax.tree.map(jnp.sign, tree)",
            ),
            reason="The constraint is not met; with the sign 1 for the entries that are 0 it is, "
            "and the distance is least.",
        ),
        **SCALE,
    ),
    _projection(
        "l2_ball",
        {r"\|y\|_2 \le \text{scale}": "y = x * min(1, scale / norm(x))"},
        "y",
        **SCALE,
    ),
    _projection(
        "l2_sphere",
        {
            r"\|y\|_2 = \text{scale}": "y = x * scale / norm(x)",
            r"\|y\|_2 = \text{value}": "y = x * value / norm(x)",
        },
        "y",
        Finding(
            kind="undefined symbol",
            says="The radius is called value in the constraint; it is the argument `scale`.",
            repair=((r"\|y\|_2 = \text{value}", r"\|y\|_2 = \text{scale}"),),
            reading="`scale`, the radius of the sphere, is the only argument that it can be",
        ),
        **SCALE,
    ),
    _projection(
        "linf_ball",
        {r"\|y\|_{\infty} \le \text{scale}": "y = max(min(x, scale), -scale)"},
        "y",
        **SCALE,
    ),
)
OTHERS = (
    Row(
        name="optax.tree.scale",
        symbols=_same("scalar", "tree"),
        whole=True,
        blocks=(Use("out = scalar * tree", kind="python", result="out"),),
        arguments={"scalar": 0.3, "tree": LOGITS},
        run=libraries.call,
    ),
    Row(
        name="optax.tree.add_scale",
        symbols=_same("tree_x", "scalar", "tree_y"),
        whole=True,
        blocks=(Use("out = tree_x + scalar * tree_y", kind="python", result="out"),),
        arguments={"scalar": 0.3, "tree_x": LOGITS, "tree_y": SOFT},
        run=libraries.call,
    ),
    Row(
        name="optax.perturbations.make_perturbed_fun",
        unreadable="It defines an expectation, which the function estimates with random numbers.",
    ),
    Row(name="optax.assignment.hungarian_algorithm", unreadable=PROGRAM),
    Row(
        name="optax.assignment.base_hungarian_algorithm",
        unreadable=PROGRAM,
        findings=(
            Finding(
                kind="prose",
                says="The example calls `hungarian_algorithm`, but prints what "
                "`base_hungarian_algorithm` returns: the pairs are in another order.",
                written="optax.assignment.hungarian_algorithm(cost)",
            ),
        ),
    ),
    Row(
        name="optax.second_order.hessian_diag",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="It returns the diagonal of the Hessian, and not a product with it.",
                written="the product to the Hessian",
                reading="the first line says that it is the diagonal",
            ),
        ),
    ),
    Row(
        name="optax.second_order.fisher_diag",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="It returns the squares of the gradient of the loss, and not a product with "
                "the Hessian.",
                written="the product to the Hessian",
            ),
        ),
    ),
)

ROWS = (*CONTRIBUTED, *SCHEDULES, *PROJECTIONS, *LOSSES, *OTHERS)
