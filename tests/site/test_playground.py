"""The playground in a browser: every control does its work, and paths are those of `minimize`."""

import json
import math
import re
import urllib.parse

import numpy as np
import pytest

import adamdoc
from adamdoc import equations, load, minimize, train
from adamdoc.models import MLP

SURFACES = (
    *("Ravine", "Rosenbrock", "Beale", "Himmelblau", "Saddle", "Rastrigin", "StyblinskiTang"),
    *("Plateau", "Absolute"),
)
#: What the playground may take before anything is edited, compressed.
BYTES = 46_000


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


def settled(page):
    """Wait until the address holds the state."""
    ready(page)
    page.wait_for_function("!document.querySelector('div.playground').playground.waiting")


def said(page, control):
    """Return the message beside a control: it must be near, and the only one."""
    notes = page.locator(".pg-note:not(:empty)")
    assert notes.count() == 1
    here, there = control.bounding_box(), notes.bounding_box()
    assert -there["height"] - 60 < here["y"] - there["y"] < 60, (here, there)
    assert page.locator(".pg-live").text_content() == notes.inner_text()
    return notes.inner_text()


def table(page):
    rows = page.locator(".pg-table tbody tr").all()
    return [
        [cell.inner_text().replace("\xa0", " ") for cell in row.locator("td").all()] for row in rows
    ]


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
    page.get_by_text("Copied the code.").first.wait_for()
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
    page.get_by_text("Copied the link.").first.wait_for()
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
    assert table(page) == [["Adam", "24.75", "1.5000", "1.5000"]]
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
    assert "at least 0 and less than 1, got 1.5. Still 0.123." in said(page, box)
    box.fill("0.123")
    box.press("Tab")
    steps = page.get_by_role("spinbutton", name="steps")
    steps.fill("99999")
    steps.press("Tab")
    ready(page)
    assert state(page)["steps"] == 50
    assert "a whole number from 1 to 2,000, got 99999. Still 50." in said(page, steps)


def test_racers_are_added_tuned_and_removed(page, base):
    show(page, base, "surface=Ravine&steps=100&racer=Adam(lr=0.0001)")
    page.get_by_label("Optimizer to add").select_option("Lion")
    page.get_by_role("button", name="Add with its best rate").click()
    page.locator(".pg-racers .pg-note", has_text="ends with the lowest loss of the 21").wait_for()
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
    assert "must stay" in said(page, page.get_by_role("button", name="Remove Adam"))
    page.get_by_role("button", name="Best rate", exact=True).click()
    page.locator(".pg-racers .pg-note", has_text="ends with the lowest loss of the 21").wait_for()
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
    settled(page)
    show(page, base, page.evaluate("location.hash.slice(1)"))
    assert state(page) == before
    page.get_by_role("button", name="Unwrap ClipByNorm").click()
    ready(page)
    assert table(page)[0][0] == "Lookahead around Adam"
    page.get_by_label("Wrapper to add").first.select_option("Lookahead")
    wrap.click()
    assert "only once" in said(page, wrap)
    page.locator("summary", has_text="ScheduleFreeSGD").click()
    ready(page)
    page.get_by_label("Wrapper to add").nth(1).select_option("Cautious")
    wrap.click()  # the only one that is open
    assert "would have no effect" in said(page, wrap)
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
    page.get_by_text("Loss after the last step for").click()
    page.wait_for_function("document.querySelector('details canvas').dataset.done")
    page.get_by_role("button", name="Use the lowest").click()
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
        "task=constructor&hidden=1e99&batch=NaN&racer=Adam(lr=0.1)",
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


def test_a_link_says_what_it_had_to_leave_out(page, base):
    text = (
        "surface=Canyon&steps=9999&racer=Adam(lr=0.1,beta1=1)&racer=Evil(lr=1)&racer=Adam(lr=0.2)"
    )
    show(page, base, f"{text}&edit=2|m_t = (")
    note = page.locator(".pg-picture + .pg-note")
    for part in ("surface Canyon", "steps 9999", "beta1=1 of Adam", "Evil(lr=1)", "of Adam (Some"):
        assert part in note.inner_text()
    page.get_by_label("steps", exact=True).fill("20")
    page.get_by_label("steps", exact=True).press("Tab")
    ready(page)
    assert note.inner_text() == ""
    show(page, base, page.evaluate("location.hash.slice(1)"))
    assert note.inner_text() == ""


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


#: Makes states of numbers of all sizes, and says which do not come back from their link.
ROUND_TRIP = """async (count) => {
    const base = new URL("_static/playground/", document.baseURI);
    const { SETTINGS, allowed, fits, racer, read, unfit, wrapped, write }
        = await import(base + "state.js");
    const { LIMITS, methods, surfaces, wrappers } = await import(base + "index.js");
    let seed = 1;
    const uniform = () => (seed = (seed * 16807) % 2147483647) / 2147483647;
    const below = (n) => Math.floor(uniform() * n);
    const one = (list) => list[below(list.length)];
    const bits = new DataView(new ArrayBuffer(8));
    const anyDouble = () => {
        for (let k = 0; k < 4; k++) bits.setUint16(2 * k, below(65536));
        return bits.getFloat64(0);
    };
    const kinds = [
        anyDouble,
        () => Number((uniform() * 4 - 2).toFixed(below(8))),
        () => uniform(),
        () => 10 ** (below(600) - 300),
        () => below(1e6),
        () => 1 + below(1e9) * 2e-12,
        () => one([0, 1, 4, 0.1 + 0.2, 1e21, 1e-7, 5e-324, 1.7976931348623157e308]),
        () => one([9007199254740991, 0.9999999999999999]),
    ];
    const value = (good) => {
        for (;;) {
            const v = one(kinds)() + 0;
            if (Number.isFinite(v) && good(v)) return v;
        }
    };
    const setting = (name) => {
        const { low, high, whole } = SETTINGS[name];
        return whole ? low + below(high - low + 1) : value((v) => fits(SETTINGS[name], v));
    };
    const chosen = ({ rule, value: usual }) =>
        uniform() < 0.2 ? usual : value((v) => allowed(rule, v));
    const given = ({ hyperparameters: known }) =>
        Object.fromEntries(Object.entries(known).map(([key, one]) => [key, chosen(one)]));
    const wrong = [];
    for (let n = 0; n < count; n++) {
        const racers = Array.from({ length: 1 + below(LIMITS.racers) }, () => {
            const name = one(Object.keys(methods));
            let made = racer(name, given(methods[name]));
            for (let k = below(LIMITS.wrappers + 2); k > 0; k--) {
                const around = one(Object.keys(wrappers));
                if (!unfit(made, around)) made = wrapped(made, around, given(wrappers[around]));
            }
            return made;
        });
        const steps = setting("steps");
        const state = {
            surface: one(Object.keys(surfaces)),
            start: [setting("x"), setting("y")],
            steps,
            noise: setting("noise"),
            seed: setting("seed"),
            racers,
            chosen: below(racers.length),
            at: below(steps + 1),
        };
        const wanted = JSON.stringify(state);
        const link = write(state);
        // Some programs decode a link, and some then take + for a space.
        const spaced = [link.replaceAll("%2B", "%20"), link.replaceAll("%20", "+")];
        for (const text of [link, decodeURIComponent(link), ...spaced]) {
            if (JSON.stringify(read(text)) !== wanted) wrong.push([wanted, text]);
        }
        if (!/\\w$/.test(link)) wrong.push(link);
    }
    return wrong.slice(0, 3);
}"""


def test_every_state_comes_back_from_its_link(page, base):
    show(page, base)
    assert page.evaluate(ROUND_TRIP, 1500) == []


TYPED = (
    *("0", "-0", "5", "-.5", "1e5", "1E5", "1e6", "-1e6", "1000000.0000000001", "1e7", "-1e300"),
    *("0.1234567890123456789", "1e-400", "1e400", "2.5", "1e2", "0.30000000000000004", "+5", "5."),
    *("", ".", "-", "e", "1e", "--1", "Infinity", "NaN", "0x10", "12abc"),
)


@pytest.mark.parametrize(
    "name", ["start x", "steps", "noise", "seed", "lr, exactly", "beta1, exactly"]
)
def test_a_link_holds_what_a_box_accepts(page, base, name):
    show(page, base, "surface=Ravine&steps=3&racer=Adam(lr=0.25)")
    box = page.get_by_label(name, exact=True)
    accepted = 0
    for text in TYPED:
        before = state(page)
        box.fill("")
        box.press_sequentially(text)
        box.press("Tab")
        ready(page)
        after, shown = state(page), box.input_value()
        link = page.evaluate("document.querySelector('div.playground').playground.link()")
        read_back = page.evaluate(
            "(link) => import(new URL('_static/playground/state.js', document.baseURI))"
            ".then(({ read }) => read(link.split('#')[1]))",
            link,
        )
        assert read_back == after, text
        told = page.locator(".pg-note:not(:empty)")
        if told.count():
            assert after == before, text
            assert "Still" in told.inner_text()
        else:
            accepted += 1
        key = name.split(",")[0]
        adam = after["racers"][0]["values"]
        value = after["start"][0] if key == "start x" else after.get(key, adam.get(key))
        assert float(shown) == value, text
    assert 3 <= accepted < len(TYPED)


def test_a_copied_number_keeps_its_minus_sign(page, base):
    show(page, base, "surface=Ravine&steps=3&racer=Adam(lr=0.25)")
    page.evaluate("navigator.clipboard.writeText('−0.1945 ')")
    page.get_by_role("spinbutton", name="start x").focus()
    page.keyboard.press("Control+A")
    page.keyboard.press("Control+V")
    ready(page)
    assert state(page)["start"][0] == -0.1945


#: Counts what is written to the history, and refuses while `window.refuse` is set.
SPY = """
window.calls = [];
for (const name of ["pushState", "replaceState"]) {
  const real = history[name].bind(history);
  history[name] = (...given) => {
    window.calls.push([name, performance.now()]);
    if (window.refuse) throw new DOMException("more than 100 in 30 seconds", "SecurityError");
    real(...given);
  };
}
"""


def pushed(page):
    return page.evaluate("window.calls.filter(([name]) => name === 'pushState').length")


def test_back_undoes_one_change_and_forward_redoes_it(page, base):
    page.add_init_script(SPY)
    show(page, base, "surface=Ravine&steps=50&racer=Adam(lr=0.1)")
    first = state(page)
    # As a key that is held does it; each from here would take too long where much else runs.
    page.evaluate(
        "async () => { const range = document.querySelector(\"input[aria-label^='lr,']\");"
        " for (let k = 0; k < 30; k++) { range.value++; range.dispatchEvent(new Event('input'));"
        " range.dispatchEvent(new Event('change'));"
        " await new Promise((go) => setTimeout(go, 15)); } }"
    )
    settled(page)
    second = state(page)
    assert second["racers"] != first["racers"]
    assert pushed(page) == 1
    page.get_by_role("combobox", name="surface").select_option("Beale")
    settled(page)
    third = state(page)
    assert pushed(page) == 2
    # What only shows something else is no change.
    page.get_by_role("button", name="−1 step").click()
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.pg-transport button').textContent === 'Play'")
    settled(page)
    assert pushed(page) == 2
    box = page.get_by_role("spinbutton", name="steps")
    box.fill("20")
    box.press("Enter")
    ready(page)
    page.go_back()
    ready(page)
    assert state(page) == third
    assert box.input_value() == "50"
    page.go_back()
    ready(page)
    assert state(page) == second
    page.go_back()
    ready(page)
    assert state(page) == first
    assert page.get_by_label("lr, exactly").input_value() == "0.1"
    page.go_forward()
    ready(page)
    assert state(page) == second
    # A section of the page has an address, too.
    page.evaluate("location.hash = 'how-to-use-it'")
    page.wait_for_timeout(100)
    assert state(page) == second
    page.get_by_role("button", name="Reset").click()
    settled(page)
    assert state(page)["surface"] == "Rosenbrock"
    page.go_back()
    ready(page)
    assert state(page) == second
    assert page.evaluate("location.hash") == "#how-to-use-it"
    page.reload()
    ready(page)
    assert state(page) == second


def test_the_history_is_spared_and_may_refuse(page, base):
    page.add_init_script(SPY)
    show(page, base, "surface=Ravine&steps=400&racer=Adam(lr=0.1)&at=0")
    page.evaluate("window.calls = []")
    slider = page.locator("input[type=range][aria-label^='lr,']").bounding_box()
    page.mouse.move(slider["x"] + 20, slider["y"] + 10)
    page.mouse.down()
    for k in range(60):
        page.mouse.move(slider["x"] + 20 + k, slider["y"] + 10)
        page.wait_for_timeout(15)
    page.wait_for_timeout(600)
    assert page.evaluate("window.calls") == []  # it is still held
    page.mouse.up()
    settled(page)
    assert pushed(page) == 1
    page.get_by_role("button", name="Play").click()
    for _ in range(10):
        page.get_by_role("button", name="+1 step").click()
    page.get_by_role("button", name="Play").wait_for()  # it has ended
    settled(page)
    times = [at for _, at in page.evaluate("window.calls")]
    gaps = np.diff(times)
    assert np.all(gaps >= 300)  # 100 in 30 seconds is too many
    page.evaluate("window.refuse = true")
    page.get_by_role("combobox", name="surface").select_option("Beale")
    page.wait_for_timeout(900)
    assert "Beale" not in page.evaluate("location.hash")
    assert state(page)["surface"] == "Beale"
    page.evaluate("window.refuse = false")
    page.wait_for_function("location.hash.includes('Beale')", timeout=10_000)


def test_a_reload_loses_nothing(page, base):
    show(page, base, "surface=Ravine&steps=50&racer=Adam(lr=0.1)")
    box = page.get_by_role("spinbutton", name="noise")
    box.fill("0.5")
    box.press("Tab")
    ready(page)
    before = state(page)
    page.reload()
    ready(page)
    assert state(page) == before
    assert before["noise"] == 0.5


def test_best_rate_says_when_all_diverge(page, base):
    show(
        page, base, "surface=Rosenbrock&start=90000,90000&steps=100&racer=GradientDescent(lr=0.25)"
    )
    page.get_by_role("button", name="Best rate", exact=True).click()
    note = page.locator(".pg-racers .pg-note:not(:empty)")
    note.wait_for()
    assert note.inner_text() == (
        "GradientDescent diverges with every one of the 21 rates tried, from 0.0001 to 10. "
        "Its rate is still 0.25."
    )
    assert state(page)["racers"][0]["values"]["lr"] == 0.25
    assert page.locator(".pg-live").text_content() == note.inner_text()
    page.get_by_text("Loss after the last step for").click()
    page.wait_for_function("document.querySelector('details canvas').dataset.done")
    assert "All 36 settings diverge." in page.locator("details:has(canvas) > p").first.inner_text()
    assert page.get_by_role("button", name="Use the lowest").is_disabled()
    # The message goes when it is no longer true.
    page.get_by_role("combobox", name="surface").select_option("Ravine")
    ready(page)
    assert page.locator(".pg-note:not(:empty)").count() == 0
    assert page.locator(".pg-live").text_content() == ""


def test_best_rate_never_makes_a_run_worse(page, base):
    show(page, base, "surface=Ravine&steps=40&racer=GradientDescent(lr=0.0909)")
    for rate, text in (
        (0.0909, "Still 0.0909: none of the 21"),
        (0.0001, "0.0562 ends with the low"),
    ):
        box = page.get_by_label("lr, exactly")
        box.fill(str(rate))
        box.press("Tab")
        ready(page)
        page.get_by_role("button", name="Best rate", exact=True).click()
        page.locator(".pg-racers .pg-note", has_text=text).wait_for()
    assert state(page)["racers"][0]["values"]["lr"] == 0.0562


def test_messages_are_beside_their_cause_on_a_phone(browser, base):
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    show(page, base)
    for name, text in (("seed", "10"), ("lr, exactly", "-1"), ("start y", "1e9")):
        box = page.get_by_label(name, exact=True).last  # the racer that is open is the last
        box.fill(text)
        box.press("Enter")
        assert "Still" in said(page, box)
        note = page.locator(".pg-note:not(:empty)").bounding_box()
        picture = page.locator(".pg-picture").bounding_box()
        assert picture["y"] + picture["height"] <= note["y"] < 740, name  # both are in sight
        box.fill("1")
        box.press("Enter")
        ready(page)
        assert page.locator(".pg-note:not(:empty)").count() == 0
    context.close()


def test_a_phone_reaches_everything(browser, base):
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    show(
        page,
        base,
        "surface=Rosenbrock&racer=ScheduleFreeAdamW(lr=0.01)&racer=SAM(ClipByNorm(Adam(lr=0.1)))",
    )
    page.get_by_text("Loss after the last step for").tap()
    small = page.evaluate(
        "[...document.querySelectorAll('.playground :is(button, input, select, summary, a)')]"
        ".filter((e) => !e.matches('.pg-start')).filter((e) => e.checkVisibility()).filter((e) => {"
        " const b = e.getBoundingClientRect(); return b.height < 43.5 || b.width < 43.5; })"
        ".map((e) => e.outerHTML)"
    )
    assert small == []
    wide = page.evaluate(
        "[...document.querySelectorAll('.pg-table, .pg-settings, .pg-control, .pg-transport')]"
        ".filter((e) => e.scrollWidth > e.clientWidth + 1).map((e) => e.className)"
    )
    assert wide == []
    # A finger beside the ring takes it.
    page.locator(".pg-start").scroll_into_view_if_needed()
    ring = page.locator(".pg-start").bounding_box()
    hit = page.evaluate(
        "([x, y]) => document.elementFromPoint(x, y).className", [ring["x"] - 6, ring["y"] + 12]
    )
    assert hit.startswith("pg-start")
    # The picture stays in sight where its racers are set.
    page.get_by_role("button", name="Best rate", exact=True).scroll_into_view_if_needed()
    box = page.locator(".pg-map").bounding_box()
    assert 0 <= box["y"] < 740 - box["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    context.close()


def test_formulas_with_numbers_fit_a_phone(browser, base):
    context = browser.new_context(viewport={"width": 360, "height": 740})
    page = context.new_page()
    show(page, base, "surface=Ravine&steps=60&racer=Lookahead(NAdam(lr=0.1))&at=59")
    wide = page.evaluate(
        "[...document.querySelectorAll('.pg-filled li')].map((e) => e.scrollWidth - e.clientWidth)"
    )
    assert len(wide) > 8
    assert max(wide) <= 0
    context.close()


def test_on_paper_is_the_last_picture(page, base):
    show(page, base, "surface=Ravine&steps=50&racer=Adam(lr=0.1)&racer=Lion(lr=0.05)&at=20")
    page.emulate_media(media="print")
    for shown in (".pg-map canvas", ".pg-table", ".pg-clock", ".pg-charts canvas", ".pg-share pre"):
        box = page.locator(shown).first.bounding_box()
        assert box["width"] > 100 or shown == ".pg-clock", shown
        assert box["height"] > 15, shown
    for hidden in ("button:not(.pg-start)", "input[type=range]", ".pg-add", ".pg-cursor"):
        assert page.locator(f".playground {hidden}").first.is_hidden(), hidden
    ring, box = page.locator(".pg-start").bounding_box(), page.locator(".pg-map").bounding_box()
    assert (ring["x"] + 12 - box["x"]) / box["width"] == pytest.approx(0.875, abs=0.01)
    assert (ring["y"] + 12 - box["y"]) / box["height"] == pytest.approx(0.125, abs=0.01)
    assert all(name.is_visible() for name in page.locator(".pg-racers .pg-name").all())
    drawn = page.evaluate(
        "[...document.querySelectorAll('.pg-map canvas')].map((c) =>"
        " c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v) => v))"
    )
    assert drawn == [True, True, True]


def test_what_is_announced(page, base):
    show(
        page, base, "surface=Ravine&steps=30&racer=Adam(lr=0.1)&racer=GradientDescent(lr=0.09)&at=0"
    )
    live = page.locator(".pg-live")
    page.get_by_role("button", name="Play").click()
    page.wait_for_function("document.querySelector('.pg-live').textContent", timeout=15_000)
    run = minimize(adamdoc.Ravine(), adamdoc.GradientDescent(lr=0.09), steps=30)
    assert live.text_content() == (
        f"Step 30 of 30: lowest loss {run.losses[-1]:.3e}, GradientDescent.".replace("e-0", "e−")
    )
    assert page.get_by_label("Step shown").get_attribute("aria-valuetext") == "step 30 of 30"
    # While it plays, nothing is.
    assert page.locator(".pg-transport [role=status], .pg-transport output").count() == 0


def test_focus_is_not_lost(page, base):
    show(page, base, "surface=Ravine&steps=30&racer=Adam(lr=0.1)&racer=Lion(lr=0.01)&chosen=1")
    page.get_by_role("button", name="Remove Lion").focus()
    page.keyboard.press("Enter")
    ready(page)
    assert page.evaluate("document.activeElement.innerText").startswith("Adam")
    page.get_by_role("button", name="Wrap", exact=True).focus()
    page.keyboard.press("Enter")
    ready(page)
    assert page.evaluate("document.activeElement.closest('.pg-racers')") is not None


def test_the_theme_changes_while_it_plays(page, base):
    show(page, base, "surface=Ravine&steps=2000&racer=Adam(lr=0.01)&at=0")
    page.get_by_role("button", name="Play").click()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    ready(page)
    at = state(page)["at"]
    page.wait_for_function(
        f"document.querySelector('div.playground').playground.state.at > {at + 50}"
    )
    page.get_by_role("button", name="Pause").click()


def test_a_far_start_is_within_reach(page, base):
    show(page, base, "surface=Ravine&start=900000,-5&steps=3&racer=Adam(lr=0.1)")
    ring, size = page.locator(".pg-start").bounding_box(), page.locator(".pg-map").bounding_box()
    assert ring["x"] + 12 == pytest.approx(size["x"] + size["width"], abs=1)
    assert ring["y"] + 12 == pytest.approx(size["y"] + size["height"], abs=1)
    page.locator(".pg-start").hover(position={"x": 6, "y": 6})
    page.mouse.down()
    size = page.locator(".pg-map").bounding_box()
    page.mouse.move(size["x"] + size["width"] / 2, size["y"] + size["height"] / 2, steps=3)
    page.mouse.up()
    ready(page)
    assert state(page)["start"] == pytest.approx([0, 0], abs=0.02)


def test_a_small_one_leaves_the_address_alone(page, base):
    page.goto(base + "theory/momentum.html")
    page.locator(".playground").scroll_into_view_if_needed()
    ready(page)
    length = page.evaluate("history.length")
    page.locator(".playground input[type=range][aria-label^='momentum']").first.fill("300")
    ready(page)
    page.wait_for_timeout(600)
    assert "#" not in page.url
    assert page.evaluate("history.length") == length
    before = state(page)
    page.get_by_role("link", name="Open in the playground").click()
    page.wait_for_url("**/playground.html#**")
    ready(page)
    assert state(page) == before


def test_racers_of_one_name_are_told_apart(page, base):
    twins = "racer=HeavyBall(lr=0.04,momentum=0)&racer=HeavyBall(lr=0.04,momentum=0.5)"
    show(page, base, f"surface=Ravine&steps=9&{twins}&racer=Adam(lr=0.1)")
    assert [row[0] for row in table(page)] == [
        *("HeavyBall, momentum 0", "HeavyBall, momentum 0.5"),
        "Adam",
    ]
    names = page.locator(".pg-racers .pg-name").all_inner_texts()
    assert names[1:] == ["HeavyBall, lr 0.04, momentum\xa00.5", "Adam, lr 0.1"]


def test_a_slow_module_does_not_replace_a_later_one(page, base):
    show(page, base, "surface=Ravine&steps=9&racer=Adam(lr=0.1)")
    page.route(
        "**/surfaces/Beale.js", lambda route: (page.wait_for_timeout(800), route.continue_())
    )
    surface = page.get_by_role("combobox", name="surface")
    surface.select_option("Beale")
    surface.select_option("Himmelblau")
    ready(page)
    page.wait_for_timeout(1200)
    page.get_by_role("button", name="−1 step").click()
    run = minimize(adamdoc.Himmelblau(), adamdoc.Adam(lr=0.1), steps=9, record_state=True)
    shown = page.locator(".pg-filled output").first.inner_text().replace("−", "-")
    assert float(shown) == pytest.approx(run.states["m"][8][0], rel=1e-3)


def test_a_module_that_does_not_load(browser, base):
    page = browser.new_context().new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    show(page, base, "surface=Ravine&steps=9&racer=Adam(lr=0.1)")
    page.route("**/optimizers/Lion.js", lambda route: route.abort())
    page.get_by_label("Optimizer to add").select_option("Lion")
    page.get_by_role("button", name="Add with its best rate").click()
    page.locator(".pg-note", has_text="could not be loaded").wait_for()
    page.wait_for_function("location.hash.includes('Lion')")
    assert errors == []
    page.context.close()


def test_printing_leaves_the_map_and_draws_the_charts_for_paper(browser, base):
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    show(page, base, "surface=Ravine&steps=50&racer=Adam(lr=0.1)")
    read = (
        "(() => { const [map, chart] = ['.pg-map canvas', '.pg-charts canvas'].map((s) => {"
        " const c = document.querySelector(s);"
        " return [...c.getContext('2d').getImageData(0, 0, c.width, c.height).data]; });"
        " const text = chart.filter((v, k) => k % 4 === 0 && chart[k + 3] === 255);"
        " return [map.reduce((a, b) => a + b), Math.min(...text), Math.max(...text)]; })()"
    )
    before = page.evaluate(read)
    page.evaluate("window.paper = []")
    page.evaluate(f"addEventListener('beforeprint', () => setTimeout(() => paper.push({read})))")
    page.evaluate(f"addEventListener('afterprint', () => paper.push({read}))")
    page.pdf()
    page.wait_for_function("paper.length === 2")
    for after in page.evaluate("paper"):
        assert after[0] == before[0]
        assert after[1] < before[1]  # the ink is dark
    ready(page)
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    context.close()


# Equations and surfaces of the reader's own

ADAM = (
    r"m_t = \beta_1 m_{t-1} + (1 - \beta_1) g_t",
    r"v_t = \beta_2 v_{t-1} + (1 - \beta_2) g_t^2",
    r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
    r"\hat{v}_t = \frac{v_t}{1 - \beta_2^t}",
    r"\theta_t = \theta_{t-1} - \eta \frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}",
)
UNDER = ADAM[-1].replace(r"} + \varepsilon}", r" + \varepsilon}}")


def edited(*lines, symbols=(), racer="Adam(lr=0.1)", start="surface=Ravine&steps=50"):
    """Return the link of a race between a method and an edited copy of it."""
    edit = "1|" + "\n".join(lines)
    more = [("edit", edit), *(("symbol", f"1|{symbol}") for symbol in symbols)]
    return f"{start}&racer={racer}&racer={racer}&chosen=1&{urllib.parse.urlencode(more)}"


def begin(page, base, text="surface=Ravine&steps=50&racer=Adam(lr=0.1)"):
    """Open the editor of the first racer."""
    show(page, base, text)
    page.get_by_role("button", name="Edit the equations").click()
    page.get_by_role("textbox", name="Line 1").wait_for()
    ready(page)


def line(page, number):
    return page.get_by_role("textbox", name=f"Line {number}", exact=True)


def lines(page):
    return [box.input_value() for box in page.locator(".pe-lines textarea").all()]


def type_line(page, number, text):
    """Type a line as a reader does, and leave it."""
    line(page, number).fill("")
    line(page, number).press_sequentially(text)
    line(page, number).press("Enter")
    ready(page)


def paths(page):
    """Return the path of each run."""
    runs = "document.querySelector('div.playground').playground.runs.map((r) => [...r.path])"
    return [np.reshape(np.array(path, float), (-1, 2)) for path in page.evaluate(runs)]


def adam(start, steps, *, under=False, eps=1e-8, kept=0.0, factor=1.0):
    """Return the path of Adam on the ravine, with what the tests change in it."""
    theta, m, v, path = np.array(start, float), 0.0, 0.0, []
    u = np.full(2, kept) * theta
    for t in range(1, steps + 1):
        path.append(theta)
        g = adamdoc.Ravine().grad(theta)
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
        m_hat, v_hat = m / (1 - 0.9**t), v / (1 - 0.999**t)
        root = np.sqrt(v_hat + eps) if under else np.sqrt(v_hat) + eps
        u = 0.5 * u
        theta = theta - factor * 0.1 * m_hat / root + 0.01 * kept * u
    return np.array([*path, theta])


def test_a_line_is_edited_by_typing(page, base):
    begin(page, base)
    assert lines(page) == list(ADAM)
    assert page.evaluate("document.activeElement.ariaLabel") == "Line 1"
    assert [row[0] for row in table(page)] == ["Adam", "Adam, edited"]
    before, copy = paths(page)
    np.testing.assert_allclose(copy, before, rtol=0, atol=1e-12)
    page.get_by_label("eps, exactly").nth(1).fill("0.5")
    page.get_by_label("eps, exactly").nth(1).press("Tab")
    type_line(page, 5, UNDER)
    assert line(page, 5).evaluate("(box) => box === document.activeElement")
    before, copy = paths(page)
    np.testing.assert_allclose(before, adam([1.5, 1.5], 50), 1e-9, 1e-12)
    np.testing.assert_allclose(copy, adam([1.5, 1.5], 50, under=True, eps=0.5), 1e-9, 1e-12)
    # It is marked by words and lines, not by colour alone.
    assert page.locator(".pe-lines li[data-kind=changed]").count() == 1
    change = page.locator(".pe-lines li[data-kind=changed] .pe-change")
    assert change.inner_text().startswith("Changed:")
    assert "removed: }" in change.text_content()
    assert "added: }" in change.text_content()
    assert line(page, 5).get_attribute("aria-describedby").split()[0] == change.get_attribute("id")
    assert page.locator(".pe-lines li .katex-mathml").count() == 5
    # The chart of the distance, and the numbers of the step.
    assert page.locator(".pg-charts figure", has_text="Distance to the original").is_visible()
    shown = page.evaluate(
        "document.querySelector('div.playground').playground.edited.distances[0].values"
    )
    np.testing.assert_allclose(shown, np.hypot(*(copy - before).T), 1e-9, 1e-12)
    said = [text.replace("−", "-") for text in page.locator(".pg-filled output").all_inner_texts()]
    assert float(said[-1]) == pytest.approx(copy[-1, 0], rel=1e-3)
    assert page.locator(".pg-filled [data-name]:empty").count() == 0
    assert page.locator(".pg-filled p").inner_text() == "Adam, edited, step 50, x"


def test_an_error_is_beside_its_line_and_the_race_goes_on(page, base):
    begin(page, base)
    type_line(page, 5, UNDER)
    before = state(page)
    type_line(page, 3, r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t")
    note = page.locator(".pe-lines li").nth(2).locator(".pg-note")
    assert note.inner_text().startswith("A '}' is missing at the end")
    assert "still race" in note.inner_text()
    assert line(page, 3).get_attribute("aria-invalid") == "true"
    assert note.get_attribute("id") in line(page, 3).get_attribute("aria-describedby")
    assert page.locator(".pg-live").text_content() == f"Line 3: {note.inner_text()}"
    assert state(page) == before
    # A part without an error is read again when it is mended, and nothing typed is lost meanwhile.
    page.locator("input[type=range][aria-label^='lr,']").nth(1).fill("500")
    ready(page)
    assert lines(page)[2] == r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t"
    type_line(page, 3, ADAM[2])
    assert page.locator(".pg-note:not(:empty)").count() == 0
    assert line(page, 3).get_attribute("aria-invalid") == "false"
    type_line(page, 2, "v_t = β g_t")
    note = page.locator(".pe-lines li").nth(1).locator(".pg-note")
    assert note.inner_text().startswith(r"β cannot be part of an equation here: write \beta.")


def test_a_new_symbol_is_a_slider_and_a_new_state_has_a_start(page, base):
    begin(page, base)
    page.get_by_role("button", name="Insert a line below line 4").click()
    assert line(page, 5).evaluate("(box) => box === document.activeElement")
    type_line(page, 5, r"u_t = 0.5 u_{t-1}")
    changed = ADAM[-1].replace(r"\eta", r"q \eta") + " + 0.01 u_t"
    type_line(page, 6, changed)
    np.testing.assert_allclose(paths(page)[1], adam([1.5, 1.5], 50), 1e-9, 1e-12)
    page.get_by_label("Where u starts").focus()
    page.get_by_label("Where u starts").select_option(r"\theta_0")
    ready(page)
    assert page.evaluate("document.activeElement.ariaLabel") == "Where u starts"
    page.get_by_label("Lowest value of the slider of q").fill("0.5")
    page.get_by_label("Highest value of the slider of q").fill("1.5")
    page.get_by_label("Highest value of the slider of q").press("Tab")
    ready(page)
    page.locator("input[type=range][aria-label^='q,']").fill("250")
    ready(page)
    wanted = {"latex": "q", "value": 0.75, "low": 0.5, "high": 1.5}
    assert sorted(state(page)["racers"][1]["edit"]["symbols"], key=str) == sorted(
        [{"latex": "u_t", "start": r"\theta_0"}, wanted], key=str
    )
    run = adam([1.5, 1.5], 50, kept=1.0, factor=0.75)
    np.testing.assert_allclose(paths(page)[1], run, 1e-9, 1e-12)
    # A value beyond the range widens it, and the link brings all of it back.
    page.get_by_label("q, exactly").fill("3")
    page.get_by_label("q, exactly").press("Tab")
    settled(page)
    before = state(page)
    assert before["racers"][1]["edit"]["symbols"] != wanted
    show(page, base, page.evaluate("location.hash.slice(1)"))
    assert state(page) == before
    assert lines(page)[5] == changed
    # What no line uses any more is dropped, and its slider hidden.
    type_line(page, 6, ADAM[-1].replace(r" + \varepsilon", ""))
    assert page.get_by_label("eps, exactly").nth(1).is_hidden()
    type_line(page, 6, ADAM[-1])
    assert page.get_by_label("eps, exactly").nth(1).is_visible()
    assert [symbol["latex"] for symbol in state(page)["racers"][1]["edit"]["symbols"]] == ["u_t"]


def test_what_may_be_a_slip_is_said_below_its_line(page, base):
    begin(page, base)
    hint = page.locator(".pe-lines li").first.locator(".pe-hint")
    assert page.locator(".pe-hint:not(:empty)").count() == 0
    type_line(page, 1, r"m_t = \beta_1 m + (1 - \beta_1) g_t")
    assert hint.inner_text() == "m is a new symbol with a slider: did you mean m_t or m_{t-1}?"
    assert page.locator(".pg-live").text_content() == f"Line 1: {hint.inner_text()}"
    assert hint.get_attribute("id") in line(page, 1).get_attribute("aria-describedby")
    # Each of several lines that are pasted gets a box, without what a docstring has around it.
    line(page, 1).select_text()
    page.keyboard.insert_text("u_t &= g_t^{1/3} \\\\\n" + ADAM[0].replace("g_t", "u_t") + " \\\\")
    line(page, 1).press("Enter")
    ready(page)
    assert lines(page) == ["u_t = g_t^{1/3}", ADAM[0].replace("g_t", "u_t"), *ADAM[1:]]
    last = page.evaluate("document.querySelector('div.playground').playground.runs[1].divergedAt")
    assert hint.inner_text().startswith(f"From step {last} on, u_t is not a number (NaN)")
    type_line(page, 1, "u_t = g_t")
    assert page.locator(".pe-hint:not(:empty)").count() == 0


def test_the_moves_of_a_slider_are_one_step_of_the_editors_history(page, base):
    begin(page, base)
    type_line(page, 1, ADAM[0].replace("g_t", "c g_t"))
    slider = page.locator("input[type=range][aria-label^='c,']")
    values = []
    for _ in range(2):
        for _ in range(3):
            slider.press("ArrowRight")
        ready(page)
        values.append(page.get_by_label("c, exactly").input_value())
        page.wait_for_timeout(1100)  # what follows at once would be the same move
    assert len({"1", *values}) == 3
    for name, expected in (("Undo", values[0]), ("Undo", "1"), ("Redo", values[0])):
        page.get_by_role("button", name=name).click()
        ready(page)
        assert page.get_by_label("c, exactly").input_value() == expected
    page.get_by_role("button", name="Undo").click()
    page.get_by_role("button", name="Undo").click()
    ready(page)
    assert lines(page) == list(ADAM)


def test_edits_are_undone_redone_and_taken_back(page, base):
    begin(page, base)
    type_line(page, 5, UNDER)
    settled(page)
    page.get_by_role("button", name="Remove line 3").click()
    assert line(page, 3).evaluate("(box) => box === document.activeElement")
    assert "Removed:" in page.locator(".pe-gone").inner_text()
    note = page.locator(".pg-note:not(:empty)")
    assert note.count() == 1  # the last line needs it
    page.get_by_role("button", name="Put back").click()
    ready(page)
    assert lines(page) == [*ADAM[:-1], UNDER]
    settled(page)
    page.get_by_role("button", name="Undo").click()
    settled(page)
    assert lines(page) == list(ADAM)
    assert page.evaluate("document.activeElement.textContent") == "Undo"
    page.wait_for_timeout(500)  # what follows at once would be the same change
    page.get_by_role("button", name="Redo").click()
    settled(page)
    assert lines(page) == [*ADAM[:-1], UNDER]
    page.go_back()
    ready(page)
    assert lines(page) == list(ADAM)
    page.get_by_role("button", name="Redo").click()
    ready(page)
    assert lines(page) == [*ADAM[:-1], UNDER]
    page.get_by_role("button", name="Move line 2 up").click()
    ready(page)
    assert page.locator(".pe-lines li[data-kind=moved]").count() == 1
    page.get_by_role("button", name="Back to the original").click()
    ready(page)
    assert lines(page) == list(ADAM)
    assert "No line differs" in page.locator(".pe-summary").inner_text()
    page.get_by_role("button", name="Remove Adam, edited").click()
    ready(page)
    assert [row[0] for row in table(page)] == ["Adam"]
    assert page.locator(".pg-charts figure", has_text="Distance").is_hidden()


def test_undo_takes_a_mistake_back_first(page, base):
    begin(page, base)
    type_line(page, 5, UNDER)
    type_line(page, 3, r"\hat{m}_t = \frac{")
    undo = page.get_by_role("button", name="Undo")
    undo.click()
    ready(page)
    assert lines(page) == [*ADAM[:-1], UNDER]
    assert page.locator(".pg-note:not(:empty)").count() == 0
    undo.click()
    ready(page)
    assert lines(page) == list(ADAM)
    assert undo.get_attribute("aria-disabled") == "true"
    page.get_by_role("button", name="Insert a line below line 1").click()
    assert undo.get_attribute("aria-disabled") == "false"
    undo.click()
    assert lines(page) == list(ADAM)


def test_a_symbol_is_as_large_as_a_link_holds(page, base):
    begin(page, base)
    line(page, 5).fill(ADAM[-1].replace(r"\eta", r"q \eta"))
    line(page, 5).press("Enter")
    ready(page)
    value, end = page.get_by_label("q, exactly"), page.get_by_label("Highest value of the slider")
    for box, kept in ((value, "1"), (end, "2")):
        box.fill("1000001")
        box.press("Tab")
        ready(page)
        told = page.locator(".pe-symbols .pg-note:not(:empty)").last.inner_text()
        assert "from −1,000,000 to 1,000,000" in told
        assert f"got 1000001. Still {kept}." in told
        assert box.input_value() == kept
    value.fill("1000000")
    value.press("Tab")
    settled(page)
    before = state(page)
    assert before["racers"][1]["edit"]["symbols"][0]["value"] == 1e6
    show(page, base, page.evaluate("location.hash.slice(1)"))
    assert state(page) == before


@pytest.mark.parametrize(("width", "height"), [(1000, 600), (1600, 1000), (700, 800)])
def test_the_map_is_in_sight_beside_every_line(browser, base, width, height):
    page = browser.new_context(viewport={"width": width, "height": height}).new_page()
    show(page, base, edited(*ADAM))
    page.locator(".pe-formula .katex").nth(4).wait_for()
    header = page.locator(".bd-header").bounding_box()["height"]
    for number in (1, 5):
        line(page, number).focus()
        page.evaluate("new Promise((go) => requestAnimationFrame(() => requestAnimationFrame(go)))")
        box = line(page, number).bounding_box()
        top, transport = (page.locator(s).bounding_box() for s in (".pg-map", ".pg-transport"))
        assert top["y"] >= header - 1
        assert transport["y"] + transport["height"] <= height
        beside = box["x"] >= top["x"] + top["width"]
        assert beside == (width > 700)
        assert beside or box["y"] >= transport["y"] + transport["height"]
        assert header <= box["y"] <= height - box["height"]
    page.evaluate("document.fonts.ready")
    sizes = page.evaluate(
        "[...document.querySelectorAll('.pe-lines textarea')].map((box) => {"
        " const { height } = box.style; box.style.height = 'auto';"
        " return [parseFloat(height), box.scrollHeight + 2]; })"
    )
    assert all(height == needed for height, needed in sizes), sizes
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.context.close()


def test_a_reload_keeps_the_place(page, base):
    show(page, base, edited(*ADAM))
    where = (
        "[scrollY, document.querySelector('#train-a-network').getBoundingClientRect().y]"
        ".map(Math.round)"
    )
    for name in ("Copy link", "Line 4"):
        page.get_by_label(name).or_(page.get_by_role("button", name=name)).first.evaluate(
            "(one) => one.scrollIntoView({ block: 'center' })"
        )
        before = page.evaluate(where)
        assert before[0] > 400
        page.reload()
        ready(page)
        page.locator(".pe-formula .katex").nth(4).wait_for()
        assert page.evaluate(where) == before


def test_the_copied_class_makes_the_same_run(page, base, executed):
    begin(page, base, "surface=Ravine&steps=40&racer=Adam(lr=0.1)")
    type_line(page, 5, UNDER.replace(r"\varepsilon", r"c \varepsilon"))
    page.get_by_role("button", name="Copy as Python").click()
    page.get_by_text("Copied the code.").first.wait_for()
    copied = executed(page.evaluate("navigator.clipboard.readText()"))
    equations.check(copied.MyAdam)
    for path, run in zip(paths(page), copied.runs, strict=True):
        np.testing.assert_allclose(path, run.path, 1e-9, 1e-12)


def test_a_surface_of_ones_own(page, base, executed):
    show(page, base, "surface=Ravine&steps=30&racer=Adam(lr=0.1)&start=1,0.5")
    page.get_by_role("combobox", name="surface").select_option("own")
    box = page.get_by_label("f(x, y) =")
    box.wait_for()
    ready(page)
    assert box.evaluate("(box) => box === document.activeElement")
    box.fill("")
    box.press_sequentially("2*x^2 + y^4 + sin(x*y)")
    box.press("Enter")
    ready(page)
    page.get_by_label("highest x").fill("3")
    page.get_by_label("highest x").press("Tab")
    settled(page)
    own = state(page)["own"]
    assert own["text"] == "2*x^2 + y^4 + sin(x*y)"
    assert own["domain"][1] == 3
    gradient = page.locator(".pe-gradient annotation").all_text_contents()
    assert len(gradient) == 3
    assert "4 x" in gradient[1]
    before, run = state(page), paths(page)[0]
    theta = run[0]
    slope = [
        4 * theta[0] + theta[1] * np.cos(theta.prod()),
        4 * theta[1] ** 3 + theta[0] * np.cos(theta.prod()),
    ]
    np.testing.assert_allclose(run[1], theta - 0.1 * np.sign(slope), 1e-6)
    box.fill("x^2 + frob(y)")
    box.press("Enter")
    assert "The last surface without an error is still shown." in said(page, box)
    assert state(page) == before
    page.get_by_label("lowest y").fill("99")
    page.get_by_label("lowest y").press("Tab")
    assert "less than" in page.locator(".pg-own .pg-note").nth(1).inner_text()
    assert page.get_by_label("lowest y").input_value() == str(own["domain"][2])
    copied = executed(page.locator(".pg-share pre").inner_text())
    np.testing.assert_allclose(run, copied.runs[0].path, 1e-9, 1e-12)
    show(page, base, page.evaluate("location.hash.slice(1)"))
    assert state(page) == before
    page.get_by_role("combobox", name="surface").select_option("Beale")
    settled(page)
    assert "own" not in state(page)
    assert "own" not in page.evaluate("location.hash")
    page.go_back()
    ready(page)
    assert state(page) == before


def test_where_a_surface_has_no_value(page, base, executed):
    log = "surface=own&own=log(x)%2By^2&domain=-2,2,-2,2&start=-1,0.5&steps=9&racer=Adam(lr=0.1)"
    show(page, base, log)
    told = page.locator(".pg-note:not(:empty)").inner_text()
    assert told.startswith("Your surface has no value at the start, x −1, y 0.5")
    x, y = (float(part[1:]) for part in re.findall(r"[xy] \d[.\d]*\d", told.split("example")[1]))
    assert 0 < x <= 2
    assert y == 0.5
    assert table(page)[0][1] == "no value at the start"
    code = page.locator(".pg-share pre")
    assert code.is_hidden()
    button = page.get_by_role("button", name="Copy as Python")
    button.click()
    assert "no run can begin" in page.locator(".pg-share .pg-note").inner_text()
    page.get_by_role("button", name="Best rate", exact=True).click()
    page.locator(".pg-racers .pg-note", has_text="No rate can be tried").wait_for()
    page.evaluate("document.querySelector('div.playground').playground.filling")
    colours = page.evaluate(
        "[0.25, 0.75].map((share) => { const c = document.querySelector('.pg-map canvas');"
        " const { data } = c.getContext('2d').getImageData(share * c.width, 9, 40, 40);"
        " return [...data].filter((v, k) => k % 4 === 3 && v === 255).length / 1600; })"
    )
    assert 0 < colours[0] < 0.5  # lines alone
    assert colours[1] == 1
    page.get_by_label("start x").fill(str(x))
    page.get_by_label("start x").press("Tab")
    ready(page)
    assert page.locator(".pg-note:not(:empty)").count() == 0
    run = executed(code.inner_text()).runs[0]
    np.testing.assert_allclose(paths(page)[0], run.path, 1e-9, 1e-12)
    for other, text in (
        ("log(-1-x^2)", "There is no better point on this map"),
        ("sqrt(x%2B1)", "The gradient of your surface has no value at the start"),
    ):
        show(page, base, log.replace("log(x)", other))
        assert text in page.locator(".pg-note:not(:empty)").inner_text()
    assert code.is_visible()


def test_chaotic_paths_agree_until_they_part(page, base):
    """As the page says: no longer than two of the package that begin almost together."""
    show(page, base, "surface=Rosenbrock&start=-1.2,1&steps=60&racer=PolyakSGD(lr=1)")
    start = np.array([-1.2, 1])
    run, near = (
        minimize(adamdoc.Rosenbrock(), adamdoc.PolyakSGD(lr=1), at, steps=60).path
        for at in (start, start * (1 + 1e-15))
    )
    for path in (paths(page)[0], near):
        far = np.abs(path - run).max(axis=1)
        assert far[:15].max() < 1e-9
        assert far[50:].max() > 1e-9


@pytest.mark.parametrize(
    "text",
    [
        edited("<img src=x onerror=alert(1)>", r"\theta_t = \theta_{t-1}"),
        edited(r"\theta_t = \theta_{t-1} - \htmlData{name=constructor}{g_t}"),
        edited(r"\def\a{\a\a}\theta_t = \a", "__proto__ = constructor"),
        edited(*[r"\theta_t = \theta_{t-1} - \eta g_t"] * 40),
        edited(r"\theta_t = \theta_{t-1} - " + "(" * 150 + "g_t" + ")" * 150),
        edited(*ADAM, symbols=["q|NaN|0|1", "__proto__|1|0|2", "m_t|0", "|||||"]),
        "surface=own&own=<script>alert(1)</script>&domain=0,1,0,1&racer=Adam(lr=0.1)",
        "surface=own&own=constructor(x)&domain=NaN,1,0,1&racer=Adam(lr=0.1)",
        "surface=own&own=x^2&domain=1,0,0,1&edit=99|m_t=g_t&edit=-1|&symbol=0|q|1|0|2&racer=Adam(lr=1)",
    ],
)
def test_a_bad_link_with_an_edit_races_the_method_itself(page, base, text):
    page.on("dialog", lambda _: pytest.fail("a script of the link has run"))
    show(page, base, text)
    found = state(page)
    assert found["surface"] == "Ravine"
    known = [racer for racer in found["racers"] if "edit" in racer]
    assert known == [] or known[0]["edit"] == {"lines": list(ADAM), "symbols": []}
    assert page.locator(".playground img, .playground script").count() == 0
    runs = paths(page)
    for run in runs[1:]:
        np.testing.assert_array_equal(run, runs[0])


def test_what_the_worked_examples_show(page, base):
    page.goto(f"{base}playground.html")
    names = ("without bias", "under the root", "maximum", "only its sign", "decay in the")
    found = [page.get_by_role("link", name=name) for name in names]
    links = [link.get_attribute("href").split("#")[1] for link in found]
    show(page, base)
    found[0].click()
    page.wait_for_function("document.querySelector('.pe-lines')")
    box = page.locator(".pg-map").bounding_box()
    assert 0 <= box["y"] < 500  # where it races is in sight
    first, second, flat, low = [], [], [], []
    for link in links:
        show(page, base, link)
        assert [row[0].endswith(", edited") for row in table(page)] == [False, True]
        pair = paths(page)
        first.append([np.abs(path[1] - path[0]) for path in pair])
        second.append(pair)
        flat.append([path[-1, 0] for path in pair])
        low.append([path.min() for path in pair])
    np.testing.assert_allclose(first[0][1] / first[0][0], 0.1 / np.sqrt(0.001), 1e-5)
    assert low[0][1] < 2 * low[0][0] < 0  # further beyond the minimum
    assert first[1][1][0] < 0.5 * first[1][0][0]  # shorter along x
    assert first[1][1][1] > 0.95 * first[1][0][1]
    assert 2 * low[2][0] < low[2][1] < 0  # it swings less
    moves = np.abs(np.diff(second[3][1], axis=0))
    np.testing.assert_allclose(moves, 0.05, 1e-9)
    assert np.abs(second[3][0][-1]).max() < 0.1 * np.abs(second[3][1][-1]).max()
    np.testing.assert_allclose(first[4][1], 0.1, 1e-6)  # as if there were no decay
    np.testing.assert_allclose(first[4][0], 0.1 + 0.1 * 0.5 * 1.5, 1e-6)


@pytest.mark.parametrize("name", ["adam", "fixes", "less-memory", "weight-decay"])
def test_a_small_one_races_an_edited_copy(page, base, name):
    page.goto(f"{base}theory/{name}.html")
    places = page.locator(".playground[data-state*='edit=']")
    assert places.count() == (2 if name == "adam" else 1)
    for place in places.all():
        place.scroll_into_view_if_needed()
        place.locator(".pg-table tr", has_text=", edited").wait_for()
        assert place.locator(".pe").count() == 0
        assert "edit=" in place.locator("a.pg-more").get_attribute("href")


def test_the_editor_fits_a_phone(browser, base):
    context = browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    show(page, base, edited(*ADAM[:-1], UNDER.replace(r"\varepsilon", r"q \varepsilon")))
    page.locator(".pe-formula .katex").nth(4).wait_for()
    small = page.evaluate(
        "[...document.querySelectorAll('.pe :is(button, input, select, textarea)')].filter((e) => {"
        " const b = e.getBoundingClientRect(); return b.height < 43.5 || b.width < 43.5; })"
        ".map((e) => e.outerHTML)"
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    unnamed = page.evaluate(
        "[...document.querySelectorAll('.pe :is(button, input, select, textarea)')]"
        ".filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length"
    )
    assert unnamed == 0
    context.close()


def test_the_first_load_has_nothing_of_the_editor(page, base):
    show(page, base)
    names = [url.removeprefix(base) for url in page.requests]
    assert not [
        name for name in names if "/edit" in name or ".edit." in name or "katex.min.js" in name
    ]
    loaded = [name for name in names if name.startswith("_static/playground/")]
    sizes = page.evaluate(
        "async (names) => { let total = 0; for (const name of names) {"
        " const body = (await fetch(name)).body.pipeThrough(new CompressionStream('gzip'));"
        " total += (await new Response(body).arrayBuffer()).byteLength; } return total; }",
        loaded,
    )
    assert sizes < BYTES, sizes


def trained(optimizer, task="moons", hidden=8, epochs=10, seed=0):
    """Return the run of `train` on batches of 32, of which an epoch has 6."""
    return train(MLP((2, hidden, 2), "tanh"), load(task), optimizer, epochs, 32, seed)


def row(run, epoch):
    """Return what the table says of a run after an epoch."""
    return [pytest.approx(run.losses[epoch], rel=1e-3), f"{100 * run.test_scores[epoch]:.1f}%"]


def test_a_network_is_trained_as_train_does(page, base, capsys):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    show(page, base, "surface=Beale&steps=60&racer=Adam(lr=0.05)&racer=LAMB(lr=0.02)")
    assert not [url for url in asked if "/network/" in url]
    page.get_by_role("combobox", name="surface or network").select_option("Two moons")
    settled(page)
    assert state(page)["task"] == "moons"
    runs = [trained(adamdoc.Adam(lr=0.05)), trained(adamdoc.LAMB(lr=0.02))]
    for epoch in (10, 3, 0):
        page.get_by_label("Step shown").fill(str(6 * epoch))
        found = [[name, float(loss), right] for name, loss, right in table(page)]
        names = ["Adam", "LAMB"]
        assert found == [[name, *row(run, epoch)] for name, run in zip(names, runs, strict=True)]
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("document.querySelector('div.playground').playground.state.at === 60")
    assert page.locator(".pg-clock").inner_text() == "step 60 of 60"
    assert [float(cells[1]) for cells in table(page)] == [row(run, 10)[0] for run in runs]
    page.get_by_label("hidden units").fill("3")
    page.get_by_label("seed").fill("4")
    page.get_by_label("steps", exact=True).fill("20")
    page.get_by_label("steps", exact=True).press("Tab")
    settled(page)
    assert said(page, page.get_by_label("steps", exact=True)).endswith("20 became 18.")
    run = trained(adamdoc.Adam(lr=0.05), hidden=3, epochs=3, seed=4)
    assert [float(table(page)[0][1]), table(page)[0][2]] == row(run, 3)
    names = {}
    exec(page.locator(".pg-share pre").inner_text(), names)
    capsys.readouterr()
    np.testing.assert_array_equal(names["runs"][0].losses, run.losses)
    page.go_back()
    ready(page)
    assert state(page)["steps"] == 60
    page.get_by_role("combobox", name="surface or network").select_option("Himmelblau")
    ready(page)
    assert page.locator(".pg-map").is_visible()
    assert not page.locator(".pg-networks").is_visible()
    assert len(table(page)[0]) == 4


def test_pictures_of_a_network_show_what_it_predicts(browser, base):
    """On a light page and a dark one, wide and narrow; each is described for who cannot see it."""
    run = trained(adamdoc.Adam(lr=0.05), "spirals", epochs=30)
    link = "task=spirals&steps=180&racer=Adam(lr=0.05)&racer=Adam(lr=0.1)&racer=Lion(lr=0.01)"
    places = [(x, y) for x in (-1.2, -0.4, 0.4, 1.2) for y in (-1.2, -0.4, 0.4, 1.2)]
    p = MLP((2, 8, 2), "tanh").probabilities(run.params, np.array(places))[:, 1]
    for theme, width in (("light", 1300), ("dark", 360)):
        context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 800})
        page = context.new_page()
        show(page, base, link)
        colors = page.evaluate(
            "(places) => { const c = document.querySelector('.pg-networks canvas');"
            " return places.map(([x, y]) => [...c.getContext('2d').getImageData("
            "(x + 1.5) / 3 * c.width, (1.5 - y) / 3 * c.height, 1, 1).data]); }",
            places,
        )
        for (red, _, blue, _), share in zip(colors, p, strict=True):
            if abs(share - 0.5) > 0.3:
                assert (red > blue) == (share > 0.5)
        pictures = page.get_by_role("img", name="Decision boundary of ")
        assert pictures.count() == 3
        right = f"{100 * run.test_scores[-1]:.1f}% of the held-out points are right"
        assert right in pictures.first.get_attribute("aria-label")
        tops = {round(picture.bounding_box()["y"]) for picture in pictures.all()}
        assert len(tops) == (1 if width > 1000 else 3)  # side by side, or one below the other
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        context.close()


def test_a_network_keeps_what_is_set(page, base):
    show(page, base, edited(*ADAM, start="surface=Ravine&steps=60&noise=0.5"))
    select = page.get_by_role("combobox", name="surface or network")
    select.select_option("Two moons")
    ready(page)
    assert lines(page) == list(ADAM)
    page.get_by_label("hidden units").fill("3")
    page.get_by_label("hidden units").press("Tab")
    ready(page)
    for name in ("Two spirals", "Beale"):
        select.select_option(name)
        ready(page)
        assert lines(page) == list(ADAM)
        assert line(page, 1).is_visible()
    found = state(page)
    assert (found["hidden"], found["noise"], found["chosen"]) == (3, 0.5, 1)


def test_what_cannot_train_a_network_says_why(page, base):
    show(page, base, "surface=Ravine&steps=12&racer=Adafactor(lr=0.1)&racer=Adam(lr=0.05)")
    select = page.get_by_role("combobox", name="surface or network")
    select.select_option("Two spirals")
    ready(page)
    assert said(page, select).startswith("Left out: Adafactor has equations of its own for matri")
    assert [racer["name"] for racer in state(page)["racers"]] == ["Adam"]
    page.get_by_label("Optimizer to add").select_option("Adafactor")
    button = page.get_by_role("button", name="Add with its best rate")
    button.click()
    told = page.locator(".pg-add .pg-note").inner_text()
    assert told.startswith("Adafactor has equations of its own for matrices")
    page.get_by_label("Optimizer to add").select_option("HeavyBall")
    button.click()
    page.locator(".pg-note", has_text="of the 21 rates tried").wait_for()
    ready(page)
    _, racer = state(page)["racers"]
    rate = racer["values"]["lr"]
    best, *others = (
        trained(adamdoc.HeavyBall(lr=r), "spirals", epochs=2).losses[-1]
        for r in (rate, *(10 ** (k / 4 - 4) for k in range(21)))
    )
    assert best <= min(others) * 1.01
