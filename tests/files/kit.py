"""A small Flask service with an odd file beside it, and the real command over it, all seven ways."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from splice.cli import main

APP = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/x")\ndef x():\n    return ""\n'
ODD = 'from flask import Flask\n\nodd = Flask("odd")\n\n\n@odd.get("/odd")\ndef h():\n    return ""\n'
STORY = ("check", "list", "diff", "run", "run", "check", "strip")

Maker = Callable[[Path], object]


@dataclass(frozen=True)
class Answer:
    """What a command said."""

    code: int
    text: str


def codemod(root: Path, *words: str) -> Answer:
    """The command, in this process; errors and output in one text."""
    said = io.TextIOWrapper(io.BytesIO(), "utf-8", "backslashreplace", write_through=True)
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main([words[0], "--root", str(root), *words[1:]])
    assert isinstance(said.buffer, io.BytesIO)
    return Answer(code, said.buffer.getvalue().decode("utf-8", "replace"))


def put(root: Path, files: Mapping[str, str | bytes | Maker]) -> Path:
    """Files from text, from bytes, or made by a function that gets the path."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if callable(content):
            content(path)
        else:
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return root


def snapshot(root: Path) -> dict[bytes, tuple[int, bytes]]:
    """Type, mode and bytes (or target) of everything below a folder but git's own, never opening what could block."""
    found = {}
    for folder, folders, names in os.walk(os.fsencode(root)):
        folders[:] = [name for name in folders if name != b".git"]
        for name in (*names, *folders):
            path = Path(os.fsdecode(folder), os.fsdecode(name))
            mode, raw = path.lstat().st_mode, b""
            if stat.S_ISREG(mode):
                raw = path.read_bytes()
            elif stat.S_ISLNK(mode):
                raw = os.fsencode(path.readlink())
            found[os.fsencode(path.relative_to(root))] = (mode, raw)
    return found


def story(root: Path, code: int = 0) -> list[Answer]:
    """check, list, diff, run, run, check, strip: the codes that are promised, and `strip` gives everything back.

    `code`: 3 where a file cannot be handled, else 0. The answers come back in this order.
    """
    before = snapshot(root)
    answers = [codemod(root, word) for word in STORY[:3]]
    assert snapshot(root) == before, "what only looks has written"
    answers.append(codemod(root, "run"))
    first = snapshot(root)
    answers += [codemod(root, word) for word in ("run", "check")]
    assert snapshot(root) == first, "a second run changed something"
    answers.append(codemod(root, "strip"))
    assert snapshot(root) == before, "strip did not give everything back"
    expected = [code or 1, *(code,) * 6]
    codes = [answer.code for answer in answers]
    assert codes == expected, "\n".join(f"{answer.code}: {answer.text}" for answer in answers)
    return answers


def observed(root: Path, *files: str) -> None:
    """After a `run`: these files, and the application beside them, have their decorator."""
    for file in ("app.py", *files):
        assert b"observed(" in (root / file).read_bytes(), file


def without_semgrep(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment in which semgrep is not installed: it is looked for beside the interpreter and on PATH."""
    (folder / "bin").mkdir()
    git = next((Path(entry, "git") for entry in os.get_exec_path() if Path(entry, "git").exists()), None)
    if git is not None:
        (folder / "bin" / "git").symlink_to(git)
    monkeypatch.setenv("PATH", str(folder / "bin"))
    monkeypatch.setattr(sys, "executable", str(folder / "bin" / "python"))


@contextlib.contextmanager
def as_nobody() -> Iterator[None]:
    """Permissions do not bite root: become somebody else for a while."""
    if os.getuid() != 0:
        yield
        return
    os.setresgid(65534, 65534, 0)
    os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)
