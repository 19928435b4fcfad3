"""Translate a call on the command line: ``python -m adamdoc.dialects --help``."""

import argparse
import sys
import textwrap

from adamdoc.dialects import as_call, reproduce, translate
from adamdoc.dialects.calls import WIDTH
from adamdoc.dialects.deviations import PROBLEM

DESCRIPTION = """\
Translate the call of an optimizer from one library to another, so that it takes the same steps.

The call is read as it is pasted: parsed, never run. Clipping, chains and wrappers may be part of
it. Where no call takes the same steps, the nearest is printed, with what differs.
"""
EXAMPLES = """\
examples:
  python -m adamdoc.dialects "torch.optim.AdamW(lr=3e-4, betas=(0.9, 0.95))" --to optax
  python -m adamdoc.dialects "optax.chain(optax.clip_by_global_norm(1.0), optax.adam(1e-3))"
  python -m adamdoc.dialects - --to keras < train.py

exit status: 0 if a call takes the same steps (without --to: one of each other library), 1 if there
is only a nearest one or none, 2 if the text is no call that adamdoc can reproduce
"""
LIBRARIES = ("torch", "optax", "keras", "pytorch_optimizer")


def main(arguments: list[str] | None = None) -> int:
    """Print the translation and return the exit status.

    Examples
    --------
    >>> main(["torch.optim.SGD(lr=0.1, momentum=0.9)", "--to", "optax"])
    optax.sgd(learning_rate=0.1, momentum=0.9)
    0
    """
    parser = argparse.ArgumentParser(
        "python -m adamdoc.dialects",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("call", help="the call, or - to read it from the standard input")
    parser.add_argument("--to", choices=LIBRARIES, help="the target library; by default all")
    options = parser.parse_args(arguments)
    text = sys.stdin.read() if options.call == "-" else options.call
    try:
        source = as_call(text)
        own = source.peer.split(".")[0]
        optimizer = reproduce(source)
        libraries = [options.to] if options.to else [name for name in LIBRARIES if name != own]
        calls = {library: translate(source, to=library) for library in libraries}
    except (TypeError, ValueError) as error:
        print(f"error: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    if options.to:
        print(calls[options.to])
    else:
        print("adamdoc:\n" + textwrap.fill(repr(optimizer), WIDTH, subsequent_indent="    "))
        for library, call in calls.items():
            print(f"\n{library}:\n{call}")
    if any(call.deviations for call in calls.values()):
        print("\n" + textwrap.fill(f"The distance is measured on {PROBLEM}.", WIDTH))
    return 0 if all(call.matched for call in calls.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
