"""Evaluation of equations with products of matrices in arrays that are kept between steps.

The products are BLAS's, and the decompositions LAPACK's. What NumPy would allocate for each
operation is taken from a pool, and returned to it as soon as it is used.
"""

import functools
import math
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from adamdoc.checks import Array
from adamdoc.equations import evaluate
from adamdoc.equations.system import Definition, System
from adamdoc.equations.tree import (
    REDUCTIONS,
    Call,
    Case,
    Compare,
    MatrixPower,
    MatrixProduct,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
    names,
    rebuilt,
    show,
)

Value = tuple[Any, Array | None]  # a value, and the array of the pool that it occupies


class Workspace:
    """Evaluates expressions, each in arrays of a pool.

    Parameters
    ----------
    system : System
        The equations, whose definitions the expressions may use.
    """

    def __init__(self, system: System) -> None:
        self.system = system
        self.pool: dict[Any, list[Array]] = {}
        self.definitions = {definition.name: definition for definition in system.definitions}

    def take(self, shape: tuple[int, ...], dtype: Any) -> Array:
        """Return an array of the pool, or a new one, with any contents."""
        free = self.pool.setdefault((shape, np.dtype(dtype)), [])
        return free.pop() if free else np.empty(shape, dtype)

    def give(self, array: Array | None) -> None:
        """Return an array to the pool."""
        if array is not None:
            self.pool[array.shape, array.dtype].append(array)

    def value(self, node: Node, values: dict[str, Any]) -> Value:
        """Return the value of an expression; the caller gives its array back.

        Parameters
        ----------
        node : Node
            The expression.
        values : dict
            The values of its symbols. Their arrays are not modified.

        Returns
        -------
        value : float or ndarray
            The value.
        array : ndarray or None
            The array of the pool that it occupies, if any.
        """
        match node:
            case Number(number):
                return float(number), None
            case Name(name):
                return values[name], None
            case Sum(terms):
                return self.joined(np.add, terms, values)
            case Product(factors):
                return self.joined(np.multiply, factors, values)
            case Quotient(numerator, denominator):
                return self.joined(np.divide, (numerator, denominator), values)
            case Power(base, exponent):
                if exponent == Number(2):
                    return self.apply(np.square, self.value(base, values))
                return self.joined(np.power, (base, exponent), values)
            case Negative(term):
                return self.apply(np.negative, self.value(term, values))
            case Compare(relation, left, right):
                return self.joined(evaluate.RELATIONS[relation], (left, right), values)
            case MatrixProduct(factors):
                parts = (self.value(factor, values) for factor in factors)
                return functools.reduce(self.matmul, parts)
            case MatrixPower(base, exponent):
                return self.matrix_power(self.value(base, values), self.value(exponent, values)[0])
            case Case():
                return self.case(node, values)
            case Call("max" | "min" | "and" as function, arguments):
                ufunc = {"max": np.maximum, "min": np.minimum, "and": np.logical_and}[function]
                return self.joined(ufunc, arguments, values)
            case Call(function, arguments):
                return self.call(function, [self.value(a, values) for a in arguments], values)
            case Series():
                return evaluate.value_of(node, values), None
        raise TypeError(f"node must be a node of the tree, got {node!r}")

    def joined(self, ufunc: np.ufunc, nodes: tuple[Node, ...], values: dict[str, Any]) -> Value:
        """Return the values of some expressions, joined by a ufunc from left to right."""
        first = self.value(nodes[0], values)
        return functools.reduce(
            lambda a, node: self.apply(ufunc, a, self.value(node, values)), nodes[1:], first
        )

    def apply(self, ufunc: np.ufunc, *operands: Value) -> Value:
        """Return the result of a ufunc, in the array of an operand if there is one."""
        inputs = [value for value, _ in operands]
        if not any(isinstance(value, np.ndarray) for value in inputs):
            with np.errstate(all="ignore"):
                result = ufunc(*map(float, inputs))
            return (bool if ufunc in LOGICAL else float)(result), None
        shape = np.broadcast_shapes(*map(np.shape, inputs))
        dtype = next(value.dtype for value in inputs if isinstance(value, np.ndarray))
        dtype = np.bool_ if ufunc in LOGICAL else dtype
        for value, array in operands:
            if array is not None and value.shape == shape and value.dtype == dtype:
                target, kept = value, array
                break
        else:
            target = kept = self.take(shape, dtype)
        ufunc(*inputs, out=target)
        for _, array in operands:
            if array is not kept:
                self.give(array)
        return target, kept

    def matmul(self, left: Value, right: Value) -> Value:
        """Return the product of two matrices."""
        (a, kept), (b, other) = left, right
        target = self.take((a.shape[0], b.shape[1]), a.dtype)
        np.matmul(a, b, out=target)
        self.give(kept)
        if other is not kept:
            self.give(other)
        return target, target

    def matrix_power(self, base: Value, exponent: float) -> Value:
        """Return a power of a square matrix."""
        if exponent < 0:
            result = evaluate.inverse_root(base[0], exponent)
            self.give(base[1])
            return result, None
        power: Value = (base[0], None)
        for _ in range(evaluate.whole(exponent) - 1):
            power = self.matmul(power, (base[0], None))
        if power[1] is not None:
            self.give(base[1])
        return power if power[1] is not None else base

    def case(self, node: Case, values: dict[str, Any]) -> Value:
        """Return the value of a case; of a condition on a number, only one branch is evaluated."""
        condition, array = self.value(node.condition, values)
        if not isinstance(condition, np.ndarray):
            return self.value(node.value if condition else node.otherwise, values)
        (a, first), (b, second) = self.value(node.value, values), self.value(node.otherwise, values)
        like = next(v for v in (a, b, values["theta_prev"]) if isinstance(v, np.ndarray))
        target = self.take(condition.shape, like.dtype)
        target[...] = b
        np.copyto(target, a, where=condition)
        for used in (array, first, second):
            self.give(used)
        return target, target

    def call(self, function: str, operands: list[Value], values: dict[str, Any]) -> Value:
        """Return the value of a function."""
        (x, array), *_ = operands
        if function in self.definitions:
            return self.defined(self.definitions[function], operands[0], values)
        if function in ("sqrt", "abs", "sign", "exp", "log", "sin", "cos", "tanh"):
            return self.apply(getattr(np, function), operands[0])
        if function == "transpose":
            return x.T, array
        if function in ("norm1", "norminf") and isinstance(x, np.ndarray):
            operands = [self.apply(np.absolute, operands[0])]
            result: Any = float(
                (np.sum if function == "norm1" else np.max)(operands[0][0], initial=0)
            )
        elif function in ("norm", "rms") and isinstance(x, np.ndarray):
            flat = x.ravel(order="K")
            result = math.sqrt(
                float(np.dot(flat, flat)) / (max(1, x.size) if function == "rms" else 1)
            )
        elif function == "inner":
            result = float(np.vdot(x, operands[1][0]))
        else:
            result = evaluate.CALLS[function](*(value for value, _ in operands))
        for _, used in operands:
            self.give(used)
        return result, None

    def defined(self, definition: Definition, argument: Value, values: dict[str, Any]) -> Value:
        """Return the value of a function that the docstring defines."""
        x, array = argument
        turn = x.ndim == 2 and x.shape[0] > x.shape[1] and commutes_with_transpose(definition)
        local = {**values, definition.parameter: x.T if turn else x}
        owned: dict[str, Array | None] = {}

        def assign(name: str, expr: Node) -> None:
            value, used = self.value(expr, local)
            self.give(owned.pop(name, None))
            local[name], owned[name] = value, used

        for assignment in definition.before:
            assign(assignment.name, assignment.expr)
        for _ in range(definition.repetitions(values)):
            for assignment in definition.loop:
                before = assignment.name.removesuffix("_now") + "_before"
                if assignment.name in local:
                    self.give(owned.pop(before, None))
                    local[before], owned[before] = (
                        local.pop(assignment.name),
                        owned.pop(assignment.name),
                    )
            for assignment in definition.loop:
                assign(assignment.name, assignment.expr)
        value, used = self.value(definition.result, local)
        name = definition.result.name if isinstance(definition.result, Name) else ""
        used = owned.pop(name, None) if used is None else used
        for other in owned.values():
            self.give(other)
        if used is not None:
            self.give(array)
            array = used
        return value.T if turn else value, array


class Matrices:
    """The equations of a system with products of matrices, and how to run them.

    It has the attributes of `adamdoc.equations.kernel.Kernel` that a step needs.

    Parameters
    ----------
    system : System
        The equations.
    """

    plane = uniform = has_more = False
    stored: tuple[str, ...] = ()

    def __init__(self, system: System) -> None:
        self.system, self.workspace = system, Workspace(system)
        self.kept = (*system.states, *system.constants)
        self.shared = any(scope == "model" for scope in system.scopes.values())
        self.source = "\n".join(f"{a.name} = {show(a.expr)}" for a in system.assignments)
        self.lock = threading.Lock()

    def run(
        self,
        values: list[dict[str, Any]],
        targets: list[dict[str, Array]],
        gradient: Callable[[list[Array]], list[Array]],
    ) -> None:
        """Take a step of some arrays of a model.

        Parameters
        ----------
        values : list of dict
            For each array, the values of all symbols before the first equation. What the equations
            assign is added.
        targets : list of dict
            For each array, the parameters and the states to overwrite, by name.
        gradient : callable
            From the points of all arrays to their gradients there.
        """
        with self.lock:
            owned: list[list[Array | None]] = [[] for _ in values]
            for assignment in self.system.assignments:
                expr = assignment.expr
                if isinstance(expr, Call) and expr.function == "gradient":
                    (point,) = expr.arguments
                    found = gradient([v[show(point)] for v in values])
                    for v, value in zip(values, found, strict=True):
                        v[assignment.name] = value
                    continue
                if self.system.scopes.get(assignment.name) == "model":
                    expr = self.reduced(expr, values)
                for v, used in zip(values, owned, strict=True):
                    v[assignment.name], array = self.workspace.value(expr, v)
                    used.append(array)
            for v, arrays_of_one in zip(values, targets, strict=True):
                old = [id(array) for array in arrays_of_one.values()]
                new = {n: v[n].copy() if id(v[n]) in old else v[n] for n in arrays_of_one}
                for name, target in arrays_of_one.items():
                    target[...] = new[name]
            for used in owned:
                for array in used:
                    self.workspace.give(array)

    def reduced(self, node: Node, values: list[dict[str, Any]]) -> Node:
        """Return an expression with numbers in place of reductions over all arrays."""
        if node == Name("size"):
            return Number(sum(v["theta_prev"].size for v in values))
        node = rebuilt(node, lambda part: self.reduced(part, values))
        if not isinstance(node, Call) or node.function not in REDUCTIONS:
            return node
        size = sum(v["theta_prev"].size for v in values)
        parts = [
            self.workspace.value(Call(PART[node.function], node.arguments), v)[0] for v in values
        ]
        if node.function == "norminf":
            return Number(max(parts))
        if node.function in ("norm", "rms"):
            total = sum(part**2 for part in parts)
            return Number(math.sqrt(total / (max(1, size) if node.function == "rms" else 1)))
        return Number(sum(parts) / (max(1, size) if node.function == "mean" else 1))


#: For each reduction over all arrays, that over each array.
PART = {**{name: name for name in REDUCTIONS}, "mean": "sum", "rms": "norm"}


@functools.cache
def commutes_with_transpose(definition: Definition) -> bool:
    """Return whether a function of a matrix is also that of its transpose, transposed.

    Then the smaller of the two products of a matrix with its transpose is enough, as in
    Newton-Schulz iterations.
    """
    x = np.random.default_rng(0).standard_normal((3, 2))
    parts = [a.expr for a in (*definition.before, *definition.loop)]
    ones = {name: 1.0 for part in (*parts, definition.times) if part for name in names(part)}
    try:
        a, b = definition.call(x, ones), definition.call(x.T, ones)
    except (ArithmeticError, KeyError, TypeError, ValueError):
        return False
    return bool(np.shape(a) == (3, 2) and np.allclose(a, b.T, rtol=1e-9, atol=1e-9))


LOGICAL = frozenset({*evaluate.RELATIONS.values(), np.logical_and})
