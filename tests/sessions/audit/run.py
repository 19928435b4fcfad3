"""Audit the docstrings of the libraries that are installed, and write what was found.

Called by ``nox -s audit_docs``. The record keeps its entries of libraries that are not installed.
Fails if a docstring differs otherwise than its findings say, or if a finding does not hold any
more: the library has mended its text or changed its code.
"""

import argparse
import contextlib
import datetime
import importlib.util
import json
import os
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from adamdoc.audit import libraries, record, teeth, working
from adamdoc.audit.bindings import Row, current
from adamdoc.audit.rows import LIBRARIES, rows

#: The verdicts of docstrings that are executed.
EXECUTED = ("true", "true with conditions", "false", "code at fault")


def check(name: str) -> dict[str, Any]:
    """Return the record of a row, with the tally of its mutants if its equations are executed."""
    start = time.perf_counter()
    row = current(rows()[name], libraries.version(name))
    try:
        found = record.entry(row)
        add_examples(row, found)
        if found["verdict"] in EXECUTED and not found["faults"]:
            tally = teeth.tally(row)
            found["teeth"] = {
                "tried": dict(tally.tried),
                "caught": dict(tally.caught),
                "missed": list(tally.missed),
            }
    except Exception as error:  # whatever a library raises, the others are audited
        found = {"name": name, "verdict": "error", "faults": [f"{type(error).__name__}: {error}"]}
    seconds = time.perf_counter() - start
    print(f"{name:60} {found['verdict']:20} {found.get('runs', 0):4} {seconds:6.1f} s", flush=True)
    for fault in found["faults"]:
        print(f"    {fault}", flush=True)
    return found


def add_examples(row: Row, found: dict[str, Any]) -> None:
    """Execute the examples of the drafts of reports, each with the library alone."""
    for finding, entry in zip(row.findings, found["findings"], strict=False):
        if not entry or entry["bindings"] or finding.threads:
            continue
        _, case = record.bindings_of(row, entry["arguments"], tuple(entry["shape"]))
        script = working.example(row, finding, case.arguments, case.shape)
        if script is None:
            continue
        done = subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            text=True,
            env={**os.environ, "KERAS_BACKEND": "jax"},
        )
        numbers = [float(line.split(":")[1]) for line in done.stdout.splitlines()]
        if done.returncode or len(numbers) != 2:
            found["faults"].append(f"the example of {finding.says!r} fails: {done.stderr[-500:]}")
        elif abs(numbers[0] - numbers[1]) <= working.VISIBLE * abs(numbers[0]):
            found["faults"].append(f"the example of {finding.says!r} shows no difference")
        else:
            entry["example"] = {"script": script, "output": done.stdout}


def main() -> None:
    """Audit, write the record, and fail if anything is unexpected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("names", nargs="*", help="libraries or names; by default all")
    options = parser.parse_args()
    installed = [library for library in LIBRARIES if importlib.util.find_spec(library)]
    chosen = [
        name
        for name in rows()
        if name.split(".")[0] in installed
        and (not options.names or any(name.startswith(part) for part in options.names))
    ]
    # Not an executor: one whose processes end after some tasks can hang.
    found: list[dict[str, Any]] = []
    for library in installed:  # each in processes of its own: some cannot be loaded together
        own = [name for name in chosen if name.split(".")[0] == library]
        with get_context("spawn").Pool(2, maxtasksperchild=20) as pool:
            found += pool.imap(check, own)
    old: dict[str, Any] = {}
    with contextlib.suppress(FileNotFoundError):
        old = {
            entry["name"]: entry for entry in json.loads(options.record.read_text("utf-8"))["rows"]
        }
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    new = {e["name"]: {**e, "date": today} for e in found if e["verdict"] != "error"}
    kept = [new.get(name, old.get(name)) for name in rows()]
    faults = [f"{entry['name']}: {fault}" for entry in found for fault in entry["faults"]]
    text = json.dumps({"rows": [entry for entry in kept if entry]}, indent=1, ensure_ascii=False)
    options.record.write_text(text + "\n", "utf-8")
    for verdict in dict.fromkeys(entry["verdict"] for entry in found):
        print(f"{verdict}: {sum(entry['verdict'] == verdict for entry in found)}")
    tried = sum(sum(entry["teeth"]["tried"].values()) for entry in found if "teeth" in entry)
    caught = sum(sum(entry["teeth"]["caught"].values()) for entry in found if "teeth" in entry)
    print(f"mutants found: {caught} of {tried}")
    if faults:
        sys.exit("\n".join([f"{len(faults)} unexpected:", *faults]))


if __name__ == "__main__":
    main()
