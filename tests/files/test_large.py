"""Large files: 50,000 lines, ten megabytes in one line, thousands of handlers. How the work grows is counted, not timed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from files.kit import APP, ODD, codemod, observed, put
from splice import semgrep

HEAD = 'from flask import Flask\n\nodd = Flask("odd")\n'
LARGE = {
    "50,000 lines": ODD + "x = 1\n" * 50_000,
    "a string of 10 MB": ODD + "x = '" + "a" * 10_000_000 + "'\n",
    "a comment of 10 MB": ODD + "#" + "a" * 10_000_000,
    "a list of 100,000": ODD + "x = [" + "1, " * 100_000 + "]\n",
}


@pytest.mark.parametrize("name", LARGE)
def test_large_files_are_done(name: str, root: Path) -> None:
    text = LARGE[name]
    put(root, {"odd.py": text})
    assert codemod(root, "run").code == 0
    observed(root, "odd.py")
    assert codemod(root, "strip").code == 0
    assert (root / "odd.py").read_text() == text


def test_what_is_too_large_is_said(root: Path) -> None:
    put(root, {"odd.py": ODD + "#" + "a" * 17_000_000})
    answer = codemod(root, "run")
    assert answer.code == 3
    assert "odd.py: not handled: unreadable: larger than 16 MiB" in answer.text
    observed(root)


def test_a_file_that_semgrep_cannot_check_is_left_and_the_others_are_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the real semgrep, which is given a second for a file with which it needs minutes."""
    root = put(tmp_path, {"app.py": APP, "pkg/__init__.py": "", "pkg/odd.py": ODD + "x = [" + "1, " * 300_000 + "]\n"})
    options = tuple("--timeout=1" if option.startswith("--timeout=") else option for option in semgrep._OPTIONS)
    monkeypatch.setattr(semgrep, "_OPTIONS", options)
    before = (root / "pkg/odd.py").read_bytes()
    answer = codemod(root, "run")
    assert answer.code == 3
    assert (
        "pkg/odd.py: not handled: rule-failed: semgrep: " in answer.text
        and "so that semgrep can check it" in answer.text
    )
    observed(root)
    assert (root / "pkg/odd.py").read_bytes() == before
    assert not (root / "pkg/scaffold.py").exists(), "nobody would use it"


def calls(root: Path, word: str) -> int:
    """How many functions a command calls: the same for the same input, on any machine."""
    count = 0

    def profile(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        assert codemod(root, word).code in (0, 1)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "head", [HEAD, HEAD.replace("flask", "fastapi").replace("Flask", "FastAPI")], ids=["flask", "fastapi"]
)
def test_work_grows_with_the_number_of_handlers_and_not_with_its_square(head: str, root: Path) -> None:
    work: dict[str, list[int]] = {"check": [], "run": [], "strip": []}
    for number in (0, 100, 400):  # the first only imports what is imported once
        handlers = (f'\n\n@odd.get("/odd{n}")\ndef h{n}():\n    return ""\n' for n in range(number))
        put(root, {"odd.py": head + "".join(handlers)})
        for word, counts in work.items():
            counts.append(calls(root, word))
    for word, (base, few, many) in work.items():
        assert many - base < 5.5 * (few - base), f"{word}: {base}, {few}, {many} calls for 0, 100 and 400 handlers"
