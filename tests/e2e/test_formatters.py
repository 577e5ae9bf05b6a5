"""Formatters, sorters, linters and type checkers of a service are as content after `run` as before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from e2e.conftest import Instrumented
from e2e.kit import INSTRUMENTED, command, copy, fresh
from splice import testing

NAMES = ["library", "orders", "shop"]
RUFF = (("ruff", "format", "-q", "."),)
BLACK = (("black", "-q", "."), ("isort", "-q", "."))
CHECKS = {
    "ruff": ("ruff", "check", "--no-cache", "."),
    "ruff I": ("ruff", "check", "--no-cache", "--select", "I", "."),
    "ruff format": ("ruff", "format", "--no-cache", "--check", "."),
    "black": ("black", "--check", "."),
    "isort": ("isort", "--check", "."),
}
MYPY = {"library": ((), "."), "orders": (("-p", "orders"), "."), "shop": (("-p", "shop"), "src")}


def content(root: Path) -> dict[str, bytes]:
    return {file: raw for file, raw in testing.tree(root).items() if "_cache" not in file}


@pytest.mark.parametrize("commands", [RUFF, BLACK], ids=["ruff", "black and isort"])
@pytest.mark.parametrize("name", NAMES)
def test_run_after_a_formatter_changes_nothing(
    name: str, commands: Sequence[Sequence[str]], instrumented: Instrumented, tmp_path: Path
) -> None:
    root = fresh(instrumented(name, INSTRUMENTED), tmp_path)
    for words in commands:
        said = command(root, *words)
        assert said.returncode == 0, said.stderr
    formatted = content(root)
    assert [change.file for change in testing.run(root).changes] == []
    assert content(root) == formatted


@pytest.mark.parametrize("name", NAMES)
def test_run_after_run_changes_nothing(name: str, config: str, instrumented: Instrumented, tmp_path: Path) -> None:
    root = fresh(instrumented(name, config), tmp_path)
    before = content(root)
    assert testing.run(root).changes == ()
    assert content(root) == before
    assert "codemod.lock" in before


@pytest.mark.parametrize("name", NAMES)
def test_strip_gives_every_byte_back(name: str, config: str, instrumented: Instrumented, tmp_path: Path) -> None:
    service = instrumented(name, config)
    root = fresh(service, tmp_path)
    testing.run(root, strip=True)
    assert content(root) == service.before


@pytest.mark.parametrize("name", NAMES)
def test_two_runs_from_the_same_bytes_give_the_same_bytes(
    name: str, instrumented: Instrumented, tmp_path: Path
) -> None:
    root = tmp_path / "somewhere" / "else"
    copy(name, root)
    testing.run(root)
    assert content(root) == content(instrumented(name, "").root)


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize("name", NAMES)
def test_the_tools_of_the_service_say_what_they_said(
    name: str, check: Sequence[str], config: str, instrumented: Instrumented, untouched: Callable[[str], Path]
) -> None:
    said = command(untouched(name), *check)
    assert said.returncode == 0, said.stdout
    done = command(instrumented(name, config).root, *check)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_mypy_says_what_it_said(
    name: str, config: str, instrumented: Instrumented, untouched: Callable[[str], Path], mypy_cache: Path
) -> None:
    packages, path = MYPY[name]
    for root in (untouched(name), instrumented(name, config).root):
        words = ("mypy", f"--cache-dir={mypy_cache}", *packages)
        done = command(root, *words, env={"MYPYPATH": path})
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def mypy_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("mypy")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """A copy of an example that nothing has touched."""
    made: dict[str, Path] = {}

    def get(name: str) -> Path:
        if name not in made:
            made[name] = tmp_path_factory.mktemp("untouched") / name
            copy(name, made[name])
        return made[name]

    return get
