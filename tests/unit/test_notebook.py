"""Tables of the pages: words to the left, numbers to the right."""

import pytest

from adamdoc.notebook import table


@pytest.mark.parametrize(
    ("column", "rule"),
    [
        (["0.1", "−2", "1.5 ± 0.2"], "---:"),
        (["$10^{-3}$", "∞", "3 (2 to 4)"], "---:"),
        (["Adam", "Lion", "3"], ":---"),
        (["–", "–", "yes"], ":---"),  # a dash is neither
        (["–", "", "7"], "---:"),
        (["over 3,000", "12", "7"], "---:"),
    ],
)
def test_a_table_aligns_words_to_the_left_and_numbers_to_the_right(column, rule):
    lines = table(["head"], [[cell] for cell in column]).data.splitlines()
    assert lines[1] == f"| {rule} |"
    assert lines[2:] == [f"| {cell} |" for cell in column]
