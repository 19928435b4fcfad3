"""Crash-safe storage of the records of a sweep."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adamdoc.sweep.jobs import Job, Record


class Store:
    """The records of jobs in a JSON Lines file; without a path, nothing is stored."""

    def __init__(self, path: Path | None) -> None:
        self.path = path

    def complete(self, work: list[Job]) -> dict[str, list[Record]]:
        """Return the records of finished jobs, and delete those of interrupted ones."""
        if self.path is None or not self.path.exists():
            return {}
        sizes = {job.key: len(job.settings) for job in work}
        lines, by_job = [], {}  # type: ignore[var-annotated]
        content = self.path.read_text("utf-8")
        for number, line in enumerate(content.splitlines(keepends=True), start=1):
            if not line.endswith("\n"):
                break  # the process was killed while writing it
            try:
                record = json.loads(line)
                key = record["job"]
            except (ValueError, TypeError, KeyError):
                raise ValueError(
                    f"to must be a file written by a sweep: {self.path}, line {number}, is not a "
                    "record"
                ) from None
            by_job.setdefault(key, []).append(record)
            lines.append((key, line))
        done = {
            key: sorted(records, key=lambda record: record["part"])
            for key, records in by_job.items()
            if len(records) == sizes.get(key)
        }
        remaining = "".join(line for key, line in lines if key in done or key not in sizes)
        if remaining != content:
            temporary = self.path.with_name(self.path.name + ".part")
            temporary.write_text(remaining, "utf-8")
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


@contextmanager
def open_store(to: str | Path | None) -> Iterator[Store]:
    """Open a store, locked against other sweeps that write to the same file."""
    if to is None:
        yield Store(None)
        return
    path = Path(to)
    if not path.parent.is_dir():
        raise ValueError(f"to must be in an existing directory, got {str(to)!r}")
    with path.with_name(path.name + ".lock").open("w") as lock:
        try:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except ImportError:
            pass  # file locks are not available on this system
        except OSError:
            raise ValueError(f"to must not be in use by another sweep, got {str(to)!r}") from None
        yield Store(path)
    path.with_name(path.name + ".lock").unlink(missing_ok=True)
