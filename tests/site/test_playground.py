"""The playground in a browser: every control does its work, and paths are those of `minimize`."""

import json
import math

import numpy as np
import pytest

import adamdoc
from adamdoc import minimize

SURFACES = (
    *("Ravine", "Rosenbrock", "Beale", "Himmelblau", "Saddle", "Rastrigin", "StyblinskiTang"),
    *("Plateau", "Absolute"),
)


@pytest.fixture
def page(browser, base):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("response", lambda r: page.errors.append(r.url) if r.status >= 400 else None)
    page.requests = []
    page.on("request", lambda request: page.requests.append(request.url))
    yield page
    assert not page.errors
    assert all(url.startswith((base, "data:")) for url in page.requests)
    context.close()


def show(page, base, state="", path="playground.html"):
    """Open the playground with a state, and wait until it has drawn."""
    page.goto("about:blank")
    page.goto(f"{base}{path}" + (f"#{state}" if state else ""))
    ready(page)


def ready(page):
    """Wait until everything is drawn that was asked for."""
    page.wait_for_function(
        "() => { const p = document.querySelector('div.playground').playground;"
        " return p && p.runs && Number(p.root.dataset.ready) === p.turn; }"
    )


def state(page):
    return page.evaluate("document.querySelector('div.playground').playground.state")


def table(page):
    rows = page.locator(".pg-table tbody tr").all()
    return [[cell.inner_text() for cell in row.locator("td").all()] for row in rows]


def test_noise_and_divergence_are_those_of_minimize(page, base):
    noisy = "surface=Ravine&steps=300&noise=0.5&seed=3&racer=Adam(lr=0.1)&racer=RMSprop(lr=0.05)"
    show(page, base, noisy)
    for k, optimizer in enumerate((adamdoc.Adam(lr=0.1), adamdoc.RMSprop(lr=0.05))):
        run = minimize(adamdoc.Ravine(), optimizer, steps=300, noise=0.5, seed=3)
        path = page.evaluate(
            f"[...document.querySelector('div.playground').playground.runs[{k}].path]"
        )
        np.testing.assert_allclose(
            np.reshape(np.array(path, float), (-1, 2)), run.path, 1e-9, 1e-12
        )
    show(page, base, "surface=Ravine&steps=550&racer=GradientDescent(lr=0.2)")
    run = minimize(adamdoc.Ravine(), adamdoc.GradientDescent(lr=0.2), steps=550)
    assert table(page)[0][:2] == ["GradientDescent", f"diverged at step {run.diverged_at}"]


@pytest.mark.parametrize(
    "text",
    [
        "surface=Rosenbrock&start=-1.2,1&steps=50&racer=Adam(lr=0.05,beta1=0.8)&racer=HeavyBall(lr=0.0008)",
        "surface=Beale&start=1,1.5&steps=70&noise=0.1&seed=4&racer=RAdam(lr=0.01)",
        "surface=Ravine&steps=550&racer=GradientDescent(lr=0.2)",
        "surface=Rosenbrock&steps=80&seed=2&racer=Lookahead(ClipByNorm(Adam(lr=0.1),max_norm=0.5))"
        "&racer=Prodigy(d0=0.001)&racer=SAM(Sophia(lr=0.02))&racer=LAMBDialect(lr=0.01)",
    ],
)
def test_the_python_code_makes_the_same_runs(page, base, text, capsys):
    show(page, base, text)
    page.get_by_role("button", name="Copy as Python").click()
    page.wait_for_function("document.querySelector('.pg-told').textContent.includes('copied')")
    code = page.evaluate("navigator.clipboard.readText()")
    assert code == page.locator(".pg-share pre").inner_text()
    names = {}
    exec(code, names)
    capsys.readouterr()
    found = page.evaluate(
        "document.querySelector('div.playground').playground.runs.map((r) => [...r.path])"
    )
    assert len(found) == len(names["runs"])
    for path, run in zip(found, names["runs"], strict=True):
        np.testing.assert_allclose(
            np.reshape(np.array(path, float), (-1, 2)), run.path, 1e-9, 1e-12
        )


def test_the_link_holds_the_whole_state(page, base):
    show(page, base)
    page.get_by_role("combobox", name="surface").select_option("Himmelblau")
    ready(page)
    page.get_by_role("spinbutton", name="steps").fill("40")
    page.get_by_role("spinbutton", name="noise").fill("0.25")
    page.get_by_role("spinbutton", name="seed").fill("7")
    page.get_by_role("spinbutton", name="seed").press("Tab")
    ready(page)
    page.get_by_role("button", name="−1 step").click()
    before = state(page)
    page.get_by_role("button", name="Copy link").click()
    page.wait_for_function("document.querySelector('.pg-told').textContent.includes('copied')")
    link = page.evaluate("navigator.clipboard.readText()")
    show(page, base, link.split("#")[1])
    assert state(page) == before
    assert (before["surface"], before["at"], before["seed"]) == ("Himmelblau", 39, 7)


def test_the_start_moves_by_mouse_touch_and_keyboard(page, base, browser):
    show(page, base, "surface=Ravine&steps=10&racer=Adam(lr=0.1)")
    ring = page.locator(".pg-start")
    ring.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    ready(page)
    assert state(page)["start"] == [1.46, 1.3]
    assert "x 1.46, y 1.3" in ring.get_attribute("aria-label")
    box, size = ring.bounding_box(), page.locator(".pg-map").bounding_box()
    page.mouse.move(box["x"] + 12, box["y"] + 12)
    page.mouse.down()
    page.mouse.move(size["x"] + size["width"] / 2, size["y"] + size["height"] / 4, steps=4)
    page.mouse.up()
    ready(page)
    assert state(page)["start"] == pytest.approx([0, 1], abs=0.02)
    page.mouse.click(size["x"] + size["width"] / 4, size["y"] + size["height"] / 2)
    ready(page)
    assert state(page)["start"] == pytest.approx([-1, 0], abs=0.02)
    context = browser.new_context(has_touch=True, viewport={"width": 360, "height": 700})
    phone = context.new_page()
    show(phone, base, "surface=Ravine&steps=10&racer=Adam(lr=0.1)")
    size = phone.locator(".pg-map").bounding_box()
    assert 0 <= size["x"] <= 360 - size["width"]
    phone.touchscreen.tap(size["x"] + size["width"] / 4, size["y"] + size["height"] / 4)
    ready(phone)
    assert state(phone)["start"] == pytest.approx([-1, 1], abs=0.03)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_play_pause_step_and_scrub(page, base):
    show(page, base, "surface=Ravine&steps=2000&racer=Adam(lr=0.1)&at=0")
    assert table(page) == [["Adam", "24.75", "1.5", "1.5"]]
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('div.playground').playground.state.at > 100")
    page.get_by_role("button", name="Pause").click()
    at = state(page)["at"]
    assert 100 < at < 2000
    page.get_by_role("button", name="+1 step").click()
    page.get_by_role("button", name="+1 step").click()
    page.get_by_role("button", name="−1 step").click()
    assert state(page)["at"] == at + 1
    page.get_by_label("Step shown").fill("2000")
    run = minimize(adamdoc.Ravine(), adamdoc.Adam(lr=0.1), steps=2000)
    assert page.locator(".pg-clock").inner_text() == "step 2000 of 2000"
    assert float(table(page)[0][1].replace("−", "-")) == pytest.approx(run.losses[-1], rel=1e-3)


def test_with_reduced_motion_play_shows_the_end(browser, base):
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    show(page, base, "surface=Ravine&steps=500&racer=Adam(lr=0.1)&at=0")
    page.get_by_role("button", name="Play").click()
    assert state(page)["at"] == 500
    context.close()


def test_sliders_and_boxes_set_the_hyperparameters(page, base):
    show(page, base, "surface=Ravine&steps=50&racer=AdamW(lr=0.1)")
    for name in ("lr", "beta1", "beta2", "eps", "weight_decay"):
        page.locator(f"input[type=range][aria-label^='{name},']").fill("400")
    ready(page)
    values = state(page)["racers"][0]["values"]
    assert values["lr"] == pytest.approx(10 ** (-5 + 0.4 * 6), rel=0.01)
    assert values["beta1"] == values["beta2"] == pytest.approx(1 - 10**-1.6, abs=1e-3)
    assert (
        values["eps"] == values["weight_decay"] == pytest.approx(10 ** (-16 + 0.4 * 18), rel=0.01)
    )
    box = page.get_by_label("beta1, exactly")
    box.fill("0.123")
    box.press("Tab")
    ready(page)
    assert state(page)["racers"][0]["values"]["beta1"] == 0.123
    box.fill("1.5")
    box.press("Tab")
    ready(page)
    assert state(page)["racers"][0]["values"]["beta1"] == 0.123
    assert "beta1 cannot be 1.5" in page.locator(".pg-told").inner_text()
    steps = page.get_by_role("spinbutton", name="steps")
    steps.fill("99999")
    steps.press("Tab")
    ready(page)
    assert state(page)["steps"] == 50
    assert "steps must be a number from 1 to 2000" in page.locator(".pg-told").inner_text()


def test_racers_are_added_tuned_and_removed(page, base):
    show(page, base, "surface=Ravine&steps=100&racer=Adam(lr=0.0001)")
    page.get_by_label("Optimizer to add").select_option("Lion")
    page.get_by_role("button", name="Add with its best rate").click()
    page.wait_for_function("document.querySelector('.pg-told').textContent.startsWith('Lion: of')")
    rates = page.evaluate(
        "import(new URL('_static/playground/race.js', document.baseURI)).then((m) => m.RATES)"
    )
    losses = []
    for lr in rates:
        run = minimize(adamdoc.Ravine(), adamdoc.Lion(lr=lr), steps=100)
        losses.append(run.losses[-1] if run.diverged_at is None else math.inf)
    assert state(page)["racers"][1]["values"]["lr"] == rates[int(np.argmin(losses))]
    page.get_by_role("button", name="Remove Lion").click()
    ready(page)
    page.get_by_role("button", name="Remove Adam").click()
    assert "must stay" in page.locator(".pg-told").inner_text()
    page.get_by_role("button", name="Best rate", exact=True).click()
    page.wait_for_function("document.querySelector('.pg-told').textContent.startsWith('Adam: of')")
    assert [r["name"] for r in state(page)["racers"]] == ["Adam"]


def test_a_racer_is_wrapped_and_unwrapped(page, base):
    show(page, base, "surface=Ravine&steps=30&racer=Adam(lr=0.1)&racer=ScheduleFreeSGD(lr=0.1)")
    wrap = page.get_by_role("button", name="Wrap", exact=True)
    for name in ("ClipByNorm", "Lookahead"):
        page.get_by_label("Wrapper to add").first.select_option(name)
        wrap.click()
        ready(page)
    page.get_by_label("max_norm of ClipByNorm, exactly").fill("0.5")
    page.get_by_label("steps of Lookahead, exactly").fill("3")
    page.get_by_label("steps of Lookahead, exactly").press("Tab")
    ready(page)
    clipped = adamdoc.ClipByNorm(adamdoc.Adam(lr=0.1), max_norm=0.5)
    run = minimize(adamdoc.Ravine(), adamdoc.Lookahead(clipped, steps=3), steps=30)
    path = page.evaluate("[...document.querySelector('div.playground').playground.runs[0].path]")
    np.testing.assert_allclose(np.reshape(path, (-1, 2)), run.path, 1e-9, 1e-12)
    assert table(page)[0][0] == "Lookahead around ClipByNorm around Adam"
    code = page.locator(".pg-share pre").inner_text()
    assert "Lookahead(ClipByNorm(Adam(lr=0.1), max_norm=0.5), steps=3)" in code
    before = state(page)
    show(page, base, page.evaluate("location.hash.slice(1)"))
    assert state(page) == before
    page.get_by_role("button", name="Unwrap ClipByNorm").click()
    ready(page)
    assert table(page)[0][0] == "Lookahead around Adam"
    page.get_by_label("Wrapper to add").first.select_option("Lookahead")
    wrap.click()
    assert "only once" in page.locator(".pg-told").inner_text()
    page.locator("summary", has_text="ScheduleFreeSGD").click()
    ready(page)
    page.get_by_label("Wrapper to add").nth(1).select_option("Cautious")
    wrap.click()  # the only one that is open
    assert "would have no effect" in page.locator(".pg-told").inner_text()
    assert state(page)["racers"][1]["wrappers"] == []


def test_the_numbers_of_each_layer(page, base):
    show(page, base, "surface=Ravine&steps=20&racer=ClipByNorm(Adam(lr=0.1),max_norm=0.5)&at=1")
    clipped = 0.5 * 3 / np.hypot(3, 30)
    said = [text.replace("−", "-") for text in page.locator(".pg-filled output").all_inner_texts()]
    wanted = [clipped, 1.4, 0.1 * clipped, 0.001 * clipped**2, clipped, clipped**2, 1.4]
    assert [float(text) for text in said] == pytest.approx(wanted, rel=1e-3)
    assert page.locator(".pg-filled [data-name]:empty").count() == 0
    # A symbol means what it means in the docstring of the class.
    show(page, base, "surface=Ravine&steps=20&racer=Prodigy(lr=1)&at=9")
    page.locator("[data-optimizer=Prodigy] .katex-html .mathnormal", has_text="d").first.hover()
    bubble = page.locator(".symbol-bubble")
    bubble.wait_for()
    assert "distance" in bubble.inner_text()


def test_the_numbers_of_a_step_are_those_of_the_package(page, base):
    show(page, base, "surface=Ravine&steps=20&racer=Adam(lr=0.1)&at=7")
    run = minimize(adamdoc.Ravine(), adamdoc.Adam(lr=0.1), steps=20, record_state=True)
    for axis in (0, 1):
        page.get_by_label("Coordinate whose numbers").select_option(str(axis))
        said = [
            float(text.replace("−", "-"))
            for text in page.locator(".pg-filled output").all_inner_texts()
        ]
        m, v = run.states["m"][7][axis], run.states["v"][7][axis]
        wanted = [m, v, m / (1 - 0.9**7), v / (1 - 0.999**7), run.path[7][axis]]
        assert said == pytest.approx(wanted, rel=1e-3)
    assert page.locator(".pg-filled [data-name]:empty").count() == 0


def test_the_map_of_losses(page, base):
    show(page, base, "surface=Ravine&steps=30&racer=Momentum(lr=0.1)")
    page.get_by_text("Loss after the last step").click()
    page.wait_for_function("document.querySelector('details canvas').dataset.done")
    page.get_by_role("button", name="Take the lowest").click()
    ready(page)
    values = state(page)["racers"][0]["values"]
    best = minimize(adamdoc.Ravine(), adamdoc.Momentum(**values), steps=30).losses[-1]
    rng = np.random.default_rng(0)
    for _ in range(50):
        lr, beta = float(10 ** rng.uniform(-3, 0)), float(1 - 10 ** -rng.uniform(0.2, 2.8))
        other = minimize(adamdoc.Ravine(), adamdoc.Momentum(lr=lr, beta=beta), steps=30)
        # Between the cells of the map it may be a little lower.
        assert other.diverged_at is not None or other.losses[-1] > 0.2 * best


@pytest.mark.parametrize(
    "text",
    [
        "surface=__proto__&racer=constructor(lr=1)",
        "surface=<img src=x onerror=alert(1)>&racer=Adam(lr=<script>alert(1)</script>)",
        "start=1e999,NaN&steps=-5&noise=Infinity&seed=1e9&racer=Adam(lr=-1)&at=99999&chosen=77",
        "racer=Adam(lr=0.1,beta1=1,eps=-1,unknown=3,__proto__=4)&racer=../../evil(lr=1)",
        "racer=" + "Adam(lr=0.1)&racer=" * 40 + "x",
        "racer=SAM(SAM(SAM(SAM(SAM(SAM(Adam(lr=0.1)))))),radius=-1)&racer=Lookahead(evil(lr=1))",
        "racer=Lookahead(Lookahead(ScheduleFreeSGD(lr=1)))&racer=" + "ClipByNorm(" * 500,
        "%E0%A4%A&racer=%00%ff(&start=,,,&steps=0x10",
    ],
)
def test_a_bad_link_gives_a_sound_state(page, base, text):
    page.on("dialog", lambda _: pytest.fail("a script of the link has run"))
    show(page, base, text + "&racer=")
    found = state(page)
    assert found["surface"] in SURFACES
    assert all(math.isfinite(v) for v in found["start"])
    assert 1 <= found["steps"] <= 2000
    assert found["noise"] == 0
    assert 0 <= found["at"] <= found["steps"]
    assert 1 <= len(found["racers"]) <= 12
    assert 0 <= found["chosen"] < len(found["racers"])
    for racer in found["racers"]:
        optimizer = getattr(adamdoc, racer["name"])(**racer["values"])
        for wrapper in reversed(racer["wrappers"]):
            optimizer = getattr(adamdoc, wrapper["name"])(optimizer, **wrapper["values"])
        optimizer.init(np.ones(2))  # refuses what is not allowed
    json.dumps(found)
    assert page.locator("img[src=x]").count() == 0


def test_dark_pages_have_dark_contours(browser, base):
    mean = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        show(page, base)
        mean[scheme] = page.evaluate(
            "async () => { await document.querySelector('div.playground').playground.filling;"
            " const c = document.querySelector('.pg-map canvas');"
            " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            " return d.reduce((a, b) => a + b) / d.length; }"
        )
        context.close()
    assert mean["dark"] < 130 < mean["light"]
