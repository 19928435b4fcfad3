"""What follows from the classes: the list of the optimizers in the reference, and the test vectors.

A new optimizer is registered in `adamdoc.optimizers`; nothing here has to be changed for it.
"""

from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

from adamdoc import dialects, lineage, optimizers, vectors
from adamdoc.optimizers import Optimizer, Wrapper

TEXT = """.. Made by docs/_ext/family.py.

Optimizers
==========

Each is a frozen set of hyperparameters with a pure `init` and `update`. How they grew from each
other is on the page of their :doc:`lineage <../family/lineage>`, what other libraries mean by their
names on that of the :doc:`dialects <../family/dialects>`.

.. currentmodule:: adamdoc

.. autosummary::
   :toctree: api

   Optimizer
   Wrapper

Methods
-------

In the order of their years.

.. autosummary::
   :toctree: api

{methods}

Wrappers
--------

They change the gradient or the step of an optimizer inside, and can be nested.

.. autosummary::
   :toctree: api

{wrappers}

Forms of the libraries
----------------------

General forms with the switches in which libraries differ.

.. autosummary::
   :toctree: api

{dialects}
"""


def listing() -> str:
    """Return the page that lists all optimizers."""

    def lines(classes: list[type[Optimizer]]) -> str:
        return "\n".join(f"   {cls.__name__}" for cls in classes)

    order = list(lineage.methods())
    return TEXT.format(
        methods=lines([cls for cls in order if not issubclass(cls, Wrapper)]),
        wrappers=lines([cls for cls in order if issubclass(cls, Wrapper)]),
        dialects="\n".join(
            f"   {'dialects.forms.' * (name not in optimizers.CLASSES)}{name}"
            for name, cls in dialects.CLASSES.items()
            if cls.general_form
        ),
    )


def write_listing(app: Sphinx, _config: Config) -> None:
    """Write that page before Sphinx looks for pages."""
    page = Path(app.srcdir, "reference", "optimizers.rst")
    text = listing()
    if not page.exists() or page.read_text("utf-8") != text:
        page.write_text(text, "utf-8")


def write_vectors(app: Sphinx, error: Exception | None) -> None:
    """Put the test vectors beside the pages."""
    if error is None and app.builder.format == "html":
        vectors.write(Path(app.outdir, "vectors"))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register both."""
    app.connect("config-inited", write_listing)
    app.connect("build-finished", write_vectors)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
