"""A link to the playground may come from anyone: whatever it holds, nothing of it runs."""

import random
import urllib.parse

import pytest

SEED = 0
#: What would do harm if it were taken for markup, script or a name; and what breaks parsers.
PARTS = (
    *(
        "<img src=x onerror=window.broken=1>",
        "<script>window.broken=1</script>",
        "'\"><svg onload=1>",
    ),
    *("javascript:window.broken=1", "${window.broken=1}", "__proto__", "constructor", "toString"),
    *("hasOwnProperty", "../../404", "%", "%00", "%ff%fe", "\u202e", "\ud7ff", "𝒳" * 50, "NaN"),
    *("Infinity", "-0", "1e999", "1e-999", "0x10", "1_0", "9" * 400, "1,2", "1,2,3", ",", "()"),
    *("Adam", "Adam(lr=0.1)", "Adam(lr=-1)", "Adam(lr=1e308)", "Adam(beta1=1)", "Adam(lr=0.1"),
    *("Lion(lr=<b>)", "GradientDescent(lr=1e6)", "Rosenbrock", "ravine", "Adam(" + "lr=1," * 90),
    *("constructor()", "__proto__(lr=1)", "Adam(__proto__=1)", "2000", "2001", "-1", "0.5", ""),
)
#: What edits and surfaces of one's own are made of, whole and broken.
EDITS = (
    *("0|", "1|", "-1|", "own", "0,1,0,1", "1,0,1,0", "-1e6,1e6,-2,2", "|", "||||", "\n"),
    *(r"0|\theta_t = \theta_{t-1} - \eta g_t", r"1|m_t = \frac{", r"0|\def\a{\a\a}\a = \a"),
    *(
        r"0|\htmlData{a=b}{\theta_t} = g_t",
        r"0|\theta_t = " + "(" * 300,
        r"0|q|1|0|2",
        r"0|u_t|\theta_0",
    ),
    *("x^2 + y^2", "exp(exp(x))", "x^", "sin(" * 60, "constructor(x)", r"\frac{x}{0}", "x" * 301),
)
KEYS = ("surface", "start", "racer", "steps", "noise", "seed", "chosen", "at", "__proto__", "x")
KEYS += ("edit", "edit", "symbol", "own", "domain")
CHECK = """async (links) => {
    const base = new URL("_static/playground/", document.baseURI);
    const { read, write, python } = await import(base + "state.js");
    const { LIMITS, methods, surfaces } = await import(base + "index.js");
    const wrong = [];
    for (const link of links) {
        const state = read(link), text = write(state);
        const own = state.surface === "own" && /^[ -~]{1,300}$/.test(state.own.text)
            && state.own.domain.every(Number.isFinite);
        const sound = (own || Object.hasOwn(surfaces, state.surface))
            && state.start.length === 2 && state.start.every(Number.isFinite)
            && state.steps >= 1 && state.steps <= LIMITS.steps && state.at <= state.steps
            && state.racers.length >= 1 && state.racers.length <= LIMITS.racers
            && state.racers.every((r) => Object.hasOwn(methods, r.name)
                && Object.values(r.values).every(Number.isFinite)
                && (r.edit?.lines ?? []).every((line) => /^[ -~]{1,400}$/.test(line)))
            && write(read(text)) === text
            && /^[\\w\\s.,=()\\[\\]:+-]*$/.test(python(state));
        if (!sound) wrong.push(link);
    }
    return wrong;
}"""

#: Follows one link after another, each when the one before has been drawn.
FOLLOW = """async (links) => {
    const { playground } = document.querySelector("div.playground");
    const frame = () => new Promise(requestAnimationFrame);
    for (const link of links) {
        // The playground follows only what names a racer.
        const arrived = new Promise((go) => addEventListener("hashchange", go, { once: true }));
        const before = location.hash;
        location.hash = `racer=${link}&${link}`;
        if (location.hash === before) continue;
        await arrived;
        while (Number(playground.root.dataset.ready) !== playground.turn) await frame();
    }
}"""


def links(count):
    """Return fragments that mix known names with anything, some encoded, some not."""
    rng = random.Random(SEED)
    found = []
    for _ in range(count):
        pairs = []
        for _ in range(rng.randrange(1, 12)):
            value = "".join(rng.choices(PARTS + EDITS, k=rng.choice((1, 1, 1, 2, 3))))
            if rng.random() < 0.7:
                value = urllib.parse.quote(value)
            pairs.append(f"{rng.choice(KEYS)}={value}")
        found.append(rng.choice(("&", "&", "&&", ";")).join(pairs))
    return found


@pytest.fixture
def page(browser, base):
    page = browser.new_context().new_page()
    page.wrong = []
    page.on("pageerror", lambda error: page.wrong.append(str(error)))
    faults = ("error", "warning")
    page.on("console", lambda m: m.type in faults and page.wrong.append(m.text))
    page.on("dialog", lambda dialog: (page.wrong.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda r: None if r.url.startswith(base) else page.wrong.append(r.url))
    page.goto(base + "playground.html")
    page.wait_for_selector(".playground canvas")
    yield page
    page.context.close()


def test_what_is_read_of_a_link_is_sound(page):
    assert page.evaluate(CHECK, links(3000)) == []
    assert page.wrong == []


def test_a_hostile_link_runs_nothing_and_breaks_nothing(page):
    elements = page.evaluate("document.querySelectorAll('img, script, svg').length")
    page.evaluate(FOLLOW, links(150))
    assert page.wrong == []
    assert page.evaluate("window.broken") is None
    assert page.evaluate("document.querySelectorAll('img, script, svg').length") == elements
    # It still works.
    page.evaluate("location.hash = 'surface=Rosenbrock&steps=7&racer=Adam(lr=0.25)'")
    page.wait_for_function("location.hash.includes('Rosenbrock')")
    assert "Adam" in page.inner_text(".playground")
