"""The search: an entry for each section, term of the glossary, claim and object of the reference.

The entries are read from the pages as they are shown and written to search.json. The scripts in
docs/_static/search/ make an index of them, with MiniSearch, when a reader searches.

An entry is also found by its names. A section declares them as entries of the index, with
``{index}``: ``single: float16; NaN in`` is found by "float16 nan". A page declares them as
keywords, under ``html_meta`` in its front matter.
"""

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import npm
from lxml import html
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

#: How much a match counts, by the beginning of the page's name; the longest that fits is taken.
WEIGHTS = {
    "": 1.0,
    "theory/": 1.2,
    "practice/": 1.2,
    "converter": 1.2,
    "family/": 1.1,
    "family/dialects/": 0.55,
    "family/audit": 0.5,
    "family/audit/": 0.2,
    "evidence/": 0.9,
    "evidence/ledger": 0.6,
    "auto_gallery/": 0.6,
    "reference/": 0.6,
    "reference/api/adamdoc.": 0.8,
    "reference/api/claims.": 0.5,
    "reference/api/adamdoc.dialects.": 0.6,
    "reference/api/adamdoc.schedules.": 1.1,
    "reference/api/adamdoc.papers.": 0.5,
    "bibliography": 0.3,
    "glossary": 0.25,
    "notation": 0.8,
    "design": 0.5,
}
#: What the parts of the site are called, by the folder of a page.
AREAS = {
    "theory": "Course",
    "family": "Family",
    "practice": "Practice",
    "evidence": "Evidence",
    "auto_gallery": "Gallery",
    "reference": "Reference",
}
#: Beginnings of the names of pages that are not searched.
EXCLUDED = ("_", "404", "genindex", "search")
#: What is not read as text: code, formulas on lines of their own, playgrounds, the numbers of a
#: claim, links to other places.
SILENT_TAGS = {"annotation", "button", "form", "nav", "noscript", "pre", "script", "style", "svg"}
SILENT = {
    *("about-page", "algorithm-source", "collapsed", "expanded", "explore", "eqno", "headerlink"),
    *("katex-display", "katex-html", "notebook-of-page", "playground", "related"),
    *("sphx-glr-download-link-note", "sphx-glr-footer", "sphx-glr-thumbnails", "table-scroll"),
    *("toctree-wrapper", "viewcode-link", "worked"),
}
#: What formulas have between their letters: spaces, and signs that are not seen.
INVISIBLE = re.compile(r"[\s\u2061-\u2064]+")
WORD = re.compile(r"[A-Za-z]{2}")
INLINE = {"a", "b", "cite", "code", "em", "i", "math", "span", "strong", "sub", "sup"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5"}
#: What the browser loads from packages of npm.
MODULES = {"minisearch": "dist/es/index.js", "stemmer": "index.js"}


@dataclass
class Entry:
    """A place that can be found."""

    page: str
    anchor: str
    title: str = ""
    area: str = ""
    within: str = ""
    names: list[str] = field(default_factory=list)
    weight: float = 1.0
    text: str = ""


def clean(text: str) -> str:
    """Return a text with single spaces."""
    return re.sub(r"\s+", " ", text).strip()


class Reader:
    """Reads the entries of a page from its HTML; `names` has those of its anchors."""

    def __init__(self, page: str, names: dict[str, list[str]]) -> None:
        self.page, self.names, self.entries = page, names, [Entry(page, "")]

    def read(self, root: Any) -> list[Entry]:
        """Return the entries of the page, the first of which is the page itself."""
        for article in root.iterfind(".//article"):
            self.walk(article, self.entries[0])
        before, *entries = self.entries
        api = self.page.startswith("reference/api/")
        entries = [entry for entry in entries if entry.title and (entry.text.strip() or not api)]
        if not entries:
            return []
        page = entries[0]
        page.anchor = ""
        if self.page.startswith("family/audit/"):  # its findings are found by its name
            entries, page.text = [page], ""
        elif self.page == "family/audit":  # its tables have the names of all
            entries = [page]
        page.names += before.names
        for keywords in root.iterfind(".//meta[@name='keywords']"):
            page.names += [clean(name) for name in keywords.get("content").split(",")]
        start = max((start for start in WEIGHTS if self.page.startswith(start)), key=len)
        for entry in entries:
            entry.text, entry.weight = clean(entry.text), WEIGHTS[start]
            entry.names = [name for name in entry.names if name != entry.title]
            entry.area = AREAS.get(self.page.partition("/")[0], "")
            entry.within = page.title if entry is not page else ""
        return entries

    def walk(self, element: Any, entry: Entry) -> None:
        """Add the text of an element to its entry, or to those that begin in it."""
        classes = set(element.get("class", "").split())
        if not isinstance(element.tag, str) or element.tag in SILENT_TAGS or classes & SILENT:
            return
        if "algorithm" in classes and not self.page.startswith("reference/"):
            return  # a box that is shown on a page of the course, too
        if element.tag == "math":
            for root in element.iter("msqrt"):
                root.text = "√"
            parts = element.xpath(".//text()[not(parent::annotation)]")
            entry.text += INVISIBLE.sub("", "".join(parts))
            return
        if element.tag in ("td", "th") and not WORD.search(element.text_content()):
            return  # a number
        anchor = element.get("id", "")
        if anchor and self.begins(element, anchor, classes):
            entry = Entry(self.page, anchor)
            self.entries.append(entry)
        entry.names += self.names.pop(anchor, [])
        if not entry.title and (
            element.tag in HEADINGS or element.tag == "dt" or "statement" in classes
        ):
            for link in element.xpath(".//a[contains(@class, 'headerlink')]"):
                link.drop_tree()
            entry.title = clean(element.text_content()).removeprefix("adamdoc.")
            return
        entry.text += element.text or ""
        for child in element:
            # The meaning of a term follows it.
            term = child.tag == "dd" and "glossary" in classes
            self.walk(child, self.entries[-1] if term else entry)
            entry.text += child.tail or ""
        if element.tag not in INLINE:
            entry.text += " "

    def begins(self, element: Any, anchor: str, classes: set[str]) -> bool:
        """Return whether an entry begins with an element: a section, a term or a claim."""
        if element.tag == "details":
            return self.page == "evidence/ledger" and "claim" in classes
        return element.tag == "section" or anchor.startswith("term-")


def names_of_anchors(app: Sphinx, page: str) -> dict[str, list[str]]:
    """Return the entries of the index, by the anchors to which they lead."""
    names: dict[str, list[str]] = {}
    for kind, value, anchor, *_ in app.env.domains.index_domain.entries.get(page, ()):
        if kind in ("single", "pair", "triple"):
            names.setdefault(anchor, []).append(clean(value.replace(";", " ")))
    return names


def entries(app: Sphinx) -> Iterator[Entry]:
    """Yield the entries of all pages."""
    for page in sorted(app.env.found_docs):
        if page.startswith(EXCLUDED):
            continue
        # The index has each object of the reference by its name, which is its title here.
        names = {} if page.startswith("reference/api/") else names_of_anchors(app, page)
        tree = html.parse(Path(app.outdir, f"{page}.html"))
        yield from Reader(page, names).read(tree.getroot())


def write(app: Sphinx) -> None:
    """Write the entries, and copy the modules from npm."""
    text = json.dumps([asdict(entry) for entry in entries(app)], ensure_ascii=False, indent=0)
    Path(app.outdir, "search.json").write_text(text, "utf-8")
    for name, path in MODULES.items():
        shutil.copy(npm.packages() / name / path, Path(app.outdir, "_static/search", f"{name}.js"))


def use_own(app: Sphinx) -> None:
    """Do without the index of Sphinx."""
    if app.builder.format == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it."""
    app.connect("builder-inited", use_own)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
