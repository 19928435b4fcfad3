"""The optimizers: the docstring of each holds its equations, and `update` computes them.

To register a new one, import it in `adamdoc.optimizers.methods` or `adamdoc.optimizers.wrappers`.
The package's names, the reference, the algorithm box, the lineage, the test vectors and the tests
follow.
"""

from collections.abc import Mapping
from inspect import isabstract

from adamdoc.optimizers.base import Optimizer as Optimizer
from adamdoc.optimizers.methods import *  # noqa: F403
from adamdoc.optimizers.wrappers import *  # noqa: F403


def concrete(names: Mapping[str, object]) -> dict[str, type[Optimizer]]:
    """Return the optimizers among some names, in alphabetical order, without abstract bases."""
    return {
        name: value
        for name, value in sorted(names.items())
        if isinstance(value, type) and issubclass(value, Optimizer) and not isabstract(value)
    }


#: All optimizers by name.
CLASSES = concrete(globals())
