r"""The grammar: a Pratt parser from LaTeX to the tree.

What a script or a product means depends on what is declared: ``v_t^2`` is a power and
``L_t^{-1/4}`` a power of matrices, ``\beta_1`` is one symbol and ``g_t`` another, and the product
of two matrices is not that of two vectors. So the parser gets a `Scope` with the declared symbols.
A table of binding strengths and a function for each token that begins an expression are enough for
the rest; a generator of parsers could not use the scope.
"""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from adamdoc import checks
from adamdoc.equations import evaluate, tree
from adamdoc.equations.tree import (
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
)

#: Limits that no real equation reaches. They bound the time spent on invalid input.
LENGTH, DEPTH, LARGEST = 2_000, 40, 1e300

TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|~|\\[,;:!\ ]|\\q?quad(?![A-Za-z])|\\(?:left|right|big|Big|bigg|Bigg)[lr]?(?![A-Za-z]))+)
    | \\(?P<word>text|mathrm|operatorname|mathsf)\s*\{(?P<content>[^{}\\]*)\}
    | (?P<number>\d+(?:\.\d+)?)
    | (?P<command>\\(?:[A-Za-z]+|[\\|{}]))
    | (?P<letter>[A-Za-z])
    | (?P<sign>[-+*/^_{}()\[\],|=<>&.!'])
    """,
    re.VERBOSE,
)
ACCENTS = frozenset({r"\hat", r"\bar", r"\tilde", r"\dot", r"\mathbf", r"\boldsymbol", r"\vec"})
GREEK = frozenset(
    "\\" + name
    for name in [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "varepsilon",
        "zeta",
        "eta",
        "theta",
        "vartheta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "varpi",
        "rho",
        "varrho",
        "sigma",
        "varsigma",
        "tau",
        "upsilon",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "Gamma",
        "Delta",
        "Theta",
        "Lambda",
        "Xi",
        "Pi",
        "Sigma",
        "Upsilon",
        "Phi",
        "Psi",
        "Omega",
        "ell",
    ]
)
#: The functions by their command or their upright name. The arguments stand in brackets.
CALLS = {
    **{name: name for name in ("exp", "log", "sin", "cos", "tanh", "max", "min", "sign")},
    **{name: name for name in ("sum", "mean", "rms", "eig", "orth", "sort", "step")},
    "sgn": "sign",
    "ln": "log",
    "abs": "abs",
    "sqrt": "sqrt",
}
RELATIONS = {
    "<": "<",
    ">": ">",
    "=": "==",
    r"\lt": "<",
    r"\gt": ">",
    r"\le": "<=",
    r"\leq": "<=",
    r"\ge": ">=",
    r"\geq": ">=",
    r"\ne": "!=",
    r"\neq": "!=",
}
TIMES = frozenset({r"\cdot", r"\times", "*"})
#: The words between the branches of a case.
WHERE, OTHERWISE = frozenset({"where", "if"}), frozenset({"otherwise", "else"})


class EquationError(ValueError):
    """The equations of a docstring cannot be parsed, or the code does not implement them.

    The message names the equation and the reason.
    """


@dataclass(frozen=True)
class Scope:
    """The symbols that an expression may use.

    Attributes
    ----------
    spellings : dict of str to str
        The name in code of each symbol, by its LaTeX as `spelling` gives it.
    matrices : frozenset of str
        The names of the quantities whose product is that of matrices.
    functions : dict of str to int
        The number of arguments of each function that the docstring defines.
    hint : callable
        From the LaTeX of an unknown symbol to advice, for the error message.
    """

    spellings: Mapping[str, str]
    matrices: Collection[str] = frozenset()
    functions: Mapping[str, int] = field(default_factory=dict)
    hint: Callable[[str], str] = field(default=lambda latex: "", compare=False)


@dataclass(frozen=True)
class Token:
    """A token: its kind (a group of `TOKEN`), its text, and where it begins and ends."""

    kind: str
    text: str
    start: int
    end: int


def tokens(text: str) -> list[Token]:
    r"""Return the tokens of a piece of LaTeX, without spaces.

    Raises
    ------
    EquationError
        If a character belongs to no token, or the text is too long.

    Examples
    --------
    >>> [token.text for token in tokens(r"\beta_1 m_t \text{ where }")]
    ['\\beta', '_', '1', 'm', '_', 't', 'where']
    """
    if len(text) > LENGTH:
        raise EquationError(f"must have at most {LENGTH} characters, got {len(text)}")
    found, position = [], 0
    while position < len(text):
        match = TOKEN.match(text, position)
        if match is None:
            raise EquationError(f"cannot read {text[position : position + 20]!r}")
        if match["word"]:
            content = " ".join(match["content"].split())
            for word in content.replace(",", " ").split() if match["word"] == "text" else [content]:
                found.append(Token("word", word, match.start(), match.end()))
        elif match.lastgroup != "space":
            found.append(Token(str(match.lastgroup), match[0], match.start(), match.end()))
        position = match.end()
    return found


def spelling(latex: str) -> str:
    r"""Return the LaTeX of a symbol in the form in which `Scope` lists it.

    Examples
    --------
    >>> spelling(r"\bar{\ell}_{t - 1}"), spelling(r"\hat m _t")
    ('\\bar{\\ell}_{t-1}', '\\hat{m}_{t}')
    """
    parser = _Parser(latex, Scope({}))
    found = parser.spelled()
    if parser.token.kind != "end":
        raise EquationError(f"{latex!r} must be one symbol")
    return found


def parse(text: str, scope: Scope) -> Node:
    r"""Return the tree of an expression.

    Parameters
    ----------
    text : str
        The LaTeX.
    scope : Scope
        The symbols that it may use.

    Returns
    -------
    Node
        The tree.

    Raises
    ------
    EquationError
        If the text is not an expression, uses something that the scope does not have, or contains a
        number that is not finite and real. The message quotes the place.

    Examples
    --------
    >>> scope = Scope({"m_{t}": "m", r"\beta_{1}": "beta1", "t": "t"})
    >>> tree.show(parse(r"\frac{m_t}{1 - \beta_1^t}", scope))
    'm/(1 - beta1**t)'
    """
    parser = _Parser(text, scope)
    node = parser.expression()
    parser.expect_end()
    _check_constants(node)
    return node


class _Parser:
    """The state of one parse: the tokens and the position among them."""

    def __init__(self, text: str, scope: Scope) -> None:
        self.text, self.scope = text, scope
        self.tokens = [*tokens(text), Token("end", "the end", len(text), len(text))]
        self.position = self.depth = self.bars = 0
        self.bound: set[str] = set()  # indices of sums and products

    # Tokens

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def peek(self, ahead: int = 1) -> Token:
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def take(self) -> Token:
        token = self.token
        self.position += token.kind != "end"
        return token

    def accept(self, *texts: str) -> bool:
        if self.token.text in texts and self.token.kind not in ("word", "end"):
            self.take()
            return True
        return False

    def accept_word(self, words: Collection[str]) -> bool:
        found = self.token.kind == "word" and self.token.text in words
        self.position += found
        return found

    def expect(self, text: str) -> None:
        if not self.accept(text):
            self.fail(f"expected {text!r}")

    def expect_end(self) -> None:
        if self.token.kind != "end":
            self.fail("expected the end")

    def fail(self, reason: str) -> NoReturn:
        token = self.token
        given = "the end" if token.kind == "end" else repr(self.text[token.start : token.end])
        before = self.text[max(0, token.start - 30) : token.start].strip()
        after = f" after {before!r}" if before else ""
        raise EquationError(f"{reason}, got {given}{after}")

    # Expressions, from the weakest binding to the strongest

    def expression(self) -> Node:
        """Read a case: a sum, and perhaps where it holds and what holds otherwise."""
        value = self.sum()
        self.accept(",")
        if self.accept_word(WHERE):
            condition = self.condition()
        elif self.accept_word({"every"}):
            steps = self.sum()
            self.accept_word({"steps"})
            condition = Compare("==", Call("mod", (Name("t"), steps)), Number(0))
        else:
            self.position -= self.tokens[self.position - 1].text == ","
            return value
        self.accept(",")
        if not self.accept_word(OTHERWISE):
            self.fail("expected \\text{ otherwise }")
        return Case(value, condition, self.expression())

    def condition(self) -> Node:
        conditions = [self.comparison()]
        while self.accept_word({"and"}) or self.accept(r"\land"):
            conditions.append(self.comparison())
        return conditions[0] if len(conditions) == 1 else Call("and", tuple(conditions))

    def comparison(self) -> Node:
        left = self.sum()
        relation = RELATIONS.get(self.token.text)
        if relation is None:
            self.fail("expected a comparison such as '<'")
        self.take()
        return Compare(relation, left, self.sum())

    def sum(self) -> Node:
        terms = [Negative(self.product()) if self.accept("-") else self.product()]
        while self.token.kind == "sign" and self.token.text in "+-":
            minus = self.take().text == "-"
            term = self.product()
            terms.append(Negative(term) if minus else term)
        total = terms[0] if len(terms) == 1 else Sum(tuple(terms))
        return Call("mod", (total, self.product())) if self.accept(r"\bmod") else total

    def product(self) -> Node:
        result = self.power()
        slashed = False
        while True:
            if self.token.text in TIMES and self.token.kind != "word":
                self.take()
                result, slashed = self.times(result, self.power()), False
            elif self.accept(r"\odot"):
                result, slashed = Product((result, self.power())), False
            elif self.accept("/", r"\oslash"):
                if slashed:
                    self.fail("a second '/' is ambiguous: use \\frac or brackets")
                result, slashed = Quotient(result, self.power()), True
            elif self.begins():
                if slashed:
                    self.fail("a product after '/' is ambiguous: use \\frac or brackets")
                result = self.times(result, self.power())
            else:
                return result

    def begins(self) -> bool:
        """Return whether the next token can begin a factor."""
        token = self.token
        if token.kind in ("number", "letter"):
            return True
        if token.kind == "word":
            return self.is_function(token.text)
        if token.text == "|" or token.text == r"\|":
            return not self.bars
        if token.kind == "command":
            return token.text in PREFIX or token.text in GREEK | ACCENTS or token.text[1:] in CALLS
        return token.text in ("(", "[", "{")

    def is_function(self, word: str) -> bool:
        return word in CALLS or word in self.scope.functions

    def times(self, left: Node, right: Node) -> Node:
        """Return a product: of matrices if both factors are, else element by element."""
        if self.is_matrix(left) and self.is_matrix(right):
            scale, left = _split(left, self.is_matrix)
            factors = left.factors if isinstance(left, MatrixProduct) else (left,)
            product: Node = MatrixProduct((*factors, right))
            return Product((*scale, product)) if scale else product
        factors = left.factors if isinstance(left, Product) else (left,)
        return Product((*factors, right))

    def is_matrix(self, node: Node) -> bool:
        """Return whether the value of a node is a matrix in the sense of the scope."""
        if not self.scope.matrices:
            return False
        match node:
            case Name(name):
                return name in self.scope.matrices
            case Call(function, arguments):
                if function in tree.REDUCTIONS:
                    return False
                return any(map(self.is_matrix, arguments))
            case Number() | Compare():
                return False
            case _:
                return any(map(self.is_matrix, tree.children(node)))

    def power(self) -> Node:
        base = self.atom()
        return self.raised(base) if self.token.text == "^" else base

    def raised(self, base: Node) -> Node:
        """Read the script of an expression: a transpose or an exponent."""
        self.expect("^")
        braces = self.accept("{")
        if (self.token.kind, self.token.text) in (("word", "T"), ("command", r"\top")):
            self.take()
            if not self.is_matrix(base):
                self.fail("only a matrix has a transpose")
            result: Node = Call("transpose", (base,))
        else:
            by_element = self.accept(r"\odot", r"\circ")
            exponent = self.sum() if braces else self.single()
            power = Power if by_element or not self.is_matrix(base) else MatrixPower
            result = power(base, exponent)
        if braces:
            self.expect("}")
        return result

    def single(self) -> Node:
        """Read a script without braces: LaTeX takes one character or command."""
        token = self.token
        if token.kind == "number" and len(token.text) > 1:
            self.fail("put a script of several digits in braces")
        if token.kind == "number":
            return self.number()
        return self.symbol()

    def number(self) -> Number:
        text = self.take().text
        value = float(text)
        if not value < LARGEST:
            self.position -= 1
            self.fail("a number is too large")
        return Number(value if "." in text else int(text))

    def atom(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH:
            self.fail(f"must be nested at most {DEPTH} deep")
        node = self.factor()
        self.depth -= 1
        return node

    def factor(self) -> Node:
        token = self.token
        if token.kind == "number":
            return self.number()
        if token.kind == "word" and self.is_function(token.text):
            return self.call(self.take().text)
        if token.kind == "word" and self.peek().text in ("(", "_"):
            self.fail(f"the function {token.text} is unknown")
        if token.text in PREFIX and token.kind != "word":
            self.take()
            return PREFIX[token.text](self)
        if token.kind == "command" and token.text[1:] in CALLS:
            return self.call(self.take().text[1:])
        return self.symbol()

    # What a token begins

    def group(self, closing: str) -> Node:
        bars, self.bars = self.bars, 0
        node = self.expression()
        self.bars = bars
        self.expect(closing)
        return node

    def braced(self) -> Node:
        self.expect("{")
        return self.group("}")

    def fraction(self) -> Node:
        return Quotient(self.braced(), self.braced())

    def root(self) -> Node:
        degree: Node | None = None
        if self.accept("["):
            degree = self.group("]")
        value = self.braced() if self.token.text == "{" else self.single()
        if degree is not None:
            return Power(value, Quotient(Number(1), degree))
        return Call("sqrt", (value,))

    def absolute(self) -> Node:
        return Call("abs", (self.between("|"),))

    def between(self, *closing: str) -> Node:
        """Read what is between two bars."""
        self.bars += 1
        node = self.expression()
        self.bars -= 1
        if not self.accept(*closing):
            self.fail(f"expected {closing[0]!r}")
        return node

    def norm(self) -> Node:
        bars, self.bars = self.bars, 0
        value = self.between(r"\rVert", r"\|", r"\Vert")
        self.bars = bars
        order = "2"
        if self.accept("_"):
            braces = self.accept("{")
            order = self.take().text
            if braces:
                self.expect("}")
        names = {"1": "norm1", "2": "norm", "F": "norm", r"\infty": "norminf"}
        if order not in names or (self.is_matrix(value) and order not in ("2", "F")):
            self.position -= 1
            self.fail("the order of a norm must be 1, 2, F or \\infty, and of a matrix F")
        return Call(names[order], (value,))

    def inner(self) -> Node:
        left = self.expression()
        self.expect(",")
        right = self.expression()
        self.expect(r"\rangle")
        return Call("inner", (left, right))

    def series(self, function: str) -> Node:
        self.expect("_")
        self.expect("{")
        index = self.take().text
        if not (index.isalpha() and len(index) == 1) or index in self.scope.spellings:
            self.position -= 1
            self.fail("the index of a sum must be a letter without another meaning")
        self.expect("=")
        first = self.sum()
        self.expect("}")
        self.expect("^")
        last = self.braced() if self.token.text == "{" else self.single()
        self.bound.add(index)
        term = self.product()
        self.bound.remove(index)
        return Series(function, index, first, last, term)

    def cases(self) -> Node:
        r"""Read ``\begin{cases} a & condition \\ b & \text{otherwise} \end{cases}``."""
        branches: list[tuple[Node, Node]] = []
        if not self.environment():
            self.fail("the only environment is {cases}")
        while True:
            value = self.expression()
            self.accept(",")
            self.expect("&")
            if self.accept_word(OTHERWISE):
                self.accept(r"\\")
                self.accept(".")
                self.expect(r"\end")
                if not self.environment():
                    self.fail("expected {cases}")
                for earlier, condition in reversed(branches):
                    value = Case(earlier, condition, value)
                return value
            self.accept_word(WHERE)
            branches.append((value, self.condition()))
            self.accept(",")
            self.expect(r"\\")

    def environment(self) -> bool:
        expected = ["{", *"cases", "}"]
        found = [token.text for token in self.tokens[self.position : self.position + 7]]
        self.position += 7 * (found == expected)
        return found == expected

    def derivative(self) -> Node:
        r"""Read ``\nabla f(x)``: the gradient of this step's loss at another point."""
        if self.take().text not in ("f", r"\ell", "L"):
            self.position -= 1
            self.fail("expected 'f' after \\nabla")
        if self.accept("_"):
            self.expect("t")
        self.expect("(")
        return Call("gradient", (self.group(")"),))

    def call(self, word: str) -> Node:
        """Read the arguments of a function."""
        function = CALLS.get(word, word)
        if function in ("mean", "sum") and self.accept("_"):
            braces = self.accept("{")
            axis = self.take().text
            if axis not in ("rows", "columns"):
                self.position -= 1
                self.fail("the axis must be \\text{rows} or \\text{columns}")
            function = f"{function}_{axis}"
            if braces:
                self.expect("}")
        exponent = None
        if self.token.text == "^" and self.peek().kind == "number":  # as in \sin^2(x)
            self.take()
            exponent = self.single()
        if not self.accept("("):
            self.fail(f"the arguments of {word} must be in brackets")
        bars, self.bars = self.bars, 0
        arguments = [self.expression()]
        while self.accept(","):
            arguments.append(self.expression())
        self.bars = bars
        self.expect(")")
        wanted = self.scope.functions.get(word, tree.FUNCTIONS.get(function, 1))
        if (len(arguments) != wanted) if wanted > 0 else (len(arguments) < 2):
            number = wanted if wanted > 0 else "at least 2"
            raise EquationError(f"{word} takes {number} arguments, got {len(arguments)}")
        value = Call(function, tuple(arguments))
        return value if exponent is None else Power(value, exponent)

    # Symbols

    def symbol(self) -> Node:
        start = self.token.start
        found = self.spelled()
        if found in self.bound:
            return Name(found)
        name = self.scope.spellings.get(found)
        if name is None:
            latex = self.text[start : self.tokens[self.position - 1].end]
            advice = self.scope.hint(latex) or checks.did_you_mean(found, self.scope.spellings)
            raise EquationError(f"the symbol {latex} is unknown{advice}")
        if name == "pi":
            return Number(math.pi)
        return Name(name)

    def spelled(self) -> str:
        """Read a symbol with its accents and its index, and return how `Scope` lists it."""
        found = self.letter()
        if self.accept("_"):
            if self.token.text == "{":
                self.take()
                parts = []
                while self.token.text != "}":
                    if self.token.kind == "end" or self.token.text in ("{", "^"):
                        self.fail("expected '}'")
                    parts.append(self.take().text)
                self.take()
                index = "".join(parts)
            elif self.token.kind in ("number", "letter", "word") or self.token.text in GREEK:
                index = self.take().text
            else:
                self.fail("expected an index")
            found += f"_{{{index}}}"
        return found

    def letter(self) -> str:
        token = self.token
        if token.kind == "letter" or token.text in GREEK:
            return self.take().text
        if token.text in ACCENTS:
            self.take()
            self.depth += 1
            if self.depth > DEPTH:
                self.fail(f"must be nested at most {DEPTH} deep")
            braces = self.accept("{")
            inner = self.letter()
            if braces:
                self.expect("}")
            self.depth -= 1
            return f"{token.text}{{{inner}}}"
        if token.kind == "command" and token.text[1:].isalpha():
            raise EquationError(f"{token.text} is unknown")
        return self.fail("expected a quantity")


PREFIX: dict[str, Callable[[_Parser], Node]] = {
    "(": lambda parser: parser.group(")"),
    "[": lambda parser: parser.group("]"),
    "{": lambda parser: parser.group("}"),
    "|": _Parser.absolute,
    r"\lvert": lambda parser: Call("abs", (parser.between(r"\rvert"),)),
    r"\lVert": _Parser.norm,
    r"\|": _Parser.norm,
    r"\langle": _Parser.inner,
    r"\frac": _Parser.fraction,
    r"\tfrac": _Parser.fraction,
    r"\dfrac": _Parser.fraction,
    r"\sqrt": _Parser.root,
    r"\sum": lambda parser: parser.series("sum"),
    r"\prod": lambda parser: parser.series("prod"),
    r"\begin": _Parser.cases,
    r"\nabla": _Parser.derivative,
}


def _split(node: Node, is_matrix: Callable[[Node], bool]) -> tuple[tuple[Node, ...], Node]:
    """Return the numbers before the matrix of a product, and the matrix."""
    if isinstance(node, Product) and [is_matrix(f) for f in node.factors].index(True) == (
        len(node.factors) - 1
    ):
        return node.factors[:-1], node.factors[-1]
    return (), node


def _check_constants(node: Node) -> bool:
    """Return whether an expression has no symbols; if so, check that it is finite and real."""
    parts = [_check_constants(part) for part in tree.children(node)]
    if isinstance(node, Name) or not all(parts):
        return False
    try:
        value = float(evaluate.value_of(node, {}))
    except (ArithmeticError, ValueError, TypeError):
        value = math.nan
    if not abs(value) < LARGEST:
        raise EquationError(f"{tree.show(node)} is not a finite real number")
    return True
