"""Semgrep is asked once about each text: what it has said is kept until the text, a rule or semgrep is another."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cache_kit import cache, service, shop
from splice import scans
from splice.semgrep import find, scan

__all__ = ["cache", "service", "shop"]

RULE = """\
rules:
  - id: danger
    languages: [python]
    severity: WARNING
    message: '{message}'
    pattern: danger(...)
"""
# Says how many files it is given, and is semgrep.
COUNTING = '#!/bin/sh\n[ "$2" = --version ] || [ "$1" != scan ] || ls targets | wc -l >> {log}\nexec {semgrep} "$@"\n'


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(RULE.format(message="no"))
    return path


@pytest.fixture
def semgrep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(scans, "_YOUNG", 0)  # it is new, and will not be another one at once
    script = tmp_path / "semgrep"
    script.write_text(COUNTING.format(log=tmp_path / "log", semgrep=find()))
    script.chmod(0o755)
    return script


def scanned(tmp_path: Path) -> list[int]:
    """How many files each start was given."""
    log = tmp_path / "log"
    return [int(line) for line in log.read_text().split()] if log.exists() else []


def test_only_what_is_new_is_scanned(rules: Path, semgrep: Path, tmp_path: Path) -> None:
    files = {"a.py": b"danger(1)\n", "b.py": b"safe()\n", "c.py": b"\n\ndanger(2)\n"}
    first = scan(files, [rules], executable=str(semgrep))
    assert [(m.file, m.line, m.message) for m in first.matches] == [("a.py", 1, "no"), ("c.py", 3, "no")]
    assert scan(files, [rules], executable=str(semgrep)) == first
    assert scanned(tmp_path) == [3]
    changed = scan({**files, "b.py": b"safe()\ndanger(3)\n"}, [rules], executable=str(semgrep))
    assert [(m.file, m.line) for m in changed.matches] == [("a.py", 1), ("b.py", 2), ("c.py", 3)]
    assert changed.scanned == first.scanned
    assert scanned(tmp_path) == [3, 1]
    renamed = scan({"other.py": b"danger(1)\n"}, [rules], executable=str(semgrep))
    assert [m.file for m in renamed.matches] == ["other.py"]
    assert scanned(tmp_path) == [3, 1]


def test_another_rule_or_another_semgrep_is_asked_anew(rules: Path, semgrep: Path, tmp_path: Path) -> None:
    files = {"a.py": b"danger(1)\n"}
    scan(files, [rules], executable=str(semgrep))
    rules.write_text(RULE.format(message="never"))
    assert [m.message for m in scan(files, [rules], executable=str(semgrep)).matches] == ["never"]
    assert scanned(tmp_path) == [1, 1]
    other = tmp_path / "other"
    other.write_text(semgrep.read_text())
    other.chmod(0o755)
    other.replace(semgrep)
    scan(files, [rules], executable=str(semgrep))
    assert scanned(tmp_path) == [1, 1, 1]


def test_what_could_not_be_checked_is_looked_at_again(rules: Path, semgrep: Path, tmp_path: Path) -> None:
    said = '{"version":"1.182.0","results":[],"errors":[],"paths":{"scanned":["targets/000001.py"]}}'
    semgrep.write_text(f"#!/bin/sh\nls targets | wc -l >> {tmp_path / 'log'}\necho '{said}'\n")
    files = {"a.py": b"safe(1)\n", "b.py": b"safe(2)\n"}
    first = scan(files, [rules], executable=str(semgrep))
    assert [error.file for error in first.errors] == ["b.py"]
    assert scan(files, [rules], executable=str(semgrep)).errors == ()
    assert scanned(tmp_path) == [2, 1]


def test_a_broken_file_of_results_is_none(rules: Path, semgrep: Path, tmp_path: Path, cache: Path) -> None:
    files = {"a.py": b"danger(1)\n"}
    first = scan(files, [rules], executable=str(semgrep))
    for file in cache.iterdir():
        file.write_bytes(file.read_bytes()[:-1])
    assert scan(files, [rules], executable=str(semgrep)) == first
    assert scanned(tmp_path) == [1, 1]


_STARTED = """\
import json, os, sys
started = []
def hook(event, arguments):
    if event == "subprocess.Popen":
        started.append(os.path.basename(os.fsdecode(arguments[0])))
sys.addaudithook(hook)
from splice.cli import main
code = main(sys.argv[1:])
sys.stderr.write(json.dumps(started))
sys.exit(code)
"""


def started(*words: str) -> bool:
    """Whether a command starts semgrep."""
    command = [sys.executable, "-c", _STARTED, *words, "-q"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=dict(os.environ))
    assert done.returncode in (0, 1), done.stderr
    return "semgrep" in json.loads(done.stderr.splitlines()[-1])


def test_a_command_starts_semgrep_only_for_what_no_command_has_asked(service: Path) -> None:
    assert started("diff")
    assert not started("check", "--format", "sarif")
    assert not started("run")
