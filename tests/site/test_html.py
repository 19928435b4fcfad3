"""The built site: complete, self-contained, readable without JavaScript and on a phone."""

import json
import math
import posixpath
import re
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import nbclient
import nbformat
import numpy as np
import pytest
from fontTools.ttLib import TTFont

from adamdoc import Adam, Ravine, dialects, equations, vectors
from adamdoc.dialects import forms
from adamdoc.equations.inline import STEPPED

ROOT = Path(__file__).parents[2]
#: What loads a resource, and the attribute that says from where.
LOADERS = {
    "script": "src",
    "img": "src",
    "iframe": "src",
    "source": "srcset",
    "video": "src",
    "audio": "src",
    "link": "href",
    "object": "data",
    "embed": "src",
}
#: Relations of <link> that make the browser fetch something.
FETCHED = {"stylesheet", "preload", "icon", "modulepreload", "prefetch", "preconnect"}


def page_of(cls):
    """Return the page of an optimizer in the reference."""
    module = "adamdoc.dialects.forms" if cls.__name__ in forms.CLASSES else "adamdoc"
    return f"reference/api/{module}.{cls.__name__}.html"


def test_links_lead_to_what_is_there(site, soups):
    broken = []
    anchors = {
        page: {tag["id"] for tag in soup.find_all(id=True)}
        | {tag["name"] for tag in soup.find_all("a", attrs={"name": True})}
        for page, soup in soups.items()
    }
    seen = set()  # the same links stand beside all pages of a folder
    for page, soup in soups.items():
        for link in soup.find_all("a", href=True):
            place = page if link["href"].startswith("#") else posixpath.dirname(page)
            if link["href"].startswith(("http:", "https:", "mailto:")) or (
                (place, link["href"]) in seen
            ):
                continue
            seen.add((place, link["href"]))
            url = urlsplit(urljoin(f"http:///{page}", link["href"]))
            target, fragment = unquote(url.path).lstrip("/") or "index.html", unquote(url.fragment)
            if target.endswith("/"):
                target += "index.html"
            if not (site / target).is_file():
                broken.append(f"{page}: {link['href']}")
            elif "=" in fragment:  # the state of the playground or the converter
                continue
            elif fragment and target in anchors and fragment not in anchors[target]:
                broken.append(f"{page}: {link['href']} (no such anchor)")
    assert not broken


def test_resources_are_served_from_the_site(site, soups):
    wrong = []
    for page, soup in soups.items():
        urls = [
            tag[attribute]
            for name, attribute in LOADERS.items()
            for tag in soup.find_all(name, attrs={attribute: True})
            if name != "link" or FETCHED & set(tag.get("rel", []))
        ]
        for url in urls:
            if url.startswith("data:"):
                continue
            target = unquote(urlsplit(urljoin(f"http:///{page}", url)).path).lstrip("/")
            if urlsplit(url).netloc or not (site / target).is_file():
                wrong.append(f"{page}: {url}")
    for sheet in site.rglob("*.css"):
        text = sheet.read_text("utf-8")
        wrong += [
            f"{sheet.name}: {u}" for u in re.findall(r"url\([\"']?((?:https?:)?//[^)]+)", text)
        ]
        wrong += [f"{sheet.name}: {u}" for u in re.findall(r"@import[^;]+//[^;]+", text)]
    assert not wrong


def test_every_figure_has_a_description(soups):
    missing = [
        f"{page}: {image.get('src')}"
        for page, soup in soups.items()
        for image in soup.select("article img")
        # A card of the gallery is named by the title beside its picture.
        if not image.find_parent(class_="sphx-glr-thumbcontainer")
        and (len(image.get("alt", "").strip()) < 5 or image["alt"].endswith((".svg", ".png")))
    ]
    assert not missing


def test_every_drawing_has_a_twin_for_dark_pages(soups):
    assert soups["theory/adam.html"].select("article img.only-light")
    for page, soup in soups.items():
        light = [i["src"] for i in soup.select("article img.only-light")]
        dark = [i["src"].replace("-dark.", ".") for i in soup.select("article img.only-dark")]
        assert light == dark, page
        plain = [
            i["src"]
            for i in soup.select("article img:not(.only-light):not(.only-dark)")
            if i["src"].endswith(".svg")
        ]
        assert not plain, page


def test_outputs_show_no_warning_or_error(soups):
    for page, soup in soups.items():
        for output in soup.select(".cell_output, .sphx-glr-script-out"):
            text = output.get_text()
            assert not re.search(r"\w*Warning:|Traceback", text), f"{page}: {text[:200]}"
        assert not soup.select(".problematic"), page


def test_maths_is_in_the_page(soups):
    formulas = {page: len(soup.find_all("math")) for page, soup in soups.items()}
    assert formulas["theory/adam.html"]
    for page, soup in soups.items():
        if not (main := soup.find("main")):
            continue  # the page has moved
        assert all(part.find("math") for part in soup.find_all(class_="math")), page
        assert all(part.find("annotation") for part in soup.find_all("math")), page  # to copy
        if not page.startswith("_modules/"):
            apart = main.find_all(["annotation", "pre", "code"])
            code = {id(text) for tag in apart for text in tag.find_all(string=True)}
            text = "".join(text for text in main.find_all(string=True) if id(text) not in code)
            left = re.search(r"\\(frac|hat|beta|theta)\b|\{glue", text)
            assert not left, f"{page}: {left}"


def course(soups):
    """Return the pages of the course, in its order, with what each leads to."""
    rows = soups["theory/index.html"].select("article table tbody tr:has(td)")
    return {f"theory/{row.select_one('a')['href']}": row.select("td")[1] for row in rows}


def test_the_course_has_all_its_pages(soups):
    moved = {page for page, soup in soups.items() if soup.select('meta[http-equiv="refresh"]')}
    pages = {page for page in soups if page.startswith("theory/")} - {"theory/index.html"}
    assert set(course(soups)) == pages - moved


def test_course_ends_each_page_with_exercises(soups):
    for page in course(soups):
        soup = soups[page]
        solutions = [d for d in soup.select("details") if "Show the solution" in d.get_text()]
        exercises = soup.select("#exercises .exercise")
        assert 3 <= len(exercises) == len(solutions), page
        titles = [e.select_one(".exercise-title").get_text() for e in exercises]
        kinds = {title.partition(" \u00b7 ")[2] for title in titles}
        assert kinds == {"By hand", "By code", "In the playground"}, page
        for exercise in exercises:
            answer = exercise.select_one("details.answer .answer-value").get_text()
            assert math.isfinite(float(answer.replace(",", ""))), (page, answer)


COURSE = "GradientDescent Momentum HeavyBall Nesterov AdaGrad RMSprop AdaDelta Adam AdamW AdaMax"


@pytest.mark.parametrize("name", [*COURSE.split(), "AMSGrad", "Lion"])
def test_the_course_has_the_boxes_of_its_optimizers(soups, name):
    pages = [page for page in soups if page.startswith("theory/")]
    titles = [
        t for page in pages for t in soups[page].select("div.algorithm .algorithm-title code")
    ]
    assert name in [title.get_text() for title in titles]


def test_every_optimizer_is_in_the_listing_and_the_lineage(soups):
    listing = soups["reference/optimizers.html"].get_text()
    tree = soups["family/lineage.html"]
    for cls in dialects.ALL:
        assert cls.__name__ in listing
        if not cls.general_form:
            assert tree.select(f'a[href$="adamdoc.{cls.__name__}.html"]'), cls


def test_a_box_has_the_defaults_of_the_libraries(soups):
    boxes = [box for page in soups.values() for box in page.find_all("div", "algorithm")]
    classes = {cls.__name__: cls for cls in dialects.ALL}
    assert {box["data-optimizer"] for box in boxes} == classes.keys()
    for box in boxes:
        rows = dialects.library_rows(classes[box["data-optimizer"]])
        shown = box.select("details.defaults li > p:first-child")
        calls = [f"{row.peer}({dialects.own_arguments(row.peer)})" for row in rows]
        assert [paragraph.get_text() for paragraph in shown] == calls


def test_the_vectors_are_beside_the_pages(site):
    names = json.loads((site / "vectors" / "index.json").read_text("utf-8"))["files"]
    assert names == sorted(f"{cls.__name__}.json" for cls in dialects.ALL)
    content = json.loads((site / "vectors" / "Adam.json").read_text("utf-8"))
    assert content == json.loads(json.dumps(vectors.make(Adam)))


@pytest.mark.parametrize("cls", dialects.ALL)
def test_every_optimizer_has_its_box(soups, cls):
    """On its reference page; each line links to the source, and back."""
    name, page = cls.__name__, page_of(cls)
    box = soups[page].select_one("div.algorithm")
    assert box["data-optimizer"] == name  # which the meanings of symbols follow
    lines = box.select("ol > li")
    assert [line["id"] for line in lines] == [
        f"{name}-{assignment.name}" + f"-{k + 1}" * bool(k)
        for k, system in enumerate(equations.all_of(cls))
        for assignment in system.assignments
    ]
    starts = [int(block["start"]) for block in box.select("ol")]
    assert starts == [1, len(equations.of(cls).assignments) + 1][: len(starts)]
    for field in fields(cls):
        if field.name not in ("optimizer", "groups"):
            assert f"{field.name} = {field.default!r}" in box.select_one("ul").get_text()
    for k, line in enumerate(lines, start=1):
        link = line.select_one(".algorithm-source a")
        place = urlsplit(urljoin(f"http:///{page}", link["href"]))
        source = soups[place.path.lstrip("/")]
        number = source.find(id=place.fragment)
        text = "".join(s if isinstance(s, str) else s.get_text() for s in number.next_siblings)
        assert link.get_text().startswith(text.split("\n")[0].strip())  # it may go on below
        back = {a.get_text(): a["href"] for a in number.find_previous_siblings("a")}
        assert back[f"[equation {k}]"].endswith(f"{name}.html#{line['id']}")


@pytest.mark.parametrize("cls", dialects.ALL)
def test_worked_steps_are_those_of_the_equations(soups, cls):
    tables = soups[page_of(cls)].select("div.algorithm details.worked table")
    assert len(tables) == len(equations.all_of(cls))
    for block, table in enumerate(tables):
        rows = [
            [[float(n) for n in cell.get_text(" ").split()] for cell in row.select("td")]
            for row in table.select("tbody tr")
        ]
        steps = equations.worked_steps(cls, Ravine(), 5, block)
        # The step inside that is not always taken has no column.
        expected = [{k: v for k, v in step.items() if k != STEPPED.name} for step in steps]
        assert len(table.select("thead th")) == len(expected[0])
        for row, values in zip(rows, expected, strict=True):
            for cell, value in zip(row, values.values(), strict=True):
                assert cell == pytest.approx(np.ravel(value), rel=1e-3)


def test_a_box_says_what_its_symbols_mean_in_this_method(soups):
    for name, meaning in (("Prodigy", "distance from the start"), ("AdaDelta", "squared steps")):
        (table,) = soups[f"reference/api/adamdoc.{name}.html"].select("details.symbols table")
        assert meaning in next(
            row.get_text() for row in table.select("tr") if row.find("code", string="d")
        )


def test_gallery_has_its_scripts(soups):
    scripts = [p for p in soups if re.search(r"auto_gallery/\d_\w+/plot_", p)]
    written = {f"{path.parent.name}/{path.stem}" for path in ROOT.glob("gallery/*/plot_*.py")}
    assert {p.removeprefix("auto_gallery/").removesuffix(".html") for p in scripts} == written
    for page in scripts:
        for kind in (".py", ".ipynb"):
            links = [
                a["href"] for a in soups[page].select("a.download") if a["href"].endswith(kind)
            ]
            assert len(links) == 1, page
    used = soups["reference/api/adamdoc.Adam.html"]
    assert "Gallery scripts that use it" in used.get_text()


def test_no_path_of_the_machine_is_in_the_site(site, soups):
    for page, soup in soups.items():
        assert str(site.parent.parent.parent) not in soup.get_text(), page


def test_no_script_stands_in_a_page(soups):
    for page, soup in soups.items():
        assert not soup.select("script:not([src])"), page
        assert not [t for t in soup.find_all(True) if any(a.startswith("on") for a in t.attrs)], (
            page
        )


def test_no_initial_of_a_name_begins_a_list(soups):
    """A source of one line that begins with an initial would be the first entry of a list."""
    assert [page for page, soup in soups.items() if soup.select("ol.upperalpha")] == []


def test_the_fonts_have_all_that_formulas_are_written_with(site, soups):
    fonts = sorted((site / "_static" / "katex" / "fonts").iterdir())
    known = {chr(code) for path in fonts for code in TTFont(path).getBestCmap()}
    formulas = [part for soup in soups.values() for part in soup.select(".katex-html")]
    used = {character for part in formulas for character in part.get_text()}
    assert {"θ", "∇"} <= used
    assert {c for c in used if not c.isspace()} - {"\u200b"} <= known
    # They are cut: the letters of other scripts are not there.
    assert "\u0414" not in known
    assert sum(path.stat().st_size for path in fonts) < 210_000


def test_every_icon_is_in_the_font(site, soups):
    font = TTFont(site / "_static" / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.woff2")
    sheet = (site / "_static" / "styles" / "pydata-sphinx-theme.css").read_text("utf-8")
    names = {c for soup in soups.values() for i in soup.select("i.fa-solid") for c in i["class"]}
    drawn = {
        name: icon
        for selectors, icon in re.findall(r'([^{}]*)\{\s*--fa:\s*"(.+?)"', sheet)
        for name in re.findall(r"fa-[\w-]+", selectors)
    }
    sizes = {"fa-solid", "fa-lg", "fa-xs", "fa-sm"}
    icons = {name for name in names if name.startswith("fa-")} - sizes
    assert icons
    # And those that the theme's style sheet draws by itself, unless they are of another font.
    own = dict(re.findall(r'--pst-icon-([\w-]+):\s*"(.+?)"', sheet))
    drawn |= own
    icons |= own.keys() - {"github", "gitlab"}
    # The sheet writes some as characters, some by their numbers.
    codes = {int(c[1:], 16) if c[0] == "\\" else ord(c) for c in map(drawn.get, icons)}
    assert codes <= font.getBestCmap().keys()


def test_pages_of_the_course_say_what_they_lead_to(soups):
    for page, said in course(soups).items():
        about = soups[page].select_one(".about-page").get_text(" ")
        assert said.get_text() in about
        assert re.search(r"\b\d+ minutes to read", about)


def test_pages_and_scripts_are_linked_both_ways(soups):
    links = {
        name: {
            posixpath.normpath(posixpath.join(posixpath.dirname(name), str(a["href"])))
            for a in page.select("ul.related a[href]")
        }
        for name, page in soups.items()
    }
    scripts = [name for name in links if name.startswith("auto_gallery/") and "/plot_" in name]
    for name in scripts:
        (page,) = links[name]
        assert page.startswith("theory/")
        assert name in links[page]
    for name in course(soups):
        objects = {page for page in links[name] if page.startswith("reference/api/")}
        assert objects
        assert all(name in links[page] for page in objects)
    assert "theory/adam.html" in links["reference/api/adamdoc.Adam.html"]


def test_each_page_with_cells_is_a_notebook_that_can_be_taken(site, soups, tmp_path):
    offered = {
        name: str(link["href"])
        for name, page in soups.items()
        if (link := page.select_one("p.notebook-of-page a"))
    }
    with_cells = {name for name, page in soups.items() if page.select_one("article div.cell")}
    assert offered.keys() == with_cells
    for name, href in offered.items():
        path = site / posixpath.normpath(posixpath.join(posixpath.dirname(name), href))
        book = nbformat.read(path, 4)
        nbformat.validate(book)
        text = "\n".join(cell.source for cell in book.cells if cell.cell_type == "markdown")
        assert "<math" not in text
        assert "⟦" not in text
    shortest = nbformat.read(site / "notebooks" / "notation.ipynb", 4)
    resources = {"metadata": {"path": str(tmp_path)}}
    nbclient.NotebookClient(shortest, resources=resources).execute()


def test_an_unknown_address_has_a_page(site):
    page = (site / "404.html").read_text("utf-8")
    assert "There is no such page" in page
    # Wherever it is shown, its addresses must lead somewhere.
    assert not re.findall(r'(?:href|src)="(?!/|#|https://|data:)[^"]', page)
