"""Kill builds at random moments: ``kill.py FOLDER [ROUNDS]``.

After each the next build must be complete, and equal to a clean one. Half of the builds begin with
nothing, half with a site of which an optimizer has changed.
"""

import os
import random
import shutil
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "helpers"))

import site_copy

SEED = 0
CHANGED = ("adamdoc/optimizers/adam.py", "theta - lr * m_hat", "theta - 0.9 * lr * m_hat")


def change(folder: Path) -> None:
    """Change an optimizer, and with it a page, a script and their figures."""
    path = folder / CHANGED[0]
    path.write_text(path.read_text("utf-8").replace(*CHANGED[1:]), "utf-8")


def built(folder: Path) -> dict[str, str]:
    """Return what a build gives, or stop."""
    code, said = site_copy.build(folder)
    if code:
        raise SystemExit(f"a build failed with exit code {code}:\n{said}")
    return site_copy.contents(folder)


def copied(source: Path, target: Path) -> Path:
    """Return a fresh copy of a folder, with the times of its files."""
    shutil.rmtree(target, ignore_errors=True)
    return Path(shutil.copytree(source, target))


def main(folder: Path, rounds: int) -> int:
    """Kill builds, and print what came of them; return how many went wrong."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    moments = random.Random(SEED)
    # All are built in one place, whose path stands in Sphinx's own files.
    place = folder / "place"
    place.mkdir()
    plain = copied(site_copy.make(place), folder / "plain")
    begin = time.perf_counter()
    before = built(place)
    longest = time.perf_counter() - begin
    whole = copied(place, folder / "whole")
    copied(plain, place)
    change(place)
    after = built(place)
    if before == after:
        raise SystemExit("the change makes no difference")
    wrong = 0
    for number in range(rounds):
        copied(whole if number % 2 else plain, place)
        if number % 2:
            change(place)
        moment = moments.uniform(0, longest)
        process = site_copy.start(place)
        time.sleep(moment)
        ended = process.poll() is not None
        if not ended:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        mark = (place / "docs" / "_build" / "unfinished").exists()
        found, clean = built(place), after if number % 2 else before
        differing = {name for name in found.keys() | clean if found.get(name) != clean.get(name)}
        wrong += bool(differing)
        state = "had ended" if ended else "had begun" if mark else "had not begun"
        print(
            f"{number + 1:2}: after {moment:4.1f} s of {longest:.1f} s, {state}: "
            f"{len(found)} files, {len(differing)} differ",
            *sorted(differing)[:5],
            flush=True,
        )
    print(f"{rounds} builds killed, {wrong} of the next ones not equal to a clean one")
    return wrong


if __name__ == "__main__":
    sys.exit(bool(main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if sys.argv[2:] else 20)))
