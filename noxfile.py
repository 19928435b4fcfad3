"""The project's tasks: ``nox -s docs``, ``nox -s tests`` and the others below."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2024.4"
nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
SITE = ROOT / "docs" / "_build" / "html"

#: pytest, in as many processes as there are cores; the tests of one file share one process.
PYTEST = (
    *("python", "-m", "pytest", "-W", "error", "--doctest-modules", "--doctest-glob=*.md"),
    *("-n", "logical", "--maxprocesses=8", "--dist=loadfile", "--no-loadscope-reorder"),
)


def fixed_environment() -> dict[str, str]:
    """Return what makes two builds of one commit give the same bytes."""
    try:
        log = subprocess.run(
            ["git", "log", "-1", "--format=%ct"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        date = log.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        date = ""  # not a checkout, or no git
    return {"PYTHONHASHSEED": "0"} | ({"SOURCE_DATE_EPOCH": date} if date else {})


def build(session: nox.Session, target: Path = SITE, *options: str, **environment: str) -> None:
    """Build the site: warnings, failing cells and failing scripts are errors.

    It is built beside the target, which is exchanged when all has gone well: a build that fails or
    is killed leaves the last good site as it was.
    """
    beside, unfinished = part(target), SITE.parent / "unfinished"
    session.run(
        *("sphinx-build", "-W", "--keep-going", "-n", "-q", "-j", "2", "-b", "html"),
        *(*options, "-d", "docs/_build/doctrees", "docs", str(beside)),
        env=fixed_environment() | environment,
    )
    if unfinished.exists():
        session.error("the build stopped before its end: something in it stopped Python")
    publish(beside, target)


def publish(beside: Path, target: Path) -> None:
    """Put a copy of a built site in the place of the one before."""
    new, old = (target.with_name(f"{target.name}.{word}") for word in ("new", "old"))
    for folder in (new, old):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(beside, new)
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def part(target: Path) -> Path:
    """Return the folder in which a site is built."""
    return target.with_name(f"{target.name}.part")


@nox.session
def docs(session: nox.Session) -> None:
    """Build the site; ``-- serve`` rebuilds it at every change and shows it on localhost.

    ``-- versions`` builds the sites of all releases side by side, ``-- linkcheck`` checks the
    links to other sites.
    """
    session.install("-e", ".[docs]")
    tasks = {"serve": serve, "versions": versions, "linkcheck": linkcheck}
    if not session.posargs:
        build(session)
        session.log(f"The site is built: open {SITE / 'index.html'}")
    elif len(session.posargs) == 1 and session.posargs[0] in tasks:
        tasks[session.posargs[0]](session)
    else:
        session.error(f"the only argument is one of {', '.join(tasks)}, got {session.posargs}")


def serve(session: nox.Session) -> None:
    """Rebuild the site at every change, and show it on localhost."""
    session.run(
        *("sphinx-autobuild", "--watch", "adamdoc", "--watch", "gallery", "-j", "2"),
        *(
            "--ignore",
            "*/_build/*",
            "--ignore",
            "*/auto_gallery/*",
            "--ignore",
            "*/reference/api/*",
        ),
        *("-d", "docs/_build/doctrees", "docs", str(part(SITE))),
        env=fixed_environment(),
    )


def linkcheck(session: nox.Session) -> None:
    """Check the links to other sites. Needs a network."""
    session.run(
        *("sphinx-build", "-W", "--keep-going", "-q", "-j", "2", "-b", "linkcheck"),
        *("-d", "docs/_build/doctrees", "docs", "docs/_build/linkcheck"),
        env=fixed_environment(),
    )


@nox.session
def new(session: nox.Session) -> None:
    """Begin something new from a template: ``-- optimizer QHM``, ``-- --help`` lists the kinds."""
    session.install("jinja2>=3.1", "ruff==0.17.6")
    session.run("python", "docs/_new/new.py", *session.posargs)
    if "--help" in session.posargs:
        return
    # The templates do not know where their names come in the order of imports.
    session.run("ruff", "check", "-q", "--select", "I", "--fix", "adamdoc", "gallery")
    session.run("ruff", "format", "-q", "adamdoc", "gallery", "docs/_ext")


@nox.session
def unit(session: nox.Session) -> None:
    """Run the quick tests, and the examples in docstrings: no site, no browser."""
    session.install("-e", ".[docs,test]")
    where = session.posargs or ("tests/unit", "adamdoc", "README.md")
    session.run(*PYTEST, *where, env=fixed_environment())


@nox.session
def tests(session: nox.Session) -> None:
    """Build the site, which executes the pages and the gallery, and run all tests.

    With paths, ``-- tests/unit/test_run.py``, run only those, and build the site only where they
    need it.
    """
    session.install("-e", ".[docs,test]")
    environment = fixed_environment()
    if needs_site(session.posargs):
        install_chromium(session)
        build(session)
        environment["ADAMDOC_SITE"] = str(SITE)
    coverage = () if session.posargs else ("--cov", "--cov-report=term", "--cov-fail-under=95")
    session.run(*PYTEST, *coverage, *session.posargs, env=environment)


def needs_site(arguments: list[str]) -> bool:
    """Return whether arguments of pytest name tests of the built site, or no tests at all."""
    paths = [ROOT / argument.partition("::")[0] for argument in arguments]
    named = [path for path in paths if path.exists()]
    site = ROOT / "tests" / "site"
    return not named or any(p.is_relative_to(site) or site.is_relative_to(p) for p in named)


@nox.session(name="build")
def build_tests(session: nox.Session) -> None:
    """Test the build itself: what a change renews, what a kill leaves, what templates begin."""
    session.install("-e", ".[docs,test]")
    session.run(*PYTEST, *(session.posargs or ("tests/build",)), env=fixed_environment())


def install_chromium(session: nox.Session) -> None:
    """Install Debian's Chromium, which the tests of the site drive, where that is possible."""
    if any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return
    if sys.platform == "linux" and shutil.which("apt-get") and os.geteuid() == 0:
        session.run("apt-get", "update", "-q", external=True, silent=True)
        session.run("apt-get", "install", "-q", "-y", "chromium", external=True, silent=True)
    else:
        session.warn("no Chromium found: the tests of the site in a browser are skipped")


@nox.session
def lint(session: nox.Session) -> None:
    """Check format, style, spelling, what may import what, and the files that hosts read."""
    session.install("-e", ".", "ruff==0.17.6", "codespell==2.4.3", "import-linter>=2.3")
    session.install("check-jsonschema>=0.35", "zizmor>=1.20")
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("codespell")
    session.run("lint-imports")
    workflows = sorted(map(str, ROOT.glob(".github/workflows/*.yml")))
    for schema, files in (
        ("github-workflows", workflows),
        ("readthedocs", [".readthedocs.yaml"]),
        ("citation-file-format", ["CITATION.cff"]),
    ):
        session.run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", *files)
    session.run("zizmor", "--offline", "--no-progress", ".github")


@nox.session
def types(session: nox.Session) -> None:
    """Check the types."""
    session.install("-e", ".[docs]", "nox", "mypy==2.4.1")
    session.run("mypy")


@nox.session
def bench(session: nox.Session) -> None:
    """Time steps against PyTorch's and Optax's, and write the record that the pages show."""
    session.install("-e", ".[test,parity]", "pytest-benchmark>=5.2", "py-cpuinfo")
    session.run("python", "-m", "pip", "install", "-q", "torch==2.13.0")
    report = str(Path(session.create_tmp(), "report.json"))
    session.run(
        *("python", "-m", "pytest", "tests/sessions/bench", "-q"),
        *("-o", "addopts=", "-W", "default"),
        *("-o", "python_files=bench_*.py", "-o", "python_functions=bench_*"),
        "--benchmark-disable-gc",
        *("--benchmark-quiet", f"--benchmark-json={report}", *session.posargs),
        env={"OMP_NUM_THREADS": "2", "NUMBA_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"},
    )
    session.run("python", "tests/sessions/bench/record.py", report, "docs/theory/bench.json")


@nox.session
def parity(session: nox.Session) -> None:
    """Hold the dialects and recipes against the libraries, and write what the site shows."""
    session.install("-e", ".[parity]")
    # pip takes the build for CPUs where there is one; the others of the session work with it.
    session.run("python", "-m", "pip", "install", "-q", "torch==2.13.0")
    session.install("pytorch_optimizer==4.1.0", "bitsandbytes==0.50.2")
    session.run(
        *("python", "tests/sessions/parity/run.py", "docs/family/parity.json"),
        *("docs/practice/recipes.json", *session.posargs),
        env={"OMP_NUM_THREADS": "1"},
    )


@nox.session
def audit_docs(session: nox.Session) -> None:
    """Run the equations in the docstrings of other libraries, and write what the site shows.

    It takes the newest version of each library: one that has mended a docstring is reported. With
    names, ``-- torch optax.contrib``, only those are audited; the record keeps the others.
    """
    session.install("-e", ".[audit]")
    # pip takes the build for CPUs where there is one.
    session.run("python", "-m", "pip", "install", "-q", "torch")
    session.run(
        *("python", "tests/sessions/audit/run.py", "docs/family/audit.json", *session.posargs),
        env={"OMP_NUM_THREADS": "1"},
    )


@nox.session
def study(session: nox.Session) -> None:
    """Make the searches of the claims and the benchmark of all optimizers, and record them.

    It takes about 40 minutes. With ``-- searches`` or ``-- benchmark`` it does one of the two.
    """
    session.install("-e", ".[sweep]", "scipy>=1.15")
    environment = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    scripts = {
        "searches": ("tests/sessions/study/searches.py", "docs/claims/searches.json"),
        "benchmark": ("tests/sessions/study/run.py", "docs/evidence/study.json"),
    }
    if unknown := set(session.posargs) - scripts.keys():
        session.error(f"the arguments must be of {', '.join(scripts)}, got {unknown.pop()!r}")
    for name in session.posargs or scripts:
        script, record = scripts[name]
        path = os.pathsep.join(("docs", "docs/_ext"))
        session.run("python", script, record, env={**environment, "PYTHONPATH": path})


@nox.session
def site(session: nox.Session) -> None:
    """Measure the site with Lighthouse and axe, and take a picture of every page, in half an hour.

    With a pattern, ``-- theory/``, only look at the pages whose path it is found in.
    """
    session.install("-e", ".[docs,test]")
    install_chromium(session)
    # As on a host, where the address is known: with cards and a sitemap.
    hosted, pictures = SITE.parent / "hosted", SITE.parent / "pictures"
    build(session, hosted, ADAMDOC_URL="https://example.org/adamdoc/")
    folders = (str(hosted), session.create_tmp(), str(pictures))
    session.run("python", "tests/sessions/site/run.py", *folders, *session.posargs)


@nox.session
def reproducible(session: nox.Session) -> None:
    """Build the site of this commit twice, elsewhere and otherwise, and compare every byte."""
    session.install("-e", ".[docs]")
    places = {
        "first": {"TZ": "UTC", "LC_ALL": "C.UTF-8"},
        "a-second-longer-name": {"TZ": "Asia/Kathmandu", "LC_ALL": "C"},
    }
    sites = []
    for name, environment in places.items():
        copy = Path(session.create_tmp(), name).resolve()
        shutil.rmtree(copy, ignore_errors=True)
        session.run("git", "clone", "-q", str(ROOT), str(copy), external=True)
        # The package of the copy, so that no path of this folder can enter.
        session.run("python", "-m", "pip", "install", "-q", "--no-deps", "-e", str(copy))
        with session.chdir(copy):
            build(session, copy / "docs" / "_build" / "html", **environment)
        sites.append(copy / "docs" / "_build" / "html")
    session.run("python", "-m", "pip", "install", "-q", "--no-deps", "-e", ".")
    session.run("python", "tests/sessions/site/compare.py", *map(str, sites))


@nox.session
def book(session: nox.Session) -> None:
    """Bind the course as PDF and EPUB, in docs/_build/book."""
    session.install("-e", ".[docs,book]", "epubcheck>=5.2")
    install_chromium(session)
    build(session)
    out = SITE.parent / "book"
    session.run("python", "docs/_book/book.py", str(SITE), str(out), env=fixed_environment())
    if shutil.which("java"):
        session.run("python", "-m", "epubcheck", str(out / "adamdoc.epub"))
    else:
        session.warn("no Java found: the EPUB is not validated")


@nox.session
def notebooks(session: nox.Session) -> None:
    """Run every notebook that the built site offers, where only the package is installed."""
    if not SITE.exists():
        session.error("run nox -s docs first: it makes the notebooks")
    session.install(".[notebooks]", "nbclient>=0.10", "ipykernel>=6")
    session.run(
        *("python", "tests/sessions/site/notebooks.py", str(SITE), *session.posargs),
        env={"OMP_NUM_THREADS": "1"},
    )


@nox.session(reuse_venv=False)
def package(session: nox.Session) -> None:
    """Build the source archive and the wheel, check both, and use the wheel with NumPy alone."""
    out = Path(session.create_tmp(), "dist")
    shutil.rmtree(out, ignore_errors=True)
    tools = Path(session.create_tmp(), "tools")
    session.run("python", "-m", "venv", "--clear", str(tools))
    python = str(tools / ("Scripts" if sys.platform == "win32" else "bin") / "python")
    session.run(python, "-m", "pip", "install", "-q", "build", "twine", external=True)
    environment = fixed_environment()
    session.run(*(python, "-m", "build", "--outdir", str(out), "."), external=True, env=environment)
    files = sorted(map(str, out.iterdir()))
    session.run(python, "-m", "twine", "check", "--strict", *files, external=True)
    (wheel,) = out.glob("*.whl")
    session.install(str(wheel))
    # From another folder, so that the wheel is imported and not the checkout.
    check = str(ROOT / "tests" / "sessions" / "package" / "check.py")
    with session.chdir(session.create_tmp()):
        session.run("python", check)


def versions(session: nox.Session) -> None:
    """Build the site of every release and of this commit side by side, in docs/_build/versions.

    ADAMDOC_URL says where they will stand. Each is built as its own commit says.
    """
    if not (url := os.environ.get("ADAMDOC_URL", "").rstrip("/")):
        session.error("ADAMDOC_URL must be the address of all versions, got nothing")
    session.install("nox")
    tags = releases(ROOT)
    beside = part(SITE.parent / "versions")
    shutil.rmtree(beside, ignore_errors=True)
    for place, commit in [("latest", "HEAD"), *((tag, tag) for tag in tags)]:
        copy = Path(session.create_tmp(), place).resolve()
        shutil.rmtree(copy, ignore_errors=True)
        session.run("git", "clone", "-q", str(ROOT), str(copy), external=True)
        session.run("git", "-C", str(copy), "checkout", "-q", commit, external=True)
        own = "stable" if [place] == tags[:1] else place
        environment = {"ADAMDOC_URL": f"{url}/{own}/", "ADAMDOC_VERSIONS": "1"}
        with session.chdir(copy):
            session.run("python", "-m", "nox", "-s", "docs", env=environment)
        shutil.copytree(copy / "docs" / "_build" / "html", beside / place)
    write_versions(beside, url, tags)
    publish(beside, SITE.parent / "versions")


def releases(root: Path) -> list[str]:
    """Return the tags of all releases, the newest first."""
    command = ["git", "tag", "--list", "v*", "--sort=-version:refname"]
    return subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()


def write_versions(site: Path, url: str, tags: list[str]) -> None:
    """Put the stable version, the list of all, and a way in beside the versions."""
    stable = tags[0] if tags else "latest"
    shutil.copytree(site / stable, site / "stable")
    entries: list[dict[str, object]] = [
        {"name": "latest", "version": "latest", "url": f"{url}/latest/"}
    ]
    for tag in tags:
        number = tag.removeprefix("v")
        entry: dict[str, object] = {"name": number, "version": number, "url": f"{url}/{tag}/"}
        if tag == stable:
            entry |= {"name": f"{number} (stable)", "url": f"{url}/stable/", "preferred": True}
        entries.append(entry)
    if not tags:
        entries[0]["preferred"] = True
    (site / "versions.json").write_text(json.dumps(entries, indent=1), "utf-8")
    redirect = (ROOT / "docs" / "_templates" / "redirect.html").read_text("utf-8")
    (site / "index.html").write_text(redirect.replace("${to_uri}", "stable/index.html"), "utf-8")
    if (site / "stable" / "404.html").exists():
        shutil.copy(site / "stable" / "404.html", site)


@nox.session
def release(session: nox.Session) -> None:
    """Release a version: ``-- 0.2.0`` updates its files, commits, tags and pushes."""
    if len(session.posargs) != 1:
        session.error(f"the only argument is the new version, got {session.posargs}")
    session.install("bump-my-version>=1.2.4")
    source = (ROOT / "adamdoc" / "__init__.py").read_text("utf-8")
    current = source.partition('__version__ = "')[2].partition('"')[0]
    session.run(
        *("bump-my-version", "bump", "--current-version", current),
        *("--new-version", session.posargs[0]),
    )
    # The tag makes the host test, publish and build: .github/workflows/release.yml.
    session.run("git", "push", "--atomic", "--follow-tags", "origin", "HEAD", external=True)
