"""The walk-throughs of CONTRIBUTING, followed on copies of the tree."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import site_copy

ROOT = Path(__file__).parents[2]
#: The tests of the copy: those that every optimizer goes through.
TESTS = ("test_equations", "test_optimizers", "test_export", "test_step", "test_vectors")
TESTS += ("test_notation", "test_dialects", "test_family")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy in which the example has been added, and only that."""
    folder = tmp_path_factory.mktemp("copy")
    for name in ("adamdoc", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "docs" / "family").mkdir(parents=True)
    for name in ("docs/references.bib", "docs/family/parity.json", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    for path in (ROOT / "docs" / "family").glob("check_adam.*"):
        shutil.copy(path, folder / "docs" / "family")
    module, line, entry, row = blocks("Adding an optimizer")
    (folder / "adamdoc/optimizers/qhm.py").write_text(module, "utf-8")
    registry = folder / "adamdoc/optimizers/__init__.py"
    edited = registry.read_text("utf-8").replace(
        "from adamdoc.optimizers.methods.radam import",
        f"{line}from adamdoc.optimizers.methods.radam import",
        1,
    )
    registry.write_text(edited, "utf-8")
    with (folder / "docs/references.bib").open("a", encoding="utf-8") as file:
        file.write(entry)
    table = folder / "adamdoc/dialects/table.py"
    start, end = table.read_text("utf-8").split("\n)\n\n#: Optimizers of the libraries", 1)
    table.write_text(f"{start}\n{row})\n\n#: Optimizers of the libraries{end}", "utf-8")
    return folder


def blocks(title):
    """Return the code blocks of a section of CONTRIBUTING."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    _, _, section = text.partition(f"## {title}\n")
    assert section
    section = re.split(r"^## ", section, flags=re.M)[0]
    return re.findall(r"^```\w+\n(.*?)^```$", section, re.M | re.S)


def run(folder, *command):
    """Run Python in a folder, whose adamdoc goes before the one that is installed."""
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


def test_everything_follows_from_the_four_places(copy):
    script = """
import adamdoc
from adamdoc import invariances
from adamdoc import QHM, dialects, equations, lineage, vectors
from adamdoc.plotting import color

assert "QHM" in adamdoc.__all__ and adamdoc.__file__.startswith({folder!r})
assert equations.check(QHM) < 16 and not equations.tally(QHM).missed
assert "export function update" in equations.javascript(QHM)
assert lineage.year(QHM) == 2019 and QHM in lineage.methods()
assert invariances.measure(QHM).rotation
assert vectors.make(QHM)["cases"]
assert dialects.reproduce("pytorch_optimizer.QHM", {{"nu": 0.5}}).alpha == 0.5
call = dialects.translate("pytorch_optimizer.SGDW", to="pytorch_optimizer")
assert color(QHM).startswith("#")
print("all follows")
"""
    assert "all follows" in run(copy, "-c", script.format(folder=str(copy)))


def test_the_tests_of_all_optimizers_take_it_in(copy):
    names = [f"tests/{name}.py" for name in TESTS]
    options = ("-q", "-k", "QHM", "-p", "no:cacheprovider", "-W", "error", "--doctest-modules")
    out = run(copy, "-m", "pytest", *names, "adamdoc/optimizers/qhm.py", *options)
    assert int(re.search(r"(\d+) passed", out)[1]) > 40
    assert "failed" not in out


def test_the_lineage_of_the_copy_is_whole(copy):
    out = run(copy, "-m", "pytest", "tests/test_lineage.py", "-q", "-p", "no:cacheprovider")
    assert " passed" in out


def whole(folder):
    """Return a copy of what the walk-throughs change."""
    skip = shutil.ignore_patterns("__pycache__", "_build", "auto_gallery", "api")
    for name in ("adamdoc", "docs", "gallery", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=skip)
    for name in ("pyproject.toml", "noxfile.py", "CITATION.cff", "CONTRIBUTING.md"):
        shutil.copy(ROOT / name, folder)
    shutil.copytree(ROOT / ".github", folder / ".github")
    shutil.copy(ROOT / ".readthedocs.yaml", folder)
    return folder


def follow(folder, title):
    """Do what the first block of a section says: its command begins with nox -s new."""
    command = blocks(title)[0].strip()
    assert command.startswith("nox -s new -- ")
    said = run(folder, "docs/_new/new.py", *command.removeprefix("nox -s new -- ").split())
    assert "wrote" in said or "changed" in said
    return command.split()[5:]


def passing(folder, *options):
    """Run tests of a copy, and return how many passed."""
    out = run(folder, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *options)
    return int(re.search(r"(\d+) passed", out)[1])


def test_what_begins_an_optimizer_passes_its_tests(tmp_path):
    run(whole(tmp_path), "docs/_new/new.py", "optimizer", "NewOne")
    names = [f"tests/test_{name}.py" for name in ("equations", "optimizers", "step", "vectors")]
    module = "adamdoc/optimizers/new_one.py"
    assert passing(tmp_path, *names, module, "-k", "NewOne", "--doctest-modules") > 30


def test_a_loss_surface(tmp_path):
    (name,) = follow(whole(tmp_path), "Adding a loss surface")
    files = ("tests/test_problems.py", "tests/test_surface.py", "adamdoc/problems.py")
    assert passing(tmp_path, *files, "-k", name, "--doctest-modules") >= 8
    assert passing(tmp_path, "tests/test_project.py", "-k", "reference") == 1
    script = """
import sys
sys.path.insert(0, "docs/_ext")
import playground
assert "surfaces/Canyon.js" in dict(playground.files())
"""
    run(tmp_path, "-c", script)


def test_a_claim(tmp_path):
    name, _topic = follow(whole(tmp_path), "Adding a claim")
    assert passing(tmp_path, "tests/test_claims.py", "-k", "name_what or its_fault") == 2
    script = f"""
import faults
import claims
assert claims.measure({name!r}).verdict == "holds"
assert not all(faults.outcomes({name!r}).values())
"""
    sys_path = f"import sys; sys.path.insert(0, {str(tmp_path / 'tests')!r})\n"
    run(tmp_path, "-c", sys_path + script)


def test_a_script_and_a_page(tmp_path):
    """Both are built, in a small site, where warnings are errors."""
    folder = site_copy.make(tmp_path, pages=1, scripts=0)
    shutil.copytree(ROOT / "docs" / "_new", folder / "docs" / "_new")
    section = blocks("Adding a gallery script")[0].split()[5].split("/")[0]
    (folder / "gallery" / "1_small").rename(folder / "gallery" / section)
    script, _page = follow(folder, "Adding a gallery script")
    (page,) = follow(folder, "Adding a page")
    index = folder / "docs" / "index.md"
    index.write_text(index.read_text("utf-8").replace("auto_", f"{page}\nauto_", 1), "utf-8")
    # Of the course, which the small site has not.
    path = folder / "docs" / f"{page}.md"
    text = re.sub(r"```\{about\}.*?```\n", "", path.read_text("utf-8"), flags=re.S)
    path.write_text(text, "utf-8")
    related = folder / "docs" / "_ext" / "related.py"
    related.write_text(related.read_text("utf-8").replace(f'"{_page}"', '"page_0"'), "utf-8")
    code, said = site_copy.build(folder)
    assert code == 0, said
    site = folder / "docs" / "_build" / "html"
    assert "page_0" in (site / "auto_gallery" / f"{script}.html").read_text("utf-8")
    assert "After 50 steps the loss is" in (site / f"{page}.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("optimizer", "qhm"), "NAME must be a class, such as QHM, got 'qhm'"),
        (("optimizer", "QHM", "x"), "WHERE is not used for: optimizer, got 'x'"),
        (("claim", "gd-falls"), r"WHERE must be the module of adamdoc/claims/, such as descent"),
        (("optimizer", "Adam"), "adam.py must be new, but there is one"),
        (("claim", "gd-falls", "nowhere"), "nowhere.py must be a module, but there is none"),
        (("optimiser", "QHM"), "invalid choice: 'optimiser'"),
    ],
)
def test_wrong_names_are_refused_and_nothing_is_written(tmp_path, arguments, said):
    whole(tmp_path)
    before = tree_of(tmp_path)
    command = [sys.executable, "docs/_new/new.py", *arguments]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode != 0
    assert said in done.stderr
    assert tree_of(tmp_path) == before


def tree_of(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
