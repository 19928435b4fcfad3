"""The table of dialects: the adamdoc optimizer that matches each optimizer of other libraries.

The page, the translations and the parity tests are generated from these rows. The `settings` of a
row are an expression in the arguments of the library: see `adamdoc.dialects.settings`.
"""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One optimizer of another library, the peer.

    Attributes
    ----------
    peer : str
        Its qualified name.
    arguments : str
        Its arguments with their defaults, as in its signature. Those without numerical effect are
        omitted.
    settings : str
        An expression for the adamdoc optimizer that takes the same steps; empty if there is none.
    differs : str
        How it differs from its paper and from the other libraries.
    unmatched : dict of str to str
        Arguments that can be reproduced only at their defaults, and why.
    deviates : str
        If ``settings`` reproduce the peer only approximately, the reason.
    unsupported_when : str
        A condition on the arguments under which no settings reproduce the peer. ``differs`` gives
        the reason.
    rejected_when : str
        A condition on the arguments under which the peer raises an error.
    fault : str
        A suspected bug of the peer or of its documentation.
    thread : str
        The URL of a discussion of that bug, or of the difference.
    """

    peer: str
    arguments: str
    settings: str
    differs: str = ""
    unmatched: dict[str, str] = field(default_factory=dict)
    deviates: str = ""
    unsupported_when: str = ""
    rejected_when: str = ""
    fault: str = ""
    thread: str = ""


def _torch(core: str, *, decoupled: str = "") -> str:
    """Return settings that wrap a core in PyTorch's weight decay and ``maximize``."""
    if decoupled == "always":
        return f"Maximize(DecoupledDecay({core}, weight_decay), maximize)"
    if decoupled == "option":
        coupled = f"CoupledDecay({core}, 0 if decoupled_weight_decay else weight_decay)"
        decay = "weight_decay if decoupled_weight_decay else 0"
        return f"Maximize(DecoupledDecay({coupled}, {decay}), maximize)"
    return f"Maximize(CoupledDecay({core}, weight_decay), maximize)"


def _keras(core: str, *, decay: bool = True) -> str:
    """Return settings that wrap a core in the weight decay and clipping of Keras's optimizers."""
    inner = f"DecoupledDecay({core}, weight_decay)" if decay else core
    return f"ClipByNorm(ClipByValue({inner}, clipvalue), clipnorm or global_clipnorm)"


def _kozistr(core: str, *, fixed: bool = True) -> str:
    """Return settings that wrap a core in pytorch_optimizer's weight decay and ``maximize``."""
    coupled = f"CoupledDecay({core}, 0 if weight_decouple else weight_decay)"
    rate = "(weight_decay / lr if fixed_decay else weight_decay)" if fixed else "weight_decay"
    return f"Maximize(DecoupledDecay({coupled}, {rate} if weight_decouple else 0), maximize)"


TORCH = "weight_decay=0, maximize=False"
KERAS = "weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None"
KOZISTR = "fixed_decay=False, maximize=False"
_EPS_HAT = (
    "eps is added to the root of the uncorrected second moment, as at the end of section 2 of "
    "the Adam paper."
)
_MAX_RAW = "amsgrad takes the largest second moment before its correction."
_BUFFER = "The learning rate is multiplied in before the buffer, which matters under a schedule."
_BF16 = "The iteration runs in bfloat16, so its third digit is already rounding."

ROWS = (
    # PyTorch
    Row(
        "torch.optim.SGD",
        f"lr=1e-3, momentum=0, dampening=0, nesterov=False, {TORCH}",
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
        f"lr=1e-2, alpha=0.99, eps=1e-8, momentum=0, centered=False, {TORCH}",
        _torch("RMSpropDialect(lr=lr, beta=alpha, eps=eps, centered=centered, momentum=momentum)"),
        "alpha is 0.99, elsewhere 0.9; eps is added outside the root, elsewhere under it.",
        thread="https://github.com/pytorch/pytorch/issues/41477",
    ),
    Row(
        "torch.optim.Adagrad",
        f"lr=1e-2, lr_decay=0, initial_accumulator_value=0, eps=1e-10, {TORCH}",
        _torch(
            "AdaGradDialect(lr=lr, eps=eps, initial=initial_accumulator_value, lr_decay=lr_decay)"
        ),
        "The accumulator starts at 0, elsewhere at 0.1; eps is added outside the root.",
    ),
    Row(
        "torch.optim.Adadelta",
        f"lr=1.0, rho=0.9, eps=1e-6, {TORCH}",
        _torch("AdaDelta(lr=lr, rho=rho, eps=eps)"),
        "The paper has no learning rate and rho = 0.95.",
    ),
    Row(
        "torch.optim.Adam",
        f"lr=1e-3, betas=(0.9, 0.999), eps=1e-8, amsgrad=False, {TORCH}, "
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
        "lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False, maximize=False",
        _torch(
            "AdamDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, amsgrad=amsgrad)",
            decoupled="always",
        ),
        "The decay is multiplied by the learning rate; the paper's by a schedule alone.",
    ),
    Row(
        "torch.optim.Adamax",
        f"lr=2e-3, betas=(0.9, 0.999), eps=1e-8, {TORCH}",
        _torch("AdaMaxDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps)"),
        "eps is added to the gradient's size within the maximum; Keras adds it outside.",
    ),
    Row(
        "torch.optim.NAdam",
        f"lr=2e-3, betas=(0.9, 0.999), eps=1e-8, momentum_decay=4e-3, {TORCH}, "
        "decoupled_weight_decay=False",
        _torch(
            "NAdam(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, momentum_decay=momentum_decay)",
            decoupled="option",
        ),
        "The first moment has the constant beta1; the paper averages with the rising mu. The "
        "product of the mu is kept in the default type: set that to float64 for the last digits.",
    ),
    Row(
        "torch.optim.RAdam",
        f"lr=1e-3, betas=(0.9, 0.999), eps=1e-8, {TORCH}, decoupled_weight_decay=False",
        _torch(
            "RAdamDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=0.0, eps_hat=eps)",
            decoupled="option",
        ),
        f"The threshold is 5, the paper's 4. {_EPS_HAT}",
    ),
    Row(
        "torch.optim.Adafactor",
        "lr=1e-2, beta2_decay=-0.8, eps=(None, 1e-3), d=1.0, weight_decay=0.0, maximize=False",
        "Maximize(AdafactorDialect(lr=lr, power=-beta2_decay, eps=0.0, "
        "floor=eps[0] or 2.220446049250313e-16, least=eps[1], clip=d, weight_decay=weight_decay), "
        "maximize)",
        "The first eps bounds the second moment from below; the paper adds it to the squares. At "
        "None it is the precision of the type, here float64.",
        fault="The documented default of eps was not that of the code.",
        thread="https://github.com/pytorch/pytorch/pull/194717",
    ),
    Row(
        "torch.optim.Muon",
        "lr=1e-3, weight_decay=0.1, momentum=0.95, nesterov=True, eps=1e-7, ns_steps=5, "
        "adjust_lr_fn=None",
        "",
        f"{_BF16} The momentum is an average: (1 - momentum) times the gradient enters.",
        fault="The docstring's equation lacked a factor that the code has.",
        thread="https://github.com/pytorch/pytorch/pull/194717",
    ),
    # Optax
    Row(
        "optax.sgd",
        "learning_rate, momentum=None, nesterov=False",
        "SGD(lr=learning_rate, momentum=momentum or 0, nesterov=nesterov)",
        "As PyTorch without dampening.",
    ),
    Row(
        "optax.rmsprop",
        "learning_rate, decay=0.9, eps=1e-8, initial_scale=0.0, eps_in_sqrt=True, centered=False, "
        "momentum=None, nesterov=False, bias_correction=False",
        "RMSpropDialect(lr=learning_rate, beta=decay, eps=0 if eps_in_sqrt else eps, "
        "eps_root=eps if eps_in_sqrt else 0, centered=centered, momentum=momentum or 0, "
        "nesterov=nesterov, initial=initial_scale, correction=bias_correction)",
        f"eps is added under the root unless eps_in_sqrt is False. {_BUFFER} A centred second "
        "moment that is corrected is 0 at the first step, up to rounding that eps does not cover.",
        unsupported_when="centered and bias_correction",
        thread="https://github.com/google-deepmind/optax/issues/532",
    ),
    Row(
        "optax.adagrad",
        "learning_rate, initial_accumulator_value=0.1, eps=1e-7",
        "AdaGradDialect(lr=learning_rate, eps=0.0, eps_root=eps, "
        "initial=initial_accumulator_value)",
        "The accumulator starts at 0.1; eps is added under the root.",
    ),
    Row(
        "optax.adadelta",
        "learning_rate, rho=0.9, eps=1e-6, weight_decay=0.0",
        "CoupledDecay(AdaDelta(lr=learning_rate, rho=rho, eps=eps), weight_decay)",
        "As PyTorch.",
        fault="Without a learning rate, which the signature allows, it ascends: the sign is "
        "flipped only where the rate is multiplied in.",
    ),
    Row(
        "optax.adam",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, nesterov=False",
        "AdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "nesterov=nesterov)",
        "A second small number under the root.",
        thread="https://github.com/google-deepmind/optax/issues/571",
    ),
    Row(
        "optax.nadam",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, nesterov=True",
        "AdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "nesterov=nesterov)",
        "The momentum's decay rate is constant; in the paper, PyTorch and Keras it rises.",
    ),
    Row(
        "optax.adamw",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, weight_decay=1e-4, "
        "nesterov=False",
        "DecoupledDecay(AdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, "
        "eps_root=eps_root, nesterov=nesterov), weight_decay)",
        "The default decay is 1e-4, in PyTorch 1e-2, in Keras 4e-3.",
    ),
    Row(
        "optax.nadamw",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, weight_decay=1e-4, nesterov=True",
        "DecoupledDecay(AdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, "
        "eps_root=eps_root, nesterov=nesterov), weight_decay)",
        "As optax.nadam, with decay.",
    ),
    Row(
        "optax.amsgrad",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, bias_correction_mu=True, "
        "bias_correction_nu=True",
        "AMSGradDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "correction=bias_correction_mu, correction2=bias_correction_nu)",
        "The largest second moment is taken after its correction.",
    ),
    Row(
        "optax.adamax",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-8",
        "AdaMaxDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps)",
        "As PyTorch.",
    ),
    Row(
        "optax.adamaxw",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-8, weight_decay=1e-4",
        "DecoupledDecay(AdaMaxDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps), "
        "weight_decay)",
        "AdaMax with decoupled decay.",
    ),
    Row(
        "optax.adabelief",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-16, eps_root=1e-16",
        "AdaBelief(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root)",
        "As the paper's code. With b1 = 0 the first moment is the gradient, and what is squared is "
        "rounding alone.",
        {"nesterov": "the Nesterov step is not in the paper"},
        unsupported_when="not b1",
    ),
    Row(
        "optax.adan",
        "learning_rate, b1=0.98, b2=0.92, b3=0.99, eps=1e-8, eps_root=1e-8, weight_decay=0.0",
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
        "learning_rate, min_dim_size_to_factor=128, decay_rate=0.8, "
        "multiply_by_parameter_scale=True, clipping_threshold=1.0, weight_decay_rate=None, "
        "eps=1e-30, factored=True",
        "AdafactorDialect(lr=learning_rate, power=decay_rate, eps=eps, relative=0.0, "
        "clip=clipping_threshold or 1e100, scaled=multiply_by_parameter_scale, "
        "factored=min_dim_size_to_factor if factored else 1e9, "
        "weight_decay=(weight_decay_rate or 0) / learning_rate)",
        "Matrices with an axis shorter than 128 are not factored; the decay is not multiplied by "
        "the learning rate; the step does not fall with t.",
        {
            "momentum": "its average is kept in float32",
            "decay_offset": "the decay rate counts from the first step",
        },
        "the decay rate is computed in float32",
    ),
    Row(
        "optax.lamb",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-6, eps_root=0.0, weight_decay=0.0",
        "LAMB(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, weight_decay=weight_decay, "
        "eps_root=eps_root)",
        "As the paper.",
    ),
    Row(
        "optax.lion",
        "learning_rate, b1=0.9, b2=0.99, weight_decay=1e-3",
        "Lion(lr=learning_rate, beta1=b1, beta2=b2, weight_decay=weight_decay)",
        "As the paper.",
    ),
    Row(
        "optax.radam",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-8, eps_root=0.0, threshold=5.0",
        "RAdamDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, eps_root=eps_root, "
        "threshold=threshold)",
        "The threshold is 5, the paper's 4.",
        {"nesterov": "the Nesterov step is not in the paper"},
    ),
    Row("optax.sign_sgd", "learning_rate", "SignSGD(lr=learning_rate)", "As the paper."),
    Row(
        "optax.signum",
        "learning_rate, beta=0.9",
        "Signum(lr=learning_rate, beta=beta)",
        "As the paper.",
    ),
    Row(
        "optax.yogi",
        "learning_rate, b1=0.9, b2=0.999, eps=1e-3",
        "YogiDialect(lr=learning_rate, beta1=b1, beta2=b2, eps=eps)",
        "Both moments start at 1e-6, and are corrected as if they had started at 0. The paper "
        "corrects nothing and starts the first at 0.",
    ),
    Row(
        "optax.contrib.adopt",
        "learning_rate, b1=0.9, b2=0.9999, eps=1e-6, use_clipping=True",
        "ADOPT(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, clip=1 if use_clipping else 1e100)",
        "As the paper's later version.",
        {
            "nesterov": "the Nesterov step is not in the paper",
            "clip_value_fn": "a function; adamdoc has the fourth root",
        },
    ),
    Row(
        "optax.contrib.ademamix",
        "learning_rate, b1=0.9, b2=0.999, b3=0.9999, alpha=5.0, eps=1e-8, eps_root=0.0, "
        "weight_decay=0.0",
        "AdEMAMix(lr=learning_rate, beta1=b1, beta2=b2, beta3=b3, alpha=alpha, eps=eps, "
        "weight_decay=weight_decay, eps_root=eps_root)",
        "As the paper with constant alpha and beta3.",
    ),
    Row(
        "optax.contrib.schedule_free_sgd",
        "learning_rate=1.0, b1=0.9, weight_decay=None, weight_lr_power=2.0",
        "ScheduleFreeSGD(lr=learning_rate, beta=b1, weight_decay=weight_decay or 0, "
        "power=weight_lr_power)",
        "The parameters are where the gradient is taken.",
        {
            "warmup_steps": "the step counts its rise from 0, the weight from 1, so that the first "
            "step has the learning rate 0"
        },
        rejected_when="not b1",
    ),
    Row(
        "optax.contrib.schedule_free_adamw",
        "learning_rate=0.0025, b1=0.9, b2=0.999, eps=1e-8, weight_decay=0.0, weight_lr_power=2.0",
        "ScheduleFreeAdamW(lr=learning_rate, beta1=b1, beta2=b2, eps=eps, "
        "weight_decay=weight_decay, power=weight_lr_power)",
        "The parameters are where the gradient is taken.",
        {
            "warmup_steps": "the step counts its rise from 0, the weight from 1, so that the first "
            "step has the learning rate 0"
        },
        rejected_when="not b1",
    ),
    Row(
        "optax.contrib.prodigy",
        "learning_rate=1.0, betas=(0.9, 0.999), eps=1e-8, estim_lr0=1e-6, estim_lr_coef=1.0, "
        "weight_decay=0.0",
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
        "optax.contrib.muon",
        "learning_rate, ns_steps=5, beta=0.95, eps=1e-8, weight_decay=0.0, nesterov=True, "
        "consistent_rms=None",
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
        "learning_rate, b1=0.965, b2=0.99, eps=1e-8, weight_decay=1e-4, gamma=0.01, "
        "clip_threshold=1.0, update_interval=10",
        "",
        "The step divides by the curvature as it was before this step's estimate; the paper takes "
        "the estimate first. The first steps have the curvature 0.",
    ),
    # Keras
    Row(
        "keras.optimizers.SGD",
        f"learning_rate=0.01, momentum=0.0, nesterov=False, {KERAS}",
        _keras("SGD(lr=learning_rate, momentum=momentum, nesterov=nesterov)"),
        _BUFFER,
    ),
    Row(
        "keras.optimizers.RMSprop",
        f"learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, {KERAS}",
        _keras(
            "RMSpropDialect(lr=learning_rate, beta=rho, eps=0.0, eps_root=epsilon, "
            "centered=centered, momentum=momentum)"
        ),
        f"eps is added under the root. {_BUFFER}",
        thread="https://github.com/keras-team/tf-keras/issues/315",
    ),
    Row(
        "keras.optimizers.Adagrad",
        f"learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, {KERAS}",
        _keras(
            "AdaGradDialect(lr=learning_rate, eps=0.0, eps_root=epsilon, "
            "initial=initial_accumulator_value)"
        ),
        "The accumulator starts at 0.1; eps is added under the root.",
    ),
    Row(
        "keras.optimizers.Adadelta",
        f"learning_rate=0.001, rho=0.95, epsilon=1e-7, {KERAS}",
        _keras("AdaDelta(lr=learning_rate, rho=rho, eps=epsilon)"),
        "The default learning rate is a thousandth of the paper's, which is 1.",
    ),
    Row(
        "keras.optimizers.Adam",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, {KERAS}",
        _keras(
            "AdamDialect(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=0.0, eps_hat=epsilon, "
            "amsgrad=amsgrad)"
        ),
        f"{_EPS_HAT} {_MAX_RAW}",
        thread="https://github.com/tensorflow/tensorflow/issues/9047",
    ),
    Row(
        "keras.optimizers.AdamW",
        "learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7, "
        "amsgrad=False, clipnorm=None, clipvalue=None, global_clipnorm=None",
        _keras(
            "AdamDialect(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=0.0, eps_hat=epsilon, "
            "amsgrad=amsgrad)"
        ),
        f"{_EPS_HAT} {_MAX_RAW}",
    ),
    Row(
        "keras.optimizers.Adamax",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, {KERAS}",
        _keras("AdaMax(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=epsilon)"),
        "eps is added to the maximum; PyTorch and Optax add it within.",
    ),
    Row(
        "keras.optimizers.Nadam",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, {KERAS}",
        _keras(
            "NAdam(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=epsilon, momentum_decay=1)"
        ),
        "mu rises with 0.96 to the power of t; in the paper and PyTorch of t / 250.",
    ),
    Row(
        "keras.optimizers.Lion",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.99, {KERAS}",
        _keras(
            "Lion(lr=learning_rate, beta1=beta_1, beta2=beta_2, weight_decay=weight_decay or 0)",
            decay=False,
        ),
        "beta_1 = 0 is rejected.",
        rejected_when="not beta_1",
    ),
    Row(
        "keras.optimizers.Lamb",
        f"learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, {KERAS}",
        _keras("LAMB(lr=learning_rate, beta1=beta_1, beta2=beta_2, eps=epsilon, weight_decay=0.0)"),
        "The decay is added outside the norm; in the paper the ratio of norms scales it too.",
    ),
    Row(
        "keras.optimizers.Adafactor",
        "learning_rate=0.001, beta_2_decay=-0.8, epsilon_1=1e-30, epsilon_2=1e-3, "
        f"clip_threshold=1.0, relative_step=True, {KERAS}",
        _keras(
            "Adafactor(lr=learning_rate, power=-beta_2_decay, eps=epsilon_1, least=epsilon_2, "
            "clip=clip_threshold)"
        ),
        "As the paper, except for the learning rate.",
        deviates="keras.ops.mean rounds float64 to float32",
        fault="The rate falls with the root of t whether relative_step is set or not.",
        thread="https://github.com/keras-team/keras/issues/23223",
    ),
    Row(
        "keras.optimizers.Muon",
        "learning_rate=0.001, weight_decay=0.004, momentum=0.95, ns_steps=5, nesterov=True, "
        "rms_rate=0.2, clipnorm=None, clipvalue=None, global_clipnorm=None",
        _keras(
            "Muon(lr=learning_rate, momentum=momentum, nesterov=nesterov, "
            "weight_decay=weight_decay or 0, steps=ns_steps, eps=1e-7, rms=rms_rate)",
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
    ),
    Row(
        "keras.optimizers.ScheduleFreeAdamW",
        "learning_rate=0.0025, beta_1=0.9, beta_2=0.999, epsilon=1e-8, warmup_steps=0, "
        "clipnorm=None, clipvalue=None, global_clipnorm=None",
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
        rejected_when="not beta_1",
    ),
    # pytorch_optimizer
    Row(
        "pytorch_optimizer.SGDW",
        "lr=1e-4, momentum=0.0, weight_decay=0.0, weight_decouple=True, dampening=0.0, "
        "nesterov=False, maximize=False",
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
        "lr=1e-3, momentum=0.9, weight_decay=0.0, weight_decouple=True, maximize=False",
        _kozistr("Signum(lr=lr, beta=momentum)", fixed=False),
        "The default is Signum; with momentum = 0 it is signSGD.",
    ),
    Row(
        "pytorch_optimizer.AdaDelta",
        "lr=1.0, rho=0.9, weight_decay=0.0, weight_decouple=False, eps=1e-6, " + KOZISTR,
        _kozistr("AdaDelta(lr=lr, rho=rho, eps=eps)"),
        "As PyTorch.",
    ),
    Row(
        "pytorch_optimizer.AdaMax",
        "lr=1e-3, betas=(0.9, 0.999), weight_decay=0.0, weight_decouple=False, eps=1e-8, "
        + KOZISTR,
        _kozistr("AdaMaxDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps)"),
        "As PyTorch, with half of its learning rate.",
    ),
    Row(
        "pytorch_optimizer.AdaBelief",
        "lr=1e-3, betas=(0.9, 0.999), weight_decay=0.0, weight_decouple=True, eps=1e-16, "
        + KOZISTR,
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
        "lr=1e-2, betas=(0.9, 0.999), initial_accumulator=1e-6, weight_decay=0.0, "
        "weight_decouple=True, eps=1e-3, " + KOZISTR,
        _kozistr(
            "YogiDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, "
            "initial=initial_accumulator)"
        ),
        "As Optax.",
    ),
    Row(
        "pytorch_optimizer.Lion",
        "lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0, weight_decouple=True, " + KOZISTR,
        "Maximize(CoupledDecay(Lion(lr=lr, beta1=betas[0], beta2=betas[1], weight_decay="
        "(weight_decay / lr if fixed_decay else weight_decay) if weight_decouple else 0), "
        "0 if weight_decouple else weight_decay), maximize)",
        "As the paper.",
    ),
    Row(
        "pytorch_optimizer.Adan",
        "lr=1e-3, betas=(0.98, 0.92, 0.99), weight_decay=0.0, weight_decouple=False, eps=1e-8",
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
        "lr=1e-3, betas=(0.9, 0.9999), weight_decay=0.0, weight_decouple=False, eps=1e-6, "
        + KOZISTR,
        _kozistr("ADOPTDialect(lr=lr, beta1=betas[0], beta2=betas[1], eps=eps)"),
        "The bound is the fourth root of t, in the authors' code of t - 1.",
        {"clip_lambda": "a function; adamdoc has the fourth root"},
    ),
    Row(
        "pytorch_optimizer.AdEMAMix",
        "lr=1e-3, betas=(0.9, 0.999, 0.9999), weight_decay=0.0, weight_decouple=False, alpha=5.0, "
        "eps=1e-8, " + KOZISTR,
        _kozistr(
            "AdEMAMix(lr=lr, beta1=betas[0], beta2=betas[1], beta3=betas[2], alpha=alpha, eps=eps)"
        ),
        "As the paper with constant alpha and beta3; the default decay is coupled.",
        {"t_alpha_beta3": "adamdoc's alpha and beta3 are constant"},
    ),
    Row(
        "pytorch_optimizer.Lamb",
        "lr=1e-3, betas=(0.9, 0.999), weight_decay=0.0, weight_decouple=True, eps=1e-6, " + KOZISTR,
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
        "pytorch_optimizer.RAdam",
        "lr=1e-3, betas=(0.9, 0.999), n_sma_threshold=5, degenerated_to_sgd=False, eps=1e-8, "
        "maximize=False",
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
        "lr=1.0, momentum=0.9, weight_decay=0.0, weight_lr_power=2.0, warmup_steps=0, "
        "maximize=False",
        "Maximize(ScheduleFreeSGD(lr=lr, beta=momentum, weight_decay=weight_decay, "
        "warmup=warmup_steps or 1, power=weight_lr_power), maximize)",
        "As the authors' code, in its training mode.",
        {"r": "weights that grow with the step", "eps": "it is used nowhere"},
        fault="eps is an argument and is used nowhere.",
        rejected_when="not momentum",
    ),
    Row(
        "pytorch_optimizer.ScheduleFreeAdamW",
        "lr=2.5e-3, betas=(0.9, 0.999), weight_decay=0.0, weight_lr_power=2.0, warmup_steps=0, "
        "eps=1e-8, maximize=False",
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
    ),
    Row(
        "pytorch_optimizer.Shampoo",
        "lr=1e-3, momentum=0.0, weight_decay=0.0, weight_decouple=False, matrix_eps=1e-6, "
        + KOZISTR,
        _kozistr("Shampoo(lr=lr, eps=matrix_eps, momentum=momentum)"),
        "The last step, not the last gradient, is what momentum mixes in. The peer mixes before it "
        "adds a coupled decay, adamdoc after.",
        fault="With maximize and momentum the first step mixes in the gradient with its old sign.",
        unmatched={"preconditioning_compute_steps": "adamdoc renews the roots at every step"},
        unsupported_when="momentum and (maximize or weight_decay and not weight_decouple)",
    ),
    Row(
        "pytorch_optimizer.SOAP",
        "lr=3e-3, betas=(0.95, 0.95), weight_decay=1e-2, precondition_frequency=10, eps=1e-8, "
        "maximize=False",
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
        "lr=6e-2, betas=(0.96, 0.99), weight_decay=0.0, weight_decouple=True, p=1e-2, "
        "update_period=10, eps=1e-12, " + KOZISTR,
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
    # Wrappers and clipping, here around gradient descent with a learning rate of 0.1
    Row(
        "torch.nn.utils.clip_grad_norm_",
        "max_norm",
        "ClipByNorm(SGD(lr=0.1), max_norm, eps=1e-6)",
        "1e-6 is added to the norm. Here around gradient descent with lr = 0.1.",
    ),
    Row(
        "torch.nn.utils.clip_grad_value_",
        "clip_value",
        "ClipByValue(SGD(lr=0.1), clip_value)",
        "Here around gradient descent with lr = 0.1.",
    ),
    Row(
        "optax.clip_by_global_norm",
        "max_norm",
        "ClipByNorm(SGD(lr=0.1), max_norm)",
        "Nothing is added to the norm. Here around gradient descent with lr = 0.1.",
    ),
    Row(
        "optax.clip",
        "max_delta",
        "ClipByValue(SGD(lr=0.1), max_delta)",
        "Here around gradient descent with lr = 0.1.",
    ),
    Row(
        "optax.lookahead",
        "sync_period=5, slow_step_size=0.5",
        "Lookahead(SGD(lr=0.1, momentum=0.9), sync_period, alpha=slow_step_size)",
        "Here around momentum with lr = 0.1, with two usual numbers: it has no defaults. The state "
        "inside is kept.",
    ),
    Row(
        "pytorch_optimizer.Lookahead",
        "k=5, alpha=0.5",
        "Lookahead(SGD(lr=0.1, momentum=0.9), k, alpha=alpha)",
        "Here around PyTorch's momentum with lr = 0.1, with pullback_momentum = 'none'.",
    ),
    Row(
        "pytorch_optimizer.SAM",
        "rho=0.05",
        "SAM(SGD(lr=0.1, momentum=0.9), rho)",
        "Here around PyTorch's momentum with lr = 0.1. 1e-12 is added to the norm.",
        deviates="the norm is computed in float32",
    ),
    Row(
        "pytorch_optimizer.Prodigy",
        "lr=1.0, betas=(0.9, 0.999), d0=1e-6, d_coef=1.0, weight_decay=0.0, "
        "bias_correction=False, eps=1e-8",
        "",
        "The sums from which the distance is estimated are kept in float32.",
    ),
    Row(
        "pytorch_optimizer.AdaFactor",
        "lr=1e-3, betas=(0.9, 0.999), decay_rate=-0.8, weight_decay=0.0, clip_threshold=1.0, "
        "eps1=1e-30, eps2=1e-3",
        "",
        "It has a momentum, kept in bfloat16, and with relative_step the learning rate is ignored.",
    ),
    Row(
        "pytorch_optimizer.Muon",
        "lr=2e-2, momentum=0.95, weight_decay=0.0, nesterov=True, ns_steps=5",
        "",
        _BF16,
    ),
)

#: Optimizers of the libraries that have no row.
ABSENT = {
    "torch.optim": "ASGD, LBFGS, Rprop, SparseAdam",
    "optax": "fromage, lars, lbfgs, noisy_sgd, novograd, optimistic_adam_v2, "
    "optimistic_gradient_descent, polyak_sgd, rprop, sm3",
    "keras.optimizers": "Ftrl, LossScaleOptimizer",
    "pytorch_optimizer": "all others",
}
