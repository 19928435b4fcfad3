r"""MindSpore: what the symbols of its docstrings mean, and what is found there.

The rows of `mindspore.nn` come first, then those of `mindspore.experimental.optim`, then schedules.
Weight decay and the scale of the loss are arguments of all optimizers of `mindspore.nn`, whose base
class adds the decay to the gradients; most equations leave them out.
"""

import math
from typing import Any

import numpy as np

from adamdoc.audit.bindings import (
    GRADIENT,
    PARAMETERS,
    SCALAR,
    STEP,
    VALUE,
    Bindings,
    Described,
    Finding,
    Meaning,
    Operator,
    Row,
    State,
    Use,
)
from adamdoc.audit.executing import Path, Problem
from adamdoc.audit.libraries import run_mindspore, run_mindspore_scheduler, run_rates

#: MindSpore computes in float32.
TOLERANCE, WITH_BETAS = 1e-5, 1e-4
ROUNDING = {
    TOLERANCE: "MindSpore computes in float32, which rounds the parameters at each step of 0.1 to "
    "about 1e-6 of it",
    WITH_BETAS: "MindSpore computes in float32, which rounds the difference of 1 and 0.999 to 6e-5 "
    "of it",
}
OPTIMIZER = "mindspore.nn.optim.optimizer"
DECAY_LINE = "return op_add((op_mul(weight, F.cast(weight_decay, F.dtype(weight))), gradient))"
#: An argument that changes no numbers.
LOCKING = {"use_locking": "It guards the parameters against other threads."}


def row(name: str, **given: Any) -> Row:
    """Return a row of what computes in float32."""
    names = [m for m in given["symbols"].values() if isinstance(m, str)]
    tolerance = WITH_BETAS if {"beta2", "betas[1]"} & {*names} else TOLERANCE
    given = {"tolerance": tolerance, "why_tolerance": ROUNDING[tolerance], **given}
    return Row(name=f"mindspore.{name}", **given)


def rates(name: str, **given: Any) -> Row:
    """Return a row of a schedule that is a function of the epoch, computed in float64."""
    arguments = {"total_step": 30, "step_per_epoch": 3, **given.pop("arguments")}
    blocks = (Use(r"current\_epoch=floor(\frac{i}{step\_per\_epoch})"), *given.pop("blocks"))
    symbols: dict[str, Meaning] = {
        r"decayed\_learning\_rate[i]": VALUE,
        r"learning\_rate": "learning_rate",
        r"end\_learning\_rate": "end_learning_rate",
        r"decay\_rate": "decay_rate",
        r"decay\_epoch": "decay_epoch",
        r"step\_per\_epoch": "step_per_epoch",
        r"current\_epoch": STEP,
        **FUNCTIONS,
        **given.pop("symbols", {}),
    }
    symbols = {
        latex: m for latex, m in symbols.items() if not isinstance(m, str) or m in (VALUE, STEP)
        or m in arguments or m in given["options"]
    }
    return Row(
        name=f"mindspore.nn.{name}", symbols=symbols, time="i", first=0, blocks=blocks,
        arguments=arguments, run=run_rates, **given,
    )


def decay(anchor: str, gradient: str, parameters: str) -> Finding:
    """Return the finding that the equations, from a row on, leave out the weight decay."""
    return Finding(
        kind="missing option",
        says="The equations leave out `weight_decay`: its product with the parameters is added to "
        "the gradient before anything else.",
        repair=(
            (anchor, rf"{gradient} \leftarrow {gradient} + weight\_decay * {parameters} \\ {anchor}"),
        ),
        symbols={r"weight\_decay": "weight_decay"},
        code=(OPTIMIZER, DECAY_LINE),
    )


def scaling(anchor: str, gradient: str) -> Finding:
    """Return the finding that the equations, from a row on, leave out the scale of the loss."""
    return Finding(
        kind="missing option",
        says="The equations leave out `loss_scale`: the gradient is divided by it, before the "
        "weight decay is added.",
        repair=((anchor, rf"{gradient} \leftarrow {gradient} / loss\_scale \\ {anchor}"),),
        symbols={r"loss\_scale": "loss_scale"},
        code=(f"{OPTIMIZER}.Optimizer.scale_grad", "F.partial(_grad_scale, self.reciprocal_scale)"),
    )


#: What the optimizers of `mindspore.nn` have in common.
COMMON: dict[str, tuple[Any, ...]] = {
    "learning_rate": (0.5,),
    "weight_decay": (0.5,),
    "loss_scale": (4.0,),
}
FUNCTIONS: dict[str, Meaning] = {
    "floor": Operator(lambda arguments, x: np.floor(x)),
    "ceil": Operator(lambda arguments, x: np.ceil(x)),
    "e": math.e,
}
ADAM: dict[str, Meaning] = {
    r"\beta_1": "beta1",
    r"\beta_2": "beta2",
    r"\epsilon": "eps",
    "g": GRADIENT,
    "w_{t+1}": PARAMETERS,
    "m_{t+1}": State("moment1"),
    "v_{t+1}": State("moment2"),
}
BETAS: dict[str, tuple[Any, ...]] = {"beta1": (0.6,), "beta2": (0.7,), "eps": (0.3,)}
NESTEROV = (
    "With `use_nesterov=True` the numerator is not the first moment but its look-ahead, "
    "`beta1` times it plus `1 - beta1` times the gradient. The equations leave this out."
)
EPSILON = (
    "The equation adds `eps` to the root of the corrected second moment. The code adds it to the "
    "root of the uncorrected one, and multiplies the quotient by the correction: `eps` is larger by "
    "the inverse root of the correction, most of all in the first steps."
)
INDEX = Finding(
    kind="index",
    says="The power in the correction is that of the step before, if the steps count from 0, as "
    "$m_{t+1}$ and the start with $m_0$ suggest: the first step would divide by zero.",
    written=r"1-\beta_1^t",
    reading="the steps count from 1, so that the moments start with $m_1 = 0$",
)
EAGER = "mindspore.nn.optim.adam"
STEP_LINE = "lr_t = lr * op_sqrt(1 - beta2_power) / (1 - beta1_power)"
BOLD = r"\boldsymbol{%s}_{t}"

NN = (
    row(
        "nn.Momentum",
        symbols={
            "v_{t+1}": State("moments"),
            "p_{t+1}": PARAMETERS,
            "grad": GRADIENT,
            "u": "momentum",
            "lr": "learning_rate",
        },
        first=0,
        blocks=(Use(0), Use(1, when="use_nesterov"), Use(2, when="not use_nesterov")),
        arguments={"learning_rate": 0.1, "momentum": 0.9},
        options={**COMMON, "momentum": (0.6,), "use_nesterov": (True,)},
        findings=(
            Finding(
                kind="code",
                says="On processors `use_nesterov=True` has no effect: the kernel computes what the "
                "equation for False says.",
                reason="The docstring lists the CPU among the supported platforms, and `nn.SGD` "
                "computes Nesterov's step there.",
                repair=(
                    (r"grad \ast lr + v_{t+1} \ast u \ast lr", r"v_{t+1} \ast lr"),
                ),
            ),
            scaling(r"v_{t+1} = v_{t} \ast u", "grad"),
            decay(r"v_{t+1} = v_{t} \ast u", "grad", "p_{t}"),
        ),
    ),
    row(
        "nn.SGD",
        symbols={
            "v_{t+1}": State("accum", when="momentum > 0"),
            "p_{t+1}": PARAMETERS,
            "gradient": GRADIENT,
            "u": "momentum",
            "lr": "learning_rate",
            "dampening": "dampening",
        },
        first=0,
        blocks=(
            Use(0),
            Use("v_{t+1} = gradient", first=True),
            Use(1, when="nesterov"),
            Use(2, when="not nesterov"),
        ),
        options={**COMMON, "momentum": (0.9,), "dampening": (0.3,), "nesterov": (True,)},
        valid="not nesterov or (momentum > 0 and dampening == 0)",
        findings=(
            Finding(
                kind="formula",
                says="Without momentum, `dampening` has no effect: the code then takes the plain "
                "gradient, where the equation multiplies it by `1 - dampening` after the first "
                "step.",
                repair=(
                    (
                        r"gradient \ast (1-dampening)",
                        r"gradient \ast \begin{cases} 1 & \text{if } u = 0 \\ 1-dampening & "
                        r"\text{otherwise} \end{cases}",
                    ),
                ),
            ),
            scaling(r"v_{t+1} = u \ast v_{t}", "gradient"),
            decay(r"v_{t+1} = u \ast v_{t}", "gradient", "p_{t}"),
        ),
    ),
    row(
        "nn.ASGD",
        symbols={
            "w_{t}": PARAMETERS,
            "g_{t}": GRADIENT,
            r"\lambda": "lambd",
            "lr": "learning_rate",
            r"\alpha": "alpha",
            "t0": "t0",
            r"\eta_{t}": State("eta", start="", shape="number"),
            r"\mu_{t}": State("mu", start="", shape="number"),
            "ax_{t}": State("ax"),
        },
        options={
            "learning_rate": (0.5,),
            "lambd": (0.5,),
            "alpha": (0.5,),
            "t0": (3.0,),
            "weight_decay": (0.5,),
        },
        findings=(
            Finding(
                kind="initial value",
                says="The text does not say where η and μ start: η is `learning_rate` in the first "
                "step, and μ is 1.",
                repair=(
                    (
                        r"w_{t} = w_{t-1} * (1",
                        r"\text{initialize } \eta_{0} \leftarrow lr, \mu_{0} \leftarrow 1 \\ "
                        r"\text{for each step} \\ w_{t} = w_{t-1} * (1",
                    ),
                ),
                code=("mindspore.nn.optim.asgd", "self.assign(eta, lr)"),
            ),
            Finding(
                kind="formula",
                says="The numerator of η is `learning_rate`, not 1. From the second step on, the "
                "step of the text is that of the code divided by `learning_rate`.",
                repair=((r"\frac{1.}{(1 + \lambda", r"\frac{lr}{(1 + \lambda"),),
                code=(
                    "mindspore.nn.optim.asgd",
                    "self.assign(eta, lr / (self.pow((1. + (self.lambd * lr * self.cast(",
                ),
            ),
            Finding(
                kind="formula",
                says="The equation gives the change of the averaged parameters, not the averaged "
                "parameters: the code adds it to the ones before.",
                repair=(
                    (
                        r"ax_{t} = (w_t - ax_{t-1}) * \mu_{t-1}",
                        r"ax_{t} = ax_{t-1} + (w_t - ax_{t-1}) * \mu_{t-1}",
                    ),
                ),
                code=(
                    "mindspore.nn.optim.asgd",
                    "self.assignadd(ax, self.cast((param_fp32 - ax_fp32) * mu, ax.dtype))",
                ),
            ),
            decay(r"w_{t} = w_{t-1} * (1", "g_{t}", "w_{t-1}"),
        ),
    ),
    row(
        "nn.Rprop",
        symbols={
            "w_{t}": PARAMETERS,
            "g_t": GRADIENT,
            r"\Delta_t": State("step_size", start=""),
            r"\Delta_{min}": "step_sizes[0]",
            r"\Delta_{max}": "step_sizes[1]",
            r"\eta_{-}": "etas[0]",
            r"\eta_{+}": "etas[1]",
        },
        introduced=(r"\Delta_{min}", r"\Delta_{max}", r"\eta_{-}", r"\eta_{+}"),
        options={
            "learning_rate": (0.5,),
            "etas": ((0.4, 1.5),),
            "step_sizes": ((0.2, 0.3),),
            "weight_decay": (0.5,),
        },
        findings=(
            Finding(
                kind="typo",
                says="The rows are centred and moved by negative spaces, so that their indentation "
                "does not show which of them belong to a condition. The last row belongs to none.",
                repair=(
                    (r"\hspace{15mm} w_{t}", r"\hspace{5mm} w_{t}"),
                    (r"\hspace{-10mm}", r"\hspace{5mm}"),
                    (r"\hspace{25mm}", r"\hspace{10mm}"),
                    (r"\hspace{0mm}", r"\hspace{5mm}"),
                    (r"\hspace{-25mm}", r"\hspace{5mm}"),
                    (r"\hspace{-5mm}", r"\hspace{10mm}"),
                ),
            ),
            Finding(
                kind="initial value",
                says="The text does not say where the step sizes start, and `learning_rate` is in "
                "none of the equations: it is their initial value.",
                repair=(
                    (
                        r"&\hspace{5mm}  \textbf{if}",
                        r"&\text{initialize } \Delta_0 \leftarrow learning\_rate \\ "
                        r"&\text{for each step} \\ &\hspace{5mm}  \textbf{if}",
                    ),
                ),
                symbols={r"learning\_rate": "learning_rate"},
                code=(
                    "mindspore.nn.optim.rprop",
                    "step_size_cast = self.cast(self.ones_like(step_size), compute_dtype) * lr",
                ),
            ),
            Finding(
                kind="initial value",
                says="The text does not say what the gradient before the first one is: it is 0.",
                repair=(
                    (
                        r"&\hspace{5mm}  \textbf{if}",
                        r"&\text{initialize } g_0 \leftarrow 0 \\ &\text{for each step} \\ "
                        r"&\hspace{5mm}  \textbf{if}",
                    ),
                ),
                code=("mindspore.nn.optim.rprop", 'clone(prefix="prev", init=\'zeros\')'),
            ),
            Finding(
                kind="formula",
                says="Where the gradient changes its sign the code sets it to 0, for this step and "
                "as the gradient before the next one, so that the parameter does not move. The "
                "equations move it.",
                repair=(
                    (
                        r"\mathrm{max}(\Delta_{t-1} \eta_{-}, \Delta_{min})  \\",
                        r"\mathrm{max}(\Delta_{t-1} \eta_{-}, \Delta_{min})  \\ "
                        r"&\hspace{10mm} g_t \leftarrow 0 \\",
                    ),
                ),
                code=(
                    "mindspore.nn.optim.rprop",
                    "gradient_update = self.select( sign == self.etaminus,",
                ),
            ),
            Finding(
                kind="formula",
                says="The code also keeps the step size between its bounds where the gradient is "
                "the first one, or 0. The last case of the equations leaves it as it is.",
                repair=(
                    (
                        r"\Delta_t \leftarrow \Delta_{t-1}",
                        r"\Delta_t \leftarrow \mathrm{min}(\mathrm{max}(\Delta_{t-1}, "
                        r"\Delta_{min}), \Delta_{max})",
                    ),
                ),
                code=(
                    "mindspore.nn.optim.rprop",
                    "step_size_cast = ops.clip_by_value(step_size_cast * sign,",
                ),
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `weight_decay`: its product with the parameters is "
                "added to the gradient before anything else.",
                repair=(
                    (
                        r"&\hspace{5mm}  \textbf{if}",
                        r"&\hspace{5mm} g_t \leftarrow g_t + weight\_decay * w_{t-1} \\ "
                        r"&\hspace{5mm}  \textbf{if}",
                    ),
                ),
                symbols={r"weight\_decay": "weight_decay"},
                code=(OPTIMIZER, DECAY_LINE),
            ),
            Finding(
                kind="prose",
                says="The two factors are named in the wrong order: $\\eta_+$ is `etaplus` and "
                "$\\eta_-$ is `etaminus`.",
                written=r":math:`\eta_{+/-}` represents the factors of etaminus and etaplus",
            ),
        ),
    ),
    row(
        "nn.FTRL",
        symbols={
            r"\omega_{t+1}": PARAMETERS,
            "g": GRADIENT,
            r"\alpha": "learning_rate",
            r"\text{-p}": "-lr_power",
            "l1": "l1",
            "l2": "l2",
            "m_{t+1}": State("moments", start=r"initial\_accum"),
            "u_{t+1}": State("linear"),
            r"initial\_accum": "initial_accum",
        },
        introduced=(r"\text{-p}",),
        first=0,
        arguments={"learning_rate": 0.1},
        options={
            **COMMON,
            "initial_accum": (0.5,),
            "lr_power": (-0.3,),
            "l1": (0.3,),
            "l2": (0.5,),
        },
        unchecked=LOCKING,
        findings=(
            Finding(
                kind="code",
                says="On processors the numerator is `l1 - u` for negative `u` too, where the "
                "equation has the sign of `u` times `l1`: the L1 penalty then moves the parameter "
                "away from zero.",
                reason="The equation is that of the paper, and of the other branch of the same "
                "module, for sparse parameters.",
                repair=((r"sign(u_{t+1}) * l1 - u_{t+1}", r"l1 - u_{t+1}"),),
                code=("mindspore.nn.optim.ftrl", "(l1 * op_sign(linear_slice) - linear_slice)"),
            ),
            scaling("m_{t+1} = m_{t}", "g"),
            decay("m_{t+1} = m_{t}", "g", r"\omega_{t}"),
        ),
    ),
    row(
        "nn.RMSProp",
        symbols={
            "w": PARAMETERS,
            r"\nabla Q_{i}(w)": GRADIENT,
            r"\eta": "learning_rate",
            r"\rho": "decay",
            r"\beta": "momentum",
            r"\epsilon": "epsilon",
            "s_{t+1}": State("mean_square"),
            "m_{t+1}": State("moment"),
            "g_{t+1}": State("mean_grad", when="centered"),
        },
        first=0,
        blocks=(
            *(Use(k, when="not centered") for k in range(3)),
            *(Use(k, when="centered") for k in range(3, 7)),
        ),
        options={
            **COMMON,
            "decay": (0.6,),
            "momentum": (0.9,),
            "epsilon": (0.3,),
            "centered": (True,),
        },
        unchecked=LOCKING,
        findings=(
            Finding(
                kind="initial value",
                says="The text does not say that the mean of the squared gradients starts at 1. "
                "From 0, where such means usually start, the first steps are several times as long.",
                repair=(
                    (
                        r"s_{t+1} = \rho s_{t}",
                        r"\text{initialize } s_0 \leftarrow 1 \\ \text{for each step} \\ "
                        r"s_{t+1} = \rho s_{t}",
                    ),
                ),
                code=(
                    "mindspore.nn.optim.rmsprop",
                    "self.ms = self._parameters.clone(prefix=\"mean_square\", init='ones')",
                ),
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `weight_decay`: its product with the parameters is "
                "added to the gradient before anything else.",
                repair=((r"\nabla Q_{i}(w)", r"(\nabla Q_{i}(w) + weight\_decay * w)"),),
                symbols={r"weight\_decay": "weight_decay"},
                code=(OPTIMIZER, DECAY_LINE),
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `loss_scale`: the gradient is divided by it, before "
                "the weight decay is added.",
                repair=((r"\nabla Q_{i}(w)", r"\frac{\nabla Q_{i}(w)}{loss\_scale}"),),
                symbols={r"loss\_scale": "loss_scale"},
            ),
        ),
    ),
    row(
        "nn.ProximalAdagrad",
        symbols={
            "w_{t+1}": PARAMETERS,
            "g": GRADIENT,
            r"\gamma": "learning_rate",
            "l1": "l1",
            "l2": "l2",
            r"\text{prox_v}": STEP,
            "accum": "accum",
            "accum_{t+1}": State("accum", start="accum"),
        },
        first=0,
        arguments={"learning_rate": 0.1},
        options={**COMMON, "accum": (0.5,), "l1": (0.3,), "l2": (0.5,)},
        unchecked=LOCKING,
        findings=(
            Finding(
                kind="formula",
                says="The penalties are not multiplied by the learning rate, as the equation "
                "says, but by the adaptive rate of the row before: that divided by the root of the "
                "accumulator.",
                repair=(
                    (r"1 + \gamma * l2", r"1 + \frac{\gamma}{\sqrt{accum_{t+1}}} * l2"),
                    (
                        r"\right| - \gamma * l1",
                        r"\right| - \frac{\gamma}{\sqrt{accum_{t+1}}} * l1",
                    ),
                ),
            ),
            scaling("accum_{t+1} = accum_{t}", "g"),
            decay("accum_{t+1} = accum_{t}", "g", "w_{t}"),
        ),
    ),
    row(
        "nn.Adagrad",
        symbols={
            "w_t": PARAMETERS,
            r"\nabla_{w} f_t (w_{t-1})": GRADIENT,
            "g_t": STEP,
            r"\gamma": "learning_rate",
            r"\lambda": "weight_decay",
            r"state\_sum_t": State("accum"),
            r"\epsilon": 0.0,
        },
        arguments={"learning_rate": 0.1},
        options={**COMMON, "accum": (0.5,), "update_slots": (False,)},
        findings=(
            Finding(
                kind="initial value",
                says="The accumulator starts at `accum`, which is 0.1 by default, and not at 0 as "
                "the algorithm says.",
                repair=(
                    (r"state\_sum_0 \leftarrow 0", r"state\_sum_0 \leftarrow accum"),
                ),
                symbols={"accum": "accum"},
                code=(
                    "mindspore.nn.optim.ada_grad",
                    'self.accum = self._parameters.clone(prefix="accum", init=accum)',
                ),
            ),
            Finding(
                kind="undefined symbol",
                says="Nothing says what ε is, and there is no argument for it.",
                written=r"\sqrt{state\_sum_t} + \epsilon",
            ),
            Finding(
                kind="undefined symbol",
                says="The arguments speak of $h$, which is in no equation: it is the accumulator.",
                written="The starting value for :math:`h`",
            ),
            Finding(
                kind="code",
                says="On processors `update_slots=False` has no effect: the accumulator is updated "
                "all the same.",
                written="Whether the :math:`h` will be updated",
                reason="The words for the argument say otherwise, and `ops.ApplyAdagradV2` keeps "
                "the accumulator on the same processor.",
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `loss_scale`: the gradient is divided by it, before "
                "the weight decay is added.",
                repair=(
                    (
                        r"\nabla_{w} f_t (w_{t-1}) \\",
                        r"\frac{\nabla_{w} f_t (w_{t-1})}{loss\_scale} \\",
                    ),
                ),
                symbols={r"loss\_scale": "loss_scale"},
            ),
        ),
    ),
    row(
        "nn.Adam",
        symbols={
            BOLD % "w": PARAMETERS,
            r"\nabla_{w} \boldsymbol{f}_{t}\left(\boldsymbol{w}_{t-1}\right)": GRADIENT,
            BOLD % "g": STEP,
            BOLD % "m": State("moment1"),
            BOLD % "v": State("moment2"),
            "m_t": "= " + BOLD % "m",
            "v_t": "= " + BOLD % "v",
            r"\hat{\boldsymbol{m}}_{t}": STEP,
            r"\hat{\boldsymbol{v}}_{t}": STEP,
            r"\gamma": "learning_rate",
            r"\beta_{1}": "beta1",
            r"\beta_{2}": "beta2",
            r"\epsilon": "eps",
            r"\lambda": "weight_decay",
        },
        arguments={"learning_rate": 0.1},
        options={**COMMON, **BETAS, "use_nesterov": (True,), "use_amsgrad": (True,)},
        unchecked=LOCKING,
        findings=(
            Finding(
                kind="typo",
                says="The loop never counts $t$, which starts at 0: the row $t \\leftarrow t + 1$ is "
                "missing, without which the corrections divide by zero.",
                repair=(
                    (
                        r"&\hspace{5mm}\boldsymbol{g}_{t} \leftarrow \nabla_{w}",
                        r"&\hspace{5mm} t \leftarrow t+1 \\ "
                        r"&\hspace{5mm}\boldsymbol{g}_{t} \leftarrow \nabla_{w}",
                    ),
                ),
            ),
            Finding(
                kind="formula",
                says=EPSILON,
                repair=(
                    (
                        r"(\sqrt{\hat{\boldsymbol{v}}_{t}}+\epsilon)",
                        r"(\sqrt{\hat{\boldsymbol{v}}_{t}}+\epsilon / \sqrt{1-\beta_{2}^{t}})",
                    ),
                ),
                code=(EAGER, STEP_LINE),
                threads=("https://github.com/tensorflow/tensorflow/issues/9047",),
            ),
            Finding(
                kind="missing option",
                says=NESTEROV + " Together with `use_amsgrad=True` it has no effect.",
                repair=(
                    (
                        r"&\hspace{5mm}\hat{\boldsymbol{v}}_{t} \leftarrow",
                        r"&\hspace{5mm}\textbf{if} \: use\_nesterov > 0 \land use\_amsgrad = 0 \\ "
                        r"&\hspace{10mm}\hat{\boldsymbol{m}}_{t} \leftarrow (\beta_{1} "
                        r"\boldsymbol{m}_{t} + (1-\beta_{1}) \boldsymbol{g}_{t}) / "
                        r"(1-\beta_{1}^{t}) \\ "
                        r"&\hspace{5mm}\hat{\boldsymbol{v}}_{t} \leftarrow",
                    ),
                ),
                symbols={r"use\_nesterov": "use_nesterov", r"use\_amsgrad": "use_amsgrad"},
            ),
            Finding(
                kind="missing option",
                says="With `use_amsgrad=True` the second moment is replaced by its largest value so "
                "far, before the correction. The equations leave this out.",
                repair=(
                    (
                        r"&\hspace{5mm}\boldsymbol{w}_{t} \leftarrow",
                        r"&\hspace{5mm}\textbf{if} \: use\_amsgrad \\ "
                        r"&\hspace{10mm}v^{max}_{t} \leftarrow \max(v^{max}_{t-1}, "
                        r"\boldsymbol{v}_{t}) \\ "
                        r"&\hspace{10mm}\hat{\boldsymbol{v}}_{t} \leftarrow v^{max}_{t} / "
                        r"(1-\beta_{2}^{t}) \\ "
                        r"&\hspace{5mm}\boldsymbol{w}_{t} \leftarrow",
                    ),
                ),
                symbols={
                    r"use\_amsgrad": "use_amsgrad",
                    r"v^{max}_{t}": State("vhat", when="use_amsgrad"),
                },
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `loss_scale`: the gradient is divided by it, before "
                "the weight decay is added.",
                repair=(
                    (
                        r"\boldsymbol{f}_{t}\left(\boldsymbol{w}_{t-1}\right) \\",
                        r"\boldsymbol{f}_{t}\left(\boldsymbol{w}_{t-1}\right) / loss\_scale \\",
                    ),
                ),
                symbols={r"loss\_scale": "loss_scale"},
            ),
        ),
    ),
    row(
        "nn.LazyAdam",
        symbols={
            **ADAM,
            r"\gamma": "learning_rate",
            r"\widehat{m_{t+1}}": STEP,
            r"\widehat{v_{t+1}}": STEP,
        },
        arguments={"learning_rate": 0.1},
        options={**COMMON, **BETAS, "use_nesterov": (True,)},
        unchecked=LOCKING,
        findings=(
            Finding(
                kind="formula",
                says=EPSILON,
                repair=(
                    (
                        r"\sqrt{\widehat{v_{t+1}}} + \epsilon",
                        r"\sqrt{\widehat{v_{t+1}}} + \frac{\epsilon}{\sqrt{1-\beta_2^t}}",
                    ),
                ),
            ),
            Finding(
                kind="missing option",
                says=NESTEROV,
                repair=(
                    (
                        r"\frac{m_{t+1}}{1-\beta_1^t}",
                        r"\begin{cases} \frac{\beta_1 m_{t+1} + (1 - \beta_1) g}{1-\beta_1^t} & "
                        r"\text{if } use\_nesterov \\ \frac{m_{t+1}}{1-\beta_1^t} & "
                        r"\text{otherwise} \end{cases}",
                    ),
                ),
                symbols={r"use\_nesterov": "use_nesterov"},
            ),
            scaling(r"m_{t+1} = \beta_1 * m_{t}", "g"),
            decay(r"m_{t+1} = \beta_1 * m_{t}", "g", "w_{t}"),
            INDEX,
        ),
    ),
    row(
        "nn.AdamOffload",
        symbols={**ADAM, r"\alpha": "learning_rate", "l": STEP},
        arguments={"learning_rate": 0.1},
        options={**COMMON, **BETAS, "use_nesterov": (True,)},
        unchecked=LOCKING,
        findings=(
            Finding(
                kind="missing option",
                says=NESTEROV,
                repair=(
                    (
                        r"w_{t+1} = w_{t} - l * \frac{m_{t+1}}",
                        r"n = \begin{cases} \beta_1 m_{t+1} + (1 - \beta_1) g & "
                        r"\text{if } use\_nesterov \\ m_{t+1} & \text{otherwise} \end{cases} \\ "
                        r"w_{t+1} = w_{t} - l * \frac{n}",
                    ),
                ),
                symbols={r"use\_nesterov": "use_nesterov", "n": STEP},
            ),
            scaling(r"m_{t+1} = \beta_1 * m_{t}", "g"),
            decay(r"m_{t+1} = \beta_1 * m_{t}", "g", "w_{t}"),
            INDEX,
        ),
    ),
    row(
        "nn.AdamWeightDecay",
        symbols={
            BOLD % "w": PARAMETERS,
            r"\nabla f_{t}\left(\boldsymbol{w}_{t-1}\right)": GRADIENT,
            BOLD % "g": STEP,
            BOLD % "m": State("adam_m"),
            BOLD % "v": State("adam_v"),
            "m_t": "= " + BOLD % "m",
            "v_t": "= " + BOLD % "v",
            r"{\boldsymbol{m}}_{t}": "= " + BOLD % "m",
            r"{\boldsymbol{v}}_{t}": "= " + BOLD % "v",
            r"\gamma": "learning_rate",
            r"\beta_{1}": "beta1",
            r"\beta_{2}": "beta2",
            r"\epsilon": "eps",
            r"\lambda": "weight_decay",
        },
        arguments={"learning_rate": 0.1},
        introduced=(r"\epsilon",),  # as the term in the denominator
        options={"learning_rate": (0.5,), **BETAS, "weight_decay": (0.5,)},
    ),
    row(
        "nn.AdaMax",
        symbols={**{k: m for k, m in ADAM.items() if k != "w_{t+1}"}, "w": PARAMETERS,
                 "l": "learning_rate"},
        first=0,
        arguments={"learning_rate": 0.1},
        options={**COMMON, **BETAS},
        findings=(
            scaling(r"m_{t+1} = \beta_1 * m_{t}", "g"),
            decay(r"m_{t+1} = \beta_1 * m_{t}", "g", "w"),
        ),
    ),
    row(
        "nn.Adadelta",
        symbols={
            "w_{t}": PARAMETERS,
            "g_{t}": GRADIENT,
            r"\gamma": "learning_rate",
            r"\rho": "rho",
            r"\epsilon": "epsilon",
            "accum_{t}": State("accum"),
            r"accum\_update_{t}": State("accum_update"),
            "update_{t}": STEP,
        },
        arguments={"learning_rate": 10.0},
        options={**COMMON, "learning_rate": (30.0,), "rho": (0.6,), "epsilon": (0.3,)},
        findings=(
            scaling(r"accum_{t} = \rho", "g_{t}"),
            decay(r"accum_{t} = \rho", "g_{t}", "w_{t-1}"),
        ),
    ),
)

#: How the docstrings of `mindspore.experimental.optim` write the gradient, as PyTorch does.
G = r"\nabla_{\theta} f_t (\theta_{t-1})"
LIKE_TORCH: dict[str, Meaning] = {
    r"\theta_t": PARAMETERS,
    G: GRADIENT,
    "g_t": STEP,
    r"\gamma": "lr",
    r"\lambda": "weight_decay",
}
MAXIMIZE = Finding(
    kind="missing option",
    says="With `maximize=True` the gradient has the other sign. The equations leave this out.",
    repair=(
        (
            rf"g_t \leftarrow {G}",
            rf"g_t \leftarrow \begin{{cases}} -{G} & \text{{if }} \textit{{maximize}} \\ "
            rf"{G} & \text{{otherwise}} \end{{cases}}",
        ),
    ),
    symbols={r"\textit{maximize}": "maximize"},
)
EXPERIMENTAL_ADAM: dict[str, Meaning] = {
    **LIKE_TORCH,
    r"\beta_1": "betas[0]",
    r"\beta_2": "betas[1]",
    r"\epsilon": "eps",
    "m_t": State("exp_avg"),
    "v_t": State("exp_avg_sq"),
    r"\widehat{m_t}": STEP,
    r"\widehat{v_t}": STEP,
    r"\widehat{v_t}^{max}": State(),
    r"\textit{maximize}": "maximize",
    r"\textit{amsgrad}": "amsgrad",
}
LIKE_TORCH_OPTIONS: dict[str, tuple[Any, ...]] = {
    "lr": (0.5,),
    "betas": ((0.6, 0.7),),
    "eps": (0.3,),
    "weight_decay": (0.5,),
}

EXPERIMENTAL = (
    row(
        "experimental.optim.SGD",
        symbols={
            "v_{t+1}": State("accum", when="momentum > 0"),
            "p_{t+1}": PARAMETERS,
            "gradient": GRADIENT,
            "u": "momentum",
            "lr": "lr",
            "dampening": "dampening",
        },
        first=0,
        blocks=(
            Use(0),
            Use("v_{t+1} = gradient", first=True),
            Use(1, when="nesterov"),
            Use(2, when="not nesterov"),
        ),
        arguments={"lr": 0.1},
        options={
            "lr": (0.5,),
            "momentum": (0.9,),
            "dampening": (0.3,),
            "weight_decay": (0.5,),
            "nesterov": (True,),
            "maximize": (True,),
        },
        valid="not nesterov or (momentum > 0 and dampening == 0)",
        findings=(
            Finding(
                kind="formula",
                says="Without momentum, `dampening` has no effect: the code then takes the plain "
                "gradient, where the equation multiplies it by `1 - dampening` after the first "
                "step.",
                repair=(
                    (
                        r"gradient \ast (1-dampening)",
                        r"gradient \ast \begin{cases} 1 & \text{if } u = 0 \\ 1-dampening & "
                        r"\text{otherwise} \end{cases}",
                    ),
                ),
            ),
            Finding(
                kind="missing option",
                says="With `maximize=True` the gradient has the other sign. The equations leave "
                "this out.",
                repair=(
                    (
                        r"v_{t+1} = u \ast v_{t}",
                        r"gradient \leftarrow \begin{cases} -gradient & \text{if } "
                        r"\textit{maximize} \\ gradient & \text{otherwise} \end{cases} \\ "
                        r"v_{t+1} = u \ast v_{t}",
                    ),
                ),
                symbols={r"\textit{maximize}": "maximize"},
            ),
            Finding(
                kind="missing option",
                says="The equations leave out `weight_decay`: its product with the parameters is "
                "added to the gradient.",
                repair=(
                    (
                        r"v_{t+1} = u \ast v_{t}",
                        r"gradient \leftarrow gradient + weight\_decay * p_{t} \\ "
                        r"v_{t+1} = u \ast v_{t}",
                    ),
                ),
                symbols={r"weight\_decay": "weight_decay"},
            ),
        ),
    ),
    row(
        "experimental.optim.Adam",
        symbols=EXPERIMENTAL_ADAM,
        introduced=(r"\epsilon",),  # as the term in the denominator
        arguments={"lr": 0.1},
        options={**LIKE_TORCH_OPTIONS, "amsgrad": (True,), "maximize": (True,)},
        findings=(
            Finding(
                kind="formula",
                says=EPSILON,
                repair=(
                    (
                        r"\big(\sqrt{\widehat{v_t}} + \epsilon \big)",
                        r"\big(\sqrt{\widehat{v_t}} + \epsilon / \sqrt{1-\beta_2^t} \big)",
                    ),
                    (
                        r"\big(\sqrt{\widehat{v_t}^{max}} + \epsilon \big)",
                        r"\big(\sqrt{\widehat{v_t}^{max}} + \epsilon / \sqrt{1-\beta_2^t} \big)",
                    ),
                ),
            ),
            Finding(
                kind="code",
                says="The argument `amsgrad` has no effect: the class keeps it and a state for it, "
                "and neither takes part in the update.",
                reason="The class has a state for the largest second moments that it never "
                "changes, and `AdamW` beside it implements the option.",
                repair=((r"\textbf{if} \: amsgrad", r"\textbf{if} \: False"),),
                code=("mindspore.experimental.optim.adam", "self.adam_opt = ops.Adam(False, False)"),
            ),
        ),
    ),
    row(
        "experimental.optim.AdamW",
        symbols=EXPERIMENTAL_ADAM,
        arguments={"lr": 0.1},
        options={**LIKE_TORCH_OPTIONS, "amsgrad": (True,), "maximize": (True,)},
        findings=(
            Finding(
                kind="default",
                says="The text says that `weight_decay` is 0 by default. It is 0.01.",
                argument="weight_decay",
                written="weight decay (L2 penalty). Default: ``0.``",
            ),
            Finding(
                kind="prose",
                says="The decay is not that of an L2 penalty: it is apart from the gradient, as "
                "the equations say.",
                written="weight decay (L2 penalty)",
            ),
            Finding(
                kind="formula",
                says="With `amsgrad=True` the code takes the largest second moment so far before "
                "the correction, and corrects it afterwards. The equation takes the largest "
                "corrected one.",
                repair=(
                    (
                        r"\widehat{v_t}^{max} \leftarrow \mathrm{max}(\widehat{v_t}^{max}, "
                        r"\widehat{v_t})",
                        r"v^{max}_t \leftarrow \mathrm{max}(v^{max}_{t-1}, v_t) \\ "
                        r"&\hspace{10mm}\widehat{v_t}^{max} \leftarrow "
                        r"v^{max}_t/\big(1-\beta_2^t \big)",
                    ),
                ),
                symbols={r"v^{max}_t": State("max_exp_avg_sq", when="amsgrad")},
                code=(
                    "mindspore.experimental.optim.adamw",
                    "next_max_exp_avg = op_maximum(max_exp_avg_sq, exp_avg_sq)",
                ),
            ),
        ),
    ),
    row(
        "experimental.optim.Adagrad",
        symbols={
            **LIKE_TORCH,
            r"\tau": "initial_accumulator_value",
            r"\eta": "lr_decay",
            r"\epsilon": "eps",
            r"\tilde{\gamma}": STEP,
            r"state\_sum_t": State("accum"),
        },
        introduced=(r"\epsilon",),  # as the term in the denominator
        arguments={"lr": 0.1},
        options={
            "lr": (0.5,),
            "lr_decay": (0.2,),
            "weight_decay": (0.5,),
            "initial_accumulator_value": (0.4,),
            "eps": (0.3,),
            "maximize": (True,),
        },
        findings=(
            Finding(
                kind="initial value",
                says="The accumulator starts at `initial_accumulator_value`, which the algorithm "
                "calls τ and does not use, and not at 0.",
                repair=((r"state\_sum_0 \leftarrow 0", r"state\_sum_0 \leftarrow \tau"),),
                code=(
                    "mindspore.experimental.optim.adagrad",
                    'clone(prefix="accum", init=initial_accumulator_value)',
                ),
            ),
            MAXIMIZE,
        ),
    ),
    row(
        "experimental.optim.Adadelta",
        symbols={
            **LIKE_TORCH,
            r"\rho": "rho",
            r"\epsilon": "eps",
            r"\Delta x_t": STEP,
            "v_t": State("accum"),
            "u_t": State("accum_update"),
        },
        arguments={"lr": 10.0},
        options={
            "lr": (30.0,),
            "rho": (0.6,),
            "eps": (0.3,),
            "weight_decay": (0.5,),
            "maximize": (True,),
        },
        findings=(MAXIMIZE,),
    ),
    row(
        "experimental.optim.Adamax",
        symbols={
            **LIKE_TORCH,
            r"\beta": "betas[0]",
            r"\beta_1": "betas[0]",
            r"\beta_2": "betas[1]",
            r"\epsilon": "eps",
            "m_t": State("exp_avg"),
            "u_t": State("exp_inf"),
        },
        arguments={"lr": 0.1},
        options={**LIKE_TORCH_OPTIONS, "maximize": (True,)},
        findings=(MAXIMIZE,),
    ),
    row(
        "experimental.optim.RAdam",
        symbols={
            **{k: m for k, m in LIKE_TORCH.items() if k != G},
            r"\nabla_{\theta} f_t(\theta_{t - 1})": GRADIENT,
            r"\beta_1": "betas[0]",
            r"\beta_2": "betas[1]",
            r"\epsilon": "eps",
            "m_t": State("exp_avg"),
            "v_t": State("exp_avg_sq"),
            r"\widehat{m_t}": STEP,
            r"\rho_{\infty}": State(shape="number"),
            r"\rho_t'": STEP,
            r"\rho_t": STEP,
            "l_t": STEP,
            "r_t": STEP,
        },
        arguments={"lr": 0.1, "betas": (0.9, 0.99)},
        options={**LIKE_TORCH_OPTIONS},
    ),
    *(
        Row(name=f"mindspore.experimental.optim.{name}", unreadable="no equations")
        for name in ("ASGD", "NAdam", "RMSprop", "Rprop")
    ),
)

ROWS = (*NN, *EXPERIMENTAL)
