"""A cache of evidence on disk, invalidated when anything changes that it depends on."""

import hashlib
import json
import time
from dataclasses import asdict
from pathlib import Path

from dependencies import digest

from claims import tuning
from claims.core import CLAIMS, Bound, Case, Evidence, measure


def key(name: str) -> str:
    """Return the cache key: the hash of everything that the evidence for a claim depends on."""
    return digest(CLAIMS[name].run.__module__) + _recorded()


def _recorded() -> str:
    """Return the hash of the settings that searches have found."""
    return hashlib.sha256(json.dumps(tuning.RECORDED).encode()).hexdigest()


def read(folder: Path, name: str) -> Evidence | None:
    """Return cached evidence for a claim, or None if there is none or it is stale."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    content = json.loads(path.read_text("utf-8"))
    if content["key"] != key(name):
        return None
    cases = (
        Case(**{**case, "values": tuple(case["values"]), "bound": Bound(**case["bound"])})
        for case in content["cases"]
    )
    return Evidence(name, CLAIMS[name].kind, tuple(cases))


def write(folder: Path, evidence: Evidence) -> None:
    """Write evidence to the cache atomically."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"key": key(evidence.id), "cases": [asdict(case) for case in evidence.cases]}
    temporary = folder / f"{evidence.id}.part"
    temporary.write_text(json.dumps(content, indent=1), "utf-8")
    temporary.replace(folder / f"{evidence.id}.json")


def measure_into(folder: Path, name: str) -> Evidence:
    """Return the evidence for a claim from the cache, or test the claim and cache the result."""
    evidence = read(folder, name)
    if evidence is None:
        evidence = measure(name)
        write(folder, evidence)
    return evidence


def measure_all(folder: Path, jobs: int = 1, *, verbose: bool = False) -> dict[str, Evidence]:
    """Return the evidence for all claims, testing in parallel those without valid cache entries.

    Parameters
    ----------
    folder : Path
        The directory of the cache.
    jobs : int, default 1
        The number of worker processes.
    verbose : bool, default False
        Whether to print which module of claims is measured, of how many, and how long it took.

    Returns
    -------
    dict of Evidence
        The evidence for each claim, by id.

    Raises
    ------
    ImportError
        If joblib is not installed.
    """
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise ImportError("measure_all needs joblib: pip install 'adamdoc[sweep]'") from None
    # Claims of one topic share trainings, so they are tested in the same process.
    topics: dict[str, list[str]] = {}
    for name, claim in CLAIMS.items():
        topics.setdefault(claim.run.__module__, []).append(name)
    stale = [m for m, names in topics.items() if any(read(folder, n) is None for n in names)]
    labels = {
        module: f"[{number:>2}/{len(stale)}] docs/{module.replace('.', '/')}.py"
        for number, module in enumerate(stale if verbose else (), start=1)
    }
    work = (
        delayed(_measure_several)(folder, names, labels.get(module, ""))
        for module, names in topics.items()
    )
    groups = Parallel(n_jobs=jobs if stale else 1)(work)
    return {evidence.id: evidence for group in groups for evidence in group}


def _measure_several(folder: Path, names: list[str], label: str) -> list[Evidence]:
    start = time.perf_counter()
    if label:
        print(label, "...", flush=True)
    evidence = [measure_into(folder, name) for name in names]
    if label:
        print(label, f"{time.perf_counter() - start:.1f} s", flush=True)
    return evidence
