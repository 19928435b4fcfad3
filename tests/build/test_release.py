"""A release is one command, and the sites of all versions stand side by side."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import adamdoc

ROOT = Path(__file__).parents[2]


class Session:
    """Stands for nox's: it runs the commands, with what is installed."""

    def __init__(self, folder, *posargs):
        self.folder, self.posargs = folder, list(posargs)

    def install(self, *packages):
        """Install nothing."""

    def run(self, *command, **_options):
        program = Path(sys.executable).with_name(command[0])
        found = str(program) if program.exists() else command[0]
        subprocess.run([found, *command[1:]], cwd=self.folder, check=True, capture_output=True)

    def error(self, message):
        raise RuntimeError(message)


def git(folder, *arguments):
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def project(tmp_path):
    """Return a repository with the files that hold the version, and where it is pushed to."""
    folder, remote = tmp_path / "project", tmp_path / "remote.git"
    for name in ("adamdoc/__init__.py", "CITATION.cff", "CHANGELOG.md", "pyproject.toml"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    git(tmp_path, "init", "-q", "--bare", str(remote))
    git(folder, "init", "-q", "-b", "main")
    git(folder, "config", "user.name", "a")
    git(folder, "config", "user.email", "a@b.c")
    git(folder, "remote", "add", "origin", str(remote))
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "All.")
    return folder


def test_a_release(noxfile, project, monkeypatch):
    monkeypatch.setattr(noxfile, "ROOT", project)
    noxfile.release.func(Session(project, "7.8.9"))
    assert '__version__ = "7.8.9"' in (project / "adamdoc/__init__.py").read_text("utf-8")
    citation = (project / "CITATION.cff").read_text("utf-8")
    assert "\nversion: 7.8.9\n" in citation
    assert re.search(r"^date-released: \d{4}-\d\d-\d\d$", citation, re.MULTILINE)
    changes = (project / "CHANGELOG.md").read_text("utf-8")
    assert re.search(r"^## Unreleased\n\n## 7\.8\.9 - \d{4}-\d\d-\d\d\n", changes, re.MULTILINE)
    # Nothing else moves, and both the commit and its tag have arrived.
    assert git(project, "status", "--porcelain") == ""
    changed = git(project, "diff", "--name-only", "HEAD~1").split()
    assert changed == ["CHANGELOG.md", "CITATION.cff", "adamdoc/__init__.py"]
    remote = git(project, "ls-remote", "origin")
    assert git(project, "rev-parse", "HEAD") in remote
    assert "refs/tags/v7.8.9" in remote
    assert noxfile.releases(project) == ["v7.8.9"]


def test_nothing_is_released_by_mistake(noxfile, project, monkeypatch):
    monkeypatch.setattr(noxfile, "ROOT", project)
    with pytest.raises(RuntimeError, match="the only argument is the new version"):
        noxfile.release.func(Session(project))
    (project / "CHANGELOG.md").write_text("changed", "utf-8")
    before = git(project, "rev-parse", "HEAD")
    with pytest.raises(subprocess.CalledProcessError):
        noxfile.release.func(Session(project, "7.8.9"))
    assert git(project, "rev-parse", "HEAD") == before
    assert adamdoc.__version__ in (project / "adamdoc/__init__.py").read_text("utf-8")


def test_the_newest_release_is_stable(noxfile, project, tmp_path):
    for tag in ("v0.9.0", "v0.10.0", "v0.2.0"):
        git(project, "tag", tag)
    tags = noxfile.releases(project)
    assert tags == ["v0.10.0", "v0.9.0", "v0.2.0"]
    site = tmp_path / "site"
    for place in ("latest", *tags):
        (site / place).mkdir(parents=True)
        (site / place / "index.html").write_text(place, "utf-8")
    noxfile.write_versions(site, "https://example.org/adamdoc", tags)
    assert (site / "stable" / "index.html").read_text("utf-8") == "v0.10.0"
    assert 'url=stable/index.html"' in (site / "index.html").read_text("utf-8")
    entries = json.loads((site / "versions.json").read_text("utf-8"))
    assert [entry["version"] for entry in entries] == ["latest", "0.10.0", "0.9.0", "0.2.0"]
    preferred = [entry for entry in entries if entry.get("preferred")]
    assert [entry["url"] for entry in preferred] == ["https://example.org/adamdoc/stable/"]
