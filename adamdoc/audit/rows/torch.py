r"""PyTorch: what the symbols of its docstrings mean, and what is found there.

All scalar states of PyTorch have the default type, which `adamdoc.audit.libraries` sets to float64.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
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
from adamdoc.audit.libraries import Arguments, documentation, load, run_torch, run_torch_schedule
from adamdoc.checks import Array

G = r"\nabla_{\theta} f_t (\theta_{t-1})"
BASE: dict[str, Meaning] = {r"\theta_t": PARAMETERS, G: GRADIENT, r"g_t": STEP, r"\gamma": "lr"}
DECAY: dict[str, Meaning] = {r"\lambda": "weight_decay"}
MAXIMIZE: dict[str, Meaning] = {r"\textit{maximize}": "maximize"}
MOMENTS: dict[str, Meaning] = {
    r"\beta_1": "betas[0]",
    r"\beta_2": "betas[1]",
    r"\epsilon": "eps",
    r"m_t": State("exp_avg"),
}
ADAM: dict[str, Meaning] = {
    **BASE,
    **DECAY,
    **MAXIMIZE,
    **MOMENTS,
    r"v_t": State("exp_avg_sq"),
    r"\widehat{m_t}": STEP,
    r"\widehat{v_t}": STEP,
}
AMSGRAD: dict[str, Meaning] = {r"\textit{amsgrad}": "amsgrad", r"v_t^{max}": State()}
DECOUPLED: dict[str, Meaning] = {r"\textit{decoupled\_weight\_decay}": "decoupled_weight_decay"}
ON_MOMENTS = {"lr": (0.1,), "betas": ((0.6, 0.7),), "eps": (0.3,), "weight_decay": (0.5,)}


def maximize(module: str, line: str = "grad = grad if not maximize else -grad") -> Finding:
    """Return the finding that the equations of an optimizer leave out the option `maximize`."""
    return Finding(
        kind="missing option",
        says="The equations leave out `maximize`, which is among the arguments and changes the "
        "sign of the gradient before anything else is done with it.",
        repair=(
            (
                rf"\hspace{{5mm}}g_t \leftarrow {G}",
                r"\hspace{5mm}\textbf{if} \: \textit{maximize}: \\ "
                rf"&\hspace{{10mm}}g_t \leftarrow -{G} \\ &\hspace{{5mm}}\textbf{{else}} \\ "
                rf"&\hspace{{10mm}}g_t \leftarrow {G}",
            ),
        ),
        symbols=MAXIMIZE,
        code=(module, line),
    )


def no_epsilon(before: str) -> Finding:
    r"""Return the finding that the equations use $\epsilon$ without introducing it."""
    return Finding(
        kind="undefined symbol",
        says=r"The equations use $\epsilon$, which the list of inputs leaves out.",
        written=before,
        reading="The argument `eps` is described further below, and no other can be meant.",
    )


OPTIMIZERS = (
    Row(
        name="torch.optim.Adadelta",
        symbols={
            **BASE,
            **DECAY,
            r"\rho": "rho",
            r"\epsilon": "eps",
            r"v_t": State("square_avg"),
            r"u_t": State("acc_delta"),
            r"\Delta x_t": STEP,
        },
        options={
            "lr": (0.1,),
            "rho": (0.6,),
            "eps": (0.3,),
            "weight_decay": (0.5,),
            "maximize": (True,),
        },
        findings=(
            maximize("torch.optim.adadelta"),
            no_epsilon(r"\: f(\theta) \text{ (objective)}, \: \rho \text{ (decay)},"),
            Finding(
                kind="prose",
                says="`eps` is described as a term that is added to the denominator; it is also "
                "added under the root of the numerator, as the equations have it.",
                written="eps (float, optional): term added to the denominator to improve",
                reading="It is added to the denominator, too.",
                code=("torch.optim.adadelta", "delta = acc_delta.add(eps).sqrt_()"),
            ),
        ),
    ),
    Row(
        name="torch.optim.Adagrad",
        symbols={
            **BASE,
            **DECAY,
            r"\epsilon": "eps",
            r"\tau": "initial_accumulator_value",
            r"\eta": "lr_decay",
            r"state\_sum_t": State("sum"),
            r"\tilde{\gamma}": STEP,
        },
        options={
            "lr": (0.1,),
            "lr_decay": (0.2,),
            "weight_decay": (0.5,),
            "initial_accumulator_value": (0.4,),
            "eps": (0.3,),
            "maximize": (True,),
        },
        findings=(
            maximize("torch.optim.adagrad"),
            no_epsilon(r"\tau \text{ (initial accumulator value)}, \: \eta\text{ (lr decay)}"),
        ),
    ),
    Row(
        name="torch.optim.Adam",
        symbols={**ADAM, **AMSGRAD},
        options={
            **ON_MOMENTS,
            "amsgrad": (True,),
            "maximize": (True,),
            "decoupled_weight_decay": (True,),
        },
        findings=(
            Finding(
                kind="missing option",
                says="The equations leave out `decoupled_weight_decay`, with which the parameters "
                "decay by themselves, as in AdamW, and the gradient is left alone.",
                repair=(
                    (
                        r"&\hspace{5mm}\textbf{if} \: \lambda \neq 0 \\ "
                        r"&\hspace{10mm} g_t \leftarrow g_t + \lambda  \theta_{t-1}",
                        r"&\hspace{5mm} \theta_t \leftarrow \theta_{t-1} \\ "
                        r"&\hspace{5mm}\textbf{if} \: \textit{decoupled\_weight\_decay} \\ "
                        r"&\hspace{10mm} \theta_t \leftarrow \theta_{t-1} "
                        r"- \gamma \lambda \theta_{t-1} \\ &\hspace{5mm}\textbf{else} \\ "
                        r"&\hspace{10mm} g_t \leftarrow g_t + \lambda  \theta_{t-1}",
                    ),
                    (
                        r"\theta_t \leftarrow \theta_{t-1} - \gamma \widehat{m_t}/",
                        r"\theta_t \leftarrow \theta_t - \gamma \widehat{m_t}/",
                    ),
                ),
                symbols=DECOUPLED,
                code=("torch.optim.adam", "param.mul_(1 - lr * weight_decay)"),
            ),
        ),
    ),
    Row(
        name="torch.optim.AdamW",
        symbols={**ADAM, **AMSGRAD},
        options={**ON_MOMENTS, "amsgrad": (True,), "maximize": (True,)},
    ),
    Row(
        name="torch.optim.Adamax",
        symbols={**BASE, **DECAY, **MOMENTS, r"u_t": State("exp_inf")},
        options={**ON_MOMENTS, "maximize": (True,)},
        findings=(
            maximize("torch.optim.adamax"),
            Finding(
                kind="prose",
                says="`betas` are described as coefficients for averages of the gradient and of "
                "its square; there is no average of the square: the second one lets the largest "
                "absolute value decay, as the equations have it.",
                written="betas (Tuple[float, float], optional): coefficients used for computing "
                "running averages of gradient and its square",
            ),
            Finding(
                kind="prose",
                says="`eps` is described as a term that is added to the denominator; it is added "
                "to the absolute value of the gradient before the maximum is taken.",
                written="eps (float, optional): term added to the denominator to improve",
                reading="What it is added to becomes the denominator, as the equations have it.",
                code=("torch.optim.adamax", "grad.abs().add_(eps)"),
            ),
        ),
    ),
    Row(
        name="torch.optim.NAdam",
        symbols={
            **ADAM,
            **DECOUPLED,
            r"\gamma_t": "lr",
            r"\psi": "momentum_decay",
            r"\mu_t": STEP,
        },
        options={
            **ON_MOMENTS,
            "momentum_decay": (0.05,),
            "decoupled_weight_decay": (True,),
            "maximize": (True,),
        },
        findings=(
            no_epsilon(r"\: \lambda \text{ (weight decay)}, \:\psi \text{ (momentum decay)}"),
            Finding(
                kind="undefined symbol",
                says=r"The learning rate is introduced as $\gamma_t$ and used as $\gamma$.",
                written=r"\gamma_t \text{ (lr)}",
                reading="The two are meant to be the same.",
            ),
        ),
    ),
    Row(
        name="torch.optim.RAdam",
        symbols={
            **ADAM,
            **DECOUPLED,
            r"\rho_\infty": STEP,
            r"\rho_t": STEP,
            r"l_t": STEP,
            r"r_t": STEP,
        },
        options={**ON_MOMENTS, "decoupled_weight_decay": (True,), "maximize": (True,)},
        findings=(
            Finding(
                kind="typo",
                says="`0.1.ex` is no length in TeX; `0.1ex` may be meant.",
                written=r"\\[0.1.ex]",
                reading="It is only about the space between two lines.",
            ),
        ),
    ),
    Row(
        name="torch.optim.RMSprop",
        symbols={
            **BASE,
            **DECAY,
            r"\alpha": "alpha",
            r"\epsilon": "eps",
            r"\mu": "momentum",
            r"centered": "centered",
            r"v_t": State("square_avg"),
            r"\textbf{b}_t": State("momentum_buffer"),
            r"g^{ave}_t": State("grad_avg"),
            r"\tilde{v_t}": STEP,
        },
        options={
            "lr": (0.1,),
            "alpha": (0.7,),
            "eps": (0.3,),
            "weight_decay": (0.5,),
            "momentum": (0.9,),
            "centered": (True,),
            "maximize": (True,),
        },
        findings=(maximize("torch.optim.rmsprop"),),
    ),
    Row(
        name="torch.optim.Rprop",
        symbols={
            r"\theta_t": PARAMETERS,
            G: GRADIENT,
            r"g_t": STEP,
            r"\text{lr (learning rate)}": "lr",
            r"\eta_{+}": "etas[1]",
            r"\eta_{-}": "etas[0]",
            r"\Gamma_{max}": "step_sizes[1]",
            r"\Gamma_{min}": "step_sizes[0]",
            r"\eta^i_t": State("step_size"),
            r"\eta_t": State("step_size"),
            r"g^i_t": "= g_t",
            r"g^i_{prev}": State("prev"),
            r"g_{prev}": State("prev"),
            r"g^0_{prev}": State("prev"),
        },
        options={
            "lr": (0.1,),
            "etas": ((0.4, 1.5),),
            "step_sizes": ((0.05, 0.3),),
            "maximize": (True,),
        },
        introduced=(r"\eta_{+}", r"\eta_{-}", r"\Gamma_{max}", r"\Gamma_{min}"),
        findings=(
            Finding(
                kind="formula",
                says="The equations bound a step size above where it grows, below where it "
                "shrinks, and not at all elsewhere; the code bounds it on both sides every time, "
                "so that a learning rate outside of `step_sizes` is replaced at the first step.",
                repair=(
                    (
                        r"\mathrm{min}(\eta^i_{t-1} \eta_{+}, \Gamma_{max})",
                        r"\mathrm{min}(\mathrm{max}(\eta^i_{t-1} \eta_{+}, \Gamma_{min}), "
                        r"\Gamma_{max})",
                    ),
                    (
                        r"\mathrm{max}(\eta^i_{t-1} \eta_{-}, \Gamma_{min})",
                        r"\mathrm{min}(\mathrm{max}(\eta^i_{t-1} \eta_{-}, \Gamma_{min}), "
                        r"\Gamma_{max})",
                    ),
                    (
                        r"\eta^i_t \leftarrow \eta^i_{t-1} \\",
                        r"\eta^i_t \leftarrow \mathrm{min}(\mathrm{max}(\eta^i_{t-1}, "
                        r"\Gamma_{min}), \Gamma_{max}) \\",
                    ),
                ),
                code=(
                    "torch.optim.rprop",
                    "step_size.mul_(sign).clamp_(step_size_min, step_size_max)",
                ),
                threads=("https://github.com/pytorch/pytorch/pull/63866",),
            ),
            maximize("torch.optim.rprop"),
            Finding(
                kind="prose",
                says="`etas` are described as (etaminus, etaplus), the factors of increase and "
                "decrease; the first one is that of decrease.",
                written="pair of (etaminus, etaplus), that are multiplicative increase and "
                "decrease factors",
                reading="The two pairs may be meant without an order.",
            ),
            Finding(
                kind="typo",
                says="The start of the previous gradient has the upper index 0, where the other "
                "rows have the coordinate.",
                written=r"g^0_{prev} \leftarrow 0",
                reading="It may be meant as the gradient of step 0.",
            ),
        ),
    ),
    Row(
        name="torch.optim.SGD",
        symbols={
            **BASE,
            **DECAY,
            **MAXIMIZE,
            r"\mu": "momentum",
            r"\tau": "dampening",
            r"\textit{nesterov}": "nesterov",
            r"\textbf{b}_t": State("momentum_buffer"),
        },
        blocks=(Use(0),),
        options={
            "lr": (0.1,),
            "momentum": (0.9,),
            "dampening": (0.3,),
            "weight_decay": (0.5,),
            "nesterov": (True,),
            "maximize": (True,),
        },
        valid="not nesterov or (momentum > 0 and dampening == 0)",
        also=(
            Bindings(
                symbols={
                    r"p_{t+1}": PARAMETERS,
                    r"g_{t+1}": GRADIENT,
                    r"v_{t+1}": State("momentum_buffer"),
                    r"\mu": "momentum",
                    r"\text{lr}": "lr",
                },
                blocks=(Use(1),),
                arguments={"momentum": 0.9},
                options={"lr": (0.1,), "momentum": (0.5,)},
            ),
        ),
        findings=(
            Finding(
                kind="prose",
                says="`nesterov` is said to need a momentum that is not zero; it is also rejected "
                "if `dampening` is not zero.",
                written="enables Nesterov momentum. Only applicable when momentum is non-zero.",
                reading="The sentence names one condition, and does not say that it is the only "
                "one.",
                code=(
                    "torch.optim.sgd",
                    "if nesterov and (momentum <= 0 or dampening != 0):",
                ),
            ),
        ),
    ),
)

#: The decayed learning rate and the factored second moment, without the statistics of gradients.
FACTORED: dict[str, Meaning] = {
    r"\theta_t": PARAMETERS,
    G: GRADIENT,
    **DECAY,
    **MAXIMIZE,
    r"\gamma": "lr",
    r"G_t": STEP,
    r"\tau": "beta2_decay",
    r"\epsilon_1": "np.finfo(float).eps if eps[0] is None else eps[0]",
    r"\epsilon_2": "eps[1]",
    r"d": "d",
    r"R_t": State("row_var", shape="rows"),
    r"C_t": State("col_var", shape="columns"),
    r"\widehat{V}_t": State(),
    r"\widehat{\beta}_{2_t}": SCALAR,
    r"\rho_t": SCALAR,
    r"\alpha_t": SCALAR,
    r"U_t": STEP,
    r"\widehat{U}_t": STEP,
    r"\text{dim}": Operator(lambda _, values: np.ndim(values)),
    r"1_m": "np.ones((3, 1))",
    r"1_n": "np.ones((2, 1))",
}
ON_FACTORED = {
    "lr": (0.5,),
    "beta2_decay": (-0.6,),
    "eps": ((0.15, 0.5),),
    "d": (1.5,),
    "weight_decay": (0.5,),
    "maximize": (True,),
}
ADAFACTOR = Row(
    name="torch.optim.Adafactor",
    symbols=FACTORED,
    blocks=(Use(0),),
    options=ON_FACTORED,
    shapes=((2, 3), (4,)),
    matrices=True,
    also=(
        Bindings(
            symbols=FACTORED,
            blocks=(Use(0), Use(1, replaces=True), Use(3, replaces=True)),
            options={"eps": ((0.15, 0.5),)},
            matrices=True,
        ),
    ),
    findings=(
        Finding(
            kind="formula",
            says=r"The last row starts from $\theta_{t-1}$ again, so that the decay of the weights "
            "above it is lost; the code goes on from the decayed parameters.",
            repair=(
                (
                    r"\theta_t \leftarrow \theta_{t-1} - \alpha_t \widehat{U}_t",
                    r"\theta_t \leftarrow \theta_t - \alpha_t \widehat{U}_t",
                ),
            ),
            code=("torch.optim._adafactor", "param.add_(update, alpha=-alpha / denom)"),
        ),
        Finding(
            kind="default",
            says="The text says that the default of `weight_decay` is 1e-2; it is 0.",
            written="weight_decay (float, optional): weight decay coefficient (default: 1e-2)",
            argument="weight_decay",
        ),
        Finding(
            kind="formula",
            says=r"The first display of the note adds $1_n \cdot 1^\top_m$ to the squared gradient "
            "in both factors; the code adds nothing there, and neither do the algorithm above it "
            "and the sentence after it.",
            repair=((r"(G_t \odot G_t + 1_n \cdot 1^\top_m)", r"(G_t \odot G_t)"),),
            code=(
                "torch.optim._adafactor",
                "# same as (g * g).mean(dim=-1) w/o materializing an intermediate size g",
            ),
        ),
        Finding(
            kind="formula",
            says=r"$R_t$ and $C_t$ are written with sums of the squared gradient; the code keeps "
            "means, as the note at the end says. The note calls the two equivalent: the steps are, "
            r"as long as $\epsilon_1$ does not take effect, but the states differ, and so can the "
            r"step where the mean is below $\epsilon_1$.",
            repair=(
                (
                    r"(1-\widehat{\beta}_{2_t})(G_t \odot G_t) \cdot 1_m",
                    r"\frac{1-\widehat{\beta}_{2_t}}{m}(G_t \odot G_t) \cdot 1_m",
                ),
                (
                    r"(1-\widehat{\beta}_{2_t}) 1^\top_n \cdot (G_t \odot G_t)",
                    r"\frac{1-\widehat{\beta}_{2_t}}{n} 1^\top_n \cdot (G_t \odot G_t)",
                ),
                (
                    r"max(1^\top_n \cdot R_t, \epsilon_1)",
                    r"max(\frac{1}{n} 1^\top_n \cdot R_t, \epsilon_1)",
                ),
            ),
            symbols={r"m": 3.0, r"n": 2.0},
            code=(
                "torch.optim._adafactor",
                "var_estimate.div_(row_var.mean(dim=-2, keepdim=True).clamp_(min=eps1))",
            ),
        ),
        Finding(
            kind="prose",
            says="`epsilon1` is described as a term that is added to the denominator; it is a "
            "lower bound of it, as the equations have it.",
            written="epsilon1 is the term added to the denominator",
            code=("torch.optim._adafactor", "var_estimate.clamp_(min=eps1 * eps1).rsqrt_()"),
        ),
        Finding(
            kind="undefined symbol",
            says=r"The default of $\epsilon_1$ is `None`, and the text does not say what that "
            "means: the code takes the machine epsilon of the type of the parameters.",
            written="(default: (None, 1e-3))",
            code=("torch.optim._adafactor", "eps1 = torch.finfo(param.dtype).eps"),
        ),
        Finding(
            kind="undefined symbol",
            says="RMS is not defined, nor are $1_n$ and $1_m$.",
            written=r"\text{RMS}(\theta_{t-1})",
            reading="The root of the mean square and columns of ones are the usual meanings.",
        ),
        Finding(
            kind="code",
            says="With the default `None`, the machine epsilon of the first parameter is kept for "
            "all others of its group, whatever their types.",
            code=(
                "torch.optim._adafactor",
                "if eps1 is None: eps1 = torch.finfo(param.dtype).eps",
            ),
            reason="Within a group of two types, the result of a parameter depends on the order of "
            "the parameters, and the two implementations, with `foreach` and without, differ.",
        ),
    ),
)


def newton_schulz(arguments: Mapping[str, Any], matrix: Array, eps: float) -> Array:
    """Return a matrix after the Newton-Schulz iterations, in bfloat16 as PyTorch does them."""
    import torch

    a, b, c = arguments["ns_coefficients"]
    x = torch.tensor(matrix).bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    x = x / x.norm().clamp(min=eps)
    for _ in range(arguments["ns_steps"]):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return np.array((x.T if tall else x).double())


def on_one_thread(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Run an optimizer on one thread: tiny matrices in bfloat16 wait long for several."""
    import torch

    torch.set_num_threads(1)
    return run_torch(target, arguments, problem)


def adjusted(arguments: Mapping[str, Any], lr: float, shape: Array) -> float:
    """Return the learning rate for the shape of a matrix, as the text says in words."""
    a, b = map(float, shape)
    if arguments["adjust_lr_fn"] == "match_rms_adamw":
        return 0.2 * lr * math.sqrt(max(a, b))
    return lr * math.sqrt(max(1.0, a / b))


def adjustment(_: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the learning rate that Muon has for a shape."""
    from torch.optim import _muon

    kind = arguments.get("adjust_lr_fn", "original")
    value = _muon._adjust_lr(arguments["lr"], kind, problem.theta.shape)
    return Path((np.full(problem.theta.shape, value),), ({},))


MUON = Row(
    name="torch.optim.Muon",
    symbols={
        r"\theta_t": PARAMETERS,
        G: GRADIENT,
        r"g_t": STEP,
        r"\gamma": State(start=r"\gamma_0", shape="number"),
        r"\gamma_0": "lr",
        r"\lambda": "weight_decay",
        r"\mu": "momentum",
        r"\text{nesterov}": "nesterov",
        r"\varepsilon": "eps",
        r"B_t": State("momentum_buffer"),
        r"\widetilde{B}_t": STEP,
        r"O_t": STEP,
        r"\mathrm{NS}^{(a,b,c)}_{k}": Operator(newton_schulz, 2),
        r"\mathrm{AdjustLR}": Operator(adjusted, 2),
        r"\mathrm{shape}": Operator(lambda _, values: np.array(np.shape(values), float)),
    },
    # With these momenta, 1 - momentum is a power of two, so that a factor 1 - momentum in the
    # argument of the iterations is not seen in their bfloat16.
    arguments={"momentum": 0.9375},
    options={
        "lr": (0.1,),
        "weight_decay": (0.5,),
        "momentum": (0.5,),
        "nesterov": (False,),
        "ns_coefficients": ((2.0, -1.5, 0.5),),
        "eps": (50.0,),
        "ns_steps": (3,),
        "adjust_lr_fn": ("match_rms_adamw",),
    },
    shapes=((4, 2), (2, 4)),
    run=on_one_thread,
    steps=12,
    also=(
        Bindings(
            symbols={"A": 4.0, "B": 2.0},
            blocks=(Use(r"\sqrt{\max\!\left(1, \frac{A}{B}\right)}"),),
            arguments={"lr": 1.0},
            shapes=((4, 2),),
            run=adjustment,
            steps=1,
        ),
        Bindings(
            symbols={"A": 4.0, "B": 2.0, r"\gamma": "lr"},
            blocks=(Use(r"{0.2}\gamma\,\sqrt{\max\!\left({A}, {B}\right)}"),),
            arguments={"adjust_lr_fn": "match_rms_adamw", "lr": 0.1},
            shapes=((4, 2),),
            run=adjustment,
            steps=1,
        ),
    ),
    findings=(
        Finding(
            kind="formula",
            says=r"The buffer is written as $\mu B_{t-1} + g_t$; the code keeps the average "
            r"$\mu B_{t-1} + (1 - \mu) g_t$, and mixes the gradient with it in the same shares. "
            "The orthogonalization divides by the norm, so that the step is the same except for "
            r"rounding, unless $\varepsilon$ takes effect; the state is not.",
            repair=(
                (
                    r"B_t \leftarrow \mu B_{t-1} + g_t",
                    r"B_t \leftarrow \mu B_{t-1} + (1 - \mu) g_t",
                ),
                (r"g_t + \mu B_t,", r"(1 - \mu) g_t + \mu B_t,"),
            ),
            code=("torch.optim._muon", "buf.lerp_(grad, 1 - momentum)"),
            threads=("https://github.com/pytorch/pytorch/pull/160213",),
        ),
        Finding(
            kind="formula",
            says=r"The adjusted learning rate is assigned to $\gamma$, which the next step would "
            "adjust again and use for the decay; the code adjusts the same learning rate in each "
            "step, for the step alone.",
            repair=(
                (
                    r"\gamma \leftarrow \mathrm{AdjustLR}\!\big(\gamma;",
                    r"\gamma_t \leftarrow \mathrm{AdjustLR}\!\big(\gamma;",
                ),
                (
                    r"\theta_t \leftarrow \theta_t - \gamma\, O_t",
                    r"\theta_t \leftarrow \theta_t - \gamma_t\, O_t",
                ),
            ),
            symbols={r"\gamma_t": SCALAR},
            code=("torch.optim._muon", "param.add_(update, alpha=-adjusted_lr)"),
            reading=r"Whoever takes $\gamma$ for the argument at the beginning of each step agrees "
            "with the code.",
        ),
        Finding(
            kind="undefined symbol",
            says="The iterations of NS are not written out, nor is it said that they are done in "
            "bfloat16.",
            written="numerical stabilization",
            code=("torch.optim._muon", "ortho_grad = grad.bfloat16()"),
            reading="The polynomial is in the papers that the text refers to.",
        ),
        Finding(
            kind="undefined symbol",
            says="$A$ and $B$ are called dimensions of the matrix, without their order, which "
            "matters in the first of the two factors: in the code $A$ is the number of rows.",
            written="are dimension of the matrix being optimized",
            code=("torch.optim._muon", "A, B = param_shape[:2]"),
            reading="Rows before columns is the usual order.",
            until="2.14",
        ),
        Finding(
            kind="prose",
            says="`eps` is described as a term that is added to the denominator; it is a lower "
            "bound of it.",
            written="eps (float, optional): term added to the denominator for numerical stability.",
            code=("torch.optim._muon", "ortho_grad.div_(ortho_grad.norm().clamp(min=eps))"),
        ),
        Finding(
            kind="prose",
            says="`weight_decay` is described as an L2 penalty; it is decoupled, as the equations "
            "have it.",
            written="weight_decay (float, optional): weight decay (L2 penalty). (default: 0.1)",
            code=("torch.optim._muon", "param.mul_(1 - lr * weight_decay)"),
        ),
        Finding(
            kind="typo",
            says="A letter s stands after the last line, and shows on the page.",
            written=r"\rule{110mm}{0.4pt}s",
        ),
    ),
)


def memory(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the bytes of the state of LBFGS when its history is full."""
    import torch

    parameter = torch.nn.Parameter(torch.tensor(problem.theta))
    optimizer = target([parameter], **arguments, tolerance_grad=0.0, tolerance_change=0.0)
    curvatures = torch.linspace(1.0, 100.0, parameter.numel(), dtype=torch.float64)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = 0.5 * (curvatures * parameter**2).sum()
        loss.backward()
        return loss

    for _ in range(2):
        optimizer.step(closure)
    state = optimizer.state[parameter]
    found = [value for entry in state.values() for value in _tensors(entry)]
    sizes = {t.untyped_storage().data_ptr(): t.untyped_storage().nbytes() for t in found}
    return Path((np.full(problem.theta.shape, float(sum(sizes.values()))),), ({},))


def _tensors(entry: Any) -> list[Any]:
    if isinstance(entry, list):
        return [value for inside in entry for value in _tensors(inside)]
    return [entry] if hasattr(entry, "untyped_storage") else []


IN_WORDS = (
    Row(
        name="torch.optim.ASGD",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="`t0` is described as the point at which to start averaging; the average "
                "still equals the parameters at the two steps after it.",
                written="t0 (float, optional): point at which to start averaging",
                code=("torch.optim.asgd", "new_mu = torch.as_tensor(1 / max(1, step - t0))"),
                reading="The first of several parameters to be averaged is their average, too.",
            ),
        ),
    ),
    Row(
        name="torch.optim.LBFGS",
        symbols={"param_bytes": 8.0 * 1000, "history_size": "history_size"},
        blocks=(
            Use(
                "param_bytes * (history_size + 1)",
                kind="python",
                result="param_bytes * (history_size + 1)",
            ),
        ),
        arguments={"history_size": 10},
        options={"history_size": (5,)},
        unchecked=dict.fromkeys(
            (
                *("lr", "max_iter", "max_eval", "tolerance_grad", "tolerance_change"),
                *("line_search_fn", "maximize"),
            ),
            "the formula is that of the memory; the steps are not written as equations",
        ),
        shapes=((1000,),),
        tolerance=1e-2,
        why_tolerance="The state also has a few numbers, beside the vectors that the text counts.",
        run=memory,
        steps=1,
        findings=(
            Finding(
                kind="formula",
                says="The memory is given as that of `history_size + 1` vectors; the history holds "
                "steps as well as differences of gradients, `history_size` of each, and two more "
                "vectors are kept.",
                repair=(
                    ("param_bytes * (history_size + 1)", "param_bytes * (2 * history_size + 2)"),
                ),
                code=("torch.optim.lbfgs", "old_stps.append(s)"),
                threads=("https://github.com/pytorch/pytorch/pull/539",),
            ),
            Finding(
                kind="prose",
                says="In the very first iteration the step is also divided by the sum of the "
                "absolute values of the gradient, if that is above 1; the text on `lr` leaves it "
                "out.",
                written="lr (float, optional): learning rate (default: 1)",
                code=(
                    "torch.optim.lbfgs",
                    "t = min(1.0, 1.0 / flat_grad.abs().sum()) * lr",
                ),
                reading="The text does not say how the learning rate is used.",
            ),
        ),
    ),
    Row(
        name="torch.optim.SparseAdam",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="With all entries present, the step is not that of `torch.optim.Adam`: `eps` "
                "is added before the bias correction, not after it.",
                written="masked version of the Adam algorithm",
                code=(
                    "torch.optim._functional",
                    "step_size = lr * math.sqrt(bias_correction2) / bias_correction1",
                ),
                threads=("https://github.com/pytorch/pytorch/pull/22628",),
                reading="The paper has both orders; `torch.optim.Adam` had this one, too, before "
                "it was changed to the other.",
            ),
        ),
    ),
)

SCHEDULES = "torch.optim.lr_scheduler"
IN_EXAMPLE = "the example gives its value"


def example(target: Any, _arguments: Arguments, problem: Problem) -> Path:
    """Return the rates of the schedule that the example in a docstring makes."""
    import torch

    doc = documentation(target)
    rate = re.search(r"Assuming optimizer uses lr = ([\d.]+) for all groups", doc)
    assert rate is not None
    made = re.search(r"^scheduler\d* = .*?(?=^for )", _example(doc), re.MULTILINE | re.DOTALL)
    assert made is not None
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=float(rate[1]))
    space = {**vars(torch.optim.lr_scheduler), "optimizer": optimizer}
    exec(made[0], space)
    values = []
    for _ in problem.gradients:
        values.append(np.array(float(optimizer.param_groups[0]["lr"])))
        optimizer.step()
        space["scheduler"].step()
    return Path(tuple(values), tuple({} for _ in values))


def _example(doc: str) -> str:
    """Return the code of the examples in a docstring."""
    lines = re.findall(r"^[ \t]*(?:>>>|\.\.\.) ?(.*)$", doc, re.MULTILINE)
    return "\n".join(lines)


def by_example(name: str, *arguments: str, findings: tuple[Finding, ...] = ()) -> Row:
    """Return the row of a schedule of which the example gives values."""
    return Row(
        name=f"{SCHEDULES}.{name}",
        symbols={"lr": VALUE},
        time="epoch",
        first=0,
        unchecked=dict.fromkeys(arguments, IN_EXAMPLE),
        shapes=((),),
        tolerance=1e-3,
        why_tolerance="The example rounds its numbers to three digits.",
        run=example,
        steps=100,
        findings=findings,
    )


def after_steps(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the rates of a schedule after each step, as a state."""
    path = run_torch_schedule(
        target, arguments, replace(problem, gradients=(problem.theta, *problem.gradients))
    )
    rates = path.values[1:]
    return Path(tuple(np.empty(0) for _ in rates), tuple({"lr": rate} for rate in rates))


def of_class(name: str) -> Callable[[Any, Arguments, Problem], Path]:
    """Return what runs a schedule of which a method is documented."""

    def runner(_method: Any, arguments: Arguments, problem: Problem) -> Path:
        return run_torch_schedule(load(f"{SCHEDULES}.{name}"), arguments, problem)

    return runner


def restarts(arguments: Mapping[str, Any], t: int) -> tuple[int, int]:
    """Return the number of epochs since the last restart, and that between two restarts."""
    length = arguments["T_0"]
    while t >= length:
        t, length = t - length, length * arguments["T_mult"]
    return t, length


def scaling(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the factor by which CyclicLR scales the amplitude, where the rate shows it."""
    given = dict(arguments)
    low, high = given["base_lr"], given["max_lr"]
    scaled = run_torch_schedule(target, given, problem).values
    plain = run_torch_schedule(target, {**given, "mode": "triangular"}, problem).values
    values = [
        np.empty(0) if abs(b - low) < 1e-9 * (high - low) else (a - low) / (b - low)
        for a, b in zip(scaled, plain, strict=True)
    ]
    return Path(tuple(values), tuple({} for _ in values))


def one_cycle(target: Any, arguments: Arguments, _problem: Problem) -> Path:
    """Return the derived rates of OneCycleLR, and its number of steps."""
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], momentum=0.9)
    made = target(optimizer, **arguments)
    group = optimizer.param_groups[0]
    kept = {"initial_lr": group["initial_lr"], "min_lr": group["min_lr"], "steps": made.total_steps}
    return Path((np.empty(0),), ({name: np.array(float(value)) for name, value in kept.items()},))


def on_plateau(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the rates of ReduceLROnPlateau while a metric gets worse."""
    import torch

    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    schedule = target(optimizer, patience=0, **arguments)
    schedule.step(0.0)
    values = []
    for k, _ in enumerate(problem.gradients, start=1):
        schedule.step(float(k))
        values.append(np.array(float(optimizer.param_groups[0]["lr"])))
    return Path(tuple(values), tuple({} for _ in values))


def threshold(target: Any, arguments: Arguments, _problem: Problem) -> Path:
    """Return the metric at which ReduceLROnPlateau begins to call a metric better than another."""
    import torch

    given = dict(arguments)
    best = given.pop("best")
    schedule = target(torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))]), **given)
    bad, good = (best + 9, best - 9) if schedule.mode == "min" else (best - 9, best + 9)
    for _ in range(80):
        middle = (bad + good) / 2
        bad, good = (bad, middle) if schedule._is_better(middle, best) else (middle, good)
    return Path((np.array(good),), ({},))


def thresholds() -> tuple[Bindings, ...]:
    """Return the bindings of the four thresholds of ReduceLROnPlateau."""
    found = []
    for kind in ("rel", "abs"):
        for mode, sign in (("max", "+"), ("min", "-")):
            text = f"best * (1 {sign} threshold)" if kind == "rel" else f"best {sign} threshold"
            found.append(
                Bindings(
                    symbols={"best": "best", "threshold": "threshold"},
                    blocks=(Use(text, kind="python", result=text),),
                    arguments={
                        "mode": mode,
                        "threshold_mode": kind,
                        "best": 2.0,
                        "threshold": 0.25,
                    },
                    shapes=((),),
                    run=threshold,
                    steps=1,
                )
            )
    return tuple(found)


SINCE_RESTART = Described(
    r":math:`T_{cur}` is the number of epochs since the last restart",
    lambda arguments, t: restarts(arguments, t)[0],
)
BETWEEN_RESTARTS = Described(
    r":math:`T_{i}` is the number of epochs between two warm restarts",
    lambda arguments, t: restarts(arguments, t)[1],
)
RECURSION = (
    r"\eta_{\min} + (\eta_t - \eta_{\min}) \cdot "
    r"\frac{1 + \cos\left(\frac{(T_{cur}+1) \pi}{T_{max}}\right)} "
    r"{1 + \cos\left(\frac{T_{cur} \pi}{T_{max}}\right)}"
)
CYCLE = "the cycle is described in words; the formula is that of its amplitude"

LEARNING_RATES = (
    by_example(
        "ConstantLR",
        "factor",
        "total_iters",
        findings=(
            Finding(
                kind="code",
                says="A `factor` of 0 is accepted, and raises a `ZeroDivisionError` after "
                "`total_iters` steps.",
                code=(
                    f"{SCHEDULES}.ConstantLR",
                    'group["lr"] * (1.0 / self.factor) for group in self.optimizer.param_groups',
                ),
                reason="The rate is restored by a division by the factor, where the text "
                "multiplies the initial one.",
                threads=(
                    "https://github.com/pytorch/pytorch/issues/185006",
                    "https://github.com/pytorch/pytorch/issues/194712",
                ),
            ),
        ),
    ),
    by_example(
        "LinearLR",
        "start_factor",
        "end_factor",
        "total_iters",
        findings=(
            Finding(
                kind="formula",
                says="The rates in the example are those of the next epoch: the first one is not "
                "`start_factor` times the learning rate.",
                repair=(
                    ("lr = 0.003687 if epoch == 0", "lr = 0.0025 if epoch == 0"),
                    ("lr = 0.004875 if epoch == 1", "lr = 0.003687 if epoch == 1"),
                    ("lr = 0.006062 if epoch == 2", "lr = 0.004875 if epoch == 2"),
                    ("lr = 0.00725 if epoch == 3", "lr = 0.006062 if epoch == 3"),
                ),
                threads=(
                    "https://github.com/pytorch/pytorch/pull/149189",
                    "https://github.com/pytorch/pytorch/issues/71544",
                ),
            ),
            Finding(
                kind="prose",
                says="`total_iters` is described as the number of iterations until the factor is "
                "1; it is then `end_factor`.",
                written="The number of iterations that multiplicative factor reaches to 1.",
                reading="With the default of `end_factor` it is 1.",
            ),
            Finding(
                kind="code",
                says="With `total_iters=0` the factor is `start_factor` at every step.",
                code=(f"{SCHEDULES}.LinearLR", "self.last_epoch > self.total_iters"),
                reason="The change is to end at `total_iters`, and the factor is `end_factor` from "
                "there on.",
                threads=("https://github.com/pytorch/pytorch/issues/193682",),
            ),
        ),
    ),
    by_example("StepLR", "step_size", "gamma"),
    by_example("MultiStepLR", "milestones", "gamma"),
    by_example(
        "PolynomialLR",
        "total_iters",
        "power",
        findings=(
            Finding(
                kind="formula",
                says="The rates in the example are those of the next epoch: the first one is the "
                "initial learning rate.",
                repair=(
                    ("lr = 0.0490 if epoch == 0", "lr = 0.05 if epoch == 0"),
                    ("lr = 0.0481 if epoch == 1", "lr = 0.0491 if epoch == 1"),
                    ("lr = 0.0472 if epoch == 2", "lr = 0.0482 if epoch == 2"),
                ),
                threads=("https://github.com/pytorch/pytorch/pull/149189",),
            ),
        ),
    ),
    by_example("SequentialLR", "schedulers", "milestones"),
    by_example(
        "ChainedScheduler",
        "schedulers",
        findings=(
            Finding(
                kind="formula",
                says="The rates in the example leave out that the first schedule multiplies the "
                "learning rate by 0.1 in the first epochs, and are ten times too large after them.",
                repair=(
                    ("lr = 0.05 if epoch == 0", "lr = 0.005 if epoch == 0"),
                    ("lr = 0.0450 if epoch == 1", "lr = 0.0045 if epoch == 1"),
                    ("lr = 0.0405 if epoch == 2", "lr = 0.00405 if epoch == 2"),
                    ("lr = 0.00675 if epoch == 19", "lr = 0.000675 if epoch == 19"),
                    ("lr = 0.06078 if epoch == 20", "lr = 0.006078 if epoch == 20"),
                    ("lr = 0.05470 if epoch == 21", "lr = 0.005470 if epoch == 21"),
                ),
                threads=("https://github.com/pytorch/pytorch/pull/149189",),
                until="2.14",
            ),
        ),
    ),
    Row(name=f"{SCHEDULES}.ExponentialLR", unreadable="no equations"),
    Row(name=f"{SCHEDULES}.LambdaLR", unreadable="no equations"),
    Row(name=f"{SCHEDULES}.MultiplicativeLR", unreadable="no equations"),
    Row(
        name=f"{SCHEDULES}.CosineAnnealingLR",
        symbols={
            r"\eta_{t+1}": State("lr", start=r"\eta_{start}"),
            r"\eta_{start}": "lr",
            r"\eta_{\min}": "eta_min",
            r"T_{cur}": Described(r"so :math:`T_{cur} = t`", lambda _, t: t),
            r"T_{max}": "T_max",
        },
        first=0,
        blocks=(Use(0),),
        arguments={"lr": 0.05, "T_max": 10},
        options={"lr": (0.2,), "T_max": (7,), "eta_min": (0.01,)},
        shapes=((),),
        run=after_steps,
        also=(
            Bindings(
                symbols={
                    r"\eta_t": VALUE,
                    r"\eta_{\min}": "eta_min",
                    r"\eta_{\max}": "lr",
                    r"T_{cur}": Described(r"so :math:`T_{cur} = t`", lambda _, t: t),
                    r"T_{max}": "T_max",
                },
                first=0,
                blocks=(Use(1),),
                arguments={"lr": 0.05, "T_max": 10},
                options={"lr": (0.2,), "T_max": (7,), "eta_min": (0.01,)},
                shapes=((),),
            ),
        ),
        findings=(
            Finding(
                kind="formula",
                says=r"Where $T_{cur}$ is $T_{max}$, the recursion divides zero by zero; the code "
                "has another formula there, so that the rate rises again.",
                reading="`T_max` is called the maximum number of iterations, and the recursion may "
                "be meant up to there.",
                repair=(
                    (
                        RECURSION,
                        r"\begin{cases} \eta_t + \frac{1}{2}(\eta_{start} - \eta_{\min})"
                        r"(1 - \cos(\frac{\pi}{T_{max}})) & "
                        r"\text{if } T_{cur} \bmod (2 T_{max}) = T_{max} \\ "
                        rf"{RECURSION} & \text{{otherwise}} \end{{cases}}",
                    ),
                ),
                code=(
                    f"{SCHEDULES}.CosineAnnealingLR",
                    "elif (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:",
                ),
            ),
            Finding(
                kind="undefined symbol",
                says=r"$\eta_{\max}$ is not introduced.",
                written=r"\eta_{\max} - \eta_{\min}",
                reading="It can only be the initial learning rate.",
            ),
            Finding(
                kind="prose",
                says="The recursion is called an approximation of the closed form; it is the same, "
                "as long as nothing else changes the learning rate.",
                written="This implements a recursive approximation of the closed-form schedule",
                reading="It is the same only if nothing else changes the learning rate.",
            ),
        ),
    ),
    Row(
        name=f"{SCHEDULES}.CosineAnnealingLR.get_lr",
        symbols={
            r"\texttt{eta\_min}": "eta_min",
            r"\texttt{base\_lr}": "lr",
            r"\texttt{last\_epoch}": Described("Compute the next learning rate", lambda _, t: t),
            r"\texttt{T\_max}": "T_max",
        },
        first=0,
        arguments={"lr": 0.05, "T_max": 10, "eta_min": 0.0},
        options={"T_max": (7,), "eta_min": (0.01,)},
        shapes=((),),
        run=of_class("CosineAnnealingLR"),
    ),
    Row(
        name=f"{SCHEDULES}.PolynomialLR.get_lr",
        symbols={
            r"\texttt{base\_lr}": "lr",
            r"\texttt{last\_epoch}": Described("Compute the next learning rate", lambda _, t: t),
            r"\texttt{total\_iters}": "total_iters",
            r"\texttt{power}": "power",
        },
        first=0,
        arguments={"lr": 0.05, "total_iters": 12, "power": 1.0},
        options={"total_iters": (20,), "power": (0.9,)},
        shapes=((),),
        run=of_class("PolynomialLR"),
        steps=13,
    ),
    Row(
        name=f"{SCHEDULES}.CosineAnnealingWarmRestarts",
        symbols={
            r"\eta_t": VALUE,
            r"\eta_{min}": "eta_min",
            r"\eta_{max}": "lr",
            r"T_{cur}": SINCE_RESTART,
            r"T_{i}": BETWEEN_RESTARTS,
        },
        first=0,
        arguments={"lr": 0.05, "T_0": 5},
        options={"lr": (0.2,), "T_0": (3,), "T_mult": (2,), "eta_min": (0.01,)},
        shapes=((),),
        findings=(
            Finding(
                kind="prose",
                says=r"The rate is said to be $\eta_{min}$ where $T_{cur}$ is $T_i$; `step()` "
                r"begins again there, and never gives $\eta_{min}$.",
                written=r"When :math:`T_{cur}=T_{i}`, set :math:`\eta_t = \eta_{min}`.",
                reading="The sentence may be about the formula, which has this value there.",
                code=(
                    f"{SCHEDULES}.CosineAnnealingWarmRestarts",
                    "self.T_cur = self.T_cur % self.T_i",
                ),
            ),
            Finding(
                kind="code",
                says=r"`step(epoch)` rounds a logarithm down: at some restarts, with `T_mult` 3 "
                r"for instance, it gives $\eta_{min}$ instead of $\eta_{max}$.",
                code=(
                    f"{SCHEDULES}.CosineAnnealingWarmRestarts",
                    "math.log( (epoch / self.T_0 * (self.T_mult - 1) + 1), self.T_mult )",
                ),
                reason="A logarithm in floating point may be just below a whole number; `step()` "
                "counts, and is right at the same epochs.",
            ),
            Finding(
                kind="code",
                says="With `last_epoch` and a `T_mult` above 1, the schedule goes on at another "
                "place than the one that was interrupted.",
                code=(f"{SCHEDULES}.CosineAnnealingWarmRestarts", "self.T_cur = last_epoch"),
                reason="The epochs since the last restart are computed as if the first interval "
                "were the only one.",
                threads=("https://github.com/pytorch/pytorch/issues/88791",),
            ),
        ),
    ),
    Row(
        name=f"{SCHEDULES}.CosineAnnealingWarmRestarts.get_lr",
        symbols={
            r"\texttt{eta\_min}": "eta_min",
            r"\texttt{base\_lr}": "lr",
            r"\texttt{T\_cur}": Described(
                "Where :attr:`T_cur` is the number of epochs since the last restart",
                lambda arguments, t: restarts(arguments, t)[0],
            ),
            r"\texttt{T\_i}": Described(
                ":attr:`T_i` is the number of epochs between two restarts",
                lambda arguments, t: restarts(arguments, t)[1],
            ),
        },
        first=0,
        arguments={"lr": 0.05, "T_0": 5, "T_mult": 1, "eta_min": 0.0},
        options={"T_0": (3,), "T_mult": (2,), "eta_min": (0.01,)},
        shapes=((),),
        run=of_class("CosineAnnealingWarmRestarts"),
    ),
    Row(
        name=f"{SCHEDULES}.CyclicLR",
        symbols={
            r"\text{gamma}": "gamma",
            r"\text{cycle iterations}": Described(
                "cycle iterations (training iterations since start of cycle)",
                lambda a, t: t % (a["step_size_up"] + (a["step_size_down"] or a["step_size_up"])),
            ),
        },
        first=0,
        blocks=(Use(r"\text{gamma}^{\text{cycle iterations}}"),),
        arguments={
            "base_lr": 0.01,
            "max_lr": 0.11,
            "mode": "exp_range",
            "step_size_up": 4,
            "gamma": 0.9,
            "cycle_momentum": False,
        },
        options={"step_size_up": (3,), "step_size_down": (2,), "gamma": (0.8,)},
        unchecked=dict.fromkeys(("scale_fn", "scale_mode", "base_momentum", "max_momentum"), CYCLE),
        shapes=((),),
        run=scaling,
        findings=(
            Finding(
                kind="index",
                says="The cycle iterations are described as those since the start of the cycle; "
                "the code counts from the start of training, so that the amplitude does not begin "
                "again with a cycle.",
                repair=(
                    (
                        "cycle iterations (training iterations since start of cycle)",
                        "cycle iterations (training iterations since the start of training)",
                    ),
                ),
                symbols={
                    r"\text{cycle iterations}": Described(
                        "cycle iterations (training iterations since the start of training)",
                        lambda _, t: t,
                    )
                },
                code=(f"{SCHEDULES}.CyclicLR", "self.scale_fn(self.last_epoch)"),
            ),
            Finding(
                kind="prose",
                says="The default of `scale_mode` is said to be 'cycle'; with the mode 'exp_range' "
                "the argument is ignored, and the iterations count.",
                written="scale_mode (str): {'cycle', 'iterations'}.",
                reading="The text says that it is about `scale_fn`, which is not given then.",
            ),
        ),
    ),
    Row(
        name=f"{SCHEDULES}.OneCycleLR",
        symbols={
            "max_lr": "max_lr",
            "div_factor": "div_factor",
            "final_div_factor": "final_div_factor",
            "epochs": "epochs",
            "steps_per_epoch": "steps_per_epoch",
            "initial_lr": State("initial_lr"),
            "min_lr": State("min_lr"),
            "total_steps": State("steps"),
        },
        blocks=(
            Use("initial_lr = max_lr/div_factor", kind="python"),
            Use("min_lr = initial_lr/final_div_factor", kind="python"),
            Use("total_steps = epochs * steps_per_epoch", kind="python"),
        ),
        arguments={"max_lr": 0.1, "epochs": 3, "steps_per_epoch": 7},
        options={"max_lr": (0.3,), "div_factor": (4.0,), "final_div_factor": (9.0,)},
        unchecked={
            "total_steps": "with it, the formula of the number of steps is not used",
            **dict.fromkeys(
                (
                    "pct_start",
                    "anneal_strategy",
                    "cycle_momentum",
                    "base_momentum",
                    "max_momentum",
                    "three_phase",
                ),
                "the phases are described in words",
            ),
        },
        shapes=((),),
        run=one_cycle,
        steps=1,
        findings=(
            Finding(
                kind="undefined symbol",
                says="The learning rate at the start of a cycle is called `base_lr`, which is no "
                "argument here; it is `initial_lr`.",
                written="and learning rate is 'base_lr'",
                reading="The rate at the start of a cycle can only be the initial one.",
            ),
            Finding(
                kind="code",
                says="`step()` can be called once more than the schedule has rates, and the loop "
                "of the example does so, after the last use of a rate: with cosine annealing the "
                "rate that it sets rises again, and with linear annealing it can be negative.",
                code=(f"{SCHEDULES}.OneCycleLR", "if step_num > self.total_steps:"),
                reason="A schedule must not give a negative learning rate.",
                threads=("https://github.com/pytorch/pytorch/issues/91765",),
            ),
            Finding(
                kind="code",
                says="Where `pct_start * total_steps` is 1, the constructor raises a "
                "`ZeroDivisionError`.",
                code=(
                    f"{SCHEDULES}.OneCycleLR",
                    "pct = (step_num - start_step) / (end_step - start_step)",
                ),
                reason="The first phase then begins and ends at the same step.",
                threads=("https://github.com/pytorch/pytorch/pull/180187",),
            ),
        ),
    ),
    Row(
        name=f"{SCHEDULES}.ReduceLROnPlateau",
        symbols={"lr": State(start="1.0"), "factor": "factor", "new_lr": VALUE},
        blocks=(Use("new_lr = lr * factor", kind="python"),),
        options={"factor": (0.5,)},
        unchecked=dict.fromkeys(
            ("mode", "patience", "threshold", "threshold_mode", "cooldown", "min_lr", "eps"),
            "described in words",
        ),
        shapes=((),),
        run=on_plateau,
        steps=1,
        also=thresholds(),
        findings=(
            Finding(
                kind="prose",
                says="A metric that remains the same is said to leave the learning rate alone; it "
                "counts as a bad epoch, and so does an improvement by less than the threshold.",
                written="If the performance improves or remains the same, the learning rate is not "
                "adjusted.",
                code=(f"{SCHEDULES}.ReduceLROnPlateau", "return a < best * rel_epsilon"),
            ),
            Finding(
                kind="prose",
                says="The learning rate is said to be reduced after `patience` epochs without "
                "improvement; it takes one more, as the description of `patience` has it.",
                written="if no improvement is seen for a 'patience' number of epochs, the learning "
                "rate is reduced",
                code=(f"{SCHEDULES}.ReduceLROnPlateau", "if self.num_bad_epochs > self.patience:"),
                threads=("https://github.com/pytorch/pytorch/issues/119763",),
            ),
        ),
    ),
)

AVERAGING = "torch.optim.swa_utils"


def average(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return the averages of parameters that are given one after the other."""
    import torch
    from torch.optim import swa_utils

    model = torch.nn.ParameterList([torch.nn.Parameter(torch.tensor(problem.theta))])
    name = "multi_avg_fn" if "multi" in target.__name__ else "avg_fn"
    averaged = swa_utils.AveragedModel(model, **{name: target(**arguments)})
    averaged.update_parameters(model)
    values = []
    for given in problem.gradients:
        model[0].data = torch.tensor(given)
        averaged.update_parameters(model)
        values.append(averaged.module[0].detach().numpy().copy())
    return Path(tuple(values), tuple({} for _ in values))


def averages(name: str) -> Row:
    """Return the row of a function that makes an exponential moving average."""
    return Row(
        name=f"{AVERAGING}.{name}",
        symbols={
            r"W_{t+1}^{\text{EMA}}": PARAMETERS,
            r"W_{t+1}^{\text{model}}": GRADIENT,
            r"\text{decay}": "decay",
        },
        first=0,
        # The first block says that the average starts from the model, as every run does.
        blocks=(Use(1),),
        options={"decay": (0.6,)},
        run=average,
    )


def clipped(target: Any, arguments: Arguments, problem: Problem) -> Path:
    """Return a gradient that is scaled again and again, for the same total norm."""
    import torch

    given = {**arguments, "total_norm": torch.tensor(arguments["total_norm"], dtype=torch.float64)}
    parameter = torch.nn.Parameter(torch.tensor(problem.theta))
    parameter.grad = torch.tensor(problem.theta)
    values = []
    for _ in problem.gradients:
        target([parameter], **given)
        values.append(parameter.grad.numpy().copy())
    return Path(tuple(values), tuple({} for _ in values))


OTHERS = (
    averages("get_ema_avg_fn"),
    averages("get_ema_multi_avg_fn"),
    Row(name=f"{AVERAGING}.get_swa_avg_fn", unreadable="no equations"),
    Row(name=f"{AVERAGING}.get_swa_multi_avg_fn", unreadable="no equations"),
    Row(
        name=f"{AVERAGING}.AveragedModel",
        unreadable="no equations",
        findings=(
            Finding(
                kind="code",
                says="With `use_buffers` and `get_swa_multi_avg_fn`, a model with batch "
                "normalization raises a `RuntimeError` at the second update.",
                code=(f"{AVERAGING}.get_swa_multi_avg_fn", "torch._foreach_addcdiv_("),
                reason="The number of batches is a whole number, and its average cannot be "
                "computed in place; the text says that all buffers are averaged.",
            ),
        ),
    ),
    Row(
        name=f"{AVERAGING}.SWALR",
        unreadable="no equations",
        findings=tuple(
            Finding(
                kind="prose",
                says=f"The argument is called `{right}`; `{wrong}` raises a `TypeError`.",
                written=f"{wrong} (",
                code=(f"{AVERAGING}.SWALR", right),
                argument=wrong if "annealing" in wrong else "",
            )
            for wrong, right in (
                ("swa_lrs", "swa_lr"),
                ("annealing_epochs", "anneal_epochs"),
                ("annealing_strategy", "anneal_strategy"),
            )
        ),
    ),
    Row(
        name="torch.nn.utils.clip_grads_with_norm_",
        symbols={r"grad": PARAMETERS, r"max\_norm": "max_norm", r"total\_norm": "total_norm"},
        arguments={"max_norm": 3.0, "total_norm": 4.0},
        options={"max_norm": (2e-6, 5.0), "total_norm": (3.0, 1e-6)},
        steps=5,
        run=clipped,
        findings=(
            Finding(
                kind="prose",
                says="The gradients are said to be scaled only if the norm exceeds `max_norm`; as "
                "the equation has it, they are also scaled if it is below by less than 1e-6.",
                written="This ensures that gradients are only scaled down when the total norm "
                "exceeds max_norm.",
                reading="The difference is that of rounding, except for tiny norms.",
            ),
        ),
    ),
    Row(name="torch.nn.utils.clip_grad_norm_", unreadable="no equations"),
    Row(
        name="torch.nn.utils.clip_grad_value_",
        unreadable="It names the interval of the clipped gradients, and no formula.",
    ),
    Row(
        name="torch.nn.utils.get_total_norm",
        unreadable="no equations",
        findings=(
            Finding(
                kind="prose",
                says="The result is said to be the norm of all tensors, viewed as one vector; with "
                "`norm_type` 0 it counts the tensors that are not zero, not their entries.",
                written="Total norm of the tensors (viewed as a single vector).",
                reading="The text does not speak of the order 0, which is no norm.",
            ),
        ),
    ),
)

ROWS = (*OPTIMIZERS, ADAFACTOR, MUON, *IN_WORDS, *LEARNING_RATES, *OTHERS)
