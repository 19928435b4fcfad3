"""Noise on the gradient."""

from dataclasses import dataclass
from typing import Any, ClassVar

from adamdoc.notation import Symbol
from adamdoc.optimizers import arrays
from adamdoc.optimizers.base import Hyperparameter, Params, State, check_shapes
from adamdoc.optimizers.wrappers.wrapper import Wrapper, needs


@dataclass(frozen=True)
class GradientNoise(Wrapper):
    r"""Adds normal noise to the gradient, with a variance that falls with the step.

    The noise helps to leave poor starting points and saddle points, and fades as training settles.
    It is an input: `update` takes standard normal numbers, which `minimize` and `train` draw.

    Parameters
    ----------
    optimizer : Optimizer
        The optimizer to wrap.
    variance : float or array_like, default 0.01
        Variance of the noise at the first step, at least 0. The paper tries 0.01, 0.3 and 1.
    power : float, default 0.55
        Power of the step by which the variance is divided, at least 0.

    Notes
    -----
    .. math::

        \sigma_t  &= \sqrt{\frac{\nu}{t^p}} \\
        \bar{g}_t &= g_t + \sigma_t z_t \\
        \theta_t  &= \mathrm{step}(\theta_{t-1}, \bar{g}_t)

    where :math:`z_t` is standard normal noise. The paper counts the steps from 0 and divides by
    :math:`(1 + t)^p`.

    References
    ----------
    .. [1] A. Neelakantan and others, "Adding gradient noise improves learning for very deep
       networks", 2015, section 3. arXiv:1511.06807.

    Examples
    --------
    >>> import numpy as np
    >>> from adamdoc import GradientDescent, GradientNoise
    >>> optimizer = GradientNoise(GradientDescent(lr=1.0), variance=0.25)
    >>> theta = np.zeros(2)
    >>> noise = np.array([1.0, -1.0])
    >>> optimizer.update(theta, np.ones(2), optimizer.init(theta), noise=noise)[0]
    array([-1.5, -0.5])
    """

    symbols: ClassVar[tuple[Symbol, ...]] = (
        Symbol(r"\sigma_t", "deviation", "step", "standard deviation of the noise"),
        Symbol(r"\bar{g}_t", "noisy", "step", "gradient with noise"),
        Symbol(r"z_t", "noise", "input", "standard normal noise"),
        Symbol(
            r"\nu", "variance", "hyperparameter", "variance of the noise at step 1", "nonnegative"
        ),
        Symbol(
            r"p",
            "power",
            "hyperparameter",
            "power of t by which the variance is divided",
            "nonnegative",
        ),
    )
    builds_on: ClassVar[tuple[str, ...]] = ("GradientDescent",)
    paper: ClassVar[str] = "neelakantan2015"
    takes_noise: ClassVar[bool] = True

    variance: Hyperparameter = 0.01
    power: Hyperparameter = 0.55

    def update(
        self,
        theta: Params,
        g: Params,
        state: State,
        noise: Params | None = None,
        **extra: Any,
    ) -> tuple[Any, State]:
        """Return the parameters and the state after one step (see `Optimizer.update`).

        Parameters
        ----------
        theta : array_like or mapping of str to array_like
            The parameters.
        g : array_like or mapping of str to array_like
            The gradient at `theta`.
        state : dict
            The state returned by `init` or by the previous `update`.
        noise : array_like or mapping of str to array_like
            Standard normal noise of the shape of `theta`.
        **extra
            Further arguments for the wrapped optimizer.

        Returns
        -------
        theta : ndarray or dict of ndarray
            The new parameters.
        state : dict
            The new state.

        Raises
        ------
        TypeError
            If ``noise`` is missing.
        ValueError
            If ``noise`` does not have the shape of `theta`.
        """
        if noise is None:
            raise TypeError(
                "noise must be an array of standard normal numbers of the shape of theta, got "
                "None: pass update(theta, g, state, noise=...)"
            )
        theta, g, t, variance, power = self._operands(theta, g, state)
        noise = arrays.floats("noise", noise)
        check_shapes("noise", noise, theta)
        noise = arrays.each(
            lambda noise, theta: noise.astype(theta.dtype, copy=False), noise, theta
        )
        deviation = (variance / t**power) ** 0.5
        noisy = g + deviation * noise
        if "noise" in needs(self.optimizer, self.inner_step(t)):
            extra["noise"] = noise
        theta, state = self.optimizer.update(theta, noisy, state, **extra)
        return theta, state
