"""Compare two builds of the site byte for byte: ``compare.py ONE OTHER``.

Exits with 1 where they differ.
"""

import sys
from pathlib import Path


def files(site: Path) -> dict[str, bytes]:
    """Return every file of a site."""
    found = {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file()
    }
    if not found:
        raise SystemExit(f"there is no site in {site}")
    return found


def main(one: Path, other: Path) -> int:
    """Print what differs."""
    first, second = files(one), files(other)
    for name in sorted(first.keys() ^ second.keys()):
        print(f"{name}: only in {one if name in first else other}")
    differing = [
        name for name in sorted(first.keys() & second.keys()) if first[name] != second[name]
    ]
    for name in differing:
        pairs = enumerate(zip(first[name], second[name], strict=False))
        place = next((k for k, (a, b) in pairs if a != b), min(len(first[name]), len(second[name])))
        around = slice(max(0, place - 40), place + 40)
        print(f"{name}: at byte {place}: {first[name][around]!r} or {second[name][around]!r}")
    total = len(first.keys() | second.keys())
    print(
        f"{total} files, {len(differing)} differ, {len(first.keys() ^ second.keys())} in one only"
    )
    return bool(differing or first.keys() ^ second.keys())


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:3])))
