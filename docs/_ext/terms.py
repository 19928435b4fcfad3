"""The glossary, at hand: the first use of each of its terms on a page is a link to its entry.

The link shows the first sentence of the entry when it is pointed at, if that has no formula.
Headings, code, tables and the evidence of claims are passed over.
"""

import re
from collections.abc import Iterable

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

GLOSSARY = "glossary"
#: The pages in which terms are linked.
LINKED = ("theory/", "practice/", "family/", "evidence/")
#: What holds words that are not prose, or that lead elsewhere.
PASSED = (
    *(nodes.reference, nodes.literal, nodes.literal_block, nodes.math, nodes.math_block),
    *(nodes.title, nodes.table, nodes.raw, nodes.rubric, nodes.term, nodes.caption),
)
#: Classes of what is not prose either: what a page builds on, and the box of an algorithm.
PASSED_CLASSES = {"about-page", "algorithm", "related", "exercise-title"}
SENTENCE = re.compile(r".*?[.](?=\s|$)", re.DOTALL)


def collect(_app: Sphinx, env: BuildEnvironment) -> None:
    """Note the anchor and the first sentence of each term."""
    env.adamdoc_terms = terms = {}  # type: ignore[attr-defined]
    if GLOSSARY not in env.found_docs:
        return
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        first = item[-1].next_node(nodes.paragraph)
        sentence = ""
        if first is not None and not any(first.findall(nodes.math)):
            match = SENTENCE.match(first.astext())
            sentence = match[0] if match else first.astext()
        for term in item.findall(nodes.term):
            terms[term.astext().lower()] = (term["ids"][0], " ".join(sentence.split()))


def pattern(terms: Iterable[str]) -> re.Pattern[str]:
    """Return what matches one of some terms, in the singular or the plural, the longest first."""
    words = sorted(map(re.escape, terms), key=len, reverse=True)
    # A space in a term may be a line break in the text.
    alternatives = "|".join(words).replace(r"\ ", r"\s+")
    return re.compile(rf"(?<![\w-])({alternatives})(s|es)?(?![\w-])", re.IGNORECASE)


def link(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Link the first use of each term."""
    terms = dict(app.env.adamdoc_terms)  # type: ignore[attr-defined]
    if not terms or not docname.startswith(LINKED):
        return
    glossary = app.builder.get_relative_uri(docname, GLOSSARY)
    wanted = pattern(terms)
    for text in prose(doctree):
        parts: list[nodes.Node] = []
        rest = text.astext()
        while terms and (match := wanted.search(rest)):
            anchor, sentence = terms[" ".join(match[1].lower().split())]
            terms = {term: entry for term, entry in terms.items() if entry[0] != anchor}
            wanted = pattern(terms)
            reference = nodes.reference("", match[0], refuri=f"{glossary}#{anchor}", internal=True)
            reference["classes"].append("term")
            if sentence:
                reference["reftitle"] = sentence
            parts += [nodes.Text(rest[: match.start()]), reference]
            rest = rest[match.end() :]
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(rest)])


def prose(doctree: nodes.document) -> list[nodes.Text]:
    """Return the texts of paragraphs in which a term may be linked."""
    found, depth = [], 0
    for node in doctree.findall():
        if isinstance(node, nodes.raw):  # claims, and links to files, are HTML around their texts
            opened = re.findall(r"<(/?)(?:details|a)\b", node.astext())
            depth += opened.count("") - opened.count("/")
        elif isinstance(node, nodes.Text) and depth <= 0 and is_prose(node):
            found.append(node)
    return found


def is_prose(node: nodes.Text) -> bool:
    """Return whether a text belongs to a paragraph, and to nothing that is passed over."""
    parent, inside = node.parent, False
    while parent is not None:
        if isinstance(parent, PASSED) or PASSED_CLASSES & set(parent.get("classes", ())):
            return False
        inside |= isinstance(parent, nodes.paragraph)
        parent = parent.parent
    return inside


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register both: before pages are written, and after the links of each are found."""
    app.connect("env-updated", collect)
    app.connect("doctree-resolved", link)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
