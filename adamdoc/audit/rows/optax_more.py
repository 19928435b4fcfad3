"""Optax beside its optimizers: contributed ones, schedules, projections and losses."""

import math

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
    Row,
    State,
    Use,
)

LOGITS = np.array([[0.4, -1.3, 2.1], [1.7, 0.2, -0.6], [-0.9, 0.8, 0.3], [2.4, -2.2, 1.1]])
SOFT = np.array([[0.2, 0.5, 0.3], [1.0, 0.0, 0.0], [0.6, 0.1, 0.3], [0.25, 0.25, 0.5]])
INTEGERS = np.array([2, 0, 1, 1])
ROWS = (
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
)
