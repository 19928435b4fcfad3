"""Optax: what the symbols of its docstrings mean, and what is found there."""

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


INDEXED = since(
    "The learning rate is indexed by :math:`t` since the learning rate may also be provided by a "
    "schedule function."
)
STATE = Finding(
    kind="typo",
    says="The state that the update takes is the one of step `t - 1`, and the new one that of step "
    "`t`, as the equations below have it.",
    written="optimizer state :math:`S_t`",
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
    "introduced; the docstring of `optax.adam` says which arguments they are.",
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
        blocks=(Use(0, of="optax.adamw"), Use(1, replaces=True)),
        arguments=RATE,
        options={**OPTIONS, "weight_decay": (0.5,)},
        unchecked={**MASKS, "nesterov": "it is True; with False, the function is `optax.adamw`"},
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
        findings=(
            INDEXED,
            STATE,
            Finding(kind="typo", says="It is initial.", written="representing the intial estimate"),
        ),
    ),
)

ROWS = ADAMS
