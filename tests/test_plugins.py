"""A third party's codemod arrives by entry point; its versions move only by `upgrade`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN = """\
from splice.codemod import AddDecorator, Codemod, Pointcut, handlers
from splice.model import Example

codemod = Codemod(
    summary="Observe what writes",
    why="writes matter",
    pointcut=handlers() & ~Pointcut(lambda point: "GET" in point.methods, "reads"),
    advice=AddDecorator({template!r}, part="observed"),
    version={version},
    previous={previous},
    examples=(),
)
"""
OLD, NEW = "{part}({operation})", "{part}({operation}, detail=True)"
SERVICE = """\
from flask import Flask

app = Flask(__name__)


@app.get("/notes")
def read():
    return []


@app.post("/notes")
def write():
    return []
"""
RUN = """\
import json, sys
from pathlib import Path
from splice import testing
from splice.model import SpliceError
try:
    done = testing.run(Path(sys.argv[1]), upgrade=frozenset(sys.argv[2:]))
except SpliceError as error:
    print(json.dumps({"error": str(error)}))
else:
    print(json.dumps({"changed": [c.file for c in done.changes]}))
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    info = tmp_path / "site/acme-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[splice.codemods]\nwrites = acme_writes:codemod\n")
    service = tmp_path / "service"
    service.mkdir()
    (service / "main.py").write_text(SERVICE)
    (service / "codemod.toml").write_text('codemods = ["writes"]\n')
    plugin(service, 1)
    return service


def plugin(root: Path, version: int) -> None:
    previous = "{}" if version == 1 else f"{{1: AddDecorator({OLD!r}, part='observed')}}"
    text = PLUGIN.format(template=OLD if version == 1 else NEW, version=version, previous=previous)
    (root.parent / "site/acme_writes.py").write_text(text)


def run(root: Path, *upgrade: str) -> dict[str, object]:
    environment = {**os.environ, "PYTHONPATH": str(root.parent / "site"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", RUN, str(root), *upgrade]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    found: dict[str, object] = json.loads(answer.stdout)
    return found


def test_a_codemod_of_a_third_party_runs_like_our_own(root: Path) -> None:
    run(root)
    text = (root / "main.py").read_text()
    assert '@observed("POST /notes")\ndef write' in text
    assert 'GET /notes")\n@observed' not in text
    assert run(root) == {"changed": []}


def test_run_keeps_the_version_in_the_lock_and_upgrade_moves_it(root: Path) -> None:
    run(root)
    before = (root / "main.py").read_text()
    plugin(root, 2)
    run(root)
    assert (root / "main.py").read_text() == before
    run(root, "writes")
    assert '@observed("POST /notes", detail=True)' in (root / "main.py").read_text()
    assert run(root) == {"changed": []}


def test_new_insertions_are_made_at_the_newest_version(root: Path) -> None:
    plugin(root, 2)
    run(root)
    assert "detail=True" in (root / "main.py").read_text()


def test_a_lock_of_a_newer_tool_is_refused_and_nothing_written(root: Path) -> None:
    plugin(root, 2)
    run(root)
    plugin(root, 1)
    before = (root / "main.py").read_bytes()
    assert "newer" in str(run(root)["error"])
    assert (root / "main.py").read_bytes() == before
