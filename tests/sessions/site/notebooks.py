"""Run every notebook that the site offers, as a reader would: ``notebooks.py SITE``.

Each runs in an empty folder, with what is installed here. Prints the seconds that it took, and
exits with 1 where one fails.
"""

import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbclient
import nbformat


def run(path: Path) -> str:
    """Run one notebook, and return what it took or how it failed."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        book = nbformat.read(path, 4)
        nbformat.validate(book)
        resources = {"metadata": {"path": folder}}
        try:
            nbclient.NotebookClient(book, timeout=300, resources=resources).execute()
        except nbclient.exceptions.CellExecutionError as error:
            return f"failed: {str(error)[-2000:]}"
    warned = [
        output.text
        for cell in book.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    return f"failed: it warns: {warned}" if warned else f"{time.perf_counter() - begin:.1f} s"


def main(site: Path, pattern: str = "") -> int:
    """Run them, two at a time."""
    places = [*site.glob("notebooks/**/*.ipynb"), *site.glob("_downloads/**/*.ipynb")]
    paths = [path for path in sorted(places) if re.search(pattern, path.as_posix())]
    if not paths:
        raise SystemExit(f"there is no notebook in {site} whose path has {pattern!r}")
    wrong = 0
    with ThreadPoolExecutor(2) as pool:
        for path, result in zip(paths, pool.map(run, paths), strict=True):
            print(path.relative_to(site), result, flush=True)
            wrong += result.startswith("failed")
    print(f"{len(paths)} notebooks, {wrong} failed")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
