"""Bind the course of the built site as one PDF and one EPUB: ``book.py SITE OUT``.

The chapters are the pages of the site's course, in its order, and what they refer to: notation,
glossary and bibliography. Links within the book are kept; others stay as text. What is folded on
the site is expanded here, except the code that draws, the evidence of claims and the libraries'
defaults: these stay on the site, and a playground leaves a note.
"""

import datetime
import mimetypes
import os
import re
import shutil
import sys
from dataclasses import dataclass
from html import escape
from io import BytesIO
from pathlib import Path
from posixpath import normpath
from urllib.parse import unquote, urldefrag

import pypdf
from bs4 import BeautifulSoup, Tag
from ebooklib import epub
from lxml import etree
from playwright.sync_api import sync_playwright

import adamdoc

HERE = Path(__file__).parent
TITLE = "Gradient descent and how it grew into Adam"
AUTHOR = "The adamdoc developers"
COURSE = "theory/index.html"
AFTER = ("notation.html", "glossary.html", "bibliography.html")
#: The style sheets of the site that the book has, too.
SHEETS = ("type.css", "katex/katex.min.css", "maths.css", "pygments.css", "verdict.css")
#: What belongs to a page of a site, not to a page of paper.
DROPPED = (
    "a.headerlink, .only-dark, .notebook-of-page, .related, "
    "button, script, form, nav, summary.toggle, details.defaults"
)
ATTRIBUTES = ("tabindex", "loading", "role", "aria-label", "valign", "align", "width", "height")
DATE = datetime.datetime.fromtimestamp(
    int(os.environ.get("SOURCE_DATE_EPOCH", "1767225600")), datetime.UTC
)


@dataclass
class Chapter:
    """One page of the site, as it stands in the book."""

    page: str
    part: str
    title: str
    body: Tag
    headings: list[tuple[str, str]]  # anchor and words of the sections


def slug(page: str) -> str:
    """Return the name of a chapter within the book."""
    return Path(page).stem


def soup(path: Path) -> BeautifulSoup:
    """Read a page."""
    return BeautifulSoup(path.read_text("utf-8"), "html.parser")


def pages(site: Path) -> dict[str, str]:
    """Return the pages of the course in its order and those after it, each with its part."""
    folder = Path(COURSE).parent
    found = {
        (folder / str(link["href"])).as_posix(): str(part.select_one("th").get_text(strip=True))
        for part in soup(site / COURSE).select("article table tbody:has(th)")
        for link in part.select("a[href]")
    }
    if not found:
        raise ValueError(f"{COURSE} must hold the table of the course, found no link in it")
    return found | dict.fromkeys(AFTER, "To look up")


def chapter(site: Path, page: str, number: int | None, book: dict[str, str]) -> Chapter:
    """Return a page without what only a site can do, its links and names those of the book."""
    article = soup(site / page).select_one("article.bd-article section")
    if article is None:
        raise ValueError(f"{page} must hold an article with a section, found none")
    for tag in article.select(DROPPED):
        tag.decompose()
    for tag in article.select("div.playground"):
        note = BeautifulSoup('<p class="online">Here the site has a playground.</p>', "html.parser")
        tag.replace_with(note)
    for tag in article.select("figure:has(> div.explore)"):
        tag.decompose()  # the page shows the same in a figure that is still
    for tag in article.select("details"):
        if tag.decomposed:
            continue
        if "plotting code" in tag.summary.get_text():
            tag.decompose()
        else:
            unfold(tag)
    for tag in article.select("[hidden]"):
        del tag["hidden"]
    for tag in article.find_all(True):
        drawn = tag.name in ("math", "mo", "mspace", "svg") or tag.find_parent("svg")
        for name in ATTRIBUTES if not drawn else ():
            if name in tag.attrs:
                del tag[name]
        if "id" in tag.attrs:
            tag["id"] = f"{slug(page)}--{tag['id']}"
        if tag.name == "math":
            tag["xmlns"] = "http://www.w3.org/1998/Math/MathML"
        for name in ("viewBox", "preserveAspectRatio"):  # the parser does not keep capitals
            if name.lower() in tag.attrs:
                tag[name] = tag.attrs.pop(name.lower())
    for tag in article.select("a[href]"):
        relink(tag, page, book)
    for tag in article.select("img[src]"):
        tag["src"] = normpath((Path(page).parent / unquote(str(tag["src"]))).as_posix())
    heading = article.find("h1")
    if not isinstance(heading, Tag):
        raise ValueError(f"{page} must have a title, found none")
    title = heading.get_text(" ", strip=True)
    if number:
        heading.string = f"{number}  {title}"
        for tag in article.select(".eqno"):  # numbers of equations begin anew on each page
            tag.string = re.sub(r"\d+", rf"{number}.\g<0>", tag.get_text(strip=True))
        for tag in article.select('a[href*="--equation-"]'):
            tag.string = re.sub(r"\d+", rf"{number}.\g<0>", tag.get_text(strip=True))
    sections = [
        (str(tag.parent["id"]), tag.get_text(" ", strip=True))
        for tag in article.find_all("h2")
        if tag.parent is not None and "id" in tag.parent.attrs
    ]
    return Chapter(page, book[page], heading.get_text(" ", strip=True), article, sections)


def without_repeated_ids(drawing: bytes) -> bytes:
    """Return an SVG in which each id is there once; matplotlib repeats that of equal images."""
    root = etree.fromstring(drawing)
    seen = set()
    for element in root.iter():
        name = element.get("id")
        if name in seen:
            del element.attrib["id"]
        elif name is not None:
            seen.add(name)
    return etree.tostring(root)


def unfold(details: Tag) -> None:
    """Expand what is folded; what invites to unfold it goes, what names it stays."""
    summary = details.find("summary")
    if isinstance(summary, Tag):
        if "answer" in details.get("class", []):
            summary.decompose()
        elif "hide" in details.get("class", []):
            solution = "solution" in summary.get_text()
            summary.replace_with(
                BeautifulSoup("<p class='solution'>Solution</p>" if solution else "", "html.parser")
            )
        else:
            if "claim" in details.get("class", []):
                for tag in summary.find_next_siblings():
                    tag.decompose()
            summary.name = "p"
            summary["class"] = "summary"
    details.name = "div"


def relink(link: Tag, page: str, book: dict[str, str]) -> None:
    """Let a link point into the book, or leave its text."""
    target, anchor = urldefrag(str(link["href"]))
    if "://" in target:
        return
    other = normpath((Path(page).parent / target).as_posix()) if target else page
    if other in book:
        link["href"] = f"#{slug(other)}--{anchor}" if anchor else f"#{slug(other)}"
    else:
        link.unwrap()


def contents(chapters: list[Chapter], numbers: dict[str, int]) -> str:
    """Return the table of contents, with the numbers of the pages that are known."""

    def line(anchor: str, words: str) -> str:
        return (
            f'<li><a href="#{anchor}"><span>{escape(words)}</span>'
            f'<span class="page">{numbers.get(anchor, "")}</span></a>'
        )

    rows, part = [], ""
    for one in chapters:
        if one.part != part:
            part = one.part
            rows.append(f'<li class="part">{escape(part)}</li>')
        inner = "".join(line(*heading) + "</li>" for heading in one.headings)
        rows.append(
            line(slug(one.page), one.title) + (f"<ol>{inner}</ol></li>" if inner else "</li>")
        )
    return f'<section class="contents"><h1>Contents</h1><ol>{"".join(rows)}</ol></section>'


def front(logo: str) -> str:
    """Return the title page."""
    return (
        f'<section class="title-page"><img src="{logo}" alt="A path down nested contours"/>'
        f"<p class='title'>{TITLE}</p><p>The course of adamdoc {adamdoc.__version__}</p>"
        f"<p>{AUTHOR}</p><p>{DATE:%Y-%m-%d}</p>"
        "<p class='note'>The figures were drawn and the results computed by the build; only the "
        "timings in the last chapter are a record. The site also has the code that draws them, a "
        "playground, a gallery, the evidence of each claim, and a reference of all optimizers.</p>"
        "</section>"
    )


def written(one: Chapter, prefix: str = "") -> str:
    """Return the text of a chapter, its pictures under a prefix."""
    text = str(one.body)
    return re.sub(r'(<img [^>]*?src=")', rf"\g<1>{prefix}", text)


def pdf(site: Path, chapters: list[Chapter], target: Path) -> None:
    """Print the book twice: the second time with the numbers of its pages in the contents."""
    styles = "".join(
        f'<link rel="stylesheet" href="{path.as_uri()}">'
        for path in [*sheets(site), HERE / "paper.css"]
    )
    body = "".join(
        f'<div class="chapter" id="{slug(one.page)}">{written(one, site.as_uri() + "/")}</div>'
        for one in chapters
    )
    opening = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f"{styles}</head><body>{front((site / '_static' / 'logo.svg').as_uri())}"
    )
    source = target.with_suffix(".html")
    numbers: dict[str, int] = {}
    chromium = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    )
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            tab = browser.new_page()
            for _ in range(2):
                text = f"{opening}{contents(chapters, numbers)}{body}</body></html>"
                source.write_text(text, "utf-8")
                tab.goto(source.as_uri(), wait_until="load")
                tab.evaluate("document.fonts.ready")
                missing = tab.evaluate(
                    "[...document.images].filter((i) => !i.naturalWidth).map((i) => i.src)"
                )
                if missing:
                    raise ValueError(f"pictures of the book must be there, missing are {missing}")
                printed = tab.pdf(
                    prefer_css_page_size=True, print_background=True, outline=True, tagged=True
                )
                numbers = places(printed)
            browser.close()
    finally:
        source.unlink(missing_ok=True)
    writer = pypdf.PdfWriter(clone_from=BytesIO(printed))
    day = f"D:{DATE:%Y%m%d%H%M%S}Z"
    writer.add_metadata({"/Title": TITLE, "/Author": AUTHOR, "/CreationDate": day, "/ModDate": day})
    writer.write(target)


def places(printed: bytes) -> dict[str, int]:
    """Return the page of each anchor that the contents name, counted as printed."""
    reader = pypdf.PdfReader(BytesIO(printed))
    return {
        name.removeprefix("/"): number + 1
        for name, place in reader.named_destinations.items()
        if (number := reader.get_destination_page_number(place)) is not None
    }


def sheets(site: Path) -> list[Path]:
    """Return the style sheets of the book."""
    return [*(site / "_static" / name for name in SHEETS), HERE / "book.css"]


def bind(site: Path, chapters: list[Chapter], target: Path) -> None:
    """Write the EPUB."""
    book = epub.EpubBook()
    book.set_identifier(f"adamdoc-course-{adamdoc.__version__}")
    book.set_title(TITLE)
    book.set_language("en")
    book.add_author(AUTHOR)
    styles = []
    for number, path in enumerate(sheets(site)):
        inside = path.is_relative_to(site)
        name = path.relative_to(site).as_posix() if inside else path.name
        text = path.read_text("utf-8")
        styles.append(
            epub.EpubItem(
                uid=f"style-{number}", file_name=name, media_type="text/css", content=text
            )
        )
        for font in dict.fromkeys(re.findall(r'url\("?(fonts/[^")]+)"?\)', text)):
            book.add_item(
                epub.EpubItem(
                    uid=Path(font).stem,
                    file_name=normpath(f"{name}/../{font}"),
                    media_type="font/woff2",
                    content=(path.parent / font).read_bytes(),
                )
            )
    for sheet in styles:
        book.add_item(sheet)
    names = sorted({str(tag["src"]) for one in chapters for tag in one.body.select("img[src]")})
    for number, name in enumerate(["_static/logo.svg", *names]):
        content = (site / name).read_bytes()
        book.add_item(
            epub.EpubItem(
                uid=f"image-{number}",
                file_name=name,
                media_type=mimetypes.guess_type(name)[0] or "image/webp",
                content=without_repeated_ids(content) if name.endswith(".svg") else content,
            )
        )
    opening = epub.EpubHtml(uid="front", title=TITLE, file_name="front.xhtml", lang="en")
    opening.content = f"<html><body>{front('_static/logo.svg')}</body></html>"
    documents = [opening]
    outline = []
    for one in chapters:
        document = epub.EpubHtml(
            uid=slug(one.page), title=one.title, file_name=f"{slug(one.page)}.xhtml", lang="en"
        )
        text = re.sub(r'href="#([\w-]+?)(--[^"]*)?"', elsewhere, written(one))
        document.content = f"<html><body>{text}</body></html>"
        for tag, name in (("<math", "mathml"), ("<svg", "svg")):
            if tag in text:
                document.properties.append(name)
        documents.append(document)
        inner = [
            epub.Link(f"{document.file_name}#{anchor}", words, anchor)
            for anchor, words in one.headings
        ]
        outline.append((epub.Section(one.title, document.file_name), inner) if inner else document)
    for document in documents:
        for sheet in styles:
            document.add_item(sheet)
        book.add_item(document)
    book.toc = outline
    book.add_item(epub.EpubNcx())
    book.add_item(epub.EpubNav())
    book.spine = [documents[0], "nav", *documents[1:]]
    epub.write_epub(str(target), book, {"mtime": DATE})


def elsewhere(match: re.Match[str]) -> str:
    """Return a link of the book as a link between the files of an EPUB."""
    return f'href="{match[1]}.xhtml{f"#{match[1]}{match[2]}" if match[2] else ""}"'


def main(site: Path, out: Path) -> None:
    """Bind both."""
    site = site.resolve()
    book = pages(site)
    numbered = len(book) - len(AFTER)
    chapters = [
        chapter(site, page, number if number <= numbered else None, book)
        for number, page in enumerate(book, 1)
    ]
    out = out.resolve()
    out.mkdir(parents=True, exist_ok=True)
    bind(site, chapters, out / "adamdoc.epub")
    pdf(site, chapters, out / "adamdoc.pdf")
    print(f"bound {len(chapters)} chapters: {out / 'adamdoc.pdf'}, {out / 'adamdoc.epub'}")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
