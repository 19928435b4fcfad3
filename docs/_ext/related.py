"""Link pages, gallery and reference to each other, both ways.

Which page of the course a script of the gallery belongs to stands in one table, here. What a page
uses of the package is read from the imports of its cells. Where these change, the pages that show
them are written anew.
"""

import ast
import json
from collections import defaultdict
from pathlib import Path

from docutils import nodes
from freshness import results
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util.typing import ExtensionMetadata

#: The page of the course to which each script belongs.
COURSE = {
    "1_the_article/plot_1_gradient_descent_and_adam": "from-scratch",
    "1_the_article/plot_2_momentum_and_adam": "from-scratch",
    "1_the_article/plot_3_fair_first_comparison": "from-scratch",
    "1_the_article/plot_4_fair_second_comparison": "from-scratch",
    "2_the_parts_of_adam/plot_1_bias_correction": "adam",
    "2_the_parts_of_adam/plot_2_betas": "adam",
    "2_the_parts_of_adam/plot_3_learning_rate_sweep": "why-adam",
    "3_landscapes/plot_1_conditioning": "gradient-descent",
    "3_landscapes/plot_2_saddle_escape": "gradient-descent",
    "3_landscapes/plot_3_rosenbrock": "momentum",
    "3_landscapes/plot_4_basins": "gradient-descent",
    "3_landscapes/plot_5_race": "adaptive-rates",
    "4_learning/plot_1_noise": "stochastic-gradients",
    "4_learning/plot_2_digits": "why-adam",
    "4_learning/plot_3_schedules": "stochastic-gradients",
    "5_the_literature/plot_1_adam_paper": "why-adam",
    "5_the_literature/plot_2_bias_correction_study": "adam",
    "5_the_literature/plot_3_the_worst_point": "family",
    "5_the_literature/plot_4_adaptive_and_unseen": "why-adam",
    "5_the_literature/plot_5_decay_heat_maps": "family",
    "5_the_literature/plot_6_rare_classes": "why-adam",
    "5_the_literature/plot_7_edge_of_stability": "gradient-descent",
    "5_the_literature/plot_8_momentum_phases": "momentum",
    "5_the_literature/plot_9_default_or_tuned": "why-adam",
    "5_the_literature/plot_10_noise_and_batches": "stochastic-gradients",
    "5_the_literature/plot_11_eps_and_beta2": "adam",
    "5_the_literature/plot_12_matrices_and_schedules": "family",
    "5_the_literature/plot_13_warm_up": "adam",
}
#: What is said before the links to each kind of page, in this order.
WORDS = (
    ("theory/", "In the course"),
    ("family/", "In the family"),
    ("evidence/", "In the evidence"),
    ("auto_gallery/", "In the gallery"),
    ("reference/api/", "In the reference"),
)
Links = dict[str, list[tuple[str, str]]]


def imports(source: str) -> set[str]:
    """Return the full names that some code imports from the package."""
    return {
        f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("adamdoc")
        for alias in node.names
    }


def relations(env: BuildEnvironment) -> Links:
    """Return what each page links to: pages and their titles."""
    found: dict[str, set[str]] = defaultdict(set)

    def join(one: str, other: str) -> None:
        found[one].add(other)
        found[other].add(one)

    for page in sorted(env.found_docs):
        name = page.removeprefix("auto_gallery/")
        if name != page and "/plot_" in name:
            if name not in COURSE:
                raise ExtensionError(f"{name} must stand in COURSE, in {Path(__file__).name}")
            join(page, f"theory/{COURSE[name]}")
    docs = Path(env.srcdir)
    for path, source in results(docs.parent):
        if path.is_relative_to(docs):
            page = path.relative_to(docs).with_suffix("").as_posix()
            for target in (f"reference/api/{name}" for name in imports(source)):
                if target in env.found_docs:
                    join(page, target)
    return {
        page: sorted((other, env.titles[other].astext()) for other in others)
        for page, others in found.items()
    }


def update(app: Sphinx, env: BuildEnvironment) -> list[str]:  # noqa: ARG001 - the event's form
    """Return the pages whose links have changed since the last build."""
    before: Links = getattr(env, "adamdoc_related", {})
    now = relations(env)
    env.adamdoc_related = now  # type: ignore[attr-defined]
    return sorted(page for page in now.keys() | before.keys() if now.get(page) != before.get(page))


def outdated(
    app: Sphinx,
    env: BuildEnvironment,
    added: set[str],  # noqa: ARG001 - the event's form
    changed: set[str],  # noqa: ARG001
    removed: set[str],  # noqa: ARG001
) -> list[str]:
    """Return the pages of the reference whose scripts of the gallery have changed."""
    path = Path(app.srcdir, app.config.sphinx_gallery_conf["backreferences_dir"])
    table = path / "backreferences_all.json"
    now = json.loads(table.read_text("utf-8")) if table.exists() else {}
    before = getattr(env, "adamdoc_scripts", {})
    env.adamdoc_scripts = now  # type: ignore[attr-defined]
    pages = (
        f"reference/api/{key}"
        for key in sorted(now.keys() | before.keys())
        if now.get(key) != before.get(key)
    )
    return [page for page in pages if page in env.found_docs]


def append(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the links at the end of a page."""
    links: Links = getattr(app.env, "adamdoc_related", {})
    section = doctree.next_node(nodes.section)
    if docname not in links or section is None:
        return
    result = nodes.bullet_list(classes=["related"])
    for prefix, words in WORDS:
        targets = [(page, title) for page, title in links[docname] if page.startswith(prefix)]
        if targets:
            line = nodes.paragraph("", "", nodes.strong("", words), nodes.Text(": "))
            for number, (page, title) in enumerate(targets):
                line += nodes.Text(", ") if number else nodes.Text("")
                uri = app.builder.get_relative_uri(docname, page)
                line += nodes.reference(
                    "", title.removeprefix("adamdoc."), refuri=uri, internal=True
                )
            result += nodes.list_item("", line)
    section += result


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it."""
    app.connect("env-get-outdated", outdated)
    app.connect("env-updated", update)
    app.connect("doctree-resolved", append)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
