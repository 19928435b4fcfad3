"""What a page loads and when, and what it says of itself to search engines and readers' software.

No script stands in a page, and what a page shows waits for none: the few that change what is seen
are deferred, and one of them, ``later.js``, fetches the others when the page has been drawn. Images
are loaded when they are about to be seen, which also spares the twin for the other colour scheme.
"""

import copy
import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from docutils import nodes
from markupsafe import Markup
from PIL import Image
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

IMAGE = re.compile(r'<img [^>]*?src="([^"]+)"[^>]*?/?>')
#: What the libraries write that readers' software does not understand, and what to put there.
MENDED = (
    (re.compile(r' role="(list|doc-biblioentry|doc-backlink)"(?= |>)'), ""),
    (re.compile(r'(?<=<summary) aria-label="Toggle hidden content"'), ""),
)
#: Scripts that only some pages use, and what is in those.
USED_WITH = {
    "ledger.js": 'class="ledger-filter',
    "sg-tags.js": "sg-tag-list",
    "clipboard.min.js": 'class="highlight',
    "copybutton.js": 'class="highlight',
    "design-tabs.js": 'class="sd-tab-set',
}
#: Scripts that change what is seen, or that wait for the end of the page and would miss it.
AT_ONCE = ("later.js", "ledger.js", "sg-tags.js", "design-tabs.js")
RELATIVE = re.compile(r'href="(?!/|#|https://)')
HEADER = re.compile(r"<th( [^>]*)?>(.*?)</th>", re.DOTALL)
#: A card of the gallery: its link around the picture has no name of its own.
CARD = re.compile(
    r'(<div class="sphx-glr-thumbcontainer" tooltip="[^"]*">.*?<a class="reference internal") '
    r'(href=.*?</a>.*?<div class="sphx-glr-thumbnail-title">)(.*?)(</div>)',
    re.DOTALL,
)


def prepare(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Prepare one page."""
    body = context.get("body", "")
    # The pages share these: each prepares its own.
    scripts = [
        copy.deepcopy(file)
        for file in context.get("script_files", [])
        if (name := getattr(file, "filename", None))
        and USED_WITH.get(Path(str(name)).name, "") in body
    ]
    # What stands in the search page itself needs those before it.
    context["script_files"] = (
        scripts if templatename == "search.html" else ordered(scripts, context["js_tag"])
    )
    name_toggles(context)
    if pagename == "_modules/index":
        # Its lists stand in lists where only entries may stand; the names show what is in what.
        context["body"] = re.sub(r"(?<=</li>)\s*<ul>|</ul>(?=<li>)", "\n", body)
    if templatename == "search.html" or doctree is None:
        return
    for pattern, mended in MENDED:
        body = pattern.sub(mended, body)
    body = CARD.sub(
        lambda m: f'{m[1]} aria-label="{re.sub("<.*?>", "", m[3])}" {m[2]}{m[3]}{m[4]}', body
    )
    body = HEADER.sub(no_empty_header, body)
    if pagename == "404":
        # It is shown in the place of any page, so its own addresses must be whole, too.
        body = RELATIVE.sub(rf"\g<0>{app.config.notfound_urls_prefix}", body)
    here = Path(app.outdir, pagename).parent
    sources = {name: Path(app.srcdir, path) for path, (_, name) in app.env.images.items()}
    context["body"] = IMAGE.sub(lambda m: lazy(m, here, sources), body)
    if text := summary(doctree):
        escaped = html.escape(text)
        title = html.escape(re.sub("<.*?>", "", context.get("title", "")))
        context["metatags"] = context.get("metatags", "") + (
            f'<meta name="description" content="{escaped}">'
            f'<meta property="og:title" content="{title}">'
            f'<meta property="og:description" content="{escaped}">'
            '<meta property="og:type" content="article">'
            '<meta property="og:site_name" content="adamdoc">'
        )


def ordered(scripts: list[Any], tag: Callable[[Any], str]) -> list[Any]:
    """Return the scripts that a page names, deferred; ``later.js`` is told of the others."""
    first = {Path(file.filename).name: file for file in scripts}
    others = [first.pop(name) for name in list(first) if name not in AT_ONCE]
    for file in first.values():
        file.attributes["defer"] = "defer"
    addresses = (re.search('src="([^"]*)"', tag(file)) for file in others)
    first["later.js"].attributes["data-then"] = " ".join(found[1] for found in addresses if found)
    return list(first.values())


def name_toggles(context: dict[str, Any]) -> None:
    """Give the arrows of the navigation a name."""
    if make := context.get("generate_toctree_html"):
        label = '<summary aria-label="Show or hide the pages below">'
        context["generate_toctree_html"] = lambda *args, **kwargs: Markup(
            str(make(*args, **kwargs)).replace("<summary>", label)
        )


def no_empty_header(match: re.Match[str]) -> str:
    """Return the cell of a table; an empty corner is no header."""
    attributes, content = match[1] or "", match[2]
    return match[0] if re.sub(r"<[^>]*>|\s", "", content) else f"<td{attributes}>{content}</td>"


def lazy(match: re.Match[str], here: Path, sources: dict[str, Path]) -> str:
    """Return an image with its size, to be loaded when it comes near the window."""
    tag = match[0].removesuffix(">").removesuffix("/").rstrip()
    if " loading=" not in tag:
        tag += ' loading="lazy"'
    if " width=" not in tag and " style=" not in tag:
        path = sources.get(Path(match[1]).name, here / match[1])
        if path.exists() and (found := size(path)):
            # Animations have two pixels for each of CSS.
            width, height = (n // 2 for n in found) if " animation" in tag else found
            tag += f' width="{width}" height="{height}"'
    return f"{tag}>"


def size(path: Path) -> tuple[int, int] | None:
    """Return the width and height of an image, in pixels of CSS."""
    if path.suffix == ".svg":
        head = path.read_text("utf-8")[:2000]
        found = re.search(r'<svg [^>]*?viewBox="[\d.]+ [\d.]+ ([\d.]+) ([\d.]+)"', head, re.DOTALL)
        return (round(float(found[1]) * 4 / 3), round(float(found[2]) * 4 / 3)) if found else None
    with Image.open(path) as image:
        return image.size


def summary(doctree: nodes.document) -> str:
    """Return the beginning of a page in words, at most 160 characters."""
    for paragraph in doctree.findall(nodes.paragraph):
        if isinstance(paragraph.parent, nodes.section | nodes.container | nodes.document):
            text = " ".join(paragraph.astext().split())
            if len(text) > 40:
                return text if len(text) <= 160 else text[:157].rsplit(" ", 1)[0] + "..."
    return ""


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it, to come after the theme."""
    app.connect("html-page-context", prepare, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
