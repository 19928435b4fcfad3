"""The cards that other sites show beside a link."""

import importlib
import io
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).parents[1]


@pytest.fixture
def hosted(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    yield importlib.import_module("hosted")
    sys.modules.pop("hosted", None)


def pixels(card):
    return np.asarray(Image.open(io.BytesIO(card)).convert("L"), dtype=float)


def test_card_shows_title_and_figure(hosted):
    card = hosted.card("Momentum", ROOT / "docs" / "_static" / "logo.svg")
    grey = pixels(card)
    assert grey.shape == (630, 1200)
    assert grey[60:130, 60:500].min() < 60  # the title is dark
    assert grey[140:560, 300:900].std() > 10  # the figure is there
    assert card == hosted.card("Momentum", ROOT / "docs" / "_static" / "logo.svg")


def test_long_titles_stay_within_the_card(hosted):
    title = "Why Adam is popular, where it fails, where it shines, and what else one may ask"
    lines = hosted.wrapped(title, 1080)
    assert " ".join(lines) == title
    assert len(lines) > 1
    assert all(hosted.font().getlength(line) <= 1080 for line in lines)
    grey = pixels(hosted.card(title, ROOT / "docs" / "_static" / "logo.svg"))
    assert grey[20:, -50:].min() > 200  # nothing runs over the edge


def test_titles_may_hold_any_sign(hosted):
    logo = ROOT / "docs" / "_static" / "logo.svg"
    plain, odd = hosted.card("a b", logo), hosted.card("a < b & c", logo)
    assert plain != odd


def test_figures_in_points_are_drawn(hosted, tmp_path):
    fig, ax = plt.subplots()
    ax.plot([0, 1])
    fig.savefig(tmp_path / "figure.svg", metadata={"Date": None})
    plt.close(fig)
    grey = pixels(hosted.card("Momentum", tmp_path / "figure.svg"))
    assert (grey[200:560, 60:1140] < 60).any()
