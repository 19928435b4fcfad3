"""A docstring that is read: its symbols with their meaning, and its blocks as programs or code."""

import ast
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    BEFORE,
    GRADIENT,
    IGNORED,
    LOSS,
    PARAMETERS,
    SCALAR,
    STEP,
    UPDATE,
    VALUE,
    Bindings,
    Described,
    Found,
    Given,
    Meaning,
    Operator,
    State,
    Use,
)
from adamdoc.audit.reading import Block, Branch, Program, Reader, Row, blocks
from adamdoc.equations.evaluate import value_of
from adamdoc.equations.grammar import EquationError, Template, template
from adamdoc.equations.tree import At

ROLES = (PARAMETERS, BEFORE, GRADIENT, UPDATE, LOSS, VALUE)
WITHIN = (STEP, SCALAR, IGNORED)


@dataclass(frozen=True)
class Quantity:
    """A symbol: its name, its LaTeX, its meaning, and the index at which it is assigned."""

    name: str
    latex: str
    meaning: Meaning
    template: Template
    offset: int


def evaluated(expression: str, arguments: Mapping[str, Any]) -> Any:
    """Return the value of a Python expression of the arguments.

    Examples
    --------
    >>> evaluated("betas[0]", {"betas": (0.9, 0.99)})
    0.9
    """
    return eval(expression, {"math": math, "np": np}, dict(arguments))


def quantities(bindings: Bindings) -> list[Quantity]:
    """Return the symbols of bindings."""
    found = []
    for latex, given in bindings.symbols.items():
        meaning, written = given, latex
        if isinstance(given, str) and given.startswith("= "):
            written = given.removeprefix("= ")
            meaning = bindings.symbols[written]
        letter = (given.index if isinstance(given, State) else "") or bindings.time
        timed = template("", latex, letter, letters=bindings.ranges).indexed
        if timed and not template("", written, letter, letters=bindings.ranges).indexed:
            timed, letter = False, ""  # another way to write a symbol without an index
        if isinstance(meaning, State):
            name = meaning.name or written
        elif isinstance(meaning, str) and meaning in ROLES:
            name = meaning
        elif isinstance(meaning, str) and meaning not in WITHIN:
            name = f"({meaning}){'[t]' * timed}"
        else:
            name = written
        function = isinstance(meaning, Operator)
        made = template(name, latex, letter, function=function, letters=bindings.ranges)
        offset = 0
        if timed and letter == bindings.time and template("", latex, bindings.time).indexed:
            node = Reader([made], bindings.time).parse(latex, latex)
            assert isinstance(node, At)
            offset = int(value_of(node.indices[-1], {bindings.time: 0.0})) if _counts(node) else 0
        found.append(Quantity(name, latex, meaning, made, offset))
        if isinstance(meaning, State) and meaning.before:
            before = template(f"{name} before", meaning.before, bindings.time)
            found.append(Quantity(f"{name} before", meaning.before, STEP, before, 0))
    return found


def _counts(node: At) -> bool:
    return len(node.indices) == 1


@dataclass(frozen=True)
class Reading:
    """A docstring that is read: the programs and code of its blocks, and its symbols."""

    bindings: Bindings
    quantities: tuple[Quantity, ...]
    parts: tuple[tuple[Use, Program | str], ...]

    def used(self, arguments: Mapping[str, Any]) -> list[tuple[Use, Program | str]]:
        """Return the blocks that apply to arguments."""
        return [
            (use, part)
            for use, part in self.parts
            if not use.when or evaluated(use.when, arguments)
        ]


def read(doc: str, bindings: Bindings) -> Reading:
    """Return a docstring that is read with bindings.

    Raises
    ------
    EquationError
        If a block cannot be read.
    """
    found = quantities(bindings)
    for q in found:
        if isinstance(q.meaning, Described):
            block_of(Use(q.meaning.words), (), doc)
    named = {
        q.name
        for q in found
        if (isinstance(q.meaning, State | Found) and q.meaning.shape != "number")
        or isinstance(q.meaning, Given)
        or (isinstance(q.meaning, str) and (q.meaning in (*ROLES, STEP) or "np." in q.meaning))
    }
    operators = {q.name: q.meaning.arguments for q in found if isinstance(q.meaning, Operator)}
    reader = Reader(
        [q.template for q in found],
        bindings.time,
        bindings.first,
        sorted(named) if bindings.matrices else (),
        operators,
        [q.name for q in found if q.meaning == IGNORED],
        bindings.ranges,
        [q.name for q in found if isinstance(q.meaning, Operator) and q.meaning.number],
    )
    own = blocks(doc)
    uses = bindings.blocks or [Use(number) for number in range(len(own))]
    parts: list[tuple[Use, Program | str]] = []
    for use in uses:
        block = block_of(use, own, doc)
        if not (block.text or use.result):
            continue
        latex = block.kind == "latex"
        text = _inverses(block.text, bindings.symbols) if latex else block.text
        part = reader.program(text, use.result) if latex else text
        if use.where and isinstance(part, Program):
            row = Row("if", 0, rf"\text{{if }} {use.where}", "")
            arm = (reader.condition(row), part.statements)
            part = replace(part, statements=(Branch((arm,), row.latex),))
        parts.append((use, part))
    return Reading(bindings, tuple(found), tuple(parts))


def block_of(use: Use, own: Sequence[Block], doc: str) -> Block:
    """Return the block that is used, of those of a docstring or of its texts."""
    if isinstance(use.block, Mapping):
        for sentence, code in use.block.items():
            if " ".join(sentence.split()) in " ".join(doc.split()):
                return Block("python" if is_python(code) else "latex", code)
        raise EquationError(f"the docstring does not have the text {next(iter(use.block))!r}")
    if isinstance(use.block, str):
        words = use.words or use.block
        if " ".join(words.split()) not in " ".join(doc.split()):
            raise EquationError(f"the docstring does not have the text {words!r}")
        return Block(use.kind, use.block)
    if use.block >= len(own):
        raise EquationError(
            f"the docstring has {len(own)} blocks of equations, not {use.block + 1}"
        )
    return own[use.block]


def _inverses(text: str, symbols: Mapping[str, Meaning]) -> str:
    r"""Return LaTeX with the exponent of an inverse after the arguments of a symbol.

    Examples
    --------
    >>> _inverses(r"A^{-1}(x_t) b", {r"A(x_t)": "within a step"})
    'A(x_t)^{-1} b'
    """
    for latex in symbols:
        head, bracket, arguments = latex.partition("(")
        if bracket and arguments.endswith(")"):
            text = text.replace(f"{head}^{{-1}}({arguments}", f"{latex}^{{-1}}")
    return text


def is_python(code: str) -> bool:
    """Return whether a text is Python code."""
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True
