"""What the site gives where its address is known: a card of each page, and the list of all pages.

The card is the picture that a message or a network shows beside a link: the page's title, and its
first figure. Both need whole addresses, so nothing is made for a site that has no ``html_baseurl``.
"""

import base64
import html
import io
import re
from functools import cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import matplotlib as mpl
import resvg_py
from docutils import nodes
from PIL import Image, ImageFont
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

WIDTH, HEIGHT, MARGIN = 1200, 630, 60
FONTS = Path(mpl.get_data_path(), "fonts", "ttf")
SIZE = 54  # of the title
CARD = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">
<rect width="100%" height="100%" fill="#fcfdfe"/>
<rect width="100%" height="12" fill="#0b62a0"/>
{picture}
<g fill="#22272e" font-family="DejaVu Sans">{lines}
<text x="{margin}" y="{foot}" font-size="30" fill="#57606a">adamdoc</text></g>
</svg>"""


@cache
def font() -> ImageFont.FreeTypeFont:
    """Return the font of the titles."""
    return ImageFont.truetype(FONTS / "DejaVuSans-Bold.ttf", SIZE)


def wrapped(title: str, width: int) -> list[str]:
    """Return a title in lines that are at most so wide, in pixels."""
    lines: list[str] = []
    for word in title.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font().getlength(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def address(path: Path) -> str:
    """Return the address of a figure that holds all of it; of an animation, the first picture."""
    if path.suffix == ".svg":
        content, kind = path.read_bytes(), "svg+xml"
    else:
        stream = io.BytesIO()
        with Image.open(path) as picture:
            picture.convert("RGB").save(stream, "png")
        content, kind = stream.getvalue(), "png"
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def card(title: str, figure: Path) -> bytes:
    """Return the card of a page as PNG."""
    lines = wrapped(title, WIDTH - 2 * MARGIN)
    top = MARGIN + SIZE
    texts = "".join(
        f'<text x="{MARGIN}" y="{top + 1.25 * SIZE * number:.0f}" font-size="{SIZE}" '
        f'font-weight="bold">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    begin = round(top + 1.25 * SIZE * (len(lines) - 1) + 0.6 * SIZE)
    # Above the name at the foot, in the middle of what is left.
    picture = (
        f'<image x="{MARGIN}" y="{begin}" width="{WIDTH - 2 * MARGIN}" '
        f'height="{HEIGHT - begin - 30}" href="{address(figure)}"/>'
    )
    svg = CARD.format(
        width=WIDTH, height=HEIGHT, margin=MARGIN, foot=HEIGHT - 36, picture=picture, lines=texts
    )
    return bytes(
        # Without the dpi, figures, whose size is in points, have none and are left out.
        resvg_py.svg_to_bytes(
            svg_string=svg, dpi=96, font_dirs=[str(FONTS)], skip_system_fonts=True
        )
    )


def figure_of(app: Sphinx, doctree: nodes.document) -> Path:
    """Return the first figure of a page, or else the logo."""
    # The writer has put the name under which an image is served in the place of its source.
    sources = {name: path for path, (_, name) in app.env.images.items()}
    for image in doctree.findall(nodes.image):
        source = sources.get(Path(image["uri"]).name)
        if source and "only-dark" not in image["classes"]:
            return Path(app.srcdir, source)
    return Path(app.srcdir, "_static", "logo.svg")


def describe(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Draw the card of a page, and tell its address."""
    if not app.config.html_baseurl or doctree is None:
        return
    title = html.unescape(re.sub("<.*?>", "", context.get("title", "")))
    target = Path(app.outdir, "cards", f"{pagename}.png")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(card(title, figure_of(app, doctree)))
    url = app.config.html_baseurl
    context["metatags"] = context.get("metatags", "") + (
        f'<meta property="og:url" content="{url}{pagename}.html">'
        f'<meta property="og:image" content="{url}cards/{pagename}.png">'
        f'<meta property="og:image:width" content="{WIDTH}">'
        f'<meta property="og:image:height" content="{HEIGHT}">'
        '<meta name="twitter:card" content="summary_large_image">'
    )


def list_pages(app: Sphinx, exception: Exception | None) -> None:
    """Write the sitemap."""
    url = app.config.html_baseurl
    if exception or not url or app.builder.format != "html":
        return
    pages = sorted(name for name in app.env.found_docs if name != "404")
    places = "\n".join(f"<url><loc>{url}{escape(page)}.html</loc></url>" for page in pages)
    Path(app.outdir, "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}\n</urlset>\n',
        "utf-8",
    )
    Path(app.outdir, "robots.txt").write_text(f"Sitemap: {url}sitemap.xml\n", "utf-8")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register them."""
    app.connect("html-page-context", describe)
    app.connect("build-finished", list_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
