"""From a `System` to the source of one fused loop over the elements, and to machine code."""

import builtins
import functools
import math
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import sympy

from adamdoc.equations.system import System, show


class Kernel:
    """The fused loop of a system.

    What depends on hyperparameters and the step alone, such as ``1 - beta1**t``, is computed once
    for each step; the loop gets it as a coefficient.

    Parameters
    ----------
    system : System
        The equations.

    Attributes
    ----------
    coefficients : dict of str to sympy.Expr
        The coefficients of the loop by name, and what each stands for.
    assignments : list of (str, sympy.Expr)
        What the loop assigns, in order: ``m[i]`` is the old value of an element, ``m_t`` the new.
    evaluate : callable
        Returns the coefficients for the hyperparameters in their order and t.
    source : str
        The loop as Python.
    source_of_arrays : str
        The loop for coefficients that are arrays.
    """

    def __init__(self, system: System) -> None:
        self.states = system.states
        self.coefficients: dict[str, sympy.Expr] = {}
        inputs = (*system.hyperparameters, "t")
        self._given = {sympy.Symbol(name) for name in inputs}
        local = {sympy.Symbol("g"): sympy.Symbol("g[i]")}
        for name in ("theta", *system.states):
            local[sympy.Symbol(f"{name}_prev")] = sympy.Symbol(f"{name}[i]")
            local[sympy.Symbol(name)] = sympy.Symbol(f"{name}_t")
        self.assignments = [
            (str(local.get(sympy.Symbol(a.name), a.name)), self._hoist(a.expr).xreplace(local))
            for a in system.assignments
        ]
        lines = [f"{name} = {show(expr)}" for name, expr in self.assignments]
        self.evaluate = sympy.lambdify(inputs, list(self.coefficients.values()), "numpy")
        self.source = self._write(lines)
        coefficient = re.compile(rf"\b({'|'.join(self.coefficients)})\b")
        self.source_of_arrays = self._write([coefficient.sub(r"\1[i]", n) for n in lines])

    def _hoist(self, expr: sympy.Expr) -> sympy.Expr:
        """Put a coefficient in the place of all that is the same for every element."""
        if expr.free_symbols <= self._given:
            return self._coefficient(expr)
        if expr.is_Symbol:
            return expr
        if isinstance(expr, (sympy.Add, sympy.Mul)):
            given = [a for a in expr.args if a.free_symbols <= self._given]
            parts = [self._hoist(a) for a in expr.args if a not in given]
            if expr.is_Mul and -1 in given:  # a sign stays in its place
                given.remove(-1)
                parts.append(sympy.Integer(-1))
            if given:
                parts.append(self._coefficient(expr.func(*given)))
            return expr.func(*parts)
        if isinstance(expr, sympy.Pow) and expr.exp.is_Number:
            return self._hoist(expr.base) ** expr.exp
        return expr.func(*(self._hoist(a) for a in expr.args))

    def _coefficient(self, expr: sympy.Expr) -> sympy.Symbol:
        """Return the name of a coefficient: its own if it is one symbol, else c1, c2, ..."""
        for name, known in self.coefficients.items():
            if known == expr:
                return sympy.Symbol(name)
        composite = sum(not known.is_Symbol for known in self.coefficients.values())
        name = str(expr) if expr.is_Symbol else f"c{composite + 1}"
        self.coefficients[name] = expr
        return sympy.Symbol(name)

    def _write(self, assignments: list[str]) -> str:
        """Return the loop as Python."""
        operands = ("theta", "g", *self.states)
        lines = [f"def step({', '.join((*operands, *self.coefficients))}):"]
        lines += [
            f"    # {name} = {show(expr)}"
            for name, expr in self.coefficients.items()
            if name != str(expr)
        ]
        lines += ["    for i in prange(theta.size):"]
        lines += [f"        {line}" for line in assignments]
        lines += [f"        {name}[i] = {name}_t" for name in ("theta", *self.states)]
        return "\n".join(lines) + "\n"


@functools.cache
def machine_code(source: str, parallel: bool) -> Callable[..., None]:
    """Return the compiled loop. Rounding, nan and inf stay as in NumPy: no fast maths."""
    import numba

    functions = {
        "sqrt": math.sqrt,
        "Abs": abs,
        "Max": np.maximum,
        "Min": np.minimum,
        "sign": np.sign,
    }
    names = {"prange": numba.prange, **functions}
    exec(builtins.compile(source, "<adamdoc kernel>", "exec"), names)  # made from parsed equations
    loop: Any = numba.njit(names["step"], parallel=parallel, error_model="numpy", fastmath=False)
    return loop
