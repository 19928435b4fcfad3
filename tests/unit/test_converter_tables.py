"""The tables that the converter interprets say what the package's table says."""

import ast
import json
import re
from pathlib import Path

import pytest

from adamdoc import dialects
from adamdoc.dialects import changes, words
from adamdoc.dialects.deviations import STEPS, problem
from adamdoc.equations.tree import Name, Negative, Number, Product, Quotient, Sum, show

pages = pytest.importorskip("dialects_pages", reason="the extensions need Sphinx")
ENGINE = Path(__file__).parents[2] / "docs/_converter"
SYMBOLS = {"minus": "-", "not": "not "}


def written(node):
    """Return an expression of the tables as Python writes it."""
    if not isinstance(node, list):
        return repr(node)
    kind, *rest = node
    if kind == "name":
        return rest[0]
    if kind == "entry":
        return f"{rest[0]}[{rest[1]}]"
    if kind == "varies":
        return f"{written(rest[0])}.varies"
    if kind in SYMBOLS:
        return f"({SYMBOLS[kind]}{written(rest[0])})"
    if kind == "if":
        test, body, orelse = map(written, rest)
        return f"({body} if {test} else {orelse})"
    if kind == "call":
        keywords = [f"{name}={written(part)}" for name, part in rest[1].items()]
        return f"{rest[0]}({', '.join([*map(written, rest[2:]), *keywords])})"
    return f"({f' {kind} '.join(map(written, rest))})"


def normal(text):
    return ast.unparse(ast.parse(text, mode="eval"))


@pytest.mark.parametrize("row", dialects.ROWS, ids=lambda row: row.peer)
def test_every_expression_of_a_row_can_be_read_back(row):
    found = json.loads(json.dumps(pages.row_table(row)))
    for key, text in {
        "settings": row.settings,
        "unsupported": row.unsupported_when,
        "rejected": row.rejected_when,
    }.items():
        assert (key in found) == bool(text)
        if text:
            assert normal(written(found[key])) == normal(text)
    assert list(found.get("arguments", {})) == list(dialects.defaults(row.peer))


def test_an_expression_that_the_engine_does_not_know_is_refused():
    with pytest.raises(ValueError, match=r"the converter has no 'lr \*\* 2'"):
        pages.expression("SGD(lr=lr ** 2)")


def test_the_engine_says_every_sentence_of_the_package_and_no_other():
    source = (ENGINE / "nearest.js").read_text("utf-8")
    keys = set(words.WORDS)
    used = {key for key in keys if f'"{key}"' in source}
    assert used == keys
    said = set(re.findall(r'say\("([^"]+)"', source))
    assert said <= keys


def test_the_tables_are_what_json_can_hold_and_small():
    assert len(json.dumps(pages.tables())) < 1_500 * len(dialects.ROWS)
    assert sum(part.size for part in problem()) == 24 * (1 + max(STEPS))
    assert {name for pair in changes.RELATED for name in pair} <= set(dialects.CLASSES)


def test_every_row_has_a_page():
    found = pages.pages()
    assert [row for rows in found.values() for row in rows] == sorted(
        dialects.ROWS, key=lambda row: list(found).index(pages.page_of(row))
    )
    assert set(found) <= set(dialects.CLASSES)
    assert len({pages.anchor(row) for row in dialects.ROWS}) == len(dialects.ROWS)


@pytest.mark.parametrize(
    ("text", "simple"),
    [
        ("0 v + 1 m", "m"),
        ("(1 - 1) v + m", "m"),
        ("(1 - 0) v", "v"),
        ("m / 1", "m"),
        ("0 / v + 2 m", "2*m"),
        ("m - 0", "m"),
        ("-(0 m)", "0"),
    ],
)
def test_options_that_are_0_or_1_leave_out_a_part(text, simple):
    tree = pages.simplified(parsed(text))
    assert show(tree) == simple


def parsed(text):
    """Return a small expression as a tree."""
    source = re.sub(r"(?<=[\dvm)]) (?=[vm(])", "*", text)

    def node(part):
        match part:
            case ast.Constant(value):
                return Number(value)
            case ast.Name(name):
                return Name(name)
            case ast.UnaryOp(ast.USub(), value):
                return Negative(node(value))
            case ast.BinOp(left, ast.Add(), right):
                return Sum((node(left), node(right)))
            case ast.BinOp(left, ast.Sub(), right):
                return Sum((node(left), Negative(node(right))))
            case ast.BinOp(left, ast.Mult(), right):
                return Product((node(left), node(right)))
            case ast.BinOp(left, ast.Div(), right):
                return Quotient(node(left), node(right))

    return node(ast.parse(source, mode="eval").body)
