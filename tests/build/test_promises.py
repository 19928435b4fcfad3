"""What every build promises, on a small site: the tests of it that `nox -s tests` runs."""

from pathlib import Path

import pytest
import site_copy


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = site_copy.make(tmp_path_factory.mktemp("site"))
    code, said = site_copy.build(folder)
    assert code == 0, said
    return folder


def test_a_page_that_moved_leads_to_its_new_place(site):
    moved = (site / "docs/_build/html/theory/moved.html").read_text("utf-8")
    assert '<meta http-equiv="refresh" content="0; url=page_0.html">' in moved
    assert '<a href="page_0.html">' in moved
    assert "<script" not in moved


#: Changes of every kind at once: the file, what stands there, and what is put in its place.
CHANGES = (
    (
        "adamdoc/optimizers/methods/adam.py",
        "theta = theta - lr * m_hat",
        "theta = theta - 0.9 * lr * m_hat",
    ),
    (
        "docs/references.bib",
        "Adam: A Method for Stochastic Optimization",
        "Adam: Another Method for Stochastic Optimization",
    ),
    ("gallery/1_small/plot_0.py", "A short one.", "A shorter one."),
)


def test_nothing_is_stale_after_changes_and_two_builds_give_the_same_bytes(site, tmp_path):
    for name, old, new in CHANGES:
        site_copy.edit(site / name, old, new)
    pages, scripts, changed = site_copy.rebuilt(site)
    assert pages == 1  # the one with Adam, not that with Momentum
    assert scripts == {"plot_0", "plot_1"}
    assert {
        *("theory/page_1.html", "bibliography.html"),
        *("auto_gallery/1_small/plot_0.html", "auto_gallery/1_small/plot_1.html"),
    } <= changed
    after, clean = site_copy.contents(site), site_copy.clean(site, tmp_path / "clean")
    assert clean.keys() == after.keys()
    assert [name for name in clean if clean[name] != after[name]] == []


#: Scripts that fail, and the reason that must be given.
FAILING = {
    "plot_warns.py": ('import warnings\nwarnings.warn("a loud warning")', "a loud warning"),
    "plot_fails.py": ("1 / 0", "ZeroDivisionError"),
    "plot_unsaid.py": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
        "each figure needs a caption and a description",
    ),
    "plot_font.py": (
        "import matplotlib.pyplot as plt\nfig = plt.figure()\n"
        'fig.text(0, 0, "a", family="No Such Font")\n# sphinx_gallery_start_ignore\n'
        "# caption: A letter.\n# alt: The letter a.\n# sphinx_gallery_end_ignore",
        "Font family 'No Such Font' not found",
    ),
}


@pytest.fixture(scope="module")
def failing(tmp_path_factory):
    """Return a site whose scripts fail, and what its build says."""
    folder = site_copy.make(tmp_path_factory.mktemp("failing"), pages=1, scripts=0)
    for name, (code, _) in FAILING.items():
        site_copy.write_script(folder, name, code)
    code, said = site_copy.build(folder)
    assert code != 0
    return folder, said


@pytest.mark.parametrize("name", FAILING)
def test_a_script_that_fails_is_named_with_its_reason(failing, name):
    _, said = failing
    assert f"gallery/1_small/{name} fails" in said
    assert FAILING[name][1] in said


def test_what_failed_does_not_pass_the_next_time(failing):
    folder, _ = failing
    code, said = site_copy.build(folder)
    assert code != 0
    for name, (_, reason) in FAILING.items():
        assert f"gallery/1_small/{name} fails" in said
        assert reason in said


def test_cells_that_warn_or_fail_and_scripts_that_draw_nothing_are_named(tmp_path):
    folder = site_copy.make(tmp_path, pages=2, scripts=0)
    site_copy.write_script(folder, "plot_nothing.py", "print(1)")
    warns, fails = (folder / "docs" / "theory" / f"page_{number}.md" for number in (0, 1))
    site_copy.edit(warns, "plt.show()", 'plt.show()\nimport warnings\nwarnings.warn("a warning")')
    site_copy.edit(fails, "run = minimize", "1 / 0\nrun = minimize")
    line = fails.read_text("utf-8").splitlines().index("1 / 0") + 1
    code, said = site_copy.build(folder)
    assert code != 0
    assert said.splitlines()[-1] == "gallery/1_small/plot_nothing.py draws nothing"
    (folder / "gallery/1_small/plot_nothing.py").unlink()
    code, said = site_copy.build(folder)
    assert code != 0
    assert "theory/page_0.md" in said
    assert "stderr" in said
    assert f"theory/page_1.md:{line}: WARNING: a cell fails" in said
    assert said.count("ZeroDivisionError: division by zero") == 1
    assert "glue" not in said  # the numbers that it lacks are no news


class Session:
    """Stands for nox's: a build that writes one page, and fails if told so."""

    def __init__(self, folder, fails=False, stops=False):
        self.folder, self.fails, self.stops = folder, fails, stops

    def run(self, *command, env):  # noqa: ARG002 - the session's form
        mark = self.folder / "unfinished"
        mark.touch()
        beside = Path(command[-1])
        beside.mkdir(parents=True, exist_ok=True)
        (beside / "index.html").write_text("new")
        if self.fails:
            raise RuntimeError("exit code 1")
        if not self.stops:
            mark.unlink()

    def error(self, message):
        raise RuntimeError(message)


@pytest.mark.parametrize("how", ["fails", "stops"])
def test_a_build_that_fails_leaves_the_last_good_site(noxfile, tmp_path, monkeypatch, how):
    target = tmp_path / "html"
    target.mkdir()
    (target / "index.html").write_text("good")
    (target / "old.html").write_text("good")
    monkeypatch.setattr(noxfile, "SITE", target)
    with pytest.raises(RuntimeError):
        noxfile.build(Session(tmp_path, **{how: True}), target)
    assert (target / "index.html").read_text() == "good"
    noxfile.build(Session(tmp_path), target)
    assert (target / "index.html").read_text() == "new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["html", "html.part"]
    assert not (target / "old.html").exists()
