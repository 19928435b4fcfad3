"""The optimizers: the docstring of each contains its equations, and `update` implements them.

To register a new one, import it in `adamdoc.optimizers.methods` or `adamdoc.optimizers.wrappers`.
The package's namespace, the reference, the algorithm box, the lineage, the test vectors and the
tests are derived from these imports.
"""

from collections.abc import Mapping
from inspect import isabstract

from adamdoc.optimizers.base import Optimizer as Optimizer
from adamdoc.optimizers.methods import *  # noqa: F403
from adamdoc.optimizers.wrappers import *  # noqa: F403


def concrete(names: Mapping[str, object]) -> dict[str, type[Optimizer]]:
    """Return the concrete optimizer classes of a namespace, in alphabetical order."""
    return {
        name: value
        for name, value in sorted(names.items())
        if isinstance(value, type) and issubclass(value, Optimizer) and not isabstract(value)
    }


#: All optimizers by name.
CLASSES = concrete(globals())
