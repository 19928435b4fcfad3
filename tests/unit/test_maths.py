"""Formulas in a paragraph, before they are typeset."""

import maths
import pytest
from docutils.core import publish_doctree


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("the rate :math:`a`, or", ["a,"]),
        ("(:math:`a`). So", ["(a)."]),
        ("the :math:`i`-th of :math:`n`: it", ["i-th", "n:"]),
        ("(:math:`a`), (:math:`b`)", ["(a),", "(b)"]),
        (":math:`a` or :math:`b` - so", []),
    ],
)
def test_punctuation_keeps_to_its_formula(text, kept):
    document = publish_doctree(text)
    before = document.astext()
    maths.Glue(document).run()
    glued = [
        node
        for node in document.findall()
        if "math-glued" in getattr(node, "attributes", {}).get("classes", ())
    ]
    assert [node.astext() for node in glued] == kept
    assert document.astext() == before
