"""PyTorch: what the symbols of its docstrings mean, and what is found there."""

from adamdoc.audit.bindings import GRADIENT, PARAMETERS, STEP, Row, State

G = r"\nabla_{\theta} f_t (\theta_{t-1})"

ROWS = (
    Row(
        name="torch.optim.Adam",
        symbols={
            r"\theta_t": PARAMETERS,
            G: GRADIENT,
            r"g_t": STEP,
            r"\gamma": "lr",
            r"\beta_1": "betas[0]",
            r"\beta_2": "betas[1]",
            r"\epsilon": "eps",
            r"\lambda": "weight_decay",
            r"\textit{amsgrad}": "amsgrad",
            r"\textit{maximize}": "maximize",
            r"m_t": State("exp_avg"),
            r"v_t": State("exp_avg_sq"),
            r"v_t^{max}": State(),
            r"\widehat{m_t}": STEP,
            r"\widehat{v_t}": STEP,
        },
        options={
            "lr": (0.1,),
            "betas": ((0.6, 0.7),),
            "eps": (0.3,),
            "weight_decay": (0.5,),
            "amsgrad": (True,),
            "maximize": (True,),
        },
        unchecked={"decoupled_weight_decay": "AdamW has a docstring of its own"},
    ),
)
