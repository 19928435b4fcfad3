"""Sphinx configuration: see the extensions of our own in _ext/, one job each."""

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

# Sphinx, matplotlib and the notebooks' kernels read these from the environment. nox sets the date
# to that of the commit; without it, 1 January 2026.
os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")
os.environ.setdefault("PYTHONHASHSEED", "0")
# One thread for each of the parallel processes: with more, the small products of the pages took
# four times as long, and their last digits would depend on the machine.
for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np

import adamdoc
from adamdoc import Ravine, dialects, optimizers

# Kernels get a profile of their own, so that no other one changes what they do. It silences their
# notice that they listen to this machine without encryption, and sends what a cell prints when the
# cell ends: sent in parts by the clock, MyST-NB would put line breaks between the parts.
profile = Path(__file__).parent / "_build" / "ipython" / "profile_default"
profile.mkdir(parents=True, exist_ok=True)
(profile / "ipython_kernel_config.py").write_text(
    "from ipykernel.iostream import OutStream\n"
    "OutStream.flush_interval = 3600\n"
    "get_config().IPKernelApp.log_level = 40\n"
)
os.environ["IPYTHONDIR"] = str(profile.parent)

# The claims lie beside the pages; the processes that measure them import what these import.
for folder in ("_ext", ""):
    sys.path.insert(0, str(Path(__file__).parent / folder))
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, (*sys.path[:2], os.environ.get("PYTHONPATH")))
)

project = "adamdoc"
author = "The adamdoc developers"
copyright = "2026, the adamdoc developers"
version = release = adamdoc.__version__

extensions = [
    "freshness",
    "progress",
    "maths",
    "figures",
    "reference",
    "ledger",
    "course",
    "terms",
    "playground",
    "dialects_pages",
    "audit_pages",
    "diagram",
    "tree",
    "imports",
    "finding",
    "steps",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_nb",
    "sphinx_gallery.gen_gallery",
    "sphinx_design",
    "sphinx_copybutton",
    "sphinxcontrib.bibtex",
    "notfound.extension",
    "sphinx_reredirects",
    "sphinxext.opengraph",
]
exclude_patterns = [
    "_build",
    "auto_gallery/backreferences",
    # MyST-NB would claim what sphinx-gallery generates.
    "auto_gallery/*.ipynb",
    "auto_gallery/*.py",
    "auto_gallery/*.json",
    "auto_gallery/*/*.ipynb",
    "auto_gallery/*/*.py",
    "auto_gallery/*/*.json",
    "auto_gallery/sg_execution_times.rst",
    "auto_gallery/*/sg_execution_times.rst",
    "sg_execution_times.rst",
]
templates_path = ["_templates"]
nitpicky = True
default_role = "autolink"  # links a name where it can, as numpydoc means it

# Pages that execute
nb_execution_mode = "cache"
nb_execution_cache_path = str(Path(__file__).parent / "_build" / "jupyter_cache")
nb_execution_show_tb = True  # a failing cell is a warning with its traceback; -W makes it an error
nb_execution_timeout = 300
nb_output_stderr = "warn"  # what a cell warns of is an error, too
nb_render_markdown_format = "myst"
nb_merge_streams = True
nb_code_prompt_show = "Show the code"
nb_code_prompt_hide = "Hide the code"
myst_enable_extensions = [
    *("attrs_inline", "colon_fence", "deflist", "dollarmath", "fieldlist", "substitution"),
]
# The numbers and names on the landing page, which has no cells.
myst_substitutions = {
    "methods": len(optimizers.CLASSES),
    "libraries": " and ".join(", ".join(dialects.LIBRARIES).rsplit(", ", 1)),
    "limit": f"{2 / np.linalg.eigvalsh(Ravine().hess(Ravine().start)).max():g}",
}
myst_heading_anchors = 3
math_eqref_format = "equation {number}"
bibtex_bibfiles = ["references.bib"]
bibtex_default_style = "plain"
bibtex_reference_style = "author_year"

# Scripts that execute
sphinx_gallery_conf = {
    "examples_dirs": "../gallery",
    "gallery_dirs": "auto_gallery",
    "filename_pattern": r"/plot_",
    "image_scrapers": ("figures.scrape",),
    "reset_modules": ("matplotlib", "figures.reset"),
    "reset_modules_order": "both",
    "backreferences_dir": "auto_gallery/backreferences",
    "doc_module": ("adamdoc",),
    "inspect_global_variables": True,
    "within_subsection_order": "figures.by_number",
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1e9,
    "write_computation_times": False,
    "download_all_examples": False,
    "remove_config_comments": True,
    "capture_repr": (),
    "copyfile_regex": r".*\.rst",
    "parallel": 2,
}

# The reference
autosummary_generate = True
autosummary_context = {"optimizers": [cls.__name__ for cls in dialects.ALL]}
autodoc_typehints = "none"
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False
toc_object_entries = False
viewcode_line_numbers = True

# Where the site is hosted, if that is known; hosts can say it in the environment. The cards, the
# sitemap and the page for addresses that do not exist need it.
html_baseurl = os.environ.get("READTHEDOCS_CANONICAL_URL") or os.environ.get("ADAMDOC_URL", "")
html_baseurl = html_baseurl and html_baseurl.rstrip("/") + "/"
notfound_urls_prefix = urlsplit(html_baseurl).path or "/"
ogp_site_url = html_baseurl
ogp_social_cards = {
    "enable": bool(html_baseurl),
    "font": "Source Serif 4",
    "image_mini": "_build/icon/icon.png",
    "line_color": "#0b62a0",
}
ogp_type = "article"
ogp_description_length = 160
if html_baseurl:
    extensions.append("sphinx_sitemap")
    sitemap_url_scheme = "{link}"
    sitemap_excludes = ["404.html", "search.html", "genindex.html", "_modules/*"]

# Pages of the reference that have moved, by the old name of what they document.
moved = {name: f"adamdoc.dialects.forms.{name}" for name in dialects.forms.CLASSES} | {
    f"claims.{name}": f"claims.{name}"
    for name in ("Claim", "Case", "Report", "Evidence", "claim", "measure", "verdict")
}
for module, names in {
    "curvature": ("sharpness",),
    "papers.cohen2021": ("Trace", "follow_sharpness"),
    "papers.gupta2018": ("matrix_problem", "run_matrix"),
    "papers.kingma2015": ("Uncorrected", "bag_of_words"),
    "papers.kunstner2024": ("long_tail",),
    "papers.liu2020": ("adaptive_rates",),
    "papers.loshchilov2019": ("decay_map",),
    "papers.measures": ("settled", "slope"),
    "papers.nesterov2018": ("best_nesterov",),
    "papers.polyak1964": ("best_heavy_ball",),
    "papers.reddi2018": ("online", "three_beat"),
    "papers.wilson2017": ("separable",),
}.items():
    moved |= {f"experiments.{name}": f"adamdoc.{module}.{name}" for name in names}
moved |= {
    "checks.whole": "adamdoc.checks.integer",
    "curvature.wanted": "adamdoc.curvature.estimate_due",
    "experiments.flat": "adamdoc.curvature.flatten",
    "experiments.walk": "adamdoc.walk",
    "lineage.Properties": "adamdoc.invariances.Properties",
    "lineage.news": "adamdoc.lineage.new_equations",
    "lineage.properties": "adamdoc.invariances.measure",
    "models.Rows": "adamdoc.models.SparseRows",
    "vectors.hyperparameters": "adamdoc.vectors.hyperparameter_values",
    "vectors.run": "adamdoc.vectors.trajectory",
}
redirects = {f"reference/api/adamdoc.{old}": f"{new}.html" for old, new in moved.items()}
redirects["reference/api/adamdoc.lineage.is_dialect"] = "../../family/lineage.html"
redirects["theory/family"] = "fixes.html"
redirect_html_template_file = "_templates/redirect.html"

# The look
html_theme = "pydata_sphinx_theme"
html_title = "adamdoc"
html_static_path = ["_static"]
html_css_files = [
    *("type.css", "katex/katex.min.css", "maths.css"),
    *(
        "playground/playground.css",
        "explore/explore.css",
        "verdict.css",
        "gallery.css",
        "search/search.css",
    ),
    *("adamdoc.css", "pages.css"),
]
html_js_files: list[str | tuple[str, dict[str, object]]] = [
    "on_demand.js",
    ("katex/copy-tex.min.js", {"defer": "defer"}),
]
html_favicon = "_static/logo.svg"
html_math_renderer = "katex"
html_additional_pages = {"search": "search.html"}  # with our own index: see _ext/finding.py
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_last_updated_fmt = None
html_theme_options = {
    "navbar_start": ["sized-logo"],
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "navbar_persistent": ["named-search-button"],
    "navigation_with_keys": False,
    "search_bar_text": "Search: a name, a symptom, a symbol",
    "show_toc_level": 2,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
html_sidebars = {
    "index": [],
    "404": [],
    "playground": [],
    "converter": [],
    "notation": [],
    "glossary": [],
    "bibliography": [],
    "design": [],
}

# Several versions beside each other (nox -s versions): a list to choose from, and a banner on all
# but the stable one.
if os.environ.get("ADAMDOC_VERSIONS"):
    html_js_files.append(("versions.js", {"priority": 300}))
    html_theme_options["navbar_end"] = ["version-switcher", "theme-switcher"]
