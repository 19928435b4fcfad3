"""Diagrams in a browser: nothing overlaps; in the family tree, pointing shows equations."""

import math
import re

import pytest
from bs4 import BeautifulSoup

from adamdoc import lineage

PAGE = "family/lineage.html"
TREE = [(1400, "wide"), (800, "wide"), (600, "narrow"), (360, "narrow"), (320, "narrow")]
#: Page, width of the window, and the drawing that is shown.
DRAWINGS = [
    *((PAGE, width, kind) for width, kind in TREE),
    ("design.html", 1400, "wide"),
    ("design.html", 360, "narrow"),
]
#: Places of what is drawn, in pixels of the window; of each line, points two pixels apart.
DRAWN = """(kind) => {
    const tree = document.querySelector(`.diagram svg.${kind}`);
    const place = (part) => {
        const {left, right, top, bottom} = part.getBoundingClientRect();
        return {text: part.textContent, left, right, top, bottom};
    };
    const points = (line) => {
        const [matrix, length] = [line.getScreenCTM(), line.getTotalLength()];
        return Array.from({length: Math.ceil(length / 2) + 1}, (_, k) => {
            const {x, y} = line.getPointAtLength(2 * k).matrixTransform(matrix);
            return [x, y];
        });
    };
    return {
        tree: place(tree),
        size: Math.min(...[...tree.querySelectorAll("text")].map(
            (text) => parseFloat(getComputedStyle(text).fontSize) * tree.getScreenCTM().a)),
        labels: [...tree.querySelectorAll("text")].map(place),
        nodes: [...tree.querySelectorAll(".node")].map((method) => ({
            name: method.dataset.name,
            box: place(method.querySelector(".box")),
            mark: place(method.querySelector(".stripe")),
            label: place(method.querySelector("text:not(.year)")),
        })),
        lines: [...tree.querySelectorAll(".line")].map((line) => (
            {tail: line.dataset.tail, head: line.dataset.head, points: points(line)})),
    };
}"""


def inside(point, box, margin=0.0):
    """Return whether a point lies in a box, or near it."""
    x, y = point
    across = box["left"] - margin < x < box["right"] + margin
    return across and box["top"] - margin < y < box["bottom"] + margin


def overlap(one, other):
    """Return whether two boxes overlap."""
    return (
        one["left"] < other["right"]
        and other["left"] < one["right"]
        and one["top"] < other["bottom"]
        and other["top"] < one["bottom"]
    )


@pytest.fixture(scope="module")
def figure(site):
    text = (site / PAGE).read_text("utf-8")
    return BeautifulSoup(text, "html.parser").select_one(".family-tree")


@pytest.fixture(scope="module", params=DRAWINGS, ids=lambda drawing: f"{drawing[0]} {drawing[1]}")
def drawn(request, browser, base):
    name, width, kind = request.param
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(base + name)
    page.evaluate("document.fonts.ready")
    shown = page.locator(".diagram svg:visible")
    assert shown.count() == 1
    assert kind in shown.get_attribute("class")
    result = page.evaluate(DRAWN, kind)
    result |= {"page": name, "window": width, "boxes": "dots" not in shown.get_attribute("class")}
    page.close()
    return result


def test_the_tree_is_that_of_the_classes(drawn):
    if drawn["page"] != PAGE:
        return
    methods = lineage.methods()
    assert {m["name"] for m in drawn["nodes"]} == {cls.__name__ for cls in methods}
    assert {(line["tail"], line["head"]) for line in drawn["lines"]} == {
        (parent, cls.__name__) for cls in methods for parent in cls.builds_on
    }
    tops = {m["name"]: m["mark"]["top"] for m in drawn["nodes"]}
    for cls in methods:
        assert all(tops[parent] < tops[cls.__name__] for parent in cls.builds_on)
    by_year = sorted(methods, key=lambda cls: tops[cls.__name__])
    assert [*map(lineage.year, by_year)] == sorted(map(lineage.year, methods))


def test_no_label_touches_another_or_a_line(drawn):
    labels = drawn["labels"]
    for k, label in enumerate(labels):
        assert not [other for other in labels[:k] if overlap(label, other)], label
        for line in drawn["lines"]:
            assert not any(inside(p, label, 1) for p in line["points"]), (label, line["head"])


def test_labels_fit(drawn):
    """Within their boxes, the tree and the window; and they are large enough to be read."""
    assert drawn["size"] >= 11.5
    for method in drawn["nodes"]:
        box, label = method["box"], method["label"]
        assert box["left"] < label["left"]
        assert label["right"] <= box["right"] + (not drawn["boxes"])
        assert box["bottom"] - box["top"] >= 24  # a finger
        assert box["left"] >= 0
        assert box["right"] <= drawn["window"]


def test_a_line_touches_only_its_own_methods(drawn):
    def touches(point, method):
        if drawn["boxes"]:
            return inside(point, method["box"])
        dot = method["mark"]
        radius = (dot["right"] - dot["left"]) / 2
        return math.dist(point, (dot["left"] + radius, dot["top"] + radius)) < radius

    for line in drawn["lines"]:
        for method in drawn["nodes"]:
            if method["name"] not in (line["tail"], line["head"]):
                touched = [p for p in line["points"] if touches(p, method)]
                assert not touched, (line["tail"], line["head"], method["name"])


def test_every_method_links_to_its_page(figure, site):
    assert figure.select_one("figcaption").get_text()
    for kind in ("wide", "narrow"):
        methods = figure.select(f"svg.{kind} a")
        for method in methods:
            name = method["data-name"]
            assert method["href"].endswith(f"/adamdoc.{name}.html")
            assert (site / "family" / method["href"]).is_file()
            assert name in method.select_one("title").get_text()


def test_the_legend_names_every_colour(figure):
    named = {item["class"][0] for item in figure.select(".ideas li")}
    used = {c for part in figure.select("svg .stripe") for c in part["class"] if c != "stripe"}
    assert named == used


def test_colours_differ_from_each_other_and_from_the_page(browser, base):
    page = browser.new_page()
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        page.goto(base + PAGE)
        colours = page.locator(".family-tree .ideas li").evaluate_all(
            "items => items.map(item => getComputedStyle(item, '::before').backgroundColor)"
        )
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert len({*colours}) == len(colours)
        for colour in colours:
            assert contrast(colour, ground) >= 3, (theme, colour)
    page.close()


def contrast(one, other):
    """Return the contrast of two colours, as WCAG defines it."""

    def luminance(colour):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("width", [1400, 360])
@pytest.mark.parametrize("name", ["AdamW", "SOAP"])
@pytest.mark.parametrize("how", ["pointer", "keyboard", "finger"])
def test_a_method_shows_what_it_added(browser, base, width, name, how):
    context = browser.new_context(viewport={"width": width, "height": 900}, has_touch=True)
    page = context.new_page()
    page.goto(base + PAGE)
    card = page.locator(".diagram-card")
    method = page.locator(f".family-tree svg:visible a[data-name={name}]")
    assert not card.is_visible()
    match how:
        case "pointer":
            method.locator(".box").hover(position={"x": 4, "y": 4})
        case "keyboard":
            links = page.locator(".family-tree svg:visible a")
            names = links.evaluate_all("links => links.map((link) => link.dataset.name)")
            links.nth(names.index(name) - 1).focus()  # the one before by script, it by the key
            page.keyboard.press("Tab")
            assert page.evaluate("document.activeElement.dataset.name") == name
            page.keyboard.press("Shift+Tab")
            page.keyboard.press("Tab")
        case "finger":
            method.tap()
    card.wait_for(state="visible")
    entry = page.locator(f"#added-{name}")
    assert card.text_content().strip() == entry.text_content().strip()
    assert card.locator("math").count() == entry.locator("math").count() > 0
    box = card.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert method.get_attribute("aria-describedby") == card.get_attribute("id")
    assert page.locator("[id]").evaluate_all("e => e.length === new Set(e.map(p => p.id)).size")
    if how == "finger":  # a second tap follows the link
        method.tap()
        page.wait_for_url(f"**/adamdoc.{name}.html")
    else:
        page.keyboard.press("Escape")
        assert not card.is_visible()
    context.close()


def test_the_lines_of_a_method_are_brought_out(browser, base):
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(base + PAGE)
    page.locator(".family-tree svg.wide a[data-name=Lion]").hover()
    page.locator(".diagram-card").wait_for(state="visible")
    near = page.locator(".family-tree svg.wide a.near").evaluate_all(
        "methods => methods.map(method => method.dataset.name)"
    )
    assert {*near} == {"Lion", "Signum", "AdamW"}
    lines = page.locator(".family-tree svg.wide .line.near").evaluate_all(
        "lines => lines.map(line => line.dataset.tail)"
    )
    assert {*lines} == {"Signum", "AdamW"}
    page.close()
