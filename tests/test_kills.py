"""`kill -9` at every write boundary: nothing torn, nothing lost, and the next run ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kills.scenarios import SCENARIOS

SEEN: dict[str, dict[str, Any]] = {}


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_kill_at_every_boundary(scenario: str) -> None:
    here = Path(__file__).parent
    command = [sys.executable, "-m", "kills.driver", scenario]
    done = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = SEEN[scenario] = json.loads(done.stdout)
    assert not seen["problems"], "\n".join([*seen["problems"], done.stderr])
    assert seen["states"] > 5
    for file, contents in seen["files"].items():  # the old and the new; what others import, and the lock, once between
        assert contents <= 2 + (file.endswith(("scaffold.py", "codemod.lock"))), file


def test_there_were_300_kills() -> None:
    if SEEN.keys() != SCENARIOS.keys():
        pytest.skip("not every scenario ran in this process")
    assert sum(seen["kills"] for seen in SEEN.values()) >= 300


def others(*words: str) -> list[str]:
    command = [sys.executable, "-m", "kills.others", *words]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    problems: list[str] = json.loads(done.stdout)
    return problems


def test_two_runs_at_once() -> None:
    assert others("together", "20" if os.environ.get("KILLS") == "all" else "1") == []


def test_a_file_that_is_saved_while_a_run_writes() -> None:
    assert others("underneath") == []
