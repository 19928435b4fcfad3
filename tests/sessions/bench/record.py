"""From pytest-benchmark's report to the record that the documentation shows.

``python record.py report.json record.json`` writes the record and prints the ratios.
"""

import json
import statistics
import sys
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("adamdoc", "numpy", "numba", "torch", "jax", "optax")
#: The ratios of the record: the first is so many times as fast as the second.
PAIRS = [
    *(("compiled", other) for other in ("fused", "foreach", "optax")),
    *(("blocked", other) for other in ("for-loop", "foreach")),
]
#: The properties of a group of a single array, and of one of whole models.
SINGLE, MODEL = ("elements", "dtype", "threads"), ("model", "method", "arrays")


def record(report):
    """Return the times of each group by candidate, in the order of the turns, in seconds."""
    cpu = report["machine_info"]["cpu"]
    result = {
        "date": report["datetime"][:10],
        "machine": f"{cpu.get('brand_raw', cpu.get('arch', 'unknown'))}, {cpu['count']} cores",
        "versions": {"python": report["machine_info"]["python_version"]}
        | {package: version(package) for package in PACKAGES},
        "groups": [],
        "models": [],
        "sweep": [],
    }
    for bench in report["benchmarks"]:
        info = bench["extra_info"]
        if info["name"] == "sweep":
            result["sweep"] = list(map(four_digits, bench["stats"]["data"]))
            continue
        kind, names = ("models", (*MODEL, *SINGLE)) if "model" in info else ("groups", SINGLE)
        group = {name: info[name] for name in names}
        if not result[kind] or not group.items() <= result[kind][-1].items():
            result[kind].append({**group, "times": {}})
        times = result[kind][-1]["times"].setdefault(info["name"], [])
        times.append(four_digits(bench["stats"]["mean"]))
    return result


def four_digits(seconds):
    """Return a time without the digits that mean nothing."""
    return float(f"{seconds:.4g}")


def spread(values):
    """Return minimum, median and maximum as text."""
    return " / ".join(f"{f(values):.3g}" for f in (min, statistics.median, max))


def main(report, target):
    """Write the record whole or not at all, and print what it says."""
    result = record(json.loads(Path(report).read_text("utf-8")))
    part = Path(f"{target}.part")
    part.write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    part.replace(target)
    print("minimum / median / maximum over the turns")
    for group in (*result["groups"], *result["models"]):
        times = group.pop("times")
        print(*(f"{key} {value}" for key, value in group.items()), sep=", ")
        for name, values in times.items():
            print(f"  {name}: {spread([1e3 * value for value in values])} ms")
        for fast, slow in PAIRS:
            if fast not in times or slow not in times:
                continue
            ratios = [b / a for a, b in zip(times[fast], times[slow], strict=True)]
            print(f"  {fast} is {spread(ratios)} times as fast as {slow}")
    print(f"10,000 settings, 500 steps: {spread(result['sweep'])} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
