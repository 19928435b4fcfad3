"""Starting points for common work, as code for PyTorch, Optax and Keras.

A recipe is a call in one library, a schedule, and the arrays that get no weight decay. The calls of
the other libraries come from `translate`, so that they take the same steps, or the nearest ones.
``nox -s parity`` executes all the code that is written here, in the libraries themselves.
"""

import ast
import functools
import re
import textwrap
from dataclasses import dataclass, replace
from typing import Any

from adamdoc import checks
from adamdoc.dialects import as_call, reproduce, translate
from adamdoc.dialects.calls import WIDTH, Call
from adamdoc.optimizers import CoupledDecay, DecoupledDecay, Groups, Optimizer
from adamdoc.optimizers.wrappers.wrapper import Wrapper
from adamdoc.schedules import Cosine, Linear, Schedule, WarmUp

#: The libraries that recipes are written for.
TARGETS = ("torch", "optax", "keras")
#: The comments of PyTorch's code that say where the lines after them belong.
BEFORE, AFTER = "# before each optimizer.step():", "# after each optimizer.step():"


@dataclass(frozen=True)
class Recipe:
    """A starting point: an optimizer, its schedule, and what to exclude from weight decay.

    Attributes
    ----------
    name : str
        The work that it is for.
    call : str
        The optimizer with its peak learning rate, as a call of one library.
    steps, warmup : int
        The length of the training and of the linear warm-up from 0, in steps.
    shape : {"constant", "linear", "cosine"}
        How the learning rate falls after the warm-up.
    floor : float
        The share of the peak at which it ends.
    only_matrices : bool
        Whether arrays with fewer than two axes, such as biases, are excluded from weight decay.
    papers : tuple of str
        The sources, as keys of the bibliography.

    Examples
    --------
    >>> print(RECIPES["gan"].code("optax"))
    import optax
    <BLANKLINE>
    optimizer = optax.adam(learning_rate=0.0001, b1=0.0, b2=0.9)
    """

    name: str
    call: str
    steps: int = 0
    warmup: int = 0
    shape: str = "constant"
    floor: float = 0.0
    only_matrices: bool = False
    papers: tuple[str, ...] = ()

    @property
    def peak(self) -> float:
        """The largest learning rate."""
        call = as_call(self.call)
        return float(call.arguments[_rate(call)])

    @property
    def schedule(self) -> Schedule | float:
        """The learning rate: a schedule of adamdoc, or a number if it is constant."""
        if self.shape == "constant":
            return self.peak
        length, final = self.steps - self.warmup, self.floor * self.peak
        fall: Schedule = Cosine(self.peak, length, final)
        if self.shape == "linear":
            fall = Linear(self.peak, final, length)
        return WarmUp(self.warmup, fall, start=0.0) if self.warmup else fall

    def translated(self, to: str) -> Call:
        """Return the call of a library at a constant rate, or the nearest that there is."""
        return _translated(self.call, to)

    def scheduled(self, to: str) -> Call:
        """Return the call of a library with the schedule in it."""
        found = self.translated(to)
        found = found.nearest or found
        return replace(found, arguments={**found.arguments, _rate(found): self.schedule})

    def optimizer(self, to: str) -> Optimizer:
        """Return the optimizer of adamdoc that takes the same steps as the code for a library."""
        found = reproduce(self.scheduled(to))
        return _without_decay_on_vectors(found) if self.only_matrices else found

    def code(self, to: str) -> str:
        """Return the recipe as code to paste.

        Parameters
        ----------
        to : {"torch", "optax", "keras"}
            The library.

        Returns
        -------
        str
            The code. It needs a ``model`` in PyTorch and in Keras.
        """
        checks.one_of("to", to, TARGETS)
        text = "\n".join(_WRITERS[to](self, self.scheduled(to)))
        return re.sub(r"\n{4,}", "\n\n\n", text)


@functools.cache
def _translated(text: str, to: str) -> Call:
    """Return the call of a library that takes the steps of a call, or the nearest."""
    call = as_call(text)  # in its own library, all arguments are written out
    return call if call.peer.startswith(f"{to}.") else translate(call, to=to)


def _rate(call: Call) -> str:
    """Return the name of the learning rate in a call."""
    return "lr" if call.peer.startswith("torch.") else "learning_rate"


def is_vector(_name: str, shape: tuple[int, ...]) -> bool:
    """Return whether an array has fewer than two axes: the rule of a group of `Groups`.

    Examples
    --------
    >>> is_vector("bias", (3,)), is_vector("weight", (3, 4))
    (True, False)
    """
    return len(shape) < 2


def _without_decay_on_vectors(optimizer: Optimizer) -> Optimizer:
    """Return an optimizer that leaves out its weight decay for vectors."""
    if isinstance(optimizer, CoupledDecay | DecoupledDecay):
        return Groups(optimizer, ((is_vector, optimizer.optimizer),))
    assert isinstance(optimizer, Wrapper)
    return replace(optimizer, optimizer=_without_decay_on_vectors(optimizer.optimizer))


# Code


def _broken(node: ast.expr, room: int, first: str = "") -> str:
    """Return an expression, with one argument on each line if it is longer than the room."""
    text = ast.unparse(node)
    if not isinstance(node, ast.Call):
        return text
    words = [f"{word.arg}=" for word in node.keywords]
    values = [*node.args, *(word.value for word in node.keywords)]
    names = [""] * len(node.args) + words
    function = ast.unparse(node.func)
    flat = ", ".join(
        filter(None, [first, *(n + ast.unparse(v) for n, v in zip(names, values, strict=True))])
    )
    if len(function) + len(flat) + 2 <= room:
        return f"{function}({flat})"
    parts = [n + _broken(v, room - 5 - len(n)) for n, v in zip(names, values, strict=True)]
    lines = ",\n".join(filter(None, [first, *parts]))
    return f"{function}(\n{textwrap.indent(lines, '    ')},\n)"


def _assigned(name: str, call: str, first: str = "") -> str:
    """Return an assignment of a call, which may be broken into lines."""
    node = ast.parse(call, mode="eval").body
    return f"{name} = {_broken(node, WIDTH - len(name) - 3, first)}"


def _lengths(recipe: Recipe) -> list[str]:
    """Return the lines that give the lengths of the schedule."""
    if recipe.shape == "constant":
        return []
    if not recipe.warmup:
        return [f"steps = {recipe.steps:_}", ""]
    return [f"steps, warmup = {recipe.steps:_}, {recipe.warmup:_}", ""]


def _share(recipe: Recipe) -> list[str]:
    """Return the lines of a function of the count: the share of the peak learning rate."""
    lines = ["def share(count):  # of the learning rate; count is 0 at the first step"]
    if recipe.warmup:
        lines += ["    if count < warmup:", "        return count / warmup"]
        lines += ["    done = min((count - warmup) / (steps - warmup), 1.0)"]
    else:
        lines += ["    done = min(count / steps, 1.0)"]
    fall = "1 - done" if recipe.shape == "linear" else "(1 + math.cos(math.pi * done)) / 2"
    if recipe.floor:
        fall = f"{recipe.floor:g} + {1 - recipe.floor:g} * {fall}"
    return [*lines, f"    return {fall}"]


def _torch(recipe: Recipe, call: Call) -> list[str]:
    """Return the lines of code for PyTorch."""
    scheduled = recipe.shape != "constant"
    imports = ["import math", ""] if recipe.shape == "cosine" else []
    lines = [*imports, "import torch", "", *_lengths(recipe)]
    parameters = "model.parameters()"
    if recipe.only_matrices:
        lines += [
            "decayed = [p for p in model.parameters() if p.ndim > 1]",
            "others = [p for p in model.parameters() if p.ndim < 2]  # biases, norms",
            'groups = [{"params": decayed}, {"params": others, "weight_decay": 0.0}]',
        ]
        parameters = "groups"
    flat = replace(call, before=(), arguments={**call.arguments, "lr": recipe.peak})
    lines.append(_assigned("optimizer", str(flat), parameters))
    if scheduled:
        lines += ["", "", *_share(recipe), "", ""]
        lines.append("scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, share)")
    if call.before:
        lines += ["", BEFORE]
        lines += [str(clip).replace("(", "(model.parameters(), ", 1) for clip in call.before]
    if scheduled:
        lines += ["", AFTER, "scheduler.step()"]
    return lines


def _optax(recipe: Recipe, call: Call) -> list[str]:
    """Return the lines of code for Optax."""
    imports = ["import jax"] if recipe.only_matrices else []
    lines = [*imports, "import optax", "", *_lengths(recipe)]
    peak, final = recipe.peak, float(f"{recipe.floor * recipe.peak:.12g}")
    if recipe.shape == "cosine":
        arguments = f"init_value=0.0, peak_value={peak!r}, warmup_steps=warmup, decay_steps=steps"
        end = f", end_value={final!r}" if final else ""
        lines.append(_assigned("schedule", f"optax.warmup_cosine_decay_schedule({arguments}{end})"))
    elif recipe.shape == "linear" and recipe.warmup:
        lines += [
            f"rise = optax.linear_schedule(0.0, {peak!r}, warmup)",
            f"fall = optax.linear_schedule({peak!r}, {final!r}, steps - warmup)",
            "schedule = optax.join_schedules([rise, fall], [warmup])",
        ]
    elif recipe.shape == "linear":
        lines.append(f"schedule = optax.linear_schedule({peak!r}, {final!r}, steps)")
    if recipe.only_matrices:
        lines += ["", "", "def decayed(params):  # not biases, nor scales of norms"]
        lines += ["    return jax.tree.map(lambda p: p.ndim > 1, params)", "", ""]
    text = str(call).split("\n#")[0]
    if recipe.only_matrices:
        text = re.sub(r"(weight_decay=[^,)]+)", r"\1, mask=decayed", text)
    lines.append(_assigned("optimizer", text))
    return lines


_KERAS_WARM_UP = '''

class WarmUp(keras.optimizers.schedules.LearningRateSchedule):
    """Rise linearly from 0 to a schedule, then follow it."""

    def __init__(self, warmup, then):
        self.warmup, self.then = warmup, then

    def __call__(self, step):
        step = keras.ops.cast(step, keras.config.floatx())
        rise = self.then(0) * step / self.warmup
        after = self.then(keras.ops.maximum(step - self.warmup, 0))
        return keras.ops.where(step < self.warmup, rise, after)

    def get_config(self):
        return {"warmup": self.warmup, "then": self.then}
'''


def _keras(recipe: Recipe, call: Call) -> list[str]:
    """Return the lines of code for Keras."""
    lines = ["import keras", "", *_lengths(recipe)]
    peak, final = recipe.peak, float(f"{recipe.floor * recipe.peak:.12g}")
    schedules = "keras.optimizers.schedules"
    if recipe.shape == "cosine":
        alpha = f"alpha={recipe.floor!r}, " if recipe.floor else ""
        arguments = f"0.0, steps - warmup, {alpha}warmup_target={peak!r}, warmup_steps=warmup"
        lines.append(_assigned("schedule", f"{schedules}.CosineDecay({arguments})"))
    elif recipe.shape == "linear":
        length = "steps - warmup" if recipe.warmup else "steps"
        name = "fall" if recipe.warmup else "schedule"
        decay = f"{schedules}.PolynomialDecay({peak!r}, {length}, end_learning_rate={final!r})"
        if recipe.warmup:
            lines += [*_KERAS_WARM_UP.splitlines(), "", ""]
        lines.append(_assigned(name, decay))
        if recipe.warmup:
            lines.append("schedule = WarmUp(warmup, fall)")
    lines.append(_assigned("optimizer", str(call).split("\n#")[0]))
    if recipe.only_matrices:
        lines += [
            "vectors = [v for v in model.trainable_variables if len(v.shape) < 2]",
            "optimizer.exclude_from_weight_decay(var_list=vectors)",
        ]
    return lines


_WRITERS: dict[str, Any] = {"torch": _torch, "optax": _optax, "keras": _keras}

#: The recipes by a short name.
RECIPES = {
    "cnn": Recipe(
        "Convolutional network for images",
        "torch.optim.SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-4)",
        steps=450_000,
        warmup=25_000,
        shape="cosine",
        only_matrices=True,
        papers=("goyal2017", "he2019"),
    ),
    "vit": Recipe(
        "Vision transformer",
        "torch.optim.AdamW(lr=1e-3, weight_decay=0.05)",
        steps=375_000,
        warmup=6_250,
        shape="cosine",
        floor=0.01,
        only_matrices=True,
        papers=("touvron2021",),
    ),
    "lm": Recipe(
        "Language model from scratch",
        "torch.optim.AdamW(lr=3e-4, betas=(0.9, 0.95), weight_decay=0.1); "
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        steps=100_000,
        warmup=2_000,
        shape="cosine",
        floor=0.1,
        only_matrices=True,
        papers=("touvron2023", "brown2020"),
    ),
    "fine-tuning": Recipe(
        "Fine-tuning a pre-trained transformer",
        "torch.optim.AdamW(lr=2e-5, eps=1e-6, weight_decay=0.01); "
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)",
        steps=3_000,
        warmup=300,
        shape="linear",
        only_matrices=True,
        papers=("mosbach2021", "devlin2019"),
    ),
    "gan": Recipe(
        "Generative adversarial network",
        "torch.optim.Adam(lr=1e-4, betas=(0.0, 0.9))",
        papers=("gulrajani2017", "radford2016"),
    ),
    "table": Recipe(
        "Small or tabular data",
        "torch.optim.AdamW(lr=1e-4, weight_decay=1e-5)",
        only_matrices=True,
        papers=("gorishniy2021",),
    ),
    "embedding": Recipe(
        "Embeddings and other sparse rows",
        "torch.optim.Adagrad(lr=0.05, initial_accumulator_value=1.0)",
        papers=("pennington2014",),
    ),
    "ppo": Recipe(
        "Reinforcement learning: policy gradients",
        "torch.optim.Adam(lr=2.5e-4, eps=1e-5); "
        "torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)",
        steps=150_000,
        shape="linear",
        papers=("schulman2017", "huang2022"),
    ),
    "dqn": Recipe(
        "Reinforcement learning: values",
        "optax.rmsprop(learning_rate=2.5e-4, decay=0.95, eps=0.01, centered=True)",
        papers=("mnih2015",),
    ),
}
