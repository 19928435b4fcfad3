"""The equations that the playground fills with numbers are still those of the docstrings."""

import re

import pytest
import sympy

from adamdoc import dialects, equations
from adamdoc.equations import parse
from adamdoc.notation import SPELLINGS


@pytest.mark.parametrize("cls", dialects.ELEMENTWISE)
def test_placeholders_are_where_the_symbols_were(cls, monkeypatch, request):
    pytest.importorskip("sphinx")
    monkeypatch.syspath_prepend(request.config.rootpath / "docs" / "_ext")
    import playground

    latex = {name: symbol for symbol, name in SPELLINGS.items()}
    for assignment in equations.of(cls).assignments:
        text, names = equations.with_placeholders(assignment.latex.partition("&=")[2])
        back = re.sub(
            r"\\text\{q(\d+)\}", lambda found, names=names: latex[names[int(found[1])]], text
        )
        back = re.sub(r"(\\max|\\min|\\mathrm\{sign\}|\\left|\\right) ", r"\1", back)
        expr = parse._read(cls.__name__, " ".join(back.split()))
        assert sympy.simplify(expr - assignment.expr) == 0
        markup = playground.fillable(assignment.latex)
        assert markup.count("data-name=") == len(names)
        assert "<mtext>" not in markup
