"""The lineage of the optimizers: which methods each one builds on, and what it adds."""

import inspect
import re

from adamdoc import optimizers
from adamdoc.notation import table_of
from adamdoc.optimizers import Optimizer
from adamdoc.optimizers.base import BLOCK, hyperparameters


def year(cls: type[Optimizer]) -> int:
    """Return the year of a method's paper, from its key in the bibliography.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    int
        The year.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> year(Adam)
    2015
    """
    return int(cls.paper[-4:])


def parents(cls: type[Optimizer]) -> tuple[type[Optimizer], ...]:
    """Return the classes that a method builds on.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    tuple of class of Optimizer
        The classes; none for `GradientDescent`.

    Examples
    --------
    >>> from adamdoc import Adam
    >>> [cls.__name__ for cls in parents(Adam)]
    ['Momentum', 'RMSprop', 'AdaGrad']
    """
    return tuple(optimizers.CLASSES[name] for name in cls.builds_on)


def methods() -> tuple[type[Optimizer], ...]:
    """Return all methods by year, each after the methods it builds on.

    Returns
    -------
    tuple of class of Optimizer
        All except the general forms for the libraries.

    Examples
    --------
    >>> [cls.__name__ for cls in methods()[:3]]
    ['GradientDescent', 'Groups', 'Maximize']
    """
    ordered: list[type[Optimizer]] = []
    waiting = [cls for cls in optimizers.CLASSES.values() if not cls.general_form]
    waiting.sort(key=lambda cls: (year(cls), cls.__name__))
    while waiting:
        ready = next(c for c in waiting if all(p in ordered for p in parents(c)))
        waiting.remove(ready)
        ordered.append(ready)
    return tuple(ordered)


def equations(cls: type[Optimizer]) -> list[str]:
    r"""Return the equations in the docstring of a method as LaTeX, one per line.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    list of str
        The equations, without alignment marks.

    Raises
    ------
    ValueError
        If the docstring has no equations.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> equations(Momentum)[1]
    '\\theta_t = \\theta_{t-1} - \\eta m_t'
    """
    found = blocks(inspect.getdoc(cls) or "")
    if not found:
        raise ValueError(f"the docstring of {cls.__name__} has no block of equations")
    return [line.replace("&=", "=") for line in found[0]]


def blocks(doc: str) -> list[list[str]]:
    r"""Return the blocks of equations in a docstring, each as its lines of LaTeX.

    Parameters
    ----------
    doc : str
        The docstring, without indentation.

    Returns
    -------
    list of list of str
        The lines, without line ends. An environment such as ``cases`` is not split.

    Examples
    --------
    >>> blocks(".. math::\n\n    m_t &= g_t \\\\\n    v_t &= g_t^2\n")
    [['m_t &= g_t', 'v_t &= g_t^2']]
    """
    return [_lines(match[1]) for match in BLOCK.finditer(doc)]


def _lines(block: str) -> list[str]:
    """Return the lines of a block, split at the line ends outside of environments."""
    lines, depth = [""], 0
    for piece in re.split(r"(\\\\|\\begin\b|\\end\b)", block):
        depth += (piece == r"\begin") - (piece == r"\end")
        if piece == "\\\\" and not depth:
            lines.append("")
        else:
            lines[-1] += piece
    return [" ".join(line.split()) for line in lines if line.strip()]


def new_equations(cls: type[Optimizer]) -> list[str]:
    """Return the equations of a method that none of its parents have.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    list of str
        The equations. Decay rates with different indices are treated as equal.

    Examples
    --------
    >>> from adamdoc import AMSGrad
    >>> len(new_equations(AMSGrad)), len(equations(AMSGrad))
    (2, 4)
    """
    inherited = {_unnumbered(line) for parent in parents(cls) for line in equations(parent)}
    return [line for line in equations(cls) if _unnumbered(line) not in inherited]


def _unnumbered(line: str) -> str:
    r"""Return an equation with all decay rates as beta, because methods number them differently."""
    return re.sub(r"\\beta_\d|\\rho(?![a-z])", r"\\beta", line)


def symbols(cls: type[Optimizer]) -> str:
    r"""Return the symbols of the hyperparameters of a method as LaTeX.

    Parameters
    ----------
    cls : class of Optimizer
        The optimizer.

    Returns
    -------
    str
        The symbols, each between dollar signs, separated by commas.

    Examples
    --------
    >>> from adamdoc import Momentum
    >>> symbols(Momentum)
    '$\\eta$, $\\beta$'
    """
    return ", ".join(f"${table_of(cls)[name].latex}$" for name in hyperparameters(cls))
