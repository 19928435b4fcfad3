"""Figures, tables and outputs of the pages: captioned, aligned, never cut off without a hint."""

import re

import pytest

pytest.importorskip("playwright.sync_api")

NUMBER = re.compile(r"[\s~≈<>±+−–-]*(\d|∞|nan|inf)")


@pytest.fixture(scope="module")
def chosen(soups, texts):
    """Return the pages of text, parsed."""
    return {page: soups[page] for page in texts if soups[page].find("main")}  # not those that moved


def test_every_figure_has_a_caption_and_another_description(chosen):
    wrong, count = [], 0
    for page, soup in chosen.items():
        for image in soup.select("article .cell_output img.only-light"):
            count += 1
            figure = image.find_parent("figure")
            caption = figure.figcaption.select_one(".caption-text") if figure else None
            text = caption.get_text(" ", strip=True) if caption else ""
            alt = image.get("alt", "")
            twin = image.find_next_sibling("img", class_="only-dark")
            if len(text) < 30 or len(alt) < 30 or text == alt or twin is None:
                wrong.append(f"{page}: {alt[:50]!r}, {text[:50]!r}")
    assert count >= 40
    assert not wrong


def test_imports_and_plots_are_folded(chosen):
    """What a reader sees first is the line that matters."""
    plain = [
        f"{page}: {code.get_text()[:60]!r}"
        for page, soup in chosen.items()
        for code in soup.select("article div.cell > div.cell_input pre")
        if re.search(r"^import matplotlib|^\w+, axe?s? = plt\.subplots", code.get_text(), re.M)
    ]
    assert not plain


def test_folded_code_says_what_it_is(chosen):
    prompts = {
        (page, prompt.get_text(strip=True))
        for page, soup in chosen.items()
        for prompt in soup.select("article details.hide > summary > p.collapsed")
    }
    assert ("theory/adam.html", "Show the plotting code") in prompts
    assert not [page for page, prompt in prompts if prompt == "Show the code"]


def test_words_are_left_and_numbers_right(chosen):
    wrong, count = [], 0
    for page, soup in chosen.items():
        for table in soup.select("article .cell_output table"):
            if table.th.get_text() == "setting":
                continue  # a recipe, whose values are words and numbers
            rows = [row.find_all("td") for row in table.select("tbody tr")]
            for column in zip(*rows, strict=True):
                told = [c.get_text(" ", strip=True) for c in column]
                told = [cell for cell in told if cell.strip(" –-")]
                words = 2 * sum(bool(NUMBER.match(cell)) for cell in told) < len(told)
                right = "text-right" in column[0].get("class", [])
                count += 1
                # Maths may be a number to its author and a word to us.
                if words is right and not column[0].select(".math"):
                    wrong.append(f"{page}: {told[:3]}")
    assert count > 100
    assert not wrong


def test_the_tables_of_the_benchmark_fit_a_laptop(browser, base):
    """Their last columns were cut off."""
    page = browser.new_page(viewport={"width": 1300, "height": 900})
    page.goto(base + "evidence/benchmark.html")
    beyond = page.evaluate(
        """() => [...document.querySelectorAll("article .pst-scrollable-table-container")]
            .map((e) => e.scrollWidth - e.clientWidth)"""
    )
    assert len(beyond) >= 6
    assert max(beyond) <= 1
    page.close()
