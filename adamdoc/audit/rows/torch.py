r"""PyTorch: what the symbols of its docstrings mean, and what is found there.

All scalar states of PyTorch have the default type, which `adamdoc.audit.libraries` sets to float64.
"""

from adamdoc.audit.bindings import (
    GRADIENT,
    PARAMETERS,
    SCALAR,
    STEP,
    Bindings,
    Finding,
    Operator,
    Row,
    State,
    Use,
)

G = r"\nabla_{\theta} f_t (\theta_{t-1})"
BASE = {r"\theta_t": PARAMETERS, G: GRADIENT, r"g_t": STEP, r"\gamma": "lr"}
DECAY = {r"\lambda": "weight_decay"}
MAXIMIZE = {r"\textit{maximize}": "maximize"}
MOMENTS = {
    r"\beta_1": "betas[0]",
    r"\beta_2": "betas[1]",
    r"\epsilon": "eps",
    r"m_t": State("exp_avg"),
}
ADAM = {
    **BASE,
    **DECAY,
    **MAXIMIZE,
    **MOMENTS,
    r"v_t": State("exp_avg_sq"),
    r"\widehat{m_t}": STEP,
    r"\widehat{v_t}": STEP,
}
AMSGRAD = {r"\textit{amsgrad}": "amsgrad", r"v_t^{max}": State()}
DECOUPLED = {r"\textit{decoupled\_weight\_decay}": "decoupled_weight_decay"}
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
                says="`0.1.ex` is no length in TeX; it is ignored on the page.",
                written=r"\\[0.1.ex]",
                reading="The page shows the equations well.",
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

ROWS = OPTIMIZERS
