"""The gallery as it is built: captions, cards, introductions."""

import re

import pytest


@pytest.fixture(scope="module")
def gallery(soups):
    """Return the pages of the gallery, parsed."""
    return {page: soups[page] for page in soups if page.startswith("auto_gallery/")}


def test_each_figure_has_a_visible_caption_and_another_description(gallery):
    count = 0
    for page, soup in gallery.items():
        for image in soup.select("article img:not(.sphx-glr-thumbcontainer img)"):
            figure = image.find_parent("figure")
            assert figure is not None, f"{page}: {image['src']}"
            caption = figure.select_one("figcaption .caption-text")
            assert len(caption.get_text()) > 20, page
            assert image["alt"] != caption.get_text()
            assert len(image["alt"]) > 40, page
            count += 1
    assert count > 100  # light and dark


def test_no_code_shows_the_texts_of_its_figure(gallery):
    for page, soup in gallery.items():
        for code in soup.select("article .highlight-Python"):
            text = code.get_text()
            assert not re.search(r"set_label|# (alt|caption):|sphinx_gallery_", text), page


def test_cards_have_a_thumbnail_of_their_size_and_the_question(site, gallery):
    for page in ("auto_gallery/index.html", "auto_gallery/4_learning/index.html"):
        cards = gallery[page].select(".sphx-glr-thumbcontainer")
        assert len(cards) == (31 if page == "auto_gallery/index.html" else 3)
        sizes = set()
        for card in cards:
            light, dark = card.select("img")
            assert "only-light" in light["class"]
            assert "only-dark" in dark["class"]
            sizes.add((light["width"], light["height"]))
            drawing = (site / page).parent / light["src"]
            assert "<!-- step -->" not in drawing.read_text("utf-8")  # no label of an axis
            question = card.select_one(".sphx-glr-thumbnail-text").get_text()
            assert "?" in question
            assert not card.get("tooltip")
        assert len(sizes) == 1


def test_each_section_is_introduced(gallery):
    sections = gallery["auto_gallery/index.html"].select("article section section")
    assert len(sections) == 5
    for section in sections:
        assert "?" in section.p.get_text()
        assert len(section.p.get_text()) > 150


def test_a_notebook_and_a_script_show_code_without_the_machinery(site):
    for book in site.glob("_downloads/*/plot_*.ipynb"):
        text = book.read_text("utf-8")
        assert "sphinx_gallery_" not in text, book.name
        assert "caption:" not in text, book.name


def test_code_that_only_draws_is_folded(gallery):
    folds = [fold for soup in gallery.values() for fold in soup.select("article details.fold")]
    assert len(folds) > 12
    for fold in folds:
        assert not fold.has_attr("open")
        assert fold.select_one(".highlight").get_text().lstrip().startswith("# Draw the figure.")
        assert fold.find_next_sibling().name == "figure"
    for soup in gallery.values():
        for code in soup.select("article .highlight-Python"):
            assert (code.find_parent("details") is not None) == ("# Draw the" in code.get_text())
