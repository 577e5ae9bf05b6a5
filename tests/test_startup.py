"""What the command imports before it answers: most of what a gate waits for is the start of an interpreter."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

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


def imported(words: list[str], cwd: Path) -> set[str]:
    done = subprocess.run([sys.executable, "-c", _PROBE, *words], cwd=cwd, capture_output=True, text=True, check=True)
    return set(json.loads(done.stderr))


def test_the_version_is_told_by_three_modules(tmp_path: Path) -> None:
    assert imported(["--version"], tmp_path) == {"splice", "splice.cli", "splice.output"}


@pytest.mark.parametrize("words", [["--help"], ["check", "--help"]])
def test_help_needs_click_and_none_of_the_engine(words: list[str], tmp_path: Path) -> None:
    found = imported(words, tmp_path)
    assert {name for name in found if name.split(".")[0] == "splice"} == {
        "splice",
        "splice.cli",
        "splice.commands",
        "splice.invocation",
        "splice.model",
        "splice.output",
        "splice.report",
        "splice.report.formats",
        "splice.report.terminal",
    }
    assert not {name.split(".")[0] for name in found} & HEAVY
