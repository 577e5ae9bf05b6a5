"""A service whose answers are kept, and how to ask: as the command does, or only of the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shop_service import shop
from splice.cache.answer import known
from splice.cli import main

__all__ = ["GIT", "MANY", "Capture", "another", "answer", "append", "cache", "replaced", "service", "shop", "told"]

ROOT = Path(__file__).resolve().parents[1]
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
MANY = '\n\n@app.get("/more")\ndef more():\n    return "more"\n'
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and an environment in which answers are kept."""
    for name in [name for name in os.environ if name.startswith("OTEL_")]:
        monkeypatch.delenv(name)
    # Another test builds a wheel, and for that changes what is installed from this folder.
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if Path(entry).resolve() != ROOT])
    folder = tmp_path / "cache"
    monkeypatch.setenv("CODEMOD_CACHE_DIR", str(folder))
    return folder


@pytest.fixture
def service(shop: Path) -> Path:
    """The shop, with a file that is not read, a folder that git ignores, and a commit."""
    (shop / "data").mkdir()
    (shop / "data" / "prices.json").write_text("{}")
    (shop / "local").mkdir()
    (shop / "local" / "admin.py").write_text("from shop.app import app\n" + MANY)
    (shop / ".gitignore").write_text("*.log\nlocal/\n__pycache__/\n")
    (shop / "Dockerfile").write_text('FROM python\nCMD ["python", "-m", "shop.app"]\n')
    subprocess.run([*GIT, "add", "-A"], check=True)
    subprocess.run([*GIT, "commit", "-qm", "first"], check=True)
    return shop


def answer(capsys: Capture, *words: str) -> tuple[int, str]:
    """What the command says, from wherever it has it."""
    code = main(words)
    return code, capsys.readouterr().out


def told(capsys: Capture, *words: str) -> tuple[int, str] | None:
    """The kept answer, None if there is none that holds."""
    code = known(words)
    out = capsys.readouterr().out
    assert code is not None or not out
    return None if code is None else (code, out)


def append(file: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        with (root / file).open("a") as stream:
            stream.write(text)

    return change


def replaced(file: str, before: str, after: str, *, restore: bool = False) -> Callable[[Path], None]:
    """A change of a text; `restore` gives the file the times that it had."""

    def change(root: Path) -> None:
        path = root / file
        status = path.stat()
        text = path.read_text()
        assert before in text
        path.write_text(text.replace(before, after))
        if restore:
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
            assert path.stat().st_mtime_ns == status.st_mtime_ns

    return change


def another(file: str, text: str) -> Callable[[Path], None]:
    def change(root: Path) -> None:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    return change
