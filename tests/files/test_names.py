"""Names of files and folders: blanks, newlines, quotes, controls, bytes that are no text; folders without end."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from files.kit import ODD, codemod, observed, put, story

NAMES = (
    "o d.py",
    "o\nd.py",
    "o\"d'.py",
    os.fsdecode(b"caf\xe9.py"),
    "\u00fcn\u00ef.py",
    "-rf.py",
    "a\x1b[31mb.py",
    "a\\b.py",
    "*.py",
    "%s{}.py",
)


def test_names_are_only_names(root: Path) -> None:
    answers = story(put(root, dict.fromkeys(NAMES, ODD)))
    for answer in answers:
        assert "\x1b" not in answer.text
        assert len([line for line in answer.text.splitlines() if line.startswith("d.py")]) == 0, "a newline got out"
    assert codemod(root, "run").code == 0
    observed(root, *NAMES)
    report = json.loads(codemod(root, "check", "--format", "json").text)
    assert {row["file"] for row in report["files"]} >= set(NAMES)


def test_a_folder_of_blanks_and_one_of_bytes(root: Path) -> None:
    folders = ("p k", os.fsdecode(b"\xff\xfe"))
    story(
        put(
            root,
            {f"{folder}/{file}": text for folder in folders for file, text in (("__init__.py", ""), ("x.py", ODD))},
        )
    )


def test_two_hundred_folders_deep(root: Path) -> None:
    deep = "/".join(f"d{number:03}" for number in range(200))
    story(put(root, {f"{deep}/odd.py": ODD}))
    codemod(root, "run")
    observed(root, f"{deep}/odd.py")


def test_a_path_that_is_too_long_to_open_is_said(root: Path) -> None:
    """Deeper than PATH_MAX: such trees exist, made step by step, and no path names what is in them."""
    here = Path.cwd()
    os.chdir(root)
    try:
        for _ in range(25):
            Path("d" * 200).mkdir()
            os.chdir("d" * 200)
        Path("odd.py").write_text(ODD)
    finally:
        os.chdir(here)
    answer = codemod(root, "run")
    assert (answer.code, "unreadable: File name too long" in answer.text) == (3, True), answer.text
    observed(root)
    assert codemod(root, "strip").code == 3
    assert b"observed" not in (root / "app.py").read_bytes()
    shutil.rmtree(root / ("d" * 200))
