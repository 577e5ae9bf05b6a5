"""What reaches a terminal can do no harm, and a diff reaches git byte for byte."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TextIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from splice.model import Change
from splice.report import terminal
from splice.report.terminal import Bar, Screen, clean, clean_lines
from splice.report.unified import shown, unified


@given(st.text())
def test_cleaned_text_is_printable_and_on_one_line(text: str) -> None:
    assert clean(text).isprintable()
    assert clean_lines(text).replace("\n", "").replace("\t", "").isprintable()


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_plain_text_is_not_touched(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    "hostile", ["\x1b[2J", "a\nb", "a\rb", "\u202e", "\u2028", "\x9b31m", "\udc80", "\x07", "\u200b"]
)
def test_hostile_names_are_escaped(hostile: str) -> None:
    assert clean(hostile).isascii()
    assert hostile not in clean_lines(hostile.replace("\n", "\x0b"))


def test_a_diff_holds_for_git_whatever_the_names_and_bytes_are(tmp_path: Path) -> None:
    changes = [
        Change("a b.py", b"x\r\ny", b"x\r\nnew\r\ny"),
        Change('q"uo\tte\n.py', b"\xff\n", b"\xff\n\x1b[2J\n"),
        Change("d\u00e9j\u00e0.py", b"1\n2\n3", b"1\n2\n3\n"),
        Change("new.py", None, b"no newline"),
        Change("gone.py", b"gone\n", None),
    ]
    for change in changes:
        if change.before is not None:
            (tmp_path / change.file).write_bytes(change.before)
    diff = unified(changes)
    subprocess.run(["git", "apply", "-"], cwd=tmp_path, input=diff, check=True)
    for change in changes:
        path = tmp_path / change.file
        assert (path.read_bytes() if path.exists() else None) == change.after
    assert b"\\ No newline at end of file\n" in diff
    on_screen = shown(diff, Screen(colour=False))
    assert all(line.replace("\t", "").isprintable() for line in on_screen.split("\n"))
    assert "\x1b[32m+" in shown(diff, Screen(colour=True))


@pytest.fixture
def pty_stream() -> tuple[TextIO, int]:
    reader, writer = os.openpty()
    return os.fdopen(writer, "w"), reader


def test_the_bar_appears_on_a_terminal_and_goes(
    pty_stream: tuple[TextIO, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, reader = pty_stream
    monkeypatch.setattr(terminal, "DELAY", 0.0)
    monkeypatch.setenv("TERM", "xterm")
    with Bar(stream, wanted=True) as bar:
        bar.appeared.wait()
        bar("plan", 1, 2)
    stream.write("end")
    stream.close()
    said = b""
    while not said.endswith(b"end"):
        said += os.read(reader, 65536)
    assert b"plan" in said
    assert bar.stage == "plan"


def test_there_is_no_bar_without_a_terminal(tmp_path: Path) -> None:
    with (tmp_path / "log").open("w") as stream, Bar(stream, wanted=True) as bar:
        bar("write", 1, 2)
    assert (tmp_path / "log").read_text() == ""
    assert bar.stage == "write"
