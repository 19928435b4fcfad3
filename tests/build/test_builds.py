"""How the site is built: what a change rebuilds, and what goes wrong loudly."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
import site_copy


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def executions(folder):
    """Return when each page and script was last executed."""
    cache = folder / "docs/_build/jupyter_cache/executed"
    times = {path.parent.name: path.stat().st_mtime_ns for path in cache.glob("*/base.ipynb")}
    scripts = folder.glob("docs/auto_gallery/*/*.py.md5")
    return times | {path.name: path.stat().st_mtime_ns for path in scripts}


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


#: What is changed; how many notebooks and which scripts are executed; what must differ in the site
#: and what may not. The changes add up.
CHANGES = {
    "nothing": ("", "", "", 0, set(), set(), {"theory/page_0.html", "reference/index.html"}),
    "an equation": (
        "adamdoc/optimizers/momentum.py",
        r"m_t      &= \beta m_{t-1} + (1 - \beta) g_t",
        r"m_t      &= (1 - \beta) g_t + \beta m_{t-1}",
        1,
        {"plot_0.py.md5"},
        {"reference/api/adamdoc.Momentum.html"},
        {"reference/api/adamdoc.Adam.html", "theory/page_0.html", "theory/page_1.html"},
    ),
    "the body of an optimizer": (
        "adamdoc/optimizers/adam.py",
        "theta = theta - lr * m_hat",
        "theta = theta - 0.9 * lr * m_hat",
        1,
        {"plot_1.py.md5"},
        {"theory/page_1.html", "auto_gallery/1_small/plot_1.html"},
        {"theory/page_0.html", "auto_gallery/1_small/plot_0.html"},
    ),
    "an entry of the bibliography": (
        "docs/references.bib",
        "Adam: A Method for Stochastic Optimization",
        "Adam: Another Method for Stochastic Optimization",
        0,
        set(),
        {"bibliography.html"},
        {"theory/page_0.html", "auto_gallery/1_small/plot_0.html"},
    ),
    "a script of the gallery": (
        "gallery/1_small/plot_0.py",
        "A short one.",
        "A shorter one.",
        0,
        {"plot_0.py.md5"},
        {"auto_gallery/1_small/plot_0.html"},
        {"theory/page_0.html", "auto_gallery/1_small/plot_1.html"},
    ),
    "a helper that all share": (
        "adamdoc/run.py",
        '"""',
        '"""Changed. ',
        2,
        {"plot_0.py.md5", "plot_1.py.md5"},
        {"_modules/adamdoc/run.html"},
        {"theory/page_0.html", "auto_gallery/1_small/plot_1.html"},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_rebuilds_what_depends_on_it_and_no_more(site, tmp_path, change):
    path, old, new, notebooks, scripts, differ, same = CHANGES[change]
    executed, before = executions(site), site_copy.contents(site)
    if path:
        edit(site / path, old, new)
    code, said = site_copy.build(site)
    assert code == 0, said
    anew = {name for name, time in executions(site).items() if executed.get(name) != time}
    assert {name for name in anew if name.endswith(".md5")} == scripts
    assert len([name for name in anew if not name.endswith(".md5")]) == notebooks
    after = site_copy.contents(site)
    changed = {name for name in after if after[name] != before.get(name)}
    assert differ <= changed
    assert not same & changed
    # The same as a clean build of the same sources, elsewhere.
    clean = tmp_path / "clean"
    made = shutil.ignore_patterns("_build", "auto_gallery", "api", "__pycache__")
    shutil.copytree(site, clean, ignore=made)
    code, said = site_copy.build(clean)
    assert code == 0, said
    found = site_copy.contents(clean)
    assert found.keys() == after.keys()
    assert [name for name in found if found[name] != after[name]] == []


BAD = {
    "plot_hangs.py": ("while True:\n    pass", "the script takes more than 3 s"),
    "plot_warns.py": ('import warnings\nwarnings.warn("a loud warning")', "a loud warning"),
    "plot_exits.py": ("import sys\nsys.exit(0)", "a gallery script must not stop Python"),
    "plot_nothing.py": ("print(1)", "plot_nothing.py draws nothing"),
    "plot_fails.py": ("1 / 0", "ZeroDivisionError"),
    "plot_unsaid.py": (
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])",
        "figure 1 has no description",
    ),
    "plot_font.py": (
        "import matplotlib.pyplot as plt\nfig = plt.figure()\n"
        'fig.text(0, 0, "a", family="No Such Font")\nfig.set_label("A letter.")',
        "Font family 'No Such Font' not found",
    ),
}


def write_script(folder, name, code):
    text = f'"""\nA title\n=======\n\nWords.\n"""\n\n{code}\n'
    (folder / "gallery/1_small" / name).write_text(text, "utf-8")
    stem = name.removesuffix(".py")
    edit(
        folder / "docs/_ext/related.py",
        "COURSE = {\n",
        f'COURSE = {{\n"1_small/{stem}": "page_0",\n',
    )


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """Return what is said of a site with all that can be wrong, and its folder."""
    folder = site_copy.make(tmp_path_factory.mktemp("broken"), pages=1, scripts=0)
    edit(folder / "docs/_ext/gallery_scraper.py", "LIMIT = 240", "LIMIT = 3")
    for name, (code, _) in BAD.items():
        write_script(folder, name, code)
    page = folder / "docs/theory/page_0.md"
    edit(page, "plt.show()", 'plt.show()\nimport warnings\nwarnings.warn("a cell warns")')
    code, said = site_copy.build(folder)
    assert code != 0
    return folder, said


@pytest.mark.parametrize("name", BAD)
def test_a_bad_script_is_named_with_its_reason(broken, name):
    said = broken[1]
    assert BAD[name][1] in said
    assert name in said


def test_a_cell_that_warns_is_named(broken):
    assert "theory/page_0.md" in broken[1]
    assert "stderr" in broken[1]


def test_what_failed_does_not_pass_the_next_time(broken):
    folder, _ = broken
    code, said = site_copy.build(folder)
    assert code != 0
    for name, (_, reason) in BAD.items():
        assert name in said
        assert reason in said


def test_a_script_that_stops_python_leaves_the_build_unfinished(tmp_path):
    folder = site_copy.make(tmp_path, pages=1, scripts=0)
    write_script(folder, "plot_0.py", "raise SystemExit(0)")
    site_copy.build(folder)
    # This is where noxfile.py sees that the site is not whole, whatever the exit code.
    assert (folder / "docs/_build/unfinished").exists()


def mounted(folder, *options):
    """Mount a small disk in memory, or skip the test where that is not allowed."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a disk can only be mounted by root")


@pytest.mark.parametrize(
    ("options", "reason"),
    [(("size=20m",), "must have 300 MB free, got 2"), (("ro",), "Read-only file system")],
)
def test_a_full_or_closed_disk_is_named_at_once(tmp_path, options, reason):
    folder = site_copy.make(tmp_path, pages=0, scripts=1)
    place = folder / "docs/_build"
    mounted(place, *options)
    try:
        code, said = site_copy.build(folder)
    finally:
        subprocess.run(["umount", str(place)], check=True)
    assert code != 0
    assert str(place) in said
    assert reason in said
    assert not (folder / "docs/auto_gallery").exists()


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


def test_a_killed_build_is_made_anew(site):
    """One kill in the middle; nox -s kill does it twenty times."""
    before = site_copy.contents(site)
    edit(site / "docs/page.py", '"""What', '"""What ')
    mark = site / "docs/_build/unfinished"
    process = site_copy.start(site)
    while not mark.exists():
        assert process.poll() is None
        time.sleep(0.01)
    time.sleep(4)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert mark.exists()
    code, said = site_copy.build(site)
    assert code == 0, said
    assert site_copy.contents(site) == before
