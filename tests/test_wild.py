"""Services as found in the wild, and what people do to them between two runs: nothing breaks, nothing is lost."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from splice import testing
from splice.model import Failed

APP = """\
from flask import Flask

app = Flask(__name__)


@app.get("/x")
def x():
    return ""
"""


def served(root: Path, module: str = "app") -> str:
    """What GET /x answers: the service is imported for real, in a process of its own."""
    code = f"import {module} as m; print(m.app.test_client().get('/x').status)"
    done = subprocess.run([sys.executable, "-B", "-c", code], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout.strip() or done.stderr


def settled(root: Path) -> None:
    """One run brings everything there is to bring: another changes nothing."""
    testing.run(root)
    before = testing.tree(root)
    assert not testing.run(root).changes
    assert testing.tree(root) == before


def codes(root: Path, **options: bool) -> set[str]:
    return {finding.code for finding in testing.run(root, write=False, **options).findings}  # type: ignore[arg-type]


@pytest.fixture
def service(tmp_path: Path) -> Path:
    testing.put(tmp_path, {"app.py": APP})
    testing.run(tmp_path)
    return tmp_path


def test_a_file_that_moves_to_another_package_takes_its_import_along(service: Path) -> None:
    (service / "web").mkdir()
    (service / "web/__init__.py").touch()
    (service / "app.py").rename(service / "web/app.py")
    settled(service)
    assert (service / "web/app.py").read_text().count("observed") == 2
    assert not (service / "scaffold.py").exists()
    assert served(service, "web.app") == "200 OK"
    testing.run(service, strip=True)
    assert testing.tree(service) == {"web/__init__.py": b"", "web/app.py": APP.encode()}


def test_a_file_that_is_renamed_strips_to_its_bytes(service: Path) -> None:
    (service / "app.py").rename(service / "web.py")
    settled(service)
    testing.run(service, strip=True)
    assert testing.tree(service) == {"web.py": APP.encode()}


def test_a_scaffold_stays_below_a_file_that_is_excluded_now(service: Path) -> None:
    testing.put(service, {"codemod.toml": 'exclude = ["app.py"]\n'})
    settled(service)
    assert served(service) == "200 OK"
    assert "scaffold-held" in codes(service)
    testing.run(service, strip=True)
    assert served(service) == "200 OK"


def test_a_scaffold_stays_below_a_file_that_does_not_parse_now(service: Path) -> None:
    (service / "app.py").write_text((service / "app.py").read_text() + "def (\n")
    settled(service)
    assert (service / "scaffold.py").exists()


def test_a_scaffold_stays_below_a_module_import_of_a_human(service: Path) -> None:
    text = (service / "app.py").read_text()
    (service / "app.py").write_text(text.replace("from scaffold import observed", "import scaffold"))
    (service / "app.py").write_text((service / "app.py").read_text().replace("@observed", "@scaffold.observed"))
    testing.run(service, strip=True)
    assert "observed" not in (service / "app.py").read_text()
    assert served(service) == "200 OK"


def test_a_scaffold_stays_below_a_test_that_imports_it(service: Path) -> None:
    testing.put(
        service, {"tests/test_it.py": "def test_it():\n    from scaffold import observed\n    assert observed\n"}
    )
    testing.run(service, strip=True)
    assert (service / "scaffold.py").exists()
    (service / "tests/test_it.py").unlink()
    testing.run(service, strip=True)
    assert testing.tree(service) == {"app.py": APP.encode()}


def test_another_codemod_takes_the_place_of_the_first(service: Path) -> None:
    testing.put(service, {"codemod.toml": 'codemods = ["instrument"]\n'})
    done = testing.run(service)
    assert not [outcome for outcome in done.outcomes if isinstance(outcome, Failed)]
    settled(service)
    text = (service / "app.py").read_text()
    assert "observed" not in text and "instrument(app)" in text
    assert served(service) == "200 OK"
    testing.run(service, strip=True)
    assert (service / "app.py").read_text() == APP


def test_imports_of_the_own_package_are_first_party_wherever_it_stands(tmp_path: Path) -> None:
    main = "from fastapi import APIRouter\n\nrouter = APIRouter()\n\n\n@router.get('/')\ndef x():\n    return 1\n"
    testing.put(tmp_path, {"backend/app/__init__.py": "", "backend/app/main.py": main, "backend/pyproject.toml": ""})
    testing.run(tmp_path)
    text = (tmp_path / "backend/app/main.py").read_text()
    assert text.startswith("from fastapi import APIRouter\n\nfrom app.scaffold import observed\n\nrouter")


def test_an_import_that_somebody_deleted_comes_back(service: Path) -> None:
    before = testing.tree(service)
    text = (service / "app.py").read_text()
    (service / "app.py").write_text(text.replace("from scaffold import observed\n", ""))
    settled(service)
    assert (service / "app.py").read_text().count("observed") == 2
    assert served(service) == "200 OK"
    (service / "app.py").write_bytes(before["app.py"].replace(b"\nfrom scaffold import observed\n", b""))
    settled(service)
    assert testing.tree(service) == before
    (service / "app.py").write_bytes(before["app.py"].replace(b"\nfrom scaffold import observed\n", b""))
    testing.run(service, strip=True)
    assert testing.tree(service) == {"app.py": APP.encode()}


def test_a_scaffold_loses_nothing_while_a_file_that_needs_it_cannot_be_written(
    service: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path).name != "app.py" and real(path, mode))  # read-only
    for config in ("codemods = []\n", 'codemods = ["instrument"]\n'):
        testing.put(service, {"codemod.toml": config})
        done = testing.run(service)
        assert any(isinstance(outcome, Failed) and outcome.file == "app.py" for outcome in done.outcomes)
        assert served(service) == "200 OK"


def test_a_file_in_another_encoding_gives_its_scaffold_back(tmp_path: Path) -> None:
    text = "# -*- coding: latin-1 -*-\n" + APP.replace('""', '"\xe9"')
    testing.put(tmp_path, {"app.py": text.encode("latin-1")})
    before = testing.tree(tmp_path)
    settled(tmp_path)
    testing.run(tmp_path, strip=True)
    assert testing.tree(tmp_path) == before
