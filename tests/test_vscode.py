"""The manifest of the extension for Visual Studio Code; its own tests run with `make vsix`, which needs Node.js."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from splice import __version__

FOLDER = Path(__file__).parents[1] / "editors" / "vscode"


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "package.json").read_text())
    return found


def test_it_has_the_version_of_the_tool() -> None:
    assert manifest()["version"] == re.match(r"\d+\.\d+\.\d+", __version__)[0]  # type: ignore[index]
    assert json.loads((FOLDER / "package-lock.json").read_text())["version"] == manifest()["version"]


def test_it_declares_what_it_registers() -> None:
    registered = set(re.findall(r'"(codemod\.\w+)": \(', (FOLDER / "src" / "commands.ts").read_text()))
    assert registered == {one["command"] for one in manifest()["contributes"]["commands"]}


def test_its_lock_names_no_host_to_fetch_from() -> None:
    packages = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    assert all("resolved" not in one for one in packages.values()) and len(packages) > 100


def test_it_runs_the_command_of_the_tool() -> None:
    assert 'args: ["lsp"]' in (FOLDER / "src" / "server.ts").read_text()
