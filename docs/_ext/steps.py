"""The steps for each page before it is written and for the site afterwards, in order."""

import re
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import finding
import fonts
import maths
import matplotlib
import nbformat
import npm
import pydata_sphinx_theme
import reference
import resvg_py
import sphinx_design
from jupyter_cache import get_cache
from markupsafe import Markup
from matplotlib import font_manager
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.config import Config
from sphinx.util.images import get_image_size
from sphinx.util.typing import ExtensionMetadata

FONT = Path("_static", "vendor", "fontawesome", "webfonts", "fa-solid-900.woff2")
#: The icons that are used, of the 1,400: those of the pages, and those of the theme's style sheet
#: for admonitions and links. Without the others a first visit is a second faster on a phone.
ICONS = (
    "\uf104\uf105\uf062\uf0c9\uf078\uf042\uf015\uf03a\uf002\uf186\uf03b\uf185\uf00d"
    "\uf058\uf05a\uf071\uf06a\uf057\uf0eb\uf019\uf35d\uf010\uf064\uf0f3\uf303"
)
SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
IMAGE = re.compile(r'<img [^>]*?src="([^"]+)"[^>]*?/?>')
#: Roles and labels that are wrong where they are.
REMOVED = (
    re.compile(r' role="(list|doc-biblioentry|doc-backlink)"(?= |>)'),
    re.compile(r'(?<=<summary) aria-label="Toggle hidden content"'),
)
RELATIVE = re.compile(r'href="(?!/|#|https://)')
#: A header cell without text: an empty corner of a table is no header.
EMPTY_HEADER = re.compile(r"<th( [^>]*)?>((?:<[^>]*>|\s)*)</th>")
#: A card of the gallery: its link around the picture has no name of its own, and the question of
#: the script is a tooltip, which phones do not show.
CARD = re.compile(
    r'(<div class="sphx-glr-thumbcontainer") tooltip="([^"]*)"(>.*?<a class="reference internal") '
    r'(href=.*?</a>.*?<div class="sphx-glr-thumbnail-title">)(.*?)(</div>)',
    re.DOTALL,
)


def offer_notebook(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """Copy the notebook that MyST-NB executed into the site, and link it at the end of its page."""
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    if not executed.exists() or 'class="cell' not in context.get("body", ""):
        return
    cache = get_cache(app.config.nb_execution_cache_path)
    book = nbformat.read(executed, 4)
    with suppress(KeyError):  # a page that failed is not in the cache
        # MyST-NB writes it without the outputs that it takes from there.
        _, book = cache.merge_match_into_notebook(book)
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"  # MyST-NB draws them at random
    target = Path(app.outdir, "notebooks", f"{pagename}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(book, version=4) + "\n", "utf-8")
    link = "../" * pagename.count("/") + f"notebooks/{pagename}.ipynb"
    text = "Download this page as a notebook"
    context["body"] += f'<p class="notebook-of-page"><a href="{link}" download>{text}</a></p>'


def add_records(app: Sphinx) -> None:
    """Copy the records that pages read to where their notebooks look for them."""
    for record in Path(app.srcdir).glob("[!_]*/*.json"):
        target = Path(app.outdir, "notebooks", record.relative_to(app.srcdir))
        if target.parent.exists():
            shutil.copy(record, target)


def subset_icons(app: Sphinx) -> None:
    """Reduce the icon font to the icons that are used."""
    fonts.cut(Path(app.outdir, FONT), Path(app.outdir, FONT), ICONS)


def purge_styles(app: Sphinx) -> None:
    """Drop the rules of the theme and of sphinx-design that nothing in the site uses."""
    static = Path(app.outdir, "_static")
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme"
    sheets = {
        theme / "static" / "styles" / "pydata-sphinx-theme.css": static / "styles",
        Path(sphinx_design.__file__).parent / "static" / "sphinx-design.min.css": static,
    }
    with TemporaryDirectory() as purged:
        npm.tool(
            "purgecss/bin/purgecss.js",
            *("--css", *map(str, sheets), "--output", purged),
            *("--content", f"{app.outdir}/**/*.html", f"{static}/**/*.js"),
        )
        for sheet, folder in sheets.items():
            shutil.copy(Path(purged, sheet.name), folder)


def finish_sitemap(app: Sphinx) -> None:
    """Sort the sitemap, whose order depends on which process wrote a page; name it to robots."""
    if not (url := app.config.html_baseurl):
        return
    ElementTree.register_namespace("", SITEMAP)
    path = Path(app.outdir, "sitemap.xml")
    tree = ElementTree.parse(path)
    root = tree.getroot()
    root[:] = sorted(root, key=lambda page: page.findtext(f"{{{SITEMAP}}}loc", ""))
    tree.write(path, xml_declaration=True, encoding="utf-8")
    Path(app.outdir, "robots.txt").write_text(f"Sitemap: {url}sitemap.xml\n", "utf-8")


def fix_html(app: Sphinx, pagename: str, context: dict[str, Any]) -> None:
    """Correct what axe or Lighthouse finds in the HTML of the theme and the extensions."""
    name_toggles(context)
    body = context.get("body", "")
    if pagename == "_modules/index":
        # Its lists lie directly in lists, where only entries may be.
        body = re.sub(r"(?<=</li>)\s*<ul>|</ul>(?=<li>)", "\n", body)
    for pattern in REMOVED:
        body = pattern.sub("", body)
    body = CARD.sub(lambda m: card(m, pagename.startswith("auto_gallery/")), body)
    body = EMPTY_HEADER.sub(r"<td\1>\2</td>", body)
    if pagename == "404":
        # It is shown at any address, so its own links must be absolute.
        body = RELATIVE.sub(rf"\g<0>{app.config.notfound_urls_prefix}", body)
    here = Path(app.outdir, pagename).parent
    sources = {name: Path(app.srcdir, path) for path, (_, name) in app.env.images.items()}
    context["body"] = IMAGE.sub(lambda m: lazy(m, here, sources), body)


def card(match: re.Match[str], full: bool) -> str:
    """Return a card of the gallery whose link has a name; in full, with the script's question."""
    start, question, link, target, title, end = match.groups()
    name = re.sub("<.*?>", "", title)
    text = f'<div class="sphx-glr-thumbnail-text">{question}</div>' if full else ""
    return f'{start}{link} aria-label="{name}" {target}{title}{end}{text}'


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


PAGE_STEPS = (reference.link_from_source, offer_notebook, fix_html)
STEPS = (
    reference.write_vectors,
    add_records,
    maths.write_fonts,
    subset_icons,
    purge_styles,
    fonts.write_text_fonts,
    finish_sitemap,
    finding.write,
    maths.write_script,
)


def draw_icon(app: Sphinx, config: Config) -> None:
    """Draw the logo in pixels, for cards and for home screens, which take no SVG."""
    target = Path(app.confdir, "_build", "icon", "icon.png")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(
        resvg_py.svg_to_bytes(
            svg_path=str(Path(app.confdir, "_static", "logo.svg")), width=180, background="white"
        )
    )
    config.html_static_path.append("_build/icon")


def before_pages(_app: Sphinx, _builder: Builder) -> None:
    """Draw cards in the face of text and matplotlib's own style; the package has set another."""
    matplotlib.rcdefaults()
    for name in ("Regular", "Bold"):
        font_manager.fontManager.addfont(
            npm.packages() / f"source-serif/TTF/SourceSerif4-{name}.ttf"
        )


def before_writing(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], _doctree: Any
) -> None:
    """Take the steps for one page."""
    for step in PAGE_STEPS:
        step(app, pagename, context)


def after_writing(app: Sphinx, error: Exception | None) -> None:
    """Take the steps for the whole site."""
    if error is None and app.builder.format == "html":
        for step in STEPS:
            step(app)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register both, to come after the theme and all other extensions."""
    app.connect("config-inited", draw_icon)
    app.connect("write-started", before_pages)
    app.connect("html-page-context", before_writing, priority=1000)
    app.connect("build-finished", after_writing, priority=1000)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
