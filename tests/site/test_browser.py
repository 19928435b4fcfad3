"""The built site in a browser: nothing from elsewhere, no error, readable on every screen."""

from contextlib import contextmanager

import pytest

playwright = pytest.importorskip("playwright.sync_api")

#: One page of each kind, which is looked at in both themes.
KINDS = (
    *("index.html", "404.html", "genindex.html", "playground.html", "search.html"),
    *("theory/index.html", "theory/adam.html", "theory/why-adam.html", "evidence/ledger.html"),
    *("family/dialects.html", "family/lineage.html", "reference/index.html"),
    *("converter.html", "family/dialects/adam.html"),
    *("family/audit.html", "family/audit/torch.optim.Adam.html"),
    *("reference/api/adamdoc.Adam.html", "_modules/adamdoc/optimizers/methods/adam.html"),
    *("auto_gallery/index.html", "auto_gallery/1_the_article/plot_2_momentum_and_adam.html"),
)
WIDTHS = (1300, 360)
#: What the names of pages begin with; the last is of all others.
FOLDERS = ("_modules/", "family/", "reference/", "")
#: Resolves when the place of an element has been the same for twenty frames.
SETTLED = """(anchor) => new Promise((resolve) => {
    const place = () => document.getElementById(anchor).getBoundingClientRect().top;
    let before = place(), frames = 0;
    const look = () => {
        const now = place();
        frames = now === before && document.readyState === "complete" ? frames + 1 : 0;
        before = now;
        frames < 20 ? requestAnimationFrame(look) : resolve(now);
    };
    requestAnimationFrame(look);
})"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "place",
    [
        "theory/adam.html#adam-scale",  # below a playground, which has no size until it is drawn
        "theory/stochastic-gradients.html#which-batch-size",
        "theory/where-adam-wins.html#transformers",
    ],
)
def test_a_link_to_a_section_leads_to_it(browser, base, place, width):
    """What is above it and not laid out yet does not move it away."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    address, _, anchor = place.partition("#")

    page.goto(base + place)
    opened = page.evaluate(SETTLED, anchor)
    page.goto("about:blank")
    page.goto(base + address)
    page.evaluate("anchor => (location.hash = anchor)", anchor)
    followed = page.evaluate(SETTLED, anchor)
    page.close()
    assert all(0 < y < 200 for y in (opened, followed)), (opened, followed)


#: What can be wrong with the page that is shown: empty or 0 where nothing is.
WRONG = r"""(theme) => ({
    theme: document.documentElement.dataset.theme !== theme,
    wide: Math.max(document.documentElement.scrollWidth - innerWidth, 0),
    cut: [...document.querySelectorAll("article *")].filter(e => {
        if (e.getBoundingClientRect().right <= innerWidth + 1) return false;
        if (!e.checkVisibility()) return false;
        while ((e = e.parentElement).tagName !== "ARTICLE")
            if (getComputedStyle(e).overflowX !== "visible") return false;
        return true;
    }).map(e => e.textContent.slice(0, 40)),
    twins: [...document.querySelectorAll("article img")]
        .filter(i => i.matches(".only-light, .only-dark"))
        .filter(i => (i.offsetParent !== null) !==
            i.matches(".only-" + document.documentElement.dataset.theme)
            && !i.closest("details:not([open])")).length,
    white: document.documentElement.dataset.theme !== "dark" ? [] :
        [...document.querySelectorAll("article *")].filter(e => {
            const [r, g, b, a = 1] =
                getComputedStyle(e).backgroundColor.match(/[\d.]+/g).map(Number);
            return a > 0.3 && Math.min(r, g, b) > 180;
        }).map(e => e.className),
})"""
#: What is wider than it shows, and does not fade out at its edge or cannot be reached by keyboard.
CUT = """() => [...document.querySelectorAll("article *")].filter((e) => {
    if (!e.checkVisibility() || e.scrollWidth <= e.clientWidth + 1) return false;
    const style = getComputedStyle(e);
    if (style.clipPath === "inset(50%)") return false; // said to a screen reader alone
    if (style.overflowX === "visible" || style.display === "inline") return false;
    if (e.closest(".katex, .katex-display, .math, .playground")) return false; // have own tests
    const fades = parseFloat(style.getPropertyValue("--fade-end")) > 0;
    return !fades || e.tabIndex !== 0;
}).map((e) => `${e.tagName}.${e.className} ${e.textContent.trim().slice(0, 60)}`)"""
#: What is loaded when the page has been drawn has come, and its scripts have run. A busy machine
#: may never call a page idle.
IDLE = "new Promise((resolve) => requestIdleCallback(resolve, { timeout: 3000 }))"


@contextmanager
def visits(browser, base, theme="light"):
    """Give a page, and a list of all that goes wrong in it."""
    wrong = []
    context = browser.new_context(color_scheme=theme)

    def foreign(request):
        if not request.url.startswith((base, "data:")):
            wrong.append(f"outside request: {request.url}")

    context.on("request", foreign)
    fine = (200, 206, 304)  # the last is what the browser has already
    context.on("response", lambda r: r.status in fine or wrong.append(f"{r.status}: {r.url}"))
    loud = ("error", "warning")  # the theme says which colours it shows
    late = "preloaded using link preload but not used within a few seconds"  # a busy machine

    def complain(message):
        if message.type in loud and late not in message.text:
            wrong.append(f"console: {message.text}")

    context.on("console", complain)
    context.on("weberror", lambda e: wrong.append(f"script: {e.error}"))
    yield context.new_page(), wrong
    context.close()


def look(page, theme, wrong, widths=WIDTHS, text=False):
    """Look at the page that is open at some widths; one of text must say what it cuts off."""
    for width in widths:
        page.set_viewport_size({"width": width, "height": 900})
        seen = page.evaluate(WRONG, theme)
        if any(seen.values()):
            wrong.append(f"{page.url} at {width}: {seen}")
        if text and page.evaluate(CUT):
            try:  # the theme makes what scrolls reachable a moment later
                page.wait_for_function(f"() => ({CUT})().length === 0", timeout=3000)
            except playwright.TimeoutError:
                wrong.append(f"{page.url} at {width} cuts off without a hint {page.evaluate(CUT)}")
    page.evaluate(IDLE)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_page(browser, base, pages, texts, site, folder):
    """No outside request, no complaint, no missing file, nothing wider than the screen.

    One in eight of the listings of code, which differ in their lines alone.
    """
    of_folder = {p: next(f for f in FOLDERS if p.startswith(f)) for p in pages}
    chosen = [page for page in pages if of_folder[page] == folder]
    with visits(browser, base) as (page, wrong):
        for name in chosen[:: 8 if folder == "_modules/" else 1]:
            if 'http-equiv="refresh"' in (site / name).read_text("utf-8"):
                continue  # it has moved
            page.set_viewport_size({"width": WIDTHS[0], "height": 900})
            page.goto(base + name)
            look(page, "light", wrong, text=name in texts)
    assert not wrong


@pytest.mark.parametrize(("theme", "width"), [("light", 360), ("dark", 1400), ("dark", 360)])
def test_a_page_of_each_kind(browser, base, theme, width):
    """Loaded in the three ways in which not all pages are."""
    with visits(browser, base, theme) as (page, wrong):
        page.set_viewport_size({"width": width, "height": 900})
        for name in KINDS:
            page.goto(base + name)
            look(page, theme, wrong, (width,))
    assert not wrong


def test_pages_read_without_javascript(browser, base):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(base + "theory/adam.html")
    formula = page.locator(".katex-html").first.bounding_box()
    assert formula["width"] > 10
    assert formula["height"] > 5
    figures = page.locator("article img.only-light")
    assert figures.first.is_visible()
    assert not page.locator("article img.only-dark").first.is_visible()
    solution = page.locator("details", has_text="Show the solution").first
    output = solution.locator(".cell_output")
    assert not output.is_visible()
    solution.locator("summary").click()  # unfolds by itself, without a script
    assert output.is_visible()
    context.close()


def symbol(page, where, letters):
    """Return the letter of the first symbol within an element that has some letters."""
    found = page.evaluate_handle(
        """([where, letters]) => [...document.querySelectorAll(`${where} .katex-html .mord`)]
            .filter((part) => part.checkVisibility() && part.querySelector(".msupsub"))
            .find((part) => part.textContent.replace(/[\\s\\u200b]/g, "").startsWith(letters))
            .querySelector(".mathnormal")""",
        [where, letters],
    )
    return found.as_element()


def test_pointing_at_a_symbol_says_what_it_means(browser, base):
    page = browser.new_page()
    page.goto(base + "theory/adam.html")
    page.wait_for_load_state("networkidle")
    bubble = page.locator(".symbol-bubble")
    for letters, code, words in (
        ("β1", "beta1", "first decay rate"),
        ("mt−1", "m", "first moment"),
        ("v^t", "v_hat", "corrected second moment"),
    ):
        symbol(page, ".algorithm", letters).hover()
        assert bubble.locator("code").inner_text() == code
        assert words in bubble.inner_text()
    page.keyboard.press("Escape")
    assert not bubble.is_visible()
    page.mouse.move(5, 5)
    # An eigenvalue is no weight decay: what has other meanings is not told outside of a box.
    page.goto(base + "theory/gradient-descent.html")
    page.wait_for_load_state("networkidle")
    page.locator("p .katex-html .mathnormal", has_text="λ").first.hover()
    assert not bubble.is_visible()
    page.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("AdaDelta", "average of the squared steps"),
        ("Adan", "average of the differences of gradients"),
        ("Prodigy", "estimate of the distance from the start"),
    ],
)
@pytest.mark.parametrize("where", [".algorithm", "dl.py.class"])
def test_a_symbol_means_what_the_class_means_by_it(browser, base, name, words, where):
    page = browser.new_page()
    page.goto(f"{base}reference/api/adamdoc.{name}.html")
    page.wait_for_load_state("networkidle")
    symbol(page, where, "dt").hover()
    assert words in page.locator(".symbol-bubble").inner_text()
    page.close()


def test_what_scrolls_is_reached_by_keyboard(browser, base):
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(base + "theory/adam.html")
    page.wait_for_function(
        """() => {
            const wide = [...document.querySelectorAll("article pre")]
                .filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth);
            return wide.length > 0 && wide.every((e) => e.tabIndex === 0);
        }"""
    )
    page.close()


def test_the_ledger_is_searched_filtered_and_linked(browser, base):
    page = browser.new_page()
    page.goto(base + "evidence/ledger.html#claim-rmsprop-settles")
    claims = page.locator("details.claim[data-verdict]")
    linked = page.locator("#claim-rmsprop-settles")
    assert linked.evaluate("claim => claim.open")
    page.locator(".ledger-filter input").fill("settles minimum")
    assert linked.is_visible()
    assert page.locator("details.claim[data-verdict]:visible").count() < claims.count() / 2
    page.locator(".ledger-filter input").fill("")
    page.locator(".ledger-filter select[name=verdict]").select_option("does not hold")
    shown = page.locator("details.claim[data-verdict]:visible")
    assert 0 < shown.count() < claims.count()
    verdicts = shown.evaluate_all("claims => claims.map(claim => claim.dataset.verdict)")
    assert set(verdicts) == {"does not hold"}
    assert page.locator(".ledger-filter output").text_content() == (
        f"{shown.count()} of {claims.count()} claims"
    )
    page.close()


def test_every_line_of_the_ledger_says_its_condition_and_the_deciding_figure(browser, base):
    page = browser.new_page()
    page.goto(base + "evidence/ledger.html")
    lines = page.locator("details.claim[data-verdict]").evaluate_all(
        """claims => claims.map(claim => [
            claim.dataset.verdict,
            ...["finding", "deciding", "size"].map(
                (part) => claim.querySelector("summary ." + part)?.textContent ?? ""),
            claim.querySelectorAll("svg.plot").length,
            claim.querySelectorAll("tbody tr[class]").length,
        ])"""
    )
    assert len(lines) > 80
    for verdict, finding, deciding, size, plots, cases in lines:
        assert bool(finding) == (verdict not in ("holds", "seen here"))
        assert any(digit in deciding for digit in "0123456789∞")
        assert ("seed" in size or "chance" in size) == ("seen" in verdict)
        assert plots == cases > 0
    page.close()
