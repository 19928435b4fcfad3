r"""The grammar: a Pratt parser from LaTeX to the tree.

What a script or a product means depends on what is declared: ``v_t^2`` is a power and
``L_t^{-1/4}`` a power of matrices, ``\beta_1`` is one symbol and ``g_t`` another, and the product
of two matrices is not that of two vectors. So the parser gets a `Scope` with the declared symbols.
A table of binding strengths and a function for each token that begins an expression are enough for
the rest; a generator of parsers could not use the scope.
"""

import functools
import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn

from adamdoc import checks
from adamdoc.equations import evaluate, tree
from adamdoc.equations.tree import (
    NO_CASE,
    At,
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
LENGTH, DEPTH, SUMS, LARGEST = 1_000, 20, 3, 1e300
#: Most terms of a sum over constants, which is evaluated when it is parsed.
CONSTANT_TERMS = 64
#: Most characters of an index, and of an expression that an error message quotes.
LONGEST = 60

TOKEN = re.compile(
    r"""
    (?P<space>(?:\s|~|\\[,;:!\ ]|\\q?quad(?![A-Za-z])|\\hspace\*?\{[^{}]*\})+)
    | \\(?P<side>left|right|[bB]igg?[lr]?)(?![A-Za-z])
    | \\(?:text(?:it|bf|tt|rm)?|mathrm|mathit|mathtt|operatorname|mathsf)\s*
      (?P<word>\{(?:[^{}\\]|\\[_\ ])*\}|T)
    | (?P<number>\d+(?:\.\d+|\.(?=\s*\}))?|\.\d+)
    | (?P<command>\\(?:(?:begin|end)\s*\{[A-Za-z*]+\}|[A-Za-z]+|[\\|{}%]))
    | (?P<letter>[A-Za-z])
    | (?P<sign>[-+*/^_{}()\[\],;:|=<>&.!'])
    """,
    re.VERBOSE | re.ASCII,
)
#: Commands that mean the same as another one, which the parser knows.
SYNONYMS = {
    r"\dfrac": r"\frac",
    r"\tfrac": r"\frac",
    r"\widehat": r"\hat",
    r"\widetilde": r"\tilde",
    r"\vert": "|",
    r"\Vert": r"\|",
    r"\ast": "*",
    r"\lt": "<",
    r"\gt": ">",
    r"\leq": r"\le",
    r"\geq": r"\ge",
    r"\neq": r"\ne",
    r"\%": r"\bmod",
    r"\circ": r"\odot",
    r"\intercal": r"\top",
}
#: The bars after ``\left`` and ``\right``, which say where the bars open and close.
LEFT, RIGHT = {"|": r"\lvert", r"\|": r"\lVert"}, {"|": r"\rvert", r"\|": r"\rVert"}
ACCENTS = frozenset({r"\hat", r"\bar", r"\tilde", r"\dot", r"\mathbf", r"\boldsymbol", r"\vec"})
GREEK = frozenset(
    "\\" + name
    for name in re.findall(
        r"\w+",
        """alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu
        xi pi varpi rho varrho sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta
        Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell""",
    )
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
#: Other names of the functions, in other libraries.
ELSEWHERE = {
    "RMS": "rms",
    "norm": "norm",
    "minimum": "min",
    "maximum": "max",
    "Sign": "sign",
    "Max": "max",
    "Min": "min",
}
#: The functions that LaTeX has a command for.
COMMANDS = frozenset({r"\exp", r"\log", r"\ln", r"\sin", r"\cos", r"\tanh", r"\max", r"\min"})
RELATIONS = {"<": "<", ">": ">", "=": "==", r"\le": "<=", r"\ge": ">=", r"\ne": "!="}
TIMES = frozenset({r"\cdot", r"\times", "*"})
END = r"\end{cases}"
#: Opening brackets with their closing ones.
BRACKETS = {"(": ")", "[": "]", r"\{": r"\}"}
#: The words between the branches of a case.
WHERE, OTHERWISE = frozenset({"where", "if"}), frozenset({"otherwise", "else"})
BETWEEN = frozenset({*WHERE, *OTHERWISE, "every", "step", "steps", "and"})


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
    templates : tuple of Template
        The symbols that have an index or a name of several letters, as other libraries write them.
    first : int or None
        The first index of sums, maxima and minima "over all k up to t"; None if there are none.
    ranges : dict of str to str
        For each index of sums without bounds, the name of its last value; the first one is 0.
    numbers : collection of str
        The names of functions whose value is a number, also if their arguments are matrices.
    """

    spellings: Mapping[str, str]
    matrices: Collection[str] = frozenset()
    functions: Mapping[str, int] = field(default_factory=dict)
    hint: Callable[[str], str] = field(default=lambda _: "", compare=False)
    templates: tuple["Template", ...] = ()
    first: int | None = None
    ranges: Mapping[str, str] = field(default_factory=dict)
    numbers: Collection[str] = frozenset()


@dataclass(frozen=True)
class Token:
    """A token: its kind (a group of `TOKEN`), its text, and where it begins and ends.

    A ``"quantity"`` is a symbol that a template of the scope matches: its text is the name in code,
    and `index` has the tokens of its index, if it has one.
    """

    kind: str
    text: str
    start: int
    end: int
    index: tuple["Token", ...] | None = None


def tokens(text: str, words: Collection[str] = ()) -> list[Token]:
    r"""Return the tokens of a piece of LaTeX, without spaces.

    Parameters
    ----------
    text : str
        The LaTeX.
    words : collection of str, default ()
        Names of several letters, which are one token each. Without them ``lr`` is a product.

    Returns
    -------
    list of Token
        The tokens.

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
    found: list[Token] = []
    position, sides = 0, {}
    named = _pattern(tuple(words)) if words else None
    while position < len(text):
        if named and (whole := named.match(text, position)):
            found.append(Token("word", plain(whole[0]), position, whole.end()))
            position = whole.end()
            continue
        match = TOKEN.match(text, position)
        if match is None:
            raise EquationError(f"cannot read {_quoted(text, position)}")
        kind, position = str(match.lastgroup), match.end()
        if kind == "side":
            opens, closes = (match[0].endswith(end) for end in (("left", "l"), ("right", "r")))
            sides = LEFT if opens else RIGHT if closes else {}
        elif kind == "word":
            content = plain(match["word"].strip("{}"))
            words = re.split(r"[\s,.;]+", content) if match[0].startswith(r"\text") else [content]
            found += [Token(kind, word, match.start(), position) for word in words if word]
        elif kind != "space":
            name = SYNONYMS.get(match[0], match[0])
            found.append(Token(kind, sides.get(name, name), match.start(), position))
            sides = {}
    return found


def plain(word: str) -> str:
    r"""Return a name of several letters without the backslashes that LaTeX needs.

    Examples
    --------
    >>> plain(r"state\_sum")
    'state_sum'
    """
    return word.replace("\\_", "_").replace("\\ ", " ")


@functools.lru_cache(maxsize=512)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what matches names of several letters, the longest first."""
    longest = sorted(words, key=len, reverse=True)
    ends = r"(?![A-Za-z]|\\_)"
    spelled = "|".join(re.escape(word).replace("_", r"\\_") for word in longest)
    return re.compile(rf"(?<![A-Za-z\\])(?:{spelled}){ends}")


def _quoted(text: str, start: int, end: int | None = None) -> str:
    """Return the place of an error: the token there, and the text before it."""
    given = "the end" if start == len(text) else f"'{text[start : end or start + 1][:LONGEST]}'"
    first = max(0, start - 40)
    while first and first < start - 20 and text[first - 1] not in " \n{(":
        first += 1  # not in the middle of a command
    before = " ".join(text[first:start].split())
    return f"{given} after '{before}'" if before else given


def _ordered(found: list[Token]) -> list[Token]:
    """Return tokens with each index before the exponent: LaTeX takes either order."""
    ends: dict[int, int] = {}
    open_braces: list[int] = []
    for k, token in enumerate(found):
        if token.text == "{":
            open_braces.append(k)
        elif token.text == "}" and open_braces:
            ends[open_braces.pop()] = k + 1
    order = list(range(len(found)))

    def argument(k: int) -> int:  # the end of the script that begins at k
        return ends.get(order[k], order[k] + 1) - order[k] + k if k < len(order) else k

    for k in range(len(order)):
        if found[order[k]].text == "^":
            middle = argument(k + 1)
            if middle < len(order) and found[order[middle]].text == "_":
                last = argument(middle + 1)
                order[k:last] = order[middle:last] + order[k:middle]
    return [found[k] for k in order]


def _scripts_in_braces(found: list[Token]) -> list[Token]:
    """Return tokens in which each script, and no single letter before one, is in braces."""
    result: list[Token] = []
    for k, token in enumerate(found):
        before = found[k - 1].text if k else ""
        single = token.kind in ("letter", "word", "command") or len(token.text) == 1
        if before in ("_", "^") and token.text != "{" and single:
            braces = (replace(token, kind="sign", text=text) for text in "{}")
            result += [next(braces), token, next(braces)]
        else:
            result.append(token)
    k = 0
    while k + 3 < len(result):
        around = [token.text for token in result[k : k + 4]]
        lone = result[k + 1].kind == "letter" or around[1] in GREEK
        free = not k or (result[k - 1].kind != "command" and result[k - 1].text not in "_^}")
        if around[0] == "{" and around[2] == "}" and around[3] in ("_", "^") and lone and free:
            result[k : k + 3] = result[k + 1 : k + 2]
        k += 1
    return result


@dataclass(frozen=True)
class Template:
    r"""A symbol as another library writes it, which matches whatever index stands there.

    Attributes
    ----------
    name : str
        The name in code.
    texts : tuple of str
        The texts of its tokens; None for those of the index.
    words : frozenset of str
        The names of several letters in it.
    function : bool
        Whether it is the name of a function.
    """

    name: str
    texts: tuple[str | None, ...]
    words: frozenset[str]
    function: bool = False

    @property
    def indexed(self) -> bool:
        """Whether the symbol has an index."""
        return None in self.texts

    def match(self, found: list[Token], start: int) -> tuple[int, tuple[Token, ...] | None] | None:
        """Return where the symbol ends that begins at a token, and its index."""
        k, index = start, None
        for text in self.texts:
            if k >= len(found):
                return None
            if text is not None:
                if found[k].text != text:
                    return None
                k += 1
                continue
            first, depth = k, 0
            while k < len(found) and (depth or found[k].text not in "})]"):
                depth += (found[k].text in "{([") - (found[k].text in "})]")
                k += 1
            index = tuple(found[first:k])
            if not index:
                return None
        return k, index


def template(
    name: str, latex: str, time: str = "t", *, function: bool = False, letters: Collection[str] = ()
) -> Template:
    r"""Return the template of a symbol.

    Parameters
    ----------
    name : str
        The name in code.
    latex : str
        The symbol as it is written, with the index at which it is assigned.
    time : str, default "t"
        The letter that counts the steps. What is in brackets with it is the index. If there are
        several, or none, the symbol has no index.
    function : bool, default False
        Whether it is the name of a function.
    letters : collection of str, default ()
        Other letters that count: those of the entries of arrays.

    Returns
    -------
    Template
        The template.

    Examples
    --------
    >>> template("v_max", r"v_t^{max}").texts
    ('v', '_', '{', None, '}', '^', '{', 'max', '}')
    >>> template("beta1", r"\beta_1").indexed
    False
    """
    runs = re.findall(r"(?<![\\A-Za-z])[A-Za-z](?:[A-Za-z0-9]|\\_)+", latex)
    words = frozenset(plain(run) for run in runs if len(plain(run)) > 1)
    found = _scripts_in_braces(_ordered(tokens(latex, words)))
    texts: list[str | None] = [token.text for token in found]
    holes = []
    for k, token in enumerate(found):
        closing = {"{": "}", "(": ")"}.get(token.text)
        if closing is None:
            continue
        end = next((j for j in range(k + 1, len(found)) if found[j].text in "{}()"), len(found))
        inside = [part.text for part in found[k + 1 : end]]
        counting = {time, *letters}
        counts = [text in (*counting, "+", "-", ",") or text.isdigit() for text in inside]
        closed = end < len(found) and found[end].text == closing
        if closed and counting.intersection(inside) and all(counts):
            holes.append((k + 1, end))
    if len(holes) == 1:
        (first, end), *_ = holes
        texts[first:end] = [None]
    return Template(name, tuple(texts), words, function)


def _coordinates_first(found: list[Token], templates: Collection[Template]) -> list[Token]:
    """Return tokens with each coordinate in brackets before the exponent, as in ``g^2(i)``."""
    ends = [template.texts[-3:] for template in templates]
    letters = {end[1] for end in ends if len(end) == 3 and (end[0], end[2]) == ("(", ")")}
    result = list(found)
    for k, token in enumerate(found):
        if token.text != "^" or k + 1 == len(found) or found[k + 1].text != "{":
            continue
        end, depth = k + 2, 1
        while end < len(found) and depth:
            depth += (found[end].text == "{") - (found[end].text == "}")
            end += 1
        after = [part.text for part in found[end : end + 3]]
        if len(after) == 3 and (after[0], after[2]) == ("(", ")") and after[1] in letters:
            result[k : end + 3] = [*found[end : end + 3], *found[k:end]]
    return result


def _quantities(found: list[Token], templates: Collection[Template]) -> list[Token]:
    """Return tokens in which each symbol that a template matches is one."""
    found = _coordinates_first(found, templates)
    longest = sorted(templates, key=lambda t: (-len(t.texts), t.indexed))
    result: list[Token] = []
    k = 0
    while k < len(found):
        for candidate in longest:
            match = candidate.match(found, k)
            if match:
                end, index = match
                kind = "word" if candidate.function else "quantity"
                span = found[k].start, found[end - 1].end
                result.append(Token(kind, candidate.name, *span, index))
                k = end
                break
        else:
            result.append(found[k])
            k += 1
    return result


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
        own = {word for template in scope.templates for word in template.words}
        words = {*own, *CALLS, *ELSEWHERE, *BETWEEN} if scope.templates else own
        found = _ordered(tokens(text, words))
        if scope.templates:
            found = _quantities(_scripts_in_braces(found), scope.templates)
        self.tokens = [*found, Token("end", "the end", len(text), len(text))]
        self.position = self.depth = 0
        self.bar = ""  # the bar that closes the innermost bars
        self.bound: set[str] = set()  # indices of sums and products
        self.calls = CALLS if scope.first is None else CALLS | ELSEWHERE

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
        self.accept(".", ",")  # of the sentence around the equation
        if self.token.kind != "end":
            self.unknown_command()
            self.fail("expected an operator or the end")

    def unknown_command(self) -> None:
        token = self.token
        if token.text.startswith((r"\begin", r"\end")) and token.text not in KNOWN:
            self.fail("the only environment is {cases}")
        if token.kind == "command" and token.text not in KNOWN:
            name = token.text[1:]
            hint = f": write \\operatorname{{{name}}}" if name in CALLS else ""
            raise EquationError(f"the command {token.text[:LONGEST]} is unknown{hint}")

    def fail(self, reason: str, back: int = 0) -> NoReturn:
        """Raise an error at the current token, or some tokens before it."""
        token = self.tokens[self.position - back]
        raise EquationError(f"{reason}, got {_quoted(self.text, token.start, token.end)}")

    def nest(self) -> None:
        self.depth += 1
        if self.depth > DEPTH:
            self.fail(f"must be nested at most {DEPTH} deep")

    # Expressions, from the weakest binding to the strongest

    def expression(self) -> Node:
        """Read a case: a sum, and perhaps where it holds and what holds otherwise."""
        value = self.sum()
        self.accept(",")
        if self.accept_word(WHERE):
            condition = self.condition()
        elif self.accept_word({"every"}):
            steps = self.sum()
            self.accept_word({"step", "steps"})
            if "t" not in self.scope.spellings:
                self.fail("'every' needs the symbol t, the number of the step")
            step = Name(self.scope.spellings["t"])
            condition = Compare("==", Call("mod", (step, steps)), Number(0))
        else:
            self.position -= self.tokens[self.position - 1].text == ","
            return value
        self.accept(",")
        if not self.accept_word(OTHERWISE):
            self.fail("expected \\text{ otherwise }")
        self.nest()
        otherwise = self.expression()
        self.depth -= 1
        return Case(value, condition, otherwise)

    def truth(self) -> Node:
        """Read a condition, in brackets or not; an option alone means that it is not 0."""
        start = self.position
        if self.accept("("):
            try:
                inside = self.truth()
                self.expect(")")
                if self.token.kind == "end" or self.token.text in (r"\\", END, ")"):
                    return inside
            except EquationError:
                pass
            self.position = start
        option = self.sum()
        if self.token.text in RELATIONS:
            self.position = start
            return self.condition()
        return Compare("!=", option, Number(0))

    def condition(self) -> Node:
        conditions = self.comparisons()
        while self.accept_word({"and"}) or self.accept(r"\land"):
            conditions += self.comparisons()
        return conditions[0] if len(conditions) == 1 else Call("and", tuple(conditions))

    def comparisons(self) -> list[Node]:
        """Read a comparison, or a chain of them such as ``a < b < c``."""
        sides, relations = [self.sum()], []
        while self.token.text in RELATIONS:
            relations.append(RELATIONS[self.take().text])
            sides.append(self.sum())
        if not relations:
            self.fail("expected a comparison such as '<'")
        return [Compare(*part) for part in zip(relations, sides, sides[1:], strict=False)]

    def sum(self) -> Node:
        self.nest()
        terms = [Negative(self.product()) if self.accept("-") else self.product()]
        while self.token.kind == "sign" and self.token.text in "+-":
            minus = self.take().text == "-"
            term = self.product()
            terms.append(Negative(term) if minus else term)
        self.depth -= 1
        total = terms[0] if len(terms) == 1 else Sum(tuple(terms))
        return Call("mod", (total, self.product())) if self.accept(r"\bmod") else total

    def product(self) -> Node:
        depth = self.depth
        result = self.power()
        matrix, slashed, number = self.is_matrix(result), False, False
        while True:
            number = self.tokens[self.position - 1].kind == "number"
            by_element = self.accept(r"\odot")
            if by_element or (self.token.text in TIMES and self.accept(*TIMES)):
                slashed = False
            elif self.accept("/", r"\oslash"):
                if slashed:
                    self.fail("a second '/' is ambiguous: use \\frac or brackets", 1)
                self.nest()
                right, slashed = self.power(), True
                result, matrix = Quotient(result, right), matrix or self.is_matrix(right)
                continue
            elif not self.begins():
                self.depth = depth
                return result
            elif slashed:
                self.fail("a product after '/' is ambiguous: use \\frac or brackets")
            elif number and self.token.kind == "number":
                self.fail("put \\cdot between two numbers")
            right = self.power()
            if not self.is_matrix(right):
                result = _times(result, right)
            elif by_element or not matrix:
                result, matrix = _times(result, right), True
            else:
                result = self.matrix_product(result, right)

    def begins(self) -> bool:
        """Return whether the next token can begin a factor."""
        token = self.token
        if token.kind == "word":  # "step" is also the last word of "every 2 step"
            called = token.text not in BETWEEN and self.peek().text in ("_", *BRACKETS)
            return (called or self.is_function(token.text)) and self.peek().kind != "word"
        if token.text in ("|", r"\|"):
            return token.text != self.bar
        return token.kind in ("number", "letter", "quantity") or token.text in FIRST

    def is_function(self, word: str) -> bool:
        return word in self.calls or word in self.scope.functions

    def matrix_product(self, left: Node, right: Node) -> Node:
        """Return the product of two matrices, with the numbers among the factors before it."""
        factors = left.factors if isinstance(left, Product) else (left,)
        scale: list[Node] = []
        matrices: list[Node] = []
        for factor in factors:
            (matrices if self.is_matrix(factor) else scale).append(factor)
        last = matrices[0]
        if len(matrices) > 1:
            self.nest()
            last = Product(tuple(matrices))
        chain = last.factors if isinstance(last, MatrixProduct) else (last,)
        product = MatrixProduct((*chain, right))
        return Product((*scale, product)) if scale else product

    def is_matrix(self, node: Node) -> bool:
        """Return whether the value of a node is a matrix in the sense of the scope."""
        if not self.scope.matrices:
            return False
        match node:
            case Name(name) | At(name):
                return name in self.scope.matrices
            case Call(function, arguments):
                if function in tree.REDUCTIONS or function in self.scope.numbers:
                    return False
                return any(map(self.is_matrix, arguments))
            case Number() | Compare():
                return False
            case _:
                return any(map(self.is_matrix, tree.children(node)))

    def power(self) -> Node:
        base = self.factor()
        if self.token.text != "^":
            return base
        base = self.raised(base)
        if self.token.text == "^":
            self.fail("a second exponent is ambiguous: use braces")
        return base

    def raised(self, base: Node) -> Node:
        """Read the script of an expression: a transpose or an exponent."""
        self.expect("^")
        braces = self.accept("{")
        if (self.token.kind, self.token.text) in (("word", "T"), ("command", r"\top")) or (
            self.token.text == "T" and "T" not in self.scope.spellings
        ):
            if not self.is_matrix(base):
                self.fail(
                    "expected an exponent, because only a matrix has a transpose (an inner product "
                    "is \\langle a, b \\rangle)"
                )
            self.take()
            result: Node = Call("transpose", (base,))
        else:
            by_element = self.accept(r"\odot")
            exponent = self.sum() if braces else self.single()
            if self.is_matrix(base) and not by_element:
                self.check_matrix_power(exponent)
                result = MatrixPower(base, exponent)
            else:
                result = Power(base, exponent)
        if braces:
            self.expect("}")
        return result

    def check_matrix_power(self, exponent: Node) -> None:
        constant = _check_constants(exponent)
        if constant is None or constant.value < 0:
            return
        try:
            evaluate.whole(constant.value)
        except ValueError as error:
            self.fail(str(error), 1)

    def single(self) -> Node:
        """Read an argument without braces: LaTeX takes one character or command."""
        token = self.token
        if token.kind == "number" and len(token.text) > 1:
            self.fail("put a number of several digits in braces")
        if token.kind == "number":
            return self.number()
        if self.peek().text == "_":
            self.fail("put a symbol with an index in braces")
        if token.text in ("-", "+"):
            self.fail("put an exponent with a sign in braces")
        return self.symbol()

    def argument(self) -> Node:
        """Read the argument of a command."""
        if self.accept("{"):
            return self.group("}")
        token = self.token
        if token.kind == "number" and token.text.isdigit() and len(token.text) > 1:  # \frac12
            digits = range(token.start, token.end)
            self.tokens[self.position : self.position + 1] = [
                Token("number", self.text[k], k, k + 1) for k in digits
            ]
        return self.single()

    def number(self) -> Number:
        token = self.take()
        value = float(token.text)
        if not value < LARGEST:
            self.fail("a number is too large", 1)
        exponent = self.token.text in ("e", "E") and self.token.start == token.end
        if exponent and self.scope.first is not None:  # 1e-6, in another library
            code = re.compile(r"[\d.]+[eE][-+]?\d+").match(self.text, token.start)
            if code is not None:
                while self.token.kind != "end" and self.token.start < code.end():
                    self.take()
                return Number(float(code[0]))
        if exponent and self.token.text not in self.scope.spellings:
            self.fail("write a power of ten as 10^{-8}")
        return Number(int(token.text) if token.text.isdigit() else value)

    def factor(self) -> Node:
        token = self.token
        if token.kind == "number":
            return self.number()
        if token.kind == "word" and self.is_function(token.text):
            return self.call(self.take().text)
        if token.kind == "word" and self.peek().text in ("_", *BRACKETS):
            word = token.text[:LONGEST]
            known = [*CALLS, *self.scope.functions]
            hint = checks.did_you_mean(word.lower() if word.lower() in known else word, known)
            raise EquationError(f"the function {word} is unknown{hint}")
        if token.text in PREFIX and token.kind != "word":
            self.take()
            return PREFIX[token.text](self)
        if token.text in COMMANDS and token.kind != "word":
            return self.call(self.take().text[1:])
        if token.text in ("-", "+") and self.position:
            self.fail("put a factor with a sign in brackets")
        return self.symbol()

    # What a token begins

    def group(self, closing: str, bar: str = "") -> Node:
        """Read an expression and what closes it."""
        outer, self.bar = self.bar, bar
        node = self.expression()
        self.bar = outer
        self.expect(closing)
        return node

    def fraction(self) -> Node:
        return Quotient(self.argument(), self.argument())

    def root(self) -> Node:
        degree = self.group("]") if self.accept("[") else None
        value = self.argument()
        if degree is not None:
            return Power(value, Quotient(Number(1), degree))
        return Call("sqrt", (value,))

    def norm(self, closing: str) -> Node:
        value = self.group(closing, closing)
        order = ""
        if self.accept("_"):
            braces = self.accept("{")
            order = self.take().text
            if braces:
                self.expect("}")
        orders = {"": "norm", "F": "norm"}
        if not self.is_matrix(value):
            orders |= {"1": "norm1", "2": "norm", r"\infty": "norminf"}
        if order not in orders:
            names = "F" if self.is_matrix(value) else "1, 2 or \\infty"
            kind = "matrix" if self.is_matrix(value) else "vector"
            self.fail(f"the order of the norm of a {kind} must be {names}", 1)
        return Call(orders[order], (value,))

    def inner(self) -> Node:
        outer, self.bar = self.bar, ""
        left = self.expression()
        self.expect(",")
        right = self.expression()
        self.bar = outer
        self.expect(r"\rangle")
        return Call("inner", (left, right))

    def series(self, function: str) -> Node:
        self.expect("_")
        self.expect("{")
        letter = self.take()
        index = letter.text
        taken = {*self.scope.spellings, *self.scope.spellings.values(), *self.bound}
        if not (letter.kind == "letter" or index in GREEK) or index in taken:
            self.fail("the index of a sum must be a letter without another meaning", 1)
        if len(self.bound) == SUMS:
            self.fail(f"sums must be nested at most {SUMS} deep", 1)
        first: Node
        last: Node
        if index in self.scope.ranges and self.accept("}"):  # over all entries
            first, last = Number(0), Name(self.scope.ranges[index])
            if self.accept("^"):  # the number of entries, by a letter
                self.argument()
        elif self.scope.first is not None and self.accept(r"\le"):  # over all steps so far
            first = Number(self.scope.first)
            last = self.sum()
            self.expect("}")
        else:
            self.expect("=")
            first = self.sum()
            self.expect("}")
            self.expect("^")
            last = self.argument()
        self.bound.add(index)
        term = self.product()
        self.bound.remove(index)
        return Series(function, index, first, last, term)

    def cases(self) -> Node:
        r"""Read ``\begin{cases} a & condition \\ b & \text{otherwise} \end{cases}``."""
        branches: list[tuple[Node, Node]] = []
        external = self.scope.first is not None  # in another library, with other habits
        while True:
            value = self.expression()
            self.accept(",")
            self.expect("&")
            last = self.accept_word(OTHERWISE)
            if not last:
                self.accept_word(WHERE | {"for"} if external else WHERE)
                self.nest()
                branches.append((value, self.truth() if external else self.condition()))
                self.accept(",")
                if external and self.token.text in (r"\\", ".", END):
                    last = self.token.text != r"\\" or self.peek().text == END
                    value = Name(NO_CASE)
            if last:
                self.accept(r"\\")
                self.accept(".")
                self.expect(END)
                self.depth -= len(branches)
                for earlier, condition in reversed(branches):
                    value = Case(earlier, condition, value)
                return value
            self.expect(r"\\")

    def derivative(self) -> Node:
        r"""Read ``\nabla f(x)``: the gradient of this step's loss at another point."""
        if not self.accept("f", r"\ell", "L"):
            self.fail("expected 'f' after \\nabla")
        if self.accept("_"):
            self.expect("t")
        self.expect("(")
        return Call("gradient", (self.group(")"),))

    def call(self, word: str) -> Node:
        """Read the arguments of a function."""
        function = self.calls.get(word, word)
        axis = "".join(token.text for token in self.tokens[self.position : self.position + 3])
        along = axis.removeprefix("_").removeprefix("{").startswith(("rows", "columns"))
        external = self.scope.first is not None
        if function in ("max", "min") and self.token.text == "_" and external and not along:
            return self.series(function)
        if function in ("mean", "sum", "max") and self.accept("_"):
            braces = self.accept("{")
            axis = self.take().text
            if axis not in ("rows", "columns"):
                self.fail("the axis must be \\text{rows} or \\text{columns}", 1)
            function = f"{function}_{axis}"
            if braces:
                self.expect("}")
        exponent = None
        if self.accept("^"):  # as in \sin^2(x); \sin^{-1} would be the inverse function
            exponent = self.argument()
            if not isinstance(exponent, Number):
                self.fail("the exponent of a function must be a positive number", 1)
        opening = self.token.text
        if opening in (r"\frac", r"\sqrt") and self.scope.first is not None:
            value = Call(function, (self.factor(),))
            return value if exponent is None else Power(value, exponent)
        if opening not in BRACKETS and self.scope.functions.get(word) == 1 and "_" in word:
            return Call(function, (self.product(),))  # an operator with an index, as a sum
        if not self.accept(*BRACKETS):
            self.fail(f"put the arguments of {word} in brackets")
        outer, self.bar = self.bar, ""
        arguments = [self.expression()]
        while self.accept(",", ";"):
            arguments.append(self.expression())
        self.bar = outer
        self.expect(BRACKETS[opening])
        wanted = self.scope.functions.get(word, tree.FUNCTIONS.get(function, 1))
        if (len(arguments) != wanted) if wanted > 0 else (len(arguments) < 2):
            number = (
                f"{wanted} argument{'s'[: wanted - 1]}" if wanted > 0 else "2 or more arguments"
            )
            raise EquationError(f"{word} takes {number}, got {len(arguments)}")
        value = Call(function, tuple(arguments))
        return value if exponent is None else Power(value, exponent)

    # Symbols

    def symbol(self) -> Node:
        start = self.token.start
        if self.token.kind == "quantity":
            return self.quantity(self.take())
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

    def quantity(self, token: Token) -> Node:
        """Return a symbol that a template matches, at its indices."""
        if token.index is None:
            return Name(token.text)
        text = self.text[token.index[0].start : token.index[-1].end]
        own = {**self.scope.spellings, **{index: index for index in self.bound}}
        scope = replace(self.scope, spellings=own)
        inside = _Parser(text, scope)
        indices = [inside.sum()]
        while inside.accept(","):
            indices.append(inside.sum())
        if len(indices) == 1 and isinstance(indices[0], Product) and self.scope.ranges:
            indices = [*indices[0].factors]  # the entry of a matrix: x_{i j}
        inside.expect_end()
        return At(token.text, tuple(indices))

    def spelled(self) -> str:
        """Read a symbol with its accents and its index, and return how `Scope` lists it."""
        found = self.letter()
        if not self.accept("_"):
            return found
        if "_" in found:
            self.fail("a symbol has one index", 1)
        if self.accept("{"):
            parts = []
            while self.token.text != "}":
                if self.token.kind == "end" or self.token.text in ("{", "^"):
                    self.fail("expected '}'")
                parts.append(self.take().text)
            index = "".join(parts)
            self.take()
        else:
            token = self.take()
            index = token.text
            if token.kind == "number" and len(index) > 1:
                self.fail("put an index of several digits in braces", 1)
            if token.kind not in ("number", "letter", "word") and index not in GREEK:
                self.fail("expected an index", token.kind != "end")
        if len(index) > LONGEST:
            raise EquationError(
                f"an index must have at most {LONGEST} characters, got {len(index)}"
            )
        return f"{found}_{{{index}}}"

    def letter(self) -> str:
        token = self.token
        if token.kind == "letter" or token.text in GREEK:
            return self.take().text
        if token.text in ACCENTS:
            self.take()
            self.nest()
            braces = self.accept("{")
            inner, _, index = (self.spelled() if braces else self.letter()).partition("_")
            if braces:
                self.expect("}")
            self.depth -= 1
            return f"{token.text}{{{inner}}}" + (f"_{index}" if index else "")
        self.unknown_command()
        return self.fail("expected a quantity")


PREFIX: dict[str, Callable[[_Parser], Node]] = {
    "(": lambda parser: parser.group(")"),
    "[": lambda parser: parser.group("]"),
    "{": lambda parser: parser.group("}"),
    r"\{": lambda parser: parser.group(r"\}"),
    "|": lambda parser: Call("abs", (parser.group("|", "|"),)),
    r"\lvert": lambda parser: Call("abs", (parser.group(r"\rvert"),)),
    r"\|": lambda parser: parser.norm(r"\|"),
    r"\lVert": lambda parser: parser.norm(r"\rVert"),
    r"\langle": _Parser.inner,
    r"\frac": _Parser.fraction,
    r"\sqrt": _Parser.root,
    r"\sum": lambda parser: parser.series("sum"),
    r"\prod": lambda parser: parser.series("prod"),
    r"\begin{cases}": _Parser.cases,
    r"\nabla": _Parser.derivative,
}
#: The tokens that can begin a factor, besides numbers, letters and words.
FIRST = PREFIX.keys() | GREEK | ACCENTS | COMMANDS
KNOWN = {
    *FIRST,
    *RELATIONS,
    *TIMES,
    *BRACKETS.values(),
    *RIGHT.values(),
    *(r"\odot", r"\oslash", r"\bmod", r"\land", END, r"\\", r"\rangle", r"\top", r"\infty"),
}


def _times(left: Node, right: Node) -> Node:
    """Return a product, element by element."""
    factors = left.factors if isinstance(left, Product) else (left,)
    return Product((*factors, right))


#: The functions of numbers, whose value for constants is checked.
ON_NUMBERS = frozenset("sqrt abs sign exp log sin cos tanh max min mod and".split())  # noqa: SIM905


def _check_constants(node: Node) -> Number | None:
    """Return the value of an expression without symbols, after checking that it is finite and real.

    For another expression return None, after checking its divisors and the bounds of its sums.
    """
    if isinstance(node, Number):
        return node
    parts = [_check_constants(part) for part in tree.children(node)]
    function = node.function if isinstance(node, Call | Series) else ""
    try:
        if (isinstance(node, Quotient) or function == "mod") and parts[1] == Number(0):
            raise ZeroDivisionError
        if isinstance(node, Series) and parts[0] and parts[1]:
            first, last = (float(part.value) for part in parts[:2] if part)
            evaluate.indices(first, last, evaluate.MOST_TERMS)
        if isinstance(node, Series) and _is_constant(node):
            value = evaluate.value_of(node, {evaluate.TERMS: CONSTANT_TERMS})
        elif (
            None in parts
            or isinstance(node, Name | At)
            or (isinstance(node, Call) and function not in ON_NUMBERS)
        ):
            return None
        else:  # with the values in place of the parts, so that each is computed once
            found = iter(parts)
            value = evaluate.value_of(tree.rebuilt(node, lambda part: next(found) or part), {})
        if not abs(value) < LARGEST:
            raise OverflowError
    except evaluate.BoundsError as error:
        raise EquationError(f"cannot compute {_short(node)}: {error}") from None
    except (ArithmeticError, ValueError):
        raise EquationError(f"{_short(node)} is not a finite real number") from None
    return Number(float(value))


def _is_constant(node: Node) -> bool:
    """Return whether an expression has neither symbols nor functions of anything but numbers."""
    calls = (part.function for part in tree.walk(node) if isinstance(part, Call))
    return not tree.names(node) and ON_NUMBERS.issuperset(calls)


def _short(node: Node) -> str:
    text = tree.show(node)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
