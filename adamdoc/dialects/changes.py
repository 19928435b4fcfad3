"""Changes that take an optimizer to one that another library has, and what each one means.

`changes` yields the optimizers that differ from a given one in a single respect, with a function
that says how, in the words of the two libraries. `adamdoc.dialects.nearest` searches among them.
"""

import ast
import operator
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from adamdoc import optimizers
from adamdoc.dialects import forms
from adamdoc.dialects.settings import CLASSES, evaluate, parse
from adamdoc.dialects.spellings import DECAYS
from adamdoc.dialects.table import Row
from adamdoc.dialects.values import Combined
from adamdoc.dialects.words import CLIP_NAMES, MEANING, PLACES, SCOPES, SWITCHES, WORDS
from adamdoc.optimizers import SGD, CoupledDecay, DecoupledDecay, Optimizer, Wrapper
from adamdoc.optimizers.wrappers.wrapper import layers


def _minus(left: float, right: Any) -> Any:
    """Return a difference, of which one part may be a schedule."""
    return Combined(operator.sub, left, right) if callable(right) else left - right


@dataclass(frozen=True)
class Side:
    """One of the two optimizers that are compared.

    Attributes
    ----------
    name : str
        Its name, such as ``"torch.optim.Adam"``.
    library : str
        Its library, such as ``"torch"``.
    row : Row or None
        Its row in the table, if it has one.
    """

    name: str
    library: str
    row: Row | None = None

    def argument(self, field: str) -> str:
        """Return its argument for a hyperparameter; the name of the latter if it has none."""
        node = core_call(self.row) if self.row and self.row.settings else None
        for keyword in node.keywords if node else ():
            names = [part.id for part in ast.walk(keyword.value) if isinstance(part, ast.Name)]
            if keyword.arg == field and names:
                return names[-1]
        return field


@dataclass(frozen=True)
class Change:
    """A change of an optimizer.

    Attributes
    ----------
    optimizer : Optimizer
        The changed optimizer.
    cost : float
        How far it is from the original, to search the near ones first.
    words : callable
        Returns what the change means: a function of the original and the target, as two `Side`.
    """

    optimizer: Optimizer
    cost: float
    words: Callable[[Side, Side], str]


def core_call(row: Row) -> ast.Call | None:
    """Return the innermost call in the settings of a row, that of the method."""
    calls = [node for node in ast.walk(parse(row.settings)) if isinstance(node, ast.Call)]
    return calls[-1] if calls and not row.wraps else None


def core_class(row: Row) -> type[Optimizer] | None:
    """Return the class of the method in the settings of a row; None for a wrapper."""
    node = core_call(row)
    return CLASSES[ast.unparse(node.func)] if node else None


#: Methods that libraries take for the same: their names, and how they differ.
RELATED: dict[tuple[str, str], str] = {
    ("AdafactorDialect", "FairseqAdafactorDialect"): "",  # both have decay, Adafactor has not
    ("AdamDialect", "AMSGradDialect"): "{a} takes the largest second moment before its bias "
    "correction, {b} after it",
    ("AdamDialect", "NAdam"): "the decay rate of the Nesterov momentum is constant in {a}; in {b} "
    "it rises with the step",
    ("AdaMax", "AdaMaxDialect"): "{a} adds eps to the maximum, {b} to the gradient's size within "
    "the maximum",
    ("Adan", "AdanDialect"): "{a} weighs the difference of two gradients by its second decay rate, "
    "{b} by 1 minus that",
    ("LAMB", "LAMBDialect"): "{a} corrects the bias of both moments, {b} that of the first, and it "
    "bounds the norm of the parameters",
    ("ADOPT", "ADOPTDialect"): "{a} bounds the step by the fourth root of t - 1, {b} by that of t",
    ("Muon", "MuonDialect"): "{a} sums the gradients and multiplies by the root of rows over "
    "columns, {b} averages them and multiplies by the root of columns over rows",
    ("Yogi", "YogiDialect"): "{b} corrects the bias of its moments, {a} does not",
}
RELATED |= {
    (form.builds_on[0], name): ""
    for name, form in forms.CLASSES.items()
    if (form.builds_on[0], name) not in RELATED
}
#: Hyperparameters under another name in a related method.
RENAMED = {("Muon", "MuonDialect"): {"momentum": "beta"}}
#: What one method says by an option and a related one by its class: options of the first, which
#: must have these values, and those of the second, as numbers or as settings of the first.
OPTIONS: dict[tuple[str, str], tuple[dict[str, float], dict[str, float | str]]] = {
    ("Adan", "AdanDialect"): ({}, {"alpha": "1.0 - beta2"}),
    ("AdamDialect", "AMSGradDialect"): ({"amsgrad": 1.0}, {}),
    ("AMSGradDialect", "AdamDialect"): ({"correction": 1.0, "correction2": 1.0}, {"amsgrad": 1.0}),
    ("AdamDialect", "NAdam"): ({"nesterov": 1.0}, {"momentum_decay": 1.0}),
    ("NAdam", "AdamDialect"): ({}, {"nesterov": 1.0}),
}


def changes(optimizer: Optimizer, rows: tuple[Row, ...]) -> Iterator[Change]:
    """Yield the changes of an optimizer that may bring it to a row.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer.
    rows : tuple of Row
        The rows of the target library.

    Yields
    ------
    Change
        The changes, one at a time.
    """
    if not isinstance(optimizer, Wrapper):
        yield from _of_core(optimizer, rows)
        return
    yield from _of_wrapper(optimizer)
    for change in changes(optimizer.optimizer, rows):
        outer = _with_the_same_shrinking(optimizer, change.optimizer)
        yield replace(change, optimizer=replace(outer, optimizer=change.optimizer))


def _with_the_same_shrinking(wrapper: Wrapper, inner: Optimizer) -> Wrapper:
    """Return decoupled decay that makes up for another learning rate inside it."""
    if not isinstance(wrapper, DecoupledDecay):
        return wrapper
    before, after, decay = wrapper.lr, getattr(inner, "lr", None), wrapper.weight_decay
    constant = all(isinstance(value, (int, float)) for value in (before, after, decay))
    if not constant or before == after:
        return wrapper
    shares: Any = decay * before / after  # type: ignore[operator]
    return replace(wrapper, weight_decay=float(f"{shares:.12g}"))


def _of_wrapper(wrapper: Wrapper) -> Iterator[Change]:
    """Yield the changes of the outermost wrapper."""
    name, inner = type(wrapper).__name__, wrapper.optimizer
    values: Any = wrapper
    if name == "ClipByNorm" and not callable(values.eps):
        for eps in {0.0, 1e-6} - {values.eps}:
            words = _clip_words(values.eps, eps, values.max_norm)
            yield Change(replace(values, eps=eps), 1, words)
    if name in CLIPS:
        other = next(clip for clip in CLIPS if clip != name)
        if other in optimizers.CLASSES:
            cls: Any = optimizers.CLASSES[other]
            shared = {f.name for f in fields(cls)}
            given = {f.name: getattr(wrapper, f.name) for f in fields(wrapper) if f.name in shared}
            yield Change(cls(**given), 2, _scope_words(name, other, values.max_norm))
    if name in DECAYS:
        yield from _of_decay(wrapper)
    if name == "CoupledDecay" and type(inner).__name__.startswith("Clip"):
        swapped = _swapped(values, inner)
        yield Change(swapped, 2, _order_words(WORDS["gradient"], WORDS["gradient and decay"]))
    if name.startswith("Clip") and isinstance(inner, CoupledDecay):
        swapped = _swapped(values, inner)
        yield Change(swapped, 2, _order_words(WORDS["gradient and decay"], WORDS["gradient"]))
    if name not in ("Maximize", "Groups"):
        yield Change(inner, 3 if name in DECAYS else 5, _drop_words(values))


def _swapped(outer: Any, inner: Any) -> Optimizer:
    """Return two wrappers in the other order."""
    swapped: Optimizer = replace(inner, optimizer=replace(outer, optimizer=inner.optimizer))
    return swapped


CLIPS = ("ClipByNorm", "ClipEachByNorm")


def _clip_words(before: float, after: float, max_norm: Any) -> Callable[[Side, Side], str]:
    eps = max(before, after)

    def words(source: Side, target: Side) -> str:
        with_eps, without = (source, target) if before else (target, source)
        name = CLIP_NAMES.get(with_eps.library, with_eps.library)
        other = CLIP_NAMES.get(without.library, without.library)
        text = WORDS["clip eps"].format(a=name, b=other, eps=_shown(eps))
        if callable(max_norm):
            return text
        return text + WORDS["clip share"].format(share=f"{eps / max_norm:.0e}")

    return words


def _scope_words(before: str, after: str, max_norm: Any) -> Callable[[Side, Side], str]:
    def words(source: Side, target: Side) -> str:
        text = WORDS["clip scope"].format(
            a=source.library, b=target.library, before=SCOPES[before], after=SCOPES[after]
        )
        if after == "ClipByNorm" and CLIP_NAMES.get(target.library, "").startswith("torch."):
            text += WORDS["clip each"].format(clip=CLIP_NAMES["torch"], norm=_shown(max_norm))
        return text

    return words


def _order_words(after: str, before: str) -> Callable[[Side, Side], str]:
    return lambda source, target: WORDS["clip order"].format(
        a=source.library, b=target.library, before=before, after=after
    )


def _drop_words(wrapper: Any) -> Callable[[Side, Side], str]:
    name, meaning = type(wrapper).__name__, purpose(type(wrapper))
    return lambda _source, target: (
        WORDS["dropped"].format(target=target.name, wrapper=name, purpose=meaning)
        + _by_hand(wrapper, target)
    )


def purpose(wrapper: type[Optimizer]) -> str:
    """Return what a wrapper does, as the first line of its docstring says it."""
    text = (wrapper.__doc__ or wrapper.__name__).split(".")[0]
    return text[0].lower() + text[1:]


def _by_hand(wrapper: Any, target: Side) -> str:
    """Return how to have a decay that a library's optimizer does not have, if there is a way."""
    decay: Any = getattr(wrapper, "weight_decay", None)
    if callable(decay) or callable(wrapper.lr):
        return ""
    if isinstance(wrapper, CoupledDecay) and target.library == "keras":
        return WORDS["coupled by hand"].format(half=f"{decay / 2:.6g}")
    if isinstance(wrapper, DecoupledDecay) and target.library in ("torch", "pytorch_optimizer"):
        return WORDS["decoupled by hand"].format(lr=_shown(wrapper.lr), decay=_shown(decay))
    return ""


def _of_decay(wrapper: Any) -> Iterator[Change]:
    """Yield decay that is coupled where it was decoupled, and the reverse."""
    coupled = isinstance(wrapper, CoupledDecay)
    cls = DecoupledDecay if coupled else CoupledDecay
    core = layers(wrapper)[-1]
    decay, momentum = wrapper.weight_decay, getattr(core, "momentum", 0.0)
    amplified = 1.0
    if isinstance(core, SGD) and not callable(decay) and not callable(momentum):
        amplified = 1.0 if core.dampening else 1 - momentum
    if not coupled and getattr(core, "weight_decay", None) == 0 and core is wrapper.optimizer:
        inside: Any = core
        yield Change(replace(inside, weight_decay=decay), 1, _inside_words(False))
    if coupled and core.replaces_theta:
        return  # decoupled decay would have no lasting effect
    words = _decay_words(wrapper, 1 / amplified)
    yield Change(cls(wrapper.optimizer, decay), 3, words)
    if amplified != 1:
        decay = decay / amplified if coupled else decay * amplified
        yield Change(cls(wrapper.optimizer, decay), 3, words)


def _decay_words(wrapper: Any, amplified: float) -> Callable[[Side, Side], str]:
    def words(source: Side, target: Side) -> str:
        coupled = isinstance(wrapper, CoupledDecay)
        inside, outside = (source, target) if coupled else (target, source)
        longer = ""
        if amplified != 1:
            longer = WORDS["amplified"].format(factor=f"{amplified:.3g}")
        text = WORDS["decay"].format(inside=inside.name, outside=outside.name, longer=longer)
        return text + _by_hand(wrapper, target)

    return words


def _of_core(core: Optimizer, rows: tuple[Row, ...]) -> Iterator[Change]:
    """Yield the changes of a method."""
    yield from _of_eps(core)
    names = {field.name for field in fields(core)}
    given = [place for place in PLACES if getattr(core, place, 0)]
    for row in rows:
        node = core_call(row)
        if node is not None and CLASSES[ast.unparse(node.func)] is type(core):
            for name, value in _fixed(node, core).items():
                if name in PLACES and not value and len(given) == 1 < len(names & PLACES.keys()):
                    continue  # eps is moved, not left out: without it a step may be 0 / 0
                if name in names and getattr(core, name) != value:
                    changed = replace(core, **{name: value})
                    if name == "dampening" and not isinstance(core.lr, np.ndarray):  # type: ignore[attr-defined]
                        yield _undampened(core)
                    yield Change(
                        changed, 1 if value else 2, _field_words(name, getattr(core, name), value)
                    )
    yield from _related(core)
    early: Any = getattr(core, "rate_first", None)
    if early == 0 and callable(core.lr):  # type: ignore[attr-defined]
        later: Any = replace(core, rate_first=1.0)  # type: ignore[call-arg]
        yield Change(later, 1, _field_words("rate_first", 0.0, 1.0))
    decay = getattr(core, "weight_decay", 0.0)
    if isinstance(decay, float) and decay and not core.replaces_theta:
        bare: Any = replace(core, weight_decay=0.0)  # type: ignore[call-arg]
        yield Change(DecoupledDecay(bare, decay), 1, _inside_words(True))


def _undampened(core: Any) -> Change:
    """Return the change to no dampening, with a learning rate that makes up for it."""
    share, rate = _minus(1.0, core.dampening), core.lr
    if callable(share) or callable(rate):
        rate = Combined(operator.mul, rate, share)
    else:
        rate = float(f"{rate * share:.12g}")

    def words(source: Side, target: Side) -> str:
        share = _shown(core.dampening)
        return WORDS["undampened"].format(a=source.name, b=target.name, share=share)

    return Change(replace(core, dampening=0.0, lr=rate), 2, words)


def _inside_words(inwards: bool) -> Callable[[Side, Side], str]:
    def words(source: Side, target: Side) -> str:
        inside, outside = (source, target) if inwards else (target, source)
        return WORDS["decay inside"].format(inside=inside.name, outside=outside.name)

    return words


def _fixed(node: ast.Call, core: Optimizer) -> dict[str, Any]:
    """Return the hyperparameters that settings fix at a number, and the number."""
    keywords = {str(keyword.arg): keyword.value for keyword in node.keywords}
    found = {}
    for field in fields(core):
        value = keywords.get(field.name)
        if value is None:
            found[field.name] = field.default
        elif isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or):
            value = value.values[-1]  # "eps or 1e-8"
        if isinstance(value, ast.Constant):
            found[field.name] = float(value.value)  # type: ignore[arg-type]
    return found


def _of_eps(core: Any) -> Iterator[Change]:
    """Yield the places where eps may be added instead, under the root as its square."""
    places = [place for place in PLACES if hasattr(core, place)]
    given = [place for place in places if getattr(core, place)]
    for old in given:
        value = getattr(core, old)
        for new in places:
            if new in given or not isinstance(value, float):
                continue
            power = 2.0 if new == "eps_root" else 0.5 if old == "eps_root" else 1.0
            after = value if power == 1 else float(f"{value**power:.3g}")
            moved = replace(core, **{old: 0.0, new: after})
            yield Change(moved, 1, _eps_words(core, old, new, value, after))


def _eps_words(
    core: Any, old: str, new: str, before: float, after: float
) -> Callable[[Side, Side], str]:
    moment = moment_of(core)
    beta2 = getattr(core, "beta2", None)

    def words(source: Side, target: Side) -> str:
        there, here = (PLACES[place].format(moment=moment) for place in (new, old))
        text = WORDS["eps"].format(
            a=target.name,
            own=target.argument(new),
            there=there,
            b=source.name,
            other=source.argument(old),
            here=here,
        )
        if "eps_hat" in (old, new) and isinstance(beta2, float):
            hat, side = (after, "there") if new == "eps_hat" else (before, "here")
            root = hat / (1 - beta2) ** 0.5
            text += WORDS["eps hat"].format(hat=f"{hat:.2g}", side=side, root=f"{root:.2g}")
        if "eps_root" in (old, new):
            size, side = (after, "there") if new == "eps_root" else (before, "here")
            text += WORDS["eps root"].format(size=f"{size:.2g}", side=side, root=f"{size**0.5:.2g}")
        return text

    return words


def moment_of(core: Any) -> str:
    """Return what a method takes the root of."""
    corrected = "corrected " if hasattr(core, "beta2") else ""
    sums = type(core).__name__ == "AdaGradDialect"
    return corrected + WORDS["sum of squares" if sums else "second moment"]


def _field_words(name: str, before: Any, after: Any) -> Callable[[Side, Side], str]:
    def words(source: Side, target: Side) -> str:
        if name in SWITCHES and before in (0, 1) and after in (0, 1):
            on, off = SWITCHES[name]
            with_it, without = (source, target) if before else (target, source)
            return WORDS["switch"].format(a=with_it.name, on=on, b=without.name, off=off)
        if name in MEANING:
            both = ((source, before), (target, after))
            return ", ".join(
                MEANING[name].format(side=s.name, value=_shown(value)) for s, value in both
            )
        own, other = source.argument(name), target.argument(name)
        key = "always" if after else "no counterpart"
        return WORDS[key].format(
            a=source.name,
            b=target.name,
            own=own,
            other=other,
            before=_shown(before),
            after=_shown(after),
        )

    return words


def _shown(value: Any) -> str:
    return "a schedule" if callable(value) else f"{value:g}"


def _related(core: Optimizer) -> Iterator[Change]:
    """Yield the related methods, with the hyperparameters that they share."""
    own = type(core).__name__
    values = {field.name: getattr(core, field.name) for field in fields(core)}
    for (first, second), text in RELATED.items():
        if own not in (first, second):
            continue
        other = second if own == first else first
        renamed = RENAMED.get((first, second), {})
        renamed = renamed if other == second else {new: old for old, new in renamed.items()}
        needed, added = OPTIONS.get((own, other), ({}, {}))
        if any(values[name] != value for name, value in needed.items()):
            continue
        added = {n: evaluate(v, values) if isinstance(v, str) else v for n, v in added.items()}
        cls = CLASSES[other]
        names = {field.name for field in fields(cls)}
        shared = {renamed.get(n, n): v for n, v in values.items() if renamed.get(n, n) in names}
        lost = [
            field.name
            for field in fields(core)
            if renamed.get(field.name, field.name) not in names
            and field.name not in {*needed, "momentum_decay"}
            and values[field.name] != field.default
        ]
        words = _related_words(text, own == first, {name: values[name] for name in lost})
        yield Change(cls(**{**shared, **added}), 1 + 2 * len(lost), words)


def _related_words(text: str, forwards: bool, lost: dict[str, Any]) -> Callable[[Side, Side], str]:
    def words(source: Side, target: Side) -> str:
        a, b = (source, target) if forwards else (target, source)
        parts = [text.format(a=a.name, b=b.name)] if text else []
        if not text and not lost:
            rows = (side.row for side in (source, target) if side.row and side.row.differs)
            parts += [f"{row.peer}: {row.differs.rstrip('.')}" for row in rows]
        parts += [_field_words(name, value, 0.0)(source, target) for name, value in lost.items()]
        return "; ".join(parts)

    return words
