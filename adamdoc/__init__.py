"""adamdoc: gradient descent and how it grew into Adam.

Optimizers whose docstrings contain the equations and whose code implements them line by line, loss
surfaces and models to run them on, and plots that explain what they do.
"""

from typing import TYPE_CHECKING

from adamdoc import optimizers, problems
from adamdoc.data import Dataset, load, texts
from adamdoc.optimizers import Optimizer, Wrapper
from adamdoc.run import Run, minimize, walk
from adamdoc.training import Training, train

if TYPE_CHECKING:
    from adamdoc.optimizers import *  # noqa: F403
    from adamdoc.problems import *  # noqa: F403
else:  # each class is registered once, in its subpackage
    globals().update(problems.surfaces() | optimizers.CLASSES)

__version__ = "0.1.0"

__all__ = [
    "Dataset",
    "Optimizer",
    "Run",
    "Training",
    "Wrapper",
    "load",
    "minimize",
    "texts",
    "train",
    "walk",
]
__all__ += [*problems.surfaces(), *optimizers.CLASSES]
