"""The converter and the pages of dialects, made from the table of the package.

`tables` exports everything that the converter's script needs: the rows with their settings as
syntax trees, the names, the words, the optimizers. The script interprets them in the browser, so
that no rule is written twice: a row that is added to `adamdoc.dialects.table` is in the converter.
"""

import ast
import itertools
import json
import re
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import maths
import npm
from dependencies import digest
from docutils import nodes
from freshness import MAKING, hash_files, hash_texts
from playground import OPTIMIZERS
from reference import public_name, render, with_index
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from adamdoc import checks, dialects, lineage, optimizers
from adamdoc.dialects import (
    arguments,
    calls,
    chains,
    changes,
    deviations,
    matching,
    peers,
    reading,
    spellings,
    words,
)
from adamdoc.dialects.settings import CLASSES, evaluate, parse
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
from adamdoc.optimizers.wrappers.wrapper import INPUTS

#: Values of required arguments that are no learning rates.
STARTS = {"sync_period": 5, "slow_step_size": 0.5}
#: What the converter offers to try.
EXAMPLES = [
    {
        "title": "AdamW of PyTorch",
        "text": """torch.optim.AdamW(
    model.parameters(),
    lr=3e-4,
    betas=(0.9, 0.95),
    weight_decay=0.1,
)""",
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
        # Where the converter lists it, if that is not its package.
        "home": "" if row.peer.startswith(f"{row.library}.") else row.library,
        "arguments": {n: plain(v) for n, v in dialects.defaults(row.peer).items()},
        "positional": sum(p.kind is not p.KEYWORD_ONLY for p in signature.parameters.values()),
        # Which numbers the library writes with a point, such as 0.0.
        "floats": [n for n, v in dialects.defaults(row.peer).items() if isinstance(v, float)],
        "effective": list(dialects.effective(row.peer)),
        "settings": expression(row.settings),
        "page": page_of(row).lower(),
        "differs": row.differs,
        "unmatched": row.unmatched,
        "deviates": row.deviates,
        "unsupported": expression(row.unsupported_when),
        "unsupported_when": row.unsupported_when,
        "unsupported_because": row.unsupported_because,
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
        "needs": any(getattr(cls, f"takes_{name}") for name in INPUTS),
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
        "beside": reading.BESIDE,
        "around": calls.AROUND,
        "around_class": calls.AROUND_CLASS,
        "last": calls.LAST,
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
        "starts": STARTS,
        "problem": deviations.PROBLEM,
    }


#: The signs of comparisons of two numbers.
RELATIONS = {"<": float.__lt__, ">": float.__gt__, "<=": float.__le__, ">=": float.__ge__}


def simplified(node: Node) -> Node:
    """Return an expression without what options that are 0 or 1 leave out.

    Examples
    --------
    >>> half = Product((Number(0), Name("v")))
    >>> simplified(Sum((half, Product((Number(1), Name("m"))))))
    Name(name='m')
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
    """Return an expression of hyperparameters as data, like `syntax`; None if it has others."""
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
    """Return an equation with ``\u27e8k\u27e9`` where number k belongs, and the numbers as data."""
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
    markup = maths.without_latex(maths.display(latex))
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
    """Return the forms of an equation by its options, each 0 ("0"), 1 ("1") or neither ("x")."""
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


def files(docs: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file that the page of the converter loads."""
    yield "tables.json", json.dumps(tables(), separators=(",", ":")).encode()
    theta, gradients = deviations.problem()
    yield "problem.bin", theta.astype("<f4").tobytes() + gradients.astype("<f4").tobytes()
    for name, cls in CLASSES.items():
        if name != "Groups":
            yield f"equations/{name}.js", equations_module(cls).encode()
    for script in sorted((docs / "_converter").glob("*.js")):
        yield script.name, minified(script).encode()


def minified(script: Path) -> str:
    """Return a script without what only its readers need."""
    return npm.tool("terser/bin/terser", str(script), "--module", "--compress", "--mangle")


def page_of(row: dialects.Row) -> str:
    """Return the name of the class whose page has a row: that of its name, or that it documents.

    Examples
    --------
    >>> from adamdoc.dialects import resolve
    >>> page_of(resolve("keras.optimizers.Nadam")), page_of(resolve("optax.clip_by_global_norm"))
    ('NAdam', 'ClipByNorm')
    """
    known = {name.lower(): name for name, cls in optimizers.CLASSES.items() if name != "Groups"}
    own = row.peer.rpartition(".")[2].lower().replace("_", "")
    for name in (own, own.removesuffix("w")):  # as sgdw, which has the decay of AdamW
        if name in known:
            return known[name]
    cls = CLASSES[dialects.class_name(row)]
    return cls.builds_on[0] if cls.general_form and cls.__name__ not in known else cls.__name__


def pages() -> dict[str, list[dialects.Row]]:
    """Return the rows of each page, in the order of the table."""
    found: dict[str, list[dialects.Row]] = {}
    for row in dialects.ROWS:
        found.setdefault(page_of(row), []).append(row)
    return found


def anchor(row: dialects.Row) -> str:
    """Return the id of the section of a row."""
    return nodes.make_id(row.peer)


def default_call(row: dialects.Row) -> dialects.Call:
    """Return the call of a row at its defaults; learning rates that it requires are 0.001."""
    needed = list(dialects.required(row.peer))
    return dialects.Call(row.peer, {name: STARTS.get(name, 1e-3) for name in needed})


def defaults_of(row: dialects.Row) -> dict[str, str]:
    """Return the defaults of a row by adamdoc's hyperparameters, and what sets them."""
    given = {
        name: Unset() if value == dialects.REQUIRED else value
        for name, value in dialects.defaults(row.peer).items()
    }
    found, node = {}, parse(row.settings)
    while isinstance(node, ast.Call):
        cls = CLASSES[ast.unparse(node.func)]
        keywords = {str(keyword.arg): keyword.value for keyword in node.keywords}
        if issubclass(cls, Wrapper):
            first = (hyperparameters(cls) or (cls.__name__,))[0]
            keywords = {first: node.args[1], **keywords}
        for name, part in keywords.items():
            inside = issubclass(cls, Wrapper) and name != cls.__name__
            label = f"`{name}`" + f" of {cls.__name__}" * inside
            found[label] = default_text(name, part, given)
        node = node.args[0] if issubclass(cls, Wrapper) else None  # type: ignore[assignment]
    return {label: text for label, text in found.items() if text}


def default_text(name: str, part: ast.expr, given: Mapping[str, Any]) -> str:
    """Return the default of a hyperparameter and what sets it; nothing for a fixed 0."""
    own = [ast.unparse(p) for p in ast.walk(part) if isinstance(p, ast.Name | ast.Subscript)]
    own = [argument for argument in own if not any(n.startswith(f"{argument}[") for n in own)]
    value = evaluate(ast.unparse(part), given)
    if not own and not value:
        return ""
    text = f"{value:g}" if isinstance(value, float) else f"{value}"
    arguments = ", ".join(f"`{argument}`" for argument in own)
    return f"{text} ({arguments})" if own and own != [name] else text


class Unset:
    """Stands for a value that a library requires."""

    def __call__(self, t: int) -> float:
        """Take the place of a schedule, of which any arithmetic is one again."""
        raise NotImplementedError(t)

    def __str__(self) -> str:
        """Return what the table says."""
        return "required"


def answers(row: dialects.Row) -> Iterator[dict[str, Any]]:
    """Yield what the other libraries have for the default call of a row."""
    call = default_call(row)
    for title, library in dialects.LIBRARIES.items():
        if library == row.library:
            continue
        found = dialects.translate(call, to=library)
        shown = found if found.matched else found.nearest
        state = "the same steps" if found.matched else "the nearest call" if shown else found.reason
        yield {
            "title": title,
            "state": state,
            "code": str(shown) if shown else "",
            "differences": found.differences,
            "deviations": distances(found.deviations),
        }


def distances(deviations: Mapping[int, float]) -> str:
    """Return how far two optimizers are apart, in a sentence.

    Examples
    --------
    >>> distances({1: 0.15, 10: 0.026})
    'After 1 and 10 steps, a share of 0.15 and 0.026 of the distance covered lies between the two.'
    >>> distances({1: 0.0, 10: 0.0})
    'On the two matrices that measure distances, both take the same steps.'
    """
    if not deviations:
        return ""
    if not any(deviations.values()):
        return "On the two matrices that measure distances, both take the same steps."
    *before, latest = map(str, deviations)
    *first, final = (f"{share:.2g}" for share in deviations.values())
    return (
        f"After {', '.join(before)} and {latest} steps, a share of {', '.join(first)} and {final} "
        "of the distance covered lies between the two."
    )


def notes(row: dialects.Row, measured: dict[str, Any]) -> Iterator[str]:
    """Yield what is to know of a row besides its settings."""
    cases = sum(measured["runs"][kind] for kind in ("unusual", "everyday", "changing"))
    off = (
        f"Largest deviation from version {measured['version']}: {measured['deviation']:.1e} in "
        f"{cases} runs"
    )
    if not row.settings:
        yield "No settings reproduce it."
    else:
        yield f"{off}; {row.deviates}." if row.deviates else f"{off}."
    if row.rounds:
        yield (
            f"That is its code in float64. As it is, {row.rounds}, which moves a run by up to "
            f"{measured['rounding']:.1e} of the largest parameter."
        )
    if row.fault:
        yield f"**Looks like a fault:** {row.fault}"
    if row.unsupported_when:
        yield f"No settings reproduce it with `{row.unsupported_when}`."
    if row.unsupported_because:
        yield row.unsupported_because
    if row.rejected_when:
        yield f"The library rejects `{row.rejected_when}`."
    yield from (f"`{name}` must be left alone: {why}." for name, why in row.unmatched.items())
    yield from (f"`{name}` cannot be a schedule: {why}." for name, why in row.constant.items())
    if row.thread:
        yield f"See [{row.thread.split('/', 3)[3]}]({row.thread})."


def page(
    name: str, rows: list[dialects.Row], measured: dict[str, Any], audited: Mapping[str, str]
) -> str:
    """Return the page of an optimizer as Markdown."""
    with_settings = [row for row in rows if row.settings]
    columns = [defaults_of(row) for row in with_settings]
    labels = list(dict.fromkeys(label for column in columns for label in column))
    sections = []
    for row in rows:
        whole = bool(row.settings) and not row.wraps
        sections.append(
            {
                "peer": row.peer,
                "differs": row.differs,
                "example": str(default_call(row)) if whole else "",
                "arguments": dialects.own_arguments(row.peer),
                "settings": textwrap.fill(
                    row.settings, 80, break_long_words=False, break_on_hyphens=False
                ),
                "notes": list(notes(row, measured[row.peer])),
                "audited": audited.get(row.peer, ""),
                "answers": list(answers(row)) if whole else [],
            }
        )
    return render(
        "dialect.md",
        f"family/dialects/{name}",
        name=name,
        page=f"adamdoc.{name}",
        rows=sections,
        columns=[{"short": row.peer, "anchor": anchor(row)} for row in with_settings],
        defaults=[(label, [column.get(label, "") for column in columns]) for label in labels],
    )


class Matrix(SphinxDirective):
    """Show the optimizers by libraries, with links to their pages."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        lines = [
            f"| | {' | '.join(dialects.LIBRARIES)} |",
            "|---" * (len(dialects.LIBRARIES) + 1) + "|",
        ]
        for name, rows in pages().items():
            cells = []
            for library in dialects.LIBRARIES.values():
                own = [
                    f"[`{row.peer.rpartition('.')[2]}`](dialects/{name.lower()}.md#{anchor(row)})"
                    + "\\*" * (not row.settings)
                    for row in rows
                    if row.library == library
                ]
                cells.append(", ".join(own) or "\u2013")
            lines.append(f"| [{name}](dialects/{name.lower()}.md) | {' | '.join(cells)} |")
        return [
            nodes.container("", *self.parse_text_to_nodes("\n".join(lines)), classes=["matrix"])
        ]


def write_pages(docs: Path, record: str, audit: str) -> None:
    """Write a page for each optimizer."""
    measured = {entry["peer"]: entry for entry in json.loads(record)["rows"]}
    if missing := [row.peer for row in dialects.ROWS if row.peer not in measured]:
        raise ExtensionError(f"parity.json has no record of {missing}: nox -s parity renews it")
    audited = {
        entry["name"]: entry["verdict"]
        for entry in json.loads(audit)["rows"]
        if entry["runs"] or entry["findings"]
    }
    folder = docs / "family" / "dialects"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, rows in pages().items():
        text = re.sub(r"\n{3,}", "\n\n", page(name, rows, measured, audited)).strip() + "\n"
        (folder / f"{name.lower()}.md").write_text(text, "utf-8")


def write(app: Sphinx, config: Config) -> None:
    """Write the pages and the files if what they are made from has changed; serve the files."""
    docs = Path(app.confdir)
    config.html_static_path.append("_build/converter")
    record = (docs / "family" / "parity.json").read_text("utf-8")
    audit = (docs / "family" / "audit.json").read_text("utf-8")
    code = digest("adamdoc.dialects", "adamdoc.dialects.deviations", "adamdoc.equations")
    sources = hash_files(docs.parent, *MAKING, "docs/_converter/*.js", "docs/_templates/dialect.md")
    stamp = hash_texts(code, record, audit, sources)
    served, mark = docs / "_build" / "converter" / "converter", docs / "_build" / "converter.stamp"
    made = (docs / "family" / "dialects").is_dir() and mark.exists()
    if made and mark.read_text("utf-8") == stamp:
        return
    write_pages(docs, record, audit)
    shutil.rmtree(served, ignore_errors=True)
    for name, content in files(docs):
        path = served / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    mark.write_text(stamp, "utf-8")


class Converter(SphinxDirective):
    """Place the converter, which its script fills."""

    def run(self) -> list[nodes.Node]:
        """Return its form."""
        text = render("converter.html", self.get_location(), examples=EXAMPLES)
        return [nodes.raw("", text, format="html")]


def add_script(app: Sphinx, pagename: str, _template: str, _context: Any, doctree: Any) -> None:
    """Load the script on the page of the converter alone, the style on those of dialects, too."""
    if doctree is not None and pagename in ("converter", "family/dialects"):
        app.add_css_file("converter/converter.css")
    if doctree is not None and pagename == "converter":
        app.add_js_file("converter/converter.js", type="module")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the files and the pages."""
    app.add_directive("converter", Converter)
    app.add_directive("dialects", Matrix)
    # Before freshness looks for changed pages: these are some of them.
    app.connect("config-inited", write, priority=50)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
