"""Give each page that executes cells a notebook, which runs wherever the package is installed.

Its code is that of the page. Its text is that of the page as it reads: with the equations of the
docstrings, and the numbers of this build, which the notebook computes again beside them.
"""

import re
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup, Tag
from markdownify import ATX, MarkdownConverter
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

FOLDER = "notebooks"
#: What a notebook has no use for: the marks of headings, the playgrounds, the filters of lists.
DROPPED = "a.headerlink, div.playground, ul.related, form, script, button, nav"
RECORD = re.compile(r'Path\("([\w./]+\.json)"\)')
MARK = re.compile(r"⟦(cell|math) (\d+)⟧")
#: What the page takes from page.py stands in the notebook itself; MyST-NB's glue prints.
GLUE = "from myst_nb import glue\n"
PRINT = '''

def glue(name, value, display):
    """Print a number that the text tells."""
    print(f"{name}: {value}")
'''
INSTALL = '# Needs: pip install "adamdoc[notebooks]"\n'


def notebook(app: Sphinx, pagename: str, body: str) -> nbformat.NotebookNode | None:
    """Return the notebook of a page, or nothing if the page has no cells."""
    executed = Path(app.outdir).parent / "jupyter_execute" / f"{pagename}.ipynb"
    if not executed.exists():
        return None
    code = [cell for cell in nbformat.read(executed, 4).cells if cell.cell_type == "code"]
    page = Path(app.srcdir, app.env.doc2path(pagename))
    cells = []
    following = iter(code)
    for kind, text in pieces(body, app.config.html_baseurl, pagename):
        if kind == "text":
            cells.append(nbformat.v4.new_markdown_cell(text))
            if len(cells) == 1:  # the title
                cells.append(opening(Path(app.srcdir, "page.py").read_text("utf-8")))
                cells += records(page, code)
            continue
        for cell in following:
            if source := own(cell.source):
                cells.append(nbformat.v4.new_code_cell(source))
            if "remove-cell" not in cell.metadata.get("tags", []):
                break
    cells += [
        nbformat.v4.new_code_cell(source) for cell in following if (source := own(cell.source))
    ]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # else at random
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": spec})


def opening(shared: str) -> nbformat.NotebookNode:
    """Return the cell with what the pages share."""
    if GLUE not in shared:
        raise ValueError(f"page.py must hold the line {GLUE!r}")
    head, _, tail = shared.partition(GLUE)
    code = head.partition('"""\n')[2].strip() + "\n" + tail.partition("\n\n\n")[0] + PRINT
    return nbformat.v4.new_code_cell(f"{INSTALL}{code}\n\n{tail.partition(chr(10) * 3)[2].strip()}")


def records(page: Path, code: list[nbformat.NotebookNode]) -> list[nbformat.NotebookNode]:
    """Return the cells that put the records of the page beside the notebook."""
    names = sorted({name for cell in code for name in RECORD.findall(cell.source)})
    return [
        nbformat.v4.new_code_cell(
            "from pathlib import Path\n\n# A record that this page reads.\n"
            f'_ = Path("{Path(name).name}").write_text(r"""'
            + (page.parent / name).read_text("utf-8").strip()
            + '""", "utf-8")'
        )
        for name in names
    ]


def own(source: str) -> str:
    """Return the code of a cell, without what the first cell gives."""
    kept = [line for line in source.splitlines() if not line.startswith("from page import")]
    return RECORD.sub(lambda m: f'Path("{Path(m[1]).name}")', "\n".join(kept)).strip()


def pieces(body: str, url: str, pagename: str) -> list[tuple[str, str]]:
    """Return the texts of a page in Markdown, and between them the places of its cells."""
    soup = BeautifulSoup(body, "html.parser")
    for tag in soup.select(DROPPED):
        tag.decompose()
    for tag in soup.select("div.cell"):
        tag.replace_with(soup.new_string("\n\n⟦cell 0⟧\n\n", type(soup.new_string(""))))
    formulas: list[str] = []
    for tag in soup.select("span.math, div.math"):
        formulas.append(latex(tag))
        tag.replace_with(f"⟦math {len(formulas) - 1}⟧")
    for tag in soup.select("details.claim"):
        # What was measured is on the page.
        summary, verdict = tag.find("summary"), tag.select_one(".verdict")
        if isinstance(summary, Tag) and isinstance(verdict, Tag):
            word = verdict.extract().get_text(" ", strip=True)
            tag.replace_with(f"\n\n- {summary.get_text(' ', strip=True)} ({word})\n\n")
    for tag in soup.select("a[href]"):
        href = str(tag["href"])
        if "://" not in href and url:
            folder = pagename.rpartition("/")[0]
            tag["href"] = f"{url.rstrip('/')}/{folder}/{href}"
        elif "://" not in href:
            tag.unwrap()
    text = MarkdownConverter(
        heading_style=ATX, bullets="-", newline_style="backslash"
    ).convert_soup(soup)
    result: list[tuple[str, str]] = []
    for part in re.split(r"(⟦cell 0⟧)", text):
        if part == "⟦cell 0⟧":
            result.append(("cell", ""))
        elif part.strip():
            filled = MARK.sub(lambda m: formulas[int(m[2])], part)
            result.append(("text", re.sub(r"\n{3,}", "\n\n", filled).strip()))
    return result


def latex(tag: Tag) -> str:
    """Return a formula as a notebook writes it."""
    formula = tag.find("annotation")
    if not isinstance(formula, Tag):
        raise ValueError(f"a formula must carry its LaTeX, got {tag}")
    text = formula.get_text().strip()
    if tag.name == "span":
        return f"${text}$"
    number = tag.select_one(".eqno")
    label = rf"\tag{{{number.get_text(strip=True).strip('()')}}}" if number else ""
    return f"\n\n$$\n{text}{label}\n$$\n\n"


def write(
    app: Sphinx, pagename: str, _template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Write the notebook of a page, and link it at the end."""
    if doctree is None or not (made := notebook(app, pagename, context.get("body", ""))):
        return
    target = Path(app.outdir, FOLDER, f"{pagename}.ipynb")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(made, version=4) + "\n", "utf-8")
    link = "../" * pagename.count("/") + f"{FOLDER}/{pagename}.ipynb"
    text = "Download this page as a notebook"
    context["body"] += f'<p class="notebook-of-page"><a href="{link}" download>{text}</a></p>'


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it, to see the page before it is made lean."""
    app.connect("html-page-context", write, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
