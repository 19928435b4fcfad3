"""Export of the equations as JavaScript, pseudocode and LaTeX."""

import re
from dataclasses import fields

import numpy as np
import sympy
from sympy.printing.jscode import JavascriptCodePrinter
from sympy.printing.precedence import PRECEDENCE

from adamdoc.equations.kernel import Kernel
from adamdoc.equations.parse import of
from adamdoc.equations.system import STARTS_AT_THETA, show
from adamdoc.optimizers import Optimizer


def javascript(optimizer: Optimizer | type[Optimizer]) -> str:
    """Return a JavaScript module (ESM) that implements an optimizer.

    Its function ``init(theta)`` returns the state before the first step. Its function
    ``update(theta, g, state, hyperparameters)`` takes one step: it overwrites the array `theta` and
    the state. The fourth argument is an object such as ``{lr: 0.1}``; hyperparameters that it omits
    take the values of `optimizer`. If an array is passed as the fifth argument, it is filled with
    one object per element that holds all quantities of the step.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose equations to export; for a class, with its defaults.

    Returns
    -------
    str
        The source of the module.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer, or a hyperparameter is an array or a schedule.
    EquationError
        If the equations of the docstring cannot be parsed.

    Examples
    --------
    >>> from adamdoc import GradientDescent, equations
    >>> print(equations.javascript(GradientDescent(lr=0.1)))
    // GradientDescent, from the equations of its docstring:
    // theta[t] = theta[t-1] - g[t]*lr
    <BLANKLINE>
    export function init() {
      return { t: 0 };
    }
    <BLANKLINE>
    export function update(theta, g, state, hyperparameters = {}, seen = null) {
      const { lr = 0.1 } = hyperparameters;
      if (g.length !== theta.length) {
        throw new RangeError(`g must have length ${theta.length}, got ${g.length}`);
      }
      const t = ++state.t;
      for (let i = 0; i < theta.length; i++) {
        const theta_t = theta[i] - g[i]*lr;
        if (seen) seen[i] = { theta: theta_t };
        theta[i] = theta_t;
      }
    }
    <BLANKLINE>
    """
    system = of(optimizer)
    kernel = Kernel(system)
    operands = ", ".join(f"{name} = {value}" for name, value in _numbers(optimizer).items())
    states = ", ".join(system.states)
    zeros, copy = "new Float64Array(theta.length)", "Float64Array.from(theta)"
    starts = {name: copy if name in STARTS_AT_THETA else zeros for name in system.states}
    start = ", ".join(["t: 0", *(f"{name}: {start}" for name, start in starts.items())])
    locals_ = zip(system.assignments, kernel.assignments, strict=True)
    seen = ", ".join(a.name if a.name == k else f"{a.name}: {k}" for a, (k, _) in locals_)
    lines = [
        f"// {system.optimizer}, from the equations of its docstring:",
        *(f"// {line}" for line in _indexed(optimizer)),
        "",
        f"export function init({'theta' if starts else ''}) {{",
        f"  return {{ {start} }};",
        "}",
        "",
        "export function update(theta, g, state, hyperparameters = {}, seen = null) {",
        f"  const {{ {operands} }} = hyperparameters;",
        "  if (g.length !== theta.length) {",
        "    throw new RangeError(`g must have length ${theta.length}, got ${g.length}`);",
        "  }",
        "  const t = ++state.t;",
        *([f"  const {{ {states} }} = state;"] if states else []),
        *(
            f"  const {name} = {script(expr)};"
            for name, expr in kernel.coefficients.items()
            if name != str(expr)
        ),
        "  for (let i = 0; i < theta.length; i++) {",
        *(f"    const {name} = {script(expr)};" for name, expr in kernel.assignments),
        f"    if (seen) seen[i] = {{ {seen} }};",
        *(f"    {name}[i] = {name}_t;" for name in ("theta", *system.states)),
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"


class _Printer(JavascriptCodePrinter):  # type: ignore[misc]  # SymPy has no types
    """Print squares as products, which round in the same way as NumPy's squares."""

    def _print_Pow(self, expr: sympy.Pow) -> str:  # noqa: N802 - SymPy's name
        if expr.exp == 2:
            base = self.parenthesize(expr.base, PRECEDENCE["Pow"])
            return f"({base}*{base})"
        return str(super()._print_Pow(expr))


def script(expr: sympy.Expr) -> str:
    """Return an expression as JavaScript."""
    return str(_Printer({"order": "none"}).doprint(expr))


def _numbers(optimizer: Optimizer | type[Optimizer]) -> dict[str, float]:
    """Return the hyperparameters by name, after checking that each is a number."""
    instance = optimizer() if isinstance(optimizer, type) else optimizer
    values = {field.name: getattr(instance, field.name) for field in fields(instance)}
    for name, value in values.items():
        if callable(value) or isinstance(value, np.ndarray):
            raise TypeError(f"{name} must be a number to be exported, got {value!r}")
    return values


def _indexed(optimizer: Optimizer | type[Optimizer]) -> list[str]:
    """Return the equations as plain text, with the step index of each quantity."""
    system = of(optimizer)
    index = {sympy.Symbol("g"): sympy.Symbol("g[t]")}
    for a in system.assignments:
        index[sympy.Symbol(a.name)] = sympy.Symbol(f"{a.name}[t]")
        index[sympy.Symbol(f"{a.name}_prev")] = sympy.Symbol(f"{a.name}[t-1]")
    lines = [f"{a.name}[t] = {show(a.expr.xreplace(index))}" for a in system.assignments]
    return [re.sub(r"\b(Max|Min|Abs)\(", lambda m: m[0].lower(), line) for line in lines]


def pseudocode(optimizer: Optimizer | type[Optimizer]) -> str:
    """Return an optimizer as pseudocode.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose equations to export; for a class, with its defaults.

    Returns
    -------
    str
        The inputs, the initial state, the loop and the result.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer, or a hyperparameter is an array or a schedule.
    EquationError
        If the equations of the docstring cannot be parsed.

    Examples
    --------
    >>> from adamdoc import Momentum, equations
    >>> print(equations.pseudocode(Momentum(lr=0.1)))
    Momentum
      input: theta[0], gradient, lr = 0.1, beta = 0.9
      start: m[0] = 0
      for t = 1, 2, ...:
        g[t] = gradient(theta[t-1])
        m[t] = beta*m[t-1] + g[t]*(1 - beta)
        theta[t] = theta[t-1] - lr*m[t]
      return: theta[t]
    <BLANKLINE>
    """
    system = of(optimizer)
    inputs = [f"{name} = {value}" for name, value in _numbers(optimizer).items()]
    starts = [f"{s}[0] = {'theta[0]' if s in STARTS_AT_THETA else '0'}" for s in system.states]
    lines = [
        system.optimizer,
        f"  input: {', '.join(['theta[0]', 'gradient', *inputs])}",
        *([f"  start: {', '.join(starts)}"] if system.states else []),
        "  for t = 1, 2, ...:",
        "    g[t] = gradient(theta[t-1])",
        *(f"    {line}" for line in _indexed(optimizer)),
        "  return: theta[t]",
    ]
    return "\n".join(lines) + "\n"


def latex(optimizer: Optimizer | type[Optimizer]) -> str:
    r"""Return the equations of an optimizer as aligned LaTeX, for a paper.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose equations to export.

    Returns
    -------
    str
        An ``aligned`` environment for use inside an equation. It requires the package amsmath.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer.
    EquationError
        If the equations of the docstring cannot be parsed.

    Examples
    --------
    >>> from adamdoc import Momentum, equations
    >>> print(equations.latex(Momentum))
    \begin{aligned}
    m_t &= \beta m_{t-1} + (1 - \beta) g_t \\
    \theta_t &= \theta_{t-1} - \eta m_t
    \end{aligned}
    """
    lines = " \\\\\n".join(a.latex for a in of(optimizer).assignments)
    return f"\\begin{{aligned}}\n{lines}\n\\end{{aligned}}"
