"""Faults of an update that the check of random one-dimensional arrays would miss."""

from dataclasses import dataclass

import numpy as np
import pytest

from adamdoc import SAM, SOAP, Adam, ClipByNorm, Lookahead, Muon, Optimizer, Wrapper, equations
from adamdoc.equations.rounding import rounded
from adamdoc.equations.tree import Name, Product
from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays


@dataclass(frozen=True)
class Averaged(Optimizer):
    r"""Descent towards an average.

    .. math::

        x_t      &= \beta x_{t-1} + (1 - \beta) (\theta_{t-1} - \eta g_t) \\
        u_t      &= x_t \\
        \theta_t &= u_t \text{ where } \lvert g_t \rvert > c, \text{ otherwise } \theta_{t-1}
    """

    symbols = (
        Symbol("x_t", "x", "state", "average", start=r"\theta_0"),
        Symbol("u_t", "u", "step", "the average again"),
    )
    lr: float = 0.1
    beta: float = 0.9
    clip: float = 1.0

    def init(self, theta):
        return {"t": 0, "x": np.copy(theta)}

    def update(self, theta, g, state):
        theta, g, t, lr, beta, clip = self._operands(theta, g, state)
        x, u, theta = self.step(theta, g, state["x"], lr, beta, clip)
        return self.result(theta, {"t": t, "x": x}, u)

    def step(self, theta, g, x, lr, beta, clip):
        x = beta * x + (1 - beta) * (theta - lr * g)
        return x, 1 * x, np.where(abs(g) > clip, x, theta)

    def result(self, theta, state, _u):
        return theta, state


def test_the_right_one_passes():
    assert equations.check(Averaged) < 2
    assert equations.tally(Averaged).missed == ()


@pytest.mark.parametrize(
    ("methods", "message"),
    [
        ({"init": lambda _, theta: {"t": 0, "x": np.ones_like(theta)}}, "x: in the equations"),
        ({"init": lambda _, theta: {"t": 0, "x": theta}}, "the memory of theta for x"),
        ({"init": lambda _, theta: {"t": 0, "x": np.array(theta, float)}}, "float32, got float64"),
        ({"init": lambda _, theta: {"t": 0, "x": np.array([*theta])}}, "init raises TypeError"),
        ({"result": lambda _, theta, state, _u: (theta, {"t": state["t"]})}, "entries t, x, got t"),
        ({"result": lambda _, theta, state, _u: (theta, state | {"y": 1})}, "got t, x, y"),
        ({"result": lambda _, theta, state, _u: (theta[:], state)}, "update raises IndexError"),
    ],
)
def test_faults_of_the_state_are_found(methods, message):
    faulty = dataclass(frozen=True)(type("Faulty", (Averaged,), methods))
    with pytest.raises(equations.EquationError, match=message):
        equations.check(faulty)


def in_place(self, theta, g, x, lr, beta, clip):
    np.maximum(g, g, out=g)  # changes nothing, but writes
    return Averaged.step(self, theta, g, x, lr, beta, clip)


def own_rate(self, theta, g, x, _lr, beta, clip):
    return Averaged.step(self, theta, g, x, self.lr, beta, clip)


def without_sign(self, theta, g, x, lr, beta, clip):
    x, u, theta = Averaged.step(self, theta, g, x, lr, beta, clip)
    return x, abs(u), theta


def at_equality(self, theta, g, x, lr, beta, clip):
    x, u, _ = Averaged.step(self, theta, g, x, lr, beta, clip)
    return x, u, np.where(abs(g) >= clip, x, theta)


def in_double(self, theta, g, x, lr, beta, clip):
    return Averaged.step(self, theta, g, x, np.sqrt(lr) ** 2, beta, clip)


@pytest.mark.parametrize(
    ("step", "message"),
    [
        (in_place, "update must not change its arguments"),
        (own_rate, "with schedules as hyperparameters: use their values from self._operands"),
        (without_sign, "equation 2: the first differing quantity is u"),
        (at_equality, "equation 3: the first differing quantity is theta"),
        (in_double, "must be float32 as theta is, got float64: a number of NumPy"),
    ],
)
def test_faults_of_the_step_are_found(step, message):
    faulty = dataclass(frozen=True)(type("Faulty", (Averaged,), {"step": step}))
    with pytest.raises(equations.EquationError, match=message):
        equations.check(faulty, cases=300)


@dataclass(frozen=True)
class Sized(Optimizer):
    r"""Divides by a norm.

    .. math::

        r_t      &= \frac{1 + \lVert \theta_{t-1} \rVert}{1 + \lVert g_t \rVert} \\
        \theta_t &= \theta_{t-1} - \eta r_t g_t
    """

    symbols = (Symbol("r_t", "r", "step", "ratio", shape="number"),)
    scope = "array"
    lr: float = 0.1

    def init(self, theta):  # noqa: ARG002
        return {"t": 0}

    def update(self, theta, g, state):
        theta, g, t, lr = self._operands(theta, g, state)
        r = self.ratio(theta, g)
        theta = theta - lr * r * g
        return theta, {"t": t}

    def ratio(self, theta, g):
        return (1 + arrays.norm(theta)) / (1 + arrays.norm(g))


def test_a_number_may_have_the_precision_of_the_arrays():
    def ratio(_self, theta, g):
        one = theta.dtype.type(1)
        return (one + np.linalg.norm(theta.ravel())) / (one + np.linalg.norm(g.ravel()))

    assert equations.check(type("Own", (Sized,), {"ratio": ratio}), cases=500) < 2


def test_norms_of_the_wrong_axis_or_scope_are_found():
    for order in (1, 2):
        wrong = type(
            "Wrong",
            (Sized,),
            {"ratio": lambda _, _theta, g, k=order: 1 + float(np.linalg.norm(np.atleast_1d(g), k))},
        )
        with pytest.raises(equations.EquationError):
            equations.check(wrong)
    with pytest.raises(equations.EquationError, match='set scope = "array"'):
        equations.check(type("Wrong", (Sized,), {"scope": "element"}))


@dataclass(frozen=True)
class Doubled(Wrapper):
    r"""Scales the gradient.

    .. math::

        u_t      &= \frac{g_t}{q + \lVert g_t \rVert} \\
        \theta_t &= \mathrm{step}(\theta_{t-1}, u_t)
    """

    symbols = (
        Symbol("u_t", "u", "step", "scaled gradient"),
        Symbol("q", "share", "hyperparameter", "softness", "positive"),
    )
    scope = "array"
    share: float = 1.0

    def update(self, theta, g, state, **more):
        theta, g, _, share = self._operands(theta, g, state)
        u = self.scaled(g, share)
        theta, after = self.optimizer.update(theta, u, state, **more)
        return theta, self.kept(state, after)

    def scaled(self, g, share):
        return arrays.each(lambda g: g / (share + arrays.norm(g)), g)

    def kept(self, _before, after):
        return after


def test_faults_of_wrappers_are_found():
    assert equations.check(Doubled) < 2
    stale = type("Stale", (Doubled,), {"kept": lambda _, before, new: {**before, "t": new["t"]}})
    with pytest.raises(equations.EquationError, match="new state of the wrapped optimizer"):
        equations.check(stale)
    whole = type("Whole", (Doubled,), {"scaled": lambda _, g, q: g / (q + arrays.norm(g))})
    with pytest.raises(equations.EquationError, match="must not depend on the others of a model"):
        equations.check(whole)


@pytest.mark.parametrize("inside", [Muon(), SOAP(), Lookahead(SAM(Adam()))])
def test_wrappers_are_checked_around_matrices_and_second_gradients(inside):
    assert equations.check(ClipByNorm(inside)) < 2


def test_the_error_of_a_negative_number_is_not_negative():
    assert not np.signbit(rounded(Name("m"), {"m": np.array([-1.0])}, 0.5).error)
    assert not np.signbit(rounded(Name("m"), {"m": -1.0}, 0.5).error)


def test_equations_are_those_of_the_update():
    class Renamed(Adam):
        """Adam under another name."""

    class Changed(Adam):
        def update(self, theta, g, state):
            return super().update(theta, 2 * g, state)

    assert equations.of(Renamed).assignments == equations.of(Adam).assignments
    assert equations.latex(Renamed) == equations.latex(Adam)
    with pytest.raises(equations.EquationError, match="no block of equations"):
        equations.compile(Changed())


@pytest.mark.parametrize("name", ["size", "g", "step", "theta_prev"])
def test_names_with_another_meaning_are_rejected(name):
    symbols = (Symbol("r_t", name, "step", "ratio", shape="number"),)
    with pytest.raises(equations.EquationError, match=f"the name {name} has another meaning"):
        equations.of(type("Own", (Sized,), {"symbols": symbols, "__doc__": Sized.__doc__}))


def test_functions_of_gradients_get_all_parameters():
    @dataclass(frozen=True)
    class Extragradient(Optimizer):
        r"""Takes the gradient at a trial point.

        .. math::

            u_t      &= \theta_{t-1} - \eta g_t \\
            y_t      &= \nabla f_t(u_t) \\
            \theta_t &= \theta_{t-1} - \eta y_t
        """

        symbols = (
            Symbol("u_t", "u", "step", "trial point"),
            Symbol("y_t", "y", "step", "gradient there"),
        )
        takes_gradient = True
        lr: float = 0.1

        def init(self, theta):  # noqa: ARG002
            return {"t": 0}

        def update(self, theta, g, state, gradient):
            theta, g, t, lr = self._operands(theta, g, state)
            u = theta - lr * g
            y = gradient(u)
            theta = theta - lr * y
            return theta, {"t": t}

    optimizer = Extragradient()
    assert equations.check(optimizer) < 2
    for backend in ("numba", "numpy"):
        theta = {"w": np.ones(2), "c": np.array(3.0)}
        state = optimizer.init(theta)
        equations.compile(optimizer, backend)(
            theta, theta, state, gradient=lambda x: {name: v / 2 for name, v in x.items()}
        )
        np.testing.assert_allclose(theta["w"], 1 - 0.1 * 0.45)
        np.testing.assert_allclose(theta["c"], 3 * (1 - 0.1 * 0.45))


def test_a_sum_may_have_the_index_of_a_loop():
    @dataclass(frozen=True)
    class Weighted(Optimizer):
        r"""Warms up as a geometric series.

        .. math::

            \eta_t   &= \eta \sum_{i=1}^{t} \beta^i \\
            \theta_t &= \theta_{t-1} - \eta_t g_t
        """

        symbols = (Symbol(r"\eta_t", "rate", "step", "rate of this step", shape="number"),)
        lr: float = 0.1
        beta: float = 0.9

        def init(self, theta):  # noqa: ARG002
            return {"t": 0}

        def update(self, theta, g, state):
            theta, g, t, lr, beta = self._operands(theta, g, state)
            rate = lr * sum(beta**k for k in range(1, t + 1))
            theta = theta - rate * g
            return theta, {"t": t}

    assert equations.check(Weighted) < 2
    optimizer, theta = Weighted(), np.ones(2)
    state = optimizer.init(theta)
    expected, _ = optimizer.update(theta, theta, state)
    equations.compile(optimizer)(theta, theta.copy(), state)
    np.testing.assert_allclose(theta, expected)


@pytest.mark.parametrize(
    ("right", "message"),
    [
        (r"\theta_{t-1} - \eta m_{t-2}", "assigns the index t from the indices t and t-1"),
        (r"\theta_{t-1} - \eta \mathrm{clip}(g_t)", "the function clip is unknown"),
        (r"\theta_{t-1} - \eta \text{RMS}(g_t)", "did you mean 'rms'"),
        (r"\theta_{t-1} - \eta g_t^\top g_t", r"an inner product is \\langle a, b \\rangle"),
        (r"\theta_{t-1} - \beta_4 g_t", r'Symbol\(r"\\beta_4", "beta4", "hyperparameter"'),
        (r"\theta_{t-1} - \eta q_t g_t", "update does not get q: an input must be one of"),
    ],
)
def test_errors_say_what_to_write(right, message):
    doc = f"Own.\n\n.. math::\n\n    \\theta_t &= {right}\n"
    symbols = (Symbol("q_t", "q", "input", "unknown"),)
    wrong = type("Own", (Sized,), {"__doc__": doc, "symbols": symbols})
    with pytest.raises(equations.EquationError, match=message):
        equations.of(wrong)


def test_products_near_the_smallest_numbers_have_errors():
    """The order of a product and a quotient matters there, unless a factor is exactly zero."""
    values = {"a": np.array([1e-21, 0], np.float32), "b": np.array([1e-21, 1e-21], np.float32)}
    product = rounded(Product((Name("a"), Name("b"))), values, float(np.finfo(np.float32).eps))
    assert product.error[0] >= np.finfo(np.float32).smallest_subnormal
    assert product.error[1] == 0
