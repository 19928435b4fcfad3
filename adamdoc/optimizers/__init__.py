"""The optimizers, one module each: the docstring holds the equations, `update` computes them."""

from adamdoc.optimizers.adagrad import AdaGrad
from adamdoc.optimizers.adam import Adam
from adamdoc.optimizers.base import Optimizer
from adamdoc.optimizers.gradient_descent import GradientDescent
from adamdoc.optimizers.momentum import HeavyBall, Momentum, Nesterov
from adamdoc.optimizers.rmsprop import RMSprop

__all__ = [
    "AdaGrad",
    "Adam",
    "GradientDescent",
    "HeavyBall",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
]
