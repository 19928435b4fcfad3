"""Evidence kept on disk, for as long as nothing changes that it depends on."""

import json
from dataclasses import asdict
from pathlib import Path

from dependencies import digest

from claims.core import CLAIMS, Case, Evidence, measure


def key(name: str) -> str:
    """Return the hash of all that the evidence for a claim depends on."""
    return digest([CLAIMS[name].run.__module__])


def read(folder: Path, name: str) -> Evidence | None:
    """Return kept evidence for a claim, or None if there is none or it is stale."""
    path = folder / f"{name}.json"
    if not path.exists():
        return None
    kept = json.loads(path.read_text("utf-8"))
    if kept["key"] != key(name):
        return None
    cases = (Case(**{**case, "values": tuple(case["values"])}) for case in kept["cases"])
    return Evidence(name, tuple(cases))


def keep(folder: Path, evidence: Evidence) -> None:
    """Write evidence to a folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {"key": key(evidence.id), "cases": [asdict(case) for case in evidence.cases]}
    part = folder / f"{evidence.id}.part"
    part.write_text(json.dumps(content, indent=1), "utf-8")
    part.replace(folder / f"{evidence.id}.json")


def measure_into(folder: Path, name: str) -> Evidence:
    """Put a claim to the test and keep the evidence, unless it is kept already."""
    evidence = read(folder, name)
    if evidence is None:
        evidence = measure(name)
        keep(folder, evidence)
    return evidence


def measure_all(folder: Path, jobs: int = 1) -> dict[str, Evidence]:
    """Put every claim to the test that has no fresh evidence, several at once.

    Parameters
    ----------
    folder : Path
        Where the evidence is kept.
    jobs : int, default 1
        How many processes work.

    Returns
    -------
    dict of Evidence
        The evidence for each claim, by id.

    Raises
    ------
    ImportError
        If joblib is missing.
    """
    try:
        from joblib import Parallel, delayed
    except ImportError:
        raise ImportError("measure_all needs joblib: pip install 'adamdoc[sweep]'") from None
    # Claims of one topic share trainings: they go to one process.
    topics: dict[str, list[str]] = {}
    for name, claim in CLAIMS.items():
        topics.setdefault(claim.run.__module__, []).append(name)
    work = (delayed(_measure_several)(folder, names) for names in topics.values())
    found = [e for group in Parallel(n_jobs=jobs)(work) for e in group]
    return {evidence.id: evidence for evidence in found}


def _measure_several(folder: Path, names: list[str]) -> list[Evidence]:
    return [measure_into(folder, name) for name in names]
