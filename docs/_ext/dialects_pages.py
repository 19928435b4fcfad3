"""The converter and the pages of dialects, made from the table of the package.

`tables` exports everything that the converter's script needs: the rows with their settings as
syntax trees, the names, the words, the optimizers. The script interprets them in the browser, so
that no rule is written twice: a row that is added to `adamdoc.dialects.table` is in the converter.
"""

import ast
import inspect
import json
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

from playground import OPTIMIZERS
from reference import public_name
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from adamdoc import checks, dialects, lineage
from adamdoc.dialects import arguments, calls, chains, changes, deviations, matching, peers
from adamdoc.dialects import spellings, words
from adamdoc.dialects.settings import CLASSES, parse
from adamdoc.equations import all_of
from adamdoc.notation import rule_of
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters

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


def files() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the content of each file that the converter loads."""
    yield "converter/tables.json", json.dumps(tables(), separators=(",", ":")).encode()
    theta, gradients = deviations.problem()
    yield "converter/problem.bin", theta.astype("<f4").tobytes() + gradients.astype("<f4").tobytes()


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
    app.connect("config-inited", write)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
