"""The built site, and a browser to look at it with."""

import functools
import gc
import http.server
import os
import shutil
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",  # the tests may run as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    """Serve files without a line for each."""

    def log_message(self, *_args):
        """Say nothing."""


def pytest_itemcollected(item):
    """Measure no coverage here: what is looked at is the site."""
    item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def site():
    """Return the folder of the built site."""
    folder = os.environ.get("ADAMDOC_SITE")
    if not folder:
        pytest.skip("no built site: nox -s tests builds it, and sets ADAMDOC_SITE")
    assert (Path(folder) / "index.html").is_file(), f"there is no site in {folder}"
    return Path(folder)


@pytest.fixture(scope="session")
def pages(site):
    """Return the paths of all pages, relative to the site; the theme keeps a template there."""
    found = sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html"))
    return [p for p in found if not p.startswith("_static/")]


@pytest.fixture(scope="session")
def texts(pages):
    """Return the pages that are written as text."""
    begin = ("theory/", "practice/", "evidence/", "family/", "design.", "notation.", "glossary.")
    return [page for page in pages if page.startswith(begin)]


class Soups(Mapping):
    """Each page, parsed when it is asked for. The tests share it: they only look."""

    def __init__(self, site, pages):
        self._site, self._parsed = site, dict.fromkeys(pages)

    def __getitem__(self, page):
        if self._parsed[page] is None:
            text = (self._site / page).read_text("utf-8")
            gc.disable()
            self._parsed[page] = BeautifulSoup(text, "html.parser")
            gc.freeze()  # collections that look through all pages would take as long as the parser
            gc.enable()
        return self._parsed[page]

    def __iter__(self):
        return iter(self._parsed)

    def __len__(self):
        return len(self._parsed)


@pytest.fixture(scope="session")
def soups(site, pages):
    """Return all pages."""
    return Soups(site, pages)


@pytest.fixture(scope="session")
def base(site):
    """Serve the site on localhost and return its address."""
    handler = functools.partial(QuietHandler, directory=site)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def browser():
    """Start the Chromium that is installed; nothing is downloaded."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        if os.environ.get("CI"):
            pytest.fail("no Chromium found, and CI must look at the site")
        pytest.skip("no Chromium found")
    sync_api = pytest.importorskip("playwright.sync_api")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, base):
    """Return a page that fails its test at an error, a missing file or a request elsewhere."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on("response", lambda r: page.errors.append(r.url) if r.status >= 400 else None)
    page.requests = []
    page.on("request", lambda request: page.requests.append(request.url))
    yield page
    assert not page.errors
    assert all(url.startswith((base, "data:")) for url in page.requests)
    context.close()
