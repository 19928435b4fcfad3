r"""MindSpore: what the symbols of its docstrings mean, and what is found there.

The rows of `mindspore.nn` come first, then those of `mindspore.experimental.optim`, then schedules.
Weight decay and the scale of the loss are arguments of all optimizers of `mindspore.nn`, whose base
class adds the decay to the gradients; most equations leave them out.
"""

import functools
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
from adamdoc.audit.libraries import run_mindspore_scheduler, run_rates

#: MindSpore computes in float32.
TOLERANCE, SLOW, WITH_BETAS = 1e-5, 3e-5, 1e-4
ROUNDING = {
    TOLERANCE: "MindSpore computes in float32, which rounds the parameters at each step of 0.1 to "
    "about 1e-6 of it",
    SLOW: "MindSpore computes in float32, which rounds the parameters at each step to about 1e-6 "
    "of it, and the first steps of Adadelta are short",
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
    known = {VALUE, STEP, *arguments, *given["options"]}
    symbols = {latex: m for latex, m in symbols.items() if not isinstance(m, str) or m in known}
    return Row(
        name=f"mindspore.nn.{name}",
        symbols=symbols,
        time="i",
        first=0,
        blocks=blocks,
        arguments=arguments,
        run=run_rates,
        **given,
    )


def decay(anchor: str, gradient: str, parameters: str) -> Finding:
    """Return the finding that the equations, from a row on, leave out the weight decay."""
    return Finding(
        kind="missing option",
        says="The equations leave out `weight_decay`, which the words call an L2 penalty: its "
        "product with the parameters is added to the gradient at the beginning of the step.",
        repair=(
            (
                anchor,
                rf"{gradient} \leftarrow {gradient} + weight\_decay * {parameters} \\ {anchor}",
            ),
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
    "floor": Operator(lambda _, x: np.floor(x)),
    "ceil": Operator(lambda _, x: np.ceil(x)),
    "e": math.e,
    r"\pi": math.pi,
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
    "root of the uncorrected one, and multiplies the quotient by the correction: `eps` is larger "
    "by the inverse root of the correction, most of all in the first steps."
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
#: The first condition of Rprop.
SIGNS = r"\textbf{if} \:   g_{t-1} g_t  > 0"
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
                says="On a CPU `use_nesterov=True` has no effect: the kernel computes what "
                "the equation for False says.",
                reason="The docstring lists the CPU among the supported platforms, and `nn.SGD` "
                "computes Nesterov's step there.",
                repair=((r"grad \ast lr + v_{t+1} \ast u \ast lr", r"v_{t+1} \ast lr"),),
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
                reading="the dampening is for the momentum, as its description says, so that there "
                "is none without it",
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
                "does not show which of them belong to a condition. The last row is for all three "
                "cases.",
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
                        SIGNS,
                        r"\text{initialize } \Delta_0 \leftarrow learning\_rate \\ "
                        rf"&\text{{for each step}} \\ &\hspace{{5mm}} {SIGNS}",
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
                        SIGNS,
                        r"\text{initialize } g_0 \leftarrow 0 \\ "
                        rf"&\text{{for each step}} \\ &\hspace{{5mm}} {SIGNS}",
                    ),
                ),
                code=("mindspore.nn.optim.rprop", "clone(prefix=\"prev\", init='zeros')"),
                reading="without a gradient before, neither of the two conditions holds",
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
                says="The equations leave out `weight_decay`, which the words call an L2 penalty: "
                "its product with the parameters is added to the gradient at the beginning of the "
                "step.",
                repair=(
                    (
                        SIGNS,
                        r"g_t \leftarrow g_t + weight\_decay * w_{t-1} \\ "
                        rf"&\hspace{{5mm}} {SIGNS}",
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
                reading="the two factors are named in no order",
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
                says="On a CPU the numerator is `l1 - u` for negative `u` too, where the "
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
                "From 0, where such means usually start, the first steps are much longer.",
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
                says="The equations leave out `weight_decay`, which the words call an L2 penalty: "
                "its product with the parameters is added to the gradient at the beginning of the "
                "step.",
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
                says="The accumulator starts at `accum`, which is 0.1 by default, as the arguments "
                "say. The algorithm says that it starts at 0.",
                repair=((r"state\_sum_0 \leftarrow 0", r"state\_sum_0 \leftarrow accum"),),
                symbols={"accum": "accum"},
                code=(
                    "mindspore.nn.optim.ada_grad",
                    'self.accum = self._parameters.clone(prefix="accum", init=accum)',
                ),
            ),
            Finding(
                kind="undefined symbol",
                says="Nothing says what ε is, and there is no argument for it. On a CPU the "
                "kernel adds 1e-8, and to the accumulator within the root, which shows only if the "
                "accumulator is about as small.",
                written=r"\sqrt{state\_sum_t} + \epsilon",
            ),
            Finding(
                kind="undefined symbol",
                says="The arguments speak of $h$, which is in no equation: it is the accumulator.",
                written="The starting value for :math:`h`",
                reading="the quantity that starts with `accum` is the accumulator",
            ),
            Finding(
                kind="code",
                says="On a CPU `update_slots=False` has no effect: the accumulator is updated "
                "all the same.",
                written="Whether the :math:`h` will be updated",
                reason="The words for the argument say otherwise, and `ops.ApplyAdagradV2` keeps "
                "the accumulator on a CPU, too.",
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
                says="The loop never counts $t$, which starts at 0: the row $t \\leftarrow t + 1$ "
                "is missing, without which the corrections divide by zero.",
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
                says="With `use_amsgrad=True` the second moment is replaced by its largest value "
                "so far, before the correction. The equations leave this out.",
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
        symbols={
            **{k: m for k, m in ADAM.items() if k != "w_{t+1}"},
            "w": PARAMETERS,
            "l": "learning_rate",
        },
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
        tolerance=SLOW,
        why_tolerance=ROUNDING[SLOW],
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
                reading="the dampening is for the momentum, as its description says, so that there "
                "is none without it",
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
                says="The equations leave out `weight_decay`, which the words call an L2 penalty: "
                "its product with the parameters is added to the gradient.",
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
                says=EPSILON + " A warning says that the implementation is not completely that of "
                "the paper.",
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
                reading="the equations are those of the paper, from which the code differs, as the "
                "warning says",
            ),
            Finding(
                kind="code",
                says="The argument `amsgrad` has no effect: the class keeps it and a state for it, "
                "and neither takes part in the update.",
                reason="The class has a state for the largest second moments that it never "
                "changes, and `AdamW` beside it implements the option.",
                repair=((r"\textbf{if} \: amsgrad", r"\textbf{if} \: False"),),
                code=(
                    "mindspore.experimental.optim.adam",
                    "self.adam_opt = ops.Adam(False, False)",
                ),
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
                reading="an L2 penalty as another name of weight decay",
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
                threads=("https://github.com/pytorch/pytorch/pull/142351",),
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
                "calls τ in its first row. The algorithm says that it starts at 0.",
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
        tolerance=SLOW,
        why_tolerance=ROUNDING[SLOW],
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

#: What the two displays of Adafactor have in common.
ADAFACTOR: dict[str, Meaning] = {
    "X_{t}": PARAMETERS,
    r"\nabla f_{t}\left(X_{t-1}\right)": GRADIENT,
    "G_{t}": SCALAR,  # its square is that of each entry
    r"\alpha_{t}": SCALAR,
    r"\rho_{t}": SCALAR,
    r"\hat{\beta}_{2 t}": SCALAR,
    r"\epsilon_{1}": "eps[0]",
    r"\epsilon_{2}": "eps[1]",
    "d": "clip_threshold",
    "U_{t}": STEP,
    r"\hat{U}_{t}": STEP,
}
ADAFACTOR_OPTIONS: dict[str, tuple[Any, ...]] = {
    "eps": ((0.1, 3.0),),
    "clip_threshold": (0.3,),
    "beta1": (None,),
    "weight_decay": (0.5,),
}
ADAFACTOR_RUN: dict[str, Any] = {
    "introduced": (r"\epsilon_{1}",),
    "unchecked": {
        "warmup_init": "The steps are then about 1e-6, which parameters in float32 cannot take.",
        "compression": "It keeps the states in half precision.",
        "loss_scale": "The class never divides by it.",
    },
    "tolerance": 1e-3,
    "why_tolerance": "MindSpore computes in float32, and the relative step makes the steps 1e-3 of "
    "the parameters",
}
RELATIVE = r"\alpha_{t}=\max \left(\epsilon_{2}, \operatorname{RMS}\left(X_{t-1}\right)\right)"
MOMENT = r"M_{t}=\beta_1 M_{t-1}+\left(1-\beta_1\right) \alpha_{t} %s \\ X_{t}=X_{t-1}-M_{t}"

ADAFACTOR_ROW = row(
    "nn.AdaFactor",
    symbols={
        **ADAFACTOR,
        "1_{n}": "np.ones((2, 1))",
        "1_{m}": "np.ones((3, 1))",
        "R_{t}": State(shape="rows"),
        "C_{t}": State(shape="columns"),
        r"\hat{V}_{t}": STEP,
    },
    blocks=(Use(1),),
    matrices=True,
    options={
        **ADAFACTOR_OPTIONS,
        "decay_rate": (0.6,),
        "scale_parameter": (False,),
        "learning_rate": (0.1,),
        "relative_step": (False,),
    },
    valid="relative_step == (learning_rate is None)",
    **ADAFACTOR_RUN,
    also=(
        Bindings(
            symbols={**ADAFACTOR, "1_{n}": 1.0, r"\hat{V}_{t}": State("exp_avg_sq")},
            blocks=(Use(0),),
            shapes=((3,),),
            options=ADAFACTOR_OPTIONS,
            **ADAFACTOR_RUN,
        ),
    ),
    findings=(
        Finding(
            kind="default",
            says="The text says that `beta1` is None by default. It is 0.9, so that by default the "
            "step is a moving average, which no equation has.",
            argument="beta1",
            written="Default: ``None``",
        ),
        Finding(
            kind="missing option",
            says="With `beta1` the parameters move by a moving average of the updates. The "
            "equations leave this out.",
            repair=(
                (r"X_{t}=X_{t-1}-\alpha_{t} U_{t}", MOMENT % "U_{t}"),
                (r"X_{t}=X_{t-1}-\alpha_{t} \hat{U}_{t}", MOMENT % r"\hat{U}_{t}"),
            ),
            symbols={r"\beta_1": "beta1 or 0.0", "M_{t}": State("exp_avg", when="beta1")},
            code=(
                "mindspore.nn.optim.adafactor",
                "P.Add()(P.Mul()(exp_avg_update, beta1), update * (1 - beta1))",
            ),
        ),
        Finding(
            kind="formula",
            says="For matrices, the last equation takes the update before clipping, $U_t$. The "
            "code takes the clipped one, $\\hat U_t$, as the equation for vectors does.",
            repair=((r"\alpha_{t} U_{t}", r"\alpha_{t} \hat{U}_{t}"),),
            code=(
                "mindspore.nn.optim.adafactor",
                "update = P.Mul()(P.Div()(update, update_coff), learning_rate_update)",
            ),
        ),
        Finding(
            kind="typo",
            says="For vectors, the first $\\hat\\beta_2$ is without the index of the step, which "
            "the second one has.",
            repair=(
                (
                    r"\hat{\beta}_{2} \hat{V}_{t-1}+\left(1-\hat{\beta}_{2_{t}}\right)",
                    r"\hat{\beta}_{2 t} \hat{V}_{t-1}+\left(1-\hat{\beta}_{2 t}\right)",
                ),
            ),
        ),
        Finding(
            kind="typo",
            says="The divisor of the second moment is a product, which is not in brackets.",
            reading="the slash divides by the whole product, as in the paper",
            repair=(
                (
                    r"R_{t} C_{t} / 1_{n}^{\top} R_{t}",
                    r"R_{t} C_{t} / \left(1_{n}^{\top} R_{t}\right)",
                ),
            ),
        ),
        Finding(
            kind="undefined symbol",
            says="No equation defines the decay of the running averages: it is one minus the step "
            "to the power of `-decay_rate`. The text calls `decay_rate` their coefficient.",
            repair=((RELATIVE, rf"\hat{{\beta}}_{{2 t}}=1-t^{{-decay\_rate}} \\ {RELATIVE}"),),
            symbols={r"decay\_rate": "decay_rate"},
            code=("mindspore.nn.optim.adafactor", "beta2t = 1.0 - P.Pow()(step, self.decay_rate)"),
        ),
        Finding(
            kind="undefined symbol",
            says="No equation defines the relative step size: it is the inverse root of the step, "
            "at most 0.01, or with `warmup_init=True` at most 1e-6 times the step; and with "
            "`relative_step=False` it is `learning_rate`.",
            repair=(
                (
                    RELATIVE,
                    r"\rho_{t}=\begin{cases} learning\_rate & \text{if } relative\_step = 0 \\ "
                    r"\min\left(10^{-6} t, \frac{1}{\sqrt{t}}\right) & "
                    r"\text{if } warmup\_init \\ \min\left(0.01, \frac{1}{\sqrt{t}}\right) & "
                    rf"\text{{otherwise}} \end{{cases}} \\ {RELATIVE}",
                ),
            ),
            symbols={
                r"warmup\_init": "warmup_init",
                r"relative\_step": "relative_step",
                r"learning\_rate": "learning_rate",
            },
            code=(
                "mindspore.nn.optim.adafactor",
                "lr = P.Minimum()(min_step, 1.0 / P.Sqrt()(step * 1.0))",
            ),
        ),
        Finding(
            kind="missing option",
            says="With `scale_parameter=False` the step is not multiplied by the size of the "
            "parameters. The equations leave this out.",
            repair=(
                (
                    rf"{RELATIVE} \rho_{{t}}",
                    r"\alpha_{t}=\begin{cases} \max \left(\epsilon_{2}, "
                    r"\operatorname{RMS}\left(X_{t-1}\right)\right) \rho_{t} & \text{if } "
                    r"scale\_parameter \\ \rho_{t} & \text{otherwise} \end{cases}",
                ),
            ),
            symbols={r"scale\_parameter": "scale_parameter"},
            code=("mindspore.nn.optim.adafactor", "learning_rate_update = learning_rate"),
        ),
        Finding(
            kind="missing option",
            says="With `weight_decay` the parameters are multiplied by one minus its product with "
            "the step size. The equations leave this out, and the text calls it an L2 penalty.",
            repair=(
                (
                    "X_{t}=X_{t-1}",
                    r"X_{t}=\left(1-weight\_decay \alpha_{t}\right) X_{t-1}",
                ),
            ),
            symbols={r"weight\_decay": "weight_decay"},
            code=(
                "mindspore.nn.optim.adafactor",
                "p_data_fp32_coff = p_data_fp32 * -weight_decay * learning_rate_update",
            ),
        ),
    ),
)


def schedule(name: str, **given: Any) -> Row:
    """Return a row of a schedule that is a function of the step."""
    names = ("learning_rate", "end_learning_rate", "decay_rate", "decay_steps", "warmup_steps")
    own: dict[str, Meaning] = {
        n.replace("_", r"\_"): n
        for n in (*names, "min_lr", "max_lr", "power")
        if n in given["arguments"]
    }
    symbols: dict[str, Meaning] = {
        r"decayed\_learning\_rate": VALUE,
        r"current\_step": Described("current step", lambda _, t: t),
        **FUNCTIONS,
        **own,
        **given.pop("symbols", {}),
    }
    given = {"tolerance": TOLERANCE, "why_tolerance": SINGLE, **given}
    return Row(name=f"mindspore.nn.{name}", symbols=symbols, first=0, **given)


SINGLE = "MindSpore computes in float32"
DECAYING: dict[str, Any] = {"learning_rate": 0.1, "decay_rate": 0.9, "decay_steps": 4}
DECAYING_OPTIONS: dict[str, tuple[Any, ...]] = {
    "learning_rate": (0.5,),
    "decay_rate": (0.3,),
    "decay_steps": (7,),
    "is_stair": (True,),
}
EPOCHS: dict[str, Any] = {"learning_rate": 0.1, "decay_rate": 0.9, "decay_epoch": 2}
EPOCH_OPTIONS: dict[str, tuple[Any, ...]] = {
    "learning_rate": (0.5,),
    "decay_rate": (0.3,),
    "decay_epoch": (3,),
    "is_stair": (True,),
}
STAIRS = (Use(1, when="not is_stair"), Use(2, when="is_stair"), Use(0))
STAIR = (
    "With `is_stair=True` the rate changes every `decay_epoch` epochs. The equation leaves this "
    "out."
)
CLAMP = (
    "After the end of the decay the code keeps the lowest rate: it stops counting there. By the "
    "equation the rate rises again."
)


def stairs(old: str, new: str, stair: str, smooth: str) -> Finding:
    """Return the finding that an equation leaves out the stairs of the number of decays, `p`."""
    return Finding(
        kind="missing option",
        says=STAIR,
        repair=(
            (
                old,
                rf"p = \begin{{cases}} {stair} & \text{{if }} is\_stair \\ "
                rf"{smooth} & \text{{otherwise}} \end{{cases}} \\ {new}",
            ),
        ),
        symbols={r"is\_stair": "is_stair", "p": STEP},
    )


RATE = r"decayed\_learning\_rate[i] = "
EPOCH = r"current\_epoch}{decay\_epoch}"
SCHEDULES = (
    schedule(
        "ExponentialDecayLR",
        symbols={"p": STEP},
        blocks=STAIRS,
        arguments=DECAYING,
        options=DECAYING_OPTIONS,
    ),
    schedule(
        "NaturalExpDecayLR",
        symbols={"p": STEP},
        blocks=STAIRS,
        arguments=DECAYING,
        options=DECAYING_OPTIONS,
        findings=(
            Finding(
                kind="formula",
                says="The exponent has the number of steps, and with `is_stair=True` that at the "
                "last change. The equations divide it by `decay_steps`.",
                repair=(
                    (r"p = \frac{current\_step}{decay\_steps}", r"p = current\_step"),
                    (
                        r"p = floor(\frac{current\_step}{decay\_steps})",
                        r"p = decay\_steps * floor(\frac{current\_step}{decay\_steps})",
                    ),
                ),
                code=(
                    "mindspore.nn.learning_rate_schedule.NaturalExpDecayLR",
                    "p = ops.FloorDiv()(p, self.decay_steps) * self.decay_steps",
                ),
            ),
        ),
    ),
    schedule(
        "InverseDecayLR",
        symbols={"p": STEP},
        blocks=STAIRS,
        arguments=DECAYING,
        options=DECAYING_OPTIONS,
    ),
    schedule(
        "CosineDecayLR",
        arguments={"min_lr": 0.01, "max_lr": 0.1, "decay_steps": 10},
        options={"min_lr": (0.02,), "max_lr": (0.5,), "decay_steps": (7,)},
        findings=(
            Finding(
                kind="formula",
                says=CLAMP,
                repair=(
                    (
                        r"\frac{current\_step}{decay\_steps}",
                        r"\frac{\min(current\_step, decay\_steps)}{decay\_steps}",
                    ),
                ),
                code=(
                    "mindspore.nn.learning_rate_schedule.CosineDecayLR",
                    "p = self.cast(self.min(global_step, self.decay_steps), mstype.float32)",
                ),
            ),
        ),
    ),
    schedule(
        "PolynomialDecayLR",
        symbols={r"tmp\_step": STEP, r"tmp\_decay\_steps": STEP},
        blocks=(Use(1), Use(2, when="update_decay_steps"), Use(0)),
        arguments={
            "learning_rate": 0.1,
            "end_learning_rate": 0.01,
            "decay_steps": 10,
            "power": 0.5,
        },
        options={
            "learning_rate": (0.5,),
            "end_learning_rate": (0.02,),
            "decay_steps": (7,),
            "power": (2.0,),
            "update_decay_steps": (True,),
        },
        findings=(
            Finding(
                kind="undefined symbol",
                says="Nothing says what `tmp_decay_steps` is without `update_decay_steps`: it is "
                "`decay_steps`.",
                repair=(
                    (
                        r"tmp\_step= \min(current\_step, decay\_steps)",
                        r"tmp\_decay\_steps = decay\_steps \\ "
                        r"tmp\_step= \min(current\_step, decay\_steps)",
                    ),
                ),
                code=(
                    "mindspore.nn.learning_rate_schedule.PolynomialDecayLR",
                    "tmp_decay_step = self.decay_steps",
                ),
                reading="it is `decay_steps` as long as nothing updates it",
            ),
            Finding(
                kind="formula",
                says="The equation of `tmp_step` stops counting at `decay_steps`. With "
                "`update_decay_steps=True` the code counts on.",
                repair=(
                    (
                        r"\min(current\_step, decay\_steps)",
                        r"\begin{cases} current\_step & \text{if } update\_decay\_steps \\ "
                        r"\min(current\_step, decay\_steps) & \text{otherwise} \end{cases}",
                    ),
                ),
                symbols={r"update\_decay\_steps": "update_decay_steps"},
                code=(
                    "mindspore.nn.learning_rate_schedule.PolynomialDecayLR",
                    "tmp_global_step = self.min(tmp_global_step, tmp_decay_step)",
                ),
            ),
            Finding(
                kind="formula",
                says="With `update_decay_steps=True` the equation divides zero by zero at the "
                "first step. The code uses at least `decay_steps`.",
                repair=(
                    (
                        r"ceil(current\_step / decay\_steps)",
                        r"\max(1, ceil(current\_step / decay\_steps))",
                    ),
                ),
                code=(
                    "mindspore.nn.learning_rate_schedule.PolynomialDecayLR",
                    "tmp_decay_step * self.max(self.ceil(tmp_global_step / tmp_decay_step), 1)",
                ),
            ),
        ),
    ),
    schedule(
        "WarmUpLR",
        symbols={r"warmup\_learning\_rate": VALUE, r"tmp\_step": STEP},
        blocks=(Use(1), Use(0)),
        arguments={"learning_rate": 0.1, "warmup_steps": 10},
        options={"learning_rate": (0.5,), "warmup_steps": (7,)},
    ),
    Row(
        name="mindspore.nn.piecewise_constant_lr",
        unreadable="It gives the values by ranges of the index (for i in [M_{t-1}, M_t)), and not "
        "by an equation of the step.",
    ),
    rates(
        "exponential_decay_lr",
        blocks=(Use(0),),
        arguments=EPOCHS,
        options=EPOCH_OPTIONS,
        findings=(
            stairs(
                rf"{RATE} learning\_rate * decay\_rate^{{\frac{{{EPOCH}}}",
                rf"{RATE} learning\_rate * decay\_rate^{{p}}",
                rf"floor(\frac{{{EPOCH})",
                rf"\frac{{{EPOCH}",
            ),
        ),
    ),
    rates(
        "natural_exp_decay_lr",
        blocks=(Use(0),),
        arguments=EPOCHS,
        options=EPOCH_OPTIONS,
        findings=(
            stairs(
                rf"{RATE} learning\_rate * e^{{-decay\_rate * current\_epoch}}",
                rf"{RATE} learning\_rate * e^{{-decay\_rate * p}}",
                rf"decay\_epoch * floor(\frac{{{EPOCH})",
                r"current\_epoch",
            ),
        ),
    ),
    rates(
        "inverse_decay_lr",
        blocks=(Use(0),),
        arguments=EPOCHS,
        options=EPOCH_OPTIONS,
        findings=(
            stairs(
                rf"{RATE} learning\_rate / (1 + decay\_rate * current\_epoch / decay\_epoch)",
                rf"{RATE} learning\_rate / (1 + decay\_rate * p)",
                rf"floor(\frac{{{EPOCH})",
                rf"\frac{{{EPOCH}",
            ),
        ),
    ),
    rates(
        "cosine_decay_lr",
        symbols={r"min\_lr": "min_lr", r"max\_lr": "max_lr"},
        blocks=(Use(0),),
        arguments={"min_lr": 0.01, "max_lr": 0.1, "decay_epoch": 4},
        options={"min_lr": (0.02,), "max_lr": (0.5,), "decay_epoch": (3,)},
        findings=(
            Finding(
                kind="formula",
                says=CLAMP,
                repair=(
                    (
                        r"\frac{current\_epoch}{decay\_epoch}",
                        r"\frac{\min(current\_epoch, decay\_epoch)}{decay\_epoch}",
                    ),
                ),
                code=(
                    "mindspore.nn.cosine_decay_lr",
                    "tmp_epoch = min(math.floor(i / step_per_epoch), decay_epoch)",
                ),
            ),
        ),
    ),
    rates(
        "polynomial_decay_lr",
        symbols={"power": "power", r"tmp\_epoch": STEP, r"tmp\_decay\_epoch": STEP},
        blocks=(Use(1), Use(3), Use(4, when="update_decay_epoch"), Use(0)),
        arguments={
            "learning_rate": 0.1,
            "end_learning_rate": 0.01,
            "decay_epoch": 4,
            "power": 0.5,
        },
        options={
            "learning_rate": (0.5,),
            "end_learning_rate": (0.02,),
            "decay_epoch": (3,),
            "power": (2.0,),
            "update_decay_epoch": (True,),
        },
        findings=(
            Finding(
                kind="formula",
                says="The equation of `tmp_epoch` stops counting at `decay_epoch`. With "
                "`update_decay_epoch=True` the code counts on.",
                repair=(
                    (
                        r"\min(current\_epoch, decay\_epoch)",
                        r"\begin{cases} current\_epoch & \text{if } update\_decay\_epoch \\ "
                        r"\min(current\_epoch, decay\_epoch) & \text{otherwise} \end{cases}",
                    ),
                ),
                symbols={r"update\_decay\_epoch": "update_decay_epoch"},
            ),
            Finding(
                kind="formula",
                says="With `update_decay_epoch=True` the equation divides zero by zero in the "
                "first epoch. The code uses at least `decay_epoch`.",
                repair=(
                    (
                        r"ceil(current\_epoch / decay\_epoch)",
                        r"\max(1, ceil(current\_epoch / decay\_epoch))",
                    ),
                ),
                code=(
                    "mindspore.nn.polynomial_decay_lr",
                    "origin_decay_epoch * max(math.ceil(y / origin_decay_epoch), 1)",
                ),
            ),
            Finding(
                kind="prose",
                says="The number of epochs does not change in every epoch, but every `decay_epoch` "
                "epochs, as its equation says.",
                written=r"update the value of :math:`tmp\_decay\_epoch` every epoch",
                reading="it is computed in every epoch, and often remains the same",
            ),
        ),
    ),
    rates(
        "warmup_lr",
        symbols={
            r"warmup\_learning\_rate[i]": VALUE,
            r"tmp\_epoch": STEP,
            r"warmup\_epoch": "warmup_epoch",
        },
        blocks=(Use(r"tmp\_epoch= \min(current\_epoch, warmup\_epoch)"), Use(0)),
        arguments={"learning_rate": 0.1, "warmup_epoch": 4},
        options={"learning_rate": (0.5,), "warmup_epoch": (3,)},
    ),
)


def _after_first(target: Any, arguments: Any, problem: Problem) -> Path:
    """Return the rates of a scheduler from the first epoch on that changes them."""
    path = run_mindspore_scheduler(target, arguments, problem)
    return Path(path.values[1:], path.states[1:])


def _restart(arguments: Any, t: float) -> tuple[float, float]:
    """Return the epochs since the last restart, and those between restarts."""
    length = arguments["T_0"]
    while t >= length:
        t, length = t - length, length * arguments["T_mult"]
    return t, length


SCHEDULER: dict[str, Any] = {"tolerance": TOLERANCE, "why_tolerance": SINGLE, "first": 0}
COSINE: dict[str, Meaning] = {
    r"\eta_t": VALUE,
    r"\eta_{min}": "eta_min",
    r"\eta_{max}": "1.0",
    r"\pi": math.pi,
}
SINCE = r":math:`T_{cur}` is the number of epochs since the last restart in SGDR"
SCHEDULERS = (
    Row(
        name="mindspore.experimental.optim.lr_scheduler.PolynomialLR",
        symbols={
            "lr": State(VALUE, start="1", shape="number"),
            "factor": STEP,
            "power": "power",
            r"total\_iters": "total_iters",
            r"last\_epoch": Described("For each epoch", lambda _, t: t),
        },
        arguments={"total_iters": 40},
        options={"power": (2.0,), "total_iters": (60,)},
        run=_after_first,
        **{**SCHEDULER, "first": 1},
    ),
    Row(
        name="mindspore.experimental.optim.lr_scheduler.CosineAnnealingWarmRestarts",
        symbols={
            **COSINE,
            "T_{cur}": Described(SINCE, lambda arguments, t: _restart(arguments, t)[0]),
            "T_{i}": Described(
                ":math:`T_{i}` is the current number of iterations between two warm restarts",
                lambda arguments, t: _restart(arguments, t)[1],
            ),
        },
        arguments={"T_0": 5},
        options={"T_0": (7,), "T_mult": (2,), "eta_min": (0.1,)},
        **SCHEDULER,
    ),
    Row(
        name="mindspore.experimental.optim.lr_scheduler.CosineAnnealingLR",
        symbols={
            **COSINE,
            "T_{cur}": Described(SINCE, lambda _, t: t),
            "T_{max}": "T_max",
        },
        blocks=(
            Use(
                r"\eta_t & = \eta_{min} + \frac{1}{2}(\eta_{max} - \eta_{min})\left(1 "
                r"+ \cos\left(\frac{T_{cur}}{T_{max}}\pi\right)\right)"
            ),
        ),
        arguments={"T_max": 12},
        options={"T_max": (7,), "eta_min": (0.1,)},
        findings=(
            Finding(
                kind="prose",
                says="The first row leaves out the epochs where the rate is lowest, and no row "
                "gives the rate there, which the second row needs. The first row holds there too.",
                written=r"& T_{cur} \neq (2k+1)T_{max};",
                reading="the second row follows from the first one, and nothing is missing",
            ),
        ),
        **SCHEDULER,
    ),
    Row(
        name="mindspore.experimental.optim.lr_scheduler.StepLR",
        unreadable="no equations",
        findings=(
            Finding(
                kind="default",
                says="The text says that `gamma` is 0.5 by default. It is 0.1.",
                argument="gamma",
                written="Default: ``0.5``",
            ),
        ),
    ),
    Row(
        name="mindspore.experimental.optim.lr_scheduler.CyclicLR",
        unreadable="no equations",
    ),
    *(
        Row(name=f"mindspore.experimental.optim.lr_scheduler.{name}", unreadable="no equations")
        for name in (
            "ConstantLR",
            "ExponentialLR",
            "LambdaLR",
            "LinearLR",
            "MultiStepLR",
            "MultiplicativeLR",
            "ReduceLROnPlateau",
            "SequentialLR",
        )
    ),
)


def _clipped(target: Any, arguments: Any, problem: Problem) -> Path:
    """Return the gradients after clipping, by a function or by what a class makes."""
    import mindspore

    given = dict(arguments)
    own = [mindspore.Tensor(given.pop("clip_norm"))] if "clip_norm" in given else []
    function = target() if own else functools.partial(target, **given)
    values = [
        function(mindspore.Tensor(g.astype(np.float32)), *own).asnumpy().astype(float)
        for g in problem.gradients
    ]
    return Path(tuple(values), tuple({} for _ in values))


CLIPPING = (
    Row(
        name="mindspore.ops.clip_by_value",
        symbols={
            "out_i": VALUE,
            "x_i": GRADIENT,
            r"clip\_value\_min": "clip_value_min",
            r"clip\_value\_max": "clip_value_max",
        },
        arguments={"clip_value_min": -0.5, "clip_value_max": 0.4},
        options={"clip_value_min": (-0.1,), "clip_value_max": (1.5,)},
        unchecked={"x": "It is what is clipped."},
        run=_clipped,
        tolerance=TOLERANCE,
        why_tolerance=SINGLE,
    ),
    Row(
        name="mindspore.nn.ClipByNorm",
        symbols={
            r"\text{output}(X)": VALUE,
            "X": GRADIENT,
            "L_2": Operator(lambda _, x: np.linalg.norm(x)),
            r"\text{clip_norm}": "clip_norm",
        },
        arguments={"clip_norm": 0.1},  # below all norms, where the equation applies
        options={"clip_norm": (0.05,)},
        unchecked={"axis": "The equation is for all dimensions, which is the default."},
        run=_clipped,
        tolerance=TOLERANCE,
        why_tolerance=SINGLE,
    ),
)

ASCEND = "MindSpore runs it on Ascend processors alone."
DEVICES = "It adds the gradients of 16 devices or more, and runs on no single one."
ELSEWHERE = (
    Row(
        name="mindspore.nn.Lamb",
        unreadable="MindSpore has no kernel of it for a CPU.",
        findings=(
            Finding(
                kind="undefined symbol",
                says="The scaling function φ is a parameter of the algorithm, and nothing says "
                "what it is.",
                written=r"\text{scaling function } \phi",
            ),
        ),
    ),
    Row(
        name="mindspore.nn.LARS",
        unreadable="MindSpore has no kernel of it for a CPU.",
        findings=(
            Finding(
                kind="index",
                says=r"The rate of the next step, $\gamma_{t+1}$, is used, where the row before "
                r"assigns $\gamma_t$.",
                written=r"v_{t+1}^{l} \leftarrow m v_{t}^{l}+\gamma_{t+1} * \gamma^{l}",
                reading="the rate of this step is meant, which the row before has just assigned",
            ),
        ),
    ),
    Row(
        name="mindspore.nn.thor",
        unreadable="Its equations are of the inputs and outputs of the layers of a network, and "
        "MindSpore does not run it on a CPU.",
    ),
    Row(name="mindspore.nn.AdaSumByGradWrapCell", unreadable=DEVICES),
    Row(name="mindspore.nn.AdaSumByDeltaWeightWrapCell", unreadable=DEVICES),
    *(
        Row(name=f"mindspore.mint.optim.{name}", unreadable=ASCEND)
        for name in ("Adam", "AdamW", "FusedAdamW", "SGD")
    ),
)

ROWS = (*NN, ADAFACTOR_ROW, *EXPERIMENTAL, *SCHEDULES, *SCHEDULERS, *CLIPPING, *ELSEWHERE)
