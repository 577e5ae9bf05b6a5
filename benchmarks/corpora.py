"""What is measured on: a large public package, and generated services of several sizes and shapes, each in git."""

from __future__ import annotations

import functools
import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import generate, shapes

HOMEASSISTANT = "homeassistant==2024.3.3"
_HERE = Path(__file__).resolve().parent
_GIT = ("git", "-c", "user.name=bench", "-c", "user.email=bench@example.com", "-c", "core.autocrlf=false")


@dataclass(frozen=True)
class Corpus:
    """A repository that stands as it was committed, and what is said of it."""

    folder: Path
    about: str

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.rglob("*.py"))

    @functools.cached_property
    def size(self) -> int:
        """Bytes of all Python files."""
        return sum(path.stat().st_size for path in self.files)

    @property
    def largest(self) -> int:
        return max(path.stat().st_size for path in self.files)

    def restore(self) -> None:
        """As it was committed, and nothing else; what tools have put into .git for themselves is gone."""
        _git(self.folder, "checkout", "--quiet", "--force", ".")
        _git(self.folder, "clean", "-fdqx")
        forget(self.folder)


def forget(folder: Path) -> None:
    """Throw away what Splice remembers of a repository within it."""
    for kept in (folder / ".git").glob("codemod*"):
        shutil.rmtree(kept) if kept.is_dir() else kept.unlink()


def generated(folder: Path, name: str, texts: Callable[[], Iterator[tuple[str, str]]], about: str) -> Corpus:
    """A generated corpus below `folder`; made again when the generator has changed."""
    code = b"".join((_HERE / f"{module}.py").read_bytes() for module in ("generate", "pieces", "shapes"))
    return _made(folder / name, hashlib.sha256(code).hexdigest(), lambda there: generate.write(there, texts()), about)


def service(folder: Path, modules: int, every: int) -> Corpus:
    shape = generate.Shape(modules, every)
    about = f"{modules:,} generated modules, one in {every} with handlers"
    return generated(folder, f"services-{modules}-{every}", lambda: generate.services(shape), about)


def one_file(folder: Path, lines: int) -> Corpus:
    about = f"one file of {lines:,} lines"
    return generated(folder, f"lines-{lines}", lambda: shapes.of_lines(lines), about)


def join_points(folder: Path, count: int) -> Corpus:
    return generated(folder, f"points-{count}", lambda: shapes.of_points(count), f"{count:,} handlers in one file")


def deep(folder: Path, depth: int, modules: int) -> Corpus:
    about = f"{modules} modules in packages up to {depth} deep"
    return generated(folder, f"deep-{depth}-{modules}", lambda: shapes.deep(depth, modules), about)


def homeassistant(folder: Path) -> Corpus:
    """Home Assistant's wheel from PyPI, unpacked."""

    def unpack(there: Path) -> None:
        wheels = folder / "wheels"
        pip = (sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps")
        subprocess.run([*pip, "--dest", str(wheels), HOMEASSISTANT], check=True, stderr=subprocess.DEVNULL)
        with zipfile.ZipFile(next(wheels.glob("homeassistant-*.whl"))) as wheel:
            wheel.extractall(there)

    return _made(folder / "homeassistant", HOMEASSISTANT, unpack, HOMEASSISTANT)


def _made(there: Path, stamp: str, make: Callable[[Path], None], about: str) -> Corpus:
    mark = there.with_name(there.name + ".made")
    if not mark.is_file() or mark.read_text(encoding="utf-8") != stamp or not there.is_dir():
        shutil.rmtree(there, ignore_errors=True)
        there.mkdir(parents=True)
        make(there)
        _git(there, "init", "--quiet")
        _git(there, "add", "--all", "--force")
        _git(there, "commit", "--quiet", "--no-verify", "--message", about)
        mark.write_text(stamp, encoding="utf-8")
    return Corpus(there, about)


def _git(folder: Path, *arguments: str) -> None:
    subprocess.run([*_GIT, *arguments], cwd=folder, check=True)
