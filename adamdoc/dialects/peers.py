"""The names of optimizers in other libraries: aliases, and reasons why some are absent."""

import difflib
import functools
import re

from adamdoc.dialects.table import ABSENT, ROWS, Row

#: Other names of a library or of a module of one; the longest prefix that fits is replaced.
ALIASES = {
    "optim": "torch.optim",
    "optimizers": "keras.optimizers",
    "tf.optimizers": "keras.optimizers",
    "tensorflow.optimizers": "keras.optimizers",
    "tf.keras": "keras",
    "tf_keras": "keras",
    "tensorflow.keras": "keras",
    "tensorflow.python.keras": "keras",
    "keras.src": "keras",
    "keras.api": "keras",
    "keras.optimizers.experimental": "keras.optimizers",
    "nn.utils": "torch.nn.utils",
    "bnb": "bitsandbytes",
    "transformers.Adafactor": "transformers.optimization.Adafactor",
    "fairseq.optim.adafactor.Adafactor": "transformers.optimization.Adafactor",
    "clip_grad_norm": "torch.nn.utils.clip_grad_norm_",
    "torch.nn.utils.clip_grad_norm": "torch.nn.utils.clip_grad_norm_",
    "torch.nn.utils.clip_grad_value": "torch.nn.utils.clip_grad_value_",
    "optax.additive_weight_decay": "optax.add_decayed_weights",
    # pytorch_optimizer hands these out as they are in PyTorch.
    **{f"pytorch_optimizer.{name}": f"torch.optim.{name}" for name in (
        *("Adam", "AdamW", "NAdam", "RMSprop", "SGD", "LBFGS"),
    )},
}  # fmt: skip
_OLD_KERAS = (
    "Keras 3 has removed its old optimizers, so they cannot be held against adamdoc; some add eps "
    "elsewhere than those of today"
)
_FUSED = "it needs a compiled extension, so `nox -s parity` does not hold it against adamdoc"
_EIGHT_BITS = (
    "the moments of its 8-bit optimizers are rounded, so no settings take exactly their steps; "
    "those of its 32-bit optimizers are PyTorch's up to rounding"
)
_SCHEDULE = "it is a schedule, not an optimizer: use `dialects.schedule`"
_AUTHORS = "`nox -s parity` runs it as the package pytorch_optimizer has it"
#: Libraries and modules without rows, and why. The longest prefix that fits counts.
OTHER_LIBRARIES = {
    "keras.optimizers.legacy": _OLD_KERAS,
    "keras.optimizers.schedules": _SCHEDULE,
    "torch.optim.lr_scheduler": _SCHEDULE,
    "optax.schedules": _SCHEDULE,
    "tf.train": "TensorFlow 1 is no longer maintained",
    "tf.compat.v1.train": "TensorFlow 1 is no longer maintained",
    "tensorflow.compat.v1.train": "TensorFlow 1 is no longer maintained",
    "tfa": "TensorFlow Addons is no longer maintained",
    "tensorflow_addons": "TensorFlow Addons is no longer maintained",
    "flax.optim": "Flax has removed its optimizers in favour of Optax",
    "jax.example_libraries.optimizers": "JAX keeps it as an example and recommends Optax",
    "transformers": "transformers has removed its AdamW in favour of PyTorch's",
    "bitsandbytes": _EIGHT_BITS,
    "torchao": _EIGHT_BITS,
    "apex": _FUSED,
    "deepspeed": _FUSED,
    "timm": "the table has no rows for the copies of other optimizers in timm",
    "torch_optimizer": "the package is no longer maintained, and pytorch_optimizer succeeds it",
    "lion_pytorch": _AUTHORS,
    "adabelief_pytorch": _AUTHORS,
    "adan_pytorch": _AUTHORS,
    "schedulefree": _AUTHORS,
    "prodigyopt": _AUTHORS,
    "muon": _AUTHORS,
    "fairseq": "the table has no rows for the copies of other optimizers in fairseq",
    "paddle": "the table has no rows for PaddlePaddle",
    "mxnet": "MXNet is no longer maintained",
    "sklearn": "its optimizers are not separate from its models",
}
#: Names in other libraries that the similarity of letters would not find.
SUCCESSORS = {
    "adamwschedulefree": "ScheduleFreeAdamW",
    "sgdschedulefree": "ScheduleFreeSGD",
    "fusedadam": "AdamW",
    "adamweightdecay": "AdamW",
    "deepspeedcpuadam": "AdamW",
    "fusedlamb": "Lamb",
    "fusedsgd": "SGD",
    "gradientdescentoptimizer": "SGD",
    "momentumoptimizer": "SGD",
    "clip_grad_norm": "clip_by_global_norm",
    "momentum": "SGD",
    "nesterov": "SGD",
}
#: Parts of names that say how it is implemented: ``PagedAdamW8bit``, and ``adamw_torch`` in
#: transformers.
IMPLEMENTATIONS = re.compile(
    r"paged|fused|(4|8|32)bit|_(torch|hf|bnb|anyprecision|apex|xla|npu|ademamix)|_", re.IGNORECASE
)


@functools.cache
def resolve(peer: str) -> Row:
    """Return the row of an optimizer of another library.

    Parameters
    ----------
    peer : str
        Its name: as in the table, through another module of its library
        (``"torch.optim.adamw.AdamW"``, ``"tf.keras.optimizers.Adam"``), in other capitals, or
        without its module if only one row has that name.

    Returns
    -------
    Row
        The row.

    Raises
    ------
    TypeError
        If `peer` is not a string.
    ValueError
        If the table has no such row. The message says why the optimizer is absent, if that is
        known, and suggests the most similar name.

    Examples
    --------
    >>> from adamdoc.dialects import resolve
    >>> resolve("tf.keras.optimizers.Adam").peer, resolve("torch.optim.sgd").peer
    ('keras.optimizers.Adam', 'torch.optim.SGD')
    >>> resolve("torch.optim.Adamm")
    Traceback (most recent call last):
        ...
    ValueError: no optimizer is called 'torch.optim.Adamm'; did you mean 'torch.optim.Adam'?
    """
    if not isinstance(peer, str):
        raise TypeError(
            f"peer must be the name of an optimizer, such as 'torch.optim.Adam', got {peer!r}"
        )
    name = _without_alias(peer.strip())
    library, last = name.split(".")[0].lower(), name.rpartition(".")[2]
    known = [row for row in ROWS if row.peer == name]
    if not known and "." in name and (reason := _other_library(name)):
        hint = "" if reason == _SCHEDULE else _suggestion(name)
        raise ValueError(f"the table has no {peer}: {reason}{hint}")
    among = [row for row in ROWS if "." not in name or row.peer.split(".")[0] == library]
    exact = [row for row in among if name in (row.peer, row.peer.rpartition(".")[2])]
    found = exact if "." in name and exact else _called(last, among)
    if len(found) > 1:
        names = ", ".join(row.peer for row in found)
        raise ValueError(f"peer must name one optimizer, got {peer!r}, which may be {names}")
    if found:
        return found[0]
    if reason := _absent(last, [library] if "." in name else [*ABSENT]):
        raise ValueError(f"the table has no {peer}: {reason}")
    raise ValueError(f"no optimizer is called {peer!r}{_suggestion(name)}")


def _without_alias(name: str) -> str:
    """Return a name under the module that the table has."""
    while True:
        fitting = [alias for alias in ALIASES if _begins(name, alias)]
        if not fitting:
            return name
        alias = max(fitting, key=len)
        name = ALIASES[alias] + name[len(alias) :]


def _begins(name: str, prefix: str) -> bool:
    """Return whether a dotted name is or lies in a module."""
    return name == prefix or name.startswith(f"{prefix}.")


def _called(last: str, among: list[Row]) -> list[Row]:
    """Return the rows whose last component is a name, whatever its capitals."""
    return [row for row in among if _last(row.peer) == last.lower()]


def _other_library(name: str) -> str:
    """Return why a library has no rows, or an empty string."""
    fitting = [prefix for prefix in OTHER_LIBRARIES if _begins(name, prefix)]
    return OTHER_LIBRARIES[max(fitting, key=len)] if fitting else ""


def _absent(last: str, libraries: list[str]) -> str:
    """Return why the table has no optimizer of a name in some libraries, or an empty string."""
    reasons = (
        reason
        for library in libraries
        for name, reason in ABSENT.get(library, {}).items()
        if name.lower() == last.lower()
    )
    return next(reasons, "")


def _suggestion(name: str) -> str:
    """Return a question for the most similar name: the same word first, then in its library."""
    library, last = name.split(".")[0].lower(), name.rpartition(".")[2]
    successor = SUCCESSORS.get(last.lower(), IMPLEMENTATIONS.sub("", last))
    rows = _called(last, list(ROWS)) or _called(successor, list(ROWS))
    if not rows:
        own = {_last(row.peer): row for row in ROWS if row.library == library}
        names = own or {row.peer.lower(): row for row in ROWS}
        word = last.lower() if own else name.lower()
        rows = [names[key] for key in difflib.get_close_matches(word, names, n=1, cutoff=0.75)]
    if not rows:
        return ""
    rows = sorted(rows, key=lambda row: row.library != library)
    return f"; did you mean {' or '.join(repr(row.peer) for row in rows)}?"


def _last(peer: str) -> str:
    """Return the last component of a name, in small letters."""
    return peer.rpartition(".")[2].lower()
