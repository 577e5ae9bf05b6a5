"""What the command imports before it answers: most of what a gate waits for is the start of an interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from shop_service import shop

__all__ = ["shop"]

# Imported by the program that asks, so that what is left over is what the command imports.
_PROBE = """\
import json, sys
there = set(sys.modules)
from splice.cli import main
try:
    code = main(sys.argv[1:])
finally:
    sys.stderr.write(json.dumps(sorted(set(sys.modules) - there)))
sys.exit(code)
"""
HEAVY = {"libcst", "rope", "semgrep", "rich", "opentelemetry", "yaml", "pygls"}
TELLING = {"splice", "splice.cli", "splice.output"}
KEPT = {f"splice.{name}" for name in ("cache", "cache.answer", "cache.ask", "cache.rows", "cache.store", "digest")}
KEPT |= {"splice.git", "splice.ledger"}
COMMANDS = {
    "splice.cache",
    "splice.cache.store",
    "splice.commands",
    "splice.invocation",
    "splice.ledger",
    "splice.digest",
    "splice.model",
    "splice.report",
    "splice.report.formats",
    "splice.report.terminal",
}


def imported(words: list[str], cwd: Path) -> set[str]:
    done = subprocess.run([sys.executable, "-c", _PROBE, *words], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr
    return set(json.loads(done.stderr))


def ours(names: set[str]) -> set[str]:
    return {name for name in names if name.split(".")[0] == "splice"}


def test_the_version_is_told_by_three_modules(tmp_path: Path) -> None:
    assert imported(["--version"], tmp_path) == TELLING


def test_help_needs_click_and_none_of_the_engine(tmp_path: Path) -> None:
    found = imported(["--help"], tmp_path)
    assert ours(found) == TELLING | COMMANDS
    assert not {name.split(".")[0] for name in found} & HEAVY


def test_what_is_known_already_is_told_without_the_engine_and_without_click(
    shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEMOD_CACHE_DIR", str(tmp_path / "cache"))
    first = imported(["check"], shop)
    assert "splice.pipeline" in first
    assert not {name.split(".")[0] for name in first} & {"libcst", "rope", "semgrep", "rich", "opentelemetry"}
    again = imported(["check"], shop)
    assert ours(again) == TELLING | KEPT
    assert again - ours(again) <= {"__future__", "_blake2", "select"}
