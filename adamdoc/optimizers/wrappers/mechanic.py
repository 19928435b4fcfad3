"""Mechanic."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.arrays import total
from adamdoc.optimizers.base import Hyperparameter, Params, State, copy
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class Mechanic(Wrapper):
    r"""Learns by how much to scale the steps of another optimizer.

    The sum of all steps of the wrapped optimizer is a displacement from the initial parameters, and
    one number scales it. While the gradients say that going further along it would have lowered the
    loss, the number grows, by the rules of a bettor who stakes a share of what has been won so far.
    Use it in place of a search for the learning rate: give the wrapped optimizer a learning rate of
    1, or a schedule whose peak is 1. Optimizers with steps of normalized length, such as `LAMB`,
    need no such scale.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    weight_decay : float, default 0.01
        Pull towards smaller parameters, which the scale alone feels, at least 0. It damps the
        growth of the scale; the authors do not tune it.
    eps : float, default 1e-8
        Small constant that keeps denominators away from zero, greater than 0.
    initial : float, default 1e-6
        Initial scale, greater than 0. It may be much too small, since the scale grows
        exponentially at first.
    scales : int, default 6
        Number of scales, at least 1, which are summed: each forgets the past at a decay rate of its
        own, from 0.9 for the first, 0.99 for the second and so on.

    See Also
    --------
    Prodigy : Estimates the scale of Adam's steps from a bound of the distance to the solution.

    Notes
    -----
    .. math::

        \bar{s}_t      &= \operatorname{sum}(s_{t-1}) \\
        \bar{g}_t      &= g_t + \lambda \bar{s}_t \frac{\lVert g_t \rVert}
                          {\lVert \theta_{t-1} \rVert + \varepsilon} \theta_{t-1} \\
        \bar{\theta}_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        d_t            &= \frac{\theta_{t-1} - \theta_0}{\bar{s}_t + \varepsilon} \\
        \Delta_t       &= d_t + \bar{\theta}_t - \theta_{t-1} \\
        h_t            &= -\langle \bar{g}_t, d_t \rangle \\
        \bar{h}_t      &= \max(\min(h_t, \bar{m}_{t-1}), -\bar{m}_{t-1}) \\
        \bar{m}_t      &= \max(\beta \bar{m}_{t-1}, \lvert h_t \rvert + \varepsilon) \\
        \bar{v}_t      &= \beta^2 \bar{v}_{t-1} + h_t^2 \\
        r_t            &= \beta r_{t-1} + \bar{h}_t s_{t-1} \\
        w_t            &= \frac{s_0}{n} \bar{m}_t + \max(r_t, 0) \\
        s_t            &= \frac{w_t}{\sqrt{\bar{v}_t} + \varepsilon} \\
        \theta_t       &= \theta_0 + \operatorname{sum}(s_t) \Delta_t

    The quantities from :math:`\bar{h}_t` to :math:`s_t` are vectors of :math:`n` numbers, one for
    each of the decay rates :math:`\beta = (0.9, 0.99, \dots, 1 - 10^{-n})`; every :math:`s_t`
    starts at :math:`s_0`. All norms and inner products are those of all parameters together.

    The equations are those of the authors' code, in Optax. It differs from the paper's Algorithm 1
    in four places: the displacement :math:`d_t` is not kept but recovered from the parameters;
    :math:`h_t` is bounded by its largest size so far before it enters the reward :math:`r_t`;
    :math:`\bar{m}_t` is the largest :math:`\lvert h_t \rvert`, in the paper the largest
    :math:`h_t`; and a negative reward is kept, in the paper it is set to 0.

    References
    ----------
    .. [1] A. Cutkosky, A. Defazio and H. Mehta, "Mechanic: a learning rate tuner", NeurIPS 2023,
       Algorithm 1. arXiv:2306.00144.

    Examples
    --------
    Gradient descent with a learning rate of 1 would diverge on the parabola, whose gradient is 20
    times the parameter:

    >>> import numpy as np
    >>> from adamdoc import GradientDescent, Mechanic
    >>> optimizer = Mechanic(GradientDescent(lr=1.0))
    >>> theta = np.array([3.0])
    >>> state = optimizer.init(theta)
    >>> for _ in range(200):
    ...     theta, state = optimizer.update(theta, 20 * theta, state)
    >>> bool(abs(theta[0]) < 0.1), bool(1e-4 < state["factors"].sum() < 0.1)
    (True, True)
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\bar{s}_t", "before", "step", "sum of the scales before", shape="number"),
        Symbol(r"\bar{g}_t", "decayed", "step", "gradient with the weight decay"),
        Symbol(
            r"\bar{\theta}_t", "after", "step", "parameters after the step of the wrapped optimizer"
        ),
        Symbol(r"d_t", "displacement", "step", "displacement before the step, without its scale"),
        Symbol(r"\Delta_t", "delta", "step", "displacement after the step, without its scale"),
        Symbol(r"h_t", "slope", "step", "fall of the loss along the displacement", shape="number"),
        Symbol(r"\bar{h}_t", "bounded", "step", "the same, bounded", shape="numbers"),
        Symbol(
            r"\bar{m}_t",
            "peak",
            "state",
            "largest fall, decaying",
            rule="nonnegative",
            shape="numbers",
        ),
        Symbol(
            r"\bar{v}_t",
            "squares",
            "state",
            "decaying sum of the squared falls",
            rule="nonnegative",
            shape="numbers",
        ),
        Symbol(r"r_t", "reward", "state", "decaying sum of what each scale won", shape="numbers"),
        Symbol(r"w_t", "wealth", "step", "what each scale has to bet", shape="numbers"),
        Symbol(
            r"s_t",
            "factors",
            "state",
            "scales of the displacement",
            rule="nonnegative",
            start="s_0",
            shape="numbers",
        ),
        Symbol(
            r"\beta",
            "decays",
            "state",
            "decay rates of the scales",
            rule="[0, 1]",
            start="1 - 0.1^i",
            shape="numbers",
        ),
        Symbol(r"\theta_0", "reference", "state", "initial parameters", start=r"\theta_0"),
        Symbol(
            r"\lambda",
            "weight_decay",
            "hyperparameter",
            "weight decay that the scale alone feels",
            "nonnegative",
        ),
        Symbol(
            r"\varepsilon",
            "eps",
            "hyperparameter",
            "small constant that keeps denominators away from zero",
            "positive",
            negligible=True,
        ),
        Symbol(r"s_0", "initial", "hyperparameter", "initial scale", "positive"),
        Symbol(r"n", "scales", "hyperparameter", "number of scales", "positive integer"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "cutkosky2023"
    scope: ClassVar[str] = "model"
    _moves_theta: ClassVar[bool] = True

    weight_decay: Hyperparameter = 0.01
    eps: Hyperparameter = 1e-8
    initial: Hyperparameter = 1e-6
    scales: Hyperparameter = 6

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        reference = copy(theta)
        scales: Any = self.scales
        zeros = np.zeros(int(scales), arrays.scalar_type(reference))
        decays = 1 - 0.1 ** np.arange(1.0, len(zeros) + 1)
        return self._with(
            self.optimizer.init(theta),
            peak=zeros.copy(),
            squares=zeros.copy(),
            reward=zeros.copy(),
            factors=zeros + float(self.at("initial", 1)),
            decays=decays.astype(zeros.dtype),
            reference=reference,
        )

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, _, weight_decay, eps, initial, scales = self._operands(theta, g, state)
        names = ("peak", "squares", "reward", "factors", "decays", "reference")
        peak, squares, reward, factors, decays, reference, inside = self._parted(state, *names)
        before = total(factors)
        shrinking = weight_decay * before * arrays.norm(g) / (arrays.norm(theta) + eps)
        decayed = g + shrinking * theta
        after, inside = self.optimizer.update(theta, g, inside, **extra)
        displacement = (theta - reference) / (before + eps)
        delta = displacement + after - theta
        slope = -total(decayed * displacement)
        bounded = np.maximum(np.minimum(slope, peak), -peak)
        peak = np.maximum(decays * peak, abs(slope) + eps)
        squares = decays**2 * squares + slope**2
        reward = decays * reward + bounded * factors
        wealth = initial / scales * peak + np.maximum(reward, 0)
        factors = wealth / (np.sqrt(squares) + eps)
        theta = reference + total(factors) * delta
        own = (peak, squares, reward, factors, decays, reference)
        return theta, {**inside, **dict(zip(names, own, strict=True))}
