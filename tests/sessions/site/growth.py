"""Build sites of growing size, and print time and memory: ``growth.py FOLDER``.

Exits with 1 where the last doubling costs more than a doubling should.
"""

import resource
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "helpers"))

import site_copy

#: How many scripts and how many added optimizers.
SIZES = ((75, 50), (150, 100), (300, 200))
#: Twice the size may cost that many times the time; more would not be linear.
LIMIT = 2.5


def main(folder: Path) -> int:
    """Print the table; return 1 where time is not linear."""
    print("scripts  optimizers  seconds  largest process in MB  files", flush=True)
    times = []
    for scripts, classes in SIZES:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        site_copy.make(folder, pages=2, scripts=scripts, classes=classes)
        begin = time.perf_counter()
        code, said = site_copy.build(folder)
        times.append(time.perf_counter() - begin)
        if code:
            raise SystemExit(f"the build failed with exit code {code}:\n{said}")
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        files = len(site_copy.contents(folder))
        print(f"{scripts:7}{classes:12}{times[-1]:9.1f}{memory:23.0f}{files:7}", flush=True)
    ratio = times[-1] / times[-2]
    print(f"twice the size took {ratio:.2f} times as long; at most {LIMIT} is linear")
    return int(ratio > LIMIT)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
