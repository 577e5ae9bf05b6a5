"""For authors of codemods: run the engine over a few files in a folder, and check the examples of a codemod.

`check` proves what an example says: the exact result, that a second run changes nothing, that the result and
the expectation parse, and that `strip` gives the original back.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from splice import config as configs
from splice.landing import Done, carry_out
from splice.model import Example, NoChange
from splice.pipeline import Request, plan
from splice.registry import codemods

TODAY = date(2026, 1, 1)
FILE = "main.py"


def put(root: Path, files: Mapping[str, str | bytes]) -> None:
    """Write files below a folder; text as UTF-8 with the newlines that it has."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder but those of git."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and ".git" not in path.relative_to(root).parts and "__pycache__" not in path.parts
    }


def toml(config: Mapping[str, Any]) -> str:
    """A codemod.toml with these keys (strings, numbers, tables, and lists of them)."""
    plain = {key: value for key, value in config.items() if not isinstance(value, Mapping)}
    lines = [f"{key} = {_value(value)}" for key, value in plain.items()]
    for key, table in config.items():
        if isinstance(table, Mapping):
            lines += [f"[{key}]", *(f"{name} = {_value(value)}" for name, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    import json

    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_value(each)}" for key, each in value.items()) + " }"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_value, value)) + "]"
    return json.dumps(value)


def run(
    root: Path,
    *paths: str,
    strip: bool = False,
    write: bool = True,
    upgrade: frozenset[str] = frozenset(),
    today: date = TODAY,
    rules: bool = True,
) -> Done:
    """One run of the engine over a folder, as the command does it; `rules=False` leaves semgrep out."""
    config = configs.load(root, None, codemods())
    request = Request(root, config, today, paths, strip, upgrade)
    return carry_out(plan(request), write=write, rules=rules)


def check(root: Path, name: str, example: Example | NoChange) -> None:
    """Assert everything that an example of the codemod `name` says; `root` is an empty folder."""
    before = example.before if isinstance(example, Example) else example.source
    expected = example.after if isinstance(example, Example) else example.source
    ast.parse(before)
    ast.parse(expected)
    put(root, {FILE: before, "codemod.toml": toml({"codemods": [name], **example.config})})
    run(root)
    assert (root / FILE).read_text() == expected
    first = tree(root)
    done = run(root)
    assert not done.changes, "a second run changed something"
    assert tree(root) == first
    run(root, strip=True)
    assert (root / FILE).read_text() == before
    assert set(tree(root)) == {FILE, "codemod.toml"}, "strip left something behind"
