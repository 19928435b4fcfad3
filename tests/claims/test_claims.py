"""The claims: each comes out as known, and each can fail."""

import ast
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import faults
import pytest
from dependencies import closure
from joblib import Parallel, delayed

import claims
from claims import store
from claims.core import CONDITIONS, FAILS, HOLDS

ROOT = Path(__file__).parents[2]
#: The build of the site has measured them; evidence is kept as long as nothing has changed.
KEPT = ROOT / "docs" / "_build" / "evidence"


@pytest.fixture(scope="module")
def evidence():
    return store.measure_all(KEPT, jobs=2)


def outcomes(name):
    """Return which cases of a claim hold under the fault that it must notice."""
    with faults.broken(claims.CLAIMS[name].fault):
        return [case.holds for case in claims.measure(name).cases]


@pytest.fixture(scope="module")
def turned():
    """Return how each claim comes out under its fault."""
    names = list(claims.CLAIMS)
    found = Parallel(n_jobs=2)(delayed(outcomes)(name) for name in names)
    return dict(zip(names, found, strict=True))


@pytest.mark.parametrize("name", claims.CLAIMS)
def test_claim_comes_out_as_known(evidence, name):
    assert not evidence[name].surprises


@pytest.mark.parametrize("name", claims.CLAIMS)
def test_a_fault_turns_the_claim(evidence, turned, name):
    held = [case.holds for case in evidence[name].cases]
    assert len(turned[name]) == len(held)
    assert turned[name] != held, claims.CLAIMS[name].fault


def test_every_claim_has_its_fault_and_every_fault_a_claim():
    assert {claim.fault for claim in claims.CLAIMS.values()} == set(faults.FAULTS)


def test_every_verdict_comes_out(evidence):
    assert {e.verdict for e in evidence.values()} == set(claims.VERDICTS)


def test_claims_name_what_exists():
    keys = set(re.findall(r"^@\w+\{(\w+),", (ROOT / "docs/references.bib").read_text(), re.M))
    for claim in claims.CLAIMS.values():
        assert claim.topic in claims.TOPICS
        assert claim.source in {claims.ARTICLE, claims.COMMON} | keys, claim.id
        assert claim.run.__doc__, claim.id
        if claim.source in keys:
            assert claim.place, claim.id
        if claim.gallery:
            assert (ROOT / "gallery" / f"{claim.gallery}.py").exists(), claim.id


def test_no_two_cases_of_a_claim_have_one_name(evidence):
    for e in evidence.values():
        names = [(case.condition, case.quantity) for case in e.cases]
        assert len(set(names)) == len(names), e.id


def test_verdicts():
    assert claims.verdict([True, True]) == HOLDS
    assert claims.verdict([True, False]) == CONDITIONS
    assert claims.verdict([False]) == FAILS
    case = claims.Case("c", "q", (1.0, 2.0), "<", 2.0)
    assert not case.holds
    assert replace(case, bound=2.1).holds
    assert claims.Evidence("x", (case,)).surprises == (case,)
    assert not claims.Evidence("x", (replace(case, expected=False),)).surprises


def test_wrong_cases_and_claims():
    with pytest.raises(
        ValueError, match=r"values and bound must not be nan, got \(nan,\) in case 'c'"
    ):
        claims.Case("c", "q", (float("nan"),), "<", 1.0, expected=False)
    with pytest.raises(ValueError, match=r"relation must be one of '<', .*, got '='"):
        claims.Case("c", "q", (1.0,), "=", 1.0)
    with pytest.raises(ValueError, match=r"topic must be one of 'gradient descent', .*, got 'x'"):
        claims.claim("x", "statement")
    with pytest.raises(ValueError, match=r"name must be one of '.*, got 'x'"):
        claims.measure("x")
    with pytest.raises(ValueError, match="id of a claim must be unique, got 'adam-memory' twice"):
        claims.claim(claims.TOPICS[0], "s")(claims.CLAIMS["adam-memory"].run)


def test_evidence_is_kept_and_dropped(tmp_path, monkeypatch):
    name = "adam-memory"
    assert store.read(tmp_path, name) is None
    first = store.measure_into(tmp_path, name)
    assert store.read(tmp_path, name) == first
    monkeypatch.setitem(claims.CLAIMS, name, replace(claims.CLAIMS[name], run=lambda: 1 / 0))
    monkeypatch.setattr(store, "digest", lambda _modules: "another")
    assert store.read(tmp_path, name) is None
    with pytest.raises(ZeroDivisionError):
        store.measure_into(tmp_path, name)


@pytest.mark.parametrize(
    ("module", "claim", "depends"),
    [
        ("optimizers/methods/muon.py", "matrix-methods-win-on-matrices", True),
        ("optimizers/methods/muon.py", "gd-best-rate", False),
        ("optimizers/methods/adam.py", "adam-first-step", True),
        ("run.py", "gd-best-rate", True),
        ("notation.py", "gd-best-rate", True),
        ("plotting.py", "adam-first-step", False),
        ("sweep/jobs.py", "adam-first-step", False),
    ],
)
def test_evidence_depends_on_what_a_claim_uses(module, claim, depends):
    name = "adamdoc." + module[:-3].replace("/", ".")
    found = closure([claims.CLAIMS[claim].run.__module__])
    assert (name in found) == depends


@pytest.mark.parametrize(
    "name",
    [
        "matrix-methods-win-on-matrices",
        "gd-cost-grows",
        "adagrad-is-a-limit-of-adam",
        "adam-step-bound-of-the-paper",
        "amsgrad-converges",
        "adam-adapts-to-scales",
        "momentum-accelerates",
        "best-rate-scales-with-batch",
    ],
)
def test_static_dependencies_cover_what_runs(name):
    """Every function of the package that a claim calls is in a module that it depends on."""
    called = set()

    def note(frame, event, _arg):
        if event == "call":
            called.add(frame.f_globals.get("__name__", ""))

    sys.setprofile(note)
    try:
        claims.measure(name)
    finally:
        sys.setprofile(None)
    ours = {m for m in called if m.split(".")[0] in ("adamdoc", "claims")}
    assert ours <= set(closure([claims.CLAIMS[name].run.__module__]))


def test_evidence_does_not_depend_on_the_process(tmp_path):
    """Another process with another hash seed measures the same."""
    name = "batch-noise-falls-with-root"
    code = (
        "import sys; from pathlib import Path; from claims import store; "
        "store.measure_into(Path(sys.argv[1]), sys.argv[2])"
    )
    texts = []
    for seed in ("1", "2"):
        folder = tmp_path / seed
        subprocess.run(
            [sys.executable, "-c", code, str(folder), name],
            check=True,
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "OMP_NUM_THREADS": "1",
                "PYTHONPATH": os.pathsep.join((str(ROOT / "docs"), str(ROOT / "docs/_ext"))),
            },
        )
        texts.append((folder / f"{name}.json").read_text())
    assert texts[0] == texts[1]


def test_randomness_is_seeded():
    """No claim draws from a generator without a seed."""
    for path in [*ROOT.glob("docs/claims/*.py"), *ROOT.glob("adamdoc/papers/*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("default_rng"):
                assert node.args, path.name
            assert "np.random.seed" not in (ast.unparse(node) if isinstance(node, ast.Call) else "")
