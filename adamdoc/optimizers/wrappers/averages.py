"""Averages of the parameters: exponential, with equal weights, and of the latest alone."""

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Params, State, as_float, copy
from adamdoc.optimizers.methods.lbfgs import empty, push
from adamdoc.optimizers.wrappers.wrapper import Wrapper


@dataclass(frozen=True)
class WeightEMA(Wrapper):
    r"""Averages the parameters exponentially; the average is the point to evaluate.

    The steps do not change. The average leaves out most of the noise around a minimum, as a
    decaying learning rate does, so that it is usually better than the last parameters while the
    learning rate is large. `point` returns it.

    Libraries differ in the start, which matters for some :math:`1 / (1 - \beta)` steps:

    - PyTorch's ``AveragedModel`` and Keras's ``use_ema`` begin with the parameters after the first
      step: ``begin=1``.
    - timm, diffusers and TensorFlow begin with the initial parameters, ``begin=0``, and may let the
      decay rate rise, ``warmup=10``.
    - A bias-corrected average, as ``optax.ema`` of the parameters, is ``correction=1``.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    beta : float or array_like, default 0.999
        Decay rate of the average, at least 0 and less than 1.
    begin : float, default 0.0
        The step up to which the average is the parameters themselves, at least 0.
    warmup : float, default 1.0
        The decay rate is at most ``(1 + n) / (warmup + n)`` at the n-th average; at least 1, which
        means no warm-up.
    correction : float, default 0.0
        1 corrects the bias towards the first parameters, as Adam does for its moments; 0 does not.

    Notes
    -----
    .. math::

        n_t           &= \max(t - s, 1) \\
        \bar{\beta}_t &= \min\left(\beta, \frac{1 + n_t}{k_0 + n_t}\right) \\
        \theta_t      &= \mathrm{step}(\theta_{t-1}, g_t) \\
        x_t           &= \theta_t \text{ if } t \le s, \text{ otherwise } x_{t-1}
                         + \frac{1 - \bar{\beta}_t}{1 - \phi \beta^{n_t}} (\theta_t - x_{t-1})

    with :math:`x_0 = \theta_0`. With :math:`\phi = 1` the first average is :math:`\theta_{s+1}`.

    References
    ----------
    .. [1] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
       averaging", SIAM Journal on Control and Optimization 30 (1992), pp. 838-855 (there with equal
       weights).
    .. [2] D. Morales-Brotons, T. Vogels and H. Hendrikx, "Exponential moving average of weights in
       deep learning: dynamics and benefits", TMLR 2024. arXiv:2411.18704.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, WeightEMA
    >>> optimizer = WeightEMA(GradientDescent(lr=1.0), beta=0.5)
    >>> theta = np.zeros(1)
    >>> state = optimizer.init(theta)
    >>> for _ in range(3):
    ...     theta, state = optimizer.update(theta, np.ones(1), state)
    ...     print(theta, optimizer.point(theta, state))
    [-1.] [-0.5]
    [-2.] [-1.25]
    [-3.] [-2.125]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"n_t", "number", "step", "number of parameters in the average", shape="number"),
        Symbol(r"\bar{\beta}_t", "decay", "step", "decay rate of the average at this step"),
        Symbol(r"x_t", "ema", "state", "average of the parameters", start=r"\theta_0"),
        Symbol(r"\beta", "beta", "hyperparameter", "decay rate of the average", "[0, 1)"),
        Symbol(
            r"s",
            "begin",
            "hyperparameter",
            "step up to which the average is the parameters",
            "nonnegative",
        ),
        Symbol(r"k_0", "warmup", "hyperparameter", "how slowly the decay rate rises", "at least 1"),
        Symbol(r"\phi", "correction", "hyperparameter", "1: bias is corrected, 0: not", "[0, 1]"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "polyak1992"

    beta: Hyperparameter = 0.999
    begin: Hyperparameter = 0.0
    warmup: Hyperparameter = 1.0
    correction: Hyperparameter = 0.0

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self._with(self.optimizer.init(theta), ema=copy(theta))

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, beta, begin, warmup, correction = self._operands(theta, g, state)
        ema, inside = self._parted(state, "ema")
        number = as_float(np.maximum(t - begin, 1))
        decay = as_float(np.minimum(beta, (1 + number) / (warmup + number)))
        theta, inside = self.optimizer.update(theta, g, inside, **extra)
        share = (1 - decay) / (1 - correction * beta**number)
        ema = np.where(t <= begin, theta, ema + share * (theta - ema))
        return theta, {**inside, "ema": ema}

    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002
        """Return the average (see `Optimizer.point`)."""
        return state["ema"]


@dataclass(frozen=True)
class EMAOverwrite(Wrapper):
    r"""Replaces the parameters by their exponential average every few steps.

    This is Keras's ``use_ema`` with ``ema_overwrite_frequency``. Training goes on from the average,
    as `Lookahead` goes on from its slow weights; without overwriting, `WeightEMA` is enough.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    steps : int, default 100
        Number of steps between two replacements, at least 1.
    beta : float or array_like, default 0.99
        Decay rate of the average, at least 0 and less than 1.

    Notes
    -----
    .. math::

        \bar{\theta}_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        x_t            &= \bar{\theta}_t \text{ if } t = 1, \text{ otherwise }
                          \beta x_{t-1} + (1 - \beta) \bar{\theta}_t \\
        \theta_t       &= x_t \text{ every } k \text{ steps, otherwise } \bar{\theta}_t

    with :math:`x_0 = \theta_0`.

    References
    ----------
    .. [1] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
       averaging", SIAM Journal on Control and Optimization 30 (1992), pp. 838-855 (the average; the
       replacement is Keras's).

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import EMAOverwrite, GradientDescent
    >>> optimizer = EMAOverwrite(GradientDescent(lr=1.0), steps=2, beta=0.5)
    >>> theta = np.zeros(1)
    >>> state = optimizer.init(theta)
    >>> for _ in range(4):
    ...     theta, state = optimizer.update(theta, np.ones(1), state)
    ...     print(theta)
    [-1.]
    [-1.5]
    [-2.5]
    [-2.75]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(
            r"\bar{\theta}_t", "after", "step", "parameters after the step of the wrapped optimizer"
        ),
        Symbol(r"x_t", "overwriting", "state", "average of the parameters", start=r"\theta_0"),
        Symbol(r"\beta", "beta", "hyperparameter", "decay rate of the average", "[0, 1)"),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("WeightEMA",)
    paper: ClassVar[str] = "polyak1992"
    _moves_theta: ClassVar[bool] = True

    steps: Hyperparameter = 100
    beta: Hyperparameter = 0.99

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self._with(self.optimizer.init(theta), overwriting=copy(theta))

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, steps, beta = self._operands(theta, g, state)
        overwriting, inside = self._parted(state, "overwriting")
        after, inside = self.optimizer.update(theta, g, inside, **extra)
        overwriting = after if t == 1 else beta * overwriting + (1 - beta) * after
        theta = overwriting if t % steps == 0 else after
        return theta, {**inside, "overwriting": overwriting}

    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002
        """Return the average (see `Optimizer.point`)."""
        return state["overwriting"]


@dataclass(frozen=True)
class SWA(Wrapper):
    r"""Averages the parameters of a constant or cyclic learning rate with equal weights.

    Stochastic weight averaging: from some step on, the parameters at the end of every cycle enter
    the average, which lies nearer to the middle of a flat valley than any of them. `point` returns
    it. Use it for the last quarter of a run, with a learning rate that stays large.

    Batch normalization needs new statistics for the average: PyTorch's ``update_bn``.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    steps : int, default 1
        Number of steps between two parameters of the average, at least 1: the length of a cycle, or
        of an epoch.
    begin : int, default 1
        The step with the first parameters of the average, at least 1.

    Notes
    -----
    .. math::

        a_t      &= \max(t - s, 0) \\
        n_t      &= \frac{a_t}{k} + 1 \\
        \theta_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        x_t      &= \left(1 - \frac{1}{n_t}\right) x_{t-1} + \frac{1}{n_t} \theta_t
                    \text{ if } a_t \bmod k = 0, \text{ otherwise } x_{t-1}

    with :math:`x_0 = \theta_0`; up to step s, the average is the parameters. In the paper's
    Algorithm 1, :math:`\theta_s` are the parameters from which the averaging begins,
    :math:`\hat{w}`.

    References
    ----------
    .. [1] P. Izmailov, D. Podoprikhin, T. Garipov, D. Vetrov and A. G. Wilson, "Averaging weights
       leads to wider optima and better generalization", UAI 2018, Algorithm 1. arXiv:1803.05407.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import SWA, GradientDescent
    >>> optimizer = SWA(GradientDescent(lr=1.0), steps=2, begin=2)
    >>> theta = np.zeros(1)
    >>> state = optimizer.init(theta)
    >>> for _ in range(6):
    ...     theta, state = optimizer.update(theta, np.ones(1), state)
    ...     print(theta, optimizer.point(theta, state))
    [-1.] [-1.]
    [-2.] [-2.]
    [-3.] [-2.]
    [-4.] [-3.]
    [-5.] [-3.]
    [-6.] [-4.]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"a_t", "age", "step", "number of steps since the average began", shape="number"),
        Symbol(r"n_t", "number", "step", "number of parameters in the average", shape="number"),
        Symbol(r"x_t", "swa", "state", "average of the parameters", start=r"\theta_0"),
        Symbol(
            r"s",
            "begin",
            "hyperparameter",
            "step with the first parameters of the average",
            "positive integer",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "izmailov2018"

    steps: Hyperparameter = 1
    begin: Hyperparameter = 1

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        return self._with(self.optimizer.init(theta), swa=copy(theta))

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, steps, begin = self._operands(theta, g, state)
        swa, inside = self._parted(state, "swa")
        age = max(t - begin, 0)
        number = age / steps + 1
        theta, inside = self.optimizer.update(theta, g, inside, **extra)
        if age % steps == 0:
            swa = (1 - 1 / number) * swa + 1 / number * theta
        return theta, {**inside, "swa": swa}

    def point(self, theta: Params, state: State) -> Params:  # noqa: ARG002
        """Return the average (see `Optimizer.point`)."""
        return state["swa"]


@dataclass(frozen=True)
class LAWA(Wrapper):
    r"""Averages the latest parameters with equal weights, and forgets older ones.

    Latest weight averaging: the parameters of every few steps, or of every epoch, are kept, and
    `point` returns the mean of the latest of them. It needs no start of the averaging, as `SWA`
    does, so use it to judge a model in the middle of a run: the average is often as good as the
    parameters some epochs later. In the first epochs, while they still move far, the paper finds
    the parameters themselves better. The price is memory for each of the copies.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    steps : int, default 1
        Number of steps between two parameters of the average, at least 1: in the paper an epoch.
    memory : int, default 5
        Number of parameters in the average, at least 1. The paper uses 6, and finds that more than
        16 are too many.

    See Also
    --------
    SWA : Averages all parameters from some step on.
    WeightEMA : Forgets older parameters gradually, and keeps a single copy.

    Notes
    -----
    .. math::

        n_t      &= \min\left(\frac{t}{k}, m\right) \\
        \theta_t &= \mathrm{step}(\theta_{t-1}, g_t) \\
        W_t      &= \mathrm{push}(W_{t-1}, \theta_t) \text{ if } t \bmod k = 0,
                    \text{ otherwise } W_{t-1} \\
        x_t      &= \mathrm{A}(n_t) \text{ if } t \bmod k = 0, \text{ otherwise } x_{t-1}

    with :math:`x_0 = \theta_0` and :math:`W_0 = 0`. Before the first average, `point` returns the
    parameters themselves; the paper waits until the memory is full. The memory :math:`W_t` has the
    latest :math:`m` parameters, the last of them as :math:`W_1`: the function push puts it there,
    moves the others on by one and drops the oldest. Entries that are still empty are 0. A is the
    sum of the entries over their number:

    .. math::

        \mathrm{A}(q) &= r_m \\
        r_0 &= 0 \\
        r_i &= r_{i-1} + \frac{W_i}{q}

    References
    ----------
    .. [1] J. Kaddour, "Stop wasting my time! Saving days of ImageNet and BERT training with latest
       weight averaging", HITY workshop, NeurIPS 2022, section 2. arXiv:2209.14981.
    .. [2] S. Sanyal, A. Neerkaje, J. Kaddour, A. Kumar and S. Sanghavi, "Early weight averaging
       meets high learning rates for LLM pre-training", 2023. arXiv:2306.03241.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import LAWA, GradientDescent
    >>> optimizer = LAWA(GradientDescent(lr=1.0), memory=3)
    >>> theta = np.zeros(1)
    >>> state = optimizer.init(theta)
    >>> for _ in range(5):
    ...     theta, state = optimizer.update(theta, np.ones(1), state)
    ...     print(theta, optimizer.point(theta, state))
    [-1.] [-1.]
    [-2.] [-1.5]
    [-3.] [-2.]
    [-4.] [-3.]
    [-5.] [-4.]
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"n_t", "number", "step", "number of parameters in the average", shape="number"),
        Symbol(r"W_t", "latest", "state", "latest parameters", shape="memory"),
        Symbol(r"x_t", "lawa", "state", "average of the latest parameters", start=r"\theta_0"),
        Symbol(
            r"m",
            "memory",
            "hyperparameter",
            "number of parameters in the average",
            "positive integer",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("SWA",)
    paper: ClassVar[str] = "kaddour2022"
    functions: ClassVar[tuple[str, ...]] = ("push",)

    steps: Hyperparameter = 1
    memory: Hyperparameter = 5

    def init(self, theta: Params) -> State:
        """Return the state before the first step (see `Optimizer.init`)."""
        latest = empty(arrays.floats("theta", theta), self.memory)
        return self._with(self.optimizer.init(theta), latest=latest, lawa=copy(theta))

    def update(self, theta: Params, g: Params, state: State, **extra: Any) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`)."""
        theta, g, t, steps, memory = self._operands(theta, g, state)
        latest, lawa, inside = self._parted(state, "latest", "lawa")
        number = min(t / steps, memory)
        theta, inside = self.optimizer.update(theta, g, inside, **extra)
        if t % steps == 0:
            latest = push(latest, theta)
            lawa = arrays.each(lambda kept: (kept / number).sum(axis=0), latest)
        return theta, {**inside, "latest": latest, "lawa": lawa}

    def point(self, theta: Params, state: State) -> Params:
        """Return the average (see `Optimizer.point`)."""
        return theta if state["t"] < self.steps else state["lawa"]
