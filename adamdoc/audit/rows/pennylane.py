"""PennyLane: what the symbols of its docstrings mean, and what is found there."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    BEFORE,
    GRADIENT,
    PARAMETERS,
    SCALAR,
    STEP,
    VALUE,
    Finding,
    Given,
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
    reading="the equation and the words belong together",
)
EXPECTATIONS = (
    r"\left<H\right>_{\theta_d=0}",
    r"\left<H\right>_{\theta_d=\pi/2}",
    r"\left<H\right>_{\theta_d=-\pi/2}",
)
EXPECTATIONS_AT = (
    r"\left<H\right>_{\theta_d=0}",
    r"\left<H\right>_{\theta_d=\pi/(2f)}",
    r"\left<H\right>_{\theta_d=-\pi/(2f)}",
)
#: The values of `curve` at the three angles.
THREE = (
    "amplitude * np.sin(phase) + offset",
    "amplitude * np.sin(phase + np.pi / 2) + offset",
    "amplitude * np.sin(phase - np.pi / 2) + offset",
)
MINIMUM = (
    r"-\frac{\pi}{2} - \text{arctan2}\left(2\left<H\right>_{\theta_d=0} "
    r"- \left<H\right>_{\theta_d=\pi/2} - \left<H\right>_{\theta_d=-\pi/2}, "
    r"\left<H\right>_{\theta_d=\pi/2} - \left<H\right>_{\theta_d=-\pi/2}\right)"
)
MINIMUM_AT = (
    r"-\frac{\pi}{2f} - \frac{1}{f}\text{arctan2}\left(2\left<H\right>_{\theta_d=0} "
    r"- \left<H\right>_{\theta_d=\pi/(2f)} - \left<H\right>_{\theta_d=-\pi/(2f)}, "
    r"\left<H\right>_{\theta_d=\pi/(2f)} - \left<H\right>_{\theta_d=-\pi/(2f)}\right)"
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
        np.random.seed(k)  # noqa: NPY002 (the library draws from it)
        theta = optimizer.step(objective, theta)
        values.append(np.array(theta, dtype=float))
    return Path(tuple(values), tuple({} for _ in values))


def direction(arguments: Mapping[str, Any], done: int, number: int) -> Any:
    """Return one of the three directions that QNSPSA draws in each step."""
    rng = np.random.default_rng(arguments["seed"])
    drawn = [rng.choice([-1, 1], size=(3, 1)) for _ in range(3 * (done + 1))]
    return drawn[3 * done + number].astype(float)


def absolute(matrix: Any) -> Any:
    """Return the root of the square of a symmetric matrix."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return (vectors * np.abs(eigenvalues)) @ vectors.T


def run_qnspsa(target: Any, arguments: Mapping[str, Any], problem: Problem) -> Path:
    """Run QNSPSA on a circuit with a rotation of each qubit."""
    import pennylane
    from pennylane import numpy

    def circuit(theta: Any) -> Any:
        for wire in range(3):
            pennylane.RX(theta[wire, 0], wires=wire)
        return pennylane.expval(pennylane.Z(0) @ pennylane.Z(1) @ pennylane.Z(2))

    node = pennylane.QNode(circuit, pennylane.device("default.qubit", wires=3))
    optimizer = target(**arguments)
    theta = numpy.array(problem.theta, requires_grad=True)
    values, states = [], []
    for _ in range(6):
        theta = numpy.array(optimizer.step(node, theta), requires_grad=True)
        values.append(np.array(theta, dtype=float))
        states.append({"metric_tensor": np.array(optimizer.metric_tensor, dtype=float)})
    return Path(tuple(values), tuple(states))


def hamiltonian() -> Any:
    """Return a Hamiltonian whose matrix is real."""
    import pennylane

    terms = [pennylane.X(0), pennylane.Z(1), pennylane.X(0) @ pennylane.Z(1)]
    return pennylane.Hamiltonian([-1.0, 0.5, 0.7], terms)


def unitary(done: int) -> Any:
    """Return a real unitary of two qubits, another one in each step."""
    rng = np.random.default_rng(done)
    return np.linalg.qr(rng.normal(size=(4, 4)))[0]


def commutator(done: int) -> Any:
    """Return the commutator of a state and the matrix of the Hamiltonian."""
    x, z, one = np.array([[0.0, 1.0], [1.0, 0.0]]), np.diag([1.0, -1.0]), np.eye(2)
    h = -np.kron(x, one) + 0.5 * np.kron(one, z) + 0.7 * np.kron(x, z)
    state = np.outer(unitary(done)[:, 0], unitary(done)[:, 0])
    return state @ h - h @ state


def exponential(matrix: Any) -> Any:
    """Return the exponential of a matrix, as a long product."""
    near = np.eye(len(matrix)) + matrix / 2**40 + matrix @ matrix / 2**81
    for _ in range(40):
        near = near @ near
    return near


def run_riemannian(target: Any, arguments: Mapping[str, Any], _problem: Problem) -> Path:
    """Return the unitary after one step from each of several."""
    import pennylane

    values = []
    for done in range(6):

        def circuit(done: int = done) -> Any:
            pennylane.QubitUnitary(unitary(done), wires=[0, 1])
            return pennylane.expval(hamiltonian())

        node = pennylane.QNode(circuit, pennylane.device("default.qubit", wires=2))
        stepped = target(node, **arguments).step()
        values.append(np.real(pennylane.matrix(stepped, wire_order=[0, 1])()))
    return Path(tuple(values), tuple({} for _ in values))


def run_min_analytic(target: Any, arguments: Mapping[str, Any], _problem: Problem) -> Path:
    """Return the angle of the minimum of `curve` for a frequency."""
    freq = arguments["freq"]
    found, _ = target(lambda x: curve(arguments, freq * x), freq, None)
    return Path((np.array(found, dtype=float),), ({},))


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
        lambda x, generators: curve(arguments, x[0] if generators else x),
        np.array([arguments["start"]]),
        ["a gate"],
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
                says=r"The equation names $\eta_{\mathrm{init}}$; the words call the step size "
                r"$\eta$.",
                written=r"\frac{ \eta_{\mathrm{init}} }",
                reading="the step size that the user gives, before it adapts",
            ),
            Finding(
                kind="typo",
                says="The first equation has the derivative by $w_i$, the second one by $x_i$, as "
                "the parameters are called.",
                written=r"\partial_{w_i} f(x^{(t)})",
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
            r"\Delta_k": Given(
                lambda _, done: np.random.RandomState(done + 1).choice([-1, 1], size=(3,))
            ),
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
                **dict(zip(EXPECTATIONS, THREE, strict=True)),
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
    Row(
        name="pennylane.QNSPSAOptimizer",
        symbols={
            r"\mathbf{x}^{(t + 1)}": PARAMETERS,
            r"\mathbf{x}": BEFORE,
            r"\widehat{\nabla f}(\mathbf{x})": STEP,
            r"\widehat{\nabla f}(\mathbf{x}^{(t)})": r"= \widehat{\nabla f}(\mathbf{x})",
            r"\widehat{\mathbf{g}}(\mathbf{x})": State(
                "metric_tensor", start="I", before=r"\mathbf{G}"
            ),
            "I": "np.eye(3)",
            r"\widehat{\mathbf{g}}(\mathbf{x}^{(t)})": r"= \widehat{\mathbf{g}}(\mathbf{x})",
            r"\widehat{\nabla f}(\mathbf{x}, \mathbf{h})": r"= \widehat{\nabla f}(\mathbf{x})",
            r"\delta F": SCALAR,
            "f": Operator(lambda _, x: float(np.prod(np.cos(x))), number=True),
            "F": Operator(
                lambda _, x, y: float(np.prod(np.square(np.cos((x - y) / 2)))),
                arguments=2,
                number=True,
            ),
            r"\mathbf{h}": Given(lambda arguments, done: direction(arguments, done, 0)),
            r"\mathbf{h}_1": Given(lambda arguments, done: direction(arguments, done, 1)),
            r"\mathbf{h}_2": Given(lambda arguments, done: direction(arguments, done, 2)),
            r"\eta": "stepsize",
            r"\epsilon": "finite_diff_step",
        },
        blocks=(Use(1), Use(3), Use(2), Use(0)),
        matrices=True,
        arguments={"blocking": False, "seed": 1},
        options={
            "stepsize": (0.1,),
            "regularization": (0.5,),
            "finite_diff_step": (0.2,),
            "seed": (2,),
        },
        shapes=((3, 1),),
        steps=6,
        run=run_qnspsa,
        unchecked={
            "resamplings": "the words say that the estimates are averaged",
            "history_length": "it matters with `blocking`, which the equations leave to the words",
        },
        findings=(
            Finding(
                kind="formula",
                says="The estimate of the gradient in the text is a number. The code multiplies it "
                r"by the direction $\mathbf{h}$, whose entries are 1 or -1.",
                repair=(
                    (
                        r"f(\mathbf{x} - \epsilon \mathbf{h})\big),",
                        r"f(\mathbf{x} - \epsilon \mathbf{h})\big) \mathbf{h},",
                    ),
                ),
                code=(
                    "pennylane.QNSPSAOptimizer",
                    "(loss_plus - loss_minus) / (2 * self.finite_diff_step) * grad_dir",
                ),
            ),
            Finding(
                kind="formula",
                says="The estimate of the metric tensor has the other sign in the code: the "
                "metric is minus half the second derivative of the overlap.",
                repair=(
                    (
                        r"\approx \frac{\delta F}{8 \epsilon^2}",
                        r"\approx -\frac{\delta F}{8 \epsilon^2}",
                    ),
                ),
                code=(
                    "pennylane.QNSPSAOptimizer",
                    "-( pnp.tensordot(tensor_dirs[0], tensor_dirs[1], axes=0)",
                ),
            ),
            Finding(
                kind="formula",
                says="The text takes the estimate of one step, which has a rank of at most two. "
                "The code averages it with the metric of the step before (the identity at "
                "first), with weights that count the steps.",
                repair=(
                    (
                        r"\mathbf{h}_2 \mathbf{h}_1^\intercal\Big),",
                        r"\mathbf{h}_2 \mathbf{h}_1^\intercal\Big) \\ "
                        r"\widehat{\mathbf{g}}(\mathbf{x}) \leftarrow \frac{t}{t+1} \mathbf{G} + "
                        r"\frac{1}{t+1} \widehat{\mathbf{g}}(\mathbf{x})",
                    ),
                ),
                code=(
                    "pennylane.QNSPSAOptimizer",
                    "return self.k / (self.k + 1) * self.metric_tensor",
                ),
            ),
            Finding(
                kind="formula",
                says="The code takes the root of the square of the metric, adds `regularization` "
                r"times the identity, and divides by $1 + \beta$. The equations leave that out, "
                r"and the words name a regularization term $\beta$ only.",
                repair=(
                    (
                        r"\mathbf{x}^{(t + 1)} = \mathbf{x}^{(t)} -",
                        r"\widehat{\mathbf{g}}(\mathbf{x}) \leftarrow "
                        r"\frac{\text{absolute}(\widehat{\mathbf{g}}(\mathbf{x})) + \beta I}"
                        r"{1 + \beta} \\ \mathbf{x}^{(t + 1)} = \mathbf{x}^{(t)} -",
                    ),
                ),
                symbols={
                    r"\beta": "regularization",
                    r"\text{absolute}": Operator(lambda _, matrix: absolute(matrix)),
                },
                code=(
                    "pennylane.QNSPSAOptimizer",
                    "tensor_reg = pnp.real(sqrtm(pnp.matmul(metric_tensor, metric_tensor)))",
                ),
            ),
            Finding(
                kind="typo",
                says=r"The braces of `\mathbf` enclose a comma and whole sums, which is hardly "
                "visible.",
                repair=(
                    (
                        r"\mathbf{x, \mathbf{x} + \epsilon \mathbf{h}_1}",
                        r"\mathbf{x}, \mathbf{x} + \epsilon \mathbf{h}_1",
                    ),
                    (
                        r"\mathbf{x, \mathbf{x} - \epsilon \mathbf{h}_1}",
                        r"\mathbf{x}, \mathbf{x} - \epsilon \mathbf{h}_1",
                    ),
                ),
            ),
            Finding(
                kind="prose",
                says="The tolerance is twice the standard deviation of the last cost values, not "
                "their average.",
                written="the tolerance is set to be the average of the cost values in the last "
                "``history_length`` steps",
                code=("pennylane.QNSPSAOptimizer", "2 * self.last_n_steps.std()"),
            ),
        ),
    ),
    Row(
        name="pennylane.RotosolveOptimizer.min_analytic",
        symbols={
            **dict(zip(EXPECTATIONS_AT, THREE, strict=True)),
            r"\pi": np.pi,
            r"\text{arctan2}": Operator(lambda _, y, x: np.arctan2(y, x), arguments=2),
            "f": "freq",
        },
        introduced=EXPECTATIONS_AT,
        blocks=(Use(MINIMUM_AT),),
        arguments={"amplitude": 1.5, "phase": 0.7, "offset": 0.2, "freq": 1.0},
        options={
            "amplitude": (-0.8,),
            "phase": (-2.0, 3.0, 2.0),
            "offset": (-1.0,),
            "freq": (0.4, 2.5),
        },
        steps=1,
        run=run_min_analytic,
        unchecked={"objective_fn": "it is given", "f0": "it is a value of the objective"},
        findings=(
            Finding(
                kind="formula",
                says="The formula gives angles down to $-3π/(2f)$, outside of the interval in "
                "which the words guarantee the position. The code adds $2π/f$ where the angle is "
                "not above $-π/f$.",
                repair=((MINIMUM_AT, rf"\text{{wrapped}}\left({MINIMUM_AT}\right)"),),
                symbols={
                    r"\text{wrapped}": Operator(
                        lambda arguments, angle: (
                            wrapped(arguments["freq"] * angle) / arguments["freq"]
                        )
                    )
                },
                code=("pennylane.RotosolveOptimizer", "x_min = x_min + 4 * shift"),
                reading="angles that differ by a period are the same",
            ),
        ),
    ),
    Row(
        name="pennylane.RiemannianGradientOptimizer",
        time="s",
        symbols={
            r"U^{(t+1)}": VALUE,
            r"U^{(t)}": Given(lambda _, done: unitary(done)),
            r"\text{grad}f(U^{(t)})": STEP,
            r"\left[U \rho U^\dagger, H\right]": Given(lambda _, done: commutator(done)),
            r"\epsilon": "stepsize",
            r"\exp": Operator(lambda _, matrix: exponential(matrix)),
        },
        blocks=(Use(2), Use(1)),
        matrices=True,
        arguments={"exact": True},
        options={"stepsize": (0.1,)},
        steps=6,
        tolerance=1e-8,
        why_tolerance="The exponential of a matrix is computed as a long product.",
        run=run_riemannian,
        unchecked={
            "circuit": "it is given",
            "restriction": "it leaves out directions of the gradient",
            "trottersteps": "it approximates the exponential",
        },
        findings=(
            Finding(
                kind="formula",
                says=r"The exponential in the text encloses $U^{(t)}$. The code multiplies the "
                "exponential of the gradient by it.",
                repair=((r"U^{(t)}\right\}", r"\right\} U^{(t)}"),),
            ),
            Finding(
                kind="formula",
                says="The step in the text goes along the gradient, which is minus the commutator, "
                "and so the function grows. The code goes against it and minimizes, as the words "
                "say.",
                repair=((r"\exp\left\{", r"\exp\left\{ -"),),
                code=(
                    "pennylane.RiemannianGradientOptimizer",
                    "non_zero_omegas = -omegas[omegas != 0]",
                ),
            ),
            Finding(
                kind="formula",
                says="The code multiplies each Pauli word by the trace of its product with the "
                r"gradient. The sum is $2^N$ times the gradient, and so are the steps, because "
                r"the square of a Pauli word has the trace $2^N$.",
                repair=((r"\epsilon\:", r"2^N \epsilon\:"),),
                symbols={"N": 2.0},
            ),
        ),
    ),
    Row(
        name="pennylane.ShotAdaptiveOptimizer",
        unreadable="Its equations give the number of shots, from variances that it measures.",
        findings=(
            Finding(
                kind="prose",
                says=r"$\xi_i$ is a running average of the variances $v_i$, as the beginning of "
                "the docstring says, and not of the numbers of shots.",
                written="running average of :math:`g_i` and :math:`s_i` (:math:`\\chi_i` and "
                ":math:`\\xi_i` respectively)",
                code=(
                    "pennylane.ShotAdaptiveOptimizer",
                    "self.mu * x + (1 - self.mu) * v for x, v in zip(self.xi, grad_variances",
                ),
            ),
        ),
    ),
    *(
        Row(name=f"pennylane.{name}", unreadable=NO_EQUATIONS)
        for name in ("AdaptiveOptimizer", "QNGOptimizerQJIT", "MomentumQNGOptimizerQJIT")
    ),
)
