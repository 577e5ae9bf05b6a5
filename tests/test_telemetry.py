"""Splice observes itself: its own spans, by OpenTelemetry's own variables, and never at the cost of a run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from splice import testing

APP = 'from flask import Flask\n\napp = Flask(__name__)\n\n\n@app.get("/x")\ndef x():\n    return ""\n'


def codemod(root: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")} | variables
    command = [sys.executable, "-m", "splice.cli", *arguments]
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def spans(text: str) -> list[dict[str, object]]:
    decoder, found, at = json.JSONDecoder(), [], 0
    while (start := text.find("{", at)) >= 0:
        value, at = decoder.raw_decode(text, start)
        found.append(value)
    return found


def test_a_run_is_one_span_with_its_stages_below(tmp_path: Path) -> None:
    testing.put(tmp_path, {"main.py": APP, "codemod.toml": ""})
    done = codemod(tmp_path, "run", OTEL_TRACES_EXPORTER="console")
    found = {str(span["name"]): span for span in spans(done.stderr)}
    assert list(found)[:4] == ["discover", "parse", "match", "plan"]
    run = found["codemod run"]
    assert run["attributes"]["codemod.exit_code"] == 0  # type: ignore[index]
    assert {span["parent_id"] for name, span in found.items() if name != "codemod run"} == {run["context"]["span_id"]}  # type: ignore[index]


def test_nothing_is_said_unless_asked_for(tmp_path: Path) -> None:
    testing.put(tmp_path, {"main.py": APP, "codemod.toml": ""})
    assert codemod(tmp_path, "check").stderr == ""
    assert codemod(tmp_path, "check", OTEL_TRACES_EXPORTER="none", OTEL_SERVICE_NAME="x").stderr == ""


def test_a_collector_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    testing.put(tmp_path, {"main.py": APP, "codemod.toml": ""})
    assert codemod(tmp_path, "run", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9").returncode == 0
    assert codemod(tmp_path, "check", OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9").returncode == 0
