"""Write the pages anew that cite what has changed in the bibliography.

A citation shows the authors and the year of its entry, and the rest where one points at it; but
sphinxcontrib-bibtex makes anew only the page that lists the entries.
"""

from pathlib import Path

from pybtex.database import parse_file
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata


def changed(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages that cite an entry that is not as it was in the last build."""
    now = {
        key: entry.to_string("bibtex")
        for name in app.config.bibtex_bibfiles
        for key, entry in parse_file(Path(app.srcdir, name)).entries.items()
    }
    before = getattr(env, "adamdoc_entries", now)
    env.adamdoc_entries = now  # type: ignore[attr-defined]
    different = {key for key in now.keys() | before.keys() if now.get(key) != before.get(key)}
    return [
        reference.docname
        for reference in env.get_domain("cite").citation_refs  # type: ignore[attr-defined]
        if different & {target.key for target in reference.targets}
    ]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it."""
    app.connect("env-updated", changed)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
