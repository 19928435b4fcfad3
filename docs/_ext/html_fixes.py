"""Correct the HTML that the theme and the extensions write: accessible names, sizes of images.

Each rule below answers a finding of axe or Lighthouse. Images get their size, so that nothing moves
when they arrive, and are loaded when they come near, which spares the variant that is not shown.
Called by steps.py.
"""

import re
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sphinx.application import Sphinx
from sphinx.util.images import get_image_size

IMAGE = re.compile(r'<img [^>]*?src="([^"]+)"[^>]*?/?>')
#: Roles and labels that are wrong where they are.
REMOVED = (
    re.compile(r' role="(list|doc-biblioentry|doc-backlink)"(?= |>)'),
    re.compile(r'(?<=<summary) aria-label="Toggle hidden content"'),
)
RELATIVE = re.compile(r'href="(?!/|#|https://)')
#: A header cell without text: an empty corner of a table is no header.
EMPTY_HEADER = re.compile(r"<th( [^>]*)?>((?:<[^>]*>|\s)*)</th>")
#: A card of the gallery: its link around the picture has no name of its own.
CARD = re.compile(
    r'(<div class="sphx-glr-thumbcontainer" tooltip="[^"]*">.*?<a class="reference internal") '
    r'(href=.*?</a>.*?<div class="sphx-glr-thumbnail-title">)(.*?)(</div>)',
    re.DOTALL,
)


def fix(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """Correct one page."""
    name_toggles(context)
    body = context.get("body", "")
    if pagename == "_modules/index":
        # Its lists lie directly in lists, where only entries may be.
        body = re.sub(r"(?<=</li>)\s*<ul>|</ul>(?=<li>)", "\n", body)
    for pattern in REMOVED:
        body = pattern.sub("", body)
    body = CARD.sub(
        lambda m: f'{m[1]} aria-label="{re.sub("<.*?>", "", m[3])}" {m[2]}{m[3]}{m[4]}', body
    )
    body = EMPTY_HEADER.sub(r"<td\1>\2</td>", body)
    if pagename == "404":
        # It is shown at any address, so its own links must be absolute.
        body = RELATIVE.sub(rf"\g<0>{app.config.notfound_urls_prefix}", body)
    here = Path(app.outdir, pagename).parent
    sources = {name: Path(app.srcdir, path) for path, (_, name) in app.env.images.items()}
    context["body"] = IMAGE.sub(lambda m: lazy(m, here, sources), body)


def name_toggles(context: dict[str, Any]) -> None:
    """Give the arrows of the navigation a name."""
    if make := context.get("generate_toctree_html"):
        label = '<summary aria-label="Show or hide the pages below">'
        context["generate_toctree_html"] = lambda *args, **kwargs: Markup(
            str(make(*args, **kwargs)).replace("<summary>", label)
        )


def lazy(match: re.Match[str], here: Path, sources: dict[str, Path]) -> str:
    """Return an image with its size, to be loaded when it comes near the window."""
    tag = match[0].removesuffix(">").removesuffix("/").rstrip()
    if " loading=" not in tag:
        tag += ' loading="lazy"'
    if " width=" not in tag and " style=" not in tag:
        path = sources.get(Path(match[1]).name, here / match[1])
        if path.exists() and (size := get_image_size(str(path))):
            # Animations have two pixels for each of CSS.
            width, height = (n // 2 for n in size) if " animation" in tag else size
            tag += f' width="{width}" height="{height}"'
    return f"{tag}>"
