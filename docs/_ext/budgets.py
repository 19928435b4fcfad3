"""Tell after each build what pages and scripts cost, and which have moved by more than a quarter.

What they should cost stands in docs/budgets.csv; nox -s budgets writes it. Seconds are those of the
last execution, which may have been in an earlier build. Machines differ: seconds are compared after
they are divided by the median of all their ratios.
"""

import csv
import json
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

FIELDS = ("page", "seconds", "bytes")
#: The pages of single names are told as one.
REFERENCE = "reference/api/"
#: By what part a page may move, and what is too little to tell: in seconds, and in bytes.
QUARTER, SECONDS, BYTES = 0.25, 1.0, 2000


@dataclass
class Cost:
    """What a page costs: executing it, and sending it."""

    page: str
    seconds: float
    bytes: int


def measure(app: Sphinx) -> list[Cost]:
    """Return what each page of a built site costs."""
    executed = NbMetadataCollector.get_doc_data(app.env)
    costs = {REFERENCE: Cost(REFERENCE, 0.0, 0)}
    for page in sorted(app.env.found_docs):
        file = Path(app.outdir, f"{page}.html")
        if not file.exists():
            continue
        if page.startswith(REFERENCE):
            costs[REFERENCE].bytes += file.stat().st_size
            continue
        seconds = (executed.get(page, {}).get("exec_data") or {}).get("runtime") or 0.0
        script = Path(app.srcdir, f"{page}.cost.json")
        if script.exists():
            seconds = json.loads(script.read_text("utf-8"))["time"]
        costs[page] = Cost(page, round(seconds, 2), file.stat().st_size)
    return list(costs.values())


def read(path: Path) -> dict[str, Cost]:
    """Return the costs that a file holds."""
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        rows = [Cost(r["page"], float(r["seconds"]), int(r["bytes"])) for r in csv.DictReader(file)]
    return {cost.page: cost for cost in rows}


def write(path: Path, costs: list[Cost]) -> None:
    """Write costs to a file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(FIELDS)
        writer.writerows(map(astuple, costs))


def moved(costs: list[Cost], budgets: dict[str, Cost]) -> list[str]:
    """Return a line for each page that costs more or less than a quarter above what it should."""
    ratios = [
        cost.seconds / budgets[cost.page].seconds
        for cost in costs
        if cost.page in budgets and min(cost.seconds, budgets[cost.page].seconds) > SECONDS
    ]
    machine = median(ratios) if ratios else 1.0
    lines = []
    for cost in costs:
        if (budget := budgets.get(cost.page)) is None:
            lines.append(f"{cost.page}: new")
            continue
        for now, usual, least, unit in (
            (cost.seconds / machine, budget.seconds, SECONDS, "s"),
            (cost.bytes, budget.bytes, BYTES, "bytes"),
        ):
            if abs(now - usual) > max(QUARTER * usual, least):
                lines.append(f"{cost.page}: {usual:.6g} -> {now:.6g} {unit}")
    return [*lines, *(f"{page}: gone" for page in budgets.keys() - {c.page for c in costs})]


def tell(app: Sphinx, error: Exception | None) -> None:
    """Print the slowest pages and those that have moved."""
    if error or app.builder.format != "html":
        return
    costs = measure(app)
    write(Path(app.confdir, "_build", "budgets.csv"), costs)
    slowest = sorted(costs, key=lambda cost: -cost.seconds)[:10]
    total = sum(cost.seconds for cost in costs)
    print(f"Executed in {total:.0f} s in all; the slowest:")
    for cost in slowest:
        print(f"  {cost.seconds:6.1f} s {cost.bytes / 1000:7.0f} kB  {cost.page}")
    if budgets := read(Path(app.confdir, "budgets.csv")):
        lines = moved(costs, budgets)
        print(f"Moved by more than a quarter: {len(lines) or 'none'}", *lines, sep="\n  ")


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register it."""
    app.connect("build-finished", tell, priority=1500)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
