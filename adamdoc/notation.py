"""The one table of symbols: how an equation writes a quantity and how the code names it.

The notation page is made from it, and each optimizer checks its hyperparameters by it.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Symbol:
    """One quantity.

    Attributes
    ----------
    latex : str
        How equations write it.
    name : str
        How code names it.
    kind : str
        ``"input"``, ``"state"``, ``"step"`` (computed within a step) or ``"hyperparameter"``.
    meaning : str
        What it is, in a few words. All quantities are dimensionless unless the loss has a unit.
    rule : str
        For a hyperparameter, the values that are allowed (see `adamdoc.checks.number`).
    """

    latex: str
    name: str
    kind: str
    meaning: str
    rule: str = ""


TABLE = (
    Symbol(r"\theta_t", "theta", "input", "parameters after step t; the start is theta_0"),
    Symbol(r"g_t", "g", "input", "gradient of the loss at the parameters before step t"),
    Symbol(r"t", "t", "input", "number of the step, from 1"),
    Symbol(r"m_t", "m", "state", "first moment: exponential average of the gradients"),
    Symbol(r"v_t", "v", "state", "second moment: exponential average of the squared gradients"),
    Symbol(r"b_t", "b", "state", "momentum buffer: decaying sum of the gradients"),
    Symbol(r"s_t", "s", "state", "sum of the squared gradients"),
    Symbol(r"\bar{v}_t", "v_max", "state", "largest second moment so far"),
    Symbol(r"u_t", "u", "state", "decaying maximum of the gradients' sizes"),
    Symbol(r"d_t", "d", "state", "exponential average of the squared steps"),
    Symbol(r"c_t", "c", "step", "average of the gradients whose sign is taken"),
    Symbol(r"\Delta_t", "delta", "step", "step before the learning rate"),
    Symbol(r"\hat{m}_t", "m_hat", "step", "first moment, corrected for its start at zero"),
    Symbol(r"\hat{v}_t", "v_hat", "step", "second moment, corrected for its start at zero"),
    Symbol(r"\eta", "lr", "hyperparameter", "learning rate", "positive"),
    Symbol(r"\beta", "beta", "hyperparameter", "decay rate of the only average", "fraction"),
    Symbol(r"\beta_1", "beta1", "hyperparameter", "first decay rate: in Adam of m", "fraction"),
    Symbol(r"\beta_2", "beta2", "hyperparameter", "second decay rate: in Adam of v", "fraction"),
    Symbol(r"\rho", "rho", "hyperparameter", "decay rate of both averages of squares", "fraction"),
    Symbol(r"\mu", "momentum", "hyperparameter", "decay rate of the momentum buffer", "fraction"),
    Symbol(
        r"\varepsilon",
        "eps",
        "hyperparameter",
        "small number that keeps a denominator from zero",
        "nonnegative",
    ),
    Symbol(
        r"\lambda",
        "weight_decay",
        "hyperparameter",
        "decay of the parameters, for each unit of lr",
        "nonnegative",
    ),
)

HYPERPARAMETERS = {s.name: s for s in TABLE if s.kind == "hyperparameter"}
