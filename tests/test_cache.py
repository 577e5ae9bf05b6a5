"""Answers that are kept: told again to the byte while nothing has changed, and never once anything has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from shop_service import shop
from splice.cache import rows
from splice.cache.answer import known
from splice.cli import main

__all__ = ["shop"]

ROOT = Path(__file__).resolve().parents[1]
GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.com")
MANY = '\n\n@app.get("/more")\ndef more():\n    return "more"\n'
DOCUMENT = """\
openapi: 3.1.0
info: {title: shop, version: "1"}
paths:
  /healthz: {get: {security: [], responses: {"200": {description: ok}}}}
"""


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
    """The shop, with a file that it does not read, a folder that git ignores, and a commit."""
    (shop / "data").mkdir()
    (shop / "data" / "prices.json").write_text("{}")
    (shop / "local").mkdir()
    (shop / "local" / "admin.py").write_text("from shop.app import app\n" + MANY)
    (shop / ".gitignore").write_text("*.log\nlocal/\n")
    (shop / "Dockerfile").write_text('FROM python\nCMD ["python", "-m", "shop.app"]\n')
    subprocess.run([*GIT, "add", "-A"], check=True)
    subprocess.run([*GIT, "commit", "-qm", "first"], check=True)
    return shop


Capture = pytest.CaptureFixture[str]


def answer(capsys: Capture, *words: str) -> tuple[int, str]:
    code = main(words)
    return code, capsys.readouterr().out


def told(capsys: Capture, *words: str) -> tuple[int, str] | None:
    """The kept answer, None if there is none that holds."""
    code = known(words)
    out = capsys.readouterr().out
    assert code is not None or not out
    return None if code is None else (code, out)


FORMATS = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")


@pytest.mark.parametrize(
    "words",
    [
        *(["check", "--format", name] for name in FORMATS),
        ["check", "-v"],
        ["check", "-vv", "--color", "always"],
        ["check", "-q"],
        ["check", "shop/views.py"],
        ["check", "--codemods", "spans"],
        ["check", "--changed-since", "HEAD"],
        ["check", "--policy-ref", "HEAD"],
        ["list"],
        ["list", "--auth", "--format", "json"],
    ],
    ids=" ".join,
)
def test_a_kept_answer_is_the_answer_to_the_byte(service: Path, words: list[str], capsys: Capture) -> None:
    first = answer(capsys, *words)
    assert first[1] or "--changed-since" in words or "github" in words
    assert told(capsys, *words) == first
    assert answer(capsys, *words) == first


def test_the_reports_are_written_again(service: Path, tmp_path: Path, capsys: Capture) -> None:
    files = {name: tmp_path / f"report.{name}" for name in FORMATS if name != "text"}
    words = ["check", *(f"--report={name}={file}" for name, file in files.items())]
    first = answer(capsys, *words)
    written = {name: file.read_bytes() for name, file in files.items()}
    for file in files.values():
        file.unlink()
    assert told(capsys, *words) == first
    assert {name: file.read_bytes() for name, file in files.items()} == written
    shutil.rmtree(tmp_path / "cache")  # what gathers the steps of a job gets another one from either
    assert told(capsys, *words) is None
    known(words)
    assert files["markdown"].read_bytes() == written["markdown"]
    answer(capsys, *words)
    known(words)
    assert files["markdown"].read_bytes() == written["markdown"] * 3
    assert {name: file.read_bytes() for name, file in files.items() if name not in ("markdown", "json")} == {
        name: raw for name, raw in written.items() if name not in ("markdown", "json")
    }


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


def moved_in_place(root: Path) -> None:
    """Another file of the same name, size and mtime, as an editor or rsync would put it there."""
    path = root / "shop/views.py"
    status = path.stat()
    other = root / "local.log"
    other.write_text(path.read_text().replace("cart_id", "cart_no"))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert other.stat().st_size == status.st_size
    other.replace(path)


def linked(root: Path) -> None:
    path = root / "shop/views.py"
    (root.parent / "views.py").write_bytes(path.read_bytes())
    path.unlink()
    path.symlink_to(root.parent / "views.py")


# Each changes one thing that `check -v` depends on, and with it what it says.
CHANGES: dict[str, Callable[[Path], None]] = {
    "a file grows": append("shop/app.py", MANY),
    "the router in another file": replaced("shop/app.py", "(views.bp)", "(views.bp, url_prefix='/v2')"),
    "same size": replaced("shop/views.py", "cart_id", "cart_no"),
    "same size, old mtime": replaced("shop/views.py", "cart_id", "cart_no", restore=True),
    "another file moved there": moved_in_place,
    "a new file": another("shop/admin.py", "from shop.app import app\n" + MANY),
    "a file is deleted": lambda root: (root / "shop/views.py").unlink(),
    "a folder is deleted": lambda root: shutil.rmtree(root / "shop"),
    "a link for a file": linked,
    "what git ignores": append(".gitignore", "!local/\n"),
    "what only this clone ignores": append(".git/info/exclude", "*.py\n"),
    "a configuration": another("codemod.toml", 'codemods = ["spans"]\n'),
    "a table in pyproject.toml": append("pyproject.toml", '\n[tool.codemod]\ncodemods = ["metrics"]\n'),
    "a lock": another("codemod.lock", "format = 999\n"),
    "a suppression": replaced("shop/app.py", "def health():", "def health():  # codemod: ignore -- later"),
    "a manifest": replaced("pyproject.toml", '"flask"', '"flask", "opentelemetry-api>=1.30"'),
    "who starts it": replaced("Dockerfile", '["python"', '["opentelemetry-instrument", "python"'),
}


@pytest.mark.parametrize("young", [True, False], ids=["at once", "after a while"])
@pytest.mark.parametrize("what", CHANGES)
def test_nothing_kept_outlives_what_it_came_from(
    service: Path, what: str, young: bool, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if what == "what only this clone ignores":
        subprocess.run(["git", "rm", "-rq", "--cached", "shop"], check=True)
    if not young:  # what has just been written counts as old: only its status tells
        monkeypatch.setattr(rows, "MARGIN", -(10**12))
    words = ("check", "--format", "json")
    first = answer(capsys, *words)
    assert told(capsys, *words) == first
    CHANGES[what](service)
    assert told(capsys, *words) is None
    after = answer(capsys, *words)
    assert without_times(after) == without_times(answer(capsys, *words, "--no-cache"))
    assert without_times(after) != without_times(first)


def without_times(said: tuple[int, str]) -> tuple[int, dict[str, object]]:
    return said[0], {key: value for key, value in json.loads(said[1]).items() if key != "seconds"}
