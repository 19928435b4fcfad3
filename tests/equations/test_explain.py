"""Equations beside code and numbers."""

import linecache
import re
from dataclasses import dataclass

import numpy as np
import pytest

from adamdoc import Groups, Optimizer, Prodigy, Ravine, dialects, equations
from adamdoc.optimizers import arrays
from adamdoc.optimizers.wrappers.wrapper import needs


@pytest.mark.parametrize("cls", dialects.ALL)
def test_each_equation_has_its_line(cls):
    found = equations.source_lines(cls)
    assigned = {a.name for system in equations.all_of(cls) for a in system.assignments}
    assert found.keys() == assigned
    path = __import__(cls.__module__, fromlist=["__file__"]).__file__
    for name, (number, statement) in found.items():
        line = linecache.getline(path, number).strip()
        assert statement.startswith(line.rstrip("({["))
        left = line.partition(" = ")[0].partition(": ")[0]
        assert name in left.split(", ") or re.fullmatch(r'after\[f"\w\{axis\}"\]', left)
        assert not re.fullmatch(r'\w+ = state\["\w+"\]', statement)  # only looked up


@pytest.mark.parametrize("cls", dialects.ALL)
def test_worked_steps_are_those_of_update(cls):
    optimizer, ravine = cls(), Ravine()
    for block, system in enumerate(equations.all_of(cls)):
        theta = ravine.start
        if system.dimensions == 2:
            theta = np.stack([theta, theta * [0.5, -1]])
        state = optimizer.init(theta)
        for t, values in enumerate(equations.worked_steps(cls, ravine, 12, block), start=1):
            given = {
                "curvature": np.diagonal(ravine.hess(theta), axis1=-2, axis2=-1),
                "gradient": ravine.grad,
                "loss": float(np.sum(ravine.loss(theta))),
                "noise": arrays.normal(theta, 0, t),
                "objective": lambda point: float(np.sum(ravine.loss(point))),
            }
            extra = {name: given[name] for name in needs(optimizer, t)}
            g = ravine.grad(theta)
            np.testing.assert_array_equal(values["theta_prev"], theta)
            theta, state = optimizer.update(theta, g, state, **extra)
            np.testing.assert_allclose(values["theta"], theta, rtol=1e-9, atol=1e-12)
            for name in system.states:
                np.testing.assert_allclose(values[name], state[name], rtol=1e-9, atol=1e-12)
            theta = values["theta"]  # a rounding must not grow
        assert t == 12
        if cls is not Groups:
            assert {a.name for a in system.assignments} <= values.keys()


def test_an_update_without_a_line_for_an_equation_is_refused():
    @dataclass(frozen=True)
    class Hidden(Optimizer):
        r"""Momentum in one line.

        .. math::

            m_t      &= \beta m_{t-1} + (1 - \beta) g_t \\
            \theta_t &= \theta_{t-1} - \eta m_t
        """

        lr: float = 0.1
        beta: float = 0.9

        def init(self, theta):
            return {"t": 0, "m": np.zeros_like(theta)}

        def update(self, theta, g, state):
            theta, g, t, lr, beta = self._operands(theta, g, state)
            theta = theta - lr * (beta * state["m"] + (1 - beta) * g)
            return theta, {**state, "t": t}

    with pytest.raises(equations.EquationError, match="Hidden: update must assign m, each"):
        equations.source_lines(Hidden)


class Terse(Optimizer):
    r"""Momentum, written in other ways.

    .. math::

        m_t      &= \beta m_{t-1} + (1 - \beta) g_t \\
        b_t      &= \mu b_{t-1} + m_t \\
        v_t      &= \beta v_{t-1} + b_t \\
        \theta_t &= \theta_{t-1} - \eta v_t
    """

    def init(self, theta):
        return {"t": 0, "m": 0 * theta, "b": 0 * theta, "v": 0 * theta}

    def update(self, theta, g, state):
        theta, g, t, lr, beta, momentum = self._operands(theta, g, state)
        m = state["m"]
        m = beta * m
        m += (1 - beta) * g
        b = state["b"]
        new = momentum * b + m
        return (
            theta - lr * (beta * state["v"] + new),
            dict(t=t, m=m, b=new, v=beta * state["v"] + new),  # noqa: C408
        )


@dataclass(frozen=True)
class Own(Terse):
    __doc__ = Terse.__doc__
    lr: float = 0.1
    beta: float = 0.9
    momentum: float = 0.9


def test_lines_of_other_ways_to_write_an_update():
    assert equations.check(Own) < 2
    lines = {name: line for name, (_, line) in equations.source_lines(Own).items()}
    assert lines["m"] == "m += (1 - beta) * g"
    assert lines["b"] == "new = momentum * b + m"
    assert lines["v"] == lines["theta"]
    assert lines["v"].startswith("return (theta - lr * (beta")


def test_a_class_without_a_source_is_refused():
    space = {"__name__": "nowhere"}
    exec("from adamdoc import Momentum\nclass Typed(Momentum):\n" + TYPED, space)
    with pytest.raises(equations.EquationError, match="Typed: update must be in a file or in"):
        equations.box(space["Typed"])


TYPED = """
    __doc__ = Momentum.__doc__

    def update(self, theta, g, state):
        return super().update(theta, g, state)
"""


def test_a_box_has_the_meanings_of_its_class():
    text = equations.box(Prodigy)
    assert "| $d_t$ | `d` | estimate of the distance from the start to the solution |" in text
    for assignment in equations.of(Prodigy).assignments:
        assert assignment.latex.replace("&=", "=") in text
