"""Hold every row of the dialect table against its library, and write what was found.

Called by ``nox -s parity``. Each row runs with the arguments of `cases`, on one array and on
several, and so does each of its translations; then the schedules, the line searches, models trained
with PyTorch, and the code of the recipes.
Fails if anything deviates, if a library's signature has moved, or if it exports an optimizer that
has neither a row nor a reason why it has none.
"""

import argparse
import contextlib
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cases
import libraries
import models
import names
import numpy as np
import problems
import quantizers
import recipes
import schedules
import searches

from adamdoc import dialects
from adamdoc.dialects import LIBRARIES, ROWS, Call
from adamdoc.dialects.arguments import signature
from adamdoc.dialects.calls import LAST, links
from adamdoc.dialects.matching import matching_calls
from adamdoc.optimizers.wrappers.wrapper import layers

LIMIT = 1e-10
#: The limit for rows that say why they are reproduced only approximately; SOAP needs it.
APPROXIMATE = 5e-2
KINDS = {"unusual": cases.unusual, "everyday": cases.everyday, "changing": cases.changing}
#: The number of steps of a run. Everyday cases differ in their numbers alone.
STEPS = {"unusual": problems.STEPS, "everyday": 20, "changing": 40}
#: Arguments with which a row is held that its defaults reproduce only approximately.
EXACT: dict[str, dict[str, Any]] = {"optax.MultiSteps": {"accumulator_dtype": "float64"}}
#: Wrappers that a library gives the optimizer, or its parameters.
AROUND = (
    *("Lookahead", "lookahead", "SAM", "MultiSteps", "AveragedModel", "avg_fn"),
    "mechanize",
)
#: The number of steps with Keras's accumulation, which compiles its conditions at every step.
ACCUMULATING = 10
#: The optimizer that runs inside PyTorch's and Optax's wrappers: `cases.INNER` there.
INSIDE = {
    "torch": Call("torch.optim.SGD", {"lr": 0.1, "momentum": 0.9}),
    "pytorch_optimizer": Call("torch.optim.SGD", {"lr": 0.1, "momentum": 0.9}),
    "optax": Call("optax.sgd", {"learning_rate": 0.1, "momentum": 0.9}),
}


def call_of(peer: str, arguments: dict[str, Any]) -> Call:
    """Return the call of a row with arguments, around an optimizer if the peer is a wrapper."""
    row = dialects.resolve(peer)
    given = {n: v for n, v in arguments.items() if n != "inner"}
    if not row.wraps:
        return Call(peer, given)
    inside = INSIDE[row.library]
    if peer.endswith(AROUND):
        return Call(peer, given, inner=inside)
    if peer in LAST:
        return Call(peer, given, before=(inside,))
    return Call(inside.peer, inside.arguments, before=(Call(peer, given),))


class Check:
    """What is found for one row."""

    def __init__(self, peer: str) -> None:
        self.row = dialects.resolve(peer)
        self.faults: list[str] = []
        self.runs = dict.fromkeys([*KINDS, "several arrays", "nearest calls"], 0)
        self.worst, self.at, self.furthest, self.rounding = 0.0, "", 0.0, 0.0
        self.translations: dict[str, int] = {}
        self._seen: set[str] = set()

    def signature(self) -> None:
        """Compare the signature of the row with that of the library."""
        peer = self.row.peer
        actual = libraries.signature(peer)
        known = [
            (p.name, p.kind.description, p.default) for p in signature(peer).parameters.values()
        ]
        if actual != known:
            self.faults.append(f"the signature of {peer} is {actual}, in the row {known}")

    def run(self, kind: str, number: int, arguments: dict[str, Any]) -> None:
        """Run one case on one array and on several, and its translations on one of them."""
        optimizer = dialects.reproduce(self.row.peer, arguments)
        if optimizer.takes_objective:
            self._search(kind, number, Call(self.row.peer, arguments), optimizer)
            return
        exact = EXACT.get(self.row.peer, {})
        call = call_of(self.row.peer, arguments | exact)
        steps = ACCUMULATING if "gradient_accumulation_steps" in arguments else STEPS[kind]
        for name, problem in self._problems(kind, number, optimizer):
            rests = self.row.peer.endswith("SparseAdam")
            recorder = problems.Recorder(problems.with_rests(problem) if rests else problem)
            try:
                with self.whole():
                    theirs = libraries.run_call(call, recorder.problem, steps)
                if self.row.rounds:
                    rough = libraries.run_call(call, recorder.replay(), steps)
                    self.rounding = max(self.rounding, problems.deviation(theirs, rough))
            except Exception as error:  # whatever a library raises
                self.faults.append(f"{call} on {name}: {error!r}")
                return
            ours = libraries.run_adamdoc(optimizer, recorder.replay(), steps)
            off = problems.deviation(ours, theirs)
            self.runs[kind] += 1
            self.runs["several arrays"] += name == "several arrays"
            if off > self.worst:
                self.worst, self.at = off, f"{shown(call)} on {name}"
            if off > (APPROXIMATE if self.row.deviates and not exact else LIMIT):
                self.faults.append(f"{call} on {name}: off by {off:.1e}")
        self._translate(call, optimizer, recorder, theirs)
        if kind == "unusual" and number == 0 and not self.row.wraps:
            self._nearest(call, recorder)

    def _search(self, kind: str, number: int, call: Call, optimizer: Any) -> None:
        """Run one case on losses that the search evaluates, the defaults on all of them."""
        names = searches.ZOOMED[number % len(searches.ZOOMED) :][: 1 if number else None]
        for name in names:
            tape = searches.Tape(searches.LOSSES[name])
            try:
                transform = libraries.transform(call, lambda values: values)
                theirs = searches.optax_path(tape, searches.STEPS, transform)
                off = problems.deviation(tape.again(optimizer, searches.STEPS), theirs)
            except Exception as error:
                self.faults.append(f"{call} on {name}: {error!r}")
                return
            self.runs[kind] += 1
            if off > self.worst:
                self.worst, self.at = off, f"{shown(call)} on {name}"
            if off > LIMIT:
                self.faults.append(f"{call} on {name}: off by {off:.1e}")

    def whole(self) -> contextlib.AbstractContextManager[None]:
        """Return what takes out the conversions that the row names."""
        return libraries.without_conversion() if self.row.rounds else contextlib.nullcontext()

    def _problems(self, kind: str, number: int, optimizer: Any) -> list[tuple[str, Any]]:
        """Return all problems for the defaults, and both sorts for each argument.

        Combinations of arguments and everyday numbers run on one or the other in turn.
        """
        matrix = layers(optimizer)[-1].matrix_only
        net = problems.WITH_AXES if self.row.peer in cases.NEED_AXES else problems.NET
        several = [("several arrays", problems.MATRICES if matrix else net)]
        single = list(problems.SINGLE.items())
        one = [single[number % len(single)]]
        if kind == "everyday" or number > len(cases.singles(self.row.peer)):
            return one if number % 2 else several
        return (one if number else single) + several

    def _translate(self, call: Call, optimizer: Any, recorder: Any, theirs: np.ndarray) -> None:
        """Run the calls of the other libraries that take the same steps."""
        if self.row.deviates or self.row.rounds:
            return
        for library in LIBRARIES.values():
            found = None if library == self.row.library else first(optimizer, library)
            if found is None or found == call:  # pytorch_optimizer runs PyTorch's own
                continue
            if any(is_rough(peer) for peer in peers(found)):
                continue
            code = f"{call} {found}"
            if code in self._seen:
                continue
            self._seen.add(code)
            self.translations[library] = self.translations.get(library, 0) + 1
            try:
                path = libraries.run_call(found, recorder.replay(), len(theirs))
            except Exception as error:
                self.faults.append(f"{call} as {found}: {error!r}")
                continue
            off = problems.deviation(path, theirs)
            self.furthest = max(self.furthest, off)
            if off > LIMIT:
                self.faults.append(f"{call} as {found}: off by {off:.1e}")

    def _nearest(self, call: Call, recorder: Any) -> None:
        """Run the nearest calls of the libraries that have no call with the same steps."""
        for library in LIBRARIES.values():
            if library == self.row.library:
                continue
            nearest = dialects.translate(call.peer, call.arguments, to=library).nearest
            if nearest is None or any(is_rough(peer) for peer in peers(nearest)):
                continue
            self.runs["nearest calls"] += 1
            try:
                path = libraries.run_call(nearest, recorder.replay())
            except Exception as error:
                self.faults.append(f"{call}, nearest {nearest}: {error!r}")
                continue
            ours = libraries.run_adamdoc(dialects.reproduce(str(nearest)), recorder.replay())
            off = problems.deviation(ours, path)
            self.furthest = max(self.furthest, off)
            if off > LIMIT:
                self.faults.append(f"{nearest}, near {call}: off by {off:.1e}")


def first(optimizer: Any, library: str) -> Call | None:
    """Return the first call of a library that takes the same steps, as `translate` does."""
    return next(iter(matching_calls(optimizer, library)), None)


def peers(call: Call) -> list[str]:
    """Return the names of the rows in a call."""
    inner = [] if call.inner is None else peers(call.inner)
    known = {row.peer for row in ROWS}
    return [link.peer for link in links(call) if link.peer in known] + inner


def is_rough(peer: str) -> bool:
    """Return whether a peer computes something in a shorter type."""
    row = dialects.resolve(peer)
    return bool(row.deviates or row.rounds)


def shown(call: Call) -> str:
    """Return a call as text that is the same in every run."""
    return str(call).split(" at 0x")[0]


def check_row(peer: str) -> dict[str, Any]:
    """Return what was found for one row."""
    start = time.perf_counter()
    check = Check(peer)
    check.signature()
    if check.row.settings:
        for kind, arguments in KINDS.items():
            for number, case in enumerate(arguments(peer)):
                check.run(kind, number, case)
    made = sum(check.translations.values())
    print(*check.faults, sep="\n", end="\n" if check.faults else "")
    print(
        f"{peer:42} {sum(check.runs[kind] for kind in KINDS):4} {check.worst:.1e} {made:4} "
        f"{check.furthest:.1e} {time.perf_counter() - start:5.1f} s",
        flush=True,
    )
    return {
        "peer": peer,
        "version": libraries.version(peer),
        "runs": check.runs,
        "deviation": check.worst,
        "at": check.at,
        "translations": check.translations,
        "translated": check.furthest,
        "rounding": check.rounding,
        "faults": check.faults,
    }


def check(job: tuple[str, str]) -> dict[str, Any]:
    """Do one of the jobs of the session: a row, a schedule, a model's training, or a recipe."""
    kind, name = job
    if kind == "row":
        return check_row(name)
    start = time.perf_counter()
    if kind == "schedule":
        (found,) = schedules.check_schedules([name])
    elif kind == "recipe":
        found = recipes.check_recipe(name)
    elif kind == "quantizer":
        found = quantizers.check_quantizer(name)
    elif kind == "search":
        found = searches.check_search(name)
    else:
        found = models.check_optimizer(int(name))
    print(*found["faults"], sep="\n", end="\n" if found["faults"] else "")
    print(f"{name:42} {found['deviation']:.1e} {time.perf_counter() - start:5.1f} s", flush=True)
    return found


def summary(
    rows: list[dict[str, Any]], made: list[dict[str, Any]], trained: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return what was held against each library, as the rows of a table."""
    found = []
    for title, library in LIBRARIES.items():
        own = [row for row in rows if dialects.resolve(row["peer"]).library == library]
        exact = [row for row in own if not dialects.resolve(row["peer"]).deviates]
        found.append(
            {
                "held": f"{title} {own[0]['version']}",
                "rows": len(own),
                "runs": sum(row["runs"][kind] for row in own for kind in KINDS),
                "several arrays": sum(row["runs"]["several arrays"] for row in own),
                "schedules": sum(row["runs"]["changing"] for row in own),
                "translations": sum(sum(row["translations"].values()) for row in own),
                "nearest calls": sum(row["runs"]["nearest calls"] for row in own),
                "deviation": max(max(row["deviation"], row["translated"]) for row in exact),
            }
        )
    for library in sorted({row["peer"].split(".")[0] for row in made}):
        own = [row for row in made if row["peer"].split(".")[0] == library]
        exact = [row for row in own if not schedules.ROWS[row["peer"]].deviates]
        found.append(
            {
                "held": f"{library} {own[0]['version']}, schedules",
                "rows": len(own),
                "runs": sum(row["cases"] for row in own),
                "schedules": sum(row["cases"] for row in own),
                "deviation": max(row["deviation"] for row in exact),
            }
        )
    trainings = [training for row in trained for training in row["trainings"]]
    found.append(
        {
            "held": "trainings with PyTorch",
            "rows": len(trained),
            "runs": len(trainings),
            "several arrays": len(trainings),
            "deviation": max(row["deviation"] for row in trained),
        }
    )
    return found


def show(table: list[dict[str, Any]]) -> None:
    """Print the summary."""
    columns = [*table[0]]
    print("held".ljust(48), *(name.rjust(14) for name in columns[1:]))
    for line in table:
        numbers = {n: f"{v:.1e}" if n == "deviation" else str(v) for n, v in line.items()}
        print(line["held"].ljust(48), *(numbers.get(n, "").rjust(14) for n in columns[1:]))


def main() -> int:
    """Check everything, or the rows that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("record", type=Path)
    parser.add_argument("recipes", type=Path, help="the record of the recipes")
    parser.add_argument("peers", nargs="*")
    options = parser.parse_args()
    jobs = [("row", row.peer) for row in ROWS]
    jobs += [("schedule", name) for name in schedules.ROWS]
    jobs += [("search", name) for name in searches.SEARCHES]
    jobs += [("quantizer", name) for name in quantizers.NAMES]
    jobs += [("model", str(k)) for k in range(len(models.OPTIMIZERS))]
    jobs += [("recipe", name) for name in recipes.RECIPES]
    if options.peers:
        jobs = [job for job in jobs if job[1] in options.peers]
    start, context = time.perf_counter(), get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        running = {job: pool.submit(check, job) for job in jobs}
        broken = {job: error for job, found in running.items() if (error := found.exception())}
    results = {job: found.result() for job, found in running.items() if job not in broken}
    faults = [fault for result in results.values() for fault in result.pop("faults")]
    faults += [f"{name} could not be checked: {error!r}" for (_, name), error in broken.items()]
    print(*faults, sep="\n", end="\n" if faults else "")
    faults += [f"{name} has no row" for name in schedules.without_row()] + names.faults()
    print(f"{len(faults)} faults in {(time.perf_counter() - start) / 60:.1f} minutes")
    pasted = {name: results.pop(job) for job in jobs if (name := job[1]) in recipes.RECIPES}
    if options.peers:
        pasted = json.loads(options.recipes.read_text("utf-8")) | pasted
    options.recipes.write_text(json.dumps(pasted, indent=1) + "\n", "utf-8")
    record = renewed(options.record, results) if options.peers else recorded(results)
    options.record.write_text(json.dumps(record, indent=1, default=str) + "\n", "utf-8")
    show(record["summary"])
    return bool(faults)


def recorded(results: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    """Return the record of a whole run."""
    parts = {
        kind: [result for job, result in results.items() if job[0] == kind]
        for kind in ("row", "schedule", "model", "search", "quantizer")
    }
    return {
        "limit": LIMIT,
        "steps": STEPS,
        "summary": summary(parts["row"], parts["schedule"], parts["model"]),
        "rows": parts["row"],
        "schedules": parts["schedule"],
        "models": parts["model"],
        "searches": parts["search"],
        "quantizers": parts["quantizer"],
    }


def renewed(path: Path, results: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    """Return the last record with the rows that were run now in place of the old ones."""
    last = json.loads(path.read_text("utf-8"))
    whole = {("row", row["peer"]): row for row in last["rows"]}
    whole |= {("schedule", row["peer"]): row for row in last["schedules"]}
    whole |= {("model", str(k)): row for k, row in enumerate(last["models"])}
    whole |= {("search", row["peer"]): row for row in last.get("searches", [])}
    whole |= {("quantizer", row["peer"]): row for row in last.get("quantizers", [])}
    return recorded(whole | results)


if __name__ == "__main__":
    sys.exit(main())
