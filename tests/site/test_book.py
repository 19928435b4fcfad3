"""The book of the course is whole: links lead somewhere, pictures and formulas are there."""

import re
import subprocess
import sys
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pypdf
import pytest

MAKE = Path(__file__).parents[2] / "docs" / "_book" / "book.py"
XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"
#: The number of children of an element of MathML.
SCRIPTS = {"msub": 2, "msup": 2, "munder": 2, "mover": 2, "mfrac": 2, "msubsup": 3, "munderover": 3}


@pytest.fixture(scope="session")
def book(site, browser, tmp_path_factory):  # noqa: ARG001 - it needs one of its own
    """Return the folder with the bound book."""
    out = tmp_path_factory.mktemp("book")
    subprocess.run([sys.executable, str(MAKE), str(site), str(out)], check=True)
    return out


def test_contents_of_the_pdf_name_the_right_pages(book, site):
    reader = pypdf.PdfReader(book / "adamdoc.pdf")

    def text(number):
        return reader.pages[number - 1].extract_text()

    # Each page begins with its number.
    def begins(number, title):
        return " ".join(text(number).split()).startswith(f"{number} {title}")

    first = next(number for number in range(3, 9) if begins(number, "1 Gradient descent"))
    contents = "\n".join(text(number).partition("\n")[2] for number in range(2, first))
    chapters = re.findall(r"^(\d+ .+) (\d+)$", contents, re.MULTILINE)
    moved = 'http-equiv="refresh"'  # a page that only leads to its new place
    found = [p for p in (site / "theory").glob("*.html") if moved not in p.read_text("utf-8")]
    pages = {path.name for path in found} - {"index.html"}
    assert [int(title.split()[0]) for title, _ in chapters] == list(range(1, len(pages) + 1))
    for title, number in chapters:
        assert begins(int(number), title)
    assert len(reader.outline) > len(chapters)


def test_links_of_the_pdf_lead_somewhere(book):
    reader = pypdf.PdfReader(book / "adamdoc.pdf")
    known = {name.removeprefix("/") for name in reader.named_destinations}
    internal = set()
    for page in reader.pages:
        for reference in page.get("/Annots", []):
            note = reference.get_object()
            target = note.get("/Dest") or note.get("/A", {}).get("/D")
            if isinstance(target, str):
                internal.add(target)
                assert target.removeprefix("/") in known
            elif target is None:
                assert note["/A"]["/URI"].startswith("https://")
    assert internal


def test_epub_is_sound(book):
    with zipfile.ZipFile(book / "adamdoc.epub") as archive:
        names = set(archive.namelist())
        assert archive.infolist()[0].filename == "mimetype"
        trees = {
            name: ElementTree.fromstring(archive.read(name))
            for name in names
            if name.endswith(".xhtml")
        }
        for name in (name for name in names if name.endswith(".svg")):
            ids = re.findall(r'\bid="([^"]+)"', archive.read(name).decode())
            assert len(set(ids)) == len(ids), name
    anchors = {
        name: {e.get("id") for e in tree.iter() if e.get("id")} for name, tree in trees.items()
    }
    formulas = False
    for name, tree in trees.items():
        for element in tree.iter():
            kind = element.tag.removeprefix(MATHML)
            assert len(element) == SCRIPTS.get(kind, len(element)), (name, kind)
            assert kind != "mo" or not len(element), name
            formulas |= element.tag == f"{MATHML}math"
            if element.tag == f"{XHTML}img":
                assert f"EPUB/{element.get('src')}" in names
                assert element.get("alt")
            target = element.get("href", "") if element.tag == f"{XHTML}a" else ""
            if target and "://" not in target:
                page, _, anchor = target.partition("#")
                page = f"EPUB/{page}" if page else name
                assert page in trees, target
                assert not anchor or anchor in anchors[page], target
    assert formulas


def test_page_without_a_course_is_refused(tmp_path):
    (tmp_path / "theory").mkdir()
    (tmp_path / "theory" / "index.html").write_text("<article></article>")
    command = [sys.executable, str(MAKE), str(tmp_path), str(tmp_path / "out")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "theory/index.html must hold the table of the course" in done.stderr
    assert not (tmp_path / "out").exists()
