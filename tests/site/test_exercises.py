"""Exercises check an answer, and the first use of each term is a link to the glossary."""

from collections import Counter

import pytest

#: Terms that the pages use, and that a reader of the course may not know.
TERMS = """heavy ball, sharpness, preconditioner, Lipschitz, Hessian, eigenvalue, Lanczos, clipping,
weight decay, trust ratio, critical batch size, schedule, warm-up, condition number, noise floor"""
WORDS = "../glossary.html#term-"
#: What is typed, and the number that it says, or null.
NUMBERS = (
    *(("0.02", 0.02), (" 2e-2 ", 0.02), ("1/50", 0.02), ("2 %", 0.02), ("0,02", 0.02)),
    *(("1,000", 1000), ("1,234,567.5", 1234567.5), ("-3", -3), ("\N{MINUS SIGN}3", -3)),
    *(("", None), ("two", None), ("1/2/3", None), ("1//2", None), ("/", None)),
)


@pytest.fixture
def page(page, base):
    """Return a page of the course with its exercises."""
    page.goto(base + "theory/gradient-descent.html#exercises")
    page.wait_for_selector("form.answer")
    return page


def test_a_number_is_read_however_it_is_typed(page, base):
    code = """async ([texts, base]) => {
        const { numberOf } = await import(base + "_static/answers.js");
        return texts.map(numberOf).map((n) => Number.isNaN(n) ? null : n);
    }"""
    found = page.evaluate(code, [[text for text, _ in NUMBERS], base])
    assert found == pytest.approx([number for _, number in NUMBERS])


def test_every_exercise_of_the_course_checks_its_answer(page, base, soups):
    """The answer is right, ten times as much is too large, and a word is no number."""
    names = [name for name, soup in soups.items() if soup.select(".exercise")]
    assert len(names) > 10
    for name in names:
        page.goto(base + name)
        page.wait_for_selector("form.answer")
        forms = page.locator("form.answer").all()
        assert len(forms) == page.locator("details.answer").count() >= 3
        for form, fold in zip(forms, page.locator("details.answer").all(), strict=True):
            answer = fold.locator(".answer-value").text_content().strip()
            number = float(answer.replace(",", ""))
            field, said = form.locator("input"), form.locator("output")
            field.fill(answer)
            field.press("Enter")
            assert said.text_content() == "Right.", (name, answer)
            field.fill(str(10 * abs(number) + 7))
            form.get_by_role("button").click()
            assert "too large" in said.text_content(), (name, answer)
            field.fill("many")
            field.press("Enter")
            assert "Enter a number" in said.text_content()


def test_without_scripts_the_answer_is_behind_a_fold(browser, base):
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(base + "theory/gradient-descent.html")
    assert not page.locator("form.answer").count()
    page.locator("details.answer summary").first.click()
    assert page.locator("details.answer .answer-value").first.is_visible()
    page.close()


@pytest.mark.parametrize("term", [" ".join(term.split()) for term in TERMS.split(",")])
def test_the_glossary_explains(soups, term):
    names = [dt.get_text().removesuffix("#").lower() for dt in soups["glossary.html"].select("dt")]
    assert term.lower() in names


def test_terms_are_linked_once_where_a_page_first_uses_them(soups):
    for name, soup in soups.items():
        links = [a["href"] for a in soup.find_all("a", "term")]
        assert not [link for link, count in Counter(links).items() if count > 1], name
        if soup.select(".exercise"):
            assert len(links) > 8, name
    linked = soups["theory/momentum.html"].select_one(f'a.term[href="{WORDS}Hessian"]')
    before = linked.find_all_previous("p")
    assert not any("Hessian" in p.get_text() for p in before if linked not in p.descendants)


def test_headings_code_and_claims_have_no_links_of_terms(soups):
    for name, soup in soups.items():
        for link in soup.find_all("a", "term"):
            assert not link.find_parents(["h1", "h2", "h3", "pre", "code", "table", "a"]), name
            assert not link.find_parents("details", "claim"), name
