"""Texts keep clear of the habits that made them read as if translated word for word."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: What to say instead, by what is not said.
HABITS = {
    r"\banew\b": "again",
    r"\bbut for\b(?! (an?|the|one|each|every|any|which|what|large|small)\b)": "except for",
    r"\bnext to nothing\b": "almost nothing, or a number",
    r"\b(Adam|Prodigy|method|optimizer|model)s?,? as (it|they) comes?\b": "at its defaults",
    r"\bby which (factor|share|amount)\b": "by what factor",
    r"\b(unless|if) told\b|\bas told\b": "unless given",
    r"\bWho (copies|wants|reads|tunes|trains|takes|knows|writes|runs)\b": "if you copy",
    r"\blay(s|ing)? (it )?open\b": "expand",
    r"\bnot left to trust\b": "you need not take this on trust",
    r"\bis what \W?\w+\W? calls (so|it)\b": "counts as",
    r"\bas (much )?as anyone's\b": "as any other",
    r"\bgrows? (two|three|four|ten)fold in \w+\b": "y triples",
    r"\bstands? in the (docstrings?|table|text|equation|column|cell)\b": "is in",
    r"\b(equation|table|text|column|figure|caption|page|number)s? tells?\b": "says",
    r"\bwhat (is|was) (told|said) of\b": "claims about",
    r"\b(bears|wants) (a )?(larger|smaller|higher|lower|learning)\b": "allows",
    r"\bis no (law|wish|ranking|method of|result of)\b": "is not a",
    r"\bfor ever\b": "forever",
    r"\bequations? \{eq\}": "{eq}, which writes the word equation itself",
}
PATTERNS = {re.compile(habit): instead for habit, instead in HABITS.items()}


def texts():
    """Yield each text that people read, with its file."""
    for path in sorted((ROOT / "docs").rglob("*.md")):
        if not {"_build", "auto_gallery", "_templates"} & set(path.relative_to(ROOT).parts):
            yield path, path.read_text("utf-8")
    for path in sorted((ROOT / "gallery").rglob("*.*")):
        if path.suffix in (".py", ".rst"):
            yield path, path.read_text("utf-8").replace("\n# ", " ")
    for folder in ("adamdoc", "docs/claims"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text("utf-8"))
            strings = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
            yield path, "\n".join(s for s in strings if isinstance(s, str) and " " in s)


def habits(text):
    """Return the habits in a text, each with what to say instead."""
    plain = " ".join(text.split())
    found = ((pattern.search(plain), instead) for pattern, instead in PATTERNS.items())
    return [f"{match[0]!r}: say {instead}" for match, instead in found if match]


@pytest.mark.parametrize(
    "sentence",
    [
        "Who copies a learning rate of 0.1 from one to the other changes the step tenfold.",
        "Gradient descent grows threefold in y with each step",
        "That is not left to trust.",
        "Its learning rate matters as much as anyone's.",
        "Divergence is what `minimize` calls so",
        "Lay open what is folded".replace("Lay", "lay"),
        "The equations stand in the docstrings",
        "what is said of Adam",
    ],
)
def test_a_habit_is_found(sentence):
    assert habits(sentence)


def test_no_text_has_a_habit():
    found = {str(path.relative_to(ROOT)): habits(text) for path, text in texts()}
    assert len(found) > 150
    assert {path: said for path, said in found.items() if said} == {}
