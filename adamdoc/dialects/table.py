"""The table of dialects: the adamdoc optimizer that matches each optimizer of other libraries.

The page, the translations and the parity tests are generated from these rows. The `settings` of a
row are an expression in the arguments of the library: see `adamdoc.dialects.settings`. An argument
may be a function of the library's count of steps, which starts at 0 in every library here.
"""

from dataclasses import dataclass, field
from typing import Any

#: The top-level package of each library by its title.
LIBRARIES = {
    "PyTorch": "torch",
    "Optax": "optax",
    "Keras": "keras",
    "pytorch_optimizer": "pytorch_optimizer",
}


@dataclass(frozen=True)
class Row:
    """One optimizer of another library, the peer.

    Attributes
    ----------
    peer : str
        Its qualified name.
    arguments : str
        Its signature without ``self`` and ``params``: all arguments in their order, with ``*``
        before those that are passed by name only, and ``...`` for a default that is not a literal.
    settings : str
        An expression for the adamdoc optimizer that takes the same steps; empty if there is none.
        In the row of a wrapper, ``inner`` is the optimizer that it wraps.
    differs : str
        How it differs from its paper and from the other libraries.
    unmatched : dict of str to str
        Arguments that can be reproduced only at their defaults, and why.
    deviates : str
        If ``settings`` reproduce the peer only approximately, the reason.
    unsupported_when : str
        A condition on the arguments under which no settings reproduce the peer. ``differs`` gives
        the reason, unless the next field does.
    unsupported_because : str
        The reason for that.
    rejected_when : str
        A condition on the arguments under which the peer raises an error.
    fault : str
        A suspected bug of the peer or of its documentation.
    thread : str
        The URL of a discussion of that bug, or of the difference.
    constant : dict of str to str
        Arguments that cannot be reproduced as schedules, and why.
    rounds : str
        What the peer's code converts to a shorter type. The parity session holds that code without
        the conversion against the settings, and also measures what the conversion does.
    """

    peer: str
    arguments: str
    settings: str
    differs: str = ""
    unmatched: dict[str, str] = field(default_factory=dict)
    deviates: str = ""
    unsupported_when: str = ""
    unsupported_because: str = ""
    rejected_when: str = ""
    fault: str = ""
    thread: str = ""
    constant: dict[str, str] = field(default_factory=dict)
    rounds: str = ""

    @property
    def wraps(self) -> bool:
        """Whether the peer acts around another optimizer."""
        return "(inner" in self.settings

    @property
    def library(self) -> str:
        """The top-level package of the peer; for those of transformers PyTorch, which runs them."""
        package = self.peer.split(".")[0]
        return "torch" if package == "transformers" else package


def _torch(core: str, *, decoupled: str = "") -> str:
    """Return settings that wrap a core in PyTorch's weight decay and ``maximize``."""
    if decoupled == "always":
        return f"Maximize(DecoupledDecay({core}, weight_decay), maximize)"
    if decoupled == "option":
        coupled = f"CoupledDecay({core}, 0 if decoupled_weight_decay else weight_decay)"
        decay = "weight_decay if decoupled_weight_decay else 0"
        return f"Maximize(DecoupledDecay({coupled}, {decay}), maximize)"
    return f"Maximize(CoupledDecay({core}, weight_decay), maximize)"


def _keras(core: str, *, decay: bool = True, overwrite: bool = True) -> str:
    """Return settings that wrap a core in what the optimizers of Keras share.

    It is weight decay, clipping, accumulation of gradients and an average of the parameters.
    """
    inner = f"DecoupledDecay({core}, weight_decay)" if decay else core
    clipped = (
        f"ClipByNorm(ClipEachByNorm(ClipByValue({inner}, clipvalue), clipnorm), global_clipnorm)"
    )
    accumulated = f"GradientAccumulation({clipped}, gradient_accumulation_steps)"
    overwritten = (
        f"EMAOverwrite({accumulated}, ema_overwrite_frequency if use_ema else 0, beta=ema_momentum)"
    )
    momentum = "(ema_momentum if use_ema else 0)"
    if not overwrite:
        return f"WeightEMA({accumulated}, {momentum}, begin=1)"
    return f"WeightEMA({overwritten}, 0 if ema_overwrite_frequency else {momentum}, begin=1)"


def _kozistr(core: str, *, fixed: bool = True) -> str:
    """Return settings that wrap a core in pytorch_optimizer's weight decay and ``maximize``."""
    coupled = f"CoupledDecay({core}, 0 if weight_decouple else weight_decay)"
    rate = "(weight_decay / lr if fixed_decay else weight_decay)" if fixed else "weight_decay"
    return f"Maximize(DecoupledDecay({coupled}, {rate} if weight_decouple else 0), maximize)"


CLIPPING = (
    "clipnorm=None, clipvalue=None, global_clipnorm=None, use_ema=False, ema_momentum=0.99, "
    "ema_overwrite_frequency=None, loss_scale_factor=None, gradient_accumulation_steps=None, "
    "name=None"
)
KERAS = f"weight_decay=None, {CLIPPING}"
_EPS_HAT = (
    "eps is added to the root of the uncorrected second moment, as at the end of section 2 of "
    "the Adam paper."
)
_MAX_RAW = "amsgrad takes the largest second moment before its correction."
_BUFFER = (
    "The learning rate is multiplied in before the buffer of momentum, not after it. It matters "
    "under a schedule: steps of the past keep the rate that they had."
)
_REJECTED = (
    "clipnorm and clipvalue or clipnorm and global_clipnorm or clipvalue and global_clipnorm or "
    "not ((gradient_accumulation_steps or 2) - 1)"
)
_EACH_GRADIENT: dict[str, Any] = {
    "unsupported_when": "gradient_accumulation_steps and (use_ema or learning_rate.varies)",
    "unsupported_because": "Keras counts each of the accumulated gradients as a step of the "
    "schedule and of the average.",
}
_LARGEST_RATE = {
    "learning_rate": "the library weighs the iterates by the largest rate so far, adamdoc by that "
    "of the step",
    "momentum": "the library computes the average back with the new value",
}
_START = {
    "b1": "the first moment starts at 1e-6, and adamdoc takes what is left of that from a constant "
    "rate"
}
_NO_SCHEDULE = "the library takes no schedule for it"
_BOTH_CLIPS = "The norm is that of the gradient before its values are clipped."
_ONE_AXIS = "it has an effect only without optimize_1d"
ROWS = (
    # PyTorch
    Row(
        "torch.optim.SGD",
        "lr=0.001, momentum=0, dampening=0, weight_decay=0, nesterov=False, *, "
        "maximize=False, foreach=None, differentiable=False, fused=None",
        _torch(
            "SGD(lr=lr, momentum=momentum, dampening=dampening if momentum else 0, "
            "nesterov=nesterov)"
        ),
        "The buffer starts as the first gradient, not damped. The learning rate multiplies "
        "the buffer, not the gradient in it.",
        rejected_when="nesterov and (not momentum or dampening)",
    ),
    Row(
        "torch.optim.RMSprop",
        "lr=0.01, alpha=0.99, eps=1e-08, weight_decay=0, momentum=0, centered=False, "
        "capturable=False, foreach=None, maximize=False, differentiable=False",
        _torch("RMSpropDialect(lr=lr, beta=alpha, eps=eps, centered=centered, momentum=momentum)"),
        "alpha is 0.99, elsewhere 0.9; eps is added outside the root, elsewhere under it.",
        thread="https://github.com/pytorch/pytorch/issues/41477",
    ),
    Row(
        "torch.optim.Adagrad",
        "lr=0.01, lr_decay=0, weight_decay=0, initial_accumulator_value=0, eps=1e-10, "
        "foreach=None, *, maximize=False, differentiable=False, fused=None",
        _torch(
            "AdaGradDialect(lr=lr, eps=eps, initial=initial_accumulator_value, lr_decay=lr_decay)"
        ),
        "The accumulator starts at 0, elsewhere at 0.1; eps is added outside the root.",
    ),
    Row(
        "torch.optim.Adadelta",
        "lr=1.0, rho=0.9, eps=1e-06, weight_decay=0, foreach=None, *, capturable=False, "
        "maximize=False, differentiable=False",
        _torch("AdaDelta(lr=lr, rho=rho, eps=eps)"),
        "The paper has no learning rate and rho = 0.95.",
    ),
    Row(
        "torch.optim.Adam",
        "lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, amsgrad=False, *, "
        "foreach=None, maximize=False, capturable=False, differentiable=False, fused=None, "
        "decoupled_weight_decay=False",
        _torch(
            "AdamDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, amsgrad=amsgrad)",
            decoupled="option",
        ),
        f"As the paper. {_MAX_RAW} weight_decay is coupled: it passes through both moments.",
        fault="The documented formula of amsgrad was not that of the code.",
        thread="https://github.com/pytorch/pytorch/issues/142041",
    ),
    Row(
        "torch.optim.AdamW",
        "lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0.01, amsgrad=False, *, "
        "maximize=False, foreach=None, capturable=False, differentiable=False, fused=None",
        _torch(
            "AdamDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, amsgrad=amsgrad)",
            decoupled="always",
        ),
        "The decay is multiplied by the learning rate; the paper's by a schedule alone.",
    ),
    Row(
        "torch.optim.Adamax",
        "lr=0.002, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, foreach=None, *, "
        "maximize=False, differentiable=False, capturable=False",
        _torch("AdaMaxDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps)"),
        "eps is added to the gradient's size within the maximum; Keras adds it outside.",
    ),
    Row(
        "torch.optim.NAdam",
        "lr=0.002, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, momentum_decay=0.004, "
        "decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False, "
        "differentiable=False",
        _torch(
            "NAdam(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, momentum_decay=momentum_decay)",
            decoupled="option",
        ),
        "The first moment has the constant beta1; the paper averages with the rising mu. The "
        "product of the mu is kept in the default type: set that to float64 for the last digits.",
    ),
    Row(
        "torch.optim.RAdam",
        "lr=0.001, betas=(0.9, 0.999), eps=1e-08, weight_decay=0, "
        "decoupled_weight_decay=False, *, foreach=None, maximize=False, capturable=False, "
        "differentiable=False",
        _torch(
            "RAdamDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=0.0, eps_hat=eps)",
            decoupled="option",
        ),
        f"The threshold is 5, the paper's 4. {_EPS_HAT}",
    ),
    Row(
        "torch.optim.Adafactor",
        "lr=0.01, beta2_decay=-0.8, eps=(None, 0.001), d=1.0, weight_decay=0.0, *, "
        "foreach=None, maximize=False",
        "Maximize(AdafactorDialect(lr=lr, power=-beta2_decay, eps=0.0, "
        "floor=eps[0] or 2.220446049250313e-16, least=eps[1], clip=d, weight_decay=weight_decay), "
        "maximize)",
        "The first eps bounds the second moment from below; the paper adds it to the squares. At "
        "None it is the precision of the type, here float64.",
        fault="The documented default of eps was not that of the code.",
        thread="https://github.com/pytorch/pytorch/pull/194717",
    ),
    Row(
        "torch.optim.Rprop",
        "lr=0.01, etas=(0.5, 1.2), step_sizes=(1e-06, 50), *, capturable=False, foreach=None, "
        "maximize=False, differentiable=False",
        "Maximize(Rprop(lr=lr, eta_minus=etas[0], eta_plus=etas[1], step_min=step_sizes[0], "
        "step_max=step_sizes[1]), maximize)",
        "As iRprop- of the later paper, without taking steps back. lr is the step size at the "
        "start, the paper's 0.1; a scheduler that changes it later has no effect.",
        rejected_when="not etas[0] or not (etas[1] - 1)",
        fault="The documented algorithm lacked that the gradient is set to 0 where its sign has "
        "changed.",
        thread="https://github.com/pytorch/pytorch/issues/70418",
    ),
    Row(
        "torch.optim.ASGD",
        "lr=0.01, lambd=0.0001, alpha=0.75, t0=1000000.0, weight_decay=0, foreach=None, "
        "maximize=False, differentiable=False, capturable=False",
        _torch("ASGD(lr=lr, weight_decay=lambd, power=alpha, t0=t0)"),
        "The average is in the state, as ax; the parameters are the last iterate. With the default "
        "t0 the average begins after a million steps. The rate is kept in the default type: set "
        "that to float64 for the last digits.",
        constant=dict.fromkeys(
            ("lr", "lambd", "alpha", "t0"), "the library computes the rate a step ahead"
        ),
    ),
    Row(
        "torch.optim.SparseAdam",
        "lr=0.001, betas=(0.9, 0.999), eps=1e-08, maximize=False",
        "Maximize(SparseAdam(lr=lr, beta1=betas[0], beta2=betas[1], eps_hat=eps), maximize)",
        f"Rows without a gradient rest, while the bias correction counts on. {_EPS_HAT}",
    ),
    Row(
        "torch.optim.LBFGS",
        "lr=1, max_iter=20, max_eval=None, tolerance_grad=1e-07, tolerance_change=1e-09, "
        "history_size=100, line_search_fn=None",
        "LBFGSDialect(lr=lr, memory=history_size, least_gradient=tolerance_grad, "
        "least_decrease=tolerance_change)",
        "A step of PyTorch takes up to max_iter updates, and ends early by its tolerances. A pair "
        "with an inner product of 1e-10 or less is left out, whatever the scale of the loss. "
        "After a step that tolerance_change forbids, the next pair is formed as if it had been "
        "taken.",
        unmatched={
            "line_search_fn": "for 'strong_wolfe' put `StrongWolfe` around the optimizer, which "
            "takes the same steps"
        },
    ),
    Row(
        "torch.optim.Muon",
        "lr=0.001, weight_decay=0.1, momentum=0.95, nesterov=True, ns_coefficients=(3.4445, "
        "-4.775, 2.0315), eps=1e-07, ns_steps=5, adjust_lr_fn=None",
        "MuonDialect(lr=lr, beta=momentum, nesterov=nesterov, weight_decay=weight_decay, "
        "steps=ns_steps, eps=0.0, floor=eps, correction=0.0, side=-1.0)",
        "The momentum is an average: (1 - momentum) times the gradient enters.",
        rounds="the iteration runs in bfloat16",
        unmatched={
            "ns_coefficients": "adamdoc has the author's",
            "adjust_lr_fn": "'match_rms_adamw' is rms=0.2, which the table cannot choose",
        },
        fault="The docstring's equation lacked a factor that the code has.",
        thread="https://github.com/pytorch/pytorch/pull/194717",
    ),
    # Optax
    Row(
        "optax.sgd",
        "learning_rate, momentum=None, nesterov=False, accumulator_dtype=None",
        "SGD(lr=learning_rate, momentum=momentum or 0, nesterov=nesterov)",
        "As PyTorch without dampening.",
    ),
    Row(
        "optax.rmsprop",
        "learning_rate, decay=0.9, eps=1e-08, initial_scale=0.0, eps_in_sqrt=True, "
        "centered=False, momentum=None, nesterov=False, bias_correction=False",
        "RMSpropDialect(lr=learning_rate, beta=decay, eps=0 if eps_in_sqrt else eps, "
        "eps_root=eps if eps_in_sqrt else 0, centered=centered, momentum=momentum or 0, "
        "nesterov=nesterov, initial=initial_scale, correction=bias_correction, "
        "rate_first=(momentum or 0) and learning_rate.varies)",
        f"eps is added under the root unless eps_in_sqrt is False. {_BUFFER} A centred second "
        "moment that is corrected is 0 at the first step, up to rounding that eps does not cover.",
        unsupported_when="centered and bias_correction",
        thread="https://github.com/google-deepmind/optax/issues/532",
    ),
    Row(
        "optax.adagrad",
        "learning_rate, initial_accumulator_value=0.1, eps=1e-07",
        "AdaGradDialect(lr=learning_rate, eps=0.0, eps_root=eps, "
        "initial=initial_accumulator_value)",
        "The accumulator starts at 0.1; eps is added under the root.",
    ),
    Row(
        "optax.adadelta",
        "learning_rate=None, rho=0.9, eps=1e-06, weight_decay=0.0, weight_decay_mask=None",
        "CoupledDecay(AdaDelta(lr=learning_rate, rho=rho, eps=eps), weight_decay)",
        "As PyTorch. Without a learning rate it ascends.",
        unsupported_when="not learning_rate",
        fault="Without a learning rate, which the signature allows, it ascends: the sign is "
        "flipped only where the rate is multiplied in.",
    ),
    Row(
        "optax.adam",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, mu_dtype=None, *, "
        "nesterov=False",
        "AdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "nesterov=nesterov)",
        "A second small number under the root.",
        thread="https://github.com/google-deepmind/optax/issues/571",
    ),
    Row(
        "optax.nadam",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, mu_dtype=None, *, nesterov=True",
        "AdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "nesterov=nesterov)",
        "The momentum's decay rate is constant; in the paper, PyTorch and Keras it rises.",
    ),
    Row(
        "optax.adamw",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, mu_dtype=None, "
        "weight_decay=0.0001, mask=None, *, nesterov=False",
        "DecoupledDecay(AdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, "
        "eps_root=eps_root, nesterov=nesterov), weight_decay)",
        "The default decay is 1e-4, in PyTorch 1e-2, in Keras 4e-3.",
    ),
    Row(
        "optax.nadamw",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, mu_dtype=None, "
        "weight_decay=0.0001, mask=None, *, nesterov=True",
        "DecoupledDecay(AdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, "
        "eps_root=eps_root, nesterov=nesterov), weight_decay)",
        "As optax.nadam, with decay.",
    ),
    Row(
        "optax.amsgrad",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, mu_dtype=None, "
        "bias_correction_mu=True, bias_correction_nu=True",
        "AMSGradDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "correction=bias_correction_mu, correction2=bias_correction_nu)",
        "The largest second moment is taken after its correction.",
    ),
    Row(
        "optax.adamax",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-08",
        "AdaMaxDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps)",
        "As PyTorch.",
    ),
    Row(
        "optax.adamaxw",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-08, weight_decay=0.0001, mask=None",
        "DecoupledDecay(AdaMaxDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps), "
        "weight_decay)",
        "AdaMax with decoupled decay.",
    ),
    Row(
        "optax.adabelief",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16, *, nesterov=False",
        "AdaBelief(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root)",
        "As the paper's code. With b1 = 0 the first moment is the gradient, and what is squared is "
        "rounding alone.",
        {"nesterov": "the Nesterov step is not in the paper"},
        unsupported_when="not b1",
    ),
    Row(
        "optax.adan",
        "learning_rate, b1=0.98, b2=0.92, b3=0.99, eps=1e-08, eps_root=1e-08, "
        "weight_decay=0.0, mask=None",
        "DecoupledDecay(AdanDialect(lr=learning_rate, beta1=b1, beta2=b2, beta3=b3, eps=eps, "
        "eps_root=eps_root, alpha=1 - b2), weight_decay)",
        "The decay multiplies, the paper's divides.",
        fault="A difference of gradients is weighted by 1 - b2 = 0.08. The paper's beta2 is 1 "
        "minus the decay rate, so its weight 1 - beta2 is 0.92: the average follows one convention "
        "here, the weight the other.",
        thread="https://github.com/google-deepmind/optax/pull/1715",
    ),
    Row(
        "optax.adafactor",
        "learning_rate=None, min_dim_size_to_factor=128, decay_rate=0.8, decay_offset=0, "
        "multiply_by_parameter_scale=True, clipping_threshold=1.0, momentum=None, "
        "dtype_momentum=..., weight_decay_rate=None, eps=1e-30, factored=True, "
        "weight_decay_mask=None",
        "AdafactorDialect(lr=learning_rate or 1, power=decay_rate, eps=eps, relative=0.0, "
        "clip=clipping_threshold or 1e100, scaled=multiply_by_parameter_scale, "
        "factored=min_dim_size_to_factor if factored else 1e9, "
        "weight_decay=(weight_decay_rate or 0) / (learning_rate or 1))",
        "Matrices with an axis shorter than 128 are not factored; the decay is not multiplied by "
        "the learning rate, which is 1 if it is None; the step does not fall with t.",
        {
            "momentum": "its average is kept in float32",
            "decay_offset": "the decay rate counts from the first step",
        },
        "the decay rate is computed in float32",
        constant=dict.fromkeys(
            ("decay_rate", "clipping_threshold", "weight_decay_rate", "eps"),
            "the library takes a number",
        ),
    ),
    Row(
        "optax.lamb",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-06, eps_root=0.0, weight_decay=0.0, mask=None",
        "LAMB(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, weight_decay=weight_decay, "
        "eps_root=eps_root)",
        "As the paper.",
    ),
    Row(
        "optax.lars",
        "learning_rate, weight_decay=0.0, weight_decay_mask=True, trust_coefficient=0.001, "
        "eps=0.0, trust_ratio_mask=True, momentum=0.9, nesterov=False",
        "LARSDialect(lr=learning_rate, momentum=momentum, weight_decay=weight_decay, "
        "trust_coefficient=trust_coefficient, eps=eps, nesterov=nesterov, joint=True)",
        "It divides by the norm of gradient plus decay; the paper by the sum of their norms. "
        "Vectors are rescaled too.",
    ),
    Row(
        "optax.fromage",
        "learning_rate, min_norm=1e-06",
        "Fromage(lr=learning_rate, least=min_norm)",
        "Both norms are at least min_norm; the paper has no bound.",
    ),
    Row(
        "optax.sm3",
        "learning_rate, momentum=0.9",
        "SM3(lr=learning_rate, beta=momentum, eps_root=1e-08)",
        "1e-8 is added under the root, which the paper does not have. An array without axes raises "
        "an error.",
        constant={"learning_rate": "the library takes no schedule for it"},
    ),
    Row(
        "optax.polyak_sgd",
        'max_learning_rate=1.0, scaling=1.0, f_min=0.0, eps=0.0, variant="sps"',
        "PolyakSGD(lr=scaling * max_learning_rate, factor=scaling, lower_bound=f_min, "
        "eps=eps / scaling, least=2.220446049250313e-16 / scaling)",
        "The scaling is the paper's factor c, and multiplies the bound of the rate. No step is "
        "taken where the squared norm of the gradient is below the precision of the type, here "
        "float64.",
        {"variant": "for sps+ use PolyakSGD(positive_part=1)"},
        fault="By the documented formula the scaling multiplies the step. The code multiplies the "
        "gradient before it takes the norm, so the step is divided by the scaling instead.",
    ),
    Row(
        "optax.novograd",
        "learning_rate, b1=0.9, b2=0.25, eps=1e-06, eps_root=0.0, weight_decay=0.0",
        "NovoGrad(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, weight_decay=weight_decay, "
        "eps_root=eps_root)",
        "As the paper, whose defaults are 0.95 and 0.98 for the decay rates.",
    ),
    Row(
        "optax.lion",
        "learning_rate, b1=0.9, b2=0.99, mu_dtype=None, weight_decay=0.001, mask=None",
        "Lion(lr=learning_rate, beta1=b1, beta2=b2, weight_decay=weight_decay)",
        "As the paper.",
    ),
    Row(
        "optax.radam",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, threshold=5.0, *, "
        "nesterov=False",
        "RAdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "threshold=threshold)",
        "The threshold is 5, the paper's 4.",
        {"nesterov": "the Nesterov step is not in the paper"},
    ),
    Row(
        "optax.rprop",
        "learning_rate, eta_minus=0.5, eta_plus=1.2, min_step_size=1e-06, max_step_size=50.0",
        "",
        "The first update is 0, and each later one is that of the step before.",
        fault="It returns the update of the step before in place of the one that it has just "
        "computed.",
        thread="https://github.com/google-deepmind/optax/pull/1725",
    ),
    Row("optax.sign_sgd", "learning_rate", "SignSGD(lr=learning_rate)", "As the paper."),
    Row(
        "optax.signum",
        "learning_rate, beta=0.9, accumulator_dtype=None",
        "Signum(lr=learning_rate, beta=beta)",
        "As the paper.",
    ),
    Row(
        "optax.yogi",
        "learning_rate, b1=0.9, b2=0.999, eps=0.001",
        "YogiDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps)",
        "Both moments start at 1e-6, and are corrected as if they had started at 0. The paper "
        "corrects nothing and starts the first at 0.",
        constant=_START,
    ),
    Row(
        "optax.optimistic_gradient_descent",
        "learning_rate, alpha=1.0, beta=1.0",
        "OptimisticGradientDescent(lr=learning_rate * alpha, optimism=beta / alpha)",
        "alpha multiplies the gradient as the learning rate does; beta is the weight of the change "
        "times alpha. The first step is one of gradient descent.",
        unsupported_when="not alpha",
    ),
    Row(
        "optax.optimistic_adam",
        "learning_rate, optimism=None, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, "
        "mu_dtype=None, *, nesterov=True",
        "OptimisticAdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "nesterov=nesterov)",
        "Deprecated for optimistic_adam_v2. The Nesterov step is not in the paper. The first step "
        "is Adam's.",
        {
            "optimism": "it is not multiplied by the learning rate, which is what None is; "
            "use optimistic_adam_v2 with beta = optimism / learning_rate"
        },
        constant={"learning_rate": "the library takes a number"},
    ),
    Row(
        "optax.optimistic_adam_v2",
        "learning_rate, *, alpha=1.0, beta=1.0, b1=0.9, b2=0.999, eps=1e-08, eps_root=0.0, "
        "mu_dtype=None, nesterov=True",
        "OptimisticAdamDialect(lr=learning_rate * alpha, beta1=b1, beta2=b2, eps=eps, "
        "eps_root=eps_root, nesterov=nesterov, optimism=beta / alpha)",
        "alpha multiplies the step as the learning rate does; beta is the weight of the change "
        "times alpha. The Nesterov step is not in the paper. The first step is Adam's.",
        unsupported_when="not alpha",
    ),
    Row(
        "optax.contrib.adopt",
        "learning_rate, b1=0.9, b2=0.9999, eps=1e-06, mu_dtype=None, *, nesterov=False, "
        "use_clipping=True, clip_value_fn=...",
        "ADOPT(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, clip=1 if use_clipping else 1e100)",
        "As the paper's later version.",
        {
            "nesterov": "the Nesterov step is not in the paper",
            "clip_value_fn": "a function; adamdoc has the fourth root",
        },
    ),
    Row(
        "optax.contrib.ademamix",
        "learning_rate, b1=0.9, b2=0.999, b3=0.9999, alpha=5.0, eps=1e-08, eps_root=0.0, "
        "mu_dtype=None, weight_decay=0.0, mask=None",
        "AdEMAMix(lr=learning_rate, beta1=b1, beta2=b2, beta3=b3, alpha=alpha, eps=eps, "
        "weight_decay=weight_decay, eps_root=eps_root)",
        "As the paper with constant alpha and beta3.",
    ),
    Row(
        "optax.contrib.acprop",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16, weight_decay=0.0, mask=None",
        "DecoupledDecay(ACPropDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, "
        "eps_root=eps_root), weight_decay)",
        "The first step is one of gradient descent, as in the authors' code.",
        fault="The second moment is centred about the first moment of the last step, in the paper "
        "and in the library's own equations about that of this step.",
        thread="https://github.com/google-deepmind/optax/pull/1716",
    ),
    Row(
        "optax.contrib.cocob",
        "learning_rate=1.0, alpha=100.0, eps=1e-08, weight_decay=0.0, mask=None",
        "CoupledDecay(COCOB(lr=learning_rate, alpha=alpha, eps=eps), weight_decay)",
        "As the paper. The learning rate scales the gradients, so a constant one has no effect.",
        constant={"eps": "it acts before the first step only"},
    ),
    Row(
        "optax.contrib.madgrad",
        "learning_rate, momentum=0.9, weight_decay=0.0, eps=1e-06",
        "CoupledDecay(MADGRAD(lr=learning_rate + eps, momentum=momentum, eps=eps), weight_decay)",
        "eps is also added to the learning rate, as in the authors' code.",
        deviates="the root of t is computed in float32",
    ),
    Row(
        "optax.contrib.simplified_ademamix",
        "learning_rate, b1=0.99, b2=0.95, alpha=0.0, eps=1e-08, eps_root=0.0, weight_decay=0.0, "
        "mask=None",
        "SimplifiedAdEMAMix(lr=learning_rate, beta1=b1, beta2=b2, alpha=alpha, eps=eps, "
        "weight_decay=weight_decay, eps_root=eps_root)",
        "As the paper.",
    ),
    Row(
        "optax.contrib.schedule_free_sgd",
        "learning_rate=1.0, warmup_steps=None, b1=0.9, weight_decay=None, "
        "weight_lr_power=2.0, state_dtype=None",
        "ScheduleFreeSGD(lr=learning_rate, beta=b1, weight_decay=weight_decay or 0, "
        "power=weight_lr_power)",
        "The parameters are where the gradient is taken.",
        {
            "warmup_steps": "the step counts its rise from 0, the weight from 1, so that the first "
            "step has the learning rate 0"
        },
        rejected_when="not b1",
        constant={"learning_rate": _LARGEST_RATE["learning_rate"], "b1": _LARGEST_RATE["momentum"]},
    ),
    Row(
        "optax.contrib.schedule_free_adamw",
        "learning_rate=0.0025, warmup_steps=None, b1=0.9, b2=0.999, eps=1e-08, "
        "weight_decay=0.0, weight_lr_power=2.0, state_dtype=None",
        "ScheduleFreeAdamW(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, "
        "weight_decay=weight_decay, power=weight_lr_power)",
        "The parameters are where the gradient is taken.",
        {
            "warmup_steps": "the step counts its rise from 0, the weight from 1, so that the first "
            "step has the learning rate 0"
        },
        rejected_when="not b1",
        constant={"learning_rate": _LARGEST_RATE["learning_rate"], "b1": _LARGEST_RATE["momentum"]},
    ),
    Row(
        "optax.contrib.prodigy",
        "learning_rate=1.0, betas=(0.9, 0.999), beta3=None, eps=1e-08, estim_lr0=1e-06, "
        "estim_lr_coef=1.0, weight_decay=0.0, safeguard_warmup=False",
        "Prodigy(lr=learning_rate, beta1=betas[0], beta2=betas[1], eps=eps, d0=estim_lr0, "
        "alpha=estim_lr_coef, weight_decay=weight_decay)",
        "The rate is corrected as Adam's is; the paper's is not. eps is multiplied by the new "
        "distance, in the paper by the last.",
        {
            "beta3": "it is the root of beta2, as in the paper",
            "safeguard_warmup": "the option is not in the paper",
        },
    ),
    Row(
        "optax.contrib.dog",
        'learning_rate=1.0, init_step=("heuristic", 1e-06), eps=1e-08, weight_decay=None, '
        "mask=None",
        "CoupledDecay(DoG(lr=learning_rate, eps_root=eps), weight_decay)",
        "As the paper.",
        {"init_step": "adamdoc starts as the heuristic does; its factor is DoG(reps_rel=)"},
    ),
    Row(
        "optax.contrib.dowg",
        "learning_rate=1.0, init_estim_sq_dist=None, eps=0.0001, weight_decay=None, mask=None",
        "CoupledDecay(DoWG(lr=learning_rate, initial=init_estim_sq_dist or eps, eps=eps), "
        "weight_decay)",
        "eps is added to the root of the sum, which the paper does not have, and it is the first "
        "squared distance too unless that is given.",
        constant={"eps": "it is the first squared distance too"},
    ),
    Row(
        "optax.contrib.dadapt_adamw",
        "learning_rate=1.0, betas=(0.9, 0.999), eps=1e-08, estim_lr0=1e-06, weight_decay=0.0",
        "DAdaptAdamW(lr=learning_rate, beta1=betas[0], beta2=betas[1], eps=eps, d0=estim_lr0, "
        "weight_decay=weight_decay, correction=True)",
        "The rate is corrected as Adam's is; in the authors' code that is an option.",
    ),
    Row(
        "optax.contrib.momo",
        "learning_rate=1.0, beta=0.9, lower_bound=0.0, weight_decay=0.0, adapt_lower_bound=False",
        "MoMo(lr=learning_rate, beta=beta, lower_bound=lower_bound, weight_decay=weight_decay, "
        "least=2.220446049250313e-16)",
        "As the paper, but without a step where the squared norm of the momentum is below the "
        "precision of the type, here float64.",
        {"adapt_lower_bound": "adamdoc does not estimate the bound"},
        constant={"lower_bound": "the library takes it before the first step only"},
    ),
    Row(
        "optax.contrib.momo_adam",
        "learning_rate=0.01, b1=0.9, b2=0.999, eps=1e-08, lower_bound=0.0, weight_decay=0.0, "
        "adapt_lower_bound=False",
        "MoMoAdam(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, lower_bound=lower_bound, "
        "weight_decay=weight_decay, least=2.220446049250313e-16)",
        "As the paper, but without a step where the squared norm of the momentum is below the "
        "precision of the type, here float64.",
        {"adapt_lower_bound": "adamdoc does not estimate the bound"},
        constant={"lower_bound": "the library takes it before the first step only"},
    ),
    Row(
        "optax.contrib.muon",
        "learning_rate, ns_coeffs=(3.4445, -4.775, 2.0315), ns_steps=5, beta=0.95, "
        "eps=1e-08, weight_decay=0.0, weight_decay_mask=None, mu_dtype=None, *, "
        'nesterov=True, adaptive=False, preconditioning="frobenius", adam_b1=0.9, '
        "adam_b2=0.999, adam_eps_root=0.0, adam_weight_decay=0.0, adam_learning_rate=None, "
        "muon_weight_dimension_numbers=None, consistent_rms=None",
        "MuonDialect(lr=learning_rate, beta=beta, nesterov=nesterov, weight_decay=weight_decay, "
        "steps=ns_steps, eps=eps, rms=consistent_rms or 0)",
        "An average of the gradients, corrected, in place of the buffer; the factor is the root of "
        "columns over rows, the author's of rows over columns: Flax's matrices are transposed. "
        "Arrays that are not matrices go to AdamW.",
        {
            "ns_coeffs": "adamdoc has the author's",
            "adaptive": "the option is not the author's",
            "preconditioning": "adamdoc has the author's",
            "adam_b1": "for arrays that are not matrices",
            "adam_b2": "for arrays that are not matrices",
            "adam_eps_root": "for arrays that are not matrices",
            "adam_weight_decay": "for arrays that are not matrices",
            "adam_learning_rate": "for arrays that are not matrices",
            "muon_weight_dimension_numbers": "for arrays that are not matrices",
        },
    ),
    Row(
        "optax.contrib.sophia",
        "learning_rate, b1=0.965, b2=0.99, eps=1e-08, weight_decay=0.0001, "
        "weight_decay_mask=None, gamma=0.01, clip_threshold=1.0, update_interval=10, "
        "hessian_diagonal_fn=..., mu_dtype=None, verbose=False, "
        "print_win_rate_every_n_steps=0",
        "",
        "The step divides by the curvature as it was before this step's estimate; the paper takes "
        "the estimate first. The first steps have the curvature 0.",
    ),
    # Keras
    Row(
        "keras.optimizers.SGD",
        f"learning_rate=0.01, momentum=0.0, nesterov=False, {KERAS}",
        _keras(
            "SGD(lr=learning_rate, momentum=momentum, nesterov=nesterov, "
            "rate_first=momentum and learning_rate.varies)"
        ),
        _BUFFER,
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.RMSprop",
        f"learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-07, centered=False, {KERAS}",
        _keras(
            "RMSpropDialect(lr=learning_rate, beta=rho, eps=0.0, eps_root=epsilon, "
            "centered=centered, momentum=momentum, "
            "rate_first=momentum and learning_rate.varies)"
        ),
        f"eps is added under the root. {_BUFFER}",
        thread="https://github.com/keras-team/tf-keras/issues/315",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Adagrad",
        f"learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-07, {KERAS}",
        _keras(
            "AdaGradDialect(lr=learning_rate, eps=0.0, eps_root=epsilon, "
            "initial=initial_accumulator_value)"
        ),
        "The accumulator starts at 0.1; eps is added under the root.",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Adadelta",
        f"learning_rate=0.001, rho=0.95, epsilon=1e-07, {KERAS}",
        _keras("AdaDelta(lr=learning_rate, rho=rho, eps=epsilon)"),
        "The default learning rate is a thousandth of PyTorch's; the paper has none.",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Adam",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, amsgrad=False, {KERAS}",
        _keras(
            "AdamDialect(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=0.0, eps_hat=epsilon, "
            "amsgrad=amsgrad)"
        ),
        f"{_EPS_HAT} {_MAX_RAW}",
        thread="https://github.com/tensorflow/tensorflow/issues/9047",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.AdamW",
        "learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-07, "
        f"amsgrad=False, {CLIPPING}",
        _keras(
            "AdamDialect(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=0.0, eps_hat=epsilon, "
            "amsgrad=amsgrad)"
        ),
        f"{_EPS_HAT} {_MAX_RAW}",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Adamax",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, {KERAS}",
        _keras("AdaMax(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=epsilon)"),
        "eps is added to the maximum; PyTorch and Optax add it within.",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Nadam",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, {KERAS}",
        _keras(
            "NAdam(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=epsilon, momentum_decay=1)"
        ),
        "mu rises with 0.96 to the power of t; in the paper and PyTorch of t / 250.",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Lion",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.99, {KERAS}",
        _keras(
            "Lion(lr=learning_rate, beta1=beta_1, beta2=beta_2, weight_decay=weight_decay or 0)",
            decay=False,
        ),
        "beta_1 = 0 is rejected.",
        rejected_when=f"not beta_1 or {_REJECTED}",
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Lamb",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07, {KERAS}",
        _keras("LAMB(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=epsilon, weight_decay=0.0)"),
        "The decay is added outside the norm; in the paper the ratio of norms scales it too.",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Adafactor",
        "learning_rate=0.001, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=0.001, "
        f"clip_threshold=1.0, relative_step=True, {KERAS}",
        _keras(
            "Adafactor(lr=learning_rate, power=-beta_2_decay, eps=epsilon_1, least=epsilon_2, "
            "clip=clip_threshold)"
        ),
        "As the paper, except for the learning rate.",
        deviates="keras.ops.mean rounds float64 to float32",
        fault="The rate falls with the root of t whether relative_step is set or not.",
        thread="https://github.com/keras-team/keras/issues/23223",
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Muon",
        "learning_rate=0.001, adam_beta_1=0.9, adam_beta_2=0.999, adam_weight_decay=0.004, "
        f"epsilon=1e-07, weight_decay=0.004, {CLIPPING}, exclude_layers=None, "
        "exclude_embeddings=True, muon_a=3.4445, muon_b=-4.775, muon_c=2.0315, "
        "adam_lr_ratio=1, momentum=0.95, ns_steps=5, nesterov=True, rms_rate=0.2",
        _keras(
            "Muon(lr=learning_rate, momentum=momentum, nesterov=nesterov, "
            "weight_decay=weight_decay, steps=ns_steps, eps=1e-7, rms=rms_rate)",
            decay=False,
        ),
        "The step is scaled by 0.2 times the root of the larger side; the author's by the root of "
        "rows over columns. Arrays that are not matrices go to AdamW.",
        deviates="the root of the larger side is computed in float32",
        unmatched={
            "muon_a": "adamdoc has the author's",
            "muon_b": "adamdoc has the author's",
            "muon_c": "adamdoc has the author's",
            "adam_beta_1": "for arrays that are not matrices",
            "adam_beta_2": "for arrays that are not matrices",
            "adam_weight_decay": "for arrays that are not matrices",
            "adam_lr_ratio": "for arrays that are not matrices",
            "epsilon": "for arrays that are not matrices",
            "exclude_layers": "for arrays that are not matrices",
            "exclude_embeddings": "for arrays that are not matrices",
        },
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.ScheduleFreeAdamW",
        f"learning_rate=0.0025, beta_1=0.9, beta_2=0.999, epsilon=1e-08, warmup_steps=0, {KERAS}",
        _keras(
            "ScheduleFreeAdamW(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=epsilon, "
            "warmup=warmup_steps or 1, power=0)",
            decay=False,
        ),
        "All iterates weigh the same, also those of the warm-up; the authors' code weighs by the "
        "square of the rate. The decay shrinks the point of the gradient, from which the average "
        "is then computed. This row holds on JAX.",
        fault="On Keras's PyTorch backend the old and the new iterate share memory, and the steps "
        "differ.",
        unmatched={"weight_decay": "the average is computed back from the decayed point"},
        rejected_when=f"not beta_1 or {_REJECTED}",
        constant={"beta_1": _LARGEST_RATE["momentum"]},
        **_EACH_GRADIENT,
    ),
    Row(
        "keras.optimizers.Ftrl",
        "learning_rate=0.001, learning_rate_power=-0.5, initial_accumulator_value=0.1, "
        "l1_regularization_strength=0.0, l2_regularization_strength=0.0, "
        f"l2_shrinkage_regularization_strength=0.0, beta=0.0, {KERAS}",
        _keras(
            "Ftrl(lr=learning_rate, l1=l1_regularization_strength, "
            "l2=2 * l2_regularization_strength, "
            "l2_shrinkage=2 * l2_shrinkage_regularization_strength, beta=beta, "
            "initial=initial_accumulator_value, power=-learning_rate_power)",
            decay=False,
            overwrite=False,
        ),
        "The accumulator starts at 0.1, the paper's at 0, and the first step pulls the initial "
        "parameters to 0. The L2 penalties are twice what their numbers say in the paper's terms.",
        unmatched={
            "weight_decay": "the parameters follow from the state, so that they do not decay",
            "ema_overwrite_frequency": "the parameters follow from the state",
        },
        rejected_when=_REJECTED,
        **_EACH_GRADIENT,
    ),
    # pytorch_optimizer
    Row(
        "pytorch_optimizer.SGDW",
        "lr=0.0001, momentum=0.0, weight_decay=0.0, weight_decouple=True, dampening=0.0, "
        "nesterov=False, foreach=None, maximize=False",
        _kozistr(
            "SGD(lr=lr, momentum=momentum, dampening=dampening if momentum else 0, "
            "nesterov=nesterov if momentum else 0)",
            fixed=False,
        ),
        "As PyTorch, with decoupled decay.",
        rejected_when="nesterov and not momentum",
    ),
    Row(
        "pytorch_optimizer.SignSGD",
        "lr=0.001, momentum=0.9, weight_decay=0.0, weight_decouple=True, foreach=None, "
        "maximize=False",
        _kozistr("Signum(lr=lr, beta=momentum)", fixed=False),
        "The default is Signum; with momentum = 0 it is signSGD.",
    ),
    Row(
        "pytorch_optimizer.AdaDelta",
        "lr=1.0, rho=0.9, weight_decay=0.0, weight_decouple=False, fixed_decay=False, "
        "eps=1e-06, maximize=False, foreach=None",
        _kozistr("AdaDelta(lr=lr, rho=rho, eps=eps)"),
        "As PyTorch.",
    ),
    Row(
        "pytorch_optimizer.AdaMax",
        "lr=0.001, betas=(0.9, 0.999), weight_decay=0.0, weight_decouple=False, "
        "fixed_decay=False, eps=1e-08, maximize=False, foreach=None",
        _kozistr("AdaMaxDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps)"),
        "As PyTorch, with half of its learning rate.",
    ),
    Row(
        "pytorch_optimizer.AdaBelief",
        "lr=0.001, betas=(0.9, 0.999), weight_decay=0.0, weight_decouple=True, "
        "fixed_decay=False, rectify=False, n_sma_threshold=5, degenerated_to_sgd=True, "
        "ams_bound=False, foreach=None, eps=1e-16, maximize=False",
        _kozistr("AdaBelief(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, eps_root=eps)"),
        "As the paper's code. With a first decay rate of 0 what is squared is rounding alone.",
        unsupported_when="not betas[0]",
        unmatched={
            "rectify": "a mixture of two methods",
            "n_sma_threshold": "an option of rectify",
            "degenerated_to_sgd": "an option of rectify",
            "ams_bound": "a mixture of two methods",
        },
    ),
    Row(
        "pytorch_optimizer.Yogi",
        "lr=0.01, betas=(0.9, 0.999), initial_accumulator=1e-06, weight_decay=0.0, "
        "weight_decouple=True, fixed_decay=False, eps=0.001, maximize=False, foreach=None",
        _kozistr(
            "YogiDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, "
            "initial=initial_accumulator)"
        ),
        "As Optax.",
        constant={"betas[0]": _START["b1"]},
    ),
    Row(
        "pytorch_optimizer.Lion",
        "lr=0.0001, betas=(0.9, 0.99), weight_decay=0.0, weight_decouple=True, "
        "fixed_decay=False, foreach=None, maximize=False",
        "Maximize(CoupledDecay(Lion(lr=lr, beta1=betas[0], beta2=betas[1], weight_decay="
        "(weight_decay / lr if fixed_decay else weight_decay) if weight_decouple else 0), "
        "0 if weight_decouple else weight_decay), maximize)",
        "As the paper.",
    ),
    Row(
        "pytorch_optimizer.Adan",
        "lr=0.001, betas=(0.98, 0.92, 0.99), weight_decay=0.0, weight_decouple=False, "
        "max_grad_norm=0.0, foreach=None, eps=1e-08, maximize=False",
        "DecoupledDecay(Adan(lr=lr, beta1=betas[0], beta2=betas[1], beta3=betas[2], eps=eps, "
        "weight_decay=0 if weight_decouple else weight_decay), "
        "weight_decay if weight_decouple else 0)",
        "As the paper's code.",
        fault="With maximize the first difference of gradients is not 0: the last gradient is kept "
        "before the sign is flipped, so the difference is twice the gradient.",
        unmatched={
            "maximize": "the first difference is wrong",
            "max_grad_norm": "the norm is computed in float32",
        },
    ),
    Row(
        "pytorch_optimizer.ADOPT",
        "lr=0.001, betas=(0.9, 0.9999), clip_lambda=..., weight_decay=0.0, "
        "weight_decouple=False, fixed_decay=False, foreach=None, eps=1e-06, maximize=False",
        _kozistr("ADOPTDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps)"),
        "The bound is the fourth root of t, in the authors' code of t - 1.",
        {"clip_lambda": "a function; adamdoc has the fourth root"},
    ),
    Row(
        "pytorch_optimizer.AdEMAMix",
        "lr=0.001, betas=(0.9, 0.999, 0.9999), weight_decay=0.0, weight_decouple=False, "
        "fixed_decay=False, alpha=5.0, t_alpha_beta3=None, eps=1e-08, maximize=False, "
        "foreach=None",
        _kozistr(
            "AdEMAMix(lr=lr, beta1=betas[0], beta2=betas[1], beta3=betas[2], alpha=alpha, eps=eps)"
        ),
        "As the paper with constant alpha and beta3; the default decay is coupled.",
        {"t_alpha_beta3": "adamdoc's alpha and beta3 are constant"},
    ),
    Row(
        "pytorch_optimizer.Lamb",
        "lr=0.001, betas=(0.9, 0.999), weight_decay=0.0, weight_decouple=True, "
        "fixed_decay=False, rectify=False, degenerated_to_sgd=False, n_sma_threshold=5, "
        "grad_averaging=True, max_grad_norm=1.0, adam=False, pre_norm=False, eps=1e-06, "
        "foreach=None, maximize=False",
        "Maximize(DecoupledDecay(LAMBDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, "
        "weight_decay=0 if weight_decouple else weight_decay), (weight_decay / lr if fixed_decay "
        "else weight_decay) if weight_decouple else 0), maximize)",
        "The second moment is not corrected, and the norm of the parameters is cut at 10.",
        {
            "rectify": "a mixture of two methods",
            "degenerated_to_sgd": "an option of rectify",
            "n_sma_threshold": "an option of rectify",
            "grad_averaging": "without it the first moment is a sum",
            "max_grad_norm": "it acts with pre_norm alone",
            "adam": "without the norm it is not LAMB",
            "pre_norm": "adamdoc has it as a wrapper with another eps",
        },
    ),
    Row(
        "pytorch_optimizer.LARS",
        "lr=0.001, weight_decay=0.0, momentum=0.9, dampening=0.0, trust_coefficient=0.001, "
        "nesterov=False, foreach=None, maximize=False",
        "Maximize(LARSDialect(lr=lr, momentum=momentum, weight_decay=weight_decay, "
        "trust_coefficient=trust_coefficient, dampening=dampening if momentum else 0, "
        "nesterov=nesterov if momentum else 0, rate_first=0, vectors=0), maximize)",
        "The learning rate multiplies the buffer, not the gradient in it. Arrays with fewer than "
        "two axes are neither rescaled nor decayed.",
    ),
    Row(
        "pytorch_optimizer.Fromage",
        "lr=0.01, p_bound=None, maximize=False, foreach=None",
        "Maximize(Fromage(lr=lr), maximize)",
        "As the paper.",
        {"p_bound": "adamdoc does not bound the norm of the parameters"},
    ),
    Row(
        "pytorch_optimizer.SM3",
        "lr=0.1, momentum=0.0, beta=0.0, eps=1e-30, maximize=False, foreach=None",
        "Maximize(SM3(lr=lr, beta=momentum, eps_root=eps), maximize)",
        "eps is added under the root, which the paper does not have.",
        {"beta": "with it the accumulators are averages"},
    ),
    Row(
        "pytorch_optimizer.DAdaptAdam",
        "lr=1.0, betas=(0.9, 0.999), d0=1e-06, growth_rate=..., weight_decay=0.0, "
        "weight_decouple=False, fixed_decay=False, bias_correction=False, eps=1e-08, "
        "maximize=False, foreach=None",
        "Maximize(CoupledDecay(DAdaptAdamW(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, d0=d0, "
        "weight_decay=weight_decay if weight_decouple else 0, correction=bias_correction), "
        "0 if weight_decouple else weight_decay), maximize)",
        "The sums from which the distance is estimated are kept in the default type: set that to "
        "float64 for the last digits.",
        {
            "growth_rate": "adamdoc does not bound the growth of the distance",
            "fixed_decay": "adamdoc's decay is multiplied by the estimated rate",
        },
    ),
    Row(
        "pytorch_optimizer.StableAdamW",
        "lr=0.001, betas=(0.9, 0.99), kahan_sum=True, weight_decay=0.01, weight_decouple=True, "
        "eps=1e-08, foreach=None, maximize=False",
        "Maximize(CoupledDecay(StableAdamW(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, "
        "weight_decay=weight_decay if weight_decouple else 0), "
        "0 if weight_decouple else weight_decay), maximize)",
        "As the paper.",
        {"kahan_sum": "it acts in half precision only"},
    ),
    Row(
        "pytorch_optimizer.CAME",
        "lr=0.0002, betas=(0.9, 0.999, 0.9999), weight_decay=0.0, weight_decouple=True, "
        "fixed_decay=False, clip_threshold=1.0, ams_bound=False, eps1=1e-30, eps2=1e-16, "
        "maximize=False, foreach=None",
        _kozistr(
            "CAME(lr=lr, beta1=betas[0], beta2=betas[1], beta3=betas[2], eps=eps1, eps2=eps2, "
            "clip=clip_threshold)"
        ),
        "As the paper. For vectors the momentum is not divided.",
        {"ams_bound": "the option is not in the paper"},
        constant=dict.fromkeys(
            ("clip_threshold", "eps1", "eps2"), "the library takes no schedule for it"
        ),
    ),
    Row(
        "pytorch_optimizer.LOMO",
        "lr=0.001, clip_grad_norm=None, clip_grad_value=None, maximize=False",
        "ClipByNorm(ClipByValue(Maximize(GradientDescent(lr=lr), maximize), clip_grad_value), "
        "clip_grad_norm, eps=1e-6)",
        "As SGD without momentum: each array steps as soon as the backward pass has its gradient. "
        "It takes the model in place of the parameters, and fused_backward(loss, lr) in place of "
        "backward and step.",
        unsupported_when="clip_grad_norm and clip_grad_value",
        unsupported_because=_BOTH_CLIPS,
        rounds="the step runs in float32",
        constant=dict.fromkeys(("clip_grad_norm", "clip_grad_value"), _NO_SCHEDULE),
    ),
    Row(
        "pytorch_optimizer.AdaLOMO",
        "lr=0.001, weight_decay=0.0, loss_scale=1024.0, clip_threshold=1.0, decay_rate=-0.8, "
        "clip_grad_norm=None, clip_grad_value=None, eps1=1e-30, eps2=0.001",
        "ClipByNorm(ClipByValue(AdaLomo(lr=lr, power=-decay_rate, eps=eps1, least=eps2, "
        "clip=clip_threshold, weight_decay=weight_decay), clip_grad_value), clip_grad_norm, "
        "eps=1e-6)",
        "As the authors' code. It takes the model in place of the parameters, and "
        "fused_backward(loss, lr) in place of backward and step. Arrays with another number of "
        "axes than one or two raise an error.",
        unsupported_when="clip_grad_norm and clip_grad_value",
        unsupported_because=_BOTH_CLIPS,
        rounds="the step and the second moment are in float32",
        constant=dict.fromkeys(
            (
                *("weight_decay", "clip_threshold", "decay_rate", "clip_grad_norm"),
                *("clip_grad_value", "eps1", "eps2"),
            ),
            _NO_SCHEDULE,
        ),
    ),
    Row(
        "pytorch_optimizer.MARS",
        'lr=0.003, betas=(0.95, 0.99), gamma=0.025, mars_type="adamw", optimize_1d=False, '
        "lr_1d=0.003, betas_1d=(0.9, 0.95), weight_decay=0.0, weight_decay_1d=0.1, "
        "weight_decouple=True, fixed_decay=False, ams_bound=False, cautious=False, eps=1e-08, "
        "maximize=False, foreach=None",
        "Maximize(MARSDialect(lr=lr, beta1=betas[0], beta2=betas[1], "
        "weight_decay=(weight_decay / lr if fixed_decay else weight_decay) if weight_decouple "
        "else 0, gamma=gamma, eps_hat=eps), maximize)",
        f"{_EPS_HAT} 1e-15 is added under that root. The last gradient is 0 at the start, as in "
        "the authors' code. Unless optimize_1d is set, arrays with a single axis get AdamW: in "
        "adamdoc, put those into a group with `Groups`.",
        {
            "mars_type": "adamdoc has the variant of AdamW",
            "lr_1d": _ONE_AXIS,
            "betas_1d": _ONE_AXIS,
            "weight_decay_1d": _ONE_AXIS,
            "ams_bound": "the option is not in the paper",
            "cautious": "adamdoc has it as a wrapper: use `Cautious`",
        },
        unsupported_when="weight_decay and not weight_decouple",
        unsupported_because="With weight_decouple=False the decay reaches only the gradient that "
        "the next step compares with.",
        fault="With weight_decouple=False there is no decay, but the decayed gradient is kept as "
        "the last one.",
    ),
    Row(
        "pytorch_optimizer.NovoGrad",
        "lr=0.001, betas=(0.95, 0.98), weight_decay=0.0, weight_decouple=False, "
        "fixed_decay=False, grad_averaging=False, eps=1e-08, maximize=False, foreach=None",
        "Maximize(DecoupledDecay(NovoGrad(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, "
        "weight_decay=0 if weight_decouple else weight_decay), (weight_decay / lr if fixed_decay "
        "else weight_decay) if weight_decouple else 0), maximize)",
        "As the paper.",
        {"grad_averaging": "with it the momentum is an average"},
    ),
    Row(
        "pytorch_optimizer.RAdam",
        "lr=0.001, betas=(0.9, 0.999), weight_decay=0.0, weight_decouple=True, "
        "fixed_decay=False, n_sma_threshold=5, degenerated_to_sgd=False, eps=1e-08, "
        "maximize=False, foreach=None",
        "Maximize(RAdamDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=0.0, eps_hat=eps, "
        "threshold=n_sma_threshold, fallback=degenerated_to_sgd), maximize)",
        f"Below the threshold it does not step at all by default. {_EPS_HAT}",
        {
            "weight_decay": "it acts only where a step is taken, and coupled not at all",
            "weight_decouple": "an option of weight_decay",
            "fixed_decay": "an option of weight_decay",
        },
        fault="With weight_decouple=False there is no decay: the gradient is not passed to it.",
    ),
    Row(
        "pytorch_optimizer.ScheduleFreeSGD",
        "lr=1.0, momentum=0.9, weight_decay=0.0, r=0.0, weight_lr_power=2.0, "
        "warmup_steps=0, eps=1e-08, maximize=False, foreach=None",
        "Maximize(ScheduleFreeSGD(lr=lr, beta=momentum, weight_decay=weight_decay, "
        "warmup=warmup_steps or 1, power=weight_lr_power), maximize)",
        "As the authors' code, in its training mode.",
        {"r": "weights that grow with the step", "eps": "it is used nowhere"},
        fault="eps is an argument and is used nowhere.",
        rejected_when="not momentum",
        constant={"lr": _LARGEST_RATE["learning_rate"], "momentum": _LARGEST_RATE["momentum"]},
    ),
    Row(
        "pytorch_optimizer.ScheduleFreeAdamW",
        "lr=0.0025, betas=(0.9, 0.999), weight_decay=0.0, r=0.0, weight_lr_power=2.0, "
        "warmup_steps=0, decoupling_c=0, ams_bound=False, eps=1e-08, maximize=False, "
        "foreach=None",
        "Maximize(ScheduleFreeAdamW(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, "
        "weight_decay=weight_decay, warmup=warmup_steps or 1, power=weight_lr_power, "
        "eps_root=1e-15), maximize)",
        "1e-15 is added under the root, in addition to eps outside it.",
        {
            "r": "weights that grow with the step",
            "decoupling_c": "another average",
            "ams_bound": "a mixture of two methods",
        },
        rejected_when="not betas[0]",
        constant={"lr": _LARGEST_RATE["learning_rate"], "betas[0]": _LARGEST_RATE["momentum"]},
    ),
    Row(
        "pytorch_optimizer.ScheduleFreeRAdam",
        "lr=0.0025, betas=(0.9, 0.999), weight_decay=0.0, r=0.0, weight_lr_power=2.0, "
        "silent_sgd_phase=True, eps=1e-08, maximize=False, foreach=None",
        "Maximize(ScheduleFreeRAdam(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, "
        "weight_decay=weight_decay, power=weight_lr_power), maximize)",
        "As the authors' code, in its training mode.",
        {
            "r": "weights that grow with the step",
            "silent_sgd_phase": "adamdoc does not step before the second moment can be used",
        },
        fault="Without silent_sgd_phase the first steps have the learning rate 1, whatever lr is.",
        rejected_when="not betas[0]",
        constant={
            "lr": _LARGEST_RATE["learning_rate"],
            "betas[0]": _LARGEST_RATE["momentum"],
            "betas[1]": _LARGEST_RATE["learning_rate"],
        },
    ),
    Row(
        "pytorch_optimizer.Shampoo",
        "lr=0.001, momentum=0.0, weight_decay=0.0, weight_decouple=False, "
        "fixed_decay=False, preconditioning_compute_steps=1, matrix_eps=1e-06, "
        "maximize=False",
        _kozistr("Shampoo(lr=lr, eps=matrix_eps, momentum=momentum)"),
        "The last step, not the last gradient, is what momentum mixes in. The peer mixes before it "
        "adds a coupled decay, adamdoc after.",
        fault="With maximize and momentum the first step mixes in the gradient with its old sign.",
        unmatched={"preconditioning_compute_steps": "adamdoc renews the roots at every step"},
        unsupported_when="momentum and (maximize or weight_decay and not weight_decouple)",
    ),
    Row(
        "pytorch_optimizer.SOAP",
        "lr=0.003, betas=(0.95, 0.95), shampoo_beta=None, weight_decay=0.01, "
        "precondition_frequency=10, max_precondition_dim=10000, merge_dims=False, "
        "precondition_1d=False, correct_bias=True, normalize_gradient=False, "
        'data_format="channels_first", eps=1e-08, maximize=False',
        "Maximize(SOAP(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, weight_decay=weight_decay, "
        "steps=precondition_frequency), maximize)",
        "As the paper's code.",
        {
            "shampoo_beta": "the matrices have the decay rate beta2",
            "max_precondition_dim": "all axes have a matrix",
            "merge_dims": "for arrays of more than two axes",
            "precondition_1d": "for vectors",
            "correct_bias": "adamdoc corrects",
            "normalize_gradient": "the option is not in the paper",
            "data_format": "for arrays of more than two axes",
        },
        "the eigenvectors are renewed in float32",
    ),
    Row(
        "pytorch_optimizer.SophiaH",
        "lr=0.06, betas=(0.96, 0.99), weight_decay=0.0, weight_decouple=True, "
        "fixed_decay=False, p=0.01, update_period=10, num_samples=1, "
        'hessian_distribution="gaussian", eps=1e-12, maximize=False, foreach=None',
        _kozistr(
            "Sophia(lr=lr, beta1=betas[0], beta2=betas[1], gamma=1, eps=eps, clip=p, "
            "steps=update_period)"
        ),
        "gamma is 1, and the bound 0.01. The same estimates of the curvature must be given.",
        {
            "num_samples": "of the random estimate",
            "hessian_distribution": "of the random estimate",
        },
    ),
    Row(
        "pytorch_optimizer.SimplifiedAdEMAMix",
        "lr=0.0001, betas=(0.99, 0.95), weight_decay=0.0, weight_decouple=True, "
        "fixed_decay=False, alpha=0.0, beta1_warmup=None, min_beta1=0.9, eps=1e-08, "
        "maximize=False, foreach=None",
        "",
        "The buffer is an average, in the paper a sum.",
        fault="The step is divided by the root of 1 - beta2^t, where the authors' code multiplies.",
    ),
    Row(
        "pytorch_optimizer.LaProp",
        "lr=0.0004, betas=(0.9, 0.999), centered=False, steps_before_using_centered=10, "
        "weight_decay=0.0, weight_decouple=True, fixed_decay=False, ams_bound=False, eps=1e-15, "
        "maximize=False, foreach=None",
        "Maximize(LaPropDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=0.0, eps_root=1e-15, "
        "eps_hat=eps), maximize)",
        f"{_EPS_HAT} 1e-15 is added under that root. Unless foreach is False, the last factor of "
        "the step is rounded to float32.",
        {
            "centered": "a mixture of two methods",
            "steps_before_using_centered": "an option of centered",
            "ams_bound": "a mixture of two methods",
            "weight_decay": "it acts after the step, and coupled not at all",
            "weight_decouple": "an option of weight_decay",
            "fixed_decay": "an option of weight_decay",
        },
        fault="With weight_decouple=False there is no decay: it is added to the gradient after "
        "that was used.",
        constant={
            "lr": "the library weighs past gradients by their rates",
            "betas[0]": "the library averages its correction with the decay rates of all steps",
        },
    ),
    Row(
        "pytorch_optimizer.AdaBound",
        "lr=0.001, final_lr=0.1, betas=(0.9, 0.999), gamma=0.001, weight_decay=0.0, "
        "weight_decouple=True, fixed_decay=False, ams_bound=False, eps=1e-08, maximize=False, "
        "foreach=None",
        _kozistr(
            "AdaBound(lr=lr, final_lr=final_lr, beta1=betas[0], beta2=betas[1], gamma=gamma, "
            "eps=eps, amsgrad=ams_bound, eps_root=1e-15)"
        ),
        "As the authors' code; 1e-15 is added under the root.",
        constant={"lr": "the library scales final_lr as the learning rate falls"},
    ),
    Row(
        "pytorch_optimizer.QHAdam",
        "lr=0.001, betas=(0.9, 0.999), nus=(1.0, 1.0), weight_decay=0.0, weight_decouple=False, "
        "fixed_decay=False, eps=1e-08, maximize=False, foreach=None",
        _kozistr("QHAdam(lr=lr, beta1=betas[0], beta2=betas[1], nu1=nus[0], nu2=nus[1], eps=eps)"),
        "As the paper; the defaults are those of Adam.",
        deviates="the weights of the averages are computed in float32",
        constant=dict.fromkeys(
            ("betas[0]", "betas[1]"),
            "the library averages its correction with the decay rates of all steps",
        ),
    ),
    Row(
        "pytorch_optimizer.FTRL",
        "lr=0.001, lr_power=-0.5, beta=0.0, lambda_1=0.0, lambda_2=0.0, maximize=False, "
        "foreach=None",
        "Maximize(Ftrl(lr=lr, l1=lambda_1, l2=lambda_2, beta=beta), maximize)",
        "As the paper, without its beta of 1.",
        {"lr_power": "the parameters are divided by the root of the sum, whatever the power is"},
        fault="lr_power changes the pull of past parameters alone: what divides is always the "
        "root.",
    ),
    Row(
        "pytorch_optimizer.MADGRAD",
        "lr=0.001, momentum=0.9, weight_decay=0.0, weight_decouple=False, eps=1e-06, "
        "maximize=False, foreach=None",
        "Maximize(CoupledDecay(MADGRAD(lr=lr + eps, momentum=momentum, eps=eps), weight_decay), "
        "maximize)",
        "eps is also added to the learning rate, as in the authors' code. Decoupled decay shrinks "
        "the parameters alone, not the start that each step goes back to.",
        unsupported_when="weight_decay and weight_decouple",
    ),
    # transformers
    Row(
        "transformers.optimization.Adafactor",
        "lr=None, eps=(1e-30, 0.001), clip_threshold=1.0, decay_rate=-0.8, beta1=None, "
        "weight_decay=0.0, scale_parameter=True, relative_step=True, warmup_init=False",
        "FairseqAdafactorDialect(lr=((1e-06 if warmup_init else 0.01) if relative_step else lr), "
        "power=-decay_rate, eps=eps[0], least=eps[1], clip=clip_threshold, beta1=beta1 or 0, "
        "relative=relative_step, rising=warmup_init, scaled=scale_parameter, "
        "weight_decay=weight_decay)",
        "As that of fairseq: the decay is scaled as the step is, a momentum averages the scaled "
        "steps, and the relative step may rise with t at first.",
        rejected_when="lr and relative_step or warmup_init and not relative_step or "
        "not relative_step and not lr",
    ),
    # Wrappers and clipping
    Row(
        "torch.nn.utils.clip_grad_norm_",
        "max_norm, norm_type=2.0, error_if_nonfinite=False, foreach=None",
        "ClipByNorm(inner, max_norm, eps=1e-6)",
        "The norm is that of all arrays together, and 1e-6 is added to it. At 0 no gradient is "
        "left.",
        unsupported_when="not max_norm",
        unmatched={"norm_type": "adamdoc has the Euclidean norm only"},
    ),
    Row(
        "torch.nn.utils.clip_grad_value_",
        "clip_value, foreach=None",
        "ClipByValue(inner, clip_value)",
        "At 0 no gradient is left.",
        unsupported_when="not clip_value",
    ),
    Row(
        "torch.optim.swa_utils.AveragedModel",
        "model, device=None, avg_fn=None, multi_avg_fn=None, use_buffers=False",
        "SWA(inner, 1)",
        "The average begins with the parameters after the first step. It is kept beside the model: "
        "call update_parameters at the steps that should enter.",
        unmatched={
            "avg_fn": "name the function that makes it, such as get_ema_avg_fn",
            "multi_avg_fn": "name the function that makes it, such as get_ema_multi_avg_fn",
        },
    ),
    *(
        Row(
            f"torch.optim.swa_utils.{name}",
            "",
            "SWA(inner, 1)",
            "The average of AveragedModel by default. It begins after the first step.",
        )
        for name in ("get_swa_avg_fn", "get_swa_multi_avg_fn")
    ),
    *(
        Row(
            f"torch.optim.swa_utils.{name}",
            "decay=0.999",
            "WeightEMA(inner, decay, begin=1)",
            "Its documentation starts at the initial parameters; AveragedModel, to which it is "
            "passed, starts at those after the first step.",
            rejected_when="not (decay - 1)",
            constant={"decay": "the library takes a number"},
        )
        for name in ("get_ema_avg_fn", "get_ema_multi_avg_fn")
    ),
    Row(
        "optax.clip_by_global_norm",
        "max_norm",
        "ClipByNorm(inner, max_norm)",
        "The norm is that of all arrays together. Nothing is added to it. At 0 no gradient is "
        "left.",
        unsupported_when="not max_norm",
    ),
    Row(
        "optax.clip",
        "max_delta",
        "ClipByValue(inner, max_delta)",
        "At 0 no gradient is left.",
        unsupported_when="not max_delta",
    ),
    Row(
        "optax.add_decayed_weights",
        "weight_decay=0.0, mask=None",
        "CoupledDecay(inner, weight_decay)",
        "Before the optimizer in a chain, it is coupled decay. Behind one that divides by a "
        "moment and before the learning rate, it is decoupled.",
    ),
    Row(
        "optax.MultiSteps",
        "opt, every_k_schedule, use_grad_mean=True, should_skip_update_fn=None, "
        "accumulator_dtype=...",
        "GradientAccumulation(inner, every_k_schedule)",
        "The optimizer inside counts its own steps. With the accumulator_dtype float64 it takes "
        "exactly these steps.",
        rejected_when="not every_k_schedule",
        deviates="the gradients are averaged in float32 by default",
        unmatched={
            "use_grad_mean": "adamdoc takes the mean of the gradients",
            "should_skip_update_fn": "a function of the gradient decides which are left out",
        },
    ),
    Row(
        "optax.centralize",
        "",
        "GradientCentralization(inner, 1)",
        "The mean is that of each row, though the units of Flax are columns: adamdoc's in_rows=0 "
        "centres those. Arrays with more than two axes are centred over all axes but the first, in "
        "adamdoc over the last.",
    ),
    Row(
        "optax.ema",
        "decay, debias=True, accumulator_dtype=None",
        "GradientEMA(inner, decay, correction=debias)",
        "Before the optimizer in a chain, where this row holds it, it averages the gradients; "
        "given the parameters in place of the gradients, it averages those.",
        constant={"decay": "the correction takes it for constant"},
    ),
    Row(
        "optax.normalize_by_update_norm",
        "scale_factor=1.0, eps=1e-06",
        "NormalizedGradient(inner, scale_factor, eps=eps)",
        "The norm is that of all arrays together. This row holds it before the optimizer.",
    ),
    Row(
        "optax.contrib.normalize",
        "",
        "NormalizedGradient(inner, 1, eps=0.0)",
        "The norm is that of all arrays together. Nothing is added to it.",
    ),
    Row(
        "optax.clip_by_block_rms",
        "threshold",
        "ClipByRMS(inner, threshold)",
        "Before the optimizer it clips the gradient, after it the step. This row holds the former.",
        unsupported_when="not threshold",
    ),
    Row(
        "optax.adaptive_grad_clip",
        "clipping, eps=0.001, axis=None",
        "AGC(inner, clipping, least=eps)",
        "The weights of a unit are a column of a matrix. Of an array with three axes, only the "
        "first is summed, of one with more, all but the last; with one long axis, it counts as a "
        "vector.",
        {"axis": "adamdoc has a unit in each column: transpose arrays with a unit in each row"},
        unsupported_when="not clipping",
        unsupported_because="At 0 no gradient is left.",
    ),
    Row(
        "optax.add_noise",
        "eta, gamma, key=None, *, seed=None",
        "GradientNoise(inner, eta, power=gamma)",
        "As the paper. adamdoc takes the noise as an input.",
    ),
    Row(
        "optax.noisy_sgd",
        "learning_rate, eta=0.01, gamma=0.55, key=None, *, seed=None",
        "GradientNoise(SGD(lr=learning_rate), eta, power=gamma)",
        "As the paper. adamdoc takes the noise as an input.",
    ),
    Row(
        "optax.keep_params_nonnegative",
        "",
        "NonNegative(inner, 1)",
        "It comes last in a chain. Negative parameters become 0.",
    ),
    Row(
        "optax.lookahead",
        "fast_optimizer, sync_period, slow_step_size, reset_state=False",
        "Lookahead(inner, sync_period, alpha=slow_step_size)",
        "Its parameters are a pair of fast and slow ones.",
        rejected_when="not sync_period",
        unmatched={"reset_state": "adamdoc keeps the state of the optimizer inside"},
        constant={"slow_step_size": "the library takes no schedule for it"},
    ),
    Row(
        "optax.lbfgs",
        "learning_rate=None, memory_size=10, scale_init_precond=True, linesearch=...",
        "ZoomLineSearch(LBFGSDialect(lr=learning_rate or 1, memory=memory_size, "
        "least_curvature=0.0, every=1.0, scaled=scale_init_precond, euclidean=1.0), 1e-4)",
        "Every pair is kept, also one that makes the approximate Hessian indefinite, and the first "
        "step is along the gradient and at most 1 long. The search tries twice the length until "
        "an interval is found, PyTorch's the minimum of a cubic. On a quadratic loss the cubic "
        "term of its interpolation is rounding alone, so there no two programs find the same "
        "lengths inside an interval.",
        unmatched={
            "linesearch": "without a search, it is `LBFGSDialect` with least_curvature=0, every=1 "
            "and euclidean=1, and another search goes around that"
        },
    ),
    Row(
        "optax.contrib.mechanize",
        "base_optimizer, weight_decay=0.01, eps=1e-08, s_init=1e-06, num_betas=6",
        "Mechanic(inner, weight_decay, eps=eps, initial=s_init, scales=num_betas)",
        "Its weight_decay acts on the scale alone, not on the parameters.",
        rejected_when="not num_betas",
        unsupported_when="not eps or not s_init",
        unsupported_because="without eps the first step divides 0 by 0, and a scale of 0 stays 0",
        constant=dict.fromkeys(
            ("weight_decay", "eps", "s_init"), "the library takes no schedule for it"
        ),
    ),
    Row(
        "pytorch_optimizer.Lookahead",
        'optimizer, k=5, alpha=0.5, pullback_momentum="none"',
        "Lookahead(inner, k, alpha=alpha)",
        rejected_when="not k",
        unmatched={"pullback_momentum": "adamdoc keeps the state of the optimizer inside"},
        constant={"alpha": "the library takes no schedule for it"},
    ),
    Row(
        "pytorch_optimizer.SAM",
        "base_optimizer, rho=0.05, adaptive=False, use_gc=False, perturb_eps=1e-12, foreach=None",
        "SAM(inner, rho)",
        "1e-12 is added to the norm. A step is first_step and second_step together.",
        deviates="the norm is computed in float32",
        unmatched={
            "adaptive": "adamdoc has the original method",
            "use_gc": "adamdoc does not centre gradients",
            "perturb_eps": "adamdoc adds nothing to the norm",
        },
        constant={"rho": "the library takes no schedule for it"},
    ),
    Row(
        "pytorch_optimizer.Prodigy",
        "lr=1.0, betas=(0.9, 0.999), beta3=None, d0=1e-06, d_coef=1.0, growth_rate=..., "
        "weight_decay=0.0, weight_decouple=True, fixed_decay=False, bias_correction=False, "
        "safeguard_warmup=False, eps=1e-08, maximize=False, foreach=None",
        "Maximize(Prodigy(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, d0=d0, alpha=d_coef, "
        "correction=bias_correction, weight_decay=weight_decay if weight_decouple else 0), "
        "maximize)",
        "The rate is not corrected by default. The sums from which the distance is estimated are "
        "kept in PyTorch's default type.",
        unmatched={
            "beta3": "it is the root of beta2, as in the paper",
            "growth_rate": "the option is not in the paper",
            "safeguard_warmup": "the option is not in the paper",
        },
        unsupported_when="fixed_decay and weight_decouple and weight_decay",
        unsupported_because="A fixed decay does not change with the estimated distance, as that of "
        "adamdoc's Prodigy does.",
        fault="Without weight_decouple, the decay is added to the gradient after its last use, so "
        "that nothing decays.",
    ),
    Row(
        "pytorch_optimizer.AdaFactor",
        "lr=0.001, betas=(0.9, 0.999), decay_rate=-0.8, weight_decay=0.0, "
        "weight_decouple=True, fixed_decay=False, clip_threshold=1.0, ams_bound=False, "
        "scale_parameter=True, relative_step=True, warmup_init=False, eps1=1e-30, "
        "eps2=0.001, momentum_dtype=..., foreach=None, maximize=False",
        "Maximize(CoupledDecay(FairseqAdafactorDialect(lr=((1e-06 if warmup_init else 0.01) "
        "if relative_step else lr), power=-decay_rate, eps=eps1, least=eps2, clip=clip_threshold, "
        "beta1=betas[0], beta2=betas[1], relative=relative_step, rising=warmup_init, "
        "scaled=scale_parameter, weight_decay=weight_decay if weight_decouple else 0), "
        "0 if weight_decouple else weight_decay), maximize)",
        "As that of fairseq, with a momentum by default and a bound of the second decay rate. With "
        "relative_step the learning rate is ignored.",
        rounds="the momentum is kept in bfloat16",
        unmatched={
            "ams_bound": "adamdoc has no largest second moment of Adafactor",
            "momentum_dtype": "adamdoc keeps the momentum in the type of the parameters",
        },
        unsupported_when="fixed_decay and weight_decouple and weight_decay or "
        "warmup_init and not relative_step",
        unsupported_because="A fixed decay does not change with the scaled rate, as adamdoc's "
        "does, and warmup_init has no effect without relative_step.",
        constant=dict.fromkeys(("decay_rate", "clip_threshold", "eps1", "eps2"), _NO_SCHEDULE),
    ),
    Row(
        "pytorch_optimizer.Muon",
        "lr=0.02, momentum=0.95, weight_decay=0.0, weight_decouple=True, nesterov=True, "
        'ns_steps=5, ns_coeffs="original", use_adjusted_lr=False, adamw_lr=0.0003, '
        "adamw_betas=(0.9, 0.95), adamw_wd=0.0, adamw_eps=1e-10, maximize=False, "
        'foreach=None, ns_method="newton_schulz", ns_reset_steps=(2,)',
        "Maximize(CoupledDecay(MuonDialect(lr=lr, beta=momentum, nesterov=nesterov, "
        "weight_decay=weight_decay if weight_decouple else 0, steps=ns_steps, eps=0.0, "
        "floor=1e-7, correction=0.0, rms=0.2 if use_adjusted_lr else 0, side=-1.0), "
        "0 if weight_decouple else weight_decay), maximize)",
        "The momentum is an average: (1 - momentum) times the gradient enters. Its groups say "
        "which arrays are stepped, those without use_muon by an AdamW of its own.",
        rounds="the iteration runs in bfloat16",
        unmatched={
            "ns_coeffs": "adamdoc has the author's",
            "ns_method": "adamdoc has the author's iteration",
            "ns_reset_steps": "it belongs to another ns_method",
            **dict.fromkeys(
                ("adamw_lr", "adamw_betas", "adamw_wd", "adamw_eps"),
                "it belongs to the groups without use_muon: for them, reproduce "
                "torch.optim.AdamW, and pass both to `Groups`",
            ),
        },
    ),
)

_FOLLOWS = "the table has no place for what follows an optimizer in a chain"
_LOOKS_ON = "it changes neither the gradient nor the step"
_GROUPS = "in adamdoc, pass an optimizer for each group to `Groups`"
_BUILDER = "it makes a transformation from a function"
#: Optimizers and transformations of the libraries that have no row, and why. The parity session
#: compares it with the names that the libraries export.
ABSENT: dict[str, dict[str, str]] = {
    "torch": {
        "update_bn": "it renews the statistics of batch normalization, which adamdoc's models lack",
    },
    "optax": {
        "galore": "it projects the gradient onto a subspace of low rank, which adamdoc does not",
        **dict.fromkeys(
            ("scale_by_param_block_norm", "scale_by_param_block_rms"),
            "adamdoc scales steps by the size of an array only within methods: name the method, "
            "such as optax.lamb or optax.adafactor",
        ),
        **{
            f"scale_by_{part}": f"it is a part of optax.{whole}: name that"
            for part, whole in {
                "acprop": "contrib.acprop",
                "cocob": "contrib.cocob",
                "distance_over_gradients": "contrib.dog",
                "factored_rms": "adafactor",
                "galore": "contrib.galore",
                "madgrad": "contrib.madgrad",
                "muon": "contrib.muon",
                "novograd": "novograd",
                "optimistic_gradient": "optimistic_gradient_descent",
                "polyak": "polyak_sgd",
                "rprop": "rprop",
                "simplified_ademamix": "contrib.simplified_ademamix",
                "sm3": "sm3",
            }.items()
        },
        "scale_by_backtracking_linesearch": f"{_FOLLOWS}: it is `Backtracking` around that",
        "scale_by_zoom_linesearch": f"{_FOLLOWS}: with the initial_guess_strategy 'one' it is "
        "`ZoomLineSearch` around that, adamdoc never begins with the last length",
        "scale_by_lbfgs": "without a line search, it is `LBFGSDialect` with least_curvature=0, "
        "every=1 and euclidean=1",
        **dict.fromkeys(("measure_with_ema", "monitor", "snapshot"), _LOOKS_ON),
        **dict.fromkeys(
            ("conditionally_mask", "conditionally_transform"),
            "a function of the user decides whether it acts",
        ),
        **dict.fromkeys(("stateless", "stateless_with_tree_map"), _BUILDER),
        **dict.fromkeys(("multi_transform", "partition", "masked", "selective_transform"), _GROUPS),
        **dict.fromkeys(
            ("dpsgd", "differentially_private_aggregate"), "it takes the gradient of each example"
        ),
        "apply_every": "between its steps the optimizer goes on with gradients of 0; use "
        "optax.MultiSteps, in which it rests",
        "flatten": "in adamdoc, an optimizer with the scope of a model sees all arrays together",
        "freeze": "it stops some arrays: in adamdoc, do not pass those",
        "set_to_zero": "it does not step",
        "split_real_and_imaginary": "adamdoc has real numbers only",
        "inject_stateful_hyperparams": "its hyperparameters may depend on the gradients",
        "reduce_on_plateau": "it depends on the losses",
        "sam": "it takes its second gradient from the next call, adamdoc's SAM in the same step",
        "schedule_free": "adamdoc has the method around SGD and AdamW: use "
        "optax.contrib.schedule_free_sgd or schedule_free_adamw",
    },
    "keras": {
        "LossScaleOptimizer": "it changes no number in float64: name the optimizer inside it",
        "MultiOptimizer": _GROUPS,
    },
    "pytorch_optimizer": {"all others": "of this package adamdoc has the methods it explains"},
}
