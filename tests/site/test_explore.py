"""The figures to explore: every control does its work, and the numbers are those of the package."""

import re

import numpy as np
import pytest

from adamdoc import HeavyBall, Nesterov, Quadratic, minimize
from adamdoc.papers.polyak1964 import best_heavy_ball

CURVATURES = (0.01, 0.02, 0.04, 0.07, 0.1, 0.16, 0.25, 0.36, 0.5, 0.65, 0.8, 1)


def rates(optimizer):
    """Return the rate of each mode: the size of the larger eigenvalue of one step's matrix."""
    curvatures, columns = np.array(CURVATURES), []
    for b, theta in np.eye(2):
        start = np.full(curvatures.shape, theta)
        state = optimizer.init(start) | {"b": np.full(curvatures.shape, b)}
        end, state = optimizer.update(start, curvatures * start, state)
        columns.append((state["b"], end))
    return np.abs(np.linalg.eigvals(np.transpose(columns, (2, 1, 0)))).max(-1)


def show(page, base, path="theory/momentum.html"):
    page.goto(base + path)
    page.locator(".explore").scroll_into_view_if_needed()
    page.locator(".explore[data-ready]").wait_for()


def shown(page):
    """Return the rates of the modes, as they are shown."""
    texts = page.locator(".ex-modes li span:last-of-type").all_inner_texts()
    return np.array(texts, float)


@pytest.mark.parametrize(
    ("method", "lr", "momentum"),
    [(HeavyBall, 1, 0.9), (HeavyBall, 0.5, 0.2), (HeavyBall, 3.5, 0.6), (Nesterov, 1, 0.9)],
)
def test_the_sliders_show_what_the_equation_does(page, base, method, lr, momentum):
    show(page, base)
    page.get_by_role("combobox", name="method").select_option(index=int(method is Nesterov))
    page.get_by_role("slider", name="learning rate").fill(str(lr))
    page.get_by_role("slider", name="momentum").fill(str(momentum))
    optimizer = method(lr=lr, momentum=momentum)
    np.testing.assert_allclose(shown(page), rates(optimizer), atol=6e-4)
    readout = page.locator(".ex-readout")
    slowest = rates(optimizer).max()
    assert f"by a factor of {slowest:.3f} a step" in readout.inner_text()
    assert ("grows" in readout.inner_text()) == (slowest > 1)
    run = minimize(Quadratic(CURVATURES), optimizer, start=np.ones(len(CURVATURES)), steps=150)
    label = page.locator(".explore svg[aria-label^=Loss]").get_attribute("aria-label")
    end = float(re.search(r"ends at (\S+?)\.$", label)[1])
    assert end == pytest.approx(run.losses[-1], rel=0.06)


def test_the_buttons_find_the_best_settings(page, base):
    show(page, base)
    outputs = page.locator(".ex-value")
    page.get_by_role("button", name="Best", exact=True).click()
    ball = best_heavy_ball(100.0)  # for curvatures from 1 to 100
    found = np.array(outputs.all_inner_texts(), float)
    np.testing.assert_allclose(found, [100 * ball.lr, ball.momentum], atol=1e-3)
    page.get_by_role("button", name="Best without momentum").click()
    found = np.array(outputs.all_inner_texts(), float)
    np.testing.assert_allclose(found, [2 / 1.01, 0], atol=1e-3)
    assert f"{0.99 / 1.01:.3f}" in page.locator(".ex-readout").inner_text()


def test_a_keyboard_and_a_screen_reader_can_use_it(page, base):
    show(page, base)
    slider = page.get_by_role("slider", name="momentum")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == "0.51"
    readout = page.locator(".ex-readout")
    assert readout.get_attribute("aria-live") == "polite"
    page.locator(".ex-readout:not([aria-busy])").wait_for()  # it is read when the slider rests
    for svg in page.locator(".explore svg[role=img]").all():
        assert svg.get_attribute("aria-label")


def test_it_fits_a_phone(page, base):
    page.set_viewport_size({"width": 360, "height": 740})
    messages = []
    page.on("console", lambda m: messages.append(m.text) if m.type == "error" else None)
    show(page, base)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    beyond = page.locator(".explore").evaluate(
        """(box) => [...box.querySelectorAll("*:not(svg *)")].filter((part) =>
            part.getBoundingClientRect().right > box.getBoundingClientRect().right + 1
        ).map((part) => part.outerHTML.slice(0, 80))"""
    )
    assert not beyond
    assert not messages


@pytest.mark.parametrize("angle", [0, 35, 90, 145])
def test_a_ravine_turns_and_its_own_coordinates_do_not(page, base, angle):
    show(page, base, "theory/gradient-descent.html")
    walks = page.locator(".ex-pair .ex-walk")
    own = walks.nth(1).get_attribute("d")
    page.get_by_role("slider", name="angle").fill(str(angle))
    assert walks.nth(1).get_attribute("d") == own
    (c, s), bowl = (np.cos(np.radians(angle)), np.sin(np.radians(angle))), np.diag([2.0, 20.0])
    turn = np.array([[c, -s], [s, c]])
    theta = turn @ [1.7, 0.8]
    for _ in range(5):
        theta = theta - 0.085 * turn @ bowl @ turn.T @ theta
    numbers = page.locator(".ex-readout").inner_text().replace("\u2212", "-")
    x, y = re.search(r"\(x, y\) = \((\S+), (\S+)\)", numbers).groups()
    np.testing.assert_allclose([float(x), float(y)], theta, atol=6e-3)
    beside = re.search(r"(\S+) beside it", numbers)[1]
    assert float(beside) == pytest.approx(-18 * c * s, abs=6e-3)
