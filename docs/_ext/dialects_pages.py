"""The converter and the pages of dialects, made from the table of the package.

`tables` exports everything that the converter's script needs: the rows with their settings as
syntax trees, the names, the words, the optimizers. The script interprets them in the browser, so
that no rule is written twice: a row that is added to `adamdoc.dialects.table` is in the converter.
"""

import ast
import itertools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import maths
from docutils import nodes
from playground import OPTIMIZERS
from reference import public_name, render, with_index
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import checks, dialects, lineage
from adamdoc.dialects import (
    arguments,
    calls,
    chains,
    changes,
    deviations,
    matching,
    peers,
    spellings,
    words,
)
from adamdoc.dialects.settings import CLASSES, parse
from adamdoc.equations import all_of, with_placeholders
from adamdoc.equations.system import Assignment
from adamdoc.equations.tree import (
    Case,
    Compare,
    Name,
    Negative,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Sum,
    names,
    rebuilt,
    substitute,
)
from adamdoc.notation import rule_of, table_of
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters

#: What the converter offers to try.
EXAMPLES = [
    {
        "title": "AdamW of PyTorch",
        "text": "torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1)",
    },
    {
        "title": "RMSprop of Keras",
        "text": "keras.optimizers.RMSprop(learning_rate=1e-3)",
    },
    {
        "title": "A chain of Optax",
        "text": """optax.chain(
    optax.clip_by_global_norm(1.0),
    optax.adamw(schedule, b2=0.95, weight_decay=0.1),
)""",
    },
    {
        "title": "A training script",
        "text": """from torch import nn, optim

lr = 0.1
optimizer = optim.SGD(model.parameters(), lr=lr, momentum=0.9, weight_decay=1e-4)
for x, y in loader:
    optimizer.zero_grad()
    loss_function(model(x), y).backward()
    nn.utils.clip_grad_value_(model.parameters(), 0.5)
    optimizer.step()""",
    },
]
OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


def syntax(node: ast.expr) -> Any:
    """Return an expression of the table as data: numbers as they are, the rest as lists.

    Examples
    --------
    >>> syntax(parse("1 - betas[0] if not decay else lr or 0"))
    ['if', ['not', ['name', 'decay']], ['-', 1, ['entry', 'betas', 0]], ['or', ['name', 'lr'], 0]]
    """
    match node:
        case ast.Constant(value):
            return value
        case ast.Name(name):
            return ["name", name]
        case ast.Subscript(ast.Name(name), ast.Constant(index)):
            return ["entry", name, index]
        case ast.Attribute(value, "varies"):
            return ["varies", syntax(value)]
        case ast.UnaryOp(ast.Not(), value):
            return ["not", syntax(value)]
        case ast.UnaryOp(ast.USub(), value):
            return ["minus", syntax(value)]
        case ast.BinOp(left, operation, right) if type(operation) in OPERATORS:
            return [OPERATORS[type(operation)], syntax(left), syntax(right)]
        case ast.BoolOp(operation, values):
            return ["or" if isinstance(operation, ast.Or) else "and", *map(syntax, values)]
        case ast.IfExp(test, body, orelse):
            return ["if", syntax(test), syntax(body), syntax(orelse)]
        case ast.Call(ast.Name(name), args, keywords):
            named = {str(k.arg): syntax(k.value) for k in keywords}
            return ["call", name, named, *map(syntax, args)]
    raise ValueError(f"the converter has no {ast.unparse(node)!r}")


def expression(text: str) -> Any:
    """Return an expression as data, None for an empty one."""
    return syntax(parse(text)) if text else None


def plain(value: Any) -> Any:
    """Return a default as JSON can hold it: ``...`` as an object."""
    if isinstance(value, tuple):
        return [plain(entry) for entry in value]
    return {"unknown": True} if value is ... else value


def row_table(row: dialects.Row) -> dict[str, Any]:
    """Return a row as data, without its empty fields."""
    signature = arguments.signature(row.peer)
    found = {
        "peer": row.peer,
        "arguments": {n: plain(v) for n, v in dialects.defaults(row.peer).items()},
        "positional": sum(p.kind is not p.KEYWORD_ONLY for p in signature.parameters.values()),
        # Which numbers the library writes with a point, such as 0.0.
        "floats": [n for n, v in dialects.defaults(row.peer).items() if isinstance(v, float)],
        "effective": list(dialects.effective(row.peer)),
        "settings": expression(row.settings),
        "class": dialects.class_name(row),
        "differs": row.differs,
        "unmatched": row.unmatched,
        "deviates": row.deviates,
        "unsupported": expression(row.unsupported_when),
        "unsupported_when": row.unsupported_when,
        "rejected": expression(row.rejected_when),
        "rejected_when": row.rejected_when,
        "fault": row.fault,
        "thread": row.thread,
        "constant": row.constant,
    }
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def class_table(cls: type[Optimizer]) -> dict[str, Any]:
    """Return what the converter has to know of an optimizer."""
    found = {
        "page": public_name(cls),
        "defaults": {f.name: f.default for f in fields(cls) if f.name in hyperparameters(cls)},
        "rules": {name: rule_of(cls, name) for name in hyperparameters(cls)},
        "builds_on": list(cls.builds_on),
        "form": cls.general_form,
        "wrapper": issubclass(cls, Wrapper),
        "purpose": changes.purpose(cls) if issubclass(cls, Wrapper) else "",
        "moves": issubclass(cls, Wrapper) and cls._moves_theta,
        "replaces": cls.replaces_theta,
        "needs": cls.takes_curvature or cls.takes_gradient,
        "scope": cls.scope,
        # Its module has the equations of the last block, for arrays that are no matrices.
        "runs": cls in OPTIMIZERS and len(all_of(cls)) == 1,
    }
    return {name: value for name, value in found.items() if value not in (False, "")}


def tables() -> dict[str, Any]:
    """Return everything that the converter interprets, as JSON can hold it."""
    return {
        "libraries": dialects.LIBRARIES,
        "modules": matching.MODULES,
        "rows": [row_table(row) for row in dialects.ROWS],
        "classes": {name: class_table(cls) for name, cls in CLASSES.items() if name != "Groups"},
        "rules": {rule: description for rule, (_, description) in checks.RULES.items()},
        "aliases": peers.ALIASES,
        "others": peers.OTHER_LIBRARIES,
        "successors": peers.SUCCESSORS,
        "implementations": peers.IMPLEMENTATIONS.pattern,
        "absent": dialects.ABSENT,
        "synonyms": arguments.SYNONYMS,
        "old_names": arguments.OLD_NAMES,
        "outside": arguments.OUTSIDE,
        "without_effect": arguments.WITHOUT_EFFECT,
        "without_effect_at": arguments.WITHOUT_EFFECT_AT,
        "at_start": arguments.AT_START,
        "optional": arguments.OPTIONAL,
        "wrapped": arguments.WRAPPED,
        "around": calls.AROUND,
        "around_class": calls.AROUND_CLASS,
        "schedules": sorted(dialects.SCHEDULES),
        "blocks": {
            name: {
                "arguments": {n: plain(v) for n, v in block.defaults().items()},
                "positional": len([w for w in block.arguments.split("*")[0].split(", ") if w]),
                "signature": block.arguments,
                "optimizer": block.optimizer,
                "fixed": block.fixed,
            }
            for name, block in chains.BLOCKS.items()
        },
        "order": chains.ORDER,
        "rates": chains.RATES,
        "commuting": sorted(spellings.COMMUTING),
        "decays": spellings.DECAYS,
        "own_decay": spellings.OWN_DECAY,
        "general": {n: [form.__name__, on] for n, (form, on) in spellings.GENERAL.items()},
        "at_once": spellings.AT_ONCE,
        "places": words.PLACES,
        "meaning": words.MEANING,
        "switches": words.SWITCHES,
        "clip_names": words.CLIP_NAMES,
        "scopes": words.SCOPES,
        "words": words.WORDS,
        "clips": changes.CLIPS,
        "related": [[a, b, text] for (a, b), text in changes.RELATED.items()],
        "renamed": [[a, b, names] for (a, b), names in changes.RENAMED.items()],
        "options": [
            [a, b, needed, {n: expression(v) if isinstance(v, str) else v for n, v in on.items()}]
            for (a, b), (needed, on) in changes.OPTIONS.items()
        ],
        "parents": {
            name: [parent.__name__ for parent in lineage.parents(cls)]
            for name, cls in CLASSES.items()
            if name != "Groups"
        },
        "steps": deviations.STEPS,
        "problem": deviations.PROBLEM,
    }


#: The signs of comparisons of two numbers.
RELATIONS = {"<": float.__lt__, ">": float.__gt__, "<=": float.__le__, ">=": float.__ge__}


def simplified(node: Node) -> Node:
    """Return an expression without what options that are 0 or 1 leave out.

    Examples
    --------
    >>> half = Product((Number(0), Name("v")))
    >>> show(simplified(Sum((half, Product((Number(1), Name("m")))))))
    'm'
    """
    node = rebuilt(node, simplified)
    match node:
        case Negative(Number(value)) | Negative(Negative(Number(value))):
            return (
                Number(-value if isinstance(node.term, Number) else value) if value else Number(0)
            )
        case Sum(terms):
            constant = sum(_constant(term) or 0 for term in terms)
            kept = [term for term in terms if _constant(term) is None]
            if len(kept) + (constant != 0) == len(terms):
                return node
            kept += [Number(constant)] * (constant != 0)
            kept.sort(key=lambda term: isinstance(term, Negative))
            return Sum(tuple(kept)) if len(kept) > 1 else kept[0] if kept else Number(0)
        case Product(factors):
            if Number(0) in factors:
                return Number(0)
            kept = [factor for factor in factors if factor != Number(1)]
            return Product(tuple(kept)) if len(kept) > 1 else kept[0] if kept else Number(1)
        case Quotient(numerator, denominator) if numerator == Number(0) or denominator == Number(1):
            return numerator
        case Power(base, exponent) if exponent == Number(1) or base in (Number(0), Number(1)):
            return base
        case Case(value, Compare(relation, Number(a), Number(b)), otherwise):
            return value if RELATIONS[relation](float(a), float(b)) else otherwise
    return node


def _constant(node: Node) -> float | None:
    match node:
        case Number(value):
            return value
        case Negative(Number(value)):
            return -value
    return None


def data(node: Node) -> Any:
    """Return an expression of hyperparameters as data, like `syntax`; None if it has other parts."""
    match node:
        case Number(value):
            return value
        case Name(name):
            return ["name", name]
        case Negative(term):
            return _joined("-", [0, data(term)])
        case Sum(terms):
            return _joined("+", [data(term) for term in terms])
        case Product(factors):
            return _joined("*", [data(factor) for factor in factors])
        case Quotient(numerator, denominator):
            return _joined("/", [data(numerator), data(denominator)])
    return None


def _joined(operator: str, parts: list[Any]) -> Any:
    if None in parts:
        return None
    first, *rest = parts
    for part in rest:
        first = [operator, first, part]
    return first


def with_numbers(cls: type[Optimizer], left: str, node: Node) -> dict[str, Any]:
    """Return an equation that has ``\u27e8k\u27e9`` where number k belongs, and the numbers as data."""
    own, numbers, symbols = {*hyperparameters(cls), "rate"}, list[Any](), table_of(cls)
    own -= set() if issubclass(cls, Wrapper) else {"rate"}  # it is that of the optimizer inside

    def collapsed(node: Node) -> Node:
        used = names(node)
        if used and set(used) <= own and (found := data(node)) is not None:
            numbers.append(found)
            return Name(f"number {len(numbers) - 1}")
        return rebuilt(node, collapsed)

    text, found = with_placeholders(collapsed(node))

    def symbol(place: re.Match[str]) -> str:
        name = found[int(place[1])].removesuffix("[:]")
        if name.startswith("number "):
            return rf"\text{{q{name[7:]}}}"
        if name.endswith("_prev") and name.removesuffix("_prev") in symbols:
            return with_index(symbols[name.removesuffix("_prev")].latex, "{t-1}")
        return symbols[name].latex if name in symbols else rf"\mathrm{{{name}}}"

    latex = left + " = " + re.sub(r"\\text\{q(\d+)\}", symbol, text)
    markup = re.sub("(?s)<annotation.*?</annotation>", "", maths.display(latex))
    html = re.sub(r">q(\d+)<", ">\u27e8\\1\u27e9<", markup)
    return {"html": html, "numbers": numbers, "uses": names(node)}


def options_in(cls: type[Optimizer], assignment: Assignment) -> dict[str, str]:
    """Return the options in an equation: hyperparameters that leave out a part of it at 0, or at 1.

    Examples
    --------
    >>> options_in(CLASSES["AdamDialect"], all_of(CLASSES["AdamDialect"])[0].assignments[3])
    {'nesterov': '01x'}
    """
    defaults = {field.name: field.default for field in fields(cls)}
    found = {}
    for name in names(assignment.expr):
        if name in hyperparameters(cls):
            rule = rule_of(cls, name)
            if rule == "[0, 1]":
                found[name] = "01x"
            elif rule == "nonnegative" or defaults[name] == 0:
                found[name] = "0x"
    return found


def equation_variants(cls: type[Optimizer], assignment: Assignment) -> dict[str, Any]:
    """Return the forms of an equation by the options in it that are 0 ("0"), 1 ("1") or neither ("x")."""
    left = assignment.latex.partition("&=")[0]
    options = options_in(cls, assignment)
    variants = {}
    for pattern in itertools.product(*options.values()):
        values: Mapping[Any, Node] = {
            Name(name): Number(int(value))
            for name, value in zip(options, pattern, strict=True)
            if value != "x"
        }
        key = "".join(pattern)
        try:
            node = simplified(substitute(assignment.expr, values))
            variants[key] = with_numbers(cls, left, node)
        except TypeError:  # an operation on matrices: as the docstring has it
            html = maths.display(assignment.latex.replace("&=", "="))
            found = {"html": html, "numbers": [], "uses": names(assignment.expr)}
            return {"name": assignment.name, "fields": {}, "variants": {"": found}}
    return {"name": assignment.name, "fields": options, "variants": variants}


def equations_module(cls: type[Optimizer]) -> str:
    """Return the module with the equations of an optimizer, to be filled with numbers."""
    lines = [equation_variants(cls, assignment) for assignment in all_of(cls)[0].assignments]
    return f"export default {json.dumps(lines, ensure_ascii=False, separators=(',', ':'))};\n"


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file that the converter loads."""
    yield "converter/tables.json", json.dumps(tables(), separators=(",", ":")).encode()
    theta, gradients = deviations.problem()
    for name, cls in CLASSES.items():
        if name != "Groups":
            yield f"converter/equations/{name}.js", equations_module(cls).encode()
    yield "converter/problem.bin", theta.astype("<f4").tobytes() + gradients.astype("<f4").tobytes()


class Converter(SphinxDirective):
    """Place the converter, which its script fills."""

    def run(self) -> list[nodes.Node]:
        """Return its form."""
        text = render("converter.html", self.get_location(), examples=EXAMPLES)
        return [nodes.raw("", text, format="html")]


def add_script(app: Sphinx, pagename: str, _template: str, _context: Any, doctree: Any) -> None:
    """Load the script and the style on the page of the converter alone."""
    if doctree is not None and pagename == "converter":
        app.add_css_file("converter/converter.css")
        app.add_js_file("converter/converter.js", type="module")


def write(app: Sphinx, config: Config) -> None:
    """Write the files, and serve them with the static ones."""
    target = Path(app.confdir, "_build", "converter")
    for name, content in files():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
    config.html_static_path.append("_build/converter")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the files and the pages."""
    app.add_directive("converter", Converter)
    app.connect("html-page-context", add_script)
    app.connect("config-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
