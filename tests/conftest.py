"""What all tests share."""

import importlib.util
import sys
from pathlib import Path

import matplotlib as mpl
import pytest

mpl.use("agg")


@pytest.fixture(scope="session")
def noxfile():
    """Return the project's tasks. They are loaded once: nox knows each session by its name."""
    path = Path(__file__).parents[1] / "noxfile.py"
    spec = importlib.util.spec_from_file_location("noxfile", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def playground():
    """Return the extension that makes the playground's modules."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(Path(__file__).parents[1] / "docs" / "_ext")
        import playground

        yield playground


@pytest.fixture
def executed(tmp_path, monkeypatch, capsys):
    """Return a function that runs copied Python as a module of its own."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    names = []

    def execute(text):
        name = f"copied_{len(names)}"
        path = tmp_path / f"{name}.py"
        path.write_text(text, "utf-8")
        spec = importlib.util.spec_from_file_location(name, path)
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        names.append(name)
        spec.loader.exec_module(module)
        capsys.readouterr()
        return module

    return execute
