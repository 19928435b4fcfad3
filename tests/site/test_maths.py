"""Formulas as KaTeX sets them, on every screen, and copied as LaTeX."""

import io
import re
from html import escape

import maths
import npm
import pytest
from PIL import Image, ImageChops

#: A bias correction, a root, a wide one, conditions, a matrix, sums, norms, accents, a product.
FORMULAS = (
    r"\hat{m}_t = \frac{m_t}{1 - \beta_1^t}",
    r"\theta_t = \theta_{t-1} - \eta\,\frac{\hat{m}_t}{\sqrt{\hat{v}_t} + \varepsilon}",
    r"v_t = \beta_2 v_{t-1} + (1 - \beta_2)\, g_t^2",
    r"\frac{\sqrt{\kappa} - 1}{\sqrt{\kappa} + 1}",
    r"d_t = \max\left(d_{t-1}, \alpha \frac{r_t}{\lVert s_t \rVert_1}\right)",
    r"\begin{pmatrix} 1 & \mu \\ -\eta & 1 - \eta\lambda \end{pmatrix}",
    r"\sum_{i=1}^{n} \nabla f_i(\theta) = \mathbb{E}[g_t]",
    r"\begin{cases} x^2 & x > 0 \\ 0 & \text{otherwise} \end{cases}",
    r"\bar{b}_t = \nu (g_t + \mu b_t) + (1 - \nu) b_t",
    r"\underbrace{\lVert g \rVert_2}_{\text{norm}} \leq \prod_{k} \sigma_k \odot \tilde{x}",
)
PAGE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">{styles}</head>
<body style="--ratio-math: 1.21em; margin: 30px; font: 16px serif">{body}</body></html>"""


def picture(browser, base, styles, body):
    """Return the picture of a page of the site's host at two pixels to the point."""
    page = browser.new_page(device_scale_factor=2, viewport={"width": 960, "height": 200})
    page.goto(f"{base}404.html")  # an address of the site, so that its files are at hand
    page.set_content(PAGE.format(styles=styles, body=body), wait_until="load")
    page.evaluate("document.body.offsetWidth, document.fonts.ready")
    shot = page.screenshot()
    page.close()
    return Image.open(io.BytesIO(shot)).convert("L")


@pytest.fixture(scope="module")
def katex(browser):
    """Return a page in which KaTeX's own script runs."""
    page = browser.new_page()
    page.add_script_tag(path=str(npm.packages() / "katex" / "dist" / "katex.min.js"))
    yield page
    page.close()


@pytest.mark.parametrize("latex", FORMULAS)
def test_a_formula_is_set_as_by_katex(browser, base, katex, latex):
    sheet = '<link rel="stylesheet" href="{}_static/{}">'
    own = picture(
        browser,
        base,
        sheet.format(base, "katex/katex.min.css") + sheet.format(base, "maths.css"),
        maths.inline(rf"\displaystyle {latex}"),
    )
    markup = katex.evaluate("l => katex.renderToString(l)", rf"\displaystyle {latex}")
    theirs = picture(browser, base, sheet.format(base, "katex/katex.min.css"), markup)
    assert own.getextrema()[0] < 100  # something is drawn
    assert ImageChops.difference(own, theirs).getbbox() is None


@pytest.mark.parametrize("latex", FORMULAS)
def test_the_build_knows_how_wide_a_formula_is(browser, base, latex):
    page = browser.new_page()
    page.goto(f"{base}theory/adam.html")
    page.evaluate("html => (document.body.innerHTML = html)", maths.inline(latex))
    page.evaluate("document.fonts.ready")
    drawn = page.evaluate(
        """() => [...document.querySelectorAll(".katex-base")]
            .map((part) => part.getBoundingClientRect().width)
            .reduce((sum, width) => sum + width, 0)
            / parseFloat(getComputedStyle(document.querySelector(".katex")).fontSize)"""
    )
    page.close()
    assert sum(maths.layout(latex).widths) == pytest.approx(drawn, rel=0.08, abs=0.2)


def test_punctuation_stays_on_the_line_of_its_formula(browser, base):
    page = browser.new_page()
    page.goto(f"{base}theory/adam.html")
    formula = maths.inline(r"\theta_t = \theta_{t-1} - \eta g_t")
    page.evaluate(
        """html => (document.querySelector("article").innerHTML =
            `<p>from <span class="math-glued">(<span class="math">${html}</span>).</span></p>`)""",
        formula,
    )
    page.evaluate("document.fonts.ready")
    lines = page.evaluate(
        """() => {
            const p = document.querySelector("article p");
            const parts = [...p.querySelectorAll(".katex-base")];
            const mark = document.createRange();
            mark.selectNodeContents(p.querySelector(".math").nextSibling);
            const found = [];
            for (let width = 80; width < 320; width += 4) {
                p.style.width = `${width}px`;
                const end = parts.at(-1).getBoundingClientRect();
                found.push([mark.getBoundingClientRect().left >= end.left,
                            end.top > parts[0].getBoundingClientRect().bottom]);
            }
            return found;
        }"""
    )
    page.close()
    assert all(beside for beside, _ in lines)
    assert {broken for _, broken in lines} == {True, False}  # the formula itself still breaks


def test_a_formula_is_copied_as_latex(browser, base):
    page = browser.new_page()
    page.goto(f"{base}theory/adam.html")
    copied = page.evaluate(
        """() => {
            const range = document.createRange();
            range.selectNode(document.querySelector(".algorithm ol .math"));
            getSelection().removeAllRanges();
            getSelection().addRange(range);
            const clipboardData = new DataTransfer();
            document.dispatchEvent(new ClipboardEvent("copy", { clipboardData }));
            return clipboardData.getData("text/plain");
        }"""
    )
    page.close()
    assert re.fullmatch(r"\s*\$\$m_t = \\beta_1.*\$\$\s*", copied), copied


def test_a_formula_that_katex_cannot_read_is_an_error():
    with pytest.raises(maths.MathsError, match="KaTeX cannot read"):
        maths.inline(r"\frac{1}")


@pytest.mark.parametrize(
    ("latex", "cells"),
    [
        (r"a = b", [["a = b"]]),
        (r"a &= b \\ c &= d", [["a ", "= b "], [" c ", "= d"]]),
        (
            r"\begin{aligned} a &= b \\[2pt] c &= d \end{aligned}",
            [[" a ", "= b "], [" c ", "= d "]],
        ),
        (r"\begin{aligned} a \end{aligned} + 1", [[r"\begin{aligned} a \end{aligned} + 1"]]),
        (r"\begin{pmatrix} a & b \end{pmatrix}", [[r"\begin{pmatrix} a & b \end{pmatrix}"]]),
    ],
)
def test_lines_and_cells(latex, cells):
    assert maths.cells(latex) == cells


#: Formulas that a phone cuts off, or shows too small to read.
BAD = """() => [...document.querySelectorAll(".katex-html")]
    .filter((formula) => formula.checkVisibility() && !formula.closest("table"))
    .filter((formula) => {
        const size = parseFloat(getComputedStyle(formula).fontSize);
        const right = Math.max(...[...formula.querySelectorAll(".katex-base")]
            .map((part) => part.getBoundingClientRect().right));
        return right > innerWidth - 4 || size < 9;
    })
    .map((formula) => formula.textContent.slice(0, 40))"""


def test_no_formula_needs_scrolling_on_a_phone(browser, base, pages, site):
    page = browser.new_page(viewport={"width": 360, "height": 800})
    wrong = {}
    for name in pages:
        if name.startswith("family/audit/"):
            continue  # the equations of other libraries are shown as they are
        if "katex-html" in (site / name).read_text("utf-8"):
            page.goto(base + name)
            page.evaluate("document.querySelectorAll('details').forEach((d) => (d.open = true))")
            if found := page.evaluate(BAD):
                wrong[name] = found
    page.close()
    assert not wrong, escape(str(wrong))
