"""The scripts of the gallery as they are written: texts of figures, maths, questions."""

import re
from pathlib import Path

import pytest

figures = pytest.importorskip("figures")
parser = pytest.importorskip("sphinx_gallery.py_source_parser")

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(ROOT.glob("gallery/*/plot_*.py"), key=lambda path: figures.by_number(str(path)))
#: Formulas typed as text: a call of a root, a power, a product or a quotient of names.
TYPED = re.compile(r"\bsqrt\(|\w\^|\blr / |\blr times |1 - beta|1 / \w+\(")


def blocks(path, kind):
    """Return the blocks of a kind, the text or the code, of a script."""
    return [
        block.content for block in parser.split_code_and_text_blocks(path)[1] if block[0] == kind
    ]


def prose(text):
    """Return a text without literals, maths and links."""
    return re.sub(r":\w[\w:]*:`[^`]*`|``.*?``|\.\. math::.*(\n\s+.*)*", "", text)


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_each_figure_has_a_caption_and_another_description(path):
    texts = [pair for code in blocks(path, "code") for pair in figures.figure_texts(code)]
    assert texts
    for caption, alt in texts:
        assert caption.endswith(".")
        assert alt.endswith(".")
        assert len(alt) > 40
        assert caption not in alt
        assert alt not in caption
    source = path.read_text("utf-8")
    assert len(re.findall(r"^# alt: ", source, re.MULTILINE)) == len(texts)
    shown = "".join(parser.remove_ignore_blocks(code) for code in blocks(path, "code"))
    assert "set_label" not in shown
    assert "# alt:" not in shown


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_begins_with_its_question(path):
    _, intro, *_ = re.split(r"\n{2,}", re.sub(r"\A.*\n=+\n", "TITLE\n", blocks(path, "text")[0]))
    assert "?" in intro
    assert ":math:" not in intro  # a card shows it as text
    assert len(intro) < 190


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_formulas_are_maths(path):
    texts = [prose(text) for text in blocks(path, "text")]
    texts += [
        prose(caption) for code in blocks(path, "code") for caption, _ in figures.figure_texts(code)
    ]
    assert [match[0] for text in texts for match in TYPED.finditer(text)] == []
    labels = re.findall(r"(?:x|y)?label=r?\"([^\"]*)\"", "".join(blocks(path, "code")))
    assert [label for label in labels if re.search(r"beta\d|\blr\b|factor of", label)] == []


def test_a_formula_typed_as_text_is_found():
    assert TYPED.search(prose("falls by (sqrt(kappa) - 1) / (sqrt(kappa) + 1)."))
    assert not TYPED.search(prose(r"falls by :math:`\sqrt\kappa - 1`, as ``lr / eps``"))


def test_texts_of_several_figures_are_found_in_order():
    code = (
        "draw()\n\n# sphinx_gallery_start_ignore\n# caption: One\n#   goes on.\n# alt: A.\n"
        "# caption: Two.\n# alt: B\n#   goes on.\n# sphinx_gallery_end_ignore\n"
    )
    assert figures.figure_texts(code) == [("One goes on.", "A."), ("Two.", "B goes on.")]
    assert figures.figure_texts("draw()\n# caption: shown\n# alt: shown\n") == []


def test_scripts_come_in_the_order_of_their_numbers():
    names = ["plot_10_a.py", "plot_9_b.py", "plot_1_c.py"]
    assert sorted(names, key=figures.by_number) == names[::-1]


def test_a_thumbnail_is_one_panel_with_thick_lines_and_no_text():
    plt = pytest.importorskip("matplotlib.pyplot")
    figure, (left, right) = plt.subplots(1, 2)
    left.plot([1, 2])
    (line,) = right.plot([1, 2], lw=2, label="a")
    right.set(xlabel="x", title="a title")
    right.legend()
    figures.reduce_to_thumbnail(figure, 2)
    assert figure.axes == [right]
    assert line.get_linewidth() > 3
    assert right.get_legend() is None
    assert right.get_title(loc="left") == right.get_title() == right.get_xlabel() == ""
    assert tuple(figure.get_size_inches()) == figures.THUMBNAIL
    plt.close(figure)
