"""Splice and its peers, installed as users install them: each in a virtual environment below the work folder.

Splice's own has no semgrep: what is compared is the work itself, and the rules of semgrep come on top of it.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent
_PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True, slots=True)
class Tools:
    """Where the commands are, and which versions."""

    folder: Path
    versions: dict[str, str]

    def command(self, name: str, environment: str = "peers") -> str:
        return str(self.folder / environment / "bin" / name)

    @property
    def codemod(self) -> str:
        return self.command("codemod", "splice")


def pinned(text: str) -> dict[str, list[str]]:
    """The requirements of peers.txt, by environment."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("## "):
            lines = found.setdefault(line[3:].strip(), [])
        elif line and not line.startswith("#"):
            lines.append(line)
    return found


def install(folder: Path, *, only: frozenset[str] | None = None) -> Tools:
    """Make what is not there yet; Splice is installed anew each time, from this repository."""
    versions: dict[str, str] = {}
    for name, requirements in pinned((HERE / "peers.txt").read_text(encoding="utf-8")).items():
        if only is not None and name not in only:
            continue
        stamp = folder / name / "installed.txt"
        wanted = "\n".join(requirements)
        if not stamp.is_file() or stamp.read_text(encoding="utf-8") != wanted:
            _python(folder / name, requirements)
            stamp.write_text(wanted, encoding="utf-8")
        versions |= dict(line.split("==") for line in requirements)
    _splice(folder / "splice")
    versions["splice"] = _commit()
    return Tools(folder, versions)


def _commit() -> str:
    """What is measured: the commit, with a plus where files differ from it."""
    git = ("git", "describe", "--always", "--dirty=+", "--abbrev=12")
    done = subprocess.run(git, cwd=REPOSITORY, check=False, capture_output=True, encoding="utf-8")
    return done.stdout.strip() or "unknown"


def _splice(environment: Path) -> None:
    constraints = ("--constraint", str(REPOSITORY / "constraints.txt"))
    if not (environment / "bin" / "codemod").exists():
        _python(environment, [*constraints, f"{REPOSITORY}[lsp]"])
    else:
        python = str(environment / "bin" / "python")
        again = ("--force-reinstall", "--no-deps", str(REPOSITORY))
        subprocess.run([python, *_PIP, *again], check=True, stderr=subprocess.DEVNULL)


def _python(environment: Path, requirements: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(environment)], check=True)
    subprocess.run([str(environment / "bin" / "python"), *_PIP, *requirements], check=True, stderr=subprocess.DEVNULL)
