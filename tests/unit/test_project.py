"""The project's files agree with each other."""

import re
from pathlib import Path

import documented
import yaml
from nox import registry

import adamdoc
from adamdoc import equations, models, optimizers, problems, schedules, sweep

ROOT = Path(__file__).parents[2]
#: Names of types, which have no page.
ALIASES = {"models.Gradient", "models.Params", "sweep.Record"}


def test_every_public_name_is_in_the_reference():
    listed = documented.names()
    # docs/_ext/reference.py lists the optimizers and the surfaces.
    listed_by_build = {*optimizers.CLASSES, *problems.surfaces(), "Optimizer", "Wrapper"}
    public = {*adamdoc.__all__} - listed_by_build
    public |= {f"equations.{name}" for name in equations.__all__ if name != "surface"}
    public |= {f"models.{name}" for name in models.__all__} - ALIASES
    public |= {f"sweep.{name}" for name in sweep.__all__} - ALIASES
    public |= {f"schedules.{name}" for name in schedules.__all__}
    modules = ("plotting", "lineage", "invariances", "vectors", "curvature", "tasks")
    papers = [f"papers.{path.stem}" for path in (ROOT / "adamdoc" / "papers").glob("[a-z]*.py")]
    for module in (*modules, *papers, "notebook", "equations.surface"):
        source = (ROOT / "adamdoc" / f"{module.replace('.', '/')}.py").read_text("utf-8")
        names = re.findall(r"^(?:class|def) ([A-Za-z]\w*)", source, flags=re.M)
        public |= {f"{module}.{name}" for name in names}
    assert {f"adamdoc.{name}" for name in public} - listed == set()


def test_hosts_run_sessions_that_there_are(noxfile):  # noqa: ARG001 - it registers the sessions
    named = set()
    for path in [ROOT / ".readthedocs.yaml", *ROOT.glob(".github/workflows/*.yml")]:
        text = path.read_text("utf-8")
        for line in re.findall(r"python -m nox -s ([a-z ]+)", text):
            named |= set(line.split())
        # Actions stand by the commit that was looked at, not by a name that may move.
        for used in re.findall(r"uses: (.*)", text):
            assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", used), used
    weekly = yaml.safe_load((ROOT / ".github/workflows/weekly.yml").read_text("utf-8"))
    for line in weekly["jobs"]["session"]["strategy"]["matrix"]["session"]:
        named |= set(line.partition(" -- ")[0].split())
    assert named <= set(registry.get())
    assert {"lint", "types", "unit", "tests", "docs", "package", "build", "site"} <= named
    assert {"notebooks", "reproducible", "parity"} <= named


def test_every_session_is_described(noxfile):  # noqa: ARG001
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert [name for name in registry.get() if f"`nox -s {name}" not in contributing] == []


def test_pages_read_the_records_that_the_site_names():
    """Index, README and CONTRIBUTING say which results no build computes, the course which page."""
    docs = ROOT / "docs"
    found = {
        (path.parent / name).resolve().relative_to(docs.resolve()).as_posix()
        for path in docs.glob("**/*.md")
        if "_build" not in path.parts
        for name in re.findall(r'Path\("([\w/.]+\.json)"\)\.read_text', path.read_text("utf-8"))
    }
    records = {"family/parity.json", "practice/recipes.json", "evidence/study.json"}
    assert found == {*records, "theory/bench.json"}
    contributing = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    assert all(f"`docs/{name}`" in contributing for name in {*found, "claims/searches.json"})
    last = re.findall(r"^[\w-]+$", (docs / "theory" / "index.md").read_text("utf-8"), re.M)[-1]
    assert "bench.json" in (docs / "theory" / f"{last}.md").read_text("utf-8")


def test_one_version():
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert f"version: {adamdoc.__version__}\n" in citation


def test_no_result_is_stored():
    """No bitmap and no notebook with outputs; the only drawing is the logo."""
    for pattern in ("*.png", "*.jpg", "*.gif", "*.webp", "*.ipynb", "*.svg"):
        for path in ROOT.rglob(pattern):
            parts = path.relative_to(ROOT).parts
            hidden = any(part.startswith(".") for part in parts)
            if hidden or {"_build", "auto_gallery"} & set(parts):
                continue
            assert parts == ("docs", "_static", "logo.svg")
