"""Loss surfaces: test functions with loss, gradient, Hessian and known minima.

Every function takes parameters of shape ``(..., n)``: the last axis is that of the coordinates, the
others are batch axes. All quantities are dimensionless.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from adamdoc import checks
from adamdoc.checks import Array

Domain = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True)
class Problem(ABC):
    """Base class of the loss surfaces.

    Attributes
    ----------
    minima : ndarray, shape (k, n)
        The known global minima.
    start : ndarray, shape (n,)
        A default starting point, chosen to show what is hard about the surface.
    domain : tuple of two pairs of float
        The region worth plotting: ``((x_low, x_high), (y_low, y_high))``.
    planar : bool
        Whether the docstring contains the equation of a fixed function f(x, y). If so, the equation
        is parsed and executed, and the playground offers the surface.

    Examples
    --------
    >>> from adamdoc import Rosenbrock
    >>> problem = Rosenbrock()
    >>> problem.loss(problem.minima)
    array([0.])
    """

    domain: ClassVar[Domain]
    planar: ClassVar[bool] = True

    @property
    @abstractmethod
    def minima(self) -> Array:
        """The known global minima, shape (k, n)."""

    @property
    @abstractmethod
    def start(self) -> Array:
        """A default starting point, shape (n,)."""

    @abstractmethod
    def loss(self, theta: Array) -> Array:
        """Return the loss: shape (...) for parameters of shape (..., n)."""

    @abstractmethod
    def grad(self, theta: Array) -> Array:
        """Return the gradient: shape (..., n) for parameters of shape (..., n)."""

    @abstractmethod
    def hess(self, theta: Array) -> Array:
        """Return the Hessian: shape (..., n, n) for parameters of shape (..., n)."""

    @property
    def dim(self) -> int:
        """The number of coordinates."""
        return self.start.size


def _xy(theta: Array) -> tuple[Array, Array]:
    theta = checks.floats("theta", theta)
    if theta.ndim == 0 or theta.shape[-1] != 2:
        raise ValueError(f"theta must have 2 entries in its last axis, got shape {theta.shape}")
    return theta[..., 0], theta[..., 1]


def _vector(x: Array, y: Array) -> Array:
    return np.stack([x, y], axis=-1)


def _matrix(xx: Array, xy: Array, yy: Array) -> Array:
    xx, xy, yy = np.broadcast_arrays(xx, xy, yy)
    return np.stack([_vector(xx, xy), _vector(xy, yy)], axis=-2)


@dataclass(frozen=True)
class Quadratic(Problem):
    r"""A quadratic bowl with given curvatures along the axes.

    Parameters
    ----------
    eigenvalues : array_like, shape (n,), default (1, 10)
        The eigenvalues of the Hessian, greater than 0. The largest is the :math:`L` of the
        stability limit :math:`2 / L`; the ratio of the largest to the smallest is the condition
        number.

    Raises
    ------
    ValueError
        If an eigenvalue is not greater than 0.

    Notes
    -----
    .. math::

        f(\theta) = \frac{1}{2} \sum_{i=1}^n \lambda_i \theta_i^2

    Examples
    --------
    >>> from adamdoc import Quadratic
    >>> bowl = Quadratic([1.0, 4.0])
    >>> bowl.grad([1.0, 1.0])
    array([1., 4.])
    >>> bowl.condition_number
    4.0
    """

    domain: ClassVar[Domain] = ((-2.0, 2.0), (-2.0, 2.0))
    planar: ClassVar[bool] = False

    eigenvalues: Sequence[float] = (1.0, 10.0)

    def __post_init__(self) -> None:
        """Check the eigenvalues and store them as a tuple."""
        values = np.atleast_1d(checks.number("eigenvalues", self.eigenvalues, "positive"))
        if values.ndim != 1 or values.size == 0:
            raise ValueError(
                f"eigenvalues must be a non-empty list of numbers, got shape {values.shape}"
            )
        object.__setattr__(self, "eigenvalues", tuple(values.tolist()))

    @property
    def condition_number(self) -> float:
        """The ratio of the largest to the smallest eigenvalue."""
        return max(self.eigenvalues) / min(self.eigenvalues)

    @property
    def minima(self) -> Array:
        """The origin."""
        return np.zeros((1, len(self.eigenvalues)))

    @property
    def start(self) -> Array:
        """1.5 in each coordinate."""
        return np.full(len(self.eigenvalues), 1.5)

    def _scaled(self, theta: Array) -> tuple[Array, Array]:
        theta = checks.floats("theta", theta)
        values = np.array(self.eigenvalues, theta.dtype)
        if theta.ndim == 0 or theta.shape[-1] != values.size:
            raise ValueError(
                f"theta must have {values.size} entries in its last axis, got shape {theta.shape}"
            )
        return theta, values

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        theta, values = self._scaled(theta)
        return 0.5 * (values * theta**2).sum(axis=-1)

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        theta, values = self._scaled(theta)
        return values * theta

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        theta, values = self._scaled(theta)
        return np.broadcast_to(np.diag(values), (*theta.shape, values.size)).copy()


def surfaces() -> dict[str, type[Problem]]:
    """Return the classes of this module by name, the base class first."""
    classes: dict[str, type[Problem]] = {"Problem": Problem}  # type: ignore[type-abstract]
    subclasses = (cls for cls in Problem.__subclasses__() if cls.__module__ == __name__)
    return classes | {cls.__name__: cls for cls in subclasses}


@dataclass(frozen=True)
class Ravine(Problem):
    r"""The ravine of the article that the course starts from: ten times as steep across as along.

    Its Hessian has the eigenvalues 2 and 20, so the stability limit of gradient descent is
    2 / 20 = 0.1.

    Notes
    -----
    .. math::

        f(x, y) = x^2 + 10 y^2

    References
    ----------
    .. [1] "Adam- The most famous ML optimizer from Scratch", Vizuara newsletter,
       https://www.vizuaranewsletter.com/p/adam-the-most-famous-ml-optimizer.

    Examples
    --------
    >>> from adamdoc import Ravine
    >>> Ravine().loss([1.5, 1.5])
    np.float64(24.75)
    """

    domain: ClassVar[Domain] = ((-2.0, 2.0), (-2.0, 2.0))

    @property
    def minima(self) -> Array:
        """The origin."""
        return np.zeros((1, 2))

    @property
    def start(self) -> Array:
        """The article's start, (1.5, 1.5)."""
        return np.array([1.5, 1.5])

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return x**2 + 10 * y**2

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        return _vector(2 * x, 20 * y)

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, _ = _xy(theta)
        one = np.ones_like(x)
        return _matrix(2 * one, 0 * one, 20 * one)


@dataclass(frozen=True)
class Rosenbrock(Problem):
    r"""Rosenbrock's curved valley: easy to enter, hard to follow.

    Notes
    -----
    .. math::

        f(x, y) = (1 - x)^2 + 100 (y - x^2)^2

    Source: H. H. Rosenbrock, "An automatic method for finding the greatest or least value of a
    function", The Computer Journal 3(3), 1960, pp. 175-184. The start (-1.2, 1) is Rosenbrock's.

    Examples
    --------
    >>> from adamdoc import Rosenbrock
    >>> Rosenbrock().grad([1.0, 1.0])
    array([-0.,  0.])
    """

    domain: ClassVar[Domain] = ((-2.0, 2.0), (-1.0, 3.0))

    @property
    def minima(self) -> Array:
        """The point (1, 1)."""
        return np.array([[1.0, 1.0]])

    @property
    def start(self) -> Array:
        """The point (-1.2, 1)."""
        return np.array([-1.2, 1.0])

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        return _vector(-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2))

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, y = _xy(theta)
        return _matrix(2 - 400 * (y - 3 * x**2), -400 * x, np.full_like(x, 200))


@dataclass(frozen=True)
class Beale(Problem):
    r"""Beale's function: flat floor, steep corners.

    Notes
    -----
    .. math::

        f(x, y) = (1.5 - x + x y)^2 + (2.25 - x + x y^2)^2 + (2.625 - x + x y^3)^2

    Source: E. M. L. Beale, "On an iterative method for finding a local minimum of a function of
    more than one variable", Technical Report 25, Statistical Techniques Research Group, Princeton
    University, 1958.

    Examples
    --------
    >>> from adamdoc import Beale
    >>> Beale().loss([3.0, 0.5])
    np.float64(0.0)
    """

    domain: ClassVar[Domain] = ((-4.5, 4.5), (-4.5, 4.5))

    @property
    def minima(self) -> Array:
        """The point (3, 0.5)."""
        return np.array([[3.0, 0.5]])

    @property
    def start(self) -> Array:
        """The point (1, 1.5)."""
        return np.array([1.0, 1.5])

    @staticmethod
    def _residuals(x: Array, y: Array) -> list[tuple[Array, Array, Array, Array, Array]]:
        """Return the residual of each squared term, and its derivatives by x, y, xy and yy."""
        return [
            (
                c - x + x * y**k,
                y**k - 1,
                k * x * y ** (k - 1),
                k * y ** (k - 1),
                k * (k - 1) * x * y ** max(k - 2, 0),
            )
            for k, c in ((1, 1.5), (2, 2.25), (3, 2.625))
        ]

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return sum((r**2 for r, *_ in self._residuals(x, y)), np.zeros_like(x))

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        terms = [_vector(2 * r * rx, 2 * r * ry) for r, rx, ry, *_ in self._residuals(x, y)]
        return terms[0] + terms[1] + terms[2]

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, y = _xy(theta)
        terms = [
            _matrix(2 * rx**2, 2 * (rx * ry + r * rxy), 2 * (ry**2 + r * ryy))
            for r, rx, ry, rxy, ryy in self._residuals(x, y)
        ]
        return terms[0] + terms[1] + terms[2]


@dataclass(frozen=True)
class Himmelblau(Problem):
    r"""Himmelblau's function: four equal minima.

    Notes
    -----
    .. math::

        f(x, y) = (x^2 + y - 11)^2 + (x + y^2 - 7)^2

    Source: D. M. Himmelblau, "Applied Nonlinear Programming", McGraw-Hill, 1972.

    Examples
    --------
    >>> from adamdoc import Himmelblau
    >>> Himmelblau().loss([3.0, 2.0])
    np.float64(0.0)
    """

    domain: ClassVar[Domain] = ((-5.0, 5.0), (-5.0, 5.0))

    @property
    def minima(self) -> Array:
        """Four points; three of them are roots known only as decimals."""
        return np.array(
            [
                [3.0, 2.0],
                [-2.805118086952745, 3.131312518250573],
                [-3.779310253377747, -3.283185991286170],
                [3.584428340330492, -1.848126526964404],
            ]
        )

    @property
    def start(self) -> Array:
        """A point near the hill in the middle, (-0.5, -1)."""
        return np.array([-0.5, -1.0])

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        a, b = x**2 + y - 11, x + y**2 - 7
        return _vector(4 * x * a + 2 * b, 2 * a + 4 * y * b)

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, y = _xy(theta)
        return _matrix(
            12 * x**2 + 4 * y - 42,
            4 * (x + y),
            12 * y**2 + 4 * x - 26,
        )


@dataclass(frozen=True)
class Saddle(Problem):
    r"""A saddle that is bounded below.

    Near the origin it is :math:`x^2 - y^2`; the quartic term bounds the loss from below. From a
    starting point with :math:`y = 0`, gradient descent converges to the saddle point.

    Notes
    -----
    .. math::

        f(x, y) = x^2 - y^2 + \frac{y^4}{4}

    The minima are at :math:`(0, \pm \sqrt{2})`, with a loss of -1.

    Examples
    --------
    >>> from adamdoc import Saddle
    >>> Saddle().grad([0.0, 0.0])
    array([0., 0.])
    """

    domain: ClassVar[Domain] = ((-2.0, 2.0), (-2.2, 2.2))

    @property
    def minima(self) -> Array:
        """The two points (0, -sqrt(2)) and (0, sqrt(2))."""
        return np.array([[0.0, -np.sqrt(2)], [0.0, np.sqrt(2)]])

    @property
    def start(self) -> Array:
        """A point almost on the ridge, (1.5, 1e-4)."""
        return np.array([1.5, 1e-4])

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return x**2 - y**2 + y**4 / 4

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        return _vector(2 * x, -2 * y + y**3)

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, y = _xy(theta)
        return _matrix(np.full_like(x, 2), np.zeros_like(x), -2 + 3 * y**2)


@dataclass(frozen=True)
class Rastrigin(Problem):
    r"""Rastrigin's function: a bowl covered with local minima.

    Notes
    -----
    .. math::

        f(x, y) = 20 + x^2 - 10 \cos(2 \pi x) + y^2 - 10 \cos(2 \pi y)

    Source: L. A. Rastrigin, "Systems of Extremal Control", Nauka, Moscow, 1974 (in Russian).

    Examples
    --------
    >>> from adamdoc import Rastrigin
    >>> Rastrigin().loss([0.0, 0.0])
    np.float64(0.0)
    """

    domain: ClassVar[Domain] = ((-3.5, 3.5), (-3.5, 3.5))

    @property
    def minima(self) -> Array:
        """The origin."""
        return np.zeros((1, 2))

    @property
    def start(self) -> Array:
        """A point three valleys out, (2.7, -2.3)."""
        return np.array([2.7, -2.3])

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return 20 + x**2 + y**2 - 10 * (np.cos(2 * np.pi * x) + np.cos(2 * np.pi * y))

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        return _vector(
            2 * x + 20 * np.pi * np.sin(2 * np.pi * x),
            2 * y + 20 * np.pi * np.sin(2 * np.pi * y),
        )

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, y = _xy(theta)
        return _matrix(
            2 + 40 * np.pi**2 * np.cos(2 * np.pi * x),
            np.zeros_like(x),
            2 + 40 * np.pi**2 * np.cos(2 * np.pi * y),
        )


@dataclass(frozen=True)
class StyblinskiTang(Problem):
    r"""The Styblinski-Tang function: one global and three local minima.

    Notes
    -----
    .. math::

        f(x, y) = \frac{1}{2} \left(x^4 - 16 x^2 + 5 x + y^4 - 16 y^2 + 5 y\right)

    Source: M. A. Styblinski and T.-S. Tang, "Experiments in nonconvex optimization: stochastic
    approximation with function smoothing and simulated annealing", Neural Networks 3(4), 1990,
    pp. 467-483.

    Examples
    --------
    >>> from adamdoc import StyblinskiTang
    >>> problem = StyblinskiTang()
    >>> problem.loss(problem.minima).round(4)
    array([-78.3323])
    """

    domain: ClassVar[Domain] = ((-4.5, 4.5), (-4.5, 4.5))

    @property
    def minima(self) -> Array:
        """The point where both coordinates are the smallest root of 4 z^3 - 32 z + 5."""
        return np.full((1, 2), -2.903534027771177)

    @property
    def start(self) -> Array:
        """A point between the valleys, (0.5, -0.5)."""
        return np.array([0.5, -0.5])

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return (x**4 - 16 * x**2 + 5 * x + y**4 - 16 * y**2 + 5 * y) / 2

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        return _vector(2 * x**3 - 16 * x + 2.5, 2 * y**3 - 16 * y + 2.5)

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, y = _xy(theta)
        return _matrix(6 * x**2 - 16, np.zeros_like(x), 6 * y**2 - 16)


@dataclass(frozen=True)
class Plateau(Problem):
    r"""A flat plateau with a hole: far from the hole the gradient almost vanishes.

    Notes
    -----
    .. math::

        f(x, y) = 1 - \exp\left(-\frac{x^2 + y^2}{2}\right)

    Examples
    --------
    >>> from adamdoc import Plateau
    >>> Plateau().grad([4.0, 0.0]).round(5)
    array([0.00134, 0.     ])
    """

    domain: ClassVar[Domain] = ((-5.0, 5.0), (-5.0, 5.0))

    @property
    def minima(self) -> Array:
        """The origin."""
        return np.zeros((1, 2))

    @property
    def start(self) -> Array:
        """A point on the plateau, (-3.5, 2)."""
        return np.array([-3.5, 2.0])

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return -np.expm1(-(x**2 + y**2) / 2)

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        e = np.exp(-(x**2 + y**2) / 2)
        return _vector(x * e, y * e)

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, y = _xy(theta)
        e = np.exp(-(x**2 + y**2) / 2)
        return _matrix((1 - x**2) * e, -x * y * e, (1 - y**2) * e)


@dataclass(frozen=True)
class Absolute(Problem):
    r"""An inverted roof: not differentiable where a coordinate is zero.

    The gradient does not shrink towards the minimum, so methods with a constant step length do not
    converge.

    Notes
    -----
    .. math::

        f(x, y) = |x| + 2 |y|

    Where a coordinate is zero, `grad` returns the subgradient 0. The Hessian is zero wherever
    it exists, and `hess` returns zeros everywhere.

    Examples
    --------
    >>> from adamdoc import Absolute
    >>> Absolute().grad([-3.0, 0.0])
    array([-1.,  0.])
    """

    domain: ClassVar[Domain] = ((-2.0, 2.0), (-2.0, 2.0))

    @property
    def minima(self) -> Array:
        """The origin."""
        return np.zeros((1, 2))

    @property
    def start(self) -> Array:
        """The point (1.5, 1.05)."""
        return np.array([1.5, 1.05])

    def loss(self, theta: Array) -> Array:
        """Return the loss (see `Problem.loss`)."""
        x, y = _xy(theta)
        return np.abs(x) + 2 * np.abs(y)

    def grad(self, theta: Array) -> Array:
        """Return the gradient (see `Problem.grad`)."""
        x, y = _xy(theta)
        return _vector(np.sign(x), 2 * np.sign(y))

    def hess(self, theta: Array) -> Array:
        """Return the Hessian (see `Problem.hess`)."""
        x, _ = _xy(theta)
        return np.zeros((*x.shape, 2, 2), x.dtype)
