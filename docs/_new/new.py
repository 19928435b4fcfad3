"""Begin something new, from a template that works as it is: ``new.py KIND NAME [WHERE]``.

What has to be registered is registered. The templates stand beside this file.
"""

import argparse
import re
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
#: What a name must look like, and what is said of WHERE.
KINDS = {
    "optimizer": (r"[A-Z][A-Za-z]+", "a class, such as QHM", None),
    "problem": (r"[A-Z][A-Za-z]+", "a class, such as Canyon", None),
    "script": (
        r"\d+_[a-z_]+/plot_\d+_[a-z_]+",
        "a section and a script, such as 4_learning/plot_4_clipping",
        "the page of the course it belongs to, such as why-adam",
    ),
    "claim": (
        r"[a-z]+(-[a-z0-9]+)+",
        "an id, such as gd-follows-the-gradient",
        "the module of adamdoc/claims/, such as descent",
    ),
    "page": (
        r"[a-z]+/[a-z-]+",
        "a folder and a page, such as theory/line-search",
        None,
    ),
}
#: What the template of a claim uses.
IMPORTS = (
    "from claims.core import COMMON, Case, claim",
    "from adamdoc.optimizers import GradientDescent",
    "from adamdoc.problems import Ravine",
    "from adamdoc.run import minimize",
)


def render(kind: str, suffix: str, **values: str) -> str:
    """Return a template with its blanks filled."""
    environment = Environment(
        loader=FileSystemLoader(HERE), undefined=StrictUndefined, keep_trailing_newline=True
    )
    return environment.get_template(f"{kind}.{suffix}.jinja").render(values)


def write(path: Path, text: str) -> None:
    """Write a new file."""
    if path.exists():
        raise SystemExit(f"{path} must be new, but there is one")
    if not path.parent.exists():
        raise SystemExit(f"{path.parent} must be a folder, but there is none")
    path.write_text(text, "utf-8")
    print(f"wrote {path}")


def insert(path: Path, mark: str, text: str) -> None:
    """Put some text before a mark, the first of its kind, in a file."""
    before, found, after = path.read_text("utf-8").partition(mark)
    if not found:
        raise SystemExit(f"{path} must hold {mark!r}, but does not")
    path.write_text(f"{before}{text}{found}{after}", "utf-8")
    print(f"changed {path}")


def words(name: str) -> str:
    """Return a name as a title.

    >>> words("4_learning/plot_4_gradient_clipping"), words("gd-follows")
    ('Gradient clipping', 'Gd follows')
    """
    return (
        re.sub(r"^plot_\d+_", "", name.rpartition("/")[2])
        .replace("_", "-")
        .replace("-", " ")
        .capitalize()
    )


def snake(name: str) -> str:
    """Return a name as that of a module or a function.

    >>> snake("QHM"), snake("AdaMax"), snake("gd-follows")
    ('qhm', 'ada_max', 'gd_follows')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("-", "_").lower()


def begin(root: Path, kind: str, name: str, where: str) -> None:
    """Write the file, and register what it holds."""
    if kind == "optimizer":
        module = f"adamdoc.optimizers.{snake(name)}"
        path = root / "adamdoc" / "optimizers"
        write(path / f"{snake(name)}.py", render(kind, "py", name=name))
        registry = path / "__init__.py"
        lines = re.findall(r"^from .*\n", registry.read_text("utf-8"), re.MULTILINE)
        line = f"from {module} import {name} as {name}\n"
        following = next((other for other in lines if other > line), "\n#: All classes")
        insert(registry, following, line)
    elif kind == "problem":
        text = render(kind, "py", name=name)
        insert(root / "adamdoc" / "problems.py", "#: All classes", f"{text}\n\n")
        insert(root / "docs" / "reference" / "index.md", "   Absolute\n", f"   {name}\n")
    elif kind == "script":
        write(root / "gallery" / f"{name}.py", render(kind, "py", title=words(name)))
        related = root / "docs" / "_ext" / "related.py"
        insert(related, "}\n#: What is said before", f'    "{name}": "{where}",\n')
    elif kind == "claim":
        path = root / "adamdoc" / "claims" / f"{where}.py"
        text = render(kind, "py", snake=snake(name), title=words(name))
        if not path.exists():
            raise SystemExit(f"{path} must be a module, but there is none")
        if f"def {snake(name)}(" in path.read_text("utf-8"):
            raise SystemExit(f"NAME must be new, but {path} has {name}")
        insert(path, "from adamdoc", "\n".join(IMPORTS) + "\n")
        path.write_text(f"{path.read_text('utf-8')}\n\n{text}", "utf-8")
        faults = root / "tests" / "faults.py"
        fault = f'    "{name}": "gradient descent takes half steps",\n'
        insert(faults, "}\n\n\n@contextmanager", fault)
    else:
        write(root / "docs" / f"{name}.md", render(kind, "md", title=words(name)))


def main(arguments: list[str]) -> None:
    """Read the arguments."""
    parser = argparse.ArgumentParser(prog="nox -s new --", description="Begin something new.")
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("name")
    parser.add_argument("where", nargs="?")
    given = parser.parse_args(arguments)
    pattern, meaning, place = KINDS[given.kind]
    if not re.fullmatch(pattern, given.name):
        parser.error(f"NAME must be {meaning}, got {given.name!r}")
    if bool(place) != bool(given.where):
        wanted = f"must be {place}" if place else f"is not used for: {given.kind}"
        parser.error(f"WHERE {wanted}, got {given.where!r}")
    begin(Path.cwd(), given.kind, given.name, given.where)


if __name__ == "__main__":
    main(sys.argv[1:])
