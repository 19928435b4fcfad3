"""Make of the theme and the extensions what these pages need: one style sheet, one icon font.

The theme's script tells the console what it does; that is left out. It also measures all that may
scroll as soon as a page is loaded, which lays out the whole page: ``later.js`` does it piecewise.

The theme carries all of Bootstrap and 1,400 icons: most of what a first visit would wait for. A
rule of a style sheet stays with those of its selectors whose every class stands in a page, or in a
script, which may set it; all that stay are one file, so that a page waits for one request. The icon
font keeps the icons that the style sheet draws.
"""

import logging
import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pydata_sphinx_theme
import rcssmin
import tinycss2
from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx
from sphinx.util import logging as sphinx_logging
from sphinx.util.typing import ExtensionMetadata

logger = sphinx_logging.getLogger(__name__)
logging.getLogger("fontTools").setLevel(logging.WARNING)

STATIC = Path(pydata_sphinx_theme.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
#: The style sheets that become one, in their order.
SHEETS = (
    "styles/theme.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "mystnb.*.css",
    "copybutton.css",
    "sg_gallery*.css",
    "sphinx-design.min.css",
    "playground/playground.css",
    "verdict.css",
    "adamdoc.css",
)
#: The classes that Bootstrap's script gives to what the pages have; it knows many more.
GIVEN = {"show", "fade", "collapse", "collapsing"} | {
    *("tooltip", "tooltip-inner", "tooltip-arrow", "bs-tooltip-auto"),
}
#: What the theme's script tells the console, beside errors.
TOLD = re.compile(r'console\.(?:log|debug|info)\((?:`[^`]*`|"[^"]*")\)')
#: Where the theme's script measures what may scroll.
MEASURED = re.compile(r"(\w+)\.tabIndex=\1\.scrollWidth>[^:]*\?0:-1")
FONT = Path("vendor", "fontawesome", "webfonts", "fa-solid-900.woff2")


def words(site: Path) -> set[str]:
    """Return every class of the pages, and every word of the scripts."""
    found = set(GIVEN)
    for page in site.rglob("*.html"):
        for value in re.findall(r'class="([^"]*)"', page.read_text("utf-8")):
            found.update(value.split())
    for script in site.glob("_static/**/*.js"):
        # The script for icons of one's own names all there are, and no page loads it.
        if script.name not in ("bootstrap.js", "fontawesome.js"):
            found.update(re.findall(r"[\w-]+", script.read_text("utf-8")))
    return found


def bundled(path: Path, root: Path, known: set[str]) -> str:
    """Return a style sheet, with what it imports, as it would stand in the folder `root`."""
    rules = tinycss2.parse_stylesheet(
        path.read_text("utf-8"), skip_comments=True, skip_whitespace=True
    )

    def moved(match: re.Match[str]) -> str:
        if match[1].startswith(("data:", "#", "http")):
            return match[0]
        target = os.path.normpath(path.parent.relative_to(root) / match[1])
        return f"url({Path(target).as_posix()})"

    text = ""
    for rule in rules:
        if rule.type == "at-rule" and rule.lower_at_keyword == "import":
            target = next(token.value for token in rule.prelude if token.type in ("string", "url"))
            text += bundled(Path(os.path.normpath(path.parent / target)), root, known)
        elif not (rule.type == "at-rule" and rule.lower_at_keyword == "charset"):
            own = "".join(kept([rule], known))
            text += re.sub(r"url\([\"']?([^)\"']+)[\"']?\)", moved, own)
    return text


def kept(rules: list[tinycss2.ast.Node], known: set[str]) -> list[str]:
    """Return the texts of the rules that stay, without the selectors that choose nothing."""
    result = []
    for rule in rules:
        if rule.type == "qualified-rule":
            if chosen := [s for s in selectors(rule.prelude) if classes(s) <= known]:
                result.append(f"{','.join(chosen)}{{{tinycss2.serialize(rule.content)}}}")
        elif rule.type == "at-rule" and rule.lower_at_keyword in ("media", "supports"):
            inner = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            if texts := kept(inner, known):
                name = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
                result.append(f"{name}{{{''.join(texts)}}}")
        else:
            result.append(rule.serialize())
    return result


def selectors(prelude: list[tinycss2.ast.Node]) -> list[str]:
    """Return the selectors of a rule: a comma within brackets does not part them."""
    parts: list[list[tinycss2.ast.Node]] = [[]]
    for token in prelude:
        if token == ",":
            parts.append([])
        else:
            parts[-1].append(token)
    return [tinycss2.serialize(part).strip() for part in parts]


def without_unused(sheet: str) -> str:
    """Return a style sheet without the variables and the movements that nothing uses."""
    # A string may hold what ends a declaration elsewhere: an image's data do.
    declared = re.compile(r"""(?<=[{;\s])(--[\w-]+)\s*:(?:"[^"]*"|'[^']*'|[^;{}"'])*(?:;|(?=\}))""")
    read: set[str] = set()
    while read != (read := set(re.findall(r"var\(\s*(--[\w-]+)", sheet))):
        sheet = declared.sub(lambda match: match[0] if match[1] in read else "", sheet)
    moved = set(re.findall(r"[\w-]+", " ".join(re.findall(r"animation(?:-name)?:([^;}]*)", sheet))))
    frames = re.compile(r"@keyframes ([\w-]+)\s*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")
    return frames.sub(lambda match: match[0] if match[1] in moved else "", sheet)


def classes(selector: str) -> set[str]:
    """Return the classes that a selector asks for: none of those in :not(), nor all in :is()."""
    asked = re.sub(r":(?:not|is|where)\([^()]*\)", "", selector)
    return set(re.findall(r"\.(-?[A-Za-z_][\w-]*)", asked))


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the style sheet and the font after all pages are there."""
    if exception or app.builder.format != "html":
        return
    root = Path(app.outdir, "_static")
    script = root / "scripts" / "pydata-sphinx-theme.js"
    own = MEASURED.sub("void 0", TOLD.sub("void 0", script.read_text("utf-8")))
    script.write_text(own, "utf-8")
    known = words(Path(app.outdir))
    paths = [path for name in SHEETS for path in sorted(root.glob(name))]
    sheet = "".join(bundled(path, root, known) for path in paths)
    (root / "site.css").write_text(rcssmin.cssmin(without_unused(sheet)), "utf-8")
    font = TTFont(STATIC / FONT, recalcTimestamp=False)
    subsetter = subset.Subsetter(subset.Options(recalc_timestamp=False))
    subsetter.populate(text="".join(re.findall(r"[\ue000-\uf8ff]", sheet)))
    subsetter.subset(font)
    font.flavor = "woff2"
    font.save(root / FONT)


def check(
    app: Sphinx,  # noqa: ARG001 - the event's form
    pagename: str,
    templatename: str,  # noqa: ARG001
    context: dict[str, Any],
    doctree: Any,  # noqa: ARG001
) -> None:
    """Warn where a page asks for a style sheet that is not in the one that is written."""
    for file in context.get("css_files", []):
        name = str(getattr(file, "filename", file)).removeprefix("_static/").partition("?")[0]
        if not any(fnmatch(name, pattern) for pattern in SHEETS):
            logger.warning("the style sheet %s is not in SHEETS", name, location=pagename)
    context["css_files"] = []


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it."""
    app.connect("html-page-context", check, priority=1000)
    app.connect("build-finished", finish, priority=1000)  # the theme writes one, too
    return {"parallel_read_safe": True, "parallel_write_safe": True}
