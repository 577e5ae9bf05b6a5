"""Answers that are kept: told again to the byte while nothing has changed, and never once anything has."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cache_kit import GIT, MANY, Capture, another, answer, append, cache, replaced, service, shop, told
from splice.cache import rows, store
from splice.cache.answer import Answer, question

__all__ = ["cache", "service", "shop"]

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
    assert told(capsys, *words) == first  # what gathers the steps of a job gets it from each, the others once
    written["markdown"] *= 2
    assert {name: file.read_bytes() for name, file in files.items()} == written


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


def rewrite(root: Path) -> None:
    """Every file as another one with the same content, as in a fresh clone."""
    for path in [*root.rglob("*")]:
        if path.is_file() and ".git" not in path.parts:
            raw = path.read_bytes()
            path.unlink()
            path.write_bytes(raw)


def there_and_back(root: Path) -> None:
    for words in (["switch", "-qc", "other"], ["rm", "-q", "shop/views.py"], ["commit", "-qm", "less"]):
        subprocess.run([*GIT, *words], cwd=root, check=True)
    subprocess.run([*GIT, "switch", "-q", "-"], cwd=root, check=True)


def run_it(root: Path) -> None:
    (root / "shop/__pycache__").mkdir()
    (root / "shop/__pycache__/views.pyc").write_bytes(b"")
    (root / "errors.log").write_text("nothing")


SAME: dict[str, Callable[[Path], None]] = {
    "nothing": lambda _: None,
    "a later mtime": lambda root: (root / "shop/views.py").touch(),
    "an older mtime": lambda root: os.utime(root / "shop/views.py", (1, 1)),
    "each file anew": rewrite,
    "another branch and back": there_and_back,
    "files that git ignores": run_it,
    "a file that nobody reads": append("data/prices.json", "\n"),
    "who may read it": lambda root: (root / "shop/views.py").chmod(0o600),
}


@pytest.mark.parametrize("what", SAME)
def test_an_answer_holds_while_the_contents_are_the_same(service: Path, what: str, capsys: Capture) -> None:
    first = answer(capsys, "check")
    SAME[what](service)
    assert told(capsys, "check") == first


def test_what_was_read_again_counts_from_then_on(
    service: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, before = answer(capsys, "check"), kept("check").taken
    monkeypatch.setattr(rows, "MARGIN", -(10**12))  # by now no file is young any more
    rewrite(service)
    assert told(capsys, "check") == first
    assert kept("check").taken > before
    looked = kept("check").taken
    assert told(capsys, "check") == first
    assert kept("check").taken == looked  # nothing was read


def kept(*words: str) -> Answer:
    blocks = store.load(question(words))
    assert blocks is not None
    return Answer.unpack(blocks)
