"""Where one project is worked on: copies of its tree, the interpreter with its packages, and commands in them.

Nothing of the shell that started us reaches the service's tests, and no copy sees what another one left behind.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from splice.testing import tree

from .projects import HERE, LOCKS, Project

PLUGINS = HERE / "plugins"
_TIMEOUT = 3600  # seconds: a test that hangs ends the corpus
_SERVICES = ("DJANGO_", "FLASK_", "LIBRARY_", "ORDERS_", "SHOP_")
_OUTER = ("COV_", "GIT_", "OTEL_", "PYTEST_", "PYTHON", "SCAFFOLD_", "VIRTUAL_ENV", *_SERVICES)


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of one project, and the interpreter that has what the project needs."""

    project: Project
    folder: Path
    python: str = sys.executable

    def __getitem__(self, name: str) -> Path:
        """The copy of this name."""
        return self.folder / name

    def alone(self) -> None:
        """Tools that look for settings above a copy find empty ones here, and not those of this repository."""
        for name in ("pytest.ini", "ruff.toml"):
            (self.folder / name).touch()

    def copy(self, old: str, new: str) -> Path:
        """A fresh copy of a copy."""
        target = self[new]
        if target.exists():
            shutil.rmtree(target)
        shutil.copytree(self[old], target)
        return target

    def files(self, name: str) -> dict[str, bytes]:
        """Every file of a copy, by its path."""
        return tree(self[name])

    def run(self, name: str, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A command in a copy; its import roots are those of the project."""
        root = self[name]
        roots = [str(PLUGINS), *(str(root / one) for one in self.project.roots)]
        environment = {key: value for key, value in os.environ.items() if not key.startswith(_OUTER)}
        environment |= {"PYTHONPATH": os.pathsep.join(roots), "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
        return _run(list(command), root, environment | variables)

    def codemod(self, name: str, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        """`codemod COMMAND` on a copy, for the project's paths."""
        environment = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "OTEL_"))}
        words = [sys.executable, "-m", "splice.cli", command, "--root", ".", "--quiet", *options, *self.project.paths]
        return _run(words, self[name], environment)

    def fails(self, name: str, command: str) -> list[str]:
        """Run `codemod COMMAND` on a copy; what it says if it does not end with 0."""
        done = self.codemod(name, command)
        return [f"exit code {done.returncode}: {done.stderr.strip()[-300:]}"] if done.returncode else []

    def tool(self, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A formatter or checker of ours on a copy."""
        return _run([sys.executable, "-m", *arguments], self[name], dict(os.environ))


def _run(command: list[str], root: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_TIMEOUT,
        check=False,
    )


def with_environment(project: Project, folder: Path) -> Place:
    """A place with a virtual environment that holds the project's pinned packages; made anew when pins change.

    Beside them stands all that a scaffold can need. Where the project has pinned that itself, its own pin holds.
    """
    own = (LOCKS / f"{project.name}.txt").read_text(encoding="utf-8").splitlines()
    named = {_package(line) for line in own}
    common = (LOCKS / "scaffold.txt").read_text(encoding="utf-8").splitlines()
    pins = "\n".join([*own, *(line for line in common if _package(line) not in named)])
    stamp, wanted = folder / "venv" / "corpus.sha256", hashlib.sha256(pins.encode()).hexdigest()
    python = folder / "venv" / "bin" / "python"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder / "venv")], check=True)
        lock = folder / "venv" / "pins.txt"
        lock.write_text(pins, encoding="utf-8")
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        subprocess.run([*install, "-r", str(lock)], check=True)
        stamp.write_text(wanted)
    return Place(project, folder, str(python))


def _package(pin: str) -> str:
    """The name in `NAME==VERSION`, in the one spelling that pip takes all others for."""
    return re.sub(r"[-_.]+", "-", pin.partition("==")[0].strip()).lower()
