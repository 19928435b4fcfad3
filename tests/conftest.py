"""What all tests share."""

import importlib.util
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
