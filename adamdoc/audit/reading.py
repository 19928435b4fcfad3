r"""Reading: from the docstring of a library to statements whose expressions are trees.

A docstring has blocks of equations: displayed LaTeX, which `Reader.program` splits into
assignments, conditions and initial values, Python code between three backticks, and the comments of
examples that give values, such as ``lr = 0.05 if epoch < 30``. Expressions are parsed by
`adamdoc.equations.grammar`, as adamdoc's own are.
"""

import contextlib
import re
import textwrap
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from adamdoc.audit.bindings import VALUE
from adamdoc.equations import grammar
from adamdoc.equations.grammar import EquationError, Scope, Template
from adamdoc.equations.tree import At, Name, Node

DISPLAY = re.compile(
    r"^(?P<indent>[ \t]*)(?:[^\n]*\S[ \t]+)?\.\.[ \t]+math::[ \t]*(?P<first>[^\n]*)\n"
    r"(?P<body>(?:(?:(?P=indent)[ \t]+[^\n]*|[ \t]*)\n)*)",
    re.MULTILINE,
)
DOLLARS = re.compile(r"\$\$(?P<body>.+?)\$\$|\\\[(?P<bracket>.+?)\\\]", re.DOTALL)
CODE = re.compile(r"^[ \t]*```(?:python)?[ \t]*\n(?P<body>.*?)^[ \t]*```", re.MULTILINE | re.DOTALL)
#: Comments in an example, and the lines among them that give a value under a condition.
COMMENTS = re.compile(r"(?:^[ \t]*>>> #[^\n]*\n)+", re.MULTILINE)
VALUE_IF = re.compile(r"^[ \t]*>>> # *(\w+) *= *([-+.\w]+) +if ([^\n]+?)[ \t]*$", re.MULTILINE)
#: The environments that hold the rows of a block.
ENVIRONMENT = re.compile(
    r"\\begin\{(?P<name>aligned|align|gather|gathered|split|equation|eqnarray|array|multline)\*?\}"
    r"(?:\{[lcr|]*\})?(?P<body>.*)\\end\{(?P=name)\*?\}",
    re.DOTALL,
)
#: What makes upright or bold text.
FONT = re.compile(r"\\(?:text(?:bf|it|tt|rm)?|math(?:bf|it|rm|sf|tt)|operatorname)\s*\{([^{}]*)\}")
FONT_SWITCH = re.compile(r"\\(?:bf|it|rm|tt)\s*\{([^{}]*)\}|\{\\(?:bf|it|rm|tt)\s+([^{}]*)\}")
SPACE = re.compile(r"\\[,;:!> ]|~|\\q?quad(?![A-Za-z])|\\hspace\*?\{[^{}]*\}|\\displaystyle\b")
INDENT = re.compile(
    r"\s*(?:\\hspace\*?\{\s*(\d+)\s*(?:mm|pt|em)\}|(\\q?quad)(?![A-Za-z])|\\[,;:!> ]|&|~)"
)
ARROW = re.compile(
    r"\\leftarrow(?![A-Za-z])|\\gets(?![A-Za-z])|\\xleftarrow\{(?:[^{}]|\{[^{}]*\})*\}|:="
    r"|(?<![:<>!=\\])=(?!=)"
)
#: Words before an equation.
LET = re.compile(r"^\\text\{\s*(?:[Ll]et|[Cc]ompute|[Rr]eceive)\b[^{}]*\}")
#: Before the estimate of a quantity, which is the value that it has.
APPROXIMATELY = re.compile(r"\\approx(?![A-Za-z])")
#: Remarks in brackets after an equation.
REMARK = re.compile(r"\\text\{\s*\([^{}]*\)\s*\}\s*$")
#: A norm that is written with single bars.
NORM = re.compile(r"\|\|([^|]+)\|\|")
TRAILING = re.compile(r"(?<!\\right)(?:\\[,;:!]|[\s,.;])+$")
#: The values of an index after an equation.
OVER = re.compile(
    r"(?:\\q?quad(?![A-Za-z])|\\[,;:! ]|\s)*\\text\{\s*for\s*\}(?:\\[,;:! ]|\s)*"
    r"(?P<index>\\?[A-Za-z]+)\s*\\in\s*\\\{(?P<first>.+?),\s*\\l?dots\s*,(?P<last>.+)\\\}\s*$"
)


@dataclass(frozen=True)
class Block:
    """A block of equations in a docstring.

    Attributes
    ----------
    kind : str
        ``"latex"`` or ``"python"``.
    text : str
        Its text, without indentation.
    """

    kind: str
    text: str


@dataclass(frozen=True)
class Over:
    """The values of an index, from a first to a last one."""

    index: str
    first: Node
    last: Node


@dataclass(frozen=True)
class Assign:
    """An assignment: a quantity, an expression, the row of LaTeX, and the values of an index."""

    target: Name | At
    expr: Node
    latex: str
    over: Over | None = None


@dataclass(frozen=True)
class Branch:
    """Statements under conditions; the condition of the last arm may be None."""

    arms: tuple[tuple[Node | None, tuple["Statement", ...]], ...]
    latex: str


Statement = Assign | Branch


@dataclass(frozen=True)
class Program:
    """The statements of a docstring.

    Attributes
    ----------
    starts : tuple of Assign
        What is assigned before the first step.
    statements : tuple of Assign or Branch
        What is done in each step.
    header : str
        The rows that introduce the symbols.
    rows : tuple of str
        All rows of LaTeX, for messages.
    """

    starts: tuple[Assign, ...]
    statements: tuple[Statement, ...]
    header: str = ""
    rows: tuple[str, ...] = ()


def blocks(doc: str) -> list[Block]:
    r"""Return the blocks of equations in a docstring, in order.

    Parameters
    ----------
    doc : str
        The docstring, without indentation.

    Returns
    -------
    list of Block
        The displayed LaTeX, the Python code, and the values in comments of examples as code.

    Examples
    --------
    >>> blocks("The rule::\n\n.. math::\n    w_{t+1} &= w_t - \\eta g_t\n\nThat is all.\n")
    [Block(kind='latex', text='w_{t+1} &= w_t - \\eta g_t')]
    >>> print(blocks(">>> # lr = 0.5 if epoch < 3\n>>> # ...\n")[0].text)
    lr = None
    if epoch < 3: lr = 0.5
    """
    found: list[tuple[int, Block]] = []
    for match in DISPLAY.finditer(doc + "\n"):
        body = textwrap.dedent(match["body"]).strip("\n")
        lines = [line for line in body.split("\n") if not re.match(r":\w+:", line)]
        text = "\n".join([*([match["first"]] if match["first"] else []), *lines]).strip()
        found.append((match.start(), Block("latex", text)))
    for match in DOLLARS.finditer(doc):
        text = (match["body"] or match["bracket"]).strip()
        found.append((match.start(), Block("latex", text)))
    for match in CODE.finditer(doc + "\n"):
        found.append((match.start(), Block("python", textwrap.dedent(match["body"]).strip("\n"))))
    for match in COMMENTS.finditer(doc + "\n"):
        if conditions := list(VALUE_IF.finditer(match[0])):
            names = dict.fromkeys(f"{line[1]} = None" for line in conditions)
            values = [f"if {line[3]}: {line[1]} = {line[2]}" for line in conditions]
            found.append((match.start(), Block("python", "\n".join([*names, *values]))))
    return [block for _, block in sorted(found, key=lambda pair: pair[0])]


def rows(text: str) -> list[str]:
    r"""Return the rows of a block of LaTeX, each on one line, without alignment at its begin.

    Rows end at ``\\`` outside of inner environments and braces, and at blank lines.

    Examples
    --------
    >>> cases = r"\begin{cases} b \\ c \end{cases}"
    >>> rows(rf"\begin{{aligned}} m_t &= a \\[1ex] v_t &= {cases} \end{{aligned}}")
    ['m_t &= a', 'v_t &= \\begin{cases} b \\\\ c \\end{cases}']
    """
    while (match := ENVIRONMENT.fullmatch(text.strip())) is not None:
        text = match["body"]
    found, row, depth = [], "", 0
    for piece in re.split(r"(\\\\(?:\[[^\[\]]*\])?|\\begin\b|\\end\b|(?<!\\)[{}]|\n\s*\n)", text):
        depth += piece in (r"\begin", "{")
        depth -= piece in (r"\end", "}")
        if not depth and (
            piece.startswith("\\\\") or (piece.count("\n") > 1 and not piece.strip())
        ):
            found.append(row)
            row = ""
        else:
            row += piece
    found.append(row)
    lines = [" ".join(part.split()) for row in found for part in _beside(row)]
    return [line for line in lines if line.strip("& ")]


def _beside(row: str) -> list[str]:
    r"""Return the equations that a row has side by side: with a comma and a wide space between."""
    first, *others = re.split(r",\s*(?:~\s*~\s*~*|\\q?quad(?![A-Za-z]))", row)
    parts = [first]
    for other in others:
        if _top_level_arrow(other) and _top_level_arrow(parts[-1]) and not _is_open(parts[-1]):
            parts.append(other)
        else:
            return [row]
    return parts


def indentation(row: str) -> tuple[int, str]:
    r"""Return how far a row is indented, in millimetres, and the rest of it.

    Examples
    --------
    >>> indentation(r"&\hspace{5mm} g_t &= 1")
    (5, 'g_t &= 1')
    """
    width = 0
    while (match := INDENT.match(row)) is not None and match.end():
        width += int(match[1] or 0) + {None: 0, r"\quad": 4, r"\qquad": 8}[match[2]]
        row = row[match.end() :]
    return width, row.strip()


def words_of(row: str) -> str:
    """Return a row with its text without fonts and spaces, to recognize its first words."""
    row = FONT_SWITCH.sub(lambda m: m[1] or m[2], FONT.sub(r"\1", row))
    return " ".join(SPACE.sub(" ", row).replace("&", " ").split())


KINDS = (
    ("rule", r"(?:\\(?:rule|hline|newline)\b)"),
    ("header", r"(?:inputs?|parameters|require|arguments)\b\s*:?"),
    ("starts", r"init(?:iali[sz]e)?\b\s*:?"),
    ("with", r"with\s*:"),
    ("return", r"return\b"),
    ("end", r"(?:end|until)\b|\\}$"),
    ("else if", r"(?:\\?\}\s*)?(?:else\s*if|elif)\b"),
    ("else", r"(?:\\?\}\s*)?else\b"),
    ("if", r"if\b"),
    ("for", r"(?:for|while|repeat)\b"),
    ("text", r"with the convention\b"),
)


@dataclass(frozen=True)
class Row:
    """A row: its kind, how far it is indented, its LaTeX, and its text without fonts."""

    kind: str
    indent: int
    latex: str
    words: str


def classified(text: str) -> list[Row]:
    """Return the rows of a block with their kinds; continued rows are joined."""
    found: list[Row] = []
    for row in rows(text):
        indent, latex = indentation(row)
        words = words_of(latex)
        low = words.lower()
        kind = next((kind for kind, pattern in KINDS if re.match(pattern, low)), "")
        if not kind:
            kind = "assign" if _top_level_arrow(latex) else "text"
        before = found[-1] if found else None
        if before and before.kind in ("header", "starts", "with") and kind in ("assign", "text"):
            if before.kind != "with" or kind == "text":
                found[-1] = replace(before, latex=f"{before.latex} {latex}")
                continue
            kind = "starts"
        continues = re.match(r"[-+*/=.,)\]]|\\cdot|\\times|\\right", latex)
        if before and before.kind == "assign" and (continues or _is_open(before.latex)):
            found[-1] = replace(before, latex=f"{before.latex} {latex}")
            continue
        found.append(Row(kind, indent, latex, words))
    return found


def _is_open(latex: str) -> bool:
    """Return whether a row ends within brackets or after an operator."""
    text = re.sub(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])", "", latex)
    text = re.sub(r"\\[{}|]", "", text).rstrip("& ")
    opened = sum(map(text.count, "([{")) - sum(map(text.count, ")]}"))
    return opened > 0 or text.endswith(("=", "+", "-", "*", r"\cdot", r"\leftarrow", r"\gets"))


def _top_level_arrow(latex: str) -> re.Match[str] | None:
    """Return the first sign of an assignment outside of brackets."""
    return _top_level(ARROW, latex)


def _top_level(pattern: re.Pattern[str], latex: str) -> re.Match[str] | None:
    """Return the first match outside of brackets."""
    for match in pattern.finditer(latex):
        before = latex[: match.start()]
        before = re.sub(r"\\[{}]", "", before)
        if before.count("{") == before.count("}") and before.count("(") == before.count(")"):
            return match
    return None


def last_of(letter: str) -> str:
    """Return the name of the last value of a letter that sums run over."""
    return f"the last {letter}"


class Reader:
    """The reader of the blocks of one docstring.

    Parameters
    ----------
    templates : sequence of Template
        The symbols.
    time : str
        The letter that counts the steps.
    first : int
        Its value at the first step.
    matrices : collection of str
        The names of quantities whose products are those of matrices.
    functions : mapping of str to int
        The number of arguments of each operator.
    ignored : sequence of str
        The names of quantities whose assignments are left out.
    ranges : collection of str
        The letters that sums run over without bounds.
    numbers : sequence of str
        The names of operators whose value is a number.
    """

    def __init__(
        self,
        templates: Sequence[Template],
        time: str = "t",
        first: int = 1,
        matrices: Sequence[str] = (),
        functions: dict[str, int] | None = None,
        ignored: Sequence[str] = (),
        ranges: Collection[str] = (),
        numbers: Sequence[str] = (),
    ) -> None:
        self.ignored = ignored
        constants = [grammar.template(name, rf"\text{{{name}}}") for name in ("True", "False")]
        own = [*templates, *constants]
        self.scope = Scope(
            {time: time, r"\pi": "pi"},
            frozenset(matrices),
            functions or {},
            templates=tuple(own),
            first=first,
            ranges={letter: last_of(letter) for letter in ranges},
            numbers=numbers,
        )

    def program(self, text: str, result: str = "") -> Program:
        """Return the statements of a block of LaTeX.

        An expression or a condition alone is the value of the symbol `result`, or of the function.

        Raises
        ------
        EquationError
            If a row cannot be read; the message quotes it.
        """
        found = classified(text)
        starts: list[Assign] = []
        header = []
        body: list[Row] = []
        looped = False  # within the loop over the steps
        for row in found:
            looped |= row.kind == "for" and not row.indent
            if row.kind in ("header", "with"):
                header.append(row.latex)
            elif row.kind == "starts" and looped:
                latex = FOR_ALL.split(INITIALIZE.sub("", row.latex))[0]
                body.append(replace(row, kind="assign", latex=latex))
            elif row.kind == "starts":
                header.append(row.latex)
                starts += self.starts(row)
            elif row.kind == "for" and row.indent:  # within a step, over the coordinates
                body.append(row)
            elif row.kind == "for" and body and not starts and _all_starts(body):
                for earlier in body:
                    starts += self.starts(earlier)
                body = []
            elif row.kind not in ("rule", "return", "text", "end", "for"):
                body.append(row)
        if not body and len(texts := [row for row in found if row.kind == "text"]) == 1:
            value = self.expression(texts[0].latex, texts[0].latex)
            target = self.target(result, result) if result else Name(VALUE)
            return Program((), (Assign(target, value, texts[0].latex),), "", (texts[0].latex,))
        statements, rest = self.nested(body, -1)
        if rest:
            raise EquationError(f"{rest[0].latex!r} is indented less than what it belongs to")
        latex = tuple(row.latex for row in found)
        return Program(tuple(starts), tuple(statements), " ".join(header), latex)

    def starts(self, row: Row) -> Iterator[Assign]:
        """Yield the initial values in a row."""
        text = INITIALIZE.sub("", row.latex)
        if cases := CASES.search(text):
            text = ",".join(re.split(r"\\\\(?:\[[^\[\]]*\])?", cases[1]))
        text = FOR_ALL.split(text)[0]
        for piece in _split(REMARK_ANYWHERE.sub("", text)):
            piece = re.sub(r"^\\forall\b[^:]*:", "", piece)
            if arrow := _top_level_arrow(piece):
                target = self.target(piece[: arrow.start()], row.latex)
                yield Assign(
                    target, self.expression(piece[arrow.end() :], row.latex), piece.strip()
                )

    def nested(self, found: list[Row], outer: int) -> tuple[list[Statement], list[Row]]:
        """Return the statements of rows that are indented more than `outer`, and the other rows."""
        statements: list[Statement] = []
        while found and found[0].indent > outer:
            row, *found = found
            if row.kind == "assign":
                statements += self.assignment(row)
                continue
            if row.kind == "for":
                inside, found = self.nested(found, row.indent)
                statements += inside
                continue
            if row.kind != "if":
                raise EquationError(f"{row.latex!r} has no 'if' before it")
            arms: list[tuple[Node | None, tuple[Statement, ...]]] = []
            indent = row.indent
            while True:
                condition = None if row.kind == "else" else self.condition(row)
                inside, found = self.nested(found, indent)
                arms.append((condition, tuple(inside)))
                following = found[0] if found else None
                if row.kind == "else" or following is None or following.indent != indent:
                    break
                if following.kind not in ("else", "else if"):
                    break
                row, *found = found
            statements.append(Branch(tuple(arms), row.latex))
        return statements, found

    def assignment(self, row: Row) -> list[Assign]:
        """Return the assignment in a row, or none if its quantity is left out."""
        latex = LET.sub("", TRAILING.sub("", _cases(REMARK.sub("", row.latex))))
        outer, over = self.scope, None
        if values := OVER.search(latex):
            latex, index = latex[: values.start()], values["index"]
            bounds = (self.parse(values[end], row.latex) for end in ("first", "last"))
            over = Over(index, *bounds)
            self.scope = replace(outer, spellings={**outer.spellings, index: index})
        arrow = _top_level_arrow(latex)
        if arrow is None:
            raise EquationError(f"{row.latex!r} must be an assignment")
        target = self.target(latex[: arrow.start()], row.latex)
        expr = None
        if target.name not in self.ignored:
            value = latex[arrow.end() :]
            if (estimate := _top_level(APPROXIMATELY, value)) is not None:
                value = value[estimate.end() :]
            expr = self.expression(value, row.latex)
        self.scope = outer
        return [] if expr is None else [Assign(target, expr, row.latex, over)]

    def target(self, latex: str, row: str) -> Name | At:
        """Return the quantity on a left-hand side."""
        node = self.parse(latex.replace("&", " "), row)
        if not isinstance(node, Name | At):
            raise EquationError(f"{row!r}: {latex.strip()!r} cannot be assigned")
        return node

    def expression(self, latex: str, row: str) -> Node:
        """Return the tree of an expression, which may be an ``array`` of cases, or a condition."""
        if r"\begin" not in latex:
            latex = latex.replace("&", " ")
        text = _column(TRAILING.sub("", _cases(latex)))
        try:
            return self.parse(text, row)
        except EquationError:
            if not re.search(r"\\[lg]eq?(?![A-Za-z])|[<>]", text):
                raise
            with contextlib.suppress(EquationError):
                parser = grammar._Parser(text.strip(), self.scope)
                value = parser.condition()
                parser.expect_end()
                return value
            raise

    def condition(self, row: Row) -> Node:
        """Return the condition of an if."""
        latex = re.sub(r"^.*?\b[iI]f\b\s*\}?", "", row.latex, count=1)
        latex = re.sub(r"\\text(?:bf)?\{\s*then\s*\}|\bthen\b|\\\{\s*$", "", latex).strip()
        latex = re.sub(r"\\$", "", latex.rstrip(": ").removesuffix(r"\text{ do}"))
        parser = grammar._Parser(latex, self.scope)
        try:
            value = parser.truth()
            parser.expect_end()
        except EquationError as error:
            raise EquationError(f"{row.latex!r}: {error}") from None
        return value

    def parse(self, latex: str, row: str) -> Node:
        """Return the tree of a piece of a row."""
        try:
            return grammar.parse(NORM.sub(r"\\|\1\\|", latex.strip()), self.scope)
        except EquationError as error:
            raise EquationError(f"{row!r}: {error}") from None


def _column(latex: str) -> str:
    r"""Return an expression in which a column of components is the vector.

    Examples
    --------
    >>> _column(r"2 \begin{bmatrix} a_{k1}^{-1} \\ \vdots \\ a_{kp}^{-1} \end{bmatrix}")
    '2 a_{k}^{-1}'
    """

    def vector(match: re.Match[str]) -> str:
        entries = [entry.strip() for entry in match[2].split(r"\\")]
        vectors = {re.sub(r"(_\{\w*?)\w\}", r"\1}", e) for e in entries if e and e != r"\vdots"}
        return vectors.pop() if len(vectors) == 1 else match[0]

    return re.sub(r"\\begin\{([bp]matrix)\}(.*?)\\end\{\1\}", vector, latex, flags=re.DOTALL)


INITIALIZE = re.compile(
    r"\\text(?:bf)?\{\s*init(?:iali[sz]e)?\s*\}\s*:?|\binit(?:iali[sz]e)?\s*:?", re.IGNORECASE
)
FOR_ALL = re.compile(r"\\text(?:bf)?\{\s*for\s*(?:all)?\s*\}")
CASES = re.compile(r"\\begin\{cases\}(.*?)\\end\{cases\}", re.DOTALL)
REMARK_ANYWHERE = re.compile(r"\\text\{\s*\([^{}]*\)\s*\}")


def _all_starts(found: list[Row]) -> bool:
    return all(row.kind == "assign" for row in found)


def _split(text: str) -> list[str]:
    """Return the parts of a text between its commas and semicolons outside of brackets."""
    parts, depth = [""], 0
    for c in text:
        depth += (c in "({[") - (c in ")}]")
        separates = c == "," or (c == ";" and not parts[-1].endswith("\\"))
        if separates and not depth:
            parts.append("")
        else:
            parts[-1] += c
    return [re.sub(r"\\$", "", part.strip()) for part in parts]


def _cases(latex: str) -> str:
    r"""Return an expression with ``\left\{ \begin{array}`` as ``\begin{cases}``."""
    pattern = r"\\left\s*\\\{\s*\\begin\{array\}\{[a-z|]*\}(.*?)\\end\{array\}\s*\\right\s*\."

    def environment(match: re.Match[str]) -> str:
        inside = re.sub(r"&(\s*&)+", "&", match[1])
        return rf"\begin{{cases}}{inside}\end{{cases}}"

    return re.sub(pattern, environment, latex, flags=re.DOTALL)
