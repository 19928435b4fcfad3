"""The equations of the loss surfaces are what their code computes."""

import node
import numpy as np
import pytest

import adamdoc
from adamdoc.equations import EquationError, surface
from adamdoc.equations.evaluate import value_of
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
    values = dict(zip("xy", theta.T, strict=True))
    loss = value_of(surface.expression(problem), values)
    np.testing.assert_allclose(loss, problem.loss(theta), 1e-12, 1e-12)
    for k, partial in enumerate(surface.gradient(problem)):
        slope = value_of(partial, values)
        np.testing.assert_allclose(slope, problem.grad(theta)[:, k], 1e-11, 1e-11)


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
        (".. math::\n\n    f(x, y) = x^2 + z\n\nEnd.", "Mine: the symbol z is unknown"),
        (".. math::\n\n    f(x, y) = \\tan(x)\n\nEnd.", "tan is unknown"),
        (".. math::\n\n    f(x, y) = x^2 +\n\nEnd.", "expected a quantity, got the end"),
        (".. math::\n\n    f(x, y) = \\frac{x\n\nEnd.", "expected '}', got the end"),
    ],
)
def test_what_cannot_be_read_is_refused(text, message):
    with pytest.raises(EquationError, match=message):
        surface.expression(with_doc(text))


@pytest.mark.parametrize("wrong", [3, dict])
def test_what_is_no_problem_is_refused(wrong):
    with pytest.raises(TypeError, match="problem must be a Problem or a class of it"):
        surface.javascript(wrong)
