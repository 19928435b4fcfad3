"""Compare the table of dialects with the names that the libraries export.

Each optimizer or transformation of a library has a row or a reason why it has none, and not both:
so a name that is new in a library is reported, and so is a reason that has become wrong.
"""

import inspect
from collections.abc import Iterator
from types import ModuleType

from adamdoc.dialects import ABSENT, LIBRARIES, ROWS
from adamdoc.dialects.chains import BLOCKS
from adamdoc.dialects.peers import ALIASES, OTHER_LIBRARIES
from adamdoc.dialects.reading import CHAINS, NEUTRAL, REFUSED, SAME_STEPS

#: Functions that `dialects.read` understands without a row.
READ = {*BLOCKS, *CHAINS, *NEUTRAL, *SAME_STEPS, *REFUSED, "optax.inject_hyperparams"}
#: Exported names that are neither optimizers nor transformations.
NEITHER = {
    "torch.optim.Optimizer",
    "keras.optimizers.Optimizer",
    "transformers.optimization.Optimizer",
    "transformers.optimization.LayerWiseDummyOptimizer",
    "optax.init_empty_state",
    "optax.apply_updates",
    "optax.contrib.hutchinson_estimator_diag_hessian",
}


def exported() -> Iterator[str]:
    """Yield the qualified names of what the libraries export."""
    import keras
    import optax
    import optax.contrib
    import pytorch_optimizer
    import torch
    import transformers.optimization

    yield from _subclasses(torch.optim, torch.optim.Optimizer)
    yield from (f"torch.optim.swa_utils.{name}" for name in torch.optim.swa_utils.__all__)
    yield from _subclasses(keras.optimizers, keras.optimizers.Optimizer)
    yield from _subclasses(transformers.optimization, torch.optim.Optimizer)
    for name in pytorch_optimizer.get_supported_optimizers():
        yield f"pytorch_optimizer.{name}"
    yield "optax.MultiSteps"
    for module in (optax, optax.contrib):
        for name, value in vars(module).items():
            if inspect.isfunction(value) and not name.startswith("_") and _transforms(value):
                yield f"{module.__name__}.{name}"


def _subclasses(module: ModuleType, base: type) -> Iterator[str]:
    for name, value in vars(module).items():
        if inspect.isclass(value) and issubclass(value, base) and not name.startswith("_"):
            yield f"{module.__name__}.{name}"


def _transforms(function: object) -> bool:
    """Return whether a function makes a transformation; some have no annotation that says so."""
    return "GradientTransformation" in inspect.getsource(function)  # type: ignore[arg-type]


def faults() -> list[str]:
    """Return the names without a row and a reason, those with both, and reasons without a name."""
    names = {*exported()} - NEITHER
    rows = {row.peer.lower() for row in ROWS}
    reasons = {(library, name.lower()) for library, own in ABSENT.items() for name in own}
    aliases = {alias.lower(): name.lower() for alias, name in ALIASES.items()}
    found = []
    for name in sorted(names - READ):
        library, last = name.split(".")[0], name.rpartition(".")[2].lower()
        reason = (library, last) in reasons or name in OTHER_LIBRARIES
        row = name.lower() in rows or aliases.get(name.lower()) in rows
        if not row and not reason:
            found.append(f"{name} has neither a row nor a reason in ABSENT")
        if row and (library, last) in reasons:
            found.append(f"{name} has a row and a reason in ABSENT")
    last = {(name.split(".")[0], name.rpartition(".")[2].lower()) for name in names}
    found += [
        f"{library} does not export {name}, which is in ABSENT"
        for library in LIBRARIES.values()
        for name in ABSENT[library]
        if (library, name.lower()) not in last
    ]
    return found


if __name__ == "__main__":
    print(*faults(), sep="\n")
