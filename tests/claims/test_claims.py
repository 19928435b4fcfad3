"""The claims: each comes out as known, and each can fail."""

import ast
import contextlib
import os
import re
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import faults
import pytest
from dependencies import closure
from joblib import Parallel, delayed

import claims
from adamdoc import tuning
from claims import AS_GOOD, EXACT, EXPERIMENT, Bound, Case, Evidence, store

ROOT = Path(__file__).parents[2]
#: The build of the site has measured them; evidence is kept as long as nothing has changed.
KEPT = ROOT / "docs" / "_build" / "evidence"


@pytest.fixture(scope="module")
def evidence():
    return store.measure_all(KEPT, jobs=2)


def measured(name):
    """Return which scored cases of a claim hold; nothing is kept of what was computed before."""
    for module in [m for key, m in sys.modules.items() if key.startswith("claims.")]:
        for function in vars(module).values():
            if hasattr(function, "cache_clear"):
                function.cache_clear()
    return [case.holds for case in claims.measure(name).scored]


def outcomes(name, held):
    """Return which scored cases of a claim hold under the fault that it must notice.

    The best settings are those on record; where the fault turns nothing with them, or a measure
    refuses what it makes of them, the searches are made again. There a fault may move a best
    setting to the edge of its range, which is then not refused.
    """
    with faults.broken(claims.CLAIMS[name].fault), patch.object(tuning, "_refuse", lambda *_: None):
        with contextlib.suppress(ValueError):
            if (found := measured(name)) != held:
                return found
        with patch.dict(claims.tuning.RECORDED, clear=True):
            return measured(name)


@pytest.fixture(scope="module")
def turned(evidence):
    """Return how each claim comes out under its fault."""
    held = {name: [case.holds for case in evidence[name].scored] for name in claims.CLAIMS}
    found = Parallel(n_jobs=2)(delayed(outcomes)(name, held[name]) for name in held)
    return dict(zip(held, found, strict=True))


@pytest.mark.parametrize("name", claims.CLAIMS)
def test_claim_comes_out_as_known(evidence, name):
    assert not list(claims.objections(claims.CLAIMS[name], evidence[name]))


@pytest.mark.parametrize("name", claims.CLAIMS)
def test_a_fault_turns_the_claim(evidence, turned, name):
    held = [case.holds for case in evidence[name].scored]
    assert len(turned[name]) == len(held)
    assert turned[name] != held, claims.CLAIMS[name].fault


def test_faults_are_specific():
    """A fault that turns many claims says little about each of them."""
    uses = Counter(claim.fault for claim in claims.CLAIMS.values())
    assert set(uses) == set(faults.FAULTS)
    assert max(uses.values()) <= 2, uses.most_common(3)


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
        assert not re.search(r"\d\.\d{2,}", claim.finding), "a measured number is not typed"
        if claim.gallery:
            assert (ROOT / "gallery" / f"{claim.gallery}.py").exists(), claim.id


def test_no_two_cases_of_a_claim_have_one_name(evidence):
    for e in evidence.values():
        names = [(c.condition, c.quantity) for c in e.cases]
        assert len(set(names)) == len(names), e.id


def case(holds, role="within", **more):
    return Case(
        f"{role} {holds}", "size", (0.0 if holds else 2.0,), "<", AS_GOOD, role=role, **more
    )


def review(kind, finding, *cases):
    """Return what is wrong with a claim of a made-up ledger."""
    made_up = claims.Claim("x", "", "s", kind, finding, "", "", "", None, "", lambda: cases)
    return list(claims.objections(made_up, Evidence("x", kind, cases)))


def test_verdicts_depend_on_the_premise_and_its_edge():
    yes, no = case(True), case(False)
    for kind, words in claims.core.WORDS.items():
        holds, conditions, fails = words
        assert claims.verdict([yes], kind) == holds
        assert claims.verdict([yes, case(True, "edge")], kind) == holds
        assert claims.verdict([yes, case(False, "edge")], kind) == conditions
        assert claims.verdict([yes, no], kind) == conditions
        assert claims.verdict([no], kind) == fails
        assert claims.verdict([no, case(True, "edge")], kind) == fails


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize("edge", [None, True, False])
def test_no_verdict_depends_on_a_contrast(within, edge):
    scored = [case(within)] + ([] if edge is None else [case(edge, "edge")])
    contrasts = [case(True, "contrast"), case(False, "contrast")]
    verdicts = {
        claims.verdict(scored + contrasts[:first] + contrasts[second:])
        for first in range(3)
        for second in range(3)
    }
    assert verdicts == {claims.verdict(scored)}


@pytest.mark.parametrize("roles", [(), ("edge",), ("contrast", "edge")])
def test_a_verdict_needs_a_case_within_the_premise(roles):
    with pytest.raises(ValueError, match="cases must have one within the premise"):
        claims.verdict([case(True, role) for role in roles])


def test_seeds_that_disagree_show_no_difference():
    values = (0.7, 0.75, 0.7, 0.72, 0.9)
    spread = Case("c", "ratio", values, "<", claims.BETTER)
    assert not spread.holds
    assert spread.outcome == "within the spread"
    assert replace(spread, values=(0.9,) * 5).outcome == "does not hold"
    assert replace(spread, values=(0.7,) * 5).outcome == "holds"


def test_objections():
    trained = {"task": "mlp", "budget": "10 epochs"}
    assert not review(EXACT, "", case(True))
    assert not review(EXACT, "below 1", case(True), case(False, "edge", expected=False))
    assert not review(EXACT, "", case(True), case(False, "contrast", expected=False))
    assert "not what was recorded" in review(EXACT, "", case(True, expected=False))[0]
    assert "not what was recorded" in review(EXACT, "", case(True), case(False, "contrast"))[0]
    assert "no finding" in review(EXACT, "", case(True), case(False, "edge", expected=False))[0]
    assert "no finding" in review(EXACT, "", case(False, expected=False))[0]
    assert "without condition" in review(EXACT, "below 1", case(True))[0]
    assert "task and budget" in review(EXPERIMENT, "", case(True))[0]
    assert "task and budget" in review(EXACT, "", case(True, **trained))[0]
    assert "at least 5 seeds" in review(EXPERIMENT, "", case(True, **trained))[0]
    five = Case("c", "ratio", (0.5, 0.6, 0.7, 0.5, 0.6), "<", claims.BETTER, **trained)
    assert not review(EXPERIMENT, "", five)
    assert Evidence("x", EXPERIMENT, (five,)).size == "1 task, 5 seeds, 1 budget"


def test_a_best_setting_on_an_edge_is_refused():
    """The searches of the claims are those of `adamdoc.tuning`, and it can refuse."""
    space = {"lr": tuning.Range(0.1, 1.0)}
    for objective, end in ((lambda s: s["lr"], "low"), (lambda s: 1 / s["lr"], "high")):
        with pytest.raises(tuning.EdgeError, match=f"best lr of .* at the {end} edge"):
            tuning.tune(objective, space)
    inside = tuning.tune(lambda s: abs(s["lr"] - 0.3), space)
    assert inside.setting["lr"] == pytest.approx(0.3, rel=0.05)


def test_the_record_of_searches_is_what_they_find():
    """One of them is made again."""
    recorded = claims.tuning.RECORDED.items()
    name, setting = next(item for item in recorded if "softmax, batches of 32" in item[0])
    with patch.dict(claims.tuning.RECORDED, clear=True):
        claims.measure("batches-save-work")
    assert claims.tuning.FOUND[name] == setting


def test_the_deciding_cases_are_the_closest():
    bound = Bound(1, "a reason")
    near, far, beyond = (
        Case(f"{v}", "size", (v,), "<", bound, expected=v < 1) for v in (0.9, 0.1, 3.0)
    )
    assert Evidence("x", EXACT, (far, near)).deciding == (near,)
    assert Evidence("x", EXACT, (far, near, beyond)).deciding == (near, beyond)


def test_wrong_cases_and_claims():
    bound = Bound(1, "a reason")
    with pytest.raises(ValueError, match=r"values must not be nan, got \(nan,\) in case 'c'"):
        Case("c", "q", (float("nan"),), "<", bound, expected=False)
    with pytest.raises(ValueError, match=r"relation must be one of '<', .*, got '='"):
        Case("c", "q", (1.0,), "=", bound)
    with pytest.raises(ValueError, match=r"role must be one of 'within', .*, got 'control'"):
        Case("c", "q", (1.0,), "<", bound, role="control")
    with pytest.raises(TypeError, match=r"bound must be a Bound with its reason, got 0\.68 in 'c'"):
        Case("c", "q", (1.0,), "<", 0.68)
    with pytest.raises(ValueError, match="values must be one, or of at least 5 seeds, got 2"):
        Case("c", "q", (1.0, 2.0), "<", bound)
    with pytest.raises(ValueError, match="a bound must have a reason, got none for 2"):
        Bound(2, "")
    with pytest.raises(ValueError, match="value of a bound must not be nan"):
        Bound(float("nan"), "a reason")
    with pytest.raises(ValueError, match=r"topic must be one of 'gradient descent', .*, got 'x'"):
        claims.claim("x", "statement")
    with pytest.raises(ValueError, match="kind must be one of 'exact', 'experiment', got 'x'"):
        claims.claim(claims.TOPICS[0], "statement", kind="x")
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
