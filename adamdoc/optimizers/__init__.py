"""The optimizers, one module each: the docstring holds the equations, `update` computes them."""

from adamdoc.optimizers.adadelta import AdaDelta
from adamdoc.optimizers.adagrad import AdaGrad
from adamdoc.optimizers.adam import Adam
from adamdoc.optimizers.adamax import AdaMax
from adamdoc.optimizers.adamw import AdamW
from adamdoc.optimizers.amsgrad import AMSGrad
from adamdoc.optimizers.base import Optimizer
from adamdoc.optimizers.gradient_descent import GradientDescent
from adamdoc.optimizers.lion import Lion
from adamdoc.optimizers.momentum import HeavyBall, Momentum, Nesterov
from adamdoc.optimizers.rmsprop import RMSprop

__all__ = [
    "AMSGrad",
    "AdaDelta",
    "AdaGrad",
    "AdaMax",
    "Adam",
    "AdamW",
    "GradientDescent",
    "HeavyBall",
    "Lion",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSprop",
]
