"""The loss surfaces: derivatives against SciPy's, minima, shapes."""

import numpy as np
import pytest
from scipy.differentiate import jacobian

from adamdoc import Absolute, Problem, Quadratic, Ravine, Saddle, problems

OTHERS = [cls() for cls in problems.surfaces().values() if cls not in (Problem, Quadratic)]
PROBLEMS = [Quadratic([1, 10]), Quadratic([0.5, 2, 30]), *OTHERS]
IDS = [f"{type(p).__name__}{p.dim}" for p in PROBLEMS]


def points(problem, count=12):
    low, high = np.transpose(problem.domain)
    rng = np.random.default_rng(0)
    return rng.uniform(low.min(), high.max(), (count, problem.dim))


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_derivatives_agree_with_finite_differences(problem):
    """The gradient against SciPy's derivative of the loss, the Hessian against the gradient's."""

    def loss(p):
        return problem.loss(np.moveaxis(p, 0, -1))

    def grad(p):
        return np.moveaxis(problem.grad(np.moveaxis(p, 0, -1)), -1, 0)

    for theta in points(problem):
        seen = jacobian(loss, theta, initial_step=0.01).df
        np.testing.assert_allclose(problem.grad(theta), seen, rtol=1e-7, atol=1e-7)
        seen = jacobian(grad, theta, initial_step=0.01).df
        np.testing.assert_allclose(problem.hess(theta), seen, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_minima_are_minima(problem):
    lowest = problem.loss(problem.minima)
    np.testing.assert_allclose(problem.grad(problem.minima), 0, atol=1e-11)
    assert np.ptp(lowest) < 1e-12
    assert (problem.loss(points(problem, 2000)) >= lowest.min() - 1e-12).all()
    if not isinstance(problem, Absolute):
        assert (np.linalg.eigvalsh(problem.hess(problem.minima)) > 0).all()


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_many_points_at_once_equal_a_loop(problem):
    theta = points(problem).reshape(3, 4, problem.dim)
    assert problem.loss(theta).shape == (3, 4)
    assert problem.grad(theta).shape == (3, 4, problem.dim)
    assert problem.hess(theta).shape == (3, 4, problem.dim, problem.dim)
    for i in np.ndindex(3, 4):
        np.testing.assert_allclose(problem.loss(theta)[i], problem.loss(theta[i]), rtol=1e-14)
        np.testing.assert_allclose(problem.grad(theta)[i], problem.grad(theta[i]), rtol=1e-14)
        np.testing.assert_allclose(problem.hess(theta)[i], problem.hess(theta[i]), rtol=1e-14)


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_float32_stays_float32(problem):
    theta = points(problem).astype(np.float32)
    for result in (problem.loss(theta), problem.grad(theta), problem.hess(theta)):
        assert result.dtype == np.float32


@pytest.mark.parametrize("problem", PROBLEMS, ids=IDS)
def test_start_and_minima_lie_in_the_domain(problem):
    if problem.dim == 2:
        low, high = np.transpose(problem.domain)
        assert ((low <= problem.start) & (problem.start <= high)).all()
        assert ((low <= problem.minima) & (problem.minima <= high)).all()


def test_condition_number_and_equality():
    assert Quadratic([2, 20]).condition_number == 10
    assert Quadratic([1, 2]) == Quadratic((1.0, 2.0))


def test_ravine_is_the_quadratic_with_eigenvalues_2_and_20():
    theta = points(Ravine())
    np.testing.assert_allclose(Ravine().loss(theta), Quadratic([2, 20]).loss(theta))
    np.testing.assert_allclose(Ravine().hess(theta), Quadratic([2, 20]).hess(theta))


def test_saddle_has_a_saddle_at_the_origin():
    low, high = np.linalg.eigvalsh(Saddle().hess(np.zeros(2)))
    assert low < 0 < high
    assert not Saddle().grad(np.zeros(2)).any()
