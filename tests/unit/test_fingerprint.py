"""Fingerprints: whatever can change a result changes them, and nothing else does."""

import functools
import os
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from adamdoc import Adam, Ravine
from adamdoc.sweep import fingerprint as module
from adamdoc.sweep.fingerprint import fingerprint

#: A module of a user, whose `used` is what a sweep is given.
CODE = '''
import functools
from dataclasses import dataclass, field
from enum import Enum

import numpy as np

import own_helpers
from adamdoc import Adam, GradientDescent, Ravine

LIMIT = 3.0
TABLE = {"a": [1.0, 2.0], ("b", 1): 3.0}
NAMES = frozenset({"first", "second", "third", "fourth"})


class Kind(Enum):
    ONE = 1
    TWO = 2


def scale(x):
    """Return twice a number."""
    return 2 * x


def recursive(n):
    return n and even(n - 1)


def even(n):
    return n and recursive(n - 1) + 4.0


@functools.cache
def cached(x):
    return x + 11.0


def decorated(function):
    @functools.wraps(function)
    def inner(x):
        return function(x) + 12.0

    return inner


@decorated
def wrapped(x):
    return x * 13.0


def make(factor):
    def loss(p, weight=1.0, *, shift=5.0):
        import own_helpers as lazily
        clipped = np.minimum(scale(p), LIMIT) + recursive(3) + cached(1.0) + wrapped(2.0)
        known = "first" in {"first", "second", "third"} and "second" in NAMES
        return factor * weight * (clipped + shift) + TABLE["a"][0] + own_helpers.both(p) + known

    return loss


class Base(GradientDescent):
    bonus = 6.0

    def shift(self, x):
        return x + 7.0


@dataclass(frozen=True)
class Own(Base):
    """An optimizer."""

    eps: float = 8.0

    @property
    def twice(self):
        return 2.0 * self.eps

    @staticmethod
    def fixed(x):
        return 10.0 * x

    @functools.cached_property
    def slow(self):
        return 14.0

    def update(self, theta, g, state):
        return super().update(theta, self.shift(g), state)


@dataclass
class Made:
    factory: list = field(default_factory=lambda: [9.0])


class Slots:
    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value


class Bowl(Ravine):
    def loss(self, theta):
        return 15.0 * super().loss(theta)


data = np.zeros(5000)
data[2500] = 16.0
square = lambda p: p**2.0
used = [
    make(factor=17.0), Own, Own(), functools.partial(scale, x=18.0), square, data, Kind.TWO,
    Slots(19.0), Own().shift, functools.partial(Adam, lr=lambda t: 20.0 / t), Bowl(),
    data[::2], Made,
]
unused = 21.0
'''
HELPERS = """
FACTOR = 31.0

def both(x):
    return one(x) + FACTOR

def one(x):
    return x * 32.0

def other(x):
    return x * 33.0
"""


def load(name, text):
    """Return a module with this text."""
    loaded = ModuleType(name)
    loaded.__file__ = f"/home/me/{name}.py"
    sys.modules[name] = loaded
    exec(compile(text, loaded.__file__, "exec"), vars(loaded))
    return loaded


def key(code=CODE, helpers=HELPERS, name="own_module"):
    """Return the fingerprint of what the module uses."""
    try:
        load("own_helpers", helpers)
        return fingerprint(load(name, code).used)
    finally:
        sys.modules.pop("own_helpers")
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def original():
    return key()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("LIMIT = 3.0", "LIMIT = 3.5", id="global constant"),
        pytest.param('"a": [1.0', '"a": [1.5', id="global table"),
        pytest.param('("b", 1): 3.0', '("b", 1): 3.5', id="global table with other keys"),
        pytest.param('"third", "fourth"', '"third", "fifth"', id="global set"),
        pytest.param("return 2 * x", "return 3 * x", id="helper function"),
        pytest.param("recursive(n - 1) + 4.0", "recursive(n - 1) + 4.5", id="helper of a helper"),
        pytest.param("weight=1.0", "weight=1.5", id="default"),
        pytest.param("shift=5.0", "shift=5.5", id="default of a keyword"),
        pytest.param("factor=17.0", "factor=17.5", id="captured value"),
        pytest.param("clipped + shift", "clipped - shift", id="operator"),
        pytest.param("np.minimum", "np.maximum", id="function of a library"),
        pytest.param('{"first", "second", "third"}', '{"first", "second"}', id="set in the code"),
        pytest.param("x + 11.0", "x + 11.5", id="cached function"),
        pytest.param("function(x) + 12.0", "function(x) + 12.5", id="decorator"),
        pytest.param("x * 13.0", "x * 13.5", id="decorated function"),
        pytest.param("bonus = 6.0", "bonus = 6.5", id="attribute of a base class"),
        pytest.param("x + 7.0", "x + 7.5", id="method of a base class"),
        pytest.param("eps: float = 8.0", "eps: float = 8.5", id="default of a field"),
        pytest.param("lambda: [9.0]", "lambda: [9.5]", id="default factory of a field"),
        pytest.param("2.0 * self.eps", "2.5 * self.eps", id="property"),
        pytest.param("return 10.0 * x", "return 10.5 * x", id="static method"),
        pytest.param("return 14.0", "return 14.5", id="cached property"),
        pytest.param("self.shift(g), state", "self.shift(2 * g), state", id="method"),
        pytest.param("(GradientDescent)", "(Adam)", id="another base class"),
        pytest.param("15.0 * super", "15.5 * super", id="problem"),
        pytest.param("data[2500] = 16.0", "data[2500] = 16.5", id="one of 5000 entries"),
        pytest.param("np.zeros(5000)", "np.zeros(5000, 'f4')", id="dtype"),
        pytest.param("np.zeros(5000)", "np.zeros((5000, 1))", id="shape"),
        pytest.param("p**2.0", "p**3.0", id="lambda"),
        pytest.param("x=18.0", "x=18.5", id="partial"),
        pytest.param("Slots(19.0)", "Slots(19.5)", id="slot"),
        pytest.param("20.0 / t", "20.5 / t", id="schedule in a partial class"),
        pytest.param("Kind.TWO,", "Kind.ONE,", id="member of an enumeration"),
        pytest.param("Own().shift,", "Own(eps=1.0).shift,", id="object of a bound method"),
        pytest.param("(p, weight", "(q, p, weight", id="parameters"),
    ],
)
def test_what_changes_a_result_changes_it(before, after, original):
    assert CODE.count(before) == 1
    assert key(CODE.replace(before, after)) != original


@pytest.mark.parametrize("change", [("31.0", "31.5"), ("32.0", "32.5")])
def test_a_helper_in_another_module_changes_it(change, original):
    assert key(helpers=HELPERS.replace(*change)) != original


def test_a_module_that_is_imported_in_the_function_changes_it():
    code = CODE.replace("import own_helpers\n", "").replace("own_helpers.both", "lazily.both")
    assert key(code, HELPERS.replace("32.0", "32.5")) != key(code)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("unused = 21.0", "unused = 21.5"),
        ("LIMIT = 3.0", "# moved\n\n\nLIMIT = 3.0"),
        ('"""Return twice a number."""', '"""Return the double."""'),
        ('"""An optimizer."""', '"""An optimizer of mine."""'),
        ("np.minimum(scale(p), LIMIT)", "np.minimum(\n            scale(p), LIMIT)"),
    ],
)
def test_what_changes_no_result_does_not(before, after, original):
    assert CODE.count(before) == 1
    assert key(CODE.replace(before, after)) == original
    assert key(helpers=HELPERS.replace("33.0", "33.5")) == original
    assert key(name="moved_to_another_module") == original


def test_other_processes_find_the_same(tmp_path, original):
    (tmp_path / "own_helpers.py").write_text(HELPERS)
    show = "from adamdoc.sweep.fingerprint import fingerprint\nprint(fingerprint(used))\n"
    (tmp_path / "own_module.py").write_text(CODE + show)
    found = set()
    for number, command in enumerate((["own_module.py"], ["-c", "import own_module"])):
        done = subprocess.run(
            [sys.executable, "-W", "error", *command],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
            env={
                **os.environ,
                "PYTHONHASHSEED": str(number),
                "PYTHONPATH": os.pathsep.join(p for p in sys.path if p),
            },
        )
        found.add(done.stdout.strip())
    assert found == {original}


def test_objects_that_cannot_be_pickled():
    lock, calls = threading.Lock(), (n for n in range(3))

    def counted(x):
        with lock:
            return x, calls

    def other(x):
        with lock:
            return x, lock

    assert fingerprint(counted) == fingerprint(counted) != fingerprint(other)


def test_a_property_that_was_computed_changes_nothing():
    class Cached:
        @functools.cached_property
        def slow(self):
            return 1.0

    one = Cached()
    before = fingerprint(one)
    assert one.slow == 1.0
    assert fingerprint(one) == before


def test_functions_and_arrays_in_containers():
    def power(exponent):
        return lambda x: x**exponent

    for wrap in (lambda f: {f}, lambda f: {1: f}, lambda f: (f,), lambda f: {"f": [f]}):
        assert fingerprint(wrap(power(2))) == fingerprint(wrap(power(2)))
        assert fingerprint(wrap(power(2))) != fingerprint(wrap(power(3)))
    assert fingerprint([1, 2]) != fingerprint((1, 2)) != fingerprint([2, 1])
    assert fingerprint({"a": 1, "b": 2}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint(np.array([1, "x"], object)) != fingerprint(np.array([1, "y"], object))


def test_libraries_count_by_name():
    assert fingerprint(Adam) == fingerprint(Adam) != fingerprint(Ravine)
    assert fingerprint(np.sin) != fingerprint(np.cos)
    assert fingerprint(np.sum) != fingerprint(np.mean)
    assert [module.is_library(m) for m in ("numpy.linalg", "adamdoc.run", "builtins", "json")] == [
        True
    ] * 4
    assert not module.is_library(__name__)
    assert not module.is_library("nowhere.at.all")


def test_the_source_of_the_package_counts(tmp_path, monkeypatch):
    before = module.package()
    for path in ("__init__.py", "sub/one.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("x = 1\n")
    monkeypatch.setattr(module.adamdoc, "__file__", str(tmp_path / "__init__.py"))
    found = {before, module.package.__wrapped__()}
    (tmp_path / "sub" / "one.py").write_text("x = 2\n")
    found.add(module.package.__wrapped__())
    Path(tmp_path / "sub" / "one.py").rename(tmp_path / "sub" / "two.py")
    found.add(module.package.__wrapped__())
    monkeypatch.setattr(module.np, "__version__", "1.0")
    assert len(found | {module.package.__wrapped__()}) == 5


def test_a_long_chain_of_objects():
    class Node:
        def __init__(self, following):
            self.following = following

    def chain(end):
        for _ in range(2000):
            end = Node(end)
        return end

    assert fingerprint(chain(1.0)) == fingerprint(chain(1.0)) != fingerprint(chain(2.0))


def test_a_compiled_function_is_its_source():
    numba = pytest.importorskip("numba")

    def make(factor):
        return numba.njit(lambda x: factor * x)

    function = make(2.0)
    before = fingerprint(function)
    assert function(3.0) == 6.0  # compiled now
    assert fingerprint(function) == before == fingerprint(make(2.0)) != fingerprint(make(2.5))


class Tensor:
    """An array of another library; its pickle holds an address, as that of PyTorch does."""

    def __init__(self, *values):
        self.values = np.array(values)

    def __array__(self, dtype=None, copy=None):
        return self.values

    def __dlpack__(self):
        raise NotImplementedError

    def __reduce__(self):
        return Tensor, (id(self),)


def test_arrays_of_other_libraries():
    assert fingerprint(Tensor(1.0)) == fingerprint(Tensor(1.0)) != fingerprint(Tensor(2.0))
