"""A gallery script names its page of the course, or the build says what to write."""

import re
from types import SimpleNamespace

import pytest


@pytest.fixture
def course_page(monkeypatch, request, tmp_path):
    errors = pytest.importorskip("sphinx.errors")
    monkeypatch.syspath_prepend(request.config.rootpath / "docs" / "_ext")
    import course

    def find(text):
        (tmp_path / "plot_1.py").write_text(f'"""\nA title\n=======\n"""\n\n{text}\n', "utf-8")
        docs = {"theory/adam", "theory/momentum", "plot_1"}
        env = SimpleNamespace(srcdir=tmp_path, found_docs=docs)
        try:
            return course.course_page(env, "plot_1")
        except errors.ExtensionError as error:
            return str(error)

    return find


def test_a_script_names_its_page(course_page):
    assert course_page('# sphinx_gallery_course = "adam"\n') == "theory/adam"


@pytest.mark.parametrize(
    ("text", "given"), [("", "None"), ('# sphinx_gallery_course = "adm"\n', "'adm'")]
)
def test_a_script_without_a_known_page_is_an_error(course_page, text, given):
    wanted = "plot_1.py must name its page of the course .* one of adam, momentum; got " + given
    assert re.fullmatch(wanted, course_page(text))
