"""Keep the search index whole where only some pages are written anew.

Sphinx reads the index of the last build back without the entries of objects, so that a search would
no longer find those of the pages that have stayed. And their order is that in which pages are
written, which differs from build to build.
"""

from collections.abc import Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util.index_entries import split_index_msg
from sphinx.util.typing import ExtensionMetadata


def entries(doctree: nodes.document) -> Iterator[tuple[str, str, str]]:
    """Yield the entries of a page, as Sphinx does where it writes the page."""
    for node in doctree.findall(addnodes.index):
        for kind, value, target, main, _category in node["entries"]:
            for part in split_index_msg(kind, value):
                yield part, target or "", main


def complete(app: Sphinx) -> list[tuple[str, dict[str, object], str]]:
    """Add what is missing, before the index is written; no page comes of it."""
    index = getattr(app.builder, "indexer", None)
    if isinstance(app.builder, StandaloneHTMLBuilder) and index is not None:
        found = index._index_entries
        for name in app.env.all_docs.keys() - found.keys():
            found[name] = sorted(set(entries(app.env.get_doctree(name))))
        index._index_entries = {name: found[name] for name in sorted(found)}
    return []


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it."""
    app.connect("html-collect-pages", complete)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
