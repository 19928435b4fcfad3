r"""The equations of a wrapper with those of the wrapped optimizer in place of ``\mathrm{step}``."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from adamdoc.equations import parse
from adamdoc.equations.grammar import EquationError
from adamdoc.equations.system import Assignment, Definition, System
from adamdoc.equations.tree import Call, Case, Name, Node, Quotient, substitute, walk
from adamdoc.notation import Symbol
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.optimizers.base import hyperparameters
from adamdoc.optimizers.wrappers.groups import Groups
from adamdoc.optimizers.wrappers.wrapper import layers

#: What a step inside an expression gives, where an equation of a wrapper is not the step itself.
STEPPED = Symbol(r"\tilde{\theta}_t", "stepped", "step", "parameters after the step inside")


@dataclass(frozen=True)
class Inlined:
    """The equations of an optimizer, wrapped or not, as a single system.

    Attributes
    ----------
    system : System
        The equations. A name that occurs in several layers has the number of its layer appended in
        all but the outermost.
    fields : tuple of (int, str)
        For each hyperparameter of the system, the layer (0 is the outermost, as in `layers`) and
        the field there.
    """

    system: System
    fields: tuple[tuple[int, str], ...]

    def holders(self, optimizer: Optimizer) -> dict[str, tuple[Any, str]]:
        """Return the layer of an optimizer and its field, for each hyperparameter of the system."""
        found = layers(optimizer)
        return {name: (found[layer], field) for name, (layer, field) in _named(self)}

    def values(self, optimizer: Optimizer, t: int) -> dict[str, Any]:
        """Return the hyperparameters of an optimizer at step `t` by their names in the system."""
        holders = self.holders(optimizer).items()
        return {name: layer.at(field, t) for name, (layer, field) in holders}


def inline(optimizer: Optimizer | type[Optimizer]) -> tuple[Inlined, ...]:
    """Return the equations of an optimizer with those of wrapped optimizers in place.

    Parameters
    ----------
    optimizer : Optimizer or a class of it
        The optimizer; a class of wrappers wraps its default.

    Returns
    -------
    tuple of Inlined
        One for each block of equations of the innermost optimizer (see `adamdoc.equations.all_of`).

    Raises
    ------
    EquationError
        If the optimizer contains `adamdoc.Groups`, each of which has equations of its own.

    Examples
    --------
    >>> from adamdoc import ClipByNorm, GradientDescent
    >>> from adamdoc.equations.tree import show
    >>> (inlined,) = inline(ClipByNorm(GradientDescent()))
    >>> for assignment in inlined.system.assignments:
    ...     print(assignment.name, "=", show(assignment.expr))
    clipped = max_norm/(norm(g) + eps)*g if norm(g) + eps > max_norm else g
    theta = theta_prev - lr*clipped
    >>> inlined.fields
    ((0, 'max_norm'), (0, 'eps'), (1, 'lr'))
    """
    instance = optimizer() if isinstance(optimizer, type) else optimizer
    return _inlined(instance, 0)


def _inlined(optimizer: Optimizer, layer: int) -> tuple[Inlined, ...]:
    systems = parse.all_of(optimizer)
    if not isinstance(optimizer, Wrapper):
        own = tuple((layer, field) for field in hyperparameters(type(optimizer)))
        return tuple(Inlined(system, own) for system in systems)
    if isinstance(optimizer, Groups):
        raise EquationError("Groups has the equations of each of its groups: inline them by itself")
    inside = _inlined(optimizer.optimizer, layer + 1)
    return tuple(
        _joined(outer, inner, optimizer, layer)
        for outer in systems
        for inner in inside
        if None in (dimensions := {outer.dimensions, inner.system.dimensions})
        or len(dimensions) == 1
    )


def _joined(outer: System, inner: Inlined, optimizer: Wrapper, layer: int) -> Inlined:
    """Return the equations of a wrapper around a system."""
    system = inner.system
    outer = _moved(outer, {*system.states, *system.constants}, layer)
    renamed = _renaming(outer, system, layer + 1)
    base_rate = next((n for n, (_, f) in _named(inner) if f == "lr"), None)
    assignments: list[Assignment] = []
    scopes: dict[str, str] = {}
    rate = {Name("rate"): Name(renamed.get(base_rate, base_rate))} if base_rate else {}
    is_rate_an_input = "rate" in outer.symbols and outer.symbols["rate"].kind == "input"
    for assignment in outer.assignments:
        expr = substitute(assignment.expr, rate) if is_rate_an_input else assignment.expr
        steps = [p for p in walk(expr) if isinstance(p, Call) and p.function == "step"]
        for step in steps:
            theta, g = step.arguments
            taken = assignment.name if expr == step else STEPPED.name
            names = {**renamed, "theta": taken}
            places = {Name("theta_prev"): theta, Name("g"): g}
            due = _due(expr, step) if optimizer._rests else None
            if due is not None:  # the wrapped optimizer counts its own steps
                places[Name("t")] = Quotient(Name("t"), Name("steps"))
            for own in system.assignments:
                name = names.get(own.name, own.name)
                taken_now = _rename(own.expr, names, places)
                if due is not None and own.name in system.states:
                    taken_now = Case(taken_now, due, Name(f"{name}_prev"))
                assignments.append(Assignment(name, taken_now, own.latex))
                scopes[name] = system.scopes[own.name]
            expr = substitute(expr, {step: Name(taken)})
        if expr != Name(assignment.name):
            assignments.append(Assignment(assignment.name, expr, assignment.latex))
            scopes[assignment.name] = outer.scopes[assignment.name]
    fields = tuple((layer, field) for field in hyperparameters(type(optimizer)))
    symbols = {
        renamed.get(n, n): replace(s, name=renamed.get(n, n)) for n, s in system.symbols.items()
    }
    if STEPPED.name in scopes:
        symbols[STEPPED.name] = STEPPED
    joined = replace(
        system,
        optimizer=f"{outer.optimizer}({system.optimizer})",
        assignments=tuple(assignments),
        states=(*outer.states, *system.states),
        constants=(*outer.constants, *system.constants),
        hyperparameters=(
            *outer.hyperparameters,
            *(renamed.get(n, n) for n in system.hyperparameters),
        ),
        definitions=(
            *outer.definitions,
            *(_renamed_definition(d, renamed) for d in system.definitions),
        ),
        symbols={**symbols, **{n: s for n, s in outer.symbols.items() if _is_used(n, outer)}},
        starts={
            **{n: _rename(e, renamed, {}) for n, e in system.starts.items()},
            **outer.starts,
        },
        scopes=scopes,
        lengths={**{n: renamed.get(s, s) for n, s in system.lengths.items()}, **outer.lengths},
        dimensions=system.dimensions or outer.dimensions,
    )
    return Inlined(joined, (*fields, *inner.fields))


def _due(expr: Node, step: Node) -> Node | None:
    """Return the condition under which an expression takes a step, None if it always does."""
    cases = (part for part in walk(expr) if isinstance(part, Case) and part.value == step)
    return next((case.condition for case in cases), None)


def _named(inlined: Inlined) -> list[tuple[str, tuple[int, str]]]:
    return list(zip(inlined.system.hyperparameters, inlined.fields, strict=True))


def _is_used(name: str, system: System) -> bool:
    """Return whether a wrapper has a quantity of this name itself."""
    return name in {
        *system.hyperparameters,
        *system.states,
        *system.constants,
        *(a.name for a in system.assignments if a.name != "theta"),
    }


def _moved(outer: System, states: set[str], layer: int) -> System:
    """Return a wrapper in which no quantity has the name of a state of the wrapped optimizer."""
    names = {a.name: f"{a.name}{layer}" for a in outer.assignments if a.name in states - {"theta"}}
    return replace(
        outer,
        assignments=tuple(
            replace(a, name=names.get(a.name, a.name), expr=_rename(a.expr, names, {}))
            for a in outer.assignments
        ),
        symbols={names.get(n, n): s for n, s in outer.symbols.items()},
        scopes={names.get(n, n): scope for n, scope in outer.scopes.items()},
    )


def _renaming(outer: System, inner: System, layer: int) -> dict[str, str]:
    """Return new names for what both systems have, except states, which share a dictionary."""
    own = {n for n in outer.symbols if _is_used(n, outer)}
    steps = {a.name for a in inner.assignments} - {"theta", *inner.states}
    clashing = own & ({*inner.hyperparameters} | steps)
    return {name: f"{name}{layer}" for name in clashing}


def _rename(node: Node, names: Mapping[str, str], places: Mapping[Any, Node]) -> Node:
    """Return an expression with other names, in which some names are replaced by quantities."""
    values: dict[Node, Node] = {Name(old): Name(new) for old, new in names.items()}
    return substitute(node, {**values, **places})


def _renamed_definition(definition: Definition, names: Mapping[str, str]) -> Definition:
    def change(node: Node) -> Node:
        return _rename(node, names, {})

    def lines(assignments: tuple[Assignment, ...]) -> tuple[Assignment, ...]:
        return tuple(replace(a, expr=change(a.expr)) for a in assignments)

    return replace(
        definition,
        before=lines(definition.before),
        loop=lines(definition.loop),
        times=None if definition.times is None else change(definition.times),
        result=change(definition.result),
        between=lines(definition.between),
        second=lines(definition.second),
    )
