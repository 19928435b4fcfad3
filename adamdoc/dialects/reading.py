"""Reading calls as they are pasted from a program: parsed with `ast`, never run.

Calls of optimizers, of what wraps them and of what clips the gradient before them are read, with
literals as arguments. Imports and assignments are followed. Lines that have nothing to do with the
optimizer are passed over.
"""

import ast
import operator
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from adamdoc.dialects.arguments import (
    WITHOUT_EFFECT,
    WITHOUT_EFFECT_AT,
    WRAPPED,
    bind,
    defaults,
    signature,
)
from adamdoc.dialects.calls import AROUND, AROUND_CLASS, Call, links
from adamdoc.dialects.chains import BLOCKS
from adamdoc.dialects.peers import ALIASES, resolve
from adamdoc.dialects.schedules import schedule
from adamdoc.dialects.schedules.rows import ScheduleRow, lookup
from adamdoc.dialects.table import ABSENT, Row


def _power(base: float, exponent: float) -> float:
    """Return a power; a large one is a float, so that it is infinite at once, not after an hour."""
    return base**exponent if abs(base) < 1e4 and abs(exponent) < 50 else float(base) ** exponent


OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: _power,
}
#: Functions that return the number they are given, whatever their module.
NUMBERS = ("float", "int", "float32", "float64", "tensor", "asarray", "array", "constant")
#: Functions of Optax whose result takes the same steps as their first argument.
SAME_STEPS = ("optax.with_extra_args_support", "optax.apply_if_finite")
#: Transformations that change no gradient that is finite.
NEUTRAL = ("optax.identity", "optax.zero_nans")
CHAINS = ("optax.chain", "optax.named_chain")
#: Averages that are kept beside the model, and change no step of its optimizer.
BESIDE = tuple(
    f"torch.optim.swa_utils.{name}"
    for name in (
        *("AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn"),
        *("get_swa_multi_avg_fn", "update_bn"),
    )
)
#: The prompt of an interactive session.
PROMPT = re.compile(r"^(>>>|\.\.\.) ")
#: Arguments under which PyTorch takes the parameters.
PARAMETERS = ("params", "parameters")
#: PyTorch's clipping, which others pass on, as in ``accelerator.clip_grad_norm_``.
CLIPPING = ("clip_grad_norm_", "clip_grad_value_")
#: Packages whose optimizers take the parameters, and step after PyTorch's clipping.
WITH_PARAMETERS = ("torch", "pytorch_optimizer", "transformers")
#: Packages whose functions of an optimizer change its steps, unless a row says otherwise.
WITH_WRAPPERS = (
    *("optax", "pytorch_optimizer", "torch_optimizer", "torchcontrib", "tfa", "tensorflow_addons"),
)
#: Names of classes that look like schedulers.
SCHEDULER = re.compile(r"(Scheduler|LR|[Ww]arm_?[Uu]p|Warmup\w*)$")
#: Methods that change a dictionary.
CHANGING = ("update", "pop", "setdefault", "clear", "popitem")
#: Functions whose effect would be lost if they were passed over.
REFUSED = {
    "keras.callbacks.LearningRateScheduler": "it changes the learning rate",
    "keras.callbacks.ReduceLROnPlateau": "it changes the learning rate by the loss",
    "torch.optim.swa_utils.SWALR": "it changes the learning rate",
}
REFUSED |= {
    f"{package}.{function}": f"give the optimizer {argument}"
    for package in ("tf", "tensorflow")
    for function, argument in {
        "clip_by_global_norm": "global_clipnorm",
        "clip_by_norm": "clipnorm",
        "clip_by_value": "clipvalue",
    }.items()
}
#: The position of the optimizer among the arguments of a scheduler, where it is not the first.
PLACE_OF_OPTIMIZER = {"ChainedScheduler": 1, "get_scheduler": 1}
#: Arguments by which a trainer clips the gradients: they would be lost if it were passed over.
CLIPPING_ARGUMENTS = ("gradient_clip_val", "max_grad_norm")
BY_HAND = "clip the gradients with clip_grad_norm_ or clip_grad_value_"
#: Methods whose effect would be lost likewise.
REFUSED_METHODS = {
    ".add_param_group": "translate each group by itself, or use `Groups` in adamdoc",
    ".learning_rate.assign": "it changes the learning rate: give the optimizer a schedule",
    ".lr.assign": "it changes the learning rate: give the optimizer a schedule",
    "K.set_value": "it may change the learning rate: give the optimizer a schedule",
    "backend.set_value": "it may change the learning rate: give the optimizer a schedule",
}


class UnreadableError(ValueError):
    """An expression is not a literal, and would have to be run."""


class Unread:
    """Stands for an expression that is not a literal, where an argument may have no effect."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __repr__(self) -> str:
        return self.source


class Scheduler(NamedTuple):
    """A scheduler of PyTorch, which changes the rate of an optimizer from outside."""

    peer: str
    arguments: dict[str, Any]


def read(text: str) -> Call:
    """Return the call in a piece of a program.

    Parameters
    ----------
    text : str
        The call, or some lines of Python with one: clipping may come before the step, a scheduler
        may follow, which is taken to be called once after each step, and names may be assigned
        before they are used.

    Returns
    -------
    Call
        The call. Its arguments are literals; they are not checked.

    Raises
    ------
    ValueError
        If `text` is not Python, has no optimizer or several, or an argument is not a literal. The
        message says in which line.

    Examples
    --------
    >>> read("torch.optim.AdamW(model.parameters(), lr=3e-4, betas=(0.9, 0.95))").arguments
    {'lr': 0.0003, 'betas': (0.9, 0.95)}
    >>> print(read("optax.chain(optax.clip(1.0), optax.named_chain(('sgd', optax.sgd(0.1))))"))
    optax.chain(optax.clip(max_delta=1.0), optax.sgd(learning_rate=0.1))
    """
    lines = (PROMPT.sub("", line) for line in textwrap.dedent(text).splitlines())
    program = textwrap.dedent("\n".join(line for line in lines if line[:3] != "```")).strip()
    try:
        tree = ast.parse(program)
        return Reader().program(tree)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise ValueError(f"line {error.lineno or 1} is not Python ({error.msg}): {line}") from None
    except RecursionError:
        raise ValueError("the text is nested too deeply to be read") from None


class Reader:
    """Reads a piece of a program, statement by statement: see `read`."""

    def __init__(self) -> None:
        #: Values of names; an error where the value cannot be read.
        self.values: dict[str, Any] = {}
        #: What imported names stand for.
        self.imported: dict[str, str] = {}
        #: The calls of optimizers so far that no later call has wrapped.
        self.found: list[Call | Scheduler] = []
        #: Why the calls that were passed over are no optimizers.
        self.errors: list[ValueError] = []

    def program(self, tree: ast.Module) -> Call:
        """Return the only optimizer of a program, with the clipping before it."""
        self.visit(tree)
        calls = [call for call in self.found if isinstance(call, Call)]
        clips = [call for call in calls if call.peer.startswith("torch.nn.utils.")]
        optimizers = [call for call in calls if call not in clips]
        if not optimizers:
            hints = ("did you mean", "which may be", "the table has no")
            likely = [e for e in self.errors if any(hint in str(e) for hint in hints)]
            if likely or (len(tree.body) == 1 and self.errors):
                raise (likely or self.errors)[0]
            raise ValueError(
                "the text must contain the call of an optimizer, such as torch.optim.Adam(lr=1e-3)"
                + (", got clipping alone" if clips else "")
            )
        if len(optimizers) > 1:
            names = ", ".join(call.peer for call in optimizers)
            raise ValueError(
                f"the text must contain one optimizer, got {names}: give one at a time"
            )
        (call,) = optimizers
        outside: list[Call | Scheduler] = [*clips, *(s for s in self.found if s not in calls)]
        if outside and call.peer.split(".")[0] not in WITH_PARAMETERS:
            raise ValueError(f"{outside[0].peer} cannot act on {call.peer}, which is not PyTorch's")
        self.check_groups(tree, call)
        return replace(self.scheduled(call), before=(*clips, *call.before))

    def check_groups(self, tree: ast.Module, call: Call) -> None:
        """Raise an error if a program has groups of parameters with arguments of their own."""
        if call.peer.split(".")[0] not in WITH_PARAMETERS:
            return
        own = {
            name for part in (call, call.inner) if part for name in signature(part.peer).parameters
        }
        for node in ast.walk(tree):
            names: list[Any] = []
            if isinstance(node, ast.Dict):
                names = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            elif isinstance(node, ast.Call) and self.name(node.func) == "dict":
                names = [keyword.arg for keyword in node.keywords]
            if "params" in names and own.intersection(names):
                assert isinstance(node, ast.expr)
                raise self.problem(
                    node,
                    f"{call.peer} has groups of parameters with arguments of their own: translate "
                    "each group by itself, or use `Groups` in adamdoc",
                )

    def scheduled(self, call: Call) -> Call:
        """Return the call of an optimizer with what its scheduler does to its arguments."""
        found = [scheduler for scheduler in self.found if isinstance(scheduler, Scheduler)]
        if not found:
            return call
        if len(found) > 1:
            names = ", ".join(scheduler.peer for scheduler in found)
            raise ValueError(f"an optimizer must have one scheduler, got {names}")
        if call.inner is not None:
            inner = call.peer in AROUND or call.peer in AROUND_CLASS
            return replace(call, inner=self.scheduled(call.inner)) if inner else call
        (scheduler,) = found
        known = {**defaults(call.peer), **call.arguments}
        rate = known["lr"] if lookup(scheduler.peer).needs_rate else None
        changed: dict[str, Any] = {"lr": schedule(*scheduler, lr=rate)}
        try:
            momentum = schedule(*scheduler, lr=rate, of="momentum")
        except ValueError:  # it changes the rate alone
            return replace(call, arguments={**call.arguments, **changed})
        if "momentum" in known:
            changed["momentum"] = momentum
        elif "betas" in known:
            changed["betas"] = (momentum, *known["betas"][1:])
        return replace(call, arguments={**call.arguments, **changed})

    def visit(self, node: ast.AST) -> None:
        """Look for optimizers in a statement, or in an expression that is passed over."""
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self.imports(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            self.check_targets(targets, ast.unparse(node.value) == "None")
            for target in targets:  # which may become another name of a function
                renamed = isinstance(node.value, (ast.Name, ast.Attribute))
                self.imported.pop(ast.unparse(target), None)
                if renamed and isinstance(target, ast.Name):
                    self.imported[target.id] = self.name(node.value)
            value = self.attempt(node.value)
            for target in targets:
                self.assign(target, value)
        elif isinstance(node, ast.AugAssign):
            self.check_targets([node.target])
            changed = ast.copy_location(ast.BinOp(node.target, node.op, node.value), node)
            self.assign(node.target, self.attempt(changed))
        elif isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
                owner = node.func.value
                if isinstance(self.values.get(ast.unparse(owner)), dict):
                    self.assign(owner, self.problem(node, f"{ast.unparse(owner)} changes here"))
            self.attempt(node)
        elif isinstance(node, ast.If):
            self.branches(node)
        else:
            hidden = {}  # by the parameters of a function
            if isinstance(node, ast.For):
                self.check_loop(node)
                self.assign(node.target, self.problem(node.target, "a loop changes this variable"))
            if isinstance(node, ast.arguments):
                return
            if isinstance(node, (ast.FunctionDef, ast.Lambda)):
                names = [part.arg for part in ast.walk(node.args) if isinstance(part, ast.arg)]
                hidden = {name: self.values.pop(name) for name in names if name in self.values}
            for child in ast.iter_child_nodes(node):
                self.visit(child)
            self.values |= hidden

    def assign(self, target: ast.expr, value: Any) -> None:
        """Note the value of a name, of several, or of an entry of a dictionary."""
        if isinstance(target, (ast.Tuple, ast.List)):
            parts = value if isinstance(value, tuple) and len(value) == len(target.elts) else None
            for k, element in enumerate(target.elts):
                self.assign(element, parts[k] if parts else self.problem(element))
            return
        text = ast.unparse(target)
        self.values[text] = value
        if isinstance(target, ast.Subscript):
            owner, key = ast.unparse(target.value), self.attempt(target.slice)
            known = self.values.get(owner)
            if isinstance(known, dict) and isinstance(key, (str, int)):
                self.values[owner] = {**known, key: value}
        else:  # what was noted of its entries is no longer so
            self.values = {n: v for n, v in self.values.items() if not n.startswith(f"{text}[")}

    def branches(self, node: ast.If) -> None:
        """Visit the branches of a condition; a name with two values has none after it."""
        self.visit(node.test)
        before, after, found = self.values, [], self.found
        for branch in (node.body, node.orelse):
            self.values = dict(before)
            for statement in branch:
                self.visit(statement)
            after.append(self.values)
        if any(all(one is not other for other in self.found) for one in found):
            raise self.problem(node, "an optimizer is wrapped under a condition: decide it")
        first, second = after
        self.values = {**first, **second}
        for name in first.keys() & second.keys():
            if first[name] is not second[name] and repr(first[name]) != repr(second[name]):
                self.values[name] = self.problem(node, f"{name} depends on a condition")

    def check_targets(self, targets: Sequence[ast.expr], is_none: bool = False) -> None:
        """Raise an error if an assignment sets a hyperparameter of an optimizer, or a gradient."""
        for target in targets:
            text = ast.unparse(target)
            owner = ast.unparse(target.value) if isinstance(target, ast.Attribute) else ""
            of_optimizer = isinstance(self.values.get(owner), Call) or owner.endswith(".optimizer")
            if of_optimizer or ".param_groups[" in text or ".hyperparams[" in text:
                raise self.problem(
                    target, f"{text} must not be set by hand: give the optimizer a schedule"
                )
            if text.endswith((".grad", ".grad.data")) and not is_none:
                raise self.problem(target, f"{text} must not be set by hand: {BY_HAND}")

    def check_loop(self, node: ast.For) -> None:
        """Raise an error if a loop does what reading its body once would miss."""
        if ".param_groups" in ast.unparse(node.iter):
            raise self.problem(
                node.iter, "param_groups must not be changed by hand: give the schedule as lr"
            )
        for inside in ast.walk(node):
            if isinstance(inside, ast.Call) and inside.args:
                each = ast.unparse(inside.args[0]) == ast.unparse(node.target)
                if each and self.name(inside.func).endswith("clip_grad_norm_"):
                    raise self.problem(
                        inside,
                        "clip_grad_norm_ must get all parameters at once: in a loop it clips each "
                        "by its own norm, as adamdoc's `ClipEachByNorm` does",
                    )

    def imports(self, node: ast.Import | ast.ImportFrom) -> None:
        """Note the names of an import."""
        module = f"{node.module}." if isinstance(node, ast.ImportFrom) else ""
        for name in node.names:
            if name.asname or module:
                self.imported[name.asname or name.name] = module + name.name

    def attempt(self, node: ast.expr) -> Any:
        """Return the value of an expression, or the error if it cannot be read."""
        before = self.found
        try:
            value = self.value(node)
        except UnreadableError as error:
            self.found = before
            known = isinstance(node, ast.Call) and (self.peer(node) or self.schedule_row(node))
            if known:
                raise
            for child in ast.iter_child_nodes(node):
                self.visit(child)
            self.check_wrapper(node)
            return error
        self.found = self.found + _objects(value)
        return value

    def check_wrapper(self, node: ast.expr) -> None:
        """Raise an error if what is passed over is a library's wrapper around an optimizer."""
        name = self.name(node.func) if isinstance(node, ast.Call) else ""
        if isinstance(node, ast.Call) and SCHEDULER.search(name) and self.with_optimizer(node):
            raise self.problem(node, f"{name} may change the learning rate: it is not in the table")
        several = any(f"got {name!r}, which may be" in str(error) for error in self.errors)
        known_package = name.split(".")[0] in WITH_WRAPPERS
        if not isinstance(node, ast.Call) or not (known_package or several):
            return
        if self.with_optimizer(node):
            why = "is not in the table" if known_package else "may be that of several libraries"
            raise self.problem(
                node, f"{name} may change the steps of the optimizer that it is given, and {why}"
            )

    def with_optimizer(self, node: ast.Call) -> bool:
        """Return whether an optimizer is among the arguments of a call."""
        inside = [*node.args, *(keyword.value for keyword in node.keywords)]
        return any(isinstance(self.read_before(argument), Call) for argument in inside)

    def read_before(self, node: ast.expr) -> Any:
        """Return the value of an argument, None if it has none, without taking note of it."""
        before = self.found
        try:
            return self.value(node)
        except UnreadableError:
            return None
        finally:
            self.found = before

    def value(self, node: ast.expr) -> Any:
        """Return the value of an expression: a literal, a tuple, a dictionary or a call."""
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, (ast.Tuple, ast.List)):
            return tuple(self.value(entry) for entry in node.elts)
        if isinstance(node, ast.Dict) and all(node.keys):
            keys = [self.value(key) for key in node.keys if key]
            return dict(zip(keys, map(self.value, node.values), strict=True))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.USub, ast.UAdd)):
            operand = self.number(node.operand)
            return -operand if isinstance(node.op, ast.USub) else operand
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            left, right = self.number(node.left), self.number(node.right)
            try:
                return OPERATORS[type(node.op)](left, right)
            except ArithmeticError as error:
                raise self.problem(node, f"{ast.unparse(node)}: {error}") from None
        names = (ast.Name, ast.Attribute, ast.Subscript)
        if isinstance(node, names) and ast.unparse(node) in self.values:
            found = self.values[ast.unparse(node)]
            if isinstance(found, UnreadableError):
                raise found
            inside = _objects(found)
            self.found = [one for one in self.found if not any(one is other for other in inside)]
            return found
        if isinstance(node, ast.Call):
            return self.result(node)
        if isinstance(node, ast.Subscript):
            try:
                return self.value(node.value)[self.value(node.slice)]
            except (TypeError, LookupError):
                raise self.problem(node) from None
        raise self.problem(node)

    def number(self, node: ast.expr) -> float:
        """Return the value of an operand, after checking that it is a number."""
        found = self.value(node)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise self.problem(node)
        return found

    def problem(self, node: ast.expr | ast.stmt, message: str = "") -> UnreadableError:
        """Return the error for an expression that is not a literal."""
        hint = " (a function would have to be run: pass it in `arguments`)"
        message = message or (
            f"{ast.unparse(node)} must be a literal or a name assigned before"
            f"{hint if isinstance(node, ast.Lambda) else ''}"
        )
        return UnreadableError(f"line {node.lineno}: {message}")

    def name(self, node: ast.expr) -> str:
        """Return the qualified name of a function, with imports followed."""
        first, dot, rest = ast.unparse(node).partition(".")
        return self.imported.get(first, first) + dot + rest

    def peer(self, node: ast.Call) -> str | None:
        """Return the name of the optimizer or transformation that is called, None if it is none."""
        name = self.name(node.func)
        if isinstance(node.func, ast.Call):  # optax.inject_hyperparams(optax.adam)(...)
            inside = node.func
            if self.name(inside.func) == "optax.inject_hyperparams" and inside.args:
                name = self.name(inside.args[0])
        if name in (*CHAINS, *SAME_STEPS, *NEUTRAL, *BLOCKS):
            return name
        if name in REFUSED:
            raise self.problem(node, f"{name} cannot be reproduced: {REFUSED[name]}")
        if ".grad." in name and name.endswith("_") and not name.endswith((".zero_", ".detach_")):
            raise self.problem(node, f"{name} changes a gradient by hand: {BY_HAND}")
        for keyword in node.keywords:
            off = ast.unparse(keyword.value) in ("None", "0", "0.0")
            if keyword.arg in CLIPPING_ARGUMENTS and not off:
                raise self.problem(node, f"{keyword.arg} of {name} would be passed over: {BY_HAND}")
        for ending, why in REFUSED_METHODS.items():
            if name.endswith(ending):
                raise self.problem(node, f"{name} cannot be reproduced: {why}")
        library, last = name.split(".")[0], name.rpartition(".")[2]
        if last in CLIPPING:
            return f"torch.nn.utils.{last}"
        if not name.replace(".", "").replace("_", "").isalnum() or name in BESIDE:
            return None
        try:
            return resolve(name).peer
        except ValueError as error:
            if "clip_grad" in last:
                raise self.problem(node, f"{name} would be passed over: {BY_HAND}") from None
            if last in ABSENT.get(library, {}):  # to pass it over would lose what it does
                raise self.problem(node, str(error)) from None
            if self.schedule_row(node) is None:
                self.errors.append(error)
            return None

    def result(self, node: ast.Call) -> Any:
        """Return the value of a call."""
        peer = self.peer(node)
        if peer is None:
            row = self.schedule_row(node)
            if row is not None:
                return self.schedule(row, node)
            short = self.name(node.func).rpartition(".")[2]
            if short == "compile" and (label := _label(node)):
                return Call(resolve(f"keras.optimizers.{label}").peer, {})
            if short in NUMBERS and len(node.args) == 1:
                found = self.value(node.args[0])
                return int(found) if short == "int" and isinstance(found, float) else found
            if short == "dict" and not node.args:
                return self.keywords(node)
            raise self.problem(node)
        if peer in NEUTRAL:
            return None
        if peer in SAME_STEPS:
            inside = [*node.args, *(keyword.value for keyword in node.keywords)]
            return self.optimizer(node, inside[0] if inside else node)
        if peer in CHAINS:
            return self.chain(peer, node)
        if peer in BLOCKS:
            positional = [self.value(argument) for argument in node.args]
            return Call(peer, self.bound(node, BLOCKS[peer].bind, peer, positional))
        return self.row(resolve(peer), node)

    def schedule_row(self, node: ast.Call) -> ScheduleRow | None:
        """Return the row of the schedule that is called, None if it is none."""
        first, dot, rest = self.name(node.func).partition(".")
        name = ALIASES.get(first, first) + dot + rest
        try:
            return lookup(name)
        except ValueError as error:
            if "has no schedule for" in str(error) or ".lr_scheduler." in name:
                raise self.problem(node, str(error)) from None
            return None

    def schedule(self, row: ScheduleRow, node: ast.Call) -> Any:
        """Return the adamdoc schedule of a call, or the scheduler of PyTorch."""
        names, positional, keywords = list(row.parameters), list(node.args), self.keywords(node)
        outside = row.peer.startswith(("torch.", "transformers."))
        given = keywords.pop("optimizer", None) is not None
        place = PLACE_OF_OPTIMIZER.get(row.peer.rpartition(".")[2], 0)
        if outside and not given and len(positional) > place:
            self.visit(positional.pop(place))  # the optimizer; it may be called there
        arguments = {**dict(zip(names, map(self.value, positional), strict=False)), **keywords}
        if outside:
            return Scheduler(row.peer, arguments)
        try:
            return schedule(row.peer, arguments)
        except (TypeError, ValueError) as error:
            raise self.problem(node, str(error)) from None

    def bound(
        self, node: ast.Call, bind: Callable[..., dict[str, Any]], peer: str, positional: list[Any]
    ) -> dict[str, Any]:
        """Return the arguments of a call by name; errors get the line."""
        keywords = self.keywords(node)
        try:
            return bind(peer, positional, keywords)
        except ValueError as error:
            raise ValueError(f"line {node.lineno}: {error}") from None

    def keywords(self, node: ast.Call) -> dict[str, Any]:
        """Return the keyword arguments of a call, with ``**`` of a dictionary expanded."""
        found: dict[str, Any] = {}
        for keyword in node.keywords:
            if keyword.arg in (*WITHOUT_EFFECT, *PARAMETERS):
                continue
            if keyword.arg == "optimizer" and isinstance(keyword.value, (ast.Name, ast.Attribute)):
                found["optimizer"] = ast.unparse(keyword.value)  # of a scheduler: it has no value
                continue
            try:
                value = self.value(keyword.value)
            except UnreadableError:
                if keyword.arg not in WITHOUT_EFFECT_AT:
                    raise
                text = ast.unparse(keyword.value)
                value = "float64" if text.endswith("float64") else Unread(text)
            if keyword.arg in found:
                raise self.problem(node, f"{keyword.arg} is given twice")
            if keyword.arg is not None:
                found[keyword.arg] = value
            elif isinstance(value, dict):
                found |= {str(name): entry for name, entry in value.items()}
            else:
                raise self.problem(keyword.value)
        return found

    def optimizer(self, node: ast.Call, inside: ast.expr) -> Call:
        """Return an argument that must be an optimizer."""
        found = None if inside is node else self.value(inside)
        if not isinstance(found, Call):
            name = self.name(node.func)
            raise self.problem(inside, f"{name} must be given an optimizer, got {found!r}")
        return found

    def chain(self, peer: str, node: ast.Call) -> Call | None:
        """Return a chain as one call: its last link, with the others before it."""
        found: list[Call] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                entries = _objects(self.value(argument.value))
                found += [x for one in entries if isinstance(one, Call) for x in links(one)]
                continue
            link = argument
            if peer == "optax.named_chain" and isinstance(argument, ast.Tuple):
                link = argument.elts[-1]
            name = self.peer(link) if isinstance(link, ast.Call) else ""
            if name is None and self.errors:
                raise ValueError(f"line {link.lineno}: {self.errors[-1]}")
            if name not in NEUTRAL:
                found += links(self.optimizer(node, link))
        return replace(found[-1], before=tuple(found[:-1])) if found else None

    def row(self, row: Row, node: ast.Call) -> Call:
        """Return the call of a row, without its parameters."""
        positional, inner = list(node.args), None
        starred = next((a for a in node.args if isinstance(a, ast.Starred)), None)
        if starred is not None:
            raise self.problem(starred)
        keywords = {keyword.arg: keyword.value for keyword in node.keywords}
        if row.peer.split(".")[0] in WITH_PARAMETERS and row.peer not in AROUND:
            positional = self.without_parameters(node)
        if row.peer in (*AROUND, *AROUND_CLASS):
            name = next((name for name in WRAPPED if name in keywords), "")
            inside = keywords[name] if name else positional.pop(0) if positional else None
            if inside is None:
                raise self.problem(node, f"{row.peer} must be given the optimizer that it wraps")
            node = ast.copy_location(
                ast.Call(node.func, [], [k for k in node.keywords if k.arg != name]), node
            )
            if row.peer in AROUND_CLASS:
                return self.around_class(row, inside, positional, node)
            inner = self.optimizer(node, inside)
            positional.insert(0, ast.copy_location(ast.Constant(None), node))
        values = [self.value(argument) for argument in positional]
        arguments = self.bound(node, bind, row.peer, values)
        return Call(row.peer, {n: v for n, v in arguments.items() if n not in WRAPPED}, inner=inner)

    def around_class(
        self, row: Row, inside: ast.expr, positional: list[ast.expr], node: ast.Call
    ) -> Call:
        """Return the call of a wrapper that takes a class and the arguments of both."""
        base = resolve(self.name(inside))
        own = [name for name in signature(row.peer).parameters if name not in WRAPPED]
        given = self.keywords(node)
        values = dict(zip(own, (self.value(value) for value in positional), strict=False))
        arguments = values | {name: v for name, v in given.items() if name in own}
        rest = {name: value for name, value in given.items() if name not in own}
        return Call(row.peer, arguments, inner=Call(base.peer, rest))

    def without_parameters(self, node: ast.Call) -> list[ast.expr]:
        """Return the positional arguments without the parameters, which may be left out."""
        positional = list(node.args)
        if positional and not any(k.arg in PARAMETERS for k in node.keywords):
            try:
                self.number(positional[0])
            except UnreadableError:
                del positional[0]
        return positional


def _label(node: ast.Call) -> str:
    """Return the string that names the optimizer in a call of Keras's `compile`."""
    value = next((k.value for k in node.keywords if k.arg == "optimizer"), None)
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else ""


def _objects(value: Any) -> list[Call | Scheduler]:
    """Return a call or a scheduler, or those in a tuple or dictionary."""
    if isinstance(value, (Call, Scheduler)):
        return [value]
    entries = value.values() if isinstance(value, dict) else value
    return [one for v in entries for one in _objects(v)] if isinstance(value, (tuple, dict)) else []
