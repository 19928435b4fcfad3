"""Audit docstrings from the command line: ``python -m adamdoc.audit torch.optim.Adam``.

It prints a report for each name. The exit code is 0 if all docstrings are true, also with
conditions; 1 if one is false or something is unexpected; 2 if one cannot be audited.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

from adamdoc.audit import libraries
from adamdoc.audit.auditing import Report, audit, examine
from adamdoc.audit.bindings import Bindings
from adamdoc.audit.comparing import other_values
from adamdoc.audit.declared import validate
from adamdoc.audit.rows import row, rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Audit the names that are given, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m adamdoc.audit",
        description="Are the documented equations of an optimizer what its code computes?",
        epilog="The exit code is 0 if all docstrings are true, 1 if one is false or has changed, "
        "and 2 if one cannot be audited.",
    )
    parser.add_argument("names", nargs="*", metavar="name", help="such as torch.optim.Adam")
    parser.add_argument("--list", action="store_true", help="list the names that have a row")
    parser.add_argument(
        "--bindings",
        metavar="module:NAME",
        help="what the symbols of one docstring mean, for a function or class without a row",
    )
    parser.add_argument(
        "--pinned",
        action="store_true",
        help="succeed if every docstring is as its row says, true or not",
    )
    options = parser.parse_args(arguments)
    if options.list:
        print(*rows(), sep="\n")
        return 0
    if not options.names:
        parser.error("give the name of an optimizer, or --list")
    if options.bindings and len(options.names) != 1:
        parser.error(f"--bindings goes with one name, got {len(options.names)}")
    codes = []
    for name in options.names:
        try:
            report = _report(name, options.bindings)
        except (ImportError, ValueError, TypeError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            codes.append(2)
            continue
        print(report)
        codes.append(_code(report, options.pinned))
    return max(codes)


def _report(name: str, bindings: str | None) -> Report:
    if bindings is None:
        return audit(row(name))
    module, _, attribute = bindings.partition(":")
    found = libraries.load(f"{module}.{attribute}")
    if not isinstance(found, Bindings):
        raise TypeError(f"{bindings} must be audit.Bindings, got {found!r}")
    target = libraries.load(name)
    validate(target, found)
    if not found.options:
        found = replace(found, options=other_values(target, found))
    return examine(name, "", target, libraries.documentation(target), found)


def _code(report: Report, pinned: bool) -> int:
    if report.faults:
        return 1
    if pinned or report.verdict.startswith("true"):
        return 0
    return 1 if report.verdict in ("false", "code at fault") else 2


if __name__ == "__main__":
    sys.path.insert(0, "")
    sys.exit(main())
