"""Parser: from the equations in a docstring to a `System`."""

import functools
import inspect
import re
from collections.abc import Collection, Mapping

from adamdoc.equations import grammar, tree
from adamdoc.equations.grammar import EquationError, Scope, spelling, template
from adamdoc.equations.system import ARGUMENTS, LENGTHS, SIZES, Assignment, Definition, System
from adamdoc.equations.tree import Name, Node, names, walk
from adamdoc.lineage import blocks
from adamdoc.notation import Symbol, table_of
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import hyperparameters

#: The label of an array or of a group, which is no quantity.
LABEL = re.compile(r"\^\{\(i\)\}|(?<=\\mathrm\{step\})_i")
#: What `update` gets, or what follows from the shape of the parameters.
INPUTS = frozenset({"theta", "theta_prev", "g", "t", "curvature", "loss", "noise", "rate", *SIZES})
#: Names that a state or another quantity of a class cannot have.
TAKEN = frozenset({*INPUTS, *ARGUMENTS, "gradient", "identity", "pi", "step"} - {"rate"})
#: The left-hand side of the first equation of a function's definition.
HEADER = re.compile(r"\\(?:mathrm|operatorname)\s*\{(\w+)\}\s*\(\s*([A-Za-z])\s*\)$")

#: The result of a definition with a loop, and a left-hand side in a definition.
LAST = re.compile(r"([A-Za-z])_(?:(?=\w$)|(?=\{))\{?([\w\\]+)\}?$")
LOCAL = re.compile(r"([A-Za-z])(?:_\{?([0i])\}?)?$")


def of(optimizer: Optimizer | type[Optimizer]) -> System:
    r"""Return the equations of an optimizer, parsed from its docstring.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose docstring to parse.

    Returns
    -------
    System
        The equations in the order of execution. If there are several blocks, for arrays of
        different shapes, those of the first (see `all_of`).

    Raises
    ------
    TypeError
        If `optimizer` is neither an optimizer nor a class of one.
    EquationError
        If there are no equations; if one of them cannot be parsed, uses a symbol that is unknown or
        not yet assigned, or assigns one twice; or if the hyperparameters in the equations are not
        the fields of the class.

    Examples
    --------
    >>> from adamdoc import Adam, equations
    >>> from adamdoc.equations.tree import show
    >>> show(equations.of(Adam).assignments[2].expr)
    'm/(1 - beta1**t)'
    """
    return all_of(optimizer)[0]


def all_of(optimizer: Optimizer | type[Optimizer]) -> tuple[System, ...]:
    """Return the equations of each block in the docstring of an optimizer.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer whose docstring to parse.

    Returns
    -------
    tuple of System
        Usually one. Of two, the first is for matrices and the second for vectors.

    Raises
    ------
    TypeError, EquationError
        As for `of`.

    Examples
    --------
    >>> from adamdoc import Adafactor, equations
    >>> [system.states for system in equations.all_of(Adafactor)]
    [('row', 'column'), ('v',)]
    """
    cls = optimizer if isinstance(optimizer, type) else type(optimizer)
    if not issubclass(cls, Optimizer):
        raise TypeError(f"optimizer must be an Optimizer or a class of it, got {optimizer!r}")
    return _systems(cls, documented(cls))


def documented(cls: type[Optimizer]) -> str:
    """Return the docstring with the equations: that of the base class if `update` is inherited."""
    for base in cls.__mro__:
        doc = inspect.cleandoc(vars(base).get("__doc__") or "")
        if blocks(doc) or "update" in vars(base):
            return doc
    return ""


@functools.lru_cache(maxsize=256)
def _systems(cls: type[Optimizer], doc: str) -> tuple[System, ...]:
    return from_docstring(
        *(cls.__name__, doc, hyperparameters(cls), table_of(cls), cls.scope),
        matrices=cls.matrix_only,
        functions=cls.functions,
    )


def from_docstring(
    name: str,
    doc: str,
    hyperparameters: tuple[str, ...],
    symbols: Mapping[str, Symbol],
    scope: str = "element",
    *,
    matrices: bool = False,
    functions: Collection[str] = (),
) -> tuple[System, ...]:
    r"""Return the systems of equations of a docstring.

    Parameters
    ----------
    name : str
        The name of the optimizer, for error messages.
    doc : str
        The docstring, without indentation.
    hyperparameters : tuple of str
        The fields of the class.
    symbols : mapping of str to Symbol
        The symbols by name.
    scope : str, default "element"
        The scope of the class.
    matrices : bool, default False
        Whether the parameters are a matrix, so that products are those of matrices.
    functions : collection of str, default ()
        The functions that the class names.

    Returns
    -------
    tuple of System
        The equations of each block, in the order of execution.

    Raises
    ------
    EquationError
        As for `adamdoc.equations.of`.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> from adamdoc.equations.parse import from_docstring
    >>> doc = ".. math::\n\n    \\theta_t &= \\theta_{t-1} - \\eta v_t\n"
    >>> from_docstring("Mine", doc, ("lr",), table_of(Adam))
    Traceback (most recent call last):
        ...
    adamdoc.equations.grammar.EquationError: Mine, equation 1: v is used before it is assigned
    """
    found = blocks(doc)
    arguments = name, found, hyperparameters, symbols, scope
    return from_blocks(*arguments, matrices=matrices, functions=functions)


def from_blocks(
    name: str,
    found: list[list[str]],
    hyperparameters: tuple[str, ...],
    symbols: Mapping[str, Symbol],
    scope: str = "element",
    *,
    matrices: bool = False,
    functions: Collection[str] = (),
) -> tuple[System, ...]:
    r"""Return the systems of some blocks of equations, each given as its lines of LaTeX.

    Parameters
    ----------
    name, hyperparameters, symbols, scope, matrices, functions
        As for `from_docstring`.
    found : list of list of str
        The blocks (see `adamdoc.lineage.blocks`).

    Returns
    -------
    tuple of System
        The equations of each block, in the order of execution.

    Raises
    ------
    EquationError
        As for `adamdoc.equations.of`.

    Examples
    --------
    >>> from adamdoc import SignSGD
    >>> from adamdoc.equations.parse import from_blocks
    >>> line = r"\theta_t &= \theta_{t-1} - \eta\, \operatorname{sign}(g_t)"
    >>> (system,) = from_blocks("Mine", [[line]], ("lr",), table_of(SignSGD))
    >>> tree.show(system.assignments[0].expr)
    'theta_prev - lr*sign(g)'
    """
    text = "\n".join(line for block in found for line in block)
    reader = _Reader(name, text, hyperparameters, symbols, scope, matrices, functions)
    definitions = tuple(reader.definition(b) for b in found if HEADER.match(_left(b[0])))
    systems = [b for b in found if not HEADER.match(_left(b[0]))]
    if not systems:
        raise EquationError(f"{name}: the docstring has no block of equations")
    dimensions = [None] if len(systems) == 1 else [2, 1]
    if len(systems) > 2:
        raise EquationError(f"{name}: the docstring has more than two blocks of equations")
    parsed = tuple(
        reader.system(block, definitions, axes)
        for block, axes in zip(systems, dimensions, strict=True)
    )
    for field in hyperparameters:
        if field not in reader.used and symbols[field].kind != "choice":
            raise EquationError(f"{name}: no equation uses the field {field}")
    return parsed


def _left(line: str) -> str:
    return line.partition("&=")[0].strip()


class _Reader:
    """The parser of the blocks of one docstring."""

    def __init__(
        self,
        name: str,
        text: str,
        hyperparameters: tuple[str, ...],
        symbols: Mapping[str, Symbol],
        scope: str,
        matrices: bool,
        functions: Collection[str] = (),
    ) -> None:
        self.scope_of_class = scope
        self.name, self.text = name, text
        for function in functions:
            if function not in ARGUMENTS:
                raise EquationError(
                    f"{name}: functions must be some of {', '.join(ARGUMENTS)}, got {function!r}"
                )
        self.functions = {function: ARGUMENTS[function] for function in functions}
        self.hyperparameters, self.symbols = hyperparameters, symbols
        for field in hyperparameters:
            if field not in symbols:
                raise EquationError(
                    f"{name}: the field {field} has no symbol: declare it in the class with "
                    f'symbols = (Symbol(r"...", "{field}", "hyperparameter", "its meaning"),)'
                )
        for symbol in symbols.values():
            taken = symbol.name in TAKEN or symbol.name.endswith("_prev")
            if taken and symbol.kind != "input":
                raise EquationError(
                    f"{name}: the name {symbol.name} has another meaning: choose another one for "
                    f"{symbol.latex}"
                )
        spellings: dict[str, str] = {}
        self.assignable, self.previous = {"theta"}, set[str]()
        for symbol in symbols.values():
            spellings[spelling(symbol.latex)] = symbol.name
            if symbol.kind in ("state", "step"):
                self.assignable.add(symbol.name)
            if symbol.kind == "state" or symbol.name == "theta":
                before = spelling(symbol.latex).replace("_{t}", "_{t-1}")
                if before not in spellings:
                    spellings[before] = f"{symbol.name}_prev"
                    self.previous.add(f"{symbol.name}_prev")
        quantities = {s.name for s in symbols.values() if s.kind in ("input", "state", "step")}
        quantities = {n for n in quantities if symbols[n].shape != "number" and n != "t"}
        quantities |= {f"{name}_prev" for name in quantities}
        self.matrices = frozenset(quantities) if matrices else frozenset()
        self.spellings, self.used, self.defined = spellings, set[str](), set[str]()
        self.memories = [s for s in symbols.values() if s.shape == "memory"]

    def scope(self, definitions: tuple[Definition, ...] = ()) -> Scope:
        functions = {definition.name: 1 for definition in definitions} | self.functions
        return Scope(self.spellings, self.matrices, functions, self.hint)

    def hint(self, latex: str) -> str:
        """Return the line that declares an unknown symbol."""
        if re.search(r"_\{t[-+](?!1\})|_\{t\+1\}", latex):
            return ": an equation assigns the index t from the indices t and t-1"
        latex = latex.replace("_{t-1}", "_t").replace("_{t}", "_t")
        if any(s.latex == latex and s.kind == "input" for s in self.symbols.values()):
            return (
                f": {latex} is an input, which is not kept: assign it to a state, and use that one "
                "at t-1"
            )
        word = re.sub(r"\W|_t\b", "", latex).replace("_", "") or "name"
        kind = "step" if "_t" in latex else "hyperparameter"
        if kind == "step" and latex.replace("_t", "_{t-1}") in self.text:
            kind = "state"
        return (
            f': declare it in the class with symbols = (Symbol(r"{latex}", "{word}", "{kind}", '
            '"its meaning"),)'
        )

    def parse(self, place: str, text: str, scope: Scope) -> Node:
        try:
            node = grammar.parse(text, scope)
        except EquationError as error:
            raise EquationError(f"{place}: {error}") from None
        for part in walk(node):
            if not isinstance(part, tree.Call) or part.function not in ("step", "gradient"):
                continue
            if not all(isinstance(argument, Name) for argument in part.arguments):
                raise EquationError(
                    f"{place}: the arguments of {part.function} must be quantities with an "
                    f"equation of their own, got {tree.show(part)}"
                )
        return node

    def sides(self, place: str, text: str) -> tuple[str, str]:
        left, sign, right = LABEL.sub("", text).partition("&=")
        if not sign or "&=" in right:
            raise EquationError(f"{place}: must be one assignment with '&=', got {text!r}")
        return left.strip(), right.strip()

    def system(
        self, block: list[str], definitions: tuple[Definition, ...], dimensions: int | None
    ) -> System:
        """Return the system of a block."""
        assignments: list[Assignment] = []
        used: set[str] = set()
        kinds = {name: self.symbols[name].kind for name in self.symbols}
        own = set(self.hyperparameters)
        for number, text in enumerate(block, start=1):
            place = f"{self.name}, equation {number}"
            left, right = self.sides(place, text)
            name = self.target(place, left)
            expr = self.parse(place, right, self.scope(definitions))
            needs = set(names(expr))
            called = {part.function for part in walk(expr) if isinstance(part, tree.Call)}
            for definition in definitions:
                if definition.name in called:
                    needs |= _needs(definition)
            done = {a.name for a in assignments}
            if name in done:
                raise EquationError(f"{place}: {name} is assigned twice")
            for need in sorted(needs & self.assignable - done):
                if not (kinds[need] == "state" and "_t" not in self.symbols[need].latex):
                    raise EquationError(f"{place}: {need} is used before it is assigned")
            for need in sorted(needs - own):
                if kinds.get(need) in ("hyperparameter", "choice"):
                    raise EquationError(f"{place}: {need} is not a field of the class")
            for need in sorted(needs - INPUTS):
                if kinds.get(need) == "input":
                    raise EquationError(
                        f"{place}: update does not get {need}: an input must be one of "
                        f"{', '.join(sorted(INPUTS))}"
                    )
            assignments.append(Assignment(name, expr, text))
            used |= needs
        done = {a.name for a in assignments}
        if "theta" not in done:
            raise EquationError(f"{self.name}: no equation assigns theta")
        states = tuple(
            a.name for a in assignments if f"{a.name}_prev" in used and a.name != "theta"
        )
        for symbol in sorted(used & self.previous - {f"{n}_prev" for n in (*states, "theta")}):
            raise EquationError(
                f"{self.name}: {symbol.removesuffix('_prev')} is used but never assigned"
            )
        constants = tuple(sorted(n for n in used - done if kinds.get(n) == "state"))
        starts = {name: self.start(name) for name in (*states, *constants)}
        self.used |= used.union(*map(names, starts.values()))
        return System(
            self.name,
            tuple(assignments),
            states,
            self.hyperparameters,
            definitions,
            constants,
            self.symbols,
            starts,
            2 if self.matrices else dimensions,
            self.matrices,
            {a.name: self.scope_of_class for a in assignments},
            {n: length for n in starts if (length := LENGTHS.get(self.symbols[n].shape))},
        )

    def target(self, place: str, left: str) -> str:
        """Return the name of the quantity on a left-hand side."""
        name = self.spellings.get(self.spelled(place, left))
        if name is None:
            raise EquationError(f"{place}: the symbol {left} is unknown{self.hint(left)}")
        if name not in self.assignable:
            raise EquationError(f"{place}: {left!r} cannot be assigned")
        return name

    def spelled(self, place: str, latex: str) -> str:
        try:
            return spelling(latex)
        except EquationError as error:
            raise EquationError(f"{place}: {error}") from None

    def start(self, name: str) -> Node:
        """Return the initial value of a state."""
        known = {"I": "identity", r"\theta_{0}": "theta_0"}
        known |= {"i": "i"} if self.symbols[name].shape == "numbers" else {}
        scope = Scope({**self.spellings, **known})
        return self.parse(f"{self.name}, start of {name}", self.symbols[name].start, scope)

    def definition(self, block: list[str]) -> Definition:
        r"""Return the function that a block defines.

        Its first line is ``\mathrm{NAME}(X) &= result``. A quantity with the index ``i`` is
        computed in a loop; if the result is ``X_k``, the loop runs k times from ``X_0``. A second
        loop may follow; it may use the quantities of the first at any index, as ``Y_{k+1-i}``. A
        memory at an index is its entry.
        """
        match = HEADER.match(_left(block[0]))
        assert match
        name, parameter = match[1], match[2]
        place = f"{self.name}, definition of {name}"
        if name in (*grammar.CALLS, *tree.FUNCTIONS, *self.defined, *self.symbols):
            raise EquationError(f"{place}: the name has another meaning: choose another one")
        self.defined.add(name)
        lines = [(*self.sides(place, text), text) for text in block]
        targets = [self.local(place, left) for left, *_ in lines[1:]]
        letters = {parameter, *(letter for letter, _ in targets)}
        for letter in sorted(letters & {*self.spellings, *self.spellings.values()}):
            raise EquationError(
                f"{place}: {letter} has another meaning: choose another letter, such as X"
            )
        outside = {letter: letter for letter in letters}
        outside |= {f"{letter}_{{0}}": f"{letter}_now" for letter in letters}
        inside = {f"{letter}_{{i}}": f"{letter}_now" for letter in letters}
        inside |= {f"{letter}_{{i-1}}": f"{letter}_before" for letter in letters}
        right = lines[0][1]
        last = LAST.match(right)
        stages: list[tuple[list[Assignment], list[Assignment]]] = [([], [])]
        done, each = {parameter}, set[str]()
        for (letter, index), (_, side, text) in zip(targets, lines[1:], strict=True):
            before, loop = stages[-1]
            if index == "i" and not loop:
                done = {f"{n.removesuffix('_now')}_before" for n in done} | done - {
                    f"{letter}_now" for letter in letters
                }
                done.add("i")
            elif index != "i" and loop:
                if len(stages) == 2:
                    raise EquationError(f"{place}: {text!r} must be before the loop over i")
                each = {a.name.removesuffix("_now") for a in loop}
                done |= {f"{letter}_each" for letter in each}
                before, loop = [], []
                stages.append((before, loop))
            local = {**outside, **(inside if index == "i" else {})}
            if each and last:
                local |= {f"{one}_{{{last[2]}}}": f"{one}_now" for one in each}
            # The loops' own letters at i and i-1 are quantities, at another index entries.
            apart = {one for one in each if re.search(rf"{one}_\{{(?!i(-1)?\}})[^}}]*i", side)}
            expr = self.checked(place, side, self.inner_scope(local, apart, index == "i"), done)
            target = f"{letter}_now" if index else letter
            if target in done:
                raise EquationError(f"{place}: {text!r} assigns a quantity twice")
            (loop if index == "i" else before).append(Assignment(target, expr, text))
            done.add(target)
        times: Node | None = None
        (before, loop), *more = stages
        between, second = more[0] if more else ([], [])
        if loop:
            start, own = more[0] if more else stages[0]
            names_of = [{a.name for a in part} for part in (start, own)]
            if not last or f"{last[1]}_now" not in names_of[0] & names_of[1]:
                raise EquationError(
                    f"{place}: the result of a loop must be, for example, X_k, and X_0 its start, "
                    f"got {right!r}"
                )
            times = self.parse(place, last[2], self.scope())
            result: Node = Name(f"{last[1]}_now")
        else:
            result = self.checked(place, right, self.inner_scope(outside), done)
        parts = (tuple(part) for part in (between, second))
        found = Definition(name, parameter, tuple(before), tuple(loop), times, result, *parts)
        self.used |= _needs(found)
        return found

    def local(self, place: str, left: str) -> tuple[str, str]:
        """Return the letter and the index of a left-hand side in the definition of a function."""
        match = LOCAL.match(left)
        if not match:
            raise EquationError(f"{place}: {left!r} must be a letter, or one with the index 0 or i")
        return match[1], match[2] or ""

    def inner_scope(
        self, local: Mapping[str, str], apart: Collection[str] = (), loop: bool = False
    ) -> Scope:
        """Return the scope of an equation in the definition of a function.

        In a loop, memories and the letters set `apart` have entries at any index.
        """
        matrices = self.matrices | set(local.values()) if self.matrices else self.matrices
        if not (loop and (self.memories or apart)):
            return Scope({**self.spellings, **local}, matrices, {}, self.hint)
        templates = [
            *(template(s.name, s.latex.replace("_t", "_i"), "i") for s in self.memories),
            *(template(f"{letter}_each", f"{letter}_i", "i") for letter in sorted(apart)),
        ]
        spellings = {**self.spellings, **local, "i": "i"}
        return Scope(spellings, matrices, {}, self.hint, tuple(templates))

    def checked(self, place: str, text: str, scope: Scope, done: set[str]) -> Node:
        """Return an expression in the definition of a function, whose own symbols are assigned."""
        expr = self.parse(place, text, scope)
        for need in names(expr):
            if need not in done and need not in self.spellings.values():
                raise EquationError(f"{place}: {text!r} uses {need[0]} before it is assigned")
        return expr


def _needs(definition: Definition) -> set[str]:
    """Return the symbols that a function uses besides its own."""
    parts = [a for stage in definition.stages for part in stage for a in part]
    nodes = [a.expr for a in parts] + [definition.result]
    nodes += [] if definition.times is None else [definition.times]
    found = {name for node in nodes for name in names(node)}
    own = {a.name.removesuffix("_now") for a in parts} | {definition.parameter, "i"}
    return {name for name in found if name.rpartition("_")[0] not in own and name not in own}
