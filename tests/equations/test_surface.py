"""The equations of the loss surfaces are what their code computes."""

import node
import numpy as np
import pytest
import sympy

import adamdoc
from adamdoc.equations import EquationError, surface
from adamdoc.problems import Problem

SURFACES = [cls for cls in Problem.__subclasses__() if cls.planar]
#: Returns the loss and the gradient at each point.
AT_POINTS = """
const { loss, grad } = await import(`./${input.module}.mjs`);
return input.points.map((p) => { const g = [0, 0]; grad(p, g); return [loss(p), ...g]; });
"""


def points(problem):
    rng = np.random.default_rng(0)
    (x0, x1), (y0, y1) = problem.domain
    return rng.uniform((x0, y0), (x1, y1), (100, 2))


@pytest.mark.parametrize("cls", SURFACES)
def test_equation_is_what_the_code_computes(cls):
    problem = cls()
    theta = points(problem)
    expr = surface.expression(problem)
    loss = sympy.lambdify((surface.X, surface.Y), expr, "numpy")
    np.testing.assert_allclose(loss(*theta.T), problem.loss(theta), 1e-12, 1e-12)
    for k, symbol in enumerate((surface.X, surface.Y)):
        slope = sympy.lambdify((surface.X, surface.Y), expr.diff(symbol), "numpy")
        np.testing.assert_allclose(slope(*theta.T), problem.grad(theta)[:, k], 1e-11, 1e-11)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """Return what JavaScript computes on each surface."""
    modules = {cls.__name__: surface.javascript(cls) for cls in SURFACES}
    cases = [{"module": cls.__name__, "points": points(cls()).tolist()} for cls in SURFACES]
    results = node.run(tmp_path_factory.mktemp("surfaces"), AT_POINTS, modules, cases)
    return dict(zip(SURFACES, results, strict=True))


@pytest.mark.parametrize("cls", SURFACES)
def test_javascript_is_what_the_code_computes(cls, found):
    problem = cls()
    theta, values = points(problem), np.array(found[cls])
    np.testing.assert_allclose(values[:, 0], problem.loss(theta), 1e-12, 1e-12)
    np.testing.assert_allclose(values[:, 1:], problem.grad(theta), 1e-11, 1e-11)


def with_doc(text):
    return type("Mine", (adamdoc.Ravine,), {"__doc__": text})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("No equation.", r"Mine: the docstring has no equation f\(x, y\)"),
        (".. math::\n\n    f(\\theta) = x^2\n\nEnd.", "has no equation"),
        (".. math::\n\n    f(x, y) = x^2 + z\n\nEnd.", "z is not supported"),
        (".. math::\n\n    f(x, y) = \\tan(x)\n\nEnd.", "is not supported"),
        (".. math::\n\n    f(x, y) = \\frac{x\n\nEnd.", "cannot read"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises(EquationError, match=message):
        surface.expression(with_doc(text))


@pytest.mark.parametrize("wrong", [3, dict])
def test_what_is_no_problem_is_refused(wrong):
    with pytest.raises(TypeError, match="problem must be a Problem or a class of it"):
        surface.javascript(wrong)
