"""Begin something new from a template that works as it is: ``new.py KIND NAME [WHERE]``.

Each kind is one file of its own and at most one line of registration. The templates lie beside
this file.
"""

import argparse
import re
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

HERE = Path(__file__).parent
CLASS = r"[A-Z][A-Za-z0-9]+"
#: Of each kind: the form of NAME, an example, and what WHERE is, if anything.
KINDS = {
    "optimizer": (CLASS, "a class, such as QHM", ""),
    "problem": (CLASS, "a class, such as Canyon", ""),
    "script": (
        r"\d+_[a-z_]+/plot_\d+_[a-z0-9_]+",
        "a section and a script, such as 4_learning/plot_4_clipping",
        "the page of the course that it belongs to, such as why-adam",
    ),
    "claim": (
        r"[a-z]+(-[a-z0-9]+)+",
        "an id, such as gd-follows-the-gradient",
        "the page that makes the claim, such as theory/gradient-descent",
    ),
    "page": (r"[a-z]+/[a-z0-9-]+", "a folder and a page, such as theory/line-search", ""),
}
#: The topic of a new claim, which its author changes.
TOPIC = "gradient descent"


def title_of(name: str) -> str:
    """Return a name as a title.

    >>> title_of("4_learning/plot_4_gradient_clipping"), title_of("gd-follows")
    ('Gradient clipping', 'Gd follows')
    """
    words = re.sub(r"^plot_\d+_", "", name.rpartition("/")[2])
    return words.replace("_", "-").replace("-", " ").capitalize()


def snake_case(name: str) -> str:
    """Return a name as that of a module or a function.

    >>> snake_case("QHM"), snake_case("AdaMax2"), snake_case("gd-follows")
    ('qhm', 'ada_max2', 'gd_follows')
    """
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).replace("-", "_").lower()


def taken(root: Path) -> set[str]:
    """Return the names of all classes of the package and ids of all claims, in lower case."""
    classes = (
        re.findall(r"^class (\w+)", path.read_text("utf-8"), re.MULTILINE)
        for path in root.glob("adamdoc/**/*.py")
    )
    claims = (
        re.findall(r"^def (\w+)\(", path.read_text("utf-8"), re.MULTILINE)
        for path in root.glob("docs/claims/*.py")
    )
    return {name.lower() for names in (*classes, *claims) for name in names}


def changes(root: Path, kind: str, name: str, where: str) -> dict[Path, str]:
    """Return the texts of the files that are new, and of those that register or show them."""
    snake, title = snake_case(name), title_of(name)
    values = {"name": name, "snake": snake, "title": title, "topic": TOPIC, "course": where}
    own = {
        "optimizer": root / "adamdoc" / "optimizers" / "methods" / f"{snake}.py",
        "problem": root / "adamdoc" / "problems.py",
        "script": root / "gallery" / f"{name}.py",
        "claim": root / "docs" / "claims" / f"{snake}.py",
        "page": root / "docs" / f"{name}.md",
    }[kind]
    if (kind != "problem" and own.exists()) or snake.replace("_", "") in {
        known.replace("_", "") for known in taken(root)
    }:
        raise SystemExit(f"NAME must be new, but there is {name!r} already")
    if not own.parent.exists():
        raise SystemExit(f"{own.parent} must be a folder, but there is none")
    loader = FileSystemLoader(HERE)
    templates = Environment(loader=loader, undefined=StrictUndefined, keep_trailing_newline=True)
    suffix = own.suffix.removeprefix(".")
    text = templates.get_template(f"{kind}.{suffix}.jinja").render(values)
    if kind == "problem":
        return {own: f"{own.read_text('utf-8')}\n\n{text}"}
    found = {own: text}
    if kind == "optimizer":
        registry = own.parent / "__init__.py"
        line = f"from adamdoc.optimizers.methods.{snake} import {name} as {name}\n"
        found[registry] = registry.read_text("utf-8") + line
    elif kind == "page":
        index = own.parent / "index.md"
        listed = index.read_text("utf-8").removesuffix("```\n") if index.exists() else ""
        if not listed.rpartition("```")[2].startswith("{toctree}\n"):
            raise SystemExit(f"{index} must end with a toctree, to which the page is added")
        found[index] = f"{listed}{own.stem}\n```\n"
    elif kind == "claim":
        page = root / "docs" / f"{where}.md"
        if not page.exists() or ".." in where:
            raise SystemExit(f"WHERE must be a page of docs/, but there is no {where}.md")
        found[page] = f"{page.read_text('utf-8').rstrip()}\n\n```{{claims}}\n{name}\n```\n"
    elif kind == "script" and not (root / "docs" / "theory" / f"{where}.md").exists():
        raise SystemExit(f"WHERE must be a page of the course, but there is no theory/{where}.md")
    return found


def main(arguments: list[str]) -> None:
    """Write the files, or nothing at all."""
    kinds = [
        f"{kind}: NAME is {example}{', WHERE is ' + place if place else ''}"
        for kind, (_, example, place) in KINDS.items()
    ]
    parser = argparse.ArgumentParser(
        prog="nox -s new --",
        description="Begin something new.",
        epilog="\n".join(kinds),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("name", metavar="NAME")
    parser.add_argument("where", metavar="WHERE", nargs="?", default="")
    given = parser.parse_args(arguments)
    pattern, example, place = KINDS[given.kind]
    if not re.fullmatch(pattern, given.name):
        parser.error(f"NAME must be {example}, got {given.name!r}")
    if bool(place) != bool(given.where):
        wanted = f"must be {place}" if place else f"is not used for: {given.kind}"
        parser.error(f"WHERE {wanted}, got {given.where!r}")
    for path, text in changes(Path.cwd(), given.kind, given.name, given.where).items():
        print("changed" if path.exists() else "wrote", path)
        path.write_text(text, "utf-8")
    print('now replace every sentence that begins with "Say", "Ask" or "Describe"')


if __name__ == "__main__":
    main(sys.argv[1:])
