"""The table of symbols: the notation of each quantity in equations and its name in code.

The table has what most optimizers share. An optimizer declares further symbols as its ``symbols``,
or gives one of the table another meaning there. The notation page is generated from both, and each
optimizer validates its hyperparameters against them.
"""

import functools
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Symbol:
    r"""A quantity in the equations.

    Attributes
    ----------
    latex : str
        Its symbol in equations.
    name : str
        Its name in code.
    kind : str
        ``"input"``, ``"state"``, ``"step"`` (computed within a step), ``"hyperparameter"``, or
        ``"choice"``, a hyperparameter that decides which equations apply.
    meaning : str
        A short definition. Quantities have no unit unless the loss has one.
    rule : str
        The valid values (see `adamdoc.checks.number`). It is set for each hyperparameter, and for
        states that cannot take any real value.
    start : str
        The initial value of a state as LaTeX: ``"0"``, ``r"\theta_0"``, the parameters, or an
        expression of hyperparameters and the identity matrix I.
    negligible : bool
        Whether a hyperparameter only keeps a denominator away from zero, so that measurements of
        scale invariance may set it close to zero.
    shape : str
        Empty if the quantity has the shape of the parameters. Otherwise ``"number"``, or for a
        matrix of parameters ``"rows"`` (a column with a number for each row), ``"columns"`` (a row
        with a number for each column), ``"rows x rows"`` or ``"columns x columns"``. ``"memory"``
        is that of several arrays of parameters, as many as the hyperparameter ``memory`` says, and
        ``"numbers"`` that of a vector, as long as the hyperparameter ``scales`` says; in its start,
        i is the number of the entry.
    """

    latex: str
    name: str
    kind: str
    meaning: str
    rule: str = ""
    start: str = "0"
    negligible: bool = False
    shape: str = ""


TABLE = (
    Symbol(r"\theta_t", "theta", "input", "parameters after step t; the start is theta_0"),
    Symbol(r"g_t", "g", "input", "gradient of the loss at the parameters before step t"),
    Symbol(r"t", "t", "input", "number of the step, from 1"),
    Symbol(r"m_t", "m", "state", "first moment: exponential average of the gradients"),
    Symbol(r"v_t", "v", "state", "second moment: exponential average of the squared gradients"),
    Symbol(r"b_t", "b", "state", "momentum buffer: decaying sum of the gradients"),
    Symbol(r"\bar{v}_t", "v_max", "state", "largest second moment so far"),
    Symbol(r"\eta_t", "rate", "step", "learning rate of this step"),
    Symbol(r"\Delta_t", "delta", "step", "step before the learning rate"),
    Symbol(r"\hat{m}_t", "m_hat", "step", "bias-corrected first moment"),
    Symbol(r"\hat{v}_t", "v_hat", "step", "bias-corrected second moment"),
    Symbol(r"\eta", "lr", "hyperparameter", "learning rate", "positive"),
    Symbol(r"\beta", "beta", "hyperparameter", "decay rate of the only average", "[0, 1)"),
    Symbol(r"\beta_1", "beta1", "hyperparameter", "first decay rate: in Adam of m", "[0, 1)"),
    Symbol(r"\beta_2", "beta2", "hyperparameter", "second decay rate: in Adam of v", "[0, 1)"),
    Symbol(r"\beta_3", "beta3", "hyperparameter", "third decay rate", "[0, 1)"),
    Symbol(r"\rho", "rho", "hyperparameter", "decay rate of both averages of squares", "[0, 1)"),
    Symbol(r"\mu", "momentum", "hyperparameter", "decay rate of the momentum buffer", "[0, 1)"),
    Symbol(
        r"\varepsilon",
        "eps",
        "hyperparameter",
        "small constant that keeps a denominator away from zero",
        "nonnegative",
        negligible=True,
    ),
    Symbol(
        r"\lambda",
        "weight_decay",
        "hyperparameter",
        "weight decay, multiplied by lr",
        "nonnegative",
    ),
    Symbol(r"\alpha", "alpha", "hyperparameter", "weight of a term", "nonnegative"),
    Symbol(r"\gamma", "gamma", "hyperparameter", "scale of the curvature", "positive"),
    Symbol(r"\psi", "momentum_decay", "hyperparameter", "how fast mu rises", "nonnegative"),
    Symbol(r"\zeta", "lr_decay", "hyperparameter", "how fast the rate falls", "nonnegative"),
    Symbol(
        r"\omega",
        "threshold",
        "hyperparameter",
        "length from which steps are adaptive",
        "at least 4",
    ),
    Symbol(r"c", "clip", "hyperparameter", "clipping bound", "positive"),
    Symbol(r"k_0", "warmup", "hyperparameter", "steps until lr is reached", "at least 1"),
    Symbol(r"p", "power", "hyperparameter", "power of lr in a weight", "nonnegative"),
    Symbol(r"\tau", "dampening", "hyperparameter", "share of a gradient left out", "[0, 1]"),
    Symbol(
        r"\delta",
        "eps_root",
        "hyperparameter",
        "as eps, but under the root",
        "nonnegative",
        negligible=True,
    ),
    Symbol(
        r"\hat{\varepsilon}",
        "eps_hat",
        "hyperparameter",
        "as eps, but beside the root of the uncorrected moment",
        "nonnegative",
        negligible=True,
    ),
    Symbol(
        r"\iota",
        "initial",
        "hyperparameter",
        "start of an accumulator",
        "nonnegative",
        negligible=True,
    ),
    Symbol(
        r"\nu", "nesterov", "hyperparameter", "1: looks ahead as Nesterov does, 0: not", "[0, 1]"
    ),
    Symbol(
        r"\kappa", "centered", "hyperparameter", "1: second moment about the mean, 0: not", "[0, 1]"
    ),
    Symbol(r"\phi", "correction", "hyperparameter", "1: bias is corrected, 0: not", "[0, 1]"),
    Symbol(r"\phi_2", "correction2", "hyperparameter", "as phi, of the second moment", "[0, 1]"),
    Symbol(
        r"\epsilon",
        "least",
        "hyperparameter",
        "lower bound of the size of the parameters",
        "nonnegative",
        negligible=True,
    ),
    Symbol(r"f", "floor", "hyperparameter", "least second moment, as a root", "nonnegative"),
    Symbol(r"h_r", "relative", "hyperparameter", "1: the rate falls with t, 0: not", "[0, 1]"),
    Symbol(r"h_s", "scaled", "hyperparameter", "1: relative to the parameters, 0: not", "[0, 1]"),
    Symbol(
        r"h_b", "rate_first", "hyperparameter", "1: lr enters before the buffer, 0: after", "[0, 1]"
    ),
    Symbol(
        r"h_f", "factored", "hyperparameter", "shortest axis that is factored", "positive integer"
    ),
    Symbol(r"\bar{r}", "rms", "hyperparameter", "root mean square of a step", "nonnegative"),
    Symbol(
        r"\chi", "amsgrad", "hyperparameter", "1: largest second moment so far, 0: not", "[0, 1]"
    ),
    Symbol(
        r"\xi",
        "fallback",
        "hyperparameter",
        "1: steps without v while it is short, 0: none",
        "[0, 1]",
    ),
    Symbol(r"k", "steps", "hyperparameter", "steps from one event to the next", "positive integer"),
    Symbol(r"\varrho", "radius", "hyperparameter", "distance of the second gradient", "positive"),
    Symbol(r"\bar{c}", "max_norm", "hyperparameter", "largest norm of the gradient", "positive"),
    Symbol(r"d_0", "d0", "hyperparameter", "initial estimate of the distance", "positive"),
)

#: The kinds of symbols, with titles for a table.
KINDS = {
    "input": "Inputs",
    "state": "State, kept from step to step",
    "step": "Computed within a step",
    "hyperparameter": "Hyperparameters",
    "choice": "Hyperparameters that decide which equations apply",
}


@functools.cache
def table_of(cls: Any) -> dict[str, Symbol]:
    """Return the symbols of an optimizer by name: its own, and those of the table.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    dict of str to Symbol
        The symbols. One of its own replaces that of the same name or the same LaTeX in the table.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> table_of(Adam)["m"].latex
    'm_t'
    """
    own = cls.symbols
    names, latex = {s.name for s in own}, {s.latex for s in own}
    shared = [s for s in TABLE if s.name not in names and s.latex not in latex]
    return {s.name: s for s in (*own, *shared)}


def rule_of(cls: Any, name: str) -> str:
    """Return the rule of a hyperparameter of an optimizer: if it is not declared, any number.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.
    name : str
        The name of the hyperparameter.

    Returns
    -------
    str
        The rule (see `adamdoc.checks.number`).

    Examples
    --------
    >>> from adamdoc import Adam
    >>> rule_of(Adam, "beta1"), rule_of(Adam, "of_my_own")
    ('[0, 1)', 'finite')
    """
    symbol = table_of(cls).get(name)
    return symbol.rule if symbol and symbol.rule else "finite"
