"""Write the list of the optimizers in the reference, and put the test vectors beside the pages.

Both follow from the classes: a new optimizer changes nothing here.
"""

from pathlib import Path

from algorithm import public_name, render
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from adamdoc import dialects, lineage, vectors
from adamdoc.optimizers import Wrapper


def write_list(app: Sphinx, _config: Config) -> None:
    """Write the page that lists all optimizers, before Sphinx looks for pages."""
    names = {cls: public_name(cls).removeprefix("adamdoc.") for cls in dialects.ALL}
    order = list(lineage.methods())
    text = render(
        *("optimizers.rst", "reference/optimizers"),
        methods=[names[cls] for cls in order if not issubclass(cls, Wrapper)],
        wrappers=[names[cls] for cls in order if issubclass(cls, Wrapper)],
        forms=[names[cls] for cls in dialects.CLASSES.values() if cls.general_form],
    )
    page = Path(app.srcdir, "reference", "optimizers.rst")
    if not page.exists() or page.read_text("utf-8") != text:
        page.write_text(text, "utf-8")


def write_vectors(app: Sphinx) -> None:
    """Put the test vectors beside the pages; called by steps.py."""
    vectors.write(Path(app.outdir, "vectors"))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the list."""
    app.connect("config-inited", write_list)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
