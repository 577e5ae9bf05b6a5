"""Files that have led code generators astray: the result is exact, compiles, works, and strips back to the same bytes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from e2e.kit import Service, engine, environment
from e2e.trap_sources import TRAPS
from splice import testing
from splice.model import Failed, Skipped

HELPERS: dict[str, str | bytes] = {"svc/__init__.py": "", "svc/helpers.py": "def help_me(x):\n    return x\n"}


def module(name: str) -> str:
    return f"trap_{list(TRAPS).index(name):02}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """One package with a module for each trap, after one run."""
    root = tmp_path_factory.mktemp("traps")
    testing.put(root, {**HELPERS, **{f"svc/{module(name)}.py": trap.before for name, trap in TRAPS.items()}})
    return engine(root)


@pytest.fixture(scope="module")
def stripped(service: Service, tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("stripped")
    testing.put(root, testing.tree(service.root))
    testing.run(root, strip=True)
    return root


@pytest.mark.parametrize("name", TRAPS)
def test_the_result_is_exact(name: str, service: Service) -> None:
    raw = (service.root / f"svc/{module(name)}.py").read_bytes()
    compile(raw, name, "exec")
    assert raw == TRAPS[name].after


@pytest.mark.parametrize("name", TRAPS)
def test_strip_gives_the_bytes_back(name: str, stripped: Path) -> None:
    assert (stripped / f"svc/{module(name)}.py").read_bytes() == TRAPS[name].before


def test_strip_leaves_nothing_behind(service: Service, stripped: Path) -> None:
    assert testing.tree(stripped) == service.before


def test_a_second_run_changes_nothing(service: Service, tmp_path: Path) -> None:
    testing.put(tmp_path, testing.tree(service.root))
    assert [change.file for change in testing.run(tmp_path).changes] == []


def test_nothing_was_refused(service: Service) -> None:
    assert [outcome for outcome in service.done.outcomes if isinstance(outcome, (Failed, Skipped))] == []


def test_every_file_imports_and_answers(service: Service) -> None:
    names = [module(name) for name, trap in TRAPS.items() if trap.runs]
    program = f"""
import importlib
for name in {names!r}:
    app = importlib.import_module("svc." + name).app
    if not hasattr(app, "wsgi_app"):
        from fastapi.testclient import TestClient
        assert TestClient(app).post("/x", json={{"x": 7}}).json() == {{"x": 7}}, name
        continue
    rules = [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]
    for rule in rules:
        url = rule.rule.replace("<key>", "1")
        response = app.test_client().open(url, method="GET" if "GET" in rule.methods else "POST")
        assert response.status_code == 200, (name, url, response.status_code)
        view = app.view_functions[rule.endpoint]
        assert hasattr(view, "__wrapped__"), (name, url)
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=service.root,
        env=environment(service.root),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
