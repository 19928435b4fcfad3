"""adamdoc: gradient descent and how it grew into Adam.

Optimizers whose docstrings hold the equations and whose code computes them line for line, loss
surfaces and models to run them on, and the pictures to understand them by.
"""

from adamdoc.data import Dataset, load
from adamdoc.optimizers import (
    AdaDelta,
    AdaGrad,
    Adam,
    AdaMax,
    AdamW,
    AMSGrad,
    GradientDescent,
    HeavyBall,
    Lion,
    Momentum,
    Nesterov,
    Optimizer,
    RMSprop,
)
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

__version__ = "0.1.0"

__all__ = [
    "AMSGrad",
    "Absolute",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "Beale",
    "Dataset",
    "GradientDescent",
    "HeavyBall",
    "Himmelblau",
    "Lion",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "Plateau",
    "Problem",
    "Quadratic",
    "RMSprop",
    "Rastrigin",
    "Ravine",
    "Rosenbrock",
    "Run",
    "Saddle",
    "StyblinskiTang",
    "Training",
    "load",
    "minimize",
    "train",
]
