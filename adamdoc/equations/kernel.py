"""Code generation: from a `System` to a fused loop over the elements, and to machine code."""

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

    Subexpressions of hyperparameters and the step number alone, such as ``1 - beta1**t``, are
    loop-invariant: they are computed once per step and passed as coefficients.

    Parameters
    ----------
    system : System
        The equations.

    Attributes
    ----------
    coefficients : dict of str to sympy.Expr
        The coefficients of the loop by name, with their expressions.
    assignments : list of (str, sympy.Expr)
        The assignments of the loop: ``m[i]`` is the old value of an element, ``m_t`` the new one.
    evaluate : callable
        Function from the hyperparameters, in their order, and t to the coefficients.
    source : str
        The Python source of the loop.
    source_of_arrays : str
        The Python source of the loop if the coefficients are arrays.
    """

    def __init__(self, system: System) -> None:
        self.states = system.states
        self.coefficients: dict[str, sympy.Expr] = {}
        inputs = (*system.hyperparameters, "t")
        self._scalars = {sympy.Symbol(name) for name in inputs}
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
        """Replace loop-invariant subexpressions by coefficients."""
        if expr.free_symbols <= self._scalars:
            return self._coefficient(expr)
        if expr.is_Symbol:
            return expr
        if isinstance(expr, (sympy.Add, sympy.Mul)):
            invariant = [a for a in expr.args if a.free_symbols <= self._scalars]
            parts = [self._hoist(a) for a in expr.args if a not in invariant]
            if expr.is_Mul and -1 in invariant:  # a sign is not worth a coefficient
                invariant.remove(-1)
                parts.append(sympy.Integer(-1))
            if invariant:
                parts.append(self._coefficient(expr.func(*invariant)))
            return expr.func(*parts)
        if isinstance(expr, sympy.Pow) and expr.exp.is_Number:
            return self._hoist(expr.base) ** expr.exp
        return expr.func(*(self._hoist(a) for a in expr.args))

    def _coefficient(self, expr: sympy.Expr) -> sympy.Symbol:
        """Return the symbol of a coefficient: its own for a single symbol, otherwise c1, c2, ..."""
        for name, coefficient in self.coefficients.items():
            if coefficient == expr:
                return sympy.Symbol(name)
        composite = sum(not value.is_Symbol for value in self.coefficients.values())
        name = str(expr) if expr.is_Symbol else f"c{composite + 1}"
        self.coefficients[name] = expr
        return sympy.Symbol(name)

    def _write(self, assignments: list[str]) -> str:
        """Return the Python source of the loop."""
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
    """Return the compiled loop, without fast-math: rounding, nan and inf stay as in NumPy."""
    import numba

    functions = {
        "sqrt": math.sqrt,
        "Abs": abs,
        "Max": np.maximum,
        "Min": np.minimum,
        "sign": np.sign,
    }
    names = {"prange": numba.prange, **functions}
    exec(
        builtins.compile(source, "<adamdoc kernel>", "exec"), names
    )  # generated from parsed equations
    loop: Any = numba.njit(names["step"], parallel=parallel, error_model="numpy", fastmath=False)
    return loop
