"""The typographic system in a browser and on paper, and the landing page."""

import re
from urllib.parse import parse_qs

import fonts
import maths
import numpy as np
import pytest
from fontTools.pens.boundsPen import BoundsPen
from fontTools.ttLib import TTFont

from adamdoc import Adam, Ravine, equations, minimize, optimizers, problems

#: One page of each kind.
KINDS = (
    *("index.html", "404.html", "playground.html", "search.html", "notation.html"),
    *("theory/index.html", "theory/adam.html", "theory/kernel.html", "evidence/ledger.html"),
    *("family/dialects.html", "glossary.html", "reference/api/adamdoc.Adam.html"),
    *("_modules/adamdoc/optimizers/methods/adam.html", "auto_gallery/index.html"),
    "auto_gallery/1_the_article/plot_2_momentum_and_adam.html",
)
#: Most bytes of the faces of text and code that a page loads.
BUDGET = 80_000
#: The face of each text that is seen: its family, its weight and its style.
FACES_USED = """() => {
    const found = new Set();
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
        const parent = walk.currentNode.parentElement;
        if (!walk.currentNode.data.trim() || !parent.checkVisibility()) continue;
        if (parent.closest("math, .katex, script, style, i, option")) continue;
        const style = getComputedStyle(parent);
        const family = style.fontFamily.split(",")[0].replaceAll('"', "");
        found.add([family, style.fontWeight > 500 ? "bold" : "regular", style.fontStyle].join(" "));
    }
    return [...found];
}"""
#: Those that type.css declares.
FACES_DECLARED = """() => [...document.styleSheets]
    .filter((sheet) => sheet.href?.includes("/type.css"))
    .flatMap((sheet) => [...sheet.cssRules])
    .filter((rule) => rule instanceof CSSFontFaceRule)
    .map(({ style }) => [style.fontFamily.replaceAll('"', ""),
        style.fontWeight.startsWith("6") ? "bold" : "regular", style.fontStyle].join(" "))"""
#: The number of characters in a full line of each paragraph of several lines.
MEASURE = """() => [...document.querySelectorAll("article section > p")].map((p) => {
    if (p.querySelector("math, .katex")) return null;
    const range = document.createRange();
    range.selectNodeContents(p);
    const line = parseFloat(getComputedStyle(p).lineHeight);
    const lines = Math.round(p.getBoundingClientRect().height / line);
    return lines > 2 ? p.innerText.length / (lines - 0.5) : null;
}).filter((n) => n)"""
#: What is cut at an edge of a sheet.
CUT = """() => [...document.querySelectorAll("article *")]
    .filter((e) => e.checkVisibility() && !e.closest("svg, math, .katex, .playground")
        && e.getBoundingClientRect().right > innerWidth + 1)
    .map((e) => e.outerHTML.slice(0, 80))"""


@pytest.fixture
def page(browser):
    """Return an empty page."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    yield page
    page.close()


def test_every_text_is_set_in_a_face_of_the_site(page, base):
    wrong = []
    for name in KINDS:
        page.goto(base + name)
        declared = set(page.evaluate(FACES_DECLARED))
        assert len(declared) == len(fonts.FACES)
        wrong += [(name, face) for face in page.evaluate(FACES_USED) if face not in declared]
    assert not wrong


def test_the_faces_have_every_character_of_the_pages(site, pages, soups):
    cmaps = {
        name: TTFont(site / "_static" / "fonts" / f"{name}.woff2").getBestCmap()
        for name in fonts.FACES
    }
    common = set.intersection(*(set(cmap) for cmap in cmaps.values()))
    wrong = {}
    for name in pages:
        if name.startswith("family/audit/"):
            continue  # the texts of other libraries have what they have
        tree = soups[name]
        apart = tree.find_all(["math", "script", "style"]) + tree.find_all(class_=["katex", "math"])
        others = {id(text) for tag in apart for text in tag.find_all(string=True)}
        texts = (tree.body or tree).find_all(string=True)
        used = {c for text in texts if id(text) not in others for c in text if not c.isspace()}
        if missing := {c for c in used - {*"✓✗"} if ord(c) not in common}:
            wrong[name] = sorted(missing)
    assert not wrong
    assert ord("✗") in cmaps["sans"]  # of verdicts
    assert ord("✓") in cmaps["sans"]


def test_the_faces_of_a_page_are_small(page, base):
    for name in KINDS:
        page.goto(base + name)
        page.evaluate("document.fonts.ready")
        loaded = page.evaluate(
            """performance.getEntriesByType("resource")
                .filter((e) => e.name.endsWith(".woff2")).map((e) => [e.name, e.encodedBodySize])"""
        )
        sizes = {
            found[1]: size
            for url, size in loaded
            if (found := re.search(r"/fonts/([\w-]+)\.woff2$", url)) and found[1] in fonts.FACES
        }
        assert "serif" in sizes
        assert sum(sizes.values()) <= BUDGET, (name, sizes)


def test_a_line_has_about_seventy_characters(page, base):
    for name in ("theory/why-adam.html", "evidence/ledger.html", "design.html"):
        page.goto(base + name)
        lengths = sorted(page.evaluate(MEASURE))
        assert 65 <= lengths[len(lengths) // 2] <= 76, (name, lengths)


def test_text_code_and_formulas_are_of_one_height(site):
    sheet = (site / "_static" / "type.css").read_text("utf-8")

    def height(path):
        font = TTFont(site / "_static" / path)
        pen = BoundsPen(glyphs := font.getGlyphSet())
        glyphs[font.getBestCmap()[ord("x")]].draw(pen)
        return pen.bounds[3] / font["head"].unitsPerEm

    def ratio(name):
        return float(re.search(rf"--ratio-{name}: ([\d.]+)em", sheet)[1])

    text = height("fonts/serif.woff2")
    assert height("fonts/sans.woff2") == pytest.approx(text, rel=0.03)
    assert ratio("code") * height("fonts/code.woff2") == pytest.approx(text, rel=0.03)
    for name in ("Main-Regular", "Math-Italic"):
        formula = height(f"katex/fonts/KaTeX_{name}.woff2")
        assert ratio("math") * formula == pytest.approx(text, rel=0.03)
    assert ratio("math") == maths.SIZE


@pytest.mark.parametrize("name", ["theory/adam.html", "evidence/ledger.html", "index.html"])
def test_paper_has_the_text_whole_and_light(browser, base, name):
    context = browser.new_context(color_scheme="dark", viewport={"width": 640, "height": 900})
    page = context.new_page()
    page.goto(base + name)
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(theme) == "light"
    page.emulate_media(media="print")
    for part in (".bd-header", ".bd-sidebar-primary", ".prev-next-footer", ".bd-footer"):
        for found in page.locator(part).all():
            assert not found.is_visible(), part
    assert page.locator("article h1").is_visible()
    assert not page.evaluate(CUT)
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(theme) == "dark"
    context.close()


def test_the_landing_page_sets_equations_beside_code_and_numbers(soups):
    rows = soups["index.html"].select(".first-step tbody tr")
    values = next(equations.worked_steps(Adam, Ravine(), 1))
    lines = equations.source_lines(Adam)
    names = [a.name for a in equations.of(Adam).assignments]
    assert len(rows) == 1 + len(names)
    for row, name in zip(rows[1:], names, strict=True):
        _, code, *numbers = row.select("td")
        assert code.get_text() == lines[name][1]
        assert [float(n.get_text()) for n in numbers] == pytest.approx(values[name], rel=1e-5)


def test_the_race_is_as_the_landing_page_tells_it(soups):
    race = parse_qs(soups["index.html"].select_one(".playground")["data-state"])
    start = [float(number) for number in race["start"][0].split(",")]
    runs = {
        racer.partition("(")[0]: minimize(
            problems.surfaces()[race["surface"][0]](),
            eval(racer, dict(optimizers.CLASSES)),  # a call in a page of our own
            start=start,
            steps=int(race["steps"][0]),
        )
        for racer in race["racer"]
    }
    descent, momentum, adam = (runs[n].path for n in ("GradientDescent", "Momentum", "Adam"))
    assert len({run.optimizer.lr for run in runs.values()}) == 1
    assert abs(descent[-1, 1]) > abs(descent[0, 1]) * 2
    swung, walked = (np.hypot(*np.diff(path, axis=0).T).sum() for path in (momentum, adam))
    assert walked < 0.75 * swung
    assert momentum[:, 0].max() > 1.5 * adam[:, 0].max() > 0


def test_the_landing_page_leads_each_reader_on(soups):
    readers = soups["index.html"].select(".readers > .reader")
    assert len(readers) == 3
    for reader in readers:
        assert reader.select_one("h2")
        assert len(reader.select("a.internal")) >= 3
