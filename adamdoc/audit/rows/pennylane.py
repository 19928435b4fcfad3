"""PennyLane: what the symbols of its docstrings mean, and what is found there."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    GRADIENT,
    PARAMETERS,
    STEP,
    Finding,
    Meaning,
    Operator,
    Row,
    State,
    Use,
)
from adamdoc.audit.executing import Path, Problem

G = r"\nabla f(x^{(t)})"
COMMON: dict[str, Meaning] = {r"x^{(t+1)}": PARAMETERS, G: GRADIENT, r"\eta": "stepsize"}
PARTIAL: dict[str, Meaning] = {
    r"x^{(t+1)}_i": PARAMETERS,
    r"\partial_{w_i} f(x^{(t)})": GRADIENT,
    r"\partial_{x_i} f(x^{(t)})": r"= \partial_{w_i} f(x^{(t)})",
    r"\eta_i^{(t+1)}": STEP,
    r"\eta_{\mathrm{init}}": "stepsize",
    r"\epsilon": "eps",
}
MOMENTUM: dict[str, Meaning] = {r"m": "momentum", r"a^{(t+1)}": State("accumulation")}
LARGE = {"stepsize": (0.3,)}
NATURAL: dict[str, Meaning] = {
    r"x^{(t+1)}": PARAMETERS,
    r"\nabla f": Operator(lambda _, x: gradient(x)),
    r"f": Operator(lambda _, x: x),
    r"g": Operator(lambda _, x: metric(x)),
    r"\eta": "stepsize",
}
METRIC = "it chooses how the metric tensor is computed; here it is given"
REGULARIZATION = Finding(
    kind="missing option",
    says=r"The equation leaves out `lam`; the code adds $\lambda I$ to the metric tensor, as the "
    "words say.",
    repair=((r"g(f(x^{(t)}))^{-1} \nabla", r"(g(f(x^{(t)})) + \lambda I)^{-1} \nabla"),),
    symbols={r"\lambda": "lam", "I": "np.eye(3)"},
)
EXPECTATIONS = (
    r"\left<H\right>_{\theta_d=0}",
    r"\left<H\right>_{\theta_d=\pi/2}",
    r"\left<H\right>_{\theta_d=-\pi/2}",
)
MINIMUM = (
    r"-\frac{\pi}{2} - \text{arctan2}\left(2\left<H\right>_{\theta_d=0} "
    r"- \left<H\right>_{\theta_d=\pi/2} - \left<H\right>_{\theta_d=-\pi/2}, "
    r"\left<H\right>_{\theta_d=\pi/2} - \left<H\right>_{\theta_d=-\pi/2}\right)"
)
NO_EQUATIONS = "no equations"
ADAGRAD = "pennylane.AdagradOptimizer"


def stepsize(_name: str) -> Finding:
    """Return the finding of a wrong default of the step size."""
    return Finding(
        kind="default",
        argument="stepsize",
        says="The text says that `stepsize` is 0.1 if it is not given; it is 0.01.",
        written=r"stepsize (float): the user-defined hyperparameter :math:`\eta` "
        "(default value: 0.1).",
    )


def gradient(x: Any) -> Any:
    """Return the gradient of the objective of the methods that evaluate it elsewhere."""
    return np.sin(3 * x) + 0.3 * x


def metric(x: Any) -> Any:
    """Return a metric tensor at a point: symmetric and positive definite."""
    return np.diag(1 + np.square(x)) + 0.5 * np.outer(np.cos(x), np.cos(x))


def objective(x: Any) -> Any:
    """Return the value of the objective whose values only are used."""
    return np.sum(np.cos(x) + 0.2 * np.square(x) + 0.1 * x * np.roll(x, 1))


def run_at_points(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run an optimizer with `gradient`, and `metric` if it takes one."""
    from pennylane import numpy

    optimizer = target(**arguments)
    more = {"metric_tensor_fn": metric} if hasattr(optimizer, "lam") else {}
    theta = numpy.array(problem.theta, requires_grad=True)
    values, states = [], []
    for _ in problem.gradients:
        found = optimizer.step(objective, theta, grad_fn=gradient, **more)
        theta = numpy.array(found, requires_grad=True)
        values.append(np.array(theta, dtype=float))
        kept = getattr(optimizer, "accumulation", None)
        states.append({"accumulation": np.array(kept[0], dtype=float)} if kept else {})
    return Path(tuple(values), tuple(states))


def run_spsa(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run SPSA with the directions of a given sequence of seeds."""
    from pennylane import numpy

    optimizer = target(**arguments)
    theta = numpy.array(problem.theta, requires_grad=True)
    values = []
    for k in range(1, len(problem.gradients) + 1):
        np.random.seed(k)
        theta = optimizer.step(objective, theta)
        values.append(np.array(theta, dtype=float))
    return Path(tuple(values), tuple({} for _ in values))


def curve(arguments: Mapping[str, Any], angle: Any) -> Any:
    """Return an expectation value as a function of one angle."""
    amplitude, phase = arguments["amplitude"], arguments["phase"]
    return amplitude * np.sin(angle + phase) + arguments["offset"]


def wrapped(angle: Any) -> Any:
    """Return an angle between -pi (excluded) and pi."""
    return np.pi - (np.pi - angle) % (2 * np.pi)


def run_rotosolve(target: Any, arguments: Mapping[str, Any], _problem: Problem) -> Path:
    """Return the angle at which Rotosolve finds the minimum of `curve`."""
    from pennylane import numpy

    theta = numpy.array(arguments["start"], requires_grad=True)
    found = target().step(lambda x: curve(arguments, x), theta, nums_frequency={"x": {(): 1}})
    return Path((wrapped(np.array(found, dtype=float)),), ({},))


def run_rotoselect(target: Any, arguments: Mapping[str, Any], _problem: Problem) -> Path:
    """Return the angle at which Rotoselect finds the minimum of `curve`."""
    found, _ = target(["a gate"]).step(
        lambda x, generators: curve(arguments, x[0]), np.array([arguments["start"]]), ["a gate"]
    )
    return Path((wrapped(np.array(found[0], dtype=float)),), ({},))


ROWS = (
    Row(
        name="pennylane.GradientDescentOptimizer",
        first=0,
        symbols=COMMON,
        options=LARGE,
        shapes=((2, 3), (4,)),
    ),
    Row(
        name="pennylane.MomentumOptimizer",
        first=0,
        symbols={**COMMON, **MOMENTUM},
        blocks=(Use(1), Use(0)),
        options={**LARGE, "momentum": (0.5,)},
    ),
    Row(
        name="pennylane.AdagradOptimizer",
        symbols={**PARTIAL, r"a_i^{(t+1)}": State("accumulation")},
        unordered=True,
        options={**LARGE, "eps": (0.3,)},
        findings=(
            stepsize("Adagrad"),
            Finding(
                kind="undefined symbol",
                says=r"$\eta_{\mathrm{init}}$ is not introduced; the text calls the step size "
                r"$\eta$. The first row has the derivative by $w_i$, the other by $x_i$.",
                written=r"\frac{ \eta_{\mathrm{init}} }",
            ),
            Finding(
                kind="index",
                says="The sum begins with $k=1$: the code computes it if the first point is "
                r"$x^{(1)}$. In the docstring of `AdamOptimizer` the first point must be "
                r"$x^{(0)}$; with it the sum would leave out the first gradient.",
                written=r"\sum_{k=1}^t (\partial_{x_i} f(x^{(k)}))^2",
                reading="the first point is $x^{(1)}$",
            ),
        ),
    ),
    Row(
        name="pennylane.RMSPropOptimizer",
        symbols={**PARTIAL, r"a_i^{(t+1)}": State("accumulation"), r"\gamma": "decay"},
        refers=(ADAGRAD,),
        blocks=(Use(1), Use(2), Use(0, replaces=True)),
        unordered=True,
        introduced=(r"\eta_{\mathrm{init}}",),
        options={**LARGE, "eps": (0.3,), "decay": (0.6,)},
    ),
    Row(
        name="pennylane.AdamOptimizer",
        first=0,
        symbols={
            **COMMON,
            r"\eta^{(t+1)}": STEP,
            r"a^{(t+1)}": State("fm"),
            r"b^{(t+1)}": State("sm"),
            r"\beta_1": "beta1",
            r"\beta_2": "beta2",
            r"\epsilon": "eps",
        },
        blocks=(Use(1), Use(0)),
        options={**LARGE, "beta1": (0.6,), "beta2": (0.7,), "eps": (0.3,)},
        findings=(stepsize("Adam"),),
    ),
    Row(
        name="pennylane.NesterovMomentumOptimizer",
        first=0,
        symbols={
            r"x^{(t+1)}": PARAMETERS,
            r"\nabla f": Operator(lambda _, x: gradient(x)),
            r"\eta": "stepsize",
            **MOMENTUM,
        },
        refers=("pennylane.MomentumOptimizer",),
        blocks=(Use(0), Use(1)),
        options={**LARGE, "momentum": (0.5,)},
        run=run_at_points,
    ),
    Row(
        name="pennylane.QNGOptimizer",
        first=0,
        symbols=NATURAL,
        blocks=(Use(0),),
        matrices=True,
        options={**LARGE, "lam": (0.4,)},
        shapes=((3,),),
        run=run_at_points,
        unchecked={"approx": METRIC},
        findings=(REGULARIZATION,),
    ),
    Row(
        name="pennylane.MomentumQNGOptimizer",
        first=0,
        symbols={**NATURAL, r"\rho": "momentum"},
        blocks=(Use(0),),
        matrices=True,
        options={**LARGE, "lam": (0.4,), "momentum": (0.5,)},
        shapes=((3,),),
        run=run_at_points,
        unchecked={"approx": METRIC},
        findings=(
            REGULARIZATION,
            Finding(
                kind="initial value",
                says="The first step uses the point before the first, which the text does not "
                "give. In the code the momentum is zero then.",
                repair=(
                    (
                        r"x^{(t+1)} = x^{(t)} + \rho",
                        r"\text{initialize } x^{(-1)} = x^{(0)} \\ \text{for } t = 0, 1, \ldots \\ "
                        r"x^{(t+1)} = x^{(t)} + \rho",
                    ),
                ),
                code=(
                    "pennylane.MomentumQNGOptimizer",
                    "self.accumulation = [pnp.zeros_like(g) for g in grad]",
                ),
                reading="without a point before the first there is no momentum",
            ),
        ),
    ),
    Row(
        name="pennylane.SPSAOptimizer",
        time="k",
        symbols={
            r"\hat{\theta}_{k+1}": PARAMETERS,
            r"\hat{g}_k(\hat{\theta}_k)": STEP,
            r"\Delta_k": "lambda done: np.random.RandomState(done + 1).choice([-1, 1], size=(3,))",
            r"y": Operator(lambda _, x: float(objective(x))),
            r"c_k": STEP,
            r"a_k": STEP,
            "c": "c",
            "a": "a",
            "A": "A or 0.1 * maxiter",
            r"\gamma": "gamma",
            r"\alpha": "alpha",
        },
        blocks=(
            Use(r"c_k=\frac{c}{k^\gamma}"),
            Use(0),
            Use(r"a_k=\frac{a}{(A+k)^\alpha}"),
            Use(1),
        ),
        arguments={"maxiter": 30, "a": 0.5},
        options={
            "maxiter": (100,),
            "A": (5.0,),
            "alpha": (0.9,),
            "gamma": (0.4,),
            "c": (0.5,),
            "a": (0.1,),
        },
        shapes=((3,),),
        run=run_spsa,
        findings=(
            Finding(
                kind="index",
                says="The arguments are described with $k+1$ where the body has $k$. The code "
                "counts from 1, as the body; with the formulas of the arguments the first step "
                "would be that of $k=0$.",
                written=r"a hyperparameter to calculate :math:`a_k=\frac{a}{(A+k+1)^\alpha}`",
                reading="the arguments count from 0, and the body from 1",
            ),
        ),
    ),
    *(
        Row(
            name=f"pennylane.{name}",
            symbols={
                EXPECTATIONS[0]: "amplitude * np.sin(phase) + offset",
                EXPECTATIONS[1]: "amplitude * np.sin(phase + np.pi / 2) + offset",
                EXPECTATIONS[2]: "amplitude * np.sin(phase - np.pi / 2) + offset",
                r"\pi": np.pi,
                r"\text{arctan2}": Operator(lambda _, y, x: np.arctan2(y, x), arguments=2),
            },
            blocks=(Use(MINIMUM),),
            arguments={"amplitude": 1.5, "phase": 0.7, "offset": 0.2, "start": 0.4},
            options={
                "amplitude": (-0.8,),
                "phase": (-2.0, 3.0, 2.0),
                "offset": (-1.0,),
                "start": (-2.5,),
            },
            introduced=EXPECTATIONS,
            steps=1,
            run=run,
            unchecked=unchecked,
            findings=(
                Finding(
                    kind="formula",
                    says="The formula gives angles down to -3π/2. The code adds 2π where the "
                    "angle is not above -π.",
                    repair=((MINIMUM, rf"\text{{wrapped}}\left({MINIMUM}\right)"),),
                    symbols={r"\text{wrapped}": Operator(lambda _, angle: wrapped(angle))},
                    code=code,
                    reading="angles that differ by 2π are the same",
                ),
            ),
        )
        for name, run, unchecked, code in (
            (
                "RotosolveOptimizer",
                run_rotosolve,
                {
                    "substep_optimizer": "it is not used where the formula applies",
                    "substep_kwargs": "it is not used where the formula applies",
                },
                ("pennylane.RotosolveOptimizer", "x_min = x_min + 4 * shift"),
            ),
            (
                "RotoselectOptimizer",
                run_rotoselect,
                {"possible_generators": "the formula is for one of them"},
                ("pennylane.RotoselectOptimizer", "x[d] += 2 * np.pi"),
            ),
        )
    ),
)
