"""The auditor: it reads what libraries write, runs it literally, and finds what is wrong."""

import re
import sys
import types
from dataclasses import replace

import numpy as np
import pytest

import adamdoc
from adamdoc import audit
from adamdoc.audit import docstrings, libraries, reading, record, teeth
from adamdoc.audit.__main__ import main
from adamdoc.audit.auditing import examine
from adamdoc.audit.comparing import cases, problem
from adamdoc.audit.rows import rows
from adamdoc.equations import EquationError, all_of, grammar
from adamdoc.equations.program import beyond_loops
from adamdoc.equations.tree import At, Name, Node, rebuilt, show
from adamdoc.lineage import blocks
from adamdoc.notation import table_of
from adamdoc.optimizers import Optimizer

SYMBOLS = {
    r"\theta_t": audit.PARAMETERS,
    r"\nabla_{\theta} f_t(\theta_{t-1})": audit.GRADIENT,
    "g_t": audit.STEP,
    "m_t": audit.State("m"),
    r"\gamma": "lr",
    r"\beta": "beta",
    r"\epsilon": "eps",
    r"\lambda": "decay",
    r"\textit{amsgrad}": "amsgrad",
    r"\widehat{m_t}": audit.STEP,
    "v_t^{max}": audit.State("v_max"),
    r"state\_sum_t": audit.State("state_sum"),
    "E[g^2]_t": audit.State("square"),
    r"\rho_{\infty}": audit.STEP,
    r"\mu_t": audit.STEP,
}


def reader(symbols=SYMBOLS, **options):
    bindings = audit.Bindings(symbols=symbols, **options)
    found = docstrings.quantities(bindings)
    return reading.Reader([q.template for q in found], bindings.time, bindings.first)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\beta m_{t-1} + (1 - \beta) g_t", "(beta)*m[t - 1] + (1 - (beta))*g_t[t]"),
        (r"\mathrm{max}(v_{t-1}^{max}, |g_{t}|)", "max(v_max[t - 1], abs(g_t[t]))"),
        (r"v_t^{max}/\big(1-\beta^t \big)", "v_max[t]/(1 - (beta)**t)"),
        (r"state\_sum_{t-1} + g^2_t", "state_sum[t - 1] + g_t[t]**2"),
        (r"\sqrt{E[g^2]_{t-1} + \epsilon}", "sqrt(square[t - 1] + (eps))"),
        (r"\widehat{m_t} \,/ ({\sqrt{m_t} + \epsilon})", r"\widehat{m_t}[t]/(sqrt(m[t]) + (eps))"),
        (r"\sum_{\tau=1}^{t} (g_{\tau})^2", r"sum(g_t[\tau]**2 for \tau = 1 to t)"),
        (r"\max_{k \leq t} \|g_k\|", "max(norm(g_t[k]) for k = 1 to t)"),
        (r"\prod_{i=1}^{t+1} \mu_i", r"prod(\mu_t[i] for i = 1 to t + 1)"),
        (r"min(\gamma, \frac{1}{\sqrt{t}})", "min((lr), 1/sqrt(t))"),
        (r"\gamma * m_t \odot m_t \cdot 2", "(lr)*m[t]*m[t]*2"),
        (r"{g_t}^2", "g_t[t]**2"),
        (r"t \% 2", "t % 2"),
        (r"\text{RMS}(m_t)", "rms(m[t])"),
        (
            r"\begin{cases} m_t, & \text{if amsgrad}=True \\ "
            r"g_t, & \text{if amsgrad}=False \end{cases}",
            "m[t] if (amsgrad) == True else g_t[t] if (amsgrad) == False else no case applies",
        ),
        (
            r"\left\{ \begin{array}{ccl} m_t & & if (m_t \leq 1) \\ g_t & & if (m_t > 1) \\ "
            r"\end{array} \right.",
            "m[t] if m[t] <= 1 else g_t[t] if m[t] > 1 else no case applies",
        ),
    ],
)
def test_expressions_as_libraries_write_them(latex, expected):
    assert show(reader().expression(latex, latex)).replace(r"(amsgrad)", "(amsgrad)") == expected


def program(text, **options):
    return reader(**options).program(text)


def shown(statements):
    lines = []
    for statement in statements:
        if isinstance(statement, reading.Assign):
            lines.append(f"{show(statement.target)} = {show(statement.expr)}")
        else:
            for condition, body in statement.arms:
                word = "else" if condition is None else f"if {show(condition)}"
                lines.append((word, shown(body)))
    return lines


def test_headers_conditions_and_continued_rows():
    text = r"""
    \begin{aligned}
        &\rule{110mm}{0.4pt}                                                   \\
        &\textbf{input} : \gamma \text{ (lr)}, \: \textit{amsgrad}             \\
        &\textbf{initialize} : m_0 \leftarrow 0 \text{ (first)},
            \: v_0^{max} \leftarrow \gamma                              \\[-1.ex]
        &\rule{110mm}{0.4pt}                                                   \\
        &\textbf{for} \: t=1 \: \textbf{to} \: \ldots \: \textbf{do}           \\

        &\hspace{5mm}g_t \leftarrow \nabla_{\theta} f_t (\theta_{t-1})         \\
        &\hspace{5mm}\textbf{if} \: \lambda \neq 0                             \\
        &\hspace{10mm}\textbf{if} \: \textit{amsgrad}:                         \\
        &\hspace{15mm} m_t \leftarrow g_t                                      \\
        &\hspace{10mm}\textbf{else if} \: t > 5                                \\
        &\hspace{15mm} m_t \leftarrow 2 g_t                                    \\
        &\hspace{10mm}\textbf{else}                                            \\
        &\hspace{15mm} m_t := m_{t-1}                                   \\[-1.ex]
        & \hspace{11mm} + g_t                                                  \\
        &\hspace{5mm}\theta_t \leftarrow \theta_{t-1} - \gamma
            \frac{m_t}{2}                                                      \\
        &\bf{return} \:  \theta_t                                       \\[-1.ex]
    \end{aligned}
    """
    found = program(text)
    assert shown(found.starts) == ["m[0] = 0", "v_max[0] = (lr)"]
    assert shown(found.statements) == [
        "g_t[t] = the gradient",
        (
            "if (decay) != 0",
            [
                ("if (amsgrad) != 0", ["m[t] = g_t[t]"]),
                ("if t > 5", ["m[t] = 2*g_t[t]"]),
                ("else", ["m[t] = m[t - 1] + g_t[t]"]),
            ],
        ),
        "the parameters[t] = the parameters[t - 1] - (lr)*(m[t]/2)",
    ]
    assert r"\gamma \text{ (lr)}" in found.header


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (r"m_t = \kappa g_t", r"the symbol \kappa is unknown"),
        (r"\textbf{else} \\ m_t = g_t", "has no 'if' before it"),
        (r"m_t + 1 = g_t", "cannot be assigned"),
        (r"m_t = \operatorname{argmin} g_t", "argmin"),
        (r"m_t = \frac{g_t}{0}", "not a finite real number"),
        ("m_t = g_t (", "expected"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_row(text, message):
    with pytest.raises(EquationError, match=re.escape(message)):
        program(text)


@pytest.mark.no_cover
def test_random_texts_give_errors_or_programs():
    rng = np.random.default_rng(0)
    pieces = [
        *(r"\leftarrow", "=", r"\frac", "{", "}", "_t", "_{t-1}", "m", "g", r"\theta", "(", ")"),
        *(r"\\", "&", r"\hspace{5mm}", r"\textbf{if}", r"\textbf{else}", r"\begin{cases}"),
        *(r"\end{cases}", "^", "2", r"\sum_{k \leq t}", r"\text{if }", r"\sqrt", "|", ",", "\n\n"),
    ]
    texts = ["".join(rng.choice(pieces, rng.integers(1, 25))) for _ in range(2_000)]
    read = 0
    for text in texts:
        try:
            program(text)
            read += 1
        except EquationError:
            pass
    assert read < len(texts)


# The grammar is one


def _as_ours(node: Node) -> Node:
    """Return a tree with the names that adamdoc's parser gives to quantities at an index."""
    if isinstance(node, At):
        index = show(node.indices[0])
        return Name({"t": node.name, "t - 1": f"{node.name}_prev"}.get(index, f"{node.name}?"))
    return rebuilt(node, _as_ours)


#: The methods, but for those whose equations have what no audited docstring has: a memory of past
#: steps, or numbers of 8 bits.
OWN = [
    cls
    for cls in vars(adamdoc.optimizers).values()
    if isinstance(cls, type) and issubclass(cls, Optimizer) and cls.__module__.count("methods")
    if not beyond_loops(cls)
]


@pytest.mark.parametrize("cls", OWN, ids=lambda cls: cls.__name__)
def test_adamdocs_own_docstrings_give_the_same_trees(cls):
    symbols = table_of(cls)
    found = []
    for symbol in symbols.values():
        latex = {"theta": r"\theta_t"}.get(symbol.name, symbol.latex)
        found.append(grammar.template(symbol.name, latex))
    systems = all_of(cls)
    own = {a.latex: a for system in systems for a in system.assignments}
    matrices = sorted(systems[0].matrices)
    functions = {d.name: 1 for system in systems for d in system.definitions}
    reads = reading.Reader(found, matrices=matrices, functions=functions)
    compared = 0
    doc = adamdoc.equations.parse.documented(cls)
    for block in blocks(doc):
        for row in block:
            assignment = own.get(row)
            if assignment is None or "^{(i)}" in row:
                continue
            (statement,) = reads.program(row).statements
            assert _as_ours(statement.expr) == assignment.expr
            compared += 1
    assert compared >= len(systems[0].assignments) * (1 if "(i)" not in doc else 0)


@pytest.mark.parametrize(
    "name", ["GradientDescent", "Momentum", "RMSprop", "Adam", "AdamW", "Lion"]
)
def test_adamdocs_own_docstrings_are_true(name):
    cls = getattr(adamdoc, name)
    symbols = {}
    for symbol in table_of(cls).values():
        if symbol.name in adamdoc.optimizers.base.hyperparameters(cls):
            symbols[symbol.latex] = symbol.name
        elif symbol.kind == "state":
            symbols[symbol.latex] = audit.State(symbol.name)
        elif symbol.kind == "step":
            symbols[symbol.latex] = audit.STEP
    symbols |= {r"\theta_t": audit.PARAMETERS, "g_t": audit.GRADIENT}
    used = {latex: m for latex, m in symbols.items() if latex.split("_")[0] in cls.__doc__}
    doc = cls.__doc__.replace("Notes", f"Symbols: {' '.join(used)}\n\n    Notes")
    report = audit.check(cls, doc, audit.Bindings(symbols=used))
    assert report.verdict == "true"
    assert report.runs > 1


# The comparison


def momentum(w, g, v, *, lr=0.1, beta=0.9, nesterov=False):
    r"""Take a step with momentum.

    .. math::

        v_{t+1} &= \beta v_t + g_t \\
        w_{t+1} &= w_t - \eta v_{t+1}

    Parameters
    ----------
    lr : float
        The rate $\eta$, by default 0.1.
    beta : float, default 0.9
        The decay rate $\beta$.
    nesterov : bool, default False
        Looks ahead.
    """
    v = beta * v + g
    return w - lr * (g + beta * v if nesterov else v), v


MOMENTUM = audit.Row(
    name="mine.momentum",
    first=0,
    symbols={
        "w_{t+1}": audit.PARAMETERS,
        "g_t": audit.GRADIENT,
        "v_{t+1}": audit.State("v"),
        r"\eta": "lr",
        r"\beta": "beta",
    },
    options={"lr": (0.3,), "beta": (0.5,), "nesterov": (True,)},
    findings=(
        audit.Finding(
            kind="missing option",
            says="The equations leave out `nesterov`.",
            repair=(
                (
                    r"w_{t+1} &= w_t - \eta v_{t+1}",
                    r"w_{t+1} &= w_t - \eta \begin{cases} g_t + \beta v_{t+1} & \text{if } \nu = 1 "
                    r"\\ v_{t+1} & \text{otherwise} \end{cases}",
                ),
            ),
            symbols={r"\nu": "nesterov"},
        ),
    ),
)


def examined(doc=momentum.__doc__, row=MOMENTUM, target=momentum):
    return examine(
        "mine.momentum",
        "",
        target,
        adamdoc.equations.parse.inspect.cleandoc(doc),
        row,
        row.findings,
    )


def test_a_missing_option_is_a_condition():
    report = examined()
    assert report.verdict == "true with conditions"
    assert not report.faults
    (evidence,) = report.evidence
    assert str(evidence.case) == "nesterov=True"
    assert (evidence.deviation.what, evidence.deviation.step) == ("parameters", 1)
    assert report.largest < 1e-12


def test_a_library_that_mends_its_text_is_reported():
    old, new = MOMENTUM.findings[0].repair[0]
    mended = momentum.__doc__.replace(old, new)
    row = replace(MOMENTUM, symbols={**MOMENTUM.symbols, r"\nu": "nesterov"})
    assert any("does not have the text" in fault for fault in examined(mended, row).faults)


def test_a_library_that_changes_its_code_is_reported():
    def changed(w, g, v, *, lr=0.1, beta=0.9, nesterov=False):  # noqa: ARG001
        v = beta * v + g
        return w - lr * v, v

    faults = examined(target=changed).faults
    assert any("agrees as it is written" in fault for fault in faults)
    assert any("differs after the repairs" in fault for fault in faults)


def test_a_finding_that_does_not_explain_all_is_reported():
    doc = momentum.__doc__.replace(r"\beta v_t + g_t", r"\beta v_t - g_t")
    report = examined(doc)
    assert report.verdict == "false"
    (fault,) = report.faults
    assert "differs after the repairs in 7 of 7 cases, first with the defaults" in fault


def test_defaults_and_undefined_symbols_are_found():
    doc = momentum.__doc__.replace("default 0.9", "default 0.99").replace(r"rate $\eta$", "rate")
    faults = examined(doc).faults
    assert "the text says that beta is 0.99, the signature 0.9" in faults
    assert r"the symbol \eta is used and nothing introduces it" in faults


def test_all_options_are_tried_alone_and_in_pairs():
    found = [str(case) for case in cases(MOMENTUM)]
    assert len(found) == len(set(found)) == 1 + 3 + 3


@pytest.mark.parametrize(
    ("old", "new"), [("= \\beta v_t", "= v_t"), ("w_t - ", "w_t + "), ("g_t", "g_{t-1}")]
)
def test_a_wrong_docstring_fails_the_check(old, new):
    bindings = replace(MOMENTUM, options={"lr": (0.3,), "beta": (0.5,)}, unchecked={"nesterov": ""})
    audit.check(momentum, bindings=bindings)
    with pytest.raises(EquationError, match="the docstring is"):
        audit.check(momentum, momentum.__doc__.replace(old, new), bindings)


def test_python_code_is_executed_as_it_is():
    def step(w, g, u, *, lr=0.1, beta=0.9):
        u = np.maximum(beta * u, abs(g))
        return w - lr * np.where(u > 1, g, g / u), u

    doc = """The rule:

    ```python
    u = max(beta * u, abs(g))
    if u > 1:
        w = w - lr * g
    else:
        w = w - lr * g / u
    ```
    """
    symbols = {"w": audit.PARAMETERS, "g": audit.GRADIENT, "u": audit.State("u")}
    bindings = audit.Bindings(symbols={**symbols, "lr": "lr", "beta": "beta"})
    assert audit.check(step, doc, bindings).verdict == "true"
    with pytest.raises(EquationError, match="name 'alpha' is not defined"):
        audit.check(step, doc.replace("lr * g /", "alpha * g /"), bindings)


def test_conditions_on_arrays_hold_for_each_coordinate():
    def step(w, g, *, lr=0.1):
        return w - lr * np.where(g > 0, g, 2 * g)

    doc = r"""
    .. math::
        & \textbf{if} \: g_t > 0 \\
        & \hspace{5mm} w_{t+1} = w_t - \eta g_t \\
        & \textbf{else} \\
        & \hspace{5mm} w_{t+1} = w_t - 2 \eta g_t

    with $\eta$, `lr`.
    """
    symbols = {"w_{t+1}": audit.PARAMETERS, "g_t": audit.GRADIENT, r"\eta": "lr"}
    assert audit.check(step, doc, audit.Bindings(symbols=symbols, first=0)).verdict == "true"


@pytest.mark.no_cover
def test_every_mutant_of_a_true_docstring_is_found(monkeypatch):
    module = types.ModuleType("mine")
    module.momentum = momentum
    module.__spec__ = types.SimpleNamespace(name="mine")
    monkeypatch.setitem(sys.modules, "mine", module)
    monkeypatch.setattr("adamdoc.audit.libraries.version", lambda _: "1")
    tally = teeth.tally(MOMENTUM)
    assert tally.missed == ()
    assert tally.tried == tally.caught
    assert {"sign", "index", "term or factor"} <= tally.tried.keys()
    kept = record.entry(MOMENTUM)
    assert kept["faults"] == []
    again = record.rerun(MOMENTUM, kept, 0)
    np.testing.assert_allclose(again.repaired, again.library, rtol=0, atol=1e-12)
    assert np.max(np.abs(again.written - again.library)) > 0.01


# The command line


def test_the_command_line_has_exit_codes_for_continuous_integration(monkeypatch, capsys):
    module = types.ModuleType("mine")
    module.momentum = momentum
    module.BINDINGS = replace(MOMENTUM, options={"lr": (0.3,)}, unchecked={"nesterov": "no"})
    module.WRONG = replace(module.BINDINGS, options={"nesterov": (True,)})
    module.__spec__ = types.SimpleNamespace(name="mine")
    monkeypatch.setitem(sys.modules, "mine", module)
    assert main(["mine.momentum", "--bindings", "mine:BINDINGS"]) == 0
    assert "true (2 runs)" in capsys.readouterr().out
    assert main(["mine.momentum", "--bindings", "mine:WRONG"]) == 1
    assert "nesterov=True" in capsys.readouterr().out
    assert main(["mine.momentum"]) == 2
    assert "no row audits 'mine.momentum'" in capsys.readouterr().err
    assert main(["nothing.here", "--bindings", "mine:BINDINGS"]) == 2
    assert "nothing is not installed" in capsys.readouterr().err
    assert main(["--list"]) == 0
    assert "torch.optim.Adam" in capsys.readouterr().out


# Functions of arrays


def _called(doc, function, arguments, **bindings):
    row = audit.Bindings(arguments=arguments, **bindings)
    return examine("mine.function", "1", function, doc, row)


def cross_entropy(x, y):
    return np.log(np.sum(np.exp(x), axis=1)) - x[np.arange(len(y)), y]


@pytest.mark.parametrize(("sign", "verdict"), [("-", "true"), ("", "false")])
def test_entries_of_arrays_are_summed(sign, verdict):
    doc = rf"""Return the loss of x and y.

    .. math::
        \sigma_i = {sign}\log\left(\frac{{\exp(x_{{i y_i}})}}{{\sum_j \exp(x_{{i j}})}}\right)\,.
    """
    report = _called(
        doc,
        cross_entropy,
        {"x": np.array([[0.4, -1.3, 2.1], [1.7, 0.2, -0.6]]), "y": np.array([2, 1])},
        symbols={r"\sigma_i": audit.VALUE, "x_{i j}": "x", "y_i": "y"},
        time="i",
        first=0,
        ranges={"j": "x.shape[1]"},
        run=libraries.entries,
    )
    assert report.verdict == verdict


@pytest.mark.parametrize(("labels", "verdict"), [([0.0, 1.0], "true"), ([0.5, 1.0], "false")])
def test_cases_of_arrays_must_apply_to_all_entries(labels, verdict):
    doc = r"""Return the probability p or 1 - p of y.

    .. math::
        L = \begin{cases} p & \text{if } y = 1 \\ 1-p & \text{if } y = 0 \end{cases}
    """
    report = _called(
        doc,
        lambda p, y: np.where(y == 1, p, 1 - p),
        {"p": np.array([0.2, 0.7]), "y": labels},
        symbols={"L": audit.VALUE, "p": "p", "y": "np.array(y)"},
        run=libraries.call,
    )
    assert report.verdict == verdict
    assert ("no case applies" in str(report.faults)) == (verdict == "false")


def test_updates_of_schedules_need_no_symbol_for_the_parameters():
    doc = r"""Return the update u with the rate \alpha.

    .. math::
        u_t = -\alpha g_t
    """

    def step(w, g, *, rate):
        kept = getattr(step, "count", 0)
        step.count = kept + 1
        return w - rate(kept) * g

    row = audit.Bindings(
        symbols={"u_t": audit.UPDATE, "g_t": audit.GRADIENT, r"\alpha": "rate"},
        arguments={"rate": lambda k: 0.1 / (1 + k)},
    )
    assert audit.check(step, doc, row).verdict == "true"


# The rows


@pytest.mark.parametrize("row", rows().values(), ids=rows().keys())
def test_rows_are_whole(row):
    for finding in row.findings:
        assert finding.kind in audit.KINDS
        assert finding.says.endswith(".")
        pinned = finding.repair or finding.written or finding.argument
        assert pinned or finding.kind in ("code", "undefined symbol")
        assert finding.reason or finding.kind != "code"
    if not row.unreadable:
        assert row.symbols
        assert row.why_tolerance or row.tolerance <= 1e-9
        docstrings.quantities(row)


def test_problems_have_gradients_of_both_signs():
    given = problem((2, 3), 30)
    assert np.all(np.max(given.gradients, axis=0) > 0)
    assert np.all(np.min(given.gradients, axis=0) < 0)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"symbols": None}, TypeError, "symbols must be a dict, got None"),
        ({"symbols": {3: "lr"}}, TypeError, "keys of symbols must be strings, got 3"),
        ({"symbols": {"m": None}}, TypeError, r"symbols\['m'\] must be a role .* got None"),
        ({"symbols": {"m": "bet"}}, ValueError, r"arguments of momentum, got 'bet'; .* 'beta'\?"),
        ({"symbols": {"m": "beta +"}}, ValueError, r"must be a Python expression .* 'beta \+'"),
        ({"symbols": {"g_t": audit.GRADIENT}}, ValueError, "audit.PARAMETERS .* got 'g_t'"),
        ({"options": {"lr": 0.3}}, TypeError, r"options\['lr'\] must be a tuple .* got 0.3"),
        ({"valid": "bet > 0"}, ValueError, "valid must use arguments of momentum, got 'bet'"),
        ({"first": "a"}, ValueError, "first must be an integer, got 'a'"),
        ({"steps": 0}, ValueError, "steps must be an integer of at least 1, got 0"),
        ({"tolerance": -1}, ValueError, "tolerance must be positive, got -1"),
    ],
)
def test_wrong_bindings_are_refused_by_name(changes, error, message):
    given = {"symbols": {"w_{t+1}": audit.PARAMETERS}, **changes}
    with pytest.raises(error, match=message):
        audit.check(momentum, bindings=audit.Bindings(**given))
