"""Models written from scratch, with analytic gradients.

A model is a frozen dataclass that describes the architecture; its parameters are a dict of arrays.
Shapes: ``N`` samples, ``d`` features, ``K`` classes. All losses are means over the samples, so that
learning rates are comparable across batch sizes.
"""

from adamdoc.models.attention import Attention
from adamdoc.models.base import Gradient, Model, Params, SparseRows
from adamdoc.models.conv import ConvNet
from adamdoc.models.embedding import Embedding
from adamdoc.models.factorization import MatrixFactorization
from adamdoc.models.linear import LinearRegression, LogisticRegression, SoftmaxRegression
from adamdoc.models.mlp import MLP, Autoencoder

__all__ = [
    "MLP",
    "Attention",
    "Autoencoder",
    "ConvNet",
    "Embedding",
    "Gradient",
    "LinearRegression",
    "LogisticRegression",
    "MatrixFactorization",
    "Model",
    "Params",
    "SoftmaxRegression",
    "SparseRows",
]
