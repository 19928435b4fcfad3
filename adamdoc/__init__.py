"""adamdoc: gradient descent and how it grew into Adam.

Optimizers whose docstrings hold the equations and whose code computes them line for line, loss
surfaces and models to run them on, and the pictures to understand them by.
"""

from typing import TYPE_CHECKING

from adamdoc import optimizers
from adamdoc.data import Dataset, load, texts
from adamdoc.problems import (
    Absolute,
    Beale,
    Himmelblau,
    Plateau,
    Problem,
    Quadratic,
    Rastrigin,
    Ravine,
    Rosenbrock,
    Saddle,
    StyblinskiTang,
)
from adamdoc.run import Run, minimize
from adamdoc.training import Training, train

if TYPE_CHECKING:
    from adamdoc.optimizers import *  # noqa: F403
else:  # the classes without the modules; they are registered in adamdoc.optimizers alone
    globals().update(optimizers.CLASSES)

__version__ = "0.1.0"

__all__ = [
    "Absolute",
    "Beale",
    "Dataset",
    "Himmelblau",
    "Plateau",
    "Problem",
    "Quadratic",
    "Rastrigin",
    "Ravine",
    "Rosenbrock",
    "Run",
    "Saddle",
    "StyblinskiTang",
    "Training",
    "load",
    "minimize",
    "texts",
    "train",
]
__all__ += list(optimizers.CLASSES)
