"""Make the searches of the claims, and record the settings that they find.

``nox -s study`` runs it: the searches take longer than a build of the site may. The claims are then
measured with the settings of the record at every build.
"""

import datetime
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path

from joblib import Parallel, delayed

import claims
from claims import tuning


def found_by(names: list[str]) -> dict[str, tuning.Setting]:
    """Return the settings that some claims search for, with the record left aside."""
    tuning.RECORDED.clear()
    for name in names:
        claims.measure(name)
    return tuning.FOUND


def main(path: str) -> None:
    """Make all searches, one process for each module of claims, and write the record."""
    modules: dict[str, list[str]] = {}
    for name, claim in claims.CLAIMS.items():
        modules.setdefault(claim.run.__module__, []).append(name)
    groups = Parallel(n_jobs=-1)(delayed(found_by)(names) for names in modules.values())
    content = {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("numpy", "scipy", "scikit-learn")},
        "settings": dict(sorted(item for group in groups for item in group.items())),
    }
    Path(path).write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
