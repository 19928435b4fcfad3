"""The declared meaning of the symbols in a library's docstring, and what is found in it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

#: The parameters that a step changes, the gradient that it gets, and the update that it returns.
PARAMETERS, GRADIENT, UPDATE = "the parameters", "the gradient", "the update"
#: The parameters before the step, where they are another symbol and not another index.
BEFORE = "the parameters before the step"
#: The value of a function that is no optimizer: a schedule at a step, a loss, a projection.
VALUE = "the value"
#: A quantity that is computed within a step, and is none of the library's states.
STEP = "within a step"
#: The same, for a number where the other quantities are matrices.
SCALAR = "a number within a step"
#: A symbol whose assignments are left out: the tuple of all states, for example.
IGNORED = "left out"
#: The loss at the parameters before the step, for methods that use it.
LOSS = "the loss"


@dataclass(frozen=True)
class State:
    """A quantity that the library keeps from step to step.

    Attributes
    ----------
    name : str
        Its name in the state of the library, ``"exp_avg"`` for example. Empty if the library keeps
        it in another form, or not at all: then it is not compared. ``VALUE`` for the value of a
        function that is made from the one before.
    start : str
        The initial value as LaTeX, where the docstring does not write one. Empty for none: then it
        has no value before it gets one. In Python code, an expression of the arguments and of the
        parameters at the start.
    before : str
        The LaTeX (or the name in Python code) of the value before the step, where it is another
        symbol and not another index.
    shape : str
        Empty for that of the parameters, else ``"number"``, or of a matrix of parameters ``"rows"``
        (a column with a number for each row) or ``"columns"``.
    when : str
        A Python expression of the arguments: the library keeps it where this is true. Empty for
        always.
    index : str
        The letter of its index, if the index does not count the steps: it is a table then, and all
        its entries start with the same value.
    """

    name: str = ""
    start: str = "0"
    before: str = ""
    shape: str = ""
    when: str = ""
    index: str = ""


@dataclass(frozen=True)
class Operator:
    """A function that the docstring names without an equation.

    Attributes
    ----------
    function : callable
        Gets the arguments of the optimizer as a dictionary, and then the values of its own.
    arguments : int
        The number of its own arguments.
    timed : bool
        Whether the function gets the number of the step after the arguments of the optimizer.
    number : bool
        Whether its value is a number, also if its arguments are matrices.
    """

    function: Callable[..., Any]
    arguments: int = 1
    timed: bool = False
    number: bool = False


@dataclass(frozen=True)
class Found:
    """A quantity that the library finds in each step, which a condition of the docstring is about.

    Attributes
    ----------
    name : str
        Its name in the state of the library after the step.
    shape : str
        Empty, or ``"number"`` if it is one where the other quantities are matrices.
    """

    name: str
    shape: str = ""


@dataclass(frozen=True)
class Described:
    """A quantity that the docstring defines in words.

    Attributes
    ----------
    words : str
        The words, which are looked for in the docstring.
    function : callable
        Gets the arguments as a dictionary, and the step; returns the value.
    """

    words: str
    function: Callable[..., Any]


@dataclass(frozen=True)
class Given:
    """A quantity that a step is given, such as a random direction.

    Attributes
    ----------
    function : callable
        Gets the arguments of the optimizer as a dictionary, and the number of steps done.
    """

    function: Callable[..., Any]


@dataclass(frozen=True)
class Use:
    """A block of equations that is used.

    Attributes
    ----------
    block : int or str or dict of str to str
        Its number among the blocks of the docstring, from 0; or a text in the docstring, such as an
        equation within a sentence, which is a block of its own; or sentences, each with what it
        says as Python code or LaTeX: the first that the docstring has is used, so that a finding
        can mend a sentence.
    when : str
        A Python expression of the arguments: the block applies where it is true. Empty for always.
    replaces : bool
        Whether its assignments replace those of the same quantities in the blocks before.
    start : bool
        Whether it is done once, before the first step.
    first : bool
        Whether its assignments replace those of the same quantities in the first step.
    result : str
        For Python code that defines a function: the call whose value is ``VALUE``. For LaTeX: the
        symbol whose value it is, if the block is an expression or a condition alone.
    kind : str
        ``"latex"`` or ``"python"``, for a text.
    where : str
        A condition as LaTeX: its assignments are done in the steps in which it is true.
    words : str
        The words of the docstring that the text stands for, if it is not a text of the docstring.
    """

    block: int | str | Mapping[str, str]
    when: str = ""
    replaces: bool = False
    start: bool = False
    first: bool = False
    result: str = ""
    kind: str = "latex"
    where: str = ""
    words: str = ""


#: What a symbol means: an expression of the arguments, a role, a state, an operator, words, what a
#: step is given, or a number.
Meaning = str | State | Operator | Described | Found | Given | float


@dataclass(frozen=True, kw_only=True)
class Bindings:
    r"""What the symbols of a docstring mean, and how to run what it documents.

    Attributes
    ----------
    symbols : dict of str to Meaning
        By the LaTeX of each symbol, with the index at which it is assigned (``m_t``, ``w_{t+1}``),
        or by its name in Python code: an expression of the arguments such as ``"betas[0]"``, one of
        the roles ``PARAMETERS``, ``BEFORE``, ``GRADIENT``, ``UPDATE``, ``VALUE``, ``LOSS``,
        ``STEP`` and ``IGNORED``, a `State` (named ``VALUE`` if the value of a function comes from
        the one before), an `Operator`, `Described` in words, `Found` by the library, `Given` to a
        step, or a number. Several symbols with the same named state or role are one quantity;
        ``"= m_t"`` is another way to write the symbol ``m_t``.
    time : str
        The letter that counts the steps.
    first : int
        Its value at the first step.
    blocks : sequence of Use
        The blocks that are used; by default all of them, one after the other.
    arguments : dict
        Arguments for every case, such as a learning rate that has no default.
    options : dict of str to tuple
        For each argument that changes the numbers, unusual values to try, alone and in pairs.
    needs : dict of str to dict
        Arguments without which an option does nothing, by option; they are set with it.
    valid : str
        A Python expression of the arguments that is false where the library rejects them.
    shapes : tuple of tuple
        The shapes of the arrays of parameters.
    matrices : bool
        Whether products of parameters, gradients and states are those of matrices.
    whole : bool
        Whether Python code is executed with the arrays, and not with each coordinate by itself.
    unordered : bool
        Whether the equations are definitions, which can be evaluated in any order.
    in_place : bool
        Whether ``x_t \leftarrow x_t - g_t`` is read as an assignment in place: on the right, it has
        the value of the step before.
    tolerance : float
        The largest deviation that counts as rounding, as a share of the step.
    tolerances : dict of str to float
        Larger tolerances, by the Python expression of the arguments that is true where they apply.
    why_tolerance : str
        The reason for a tolerance above 1e-9.
    steps : int
        The number of steps.
    ranges : dict of str to str
        For each letter that sums run over without bounds, and that counts the entries of arrays, an
        expression of the arguments: the number of its values.
    run : callable or None
        Runs the function or class (see `adamdoc.audit.running`); None for the usual interfaces.
    unchecked : dict of str to str
        Arguments that change the numbers and are not tried, with the reason.
    introduced : tuple of str
        Symbols of arguments that the text introduces in another form.
    refers : tuple of str
        Dotted names of what the docstring refers to for the rest of its equations: the blocks of
        their docstrings follow its own.
    """

    symbols: Mapping[str, Meaning]
    time: str = "t"
    first: int = 1
    blocks: Sequence[Use] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    needs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    valid: str = ""
    shapes: tuple[tuple[int, ...], ...] = ((2, 3),)
    matrices: bool = False
    whole: bool = False
    unordered: bool = False
    in_place: bool = False
    tolerance: float = 1e-9
    tolerances: Mapping[str, float] = field(default_factory=dict)
    why_tolerance: str = ""
    steps: int = 30
    ranges: Mapping[str, str] = field(default_factory=dict)
    run: Callable[..., Any] | None = None
    unchecked: Mapping[str, str] = field(default_factory=dict)
    introduced: tuple[str, ...] = ()
    refers: tuple[str, ...] = ()


#: The kinds of findings, with what each means.
KINDS = {
    "formula": "an equation is not what the code computes",
    "index": "an equation uses a quantity of another step",
    "missing option": "the equations leave out an option that changes the numbers",
    "initial value": "an initial value that matters is not in the text",
    "undefined symbol": "a symbol is used that nothing defines",
    "default": "the text names another default than the signature",
    "prose": "a sentence about the update is not true",
    "typo": "an equation is misspelled, or renders wrongly",
    "code": "the code is at fault, not the text",
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    r"""A mismatch between a docstring and the code.

    Attributes
    ----------
    kind : str
        One of ``KINDS``.
    says : str
        What is written and what is computed, in a sentence or two.
    written : str
        The words of the docstring that are wrong, if it is not repaired; they are looked for.
    repair : tuple of (str, str)
        Texts in the docstring and what to write instead, so that every case agrees.
    symbols : dict of str to Meaning
        Further symbols that the repaired text has.
    code : tuple of str
        The module and a line of its source that computes otherwise; the line is looked for.
    argument : str
        Of a default: the argument.
    reading : str
        If it is a matter of reading: the other way to read the text.
    reason : str
        Why the code is at fault, if it is.
    threads : tuple of str
        Addresses of issues or pull requests about it.
    until : str
        The version of the library that has mended it; empty if none has.
    """

    kind: str
    says: str
    written: str = ""
    repair: tuple[tuple[str, str], ...] = ()
    symbols: Mapping[str, Meaning] = field(default_factory=dict)
    code: tuple[str, str] | tuple[()] = ()
    argument: str = ""
    reading: str = ""
    reason: str = ""
    threads: tuple[str, ...] = ()
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class Row(Bindings):
    """The audit of one docstring of a library.

    Attributes
    ----------
    name : str
        What is documented, ``"torch.optim.Adam"``.
    findings : tuple of Finding
        The mismatches that are known.
    unreadable : str
        Why its equations cannot be executed; then the bindings are not used.
    also : tuple of Bindings
        For a docstring that writes its update more than once: the bindings of the other times.
    """

    name: str
    symbols: Mapping[str, Meaning] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    unreadable: str = ""
    also: tuple[Bindings, ...] = ()


def current(row: Row, version: str) -> Row:
    """Return a row with the findings that hold in a version of its library.

    Examples
    --------
    >>> mended = Finding(kind="typo", says="It is misspelled.", until="2.14")
    >>> row = Row(name="library.step", findings=(mended,))
    >>> len(current(row, "2.13.0").findings), len(current(row, "2.14.1").findings)
    (1, 0)
    """
    kept = tuple(f for f in row.findings if not f.until or _number(version) < _number(f.until))
    return replace(row, findings=kept)


def _number(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))
