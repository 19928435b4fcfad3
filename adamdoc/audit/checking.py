"""The check of a docstring in a library's own tests."""

import inspect
from dataclasses import replace
from typing import Any

from adamdoc.audit import libraries
from adamdoc.audit.auditing import Report, examine
from adamdoc.audit.bindings import Bindings
from adamdoc.audit.comparing import other_values
from adamdoc.audit.declared import validate
from adamdoc.equations.grammar import EquationError


def check(target: Any, docstring: str | None = None, bindings: Bindings | None = None) -> Report:
    r"""Check that the equations of a docstring are what a function or class computes.

    Write a test of one line with it: ``audit.check(my_step, bindings=...)``.

    Parameters
    ----------
    target : callable
        A class with the interface of an optimizer of PyTorch, Keras, MLX or Paddle; a function of
        Optax; or a function ``step(theta, g, *states, **arguments)`` that returns the parameters,
        or a tuple of the parameters and the states in the order of the bindings. For another
        interface, give the bindings a ``run``.
    docstring : str, optional
        The text with the equations; by default the docstring of the target.
    bindings : Bindings
        What the symbols mean, and which values of the arguments to try. Without ``options``, each
        argument that a symbol means is tried with another number, or switched on or off.

    Returns
    -------
    Report
        The report: the numbers of cases and the largest deviation.

    Raises
    ------
    EquationError
        If the equations cannot be read or executed, differ from the target in a case, leave a
        symbol undefined, or if a documented default is not that of the signature. The message names
        the case, the first step and the quantity that differs.
    TypeError
        If there are no bindings, one of them has the wrong type, or the target has no known
        interface.
    ValueError
        If the bindings name an argument that the target does not have, or no parameters.

    Examples
    --------
    >>> from adamdoc import audit
    >>> def step(w, g, v, *, lr=0.1, momentum=0.9):
    ...     r'''Take a step with momentum.
    ...
    ...     .. math::
    ...
    ...         v_{t+1} &= \mu v_t + g_t \\
    ...         w_{t+1} &= w_t - \eta v_t
    ...
    ...     Here $\eta$ is the rate `lr` (default 0.1) and $\mu$ the `momentum`.
    ...     '''
    ...     v = momentum * v + g
    ...     return w - lr * v, v
    >>> symbols = {
    ...     "w_{t+1}": audit.PARAMETERS,
    ...     "g_t": audit.GRADIENT,
    ...     "v_{t+1}": audit.State("v"),
    ...     r"\eta": "lr",
    ...     r"\mu": "momentum",
    ... }
    >>> audit.check(step, bindings=audit.Bindings(symbols=symbols, first=0))
    ... # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    adamdoc.equations.grammar.EquationError: step: the docstring is false
      differs in 4 of 4 cases, first with the defaults, shape (2, 3): parameters off by 1 of ...

    The last row should have v at the new index:

    >>> mended = step.__doc__.replace(r"\eta v_t", r"\eta v_{t+1}")
    >>> report = audit.check(step, mended, audit.Bindings(symbols=symbols, first=0))
    >>> report.verdict, report.runs
    ('true', 4)
    """
    if not isinstance(bindings, Bindings):
        raise TypeError(f"bindings must be audit.Bindings, got {bindings!r}")
    if not callable(target):
        raise TypeError(f"target must be a function or class, got {target!r}")
    validate(target, bindings)
    doc = libraries.documentation(target) if docstring is None else inspect.cleandoc(docstring)
    name = getattr(target, "__name__", repr(target))
    if not bindings.options:
        bindings = replace(bindings, options=other_values(target, bindings))
    report = examine(name, "", target, doc, bindings)
    if report.faults:
        faults = "\n".join(f"  {fault}" for fault in report.faults)
        verdict = report.verdict if report.verdict in ("false", "not readable") else "not confirmed"
        raise EquationError(f"{name}: the docstring is {verdict}\n{faults}")
    return report
