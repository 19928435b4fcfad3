"""Export of the equations as JavaScript: one loop over the elements for each equation."""

import math
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import count

from adamdoc.equations import tree
from adamdoc.equations.export import exported, further_inputs, indexed
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.system import Definition, System
from adamdoc.equations.tree import (
    Call,
    Case,
    Compare,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Series,
    Sum,
)
from adamdoc.optimizers import Groups, Optimizer
from adamdoc.optimizers.wrappers.wrapper import layers

#: The functions of the equations that the caller of `update` provides. Their values are arrays.
PROVIDED = ("step", "gradient")
FUNCTIONS = {"mod": "mod"} | {
    name: f"Math.{name}"
    for name in ("sqrt", "abs", "sign", "exp", "log", "sin", "cos", "tanh", "max", "min")
}
#: Helpers, each written only into the modules that call it.
HELPERS = {
    "sum": """
function sum(first, end, term) {
  let total = 0;
  for (let i = first; i < end; i++) total += term(i);
  return total;
}""",
    "prod": """
function prod(first, end, factor) {
  let total = 1;
  for (let i = first; i < end; i++) total *= factor(i);
  return total;
}""",
    "largest": """
function largest(first, end, term) {
  let found = 0;
  for (let i = first; i < end; i++) found = Math.max(found, term(i));
  return found;
}""",
    "mod": """
function mod(number, divisor) {
  const rest = number % divisor;
  return rest !== 0 && rest < 0 !== divisor < 0 ? rest + divisor : rest;
}""",
}
#: The words that a generated function uses itself, or that JavaScript reserves.
WORDS = """i length state hyperparameters seen round init update Math Float64Array Object RangeError
arguments await break case catch class const continue debugger default delete do else enum eval
export extends false finally for function if implements import in instanceof interface let new null
package private protected public return static super switch this throw true try typeof undefined
var void while with yield"""
RESERVED = {*WORDS.split(), *HELPERS, *PROVIDED}
#: How strongly operators bind.
CONDITIONAL, AND, COMPARISON, SUM, PRODUCT, ATOM = range(6)


def javascript(optimizer: Optimizer | type[Optimizer]) -> str:
    """Return a JavaScript module (ESM) that implements an optimizer.

    Its function ``init(theta, hyperparameters)`` returns the state before the first step. Its
    function ``update(theta, g, state, hyperparameters, functions)`` takes one step: it overwrites
    the array `theta` and the state. The fourth argument is an object such as ``{lr: 0.1}``;
    hyperparameters that it omits take the values of `optimizer`. The fifth argument is an object
    with the functions of a point that some methods need: ``gradient`` for `adamdoc.SAM`, and for
    `adamdoc.Sophia` an estimate of the Hessian's diagonal. If it has an object ``seen``, this is
    filled with all quantities of the step.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose equations to export; for a class, with its defaults. A wrapper has the
        equations of the optimizer inside in place of its step; the module of a class of wrappers
        takes ``step(theta, g)``, which returns a new array, among its functions.

    Returns
    -------
    str
        The source of the module.

    Raises
    ------
    TypeError
        If `optimizer` is not an optimizer, a hyperparameter is an array or a schedule, or a field
        of the class has no default.
    EquationError
        If the equations of the docstring cannot be parsed, or need a matrix of parameters.

    Examples
    --------
    >>> from adamdoc import GradientDescent, equations
    >>> print(equations.javascript(GradientDescent(lr=0.1)))
    // GradientDescent, from the equations of its docstring:
    // theta[t] = theta[t-1] - lr*g[t]
    <BLANKLINE>
    export function init() {
      return { t: 0 };
    }
    <BLANKLINE>
    export function update(theta, g, state, hyperparameters = {}, { seen } = {}) {
      const { lr = 0.1 } = hyperparameters;
      const { length } = theta;
      if (g.length !== length) {
        throw new RangeError(`g must have length ${length}, got ${g.length}`);
      }
      const t = ++state.t;
      const theta_prev = theta.slice();
      for (let i = 0; i < length; i++) theta[i] = theta_prev[i] - lr*g[i];
      if (seen) {
        Object.assign(seen, { t, g, theta_prev, lr });
        Object.assign(seen, { theta: theta.slice() });
      }
    }
    <BLANKLINE>
    """
    system, values = exported(optimizer)[-1]
    whole = [optimizer] if isinstance(optimizer, type) else [type(o) for o in layers(optimizer)]
    for cls in whole:
        if cls.matrix_only or issubclass(cls, Groups):
            reason = "are matrices" if cls.matrix_only else "belong to several optimizers"
            raise EquationError(f"{cls.__name__} has no JavaScript: its parameters {reason}")
    return module(system, values)


def module(system: System, defaults: Mapping[str, float]) -> str:
    r"""Return the module of a system of equations.

    Parameters
    ----------
    system : System
        The equations.
    defaults : mapping of str to float
        The hyperparameters.

    Returns
    -------
    str
        The source of the module.

    Raises
    ------
    EquationError
        If the equations need a matrix of parameters.

    Examples
    --------
    >>> from adamdoc import Momentum, equations
    >>> lines = module(equations.of(Momentum), {"lr": 0.1, "beta": 0.9}).split("\n")
    >>> print(*(line for line in lines if "m[i] =" in line))
      for (let i = 0; i < length; i++) m[i] = beta*m_prev[i] + (1 - beta)*g[i];
    """
    try:
        return "\n".join(_Module(system, defaults).lines()) + "\n"
    except EquationError as error:
        raise EquationError(f"{system.optimizer} has no JavaScript: {error}") from None


def script(node: Node) -> str:
    """Return an expression of numbers as JavaScript.

    Examples
    --------
    >>> script(Negative(Product((Number(2), Power(Name("x"), Number(3))))))
    '-2*Math.pow(x, 3)'
    """
    return Printer().text(node)


class Printer:
    """The text of expressions.

    Parameters
    ----------
    arrays : collection of str
        The names of the quantities that are arrays; others are numbers.
    defined : collection of str
        The names of the functions that the docstring defines.
    """

    def __init__(self, arrays: Collection[str] = (), defined: Collection[str] = ()) -> None:
        self.arrays, self.defined = arrays, defined
        self.hoisted: dict[Node, str] = {}  # the names of expressions that are computed beforehand

    def is_array(self, node: Node) -> bool:
        """Return whether a value has an entry for each parameter."""
        match node:
            case Name(name):
                return name in self.arrays
            case Call(function) if function in tree.REDUCTIONS:
                return False
            case Call(function) if function in PROVIDED:
                return True
        return any(map(self.is_array, tree.children(node)))

    def text(self, node: Node, strength: int = CONDITIONAL) -> str:
        """Return an expression; if it is an array, its element ``i``.

        It is in brackets if it binds less strongly than `strength`.
        """
        text, own = self._text(node)
        return f"({text})" if own < strength else text

    def _text(self, node: Node) -> tuple[str, int]:
        """Return the text of an expression and how strongly it binds."""
        if node in self.hoisted:
            return self.hoisted[node] + "[i]" * self.is_array(node), ATOM
        match node:
            case Number(value):
                return "Math.PI" if value == math.pi else repr(value), ATOM
            case Name("size"):
                return "length", ATOM
            case Name(name):
                return local(name) + "[i]" * (name in self.arrays), ATOM
            case Sum((first, *rest)):
                text = self.text(first, SUM)
                for term in rest:
                    sign, part = ("-", term.term) if isinstance(term, Negative) else ("+", term)
                    text += f" {sign} {self.text(part, PRODUCT)}"
                return text, SUM
            case Negative(term):
                return f"-{self.text(term, PRODUCT)}", SUM
            case Product((first, *rest)):
                parts = [self.text(first, PRODUCT), *(self.text(part, ATOM) for part in rest)]
                return "*".join(parts), PRODUCT
            case Quotient(numerator, denominator):
                return f"{self.text(numerator, PRODUCT)}/{self.text(denominator, ATOM)}", PRODUCT
            case Power(base, Number(2)) if not _calls(base) and Power not in _kinds(base):
                return self._text(Product((base, base)))  # rounds as NumPy's square does
            case Power(base, exponent):
                return f"Math.pow({self.text(base)}, {self.text(exponent)})", ATOM
            case Compare(relation, left, right):
                sign = {"==": "===", "!=": "!=="}.get(relation, relation)
                return f"{self.text(left, SUM)} {sign} {self.text(right, SUM)}", COMPARISON
            case Case(value, condition, otherwise):
                parts = [self.text(part, AND) for part in (condition, value)]
                return f"{' ? '.join(parts)} : {self.text(otherwise)}", CONDITIONAL
            case Series(function, index, first, last, term):
                bounds = f"{self.text(first)}, {self.text(Sum((last, Number(1))))}"
                return f"{function}({bounds}, ({local(index)}) => {self.text(term)})", ATOM
            case Call("and", conditions):
                return " && ".join(self.text(part, COMPARISON) for part in conditions), AND
            case Call(function, arguments) if function in tree.REDUCTIONS:
                return self._reduction(function, arguments)
            case Call(function, arguments) if function in FUNCTIONS or function in self.defined:
                name = FUNCTIONS.get(function) or local(function)
                return f"{name}({', '.join(map(self.text, arguments))})", ATOM
        raise EquationError(f"{tree.show(node)} is an operation on matrices")

    def _reduction(self, function: str, arguments: tuple[Node, ...]) -> tuple[str, int]:
        """Return a reduction to one number as a sum over the elements."""
        terms: dict[str, Node] = {
            "inner": Product(arguments),
            "norm": Power(arguments[0], Number(2)),
            "rms": Power(arguments[0], Number(2)),
            "norm1": Call("abs", arguments),
            "norminf": Call("abs", arguments),
        }
        term = terms.get(function, arguments[0])
        end = "length" if any(map(self.is_array, arguments)) else "1"
        helper = "largest" if function == "norminf" else "sum"
        text = f"{helper}(0, {end}, (i) => {self.text(term)})"
        text += f"/{end}" if function in ("mean", "rms") else ""
        if function in ("norm", "rms"):
            return f"Math.sqrt({text})", ATOM
        return text, PRODUCT if function == "mean" else ATOM


def _reduced(node: Node) -> set[str]:
    """Return the quantities in the reductions of an expression."""
    parts = (part for part in tree.walk(node) if isinstance(part, Call))
    return {n for part in parts if part.function in tree.REDUCTIONS for n in tree.names(part)}


class _Module(Printer):
    """The lines of one module."""

    def __init__(self, system: System, defaults: Mapping[str, float]) -> None:
        self.arrays: set[str] = {"theta", "theta_prev", "theta_0", "g"}
        super().__init__(self.arrays, [definition.name for definition in system.definitions])
        self.system, self.defaults = system, defaults
        self.expressions = [assignment.expr for assignment in system.assignments]
        self.kept = (*system.states, *system.constants)
        self.operands = ["t", "g", "theta_prev", *(f"{name}_prev" for name in system.states)]
        self.operands += [*system.constants, *defaults]
        used = {name for expr in self.expressions for name in tree.names(expr)}
        self.free = (name for k in count(1) if (name := f"c{k}") not in used)
        self.operands += ["size"] if "size" in used else []
        self.inputs = [name for name in further_inputs(system) if name != "step"]
        for name in (*self.kept, *self.inputs):
            if system.shape(name) == "":
                self.arrays |= {name, f"{name}_prev"}
            elif system.shape(name) != "number":
                kind = "memory" if system.shape(name) == "memory" else "quantity of matrices"
                raise EquationError(f"{name} is a {kind}")
        for assignment in system.assignments:
            if assignment.name not in self.kept and self.is_array(assignment.expr):
                self.arrays.add(assignment.name)

    def lines(self) -> Iterator[str]:
        """Yield the lines."""
        functions = [*self.init(), "", *self.update()]
        yield f"// {self.system.optimizer}, from the equations of its docstring:"
        yield from (f"// {line}" for line in indexed(self.system))
        for name, helper in HELPERS.items():
            if any(re.search(rf"(?<![.\w]){name}\(", line) for line in functions):
                yield helper
        yield ""
        yield from functions

    def init(self) -> Iterator[str]:
        """Yield the function that starts the state."""
        starts = {name: self.system.starts[name] for name in self.kept}
        needs = {name for start in starts.values() for name in tree.names(start)} - {"theta_0"}
        parameters = ["theta"] if needs or not self.arrays.isdisjoint(starts) else []
        parameters += ["hyperparameters = {}"] if needs else []
        entries = ["t: 0", *(f"{name}: {self.start(name, of)}" for name, of in starts.items())]
        yield f"export function init({', '.join(parameters)}) {{"
        if needs:
            yield f"  const {self.given(needs)} = hyperparameters;"
        if any("theta_0" in _reduced(start) for start in starts.values()):
            yield "  const { length } = theta;"
        yield f"  return {{ {', '.join(entries)} }};"
        yield "}"

    def start(self, name: str, start: Node) -> str:
        """Return the start of a state."""
        if name not in self.arrays:
            return self.text(tree.substitute(start, {Name("theta_0"): Name("theta")}))
        if start == Number(0):
            return "new Float64Array(theta.length)"
        if start == Name("theta_0"):
            return "Float64Array.from(theta)"
        element = self.text(tree.substitute(start, {Name("theta_0"): Name("theta")}))
        return f"Float64Array.from(theta, (_, i) => {element})"

    def given(self, names: Collection[str]) -> str:
        """Return the pattern that takes hyperparameters out of an object."""
        parts = [f"{_entry(n)} = {value!r}" for n, value in self.defaults.items() if n in names]
        return f"{{ {', '.join(parts)} }}"

    def update(self) -> Iterator[str]:
        """Yield the function that takes a step."""
        states = self.system.states
        taken = [name for name in PROVIDED if any(name in _calls(e) for e in self.expressions)]
        taken += [f"{n}: {n}_at" if n in self.arrays else _entry(n) for n in self.inputs]
        functions = f"{{ {', '.join([*taken, 'seen'])} }} = {{}}"
        yield f"export function update(theta, g, state, hyperparameters = {{}}, {functions}) {{"
        if self.defaults:
            yield f"  const {self.given(self.defaults)} = hyperparameters;"
        yield "  const { length } = theta;"
        yield "  if (g.length !== length) {"
        yield "    throw new RangeError(`g must have length ${length}, got ${g.length}`);"
        yield "  }"
        yield "  const t = ++state.t;"
        yield "  const theta_prev = theta.slice();"
        if self.kept:
            entries = [*(f"{n}: {n}_prev" for n in states), *map(_entry, self.system.constants)]
            yield f"  const {{ {', '.join(entries)} }} = state;"
        for name in self.inputs:
            if name in self.arrays:
                yield f"  const {local(name)} = {self.when(name, f'{name}_at(theta_prev)')};"
        for definition in self.system.definitions:
            yield from self.function(definition)
        for assignment in self.system.assignments:
            yield from self.equation(assignment.name, assignment.expr)
        if states:
            yield f"  Object.assign(state, {{ {', '.join(map(_value, states))} }});"
        yield "  if (seen) {"
        for names in self.operands, [*self.inputs, *(a.name for a in self.system.assignments)]:
            yield f"    Object.assign(seen, {{ {', '.join(map(_value, names))} }});"
        yield "  }"
        yield "}"

    def when(self, name: str, call: str) -> str:
        """Return a call, made only on steps on which its value is used, if a condition says so."""
        users = [expr for expr in self.expressions if name in tree.names(expr)]
        conditions = {
            e.condition if isinstance(e, Case) and name in tree.names(e.value) else None
            for e in users
        }
        condition = conditions.pop()
        if (
            conditions
            or condition is None
            or not self.defaults.keys() | {"t"} >= set(tree.names(condition))
        ):
            return call
        return f"{self.text(condition, AND)} ? {call} : null"

    def function(self, definition: Definition) -> Iterator[str]:
        """Yield a function that the docstring defines."""
        assigned = [*definition.before, *definition.loop]
        nodes = [*(a.expr for a in assigned), definition.result]
        if any(_calls(node) & tree.REDUCTIONS for node in nodes):
            raise EquationError(f"{definition.name} is not a function of single elements")
        yield f"  const {local(definition.name)} = ({local(definition.parameter)}) => {{"
        if assigned:
            yield f"    let {', '.join(dict.fromkeys(local(a.name) for a in assigned))};"
        for a in definition.before:
            yield f"    {local(a.name)} = {self.text(a.expr)};"
        if definition.times is not None:
            yield f"    for (let round = 0; round < {self.text(definition.times)}; round++) {{"
            for a in definition.loop:
                yield f"      const {a.name.removesuffix('_now')}_before = {local(a.name)};"
            for a in definition.loop:
                yield f"      {local(a.name)} = {self.text(a.expr)};"
            yield "    }"
        yield f"    return {self.text(definition.result)};"
        yield "  };"

    def equation(self, name: str, expr: Node) -> Iterator[str]:
        """Yield an equation: what each element of its loop would repeat comes first."""
        provided = [n for n in tree.walk(expr) if isinstance(n, Call) and n.function in PROVIDED]
        for call in provided:
            arguments = [local(n.name) for n in call.arguments if isinstance(n, Name)]
            text = f"{call.function}({', '.join(arguments)})"
            if call == expr and name != "theta":
                yield f"  const {local(name)} = {text};"
                return
            # A wrapper may let the optimizer inside rest: its state is then left alone.
            if isinstance(expr, Case) and expr.value == call and not self.is_array(expr.condition):
                text = f"{self.text(expr.condition, AND)} ? {text} : null"
            yield from self.hoist(call, text)
        if name not in self.arrays:
            yield f"  const {local(name)} = {self.text(expr)};"
            return
        for part in self.invariant(expr):
            yield from self.hoist(part, self.text(part))
        if name != "theta":
            yield f"  const {local(name)} = new Float64Array(length);"
        yield f"  for (let i = 0; i < length; i++) {local(name)}[i] = {self.text(expr)};"

    def hoist(self, node: Node, text: str) -> Iterator[str]:
        """Yield the line that gives an expression a name."""
        if node not in self.hoisted:
            self.hoisted[node] = next(self.free)
            yield f"  const {self.hoisted[node]} = {text};"

    def invariant(self, node: Node) -> Iterator[Node]:
        """Yield the largest parts of an expression that are numbers and take time to compute."""
        if self.is_array(node):
            for part in () if isinstance(node, Series) else tree.children(node):
                yield from self.invariant(part)
        elif _calls(node) or Power in _kinds(node):
            yield node


def local(name: str) -> str:
    """Return the name of a variable: that of the quantity, unless it is taken.

    Examples
    --------
    >>> local("m"), local("var")
    ('m', 'var_')
    """
    return f"{name}_" if name in RESERVED else name


def _entry(name: str) -> str:
    """Return the pattern that takes a quantity out of an object."""
    return name if local(name) == name else f"{name}: {local(name)}"


def _value(name: str) -> str:
    """Return the entry of an object that holds a quantity."""
    return {"theta": "theta: theta.slice()", "size": "size: length"}.get(name) or _entry(name)


def _kinds(node: Node) -> set[type]:
    return {type(part) for part in tree.walk(node)}


def _calls(node: Node) -> set[str]:
    """Return the names of the functions in an expression."""
    return {part.function for part in tree.walk(node) if isinstance(part, (Call, Series))}
