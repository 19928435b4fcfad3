"""What a change renews, one by one, and what is left by builds that are stopped."""

import os
import shutil
import signal
import time

import pytest
import site_copy


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Return a small site, and a copy of it with the times of its files."""
    folder, copy = (tmp_path_factory.mktemp("site") / name for name in ("site", "copy"))
    folder.mkdir()
    site_copy.make(folder)
    code, said = site_copy.build(folder)
    assert code == 0, said
    shutil.copytree(folder, copy)
    return folder, copy


@pytest.fixture
def site(built):
    """Return the small site as it was built: always in one place, whose path is in its files."""
    folder, copy = built
    shutil.rmtree(folder)
    shutil.copytree(copy, folder)
    return folder


#: What is changed; how many pages and which scripts are executed; what must differ in the site and
#: what may not.
CHANGES = {
    "nothing": ("", "", "", 0, set(), set(), {"theory/page_0.html", "reference/index.html"}),
    "an equation": (
        "adamdoc/optimizers/methods/momentum.py",
        r"m_t      &= \beta m_{t-1} + (1 - \beta) g_t",
        r"m_t      &= (1 - \beta) g_t + \beta m_{t-1}",
        1,
        {"plot_0"},
        {"reference/api/adamdoc.Momentum.html"},
        {"reference/api/adamdoc.Adam.html", "theory/page_0.html", "theory/page_1.html"},
    ),
    "a word of a docstring": (
        "adamdoc/optimizers/methods/momentum.py",
        '"""',
        '"""Changed. ',
        0,
        set(),
        {"_modules/adamdoc/optimizers/methods/momentum.html"},
        {"theory/page_0.html", "auto_gallery/1_small/plot_0.html"},
    ),
    "the body of an optimizer": (
        "adamdoc/optimizers/methods/adam.py",
        "theta = theta - lr * m_hat",
        "theta = theta - 0.9 * lr * m_hat",
        1,
        {"plot_1"},
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
        {"plot_0"},
        {"auto_gallery/1_small/plot_0.html"},
        {"theory/page_0.html", "auto_gallery/1_small/plot_1.html"},
    ),
    "a helper that all share": (
        "adamdoc/run.py",
        "\nFunctions = ",
        "\nCHANGED = True\nFunctions = ",
        2,
        {"plot_0", "plot_1"},
        {"_modules/adamdoc/run.html"},
        {"theory/page_0.html", "auto_gallery/1_small/plot_1.html"},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_rebuilds_what_depends_on_it_and_no_more(site, tmp_path, change):
    path, old, new, pages, scripts, differ, same = CHANGES[change]
    if path:
        site_copy.edit(site / path, old, new)
    executed, ran, changed = site_copy.rebuilt(site)
    assert (executed, ran) == (pages, scripts)
    assert differ <= changed
    assert not same & changed
    # The same as a clean build of the same sources, elsewhere.
    after, clean = site_copy.contents(site), site_copy.clean(site, tmp_path / "clean")
    assert clean.keys() == after.keys()
    assert [name for name in clean if clean[name] != after[name]] == []


def test_a_script_that_stops_python_leaves_the_build_unfinished(tmp_path):
    folder = site_copy.make(tmp_path, pages=1, scripts=0)
    site_copy.write_script(folder, "plot_0.py", "raise SystemExit(0)")
    site_copy.build(folder)
    # This is where noxfile.py sees that the site is not whole, whatever the exit code.
    assert (folder / "docs/_build/unfinished").exists()


def test_a_killed_build_is_made_again(site):
    before = site_copy.contents(site)
    site_copy.edit(site / "adamdoc/notebook.py", "\ndef ", "\nCHANGED = True\n\n\ndef ")
    executed = site_copy.executions(site)
    process = site_copy.start(site)
    # In the middle: something that was executed is not as it was.
    while site_copy.executions(site) == executed:
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    assert (site / "docs/_build/unfinished").exists()
    site_copy.edit(site / "adamdoc/notebook.py", "\nCHANGED = True\n\n\ndef ", "\ndef ")
    code, said = site_copy.build(site)
    assert code == 0, said
    assert site_copy.contents(site) == before
