"""Crash-safe storage of the records of a sweep."""

import json
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adamdoc.sweep.jobs import RESULT, Job, Record

#: The keys of every record.
KEYS = {"job", "part", "optimizer", "task", "seed", *RESULT}
#: How a line of a record begins, with 0 for each hexadecimal digit.
DIGIT = re.compile(rb"[0-9a-f]")
BEGINNING = DIGIT.sub(b"0", b'{"job": "0123456789abcdef", "part": ')


class Store:
    """The records of jobs in a JSON Lines file; without a path, nothing is stored."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def complete(self, work: list[Job]) -> dict[str, list[Record]]:
        """Return the records of finished jobs, and delete those of interrupted ones.

        Corrupt lines are moved to another file, with a warning.
        """
        if self.path is None or not self.path.exists():
            return {}
        content = self.path.read_bytes()
        records, corrupt = _parse(self.path, content)
        by_job: dict[str, dict[int, bytes]] = {}
        for line, record in records.items():
            by_job.setdefault(record["job"], {})[record["part"]] = line
        done = {}
        for job in work:
            parts = by_job.pop(job.key, {})
            if set(parts) == set(range(len(job.settings))):
                by_job[job.key] = parts
                done[job.key] = [records[parts[part]] for part in sorted(parts)]
        kept = {line for parts in by_job.values() for line in parts.values()}
        remaining = b"".join(line for line in records if line in kept)
        if corrupt:
            with self.path.with_name(self.path.name + ".corrupt").open("ab") as file:
                file.writelines(corrupt)
        if remaining != content:
            temporary = self.path.with_name(self.path.name + ".part")
            temporary.write_bytes(remaining)
            temporary.replace(self.path)
        return done

    def write(self, records: list[Record]) -> None:
        """Append the records of a job."""
        if self.path is None:
            return
        with self.path.open("a", encoding="utf-8") as file:
            file.write("".join(json.dumps(r, allow_nan=False) + "\n" for r in records))
            file.flush()
            os.fsync(file.fileno())


def _parse(path: Path, content: bytes) -> tuple[dict[bytes, Record], list[bytes]]:
    """Return the records by line, and the corrupt lines, with a warning for each.

    A last line without a line break is neither: the process was killed while writing it.
    """
    lines = [line for line in content.splitlines(keepends=True) if line.strip()]
    parsed = {line: _record(line) for line in lines if line.endswith(b"\n")}
    if lines and not any(parsed.values()) and not any(map(_begins_as_record, lines)):
        raise ValueError(
            f"to must be a file written by a sweep: {path}, line 1, is not a record: "
            f"{_excerpt(lines[0])}"
        )
    for number, line in enumerate(content.splitlines(keepends=True), start=1):
        if line in parsed and parsed[line] is None:
            warnings.warn(
                f"{path}, line {number}, is not a record: {_excerpt(line)}; it is moved to "
                f"{path.name}.corrupt, and its run is computed again if it is one of this sweep",
                stacklevel=4,  # the caller of sweep
            )
    records = {line: record for line, record in parsed.items() if record is not None}
    return records, [line for line in parsed if line not in records]


def _record(line: bytes) -> Record | None:
    """Return the record in a line, or None if there is none."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    valid = isinstance(record, dict) and record.keys() >= KEYS and type(record["part"]) is int
    return record if valid and isinstance(record["job"], str) else None


def _begins_as_record(line: bytes) -> bool:
    return BEGINNING.startswith(DIGIT.sub(b"0", line[: len(BEGINNING)]))


def _excerpt(line: bytes) -> str:
    text = line.decode("utf-8", "replace").rstrip()
    return repr(text if len(text) <= 60 else text[:60] + "...")


@contextmanager
def open_store(to: str | Path | None) -> Iterator[Store]:
    """Open a store, locked against other sweeps that write to the same file."""
    if to is None:
        yield Store(None)
        return
    path = Path(to)
    if not path.parent.is_dir():
        raise ValueError(f"to must be in an existing directory, got {str(to)!r}")
    if path.is_dir():
        raise ValueError(f"to must be a file, got the directory {str(to)!r}")
    lock_path = path.with_name(path.name + ".lock")
    with lock_path.open("w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass  # file locks are not available on this system
        except OSError:
            raise ValueError(f"to must not be in use by another sweep, got {str(to)!r}") from None
        try:
            yield Store(path)
        finally:
            lock_path.unlink(missing_ok=True)
