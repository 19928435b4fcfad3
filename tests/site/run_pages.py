"""Follow a page's link to where it runs, as far as that is possible without a network.

``run_pages.py SITE`` exits with 1 where the notebook does not open in JupyterLite, where the
package's wheel is not offered to it, or where anything but Python itself is asked of another host.
"""

import functools
import http.server
import json
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright
from run import PREFIX, browser_path

PAGES = ("theory/momentum", "auto_gallery/1_the_article/plot_2_momentum_and_adam")
ELSEWHERE = {"cdn.jsdelivr.net", "pypi.org"}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site below a folder, as a project page would be."""

    def translate_path(self, path: str) -> str:
        """Return the file of a path."""
        return super().translate_path("/" + path.removeprefix(PREFIX))

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def main(site: Path) -> int:
    """Open the notebooks."""
    wrong = []
    handler = functools.partial(Handler, directory=site)
    with (
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server,
        sync_playwright() as playwright,
    ):
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = f"127.0.0.1:{server.server_port}"
        browser = playwright.chromium.launch(executable_path=browser_path(), args=["--no-sandbox"])
        for page in PAGES:
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            asked: set[str] = set()
            tab.on("request", lambda r, asked=asked: asked.add(urlsplit(r.url).netloc))
            tab.goto(f"http://{host}{PREFIX}{page}.html")
            title = tab.locator("h1").first.evaluate("e => e.firstChild.textContent")
            tab.get_by_role("link", name="Run this page in the browser").click()
            cells = tab.locator(".jp-Notebook .jp-Cell")
            cells.nth(2).wait_for(timeout=60_000)
            if tab.get_by_text("Select Kernel").count():
                wrong.append(f"{page}: there is no kernel for the notebook")
            text = tab.locator(".jp-Notebook").inner_text()
            tab.wait_for_timeout(3000)  # the kernel tries to start
            tab.screenshot(path=site / f"run-{page.rpartition('/')[2]}.png")
            for words in (title, "%pip install -q"):
                if words not in text:
                    wrong.append(f"{page}: the notebook does not show {words!r}")
            if strange := {a for a in asked if a not in ELSEWHERE | {host, ""}}:
                wrong.append(f"{page}: it asks {', '.join(sorted(strange))}")
            print(f"{page}: {cells.count()} cells shown; asked {', '.join(sorted(asked))}")
        browser.close()
        server.shutdown()
    offered = json.loads((site / "lite" / "pypi" / "all.json").read_text("utf-8"))
    if "adamdoc" not in offered:
        wrong.append(f"the wheel of adamdoc must be offered, offered are {sorted(offered)}")
    for text in wrong:
        print(text)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
