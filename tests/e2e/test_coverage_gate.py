"""A coverage gate at today's value still holds after `run`: what is generated does not count for or against it."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.conftest import Instrumented
from e2e.kit import INSTRUMENTED, command, copy, fresh

GATE = "fail_under = 99.7"


def gate(root: Path) -> tuple[int, str]:
    """Exit code and table of `coverage report` after the service's own tests, with its own settings."""
    done = command(root, "coverage", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout + done.stderr
    done = command(root, "coverage", "report")
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The table of the untouched service, whose gate stands as high as it can."""
    root = tmp_path_factory.mktemp("coverage") / "library"
    copy("library", root)
    assert GATE in (root / "pyproject.toml").read_text()
    code, table = gate(root)
    assert code == 0, table
    return table


@pytest.mark.parametrize("config", ["", INSTRUMENTED], ids=["decorators", "instrumentor"])
def test_the_gate_holds(config: str, before: str, instrumented: Instrumented, tmp_path: Path) -> None:
    code, table = gate(fresh(instrumented("library", config), tmp_path))
    assert code == 0, table
    assert missed(table) == {**missed(before), "library/scaffold.py": ("0", "0")}


def missed(table: str) -> dict[str, tuple[str, ...]]:
    """Statements and branches that no test reaches, by file."""
    rows = (line.split() for line in table.splitlines() if ".py" in line)
    return {file: (misses, partial) for file, _, misses, _, partial, _ in rows}
